/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <unistd.h>

void fd_scope_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
