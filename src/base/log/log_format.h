/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry of the log as bytes. Private to the log; any thread.
 */
#ifndef BASE_LOG_LOG_FORMAT_H
#define BASE_LOG_LOG_FORMAT_H

#include "base/log/log.h"

/* Of a message, in bytes, before it is escaped. */
#define LOG_TEXT_MAX 2048
/* Of a field. */
#define LOG_FIELD_MAX 512
/* Of an entry. One whose every byte has to be escaped is cut shorter. */
#define LOG_ENTRY_MAX (16u * 1024)

enum log_form {
	LOG_FORM_TEXT, /* "TIME level message\n" */
	LOG_FORM_JSON, /* one object and '\n' */
	/* lines of NAME=value and an empty one, systemd's Native Journal
	 * Protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL); the journal has its
	 * own time */
	LOG_FORM_JOURNAL,
};

struct log_entry {
	enum log_level level;
	int64_t at_ms; /* Unix */
	struct str message;
	const struct log_field *fields;
	size_t n_fields;
};

/* Its length. Whole UTF-8, whatever the entry holds. */
size_t log_format(enum log_form form, const struct log_entry *entry,
		  char out[LOG_ENTRY_MAX]);

#endif
