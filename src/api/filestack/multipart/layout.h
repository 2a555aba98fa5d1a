/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the bytes of a part go in the staged blob (store/stage.h). Pure: no
 * files, no database.
 *
 * Clients cut a file into equal parts, of which only the last is shorter, and
 * tell the number of a part, but not how long the others are. Once that is
 * known a part goes to the place that it has in the file, and nothing is
 * copied when all have come. What comes before it is known, or contradicts it,
 * goes aside: behind the end of the file, where each part has a room of its
 * own. So no part ever lies over another, whatever was guessed.
 */
#ifndef API_FILESTACK_MULTIPART_LAYOUT_H
#define API_FILESTACK_MULTIPART_LAYOUT_H

#include "base/err.h"

#include <stdint.h>

#define LAYOUT_PARTS_MAX 10000u /* as many as S3 has */

struct layout {
	uint64_t size; /* bytes of the file, as announced */
	uint64_t part; /* bytes of all parts but the last; 0: not known */
};

/* Bytes of a part, as clients name them: number from 1, and, of a part that
 * comes in chunks, the offset in it. */
struct layout_run {
	uint64_t number, offset, size;
};

/* -1: ERR_INVALID, no part of such a file can have them. */
int layout_check(uint64_t size, const struct layout_run *run,
		 struct err *err) MUST_CHECK;

/*
 * How long the parts are, as far as the first run that is announced tells; 0:
 * it does not. in_chunks: the client sends its parts so that their length is
 * the vendor's, and not its own choice. It may be wrong, which costs a copy at
 * the end.
 */
uint64_t layout_guess(uint64_t size, const struct layout_run *run,
		      bool in_chunks);

/* Where the run goes. -1: ERR_LIMIT, there is no room for it aside. */
int layout_place(const struct layout *layout, const struct layout_run *run,
		 uint64_t *place, struct err *err) MUST_CHECK;
static inline bool layout_is_aside(const struct layout *layout, uint64_t place)
{
	return place >= layout->size;
}
/* The part and the offset in it that have that place; the size stays as it is.
 * False: none has. */
bool layout_part_at(const struct layout *layout, uint64_t place,
		    struct layout_run *run);

#endif
