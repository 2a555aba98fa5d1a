/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/retry.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#define TEXT_MAX 2048
/* every byte escaped as \u00XX, and the frame around it */
#define LINE_MAX_BYTES (TEXT_MAX * 6 + 128)

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static atomic_int least = LOG_INFO;
static bool as_json;

void log_init(enum log_level level, bool json)
{
	log_set_level(level);
	as_json = json;
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&least, level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&least, memory_order_relaxed);
}

/* How many bytes of p are one of the characters that terminals and line
 * readers obey though they are not ASCII: U+0080 to U+009F, U+2028, U+2029. */
static size_t unseen_length(const unsigned char *p)
{
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
		return 2;
	return p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)
		       ? 3
		       : 0;
}

/* Escapes what would end the line or, in JSON, the string. */
static size_t put_escaped(char *out, const char *text, bool json)
{
	size_t n = 0;
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < 0x20 || c == 0x7f) {
			n += (size_t)snprintf(out + n, 7,
					      json ? "\\u%04x" : "\\x%02x", c);
			continue;
		}
		size_t unseen = unseen_length((const unsigned char *)text);
		if (unseen) {
			out[n++] = '?';
			text += unseen - 1;
			continue;
		}
		if (json && (c == '"' || c == '\\'))
			out[n++] = '\\';
		out[n++] = (char)c;
	}
	return n;
}

/* One call, so that lines of several threads do not mix; what cannot be
 * written to stderr has no other place to go. */
static void put_line(const char *line, size_t n)
{
	(void)RETRY_EINTR(write(STDERR_FILENO, line, n));
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char text[TEXT_MAX];
	char line[LINE_MAX_BYTES];
	char when[ISO_DATE_MAX + 1];
	if (!log_enabled(level))
		return;
	int saved_errno = errno;
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	iso_date_write(now_ms(), true, when);
	/* also mends a character that the limit has cut */
	g_autofree char *valid = NULL;
	if (!g_utf8_validate(text, -1, NULL))
		valid = g_utf8_make_valid(text, -1);
	const char *safe = valid ? valid : text;
	size_t n = (size_t)snprintf(
		line, sizeof(line),
		as_json ? "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\""
			: "%s %s ",
		when, level_names[level]);
	n += put_escaped(line + n, safe, as_json);
	if (as_json) {
		line[n++] = '"';
		line[n++] = '}';
	}
	line[n++] = '\n';
	put_line(line, n);
	errno = saved_errno;
}

void log_in_signal(const char *text)
{
	static const char *const frames[][2] = {
		{"error ", "\n"},
		{"{\"level\":\"error\",\"message\":\"", "\"}\n"},
	};
	const char *parts[] = {frames[as_json][0], text, frames[as_json][1]};
	struct iovec line[G_N_ELEMENTS(parts)];
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		line[i] = (struct iovec){(char *)(uintptr_t)parts[i],
					 strlen(parts[i])};
	if (poll(&out, 1, 0) > 0)
		(void)!writev(STDERR_FILENO, line, G_N_ELEMENTS(parts));
}
