/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader connections, lent to one db_read() at a time.
 */
#ifndef DB_READERS_H
#define DB_READERS_H

#include "db/connection.h"

struct readers;

int readers_open(struct readers **out, const struct db_place *place, unsigned n,
		 enum connection_kind kind, struct err *err) MUST_CHECK;
/* Nobody reads any more. NULL is fine. */
void readers_close(struct readers *readers);

/* limit: NULL, or as for db_read_within(). */
int readers_run(struct readers *readers, const struct db_limit *limit,
		db_fn *fn, void *arg, struct err *err) MUST_CHECK;

/* Without running a transaction: to look at the database while it is opened */
struct connection *readers_take(struct readers *readers);
void readers_give(struct readers *readers, struct connection *connection);

#endif
