/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tasks of a chain share while they become a plan: a function for
 * each, in the files of this folder by the groups of the table.
 */
#ifndef API_FILESTACK_CDN_GRAMMAR_BUILD_H
#define API_FILESTACK_CDN_GRAMMAR_BUILD_H

#include "api/filestack/cdn/grammar/args.h"
#include "api/filestack/cdn/grammar/wanted.h"

/* Of ascii. */
struct cdn_letters {
	uint32_t foreground, background;
	bool colored, reverse;
	double size; /* percent; 0: not asked for */
};

/* Of the encoding that ends the plan; each task says anew what it is about. */
struct cdn_output {
	bool does; /* any of it was said */
	bool has_format;
	bool is_smallest; /* auto_image; format otherwise */
	unsigned format;  /* IMAGE_FORMAT_* */
	double quality;   /* 0: not said */
	bool source_quality;
	unsigned colorspace, paper, orientation; /* IMAGE_... words */
	struct cdn_letters letters;
	bool progressive;
	bool keeps_metadata;
	double page, density; /* of the source; 0: not said */
	bool has_background;
	uint32_t background;
};

struct cdn_build {
	const struct cdn_transformation *in;
	struct arena *arena;
	struct cdn_wanted *out;
	struct image_plan *plan; /* out's */
	struct cdn_output output;
};

/* What a task adds; -1: ERR_INVALID, ERR_UNSUPPORTED. */
typedef int cdn_make(struct cdn_build *build, const struct cdn_args *args,
		     struct err *err);

/* build.c */

/* A share of a length that only the picture has. */
struct image_expression cdn_times(enum image_term_kind of, double share);
/* A part as wide as high, of a share of the shorter side, at a focus. */
void cdn_cut_square(struct cdn_build *build, double share, unsigned focus);
/* Below what is transparent; nothing when the colour is. */
void cdn_put_below(struct cdn_build *build, uint32_t color);

/* shape.c */
cdn_make cdn_resize, cdn_crop, cdn_rotate, cdn_flip, cdn_flop, cdn_smart_crop,
	cdn_crop_faces, cdn_upscale;

/* effects.c */
cdn_make cdn_blur, cdn_sharpen, cdn_monochrome, cdn_negative, cdn_blackwhite,
	cdn_sepia, cdn_modulate, cdn_enhance, cdn_pixelate, cdn_oil_paint;

/* hiding.c */
cdn_make cdn_partial_blur, cdn_partial_pixelate, cdn_blur_faces,
	cdn_pixelate_faces;

/* frames.c */
cdn_make cdn_rounded_corners, cdn_circle, cdn_border, cdn_shadow, cdn_vignette,
	cdn_polaroid, cdn_torn_edges;

/* several.c */
cdn_make cdn_watermark, cdn_collage, cdn_animate, cdn_zip;

/* output.c */
cdn_make cdn_output, cdn_quality, cdn_compress, cdn_pjpg, cdn_auto_image,
	cdn_no_metadata, cdn_ascii;
/* What begins and what ends the plan. */
void cdn_output_begin(struct cdn_build *build);
void cdn_output_end(struct cdn_build *build);

/* control.c */
cdn_make cdn_metadata, cdn_imagesize, cdn_pdfinfo, cdn_ocr, cdn_debug,
	cdn_urlscreenshot, cdn_cache, cdn_security, cdn_store, cdn_fallback;

#endif
