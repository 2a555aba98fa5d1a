/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vendor's calls that take a stored file and are not offered here: told
 * apart from routes that do not exist, so that a program knows it called the
 * right one.
 */
#include "api/jigsawstack/jigsawstack.h"

int jigsawstack_ai(struct request *rq, struct err *err)
{
	if (jigsawstack_any_key(rq, err) != 0)
		return -1;
	return err_set(err, ERR_UNSUPPORTED,
		       "This server stores files; it does not offer this call");
}
