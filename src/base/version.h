/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place that names the version of this program.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define STOWAGE_VERSION "0.1.0"

/* The commit that it was built from, "-dirty" behind it when that was not all;
 * "" outside of a repository. Made by the build. */
extern const char version_commit[];

#endif
