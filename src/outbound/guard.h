/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses a request of ours may connect to: public ones, and what the
 * operator allowed (of URL imports, --fetch-allow CIDR[,CIDR]).
 *
 * Judges the numeric address of the socket about to be connected, so names,
 * redirects and rebinding cannot get round it. Refused: loopback, private,
 * link-local, shared (100.64/10), multicast, reserved, documentation,
 * benchmarking, 0.0.0.0/8, unique-local and other non-global IPv6, and IPv4
 * wrapped in IPv6 (mapped, compatible, NAT64, 6to4, Teredo) when the inner
 * address is refused. Source: IANA special-purpose registries (RFC 6890).
 */
#ifndef OUTBOUND_GUARD_H
#define OUTBOUND_GUARD_H

#include "base/err.h"
#include "base/str.h"

#include <sys/socket.h>

struct guard;

/* allow: comma-separated CIDRs, may be empty. ERR_INVALID names the bad one.
 */
int guard_new(struct guard **out, struct str allow, struct err *err) MUST_CHECK;
void guard_free(struct guard *guard);
bool guard_allows(const struct guard *guard, const struct sockaddr *address);

#endif
