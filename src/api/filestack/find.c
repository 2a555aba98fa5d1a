/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file a request is about, and whether it may read it, for downloads and
 * for chains.
 */
#include "api/filestack/filestack.h"

bool filestack_handle(struct str segment, struct id *out)
{
	return id_from_handle(str_split(&segment, '+'), out);
}

int filestack_not_found(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "File not found");
}

int filestack_found(struct request *rq, int result, struct hot_entry **entry,
		    struct err *err)
{
	if (result == 0 && request_check_read(rq, &(*entry)->file, err) < 0) {
		hot_unref(*entry);
		result = -1;
	} else if (result < 0 && err->code == ERR_NOT_FOUND) {
		filestack_not_found(err);
	}
	if (result != 0)
		*entry = NULL;
	return result;
}
