/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads in parts whose staged blob is open: in memory, by token, so that a
 * loop can take in a part without waiting for the disk or the database. There
 * are only so many, since each has two descriptors: who has not been used for
 * longest is closed, and opened again by the next worker who asks.
 */
#ifndef LIBRARY_UPLOADS_OPEN_H
#define LIBRARY_UPLOADS_OPEN_H

#include "library/uploads/upload.h"
#include "store/stage.h"

struct open_upload;

/* NULL: it is not open; a worker may know it. Never blocks. To be closed. */
struct open_upload *upload_find_open(struct library *library, struct str token);
/* Whether a client may be waited for with it: not while too many are kept so,
 * unless they are kept for others already. Never blocks. */
bool open_upload_may_stay(struct open_upload *open);
/* Opens it, wherever it is; at its first byte that makes the staged blob, and
 * reserves the size that was announced. -1: ERR_NOT_FOUND (as upload_find()),
 * ERR_EXISTS (it is done), ERR_QUOTA, ERR_NO_SPACE, ERR_CORRUPT, ERR_INTERNAL.
 * Blocks. */
int upload_open(const struct view *view, struct str token,
		struct open_upload **out, struct err *err) MUST_CHECK;
/* Parts and sinks that were made of it need it no more. NULL is fine. */
void upload_close(struct open_upload *open);

/* Whoever asks for it from now on is told by its row what has become of it: for
 * who has its bytes elsewhere. open_upload_sink() does it, too. */
void open_upload_forget(struct open_upload *open);

/* Bytes of its finished parts, 0 when that cannot be told. Blocks. */
uint64_t upload_received(struct library *library, const struct upload *upload);

/* As it was when it was opened, its strings for as long as it is; but for the
 * layout, which is open_upload_layout(). */
const struct upload *open_upload_row(const struct open_upload *open);
uint64_t open_upload_layout(const struct open_upload *open);
struct store_stage *open_upload_stage(const struct open_upload *open);

/* store_part_begin(). Bytes may lie behind the size that was announced, until
 * all have come. Where there are more than are reserved, as of an upload
 * without an announced size, more are: ERR_QUOTA; that blocks, too. */
int open_upload_part(struct open_upload *open, struct store_span span,
		     struct store_part **out, struct err *err) MUST_CHECK;
/* store_part_finish(), and notes that somebody is still at it. Blocks. */
int open_upload_finish_part(struct open_upload *open, struct store_part *part,
			    struct err *err) MUST_CHECK;
/* store_stage_sink(): for file_put(), with `upload`. Forgets what lies behind
 * the size that was announced. What is small enough to be
 * kept in the database is so. Blocks. */
int open_upload_sink(struct open_upload *open, struct store_sink **out,
		     struct err *err) MUST_CHECK;

#endif
