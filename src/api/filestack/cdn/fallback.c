/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file that a chain names for the case that nothing comes of it.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"

/* What stands in for a file goes when that is there. */
#define CACHE_SECONDS 60

/* Whether it will be so the next time, and is no secret of the source's. */
static bool is_for_good(enum err_code code)
{
	switch (code) {
	case ERR_NOT_FOUND:
	case ERR_INVALID:
	case ERR_TOO_LARGE:
	case ERR_LIMIT:
	case ERR_FETCH:
	case ERR_UNSUPPORTED:
	case ERR_TIMEOUT:
	case ERR_CORRUPT:
		return true;
	default:
		return false;
	}
}

static bool applies(const struct cdn_wanted *wanted, enum err_code code)
{
	bool is_shown = wanted->answer == CDN_FILE ||
			wanted->answer == CDN_PICTURE ||
			wanted->answer == CDN_DOCUMENT;
	return wanted->fallback.n && is_shown && !wanted->store.wanted &&
	       is_for_good(code);
}

int cdn_fall_back(struct request *rq, struct err *err)
{
	const struct cdn_wanted *wanted = &cdn_wish_of(rq)->wanted;
	const struct chain_source source = {.kind = CHAIN_HANDLE,
					    .text = wanted->fallback};
	struct hot_entry *entry;
	struct err ignored;
	if (!applies(wanted, err->code))
		return -1;
	cdn_wish_of(rq)->calls = POLICY_READ;
	int result = cdn_find_source(rq, &source, &entry, &ignored);
	if (result != 0)
		return result;
	int64_t seconds = request_shown_seconds(
		rq, &entry->file, NULL,
		wanted->fallback_seconds ? wanted->fallback_seconds
					 : CACHE_SECONDS);
	const char *cache = seconds < 0 ? "private, no-store"
					: arena_printf(request_arena(rq),
						       "public, max-age=%lld",
						       (long long)seconds)
						  .p;
	if (wanted->varies)
		http_set(rq->x, "Vary", STR("Accept"));
	struct str query = cdn_wish_of(rq)->chain.query;
	struct delivery how =
		filestack_delivery(rq, &entry->file, query, cache);
	how.is_undated = true;
	filestack_send_as(rq, entry, query, &how);
	return 0;
}
