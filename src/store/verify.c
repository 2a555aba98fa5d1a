/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a blob's bytes are those that were stored: read, summed and compared.
 */
#include "store/store_front.h"

#include <glib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/retry.h"

#define PIECE (64u * 1024)

struct store_audit {
	int fd;
	int64_t id;
	struct store_extents extents;
	size_t at;            /* the extent that is being read */
	uint64_t done;        /* bytes of it */
	struct checksum *sum; /* of them */
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
	audit->cap = MIN(longest, PIECE);
	audit->piece = g_malloc(audit->cap);
}

static void audit_release(struct store_audit *audit)
{
	checksum_free(audit->sum);
	g_free(audit->piece);
}

static int read_piece(struct store_audit *audit,
		      const struct store_extent *extent, struct err *err)
{
	size_t want = MIN(extent->size - audit->done, audit->cap);
	off_t at = (off_t)(extent->offset + audit->done);
	ssize_t n = RETRY_EINTR(pread(audit->fd, audit->piece, want, at));
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

/* 1 there is more, 0 all is as it was stored. */
static int audit_step(struct store_audit *audit, struct err *err)
{
	const struct store_extent *extent = &audit->extents.list[audit->at];
	if (audit->done < extent->size && read_piece(audit, extent, err))
		return -1;
	if (audit->done == extent->size && end_extent(audit, extent, err))
		return -1;
	return audit->at < audit->extents.n;
}

int store_verify_extents(int fd, int64_t id, struct store_extents extents,
			 struct err *err)
{
	struct store_audit audit = {0};
	int more = extents.n > 0;
	audit_init(&audit, fd, id, extents);
	while (more > 0)
		more = audit_step(&audit, err);
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
