/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that stand for numbers in searches and checks. Private to the dialect.
 */
#ifndef API_IMAGEKIT_VALUES_LITERALS_H
#define API_IMAGEKIT_VALUES_LITERALS_H

#include "base/str.h"

/* A decimal number, finite: "5", "-0.25", "1e+6". */
bool imagekit_literal_number(struct str text, double *out);

/* "1mb", "10kb", "500" in bytes, powers of 1024. False when it is no size. */
bool imagekit_literal_size(struct str text, double *out);

/* An ISO 8601 date, with a time or without (UTC then), in ms. */
bool imagekit_literal_date(struct str text, int64_t *ms);
/* The same, or an age: "1h" "2d" "3w" "4m" "2y" before now. */
bool imagekit_literal_time(struct str text, int64_t now, int64_t *ms);

#endif
