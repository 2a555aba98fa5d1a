/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of the operator's that makes one file of another, or of a URL: run
 * without a shell, with what it is given in a directory of its own, in bounds,
 * and ended with its children.
 */
#ifndef CONVERT_PROGRAM_H
#define CONVERT_PROGRAM_H

#include "convert/wish.h"

#include "base/err.h"

struct program;
struct store_sink;

struct program_options {
	/* Words as a shell would read them; in each of them {in}, {out},
	 * {outdir}, {dir}, {format}, {pageformat}, {orientation}, {url},
	 * {width}, {height}, {delay}, {mode} and {agent} are replaced. */
	const char *line;
	const char *dir;     /* the data directory */
	unsigned timeout_ms; /* for one run */
	uint64_t memory;     /* of each of its processes, bytes of addresses */
};

/* Removes what an earlier life of the process has left. */
void program_sweep(const char *dir);
/* ERR_INVALID: no words, or no such program. */
int program_new(struct program **out, const struct program_options *options,
		struct err *err) MUST_CHECK;
/* NULL is fine. */
void program_free(struct program *command);

/* What one run is about. */
struct program_run {
	const struct convert_wish *wish;
	int fd; /* of a document, positioned reads only; -1: in bytes */
	struct str bytes;
	uint64_t limit; /* of what is made, bytes */
	struct store_sink *sink;
	bool (*goes_on)(void *user); /* asked a few times a second */
	void *user;
};

/* Blocks. ERR_INVALID: it made nothing of it; ERR_TOO_LARGE; ERR_TIMEOUT;
 * ERR_BUSY: goes_on() said no; ERR_NO_SPACE, ERR_INTERNAL. */
int program_run(const struct program *command, const struct program_run *run,
		struct err *err) MUST_CHECK;

#endif
