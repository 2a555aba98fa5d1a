/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What accounts use: exact quota, months, counters in memory, and databases of
 * before there were usage rows.
 */
#include "base/clock.h"
#include "library_world.h"

#include "base/metrics.h"
#include "db/migrate.h"
#include "db/sqlite/db_sqlite.h"
#include "library/accounts/usage_charge.h"
#include "library/files/edit.h"
#include "library/files/folder.h"
#include "library/files/version.h"
#include "library/accounts/usage.h"

static int64_t stored(struct world *world)
{
	return world_ask(world, "SELECT storage_bytes FROM usage"
				" WHERE account_id = 1");
}

static int64_t uploads(struct world *world)
{
	return world_ask(world, "SELECT upload_count FROM usage"
				" WHERE account_id = 1");
}

static void assert_counted(struct world *world)
{
	assert_int_equal(stored(world),
			 world_ask(world, "SELECT COALESCE((SELECT SUM(size)"
					  " FROM file), 0) + COALESCE((SELECT"
					  " SUM(size) FROM version), 0)"));
}

static int put_size(struct world *world, const struct file_put *put,
		    size_t size, struct err *err)
{
	struct file file;
	struct file_put copy = *put;
	copy.id = id_new();
	return world_put(world, &copy, world_content(&world->arena, 3, size),
			 &file, err);
}

/* A text of so many bytes. */
static struct str text_of(struct world *world, size_t n)
{
	char *p = arena_alloc(&world->arena, n);
	memset(p, 'd', n);
	return (struct str){p, n};
}

static int describe(struct world *world, const struct id *id, size_t n,
		    uint64_t most, struct err *err)
{
	struct file out;
	const struct file_edit edit = {
		.columns = EDIT_DESCRIPTION,
		.description = text_of(world, n),
		.max_storage_bytes = most,
	};
	return file_edit(WORLD_VIEW(world, ACCOUNT), id, &edit, &out, err);
}

/* Content or description, whichever is longer. */
static void what_describes_a_file_counts_where_it_is_longer(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file, out;
	uint64_t removed;
	struct file_put put = world_put_of("d/x");
	put.description = text_of(world, 50);
	put.tags = STR("[\"a\"]");
	assert_int_equal(put_size(world, &put, 100, &err), 0);
	assert_int_equal(stored(world), 100);
	put.if_exists = FILE_ADD_VERSION;
	assert_int_equal(put_size(world, &put, 10, &err), 0);
	assert_int_equal(stored(world), 100 + 55);
	assert_true(world_has(world, "d/x", &file));

	assert_int_equal(describe(world, &file.id, 300, 404, &err), -1);
	assert_int_equal(err.code, ERR_QUOTA);
	assert_int_equal(stored(world), 155);
	assert_int_equal(describe(world, &file.id, 300, 405, &err), 1);
	assert_int_equal(stored(world), 405);
	assert_int_equal(describe(world, &file.id, 200, 1, &err), 1);
	assert_int_equal(stored(world), 305);
	const struct str tag = text_of(world, 60);
	enum tag_outcome outcome;
	struct tag_edit tags = {.ids = &file.id,
				.n_ids = 1,
				.tags = &tag,
				.n_tags = 1,
				.max_characters = 100,
				.max_storage_bytes = 367};
	assert_int_equal(file_edit_tags(WORLD_VIEW(world, ACCOUNT), &tags,
					&outcome, &err),
			 -1);
	assert_int_equal(err.code, ERR_QUOTA);
	tags.max_storage_bytes++;
	assert_int_equal(file_edit_tags(WORLD_VIEW(world, ACCOUNT), &tags,
					&outcome, &err),
			 0);
	assert_int_equal(stored(world), 368);
	world_assert_sound(world);

	struct file_relocation copy = {
		.account_id = ACCOUNT,
		.source = STR("d/x"),
		.target = STR("d/y"),
		.copy = true,
		.with_versions = true,
		.max_storage_bytes = 735,
	};
	assert_int_equal(file_relocate(world->library, &copy, &err), -1);
	assert_int_equal(err.code, ERR_QUOTA);
	copy.max_storage_bytes++;
	assert_int_equal(file_relocate(world->library, &copy, &err), 1);
	copy.target = STR("d/z");
	copy.copy = false;
	assert_int_equal(file_relocate(world->library, &copy, &err), 1);
	assert_int_equal(stored(world), 736);
	world_assert_sound(world);

	const struct version_ref first = {file.id, file.id};
	assert_int_equal(
		version_restore(WORLD_VIEW(world, ACCOUNT), &first, &out, &err),
		1);
	assert_int_equal(stored(world), 736);
	const struct version_ref second = {file.id, file.version_id};
	assert_int_equal(
		version_delete(WORLD_VIEW(world, ACCOUNT), &second, &err), 1);
	assert_int_equal(stored(world), 468);
	world_assert_sound(world);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err), 1);
	assert_int_equal(stored(world), 368);
	put = world_put_of("d/y");
	put.if_exists = FILE_REPLACE;
	put.description = text_of(world, 5);
	assert_int_equal(put_size(world, &put, 1, &err), 0);
	assert_int_equal(stored(world), 105);
	world_change(world, "UPDATE file SET expires_at = 1");
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	assert_int_equal(stored(world), 0);
}

static void upload_over_quota_by_its_description_leaves_nothing(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file_put put = world_put_of("d/x");
	put.custom_metadata = text_of(world, 1000);
	put.max_storage_bytes = 999;
	assert_int_equal(put_size(world, &put, 1, &err), -1);
	assert_int_equal(err.code, ERR_QUOTA);
	assert_int_equal(stored(world), 0);
	put.max_storage_bytes++;
	assert_int_equal(put_size(world, &put, 1, &err), 0);
	assert_int_equal(stored(world), 1000);
}

static int make_folder(struct world *world, const char *path, struct err *err)
{
	return folder_create(WORLD_VIEW(world, ACCOUNT), str_of(path), err);
}

static int move(struct world *world, const char *target, struct err *err)
{
	const struct file_relocation how = {
		.account_id = ACCOUNT,
		.source = STR("d/x"),
		.target = str_of(target),
	};
	return file_relocate(world->library, &how, err);
}

/* What has nothing in it takes room, too. */
static void files_and_folders_of_a_limited_account_have_a_limit(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file_put put = world_put_of("d/x");
	put.max_storage_bytes = 5000;
	put.if_exists = FILE_REPLACE;
	world_change(world, "UPDATE account SET max_storage_bytes = 5000");
	assert_int_equal(put_size(world, &put, 0, &err), 0);
	put.if_exists = FILE_ADD_VERSION;
	assert_int_equal(put_size(world, &put, 0, &err), 0);
	assert_int_equal(make_folder(world, "a/b", &err), 0);
	assert_int_equal(world_ask(world, "SELECT item_count FROM usage"), 5);
	world_assert_sound(world);
	world_change(world, "UPDATE usage SET item_count = 10003");
	assert_int_equal(put_size(world, &put, 0, &err), 0);
	assert_int_equal(put_size(world, &put, 0, &err), -1);
	assert_int_equal(err.code, ERR_QUOTA);
	assert_int_equal(make_folder(world, "c", &err), -1);
	assert_int_equal(err.code, ERR_QUOTA);
	assert_int_equal(make_folder(world, "a/b", &err), 0);
	assert_int_equal(move(world, "e/x", &err), -1);
	assert_int_equal(err.code, ERR_QUOTA);
	assert_int_equal(move(world, "a/x", &err), 1);
	put.if_exists = FILE_REPLACE;
	put.path = STR("a/x");
	put.folder = STR("a");
	assert_int_equal(put_size(world, &put, 0, &err), 0);
	assert_int_equal(world_ask(world, "SELECT item_count FROM usage"),
			 10004);
	world_change(world, "UPDATE account SET max_storage_bytes = NULL");
	assert_int_equal(make_folder(world, "c", &err), 0);
}

static const struct {
	const char *date; /* for reading */
	int64_t ms, period;
} periods[] = {
	{"1970-01-01", 0, 197001},
	{"2024-02-29T23:59:59.999", 1709251199999, 202402},
	{"2024-03-01T00:00:00", 1709251200000, 202403},
	{"2024-12-31T23:59:59.999", 1735689599999, 202412},
	{"2025-01-01T00:00:00", 1735689600000, 202501},
};

static void a_period_is_a_month_of_utc(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(periods); i++)
		assert_int_equal(usage_period(periods[i].ms),
				 periods[i].period);
}

static void every_change_of_files_changes_the_stored_bytes(void **state)
{
	struct world *world = *state;
	struct err err;
	uint64_t removed;
	struct file_put put = world_put_of("d/x");
	assert_int_equal(put_size(world, &put, 100, &err), 0);
	assert_int_equal(stored(world), 100);
	put.if_exists = FILE_REPLACE;
	assert_int_equal(put_size(world, &put, LARGE, &err), 0);
	assert_int_equal(stored(world), LARGE);
	put.if_exists = FILE_ADD_VERSION;
	assert_int_equal(put_size(world, &put, 7, &err), 0);
	assert_int_equal(put_size(world, &put, 0, &err), 0);
	assert_int_equal(stored(world), LARGE + 7);
	put.if_exists = FILE_REFUSE;
	assert_int_equal(put_size(world, &put, 9, &err), -1);
	assert_int_equal(stored(world), LARGE + 7);
	assert_int_equal(uploads(world), 4);
	assert_counted(world);

	struct file kept = world_file(world, "kept", 11);
	world_change(world, "UPDATE file SET expires_at = 1"
			    " WHERE path = 'd/x'");
	assert_int_equal(put_size(world, &put, 20, &err), 0);
	assert_int_equal(stored(world), 31);
	world_change(world, "UPDATE file SET expires_at = 1"
			    " WHERE path = 'd/x'");
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	assert_int_equal(stored(world), 11);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &kept.id, &err), 1);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &kept.id, &err), 0);
	assert_int_equal(stored(world), 0);
	assert_int_equal(uploads(world), 6);
}

/* With 100 bytes at "old" and 50, of a file that has expired, at "gone". */
static const struct {
	const char *path;
	enum file_if_exists if_exists;
	size_t size;
	uint64_t max_storage, max_uploads;
	const char *refused; /* NULL: stored */
} quotas[] = {
	{"new", FILE_REFUSE, 100, 250, 0, NULL},
	{"new", FILE_REFUSE, 101, 250, 0, "Storage limit exceeded"},
	{"new", FILE_REFUSE, 0, 150, 0, NULL},
	{"new", FILE_REFUSE, 0, 149, 0, "Storage limit exceeded"},
	{"new", FILE_REFUSE, 10, UINT64_MAX, UINT64_MAX, NULL},
	{"new", FILE_REFUSE, 10, 0, 3, NULL},
	{"new", FILE_REFUSE, 10, 0, 2, "Upload limit of this month exceeded"},
	{"new", FILE_REFUSE, 200, 200, 2, "Storage limit exceeded"},
	{"old", FILE_REPLACE, 100, 150, 0, NULL},
	{"old", FILE_REPLACE, 101, 150, 0, "Storage limit exceeded"},
	{"old", FILE_REPLACE, 99, 10, 0, NULL}, /* a smaller one always */
	{"old", FILE_ADD_VERSION, 100, 250, 0, NULL},
	{"old", FILE_ADD_VERSION, 101, 250, 0, "Storage limit exceeded"},
	{"gone", FILE_REFUSE, 50, 150, 0, NULL},
	{"gone", FILE_REFUSE, 51, 150, 0, "Storage limit exceeded"},
};

static void quota_is_judged_as_the_table_says(void **state)
{
	struct world *world = *state;
	for (size_t i = 0; i < COUNT(quotas); i++) {
		struct err err = {0};
		world_file(world, "old", 100);
		world_file(world, "gone", 50);
		world_change(world, "UPDATE file SET expires_at = 1"
				    " WHERE path = 'gone'");
		struct file_put put = world_put_of(quotas[i].path);
		put.if_exists = quotas[i].if_exists;
		put.max_storage_bytes = quotas[i].max_storage;
		put.max_uploads = quotas[i].max_uploads;
		int result = put_size(world, &put, quotas[i].size, &err);
		if ((result < 0) != (quotas[i].refused != NULL))
			fail_msg("row %zu: %d %s", i, result, err.text);
		if (result < 0) {
			assert_int_equal(err.code, ERR_QUOTA);
			assert_string_equal(err.text, quotas[i].refused);
			assert_int_equal(stored(world), 150);
			assert_int_equal(uploads(world), 2);
			assert_int_equal(world_ask(world, "SELECT COUNT(*)"
							  " FROM blob"),
					 2);
		}
		assert_counted(world);
		world_change(world, "DELETE FROM file");
		world_change(world, "DELETE FROM version");
		world_change(world, "DELETE FROM trash");
		world_change(world, "DELETE FROM blob");
		world_change(world, "UPDATE usage SET storage_bytes = 0,"
				    " upload_count = 0");
	}
}

#define THREADS 32
#define PUTS 6
#define PUT_BYTES 100

struct uploader {
	struct world *world;
	uint64_t max_storage, max_uploads;
	unsigned number;
	unsigned done, over, other;
};

static void *upload_some(void *arg)
{
	struct uploader *uploader = arg;
	struct library *library = uploader->world->library;
	struct arena arena;
	arena_init(&arena);
	for (unsigned i = 0; i < PUTS; i++) {
		struct err err = {0};
		struct file file;
		const struct view view = {
			.library = library, .now = now_ms(), .arena = &arena};
		g_autofree char *path =
			g_strdup_printf("t%u/%u", uploader->number, i);
		struct file_put put = world_put_of(path);
		put.max_storage_bytes = uploader->max_storage;
		put.max_uploads = uploader->max_uploads;
		put.sink = store_sink_new(library_store(library), 1 << 20);
		struct str bytes = world_content(&arena, i, PUT_BYTES);
		int result = store_sink_write(put.sink, bytes.p, bytes.n, &err);
		if (result == 0)
			result = file_put(&view, &put, &file, &err);
		store_sink_free(put.sink);
		uploader->done += result == 0;
		uploader->over += result < 0 && err.code == ERR_QUOTA;
		uploader->other += result < 0 && err.code != ERR_QUOTA;
	}
	arena_release(&arena);
	return NULL;
}

/* How many of THREADS * PUTS uploads were stored. */
static unsigned upload_at_once(struct world *world, uint64_t max_storage,
			       uint64_t max_uploads)
{
	struct uploader uploaders[THREADS];
	GThread *threads[THREADS];
	unsigned done = 0, over = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		uploaders[i] = (struct uploader){.world = world,
						 .max_storage = max_storage,
						 .max_uploads = max_uploads,
						 .number = i};
		threads[i] =
			g_thread_new("uploader", upload_some, &uploaders[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		g_thread_join(threads[i]);
		done += uploaders[i].done;
		over += uploaders[i].over;
		assert_int_equal(uploaders[i].other, 0);
	}
	assert_int_equal(done + over, THREADS * PUTS);
	return done;
}

static void storage_quota_is_exact_under_parallel_uploads(void **state)
{
	struct world *world = *state;
	assert_int_equal(
		upload_at_once(world, 50 * PUT_BYTES + PUT_BYTES / 2, 0), 50);
	assert_int_equal(stored(world), 50 * PUT_BYTES);
	assert_int_equal(uploads(world), 50);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM blob"), 50);
	assert_counted(world);
}

static void upload_quota_is_exact_under_parallel_uploads(void **state)
{
	struct world *world = *state;
	assert_int_equal(upload_at_once(world, 0, 77), 77);
	assert_int_equal(uploads(world), 77);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file"), 77);
	assert_counted(world);
}

/* A refusal that had changed rows would make the group run again, one by one:
 * more commits than groups. Here each write is a group of its own. */
static void a_refused_upload_commits_nothing(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file_put put = world_put_of("x");
	put.max_storage_bytes = 1;
	int64_t before = metric_get(METRIC_DB_COMMITS);
	assert_int_equal(put_size(world, &put, 2, &err), -1);
	assert_int_equal(metric_get(METRIC_DB_COMMITS), before);
}

static void usage_of(struct world *world, struct usage *out)
{
	struct err err;
	if (usage_read(world->library, ACCOUNT, out, &err) < 0)
		fail_msg("%s", err.text);
}

static void a_new_month_begins_with_nothing(void **state)
{
	struct world *world = *state;
	struct err err;
	struct usage usage;
	int64_t period = usage_period(now_ms());
	struct file_put put = world_put_of("a");
	put.max_uploads = 1;
	world_file(world, "old", 10);
	world_change(world, "UPDATE usage SET period = 202001,"
			    " upload_count = 9, bandwidth_bytes = 7");
	usage_of(world, &usage);
	assert_int_equal(usage.storage_bytes, 10);
	assert_int_equal(usage.upload_count, 0);
	assert_int_equal(usage.bandwidth_bytes, 0);
	assert_int_equal(usage.year * 100 + usage.month, period);

	assert_int_equal(put_size(world, &put, 5, &err), 0);
	put.path = put.name = STR("b");
	assert_int_equal(put_size(world, &put, 5, &err), -1);
	assert_int_equal(err.code, ERR_QUOTA);
	usage_of(world, &usage);
	assert_int_equal(usage.storage_bytes, 15);
	assert_int_equal(usage.upload_count, 1);
	assert_int_equal(usage.bandwidth_bytes, 0);
	assert_int_equal(world_ask(world, "SELECT period FROM usage"), period);

	world_change(world, "UPDATE usage SET period = 202001,"
			    " upload_count = 9, bandwidth_bytes = 7");
	usage_add_bandwidth(world->library, ACCOUNT, 30);
	assert_int_equal(usage_flush(world->library, &err), 0);
	usage_of(world, &usage);
	assert_int_equal(usage.upload_count, 0);
	assert_int_equal(usage.bandwidth_bytes, 30);
}

static void a_clock_that_goes_back_keeps_the_counts(void **state)
{
	struct world *world = *state;
	struct usage usage;
	world_change(world, "UPDATE usage SET period = 999912,"
			    " upload_count = 3, bandwidth_bytes = 8");
	world_file(world, "x", 1);
	usage_of(world, &usage);
	assert_int_equal(usage.upload_count, 4);
	assert_int_equal(usage.bandwidth_bytes, 8);
	assert_int_equal(usage.year, 9999);
}

static void *send_some(void *arg)
{
	struct world *world = arg;
	for (unsigned i = 0; i < 1000; i++)
		for (int64_t account = 1; account <= 3; account++)
			usage_add_bandwidth(world->library, account, 2);
	return NULL;
}

static void bytes_sent_are_counted_in_memory_until_flushed(void **state)
{
	struct world *world = *state;
	struct err err;
	struct usage usage;
	GThread *threads[4];
	int64_t commits = metric_get(METRIC_DB_COMMITS);
	for (size_t i = 0; i < COUNT(threads); i++)
		threads[i] = g_thread_new("sender", send_some, world);
	for (unsigned i = 0; i < 10; i++) {
		struct usage next;
		usage_of(world, &next);
		assert_true(next.bandwidth_bytes <= 8000);
	}
	for (size_t i = 0; i < COUNT(threads); i++)
		g_thread_join(threads[i]);
	usage_of(world, &usage);
	assert_int_equal(usage.bandwidth_bytes, 8000);
	assert_int_equal(metric_get(METRIC_DB_COMMITS), commits);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(usage_flush(world->library, &err), 0);
		assert_int_equal(metric_get(METRIC_DB_COMMITS), commits + 1);
		usage_of(world, &usage);
		assert_int_equal(usage.bandwidth_bytes, 8000);
	}
	assert_int_equal(world_ask(world, "SELECT bandwidth_bytes FROM usage"),
			 8000);
	assert_int_equal(usage_read(world->library, 2, &usage, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void reading_while_flushing_never_goes_back(void **state)
{
	struct world *world = *state;
	struct err err;
	GThread *thread = g_thread_new("sender", send_some, world);
	uint64_t last = 0;
	for (unsigned i = 0; i < 50; i++) {
		struct usage usage;
		if (i % 5 == 0)
			assert_int_equal(usage_flush(world->library, &err), 0);
		usage_of(world, &usage);
		assert_true(usage.bandwidth_bytes >= last);
		last = usage.bandwidth_bytes;
	}
	g_thread_join(thread);
}

static void last_use_of_a_key_is_kept(void **state)
{
	struct world *world = *state;
	struct err err;
	struct api_key key;
	struct api_keys keys;
	assert_int_equal(
		key_create(WORLD_VIEW(world, 0),
			   &(struct key_new){STR("account1"), KEY_SECRET, NULL,
					     STR(""), NULL},
			   &key, &err),
		0);
	int64_t before = now_ms();
	struct keyring *keyring = library_keyring(world->library);
	usage_key_used(world->library, key.id);
	assert_int_equal(usage_flush(world->library, &err), 0);
	assert_int_equal(key_list(WORLD_VIEW(world, 0), &keys, &err), 0);
	assert_int_equal(keys.n, 1);
	assert_true(keys.items[0].last_used_ms >= before);
	/* it is no change that servers must hear of */
	assert_int_equal(keyring_refresh(world->library, &err), 0);
	struct keyring *after = library_keyring(world->library);
	assert_ptr_equal(keyring, after);
	keyring_unref(keyring);
	keyring_unref(after);
}

/* What a program of before the second step leaves. */
static int old_rows(struct db_tx *tx, struct err *err)
{
	static const char *const texts[] = {
		"INSERT INTO account (id, name, created_at)"
		" VALUES (1, 'one', 5), (2, 'two', 6)",
		"INSERT INTO api_key (id, account_id, kind, key_text, label,"
		" created_at) VALUES (1, 1, 1, 'sk_old_key', 'old', 7)",
		"INSERT INTO blob (id, size, checksum, inline_bytes) VALUES"
		" (1, 3, X'06b05ab6733a618578af5f94892f3950', 'abc')",
		"INSERT INTO file (id, account_id, path, folder, name, origin,"
		" access, public_key, created_at, updated_at, version_id,"
		" version_number, blob_id, size, type, tags)"
		" VALUES (X'000000010000000000000001', 1, 'f/x', 'f', 'x', 1,"
		" 0, 0, 8, 8, X'000000010000000000000001', 2, 1, 3, 't/t',"
		" '[\"a\",\"b\",\"a\"]')",
		"INSERT INTO version (id, file_id, number, created_at,"
		" blob_id, size, type) VALUES (X'00',"
		" X'000000010000000000000001', 1, 8, 2, 40, 't/t')",
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (db_exec(tx, texts[i], DB_NO_ARGS, err) < 0)
			return -1;
	}
	return 0;
}

static void make_old_database(const char *path)
{
	struct connection *connection;
	struct err err = {0};
	struct db_tx tx = {0};
	struct db_place place = {&db_driver_sqlite, path, NULL};
	int result =
		connection_open(&connection, &place, CONNECTION_WRITER, &err);
	if (result == 0)
		result = migrate(connection, schema_steps, 1, &err);
	if (result == 0)
		result = connection_begin_write(connection, &err);
	tx.connection = connection;
	if (result == 0)
		result = old_rows(&tx, &err);
	connection_end_statements(connection);
	if (result < 0 || connection_commit(connection, &err) < 0)
		fail_msg("%s", err.text);
	connection_close(connection);
}

static void an_older_database_keeps_its_rows_and_gets_usage(void **state)
{
	struct world *world = *state;
	struct err err;
	struct usage usage;
	struct file file;
	g_mkdir(world->dir, 0700);
	g_autofree char *path =
		g_build_filename(world->dir, "stowage.db", NULL);
	make_old_database(path);
	world->library = world_open(world, true);
	usage_of(world, &usage);
	assert_int_equal(usage.storage_bytes, 43);
	assert_int_equal(usage.upload_count, 0);
	assert_int_equal(usage_read(world->library, 2, &usage, &err), 0);
	assert_int_equal(usage.storage_bytes, 0);
	assert_true(world_has(world, "f/x", &file));
	assert_str(file.bytes, STR("abc"));
	assert_int_equal(file.content_ms, 8);
	assert_int_equal(file.last_number, 2);
	assert_int_equal(file.older_versions, 1);
	assert_false(file.draft);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file_tag"), 2);
	struct keyring *keyring = library_keyring(world->library);
	const struct api_key *key = keyring_find(keyring, STR("sk_old_key"));
	assert_non_null(key);
	assert_null(key->origins);
	assert_int_equal(key->last_used_ms, 0);
	assert_string_equal(key->account->plan, "");
	assert_int_equal(key->account->limits.max_storage_bytes, 0);
	assert_false(key->account->limits.grace);
	keyring_unref(keyring);
	assert_int_equal(file_delete(WORLD_VIEW(world, 1), &file.id, &err), 1);
	usage_of(world, &usage);
	assert_int_equal(usage.storage_bytes, 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_period_is_a_month_of_utc),
		TEST(every_change_of_files_changes_the_stored_bytes),
		TEST(what_describes_a_file_counts_where_it_is_longer),
		TEST(upload_over_quota_by_its_description_leaves_nothing),
		TEST(files_and_folders_of_a_limited_account_have_a_limit),
		TEST(quota_is_judged_as_the_table_says),
		TEST(storage_quota_is_exact_under_parallel_uploads),
		TEST(upload_quota_is_exact_under_parallel_uploads),
		TEST(a_refused_upload_commits_nothing),
		TEST(a_new_month_begins_with_nothing),
		TEST(a_clock_that_goes_back_keeps_the_counts),
		TEST(bytes_sent_are_counted_in_memory_until_flushed),
		TEST(reading_while_flushing_never_goes_back),
		TEST(last_use_of_a_key_is_kept),
		cmocka_unit_test_setup_teardown(
			an_older_database_keeps_its_rows_and_gets_usage,
			world_setup_closed, world_teardown),
	};
	return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
