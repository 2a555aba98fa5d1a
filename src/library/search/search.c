/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a search: for each kind of row, the ids of the page from an index,
 * then the rows.
 *
 * A page is found in one of two ways. Row by row along an index in the order
 * that was asked for, until it is full: right when much fulfils the condition.
 * Or from those rows that fulfil one term of it (a tag, the beginning of a
 * name), sorted: right when they are few, which a bounded count finds out. The
 * statements leave the planner no other way. docs/decisions/0013 says more.
 */
#include "library/search/search.h"
#include "base/clock.h"
#include "library/files/file_row.h"
#include "library/library_internal.h"
#include "library/row.h"
#include "library/search/search_sql.h"

#define FEW 10000 /* rows that are worth sorting */
#define REQUIRED_MAX 16

struct search_call {
	struct view view;
	const struct search *search;
	size_t offset; /* still to be passed over */
	struct search_item *items;
	size_t n;
};

static const char *const from_texts[] = {
	[SEARCH_FILES] = " FROM file f",
	[SEARCH_VERSIONS] = " FROM version v JOIN file f ON f.id = v.file_id",
	[SEARCH_FOLDERS] = " FROM folder d",
};

/* Of the account, alive, in the folder, of the type. */
static void add_where(struct sql *sql, const struct search_call *call,
		      enum search_kind kind, const struct search_plan *plan)
{
	const struct search *search = call->search;
	bool folders = kind == SEARCH_FOLDERS;
	const struct search_condition *driver = plan->driver;
	/* a plus keeps indexes that begin with the account out */
	bool by_tag = driver && driver->field == SEARCH_TAGS;
	sql_add(sql, folders  ? " WHERE d.account_id = "
		     : by_tag ? " WHERE +f.account_id = "
			      : " WHERE f.account_id = ");
	sql_number(sql, (double)call->view.account_id);
	if (search->folder.p) {
		sql_add(sql, folders  ? " AND d.parent = "
			     : driver ? " AND (f.folder || '') = "
				      : " AND f.folder = ");
		sql_text(sql, search->folder);
	}
	if (!folders) {
		sql_add(sql, " AND (f.expires_at IS NULL OR f.expires_at > ");
		sql_number(sql, (double)call->view.now);
		sql_add(sql, ")");
	}
	if (kind == SEARCH_VERSIONS) {
		sql_add(sql, " AND (v.expires_at IS NULL OR v.expires_at > ");
		sql_number(sql, (double)call->view.now);
		sql_add(sql, ")");
	}
	if (search->type != SEARCH_ALL_TYPES && !folders) {
		const char *column = kind == SEARCH_FILES ? "f" : "v";
		g_string_append_printf(
			sql->text,
			" AND substr(%s.type, 1, 6)"
			" %s 'image/'",
			column, search->type == SEARCH_IMAGES ? "=" : "<>");
	}
	sql_condition(sql, search->where, kind, plan);
}

/* Sorting */

static const char *const file_keys[] = {
	[SORT_CREATED] = NULL, /* ids are in that order */
	[SORT_UPDATED] = "f.updated_at", [SORT_NAME] = "f.name",
	[SORT_HEIGHT] = "f.height",      [SORT_WIDTH] = "f.width",
	[SORT_SIZE] = "f.size",
};
static const char *const version_keys[] = {
	[SORT_CREATED] = "v.created_at", [SORT_UPDATED] = "v.updated_at",
	[SORT_NAME] = "f.name",          [SORT_HEIGHT] = "v.height",
	[SORT_WIDTH] = "v.width",        [SORT_SIZE] = "v.size",
};
static const char *const folder_keys[] = {
	[SORT_CREATED] = "d.created_at", [SORT_UPDATED] = "d.updated_at",
	[SORT_NAME] = "d.name",          [SORT_HEIGHT] = "d.created_at",
	[SORT_WIDTH] = "d.created_at",   [SORT_SIZE] = "d.created_at",
};

static void add_order(struct sql *sql, const struct search *search,
		      enum search_kind kind, const struct search_plan *plan)
{
	const char *direction = search->descending ? " DESC" : "";
	const char *key = kind == SEARCH_FILES      ? file_keys[search->sort]
			  : kind == SEARCH_VERSIONS ? version_keys[search->sort]
						    : folder_keys[search->sort];
	const char *last = kind == SEARCH_FILES      ? "f.id"
			   : kind == SEARCH_VERSIONS ? "v.id"
						     : "d.path";
	/* no index is in this order: what drives is sorted */
	if (key == NULL && plan->driver)
		key = "f.created_at";
	sql_add(sql, " ORDER BY ");
	if (key)
		g_string_append_printf(sql->text, "%s%s, ", key, direction);
	g_string_append_printf(sql->text, "%s%s", last, direction);
}

/* Choosing what drives */

/* A row of an index for each of few files. */
static bool can_drive(const struct search_condition *term)
{
	return (term->field == SEARCH_TAGS && term->op == SEARCH_IN) ||
	       (term->field == SEARCH_NAME &&
		(term->op == SEARCH_EQ || term->op == SEARCH_IN ||
		 (term->op == SEARCH_PREFIX && term->values[0].text.n)));
}

/* What the statement counts; releases it. */
static int read_count(struct db_tx *tx, struct sql *sql, int64_t *out,
		      struct err *err)
{
	struct db_stmt *stmt = sql_prepare(tx, sql);
	int result = db_step(stmt, err);
	*out = db_int(stmt, 0);
	db_done(stmt);
	sql_release(sql);
	return result < 0 ? -1 : 0;
}

/* Rows that fulfil the term, FEW + 1 at most. */
static int count_few(struct db_tx *tx, const struct search_call *call,
		     const struct search_condition *term, int64_t *out,
		     struct err *err)
{
	struct sql sql;
	const struct search_plan plan = {term};
	bool tags = term->field == SEARCH_TAGS;
	sql_init(&sql, &call->view);
	sql_add(&sql, "SELECT COUNT(*) FROM (SELECT 1 FROM ");
	if (tags) {
		sql_add(&sql, "file_tag t WHERE t.account_id = ");
		sql_number(&sql, (double)call->view.account_id);
		sql_add(&sql, " AND t.tag IN (");
		for (size_t i = 0; i < term->n; i++) {
			sql_add(&sql, i ? ", " : "");
			sql_text(&sql, term->values[i].text);
		}
		sql_add(&sql, term->n ? ")" : "NULL)");
	} else {
		sql_add(&sql, "file f WHERE f.account_id = ");
		sql_number(&sql, (double)call->view.account_id);
		sql_condition(&sql, term, SEARCH_FILES, &plan);
	}
	sql_add(&sql, " LIMIT ");
	sql_number(&sql, FEW + 1);
	sql_add(&sql, ") AS few");
	return read_count(tx, &sql, out, err);
}

static int choose_plan(struct db_tx *tx, const struct search_call *call,
		       struct search_plan *out, struct err *err)
{
	const struct search_condition *terms[REQUIRED_MAX];
	size_t n = search_required(call->search->where, terms, REQUIRED_MAX);
	int64_t least = FEW;
	out->driver = NULL;
	for (size_t i = 0; i < n; i++) {
		int64_t count = 0;
		if (!can_drive(terms[i]))
			continue;
		if (count_few(tx, call, terms[i], &count, err) < 0)
			return -1;
		if (count > least)
			continue;
		least = count;
		out->driver = terms[i];
	}
	return 0;
}

/* Reading */

static void read_folder(struct db_stmt *stmt, const struct search_call *call,
			struct folder *out)
{
	*out = (struct folder){
		.account_id = call->view.account_id,
		.path = arena_str(call->view.arena, db_text(stmt, 0)),
		.name = arena_str(call->view.arena, db_text(stmt, 1)),
		.created_ms = db_int(stmt, 2),
		.updated_ms = db_int(stmt, 3),
	};
	out->id = folder_id(out->account_id, out->path);
}

static int read_page(struct search_call *call, enum search_kind kind,
		     struct db_stmt *stmt, struct err *err)
{
	bool folders = kind == SEARCH_FOLDERS;
	int more = 0;
	while (call->n < call->search->limit &&
	       (more = db_step(stmt, err)) > 0) {
		struct search_item *item = &call->items[call->n];
		int result = 0;
		*item = (struct search_item){.kind = kind};
		if (folders)
			read_folder(stmt, call, &item->folder);
		else
			result = row_id(stmt, 0, &item->file.id, err);
		if (result == 0)
			call->n++;
		else if (!row_passed_over(err, "a file"))
			return -1;
	}
	db_done(stmt);
	return more < 0 ? -1 : 0;
}

static const char *const selected[] = {
	[SEARCH_FILES] = "SELECT f.id",
	[SEARCH_VERSIONS] = "SELECT v.id",
	[SEARCH_FOLDERS] = "SELECT d.path, d.name, d.created_at, d.updated_at",
};

static int find_page(struct db_tx *tx, struct search_call *call,
		     enum search_kind kind, const struct search_plan *plan,
		     struct err *err)
{
	struct sql sql;
	sql_init(&sql, &call->view);
	sql_add(&sql, selected[kind]);
	sql_add(&sql, from_texts[kind]);
	add_where(&sql, call, kind, plan);
	add_order(&sql, call->search, kind, plan);
	sql_add(&sql, " LIMIT ");
	sql_number(&sql, (double)(call->search->limit - call->n));
	sql_add(&sql, " OFFSET ");
	sql_number(&sql, (double)call->offset);
	struct db_stmt *stmt = sql_prepare(tx, &sql);
	int result = read_page(call, kind, stmt, err);
	sql_release(&sql);
	return result;
}

/* A page that lies behind all rows of the kind: how many those are. */
static int pass_over(struct db_tx *tx, struct search_call *call,
		     enum search_kind kind, const struct search_plan *plan,
		     struct err *err)
{
	struct sql sql;
	int64_t count = 0;
	sql_init(&sql, &call->view);
	sql_add(&sql, "SELECT COUNT(*)");
	sql_add(&sql, from_texts[kind]);
	add_where(&sql, call, kind, plan);
	int result = read_count(tx, &sql, &count, err);
	call->offset -= MIN(call->offset, (size_t)count);
	return result;
}

static int search_kind(struct db_tx *tx, struct search_call *call,
		       enum search_kind kind, struct err *err)
{
	struct search_plan plan = {NULL};
	size_t before = call->n;
	if (!(call->search->kinds & kind) ||
	    !search_may_match(call->search->where, kind) ||
	    call->n == call->search->limit)
		return 0;
	if (kind == SEARCH_FILES && choose_plan(tx, call, &plan, err) < 0)
		return -1;
	if (find_page(tx, call, kind, &plan, err) < 0)
		return -1;
	bool last = (call->search->kinds & ~(2 * (unsigned)kind - 1)) == 0;
	if (call->n > before) {
		call->offset = 0;
		return 0;
	}
	return call->offset == 0 || last
		       ? 0
		       : pass_over(tx, call, kind, &plan, err);
}

static int search_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct search_call *call = arg;
	call->view.tx = tx;
	if (search_kind(tx, call, SEARCH_FOLDERS, err) < 0 ||
	    search_kind(tx, call, SEARCH_FILES, err) < 0)
		return -1;
	return search_kind(tx, call, SEARCH_VERSIONS, err);
}

int search_run(const struct view *view, const struct search *search,
	       struct search_list *out, struct err *err)
{
	g_assert(search->limit > 0 && search->limit <= SEARCH_LIMIT_MAX);
	struct search_call call = {
		.view = *view, .search = search, .offset = search->offset};
	call.items =
		arena_alloc(view->arena, search->limit * sizeof(*call.items));
	if (view_read(view, search_rows, &call, err) < 0)
		return -1;
	*out = (struct search_list){call.items, call.n};
	return 0;
}

struct load_call {
	struct view view;
	struct search_item *items;
	size_t n;
};

static int load_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct load_call *call = arg;
	call->view.tx = tx;
	for (size_t i = 0; i < call->n; i++) {
		struct search_item *item = &call->items[i];
		const struct id id = item->file.id;
		int found = 1;
		if (item->kind == SEARCH_FILES)
			found = file_row_find(&call->view, &id, &item->file,
					      err);
		else if (item->kind == SEARCH_VERSIONS)
			found = version_row_find(&call->view, &id, &item->file,
						 err);
		if (found < 0 && !row_passed_over(err, "a file"))
			return -1;
		if (found <= 0)
			item->kind = SEARCH_GONE;
	}
	return 0;
}

int search_load(const struct view *view, struct search_item *items, size_t n,
		struct err *err)
{
	struct load_call call = {.view = *view, .items = items, .n = n};
	return view_read(view, load_rows, &call, err);
}
