/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tasks of processing URLs and their parameters: what the grammar knows,
 * and what docs/reference/filestack-tasks.md is made from. Names, aliases,
 * ranges and defaults are the vendor's (its reference of the processing API and
 * the schemas of its SDKs); docs/decisions/0034 says where they are not.
 */
#ifndef API_FILESTACK_CDN_GRAMMAR_TASKS_H
#define API_FILESTACK_CDN_GRAMMAR_TASKS_H

#include "base/str.h"

enum cdn_group {
	CDN_SHAPE,   /* of the picture, from left to right */
	CDN_EFFECT,  /* likewise */
	CDN_FRAME,   /* likewise */
	CDN_SEVERAL, /* with other files */
	CDN_OUTPUT,  /* how it is written, wherever it stands */
	CDN_JSON,    /* an answer that is no picture, wherever it stands */
	CDN_CONTROL, /* of the request, wherever it stands */
	CDN_REFUSED, /* known by name and not offered; its help says why */
	CDN_GROUP_COUNT
};

/* What a value is. Where the table has words besides, a number may be one of
 * them. */
enum cdn_type {
	CDN_NUMBER,
	CDN_WHOLE,   /* a number, rounded half up */
	CDN_ANGLE,   /* degrees, a full turn taken off */
	CDN_FLAG,    /* "true", "false"; on without a value */
	CDN_WORD,    /* one of the table's words */
	CDN_COLOR,   /* RGB, RRGGBB, RRGGBBAA, a name */
	CDN_PLACE,   /* one of the table's words, or [vertical,horizontal] */
	CDN_TEXT,    /* anything that is not empty */
	CDN_TEXTS,   /* a list of such */
	CDN_NUMBERS, /* a list of as many as the table has words */
	CDN_REGIONS, /* a list of such lists */
};

/* clang-format off */
/* P(TASK, PARAMETER, "name", "aliases", type, least, most, "words", "default",
 *   "what it does")
 * Aliases and words are separated by blanks. */
#define CDN_PARAMS_RESIZE(P)                                                   \
	P(RESIZE, WIDTH, "width", "w", WHOLE, 0, 10000, "", "", "pixels; with one of both the other follows")\
	P(RESIZE, HEIGHT, "height", "h", WHOLE, 0, 10000, "", "", "")          \
	P(RESIZE, FIT, "fit", "f", WORD, 0, 0, "clip crop scale max", "clip", "clip: fits into both; max: and is not enlarged; crop: fills both, the rest is cut off; scale: is distorted")\
	P(RESIZE, ALIGN, "align", "a", PLACE, 0, 0, "center top bottom left right middle faces", "center", "what `fit:crop` keeps; faces: what draws the eye")\
	P(RESIZE, T, "t", "", TEXT, 0, 0, "", "", "accepted: SDKs write it, and no page says what it is")

#define CDN_PARAMS_CROP(P)                                                     \
	P(CROP, DIM, "dim", "d", NUMBERS, 0, 100000, "x y width height", "", "cuts that part out")\
	P(CROP, X, "x", "", WHOLE, 0, 100000, "", "0", "the same as four parameters")\
	P(CROP, Y, "y", "", WHOLE, 0, 100000, "", "0", "")                     \
	P(CROP, WIDTH, "width", "w", WHOLE, 1, 100000, "", "", "")             \
	P(CROP, HEIGHT, "height", "h", WHOLE, 1, 100000, "", "", "")

#define CDN_PARAMS_ROTATE(P)                                                   \
	P(ROTATE, DEG, "deg", "d", ANGLE, -360, 360, "exif", "0", "clockwise; exif: a picture that is upright, as all are that are made")\
	P(ROTATE, EXIF, "exif", "e", FLAG, 0, 1, "", "", "accepted: a picture that is made is upright")\
	P(ROTATE, BACKGROUND, "background", "b color", COLOR, 0, 0, "", "FFFFFFFF", "of the corners")

#define CDN_PARAMS_FLIP(P)
#define CDN_PARAMS_FLOP(P)

#define CDN_PARAMS_SMART_CROP(P)                                               \
	P(SMART_CROP, WIDTH, "width", "w", WHOLE, 0, 10000, "", "", "pixels")  \
	P(SMART_CROP, HEIGHT, "height", "h", WHOLE, 0, 10000, "", "", "")      \
	P(SMART_CROP, MODE, "mode", "m", WORD, 0, 0, "auto face object", "auto", "all of them: what draws the eye")\
	P(SMART_CROP, OBJECT, "object", "", TEXT, 0, 0, "", "", "accepted")    \
	P(SMART_CROP, COORDS, "coords", "", FLAG, 0, 1, "", "false", "true is refused: where the part lies is not told")\
	P(SMART_CROP, FILL_COLOR, "fill_color", "", COLOR, 0, 0, "", "", "below what is transparent")

#define CDN_PARAMS_CROP_FACES(P)                                               \
	P(CROP_FACES, FACES, "faces", "f", TEXT, 0, 0, "", "1", "accepted")    \
	P(CROP_FACES, WIDTH, "width", "w", WHOLE, 1, 10000, "", "", "pixels; without both: a square of half the shorter side")\
	P(CROP_FACES, HEIGHT, "height", "h", WHOLE, 1, 10000, "", "", "")      \
	P(CROP_FACES, MODE, "mode", "m", WORD, 0, 0, "thumb crop fill", "thumb", "thumb, fill: scaled to fill both; crop: cut out and not scaled")\
	P(CROP_FACES, MINSIZE, "minsize", "n", NUMBER, 0, 10000, "", "0.35", "accepted")\
	P(CROP_FACES, MAXSIZE, "maxsize", "x", NUMBER, 0, 10000, "", "0.35", "accepted")\
	P(CROP_FACES, BUFFER, "buffer", "b", NUMBER, 0, 10000, "", "0", "percent that the square is larger; accepted otherwise")

#define CDN_PARAMS_UPSCALE(P)                                                  \
	P(UPSCALE, UPSCALE, "upscale", "u", FLAG, 0, 1, "", "true", "twice as wide and as high")\
	P(UPSCALE, NOISE, "noise", "n", WORD, 0, 0, "none low medium high", "none", "how often each pixel becomes the middle one of its neighbours first")\
	P(UPSCALE, STYLE, "style", "s", WORD, 0, 0, "photo artwork", "photo", "accepted")

#define CDN_PARAMS_BLUR(P)                                                     \
	P(BLUR, AMOUNT, "amount", "a", NUMBER, 0, 20, "", "2", "sigma of the Gaussian, pixels")

#define CDN_PARAMS_SHARPEN(P)                                                  \
	P(SHARPEN, AMOUNT, "amount", "a", NUMBER, 0, 20, "", "2", "sigma of the Gaussian, pixels")

#define CDN_PARAMS_MONOCHROME(P)

#define CDN_PARAMS_NEGATIVE(P)

#define CDN_PARAMS_BLACKWHITE(P)                                               \
	P(BLACKWHITE, THRESHOLD, "threshold", "t", NUMBER, 0, 100, "", "50", "percent of brightness up to which it is black")

#define CDN_PARAMS_SEPIA(P)                                                    \
	P(SEPIA, TONE, "tone", "t", NUMBER, 0, 100, "", "80", "percent of brightness from which it is toned no more")

#define CDN_PARAMS_MODULATE(P)                                                 \
	P(MODULATE, BRIGHTNESS, "brightness", "b", NUMBER, 0, 10000, "", "100", "percent")\
	P(MODULATE, HUE, "hue", "h", ANGLE, -360, 360, "", "0", "degrees that colours are turned by")\
	P(MODULATE, SATURATION, "saturation", "s", NUMBER, 0, 10000, "", "100", "percent")

#define CDN_PARAMS_PIXELATE(P)                                                 \
	P(PIXELATE, AMOUNT, "amount", "a", NUMBER, 2, 100, "", "2", "pixels of a square's side")

#define CDN_PARAMS_OIL_PAINT(P)                                                \
	P(OIL_PAINT, AMOUNT, "amount", "a", NUMBER, 1, 100, "", "2", "pixels around each that count")

#define CDN_PARAMS_PARTS(P, task)                                              \
	P(task, OBJECTS, "objects", "o", REGIONS, -10000, 10000, "x y width height", "", "which parts, at most 50")\
	P(task, BUFFER, "buffer", "b", NUMBER, 0, 10000, "", "0", "accepted: an SDK writes it, and no page says what it is")

#define CDN_PARAMS_FACES(P, task)                                              \
	P(task, FACES, "faces", "f", TEXT, 0, 0, "", "all", "accepted")        \
	P(task, MINSIZE, "minsize", "n", NUMBER, 0, 10000, "", "0.35", "accepted")\
	P(task, MAXSIZE, "maxsize", "x", NUMBER, 0, 10000, "", "0.35", "accepted")\
	P(task, BUFFER, "buffer", "b", NUMBER, 0, 10000, "", "0", "accepted")

#define CDN_PARAMS_HIDING(P, task, least, most, help)                          \
	P(task, AMOUNT, "amount", "a", NUMBER, least, most, "", "10", help)    \
	P(task, BLUR, "blur", "l", NUMBER, 0, 20, "", "4", "pixels over which it fades around them")\
	P(task, TYPE, "type", "t", WORD, 0, 0, "rect oval", "rect", "")

#define CDN_PARAMS_PARTIAL_BLUR(P)                                             \
	CDN_PARAMS_PARTS(P, PARTIAL_BLUR)                                      \
	CDN_PARAMS_HIDING(P, PARTIAL_BLUR, 0, 20, "sigma, pixels")

#define CDN_PARAMS_PARTIAL_PIXELATE(P)                                         \
	CDN_PARAMS_PARTS(P, PARTIAL_PIXELATE)                                  \
	CDN_PARAMS_HIDING(P, PARTIAL_PIXELATE, 2, 100, "pixels of a square's side")

#define CDN_PARAMS_BLUR_FACES(P)                                               \
	CDN_PARAMS_FACES(P, BLUR_FACES)                                        \
	CDN_PARAMS_HIDING(P, BLUR_FACES, 0, 20, "sigma, pixels")

#define CDN_PARAMS_PIXELATE_FACES(P)                                           \
	CDN_PARAMS_FACES(P, PIXELATE_FACES)                                    \
	CDN_PARAMS_HIDING(P, PIXELATE_FACES, 2, 100, "pixels of a square's side")

#define CDN_PARAMS_ENHANCE(P)                                                  \
	P(ENHANCE, PRESET, "preset", "p", WORD, 0, 0, "auto vivid beautify beautify_plus fix_dark fix_noise fix_tint outdoor fireworks", "auto", "")

#define CDN_PARAMS_ROUNDED_CORNERS(P)                                          \
	P(ROUNDED_CORNERS, RADIUS, "radius", "r", WHOLE, 1, 10000, "max", "10", "pixels")\
	P(ROUNDED_CORNERS, BLUR, "blur", "l", NUMBER, 0, 20, "", "0.3", "sigma that the edge is blurred by")\
	P(ROUNDED_CORNERS, BACKGROUND, "background", "b", COLOR, 0, 0, "", "transparent", "of the corners")

#define CDN_PARAMS_CIRCLE(P)                                                   \
	P(CIRCLE, BACKGROUND, "background", "b", COLOR, 0, 0, "", "transparent", "around the circle, which is as wide as the shorter side")

#define CDN_PARAMS_BORDER(P)                                                   \
	P(BORDER, WIDTH, "width", "w", WHOLE, 0, 1000, "", "2", "pixels; the picture grows by it")\
	P(BORDER, COLOR, "color", "c", COLOR, 0, 0, "", "black", "")           \
	P(BORDER, BACKGROUND, "background", "b", COLOR, 0, 0, "", "transparent", "below what is transparent")

#define CDN_PARAMS_SHADOW(P)                                                   \
	P(SHADOW, BLUR, "blur", "l", NUMBER, 0, 20, "", "4", "sigma, pixels")  \
	P(SHADOW, OPACITY, "opacity", "o", NUMBER, 0, 100, "", "60", "percent")\
	P(SHADOW, VECTOR, "vector", "v", NUMBERS, -1000, 1000, "x y", "[4,4]", "pixels, to the right and down")\
	P(SHADOW, COLOR, "color", "c", COLOR, 0, 0, "", "black", "")           \
	P(SHADOW, BACKGROUND, "background", "b", COLOR, 0, 0, "", "transparent", "below it all")

#define CDN_PARAMS_VIGNETTE(P)                                                 \
	P(VIGNETTE, AMOUNT, "amount", "a", NUMBER, 0, 100, "", "20", "sigma, pixels")\
	P(VIGNETTE, BLURMODE, "blurmode", "m", WORD, 0, 0, "gaussian linear", "gaussian", "")\
	P(VIGNETTE, BACKGROUND, "background", "b", COLOR, 0, 0, "", "transparent", "that it fades to")

#define CDN_PARAMS_POLAROID(P)                                                 \
	P(POLAROID, COLOR, "color", "c", COLOR, 0, 0, "", "snow", "of the frame")\
	P(POLAROID, ROTATE, "rotate", "r", ANGLE, -360, 360, "", "0", "clockwise")\
	P(POLAROID, BACKGROUND, "background", "b", COLOR, 0, 0, "", "transparent", "below it all")

#define CDN_PARAMS_TORN_EDGES(P)                                               \
	P(TORN_EDGES, SPREAD, "spread", "s", NUMBERS, 1, 10000, "least most", "[1,10]", "pixels")\
	P(TORN_EDGES, BACKGROUND, "background", "b", COLOR, 0, 0, "", "transparent", "that they are torn off to")

#define CDN_PARAMS_WATERMARK(P)                                                \
	P(WATERMARK, FILE, "file", "f", TEXT, 0, 0, "", "", "handle or address of the picture that is laid over")\
	P(WATERMARK, SIZE, "size", "s", NUMBER, 1, 500, "", "100", "percent of its own size")\
	P(WATERMARK, SHARE, "share", "", NUMBER, 1, 500, "", "", "percent of the picture's width that it is as wide as, instead of `size`; what old conversions say")\
	P(WATERMARK, POSITION, "position", "p a", PLACE, 0, 0, "top middle bottom left center right", "center", "")

#define CDN_PARAMS_COLLAGE(P)                                                  \
	P(COLLAGE, FILES, "files", "f", TEXTS, 0, 0, "", "", "handles or addresses of the pictures that follow the source")\
	P(COLLAGE, WIDTH, "width", "w", WHOLE, 1, 10000, "", "", "pixels")     \
	P(COLLAGE, HEIGHT, "height", "h", WHOLE, 1, 10000, "", "", "")         \
	P(COLLAGE, MARGIN, "margin", "m", WHOLE, 1, 100, "", "10", "pixels between and around")\
	P(COLLAGE, COLOR, "color", "c", COLOR, 0, 0, "", "FFFFFFFF", "of the margins")\
	P(COLLAGE, FIT, "fit", "i", WORD, 0, 0, "auto crop", "auto", "auto: uncut, in rows; crop: in cells of one size")\
	P(COLLAGE, AUTOROTATE, "autorotate", "a", FLAG, 0, 1, "", "false", "accepted: all pictures stand upright")

#define CDN_PARAMS_ANIMATE(P)                                                  \
	P(ANIMATE, DELAY, "delay", "d", WHOLE, 0, 10000, "", "1000", "milliseconds of a picture")\
	P(ANIMATE, LOOP, "loop", "l", WHOLE, 0, 1000, "", "0", "times; 0: for ever")\
	P(ANIMATE, WIDTH, "width", "w", WHOLE, 1, 1800, "max", "", "pixels; max, and without: the first picture's")\
	P(ANIMATE, HEIGHT, "height", "h", WHOLE, 1, 1800, "max", "", "")       \
	P(ANIMATE, FIT, "fit", "f", WORD, 0, 0, "clip scale crop", "clip", "as of `resize`; clip: the rest is filled")\
	P(ANIMATE, ALIGN, "align", "a", PLACE, 0, 0, "center top bottom left right middle", "center", "where a picture stands, or what of it is kept")\
	P(ANIMATE, BACKGROUND, "background", "b", COLOR, 0, 0, "", "transparent", "")

#define CDN_PARAMS_OUTPUT(P)                                                   \
	P(OUTPUT, FORMAT, "format", "f", WORD, 0, 0, "jpg jpeg pjpg png webp avif gif jxl pdf svg doc docx html odp ods odt ppt pptx txt xls xlsx", "", "of the answer; without one the source's. pdf: a page with the picture; what follows it: documents, by the converter")\
	P(OUTPUT, QUALITY, "quality", "q", WHOLE, 1, 100, "input", "80", "of JPEG, WebP, AVIF and JPEG XL; input: the source's, if it is a JPEG")\
	P(OUTPUT, COMPRESS, "compress", "c", FLAG, 0, 1, "", "false", "as the task `compress`")\
	P(OUTPUT, STRIP, "strip", "t", FLAG, 0, 1, "", "true", "false: metadata is kept")\
	P(OUTPUT, BACKGROUND, "background", "b", COLOR, 0, 0, "", "", "below what is transparent")\
	P(OUTPUT, PAGE, "page", "p", WHOLE, 1, 99999, "", "1", "of a document, or frame of an animation")\
	P(OUTPUT, DENSITY, "density", "d", WHOLE, 1, 500, "", "", "dots an inch that a document is drawn with")\
	P(OUTPUT, COLORSPACE, "colorspace", "o", WORD, 0, 0, "rgb cmyk input", "rgb", "of JPEG and PDF")\
	P(OUTPUT, SECURE, "secure", "s", FLAG, 0, 1, "", "false", "of documents")\
	P(OUTPUT, DOCINFO, "docinfo", "i", FLAG, 0, 1, "", "false", "JSON about a document instead")\
	P(OUTPUT, PAGEFORMAT, "pageformat", "a", WORD, 0, 0, "a2 a3 a4 a5 b4 b5 letter legal tabloid", "", "of a PDF, and of documents; a PDF without one is as large as the picture")\
	P(OUTPUT, PAGEORIENTATION, "pageorientation", "r", WORD, 0, 0, "portrait landscape", "", "of documents")

#define CDN_PARAMS_QUALITY(P)                                                  \
	P(QUALITY, VALUE, "value", "v", WHOLE, 1, 100, "", "80", "")

#define CDN_PARAMS_COMPRESS(P)                                                 \
	P(COMPRESS, METADATA, "metadata", "m", FLAG, 0, 1, "", "false", "true: metadata is kept")

#define CDN_PARAMS_PJPG(P)                                                     \
	P(PJPG, QUALITY, "quality", "q", WHOLE, 0, 100, "", "80", "")          \
	P(PJPG, METADATA, "metadata", "m", FLAG, 0, 1, "", "false", "true: metadata is kept")

#define CDN_PARAMS_AUTO_IMAGE(P)
#define CDN_PARAMS_NO_METADATA(P)

#define CDN_PARAMS_ASCII(P)                                                    \
	P(ASCII, FOREGROUND, "foreground", "f", COLOR, 0, 0, "", "000000FF", "of the letters")\
	P(ASCII, BACKGROUND, "background", "b", COLOR, 0, 0, "", "FFFFFFFF", "")\
	P(ASCII, COLORED, "colored", "c", FLAG, 0, 1, "", "false", "letters have the picture's colours")\
	P(ASCII, SIZE, "size", "s", NUMBER, 10, 100, "", "100", "percent of the picture's")\
	P(ASCII, REVERSE, "reverse", "r", FLAG, 0, 1, "", "false", "dense where it is light")

#define CDN_PARAMS_METADATA(P)                                                 \
	P(METADATA, FIELDS, "params", "p", TEXTS, 0, 0, "", "", "fields; also as names of parameters, `metadata=size`")

#define CDN_PARAMS_IMAGESIZE(P)
#define CDN_PARAMS_OCR(P)
#define CDN_PARAMS_PDFINFO(P)                                                  \
	P(PDFINFO, COLORINFO, "colorinfo", "c", FLAG, 0, 1, "", "false", "accepted: colours are not told")

#define CDN_PARAMS_ZIP(P)

#define CDN_PARAMS_URLSCREENSHOT(P)                                            \
	P(URLSCREENSHOT, AGENT, "agent", "a", WORD, 0, 0, "desktop mobile", "desktop", "")\
	P(URLSCREENSHOT, WIDTH, "width", "w", WHOLE, 1, 1920, "", "1024", "of the window")\
	P(URLSCREENSHOT, HEIGHT, "height", "h", WHOLE, 1, 8000, "", "768", "") \
	P(URLSCREENSHOT, MODE, "mode", "m", WORD, 0, 0, "all window", "all", "the whole page, or what the window shows")\
	P(URLSCREENSHOT, DELAY, "delay", "d", WHOLE, 0, 20000, "", "1000", "milliseconds")\
	P(URLSCREENSHOT, ORIENTATION, "orientation", "o", WORD, 0, 0, "portrait landscape", "portrait", "")\
	P(URLSCREENSHOT, DEVICE, "device", "", TEXT, 0, 0, "", "", "")

#define CDN_PARAMS_CACHE(P)                                                    \
	P(CACHE, FALSE, "false", "f", FLAG, 0, 1, "", "false", "is not to be kept by anybody")\
	P(CACHE, EXPIRY, "expiry", "e", WHOLE, 0, 31536000, "max", "", "seconds; max: a year")

#define CDN_PARAMS_SECURITY(P)                                                 \
	P(SECURITY, POLICY, "policy", "p", TEXT, 0, 0, "", "", "")             \
	P(SECURITY, SIGNATURE, "signature", "s", TEXT, 0, 0, "", "", "")

#define CDN_PARAMS_STORE(P)                                                    \
	P(STORE, FILENAME, "filename", "f", TEXT, 0, 0, "", "", "options of the store call")\
	P(STORE, MIMETYPE, "mimetype", "", TEXT, 0, 0, "", "", "")             \
	P(STORE, LOCATION, "location", "l", TEXT, 0, 0, "", "", "")            \
	P(STORE, PATH, "path", "p", TEXT, 0, 0, "", "", "")                    \
	P(STORE, CONTAINER, "container", "c", TEXT, 0, 0, "", "", "")          \
	P(STORE, REGION, "region", "r", TEXT, 0, 0, "", "", "")                \
	P(STORE, ACCESS, "access", "a", TEXT, 0, 0, "", "", "")                \
	P(STORE, BASE64DECODE, "base64decode", "b", FLAG, 0, 1, "", "false", "")\
	P(STORE, WORKFLOWS, "workflows", "w", TEXTS, 0, 0, "", "", "accepted") \
	P(STORE, ALT_TEXT, "altText", "", TEXT, 0, 0, "", "", "accepted")      \
	P(STORE, TAGS, "tags", "", TEXT, 0, 0, "", "", "accepted")             \
	P(STORE, SANITIZER, "sanitizer", "", TEXT, 0, 0, "", "", "accepted: SDKs clean names themselves")\
	P(STORE, DISABLE_STORAGE_KEY, "disableStorageKey", "", FLAG, 0, 1, "", "", "accepted")

#define CDN_PARAMS_FALLBACK(P)                                                 \
	P(FALLBACK, HANDLE, "handle", "h", TEXT, 0, 0, "", "", "what is shown when this cannot be")\
	P(FALLBACK, FILE, "file", "f", TEXT, 0, 0, "", "", "the same")         \
	P(FALLBACK, CACHE, "cache", "c", WHOLE, 1, 31536000, "", "", "seconds that it is kept")

#define CDN_PARAMS_DEBUG(P)

/* T(TASK, "name", "aliases", group, "what it does") */
#define CDN_DONE(T)                                                            \
	T(RESIZE, "resize", "", SHAPE, "another size")                         \
	T(CROP, "crop", "", SHAPE, "a part")                                   \
	T(ROTATE, "rotate", "", SHAPE, "turns")                                \
	T(FLIP, "flip", "", SHAPE, "top to bottom")                            \
	T(FLOP, "flop", "", SHAPE, "left to right")                            \
	T(SMART_CROP, "smart_crop", "", SHAPE, "scaled and cut to what draws the eye")\
	T(CROP_FACES, "crop_faces", "", SHAPE, "without a detector of faces: what draws the eye")\
	T(UPSCALE, "upscale", "", SHAPE, "resampled, without a model")         \
	T(BLUR, "blur", "", EFFECT, "")                                        \
	T(SHARPEN, "sharpen", "", EFFECT, "")                                  \
	T(MONOCHROME, "monochrome", "", EFFECT, "no colours")                  \
	T(NEGATIVE, "negative", "", EFFECT, "")                                \
	T(BLACKWHITE, "blackwhite", "", EFFECT, "black and white, without grey")\
	T(SEPIA, "sepia", "", EFFECT, "")                                      \
	T(MODULATE, "modulate", "", EFFECT, "")                                \
	T(PIXELATE, "pixelate", "", EFFECT, "")                                \
	T(OIL_PAINT, "oil_paint", "oilpaint", EFFECT, "")                              \
	T(PARTIAL_BLUR, "partial_blur", "", EFFECT, "parts of the picture")    \
	T(PARTIAL_PIXELATE, "partial_pixelate", "", EFFECT, "parts of the picture")\
	T(BLUR_FACES, "blur_faces", "", EFFECT, "without a detector of faces: hides what draws the eye, which may be something else")\
	T(PIXELATE_FACES, "pixelate_faces", "", EFFECT, "likewise")            \
	T(ENHANCE, "enhance", "enchance", EFFECT, "by levels, gamma and saturation, without a model")\
	T(ROUNDED_CORNERS, "rounded_corners", "round_corners", FRAME, "")      \
	T(CIRCLE, "circle", "", FRAME, "")                                     \
	T(BORDER, "border", "", FRAME, "")                                     \
	T(SHADOW, "shadow", "", FRAME, "the picture grows by it")              \
	T(VIGNETTE, "vignette", "", FRAME, "all but an ellipse fades away")    \
	T(POLAROID, "polaroid", "polarid", FRAME, "in a frame, bent a little")        \
	T(TORN_EDGES, "torn_edges", "", FRAME, "the same for the same picture")\
	T(WATERMARK, "watermark", "", SEVERAL, "another picture laid over")    \
	T(COLLAGE, "collage", "", SEVERAL, "pictures beside each other")       \
	T(ANIMATE, "animate", "", SEVERAL, "the sources one after the other: a GIF, unless `output` says WebP")\
	T(ZIP, "zip", "", SEVERAL, "an archive of the sources")                \
	T(OUTPUT, "output", "", OUTPUT, "the format")                          \
	T(QUALITY, "quality", "", OUTPUT, "")                                  \
	T(COMPRESS, "compress", "", OUTPUT, "JPEG as progressive JPEG; metadata goes")\
	T(PJPG, "pjpg", "", OUTPUT, "progressive JPEG")                        \
	T(AUTO_IMAGE, "auto_image", "", OUTPUT, "the smallest of the source's format, JPEG, and WebP and AVIF if the client names them")\
	T(NO_METADATA, "no_metadata", "", OUTPUT, "no metadata, as is the default")\
	T(ASCII, "ascii", "asci", OUTPUT, "HTML that shows the picture by letters")\
	T(METADATA, "metadata", "", JSON, "of the source")                     \
	T(IMAGESIZE, "imagesize", "", JSON, "width and height of the result")  \
	T(PDFINFO, "pdfinfo", "", JSON, "about a document, as `output=docinfo:true`")\
	T(OCR, "ocr", "", JSON, "the text of the source, which takes a policy") \
	T(DEBUG, "debug", "", JSON, "about the chain, which is not run")       \
	T(URLSCREENSHOT, "urlscreenshot", "", CONTROL, "a picture of a web page, by the converter")\
	T(CACHE, "cache", "", CONTROL, "how long the answer is kept")          \
	T(SECURITY, "security", "", CONTROL, "what opens the sources")         \
	T(STORE, "store", "", CONTROL, "the result becomes a file")            \
	T(FALLBACK, "fallback", "", CONTROL, "stands in for a failure")

#define CDN_NOT_DONE(T)                                                        \
	T(TAGS, "tags", "", REFUSED, "takes a model, which is not offered here")\
	T(SFW, "sfw", "swf", REFUSED, "takes a model, which is not offered here") \
	T(CAPTION, "caption", "", REFUSED, "takes a model, which is not offered here")\
	T(COPYRIGHT, "copyright", "", REFUSED, "takes a model, which is not offered here")\
	T(IMAGE_SENTIMENT, "image_sentiment", "", REFUSED, "takes a model, which is not offered here")\
	T(TEXT_SENTIMENT, "text_sentiment", "", REFUSED, "takes a model, which is not offered here")\
	T(DOC_DETECTION, "doc_detection", "", REFUSED, "takes a model, which is not offered here")\
	T(DETECT_FACES, "detect_faces", "", REFUSED, "takes a detector of faces, which is not offered here")\
	T(REDEYE, "redeye", "", REFUSED, "takes a detector of eyes, which is not offered here")\
	T(VIDEO_CONVERT, "video_convert", "", REFUSED, "takes a converter of videos, which is not offered here")\
	T(VIDEO_SFW, "video_sfw", "", REFUSED, "takes a model, which is not offered here")\
	T(VIDEO_TAGGING, "video_tagging", "", REFUSED, "takes a model, which is not offered here")\
	T(RUN_WORKFLOW, "run_workflow", "", REFUSED, "needs workflows, which are not offered here")\
	T(WORKFLOW_STATUS, "workflow_status", "", REFUSED, "needs workflows, which are not offered here")\
	T(PREVIEW, "preview", "", REFUSED, "needs a viewer of documents, which is not offered here")\
	T(PDFCONVERT, "pdfconvert", "", REFUSED, "is not offered here")        \
	T(PDFCREATE, "pdfcreate", "", REFUSED, "is not offered here")          \
	T(DOC_TO_IMAGES, "doc_to_images", "", REFUSED, "is not offered here")  \
	T(MINIFY_CSS, "minify_css", "", REFUSED, "is not offered here")        \
	T(MINIFY_JS, "minify_js", "", REFUSED, "is not offered here")        \
	T(QR, "qr", "", REFUSED, "is not offered here")                        \
	T(SLIDE, "slide", "", REFUSED, "needs a viewer of documents, which is not offered here")\
	T(VIDEO_PLAYLIST, "video_playlist", "", REFUSED, "takes a converter of videos, which is not offered here")

#define CDN_TASKS(T) CDN_DONE(T) CDN_NOT_DONE(T)
/* clang-format on */

/* CDN_TASK_RESIZE */
enum cdn_task {
#define T(name, ...) CDN_TASK_##name,
	CDN_TASKS(T)
#undef T
	CDN_TASK_COUNT
};

/* CDN_RESIZE_WIDTH: a parameter's place among its task's */
#define P(task, name, ...) CDN_##task##_##name,
#define T(name, ...)                                                           \
	enum {                                                                 \
		CDN_PARAMS_##name(P) CDN_##name##_PARAMS                       \
	};
CDN_DONE(T)
#undef T
#undef P

#define CDN_PARAMS_MAX 16 /* of a task */

struct cdn_param_info {
	const char *name, *aliases;
	enum cdn_type type;
	double least, most;
	const char *words, *fallback, *help;
};

struct cdn_task_info {
	const char *name, *aliases;
	enum cdn_group group;
	unsigned n_params;
	const struct cdn_param_info *params;
	const char *help;
};

extern const struct cdn_task_info cdn_tasks[CDN_TASK_COUNT];

/* By name or alias, in any case; CDN_TASK_COUNT: none. */
enum cdn_task cdn_task_of(struct str name);

/* The parameter's place; n_params: none. */
unsigned cdn_param_of(const struct cdn_task_info *task, struct str name);

/* The place of a word among those that are separated by blanks, in any case;
 * -1: none. */
int cdn_word_of(const char *words, struct str text);

/* That word, as the table spells it. */
struct str cdn_word(const char *words, int place);

#endif
