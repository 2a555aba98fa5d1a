/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StashFyle's single files: details, delete, and delivery by URL.
 */
#include "api/stashfyle/stashfyle.h"

#include "base/encode.h"

#define CACHE_SECONDS 3600

static int not_found(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "File not found");
}

/* "f_" and 19 base-36 characters. */
static bool parse_id(struct str text, struct id *out)
{
	return str_starts(text, STR("f_")) &&
	       id_from_base36(str_skip(text, 2), out);
}

/* The file of the path's id, if it is the caller's; another account's is as
 * good as absent. */
static int find_own(struct request *rq, struct file *file, struct err *err)
{
	struct id id;
	if (!parse_id(rq->param[0], &id))
		return not_found(err);
	int found = file_by_id(rq->services->library, &id, false,
			       request_arena(rq), file, err);
	if (found < 0)
		return -1;
	if (found == 0 || file->account_id != rq->account->id)
		return not_found(err);
	return 0;
}

int stashfyle_get(struct request *rq, struct err *err)
{
	struct file file;
	if (find_own(rq, &file, err) != 0)
		return -1;
	reply_json(rq, 200, "application/json",
		   stashfyle_file_shape(rq, &file));
	return 0;
}

int stashfyle_delete(struct request *rq, struct err *err)
{
	struct file file;
	if (find_own(rq, &file, err) != 0)
		return -1;
	int removed = file_delete(rq->services->library, rq->account->id,
				  &file.id, err);
	if (removed < 0)
		return -1;
	if (removed == 0)
		return not_found(err);
	reply_json(rq, 200, "application/json",
		   json_pack("{s:b}", "success", 1));
	return 0;
}

/* Not longer than the file lives. */
static const char *cache_control(struct request *rq, const struct file *file)
{
	int64_t seconds = CACHE_SECONDS;
	if (file->expires_ms) {
		int64_t left = (file->expires_ms - now_ms()) / 1000;
		seconds = left < seconds ? left : seconds;
	}
	return arena_printf(request_arena(rq), "public, max-age=%lld",
			    (long long)(seconds > 0 ? seconds : 0))
		.p;
}

int stashfyle_deliver(struct request *rq, struct err *err)
{
	struct id id;
	struct hot_entry *entry;
	const struct account *account =
		keyring_account(rq->keyring, request_param(rq, 0));
	if (account == NULL || !parse_id(rq->param[1], &id))
		return not_found(err);
	int found = request_find_id(rq, &id, &entry, err);
	if (found < 0 && err->code == ERR_NOT_FOUND)
		return not_found(err);
	if (found != 0)
		return found;
	const struct file *file = &entry->file;
	if (file->account_id != account->id ||
	    !str_eq(file->name, request_param(rq, 2))) {
		hot_unref(entry);
		return not_found(err);
	}
	if (!access_allows_read(file->access, rq->proof)) {
		hot_unref(entry);
		return err_set(err, ERR_FORBIDDEN,
			       "This file takes a signed URL");
	}
	struct delivery how = {.cache_control = cache_control(rq, file)};
	deliver(rq->x, entry, &how);
	return 0;
}
