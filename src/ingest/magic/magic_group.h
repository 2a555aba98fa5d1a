/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group of libmagic's tests run on some bytes, as libmagic runs it, as far as
 * that is the same in every version with this table's format. What else there
 * is, it leaves to libmagic.
 */
#ifndef INGEST_MAGIC_MAGIC_GROUP_H
#define INGEST_MAGIC_MAGIC_GROUP_H

#include "ingest/magic/magic_regex.h"
#include "ingest/magic/magic_table.h"

struct magic_group {
	const struct magic_record *records;
	struct magic_regex *const *regexes; /* of each record; or NULL */
	uint32_t n;
};

enum magic_word {
	MAGIC_SILENT, /* the next group is asked */
	MAGIC_SAYS,   /* a type */
	MAGIC_ENDS,   /* that no other group is asked, without a type */
	MAGIC_UNSURE, /* one of these */
};

/* Whether libmagic passes over a group that begins so: it is for what is text,
 * or for what is none, and these bytes are not. */
bool magic_group_is_passed_over(const struct magic_record *first, bool is_text);

/* type: of the table, when it says one. Takes some ten microseconds for 4 KiB
 * at most for each test. */
enum magic_word magic_group_run(const struct magic_group *group,
				struct str bytes, struct str *type);

#endif
