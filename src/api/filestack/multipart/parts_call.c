/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/multipart/parts_call.h"

#include "api/body_values.h"
#include "api/filestack/said.h"
#include "base/encode.h"
#include "http/syntax/head.h"
#include "json/form.h"

#include <glib.h>

#define BODY_MAX (1024u * 1024) /* 10,000 parts and their etags */
#define TEXT_MAX (16u * 1024)   /* bytes of JSON in a text, but for those */

static const struct intake_plan plan = {
	.max_file = BODY_MAX,
	.max_values = UINT64_MAX,
	.max_field = BODY_MAX,
	.classify = filestack_word, /* PHP's SDK adds a file without bytes */
};

int parts_call_begin(struct request *rq, struct err *err)
{
	if (filestack_enter_form(rq, err) < 0)
		return -1;
	return request_expect_body(rq, &plan, err);
}

/* Not every SDK says which it sends. */
static int read_object(struct request *rq, struct parts_call *out,
		       struct err *err)
{
	struct body_values said;
	*out = (struct parts_call){.rq = rq};
	int result = body_values(rq, BODY_MAX, 0, &said, err);
	if (result != 0)
		return result;
	if (!json_is_object(said.value))
		return err_set(err, ERR_INVALID,
			       "The body must be a JSON object or a form");
	out->object = said.value;
	return 0;
}

/* What may stand in a text, and how long that is at most. */
static const struct {
	const char *name;
	size_t max;
} in_texts[] = {
	{"store", TEXT_MAX},
	{"parts", BODY_MAX},
	{"upload_tags", TEXT_MAX},
};

/* It is taken apart here, once, however often it is asked for; of a name that
 * is there again in another case, the first, as in json_member_nocase(). */
static void take_apart(json_t *object, const char *name, size_t max)
{
	const char *key;
	json_t *value;
	json_object_foreach (object, key, value) {
		if (g_ascii_strcasecmp(key, name) != 0)
			continue;
		struct str text = json_text(value);
		json_t *read = text.n <= max ? json_parse(text, 0) : NULL;
		if (read)
			json_object_iter_set_new(
				object, json_object_key_to_iter(key), read);
		return;
	}
}

int parts_call_read(struct request *rq, struct parts_call *out, struct err *err)
{
	int result = read_object(rq, out, err);
	if (result != 0)
		return result;
	for (size_t i = 0; i < G_N_ELEMENTS(in_texts); i++)
		take_apart(out->object, in_texts[i].name, in_texts[i].max);
	rq->policy = (struct policy_claim){
		.policy = parts_call_text(out, "policy"),
		.signature = parts_call_text(out, "signature"),
	};
	return 0;
}

static struct str text_of(const struct parts_call *call, const json_t *value)
{
	if (json_is_integer(value))
		return arena_printf(request_arena(call->rq), "%lld",
				    (long long)json_integer_value(value));
	return json_text(value);
}

struct str parts_call_text(const struct parts_call *call, const char *name)
{
	return text_of(call, json_member_nocase(call->object, name));
}

struct str parts_call_store_text(const struct parts_call *call,
				 const char *name)
{
	json_t *store = parts_call_value(call, "store");
	json_t *value = json_member_nocase(store, name);
	if (value)
		return text_of(call, value);
	struct str flat =
		arena_printf(request_arena(call->rq), "store_%s", name);
	return parts_call_text(call, flat.p);
}

static bool parts_call_is_true(const struct parts_call *call, const char *name)
{
	json_t *value = json_member_nocase(call->object, name);
	return json_is_true(value) || text_is_true(text_of(call, value));
}

int parts_call_number(const struct parts_call *call, const char *name,
		      uint64_t *out, struct err *err)
{
	json_t *value = json_member_nocase(call->object, name);
	if (value == NULL || json_is_null(value))
		return 0;
	if (str_to_u64(str_trim(text_of(call, value)), INT64_MAX, out))
		return 1;
	return err_set(err, ERR_INVALID, "invalid params: %s must be a number",
		       name);
}

json_t *parts_call_value(const struct parts_call *call, const char *name)
{
	json_t *value = json_member_nocase(call->object, name);
	return json_is_object(value) || json_is_array(value) ? value : NULL;
}

bool parts_call_is_chunked(const struct parts_call *call)
{
	return parts_call_is_true(call, "fii") ||
	       parts_call_is_true(call, "multipart");
}

static int no_parts(struct err *err)
{
	return err_set(err, ERR_INVALID, "invalid params: parts");
}

/* Quotes belong to it on the wire, and to nothing else. */
static int read_etag(struct str text, bool needed, struct part_named *part,
		     struct err *err)
{
	text = str_trim_char(str_trim(text), '"');
	if (text.n == 0)
		return needed ? no_parts(err) : 0;
	if (!hex_decode(text, part->checksum, CHECKSUM_BYTES))
		return no_parts(err);
	part->has_checksum = true;
	return 0;
}

static int read_number(struct str text, struct part_named *part,
		       struct err *err)
{
	uint64_t number;
	if (!str_to_u64(str_trim(text), LAYOUT_PARTS_MAX, &number))
		return no_parts(err);
	part->number = (unsigned)number;
	return 0;
}

static int read_array(const struct parts_call *call, json_t *array, bool etags,
		      struct part_named *parts, struct err *err)
{
	size_t i;
	json_t *item;
	json_array_foreach (array, i, item) {
		json_t *number = json_member_nocase(item, "part_number");
		json_t *etag = json_member_nocase(item, "etag");
		if (read_number(text_of(call, number), &parts[i], err) < 0 ||
		    read_etag(json_text(etag), etags, &parts[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Returns how many, or -1. */
static ptrdiff_t read_text(struct str text, bool etags,
			   struct part_named *parts, struct err *err)
{
	size_t n = 0;
	while (text.p) {
		struct str item = str_trim(str_split(&text, ';'));
		struct str number = str_split(&item, ':');
		if (number.n == 0)
			continue;
		if (read_number(number, &parts[n], err) < 0 ||
		    read_etag(item, etags, &parts[n], err) < 0)
			return -1;
		n++;
	}
	return (ptrdiff_t)n;
}

static size_t count_items(struct str text)
{
	size_t n = 1;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == ';';
	return n;
}

int parts_call_parts(const struct parts_call *call, bool etags,
		     struct parts_wanted *out, struct err *err)
{
	json_t *array = json_keep(request_arena(call->rq),
				  form_list(parts_call_value(call, "parts")));
	struct str text = array ? STR_NONE : parts_call_text(call, "parts");
	size_t most = array ? json_array_size(array) : count_items(text);
	if (most > LAYOUT_PARTS_MAX + 1)
		return no_parts(err);
	struct part_named *parts = arena_zalloc(request_arena(call->rq),
						(most + 1) * sizeof(*parts));
	*out = (struct parts_wanted){.parts = parts};
	if (array) {
		out->n_parts = most;
		return read_array(call, array, etags, parts, err);
	}
	ptrdiff_t n = read_text(text, etags, parts, err);
	out->n_parts = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : 0;
}

int parts_call_app(const struct parts_call *call, struct err *err)
{
	struct str key = parts_call_text(call, "apikey");
	return key.p ? filestack_known_app(call->rq, key, err)
		     : filestack_app(call->rq, key, err);
}

/* What is stored with an upload, and is asked again when it is complete. */
static const struct {
	const char *name;
	size_t offset;
	bool outside; /* of the store's options it may stand, too */
} options[] = {
	{"filename", offsetof(struct filestack_options, filename), true},
	{"mimetype", offsetof(struct filestack_options, mimetype), true},
	{"path", offsetof(struct filestack_options, path), false},
	{"container", offsetof(struct filestack_options, container), false},
	{"location", offsetof(struct filestack_options, provider), false},
};

static struct str *option_of(struct filestack_options *all, size_t i)
{
	return (struct str *)(void *)((char *)all + options[i].offset);
}

int parts_call_options(const struct parts_call *call, json_t *told,
		       struct filestack_options *out, struct err *err)
{
	*out = (struct filestack_options){0};
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
		const char *name = options[i].name;
		struct str text = parts_call_store_text(call, name);
		if (text.n == 0 && options[i].outside)
			text = parts_call_text(call, name);
		if (text.n == 0)
			text = json_text(json_object_get(told, name));
		*option_of(out, i) = text;
	}
	filestack_options_provider(out);
	return filestack_known_provider(out->provider, err);
}

json_t *parts_call_tell(const struct parts_call *call,
			const struct filestack_options *wanted)
{
	struct filestack_options all = *wanted;
	json_t *told = json_keep(request_arena(call->rq), json_object());
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		if (option_of(&all, i)->n)
			json_object_set_new(told, options[i].name,
					    json_str(*option_of(&all, i)));
	if (parts_call_is_chunked(call))
		json_object_set_new(told, "chunked", json_true());
	return told;
}
