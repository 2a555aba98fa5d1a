/* SPDX-License-Identifier: Apache-2.0 */
#include "render/document/vector.h"

#include "render/picture/pdf_out.h"

#include <cairo-pdf.h>
#include <math.h>
#include <poppler.h>

/* What is taken for a byte of the file, roughly: pictures are decoded. */
#define BYTES_PER_BYTE 8.0
#define BYTE_MAX 255.0

/* "%PDF" at its start, as libvips' decoder wants it. */
static bool is_document(const struct picture_job *job)
{
	struct source source;
	struct err ignored;
	if (source_open_picture(&source, job->inputs[0].fd, job->inputs[0].size,
				&ignored) < 0)
		return false;
	bool is_pdf = source_is(&source, "pdfload");
	source_close(&source);
	return is_pdf;
}

static bool is_background(const struct image_op *op)
{
	return op->kind == IMAGE_BACKGROUND &&
	       image_word(op, IMAGE_BACKGROUND_FILL) == IMAGE_FILL_COLOR;
}

bool vector_is_wanted(const struct picture_job *job)
{
	const struct image_op *op = job->plan->first;
	if (op->kind == IMAGE_IMAGE && op->next)
		op = op->next;
	if (is_background(op) && op->next)
		op = op->next;
	return op->kind == IMAGE_ENCODE &&
	       image_word(op, IMAGE_ENCODE_FORMAT) == IMAGE_FORMAT_PDF &&
	       is_document(job);
}

static cairo_status_t add(void *user, const unsigned char *bytes,
			  unsigned int n)
{
	GString *out = user;
	if (out->len + n > RENDER_OUTPUT_MAX)
		return CAIRO_STATUS_WRITE_ERROR;
	g_string_append_len(out, (const char *)bytes, n);
	return CAIRO_STATUS_SUCCESS;
}

/* Pages on their way. */
struct copying {
	PopplerDocument *document;
	const struct image_plan *plan;
	cairo_surface_t *surface;
	cairo_t *cairo;
	struct encoded *out;
};

static void paint_below(const struct copying *c)
{
	for (const struct image_op *op = c->plan->first; op; op = op->next) {
		if (!is_background(op))
			continue;
		uint32_t rgba = image_color(op, IMAGE_BACKGROUND_COLOR);
		cairo_set_source_rgba(c->cairo, (rgba >> 24) / BYTE_MAX,
				      (rgba >> 16 & 0xff) / BYTE_MAX,
				      (rgba >> 8 & 0xff) / BYTE_MAX,
				      (rgba & 0xff) / BYTE_MAX);
		cairo_paint(c->cairo);
	}
}

/* False: there is none, or cairo has failed. */
static bool copy_page(const struct copying *c, int number)
{
	double width, height;
	PopplerPage *page = poppler_document_get_page(c->document, number);
	if (page == NULL)
		return false;
	poppler_page_get_size(page, &width, &height);
	if (!(width > 0 && height > 0)) {
		g_object_unref(page);
		return false;
	}
	const struct pdf_page at = pdf_page_of(
		width, height, image_word(c->plan->last, IMAGE_ENCODE_PAPER),
		image_word(c->plan->last, IMAGE_ENCODE_ORIENTATION));
	cairo_pdf_surface_set_size(c->surface, at.width, at.height);
	cairo_save(c->cairo);
	cairo_translate(c->cairo, at.left, at.below);
	cairo_scale(c->cairo, at.across / width, at.up / height);
	cairo_rectangle(c->cairo, 0, 0, width, height);
	cairo_clip(c->cairo);
	paint_below(c);
	poppler_page_render_for_printing(page, c->cairo);
	cairo_restore(c->cairo);
	cairo_show_page(c->cairo);
	g_object_unref(page);
	if (c->out->frames++ == 0) {
		c->out->width =
			(unsigned)CLAMP(lrint(at.width), 1, IMAGE_SIDE_MAX);
		c->out->height =
			(unsigned)CLAMP(lrint(at.height), 1, IMAGE_SIDE_MAX);
	}
	return cairo_status(c->cairo) == CAIRO_STATUS_SUCCESS;
}

/* Whether it was fit to be copied, all of it. */
static bool copy_pages(struct copying *c, int first, int end, GString *bytes)
{
	bool copied = true;
	c->surface = cairo_pdf_surface_create_for_stream(add, bytes, 1, 1);
	cairo_pdf_surface_set_metadata(c->surface,
				       CAIRO_PDF_METADATA_CREATE_DATE, NULL);
	c->cairo = cairo_create(c->surface);
	for (int i = first; i < end && copied; i++)
		copied = copy_page(c, i);
	cairo_destroy(c->cairo);
	cairo_surface_finish(c->surface);
	copied = copied &&
		 cairo_surface_status(c->surface) == CAIRO_STATUS_SUCCESS;
	cairo_surface_destroy(c->surface);
	return copied;
}

static int copy_document(struct copying *c, const struct picture_job *job,
			 struct err *err)
{
	static const struct image_sizes sizes = {0};
	const struct image_op *op = job->plan->first;
	int first = 0, end = poppler_document_get_n_pages(c->document);
	if (op->kind == IMAGE_IMAGE && image_has(op, IMAGE_IMAGE_PAGE)) {
		first = (int)image_number(op, IMAGE_IMAGE_PAGE, &sizes) - 1;
		if (first >= end)
			return err_set(err, ERR_NOT_FOUND, "no such page");
		end = first + 1;
	}
	if (end - first > VECTOR_PAGES_MAX)
		return err_set(err, ERR_TOO_LARGE, "too many pages");
	GString *bytes = g_string_new(NULL);
	bool copied = copy_pages(c, first, end, bytes);
	c->out->format = RENDER_PDF;
	c->out->bytes = (struct str){bytes->str, bytes->len};
	g_string_free(bytes, FALSE);
	return copied ? 0 : err_set(err, ERR_INVALID, "pages cannot be copied");
}

int vector_render(const struct picture_job *job, struct encoded *out,
		  struct err *err)
{
	struct copying c = {.plan = job->plan, .out = out};
	struct source source;
	*out = (struct encoded){0};
	if (job->inputs[0].size * BYTES_PER_BYTE > RENDER_SMALL &&
	    !job->is_alone)
		return err_set(err, ERR_BUSY, "too large beside others");
	if (source_open_picture(&source, job->inputs[0].fd, job->inputs[0].size,
				err) < 0)
		return -1;
	GBytes *bytes = g_bytes_new_static(source.bytes.p, source.bytes.n);
	c.document = poppler_document_new_from_bytes(bytes, NULL, NULL);
	int result = c.document ? copy_document(&c, job, err)
				: decode_unreadable(err);
	if (result < 0)
		encoded_release(out);
	g_clear_object(&c.document);
	g_bytes_unref(bytes);
	source_close(&source);
	return result;
}
