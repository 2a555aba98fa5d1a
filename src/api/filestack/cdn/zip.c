/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sources of a chain in one archive.
 */
#include "api/filestack/cdn/cdn.h"

static int find_source(struct request *rq, void *user, size_t i,
		       struct hot_entry **out, struct err *err)
{
	const struct chain_source *const *sources = user;
	return cdn_find_source(rq, sources[i], out, err);
}

int cdn_find_archive(struct request *rq, struct archive **out, struct err *err)
{
	const struct chain *chain = &cdn_wish_of(rq)->chain;
	const struct chain_source **sources = arena_alloc(
		request_arena(rq), chain->n_sources * sizeof(*sources));
	const struct archive_files files = {
		.n = chain->n_sources, .find = find_source, .user = sources};
	size_t n = 0;
	for (const struct chain_source *source = chain->sources; source;
	     source = source->next)
		sources[n++] = source;
	int result = request_archive(rq, &files, out, err);
	return result < 0 && err->code == ERR_LIMIT
		       ? err_recode(err, ERR_INVALID, NULL)
		       : result;
}

int cdn_send_archive(struct request *rq, struct err *err)
{
	struct archive *archive;
	int result = cdn_find_archive(rq, &archive, err);
	if (result != 0)
		return result;
	const struct delivery how = {
		.cache_control =
			cdn_cache_control(rq, &archive->shown, NULL, 0),
		.disposition = DISPOSITION_ATTACHMENT,
		.name = CDN_ARCHIVE_NAME,
	};
	request_deliver_archive(rq, archive, &how);
	return 0;
}
