/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each call of the library to its database fails once, in each operation: the
 * operation says so and has changed nothing.
 */
#include "faulty_driver.h"
#include "library/accounts/token.h"
#include "library/background/webhook.h"
#include "library/files/edit.h"
#include "library/files/folder.h"
#include "library/files/version.h"
#include "library/library_internal.h"
#include "library/search/list.h"
#include "library_world.h"

#include <sqlite3.h>

/* The rows */

static int add_row(void *user, int n, char **values, char **names)
{
	GString *text = user;
	(void)names;
	for (int i = 0; i < n; i++)
		g_string_append_printf(text, "%s|", values[i]);
	g_string_append_c(text, '\n');
	return 0;
}

static void select_rows(sqlite3 *handle, const char *sql, GString *out)
{
	if (sqlite3_exec(handle, sql, add_row, out, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
}

/* "SELECT 'file', quote(id), quote(name) ... FROM file", a line each table. */
#define SELECTS                                                                \
	"SELECT 'SELECT ''' || t.name || ''', ' ||"                            \
	" (SELECT group_concat('quote(' || c.name || ')') FROM"                \
	" pragma_table_info(t.name) c) || ' FROM ' || t.name || ' ORDER BY 2'" \
	" FROM sqlite_schema t WHERE t.type = 'table' ORDER BY t.name"

/* All rows of all tables as text; free with g_free(). */
static char *all_rows(const struct world *world)
{
	g_autofree char *path =
		g_build_filename(world->dir, "stowage.db", NULL);
	g_autoptr(GString) selects = g_string_new(NULL);
	GString *rows = g_string_new(NULL);
	sqlite3 *handle;
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	select_rows(handle, SELECTS, selects);
	g_auto(GStrv) lines = g_strsplit(selects->str, "|\n", -1);
	for (char **line = lines; **line; line++)
		select_rows(handle, *line, rows);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
	return g_string_free(rows, FALSE);
}

/* Operations: each -1, or something else when it is done. */

static int put_at(struct world *world, const char *path, size_t size,
		  struct err *err)
{
	struct file file;
	struct file_put put = world_put_of(path);
	put.if_exists = FILE_ADD_VERSION;
	put.tags = STR("[\"one\",\"two\"]");
	return world_put(world, &put, world_content(&world->arena, 2, size),
			 &file, err);
}

static int put_small(struct world *world, struct err *err)
{
	return put_at(world, "a/b/small", 10, err);
}

static int put_large(struct world *world, struct err *err)
{
	return put_at(world, "a/c/large", LARGE, err);
}

static int put_again(struct world *world, struct err *err)
{
	return put_at(world, "a/b/small", 20, err);
}

static int look(struct world *world, struct err *err)
{
	struct file file;
	return file_by_path(WORLD_VIEW_OF(world, ACCOUNT, true),
			    STR("a/b/small"), &file, err);
}

static struct file small_file(struct world *world)
{
	struct file file;
	int plan = atomic_exchange(&fault_after, 0);
	assert_true(world_has(world, "a/b/small", &file));
	atomic_store(&fault_after, plan);
	return file;
}

static int edit(struct world *world, struct err *err)
{
	struct file file = small_file(world);
	struct file_edit how = {
		.columns = EDIT_TAGS | EDIT_DRAFT | EDIT_CUSTOM_METADATA,
		.tags = STR("[\"three\"]"),
		.custom_metadata = STR("{\"a\":1}"),
		.draft = true,
		.all_versions = true,
	};
	return file_edit(WORLD_VIEW(world, ACCOUNT), &file.id, &how, &file,
			 err);
}

static int copy(struct world *world, struct err *err)
{
	struct file_relocation how = {.account_id = ACCOUNT,
				      .source = STR("a/b/small"),
				      .target = STR("d/e/copy"),
				      .copy = true,
				      .with_versions = true};
	return file_relocate(world->library, &how, err);
}

static int move_onto(struct world *world, struct err *err)
{
	struct file_relocation how = {.account_id = ACCOUNT,
				      .source = STR("d/e/copy"),
				      .target = STR("a/c/large")};
	return file_relocate(world->library, &how, err);
}

static int list(struct world *world, struct err *err)
{
	const struct list_query how = {.folder = STR("a"), .limit = 10};
	struct file_page page;
	return file_list(WORLD_VIEW(world, ACCOUNT), &how, &page, err);
}

static int delete_old_version(struct world *world, struct err *err)
{
	struct file file = small_file(world);
	struct file *versions;
	size_t n;
	if (world_versions(world, &file.id, &versions, &n, err) < 0)
		return -1;
	assert_int_equal(n, 2);
	size_t old =
		versions[0].version_number < versions[1].version_number ? 0 : 1;
	return version_delete(
		WORLD_VIEW(world, ACCOUNT),
		&(struct version_ref){file.id, versions[old].version_id}, err);
}

static int delete (struct world *world, struct err *err)
{
	struct file file = small_file(world);
	return file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, err);
}

static int make_folder(struct world *world, struct err *err)
{
	return folder_create(WORLD_VIEW(world, ACCOUNT), STR("x/y/z"), err);
}

static int make_account(struct world *world, struct err *err)
{
	const struct account_preset new = {.name = "another"};
	return account_create(world->library, &new, STR("hobby"), err);
}

static int revoke_key(struct world *world, struct err *err)
{
	return key_revoke(world->library, 1, err);
}

static int use_token(struct world *world, struct err *err)
{
	return token_use(WORLD_VIEW(world, ACCOUNT), STR("token"), 1, err);
}

static int forget_tokens(struct world *world, struct err *err)
{
	return token_sweep(world->library, 2, err);
}

static int make_webhook(struct world *world, struct err *err)
{
	struct webhook webhook = {.account_id = ACCOUNT,
				  .url = STR("https://example.org/"),
				  .dialect = STR("imagekit")};
	return webhook_create(WORLD_VIEW(world, ACCOUNT), &webhook, err);
}

/* In this order: later ones find what earlier ones have made. */
static const struct {
	const char *name;
	int (*run)(struct world *world, struct err *err);
	/* what comes after the commit may fail: it is done again later */
	bool then_refreshes_keys;
} operations[] = {
	{"a small put", put_small, false},
	{"a large put", put_large, false},
	{"a put on a file", put_again, false},
	{"a look-up", look, false},
	{"an edit", edit, false},
	{"a copy", copy, false},
	{"a list", list, false},
	{"an old version deleted", delete_old_version, false},
	{"a webhook", make_webhook, false},
	{"a move onto a file", move_onto, false},
	{"a file deleted", delete, false},
	{"a folder", make_folder, false},
	{"an account", make_account, true},
	{"a key revoked", revoke_key, true},
	{"a token used", use_token, false},
	{"tokens forgotten", forget_tokens, false},
};

/* One operation, its Nth call failing; false when it has no Nth. */
static bool fails_at(struct world *world, size_t i, int n, const char *before)
{
	struct err err = {0};
	unsigned stored = world_stored(world);
	atomic_store(&fault_after, n);
	int result = operations[i].run(world, &err);
	if (atomic_exchange(&fault_after, 0) > 0) {
		if (result < 0)
			fail_msg("%s: %s", operations[i].name, err.text);
		return false;
	}
	if (result >= 0 && operations[i].then_refreshes_keys)
		return false;
	if (result >= 0)
		fail_msg("%s, call %d: its failure is lost", operations[i].name,
			 n);
	if (err.code != ERR_NO_SPACE)
		fail_msg("%s, call %d: %s: %s", operations[i].name, n,
			 err_code_name(err.code), err.text);
	g_autofree char *after = all_rows(world);
	if (strcmp(before, after) != 0)
		fail_msg("%s, call %d has changed\n%s\ninto\n%s",
			 operations[i].name, n, before, after);
	assert_int_equal(world_stored(world), stored);
	return true;
}

static void use_faulty(struct world *world)
{
	g_autofree char *path =
		g_build_filename(world->dir, "stowage.db", NULL);
	struct db_options options = {
		.path = path, .readers = 2, .driver = faulty_driver()};
	struct err err = {0};
	db_close(world->library->db);
	if (db_open(&world->library->db, &options, &err) < 0)
		fail_msg("%s", err.text);
}

static void a_failed_call_fails_its_operation_and_changes_nothing(void **state)
{
	struct world *world = *state;
	use_faulty(world);
	for (size_t i = 0; i < COUNT(operations); i++) {
		g_autofree char *before = all_rows(world);
		int calls = 0;
		while (calls < 400) {
			fault_kind = FAULT_LOST;
			if (!fails_at(world, i, calls + 1, before))
				break;
			fault_kind = FAULT_REFUSED;
			assert_true(fails_at(world, i, calls + 1, before));
			calls++;
		}
		/* a transaction with a statement in it at least */
		assert_in_range(calls, 3, 399);
	}
	world_assert_sound(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_failed_call_fails_its_operation_and_changes_nothing,
			world_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
