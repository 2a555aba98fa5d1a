/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPTC (IIM, the application record): what agencies write beside a picture.
 */
#ifndef RENDER_TAGS_IPTC_H
#define RENDER_TAGS_IPTC_H

#include "render/tags/tags.h"

/* blob: datasets, or a Photoshop resource block that holds them. */
void iptc_add_flat(struct str blob, const struct tags *out);

#endif
