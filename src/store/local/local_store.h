/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores on the local disk, for whoever opens one. What is done with it is the
 * same as with any other: store.h.
 */
#ifndef STORE_LOCAL_LOCAL_STORE_H
#define STORE_LOCAL_LOCAL_STORE_H

#include "store/store_backend.h"

/* The local disk, under DIR/blobs. */
struct local_backend_options {
	const char *dir;
	/* Use named files in blobs/staging even if the file system has
	 * O_TMPFILE; for tests. */
	bool named;
};
/* The backend alone. -1: ERR_NO_SPACE, ERR_INTERNAL. */
int local_backend_open(struct store_backend **out,
		       const struct local_backend_options *options,
		       struct err *err) MUST_CHECK;

/* A store over that, in options->dir. -1: the same. */
int store_open_local(struct store **out, const struct store_options *options,
		     struct err *err) MUST_CHECK;

#endif
