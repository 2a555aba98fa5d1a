/* SPDX-License-Identifier: Apache-2.0 */
#include "render/webp.h"

/* Video range, as in all YUV of WebP. */
#define BLACK 16
#define WHITE 235

bool webp_is_still(struct str bytes)
{
	WebPBitstreamFeatures features;
	return WebPGetFeatures((const uint8_t *)bytes.p, bytes.n, &features) ==
		       VP8_STATUS_OK &&
	       !features.has_animation;
}

int webp_decode(struct webp *webp, struct str bytes, struct err *err)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	WebPDecoderConfig *config = &webp->config;
	if (!WebPInitDecoderConfig(config) ||
	    WebPGetFeatures(p, bytes.n, &config->input) != VP8_STATUS_OK)
		return err_set(err, ERR_INVALID, "no WebP");
	webp->width = (unsigned)config->input.width;
	webp->height = (unsigned)config->input.height;
	webp->has_alpha = config->input.has_alpha != 0;
	config->output.colorspace = webp->has_alpha ? MODE_YUVA : MODE_YUV;
	if (WebPDecode(p, bytes.n, config) == VP8_STATUS_OK)
		return 0;
	webp_release(webp);
	return err_set(err, ERR_INVALID, "a damaged WebP");
}

void webp_release(struct webp *webp)
{
	WebPFreeDecBuffer(&webp->config.output);
}

static unsigned char full_range(uint8_t luma)
{
	int value = (luma - BLACK) * 255 + (WHITE - BLACK) / 2;
	value /= WHITE - BLACK;
	return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void webp_row(const struct webp *webp, unsigned y, unsigned char *out)
{
	const WebPYUVABuffer *planes = &webp->config.output.u.YUVA;
	const uint8_t *luma = planes->y + (size_t)y * (size_t)planes->y_stride;
	const uint8_t *alpha = NULL;
	if (webp->has_alpha)
		alpha = planes->a + (size_t)y * (size_t)planes->a_stride;
	for (unsigned x = 0; x < webp->width; x++) {
		*out++ = full_range(luma[x]);
		if (alpha)
			*out++ = alpha[x];
	}
}
