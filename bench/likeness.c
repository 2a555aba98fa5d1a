/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How like two pictures are: PSNR in dB and the mean structural similarity
 * (Wang, Bovik, Sheikh, Simoncelli 2004; windows of 8x8 pixels, each as heavy
 * as the others) of their 8-bit gray values.
 *
 * usage: likeness WIDTH HEIGHT FILE FILE      (one byte a pixel, no header)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define WINDOW 8
#define C1 (0.01 * 255 * 0.01 * 255)
#define C2 (0.03 * 255 * 0.03 * 255)

static unsigned char *read_gray(const char *path, size_t n)
{
	unsigned char *pixels = malloc(n);
	FILE *file = fopen(path, "rb");
	if (pixels == NULL || file == NULL || fread(pixels, 1, n, file) != n ||
	    fgetc(file) != EOF) {
		fprintf(stderr, "likeness: %s is not %zu bytes\n", path, n);
		exit(1);
	}
	fclose(file);
	return pixels;
}

static double similarity(const unsigned char *a, const unsigned char *b,
			 size_t stride)
{
	double n = WINDOW * WINDOW, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
	for (size_t y = 0; y < WINDOW; y++) {
		for (size_t x = 0; x < WINDOW; x++) {
			double p = a[y * stride + x], q = b[y * stride + x];
			sa += p;
			sb += q;
			saa += p * p;
			sbb += q * q;
			sab += p * q;
		}
	}
	double ma = sa / n, mb = sb / n;
	double va = saa / n - ma * ma, vb = sbb / n - mb * mb;
	double cov = sab / n - ma * mb;
	return (2 * ma * mb + C1) * (2 * cov + C2) /
	       ((ma * ma + mb * mb + C1) * (va + vb + C2));
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fputs("usage: likeness WIDTH HEIGHT FILE FILE\n", stderr);
		return 2;
	}
	size_t width = strtoul(argv[1], NULL, 10);
	size_t height = strtoul(argv[2], NULL, 10);
	size_t n = width * height, windows = 0;
	if (width < WINDOW || height < WINDOW)
		return 2;
	const unsigned char *a = read_gray(argv[3], n);
	const unsigned char *b = read_gray(argv[4], n);
	double squares = 0, sum = 0;
	for (size_t i = 0; i < n; i++)
		squares += (a[i] - b[i]) * (a[i] - b[i]);
	for (size_t y = 0; y + WINDOW <= height; y++)
		for (size_t x = 0; x + WINDOW <= width; x++, windows++)
			sum += similarity(a + y * width + x, b + y * width + x,
					  width);
	printf("%.2f dB, %.4f\n",
	       10 * log10(255.0 * 255.0 * (double)n / squares),
	       sum / (double)windows);
	return 0;
}
