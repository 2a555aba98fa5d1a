/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many contents as one ZIP archive that is made while it is sent, in memory
 * that does not grow with their sizes and with one of them open at a time. They
 * are stored as they are, and what is in files goes out as a plain read does.
 * docs/internals/transport.md says what of it may wait for a disk.
 */
#ifndef DELIVER_ZIP_H
#define DELIVER_ZIP_H

#include "base/digest.h"
#include "deliver/content.h"
#include "deliver/summing.h"
#include "deliver/sums.h"

#define ZIP_MEMBERS_MAX 1000
#define ZIP_LATER 1 /* not on a loop */

struct zip_member {
	struct str name; /* any bytes; what it is called follows from it */
	uint64_t size;
	int64_t modified_s;
	uint8_t checksum[CHECKSUM_BYTES]; /* of other bytes another one */
};

struct zip_opened {
	const struct content *content; /* bytes or a descriptor */
	struct sums_of of;             /* it */
	struct summing_for apart;      /* for it, if that is large */
};

/* Where the members' bytes come from. On the loop, or a worker. */
struct zip_files {
	const struct zip_member *members;
	size_t n;
	struct sums *sums;
	/* Once its turn has come. What *out points to stays until `close`. 0;
	 * ZIP_LATER: it takes a wait, and may_wait was false; -1: it cannot be
	 * had any more, nor can the archive. */
	int (*open)(void *user, size_t i, bool may_wait,
		    struct zip_opened *out);
	/* used: bytes of it that went into the archive; failed: the next one
	 * cannot be. */
	void (*close)(void *user, size_t i, uint64_t used, bool failed);
	void *user;
};

/*
 * Describes in *out, for one request, the archive of the files, in their order;
 * what they point to must last as long as the arena. The same members make the
 * same bytes, and have the same tag. It has no ranges. ERR_LIMIT: more than
 * ZIP_MEMBERS_MAX; ERR_TOO_LARGE: no archive is so large.
 */
int content_zip(struct content *out, const struct zip_files *files,
		struct arena *arena, struct err *err) MUST_CHECK;

#endif
