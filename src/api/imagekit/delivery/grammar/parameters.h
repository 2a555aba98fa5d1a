/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of transformations: what the grammar knows, and what
 * docs/reference/imagekit-transformations.md is made from. A key that is not
 * here is ignored, as is a value that its parameter cannot have.
 */
#ifndef API_IMAGEKIT_DELIVERY_PARAMETERS_H
#define API_IMAGEKIT_DELIVERY_PARAMETERS_H

#include "base/str.h"

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

/* clang-format off */
/* P(NAME, "key", "alias", group, "values", "default", "what it does")
 * In the values: N number, E arithmetic too, C colour, on: also without a
 * value. */
#define TR_PARAMETERS(P)                                                       \
	P(W, "w", "", STEP, "E, 0-1 of the original, auto", "", "width")       \
	P(H, "h", "", STEP, "E, 0-1 of the original", "", "height")            \
	P(AR, "ar", "", STEP, "N-N, N_N, N:N, E", "",                          \
	  "width to height; with exactly one of `w` and `h`")                  \
	P(C, "c", "", STEP, "maintain_ratio, maintain_ratio_no_enlarge, force, at_max, at_max_enlarge, at_least",\
	  "maintain_ratio", "how the picture comes into `w` and `h`; takes the values of `cm` too")\
	P(CM, "cm", "", STEP, "extract, pad_resize, pad_resize_no_enlarge, pad_extract, pad_extract_no_shrink",\
	  "", "the same, goes before `c`")                                     \
	P(FO, "fo", "", STEP, "center, top, left, bottom, right, top_left, top_right, bottom_left, bottom_right, auto, face, custom, an object",\
	  "center", "what is kept, or where the picture stands in its padding; objects are what draws the eye")\
	P(X, "x", "", STEP, "E, NN", "", "left edge of what is extracted")     \
	P(Y, "y", "", STEP, "E, NN", "", "upper edge of what is extracted")    \
	P(XC, "xc", "", STEP, "E", "", "centre of what is extracted")          \
	P(YC, "yc", "", STEP, "E", "", "centre of what is extracted")          \
	P(Z, "z", "", STEP, "0.01-100", "1", "zoom, with `fo-face`, `fo-custom` and objects")\
	P(DPR, "dpr", "", STEP, "0.1-5, E, auto", "1",                         \
	  "multiplies `w` and `h`; ignored below 1 and above 5000 px")         \
	P(T, "t", "", STEP, "true, false, 1-99, on", "", "trims edges; image layers are trimmed unless `t-false`")\
	P(RT, "rt", "", STEP, "0-360, N0-N360, auto", "", "turns clockwise; N: the other way")\
	P(FL, "fl", "", STEP, "h, v, h_v, v_h", "", "flips")                   \
	P(DISTORT, "e-distort", "", STEP, "p-x1_y1_x2_y2_x3_y3_x4_y4, a-N, a-NN", "", "moves the corners, or bends")\
	P(GRAYSCALE, "e-grayscale", "", STEP, "on", "", "no colours")          \
	P(CONTRAST, "e-contrast", "", STEP, "on", "", "stretches the contrast")\
	P(COLORIZE, "e-colorize", "", STEP, "co-C_in-0-100, on", "co-black_in-35", "one tint")\
	P(CR, "cr", "", STEP, "C, C_0-100, C_0-100_C", "", "to, tolerance, from: one colour for another")\
	P(SHARPEN, "e-sharpen", "", STEP, "0-100, on", "", "sharpens")         \
	P(USM, "e-usm", "", STEP, "N-N-N-N, on", "2-2-0.8-0.024", "unsharp mask: radius, sigma, amount, threshold")\
	P(BL, "bl", "", STEP, "1-100, on", "10", "blurs, by a Gaussian of this sigma")\
	P(GRADIENT, "e-gradient", "", STEP, "ld-..._from-C_to-C_sp-E, on", "ld-bottom_from-white_to-transparent_sp-1",\
	  "lays a gradient over; ld: bottom, top_left ... or degrees; sp: where it ends")\
	P(SHADOW, "e-shadow", "", STEP, "bl-0-15_st-0-100_x-N_y-N, on", "bl-10_st-30_x-2_y-2", "a shadow below what is not transparent")\
	P(O, "o", "", STEP, "0-100, 0-1", "100", "opacity, percent")           \
	P(BG, "bg", "", STEP, "C, dominant, gradient_dominant[_2|_4], blurred[_auto|_0-100[_N|_NN]]",\
	  "000000", "fills padding and what is transparent; blurred: padding only")\
	P(B, "b", "bo", STEP, "E_C, N-C, E", "", "border, around the picture") \
	P(R, "r", "", STEP, "N, max, N_N_N_N", "", "rounds the corners")       \
	P(F, "f", "", OUTPUT, "auto, jpg, jpeg, png, webp, avif, gif, jxl, orig", "",\
	  "format; auto: the smallest that the client takes")                  \
	P(Q, "q", "", OUTPUT, "1-100, auto", "80", "quality")                  \
	P(PR, "pr", "", OUTPUT, "true, false, on", "false", "progressive JPEG")\
	P(LO, "lo", "", OUTPUT, "true, false, on", "false", "lossless WebP, PNG without a palette")\
	P(CP, "cp", "", OUTPUT, "true, false, on", "false", "keeps the colour profile")\
	P(MD, "md", "", OUTPUT, "true, false, on", "false", "keeps metadata")  \
	P(ORIG, "orig", "", FILE, "true, false, on", "false", "the file as it is; all else is ignored")\
	P(DI, "di", "", FILE, "path, @@ for /", "", "the file in place of one that is not there")\
	P(PG, "pg", "", FILE, "N", "1", "page or frame; of several the first") \
	P(N, "n", "", FILE, "name", "", "a named transformation: stands for its text")\
	P(I, "i", "", LAYER, "path, text or ik_canvas", "", "what a layer shows; @@ for / in paths")\
	P(IE, "ie", "", LAYER, "base64", "", "the same in base64; goes before `i`")\
	P(LX, "lx", "", LAYER, "E, NN", "", "left edge; N: from the right")    \
	P(LY, "ly", "", LAYER, "E, NN", "", "upper edge; N: from below")       \
	P(LXC, "lxc", "", LAYER, "E, NN", "", "centre; only without `lx`")     \
	P(LYC, "lyc", "", LAYER, "E, NN", "", "centre; only without `ly`")     \
	P(LFO, "lfo", "", LAYER, "center, top, left, ...", "center", "where it stands without coordinates")\
	P(LAP, "lap", "", LAYER, "center, top, left, ...", "top_left", "the point that coordinates start from")\
	P(LM, "lm", "", LAYER, "multiply, cutter, cutout, displace", "", "how an image layer mixes")\
	P(FS, "fs", "", LAYER, "E", "45", "size of a text, pixels of the em")  \
	P(FF, "ff", "", LAYER, "family or path, @@ for /", "", "font")         \
	P(CO, "co", "", LAYER, "C", "000000", "colour of a text")              \
	P(IA, "ia", "", LAYER, "left, right, center", "center", "alignment of a text's lines")\
	P(PA, "pa", "", LAYER, "E, N_N, N_N_N, N_N_N_N", "0", "padding of a text, as in CSS")\
	P(AL, "al", "", LAYER, "1-9, 0-1", "", "opacity of a text or canvas, tenths; not when its colour says it")\
	P(TG, "tg", "", LAYER, "b, i, strikethrough, joined by _", "", "bold, italic, struck through")\
	P(LH, "lh", "", LAYER, "E", "", "height of a text's lines")            \
	P(OI, "oi", "", OLD, "path, @@ for /", "", "an image: `l-image,i-`")   \
	P(OT, "ot", "", OLD, "text", "", "a text: `l-text,i-`")                \
	P(OTE, "ote", "", OLD, "base64", "", "a text: `l-text,ie-`")           \
	P(OBG, "obg", "", OLD, "C", "", "a block: `l-image,i-ik_canvas,bg-`")  \
	P(OX, "ox", "", OLD, "E, NN", "", "`lx`")                              \
	P(OY, "oy", "", OLD, "E, NN", "", "`ly`")                              \
	P(OFO, "ofo", "", OLD, "as `lfo`", "center", "`lfo`")                  \
	P(OW, "ow", "", OLD, "as `w`", "", "`w` of the image or block")        \
	P(OH, "oh", "", OLD, "as `h`", "", "`h` of the image or block")        \
	P(OR, "or", "", OLD, "as `r`", "", "`r`")                              \
	P(OA, "oa", "", OLD, "1-9", "", "`al` of the text or block")           \
	P(OIT, "oit", "", OLD, "as `t`", "true", "`t` of the image")           \
	P(OIAR, "oiar", "", OLD, "as `ar`", "", "`ar` of the image")           \
	P(OIBG, "oibg", "", OLD, "as `bg`", "", "`bg` of the image")           \
	P(OIB, "oib", "", OLD, "as `b`", "", "`b` of the image")               \
	P(OIDPR, "oidpr", "", OLD, "as `dpr`", "", "`dpr` of the image")       \
	P(OIQ, "oiq", "", OLD, "as `q`", "", "nothing: only the answer is encoded")\
	P(OIC, "oic", "", OLD, "as `c`", "", "`c` of the image")               \
	P(OICM, "oicm", "", OLD, "as `cm`", "", "`cm` of the image")           \
	P(OIFO, "oifo", "", OLD, "as `fo`", "", "`fo` of the image")           \
	P(OIX, "oix", "", OLD, "as `x`", "", "`x` of the image")               \
	P(OIY, "oiy", "", OLD, "as `y`", "", "`y` of the image")               \
	P(OIXC, "oixc", "", OLD, "as `xc`", "", "`xc` of the image")           \
	P(OIYC, "oiyc", "", OLD, "as `yc`", "", "`yc` of the image")           \
	P(OTW, "otw", "", OLD, "as `w`", "", "`w` of the text")                \
	P(OTS, "ots", "", OLD, "as `fs`", "", "`fs`")                          \
	P(OTC, "otc", "", OLD, "C", "", "`co`")                                \
	P(OTF, "otf", "", OLD, "as `ff`", "", "`ff`")                          \
	P(OTT, "ott", "", OLD, "b, i, bi", "", "`tg`")                         \
	P(OTBG, "otbg", "", OLD, "C", "", "`bg` of the text")                  \
	P(OTP, "otp", "", OLD, "as `pa`", "", "`pa`")                          \
	P(OTIA, "otia", "", OLD, "as `ia`", "", "`ia`")                        \
	P(SO, "so", "", VIDEO, "", "", "start")                                \
	P(EO, "eo", "", VIDEO, "", "", "end")                                  \
	P(DU, "du", "", VIDEO, "", "", "duration")                             \
	P(VC, "vc", "", VIDEO, "", "", "video codec")                          \
	P(AC, "ac", "", VIDEO, "", "", "audio codec")                          \
	P(SR, "sr", "", VIDEO, "", "", "streaming resolutions")                \
	P(LSO, "lso", "", VIDEO, "", "", "a layer's start")                    \
	P(LEO, "leo", "", VIDEO, "", "", "a layer's end")                      \
	P(LDU, "ldu", "", VIDEO, "", "", "a layer's duration")                 \
	P(FOL, "fol", "", VIDEO, "", "", "outline of subtitles")               \
	P(FSH, "fsh", "", VIDEO, "", "", "shadow of subtitles")                \
	P(LANG, "lang", "", VIDEO, "", "", "language of subtitles")            \
	P(BGREMOVE, "e-bgremove", "", MODEL, "", "", "removes the background") \
	P(REMOVEDOTBG, "e-removedotbg", "", MODEL, "", "", "removes the background")\
	P(DROPSHADOW, "e-dropshadow", "", MODEL, "", "", "a shadow that is drawn")\
	P(CHANGEBG, "e-changebg", "", MODEL, "", "", "another background")     \
	P(EDIT, "e-edit", "", MODEL, "", "", "edits by a prompt")              \
	P(RETOUCH, "e-retouch", "", MODEL, "", "", "retouches")                \
	P(UPSCALE, "e-upscale", "", MODEL, "", "", "upscales")                 \
	P(GENVAR, "e-genvar", "", MODEL, "", "", "makes a variation")
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
	const char *values, *fallback, *help;
};

extern const struct tr_parameter_info tr_parameters[TR_PARAMETER_COUNT];

/* The parameter that a decoded item is about; what follows its key and a dash
 * goes to *value, absent when there is neither: "bl", "bl-", "bl-5".
 * TR_PARAMETER_COUNT: none. */
enum tr_parameter tr_parameter_of(struct str item, struct str *value);

#endif
