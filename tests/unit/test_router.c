/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which dialect gets a request, which route, and what is logged of its path.
 */
#include "server/router.h"
#include "server/access_log.h"
#include "remove_tree.h"
#include "unit.h"

#include <glib.h>
#include <stdio.h>

#define SECRET "sk_live_router_test"

static struct library *library;
static struct keyring *keyring;
static char *dir;
static struct http_exchange x;
static struct request rq;

static int group_setup(void **state)
{
	(void)state;
	struct err err;
	dir = g_dir_make_tmp("test_router.XXXXXX", NULL);
	const struct library_options options = {
		.dir = dir,
		.readers = 1,
		.exclusive = true,
	};
	if (library_open(&library, &options, &err) < 0 ||
	    account_ensure(library,
			   &(struct account_preset){"demo", SECRET, NULL},
			   &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	keyring = library_keyring(library);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	keyring_unref(keyring);
	library_close(library);
	remove_tree(dir);
	g_free(dir);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	x = (struct http_exchange){0};
	arena_init(&x.arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_release(&x.arena);
	return 0;
}

static void add_header(const char *name, const char *value)
{
	if (value == NULL)
		return;
	x.head.headers[x.head.n_headers++] =
		(struct http_header){str_of(name), str_of(value)};
}

static void choose(const char *authority, const char *path)
{
	rq = (struct request){.x = &x, .keyring = keyring};
	x.head.authority = str_of(authority);
	x.head.path = str_of(path);
	router_choose_dialect(&rq);
}

static void expect(const char *dialect, const char *path, const char *what)
{
	if (strcmp(rq.dialect->name, dialect) != 0)
		fail_msg("%s went to %s, not %s", what, rq.dialect->name,
			 dialect);
	assert_str(rq.path, str_of(path));
}

static void vendor_hosts_come_before_everything(void **state)
{
	(void)state;
	static const struct {
		const char *host, *path, *dialect, *rest;
	} rows[] = {
		{"upload.imagekit.io", "/v1/upload", "imagekit", "/v1/upload"},
		{"api.imagekit.io:443", "/v1/files/", "imagekit", "/v1/files/"},
		{"IK.ImageKit.io", "/demo/a.jpg", "imagekit", "/demo/a.jpg"},
		{"www.filestackapi.com", "/api/store/S3", "filestack",
		 "/api/store/S3"},
		{"upload.filestackapi.com", "/multipart/start", "filestack",
		 "/multipart/start"},
		{"process.filestackapi.com:8080", "/process", "filestack",
		 "/process"},
		{"cdn.filestackcontent.com", "/imagekit/x", "filestack",
		 "/imagekit/x"},
		{"api.stashfyle.com", "/v1/store/file", "stashfyle",
		 "/v1/store/file"},
		{"cdn.stashfyle.com", "/live/u/f/n", "stashfyle",
		 "/live/u/f/n"},
		{"api.jigsawstack.com", "/v1/upload", "jigsawstack",
		 "/v1/upload"},
		{"api.jigsawstack.com", "/api/v1/store/file", "jigsawstack",
		 "/api/v1/store/file"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		choose(rows[i].host, rows[i].path);
		assert_true(rq.vendor_host);
		expect(rows[i].dialect, rows[i].rest, rows[i].host);
	}
	choose("notapi.imagekit.io", "/");
	assert_false(rq.vendor_host);
	choose("api.imagekit.io.example", "/");
	assert_false(rq.vendor_host);
}

static void prefixes_are_taken_off(void **state)
{
	(void)state;
	static const struct {
		const char *path, *dialect, *rest;
	} rows[] = {
		{"/imagekit/v1/files", "imagekit", "/v1/files"},
		{"/imagekit", "imagekit", "/"},
		{"/imagekit/", "imagekit", "/"},
		{"/imagekit/api/v1/files/upload", "imagekit",
		 "/api/v1/files/upload"},
		{"/filestack/demo/a", "filestack", "/demo/a"},
		{"/stashfyle/v1/store/file", "stashfyle", "/v1/store/file"},
		{"/stashfyle/api/v1/upload", "stashfyle", "/api/v1/upload"},
		{"/jigsawstack//v1/store/file/a//b", "jigsawstack",
		 "/v1/store/file/a//b"},
		{"/jigsawstack/api/v1/vocr", "jigsawstack", "/api/v1/vocr"},
		{"/imagekits/a", "filestack", "/imagekits/a"},
		{"/Imagekit/a", "filestack", "/Imagekit/a"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		choose("localhost", rows[i].path);
		assert_false(rq.vendor_host);
		expect(rows[i].dialect, rows[i].rest, rows[i].path);
	}
}

static void paths_at_the_root_have_owners(void **state)
{
	(void)state;
	static const struct {
		const char *path, *dialect, *rest;
	} rows[] = {
		{"/api/v1/files/upload", "imagekit", "/api/v1/files/upload"},
		{"/v1/files/upload", "imagekit", "/v1/files/upload"},
		{"/v2/files", "imagekit", "/v2/files"},
		{"/v2/files/upload", "imagekit", "/v2/files/upload"},
		{"/api/v2/files/upload", "imagekit", "/api/v2/files/upload"},
		{"/v1/folder/", "imagekit", "/v1/folder/"},
		{"/v1/bulkJobs/copyFolder", "imagekit",
		 "/v1/bulkJobs/copyFolder"},
		{"/v1/customMetadataFields", "imagekit",
		 "/v1/customMetadataFields"},
		{"/v1/metadata", "imagekit", "/v1/metadata"},
		{"/v1/store/file", "jigsawstack", "/v1/store/file"},
		{"/v1/store/file/read/a/b", "jigsawstack",
		 "/v1/store/file/read/a/b"},
		{"/api/v1/store/file", "jigsawstack", "/api/v1/store/file"},
		{"/v1/vocr", "jigsawstack", "/v1/vocr"},
		{"/v2/embedding", "jigsawstack", "/v2/embedding"},
		{"/v1/upload", "stashfyle", "/v1/upload"},
		{"/v1/usage", "stashfyle", "/v1/usage"},
		{"/v1/health", "stashfyle", "/v1/health"},
		{"/api/v1/upload", "stashfyle", "/api/v1/upload"},
		{"/api/v1/health", "stashfyle", "/api/v1/health"},
		{"/live/u/f_1/n", "stashfyle", "/live/u/f_1/n"},
		{"/test/u/f_1/n", "stashfyle", "/test/u/f_1/n"},
		{"/api/store/S3", "filestack", "/api/store/S3"},
		{"/api/file/H/metadata", "filestack", "/api/file/H/metadata"},
		{"/multipart/start", "filestack", "/multipart/start"},
		{"/process", "filestack", "/process"},
		{"/prefetch", "filestack", "/prefetch"},
		{"/demo/a.jpg", "imagekit", "/demo/a.jpg"},
		{"/demo/tr:w-1/a.jpg", "imagekit", "/demo/tr:w-1/a.jpg"},
		{"/demo", "filestack", "/demo"},
		{"/demo/", "filestack", "/demo/"},
		{"/other/a.jpg", "filestack", "/other/a.jpg"},
		{"/resize=width:1/H", "filestack", "/resize=width:1/H"},
		{"/", "filestack", "/"},
		{"", "filestack", ""},
		{"*", "filestack", "*"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		choose("localhost:1", rows[i].path);
		expect(rows[i].dialect, rows[i].rest, rows[i].path);
	}
}

static void shared_paths_go_by_credential(void **state)
{
	(void)state;
	static const struct {
		const char *path, *authorization, *api_key, *dialect;
	} rows[] = {
		{"/v1/files", NULL, NULL, "imagekit"},
		{"/v1/files", "Basic eDo=", NULL, "imagekit"},
		{"/v1/files", "basic eDo=", NULL, "imagekit"},
		{"/v1/files", "Bearer sk", NULL, "stashfyle"},
		{"/v1/files", "bearer sk", NULL, "stashfyle"},
		{"/v1/files/", "Bearer sk", NULL, "stashfyle"},
		{"/v1/files/f_0123", "Basic eDo=", NULL, "imagekit"},
		{"/v1/files/0123", "Bearer sk", NULL, "stashfyle"},
		{"/v1/files/f_0123", NULL, NULL, "stashfyle"},
		{"/v1/files/f_0123/signed-url", NULL, NULL, "stashfyle"},
		{"/v1/files/0123/details", NULL, NULL, "imagekit"},
		{"/v1/files/upload", "Bearer sk", NULL, "imagekit"},
		{"/v1/files", NULL, "k", "imagekit"},
		{"/v1/unheard-of", NULL, NULL, "imagekit"},
		{"/v1/unheard-of", "Bearer sk", NULL, "stashfyle"},
		{"/v1/unheard-of", NULL, "k", "jigsawstack"},
		{"/v1/upload", "Basic eDo=", NULL, "stashfyle"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		x.head.n_headers = 0;
		add_header("Authorization", rows[i].authorization);
		add_header("x-api-key", rows[i].api_key);
		choose("localhost", rows[i].path);
		expect(rows[i].dialect, rows[i].path, rows[i].path);
	}
}

/* clang-format off */
static const struct route routes[] = {
	{.methods = METHOD_GET,    .pattern = "/v1/files"},
	{.methods = METHOD_POST,   .pattern = "/v1/files/batch"},
	{.methods = METHOD_GET,    .pattern = "/v1/files/{}/details"},
	{.methods = METHOD_PATCH,  .pattern = "/v1/files/{}/details"},
	{.methods = METHOD_DELETE, .pattern = "/v1/files/{}"},
	{.methods = METHOD_GET,    .pattern = "/v1/files/{}/versions/{}"},
	{.methods = METHOD_POST | METHOD_PUT, .pattern = "/v1/folder"},
	{.methods = METHOD_GET,    .pattern = "/read/{*}"},
	{.methods = METHOD_DELETE, .pattern = "/read/{*}"},
	{.methods = METHOD_GET,    .pattern = "/"},
	{.methods = METHOD_GET,    .pattern = "/cdn/{}", .flags = ROUTE_DELIVERY},
};
/* clang-format on */

static const struct dialect table = {
	.name = "table",
	.routes = routes,
	.n_routes = COUNT(routes),
};

static void the_first_route_of_path_and_method_is_taken(void **state)
{
	(void)state;
	static const struct {
		enum http_method method;
		const char *path;
		int route; /* -1: 404, -2: 405 */
		const char *param[2];
	} rows[] = {
		{HTTP_GET, "/v1/files", 0, {NULL, NULL}},
		{HTTP_HEAD, "/v1/files", 0, {NULL, NULL}},
		{HTTP_GET, "/v1/files/", 0, {NULL, NULL}},
		{HTTP_GET, "/v1/files//", -1, {NULL, NULL}},
		{HTTP_POST, "/v1/files/", -2, {NULL, NULL}},
		{HTTP_POST, "/v1/files", -2, {NULL, NULL}},
		{HTTP_OTHER, "/v1/files", -2, {NULL, NULL}},
		{HTTP_POST, "/v1/files/batch", 1, {NULL, NULL}},
		{HTTP_DELETE, "/v1/files/batch", 4, {"batch", NULL}},
		{HTTP_GET, "/v1/files/a%2Fb/details", 2, {"a%2Fb", NULL}},
		{HTTP_PATCH, "/v1/files/x/details", 3, {"x", NULL}},
		{HTTP_GET, "/v1/files//details", -1, {NULL, NULL}},
		{HTTP_GET, "/v1/files/x/detail", -1, {NULL, NULL}},
		{HTTP_GET, "/v1/files/x/details/", 2, {"x", NULL}},
		{HTTP_DELETE, "/v1/files/x/", 4, {"x", NULL}},
		{HTTP_DELETE, "/v1/files//", -1, {NULL, NULL}},
		{HTTP_GET, "/v1/files/a/versions/b", 5, {"a", "b"}},
		{HTTP_GET, "/v1/files/a/versions/", -1, {NULL, NULL}},
		{HTTP_POST, "/v1/folder/", 6, {NULL, NULL}},
		{HTTP_PUT, "/v1/folder", 6, {NULL, NULL}},
		{HTTP_GET, "/v1/folder", -2, {NULL, NULL}},
		{HTTP_GET, "/read/a", 7, {"a", NULL}},
		{HTTP_GET, "/read/a//b/", 7, {"a//b/", NULL}},
		{HTTP_DELETE, "/read//", 8, {"/", NULL}},
		{HTTP_GET, "/read/", -1, {NULL, NULL}},
		{HTTP_GET, "/read", -1, {NULL, NULL}},
		{HTTP_PUT, "/read/a", -2, {NULL, NULL}},
		{HTTP_GET, "/", 9, {NULL, NULL}},
		{HTTP_GET, "//", 9, {NULL, NULL}},
		{HTTP_GET, "///", -1, {NULL, NULL}},
		{HTTP_GET, "/cdn/a", 10, {"a", NULL}},
		{HTTP_GET, "/cdn/a/", 10, {"a", NULL}},
		{HTTP_GET, "", -1, {NULL, NULL}},
		{HTTP_GET, "*", -1, {NULL, NULL}},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = {.code = ERR_NONE};
		rq = (struct request){.x = &x, .dialect = &table};
		rq.path = str_of(rows[i].path);
		x.head.method = rows[i].method;
		int result = router_match(&rq, &err);
		int route = result == 0 ? (int)(rq.route - routes)
			    : err.code == ERR_NOT_FOUND ? -1
			    : err.code == ERR_METHOD    ? -2
							: -3;
		if (route != rows[i].route)
			fail_msg("row %zu, %s: %d, not %d", i, rows[i].path,
				 route, rows[i].route);
		assert_str(rq.param[0], str_of(rows[i].param[0]));
		assert_str(rq.param[1], str_of(rows[i].param[1]));
	}
}

static const struct path_alias aliases[] = {
	{"/v2/", "/v1/"},
	{"/old/read/", "/read/"},
	{"/read/", "/v1/"},
};

static void a_path_without_a_route_is_tried_under_its_other_names(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		const char *becomes; /* NULL: 404 */
	} rows[] = {
		{"/v2/files", "/v1/files"},
		{"/v1/files", "/v1/files"},
		{"/old/read/a/b", "/read/a/b"},
		{"/v2/nothing", NULL},
		{"/v3/files", NULL},
		{"/v2", NULL},
		/* the name it came under comes first */
		{"/read/files", "/read/files"},
	};
	struct dialect with = table;
	with.aliases = aliases;
	with.n_aliases = COUNT(aliases);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err;
		rq = (struct request){.x = &x, .dialect = &with};
		rq.path = str_of(rows[i].path);
		x.head.method = HTTP_GET;
		int result = router_match(&rq, &err);
		assert_int_equal(result, rows[i].becomes ? 0 : -1);
		assert_str(rq.path, str_of(rows[i].becomes ? rows[i].becomes
							   : rows[i].path));
	}
	rq = (struct request){.x = &x, .dialect = &with};
	rq.path = STR("/v2/files/batch");
	x.head.method = HTTP_PUT;
	assert_int_equal(router_match(&rq, NULL), -1);
	assert_str(router_allowed(&rq), STR("POST, DELETE, OPTIONS"));
	/* it has a route, but none for the method */
	rq = (struct request){.x = &x, .dialect = &with};
	rq.path = STR("/read/files/batch");
	x.head.method = HTTP_POST;
	assert_int_equal(router_match(&rq, NULL), 0);
	assert_ptr_equal(rq.route, &routes[1]);
}

static void an_account_in_a_pattern_is_one_that_exists(void **state)
{
	(void)state;
	static const struct route delivery[] = {
		{METHOD_GET, "/{account}/{*}", 0, NULL, NULL, NULL},
	};
	const struct dialect with = {
		.name = "table", .routes = delivery, .n_routes = 1};
	static const char *const paths[] = {"/demo/a/b", "/nobody/a/b"};
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct err err;
		rq = (struct request){
			.x = &x, .dialect = &with, .keyring = keyring};
		rq.path = str_of(paths[i]);
		x.head.method = HTTP_GET;
		assert_int_equal(router_match(&rq, &err), i == 0 ? 0 : -1);
	}
}

static void allowed_methods_are_listed(void **state)
{
	(void)state;
	rq = (struct request){.x = &x, .dialect = &table};
	rq.path = STR("/read/a");
	assert_str(router_allowed(&rq), STR("GET, HEAD, DELETE, OPTIONS"));
	rq.path = STR("/v1/files/batch");
	assert_str(router_allowed(&rq), STR("POST, DELETE, OPTIONS"));
}

#define HANDLE "CEI1IU37pPV8sIpe8ciU"
#define TOKEN "DnCG8wjH9QltQFP1xloZMLLArNF8JLry"

static void credentials_in_paths_are_not_logged(void **state)
{
	(void)state;
	static const struct {
		const char *path, *want;
	} rows[] = {
		{"/v1/files/f_1", "/v1/files/f_1"},
		{"/", "/"},
		{"", "-"},
		{"/a//b/", "/a//b/"},
		{"/" SECRET "/HANDLE", "/***/HANDLE"},
		{"/filestack/" SECRET "/HANDLE", "/filestack/***/HANDLE"},
		{"/v1/store/file/" SECRET, "/v1/store/file/***"},
		{"/%73k_live_router_test/x", "/***/x"},
		{"/security=policy:P,signature:S/H", "/***/H"},
		{"/secur%69ty=policy:P,signature:S/H", "/***/H"},
		{"/resize=w:1%2Fsecurity=p:P/H", "/***/H"},
		{"/SecuRity=Policy:P,Signature:S/H", "/***/H"},
		{"/s%45CURITY=p:P/H", "/***/H"},
		{"/security=policy:a/b,Signature:S/H", "/***/***/H"},
		{"/security=policy:a/b%2c%73ignature%3aS/H", "/***/***/H"},
		{"/H&policy=P&signature=S", "/***"},
		{"/default/privacy-policy.pdf", "/default/privacy-policy.pdf"},
		{"/K/B64/W3sibm/B64://x", "/K/B64/***/B64://***"},
		{"/K/B64%3A%2F%2FaHR0", "/K/***"},
		{"/K/b64/W3sibm/b64://x", "/K/b64/***/b64://***"},
		{"/K/b64/W3s+/ib-_/m0==/flip/H", "/K/b64/***/***/***/flip/H"},
		{"/K/b64/W3s/resize=w:1/H", "/K/b64/***/resize=w:1/H"},
		{"/K/b64%3A%2F%2FaHR0", "/K/***"},
		{"/K/zip/[H,b64://aHR0/cDo]", "/K/zip/***//***/***"},
		{"/flip%2F" SECRET "%2FH", "/***"},
		{"/flip%252F" SECRET "/H", "/***/H"},
		{"/[H," SECRET "]", "/***"},
		{"/" SECRET "+name.png", "/***"},
		{"/watermark=file:" SECRET "/H", "/***/H"},
		{"/K/https%3A%2F%2Fh%2Fa%3Fsig%3DS",
		 "/K/https%3A%2F%2Fh%2Fa***"},
		{"/K/https%253A%252F%252Fh%253fsig",
		 "/K/https%253A%252F%252Fh***"},
		{"/K/https:%2F%2Fh%2Fa%3Fsig=S/T",
		 "/K/https:%2F%2Fh%2Fa***/***"},
		{"/watermark=file:%22http%3A%2F%2Fh%3Fs%22/" HANDLE,
		 "/watermark=file:%22http%3A%2F%2Fh***/" HANDLE},
		{"/K/https://name:word@host/a", "/K/https://***/a"},
		/* behind a name; with a colon, alone, with a password */
		{"/YXBwOnNrX2xpdmVfcm91dGVyX3Rlc3Q=", "/***"},
		{"/c2tfbGl2ZV9yb3V0ZXJfdGVzdDo=", "/***"},
		{"/K/c2tfbGl2ZV9yb3V0ZXJfdGVzdA+a.png/x", "/K/***/x"},
		{"/flip%2Fc2tfbGl2ZV9yb3V0ZXJfdGVzdDp3b3Jk/H", "/***/H"},
		{"/K/%62%364/W3sibm/x", "/K/%62%364/***/x"},
		{"/multipart/part/" TOKEN "/1", "/multipart/part/***/1"},
		{"/filestack/multip%61rt/part/" TOKEN "/1",
		 "/filestack/multip%61rt/part/***/1"},
		{"/multipart/part%2F" TOKEN "%2f1", "/multipart/***"},
		{"/multipart%2Fpart%2F" TOKEN "/1", "/***/1"},
		{"/multipart/" TOKEN "0/1", "/multipart/" TOKEN "0/1"},
		{"/default/" TOKEN, "/default/" TOKEN},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char got[ACCESS_PATH_MAX + 1];
		access_log_path(keyring, &x.arena, str_of(rows[i].path), got);
		assert_string_equal(got, rows[i].want);
	}
	char got[ACCESS_PATH_MAX + 1];
	g_autofree char *longest = g_strnfill(ACCESS_PATH_MAX * 2, 'a');
	access_log_path(NULL, &x.arena, str_of(longest), got);
	assert_int_equal(strlen(got), ACCESS_PATH_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vendor_hosts_come_before_everything),
		TEST(prefixes_are_taken_off),
		TEST(paths_at_the_root_have_owners),
		TEST(shared_paths_go_by_credential),
		TEST(the_first_route_of_path_and_method_is_taken),
		TEST(a_path_without_a_route_is_tried_under_its_other_names),
		TEST(an_account_in_a_pattern_is_one_that_exists),
		TEST(allowed_methods_are_listed),
		TEST(credentials_in_paths_are_not_logged),
	};
	return cmocka_run_group_tests_name("router", tests, group_setup,
					   group_teardown);
}
