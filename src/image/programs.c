/* SPDX-License-Identifier: Apache-2.0 */
#include "image/programs.h"
#include "helpers/program.h"

#include <glib.h>

void image_programs_find(struct image_programs *out)
{
	out->render = program_beside("stowage-render");
	out->scale = program_beside("stowage-scale");
}

void image_programs_release(struct image_programs *programs)
{
	g_free(programs->render);
	g_free(programs->scale);
}
