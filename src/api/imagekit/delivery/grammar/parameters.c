/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/parameters.h"

const struct tr_parameter_info tr_parameters[TR_PARAMETER_COUNT] = {
#define P(name, key, alias, group, values, fallback, help)                     \
	{key, alias, TR_##group, values, fallback, help},
	TR_PARAMETERS(P)
#undef P
};

static enum tr_parameter find(struct str key)
{
	unsigned i = 0;
	while (i < TR_PARAMETER_COUNT && key.n &&
	       !str_eq(key, str_of(tr_parameters[i].key)) &&
	       !str_eq(key, str_of(tr_parameters[i].alias)))
		i++;
	return key.n ? i : TR_PARAMETER_COUNT;
}

enum tr_parameter tr_parameter_of(struct str item, struct str *value)
{
	/* an effect's name is a part of its key */
	size_t from = str_starts(item, STR("e-")) ? 2 : 0;
	ptrdiff_t dash = str_find(str_skip(item, from), '-');
	*value = STR_NONE;
	if (dash < 0)
		return find(item);
	*value = str_skip(item, from + (size_t)dash + 1);
	return find(str_sub(item, 0, from + (size_t)dash));
}
