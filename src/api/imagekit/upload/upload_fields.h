/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fields of an upload say, besides what goes into the row. Private to
 * the dialect.
 */
#ifndef API_IMAGEKIT_UPLOAD_FIELDS_H
#define API_IMAGEKIT_UPLOAD_FIELDS_H

#include "api/imagekit/imagekit.h"

struct upload_options {
	json_t *extension_status; /* NULL: none asked for; owned */
	json_t *errors;           /* of custom metadata; owned */
	json_t *metadata;         /* for the answer; owned */
	bool transforms;          /* has a transformation */
	struct str pre;           /* a transformation of what is stored */
};

/* The last field of that name, STR_NONE without. */
struct str upload_field(const struct request *rq, const char *name);
/* Whether a csv has the name. */
bool upload_asked_for(struct str csv, const char *name);

/* Fills in the put, and the options. 0, HANDLE_LATER, or -1 with ERR_INVALID
 * (and options->errors, when custom metadata is wrong). */
int upload_fields_read(struct request *rq, struct file_put *put,
		       struct upload_options *options,
		       struct err *err) MUST_CHECK;

/* Once the type is known: ERR_INVALID for files that cannot be transformed,
 * ERR_UNSUPPORTED for what cannot be done here. */
int upload_transformation_check(const struct upload_options *options,
				struct str type, struct err *err) MUST_CHECK;

#endif
