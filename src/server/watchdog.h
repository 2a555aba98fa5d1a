/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a stop that does not come to its end by itself: a disk that does
 * not answer, a thread that hangs.
 */
#ifndef SERVER_WATCHDOG_H
#define SERVER_WATCHDOG_H

/* Unless watchdog_stop() is called within that time the process exits with
 * status 1, after a line on stderr. Takes SIGALRM, which the calling thread
 * then does not block. */
void watchdog_start(unsigned ms);
void watchdog_stop(void);

#endif
