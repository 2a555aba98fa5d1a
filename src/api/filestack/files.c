/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's downloads: by handle, from the API and from the CDN.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"

static int not_found(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "File not found");
}

/* A handle, perhaps with a "+png" behind it that means nothing. */
static bool parse_handle(struct str segment, struct id *out)
{
	ptrdiff_t plus = str_find(segment, '+');
	if (plus >= 0)
		segment = str_sub(segment, 0, (size_t)plus);
	return id_from_handle(segment, out);
}

static int deliver_handle(struct request *rq, const struct id *id,
			  struct err *err)
{
	struct hot_entry *entry;
	int found = request_find_id(rq, id, &entry, err);
	if (found < 0 && err->code == ERR_NOT_FOUND)
		return not_found(err);
	if (found != 0)
		return found;
	if (!request_may_read(rq, &entry->file)) {
		hot_unref(entry);
		return filestack_forbidden(err);
	}
	filestack_send_file(rq, entry, rq->x->head.query, NULL);
	return 0;
}

int filestack_deliver(struct request *rq, struct err *err)
{
	struct id id;
	return parse_handle(rq->param[0], &id) ? deliver_handle(rq, &id, err)
					       : not_found(err);
}

/* The commonest URLs of the CDN come first, and need no chain read. */
int filestack_deliver_cdn(struct request *rq, struct err *err)
{
	struct id id;
	return parse_handle(rq->param[0], &id) ? deliver_handle(rq, &id, err)
					       : filestack_cdn(rq, err);
}

int filestack_deliver_keyed(struct request *rq, struct err *err)
{
	struct id id;
	if (!parse_handle(rq->param[1], &id))
		return filestack_cdn(rq, err);
	const struct api_key *key =
		keyring_find(rq->keyring, request_param(rq, 0));
	return key && key->kind == KEY_PUBLIC ? deliver_handle(rq, &id, err)
					      : filestack_cdn(rq, err);
}
