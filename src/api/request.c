/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The helpers that handlers of all dialects share.
 */
#include "api/request.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/log/log.h"
#include "base/fd.h"
#include "library/library.h"
#include "library/accounts/usage.h"
#include "store/store.h"

#include <glib.h>
#include <stdlib.h>

struct str request_header(const struct request *rq, const char *name)
{
	return http_head_get(&rq->x->head, str_of(name));
}

struct str request_header_list(struct request *rq, const char *name)
{
	const struct http_head *head = &rq->x->head;
	struct buf all;
	buf_init(&all, request_arena(rq), HTTP_HEAD_MAX);
	for (size_t i = 0; i < head->n_headers; i++) {
		if (!str_eq_nocase(head->headers[i].name, str_of(name)))
			continue;
		if (all.n)
			buf_add(&all, STR(", "));
		buf_add(&all, head->headers[i].value);
	}
	return all.n ? buf_str(&all) : STR_NONE;
}

struct str request_query(struct request *rq, const char *name)
{
	return form_get(request_arena(rq), rq->x->head.query, str_of(name));
}

struct str request_param(struct request *rq, unsigned index)
{
	g_assert(index < ROUTE_PARAMS_MAX);
	return percent_decode(request_arena(rq), rq->param[index]);
}

/* "user:password" of the Authorization header, STR_NONE without. */
static struct str basic_pair(struct request *rq)
{
	struct str value = request_header(rq, "Authorization");
	if (!str_starts_nocase(value, STR("Basic ")))
		return STR_NONE;
	value = str_trim(str_skip(value, sizeof("Basic ") - 1));
	return base64_decode(request_arena(rq), value);
}

struct str request_basic_user(struct request *rq)
{
	struct str pair = basic_pair(rq);
	ptrdiff_t colon = str_find(pair, ':');
	if (colon >= 0)
		pair.n = (size_t)colon;
	return pair;
}

struct str request_basic_password(struct request *rq)
{
	struct str pair = basic_pair(rq);
	ptrdiff_t colon = str_find(pair, ':');
	return colon < 0 ? STR_NONE : str_skip(pair, (size_t)colon + 1);
}

struct str request_bearer(struct request *rq)
{
	struct str value = request_header(rq, "Authorization");
	if (!str_starts(value, STR("Bearer ")))
		return STR_NONE;
	return str_skip(value, sizeof("Bearer ") - 1);
}

const struct api_key *request_use_key(struct request *rq, struct str text)
{
	if (text.n == 0)
		return NULL;
	/* asked again once the body is there: the same needs no second hash */
	bool again = rq->key && secret_eq(str_of(rq->key->text), text);
	const struct api_key *key =
		again ? rq->key : keyring_find(rq->keyring, text);
	if (key == NULL)
		return NULL;
	usage_key_used(rq->services->library, key->id);
	rq->key = key;
	rq->account = key->account;
	rq->proof =
		key->kind == KEY_SECRET ? PROOF_SECRET_KEY : PROOF_PUBLIC_KEY;
	return key;
}

bool request_rate(struct request *rq, int64_t subject, struct rate_limit limit)
{
	if (limit.requests == 0)
		return true;
	rq->rate = ratelimit_take(rq->services->ratelimit, subject, limit,
				  now_ms());
	return rq->rate.allowed;
}

static void drop_keyring(void *arg)
{
	keyring_unref(arg);
}

int request_recheck_key(struct request *rq, struct err *err)
{
	struct keyring *now = library_keyring(rq->services->library);
	if (now == rq->keyring) {
		keyring_unref(now);
		return 0;
	}
	/* names of the old one may be in use until the request ends */
	arena_defer(request_arena(rq), drop_keyring, rq->keyring);
	rq->keyring = now;
	const struct account *account = rq->account;
	if (account)
		account = keyring_account_by_id(now, account->id);
	const struct api_key *key = rq->key;
	if (key)
		key = keyring_find(now, str_of(key->text));
	if (key == NULL && rq->key)
		return err_set(err, ERR_UNAUTHORIZED,
			       "The API key has been revoked");
	rq->key = key;
	rq->account = key ? key->account : account;
	return 0;
}

int request_expect_part(struct request *rq, const struct intake_plan *plan,
			struct store_part *part, struct err *err)
{
	g_assert(rq->intake == NULL);
	rq->plan = plan;
	const struct intake_body body = {
		.arena = request_arena(rq),
		.store = library_store(rq->services->library),
		.plan = plan,
		.content_type = request_header(rq, "Content-Type"),
		.content_encoding = request_header_list(rq, "Content-Encoding"),
		.length = rq->x->head.content_length,
		.part = part,
	};
	return intake_new(&rq->intake, &body, err);
}

int request_expect_body(struct request *rq, const struct intake_plan *plan,
			struct err *err)
{
	return request_expect_part(rq, plan, NULL, err);
}

int request_body(struct request *rq, size_t max, struct str *out,
		 struct err *err)
{
	struct store_sink *sink = rq->intake->file;
	*out = STR_NONE;
	if (rq->intake->form || store_sink_size(sink) > max)
		return 0;
	*out = store_sink_bytes(sink);
	if (out->p)
		return 0;
	if (rq->on_loop)
		return HANDLE_LATER;
	size_t n = (size_t)store_sink_size(sink);
	char *bytes = arena_alloc(request_arena(rq), n);
	if (fd_read(store_sink_fd(sink), bytes, n, 0) != (ssize_t)n)
		return err_set(err, ERR_INTERNAL,
			       "The request body cannot be read back.");
	*out = (struct str){bytes, n};
	return 0;
}

void request_resume(struct request *rq)
{
	http_resume(rq->x);
}

void request_resume_told(struct request *rq)
{
	http_resume_soon(rq->x);
}

int64_t request_cache_seconds(const struct file *file, int64_t most)
{
	int64_t left_ms = file->expires_ms - now_ms();
	if (file->expires_ms == 0)
		return most;
	return MIN(most, MAX(left_ms, 0) / 1000);
}

bool request_is_guarded(const struct request *rq, const struct file *file)
{
	bool own = rq->account && rq->account->id == file->account_id;
	const struct account *owner =
		own ? rq->account
		    : keyring_account_by_id(rq->keyring, file->account_id);
	bool comes_here = rq->dialect->kind == DIALECT_FILESTACK ||
			  file->origin == ORIGIN_FILESTACK;
	return owner == NULL || owner->limits.restrict_unsigned ||
	       (comes_here && owner->limits.filestack_security);
}

enum access request_access(const struct request *rq, const struct file *file)
{
	return request_is_guarded(rq, file) || file->draft ? ACCESS_PRIVATE
							   : file->access;
}

int request_check_read(struct request *rq, const struct file *file,
		       struct err *err)
{
	bool own = rq->account && rq->account->id == file->account_id;
	unsigned calls = rq->calls ? rq->calls : POLICY_READ;
	const struct policy *policy;
	if (access_allows_read(request_access(rq, file),
			       own ? rq->proof : PROOF_NONE))
		return 0;
	if (request_policy(rq, file->account_id, &policy, err) < 0)
		return -1;
	return policy_allows(policy, calls, &file->id, err);
}

bool request_may_read(struct request *rq, const struct file *file)
{
	struct err ignored;
	return request_check_read(rq, file, &ignored) == 0;
}

int64_t request_guest(const struct request *rq, int64_t account_id)
{
	bool own = rq->account && rq->account->id == account_id;
	return own && rq->proof == PROOF_SECRET_KEY ? 0 : http_network(rq->x);
}

static int no_such_file(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND,
		       "The requested file does not exist.");
}

/* Why a content is lost is for who may read it; all others are refused as if
 * it were there. */
static int take_found(struct request *rq, int found, struct hot_entry **out,
		      struct err *err)
{
	if (found <= 0)
		return found == 0 ? no_such_file(err) : -1;
	const struct err *lost = (*out)->lost;
	if (lost == NULL || !request_may_read(rq, &(*out)->file))
		return 0;
	*err = *lost;
	hot_unref(*out);
	return -1;
}

int request_find_id(struct request *rq, const struct id *id,
		    struct hot_entry **out, struct err *err)
{
	struct hot *hot = rq->services->hot;
	if (rq->on_loop) {
		*out = hot_find_id(hot, id);
		return *out ? 0 : HANDLE_LATER;
	}
	int found = rq->looks ? hot_look_id(hot, id, out, err)
			      : hot_load_id(hot, id, out, err);
	return take_found(rq, found, out, err);
}

int request_find_own_id(struct request *rq, const struct id *id,
			struct hot_entry **out, struct err *err)
{
	int result = request_find_id(rq, id, out, err);
	struct file row;
	struct err ignored;
	if (result == 0 && (*out)->file.account_id != rq->account->id) {
		hot_unref(*out);
		return no_such_file(err);
	}
	if (result < 0 && err->code == ERR_CORRUPT &&
	    file_by_id(request_view(rq), id, &row, &ignored) == 0)
		return no_such_file(err);
	return result;
}

int request_find_path(struct request *rq, struct str path,
		      struct hot_entry **out, struct err *err)
{
	struct hot *hot = rq->services->hot;
	int64_t account_id = rq->account->id;
	if (rq->on_loop) {
		*out = hot_find_path(hot, account_id, path);
		return *out ? 0 : HANDLE_LATER;
	}
	int found = rq->looks ? hot_look_path(hot, account_id, path, out, err)
			      : hot_load_path(hot, account_id, path, out, err);
	return take_found(rq, found, out, err);
}

static void release_entry(void *entry)
{
	hot_unref(entry);
}

void request_keep(struct request *rq, struct hot_entry *entry)
{
	arena_defer(request_arena(rq), release_entry, entry);
}

void request_deliver_as(struct request *rq, struct hot_entry *entry,
			const struct content *content,
			const struct delivery *how)
{
	request_keep(rq, entry);
	/* what opens it was only found out of the file itself */
	if (entry->lost) {
		rq->dialect->error(rq, entry->lost);
		return;
	}
	rq->bandwidth_account = entry->file.account_id;
	deliver(rq->x, content, how);
}

void request_deliver(struct request *rq, struct hot_entry *entry,
		     const struct delivery *how)
{
	request_deliver_as(rq, entry, &entry->content, how);
}

void request_deliver_or_refuse(struct request *rq, struct hot_entry *entry,
			       const struct delivery *how,
			       void (*refuse)(struct request *rq, int status,
					      const char *code,
					      const char *message))
{
	request_deliver(rq, entry, how);
	int status = rq->x->response.status;
	if (status == 412)
		refuse(rq, status, "precondition_failed",
		       "The file is not the one that was asked for");
	else if (status == 416)
		refuse(rq, status, "range_not_satisfiable",
		       "The file has no such range");
}

/* ":8080", or "" without a port. An IPv6 address has its colons in brackets. */
static struct str port_of(struct str authority)
{
	ptrdiff_t colon = str_rfind(authority, ':');
	if (colon < 0 || str_rfind(authority, ']') > colon)
		return STR("");
	return str_skip(authority, (size_t)colon);
}

struct str request_base_url(struct request *rq, const char *vendor_host)
{
	struct str authority = rq->x->head.authority;
	bool is_https = rq->x->is_https;
	if (rq->services->public_url.p)
		return rq->services->public_url;
	if (rq->vendor_host) {
		/* without a port it came through something that ends TLS: the
		 * vendors' names are not reached in another way */
		struct str port = port_of(authority);
		bool usual = port.n == 0 || str_eq(port, STR(":443"));
		return arena_printf(request_arena(rq), "%s://%s%.*s",
				    usual || is_https ? "https" : "http",
				    vendor_host, usual ? 0 : (int)port.n,
				    port.p);
	}
	if (authority.n == 0)
		return is_https ? STR("https://localhost")
				: STR("http://localhost");
	return arena_join(request_arena(rq),
			  is_https ? STR("https://") : STR("http://"),
			  authority);
}

void reply_json(struct request *rq, int status, const char *content_type,
		json_t *value)
{
	struct str text = json_write(request_arena(rq), value);
	json_decref(value);
	if (text.p == NULL) {
		log_error("request %s: the answer cannot be encoded", rq->id);
		http_reply(rq->x, 500, content_type, STR("{}"));
		return;
	}
	http_reply(rq->x, status, content_type, text);
}
