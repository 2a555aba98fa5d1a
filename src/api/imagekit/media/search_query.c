/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/media/search_query.h"
#include "api/imagekit/values/expression.h"
#include "api/imagekit/imagekit.h"
#include "api/imagekit/values/literals.h"
#include "base/date.h"

#include <glib.h>

#define NAME_SHOWN 64 /* bytes of a field's name in an answer */
#define ADVICE "Please refer to the documentation for syntax specification."

struct query {
	struct arena *arena;
	bool exact;
	int64_t now;
	bool names_kind;
	unsigned members; /* conditions about metadata */
	struct err *err;
};

/* SQLite takes the whole document apart for each, and keeps the parts of all of
 * them: 0.6 MiB for a document of 64 KiB. */
#define MEMBERS_MAX 16
#define BIT(op) (1u << (op))
#define EQUAL (BIT(EXPR_EQ) | BIT(EXPR_NE))
#define LISTED (BIT(EXPR_IN) | BIT(EXPR_NOT_IN))
#define ORDERED (BIT(EXPR_LT) | BIT(EXPR_LE) | BIT(EXPR_GT) | BIT(EXPR_GE))
#define PREFIXED BIT(EXPR_PREFIX)

struct field {
	const char *name;
	enum search_field field;
	unsigned ops;
	const char *wanted; /* a kind of value, for the sentence */
	/* One value of the expression as those of the search; false: it is
	 * none. */
	bool (*take)(struct query *q, const struct expr_value *value,
		     struct search_value *out);
};

static bool take_text(struct query *q, const struct expr_value *value,
		      struct search_value *out)
{
	(void)q;
	*out = (struct search_value){.kind = SEARCH_TEXT, .text = value->text};
	return value->kind == EXPR_TEXT;
}

static bool set_number(struct search_value *out, double number)
{
	*out = (struct search_value){.kind = SEARCH_NUMBER, .number = number};
	return true;
}

static bool take_number(struct query *q, const struct expr_value *value,
			struct search_value *out)
{
	double number;
	(void)q;
	if (value->kind == EXPR_NUMBER)
		return set_number(out, value->number);
	return value->kind == EXPR_TEXT &&
	       imagekit_literal_size(value->text, &number) &&
	       set_number(out, number);
}

static bool take_time(struct query *q, const struct expr_value *value,
		      struct search_value *out)
{
	int64_t ms;
	return value->kind == EXPR_TEXT &&
	       imagekit_literal_time(value->text, q->now, &ms) &&
	       set_number(out, (double)ms);
}

static bool take_boolean(struct query *q, const struct expr_value *value,
			 struct search_value *out)
{
	(void)q;
	return value->kind == EXPR_BOOLEAN &&
	       set_number(out, value->boolean ? 1 : 0);
}

static bool take_kind(struct query *q, const struct expr_value *value,
		      struct search_value *out)
{
	static const struct {
		const char *name;
		enum search_kind kind;
	} kinds[] = {
		{"file", SEARCH_FILES},
		{"file-version", SEARCH_VERSIONS},
		{"folder", SEARCH_FOLDERS},
	};
	q->names_kind = true;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (value->kind == EXPR_TEXT &&
		    str_eq(value->text, str_of(kinds[i].name)))
			return set_number(out, kinds[i].kind);
	return false;
}

/* "jpg" is what files of that extension are. */
static bool take_format(struct query *q, const struct expr_value *value,
			struct search_value *out)
{
	static const struct {
		const char *format, *type;
	} types[] = {
		{"jpg", "image/jpeg"},      {"jpeg", "image/jpeg"},
		{"svg", "image/svg+xml"},   {"ico", "image/vnd.microsoft.icon"},
		{"tif", "image/tiff"},      {"mp4", "video/mp4"},
		{"webm", "video/webm"},     {"mov", "video/quicktime"},
		{"mp3", "audio/mpeg"},      {"pdf", "application/pdf"},
		{"js", "text/javascript"},  {"css", "text/css"},
		{"txt", "text/plain"},      {"json", "application/json"},
		{"zip", "application/zip"},
	};
	struct str text = value->text;
	if (value->kind != EXPR_TEXT)
		return false;
	out->kind = SEARCH_TEXT;
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (str_eq_nocase(text, str_of(types[i].format))) {
			out->text = str_of(types[i].type);
			return true;
		}
	out->text = arena_join(q->arena, STR("image/"), text);
	return true;
}

/* "/a/b/" is the folder "a/b". */
static bool take_path(struct query *q, const struct expr_value *value,
		      struct search_value *out)
{
	(void)q;
	*out = (struct search_value){.kind = SEARCH_TEXT,
				     .text = str_trim_char(value->text, '/')};
	if (out->text.p == NULL)
		out->text = STR("");
	return value->kind == EXPR_TEXT;
}

/* clang-format off */
static const struct field fields[] = {
	{"name", SEARCH_NAME, EQUAL | LISTED | PREFIXED, "string", take_text},
	{"tags", SEARCH_TAGS, LISTED, "string", take_text},
	{"type", SEARCH_KIND, EQUAL | LISTED,
	 "file, file-version or folder", take_kind},
	{"createdAt", SEARCH_CREATED, EQUAL | LISTED | ORDERED, "date", take_time},
	{"updatedAt", SEARCH_UPDATED, EQUAL | LISTED | ORDERED, "date", take_time},
	{"height", SEARCH_HEIGHT, EQUAL | LISTED | ORDERED, "number", take_number},
	{"width", SEARCH_WIDTH, EQUAL | LISTED | ORDERED, "number", take_number},
	{"size", SEARCH_SIZE, EQUAL | LISTED | ORDERED, "number", take_number},
	{"format", SEARCH_TYPE, EQUAL | LISTED, "string", take_format},
	{"private", SEARCH_PRIVATE, BIT(EXPR_EQ), "boolean", take_boolean},
	{"published", SEARCH_PUBLISHED, BIT(EXPR_EQ), "boolean", take_boolean},
	{"transparency", SEARCH_TRANSPARENCY, BIT(EXPR_EQ), "boolean",
	 take_boolean},
	{"path", SEARCH_FOLDER, EQUAL | LISTED | PREFIXED, "string", take_path},
};
/* clang-format on */

/* Members of metadata are of whatever type their values are. */
static bool take_any(struct query *q, const struct expr_value *value,
		     struct search_value *out)
{
	if (value->kind == EXPR_TEXT)
		return take_text(q, value, out);
	if (value->kind == EXPR_NUMBER)
		return set_number(out, value->number);
	*out = (struct search_value){.kind = SEARCH_BOOLEAN,
				     .number = value->boolean ? 1 : 0};
	return true;
}

/* Dates are kept in one form, so that their order is that of their texts. */
static bool take_any_ordered(struct query *q, const struct expr_value *value,
			     struct search_value *out)
{
	int64_t ms;
	if (value->kind != EXPR_TEXT ||
	    !imagekit_literal_time(value->text, q->now, &ms))
		return value->kind != EXPR_BOOLEAN && take_any(q, value, out);
	out->kind = SEARCH_TEXT;
	out->text = iso_date(q->arena, ms, true);
	return true;
}

static const struct field any_member = {
	"", SEARCH_CUSTOM, EQUAL | LISTED | PREFIXED, "value", take_any};
static const struct field ordered_member = {"", SEARCH_CUSTOM, ORDERED,
					    "number or date", take_any_ordered};

static int refuse_value(struct query *q, struct str name,
			const struct field *field)
{
	bool quoted = strcmp(field->wanted, "date") == 0;
	return err_set(q->err, ERR_INVALID,
		       "Invalid search query - %.*s field must have a valid %s "
		       "value. %s" ADVICE,
		       STR_ARG(str_cut(name, NAME_SHOWN)), field->wanted,
		       quoted ? "Make sure the value is enclosed within "
				"quotes. "
			      : "");
}

/* A quoted name of metadata, else one of the table. NULL: there is none. */
static const struct field *
find_field(const struct expr *term, enum search_field *kind, struct str *member)
{
	struct str name = term->field;
	struct str embedded = STR("embeddedMetadata.");
	struct str custom = STR("customMetadata.");
	bool is_embedded = str_starts(name, embedded);
	if (is_embedded || str_starts(name, custom)) {
		*member = str_skip(name, is_embedded ? embedded.n : custom.n);
		*kind = is_embedded ? SEARCH_EMBEDDED : SEARCH_CUSTOM;
		if (member->n == 0 || str_find(*member, '"') >= 0 ||
		    str_find(*member, '\\') >= 0)
			return NULL;
		return BIT(term->op) & ORDERED ? &ordered_member : &any_member;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
		if (str_eq(name, str_of(fields[i].name))) {
			*kind = fields[i].field;
			return &fields[i];
		}
	return NULL;
}

static size_t count_values(const struct expr *term)
{
	size_t n = 0;
	for (const struct expr_value *v = term->values; v; v = v->next)
		n++;
	return n;
}

static int check_op(struct query *q, const struct expr *term,
		    const struct field *field)
{
	struct str name = term->field;
	if (!(BIT(term->op) & field->ops))
		return err_set(q->err, ERR_INVALID,
			       "Invalid search query - %.*s field does not "
			       "support the operator %s. " ADVICE,
			       STR_ARG(str_cut(name, NAME_SHOWN)),
			       imagekit_expression_op_name(term->op));
	if (term->is_array != ((BIT(term->op) & LISTED) != 0))
		return err_set(q->err, ERR_INVALID,
			       "Invalid search query - the operator %s takes "
			       "%s. " ADVICE,
			       imagekit_expression_op_name(term->op),
			       term->is_array ? "one value" : "an array");
	return 0;
}

size_t imagekit_search_spellings(struct arena *arena, enum search_field field,
				 struct str text, struct search_value *out)
{
	struct str texts[SEARCH_SPELLINGS] = {text, text, text};
	size_t n = 0;
	if (str_is_utf8(text)) {
		texts[1] = imagekit_clean_folder(arena, text);
		if (field == SEARCH_NAME)
			texts[2] = imagekit_clean_name(arena, text);
	}
	for (size_t i = 0; i < SEARCH_SPELLINGS; i++) {
		bool again = false;
		for (size_t k = 0; k < n; k++)
			again = again || str_eq(out[k].text, texts[i]);
		if (!again)
			out[n++] = (struct search_value){.kind = SEARCH_TEXT,
							 .text = texts[i]};
	}
	return n;
}

/* One that begins with any of them. */
static void spell_prefix(struct query *q, struct search_condition *c)
{
	struct search_value *values = c->values;
	struct search_condition *all =
		arena_zalloc(q->arena, c->n * sizeof(*all));
	for (size_t i = 0; i < c->n; i++) {
		all[i] = *c;
		all[i].values = &values[i];
		all[i].n = 1;
		all[i].next = i + 1 < c->n ? &all[i + 1] : NULL;
	}
	if (c->n > 1)
		*c = (struct search_condition){
			.join = SEARCH_OR, .first = all, .next = c->next};
}

static void spell(struct query *q, struct search_condition *c)
{
	if (q->exact || (c->field != SEARCH_NAME && c->field != SEARCH_FOLDER))
		return;
	const struct search_value *asked = c->values;
	size_t n = c->n;
	c->values = arena_alloc(q->arena, MAX(n, 1) * SEARCH_SPELLINGS *
						  sizeof(*c->values));
	c->n = 0;
	for (size_t i = 0; i < n; i++)
		c->n += imagekit_search_spellings(
			q->arena, c->field, asked[i].text, &c->values[c->n]);
	if (c->op == SEARCH_PREFIX)
		spell_prefix(q, c);
	else if (c->n > 1 && c->op == SEARCH_EQ)
		c->op = SEARCH_IN;
	else if (c->n > 1 && c->op == SEARCH_NE)
		c->op = SEARCH_NOT_IN;
}

static int convert_term(struct query *q, const struct expr *term,
			struct search_condition *out)
{
	static const enum search_op ops[EXPR_OP_COUNT] = {
		[EXPR_EQ] = SEARCH_EQ,         [EXPR_NE] = SEARCH_NE,
		[EXPR_PREFIX] = SEARCH_PREFIX, [EXPR_LT] = SEARCH_LT,
		[EXPR_LE] = SEARCH_LE,         [EXPR_GT] = SEARCH_GT,
		[EXPR_GE] = SEARCH_GE,         [EXPR_IN] = SEARCH_IN,
		[EXPR_NOT_IN] = SEARCH_NOT_IN,
	};
	const struct field *field = find_field(term, &out->field, &out->member);
	if (field == NULL)
		return err_set(q->err, ERR_INVALID,
			       "Invalid search query - there is no field "
			       "called %.*s. " ADVICE,
			       STR_ARG(str_cut(term->field, NAME_SHOWN)));
	if (check_op(q, term, field) < 0)
		return -1;
	if (out->member.p && ++q->members > MEMBERS_MAX)
		return err_set(q->err, ERR_INVALID,
			       "Invalid search query - there are too many "
			       "conditions about metadata. " ADVICE);
	out->join = SEARCH_TERM;
	out->op = ops[term->op];
	out->values = arena_alloc(q->arena, MAX(count_values(term), 1) *
						    sizeof(*out->values));
	for (const struct expr_value *v = term->values; v; v = v->next)
		if (!field->take(q, v, &out->values[out->n++]))
			return refuse_value(q, term->field, field);
	spell(q, out);
	return 0;
}

/* As deep as the expression, which the parser has bounded. */
static int convert(struct query *q, const struct expr *expr,
		   struct search_condition **out)
{
	struct search_condition *c = arena_zalloc(q->arena, sizeof(*c));
	struct search_condition **next = &c->first;
	*out = c;
	if (expr->kind == EXPR_TERM)
		return convert_term(q, expr, c);
	c->join = expr->kind == EXPR_AND ? SEARCH_AND : SEARCH_OR;
	for (const struct expr *e = expr->first; e; e = e->next) {
		if (convert(q, e, next) < 0)
			return -1;
		next = &(*next)->next;
	}
	return 0;
}

int imagekit_search_query_parse(const struct view *view, struct str text,
				struct search_query *out, struct err *err)
{
	struct expr *expr;
	struct err why;
	struct query q = {.arena = view->arena,
			  .exact = out->exact,
			  .now = view->now,
			  .err = err};
	if (imagekit_expression_parse(view->arena, text, &expr, &why) < 0)
		return err_set(err, ERR_INVALID,
			       "Invalid search query - %s. " ADVICE, why.text);
	int result = convert(&q, expr, &out->where);
	out->names_kind = q.names_kind;
	return result;
}
