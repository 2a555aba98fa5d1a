/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of uploads in parts share, beside their library: beginning
 * one, its parts, completing it, and what is left of it.
 */
#ifndef UNIT_UPLOADS_WORLD_H
#define UNIT_UPLOADS_WORLD_H

#include "library_world.h"

#include "base/clock.h"
#include "library/uploads/open.h"

#define SIZE 10000
#define HALF 5000

static inline struct upload begin_as(struct world *world, int64_t account,
				     uint64_t size)
{
	struct err err;
	struct upload upload;
	const struct upload_new wanted = {
		.origin = ORIGIN_FILESTACK, .size = size, .told = STR("{}")};
	if (upload_begin(WORLD_VIEW(world, account), &wanted, &upload, &err))
		fail_msg("%s", err.text);
	return upload;
}

static inline struct upload begin(struct world *world, uint64_t size)
{
	return begin_as(world, ACCOUNT, size);
}

static inline struct open_upload *open_token(struct world *world,
					     const char *token)
{
	struct err err;
	struct open_upload *open = NULL;
	if (upload_open(WORLD_VIEW(world, ACCOUNT), str_of(token), &open, &err))
		fail_msg("%s", err.text);
	return open;
}

static inline struct str content(struct world *world)
{
	return world_content(&world->arena, 1, SIZE);
}

static inline int try_part(struct world *world, struct open_upload *open,
			   struct store_span span, struct err *err)
{
	struct store_part *part;
	int result = open_upload_part(open, span, &part, err);
	if (result)
		return result;
	result = store_part_write(part, content(world).p + span.offset,
				  span.max, err);
	if (result == 0)
		result = open_upload_finish_part(open, part, err);
	store_part_free(part);
	return result;
}

static inline void put_part(struct world *world, struct open_upload *open,
			    uint64_t offset, uint64_t n)
{
	struct err err;
	if (try_part(world, open, (struct store_span){offset, n, false}, &err))
		fail_msg("%s", err.text);
}

/* Whole, and open. */
static inline struct open_upload *put_all(struct world *world,
					  const struct upload *upload)
{
	struct open_upload *open = open_token(world, upload->token);
	put_part(world, open, HALF, SIZE - HALF);
	put_part(world, open, 0, HALF);
	return open;
}

static inline int complete(struct world *world, struct open_upload *open,
			   struct file *file, struct err *err)
{
	struct file_put put = world_put_of("a/b");
	put.upload = open_upload_row(open)->id;
	if (open_upload_sink(open, &put.sink, err) < 0)
		return -1;
	int result = file_put(WORLD_VIEW(world, ACCOUNT), &put, file, err);
	store_sink_free(put.sink);
	return result;
}

static inline int64_t stored(struct world *world)
{
	return world_ask(world, "SELECT storage_bytes FROM usage");
}

static inline unsigned staged(struct world *world)
{
	struct err err;
	unsigned n = 0;
	store_tidy(library_store(world->library));
	if (store_each(library_store(world->library), STORE_STAGED,
		       world_count_one, &n, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

static inline bool find(struct world *world, int64_t account, const char *token,
			struct upload *out)
{
	struct err err;
	int found = upload_find(WORLD_VIEW(world, account), str_of(token), out,
				&err);
	if (found < 0)
		fail_msg("%s", err.text);
	return found;
}

static inline void assert_clean(struct world *world)
{
	struct err err;
	struct library_fsck fsck = {.repair = false};
	assert_int_equal(library_fsck(world->library, &fsck, &err), 0);
	assert_int_equal(fsck.problems, 0);
}

static inline int try_open(struct world *world, const char *token,
			   struct err *err)
{
	struct open_upload *open = NULL;
	int result = upload_open(WORLD_VIEW(world, ACCOUNT), str_of(token),
				 &open, err);
	if (result == 0)
		upload_close(open);
	return result;
}

static inline void sweep(struct world *world, int64_t expiry, uint64_t wanted)
{
	struct err err;
	uint64_t removed;
	if (upload_sweep(world->library, expiry, &removed, &err))
		fail_msg("%s", err.text);
	assert_int_equal(removed, wanted);
}

static inline int64_t rows(struct world *world)
{
	return world_ask(world, "SELECT COUNT(*) FROM upload");
}

static inline void age(struct world *world, const char *set)
{
	g_autofree char *sql = g_strconcat("UPDATE upload SET ", set, NULL);
	world_change(world, sql);
}

/* Of what is staged of the upload, or was. */
static inline char *path_of(const struct world *world, const char *folder,
			    const struct upload *upload, const char *end)
{
	return g_strdup_printf("%s/blobs/%s/%016lx%s", world->dir, folder,
			       (unsigned long)upload->id, end);
}

#define UPLOADS_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

#endif
