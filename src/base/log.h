/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines on stderr, text or JSON, one write(2) a line. Any thread.
 * Secrets never reach here: callers log ids, sizes and codes.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
};

/* Once, before threads start. */
void log_init(enum log_level level, bool json);
/* Any thread, at any time. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
/* One line; control characters in the text are escaped. */
void log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* An error, from a signal handler: without the time, and nothing at all when
 * nobody takes it off the pipe. Plain text that needs no escapes. */
void log_in_signal(const char *text);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)                                                         \
	(log_enabled(LOG_DEBUG) ? log_line(LOG_DEBUG, __VA_ARGS__) : (void)0)

#endif
