/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vOCR: what an image or a document says, and where.
 */
#include "api/jigsawstack/call.h"
#include "api/jigsawstack/jigsawstack.h"

static const struct call_kind kind = {
	.api = "vocr",
	.key = "file_store_key",
	.max_text = 256u * 1024,
	.needs_file = true,
};

int jigsawstack_vocr_begin(struct request *rq, struct err *err)
{
	return jigsawstack_call_begin(rq, &kind, err);
}

int jigsawstack_vocr(struct request *rq, struct err *err)
{
	struct hot_entry *entry;
	struct call_file file;
	json_auto_t *options = NULL;
	int result = jigsawstack_call_read(rq, &kind, &options, &file, err);
	if (result == 0)
		result = jigsawstack_call_find(rq, &file, &entry, err);
	if (result != 0)
		return result;
	hot_unref(entry);
	return err_set(err, ERR_UNSUPPORTED,
		       "This server does not recognise text");
}
