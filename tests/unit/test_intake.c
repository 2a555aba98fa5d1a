/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies as the clients of all dialects send them, in pieces of every size,
 * into fields and a file: src/ingest/intake.h.
 */
#include "ingest/intake.h"
#include "store_fixture.h"
#include "unit.h"

#include "base/buf.h"
#include "base/encode.h"
#include "ingest/fetch.h"
#include "store/stage.h"

#define FILE_MAX 1000
#define FORM "multipart/form-data; boundary=B"
#define CRLF "\r\n"
#define NAMED(name) "--B\r\nContent-Disposition: form-data; name=\"" name "\""
#define FIELD(name, value) NAMED(name) "\r\n\r\n" value "\r\n"
#define END "--B--\r\n"
#define IN_BASE64 "Content-Transfer-Encoding: Base64" CRLF

static struct fixture fixture;

static int open_store(void **state)
{
	(void)state;
	start(&fixture, LOCAL, 16 * KIB);
	return 0;
}

static int close_store(void **state)
{
	(void)state;
	stop(&fixture);
	return 0;
}

/* Nearly as ImageKit sorts parts: bytes when there is a file name or a type. */
static enum part_use by_name(const struct multipart_part *part, bool have_file)
{
	(void)have_file;
	if (!str_eq(part->name, STR("file")))
		return PART_FIELD;
	return part->filename.p || part->content_type.p ? PART_FILE
							: PART_FILE_TEXT;
}

/* As JigsawStack: the part called file, else the first with a file name. */
static enum part_use by_filename(const struct multipart_part *part,
				 bool have_file)
{
	if (str_eq(part->name, STR("skipped")))
		return PART_SKIP;
	return part->filename.p && !have_file ? PART_FILE : PART_FIELD;
}

static const struct intake_plan long_plan = {
	.max_file = FILE_MAX,
	.max_field = 1u << 20,
	.classify = by_name,
};
static const struct intake_plan text_plan = {
	.max_file = FILE_MAX,
	.classify = by_name,
	.takes_text = true,
	.bad_base64 = "Your request contains invalid file.",
};
static const struct intake_plan binary_plan = {
	.max_file = FILE_MAX,
	.classify = by_filename,
};
static const struct intake_plan empty_plan = {
	.max_file = FILE_MAX,
	.classify = by_filename,
	.empty_is_file = true,
};
static const struct intake_plan raw_plan = {.max_file = FILE_MAX};
static const struct intake_plan base64_plan = {
	.max_file = FILE_MAX,
	.classify = by_filename,
	.base64 = true,
};

struct run {
	struct arena arena;
	struct intake *intake;
	struct err err;
	int result;
};

/* Feeds a body in pieces of `piece` bytes (0: at once), each from memory of its
 * own so that reading past it or later is seen. */
static void run_begin(struct run *run, const struct intake_plan *plan,
		      struct str type, struct str body, size_t piece)
{
	*run = (struct run){.result = 0};
	arena_init(&run->arena);
	const struct intake_body coming = {.arena = &run->arena,
					   .store = fixture.store,
					   .plan = plan,
					   .content_type = type,
					   .length = -1};
	run->result = intake_new(&run->intake, &coming, &run->err);
	while (run->result == 0 && body.n) {
		size_t n = piece ? MIN(piece, body.n) : body.n;
		g_autofree char *copy = g_memdup2(body.p, n);
		run->result = intake_feed(run->intake, copy, n, &run->err);
		body = str_skip(body, n);
	}
	if (run->result == 0)
		run->result = intake_end(run->intake, &run->err);
}

static void run_end(struct run *run)
{
	intake_release(run->intake);
	arena_release(&run->arena);
}

static struct str file_of(const struct run *run)
{
	return run->intake->file ? store_sink_bytes(run->intake->file)
				 : STR_NONE;
}

static void assert_failed(const struct run *run, enum err_code code,
			  const char *text)
{
	assert_int_equal(run->result, -1);
	assert_string_equal(err_code_name(run->err.code), err_code_name(code));
	if (text)
		assert_string_equal(run->err.text, text);
}

struct form {
	const char *client;
	const struct intake_plan *plan;
	const char *type, *body;
	const char *file; /* NULL: none */
	const char *file_name, *file_type, *url;
	const char *fields; /* "name=value;" for each */
};

static const struct form forms[] = {
	{"browser form", &text_plan, FORM,
	 NAMED("file") "; filename=\"a.jpg\"" CRLF
		       "Content-Type: image/jpg" CRLF CRLF "bytes" CRLF FIELD(
			       "fileName", "x.jpg") FIELD("tags", "t1,t2") END,
	 "bytes", "a.jpg", "image/jpg", NULL, "fileName=x.jpg;tags=t1,t2;"},
	{"buffer without a file name", &text_plan, FORM,
	 NAMED("file") CRLF "Content-Type: application/octet-stream" CRLF CRLF
			    "aGk=" CRLF FIELD("fileName", "x") END,
	 "aGk=", NULL, "application/octet-stream", NULL, "fileName=x;"},
	{"fields before the file", &text_plan,
	 "multipart/form-data; boundary=----formdata-undici-012345678901",
	 "------formdata-undici-012345678901\r\n"
	 "Content-Disposition: form-data; name=\"fileName\"\r\n\r\nt.jpg\r\n"
	 "------formdata-undici-012345678901\r\n"
	 "Content-Disposition: form-data; name=\"file\"; filename=\"t.jpg\"\r\n"
	 "Content-Type: application/octet-stream\r\n\r\nB\r\n"
	 "------formdata-undici-012345678901--\r\n",
	 "B", "t.jpg", "application/octet-stream", NULL, "fileName=t.jpg;"},
	{"Python's boundary, raw base64", &text_plan,
	 "multipart/form-data; boundary=randomBoundary---------------------",
	 "--randomBoundary---------------------\r\n"
	 "Content-Disposition: form-data; name=\"file\"\r\n\r\naGVs\nbG8\n\r\n"
	 "--randomBoundary-----------------------\r\n",
	 "hello", NULL, NULL, NULL, ""},
	{"base64", &text_plan, FORM, FIELD("file", "aGVsbG8=") END, "hello",
	 NULL, NULL, NULL, ""},
	{"URL-safe base64", &text_plan, FORM, FIELD("file", "Pj4-Pz8_") END,
	 ">>>???", NULL, NULL, NULL, ""},
	{"base64 like a URL's start", &text_plan, FORM,
	 FIELD("file", "http") END, "\x86\xdb\x69", NULL, NULL, NULL, ""},
	{"base64 like a data: URI's start", &text_plan, FORM,
	 FIELD("file", "data") END, "\x75\xab\x5a", NULL, NULL, NULL, ""},
	{"a URL", &text_plan, FORM,
	 FIELD("file", "https://example.com/a%20b?c=d") END, NULL, NULL, NULL,
	 "https://example.com/a%20b?c=d", ""},
	{"a URL in capitals and blanks", &text_plan, FORM,
	 FIELD("file", " \r\n HTTP://example.com/ \n") END, NULL, NULL, NULL,
	 "HTTP://example.com/", ""},
	{"a data: URI", &text_plan, FORM,
	 FIELD("file", "data:image/png;base64,aGVsbG8=") END, "hello", NULL,
	 "image/png", NULL, ""},
	{"a data: URI with a parameter", &text_plan, FORM,
	 FIELD("file", "DATA:text/plain;charset=utf-8;BASE64,aGVs bG8") END,
	 "hello", NULL, "text/plain", NULL, ""},
	{"a data: URI without a type", &text_plan, FORM,
	 FIELD("file", "data:;base64,") END, "", NULL, NULL, NULL, ""},
	{"an empty text part", &text_plan, FORM,
	 FIELD("file", "") FIELD("a", "b") END, NULL, NULL, NULL, NULL, "a=b;"},
	{"an empty text part, then a file", &text_plan, FORM,
	 FIELD("file", " \r\n") NAMED("file") "; filename=\"f\"" CRLF CRLF
					      "x" CRLF END,
	 "x", "f", NULL, NULL, ""},
	{"an empty file", &text_plan, FORM,
	 NAMED("file") "; filename=\"f\"" CRLF CRLF CRLF END, "", "f", NULL,
	 NULL, ""},
	{"no file chosen", &text_plan, FORM,
	 NAMED("file") "; filename=\"\"" CRLF CRLF CRLF END, NULL, NULL, NULL,
	 NULL, ""},
	{"no file chosen in the first of two", &text_plan, FORM,
	 NAMED("file") "; filename=\"\"" CRLF CRLF CRLF NAMED(
		 "file") "; file"
			 "name=\"f\"" CRLF CRLF "x" CRLF END,
	 "x", "f", NULL, NULL, ""},
	{"a file without a name", &text_plan, FORM,
	 NAMED("file") "; filename=\"\"" CRLF CRLF "x" CRLF END, "x", "", NULL,
	 NULL, ""},
	{"no name and no bytes, but a file", &empty_plan, FORM,
	 NAMED("file") "; filename=\"\"" CRLF CRLF CRLF END, "", "", NULL, NULL,
	 ""},
	{"no file", &text_plan, FORM, FIELD("fileName", "x") END, NULL, NULL,
	 NULL, NULL, "fileName=x;"},
	{"file, then JSON options", &binary_plan, FORM,
	 NAMED("file") "; filename=\"blob\"" CRLF
		       "Content-Type: application/octet-stream" CRLF CRLF
		       "data:;base64,aGk=" CRLF FIELD(
			       "body", "{\"key\":\"a b/c.txt\"}") END,
	 "data:;base64,aGk=", "blob", "application/octet-stream", NULL,
	 "body={\"key\":\"a b/c.txt\"};"},
	{"JSON options, then file", &binary_plan, FORM,
	 FIELD("body", "undefined") NAMED("file") "; filename=\"caf\xc3\xa9 %22"
						  "a%22.txt\"" CRLF CRLF
						  "x" CRLF END,
	 "x", "caf\xc3\xa9 \"a\".txt", NULL, NULL, "body=undefined;"},
	{"the first file of two", &binary_plan, FORM,
	 NAMED("a") "; filename=\"1\"" CRLF CRLF "one" CRLF NAMED(
		 "b") "; filename=\"2\"" CRLF CRLF "two" CRLF END,
	 "one", "1", NULL, NULL, "b=two;"},
	{"repeated and skipped fields", &binary_plan, FORM,
	 FIELD("tag", "a") FIELD("skipped", "\xff") FIELD("tag", "b")
		 FIELD("empty", "") END,
	 NULL, NULL, NULL, NULL, "tag=a;tag=b;empty=;"},
	{"base64 in a file part", &base64_plan, FORM,
	 NAMED("f") "; filename=\"f\"" CRLF CRLF "aGVs\r\nbG8" CRLF END,
	 "hello", "f", NULL, NULL, ""},
	{"curl's encoder=base64", &binary_plan, FORM,
	 NAMED("file") "; filename=\"f\"" CRLF IN_BASE64 CRLF "aGVs" CRLF
		       "bG8=" CRLF END,
	 "hello", "f", NULL, NULL, ""},
	{"said of base64 that is decoded anyway", &base64_plan, FORM,
	 NAMED("file") "; filename=\"f\"" CRLF IN_BASE64 CRLF
		       "aGVsbG8" CRLF END,
	 "hello", "f", NULL, NULL, ""},
	{"said of a text that is base64", &text_plan, FORM,
	 NAMED("file") CRLF IN_BASE64 CRLF "aGVsbG8=" CRLF END, "hello", NULL,
	 NULL, NULL, ""},
	{"base64 of blanks", &text_plan, FORM,
	 NAMED("file") CRLF IN_BASE64 CRLF "IAogaA==" CRLF END, " \n h", NULL,
	 NULL, NULL, ""},
	{"base64 like a URL's start, in base64", &text_plan, FORM,
	 NAMED("file") CRLF IN_BASE64 CRLF "aHR0cA==" CRLF END, "http", NULL,
	 NULL, NULL, ""},
	{"a URL in base64", &text_plan, FORM,
	 NAMED("file") CRLF IN_BASE64 CRLF "aHR0cHM6Ly9hLmV4YW1wbGUv" CRLF END,
	 NULL, NULL, NULL, "https://a.example/", ""},
	{"fields in base64, and then none", &binary_plan, FORM,
	 NAMED("a") CRLF IN_BASE64 CRLF "YsOk" CRLF NAMED("skipped")
		 CRLF IN_BASE64 CRLF "-" CRLF FIELD("c", "YsOk") END,
	 NULL, NULL, NULL, NULL, "a=b\xc3\xa4;c=YsOk;"},
	{"bytes as they are, said so", &binary_plan, FORM,
	 NAMED("file") "; filename=\"f\"" CRLF
		       "content-transfer-encoding: 8bit" CRLF CRLF
		       "aGVsbG8=" CRLF NAMED("a") CRLF
	 "Content-Transfer-Encoding: binary" CRLF CRLF "YsOk" CRLF END,
	 "aGVsbG8=", "f", NULL, NULL, "a=YsOk;"},
	{"raw", &binary_plan, "image/png", "\x89PNG", "\x89PNG", NULL,
	 "image/png", NULL, ""},
	{"raw, empty, no type", &binary_plan, NULL, "", "", NULL, NULL, NULL,
	 ""},
	{"curl --data-binary", &binary_plan,
	 "application/x-www-form-urlencoded", "a=b", "a=b", NULL,
	 "application/x-www-form-urlencoded", NULL, ""},
	{"base64 raw", &base64_plan, "text/plain", "aGVsbG8=", "hello", NULL,
	 "text/plain", NULL, ""},
	{"multipart that is not wanted", &raw_plan, FORM, FIELD("a", "b") END,
	 FIELD("a", "b") END, NULL, FORM, NULL, ""},
	{"another multipart type", &binary_plan, "multipart/mixed; boundary=B",
	 FIELD("a", "b") END, FIELD("a", "b") END, NULL,
	 "multipart/mixed; boundary=B", NULL, ""},
};

static struct str fields_of(struct run *run)
{
	struct buf buf;
	buf_init(&buf, &run->arena, 4096);
	for (size_t i = 0; i < run->intake->n_fields; i++) {
		buf_add(&buf, run->intake->fields[i].name);
		buf_add_char(&buf, '=');
		buf_add(&buf, run->intake->fields[i].value);
		buf_add_char(&buf, ';');
	}
	return buf_str(&buf);
}

static void check_form(const struct form *form, size_t piece)
{
	struct run run;
	run_begin(&run, form->plan, str_of(form->type), str_of(form->body),
		  piece);
	if (run.result)
		fail_msg("%s, pieces of %zu: %s", form->client, piece,
			 run.err.text);
	assert_str(file_of(&run), str_of(form->file));
	assert_str(run.intake->file_name, str_of(form->file_name));
	assert_str(run.intake->file_type, str_of(form->file_type));
	assert_str(run.intake->url, str_of(form->url));
	assert_str(fields_of(&run), str_of(form->fields));
	run_end(&run);
}

static void
every_client_form_is_understood_in_pieces_of_every_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++)
		for (size_t piece = 0; piece <= 40; piece++)
			check_form(&forms[i], piece);
}

static void codings_that_cannot_be_read_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *body, *text;
	} rows[] = {
		{NAMED("file") "; filename=\"f\"" CRLF IN_BASE64 CRLF
			       "aGVs-_*" CRLF END,
		 "The file is not valid base64."},
		{NAMED("file") "; filename=\"f\"" CRLF IN_BASE64 CRLF
			       "aGVsb" CRLF END,
		 "The file is not valid base64."},
		{NAMED("a") CRLF IN_BASE64 CRLF "a*" CRLF END,
		 "The field \"a\" is not valid base64."},
		{NAMED("a") CRLF IN_BASE64 CRLF "a" CRLF END,
		 "The field \"a\" is not valid base64."},
		{NAMED("a") CRLF IN_BASE64 CRLF "/w==" CRLF END,
		 "The field \"a\" is not valid UTF-8 text."},
		{NAMED("a") CRLF
		 "Content-Transfer-Encoding: Quoted-Printable" CRLF CRLF
		 "a=3D" CRLF END,
		 "A part's Content-Transfer-Encoding must be binary or "
		 "base64."},
		{NAMED("a") CRLF IN_BASE64 IN_BASE64 CRLF "YQ==" CRLF END,
		 "A part of the multipart body has a malformed header."},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct run run;
		run_begin(&run, &binary_plan, STR(FORM), str_of(rows[i].body),
			  0);
		assert_failed(&run, ERR_INVALID, rows[i].text);
		run_end(&run);
	}
}

static void text_files_are_understood_at_every_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		const struct form *form = &forms[i];
		for (size_t n = strlen(form->body); n > 40; n--)
			check_form(form, n);
	}
}

static void base64_of_every_length_and_split_is_decoded(void **state)
{
	(void)state;
	char bytes[24], text[128];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 37 + 200);
	for (size_t n = 1; n <= sizeof(bytes); n++) {
		g_autofree char *base64 =
			g_base64_encode((const guchar *)bytes, n);
		int body = snprintf(text, sizeof(text), FIELD("file", "%s") END,
				    base64);
		for (size_t piece = 1; piece <= (size_t)body; piece++) {
			struct run run;
			run_begin(&run, &text_plan, STR(FORM),
				  (struct str){text, (size_t)body}, piece);
			assert_int_equal(run.result, 0);
			assert_str(file_of(&run), (struct str){bytes, n});
			run_end(&run);
		}
	}
}

static void long_base64_passes_through_in_steps(void **state)
{
	(void)state;
	static const struct intake_plan plan = {.max_file = 15000,
						.base64 = true};
	static char bytes[15000];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * i >> 3);
	g_autofree char *text =
		g_base64_encode((const guchar *)bytes, sizeof(bytes));
	for (size_t piece = 0; piece < 20000; piece += 4095) {
		struct run run;
		run_begin(&run, &plan, STR_NONE, str_of(text), piece);
		assert_int_equal(run.result, 0);
		assert_str(file_of(&run), (struct str){bytes, sizeof(bytes)});
		run_end(&run);
	}
}

static void what_is_wrong_is_refused_with_its_sentence(void **state)
{
	(void)state;
	static const char invalid[] = "Your request contains invalid file.";
	static const struct {
		const struct intake_plan *plan;
		const char *body;
		size_t n;         /* 0: strlen(body) */
		const char *text; /* NULL: of somebody else */
	} rows[] = {
		{&text_plan, FIELD("file", "!") END, 0, invalid},
		{&text_plan, FIELD("file", "aGVsbG8=x") END, 0, invalid},
		{&text_plan, FIELD("file", "aGVsb") END, 0, invalid},
		{&text_plan, FIELD("file", "ftp://example.com/") END, 0,
		 invalid},
		{&text_plan, FIELD("file", "http:/") END, 0, invalid},
		{&text_plan, FIELD("file", "ht tp://a/") END, 0, invalid},
		{&text_plan, FIELD("file", "data:image/png,aGk=") END, 0,
		 invalid},
		{&text_plan, FIELD("file", "data:;base6,aGk=") END, 0, invalid},
		{&text_plan, FIELD("file", "data:;base64") END, 0, invalid},
		{&text_plan, FIELD("file", "data:") END, 0, invalid},
		{&text_plan, FIELD("file", "data:;base64,%61") END, 0, invalid},
		{&text_plan, FIELD("file", "http://a\x01") END, 0,
		 "The URL is not valid."},
		{&text_plan, FIELD("file", "http://\xff/") END, 0,
		 "The URL is not valid."},
		{&text_plan, FIELD("file", "aGk=") FIELD("file", "aGk=") END, 0,
		 "The request has more than one file."},
		{&text_plan,
		 FIELD("file", "http://a/") FIELD("file", "aGk=") END, 0,
		 "The request has more than one file."},
		{&text_plan,
		 NAMED("file") "; filename=\"a\"" CRLF CRLF CRLF NAMED(
			 "file") "; filename=\"a\"" CRLF CRLF CRLF END,
		 0, "The request has more than one file."},
		{&text_plan, FIELD("tags", "\xc3") END, 0,
		 "The field \"tags\" is not valid UTF-8 text."},
		{&text_plan, FIELD("tags", "a\0b") END,
		 sizeof(FIELD("tags", "a\0b") END) - 1,
		 "The field \"tags\" is not valid UTF-8 text."},
		{&text_plan, FIELD("\xff", "a") END, 0, NULL},
		{&text_plan, FIELD("a\0b", "a") END,
		 sizeof(FIELD("a\0b", "a") END) - 1, NULL},
		{&text_plan, FIELD("file", "aGk="), 0, NULL},
		{&text_plan, NAMED("file"), 0, NULL},
		{&text_plan, "", 0, NULL},
		{&base64_plan,
		 NAMED("f") "; filename=\"f\"" CRLF CRLF "a" CRLF END, 0,
		 "The file is not valid base64."},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = rows[i].n ? rows[i].n : strlen(rows[i].body);
		for (size_t piece = 0; piece < 4; piece++) {
			struct run run;
			run_begin(&run, rows[i].plan, STR(FORM),
				  (struct str){rows[i].body, n}, piece);
			assert_failed(&run, ERR_INVALID, rows[i].text);
			run_end(&run);
		}
	}
}

static void a_plain_body_is_refused_where_only_multipart_will_do(void **state)
{
	(void)state;
	struct intake_plan plan = text_plan;
	struct run run;
	plan.form_only = true;
	run_begin(&run, &plan, STR("application/json"), STR("{}"), 0);
	assert_failed(&run, ERR_INVALID,
		      "The request body must be multipart/form-data.");
	run_end(&run);
	plan.not_multipart = "Send a form.";
	run_begin(&run, &plan, STR_NONE, STR("{}"), 0);
	assert_failed(&run, ERR_INVALID, "Send a form.");
	run_end(&run);
	run_begin(&run, &plan, STR("multipart/form-data"), STR(""), 0);
	assert_failed(&run, ERR_INVALID, NULL);
	run_end(&run);
}

/* head, n times `fill`, tail */
static struct str padded(struct arena *arena, const char *head, char fill,
			 size_t n, const char *tail)
{
	char *all = arena_alloc(arena, n);
	memset(all, fill, n);
	return arena_join(arena,
			  arena_join(arena, str_of(head), (struct str){all, n}),
			  str_of(tail));
}

static void limits_hold_exactly(void **state)
{
	(void)state;
	static const char file[] = NAMED("f") "; filename=\"f\"" CRLF CRLF;
	static const char too_large[] =
		"The file exceeds the limit of 1000 bytes.";
	static const struct {
		const struct intake_plan *plan;
		const char *type, *head, *tail;
		char fill;
		size_t most;
		enum err_code code;
		const char *text;
	} rows[] = {
		{&raw_plan, NULL, "", "", 'x', FILE_MAX, ERR_TOO_LARGE,
		 too_large},
		{&binary_plan, FORM, file, CRLF END, 'x', FILE_MAX,
		 ERR_TOO_LARGE, too_large},
		{&base64_plan, "x/y", "", "QUI", 'Q', 4 * 332 + 1, ERR_INVALID,
		 "The file is not valid base64."},
		{&base64_plan, "x/y", "QUJD", "QQ==", 'Q', 4 * 332, ERR_INVALID,
		 NULL},
		{&text_plan, FORM, NAMED("a") CRLF CRLF, CRLF END, 'x',
		 INTAKE_FIELD_MAX, ERR_INVALID,
		 "The field \"a\" exceeds the limit of 65536 bytes."},
		/* the name counts among all fields */
		{&long_plan, FORM, NAMED("a") CRLF CRLF, CRLF END, 'x',
		 (1u << 20) - 1, ERR_INVALID,
		 "The form fields exceed the limit of 1048576 bytes."},
		{&text_plan, FORM, NAMED("file") CRLF CRLF "http://", CRLF END,
		 'x', FETCH_URL_MAX - 7, ERR_INVALID,
		 "The URL exceeds the limit of 8192 bytes."},
		{&text_plan, FORM,
		 NAMED("file") CRLF CRLF "data:", ";base64,QUJD" CRLF END, 'x',
		 1024 - 12, ERR_INVALID, "Your request contains invalid file."},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t over = 0; over < 2; over++) {
			struct arena arena;
			struct run run;
			arena_init(&arena);
			struct str body =
				padded(&arena, rows[i].head, rows[i].fill,
				       rows[i].most + over, rows[i].tail);
			run_begin(&run, rows[i].plan, str_of(rows[i].type),
				  body, 997);
			if (over)
				assert_failed(&run, rows[i].code, rows[i].text);
			else if (run.result)
				fail_msg("row %zu: %s", i, run.err.text);
			run_end(&run);
			arena_release(&arena);
		}
	}
}

static void base64_counts_decoded_bytes(void **state)
{
	(void)state;
	for (size_t n = FILE_MAX - 1; n <= FILE_MAX + 1; n++) {
		struct run run;
		g_autofree guchar *bytes = g_malloc0(n);
		g_autofree char *text = g_base64_encode(bytes, n);
		run_begin(&run, &base64_plan, STR_NONE, str_of(text), 0);
		if (n > FILE_MAX)
			assert_failed(&run, ERR_TOO_LARGE, NULL);
		else
			assert_int_equal(store_sink_size(run.intake->file), n);
		run_end(&run);
	}
}

static void fields_are_counted_and_summed(void **state)
{
	(void)state;
	static const struct {
		size_t fields, bytes; /* of each, its name included */
		const char *text;     /* NULL: fine */
	} rows[] = {
		{INTAKE_FIELDS_MAX, 2, NULL},
		{INTAKE_FIELDS_MAX + 1, 2,
		 "The form exceeds the limit of 64 fields."},
		{INTAKE_FIELDS_MAX, INTAKE_FIELDS_BYTES / INTAKE_FIELDS_MAX,
		 NULL},
		{INTAKE_FIELDS_MAX, INTAKE_FIELDS_BYTES / INTAKE_FIELDS_MAX + 1,
		 "The form fields exceed the limit of 262144 bytes."},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct run run;
		GString *body = g_string_new(NULL);
		for (size_t k = 0; k < rows[i].fields; k++) {
			g_string_append(body, NAMED("n") CRLF CRLF);
			for (size_t b = 1; b < rows[i].bytes; b++)
				g_string_append_c(body, 'x');
			g_string_append(body, CRLF);
		}
		g_string_append(body, END);
		run_begin(&run, &text_plan, STR(FORM),
			  (struct str){body->str, body->len}, 0);
		if (rows[i].text)
			assert_failed(&run, ERR_INVALID, rows[i].text);
		else
			assert_int_equal(run.intake->n_fields, rows[i].fields);
		run_end(&run);
		g_string_free(body, TRUE);
	}
}

static void a_length_that_cannot_fit_is_refused_before_the_body(void **state)
{
	(void)state;
	static const struct {
		const struct intake_plan *plan;
		const char *type;
		int64_t most;
	} rows[] = {
		{&raw_plan, NULL, FILE_MAX},
		{&raw_plan, FORM, FILE_MAX},
		{&binary_plan, "image/png", FILE_MAX},
		{&binary_plan, FORM, FILE_MAX + 1024 * 1024},
		{&base64_plan, NULL, FILE_MAX * 3 / 2 + 4},
		{&text_plan, FORM, FILE_MAX * 3 / 2 + 4 + 1024 * 1024},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (int64_t over = 0; over < 2; over++) {
			struct arena arena;
			struct intake *intake = NULL;
			struct err err;
			arena_init(&arena);
			const struct intake_body coming = {
				.arena = &arena,
				.store = fixture.store,
				.plan = rows[i].plan,
				.content_type = str_of(rows[i].type),
				.length = rows[i].most + over};
			assert_int_equal(intake_new(&intake, &coming, &err),
					 over ? -1 : 0);
			if (over)
				assert_int_equal(err.code, ERR_TOO_LARGE);
			intake_release(intake);
			arena_release(&arena);
		}
	}
}

static void
parts_and_blanks_that_are_dropped_do_not_go_on_for_ever(void **state)
{
	(void)state;
	static const struct {
		const struct intake_plan *plan;
		const char *type, *head;
		char fill;
	} rows[] = {
		{&binary_plan, FORM, NAMED("skipped") CRLF CRLF, 'x'},
		{&text_plan, FORM, NAMED("file") CRLF CRLF, ' '},
		{&base64_plan, NULL, "", ' '},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct run run;
		struct arena arena;
		arena_init(&arena);
		struct str body = padded(&arena, rows[i].head, rows[i].fill,
					 2 * 1024 * 1024, "");
		run_begin(&run, rows[i].plan, str_of(rows[i].type), body, 4096);
		assert_failed(&run, ERR_TOO_LARGE, NULL);
		run_end(&run);
		arena_release(&arena);
	}
}

static void the_dialect_words_too_large_itself(void **state)
{
	(void)state;
	struct run run;
	struct intake_plan plan = raw_plan;
	plan.too_large = "100% too much";
	plan.max_file = 2;
	run_begin(&run, &plan, STR_NONE, STR("abc"), 1);
	assert_failed(&run, ERR_TOO_LARGE, "100% too much");
	run_end(&run);
}

static void a_long_field_name_is_cut_between_characters(void **state)
{
	(void)state;
	struct run run;
	struct arena arena;
	arena_init(&arena);
	struct str body =
		padded(&arena, "--B\r\nContent-Disposition: form-data; name=\"",
		       'n', 63, "\xc3\xbc\"\r\n\r\n\xff\r\n" END);
	run_begin(&run, &text_plan, STR(FORM), body, 0);
	assert_failed(&run, ERR_INVALID, NULL);
	assert_true(str_is_utf8(str_of(run.err.text)));
	assert_non_null(strstr(run.err.text, "nnn\" is not"));
	run_end(&run);
	arena_release(&arena);
}

static void the_last_field_of_a_name_is_got(void **state)
{
	(void)state;
	struct run run;
	run_begin(&run, &text_plan, STR(FORM),
		  STR(FIELD("a", "1") FIELD("a", "2") FIELD("b", "")
			      FIELD("a", "3") END),
		  0);
	assert_str(intake_get(run.intake, STR("a")), STR("3"));
	assert_str(intake_get(run.intake, STR("b")), STR(""));
	assert_str(intake_get(run.intake, STR("c")), STR_NONE);
	run_end(&run);
}

static void a_part_of_an_upload_takes_the_place_of_the_file(void **state)
{
	(void)state;
	struct arena arena;
	struct err err;
	size_t n;
	struct store_stage *stage;
	struct store_part *part;
	struct intake *intake;
	const struct intake_plan plan = {.max_file = 3};
	struct intake_body body = {.arena = &arena,
				   .store = fixture.store,
				   .plan = &plan,
				   .content_type = STR(FORM),
				   .length = -1};
	arena_init(&arena);
	assert_int_equal(store_stage_create(fixture.store,
					    store_stage_new_id(fixture.store),
					    &stage, &err),
			 0);
	for (int whole = 0; whole < 2; whole++) {
		assert_int_equal(
			store_part_begin(stage,
					 (struct store_span){5, 9, false},
					 &part, &err),
			0);
		body.part = part;
		assert_int_equal(intake_new(&intake, &body, &err), 0);
		assert_null(intake->file);
		assert_int_equal(intake_feed(intake, "abc", 3, &err), 0);
		if (whole) {
			assert_int_equal(intake_end(intake, &err), 0);
			assert_int_equal(store_part_finish(intake->part, &err),
					 0);
		} else {
			assert_int_equal(intake_feed(intake, "d", 1, &err), -1);
			assert_int_equal(err.code, ERR_TOO_LARGE);
			assert_null(intake->part);
		}
		intake_release(intake);
		g_free(store_stage_extents(stage, &n));
		assert_int_equal(n, whole);
	}
	/* one that is refused at once is freed, too */
	assert_int_equal(store_part_begin(stage,
					  (struct store_span){0, 5, false},
					  &body.part, &err),
			 0);
	body.length = 4;
	assert_int_equal(intake_new(&intake, &body, &err), -1);
	store_stage_close(stage);
	arena_release(&arena);
}

static void true_has_the_spellings_that_clients_send(void **state)
{
	(void)state;
	static const char *const yes[] = {"true", "True", "TRUE", "1"};
	static const char *const no[] = {NULL,   "",     "false",     "False",
					 "None", "0",    "undefined", "true ",
					 "yes",  "tRUE", "11"};
	for (size_t i = 0; i < COUNT(yes); i++)
		assert_true(text_is_true(str_of(yes[i])));
	for (size_t i = 0; i < COUNT(no); i++)
		assert_false(text_is_true(str_of(no[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_client_form_is_understood_in_pieces_of_every_size),
		cmocka_unit_test(codings_that_cannot_be_read_are_refused),
		cmocka_unit_test(text_files_are_understood_at_every_split),
		cmocka_unit_test(base64_of_every_length_and_split_is_decoded),
		cmocka_unit_test(long_base64_passes_through_in_steps),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_sentence),
		cmocka_unit_test(
			a_plain_body_is_refused_where_only_multipart_will_do),
		cmocka_unit_test(limits_hold_exactly),
		cmocka_unit_test(base64_counts_decoded_bytes),
		cmocka_unit_test(fields_are_counted_and_summed),
		cmocka_unit_test(
			a_length_that_cannot_fit_is_refused_before_the_body),
		cmocka_unit_test(
			parts_and_blanks_that_are_dropped_do_not_go_on_for_ever),
		cmocka_unit_test(the_dialect_words_too_large_itself),
		cmocka_unit_test(a_long_field_name_is_cut_between_characters),
		cmocka_unit_test(the_last_field_of_a_name_is_got),
		cmocka_unit_test(
			a_part_of_an_upload_takes_the_place_of_the_file),
		cmocka_unit_test(true_has_the_spellings_that_clients_send),
	};
	return cmocka_run_group_tests(tests, open_store, close_store);
}
