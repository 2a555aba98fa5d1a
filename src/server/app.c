/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a request:
 *
 *  1. accept, read, parse the head             http/
 *  2. dialect and route                        app_begin, router.c
 *  3. what the head can prove or refuse        app_begin, route->begin
 *  4. the body, as it comes                    app_body, ingest/intake.h
 *  5. the handler                              route->handle
 *     ROUTE_HOT: on the loop first             app_begin, app_end
 *     others, after HANDLE_LATER: on a worker  app_work
 *     what waited for a renderer or the disk   app_resume, rq->resume
 *  6. send                                     http/
 *  7. log line, metrics, release               app_done
 *
 * Whatever is refused on the way, by us or by the transport (app_fault), is
 * worded by the request's dialect: refuse() is the only way out. (What a
 * file's state answers to conditions, 304, 412 and 416, is no refusal.)
 */
#include "server/app.h"
#include "api/sources/remote.h"
#include "base/log/log.h"
#include "base/metrics.h"
#include "library/accounts/usage.h"
#include "server/access_log.h"
#include "server/cors.h"
#include "server/router.h"
#include "server/welcome.h"

#include <glib.h>

#define METRICS_TEXT_MAX (256u * 1024)
#define REQUEST_ID_MIN 8
#define VALUES_ON_LOOP (2u * 1024) /* a fifth of a millisecond */
#define VALUES_QUICK (32u * 1024)  /* a few of them */
#define TEXT_PLAIN "text/plain; charset=utf-8"

/* What the server answers itself, in no dialect. */
struct builtin {
	struct str path;
	void (*answer)(struct request *rq);
	bool blocks;
};

/* request first: handlers are given that, x->user is this */
struct app_request {
	struct request request;
	const struct builtin *builtin;
	/* what a worker is to run: the handler, later what goes on for it */
	int (*step)(struct request *rq, struct err *err);
};

static void answer_healthz(struct request *rq)
{
	http_reply(rq->x, 200, TEXT_PLAIN, STR("ok\n"));
}

static void answer_readyz(struct request *rq)
{
	struct err err;
	if (library_check(rq->services->library, &err) == 0) {
		http_reply(rq->x, 200, TEXT_PLAIN, STR("ok\n"));
		return;
	}
	log_error("not ready: %s", err.text);
	http_reply(rq->x, 503, TEXT_PLAIN, STR("not ready\n"));
}

static void answer_metrics(struct request *rq)
{
	struct buf text;
	buf_init(&text, request_arena(rq), METRICS_TEXT_MAX);
	metrics_write(&text);
	http_reply(rq->x, 200, "text/plain; version=0.0.4; charset=utf-8",
		   buf_str(&text));
}

static const struct builtin builtins[] = {
	{{"/healthz", 8}, answer_healthz, false},
	{{"/readyz", 7}, answer_readyz, true},
	{{"/metrics", 8}, answer_metrics, false},
};

static const struct builtin welcome = {{"/", 1}, welcome_answer, false};

static const struct builtin *find_builtin(struct str path)
{
	for (size_t i = 0; i < G_N_ELEMENTS(builtins); i++)
		if (str_eq(builtins[i].path, path))
			return &builtins[i];
	return NULL;
}

/* Who it counts for: the account that it is about, and there where it came
 * from, else that alone. */
static void name_owner(const struct request *rq)
{
	if (rq->account) {
		rq->x->owner = rq->account->id;
		rq->x->guest = request_guest(rq, rq->x->owner);
	} else {
		rq->x->owner = http_network(rq->x);
		rq->x->guest = 0;
	}
}

/* To take many values apart is work for a processor, and they take many times
 * their bytes. */
static bool has_values(const struct request *rq, uint64_t more_than)
{
	uint64_t n = rq->x->body_bytes;
	return rq->plan && n > more_than && n <= rq->plan->max_values;
}

static enum http_action to_worker(struct app_request *ar)
{
	const struct request *rq = &ar->request;
	name_owner(rq);
	rq->x->heavy = (rq->route && rq->route->flags & ROUTE_HEAVY) ||
		       has_values(rq, VALUES_QUICK);
	return HTTP_WORK;
}

static enum http_action begin_builtin(struct app_request *ar)
{
	struct http_exchange *x = ar->request.x;
	http_set(x, "Cache-Control", STR("no-store"));
	if (x->head.method != HTTP_GET && x->head.method != HTTP_HEAD) {
		http_set(x, "Allow", STR("GET, HEAD"));
		http_reply(x, 405, TEXT_PLAIN, STR("GET or HEAD only\n"));
		return HTTP_REPLY;
	}
	if (ar->builtin->blocks)
		return to_worker(ar);
	ar->builtin->answer(&ar->request);
	return HTTP_REPLY;
}

/* The client's X-Request-Id when it can be one, so that it finds its request
 * in our log; else a new one. */
static void choose_id(struct request *rq)
{
	struct str given = request_header(rq, "X-Request-Id");
	bool usable = given.n >= REQUEST_ID_MIN && given.n <= UUID_LEN;
	for (size_t i = 0; usable && i < given.n; i++)
		usable = g_ascii_isalnum(given.p[i]) || given.p[i] == '-' ||
			 given.p[i] == '_';
	if (usable)
		memcpy(rq->id, given.p, given.n);
	else
		uuid_new(rq->id);
}

static struct app_request *request_new(struct http_exchange *x,
				       const struct services *services)
{
	struct app_request *ar = arena_zalloc(&x->arena, sizeof(*ar));
	struct request *rq = &ar->request;
	rq->x = x;
	rq->services = services;
	rq->keyring = library_keyring(services->library);
	choose_id(rq);
	x->user = ar;
	return ar;
}

/* What every answer of the dialect carries. */
static void finish(struct request *rq)
{
	cors_answer(rq);
	rq->dialect->finish(rq);
	if (rq->x->response.kind == HTTP_BODY_SOURCE)
		name_owner(rq); /* it may need workers */
	else /* whose turn the connection's next request takes */
		rq->x->owner =
			rq->account ? rq->account->id : rq->bandwidth_account;
}

static void answer_preflight(struct request *rq)
{
	cors_preflight(rq);
	http_reply_empty(rq->x, 204);
	finish(rq);
}

/* For whoever has the id from the answer. */
static void log_failure(struct request *rq, const struct err *err)
{
	const struct log_field fields[] = {
		{"request_id", str_of(rq->id), 0},
		{"error", str_of(err_code_name(err->code)), 0},
	};
	struct str text = arena_printf(request_arena(rq), "request %s: %s",
				       rq->id, err->text);
	log_event(LOG_ERROR, text, fields, G_N_ELEMENTS(fields));
}

/* Lets the dialect word the refusal, in place of what was filled in so far. */
static void refuse(struct request *rq, const struct err *err)
{
	struct http_response *response = &rq->x->response;
	g_assert(err->code != ERR_NONE);
	response->fields.n = 0;
	response->fields.overflow = false;
	http_reply_empty(rq->x, 0);
	if (err->code == ERR_INTERNAL || err->code == ERR_CORRUPT ||
	    err->code == ERR_UNCERTAIN || err->code == ERR_NO_SPACE)
		log_failure(rq, err);
	if (err->code == ERR_RATE || err->code == ERR_BUSY)
		http_set_u64(rq->x, "Retry-After",
			     MAX(rq->rate.retry_after_s, 1u));
	rq->dialect->error(rq, err);
	if (err->code == ERR_METHOD)
		http_set(rq->x, "Allow", router_allowed(rq));
	finish(rq);
}

/* What came of a body before a handler saw it. Not every vendor's sentence
 * names the limit. */
static void refuse_body(struct request *rq, const struct err *err)
{
	if (err->code == ERR_TOO_LARGE && rq->plan)
		log_debug("request %s: over the limit of %" G_GUINT64_FORMAT
			  " bytes",
			  rq->id, rq->plan->max_file);
	refuse(rq, err);
}

/* A URL of ours may be fetched by us. But nothing that we post, to a service of
 * the operator's or a webhook, is meant for us: it would have us post again. */
static int check_own(const struct request *rq, struct err *err)
{
	enum http_method method = rq->x->head.method;
	if (method == HTTP_GET || method == HTTP_HEAD || !request_is_own(rq))
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		       "This request comes from this server itself: what it "
		       "calls, a service or a webhook, leads back to it.");
}

static int check_head(struct request *rq, struct err *err)
{
	if (router_match(rq, err) < 0 || check_own(rq, err) < 0)
		return -1;
	return rq->route->begin ? rq->route->begin(rq, err) : 0;
}

/* A time-out of the client's own is told by app_fault(). One that a step tells
 * of is ours: with 408 the client would ask again at once. */
static void refuse_step(struct request *rq, struct err *err)
{
	if (err->code == ERR_TIMEOUT)
		(void)err_recode(err, ERR_BUSY, NULL);
	refuse(rq, err);
}

/* HANDLE_LATER, HANDLE_PENDING, or 0: answered in whichever way. */
static int run_step(struct request *rq,
		    int (*step)(struct request *rq, struct err *err))
{
	struct err err = {.code = ERR_NONE};
	int result = step(rq, &err);
	if (result > 0)
		return result;
	if (result < 0)
		refuse_step(rq, &err);
	else
		finish(rq);
	return 0;
}

static enum http_action step_on_loop(struct app_request *ar)
{
	struct request *rq = &ar->request;
	rq->on_loop = true;
	int result = run_step(rq, ar->step);
	if (result == HANDLE_PENDING)
		return HTTP_PENDING; /* it may be somebody else's by now */
	rq->on_loop = false;
	return result == HANDLE_LATER ? to_worker(ar) : HTTP_REPLY;
}

/* On a worker: whoever reads the body finds all of it. */
static int settle_body(struct request *rq, struct err *err)
{
	if (intake_settle(rq->intake, err) < 0)
		return -1;
	return rq->route->handle(rq, err);
}

/* On the loop; for most routes it only says that a worker has to do it. */
static enum http_action handle_first(struct app_request *ar)
{
	const struct route *route = ar->request.route;
	ar->step = route->handle;
	if (ar->request.intake && intake_is_behind(ar->request.intake)) {
		ar->step = settle_body;
		return to_worker(ar);
	}
	/* a body may be anybody's */
	return route->flags & ROUTE_HOT &&
			       !has_values(&ar->request, VALUES_ON_LOOP)
		       ? step_on_loop(ar)
		       : to_worker(ar);
}

static enum http_action app_begin(void *user, struct http_exchange *x)
{
	struct app_request *ar = request_new(x, user);
	struct request *rq = &ar->request;
	struct err err = {.code = ERR_NONE};
	ar->builtin = find_builtin(x->head.path);
	if (ar->builtin)
		return begin_builtin(ar);
	router_choose_dialect(rq);
	if (welcome_is_for(rq)) {
		rq->dialect = NULL;
		ar->builtin = &welcome;
		return begin_builtin(ar);
	}
	if (x->head.method == HTTP_OPTIONS) {
		answer_preflight(rq);
		return HTTP_REPLY;
	}
	if (check_head(rq, &err) < 0) {
		refuse_body(rq, &err);
		return HTTP_REPLY;
	}
	if (rq->intake)
		return HTTP_BODY;
	return handle_first(ar);
}

static struct http_room app_room(void *user, struct http_exchange *x)
{
	struct app_request *ar = x->user;
	struct http_room room = {0};
	(void)user;
	if (ar->request.intake)
		room.p = intake_room(ar->request.intake, &room.n);
	return room;
}

static enum http_taken app_body(void *user, struct http_exchange *x,
				const char *p, size_t n)
{
	struct app_request *ar = x->user;
	struct err err = {.code = ERR_NONE};
	(void)user;
	if (intake_feed(ar->request.intake, p, n, &err) == 0)
		return HTTP_TAKEN;
	refuse_body(&ar->request, &err);
	return HTTP_REFUSED;
}

static enum http_action app_end(void *user, struct http_exchange *x)
{
	struct app_request *ar = x->user;
	struct err err = {.code = ERR_NONE};
	(void)user;
	if (intake_end(ar->request.intake, &err) == 0)
		return handle_first(ar);
	refuse_body(&ar->request, &err);
	return HTTP_REPLY;
}

static enum http_action app_work(void *user, struct http_exchange *x)
{
	struct app_request *ar = x->user;
	(void)user;
	if (ar->builtin) {
		ar->builtin->answer(&ar->request);
		return HTTP_REPLY;
	}
	int result = run_step(&ar->request, ar->step);
	g_assert(result != HANDLE_LATER);
	return result == HANDLE_PENDING ? HTTP_PENDING : HTTP_REPLY;
}

static enum http_action app_resume(void *user, struct http_exchange *x)
{
	struct app_request *ar = x->user;
	(void)user;
	ar->step = ar->request.resume;
	return step_on_loop(ar);
}

struct fault_answer {
	int status;
	enum err_code code;
	const char *text;
};

/* clang-format off */
static const struct fault_answer fault_answers[] = {
	[HTTP_FAULT_NONE] =
		{500, ERR_INTERNAL, "The request failed."},
	[HTTP_FAULT_MALFORMED] =
		{400, ERR_INVALID, "The request is not well-formed HTTP."},
	[HTTP_FAULT_HEAD_TOO_LARGE] =
		{431, ERR_HEAD_TOO_LARGE, "The request's header fields are too large."},
	[HTTP_FAULT_TARGET_TOO_LONG] =
		{414, ERR_INVALID, "The request's URL is too long."},
	[HTTP_FAULT_VERSION] =
		{505, ERR_UNSUPPORTED, "This server speaks HTTP/1.1 and HTTP/1.0."},
	[HTTP_FAULT_CODING] =
		{501, ERR_UNSUPPORTED, "The request's transfer coding is not supported."},
	[HTTP_FAULT_CHUNK] =
		{400, ERR_INVALID, "The request body's chunks are malformed."},
	[HTTP_FAULT_HEAD_TIMEOUT] =
		{408, ERR_TIMEOUT, "The request took too long to arrive."},
	[HTTP_FAULT_BODY_TIMEOUT] =
		{408, ERR_TIMEOUT, "The request body came too slowly."},
	[HTTP_FAULT_TRUNCATED] =
		{400, ERR_INVALID, "The request body ended early."},
	[HTTP_FAULT_OVERLOADED] =
		{503, ERR_BUSY, "The server is too busy. Try again shortly."},
	[HTTP_FAULT_STALLED] =
		{503, ERR_BUSY, "The server could not take the request body in time. "
				"Try again shortly."},
};
/* clang-format on */

static void app_fault(void *user, struct http_exchange *x,
		      enum http_fault fault)
{
	struct app_request *ar = x->user;
	const struct fault_answer *answer = &fault_answers[fault];
	struct err err;
	if (ar == NULL)
		ar = request_new(x, user);
	struct request *rq = &ar->request;
	if (rq->dialect == NULL)
		router_choose_dialect(rq);
	err_set(&err, answer->code, "%s", answer->text);
	refuse(rq, &err);
	/* dialects have fewer statuses than HTTP has reasons */
	x->response.status = answer->status;
	x->response.close = true;
}

static void count(const struct http_exchange *x, int64_t microseconds)
{
	static const enum metric by_class[] = {
		METRIC_REQUESTS_2XX, METRIC_REQUESTS_3XX, METRIC_REQUESTS_4XX,
		METRIC_REQUESTS_5XX};
	int status = x->response.status;
	if (status >= 200 && status <= 599)
		metric_add(by_class[status / 100 - 2], 1);
	metric_request_duration(microseconds);
}

static void app_done(void *user, struct http_exchange *x, uint64_t sent)
{
	struct app_request *ar = x->user;
	int64_t microseconds = g_get_monotonic_time() - x->started_us;
	(void)user;
	count(x, microseconds);
	/* probes come every few seconds and say nothing */
	enum log_level level = ar->builtin ? LOG_DEBUG : LOG_INFO;
	if (log_enabled(level))
		access_log(level, &ar->request, sent, microseconds);
	const struct request *rq = &ar->request;
	if (rq->bandwidth_account && sent)
		usage_add_bandwidth(rq->services->library,
				    rq->bandwidth_account, sent);
	intake_release(ar->request.intake);
	keyring_unref(ar->request.keyring);
}

void app_functions(struct http_app *out, struct services *services)
{
	*out = (struct http_app){
		.user = services,
		.begin = app_begin,
		.body = app_body,
		.room = app_room,
		.end = app_end,
		.work = app_work,
		.resume = app_resume,
		.fault = app_fault,
		.done = app_done,
	};
}
