/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pool and its helper processes say to each other over a pair of
 * SOCK_SEQPACKET sockets: one message a packet, a head, a text and up to
 * HELPER_FDS_MAX descriptors (SCM_RIGHTS). Both are of one build and host.
 *
 * The helper greets once it is ready. From then on: one job, one answer with
 * the same number, in turn. An answer has at most one descriptor: a memory
 * file with HELPER_SEALS, in which nothing can change any more. The helper
 * ends when the socket does. What texts mean is their program's affair.
 */
#ifndef HELPERS_MESSAGE_H
#define HELPERS_MESSAGE_H

#include "base/str.h"

#include <fcntl.h>

#define HELPER_CHANNEL 3 /* the helper's end of the socket */
/* The number of the memory file while a helper writes it; else /dev/null, so
 * that nothing else gets it. */
#define HELPER_OUTPUT 4
#define HELPER_TEXT_MAX (68 * 1024) /* bytes */
#define HELPER_FDS_MAX 32
#define HELPER_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

enum message_kind {
	MESSAGE_GREETING = 1,
	MESSAGE_JOB,
	MESSAGE_ANSWER,
};

struct message {
	uint32_t kind;
	uint32_t number;
	bool is_last; /* the helper ends after this answer */
	struct str text;
	unsigned n_fds;
	int fds[HELPER_FDS_MAX];
};

/* Sends without waiting; the descriptors stay the caller's. False: the other
 * end is gone, or does not read. */
bool message_send(int channel, const struct message *message);

/*
 * Takes one message, its text goes to `text`. 1: the descriptors are the
 * caller's to close, all close-on-exec. 0: the other end is gone. -1 with errno
 * EAGAIN: there is none (flags MSG_DONTWAIT); ECONNRESET: the other end is gone
 * and has not read what was sent to it last; another: it is no message, or not
 * all of one, and what descriptors it had are closed.
 */
int message_receive(int channel, int flags, char text[HELPER_TEXT_MAX],
		    struct message *out);

void message_close_fds(struct message *message);

#endif
