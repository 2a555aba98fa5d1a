/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One job of stowage-scale, from bytes to bytes: what RENDER_PICTURE asks for
 * (image/protocol.h).
 */
#ifndef SCALE_JOB_H
#define SCALE_JOB_H

#include "base/str.h"
#include "image/protocol.h"
#include "scale/bytes.h"

#define JOB_SOURCE_MAX (64u << 20)  /* bytes of a file */
#define JOB_MEMORY_MAX (176u << 20) /* bytes, besides the file */

struct job {
	struct str plan; /* its text */
	struct str source;
	bool alone; /* RENDER_ALONE */
};

struct job_result {
	enum render_status status;
	struct render_picture picture;
	struct bytes bytes; /* the caller's to free(); RENDER_OK alone */
};

/* Nothing of the job is trusted. What this program cannot do, or cannot read,
 * is RENDER_ELSEWHERE: whether it is a picture is for the other one to say. */
void job_run(const struct job *job, struct job_result *out);

#endif
