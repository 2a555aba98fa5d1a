/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack: the connection used last is lent first, its statements and pages
 * are still warm. POSIX locks rather than GLib's, because the thread
 * sanitizers see those only.
 */
#include "db/readers.h"

#include <glib.h>
#include <pthread.h>

struct readers {
	pthread_mutex_t lock;
	pthread_cond_t given;
	unsigned waiting;
	unsigned n; /* free ones */
	struct connection *free[];
};

int readers_open(struct readers **out, const struct db_place *place, unsigned n,
		 enum connection_kind kind, struct err *err)
{
	struct readers *readers =
		g_malloc0(sizeof(*readers) + n * sizeof(struct connection *));
	pthread_mutex_init(&readers->lock, NULL);
	pthread_cond_init(&readers->given, NULL);
	for (; readers->n < n; readers->n++) {
		if (connection_open(&readers->free[readers->n], place, kind,
				    err) < 0) {
			readers_close(readers);
			return -1;
		}
	}
	*out = readers;
	return 0;
}

void readers_close(struct readers *readers)
{
	if (readers == NULL)
		return;
	while (readers->n > 0)
		connection_close(readers->free[--readers->n]);
	pthread_cond_destroy(&readers->given);
	pthread_mutex_destroy(&readers->lock);
	g_free(readers);
}

struct connection *readers_take(struct readers *readers)
{
	pthread_mutex_lock(&readers->lock);
	readers->waiting++;
	while (readers->n == 0)
		pthread_cond_wait(&readers->given, &readers->lock);
	readers->waiting--;
	struct connection *connection = readers->free[--readers->n];
	pthread_mutex_unlock(&readers->lock);
	return connection;
}

void readers_give(struct readers *readers, struct connection *connection)
{
	pthread_mutex_lock(&readers->lock);
	readers->free[readers->n++] = connection;
	bool wake = readers->waiting > 0;
	pthread_mutex_unlock(&readers->lock);
	if (wake)
		pthread_cond_signal(&readers->given);
}

int readers_run(struct readers *readers, db_fn *fn, void *arg, struct err *err)
{
	struct connection *connection = readers_take(readers);
	struct db_tx tx = {.connection = connection};
	int result = connection_begin_read(connection, err);
	if (result == 0) {
		result = fn(&tx, arg, err);
		connection_rollback(connection);
	}
	readers_give(readers, connection);
	return result;
}
