/* SPDX-License-Identifier: Apache-2.0 */
#include "api/made/archive.h"
#include "api/uploads/upload.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "deliver/zip.h"
#include "library/accounts/usage.h"
#include "store/store.h"

#define PIECE (64u * 1024)

/* An archive in the making, in the request's arena. */
struct packing {
	struct archive archive;
	struct request *rq;
	struct archive_files files;
	struct zip_member *members;
	struct hot_entry *entry; /* the one whose turn it is */
};

/* The same bytes as before the answer. */
static bool is_same(const struct file *file, const struct zip_member *member)
{
	return file->size == member->size &&
	       memcmp(file->checksum, member->checksum, CHECKSUM_BYTES) == 0;
}

static int find_again(struct packing *packing, size_t i, struct err *err)
{
	struct request *rq = packing->rq;
	struct hot_entry *entry;
	int result =
		packing->files.find(rq, packing->files.user, i, &entry, err);
	if (result != 0)
		return result;
	if (entry->lost || !is_same(&entry->file, &packing->members[i])) {
		hot_unref(entry);
		return err_set(err, ERR_NOT_FOUND, "a file has changed");
	}
	packing->entry = entry;
	return 0;
}

static void tell_more(void *user)
{
	http_more(user);
}

static int open_file(void *user, size_t i, bool may_wait,
		     struct zip_opened *out)
{
	struct packing *packing = user;
	struct request *rq = packing->rq;
	struct err err;
	bool before = rq->on_loop;
	rq->on_loop = !may_wait;
	int result = find_again(packing, i, &err);
	rq->on_loop = before;
	if (result == HANDLE_LATER)
		return ZIP_LATER;
	if (result != 0) {
		log_info("request %s: its archive ends early: %s", rq->id,
			 err.text);
		return -1;
	}
	const struct file *file = &packing->entry->file;
	*out = (struct zip_opened){
		.content = &packing->entry->content,
		.of = {.store = file->store,
		       .blob_id = file->blob_id,
		       .size = file->size},
	};
	memcpy(out->of.checksum, file->checksum, CHECKSUM_BYTES);
	if (packing->archive.counts)
		out->apart = (struct summing_for){
			.owner = file->account_id,
			.guest = request_guest(rq, file->account_id),
			.more = tell_more,
			.user = rq->x,
		};
	return 0;
}

static void close_file(void *user, size_t i, uint64_t used, bool failed)
{
	struct packing *packing = user;
	const struct file *file = &packing->entry->file;
	(void)i;
	if (failed)
		log_error("request %s: a file of its archive cannot be read "
			  "to its end",
			  packing->rq->id);
	if (packing->archive.counts && used)
		usage_add_bandwidth(packing->rq->services->library,
				    file->account_id, used);
	hot_unref(packing->entry);
}

/* Whoever may not keep one of them may not keep the archive, nor longer than
 * one of them is there. */
static void show(struct packing *packing, const struct file *file)
{
	const struct request *rq = packing->rq;
	struct file *shown = &packing->archive.shown;
	int64_t expires_ms = shown->expires_ms;
	if (shown->account_id == 0 ||
	    request_access(rq, file) > request_access(rq, shown))
		*shown = (struct file){.account_id = file->account_id,
				       .access = file->access,
				       .draft = file->draft};
	if (expires_ms == 0 ||
	    (file->expires_ms && file->expires_ms < expires_ms))
		expires_ms = file->expires_ms;
	shown->expires_ms = expires_ms;
}

static int add_file(struct packing *packing, size_t i, struct err *err)
{
	struct request *rq = packing->rq;
	struct zip_member *member = &packing->members[i];
	struct hot_entry *entry;
	rq->looks = true; /* hundreds of files, each read in its turn */
	int result =
		packing->files.find(rq, packing->files.user, i, &entry, err);
	rq->looks = false;
	if (result != 0)
		return result;
	const struct file *file = &entry->file;
	*member = (struct zip_member){
		.name = arena_str(request_arena(rq), file->name),
		.size = file->size,
		.modified_s = entry->content.modified_s,
	};
	memcpy(member->checksum, file->checksum, CHECKSUM_BYTES);
	show(packing, file);
	hot_unref(entry);
	return 0;
}

int request_archive(struct request *rq, const struct archive_files *files,
		    struct archive **out, struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct packing *packing = arena_zalloc(arena, sizeof(*packing));
	if (files->n > ZIP_MEMBERS_MAX)
		return err_set(err, ERR_LIMIT,
			       "An archive has at most %d files",
			       ZIP_MEMBERS_MAX);
	packing->rq = rq;
	packing->files = *files;
	packing->members =
		arena_alloc(arena, files->n * sizeof(*packing->members));
	for (size_t i = 0; i < files->n; i++) {
		int result = add_file(packing, i, err);
		if (result != 0)
			return result;
	}
	const struct zip_files members = {
		.members = packing->members,
		.n = files->n,
		.sums = rq->services->sums,
		.open = open_file,
		.close = close_file,
		.user = packing,
	};
	*out = &packing->archive;
	return content_zip(&packing->archive.content, &members, arena, err);
}

void request_deliver_archive(struct request *rq, struct archive *archive,
			     const struct delivery *how)
{
	archive->counts = true;
	deliver(rq->x, &archive->content, how);
}

static int write_run(struct store_sink *sink, const struct http_run *run,
		     struct err *err)
{
	char piece[PIECE];
	if (run->bytes.n &&
	    store_sink_write(sink, run->bytes.p, run->bytes.n, err) < 0)
		return -1;
	for (uint64_t done = 0; done < run->length; done += PIECE) {
		size_t n = (size_t)MIN(PIECE, run->length - done);
		if (fd_read(run->fd, piece, n, (off_t)(run->offset + done)) !=
		    (ssize_t)n)
			return err_set(err, ERR_CORRUPT,
				       "A file of the archive cannot be read "
				       "to its end");
		if (store_sink_write(sink, piece, n, err) < 0)
			return -1;
	}
	return 0;
}

/* Until its end. */
static int drain(struct request *rq, const struct http_source *source,
		 struct store_sink *sink, struct err *err)
{
	for (;;) {
		struct http_run run = {0};
		if (request_is_left(rq))
			return err_set(err, ERR_BUSY,
				       "Nobody waits for the archive any "
				       "more");
		switch (source->pull(source->user, &run)) {
		case HTTP_PULLED:
			if (write_run(sink, &run, err) < 0)
				return -1;
			break;
		case HTTP_PULL_WORK:
			source->work(source->user);
			break;
		case HTTP_PULL_END:
			return 0;
		case HTTP_PULL_LATER:
		case HTTP_PULL_FAILED:
		default:
			return err_set(err, ERR_NOT_FOUND,
				       "A file of the archive is not there any "
				       "more");
		}
	}
}

int request_take_archive(struct request *rq, struct archive *archive,
			 struct err *err)
{
	const struct http_source *source = archive->content.source;
	uint64_t size = archive->content.size;
	struct store *store = library_store(rq->services->library);
	if (size > upload_limit(rq))
		return err_set(
			err, ERR_TOO_LARGE,
			"The archive would be larger than a file may be");
	if (rq->on_loop)
		return HANDLE_LATER;
	if (!http_slow_begin(rq->x))
		return err_set(err, ERR_BUSY,
			       "Too many archives are being stored. Try again "
			       "later.");
	struct store_sink *sink = store_sink_new(store, size);
	source->start(source->user, 0, size);
	int result = drain(rq, source, sink, err);
	source->stop(source->user);
	http_slow_end(rq->x);
	return upload_replace(rq, sink, result);
}
