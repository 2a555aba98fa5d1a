/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stowage-ocr: the program that reads text in pictures, by Tesseract. Started
 * by a pool of the server only; reads the training data, shuts itself in, then
 * answers requests (recognition/protocol.h). Apart from that it tells which
 * languages there is training data for.
 */
#include "helpers/child/sandbox.h"
#include "helpers/child/serve.h"
#include "ocr/engine.h"
#include "ocr/page.h"
#include "ocr/read.h"
#include "recognition/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU_SECONDS_MAX 600

/* Replaced long before its CPU limit would kill it in the middle of a page. */
#define CPU_SECONDS (CPU_SECONDS_MAX / 2)

static const struct sandbox sandbox = {
	.memory_max = 1024u << 20,
	.output_max = OCR_OUTPUT_MAX,
	.cpu_seconds = CPU_SECONDS_MAX,
};

static struct engine *engine;

static bool is_side(uint32_t pixels)
{
	return pixels >= 1 && pixels <= OCR_SIDE_MAX;
}

static bool is_sound(const struct ocr_request *request, int fd)
{
	struct matrix matrix;
	struct stat state;
	memcpy(matrix.m, request->to_source, sizeof(matrix.m));
	if (!is_side(request->width) || !is_side(request->height) ||
	    !is_side(request->source_width) ||
	    !is_side(request->source_height) || !matrix_is_sound(&matrix) ||
	    (request->flags & ~(uint64_t)OCR_FINE) || fstat(fd, &state) != 0)
		return false;
	uint64_t pixels = (uint64_t)request->width * request->height;
	uint64_t size = (uint64_t)state.st_size;
	return pixels <= OCR_PIXELS_MAX && request->offset <= size &&
	       pixels <= size - request->offset;
}

static GString *read_page(const struct ocr_request *request,
			  const uint8_t *pixels)
{
	const struct picture picture = {
		.width = request->width,
		.height = request->height,
		.channels = 1,
		.stride = request->width,
		.pixels = (uint8_t *)(uintptr_t)pixels,
	};
	struct page_source source = {
		.width = request->source_width,
		.height = request->source_height,
	};
	struct matrix to_source;
	struct read_result result;
	memcpy(to_source.m, request->to_source, sizeof(to_source.m));
	found_init(&result.found);
	GString *page = NULL;
	if (read_picture(engine, &picture, request->flags & OCR_FINE,
			 &result) == 0) {
		source.from_found = matrix_then(&result.back, &to_source);
		page = page_write(&result.found, &source);
	}
	found_release(&result.found);
	return page;
}

static uint32_t recognise(const struct ocr_request *request, int fd,
			  struct serve_answer *answer)
{
	uint64_t size =
		request->offset + (uint64_t)request->width * request->height;
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return OCR_FAILED;
	GString *page = read_page(request, (uint8_t *)p + request->offset);
	uint32_t status = OCR_OK;
	if (page == NULL || page->len > OCR_OUTPUT_MAX ||
	    serve_output(answer, page->str, page->len) < 0)
		status = OCR_FAILED;
	if (page)
		g_string_free(page, TRUE);
	munmap(p, size);
	return status;
}

static void answer_page(const struct serve_job *job,
			struct serve_answer *answer)
{
	struct ocr_request request;
	struct ocr_reply reply = {.status = OCR_REFUSED};
	if (job->text.n == sizeof(request) && job->n_fds == 1) {
		memcpy(&request, job->text.p, sizeof(request));
		if (is_sound(&request, job->fds[0]))
			reply.status = recognise(&request, job->fds[0], answer);
	}
	memcpy(answer->text, &reply, sizeof(reply));
	answer->n = sizeof(reply);
}

static const struct serve_program program = {
	.greeting = OCR_GREETING,
	.cpu_seconds = CPU_SECONDS,
	.answer = answer_page,
};

static int list_languages(const char *tessdata)
{
	g_auto(GStrv) names = engine_languages(tessdata);
	for (char **name = names; *name; name++)
		puts(*name);
	return EXIT_SUCCESS;
}

static int run(const char *tessdata, const char *languages)
{
	struct err err;
	if (engine_open(tessdata, languages, &engine, &err) < 0 ||
	    sandbox_enter(&sandbox, &err) < 0) {
		fprintf(stderr, "stowage-ocr: %s\n", err.text);
		return EXIT_FAILURE;
	}
	/* libraries would like to tidy up with calls that are closed now */
	_exit(serve(&program));
}

int main(int argc, char **argv)
{
	const char *tessdata = NULL, *languages = NULL;
	bool lists = false, is_known = true;
	for (int i = 1; i < argc && is_known; i++) {
		if (strcmp(argv[i], "--list-languages") == 0)
			lists = true;
		else if (strcmp(argv[i], "--languages") == 0 && i + 1 < argc)
			languages = argv[++i];
		else if (strcmp(argv[i], "--tessdata") == 0 && i + 1 < argc)
			tessdata = argv[++i];
		else
			is_known = false;
	}
	clearenv();
	if (is_known && lists && languages == NULL)
		return list_languages(tessdata);
	if (is_known && !lists && languages && serve_is_wanted())
		return run(tessdata, languages);
	fputs("usage: stowage-ocr --list-languages [--tessdata DIR]\n"
	      "Otherwise it is to be started by stowage only.\n",
	      stderr);
	return 2;
}
