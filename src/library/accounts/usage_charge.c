/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charging an account for what it stores, in the transaction that stores it.
 */
#include "library/accounts/usage_charge.h"

#include <glib.h>
#include <time.h>

int64_t usage_period(int64_t ms)
{
	struct tm date = {0};
	time_t seconds = (time_t)(ms / 1000);
	gmtime_r(&seconds, &date);
	return (date.tm_year + 1900) * 100 + date.tm_mon + 1;
}

static int64_t as_limit(uint64_t limit)
{
	return (int64_t)MIN(limit, (uint64_t)INT64_MAX);
}

/* Says which limit has kept the row from changing. */
static int refuse(struct db_tx *tx, const struct usage_charge *charge,
		  struct err *err)
{
	int64_t stored = 0;
	int found = db_query_int(
		tx, "SELECT storage_bytes FROM usage WHERE account_id = $1",
		DB_ARGS(DB_INT(charge->account_id)), &stored, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return err_set(err, ERR_CORRUPT,
			       "The account has no row for its usage.");
	if (charge->max_storage_bytes && charge->added >= 0 &&
	    stored + charge->added > as_limit(charge->max_storage_bytes))
		return err_set(err, ERR_QUOTA, "Storage limit exceeded");
	if (usage_check_room(tx, charge->account_id, err) < 0)
		return -1;
	return err_set(err, ERR_QUOTA, "Upload limit of this month exceeded");
}

static int64_t max_items(const struct usage_charge *charge)
{
	return charge->max_storage_bytes
		       ? ITEMS_FREE + as_limit(charge->max_storage_bytes) /
					      ITEM_BYTES
		       : 0;
}

/* One statement asks and changes: it is exact also where a database runs
 * transactions side by side. */
int usage_charge(struct db_tx *tx, const struct usage_charge *charge,
		 struct err *err)
{
	int changed = db_change(
		tx,
		"UPDATE usage SET storage_bytes = storage_bytes + $2,"
		" upload_count = CASE WHEN period < $3 THEN 1"
		" ELSE upload_count + 1 END,"
		" bandwidth_bytes = CASE WHEN period < $3 THEN 0"
		" ELSE bandwidth_bytes END,"
		" period = CASE WHEN period < $3 THEN $3 ELSE period END,"
		" item_count = item_count + $6"
		" WHERE account_id = $1"
		" AND ($4 = 0 OR $2 < 0 OR storage_bytes + $2 <= $4)"
		" AND ($5 = 0 OR period < $3 OR upload_count < $5)"
		" AND ($7 = 0 OR $6 <= 0 OR item_count + $6 <= $7)",
		DB_ARGS(DB_INT(charge->account_id), DB_INT(charge->added),
			DB_INT(usage_period(charge->now)),
			DB_INT(as_limit(charge->max_storage_bytes)),
			DB_INT(as_limit(charge->max_uploads)),
			DB_INT(charge->items), DB_INT(max_items(charge))),
		err);
	if (changed == 0)
		return refuse(tx, charge, err);
	return changed < 0 ? -1 : 0;
}

int usage_charge_bytes(struct db_tx *tx, const struct usage_charge *charge,
		       struct err *err)
{
	int changed = db_change(
		tx,
		"UPDATE usage SET storage_bytes = storage_bytes + $2"
		" WHERE account_id = $1"
		" AND ($3 = 0 OR $2 <= 0 OR storage_bytes + $2 <= $3)",
		DB_ARGS(DB_INT(charge->account_id), DB_INT(charge->added),
			DB_INT(as_limit(charge->max_storage_bytes))),
		err);
	if (changed == 0)
		return err_set(err, ERR_QUOTA, "Storage limit exceeded");
	return changed < 0 ? -1 : 0;
}

int usage_discharge(struct db_tx *tx, const struct usage_charge *freed,
		    struct err *err)
{
	return db_exec(tx,
		       "UPDATE usage SET storage_bytes = storage_bytes - $2,"
		       " item_count = item_count - $3 WHERE account_id = $1",
		       DB_ARGS(DB_INT(freed->account_id), DB_INT(freed->added),
			       DB_INT(freed->items)),
		       err);
}

int usage_check_room(struct db_tx *tx, int64_t account_id, struct err *err)
{
	int64_t one;
	int full = db_query_int(
		tx,
		"SELECT 1 FROM usage u JOIN account a ON a.id = u.account_id"
		" WHERE u.account_id = $1 AND a.max_storage_bytes IS NOT NULL"
		" AND u.item_count >= $2 + a.max_storage_bytes / $3",
		DB_ARGS(DB_INT(account_id), DB_INT(ITEMS_FREE),
			DB_INT(ITEM_BYTES)),
		&one, err);
	if (full > 0)
		return err_set(err, ERR_QUOTA,
			       "Storage limit exceeded: too many files, "
			       "versions and folders");
	return full;
}

int usage_count_folders(struct db_tx *tx, int64_t account_id, int64_t n,
			struct err *err)
{
	return db_exec(tx,
		       "UPDATE usage SET item_count = item_count + $2"
		       " WHERE account_id = $1",
		       DB_ARGS(DB_INT(account_id), DB_INT(n)), err);
}

int usage_insert(struct db_tx *tx, int64_t account_id, struct err *err)
{
	return db_exec(
		tx,
		"INSERT INTO usage (account_id, storage_bytes, period,"
		" upload_count, bandwidth_bytes) VALUES ($1, 0, 0, 0, 0)",
		DB_ARGS(DB_INT(account_id)), err);
}
