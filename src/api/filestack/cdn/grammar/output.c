/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the picture is written. A plan is encoded once, so all of it counts
 * wherever it stands in the chain; of what is said twice the last does.
 */
#include "api/filestack/cdn/grammar/build.h"
#include "http/syntax/accept.h"

/* In the order of the table's words. From DOCUMENT on it is no picture. */
enum {
	PJPG = 2,
	PDF = 8,
	DOCUMENT = 9
};
static const unsigned formats[DOCUMENT] = {
	IMAGE_FORMAT_JPG, IMAGE_FORMAT_JPG,  IMAGE_FORMAT_JPG,
	IMAGE_FORMAT_PNG, IMAGE_FORMAT_WEBP, IMAGE_FORMAT_AVIF,
	IMAGE_FORMAT_GIF, IMAGE_FORMAT_JXL,  IMAGE_FORMAT_PDF,
};
static const unsigned colorspaces[] = {
	IMAGE_COLORSPACE_SRGB,
	IMAGE_COLORSPACE_CMYK,
	IMAGE_COLORSPACE_SOURCE,
};
static const unsigned papers[] = {
	IMAGE_PAPER_A2,     IMAGE_PAPER_A3,    IMAGE_PAPER_A4,
	IMAGE_PAPER_A5,     IMAGE_PAPER_B4,    IMAGE_PAPER_B5,
	IMAGE_PAPER_LETTER, IMAGE_PAPER_LEGAL, IMAGE_PAPER_TABLOID,
};
static const unsigned orientations[] = {
	IMAGE_ORIENTATION_PORTRAIT,
	IMAGE_ORIENTATION_LANDSCAPE,
};

static void set_format(struct cdn_build *build, unsigned format)
{
	build->output.does = true;
	build->output.has_format = true;
	build->output.is_smallest = false;
	build->output.format = format;
}

/* A word: "input". */
static void set_quality(struct cdn_build *build, const struct cdn_value *value)
{
	if (!value->is_given)
		return;
	build->output.does = true;
	build->output.source_quality = value->word >= 0;
	build->output.quality = value->number < 1 ? 1 : value->number;
}

static void compress(struct cdn_build *build, bool keeps_metadata)
{
	build->output.does = true;
	build->output.progressive = true;
	build->output.keeps_metadata = keeps_metadata;
}

/* As the table spells it. */
static struct str word_of(unsigned param, const struct cdn_value *value)
{
	return cdn_word(cdn_tasks[CDN_TASK_OUTPUT].params[param].words,
			value->word);
}

static void read_format(struct cdn_build *build, const struct cdn_value *format)
{
	if (format->word < 0)
		return;
	build->out->document.format =
		format->word < PDF ? STR_NONE
				   : word_of(CDN_OUTPUT_FORMAT, format);
	build->output.does = true;
	if (format->word >= DOCUMENT)
		return;
	set_format(build, formats[format->word]);
	if (format->word == PJPG)
		build->output.progressive = true;
}

static void read_document(struct cdn_build *build,
			  const struct cdn_value *values)
{
	const struct cdn_value *paper = &values[CDN_OUTPUT_PAGEFORMAT];
	const struct cdn_value *side = &values[CDN_OUTPUT_PAGEORIENTATION];
	struct cdn_document *document = &build->out->document;
	if (paper->has) {
		document->pageformat = word_of(CDN_OUTPUT_PAGEFORMAT, paper);
		build->output.paper = papers[paper->word];
	}
	if (side->has) {
		document->orientation =
			word_of(CDN_OUTPUT_PAGEORIENTATION, side);
		build->output.orientation = orientations[side->word];
	}
	if (values[CDN_OUTPUT_SECURE].is_given)
		document->secure = values[CDN_OUTPUT_SECURE].number != 0;
	if (values[CDN_OUTPUT_DOCINFO].number != 0)
		build->out->answer = CDN_DOCINFO;
}

int cdn_output(struct cdn_build *build, const struct cdn_args *args,
	       struct err *err)
{
	const struct cdn_value *values = args->values;
	struct cdn_output *output = &build->output;
	(void)err;
	read_format(build, &values[CDN_OUTPUT_FORMAT]);
	read_document(build, values);
	set_quality(build, &values[CDN_OUTPUT_QUALITY]);
	if (values[CDN_OUTPUT_COLORSPACE].is_given)
		output->colorspace =
			colorspaces[values[CDN_OUTPUT_COLORSPACE].word];
	if (values[CDN_OUTPUT_COMPRESS].number != 0)
		compress(build, false);
	if (values[CDN_OUTPUT_STRIP].is_given)
		output->keeps_metadata = values[CDN_OUTPUT_STRIP].number == 0;
	if (values[CDN_OUTPUT_PAGE].is_given)
		output->page = values[CDN_OUTPUT_PAGE].number;
	if (values[CDN_OUTPUT_DENSITY].is_given)
		output->density = values[CDN_OUTPUT_DENSITY].number;
	if (values[CDN_OUTPUT_BACKGROUND].has) {
		output->has_background = true;
		output->background = values[CDN_OUTPUT_BACKGROUND].color;
	}
	return 0;
}

int cdn_quality(struct cdn_build *build, const struct cdn_args *args,
		struct err *err)
{
	(void)err;
	set_quality(build, &args->values[CDN_QUALITY_VALUE]);
	return 0;
}

int cdn_compress(struct cdn_build *build, const struct cdn_args *args,
		 struct err *err)
{
	(void)err;
	compress(build, args->values[CDN_COMPRESS_METADATA].number != 0);
	return 0;
}

int cdn_pjpg(struct cdn_build *build, const struct cdn_args *args,
	     struct err *err)
{
	(void)err;
	set_format(build, IMAGE_FORMAT_JPG);
	compress(build, args->values[CDN_PJPG_METADATA].number != 0);
	set_quality(build, &args->values[CDN_PJPG_QUALITY]);
	return 0;
}

int cdn_auto_image(struct cdn_build *build, const struct cdn_args *args,
		   struct err *err)
{
	(void)args, (void)err;
	build->output.does = true;
	build->output.is_smallest = true;
	return 0;
}

int cdn_no_metadata(struct cdn_build *build, const struct cdn_args *args,
		    struct err *err)
{
	(void)args, (void)err;
	build->output.does = true;
	build->output.keeps_metadata = false;
	return 0;
}

int cdn_ascii(struct cdn_build *build, const struct cdn_args *args,
	      struct err *err)
{
	const struct cdn_value *values = args->values;
	(void)err;
	set_format(build, IMAGE_FORMAT_ASCII);
	build->output.letters = (struct cdn_letters){
		.foreground = values[CDN_ASCII_FOREGROUND].color,
		.background = values[CDN_ASCII_BACKGROUND].color,
		.colored = values[CDN_ASCII_COLORED].number != 0,
		.reverse = values[CDN_ASCII_REVERSE].number != 0,
		.size = values[CDN_ASCII_SIZE].number,
	};
	return 0;
}

void cdn_output_begin(struct cdn_build *build)
{
	const struct cdn_output *output = &build->output;
	if (output->page == 0 && output->density == 0)
		return;
	struct image_op *op = image_plan_add(build->plan, IMAGE_IMAGE);
	if (output->page > 0)
		image_set_number(op, IMAGE_IMAGE_PAGE, output->page);
	if (output->density > 0)
		image_set_number(op, IMAGE_IMAGE_DENSITY, output->density);
}

static void set_smallest(struct cdn_build *build, struct image_op *op)
{
	struct str accept = build->in->accept;
	build->out->varies = true;
	image_set_word(op, IMAGE_ENCODE_FORMAT, IMAGE_FORMAT_SMALLEST);
	if (accept_names(accept, STR("image/webp")))
		image_set_flag(op, IMAGE_ENCODE_WEBP, true);
	if (accept_names(accept, STR("image/avif")))
		image_set_flag(op, IMAGE_ENCODE_AVIF, true);
}

static void set_letters(const struct cdn_letters *letters, struct image_op *op)
{
	image_set_color(op, IMAGE_ENCODE_FOREGROUND, letters->foreground);
	image_set_color(op, IMAGE_ENCODE_BACKGROUND, letters->background);
	image_set_flag(op, IMAGE_ENCODE_COLORED, letters->colored);
	image_set_flag(op, IMAGE_ENCODE_REVERSE, letters->reverse);
	image_set_number(op, IMAGE_ENCODE_SIZE, letters->size);
}

/* What only one format has is set for that alone, so that equal pictures have
 * equal plans. */
static void set_print(const struct cdn_output *output, struct image_op *op)
{
	image_set_word(op, IMAGE_ENCODE_COLORSPACE, output->colorspace);
	if (output->is_smallest)
		return;
	if (output->format == IMAGE_FORMAT_PDF) {
		image_set_word(op, IMAGE_ENCODE_PAPER, output->paper);
		image_set_word(op, IMAGE_ENCODE_ORIENTATION,
			       output->orientation);
	}
	if (output->format == IMAGE_FORMAT_ASCII)
		set_letters(&output->letters, op);
}

void cdn_output_end(struct cdn_build *build)
{
	const struct cdn_output *output = &build->output;
	if (output->has_background)
		cdn_put_below(build, output->background);
	struct image_op *op = image_plan_add(build->plan, IMAGE_ENCODE);
	if (output->is_smallest)
		set_smallest(build, op);
	else
		image_set_word(op, IMAGE_ENCODE_FORMAT, output->format);
	set_print(output, op);
	if (output->source_quality)
		image_set_flag(op, IMAGE_ENCODE_SOURCE_QUALITY, true);
	else if (output->quality > 0)
		image_set_number(op, IMAGE_ENCODE_QUALITY, output->quality);
	if (output->progressive)
		image_set_flag(op, IMAGE_ENCODE_PROGRESSIVE, true);
	if (output->keeps_metadata)
		image_set_flag(op, IMAGE_ENCODE_METADATA, true);
}
