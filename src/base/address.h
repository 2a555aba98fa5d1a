/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network addresses and ranges of them. IPv4 is held as IPv4-mapped IPv6
 * throughout, so that there is one form to compare. Any thread.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/err.h"
#include "base/str.h"

#include <sys/socket.h>

/* As text, with its NUL. */
#define ADDRESS_TEXT_MAX 46

struct address {
	uint8_t bytes[16];
};

/* The first bits of an address; IPv4 ranges have 96 more than they are written
 * with. */
struct address_range {
	struct address base;
	unsigned bits;
};

/* Without the port. False: of another family; then it is all zero. */
bool address_of(const struct sockaddr *from, struct address *out);
/* Numeric, no port, no brackets, no zone. */
bool address_parse(struct str text, struct address *out);
/* IPv4 as IPv4. */
void address_text(const struct address *address, char out[ADDRESS_TEXT_MAX]);
bool address_is_v4(const struct address *address);
/* A number for an IPv4 address, or for the network of 64 bits of an IPv6 one,
 * which mostly is one customer's. Below 0. */
int64_t address_network(const struct address *address);
bool address_eq(const struct address *a, const struct address *b);
bool address_in(const struct address *address,
		const struct address_range *range);

struct address_list;

/* "10.0.0.0/8,fd00::/8,192.0.2.1"; may be empty. ERR_INVALID names the bad one.
 * At most 256 of them. */
int address_list_new(struct address_list **out, struct str text,
		     struct err *err) MUST_CHECK;
/* NULL is fine. */
void address_list_free(struct address_list *list);
/* A range that was written for IPv6 has no IPv4 address: "::/0" does not open
 * 127.0.0.1. NULL has none. */
bool address_list_has(const struct address_list *list,
		      const struct address *address);

#endif
