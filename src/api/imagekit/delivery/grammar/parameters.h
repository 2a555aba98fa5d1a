/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of transformations: what the grammar knows, and what
 * docs/reference/imagekit-transformations.md is made from. A key that is not
 * here is ignored, as is a value that its parameter cannot have.
 */
#ifndef API_IMAGEKIT_DELIVERY_GRAMMAR_PARAMETERS_H
#define API_IMAGEKIT_DELIVERY_GRAMMAR_PARAMETERS_H

#include "api/imagekit/delivery/grammar/values.h"

/* Where a parameter counts. */
enum tr_group {
	TR_STEP,   /* of the picture or an image layer, in the step's order */
	TR_OUTPUT, /* of the answer, wherever it stands */
	TR_FILE,   /* which file, wherever it stands */
	TR_LAYER,  /* of a layer */
	TR_OLD,    /* an overlay as it was written before layers */
	TR_VIDEO,  /* of videos; ignored */
	TR_MODEL,  /* takes a model that is not here; refused */
};

/* What of a value is checked before it takes the place of an earlier one. */
enum tr_type {
	TR_TYPE_ANY, /* nothing */
	/* numbers, which may be "auto" where the values in the table say so */
	TR_TYPE_LENGTH,  /* above zero */
	TR_TYPE_NUMBER,  /* of the range that its operation has */
	TR_TYPE_QUALITY, /* 1 to 100 */
	TR_TYPE_FLAG,
	TR_TYPE_COLOR,
	TR_TYPE_FILL,
	TR_TYPE_PLACE,
	TR_TYPE_WORD, /* one of the values in the table */
	/* forms.h */
	TR_TYPE_ASPECT,
	TR_TYPE_FOCUS,
	TR_TYPE_TRIM,
	TR_TYPE_ANGLE,
	TR_TYPE_OPACITY,
	TR_TYPE_LEVEL,
	TR_TYPE_BORDER,
	TR_TYPE_RADII,
	TR_TYPE_PADDING,
	TR_TYPE_TYPOGRAPHY,
	TR_TYPE_PAGE,
	TR_TYPE_DISTORT,
	TR_TYPE_RECOLOR,
	TR_TYPE_SHARPEN,
	TR_TYPE_MASK,
	TR_TYPE_BLUR,
	TR_TYPE_COLORIZE,
	TR_TYPE_GRADIENT,
	TR_TYPE_SHADOW,
};

/* clang-format off */
/* P(NAME, "key", "alias", group, ANY, "values", "default", "what it does")
 * In the values: N number, E arithmetic too, C colour, on: also without a
 * value. */
#define TR_PARAMETERS(P)                                                       \
	P(W, "w", "", STEP, LENGTH, "E, 0-1 of the original, auto", "", "width")       \
	P(H, "h", "", STEP, LENGTH, "E, 0-1 of the original", "", "height")            \
	P(AR, "ar", "", STEP, ASPECT, "N-N, N_N, N:N, E", "",                          \
	  "width to height; with exactly one of `w` and `h`")                  \
	P(C, "c", "", STEP, WORD, "maintain_ratio, maintain_ratio_no_enlarge, force, at_max, at_max_enlarge, at_least, extract, pad_resize, pad_resize_no_enlarge, pad_extract, pad_extract_no_shrink",\
	  "maintain_ratio", "how the picture comes into `w` and `h`")\
	P(CM, "cm", "", STEP, WORD, "as `c`",\
	  "", "the same, goes before `c`; people confuse the two")                                     \
	P(FO, "fo", "", STEP, FOCUS, "center, top, left, bottom, right, top_left, top_right, bottom_left, bottom_right, auto, face, custom, an object",\
	  "center", "what is kept, or where the picture stands in its padding; objects are what draws the eye")\
	P(X, "x", "", STEP, NUMBER, "E, NN", "", "left edge of what is extracted")     \
	P(Y, "y", "", STEP, NUMBER, "E, NN", "", "upper edge of what is extracted")    \
	P(XC, "xc", "", STEP, NUMBER, "E", "", "centre of what is extracted")          \
	P(YC, "yc", "", STEP, NUMBER, "E", "", "centre of what is extracted")          \
	P(Z, "z", "", STEP, NUMBER, "0.01-100", "1", "zoom, with `fo-face`, `fo-custom` and objects")\
	P(DPR, "dpr", "", STEP, NUMBER, "0.1-5, E, auto", "1",                         \
	  "multiplies `w` and `h`; ignored below 1 and above 5000 px")         \
	P(T, "t", "", STEP, TRIM, "true, false, 1-99, on", "", "trims edges; image layers are trimmed unless `t-false`")\
	P(RT, "rt", "", STEP, ANGLE, "0-360, N0-N360, auto", "", "turns clockwise; N: the other way")\
	P(FL, "fl", "", STEP, WORD, "h, v, h_v, v_h", "", "flips")                   \
	P(DISTORT, "e-distort", "", STEP, DISTORT, "p-x1_y1_x2_y2_x3_y3_x4_y4, a-N, a-NN", "", "moves the corners, or bends")\
	P(GRAYSCALE, "e-grayscale", "", STEP, ANY, "on", "", "no colours")          \
	P(CONTRAST, "e-contrast", "", STEP, ANY, "on", "", "stretches the contrast")\
	P(COLORIZE, "e-colorize", "", STEP, COLORIZE, "co-C_in-0-100, on", "co-black_in-35", "one tint")\
	P(CR, "cr", "", STEP, RECOLOR, "C, C_0-100, C_0-100_C", "", "to, tolerance, from: one colour for another")\
	P(SHARPEN, "e-sharpen", "", STEP, SHARPEN, "0-100, on", "", "sharpens")         \
	P(USM, "e-usm", "", STEP, MASK, "N-N-N-N, on", "2-2-0.8-0.024", "unsharp mask: radius, sigma, amount, threshold")\
	P(BL, "bl", "", STEP, BLUR, "1-100, on", "10", "blurs, by a Gaussian of this sigma")\
	P(GRADIENT, "e-gradient", "", STEP, GRADIENT, "ld-..._from-C_to-C_sp-E, on", "ld-bottom_from-white_to-transparent_sp-1",\
	  "lays a gradient over; ld: bottom, top_left ... or degrees; sp: where it ends")\
	P(SHADOW, "e-shadow", "", STEP, SHADOW, "bl-0-15_st-0-100_x-N_y-N, on", "bl-10_st-30_x-2_y-2", "a shadow below what is not transparent")\
	P(O, "o", "", STEP, OPACITY, "0-100, 0-1", "100", "opacity, percent")           \
	P(BG, "bg", "", STEP, FILL, "C, dominant, gradient_dominant[_2|_4], blurred[_auto|_0-100[_N|_NN]]",\
	  "000000", "fills padding and what is transparent; blurred: padding only")\
	P(B, "b", "bo", STEP, BORDER, "E_C, N-C, E", "", "border, around the picture") \
	P(R, "r", "", STEP, RADII, "N, max, N_N_N_N", "", "rounds the corners")       \
	P(F, "f", "", OUTPUT, WORD, "auto, jpg, jpeg, png, webp, avif, gif, jxl, orig", "",\
	  "format; auto: the smallest that the client takes")                  \
	P(Q, "q", "", OUTPUT, QUALITY, "1-100, auto", "80", "quality")                  \
	P(PR, "pr", "", OUTPUT, FLAG, "true, false, on", "false", "progressive JPEG")\
	P(LO, "lo", "", OUTPUT, FLAG, "true, false, on", "false", "lossless WebP, PNG without a palette")\
	P(CP, "cp", "", OUTPUT, FLAG, "true, false, on", "false", "keeps the colour profile")\
	P(MD, "md", "", OUTPUT, FLAG, "true, false, on", "false", "keeps metadata")  \
	P(ORIG, "orig", "", FILE, FLAG, "true, false, on", "false", "the file as it is; all else is ignored")\
	P(DI, "di", "", FILE, ANY, "path, @@ for /", "", "the file in place of one that is not there")\
	P(PG, "pg", "", FILE, PAGE, "N", "1", "page or frame; of several the first") \
	P(N, "n", "", FILE, ANY, "name", "", "a named transformation: stands for its text")\
	P(I, "i", "", LAYER, ANY, "path, text or ik_canvas", "", "what a layer shows; @@ for / in paths")\
	P(IE, "ie", "", LAYER, ANY, "base64", "", "the same in base64; goes before `i`")\
	P(LX, "lx", "", LAYER, NUMBER, "E, NN", "", "left edge; N: from the right")    \
	P(LY, "ly", "", LAYER, NUMBER, "E, NN", "", "upper edge; N: from below")       \
	P(LXC, "lxc", "", LAYER, NUMBER, "E, NN", "", "centre; only without `lx`")     \
	P(LYC, "lyc", "", LAYER, NUMBER, "E, NN", "", "centre; only without `ly`")     \
	P(LFO, "lfo", "", LAYER, PLACE, "center, top, left, ...", "center", "where it stands without coordinates")\
	P(LAP, "lap", "", LAYER, PLACE, "center, top, left, ...", "top_left", "the point that coordinates start from")\
	P(LM, "lm", "", LAYER, WORD, "multiply, cutter, cutout, displace", "", "how an image layer mixes")\
	P(FS, "fs", "", LAYER, NUMBER, "E", "45", "size of a text, pixels of the em")  \
	P(FF, "ff", "", LAYER, ANY, "family or path, @@ for /", "", "font")         \
	P(CO, "co", "", LAYER, COLOR, "C", "000000", "colour of a text")              \
	P(IA, "ia", "", LAYER, WORD, "left, right, center", "center", "alignment of a text's lines")\
	P(PA, "pa", "", LAYER, PADDING, "E, N_N, N_N_N, N_N_N_N", "0", "padding of a text, as in CSS")\
	P(AL, "al", "", LAYER, LEVEL, "1-9, 0-1", "", "opacity of a text or canvas, tenths; not when its colour says it")\
	P(TG, "tg", "", LAYER, TYPOGRAPHY, "b, i, strikethrough, joined by _", "", "bold, italic, struck through")\
	P(LH, "lh", "", LAYER, NUMBER, "E", "", "height of a text's lines")            \
	P(OI, "oi", "", OLD, ANY, "path, @@ for /", "", "an image: `l-image,i-`")   \
	P(OT, "ot", "", OLD, ANY, "text", "", "a text: `l-text,i-`")                \
	P(OTE, "ote", "", OLD, ANY, "base64", "", "a text: `l-text,ie-`")           \
	P(OBG, "obg", "", OLD, COLOR, "C", "", "a block: `l-image,i-ik_canvas,bg-`")  \
	P(OX, "ox", "", OLD, NUMBER, "E, NN", "", "`lx`")                              \
	P(OY, "oy", "", OLD, NUMBER, "E, NN", "", "`ly`")                              \
	P(OFO, "ofo", "", OLD, PLACE, "as `lfo`", "center", "`lfo`")                  \
	P(OW, "ow", "", OLD, LENGTH, "as `w`", "", "`w` of the image or block")        \
	P(OH, "oh", "", OLD, LENGTH, "as `h`", "", "`h` of the image or block")        \
	P(OR, "or", "", OLD, RADII, "as `r`", "", "`r`")                              \
	P(OA, "oa", "", OLD, LEVEL, "1-9", "", "`al` of the text or block")           \
	P(OIT, "oit", "", OLD, TRIM, "as `t`", "true", "`t` of the image")           \
	P(OIAR, "oiar", "", OLD, ASPECT, "as `ar`", "", "`ar` of the image")           \
	P(OIBG, "oibg", "", OLD, FILL, "as `bg`", "", "`bg` of the image")           \
	P(OIB, "oib", "", OLD, BORDER, "as `b`", "", "`b` of the image")               \
	P(OIDPR, "oidpr", "", OLD, NUMBER, "as `dpr`", "", "`dpr` of the image")       \
	P(OIQ, "oiq", "", OLD, QUALITY, "as `q`", "", "nothing: only the answer is encoded")\
	P(OIC, "oic", "", OLD, WORD, "as `c`", "", "`c` of the image")               \
	P(OICM, "oicm", "", OLD, WORD, "as `c`", "", "`cm` of the image")           \
	P(OIFO, "oifo", "", OLD, FOCUS, "as `fo`", "", "`fo` of the image")           \
	P(OIX, "oix", "", OLD, NUMBER, "as `x`", "", "`x` of the image")               \
	P(OIY, "oiy", "", OLD, NUMBER, "as `y`", "", "`y` of the image")               \
	P(OIXC, "oixc", "", OLD, NUMBER, "as `xc`", "", "`xc` of the image")           \
	P(OIYC, "oiyc", "", OLD, NUMBER, "as `yc`", "", "`yc` of the image")           \
	P(OTW, "otw", "", OLD, LENGTH, "as `w`", "", "`w` of the text")                \
	P(OTS, "ots", "", OLD, NUMBER, "as `fs`", "", "`fs`")                          \
	P(OTC, "otc", "", OLD, COLOR, "C", "", "`co`")                                \
	P(OTF, "otf", "", OLD, ANY, "as `ff`", "", "`ff`")                          \
	P(OTT, "ott", "", OLD, TYPOGRAPHY, "b, i, bi", "", "`tg`")                         \
	P(OTBG, "otbg", "", OLD, COLOR, "C", "", "`bg` of the text")                  \
	P(OTP, "otp", "", OLD, PADDING, "as `pa`", "", "`pa`")                          \
	P(OTIA, "otia", "", OLD, WORD, "as `ia`", "", "`ia`")                        \
	P(SO, "so", "", VIDEO, ANY, "", "", "start")                                \
	P(EO, "eo", "", VIDEO, ANY, "", "", "end")                                  \
	P(DU, "du", "", VIDEO, ANY, "", "", "duration")                             \
	P(VC, "vc", "", VIDEO, ANY, "", "", "video codec")                          \
	P(AC, "ac", "", VIDEO, ANY, "", "", "audio codec")                          \
	P(SR, "sr", "", VIDEO, ANY, "", "", "streaming resolutions")                \
	P(LSO, "lso", "", VIDEO, ANY, "", "", "a layer's start")                    \
	P(LEO, "leo", "", VIDEO, ANY, "", "", "a layer's end")                      \
	P(LDU, "ldu", "", VIDEO, ANY, "", "", "a layer's duration")                 \
	P(FOL, "fol", "", VIDEO, ANY, "", "", "outline of subtitles")               \
	P(FSH, "fsh", "", VIDEO, ANY, "", "", "shadow of subtitles")                \
	P(LANG, "lang", "", VIDEO, ANY, "", "", "language of subtitles")            \
	P(BGREMOVE, "e-bgremove", "", MODEL, ANY, "", "", "removes the background") \
	P(REMOVEDOTBG, "e-removedotbg", "", MODEL, ANY, "", "", "removes the background")\
	P(DROPSHADOW, "e-dropshadow", "", MODEL, ANY, "", "", "a shadow that is drawn")\
	P(CHANGEBG, "e-changebg", "", MODEL, ANY, "", "", "another background")     \
	P(EDIT, "e-edit", "", MODEL, ANY, "", "", "edits by a prompt")              \
	P(RETOUCH, "e-retouch", "", MODEL, ANY, "", "", "retouches")                \
	P(UPSCALE, "e-upscale", "", MODEL, ANY, "", "", "upscales")                 \
	P(GENVAR, "e-genvar", "", MODEL, ANY, "", "", "makes a variation")
/* clang-format on */

enum tr_parameter {
#define P(name, ...) TR_##name,
	TR_PARAMETERS(P)
#undef P
	TR_PARAMETER_COUNT
};

struct tr_parameter_info {
	const char *key, *alias; /* alias: "" without */
	enum tr_group group;
	enum tr_type type;
	const char *values, *fallback, *help;
};

extern const struct tr_parameter_info tr_parameters[TR_PARAMETER_COUNT];

/* The parameter that a decoded item is about; what follows its key and a dash
 * goes to *value, absent when there is neither: "bl", "bl-", "bl-5".
 * TR_PARAMETER_COUNT: none. */
enum tr_parameter tr_parameter_of(struct str item, struct str *value);

/* Whether it can have such a value (absent: bare), in the variables that count
 * where it stands. What it cannot have is ignored and leaves an earlier value
 * as it was. */
bool tr_parameter_takes(enum tr_parameter parameter, struct str value,
			enum tr_arithmetic kind);

#endif
