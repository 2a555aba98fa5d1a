/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying and moving files: what goes along, what stays, what is refused, and
 * bytes that several files share.
 */
#include "base/clock.h"
#include "library_world.h"

#include "library/files/edit.h"
#include "library/files/version.h"

static int relocate(struct world *world, struct file_relocation how,
		    struct err *err)
{
	how.account_id = ACCOUNT;
	return file_relocate(world->library, &how, err);
}

static void relocated(struct world *world, struct file_relocation how)
{
	struct err err;
	int result = relocate(world, how, &err);
	if (result != 1)
		fail_msg("%d: %s", result, result ? err.text : "no source");
}

static struct file add(struct world *world, const char *path, unsigned number)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of(path);
	size_t size = number % 2 ? 100 + number : LARGE + number;
	put.if_exists = FILE_ADD_VERSION;
	put.tags = number % 3 ? STR("[\"x\",\"y\"]") : STR_NONE;
	put.custom_metadata = STR("{\"k\":1}");
	put.access = ACCESS_PRIVATE;
	put.public_key = true;
	put.expires_ms = INT64_C(4102444800000); /* 2100 */
	if (world_put(world, &put, world_content(&world->arena, number, size),
		      &file, &err) < 0)
		fail_msg("%s", err.text);
	return file;
}

static struct file get(struct world *world, const char *path)
{
	struct file file;
	if (!world_has(world, path, &file))
		fail_msg("%s is missing", path);
	return file;
}

static void assert_bytes(struct world *world, const struct file *file,
			 unsigned number)
{
	size_t size = number % 2 ? 100 + number : LARGE + number;
	assert_str(world_bytes(world, file),
		   world_content(&world->arena, number, size));
}

/* What describes a file goes wherever it goes. */
static void assert_same(const struct file *a, const struct file *b)
{
	assert_str(a->tags, b->tags);
	assert_str(a->custom_metadata, b->custom_metadata);
	assert_str(a->type, b->type);
	assert_int_equal(a->access, b->access);
	assert_int_equal(a->expires_ms, b->expires_ms);
	assert_int_equal(a->blob_id, b->blob_id);
	assert_int_equal(a->size, b->size);
}

static int64_t used(struct world *world)
{
	return world_ask(world, "SELECT storage_bytes FROM usage");
}

static void moved_file_keeps_everything_but_its_place(void **state)
{
	struct world *world = *state;
	struct file found;
	add(world, "a/x", 1);
	struct file before = add(world, "a/x", 2);
	relocated(world, (struct file_relocation){.source = STR("a/x"),
						  .target = STR("b/c/y")});
	assert_false(world_has(world, "a/x", &found));
	found = get(world, "b/c/y");
	assert_same(&found, &before);
	assert_true(found.public_key);
	assert_true(id_eq(&found.id, &before.id));
	assert_true(id_eq(&found.version_id, &before.version_id));
	assert_str(found.folder, STR("b/c"));
	assert_str(found.name, STR("y"));
	assert_int_equal(found.created_ms, before.created_ms);
	assert_int_equal(found.version_number, 2);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM folder"), 3);
	assert_int_equal(used(world), LARGE + 2 + 101);
	world_assert_sound(world);
}

static void name_that_is_not_the_end_of_the_path_stays(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct file_put put = world_put_of("u/ID_cat.jpg");
	put.name = STR("cat.jpg");
	assert_int_equal(world_put(world, &put, STR("x"), &file, &err), 0);
	for (unsigned copy = 0; copy < 2; copy++) {
		relocated(world, (struct file_relocation){
					 .source = STR("u/ID_cat.jpg"),
					 .target = copy ? STR("w/ID_cat.jpg")
							: STR("v/ID_cat.jpg"),
					 .copy = true});
	}
	file = get(world, "w/ID_cat.jpg");
	assert_str(file.name, STR("cat.jpg"));
	file = get(world, "v/ID_cat.jpg");
	assert_str(file.name, STR("cat.jpg"));
	relocated(world, (struct file_relocation){.source = STR("v/ID_cat.jpg"),
						  .target = STR("v/dog.jpg")});
	file = get(world, "v/dog.jpg");
	assert_str(file.name, STR("dog.jpg"));
}

static void copy_shares_bytes_until_the_last_one_is_gone(void **state)
{
	struct world *world = *state;
	struct err err;
	uint64_t removed;
	for (unsigned number = 1; number <= 2; number++) {
		struct file before = add(world, "x", number);
		unsigned stored = world_stored(world);
		relocated(world, (struct file_relocation){.source = STR("x"),
							  .target = STR("d/y"),
							  .copy = true});
		assert_int_equal(world_stored(world), stored);
		assert_int_equal(used(world), 2 * before.size);
		struct file copy = get(world, "d/y");
		assert_same(&copy, &before);
		assert_false(copy.public_key);
		assert_false(id_eq(&copy.id, &before.id));
		assert_true(id_eq(&copy.version_id, &copy.id));
		assert_int_equal(copy.version_number, 1);
		world_assert_sound(world);

		assert_int_equal(file_delete(WORLD_VIEW(world, ACCOUNT),
					     &before.id, &err),
				 1);
		assert_int_equal(
			library_sweep(world->library, 0, &removed, &err), 0);
		assert_int_equal(removed, 0);
		copy = get(world, "d/y");
		assert_bytes(world, &copy, number);
		world_assert_sound(world);
		assert_int_equal(
			file_delete(WORLD_VIEW(world, ACCOUNT), &copy.id, &err),
			1);
		assert_int_equal(
			world_ask(world, "SELECT COUNT(*) FROM blob_share"), 0);
		assert_int_equal(
			library_sweep(world->library, 0, &removed, &err), 0);
		assert_int_equal(removed, 1);
		assert_int_equal(world_stored(world), 0);
		assert_int_equal(used(world), 0);
		world_assert_sound(world);
	}
}

static void copy_takes_old_versions_along_when_asked_to(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file *versions, out;
	size_t n;
	struct file first = add(world, "x", 1);
	add(world, "x", 2);
	add(world, "x", 3);
	assert_int_equal(version_restore(WORLD_VIEW(world, ACCOUNT),
					 &(struct version_ref){
						 first.id, first.version_id},
					 &out, &err),
			 1);
	int64_t before = used(world);
	struct file_relocation how = {
		.source = STR("x"), .target = STR("alone"), .copy = true};
	relocated(world, how);
	out = get(world, "alone");
	assert_int_equal(out.older_versions, 0);
	assert_int_equal(out.last_number, 1);
	assert_int_equal(used(world), before + 101);
	how.target = STR("all");
	how.with_versions = true;
	relocated(world, how);
	out = get(world, "all");
	assert_int_equal(used(world), before + 101 + before);
	assert_int_equal(world_versions(world, &out.id, &versions, &n, &err),
			 1);
	assert_int_equal(n, 3);
	/* oldest first: 2, 3, and 1, which was restored */
	static const unsigned contents[] = {1, 3, 2};
	for (unsigned i = 0; i < 3; i++) {
		struct file version;
		assert_int_equal(versions[i].version_number, 3 - i);
		assert_int_equal(
			version_find(WORLD_VIEW_OF(world, ACCOUNT, true),
				     &(struct version_ref){
					     out.id, versions[i].version_id},
				     &version, &err),
			1);
		assert_bytes(world, &version, contents[i]);
	}
	assert_true(id_eq(&versions[2].version_id, &out.id));
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &first.id, &err), 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM trash"), 0);
	world_assert_sound(world);
	assert_int_equal(file_delete(WORLD_VIEW(world, ACCOUNT), &out.id, &err),
			 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM trash"), 2);
	world_assert_sound(world);
}

static void newcomer_becomes_a_version_of_what_is_there(void **state)
{
	struct world *world = *state;
	for (unsigned copy = 0; copy < 2; copy++) {
		struct err err;
		struct file *versions, found;
		size_t n;
		g_autofree char *source = g_strdup_printf("%u/s", copy);
		g_autofree char *target = g_strdup_printf("%u/t", copy);
		add(world, source, 1);
		struct file from = add(world, source, 2);
		add(world, target, 3);
		struct file to = add(world, target, 4);
		int64_t before = used(world);
		relocated(world,
			  (struct file_relocation){.source = str_of(source),
						   .target = str_of(target),
						   .copy = copy});
		assert_int_equal(world_has(world, source, &found), copy);
		assert_int_equal(used(world), before + (copy ? from.size : 0));
		found = get(world, target);
		assert_true(id_eq(&found.id, &to.id));
		assert_int_equal(found.created_ms, to.created_ms);
		assert_str(found.name, STR("t"));
		assert_same(&found, &from);
		assert_int_equal(found.public_key, !copy);
		assert_bytes(world, &found, 2);
		assert_int_equal(found.version_number, copy ? 3 : 4);
		assert_int_equal(found.last_number, copy ? 3 : 4);
		assert_int_equal(
			world_versions(world, &to.id, &versions, &n, &err), 1);
		assert_int_equal(n, copy ? 3 : 4);
		assert_int_equal(versions[n - 1].size, 103);
		assert_int_equal(versions[n - 2].size, LARGE + 4);
		if (!copy) {
			assert_int_equal(versions[1].size, 101);
			assert_true(id_eq(&versions[0].version_id,
					  &from.version_id));
		}
		world_assert_sound(world);
	}
}

/* With 101 bytes at "s" and at "t", and limits that leave both alone. */
static const struct {
	struct file_relocation how;
	int result;
	enum err_code code;
} refusals[] = {
	{{.source = {"none", 4}, .target = {"new", 3}}, 0, ERR_NONE},
	{{.source = {"s", 1}, .target = {"s", 1}}, -1, ERR_INVALID},
	{{.source = {"s", 1}, .target = {"s", 1}, .copy = true},
	 -1,
	 ERR_INVALID},
	{{.source = {"s", 1}, .target = {"/s", 2}}, -1, ERR_INVALID},
	{{.source = {"s", 1}, .target = {"a/../b", 6}}, -1, ERR_INVALID},
	{{.source = {"s", 1}, .target = {"", 0}}, -1, ERR_INVALID},
	{{.source = {"s", 1}, .target = {"t", 1}, .refuse_existing = true},
	 -1,
	 ERR_EXISTS},
	{{.source = {"s", 1},
	  .target = {"n", 1},
	  .copy = true,
	  .max_storage_bytes = 302},
	 -1,
	 ERR_QUOTA},
	{{.source = {"s", 1},
	  .target = {"t", 1},
	  .copy = true,
	  .max_storage_bytes = 302},
	 -1,
	 ERR_QUOTA},
};

/* They can have megabytes of what describes them. */
static void moved_versions_are_not_written_again(void **state)
{
	struct world *world = *state;
	add(world, "target", 1);
	add(world, "target", 5);
	add(world, "source", 3);
	add(world, "source", 7);
	int64_t row = world_ask(world, "SELECT rowid FROM version"
				       " WHERE size = 103");
	relocated(world, (struct file_relocation){.source = STR("source"),
						  .target = STR("target")});
	assert_int_equal(world_ask(world, "SELECT number FROM version"
					  " WHERE size = 103"),
			 3);
	assert_int_equal(world_ask(world, "SELECT rowid FROM version"
					  " WHERE size = 103"),
			 row);
	world_assert_sound(world);
}

static void what_is_refused_leaves_everything_as_it_was(void **state)
{
	struct world *world = *state;
	struct file s = add(world, "s", 1);
	struct file t = add(world, "t", 1);
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct err err = {0};
		assert_int_equal(relocate(world, refusals[i].how, &err),
				 refusals[i].result);
		assert_int_equal(err.code, refusals[i].code);
		struct file found = get(world, "s");
		assert_true(id_eq(&found.id, &s.id));
		found = get(world, "t");
		assert_true(id_eq(&found.version_id, &t.version_id));
		assert_int_equal(used(world), 202);
	}
	world_assert_sound(world);
	relocated(world, (struct file_relocation){.source = STR("s"),
						  .target = STR("n"),
						  .copy = true,
						  .max_storage_bytes = 303});
}

/* 50 of the one and 51 of the other, then one less. */
static void too_many_versions_together_are_refused(void **state)
{
	struct world *world = *state;
	struct err err = {0};
	struct file_relocation how = {.source = STR("s"), .target = STR("t")};
	add(world, "s", 1);
	add(world, "t", 1);
	world_change(world, "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL"
			    " SELECT n + 1 FROM n WHERE n < 50)"
			    " INSERT INTO version (id, file_id, number,"
			    " created_at, blob_id, size, type)"
			    " SELECT CAST(CASE path WHEN 's' THEN 100000000000"
			    " ELSE 200000000000 END + n AS BLOB), f.id,"
			    " 1 + n, 1, f.blob_id, f.size, f.type"
			    " FROM file f, n WHERE n < 50 OR path = 't'");
	world_change(world, "UPDATE file SET last_number = 51,"
			    " older_versions = CASE path WHEN 's' THEN 49"
			    " ELSE 50 END");
	world_change(world, "INSERT INTO blob_share (blob_id, extra)"
			    " SELECT blob_id, older_versions FROM file");
	world_change(world, "UPDATE usage SET storage_bytes = 101 * 101,"
			    " item_count = 101");
	world_assert_sound(world);
	assert_int_equal(relocate(world, how, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	world_assert_sound(world);
	world_change(world, "DELETE FROM version WHERE number = 51");
	world_change(world, "UPDATE file SET older_versions = 49");
	world_change(world, "UPDATE blob_share SET extra = 49");
	world_change(world, "UPDATE usage SET storage_bytes = 100 * 101,"
			    " item_count = 100");
	relocated(world, how);
	struct file found = get(world, "t");
	assert_int_equal(found.older_versions, 99);
	world_assert_sound(world);
}

static void expired_files_count_as_absent(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file_relocation how = {.source = STR("s"), .target = STR("t")};
	add(world, "s", 1);
	struct file old = add(world, "t", 2);
	how.refuse_existing = true;
	world_change(world, "UPDATE file SET expires_at = 1 WHERE path = 't'");
	relocated(world, how);
	struct file found = get(world, "t");
	assert_false(id_eq(&found.id, &old.id));
	assert_int_equal(used(world), 101);
	world_assert_sound(world);
	world_change(world, "UPDATE file SET expires_at = 1");
	how = (struct file_relocation){.source = STR("t"), .target = STR("s")};
	assert_int_equal(relocate(world, how, &err), 0);
}

/* What each promised, and what the one file promises that they become. */
struct promise {
	enum access access;
	bool draft, public_key;
	enum origin origin;
	int64_t expires_ms;
};

#define SOON INT64_C(4102444800000) /* 2100 */
#define LATE (SOON + 1)
#define OPEN                                                                   \
	{                                                                      \
		ACCESS_PUBLIC, false, false, ORIGIN_IMAGEKIT, 0                \
	}
#define TEMPORARY(when)                                                        \
	{                                                                      \
		ACCESS_PUBLIC, false, false, ORIGIN_STASHFYLE, when            \
	}
#define VISITORS(origin)                                                       \
	{                                                                      \
		ACCESS_PUBLIC, false, true, origin, 0                          \
	}

static const struct {
	struct promise source, target;
	enum err_code refused; /* ERR_NONE: the file is then */
	struct promise moved;
} meetings[] = {
	{OPEN, OPEN, ERR_NONE, OPEN},
	{{.access = ACCESS_PRIVATE, .origin = ORIGIN_STASHFYLE},
	 OPEN,
	 ERR_NONE,
	 {.access = ACCESS_PRIVATE, .origin = ORIGIN_IMAGEKIT}},
	{OPEN,
	 {.access = ACCESS_PRIVATE, .origin = ORIGIN_STASHFYLE},
	 ERR_NONE,
	 {.access = ACCESS_PRIVATE, .origin = ORIGIN_STASHFYLE}},
	{OPEN,
	 {.access = ACCESS_KEY, .origin = ORIGIN_JIGSAWSTACK},
	 ERR_NONE,
	 {.access = ACCESS_KEY, .origin = ORIGIN_JIGSAWSTACK}},
	{{.draft = true, .origin = ORIGIN_IMAGEKIT},
	 OPEN,
	 ERR_NONE,
	 {.draft = true, .origin = ORIGIN_IMAGEKIT}},
	{OPEN,
	 {.draft = true, .origin = ORIGIN_IMAGEKIT},
	 ERR_NONE,
	 {.draft = true, .origin = ORIGIN_IMAGEKIT}},
	{TEMPORARY(SOON), OPEN, ERR_EXISTS, OPEN},
	{OPEN,
	 TEMPORARY(SOON),
	 ERR_NONE,
	 {ACCESS_PUBLIC, false, false, ORIGIN_STASHFYLE, 0}},
	{TEMPORARY(SOON), TEMPORARY(LATE), ERR_EXISTS, OPEN},
	{TEMPORARY(LATE), TEMPORARY(SOON), ERR_NONE, TEMPORARY(LATE)},
	{TEMPORARY(SOON), TEMPORARY(SOON), ERR_NONE, TEMPORARY(SOON)},
	{VISITORS(ORIGIN_FILESTACK), OPEN, ERR_NONE, OPEN},
	{OPEN,
	 VISITORS(ORIGIN_FILESTACK),
	 ERR_NONE,
	 {ACCESS_PUBLIC, false, false, ORIGIN_FILESTACK, 0}},
	{VISITORS(ORIGIN_FILESTACK), VISITORS(ORIGIN_FILESTACK), ERR_NONE,
	 VISITORS(ORIGIN_FILESTACK)},
	{VISITORS(ORIGIN_JIGSAWSTACK),
	 VISITORS(ORIGIN_FILESTACK),
	 ERR_NONE,
	 {ACCESS_PUBLIC, false, false, ORIGIN_FILESTACK, 0}},
};

static void promise(struct world *world, const char *path,
		    const struct promise *what)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of(path);
	put.access = what->access;
	put.draft = what->draft;
	put.public_key = what->public_key;
	put.origin = what->origin;
	put.expires_ms = what->expires_ms;
	if (world_put(world, &put, str_of(path), &file, &err) < 0)
		fail_msg("%s", err.text);
}

static void assert_promise(size_t row, const struct file *file,
			   const struct promise *want, bool public_key)
{
	if (file->access != want->access || file->draft != want->draft ||
	    file->expires_ms != want->expires_ms ||
	    file->public_key != public_key || file->origin != want->origin)
		fail_msg("row %zu: access %d, draft %d, expires %lld, public "
			 "key %d, origin %d",
			 row, file->access, file->draft,
			 (long long)file->expires_ms, file->public_key,
			 file->origin);
}

static void both_keep_what_they_promised(void **state)
{
	struct world *world = *state;
	for (size_t i = 0; i < 2 * COUNT(meetings); i++) {
		bool copy = i % 2;
		size_t row = i / 2;
		struct err err = {0};
		g_autofree char *source = g_strdup_printf("%zu/s", i);
		g_autofree char *target = g_strdup_printf("%zu/t", i);
		promise(world, source, &meetings[row].source);
		promise(world, target, &meetings[row].target);
		int result = relocate(
			world,
			(struct file_relocation){.source = str_of(source),
						 .target = str_of(target),
						 .copy = copy},
			&err);
		assert_int_equal(err.code, meetings[row].refused);
		struct file now = get(world, target), *versions;
		if (result < 0) {
			const struct promise *was = &meetings[row].target;
			assert_promise(row, &now, was, was->public_key);
			now = get(world, source);
			continue;
		}
		const struct promise *want = &meetings[row].moved;
		assert_promise(row, &now, want, want->public_key && !copy);
		/* what was there stays as it was, and lives as long */
		size_t n;
		assert_int_equal(
			world_versions(world, &now.id, &versions, &n, &err), 1);
		assert_int_equal(n, 2);
		assert_int_equal(versions[1].access,
				 meetings[row].target.access);
		assert_int_equal(versions[1].draft, meetings[row].target.draft);
		assert_int_equal(versions[1].expires_ms,
				 meetings[row].target.expires_ms);
	}
	world_assert_sound(world);
}

static void an_old_version_goes_when_it_promised_to(void **state)
{
	struct world *world = *state;
	struct err err;
	uint64_t removed;
	struct file *versions, out;
	size_t n;
	const struct promise temporary = TEMPORARY(SOON), open = OPEN;
	promise(world, "t", &temporary);
	promise(world, "s", &open);
	struct file old = get(world, "t");
	relocated(world, (struct file_relocation){.source = STR("s"),
						  .target = STR("t")});
	const struct version_ref which = {old.id, old.version_id};
	assert_int_equal(
		version_restore(WORLD_VIEW(world, ACCOUNT), &which, &out, &err),
		-1);
	assert_int_equal(err.code, ERR_INVALID);
	world_change(world, "UPDATE version SET expires_at = 1");
	assert_int_equal(world_versions(world, &old.id, &versions, &n, &err),
			 1);
	assert_int_equal(n, 1);
	assert_int_equal(
		version_find(WORLD_VIEW(world, ACCOUNT), &which, &out, &err),
		0);
	assert_int_equal(
		version_restore(WORLD_VIEW(world, ACCOUNT), &which, &out, &err),
		0);
	relocated(world, (struct file_relocation){.source = STR("t"),
						  .target = STR("copy"),
						  .copy = true,
						  .with_versions = true});
	assert_int_equal(get(world, "copy").older_versions, 0);
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM version"), 0);
	assert_int_equal(get(world, "t").older_versions, 0);
	assert_int_equal(used(world), 2);
	world_assert_sound(world);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(moved_file_keeps_everything_but_its_place),
		TEST(name_that_is_not_the_end_of_the_path_stays),
		TEST(copy_shares_bytes_until_the_last_one_is_gone),
		TEST(copy_takes_old_versions_along_when_asked_to),
		TEST(newcomer_becomes_a_version_of_what_is_there),
		TEST(moved_versions_are_not_written_again),
		TEST(what_is_refused_leaves_everything_as_it_was),
		TEST(too_many_versions_together_are_refused),
		TEST(expired_files_count_as_absent),
		TEST(both_keep_what_they_promised),
		TEST(an_old_version_goes_when_it_promised_to),
	};
	return cmocka_run_group_tests_name("relocate", tests, NULL, NULL);
}
