/* SPDX-License-Identifier: Apache-2.0 */
#include "render/phash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EDGE PHASH_EDGE
#define BITS 64
#define LOW 11    /* frequencies 0..10 hold the first 65 in zigzag order */
#define NOISE 0.5 /* grey levels, spread over the whole picture */

/* The first LOW coefficients of a row, orthonormal. */
static void transform(const double in[EDGE], double out[LOW])
{
	for (int u = 0; u < LOW; u++) {
		double sum = 0;
		for (int x = 0; x < EDGE; x++)
			sum += in[x] * cos(M_PI * (2 * x + 1) * u / (2 * EDGE));
		out[u] = sum * sqrt((u ? 2.0 : 1.0) / EDGE);
	}
}

/* low[v][u]: v counts waves from top to bottom, u from left to right. */
static void transform_both(const double grey[EDGE][EDGE], double low[LOW][LOW])
{
	double rows[LOW][EDGE], line[LOW];
	for (int y = 0; y < EDGE; y++) {
		transform(grey[y], line);
		for (int u = 0; u < LOW; u++)
			rows[u][y] = line[u];
	}
	for (int u = 0; u < LOW; u++) {
		transform(rows[u], line);
		for (int v = 0; v < LOW; v++)
			low[v][u] = line[v];
	}
}

/* Along the diagonals, every other one downwards, without the first. */
static void take_zigzag(const double low[LOW][LOW], double out[BITS])
{
	int n = 0;
	for (int diagonal = 1; n < BITS; diagonal++)
		for (int i = 0; i <= diagonal && n < BITS; i++) {
			int u = diagonal % 2 ? diagonal - i : i;
			double c = low[diagonal - u][u];
			out[n++] = fabs(c) < NOISE ? 0 : c;
		}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

uint64_t phash_of(const double grey[EDGE][EDGE])
{
	double low[LOW][LOW], c[BITS], sorted[BITS];
	uint64_t hash = 0;
	transform_both(grey, low);
	take_zigzag(low, c);
	memcpy(sorted, c, sizeof(c));
	qsort(sorted, BITS, sizeof(*sorted), compare);
	double median = (sorted[BITS / 2 - 1] + sorted[BITS / 2]) / 2;
	for (int i = 0; i < BITS; i++)
		hash = hash << 1 | (c[i] > median);
	return hash;
}
