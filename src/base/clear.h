/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing folders with what others have put there, whatever it is. However
 * deep it is, also where no path reaches; no link is followed. All calls block.
 */
#ifndef BASE_CLEAR_H
#define BASE_CLEAR_H

/* Removes all that is in a folder, as far as that can be, and not the folder.
 */
void clear_folder(const char *path);
/* Removes what has that name below a folder, of whatever kind, with all that is
 * in it; absent succeeds. 0, or -1 with errno: some of it is left. */
int clear_name(int at, const char *name);

#endif
