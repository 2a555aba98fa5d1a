/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of files and folders inside an account. Purely text: nothing here ever
 * becomes a path of the file system.
 */
#include "library/files/file.h"
#include "library/files/folder.h"
#include "library/files/folder_row.h"

bool path_valid(struct str path)
{
	if (path.n == 0 || path.n > FILE_PATH_MAX)
		return false;
	if (!str_is_utf8(path) || str_has_control(path))
		return false;
	unsigned levels = 0;
	for (struct str rest = path; rest.p; levels++) {
		struct str segment = str_split(&rest, '/');
		if (segment.n == 0 || str_eq(segment, STR(".")) ||
		    str_eq(segment, STR("..")))
			return false;
	}
	return levels <= FILE_LEVELS_MAX + 1;
}

int path_check(struct str path, const char *what, struct err *err)
{
	if (path_valid(path))
		return 0;
	return err_set(err, ERR_INVALID,
		       "%s must be 1 to %u bytes of UTF-8 without control "
		       "characters, a leading slash or empty, \".\" or \"..\" "
		       "segments, in at most %d folders",
		       what, FILE_PATH_MAX, FILE_LEVELS_MAX);
}

struct str path_folder(struct str path)
{
	ptrdiff_t slash = str_rfind(path, '/');
	return slash < 0 ? STR("") : str_sub(path, 0, (size_t)slash);
}

bool path_is_below(struct str path, struct str folder)
{
	return path.n > folder.n && str_starts(path, folder) &&
	       path.p[folder.n] == '/';
}
