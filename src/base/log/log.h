/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log, on stderr: lines of text or of JSON, or, when stderr is systemd's
 * journal and nobody asked for JSON, entries with the journal's own fields. Any
 * thread. Secrets never reach here: callers log ids, sizes and codes.
 *
 * A program that has called log_start() never waits for whoever reads its log:
 * a thread writes the entries, and those that have no room meanwhile are
 * counted and dropped. Without, each is one write(2).
 */
#ifndef BASE_LOG_LOG_H
#define BASE_LOG_LOG_H

#include "base/err.h"
#include "base/str.h"

enum log_level {
	LOG_ERROR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
};

/* What an entry says to programs, beside its sentence: a member of the JSON
 * object, a field of the journal (STOWAGE_NAME=). */
struct log_field {
	const char *name; /* lower case letters and '_' */
	struct str text;  /* STR_NONE: it is the number; any bytes */
	int64_t number;
};

/* Once, before threads start. */
void log_init(enum log_level level, bool json);
/* Any thread, at any time. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
/* One line; control characters in the text are escaped, what is no UTF-8
 * becomes U+FFFD, and what is too long is cut. */
void log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same for a sentence that is worded already (any bytes), with n fields
 * that lines of text leave out. */
void log_event(enum log_level level, struct str message,
	       const struct log_field *fields, size_t n);

/* From the main thread: from now on nobody waits for the log. ERR_INTERNAL: no
 * thread. */
int log_start(struct err *err) MUST_CHECK;
/* The reverse. What waits is written if that takes no longer than ms, then
 * it is dropped, with whatever is logged later. */
void log_stop(unsigned ms);

/* An error, from a signal handler: without the time, and nothing at all when
 * nobody takes it off the pipe. Plain text that needs no escapes. */
void log_in_signal(const char *text);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)                                                         \
	(log_enabled(LOG_DEBUG) ? log_line(LOG_DEBUG, __VA_ARGS__) : (void)0)

#endif
