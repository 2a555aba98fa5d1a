/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pattern.h"

#include <glib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* The steps of one match, whatever they are: an attempt that takes more has
 * begun to try all ways there are. */
#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 1000
#define HEAP_KIB 256
#define NESTING 32

/* PCRE2_MATCH_INVALID_UTF would begin anew behind a bad byte. */
#define OPTIONS (PCRE2_UTF | PCRE2_ANCHORED | PCRE2_NEVER_BACKSLASH_C)

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
};

static pcre2_code *compile(struct str text)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	int error;
	size_t where;
	pcre2_set_parens_nest_limit(context, NESTING);
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.p, text.n, OPTIONS,
					 &error, &where, context);
	pcre2_compile_context_free(context);
	return code;
}

struct pattern *pattern_new(struct str text)
{
	if (text.p == NULL || text.n > PATTERN_MAX)
		return NULL;
	pcre2_code *code = compile(text);
	if (code == NULL)
		return NULL;
	struct pattern *pattern = g_new0(struct pattern, 1);
	pattern->code = code;
	pattern->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(pattern->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(pattern->limits, DEPTH_LIMIT);
	pcre2_set_heap_limit(pattern->limits, HEAP_KIB);
	return pattern;
}

void pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_code_free(pattern->code);
	pcre2_match_context_free(pattern->limits);
	g_free(pattern);
}

size_t pattern_size(const struct pattern *pattern)
{
	size_t size = 0;
	pcre2_pattern_info(pattern->code, PCRE2_INFO_SIZE, &size);
	return size + sizeof(*pattern);
}

bool pattern_matches(const struct pattern *pattern, struct str subject)
{
	pcre2_match_data *found = pcre2_match_data_create(1, NULL);
	const char *text = subject.p ? subject.p : "";
	int result = pcre2_match(pattern->code, (PCRE2_SPTR)text, subject.n, 0,
				 0, found, pattern->limits);
	pcre2_match_data_free(found);
	return result >= 0;
}
