/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which order what is known of some content is believed.
 */
#include "ingest/sniff.h"

bool sniff_type(struct arena *arena, const struct sniff_hints *hints,
		struct sniff_look *look, struct str *out)
{
	bool says = sniff_declared(hints->declared);
	*out = says && hints->trust_declared ? hints->declared
					     : sniff_signature(hints->head);
	if (out->p == NULL && says)
		*out = hints->declared;
	if (out->p == NULL)
		*out = sniff_extension(hints->name);
	return out->p || sniff_magic(arena, hints->head, look, out);
}
