/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer thread: group commit. The contract is db_write()'s in db.h.
 */
#ifndef DB_WRITER_H
#define DB_WRITER_H

#include "db/connection.h"
#include "db/db.h"

struct writer;

/* The connection is the writer's until writer_stop() gives it back, unless it
 * fails. */
int writer_start(struct writer **out, struct connection *connection,
		 struct err *err) MUST_CHECK;
/* Finishes what waits and refuses what comes later. NULL is fine. */
struct connection *writer_stop(struct writer *writer);

int writer_submit(struct writer *writer, struct db_job *job,
		  struct err *err) MUST_CHECK;
int writer_run(struct writer *writer, const struct db_turn *turn,
	       struct err *err) MUST_CHECK;
/* db_spare() */
const _Atomic int64_t *writer_spare(const struct writer *writer);
void writer_on_commit(struct writer *writer, db_commit_fn *fn, void *user);
void writer_on_told(struct writer *writer, db_told_fn *fn, void *user);

#endif
