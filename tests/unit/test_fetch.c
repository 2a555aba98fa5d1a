/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URL import against a small HTTP server in this process, on a loopback
 * address that the guard is told to allow.
 */
#include "base/version.h"
#include "coded.h"
#include "ingest/fetch.h"
#include "outbound/guard.h"
#include "ingest/remote_name.h"
#include "store/local/local_store.h"
#include "remove_tree.h"
#include "unit.h"

#include <arpa/inet.h>
#include <glib.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n"
#define FOUND "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: "
#define END "\r\n\r\n"
#define ONCE(bytes) STR(bytes), STR_NONE, 0, 0
#define ENDLESS 1000000
#define TEN(text) text text text text text text text text text text
#define BODY_LIMIT 100000

/* What the server answers to a path. After `bytes` it may go on sending
 * `again` every `every_ms`, until the client hangs up. */
static const struct answer {
	const char *path;
	struct str bytes;
	struct str again;
	unsigned every_ms, times;
} answers[] = {
	{"/plain.txt", ONCE(OK "Content-Type: text/plain" END "hello")},
	{"/untyped", ONCE(OK "\r\n"
			     "x")},
	{"/empty", ONCE(OK "Content-Length: 0" END)},
	{"/length", ONCE(OK "Content-Length: 3" END "abcdef")},
	{"/chunked", ONCE(OK "Transfer-Encoding: chunked" END
			     "2\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n")},
	{"/tagged", ONCE(OK "ETag: \"a\"\r\nCache-Control: no-cache\r\n"
			    "cache-control: max-age=3\r\nAge: 2" END "x")},
	{"/varied", ONCE(OK TEN(TEN(TEN("Vary:a\r\n"
					"vary:b\r\n"))) "\r\nx")},
	{"/permanent", ONCE("HTTP/1.1 301 Moved\r\nConnection: close\r\n"
			    "Location: /tagged" END)},
	{"/for-now", ONCE("HTTP/1.1 302 Found\r\nConnection: close\r\n"
			  "Location: /permanent" END)},
	{"/to-unchanged", ONCE(FOUND "/unchanged" END)},
	{"/early-hints", ONCE("HTTP/1.1 103 Early Hints\r\nLink: </a>" END OK
			      "Content-Type: a/b" END "late")},
	{"/gzip", ONCE(OK "Content-Encoding: gzip" END GZIPPED)},
	{"/gzip-padded",
	 ONCE(OK "Content-Encoding: gzip" END GZIPPED "\0\0\0\0")},
	{"/x-gzip", ONCE(OK "Content-Encoding: identity\r\n"
			    "content-encoding: X-GZIP" END GZIPPED)},
	{"/deflate", ONCE(OK "Content-Encoding: deflate" END DEFLATED)},
	{"/identity", ONCE(OK "Content-Encoding: identity" END GZIPPED)},
	{"/file.gz", ONCE(OK "Content-Encoding: x-gzip\r\n"
			     "Content-Type: application/x-gzip" END GZIPPED)},
	{"/moved-coded", ONCE("HTTP/1.1 302 Found\r\nConnection: close\r\n"
			      "Content-Encoding: br\r\n"
			      "Location: /gzip" END "x")},
	{"/br", ONCE(OK "Content-Encoding: br" END "x")},
	{"/twice", ONCE(OK "Content-Encoding: gzip, gzip" END GZIPPED)},
	{"/gzip-cut", ONCE(OK "Content-Encoding: gzip" END "\x1f\x8b\x08")},
	{"/gzip-wrong", ONCE(OK "Content-Encoding: gzip" END "as it is")},
	{"/bomb", ONCE(OK "Content-Encoding: gzip" END GZIPPED_ZEROS)},
	{"/named", ONCE(OK "Content-Disposition: attachment; "
			   "filename=\"a b.txt\"" END)},
	{"/dir/sp%20ace%2Fx.bin", ONCE(OK "\r\n")},
	{"/not%20found", ONCE("HTTP/1.1 404 Not Found" END "secret")},
	{"/made", ONCE("HTTP/1.1 201 Created" END "x")},
	{"/part", ONCE("HTTP/1.1 206 Partial Content" END "x")},
	{"/unchanged", ONCE("HTTP/1.1 304 Not Modified" END)},
	{"/broken", ONCE("HTTP/1.1 500 Internal Server Error" END)},
	{"/truncated", ONCE(OK "Content-Length: 10" END "abc")},
	{"/cut-chunk", ONCE(OK "Transfer-Encoding: chunked" END "9\r\nabc")},
	{"/nothing", ONCE("")},
	{"/garbage", ONCE("what is this?\n")},
	{"/1", ONCE(FOUND "/2" END)},
	{"/2", ONCE(FOUND "3?q#fragment" END)},
	{"/3?q", ONCE("HTTP/1.1 307 Moved\r\nLocation: ./4" END)},
	{"/4", ONCE("HTTP/1.1 308 Moved\r\nLocation: //127.0.0.1:PORT/5" END)},
	{"/5", ONCE("HTTP/1.1 303 Moved\r\nLocation: "
		    "http://127.0.0.1:PORT/dir/end.txt" END)},
	{"/dir/end.txt", ONCE(OK "Content-Type: text/plain" END "end")},
	{"/0", ONCE("HTTP/1.1 301 Moved\r\nLocation: /1" END)},
	{"/loop", ONCE(FOUND "/loop" END)},
	{"/nowhere", ONCE("HTTP/1.1 302 Found" END)},
	{"/to-refused", ONCE(FOUND "http://127.0.0.2:PORT/plain.txt" END)},
	{"/to-metadata", ONCE(FOUND "http://169.254.169.254/latest" END)},
	{"/to-mapped", ONCE(FOUND "http://[::ffff:10.0.0.1]/" END)},
	{"/to-file", ONCE(FOUND "file:///etc/passwd" END)},
	{"/to-ftp", ONCE(FOUND "ftp://127.0.0.1:PORT/" END)},
	{"/to-data", ONCE(FOUND "data:text/plain,hello" END)},
	{"/to-user", ONCE(FOUND "http://a:b@127.0.0.1:PORT/plain.txt" END)},
	{"/to-endless", STR(FOUND "/plain.txt" END), STR("x"), 0, ENDLESS},
	{"/silent", STR(""), STR(""), 10, ENDLESS},
	{"/slow-head", STR(OK), STR("A: b\r\n"), 20, ENDLESS},
	{"/endless-head", STR(OK), STR("A: bbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n"),
	 0, ENDLESS},
	{"/trickle", STR(OK "\r\n"), STR("x"), 10, ENDLESS},
	{"/flood", STR(OK "\r\n"), STR("0123456789"), 0, ENDLESS},
	{"/fits", STR(OK "\r\n"), STR("0123456789"), 0, BODY_LIMIT / 10},
	{"/slow", STR(OK "\r\n"), STR("x"), 10, 200},
};

static struct {
	int listener;
	unsigned port;
	GThread *thread;
	GPtrArray *connections; /* threads; of the server's thread */
	GMutex lock;
	char request[2048]; /* the last */
	unsigned requests;
} server;

static struct fixture {
	char dir[64];
	struct store *store;
	struct guard *guard;
	struct arena arena;
} f;

static const struct answer *find_answer(const char *request)
{
	for (size_t i = 0; i < COUNT(answers); i++) {
		g_autofree char *line =
			g_strdup_printf("GET %s HTTP/1.1\r\n", answers[i].path);
		if (g_str_has_prefix(request, line))
			return &answers[i];
	}
	return NULL;
}

static bool send_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		s = str_skip(s, (size_t)n);
	}
	return true;
}

static bool is_hung_up(int fd, unsigned wait_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, (int)wait_ms) > 0;
}

static void reply(int fd, const struct answer *answer)
{
	g_autoptr(GString) head =
		g_string_new_len(answer->bytes.p, (gssize)answer->bytes.n);
	g_autofree char *port = g_strdup_printf("%u", server.port);
	g_string_replace(head, "PORT", port, 0);
	if (!send_all(fd, (struct str){head->str, head->len}))
		return;
	for (unsigned i = 0; i < answer->times; i++)
		if ((answer->every_ms && is_hung_up(fd, answer->every_ms)) ||
		    !send_all(fd, answer->again))
			return;
}

static void *serve_connection(void *user)
{
	int fd = GPOINTER_TO_INT(user);
	char request[sizeof(server.request)] = "";
	size_t n = 0;
	while (n < sizeof(request) - 1 && !strstr(request, END)) {
		ssize_t got = read(fd, request + n, sizeof(request) - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	g_mutex_lock(&server.lock);
	memcpy(server.request, request, sizeof(request));
	server.requests++;
	g_mutex_unlock(&server.lock);
	const struct answer *answer = find_answer(request);
	if (answer)
		reply(fd, answer);
	shutdown(fd, SHUT_WR);
	while (read(fd, request, sizeof(request)) > 0)
		;
	close(fd);
	return NULL;
}

static void *serve(void *user)
{
	int fd;
	while ((fd = accept(server.listener, NULL, NULL)) >= 0)
		g_ptr_array_add(server.connections,
				g_thread_new("connection", serve_connection,
					     GINT_TO_POINTER(fd)));
	return user;
}

/* A socket on a free port of 127.0.0.1. */
static int bind_loopback(unsigned *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static int start(void **state)
{
	(void)state;
	struct err err;
	g_strlcpy(f.dir, "/tmp/stowage-fetch-XXXXXX", sizeof(f.dir));
	if (!mkdtemp(f.dir))
		return -1;
	struct store_options options = {.dir = f.dir, .inline_limit = 65536};
	if (store_open_local(&f.store, &options, &err) < 0 ||
	    guard_new(&f.guard, STR("127.0.0.1/32"), &err) < 0)
		return -1;
	arena_init(&f.arena);
	server.listener = bind_loopback(&server.port);
	server.connections = g_ptr_array_new();
	if (listen(server.listener, 16) < 0)
		return -1;
	server.thread = g_thread_new("server", serve, NULL);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	shutdown(server.listener, SHUT_RDWR);
	g_thread_join(server.thread);
	close(server.listener);
	for (guint i = 0; i < server.connections->len; i++)
		g_thread_join(g_ptr_array_index(server.connections, i));
	g_ptr_array_free(server.connections, TRUE);
	arena_release(&f.arena);
	guard_free(f.guard);
	store_close(f.store);
	return remove_tree(f.dir);
}

static struct fetcher *make_fetcher(const struct fetch_options *options)
{
	static const struct fetch_options usual = {
		.connect_timeout_ms = 60000,
		.head_timeout_ms = 60000,
		.total_timeout_ms = 60000,
	};
	struct fetcher *fetcher = NULL;
	struct err err;
	assert_int_equal(fetcher_new(&fetcher, options ? options : &usual,
				     f.guard, &err),
			 0);
	return fetcher;
}

struct outcome {
	int result;
	struct err err;
	struct fetch_result got;
	struct str body;
};

static struct outcome fetch_for(const struct fetch_target *wanted,
				const struct fetch_options *options,
				struct str url)
{
	struct outcome o = {0};
	struct fetcher *fetcher = make_fetcher(options);
	struct store_sink *sink = store_sink_new(f.store, BODY_LIMIT);
	struct fetch_target target = *wanted;
	target.sink = sink;
	target.arena = &f.arena;
	o.result = fetch_url(fetcher, url, &target, &o.got, &o.err);
	o.body = arena_str(&f.arena, store_sink_head(sink));
	if (o.result == 0)
		assert_int_equal(o.err.code, ERR_NONE);
	store_sink_free(sink);
	fetcher_free(fetcher);
	return o;
}

static struct outcome fetch_with(const struct fetch_options *options,
				 struct str url)
{
	const struct fetch_target usual = {.condition = NULL};
	return fetch_for(&usual, options, url);
}

static struct str url_of(const char *host, const char *path)
{
	return arena_printf(&f.arena, "http://%s:%u%s", host, server.port,
			    path);
}

static struct outcome fetch(const char *path)
{
	return fetch_with(NULL, url_of("127.0.0.1", path));
}

static unsigned requests_seen(void)
{
	g_mutex_lock(&server.lock);
	unsigned n = server.requests;
	g_mutex_unlock(&server.lock);
	return n;
}

static void content_arrives_with_type_and_name(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		struct str body;
		const char *type, *name;
	} rows[] = {
		{"/plain.txt", STR("hello"), "text/plain", "plain.txt"},
		{"/plain.txt#part", STR("hello"), "text/plain", "plain.txt"},
		{"/untyped", STR("x"), NULL, "untyped"},
		{"/empty", STR(""), NULL, "empty"},
		{"/length", STR("abc"), NULL, "length"},
		{"/chunked", STR("abc"), NULL, "chunked"},
		{"/early-hints", STR("late"), "a/b", "early-hints"},
		{"/gzip", STR(PLAIN_TEXT), NULL, "gzip"},
		{"/gzip-padded", STR(PLAIN_TEXT), NULL, "gzip-padded"},
		{"/x-gzip", STR(PLAIN_TEXT), NULL, "x-gzip"},
		{"/deflate", STR(PLAIN_TEXT), NULL, "deflate"},
		{"/moved-coded", STR(PLAIN_TEXT), NULL, "gzip"},
		{"/identity", STR(GZIPPED), NULL, "identity"},
		{"/file.gz", STR(GZIPPED), "application/x-gzip", "file.gz"},
		{"/named", STR(""), NULL, "a b.txt"},
		{"/dir/sp%20ace%2Fx.bin", STR(""), NULL, "x.bin"},
		{"/dir/sp ace%2Fx.bin", STR(""), NULL, "x.bin"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct outcome o = fetch(rows[i].path);
		if (o.result != 0)
			fail_msg("%s: %s", rows[i].path, o.err.text);
		if (!str_eq(o.body, rows[i].body))
			fail_msg("%s: %.*s", rows[i].path, STR_ARG(o.body));
		assert_str(o.got.content_type, str_of(rows[i].type));
		assert_str(o.got.name, str_of(rows[i].name));
	}
	assert_str(fetch("/plain.txt#part").got.final_url,
		   url_of("127.0.0.1", "/plain.txt"));
}

static void request_carries_nothing_of_ours(void **state)
{
	(void)state;
	assert_int_equal(fetch("/plain.txt").result, 0);
	g_autofree char *want = g_strdup_printf(
		"GET /plain.txt HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		"User-Agent: Stowage/" STOWAGE_VERSION
		"\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
		"CDN-Loop: stowage-",
		server.port);
	size_t n = strlen(want), random = 16;
	assert_int_equal(strlen(server.request), n + random + 4);
	assert_memory_equal(server.request, want, n);
	assert_string_equal(server.request + n + random, "\r\n\r\n");
}

static void proxy_environment_is_ignored(void **state)
{
	(void)state;
	static const char *const names[] = {"http_proxy", "ALL_PROXY",
					    "all_proxy", "https_proxy"};
	for (size_t i = 0; i < COUNT(names); i++)
		g_setenv(names[i], "http://127.0.0.1:1/", TRUE);
	struct outcome o = fetch("/plain.txt");
	for (size_t i = 0; i < COUNT(names); i++)
		g_unsetenv(names[i]);
	assert_int_equal(o.result, 0);
}

static void redirects_are_followed_to_the_limit(void **state)
{
	(void)state;
	struct outcome o = fetch("/1");
	assert_int_equal(o.result, 0);
	assert_str(o.body, STR("end"));
	assert_str(o.got.name, STR("end.txt"));
	assert_str(o.got.final_url, url_of("127.0.0.1", "/dir/end.txt"));
	unsigned before = requests_seen();
	o = fetch("/0");
	assert_int_equal(o.result, -1);
	assert_int_equal(o.err.code, ERR_FETCH);
	assert_int_equal(requests_seen() - before, FETCH_REDIRECTS_MAX + 1);
	o = fetch("/to-endless");
	assert_int_equal(o.result, 0);
	assert_str(o.body, STR("hello"));
}

/* Answers that must end in ERR_FETCH, with words of the sentence. */
static const struct {
	const char *path, *words;
} failures[] = {
	{"/loop", "redirects more than 5 times"},
	{"/nowhere", "no http or https URL"},
	{"/to-refused", "no public address"},
	{"/to-metadata", "no public address"},
	{"/to-mapped", "no public address"},
	{"/to-file", "no http or https URL"},
	{"/to-ftp", "no http or https URL"},
	{"/to-data", "no http or https URL"},
	{"/to-user", "no http or https URL"},
	{"/not%20found", "status 404"},
	{"/made", "status 201"},
	{"/part", "status 206"},
	{"/unchanged", "status 304"},
	{"/broken", "status 500"},
	{"/truncated", "closed the connection"},
	{"/cut-chunk", "closed the connection"},
	{"/nothing", "closed the connection"},
	{"/unknown", "closed the connection"},
	{"/garbage", "speak HTTP"},
	{"/endless-head", "head is too large"},
	{"/br", "neither gzip nor deflate"},
	{"/twice", "neither gzip nor deflate"},
	{"/gzip-cut", "end early"},
	{"/gzip-wrong", "not what its Content-Encoding says"},
};

static void failures_are_worded_without_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(failures); i++) {
		struct outcome o = fetch(failures[i].path);
		if (o.result == 0 || o.err.code != ERR_FETCH ||
		    !strstr(o.err.text, failures[i].words))
			fail_msg("%s: %s", failures[i].path, o.err.text);
		assert_null(strstr(o.err.text, "127."));
		assert_null(strstr(o.err.text, "169."));
		assert_null(strstr(o.err.text, "10.0"));
	}
}

static void body_of_a_failed_answer_is_not_stored(void **state)
{
	(void)state;
	assert_int_equal(fetch("/not%20found").body.n, 0);
	assert_int_equal(fetch("/made").body.n, 0);
}

static void refused_addresses_get_no_connection(void **state)
{
	(void)state;
	static const char *const hosts[] = {
		"127.0.0.2",
		"\xef\xbc\x91"
		"27.0.0.2",
		"[::1]",
		"0.0.0.0",
		"[::ffff:127.0.0.2]",
		"0x7f.2",
		"2130706434",
		"[::]",
		"[64:ff9b::127.0.0.1]",
		"017700000002",
	};
	unsigned before = requests_seen();
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct outcome o = fetch_with(NULL, url_of(hosts[i], "/1"));
		if (o.result == 0 || o.err.code != ERR_FETCH ||
		    !strstr(o.err.text, "no public address"))
			fail_msg("%s: %s", hosts[i], o.err.text);
	}
	assert_int_equal(requests_seen(), before);
}

static void other_spellings_of_an_allowed_address_work(void **state)
{
	(void)state;
	static const char *const hosts[] = {"127.1", "2130706433", "0x7f000001",
					    "localhost", "[::ffff:127.0.0.1]",
					    /* of other alphabets */
					    "\xef\xbc\x91"
					    "27.0.0.1",
					    "127\xe3\x80\x82"
					    "0.0.1",
					    "%EF%BC%91"
					    "27.0.0.1"};
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct outcome o =
			fetch_with(NULL, url_of(hosts[i], "/plain.txt"));
		if (o.result != 0)
			fail_msg("%s: %s", hosts[i], o.err.text);
	}
}

static struct outcome fetch_again(const char *path,
				  const struct fetch_condition *condition)
{
	const struct fetch_target target = {.condition = condition};
	return fetch_for(&target, NULL, url_of("127.0.0.1", path));
}

static bool was_sent(const char *line)
{
	g_mutex_lock(&server.lock);
	bool sent = strstr(server.request, line) != NULL;
	g_mutex_unlock(&server.lock);
	return sent;
}

static void what_is_there_already_is_asked_about(void **state)
{
	(void)state;
	const struct fetch_condition known = {
		.final_url = url_of("127.0.0.1", "/unchanged"),
		.etag = STR("W/\"a\""),
		.last_modified = STR("Sun, 06 Nov 1994 08:49:37 GMT"),
	};
	static const char *const paths[] = {"/unchanged", "/to-unchanged"};
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct outcome o = fetch_again(paths[i], &known);
		if (o.result != 0)
			fail_msg("%s: %s", paths[i], o.err.text);
		assert_true(o.got.unchanged);
		assert_int_equal(o.got.status, 304);
		assert_int_equal(o.body.n, 0);
		assert_true(was_sent("\r\nIf-None-Match: W/\"a\"\r\n"));
		assert_true(was_sent("\r\nIf-Modified-Since: Sun, 06 Nov"));
	}
	/* another URL has tags of its own */
	assert_int_equal(fetch_again("/tagged", &known).got.unchanged, false);
	assert_false(was_sent("If-None-Match"));
	/* lines are nobody's to add */
	struct fetch_condition split = known;
	split.etag = STR("\"a\"\r\nX-Ours: 1");
	split.last_modified = STR_NONE;
	assert_int_equal(fetch_again("/unchanged", &split).result, -1);
	assert_false(was_sent("X-Ours"));
}

static void what_the_answer_says_of_itself_arrives(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		bool moved;
	} rows[] = {
		{"/tagged", false}, {"/permanent", false}, {"/for-now", true}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct outcome o = fetch(rows[i].path);
		const struct fetch_validity *v = &o.got.validity;
		assert_int_equal(o.result, 0);
		assert_str(v->etag, STR("\"a\""));
		assert_str(v->cache_control, STR("no-cache, max-age=3"));
		assert_str(v->age, STR("2"));
		assert_null(v->expires.p);
		assert_int_equal(o.got.moved, rows[i].moved);
		assert_int_equal(o.got.status, 200);
	}
	assert_int_equal(fetch("/not%20found").got.status, 404);
	assert_int_equal(fetch("/nothing").got.status, 0);
}

/* Nothing where it is not known (sanitizers). */
static size_t memory_in_use(void)
{
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
}

static void fields_of_one_name_take_no_more_memory_than_they_have(void **state)
{
	(void)state;
	size_t before = memory_in_use();
	struct outcome o = fetch("/varied");
	assert_int_equal(o.result, 0);
	assert_int_equal(o.got.validity.vary.n, 2000 * 3 - 2);
	assert_true(memory_in_use() < before + (size_t)16 * FETCH_HEAD_MAX);
}

/* Until the origin has seen the request: then nothing of it is on its way when
 * others count what they cause. */
static bool until_seen(void *user)
{
	const unsigned *before = user;
	return requests_seen() == *before;
}

static void what_nobody_wants_any_more_ends(void **state)
{
	(void)state;
	static const char *const paths[] = {"/silent", "/trickle"};
	for (size_t i = 0; i < COUNT(paths); i++) {
		unsigned before = requests_seen();
		const struct fetch_target target = {.is_wanted = until_seen,
						    .user = &before};
		struct outcome o =
			fetch_for(&target, NULL, url_of("127.0.0.1", paths[i]));
		assert_int_equal(o.err.code, ERR_FETCH);
		assert_int_equal(requests_seen(), before + 1);
	}
}

static void a_url_has_one_spelling(void **state)
{
	(void)state;
	static const struct {
		const char *url, *text;
	} rows[] = {
		{"HTTP://Example.COM", "http://example.com/"},
		{"http://example.com:80/a?b#c", "http://example.com/a?b"},
		{"https://example.com:443/A", "https://example.com/A"},
		{"https://example.com:80/", "https://example.com:80/"},
		{"http://example.com/a b", "http://example.com/a%20b"},
		{"http://example.com/a/../b", "http://example.com/b"},
		{"http://[::1]:81/", "http://[::1]:81/"},
		{"http://user@example.com/", NULL},
		{"ftp://example.com/", NULL},
		{"example.com", NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str text = STR_NONE;
		struct err err = {.code = ERR_NONE};
		int result = fetch_url_text(&f.arena, str_of(rows[i].url),
					    &text, &err);
		if ((result == 0) != (rows[i].text != NULL) ||
		    !str_eq(text, str_of(rows[i].text)))
			fail_msg("%s: %.*s", rows[i].url, STR_ARG(text));
		assert_int_equal(err.code, result ? ERR_INVALID : ERR_NONE);
	}
}

static void only_plain_http_urls_are_valid(void **state)
{
	(void)state;
	static const char *const urls[] = {
		"",
		"/plain.txt",
		"127.0.0.1/plain.txt",
		"//127.0.0.1/plain.txt",
		"ftp://127.0.0.1/a",
		"file:///etc/passwd",
		"data:text/plain,hello",
		"gopher://127.0.0.1/",
		"javascript:alert(1)",
		"http://",
		"http://user@127.0.0.1/",
		"http://user:password@127.0.0.1/",
		"http://:password@127.0.0.1/",
		"http://127.0.0.1:99999/",
		"http://127.0.0.1/a\nb",
		"http://127.0.0.1/a\tb",
		"http://127.0.0.1\r\nX: y/",
	};
	unsigned before = requests_seen();
	for (size_t i = 0; i < COUNT(urls); i++) {
		struct outcome o = fetch_with(NULL, str_of(urls[i]));
		if (o.result == 0 || o.err.code != ERR_INVALID)
			fail_msg("%s: %s", urls[i], o.err.text);
	}
	assert_int_equal(fetch_with(NULL, STR("http://127.0.0.1/\0/")).err.code,
			 ERR_INVALID);
	assert_int_equal(fetch_with(NULL, STR_NONE).err.code, ERR_INVALID);
	assert_int_equal(requests_seen(), before);
}

static void url_over_its_limit_is_invalid(void **state)
{
	(void)state;
	struct str url = url_of("127.0.0.1", "/");
	char *text = arena_alloc(&f.arena, FETCH_URL_MAX + 1);
	memset(text, 'a', FETCH_URL_MAX + 1);
	memcpy(text, url.p, url.n);
	struct outcome o =
		fetch_with(NULL, (struct str){text, FETCH_URL_MAX + 1});
	assert_int_equal(o.err.code, ERR_INVALID);
	o = fetch_with(NULL, (struct str){text, FETCH_URL_MAX});
	assert_int_equal(o.err.code, ERR_FETCH);
}

static void body_over_the_limit_is_too_large(void **state)
{
	(void)state;
	struct outcome o = fetch("/fits");
	if (o.result != 0)
		fail_msg("%s", o.err.text);
	o = fetch("/flood");
	assert_int_equal(o.result, -1);
	assert_int_equal(o.err.code, ERR_TOO_LARGE);
	o = fetch("/bomb");
	assert_int_equal(o.result, -1);
	assert_int_equal(o.err.code, ERR_TOO_LARGE);
	assert_string_equal(o.err.text,
			    "The file exceeds the limit of 100000 bytes.");
}

static void slow_servers_run_into_their_time_limit(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		struct fetch_options options;
	} rows[] = {
		{"/silent", {60000, 200, 60000, 0, 0}},
		{"/slow-head", {60000, 200, 60000, 0, 0}},
		{"/silent", {60000, 60000, 200, 0, 0}},
		{"/trickle", {60000, 60000, 300, 0, 0}},
		{"/trickle", {60000, 60000, 60000, 1000, 300}},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t began = g_get_monotonic_time();
		struct outcome o = fetch_with(
			&rows[i].options, url_of("127.0.0.1", rows[i].path));
		int64_t took_ms = (g_get_monotonic_time() - began) / 1000;
		if (o.result == 0 || o.err.code != ERR_FETCH ||
		    !strstr(o.err.text, "too long"))
			fail_msg("row %zu: %s", i, o.err.text);
		/* by this one, and by none of the others */
		assert_in_range(took_ms, 150, 59000);
	}
}

/* The window starts anew each time: a slow but sufficient body arrives. */
static void body_at_its_least_rate_is_not_cut(void **state)
{
	(void)state;
	/* more than two windows, and in each one byte at least */
	static const struct fetch_options options = {60000, 60000, 60000, 1,
						     1000};
	struct outcome o = fetch_with(&options, url_of("127.0.0.1", "/slow"));
	if (o.result != 0)
		fail_msg("%s", o.err.text);
	assert_int_equal(o.body.n, 200);
}

static void closed_port_cannot_be_reached(void **state)
{
	(void)state;
	unsigned port;
	int fd = bind_loopback(&port);
	struct outcome o = fetch_with(
		NULL, arena_printf(&f.arena, "http://127.0.0.1:%u/", port));
	close(fd);
	assert_int_equal(o.err.code, ERR_FETCH);
	assert_non_null(strstr(o.err.text, "cannot be reached"));
}

static void unknown_host_cannot_be_resolved(void **state)
{
	(void)state;
	/* too long a label for any resolver: nobody is asked */
	g_autofree char *label = g_strnfill(70, 'a');
	struct outcome o =
		fetch_with(NULL, arena_printf(&f.arena, "http://%s/", label));
	assert_int_equal(o.err.code, ERR_FETCH);
	assert_non_null(strstr(o.err.text, "no public address"));
}

static void ipv6_is_judged_by_its_own_ranges(void **state)
{
	(void)state;
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	socklen_t size = sizeof(in6);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&in6, size) < 0)
		skip();
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in6, &size), 0);
	struct str url = arena_printf(&f.arena, "http://[::1]:%u/",
				      ntohs(in6.sin6_port));
	assert_non_null(
		strstr(fetch_with(NULL, url).err.text, "no public address"));
	struct guard *usual = f.guard;
	assert_int_equal(guard_new(&f.guard, STR("::1/128"), NULL), 0);
	struct outcome o = fetch_with(NULL, url);
	guard_free(f.guard);
	f.guard = usual;
	close(fd);
	/* let through to a port on which nobody listens */
	assert_non_null(strstr(o.err.text, "cannot be reached"));
}

static const struct {
	struct str disposition;
	const char *path, *name;
} names[] = {
	{STR_NONE, "/a/b.txt", "b.txt"},
	{STR_NONE, "/a/", ""},
	{STR_NONE, "/", ""},
	{STR_NONE, "/..", ""},
	{STR_NONE, "/a/%2e%2e", ""},
	{STR_NONE, "/a%2fb%5cc.txt", "c.txt"},
	{STR_NONE, "/a%00b%0a.txt", "ab.txt"},
	{STR_NONE, "/gr%C3%BCn.jpg", "gr\xc3\xbcn.jpg"},
	{STR_NONE, "/gr%FCn.jpg", "gr\xc3\xbcn.jpg"},
	{STR_NONE, "/a+b%2520c", "a+b%20c"},
	{STR("attachment; filename=a.txt"), "/x", "a.txt"},
	{STR("attachment; filename=\"a b.txt\""), "/x", "a b.txt"},
	{STR("inline; FILENAME=\"a;b.txt\""), "/x", "a;b.txt"},
	{STR("attachment; filename=\"a\\\"b\\\\c.txt\""), "/x", "c.txt"},
	{STR("attachment; filename=\"a\\\"b.txt\""), "/x", "a\"b.txt"},
	{STR("attachment; filename=\"C:\\dir\\a.txt\""), "/x", "a.txt"},
	{STR("attachment; filename=\"../../etc/passwd\""), "/x", "passwd"},
	{STR("attachment; filename=\"..\""), "/x.txt", "x.txt"},
	{STR("attachment; filename=\"\""), "/x.txt", "x.txt"},
	{STR("attachment"), "/x.txt", "x.txt"},
	{STR(""), "/x.txt", "x.txt"},
	{STR("attachment; filename=\"gr\xfcn.jpg\""), "/x", "gr\xc3\xbcn.jpg"},
	{STR("attachment; filename=\"gr\xc3\xbcn.jpg\""), "/x",
	 "gr\xc3\xbcn.jpg"},
	{STR("attachment; filename*=UTF-8''gr%C3%BCn%20a.jpg"), "/x",
	 "gr\xc3\xbcn a.jpg"},
	{STR("attachment; filename=no.txt; filename*=utf-8'de'ja.txt"), "/x",
	 "ja.txt"},
	{STR("attachment; filename*=utf-8'de'ja.txt; filename=no.txt"), "/x",
	 "ja.txt"},
	{STR("attachment; filename*=ISO-8859-1''gr%FCn.jpg"), "/x",
	 "gr\xc3\xbcn.jpg"},
	{STR("attachment; filename*=UTF-8''%FF; filename=b.txt"), "/x",
	 "b.txt"},
	{STR("attachment; filename*=KOI8-R''%C0; filename=b.txt"), "/x",
	 "b.txt"},
	{STR("attachment; filename*=b.txt"), "/x.txt", "x.txt"},
	{STR("attachment; filename*=UTF-8''..%2F..%2Fb.txt"), "/x", "b.txt"},
	{STR("attachment; filename*=UTF-8''a%00.txt"), "/x", "x"},
};

static void names_are_clean_file_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct str got = remote_name(&f.arena, names[i].disposition,
					     str_of(names[i].path));
		if (!str_eq(got, str_of(names[i].name)))
			fail_msg("row %zu: %.*s", i, STR_ARG(got));
	}
}

static void long_names_are_cut_between_characters(void **state)
{
	(void)state;
	g_autoptr(GString) path = g_string_new("/a");
	for (unsigned i = 0; i < 200; i++)
		g_string_append(path, "\xc3\xbc");
	struct str got = remote_name(&f.arena, STR_NONE, str_of(path->str));
	assert_int_equal(got.n, REMOTE_NAME_MAX);
	assert_true(str_is_utf8(got));
	path->str[1] = '/';
	got = remote_name(&f.arena, STR_NONE, str_of(path->str));
	assert_int_equal(got.n, REMOTE_NAME_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_arrives_with_type_and_name),
		cmocka_unit_test(request_carries_nothing_of_ours),
		cmocka_unit_test(proxy_environment_is_ignored),
		cmocka_unit_test(redirects_are_followed_to_the_limit),
		cmocka_unit_test(failures_are_worded_without_addresses),
		cmocka_unit_test(body_of_a_failed_answer_is_not_stored),
		cmocka_unit_test(refused_addresses_get_no_connection),
		cmocka_unit_test(other_spellings_of_an_allowed_address_work),
		cmocka_unit_test(what_is_there_already_is_asked_about),
		cmocka_unit_test(what_the_answer_says_of_itself_arrives),
		cmocka_unit_test(
			fields_of_one_name_take_no_more_memory_than_they_have),
		cmocka_unit_test(what_nobody_wants_any_more_ends),
		cmocka_unit_test(a_url_has_one_spelling),
		cmocka_unit_test(only_plain_http_urls_are_valid),
		cmocka_unit_test(url_over_its_limit_is_invalid),
		cmocka_unit_test(body_over_the_limit_is_too_large),
		cmocka_unit_test(slow_servers_run_into_their_time_limit),
		cmocka_unit_test(body_at_its_least_rate_is_not_cut),
		cmocka_unit_test(closed_port_cannot_be_reached),
		cmocka_unit_test(unknown_host_cannot_be_resolved),
		cmocka_unit_test(ipv6_is_judged_by_its_own_ranges),
		cmocka_unit_test(names_are_clean_file_names),
		cmocka_unit_test(long_names_are_cut_between_characters),
	};
	return cmocka_run_group_tests_name("fetch", tests, start, stop);
}
