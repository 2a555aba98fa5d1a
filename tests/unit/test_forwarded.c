/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is behind a proxy, read off the fields of a head. The connection comes
 * from 10.0.0.1; 10.0.0.0/8 and fd00::/8 are trusted.
 */
#include "http/syntax/forwarded.h"
#include "unit.h"

#include <glib.h>

static struct address_list *trusted;

static int set_up(void **state)
{
	struct err err;
	(void)state;
	return address_list_new(&trusted, STR("10.0.0.0/8,fd00::/8"), &err);
}

static int tear_down(void **state)
{
	(void)state;
	address_list_free(trusted);
	return 0;
}

/* What is said by fields "Name: value", a line each. */
static struct forwarded read_fields(const char *lines)
{
	struct http_head head;
	struct forwarded got;
	size_t scanned = 0;
	enum http_fault fault;
	struct address peer;
	/* what is said points into it */
	static char *text;
	g_free(text);
	g_auto(GStrv) each = g_strsplit(lines, "\n", -1);
	g_autofree char *fields = g_strjoinv("\r\n", each);
	text = g_strconcat("GET / HTTP/1.1\r\nHost: h\r\n", fields, "\r\n\r\n",
			   NULL);
	http_head_init(&head);
	if (http_head_parse(&head, str_of(text), &scanned, &fault) <= 0)
		fail_msg("no head: %s", lines);
	assert_true(address_parse(STR("10.0.0.1"), &peer));
	forwarded_read(&head, trusted, &peer, &got);
	return got;
}

static void assert_said(const char *lines, const char *client, const char *host,
			const char *scheme)
{
	struct forwarded got = read_fields(lines);
	char text[ADDRESS_TEXT_MAX];
	address_text(&got.client, text);
	if (strcmp(text, client) != 0)
		fail_msg("%s: client %s, not %s", lines, text, client);
	assert_str(got.host, host ? str_of(host) : STR_NONE);
	assert_str(got.scheme, scheme ? str_of(scheme) : STR_NONE);
}

#define PEER "10.0.0.1"
#define XFF "X-Forwarded-For: "

static void
the_client_is_the_first_from_the_right_that_is_no_proxy(void **state)
{
	(void)state;
	static const struct {
		const char *lines, *client;
	} rows[] = {
		{"X: y", PEER},
		{XFF "192.0.2.7", "192.0.2.7"},
		{XFF "192.0.2.7, 10.1.1.1", "192.0.2.7"},
		{XFF "192.0.2.7,10.1.1.1,fd00::1", "192.0.2.7"},
		{XFF "6.6.6.6, 192.0.2.7", "192.0.2.7"},
		{XFF "10.9.9.9, 192.0.2.7, 10.1.1.1", "192.0.2.7"},
		{XFF "6.6.6.6\n" XFF "192.0.2.7", "192.0.2.7"},
		{XFF "192.0.2.7\n" XFF "10.1.1.1", "192.0.2.7"},
		{"x-forwarded-FOR: 192.0.2.7", "192.0.2.7"},
		{XFF " , 192.0.2.7 ,, ", "192.0.2.7"},
		{XFF "", PEER},
		/* all are proxies: the first of them */
		{XFF "10.7.7.7, 10.1.1.1", "10.7.7.7"},
		/* spellings */
		{XFF "192.0.2.7:4711", "192.0.2.7"},
		{XFF "2001:db8::7", "2001:db8::7"},
		{XFF "[2001:db8::7]", "2001:db8::7"},
		{XFF "[2001:db8::7]:443", "2001:db8::7"},
		{XFF "::ffff:192.0.2.7", "192.0.2.7"},
		{XFF "192.0.2.7, ::ffff:10.1.1.1", "192.0.2.7"},
		{XFF "192.0.2.7, [::ffff:10.1.1.1]:80", "192.0.2.7"},
		{"Forwarded: for=192.0.2.7", "192.0.2.7"},
		{"Forwarded: for=\"192.0.2.7:4711\";by=10.0.0.1", "192.0.2.7"},
		{"Forwarded: For=\"[2001:db8::7]:4711\"", "2001:db8::7"},
		{"Forwarded: for=[2001:db8::7]", "2001:db8::7"},
		{"Forwarded: for=\"[2001:db8::7]:_port\"", "2001:db8::7"},
		{"Forwarded: for=6.6.6.6, for=192.0.2.7;by=_x , for=10.1.1.1",
		 "192.0.2.7"},
		{"Forwarded: for=6.6.6.6\nForwarded: for=192.0.2.7",
		 "192.0.2.7"},
		{"Forwarded: ;for=192.0.2.7; ;x=\"a,b\"", "192.0.2.7"},
		/* both */
		{XFF "192.0.2.7\nForwarded: for=192.0.2.7", "192.0.2.7"},
		{XFF "192.0.2.7, 10.1.1.1\nForwarded: for=192.0.2.7",
		 "192.0.2.7"},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_said(rows[i].lines, rows[i].client, NULL, NULL);
}

static void what_is_no_address_is_not_believed(void **state)
{
	(void)state;
	static const char *const nonsense[] = {"localhost",
					       "1.2.3",
					       "1.2.3.4.5",
					       "1.2.3.4:",
					       "1.2.3.4:80:80",
					       "1.2.3.4:8 0",
					       "[1.2.3.4]",
					       "[::1",
					       "::1]",
					       "[::1]80",
					       "[]",
					       "fe80::1%eth0",
					       "1.2.3.4/32",
					       "0x7f.1",
					       "'1.2.3.4'",
					       "\"1.2.3.4",
					       "-",
					       "http://1.2.3.4",
					       "\xff",
					       "1.2.3.4;5.6.7.8",
					       "12345:12345::1"};
	for (size_t i = 0; i < COUNT(nonsense); i++) {
		g_autofree char *list = g_strconcat(
			"X-Forwarded-Proto: https\nX-Forwarded-Host: x\n" XFF
			"192.0.2.7, ",
			nonsense[i], NULL);
		g_autofree char *behind = g_strconcat(list, ", 10.1.1.1", NULL);
		g_autofree char *before =
			g_strconcat(XFF, nonsense[i], ", 192.0.2.7", NULL);
		g_autofree char *element = g_strconcat(
			"Forwarded: for=192.0.2.7, host=x;proto=https;for=",
			nonsense[i], NULL);
		assert_said(list, PEER, NULL, NULL);
		assert_said(behind, PEER, NULL, NULL);
		/* a stranger may say what it wants */
		assert_said(before, "192.0.2.7", NULL, NULL);
		assert_said(element, PEER, NULL, NULL);
	}
}

static void malformed_elements_are_not_believed(void **state)
{
	(void)state;
	static const char *const values[] = {"for",
					     "for=",
					     "=1.2.3.4",
					     "for=1.2.3.4;for=5.6.7.8",
					     "for=\"1.2.3.4",
					     "for=\"1.2.3\\.4\"",
					     "for=1.2.3.4 host=x",
					     "for =1.2.3.4",
					     "for= 1.2.3.4",
					     "for=1.2.3.4, host=\"x",
					     "f(r=1.2.3.4",
					     "for=1.2.3.4\"",
					     "for=\"1.2.3.4\"x"};
	for (size_t i = 0; i < COUNT(values); i++) {
		g_autofree char *line =
			g_strconcat("Forwarded: ", values[i], NULL);
		assert_said(line, PEER, NULL, NULL);
	}
}

static void a_hidden_client_is_the_peer(void **state)
{
	(void)state;
	assert_said("Forwarded: for=6.6.6.6, for=unknown;proto=https", PEER,
		    NULL, "https");
	assert_said("Forwarded: for=\"_hidden\";host=x", PEER, "x", NULL);
	assert_said("Forwarded: for=_a:_b", PEER, NULL, NULL);
	assert_said("Forwarded: proto=https;host=x.example", PEER, "x.example",
		    "https");
	assert_said(XFF "6.6.6.6, unknown\nX-Forwarded-Proto: https", PEER,
		    NULL, "https");
	/* one that is hidden behind a proxy */
	assert_said(XFF "6.6.6.6, unknown, 10.1.1.1", PEER, NULL, NULL);
}

static void two_stories_are_not_believed(void **state)
{
	(void)state;
	const char *const lies[] = {
		"Forwarded: for=6.6.6.6;host=x;proto=https",
		"Forwarded: for=unknown",
		"Forwarded: for=",
		"Forwarded: for=192.0.2.7, for=6.6.6.6",
		"Forwarded: \"",
	};
	for (size_t i = 0; i < COUNT(lies); i++) {
		g_autofree char *both =
			g_strconcat(XFF "192.0.2.7\nX-Forwarded-Proto: https\n",
				    lies[i], NULL);
		assert_said(both, PEER, NULL, NULL);
	}
	/* the proxy that writes Forwarded passes these on */
	assert_said("Forwarded: for=192.0.2.7\nX-Forwarded-Proto: https\n"
		    "X-Forwarded-Host: x",
		    "192.0.2.7", NULL, NULL);
}

static void host_and_scheme_are_of_the_hop_that_names_the_client(void **state)
{
	(void)state;
	static const struct {
		const char *lines, *client, *host, *scheme;
	} rows[] = {
		{"X-Forwarded-Proto: https\nX-Forwarded-Host: a.example", PEER,
		 "a.example", "https"},
		{"X-Forwarded-Proto: HTTPS", PEER, NULL, "https"},
		{"X-Forwarded-Proto: http", PEER, NULL, "http"},
		{"X-Forwarded-Proto: gopher\nX-Forwarded-Host: a/b", PEER, NULL,
		 NULL},
		{"X-Forwarded-Host: a b", PEER, NULL, NULL},
		{"X-Forwarded-Host: user@a", PEER, NULL, NULL},
		{"X-Forwarded-Host: \"a\"", PEER, NULL, NULL},
		{"X-Forwarded-Host: [2001:db8::1]:8443", PEER,
		 "[2001:db8::1]:8443", NULL},
		{"X-Forwarded-Host: a:65535", PEER, "a:65535", NULL},
		{"X-Forwarded-Host: a:1", PEER, "a:1", NULL},
		{"X-Forwarded-Host: a:", PEER, "a:", NULL},
		{"X-Forwarded-Host: a:65536", PEER, NULL, NULL},
		{"X-Forwarded-Host: a:99999", PEER, NULL, NULL},
		{"X-Forwarded-Host: a:0", PEER, NULL, NULL},
		{"Forwarded: for=192.0.2.7;host=\"a:00000\"", "192.0.2.7", NULL,
		 NULL},
		/* what a stranger had said is further left */
		{"X-Forwarded-Proto: https, http\n"
		 "X-Forwarded-Host: evil.example, a.example",
		 PEER, "a.example", "http"},
		{XFF "192.0.2.7\nX-Forwarded-Proto: https, http", "192.0.2.7",
		 NULL, "http"},
		{XFF "192.0.2.7, 10.1.1.1\nX-Forwarded-Proto: x, https, http\n"
		     "X-Forwarded-Host: evil, a.example, inner",
		 "192.0.2.7", "a.example", "https"},
		/* the inner proxy passes on */
		{XFF "192.0.2.7, 10.1.1.1\nX-Forwarded-Proto: https\n"
		     "X-Forwarded-Host: a.example",
		 "192.0.2.7", "a.example", "https"},
		{"Forwarded: for=6.6.6.6;host=evil;proto=http, "
		 "for=192.0.2.7;host=\"a.example:8443\";proto=https, "
		 "for=10.1.1.1;host=inner;proto=http",
		 "192.0.2.7", "a.example:8443", "https"},
		{"Forwarded: for=192.0.2.7;host=\"a b\";proto=ftp", "192.0.2.7",
		 NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_said(rows[i].lines, rows[i].client, rows[i].host,
			    rows[i].scheme);
}

static void a_list_without_end_has_a_bound(void **state)
{
	(void)state;
	g_autoptr(GString) strangers = g_string_new(XFF "192.0.2.7");
	g_autoptr(GString) proxies = g_string_new(XFF "192.0.2.7");
	for (int i = 0; i < 500; i++) {
		g_string_append(strangers, ", 6.6.6.6");
		g_string_append(proxies, ", 10.1.1.1");
	}
	g_string_append(strangers, ", 192.0.2.9, 10.1.1.1");
	assert_said(strangers->str, "192.0.2.9", NULL, NULL);
	assert_said(proxies->str, PEER, NULL, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_client_is_the_first_from_the_right_that_is_no_proxy),
		cmocka_unit_test(what_is_no_address_is_not_believed),
		cmocka_unit_test(malformed_elements_are_not_believed),
		cmocka_unit_test(a_hidden_client_is_the_peer),
		cmocka_unit_test(two_stories_are_not_believed),
		cmocka_unit_test(
			host_and_scheme_are_of_the_hop_that_names_the_client),
		cmocka_unit_test(a_list_without_end_has_a_bound),
	};
	return cmocka_run_group_tests_name("forwarded", tests, set_up,
					   tear_down);
}
