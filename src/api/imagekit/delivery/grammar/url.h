/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery URLs: which file, and which transformations of it. Real URLs have
 * `tr:` in any segment, SEO names and suffixes, and a library may hold a file
 * whose name looks like any of them. So a URL has readings, of which the first
 * whose file is there counts.
 */
#ifndef API_IMAGEKIT_DELIVERY_GRAMMAR_URL_H
#define API_IMAGEKIT_DELIVERY_GRAMMAR_URL_H

#include "base/arena.h"

#define IMAGEKIT_READINGS_MAX 7

enum imagekit_suffix {
	IMAGEKIT_SUFFIX_NONE,
	IMAGEKIT_SUFFIX_THUMBNAIL, /* ik-thumbnail.jpg: a picture of any file */
	IMAGEKIT_SUFFIX_VIDEO,     /* of a video: another format, subtitles */
};

struct imagekit_reading {
	struct str path;  /* of the file; decoded, no slashes around it */
	struct str steps; /* behind "tr:", raw; STR_NONE without */
	enum imagekit_suffix suffix;
};

struct imagekit_url {
	struct imagekit_reading readings[IMAGEKIT_READINGS_MAX];
	unsigned n;       /* at least one */
	struct str query; /* behind the last "tr=", raw; STR_NONE without */
};

/* From what follows the account's name, and the query, both raw. */
void imagekit_url_read(struct arena *arena, struct str path, struct str query,
		       struct imagekit_url *out);

#endif
