/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files: put, find, delete, versions, expiry, the sweep, and what is left after
 * a failure.
 */
#include "base/clock.h"
#include "base/fd.h"
#include "base/metrics.h"
#include "library_world.h"
#include "store/key.h"

#include <fcntl.h>

static const struct {
	const char *text;
	size_t n; /* 0: strlen */
	bool valid;
} paths[] = {
	{"a", 0, true},
	{"a/b/c.jpg", 0, true},
	{"...", 0, true},
	{".hidden/..x", 0, true},
	{"with blank/\xc3\xa4\xf0\x9f\x90\xab.png", 0, true},
	{"a\\b:c*?", 0, true},
	{"", 0, false},
	{"/", 0, false},
	{"/a", 0, false},
	{"a/", 0, false},
	{"a//b", 0, false},
	{".", 0, false},
	{"..", 0, false},
	{"../a", 0, false},
	{"a/../b", 0, false},
	{"a/./b", 0, false},
	{"a/..", 0, false},
	{"a\nb", 0, false},
	{"a\x7f", 0, false},
	{"a\0b", 3, false},
	{"\xff", 0, false},
	{"a/\xc3", 0, false},
	{"\xed\xa0\x80", 0, false}, /* a surrogate */
};

static void path_valid_accepts_exactly_clean_paths(void **state)
{
	(void)state;
	char longest[FILE_PATH_MAX + 2];
	for (size_t i = 0; i < COUNT(paths); i++) {
		size_t n = paths[i].n ? paths[i].n : strlen(paths[i].text);
		if (path_valid((struct str){paths[i].text, n}) !=
		    paths[i].valid)
			fail_msg("wrong about \"%s\"", paths[i].text);
	}
	memset(longest, 'a', sizeof(longest));
	assert_true(path_valid((struct str){longest, FILE_PATH_MAX}));
	assert_false(path_valid((struct str){longest, FILE_PATH_MAX + 1}));
	assert_false(path_valid(STR_NONE));
	/* every folder is a row: "a/a/.../a" */
	for (size_t i = 0; i < FILE_PATH_MAX; i++)
		longest[i] = i % 2 ? '/' : 'a';
	size_t deepest = 2 * FILE_LEVELS_MAX + 1;
	assert_true(path_valid((struct str){longest, deepest}));
	assert_false(path_valid((struct str){longest, deepest + 2}));
}

static void access_is_allowed_as_the_table_says(void **state)
{
	(void)state;
	static const bool reads[3][4] = {
		/* none, public key, signature, secret key */
		[ACCESS_PUBLIC] = {true, true, true, true},
		[ACCESS_KEY] = {false, true, true, true},
		[ACCESS_PRIVATE] = {false, false, true, true},
	};
	for (unsigned access = 0; access < 3; access++)
		for (unsigned proof = 0; proof < 4; proof++)
			assert_int_equal(access_allows_read((enum access)access,
							    (enum proof)proof),
					 reads[access][proof]);
	assert_false(access_allows_delete(PROOF_NONE));
	assert_false(access_allows_delete(PROOF_PUBLIC_KEY));
	assert_true(access_allows_delete(PROOF_SIGNATURE));
	assert_true(access_allows_delete(PROOF_SECRET_KEY));
}

static void assert_same_file(const struct file *a, const struct file *b)
{
	assert_true(id_eq(&a->id, &b->id));
	assert_true(id_eq(&a->version_id, &b->version_id));
	assert_int_equal(a->account_id, b->account_id);
	assert_str(a->path, b->path);
	assert_str(a->folder, b->folder);
	assert_str(a->name, b->name);
	assert_int_equal(a->origin, b->origin);
	assert_int_equal(a->access, b->access);
	assert_int_equal(a->public_key, b->public_key);
	assert_int_equal(a->created_ms, b->created_ms);
	assert_int_equal(a->updated_ms, b->updated_ms);
	assert_int_equal(a->expires_ms, b->expires_ms);
	assert_int_equal(a->version_number, b->version_number);
	assert_int_equal(a->blob_id, b->blob_id);
	assert_int_equal(a->size, b->size);
	assert_memory_equal(a->checksum, b->checksum, CHECKSUM_BYTES);
	assert_str(a->type, b->type);
	assert_int_equal(a->width, b->width);
	assert_int_equal(a->height, b->height);
	assert_str(a->tags, b->tags);
	assert_str(a->custom_coordinates, b->custom_coordinates);
	assert_str(a->custom_metadata, b->custom_metadata);
	assert_str(a->provider, b->provider);
	assert_str(a->container, b->container);
	assert_int_equal(a->is_inline, b->is_inline);
}

/* A put with every field set to something of its own. */
static struct file_put full_put(const char *path)
{
	struct file_put put = world_put_of(path);
	put.origin = ORIGIN_FILESTACK;
	put.access = ACCESS_KEY;
	put.public_key = true;
	put.expires_ms = now_ms() + 3600 * 1000;
	put.type = STR("image/jpeg; x=\"y\"");
	put.width = 640;
	put.height = 480;
	put.tags = STR("[\"a\",\"b\"]");
	put.custom_coordinates = STR("1,2,3,4");
	put.custom_metadata = STR("{\"k\":1}");
	put.provider = STR("S3");
	put.container = STR("bucket");
	return put;
}

static void what_was_put_is_found_as_it_was_put(void **state)
{
	struct world *world = *state;
	static const size_t sizes[] = {
		0, 1, INLINE_LIMIT, INLINE_LIMIT + 1, LARGE, 300000};
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct err err;
		struct file made, found;
		g_autofree char *path = g_strdup_printf("d/%zu.jpg", i);
		struct file_put put = full_put(path);
		struct str bytes =
			world_content(&world->arena, (unsigned)i, sizes[i]);
		assert_int_equal(world_put(world, &put, bytes, &made, &err), 0);
		assert_int_equal(made.is_inline, sizes[i] <= INLINE_LIMIT);
		assert_int_equal(made.size, sizes[i]);
		assert_true(id_eq(&made.id, &put.id));
		assert_true(id_eq(&made.version_id, &put.id));
		assert_int_equal(made.version_number, 1);
		assert_str(made.tags, put.tags);

		assert_true(world_has(world, path, &found));
		assert_same_file(&made, &found);
		assert_str(world_bytes(world, &found), bytes);
		assert_int_equal(file_by_id(WORLD_VIEW(world, ACCOUNT), &put.id,
					    &found, &err),
				 1);
		assert_same_file(&made, &found);
		assert_null(found.bytes.p);
	}
}

static void absent_fields_are_found_absent(void **state)
{
	struct world *world = *state;
	struct file found;
	struct file made = world_file(world, "plain", 10);
	assert_true(world_has(world, "plain", &found));
	assert_same_file(&made, &found);
	assert_null(found.tags.p);
	assert_null(found.custom_metadata.p);
	assert_null(found.provider.p);
	assert_int_equal(found.expires_ms, 0);
	assert_str(found.folder, STR(""));
}

static void what_was_not_put_is_not_found(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file found;
	struct id other = id_new();
	world_file(world, "a/b", 10);
	static const char *const others[] = {"a",    "a/b/c", "a/B", "b",
					     "a/b ", "",      "/a/b"};
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(world_has(world, others[i], &found));
	assert_int_equal(file_by_path(WORLD_VIEW(world, ACCOUNT + 1),
				      STR("a/b"), &found, &err),
			 0);
	assert_int_equal(
		file_by_id(WORLD_VIEW(world, ACCOUNT), &other, &found, &err),
		0);
}

static void another_account_s_file_is_not_there_damaged_or_not(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file found;
	struct file made = world_file(world, "a/b", 10);
	for (int damaged = 0; damaged < 2; damaged++) {
		for (int other = 0; other < 3; other += 2) /* 0: nobody */
			assert_int_equal(file_by_id(WORLD_VIEW(world, other),
						    &made.id, &found, &err),
					 0);
		int mine = file_by_id(WORLD_VIEW(world, ACCOUNT), &made.id,
				      &found, &err);
		int any = file_by_id_of_any(WORLD_VIEW(world, 2), &made.id,
					    &found, &err);
		assert_int_equal(mine, damaged ? -1 : 1);
		assert_int_equal(any, damaged ? -1 : 1);
		world_change(world, "UPDATE blob SET checksum = x'00'");
	}
}

static void every_ancestor_gets_one_folder_row(void **state)
{
	struct world *world = *state;
	world_file(world, "root.jpg", 10);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM folder"), 0);
	world_file(world, "a/b/c/one.jpg", 10);
	world_file(world, "a/b/two.jpg", 10);
	world_file(world, "a/d/three.jpg", 10);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM folder"), 4);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM folder WHERE"
					  " account_id = 1 AND path IN"
					  " ('a', 'a/b', 'a/b/c', 'a/d')"),
			 4);
}

static void creation_time_is_not_before_the_ids_second(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct file_put put = world_put_of("future");
	int64_t second = now_ms() / 1000 + 1000;
	for (int i = 0; i < 4; i++)
		put.id.b[i] = (uint8_t)(second >> (24 - 8 * i));
	assert_int_equal(world_put(world, &put, STR("x"), &file, &err), 0);
	assert_int_equal(file.created_ms, second * 1000);
	assert_true(file.updated_ms >= file.created_ms);
	file = world_file(world, "now", 1);
	assert_true(now_ms() - file.created_ms < 60 * 1000);
}

static void replacing_keeps_id_and_trashes_old_bytes(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file replaced, found;
	struct file first = world_file(world, "f/x.jpg", LARGE);
	struct file_put put = full_put("f/x.jpg");
	struct str bytes = world_content(&world->arena, 2, 20);
	put.public_key = false;
	put.if_exists = FILE_REPLACE;
	g_usleep(2000);
	assert_int_equal(world_put(world, &put, bytes, &replaced, &err), 0);
	assert_true(id_eq(&replaced.id, &first.id));
	assert_true(id_eq(&replaced.version_id, &first.id));
	assert_int_equal(replaced.version_number, 1);
	assert_int_equal(replaced.created_ms, first.created_ms);
	assert_true(replaced.updated_ms > first.updated_ms);
	assert_true(world_has(world, "f/x.jpg", &found));
	assert_same_file(&replaced, &found);
	assert_int_equal(found.origin, ORIGIN_FILESTACK);
	assert_str(found.bytes, bytes);
	assert_int_equal(world_ask(world, "SELECT blob_id FROM trash"),
			 first.blob_id);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM version"), 0);
}

static void adding_a_version_keeps_the_old_one(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file made, found;
	struct file first = world_file(world, "v", LARGE);
	struct file_put put = world_put_of("v");
	put.if_exists = FILE_ADD_VERSION;
	for (int64_t number = 2; number <= 4; number++) {
		struct id before = number == 2 ? first.id : made.version_id;
		assert_int_equal(
			world_put(world, &put, STR("new"), &made, &err), 0);
		assert_int_equal(made.version_number, number);
		assert_true(id_eq(&made.id, &first.id));
		assert_false(id_eq(&made.version_id, &before));
	}
	assert_true(world_has(world, "v", &found));
	assert_same_file(&made, &found);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM version"), 3);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM trash"), 0);
	assert_int_equal(world_ask(world, "SELECT blob_id FROM version"
					  " WHERE number = 1 AND id = file_id"),
			 first.blob_id);
	put.if_exists = FILE_REPLACE;
	struct id last = made.version_id;
	assert_int_equal(world_put(world, &put, STR("new"), &made, &err), 0);
	assert_int_equal(made.version_number, 4);
	assert_true(id_eq(&made.version_id, &last));

	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &first.id, &err), 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM version"), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM trash"), 5);
}

static void stricter_access_stays_when_asked_for(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	unsigned n = 0;
	for (unsigned old = 0; old < 3; old++)
		for (unsigned new = 0; new < 3; new ++)
			for (unsigned keep = 0; keep < 2; keep++) {
				g_autofree char *path =
					g_strdup_printf("access/%u", n++);
				struct file_put put = world_put_of(path);
				put.access = (enum access)old;
				assert_int_equal(world_put(world, &put,
							   STR("1"), &file,
							   &err),
						 0);
				put.access = (enum access) new;
				put.keep_stricter = keep;
				put.if_exists = FILE_REPLACE;
				assert_int_equal(world_put(world, &put,
							   STR("2"), &file,
							   &err),
						 0);
				assert_int_equal(file.access,
						 keep ? MAX(old, new) : new);
				assert_true(world_has(world, path, &file));
				assert_int_equal(file.access,
						 keep ? MAX(old, new) : new);
			}
}

static const struct {
	bool old_public, new_public;
	enum origin old_origin, new_origin;
	enum err_code code;
} public_rules[] = {
	{false, false, ORIGIN_FILESTACK, ORIGIN_FILESTACK, ERR_NONE},
	{false, false, ORIGIN_FILESTACK, ORIGIN_STASHFYLE, ERR_NONE},
	{true, false, ORIGIN_FILESTACK, ORIGIN_FILESTACK, ERR_NONE},
	{true, false, ORIGIN_FILESTACK, ORIGIN_STASHFYLE, ERR_NONE},
	{true, true, ORIGIN_FILESTACK, ORIGIN_FILESTACK, ERR_NONE},
	{true, true, ORIGIN_FILESTACK, ORIGIN_STASHFYLE, ERR_FORBIDDEN},
	{false, true, ORIGIN_FILESTACK, ORIGIN_FILESTACK, ERR_FORBIDDEN},
	{false, true, ORIGIN_FILESTACK, ORIGIN_STASHFYLE, ERR_FORBIDDEN},
};

static void public_key_replaces_only_its_own_kind(void **state)
{
	struct world *world = *state;
	for (size_t i = 0; i < 2 * COUNT(public_rules); i++) {
		struct err err = {0};
		struct file file;
		size_t rule = i / 2;
		g_autofree char *path = g_strdup_printf("rule/%zu", i);
		struct file_put put = world_put_of(path);
		put.public_key = public_rules[rule].old_public;
		put.origin = public_rules[rule].old_origin;
		assert_int_equal(
			world_put(world, &put, STR("old"), &file, &err), 0);
		put.public_key = public_rules[rule].new_public;
		put.origin = public_rules[rule].new_origin;
		put.if_exists = i % 2 ? FILE_REPLACE : FILE_ADD_VERSION;
		bool allowed = public_rules[rule].code == ERR_NONE;
		assert_int_equal(
			world_put(world, &put, STR("new"), &file, &err),
			allowed ? 0 : -1);
		assert_int_equal(err.code, public_rules[rule].code);
		assert_true(world_has(world, path, &file));
		assert_str(file.bytes, allowed ? STR("new") : STR("old"));
		assert_int_equal(file.public_key,
				 allowed ? public_rules[rule].new_public
					 : public_rules[rule].old_public);
	}
}

/* Decided where it is deleted: between a look and a delete the file can become
 * somebody else's. */
static void public_delete_takes_only_what_a_public_key_stored(void **state)
{
	static const struct {
		bool public_key;
		enum origin origin;
		int deleted;
	} rows[] = {
		{true, ORIGIN_JIGSAWSTACK, 1},
		{false, ORIGIN_JIGSAWSTACK, -1},
		{true, ORIGIN_FILESTACK, -1},
	};
	struct world *world = *state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct file_put put = world_put_of("p");
		struct file file;
		struct err err = {0};
		put.public_key = rows[i].public_key;
		put.origin = rows[i].origin;
		assert_int_equal(world_put(world, &put, STR("x"), &file, &err),
				 0);
		assert_int_equal(file_delete_public(WORLD_VIEW(world, ACCOUNT),
						    &file.id,
						    ORIGIN_JIGSAWSTACK, &err),
				 rows[i].deleted);
		if (rows[i].deleted < 0)
			assert_int_equal(err.code, ERR_FORBIDDEN);
		assert_int_equal(
			file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err),
			rows[i].deleted < 0);
	}
}

static void expired_file_is_hidden_and_its_path_free(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file expired, fresh, found;
	struct file_put put = world_put_of("e/x");
	put.expires_ms = now_ms();
	put.access = ACCESS_PRIVATE;
	assert_int_equal(world_put(world, &put, STR("old"), &expired, &err), 0);
	assert_false(world_has(world, "e/x", &found));
	assert_int_equal(file_by_id(WORLD_VIEW_OF(world, ACCOUNT, true),
				    &expired.id, &found, &err),
			 0);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &expired.id, &err), 0);
	put = world_put_of("e/x");
	put.if_exists = FILE_REFUSE;
	put.public_key = true;
	put.keep_stricter = true;
	assert_int_equal(world_put(world, &put, STR("new"), &fresh, &err), 0);
	assert_true(id_eq(&fresh.id, &put.id));
	assert_int_equal(fresh.access, ACCESS_PUBLIC);
	assert_true(world_has(world, "e/x", &found));
	assert_same_file(&fresh, &found);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file"), 1);
	assert_int_equal(world_ask(world, "SELECT blob_id FROM trash"),
			 expired.blob_id);
}

static void file_vanishes_when_its_time_has_come(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct file_put put = world_put_of("soon");
	struct view view = *WORLD_VIEW(world, ACCOUNT);
	put.expires_ms = view.now + 3600 * 1000;
	assert_int_equal(world_put(world, &put, STR("x"), &file, &err), 0);
	view.now = put.expires_ms - 1;
	assert_int_equal(file_by_path(&view, STR("soon"), &file, &err), 1);
	view.now = put.expires_ms;
	assert_int_equal(file_by_path(&view, STR("soon"), &file, &err), 0);
}

/* Regular files below the directory of blobs. */
static unsigned files_seen;

static int see_file(const char *path, const struct stat *info, int type,
		    struct FTW *ftw)
{
	(void)info, (void)ftw;
	files_seen += type == FTW_F && !strstr(path, "/staging/");
	return 0;
}

static unsigned files_on_disk(const struct world *world)
{
	g_autofree char *blobs = g_build_filename(world->dir, "blobs", NULL);
	files_seen = 0;
	assert_int_equal(nftw(blobs, see_file, 16, FTW_PHYS), 0);
	return files_seen;
}

static void delete_frees_bytes_after_the_sweep(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file found;
	uint64_t removed;
	unsigned before = files_on_disk(world);
	struct file large = world_file(world, "large", LARGE);
	struct file small = world_file(world, "small", 10);
	assert_int_equal(files_on_disk(world), before + 1);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT + 1), &large.id, &err),
		0);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &large.id, &err), 1);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &large.id, &err), 0);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &small.id, &err), 1);
	assert_false(world_has(world, "large", &found));
	assert_int_equal(library_sweep(world->library, 60000, &removed, &err),
			 0);
	assert_int_equal(removed, 0);
	assert_str(world_bytes(world, &large),
		   world_content(&world->arena, 1, LARGE));
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	assert_int_equal(removed, 2);
	assert_int_equal(files_on_disk(world), before);
	assert_int_equal(world_stored(world), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM blob"), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM trash"), 0);
}

/* The last blobs that went. */
struct gone {
	unsigned n;
	int64_t store, blob_ids[4];
};

static void note_gone(void *user, int64_t store, int64_t blob_id)
{
	struct gone *gone = user;
	gone->store = store;
	gone->blob_ids[gone->n++ % COUNT(gone->blob_ids)] = blob_id;
}

static void whoever_derives_from_bytes_is_told_that_they_are_gone(void **state)
{
	struct world *world = *state;
	struct err err;
	struct gone gone = {0};
	uint64_t removed;
	struct file large = world_file(world, "large", LARGE);
	struct file small = world_file(world, "small", 10);
	library_on_gone(world->library, note_gone, &gone);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &large.id, &err), 1);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &small.id, &err), 1);
	assert_int_equal(library_sweep(world->library, 60000, &removed, &err),
			 0);
	assert_int_equal(gone.n, 0);
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	assert_int_equal(gone.n, 2);
	assert_int_equal(gone.store, large.store);
	assert_int_equal(gone.blob_ids[0], large.blob_id);
	assert_int_equal(gone.blob_ids[1], small.blob_id);
}

static void sweep_takes_all_expired_files_and_no_others(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	uint64_t removed;
	struct file_put put = world_put_of("old/x");
	put.expires_ms = now_ms() - 1;
	assert_int_equal(world_put(world, &put, STR("x"), &file, &err), 0);
	world_copy(world); /* more than two batches */
	put = world_put_of("later");
	put.expires_ms = now_ms() + 3600 * 1000;
	assert_int_equal(world_put(world, &put, STR("x"), &file, &err), 0);
	world_file(world, "kept", LARGE);
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	assert_int_equal(removed, 2 * (COPIES + 1));
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file"), 2);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM blob"), 2);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM trash"), 0);
	assert_true(world_has(world, "later", &file));
	assert_true(world_has(world, "kept", &file));
}

/* A put that must fail; SHORT: its sink refuses the bytes. */
static const struct {
	const char *what;
	const char *path, *folder, *name;
	size_t limit;
	enum err_code code;
} failing_puts[] = {
	{"bad path", "new/../x", "new/..", "x", LARGE, ERR_INVALID},
	{"slash behind", "new/", "new", "", LARGE, ERR_INVALID},
	{"other folder", "new/a/x", "new", "x", LARGE, ERR_INVALID},
	{"no folder", "new/x", "", "x", LARGE, ERR_INVALID},
	{"no name", "new/x", "new", "", LARGE, ERR_INVALID},
	{"dots for a name", "new/x", "new", "..", LARGE, ERR_INVALID},
	{"name with folder", "new/a/x", "new/a", "a/x", LARGE, ERR_INVALID},
	{"failed sink", "new/x", "new", "x", 10, ERR_TOO_LARGE},
	{"exists", "there/x", "there", "x", LARGE, ERR_EXISTS},
};

static void failed_put_leaves_nothing(void **state)
{
	struct world *world = *state;
	world_file(world, "there/x", LARGE);
	struct str bytes = world_content(&world->arena, 9, LARGE);
	for (size_t i = 0; i < COUNT(failing_puts); i++) {
		struct err err = {0}, written = {0};
		struct file file;
		struct file_put put = world_put_of("unused");
		put.path = str_of(failing_puts[i].path);
		put.folder = str_of(failing_puts[i].folder);
		put.name = str_of(failing_puts[i].name);
		put.sink = store_sink_new(library_store(world->library),
					  failing_puts[i].limit);
		int stored =
			store_sink_write(put.sink, bytes.p, bytes.n, &written);
		if (file_put(WORLD_VIEW(world, ACCOUNT), &put, &file, &err) ==
		    0)
			fail_msg("%s: was stored", failing_puts[i].what);
		store_sink_free(put.sink);
		enum err_code code = stored < 0 ? written.code : err.code;
		if (code != failing_puts[i].code)
			fail_msg("%s: %s", failing_puts[i].what,
				 err_code_name(code));
		assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file"),
				 1);
		assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM blob"),
				 1);
		assert_int_equal(
			world_ask(world, "SELECT COUNT(*) FROM folder"), 1);
		assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM trash"),
				 0);
		assert_int_equal(world_stored(world), 1);
	}
}

static void absent_folder_is_the_root(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct file_put put = world_put_of("x");
	put.folder = STR_NONE;
	assert_int_equal(world_put(world, &put, STR("1"), &file, &err), 0);
	assert_str(file.folder, STR(""));
}

static void shown_name_may_differ_from_the_path(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct file_put put = world_put_of("up/0123abc_cat.jpg");
	put.name = STR("cat.jpg");
	assert_int_equal(world_put(world, &put, STR("1"), &file, &err), 0);
	assert_true(world_has(world, "up/0123abc_cat.jpg", &file));
	assert_str(file.name, STR("cat.jpg"));
}

struct racer {
	struct world *world;
	GThread *thread;
	struct arena arena;
	int result;
	struct err err;
};

static void *race_put(void *arg)
{
	struct racer *racer = arg;
	struct file file;
	struct store *store = library_store(racer->world->library);
	struct file_put put = world_put_of("race/one.jpg");
	struct str bytes = world_content(&racer->arena, 3, LARGE);
	const struct view view = {.library = racer->world->library,
				  .now = now_ms(),
				  .arena = &racer->arena};
	put.sink = store_sink_new(store, LARGE);
	racer->result =
		store_sink_write(put.sink, bytes.p, bytes.n, &racer->err);
	if (racer->result == 0)
		racer->result = file_put(&view, &put, &file, &racer->err);
	store_sink_free(put.sink);
	return NULL;
}

static void one_of_many_puts_of_a_new_path_wins(void **state)
{
	struct world *world = *state;
	struct racer racers[20] = {0};
	struct file found;
	unsigned won = 0;
	for (size_t i = 0; i < COUNT(racers); i++) {
		racers[i].world = world;
		arena_init(&racers[i].arena);
		racers[i].thread = g_thread_new("racer", race_put, &racers[i]);
	}
	for (size_t i = 0; i < COUNT(racers); i++) {
		g_thread_join(racers[i].thread);
		arena_release(&racers[i].arena);
		won += racers[i].result == 0;
		if (racers[i].result < 0)
			assert_int_equal(racers[i].err.code, ERR_EXISTS);
	}
	assert_int_equal(won, 1);
	assert_int_equal(world_stored(world), 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM blob"), 1);
	assert_true(world_has(world, "race/one.jpg", &found));
	assert_str(world_bytes(world, &found),
		   world_content(&world->arena, 3, LARGE));
}

static void note_change(void *user, const struct id *file)
{
	GArray *changes = user;
	g_array_append_val(changes, *file);
}

static void changes_are_told_before_the_writer_hears(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	uint64_t removed;
	g_autoptr(GArray) changes =
		g_array_new(FALSE, FALSE, sizeof(struct id));
	library_on_change(world->library, note_change, changes);
	struct file first = world_file(world, "c", 10);
	assert_int_equal(changes->len, 0);
	struct file_put put = world_put_of("c");
	assert_int_equal(world_put(world, &put, STR("no"), &file, &err), -1);
	assert_int_equal(changes->len, 0);
	put.if_exists = FILE_REPLACE;
	assert_int_equal(world_put(world, &put, STR("2"), &file, &err), 0);
	assert_int_equal(changes->len, 1);
	put.if_exists = FILE_ADD_VERSION;
	put.expires_ms = now_ms() - 1;
	assert_int_equal(world_put(world, &put, STR("3"), &file, &err), 0);
	assert_int_equal(changes->len, 2);
	assert_int_equal(library_sweep(world->library, 60000, &removed, &err),
			 0);
	assert_int_equal(changes->len, 3);
	for (guint i = 0; i < changes->len; i++)
		assert_true(id_eq(&g_array_index(changes, struct id, i),
				  &first.id));
	file = world_file(world, "d", 10);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err), 1);
	assert_int_equal(changes->len, 4);
	assert_true(id_eq(&g_array_index(changes, struct id, 3), &file.id));
}

static void damaged_inline_bytes_are_not_handed_out(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file = world_file(world, "hurt", 4);
	world_change(world, "UPDATE blob SET inline_bytes = X'00010203'");
	assert_int_equal(file_by_id(WORLD_VIEW_OF(world, ACCOUNT, true),
				    &file.id, &file, &err),
			 -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_int_equal(
		file_by_id(WORLD_VIEW(world, ACCOUNT), &file.id, &file, &err),
		1);
}

/* Changes one byte of a blob's file. */
static void flip(struct world *world, const struct file *file, uint64_t at)
{
	char key[STORE_KEY_LEN + 1], byte;
	store_key(file->blob_id, key);
	g_autofree char *path =
		g_build_filename(world->dir, "blobs", key, NULL);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

static void assert_damaged(struct world *world, const struct file *file)
{
	struct err err;
	int64_t before = metric_get(METRIC_DAMAGED_READS);
	assert_int_equal(file_open(world->library, file, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_int_equal(metric_get(METRIC_DAMAGED_READS), before + 1);
}

static void a_changed_byte_is_seen_when_a_file_is_opened(void **state)
{
	struct world *world = *state;
	const size_t sizes[] = {INLINE_LIMIT + 1, LARGE, 65535, 65536, 65537,
				CHECK_MAX};
	for (size_t i = 0; i < COUNT(sizes); i++) {
		g_autofree char *path = g_strdup_printf("f%zu", sizes[i]);
		struct file file = world_file(world, path, sizes[i]);
		const uint64_t places[] = {0, file.size / 2, file.size - 1};
		for (size_t j = 0; j < COUNT(places); j++) {
			flip(world, &file, places[j]);
			assert_damaged(world, &file);
			flip(world, &file, places[j]);
			assert_str(world_bytes(world, &file),
				   world_content(&world->arena, 1, sizes[i]));
		}
	}
}

static void what_is_larger_than_the_bound_is_not_read_first(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file = world_file(world, "f", CHECK_MAX + 1);
	flip(world, &file, 5);
	SCOPED_FD fd = file_open(world->library, &file, &err);
	assert_true(fd >= 0);
}

static void second_server_is_refused_by_name(void **state)
{
	struct world *world = *state;
	struct err err;
	assert_null(world_try(world, true, &err));
	assert_int_equal(err.code, ERR_BUSY);
	assert_non_null(strstr(err.text, world->dir));
	library_close(world_open(world, false));
	library_close(world->library);
	world->library = world_open(world, true);
	assert_int_equal(library_check(world->library, &err), 0);
}

static unsigned mode_of(const struct world *world, const char *name)
{
	struct stat info;
	g_autofree char *path = g_build_filename(world->dir, name, NULL);
	assert_int_equal(stat(path, &info), 0);
	return info.st_mode & 07777;
}

static void nobody_else_can_read_the_data(void **state)
{
	struct world *world = *state;
	mode_t before = umask(0);
	world->library = world_open(world, true);
	umask(before);
	assert_int_equal(mode_of(world, ""), 0700);
	assert_int_equal(mode_of(world, "stowage.db"), 0600);
	assert_int_equal(mode_of(world, "lock"), 0600);
}

/* One that is in the schema alone would be lost by the next move. */
static void every_column_of_a_file_is_in_the_table(void **state)
{
#define ONE(column, old, kind, field, key) +1
#define ONE_OLD(column, old, kind, field, key) +(*old == 'v')
	struct world *world = *state;
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM"
					  " pragma_table_info('file')"),
			 FILE_COLUMNS(ONE));
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM"
					  " pragma_table_info('version')"),
			 FILE_COLUMNS(ONE_OLD));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_valid_accepts_exactly_clean_paths),
		cmocka_unit_test(access_is_allowed_as_the_table_says),
		TEST(what_was_put_is_found_as_it_was_put),
		TEST(absent_fields_are_found_absent),
		TEST(what_was_not_put_is_not_found),
		TEST(another_account_s_file_is_not_there_damaged_or_not),
		TEST(every_ancestor_gets_one_folder_row),
		TEST(creation_time_is_not_before_the_ids_second),
		TEST(replacing_keeps_id_and_trashes_old_bytes),
		TEST(adding_a_version_keeps_the_old_one),
		TEST(stricter_access_stays_when_asked_for),
		TEST(public_key_replaces_only_its_own_kind),
		TEST(public_delete_takes_only_what_a_public_key_stored),
		TEST(expired_file_is_hidden_and_its_path_free),
		TEST(file_vanishes_when_its_time_has_come),
		TEST(delete_frees_bytes_after_the_sweep),
		TEST(whoever_derives_from_bytes_is_told_that_they_are_gone),
		TEST(sweep_takes_all_expired_files_and_no_others),
		TEST(failed_put_leaves_nothing),
		TEST(absent_folder_is_the_root),
		TEST(shown_name_may_differ_from_the_path),
		TEST(one_of_many_puts_of_a_new_path_wins),
		TEST(changes_are_told_before_the_writer_hears),
		TEST(damaged_inline_bytes_are_not_handed_out),
		TEST(a_changed_byte_is_seen_when_a_file_is_opened),
		TEST(what_is_larger_than_the_bound_is_not_read_first),
		TEST(every_column_of_a_file_is_in_the_table),
		TEST(second_server_is_refused_by_name),
		cmocka_unit_test_setup_teardown(nobody_else_can_read_the_data,
						world_setup_closed,
						world_teardown),
	};
	return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
