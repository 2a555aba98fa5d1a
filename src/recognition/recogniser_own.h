/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the recogniser share.
 */
#ifndef RECOGNITION_RECOGNISER_OWN_H
#define RECOGNITION_RECOGNISER_OWN_H

#include "base/threads/turns.h"
#include "helpers/pool.h"
#include "recognition/layout.h"
#include "recognition/recogniser.h"
#include "recognition/plan.h"

/* Sorts of what takes a place. */
enum {
	READING_USUAL,
	READING_LARGE,
};

struct recogniser {
	struct renderers *renderers;
	struct derive_renderer pictures;
	struct pool *pool;
	unsigned helpers;
	char *languages, *data;

	GMutex mutex; /* of what follows; held for moments only */
	GCond idle;
	struct turns turns;
	GHashTable *named; /* struct reading by its job */
	unsigned used;     /* jobs, and threads that are in here */
	int64_t stop_at;
};

#define RECOGNISER_WAIT_MS 60000 /* for a place */
#define READING_EARLY_MAX 8

/* One job on its way, in its arena. */
struct reading {
	struct turn turn; /* first */
	struct recogniser *recogniser;
	struct derive_job *job;
	struct recognition_plan plan;
	struct image_info info;
	struct layout layout;
	struct ocr_request request;
	bool holds; /* a place */
	/* Other guests that want it, too, and have come before it waits. */
	int64_t early[READING_EARLY_MAX];
	unsigned n_early;
	/* Once it has one. -1: it has not begun. */
	int (*render)(struct reading *reading, struct err *err);
	int pixels; /* a memory file; -1: none */
	int64_t began_us;
};

/* Keep the recogniser from being freed. */
void recogniser_use(struct recogniser *recogniser);
void recogniser_unuse(struct recogniser *recogniser);

/* Waits for a place, and has what has one begin, which may be another. */
void recogniser_enter(struct reading *reading, unsigned sort);
/* Answers, and has others begin. */
void recogniser_end(struct reading *reading, struct derive_output *out,
		    const struct err *err);

/* The steps of a job: its header, its pixels, its text. -1: nothing was begun,
 * and nobody is told. */
int reading_begin(struct reading *reading, struct err *err) MUST_CHECK;

#endif
