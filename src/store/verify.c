/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a blob's bytes are those that were stored: read, summed and compared,
 * at once or a piece at a time.
 */
#include "store/store_front.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/retry.h"

#define PIECE (64u * 1024)
#define PASSING_PIECE (256u * 1024)

struct store_audit {
	int fd;
	int64_t id;
	/* Leaves the page cache as it was. */
	bool passing;
	struct store_extents extents;
	struct store_extent whole; /* when there are none */
	size_t at;                 /* the extent that is being read */
	uint64_t done;             /* bytes of it */
	struct checksum *sum;      /* of them */
	size_t cap;
	uint8_t *piece;
};

static void audit_init(struct store_audit *audit, int fd, int64_t id,
		       struct store_extents extents)
{
	uint64_t longest = 0;
	for (size_t i = 0; i < extents.n; i++)
		longest = MAX(longest, extents.list[i].size);
	audit->fd = fd;
	audit->id = id;
	audit->extents = extents;
	audit->sum = checksum_new();
	audit->cap = MIN(longest, audit->passing ? PASSING_PIECE : PIECE);
	audit->piece = g_malloc(audit->cap);
}

static void audit_release(struct store_audit *audit)
{
	checksum_free(audit->sum);
	g_free(audit->piece);
}

/* What is in the page cache anyway stays there, and nothing else does. */
static ssize_t read_passing(const struct store_audit *audit, size_t n, off_t at)
{
	const struct iovec piece = {audit->piece, n};
	if (preadv2(audit->fd, &piece, 1, at, RWF_NOWAIT) == (ssize_t)n)
		return (ssize_t)n;
	ssize_t got = RETRY_EINTR(pread(audit->fd, audit->piece, n, at));
	if (got > 0)
		posix_fadvise(audit->fd, at, got, POSIX_FADV_DONTNEED);
	return got;
}

static int read_piece(struct store_audit *audit,
		      const struct store_extent *extent, struct err *err)
{
	size_t want = MIN(extent->size - audit->done, audit->cap);
	off_t at = (off_t)(extent->offset + audit->done);
	ssize_t n =
		audit->passing
			? read_passing(audit, want, at)
			: RETRY_EINTR(pread(audit->fd, audit->piece, want, at));
	if (n < 0)
		return store_read_failed(audit->id, err);
	if (n == 0)
		return store_corrupt(audit->id, "it ends too early", err);
	checksum_update(audit->sum, audit->piece, (size_t)n);
	audit->done += (uint64_t)n;
	return 0;
}

static int end_extent(struct store_audit *audit,
		      const struct store_extent *extent, struct err *err)
{
	uint8_t found[CHECKSUM_BYTES];
	checksum_final(audit->sum, found);
	checksum_free(audit->sum);
	audit->sum = checksum_new();
	audit->done = 0;
	audit->at++;
	if (memcmp(found, extent->checksum, CHECKSUM_BYTES) != 0)
		return store_corrupt(
			audit->id, "its checksum differs from the recorded one",
			err);
	return 0;
}

int store_audit_step(struct store_audit *audit, size_t *read, struct err *err)
{
	const struct store_extent *extent = &audit->extents.list[audit->at];
	uint64_t before = audit->done;
	*read = 0;
	if (audit->done < extent->size && read_piece(audit, extent, err))
		return -1;
	*read = (size_t)(audit->done - before);
	if (audit->done == extent->size && end_extent(audit, extent, err))
		return -1;
	return audit->at < audit->extents.n;
}

int store_verify_extents(int fd, int64_t id, struct store_extents extents,
			 struct err *err)
{
	struct store_audit audit = {0};
	size_t read;
	int more = extents.n > 0;
	audit_init(&audit, fd, id, extents);
	while (more > 0)
		more = store_audit_step(&audit, &read, err);
	audit_release(&audit);
	return more;
}

/* Those of a blob; one that came in one piece has none but this. */
static struct store_extents extents_of(const struct store_blob *blob,
				       struct store_extent *whole)
{
	if (blob->extents.n)
		return blob->extents;
	*whole = (struct store_extent){.size = blob->size};
	memcpy(whole->checksum, blob->checksum, CHECKSUM_BYTES);
	return (struct store_extents){whole, 1};
}

static int open_blob(struct store *store, const struct store_blob *blob,
		     struct err *err)
{
	const struct store_name name = {blob->id, blob->key};
	return store_blob_open(store, &name, blob->size, err);
}

int store_blob_open_checked(struct store *store, const struct store_blob *blob,
			    struct err *err)
{
	struct store_extent whole;
	struct store_extents extents = extents_of(blob, &whole);
	SCOPED_FD fd = open_blob(store, blob, err);
	if (fd < 0 || store_verify_extents(fd, blob->id, extents, err))
		return -1;
	return g_steal_fd(&fd);
}

int store_blob_verify(struct store *store, const struct store_blob *blob,
		      struct err *err)
{
	SCOPED_FD fd = store_blob_open_checked(store, blob, err);
	return fd < 0 ? -1 : 0;
}

int store_audit_begin(struct store *store, const struct store_blob *blob,
		      struct store_audit **out, struct err *err)
{
	int fd = open_blob(store, blob, err);
	if (fd < 0)
		return -1;
	/* what is read ahead would look as if it had been there before */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	struct store_audit *audit = g_new0(struct store_audit, 1);
	audit->passing = true;
	audit_init(audit, fd, blob->id, extents_of(blob, &audit->whole));
	*out = audit;
	return 0;
}

void store_audit_free(struct store_audit *audit)
{
	if (audit == NULL)
		return;
	close(audit->fd);
	audit_release(audit);
	g_free(audit);
}
