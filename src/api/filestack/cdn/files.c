/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's downloads: by handle, from the API and from the CDN.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"

static int deliver_handle(struct request *rq, const struct id *id,
			  struct err *err)
{
	struct hot_entry *entry;
	if (filestack_check_query(rq, rq->x->head.query, err) < 0)
		return -1;
	int result = request_find_id(rq, id, &entry, err);
	result = filestack_found(rq, result, &entry, err);
	if (result == 0)
		filestack_send_file(rq, entry, rq->x->head.query, NULL);
	return result;
}

int filestack_deliver(struct request *rq, struct err *err)
{
	struct id id;
	return filestack_handle(rq->param[0], &id)
		       ? deliver_handle(rq, &id, err)
		       : filestack_not_found(err);
}

/* The commonest URLs of the CDN come first, and need no chain read. */
int filestack_deliver_cdn(struct request *rq, struct err *err)
{
	struct id id;
	return filestack_handle(rq->param[0], &id)
		       ? deliver_handle(rq, &id, err)
		       : filestack_cdn(rq, err);
}

int filestack_deliver_keyed(struct request *rq, struct err *err)
{
	struct id id;
	if (!filestack_handle(rq->param[1], &id))
		return filestack_cdn(rq, err);
	return filestack_key(rq, request_param(rq, 0))
		       ? deliver_handle(rq, &id, err)
		       : filestack_cdn(rq, err);
}
