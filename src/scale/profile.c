/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/profile.h"

#include <math.h>

#define HEADER 128
#define TAG_ENTRY 12 /* bytes: signature, offset, size */
#define TAGS_MAX 100

/* How far off: of an XYZ, and of linear light between 0 and 1. A curve of gamma
 * 2.2 is further away. */
#define PRIMARY_OFF 0.003
#define CURVE_OFF 0.002
#define CURVE_POINTS 32

/* 0 for what is not there. */
static uint32_t number_at(struct str s, size_t at, unsigned n)
{
	uint32_t value = 0;
	if (at > s.n || n > s.n - at)
		return 0;
	for (unsigned i = 0; i < n; i++)
		value = value << 8 | (uint8_t)s.p[at + i];
	return value;
}

static double fixed_at(struct str s, size_t at)
{
	return (int32_t)number_at(s, at, 4) / 65536.0;
}

static bool is_at(struct str s, size_t at, const char word[4])
{
	return at <= s.n && s.n - at >= 4 && memcmp(s.p + at, word, 4) == 0;
}

static struct str find_tag(struct str icc, const char name[4])
{
	uint32_t n = number_at(icc, HEADER, 4);
	for (size_t i = 0; i < n && i < TAGS_MAX; i++) {
		size_t entry = HEADER + 4 + i * TAG_ENTRY;
		if (!is_at(icc, entry, name))
			continue;
		size_t at = number_at(icc, entry + 4, 4);
		size_t size = number_at(icc, entry + 8, 4);
		if (at > icc.n || size > icc.n - at)
			return STR_NONE;
		return str_sub(icc, at, at + size);
	}
	return STR_NONE;
}

/* As every profile has them, adapted to D50. */
static bool has_primary(struct str icc, const char name[4], const double xyz[3])
{
	struct str tag = find_tag(icc, name);
	if (tag.n < 20 || !is_at(tag, 0, "XYZ "))
		return false;
	for (unsigned i = 0; i < 3; i++)
		if (fabs(fixed_at(tag, 8 + 4 * i) - xyz[i]) > PRIMARY_OFF)
			return false;
	return true;
}

static double srgb_curve(double x)
{
	return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

/* 10.6: a table, or one number that is the exponent, or nothing. */
static double table_curve(struct str tag, double x)
{
	uint32_t n = number_at(tag, 8, 4);
	if (n == 0)
		return x;
	if (n == 1)
		return pow(x, number_at(tag, 12, 2) / 256.0);
	double at = x * (n - 1);
	size_t i = (size_t)at;
	double low = number_at(tag, 12 + 2 * i, 2) / 65535.0;
	double high = number_at(tag, 14 + 2 * i, 2) / 65535.0;
	return i + 1 < n ? low + (high - low) * (at - (double)i) : low;
}

/* 10.18: of those, the two with which sRGB can be said. */
static double formula_curve(struct str tag, double x)
{
	uint32_t kind = number_at(tag, 8, 2);
	double v[7];
	for (unsigned i = 0; i < 7; i++)
		v[i] = fixed_at(tag, 12 + 4 * i);
	if (kind != 3 && kind != 4)
		return -1;
	if (kind == 3)
		v[5] = v[6] = 0;
	return x >= v[4] ? pow(v[1] * x + v[2], v[0]) + v[5] : v[3] * x + v[6];
}

static bool has_curve(struct str icc, const char name[4])
{
	struct str tag = find_tag(icc, name);
	bool table = is_at(tag, 0, "curv");
	if (tag.n < 12 || (!table && !is_at(tag, 0, "para")))
		return false;
	for (unsigned i = 0; i <= CURVE_POINTS; i++) {
		double x = (double)i / CURVE_POINTS;
		double y = table ? table_curve(tag, x) : formula_curve(tag, x);
		/* (not a number: no) */
		if (!(fabs(y - srgb_curve(x)) <= CURVE_OFF))
			return false;
	}
	return true;
}

bool profile_is_srgb(struct str icc)
{
	static const double red[] = {0.4361, 0.2225, 0.0139};
	static const double green[] = {0.3851, 0.7169, 0.0971};
	static const double blue[] = {0.1431, 0.0606, 0.7141};
	if (icc.n < HEADER + 4 || icc.n > PROFILE_MAX ||
	    !is_at(icc, 36, "acsp") || !is_at(icc, 16, "RGB ") ||
	    !is_at(icc, 20, "XYZ ") || find_tag(icc, "A2B0").p)
		return false;
	return has_primary(icc, "rXYZ", red) &&
	       has_primary(icc, "gXYZ", green) &&
	       has_primary(icc, "bXYZ", blue) && has_curve(icc, "rTRC") &&
	       has_curve(icc, "gTRC") && has_curve(icc, "bTRC");
}
