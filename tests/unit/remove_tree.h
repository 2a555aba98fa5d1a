/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes away a folder that a test has made, with all that is in it.
 */
#ifndef UNIT_REMOVE_TREE_H
#define UNIT_REMOVE_TREE_H

#include <ftw.h>
#include <stdio.h>

static inline int remove_tree_entry(const char *path, const struct stat *info,
				    int type, struct FTW *walk)
{
	(void)info, (void)type, (void)walk;
	return remove(path);
}

/* 0, or -1: something is still there. */
static inline int remove_tree(const char *path)
{
	return nftw(path, remove_tree_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
