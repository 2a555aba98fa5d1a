/* SPDX-License-Identifier: Apache-2.0 */
#include "library/search/search_sql.h"

void sql_init(struct sql *sql, const struct view *view)
{
	sql->view = view;
	sql->text = g_string_new(NULL);
	sql->values = g_array_new(FALSE, FALSE, sizeof(struct db_value));
}

void sql_release(struct sql *sql)
{
	g_string_free(sql->text, TRUE);
	g_array_unref(sql->values);
}

void sql_add(struct sql *sql, const char *text)
{
	g_string_append(sql->text, text);
}

static void add(struct sql *sql, struct db_value value)
{
	g_array_append_val(sql->values, value);
	g_string_append_printf(sql->text, "$%u", sql->values->len);
}

void sql_number(struct sql *sql, double number)
{
	int64_t whole = (int64_t)CLAMP(number, -9e18, 9e18);
	add(sql, (double)whole == number ? DB_INT(whole) : DB_DOUBLE(number));
}

void sql_text(struct sql *sql, struct str text)
{
	add(sql, DB_TEXT(text));
}

static void add_value(struct sql *sql, const struct search_value *value)
{
	if (value->kind == SEARCH_TEXT)
		sql_text(sql, value->text);
	else
		sql_number(sql, value->number);
}

struct db_stmt *sql_prepare(struct db_tx *tx, const struct sql *sql)
{
	struct db_stmt *stmt = db_prepare_text(tx, sql->text->str);
	db_bind(stmt,
		(struct db_args){(void *)sql->values->data, sql->values->len});
	return stmt;
}

/* Texts are in the order of their code points, as UTF-8 is in that of bytes. */
static struct str prefix_end(struct arena *arena, struct str prefix)
{
	while (prefix.n) {
		const char *end = prefix.p + prefix.n;
		const char *last = g_utf8_prev_char(end);
		gunichar next = g_utf8_get_char(last) + 1;
		char bytes[6];
		prefix.n = (size_t)(last - prefix.p);
		if (next == 0xd800) /* surrogates are no characters */
			next = 0xe000;
		if (next > 0x10ffff)
			continue;
		size_t n = (size_t)g_unichar_to_utf8(next, bytes);
		return arena_join(arena, prefix, (struct str){bytes, n});
	}
	return STR_NONE;
}

/* Where a field is, by kind; NULL: such rows do not have it. */
struct columns {
	const char *file, *version, *folder;
};

/* Not public (0), or of an account that has guarded what came in there (2). */
#define IS_PRIVATE(row)                                                        \
	"CASE WHEN " row "access > 0 OR (f.origin = 2 AND"                     \
	" (SELECT a.filestack_security FROM account a"                         \
	" WHERE a.id = f.account_id) = 1) THEN 1 ELSE 0 END"

/* clang-format off */
static const struct columns columns[SEARCH_FIELDS] = {
	[SEARCH_NAME]         = {"f.name", "f.name", "d.name"},
	[SEARCH_CREATED]      = {"f.created_at", "v.created_at", "d.created_at"},
	[SEARCH_UPDATED]      = {"f.updated_at", "v.updated_at", "d.updated_at"},
	[SEARCH_HEIGHT]       = {"f.height", "v.height", NULL},
	[SEARCH_WIDTH]        = {"f.width", "v.width", NULL},
	[SEARCH_SIZE]         = {"f.size", "v.size", NULL},
	[SEARCH_TYPE]         = {"f.type", "v.type", NULL},
	[SEARCH_PRIVATE]      = {IS_PRIVATE("f."), IS_PRIVATE("v."), NULL},
	[SEARCH_PUBLISHED]    = {"f.published", "v.published", NULL},
	[SEARCH_TRANSPARENCY] = {"f.has_alpha", "v.has_alpha", NULL},
	[SEARCH_FOLDER]       = {"f.folder", "f.folder", "d.parent"},
	[SEARCH_EMBEDDED]     = {"f.embedded_metadata", "v.embedded_metadata", NULL},
	[SEARCH_CUSTOM]       = {"f.custom_metadata", "v.custom_metadata", NULL},
	[SEARCH_TAGS]         = {"f.tags", "v.tags", NULL},
};

static const char *const op_texts[] = {
	[SEARCH_EQ] = " = ", [SEARCH_NE] = " <> ", [SEARCH_LT] = " < ",
	[SEARCH_LE] = " <= ", [SEARCH_GT] = " > ", [SEARCH_GE] = " >= ",
	[SEARCH_IN] = " IN (", [SEARCH_NOT_IN] = " NOT IN (",
};
/* clang-format on */

static const char *column_of(enum search_field field, enum search_kind kind)
{
	const struct columns *c = &columns[field];
	return kind == SEARCH_FILES      ? c->file
	       : kind == SEARCH_VERSIONS ? c->version
					 : c->folder;
}

static bool is_negative(enum search_op op)
{
	return op == SEARCH_NE || op == SEARCH_NOT_IN;
}

static bool kind_matches(const struct search_condition *c,
			 enum search_kind kind)
{
	bool among = false;
	for (size_t i = 0; i < c->n; i++)
		among = among || c->values[i].number == kind;
	return among != is_negative(c->op);
}

bool search_may_match(const struct search_condition *c, enum search_kind kind)
{
	bool all = true, any = false;
	if (c == NULL)
		return true;
	if (c->join == SEARCH_TERM)
		return c->field == SEARCH_KIND ? kind_matches(c, kind)
		       : column_of(c->field, kind) == NULL ? is_negative(c->op)
							   : true;
	for (const struct search_condition *p = c->first; p; p = p->next) {
		bool may = search_may_match(p, kind);
		all = all && may;
		any = any || may;
	}
	return c->join == SEARCH_AND ? all : any;
}

size_t search_required(const struct search_condition *c,
		       const struct search_condition **out, size_t max)
{
	size_t n = 0;
	if (c == NULL || max == 0 || c->join == SEARCH_OR)
		return 0;
	if (c->join == SEARCH_TERM) {
		out[0] = c;
		return 1;
	}
	for (const struct search_condition *p = c->first; p && n < max;
	     p = p->next)
		n += search_required(p, out + n, max - n);
	return n;
}

static void add_list(struct sql *sql, const struct search_condition *c)
{
	/* IN () is no SQL everywhere */
	if (c->n == 0)
		sql_add(sql, "NULL");
	for (size_t i = 0; i < c->n; i++) {
		if (i)
			sql_add(sql, ", ");
		add_value(sql, &c->values[i]);
	}
	sql_add(sql, ")");
}

/* A range that an index can give. */
static void add_prefix(struct sql *sql, const char *column, struct str prefix)
{
	struct str end = prefix_end(sql->view->arena, prefix);
	g_string_append_printf(sql->text, "(%s >= ", column);
	sql_text(sql, prefix);
	if (end.p) {
		g_string_append_printf(sql->text, " AND %s < ", column);
		sql_text(sql, end);
	}
	sql_add(sql, ")");
}

/* column op value(s), where the column is never NULL or NULL means false. */
static void add_comparison(struct sql *sql, const char *column,
			   const struct search_condition *c)
{
	if (c->op == SEARCH_PREFIX) {
		add_prefix(sql, column, c->values[0].text);
		return;
	}
	sql_add(sql, column);
	sql_add(sql, op_texts[c->op]);
	if (c->op == SEARCH_IN || c->op == SEARCH_NOT_IN)
		add_list(sql, c);
	else
		add_value(sql, &c->values[0]);
}

static void add_column(struct sql *sql, const char *column,
		       const struct search_condition *c)
{
	if (c->op == SEARCH_NOT_IN && c->n == 0) {
		sql_add(sql, "1 = 1");
		return;
	}
	sql_add(sql, "(");
	if (is_negative(c->op))
		g_string_append_printf(sql->text, "%s IS NULL OR ", column);
	add_comparison(sql, column, c);
	sql_add(sql, ")");
}

/* A JSON document's member, j, against those of the values that are of a kind;
 * false: there are none. One list for each, as SQLite bounds how many OR may
 * join. */
static bool add_json_values(struct sql *sql, enum search_op op,
			    const struct search_condition *c,
			    enum search_value_kind kind)
{
	struct search_condition same = {.op = op};
	same.values = arena_alloc(sql->view->arena,
				  MAX(c->n, 1) * sizeof(*same.values));
	for (size_t i = 0; i < c->n; i++)
		if (c->values[i].kind == kind)
			same.values[same.n++] = c->values[i];
	if (same.n == 0)
		return false;
	sql_add(sql, kind == SEARCH_TEXT ? "(j.type = 'text' AND "
					 : "(j.type IN ('integer', 'real')"
					   " AND ");
	add_comparison(sql, "j.value", &same);
	sql_add(sql, ")");
	return true;
}

static bool has_boolean(const struct search_condition *c, bool value)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->values[i].kind == SEARCH_BOOLEAN &&
		    (c->values[i].number != 0) == value)
			return true;
	return false;
}

/* The member itself, or one of its elements. */
static void add_member(struct sql *sql, const char *column,
		       const struct search_condition *c)
{
	bool list = c->op == SEARCH_IN || c->op == SEARCH_NOT_IN ||
		    c->op == SEARCH_NE;
	enum search_op op = list ? SEARCH_IN : c->op;
	struct str path = arena_printf(sql->view->arena, "$.\"%.*s\"",
				       STR_ARG(c->member));
	g_string_append_printf(sql->text,
			       "%sEXISTS (SELECT 1 FROM json_each(%s, ",
			       is_negative(c->op) ? "NOT " : "", column);
	sql_text(sql, path);
	sql_add(sql, ") j WHERE ");
	if (add_json_values(sql, op, c, SEARCH_TEXT))
		sql_add(sql, " OR ");
	if (add_json_values(sql, op, c, SEARCH_NUMBER))
		sql_add(sql, " OR ");
	if (has_boolean(c, true))
		sql_add(sql, "j.type = 'true' OR ");
	if (has_boolean(c, false))
		sql_add(sql, "j.type = 'false' OR ");
	sql_add(sql, "1 = 0");
	sql_add(sql, ")");
}

/* Of files by their rows of tags: from them when that drives, else by a look
 * for each file. */
static void add_tags(struct sql *sql, enum search_kind kind,
		     const struct search_condition *c, bool drives)
{
	const char *not = is_negative(c->op) ? "NOT " : "";
	if (kind == SEARCH_VERSIONS) {
		g_string_append_printf(sql->text,
				       "%sEXISTS (SELECT 1 FROM"
				       " json_each(v.tags) j"
				       " WHERE j.value IN (",
				       not );
		add_list(sql, c);
		sql_add(sql, ")");
		return;
	}
	sql_add(sql, drives ? "f.id IN (SELECT t.file_id" : not );
	sql_add(sql, drives ? "" : "EXISTS (SELECT 1");
	sql_add(sql, " FROM file_tag t WHERE t.account_id = ");
	sql_number(sql, (double)sql->view->account_id);
	sql_add(sql, " AND t.tag IN (");
	add_list(sql, c);
	sql_add(sql, drives ? ")" : " AND t.file_id = f.id)");
}

/* A column that no index should be used for. */
static char *hidden(const char *column)
{
	return g_strdup_printf("(%s || '')", column);
}

static void add_term(struct sql *sql, enum search_kind kind,
		     const struct search_condition *c,
		     const struct search_plan *plan)
{
	const char *column = column_of(c->field, kind);
	bool drives = plan->driver == c;
	if (c->field == SEARCH_KIND)
		sql_add(sql, kind_matches(c, kind) ? "1 = 1" : "1 = 0");
	else if (column == NULL)
		sql_add(sql, is_negative(c->op) ? "1 = 1" : "1 = 0");
	else if (c->field == SEARCH_TAGS)
		add_tags(sql, kind, c, drives);
	else if (c->field == SEARCH_EMBEDDED || c->field == SEARCH_CUSTOM)
		add_member(sql, column, c);
	else if (!drives &&
		 (c->field == SEARCH_NAME || c->field == SEARCH_FOLDER)) {
		g_autofree char *plain = hidden(column);
		add_column(sql, plain, c);
	} else {
		add_column(sql, column, c);
	}
}

/* How much of SQLite's parser's stack, which has 100 places and no more, the
 * tree takes beyond a term of it: one for a parenthesis, two for what stands
 * before in a list. */
static unsigned height(const struct search_condition *c)
{
	unsigned most = 0, second = 0;
	for (const struct search_condition *p = c->first; p; p = p->next) {
		unsigned h = height(p);
		second = MAX(second, MIN(most, h));
		most = MAX(most, h);
	}
	if (c->join == SEARCH_TERM)
		return 0;
	bool alone = c->first->next == NULL;
	return (c->join == SEARCH_OR) + MAX(most, alone ? 0 : second + 2);
}

static void add_tree(struct sql *sql, enum search_kind kind,
		     const struct search_condition *c,
		     const struct search_plan *plan);

static void add_part(struct sql *sql, enum search_kind kind,
		     const struct search_condition *c,
		     const struct search_plan *plan)
{
	bool is_or = c->join == SEARCH_OR;
	sql_add(sql, is_or ? "(" : "");
	add_tree(sql, kind, c, plan);
	sql_add(sql, is_or ? ")" : "");
}

/* The highest part goes first, where it takes the least: then a tree of 64
 * parentheses and 500 terms fits. */
static void add_tree(struct sql *sql, enum search_kind kind,
		     const struct search_condition *c,
		     const struct search_plan *plan)
{
	if (c->join == SEARCH_TERM) {
		add_term(sql, kind, c, plan);
		return;
	}
	const struct search_condition *highest = c->first;
	for (const struct search_condition *p = c->first; p; p = p->next)
		if (height(p) > height(highest))
			highest = p;
	add_part(sql, kind, highest, plan);
	for (const struct search_condition *p = c->first; p; p = p->next) {
		if (p == highest)
			continue;
		sql_add(sql, c->join == SEARCH_AND ? " AND " : " OR ");
		add_part(sql, kind, p, plan);
	}
}

void sql_condition(struct sql *sql, const struct search_condition *where,
		   enum search_kind kind, const struct search_plan *plan)
{
	if (where == NULL)
		return;
	sql_add(sql, " AND ");
	add_part(sql, kind, where, plan);
}
