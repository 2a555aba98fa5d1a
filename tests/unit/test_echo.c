/* SPDX-License-Identifier: Apache-2.0 */
/* A secret in bytes that come in pieces, however they are cut. */
#include "upstream/echo.h"
#include "unit.h"

#include <glib.h>

#define SECRET "abababac"

/* Whether it is found in the text, in pieces of n bytes. */
static bool finds(const char *secret, const char *text, size_t n)
{
	struct echo echo;
	bool found = false;
	echo_init(&echo, str_of(secret));
	for (struct str rest = str_of(text); rest.n && !found;) {
		struct str piece = str_sub(rest, 0, MIN(n, rest.n));
		/* so that a sanitizer knows where it ends */
		g_autofree char *bytes = g_memdup2(piece.p, piece.n);
		found = echo_has(&echo, (struct str){bytes, piece.n});
		rest = str_skip(rest, piece.n);
	}
	echo_release(&echo);
	return found;
}

static void a_secret_is_found_however_it_is_cut(void **state)
{
	(void)state;
	for (size_t n = 1; n < 40; n++) {
		assert_true(finds(SECRET, SECRET, n));
		assert_true(finds(SECRET, "x" SECRET, n));
		assert_true(finds(SECRET, "abab" SECRET "yy", n));
		assert_true(finds(SECRET, "xxxxxxxxxxxxxxxxxxxxxx" SECRET, n));
		assert_false(finds(SECRET, "abababaabababab", n));
		assert_false(finds(SECRET, "abababa cabababa", n));
		assert_false(finds(SECRET, "", n));
	}
}

static void a_secret_of_a_few_letters_is_not_looked_for(void **state)
{
	struct echo echo;
	(void)state;
	assert_false(finds("seven77", "seven77", 40));
	echo_init(&echo, STR_NONE);
	assert_false(echo_has(&echo, STR("text")));
	echo_release(&echo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_found_however_it_is_cut),
		cmocka_unit_test(a_secret_of_a_few_letters_is_not_looked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
