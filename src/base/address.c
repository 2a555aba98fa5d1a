/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>

#define RANGES_MAX 256
#define MAPPED_BITS 96

struct address_list {
	size_t n;
	struct address_range ranges[];
};

static const uint8_t mapped_head[12] = {[10] = 0xff, [11] = 0xff};

bool address_is_v4(const struct address *address)
{
	return memcmp(address->bytes, mapped_head, sizeof(mapped_head)) == 0;
}

int64_t address_network(const struct address *address)
{
	bool is_v4 = address_is_v4(address);
	const uint8_t *p = address->bytes + (is_v4 ? 12 : 0);
	uint64_t number = 0;
	for (size_t i = 0; i < (is_v4 ? 4 : 8); i++)
		number = number << 8 | p[i];
	return (int64_t)(number | UINT64_C(1) << 63);
}

bool address_eq(const struct address *a, const struct address *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static void map_v4(const void *v4, struct address *out)
{
	memcpy(out->bytes, mapped_head, sizeof(mapped_head));
	memcpy(out->bytes + sizeof(mapped_head), v4, 4);
}

bool address_of(const struct sockaddr *from, struct address *out)
{
	*out = (struct address){{0}};
	if (from->sa_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, from, sizeof(v4));
		map_v4(&v4.sin_addr, out);
		return true;
	}
	if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;
		memcpy(&v6, from, sizeof(v6));
		memcpy(out->bytes, &v6.sin6_addr, sizeof(out->bytes));
		return true;
	}
	return false;
}

bool address_parse(struct str text, struct address *out)
{
	char z[INET6_ADDRSTRLEN];
	uint8_t v4[4];
	if (text.n == 0 || text.n >= sizeof(z) || memchr(text.p, 0, text.n))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (inet_pton(AF_INET, z, v4) == 1) {
		map_v4(v4, out);
		return true;
	}
	return inet_pton(AF_INET6, z, out->bytes) == 1;
}

static char *put_decimal(char *out, unsigned char byte)
{
	if (byte >= 100)
		*out++ = (char)('0' + byte / 100);
	if (byte >= 10)
		*out++ = (char)('0' + byte / 10 % 10);
	*out++ = (char)('0' + byte % 10);
	return out;
}

/* Once a request, and inet_ntop() of IPv4 is sprintf(). */
void address_text(const struct address *address, char out[ADDRESS_TEXT_MAX])
{
	if (!address_is_v4(address)) {
		inet_ntop(AF_INET6, address->bytes, out, ADDRESS_TEXT_MAX);
		return;
	}
	for (int i = 12; i < 16; i++) {
		out = put_decimal(out, address->bytes[i]);
		*out++ = i < 15 ? '.' : '\0';
	}
}

bool address_in(const struct address *address,
		const struct address_range *range)
{
	size_t whole = range->bits / 8;
	unsigned rest = range->bits % 8;
	const uint8_t *a = address->bytes, *b = range->base.bytes;
	if (memcmp(a, b, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));
	return ((a[whole] ^ b[whole]) & mask) == 0;
}

static bool host_bits_are_zero(const struct address_range *range)
{
	for (unsigned bit = range->bits; bit < 128; bit++)
		if (range->base.bytes[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

/* "ADDRESS" or "ADDRESS/BITS". */
static bool parse_range(struct str text, struct address_range *out)
{
	struct str rest = text;
	struct str address = str_split(&rest, '/');
	if (!address_parse(address, &out->base))
		return false;
	unsigned bits_max = str_find(address, ':') < 0 ? 32 : 128;
	uint64_t bits = bits_max;
	if (rest.p && !str_to_u64(rest, bits_max, &bits))
		return false;
	out->bits = (unsigned)bits + (128 - bits_max);
	return host_bits_are_zero(out);
}

int address_list_new(struct address_list **out, struct str text,
		     struct err *err)
{
	g_autofree struct address_list *list = g_malloc0(
		sizeof(*list) + RANGES_MAX * sizeof(struct address_range));
	struct str rest = str_trim(text).n ? text : STR_NONE;
	while (rest.p) {
		struct str item = str_trim(str_split(&rest, ','));
		if (list->n == RANGES_MAX)
			return err_set(err, ERR_INVALID,
				       "more than %d address ranges",
				       RANGES_MAX);
		if (!parse_range(item, &list->ranges[list->n]))
			return err_set(err, ERR_INVALID,
				       "\"%.*s\" is not an address range such "
				       "as 10.0.0.0/8 or fd00::/8",
				       STR_ARG(item));
		list->n++;
	}
	*out = g_steal_pointer(&list);
	return 0;
}

void address_list_free(struct address_list *list)
{
	g_free(list);
}

bool address_list_has(const struct address_list *list,
		      const struct address *address)
{
	bool v4 = address_is_v4(address);
	for (size_t i = 0; list && i < list->n; i++) {
		const struct address_range *range = &list->ranges[i];
		if (v4 && range->bits < MAPPED_BITS)
			continue;
		if (address_in(address, range))
			return true;
	}
	return false;
}
