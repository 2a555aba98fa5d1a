/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What no renderer reads becomes something else first, by the operator's
 * converter: documents of an office, pages of the web.
 */
#include "api/sources/convert.h"
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"
#include "http/syntax/head.h"
#include "ingest/sniff.h"

/* What pictures are made of. */
#define PRINTED "pdf"

/* What the source is to become; STR_NONE: it stays what it is. */
static struct str format_for(struct request *rq, const struct file *file)
{
	const struct cdn_wanted *wanted = &cdn_wish_of(rq)->wanted;
	struct str format = wanted->document.format;
	if (wanted->answer != CDN_DOCUMENT) {
		bool is_seen = wanted->answer == CDN_PICTURE ||
			       wanted->answer == CDN_IMAGESIZE ||
			       wanted->answer == CDN_DOCINFO ||
			       wanted->answer == CDN_OCR;
		return is_seen && request_is_office(file->type) ? STR(PRINTED)
								: STR_NONE;
	}
	struct str type = sniff_extension(
		arena_printf(request_arena(rq), "a.%.*s", STR_ARG(format)));
	return str_eq_nocase(http_media_type(file->type), type) ? STR_NONE
								: format;
}

/* In the vendor's words. */
static int failed(struct err *err)
{
	if (err->code == ERR_TIMEOUT)
		return err_set(err, ERR_TIMEOUT,
			       "docs provider error: conversion was taking too "
			       "long (idx 0)");
	return -1;
}

int cdn_convert(struct request *rq, struct hot_entry **entry, struct err *err)
{
	const struct cdn_document *said = &cdn_wish_of(rq)->wanted.document;
	struct hot_entry *source = *entry;
	const struct convert_wish wish = {
		.format = format_for(rq, &source->file),
		.pageformat = said->pageformat,
		.orientation = said->orientation,
	};
	if (wish.format.p == NULL)
		return 0;
	int result = request_find_document(rq, source, &wish, entry, err);
	if (result != 0) {
		hot_unref(source);
		return result < 0 ? failed(err) : result;
	}
	/* what comes out is as open as what went in, which is another's to say
	 * each time */
	request_keep(rq, source);
	cdn_wish_of(rq)->original = &source->file;
	return 0;
}

int cdn_find_screenshot(struct request *rq, struct hot_entry **out,
			struct err *err)
{
	const struct cdn_wish *wish = cdn_wish_of(rq);
	const struct cdn_screenshot *said = &wish->wanted.screenshot;
	const struct chain_source *page = wish->chain.sources;
	unsigned longer = MAX(said->width, said->height);
	unsigned shorter = MIN(said->width, said->height);
	if (!chain_is_remote(page))
		return err_set(
			err, ERR_INVALID,
			"`urlscreenshot` task takes a URL as its source");
	rq->calls = wish->calls;
	if (filestack_may_fetch(rq, wish->chain.key, page->text, err) < 0)
		return -1;
	const struct convert_wish what = {
		.width = said->is_landscape ? longer : said->width,
		.height = said->is_landscape ? shorter : said->height,
		.delay_ms = said->delay_ms,
		.whole_page = said->whole_page,
		.is_mobile = said->is_mobile,
		.url = page->text,
	};
	int result = request_find_screenshot(rq, &what, out, err);
	return result < 0 ? failed(err) : result;
}
