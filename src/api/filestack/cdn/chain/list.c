/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/chain/chain.h"
#include "api/filestack/cdn/chain/scan.h"

/* How deep lists stand in each other. */
static size_t nesting(struct str value)
{
	size_t depth = 0, most = 0, n;
	char before = 0;
	for (size_t i = 0; i < value.n; i += n) {
		char c = scan_mark(value, i, &n);
		if (c == '"' && (before == '[' || before == ',') &&
		    scan_group(value, i) > i)
			n = scan_group(value, i) - i;
		depth += c == '[';
		depth -= c == ']' && depth > 0;
		most = depth > most ? depth : most;
		before = c;
	}
	return most;
}

ptrdiff_t chain_list(struct arena *arena, struct str value, struct str *items,
		     size_t max)
{
	size_t count = 0, from = 0, at, n;
	char c;
	bool is_quoted;
	if (value.n == 0 || value.p[0] != '[') {
		if (max)
			items[0] = value;
		return 1;
	}
	if (scan_group(value, 0) != value.n ||
	    nesting(value) > CHAIN_NESTED_MAX)
		return -1;
	struct scan scan = {.s = str_sub(value, 1, value.n - 1), .before = '['};
	if (str_trim(scan.s).n == 0)
		return 0;
	do {
		c = scan_next(&scan, &at, &n);
		if (c && (c != ',' || n > 1))
			continue;
		if (count < max)
			items[count] = scan_unquote(
				arena, str_trim(str_sub(scan.s, from, at)),
				&is_quoted);
		count++;
		from = scan.at;
	} while (c);
	return (ptrdiff_t)count;
}
