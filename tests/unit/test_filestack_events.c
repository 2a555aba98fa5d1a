/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's events: src/api/filestack/events.c. Which change makes which kind
 * is tested with the library's events.
 */
#include "api/filestack/events.h"
#include "arena_fixture.h"

#include <glib.h>

/* Of filestack-js, security.spec.node.ts. */
static void signature_is_as_the_vendors_own_test_has_it(void **state)
{
	(void)state;
	const struct webhook_telling telling = {
		.secret = STR("Y5cWb1rdRDSTSqEjF5pv"),
		.now_ms = INT64_C(1559199901999),
	};
	const char *fields[POST_FIELDS_MAX] = {NULL};
	filestack_event_sign(
		&arena, &telling,
		STR("{\"id\": 6844, \"action\": \"fp.upload\", \"timestamp\": "
		    "1559199901, \"text\": {\"url\": "
		    "\"http://cdn.filestackapi.dev/xK88QArxRiyVvFzo4p33\", "
		    "\"client\": \"Computer\", \"data\": {\"filename\": "
		    "\"01 (1).png\", \"type\": \"image/png\", \"size\": "
		    "881855}}}"),
		fields);
	assert_string_equal(fields[0],
			    "FS-Signature: 14495b54b246e1352bb69cd91c5c1bfe"
			    "2221f2d0330414b3df8f5fb2903db730");
	assert_string_equal(fields[1], "FS-Timestamp: 1559199901");
	assert_null(fields[2]);
}

static struct str body_of(enum event_kind kind, struct str made_by)
{
	const struct event event = {
		.id = {{0x65, 0xf0, 0, 0, 0, 0x12, 0x34, 0xff, 1, 2, 3, 4}},
		.kind = kind,
		.created_ms = INT64_C(1710000000999),
		.made_by = made_by,
		.file = {.id = {{0x65, 0xf0}},
			 .name = STR("b \"c\".png"),
			 .path = STR("a/b.png"),
			 .type = STR("image/png"),
			 .provider = STR("S3"),
			 .size = 7},
	};
	const struct webhook_telling telling = {
		.base_url = STR("https://files.example"), .event = &event};
	return filestack_events.body(&arena, &telling);
}

#define HANDLE "Be4jIHjGiM6fCK5VFQOx"
#define HEAD(action)                                                           \
	"{\"id\":" ID ",\"action\":\"" action "\",\"timestamp\":1710000000,"   \
	"\"text\":{\"url\":\""
#define ID "1793303464902947" /* 0x65f0000000123 */
#define FILE_TEXT                                                              \
	",\"container\":null,\"filename\":\"b \\\"c\\\".png\","                \
	"\"client\":\"Computer\",\"key\":\"a/b.png\",\"type\":\"image/png\","  \
	"\"status\":\"Stored\",\"size\":7"
#define AT_CDN "https://files.example/" HANDLE "\""

static void every_kind_has_the_vendors_members(void **state)
{
	(void)state;
	static const struct {
		enum event_kind kind;
		const char *made_by, *want;
	} rows[] = {
		{EVENT_FILE_CREATED, NULL,
		 HEAD("fp.upload") AT_CDN FILE_TEXT "}}"},
		{EVENT_VERSION_CREATED, NULL,
		 HEAD("fp.upload") AT_CDN FILE_TEXT "}}"},
		{EVENT_OVERWRITTEN, NULL,
		 HEAD("fp.overwrite") AT_CDN FILE_TEXT
		 ",\"mimetype\":\"image/png\",\"isWriteable\":true}}"},
		{EVENT_VERSION_RESTORED, NULL,
		 HEAD("fp.overwrite") AT_CDN FILE_TEXT
		 ",\"mimetype\":\"image/png\",\"isWriteable\":true}}"},
		{EVENT_FILE_DELETED, NULL, HEAD("fp.delete") AT_CDN "}}"},
		{EVENT_FILE_MADE, "/flip/\"x\"",
		 HEAD("fp.converse") "/flip/\\\"x\\\"\"" FILE_TEXT
				     ",\"link\":{\"url\":\"https://"
				     "files.example/api/file/" HANDLE
				     "\",\"handle\":\"" HANDLE
				     "\",\"filename\":\"b \\\"c\\\".png"
				     "\",\"mimetype\":\"image/"
				     "png\",\"path\":\"a/b.png\","
				     "\"provider\":\"S3\",\"size\":7}}}"},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_str(body_of(rows[i].kind, str_of(rows[i].made_by)),
			   str_of(rows[i].want));
}

static void names_say_which_kinds_are_told(void **state)
{
	(void)state;
	static const struct {
		const char *names[3];
		unsigned kinds;
	} rows[] = {
		{{NULL}, 0x3da},
		{{"fp.upload"}, 0x12},
		{{"fp.overwrite", "fp.delete"}, 0x308},
		{{"fp.converse", "fp.converse"}, 0xc0},
	};
	struct err err;
	unsigned kinds;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(webhook_kinds(&filestack_events, rows[i].names,
					       &kinds, &err),
				 0);
		assert_int_equal(kinds, rows[i].kinds);
	}
	assert_int_equal(webhook_kinds(&filestack_events, NULL, &kinds, &err),
			 0);
	assert_int_equal(kinds, rows[0].kinds);
	static const char *const others[] = {"fp.upload", "file.created", NULL};
	assert_int_equal(webhook_kinds(&filestack_events, others, &kinds, &err),
			 -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_non_null(strstr(err.text, "file.created"));
	assert_null(webhook_action_name(&filestack_events, EVENT_FILE_UPDATED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(signature_is_as_the_vendors_own_test_has_it),
		WITH_ARENA(every_kind_has_the_vendors_members),
		WITH_ARENA(names_say_which_kinds_are_told),
	};
	return cmocka_run_group_tests_name("filestack_events", tests, NULL,
					   NULL);
}
