/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip and deflate by zlib: 32 KiB of window, and a run of output at a time.
 * Coders with larger windows (br, zstd) are left alone: nobody asked for them,
 * and zstd may demand 128 MiB.
 */
#include "ingest/coding.h"

#include <glib.h>
#include <zlib.h>

#define RUN (32u * 1024) /* bytes decoded at once */
#define PADDING_MAX (1024u * 1024)
#define WINDOW_BITS 15
#define GZIP_FORMAT 16 /* added to the bits */

static const struct str aws_chunked = {"aws-chunked", 11};

enum coding coding_add(enum coding before, struct str value)
{
	static const struct {
		struct str name;
		enum coding coding;
	} codings[] = {
		{{"gzip", 4}, CODING_GZIP},
		{{"x-gzip", 6}, CODING_GZIP},
		{{"deflate", 7}, CODING_DEFLATE},
		{{"identity", 8}, CODING_IDENTITY},
		/* of servers that mean something else: a charset, a MIME
		 * encoding */
		{{"none", 4}, CODING_IDENTITY},
		{{"utf-8", 5}, CODING_IDENTITY},
		{{"utf8", 4}, CODING_IDENTITY},
		{{"binary", 6}, CODING_IDENTITY},
		{{"8bit", 4}, CODING_IDENTITY},
	};
	while (value.p) {
		struct str name = str_trim(str_split(&value, ','));
		enum coding coding = CODING_UNKNOWN;
		if (name.n == 0)
			continue;
		for (size_t i = 0; i < G_N_ELEMENTS(codings); i++)
			if (str_eq_nocase(name, codings[i].name))
				coding = codings[i].coding;
		/* of what is stored a left-over of how it was uploaded */
		if (coding == CODING_IDENTITY ||
		    str_eq_nocase(name, aws_chunked))
			continue;
		before = before == CODING_IDENTITY ? coding : CODING_UNKNOWN;
	}
	return before;
}

bool coding_is_framed(struct str value)
{
	while (value.p)
		if (str_eq_nocase(str_trim(str_split(&value, ',')),
				  aws_chunked))
			return true;
	return false;
}

struct decoder {
	enum coding coding;
	coding_write *write;
	void *user;
	z_stream z;
	bool begun;             /* z is initialized */
	bool complete;          /* between members, or nothing came */
	unsigned char start[2]; /* of deflate, which tell its format */
	size_t n_start;
	size_t padding; /* zeros behind the last member */
	unsigned char run[RUN];
};

struct decoder *decoder_new(enum coding coding, coding_write *write, void *user)
{
	struct decoder *decoder = g_try_new0(struct decoder, 1);
	g_assert(coding == CODING_GZIP || coding == CODING_DEFLATE);
	if (decoder == NULL)
		return NULL;
	decoder->coding = coding;
	decoder->write = write;
	decoder->user = user;
	decoder->complete = true;
	return decoder;
}

void decoder_free(struct decoder *decoder)
{
	if (decoder && decoder->begun)
		inflateEnd(&decoder->z);
	g_free(decoder);
}

bool decoder_is_complete(const struct decoder *decoder)
{
	return decoder->complete && decoder->n_start == 0;
}

/* RFC 1950 section 2.2: method 8 in a number that 31 divides. */
static bool is_zlib(const unsigned char start[2])
{
	return (start[0] & 15) == 8 && (start[0] << 8 | start[1]) % 31 == 0;
}

static bool begin(struct decoder *decoder)
{
	int bits = WINDOW_BITS;
	if (decoder->begun)
		return inflateReset(&decoder->z) == Z_OK;
	if (decoder->coding == CODING_GZIP)
		bits += GZIP_FORMAT;
	else if (!is_zlib(decoder->start))
		bits = -bits;
	decoder->begun = inflateInit2(&decoder->z, bits) == Z_OK;
	return decoder->begun;
}

/* Puts out what the input gives, up to the end of the member. */
static bool inflate_some(struct decoder *decoder)
{
	z_stream *z = &decoder->z;
	for (;;) {
		z->next_out = decoder->run;
		z->avail_out = RUN;
		int code = inflate(z, Z_NO_FLUSH);
		size_t n = RUN - z->avail_out;
		if (n && !decoder->write(decoder->user, decoder->run, n))
			return false;
		decoder->complete = code == Z_STREAM_END;
		if (decoder->complete)
			return true;
		if (code != Z_OK && code != Z_BUF_ERROR)
			return false;
		if (z->avail_in == 0 && z->avail_out > 0)
			return true;
		if (code == Z_BUF_ERROR)
			return false;
	}
}

/* Whoever writes in blocks, as to tapes, fills up the last one. */
static bool is_padding(const struct decoder *decoder, const char *p)
{
	return decoder->padding ||
	       (decoder->coding == CODING_GZIP && decoder->begun &&
		decoder->complete && *p == 0);
}

static bool take_padding(struct decoder *decoder, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	decoder->padding += n;
	return decoder->padding <= PADDING_MAX;
}

static bool feed(struct decoder *decoder, const void *p, size_t n)
{
	z_stream *z = &decoder->z;
	while (n) {
		if (is_padding(decoder, p))
			return take_padding(decoder, p, n);
		/* only gzip has members that follow each other */
		if (decoder->complete && decoder->begun &&
		    decoder->coding != CODING_GZIP)
			return false;
		if (decoder->complete && !begin(decoder))
			return false;
		uInt step = (uInt)MIN(n, 1u << 30);
		z->next_in = (z_const Bytef *)(uintptr_t)p;
		z->avail_in = step;
		decoder->complete = false;
		if (!inflate_some(decoder))
			return false;
		size_t used = step - z->avail_in;
		p = (const char *)p + used;
		n -= used;
	}
	return true;
}

bool decoder_feed(struct decoder *decoder, const void *p, size_t n)
{
	const char *bytes = p;
	if (decoder->coding == CODING_GZIP || decoder->begun)
		return feed(decoder, bytes, n);
	while (n && decoder->n_start < sizeof(decoder->start)) {
		decoder->start[decoder->n_start++] = (unsigned char)*bytes++;
		n--;
	}
	if (decoder->n_start < sizeof(decoder->start))
		return true;
	decoder->n_start = 0;
	return feed(decoder, decoder->start, sizeof(decoder->start)) &&
	       feed(decoder, bytes, n);
}
