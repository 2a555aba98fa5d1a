/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICC profiles (ICC.1:2022), of which one question is asked: whether it may be
 * left out, because pixels without one are taken to be just that.
 */
#ifndef SCALE_PROFILE_H
#define SCALE_PROFILE_H

#include "base/str.h"

#define PROFILE_MAX (64u * 1024) /* bytes; no plain sRGB is longer */

/*
 * Whether it says sRGB (IEC 61966-2-1), by the numbers and not by its name:
 * primaries and curves as they are, in whatever form, as close as the profiles
 * of the usual makers come to each other. False: another one, one that works
 * with tables, or a broken one.
 */
bool profile_is_srgb(struct str icc);

#endif
