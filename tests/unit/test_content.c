/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes out with a content, whatever it was made of:
 * src/deliver/content.h.
 */
#include "deliver/content.h"
#include "base/clock.h"
#include "base/date.h"
#include "unit.h"

#include <string.h>

#define FIELDS                                                                 \
	"ETag: \"a-1.b_2\"\r\n"                                                \
	"Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n"                     \
	"Accept-Ranges: bytes\r\n"                                             \
	"X-Content-Type-Options: nosniff\r\n"                                  \
	"Content-Type: text/html\r\n"                                          \
	"Content-Security-Policy: sandbox\r\n"

static void a_content_is_described_and_can_be_moved(void **state)
{
	(void)state;
	struct content content = {.fd = -1, .modified_s = 1700000000};
	char other[512];
	struct arena arena;
	arena_init(&arena);
	content_describe(&content, STR("a-1.b_2"), STR("text/html"), &arena);
	assert_str(content.fields, STR(FIELDS));
	assert_true(str_starts(str_skip(content.fields, content.common),
			       STR("Content-Type: ")));
	content_move(&content, other);
	arena_release(&arena);
	assert_str(content.etag, STR("\"a-1.b_2\""));
	assert_str(content.fields, STR(FIELDS));
}

static void the_longest_tag_and_type_fit(void **state)
{
	(void)state;
	char tag[CONTENT_TAG_MAX], type[255];
	struct content content = {.fd = -1, .modified_s = INT64_MAX / 1000};
	struct arena arena;
	arena_init(&arena);
	memset(tag, 't', sizeof(tag));
	memset(type, 'x', sizeof(type));
	type[1] = '/';
	content_describe(&content, (struct str){tag, sizeof(tag)},
			 (struct str){type, sizeof(type)}, &arena);
	assert_int_equal(content.etag.n, sizeof(tag) + 2);
	assert_true(str_ends(content.fields, STR(": sandbox\r\n")));
	arena_release(&arena);
}

static void a_date_to_come_goes_out_as_the_present_one(void **state)
{
	(void)state;
	static const int64_t dates[] = {1700000000, INT64_C(4102444800)};
	for (size_t i = 0; i < COUNT(dates); i++) {
		struct content content = {.fd = -1, .modified_s = dates[i]};
		struct arena arena;
		struct buf out;
		char date[HTTP_DATE_LEN + 1];
		arena_init(&arena);
		buf_init(&out, &arena, 4096);
		int64_t before = now_ms() / 1000;
		content_describe(&content, STR("tag"), STR("text/x"), &arena);
		content_add_fields(&content, content.common, true, &out);
		http_date(i ? before : dates[i], date);
		struct str got = buf_str(&out);
		assert_int_equal(got.n, content.common);
		assert_true(i || str_eq(got, str_sub(content.fields, 0,
						     content.common)));
		if (before == now_ms() / 1000)
			assert_true(str_contains(got, str_of(date)));
		assert_true(str_ends(got, STR("nosniff\r\n")));
		arena_release(&arena);
	}
}

static void types_that_browsers_run_are_sandboxed(void **state)
{
	(void)state;
	static const struct {
		const char *stored, *sent; /* NULL: the same */
		bool sandbox;
	} rows[] = {
		{"image/png", NULL, false},
		{"image/jpeg; q=1", NULL, false},
		{"video/mp4", NULL, false},
		{"font/woff2", NULL, false},
		{"text/plain; charset=utf-8", NULL, false},
		{"TEXT/CSS", NULL, false},
		{"application/pdf", NULL, false},
		{"application/json", NULL, false},
		{"application/octet-stream", NULL, false},
		{"text/html", NULL, true},
		{"Text/HTML ;charset=utf-8", NULL, true},
		{"application/xhtml+xml", NULL, true},
		{"image/svg+xml", NULL, true},
		{"IMAGE/SVG+XML; a=b", NULL, true},
		{"text/xml", NULL, true},
		{"image/xml", NULL, true},
		{"application/rss+xml", NULL, true},
		{"text/xsl", NULL, true},
		{"text/javascript", NULL, true},
		{"application/x-unheard-of", NULL, true},
		{"text/plain2", NULL, true},
		{"text/plain,text/html", "application/octet-stream", false},
		{"text/plain text/html", "application/octet-stream", false},
		{"", "application/octet-stream", false},
		{"image", "application/octet-stream", false},
		{"image/", "application/octet-stream", false},
		{"/png", "application/octet-stream", false},
		{"image/*", "application/octet-stream", false},
		{"*/*; q=1", "application/octet-stream", false},
		{"image/png\r\nX: y", "application/octet-stream", false},
		{"image/png;a=\n", "application/octet-stream", false},
		{"image/png;a=\xc3\xbc", "application/octet-stream", false},
		{"image/png;a=\x7f", "application/octet-stream", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct content content = {.fd = -1};
		struct arena arena;
		arena_init(&arena);
		content_describe(&content, STR("t"), str_of(rows[i].stored),
				 &arena);
		struct str want = arena_printf(
			&arena, "Content-Type: %s\r\n%s",
			rows[i].sent ? rows[i].sent : rows[i].stored,
			rows[i].sandbox ? "Content-Security-Policy: sandbox\r\n"
					: "");
		assert_str(str_skip(content.fields, content.common), want);
		arena_release(&arena);
	}
}

static void a_type_of_any_length_or_byte_leaves_the_fields_whole(void **state)
{
	(void)state;
	char type[4096];
	memset(type, 'a', sizeof(type));
	memcpy(type, "image/", 6);
	for (size_t n = 250; n <= sizeof(type); n += n < 260 ? 1 : 500) {
		struct content content = {.fd = -1};
		struct arena arena;
		arena_init(&arena);
		content_describe(&content, STR("t"), (struct str){type, n},
				 &arena);
		assert_true(str_ends(content.fields, STR("\r\n")));
		assert_int_equal(str_contains(content.fields,
					      STR("application/octet-stream")),
				 n > 255);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_content_is_described_and_can_be_moved),
		cmocka_unit_test(the_longest_tag_and_type_fit),
		cmocka_unit_test(a_date_to_come_goes_out_as_the_present_one),
		cmocka_unit_test(types_that_browsers_run_are_sandboxed),
		cmocka_unit_test(
			a_type_of_any_length_or_byte_leaves_the_fields_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
