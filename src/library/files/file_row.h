/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of a file as every look-up selects them: one list gives the SQL
 * text and the numbers of the columns. Private to src/library.
 */
#ifndef LIBRARY_FILE_ROW_H
#define LIBRARY_FILE_ROW_H

#include "db/db.h"
#include "library/files/file.h"

/* clang-format off */
/* name, where it is for a current version, where for an old one */
#define FILE_COLUMNS(X) \
	X(ID,                 "f.id",                 "f.id") \
	X(ACCOUNT_ID,         "f.account_id",         "f.account_id") \
	X(PATH,               "f.path",               "f.path") \
	X(FOLDER,             "f.folder",             "f.folder") \
	X(NAME,               "f.name",               "f.name") \
	X(ORIGIN,             "f.origin",             "f.origin") \
	X(ACCESS,             "f.access",             "v.access") \
	X(PUBLIC_KEY,         "f.public_key",         "f.public_key") \
	X(PUBLISHED,          "f.published",          "v.published") \
	X(CREATED,            "f.created_at",         "v.created_at") \
	X(UPDATED,            "f.updated_at",         "v.updated_at") \
	X(CONTENT,            "f.content_at",         "v.created_at") \
	X(EXPIRES,            "f.expires_at",         "f.expires_at") \
	X(VERSION_ID,         "f.version_id",         "v.id") \
	X(VERSION_NUMBER,     "f.version_number",     "v.number") \
	X(LAST_NUMBER,        "f.last_number",        "f.last_number") \
	X(OLDER_VERSIONS,     "f.older_versions",     "f.older_versions") \
	X(BLOB_ID,            "f.blob_id",            "v.blob_id") \
	X(SIZE,               "f.size",               "v.size") \
	X(TYPE,               "f.type",               "v.type") \
	X(WIDTH,              "f.width",              "v.width") \
	X(HEIGHT,             "f.height",             "v.height") \
	X(ALPHA,              "f.has_alpha",          "v.has_alpha") \
	X(TAGS,               "f.tags",               "v.tags") \
	X(CUSTOM_COORDINATES, "f.custom_coordinates", "v.custom_coordinates") \
	X(CUSTOM_METADATA,    "f.custom_metadata",    "v.custom_metadata") \
	X(EMBEDDED_METADATA,  "f.embedded_metadata",  "v.embedded_metadata") \
	X(DESCRIPTION,        "f.description",        "v.description") \
	X(PROVIDER,           "f.provider",           "f.provider") \
	X(CONTAINER,          "f.container",          "f.container") \
	X(CHECKSUM,           "b.checksum",           "b.checksum")
/* clang-format on */

#define FILE_COLUMN_NUMBER(name, current, old) COL_##name,
#define FILE_COLUMN_CURRENT(name, current, old) current ", "
#define FILE_COLUMN_OLD(name, current, old) old ", "

enum {
	FILE_COLUMNS(FILE_COLUMN_NUMBER) COL_INLINE,
	COL_BYTES, /* only where the bytes were asked for */
};

#define SELECT_INLINE "CASE WHEN b.inline_bytes IS NULL THEN 0 ELSE 1 END"
#define SELECT_FILE "SELECT " FILE_COLUMNS(FILE_COLUMN_CURRENT) SELECT_INLINE
#define FROM_FILE " FROM file f JOIN blob b ON b.id = f.blob_id"
/* Versions that are not current. */
#define SELECT_VERSION "SELECT " FILE_COLUMNS(FILE_COLUMN_OLD) SELECT_INLINE
#define FROM_VERSION                                                           \
	" FROM version v JOIN file f ON f.id = v.file_id"                      \
	" JOIN blob b ON b.id = v.blob_id"

/* The row that stmt, a SELECT_FILE or SELECT_VERSION, stands on (is_old is the
 * caller's to set). ERR_CORRUPT. */
int file_row_read(struct db_stmt *stmt, struct arena *arena, struct file *out,
		  struct err *err) MUST_CHECK;
/* The bytes of that row, selected behind the others, checked: ERR_CORRUPT. */
int file_row_bytes(struct db_stmt *stmt, struct arena *arena, struct file *out,
		   struct err *err) MUST_CHECK;

#endif
