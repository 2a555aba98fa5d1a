/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/picture/matrix.h"

#include <math.h>

#define MEMBER_MAX 1e6
#define AREA_MIN 1e-6

struct matrix matrix_then(const struct matrix *first,
			  const struct matrix *second)
{
	const double *a = first->m, *b = second->m;
	return (struct matrix){{
		b[0] * a[0] + b[1] * a[3],
		b[0] * a[1] + b[1] * a[4],
		b[0] * a[2] + b[1] * a[5] + b[2],
		b[3] * a[0] + b[4] * a[3],
		b[3] * a[1] + b[4] * a[4],
		b[3] * a[2] + b[4] * a[5] + b[5],
	}};
}

void matrix_apply(const struct matrix *matrix, double *x, double *y)
{
	const double *m = matrix->m;
	double from_x = *x, from_y = *y;
	*x = m[0] * from_x + m[1] * from_y + m[2];
	*y = m[3] * from_x + m[4] * from_y + m[5];
}

bool matrix_is_sound(const struct matrix *matrix)
{
	const double *m = matrix->m;
	for (int i = 0; i < 6; i++)
		if (!isfinite(m[i]) || fabs(m[i]) > MEMBER_MAX)
			return false;
	return fabs(m[0] * m[4] - m[1] * m[3]) >= AREA_MIN;
}
