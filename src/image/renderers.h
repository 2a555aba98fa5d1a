/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server asks about images and has made of them, of two pools of
 * processes: the only place where it meets image decoders. Nobody waits for an
 * answer: whoever asks is called when it is there.
 *
 * stowage-render can do everything; stowage-scale only what pictures are mostly
 * asked for, in less time and memory. Which one makes a picture is decided here
 * and is no difference in what comes out.
 */
#ifndef IMAGE_RENDERERS_H
#define IMAGE_RENDERERS_H

#include "base/arena.h"
#include "base/err.h"

/* For one request. */
#define RENDERERS_TIMEOUT_MS 10000

struct renderers;

struct renderers_options {
	const char *program; /* path of stowage-render */
	unsigned helpers;    /* processes, at most; started when first needed */
	const char *scaler;  /* path of stowage-scale; NULL: there is none */
	unsigned scalers;    /* processes of it, at most */
	unsigned timeout_ms; /* for one request, and for a free helper */
	unsigned queue_max; /* requests that wait, half of them of an account */
};

int renderers_new(struct renderers **out,
		  const struct renderers_options *options,
		  struct err *err) MUST_CHECK;
/* From `within_ms` on, requests without an answer end with ERR_BUSY. */
void renderers_stop(struct renderers *renderers, unsigned within_ms);
/* Ends requests that are left, and the processes. NULL is fine. */
void renderers_free(struct renderers *renderers);

/* An image: an open file (from 0 to its end; the descriptor's offset is neither
 * used nor moved), or bytes when fd is -1. It stays as it is until the answer,
 * and so does the arena, which the answer's texts go to: until then it belongs
 * to the renderers. */
struct image_source {
	int64_t account; /* accounts take turns, */
	int64_t guest;   /* and whom one's work is for, any number */
	int fd;
	struct str bytes;
	struct arena *arena;
	bool embedded; /* metadata wanted with the header */
	bool document; /* a PDF is fine as well; not with embedded */
	unsigned page; /* of a document, from 1; 0: the first */
};

struct image_info {
	/* pixels as stored, before any orientation; of a document its page's
	 * points, whole */
	uint32_t width, height;
	uint32_t orientation; /* EXIF 1..8, 1 when absent */
	uint32_t pages;
	uint32_t density; /* dots an inch; 0 when the file has none */
	bool has_alpha;
	bool is_document; /* a PDF */
	/* EXIF, IPTC and XMP as a flat JSON object of at most 64 KiB with text,
	 * numbers and arrays of them; absent: none, or not wanted */
	struct str embedded;
};

/* err.reason with ERR_TIMEOUT: for most of the time others had the processor,
 * so that it says nothing about the image. */
#define IMAGE_STARVED "starved"

/* The renderers' thread: leave at once. *err is filled when info is NULL. */
typedef void image_info_done(void *user, const struct image_info *info,
			     const struct err *err);

/*
 * Reads the header of an image, which of a drawing may take as long as drawing
 * it, or of a document. ERR_INVALID: no image that it can read, or a page that
 * is not there; ERR_TOO_LARGE: a drawing of too many elements; ERR_TIMEOUT;
 * ERR_BUSY: none was free in time, too many wait, or none can be started;
 * ERR_INTERNAL: it answers nonsense. -1: done is not called. For
 * renderers_share() it is known by `user`, as pictures are.
 */
int renderers_inspect(struct renderers *renderers,
		      const struct image_source *source, image_info_done *done,
		      void *user, struct err *err) MUST_CHECK;

struct image_metadata {
	uint32_t width, height; /* as stored */
	uint32_t orientation;   /* EXIF 1..8, 1 when absent */
	uint32_t pages;
	bool has_alpha;
	const char *format; /* "jpg" "png" "webp" "gif" "tiff" "heic"
			       "avif" "jxl" "bmp" "svg"; static */
	bool has_color_profile;
	bool has_transparency; /* a pixel that is not opaque (first page) */
	uint32_t quality;      /* of a JPEG, an estimate; 0: unknown */
	uint32_t density;      /* dots an inch; 72 when the file has none */
	char phash[17];        /* 16 hex digits, of the first page as stored */
	/* ThumbHash of the first page, upright; base64 (render/thumbhash.h) */
	char thumbhash[37];
	/* A JSON object of objects: image, thumbnail, exif, gps,
	 * interoperability, makernote. */
	struct str exif;
};

typedef void image_metadata_done(void *user,
				 const struct image_metadata *metadata,
				 const struct err *err);

/*
 * Reads all of an image, decoding its first page, and so may take seconds.
 * ERR_TOO_LARGE: over 40 MiB or 100 megapixels; the others as above. The texts
 * are UTF-8, but a helper wrote them: parse JSON strictly.
 */
int renderers_metadata(struct renderers *renderers,
		       const struct image_source *source,
		       image_metadata_done *done, void *user,
		       struct err *err) MUST_CHECK;

/* What a picture is made of, as in struct image_source. */
struct image_content {
	int fd;
	struct str bytes;
};

/* All of it stays as it is until the answer; what of it is in the arena, which
 * until then belongs to the renderers, anyhow. */
struct image_render {
	int64_t account, guest; /* as in struct image_source */
	struct str plan;        /* the text of image/plan.h */
	/* The source, then what image_plan_inputs() says, in its order. */
	const struct image_content *contents;
	unsigned n_contents;
	struct arena *arena;
	bool tells_late; /* ERR_TIMEOUT when it takes too long; else that is
			    ERR_TOO_LARGE, whatever else the machine did */
};

struct image_picture {
	const char *type; /* "image/jpeg", also a PDF's or HTML's; static */
	uint32_t width, height, pages;
	/* A sealed memory file. Closed after done, unless that takes it and
	 * leaves -1. */
	int fd;
	uint64_t size;
};

/* err.reason with ERR_INVALID: an image is none that can be read. */
#define IMAGE_UNREADABLE "unreadable"
/* With ERR_INTERNAL: two helpers died of it. */
#define IMAGE_DEADLY "deadly"

typedef void image_picture_done(void *user, struct image_picture *picture,
				const struct err *err);

/*
 * Makes a picture. ERR_INVALID: an image that cannot be read, or a plan that
 * cannot be followed with it; ERR_TOO_LARGE: for what IMAGE_PIXELS_MAX, memory
 * or time allow; ERR_UNSUPPORTED: with a format that is not built in; ERR_BUSY
 * as above; ERR_INTERNAL: nonsense, or two helpers died of it. The first bytes
 * of the source may be read at once.
 */
int renderers_render(struct renderers *renderers,
		     const struct image_render *what, image_picture_done *done,
		     void *user, struct err *err) MUST_CHECK;
/* Another guest of the account wants the same as that `user`, which is no other
 * job's: it does not wait longer than for one of its own. Any thread. */
void renderers_share(struct renderers *renderers, const void *user,
		     int64_t guest);

#endif
