/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RENDER_PICTURE, from the request to the answer's memory file.
 */
#ifndef RENDER_PICTURE_JOB_H
#define RENDER_PICTURE_JOB_H

#include "helpers/child/serve.h"
#include "image/protocol.h"

/* Fills in the reply, and with RENDER_OK the answer's file. The job's text is
 * the request and a plan. */
void job_answer(const struct serve_job *job,
		const struct render_request *request,
		struct render_reply *reply, struct serve_answer *answer);

#endif
