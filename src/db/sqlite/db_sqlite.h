/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Databases in a file, through SQLite, for whoever opens one. What is done with
 * it is the same as with any other: db.h.
 */
#ifndef DB_SQLITE_DB_SQLITE_H
#define DB_SQLITE_DB_SQLITE_H

struct db_driver;

/* Of databases whose path is that of a file, which is made with mode 0600. */
extern const struct db_driver db_driver_sqlite;

/* The version of the SQLite that runs: "3.40.1". Static. */
const char *db_sqlite_version(void);

#endif
