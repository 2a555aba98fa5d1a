/* SPDX-License-Identifier: Apache-2.0 */
#include "db/connection.h"

#include <stdatomic.h>

int connection_open(struct connection **out, const struct db_place *place,
		    enum connection_kind kind, struct err *err)
{
	struct connection *connection;
	if (place->driver->open(&connection, place->path, kind, err) < 0)
		return -1;
	connection->driver = place->driver;
	connection->patient_until = place->patient_until;
	connection->statements = g_hash_table_new(NULL, NULL);
	*out = connection;
	return 0;
}

void connection_close(struct connection *connection)
{
	if (connection == NULL)
		return;
	connection_forget_statements(connection);
	connection->driver->close(connection);
}

int connection_begin_read(struct connection *connection, struct err *err)
{
	return connection->driver->begin_read(connection, err);
}

int connection_begin_write(struct connection *connection, struct err *err)
{
	return connection->driver->begin_write(connection, err);
}

int connection_commit(struct connection *connection, struct err *err)
{
	connection_end_statements(connection);
	return connection->driver->commit(connection, err);
}

void connection_rollback(struct connection *connection)
{
	connection_end_statements(connection);
	connection->driver->rollback(connection);
}

bool connection_lost(struct connection *connection)
{
	return connection->driver->is_lost(connection);
}

bool connection_hurries(const struct connection *connection)
{
	return connection->patient_until &&
	       g_get_monotonic_time() >= atomic_load(connection->patient_until);
}
