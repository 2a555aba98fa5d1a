/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that writes the log, and the queue before it. Private to the log.
 *
 * Two buffers: one is filled while the other is written. Entries of one thread
 * keep their order. A buffer that is full loses what comes then, up to its
 * turn, and behind it an entry says how many these were; the last part of it is
 * for warnings and errors.
 */
#ifndef BASE_LOG_LOG_THREAD_H
#define BASE_LOG_LOG_THREAD_H

#include "base/log/log_format.h"

/* Bytes of each of the two buffers. */
#define LOG_QUEUE_BYTES (1024u * 1024)

int log_thread_start(enum log_form form, struct err *err) MUST_CHECK;
void log_thread_stop(unsigned ms);

/* Any thread; waits for nobody. False: there is no thread, write it
 * yourself. */
bool log_thread_put(enum log_level level, struct str entry);

#endif
