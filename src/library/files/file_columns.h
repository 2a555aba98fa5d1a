/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of a file, each in one row: what is read, written, kept as a
 * version, told to webhooks and cached follows from it. A new column is a row
 * here, a member of struct file and a file in db/schema, which alters `file`
 * and, where an old version has it in its own row (v), `version`. What it is at
 * first, and whether it survives new content, is in put.c; what changes it in
 * edit.c. (docs/architecture.md has the way up to the API.)
 *
 * X(column of `file`, where an old version has it, kind, member of struct file,
 * member of an event's snapshot). An old version has what is in its own row (v)
 * and, of the rest, what the file has (f). Kinds:
 *
 *   ID       an id
 *   TEXT     a text that is always there
 *   OPT      a text or NULL
 *   INT      a number, an enum, a bool
 *   NONZERO  the same, NULL for 0: no search finds it by = 0
 *   NOT      the opposite of a bool
 *   ALPHA    enum alpha
 *   BLOB     the id of a blob: no snapshot has it
 *
 * The first two say which row it is and never change.
 */
#ifndef LIBRARY_FILES_FILE_COLUMNS_H
#define LIBRARY_FILES_FILE_COLUMNS_H

/* clang-format off */
#define FILE_COLUMNS(X) \
	X("id",                 "v.file_id",            ID,      id,                 "id") \
	X("account_id",         "f.account_id",         INT,     account_id,         "account") \
	X("path",               "f.path",               TEXT,    path,               "path") \
	X("folder",             "f.folder",             TEXT,    folder,             "folder") \
	X("name",               "f.name",               TEXT,    name,               "name") \
	X("origin",             "f.origin",             INT,     origin,             "origin") \
	X("access",             "v.access",             INT,     access,             "access") \
	X("public_key",         "f.public_key",         INT,     public_key,         "publicKey") \
	X("published",          "v.published",          NOT,     draft,              "draft") \
	X("created_at",         "f.created_at",         INT,     created_ms,         "created") \
	X("updated_at",         "v.updated_at",         INT,     updated_ms,         "updated") \
	X("content_at",         "v.created_at",         INT,     content_ms,         "content") \
	X("placed_at",          "f.placed_at",          NONZERO, placed_ms,          "placed") \
	X("modified_at",        "f.modified_at",        NONZERO, modified_s,         "modified") \
	X("expires_at",         "v.expires_at",         NONZERO, expires_ms,         "expires") \
	X("version_id",         "v.id",                 ID,      version_id,         "version") \
	X("version_number",     "v.number",             INT,     version_number,     "number") \
	X("last_number",        "f.last_number",        INT,     last_number,        "lastNumber") \
	X("older_versions",     "f.older_versions",     INT,     older_versions,     "olderVersions") \
	X("blob_id",            "v.blob_id",            BLOB,    blob_id,            "") \
	X("size",               "v.size",               INT,     size,               "size") \
	X("type",               "v.type",               TEXT,    type,               "type") \
	X("width",              "v.width",              NONZERO, width,              "width") \
	X("height",             "v.height",             NONZERO, height,             "height") \
	X("has_alpha",          "v.has_alpha",          ALPHA,   alpha,              "alpha") \
	X("tags",               "v.tags",               OPT,     tags,               "tags") \
	X("custom_coordinates", "v.custom_coordinates", OPT,     custom_coordinates, "customCoordinates") \
	X("custom_metadata",    "v.custom_metadata",    OPT,     custom_metadata,    "customMetadata") \
	X("embedded_metadata",  "v.embedded_metadata",  OPT,     embedded_metadata,  "embeddedMetadata") \
	X("description",        "v.description",        OPT,     description,        "description") \
	X("described",          "v.described",          INT,     described,          "described") \
	X("provider",           "f.provider",           OPT,     provider,           "provider") \
	X("container",          "f.container",          OPT,     container,          "container")
/* clang-format on */

#endif
