/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a processing URL is answered with: /TASK=.../HANDLE, of which
 * api/filestack/cdn/grammar says what it means. Here are the files that it is
 * about, who may have them, and the answers.
 */
#ifndef API_FILESTACK_CDN_CDN_H
#define API_FILESTACK_CDN_CDN_H

#include "api/made/archive.h"
#include "api/filestack/cdn/grammar/wanted.h"
#include "api/made/layers.h"
#include "ingest/fetch.h"

/* What one URL asks for: rq->dialect_data while it is answered. Made anew when
 * the handler runs again. */
struct cdn_wish {
	struct chain chain;
	struct cdn_wanted wanted;
	/* The strictest of all that was found for it, and of their rows alone:
	 * what the accounts demand besides is not in these. */
	enum access access, row_access;
	int64_t owner;  /* of all of them; 0: none yet, -1: there are several */
	unsigned calls; /* POLICY_*, on what it is made of */
	struct id made_of;
	bool is_command; /* path and query say nothing of it */
	/* What is shown was fetched with what the client has said of itself, or
	 * takes credentials of files of any access: for nobody else. */
	bool is_personal;
	json_t *tags; /* that come back with what is stored; NULL: none */
	/* What the source was before it was converted; NULL: what it is. */
	const struct file *original;
};

/* How long what is made may be kept: as long as the vendor's CDN does. */
#define CDN_CACHE_MADE (30 * 24 * 60 * 60) /* seconds */

static inline struct cdn_wish *cdn_wish_of(const struct request *rq)
{
	return rq->dialect_data;
}

/* Handlers. */

/* delivery.c: chains, on GET and POST. */
int filestack_cdn(struct request *rq, struct err *err);
/* The same of POST HANDLE/convert, whose words may stand in a body. */
int filestack_convert_begin(struct request *rq, struct err *err);
int filestack_convert(struct request *rq, struct err *err);

/* The rest of such a handler, as soon as the wish's chain is read. */
int cdn_answer(struct request *rq, struct err *err);

/* files.c: GET /api/file/{handle}, /{handle}, /{apikey}/{handle}; of the last
 * two, what is no such thing is a chain's. */
int filestack_deliver(struct request *rq, struct err *err);
int filestack_deliver_cdn(struct request *rq, struct err *err);
int filestack_deliver_keyed(struct request *rq, struct err *err);

/* process.c: POST /process */
int filestack_process(struct request *rq, struct err *err);

/*
 * sources.c: the files of a chain. All that is found may be read; references
 * are the caller's, NULL without. Errors: ERR_NOT_FOUND; ERR_FORBIDDEN, where
 * it may not be read, or takes an application's key; of URLs those of
 * request_find_remote().
 */

/* Has all URLs fetched that the chain is made of, so that looking for them does
 * not return HANDLE_PENDING any more. 0, HANDLE_PENDING (and rq must not be
 * touched), or -1. */
int cdn_fetch(struct request *rq, struct err *err) MUST_CHECK;
/* What is to be asked for, of a source that is a URL. ERR_INVALID: headers that
 * are none. */
int cdn_fetch_source(struct request *rq, const struct chain_source *source,
		     struct fetch_source *out, struct err *err) MUST_CHECK;
int cdn_find_source(struct request *rq, const struct chain_source *source,
		    struct hot_entry **out, struct err *err) MUST_CHECK;
/* The two halves of that, for a source that is looked for before the chain is
 * read, which says what is done to it and may have a policy. What cdn_look()
 * has returned goes to cdn_judge(), whatever it was. */
int cdn_look(struct request *rq, const struct chain_source *source,
	     struct hot_entry **out, struct err *err) MUST_CHECK;
int cdn_judge(struct request *rq, const struct chain_source *source, int result,
	      struct hot_entry **entry, struct err *err) MUST_CHECK;
/* What the plan lays over the source. */
int cdn_find_layers(struct request *rq, struct layers *layers,
		    struct err *err) MUST_CHECK;
/* Whether what the plan lays over is there and may be read, without reading it;
 * what would have to be fetched is not asked for. 0, HANDLE_LATER or -1. */
int cdn_check_layers(struct request *rq, struct err *err) MUST_CHECK;
/* Whether the source, or what is laid over it, can be made a picture of. */
int cdn_check_source(const struct file *file, struct err *err) MUST_CHECK;

/* documents.c: has the source become what the answer can be made of, if it is
 * not. Takes over *entry and gives another; as request_find_document(). */
int cdn_convert(struct request *rq, struct hot_entry **entry,
		struct err *err) MUST_CHECK;
/* What the page at the source's URL looks like; as request_find_screenshot().
 */
int cdn_find_screenshot(struct request *rq, struct hot_entry **out,
			struct err *err) MUST_CHECK;

/* Whether it names one, good or not. */
static inline bool cdn_has_policy(const struct cdn_wanted *wanted)
{
	return wanted->policy.p || wanted->signature.p;
}

/* cache.c: how long the answer may be kept that shows the file and the layers
 * (NULL: none), as `cache` says, else for so many seconds. */
const char *cdn_cache_control(struct request *rq, const struct file *file,
			      const struct layers *layers, int64_t seconds);
/* What `cache` said, and whether the chain had a policy, as a number. */
int64_t cdn_note(const struct cdn_wanted *wanted);
/* And back; true: it had one, which is not to be had back. */
bool cdn_read_note(struct cdn_wanted *wanted, int64_t note);

/* picture.c: the picture that is wanted of the entry, whose reference it takes
 * over. As request_derive(). */
int cdn_send_picture(struct request *rq, struct hot_entry *entry,
		     struct err *err) MUST_CHECK;

/* again.c: a chain that was answered before, whose picture is in memory, is
 * answered without having been read. False: it has to be. */
bool cdn_send_again(struct request *rq);
/* What the picture, and the policy of its chain, are remembered by: all that
 * these were read from, but for the source. STR_NONE: the path and the query do
 * not say all by themselves. The wish's chain is read. */
struct str cdn_recipe(struct request *rq);

/* fallback.c: answers with the file that stands in, if the URL names one for
 * a failure such as *err; else -1 with *err as it is. */
int cdn_fall_back(struct request *rq, struct err *err) MUST_CHECK;

/* describe.c, sizes.c, debug.c: answers in JSON. They take over the
 * reference. Of hashes as request_find_hashes(); ERR_FORBIDDEN: `exif` takes a
 * policy that names it, or the secret. */
int cdn_send_metadata(struct request *rq, struct hot_entry *entry,
		      struct err *err) MUST_CHECK;
/* How long what is said of the file may be kept. */
void cdn_keep_json(struct request *rq, const struct file *file);
/* What is said of the file, whose reference is given. */
void cdn_send_json(struct request *rq, struct hot_entry *entry, json_t *body);
/* imagesize, docinfo */
int cdn_send_size(struct request *rq, struct hot_entry *entry,
		  struct err *err) MUST_CHECK;
/* ocr.c: takes over the reference; as request_recognise(). ERR_FORBIDDEN: it
 * takes a policy, or the secret. */
int cdn_send_text(struct request *rq, struct hot_entry *entry,
		  struct err *err) MUST_CHECK;
/* `why` has no code when the chain can be run; the entry may be NULL. */
void cdn_send_debug(struct request *rq, struct hot_entry *entry,
		    const struct err *why);

/* store.c: what comes out becomes a file. Takes over the reference. */
int cdn_store_result(struct request *rq, struct hot_entry *entry,
		     struct err *err) MUST_CHECK;
/* Whether nothing is to be made of a URL, which is what clients of before 3.0
 * call uploading; the chain has a source. */
bool cdn_only_stores(const struct cdn_wish *wish);
/* Then it is stored as it is: straight from its host, and no
 * copy is used or kept. */
int cdn_store_url(struct request *rq, struct err *err) MUST_CHECK;

/* zip.c: the archive of all sources, as an answer or to be stored. As
 * request_archive(); ERR_INVALID, where there are too many. */
#define CDN_ARCHIVE_NAME STR("files.zip")
int cdn_find_archive(struct request *rq, struct archive **out,
		     struct err *err) MUST_CHECK;
int cdn_send_archive(struct request *rq, struct err *err) MUST_CHECK;

#endif
