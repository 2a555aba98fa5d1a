/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of content some bytes are: the signatures of the common media
 * types first (constant time), libmagic only when asked as the last resort.
 */
#ifndef INGEST_SNIFF_H
#define INGEST_SNIFF_H

#include "base/arena.h"
#include "base/err.h"

/* Maps libmagic's table, once for all threads; before they start. */
int sniff_init(struct err *err) MUST_CHECK;
void sniff_release(void);

/* From the first bytes (4 KiB are enough); static text, STR_NONE when no
 * signature fits: JPEG PNG GIF WebP AVIF HEIC TIFF BMP ICO PDF ZIP (and the
 * Office files in it when told by their first entry) GZIP MP4 QuickTime WebM
 * MP3 WAV OGG FLAC WOFF WOFF2 TTF OTF SVG. */
struct str sniff_signature(struct str head);
/* From a file name's extension; static text, STR_NONE when unknown. */
struct str sniff_extension(struct str name);

struct sniff_begun;

/* Zeroed at first. */
struct sniff_look {
	bool patient; /* it may take milliseconds */
	/* What one without patience has found out, in its arena, for the next
	 * one at the same bytes: any others are seen to be others. */
	const struct sniff_begun *begun;
};

/* libmagic's word; "application/octet-stream" when it knows nothing. Takes some
 * ten microseconds unless libmagic has to be asked with expressions, or much
 * seems to match: then up to milliseconds, and false without them when there is
 * no patience. Any thread. */
bool sniff_magic(struct arena *arena, struct str head, struct sniff_look *look,
		 struct str *out);

/* A declared type that says something: not absent, not malformed, no list, no
 * range of types (one with a '*'), none of those that are written for want of a
 * better one, as application/octet-stream (the table in sniff.c). Case and
 * parameters do not count. */
bool sniff_declared(struct str type);

/* What is known of some content. */
struct sniff_hints {
	struct str head;     /* its first bytes */
	struct str declared; /* by whoever sent it; STR_NONE: absent */
	bool trust_declared; /* before the bytes, if it says something */
	struct str name;
};

/* The signature of the bytes, then the declared type (first when it is
 * trusted), then the extension of the name, then libmagic. False as
 * sniff_magic(). */
bool sniff_type(struct arena *arena, const struct sniff_hints *hints,
		struct sniff_look *look, struct str *out);

/* image/... that a browser shows as one: for width and height. */
bool sniff_is_image(struct str type);

/* The version of the libmagic that runs, in hundredths: 544. */
int sniff_library_version(void);

#endif
