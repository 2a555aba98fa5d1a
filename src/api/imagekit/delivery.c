/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's delivery: originals at /{account}/{path}. Transformations
 * (`tr:` segments, `tr=`) are refused, not ignored: their pixels would be
 * wrong.
 */
#include "api/imagekit/imagekit.h"

#define CACHE_FOR_180_DAYS                                                     \
	"public, s-maxage=15552000, max-age=15552000, must-revalidate"

int imagekit_delivery_begin(struct request *rq, struct err *err)
{
	struct str name = request_param(rq, 0);
	rq->account = keyring_account(rq->keyring, name);
	if (rq->account == NULL) {
		/* an API call that we do not have, worded as one */
		rq->route = NULL;
		return err_set(err, ERR_NOT_FOUND,
			       "The requested endpoint does not exist.");
	}
	if (str_starts(rq->param[1], STR("tr:")) ||
	    request_query(rq, "tr").p != NULL)
		return err_set(err, ERR_UNSUPPORTED,
			       "Image transformations are not available");
	return 0;
}

int imagekit_deliver(struct request *rq, struct err *err)
{
	struct hot_entry *entry;
	struct str path = str_trim_char(request_param(rq, 1), '/');
	int found = request_find_path(rq, rq->account->id, path, &entry, err);
	if (found != 0) {
		if (found < 0 && err->code == ERR_NOT_FOUND)
			err_set(err, ERR_NOT_FOUND, "Not Found");
		return found;
	}
	if (!request_may_read(rq, &entry->file)) {
		hot_unref(entry);
		return err_set(err, ERR_UNAUTHORIZED,
			       "This file takes a signed URL");
	}
	bool attach = str_eq(request_query(rq, "ik-attachment"), STR("true"));
	struct delivery how = {
		.cache_control = entry->file.access == ACCESS_PUBLIC
					 ? CACHE_FOR_180_DAYS
					 : "private, no-store",
		.disposition =
			attach ? DISPOSITION_ATTACHMENT : DISPOSITION_NONE,
		.name = entry->file.name,
	};
	request_deliver(rq, entry, &how);
	return 0;
}
