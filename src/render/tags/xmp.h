/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XMP: the simple properties and arrays of a packet, by their local names with
 * a capital first. Structures are left out.
 */
#ifndef RENDER_TAGS_XMP_H
#define RENDER_TAGS_XMP_H

#include "render/tags/tags.h"

/* What stands before the place where a packet is broken is taken; a packet
 * with a document type has nothing for us. */
void xmp_add_flat(struct str packet, const struct tags *out);

#endif
