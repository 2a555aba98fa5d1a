/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content codings undone: src/ingest/coding.h.
 */
#include "coded.h"
#include "ingest/coding.h"
#include "unit.h"

#include <glib.h>

static void field_values_name_one_coding(void **state)
{
	(void)state;
	static const struct {
		const char *first, *second;
		enum coding coding;
	} rows[] = {
		{NULL, NULL, CODING_IDENTITY},
		{"", NULL, CODING_IDENTITY},
		{"identity", NULL, CODING_IDENTITY},
		{" Identity , ,identity", "identity", CODING_IDENTITY},
		{"gzip", NULL, CODING_GZIP},
		{"X-GZip", NULL, CODING_GZIP},
		{"deflate", NULL, CODING_DEFLATE},
		{"identity,gzip", "identity", CODING_GZIP},
		{"gzip, gzip", NULL, CODING_UNKNOWN},
		{"gzip", "gzip", CODING_UNKNOWN},
		{"deflate, gzip", NULL, CODING_UNKNOWN},
		{"br", NULL, CODING_UNKNOWN},
		{"zstd", NULL, CODING_UNKNOWN},
		{"br", "gzip", CODING_UNKNOWN},
		{"compress", NULL, CODING_UNKNOWN},
		{"UTF-8", NULL, CODING_IDENTITY},
		{"none", "binary", CODING_IDENTITY},
		{"aws-chunked", NULL, CODING_IDENTITY},
		{"aws-chunked,gzip", NULL, CODING_GZIP},
		{"base64", NULL, CODING_UNKNOWN},
		{"gzip;q=1", NULL, CODING_UNKNOWN},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum coding got =
			coding_add(CODING_IDENTITY, str_of(rows[i].first));
		got = coding_add(got, str_of(rows[i].second));
		if (got != rows[i].coding)
			fail_msg("row %zu: %u", i, got);
	}
}

static void frames_of_uploads_are_noticed(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		bool framed;
	} rows[] = {
		{NULL, false},
		{"", false},
		{"gzip", false},
		{"aws-chunked", true},
		{"AWS-Chunked", true},
		{"gzip , aws-chunked ,", true},
		{",none,Aws-Chunked", true},
		{"aws-chunked;q=1", false}, /* an unknown coding */
		{"x-aws-chunked", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (coding_is_framed(str_of(rows[i].value)) != rows[i].framed)
			fail_msg("row %zu", i);
}

static bool collect(void *user, const void *p, size_t n)
{
	g_string_append_len(user, p, (gssize)n);
	return true;
}

enum outcome {
	DONE,
	SHORT,
	WRONG
};

/* Feeds in pieces, each from memory of its own. */
static enum outcome decode(enum coding coding, struct str bytes, size_t piece,
			   GString *out)
{
	struct decoder *decoder = decoder_new(coding, collect, out);
	bool fine = true;
	while (fine && bytes.n) {
		size_t n = MIN(piece, bytes.n);
		g_autofree char *copy = g_memdup2(bytes.p, n);
		fine = decoder_feed(decoder, copy, n);
		bytes = str_skip(bytes, n);
	}
	bool complete = decoder_is_complete(decoder);
	decoder_free(decoder);
	return !fine ? WRONG : complete ? DONE : SHORT;
}

static const struct {
	enum coding coding;
	struct str bytes;
	const char *text; /* NULL: it is damaged */
} rows[] = {
	{CODING_GZIP, STR(""), ""},
	{CODING_GZIP, STR(GZIPPED), PLAIN_TEXT},
	{CODING_GZIP, STR(GZIPPED GZIPPED), PLAIN_TEXT PLAIN_TEXT},
	{CODING_GZIP, STR(GZIPPED "rest"), NULL},
	{CODING_GZIP, STR(GZIPPED "\0\0rest"), NULL},
	{CODING_GZIP, STR(GZIPPED "\0" GZIPPED), NULL},
	{CODING_GZIP, STR("\0\0\0"), NULL},
	{CODING_GZIP, STR("what is this?"), NULL},
	{CODING_GZIP, STR(DEFLATED), NULL},
	{CODING_DEFLATE, STR(""), ""},
	{CODING_DEFLATE, STR(ZLIBBED), PLAIN_TEXT},
	{CODING_DEFLATE, STR(DEFLATED), PLAIN_TEXT},
	{CODING_DEFLATE, STR("\1\0\0\xff\xff"), ""}, /* an empty block */
	{CODING_DEFLATE, STR(ZLIBBED ZLIBBED), NULL},
	{CODING_DEFLATE, STR(ZLIBBED "\0"), NULL},
	{CODING_DEFLATE, STR("what is this?"), NULL},
};

static void codings_are_undone_in_pieces_of_every_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t piece = 1; piece <= rows[i].bytes.n + 1; piece++) {
			GString *out = g_string_new(NULL);
			enum outcome got = decode(rows[i].coding, rows[i].bytes,
						  piece, out);
			if (got != (rows[i].text ? DONE : WRONG))
				fail_msg("row %zu, %zu: %u", i, piece, got);
			if (rows[i].text)
				assert_string_equal(out->str, rows[i].text);
			g_string_free(out, TRUE);
		}
}

static void what_ends_early_is_not_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t n = 1; rows[i].text && n < rows[i].bytes.n; n++) {
			GString *out = g_string_new(NULL);
			enum outcome got =
				decode(rows[i].coding,
				       str_sub(rows[i].bytes, 0, n), n, out);
			/* of two members the first is complete */
			if (got != SHORT && n != sizeof(GZIPPED) - 1)
				fail_msg("row %zu, %zu: %u", i, n, got);
			g_string_free(out, TRUE);
		}
}

static void zeros_behind_gzip_are_passed_over(void **state)
{
	(void)state;
	static const struct {
		size_t zeros, piece;
		enum outcome outcome;
	} padded[] = {
		{1, 1, DONE},
		{1, 1000, DONE},
		{500, 7, DONE},
		{500, 100, DONE},
		{500, 10, DONE},
		{1 << 20, 65536, DONE},
		{1 << 20, SIZE_MAX, DONE},
		{(1 << 20) + 1, 65536, WRONG},
		{(1 << 20) + 1, SIZE_MAX, WRONG},
	};
	for (size_t i = 0; i < COUNT(padded); i++) {
		GString *out = g_string_new(NULL);
		size_t n = sizeof(GZIPPED) - 1 + padded[i].zeros;
		g_autofree char *bytes = g_malloc0(n);
		memcpy(bytes, GZIPPED, sizeof(GZIPPED) - 1);
		assert_int_equal(decode(CODING_GZIP, (struct str){bytes, n},
					padded[i].piece, out),
				 padded[i].outcome);
		assert_string_equal(out->str, PLAIN_TEXT);
		g_string_free(out, TRUE);
	}
}

static void a_changed_bit_is_noticed(void **state)
{
	(void)state;
	/* behind the head, whose time and system are nobody's concern */
	for (size_t bit = 10 * 8; bit < (sizeof(GZIPPED) - 1) * 8; bit++) {
		GString *out = g_string_new(NULL);
		char bytes[] = GZIPPED;
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		struct str changed = {bytes, sizeof(bytes) - 1};
		assert_int_not_equal(decode(CODING_GZIP, changed, 7, out),
				     DONE);
		g_string_free(out, TRUE);
	}
}

struct meter {
	size_t total, largest, stop_at;
};

static bool measure(void *user, const void *p, size_t n)
{
	struct meter *meter = user;
	(void)p;
	meter->total += n;
	meter->largest = MAX(meter->largest, n);
	return meter->total < meter->stop_at;
}

static void much_of_little_comes_in_runs_that_can_be_stopped(void **state)
{
	(void)state;
	struct str zeros = STR(GZIPPED_ZEROS);
	struct meter meter = {.stop_at = SIZE_MAX};
	struct decoder *decoder = decoder_new(CODING_GZIP, measure, &meter);
	assert_true(decoder_feed(decoder, zeros.p, zeros.n));
	assert_true(decoder_is_complete(decoder));
	decoder_free(decoder);
	assert_int_equal(meter.total, 200000);
	assert_in_range(meter.largest, 1, 64 * 1024);
	meter = (struct meter){.stop_at = 1000};
	decoder = decoder_new(CODING_GZIP, measure, &meter);
	assert_false(decoder_feed(decoder, zeros.p, zeros.n));
	decoder_free(decoder);
	assert_in_range(meter.total, 1000, 64 * 1024);
	decoder_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(field_values_name_one_coding),
		cmocka_unit_test(frames_of_uploads_are_noticed),
		cmocka_unit_test(codings_are_undone_in_pieces_of_every_size),
		cmocka_unit_test(what_ends_early_is_not_complete),
		cmocka_unit_test(zeros_behind_gzip_are_passed_over),
		cmocka_unit_test(a_changed_bit_is_noticed),
		cmocka_unit_test(
			much_of_little_comes_in_runs_that_can_be_stopped),
	};
	return cmocka_run_group_tests_name("coding", tests, NULL, NULL);
}
