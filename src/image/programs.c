/* SPDX-License-Identifier: Apache-2.0 */
#include "image/programs.h"

#include <glib.h>
#include <stdbool.h>

static char *beside(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	bool found = g_file_test(path, G_FILE_TEST_IS_EXECUTABLE);
	return found ? g_steal_pointer(&path) : NULL;
}

void image_programs_find(struct image_programs *out)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *dir = self ? g_path_get_dirname(self) : g_strdup("/");
	out->render = beside(dir, "stowage-render");
	out->scale = beside(dir, "stowage-scale");
}

void image_programs_release(struct image_programs *programs)
{
	g_free(programs->render);
	g_free(programs->scale);
}
