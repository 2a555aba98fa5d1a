/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Response bodies that are made while they are sent: struct http_source in
 * src/http/http.h. The application here has a source whose bytes tell where
 * they belong; the path says how it behaves.
 */
#include "http_waiters.h"
#include "unit.h"

#include "deliver/deliver.h"
#include "http/syntax/chunked.h"
#include "http/syntax/conditional.h"

#include <sys/mman.h>

#define SIZE 300007u
#define HUGE_SIZE (64u << 20)

/* -- the application --------------------------------------------------------*/

enum temper {
	READY,  /* always has bytes */
	RANDOM, /* has some, or will have: a thread says when, or it did */
	HOLD,   /* bytes, then none until the test goes on */
	FAIL,   /* half of them, then it fails */
	SHORT,  /* half of them, then they end */
	LONG,   /* as many again */
	NEVER,  /* none, for ever */
	WORK,   /* on workers; some at once */
	WAIT,   /* on a worker that waits until the test goes on */
};

static const char *const tempers[] = {"ready", "random", "hold",
				      "fail",  "short",  "long",
				      "never", "work",   "wait"};

struct app;

struct spring {
	struct waiter waiter;
	struct app *app;
	enum temper temper;
	uint64_t at, end;
	char *piece;          /* of the last pull */
	int fd;               /* likewise, -1: none */
	struct http_run made; /* by a worker; part of them */
};

struct app {
	struct waiters w; /* struct spring; the mutex is for all below, too */
	unsigned starts, pulls, stops;
	uint64_t pulled;
};

static char byte_at(uint64_t i)
{
	return (char)(i * 7 + i / 251);
}

static void spring_start(void *user, uint64_t offset, uint64_t length)
{
	struct spring *spring = user;
	g_mutex_lock(&spring->app->w.mutex);
	spring->app->starts++;
	spring->at = offset;
	if (length != HTTP_LENGTH_UNKNOWN)
		spring->end = offset + length;
	if (spring->temper == FAIL || spring->temper == SHORT)
		spring->end = (spring->at + spring->end) / 2;
	if (spring->temper == LONG)
		spring->end *= 2;
	g_mutex_unlock(&spring->app->w.mutex);
}

/* The mutex is held. */
static enum http_pulled wait_for_more(struct spring *spring, bool at_once)
{
	spring->waiter.waits = true;
	if (at_once) {
		spring->waiter.waits = false;
		http_more(spring->waiter.x);
	}
	g_cond_broadcast(&spring->app->w.changed);
	return HTTP_PULL_LATER;
}

/* Leaves the first of the bytes in memory, or none, and has the rest in a
 * file. */
static void put_in_file(struct spring *spring, struct http_run *run)
{
	size_t first = g_rand_int(spring->app->w.rand) % (run->bytes.n + 1);
	struct str rest = str_skip(run->bytes, first);
	uint64_t offset = g_rand_int(spring->app->w.rand) % 10;
	spring->fd = memfd_create("run", MFD_CLOEXEC);
	assert_int_equal(pwrite(spring->fd, rest.p, rest.n, (off_t)offset),
			 rest.n);
	*run = (struct http_run){.bytes = str_sub(run->bytes, 0, first),
				 .fd = spring->fd,
				 .offset = offset,
				 .length = rest.n};
}

static void drop_piece(struct spring *spring)
{
	g_clear_pointer(&spring->piece, g_free);
	if (spring->fd >= 0)
		close(spring->fd);
	spring->fd = -1;
}

static enum http_pulled next_piece(struct spring *spring, struct http_run *run)
{
	GRand *rand = spring->app->w.rand;
	size_t n = g_rand_int(rand) % 3 ? g_rand_int(rand) % 50000 + 1
					: g_rand_int(rand) % 9 + 1;
	n = (size_t)MIN(n, spring->end - spring->at);
	if (n == 0)
		return spring->temper == FAIL ? HTTP_PULL_FAILED
					      : HTTP_PULL_END;
	spring->piece = g_malloc(n);
	for (size_t i = 0; i < n; i++)
		spring->piece[i] = byte_at(spring->at + i);
	spring->at += n;
	spring->app->pulled += n;
	run->bytes = (struct str){spring->piece, n};
	if (g_rand_int(rand) % 2)
		put_in_file(spring, run);
	return HTTP_PULLED;
}

static bool has_made(const struct spring *spring)
{
	return spring->made.bytes.n + spring->made.length > 0;
}

static bool works(const struct spring *spring, unsigned chance)
{
	return has_made(spring) || spring->temper == WAIT ||
	       (spring->temper == WORK && chance < 3);
}

/* What a worker has made, once. */
static enum http_pulled take_made(struct spring *spring, struct http_run *run)
{
	if (!has_made(spring))
		return spring->at == spring->end ? HTTP_PULL_END
						 : HTTP_PULL_WORK;
	*run = spring->made;
	spring->made = (struct http_run){0};
	return HTTP_PULLED;
}

static void spring_work(void *user)
{
	struct spring *spring = user;
	struct app *app = spring->app;
	g_mutex_lock(&app->w.mutex);
	drop_piece(spring);
	(void)next_piece(spring, &spring->made);
	spring->waiter.waits = spring->temper == WAIT;
	g_cond_broadcast(&app->w.changed);
	while (spring->waiter.waits)
		g_cond_wait(&app->w.changed, &app->w.mutex);
	g_mutex_unlock(&app->w.mutex);
}

static enum http_pulled spring_pull(void *user, struct http_run *run)
{
	struct spring *spring = user;
	struct app *app = spring->app;
	enum http_pulled pulled;
	g_mutex_lock(&app->w.mutex);
	app->pulls++;
	if (!has_made(spring)) /* ASan sees who still reads */
		drop_piece(spring);
	unsigned chance = g_rand_int(app->w.rand) % 4;
	if (spring->temper == NEVER || (spring->temper == HOLD && spring->at))
		pulled = wait_for_more(spring, false);
	else if (works(spring, chance))
		pulled = take_made(spring, run);
	else if (spring->temper == RANDOM && chance < 2)
		pulled = wait_for_more(spring, chance == 1);
	else
		pulled = next_piece(spring, run);
	if (spring->temper == RANDOM && chance == 3)
		http_more(spring->waiter.x); /* for nothing */
	g_mutex_unlock(&app->w.mutex);
	return pulled;
}

static void spring_stop(void *user)
{
	struct spring *spring = user;
	struct app *app = spring->app;
	g_mutex_lock(&app->w.mutex);
	g_ptr_array_remove(app->w.list, spring);
	app->stops++;
	g_cond_broadcast(&app->w.changed);
	g_mutex_unlock(&app->w.mutex);
	drop_piece(spring);
	g_free(spring);
}

static struct spring *spring_new(struct app *app, struct http_exchange *x)
{
	struct spring *spring = g_new0(struct spring, 1);
	struct str path = x->head.path;
	*spring = (struct spring){
		.waiter.x = x, .app = app, .end = SIZE, .fd = -1};
	for (size_t i = 0; i < COUNT(tempers); i++)
		if (str_ends(path, str_of(tempers[i])))
			spring->temper = (enum temper)i;
	spring->waiter.is_held = spring->temper != RANDOM;
	waiters_add(&app->w, &spring->waiter);
	return spring;
}

static void drop_spring(void *spring)
{
	spring_stop(spring);
}

/* As something derived or remote would be sent. */
static void answer_content(struct http_exchange *x,
			   const struct http_source *source)
{
	static const struct delivery how = {.disposition = DISPOSITION_NONE};
	struct content *content = arena_zalloc(&x->arena, sizeof(*content));
	content->source = source;
	content->size = SIZE;
	content->modified_s = 1700000000;
	content_describe(content, STR("tag"), STR("text/plain"), &x->arena);
	deliver(x, content, &how);
	if (x->response.kind != HTTP_BODY_SOURCE)
		arena_defer(&x->arena, drop_spring, source->user);
}

/* "/known/...", "/unknown/...", "/content/...", "/huge/...", "/next" */
static enum http_action answer(void *user, struct http_exchange *x)
{
	struct str path = x->head.path;
	if (str_eq(path, STR("/next"))) {
		http_reply(x, 200, "text/plain", path);
		return HTTP_REPLY;
	}
	struct spring *spring = spring_new(user, x);
	const struct http_source source = {.start = spring_start,
					   .pull = spring_pull,
					   .work = spring_work,
					   .stop = spring_stop,
					   .user = spring};
	if (str_starts(path, STR("/content/"))) {
		struct http_source *copy =
			arena_alloc(&x->arena, sizeof(*copy));
		*copy = source;
		answer_content(x, copy);
	} else if (str_starts(path, STR("/known/"))) {
		http_reply_source(x, 200, &source,
				  &(struct http_range){0, SIZE});
	} else {
		if (str_starts(path, STR("/huge/")))
			spring->end = HUGE_SIZE;
		http_reply_source(x, 200, &source,
				  &(struct http_range){0, HTTP_LENGTH_UNKNOWN});
	}
	return HTTP_REPLY;
}

static void ignore_fault(void *user, struct http_exchange *x,
			 enum http_fault fault)
{
	(void)user, (void)fault;
	http_reply(x, 400, "text/plain", STR("fault"));
}

static void ignore_done(void *user, struct http_exchange *x, uint64_t sent)
{
	(void)user, (void)x, (void)sent;
}

static int open_with(void **state, const struct http_limits *limits)
{
	struct app *app = g_new0(struct app, 1);
	const struct http_app functions = {.user = app,
					   .begin = answer,
					   .fault = ignore_fault,
					   .done = ignore_done};
	waiters_open(&app->w, *state == WITH_TLS, limits, &functions);
	*state = app;
	return 0;
}

static int set_up(void **state)
{
	const struct http_limits limits = served_limits();
	return open_with(state, &limits);
}

static int set_up_brief_drain(void **state)
{
	struct http_limits limits = served_limits();
	limits.drain_timeout_ms = BRIEF_MS;
	return open_with(state, &limits);
}

static int set_up_brief_sending(void **state)
{
	struct http_limits limits = served_limits();
	limits.send_timeout_ms = BRIEF_MS;
	return open_with(state, &limits);
}

static int set_up_brief_droughts(void **state)
{
	struct http_limits limits = served_limits();
	limits.send_timeout_ms = BRIEF_MS;
	limits.app_timeout_ms = 4 * BRIEF_MS;
	return open_with(state, &limits);
}

static int tear_down(void **state)
{
	struct app *app = *state;
	waiters_close(&app->w);
	g_free(app);
	return 0;
}

static void wait_for_stop(struct app *app, unsigned n)
{
	waiters_wait_until(&app->w, &app->stops, n);
}

/* -- answers ----------------------------------------------------------------*/

static void ask(struct client *c, const char *method, const char *path,
		const char *version, const char *fields)
{
	g_autofree char *text =
		g_strdup_printf("%s %s HTTP/%s\r\nHost: x\r\n%s\r\n", method,
				path, version, fields);
	client_put(c, text);
}

struct reply {
	char *head;    /* status line and fields */
	GString *body; /* decoded */
	bool whole;    /* as its framing says */
	bool cut;      /* the connection ended, and not properly */
};

static void reply_free(struct reply *r)
{
	g_free(r->head);
	g_string_free(r->body, TRUE);
}

static bool has(const struct reply *r, const char *text)
{
	return strstr(r->head, text) != NULL;
}

/* More of the answer. False: there is none. */
static bool read_some(struct client *c, GString *got, bool *cut)
{
	char piece[16384];
	int n = client_read(c, piece, sizeof(piece));
	*cut = n < 0;
	if (n > 0)
		g_string_append_len(got, piece, n);
	return n > 0;
}

static void read_chunked(struct client *c, GString *got, struct reply *r)
{
	struct http_chunked chunked;
	http_chunked_init(&chunked);
	do {
		size_t at = 0;
		while (at < got->len && !http_chunked_done(&chunked)) {
			struct str run;
			ptrdiff_t n = http_chunked_step(&chunked, got->str + at,
							got->len - at, &run);
			assert_true(n >= 0);
			g_string_append_len(r->body, run.p, (gssize)run.n);
			at += (size_t)n;
		}
		g_string_erase(got, 0, (gssize)at);
		r->whole = http_chunked_done(&chunked);
	} while (!r->whole && read_some(c, got, &r->cut));
}

static void read_length(struct client *c, GString *got, size_t length,
			struct reply *r)
{
	while (got->len < length && read_some(c, got, &r->cut))
		;
	size_t n = MIN(got->len, length);
	r->whole = n == length;
	g_string_append_len(r->body, got->str, (gssize)n);
	g_string_erase(got, 0, (gssize)n);
}

/* One answer; *rest has what was read behind the last one. */
static struct reply take_reply(struct client *c, GString *rest, bool is_head)
{
	struct reply r = {.body = g_string_new(NULL)};
	const char *end;
	while ((end = strstr(rest->str, "\r\n\r\n")) == NULL)
		assert_true(read_some(c, rest, &r.cut));
	size_t n = (size_t)(end - rest->str) + 4;
	r.head = g_strndup(rest->str, n);
	g_string_erase(rest, 0, (gssize)n);
	const char *length = strstr(r.head, "Content-Length: ");
	if (is_head || has(&r, " 304 "))
		r.whole = true;
	else if (has(&r, "Transfer-Encoding: chunked"))
		read_chunked(c, rest, &r);
	else if (length)
		read_length(c, rest, strtoul(length + 16, NULL, 10), &r);
	else
		read_length(c, rest, SIZE_MAX, &r);
	return r;
}

static void assert_bytes(const GString *got, uint64_t from, size_t n)
{
	assert_int_equal(got->len, n);
	for (size_t i = 0; i < n; i++)
		if (got->str[i] != byte_at(from + i))
			fail_msg("byte %zu of %zu is wrong", i, n);
}

/* -- tests ------------------------------------------------------------------*/

static void answers_keep_their_order(struct app *app)
{
	static const char *const paths[] = {"/known/ready",  "/unknown/ready",
					    "/known/random", "/unknown/random",
					    "/known/long",   "/known/work",
					    "/unknown/work"};
	struct client c = client_open(&app->w.http, 0);
	g_autoptr(GString) rest = g_string_new(NULL);
	for (size_t i = 0; i < COUNT(paths); i++) {
		ask(&c, "GET", paths[i], "1.1", "");
		ask(&c, "GET", "/next", "1.1", "");
	}
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct reply r = take_reply(&c, rest, false);
		bool known = g_str_has_prefix(paths[i], "/known");
		assert_true(r.whole);
		assert_bytes(r.body, 0, SIZE);
		assert_int_equal(has(&r, "Content-Length: 300007"), known);
		assert_int_equal(has(&r, "Transfer-Encoding: chunked"), !known);
		reply_free(&r);
		struct reply next = take_reply(&c, rest, false);
		assert_string_equal(next.body->str, "/next");
		reply_free(&next);
	}
	client_close(&c);
}

static void a_source_arrives_whole_and_in_order(void **state)
{
	struct app *app = *state;
	answers_keep_their_order(app);
	wait_for_stop(app, 7);
	assert_int_equal(app->starts, 7);
}

static void *answers_in_thread(void *app)
{
	answers_keep_their_order(app);
	return NULL;
}

static void many_sources_flow_each_for_itself(void **state)
{
	GThread *threads[6];
	for (size_t i = 0; i < COUNT(threads); i++)
		threads[i] = g_thread_new("client", answers_in_thread, *state);
	for (size_t i = 0; i < COUNT(threads); i++)
		g_thread_join(threads[i]);
}

static void http_1_0_reads_until_the_connection_closes(void **state)
{
	static const char *const paths[] = {"/unknown/ready",
					    "/unknown/random"};
	struct app *app = *state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct client c = client_open(&app->w.http, 0);
		g_autoptr(GString) rest = g_string_new(NULL);
		ask(&c, "GET", paths[i], "1.0", "Connection: keep-alive\r\n");
		struct reply r = take_reply(&c, rest, false);
		assert_true(has(&r, "Connection: close"));
		assert_false(has(&r, "Transfer-Encoding"));
		assert_false(r.cut);
		assert_bytes(r.body, 0, SIZE);
		reply_free(&r);
		client_close(&c);
	}
}

static void head_pulls_nothing_and_says_the_same(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 0);
	g_autoptr(GString) rest = g_string_new(NULL);
	ask(&c, "HEAD", "/known/ready", "1.1", "");
	ask(&c, "HEAD", "/unknown/ready", "1.1", "");
	ask(&c, "HEAD", "/content/ready", "1.1", "");
	struct reply known = take_reply(&c, rest, true);
	struct reply unknown = take_reply(&c, rest, true);
	struct reply content = take_reply(&c, rest, true);
	assert_true(has(&known, "Content-Length: 300007"));
	assert_true(has(&unknown, "Transfer-Encoding: chunked"));
	assert_true(has(&content, "Content-Length: 300007"));
	assert_true(has(&content, "ETag: \"tag\""));
	wait_for_stop(app, 3);
	assert_int_equal(app->starts, 0);
	assert_int_equal(app->pulls, 0);
	reply_free(&known);
	reply_free(&unknown);
	reply_free(&content);
	client_close(&c);
}

static void a_content_with_a_source_has_ranges_and_conditions(void **state)
{
	static const struct {
		const char *fields, *status;
		uint64_t from;
		size_t n;
	} rows[] = {
		{"", "200 OK", 0, SIZE},
		{"Range: bytes=100-299\r\n", "206 ", 100, 200},
		{"Range: bytes=-7\r\n", "206 ", SIZE - 7, 7},
		{"Range: bytes=1000-\r\n", "206 ", 1000, SIZE - 1000},
		{"If-None-Match: \"tag\"\r\n", "304 ", 0, 0},
		{"If-Match: \"other\"\r\n", "412 ", 0, 0},
		{"Range: bytes=300007-\r\n", "416 ", 0, 0},
	};
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 0);
	g_autoptr(GString) rest = g_string_new(NULL);
	for (unsigned i = 0; i < COUNT(rows); i++) {
		ask(&c, "GET", i % 2 ? "/content/random" : "/content/ready",
		    "1.1", rows[i].fields);
		struct reply r = take_reply(&c, rest, false);
		if (!has(&r, rows[i].status))
			fail_msg("row %u: %s", i, r.head);
		assert_true(r.whole);
		assert_bytes(r.body, rows[i].from, rows[i].n);
		reply_free(&r);
		wait_for_stop(app, i + 1);
	}
	client_close(&c);
}

static void a_source_that_fails_is_seen_by_the_client(void **state)
{
	static const struct {
		const char *path, *version;
	} rows[] = {
		{"/known/fail", "1.1"},   {"/known/short", "1.1"},
		{"/unknown/fail", "1.1"}, {"/unknown/fail", "1.0"},
		{"/known/fail", "1.0"},
	};
	struct app *app = *state;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct client c = client_open(&app->w.http, 0);
		g_autoptr(GString) rest = g_string_new(NULL);
		ask(&c, "GET", rows[i].path, rows[i].version, "");
		struct reply r = take_reply(&c, rest, false);
		bool framed = has(&r, "Content-Length") ||
			      has(&r, "Transfer-Encoding");
		if (framed ? r.whole : !r.cut)
			fail_msg("row %u", i);
		if (c.ssl)
			assert_true(r.cut);
		assert_true(r.body->len <= SIZE / 2);
		reply_free(&r);
		client_close(&c);
		wait_for_stop(app, i + 1);
	}
}

/* Until nothing has been pulled for a while. */
static uint64_t wait_until_still(struct app *app)
{
	uint64_t before = 0, now = 0;
	do {
		before = now;
		g_usleep(200000);
		g_mutex_lock(&app->w.mutex);
		now = app->pulled;
		g_mutex_unlock(&app->w.mutex);
	} while (now == 0 || now != before);
	return now;
}

static void only_what_the_client_takes_is_pulled(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 65536);
	g_autoptr(GString) rest = g_string_new(NULL);
	ask(&c, "GET", "/huge/ready", "1.1", "");
	assert_true(wait_until_still(app) < HUGE_SIZE / 2);
	struct reply r = take_reply(&c, rest, false);
	assert_true(r.whole);
	assert_bytes(r.body, 0, HUGE_SIZE);
	reply_free(&r);
	client_close(&c);
}

static void a_client_that_goes_stops_the_source(void **state)
{
	static const char *const paths[] = {"/unknown/hold", "/known/hold",
					    "/unknown/never", "/huge/ready"};
	struct app *app = *state;
	for (unsigned i = 0; i < COUNT(paths); i++) {
		struct client c = client_open(&app->w.http, 65536);
		ask(&c, "GET", paths[i], "1.1", "");
		char byte;
		assert_int_equal(client_read(&c, &byte, 1), 1);
		client_reset(&c);
		wait_for_stop(app, i + 1);
	}
}

static void a_half_closed_client_gets_all_of_it(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 0);
	g_autoptr(GString) rest = g_string_new(NULL);
	ask(&c, "GET", "/unknown/hold", "1.1", "");
	g_mutex_lock(&app->w.mutex);
	waiters_wait_for_one(&app->w);
	g_mutex_unlock(&app->w.mutex);
	if (c.ssl)
		SSL_shutdown(c.ssl);
	else
		shutdown(c.fd, SHUT_WR);
	g_mutex_lock(&app->w.mutex);
	struct spring *spring = waiters_wait_for_one(&app->w);
	spring->temper = RANDOM;
	spring->waiter.is_held = false;
	waiter_go_on(&spring->waiter);
	g_mutex_unlock(&app->w.mutex);
	struct reply r = take_reply(&c, rest, false);
	assert_true(r.whole);
	assert_bytes(r.body, 0, SIZE);
	reply_free(&r);
	client_close(&c);
}

static void end_work(struct app *app)
{
	g_mutex_lock(&app->w.mutex);
	struct waiter *worker = waiters_wait_for_one(&app->w);
	worker->waits = false;
	g_cond_broadcast(&app->w.changed);
	g_mutex_unlock(&app->w.mutex);
}

static void a_client_that_goes_stops_a_source_after_its_work(void **state)
{
	static const char *const paths[] = {"/unknown/wait", "/known/wait"};
	struct app *app = *state;
	for (unsigned i = 0; i < COUNT(paths); i++) {
		struct client c = client_open(&app->w.http, 0);
		ask(&c, "GET", paths[i], "1.1", "");
		g_mutex_lock(&app->w.mutex);
		struct spring *spring = waiters_wait_for_one(&app->w);
		struct http_exchange *x = spring->waiter.x;
		g_mutex_unlock(&app->w.mutex);
		client_reset(&c);
		while (atomic_load(&x->left_us) == 0)
			g_usleep(1000);
		assert_int_equal(app->stops, i);
		spring->temper = WORK;
		end_work(app);
		wait_for_stop(app, i + 1);
	}
}

static void *stop_in_thread(void *server)
{
	http_server_stop(server);
	return NULL;
}

static void a_stop_waits_for_a_source_at_work(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 0);
	g_autoptr(GString) rest = g_string_new(NULL);
	ask(&c, "GET", "/known/wait", "1.1", "");
	g_mutex_lock(&app->w.mutex);
	waiters_wait_for_one(&app->w);
	g_mutex_unlock(&app->w.mutex);
	GThread *stopping =
		g_thread_new("stop", stop_in_thread, app->w.http.server);
	g_usleep(BRIEF_MS * 1000 + 200000); /* more than it drains */
	assert_int_equal(app->stops, 0);
	end_work(app);
	g_thread_join(stopping);
	assert_int_equal(app->stops, 1);
	struct reply r = take_reply(&c, rest, false);
	assert_false(r.whole);
	reply_free(&r);
	client_close(&c);
}

static void a_stop_does_not_wait_for_a_dry_source(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 0);
	g_autoptr(GString) rest = g_string_new(NULL);
	ask(&c, "GET", "/unknown/hold", "1.0", "");
	g_mutex_lock(&app->w.mutex);
	waiters_wait_for_one(&app->w);
	g_mutex_unlock(&app->w.mutex);
	http_server_stop(app->w.http.server);
	assert_int_equal(app->stops, 1);
	struct reply r = take_reply(&c, rest, false);
	assert_true(r.cut);
	reply_free(&r);
	client_close(&c);
}

static void a_dry_source_is_not_the_clients_fault(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 0);
	g_autoptr(GString) rest = g_string_new(NULL);
	ask(&c, "GET", "/unknown/hold", "1.1", "");
	g_mutex_lock(&app->w.mutex);
	waiters_wait_for_one(&app->w);
	g_mutex_unlock(&app->w.mutex);
	g_usleep(2 * BRIEF_MS * 1000 + 100000); /* more than two windows */
	g_mutex_lock(&app->w.mutex);
	struct spring *spring = waiters_wait_for_one(&app->w);
	spring->temper = READY;
	waiter_go_on(&spring->waiter);
	g_mutex_unlock(&app->w.mutex);
	struct reply r = take_reply(&c, rest, false);
	assert_true(r.whole);
	assert_bytes(r.body, 0, SIZE);
	reply_free(&r);
	client_close(&c);
}

static void a_source_that_stays_dry_is_given_up(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 0);
	g_autoptr(GString) rest = g_string_new(NULL);
	ask(&c, "GET", "/unknown/never", "1.1", "");
	struct reply r = take_reply(&c, rest, false);
	assert_false(r.whole);
	reply_free(&r);
	client_close(&c);
	wait_for_stop(app, 1);
}

static void a_client_that_takes_nothing_is_given_up(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 65536);
	ask(&c, "GET", "/huge/ready", "1.1", "");
	wait_for_stop(app, 1);
	client_close(&c);
}

int main(void)
{
#define PATIENT(name) PLAIN_AND_TLS(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		PATIENT(a_source_arrives_whole_and_in_order),
		PATIENT(many_sources_flow_each_for_itself),
		PATIENT(http_1_0_reads_until_the_connection_closes),
		PATIENT(head_pulls_nothing_and_says_the_same),
		PATIENT(a_content_with_a_source_has_ranges_and_conditions),
		PATIENT(a_source_that_fails_is_seen_by_the_client),
		PATIENT(only_what_the_client_takes_is_pulled),
		PATIENT(a_client_that_goes_stops_the_source),
		PATIENT(a_client_that_goes_stops_a_source_after_its_work),
		PATIENT(a_half_closed_client_gets_all_of_it),
		PLAIN_AND_TLS(a_stop_does_not_wait_for_a_dry_source,
			      set_up_brief_drain, tear_down),
		PLAIN_AND_TLS(a_stop_waits_for_a_source_at_work,
			      set_up_brief_drain, tear_down),
		PLAIN_AND_TLS(a_dry_source_is_not_the_clients_fault,
			      set_up_brief_sending, tear_down),
		PLAIN_AND_TLS(a_source_that_stays_dry_is_given_up,
			      set_up_brief_droughts, tear_down),
		PLAIN_AND_TLS(a_client_that_takes_nothing_is_given_up,
			      set_up_brief_sending, tear_down),
	};
	return cmocka_run_group_tests_name("http_source", tests, NULL, NULL);
}
