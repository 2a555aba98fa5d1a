/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes of contents: made once for all who ask, kept with the content, gone
 * with it.
 */
#include "base/encode.h"
#include "hashing/hasher.h"
#include "library_world.h"

#define HUGE (40u << 20) /* bytes: more than one turn */
#define ASKERS 4

struct asked {
	GMutex mutex;
	GCond changed;
	unsigned answers, refused;
	struct hashes hashes;
};

static void answered(void *user, void *made, const struct err *err)
{
	struct asked *asked = user;
	g_mutex_lock(&asked->mutex);
	asked->answers++;
	if (made)
		asked->hashes = *(const struct hashes *)made;
	else
		asked->refused++;
	assert_true(made || err->code == ERR_BUSY);
	g_cond_signal(&asked->changed);
	g_mutex_unlock(&asked->mutex);
}

static void wait_answers(struct asked *asked, unsigned n)
{
	g_mutex_lock(&asked->mutex);
	while (asked->answers < n)
		g_cond_wait(&asked->changed, &asked->mutex);
	g_mutex_unlock(&asked->mutex);
}

static struct file add_huge(struct world *world)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of("huge.bin");
	struct str bytes = world_content(&world->arena, 5, HUGE);
	put.sink = store_sink_new(library_store(world->library), HUGE);
	assert_int_equal(store_sink_write(put.sink, bytes.p, bytes.n, &err), 0);
	assert_int_equal(
		file_put(WORLD_VIEW(world, ACCOUNT), &put, &file, &err), 0);
	store_sink_free(put.sink);
	return file;
}

static struct hot_entry *load(struct hot *hot, const struct id *id)
{
	struct hot_entry *entry;
	struct err err;
	assert_int_equal(hot_load_id(hot, id, &entry, &err), 1);
	return entry;
}

/* As another way to make them has it. */
static void assert_hashes(const struct hashes *hashes, struct str bytes)
{
	for (unsigned kind = 0; kind < DIGEST_COUNT; kind++) {
		uint8_t out[DIGEST_BYTES_MAX];
		struct digest *digest = digest_begin((enum digest_kind)kind);
		digest_update(digest, bytes);
		digest_end(digest, out);
		assert_memory_equal(hashes->of[kind], out,
				    digest_bytes((enum digest_kind)kind));
	}
}

static void all_who_ask_get_what_is_made_once_and_kept(void **state)
{
	struct world *world = *state;
	struct file file = add_huge(world);
	struct hot *hot =
		hot_new(world->library, &(struct hot_options){1 << 20, 64});
	struct hasher *hasher = hasher_new(world->library);
	struct hot_entry *entry = load(hot, &file.id);
	struct flight_waiter waiters[ASKERS] = {0};
	struct asked asked = {0};
	struct hashes kept;
	struct err err;
	uint64_t removed;
	const struct view *view = WORLD_VIEW(world, ACCOUNT);
	assert_int_equal(hashes_find(view, file.blob_id, &kept, &err), 0);
	for (unsigned i = 0; i < ASKERS; i++) {
		waiters[i].done = answered;
		waiters[i].user = &asked;
		assert_int_equal(hasher_ask(hasher, entry, &waiters[i], &err),
				 0);
	}
	hot_unref(entry);
	wait_answers(&asked, ASKERS);
	assert_int_equal(asked.refused, 0);
	assert_hashes(&asked.hashes, world_content(&world->arena, 5, HUGE));
	assert_int_equal(hashes_find(view, file.blob_id, &kept, &err), 1);
	assert_memory_equal(&kept, &asked.hashes, sizeof(kept));
	/* they go with the content, and none come without one */
	assert_int_equal(file_delete(view, &file.id, &err), 1);
	assert_int_equal(library_sweep(world->library, -1, &removed, &err), 0);
	assert_int_equal(hashes_find(view, file.blob_id, &kept, &err), 0);
	assert_int_equal(hashes_keep(view, file.blob_id, &kept, &err), 0);
	assert_int_equal(world_ask(world, "SELECT count(*) FROM blob_hash"), 0);
	hasher_free(hasher);
	hot_free(hot);
}

static void a_stop_ends_what_waits(void **state)
{
	struct world *world = *state;
	struct file file = add_huge(world);
	struct hot *hot =
		hot_new(world->library, &(struct hot_options){1 << 20, 64});
	struct hasher *hasher = hasher_new(world->library);
	struct hot_entry *entry = load(hot, &file.id);
	struct asked asked = {0};
	struct flight_waiter waiter = {.done = answered, .user = &asked},
			     late = waiter;
	struct err err;
	assert_int_equal(hasher_ask(hasher, entry, &waiter, &err), 0);
	hasher_stop(hasher);
	assert_int_equal(hasher_ask(hasher, entry, &late, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	hasher_free(hasher);
	assert_int_equal(asked.answers, 1);
	hot_unref(entry);
	hot_free(hot);
}

static void what_nobody_waits_for_is_not_begun(void **state)
{
	struct world *world = *state;
	struct file file = add_huge(world);
	struct hot *hot =
		hot_new(world->library, &(struct hot_options){1 << 20, 64});
	struct hasher *hasher = hasher_new(world->library);
	struct hot_entry *entry = load(hot, &file.id);
	struct asked asked = {0};
	const _Atomic int64_t left_us = 1;
	struct flight_waiter waiter = {
		.left_us = &left_us, .done = answered, .user = &asked};
	struct err err;
	assert_int_equal(hasher_ask(hasher, entry, &waiter, &err), 0);
	wait_answers(&asked, 1);
	assert_int_equal(asked.refused, 1);
	assert_int_equal(world_ask(world, "SELECT count(*) FROM blob_hash"), 0);
	hot_unref(entry);
	hasher_free(hasher);
	hot_free(hot);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_who_ask_get_what_is_made_once_and_kept),
		TEST(a_stop_ends_what_waits),
		TEST(what_nobody_waits_for_is_not_begun),
	};
	return cmocka_run_group_tests_name("hasher", tests, NULL, NULL);
}
