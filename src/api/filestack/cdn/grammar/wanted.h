/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chain of tasks wants: a pure function of the chain and of what the
 * client takes, which sees no file, no library and no request.
 *
 * Tasks of the picture run from left to right; those of the answer (output,
 * quality, compress, cache, security, store ...) count wherever they stand, the
 * last of each. The tasks are in tasks.h, the rules in docs/decisions/0034.
 */
#ifndef API_FILESTACK_CDN_GRAMMAR_WANTED_H
#define API_FILESTACK_CDN_GRAMMAR_WANTED_H

#include "api/filestack/cdn/chain/chain.h"
#include "image/plan.h"

#define CDN_FIELDS_MAX 32 /* of metadata */

enum cdn_answer {
	CDN_FILE,      /* the source as it is */
	CDN_PICTURE,   /* what the plan makes of it */
	CDN_METADATA,  /* of the source: JSON of `fields` */
	CDN_IMAGESIZE, /* of what the plan makes: JSON */
	CDN_DOCINFO,   /* what a document says of itself: JSON */
	CDN_OCR,       /* what the source says, as it is: JSON */
	CDN_ZIP,       /* of all sources */
	CDN_DOCUMENT,  /* `document`, by the converter */
};

enum cdn_cache {
	CDN_CACHE_DEFAULT,
	CDN_CACHE_SECONDS,
	CDN_CACHE_NEVER,
};

/* Absent: not said. What of it a source needs that is no picture, or is to be
 * another kind of document. */
struct cdn_document {
	struct str format;      /* "docx", "html" ...; "pdf" of CDN_PICTURE */
	struct str pageformat;  /* "a4", "letter" ... */
	struct str orientation; /* "portrait", "landscape" */
	bool secure;            /* without scripts and the like */
};

/* `urlscreenshot`: the source is an address of a page. */
struct cdn_screenshot {
	bool wanted;
	bool is_mobile, is_landscape;
	bool whole_page;        /* not only the window */
	unsigned width, height; /* of the window, pixels */
	unsigned delay_ms;
	struct str device; /* STR_NONE: none named */
};

/* The result becomes a file; texts are those of the store call's options,
 * STR_NONE when not said. */
struct cdn_store {
	bool wanted;
	struct str filename, mimetype, location, path, container, region,
		access;
	bool base64decode;
};

struct cdn_wanted {
	enum cdn_answer answer;
	bool is_debug; /* the answer is about the chain instead */

	/* Finished. The paths in it are sources as the client wrote them
	 * (watermark, collage): whoever reads them decides whether this client
	 * may. Does nothing unless has_picture. */
	struct image_plan plan;
	bool has_picture;
	bool takes_several; /* sources, not only the first */
	/* Of CDN_PICTURE: a PDF, for which nothing has to be drawn but a
	 * picture. Of a source that is none it is CDN_DOCUMENT, with all its
	 * pages. */
	bool keeps_pages;
	bool varies; /* what the client takes has counted */

	struct cdn_document document;
	struct cdn_screenshot screenshot;
	struct cdn_store store;

	enum cdn_cache cache;
	int64_t cache_seconds; /* CDN_CACHE_SECONDS */

	struct str fallback;      /* a handle, in place of a failure */
	int64_t fallback_seconds; /* that it may be kept; 0: not said */

	struct str policy, signature;

	struct str fields[CDN_FIELDS_MAX]; /* of metadata, as written */
	unsigned n_fields;                 /* 0: the default ones */
};

struct cdn_transformation {
	const struct chain *chain;
	struct str accept; /* the field; STR_NONE without */
};

/* Whether there is such a task, or such an alias of one. */
bool cdn_is_task(struct str name);

/*
 * ERR_INVALID: an unknown task, parameter or value, in the vendor's words;
 * ERR_UNSUPPORTED: a task that is not offered, by name; ERR_LIMIT: more than a
 * plan holds. is_debug, policy and signature are filled in all the same.
 */
int cdn_grammar(const struct cdn_transformation *in, struct arena *arena,
		struct cdn_wanted *out, struct err *err) MUST_CHECK;

#endif
