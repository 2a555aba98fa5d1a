/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of fsck tell.
 */
#include "library/check/fsck.h"

#include <glib.h>
#include <stdarg.h>

void fsck_report(struct library_fsck *fsck, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	g_autofree char *text = g_strdup_vprintf(fmt, args);
	va_end(args);
	fsck->problems++;
	if (fsck->problem)
		fsck->problem(fsck->user, text);
}
