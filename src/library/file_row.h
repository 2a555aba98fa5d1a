/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of a file as every look-up selects them: one list gives the SQL
 * text and the numbers of the columns. Private to src/library.
 */
#ifndef LIBRARY_FILE_ROW_H
#define LIBRARY_FILE_ROW_H

#include "library/library_internal.h"

/* clang-format off */
#define FILE_COLUMNS(X)                                                        \
	X(ID,                 "f.id")                                          \
	X(ACCOUNT_ID,         "f.account_id")                                  \
	X(PATH,               "f.path")                                        \
	X(FOLDER,             "f.folder")                                      \
	X(NAME,               "f.name")                                        \
	X(ORIGIN,             "f.origin")                                      \
	X(ACCESS,             "f.access")                                      \
	X(PUBLIC_KEY,         "f.public_key")                                  \
	X(CREATED,            "f.created_at")                                  \
	X(UPDATED,            "f.updated_at")                                  \
	X(EXPIRES,            "f.expires_at")                                  \
	X(VERSION_ID,         "f.version_id")                                  \
	X(VERSION_NUMBER,     "f.version_number")                              \
	X(BLOB_ID,            "f.blob_id")                                     \
	X(SIZE,               "f.size")                                        \
	X(TYPE,               "f.type")                                        \
	X(WIDTH,              "f.width")                                       \
	X(HEIGHT,             "f.height")                                      \
	X(TAGS,               "f.tags")                                        \
	X(CUSTOM_COORDINATES, "f.custom_coordinates")                          \
	X(CUSTOM_METADATA,    "f.custom_metadata")                             \
	X(PROVIDER,           "f.provider")                                    \
	X(CONTAINER,          "f.container")                                   \
	X(CHECKSUM,           "b.checksum")
/* clang-format on */

#define FILE_COLUMN_NUMBER(name, sql) COL_##name,
#define FILE_COLUMN_SQL(name, sql) sql ", "

enum {
	FILE_COLUMNS(FILE_COLUMN_NUMBER) COL_INLINE,
	COL_BYTES, /* only where the bytes were asked for */
};

#define SELECT_FILE                                                            \
	"SELECT " FILE_COLUMNS(FILE_COLUMN_SQL) " CASE WHEN b.inline_bytes "   \
						"IS NULL THEN 0 ELSE 1 END"
#define FROM_FILE " FROM file f JOIN blob b ON b.id = f.blob_id"

/* The row that stmt, a SELECT_FILE, stands on. ERR_CORRUPT. */
int file_row_read(struct db_stmt *stmt, struct arena *arena, struct file *out,
		  struct err *err) MUST_CHECK;

#endif
