/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The usage rows, and what is added up in memory before it goes there.
 *
 * An upload or delete changes its account's row once, in its own transaction.
 * Bytes sent and uses of keys are counters in memory that never go back;
 * usage_flush() writes what has been added since it last did.
 */
#include "library/accounts/usage.h"
#include "base/clock.h"
#include "library/accounts/usage_charge.h"
#include "library/library_internal.h"

#include <stdatomic.h>
#include <time.h>

struct usage_counter {
	struct usage_counter *next; /* never changes */
	int64_t id;
	/* account: bytes sent; key: when it was used last */
	_Atomic int64_t value;
	int64_t written; /* of value; guarded by usage_lock */
};

/* Counters: lists that only grow, so that no reader needs a lock */

void usage_init(struct library *library)
{
	g_rw_lock_init(&library->usage_lock);
}

static void counters_free(struct usage_counters *counters)
{
	for (size_t i = 0; i < USAGE_BUCKETS; i++) {
		struct usage_counter *next, *counter;
		counter = atomic_load(&counters->buckets[i]);
		for (; counter; counter = next) {
			next = counter->next;
			g_free(counter);
		}
	}
}

void usage_release(struct library *library)
{
	counters_free(&library->sent);
	counters_free(&library->used);
	g_rw_lock_clear(&library->usage_lock);
}

static struct usage_counter *counter_find(struct usage_counter *first,
					  int64_t id)
{
	while (first && first->id != id)
		first = first->next;
	return first;
}

static struct usage_counter *_Atomic *bucket_of(struct usage_counters *counters,
						int64_t id)
{
	return &counters->buckets[(uint64_t)id % USAGE_BUCKETS];
}

static struct usage_counter *counter_of(struct usage_counters *counters,
					int64_t id)
{
	struct usage_counter *_Atomic *bucket = bucket_of(counters, id);
	struct usage_counter *first = atomic_load(bucket);
	struct usage_counter *counter = counter_find(first, id);
	if (counter)
		return counter;
	struct usage_counter *fresh = g_new0(struct usage_counter, 1);
	fresh->id = id;
	fresh->next = first;
	while (!atomic_compare_exchange_weak(bucket, &first, fresh)) {
		counter = counter_find(first, id);
		if (counter) {
			g_free(fresh);
			return counter;
		}
		fresh->next = first;
	}
	return fresh;
}

void usage_add_bandwidth(struct library *library, int64_t account_id,
			 uint64_t bytes)
{
	atomic_fetch_add_explicit(
		&counter_of(&library->sent, account_id)->value, (int64_t)bytes,
		memory_order_relaxed);
}

void usage_key_used(struct library *library, int64_t key_id)
{
	atomic_store_explicit(&counter_of(&library->used, key_id)->value,
			      now_ms(), memory_order_relaxed);
}

/* Flushing */

struct change {
	struct usage_counter *counter;
	int64_t value;
};

struct flush_call {
	GArray *sent, *used; /* of struct change */
	int64_t now;
};

static GArray *changes_of(struct usage_counters *counters)
{
	GArray *changes = g_array_new(FALSE, FALSE, sizeof(struct change));
	for (size_t i = 0; i < USAGE_BUCKETS; i++) {
		struct change change;
		change.counter = atomic_load(&counters->buckets[i]);
		for (; change.counter; change.counter = change.counter->next) {
			change.value = atomic_load(&change.counter->value);
			if (change.value != change.counter->written)
				g_array_append_val(changes, change);
		}
	}
	return changes;
}

static void changes_written(GArray *changes)
{
	for (guint i = 0; i < changes->len; i++) {
		const struct change *change =
			&g_array_index(changes, struct change, i);
		change->counter->written = change->value;
	}
}

static int write_sent(struct db_tx *tx, const struct change *change,
		      int64_t now, struct err *err)
{
	return db_exec(
		tx,
		"UPDATE usage SET bandwidth_bytes = CASE WHEN period < $3"
		" THEN $2 ELSE bandwidth_bytes + $2 END,"
		" upload_count = CASE WHEN period < $3 THEN 0"
		" ELSE upload_count END,"
		" period = CASE WHEN period < $3 THEN $3 ELSE period END"
		" WHERE account_id = $1",
		DB_ARGS(DB_INT(change->counter->id),
			DB_INT(change->value - change->counter->written),
			DB_INT(usage_period(now))),
		err);
}

static int write_used(struct db_tx *tx, const struct change *change,
		      struct err *err)
{
	return db_exec(
		tx, "UPDATE api_key SET last_used_at = $2 WHERE id = $1",
		DB_ARGS(DB_INT(change->counter->id), DB_INT(change->value)),
		err);
}

static int flush_rows(struct db_tx *tx, void *arg, struct err *err)
{
	const struct flush_call *call = arg;
	for (guint i = 0; i < call->sent->len; i++)
		if (write_sent(tx, &g_array_index(call->sent, struct change, i),
			       call->now, err) < 0)
			return -1;
	for (guint i = 0; i < call->used->len; i++)
		if (write_used(tx, &g_array_index(call->used, struct change, i),
			       err) < 0)
			return -1;
	return 0;
}

/* Held across the transaction, so the lock comes before those of the database,
 * and nothing within a transaction may take it. */
int usage_flush(struct library *library, struct err *err)
{
	int result = 0;
	g_rw_lock_writer_lock(&library->usage_lock);
	g_autoptr(GArray) sent = changes_of(&library->sent);
	g_autoptr(GArray) used = changes_of(&library->used);
	struct flush_call call = {sent, used, now_ms()};
	if (sent->len || used->len)
		result = db_write(library->db, flush_rows, &call, err);
	if (result == 0) {
		changes_written(sent);
		changes_written(used);
	}
	g_rw_lock_writer_unlock(&library->usage_lock);
	return result;
}

/* Reading */

struct read_call {
	int64_t account_id, now;
	struct usage *out;
	bool found;
};

static int read_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct read_call *call = arg;
	struct db_stmt *stmt = db_query(
		tx,
		"SELECT storage_bytes, period, upload_count, bandwidth_bytes"
		" FROM usage WHERE account_id = $1",
		DB_ARGS(DB_INT(call->account_id)));
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	int64_t period = db_int(stmt, 1);
	int64_t current = usage_period(call->now);
	bool running = period >= current;
	call->found = true;
	*call->out = (struct usage){
		.storage_bytes = (uint64_t)MAX(db_int(stmt, 0), 0),
		.upload_count = running ? (uint64_t)db_int(stmt, 2) : 0,
		.bandwidth_bytes = running ? (uint64_t)db_int(stmt, 3) : 0,
		.year = (int)(MAX(period, current) / 100),
		.month = (int)(MAX(period, current) % 100),
	};
	return 0;
}

/* The lock: what is being flushed is in the row or in memory, never in both. */
int usage_read(struct library *library, int64_t account_id, struct usage *out,
	       struct err *err)
{
	struct read_call call = {account_id, now_ms(), out, false};
	g_rw_lock_reader_lock(&library->usage_lock);
	int result = db_read(library->db, read_row, &call, err);
	const struct usage_counter *sent = counter_find(
		atomic_load(bucket_of(&library->sent, account_id)), account_id);
	if (result == 0 && call.found && sent)
		out->bandwidth_bytes +=
			(uint64_t)(atomic_load(&sent->value) - sent->written);
	g_rw_lock_reader_unlock(&library->usage_lock);
	if (result == 0 && !call.found)
		return err_set(err, ERR_NOT_FOUND, "There is no such account.");
	return result;
}
