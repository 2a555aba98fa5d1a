/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long an answer may be kept, as `cache` says and the files allow.
 */
#include "api/filestack/cdn/cdn.h"

const char *cdn_cache_control(struct request *rq, const struct file *file,
			      const struct layers *layers, int64_t seconds)
{
	const struct file *original = cdn_wish_of(rq)->original;
	const struct cdn_wanted *wanted = &cdn_wish_of(rq)->wanted;
	if (wanted->cache == CDN_CACHE_SECONDS)
		seconds = wanted->cache_seconds;
	seconds = request_shown_seconds(rq, file, layers, seconds);
	if (original && seconds >= 0)
		seconds = request_shown_seconds(rq, original, NULL, seconds);
	if (seconds < 0 || cdn_wish_of(rq)->is_personal)
		return "private, no-store";
	if (wanted->cache == CDN_CACHE_NEVER)
		return "no-cache";
	return arena_printf(request_arena(rq), "public, max-age=%lld",
			    (long long)seconds)
		.p;
}

/* The seconds of `cache`, or one of these. */
enum {
	NOTE_NEVER = -1,
	NOTE_DEFAULT = -2,
};

int64_t cdn_note(const struct cdn_wanted *wanted)
{
	switch (wanted->cache) {
	case CDN_CACHE_SECONDS:
		return wanted->cache_seconds;
	case CDN_CACHE_NEVER:
		return NOTE_NEVER;
	case CDN_CACHE_DEFAULT:
		break;
	}
	return NOTE_DEFAULT;
}

void cdn_read_note(struct cdn_wanted *wanted, int64_t note)
{
	if (note >= 0) {
		wanted->cache = CDN_CACHE_SECONDS;
		wanted->cache_seconds = note;
	} else if (note == NOTE_NEVER) {
		wanted->cache = CDN_CACHE_NEVER;
	}
}
