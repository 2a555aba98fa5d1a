/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing what programs have left behind, whatever it is.
 */
#ifndef CONVERT_CLEAR_H
#define CONVERT_CLEAR_H

/* Removes all that is in a folder, as far as that can be, and not the folder.
 * However deep it is, also where no path reaches; follows no links. Blocks. */
void clear_folder(const char *path);

#endif
