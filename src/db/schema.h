/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The migrations: the files of schema/, as scripts/embed-schema turned them
 * into text at build time.
 */
#ifndef DB_SCHEMA_H
#define DB_SCHEMA_H

#include <stddef.h>

struct schema_step {
	int number;         /* 1, 2, 3 ... without gaps; steps are in order */
	const char *name;   /* of the file, without .sql: 0001_library */
	const char *sql;    /* statements, each ended by a semicolon */
	const char *driver; /* the only one that runs it; NULL: each does */
};

/* A number may come twice: what one driver does besides comes after what each
 * does, from the file 0001_library.DRIVER.sql. */
extern const struct schema_step schema_steps[];
extern const size_t schema_steps_count;

#endif
