/* SPDX-License-Identifier: Apache-2.0 */
#include "http/syntax/accept.h"

/* "0", "0.", "0.000" */
static bool is_zero(struct str weight)
{
	if (weight.n == 0 || weight.p[0] != '0')
		return false;
	for (size_t i = 1; i < weight.n; i++)
		if (weight.p[i] != (i == 1 ? '.' : '0'))
			return false;
	return true;
}

bool accept_names(struct str field, struct str type)
{
	while (field.p) {
		bool refused = false;
		struct str item = str_split(&field, ',');
		struct str name = str_trim(str_split(&item, ';'));
		while (item.p) {
			struct str param = str_trim(str_split(&item, ';'));
			if (str_starts_nocase(param, STR("q=")))
				refused = is_zero(str_skip(param, 2));
		}
		if (str_eq_nocase(name, type))
			return !refused;
	}
	return false;
}
