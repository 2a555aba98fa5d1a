/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named transformations: finding them, and what they may be.
 */
#include "api/imagekit/delivery/named.h"
#include "api/imagekit/delivery/grammar/grammar.h"
#include "library/accounts/transformation.h"

#define THUMBNAIL STR("w-100,h-100,c-at_max,fo-auto")

struct str imagekit_named(const struct account *account, struct str name)
{
	const struct transformation *own = transformation_find(account, name);
	if (own)
		return own->value;
	/* the second one since 2022; URLs that are kept have the first */
	return str_eq(name, STR("media_library_thumbnail")) ||
			       str_eq(name, STR("ik_ml_thumbnail"))
		       ? THUMBNAIL
		       : STR_NONE;
}

struct str imagekit_named_resolve(const void *account, struct str name)
{
	return imagekit_named(account, name);
}

int imagekit_named_read(struct arena *arena, struct str text, struct str *value,
			struct err *err)
{
	struct imagekit_wanted ignored;
	*value = str_starts(text, STR("tr:")) ? str_skip(text, 3) : text;
	/* nobody has defined a name, so one is ERR_INVALID */
	const struct imagekit_transformation in = {.path = *value};
	if (imagekit_grammar(&in, arena, &ignored, err) == 0)
		return 0;
	if (err->code == ERR_INVALID)
		return err_set(err, ERR_INVALID,
			       "A named transformation cannot use another "
			       "one.");
	return -1;
}
