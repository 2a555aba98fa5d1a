/* SPDX-License-Identifier: Apache-2.0 */
#include "image/pgm.h"

#include <glib.h>

struct str image_pgm_head(unsigned width, unsigned height,
			  char buffer[IMAGE_PGM_HEAD_MAX])
{
	int n = g_snprintf(buffer, IMAGE_PGM_HEAD_MAX, "P5\n%u %u\n255\n",
			   width, height);
	return (struct str){buffer, (size_t)n};
}
