/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a body says that is JSON, or a form of either kind: clients send the one
 * where others send the other, and not all say which.
 */
#ifndef API_BODY_VALUES_H
#define API_BODY_VALUES_H

#include "api/request.h"

struct body_values {
	json_t *value; /* NULL: it is neither, or over a limit */
	bool is_form;  /* texts are all there is, and stand for what is meant */
};

/* Of at most max bytes. An empty list is an object, as PHP writes one. flags as
 * for json_parse(). 0, HANDLE_LATER or -1. */
int body_values(struct request *rq, size_t max, size_t flags,
		struct body_values *out, struct err *err) MUST_CHECK;

/* Whether the parts of a multipart body were taken apart as they came, or can
 * be now: it begins like no JSON. */
bool body_has_parts(const struct request *rq);

/* As form_parse(): what the body's parts say, files and those without a name
 * passed over, or its pairs. In the arena. */
json_t *body_form(const struct request *rq, struct arena *arena,
		  struct str body, size_t max_text);

#endif
