/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ocr`: what a picture says, and where, as JSON; of a document its first page.
 * Written as it goes out, as a page has thousands of words. Source: the
 * vendor's page of the task.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"
#include "api/made/recognise.h"
#include "api/room.h"
#include "json/json.h"

#include <glib.h>

#define WORD_ROOM 160 /* bytes of a word with its box, mostly */

static void add_box(GString *text, const struct recognised_box *box)
{
	g_string_append(text, "{\"bounding_box\":[");
	for (unsigned i = 0; i < 4; i++) {
		g_string_append(text, i ? ",{\"x\":" : "{\"x\":");
		json_append_integer(text, box->x[i]);
		g_string_append(text, ",\"y\":");
		json_append_integer(text, box->y[i]);
		g_string_append_c(text, '}');
	}
	g_string_append_c(text, ']');
}

static void add_text(GString *text, struct str words)
{
	g_string_append(text, ",\"text\":");
	json_append_text(text, words);
}

static void add_line(GString *text, const struct recognised_line *line)
{
	add_box(text, &line->box);
	add_text(text, line->text);
	g_string_append(text, ",\"words\":[");
	for (size_t i = 0; i < line->n_words; i++) {
		if (i)
			g_string_append_c(text, ',');
		add_box(text, &line->words[i].box);
		add_text(text, line->words[i].text);
		g_string_append_c(text, '}');
	}
	g_string_append(text, "]}");
}

/* What all of its lines are in. */
static struct recognised_box around(const struct recognised_section *section)
{
	int32_t left = INT32_MAX, top = INT32_MAX, right = 0, bottom = 0;
	for (size_t i = 0; i < section->n_lines; i++)
		for (unsigned k = 0; k < 4; k++) {
			const struct recognised_box *box =
				&section->lines[i].box;
			left = MIN(left, box->x[k]);
			right = MAX(right, box->x[k]);
			top = MIN(top, box->y[k]);
			bottom = MAX(bottom, box->y[k]);
		}
	return (struct recognised_box){{left, right, right, left},
				       {top, top, bottom, bottom}};
}

static void add_area(GString *text, const struct recognised_section *section,
		     GString *lines)
{
	const struct recognised_box box = around(section);
	add_box(text, &box);
	g_string_append(text, ",\"lines\":[");
	for (size_t i = 0; i < section->n_lines; i++) {
		if (i)
			g_string_append_c(text, ',');
		add_line(text, &section->lines[i]);
	}
	g_string_append_c(text, ']');
	g_string_truncate(lines, 0);
	recognised_section_text(lines, section);
	add_text(text, (struct str){lines->str, lines->len});
	g_string_append_c(text, '}');
}

static struct str write_page(struct arena *arena,
			     const struct recognised_page *page)
{
	g_autoptr(GString) lines = g_string_new(NULL);
	GString *text = g_string_new("{\"document\":{\"text_areas\":[");
	arena_keep_string(arena, text);
	for (size_t i = 0; i < page->n_sections; i++) {
		if (i)
			g_string_append_c(text, ',');
		add_area(text, &page->sections[i], lines);
	}
	g_string_append(text, "]}");
	g_string_truncate(lines, 0);
	for (size_t i = 0; i < page->n_sections; i++) {
		if (i)
			g_string_append_c(lines, '\n');
		recognised_section_text(lines, &page->sections[i]);
	}
	add_text(text, (struct str){lines->str, lines->len});
	g_string_append_c(text, '}');
	return (struct str){text->str, text->len};
}

/* All of it is bounded by what a page may have (made/recognise.c), so this is
 * too.
 */
static uint64_t size_of(const struct recognised_page *page)
{
	uint64_t n = 1;
	for (size_t i = 0; i < page->n_sections; i++)
		for (size_t k = 0; k < page->sections[i].n_lines; k++)
			n += 1 + page->sections[i].lines[k].n_words;
	return n * 2 * WORD_ROOM;
}

/* A policy is about what was named, whatever that was converted to. */
static int allow(struct request *rq, const struct file *read, struct err *err)
{
	struct cdn_wish *wish = cdn_wish_of(rq);
	const struct chain_source *source = wish->chain.sources;
	const struct file *file = wish->original ? wish->original : read;
	wish->is_personal = true;
	if (filestack_allow_in_any_case(rq, POLICY_CONVERT, file, err) < 0)
		return -1;
	return chain_is_remote(source)
		       ? filestack_allow_url(rq, source->text, err)
		       : 0;
}

static int find_text(struct request *rq, struct hot_entry *entry,
		     struct recognised_document *out, struct err *err)
{
	const struct recognise_ask ask = {.first = 1, .last = 1};
	const struct file *file = &entry->file;
	int result = allow(rq, file, err);
	if (result == 0)
		result = cdn_check_source(file, err);
	if (result == 0)
		result = request_recognise(rq, entry, &ask, out, err);
	return result == 0 && rq->on_loop ? HANDLE_LATER : result;
}

int cdn_send_text(struct request *rq, struct hot_entry *entry, struct err *err)
{
	struct recognised_document found;
	int64_t owner = entry->file.account_id;
	int result = find_text(rq, entry, &found, err);
	if (result == 0)
		result =
			request_take_room(rq, owner, size_of(found.pages), err);
	if (result == 0) {
		cdn_keep_json(rq, &entry->file);
		http_reply(rq->x, 200, "application/json",
			   write_page(request_arena(rq), found.pages));
	}
	hot_unref(entry);
	return result;
}
