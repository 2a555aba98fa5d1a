/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Editing what describes files, and the tags of several.
 */
#include "library_world.h"

#include "base/metrics.h"
#include "library/files/edit.h"

#include <semaphore.h>

static int edit(struct world *world, const struct file *file,
		const struct file_edit *how, struct file *out, struct err *err)
{
	return file_edit(WORLD_VIEW(world, ACCOUNT), &file->id, how, out, err);
}

/* A put of "e/x" with everything that can be edited. */
static struct file full(struct world *world)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of("e/x");
	put.if_exists = FILE_ADD_VERSION;
	put.tags = STR("[\"a\",\"b\"]");
	put.custom_coordinates = STR("1,2,3,4");
	put.custom_metadata = STR("{\"k\":1}");
	put.description = STR("old");
	put.draft = true;
	if (world_put(world, &put, STR("bytes"), &file, &err) < 0)
		fail_msg("%s", err.text);
	return file;
}

static void only_the_named_columns_change(void **state)
{
	struct world *world = *state;
	struct file before = full(world);
	for (unsigned columns = 0; columns < 32; columns++) {
		struct err err;
		struct file out, found;
		const struct file_edit how = {.columns = columns};
		before = full(world);
		g_usleep(1000);
		assert_int_equal(edit(world, &before, &how, &out, &err), 1);
		assert_true(world_has(world, "e/x", &found));
		assert_true(out.updated_ms >= before.updated_ms);
		assert_int_equal(out.content_ms, before.content_ms);
		assert_int_equal(found.updated_ms, out.updated_ms);
		assert_str(found.tags,
			   columns & EDIT_TAGS ? STR_NONE : before.tags);
		assert_str(found.custom_coordinates,
			   columns & EDIT_CUSTOM_COORDINATES
				   ? STR_NONE
				   : before.custom_coordinates);
		assert_str(found.description, columns & EDIT_DESCRIPTION
						      ? STR_NONE
						      : before.description);
		assert_int_equal(found.draft, !(columns & EDIT_DRAFT));
		/* laying nothing over it takes nothing away */
		assert_str(found.custom_metadata, before.custom_metadata);
		assert_str(found.bytes, STR("bytes"));
	}
	world_assert_sound(world);
}

static const struct {
	const char *old, *patch, *want;
} merges[] = {
	{NULL, "{\"a\":1}", "{\"a\":1}"},
	{"{\"a\":1}", "{\"b\":[1,\"x\"]}", "{\"a\":1,\"b\":[1,\"x\"]}"},
	{"{\"a\":1}", "{\"a\":\"two\"}", "{\"a\":\"two\"}"},
	{"{\"a\":1,\"b\":2}", "{\"a\":null}", "{\"b\":2}"},
	{"{\"a\":1}", "{\"a\":null}", NULL},
	{"{\"a\":1}", "{\"none\":null}", "{\"a\":1}"},
	{"{\"a\":{\"x\":1}}", "{\"a\":{\"y\":2}}", "{\"a\":{\"y\":2}}"},
	{NULL, "{}", NULL},
	{"[1]", "{\"a\":1}", "{\"a\":1}"},
};

static void metadata_is_laid_over_what_is_there(void **state)
{
	struct world *world = *state;
	for (size_t i = 0; i < COUNT(merges); i++) {
		struct err err;
		struct file file, out;
		struct file_put put = world_put_of("m");
		const struct file_edit how = {
			.columns = EDIT_CUSTOM_METADATA,
			.custom_metadata = str_of(merges[i].patch),
		};
		put.if_exists = FILE_REPLACE;
		put.custom_metadata = str_of(merges[i].old);
		assert_int_equal(world_put(world, &put, STR("x"), &file, &err),
				 0);
		assert_int_equal(edit(world, &file, &how, &out, &err), 1);
		assert_str(out.custom_metadata, str_of(merges[i].want));
		assert_true(world_has(world, "m", &file));
		assert_str(file.custom_metadata, str_of(merges[i].want));
	}
}

static void metadata_over_its_limit_changes_nothing(void **state)
{
	struct world *world = *state;
	struct err err = {0};
	struct file out, found;
	struct file before = full(world);
	g_autoptr(GString) patch = g_string_new("{\"big\":\"");
	while (patch->len < EDIT_METADATA_MAX)
		g_string_append_c(patch, 'x');
	g_string_append(patch, "\"}");
	const struct file_edit how = {
		.columns = EDIT_CUSTOM_METADATA | EDIT_TAGS,
		.custom_metadata = str_of(patch->str),
	};
	assert_int_equal(edit(world, &before, &how, &out, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_true(world_has(world, "e/x", &found));
	assert_str(found.custom_metadata, before.custom_metadata);
	assert_str(found.tags, before.tags);
	assert_int_equal(found.updated_ms, before.updated_ms);
}

/* The writer's thread, kept busy. */
struct held {
	struct db_job job;
	sem_t begun, let_go;
	bool in_time;
};

static int hold(struct db_tx *tx, void *arg, struct err *err)
{
	struct held *held = arg;
	struct timespec until;
	(void)tx;
	(void)err;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	sem_post(&held->begun);
	held->in_time = sem_timedwait(&held->let_go, &until) == 0;
	return 0;
}

static void hold_done(struct db_job *job)
{
	sem_post(&((struct held *)job->user)->begun);
}

static void metadata_is_merged_without_the_writer(void **state)
{
	struct world *world = *state;
	struct err err = {0};
	struct file out;
	struct file before = full(world);
	g_autofree char *long_text = g_strnfill(EDIT_METADATA_MAX, 'x');
	g_autofree char *patch = g_strdup_printf("{\"b\":\"%s\"}", long_text);
	const struct file_edit how = {.columns = EDIT_CUSTOM_METADATA,
				      .custom_metadata = str_of(patch)};
	struct held held = {
		.job = {.fn = hold, .done = hold_done},
	};
	held.job.arg = held.job.user = &held;
	sem_init(&held.begun, 0, 0);
	sem_init(&held.let_go, 0, 0);
	assert_int_equal(db_submit(library_db(world->library), &held.job, &err),
			 0);
	sem_wait(&held.begun);
	assert_int_equal(edit(world, &before, &how, &out, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	sem_post(&held.let_go);
	sem_wait(&held.begun);
	assert_true(held.in_time);
	sem_destroy(&held.begun);
	sem_destroy(&held.let_go);
}

/* An edit whose write takes its time: it is done, and not told of. */
struct slow_edit {
	struct world *world;
	struct file file;
	sem_t begun, let_go;
	bool in_time;
	int result;
};

static void be_slow(void *user, const struct id *file)
{
	struct slow_edit *slow = user;
	struct timespec until;
	(void)file;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	sem_post(&slow->begun);
	slow->in_time = sem_timedwait(&slow->let_go, &until) == 0;
}

static void *edit_slowly(void *arg)
{
	struct slow_edit *slow = arg;
	struct arena arena;
	struct err err;
	struct file out;
	arena_init(&arena);
	const struct view view = {.library = slow->world->library,
				  .account_id = ACCOUNT,
				  .now = now_ms(),
				  .arena = &arena};
	const struct file_edit how = {.columns = EDIT_CUSTOM_METADATA,
				      .custom_metadata = STR("{\"m\":1}")};
	slow->result = file_edit(&view, &slow->file.id, &how, &out, &err);
	arena_release(&arena);
	return NULL;
}

static struct file with_id_like(struct world *world, int64_t account,
				const struct id *other)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of("like");
	put.account_id = account;
	put.id.b[ID_BYTES - 1] = other->b[ID_BYTES - 1];
	assert_int_equal(world_put(world, &put, STR("x"), &file, &err), 0);
	return file;
}

static void metadata_of_a_file_waits_for_no_other_file(void **state)
{
	struct world *world = *state;
	struct slow_edit slow = {.world = world, .file = full(world)};
	const struct id *id = &slow.file.id;
	world_account(world, ACCOUNT + 1);
	const struct {
		int64_t account;
		struct id id;
		int result;
	} others[] = {
		{ACCOUNT, with_id_like(world, ACCOUNT, id).id, -1},
		{ACCOUNT + 1, with_id_like(world, ACCOUNT + 1, id).id, -1},
		{ACCOUNT + 1, *id, 0},
	};
	g_autofree char *long_text = g_strnfill(EDIT_METADATA_MAX, 'x');
	g_autofree char *patch = g_strdup_printf("{\"b\":\"%s\"}", long_text);
	const struct file_edit how = {.columns = EDIT_CUSTOM_METADATA,
				      .custom_metadata = str_of(patch)};
	sem_init(&slow.begun, 0, 0);
	sem_init(&slow.let_go, 0, 0);
	library_on_change(world->library, be_slow, &slow);
	GThread *thread = g_thread_new("slow", edit_slowly, &slow);
	sem_wait(&slow.begun);
	for (size_t i = 0; i < COUNT(others); i++) {
		struct err err;
		struct file out;
		int result = file_edit(WORLD_VIEW(world, others[i].account),
				       &others[i].id, &how, &out, &err);
		assert_int_equal(result, others[i].result);
		if (result < 0)
			assert_int_equal(err.code, ERR_LIMIT);
	}
	sem_post(&slow.let_go);
	g_thread_join(thread);
	assert_true(slow.in_time);
	assert_int_equal(slow.result, 1);
	library_on_change(world->library, NULL, NULL);
	sem_destroy(&slow.begun);
	sem_destroy(&slow.let_go);
}

#define EDITORS 8
#define EDITS 10

struct editor {
	struct world *world;
	const struct file *file;
	unsigned number;
	int result;
};

static void *edit_often(void *arg)
{
	struct editor *editor = arg;
	struct arena arena;
	arena_init(&arena);
	for (unsigned i = 0; editor->result == 0 && i < EDITS; i++) {
		struct err err;
		struct file out;
		const struct view view = {
			.library = editor->world->library,
			.account_id = ACCOUNT,
			.now = now_ms(),
			.arena = &arena,
		};
		const struct file_edit how = {
			.columns = EDIT_CUSTOM_METADATA,
			.custom_metadata = arena_printf(
				&arena, "{\"m%u-%u\":1}", editor->number, i),
		};
		editor->result =
			file_edit(&view, &editor->file->id, &how, &out, &err) -
			1;
	}
	arena_release(&arena);
	return NULL;
}

/* A change that is no edit comes between. */
static void *overwrite_often(void *arg)
{
	struct editor *editor = arg;
	for (unsigned i = 0; i < EDITS; i++)
		world_change(editor->world,
			     "UPDATE file SET custom_metadata = "
			     "'{\"n\":1,' || substr(custom_metadata, 2)"
			     " WHERE custom_metadata IS NOT NULL");
	return NULL;
}

static void edits_at_one_time_all_stay(void **state)
{
	struct world *world = *state;
	struct file file = full(world), found;
	struct editor editors[EDITORS + 1];
	GThread *threads[EDITORS + 1];
	for (unsigned i = 0; i <= EDITORS; i++) {
		editors[i] = (struct editor){world, &file, i, 0};
		threads[i] = g_thread_new(
			"editor", i < EDITORS ? edit_often : overwrite_often,
			&editors[i]);
	}
	for (unsigned i = 0; i <= EDITORS; i++)
		g_thread_join(threads[i]);
	assert_true(world_has(world, "e/x", &found));
	for (unsigned i = 0; i < EDITORS; i++) {
		assert_int_equal(editors[i].result, 0);
		for (unsigned k = 0; k < EDITS; k++) {
			g_autofree char *member =
				g_strdup_printf("\"m%u-%u\":1", i, k);
			assert_non_null(
				strstr(found.custom_metadata.p, member));
		}
	}
}

static void publishing_reaches_old_versions_when_asked_to(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file out;
	full(world);
	struct file file = full(world);
	struct file_edit how = {.columns = EDIT_DRAFT};
	assert_int_equal(edit(world, &file, &how, &out, &err), 1);
	assert_int_equal(world_ask(world, "SELECT published FROM version"), 0);
	how.all_versions = true;
	assert_int_equal(edit(world, &file, &how, &out, &err), 1);
	assert_int_equal(world_ask(world, "SELECT published FROM version"), 1);
}

static void absent_files_are_not_edited(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file out;
	const struct file_edit how = {.columns = EDIT_TAGS};
	struct file file = full(world);
	struct file other = {.id = id_new()};
	assert_int_equal(edit(world, &other, &how, &out, &err), 0);
	assert_int_equal(file_edit(WORLD_VIEW(world, ACCOUNT + 1), &file.id,
				   &how, &out, &err),
			 0);
	/* whose metadata would not have room for more is for nobody to learn */
	g_autofree char *long_text = g_strnfill(EDIT_METADATA_MAX, 'x');
	g_autofree char *patch = g_strdup_printf("{\"b\":\"%s\"}", long_text);
	const struct file_edit long_edit = {.columns = EDIT_CUSTOM_METADATA,
					    .custom_metadata = str_of(patch)};
	assert_int_equal(file_edit(WORLD_VIEW(world, ACCOUNT + 1), &file.id,
				   &long_edit, &out, &err),
			 0);
	world_change(world, "UPDATE file SET expires_at = 1");
	assert_int_equal(edit(world, &file, &how, &out, &err), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file_tag"), 2);
}

/* Tags of several files */

static struct file tagged(struct world *world, const char *path,
			  const char *tags)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of(path);
	put.tags = str_of(tags);
	put.if_exists = FILE_REPLACE;
	if (world_put(world, &put, STR("x"), &file, &err) < 0)
		fail_msg("%s", err.text);
	return file;
}

/* Two tags are added to, or taken off, a file: "b" and "c\u00e4". */
static const struct {
	const char *old;
	bool remove;
	size_t max;
	enum tag_outcome outcome;
	const char *want;
} tag_edits[] = {
	{NULL, false, 3, TAGS_DONE, "[\"b\",\"c\xc3\xa4\"]"},
	{NULL, false, 2, TAGS_TOO_LONG, NULL},
	{"[\"a\"]", false, 4, TAGS_DONE, "[\"a\",\"b\",\"c\xc3\xa4\"]"},
	{"[\"b\"]", false, 4, TAGS_DONE, "[\"b\",\"c\xc3\xa4\"]"},
	{"[\"longer\"]", false, 8, TAGS_TOO_LONG, "[\"longer\"]"},
	{NULL, true, 0, TAGS_DONE, NULL},
	{"[\"b\",\"a\"]", true, 0, TAGS_DONE, "[\"a\"]"},
	{"[\"c\xc3\xa4\",\"b\",\"b\"]", true, 0, TAGS_DONE, NULL},
};

static void tags_are_added_and_taken_off(void **state)
{
	struct world *world = *state;
	static const struct str tags[] = {STR("b"), STR("c\xc3\xa4")};
	for (size_t i = 0; i < COUNT(tag_edits); i++) {
		struct err err;
		struct file found;
		enum tag_outcome outcomes[2];
		struct file file = tagged(world, "t", tag_edits[i].old);
		const struct id twice[] = {file.id, file.id};
		const struct tag_edit how = {
			.ids = twice,
			.n_ids = COUNT(twice),
			.tags = tags,
			.n_tags = COUNT(tags),
			.remove = tag_edits[i].remove,
			.max_characters = tag_edits[i].max,
		};
		assert_int_equal(file_edit_tags(WORLD_VIEW(world, ACCOUNT),
						&how, outcomes, &err),
				 0);
		assert_int_equal(outcomes[0], tag_edits[i].outcome);
		assert_int_equal(outcomes[1], tag_edits[i].outcome);
		assert_true(world_has(world, "t", &found));
		assert_str(found.tags, str_of(tag_edits[i].want));
		world_assert_sound(world);
	}
}

/* So that others have turns between them. */
static void tags_of_several_files_are_several_writes(void **state)
{
	struct world *world = *state;
	struct err err;
	enum tag_outcome outcomes[4];
	const struct id a = tagged(world, "a", NULL).id,
			b = tagged(world, "b", "[\"t\"]").id;
	const struct id ids[] = {a, b, tagged(world, "c", NULL).id, a};
	const struct str tag = STR("t");
	const struct tag_edit how = {
		.ids = ids,
		.n_ids = COUNT(ids),
		.tags = &tag,
		.n_tags = 1,
		.max_characters = 100,
	};
	int64_t before = metric_get(METRIC_DB_WRITES);
	assert_int_equal(file_edit_tags(WORLD_VIEW(world, ACCOUNT), &how,
					outcomes, &err),
			 0);
	assert_int_equal(metric_get(METRIC_DB_WRITES) - before, 3);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file_tag"), 3);
	world_assert_sound(world);
}

static void one_missing_file_keeps_all_tags_as_they_are(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file found;
	enum tag_outcome outcomes[3];
	const struct id ids[] = {tagged(world, "1", "[\"a\"]").id, id_new(),
				 tagged(world, "2", NULL).id};
	const struct str tag = STR("new");
	const struct tag_edit how = {
		.ids = ids,
		.n_ids = COUNT(ids),
		.tags = &tag,
		.n_tags = 1,
		.max_characters = 100,
	};
	assert_int_equal(file_edit_tags(WORLD_VIEW(world, ACCOUNT), &how,
					outcomes, &err),
			 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(outcomes[i],
				 i == 1 ? TAGS_MISSING : TAGS_DONE);
	assert_true(world_has(world, "1", &found));
	assert_str(found.tags, STR("[\"a\"]"));
	assert_true(world_has(world, "2", &found));
	assert_null(found.tags.p);
}

static void
several_files_are_deleted_all_or_none_when_one_is_missing(void **state)
{
	struct world *world = *state;
	struct err err;
	bool missing[4];
	struct file a = tagged(world, "a", "[\"t\"]");
	struct file b = world_file(world, "b", LARGE);
	const struct id ids[] = {a.id, b.id, a.id, id_new()};
	int64_t before = metric_get(METRIC_DB_WRITES);
	assert_int_equal(file_delete_all(WORLD_VIEW(world, ACCOUNT), ids, 4,
					 missing, &err),
			 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(missing[i], i == 3);
	assert_int_equal(file_delete_all(WORLD_VIEW(world, ACCOUNT + 1), ids, 3,
					 missing, &err),
			 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file"), 2);
	assert_int_equal(metric_get(METRIC_DB_WRITES) - before, 0);
	assert_int_equal(file_delete_all(WORLD_VIEW(world, ACCOUNT), ids, 3,
					 missing, &err),
			 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file"), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM trash"), 2);
	/* so that nobody waits for all of them */
	assert_true(metric_get(METRIC_DB_WRITES) - before >= 2);
	world_assert_sound(world);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_the_named_columns_change),
		TEST(metadata_is_laid_over_what_is_there),
		TEST(metadata_over_its_limit_changes_nothing),
		TEST(metadata_is_merged_without_the_writer),
		TEST(metadata_of_a_file_waits_for_no_other_file),
		TEST(edits_at_one_time_all_stay),
		TEST(publishing_reaches_old_versions_when_asked_to),
		TEST(absent_files_are_not_edited),
		TEST(tags_are_added_and_taken_off),
		TEST(tags_of_several_files_are_several_writes),
		TEST(one_missing_file_keeps_all_tags_as_they_are),
		TEST(several_files_are_deleted_all_or_none_when_one_is_missing),
	};
	return cmocka_run_group_tests_name("edit", tests, NULL, NULL);
}
