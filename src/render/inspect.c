/* SPDX-License-Identifier: Apache-2.0 */
#include "render/inspect.h"
#include "render/tags/exif.h"
#include "render/tags/iptc.h"
#include "render/tags/xmp.h"

#define EDGE_MAX 1000000u /* pixels */
#define PAGES_MAX 1000000u

int inspect_image(const struct source *source, struct render_info *out,
		  struct err *err)
{
	VipsImage *image = source->image;
	int width = vips_image_get_width(image);
	int height = vips_image_get_height(image);
	int pages = source_pages(source);
	if (width < 1 || height < 1 || (unsigned)width > EDGE_MAX ||
	    (unsigned)height > EDGE_MAX)
		return decode_unreadable(err);
	*out = (struct render_info){
		.width = (uint32_t)width,
		.height = (uint32_t)height,
		.orientation = (uint32_t)CLAMP(
			vips_image_get_orientation(image), 1, 8),
		.pages = (uint32_t)MIN(pages, (int)PAGES_MAX),
		.density = source_density(source),
		.has_alpha = vips_image_hasalpha(image) ? 1 : 0,
		.is_document = source_format(source) == 0 ? 1 : 0,
	};
	return 0;
}

size_t inspect_embedded(const struct source *source, char out[RENDER_TEXT_MAX])
{
	struct str exif = source_blob(source, VIPS_META_EXIF_NAME);
	struct str iptc = source_blob(source, VIPS_META_IPTC_NAME);
	struct str xmp = source_blob(source, VIPS_META_XMP_NAME);
	if (exif.n == 0 && iptc.n == 0 && xmp.n == 0)
		return 0;
	struct tag_budget budget = {RENDER_TEXT_MAX - 2, TAG_ENTRIES_MAX};
	struct tags tags = {json_object(), &budget};
	exif_add_flat(exif, &tags);
	iptc_add_flat(iptc, &tags);
	xmp_add_flat(xmp, &tags);
	size_t n = 0;
	if (json_object_size(tags.object))
		n = json_dumpb(tags.object, out, RENDER_TEXT_MAX,
			       TAG_JSON_FLAGS);
	json_decref(tags.object);
	return n <= RENDER_TEXT_MAX ? n : 0;
}
