/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlays before layers (docs of 2020: "Overlay"): one block, one image and
 * one text a step, whose parameters have other names.
 */
#include "api/imagekit/delivery/grammar/layers.h"

enum {
	BLOCK = 1 << TR_OLD_BLOCK,
	IMAGE = 1 << TR_OLD_IMAGE,
	TEXT = 1 << TR_OLD_TEXT,
};

static const struct {
	enum tr_parameter from, to;
	unsigned of; /* which of them have it */
} rows[] = {
	{TR_OI, TR_I, IMAGE},
	{TR_OT, TR_I, TEXT},
	{TR_OTE, TR_IE, TEXT},
	{TR_OBG, TR_BG, BLOCK},
	{TR_OX, TR_LX, BLOCK | IMAGE | TEXT},
	{TR_OY, TR_LY, BLOCK | IMAGE | TEXT},
	{TR_OFO, TR_LFO, BLOCK | IMAGE | TEXT},
	{TR_OW, TR_W, BLOCK | IMAGE},
	{TR_OH, TR_H, BLOCK | IMAGE},
	{TR_OR, TR_R, BLOCK | IMAGE | TEXT},
	{TR_OA, TR_AL, BLOCK | TEXT},
	{TR_OIT, TR_T, IMAGE},
	{TR_OIAR, TR_AR, IMAGE},
	{TR_OIBG, TR_BG, IMAGE},
	{TR_OIB, TR_B, IMAGE},
	{TR_OIDPR, TR_DPR, IMAGE},
	{TR_OIC, TR_C, IMAGE},
	{TR_OICM, TR_CM, IMAGE},
	{TR_OIFO, TR_FO, IMAGE},
	{TR_OIX, TR_X, IMAGE},
	{TR_OIY, TR_Y, IMAGE},
	{TR_OIXC, TR_XC, IMAGE},
	{TR_OIYC, TR_YC, IMAGE},
	{TR_OTW, TR_W, TEXT},
	{TR_OTS, TR_FS, TEXT},
	{TR_OTC, TR_CO, TEXT},
	{TR_OTF, TR_FF, TEXT},
	{TR_OTT, TR_TG, TEXT},
	{TR_OTBG, TR_BG, TEXT},
	{TR_OTP, TR_PA, TEXT},
	{TR_OTIA, TR_IA, TEXT},
};

static bool is_there(const struct tr_values *values, enum tr_old sort)
{
	switch (sort) {
	case TR_OLD_BLOCK:
		return values->of[TR_OBG].n > 0;
	case TR_OLD_IMAGE:
		return values->of[TR_OI].n > 0;
	default:
		return values->of[TR_OT].n > 0 || values->of[TR_OTE].n > 0;
	}
}

bool tr_old_layer(const struct tr_values *values, enum tr_old sort,
		  struct str *kind, struct tr_values *out)
{
	if (!is_there(values, sort))
		return false;
	*out = (struct tr_values){0};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!(rows[i].of >> sort & 1) || !values->has[rows[i].from])
			continue;
		out->of[rows[i].to] = values->of[rows[i].from];
		out->has[rows[i].to] = true;
	}
	*kind = sort == TR_OLD_TEXT ? STR("text") : STR("image");
	if (sort == TR_OLD_BLOCK)
		out->of[TR_I] = STR("ik_canvas");
	return true;
}
