/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents made into others, and pages of the web into pictures, by a program
 * or a service that the operator names; never in this process. Results are
 * copies as those of other hosts (remote/remote.h). docs/decisions/0036.
 */
#ifndef CONVERT_CONVERTER_H
#define CONVERT_CONVERTER_H

#include "remote/remote.h"

struct converter;

/* "": not named. A program is asked before the service. */
struct converter_options {
	const char *document_command, *screenshot_command, *url;
	const char *dir; /* the data directory */
	unsigned timeout_ms;
	uint64_t memory;         /* of a program, bytes */
	struct store *store;     /* for a look at pages */
	struct fetcher *fetcher; /* likewise */
};

/* *out is NULL when nothing is named. ERR_INVALID names what is wrong. */
int converter_new(struct converter **out,
		  const struct converter_options *options,
		  struct err *err) MUST_CHECK;
/* Any thread: what still runs after grace_ms ends then. NULL is fine. */
void converter_stop(struct converter *converter, unsigned grace_ms);
/* NULL is fine. */
void converter_free(struct converter *converter);

/* Its items have convert_text() as text and, of documents, a source. Errors:
 * as program_run() and service_run(); of pages also fetch_url()'s. */
struct remote_origin converter_origin(struct converter *converter);

#endif
