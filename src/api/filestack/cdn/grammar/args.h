/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of one task as values, by the table of tasks.h: checked,
 * brought into their ranges, and defaults where nothing was said.
 */
#ifndef API_FILESTACK_CDN_GRAMMAR_ARGS_H
#define API_FILESTACK_CDN_GRAMMAR_ARGS_H

#include "api/filestack/cdn/chain/chain.h"
#include "api/filestack/cdn/grammar/tasks.h"

struct cdn_value {
	bool is_given; /* by the chain */
	bool has;      /* or by the table */
	int word;      /* its place in the table's words; -1: none */
	double number; /* a flag is 0 or 1 */
	uint32_t color;
	unsigned place; /* an IMAGE_FOCUS_* */
	struct str text;
	/* of CDN_NUMBERS; of CDN_REGIONS one behind the other */
	const double *numbers;
	size_t n_numbers;
};

struct cdn_args {
	enum cdn_task task;
	const struct chain_task *from;
	struct cdn_value values[CDN_PARAMS_MAX];
};

/* Of a task that is offered. ERR_INVALID: an unknown parameter, a value that it
 * cannot have, or an equals sign with nothing behind it. Of `metadata` the
 * values are absent: names of fields are parameters there. */
int cdn_args_read(const struct chain_task *from, struct arena *arena,
		  struct cdn_args *out, struct err *err) MUST_CHECK;

/* ERR_INVALID: the parameter was not given. */
int cdn_args_need(const struct cdn_args *args, unsigned param,
		  struct err *err) MUST_CHECK;

#endif
