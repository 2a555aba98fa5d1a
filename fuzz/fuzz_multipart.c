/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart/form-data: the same parts however the body is cut, and the parts'
 * bytes are the body's. Input: one byte that says how it is cut, a Content-Type
 * up to the first line feed, the body.
 */
#include <glib.h>

#include "http/syntax/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct log {
	GString *text;
	bool open;
};

static void note(GString *text, struct str s)
{
	g_string_append_printf(text, "%d%zu:", s.p != NULL, s.n);
	g_string_append_len(text, s.p, (gssize)s.n);
}

static int on_begin(void *user, const struct multipart_part *part,
		    struct err *err)
{
	struct log *log = user;
	(void)err;
	g_assert(!log->open && part->index < MULTIPART_PARTS_MAX);
	g_assert(str_is_utf8(part->name) && str_is_utf8(part->filename));
	log->open = true;
	g_string_append_printf(log->text, "\n%u ", part->index);
	note(log->text, part->name);
	note(log->text, part->filename);
	note(log->text, part->content_type);
	return 0;
}

static int on_data(void *user, const struct multipart_part *part, const char *p,
		   size_t n, struct err *err)
{
	struct log *log = user;
	(void)part;
	(void)err;
	g_assert(log->open && n > 0);
	g_string_append_len(log->text, p, (gssize)n);
	return 0;
}

static int on_end(void *user, const struct multipart_part *part,
		  struct err *err)
{
	struct log *log = user;
	(void)part;
	(void)err;
	g_assert(log->open);
	log->open = false;
	g_string_append_c(log->text, '$');
	return 0;
}

static struct multipart *parser_new(struct arena *arena, struct str type,
				    struct log *log, struct err *err)
{
	const struct multipart_events events = {log, on_begin, on_data, on_end};
	return multipart_new(arena, type, &events, err);
}

/* Returns what came out; *taken says whether the body was. NULL: no parser for
 * such a Content-Type. */
static GString *parse(struct str type, struct str body, size_t step,
		      bool *taken)
{
	struct arena arena;
	struct err err = {0};
	struct log log = {.text = g_string_new(NULL)};
	arena_init(&arena);
	struct multipart *m = parser_new(&arena, type, &log, &err);
	int done = m ? 0 : -1;
	for (size_t at = 0; at < body.n && done == 0; at += step) {
		size_t n = MIN(step, body.n - at);
		g_autofree char *piece = g_memdup2(body.p + at, n);
		done = multipart_feed(m, piece, n, &err);
	}
	if (done == 0)
		done = multipart_end(m, &err);
	g_assert(done == 0 ? !log.open : err.code == ERR_INVALID);
	*taken = done == 0;
	arena_release(&arena);
	return log.text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	size_t step = data[0] % 64 + 1;
	struct str body = {(const char *)data + 1, size - 1};
	struct str type = str_split(&body, '\n');
	if (body.p == NULL)
		return 0;
	bool whole_taken, cut_taken;
	GString *whole = parse(type, body, MAX(body.n, 1), &whole_taken);
	GString *cut = parse(type, body, step, &cut_taken);
	g_assert(whole_taken == cut_taken);
	/* A refused body may have given more or less of its last part. */
	g_assert(!whole_taken || g_string_equal(whole, cut));
	g_string_free(whole, TRUE);
	g_string_free(cut, TRUE);
	return 0;
}
