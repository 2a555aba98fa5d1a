/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JigsawStack's file store: upload in all five encodings that its SDKs and
 * pages have used, read, delete. Keys are the library's paths.
 */
#include "api/jigsawstack/jigsawstack.h"
#include "api/upload.h"
#include "base/encode.h"
#include "store/store.h"

/* Where options may stand, in order of precedence: the JSON of the `body`
 * part, form fields, the query. */
struct options {
	struct request *rq;
	json_t *body; /* NULL without */
};

static void drop_json(void *arg)
{
	json_decref(arg);
}

static int options_read(struct request *rq, struct options *out,
			struct err *err)
{
	struct str body = intake_get(rq->intake, STR("body"));
	json_error_t why;
	*out = (struct options){.rq = rq};
	/* SDKs send the text "undefined" when called without options. */
	if (body.n == 0 || str_eq(body, STR("undefined")))
		return 0;
	json_t *value = json_loadb(
		body.p, body.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (value == NULL)
		return err_set(err, ERR_INVALID, "body is not valid JSON");
	arena_defer(request_arena(rq), drop_json, value);
	if (json_is_null(value))
		return 0;
	if (!json_is_object(value))
		return err_set(err, ERR_INVALID, "body must be a JSON object");
	out->body = value;
	return 0;
}

/* Texts that SDKs send for "not set". */
static bool is_unset(struct str text)
{
	return text.n == 0 || str_eq(text, STR("undefined")) ||
	       str_eq(text, STR("None"));
}

static struct str json_option(const struct options *options, const char *name)
{
	json_t *value = json_object_get(options->body, name);
	if (json_is_true(value))
		return STR("true");
	if (!json_is_string(value))
		return STR_NONE;
	return (struct str){json_string_value(value),
			    json_string_length(value)};
}

/* name, else its older spelling, at the first place that has either. */
static struct str option(const struct options *options, const char *name,
			 const char *older)
{
	const char *const names[] = {name, older};
	struct request *rq = options->rq;
	for (unsigned place = 0; place < 3; place++) {
		for (unsigned i = 0; i < 2; i++) {
			struct str text =
				place == 0   ? json_option(options, names[i])
				: place == 1 ? intake_get(rq->intake,
							  str_of(names[i]))
					     : request_query(rq, names[i]);
			if (!is_unset(text))
				return text;
		}
	}
	return STR_NONE;
}

static enum part_use classify(const struct multipart_part *part, bool have_file)
{
	bool named = str_eq(part->name, STR("file"));
	if (named || (part->filename.p && !have_file))
		return PART_FILE;
	return part->filename.p ? PART_SKIP : PART_FIELD;
}

int jigsawstack_upload_begin(struct request *rq, struct err *err)
{
	if (jigsawstack_secret_key(rq, err) != 0)
		return -1;
	struct intake_plan *plan =
		arena_zalloc(request_arena(rq), sizeof(*plan));
	plan->max_file = rq->services->jigsawstack_max_bytes;
	plan->classify = classify;
	return request_expect_body(rq, plan, err);
}

static int require_file(struct request *rq, struct err *err)
{
	const struct intake *intake = rq->intake;
	if (intake->file == NULL)
		return err_set(err, ERR_INVALID,
			       "The form has no part named file");
	/* An empty raw body is a forgotten one; an empty part is a file. */
	if (!intake->multipart && store_sink_size(intake->file) == 0)
		return err_set(err, ERR_INVALID, "The request has no body");
	return 0;
}

static int take_key(struct request *rq, const struct options *options,
		    struct str *key, struct err *err)
{
	*key = option(options, "key", "filename");
	if (key->p == NULL) {
		char *random = arena_alloc(request_arena(rq), UUID_LEN + 1);
		uuid_new(random);
		*key = str_of(random);
	}
	if (!path_valid(*key))
		return err_set(err, ERR_INVALID,
			       "key must be 1 to %u bytes of UTF-8 without "
			       "control characters, a leading slash or empty, "
			       "\".\" or \"..\" segments",
			       FILE_PATH_MAX);
	return 0;
}

static int reply_uploaded(struct request *rq, const struct file *file,
			  struct err *err)
{
	if (file == NULL && err->code == ERR_EXISTS)
		return err_set(err, ERR_EXISTS, "File already exists");
	if (file == NULL)
		return -1;
	struct arena *arena = request_arena(rq);
	struct str url =
		arena_join(arena, request_base_url(rq, "api.jigsawstack.com"),
			   arena_join(arena, STR(JIGSAWSTACK_READ_PREFIX),
				      percent_encode(arena, file->path, true)));
	json_t *body = jigsawstack_success(rq);
	json_object_set_new(body, "key", json_str(file->path));
	json_object_set_new(body, "url", json_str(url));
	json_object_set_new(body, "size", json_integer((json_int_t)file->size));
	reply_json(rq, 200, "application/json", body);
	return 0;
}

int jigsawstack_upload(struct request *rq, struct err *err)
{
	struct options options;
	struct str key;
	if (options_read(rq, &options, err) != 0 ||
	    require_file(rq, err) != 0 ||
	    take_key(rq, &options, &key, err) != 0)
		return -1;
	ptrdiff_t slash = str_rfind(key, '/');
	struct str declared = option(&options, "content_type", "contentType");
	if (declared.p == NULL)
		declared = rq->intake->file_type;
	struct file_put put = {
		.id = id_new(),
		.account_id = rq->account->id,
		.path = key,
		.folder = str_sub(key, 0, slash < 0 ? 0 : (size_t)slash),
		.name = str_skip(key, (size_t)(slash + 1)),
		.origin = ORIGIN_JIGSAWSTACK,
		.access = ACCESS_KEY,
		.keep_stricter = true,
		.if_exists = text_is_true(option(&options, "overwrite", ""))
				     ? FILE_REPLACE
				     : FILE_REFUSE,
	};
	int later = upload_type(rq, rq->intake->file, declared, key, true,
				&put.type);
	if (later)
		return later;
	return upload_store(rq, &put, reply_uploaded, err);
}

int jigsawstack_read(struct request *rq, struct err *err)
{
	struct hot_entry *entry;
	int found = request_find_path(rq, rq->account->id, request_param(rq, 0),
				      &entry, err);
	if (found != 0)
		return found;
	if (!access_allows_read(entry->file.access, rq->proof)) {
		hot_unref(entry);
		return err_set(err, ERR_FORBIDDEN,
			       "This file is private: it takes a secret key");
	}
	struct delivery how = {
		.cache_control = "private, max-age=0, must-revalidate",
		.disposition = DISPOSITION_INLINE,
		.name = entry->file.name,
	};
	deliver(rq->x, entry, &how);
	return 0;
}

int jigsawstack_delete(struct request *rq, struct err *err)
{
	struct library *library = rq->services->library;
	struct file file;
	int found = file_by_path(library, rq->account->id, request_param(rq, 0),
				 false, request_arena(rq), &file, err);
	if (found > 0)
		found = file_delete(library, rq->account->id, &file.id, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "File not found");
	reply_json(rq, 200, "application/json", jigsawstack_success(rq));
	return 0;
}
