/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library in memory for tests of what reads from one: the functions of
 * library/files/file.h and library/library.h that src/deliver uses, with a hook
 * between a read and its return. Include it in one file of a test program; it
 * takes the place of the real library there.
 */
#ifndef UNIT_FAKE_LIBRARY_H
#define UNIT_FAKE_LIBRARY_H

#include "library/files/file.h"
#include "library/files/version.h"

#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FAKE_FILES_MAX 600

struct library {
	GMutex mutex;
	struct file files[FAKE_FILES_MAX]; /* strings are static */
	size_t n;
	library_change_fn *on_change;
	void *on_change_user;
	void (*after_read)(struct library *library); /* once */
	bool fails;
	unsigned reads;
};

void library_on_change(struct library *library, library_change_fn *fn,
		       void *user)
{
	library->on_change = fn;
	library->on_change_user = user;
}

static inline void fake_change(struct library *library, const struct id *id)
{
	library->on_change(library->on_change_user, id);
}

/* An id of its own for each number; no two of them near each other. */
static inline struct id fake_id(unsigned number)
{
	struct id id = {{0}};
	number *= 0x9e3779b1u;
	memcpy(id.b + ID_BYTES - sizeof(number), &number, sizeof(number));
	return id;
}

/* Adds an inline file of account 1. */
static inline struct file *fake_add(struct library *library, const char *path,
				    const char *bytes)
{
	struct file *file = &library->files[library->n];
	*file = (struct file){
		.id = fake_id((unsigned)library->n + 1),
		.account_id = 1,
		.path = str_of(path),
		.folder = STR(""),
		.name = str_of(path),
		.created_ms = 1000000000000,
		.updated_ms = 1700000000123,
		.content_ms = 1700000000123,
		.size = strlen(bytes),
		.type = STR("text/plain"),
		.is_inline = true,
		.bytes = str_of(bytes),
	};
	checksum_of(bytes, strlen(bytes), file->checksum);
	library->n++;
	return file;
}

/* Strings are copied so that using one after its arena is seen. */
static inline int fake_found(const struct view *view, const struct file *file,
			     struct file *out)
{
	struct library *library = view->library;
	struct arena *arena = view->arena;
	if (file) {
		*out = *file;
		out->path = arena_str(arena, file->path);
		out->folder = arena_str(arena, file->folder);
		out->name = arena_str(arena, file->name);
		out->type = arena_str(arena, file->type);
		out->tags = arena_str(arena, file->tags);
		out->bytes = view->with_bytes ? arena_str(arena, file->bytes)
					      : STR_NONE;
	}
	library->reads++;
	g_mutex_unlock(&library->mutex);
	if (library->after_read) {
		void (*hook)(struct library *) = library->after_read;
		library->after_read = NULL;
		hook(library);
	}
	return file != NULL;
}

int file_by_id_of_any(const struct view *view, const struct id *id,
		      struct file *out, struct err *err)
{
	struct library *library = view->library;
	const struct file *file = NULL;
	if (library->fails)
		return err_set(err, ERR_INTERNAL, "The disk is gone.");
	g_mutex_lock(&library->mutex);
	for (size_t i = 0; i < library->n && !file; i++)
		if (id_eq(&library->files[i].id, id))
			file = &library->files[i];
	return fake_found(view, file, out);
}

int file_by_path(const struct view *view, struct str path, struct file *out,
		 struct err *err)
{
	struct library *library = view->library;
	const struct file *file = NULL;
	if (library->fails)
		return err_set(err, ERR_INTERNAL, "The disk is gone.");
	g_mutex_lock(&library->mutex);
	for (size_t i = 0; i < library->n && !file; i++)
		if (library->files[i].account_id == view->account_id &&
		    str_eq(library->files[i].path, path))
			file = &library->files[i];
	return fake_found(view, file, out);
}

/* There are no old versions here. */
int version_find(const struct view *view, const struct version_ref *which,
		 struct file *out, struct err *err)
{
	(void)view, (void)which, (void)out, (void)err;
	return 0;
}

void file_damaged(const struct file *file, const char *why)
{
	(void)file, (void)why;
}

int file_open(struct library *library, const struct file *file, struct err *err)
{
	(void)library;
	int fd = memfd_create("file", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)file->size) < 0)
		return err_set(err, ERR_INTERNAL, "No descriptor.");
	return fd;
}

#endif
