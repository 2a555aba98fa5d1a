/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body_values.h"
#include "base/buf.h"
#include "http/syntax/head.h"
#include "http/syntax/multipart.h"
#include "json/form.h"
#include "store/store.h"

/* Parts of a body that is there. */
struct parts {
	struct arena *arena;
	struct form_pair *pairs;
	size_t n;
	bool keep;       /* the open one says something */
	struct buf text; /* of it */
};

static int part_begin(void *user, const struct multipart_part *part,
		      struct err *err)
{
	struct parts *parts = user;
	(void)err;
	parts->keep = part->name.p && part->filename.p == NULL;
	parts->text.n = 0;
	return 0;
}

static int part_data(void *user, const struct multipart_part *part,
		     const char *p, size_t n, struct err *err)
{
	struct parts *parts = user;
	(void)part;
	(void)err;
	if (parts->keep)
		buf_add(&parts->text, (struct str){p, n});
	return 0;
}

static int part_end(void *user, const struct multipart_part *part,
		    struct err *err)
{
	struct parts *parts = user;
	(void)err;
	if (parts->keep)
		parts->pairs[parts->n++] = (struct form_pair){
			arena_str(parts->arena, part->name),
			arena_str(parts->arena, buf_str(&parts->text))};
	return 0;
}

static json_t *form_of_multipart(struct arena *arena, struct str type,
				 struct str body, size_t max_text)
{
	struct parts parts = {
		.arena = arena,
		.pairs = arena_alloc(arena, MULTIPART_PARTS_MAX *
						    sizeof(*parts.pairs)),
	};
	const struct multipart_events events = {&parts, part_begin, part_data,
						part_end};
	struct err err;
	struct multipart *multipart = multipart_new(arena, type, &events, &err);
	buf_init(&parts.text, arena, body.n);
	if (multipart == NULL ||
	    multipart_feed(multipart, body.p, body.n, &err) != 0 ||
	    multipart_end(multipart, &err) != 0)
		return NULL;
	return form_of(arena, parts.pairs, parts.n, max_text);
}

static json_t *form_of_fields(const struct intake *intake, struct arena *arena,
			      size_t max_text)
{
	struct form_pair *pairs =
		arena_alloc(arena, (intake->n_fields + 1) * sizeof(*pairs));
	size_t n = 0;
	for (size_t i = 0; i < intake->n_fields; i++)
		if (intake->fields[i].name.p)
			pairs[n++] =
				(struct form_pair){intake->fields[i].name,
						   intake->fields[i].value};
	return form_of(arena, pairs, n, max_text);
}

bool body_has_parts(const struct request *rq)
{
	struct str type = http_media_type(request_header(rq, "Content-Type"));
	return rq->intake->form ||
	       (str_eq_nocase(type, STR("multipart/form-data")) &&
		!json_begins(store_sink_head(rq->intake->file)));
}

json_t *body_form(const struct request *rq, struct arena *arena,
		  struct str body, size_t max_text)
{
	if (rq->intake->form)
		return form_of_fields(rq->intake, arena, max_text);
	if (!body_has_parts(rq))
		return form_parse(arena, body);
	return form_of_multipart(arena, request_header(rq, "Content-Type"),
				 body, max_text);
}

int body_values(struct request *rq, size_t max, size_t flags,
		struct body_values *out, struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct str body;
	*out = (struct body_values){0};
	int result = request_body(rq, max, &body, err);
	if (result != 0)
		return result;
	out->is_form = body_has_parts(rq);
	if (out->is_form)
		out->value = body_form(rq, arena, body, max);
	else
		out->value = form_or_json(arena, body, flags, &out->is_form);
	if (json_is_empty_list(out->value))
		out->value = json_keep(arena, json_object());
	return 0;
}
