/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack: the connection used last is lent first, its statements and pages
 * are still warm. POSIX locks rather than GLib's, because the thread
 * sanitizers see those only.
 */
#include "db/readers.h"

#include <glib.h>
#include <pthread.h>

#define LOOK_US 20000

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
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&readers->given, &monotonic);
	pthread_condattr_destroy(&monotonic);
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

/* With a flag that nobody signals it is looked at now and then. */
static void wait_for_one(struct readers *readers, const struct db_limit *limit)
{
	int64_t until = INT64_MAX;
	if (limit && limit->until_us)
		until = limit->until_us;
	if (limit)
		until = MIN(until, g_get_monotonic_time() + LOOK_US);
	if (until == INT64_MAX) {
		pthread_cond_wait(&readers->given, &readers->lock);
		return;
	}
	struct timespec at = {until / G_USEC_PER_SEC,
			      until % G_USEC_PER_SEC * 1000};
	pthread_cond_timedwait(&readers->given, &readers->lock, &at);
}

/* NULL when the limit passes first. */
static struct connection *take(struct readers *readers,
			       const struct db_limit *limit)
{
	struct connection *connection = NULL;
	pthread_mutex_lock(&readers->lock);
	readers->waiting++;
	while (readers->n == 0 && !db_limit_passed(limit))
		wait_for_one(readers, limit);
	readers->waiting--;
	if (readers->n > 0)
		connection = readers->free[--readers->n];
	pthread_mutex_unlock(&readers->lock);
	return connection;
}

struct connection *readers_take(struct readers *readers)
{
	return take(readers, NULL);
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

static int too_long(struct err *err)
{
	return err_set(err, ERR_BUSY, "The read took too long.");
}

int readers_run(struct readers *readers, const struct db_limit *limit,
		db_fn *fn, void *arg, struct err *err)
{
	struct connection *connection = take(readers, limit);
	if (connection == NULL)
		return too_long(err);
	struct db_tx tx = {.connection = connection};
	connection->limit = limit;
	int result = connection_begin_read(connection, err);
	if (result == 0) {
		result = fn(&tx, arg, err);
		connection_rollback(connection);
	}
	connection->limit = NULL;
	readers_give(readers, connection);
	if (result < 0 && db_limit_passed(limit))
		return too_long(err);
	return result;
}
