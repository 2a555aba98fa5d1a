/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file's row as every look-up selects it. Private to src/library.
 */
#ifndef LIBRARY_FILES_FILE_ROW_H
#define LIBRARY_FILES_FILE_ROW_H

#include "db/db.h"
#include "library/files/file.h"
#include "library/files/file_columns.h"
#include "library/stores.h"

#define FILE_COLUMN_NUMBER(column, old, kind, field, key) COL_##field,
#define FILE_COLUMN_CURRENT(column, old, kind, field, key) "f." column ", "
#define FILE_COLUMN_OLD(column, old, kind, field, key) old ", "

enum {
	FILE_COLUMNS(FILE_COLUMN_NUMBER) COL_CHECKSUM,
	COL_INLINE,
	COL_STORE,
	COL_STORE_KEY,
	COL_EXTENTS,
	COL_OLD,
	COL_BYTES, /* only where the bytes were asked for */
};

#define SELECT_BLOB                                                            \
	"b.checksum, CASE WHEN b.inline_bytes IS NULL THEN 0 ELSE 1 "          \
	"END, " SELECT_LOCATION ", b.extents"
#define SELECT_FILE                                                            \
	"SELECT " FILE_COLUMNS(FILE_COLUMN_CURRENT) SELECT_BLOB ", 0"
#define FROM_FILE " FROM file f JOIN blob b ON b.id = f.blob_id"
#define SELECT_FILE_BY_ID SELECT_FILE FROM_FILE " WHERE f.id = $1"
/* Versions that are not current. */
#define SELECT_VERSION "SELECT " FILE_COLUMNS(FILE_COLUMN_OLD) SELECT_BLOB ", 1"
#define FROM_VERSION                                                           \
	" FROM version v JOIN file f ON f.id = v.file_id"                      \
	" JOIN blob b ON b.id = v.blob_id"

/* The row that stmt, a SELECT_FILE or SELECT_VERSION, stands on. ERR_CORRUPT.
 */
int file_row_read(struct db_stmt *stmt, struct arena *arena, struct file *out,
		  struct err *err) MUST_CHECK;
/* The row of a file, or of an old version: 1, 0 it is not there, -1. */
int file_row_find(const struct view *view, const struct id *id,
		  struct file *out, struct err *err) MUST_CHECK;
int version_row_find(const struct view *view, const struct id *id,
		     struct file *out, struct err *err) MUST_CHECK;
/* That of a file which an index has just named: ERR_CORRUPT when it is not
 * there. */
int file_row_load(const struct view *view, const struct id *id,
		  struct file *out, struct err *err) MUST_CHECK;
/* The bytes of that row, selected behind the others, checked: ERR_CORRUPT. */
int file_row_bytes(struct db_stmt *stmt, struct arena *arena, struct file *out,
		   struct err *err) MUST_CHECK;

#endif
