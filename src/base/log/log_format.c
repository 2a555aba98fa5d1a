/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every request has an entry, formatted on its loop: what is common, printable
 * ASCII, is looked at once and copied.
 */
#include "base/log/log_format.h"
#include "base/date.h"

#include <glib.h>

/* Kept free for what ends an entry, so that one that is cut is whole. */
#define TAIL_BYTES 8
#define ESCAPE_MAX 6 /* "\u0001" */

static const char *const level_names[] = {"error", "warn", "info", "debug"};
/* syslog's */
static const char priorities[] = {'3', '4', '6', '7'};

struct writer {
	char *out;
	size_t n, max;
	enum log_form form;
};

static void put(struct writer *w, struct str s)
{
	size_t n = MIN(s.n, w->max - w->n);
	if (n)
		memcpy(w->out + w->n, s.p, n);
	w->n += n;
}

static void put_char(struct writer *w, char c)
{
	put(w, (struct str){&c, 1});
}

static void put_number(struct writer *w, int64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (number < 0)
		put_char(w, '-');
	put(w, (struct str){digits + at, sizeof(digits) - at});
}

/* Made once a second and thread; lines come by the thousand. */
static void put_time(struct writer *w, int64_t at_ms)
{
	static _Thread_local int64_t second = -1;
	static _Thread_local char text[ISO_DATE_MAX + 1];
	if (at_ms / 1000 != second) {
		second = at_ms / 1000;
		iso_date_write(second * 1000, true, text);
	}
	unsigned ms = (unsigned)(at_ms % 1000);
	char *digits = text + ISO_DATE_MAX - 4; /* "000Z" */
	digits[0] = (char)('0' + ms / 100);
	digits[1] = (char)('0' + ms / 10 % 10);
	digits[2] = (char)('0' + ms % 10);
	put(w, (struct str){text, ISO_DATE_MAX});
}

/* Printable ASCII without what JSON escapes. One pass without a branch, which
 * the compiler makes wide. */
static bool is_plain(struct str s)
{
	unsigned char odd = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		odd |= (unsigned char)((c < 0x20) | (c > 0x7e) | (c == '"') |
				       (c == '\\'));
	}
	return odd == 0;
}

/* How many bytes of s are one of the characters that terminals and line
 * readers obey though they are not ASCII: U+0080 to U+009F, U+2028, U+2029. */
static size_t unseen_length(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	if (s.n >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
		return 2;
	if (s.n >= 3 && p[0] == 0xe2 && p[1] == 0x80 &&
	    (p[2] == 0xa8 || p[2] == 0xa9))
		return 3;
	return 0;
}

static bool goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Valid text without what would end the line or, in JSON, the string. What has
 * no room is left out, and enough of it stays for a quote. */
static void put_escaped(struct writer *w, struct str s)
{
	static const char hex[] = "0123456789abcdef";
	bool json = w->form == LOG_FORM_JSON;
	while (s.n && w->max - w->n >= 2 * ESCAPE_MAX) {
		unsigned char c = (unsigned char)*s.p;
		size_t unseen = unseen_length(s);
		if (c < 0x20 || c == 0x7f) {
			put(w, json ? STR("\\u00") : STR("\\x"));
			put_char(w, hex[c >> 4]);
			put_char(w, hex[c & 15]);
		} else if (unseen) {
			put_char(w, '?');
		} else {
			if (json && (c == '"' || c == '\\'))
				put_char(w, '\\');
			put_char(w, (char)c);
		}
		s = str_skip(s, MAX(unseen, 1));
	}
	if (s.n == 0 || !goes_on(*s.p))
		return;
	/* of the last character only a part had room */
	while (goes_on(w->out[w->n - 1]))
		w->n--;
	w->n--;
}

/* Any bytes, at most max of them. */
static void put_text(struct writer *w, struct str s, size_t max)
{
	if (s.n > max) {
		struct str whole = str_cut(s, max);
		/* else it is no text anyway */
		s.n = max - whole.n < 4 ? whole.n : max;
	}
	if (is_plain(s) && w->max - w->n >= s.n + ESCAPE_MAX) {
		put(w, s);
		return;
	}
	if (str_is_utf8(s)) {
		put_escaped(w, s);
		return;
	}
	g_autofree char *mended = g_utf8_make_valid(s.p, (gssize)s.n);
	put_escaped(w, str_of(mended));
}

static void put_value(struct writer *w, const struct log_field *field)
{
	if (field->text.p == NULL) {
		put_number(w, field->number);
		return;
	}
	if (w->form == LOG_FORM_JSON)
		put_char(w, '"');
	put_text(w, field->text, LOG_FIELD_MAX);
	if (w->form == LOG_FORM_JSON)
		put_char(w, '"');
}

/* Whether there is room for the next field, and for its quotes. */
static bool has_room(const struct writer *w)
{
	return w->max - w->n >= 64;
}

static void put_json(struct writer *w, const struct log_entry *entry)
{
	put(w, STR("{\"time\":\""));
	put_time(w, entry->at_ms);
	put(w, STR("\",\"level\":\""));
	put(w, str_of(level_names[entry->level]));
	put(w, STR("\",\"message\":\""));
	put_text(w, entry->message, LOG_TEXT_MAX);
	put_char(w, '"');
	for (size_t i = 0; i < entry->n_fields && has_room(w); i++) {
		put(w, STR(",\""));
		put(w, str_of(entry->fields[i].name));
		put(w, STR("\":"));
		put_value(w, &entry->fields[i]);
	}
	w->max += TAIL_BYTES;
	put(w, STR("}\n"));
}

static void put_journal(struct writer *w, const struct log_entry *entry)
{
	put(w, STR("PRIORITY="));
	put_char(w, priorities[entry->level]);
	put(w, STR("\nSYSLOG_IDENTIFIER=stowage\nMESSAGE="));
	put_text(w, entry->message, LOG_TEXT_MAX);
	for (size_t i = 0; i < entry->n_fields && has_room(w); i++) {
		put(w, STR("\nSTOWAGE_"));
		for (const char *p = entry->fields[i].name; *p; p++)
			put_char(w, g_ascii_toupper(*p));
		put_char(w, '=');
		put_value(w, &entry->fields[i]);
	}
	w->max += TAIL_BYTES;
	put(w, STR("\n\n"));
}

static void put_plain(struct writer *w, const struct log_entry *entry)
{
	put_time(w, entry->at_ms);
	put_char(w, ' ');
	put(w, str_of(level_names[entry->level]));
	put_char(w, ' ');
	put_text(w, entry->message, LOG_TEXT_MAX);
	w->max += TAIL_BYTES;
	put_char(w, '\n');
}

size_t log_format(enum log_form form, const struct log_entry *entry,
		  char out[LOG_ENTRY_MAX])
{
	static void (*const puts[])(struct writer * w,
				    const struct log_entry *entry) = {
		[LOG_FORM_TEXT] = put_plain,
		[LOG_FORM_JSON] = put_json,
		[LOG_FORM_JOURNAL] = put_journal,
	};
	struct writer w = {out, 0, LOG_ENTRY_MAX - TAIL_BYTES, form};
	puts[form](&w, entry);
	return w.n;
}
