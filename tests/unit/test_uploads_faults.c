/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads in parts when a commit's outcome is not known, when a disk fails, and
 * when many are at one of them at once.
 */
#include "after_kill.h"

#include "library/uploads/open.h"

#define SIZE 80000
#define PARTS 16
#define PART (SIZE / PARTS)
#define THREADS 4

static struct upload begin(struct world *world)
{
	struct err err;
	struct upload upload;
	const struct upload_new wanted = {
		.origin = ORIGIN_FILESTACK, .size = SIZE, .told = STR("{}")};
	if (upload_begin(WORLD_VIEW(world, ACCOUNT), &wanted, &upload, &err))
		fail_msg("%s", err.text);
	return upload;
}

static struct str content(struct arena *arena)
{
	return world_content(arena, 1, SIZE);
}

/* With an arena of its own, for threads. */
static int put_part(struct library *library, const char *token, unsigned i,
		    struct err *err)
{
	struct arena arena;
	struct open_upload *open = NULL;
	struct store_part *part = NULL;
	arena_init(&arena);
	const struct view view = {.library = library, .arena = &arena};
	const struct store_span span = {(uint64_t)i * PART, PART, false};
	int result = upload_open(&view, str_of(token), &open, err);
	if (result == 0)
		result = open_upload_part(open, span, &part, err);
	if (result == 0)
		result = store_part_write(
			part, content(&arena).p + (size_t)i * PART, PART, err);
	if (result == 0)
		result = open_upload_finish_part(open, part, err);
	store_part_free(part);
	upload_close(open);
	arena_release(&arena);
	return result;
}

/* only: of the file that it is to replace, NULL: whatever is at the path. */
static int complete_over(struct library *library, const char *token,
			 const struct id *only, struct err *err)
{
	struct arena arena;
	struct open_upload *open = NULL;
	struct file file;
	struct file_put put = world_put_of("a/b");
	arena_init(&arena);
	const struct view view = {.library = library,
				  .account_id = ACCOUNT,
				  .now = now_ms(),
				  .arena = &arena};
	put.if_exists = FILE_REPLACE;
	put.only = only;
	int result = upload_open(&view, str_of(token), &open, err);
	if (result == 0) {
		put.upload = open_upload_row(open)->id;
		result = open_upload_sink(open, &put.sink, err);
	}
	if (result == 0)
		result = file_put(&view, &put, &file, err);
	store_sink_free(put.sink);
	upload_close(open);
	arena_release(&arena);
	return result;
}

static int complete(struct library *library, const char *token, struct err *err)
{
	return complete_over(library, token, NULL, err);
}

static void assert_stored(struct world *world, const char *token)
{
	struct err err;
	struct file file;
	struct upload upload;
	struct library_fsck fsck = {.repair = false};
	assert_true(world_has(world, "a/b", &file));
	assert_str(world_bytes(world, &file), content(&world->arena));
	assert_int_equal(upload_find(WORLD_VIEW(world, ACCOUNT), str_of(token),
				     &upload, &err),
			 1);
	assert_true(upload.done);
	assert_true(id_eq(&upload.file_id, &file.id));
	assert_int_equal(library_fsck(world->library, &fsck, &err), 0);
	assert_int_equal(fsck.problems, 0);
	assert_int_equal(world_ask(world, "SELECT storage_bytes FROM usage"),
			 SIZE);
}

static struct world *after_kill(struct world *world, const char *log)
{
	return world_after_kill(world, log, true);
}

static unsigned send_all(struct world *world, const char *token)
{
	struct err err;
	unsigned i = 0;
	while (i < PARTS && put_part(world->library, token, i, &err) == 0)
		i++;
	return i;
}

static void complete_in_doubt(struct world *world, const char *token)
{
	struct err err;
	atomic_store(&failing_log_syncs, FOR_GOOD);
	assert_int_equal(complete(world->library, token, &err), -1);
	assert_int_equal(err.code, ERR_UNCERTAIN);
	atomic_store(&failing_log_syncs, 0);
}

static void an_uncertain_end_is_one_or_the_other_after_a_restart(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload upload = begin(world);
	g_autofree char *log = g_build_filename(world->top, "failed", NULL);
	assert_int_equal(send_all(world, upload.token), PARTS);
	atomic_store(&failed_log_copy, log);
	complete_in_doubt(world, upload.token);
	for (int happened = 0; happened < 2; happened++) {
		struct world *next = after_kill(world, happened ? log : NULL);
		int result = complete(next->library, upload.token, &err);
		if (result < 0)
			assert_int_equal(err.code, ERR_EXISTS);
		assert_stored(next, upload.token);
		world_teardown((void **)&next);
	}
}

static void a_sync_that_failed_costs_its_part_alone(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload upload = begin(world);
	assert_int_equal(put_part(world->library, upload.token, 0, &err), 0);
	atomic_store(&failing_log, ".log");
	atomic_store(&failing_log_syncs, 1);
	assert_int_equal(put_part(world->library, upload.token, 1, &err), -1);
	atomic_store(&failing_log, "-wal");
	assert_int_equal(atomic_load(&failing_log_syncs), 0);
	for (unsigned i = 1; i < PARTS; i++)
		if (put_part(world->library, upload.token, i, &err))
			fail_msg("part %u: %s", i, err.text);
	assert_int_equal(complete(world->library, upload.token, &err), 0);
	assert_stored(world, upload.token);
}

static void what_ended_in_doubt_can_be_completed_again(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload upload = begin(world);
	assert_int_equal(send_all(world, upload.token), PARTS);
	/* also while somebody has it open */
	for (int is_open = 1; is_open >= 0; is_open--) {
		struct open_upload *open = NULL;
		if (is_open)
			assert_int_equal(upload_open(WORLD_VIEW(world, ACCOUNT),
						     str_of(upload.token),
						     &open, &err),
					 0);
		complete_in_doubt(world, upload.token);
		upload_close(open);
	}
	assert_int_equal(complete(world->library, upload.token, &err), 0);
	assert_stored(world, upload.token);
	assert_int_equal(complete(world->library, upload.token, &err), -1);
	assert_int_equal(err.code, ERR_EXISTS);
	struct world *next = after_kill(world, NULL);
	assert_stored(next, upload.token);
	world_teardown((void **)&next);
}

/* Its bytes are those of a row that may be in the log. */
static void what_is_refused_after_a_doubt_is_not_taken_back(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload upload = begin(world);
	g_autofree char *log = g_build_filename(world->top, "failed", NULL);
	assert_int_equal(send_all(world, upload.token), PARTS);
	atomic_store(&failed_log_copy, log);
	complete_in_doubt(world, upload.token);
	const struct id nobody = id_new();
	assert_int_equal(
		complete_over(world->library, upload.token, &nobody, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	struct world *next = after_kill(world, log);
	assert_stored(next, upload.token);
	world_teardown((void **)&next);
}

struct player {
	struct library *library;
	const char *token;
	unsigned number;
	bool ends;
	GThread *thread;
};

/* Each sends every part, from another place on: they meet all the time. */
static void *play(void *user)
{
	const struct player *player = user;
	struct err err;
	for (unsigned i = 0; i < PARTS; i++) {
		unsigned part = (i + player->number * 3) % PARTS;
		while (put_part(player->library, player->token, part, &err)) {
			if (err.code != ERR_LOCKED)
				return player->ends ? NULL : g_strdup(err.text);
			if (player->ends &&
			    strcmp(err.text, "The upload is complete") == 0)
				return NULL;
			g_thread_yield();
		}
		if (player->ends && i > PARTS / 2)
			(void)!complete(player->library, player->token, &err);
	}
	return NULL;
}

static void play_all(struct world *world, const char *token, bool ends)
{
	struct player players[THREADS];
	for (unsigned i = 0; i < THREADS; i++) {
		players[i] = (struct player){.library = world->library,
					     .token = token,
					     .number = i,
					     .ends = ends};
		players[i].thread = g_thread_new("player", play, &players[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		g_autofree char *why = g_thread_join(players[i].thread);
		if (why)
			fail_msg("%s", why);
	}
}

static void many_may_send_the_same_parts_at_once(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload upload = begin(world);
	play_all(world, upload.token, false);
	assert_int_equal(complete(world->library, upload.token, &err), 0);
	assert_stored(world, upload.token);
}

static void many_may_complete_it_at_once(void **state)
{
	struct world *world = *state;
	struct err err;
	struct upload upload = begin(world);
	play_all(world, upload.token, true);
	/* all may have met in a way that nobody was the last */
	if (complete(world->library, upload.token, &err) < 0)
		assert_int_equal(err.code, ERR_EXISTS);
	assert_stored(world, upload.token);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_uncertain_end_is_one_or_the_other_after_a_restart),
		TEST(a_sync_that_failed_costs_its_part_alone),
		TEST(what_ended_in_doubt_can_be_completed_again),
		TEST(what_is_refused_after_a_doubt_is_not_taken_back),
		TEST(many_may_send_the_same_parts_at_once),
		TEST(many_may_complete_it_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
