/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server is doing, a line in the log for each loop and one for the
 * workers. Private to src/http.
 */
#ifndef HTTP_REPORT_H
#define HTTP_REPORT_H

#include "http/loop.h"

/* The loop's thread. */
void report_loop(const struct loop *loop);
/* Any thread. */
void report_workers(struct workers *workers);

#endif
