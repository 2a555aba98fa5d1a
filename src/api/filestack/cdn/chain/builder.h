/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks one behind the other, within their limits, wherever they were read.
 */
#ifndef API_FILESTACK_CDN_CHAIN_BUILDER_H
#define API_FILESTACK_CDN_CHAIN_BUILDER_H

#include "api/filestack/cdn/chain/chain.h"

struct builder {
	struct arena *arena;
	struct err *err;
	struct chain_task *tasks;
	unsigned n;
	struct chain_task *last, **next_task;
	struct chain_param **next_param; /* of the last task */
	unsigned n_params;
};

void builder_init(struct builder *builder, struct arena *arena,
		  struct err *err);

/* Texts are kept as they are. ERR_LIMIT, or ERR_INVALID for what is no UTF-8.
 */
int builder_task(struct builder *builder, struct str name) MUST_CHECK;
/* Of the last task, which has an equals sign then. */
int builder_param(struct builder *builder, struct str key,
		  struct str value) MUST_CHECK;

/* ERR_INVALID unless text is UTF-8. */
int builder_check_text(struct builder *builder, struct str text) MUST_CHECK;

#endif
