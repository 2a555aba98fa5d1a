/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The renderers of image/renderers.h as those of derive/derive.h.
 */
#ifndef DERIVE_RENDER_H
#define DERIVE_RENDER_H

#include "derive/derive.h"
#include "image/renderers.h"

/* NULL: there are none. */
struct derive_renderer derive_renderer_of(struct renderers *renderers);

#endif
