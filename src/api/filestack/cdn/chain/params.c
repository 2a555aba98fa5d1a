/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/chain/params.h"
#include "api/filestack/cdn/chain/scan.h"
#include "base/encode.h"

#include <glib.h>

/* What has as many characters is a file, not a folder. */
#define HANDLE_MIN 20

/* A parameter, cut. The value STR_NONE: there was no colon. */
struct cut {
	struct str key, value;
};

static struct cut cut_param(struct str raw)
{
	size_t at, n;
	struct scan scan = {.s = raw};
	char c = scan_next(&scan, &at, &n);
	while (c && c != ':')
		c = scan_next(&scan, &at, &n);
	if (c)
		return (struct cut){str_sub(raw, 0, at),
				    str_skip(raw, scan.at)};
	/* "d[10,20,30,40]", and a list alone */
	for (size_t i = 0; i < raw.n; i++)
		if (scan_mark(raw, i, &n) == '[')
			return (struct cut){str_sub(raw, 0, i),
					    str_skip(raw, i)};
	return (struct cut){raw, STR_NONE};
}

/* is_decoded: all of the task was. */
static int add_param(struct builder *builder, struct str raw, bool is_decoded)
{
	bool is_quoted;
	struct cut cut = cut_param(raw);
	if (!is_decoded) {
		cut.key = percent_decode(builder->arena, cut.key);
		cut.value = percent_decode(builder->arena, cut.value);
	}
	return builder_param(
		builder, str_trim(cut.key),
		scan_unquote(builder->arena, str_trim(cut.value), &is_quoted));
}

/* Whether the separators are encoded like the values. */
static bool is_encoded(struct str args)
{
	size_t at, n;
	struct scan scan = {.s = args};
	bool has_raw = false, has_encoded = false;
	for (char c = ':'; c; c = scan_next(&scan, &at, &n)) {
		if (scan.at == 0 || c != ':')
			continue;
		has_raw = has_raw || n == 1;
		has_encoded = has_encoded || n > 1;
	}
	return has_encoded && !has_raw;
}

static int read_args(struct builder *builder, struct str args, bool is_decoded)
{
	size_t at, n, from = 0;
	struct scan scan = {.s = args, .before = '='};
	char c;
	do {
		c = scan_next(&scan, &at, &n);
		if (c && (c != ',' || n > 1))
			continue;
		struct str raw = str_sub(args, from, at);
		from = scan.at;
		if (raw.n && add_param(builder, raw, is_decoded) < 0)
			return -1;
	} while (c);
	return 0;
}

int params_read(struct builder *builder, struct str raw)
{
	size_t at, n;
	struct scan scan = {.s = raw};
	char c = scan_next(&scan, &at, &n);
	while (c && c != '=')
		c = scan_next(&scan, &at, &n);
	struct str name = percent_decode(builder->arena, str_sub(raw, 0, at));
	if (builder_task(builder, name) < 0)
		return -1;
	builder->last->has_equals = c != 0;
	if (c == 0)
		return 0;
	struct str args = str_skip(raw, scan.at);
	bool decodes = n > 1 || is_encoded(args);
	if (decodes)
		args = percent_decode(builder->arena, args);
	return read_args(builder, args, decodes);
}

static bool is_path_key(struct str key)
{
	static const char *const keys[] = {"file", "f",        "path",
					   "p",    "filename", "handle"};
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (str_eq(key, str_of(keys[i])))
			return true;
	return false;
}

static bool is_handle(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		if (!g_ascii_isalnum(value.p[i]) && value.p[i] != '_' &&
		    value.p[i] != '-')
			return false;
	return value.n >= HANDLE_MIN;
}

/* A policy is an object, which ends where it closes. */
static bool is_whole(struct str policy)
{
	uint8_t out[4 / 4 * 3 + 3];
	struct base64_decoder d;
	if (policy.n == 0 || policy.n % 4)
		return false;
	base64_decode_init(&d);
	ptrdiff_t n = base64_decode_step(&d, policy.p + policy.n - 4, 4, out);
	return n > 0 && out[n - 1] == '}';
}

/* Whether a slash can be in it: of paths, and of policies in base64's usual
 * alphabet. */
static bool may_go_on(struct str raw, const struct cut *param)
{
	bool is_policy = str_eq(param->key, STR("policy")) ||
			 str_eq(param->key, STR("p"));
	if (is_policy && str_starts(raw, STR("security=")))
		return !is_whole(param->value);
	return is_path_key(param->key) && !is_handle(param->value);
}

bool params_leave_open(struct str raw, bool was_open)
{
	size_t at, n, from = 0;
	struct scan scan = {.s = raw};
	bool is_new = false;
	char c;
	while ((c = scan_next(&scan, &at, &n)))
		if (c == '=' || c == ',') {
			from = scan.at;
			is_new = true;
		}
	if (!is_new)
		return was_open;
	struct cut last = cut_param(str_skip(raw, from));
	return last.value.p && scan_group(last.value, 0) == 0 &&
	       may_go_on(raw, &last);
}
