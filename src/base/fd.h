/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors that close themselves at the end of their scope.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#define SCOPED_FD __attribute__((cleanup(fd_scope_end))) int
/* Closes *fd unless it is negative. */
void fd_scope_end(int *fd);

#endif
