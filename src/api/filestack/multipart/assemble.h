/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has come, put together: which bytes of a staged blob are the file, in
 * which order. Pure, as layout.h.
 */
#ifndef API_FILESTACK_MULTIPART_ASSEMBLE_H
#define API_FILESTACK_MULTIPART_ASSEMBLE_H

#include "api/filestack/multipart/layout.h"
#include "base/arena.h"
#include "store/store.h"

/* A part as its client calls it, perhaps with what it was told of the bytes. */
struct part_named {
	unsigned number;
	bool has_checksum; /* of all its bytes, which came at once */
	uint8_t checksum[CHECKSUM_BYTES];
};

/* What there is: a staged blob's extents, in order of their offsets. */
struct parts_come {
	struct arena *arena;
	struct layout layout;
	const struct store_extent *extents;
	size_t n_extents;
};

struct parts_wanted {
	const struct part_named *parts; /* in any order */
	size_t n_parts;
	bool others; /* parts that are not named are of the file, too */
};

/* Bytes of the staged blob, and where in the file they belong. */
struct assembly_piece {
	uint64_t from, to, size;
};

enum assembly_how {
	ASSEMBLED,     /* all is where it belongs */
	ASSEMBLY_MOVE, /* what is not is aside, and its place is free */
	ASSEMBLY_COPY, /* the parts were not as they seemed */
};

struct assembly {
	struct assembly_piece *pieces; /* of the file, in order; in the arena */
	size_t n;
	enum assembly_how how;
};

/* -1: ERR_INVALID, parts are missing, named twice, other than their client was
 * told, or not as long together as the file. */
int assemble(const struct parts_come *come, const struct parts_wanted *wanted,
	     struct assembly *out, struct err *err) MUST_CHECK;

/* The same of one part, as far as can be known: from its first byte on, without
 * a gap. */
int assemble_part(const struct parts_come *come, unsigned number,
		  struct assembly *out, struct err *err) MUST_CHECK;

#endif
