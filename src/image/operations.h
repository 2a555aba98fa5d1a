/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of plans: their parameters' names, types, ranges and defaults.
 * The one table that grammars fill in, the text form is written by and
 * renderers follow. Words are those of the field and no vendor's.
 *
 * An operation works on what the one before it gave; the first gets the source,
 * turned upright by its EXIF orientation. Lengths are pixels, angles degrees
 * clockwise, colours sRGB with alpha.
 */
#ifndef IMAGE_OPERATIONS_H
#define IMAGE_OPERATIONS_H

#include <float.h>
#include <stdint.h>

#define IMAGE_SIDE_MAX 65535 /* pixels of a width or height */
#define IMAGE_LIST_MAX 64    /* numbers of a list */

/* clang-format off */

/* Words, in the order of their enumerators; the first is the default. */
#define IMAGE_FITS(W)                                                          \
	W(COVER, "cover")     /* scaled to fill width x height, rest cut off */\
	W(STRETCH, "stretch") /* to exactly width x height */                  \
	W(INSIDE, "inside")   /* as large as fits into width x height */       \
	W(OUTSIDE, "outside") /* as small as covers width x height, uncut */   \
	W(PAD, "pad")         /* inside, the rest filled */                    \
	W(EXTRACT, "extract") /* cut out, not scaled */                        \
	W(PAD_EXTRACT, "pad-extract") /* cut out, what is missing filled */

/* What is kept when something is cut off, and where the picture stands when
 * something is filled. */
#define IMAGE_FOCUSES(W)                                                       \
	W(CENTER, "center") W(TOP, "top") W(LEFT, "left") W(BOTTOM, "bottom")  \
	W(RIGHT, "right") W(TOP_LEFT, "top-left") W(TOP_RIGHT, "top-right")    \
	W(BOTTOM_LEFT, "bottom-left") W(BOTTOM_RIGHT, "bottom-right")          \
	W(ATTENTION, "attention") /* what draws the eye */                     \
	W(FACE, "face")     /* a face; attention without a detector */         \
	W(REGION, "region") /* the parameter `region`, of the source */

/* What fills. */
#define IMAGE_FILLS(W)                                                         \
	W(COLOR, "color")                                                      \
	W(DOMINANT, "dominant") /* the colour that is most at the edges */     \
	W(BLURRED, "blurred")   /* the picture itself, covering, blurred */    \
	W(GRADIENT, "gradient") /* between dominant colours */

#define IMAGE_ALIGNS(W)                                                        \
	W(CENTER, "center") W(LEFT, "left") W(RIGHT, "right")

#define IMAGE_BLENDS(W)                                                        \
	W(NORMAL, "normal") W(MULTIPLY, "multiply")                            \
	W(CUTTER, "cutter")   /* only where the overlay is */                  \
	W(CUTOUT, "cutout")   /* only where it is not */                       \
	W(DISPLACE, "displace")

#define IMAGE_DISTORTIONS(W)                                                   \
	W(PERSPECTIVE, "perspective") /* points: the corners' new places */    \
	W(ARC, "arc")

/* How several pictures lie on one canvas, in their order. */
#define IMAGE_LAYOUTS(W)                                                       \
	W(ROWS, "rows")   /* uncut, in rows of equal height each */            \
	W(CELLS, "cells") /* in cells of one size, which they cover */

/* How a picture comes to the size of a frame. */
#define IMAGE_FRAME_FITS(W)                                                    \
	W(PAD, "pad") W(STRETCH, "stretch") W(COVER, "cover")

/* What makes something unrecognisable. */
#define IMAGE_REDACTIONS(W)                                                    \
	W(BLUR, "blur") W(PIXELATE, "pixelate")

#define IMAGE_SHAPES(W)                                                        \
	W(RECT, "rect") W(OVAL, "oval") /* the largest in it */

/* How an edge fades. */
#define IMAGE_FALLOFFS(W)                                                      \
	W(GAUSSIAN, "gaussian") W(LINEAR, "linear")

#define IMAGE_FORMATS(W)                                                       \
	W(SOURCE, "source") /* the source's, or what shows it: JPEG, PNG */    \
	W(JPG, "jpg") W(PNG, "png") W(WEBP, "webp") W(AVIF, "avif")            \
	W(GIF, "gif") W(JXL, "jxl")                                            \
	W(PDF, "pdf")     /* one page */                                       \
	W(ASCII, "ascii") /* HTML that shows it by letters */                  \
	W(PGM, "pgm") /* grey, on white, for programs of ours alone */         \
	W(SMALLEST, "smallest") /* of the source's and those of `among` */

/* Of what is for print: JPEG and PDF. */
#define IMAGE_COLORSPACES(W)                                                   \
	W(SRGB, "srgb") W(CMYK, "cmyk") W(SOURCE, "source")

/* A page; none: as large as what is on it. */
#define IMAGE_PAPERS(W)                                                        \
	W(NONE, "none") W(A2, "a2") W(A3, "a3") W(A4, "a4") W(A5, "a5")        \
	W(B4, "b4") W(B5, "b5") W(LETTER, "letter") W(LEGAL, "legal")          \
	W(TABLOID, "tabloid")

#define IMAGE_ORIENTATIONS(W)                                                  \
	W(AUTO, "auto") /* as what is on it */                                 \
	W(PORTRAIT, "portrait") W(LANDSCAPE, "landscape")

/* P(OPERATION, PARAMETER, "name", type, least, most, default, words)
 * Absent numbers without a default are IMAGE_ABSENT; absent texts, colours and
 * plans are absent. Colours are 0xRRGGBBAA. */
#define IMAGE_ABSENT (-DBL_MAX)

/* Begins a plan. Without a path (as in every plan but an overlay's) it is the
 * source; a path names a file of the same library. */
#define IMAGE_PARAMS_IMAGE(P)                                                  \
	P(IMAGE, PATH, "path", TEXT, 0, 1024, 0, 0)                            \
	P(IMAGE, PAGE, "page", NUMBER, 1, 100000, IMAGE_ABSENT, 0) /* or frame; absent: all that can be shown */\
	P(IMAGE, DENSITY, "density", NUMBER, 1, 2400, IMAGE_ABSENT, 0)

/* Begins an overlay's plan: a box with a text in it. */
#define IMAGE_PARAMS_TEXT(P)                                                   \
	P(TEXT, TEXT, "text", TEXT, 0, 8000, 0, 0)                             \
	P(TEXT, FONT, "font", TEXT, 0, 256, 0, 0) /* family, or a file */      \
	P(TEXT, SIZE, "size", NUMBER, 1, 2000, 45, 0) /* of the em */          \
	P(TEXT, COLOR, "color", COLOR, 0, 0, 0x000000ff, 0)                    \
	P(TEXT, BOLD, "bold", FLAG, 0, 1, 0, 0)                                \
	P(TEXT, ITALIC, "italic", FLAG, 0, 1, 0, 0)                            \
	P(TEXT, STRIKE, "strike", FLAG, 0, 1, 0, 0)                            \
	P(TEXT, WIDTH, "width", NUMBER, 1, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)    \
	P(TEXT, ALIGN, "align", WORD, 0, 0, 0, IMAGE_ALIGNS)                   \
	P(TEXT, PADDING, "padding", LIST, 0, IMAGE_SIDE_MAX, 0, 0) /* t r b l */\
	P(TEXT, LINE_HEIGHT, "line-height", NUMBER, 0, 4000, IMAGE_ABSENT, 0)  \
	P(TEXT, BACKGROUND, "background", COLOR, 0, 0, 0x00000000, 0)

/* Begins an overlay's plan: a block of one colour. */
#define IMAGE_PARAMS_CANVAS(P)                                                 \
	P(CANVAS, WIDTH, "width", NUMBER, 1, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)  \
	P(CANVAS, HEIGHT, "height", NUMBER, 1, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)\
	P(CANVAS, COLOR, "color", COLOR, 0, 0, 0x000000ff, 0)

/* One side, or aspect (width divided by height) in place of the other; the one
 * that is missing follows from the picture. x, y: the cut's corner; xc, yc:
 * its centre. All in the picture's own pixels; image/geometry.h has the rules.
 */
#define IMAGE_PARAMS_RESIZE(P)                                                 \
	P(RESIZE, WIDTH, "width", NUMBER, 0, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)  \
	P(RESIZE, HEIGHT, "height", NUMBER, 0, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)\
	P(RESIZE, ASPECT, "aspect", NUMBER, 0.0001, 10000, IMAGE_ABSENT, 0)    \
	P(RESIZE, FIT, "fit", WORD, 0, 0, 0, IMAGE_FITS)                       \
	P(RESIZE, NO_ENLARGE, "no-enlarge", FLAG, 0, 1, 0, 0)                  \
	P(RESIZE, NO_SHRINK, "no-shrink", FLAG, 0, 1, 0, 0)                    \
	P(RESIZE, SCALE, "scale", NUMBER, 0.1, 5, 1, 0) /* device pixels */    \
	P(RESIZE, FOCUS, "focus", WORD, 0, 0, 0, IMAGE_FOCUSES)                \
	P(RESIZE, REGION, "region", LIST, 0, IMAGE_SIDE_MAX, 0, 0) /* x y w h */\
	P(RESIZE, ZOOM, "zoom", NUMBER, 0.01, 100, 1, 0)                       \
	P(RESIZE, X, "x", NUMBER, -IMAGE_SIDE_MAX, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)\
	P(RESIZE, Y, "y", NUMBER, -IMAGE_SIDE_MAX, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)\
	P(RESIZE, XC, "xc", NUMBER, 0, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)        \
	P(RESIZE, YC, "yc", NUMBER, 0, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)        \
	P(RESIZE, FILL, "fill", WORD, 0, 0, 0, IMAGE_FILLS)                    \
	P(RESIZE, BACKGROUND, "background", COLOR, 0, 0, 0x000000ff, 0)        \
	P(RESIZE, BLUR, "blur", NUMBER, 0, 100, IMAGE_ABSENT, 0) /* sigma of it */\
	P(RESIZE, BRIGHTNESS, "brightness", NUMBER, -255, 255, 0, 0)           \
	P(RESIZE, COLORS, "colors", NUMBER, 2, 4, 2, 0) /* of the gradient */

/* Cuts off edges that are like their corner, within a threshold in percent. */
#define IMAGE_PARAMS_TRIM(P)                                                   \
	P(TRIM, THRESHOLD, "threshold", NUMBER, 1, 99, 10, 0)

#define IMAGE_PARAMS_TURN(P)                                                   \
	P(TURN, ANGLE, "angle", NUMBER, -360, 360, 0, 0)                       \
	P(TURN, BACKGROUND, "background", COLOR, 0, 0, 0x00000000, 0)

#define IMAGE_PARAMS_FLIP(P)                                                   \
	P(FLIP, HORIZONTAL, "horizontal", FLAG, 0, 1, 0, 0) /* left to right */\
	P(FLIP, VERTICAL, "vertical", FLAG, 0, 1, 0, 0)

#define IMAGE_PARAMS_BLUR(P)                                                   \
	P(BLUR, SIGMA, "sigma", NUMBER, 0.1, 250, 10, 0)

#define IMAGE_PARAMS_SHARPEN(P)                                                \
	P(SHARPEN, AMOUNT, "amount", NUMBER, 0, 100, IMAGE_ABSENT, 0)

#define IMAGE_PARAMS_UNSHARP(P)                                                \
	P(UNSHARP, RADIUS, "radius", NUMBER, 0, 100, 2, 0)                     \
	P(UNSHARP, SIGMA, "sigma", NUMBER, 0.01, 100, 2, 0)                    \
	P(UNSHARP, AMOUNT, "amount", NUMBER, 0, 100, 0.8, 0)                   \
	P(UNSHARP, THRESHOLD, "threshold", NUMBER, 0, 100, 0.024, 0)

/* Each value becomes the middle one of the nine around it, so many times. */
#define IMAGE_PARAMS_MEDIAN(P)                                                 \
	P(MEDIAN, TIMES, "times", NUMBER, 1, 3, 1, 0)

/* Squares of so many pixels get one colour. */
#define IMAGE_PARAMS_PIXELATE(P)                                               \
	P(PIXELATE, SIZE, "size", NUMBER, 2, 1000, 2, 0)

/* The colour of what there is most of around each pixel. */
#define IMAGE_PARAMS_OIL(P)                                                    \
	P(OIL, RADIUS, "radius", NUMBER, 1, 100, 2, 0)

/* Parts of the picture, made unrecognisable. amount: sigma, of which 100 count,
 * or the size of squares. region: four numbers for each; absent: what draws the
 * eye. feather: pixels around it over which the effect fades. */
#define IMAGE_PARAMS_REDACT(P)                                                 \
	P(REDACT, EFFECT, "effect", WORD, 0, 0, 0, IMAGE_REDACTIONS)           \
	P(REDACT, AMOUNT, "amount", NUMBER, 0.1, 1000, 10, 0)                  \
	P(REDACT, REGION, "region", LIST, 0, IMAGE_SIDE_MAX, 0, 0) /* x y w h */\
	P(REDACT, FEATHER, "feather", NUMBER, 0, 100, 0, 0)                    \
	P(REDACT, SHAPE, "shape", WORD, 0, 0, 0, IMAGE_SHAPES)

#define IMAGE_PARAMS_CONTRAST(P)                                               \
	P(CONTRAST, AMOUNT, "amount", NUMBER, -100, 100, IMAGE_ABSENT, 0) /* absent: stretched to what there is */

#define IMAGE_PARAMS_GRAYSCALE(P)

#define IMAGE_PARAMS_NEGATE(P)

/* Black up to so much of luma, white above. */
#define IMAGE_PARAMS_THRESHOLD(P)                                              \
	P(THRESHOLD, PERCENT, "percent", NUMBER, 0, 100, 50, 0)

#define IMAGE_PARAMS_SEPIA(P)                                                  \
	P(SEPIA, PERCENT, "percent", NUMBER, 0, 100, 80, 0)

/* Of hue, saturation and lightness, in percent; hue is turned, in degrees. */
#define IMAGE_PARAMS_MODULATE(P)                                               \
	P(MODULATE, BRIGHTNESS, "brightness", NUMBER, 0, 10000, 100, 0)        \
	P(MODULATE, SATURATION, "saturation", NUMBER, 0, 10000, 100, 0)        \
	P(MODULATE, HUE, "hue", NUMBER, -360, 360, 0, 0)

/* Above 1 is lighter. Absent: what makes the picture as light as dark, within
 * bounds. */
#define IMAGE_PARAMS_GAMMA(P)                                                  \
	P(GAMMA, VALUE, "value", NUMBER, 0.1, 10, IMAGE_ABSENT, 0)             \
	P(GAMMA, LEAST, "least", NUMBER, 0.1, 10, 0.1, 0)                      \
	P(GAMMA, MOST, "most", NUMBER, 0.1, 10, 10, 0)

/* So much of what makes the average of all pixels grey. */
#define IMAGE_PARAMS_BALANCE(P)                                                \
	P(BALANCE, PERCENT, "percent", NUMBER, 0, 100, 100, 0)

/* Below what is not transparent. x, y: percent of its size. */
#define IMAGE_PARAMS_SHADOW(P)                                                 \
	P(SHADOW, BLUR, "blur", NUMBER, 0, 15, 10, 0)                          \
	P(SHADOW, STRENGTH, "strength", NUMBER, 0, 100, 30, 0) /* percent */   \
	P(SHADOW, X, "x", NUMBER, -100, 100, 2, 0)                             \
	P(SHADOW, Y, "y", NUMBER, -100, 100, 2, 0)

/* The same, but that the picture grows by what is seen of it, and that an
 * opaque one has it, too. In pixels; blur is sigma, opacity percent. */
#define IMAGE_PARAMS_DROP_SHADOW(P)                                            \
	P(DROP_SHADOW, BLUR, "blur", NUMBER, 0, 100, 4, 0)                     \
	P(DROP_SHADOW, OPACITY, "opacity", NUMBER, 0, 100, 60, 0)              \
	P(DROP_SHADOW, X, "x", NUMBER, -1000, 1000, 4, 0)                      \
	P(DROP_SHADOW, Y, "y", NUMBER, -1000, 1000, 4, 0)                      \
	P(DROP_SHADOW, COLOR, "color", COLOR, 0, 0, 0x000000ff, 0)

/* All but an ellipse fades away, over about so many pixels. */
#define IMAGE_PARAMS_VIGNETTE(P)                                               \
	P(VIGNETTE, AMOUNT, "amount", NUMBER, 0, 100, 20, 0) /* sigma */       \
	P(VIGNETTE, FALLOFF, "falloff", WORD, 0, 0, 0, IMAGE_FALLOFFS)

/* In a frame of that colour, bent a little, with a shadow. */
#define IMAGE_PARAMS_POLAROID(P)                                               \
	P(POLAROID, COLOR, "color", COLOR, 0, 0, 0xfffafaff, 0)

/* Torn off all around, between so many pixels and so many; at most a quarter of
 * the shorter side counts. */
#define IMAGE_PARAMS_TEAR(P)                                                   \
	P(TEAR, LEAST, "least", NUMBER, 0, 10000, 1, 0)                        \
	P(TEAR, MOST, "most", NUMBER, 0, 10000, 10, 0)

/* Laid over the picture. direction: where it runs to, 0 is up. */
#define IMAGE_PARAMS_GRADIENT(P)                                               \
	P(GRADIENT, DIRECTION, "direction", NUMBER, 0, 360, 180, 0)            \
	P(GRADIENT, FROM, "from", COLOR, 0, 0, 0xffffffff, 0)                  \
	P(GRADIENT, TO, "to", COLOR, 0, 0, 0x00000000, 0)                      \
	P(GRADIENT, STOP, "stop", NUMBER, 0, IMAGE_SIDE_MAX, 1, 0) /* <= 1: part of the way; else pixels */

#define IMAGE_PARAMS_DISTORT(P)                                                \
	P(DISTORT, KIND, "kind", WORD, 0, 0, 0, IMAGE_DISTORTIONS)             \
	P(DISTORT, POINTS, "points", LIST, -IMAGE_SIDE_MAX, IMAGE_SIDE_MAX, 0, 0) /* x y of top left, then clockwise */\
	P(DISTORT, DEGREES, "degrees", NUMBER, -360, 360, 0, 0)

#define IMAGE_PARAMS_COLORIZE(P)                                               \
	P(COLORIZE, COLOR, "color", COLOR, 0, 0, 0x000000ff, 0)                \
	P(COLORIZE, INTENSITY, "intensity", NUMBER, 0, 100, 35, 0) /* percent */

#define IMAGE_PARAMS_RECOLOR(P) /* one colour for another */                   \
	P(RECOLOR, TO, "to", COLOR, 0, 0, 0x000000ff, 0)                       \
	P(RECOLOR, TOLERANCE, "tolerance", NUMBER, 0, 100, 35, 0) /* percent */\
	P(RECOLOR, FROM, "from", COLOR, 0, 0, 0, 0) /* absent: the dominant one */

#define IMAGE_PARAMS_OPACITY(P)                                                \
	P(OPACITY, PERCENT, "percent", NUMBER, 0, 100, 100, 0)

/* One number for all corners, or four, from the top left clockwise; at most
 * half of the shorter side counts. */
#define IMAGE_PARAMS_ROUND(P)                                                  \
	P(ROUND, RADIUS, "radius", LIST, 0, IMAGE_SIDE_MAX, 0, 0)              \
	P(ROUND, FEATHER, "feather", NUMBER, 0, 100, 0, 0) /* sigma of the edge */

/* Around the picture, which grows by it. */
#define IMAGE_PARAMS_BORDER(P)                                                 \
	P(BORDER, WIDTH, "width", NUMBER, 0, IMAGE_SIDE_MAX, 1, 0)             \
	P(BORDER, COLOR, "color", COLOR, 0, 0, 0x000000ff, 0)

/* Below what is transparent. */
#define IMAGE_PARAMS_BACKGROUND(P)                                             \
	P(BACKGROUND, COLOR, "color", COLOR, 0, 0, 0xffffffff, 0)              \
	P(BACKGROUND, FILL, "fill", WORD, 0, 0, 0, IMAGE_FILLS)                \
	P(BACKGROUND, COLORS, "colors", NUMBER, 2, 4, 2, 0)

/* Another plan's picture on this one. x, y: where its corner comes to stand,
 * from the right or the lower edge when negative (-0 is the edge itself:
 * from-right, from-bottom say so); xc, yc: where its centre does. They count
 * from `anchor`, a place of this picture. Without any of them: focus.
 * In their expressions iw, ih, cw, ch are of the other picture, as its plan
 * began and as it came out; bw, bh of this one. */
#define IMAGE_PARAMS_OVERLAY(P)                                                \
	P(OVERLAY, PLAN, "plan", PLAN, 0, 0, 0, 0)                             \
	P(OVERLAY, X, "x", NUMBER, -IMAGE_SIDE_MAX, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)\
	P(OVERLAY, Y, "y", NUMBER, -IMAGE_SIDE_MAX, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)\
	P(OVERLAY, XC, "xc", NUMBER, -IMAGE_SIDE_MAX, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)\
	P(OVERLAY, YC, "yc", NUMBER, -IMAGE_SIDE_MAX, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)\
	P(OVERLAY, FROM_RIGHT, "from-right", FLAG, 0, 1, 0, 0)                 \
	P(OVERLAY, FROM_BOTTOM, "from-bottom", FLAG, 0, 1, 0, 0)               \
	P(OVERLAY, ANCHOR, "anchor", WORD, 0, 0, 5, IMAGE_FOCUSES)             \
	P(OVERLAY, FOCUS, "focus", WORD, 0, 0, 0, IMAGE_FOCUSES)               \
	P(OVERLAY, BLEND, "blend", WORD, 0, 0, 0, IMAGE_BLENDS)

/* One more picture for the COLLAGE or ANIMATE that it stands before, as may
 * others; what it stands behind is the first. In its expressions bw, bh are of
 * that one. */
#define IMAGE_PARAMS_WITH(P)                                                   \
	P(WITH, PLAN, "plan", PLAN, 0, 0, 0, 0)

/* All pictures on one canvas, with so much of its colour around each; a side
 * that is not given is the first picture's. */
#define IMAGE_PARAMS_COLLAGE(P)                                                \
	P(COLLAGE, WIDTH, "width", NUMBER, 1, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0) \
	P(COLLAGE, HEIGHT, "height", NUMBER, 1, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)\
	P(COLLAGE, MARGIN, "margin", NUMBER, 0, IMAGE_SIDE_MAX, 10, 0)         \
	P(COLLAGE, COLOR, "color", COLOR, 0, 0, 0xffffffff, 0)                 \
	P(COLLAGE, LAYOUT, "layout", WORD, 0, 0, 0, IMAGE_LAYOUTS)

/* All pictures one after the other, the same time each, so many times (0: for
 * ever). A side that is not given follows from the first picture. */
#define IMAGE_PARAMS_ANIMATE(P)                                                \
	P(ANIMATE, DELAY, "delay", NUMBER, 0, 10000, 1000, 0) /* ms */         \
	P(ANIMATE, LOOP, "loop", NUMBER, 0, 1000, 0, 0)                        \
	P(ANIMATE, WIDTH, "width", NUMBER, 1, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0) \
	P(ANIMATE, HEIGHT, "height", NUMBER, 1, IMAGE_SIDE_MAX, IMAGE_ABSENT, 0)\
	P(ANIMATE, FIT, "fit", WORD, 0, 0, 0, IMAGE_FRAME_FITS)                \
	P(ANIMATE, FOCUS, "focus", WORD, 0, 0, 0, IMAGE_FOCUSES)               \
	P(ANIMATE, BACKGROUND, "background", COLOR, 0, 0, 0x00000000, 0)

#define IMAGE_PARAMS_IF(P)                                                     \
	P(IF, TEST, "test", NUMBER, -DBL_MAX, DBL_MAX, 0, 0)                   \
	P(IF, THEN, "then", PLAN, 0, 0, 0, 0)                                  \
	P(IF, ELSE, "else", PLAN, 0, 0, 0, 0)

/* Ends a plan, and stands only there. */
#define IMAGE_PARAMS_ENCODE(P)                                                 \
	P(ENCODE, FORMAT, "format", WORD, 0, 0, 0, IMAGE_FORMATS)              \
	P(ENCODE, WEBP, "webp", FLAG, 0, 1, 0, 0) /* among the smallest */     \
	P(ENCODE, AVIF, "avif", FLAG, 0, 1, 0, 0)                              \
	P(ENCODE, JXL, "jxl", FLAG, 0, 1, 0, 0)                                \
	P(ENCODE, QUALITY, "quality", NUMBER, 1, 100, 80, 0)                   \
	P(ENCODE, LOSSLESS, "lossless", FLAG, 0, 1, 0, 0)                      \
	P(ENCODE, PROGRESSIVE, "progressive", FLAG, 0, 1, 0, 0)                \
	P(ENCODE, METADATA, "metadata", FLAG, 0, 1, 0, 0) /* kept */           \
	P(ENCODE, PROFILE, "profile", FLAG, 0, 1, 0, 0) /* kept */             \
	P(ENCODE, DENSITY, "density", NUMBER, 1, 65535, IMAGE_ABSENT, 0) /* dots an inch */\
	P(ENCODE, STILL, "still", FLAG, 0, 1, 0, 0) /* the first frame only */ \
	P(ENCODE, SOURCE_QUALITY, "source-quality", FLAG, 0, 1, 0, 0) /* a JPEG's, as far as it can be told */\
	P(ENCODE, COLORSPACE, "colorspace", WORD, 0, 0, 0, IMAGE_COLORSPACES)  \
	P(ENCODE, PAPER, "paper", WORD, 0, 0, 0, IMAGE_PAPERS) /* of a PDF */  \
	P(ENCODE, ORIENTATION, "orientation", WORD, 0, 0, 0, IMAGE_ORIENTATIONS)\
	P(ENCODE, FOREGROUND, "foreground", COLOR, 0, 0, 0x000000ff, 0) /* of letters */\
	P(ENCODE, BACKGROUND, "background", COLOR, 0, 0, 0xffffffff, 0)        \
	P(ENCODE, COLORED, "colored", FLAG, 0, 1, 0, 0) /* as the picture */   \
	P(ENCODE, REVERSE, "reverse", FLAG, 0, 1, 0, 0) /* dense where it is light */\
	P(ENCODE, SIZE, "size", NUMBER, 1, 100, 100, 0) /* percent of the picture's */

#define IMAGE_OPERATIONS(O)                                                    \
	O(IMAGE, "image") O(TEXT, "text") O(CANVAS, "canvas")                  \
	O(RESIZE, "resize") O(TRIM, "trim") O(TURN, "turn") O(FLIP, "flip")    \
	O(BLUR, "blur") O(SHARPEN, "sharpen") O(UNSHARP, "unsharp")            \
	O(MEDIAN, "median") O(PIXELATE, "pixelate") O(OIL, "oil")              \
	O(REDACT, "redact")                                                    \
	O(CONTRAST, "contrast") O(GRAYSCALE, "grayscale")                      \
	O(NEGATE, "negate") O(THRESHOLD, "threshold") O(SEPIA, "sepia")        \
	O(MODULATE, "modulate") O(GAMMA, "gamma") O(BALANCE, "balance")        \
	O(SHADOW, "shadow") O(DROP_SHADOW, "drop-shadow")                      \
	O(VIGNETTE, "vignette") O(POLAROID, "polaroid") O(TEAR, "tear")        \
	O(GRADIENT, "gradient") O(DISTORT, "distort")                          \
	O(COLORIZE, "colorize") O(RECOLOR, "recolor") O(OPACITY, "opacity")    \
	O(ROUND, "round") O(BORDER, "border") O(BACKGROUND, "background")      \
	O(OVERLAY, "overlay") O(WITH, "with") O(COLLAGE, "collage")            \
	O(ANIMATE, "animate") O(IF, "if") O(ENCODE, "encode")
/* clang-format on */

/* IMAGE_RESIZE */
enum image_operation {
#define O(name, text) IMAGE_##name,
	IMAGE_OPERATIONS(O)
#undef O
	IMAGE_OPERATION_COUNT
};

/* IMAGE_RESIZE_WIDTH: a parameter's place among its operation's */
#define P(operation, name, ...) IMAGE_##operation##_##name,
#define O(name, text)                                                          \
	enum {                                                                 \
		IMAGE_PARAMS_##name(P) IMAGE_##name##_PARAMS                   \
	};
IMAGE_OPERATIONS(O)
#undef O
#undef P

/* IMAGE_FIT_COVER and the others */
#define WORDS(words, prefix)                                                   \
	enum {                                                                 \
		words(W) prefix##_COUNT                                        \
	}
#define W(name, text) IMAGE_FIT_##name,
WORDS(IMAGE_FITS, IMAGE_FIT);
#undef W
#define W(name, text) IMAGE_FOCUS_##name,
WORDS(IMAGE_FOCUSES, IMAGE_FOCUS);
#undef W
#define W(name, text) IMAGE_FILL_##name,
WORDS(IMAGE_FILLS, IMAGE_FILL);
#undef W
#define W(name, text) IMAGE_ALIGN_##name,
WORDS(IMAGE_ALIGNS, IMAGE_ALIGN);
#undef W
#define W(name, text) IMAGE_BLEND_##name,
WORDS(IMAGE_BLENDS, IMAGE_BLEND);
#undef W
#define W(name, text) IMAGE_DISTORT_##name,
WORDS(IMAGE_DISTORTIONS, IMAGE_DISTORT_KIND);
#undef W
#define W(name, text) IMAGE_LAYOUT_##name,
WORDS(IMAGE_LAYOUTS, IMAGE_LAYOUT);
#undef W
#define W(name, text) IMAGE_FRAME_FIT_##name,
WORDS(IMAGE_FRAME_FITS, IMAGE_FRAME_FIT);
#undef W
#define W(name, text) IMAGE_REDACT_##name,
WORDS(IMAGE_REDACTIONS, IMAGE_REDACT_EFFECTS);
#undef W
#define W(name, text) IMAGE_SHAPE_##name,
WORDS(IMAGE_SHAPES, IMAGE_SHAPE);
#undef W
#define W(name, text) IMAGE_FALLOFF_##name,
WORDS(IMAGE_FALLOFFS, IMAGE_FALLOFF);
#undef W
#define W(name, text) IMAGE_FORMAT_##name,
WORDS(IMAGE_FORMATS, IMAGE_FORMAT);
#undef W
#define W(name, text) IMAGE_COLORSPACE_##name,
WORDS(IMAGE_COLORSPACES, IMAGE_COLORSPACE);
#undef W
#define W(name, text) IMAGE_PAPER_##name,
WORDS(IMAGE_PAPERS, IMAGE_PAPER);
#undef W
#define W(name, text) IMAGE_ORIENTATION_##name,
WORDS(IMAGE_ORIENTATIONS, IMAGE_ORIENTATION);
#undef W
#undef WORDS

enum image_type {
	IMAGE_TYPE_NUMBER, /* or an expression */
	IMAGE_TYPE_FLAG,
	IMAGE_TYPE_WORD,
	IMAGE_TYPE_COLOR,
	IMAGE_TYPE_TEXT, /* UTF-8; least and most count bytes */
	IMAGE_TYPE_LIST, /* of numbers, each of which may be an expression */
	IMAGE_TYPE_PLAN,
};

struct image_param {
	const char *name;
	enum image_type type;
	double least, most; /* of numbers, also of a list's */
	double fallback;    /* the default, of numbers, flags, words, colours */
	const char *const *words; /* IMAGE_TYPE_WORD; ends with NULL */
};

struct image_operation_info {
	const char *name;
	unsigned n_params;
	const struct image_param *params;
};

extern const struct image_operation_info
	image_operations[IMAGE_OPERATION_COUNT];

#endif
