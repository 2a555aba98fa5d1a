/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services of the operator's: how they are named, and one call against a server
 * in this process, which answers as it is told.
 */
#include "base/fd.h"
#include "outbound/loop.h"
#include "remove_tree.h"
#include "store/store.h"
#include "unit.h"
#include "upstream/upstream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEY "sk_operators_own"
#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n"
#define JSON_OK OK "Content-Type: application/json\r\n\r\n"
#define TEXT_MAX 1000
#define TIMEOUT_MS 20000

static struct {
	int listener;
	unsigned port;
	GThread *thread;
	GMutex lock;
	struct str answer;
	bool hangs; /* until the other end goes */
	unsigned calls;
	char request[8192]; /* the last */
	size_t n;
} server;

static char *folder, *key_file;

/* The server. */

/* Bytes of the body that the head announces; -1: the head is not there yet. */
static ssize_t body_left(void)
{
	const char *end = strstr(server.request, "\r\n\r\n");
	const char *length = strstr(server.request, "Content-Length: ");
	if (end == NULL)
		return -1;
	size_t have = server.n - (size_t)(end + 4 - server.request);
	size_t want =
		length ? strtoul(length + strlen("Content-Length: "), NULL, 10)
		       : 0;
	return (ssize_t)(want - MIN(have, want));
}

static void serve_one(int fd)
{
	char rest[256];
	server.n = 0;
	server.request[0] = '\0';
	while (body_left() != 0 && server.n + 1 < sizeof(server.request)) {
		ssize_t n = read(fd, server.request + server.n,
				 sizeof(server.request) - 1 - server.n);
		if (n <= 0)
			return;
		server.n += (size_t)n;
		server.request[server.n] = '\0';
	}
	while (server.hangs && read(fd, rest, sizeof(rest)) > 0)
		;
	if (!server.hangs)
		(void)!send(fd, server.answer.p, server.answer.n, MSG_NOSIGNAL);
}

static void *serve(void *unused)
{
	int fd;
	(void)unused;
	while ((fd = accept(server.listener, NULL, NULL)) >= 0) {
		g_mutex_lock(&server.lock);
		server.calls++;
		serve_one(fd);
		g_mutex_unlock(&server.lock);
		close(fd);
	}
	return NULL;
}

static int set_up(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t n = sizeof(address);
	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server.listener, (struct sockaddr *)&address, n),
			 0);
	assert_int_equal(listen(server.listener, 16), 0);
	assert_int_equal(
		getsockname(server.listener, (struct sockaddr *)&address, &n),
		0);
	server.port = ntohs(address.sin_port);
	server.thread = g_thread_new("server", serve, NULL);
	folder = g_dir_make_tmp("upstream-XXXXXX", NULL);
	key_file = g_build_filename(folder, "key", NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shutdown(server.listener, SHUT_RDWR);
	g_thread_join(server.thread);
	close(server.listener);
	remove_tree(folder);
	g_free(folder);
	g_free(key_file);
	return 0;
}

/* Endpoints. */

static struct endpoint_options options_of(const char *url)
{
	return (struct endpoint_options){
		.name = "some-url",
		.key_name = "some-key-file",
		.url = url,
		.key_field = "x-api-key: ",
		.timeout_ms = TIMEOUT_MS,
	};
}

static void urls_have_a_host_and_lose_their_slashes(void **state)
{
	static const struct {
		const char *url, *want; /* NULL: none */
	} rows[] = {
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"http://127.0.0.1:8080/", "http://127.0.0.1:8080"},
		{"https://a.example/v1///", "https://a.example/v1"},
		{"http://[::1]:9/x", "http://[::1]:9/x"},
		{"http://localhost", "http://localhost"},
		{"", NULL},
		{"/", NULL},
		{"a.example", NULL},
		{"http://", NULL},
		{"http:///x", NULL},
		{"http://[::1", NULL},
		{"http://a.example:port/", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct endpoint_options options = options_of(rows[i].url);
		struct endpoint *endpoint;
		struct err err;
		int result = endpoint_new(&endpoint, &options, &err);
		if ((result == 0) != (rows[i].want != NULL))
			fail_msg("`%s`", rows[i].url);
		if (result < 0) {
			assert_int_equal(err.code, ERR_INVALID);
			assert_non_null(strstr(err.text, "--some-url"));
			assert_null(endpoint);
			continue;
		}
		assert_str(endpoint_url(endpoint), str_of(rows[i].want));
		assert_string_equal(endpoint_name(endpoint), "some-url");
		assert_null(endpoint_guard(endpoint));
		endpoint_free(endpoint);
	}
	endpoint_free(NULL);
}

/* An address is meant as it is; a name is judged when it is known what it
 * stands for. */
static void names_are_guarded_and_addresses_are_not(void **state)
{
	static const struct {
		const char *url, *allow;
		bool guarded;
	} rows[] = {
		{"http://127.0.0.1", "", false},
		{"http://[::1]", "", false},
		{"http://10.0.0.1", "", false},
		{"http://a.example", "", true},
		{"http://a.example", NULL, false},
		{"http://localhost", "", true},
		{"http://127.1", "", true},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct endpoint_options options = options_of(rows[i].url);
		struct endpoint *endpoint;
		struct err err;
		options.allow = rows[i].allow;
		assert_int_equal(endpoint_new(&endpoint, &options, &err), 0);
		assert_int_equal(endpoint_guard(endpoint) != NULL,
				 rows[i].guarded);
		endpoint_free(endpoint);
	}
	struct endpoint_options options = options_of("http://a.example");
	struct endpoint *endpoint;
	struct err err;
	options.allow = "10.0.0.0/99";
	assert_int_equal(endpoint_new(&endpoint, &options, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
}

static void keys_are_one_line_of_a_file(void **state)
{
	g_autofree char *longest = g_strnfill(ENDPOINT_KEY_MAX, 'k');
	g_autofree char *longer = g_strnfill(ENDPOINT_KEY_MAX + 1, 'k');
	const struct {
		const char *text, *want; /* NULL: none */
	} rows[] = {
		{KEY, KEY},         {KEY "\n", KEY},      {KEY "\r\n\n", KEY},
		{longest, longest}, {longer, NULL},       {"", NULL},
		{"\n", NULL},       {"two\nlines", NULL}, {"a\tb", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct endpoint_options options = options_of("http://[::1]");
		struct endpoint *endpoint;
		struct err err;
		struct str key;
		options.key_file = key_file;
		assert_true(
			g_file_set_contents(key_file, rows[i].text, -1, NULL));
		int result = endpoint_new(&endpoint, &options, &err);
		if ((result == 0) != (rows[i].want != NULL))
			fail_msg("row %zu", i);
		if (result < 0) {
			assert_int_equal(err.code, ERR_INVALID);
			assert_non_null(strstr(err.text, "--some-key-file"));
			assert_null(strstr(err.text, "two"));
			continue;
		}
		g_autofree char *line = endpoint_key_line(endpoint, &key);
		assert_true(g_str_has_prefix(line, "x-api-key: "));
		assert_str(key, str_of(rows[i].want));
		endpoint_free(endpoint);
	}
}

static void a_key_that_cannot_be_read_again_stays(void **state)
{
	struct endpoint_options options = options_of("http://[::1]");
	struct endpoint *endpoint;
	struct err err;
	struct str key;
	(void)state;
	options.key_file = key_file;
	g_unlink(key_file);
	assert_int_equal(endpoint_new(&endpoint, &options, &err), -1);
	assert_true(g_file_set_contents(key_file, KEY, -1, NULL));
	assert_int_equal(endpoint_new(&endpoint, &options, &err), 0);
	g_unlink(key_file);
	assert_int_equal(endpoint_reload(endpoint, &err), -1);
	g_autofree char *old = endpoint_key_line(endpoint, &key);
	assert_str(key, STR(KEY));
	assert_true(g_file_set_contents(key_file, "another", -1, NULL));
	assert_int_equal(endpoint_reload(endpoint, &err), 0);
	g_autofree char *fresh = endpoint_key_line(endpoint, &key);
	assert_str(key, STR("another"));
	endpoint_free(endpoint);
	options.key_file = "";
	assert_int_equal(endpoint_new(&endpoint, &options, &err), 0);
	assert_int_equal(endpoint_reload(endpoint, &err), 0);
	assert_null(endpoint_key_line(endpoint, &key));
	assert_null(key.p);
	endpoint_free(endpoint);
}

/* Calls. */

struct outcome {
	struct arena arena;
	struct buf text;
	struct endpoint_answer answer;
	struct err err;
	int result;
};

static bool goes_on(void *user)
{
	(void)user;
	return true;
}

static bool has_gone(void *user)
{
	(void)user;
	return false;
}

static void post(struct endpoint_call *call, unsigned timeout_ms,
		 struct outcome *out)
{
	g_autofree char *url =
		g_strdup_printf("http://127.0.0.1:%u", server.port);
	struct endpoint_options options = options_of(url);
	struct endpoint *endpoint;
	struct err err;
	options.key_file = key_file;
	options.timeout_ms = timeout_ms;
	assert_true(g_file_set_contents(key_file, KEY, -1, NULL));
	assert_int_equal(endpoint_new(&endpoint, &options, &err), 0);
	arena_init(&out->arena);
	buf_init(&out->text, &out->arena, TEXT_MAX);
	call->text = &out->text;
	if (call->goes_on == NULL)
		call->goes_on = goes_on;
	out->result = endpoint_post(endpoint, call, &out->answer, &out->err);
	endpoint_free(endpoint);
}

static struct outcome post_json(struct str answer, unsigned wanted)
{
	const struct endpoint_part json = {.bytes = STR("{}"), .fd = -1};
	struct endpoint_call call = {
		.path = STR("/v1/x"),
		.json = &json,
		.wanted = wanted,
	};
	struct outcome out;
	server.answer = answer;
	post(&call, TIMEOUT_MS, &out);
	return out;
}

static void a_call_says_what_it_is_told_and_no_more(void **state)
{
	static const char *const fields[] = {"X-A: b", "X-C: d"};
	const struct endpoint_part json = {.bytes = STR("{\"a\":1}"), .fd = -1};
	struct endpoint_call call = {
		.path = STR("/v1/x"),
		.json = &json,
		.fields = fields,
		.n_fields = COUNT(fields),
		.loop = STR("other;a=b"),
	};
	char loop[LOOP_LINE_MAX];
	struct outcome out;
	(void)state;
	server.answer = STR(JSON_OK "{\"said\":2}");
	post(&call, TIMEOUT_MS, &out);
	assert_int_equal(out.result, 0);
	assert_int_equal(out.answer.status, 200);
	assert_string_equal(out.answer.type, "application/json");
	assert_str(buf_str(&out.text), STR("{\"said\":2}"));
	loop_line(call.loop, loop);
	const char *const want[] = {
		"POST /v1/x HTTP/1.1\r\n",
		"\r\nX-A: b\r\n",
		"\r\nX-C: d\r\n",
		"\r\nx-api-key: " KEY "\r\n",
		"\r\nContent-Type: application/json\r\n",
		"\r\nContent-Length: 7\r\n",
		"\r\n\r\n{\"a\":1}",
		loop,
	};
	for (size_t i = 0; i < COUNT(want); i++)
		if (strstr(server.request, want[i]) == NULL)
			fail_msg("no `%s` in `%s`", want[i], server.request);
	static const char *const unwanted[] = {"\r\nExpect", "\r\nCookie",
					       "\r\nAccept-Encoding"};
	for (size_t i = 0; i < COUNT(unwanted); i++)
		assert_null(strstr(server.request, unwanted[i]));
	arena_release(&out.arena);
}

static void a_form_has_its_parts(void **state)
{
	g_autofree char *path = g_build_filename(folder, "file", NULL);
	assert_true(g_file_set_contents(path, "from a file", -1, NULL));
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	const struct endpoint_part parts[] = {
		{.name = "body", .bytes = STR("{}"), .fd = -1},
		{.name = "file",
		 .filename = "a \"b\".txt",
		 .type = "text/plain",
		 .fd = fd,
		 .size = 11},
	};
	struct endpoint_call call = {
		.path = STR("/v1/x"), .parts = parts, .n_parts = COUNT(parts)};
	struct outcome out;
	(void)state;
	server.answer = STR(JSON_OK "{}");
	post(&call, TIMEOUT_MS, &out);
	assert_int_equal(out.result, 0);
	assert_non_null(strstr(server.request, "multipart/form-data"));
	assert_non_null(strstr(server.request, "name=\"body\"\r\n\r\n{}\r\n"));
	assert_non_null(strstr(server.request,
			       "Content-Type: text/plain\r\n\r\nfrom a file"));
	arena_release(&out.arena);
}

/* What comes back of an answer. */
static void answers_are_judged(void **state)
{
	g_autofree char *fits = g_strdup_printf(JSON_OK "%*s", TEXT_MAX, "x");
	g_autofree char *over =
		g_strdup_printf(JSON_OK "%*s", TEXT_MAX + 1, "x");
	g_autofree char *head =
		g_strdup_printf(OK "X: %*s\r\n\r\n{}", 70000, "x");
	g_autofree char *type =
		g_strdup_printf(OK "Content-Type: a/%*s\r\n\r\n{}", 300, "x");
	const struct {
		const char *answer;
		unsigned wanted;
		enum err_code code;
		unsigned status;
		const char *type;
	} rows[] = {
		{JSON_OK "{}", 0, ERR_NONE, 200, "application/json"},
		{JSON_OK "{}", 200, ERR_NONE, 200, "application/json"},
		{OK "\r\n", 0, ERR_NONE, 200, ""},
		{type, 0, ERR_NONE, 200, ""},
		{fits, 0, ERR_NONE, 200, "application/json"},
		{over, 0, ERR_TOO_LARGE, 0, ""},
		{head, 0, ERR_FETCH, 0, ""},
		{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
		 "Content-Length: 0\r\n\r\n",
		 0, ERR_NONE, 302, ""},
		/* its body is not looked at */
		{"HTTP/1.1 500 No\r\nConnection: close\r\n"
		 "Content-Encoding: gzip\r\n\r\n" KEY,
		 200, ERR_NONE, 500, ""},
		{"", 0, ERR_FETCH, 0, ""},
		{"what is this?\r\n\r\n", 0, ERR_FETCH, 0, ""},
		{OK "Content-Length: 9\r\n\r\n{}", 0, ERR_FETCH, 0, ""},
		{OK "Content-Encoding: gzip\r\n\r\n{}", 0, ERR_FETCH, 0, ""},
		{OK "Content-Encoding: identity\r\n\r\n{}", 0, ERR_NONE, 200,
		 ""},
		{OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 0,
		 ERR_NONE, 200, ""},
		/* the key is for nobody else */
		{JSON_OK "{\"x\":\"" KEY "\"}", 0, ERR_FETCH, 0, ""},
		{OK "Content-Type: a/" KEY "\r\n\r\n{}", 0, ERR_NONE, 200, ""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct outcome out =
			post_json(str_of(rows[i].answer), rows[i].wanted);
		enum err_code code = out.result < 0 ? out.err.code : ERR_NONE;
		if (code != rows[i].code)
			fail_msg("row %zu: %s", i, err_code_name(code));
		if (code == ERR_NONE) {
			assert_int_equal(out.answer.status, rows[i].status);
			assert_string_equal(out.answer.type, rows[i].type);
		} else {
			assert_null(strstr(out.err.text, "127.0.0.1"));
			assert_null(strstr(out.err.text, KEY));
		}
		arena_release(&out.arena);
	}
}

static void a_call_has_an_end(void **state)
{
	const struct endpoint_part json = {.bytes = STR("{}"), .fd = -1};
	struct endpoint_call call = {.path = STR("/v1/x"), .json = &json};
	struct outcome out;
	(void)state;
	server.hangs = true;
	post(&call, 300, &out);
	assert_int_equal(out.result, -1);
	assert_int_equal(out.err.code, ERR_TIMEOUT);
	arena_release(&out.arena);
	call.goes_on = has_gone;
	post(&call, TIMEOUT_MS, &out);
	assert_int_equal(out.result, -1);
	assert_int_equal(out.err.code, ERR_BUSY);
	arena_release(&out.arena);
	g_mutex_lock(&server.lock); /* it has seen both go */
	server.hangs = false;
	g_mutex_unlock(&server.lock);
}

/* CDN-Loop. */
static void own_requests_are_known(void **state)
{
	char alone[LOOP_LINE_MAX], behind[LOOP_LINE_MAX];
	g_autofree char *longer = g_strnfill(LOOP_TOLD_MAX + 1, 'x');
	g_autofree char *longest = g_strnfill(LOOP_TOLD_MAX, 'x');
	static const char name[] = "CDN-Loop: ";
	(void)state;
	loop_line(STR_NONE, alone);
	assert_true(g_str_has_prefix(alone, name));
	const char *own = alone + strlen(name);
	const struct {
		const char *format;
		bool is_own;
	} rows[] = {
		{"%s", true},          {"a, %s", true}, {"%s,b", true},
		{" %s ;x=y, b", true}, {"%sx", false},  {"x%s", false},
		{"a;%s", false},       {"", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *left = g_strdup(rows[i].format);
		g_auto(GStrv) parts = g_strsplit(left, "%s", -1);
		g_autofree char *value = g_strjoinv(own, parts);
		assert_int_equal(loop_is_own(str_of(value)), rows[i].is_own);
	}
	assert_false(loop_is_own(STR_NONE));
	loop_line(STR("a, b"), behind);
	assert_true(g_str_has_prefix(behind, "CDN-Loop: a, b, stowage-"));
	assert_true(loop_is_own(str_of(behind + strlen(name))));
	loop_line(str_of(longest), behind);
	assert_true(loop_is_own(str_of(behind + strlen(name))));
	loop_line(str_of(longer), behind);
	assert_string_equal(behind, alone);
	loop_line(STR("a\r\nX-Evil: b"), behind);
	assert_string_equal(behind, alone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_have_a_host_and_lose_their_slashes),
		cmocka_unit_test(names_are_guarded_and_addresses_are_not),
		cmocka_unit_test(keys_are_one_line_of_a_file),
		cmocka_unit_test(a_key_that_cannot_be_read_again_stays),
		cmocka_unit_test(a_call_says_what_it_is_told_and_no_more),
		cmocka_unit_test(a_form_has_its_parts),
		cmocka_unit_test(answers_are_judged),
		cmocka_unit_test(a_call_has_an_end),
		cmocka_unit_test(own_requests_are_known),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
