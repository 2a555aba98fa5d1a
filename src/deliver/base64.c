/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver/base64.h"
#include "base/encode.h"
#include "base/fd.h"

#include <glib.h>

#define GROUP 3u /* bytes, for four characters */
#define GROUP_TEXT 4u
#define RUN (8192u * GROUP) /* bytes encoded at once */

struct base64 {
	struct http_source source;
	const struct content *plain;
	struct arena *arena;
	uint64_t at;       /* the next byte of plain to be encoded */
	size_t skip;       /* characters of its group that are not wanted */
	bool read, failed; /* by a worker: what is next is in run, or not */
	uint8_t *run;      /* bytes read, and room for their text */
	char *text;
};

static void start(void *user, uint64_t offset, uint64_t length)
{
	struct base64 *b = user;
	(void)length; /* the rest is cut off */
	b->at = offset / GROUP_TEXT * GROUP;
	b->skip = (size_t)(offset % GROUP_TEXT);
	b->run = arena_alloc(b->arena, RUN);
	b->text = arena_alloc(b->arena, BASE64_LEN(RUN));
}

static size_t next_length(const struct base64 *b)
{
	return (size_t)MIN(b->plain->size - b->at, RUN);
}

/* NULL: a worker has to read them. */
static const void *next_bytes(struct base64 *b)
{
	size_t n = next_length(b);
	if (b->plain->fd < 0)
		return b->plain->bytes.p + b->at;
	if (!b->read)
		b->read = fd_read_cached(b->plain->fd, b->run, n,
					 (off_t)b->at) == (ssize_t)n;
	return b->read ? b->run : NULL;
}

static enum http_pulled pull(void *user, struct http_run *run)
{
	struct base64 *b = user;
	size_t n = next_length(b);
	if (b->failed)
		return HTTP_PULL_FAILED;
	if (n == 0)
		return HTTP_PULL_END;
	const void *p = next_bytes(b);
	if (p == NULL)
		return HTTP_PULL_WORK;
	struct str text = {b->text, base64_write(b->text, p, n)};
	run->bytes = str_skip(text, b->skip);
	b->read = false;
	b->skip = 0;
	b->at += n;
	return HTTP_PULLED;
}

static void work(void *user)
{
	struct base64 *b = user;
	size_t n = next_length(b);
	ssize_t got = fd_read(b->plain->fd, b->run, n, (off_t)b->at);
	b->read = got == (ssize_t)n;
	b->failed = !b->read;
}

static void stop(void *user)
{
	(void)user; /* all of it is the arena's */
}

void content_base64(struct content *out, const struct content *plain,
		    struct arena *arena)
{
	struct base64 *b = arena_zalloc(arena, sizeof(*b));
	g_assert(plain->source == NULL);
	b->plain = plain;
	b->arena = arena;
	b->source = (struct http_source){.start = start,
					 .pull = pull,
					 .work = work,
					 .stop = stop,
					 .user = b};
	*out = (struct content){
		.source = &b->source,
		.fd = -1,
		.size = (plain->size + GROUP - 1) / GROUP * GROUP_TEXT,
		.modified_s = plain->modified_s,
	};
	struct str tag = str_trim_char(plain->etag, '"');
	content_describe(out, arena_join(arena, tag, STR("-base64")),
			 STR("text/plain"), arena);
}
