/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of staged blobs share, beside the store's fixture: parts of
 * `big`, and what has become of them.
 */
#ifndef UNIT_STAGE_FIXTURE_H
#define UNIT_STAGE_FIXTURE_H

#include "store_fixture.h"

#include <fcntl.h>

#include "base/fd.h"
#include "store/extent.h"
#include "store/stage.h"

static inline struct store_stage *create(struct fixture *f, uint64_t size)
{
	struct err err;
	struct store_stage *stage = NULL;
	int64_t id = store_stage_new_id(f->store);
	if (store_stage_create(f->store, id, &stage, &err) ||
	    (size != STORE_STAGE_SIZE_UNKNOWN &&
	     store_stage_set_size(stage, size, &err)))
		fail_msg("%s", err.text);
	return stage;
}

static inline struct store_stage *open_stage(struct fixture *f, int64_t id)
{
	struct err err;
	struct store_stage *stage = NULL;
	if (store_stage_open(f->store, id, &stage, &err))
		fail_msg("%s", err.text);
	return stage;
}

/* Bytes of `big` from the offset on, plus a shift. */
static inline int try_part(struct store_stage *stage, uint64_t offset, size_t n,
			   size_t shift, struct err *err)
{
	struct store_part *part;
	if (store_part_begin(stage, (struct store_span){offset, n, false},
			     &part, err))
		return -1;
	int status = 0;
	for (size_t at = 0; status == 0 && at < n; at += 3001)
		status = store_part_write(part, big + shift + offset + at,
					  MIN(3001, n - at), err);
	if (status == 0)
		status = store_part_finish(part, err);
	store_part_free(part);
	return status;
}

static inline void put_part(struct store_stage *stage, uint64_t offset,
			    size_t n)
{
	struct err err;
	if (try_part(stage, offset, n, 0, &err))
		fail_msg("%s", err.text);
}

/* A part that has received n bytes and is not finished. */
static inline struct store_part *
begin_part(struct store_stage *stage, uint64_t offset, uint64_t max, size_t n)
{
	struct err err;
	struct store_part *part = NULL;
	if (store_part_begin(stage, (struct store_span){offset, max, false},
			     &part, &err) ||
	    store_part_write(part, big + offset, n, &err))
		fail_msg("%s", err.text);
	return part;
}

static inline size_t count_extents(struct store_stage *stage)
{
	size_t n;
	g_free(store_stage_extents(stage, &n));
	return n;
}

static inline void assert_sound(struct store_stage *stage, size_t extents)
{
	struct err err;
	assert_int_equal(count_extents(stage), extents);
	assert_int_equal(store_stage_verify(stage, &err), 0);
}

static inline struct store_sink *make_sink(struct store_stage *stage)
{
	struct err err;
	struct store_sink *sink = NULL;
	if (store_stage_sink(stage, &sink, &err))
		fail_msg("%s", err.text);
	return sink;
}

static inline struct store_blob finish(struct store_sink *sink)
{
	struct err err;
	struct store_blob blob = {0};
	if (store_sink_finish(sink, &blob, &err))
		fail_msg("%s", err.text);
	return blob;
}

static inline void assert_is_big(int fd, size_t size)
{
	g_autofree char *found = g_malloc(size + 1);
	assert_int_equal(pread(fd, found, size + 1, 0), size);
	assert_memory_equal(found, big, size);
}

static inline void assert_blob(struct fixture *f, const struct store_blob *blob,
			       size_t size)
{
	struct err err;
	assert_int_equal(blob->size, size);
	assert_null(blob->inline_bytes.p);
	SCOPED_FD fd =
		store_blob_open(f->store, STORE_NAME(blob->id), size, &err);
	assert_true(fd >= 0);
	assert_is_big(fd, size);
	assert_int_equal(store_blob_verify(f->store, blob, &err), 0);
}

static inline void assert_places(struct fixture *f, size_t blobs,
				 size_t pending, size_t staged)
{
	assert_int_equal(walk(f, STORE_BLOBS, 0), blobs);
	assert_int_equal(walk(f, STORE_PENDING, 0), pending);
	assert_int_equal(walk(f, STORE_STAGED, 0), staged);
}

static inline char *log_path(const struct fixture *f, int64_t id)
{
	return g_strdup_printf("%s/blobs/uploads/%016lx.log", f->dir,
			       (unsigned long)id);
}

static inline char *bytes_path(const struct fixture *f, int64_t id)
{
	return g_strdup_printf("%s/blobs/uploads/%016lx", f->dir,
			       (unsigned long)id);
}

static inline void assert_refused(int status, const struct err *err,
				  enum err_code code)
{
	assert_int_equal(status, -1);
	assert_err(err, code);
}

/* Damages the log from the offset on: flips a bit, or cuts. */
static inline void damage(const char *path, off_t offset, bool cut)
{
	char c;
	SCOPED_FD fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &c, 1, offset), 1);
	c ^= 4;
	if (cut)
		assert_int_equal(ftruncate(fd, offset), 0);
	else
		assert_int_equal(pwrite(fd, &c, 1, offset), 1);
}

#endif
