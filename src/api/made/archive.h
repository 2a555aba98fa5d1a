/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several files as one archive (deliver/zip.h), to be sent or to be stored:
 * what dialects share. Which files, and who may have them, is theirs to say.
 */
#ifndef API_MADE_ARCHIVE_H
#define API_MADE_ARCHIVE_H

#include "api/request.h"

/* Lasts as long as the request. */
struct archive_files {
	size_t n;
	/* The dialect's: the i-th file, if the request may read it, as
	 * request_find_id(). Called for all of them before the answer, and for
	 * each when its turn has come, on a loop or a worker, as rq->on_loop
	 * says; then it may not return HANDLE_PENDING. Before the answer
	 * rq->looks. */
	int (*find)(struct request *rq, void *user, size_t i,
		    struct hot_entry **out, struct err *err);
	void *user;
};

struct archive {
	struct content content;
	/* Stands for all of them where it is asked how long the archive may be
	 * kept, and by whom: it has no texts. */
	struct file shown;
	bool counts; /* what is read counts for the files' accounts */
};

/*
 * Looks for all files and describes their archive. A file that has changed or
 * may not be read any more when its turn has come ends the archive there, and
 * so the connection. 0, or what `find` returns, or -1: as content_zip().
 */
int request_archive(struct request *rq, const struct archive_files *files,
		    struct archive **out, struct err *err) MUST_CHECK;

/* deliver() of it; the bytes that are read count for the files' accounts. */
void request_deliver_archive(struct request *rq, struct archive *archive,
			     const struct delivery *how);

/* Writes it into a new sink that takes the place of rq->intake->file; on
 * failure that stays. 0, HANDLE_LATER or -1: ERR_TOO_LARGE, over
 * upload_limit(); ERR_BUSY, too many do it or the client has gone;
 * ERR_NOT_FOUND, a file is not there any more; or of the store. */
int request_take_archive(struct request *rq, struct archive *archive,
			 struct err *err) MUST_CHECK;

#endif
