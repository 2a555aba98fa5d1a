/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked about a content: plans, which stand where those of pictures do
 * in the keys of what is made (derive/key.h). And what is answered about the
 * whole of it; about a page: recognition/page.h.
 *
 *     recognise info
 *     recognise page=3 fine=0 languages=eng+deu data=5f...
 *
 * `data` differs where other training data is in use.
 */
#ifndef RECOGNITION_PLAN_H
#define RECOGNITION_PLAN_H

#include "base/arena.h"
#include "base/err.h"

#define RECOGNITION_TYPE "application/json" /* of both answers */

struct recognition_plan {
	unsigned page; /* from 1; 0: about the whole */
	bool fine;
	struct str languages, data;
};

/* In the arena. */
struct str recognition_plan_write(struct arena *arena,
				  const struct recognition_plan *plan);
/* False: it is about something else. */
bool recognition_plan_read(struct str plan, struct recognition_plan *out);

struct recognition_info {
	uint32_t pages;
	bool is_document; /* of pages, not a picture, which has one */
};

/* JSON, in the arena. */
struct str recognition_info_write(struct arena *arena,
				  const struct recognition_info *info);
/* -1, ERR_INTERNAL: not what the other one writes. */
int recognition_info_read(struct arena *arena, struct str json,
			  struct recognition_info *out,
			  struct err *err) MUST_CHECK;

#endif
