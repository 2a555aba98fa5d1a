/* SPDX-License-Identifier: Apache-2.0 */
#include "render/webp.h"

/* Video range, as in all YUV of WebP. */
#define BLACK 16

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

/* ITU-R BT.601, in 1/65536 */
static unsigned char colour(uint8_t luma, int of_chroma)
{
	int value = ((luma - BLACK) * 76309 + of_chroma + 32768) / 65536;
	return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void webp_row(const struct webp *webp, unsigned y, unsigned char *out)
{
	const WebPYUVABuffer *planes = &webp->config.output.u.YUVA;
	const uint8_t *luma = planes->y + (size_t)y * (size_t)planes->y_stride;
	const uint8_t *us =
		planes->u + (size_t)(y / 2) * (size_t)planes->u_stride;
	const uint8_t *vs =
		planes->v + (size_t)(y / 2) * (size_t)planes->v_stride;
	const uint8_t *alpha = NULL;
	if (webp->has_alpha)
		alpha = planes->a + (size_t)y * (size_t)planes->a_stride;
	for (unsigned x = 0; x < webp->width; x++) {
		int u = us[x / 2] - 128, v = vs[x / 2] - 128;
		*out++ = colour(luma[x], 104597 * v);
		*out++ = colour(luma[x], -25675 * u - 53279 * v);
		*out++ = colour(luma[x], 132201 * u);
		if (alpha)
			*out++ = alpha[x];
	}
}
