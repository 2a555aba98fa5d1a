/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every entry goes through: its level, its form, and then the thread or,
 * without one, stderr.
 */
#include "base/log/log.h"
#include "base/clock.h"
#include "base/log/log_format.h"
#include "base/log/log_sink.h"
#include "base/log/log_thread.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int least = LOG_INFO;
static enum log_form form;

void log_init(enum log_level level, bool json)
{
	log_set_level(level);
	if (json)
		form = LOG_FORM_JSON;
	else
		form = log_sink_is_journal() ? LOG_FORM_JOURNAL : LOG_FORM_TEXT;
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&least, level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&least, memory_order_relaxed);
}

void log_event(enum log_level level, struct str message,
	       const struct log_field *fields, size_t n)
{
	char out[LOG_ENTRY_MAX];
	if (!log_enabled(level))
		return;
	int saved_errno = errno;
	const struct log_entry entry = {
		.level = level,
		.at_ms = now_ms(),
		.message = message,
		.fields = fields,
		.n_fields = n,
	};
	struct str line = {out, log_format(form, &entry, out)};
	if (!log_thread_put(level, line))
		log_sink_put(line);
	errno = saved_errno;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char text[LOG_TEXT_MAX];
	if (!log_enabled(level))
		return;
	int saved_errno = errno;
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_event(level, str_of(text), NULL, 0);
	errno = saved_errno;
}

int log_start(struct err *err)
{
	return log_thread_start(form, err);
}

void log_stop(unsigned ms)
{
	log_thread_stop(ms);
}

void log_in_signal(const char *text)
{
	static const char *const plain[] = {"error ", "\n"};
	static const char *const json[] = {
		"{\"level\":\"error\",\"message\":\"", "\"}\n"};
	const char *const *frame = form == LOG_FORM_JSON ? json : plain;
	const char *parts[] = {frame[0], text, frame[1]};
	struct iovec line[G_N_ELEMENTS(parts)];
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		line[i] = (struct iovec){(char *)(uintptr_t)parts[i],
					 strlen(parts[i])};
	if (poll(&out, 1, 0) > 0)
		(void)!writev(STDERR_FILENO, line, G_N_ELEMENTS(parts));
}
