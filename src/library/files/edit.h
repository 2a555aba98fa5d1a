/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing files without new content: what describes them, and where they are.
 * All calls block. An expired file counts as absent.
 */
#ifndef LIBRARY_FILES_EDIT_H
#define LIBRARY_FILES_EDIT_H

#include "library/files/file.h"

enum edit_column {
	EDIT_TAGS = 1,
	EDIT_CUSTOM_COORDINATES = 2,
	EDIT_CUSTOM_METADATA = 4,
	EDIT_DESCRIPTION = 8,
	EDIT_DRAFT = 16,
};

struct file_edit {
	unsigned columns;              /* enum edit_column; others stay */
	struct str tags;               /* JSON array text; STR_NONE: none */
	struct str custom_coordinates; /* STR_NONE: none */
	struct str description;        /* STR_NONE: none */
	struct str custom_metadata;    /* JSON object text, laid over what is
					  there: null takes a member away */
	bool draft;
	bool all_versions;          /* draft: of old versions too */
	uint64_t max_storage_bytes; /* of the account, 0: none */
};

/* 1 and *out as it is now, 0 absent, -1. ERR_LIMIT: the custom metadata would
 * be longer than EDIT_METADATA_MAX bytes; ERR_QUOTA: the file would count more
 * than the account has room for; ERR_BUSY: others change it all the time. */
#define EDIT_METADATA_MAX (64u * 1024)
int file_edit(const struct view *view, const struct id *id,
	      const struct file_edit *edit, struct file *out,
	      struct err *err) MUST_CHECK;

enum tag_outcome {
	TAGS_DONE,
	TAGS_MISSING,  /* no such file */
	TAGS_TOO_LONG, /* its tags together would be over max_characters */
	TAGS_DAMAGED,  /* its row is: the others go on */
};

/* Adds tags to files, or takes them off; one that is there, or is not, is no
 * error. When a file is missing nothing is changed. Files whose tags become too
 * long stay as they are, the others change. Each is a write of its own: when
 * one fails, as with ERR_QUOTA, others may have changed. */
struct tag_edit {
	const struct id *ids; /* 1..FILE_BULK_MAX */
	size_t n_ids;
	const struct str *tags;
	size_t n_tags;
	bool remove;
	size_t max_characters;      /* of all tags of a file */
	uint64_t max_storage_bytes; /* of the account, 0: none */
};
int file_edit_tags(const struct view *view, const struct tag_edit *edit,
		   enum tag_outcome *outcomes, struct err *err) MUST_CHECK;

/*
 * Copies or moves a file to another path of its account. Missing folders are
 * made. A file that is there already keeps its id and gets the newcomer's
 * content as a new version (moving: with the newcomer's older versions below
 * it); a file on its own path is ERR_INVALID. The file is
 * then as closed as the stricter of both, and lives as long: one that would
 * expire sooner than what is there is ERR_EXISTS. A copy counts as an upload,
 * shares the bytes, gets a new id, and counts for the quota. 1 done, 0 no such
 * source, -1: ERR_INVALID for a path that path_valid() refuses, ERR_LIMIT when
 * there would be more than FILE_VERSIONS_MAX versions, ERR_QUOTA.
 */
struct file_relocation {
	int64_t account_id;
	struct str source, target; /* paths */
	bool copy;
	bool with_versions;   /* copy: old versions too */
	bool refuse_existing; /* ERR_EXISTS when the target is there */
	uint64_t max_storage_bytes, max_uploads; /* copy; 0: no limit */
};
int file_relocate(struct library *library, const struct file_relocation *how,
		  struct err *err) MUST_CHECK;

#endif
