/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fsck finds and repairs, and what is left after a process was killed in
 * the middle of its uploads.
 */
#include "library_world.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void sound_library_has_no_problems(void **state)
{
	struct world *world = *state;
	struct library_fsck fsck;
	struct err err;
	struct file file;
	world_file(world, "d0/f", 10);
	world_copy(world); /* more than a page */
	for (unsigned i = 0; i < 5; i++) {
		g_autofree char *path = g_strdup_printf("d%u/e%u/f", i, i % 2);
		world_file(world, path, LARGE);
	}
	struct file_put put = world_put_of("d0/e0/f");
	put.if_exists = FILE_ADD_VERSION;
	assert_int_equal(world_put(world, &put, STR("1"), &file, &err), 0);
	file = world_file(world, "trashed", LARGE);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err), 1);
	g_autofree char *text = world_fsck(world, false, &fsck);
	assert_string_equal(text, "");
	assert_int_equal(fsck.problems, 0);
	assert_int_equal(fsck.files, COPIES + 6);
	assert_int_equal(fsck.blobs, COPIES + 7);
	assert_int_equal(fsck.bytes, (COPIES + 1) * 10 + 5 * LARGE + 1);
}

/* Durable bytes whose row never came. */
static int64_t make_orphan(struct library *library)
{
	struct err err;
	char bytes[LARGE] = {1};
	struct store_blob blob;
	struct store_sink *sink = store_sink_new(library_store(library), LARGE);
	assert_int_equal(store_sink_write(sink, bytes, sizeof(bytes), &err), 0);
	assert_int_equal(store_sink_finish(sink, &blob, &err), 0);
	store_sink_keep(sink);
	store_sink_free(sink);
	return blob.id;
}

/* SQL that hurts a library with the files "in/line" and "in/store", what fsck
 * then says, how many problems there are before and after a repair. */
static const struct {
	const char *sql;
	const char *says;
	unsigned problems, left;
} damages[] = {
	{"UPDATE blob SET inline_bytes = X'00' WHERE inline_bytes IS NOT NULL",
	 "file in/line: blob ", 1, 1},
	{"UPDATE blob SET checksum = X'00112233445566778899aabbccddeeff'",
	 "file in/store: blob ", 2, 2},
	{"UPDATE blob SET checksum = X'00'", "malformed", 2, 2},
	{"UPDATE blob SET size = size + 1 WHERE inline_bytes IS NULL",
	 "file in/store: its size is not", 2, 2},
	{"UPDATE file SET size = 1 WHERE path = 'in/line'",
	 "file in/line: its size is not", 2, 1},
	{"UPDATE file SET folder = '' WHERE path = 'in/line'",
	 "file in/line: its folder is not", 1, 1},
	{"UPDATE file SET path = 'a/b/c' WHERE path = 'in/line'",
	 "folder a/b of account 1 has no row", 3, 1},
	{"DELETE FROM folder", "folder in of account 1 has no row", 2, 0},
	{"DELETE FROM blob WHERE inline_bytes IS NOT NULL",
	 "file in/line: its blob ", 1, 1},
	{"DELETE FROM file WHERE path = 'in/line'", "nothing points to", 2, 0},
	{"UPDATE usage SET item_count = 9",
	 "account 1 has 3 files, versions and folders, but 9 are noted", 1, 0},
	{"UPDATE usage SET storage_bytes = 5",
	 "account 1 uses 5010 bytes, but 5 are noted", 1, 0},
	{"DELETE FROM usage", "account 1 has no row for its usage", 1, 0},
	{"INSERT INTO trash (blob_id, trashed_at) VALUES (5, 1)",
	 "blob 5 is in the trash and has no row", 1, 0},
	{"INSERT INTO trash (blob_id, trashed_at)"
	 " SELECT blob_id, 1 FROM file WHERE path = 'in/line'",
	 "is in the trash and in use", 1, 0},
	{"INSERT INTO version (id, file_id, number, created_at, blob_id, size,"
	 " type) VALUES (X'01', X'02', 1, 1, 77, 1, '')",
	 "blob 77 of a version has no row", 2, 2},
	{"UPDATE file SET blob_id = (SELECT blob_id FROM file"
	 " WHERE path = 'in/line'), size = 10",
	 "has another number of rows pointing to it than is noted", 3, 0},
	{"INSERT INTO blob_share (blob_id, extra) VALUES (5, 1)",
	 "blob 5 has another number of rows", 1, 0},
	{"INSERT INTO blob_share (blob_id, extra)"
	 " SELECT blob_id, 0 FROM file",
	 "has another number of rows", 2, 0},
	{"UPDATE file SET older_versions = 3 WHERE path = 'in/line'",
	 "file in/line has 0 older versions, but 3 are noted", 1, 0},
	{"UPDATE file SET last_number = 0 WHERE path = 'in/line'",
	 "file in/line has a version 1, but 0 is noted as the last", 1, 0},
	{"UPDATE file SET tags = '[\"a\",\"b\",\"a\"]' WHERE path = 'in/line'",
	 "file in/line is not found by the tags it has", 1, 0},
	{"INSERT INTO file_tag (account_id, tag, file_id)"
	 " SELECT 1, 'a', id FROM file",
	 "is found by tags that it does not have", 2, 0},
	{"INSERT INTO file_tag (account_id, tag, file_id)"
	 " VALUES (1, 'a', X'000000010000000000000001')",
	 "file 000000010000000000000001 is found by tags", 1, 0},
};

static int remove_stored(void *user, int64_t id, uint64_t size)
{
	(void)size;
	return store_blob_remove(user, STORE_BLOBS, STORE_NAME(id), NULL);
}

static void empty(struct world *world)
{
	world_change(world, "DELETE FROM file");
	world_change(world, "DELETE FROM version");
	world_change(world, "DELETE FROM blob");
	world_change(world, "DELETE FROM trash");
	world_change(world, "DELETE FROM folder");
	world_change(world, "DELETE FROM blob_share");
	world_change(world, "DELETE FROM file_tag");
	world_change(world, "UPDATE usage SET storage_bytes = 0,"
			    " item_count = 0");
	assert_int_equal(store_each(library_store(world->library), STORE_BLOBS,
				    remove_stored,
				    library_store(world->library), NULL),
			 0);
}

static void every_damage_is_found_and_repaired_where_possible(void **state)
{
	struct world *world = *state;
	for (size_t i = 0; i < COUNT(damages); i++) {
		struct library_fsck fsck;
		world_file(world, "in/line", 10);
		world_file(world, "in/store", LARGE);
		world_assert_sound(world);
		world_change(world, damages[i].sql);
		g_autofree char *text = world_fsck(world, false, &fsck);
		if (!strstr(text, damages[i].says) ||
		    fsck.problems != damages[i].problems)
			fail_msg("%s:\n%s", damages[i].sql, text);
		g_autofree char *same = world_fsck(world, true, &fsck);
		assert_string_equal(same, text);
		g_autofree char *left = world_fsck(world, false, &fsck);
		if (fsck.problems != damages[i].left)
			fail_msg("%s left:\n%s", damages[i].sql, left);
		empty(world);
	}
}

static void rows_without_bytes_are_only_reported(void **state)
{
	struct world *world = *state;
	struct err err;
	struct library_fsck fsck;
	struct file file = world_file(world, "gone", LARGE);
	assert_int_equal(store_blob_remove(library_store(world->library),
					   STORE_BLOBS,
					   STORE_NAME(file.blob_id), &err),
			 0);
	for (unsigned i = 0; i < 2; i++) {
		g_autofree char *text = world_fsck(world, true, &fsck);
		assert_int_equal(fsck.problems, 1);
		assert_non_null(strstr(text, "file gone: blob "));
	}
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file"), 1);
}

static void bytes_without_row_are_moved_aside_by_a_repair(void **state)
{
	struct world *world = *state;
	struct library_fsck fsck;
	world_file(world, "kept", LARGE);
	make_orphan(world->library);
	g_autofree char *text = world_fsck(world, false, &fsck);
	assert_int_equal(fsck.problems, 1);
	assert_non_null(strstr(text, "bytes without a row"));
	assert_int_equal(world_stored(world), 2);
	g_autofree char *repaired = world_fsck(world, true, &fsck);
	assert_int_equal(fsck.problems, 1);
	assert_int_equal(world_stored(world), 1);
	assert_int_equal(world_aside(world), 1);
	world_assert_sound(world);
}

static void repair_is_refused_beside_a_server(void **state)
{
	struct world *world = *state;
	struct err err;
	struct library_fsck fsck = {.repair = true};
	struct library *other = world_open(world, false);
	assert_int_equal(library_fsck(other, &fsck, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	library_close(world->library);
	world->library = NULL;
	assert_int_equal(library_fsck(other, &fsck, &err), 0);
	world->library = world_open(world, true);
	library_close(other);
}

/* Nothing of a test runs on in the child; its end is a signal. */
static pid_t start_child(void (*body)(const struct world *world, int fd),
			 const struct world *world, int fd)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child > 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	body(world, fd);
	_exit(1);
}

static void wait_for_kill(pid_t child)
{
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void die_with_orphan(const struct world *world, int fd)
{
	struct library *library = world_open(world, true);
	int64_t id = make_orphan(library);
	if (write(fd, &id, sizeof(id)) == sizeof(id))
		kill(getpid(), SIGKILL);
}

static void next_start_moves_aside_what_a_crash_left(void **state)
{
	struct world *world = *state;
	struct err err = {0};
	int64_t id;
	int fds[2];
	world->library = world_open(world, true);
	world_file(world, "before", LARGE);
	library_close(world->library);
	world->library = NULL;
	assert_int_equal(pipe(fds), 0);
	pid_t child = start_child(die_with_orphan, world, fds[1]);
	close(fds[1]);
	assert_int_equal(read(fds[0], &id, sizeof(id)), sizeof(id));
	close(fds[0]);
	wait_for_kill(child);

	world->library = world_open(world, false);
	assert_int_equal(world_stored(world), 2);
	library_close(world->library);
	world->library = world_open(world, true);
	assert_int_equal(world_stored(world), 1);
	assert_int_equal(store_blob_open(library_store(world->library),
					 STORE_NAME(id), LARGE, &err),
			 -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(world_aside(world), 1);
	world_assert_sound(world);
}

static size_t crash_size(unsigned number)
{
	return number % 2 ? 10 + number % 900 : LARGE + number % 900;
}

/* Each new path once, and one path again and again. */
static void put_until_killed(const struct world *outside, int fd)
{
	struct world world = *outside;
	world.library = world_open(&world, true);
	unsigned number = (unsigned)world_ask(
		&world, "SELECT COUNT(*) FROM file WHERE folder = 'n'");
	for (;; number++) {
		struct err err;
		struct file file;
		g_autofree char *path = g_strdup_printf("n/%u", number);
		struct str bytes =
			world_content(&world.arena, number, crash_size(number));
		struct file_put put = world_put_of(path);
		if (world_put(&world, &put, bytes, &file, &err) < 0)
			break;
		put = world_put_of("same");
		put.if_exists = FILE_REPLACE;
		if (world_put(&world, &put, bytes, &file, &err) < 0 ||
		    write(fd, &number, sizeof(number)) < 0)
			break;
	}
}

/* Kills after so many reports and a little; returns the last one reported. */
static unsigned crash_after(struct world *world, unsigned reports)
{
	int fds[2];
	unsigned number = 0, last = 0;
	assert_int_equal(pipe(fds), 0);
	pid_t child = start_child(put_until_killed, world, fds[1]);
	close(fds[1]);
	while (reports-- &&
	       read(fds[0], &number, sizeof(number)) == sizeof(number))
		last = number;
	g_usleep((gulong)g_random_int_range(0, 3000));
	kill(child, SIGKILL);
	wait_for_kill(child);
	while (read(fds[0], &number, sizeof(number)) == sizeof(number))
		last = number;
	close(fds[0]);
	return last;
}

static void assert_content(struct world *world, const char *path,
			   unsigned number)
{
	struct file file;
	if (!world_has(world, path, &file))
		fail_msg("%s is lost", path);
	assert_str(world_bytes(world, &file),
		   world_content(&world->arena, number, crash_size(number)));
}

static void killed_writer_loses_nothing_it_reported(void **state)
{
	struct world *world = *state;
	struct file same;
	for (unsigned round = 0; round < 4; round++) {
		unsigned last =
			crash_after(world, (unsigned)g_random_int_range(5, 40));
		world->library = world_open(world, true);
		world_assert_sound(world);
		for (unsigned i = 0; i <= last; i++) {
			g_autofree char *path = g_strdup_printf("n/%u", i);
			assert_content(world, path, i);
		}
		assert_true(world_has(world, "same", &same));
		bool newer = same.size != crash_size(last);
		assert_content(world, "same", newer ? last + 1 : last);
		library_close(world->library);
		world->library = NULL;
	}
}

#define TEST(name, setup)                                                      \
	cmocka_unit_test_setup_teardown(name, setup, world_teardown)

static void an_index_that_does_not_fit_is_made_again(void **state)
{
	struct world *world = *state;
	static const char zeros[4096];
	struct library_fsck fsck;
	world_file(world, "a/b", 10);
	off_t page = world_ask(world, "SELECT rootpage FROM sqlite_schema"
				      " WHERE name = 'file_by_name'");
	g_autofree char *path =
		g_build_filename(world->dir, "stowage.db", NULL);
	library_close(world->library);
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, zeros, sizeof(zeros),
				(page - 1) * (off_t)sizeof(zeros)),
			 sizeof(zeros));
	close(fd);
	world->library = world_open(world, true);
	for (int repair = 0; repair < 2; repair++) {
		g_autofree char *text = world_fsck(world, repair, &fsck);
		assert_true(fsck.problems > 0);
		assert_non_null(strstr(text, "database: "));
		assert_null(strstr(text, "after the repair"));
	}
	world_assert_sound(world);
	assert_true(world_has(world, "a/b", &(struct file){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sound_library_has_no_problems, world_setup),
		TEST(every_damage_is_found_and_repaired_where_possible,
		     world_setup),
		TEST(rows_without_bytes_are_only_reported, world_setup),
		TEST(bytes_without_row_are_moved_aside_by_a_repair,
		     world_setup),
		TEST(repair_is_refused_beside_a_server, world_setup),
		TEST(next_start_moves_aside_what_a_crash_left,
		     world_setup_stopped),
		TEST(killed_writer_loses_nothing_it_reported,
		     world_setup_stopped),
		cmocka_unit_test_setup_teardown(
			an_index_that_does_not_fit_is_made_again, world_setup,
			world_teardown),
	};
	return cmocka_run_group_tests_name("fsck", tests, NULL, NULL);
}
