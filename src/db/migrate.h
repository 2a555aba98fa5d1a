/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings a database up to date, step by numbered step. The table schema_step
 * remembers which steps it has had.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db/connection.h"
#include "db/schema.h"

/* The missing steps run in one transaction, each together with its entry: all
 * of them or none. Other processes may try the same at the same time. Of a
 * database that has some already a copy is kept before. ERR_INVALID when the
 * database has a step that is not among these. */
int migrate(struct connection *connection, const struct schema_step *steps,
	    size_t n, struct err *err) MUST_CHECK;
/* The same for a database that has had no step, else migrate_check(). */
int migrate_new(struct connection *connection, const struct schema_step *steps,
		size_t n, struct err *err) MUST_CHECK;

/* Without changing anything: ERR_UNSUPPORTED when a step is missing,
 * ERR_INVALID when one is unknown. */
int migrate_check(struct connection *connection,
		  const struct schema_step *steps, size_t n,
		  struct err *err) MUST_CHECK;

#endif
