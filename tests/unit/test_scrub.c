/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scrub: what it reads, what it finds, how fast, and that it goes on where
 * it was. Its pauses are counted, not waited for.
 */
#include "base/fd.h"
#include "base/metrics.h"
#include "library/check/scrub.h"
#include "library_world.h"
#include "store/key.h"

#include <fcntl.h>
#include <sys/mman.h>

#define HOUR_MS (INT64_C(3600) * 1000)
#define STEPS_MAX 100000

static const struct scrub_pace slow = {720 * HOUR_MS, 1024 * 1024};

struct readings {
	int64_t blobs, bytes, damaged;
};

static struct readings readings(void)
{
	return (struct readings){
		metric_get(METRIC_SCRUB_BLOBS),
		metric_get(METRIC_SCRUB_BYTES),
		metric_get(METRIC_SCRUB_DAMAGED),
	};
}

static void assert_since(struct readings before, int64_t blobs, int64_t bytes,
			 int64_t damaged)
{
	struct readings now = readings();
	assert_int_equal(now.blobs - before.blobs, blobs);
	assert_int_equal(now.bytes - before.bytes, bytes);
	assert_int_equal(now.damaged - before.damaged, damaged);
}

static bool is_over(struct world *world)
{
	return world_ask(world, "SELECT after_blob >= until_blob FROM scrub") >
	       0;
}

/* To the end of the round; the pauses together, in milliseconds. */
static int64_t run_round(struct world *world, struct scrub *scrub)
{
	int64_t paused = scrub_step(scrub);
	for (unsigned i = 0; !is_over(world); i++) {
		paused += scrub_step(scrub);
		assert_true(i < STEPS_MAX);
	}
	return paused;
}

static void one_round(struct world *world)
{
	struct scrub *scrub = scrub_new(world->library, &slow);
	run_round(world, scrub);
	scrub_free(scrub);
}

static char *path_of(struct world *world, const struct file *file)
{
	char key[STORE_KEY_LEN + 1];
	store_key(file->blob_id, key);
	return g_build_filename(world->dir, "blobs", key, NULL);
}

static void change_byte(struct world *world, const struct file *file)
{
	g_autofree char *path = path_of(world, file);
	SCOPED_FD fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "\xff", 1, (off_t)file->size - 1), 1);
}

/* n inline files and as many that are not. */
static void make_files(struct world *world, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		g_autofree char *small = g_strdup_printf("small%u", i);
		g_autofree char *large = g_strdup_printf("large%u", i);
		world_file(world, small, 10);
		world_file(world, large, LARGE);
	}
}

static void a_round_reads_every_blob_once(void **state)
{
	struct world *world = *state;
	make_files(world, 20);
	struct readings before = readings();
	struct scrub *scrub = scrub_new(world->library, &slow);
	run_round(world, scrub);
	assert_since(before, 40, 20 * (LARGE + 10), 0);
	for (unsigned i = 0; i < 5; i++)
		assert_true(scrub_step(scrub) >= 1000);
	assert_since(before, 40, 20 * (LARGE + 10), 0);
	scrub_free(scrub);
}

static void an_empty_library_is_looked_at_again(void **state)
{
	struct world *world = *state;
	struct scrub *scrub = scrub_new(world->library, &slow);
	for (unsigned i = 0; i < 3; i++) {
		unsigned pause = scrub_step(scrub);
		assert_true(pause > 1000 && pause <= 60000);
	}
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM scrub"), 0);
	scrub_free(scrub);
}

static const char *const row_damages[] = {
	"UPDATE blob SET inline_bytes = X'00' WHERE inline_bytes IS NOT NULL",
	"UPDATE blob SET store = 9 WHERE inline_bytes IS NULL",
	"UPDATE blob SET store_key = 'x' WHERE inline_bytes IS NULL",
	"UPDATE blob SET checksum = X'00' WHERE inline_bytes IS NULL",
	"UPDATE blob SET checksum = zeroblob(16) WHERE inline_bytes IS NULL",
	"UPDATE blob SET size = size + 1 WHERE inline_bytes IS NULL",
};

static void damaged_rows_are_found(void **state)
{
	struct world *world = *state;
	make_files(world, 1);
	world_change(world, "CREATE TABLE sound AS SELECT * FROM blob");
	for (size_t i = 0; i < COUNT(row_damages); i++) {
		world_change(world, "DELETE FROM scrub");
		world_change(world, row_damages[i]);
		int64_t before = metric_get(METRIC_SCRUB_DAMAGED);
		one_round(world);
		if (metric_get(METRIC_SCRUB_DAMAGED) != before + 1)
			fail_msg("%s", row_damages[i]);
		world_change(world, "DELETE FROM blob");
		world_change(world, "INSERT INTO blob SELECT * FROM sound");
	}
}

static void damaged_bytes_are_found_wherever_they_are(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file changed = world_file(world, "changed", LARGE);
	struct file large = world_file(world, "large", CHECK_MAX + 1);
	struct file cut = world_file(world, "cut", LARGE);
	struct file missing = world_file(world, "missing", LARGE);
	make_files(world, 5);
	change_byte(world, &changed);
	change_byte(world, &large);
	g_autofree char *path = path_of(world, &cut);
	assert_int_equal(truncate(path, LARGE - 1), 0);
	assert_int_equal(store_blob_remove(library_store(world->library),
					   STORE_BLOBS,
					   STORE_NAME(missing.blob_id), &err),
			 0);
	struct readings before = readings();
	one_round(world);
	assert_since(before, 14, 5 * (LARGE + 10) + LARGE + CHECK_MAX + 1, 4);
}

static void what_is_deleted_meanwhile_is_no_finding(void **state)
{
	struct world *world = *state;
	struct err err;
	uint64_t removed;
	make_files(world, 5);
	struct file file = world_file(world, "last", LARGE);
	struct readings before = readings();
	struct scrub *scrub = scrub_new(world->library, &slow);
	for (unsigned i = 0; i < 4; i++) /* its row has been read */
		scrub_step(scrub);
	assert_false(is_over(world));
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err), 1);
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	run_round(world, scrub);
	assert_since(before, 11, 5 * (LARGE + 10), 0);
	scrub_free(scrub);
}

static void a_round_goes_on_after_a_restart(void **state)
{
	struct world *world = *state;
	struct readings before = readings();
	unsigned lives = 0;
	make_files(world, 20);
	do {
		struct scrub *scrub = scrub_new(world->library, &slow);
		for (unsigned i = 0; i < 12; i++)
			scrub_step(scrub);
		scrub_free(scrub);
		library_close(world->library);
		world->library = world_open(world, true);
		lives++;
	} while (!is_over(world));
	assert_true(lives > 2);
	assert_since(before, 40, 20 * (LARGE + 10), 0);
}

static void the_next_round_begins_after_the_period(void **state)
{
	struct world *world = *state;
	make_files(world, 2);
	one_round(world);
	struct readings before = readings();
	one_round(world);
	assert_since(before, 0, 0, 0);
	world_file(world, "new", LARGE);
	world_change(world,
		     "UPDATE scrub SET began_at = began_at - 2591999000");
	one_round(world);
	assert_since(before, 0, 0, 0);
	world_change(world, "UPDATE scrub SET began_at = began_at - 1000");
	struct scrub *scrub = scrub_new(world->library, &slow);
	scrub_step(scrub);
	assert_false(is_over(world));
	world_file(world, "newer", LARGE);
	run_round(world, scrub);
	scrub_free(scrub);
	assert_since(before, 5, 2 * (LARGE + 10) + LARGE, 0);
}

static void a_clock_that_was_ahead_does_not_stop_it(void **state)
{
	struct world *world = *state;
	make_files(world, 1);
	one_round(world);
	struct readings before = readings();
	world_change(world, "UPDATE scrub SET began_at = began_at * 2");
	struct scrub *scrub = scrub_new(world->library, &slow);
	scrub_step(scrub);
	run_round(world, scrub);
	scrub_free(scrub);
	assert_since(before, 2, LARGE + 10, 0);
}

/* 3 MiB and a little at some pace, and how long that takes at least and at most
 * without the last 256 KiB, after which nobody has to wait. */
static const struct {
	struct scrub_pace pace;
	int64_t least_ms, most_ms;
} paces[] = {
	/* never slower than that */
	{{720 * HOUR_MS, 1024 * 1024 * 1024}, 2700, 3200},
	{{720 * HOUR_MS, 1024 * 1024}, 2700, 3200},
	/* nor faster than it may */
	{{720 * HOUR_MS, 256 * 1024}, 10900, 12600},
	{{1, 256 * 1024}, 10900, 12600},
	/* as fast as it must */
	{{100, 1024 * 1024 * 1024}, 0, 1000},
};

static void it_reads_as_fast_as_it_must_and_may(void **state)
{
	struct world *world = *state;
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *path = g_strdup_printf("f%u", i);
		world_file(world, path, CHECK_MAX);
	}
	for (size_t i = 0; i < COUNT(paces); i++) {
		world_change(world, "DELETE FROM scrub");
		struct scrub *scrub = scrub_new(world->library, &paces[i].pace);
		int64_t paused = run_round(world, scrub);
		/* the last one is for the next round */
		paused -= MIN(paces[i].pace.period_ms, 60000);
		scrub_free(scrub);
		if (paused < paces[i].least_ms || paused > paces[i].most_ms)
			fail_msg("%zu: %" G_GINT64_FORMAT " ms", i, paused);
	}
}

/* How much of a file is in the page cache, in pages. */
static size_t cached(int fd, size_t size)
{
	size_t pages = (size + 4095) / 4096, n = 0;
	g_autofree unsigned char *seen = g_malloc(pages);
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mincore(map, size, seen), 0);
	munmap(map, size);
	for (size_t i = 0; i < pages; i++)
		n += seen[i] & 1;
	return n;
}

static void the_page_cache_is_as_before(void **state)
{
	struct world *world = *state;
	char *byte = arena_alloc(&world->arena, CHECK_MAX);
	struct file hot = world_file(world, "hot", CHECK_MAX);
	struct file cold = world_file(world, "cold", CHECK_MAX);
	g_autofree char *hot_path = path_of(world, &hot);
	g_autofree char *cold_path = path_of(world, &cold);
	SCOPED_FD hot_fd = open(hot_path, O_RDONLY | O_CLOEXEC);
	SCOPED_FD cold_fd = open(cold_path, O_RDONLY | O_CLOEXEC);
	fdatasync(cold_fd);
	posix_fadvise(cold_fd, 0, 0, POSIX_FADV_DONTNEED);
	if (cached(cold_fd, CHECK_MAX))
		skip(); /* a file system in memory */
	assert_int_equal(pread(hot_fd, byte, CHECK_MAX, 0), CHECK_MAX);
	size_t before = cached(hot_fd, CHECK_MAX);
	one_round(world);
	assert_int_equal(cached(hot_fd, CHECK_MAX), before);
	assert_int_equal(cached(cold_fd, CHECK_MAX), 0);
}

#define TEST(test)                                                             \
	cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_round_reads_every_blob_once),
		TEST(an_empty_library_is_looked_at_again),
		TEST(damaged_rows_are_found),
		TEST(damaged_bytes_are_found_wherever_they_are),
		TEST(what_is_deleted_meanwhile_is_no_finding),
		TEST(a_round_goes_on_after_a_restart),
		TEST(the_next_round_begins_after_the_period),
		TEST(a_clock_that_was_ahead_does_not_stop_it),
		TEST(it_reads_as_fast_as_it_must_and_may),
		TEST(the_page_cache_is_as_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
