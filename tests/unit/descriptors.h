/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a test leaves descriptors open.
 */
#ifndef UNIT_DESCRIPTORS_H
#define UNIT_DESCRIPTORS_H

#include "unit.h"

#include <dirent.h>

/* Of this process; only the difference says something. */
static inline size_t count_descriptors(void)
{
	size_t n = 0;
	DIR *dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

#endif
