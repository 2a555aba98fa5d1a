/* SPDX-License-Identifier: Apache-2.0 */
#include "render/inspect.h"

#include <errno.h>
#include <sys/mman.h>
#include <vips/vips.h>
#include <vips/vector.h>

#define INPUT_MAX (512u * 1024 * 1024) /* bytes; address space is limited */
#define EDGE_MAX 1000000u              /* pixels */
#define PAGES_MAX 1000000u

/* The decoders we trust. libvips' own search for a loader would show the bytes
 * to all it has, the blocked ones included. */
static const char *const loaders[] = {
	"pngload_buffer", "jpegload_buffer", "webpload_buffer",
	"gifload_buffer", "heifload_buffer", "tiffload_buffer",
};

/* Decoders complain about what they are fed; the reply says it all. */
static void discard_log(const char *domain, GLogLevelFlags level,
			const char *message, void *user)
{
	(void)domain, (void)level, (void)message, (void)user;
}

int inspect_init(const char *program, struct err *err)
{
	if (vips_init(program) != 0)
		return err_set(err, ERR_INTERNAL, "libvips does not start: %s",
			       vips_error_buffer());
	g_log_set_default_handler(discard_log, NULL);
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	/* generates machine code, which the sandbox forbids */
	vips_vector_set_enabled(FALSE);
	vips_block_untrusted_set(TRUE);
	return 0;
}

static int unreadable(struct err *err)
{
	vips_error_clear();
	return err_set(err, ERR_INVALID, "not an image that can be read");
}

static int describe(VipsImage *image, struct render_info *out, struct err *err)
{
	int width = vips_image_get_width(image);
	int height = vips_image_get_height(image);
	int pages = vips_image_get_n_pages(image);
	if (width < 1 || height < 1 || (unsigned)width > EDGE_MAX ||
	    (unsigned)height > EDGE_MAX)
		return unreadable(err);
	*out = (struct render_info){
		.width = (uint32_t)width,
		.height = (uint32_t)height,
		.orientation = (uint32_t)CLAMP(
			vips_image_get_orientation(image), 1, 8),
		.pages = (uint32_t)CLAMP(pages, 1, (int)PAGES_MAX),
		.has_alpha = vips_image_hasalpha(image) ? 1 : 0,
	};
	return 0;
}

/* The loader that knows these bytes, NULL if none does. */
static const char *find_loader(const void *p, size_t n)
{
	for (size_t i = 0; i < G_N_ELEMENTS(loaders); i++) {
		GType type = vips_type_find("VipsForeignLoad", loaders[i]);
		if (type == 0) /* a module that is not installed */
			continue;
		VipsForeignLoadClass *loader = g_type_class_ref(type);
		bool knows = loader->is_a_buffer(p, n);
		g_type_class_unref(loader);
		if (knows)
			return loaders[i];
	}
	return NULL;
}

static int read_info(const void *p, size_t n, struct render_info *out,
		     struct err *err)
{
	const char *loader = find_loader(p, n);
	VipsImage *image = NULL;
	if (loader == NULL)
		return unreadable(err);
	VipsBlob *blob = vips_blob_new(NULL, p, n);
	int opened = vips_call(loader, blob, &image, "access",
			       VIPS_ACCESS_SEQUENTIAL, NULL);
	vips_area_unref(VIPS_AREA(blob));
	if (opened != 0)
		return unreadable(err);
	int result = describe(image, out, err);
	g_object_unref(image);
	return result;
}

/* Mapped rather than read: the offset is shared with whoever passed the
 * descriptor, and may be in use there. */
int inspect_image(int fd, uint64_t size, struct render_info *out,
		  struct err *err)
{
	if (size == 0 || size > INPUT_MAX)
		return unreadable(err);
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_set_errno(err, errno, "the image cannot be mapped");
	int result = read_info(p, size, out, err);
	munmap(p, size);
	return result;
}
