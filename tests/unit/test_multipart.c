/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart/form-data: src/http/syntax/multipart.h. Each body is fed whole,
 * byte by byte and cut in two at every place; what comes out is written down as
 *
 *     [name|filename|type]content;
 *
 * with '-' for what is absent.
 */
#include <glib.h>

#include "http/syntax/multipart.h"
#include "unit.h"

#define PLAIN "multipart/form-data; boundary=B"
#define NAMED(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"
#define FIRST "--B\r\n" NAMED("a") "\r\n"
#define LAST "\r\n--B--\r\n"

struct log {
	GString *text;
	unsigned begun, ended;
	unsigned runs;      /* calls of part_data */
	const char *run;    /* the last of them */
	const char *refuse; /* the event that returns -1 */
};

static void note(GString *text, struct str s)
{
	g_string_append_len(text, s.p ? s.p : "-", s.p ? (gssize)s.n : 1);
}

static int answer(const struct log *log, const char *event, struct err *err)
{
	if (log->refuse && strcmp(log->refuse, event) == 0)
		return err_set(err, ERR_QUOTA, "no %s", event);
	return 0;
}

static int on_begin(void *user, const struct multipart_part *part,
		    struct err *err)
{
	struct log *log = user;
	assert_int_equal(log->begun, log->ended);
	assert_int_equal(part->index, log->begun);
	log->begun++;
	g_string_append_c(log->text, '[');
	note(log->text, part->name);
	g_string_append_c(log->text, '|');
	note(log->text, part->filename);
	g_string_append_c(log->text, '|');
	note(log->text, part->content_type);
	g_string_append_c(log->text, ']');
	return answer(log, "begin", err);
}

static int on_data(void *user, const struct multipart_part *part, const char *p,
		   size_t n, struct err *err)
{
	struct log *log = user;
	assert_int_equal(part->index, log->begun - 1);
	assert_true(n > 0);
	log->runs++;
	log->run = p;
	g_string_append_len(log->text, p, (gssize)n);
	return answer(log, "data", err);
}

static int on_end(void *user, const struct multipart_part *part,
		  struct err *err)
{
	struct log *log = user;
	assert_int_equal(part->index, log->begun - 1);
	log->ended++;
	g_string_append_c(log->text, ';');
	return answer(log, "end", err);
}

static struct multipart *parser_new(struct arena *arena, struct str type,
				    struct log *log, struct err *err)
{
	const struct multipart_events events = {log, on_begin, on_data, on_end};
	return multipart_new(arena, type, &events, err);
}

static int feed_exact(struct multipart *m, struct str piece, struct err *err)
{
	g_autofree char *exact =
		g_memdup2(piece.n ? piece.p : "", MAX(piece.n, 1));
	return multipart_feed(m, exact, piece.n, err);
}

/* Feeds `body` in pieces that end at a, then after every `step` bytes. */
static int run(struct log *log, const char *type, struct str body, size_t a,
	       size_t step, struct err *err)
{
	struct arena arena;
	arena_init(&arena);
	struct multipart *m = parser_new(&arena, str_of(type), log, err);
	assert_non_null(m);
	int done = feed_exact(m, str_sub(body, 0, a), err);
	for (size_t at = a; at < body.n && done == 0; at += step)
		done = feed_exact(m, str_sub(body, at, MIN(body.n, at + step)),
				  err);
	if (done == 0)
		done = multipart_end(m, err);
	arena_release(&arena);
	return done;
}

static void assert_cut(const char *type, struct str body, size_t a, size_t step,
		       struct str want)
{
	struct err err = {0};
	struct log log = {.text = g_string_new(NULL)};
	int done = run(&log, type, body, a, step, &err);
	if (want.p) {
		if (done < 0)
			fail_msg("cut at %zu: %s: %.*s", a, err.text,
				 STR_ARG(body));
		assert_str((struct str){log.text->str, log.text->len}, want);
		assert_int_equal(log.begun, log.ended);
	} else if (done == 0 || err.code != ERR_INVALID) {
		fail_msg("cut at %zu: not refused: %.*s", a, STR_ARG(body));
	}
	g_string_free(log.text, TRUE);
}

/* However it is cut, the body gives `want`, or, absent, is refused. */
static void assert_body_of(const char *type, struct str body, struct str want)
{
	for (size_t a = 0; a <= body.n; a++)
		assert_cut(type, body, a, MAX(body.n, 1), want);
	for (size_t step = 1; step < 5; step++)
		assert_cut(type, body, 0, step, want);
}

static void assert_body(struct str body, struct str want)
{
	assert_body_of(PLAIN, body, want);
}

static void bodies_of_real_clients_come_apart(void **state)
{
	(void)state;
	static const struct {
		const char *type;
		struct str body, want;
	} rows[] = {
		/* undici */
		{"multipart/form-data; boundary=----formdata-undici-0123",
		 STR("------formdata-undici-0123\r\n"
		     "Content-Disposition: form-data; name=\"file\"; "
		     "filename=\"blob\"\r\n"
		     "Content-Type: application/octet-stream\r\n\r\n"
		     "\0\1\r\n--\xff\r\n"
		     "------formdata-undici-0123\r\n"
		     "Content-Disposition: form-data; name=\"body\"\r\n\r\n"
		     "{\"key\":\"a b/c.txt\"}\r\n"
		     "------formdata-undici-0123--\r\n"),
		 STR("[file|blob|application/octet-stream]\0\1\r\n--\xff;"
		     "[body|-|-]{\"key\":\"a b/c.txt\"};")},
		/* an old Python client */
		{"multipart/form-data; boundary=--randomBoundary------------",
		 STR("----randomBoundary------------\r\n"
		     "Content-Disposition: form-data; name=\"file\"\r\n\r\n"
		     "--randomBoundary------------\r\n"
		     "----randomBoundary-----------\r\n"
		     "----randomBoundary--------------\r\n"),
		 STR("[file|-|-]--randomBoundary------------\r\n"
		     "----randomBoundary-----------;")},
		/* curl */
		{"multipart/form-data; boundary=------------------------a1b2c3",
		 STR("--------------------------a1b2c3\r\n"
		     "Content-Disposition: form-data; name=\"file\"; "
		     "filename=\"x \\\"y\\\" \\\\z\"\r\n"
		     "Content-Type: image/jpg\r\n\r\nJPG\r\n"
		     "--------------------------a1b2c3--\r\n"),
		 STR("[file|x \"y\" \\z|image/jpg]JPG;")},
		/* a quoted boundary, a Java part, no CRLF at the end */
		{"Multipart/Form-Data; charset=utf-8; Boundary=\"a b:?=/c\"",
		 STR("--a b:?=/c\r\n"
		     "content-type: text/plain; charset=UTF-8\r\n"
		     "Content-Transfer-Encoding: binary\r\n"
		     "content-disposition:form-data;name=a\r\n\r\n"
		     "1\r\n--a b:?=/c--"),
		 STR("[a|-|text/plain; charset=UTF-8]1;")},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_body_of(rows[i].type, rows[i].body, rows[i].want);
}

static void framing_is_taken_as_loosely_as_rfc_2046_allows(void **state)
{
	(void)state;
	static const struct {
		struct str body, want;
	} rows[] = {
		{STR("--B--"), STR("")},
		{STR("--B--\r\n"), STR("")},
		{STR("\r\n--B--\r\n"), STR("")},
		{STR("--B--anything\r\n--B\r\n"), STR("")},
		{STR(FIRST "x\r\n--B--"), STR("[a|-|-]x;")},
		{STR(FIRST "x" LAST), STR("[a|-|-]x;")},
		{STR(FIRST "x" LAST FIRST), STR("[a|-|-]x;")},
		{STR("preamble\r\n--\r\n" FIRST "x" LAST), STR("[a|-|-]x;")},
		{STR("-" FIRST "\r\n" FIRST "x" LAST), STR("[a|-|-]x;")},
		{STR("--B \t\r\n" NAMED("a") "\r\nx\r\n--B\t\r\n" NAMED(
			 "b") "\r\ny" LAST),
		 STR("[a|-|-]x;[b|-|-]y;")},
		{STR(FIRST LAST), STR("[a|-|-];")},
		{STR("--B\r\n\r\nx" LAST), STR("[-|-|-]x;")},
		{STR("--B\r\nX: y\r\n\r\nx" LAST), STR("[-|-|-]x;")},
		{STR("--B\r\nX:\r\nY: \xff\t\r\n" NAMED("a") "\r\nx" LAST),
		 STR("[a|-|-]x;")},
		/* folded fields */
		{STR("--B\r\nContent-Disposition: form-data;\r\n "
		     "name=\"a\";\r\n"
		     "\tfilename=\"b\r\n c\"\r\nContent-Type:\r\n a/b\r\n \r\n"
		     "\r\nx" LAST),
		 STR("[a|b c|a/b]x;")},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_body(rows[i].body, rows[i].want);
}

static void contents_that_look_like_boundaries_are_contents(void **state)
{
	(void)state;
	static const struct str rows[] = {
		STR(""),
		STR("\r"),
		STR("\n"),
		STR("\r\n"),
		STR("\r\r\n"),
		STR("\r\n\r"),
		STR("\r\n-"),
		STR("\r\n--"),
		STR("\r\n--\r\n"),
		STR("\r\n--C"),
		STR("\r\n--BB"),
		STR("\r\n--B-"),
		STR("\r\n--B-\r"),
		STR("\r\n--B\r"),
		STR("\r\n--B\r\r"),
		STR("\r\n--B\rx"),
		STR("\r\n--B\n"),
		STR("\r\n--b\r\n"),
		STR("\n--B\r\n"),
		STR("\n--B--\r\n"),
		STR("\r--B--\r\n"),
		STR("--B"),
		STR("--B\r\n"),
		STR("--B--\r\n"),
		STR("x--B--\r\n"),
		STR("\r\n\r\n--\r\n--X\r\n-\r\n--B-x"),
		STR("\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-"
		    "\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-"
		    "\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-\r\n-"),
		STR("\r\n--C\r\n--\r\n--D\r\n--BE\r\n--C\r\n--\r\n--\r\n--\r\n"
		    "\r\n--C\r\n--\r\n--D\r\n--BE\r\n--C\r\n--\r\n--\r\n--\r\n"
		    "\r\n--C\r\n--\r\n--D\r\n--BE\r\n--C\r\n--\r\n--\r\n--"),
		STR("\0\xff\0"),
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str content = rows[i];
		g_autoptr(GString) body = g_string_new(FIRST);
		g_autoptr(GString) want = g_string_new("[a|-|-]");
		g_string_append_len(body, content.p, (gssize)content.n);
		g_string_append(body, "\r\n" FIRST);
		g_string_append_len(body, content.p, (gssize)content.n);
		g_string_append(body, LAST);
		g_string_append_len(want, content.p, (gssize)content.n);
		g_string_append(want, ";[a|-|-]");
		g_string_append_len(want, content.p, (gssize)content.n);
		g_string_append_c(want, ';');
		assert_body((struct str){body->str, body->len},
			    (struct str){want->str, want->len});
	}
}

/* Where the delimiter lies among blocks of the scan must not matter. */
static void delimiter_is_found_at_every_distance(void **state)
{
	(void)state;
	for (size_t n = 0; n < 300; n++) {
		g_autofree char *x = g_strnfill(n, n % 2 ? 'x' : '\r');
		g_autofree char *body = g_strconcat(FIRST, x, LAST, NULL);
		g_autofree char *want = g_strconcat("[a|-|-]", x, ";", NULL);
		struct str whole = str_of(body);
		assert_cut(PLAIN, whole, whole.n, 1, str_of(want));
		assert_cut(PLAIN, whole, whole.n / 2, whole.n, str_of(want));
	}
}

static void broken_bodies_are_refused(void **state)
{
	(void)state;
	static const struct str rows[] = {
		STR(""),
		STR("x"),
		STR("\r\n"),
		STR("--B"),
		STR("--B-"),
		STR("--B\r\n"),
		STR("--B \r\n"),
		STR("--B x\r\n" NAMED("a") "\r\nx" LAST),
		STR("--B \rx\n" NAMED("a") "\r\nx" LAST),
		STR("--B \n" NAMED("a") "\r\nx" LAST),
		STR("--B\n" NAMED("a") "\nx\n--B--\n"),
		STR("--C\r\n" NAMED("a") "\r\nx\r\n--C--\r\n"),
		STR(FIRST),
		STR(FIRST "x"),
		STR(FIRST "x\r\n--B"),
		STR(FIRST "x\r\n--B-"),
		STR(FIRST "x\r\n--B\r\n"),
		STR(FIRST "x\n--B--\n"),
		STR("--B\r\nContent-Disposition: form-data; name=a\n\r\n" LAST),
		STR("--B\r\nA: b\n\nx" LAST),
		STR("--B\r\n\nx" LAST),
		STR("--B\r\nA: b\r\rc\r\n\r\nx" LAST),
		STR("--B\r\nA: b\rc\r\n\r\nx" LAST),
		STR("--B\r\nA: \0\r\n\r\nx" LAST),
		STR("--B\r\nA\r\n\r\nx" LAST),
		STR("--B\r\n: a\r\n\r\nx" LAST),
		STR("--B\r\nA : a\r\n\r\nx" LAST),
		STR("--B\r\n A: a\r\n\r\nx" LAST),
		STR("--B\r\nA\r\n : a\r\n\r\nx" LAST),
		STR("--B\r\nA: a\r\r\n b\r\n\r\nx" LAST),
		STR("--B\r\nA: a\n b\r\n\r\nx" LAST),
		STR("--B\r\n" NAMED("a") NAMED("b") "\r\nx" LAST),
		STR("--B\r\nContent-Type: a\r\nContent-Type: a\r\n\r\nx" LAST),
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_body(rows[i], STR_NONE);
}

static void names_are_decoded_as_clients_mean_them(void **state)
{
	(void)state;
	static const struct {
		const char *disposition;
		struct str want; /* absent: refused */
	} rows[] = {
		{"form-data; name=a; filename=b.c", STR("a|b.c")},
		{"FORM-DATA; NAME=\"a\"; FileName=\"b\"", STR("a|b")},
		{"form-data; filename=\"b\"; name=\"a\"", STR("a|b")},
		{"form-data; filename=\"a;name=x\"; name=\"a\"",
		 STR("a|a;name=x")},
		{"form-data; name=\"a\"; filename=\"\"", STR("a|")},
		{"form-data; name=\"\"", STR("|-")},
		{"form-data", STR("-|-")},
		{"form-data; filename=b", STR("-|b")},
		{"form-data; name=\"a\"; filename=\"\xc3\xa4 \xe2\x82\xac\"",
		 STR("a|\xc3\xa4 \xe2\x82\xac")},
		/* WHATWG */
		{"form-data; name=\"a%22b\"; filename=\"%0d%0A%22%41%\"",
		 STR("a\"b|\r\n\"%41%")},
		{"form-data; name=\"a\"; filename=\"C:\\dir\\x\"",
		 STR("a|C:\\dir\\x")},
		/* curl */
		{"form-data; name=\"a\\\"b\"; filename=\"c\\\\d\\\\\"",
		 STR("a\"b|c\\d\\")},
		{"form-data; name=\"a\"; filename=\"c\\\\\\\"d\"",
		 STR("a|c\\\"d")},
		/* RFC 5987 */
		{"form-data; name=a; filename=x; filename*=UTF-8''%c3%A4%20b",
		 STR("a|\xc3\xa4 b")},
		{"form-data; name=a; filename*=utf-8'en'b'c; filename=x",
		 STR("a|b'c")},
		{"form-data; name=a; filename*=\"utf-8''b\"", STR("a|b")},
		{"form-data; name=a; filename*=utf-8''", STR("a|")},
		{"form-data; name=a; filename*=utf-8''%41%4", STR("a|A%4")},
		{"form-data; name=a; filename*=iso-8859-1''%e4; filename=x",
		 STR("a|\xc3\xa4")},
		{"form-data; name=a; filename*=ISO-8859-1'de'%80%ff%7f",
		 STR("a|\xc2\x80\xc3\xbf\x7f")},
		{"form-data; name=a; filename*=koi8-r''%e4; filename=x",
		 STR("a|x")},
		{"form-data; name=a; filename*=utf-8''%e4; filename=x",
		 STR("a|x")},
		/* Symfony of old */
		{"form-data; name=a; filename*=utf-8''\"%c3%a4 b.txt\"",
		 STR("a|\xc3\xa4 b.txt")},
		{"form-data; name=a; filename*=UTF8''\"; filename=x",
		 STR("a|\"")},
		{"form-data; name=a; filename*=utf-8''%22b%22", STR("a|\"b\"")},
		/* urllib3 of old */
		{"form-data; name*=utf-8''%c3%a4; filename=x",
		 STR("\xc3\xa4|x")},
		{"form-data; name*=b; name=a; filename=x", STR("a|x")},
		{"form-data; name=a; filename=\"C:\\fakepath\\x%22.y\"",
		 STR("a|C:\\fakepath\\x\".y")},
		{"form-data; name=a; filename*=b; filename=x", STR("a|x")},
		/* RFC 2231: Python's email, JavaMail */
		{"form-data; name=a; filename*0*=utf-8''%c3; filename*1*=%a4b",
		 STR("a|\xc3\xa4"
		     "b")},
		{"form-data; name=a; filename*0=\"b \\\"c\"; filename*1=d.e",
		 STR("a|b \"cd.e")},
		{"form-data; name=a; filename*2=d; filename*1*=%62c; "
		 "filename*0*=UTF-8'en'a",
		 STR("a|abcd")},
		{"form-data; NAME*0=a; Name*1=b; filename=x", STR("ab|x")},
		{"form-data; name=a; filename*0*=iso-8859-1''%e4; "
		 "filename*1=.txt; filename=x",
		 STR("a|\xc3\xa4.txt")},
		/* one is missing; one is twice there; others are none */
		{"form-data; name=a; filename*0=b; filename*2=d", STR("a|b")},
		{"form-data; name=a; filename*0=b; filename*0=c", STR("a|b")},
		{"form-data; name=a; filename*1=b; filename=x", STR("a|x")},
		{"form-data; name=a; filename*64=b; filename*x=c", STR("a|-")},
		{"form-data; name=a; filename*18446744073709551616=b",
		 STR("a|-")},
		{"form-data; name=a; filename*0*=b; filename=x", STR("a|x")},
		{"form-data; name=a; filename*0*=koi8-r''%e4; filename=x",
		 STR("a|x")},
		{"form-data; name=a; filename*0=\"\"", STR("a|")},
		{"form-data; name=a; filename*0*=b", STR_NONE},
		{"form-data; name=a; filename*0*=utf-8''%e4", STR_NONE},
		{"form-data; name=a; filename*0=a; filename*1=\xff", STR_NONE},
		{"form-data; name=a; filename*0*=utf-8''a%00", STR_NONE},
		{"form-data; name=a; filename*=koi8-r''%e4", STR_NONE},
		{"form-data; name=a; filename*=iso-8859-1''%00", STR_NONE},
		{"form-data; name*=b; filename=x", STR_NONE},
		{"form-data; name=a; filename*=b", STR_NONE},
		{"form-data; name=a; filename*=utf-8''a%00b", STR_NONE},
		{"form-data; name=a; filename*=utf-8''%ff", STR_NONE},
		{"form-data; name=a; filename=\"\xff\"", STR_NONE},
		{"form-data; name=\"\xc3\"; filename=b", STR_NONE},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str want = rows[i].want;
		g_autofree char *body = g_strconcat(
			"--B\r\nContent-Disposition: ", rows[i].disposition,
			"\r\n\r\nx" LAST, NULL);
		g_autofree char *log =
			g_strdup_printf("[%.*s|-]x;", STR_ARG(want));
		assert_body(str_of(body), want.p ? str_of(log) : STR_NONE);
	}
}

static bool type_is_usable(const char *type)
{
	struct arena arena;
	struct err err = {0};
	arena_init(&arena);
	bool usable = parser_new(&arena, str_of(type), NULL, &err);
	assert_int_equal(err.code, usable ? ERR_NONE : ERR_INVALID);
	arena_release(&arena);
	return usable;
}

static void content_types_without_a_usable_boundary_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *type;
		bool usable;
	} rows[] = {
		{"", false},
		{"text/plain; boundary=B", false},
		{"multipart/mixed; boundary=B", false},
		{"multipart/form-data", false},
		{"multipart/form-data; boundary", false},
		{"multipart/form-data; boundary=", false},
		{"multipart/form-data; boundary=\"\"", false},
		{"multipart/form-data; boundary=\"B \"", false},
		{"multipart/form-data; boundary=\"B\tC\"", false},
		{"multipart/form-data; boundary=\"B\\\"C\"", false},
		{"multipart/form-data; boundary=\"B\r\n\"", false},
		{"multipart/form-data; boundary=B@C", false},
		{"multipart/form-data; boundary=\xc3\xa4", false},
		{"multipart/form-data; boundary=\"'()+_,-./:=?\"", true},
		{"multipart/form-data; boundary=B C", true},
		{"MULTIPART/FORM-DATA;BOUNDARY=B", true},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (type_is_usable(rows[i].type) != rows[i].usable)
			fail_msg("%s", rows[i].type);
	g_autofree char *x = g_strnfill(MULTIPART_BOUNDARY_MAX + 1, 'x');
	g_autofree char *longer =
		g_strconcat("multipart/form-data; boundary=", x, NULL);
	g_autofree char *fits = g_strndup(longer, strlen(longer) - 1);
	assert_true(type_is_usable(fits));
	assert_false(type_is_usable(longer));
}

/* Whether before + fill bytes + after, fed whole, is taken. */
static bool takes(const char *before, size_t fill, char byte, const char *after)
{
	g_autofree char *x = g_strnfill(fill, byte);
	g_autofree char *body = g_strconcat(before, x, after, NULL);
	struct err err = {0};
	struct log log = {.text = g_string_new(NULL)};
	bool taken = run(&log, PLAIN, str_of(body), strlen(body), 1, &err) == 0;
	g_string_free(log.text, TRUE);
	return taken;
}

static void everything_ignored_has_a_ceiling(void **state)
{
	(void)state;
	assert_true(takes("", 65000, 'x', "\r\n" FIRST "x" LAST));
	assert_false(takes("", 66000, 'x', "\r\n" FIRST "x" LAST));
	assert_true(takes(FIRST "x" LAST, 65000, 'x', ""));
	assert_false(takes(FIRST "x" LAST, 66000, 'x', ""));
	assert_true(takes("--B", 65000, ' ', "\r\n" NAMED("a") "\r\nx" LAST));
	assert_false(takes("--B", 66000, ' ', "\r\n" NAMED("a") "\r\nx" LAST));
}

static void part_heads_and_part_numbers_have_ceilings(void **state)
{
	(void)state;
	size_t room = MULTIPART_HEAD_MAX - strlen("A: \r\n\r\n");
	assert_true(takes("--B\r\nA: ", room, 'x', "\r\n\r\nx" LAST));
	assert_false(takes("--B\r\nA: ", room + 1, 'x', "\r\n\r\nx" LAST));
	assert_false(takes("--B\r\n", 100000, 'x', ""));
	g_autoptr(GString) body = g_string_new("--B");
	for (int i = 0; i < MULTIPART_PARTS_MAX; i++)
		g_string_append(body, "\r\n\r\nx\r\n--B");
	assert_true(takes(body->str, 0, 'x', "--"));
	assert_false(takes(body->str, 0, 'x', "\r\n\r\nx\r\n--B--"));
}

static void content_is_handed_over_in_one_run_without_copying(void **state)
{
	(void)state;
	size_t n = 1 << 20;
	struct arena arena;
	struct err err;
	struct log log = {.text = g_string_new(NULL)};
	g_autofree char *x = g_strnfill(n, 'x');
	g_autofree char *body = g_strconcat(FIRST, x, LAST, NULL);
	memcpy(body + 1000, "\r\n--BX\r\n--", 10);
	arena_init(&arena);
	struct multipart *m = parser_new(&arena, STR(PLAIN), &log, &err);
	assert_int_equal(multipart_feed(m, body, strlen(body), &err), 0);
	assert_int_equal(multipart_end(m, &err), 0);
	assert_int_equal(log.runs, 1);
	assert_ptr_equal(log.run, body + strlen(FIRST));
	assert_int_equal(log.text->len, strlen("[a|-|-];") + n);
	g_string_free(log.text, TRUE);
	arena_release(&arena);
}

static void no_more_than_a_delimiter_is_held_back(void **state)
{
	(void)state;
	static const char content[] = "x\r\n--B-\r\n--B\r\r\n--\r\n--Bx\r\n-y";
	struct arena arena;
	struct err err;
	struct log log = {.text = g_string_new(NULL)};
	arena_init(&arena);
	struct multipart *m = parser_new(&arena, STR(PLAIN), &log, &err);
	assert_int_equal(multipart_feed(m, FIRST, strlen(FIRST), &err), 0);
	g_string_truncate(log.text, 0);
	for (size_t i = 0; i < sizeof(content) - 1; i++) {
		assert_int_equal(multipart_feed(m, content + i, 1, &err), 0);
		assert_in_range(i + 1 - log.text->len, 0,
				strlen("\r\n--B") + 1);
	}
	assert_string_equal(log.text->str, content);
	g_string_free(log.text, TRUE);
	arena_release(&arena);
}

static void refusal_by_the_receiver_stops_the_parse(void **state)
{
	(void)state;
	static const struct {
		const char *event;
		unsigned begun, ended;
	} rows[] = {{"begin", 1, 0}, {"data", 1, 0}, {"end", 1, 1}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct err err = {0};
		struct log log = {.text = g_string_new(NULL),
				  .refuse = rows[i].event};
		arena_init(&arena);
		struct multipart *m =
			parser_new(&arena, STR(PLAIN), &log, &err);
		struct str body = STR(FIRST "x\r\n" FIRST "y" LAST);
		assert_int_equal(multipart_feed(m, body.p, body.n, &err), -1);
		assert_int_equal(err.code, ERR_QUOTA);
		assert_int_equal(log.begun, rows[i].begun);
		assert_int_equal(log.ended, rows[i].ended);
		/* and for good */
		assert_int_equal(multipart_feed(m, body.p, body.n, &err), -1);
		assert_int_equal(multipart_end(m, &err), -1);
		assert_int_equal(log.begun, rows[i].begun);
		g_string_free(log.text, TRUE);
		arena_release(&arena);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_of_real_clients_come_apart),
		cmocka_unit_test(
			framing_is_taken_as_loosely_as_rfc_2046_allows),
		cmocka_unit_test(
			contents_that_look_like_boundaries_are_contents),
		cmocka_unit_test(delimiter_is_found_at_every_distance),
		cmocka_unit_test(broken_bodies_are_refused),
		cmocka_unit_test(names_are_decoded_as_clients_mean_them),
		cmocka_unit_test(
			content_types_without_a_usable_boundary_are_refused),
		cmocka_unit_test(everything_ignored_has_a_ceiling),
		cmocka_unit_test(part_heads_and_part_numbers_have_ceilings),
		cmocka_unit_test(
			content_is_handed_over_in_one_run_without_copying),
		cmocka_unit_test(no_more_than_a_delimiter_is_held_back),
		cmocka_unit_test(refusal_by_the_receiver_stops_the_parse),
	};
	return cmocka_run_group_tests_name("multipart", tests, NULL, NULL);
}
