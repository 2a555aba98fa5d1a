/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the JigsawStack dialect: handlers by room, and the answers' shapes.
 * Wire facts: docs/dialects/jigsawstack.md.
 */
#ifndef API_JIGSAWSTACK_JIGSAWSTACK_H
#define API_JIGSAWSTACK_JIGSAWSTACK_H

#include "api/request.h"

#define JIGSAWSTACK_READ_PREFIX "/v1/store/file/read/"
#define JIGSAWSTACK_TEMP_PREFIX "/v1/store/temp/"

/* auth.c: who asks. 0, or -1 with ERR_UNAUTHORIZED, ERR_FORBIDDEN (a public key
 * on a foreign domain, or without the API) or ERR_RATE. Any key of the account
 * / one that may call the API / one that may store and delete. */
int jigsawstack_any_key(struct request *rq, struct err *err) MUST_CHECK;
int jigsawstack_api_key(struct request *rq, const char *api,
			struct err *err) MUST_CHECK;
int jigsawstack_store_key(struct request *rq, struct err *err) MUST_CHECK;
/* The host of an Origin or Referer, without user and port; STR_NONE when there
 * is none. */
struct str jigsawstack_url_host(struct str url);
/* Exactly one of the domains, or below one that is spelled "*.example.com". */
bool jigsawstack_host_allowed(const char *const *domains, struct str host);

/* options.c: what an upload asks for. */
struct jigsawstack_options {
	struct request *rq;
	json_t *body; /* of the part of that name; NULL without */
};
/* The JSON object of the part `body`, a new reference; NULL without, and for
 * what stands for none. ERR_INVALID. */
int jigsawstack_body_part(const struct request *rq, json_t **out,
			  struct err *err) MUST_CHECK;
int jigsawstack_options_read(struct jigsawstack_options *out,
			     struct request *rq, struct err *err) MUST_CHECK;
/* name, else its older spelling (may be NULL), at the first place that has
 * either; STR_NONE when none does. */
struct str jigsawstack_option(const struct jigsawstack_options *options,
			      const char *name, const char *older);
bool jigsawstack_option_is_true(const struct jigsawstack_options *options,
				const char *name);

/* store.c */
/* What a part of a form is: the file is the part of that name, else the first
 * that has a file name. */
enum part_use jigsawstack_classify(const struct multipart_part *part,
				   bool have_file);
int jigsawstack_upload_begin(struct request *rq, struct err *err);
int jigsawstack_upload(struct request *rq, struct err *err);
int jigsawstack_delete(struct request *rq, struct err *err);

/* delivery.c */
int jigsawstack_read(struct request *rq, struct err *err);
/* Whether the request may read it: ERR_FORBIDDEN. */
int jigsawstack_check_read(struct request *rq, const struct file *file,
			   struct err *err) MUST_CHECK;
/* Checks access, then sends; takes over the reference. */
int jigsawstack_deliver(struct request *rq, struct hot_entry *entry,
			struct err *err) MUST_CHECK;
/* -1; ERR_NOT_FOUND is worded as everywhere else. */
int jigsawstack_not_found(struct err *err) MUST_CHECK;

/* temp.c */
struct jigsawstack_link {
	struct str token, key; /* decoded */
	struct str query;      /* raw */
};
/* Whether it is about a file of rq->account. */
bool jigsawstack_temp_is_own(const struct request *rq,
			     const struct jigsawstack_link *link);
/* The file that it opens, which is rq->account's from then on; rq->proof is its
 * signature. As request_find_path(); ERR_FORBIDDEN. */
int jigsawstack_temp_find(struct request *rq,
			  const struct jigsawstack_link *link,
			  struct hot_entry **out, struct err *err) MUST_CHECK;
int jigsawstack_temp_read(struct request *rq, struct err *err);
/* A link that opens this file of rq->account without a key, so long;
 * STR_NONE when the account has no secret key to sign it with. */
struct str jigsawstack_temp_url(struct request *rq, const struct file *file,
				unsigned ms);

/* forward.c: calls that another server does. */
int jigsawstack_other_begin(struct request *rq, struct err *err);
int jigsawstack_other(struct request *rq, struct err *err);

/* shapes.c */
void jigsawstack_error(struct request *rq, const struct err *err);
void jigsawstack_finish(struct request *rq);
/* An error that has no code of its own. */
void jigsawstack_refusal(struct request *rq, int status, const char *error,
			 const char *message);
/* {"success": true, "log_id": ...}; the caller adds to it. */
json_t *jigsawstack_success(struct request *rq);

#endif
