/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a folder inside is moved up before that is removed: so there is
 * never a path to follow, and no more than two folders are open.
 */
#include "base/clear.h"
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Calls step for each entry of the folder; whether one of them returned true.
 */
typedef bool entry_step(int folder, const char *name, int top);

static bool each(int folder, int top, entry_step *step)
{
	bool any = false;
	DIR *dir = fd_open_folder(folder, ".");
	if (dir == NULL)
		return false;
	for (struct dirent *entry; (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			any = step(folder, entry->d_name, top) || any;
	closedir(dir);
	return any;
}

static bool remove_simple(int folder, const char *name)
{
	return unlinkat(folder, name, 0) == 0 ||
	       unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

/* If that fails, so does what it is for. */
static void make_writable(int folder, const char *name)
{
	if (fchmodat(folder, name, 0700, 0) < 0)
		return;
}

static bool move_up(int folder, const char *name, int top)
{
	static gint last; /* a name that is taken is passed over */
	char free_name[16];
	int failed;
	if (remove_simple(folder, name))
		return true;
	make_writable(folder, name); /* to be moved it is written */
	do
		g_snprintf(free_name, sizeof(free_name), "%u",
			   (unsigned)g_atomic_int_add(&last, 1));
	while ((failed = renameat2(folder, name, top, free_name,
				   RENAME_NOREPLACE)) < 0 &&
	       errno == EEXIST);
	return failed == 0;
}

static bool remove_entry(int folder, const char *name, int top)
{
	(void)top;
	if (remove_simple(folder, name))
		return true;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return false;
	make_writable(folder, name);
	SCOPED_FD inner = openat(
		folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (inner < 0)
		return false;
	bool moved = each(inner, folder, move_up);
	return unlinkat(folder, name, AT_REMOVEDIR) == 0 || moved;
}

static void clear_below(int at, const char *name)
{
	SCOPED_FD top = openat(at, name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	while (top >= 0 && each(top, top, remove_entry))
		;
}

void clear_folder(const char *path)
{
	clear_below(AT_FDCWD, path);
}

int clear_name(int at, const char *name)
{
	if (fd_remove(at, name) == 0)
		return 0;
	if (errno != ENOTEMPTY)
		return -1;
	make_writable(at, name);
	clear_below(at, name);
	return unlinkat(at, name, AT_REMOVEDIR);
}
