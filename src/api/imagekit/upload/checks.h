/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `checks` of an upload: an expression about the request and the file that
 * must be true. Private to the dialect.
 */
#ifndef API_IMAGEKIT_CHECKS_H
#define API_IMAGEKIT_CHECKS_H

#include "api/imagekit/imagekit.h"

/* put: type and size of the file, and of an image its width and height. 0, or
 * -1 with ERR_INVALID when the text is no expression or it is false. */
int imagekit_checks(struct request *rq, struct str text,
		    const struct file_put *put, struct err *err) MUST_CHECK;

#endif
