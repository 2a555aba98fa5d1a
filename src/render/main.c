/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stowage-render: the program that meets image decoders, so that the server
 * does not. Started by a pool of the server only, with an empty environment;
 * loads libvips, shuts itself in, then answers requests (image/protocol.h).
 */
#include "helpers/child/sandbox.h"
#include "helpers/child/serve.h"
#include "image/protocol.h"
#include "json/json.h"
#include "render/inspect.h"
#include "render/metadata.h"
#include "render/picture/job.h"
#include "render/text/fonts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CPU_SECONDS_MAX 600

/* A helper is replaced long before its CPU limit would kill it in the middle of
 * a request. */
#define CPU_SECONDS (CPU_SECONDS_MAX / 2)

static struct sandbox sandbox = {
	.memory_max = 1280u * 1024 * 1024, /* an AVIF of 100 megapixels */
	.output_max = RENDER_OUTPUT_MAX,
	.cpu_seconds = CPU_SECONDS_MAX,
};

/* Fill the reply from an image that is open, the info already there. */

static int inspect(struct source *source, struct render_reply *reply,
		   char *text, size_t *n, struct err *err)
{
	(void)source, (void)reply, (void)text, (void)n, (void)err;
	return 0;
}

static int embedded(struct source *source, struct render_reply *reply,
		    char *text, size_t *n, struct err *err)
{
	(void)reply, (void)err;
	*n = inspect_embedded(source, text);
	return 0;
}

static int metadata(struct source *source, struct render_reply *reply,
		    char *text, size_t *n, struct err *err)
{
	return metadata_read(source, &reply->metadata, text, n, err);
}

static const struct kind {
	uint32_t kind;
	int (*open)(struct source *source, int fd, uint64_t size,
		    struct err *err);
	int (*answer)(struct source *source, struct render_reply *reply,
		      char *text, size_t *n, struct err *err);
} kinds[] = {
	{RENDER_INSPECT, source_open, inspect},
	{RENDER_EMBEDDED, source_open, embedded},
	{RENDER_METADATA, source_open, metadata},
	{RENDER_DOCUMENT, source_open_picture, inspect},
};

static uint32_t status_of(const struct err *err)
{
	return err->code == ERR_TOO_LARGE ? RENDER_TOO_LARGE
					  : RENDER_UNREADABLE;
}

static int open_page(struct source *source, uint32_t page, struct err *err)
{
	const struct source_view view = {.page = (int)MIN(page - 1, INT_MAX)};
	bool is_there = source_format(source) == 0 &&
			page <= (uint32_t)source_pages(source);
	return is_there ? source_reopen(source, &view, err)
			: decode_unreadable(err);
}

static uint32_t read_image(const struct kind *kind, struct source *source,
			   struct render_reply *reply, char *text, size_t *n)
{
	struct err err;
	int result = inspect_image(source, &reply->info, &err);
	if (result == 0)
		result = kind->answer(source, reply, text, n, &err);
	return result == 0 ? RENDER_OK : status_of(&err);
}

static const struct kind *find_kind(const struct serve_job *job, uint32_t kind)
{
	if (job->text.n != sizeof(struct render_request) || job->n_fds != 1)
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return NULL;
}

static void answer_about(const struct serve_job *job,
			 const struct render_request *request,
			 struct render_reply *reply,
			 struct serve_answer *answer)
{
	const struct kind *kind = find_kind(job, request->kind);
	struct source source;
	struct err err;
	size_t n = 0;
	if (kind == NULL)
		return;
	if (kind->open(&source, job->fds[0], request->sizes[0], &err) < 0) {
		reply->status = status_of(&err);
		return;
	}
	if (request->page > 1 && open_page(&source, request->page, &err) < 0) {
		source_close(&source);
		reply->status = RENDER_UNREADABLE;
		return;
	}
	reply->status = read_image(kind, &source, reply,
				   answer->text + sizeof(*reply), &n);
	source_close(&source);
	answer->n += n;
}

static void answer_image(const struct serve_job *job,
			 struct serve_answer *answer)
{
	struct render_request request = {.kind = 0};
	struct render_reply reply = {.status = RENDER_REFUSED};
	answer->n = sizeof(reply);
	if (job->text.n >= sizeof(request))
		memcpy(&request, job->text.p, sizeof(request));
	if (request.kind == RENDER_PICTURE)
		job_answer(job, &request, &reply, answer);
	else
		answer_about(job, &request, &reply, answer);
	memcpy(answer->text, &reply, sizeof(reply));
}

_Static_assert(sizeof(struct render_reply) + RENDER_TEXT_MAX <= HELPER_TEXT_MAX,
	       "an answer is one message");

static const struct serve_program program = {
	.greeting = RENDER_GREETING,
	.cpu_seconds = CPU_SECONDS,
	.answer = answer_image,
};

int main(int argc, char **argv)
{
	struct err err;
	if (argc != 1 || !serve_is_wanted()) {
		fputs("stowage-render: to be started by stowage only\n",
		      stderr);
		return 2;
	}
	clearenv();
	json_object_seed(0); /* from a file, while there are files */
	if (decode_init(argv[0], &err) < 0 || fonts_open(&err) < 0) {
		fprintf(stderr, "stowage-render: %s\n", err.text);
		return EXIT_FAILURE;
	}
	sandbox.files = fonts_files(&sandbox.n_files);
	if (sandbox_enter(&sandbox, &err) < 0) {
		fprintf(stderr, "stowage-render: %s\n", err.text);
		return EXIT_FAILURE;
	}
	/* libraries would like to tidy up with calls that are closed now */
	_exit(serve(&program));
}
