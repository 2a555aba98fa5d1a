/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A processing URL in segments, before anything is known of what they mean but
 * their shape.
 */
#ifndef API_FILESTACK_CDN_CHAIN_SEGMENTS_H
#define API_FILESTACK_CDN_CHAIN_SEGMENTS_H

#include "base/arena.h"

struct segments {
	struct str *items; /* raw, none empty, in one text */
	size_t n;
	struct str source; /* all behind them, if that is no bare handle */
	struct str query;  /* otherwise, behind the first '?'; STR_NONE */
};

/* An encoded slash cuts in the last segment, or before a task or a source: of
 * a chain that was encoded as a whole. Elsewhere it is part of a value. */
void segments_cut(struct arena *arena, struct str text,
		  bool (*is_task)(struct str name), struct segments *out);

/* Whether a segment is a task: one that there is, or a word and '='. */
bool segment_is_task(struct str raw, bool (*is_task)(struct str name));

#endif
