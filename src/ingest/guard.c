/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address guard: tables of prefixes and one comparison. IPv4 is held as
 * IPv4-mapped IPv6 throughout, so that there is one form to judge.
 * Not here: names and ports; the guard sees numeric addresses only.
 */
#include "ingest/guard.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>

#define GUARD_ALLOW_MAX 256
#define MAPPED_BITS 96

struct prefix {
	uint8_t bytes[16];
	unsigned bits;
};

struct guard {
	size_t n;
	struct prefix allow[];
};

#define V4(a, b, c, d, bits)                                                   \
	{                                                                      \
		{[10] = 0xff, [11] = 0xff, [12] = a,                           \
		 [13] = b,    [14] = c,    [15] = d},                          \
			MAPPED_BITS + (bits)                                   \
	}

/* IANA IPv4 special-purpose registry, multicast, and one address that is public
 * by its number only. The few anycast services in 192.0.0.0/24 that count as
 * global are nothing to fetch from. */
static const struct prefix refused_v4[] = {
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
static const struct prefix global_v6 = {{0x20}, 3};

static const struct prefix refused_v6[] = {
	{{0x20, 0x01, 0x0d, 0xb8}, 32},    /* documentation */
	{{0x26, 0x20, 0, 0x4f, 0x80}, 48}, /* AS112 */
	{{0x3f, 0xff}, 20},                /* documentation */
};

/* IETF protocol assignments: refused but for Teredo, judged below. */
static const struct prefix assignments = {{0x20, 0x01}, 23};

/* Where an IPv4 address stands inside an IPv6 one. */
static const struct wrap {
	struct prefix prefix;
	unsigned at;    /* byte */
	uint8_t invert; /* xor */
} wraps[] = {
	{{{0x00, 0x64, 0xff, 0x9b}, 96}, 12, 0}, /* NAT64, RFC 6052 */
	{{{0x20, 0x02}, 16}, 2, 0},              /* 6to4, RFC 3056 */
	{{{0x20, 0x01}, 32}, 4, 0},              /* Teredo server, RFC 4380 */
	{{{0x20, 0x01}, 32}, 12, 0xff},          /* Teredo client */
};

static const uint8_t mapped_head[12] = {[10] = 0xff, [11] = 0xff};

static bool is_mapped(const uint8_t address[16])
{
	return memcmp(address, mapped_head, sizeof(mapped_head)) == 0;
}

static void map_v4(const uint8_t v4[4], uint8_t invert, uint8_t out[16])
{
	memcpy(out, mapped_head, sizeof(mapped_head));
	for (size_t i = 0; i < 4; i++)
		out[12 + i] = v4[i] ^ invert;
}

static bool prefix_has(const struct prefix *prefix, const uint8_t address[16])
{
	size_t whole = prefix->bits / 8;
	unsigned rest = prefix->bits % 8;
	if (memcmp(prefix->bytes, address, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));
	return ((prefix->bytes[whole] ^ address[whole]) & mask) == 0;
}

static bool any_has(const struct prefix *table, size_t n,
		    const uint8_t address[16])
{
	for (size_t i = 0; i < n; i++)
		if (prefix_has(&table[i], address))
			return true;
	return false;
}

static bool is_public_v4(const uint8_t mapped[16])
{
	return !any_has(refused_v4, G_N_ELEMENTS(refused_v4), mapped);
}

static bool is_public_v6(const uint8_t address[16])
{
	bool wrapped = false;
	for (size_t i = 0; i < G_N_ELEMENTS(wraps); i++) {
		uint8_t inner[16];
		if (!prefix_has(&wraps[i].prefix, address))
			continue;
		wrapped = true;
		map_v4(address + wraps[i].at, wraps[i].invert, inner);
		if (!is_public_v4(inner))
			return false;
	}
	return wrapped ||
	       (prefix_has(&global_v6, address) &&
		!prefix_has(&assignments, address) &&
		!any_has(refused_v6, G_N_ELEMENTS(refused_v6), address));
}

/* An entry shorter than the mapped prefix was written for IPv6: "::/0" does
 * not open 127.0.0.1. */
static bool is_allowed(const struct guard *guard, const uint8_t address[16])
{
	bool v4 = is_mapped(address);
	for (size_t i = 0; i < guard->n; i++) {
		const struct prefix *entry = &guard->allow[i];
		if (v4 && entry->bits < MAPPED_BITS)
			continue;
		if (prefix_has(entry, address))
			return true;
	}
	return false;
}

bool guard_allows(const struct guard *guard, const struct sockaddr *address)
{
	uint8_t bytes[16];
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, address, sizeof(in));
		map_v4((const uint8_t *)&in.sin_addr, 0, bytes);
	} else if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, address, sizeof(in6));
		memcpy(bytes, &in6.sin6_addr, sizeof(bytes));
	} else {
		return false;
	}
	if (is_allowed(guard, bytes))
		return true;
	return is_mapped(bytes) ? is_public_v4(bytes) : is_public_v6(bytes);
}

/* The numeric address; *bits_max is how long its prefix may be. */
static bool parse_address(struct str text, uint8_t out[16], unsigned *bits_max)
{
	char z[INET6_ADDRSTRLEN];
	uint8_t v4[4];
	if (text.n == 0 || text.n >= sizeof(z) || memchr(text.p, 0, text.n))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (inet_pton(AF_INET, z, v4) == 1) {
		map_v4(v4, 0, out);
		*bits_max = 32;
		return true;
	}
	*bits_max = 128;
	return inet_pton(AF_INET6, z, out) == 1;
}

static bool host_bits_are_zero(const struct prefix *prefix)
{
	for (unsigned bit = prefix->bits; bit < 128; bit++)
		if (prefix->bytes[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

/* "ADDRESS" or "ADDRESS/BITS". */
static bool parse_cidr(struct str text, struct prefix *out)
{
	struct str rest = text;
	struct str address = str_split(&rest, '/');
	unsigned bits_max;
	uint64_t bits;
	if (!parse_address(address, out->bytes, &bits_max))
		return false;
	bits = bits_max;
	if (rest.p && !str_to_u64(rest, bits_max, &bits))
		return false;
	out->bits = (unsigned)bits + (128 - bits_max);
	return host_bits_are_zero(out);
}

int guard_new(struct guard **out, struct str allow, struct err *err)
{
	g_autofree struct guard *guard = NULL;
	size_t size = sizeof(*guard) + GUARD_ALLOW_MAX * sizeof(struct prefix);
	guard = g_malloc0(size);
	struct str rest = str_trim(allow).n ? allow : STR_NONE;
	while (rest.p) {
		struct str item = str_trim(str_split(&rest, ','));
		if (guard->n == GUARD_ALLOW_MAX)
			return err_set(err, ERR_INVALID,
				       "more than %d address ranges",
				       GUARD_ALLOW_MAX);
		if (!parse_cidr(item, &guard->allow[guard->n]))
			return err_set(err, ERR_INVALID,
				       "\"%.*s\" is not an address range such "
				       "as 10.0.0.0/8 or fd00::/8",
				       STR_ARG(item));
		guard->n++;
	}
	*out = g_steal_pointer(&guard);
	return 0;
}

void guard_free(struct guard *guard)
{
	g_free(guard);
}
