/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that a process opened before it shut itself in, found by their names
 * afterwards: libraries open what they need by path, again and again, and the
 * sandbox has no paths. Calls that it traps (SIGSYS) are answered here. Not
 * here: which calls those are; for sandbox.c only.
 */
#ifndef HELPERS_CHILD_NAMES_H
#define HELPERS_CHILD_NAMES_H

#include "helpers/child/sandbox.h"

/* Whether this processor's calls can be answered. */
#if defined(__x86_64__) || defined(__aarch64__)
#define NAMES_SUPPORTED true
#else
#define NAMES_SUPPORTED false
#endif

/*
 * From now on, in every thread: a trapped open() or openat() of the path of a
 * file, for reading, gives a new descriptor of it, from number `first` on,
 * access() and faccessat() say that it can be read, a trapped fstatat() that
 * asks about a descriptor is answered, and whatever else is trapped fails with
 * EACCES. The files stay the caller's, open and in place.
 */
int names_serve(const struct sandbox_file *files, unsigned n, int first,
		struct err *err) MUST_CHECK;

#endif
