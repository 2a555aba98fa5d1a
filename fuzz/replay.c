/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over kept inputs: each argument is a file or a directory
 * of files. One line in TAP per input, so that a crash names its input. A
 * directory that is not there counts as empty.
 */
#include <dirent.h>
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned runs;

static void replay_file(const char *path)
{
	g_autofree char *data = NULL;
	gsize size;
	g_autoptr(GError) error = NULL;
	if (!g_file_get_contents(path, &data, &size, &error)) {
		printf("not ok %u - %s\n", ++runs, error->message);
		return;
	}
	/* an exact copy, so that reading past its end is seen */
	g_autofree uint8_t *exact = g_memdup2(data, size);
	printf("# %s\n", path);
	fflush(stdout); /* a crash loses what is not written yet */
	LLVMFuzzerTestOneInput(exact, size);
	printf("ok %u - %s\n", ++runs, path);
}

static void replay_directory(const char *path)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		g_autofree char *file =
			g_build_filename(path, entries[i]->d_name, NULL);
		if (entries[i]->d_name[0] != '.')
			replay_file(file);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	static const uint8_t nothing[1];
	LLVMFuzzerTestOneInput(nothing, 0);
	printf("ok %u - nothing\n", ++runs);
	for (int i = 1; i < argc; i++) {
		if (g_file_test(argv[i], G_FILE_TEST_IS_DIR))
			replay_directory(argv[i]);
		else if (g_file_test(argv[i], G_FILE_TEST_EXISTS))
			replay_file(argv[i]);
	}
	printf("1..%u\n", runs);
	return 0;
}
