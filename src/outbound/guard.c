/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address guard: tables of ranges (base/address.h) and one comparison.
 * Not here: names and ports; the guard sees numeric addresses only.
 */
#include "outbound/guard.h"
#include "base/address.h"

#include <glib.h>

struct guard {
	struct address_list *allow;
};

#define MAPPED_BITS 96
#define V4(a, b, c, d, bits)                                                   \
	{                                                                      \
		{{[10] = 0xff,                                                 \
		  [11] = 0xff,                                                 \
		  [12] = a,                                                    \
		  [13] = b,                                                    \
		  [14] = c,                                                    \
		  [15] = d}},                                                  \
			MAPPED_BITS + (bits)                                   \
	}

/* IANA IPv4 special-purpose registry, multicast, and one address that is public
 * by its number only. The few anycast services in 192.0.0.0/24 that count as
 * global are nothing to fetch from. */
static const struct address_range refused_v4[] = {
	V4(0, 0, 0, 0, 8),        /* this network */
	V4(10, 0, 0, 0, 8),       /* private */
	V4(100, 64, 0, 0, 10),    /* shared (carrier-grade NAT) */
	V4(127, 0, 0, 0, 8),      /* loopback */
	V4(168, 63, 129, 16, 32), /* Azure's platform service */
	V4(169, 254, 0, 0, 16),   /* link-local, cloud metadata */
	V4(172, 16, 0, 0, 12),    /* private */
	V4(192, 0, 0, 0, 24),     /* protocol assignments */
	V4(192, 0, 2, 0, 24),     /* documentation */
	V4(192, 31, 196, 0, 24),  /* AS112 */
	V4(192, 52, 193, 0, 24),  /* AMT */
	V4(192, 88, 99, 0, 24),   /* 6to4 relays, withdrawn */
	V4(192, 168, 0, 0, 16),   /* private */
	V4(192, 175, 48, 0, 24),  /* AS112 */
	V4(198, 18, 0, 0, 15),    /* benchmarking */
	V4(198, 51, 100, 0, 24),  /* documentation */
	V4(203, 0, 113, 0, 24),   /* documentation */
	V4(224, 0, 0, 0, 4),      /* multicast */
	V4(240, 0, 0, 0, 4),      /* reserved, broadcast */
};

/* All that IANA has given out for global unicast; what the IPv6 registry lists
 * outside of it (loopback, unique-local, link-local, discard, segment routing,
 * IPv4-compatible, 64:ff9b:1::/48 ...) is refused by not being in here. */
static const struct address_range global_v6 = {{{0x20}}, 3};

static const struct address_range refused_v6[] = {
	{{{0x20, 0x01, 0x0d, 0xb8}}, 32},    /* documentation */
	{{{0x26, 0x20, 0, 0x4f, 0x80}}, 48}, /* AS112 */
	{{{0x3f, 0xff}}, 20},                /* documentation */
};

/* IETF protocol assignments: refused but for Teredo, judged below. */
static const struct address_range assignments = {{{0x20, 0x01}}, 23};

/* Where an IPv4 address stands inside an IPv6 one. */
static const struct wrap {
	struct address_range prefix;
	unsigned at;    /* byte */
	uint8_t invert; /* xor */
} wraps[] = {
	{{{{0x00, 0x64, 0xff, 0x9b}}, 96}, 12, 0}, /* NAT64, RFC 6052 */
	{{{{0x20, 0x02}}, 16}, 2, 0},              /* 6to4, RFC 3056 */
	{{{{0x20, 0x01}}, 32}, 4, 0},              /* Teredo server, RFC 4380 */
	{{{{0x20, 0x01}}, 32}, 12, 0xff},          /* Teredo client */
};

static bool any_has(const struct address_range *table, size_t n,
		    const struct address *address)
{
	for (size_t i = 0; i < n; i++)
		if (address_in(address, &table[i]))
			return true;
	return false;
}

static bool is_public_v4(const struct address *address)
{
	return !any_has(refused_v4, G_N_ELEMENTS(refused_v4), address);
}

/* The IPv4 address in it. */
static struct address unwrap(const struct wrap *wrap,
			     const struct address *address)
{
	struct address inner = {{[10] = 0xff, [11] = 0xff}};
	for (size_t i = 0; i < 4; i++)
		inner.bytes[12 + i] =
			address->bytes[wrap->at + i] ^ wrap->invert;
	return inner;
}

static bool is_public_v6(const struct address *address)
{
	bool wrapped = false;
	for (size_t i = 0; i < G_N_ELEMENTS(wraps); i++) {
		if (!address_in(address, &wraps[i].prefix))
			continue;
		wrapped = true;
		struct address inner = unwrap(&wraps[i], address);
		if (!is_public_v4(&inner))
			return false;
	}
	return wrapped ||
	       (address_in(address, &global_v6) &&
		!address_in(address, &assignments) &&
		!any_has(refused_v6, G_N_ELEMENTS(refused_v6), address));
}

bool guard_allows(const struct guard *guard, const struct sockaddr *address)
{
	struct address a;
	if (!address_of(address, &a))
		return false;
	if (address_list_has(guard->allow, &a))
		return true;
	return address_is_v4(&a) ? is_public_v4(&a) : is_public_v6(&a);
}

int guard_new(struct guard **out, struct str allow, struct err *err)
{
	struct address_list *list;
	if (address_list_new(&list, allow, err) < 0)
		return -1;
	*out = g_new0(struct guard, 1);
	(*out)->allow = list;
	return 0;
}

void guard_free(struct guard *guard)
{
	address_list_free(guard->allow);
	g_free(guard);
}
