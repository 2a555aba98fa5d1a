/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/jpeg/jpeg_trap.h"

#include <jerror.h>

static void fail(j_common_ptr cinfo)
{
	struct jpeg_trap *trap = (struct jpeg_trap *)(void *)cinfo->err;
	char text[JMSG_LENGTH_MAX];
	int code = cinfo->err->msg_code;
	bool memory = code == JERR_OUT_OF_MEMORY ||
		      code == JERR_NO_BACKING_STORE ||
		      code == JERR_WIDTH_OVERFLOW;
	cinfo->err->format_message(cinfo, text);
	err_set(trap->err, memory ? ERR_TOO_LARGE : ERR_INVALID, "JPEG: %s",
		text);
	longjmp(trap->jump, -1);
}

static void ignore(j_common_ptr cinfo, int level)
{
	if (level < 0)
		cinfo->err->num_warnings++;
}

static void say_nothing(j_common_ptr cinfo)
{
	(void)cinfo;
}

struct jpeg_error_mgr *jpeg_trap_init(struct jpeg_trap *trap)
{
	struct jpeg_error_mgr *manager = jpeg_std_error(&trap->manager);
	manager->error_exit = fail;
	manager->emit_message = ignore;
	manager->output_message = say_nothing;
	return manager;
}
