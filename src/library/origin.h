/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIBRARY_ORIGIN_H
#define LIBRARY_ORIGIN_H

/* Which dialect something came in through. Stored in the database. */
enum origin {
	ORIGIN_IMAGEKIT = 1,
	ORIGIN_FILESTACK = 2,
	ORIGIN_STASHFYLE = 3,
	ORIGIN_JIGSAWSTACK = 4,
};

#endif
