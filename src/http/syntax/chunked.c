/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state machine over framing bytes; runs of data are passed by whole.
 */
#include "http/syntax/chunked.h"

#include <glib.h>

#include "http/syntax/bytes.h"

#define DIGITS_MAX 15
#define EXTENSIONS_MAX (4u * 1024)
#define TRAILERS_MAX (8u * 1024)

enum {
	SIZE,
	SIZE_BLANK, /* blanks that only an extension may follow */
	EXTENSION,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER,
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
	DONE,
	FAILED,
};

void http_chunked_init(struct http_chunked *c)
{
	*c = (struct http_chunked){.state = SIZE};
}

bool http_chunked_done(const struct http_chunked *c)
{
	return c->state == DONE;
}

/* Goes on to `state` when the byte is the wanted one. */
static unsigned expect(char c, char wanted, unsigned state)
{
	return c == wanted ? state : FAILED;
}

static bool within(struct http_chunked *c, uint32_t max)
{
	return ++c->overhead <= max;
}

static unsigned after_size(const struct http_chunked *c, char byte)
{
	int digit = g_ascii_xdigit_value(byte);
	if (digit >= 0 || c->digits == 0)
		return FAILED;
	if (byte == ' ' || byte == '\t')
		return SIZE_BLANK;
	return byte == ';' ? EXTENSION : expect(byte, '\r', SIZE_LF);
}

/* The line with a chunk's size. */
static unsigned take_size(struct http_chunked *c, char byte)
{
	int digit = g_ascii_xdigit_value(byte);
	if (c->state == SIZE && digit >= 0 && c->digits < DIGITS_MAX) {
		c->left = c->left << 4 | (unsigned)digit;
		c->digits++;
		return SIZE;
	}
	if (c->state == SIZE)
		return after_size(c, byte);
	if (c->state == SIZE_LF) {
		c->digits = 0;
		if (c->left == 0)
			c->overhead = 0;
		return expect(byte, '\n', c->left ? DATA : TRAILER);
	}
	if (!within(c, EXTENSIONS_MAX))
		return FAILED;
	if (c->state == SIZE_BLANK && (byte == ' ' || byte == '\t'))
		return SIZE_BLANK;
	if (c->state == SIZE_BLANK)
		return expect(byte, ';', EXTENSION);
	if (byte_is(byte, BYTE_VALUE))
		return EXTENSION;
	return expect(byte, '\r', SIZE_LF);
}

static unsigned take_trailer(struct http_chunked *c, char byte)
{
	if (!within(c, TRAILERS_MAX))
		return FAILED;
	switch (c->state) {
	case TRAILER:
		if (byte == '\r')
			return END_LF;
		return byte_is(byte, BYTE_TOKEN) ? TRAILER_NAME : FAILED;
	case TRAILER_NAME:
		if (byte_is(byte, BYTE_TOKEN))
			return TRAILER_NAME;
		return expect(byte, ':', TRAILER_VALUE);
	case TRAILER_VALUE:
		if (byte_is(byte, BYTE_VALUE))
			return TRAILER_VALUE;
		return expect(byte, '\r', TRAILER_LF);
	case TRAILER_LF:
		return expect(byte, '\n', TRAILER);
	default:
		return expect(byte, '\n', DONE);
	}
}

static unsigned take(struct http_chunked *c, char byte)
{
	if (c->state < DATA)
		return take_size(c, byte);
	if (c->state == DATA_CR)
		return expect(byte, '\r', DATA_LF);
	if (c->state == DATA_LF)
		return expect(byte, '\n', SIZE);
	return take_trailer(c, byte);
}

ptrdiff_t http_chunked_step(struct http_chunked *c, const char *in, size_t n,
			    struct str *data)
{
	*data = STR_NONE;
	size_t i = 0;
	while (i < n && c->state < DONE) {
		if (c->state == DATA) {
			size_t run = MIN(c->left, n - i);
			*data = (struct str){in + i, run};
			c->left -= run;
			if (c->left == 0)
				c->state = DATA_CR;
			return (ptrdiff_t)(i + run);
		}
		c->state = take(c, in[i++]);
	}
	return c->state == FAILED ? -1 : (ptrdiff_t)i;
}
