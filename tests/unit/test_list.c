/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of files: order, ties, folders, what changes between pages, and the
 * plans of the queries, on which their cost depends.
 */
#include "library_world.h"

#include "library/search/list.h"
#include "library/search/search.h"

#define OTHER 2

/* The paths of one page, with a '+' at the end when there are more. */
static char *page_of(struct world *world, int64_t account,
		     const struct list_query *list, struct id *last)
{
	struct err err;
	struct file_page found;
	if (file_list(WORLD_VIEW(world, account), list, &found, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(found.n <= list->limit);
	GString *text = g_string_new(NULL);
	for (size_t i = 0; i < found.n; i++) {
		const struct file *file = &found.items[i];
		assert_int_equal(file->account_id, account);
		g_string_append_printf(text, "%s%.*s", i ? " " : "",
				       STR_ARG(file->path));
		*last = file->id;
	}
	g_string_append(text, found.more ? " +" : "");
	return g_string_free(text, FALSE);
}

static char *page(struct world *world, const struct list_query *list,
		  struct id *last)
{
	return page_of(world, ACCOUNT, list, last);
}

static struct list_query all_of(unsigned limit)
{
	return (struct list_query){.folder = STR_NONE, .limit = limit};
}

/* All pages, joined; page ends are '|'. */
static char *pages(struct world *world, struct list_query list)
{
	GString *text = g_string_new(NULL);
	for (bool more = true; more;) {
		g_autofree char *one = page(world, &list, &list.after_id);
		more = g_str_has_suffix(one, " +");
		if (more)
			one[strlen(one) - 2] = '\0';
		g_string_append_printf(text, "%s%s", text->len ? "|" : "", one);
		list.after = true;
	}
	return g_string_free(text, FALSE);
}

static struct id put_at(struct world *world, const char *path, uint8_t second,
			uint8_t tie)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of(path);
	put.id = (struct id){{0x60, 0, 0, second, tie}};
	if (world_put(world, &put, STR("x"), &file, &err) < 0)
		fail_msg("%s: %s", path, err.text);
	return put.id;
}

static void equal_times_have_one_order_on_all_pages(void **state)
{
	struct world *world = *state;
	put_at(world, "a", 1, 5);
	put_at(world, "b", 2, 9);
	put_at(world, "c", 2, 7);
	put_at(world, "d", 2, 8);
	put_at(world, "e", 3, 1);
	g_autofree char *one = pages(world, all_of(1));
	assert_string_equal(one, "e|b|d|c|a");
	g_autofree char *two = pages(world, all_of(2));
	assert_string_equal(two, "e b|d c|a");
	g_autofree char *five = pages(world, all_of(5));
	assert_string_equal(five, "e b d c a");
	g_autofree char *most = pages(world, all_of(LIST_LIMIT_MAX));
	assert_string_equal(most, "e b d c a");
}

static void an_empty_account_has_one_empty_page(void **state)
{
	struct world *world = *state;
	struct list_query other = all_of(10);
	put_at(world, "a", 1, 1);
	g_autofree char *text = page_of(world, OTHER, &other, &other.after_id);
	assert_string_equal(text, "");
}

static void files_that_go_leave_no_gap_and_no_double(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id ids[6], last;
	static const char *const paths[] = {"a", "b", "c", "d", "e", "f"};
	for (uint8_t i = 0; i < COUNT(ids); i++)
		ids[i] = put_at(world, paths[i], i, 0);
	struct list_query list = all_of(2);
	g_autofree char *first = page(world, &list, &last);
	assert_string_equal(first, "f e +");
	/* the cursor's file itself, one before it, one that would be next */
	for (unsigned i = 3; i < 6; i++)
		assert_int_equal(
			file_delete(WORLD_VIEW(world, ACCOUNT), &ids[i], &err),
			1);
	put_at(world, "new", 9, 0);
	list.after = true;
	list.after_id = last;
	g_autofree char *second = page(world, &list, &last);
	assert_string_equal(second, "c b +");
	list.after_id = last;
	g_autofree char *third = page(world, &list, &last);
	assert_string_equal(third, "a");
	list.after_id = last;
	g_autofree char *end = page(world, &list, &last);
	assert_string_equal(end, "");
}

static void expired_files_are_not_listed(void **state)
{
	struct world *world = *state;
	put_at(world, "a", 1, 0);
	put_at(world, "d/b", 2, 0);
	put_at(world, "d/c", 3, 0);
	world_change(world, "UPDATE file SET expires_at = 1"
			    " WHERE path = 'd/c'");
	g_autofree char *all = pages(world, all_of(1));
	assert_string_equal(all, "d/b|a");
	struct list_query list = all_of(1);
	list.folder = STR("d");
	g_autofree char *folder = pages(world, list);
	assert_string_equal(folder, "d/b");
}

/* Newest last. */
static const char *const tree[] = {
	"root",    "im/a",       "im/av/b",      "im2/c",  "im/d",
	"im.x/e",  "im0/f",      "im/av/deep/g", "Im/h",   "im%/i",
	"im/zz/j", "\xc3\xa4/k", "im-1/l",       "z/im/m", "im/av2/n",
};

static const struct {
	const char *folder;
	const char *files;
} folders[] = {
	{"", "root"},
	{"im", "im/av2/n im/zz/j im/av/deep/g im/d im/av/b im/a"},
	{"im/av", "im/av/deep/g im/av/b"},
	{"im/av/deep", "im/av/deep/g"},
	{"Im", "Im/h"},
	{"im%", "im%/i"},
	{"im0", "im0/f"},
	{"\xc3\xa4", "\xc3\xa4/k"},
	{"z", "z/im/m"},
	{"i", ""},
	{"im/a", ""},
	{"nothing", ""},
};

static void a_folder_is_itself_and_all_below(void **state)
{
	struct world *world = *state;
	for (uint8_t i = 0; i < COUNT(tree); i++)
		put_at(world, tree[i], i, 0);
	world_change(world, "INSERT INTO folder (account_id, path, created_at)"
			    " VALUES (2, 'im', 1), (2, 'im/av', 1)");
	for (size_t i = 0; i < COUNT(folders); i++)
		for (unsigned limit = 1; limit < 9; limit++) {
			struct list_query list = all_of(limit);
			list.folder = str_of(folders[i].folder);
			g_autofree char *text = pages(world, list);
			g_strdelimit(text, "|", ' ');
			if (strcmp(text, folders[i].files) != 0)
				fail_msg("\"%s\" by %u: %s", folders[i].folder,
					 limit, text);
		}
}

/* The statement as it would run; text is kept, because statements are found
 * again by its address. */
static int explain(struct db_tx *tx, void *arg, struct err *err)
{
	GString *text = arg;
	struct db_stmt *stmt = db_prepare(tx, text->str);
	GString *lines = g_string_new(NULL);
	int more;
	while ((more = db_step(stmt, err)) > 0)
		g_string_append_printf(lines, "%.*s\n",
				       STR_ARG(db_text(stmt, 3)));
	g_string_append_c(text, '\0');
	g_string_append(text, lines->str);
	g_string_free(lines, TRUE);
	return more;
}

static const struct {
	const char *uses, *also; /* of list_statements, in order */
} plans[LIST_STATEMENTS] = {
	{"file_by_age (account_id=? AND id<?)", ""},
	{"file_by_folder (account_id=? AND folder=? AND id<?)", ""},
	{"sqlite_autoindex_folder_1 (account_id=? AND path>? AND path<?)", ""},
	{"sqlite_autoindex_file_1 (id=?)",
	 "SEARCH b USING INTEGER PRIMARY KEY"},
};

static void every_query_of_a_page_uses_its_index(void **state)
{
	struct world *world = *state;
	GString *texts[LIST_STATEMENTS];
	for (size_t i = 0; i < LIST_STATEMENTS; i++) {
		struct err err;
		texts[i] = g_string_sized_new(8192);
		g_string_printf(texts[i], "EXPLAIN QUERY PLAN %s",
				list_statements[i]);
		if (db_read(library_db(world->library), explain, texts[i],
			    &err) < 0)
			fail_msg("%s", err.text);
		const char *plan = texts[i]->str + strlen(texts[i]->str) + 1;
		if (!strstr(plan, plans[i].uses) ||
		    !strstr(plan, plans[i].also) || strstr(plan, "SCAN") ||
		    strstr(plan, "TEMP B-TREE"))
			fail_msg("%s:\n%s", list_statements[i], plan);
	}
	library_close(world->library);
	world->library = NULL;
	for (size_t i = 0; i < LIST_STATEMENTS; i++)
		g_string_free(texts[i], TRUE);
}

/* Whatever reads for a call does, by whichever of the view's times. */
static void reads_end_in_time(void **state)
{
	struct world *world = *state;
	static const _Atomic int64_t passed = 1, not_set = 0;
	const struct search search = {.kinds = SEARCH_FILES, .limit = 1};
	const struct list_query query = {.limit = 1};
	struct search_list found;
	struct file_page page;
	struct err err;
	const struct view *own = WORLD_VIEW(world, ACCOUNT);
	struct view views[] = {*own, *own, *own};
	views[0].left_us = &not_set;
	views[1].until_us = 1;
	views[2].left_us = &passed;
	for (size_t i = 0; i < COUNT(views); i++) {
		int want = i == 0 ? 0 : -1;
		assert_int_equal(search_run(&views[i], &search, &found, &err),
				 want);
		assert_int_equal(file_list(&views[i], &query, &page, &err),
				 want);
		if (want < 0)
			assert_int_equal(err.code, ERR_BUSY);
	}
}

/* They are read when they are shown: one may have gone by then. */
static void what_is_found_is_loaded_as_it_is_then(void **state)
{
	struct world *world = *state;
	static const char *const paths[] = {"a", "b", "c"};
	const struct search search = {.kinds = SEARCH_FILES | SEARCH_FOLDERS,
				      .limit = 10};
	const struct view *view = WORLD_VIEW(world, ACCOUNT);
	struct search_list found;
	struct err err;
	struct id ids[COUNT(paths)];
	for (uint8_t i = 0; i < COUNT(paths); i++)
		ids[i] = put_at(world, paths[i], i, 0);
	put_at(world, "d/e", 9, 0);
	assert_int_equal(search_run(view, &search, &found, &err), 0);
	assert_int_equal(found.n, 5);
	assert_int_equal(file_delete(view, &ids[1], &err), 1);
	assert_int_equal(search_load(view, found.items, 3, &err), 0);
	assert_int_equal(search_load(view, found.items + 3, 2, &err), 0);
	assert_int_equal(found.items[0].kind, SEARCH_FOLDERS);
	assert_str(found.items[0].folder.path, STR("d"));
	assert_int_equal(found.items[1].kind, SEARCH_FILES);
	assert_str(found.items[1].file.path, STR("a"));
	assert_int_equal(found.items[2].kind, SEARCH_GONE);
	assert_str(found.items[3].file.path, STR("c"));
	assert_str(found.items[4].file.path, STR("d/e"));
}

/* At a stop what comes late has its time, too. */
static void reads_go_on_for_a_moment_at_a_stop(void **state)
{
	struct world *world = *state;
	const struct list_query query = {.limit = 1};
	struct file_page page;
	struct err err;
	library_finish_within(world->library, 60000);
	library_finish_within(world->library, 0);
	library_finish_within(world->library, 60000);
	assert_int_equal(
		file_list(WORLD_VIEW(world, ACCOUNT), &query, &page, &err), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(equal_times_have_one_order_on_all_pages),
		TEST(an_empty_account_has_one_empty_page),
		TEST(files_that_go_leave_no_gap_and_no_double),
		TEST(expired_files_are_not_listed),
		TEST(a_folder_is_itself_and_all_below),
		TEST(every_query_of_a_page_uses_its_index),
		TEST(what_is_found_is_loaded_as_it_is_then),
		TEST(reads_end_in_time),
		TEST(reads_go_on_for_a_moment_at_a_stop),
	};
	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
