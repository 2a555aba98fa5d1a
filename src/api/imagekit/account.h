/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ImageKit tells about an account: usage, and the lists of what it can be
 * set up with, of which there is little here.
 */
#ifndef API_IMAGEKIT_ACCOUNT_H
#define API_IMAGEKIT_ACCOUNT_H

#include "api/imagekit/imagekit.h"

int imagekit_usage(struct request *rq, struct err *err);
/* Who asks for what, and from where: that is not counted. */
int imagekit_no_analytics(struct request *rq, struct err *err);
/* Named transformations are the operator's to set. */
int imagekit_no_names(struct request *rq, struct err *err);
/* Origins, saved extensions: none. */
int imagekit_none(struct request *rq, struct err *err);
int imagekit_no_such(struct request *rq, struct err *err);
/* The one there is. */
int imagekit_url_endpoints(struct request *rq, struct err *err);
int imagekit_url_endpoint(struct request *rq, struct err *err);
/* Whatever would make or change one of these. */
int imagekit_no_setup(struct request *rq, struct err *err);

#endif
