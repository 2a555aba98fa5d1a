/* SPDX-License-Identifier: Apache-2.0 */
#include "render/decode.h"
#include "render/png.h"

#include <errno.h>
#include <sys/mman.h>
#include <vips/vector.h>

#define INPUT_MAX (512u * 1024 * 1024) /* bytes; address space is limited */

#define DISC_THRESHOLD "100g" /* more than the memory that there is */

#define JPEG_LOADER "jpegload_buffer"

/* The decoders we trust. libvips' own search for a loader would show the bytes
 * to all it has, the blocked ones included. */
static const char *const loaders[] = {
	"pngload_buffer", JPEG_LOADER,       "webpload_buffer",
	"gifload_buffer", "heifload_buffer", "tiffload_buffer",
};

/* Decoders complain about what they are fed; the reply says it all. */
static void discard_log(const char *domain, GLogLevelFlags level,
			const char *message, void *user)
{
	(void)domain, (void)level, (void)message, (void)user;
}

/* Orc, which older versions have in place of Highway, generates machine code,
 * which the sandbox forbids. */
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
	if (vips_init(program) != 0)
		return err_set(err, ERR_INTERNAL, "libvips does not start: %s",
			       vips_error_buffer());
	g_log_set_default_handler(discard_log, NULL);
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	forbid_generated_code();
	vips_block_untrusted_set(TRUE);
	return 0;
}

int decode_unreadable(struct err *err)
{
	vips_error_clear();
	return err_set(err, ERR_INVALID, "not an image that can be read");
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

static int load(struct source *source, int shrink, struct err *err)
{
	VipsBlob *blob = vips_blob_new(NULL, source->bytes.p, source->bytes.n);
	int failed;
	if (shrink > 1)
		failed = vips_call(source->loader, blob, &source->image,
				   "access", VIPS_ACCESS_SEQUENTIAL, "shrink",
				   shrink, NULL);
	else
		failed = vips_call(source->loader, blob, &source->image,
				   "access", VIPS_ACCESS_SEQUENTIAL, NULL);
	vips_area_unref(VIPS_AREA(blob));
	return failed ? decode_unreadable(err) : 0;
}

/* Mapped rather than read: the offset is shared with whoever passed the
 * descriptor, and may be in use there. */
int source_open(struct source *source, int fd, uint64_t size, struct err *err)
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
	source->loader = find_loader(p, size);
	if (source->loader == NULL)
		decode_unreadable(err);
	else if (load(source, 1, err) == 0)
		return 0;
	source_close(source);
	return -1;
}

void source_close(struct source *source)
{
	g_clear_object(&source->image);
	if (source->bytes.p)
		munmap((void *)(uintptr_t)source->bytes.p, source->bytes.n);
	*source = (struct source){0};
}

int source_shrink(struct source *source, int factor, struct err *err)
{
	if (factor < 2 || !source_is_jpeg(source))
		return 0;
	g_clear_object(&source->image);
	return load(source, factor, err);
}

bool source_is_jpeg(const struct source *source)
{
	return !strcmp(source->loader, JPEG_LOADER);
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
