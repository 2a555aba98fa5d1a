/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pattern.h"

#include <glib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* The steps of one match: an attempt that takes more has begun to try all ways
 * there are. One of them can look at all of the subject, so a long one has
 * fewer, but always some for each of its bytes. */
#define MATCH_LIMIT 100000u
#define BYTES_LIMIT (16u * 1024 * 1024)
#define STEPS_A_BYTE 2u
#define DEPTH_LIMIT 1000
#define HEAP_KIB 256
#define NESTING 32

/* PCRE2_MATCH_INVALID_UTF would begin anew behind a bad byte. */
#define OPTIONS (PCRE2_UTF | PCRE2_ANCHORED | PCRE2_NEVER_BACKSLASH_C)

struct pattern {
	pcre2_code *code;
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
	return pattern;
}

void pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_code_free(pattern->code);
	g_free(pattern);
}

size_t pattern_size(const struct pattern *pattern)
{
	size_t size = 0;
	pcre2_pattern_info(pattern->code, PCRE2_INFO_SIZE, &size);
	return size + sizeof(*pattern);
}

static pcre2_match_context *limits_of(size_t subject)
{
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	uint32_t n = (uint32_t)subject + 1;
	uint32_t steps = MAX(BYTES_LIMIT / n, STEPS_A_BYTE * n);
	pcre2_set_match_limit(limits, MIN(steps, MATCH_LIMIT));
	pcre2_set_depth_limit(limits, DEPTH_LIMIT);
	pcre2_set_heap_limit(limits, HEAP_KIB);
	return limits;
}

int pattern_try(const struct pattern *pattern, struct str subject)
{
	if (subject.n > PATTERN_SUBJECT_MAX)
		return -1;
	pcre2_match_data *found = pcre2_match_data_create(1, NULL);
	pcre2_match_context *limits = limits_of(subject.n);
	const char *text = subject.p ? subject.p : "";
	int result = pcre2_match(pattern->code, (PCRE2_SPTR)text, subject.n, 0,
				 0, found, limits);
	pcre2_match_context_free(limits);
	pcre2_match_data_free(found);
	return result >= 0 ? 1 : result == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

bool pattern_matches(const struct pattern *pattern, struct str subject)
{
	return pattern_try(pattern, subject) > 0;
}
