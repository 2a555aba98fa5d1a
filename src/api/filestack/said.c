/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/said.h"
#include "api/filestack/filestack.h"
#include "api/uploads/unproven.h"
#include "api/uploads/upload_made.h"
#include "base/encode.h"
#include "http/syntax/head.h"
#include "store/store.h"

/* Bytes of a form or JSON that names a URL. A policy may be long. */
#define SAID_MAX (64u * 1024)
/* The same of what brings no file, and says that of a picture or a policy. */
#define WORDS_MAX (32u * 1024)
#define FORM_FREE (32 * 1024) /* of a form that needs no place */

static enum part_use classify(const struct multipart_part *part, bool have_file)
{
	if (part->filename.p == NULL)
		return PART_FIELD;
	return have_file ? PART_SKIP : PART_FILE;
}

static bool is_of_type(const struct request *rq, const char *type)
{
	return str_eq_nocase(
		http_media_type(request_header(rq, "Content-Type")),
		str_of(type));
}

static bool is_form(const struct request *rq)
{
	return is_of_type(rq, "application/x-www-form-urlencoded");
}

static bool is_json(const struct request *rq)
{
	return is_of_type(rq, "application/json");
}

bool filestack_body_says(const struct request *rq)
{
	return is_of_type(rq, "multipart/form-data") || is_form(rq) ||
	       is_json(rq);
}

int filestack_expect_file(struct request *rq, uint64_t max_file,
			  struct err *err)
{
	struct intake_plan *plan =
		arena_zalloc(request_arena(rq), sizeof(*plan));
	plan->max_file = max_file;
	plan->classify = classify;
	plan->max_values = is_form(rq) || is_json(rq) ? SAID_MAX : 0;
	/* what may name a URL is not the text of a file yet */
	plan->base64 = !is_form(rq) && !is_json(rq) &&
		       text_is_true(request_query(rq, "base64decode"));
	return request_expect_body(rq, plan, err);
}

/* Only an object with a text "url" says things, or with one that is null and
 * as good as empty; other JSON is a file. */
static json_t *json_with_url(struct request *rq, struct str body)
{
	json_t *value = json_parse_arena(request_arena(rq), body, 0);
	if (json_is_null(json_object_get(value, "url")))
		json_object_set_new(value, "url", json_string(""));
	return json_is_string(json_object_get(value, "url")) ? value : NULL;
}

static int read_body(struct filestack_said *said, struct err *err)
{
	struct request *rq = said->rq;
	struct str body;
	int result = request_body(rq, SAID_MAX, &body, err);
	if (result != 0 || body.n == 0)
		return result;
	if (is_json(rq))
		said->json = json_with_url(rq, body);
	else if (is_form(rq) && form_get(request_arena(rq), body, STR("url")).p)
		/* what the URL has takes the place of the body */
		said->form = arena_str(request_arena(rq), body);
	return 0;
}

static void take_policy(struct filestack_said *said)
{
	said->rq->policy = (struct policy_claim){
		.policy = filestack_told(said, "policy"),
		.signature = filestack_told(said, "signature"),
	};
}

int filestack_read_said(struct request *rq, struct filestack_said *out,
			struct err *err)
{
	*out = (struct filestack_said){.rq = rq};
	int result = read_body(out, err);
	if (result == 0)
		take_policy(out);
	return result;
}

enum part_use filestack_word(const struct multipart_part *part, bool have_file)
{
	(void)have_file;
	return part->filename.p ? PART_SKIP : PART_FIELD;
}

int filestack_enter_form(struct request *rq, struct err *err)
{
	int64_t length = rq->x->head.content_length;
	bool is_long = length < 0 || length > FORM_FREE;
	return is_long && is_of_type(rq, "multipart/form-data")
		       ? unproven_enter(rq, err)
		       : 0;
}

int filestack_expect_words(struct request *rq, struct err *err)
{
	static const struct intake_plan plan = {
		.max_file = WORDS_MAX,
		.classify = filestack_word,
	};
	if (filestack_enter_form(rq, err) < 0)
		return -1;
	return request_expect_body(rq, &plan, err);
}

/* Not every client says which of both it sends. */
static int read_words(struct filestack_said *said, struct err *err)
{
	struct arena *arena = request_arena(said->rq);
	struct str body;
	int result = request_body(said->rq, WORDS_MAX, &body, err);
	if (result != 0 || body.n == 0)
		return result;
	if (!json_begins(body)) {
		said->form = arena_str(arena, body);
		return 0;
	}
	json_t *value = json_parse_arena(arena, body, JSON_REJECT_DUPLICATES);
	said->json = json_is_object(value) ? value : NULL;
	return 0;
}

int filestack_read_words(struct request *rq, struct filestack_said *out,
			 struct err *err)
{
	*out = (struct filestack_said){.rq = rq};
	int result = read_words(out, err);
	if (result == 0)
		take_policy(out);
	return result;
}

struct str filestack_told(const struct filestack_said *said, const char *name)
{
	struct request *rq = said->rq;
	struct str text = request_query(rq, name), other;
	if (text.n)
		return text;
	if (said->json)
		other = json_text(json_object_get(said->json, name));
	else if (said->form.p)
		other = form_get(request_arena(rq), said->form, str_of(name));
	else
		other = intake_get(rq->intake, str_of(name));
	return other.p ? other : text;
}

static void add_pair(struct buf *out, struct str name, struct str value)
{
	buf_add_char(out, '&');
	buf_add(out, percent_encode(out->arena, name, false));
	buf_add_char(out, '=');
	buf_add(out, percent_encode(out->arena, value, false));
}

static void add_members(struct buf *out, json_t *object)
{
	const char *name;
	json_t *value;
	json_object_foreach (object, name, value)
		if (!json_is_null(value))
			add_pair(out, str_of(name),
				 json_is_string(value)
					 ? json_text(value)
					 : json_write(out->arena, value));
}

struct str filestack_all_told(const struct filestack_said *said)
{
	const struct intake *intake = said->rq->intake;
	struct str query = said->rq->x->head.query;
	struct buf out;
	buf_init(&out, request_arena(said->rq),
		 query.n + 3 * (INTAKE_FIELDS_BYTES + WORDS_MAX));
	buf_add(&out, query);
	for (size_t i = 0; i < intake->n_fields; i++)
		add_pair(&out, intake->fields[i].name, intake->fields[i].value);
	if (said->json)
		add_members(&out, said->json);
	if (said->form.n) {
		buf_add_char(&out, '&');
		buf_add(&out, said->form);
	}
	return buf_str(&out);
}

bool filestack_is_told(const struct filestack_said *said, const char *name)
{
	return text_is_true(filestack_told(said, name)) ||
	       json_is_true(json_object_get(said->json, name));
}

static int decode(struct request *rq, struct err *err)
{
	const struct store_sink *sink = rq->intake->file;
	const struct upload_bytes text = {
		.fd = store_sink_fd(sink),
		.bytes = store_sink_bytes(rq->intake->file),
		.size = store_sink_size(sink),
		.base64 = true,
	};
	return upload_take(rq, &text, err);
}

static int fetch(struct request *rq, struct str url, struct filestack_came *out,
		 struct err *err)
{
	struct fetch_result fetched;
	if (filestack_allow_url(rq, url, err) != 0)
		return -1;
	int result = upload_fetch(rq, url, &fetched, err);
	if (result != 0)
		return result;
	*out = (struct filestack_came){.type = fetched.content_type,
				       .name = fetched.name};
	rq->intake->url = url;
	return 0;
}

int filestack_take_file(const struct filestack_said *said,
			struct filestack_came *out, struct err *err)
{
	struct request *rq = said->rq;
	const struct intake *intake = rq->intake;
	struct str url = filestack_told(said, "url");
	int result = 0;
	*out = (struct filestack_came){.type = intake->file_type,
				       .name = intake->file_name,
				       .raw = !intake->form};
	if (url.p && url.n == 0 && !(intake->form && intake->file))
		return err_set(err, ERR_INVALID, "url must not be empty");
	if (url.n)
		result = fetch(rq, url, out, err);
	if (result != 0)
		return result;
	if (intake->file == NULL)
		return err_set(err, ERR_INVALID, "The form has no file");
	/* whose limit holds was perhaps not known as it came */
	if (store_sink_size(intake->file) > upload_limit(rq))
		return err_set(err, ERR_TOO_LARGE, "The file is too large");
	if (out->raw && store_sink_size(intake->file) == 0)
		return err_set(err, ERR_INVALID, "The request has no body");
	return filestack_is_told(said, "base64decode") &&
			       (url.n || !rq->plan->base64)
		       ? decode(rq, err)
		       : 0;
}
