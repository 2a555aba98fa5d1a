/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much an SVG draws, before anybody draws it: elements can be used within
 * each other, so that a file of a kilobyte is a billion of them.
 */
#ifndef RENDER_SVG_H
#define RENDER_SVG_H

#include "base/str.h"

#define SVG_ELEMENTS_MAX 100000 /* with those that are used, each time */

/* Counts what is used by `use`, and by url(#...) in attributes. What is no XML
 * counts up to where it ends being some: the decoder has its own opinion. A
 * compressed one is not bounded. */
bool svg_is_bounded(struct str text);

#endif
