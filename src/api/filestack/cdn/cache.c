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

/* Twice what stands for `cache`, its seconds or one of these, and 1 more for a
 * policy. */
enum {
	NOTE_DEFAULT,
	NOTE_NEVER,
	NOTE_SECONDS, /* and more */
};

int64_t cdn_note(const struct cdn_wanted *wanted)
{
	int64_t cache = NOTE_DEFAULT;
	if (wanted->cache == CDN_CACHE_SECONDS)
		cache = NOTE_SECONDS + wanted->cache_seconds;
	else if (wanted->cache == CDN_CACHE_NEVER)
		cache = NOTE_NEVER;
	return cache * 2 + cdn_has_policy(wanted);
}

bool cdn_read_note(struct cdn_wanted *wanted, int64_t note)
{
	int64_t cache = note / 2;
	if (cache >= NOTE_SECONDS) {
		wanted->cache = CDN_CACHE_SECONDS;
		wanted->cache_seconds = cache - NOTE_SECONDS;
	} else if (cache == NOTE_NEVER) {
		wanted->cache = CDN_CACHE_NEVER;
	}
	return note & 1;
}
