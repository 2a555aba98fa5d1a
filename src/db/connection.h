/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection and its transactions, for the rest of src/db. Nothing above
 * src/db includes this. One thread uses a connection at a time; whoever hands
 * it on synchronizes.
 */
#ifndef DB_CONNECTION_H
#define DB_CONNECTION_H

#include "db/driver.h"

struct notes;

struct db_tx {
	struct connection *connection;
	struct notes *notes;           /* NULL while reading */
	const atomic_bool *is_awaited; /* db_is_awaited(); NULL: never */
};

/* What all connections of a struct db have in common. */
struct db_place {
	const struct db_driver *driver;
	const char *path;
	const _Atomic int64_t *patient_until; /* monotonic, microseconds */
};

int connection_open(struct connection **out, const struct db_place *place,
		    enum connection_kind kind, struct err *err) MUST_CHECK;
/* NULL is fine. */
void connection_close(struct connection *connection);

/* As those of the driver (driver.h); ending a transaction ends its statements.
 */
int connection_begin_read(struct connection *connection,
			  struct err *err) MUST_CHECK;
int connection_begin_write(struct connection *connection,
			   struct err *err) MUST_CHECK;
int connection_commit(struct connection *connection,
		      struct err *err) MUST_CHECK;
void connection_rollback(struct connection *connection);
bool connection_lost(struct connection *connection);

/* Ends all statements of the db_fn that has just run; statement.c. */
void connection_end_statements(struct connection *connection);
/* Frees those that are kept. */
void connection_forget_statements(struct connection *connection);

#endif
