/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that is killed on a full disk and started again: on a small disk in
 * a mount namespace of its own.
 */
#include "library_world.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#define SKIPPED 77
#define SMALL_FILES 40
#define KEY "sk_test_0123456789abcdef"

/* In a child: there is no test to fail. */
#define CHECK(what) ((what) ? (void)0 : _exit(__LINE__ % 255 + 1))

/* Leaves no free byte. */
static void fill_disk(const struct world *world)
{
	static const char zeros[65536];
	g_autofree char *path = g_build_filename(world->top, "filler", NULL);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	for (size_t n = sizeof(zeros); n; n /= 16)
		while (write(fd, zeros, n) > 0)
			continue;
	CHECK(errno == ENOSPC);
	close(fd);
}

static int must_start(struct world *world)
{
	struct err err;
	world->library = world_try(world, true, &err);
	if (world->library == NULL ||
	    account_ensure(world->library,
			   &(struct account_preset){"demo", KEY, NULL},
			   &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	return 0;
}

/* Rows and small files in the log, more than the database file has room for,
 * then no room at all. */
static void run_until_killed(struct world *world)
{
	struct err err;
	CHECK(must_start(world) == 0);
	for (int i = 0; i < SMALL_FILES; i++) {
		g_autofree char *path = g_strdup_printf("f%d", i);
		world_file(world, path, 1000);
	}
	world_file(world, "large", 100 * LARGE);
	fill_disk(world);
	for (int i = 0; i < 3; i++) {
		struct file file;
		struct file_put put = world_put_of("refused");
		CHECK(world_put(world, &put, STR("x"), &file, &err) < 0);
		CHECK(err.code == ERR_NO_SPACE);
	}
	kill(getpid(), SIGKILL);
}

static void start_on_full_disk(struct world *world)
{
	struct file file;
	struct err err;
	uint64_t removed;
	int status;
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0)
		run_until_killed(world);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	for (int i = 0; i < 2; i++) {
		CHECK(must_start(world) == 0);
		CHECK(world_has(world, "f39", &file));
		CHECK(world_has(world, "large", &file));
		CHECK(str_eq(world_bytes(world, &file),
			     world_content(&world->arena, 1, 100 * LARGE)));
		library_close(world->library);
	}
	/* with some room it goes on by itself */
	g_autofree char *filler = g_build_filename(world->top, "filler", NULL);
	CHECK(truncate(filler, 0) == 0);
	CHECK(must_start(world) == 0);
	CHECK(file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err) == 1);
	CHECK(library_sweep(world->library, 0, &removed, &err) == 0);
	CHECK(removed == 1);
	library_close(world->library);
	world->library = NULL;
	_exit(0);
}

static void mount_small_disk(struct world *world)
{
	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", world->top, "tmpfs", 0, "size=6m"))
		_exit(SKIPPED);
	start_on_full_disk(world);
}

static void a_full_disk_does_not_keep_a_killed_server_down(void **state)
{
	struct world *world = *state;
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		mount_small_disk(world);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIPPED) {
		print_message("a disk of our own cannot be mounted here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_full_disk_does_not_keep_a_killed_server_down,
			world_setup_closed, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
