/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many connections there are, in all and by client address; of IPv6, by
 * network of 64 bits.
 */
#ifndef HTTP_PEERS_H
#define HTTP_PEERS_H

#include "base/address.h"

struct peers;

enum peer_verdict {
	PEER_WELCOME,
	PEER_OVER_CAP, /* may be told so, politely */
	PEER_FLOOD,    /* too many are being told: close at once */
};

/* proxies, borrowed and maybe NULL, have the whole for themselves. */
struct peers *peers_new(unsigned max, unsigned max_per_address,
			const struct address_list *proxies);
void peers_free(struct peers *peers);
/* Counts a connection in, whatever the verdict but PEER_FLOOD. Any thread. */
enum peer_verdict peers_enter(struct peers *peers,
			      const struct address *address);
/* Counts out what entered with that verdict. */
void peers_leave(struct peers *peers, const struct address *address,
		 enum peer_verdict verdict);

#endif
