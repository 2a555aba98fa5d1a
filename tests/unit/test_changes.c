/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Some hundred changes of a few files, at random but always the same ones:
 * whatever their order, fsck finds nothing wrong with rows, shared bytes, tags
 * and usage, each file has the bytes it should have, and when all files are
 * gone nothing is left.
 */
#include "library_world.h"

#include "library/files/edit.h"
#include "library/files/version.h"

#define CHANGES 400

/* Few, so that they meet. */
static const char *const paths[] = {"a",   "b",     "d/a",  "d/b",
				    "e/a", "e/f/a", "e/f/b"};

struct play {
	struct world *world;
	GRand *random;
	unsigned done[8]; /* of each kind of change, how many took place */
};

static unsigned pick(struct play *play, unsigned n)
{
	return (unsigned)g_rand_int_range(play->random, 0, (gint32)n);
}

static const char *pick_path(struct play *play)
{
	return paths[pick(play, COUNT(paths))];
}

static struct str pick_tags(struct play *play)
{
	static const struct str tags[] = {STR_NONE, STR("[]"), STR("[\"x\"]"),
					  STR("[\"x\",\"y\"]"),
					  STR("[\"y\",\"z\",\"y\"]")};
	return tags[pick(play, COUNT(tags))];
}

static int put(struct play *play, struct err *err)
{
	struct file file;
	struct file_put how = world_put_of(pick_path(play));
	how.tags = pick_tags(play);
	how.keep_tags = pick(play, 2);
	how.if_exists = (enum file_if_exists)pick(play, 3);
	how.expires_ms = pick(play, 20) ? 0 : 1;
	size_t size = pick(play, 2) ? pick(play, INLINE_LIMIT)
				    : LARGE + pick(play, 100);
	/* the content tells its size */
	struct str bytes =
		world_content(&play->world->arena, (unsigned)size, size);
	return world_put(play->world, &how, bytes, &file, err) < 0 ? -1 : 1;
}

static int move(struct play *play, struct err *err)
{
	const struct file_relocation how = {
		.account_id = ACCOUNT,
		.source = str_of(pick_path(play)),
		.target = str_of(pick_path(play)),
		.copy = pick(play, 3),
		.with_versions = pick(play, 2),
		.refuse_existing = pick(play, 4) == 0,
		.max_storage_bytes = pick(play, 4) ? 0 : 100000,
	};
	return file_relocate(play->world->library, &how, err);
}

static bool pick_file(struct play *play, struct file *out)
{
	return world_has(play->world, pick_path(play), out);
}

/* Any of its versions. */
static bool pick_version(struct play *play, struct file *out)
{
	struct err err;
	struct file file, *versions;
	size_t n;
	if (!pick_file(play, &file))
		return false;
	assert_int_equal(
		world_versions(play->world, &file.id, &versions, &n, &err), 1);
	assert_int_equal(n, file.older_versions + 1);
	*out = versions[pick(play, (unsigned)n)];
	return true;
}

static int restore(struct play *play, struct err *err)
{
	struct file version, out;
	if (!pick_version(play, &version))
		return 0;
	return version_restore(
		WORLD_VIEW(play->world, ACCOUNT),
		&(struct version_ref){version.id, version.version_id}, &out,
		err);
}

static int delete_version(struct play *play, struct err *err)
{
	struct file version;
	if (!pick_version(play, &version))
		return 0;
	return version_delete(
		WORLD_VIEW(play->world, ACCOUNT),
		&(struct version_ref){version.id, version.version_id}, err);
}

static int delete_file(struct play *play, struct err *err)
{
	struct file file;
	if (!pick_file(play, &file))
		return 0;
	return file_delete(WORLD_VIEW(play->world, ACCOUNT), &file.id, err);
}

static int edit(struct play *play, struct err *err)
{
	struct file file, out;
	const struct file_edit how = {
		.columns = pick(play, 32),
		.tags = pick_tags(play),
		.custom_metadata = STR("{\"k\":1}"),
		.all_versions = pick(play, 2),
	};
	if (!pick_file(play, &file))
		return 0;
	return file_edit(WORLD_VIEW(play->world, ACCOUNT), &file.id, &how, &out,
			 err);
}

static int edit_tags(struct play *play, struct err *err)
{
	struct file file;
	enum tag_outcome outcome;
	const struct str tags[] = {STR("x"), STR("y"), STR("new")};
	if (!pick_file(play, &file))
		return 0;
	const struct tag_edit how = {
		.ids = &file.id,
		.n_ids = 1,
		.tags = tags,
		.n_tags = 1 + pick(play, COUNT(tags)),
		.remove = pick(play, 2),
		.max_characters = 5,
	};
	return file_edit_tags(WORLD_VIEW(play->world, ACCOUNT), &how, &outcome,
			      err) < 0
		       ? -1
		       : outcome == TAGS_DONE;
}

static int sweep(struct play *play, struct err *err)
{
	uint64_t removed;
	return library_sweep(play->world->library, 0, &removed, err) < 0
		       ? -1
		       : removed > 0;
}

typedef int change_fn(struct play *play, struct err *err);

static void assert_contents(struct world *world)
{
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct file file;
		if (!world_has(world, paths[i], &file))
			continue;
		assert_str(world_bytes(world, &file),
			   world_content(&world->arena, (unsigned)file.size,
					 (size_t)file.size));
	}
}

static void any_order_of_changes_leaves_a_sound_library(void **state)
{
	static change_fn *const changes[] = {
		put,         move, restore,   delete_version,
		delete_file, edit, edit_tags, sweep};
	/* of 20, how many are of each kind */
	static const unsigned weights[] = {5, 6, 3, 1, 1, 1, 2, 1};
	struct play play = {.world = *state,
			    .random = g_rand_new_with_seed(20240115)};
	for (unsigned i = 0; i < CHANGES; i++) {
		struct err err = {0};
		unsigned at = pick(&play, 20), kind = 0;
		while (at >= weights[kind])
			at -= weights[kind++];
		int result = changes[kind](&play, &err);
		if (result < 0 && err.code != ERR_EXISTS &&
		    err.code != ERR_INVALID && err.code != ERR_LIMIT &&
		    err.code != ERR_QUOTA)
			fail_msg("change %u, kind %u: %s", i, kind, err.text);
		play.done[kind] += result > 0;
		if (i % 10 == 0) {
			world_assert_sound(play.world);
			assert_contents(play.world);
		}
	}
	for (size_t i = 0; i < COUNT(changes); i++)
		if (play.done[i] < 5)
			fail_msg("change %zu took place %u times", i,
				 play.done[i]);
	assert_true(world_ask(play.world, "SELECT COUNT(*) FROM blob_share") >
		    0);
	world_change(play.world, "UPDATE file SET expires_at = 1");
	struct err err;
	uint64_t removed;
	assert_int_equal(library_sweep(play.world->library, 0, &removed, &err),
			 0);
	world_assert_sound(play.world);
	assert_int_equal(world_ask(play.world,
				   "SELECT (SELECT COUNT(*) FROM blob)"
				   " + (SELECT COUNT(*) FROM blob_share)"
				   " + (SELECT COUNT(*) FROM version)"
				   " + (SELECT COUNT(*) FROM file_tag)"
				   " + (SELECT storage_bytes FROM usage)"),
			 0);
	assert_int_equal(world_stored(play.world), 0);
	g_rand_free(play.random);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			any_order_of_changes_leaves_a_sound_library,
			world_setup, world_teardown),
	};
	return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
