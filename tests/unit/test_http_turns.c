/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is on a loop, when many connections of one owner can go on at
 * once: src/http/lanes.h, from outside.
 */
#include "http_client.h"
#include "unit.h"

#include "http/syntax/conditional.h"

#include <sys/ioctl.h>
#include <termios.h>

#define SOURCES 8u

struct app;

struct source {
	struct app *app;
	struct http_exchange *x;
	bool may_end;
};

struct app {
	struct served http;
	GMutex mutex; /* for all below, and for sources */
	GCond changed;
	struct source *dry[SOURCES];
	unsigned n_dry;
	bool gate_closed, gate_reached; /* of "/gate", which holds its loop */
	GString *order; /* 's' each source that ends, 'n' each "/next" */
};

/* Dry at first; nothing is left when there may be more. */
static enum http_pulled pull(void *user, struct http_run *run)
{
	struct source *source = user;
	struct app *app = source->app;
	(void)run;
	g_mutex_lock(&app->mutex);
	bool ends = source->may_end;
	if (ends)
		g_string_append_c(app->order, 's');
	else
		app->dry[app->n_dry++] = source;
	g_cond_broadcast(&app->changed);
	g_mutex_unlock(&app->mutex);
	return ends ? HTTP_PULL_END : HTTP_PULL_LATER;
}

static void stop(void *user)
{
	(void)user;
}

static void reply_source(struct app *app, struct http_exchange *x)
{
	struct source *source = arena_zalloc(&x->arena, sizeof(*source));
	*source = (struct source){.app = app, .x = x};
	const struct http_source functions = {
		.pull = pull, .stop = stop, .user = source};
	http_reply_source(x, 200, &functions,
			  &(struct http_range){0, HTTP_LENGTH_UNKNOWN});
}

static void pass_gate(struct app *app)
{
	app->gate_reached = true;
	g_cond_broadcast(&app->changed);
	while (app->gate_closed)
		g_cond_wait(&app->changed, &app->mutex);
}

/* "/dry" is of one owner, "/next" and "/gate" of another. */
static enum http_action answer(void *user, struct http_exchange *x)
{
	struct app *app = user;
	struct str path = x->head.path;
	x->owner = 1;
	if (str_eq(path, STR("/dry"))) {
		reply_source(app, x);
		return HTTP_REPLY;
	}
	x->owner = 2;
	g_mutex_lock(&app->mutex);
	if (str_eq(path, STR("/gate")))
		pass_gate(app);
	else
		g_string_append_c(app->order, 'n');
	g_mutex_unlock(&app->mutex);
	http_reply(x, 200, "text/plain", path);
	return HTTP_REPLY;
}

static void fault(void *user, struct http_exchange *x, enum http_fault fault)
{
	(void)user, (void)fault;
	http_reply(x, 400, "text/plain", STR("fault"));
}

static void done(void *user, struct http_exchange *x, uint64_t sent)
{
	(void)user, (void)x, (void)sent;
}

static int set_up(void **state)
{
	struct app *app = g_new0(struct app, 1);
	const struct http_app functions = {
		.user = app, .begin = answer, .fault = fault, .done = done};
	struct http_limits limits = served_limits();
	limits.loops = 1;
	g_mutex_init(&app->mutex);
	g_cond_init(&app->changed);
	app->order = g_string_new(NULL);
	served_open(&app->http, *state == WITH_TLS, &limits, &functions);
	*state = app;
	return 0;
}

static int tear_down(void **state)
{
	struct app *app = *state;
	served_close(&app->http);
	g_string_free(app->order, TRUE);
	g_mutex_clear(&app->mutex);
	g_cond_clear(&app->changed);
	g_free(app);
	return 0;
}

static void ask(struct client *c, const char *path)
{
	g_autofree char *text =
		g_strdup_printf("GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
	client_put(c, text);
}

static void take(struct client *c, const char *until)
{
	GString *got = client_take(c, until, NULL);
	assert_non_null(strstr(got->str, until));
	g_string_free(got, TRUE);
}

/* Until what was asked has come to the other end. */
static void await_arrival(const struct client *c)
{
	int unread;
	do
		assert_int_equal(ioctl(c->fd, TIOCOUTQ, &unread), 0);
	while (unread);
}

static void many_that_go_on_take_nobodys_turn(void **state)
{
	struct app *app = *state;
	struct client dry[SOURCES];
	struct client other = client_open(&app->http, 0);
	struct client gate = client_open(&app->http, 0);
	ask(&other, "/next");
	take(&other, "\r\n\r\n/next");
	for (unsigned i = 0; i < SOURCES; i++) {
		dry[i] = client_open(&app->http, 0);
		ask(&dry[i], "/dry");
	}
	g_mutex_lock(&app->mutex);
	while (app->n_dry < SOURCES)
		g_cond_wait(&app->changed, &app->mutex);
	/* the loop stands at the gate while all of them get more */
	app->gate_closed = true;
	ask(&gate, "/gate");
	while (!app->gate_reached)
		g_cond_wait(&app->changed, &app->mutex);
	g_string_truncate(app->order, 0);
	for (unsigned i = 0; i < SOURCES; i++) {
		app->dry[i]->may_end = true;
		http_more(app->dry[i]->x);
	}
	ask(&other, "/next");
	await_arrival(&other);
	app->gate_closed = false;
	g_cond_broadcast(&app->changed);
	g_mutex_unlock(&app->mutex);
	for (unsigned i = 0; i < SOURCES; i++) {
		take(&dry[i], "0\r\n\r\n");
		client_close(&dry[i]);
	}
	take(&other, "\r\n\r\n/next");
	const char *turn = strchr(app->order->str, 'n');
	if (turn == NULL || turn > app->order->str + 1)
		fail_msg("in the order %s", app->order->str);
	client_close(&other);
	client_close(&gate);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PLAIN_AND_TLS(many_that_go_on_take_nobodys_turn, set_up,
			      tear_down),
	};
	return cmocka_run_group_tests_name("http_turns", tests, NULL, NULL);
}
