/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that answers use for EXIF tags where they differ from the
 * standard's, and the words that stand for coded values. They are those that
 * users of photo software know (exiftool's).
 */
#ifndef RENDER_TAGS_NAMES_H
#define RENDER_TAGS_NAMES_H

/* "DateTime" gives "ModifyDate"; a name without another is itself. */
const char *tag_alias(const char *name);

/* The word for a coded value ("Orientation", 1), characters by their code
 * ("GPSLatitudeRef", 'N'); NULL when there is none. */
const char *tag_word(const char *name, long code);

#endif
