/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At which quality a JPEG was saved.
 */
#ifndef RENDER_QUALITY_H
#define RENDER_QUALITY_H

#include "base/str.h"

/* 1 to 100: the setting of the usual encoders (the standard's luminance table,
 * scaled) that comes closest to the file's first quantisation table. 0: no
 * such table, or nothing comes close. */
unsigned jpeg_quality(struct str jpeg);

#endif
