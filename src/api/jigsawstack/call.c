/* SPDX-License-Identifier: Apache-2.0 */
#include "api/jigsawstack/call.h"
#include "api/body_values.h"
#include "api/jigsawstack/call_text.h"
#include "api/jigsawstack/jigsawstack.h"
#include "api/own_url.h"
#include "api/paths.h"
#include "api/sources/remote.h"
#include "api/uploads/upload.h"
#include "base/encode.h"
#include "base/fd.h"
#include "http/syntax/head.h"
#include "json/form.h"
#include "store/store.h"

int jigsawstack_call_begin(struct request *rq, const struct call_kind *kind,
			   struct err *err)
{
	if (jigsawstack_api_key(rq, kind->api, err) != 0)
		return -1;
	struct intake_plan *plan =
		arena_zalloc(request_arena(rq), sizeof(*plan));
	plan->max_file = upload_limit(rq);
	plan->max_values = kind->max_text;
	/* in memory while the form comes, for as long as that takes */
	plan->max_field = MIN(kind->max_text, INTAKE_FIELDS_BYTES);
	plan->classify = jigsawstack_classify;
	return request_expect_body(rq, plan, err);
}

static json_t *read_list(struct call_texts *texts, const json_t *list)
{
	json_t *read = json_array(), *one;
	size_t i;
	json_array_foreach (list, i, one) {
		json_t *value = json_is_string(one)
					? call_text_value(texts, json_text(one))
					: json_incref(one);
		if (value)
			json_array_append_new(read, value);
	}
	return read;
}

static void add_texts(struct arena *scratch, json_t *pairs, json_t *options)
{
	struct call_texts texts = {.arena = scratch};
	const char *name;
	json_t *value;
	json_object_foreach (pairs, name, value) {
		json_t *read =
			json_is_string(value)
				? call_text_value(&texts, json_text(value))
			: json_is_array(value) ? read_list(&texts, value)
					       : json_incref(value);
		if (read)
			json_object_set_new(options, name, read);
	}
}

/* Nothing of it stays but what became options. */
static int add_query(struct request *rq, json_t *options, struct err *err)
{
	struct arena scratch;
	if (rq->x->head.query.n == 0)
		return 0;
	arena_init(&scratch);
	json_t *query = form_parse(&scratch, rq->x->head.query);
	int result = 0;
	if (query)
		add_texts(&scratch, query, options);
	else
		result = err_set(err, ERR_INVALID,
				 "The query is no list of names and values");
	arena_release(&scratch);
	return result;
}

static int add_fields(struct request *rq, json_t *options, struct err *err)
{
	struct arena scratch;
	arena_init(&scratch);
	json_t *fields = body_form(rq, &scratch, STR_NONE, SIZE_MAX);
	int result = 0;
	if (fields == NULL)
		result = err_set(err, ERR_INVALID,
				 "The names of the form contradict each other");
	json_object_del(fields, "body");
	add_texts(&scratch, fields, options);
	arena_release(&scratch);
	return result;
}

static void add_object(json_t *options, json_t *object)
{
	const char *name;
	json_t *value;
	json_object_foreach (object, name, value)
		if (!json_is_null(value))
			json_object_set(options, name, value);
}

/* Whether what is longer than options may be was to be options. */
static int check_long(const struct request *rq, size_t max, struct err *err)
{
	const struct store_sink *sink = rq->intake->file;
	char first = '\0';
	if (store_sink_bytes(sink).p)
		first = store_sink_bytes(sink).p[0];
	else if (fd_read(store_sink_fd(sink), &first, 1, 0) < 0)
		return err_set(err, ERR_INTERNAL,
			       "The request body cannot be read back.");
	return first == '{' ? err_set(err, ERR_TOO_LARGE,
				      "The options exceed the limit of %zu "
				      "bytes",
				      max)
			    : 0;
}

/* Whether it is a form that names the file. curl -d names this type for
 * whatever it sends, a file too. */
static bool take_pairs(const struct request *rq, const struct call_kind *kind,
		       struct str text, json_t *options)
{
	struct arena scratch;
	struct str type = http_media_type(rq->intake->file_type);
	if (!str_eq_nocase(type, STR("application/x-www-form-urlencoded")))
		return false;
	arena_init(&scratch);
	json_t *pairs = form_parse(&scratch, text);
	bool names = json_object_get(pairs, "url") ||
		     json_object_get(pairs, kind->key);
	if (names)
		add_texts(&scratch, pairs, options);
	arena_release(&scratch);
	return names;
}

/* A body of one piece: options, or the file. */
static int add_body(struct request *rq, const struct call_kind *kind,
		    json_t *options, struct call_file *file, struct err *err)
{
	size_t max = kind->max_text;
	struct str text;
	struct str type = http_media_type(rq->intake->file_type);
	if (rq->on_loop)
		return HANDLE_LATER;
	if (store_sink_size(rq->intake->file) == 0)
		return 0;
	int result = request_body(rq, max, &text, err);
	if (result != 0)
		return result;
	json_auto_t *object = json_parse(text, JSON_REJECT_DUPLICATES);
	if (json_is_empty_list(object)) /* PHP's object without members */
		return 0;
	if (json_is_object(object)) {
		add_object(options, object);
		return 0;
	}
	if (take_pairs(rq, kind, text, options))
		return 0;
	file->from = CALL_SENT;
	if (!str_eq_nocase(type, STR("application/json")))
		return 0;
	if (text.p == NULL)
		return check_long(rq, max, err);
	return str_is_utf8(text)
		       ? err_set(err, ERR_INVALID,
				 "The body is not a valid JSON object")
		       : 0;
}

static int add_form(struct request *rq, json_t *options, struct call_file *file,
		    struct err *err)
{
	json_auto_t *object = NULL;
	if (add_fields(rq, options, err) != 0 ||
	    jigsawstack_body_part(rq, &object, err) != 0)
		return -1;
	add_object(options, object);
	if (rq->intake->file)
		file->from = CALL_SENT;
	return 0;
}

/* 1, 0: there is none, -1. */
static int take_name(const json_t *options, const char *name, struct str *out,
		     struct err *err)
{
	const json_t *value = json_object_get(options, name);
	if (value == NULL)
		return 0;
	if (!json_is_string(value))
		return err_set(err, ERR_INVALID, "%s must be a string", name);
	*out = json_text(value);
	return out->n ? 1
		      : err_set(err, ERR_INVALID, "%s must not be empty", name);
}

static int choose_file(struct request *rq, const struct call_kind *kind,
		       const json_t *options, struct call_file *file,
		       struct err *err)
{
	struct str key, url;
	int has_key = take_name(options, kind->key, &key, err);
	int has_url = has_key < 0 ? -1 : take_name(options, "url", &url, err);
	if (has_url < 0)
		return -1;
	if (file->from == CALL_SENT && (has_key || has_url))
		return err_set(err, ERR_INVALID,
			       "A file was sent, so %s cannot be given",
			       has_key ? kind->key : "url");
	if (has_key && has_url)
		return err_set(err, ERR_INVALID,
			       "url and %s cannot both be given", kind->key);
	if (has_key || has_url)
		*file = (struct call_file){
			.from = has_key ? CALL_STORED : CALL_URL,
			.name = arena_str(request_arena(rq),
					  has_key ? key : url),
		};
	if (file->from == CALL_NO_FILE && kind->needs_file)
		return err_set(err, ERR_INVALID,
			       "One of url, %s and a file must be given",
			       kind->key);
	return 0;
}

/* However it is written and wherever it stands: it opens this server, and is
 * nothing that another one should be told. */
static void drop_keys(json_t *options)
{
	const char *name;
	json_t *value;
	void *next;
	json_object_foreach_safe(
		options, next, name,
		value) if (g_ascii_strcasecmp(name, "x-api-key") == 0)
		json_object_del(options, name);
}

int jigsawstack_call_read(struct request *rq, const struct call_kind *kind,
			  json_t **options, struct call_file *file,
			  struct err *err)
{
	json_auto_t *all = json_object();
	*file = (struct call_file){.from = CALL_NO_FILE};
	int result = add_query(rq, all, err);
	if (result == 0)
		result = rq->intake->form ? add_form(rq, all, file, err)
					  : add_body(rq, kind, all, file, err);
	drop_keys(all);
	if (result == 0)
		result = choose_file(rq, kind, all, file, err);
	if (result == 0)
		*options = json_incref(all);
	return result;
}

static int judge(struct request *rq, int found, struct hot_entry **out,
		 struct err *err)
{
	if (found < 0)
		return jigsawstack_not_found(err);
	if (found == 0 && jigsawstack_check_read(rq, &(*out)->file, err) < 0) {
		hot_unref(*out);
		return -1;
	}
	return found;
}

static int find_stored(struct request *rq, struct str key,
		       struct hot_entry **out, struct err *err)
{
	if (!path_valid(key)) {
		err->code = ERR_NOT_FOUND;
		return jigsawstack_not_found(err);
	}
	return judge(rq, request_find_path(rq, key, out, err), out, err);
}

/* What the link proves is about the file, and not about who asks. */
static int find_linked(struct request *rq, const struct jigsawstack_link *link,
		       struct hot_entry **out, struct err *err)
{
	enum proof proof = rq->proof;
	int found =
		judge(rq, jigsawstack_temp_find(rq, link, out, err), out, err);
	rq->proof = proof;
	return found;
}

/* The raw path of a URL of this API of this server. */
static bool is_own(const struct request *rq, const struct own_parts *parts,
		   struct str *path)
{
	*path = parts->path;
	if (!own_authority(rq, parts->authority))
		return false;
	own_take_prefix(rq, path);
	if (path_dialect(rq, path) != rq->dialect)
		return false;
	if (str_starts(*path, STR("/api/v1/")))
		*path = str_skip(*path, 4);
	return true;
}

static bool names_no_other(struct request *rq, struct str query)
{
	struct str text = form_get(request_arena(rq), query, STR("x-api-key"));
	const struct api_key *key =
		text.n ? keyring_find(rq->keyring, text) : NULL;
	return text.p == NULL || (key && key->account == rq->account);
}

/* *out stays NULL when it is somebody else's. */
static int find_own_url(struct request *rq, struct str url,
			struct hot_entry **out, struct err *err)
{
	struct str read = STR(JIGSAWSTACK_READ_PREFIX);
	struct str temp = STR(JIGSAWSTACK_TEMP_PREFIX);
	struct arena *arena = request_arena(rq);
	struct own_parts parts;
	struct str path;
	if (!own_split(url, &parts) || !is_own(rq, &parts, &path))
		return 0;
	if (str_starts(path, read) && names_no_other(rq, parts.query))
		return find_stored(
			rq, percent_decode(arena, str_skip(path, read.n)), out,
			err);
	struct jigsawstack_link link = {.query = parts.query};
	if (str_starts(path, temp)) {
		path = str_skip(path, temp.n);
		link.token = percent_decode(arena, str_split(&path, '/'));
		link.key = percent_decode(arena, path);
	}
	return jigsawstack_temp_is_own(rq, &link)
		       ? find_linked(rq, &link, out, err)
		       : 0;
}

int jigsawstack_call_find_here(struct request *rq, const struct call_file *file,
			       struct hot_entry **out, struct err *err)
{
	*out = NULL;
	switch (file->from) {
	case CALL_STORED:
		return find_stored(rq, file->name, out, err);
	case CALL_URL:
		return find_own_url(rq, file->name, out, err);
	case CALL_NO_FILE:
	case CALL_SENT:
		break;
	}
	return 0;
}

/* What this server has itself it does not fetch: it may not even be able to, as
 * its own address is one that imports may not reach. */
int jigsawstack_call_find(struct request *rq, const struct call_file *file,
			  struct hot_entry **out, struct err *err)
{
	const struct fetch_source source = {.url = file->name};
	int found = jigsawstack_call_find_here(rq, file, out, err);
	if (found != 0 || *out || file->from != CALL_URL)
		return found;
	return request_find_remote(rq, &source, out, err);
}
