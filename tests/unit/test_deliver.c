/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request head and a content to status, fields and bytes:
 * src/deliver/deliver.h.
 */
#include "deliver/deliver.h"
#include "deliver/hot.h"
#include "fake_library.h"
#include "unit.h"

#include "http/response.h"

#define DATE "Tue, 14 Nov 2023 22:13:20 GMT"
#define EARLIER "Tue, 14 Nov 2023 22:13:19 GMT"
#define TAG "b5e9c1ad071b3e7fc779cfaa5e523818" /* of "hello" */
#define ETAG "\"" TAG "\""
#define COMMON                                                                 \
	"ETag: " ETAG "\r\nLast-Modified: " DATE "\r\n"                        \
	"Accept-Ranges: bytes\r\nX-Content-Type-Options: nosniff\r\n"
#define PLAIN COMMON "Content-Type: text/plain\r\n"

static struct library library;
static struct hot *hot;

static int begin(void **state)
{
	static const struct hot_options options = {.max_bytes = 1 << 20,
						   .max_entries = 100};
	(void)state;
	library = (struct library){.n = 0};
	g_mutex_init(&library.mutex);
	hot = hot_new(&library, &options);
	fake_add(&library, "inline", "hello");
	fake_add(&library, "stored", "hello")->is_inline = false;
	library.files[1].bytes = STR_NONE;
	fake_add(&library, "empty", "");
	fake_add(&library, "page", "hello")->type = STR("text/html");
	fake_add(&library, "list", "hello")->type = STR("image/png;,text/html");
	return 0;
}

static int end(void **state)
{
	(void)state;
	hot_free(hot);
	return 0;
}

static void exchange_init(struct http_exchange *x, enum http_method method)
{
	*x = (struct http_exchange){.head.method = method};
	arena_init(&x->arena);
	response_reset(x);
}

static void add_header(struct http_exchange *x, const char *name,
		       const char *value)
{
	if (name)
		x->head.headers[x->head.n_headers++] =
			(struct http_header){str_of(name), str_of(value)};
}

static void release_entry(void *entry)
{
	hot_unref(entry);
}

static void deliver_path(struct http_exchange *x, const char *path,
			 const struct delivery *how)
{
	struct hot_entry *entry;
	struct err err;
	assert_int_equal(hot_load_path(hot, 1, str_of(path), &entry, &err), 1);
	arena_defer(&x->arena, release_entry, entry);
	deliver(x, &entry->content, how);
}

static const struct delivery plain = {.disposition = DISPOSITION_NONE};
static const struct delivery download = {
	.cache_control = "public, max-age=60",
	.disposition = DISPOSITION_ATTACHMENT,
	.name = {"a.txt", 5},
};
#define CACHED "Cache-Control: public, max-age=60\r\n"
#define ATTACHED "Content-Disposition: attachment; filename=\"a.txt\"\r\n"

struct row {
	const char *path;
	enum http_method method;
	const char *name, *value; /* of a request header */
	const struct delivery *how;
	int status;
	const char *fields;
	const char *body; /* NULL: none */
};

static const struct row rows[] = {
	{"inline", HTTP_GET, NULL, NULL, &plain, 200, PLAIN, "hello"},
	{"inline", HTTP_HEAD, NULL, NULL, &plain, 200, PLAIN, "hello"},
	{"inline", HTTP_GET, NULL, NULL, &download, 200, PLAIN CACHED ATTACHED,
	 "hello"},
	{"page", HTTP_GET, NULL, NULL, &plain, 200,
	 COMMON "Content-Type: text/html\r\n"
		"Content-Security-Policy: sandbox\r\n",
	 "hello"},
	{"list", HTTP_GET, NULL, NULL, &plain, 200,
	 COMMON "Content-Type: application/octet-stream\r\n", "hello"},
	{"page", HTTP_GET, "Range", "bytes=0-0", &plain, 206,
	 COMMON "Content-Type: text/html\r\n"
		"Content-Security-Policy: sandbox\r\n"
		"Content-Range: bytes 0-0/5\r\n",
	 "h"},
	{"inline", HTTP_GET, "If-None-Match", ETAG, &download, 304,
	 COMMON CACHED, NULL},
	{"inline", HTTP_HEAD, "If-None-Match", ETAG, &plain, 304, COMMON, NULL},
	{"inline", HTTP_GET, "If-None-Match", "\"x\"", &plain, 200, PLAIN,
	 "hello"},
	{"inline", HTTP_GET, "If-Modified-Since", DATE, &plain, 304, COMMON,
	 NULL},
	{"inline", HTTP_GET, "If-Modified-Since", EARLIER, &plain, 200, PLAIN,
	 "hello"},
	{"inline", HTTP_GET, "If-Match", "\"x\"", &download, 412, COMMON, NULL},
	{"inline", HTTP_GET, "If-Unmodified-Since", EARLIER, &plain, 412,
	 COMMON, NULL},
	{"inline", HTTP_GET, "Range", "bytes=1-3", &download, 206,
	 PLAIN CACHED ATTACHED "Content-Range: bytes 1-3/5\r\n", "ell"},
	{"inline", HTTP_GET, "Range", "bytes=-2", &plain, 206,
	 PLAIN "Content-Range: bytes 3-4/5\r\n", "lo"},
	{"inline", HTTP_GET, "Range", "bytes=4-99", &plain, 206,
	 PLAIN "Content-Range: bytes 4-4/5\r\n", "o"},
	{"inline", HTTP_HEAD, "Range", "bytes=1-3", &plain, 200, PLAIN,
	 "hello"},
	{"inline", HTTP_GET, "Range", "bytes=0-1,3-4", &plain, 200, PLAIN,
	 "hello"},
	{"inline", HTTP_GET, "Range", "bytes=5-", &download, 416,
	 COMMON "Content-Range: bytes */5\r\n", NULL},
	{"stored", HTTP_GET, NULL, NULL, &plain, 200, PLAIN, "hello"},
	{"stored", HTTP_GET, "Range", "bytes=1-3", &plain, 206,
	 PLAIN "Content-Range: bytes 1-3/5\r\n", "ell"},
	{"stored", HTTP_GET, "If-None-Match", "*", &plain, 304, COMMON, NULL},
};

static void check_body(const struct http_response *r, const char *path,
		       const char *body)
{
	struct str want = str_of(body);
	if (body == NULL) {
		assert_int_equal(r->kind, HTTP_BODY_NONE);
		assert_int_equal(r->length, 0);
		return;
	}
	assert_int_equal(r->length, want.n);
	if (strcmp(path, "stored") == 0) {
		assert_int_equal(r->kind, HTTP_BODY_FILE);
		assert_true(r->fd >= 0);
		assert_int_equal(r->offset, want.p[0] == 'h' ? 0 : 1);
		return;
	}
	assert_int_equal(r->kind, HTTP_BODY_MEMORY);
	assert_str(r->bytes, want);
}

static void check_rows(void (*answer)(struct http_exchange *x, const char *path,
				      const struct delivery *how))
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_exchange x;
		exchange_init(&x, rows[i].method);
		add_header(&x, rows[i].name, rows[i].value);
		answer(&x, rows[i].path, rows[i].how);
		if (x.response.status != rows[i].status)
			fail_msg("row %zu: status %d", i, x.response.status);
		assert_str(buf_str(&x.response.fields), str_of(rows[i].fields));
		check_body(&x.response, rows[i].path, rows[i].body);
		arena_release(&x.arena);
	}
}

static void every_kind_of_request_gets_its_status_fields_and_bytes(void **state)
{
	(void)state;
	check_rows(deliver_path);
}

static void close_one(void *fd)
{
	close(GPOINTER_TO_INT(fd));
}

/* The same bytes and type as the file at the path has, out of nowhere. */
static void deliver_derived(struct http_exchange *x, const char *path,
			    const struct delivery *how)
{
	const char *type = strcmp(path, "page") == 0   ? "text/html"
			   : strcmp(path, "list") == 0 ? "image/png;,text/html"
						       : "text/plain";
	struct content *content = arena_zalloc(&x->arena, sizeof(*content));
	content->fd = -1;
	content->size = 5;
	content->modified_s = 1700000000;
	if (strcmp(path, "stored") == 0) {
		content->fd = memfd_create("derived", MFD_CLOEXEC);
		assert_int_equal(write(content->fd, "hello", 5), 5);
		arena_defer(&x->arena, close_one, GINT_TO_POINTER(content->fd));
	} else {
		content->bytes = arena_str(&x->arena, STR("hello"));
	}
	content_describe(content, STR(TAG), str_of(type), &x->arena);
	deliver(x, content, how);
}

static void what_has_no_row_is_delivered_like_a_file(void **state)
{
	(void)state;
	check_rows(deliver_derived);
	assert_int_equal(library.reads, 0);
}

static void an_empty_file_is_sent_whole_and_has_no_range(void **state)
{
	(void)state;
	struct http_exchange x;
	exchange_init(&x, HTTP_GET);
	deliver_path(&x, "empty", &plain);
	assert_int_equal(x.response.status, 200);
	assert_int_equal(x.response.length, 0);
	assert_str(x.response.bytes, STR(""));
	arena_release(&x.arena);
	exchange_init(&x, HTTP_GET);
	add_header(&x, "Range", "bytes=0-");
	deliver_path(&x, "empty", &plain);
	assert_int_equal(x.response.status, 416);
	assert_true(str_ends(buf_str(&x.response.fields),
			     STR("Content-Range: bytes */0\r\n")));
	arena_release(&x.arena);
}

static void
bytes_live_until_the_exchange_ends_although_the_file_changes(void **state)
{
	(void)state;
	struct http_exchange x;
	for (size_t i = 0; i < 2; i++) {
		exchange_init(&x, HTTP_GET);
		deliver_path(&x, i ? "stored" : "inline", &plain);
		int fd = i ? x.response.fd : -1;
		fake_change(&library, &library.files[i].id);
		if (i)
			assert_true(lseek(fd, 0, SEEK_END) == 5);
		else
			assert_str(x.response.bytes, STR("hello"));
		arena_release(&x.arena);
		if (i)
			assert_true(lseek(fd, 0, SEEK_END) == -1);
	}
}

static void dispositions_name_the_file_for_every_client(void **state)
{
	(void)state;
	static const struct {
		enum disposition disposition;
		const char *name, *value;
	} table[] = {
		{DISPOSITION_NONE, "a.txt", NULL},
		{DISPOSITION_INLINE, NULL, "inline"},
		{DISPOSITION_ATTACHMENT, "", "attachment"},
		{DISPOSITION_INLINE, "a b.txt", "inline; filename=\"a b.txt\""},
		{DISPOSITION_ATTACHMENT, "it's; (1)=x.png",
		 "attachment; filename=\"it's; (1)=x.png\""},
		{DISPOSITION_ATTACHMENT, "a\"b\\c.txt",
		 "attachment; filename=\"a_b_c.txt\"; "
		 "filename*=UTF-8''a%22b%5Cc.txt"},
		{DISPOSITION_ATTACHMENT, "caf\xc3\xa9 \xe2\x82\xac.txt",
		 "attachment; filename=\"caf_ _.txt\"; "
		 "filename*=UTF-8''caf%C3%A9%20%E2%82%AC.txt"},
		{DISPOSITION_INLINE, "100%41.txt",
		 "inline; filename=\"100_41.txt\"; "
		 "filename*=UTF-8''100%2541.txt"},
		{DISPOSITION_INLINE, "a\r\nSet-Cookie: b",
		 "inline; filename=\"a__Set-Cookie: b\"; "
		 "filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b"},
		{DISPOSITION_INLINE, "../etc",
		 "inline; filename=\".._etc\"; filename*=UTF-8''..%2Fetc"},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		struct arena arena;
		arena_init(&arena);
		assert_str(disposition_value(&arena, table[i].disposition,
					     str_of(table[i].name)),
			   str_of(table[i].value));
		arena_release(&arena);
	}
}

static void the_longest_name_has_a_whole_disposition(void **state)
{
	(void)state;
	struct arena arena;
	char name[FILE_PATH_MAX];
	arena_init(&arena);
	memset(name, '"', sizeof(name));
	struct str value = disposition_value(&arena, DISPOSITION_ATTACHMENT,
					     (struct str){name, sizeof(name)});
	assert_true(str_ends(value, STR("%22%22")));
	assert_int_equal(value.n, strlen("attachment; filename=\"\"; "
					 "filename*=UTF-8''") +
					  4 * sizeof(name));
	arena_release(&arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(every_kind_of_request_gets_its_status_fields_and_bytes),
		TEST(what_has_no_row_is_delivered_like_a_file),
		TEST(an_empty_file_is_sent_whole_and_has_no_range),
		TEST(bytes_live_until_the_exchange_ends_although_the_file_changes),
		TEST(dispositions_name_the_file_for_every_client),
		TEST(the_longest_name_has_a_whole_disposition),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
