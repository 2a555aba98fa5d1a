/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which spelling of a name is meant. The vendor's page of version 1 says which
 * characters a name has; the second version's says nothing of it, and clients
 * that use it (rclone) find their files under the names that they gave them.
 */
#include "api/imagekit/imagekit.h"

#include <glib.h>

bool imagekit_keeps_names(const struct request *rq)
{
	struct str pattern = str_of(rq->route->pattern);
	struct str alias = str_of(rq->alias ? rq->alias->from : "");
	return str_starts(pattern, STR("/api/v2/")) ||
	       str_starts(alias, STR("/v2/"));
}

int imagekit_file_named(struct request *rq, struct str name, struct str *out,
			struct err *err)
{
	*out = name;
	if (!imagekit_keeps_names(rq))
		*out = imagekit_clean_name(request_arena(rq), name);
	if (out->n <= FILE_NAME_MAX && str_find(*out, '/') < 0 &&
	    path_valid(*out))
		return 0;
	return err_set(err, ERR_INVALID,
		       "Your request contains invalid fileName parameter.");
}

/* What cannot be stored whatever it is. */
static int check_folder(struct str path, struct err *err)
{
	if (path.n == 0 || path_valid(path))
		return 0;
	return err_set(err, ERR_INVALID,
		       "Your request contains invalid folder parameter.");
}

int imagekit_folder_named(struct request *rq, struct str path, struct str *out,
			  struct err *err)
{
	struct arena *arena = request_arena(rq);
	if (imagekit_folder_path(arena, path, out, err) != 0)
		return -1;
	if (!imagekit_keeps_names(rq))
		*out = imagekit_clean_folder(arena, *out);
	return check_folder(*out, err);
}

int imagekit_folder_at(struct request *rq, struct str path, struct str *out,
		       struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct str asked, there;
	if (imagekit_folder_path(arena, path, &asked, err) != 0)
		return -1;
	struct str cleaned = imagekit_clean_folder(arena, asked);
	*out = asked;
	if (imagekit_keeps_names(rq) || str_eq(asked, cleaned))
		return check_folder(asked, err);
	if (folder_deepest(request_view(rq), asked, &there, err) < 0)
		return -1;
	struct str rest = str_skip(asked, there.n);
	*out = arena_join(arena, there, imagekit_clean_folder(arena, rest));
	return check_folder(*out, err);
}

static bool is_clean(struct arena *arena, struct str folder, struct str name)
{
	return str_eq(folder, imagekit_clean_folder(arena, folder)) &&
	       str_eq(name, imagekit_clean_name(arena, name));
}

int imagekit_file_at(struct request *rq, struct str path, struct str *out,
		     struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct str asked = str_trim_char(path, '/'), folder;
	struct str name = str_after_last(asked, '/');
	struct str parent = str_sub(asked, 0, asked.n - name.n);
	struct file file;
	*out = asked;
	if (imagekit_keeps_names(rq) || !path_valid(asked) ||
	    is_clean(arena, parent, name))
		return 0;
	int found = file_by_path(request_view(rq), asked, &file, err);
	if (found != 0)
		return MIN(found, 0);
	if (imagekit_folder_at(rq, parent, &folder, err) != 0)
		return -1;
	name = imagekit_clean_name(arena, name);
	struct str other =
		folder.n ? arena_printf(arena, "%.*s/%.*s", STR_ARG(folder),
					STR_ARG(name))
			 : name;
	found = file_by_path(request_view(rq), other, &file, err);
	if (found > 0)
		*out = other;
	return MIN(found, 0);
}
