/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request head: src/http/syntax/head.h. What must be refused, what must be
 * taken, and that the way the bytes arrive makes no difference.
 */
#include <glib.h>

#include "http/syntax/head.h"
#include "unit.h"

#define HOST "Host: h\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST

static struct http_head head;

/* Parses one piece that lies in memory of exactly its size. */
static ptrdiff_t parse(struct str in, enum http_fault *fault)
{
	static char *exact;
	size_t scanned = 0;
	g_free(exact);
	exact = g_memdup2(in.n ? in.p : "", MAX(in.n, 1));
	return http_head_parse(&head, (struct str){exact, in.n}, &scanned,
			       fault);
}

static void assert_taken(struct str in)
{
	enum http_fault fault;
	ptrdiff_t n = parse(in, &fault);
	if (n != (ptrdiff_t)in.n || fault != HTTP_FAULT_NONE)
		fail_msg("got %td, fault %d for: %.*s", n, fault, STR_ARG(in));
}

static void assert_refused(struct str in, enum http_fault want)
{
	enum http_fault fault;
	ptrdiff_t n = parse(in, &fault);
	if (n != -1 || fault != want)
		fail_msg("got %td, fault %d, want fault %d for: %.*s", n, fault,
			 want, STR_ARG(in));
	assert_int_equal(head.n_headers, 0);
	assert_int_equal(head.content_length, -1);
	assert_false(head.keep_alive || head.chunked || head.expect_continue);
}

static void heads_against_the_grammar_are_malformed(void **state)
{
	(void)state;
	static const struct str rows[] = {
		/* request line */
		{"\n", 1},
		{"\r\r", 2},
		{"\r\n\r\n\r\n", 6},
		{" GET / HTTP/1.1\r\n", 17},
		{"GET  / HTTP/1.1\r\n", 17},
		{"GET\t/ HTTP/1.1\r\n", 16},
		{"GET /a b HTTP/1.1\r\n", 19},
		{"GET /  HTTP/1.1\r\n", 17},
		{"GET / HTTP/1.1 \r\n", 17},
		{"GET /\r\n", 7},
		{"GET / \r\n", 8},
		{"GET\r\n", 5},
		{"/ HTTP/1.1\r\n", 12},
		{"G(T / HTTP/1.1\r\n", 16},
		{"G\0T / HTTP/1.1\r\n", 16},
		{"GET / http/1.1\r\n", 16},
		{"GET / HTTP/1.1\n", 15},
		{"GET / HTTP/1.1\rX", 16},
		{"GET / HTTP/11\r\n", 15},
		{"GET / HTTP/1.10\r\n", 17},
		{"GET / HTTP/1,1\r\n", 16},
		{"GET / HTTPS/1.1\r\n", 17},
		{"GET /\x01 HTTP/1.1\r\n", 17},
		{"GET /\x7f HTTP/1.1\r\n", 17},
		{"GET /\0 HTTP/1.1\r\n", 17},
		{"GET /a#b HTTP/1.1\r\n", 19},
		{"GET a HTTP/1.1\r\n", 16},
		{"GET * HTTP/1.1\r\n", 16},
		{"OPTIONS ** HTTP/1.1\r\n", 21},
		{"GET h:80 HTTP/1.1\r\n", 19},
		{"CONNECT h:80 HTTP/1.1\r\n", 23},
		{"GET ftp://h/ HTTP/1.1\r\n", 23},
		{"GET http:/h/ HTTP/1.1\r\n", 23},
		{"GET http:///a HTTP/1.1\r\n", 24},
		{"GET http://u@h/ HTTP/1.1\r\n", 26},
		{"GET http://[::1/ HTTP/1.1\r\n", 27},
		{"GET http://h:8x/ HTTP/1.1\r\n", 27},
		{"\x16\x03\x01\x02", 4},
		{NULL, 0},
	};
	for (size_t i = 0; rows[i].p; i++)
		assert_refused(rows[i], HTTP_FAULT_MALFORMED);
}

static void fields_against_the_grammar_are_malformed(void **state)
{
	(void)state;
	static const struct str rows[] = {
		STR(GET "A: b\n\r\n"),
		STR(GET "A: b\n\n"),
		STR(GET "\n"),
		STR(GET "A: b\rc\r\n\r\n"),
		STR(GET "A: b\r\r\n\r\n"),
		STR(GET "\rA: b\r\n\r\n"),
		STR(GET "A : b\r\n\r\n"),
		STR(GET "A\t: b\r\n\r\n"),
		STR(GET " A: b\r\n\r\n"),
		STR(GET "A: b\r\n c\r\n\r\n"),
		STR(GET "A: b\r\n\tc\r\n\r\n"),
		STR(GET "A: b\r\n \r\n\r\n"),
		STR("GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
		STR(GET ": b\r\n\r\n"),
		STR(GET "A\r\n\r\n"),
		STR(GET "A b: c\r\n\r\n"),
		STR(GET "A@b: c\r\n\r\n"),
		STR(GET "\xc3\xa4: c\r\n\r\n"),
		STR(GET "A\0: c\r\n\r\n"),
		STR(GET "A: \0\r\n\r\n"),
		STR(GET "A: b\0c\r\n\r\n"),
		STR(GET "A: 12345678\x01\r\n\r\n"),
		STR(GET "A: \x1f\r\n\r\n"),
		STR(GET "A: b\x7f\r\n\r\n"),
		STR(GET "A: b\x0b\r\n\r\n"),
		STR(GET "A: \t\t\t\t\t\t\t\t\t\x7f\r\n\r\n"),
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_refused(rows[i], HTTP_FAULT_MALFORMED);
}

static void
fields_that_make_framing_or_host_doubtful_are_malformed(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"HTTP/1.1\r\n\r\n",
		"HTTP/1.1\r\nHost:\r\n\r\n",
		"HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
		"HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
		"HTTP/1.1\r\nHost: a b\r\n\r\n",
		"HTTP/1.1\r\nHost: a, b\r\n\r\n",
		"HTTP/1.1\r\nHost: a/b\r\n\r\n",
		"HTTP/1.1\r\nHost: u@a\r\n\r\n",
		"HTTP/1.1\r\nHost: a:b\r\n\r\n",
		"HTTP/1.1\r\nHost: a:123456\r\n\r\n",
		"HTTP/1.1\r\nHost: a:65536\r\n\r\n",
		"HTTP/1.1\r\nHost: a:0\r\n\r\n",
		"HTTP/1.1\r\nHost: a:+1\r\n\r\n",
		"HTTP/1.1\r\nHost: :80\r\n\r\n",
		"HTTP/1.1\r\nHost: [::1\r\n\r\n",
		"HTTP/1.1\r\nHost: [::1]x\r\n\r\n",
		"HTTP/1.1\r\nHost: []\r\n\r\n",
		"HTTP/1.1\r\nHost: \xc3\xa4\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Content-Length: 5\r\n"
		"Content-Length: 6\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Content-Length: 5\r\n"
		"Content-Length: 5\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Content-Length: 5 5\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n",
		"HTTP/1.1\r\n" HOST
		"Content-Length: 9223372036854775808\r\n\r\n",
		"HTTP/1.1\r\n" HOST
		"Content-Length: 18446744073709551617\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Content-Length : 5\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
		"Content-Length: 5\r\n\r\n",
		"HTTP/1.1\r\n" HOST "content-length: 5\r\n"
		"transfer-encoding: xchunked\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n chunked\r\n\r\n",
		"HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *text = g_strconcat("POST / ", rows[i], NULL);
		assert_refused(str_of(text), HTTP_FAULT_MALFORMED);
	}
}

static void unknown_codings_are_not_malformed(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"xchunked",
		"chunkedx",
		"gzip",
		"identity",
		"gzip, chunked",
		"chunked, gzip",
		"\"chunked\"",
		"chunked, chunked",
		"chunked;a=b",
		"chunked,",
		"",
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *text = g_strdup_printf(
			GET "Transfer-Encoding: %s\r\n\r\n", rows[i]);
		assert_refused(str_of(text), HTTP_FAULT_CODING);
	}
}

static void other_versions_are_told_apart_from_malformed_ones(void **state)
{
	(void)state;
	static const char *const rows[] = {"HTTP/0.9", "HTTP/1.2", "HTTP/1.9",
					   "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *text =
			g_strdup_printf("GET /x %s\r\n", rows[i]);
		assert_refused(str_of(text), HTTP_FAULT_VERSION);
		assert_str(head.path, STR("/x"));
	}
	assert_refused(STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
		       HTTP_FAULT_MALFORMED);
}

static void targets_split_into_authority_path_and_query(void **state)
{
	(void)state;
	static const struct {
		const char *method, *target, *authority, *path, *raw, *query;
	} rows[] = {
		{"GET", "/", "h", "/", "/", NULL},
		{"GET", "/v1/x", "h", "/v1/x", "/v1/x", NULL},
		{"GET", "//v1/x", "h", "/v1/x", "//v1/x", NULL},
		{"GET", "////", "h", "/", "////", NULL},
		{"GET", "/v1//x/", "h", "/v1//x/", "/v1//x/", NULL},
		{"GET", "/a?", "h", "/a", "/a", ""},
		{"GET", "/a?b=c?d", "h", "/a", "/a", "b=c?d"},
		{"GET", "//?//", "h", "/", "//", "//"},
		{"GET", "/%2f%00?%", "h", "/%2f%00", "/%2f%00", "%"},
		{"GET", "/[{\"|\\^`}]<>", "h", "/[{\"|\\^`}]<>",
		 "/[{\"|\\^`}]<>", NULL},
		{"GET", "/\xc3\xa4\xff", "h", "/\xc3\xa4\xff", "/\xc3\xa4\xff",
		 NULL},
		{"GET", "http://a.b:80/c?d", "a.b:80", "/c", "/c", "d"},
		{"GET", "HTTPS://a//c", "a", "/c", "//c", NULL},
		{"GET", "http://a", "a", "/", "/", NULL},
		{"GET", "http://a?b", "a", "/", "/", "b"},
		{"GET", "http://[::1]:80", "[::1]:80", "/", "/", NULL},
		{"GET", "http://a:/", "a:", "/", "/", NULL},
		{"OPTIONS", "*", "h", "*", "*", NULL},
		{"OPTIONS", "/a", "h", "/a", "/a", NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *text =
			g_strdup_printf("%s %s HTTP/1.1\r\n" HOST "\r\n",
					rows[i].method, rows[i].target);
		assert_taken(str_of(text));
		assert_str(head.target, str_of(rows[i].target));
		assert_str(head.authority, str_of(rows[i].authority));
		assert_str(head.path, str_of(rows[i].path));
		assert_str(head.raw_path, str_of(rows[i].raw));
		assert_str(head.query, str_of(rows[i].query));
	}
}

static void methods_are_known_by_exact_name(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum http_method method;
	} rows[] = {
		{"GET", HTTP_GET},
		{"HEAD", HTTP_HEAD},
		{"POST", HTTP_POST},
		{"PUT", HTTP_PUT},
		{"PATCH", HTTP_PATCH},
		{"DELETE", HTTP_DELETE},
		{"get", HTTP_OTHER},
		{"GETX", HTTP_OTHER},
		{"GE", HTTP_OTHER},
		{"PROPFIND", HTTP_OTHER},
		{"!#$%&'*+-.^_`|~09", HTTP_OTHER},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *text = g_strdup_printf(
			"%s / HTTP/1.1\r\n" HOST "\r\n", rows[i].text);
		assert_taken(str_of(text));
		assert_int_equal(head.method, rows[i].method);
		assert_str(head.method_text, str_of(rows[i].text));
	}
}

static void hosts_of_every_legal_shape_are_taken(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"localhost",   "localhost:8080",  "a.b-c.d_e",
		"127.0.0.1:1", "[::1]",           "[::1]:65535",
		"a:",          "xn--4ca.example", "[::ffff:1.2.3.4]:80",
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *text = g_strdup_printf(
			"GET / HTTP/1.1\r\nHOST:%s\r\n\r\n", rows[i]);
		assert_taken(str_of(text));
		assert_str(head.authority, str_of(rows[i]));
	}
}

static void host_may_be_missing_or_empty_only_in_http_1_0(void **state)
{
	(void)state;
	assert_taken(STR("GET / HTTP/1.0\r\n\r\n"));
	assert_int_equal(head.authority.n, 0);
	assert_int_equal(head.minor, 0);
	assert_taken(STR("GET / HTTP/1.0\r\nHost: \r\n\r\n"));
	assert_int_equal(head.authority.n, 0);
	assert_taken(STR("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
	assert_str(head.authority, STR("a"));
	assert_refused(STR("GET http://a/ HTTP/1.1\r\n\r\n"),
		       HTTP_FAULT_MALFORMED);
}

static void values_are_trimmed_and_may_hold_tabs_and_high_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *sent, *value;
	} rows[] = {
		{"", ""},
		{" ", ""},
		{" \t \t", ""},
		{"a", "a"},
		{" a ", "a"},
		{"\t a\tb \t", "a\tb"},
		{" \xc3\xa4\xff", "\xc3\xa4\xff"},
		{"a:b", "a:b"},
		{"12345678", "12345678"},
		{"1234567\t9", "1234567\t9"},
		{"1234567890123456789 ", "1234567890123456789"},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80",
		 "\x80\x80\x80\x80\x80\x80\x80\x80\x80"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *text =
			g_strdup_printf(GET "X-Y:%s\r\n\r\n", rows[i].sent);
		assert_taken(str_of(text));
		assert_str(http_head_get(&head, STR("x-y")),
			   str_of(rows[i].value));
	}
}

static void
every_control_byte_in_a_value_is_refused_wherever_it_is(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		for (size_t at = 0; at < 20; at++) {
			char text[] = GET "A: bcdefghijklmnopqrstu\r\n\r\n";
			text[sizeof(GET "A: ") - 1 + at] = (char)byte;
			struct str in = {text, sizeof(text) - 1};
			bool legal =
				byte == '\t' || (byte >= 0x20 && byte != 0x7f);
			if (legal)
				assert_taken(in);
			else if (byte != '\r')
				assert_refused(in, HTTP_FAULT_MALFORMED);
		}
	}
}

static void lengths_are_digits_up_to_int64_max(void **state)
{
	(void)state;
	static const struct {
		const char *sent;
		int64_t length;
	} rows[] = {
		{"0", 0},
		{"5", 5},
		{"  7\t", 7},
		{"007", 7},
		{"9223372036854775807", INT64_MAX},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *text = g_strdup_printf(
			GET "CONTENT-length: %s\r\n\r\n", rows[i].sent);
		assert_taken(str_of(text));
		assert_int_equal(head.content_length, rows[i].length);
	}
	assert_taken(STR(GET "\r\n"));
	assert_int_equal(head.content_length, -1);
}

static void persistence_follows_version_and_connection_list(void **state)
{
	(void)state;
	static const struct {
		const char *version, *fields;
		bool keep_alive;
	} rows[] = {
		{"1.1", "", true},
		{"1.0", "", false},
		{"1.1", "Connection: close\r\n", false},
		{"1.1", "Connection: CLOSE\r\n", false},
		{"1.1", "Connection: keep-alive\r\n", true},
		{"1.0", "Connection: Keep-Alive\r\n", true},
		{"1.0", "Connection: TE, keep-alive\r\n", true},
		{"1.1", "Connection: keep-alive , close\r\n", false},
		{"1.0", "Connection: close, keep-alive\r\n", false},
		{"1.1", "Connection: ,,\tclose,\r\n", false},
		{"1.1", "Connection: closed\r\n", true},
		{"1.1", "Connection: x close\r\n", true},
		{"1.1", "Connection: a\r\nConnection: close\r\n", false},
		{"1.1", "Connection:\r\n", true},
		{"1.1", "Proxy-Connection: close\r\n", true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *text =
			g_strdup_printf("GET / HTTP/%s\r\n" HOST "%s\r\n",
					rows[i].version, rows[i].fields);
		assert_taken(str_of(text));
		assert_int_equal(head.keep_alive, rows[i].keep_alive);
	}
}

static void expectation_is_honoured_only_in_http_1_1(void **state)
{
	(void)state;
	static const struct {
		const char *version, *expect;
		bool wanted;
	} rows[] = {
		{"1.1", "100-continue", true},  {"1.1", "100-Continue", true},
		{"1.0", "100-continue", false}, {"1.1", "100", false},
		{"1.1", "200-ok", false},       {"1.1", "", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *text = g_strdup_printf(
			"POST / HTTP/%s\r\n" HOST "Expect: %s\r\n\r\n",
			rows[i].version, rows[i].expect);
		assert_taken(str_of(text));
		assert_int_equal(head.expect_continue, rows[i].wanted);
	}
	assert_taken(STR(GET "Accept: 100-continue\r\n\r\n"));
	assert_false(head.expect_continue);
}

static void chunked_coding_is_taken_in_any_case(void **state)
{
	(void)state;
	assert_taken(STR(GET "Transfer-Encoding: chunked\r\n\r\n"));
	assert_true(head.chunked);
	assert_taken(STR(GET "TRANSFER-ENCODING:\tChunked \r\n\r\n"));
	assert_true(head.chunked);
	assert_taken(STR(GET "Transfer_Encoding: gzip\r\n\r\n"));
	assert_false(head.chunked);
}

static void fields_are_found_by_name_in_any_case_first_one_first(void **state)
{
	(void)state;
	assert_taken(STR(GET "Foo: 1\r\nFOO: 2\r\nempty:\r\n\r\n"));
	assert_int_equal(head.n_headers, 4);
	assert_str(head.headers[2].name, STR("FOO"));
	assert_str(http_head_get(&head, STR("foo")), STR("1"));
	assert_str(http_head_get(&head, STR("Empty")), STR(""));
	assert_str(http_head_get(&head, STR("fo")), STR_NONE);
}

static void two_empty_lines_before_the_request_are_passed_over(void **state)
{
	(void)state;
	assert_taken(STR("\r\n" GET "\r\n"));
	assert_taken(STR("\r\n\r\n" GET "\r\n"));
	assert_str(head.path, STR("/"));
}

static void what_follows_the_head_is_left_alone(void **state)
{
	(void)state;
	enum http_fault fault;
	assert_int_equal(parse(STR(GET "\r\nGET /b HTTP/1.1\n"), &fault),
			 sizeof(GET "\r\n") - 1);
	assert_int_equal(head.n_headers, 1);
}

static void refusal_keeps_what_was_understood(void **state)
{
	(void)state;
	assert_refused(STR("POST //a?b HTTP/1.1\r\n" HOST "bad\r\n\r\n"),
		       HTTP_FAULT_MALFORMED);
	assert_int_equal(head.method, HTTP_POST);
	assert_str(head.target, STR("//a?b"));
	assert_str(head.path, STR("/a"));
	assert_str(head.authority, STR("h"));
	assert_refused(
		STR("GET /a HTTP/1.1\r\nContent-Length: x\r\n" HOST "\r\n"),
		HTTP_FAULT_MALFORMED);
	assert_str(head.authority, STR("h"));
	assert_refused(STR("GET /a b HTTP/1.1\r\n"), HTTP_FAULT_MALFORMED);
	assert_str(head.path, STR("/a"));
	assert_refused(STR("\x01"), HTTP_FAULT_MALFORMED);
	assert_str(head.path, STR_NONE);
	assert_str(head.authority, STR_NONE);
}

/* They are looked at many at a time. */
static void a_byte_ends_a_target_wherever_it_stands(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 256; c++)
		for (size_t at = 1; at < 24; at++) {
			char text[] =
				"GET /aaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n" HOST
				"\r\n";
			bool good = c > 0x20 && c != '#' && c != 0x7f;
			text[4 + at] = (char)c;
			if (good) {
				assert_taken(str_of(text));
				assert_int_equal(head.target.n, 24);
				continue;
			}
			assert_refused(str_of(text), HTTP_FAULT_MALFORMED);
			assert_int_equal(head.target.n, at);
		}
}

static void target_may_have_its_maximum_and_no_more(void **state)
{
	(void)state;
	g_autofree char *a = g_strnfill(HTTP_TARGET_MAX, 'a');
	g_autofree char *fits =
		g_strdup_printf("GET /%s HTTP/1.1\r\n" HOST "\r\n", a + 1);
	g_autofree char *longer =
		g_strdup_printf("GET /%s HTTP/1.1\r\n" HOST "\r\n", a);
	assert_taken(str_of(fits));
	assert_refused(str_of(longer), HTTP_FAULT_TARGET_TOO_LONG);
	assert_int_equal(head.path.n, HTTP_TARGET_MAX);
	/* also before the request line is complete */
	assert_refused(str_sub(str_of(longer), 0, 5 + HTTP_TARGET_MAX),
		       HTTP_FAULT_TARGET_TOO_LONG);
}

static void head_may_have_its_maximum_and_no_more(void **state)
{
	(void)state;
	g_autofree char *a = g_strnfill(HTTP_HEAD_MAX, 'a');
	size_t room = HTTP_HEAD_MAX - (sizeof(GET "A: \r\n\r\n") - 1);
	g_autofree char *fits =
		g_strdup_printf(GET "A: %.*s\r\n\r\n", (int)room, a);
	g_autofree char *longer =
		g_strdup_printf(GET "A: %.*s\r\n\r\n", (int)room + 1, a);
	assert_taken(str_of(fits));
	assert_refused(str_of(longer), HTTP_FAULT_HEAD_TOO_LARGE);
	assert_str(head.path, STR("/"));
	assert_str(head.authority, STR("h"));
	assert_refused(str_sub(str_of(longer), 0, HTTP_HEAD_MAX),
		       HTTP_FAULT_HEAD_TOO_LARGE);
	assert_refused((struct str){a, HTTP_HEAD_MAX},
		       HTTP_FAULT_HEAD_TOO_LARGE);
	enum http_fault fault;
	assert_int_equal(parse((struct str){a, HTTP_HEAD_MAX - 1}, &fault), 0);
}

static void head_may_have_a_hundred_fields_and_no_more(void **state)
{
	(void)state;
	g_autoptr(GString) text = g_string_new(GET);
	for (int i = 1; i < HTTP_HEADERS_MAX; i++)
		g_string_append(text, "a:b\r\n");
	g_autofree char *fits = g_strconcat(text->str, "\r\n", NULL);
	g_autofree char *longer = g_strconcat(text->str, "a:b\r\n\r\n", NULL);
	assert_taken(str_of(fits));
	assert_int_equal(head.n_headers, HTTP_HEADERS_MAX);
	assert_refused(str_of(longer), HTTP_FAULT_HEAD_TOO_LARGE);
}

/* Feeds in[0..a), in[0..b), then all, each from its own memory. */
static ptrdiff_t parse_growing(struct str in, size_t a, size_t b,
			       enum http_fault *fault, char **memory)
{
	size_t scanned = 0;
	const size_t ends[] = {a, b, in.n};
	ptrdiff_t n = 0;
	for (size_t i = 0; i < COUNT(ends) && n == 0; i++) {
		g_free(*memory);
		*memory = g_memdup2(in.p, MAX(ends[i], 1));
		struct str come = {*memory, ends[i]};
		n = http_head_parse(&head, come, &scanned, fault);
	}
	return n;
}

static void split_anywhere_gives_the_same(void **state)
{
	(void)state;
	static const struct str rows[] = {
		STR(GET "\r\n"),
		STR("\r\n\r\n" GET "Content-Length: 5\r\n\r\n"),
		STR("POST http://a//b?c HTTP/1.1\r\n" HOST "X:\ty z \r\n"
		    "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"),
		STR("GET / HTTP/1.0\r\n\r\n"),
		STR(GET "A: b\n\r\n\r\n"),
		STR(GET "A: b\r\n c\r\n\r\n"),
		STR("GET / HTTP/1.1\r\n\r\n"),
		STR("GET / HTTP/3.1\r\n" HOST "\r\n"),
		STR(GET "Transfer-Encoding: x\r\n\r\n"),
		STR("\r\n\r\n\r\n"),
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum http_fault want_fault, fault;
		ptrdiff_t want = parse(rows[i], &want_fault);
		struct http_head first = head;
		assert_int_not_equal(want, 0);
		for (size_t a = 0; a <= rows[i].n; a++) {
			for (size_t b = a; b <= rows[i].n; b++) {
				g_autofree char *memory = NULL;
				ptrdiff_t n = parse_growing(rows[i], a, b,
							    &fault, &memory);
				assert_int_equal(n, want);
				assert_int_equal(fault, want_fault);
				assert_str(head.path, first.path);
				assert_str(head.authority, first.authority);
				assert_int_equal(head.n_headers,
						 first.n_headers);
			}
		}
	}
}

static void nothing_short_of_the_empty_line_completes_a_head(void **state)
{
	(void)state;
	static const char text[] =
		"\r\nPOST /a?b HTTP/1.1\r\n" HOST "A: b\r\n\r\n";
	size_t scanned = 0;
	enum http_fault fault;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct str come = {text, n};
		assert_int_equal(parse(come, &fault), 0);
		assert_int_equal(http_head_parse(&head, come, &scanned, &fault),
				 0);
		assert_int_equal(scanned, n);
	}
	assert_int_equal(http_head_parse(&head, str_of(text), &scanned, &fault),
			 sizeof(text) - 1);
}

static void trickled_line_feed_is_refused_at_once(void **state)
{
	(void)state;
	static const char text[] = GET "A: b\n";
	size_t scanned = 0;
	enum http_fault fault;
	struct str come = {text, 0};
	for (; come.n < sizeof(text) - 2; come.n++)
		assert_int_equal(http_head_parse(&head, come, &scanned, &fault),
				 0);
	come.n++;
	assert_int_equal(http_head_parse(&head, come, &scanned, &fault), -1);
	assert_int_equal(fault, HTTP_FAULT_MALFORMED);
}

static void media_type_is_what_stands_before_parameters(void **state)
{
	(void)state;
	assert_str(http_media_type(STR("text/plain")), STR("text/plain"));
	assert_str(http_media_type(STR(" a/b ; c=d")), STR("a/b"));
	assert_str(http_media_type(STR("")), STR(""));
	assert_int_equal(http_media_type(STR_NONE).n, 0);
}

static void parameters_come_out_of_quotes_with_backslashes_kept(void **state)
{
	(void)state;
	static const struct {
		const char *value, *name, *want;
	} rows[] = {
		{"a/b; boundary=x", "boundary", "x"},
		{"a/b;BOUNDARY=x", "boundary", "x"},
		{"a/b ; c=d ;boundary = x ", "boundary", "x"},
		{"a/b; boundary=\"x;y\"", "boundary", "x;y"},
		{"a/b; boundary=\"x\" junk; c=d", "c", "d"},
		{"a/b; boundary=x=y", "boundary", "x=y"},
		{"a/b; boundary=", "boundary", ""},
		{"a/b; boundary=\"\"", "boundary", ""},
		{"a/b; boundary", "boundary", NULL},
		{"a/b; xboundary=x", "boundary", NULL},
		{"a/b; boundary*=x", "boundary", NULL},
		{"boundary=x", "boundary", NULL},
		{"", "boundary", NULL},
		{";;;", "boundary", NULL},
		{"a; ;b=c;;d=e;", "d", "e"},
		{"a; b=1; b=2", "b", "1"},
		{"a; b=\"c; d=e\"; d=f", "d", "f"},
		{"a; b=\"c\\\"d\"; e=f", "b", "c\\\"d"},
		{"a; b=\"c\\\"d\"; e=f", "e", "f"},
		{"a; b=\"c\\\\\"; e=f", "b", "c\\\\"},
		{"a; b=\"c\\d\"", "b", "c\\d"},
		{"a; b=\"c:\\\"", "b", "c:\\"},
		{"a; b=\"c", "b", "c"},
		{"a; b=\"", "b", ""},
		{"a; b=\"c\\", "b", "c\\"},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_str(
			http_param(str_of(rows[i].value), str_of(rows[i].name)),
			str_of(rows[i].want));
	assert_str(http_param(STR_NONE, STR("a")), STR_NONE);
}

static void an_unfinished_head_says_what_has_come(void **state)
{
	(void)state;
	static const struct {
		const char *text, *method, *path, *authority;
	} rows[] = {
		{"", "", "", ""},
		{"GE", "", "", ""},
		{"GET /a HTTP/1.1\r\n", "GET", "/a", ""},
		{"GET /a?b HTTP/1.1\r\nHost: h\r\nX", "GET", "/a", "h"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_head part;
		memset(&part, 0xff, sizeof(part)); /* nothing may stay */
		http_head_partial(&part, str_of(rows[i].text));
		assert_true(str_eq(part.method_text, str_of(rows[i].method)));
		assert_true(str_eq(part.path, str_of(rows[i].path)));
		assert_true(str_eq(part.authority, str_of(rows[i].authority)));
		assert_int_equal(part.n_headers, 0);
		assert_int_equal(part.content_length, -1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unfinished_head_says_what_has_come),
		cmocka_unit_test(heads_against_the_grammar_are_malformed),
		cmocka_unit_test(fields_against_the_grammar_are_malformed),
		cmocka_unit_test(
			fields_that_make_framing_or_host_doubtful_are_malformed),
		cmocka_unit_test(unknown_codings_are_not_malformed),
		cmocka_unit_test(
			other_versions_are_told_apart_from_malformed_ones),
		cmocka_unit_test(targets_split_into_authority_path_and_query),
		cmocka_unit_test(methods_are_known_by_exact_name),
		cmocka_unit_test(hosts_of_every_legal_shape_are_taken),
		cmocka_unit_test(host_may_be_missing_or_empty_only_in_http_1_0),
		cmocka_unit_test(
			values_are_trimmed_and_may_hold_tabs_and_high_bytes),
		cmocka_unit_test(
			every_control_byte_in_a_value_is_refused_wherever_it_is),
		cmocka_unit_test(lengths_are_digits_up_to_int64_max),
		cmocka_unit_test(
			persistence_follows_version_and_connection_list),
		cmocka_unit_test(expectation_is_honoured_only_in_http_1_1),
		cmocka_unit_test(chunked_coding_is_taken_in_any_case),
		cmocka_unit_test(
			fields_are_found_by_name_in_any_case_first_one_first),
		cmocka_unit_test(
			two_empty_lines_before_the_request_are_passed_over),
		cmocka_unit_test(what_follows_the_head_is_left_alone),
		cmocka_unit_test(refusal_keeps_what_was_understood),
		cmocka_unit_test(a_byte_ends_a_target_wherever_it_stands),
		cmocka_unit_test(target_may_have_its_maximum_and_no_more),
		cmocka_unit_test(head_may_have_its_maximum_and_no_more),
		cmocka_unit_test(head_may_have_a_hundred_fields_and_no_more),
		cmocka_unit_test(split_anywhere_gives_the_same),
		cmocka_unit_test(
			nothing_short_of_the_empty_line_completes_a_head),
		cmocka_unit_test(trickled_line_feed_is_refused_at_once),
		cmocka_unit_test(media_type_is_what_stands_before_parameters),
		cmocka_unit_test(
			parameters_come_out_of_quotes_with_backslashes_kept),
	};
	return cmocka_run_group_tests_name("head", tests, NULL, NULL);
}
