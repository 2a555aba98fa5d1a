/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions: numbers that are never given twice, what an old one keeps,
 * restoring, deleting, and how many there may be.
 */
#include "base/metrics.h"
#include "library_world.h"

#include "library/files/version.h"

/* A version with content and everything else of its own. */
static struct file_put described(unsigned number)
{
	static const struct str types[] = {STR("image/png"), STR("text/plain"),
					   STR("image/gif")};
	static const struct str tags[] = {STR("[\"one\",\"all\"]"),
					  STR("[\"two\",\"all\"]"), STR_NONE};
	static const struct str metadata[] = {STR("{\"n\":1}"), STR_NONE,
					      STR("{\"n\":3}")};
	struct file_put put = world_put_of("v/x");
	put.if_exists = FILE_ADD_VERSION;
	put.type = types[number % 3];
	put.tags = tags[number % 3];
	put.custom_metadata = metadata[number % 3];
	put.embedded_metadata = metadata[(number + 1) % 3];
	put.custom_coordinates = number % 2 ? STR("1,2,3,4") : STR_NONE;
	put.description = number % 3 ? STR("described") : STR_NONE;
	put.access = (enum access)(number % 3);
	put.draft = number % 2;
	put.width = number;
	put.height = 10 * number;
	put.alpha = (enum alpha)(number % 3);
	return put;
}

static struct file add(struct world *world, unsigned number)
{
	struct err err;
	struct file file;
	struct file_put put = described(number);
	/* small and large ones */
	size_t size = number % 2 ? 100 + number : LARGE + number;
	if (world_put(world, &put, world_content(&world->arena, number, size),
		      &file, &err) < 0)
		fail_msg("%s", err.text);
	return file;
}

static struct file restore(struct world *world, const struct file *version)
{
	struct err err;
	struct file out;
	int result = version_restore(
		WORLD_VIEW(world, ACCOUNT),
		&(struct version_ref){version->id, version->version_id}, &out,
		&err);
	if (result != 1)
		fail_msg("restore: %d, %s", result, result ? err.text : "");
	return out;
}

static size_t list(struct world *world, const struct id *id, struct file **out)
{
	struct err err;
	size_t n = 0;
	assert_int_equal(world_versions(world, id, out, &n, &err), 1);
	return n;
}

static void assert_content(struct file *got, const struct file *want)
{
	assert_true(id_eq(&got->version_id, &want->version_id));
	assert_int_equal(got->version_number, want->version_number);
	assert_int_equal(got->content_ms, want->content_ms);
	assert_int_equal(got->blob_id, want->blob_id);
	assert_int_equal(got->size, want->size);
	assert_memory_equal(got->checksum, want->checksum, CHECKSUM_BYTES);
	assert_int_equal(got->is_inline, want->is_inline);
	assert_int_equal(got->access, want->access);
	assert_int_equal(got->draft, want->draft);
	assert_int_equal(got->width, want->width);
	assert_int_equal(got->height, want->height);
	assert_int_equal(got->alpha, want->alpha);
	assert_str(got->type, want->type);
	assert_str(got->tags, want->tags);
	assert_str(got->custom_coordinates, want->custom_coordinates);
	assert_str(got->custom_metadata, want->custom_metadata);
	assert_str(got->embedded_metadata, want->embedded_metadata);
	assert_str(got->description, want->description);
}

static void old_versions_keep_what_described_them(void **state)
{
	struct world *world = *state;
	struct file made[4], *versions, found;
	struct err err;
	for (unsigned i = 0; i < 4; i++)
		made[i] = add(world, i);
	assert_int_equal(list(world, &made[0].id, &versions), 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(versions[i].version_number, 4 - i);
		assert_int_equal(versions[i].is_old, i > 0);
		assert_content(&versions[i], &made[3 - i]);
		assert_str(versions[i].path, STR("v/x"));
		assert_str(versions[i].name, STR("x"));
		assert_int_equal(versions[i].last_number, 4);
		assert_int_equal(versions[i].older_versions, 3);
		assert_int_equal(
			version_find(
				WORLD_VIEW_OF(world, ACCOUNT, true),
				&(struct version_ref){made[0].id,
						      versions[i].version_id},
				&found, &err),
			1);
		assert_content(&found, &versions[i]);
		assert_int_equal(found.is_old, i > 0);
		assert_str(world_bytes(world, &found),
			   world_content(&world->arena, 3 - i,
					 (size_t)found.size));
	}
	world_assert_sound(world);
}

static void restored_version_is_current_with_all_it_had(void **state)
{
	struct world *world = *state;
	struct file made[3], now, found, *versions;
	for (unsigned i = 0; i < 3; i++)
		made[i] = add(world, i);
	int64_t used = world_ask(world, "SELECT storage_bytes FROM usage");
	now = restore(world, &made[1]);
	made[1].access = ACCESS_PRIVATE; /* as the file had become */
	assert_content(&now, &made[1]);
	assert_false(now.is_old);
	assert_int_equal(now.created_ms, made[0].created_ms);
	assert_true(now.updated_ms >= made[2].updated_ms);
	assert_true(world_has(world, "v/x", &found));
	assert_content(&found, &made[1]);
	assert_str(world_bytes(world, &found),
		   world_content(&world->arena, 1, 101));
	assert_int_equal(world_ask(world, "SELECT storage_bytes FROM usage"),
			 used);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file_tag"
					  " WHERE tag IN ('two', 'all')"),
			 2);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM trash"), 0);
	assert_int_equal(list(world, &made[0].id, &versions), 3);
	assert_content(&versions[1], &made[2]);
	assert_content(&versions[2], &made[0]);
	world_assert_sound(world);
	/* the current one again changes nothing */
	found = restore(world, &made[1]);
	assert_int_equal(found.updated_ms, now.updated_ms);
}

static void numbers_are_never_given_twice(void **state)
{
	struct world *world = *state;
	struct file made[3], file;
	struct err err;
	for (unsigned i = 0; i < 3; i++)
		made[i] = add(world, i);
	file = restore(world, &made[0]);
	assert_int_equal(file.version_number, 1);
	assert_int_equal(file.last_number, 3);
	file = add(world, 3);
	assert_int_equal(file.version_number, 4);
	assert_int_equal(file.older_versions, 3);

	assert_int_equal(version_delete(WORLD_VIEW(world, ACCOUNT),
					&(struct version_ref){
						file.id, made[2].version_id},
					&err),
			 1);
	restore(world, &made[1]);
	assert_int_equal(
		version_delete(WORLD_VIEW(world, ACCOUNT),
			       &(struct version_ref){file.id, file.version_id},
			       &err),
		1);
	file = add(world, 4);
	assert_int_equal(file.version_number, 5);
	assert_int_equal(file.last_number, 5);
	assert_int_equal(file.older_versions, 2);
	struct file_put put = described(5);
	put.if_exists = FILE_REPLACE;
	assert_int_equal(world_put(world, &put, STR("!"), &file, &err), 0);
	assert_int_equal(file.version_number, 5);
	world_assert_sound(world);
}

static void deleting_a_version_takes_its_bytes_only(void **state)
{
	struct world *world = *state;
	struct file made[3], found;
	struct err err = {0};
	struct id other = id_new();
	for (unsigned i = 0; i < 3; i++)
		made[i] = add(world, i);
	struct id id = made[0].id;
	assert_int_equal(
		version_delete(WORLD_VIEW(world, ACCOUNT),
			       &(struct version_ref){id, made[2].version_id},
			       &err),
		-1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_int_equal(version_delete(WORLD_VIEW(world, ACCOUNT),
					&(struct version_ref){id, other}, &err),
			 0);
	assert_int_equal(
		version_delete(WORLD_VIEW(world, ACCOUNT),
			       &(struct version_ref){other, made[1].version_id},
			       &err),
		0);
	assert_int_equal(
		version_delete(WORLD_VIEW(world, ACCOUNT + 1),
			       &(struct version_ref){id, made[1].version_id},
			       &err),
		0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(version_delete(WORLD_VIEW(world, ACCOUNT),
						&(struct version_ref){
							id, made[1].version_id},
						&err),
				 i == 0);
	assert_int_equal(world_ask(world, "SELECT blob_id FROM trash"),
			 made[1].blob_id);
	assert_int_equal(world_ask(world, "SELECT storage_bytes FROM usage"),
			 made[0].size + made[2].size);
	assert_true(world_has(world, "v/x", &found));
	assert_content(&found, &made[2]);
	assert_int_equal(found.older_versions, 1);
	world_assert_sound(world);
}

/* Number 1 is no sign of a file without others. */
static void file_restored_to_its_first_version_is_deleted_whole(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file first = add(world, 0);
	add(world, 1);
	restore(world, &first);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &first.id, &err), 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM version"), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM trash"), 2);
	assert_int_equal(world_ask(world, "SELECT storage_bytes FROM usage"),
			 0);
	world_assert_sound(world);
}

static void versions_of_others_and_of_expired_files_are_absent(void **state)
{
	struct world *world = *state;
	struct file file, out, *versions;
	struct err err;
	size_t n;
	struct file first = add(world, 0);
	add(world, 1);
	struct file other = world_file(world, "other", 5);
	assert_int_equal(
		version_find(WORLD_VIEW(world, ACCOUNT),
			     &(struct version_ref){other.id, first.version_id},
			     &out, &err),
		0);
	assert_int_equal(version_restore(WORLD_VIEW(world, ACCOUNT),
					 &(struct version_ref){
						 other.id, first.version_id},
					 &out, &err),
			 0);
	assert_int_equal(version_restore(WORLD_VIEW(world, ACCOUNT + 1),
					 &(struct version_ref){
						 first.id, first.version_id},
					 &out, &err),
			 0);
	world_change(world, "UPDATE file SET expires_at = 1");
	assert_int_equal(world_versions(world, &first.id, &versions, &n, &err),
			 0);
	assert_int_equal(
		version_find(WORLD_VIEW(world, ACCOUNT),
			     &(struct version_ref){first.id, first.version_id},
			     &out, &err),
		0);
	assert_int_equal(version_restore(WORLD_VIEW(world, ACCOUNT),
					 &(struct version_ref){
						 first.id, first.version_id},
					 &out, &err),
			 0);
	assert_false(world_has(world, "v/x", &file));
}

static void a_file_has_a_hundred_versions_at_most(void **state)
{
	struct world *world = *state;
	struct err err = {0};
	struct file file;
	struct file_put put = world_put_of("v/x");
	struct file first = world_file(world, "v/x", 3);
	put.if_exists = FILE_ADD_VERSION;
	/* 98 old ones in one go */
	world_change(world, "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL"
			    " SELECT n + 1 FROM n WHERE n < 98)"
			    " INSERT INTO version (id, file_id, number,"
			    " created_at, blob_id, size, type)"
			    " SELECT CAST(100000000000 + n AS BLOB), f.id,"
			    " 1 + n, 1, f.blob_id, f.size, f.type"
			    " FROM file f, n");
	world_change(world, "UPDATE file SET older_versions = 98,"
			    " version_number = 1, last_number = 99");
	world_change(world, "INSERT INTO blob_share (blob_id, extra)"
			    " SELECT blob_id, 98 FROM file");
	world_change(world, "UPDATE usage SET storage_bytes = 99 * 3,"
			    " item_count = item_count + 98");
	world_assert_sound(world);
	assert_int_equal(world_put(world, &put, STR("100"), &file, &err), 0);
	assert_int_equal(file.version_number, 100);
	unsigned stored = world_stored(world);
	assert_int_equal(world_put(world, &put,
				   world_content(&world->arena, 1, LARGE),
				   &file, &err),
			 -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(world_stored(world), stored);
	assert_true(world_has(world, "v/x", &file));
	assert_int_equal(file.version_number, 100);
	put.if_exists = FILE_REPLACE;
	assert_int_equal(world_put(world, &put, STR("r"), &file, &err), 0);
	assert_int_equal(version_delete(WORLD_VIEW(world, ACCOUNT),
					&(struct version_ref){first.id,
							      first.version_id},
					&err),
			 1);
	put.if_exists = FILE_ADD_VERSION;
	assert_int_equal(world_put(world, &put, STR("101"), &file, &err), 0);
	assert_int_equal(file.version_number, 101);
	world_assert_sound(world);
}

static void replacing_keeps_tags_and_metadata_when_asked_to(void **state)
{
	static const struct {
		bool keep;
		const char *given, *want;
	} rows[] = {
		{false, NULL, NULL},
		{false, "[\"new\"]", "[\"new\"]"},
		{true, NULL, "[\"old\",\"old\"]"},
		{true, "[\"new\"]", "[\"new\"]"},
	};
	struct world *world = *state;
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		struct err err;
		struct file file;
		g_autofree char *path = g_strdup_printf("keep/%zu", i);
		struct file_put put = world_put_of(path);
		put.tags = STR("[\"old\",\"old\"]");
		put.custom_metadata = put.tags;
		assert_int_equal(world_put(world, &put, STR("1"), &file, &err),
				 0);
		put.tags = put.custom_metadata = str_of(rows[i / 2].given);
		put.keep_tags = put.keep_custom_metadata = rows[i / 2].keep;
		put.if_exists = i % 2 ? FILE_REPLACE : FILE_ADD_VERSION;
		assert_int_equal(world_put(world, &put, STR("2"), &file, &err),
				 0);
		assert_str(file.tags, str_of(rows[i / 2].want));
		assert_true(world_has(world, path, &file));
		assert_str(file.tags, str_of(rows[i / 2].want));
		assert_str(file.custom_metadata, str_of(rows[i / 2].want));
	}
	world_assert_sound(world);
}

/* Uploads wait for the same writer. */
static void many_expired_versions_are_swept_in_several_writes(void **state)
{
	struct world *world = *state;
	struct err err;
	uint64_t removed;
	static const char *const paths[] = {"v/1", "v/2", "v/3"};
	for (size_t i = 0; i < COUNT(paths); i++)
		world_file(world, paths[i], 3);
	/* 60 old ones each */
	world_change(world, "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL"
			    " SELECT n + 1 FROM n WHERE n < 60)"
			    " INSERT INTO version (id, file_id, number,"
			    " created_at, blob_id, size, type)"
			    " SELECT CAST(100000000000 + n * 100 + f.blob_id"
			    " AS BLOB), f.id, 1 + n, 1, f.blob_id, f.size,"
			    " f.type FROM file f, n");
	world_change(world, "UPDATE file SET older_versions = 60,"
			    " last_number = 61, expires_at = 1");
	world_change(world, "INSERT INTO blob_share (blob_id, extra)"
			    " SELECT blob_id, 60 FROM file");
	world_change(world, "UPDATE usage SET storage_bytes = 183 * 3,"
			    " item_count = item_count + 180");
	world_assert_sound(world);
	int64_t before = metric_get(METRIC_DB_WRITES);
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	int64_t writes = metric_get(METRIC_DB_WRITES) - before;
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM version"), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file"), 0);
	world_assert_sound(world);
	for (size_t i = 0; i < COUNT(paths); i++)
		world_file(world, paths[i], 3);
	world_change(world, "UPDATE file SET expires_at = 1");
	before = metric_get(METRIC_DB_WRITES);
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	/* one write more than of as many files that have none */
	assert_int_equal(writes, metric_get(METRIC_DB_WRITES) - before + 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(old_versions_keep_what_described_them),
		TEST(restored_version_is_current_with_all_it_had),
		TEST(numbers_are_never_given_twice),
		TEST(deleting_a_version_takes_its_bytes_only),
		TEST(file_restored_to_its_first_version_is_deleted_whole),
		TEST(versions_of_others_and_of_expired_files_are_absent),
		TEST(a_file_has_a_hundred_versions_at_most),
		TEST(replacing_keeps_tags_and_metadata_when_asked_to),
		TEST(many_expired_versions_are_swept_in_several_writes),
	};
	return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
