/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the text of pictures and documents: the renderers make grey pixels of a
 * page, a pool of stowage-ocr reads them. Whoever asks is called when the
 * answer is there, which is JSON in a memory file (recognition/plan.h, page.h).
 * What is kept of answers, and who may ask: not here.
 *
 * Pixels are what costs: a page in them takes up to 40 MB, and its reading
 * several times as much and seconds. So pages wait before they are rendered: no
 * more of up to RECOGNISER_LARGE are in pixels than there are processes and
 * one, and one that is larger. Accounts take turns, a page each, and so do an
 * account's guests (base/threads/turns.h).
 */
#ifndef RECOGNITION_RECOGNISER_H
#define RECOGNITION_RECOGNISER_H

#include "derive/derive.h"
#include "image/renderers.h"
#include "recognition/training.h"

#define RECOGNISER_LARGE (16u * 1000 * 1000) /* pixels */

struct recogniser;

struct recogniser_options {
	struct renderers *renderers; /* outlive it */
	const char *program;         /* path of stowage-ocr */
	const struct training *training;
	unsigned helpers;    /* processes, at most; started when first needed */
	unsigned timeout_ms; /* for one page, once a process has it */
	unsigned queue_max;  /* pages that wait, half of them of an account */
};

/* ERR_INTERNAL: the program cannot be executed. */
int recogniser_new(struct recogniser **out,
		   const struct recogniser_options *options,
		   struct err *err) MUST_CHECK;
/* From `within_ms` on pages without an answer end with ERR_BUSY. */
void recogniser_stop(struct recogniser *recogniser, unsigned within_ms);
/* Ends what is left, of the renderers as well. NULL is fine. */
void recogniser_free(struct recogniser *recogniser);

/* How many pages are read at once. */
unsigned recogniser_helpers(const struct recogniser *recogniser);

/* The plan of a job about all of a content, page 0, or a page from 1 on. */
struct str recogniser_plan(const struct recogniser *recogniser,
			   struct arena *arena, unsigned page, bool fine);

/*
 * One such job of one input, as derive_renderer.render has it. Its `done` gets
 * ERR_INVALID (no picture or document that can be read, no such page, or two
 * processes died of it), ERR_TOO_LARGE, ERR_TIMEOUT (a page took longer than it
 * may), ERR_BUSY (also: it did because others had the processor), or
 * ERR_INTERNAL (nonsense; no process can be started).
 */
int recogniser_read(struct recogniser *recogniser, struct derive_job *job,
		    struct err *err) MUST_CHECK;

/* The renderers' own, with such jobs besides. */
struct derive_renderer recogniser_renderer(struct recogniser *recogniser);

#endif
