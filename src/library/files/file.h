/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files: put, find, delete.
 *
 * A file has one id and one path, unique in its account: ImageKit's folder and
 * name, JigsawStack's key; Filestack and StashFyle, where names repeat, use
 * [folder/]UNIQUEID_name with the shown name beside it.
 */
#ifndef LIBRARY_FILES_FILE_H
#define LIBRARY_FILES_FILE_H

#include "base/arena.h"
#include "base/digest.h"
#include "library/files/access.h"
#include "library/origin.h"
#include "library/view.h"

#define FILE_PATH_MAX 1024 /* bytes of UTF-8 */
#define FILE_LEVELS_MAX 50 /* folders in a path: each is a row */
#define FILE_NAME_MAX 255  /* what dialects with file names allow */
#define FILE_TYPE_MAX 255
#define FILE_VERSIONS_MAX 100 /* of one file, the current one included */

enum alpha {
	ALPHA_UNKNOWN,
	ALPHA_NO,
	ALPHA_YES,
};

/* A file as one of its versions shows it; the current one unless a call says
 * otherwise. */
struct file {
	struct id id;
	int64_t account_id;
	struct str path;   /* "a/b/c.jpg": no slash at either end */
	struct str folder; /* "a/b", "" is the root */
	struct str name;   /* as shown; the path may end differently */
	enum origin origin;
	enum access access;
	bool public_key;      /* stored by proof of a public key only */
	bool draft;           /* not published */
	int64_t created_ms;   /* the file; the version, if that is an old one */
	int64_t updated_ms;   /* row or content */
	int64_t content_ms;   /* when this version's content was stored */
	int64_t placed_ms;    /* since when it is at this path; 0: since then */
	int64_t modified_s;   /* file_modified_s(); 0: as placed */
	int64_t expires_ms;   /* 0: never; of this version */
	struct id version_id; /* of the first version: the file's id */
	int64_t version_number; /* from 1 */
	int64_t last_number;    /* the highest a version of it has had */
	int64_t older_versions; /* how many there are besides the current */
	bool is_old;            /* a version that is not current */
	int64_t blob_id;
	int64_t store;        /* number of the store that its bytes are in */
	struct str store_key; /* what it is called there: struct store_name */
	uint64_t size;
	uint8_t checksum[CHECKSUM_BYTES]; /* as struct store_blob has it */
	unsigned extents;       /* of a content that came in parts; else 0 */
	struct str type;        /* media type, may have parameters */
	uint32_t width, height; /* pixels; 0: not an image, or unknown */
	enum alpha alpha;
	struct str tags; /* JSON array text, STR_NONE: none */
	struct str custom_coordinates;
	struct str custom_metadata;   /* JSON object text */
	struct str embedded_metadata; /* JSON object text */
	struct str description;
	int64_t described; /* bytes of the last five, when they were written */
	struct str provider, container; /* Filestack's words, STR_NONE */
	bool is_inline;                 /* bytes are in the database */
	struct str bytes;               /* inline ones, when asked for */
};

struct file_list {
	struct file *items;
	size_t n;
};

#define FILE_BULK_MAX 100

enum file_if_exists {
	FILE_REFUSE,      /* ERR_EXISTS */
	FILE_REPLACE,     /* new content, the id stays, old bytes to the trash*/
	FILE_ADD_VERSION, /* the same, old content becomes a version */
};

struct store_sink;

/* Everything borrowed for the call. */
struct file_put {
	struct id id; /* of the file if it is new */
	int64_t account_id;
	struct str path, folder, name; /* checked by file_put(), see below */
	enum origin origin;
	enum access access;
	bool keep_stricter; /* replacing: the stricter access of both stays,
			       and a draft is one still */
	bool keep_tags;     /* replacing: the old ones stay when it has none */
	bool keep_custom_metadata; /* the same */
	bool draft;
	bool public_key; /* proof: a public key only. May replace only what
			    the same dialect stored the same way:
			    ERR_FORBIDDEN otherwise */
	enum file_if_exists if_exists;
	bool is_fresh; /* the path has `id` in it, which nobody has seen yet:
			  nothing is looked for there */
	/* The very file whose content is replaced, wherever it is by then; all
	 * but its content, what that says of itself and `type` stays as it is,
	 * and `if_exists` and the places here do not matter. It is public_key
	 * only if this is. NULL: whatever is at the path. */
	const struct id *only;
	int64_t expires_ms;
	struct str type;
	uint32_t width, height;
	enum alpha alpha;
	struct str tags, custom_coordinates, custom_metadata;
	struct str embedded_metadata, description;
	struct str provider, container;
	struct str made_by; /* of other files, and how: for events alone;
			       STR_NONE: a client has sent it */
	/* Of the account, 0: none; checked exactly, in the transaction:
	 * ERR_QUOTA. A version counts its content, or what describes it if
	 * that is longer. What is replaced without a version counts as freed.
	 */
	uint64_t max_storage_bytes, max_uploads;
	struct store_sink *sink; /* finished and kept by file_put() */
	/* Of the upload in parts that this completes, upload.id; 0: of none.
	 * What is reserved for it is freed. ERR_EXISTS: it is complete
	 * already; ERR_NOT_FOUND: it has been removed. */
	int64_t upload;
};

/*
 * Stores content and rows; when it returns 0 both survive power loss, when it
 * returns -1 neither is left, but for ERR_UNCERTAIN (db_write()): then there
 * are the bytes and perhaps the rows. Missing folders are made. An expired file
 * at the path counts as absent. *out's strings are in the arena or borrowed
 * from put. ERR_INVALID: path, folder or name breaks path_valid(); ERR_EXISTS;
 * ERR_LIMIT: FILE_VERSIONS_MAX; ERR_FORBIDDEN; ERR_NOT_FOUND: `only` is none of
 * the account's; ERR_NO_SPACE; ERR_INTERNAL.
 */
int file_put(const struct view *view, const struct file_put *put,
	     struct file *out, struct err *err) MUST_CHECK;

/* What file_put() asks of its names and words, before there are bytes.
 * ERR_INVALID. */
int file_put_check(const struct file_put *put, struct err *err) MUST_CHECK;

/*
 * file_put() without waiting for the rows: the bytes are made durable, the rows
 * are queued, and `done` is called once, on the database writer thread (it must
 * not block): file as *out above, or NULL with *err. put, what it borrows and
 * the arena must live until then. -1: refused at once, done is not called.
 * Blocks, so on a worker only, when the sink's store_sink_fd() is not -1.
 */
typedef void file_put_done(void *user, const struct file *file,
			   const struct err *err);
int file_put_submit(const struct view *view, const struct file_put *put,
		    file_put_done *done, void *user,
		    struct err *err) MUST_CHECK;

/* 1 found, 0 absent, expired or of another account than the view's, -1 failed:
 * ERR_CORRUPT when it is damaged, with_bytes also when its bytes are; *out is
 * then what can be read of the row, and as it was if there is none. */
int file_by_id(const struct view *view, const struct id *id, struct file *out,
	       struct err *err) MUST_CHECK;
/* The same, of whatever account. */
int file_by_id_of_any(const struct view *view, const struct id *id,
		      struct file *out, struct err *err) MUST_CHECK;
int file_by_path(const struct view *view, struct str path, struct file *out,
		 struct err *err) MUST_CHECK;

/* Removes the file with all its versions if it belongs to the account; bytes
 * go to the trash. 1 removed, 0 absent (or expired), -1 failed. */
int file_delete(const struct view *view, const struct id *id,
		struct err *err) MUST_CHECK;

/* The same only if the dialect stored it by proof of a public key, decided in
 * the transaction that removes it: ERR_FORBIDDEN otherwise. */
int file_delete_public(const struct view *view, const struct id *id,
		       enum origin origin, struct err *err) MUST_CHECK;

/*
 * Removes them all, in a write for each, or, when one is absent before the
 * first of them, none: then missing[i] says which. ids: 1..FILE_BULK_MAX,
 * repeats count once. 1 removed, 0 some are missing, -1 failed: some may be
 * gone.
 */
int file_delete_all(const struct view *view, const struct id *ids, size_t n,
		    bool *missing, struct err *err) MUST_CHECK;

/*
 * Last-Modified, Unix seconds: when what the file shows came to its path. It
 * grows with each change of that, also within a second and when an old version
 * comes back: so it may be ahead of the clock, by three seconds at most, where
 * it stays until the clock follows.
 */
static inline int64_t file_modified_s(const struct file *file)
{
	if (file->is_old) /* named by its id, which shows nothing else */
		return file->content_ms / 1000;
	if (file->modified_s)
		return file->modified_s;
	return (file->placed_ms ? file->placed_ms : file->content_ms) / 1000;
}

/* Opens the bytes of a file that is not inline; the caller closes. Reads and
 * compares them first, up to library_options.check_max. -1: ERR_NOT_FOUND
 * (there are none; since the row was read it may have got others), ERR_CORRUPT
 * (the log and the metrics have been told), ERR_INTERNAL. */
int file_open(struct library *library, const struct file *file,
	      struct err *err) MUST_CHECK;
/* Tells the log and the metrics that a reader does not get a file, and why:
 * "its content is missing". */
void file_damaged(const struct file *file, const char *why);

/* 1..FILE_PATH_MAX bytes of UTF-8 without controls; FILE_LEVELS_MAX + 1
 * segments at most, not empty, not
 * "." or ".."; no slash at either end. */
bool path_valid(struct str path);
/* -1 with ERR_INVALID when it is not: that `what` ("The path") must be. */
int path_check(struct str path, const char *what, struct err *err) MUST_CHECK;

#endif
