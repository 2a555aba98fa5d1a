/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many connections there are, in all and by client address.
 */
#ifndef HTTP_PEERS_H
#define HTTP_PEERS_H

#include <stdbool.h>
#include <sys/socket.h>

struct peers;

#define PEER_TEXT_MAX 46 /* with its NUL */

/* A client's address without its port. */
struct peer_key {
	unsigned char bytes[16]; /* IPv6, or IPv4 mapped into it */
};

enum peer_verdict {
	PEER_WELCOME,
	PEER_OVER_CAP, /* may be told so, politely */
	PEER_FLOOD,    /* too many are being told: close at once */
};

struct peers *peers_new(unsigned max, unsigned max_per_address);
void peers_free(struct peers *peers);
/* Counts a connection in, whatever the verdict but PEER_FLOOD. Any thread. */
enum peer_verdict peers_enter(struct peers *peers,
			      const struct sockaddr_storage *address,
			      struct peer_key *key);
/* Counts out what entered with that verdict. */
void peers_leave(struct peers *peers, const struct peer_key *key,
		 enum peer_verdict verdict);

/* Its usual text; an IPv4 address mapped into IPv6 is shown as IPv4. */
void peer_text(const struct peer_key *key, char out[PEER_TEXT_MAX]);

#endif
