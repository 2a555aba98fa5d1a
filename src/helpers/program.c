/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/program.h"

#include <glib.h>
#include <stdbool.h>

char *program_beside(const char *name)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *dir = self ? g_path_get_dirname(self) : g_strdup("/");
	g_autofree char *path = g_build_filename(dir, name, NULL);
	bool found = g_file_test(path, G_FILE_TEST_IS_EXECUTABLE);
	return found ? g_steal_pointer(&path) : NULL;
}
