/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Derivatives as files: "derived" in the data directory, each the picture's
 * bytes and behind them a foot that says of whom they are and what they must
 * be. Nothing is synced, as all of it can be made again; what a crash or a disk
 * has changed is seen when it is read. All calls block.
 */
#ifndef DERIVE_FILES_H
#define DERIVE_FILES_H

#include "derive/index.h"

struct derive_files;

/* dir: the data directory. reserve: bytes of the disk that are left free.
 * ERR_INTERNAL, ERR_NO_SPACE. */
int derive_files_open(struct derive_files **out, const char *dir,
		      uint64_t reserve, struct err *err) MUST_CHECK;
/* NULL is fine. */
void derive_files_close(struct derive_files *files);

/* One thread at a time. Writes one under another name and puts
 * it in its place when it is whole. *size: bytes that it takes on the disk.
 * ERR_NO_SPACE: also when there would be less than the reserve. */
int derive_files_write(struct derive_files *files, const struct derive_key *key,
		       const struct derivative *derivative, uint64_t *size,
		       struct err *err) MUST_CHECK;

/* Reads all of it and compares. *size as above; the derivative as of a source
 * of that date. NULL: ERR_NOT_FOUND; ERR_CORRUPT: it is not what was written,
 * and should be removed; ERR_INTERNAL. */
struct derivative *derive_files_read(struct derive_files *files,
				     const struct derive_key *key,
				     int64_t modified_s, uint64_t *size,
				     struct err *err) MUST_CHECK;

void derive_files_remove(struct derive_files *files,
			 const struct derive_key *key);
/* That it was used then stays known. */
void derive_files_used(struct derive_files *files,
		       const struct derive_found *found);

/* Removes what was never whole: before anything is written. */
void derive_files_clean(struct derive_files *files);
/* The next folder of what is there, appended to `found` (struct derive_found).
 * *folder: 0 at first. False: that was the last one. */
bool derive_files_list(struct derive_files *files, unsigned *folder,
		       GArray *found);

#endif
