/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a staged blob is what its log says, for those who check all there is
 * on a disk. Another process may be writing to it meanwhile: whoever changes
 * bytes that were noted has noted that before, so the log is longer then.
 */
#include "store/stage_own.h"

#include <sys/stat.h>

#include "base/fd.h"

static bool is_zero(const uint8_t *record)
{
	static const uint8_t zeros[EXTENT_RECORD_BYTES];
	return memcmp(record, zeros, sizeof(zeros)) == 0;
}

/* That of an earlier note, over which a later one was not written. */
static bool is_end(const struct store_stage *stage, const uint8_t *in)
{
	struct extent_record record;
	return extent_decode(in, stage->id, &record) &&
	       record.kind == EXTENT_END;
}

/* A crash leaves less than a record, or one that was never written. */
static int count_lost(const struct store_stage *stage, unsigned *lost,
		      struct err *err)
{
	const struct store_backend_ops *ops = stage->store->backend->ops;
	int fd = ops->stage_fd(stage->staged, STORE_STAGED_LOG);
	uint8_t record[EXTENT_RECORD_BYTES];
	uint64_t at = stage->log_end;
	uint64_t end = MIN(stage->log_tail, LOG_MAX);
	*lost = 0;
	for (; at + sizeof(record) <= end; at += sizeof(record)) {
		ssize_t n = fd_read(fd, record, sizeof(record), (off_t)at);
		if (n < 0)
			return store_read_failed(stage->id, err);
		*lost += n == sizeof(record) && !is_zero(record) &&
			 !is_end(stage, record);
	}
	return 0;
}

static bool is_as_it_was(const struct store_stage *stage)
{
	const struct store_backend_ops *ops = stage->store->backend->ops;
	struct stat st;
	return fstat(ops->stage_fd(stage->staged, STORE_STAGED_LOG), &st) ==
		       0 &&
	       (uint64_t)st.st_size == stage->log_tail;
}

static int check(struct store_stage *stage, struct store_stage_state *out,
		 struct err *err)
{
	struct err why = {0};
	out->size = stage->extents.size;
	out->bytes = stage->extents.held;
	int result = count_lost(stage, &out->lost, &why);
	if (result == 0)
		result = store_stage_verify(stage, &why);
	if (!is_as_it_was(stage))
		return err_set(err, ERR_LOCKED,
			       "The upload is being worked on");
	return result ? err_set(err, why.code, "%s", why.text) : 0;
}

int store_stage_check(struct store *store, int64_t id,
		      struct store_stage_state *out, struct err *err)
{
	struct store_stage *stage;
	*out = (struct store_stage_state){0};
	if (store_stage_look(store, id, &stage, err))
		return -1;
	int result = check(stage, out, err);
	store_stage_close(stage);
	return result;
}
