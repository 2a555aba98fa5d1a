/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the Filestack dialect: what its rooms share, and the store call. The
 * table of routes stands above all rooms, and is a room itself.
 * Wire facts: docs/dialects/filestack.md.
 */
#ifndef API_FILESTACK_FILESTACK_H
#define API_FILESTACK_FILESTACK_H

#include "api/uploads/upload.h"

/* auth.c: the API key (a public key) or HTTP Basic "app:SECRET". Sets
 * rq->account and rq->proof; ERR_FORBIDDEN otherwise. */
int filestack_app(struct request *rq, struct str api_key,
		  struct err *err) MUST_CHECK;
/* Of a call that names none, but files, all of that account (0: of none, -1: of
 * several), and has a policy, whose signature proves which one it is and
 * nothing more, or needs none (filestack_keyless). Sets rq->account.
 * ERR_FORBIDDEN otherwise. */
int filestack_app_of(struct request *rq, int64_t owner,
		     struct err *err) MUST_CHECK;
/* The same as filestack_app() of calls whose answer, in the vendor's words, is
 * that an application which is not known is not there: then ERR_NOT_FOUND. */
int filestack_known_app(struct request *rq, struct str api_key,
			struct err *err) MUST_CHECK;
/* The application that a key names, for reading: sets rq->account, and proves
 * nothing. STR_NONE names none. ERR_FORBIDDEN. */
int filestack_name_app(struct request *rq, struct str api_key,
		       struct err *err) MUST_CHECK;
/* The application's key that a text is, NULL when it is none. */
const struct api_key *filestack_key(const struct request *rq, struct str text);
/* Whether the application, which is named by this key, may have the server read
 * that URL, and do rq->calls to it. ERR_FORBIDDEN; ERR_INVALID: it is none. */
int filestack_may_fetch(struct request *rq, struct str api_key, struct str url,
			struct err *err) MUST_CHECK;
/* What reads take no key from, and yet may not have: a secret as `key`, as logs
 * keep queries. ERR_FORBIDDEN. */
int filestack_check_query(struct request *rq, struct str query,
			  struct err *err) MUST_CHECK;
/* Basic credentials only; absent ones prove nothing and are fine. */
int filestack_basic(struct request *rq, struct err *err) MUST_CHECK;

/* What the storing calls can be told, wherever they are told it. */
struct filestack_options {
	struct str filename, mimetype, path, container;
	struct str provider;      /* as spelled by the client */
	bool raw;                 /* a body that says nothing of itself */
	const struct id *made_of; /* as filestack_allow_store() takes it */
	enum access access;       /* of what is made of files: theirs */
	struct str made_by; /* the chain that made it; STR_NONE: nothing did */
	/* Answers; NULL: with filestack_stored_shape(). */
	upload_reply *reply;
	unsigned calls; /* POLICY_*, of which it needs one; 0: STORE */
	int64_t upload; /* in parts, that it completes; 0: none */
};
/* allow.c: whether the request may make one of these calls (POLICY_*) for the
 * application, or on a file (NULL: on none; rq->account is set): by Basic
 * credentials; by a policy, whose other limits then hold (rq->under); or
 * without either where the application has no security and one of the calls is
 * none of WRITE, WRITE_URL, REMOVE, EXIF. Reading is asked for by
 * filestack_found(), with rq->calls. ERR_FORBIDDEN. */
int filestack_allow(struct request *rq, unsigned any_of,
		    const struct file *file, struct err *err) MUST_CHECK;
/* The same of a file, where it takes credentials in any case. */
int filestack_allow_in_any_case(struct request *rq, unsigned any_of,
				const struct file *file,
				struct err *err) MUST_CHECK;
/* The same of STORE, of what was made of the file of that id: a policy for that
 * one will do. NULL: of none, or of several. Where neither a key nor the secret
 * has named the application it takes a policy in any case, but for
 * filestack_keyless. */
int filestack_allow_store(struct request *rq, const struct id *made_of,
			  struct err *err) MUST_CHECK;
/* Whether it may be stored there, with that size, under what was allowed last:
 * the policy's path, container, minSize and maxSize. ERR_FORBIDDEN. */
int filestack_allow_place(struct request *rq,
			  const struct filestack_options *options,
			  uint64_t size, struct err *err) MUST_CHECK;
/* Whether a URL may be fetched, likewise: the policy's `url`. ERR_FORBIDDEN;
 * ERR_INVALID: it is none. */
int filestack_allow_url(struct request *rq, struct str url,
			struct err *err) MUST_CHECK;
/* Whether rq->calls may be made on what is at a URL. As
 * filestack_allow_url(). */
int filestack_allow_source(struct request *rq, struct str url,
			   struct err *err) MUST_CHECK;

/* store.c: type and name that came with the file stand for those that the
 * options leave open; a mimetype that says nothing does. */
void filestack_options_complete(struct filestack_options *options,
				struct str type, struct str name);

/* store.c: what the vendor calls it, whose clients write it in any case;
 * STR_NONE: it is none. */
struct str filestack_provider(struct str said);
/* store.c: where none is named it is S3; Dropbox has no containers. */
void filestack_options_provider(struct filestack_options *options);

/* store.c: POST /api/store[/{provider}]. None (an empty name) is fine. */
int filestack_known_provider(struct str name, struct err *err) MUST_CHECK;
int filestack_store_begin(struct request *rq, struct err *err);
int filestack_store(struct request *rq, struct err *err);
/* Whether it may be stored so, with that size: asked when all is there, as a
 * body can take longer to come than its policy, or the key that has signed it,
 * is good for. ERR_FORBIDDEN, or as request_recheck_key(). */
int filestack_may_store(struct request *rq,
			const struct filestack_options *options, uint64_t size,
			struct err *err) MUST_CHECK;
/* What the options say of the file, but for its type. ERR_INVALID: there can be
 * no such file. */
int filestack_describe(struct request *rq,
		       const struct filestack_options *options,
		       struct file_put *put, struct err *err) MUST_CHECK;
/* Stores rq->intake->file and answers; a handler's last step. The options are
 * complete. */
int filestack_store_file(struct request *rq,
			 const struct filestack_options *options,
			 struct err *err) MUST_CHECK;

/* command.c: begin and body of a call whose body is a JSON object. 0,
 * HANDLE_LATER, or -1: ERR_INVALID, also for a key that is there twice, in any
 * case; the value is the request's. */
int filestack_command_begin(struct request *rq, struct err *err);
int filestack_command(struct request *rq, json_t **out,
		      struct err *err) MUST_CHECK;

/* cloud.c: what pickers ask: POST and GET /prefetch, POST /auth/logout, and all
 * that is about clouds. */
int filestack_prefetch(struct request *rq, struct err *err);
int filestack_prefetch_get(struct request *rq, struct err *err);
int filestack_logout(struct request *rq, struct err *err);
int filestack_logout_get(struct request *rq, struct err *err);
int filestack_no_cloud(struct request *rq, struct err *err);

/* modify.c: POST and PUT /api/file/{handle} */
int filestack_overwrite_begin(struct request *rq, struct err *err);
int filestack_overwrite(struct request *rq, struct err *err);
/* DELETE /api/file/{handle}, POST /api/file/{handle}/remove */
int filestack_remove_begin(struct request *rq, struct err *err);
int filestack_remove(struct request *rq, struct err *err);

/* find.c: a handle, perhaps with a "+png" behind it that means nothing. */
bool filestack_handle(struct str segment, struct id *out);
/* What request_find_*() has returned, in the vendor's words; a file that the
 * request may not read is refused. 0, with the caller's reference in *entry;
 * else that is NULL: HANDLE_LATER, HANDLE_PENDING, or -1: ERR_NOT_FOUND,
 * ERR_FORBIDDEN, or what the look-up said. */
int filestack_found(struct request *rq, int result, struct hot_entry **entry,
		    struct err *err) MUST_CHECK;
int filestack_not_found(struct err *err);

/* send.c: how a file of that name goes out; the query: `dl`. */
struct delivery filestack_delivery(struct request *rq, const struct file *file,
				   struct str query, const char *cache_control);
/* Sends a file that the request may read, and takes over the reference. The
 * query: `dl`, `base64encode` and, without a cache_control, `cache`. */
void filestack_send_file(struct request *rq, struct hot_entry *entry,
			 struct str query, const char *cache_control);
/* The same; of the query `base64encode` alone. */
void filestack_send_as(struct request *rq, struct hot_entry *entry,
		       struct str query, const struct delivery *how);

/* shapes.c */
int filestack_status(enum err_code code);
void filestack_error(struct request *rq, const struct err *err);
void filestack_finish(struct request *rq);
/* Of json_open(): more can be added before it is replied with, which closes it.
 */
GString *filestack_stored_shape(struct request *rq, const struct file *file);
void filestack_reply_stored(struct request *rq, GString *shape);
/* What a client sends as `upload_tags` and gets back: an object. Lists and
 * null, which SDKs send in place of none, are none (NULL). ERR_INVALID: it is
 * longer than FILESTACK_TAGS_MAX. The value is borrowed. */
#define FILESTACK_TAGS_MAX (8u * 1024) /* bytes as JSON */
int filestack_take_tags(json_t *value, json_t **out,
			struct err *err) MUST_CHECK;

#endif
