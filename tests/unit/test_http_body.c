/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request bodies that the application pauses: HTTP_PAUSE and http_more() in
 * src/http/http.h. The application here takes bodies in one of three ways, and
 * answers with their length and checksum.
 */
#include "http_waiters.h"
#include "unit.h"

#include <poll.h>

#include "base/metrics.h"
#include "http/syntax/multipart.h"

#define LARGE (3u << 20)
#define WAIT_US (PATIENT_MS * INT64_C(1000))

/* -- the application --------------------------------------------------------*/

enum way {
	HOLD,   /* pauses after each run; the test goes on */
	DRAIN,  /* pauses after each run; a thread goes on */
	RANDOM, /* the same, or at once, or not at all, or more than needed */
};

struct app;

struct taker {
	struct waiter waiter; /* .waits: paused */
	struct app *app;
	enum way way;
	bool ended;
	GString *body;
	char room[5000]; /* of which it offers some */
	size_t offered;  /* bytes of it; 0: none, or they were used */
	struct multipart *multipart; /* NULL: the body as it is */
};

struct app {
	struct waiters w; /* struct taker; the mutex is for all below, too */
	unsigned done;
	unsigned unasked; /* bytes or an end came in a pause */
	unsigned astray;  /* they came elsewhere than in the room for them */
	unsigned faults[HTTP_FAULT_STALLED + 1];
};

static int add_data(void *user, const struct multipart_part *part,
		    const char *p, size_t n, struct err *err)
{
	struct taker *taker = user;
	(void)part, (void)err;
	g_string_append_len(taker->body, p, (gssize)n);
	return 0;
}

static int ignore_part(void *user, const struct multipart_part *part,
		       struct err *err)
{
	(void)user, (void)part, (void)err;
	return 0;
}

static enum http_action take_begin(void *user, struct http_exchange *x)
{
	struct app *app = user;
	struct err err;
	struct taker *taker = g_new0(struct taker, 1);
	taker->app = app;
	taker->waiter.x = x;
	taker->body = g_string_new(NULL);
	taker->way = str_starts(x->head.path, STR("/hold"))    ? HOLD
		     : str_starts(x->head.path, STR("/drain")) ? DRAIN
							       : RANDOM;
	struct str type = http_head_get(&x->head, STR("Content-Type"));
	const struct multipart_events events = {taker, ignore_part, add_data,
						ignore_part};
	if (type.p)
		taker->multipart =
			multipart_new(&x->arena, type, &events, &err);
	x->user = taker;
	taker->waiter.is_held = taker->way == HOLD;
	waiters_add(&app->w, &taker->waiter);
	if (x->head.method == HTTP_POST)
		return HTTP_BODY;
	http_reply(x, 200, "text/plain", x->head.path);
	return HTTP_REPLY;
}

static enum http_taken take_run(struct taker *taker, const char *p, size_t n)
{
	struct app *app = taker->app;
	struct err err;
	app->unasked += taker->waiter.waits || n > HTTP_RUN_MAX;
	app->astray +=
		taker->offered && (p != taker->room || n > taker->offered);
	taker->offered = 0;
	if (taker->multipart) {
		if (multipart_feed(taker->multipart, p, n, &err) < 0)
			app->unasked++;
	} else {
		g_string_append_len(taker->body, p, (gssize)n);
	}
	unsigned chance =
		taker->way == RANDOM ? g_rand_int(app->w.rand) % 4 : 0;
	if (chance == 1)
		return HTTP_TAKEN;
	if (chance == 2) {
		http_more(taker->waiter.x); /* for nothing */
		return HTTP_TAKEN;
	}
	taker->waiter.waits = true;
	if (chance == 3) /* before the transport knows */
		waiter_go_on(&taker->waiter);
	g_cond_broadcast(&app->w.changed);
	return HTTP_PAUSE;
}

static struct http_room offer_room(void *user, struct http_exchange *x)
{
	struct app *app = user;
	struct taker *taker = x->user;
	g_mutex_lock(&app->w.mutex);
	int n = g_rand_int_range(app->w.rand, -1000, sizeof(taker->room));
	taker->offered = (size_t)MAX(n, 0);
	g_mutex_unlock(&app->w.mutex);
	return (struct http_room){taker->room, taker->offered};
}

static enum http_taken take_body(void *user, struct http_exchange *x,
				 const char *p, size_t n)
{
	struct app *app = user;
	g_mutex_lock(&app->w.mutex);
	enum http_taken taken = take_run(x->user, p, n);
	g_mutex_unlock(&app->w.mutex);
	return taken;
}

/* Length and checksum; free with g_free(). */
static char *tell(const char *p, size_t n)
{
	g_autofree char *sum = g_compute_checksum_for_data(
		G_CHECKSUM_MD5, (const guchar *)p, n);
	return g_strdup_printf("%zu %s.", n, sum);
}

static enum http_action take_end(void *user, struct http_exchange *x)
{
	struct app *app = user;
	struct taker *taker = x->user;
	g_mutex_lock(&app->w.mutex);
	app->unasked += taker->waiter.waits;
	taker->ended = true;
	g_autofree char *text = tell(taker->body->str, taker->body->len);
	g_mutex_unlock(&app->w.mutex);
	http_reply(x, 200, "text/plain", arena_str(&x->arena, str_of(text)));
	return HTTP_REPLY;
}

static void take_fault(void *user, struct http_exchange *x,
		       enum http_fault fault)
{
	struct app *app = user;
	g_mutex_lock(&app->w.mutex);
	app->faults[fault]++;
	g_mutex_unlock(&app->w.mutex);
	int status = fault == HTTP_FAULT_STALLED        ? 503
		     : fault == HTTP_FAULT_BODY_TIMEOUT ? 408
							: 400;
	http_reply(x, status, "text/plain", STR("fault"));
}

static void take_done(void *user, struct http_exchange *x, uint64_t sent)
{
	struct app *app = user;
	struct taker *taker = x->user;
	(void)sent;
	g_mutex_lock(&app->w.mutex);
	taker->waiter.x = NULL;
	g_ptr_array_remove(app->w.list, taker);
	app->done++;
	g_cond_broadcast(&app->w.changed);
	g_mutex_unlock(&app->w.mutex);
	g_string_free(taker->body, TRUE);
	g_free(taker);
}

static int open_with(void **state, const struct http_limits *limits)
{
	struct app *app = g_new0(struct app, 1);
	const struct http_app functions = {.user = app,
					   .begin = take_begin,
					   .body = take_body,
					   .room = offer_room,
					   .end = take_end,
					   .fault = take_fault,
					   .done = take_done};
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

static int set_up_brief_windows(void **state)
{
	struct http_limits limits = served_limits();
	limits.body_timeout_ms = BRIEF_MS;
	limits.min_body_rate = 1000;
	return open_with(state, &limits);
}

static int set_up_brief_pauses(void **state)
{
	struct http_limits limits = served_limits();
	limits.body_timeout_ms = BRIEF_MS;
	limits.app_timeout_ms = 4 * BRIEF_MS;
	return open_with(state, &limits);
}

/* Windows long enough to have several pauses. */
static int set_up_wide(void **state)
{
	struct http_limits limits = served_limits();
	limits.body_timeout_ms = 1000;
	limits.min_body_rate = 1000;
	return open_with(state, &limits);
}

static int tear_down(void **state)
{
	struct app *app = *state;
	waiters_close(&app->w);
	assert_int_equal(app->unasked, 0);
	assert_int_equal(app->astray, 0);
	g_free(app);
	return 0;
}

static void wait_for_done(struct app *app, unsigned n)
{
	waiters_wait_until(&app->w, &app->done, n);
}

/* -- requests ---------------------------------------------------------------*/

enum framing {
	LENGTH,
	CHUNKED,
	MULTIPART,
	FRAMINGS,
};

#define BOUNDARY "\r\n--b0undary"

static GString *some_bytes(size_t n)
{
	GString *bytes = g_string_sized_new(n);
	for (size_t i = 0; i < n; i++)
		g_string_append_c(bytes, (char)(i * 7 + i / 251));
	return bytes;
}

static void add_chunks(GString *out, const GString *body, GRand *rand)
{
	for (size_t at = 0; at < body->len;) {
		size_t n = g_rand_int(rand) % 3 ? g_rand_int(rand) % 40000 + 1
						: g_rand_int(rand) % 9 + 1;
		n = MIN(n, body->len - at);
		g_string_append_printf(out, "%zx\r\n", n);
		g_string_append_len(out, body->str + at, (gssize)n);
		g_string_append(out, "\r\n");
		at += n;
	}
	g_string_append(out, "0\r\n\r\n");
}

/* A whole POST. */
static GString *post(const char *path, enum framing framing,
		     const GString *body, GRand *rand)
{
	GString *out = g_string_new(NULL);
	g_string_append_printf(out, "POST %s HTTP/1.1\r\nHost: x\r\n", path);
	switch (framing) {
	case LENGTH:
		g_string_append_printf(out, "Content-Length: %zu\r\n\r\n",
				       body->len);
		g_string_append_len(out, body->str, (gssize)body->len);
		break;
	case CHUNKED:
		g_string_append(out, "Transfer-Encoding: chunked\r\n\r\n");
		add_chunks(out, body, rand);
		break;
	case MULTIPART:
	default: {
		const char *head = "--b0undary\r\nContent-Disposition: "
				   "form-data; name=\"file\"\r\n\r\n";
		g_string_append_printf(
			out,
			"Content-Type: multipart/form-data; "
			"boundary=b0undary\r\nContent-Length: %zu\r\n\r\n%s",
			strlen(head) + body->len + strlen(BOUNDARY "--\r\n"),
			head);
		g_string_append_len(out, body->str, (gssize)body->len);
		g_string_append(out, BOUNDARY "--\r\n");
		break;
	}
	}
	return out;
}

/* Sends a body in each framing, with a request behind it, in pieces. */
static void exchange_all(struct app *app, const char *path, guint32 seed)
{
	GRand *rand = g_rand_new_with_seed(seed);
	g_autoptr(GString) body = some_bytes(LARGE);
	g_autofree char *want = tell(body->str, body->len);
	struct client c = client_open(&app->w.http, 0);
	for (enum framing framing = 0; framing < FRAMINGS; framing++) {
		g_autoptr(GString) out = post(path, framing, body, rand);
		g_string_append(out, "GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
		for (size_t at = 0; at < out->len;) {
			size_t n = g_rand_int(rand) % 300000 + 1;
			n = MIN(n, out->len - at);
			assert_true(client_try_put(&c, out->str + at, n));
			at += n;
		}
		g_autoptr(GString) got = client_take(&c, "/next", NULL);
		const char *at = strstr(got->str, want);
		assert_true(at && strstr(at, "/next"));
	}
	client_close(&c);
	g_rand_free(rand);
}

/* -- tests ------------------------------------------------------------------*/

static void a_body_that_is_paused_again_and_again_arrives_whole(void **state)
{
	exchange_all(*state, "/drain", 1);
}

static void pauses_at_random_lose_and_repeat_nothing(void **state)
{
	exchange_all(*state, "/random", 2);
}

static void *exchange_in_thread(void *state)
{
	exchange_all(state, "/random", 3);
	return NULL;
}

static void many_connections_pause_each_for_itself(void **state)
{
	GThread *threads[6];
	for (size_t i = 0; i < COUNT(threads); i++)
		threads[i] = g_thread_new("client", exchange_in_thread, *state);
	for (size_t i = 0; i < COUNT(threads); i++)
		g_thread_join(threads[i]);
}

/* Puts until nothing has gone out for a while. Bytes that went out. */
static size_t put_until_blocked(struct client *c, const GString *bytes)
{
	const struct timeval limit = {.tv_usec = 300000};
	const int send_bytes = 65536; /* bounds what the system holds */
	size_t sent = 0;
	setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &send_bytes,
		   sizeof(send_bytes));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	while (sent < bytes->len) {
		size_t n = MIN(bytes->len - sent, 16384);
		ssize_t got =
			c->ssl ? SSL_write(c->ssl, bytes->str + sent, (int)n)
			       : send(c->fd, bytes->str + sent, n,
				      MSG_NOSIGNAL);
		sent += (size_t)MAX(got, 0);
		if (got < (ssize_t)n)
			break;
	}
	const struct timeval patient = {.tv_sec = PATIENT_MS / 1000};
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patient, sizeof(patient));
	return sent;
}

static void what_is_paused_waits_at_the_client(void **state)
{
	struct app *app = *state;
	GRand *rand = g_rand_new_with_seed(4);
	g_autoptr(GString) body = some_bytes(4u << 20);
	g_autofree char *want = tell(body->str, body->len);
	for (enum framing framing = 0; framing < FRAMINGS; framing++) {
		g_autoptr(GString) out = post("/hold", framing, body, rand);
		int64_t before = metric_get(METRIC_BYTES_IN);
		struct client c = client_open(&app->w.http, 0);
		size_t sent = put_until_blocked(&c, out);
		assert_in_range(sent, 1, out->len - 1);
		g_mutex_lock(&app->w.mutex);
		struct taker *taker = waiters_wait_for_one(&app->w);
		assert_in_range(taker->body->len, 1, HTTP_RUN_MAX);
		int64_t held = metric_get(METRIC_BYTES_IN) - before -
			       (int64_t)taker->body->len;
		assert_in_range(held, 0, HTTP_RUN_MAX);
		taker->way = DRAIN;
		taker->waiter.is_held = false;
		waiter_go_on(&taker->waiter);
		g_mutex_unlock(&app->w.mutex);
		assert_true(
			client_try_put(&c, out->str + sent, out->len - sent));
		g_autoptr(GString) got = client_take(&c, want, NULL);
		assert_non_null(strstr(got->str, want));
		client_close(&c);
		wait_for_done(app, framing + 1);
	}
	g_rand_free(rand);
}

static void a_pause_at_the_end_keeps_the_end_back(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 0);
	client_put(&c, "POST /hold HTTP/1.1\r\nHost: x\r\n"
		       "Content-Length: 5\r\n\r\nhello"
		       "POST /hold HTTP/1.1\r\nHost: x\r\n"
		       "Transfer-Encoding: chunked\r\n\r\n"
		       "5\r\nworld\r\n0\r\n\r\n");
	const char *const words[] = {"hello", "world"};
	for (size_t i = 0; i < COUNT(words); i++) {
		g_autofree char *want = tell(words[i], 5);
		g_mutex_lock(&app->w.mutex);
		struct taker *taker = waiters_wait_for_one(&app->w);
		assert_false(taker->ended);
		assert_string_equal(taker->body->str, words[i]);
		waiter_go_on(&taker->waiter);
		g_mutex_unlock(&app->w.mutex);
		g_autoptr(GString) got = client_take(&c, want, NULL);
		assert_non_null(strstr(got->str, want));
	}
	client_close(&c);
}

#define BEGUN                                                                  \
	"POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\nhello"

/* A client with a paused body of which more is to come. */
static struct client paused_client(struct app *app)
{
	struct client c = client_open(&app->w.http, 0);
	client_put(&c, BEGUN);
	g_mutex_lock(&app->w.mutex);
	waiters_wait_for_one(&app->w);
	g_mutex_unlock(&app->w.mutex);
	return c;
}

static void a_client_that_resets_ends_the_pause(void **state)
{
	struct app *app = *state;
	struct client c = paused_client(app);
	client_reset(&c);
	wait_for_done(app, 1);
}

static void a_body_that_ends_during_a_pause_is_refused_after_it(void **state)
{
	struct app *app = *state;
	struct client c = paused_client(app);
	if (c.ssl)
		SSL_shutdown(c.ssl);
	else
		shutdown(c.fd, SHUT_WR);
	g_mutex_lock(&app->w.mutex);
	waiter_go_on(waiters_wait_for_one(&app->w));
	g_mutex_unlock(&app->w.mutex);
	g_autoptr(GString) got = client_take(&c, NULL, NULL);
	assert_true(g_str_has_prefix(got->str, "HTTP/1.1 400 "));
	assert_int_equal(app->faults[HTTP_FAULT_TRUNCATED], 1);
	client_close(&c);
}

static void a_stop_does_not_wait_for_a_paused_body(void **state)
{
	struct app *app = *state;
	struct client c = paused_client(app);
	http_server_stop(app->w.http.server);
	assert_int_equal(app->done, 1);
	client_close(&c);
}

static void the_time_of_a_pause_is_not_the_clients(void **state)
{
	struct app *app = *state;
	struct client c = paused_client(app);
	g_autoptr(GString) rest = some_bytes(9995);
	g_usleep(2 * BRIEF_MS * 1000 + 100000); /* more than two windows */
	/* what it has sent meanwhile is read at once */
	assert_true(client_try_put(&c, rest->str, rest->len));
	g_mutex_lock(&app->w.mutex);
	struct taker *taker = waiters_wait_for_one(&app->w);
	taker->way = DRAIN;
	taker->waiter.is_held = false;
	waiter_go_on(&taker->waiter);
	g_mutex_unlock(&app->w.mutex);
	g_autoptr(GString) got = client_take(&c, ".", NULL);
	assert_true(g_str_has_prefix(got->str, "HTTP/1.1 200 "));
	client_close(&c);
}

/* 150 bytes each 300 ms are too slow, but it was asked for no more, and has
 * sent the next ones before it is. */
static void a_client_is_measured_only_while_it_is_wanted(void **state)
{
	struct app *app = *state;
	g_autoptr(GString) piece = some_bytes(150);
	struct client c = client_open(&app->w.http, 0);
	client_put(&c, "POST /hold HTTP/1.1\r\nHost: x\r\n"
		       "Content-Length: 1200\r\n\r\n");
	assert_true(client_try_put(&c, piece->str, piece->len));
	for (int i = 0; i < 8; i++) {
		g_mutex_lock(&app->w.mutex);
		waiters_wait_for_one(&app->w);
		g_mutex_unlock(&app->w.mutex);
		g_usleep(300000);
		if (i < 7)
			assert_true(client_try_put(&c, piece->str, piece->len));
		g_mutex_lock(&app->w.mutex);
		waiter_go_on(waiters_wait_for_one(&app->w));
		g_mutex_unlock(&app->w.mutex);
	}
	g_autoptr(GString) got = client_take(&c, ".", NULL);
	assert_true(g_str_has_prefix(got->str, "HTTP/1.1 200 "));
	client_close(&c);
}

static void pauses_do_not_help_a_client_that_trickles(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 0);
	client_put(&c, "POST /drain HTTP/1.1\r\nHost: x\r\n"
		       "Content-Length: 100000\r\n\r\n");
	struct pollfd answer = {.fd = c.fd, .events = POLLIN};
	gint64 until = g_get_monotonic_time() + WAIT_US;
	do {
		assert_true(g_get_monotonic_time() < until);
		if (!client_try_put(&c, "x", 1))
			break;
	} while (poll(&answer, 1, 20) == 0);
	g_autoptr(GString) got = client_take(&c, NULL, NULL);
	assert_true(g_str_has_prefix(got->str, "HTTP/1.1 408 "));
	client_close(&c);
	wait_for_done(app, 1);
}

static void a_pause_without_end_is_the_servers_fault(void **state)
{
	struct app *app = *state;
	struct client c = client_open(&app->w.http, 0);
	client_put(&c, BEGUN);
	g_autoptr(GString) got = client_take(&c, NULL, NULL);
	assert_true(g_str_has_prefix(got->str, "HTTP/1.1 503 "));
	assert_non_null(strstr(got->str, "Connection: close"));
	assert_int_equal(app->faults[HTTP_FAULT_STALLED], 1);
	client_close(&c);
	wait_for_done(app, 1);
}

int main(void)
{
#define PATIENT(name) PLAIN_AND_TLS(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		PATIENT(a_body_that_is_paused_again_and_again_arrives_whole),
		PATIENT(pauses_at_random_lose_and_repeat_nothing),
		PATIENT(many_connections_pause_each_for_itself),
		PATIENT(what_is_paused_waits_at_the_client),
		PATIENT(a_pause_at_the_end_keeps_the_end_back),
		PATIENT(a_client_that_resets_ends_the_pause),
		PATIENT(a_body_that_ends_during_a_pause_is_refused_after_it),
		PLAIN_AND_TLS(a_stop_does_not_wait_for_a_paused_body,
			      set_up_brief_drain, tear_down),
		PLAIN_AND_TLS(the_time_of_a_pause_is_not_the_clients,
			      set_up_brief_windows, tear_down),
		PLAIN_AND_TLS(a_client_is_measured_only_while_it_is_wanted,
			      set_up_wide, tear_down),
		PLAIN_AND_TLS(pauses_do_not_help_a_client_that_trickles,
			      set_up_brief_windows, tear_down),
		PLAIN_AND_TLS(a_pause_without_end_is_the_servers_fault,
			      set_up_brief_pauses, tear_down),
	};
	return cmocka_run_group_tests_name("http_body", tests, NULL, NULL);
}
