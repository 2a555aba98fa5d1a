/* SPDX-License-Identifier: Apache-2.0 */
#include "render/thumbhash.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define PIXELS (THUMBHASH_EDGE * THUMBHASH_EDGE)
#define WAVES_MAX 7
#define WAVES_ALPHA 5 /* of brightness where there is alpha, and of alpha */
#define WAVES_COLOUR 3
#define REST_MAX (WAVES_MAX * (WAVES_MAX + 1) / 2)

/* One of brightness, colour differences and alpha. */
struct channel {
	unsigned nx, ny;
	double constant;
	unsigned n;
	double rest[REST_MAX];
	double reach; /* the largest of the rest */
	float values[PIXELS];
};

struct channels {
	struct channel brightness, yellow, red, alpha;
};

static uint32_t level(double value, double most)
{
	double rounded = floor(value * most + 0.5);
	return (uint32_t)fmin(fmax(rounded, 0), most);
}

/* A value of -1 to 1 in `most` steps. */
static uint32_t signed_level(double value, double most)
{
	return level((value + 1) / 2, most);
}

static double coefficient(const struct thumb *thumb, const float *values,
			  unsigned cx, unsigned cy)
{
	double across[THUMBHASH_EDGE], sum = 0;
	for (unsigned x = 0; x < thumb->width; x++)
		across[x] = cos(M_PI / thumb->width * cx * (x + 0.5));
	for (unsigned y = 0; y < thumb->height; y++) {
		double row = 0;
		for (unsigned x = 0; x < thumb->width; x++)
			row += values[x + y * thumb->width] * across[x];
		sum += row * cos(M_PI / thumb->height * cy * (y + 0.5));
	}
	return sum / (thumb->width * thumb->height);
}

static void transform(const struct thumb *thumb, struct channel *channel,
		      unsigned nx, unsigned ny)
{
	channel->nx = nx;
	channel->ny = ny;
	channel->constant = coefficient(thumb, channel->values, 0, 0);
	for (unsigned cy = 0; cy < ny; cy++)
		for (unsigned cx = cy ? 0 : 1; cx * ny < nx * (ny - cy); cx++) {
			double c = coefficient(thumb, channel->values, cx, cy);
			channel->rest[channel->n++] = c;
			channel->reach = fmax(channel->reach, fabs(c));
		}
}

/* The mean of what is seen; whether all of it is opaque. */
static bool find_mean(const struct thumb *thumb, struct thumb_pixel *mean)
{
	double red = 0, green = 0, blue = 0, alpha = 0;
	unsigned n = thumb->width * thumb->height;
	for (unsigned i = 0; i < n; i++) {
		const struct thumb_pixel *p = &thumb->pixels[i];
		red += p->red * p->alpha;
		green += p->green * p->alpha;
		blue += p->blue * p->alpha;
		alpha += p->alpha;
	}
	*mean = (struct thumb_pixel){0};
	if (alpha > 0)
		*mean = (struct thumb_pixel){(float)(red / alpha),
					     (float)(green / alpha),
					     (float)(blue / alpha), 1};
	return alpha >= n;
}

static bool split(const struct thumb *thumb, struct channels *out)
{
	struct thumb_pixel mean;
	bool is_opaque = find_mean(thumb, &mean);
	for (unsigned i = 0; i < thumb->width * thumb->height; i++) {
		const struct thumb_pixel *p = &thumb->pixels[i];
		float rest = 1 - p->alpha;
		float red = mean.red * rest + p->red * p->alpha;
		float green = mean.green * rest + p->green * p->alpha;
		float blue = mean.blue * rest + p->blue * p->alpha;
		out->brightness.values[i] = (red + green + blue) / 3;
		out->yellow.values[i] = (red + green) / 2 - blue;
		out->red.values[i] = red - green;
		out->alpha.values[i] = p->alpha;
	}
	return is_opaque;
}

/* Waves along a side, of those along the longer one. */
static unsigned waves(const struct thumb *thumb, unsigned side, unsigned most)
{
	unsigned longer =
		thumb->width > thumb->height ? thumb->width : thumb->height;
	unsigned n = (unsigned)floor((double)most * side / longer + 0.5);
	return n ? n : 1;
}

static size_t put_rest(const struct channel *channel, size_t nibble,
		       uint8_t *out)
{
	for (unsigned i = 0; i < channel->n; i++, nibble++) {
		double of_reach = channel->reach > 0
					  ? channel->rest[i] / channel->reach
					  : -1;
		out[nibble / 2] |= (uint8_t)(signed_level(of_reach, 15)
					     << 4 * (nibble % 2));
	}
	return nibble;
}

static size_t write_hash(const struct channels *c, bool is_opaque,
			 uint32_t shape, uint8_t *out)
{
	uint32_t constants = level(c->brightness.constant, 63) |
			     signed_level(c->yellow.constant, 63) << 6 |
			     signed_level(c->red.constant, 63) << 12 |
			     level(c->brightness.reach, 31) << 18 |
			     (is_opaque ? 0u : 1u) << 23;
	uint32_t reaches = shape | level(c->yellow.reach, 63) << 3 |
			   level(c->red.reach, 63) << 9;
	size_t nibble = 10;
	memset(out, 0, THUMBHASH_MAX);
	for (int i = 0; i < 3; i++)
		out[i] = (uint8_t)(constants >> 8 * i);
	for (int i = 0; i < 2; i++)
		out[3 + i] = (uint8_t)(reaches >> 8 * i);
	if (!is_opaque) {
		out[5] = (uint8_t)(level(c->alpha.constant, 15) |
				   level(c->alpha.reach, 15) << 4);
		nibble += 2;
	}
	nibble = put_rest(&c->brightness, nibble, out);
	nibble = put_rest(&c->yellow, nibble, out);
	nibble = put_rest(&c->red, nibble, out);
	if (!is_opaque)
		nibble = put_rest(&c->alpha, nibble, out);
	return (nibble + 1) / 2;
}

size_t thumbhash_of(const struct thumb *thumb, uint8_t out[THUMBHASH_MAX])
{
	static struct channels c; /* 160 KB; one thread */
	memset(&c, 0, sizeof(c));
	bool is_opaque = split(thumb, &c);
	unsigned most = is_opaque ? WAVES_MAX : WAVES_ALPHA;
	unsigned nx = waves(thumb, thumb->width, most);
	unsigned ny = waves(thumb, thumb->height, most);
	bool is_wide = thumb->width > thumb->height;
	transform(thumb, &c.brightness, nx < 3 ? 3 : nx, ny < 3 ? 3 : ny);
	transform(thumb, &c.yellow, WAVES_COLOUR, WAVES_COLOUR);
	transform(thumb, &c.red, WAVES_COLOUR, WAVES_COLOUR);
	if (!is_opaque)
		transform(thumb, &c.alpha, WAVES_ALPHA, WAVES_ALPHA);
	return write_hash(&c, is_opaque,
			  (is_wide ? ny : nx) | (is_wide ? 1u << 15 : 0), out);
}
