/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of derivatives share: a data directory, pictures to put into a
 * cache over it, and what is left on the disk.
 */
#ifndef UNIT_DERIVE_FIXTURE_H
#define UNIT_DERIVE_FIXTURE_H

#include "derive/cache.h"
#include "remove_tree.h"
#include "unit.h"

#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TYPE "image/webp"
#define MODIFIED_S 1700000000

static char *dir; /* the data directory */

static inline int make_dir(void **state)
{
	(void)state;
	dir = g_dir_make_tmp("derive-XXXXXX", NULL);
	assert_non_null(dir);
	return 0;
}

static inline int remove_dir(void **state)
{
	(void)state;
	remove_tree(dir);
	g_free(dir);
	return 0;
}

/* The n-th picture of a source. */
static inline struct derive_key key_of(int64_t source, unsigned n)
{
	const struct derive_content content = {.store = 1, .blob_id = source};
	struct derive_key key;
	char plan[32];
	snprintf(plan, sizeof(plan), "resize(width=%u)", n);
	derive_key(&content, 1, str_of(plan), &key);
	return key;
}

/* Bytes that differ from picture to picture, in a memory file as a renderer
 * gives it. */
static inline int picture_fd(unsigned n, size_t size)
{
	int fd = memfd_create("picture", MFD_CLOEXEC);
	g_autofree char *bytes = g_malloc(size);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(n + i * 31 + i / 256);
	assert_int_equal(write(fd, bytes, size), size);
	return fd;
}

static inline struct derivative *picture(unsigned n, size_t size)
{
	struct err err;
	const struct derivative_facts facts = {
		.fd = picture_fd(n, size),
		.size = size,
		.type = STR(TYPE),
		.modified_s = MODIFIED_S,
	};
	struct derivative *derivative = derivative_new(&facts, &err);
	assert_non_null(derivative);
	return derivative;
}

static inline void assert_picture(const struct derivative *derivative,
				  unsigned n, size_t size)
{
	struct derivative *want = picture(n, size);
	struct content got = derivative->content;
	g_autofree char *bytes = g_malloc(size);
	assert_int_equal(got.size, size);
	if (got.fd < 0) {
		assert_str(got.bytes, want->content.bytes);
	} else {
		g_autofree char *wanted = g_malloc(size);
		assert_int_equal(pread(got.fd, bytes, size, 0), size);
		assert_int_equal(pread(want->content.fd, wanted, size, 0),
				 size);
		assert_memory_equal(bytes, wanted, size);
	}
	assert_str(got.etag, want->content.etag);
	assert_str(got.fields, want->content.fields);
	derivative_unref(want);
}

static char *path_text;

static inline const char *path_of(const struct derive_key *key)
{
	char name[DERIVE_NAME_LEN + 1];
	derive_key_name(key, name);
	g_free(path_text);
	path_text = g_build_filename(dir, "derived", name, NULL);
	return path_text;
}

static inline bool is_on_disk(const struct derive_key *key)
{
	return access(path_of(key), F_OK) == 0;
}

#endif
