/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which dialect a path of this server belongs to, where no host name says so:
 * the one home of the rule, for requests and for URLs that stand in them.
 */
#ifndef API_PATHS_H
#define API_PATHS_H

#include "api/request.h"

/* Takes "/segment" off *path, which then starts with '/' or is empty; STR_NONE
 * when it does not start so. */
struct str path_take_segment(struct str *path);

/* The dialect of that name, whose paths have it as their prefix; NULL: there is
 * none. */
const struct dialect *dialect_named(struct str name);

/* The dialect of a raw path: by its prefix, which is taken off; else by the
 * path, and where two have it by how the request proves itself. Of the request
 * its head, rq->keyring (may be NULL) and rq->named are read. */
const struct dialect *path_dialect(const struct request *rq, struct str *path);

#endif
