/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Affine maps between the pixels of pictures: x' = m0 x + m1 y + m2,
 * y' = m3 x + m4 y + m5. Points are where pixels meet, (0, 0) the upper left
 * corner of the first.
 */
#ifndef OCR_PICTURE_MATRIX_H
#define OCR_PICTURE_MATRIX_H

#include <stdbool.h>

struct matrix {
	double m[6];
};

#define MATRIX_IDENTITY ((struct matrix){{1, 0, 0, 0, 1, 0}})

/* First `first`, then `second`. */
struct matrix matrix_then(const struct matrix *first,
			  const struct matrix *second);
/* In place. */
void matrix_apply(const struct matrix *matrix, double *x, double *y);
/* Finite, not beyond what pictures need, and with an inverse. */
bool matrix_is_sound(const struct matrix *matrix);

#endif
