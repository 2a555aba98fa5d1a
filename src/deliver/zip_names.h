/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the members of an archive are called: names that can be unpacked
 * anywhere, into one folder, without one taking the place of another.
 */
#ifndef DELIVER_ZIP_NAMES_H
#define DELIVER_ZIP_NAMES_H

#include "base/arena.h"

struct zip_names;

struct zip_names *zip_names_new(void);
void zip_names_free(struct zip_names *names);

/* A name that was not given before, also where case or the composition of
 * letters are not told apart: "a.jpg", "a (1).jpg". No path, not "." or "..",
 * no control characters, no ':', UTF-8, ZIP_NAME_MAX bytes at most. Of any
 * bytes. */
struct str zip_names_add(struct zip_names *names, struct str wanted,
			 struct arena *arena);

#endif
