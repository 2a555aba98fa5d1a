/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JigsawStack's reads: by key, and what the temporary links of temp.c share
 * with them.
 */
#include "api/jigsawstack/jigsawstack.h"

/* One text for what is not there, whoever noticed. */
int jigsawstack_not_found(struct err *err)
{
	return err->code == ERR_NOT_FOUND
		       ? err_set(err, ERR_NOT_FOUND, "File not found")
		       : -1;
}

int jigsawstack_check_read(struct request *rq, const struct file *file,
			   struct err *err)
{
	return request_may_read(rq, file)
		       ? 0
		       : err_set(err, ERR_FORBIDDEN,
				 "This file is private: it takes a secret key");
}

int jigsawstack_deliver(struct request *rq, struct hot_entry *entry,
			struct err *err)
{
	if (jigsawstack_check_read(rq, &entry->file, err) < 0) {
		hot_unref(entry);
		return -1;
	}
	struct delivery how = {
		.cache_control = "private, max-age=0, must-revalidate",
		.disposition = DISPOSITION_INLINE,
		.name = entry->file.name,
	};
	request_deliver_or_refuse(rq, entry, &how, jigsawstack_refusal);
	return 0;
}

int jigsawstack_read(struct request *rq, struct err *err)
{
	struct hot_entry *entry;
	int found = request_find_path(rq, request_param(rq, 0), &entry, err);
	if (found < 0)
		return jigsawstack_not_found(err);
	return found ? found : jigsawstack_deliver(rq, entry, err);
}
