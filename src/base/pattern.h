/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions that others have written (PCRE2, whose one home this is):
 * what one may cost is bounded, whatever it says.
 *
 * A pattern and its subjects are UTF-8; a subject that is not matches nothing.
 * Immutable: any thread.
 */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include "base/str.h"

#define PATTERN_MAX 2048                /* bytes of its text */
#define PATTERN_SUBJECT_MAX (8u * 1024) /* bytes; longer ones match nothing */

struct pattern;

/* NULL: it is none, or too large. */
struct pattern *pattern_new(struct str text);
/* NULL is fine. */
void pattern_free(struct pattern *pattern);
/* Bytes that it takes. */
size_t pattern_size(const struct pattern *pattern);

/* Whether the subject begins with a match: 1, 0; -1 that cannot be found within
 * the limits of time and memory: some ten milliseconds, of the longest subjects
 * up to ten times that, and 256 KiB; or it is no subject. */
int pattern_try(const struct pattern *pattern, struct str subject);
/* What cannot be found is none. */
bool pattern_matches(const struct pattern *pattern, struct str subject);

#endif
