/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON object that grows out of an image's metadata, and the values in it.
 * Everything comes from a stranger, so everything has a ceiling: what does not
 * fit is left out.
 * Not here: which tags there are and what they mean (exif.c, iptc.c, xmp.c).
 */
#ifndef RENDER_TAGS_TAGS_H
#define RENDER_TAGS_TAGS_H

#include "base/str.h"
#include "json/json.h"

#define TAG_ENTRIES_MAX 300
#define TAG_VALUE_MAX 4096 /* bytes of one text */
#define TAG_NAME_MAX 64    /* bytes */
#define TAG_ITEMS_MAX 100  /* of one array */
#define TAG_BLOB_MAX (1024u * 1024)

/* What is left to the objects that share a text. */
struct tag_budget {
	size_t bytes; /* of JSON */
	unsigned entries;
};

struct tags {
	json_t *object;
	struct tag_budget *budget;
};

/* Puts *value (which is taken; NULL: nothing is put) under the name, unless
 * there is a value already or no room. */
void tags_put(const struct tags *tags, const char *name, json_t *value);

/* For json_dumpb() and the like: short, and 1/250 is 0.004. */
#define TAG_JSON_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15))

/*
 * Values. NULL: there is none (blank, too long, no number, no date).
 */

/* Text up to a NUL, without blanks around it; bytes that are not UTF-8 are
 * taken for Latin-1. */
json_t *tag_text(struct str bytes);
/* An integer when it is one. */
json_t *tag_number(double value);
/* "-12.5" or "1/250", and nothing else. */
json_t *tag_decimal(struct str text);

/*
 * Dates become "2020-02-21T10:00:00.000Z". What has no zone is taken for UTC,
 * what has no time for midnight.
 */

/* "2020:02:21 10:00:00", as in EXIF; also without the time. */
json_t *tag_date_exif(struct str text);
/* "20200221", as in IPTC. */
json_t *tag_date_iptc(struct str text);
/* ISO 8601 as XMP has it: at least a day, fractions and a zone optional. */
json_t *tag_date_xmp(struct str text);

#endif
