/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the log's entries go: stderr, or the journal's socket when stderr is
 * the journal. Private to the log; one thread at a time.
 */
#ifndef BASE_LOG_LOG_SINK_H
#define BASE_LOG_LOG_SINK_H

#include "base/log/log_format.h"

#include <stdatomic.h>

/* The journal's socket; tests have one of their own. */
extern const char *log_journal_path;

/* Whether stderr is the journal (JOURNAL_STREAM of systemd.exec(5)) and its
 * socket can be had: then entries are to be in LOG_FORM_JOURNAL. */
bool log_sink_is_journal(void);

/* Writes entries at once, in one call; they are lost when that fails. */
void log_sink_put(struct str entries);

/* Writes entries as the reader takes them, for as long as that takes or until
 * give_up. How many of them were lost, because of that or because nothing can
 * be written (the reader is gone, the disk is full). What was cut in the middle
 * is ended before the next entry. */
uint64_t log_sink_write(struct str entries, const atomic_bool *give_up);

#endif
