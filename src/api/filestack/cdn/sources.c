/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files a chain is about: by handle, by a path in the application's
 * account, or by a URL. Each is asked for by itself, as if it were downloaded.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/cdn/own.h"
#include "api/filestack/filestack.h"
#include "api/sources/remote.h"
#include "base/id.h"
#include "ingest/fetch_fields.h"

/* The vendor's limit of a source. */
#define SOURCE_MAX (256u * 1024 * 1024)

static int find_handle(struct request *rq, struct str text,
		       struct hot_entry **out, struct err *err)
{
	struct id id;
	return id_from_handle(text, &id) ? request_find_id(rq, &id, out, err)
					 : filestack_not_found(err);
}

/* A storage alias is a folder of the account. */
static int find_alias(struct request *rq, struct str path,
		      struct hot_entry **out, struct err *err)
{
	if (rq->account == NULL)
		return err_set(err, ERR_FORBIDDEN,
			       "Sources by alias require an API key");
	return path_valid(path) ? request_find_path(rq, path, out, err)
				: filestack_not_found(err);
}

int cdn_fetch_source(struct request *rq, const struct chain_source *source,
		     struct fetch_source *out, struct err *err)
{
	struct fetch_fields fields;
	const char *name;
	json_t *value;
	fetch_fields_init(&fields, request_arena(rq));
	json_object_foreach (source->headers, name, value) {
		if (!json_is_string(value))
			return err_set(err, ERR_INVALID,
				       "The headers of a source are texts");
		if (fetch_fields_add(&fields, str_of(name), json_text(value),
				     err) < 0)
			return -1;
	}
	*out = (struct fetch_source){source->text, fetch_fields_text(&fields)};
	return 0;
}

static int find_url(struct request *rq, const struct chain_source *source,
		    struct hot_entry **out, struct err *err)
{
	struct cdn_wish *wish = cdn_wish_of(rq);
	struct fetch_source from;
	rq->calls = wish->calls;
	if (filestack_may_fetch(rq, wish->chain.key, source->text, err) < 0 ||
	    cdn_fetch_source(rq, source, &from, err) < 0)
		return -1;
	wish->is_personal |= from.fields.p != NULL;
	return request_find_remote(rq, &from, out, err);
}

int cdn_look(struct request *rq, const struct chain_source *source,
	     struct hot_entry **out, struct err *err)
{
	switch (source->kind) {
	case CHAIN_HANDLE:
		return find_handle(rq, source->text, out, err);
	case CHAIN_ALIAS:
		return find_alias(rq, source->text, out, err);
	case CHAIN_URL:
		break;
	}
	return find_url(rq, source, out, err);
}

static void note_found(const struct request *rq, struct cdn_wish *wish,
		       const struct file *file)
{
	enum access row = file->draft ? ACCESS_PRIVATE : file->access;
	bool is_other = wish->owner && wish->owner != file->account_id;
	wish->owner = is_other ? -1 : file->account_id;
	wish->row_access = MAX(wish->row_access, row);
	wish->access = MAX(wish->access, request_access(rq, file));
}

/* Paths can be guessed, as handles cannot: what may not be read is as if it
 * were not there. */
int cdn_judge(struct request *rq, const struct chain_source *source, int result,
	      struct hot_entry **entry, struct err *err)
{
	struct cdn_wish *wish = cdn_wish_of(rq);
	bool is_found = result == 0;
	rq->calls = wish->calls;
	result = filestack_found(rq, result, entry, err);
	if (result < 0 && is_found && source->kind == CHAIN_ALIAS)
		return filestack_not_found(err);
	if (result != 0)
		return result;
	if ((*entry)->lost) {
		*err = *(*entry)->lost;
		hot_unref(*entry);
		*entry = NULL;
		return -1;
	}
	note_found(rq, wish, &(*entry)->file);
	return 0;
}

int cdn_find_source(struct request *rq, const struct chain_source *source,
		    struct hot_entry **out, struct err *err)
{
	return cdn_judge(rq, source, cdn_look(rq, source, out, err), out, err);
}

/* Layers. */

/* A layer is named as a source is, own URLs and all. */
static int read_named(struct request *rq, struct str text,
		      struct chain_source *out, struct err *err)
{
	struct chain inner;
	const struct chain_reading reading = cdn_reading(
		rq, arena_join(request_arena(rq), STR("/"), text), STR_NONE);
	*out = (struct chain_source){.kind = CHAIN_HANDLE, .text = text};
	if (text.n == ID_HANDLE_LEN)
		return 0;
	if (chain_read(&reading, request_arena(rq), &inner, err) < 0)
		return -1;
	if (inner.n_tasks || inner.n_sources != 1)
		return filestack_not_found(err);
	*out = *inner.sources;
	return 0;
}

static int find_layer(struct request *rq, void *user, struct str path,
		      struct hot_entry **out, struct err *err)
{
	struct chain_source source;
	(void)user;
	int result = read_named(rq, path, &source, err);
	if (result == 0)
		result = cdn_find_source(rq, &source, out, err);
	if (result != 0)
		return result;
	if (cdn_check_source(&(*out)->file, err) == 0)
		return 0;
	hot_unref(*out);
	return -1;
}

int cdn_find_layers(struct request *rq, struct layers *layers, struct err *err)
{
	layers->find = find_layer;
	return request_find_layers(rq, &cdn_wish_of(rq)->wanted.plan, layers,
				   err);
}

static int look_at_layer(struct request *rq, struct str named, struct err *err)
{
	struct chain_source source;
	struct hot_entry *entry;
	int result = read_named(rq, named, &source, err);
	if (result != 0 || chain_is_remote(&source))
		return result;
	bool before = rq->looks;
	rq->looks = true;
	result = find_layer(rq, NULL, named, &entry, err);
	rq->looks = before;
	if (result == 0)
		hot_unref(entry);
	return result;
}

int cdn_check_layers(struct request *rq, struct err *err)
{
	const struct cdn_wanted *wanted = &cdn_wish_of(rq)->wanted;
	struct str named[IMAGE_PLAN_INPUTS_MAX];
	unsigned n = wanted->has_picture
			     ? image_plan_inputs(&wanted->plan, named)
			     : 0;
	int result = 0;
	for (unsigned i = 0; i < n && result == 0; i++)
		result = look_at_layer(rq, named[i], err);
	return result;
}

int cdn_check_source(const struct file *file, struct err *err)
{
	return request_check_source(file, SOURCE_MAX, err);
}

/* URLs. */

static int fetch_one(struct request *rq, const struct chain_source *source,
		     struct err *err)
{
	struct hot_entry *entry;
	if (!chain_is_remote(source))
		return 0;
	int result = find_url(rq, source, &entry, err);
	if (result == 0)
		hot_unref(entry);
	return result;
}

/* Layers too, which plans name. */
static int fetch_layers(struct request *rq, const struct image_plan *plan,
			struct err *err)
{
	struct str named[IMAGE_PLAN_INPUTS_MAX];
	struct chain_source layer;
	unsigned n = image_plan_inputs(plan, named);
	for (unsigned i = 0; i < n; i++) {
		int result = read_named(rq, named[i], &layer, err);
		if (result == 0)
			result = fetch_one(rq, &layer, err);
		if (result != 0)
			return result;
	}
	return 0;
}

/* After HANDLE_PENDING the wish may be gone, as all of the request's. */
int cdn_fetch(struct request *rq, struct err *err)
{
	const struct cdn_wish *wish = cdn_wish_of(rq);
	for (const struct chain_source *source = wish->chain.sources; source;
	     source = source->next) {
		int result = fetch_one(rq, source, err);
		if (result != 0)
			return result;
	}
	return wish->wanted.has_picture
		       ? fetch_layers(rq, &wish->wanted.plan, err)
		       : 0;
}
