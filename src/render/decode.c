/* SPDX-License-Identifier: Apache-2.0 */
#include "render/decode.h"
#include "render/bmp.h"
#include "render/png.h"
#include "render/svg.h"

#include <errno.h>
#include <math.h>
#include <sys/mman.h>
#include <vips/vector.h>

#define INPUT_MAX (512u * 1024 * 1024) /* bytes; address space is limited */

#define DENSITY_MAX 100000

#define SVG_LOADER "svgload"
#define DISC_THRESHOLD "100g" /* more than the memory that there is */

/* The decoders we take. libvips' own search for a loader would show the bytes
 * to all it has, the blocked ones included. */
static const char *const loaders[] = {
	"pngload_buffer", "jpegload_buffer", "webpload_buffer",
	"gifload_buffer", "heifload_buffer", "tiffload_buffer",
	"jxlload_buffer", "svgload_buffer",
};

/* What is no image, but can be made a picture. */
static const char *const document_loaders[] = {"pdfload_buffer"};

/* Those of which libvips says that they are not made for strangers' files. */
static const char *const wanted_classes[] = {
	"VipsForeignLoadJxl",
	"VipsForeignSaveJxl",
	"VipsForeignLoadPdf",
	"VipsForeignLoadSvg",
};

/* Decoders complain about what they are fed; the reply says it all. */
static void discard_log(const char *domain, GLogLevelFlags level,
			const char *message, void *user)
{
	(void)domain, (void)level, (void)message, (void)user;
}

/* Orc, which older versions have in place of Highway, generates machine code,
 * which the sandbox forbids. Some operations ask it although libvips was told
 * not to, so it is told, too (before it starts). */
static void forbid_generated_code(void)
{
#if VIPS_MAJOR_VERSION > 8 || VIPS_MINOR_VERSION >= 15
	if (vips_vector_get_builtin_targets() != 0)
		return;
#endif
	vips_vector_set_enabled(FALSE);
}

int decode_init(const char *program, struct err *err)
{
	/* what is large would go to a temporary file otherwise */
	g_setenv("VIPS_DISC_THRESHOLD", DISC_THRESHOLD, TRUE);
	g_setenv("ORC_CODE", "emulate", TRUE);
	if (vips_init(program) != 0)
		return err_set(err, ERR_INTERNAL, "libvips does not start: %s",
			       vips_error_buffer());
	g_log_set_default_handler(discard_log, NULL);
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	forbid_generated_code();
	vips_block_untrusted_set(TRUE);
	for (size_t i = 0; i < G_N_ELEMENTS(wanted_classes); i++)
		vips_operation_block_set(wanted_classes[i], FALSE);
	return 0;
}

int decode_unreadable(struct err *err)
{
	vips_error_clear();
	return err_set(err, ERR_INVALID, "not an image that can be read");
}

static bool knows(const char *name, struct str bytes)
{
	GType type = vips_type_find("VipsForeignLoad", name);
	if (type == 0) /* a module that is not installed */
		return false;
	VipsForeignLoadClass *loader = g_type_class_ref(type);
	bool is_its = loader->is_a_buffer(bytes.p, bytes.n);
	g_type_class_unref(loader);
	return is_its;
}

/* The loader that knows these bytes, NULL if none does. */
static const char *find_loader(const char *const *names, size_t n,
			       struct str bytes)
{
	for (size_t i = 0; i < n; i++)
		if (knows(names[i], bytes))
			return names[i];
	return NULL;
}

/* Options that this loader has; those of others mean nothing to it. */
static void set_number(VipsOperation *loader, const char *name, double value)
{
	GParamSpec *spec =
		g_object_class_find_property(G_OBJECT_GET_CLASS(loader), name);
	if (spec == NULL || value == 0)
		return;
	if (G_IS_PARAM_SPEC_INT(spec))
		g_object_set(loader, name, (int)value, NULL);
	else
		g_object_set(loader, name, value, NULL);
}

static int load(struct source *source, const struct source_view *view,
		struct err *err)
{
	if (source_is(source, BMP_LOADER))
		return bmp_open(source->bytes, &source->image, err);
	VipsBlob *blob = vips_blob_new(NULL, source->bytes.p, source->bytes.n);
	VipsOperation *loader = vips_operation_new(source->loader);
	g_object_set(loader, "buffer", blob, "access", VIPS_ACCESS_SEQUENTIAL,
		     NULL);
	vips_area_unref(VIPS_AREA(blob));
	set_number(loader, "shrink", view->shrink);
	set_number(loader, "page", view->page);
	set_number(loader, "n", view->pages);
	set_number(loader, "scale", view->scale);
	set_number(loader, "dpi", view->density);
	int failed = vips_cache_operation_buildp(&loader);
	if (!failed)
		g_object_get(loader, "out", &source->image, NULL);
	vips_object_unref_outputs(VIPS_OBJECT(loader));
	g_object_unref(loader);
	return failed ? decode_unreadable(err) : 0;
}

/* Mapped rather than read: the offset is shared with whoever passed the
 * descriptor, and may be in use there. */
static int map(struct source *source, int fd, uint64_t size, struct err *err)
{
	*source = (struct source){0};
	if (size == 0 || size > INPUT_MAX)
		return decode_unreadable(err);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_set_errno(err, errno, "the image cannot be mapped");
	source->bytes = (struct str){p, size};
	if (png_is(p, size))
		png_hush(p, size);
	source->loader =
		find_loader(loaders, G_N_ELEMENTS(loaders), source->bytes);
	if (source->loader == NULL && bmp_is(source->bytes))
		source->loader = BMP_LOADER;
	return 0;
}

static int open_header(struct source *source, struct err *err)
{
	const struct source_view view = {0};
	if (source->loader && source_is(source, SVG_LOADER) &&
	    svg_check(source->bytes, err) < 0) {
		source_close(source);
		return -1;
	}
	if (source->loader && load(source, &view, err) == 0)
		return 0;
	source_close(source);
	return decode_unreadable(err);
}

int source_open(struct source *source, int fd, uint64_t size, struct err *err)
{
	if (map(source, fd, size, err) < 0)
		return -1;
	return open_header(source, err);
}

double source_pixels(int fd, uint64_t size)
{
	struct source source;
	struct err ignored;
	double pixels = 0;
	if (map(&source, fd, size, &ignored) < 0)
		return 0;
	if (source.loader && !source_is(&source, SVG_LOADER) &&
	    open_header(&source, &ignored) == 0)
		pixels = (double)source.image->Xsize * source.image->Ysize;
	source_close(&source);
	return pixels;
}

int source_open_picture(struct source *source, int fd, uint64_t size,
			struct err *err)
{
	if (map(source, fd, size, err) < 0)
		return -1;
	if (source->loader == NULL)
		source->loader = find_loader(document_loaders,
					     G_N_ELEMENTS(document_loaders),
					     source->bytes);
	return open_header(source, err);
}

void source_close(struct source *source)
{
	g_clear_object(&source->image);
	if (source->bytes.p)
		munmap((void *)(uintptr_t)source->bytes.p, source->bytes.n);
	*source = (struct source){0};
}

int source_reopen(struct source *source, const struct source_view *view,
		  struct err *err)
{
	g_clear_object(&source->image);
	return load(source, view, err);
}

bool source_is(const struct source *source, const char *loader)
{
	return g_str_has_prefix(source->loader, loader);
}

int source_pages(const struct source *source)
{
	int n = 1;
	if (vips_image_get_typeof(source->image, VIPS_META_N_PAGES))
		(void)vips_image_get_int(source->image, VIPS_META_N_PAGES, &n);
	return MAX(n, 1);
}

struct str source_blob(const struct source *source, const char *name)
{
	const void *p = NULL;
	size_t n = 0;
	if (vips_image_get_typeof(source->image, name) == 0 ||
	    vips_image_get_blob(source->image, name, &p, &n) != 0)
		return STR_NONE;
	return (struct str){p, n};
}

/* libvips has one pixel a millimetre when a file says nothing. */
unsigned source_density(const struct source *source)
{
	double per_mm = vips_image_get_xres(source->image);
	double density = round(per_mm * DECODE_MM_PER_INCH);
	bool is_said = per_mm != 1.0 && density >= 1 && density <= DENSITY_MAX;
	return is_said ? (unsigned)density : 0;
}

uint32_t source_format(const struct source *source)
{
	static const struct {
		const char *loader;
		enum render_format format;
	} rows[] = {
		{"jpegload", RENDER_JPG},  {"pngload", RENDER_PNG},
		{"webpload", RENDER_WEBP}, {"gifload", RENDER_GIF},
		{"tiffload", RENDER_TIFF}, {"jxlload", RENDER_JXL},
		{BMP_LOADER, RENDER_BMP},  {SVG_LOADER, RENDER_SVG},
	};
	const char *compression = "";
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (source_is(source, rows[i].loader))
			return rows[i].format;
	if (!source_is(source, "heifload"))
		return 0;
	if (vips_image_get_typeof(source->image, "heif-compression"))
		(void)vips_image_get_string(source->image, "heif-compression",
					    &compression);
	return strcmp(compression, "av1") ? RENDER_HEIC : RENDER_AVIF;
}
