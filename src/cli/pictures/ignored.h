/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For commands that take a transformation. In a URL nobody is told what of it
 * is ignored; whoever types one is.
 */
#ifndef CLI_PICTURES_IGNORED_H
#define CLI_PICTURES_IGNORED_H

#include "base/arena.h"

/* A line on stderr about the first item that says nothing, if there is one. */
void note_ignored(struct arena *arena, struct str transformation);

#endif
