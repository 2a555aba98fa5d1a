/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a ZIP archive as bytes: PKWARE's APPNOTE.TXT 6.3.10, section
 * 4.3, which the numbers below name. Members are stored, not compressed.
 */
#ifndef DELIVER_ZIP_RECORD_H
#define DELIVER_ZIP_RECORD_H

#include "base/str.h"

#define ZIP_NAME_MAX 300 /* bytes */
#define ZIP_LOCAL_MAX (30u + ZIP_NAME_MAX + 20 + 9)
#define ZIP_CENTRAL_MAX (46u + ZIP_NAME_MAX + 28 + 9)
#define ZIP_END_MAX (56u + 20 + 22)

/* What the records say of a member. */
struct zip_entry {
	struct str name; /* UTF-8, at most ZIP_NAME_MAX bytes */
	uint64_t size;
	int64_t modified_s; /* Unix seconds; held within 1980 to 2107 */
	bool crc_follows;   /* its CRC-32 and size are behind its bytes */
	uint32_t crc;       /* not looked at in a local header without it */
	uint64_t offset;    /* of its local header; for the directory */
};

/* Each writes so many bytes to `to`. to NULL: says how many they would be,
 * which only depends on name, size, crc_follows and, in the directory, offset.
 */
size_t zip_local(const struct zip_entry *entry, char *to);
/* Behind the bytes of a member; nothing unless crc_follows. */
size_t zip_descriptor(const struct zip_entry *entry, char *to);
size_t zip_central(const struct zip_entry *entry, char *to);

struct zip_directory {
	uint64_t members;
	uint64_t offset, size; /* bytes */
};

/* Behind the directory. */
size_t zip_end(const struct zip_directory *directory, char *to);

#endif
