/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a file, as JSON: `metadata`.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"
#include "api/made/hashes.h"
#include "base/encode.h"
#include "ingest/intake.h"
#include "json/json.h"

#include <glib.h>

static json_t *type_of(const struct file *file)
{
	return json_str(file->type);
}

static json_t *uploaded_of(const struct file *file)
{
	return json_integer(file->created_ms);
}

static json_t *size_of(const struct file *file)
{
	return json_integer((json_int_t)file->size);
}

/* Whoever has the application's secret may store other content there. */
static json_t *writeable_of(const struct file *file)
{
	return json_boolean(file->store != HOT_NO_STORE);
}

static json_t *name_of(const struct file *file)
{
	return json_str(file->name);
}

static json_t *pixels(uint32_t n)
{
	return n ? json_integer(n) : json_null();
}

static json_t *width_of(const struct file *file)
{
	return pixels(file->width);
}

static json_t *height_of(const struct file *file)
{
	return pixels(file->height);
}

static json_t *location_of(const struct file *file)
{
	return json_str(filestack_provider(file->provider));
}

static json_t *path_of(const struct file *file)
{
	return json_str(file->path);
}

static json_t *container_of_file(const struct file *file)
{
	return json_str(file->container);
}

static json_t *unknown_of(const struct file *file)
{
	(void)file;
	return json_null();
}

void cdn_keep_json(struct request *rq, const struct file *file)
{
	bool is_said = cdn_wish_of(rq)->wanted.cache != CDN_CACHE_DEFAULT;
	const char *cache = cdn_cache_control(rq, file, NULL, 0);
	http_set(rq->x, "Cache-Control",
		 is_said || !str_starts(str_of(cache), STR("public"))
			 ? str_of(cache)
			 : STR("no-cache"));
}

void cdn_send_json(struct request *rq, struct hot_entry *entry, json_t *body)
{
	cdn_keep_json(rq, &entry->file);
	reply_json(rq, 200, "application/json", body);
	hot_unref(entry);
}

/* In the order of the vendor's page. */
static const struct field {
	const char *name;
	bool by_default, by_query;
	json_t *(*value)(const struct file *file);
} fields[] = {
	{"mimetype", true, true, type_of},
	{"uploaded", true, true, uploaded_of},
	{"size", true, true, size_of},
	{"writeable", true, true, writeable_of},
	{"filename", true, true, name_of},
	{"width", false, true, width_of},
	{"height", false, true, height_of},
	{"location", false, true, location_of},
	{"path", false, true, path_of},
	{"container", false, true, container_of_file},
	{"cloud", false, true, unknown_of},
	{"source_url", false, true, unknown_of},
	{"exif", false, true, unknown_of}, /* find_exif() */
	/* In a query that is the application's. */
	{"key", false, false, path_of},
};

#define FIELDS G_N_ELEMENTS(fields)

/* Their bits come behind those of the fields. */
static const char *const hash_names[DIGEST_COUNT] = {
	[DIGEST_MD5] = "md5",       [DIGEST_SHA1] = "sha1",
	[DIGEST_SHA224] = "sha224", [DIGEST_SHA256] = "sha256",
	[DIGEST_SHA384] = "sha384", [DIGEST_SHA512] = "sha512",
};

G_STATIC_ASSERT(FIELDS + DIGEST_COUNT <= 32);

static unsigned hash_bit(unsigned kind)
{
	return 1u << (FIELDS + kind);
}

/* A bit for each field that is asked for. */
static unsigned named(struct str name, bool by_query)
{
	for (unsigned i = 0; i < FIELDS; i++)
		if (str_eq(name, str_of(fields[i].name)) &&
		    (!by_query || fields[i].by_query))
			return 1u << i;
	for (unsigned kind = 0; kind < DIGEST_COUNT; kind++)
		if (str_eq(name, str_of(hash_names[kind])))
			return hash_bit(kind);
	return 0;
}

/* FIELD=true, of what there is and what there is not; `any` when there was one
 * at all. */
static unsigned selected(struct request *rq, bool *any)
{
	struct str name, value;
	struct str query = cdn_wish_of(rq)->chain.query;
	unsigned wanted = 0;
	*any = false;
	while (form_next(request_arena(rq), &query, &name, &value)) {
		if (!text_is_true(value) || str_eq(name, STR("dl")) ||
		    str_eq(name, STR("cache")))
			continue;
		*any = true;
		wanted |= named(name, true);
	}
	return wanted;
}

/* A bit for each field to be shown. */
static unsigned shown(struct request *rq)
{
	const struct cdn_wanted *wanted = &cdn_wish_of(rq)->wanted;
	bool any;
	unsigned which = selected(rq, &any);
	for (unsigned i = 0; i < wanted->n_fields; i++)
		which |= named(wanted->fields[i], false);
	if (any || wanted->n_fields)
		return which;
	for (unsigned i = 0; i < FIELDS; i++)
		if (fields[i].by_default)
			which |= 1u << i;
	return which;
}

static void add_hashes(struct request *rq, const struct hashes *hashes,
		       unsigned which, json_t *body)
{
	for (unsigned kind = 0; kind < DIGEST_COUNT; kind++)
		if (which & hash_bit(kind))
			json_object_set_new(
				body, hash_names[kind],
				json_str(hex_encode(
					request_arena(rq), hashes->of[kind],
					digest_bytes((enum digest_kind)kind))));
}

/* What the upload found, of IPTC and XMP as well; of nothing an object without
 * members; NULL where it is not asked for. It is long, so it is read from the
 * row. */
static int find_exif(struct request *rq, const struct file *file,
		     unsigned which, json_t **out, struct err *err)
{
	struct file row = {0};
	*out = NULL;
	if ((which & named(STR("exif"), false)) == 0)
		return 0;
	if (filestack_allow(rq, POLICY_EXIF, file, err) != 0)
		return -1;
	cdn_wish_of(rq)->is_personal = true;
	if (rq->on_loop)
		return HANDLE_LATER;
	if (file->store != HOT_NO_STORE &&
	    file_by_id_of_any(request_view(rq), &file->id, &row, err) < 0)
		return -1;
	json_t *embedded = json_parse(row.embedded_metadata, 0);
	*out = embedded ? embedded : json_object();
	return 0;
}

int cdn_send_metadata(struct request *rq, struct hot_entry *entry,
		      struct err *err)
{
	unsigned which = shown(rq);
	const struct hashes *hashes = NULL;
	json_t *exif;
	int result = find_exif(rq, &entry->file, which, &exif, err);
	/* nothing is read where none is asked for */
	if (result == 0 && which >= hash_bit(0))
		result = request_find_hashes(rq, &entry, &hashes, err);
	if (result != 0) {
		json_decref(exif);
		hot_unref(entry);
		return result;
	}
	json_t *body = json_object();
	for (unsigned i = 0; i < FIELDS; i++)
		if (which & 1u << i)
			json_object_set_new(body, fields[i].name,
					    fields[i].value(&entry->file));
	if (exif)
		json_object_set_new(body, "exif", exif);
	add_hashes(rq, hashes, which, body);
	cdn_send_json(rq, entry, body);
	return 0;
}
