/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmagic's compiled table, as far as one has to know it to tell which of its
 * tests cannot say anything about some bytes (magic_index.h). Its format is
 * libmagic's own affair: a version that is not known here is used as a whole.
 */
#ifndef INGEST_MAGIC_MAGIC_TABLE_H
#define INGEST_MAGIC_MAGIC_TABLE_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/* Of version 18 (file 5.39 to 5.44): src/file.h, struct magic. */
struct magic_record {
	uint16_t level; /* 0 begins a group: the others wait for it */
	uint8_t flags;  /* enum magic_flag */
	uint8_t factor;
	uint8_t relation; /* '=', '<', ... */
	uint8_t length;   /* of value.text */
	uint8_t type;     /* enum magic_type */
	uint8_t in_type;
	uint8_t in_op, mask_op, condition, factor_op;
	int32_t offset, in_offset;
	uint32_t line;
	union {
		uint64_t mask; /* of numbers; 0: none */
		struct {
			uint32_t range; /* of searches: places; 0: all */
			uint32_t flags; /* enum magic_text_flag */
		} text;
	};
	union {
		uint64_t number;
		char text[128];
	} value;
	char description[64], mime[80], apple[8], extensions[64];
};

enum magic_flag {
	MAGIC_INDIRECT_OFFSET = 0x07, /* not simply `offset`, but: */
	MAGIC_INDIRECT_AT = 0x05,     /* what stands there */
	MAGIC_BEHIND = 0x02,          /* from where the last test ended */
	MAGIC_UNSIGNED = 0x08,
	MAGIC_BINARY_TEST = 0x20, /* of bytes as they are */
	MAGIC_TEXT_TEST = 0x40,   /* of what is text, as UTF-8 */
	MAGIC_FROM_END = 0x80,
};

/* With the mask, before a number is compared. */
enum magic_operation {
	MAGIC_AND = 0,
	MAGIC_OR = 1,
	MAGIC_XOR = 2,
	MAGIC_PLUS = 3,
	MAGIC_MINUS = 4,
	MAGIC_TIMES = 5,
	MAGIC_MODULO = 7,
};

enum magic_text_flag {
	MAGIC_BLANKS = 0x03,      /* as many as there are, or none */
	MAGIC_SOME_BLANKS = 0x01, /* at least one */
	MAGIC_ANY_CASE = 0x0c,
	MAGIC_LOWER = 0x04, /* is for both cases */
	MAGIC_UPPER = 0x08,
	MAGIC_OFFSET_START = 0x10, /* it ends where it begins */
	MAGIC_PASSES = 0x60,       /* only for: */
	MAGIC_FOR_TEXTS = 0x20,
	MAGIC_FOR_BYTES = 0x40,
	MAGIC_LINES = 0x800,       /* of an expression: the range counts them */
	MAGIC_TRIM = 0x2000,       /* in what is printed */
	MAGIC_WHOLE_WORD = 0x4000, /* a blank or the end is behind it */
};

enum magic_type {
	MAGIC_BYTE = 1,
	MAGIC_SHORT = 2,
	MAGIC_DEFAULT = 3, /* when no other test has matched */
	MAGIC_LONG = 4,
	MAGIC_STRING = 5,
	MAGIC_BESHORT = 7,
	MAGIC_BELONG = 8,
	MAGIC_LESHORT = 10,
	MAGIC_LELONG = 11,
	MAGIC_PSTRING = 13, /* behind its length */
	MAGIC_REGEX = 17,
	MAGIC_BESTRING16 = 18,
	MAGIC_LESTRING16 = 19,
	MAGIC_SEARCH = 20,
	MAGIC_QUAD = 24,
	MAGIC_LEQUAD = 25,
	MAGIC_BEQUAD = 26,
	MAGIC_INDIRECT = 41,
	MAGIC_NAME = 45,
	MAGIC_USE = 46,
	MAGIC_CLEAR = 47,
	MAGIC_DER = 48,
	MAGIC_GUID = 49,
};

struct magic_table {
	const void *map; /* the file, read only */
	size_t size;
	/* NULL when the version is not known: n tests, then n_names records of
	 * what they refer to by name. */
	const struct magic_record *records;
	uint32_t n, n_names;
};

/* ERR_INTERNAL when there is no table, or it cannot be read. */
int magic_table_open(struct magic_table *table, struct err *err) MUST_CHECK;
void magic_table_close(struct magic_table *table);

/* Fills in the head of an image, which is as long as a record; n tests and
 * n_names records are to follow. libmagic loads it like the file. */
void magic_image_begin(struct magic_record *head, uint32_t n, uint32_t n_names);

#endif
