/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fonts where files cannot be opened: a child of this test opens them, enters
 * the sandbox and looks for some.
 */
#include "helpers/child/sandbox.h"
#include "render/text/fonts.h"
#include "unit.h"

#include <fcntl.h>
#include <fontconfig/fontconfig.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FOUND = 0,
	NOT_STARTED = 1,
	NO_FONTS,
	NOT_OPENED,
	ANOTHER,
};

static int open_all(void)
{
	unsigned n;
	const struct sandbox_file *files = fonts_files(&n);
	if (n == 0)
		return NO_FONTS;
	for (unsigned i = 0; i < n; i++) {
		int fd = open(files[i].path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return NOT_OPENED;
		close(fd);
	}
	return FOUND;
}

/* What is found can be opened, whatever was asked for; *family is its. */
static int match(const char *wanted, FcChar8 **family)
{
	FcResult result;
	FcChar8 *path = NULL;
	FcPattern *pattern = FcNameParse((const FcChar8 *)wanted);
	FcConfigSubstitute(NULL, pattern, FcMatchPattern);
	FcDefaultSubstitute(pattern);
	FcPattern *found = FcFontMatch(NULL, pattern, &result);
	if (found == NULL ||
	    FcPatternGetString(found, FC_FAMILY, 0, family) != FcResultMatch ||
	    FcPatternGetString(found, FC_FILE, 0, &path) != FcResultMatch)
		return NO_FONTS;
	int fd = open((const char *)path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NOT_OPENED;
	close(fd);
	return FOUND;
}

static int find_default(void)
{
	FcChar8 *family;
	int result = match("Open Sans:bold:italic", &family);
	return result || str_eq(str_of((const char *)family), STR("Open Sans"))
		       ? result
		       : ANOTHER;
}

static int find_unknown(void)
{
	FcChar8 *family;
	return match("There Is No Such Font", &family);
}

static int find_letters(void)
{
	FcChar8 *family;
	return match("Open Sans:charset=2603", &family); /* a snowman */
}

/* 0: as it is. */
static rlim_t descriptors_max;

static _Noreturn void try_inside(int (*attempt)(void))
{
	const struct rlimit limit = {descriptors_max, descriptors_max};
	if (descriptors_max && setrlimit(RLIMIT_NOFILE, &limit) != 0)
		_exit(NOT_STARTED);
	struct sandbox sandbox = {
		.memory_max = 1u << 30,
		.output_max = 1000,
		.cpu_seconds = 100,
	};
	struct err err;
	if (fonts_open(&err) < 0)
		_exit(NOT_STARTED);
	sandbox.files = fonts_files(&sandbox.n_files);
	if (sandbox_enter(&sandbox, &err) < 0)
		_exit(NOT_STARTED);
	_exit(attempt());
}

static int outcome_of(int (*attempt)(void))
{
	int status;
	pid_t pid = fork();
	if (pid == 0)
		try_inside(attempt);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void all_that_are_kept_can_be_opened_inside(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(open_all), FOUND);
}

static void what_is_found_inside_can_be_opened(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(find_default), FOUND);
	assert_int_equal(outcome_of(find_unknown), FOUND);
	assert_int_equal(outcome_of(find_letters), FOUND);
}

static void few_descriptors_are_enough_for_the_first_fonts(void **state)
{
	(void)state;
	descriptors_max = 64;
	assert_int_equal(outcome_of(open_all), FOUND);
	assert_int_equal(outcome_of(find_default), FOUND);
	assert_int_equal(outcome_of(find_letters), FOUND);
	descriptors_max = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_are_kept_can_be_opened_inside),
		cmocka_unit_test(what_is_found_inside_can_be_opened),
		cmocka_unit_test(
			few_descriptors_are_enough_for_the_first_fonts),
	};
	return cmocka_run_group_tests_name("fonts", tests, NULL, NULL);
}
