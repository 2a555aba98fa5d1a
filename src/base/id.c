/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/random.h>
#include <xxhash.h>

#define CHECK_BITS 22
#define CHECK_MASK ((1u << CHECK_BITS) - 1)

__extension__ typedef unsigned __int128 u128;

static const char alphanumerics[] = "0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz";
static const char base36_digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/*
 * Random bytes in stock, because the system call costs more than the rest of a
 * small request's ids. Each byte is handed out once and wiped. A forked child
 * must not hand out its parent's: it sees another generation and starts anew.
 */
#define POOL_BYTES 512

static _Thread_local struct {
	uint8_t bytes[POOL_BYTES];
	size_t left;
	unsigned generation;
} pool;

static atomic_uint generation = 1;

static void after_fork(void)
{
	atomic_fetch_add(&generation, 1);
}

static void watch_forks(void)
{
	static gsize watched;
	if (g_once_init_enter(&watched)) {
		pthread_atfork(NULL, NULL, after_fork);
		g_once_init_leave(&watched, 1);
	}
}

static void from_system(uint8_t *at, size_t n)
{
	while (n) {
		ssize_t got = getrandom(at, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		g_assert(got > 0);
		at += got;
		n -= (size_t)got;
	}
}

void random_bytes(void *out, size_t n)
{
	if (n > POOL_BYTES) {
		from_system(out, n);
		return;
	}
	unsigned now = atomic_load(&generation);
	if (pool.left < n || pool.generation != now) {
		watch_forks();
		from_system(pool.bytes, POOL_BYTES);
		pool.left = POOL_BYTES;
		pool.generation = now;
	}
	pool.left -= n;
	memcpy(out, pool.bytes + pool.left, n);
	memset(pool.bytes + pool.left, 0, n);
}

void random_token(char *out, size_t n)
{
	enum {
		FAIR = 256 / 62 * 62
	}; /* bytes above would favour some */
	uint8_t bytes[32];
	size_t done = 0;
	while (done < n) {
		random_bytes(bytes, sizeof(bytes));
		for (size_t i = 0; i < sizeof(bytes) && done < n; i++)
			if (bytes[i] < FAIR)
				out[done++] = alphanumerics[bytes[i] % 62];
	}
	out[n] = '\0';
}

/* Between commits of a writer that has much to do. */
#define MOMENT_MS 16
#define MOMENT_CHARACTERS 2
#define MOMENTS (62 * 62)

void random_token_at(char *out, size_t n, int64_t ms)
{
	unsigned moment = (unsigned)((uint64_t)ms / MOMENT_MS % MOMENTS);
	g_assert(n >= MOMENT_CHARACTERS);
	out[0] = alphanumerics[moment / 62];
	out[1] = alphanumerics[moment % 62];
	random_token(out + MOMENT_CHARACTERS, n - MOMENT_CHARACTERS);
}

#define RANDOM_BITS 44

static void put_big_endian(uint8_t *at, uint64_t value, int bytes)
{
	while (bytes-- > 0) {
		at[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

struct id id_new(void)
{
	struct id id;
	uint64_t now_us = (uint64_t)g_get_real_time(), low;
	random_bytes(&low, sizeof(low));
	low &= (UINT64_C(1) << RANDOM_BITS) - 1;
	low |= now_us % G_USEC_PER_SEC << RANDOM_BITS;
	put_big_endian(id.b, now_us / G_USEC_PER_SEC, 4);
	put_big_endian(id.b + 4, low, 8);
	return id;
}

bool id_eq(const struct id *a, const struct id *b)
{
	return memcmp(a->b, b->b, ID_BYTES) == 0;
}

int id_equal(const void *a, const void *b)
{
	return id_eq(a, b);
}

static u128 id_number(const struct id *id)
{
	u128 number = 0;
	for (int i = 0; i < ID_BYTES; i++)
		number = number << 8 | id->b[i];
	return number;
}

static struct id id_of_number(u128 number)
{
	struct id id;
	for (int i = ID_BYTES - 1; i >= 0; i--, number >>= 8)
		id.b[i] = (uint8_t)number;
	return id;
}

/* So many digits of any base here fit 64 bits: dividing more than those by the
 * base, for each digit, costs ten times as much. */
#define CHUNK 10

/* Inline, so that the base is a constant in each use. */
static inline void write_number(u128 number, const char *digits, unsigned base,
				char *out, int length)
{
	uint64_t chunk = 1;
	for (int i = 0; i < CHUNK; i++)
		chunk *= base;
	out[length] = '\0';
	while (length > 0) {
		uint64_t low = (uint64_t)(number % chunk);
		number /= chunk;
		for (int n = MIN(length, CHUNK); n > 0; n--, low /= base)
			out[--length] = digits[low % base];
	}
}

/* No spelling is longer than 20 digits, so the number cannot overflow. */
static bool read_number(struct str s, const char *digits, size_t length,
			u128 *out)
{
	size_t base = strlen(digits);
	if (s.n != length)
		return false;
	*out = 0;
	for (size_t i = 0; i < length; i++) {
		const char *hit = memchr(digits, s.p[i], base);
		if (hit == NULL)
			return false;
		*out = *out * base + (size_t)(hit - digits);
	}
	return true;
}

void id_to_hex(const struct id *id, char out[ID_HEX_LEN + 1])
{
	write_number(id_number(id), base36_digits, 16, out, ID_HEX_LEN);
}

bool id_from_hex(struct str s, struct id *out)
{
	u128 number;
	if (!read_number(s, "0123456789abcdef", ID_HEX_LEN, &number))
		return false;
	*out = id_of_number(number);
	return true;
}

void id_to_base36(const struct id *id, char out[ID_BASE36_LEN + 1])
{
	write_number(id_number(id), base36_digits, 36, out, ID_BASE36_LEN);
}

bool id_from_base36(struct str s, struct id *out)
{
	u128 number;
	if (!read_number(s, base36_digits, ID_BASE36_LEN, &number) ||
	    number >> (8 * ID_BYTES))
		return false;
	*out = id_of_number(number);
	return true;
}

static uint32_t id_check(const struct id *id)
{
	return (uint32_t)XXH3_64bits(id->b, ID_BYTES) & CHECK_MASK;
}

void id_to_handle(const struct id *id, char out[ID_HANDLE_LEN + 1])
{
	u128 number = id_number(id) << CHECK_BITS | id_check(id);
	write_number(number, alphanumerics, 62, out, ID_HANDLE_LEN);
}

bool id_from_handle(struct str s, struct id *out)
{
	u128 number;
	if (!read_number(s, alphanumerics, ID_HANDLE_LEN, &number) ||
	    number >> (8 * ID_BYTES + CHECK_BITS))
		return false;
	struct id id = id_of_number(number >> CHECK_BITS);
	if (((uint32_t)number & CHECK_MASK) != id_check(&id))
		return false;
	*out = id;
	return true;
}

void uuid_new(char out[UUID_LEN + 1])
{
	uint8_t b[16];
	random_bytes(b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = base36_digits[b[i] >> 4];
		*out++ = base36_digits[b[i] & 15];
	}
	*out = '\0';
}
