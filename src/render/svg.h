/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much an SVG draws, before anybody draws it: elements can be used within
 * each other, so that a file of a kilobyte is a billion of them.
 */
#ifndef RENDER_SVG_H
#define RENDER_SVG_H

#include "base/err.h"
#include "base/str.h"

#define SVG_BYTES_MAX (40u * 1024 * 1024)
#define SVG_ELEMENTS_MAX 100000 /* with those that are used, each time */

/* Primitives of filters count as many, by what they do for each pixel. Not
 * counted: how often lines of a path cross.
 *
 * ERR_TOO_LARGE: it draws more, or may do so where nobody looks: in a style
 * sheet that is brought in, or compressed. ERR_INVALID: no XML, or in an
 * encoding that is not known. */
int svg_check(struct str text, struct err *err) MUST_CHECK;

#endif
