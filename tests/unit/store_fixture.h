/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the store share: a store in a directory of its own over
 * each kind of backend, contents to put into it, and what is left on the disk.
 */
#ifndef UNIT_STORE_FIXTURE_H
#define UNIT_STORE_FIXTURE_H

#include "store/key.h"
#include "store/local/local_store.h"
#include "store/store_front.h"
#include "descriptors.h"
#include "remove_tree.h"
#include "unit.h"

#include <ftw.h>
#include <glib.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
#define SKIPPED 77

enum kind {
	LOCAL,
	NAMED,
	FLAKY,
	KINDS,
};

struct fixture {
	char *dir;
	struct store *store;
	struct store_flaky_plan plan;
	size_t descriptors;
};

static char *big; /* 12 MiB that no two places of look alike */
#define BIG (12 * MIB)

static inline int open_kind(struct fixture *f, enum kind kind,
			    size_t inline_limit, struct err *err)
{
	struct store_options options = {.dir = f->dir,
					.inline_limit = inline_limit};
	struct local_backend_options local = {f->dir, kind == NAMED};
	struct store_backend *backend;
	if (kind == LOCAL)
		return store_open_local(&f->store, &options, err);
	if (local_backend_open(&backend, &local, err))
		return -1;
	if (kind == FLAKY)
		backend = store_flaky_new(backend, &f->plan);
	return store_open_backend(&f->store, &options, backend, err);
}

static inline void reopen(struct fixture *f, enum kind kind)
{
	struct err err;
	if (open_kind(f, kind, 64 * KIB, &err))
		fail_msg("%s", err.text);
}

static inline void start(struct fixture *f, enum kind kind, size_t inline_limit)
{
	struct err err;
	*f = (struct fixture){.descriptors = count_descriptors()};
	f->dir = g_dir_make_tmp("store-XXXXXX", NULL);
	assert_non_null(f->dir);
	if (open_kind(f, kind, inline_limit, &err))
		fail_msg("%s", err.text);
}

static inline void stop(struct fixture *f)
{
	store_close(f->store);
	remove_tree(f->dir);
	g_free(f->dir);
	assert_int_equal(count_descriptors(), f->descriptors);
}

static size_t files_seen;

static inline int count_file(const char *path, const struct stat *st, int type,
			     struct FTW *at)
{
	(void)at;
	if (type == FTW_F) {
		assert_int_equal(st->st_mode & 07777, 0600);
		/* the second name of what is pending is no second file */
		files_seen += st->st_nlink == 1 || !strstr(path, "/staging/");
	} else if (at->level > 0) {
		assert_int_equal(st->st_mode & 07777, 0700);
	}
	return 0;
}

/* In the tree of blobs, as the file system tells it; checks the modes. */
static inline size_t count_files(const struct fixture *f)
{
	store_tidy(f->store);
	g_autofree char *blobs = g_build_filename(f->dir, "blobs", NULL);
	files_seen = 0;
	assert_int_equal(nftw(blobs, count_file, 16, FTW_PHYS), 0);
	return files_seen;
}

static inline char *blob_path(const struct fixture *f, int64_t id)
{
	char key[STORE_KEY_LEN + 1];
	store_key(id, key);
	return g_build_filename(f->dir, "blobs", key, NULL);
}

static inline void put_file(const struct fixture *f, const char *name,
			    const char *text)
{
	g_autofree char *path = g_build_filename(f->dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);
	assert_int_equal(g_mkdir_with_parents(parent, 0700), 0);
	assert_true(g_file_set_contents_full(
		path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

/* An error has its code and a sentence that names no path. */
static inline void assert_err(const struct err *err, enum err_code code)
{
	assert_string_equal(err_code_name(err->code), err_code_name(code));
	assert_true(err->text[0] != '\0');
	assert_null(strstr(err->text, "blobs"));
	assert_null(strstr(err->text, "/store-"));
}

static inline int write_pieces(struct store_sink *sink, const char *p, size_t n,
			       size_t piece, struct err *err)
{
	for (size_t at = 0; at < n; at += piece)
		if (store_sink_write(sink, p + at, MIN(piece, n - at), err))
			return -1;
	return 0;
}

static inline struct store_sink *put(struct fixture *f, const char *p, size_t n,
				     size_t piece, struct store_blob *blob)
{
	struct err err;
	struct store_sink *sink = store_sink_new(f->store, n);
	if (write_pieces(sink, p, n, piece, &err) ||
	    store_sink_finish(sink, blob, &err))
		fail_msg("%s", err.text);
	return sink;
}

/* A blob in the backend, kept. */
static inline struct store_blob put_kept(struct fixture *f, size_t n)
{
	struct store_blob blob;
	struct store_sink *sink = put(f, big, n, 256 * KIB, &blob);
	assert_null(blob.inline_bytes.p);
	store_sink_keep(sink);
	store_sink_free(sink);
	return blob;
}

struct seen {
	GArray *ids;
	size_t stop_at; /* 0: never */
};

static inline int see(void *user, int64_t id, uint64_t size)
{
	struct seen *seen = user;
	(void)size;
	g_array_append_val(seen->ids, id);
	return seen->ids->len == seen->stop_at ? -1 : 0;
}

static inline size_t walk(struct fixture *f, enum store_place place,
			  size_t stop_at)
{
	struct err err;
	struct seen seen = {g_array_new(false, false, sizeof(int64_t)),
			    stop_at};
	assert_int_equal(store_each(f->store, place, see, &seen, &err), 0);
	size_t n = seen.ids->len;
	g_array_free(seen.ids, true);
	return n;
}

static inline int make_big(void **state)
{
	uint64_t x = 0x9e3779b97f4a7c15u;
	(void)state;
	big = g_malloc(BIG);
	for (size_t i = 0; i < BIG; i += sizeof(x)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(big + i, &x, sizeof(x));
	}
	return 0;
}

static inline int free_big(void **state)
{
	(void)state;
	g_free(big);
	return 0;
}

#endif
