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
	DOCUMENT = 8
};
static const unsigned formats[DOCUMENT] = {
	IMAGE_FORMAT_JPG, IMAGE_FORMAT_JPG,  IMAGE_FORMAT_JPG,
	IMAGE_FORMAT_PNG, IMAGE_FORMAT_WEBP, IMAGE_FORMAT_AVIF,
	IMAGE_FORMAT_GIF, IMAGE_FORMAT_JXL,
};

static void set_format(struct cdn_build *build, unsigned format)
{
	build->output.does = true;
	build->output.has_format = true;
	build->output.is_smallest = false;
	build->output.format = format;
}

/* "input" is what there is without one. */
static void set_quality(struct cdn_build *build, const struct cdn_value *value)
{
	if (!value->is_given)
		return;
	build->output.does = true;
	build->output.quality = value->word >= 0    ? 0
				: value->number < 1 ? 1
						    : value->number;
}

static void compress(struct cdn_build *build, bool keeps_metadata)
{
	build->output.does = true;
	build->output.progressive = true;
	build->output.keeps_metadata = keeps_metadata;
}

static void read_format(struct cdn_build *build, const struct cdn_value *format)
{
	struct cdn_wanted *out = build->out;
	if (format->word < 0)
		return;
	out->document.format = STR_NONE;
	if (format->word >= DOCUMENT) {
		out->document.format = format->text;
		build->output.does = true;
		return;
	}
	set_format(build, formats[format->word]);
	if (format->word == PJPG)
		build->output.progressive = true;
}

static void read_document(struct cdn_build *build,
			  const struct cdn_value *values)
{
	struct cdn_document *document = &build->out->document;
	if (values[CDN_OUTPUT_PAGEFORMAT].has)
		document->pageformat = values[CDN_OUTPUT_PAGEFORMAT].text;
	if (values[CDN_OUTPUT_PAGEORIENTATION].has)
		document->orientation = values[CDN_OUTPUT_PAGEORIENTATION].text;
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
	enum {
		RGB = 0
	};
	if (values[CDN_OUTPUT_COLORSPACE].word > RGB)
		return err_set(err, ERR_UNSUPPORTED,
			       "`colorspace:%.*s` of `output` task is not "
			       "offered here",
			       STR_ARG(values[CDN_OUTPUT_COLORSPACE].text));
	read_format(build, &values[CDN_OUTPUT_FORMAT]);
	read_document(build, values);
	set_quality(build, &values[CDN_OUTPUT_QUALITY]);
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

/* The first page is what every plan begins with. */
void cdn_output_begin(struct cdn_build *build)
{
	const struct cdn_output *output = &build->output;
	if (output->page <= 1 && output->density == 0)
		return;
	struct image_op *op = image_plan_add(build->plan, IMAGE_IMAGE);
	if (output->page > 1)
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
	if (output->quality > 0)
		image_set_number(op, IMAGE_ENCODE_QUALITY, output->quality);
	if (output->progressive)
		image_set_flag(op, IMAGE_ENCODE_PROGRESSIVE, true);
	if (output->keeps_metadata)
		image_set_flag(op, IMAGE_ENCODE_METADATA, true);
}
