/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests about images as jobs of the pool, and what its helpers answer,
 * checked, as structs. Not here: what a helper does with an image (src/render).
 */
#include "image/renderers_own.h"
#include "base/log/log.h"
#include "base/retry.h"
#include "image/protocol.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

/* A helper is replaced before what decoders leak or keep adds up, and not kept
 * for nothing: a start takes a tenth of a second. */
#define JOBS_MAX 20000u
#define AGE_MS (30 * 60 * 1000)
#define IDLE_MS (60 * 1000)
#define MEMORY_MAX (96u * 1024 * 1024) /* a fresh one's own is 20 MiB */

/* One request on its way; in the source's arena. */
struct render_call {
	struct render_request request;
	struct arena *arena;
	bool wants_text;
	image_info_done *info_done;
	image_metadata_done *metadata_done;
	void *user;
};

/* What the helper said, when it makes sense. */
struct said {
	struct render_reply reply;
	struct str text; /* in the arena; absent: none, or not wanted */
};

/* A helper is kept for what is quick, if there is more than one. */
static int open_pool(struct pool **out, const struct renderers_options *options,
		     bool full, struct err *err)
{
	unsigned helpers = full ? options->helpers : options->scalers;
	const struct pool_options pool = {
		.name = full ? "renderer" : "scaler",
		.program = full ? options->program : options->scaler,
		.greeting = full ? RENDER_GREETING : SCALE_GREETING,
		.helpers = helpers,
		.share = MAX(helpers, 2) - 1,
		.queue_max = options->queue_max,
		.owner_max = (options->queue_max + 1) / 2,
		.wait_ms = options->timeout_ms,
		.timeout_ms = options->timeout_ms,
		.jobs_max = JOBS_MAX,
		.age_ms = AGE_MS,
		.memory_max = MEMORY_MAX,
		.idle_ms = IDLE_MS,
		.metrics =
			{
				.started = METRIC_RENDER_STARTS,
				.died = METRIC_RENDER_DEATHS,
				.queued = METRIC_RENDER_QUEUED,
				.refused = METRIC_RENDER_REFUSED,
			},
	};
	return pool_new(out, &pool, err);
}

int renderers_new(struct renderers **out,
		  const struct renderers_options *options, struct err *err)
{
	struct renderers *r = g_new0(struct renderers, 1);
	if (open_pool(&r->pool, options, true, err) < 0 ||
	    (options->scaler &&
	     open_pool(&r->scalers, options, false, err) < 0)) {
		renderers_free(r);
		return -1;
	}
	*out = r;
	return 0;
}

void renderers_stop(struct renderers *renderers, unsigned within_ms)
{
	pool_stop(renderers->pool, within_ms);
	if (renderers->scalers)
		pool_stop(renderers->scalers, within_ms);
}

void renderers_free(struct renderers *renderers)
{
	if (renderers == NULL)
		return;
	pool_free(renderers->scalers);
	pool_free(renderers->pool);
	g_free(renderers);
}

/* Sound in form: a reply, and behind it text that is text. */
static int parse(const struct render_call *call, struct str answer,
		 struct said *out, struct err *err)
{
	out->text = STR_NONE;
	if (answer.n < sizeof(out->reply))
		return err_set(err, ERR_INTERNAL,
			       "The image process answers nonsense.");
	memcpy(&out->reply, answer.p, sizeof(out->reply));
	struct str text = str_skip(answer, sizeof(out->reply));
	if (!str_is_utf8(text))
		return err_set(err, ERR_INTERNAL,
			       "The image process answers nonsense.");
	if (out->reply.status == RENDER_TOO_LARGE)
		return err_set(err, ERR_TOO_LARGE,
			       "The image is too large to be read.");
	if (out->reply.status != RENDER_OK)
		return err_set(err, ERR_INVALID, "The image cannot be read.");
	if (text.n && call->wants_text)
		out->text = arena_str(call->arena, text);
	return 0;
}

int renderers_word(const struct err *why, struct err *err)
{
	switch (why->code) {
	case ERR_TIMEOUT:
		return err_set_reason(err, ERR_TIMEOUT,
				      why->reason ? IMAGE_STARVED : NULL,
				      "The image takes too long to read.");
	case ERR_INVALID:
		return err_set(err, ERR_INVALID, "The image cannot be read.");
	case ERR_BUSY:
		return err_set(err, ERR_BUSY,
			       "All image renderers are busy. Try again "
			       "later.");
	default:
		/* no helper looked at it: another time one may. Paths of this
		 * machine are not for clients */
		log_error("an image cannot be asked about: %s", why->text);
		return err_set(err, ERR_BUSY,
			       "The image cannot be read at the moment. Try "
			       "again later.");
	}
}

static int understand(const struct render_call *call,
		      const struct pool_answer *answer, const struct err *why,
		      struct said *out, struct err *err)
{
	return answer ? parse(call, answer->text, out, err)
		      : renderers_word(why, err);
}

static void tell_info(void *user, struct pool_answer *answer,
		      const struct err *why)
{
	const struct render_call *call = user;
	struct said said;
	struct err err;
	if (understand(call, answer, why, &said, &err) < 0) {
		call->info_done(call->user, NULL, &err);
		return;
	}
	const struct render_info *info = &said.reply.info;
	const struct image_info out = {
		.width = info->width,
		.height = info->height,
		.orientation = info->orientation,
		.pages = info->pages,
		.density = info->density,
		.has_alpha = info->has_alpha != 0,
		.is_document = info->is_document != 0,
		.embedded = said.text,
	};
	call->info_done(call->user, &out, NULL);
}

static const char *const format_names[] = {
	[RENDER_JPG] = "jpg",   [RENDER_PNG] = "png",   [RENDER_WEBP] = "webp",
	[RENDER_GIF] = "gif",   [RENDER_TIFF] = "tiff", [RENDER_HEIC] = "heic",
	[RENDER_AVIF] = "avif", [RENDER_JXL] = "jxl",   [RENDER_BMP] = "bmp",
	[RENDER_SVG] = "svg",
};

static int describe(const struct said *said, struct image_metadata *out,
		    struct err *err)
{
	const struct render_metadata *metadata = &said->reply.metadata;
	if (metadata->format >= G_N_ELEMENTS(format_names) ||
	    format_names[metadata->format] == NULL ||
	    metadata->thumbhash_n > sizeof(metadata->thumbhash) ||
	    said->text.p == NULL)
		return err_set(err, ERR_INTERNAL,
			       "The image process answers nonsense.");
	const struct render_info *info = &said->reply.info;
	*out = (struct image_metadata){
		.width = info->width,
		.height = info->height,
		.orientation = info->orientation,
		.pages = info->pages,
		.has_alpha = info->has_alpha != 0,
		.format = format_names[metadata->format],
		.has_color_profile = metadata->has_color_profile != 0,
		.has_transparency = metadata->has_transparency != 0,
		.quality = metadata->quality,
		.density = metadata->density,
		.exif = said->text,
	};
	g_snprintf(out->phash, sizeof(out->phash), "%016" PRIx64,
		   metadata->phash);
	g_autofree char *thumbhash =
		g_base64_encode(metadata->thumbhash, metadata->thumbhash_n);
	g_strlcpy(out->thumbhash, thumbhash, sizeof(out->thumbhash));
	return 0;
}

static void tell_metadata(void *user, struct pool_answer *answer,
			  const struct err *why)
{
	const struct render_call *call = user;
	struct said said;
	struct image_metadata out;
	struct err err;
	if (understand(call, answer, why, &said, &err) < 0 ||
	    describe(&said, &out, &err) < 0)
		call->metadata_done(call->user, NULL, &err);
	else
		call->metadata_done(call->user, &out, NULL);
}

int renderers_measure(int fd, struct str bytes, uint64_t *size, struct err *err)
{
	struct stat info;
	*size = bytes.n;
	if (fd >= 0) {
		if (fstat(fd, &info) != 0)
			return err_set_errno(err, errno, "no file to inspect");
		*size = (uint64_t)info.st_size;
	}
	if (*size == 0)
		return err_set(err, ERR_INVALID, "The image is empty.");
	return 0;
}

struct str renderers_head(int fd, struct str bytes, char buffer[RENDERERS_HEAD])
{
	if (fd < 0)
		return (struct str){bytes.p, MIN(bytes.n, RENDERERS_HEAD)};
	ssize_t n = RETRY_EINTR(pread(fd, buffer, RENDERERS_HEAD, 0));
	return (struct str){buffer, n > 0 ? (size_t)n : 0};
}

/* An SVG, as far as its first byte tells: how large it is may only be known
 * when it has been drawn. */
static bool may_be_drawn(const struct image_source *source)
{
	char buffer[RENDERERS_HEAD];
	struct str head = renderers_head(source->fd, source->bytes, buffer);
	return head.n && strchr("< \t\r\n\xef", head.p[0]) && head.p[0];
}

static enum pool_sort sort_of(const struct image_source *source, uint32_t kind)
{
	return kind == RENDER_METADATA || kind == RENDER_DOCUMENT ||
			       may_be_drawn(source)
		       ? POOL_HEAVY
		       : POOL_LIGHT;
}

static int submit(struct renderers *renderers,
		  const struct image_source *source,
		  const struct render_call *call, pool_done *done,
		  struct err *err)
{
	struct render_call *kept = arena_alloc(source->arena, sizeof(*kept));
	const struct pool_input input = {source->fd, source->bytes};
	struct err why;
	*kept = *call;
	kept->arena = source->arena;
	if (renderers_measure(source->fd, source->bytes,
			      &kept->request.sizes[0], err) < 0)
		return -1;
	const struct pool_job job = {
		.owner = source->account,
		.guest = source->guest,
		.name = call->user,
		.sort = sort_of(source, kept->request.kind),
		.text = {(const char *)&kept->request, sizeof(kept->request)},
		.inputs = &input,
		.n_inputs = 1,
		.done = done,
		.user = kept,
	};
	if (pool_submit(renderers->pool, &job, &why) < 0)
		return renderers_word(&why, err);
	return 0;
}

int renderers_inspect(struct renderers *renderers,
		      const struct image_source *source, image_info_done *done,
		      void *user, struct err *err)
{
	const struct render_call call = {
		.request.kind = source->embedded   ? RENDER_EMBEDDED
				: source->document ? RENDER_DOCUMENT
						   : RENDER_INSPECT,
		.request.page = source->page,
		.wants_text = source->embedded,
		.info_done = done,
		.user = user,
	};
	return submit(renderers, source, &call, tell_info, err);
}

int renderers_metadata(struct renderers *renderers,
		       const struct image_source *source,
		       image_metadata_done *done, void *user, struct err *err)
{
	const struct render_call call = {
		.request.kind = RENDER_METADATA,
		.wants_text = true,
		.metadata_done = done,
		.user = user,
	};
	return submit(renderers, source, &call, tell_metadata, err);
}
