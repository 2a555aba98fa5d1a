/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads in parts of which something else is on the disk than was noted: who
 * finds it, who is told, and how it ends.
 */
#include "uploads_world.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static void staged_bytes_without_a_row_are_set_aside(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload upload = begin(world, SIZE);
	struct open_upload *open = open_token(world, upload.token);
	put_part(world, open, 0, HALF);
	upload_close(open);
	library_close(world->library);
	world->library = world_open(world, true);
	world_change(world, "DELETE FROM upload");
	struct library_fsck fsck = {.repair = true};
	assert_int_equal(library_fsck(world->library, &fsck, &err), 0);
	/* and what was reserved for it */
	assert_int_equal(fsck.problems, 2);
	assert_int_equal(staged(world), 0);
	assert_int_equal(world_aside(world), 1);
	assert_clean(world);
	/* with all that was noted of it, for people to judge */
	g_autofree char *log = path_of(world, "quarantine", &upload, ".log");
	assert_true(g_file_test(log, G_FILE_TEST_IS_REGULAR));
	struct library_quarantine aside;
	assert_int_equal(library_quarantine(world->library, true, &aside, &err),
			 0);
	assert_false(g_file_test(log, G_FILE_TEST_EXISTS));
}

/* What becomes of what is staged, by other hands. */

static void flip(const char *path, off_t offset)
{
	char c;
	SCOPED_FD fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &c, 1, offset), 1);
	c ^= 4;
	assert_int_equal(pwrite(fd, &c, 1, offset), 1);
}

static void flip_bytes(const char *bytes, const char *log)
{
	(void)log;
	flip(bytes, SIZE - 1);
}

static void flip_log(const char *bytes, const char *log)
{
	(void)bytes;
	flip(log, 20);
}

static void cut_bytes(const char *bytes, const char *log)
{
	(void)log;
	assert_int_equal(truncate(bytes, SIZE - 1), 0);
}

static void cut_log(const char *bytes, const char *log)
{
	(void)bytes;
	assert_int_equal(truncate(log, 100), 0);
}

static void remove_bytes(const char *bytes, const char *log)
{
	(void)log;
	assert_int_equal(unlink(bytes), 0);
}

static void remove_log(const char *bytes, const char *log)
{
	(void)bytes;
	assert_int_equal(unlink(log), 0);
}

static void remove_both(const char *bytes, const char *log)
{
	remove_bytes(bytes, log);
	remove_log(bytes, log);
}

static void make_folder(const char *bytes, const char *log)
{
	remove_bytes(bytes, log);
	assert_int_equal(mkdir(bytes, 0700), 0);
}

static void fill_folder(const char *bytes, const char *log)
{
	make_folder(bytes, log);
	g_autofree char *inside = g_build_filename(bytes, "inside", NULL);
	g_autofree char *file = g_build_filename(inside, "file", NULL);
	g_autofree char *link = g_build_filename(inside, "link", NULL);
	assert_int_equal(mkdir(inside, 0700), 0);
	assert_true(g_file_set_contents(file, "x", 1, NULL));
	assert_int_equal(symlink("../../..", link), 0);
	assert_int_equal(chmod(inside, 0500), 0);
}

static void make_link(const char *bytes, const char *log)
{
	remove_bytes(bytes, log);
	assert_int_equal(symlink(log, bytes), 0);
}

static void make_fifo(const char *bytes, const char *log)
{
	remove_bytes(bytes, log);
	assert_int_equal(mkfifo(bytes, 0600), 0);
}

static void make_log_fifo(const char *bytes, const char *log)
{
	remove_log(bytes, log);
	assert_int_equal(mkfifo(log, 0600), 0);
}

static void make_log_folder(const char *bytes, const char *log)
{
	remove_log(bytes, log);
	assert_int_equal(mkdir(log, 0700), 0);
}

static const struct {
	void (*damage)(const char *bytes, const char *log);
	bool is_found, is_repaired, is_aside;
	enum err_code code; /* of who opens it; ERR_NONE: it can be gone on with
			     */
} damages[] = {
	{flip_bytes, true, true, true, ERR_NONE},
	{flip_log, true, false, false, ERR_NONE},
	{cut_bytes, true, true, true, ERR_CORRUPT},
	{cut_log, false, false, false, ERR_NONE},
	{remove_bytes, true, true, false, ERR_NONE},
	{remove_log, true, true, true, ERR_NONE},
	{remove_both, true, true, false, ERR_NONE},
	{make_folder, true, true, true, ERR_CORRUPT},
	{fill_folder, true, true, true, ERR_CORRUPT},
	{make_link, true, true, true, ERR_CORRUPT},
	{make_fifo, true, true, true, ERR_CORRUPT},
	{make_log_fifo, true, true, true, ERR_CORRUPT},
	{make_log_folder, true, true, true, ERR_CORRUPT},
};

/* All has come of it, and nobody has it open. */
static struct upload damaged_upload(struct world *world, size_t i)
{
	struct upload upload = begin(world, SIZE);
	g_autofree char *bytes = path_of(world, "uploads", &upload, "");
	g_autofree char *log = path_of(world, "uploads", &upload, ".log");
	upload_close(put_all(world, &upload));
	library_close(world->library);
	damages[i].damage(bytes, log);
	world->library = world_open(world, true);
	return upload;
}

static uint64_t problems(struct world *world, bool repair)
{
	struct err err;
	struct library_fsck fsck = {.repair = repair};
	if (library_fsck(world->library, &fsck, &err) < 0)
		fail_msg("%s", err.text);
	return fsck.problems;
}

/* Whatever it is: who says so has looked at it. */
static void empty_quarantine(struct world *world, const struct upload *upload)
{
	struct err err;
	struct library_quarantine aside;
	g_autofree char *bytes = path_of(world, "quarantine", upload, "");
	assert_int_equal(library_quarantine(world->library, true, &aside, &err),
			 0);
	assert_int_equal(world_aside(world), 0);
	assert_false(g_file_test(bytes, G_FILE_TEST_EXISTS));
}

static void what_is_staged_is_compared_with_what_was_noted(void **state)
{
	struct world *world = *state;
	for (size_t i = 0; i < COUNT(damages); i++) {
		struct err err;
		struct file file;
		struct upload upload = damaged_upload(world, i);
		unsigned before = staged(world);
		bool stays = damages[i].is_found && !damages[i].is_repaired;
		assert_int_equal(problems(world, false), damages[i].is_found);
		assert_int_equal(staged(world), before);
		assert_int_equal(problems(world, true), damages[i].is_found);
		assert_int_equal(problems(world, false), stays);
		assert_int_equal(world_aside(world), damages[i].is_aside);
		/* the others can be gone on with */
		assert_int_equal(find(world, 0, upload.token, &upload),
				 !damages[i].is_aside);
		if (!damages[i].is_aside) {
			struct open_upload *open = put_all(world, &upload);
			if (complete(world, open, &file, &err))
				fail_msg("%s", err.text);
			upload_close(open);
			assert_int_equal(file_delete(WORLD_VIEW(world, ACCOUNT),
						     &file.id, &err),
					 1);
		}
		sweep(world, 0, 0);
		assert_clean(world);
		empty_quarantine(world, &upload);
		assert_int_equal(stored(world), 0);
	}
}

/* What comes when one is closed says whether it was open for writing. */
static void watch(int watcher, const char *path)
{
	if (inotify_add_watch(watcher, path,
			      IN_CLOSE_WRITE | IN_CLOSE_NOWRITE) < 0)
		fail_msg("%s: %s", path, g_strerror(errno));
}

static unsigned count_closings(int watcher)
{
	struct inotify_event event;
	unsigned n = 0;
	/* of a file that is watched itself there is no name */
	while (read(watcher, &event, sizeof(event)) == sizeof(event)) {
		assert_int_equal(event.mask & IN_CLOSE_WRITE, 0);
		n++;
	}
	return n;
}

static void a_check_opens_nothing_to_write(void **state)
{
	struct world *world = *state;
	struct upload with_row = begin(world, SIZE);
	struct upload without = begin(world, SIZE);
	upload_close(put_all(world, &with_row));
	upload_close(put_all(world, &without));
	library_close(world->library);
	world->library = world_open(world, true);
	g_autofree char *sql = g_strdup_printf(
		"DELETE FROM upload WHERE id = %" G_GINT64_FORMAT, without.id);
	world_change(world, sql);
	SCOPED_FD watcher = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	const struct upload *uploads[] = {&with_row, &without};
	for (size_t i = 0; i < COUNT(uploads); i++) {
		g_autofree char *bytes =
			path_of(world, "uploads", uploads[i], "");
		g_autofree char *log =
			path_of(world, "uploads", uploads[i], ".log");
		watch(watcher, bytes);
		watch(watcher, log);
	}
	/* the one without a row, and what was reserved for it */
	assert_int_equal(problems(world, false), 2);
	assert_true(count_closings(watcher) >= 4);
}

static void what_is_damaged_can_be_given_up(void **state)
{
	struct world *world = *state;
	for (size_t i = 0; i < 2 * COUNT(damages); i++) {
		size_t which = i / 2;
		struct err err = {0};
		struct upload upload = damaged_upload(world, which), found;
		enum err_code code = damages[which].code;
		/* whoever asks is told, and it is listed */
		assert_int_equal(try_open(world, upload.token, &err),
				 code ? -1 : 0);
		assert_int_equal(code ? err.code : ERR_NONE, code);
		assert_true(find(world, 0, upload.token, &found));
		(void)upload_received(world->library, &found);
		if (i % 2 == 0) {
			assert_int_equal(
				upload_remove(WORLD_VIEW(world, ACCOUNT),
					      str_of(upload.token), &err),
				1);
		} else {
			age(world, "touched_at = 0");
			sweep(world, 1000, 1);
		}
		assert_int_equal(rows(world), 0);
		assert_int_equal(staged(world), 0);
		assert_int_equal(stored(world), 0);
		assert_clean(world);
		assert_int_equal(world_aside(world),
				 damages[which].damage == fill_folder);
		empty_quarantine(world, &upload);
	}
}

static void another_size_than_was_announced_is_told(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload upload = begin(world, SIZE);
	struct open_upload *open = put_all(world, &upload);
	assert_int_equal(
		store_stage_set_size(open_upload_stage(open), SIZE, &err), 0);
	upload_close(open);
	assert_int_equal(problems(world, false), 0);
	world_change(world, "UPDATE upload SET size = 5");
	assert_int_equal(problems(world, false), 1);
	assert_int_equal(problems(world, true), 1);
	assert_int_equal(staged(world), 1);
}

/* It is made no file of, though what was noted of it says that all is there. */
static void what_was_cut_meanwhile_does_not_become_a_file(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	struct upload upload = begin(world, SIZE);
	struct open_upload *open = put_all(world, &upload);
	g_autofree char *bytes = path_of(world, "uploads", &upload, "");
	assert_int_equal(truncate(bytes, SIZE - 1), 0);
	assert_int_equal(complete(world, open, &file, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	upload_close(open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UPLOADS_TEST(staged_bytes_without_a_row_are_set_aside),
		UPLOADS_TEST(what_is_staged_is_compared_with_what_was_noted),
		UPLOADS_TEST(a_check_opens_nothing_to_write),
		UPLOADS_TEST(what_is_damaged_can_be_given_up),
		UPLOADS_TEST(another_size_than_was_announced_is_told),
		UPLOADS_TEST(what_was_cut_meanwhile_does_not_become_a_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
