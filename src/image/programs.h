/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs of the renderers, which stand beside our own.
 */
#ifndef IMAGE_PROGRAMS_H
#define IMAGE_PROGRAMS_H

struct image_programs {
	char *render, *scale; /* paths; NULL: not there */
};

void image_programs_find(struct image_programs *out);
void image_programs_release(struct image_programs *programs);

#endif
