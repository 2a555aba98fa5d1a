/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StashFyle's files as rows: list, details, delete.
 */
#include "api/stashfyle/stashfyle.h"

#include "base/encode.h"
#include "library/search/list.h"

#include <glib.h>

int stashfyle_not_found(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "File not found");
}

bool stashfyle_parse_id(struct str text, struct id *out)
{
	return str_starts(text, STR("f_")) &&
	       id_from_base36(str_skip(text, 2), out);
}

int stashfyle_find_own(struct request *rq, struct file *file, struct err *err)
{
	struct id id;
	if (!stashfyle_parse_id(rq->param[0], &id))
		return stashfyle_not_found(err);
	int found = file_by_id(request_view(rq), &id, file, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return stashfyle_not_found(err);
	return 0;
}

int stashfyle_get(struct request *rq, struct err *err)
{
	struct file file;
	if (stashfyle_find_own(rq, &file, err) != 0)
		return -1;
	reply_json(rq, 200, "application/json",
		   stashfyle_file_shape(rq, &file));
	return 0;
}

int stashfyle_delete(struct request *rq, struct err *err)
{
	struct file file;
	if (stashfyle_find_own(rq, &file, err) != 0)
		return -1;
	int removed = file_delete(request_view(rq), &file.id, err);
	if (removed < 0)
		return -1;
	if (removed == 0)
		return stashfyle_not_found(err);
	reply_json(rq, 200, "application/json",
		   json_pack("{s:b}", "success", 1));
	return 0;
}

/* Clients put empty parameters into URLs where they mean none. */
static struct str query_given(struct request *rq, const char *name)
{
	struct str value = request_query(rq, name);
	return value.n ? value : STR_NONE;
}

/* Any integer counts, however long, and is held within 1..MAX. */
static int parse_limit(struct str text, unsigned *out, struct err *err)
{
	uint64_t value = 0;
	bool negative = str_starts(text, STR("-"));
	*out = STASHFYLE_LIST_DEFAULT;
	if (text.p == NULL)
		return 0;
	struct str digits = str_skip(text, negative);
	for (size_t i = 0; i < digits.n; i++) {
		if (!g_ascii_isdigit(digits.p[i]))
			digits.n = 0;
		else if (value <= STASHFYLE_LIST_MAX)
			value = value * 10 + (uint64_t)(digits.p[i] - '0');
	}
	if (digits.n == 0)
		return err_set(err, ERR_INVALID,
			       "limit must be a number from 1 to %d",
			       STASHFYLE_LIST_MAX);
	*out = (unsigned)CLAMP(negative ? 0 : value, 1, STASHFYLE_LIST_MAX);
	return 0;
}

/* Absent: everything; "/": what lies in no folder. */
static int parse_folder(struct str text, struct str *out, struct err *err)
{
	*out = STR_NONE;
	if (text.p == NULL)
		return 0;
	*out = str_trim_char(text, '/');
	return stashfyle_check_folder(*out, err);
}

/* A cursor is the id of a page's last file: 16 characters of base64. */
static struct str write_cursor(struct request *rq, const struct id *id)
{
	struct str text =
		base64_encode(request_arena(rq), id->b, sizeof(id->b));
	char *url_safe = arena_cstr(request_arena(rq), text);
	g_strdelimit(url_safe, "+", '-');
	g_strdelimit(url_safe, "/", '_');
	return str_of(url_safe);
}

static int parse_cursor(struct request *rq, struct str text,
			struct list_query *query, struct err *err)
{
	if (text.p == NULL)
		return 0;
	/* the decoder passes over blanks; a cursor has none */
	bool blank = strcspn(arena_cstr(request_arena(rq), text), " \t\r\n") !=
		     text.n;
	struct str bytes = base64_decode(request_arena(rq), text);
	if (blank || bytes.n != sizeof(query->after_id.b))
		return err_set(err, ERR_INVALID, "Invalid cursor");
	memcpy(query->after_id.b, bytes.p, bytes.n);
	query->after = true;
	return 0;
}

static void reply_list(struct request *rq, const struct file_page *page)
{
	json_t *array = json_array();
	json_t *cursor = json_null();
	for (size_t i = 0; i < page->n; i++)
		json_array_append_new(
			array, stashfyle_file_shape(rq, &page->items[i]));
	if (page->more)
		cursor = json_str(write_cursor(rq, &page->last));
	reply_json(rq, 200, "application/json",
		   json_pack("{s:o, s:b, s:o}", "files", array, "has_more",
			     page->more, "cursor", cursor));
}

int stashfyle_list(struct request *rq, struct err *err)
{
	struct list_query query = {0};
	struct file_page page;
	if (parse_limit(query_given(rq, "limit"), &query.limit, err) != 0 ||
	    parse_folder(query_given(rq, "folder"), &query.folder, err) != 0 ||
	    parse_cursor(rq, query_given(rq, "cursor"), &query, err) != 0 ||
	    file_list(request_view(rq), &query, &page, err) != 0)
		return -1;
	reply_list(rq, &page);
	return 0;
}
