/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shuts the calling process in for the rest of its life: what it can still do
 * is compute, talk over one descriptor it already has, map what it is passed
 * and start threads. Opening files fails; sockets, signals to others, programs,
 * executable memory and everything else unforeseen kill it.
 * Not here: namespaces and control groups, which are for the service manager.
 */
#ifndef RENDER_SANDBOX_H
#define RENDER_SANDBOX_H

#include "base/err.h"

#define SANDBOX_MEMORY_MAX (1024u * 1024 * 1024) /* address space, bytes */
#define SANDBOX_CPU_SECONDS 600                  /* of a whole life */

/* AddressSanitizer reserves terabytes of address space and reports on stderr:
 * with it memory and file sizes are not limited and stderr stays. */
#ifdef __SANITIZE_ADDRESS__
#define SANDBOX_SANITIZED true
#else
#define SANDBOX_SANITIZED false
#endif

/*
 * Keeps descriptor `channel` open for sendmsg and recvmsg and closes all
 * others; standard streams become /dev/null. The process then dies with its
 * parent thread. Call once, after everything is loaded; after an error the
 * process must end.
 */
int sandbox_enter(int channel, struct err *err) MUST_CHECK;

#endif
