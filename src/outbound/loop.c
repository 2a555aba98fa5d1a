/* SPDX-License-Identifier: Apache-2.0 */
#include "outbound/loop.h"
#include "base/id.h"

#include <glib.h>

#define NAME "stowage-"
#define RANDOM 16 /* characters */

static struct str own_name(void)
{
	static char name[sizeof(NAME) + RANDOM] = NAME;
	static gsize made;
	if (g_once_init_enter(&made)) {
		random_token(name + strlen(NAME), RANDOM);
		g_once_init_leave(&made, 1);
	}
	return (struct str){name, sizeof(name) - 1};
}

bool loop_is_own(struct str value)
{
	const struct str own = own_name();
	while (value.p) {
		struct str one = str_split(&value, ',');
		if (str_eq(str_trim(str_split(&one, ';')), own))
			return true;
	}
	return false;
}

void loop_line(struct str told, char out[LOOP_LINE_MAX])
{
	const struct str own = own_name();
	bool passes = told.n && told.n <= LOOP_TOLD_MAX;
	if (passes && !str_has_control(told))
		g_snprintf(out, LOOP_LINE_MAX, "CDN-Loop: %.*s, %.*s",
			   STR_ARG(told), STR_ARG(own));
	else
		g_snprintf(out, LOOP_LINE_MAX, "CDN-Loop: %.*s", STR_ARG(own));
}
