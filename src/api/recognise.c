/* SPDX-License-Identifier: Apache-2.0 */
#include "api/recognise.h"

int request_recognise(struct request *rq, struct hot_entry *entry,
		      const struct recognise_ask *ask,
		      struct recognised_document *out, struct err *err)
{
	(void)rq;
	(void)entry;
	(void)ask;
	(void)out;
	return err_set(err, ERR_UNSUPPORTED, "This server reads no texts.");
}
