/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named transformations: finding them, and what they may be.
 */
#include "api/imagekit/delivery/named.h"
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

/* Takes items off *rest until one is a name, which goes to *name. */
static bool next_name(struct str *rest, struct str *name)
{
	while (rest->p) {
		size_t n = 0;
		while (n < rest->n && rest->p[n] != ',' && rest->p[n] != ':')
			n++;
		struct str item = str_trim(str_sub(*rest, 0, n));
		*rest = n < rest->n ? str_skip(*rest, n + 1) : STR_NONE;
		*name = str_starts(item, STR("n-")) ? str_skip(item, 2)
						    : STR_NONE;
		if (name->n)
			return true;
	}
	return false;
}

int imagekit_named_read(struct str text, struct str *value, struct err *err)
{
	struct str name, rest;
	*value = str_starts(text, STR("tr:")) ? str_skip(text, 3) : text;
	rest = *value;
	if (next_name(&rest, &name))
		return err_set(err, ERR_INVALID,
			       "A named transformation cannot use another one, "
			       "as n-%.*s.",
			       STR_ARG(str_cut(name, TRANSFORMATION_NAME_MAX)));
	return 0;
}
