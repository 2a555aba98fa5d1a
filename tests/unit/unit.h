/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every unit test needs: cmocka with its prerequisites, the length of a
 * table, and a comparison of texts that shows both.
 */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

/* `test_base '*utf8*'` runs those tests alone. The C library hands a
 * constructor what it hands main(). */
static __attribute__((constructor)) void choose_tests(int argc, char **argv)
{
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
}

/* First in a test that takes seconds: `make test-quick` does without. */
static inline void takes_long(void)
{
	if (getenv("TESTS_QUICK"))
		skip();
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Absent differs from empty. */
static inline void assert_str(struct str got, struct str want)
{
	if (str_eq(got, want) && (got.p == NULL) == (want.p == NULL))
		return;
	fail_msg("got %s\"%.*s\", want %s\"%.*s\"", got.p ? "" : "absent ",
		 STR_ARG(got), want.p ? "" : "absent ", STR_ARG(want));
}

#endif
