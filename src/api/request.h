/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One API request on its way through a dialect: what handlers get and the
 * helpers that they share. Handlers see parsed fields and return a response;
 * they never see sockets, threads or other dialects.
 */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include "api/dialect.h"
#include "api/policy/policy.h"
#include "api/policy_proof.h"
#include "api/ratelimit.h"
#include "base/clock.h"
#include "base/id.h"
#include "deliver/deliver.h"
#include "deliver/hot.h"
#include "deliver/sums.h"
#include "ingest/intake.h"
#include "json/json.h"
#include "library/accounts/account.h"
#include "library/files/file.h"
#include "library/view.h"

#include <glib.h>

struct derive;
struct fetcher;
struct policy_cache;
struct hashes_hold;
struct recogniser;
struct recognising;
struct hasher;
struct md5_files;
struct remote;
struct remote_hold;
struct renderers;
struct room;
struct sniff_begun;
struct unproven;
struct upstream;

/* What handlers may use. Made once by the server; immutable. */
struct services {
	struct library *library;
	struct fetcher *fetcher;
	struct renderers *renderers; /* NULL: dimensions stay unknown */
	struct hot *hot;
	struct derive *derive;
	struct sums *sums; /* of what archives are made of */
	struct hasher *hasher;
	struct md5_files *md5_files;
	struct recogniser *recogniser; /* NULL: there is none, */
	const char *no_recogniser;     /* and why */
	struct remote *remote;
	struct remote *documents;     /* NULL: there is no converter */
	struct upstream *jigsawstack; /* NULL: none is named */
	struct upstream *vision;      /* likewise */
	struct str vision_model;      /* may be empty */
	bool jigsawstack_links;       /* it gets files as links */
	struct ratelimit *ratelimit;
	struct policy_cache *policy_cache; /* that were proven */
	struct unproven *unproven; /* of bodies whose sender is not known yet */
	struct room *room;         /* for long answers */
	unsigned query_timeout_ms; /* for one read of the database */
	struct str public_url; /* without trailing slash; STR_NONE: from Host */
	struct dialect_limits limits[DIALECT_COUNT];
};

struct request {
	struct http_exchange *x;
	struct view view; /* request_view()'s */
	const struct services *services;
	const struct dialect *dialect;
	const struct route *route;      /* NULL: none matched */
	const struct path_alias *alias; /* by which it did, NULL: none */
	struct keyring *keyring;        /* a reference for the request's time */
	struct str path;                /* raw, behind Host and prefix rules */
	struct str param[ROUTE_PARAMS_MAX]; /* raw captures, in order */
	const struct account *named;        /* by the route's {account} */
	const struct account *account;      /* whose files this is about */
	enum proof proof;
	const struct api_key *key; /* the one it used, NULL: none */
	/* What was found elsewhere than in the query (request_policy()). */
	struct policy_claim policy;
	struct policy_proof proven;
	unsigned calls; /* POLICY_*, what it does to what it reads; 0: READ */
	/* What it may do otherwise is by this policy; NULL: by other right. */
	const struct policy *under;
	/* For the headers of every answer from then on; limit 0: not limited,
	 * or not asked yet. Set by request_rate(). */
	struct rate_verdict rate;
	const struct intake_plan *plan; /* of the body, for ROUTE_BODY */
	struct intake *intake;          /* complete in `handle` */
	bool vendor_host; /* it came to one of the vendors' host names */
	bool on_loop;
	bool looks; /* request_find_*(): at files, and not into them */
	/* After HANDLE_PENDING, on the loop: goes on, and returns what a
	 * handler returns. HANDLE_LATER runs it again on a worker; before
	 * another HANDLE_PENDING it may set what comes next. */
	int (*resume)(struct request *rq, struct err *err);
	void *pending;              /* what it works on */
	struct remote_hold *remote; /* request_find_remote()'s, as is */
	int (*fetched)(struct request *rq, struct err *err);
	struct hashes_hold *hashes;        /* request_find_hashes()'s */
	struct recognising *recognised;    /* request_recognise()'s */
	const struct sniff_begun *sniffed; /* upload_type()'s */
	void *dialect_data; /* what its functions hand on to each other */
	int64_t bandwidth_account; /* whose file is sent; 0: none */
	char id[UUID_LEN + 1];     /* request id, also in the log */
};

static inline struct arena *request_arena(struct request *rq)
{
	return &rq->x->arena;
}

/* When a read that begins now has to end, as view.until_us. */
static inline int64_t request_read_end(const struct request *rq)
{
	int64_t ms = rq->services->query_timeout_ms;
	return ms ? g_get_monotonic_time() + ms * 1000 : 0;
}

/* Nobody waits for the answer any more; for whoever works on it for long. */
static inline bool request_is_left(const struct request *rq)
{
	int64_t left_us = atomic_load(&rq->x->left_us);
	return left_us && left_us <= g_get_monotonic_time();
}

/* What the library is asked about: the account's, as of now. Good until it is
 * made again. */
static inline const struct view *request_view(struct request *rq)
{
	rq->view = (struct view){
		.library = rq->services->library,
		.account_id = rq->account ? rq->account->id : 0,
		.now = now_ms(),
		.arena = request_arena(rq),
		.until_us = request_read_end(rq),
		.left_us = &rq->x->left_us,
	};
	return &rq->view;
}

static inline const struct dialect_limits *
request_limits(const struct request *rq)
{
	return &rq->services->limits[rq->dialect->kind];
}

/* A request header, STR_NONE when absent. */
struct str request_header(const struct request *rq, const char *name);
/* All values of one that is a list and may come more than once (RFC 9110 5.3);
 * in the arena. STR_NONE when absent. */
struct str request_header_list(struct request *rq, const char *name);
/* A query parameter, form-decoded, STR_NONE when absent. */
struct str request_query(struct request *rq, const char *name);
/* A capture, percent-decoded. */
struct str request_param(struct request *rq, unsigned index);

/* Credentials of the Authorization header: the key text, or STR_NONE when the
 * header is absent or of another scheme. Basic gives the user name (password
 * ignored; base64 without a colon is accepted too). Bearer needs the exact
 * prefix "Bearer ". */
struct str request_basic_user(struct request *rq);
struct str request_basic_password(struct request *rq);
struct str request_bearer(struct request *rq);
/* Looks a key up; on success sets rq->key, rq->account and rq->proof. NULL:
 * unknown. */
const struct api_key *request_use_key(struct request *rq, struct str text);
/* In begin, once: counts this request of the subject and keeps the verdict in
 * rq->rate. False: too many. A limit of 0 requests is none. */
bool request_rate(struct request *rq, int64_t subject, struct rate_limit limit);

/* A body, or the file of another host, can take long to come: is the key that
 * was accepted before it still valid? From then on keys and the account's
 * limits are as they are now. ERR_UNAUTHORIZED. */
int request_recheck_key(struct request *rq, struct err *err) MUST_CHECK;

/* begin of a ROUTE_BODY route: how the body is to be taken. The plan must live
 * as long as the request (static or arena). */
int request_expect_body(struct request *rq, const struct intake_plan *plan,
			struct err *err) MUST_CHECK;

/* The same of a body that is a part of an upload, and goes there: the request's
 * from then on, also when this fails. */
int request_expect_part(struct request *rq, const struct intake_plan *plan,
			struct store_part *part, struct err *err) MUST_CHECK;

/* A body that is not multipart, wherever intake has put it, for as long as
 * rq->intake->file is what it was; STR_NONE when it is longer than max. 0,
 * HANDLE_LATER, or -1 with ERR_INTERNAL. */
int request_body(struct request *rq, size_t max, struct str *out,
		 struct err *err) MUST_CHECK;

/* Any thread: rq->resume is to be called. Neither the caller nor the handler
 * that has returned, or will return, HANDLE_PENDING may touch rq after it. */
void request_resume(struct request *rq);
/* The same on the database's writer thread, where http_wake() follows
 * (library_on_told()). */
void request_resume_told(struct request *rq);

/*
 * Finds a file for reading: from the hot cache, or (on a worker) from the
 * library. 0 with *out filled (a reference, hand it to request_deliver() or
 * hot_unref()), -1 with ERR_NOT_FOUND or another, HANDLE_LATER on the loop
 * when it takes a worker. What is damaged fails for who may read it
 * (request_may_read()), and is found by all others, who are to be refused.
 * While rq->looks the entry may have no content, and none is read for it.
 */
int request_find_id(struct request *rq, const struct id *id,
		    struct hot_entry **out, struct err *err) MUST_CHECK;
/* One of rq->account: another one's is not there, damaged or not. */
int request_find_own_id(struct request *rq, const struct id *id,
			struct hot_entry **out, struct err *err) MUST_CHECK;
/* By its path in rq->account. */
int request_find_path(struct request *rq, struct str path,
		      struct hot_entry **out, struct err *err) MUST_CHECK;

/* Gives the reference back when the request is done. */
void request_keep(struct request *rq, struct hot_entry *entry);

/* deliver() of the file's content; the bytes sent count for its account. Takes
 * over the reference to the entry. */
void request_deliver(struct request *rq, struct hot_entry *entry,
		     const struct delivery *how);
/* The same where the SDKs want a body of every refusal: `refuse` words what a
 * condition or a range has come to, too. */
void request_deliver_or_refuse(struct request *rq, struct hot_entry *entry,
			       const struct delivery *how,
			       void (*refuse)(struct request *rq, int status,
					      const char *code,
					      const char *message));
/* request_deliver() of another content made of it. */
void request_deliver_as(struct request *rq, struct hot_entry *entry,
			const struct content *content,
			const struct delivery *how);

/* How long caches may keep the file, in seconds: that long, and no longer than
 * it lives. */
int64_t request_cache_seconds(const struct file *file, int64_t most);

/* Whether the account has it guarded, whatever its own access: it delivers by
 * signed URLs only, or with policies, where the request or the file came in. */
bool request_is_guarded(const struct request *rq, const struct file *file);
/* What the file demands of who reads it: its access; the strictest while it is
 * a draft, or guarded. Whoever shows a file shows this. */
enum access request_access(const struct request *rq, const struct file *file);
/* Whether the request may read the file: what it has proved counts for the
 * account it has proved it for, and a policy of that account for what it says
 * (rq->calls). Every delivery asks this, and nothing else. */
bool request_may_read(struct request *rq, const struct file *file);
/* The same, and why not, in the words of a policy. ERR_FORBIDDEN. */
int request_check_read(struct request *rq, const struct file *file,
		       struct err *err) MUST_CHECK;
/* Who asks for what is the account's, a number: whoever has its secret key, or
 * the address. They take turns for what the account has (base/threads/turns.h).
 */
int64_t request_guest(const struct request *rq, int64_t account_id);

/*
 * "http://host" for URLs in answers: the public URL if one is set; else, when
 * the request came to one of the vendor's host names, `vendor_host` (the
 * vendor's delivery host; https, unless the Host names a port other than 443);
 * else the request's own Host, or what a trusted proxy says that it was.
 * Without any, "http://localhost". Who came over TLS gets https in any case.
 */
struct str request_base_url(struct request *rq, const char *vendor_host);

/* Replies with a JSON value and drops the reference to it. NULL, which is what
 * jansson makes of text that is not UTF-8 (json_str() mends it), is answered
 * with 500. */
void reply_json(struct request *rq, int status, const char *content_type,
		json_t *value);

#endif
