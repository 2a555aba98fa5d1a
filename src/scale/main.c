/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stowage-scale: the program that makes pictures smaller, cuts, turns and pads
 * them, and does only that: what most requests for pictures are about. It loads
 * three decoders and no framework, so that it starts within milliseconds and
 * needs a few megabytes. What it does not do is for stowage-render.
 */
#include "helpers/child/sandbox.h"
#include "helpers/child/serve.h"
#include "scale/job.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What a usual picture takes stays for the next one, since to fetch it page by
 * page would be a tenth of the work; what a large one takes is given back. */
#define BLOCK_KEPT_MAX (4 << 20) /* bytes */
#define MEMORY_KEPT_MAX (8 << 20)

#define CPU_SECONDS_MAX 600

/* Replaced long before its CPU limit would kill it in the middle of a job. */
#define CPU_SECONDS (CPU_SECONDS_MAX / 2)

static const struct sandbox sandbox = {
	.memory_max = 256u << 20,
	.output_max = RENDER_OUTPUT_MAX,
	.cpu_seconds = CPU_SECONDS_MAX,
};

_Static_assert(JOB_SOURCE_MAX + JOB_MEMORY_MAX < 256u << 20,
	       "a job fits into the sandbox");

static void run(const struct render_request *request, struct str plan, int fd,
		struct job_result *out)
{
	size_t n = request->sizes[0];
	if (n == 0 || n > JOB_SOURCE_MAX) {
		out->status = RENDER_ELSEWHERE;
		return;
	}
	void *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return;
	const struct job job = {
		.plan = plan,
		.source = {p, n},
		.alone = request->flags & RENDER_ALONE,
	};
	job_run(&job, out);
	munmap(p, n);
}

static void answer(const struct serve_job *job, struct serve_answer *answer)
{
	struct render_request request;
	struct job_result result = {.status = RENDER_REFUSED};
	struct render_reply reply = {0};
	if (job->text.n >= sizeof(request) && job->n_fds == 1) {
		memcpy(&request, job->text.p, sizeof(request));
		if (request.kind == RENDER_PICTURE)
			run(&request, str_skip(job->text, sizeof(request)),
			    job->fds[0], &result);
	}
	if (result.status == RENDER_OK &&
	    (result.bytes.n > RENDER_OUTPUT_MAX ||
	     serve_output(answer, result.bytes.p, result.bytes.n) < 0))
		result.status = RENDER_TOO_LARGE;
	free(result.bytes.p);
	reply.status = result.status;
	reply.picture = result.picture;
	memcpy(answer->text, &reply, sizeof(reply));
	answer->n = sizeof(reply);
}

static const struct serve_program program = {
	.greeting = SCALE_GREETING,
	.cpu_seconds = CPU_SECONDS,
	.answer = answer,
};

int main(int argc, char **argv)
{
	struct err err;
	(void)argv;
	if (argc != 1 || !serve_is_wanted()) {
		fputs("stowage-scale: to be started by stowage only\n", stderr);
		return 2;
	}
	clearenv();
	mallopt(M_MMAP_THRESHOLD, BLOCK_KEPT_MAX);
	mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT_MAX);
	if (sandbox_enter(&sandbox, &err) < 0) {
		fprintf(stderr, "stowage-scale: %s\n", err.text);
		return EXIT_FAILURE;
	}
	_exit(serve(&program));
}
