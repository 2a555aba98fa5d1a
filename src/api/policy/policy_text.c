/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies are written by programs in many languages: names go by their
 * letters alone, in any case, and each thing is said once. What restricts and
 * is not understood is refused, as it would restrict nothing.
 */
#include "api/policy/policy_text.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/pattern.h"
#include "json/json.h"

#include <glib.h>
#include <math.h>

#define NAME_MAX_BYTES 32
/* A whole number may be longer than any of ours. */
#define FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL)
#define NUMBER_MAX (INT64_C(1) << 53) /* what every language can write */

static const struct {
	const char *name;
	unsigned call;
} calls[] = {
	{"pick", POLICY_PICK},
	{"read", POLICY_READ},
	{"stat", POLICY_STAT},
	{"write", POLICY_WRITE},
	{"writeurl", POLICY_WRITE_URL},
	{"store", POLICY_STORE},
	{"convert", POLICY_CONVERT},
	{"remove", POLICY_REMOVE},
	{"revoke", POLICY_REMOVE},
	{"exif", POLICY_EXIF},
	{"runworkflow", POLICY_RUN_WORKFLOW},
};

/* "max_size", "MaxSize": "maxsize". False: longer than all that are known. */
static bool plain_name(const char *text, char out[NAME_MAX_BYTES])
{
	size_t n = 0;
	for (; *text; text++) {
		if (*text == '_')
			continue;
		if (n == NAME_MAX_BYTES - 1)
			return false;
		out[n++] = g_ascii_tolower(*text);
	}
	out[n] = '\0';
	return true;
}

static int not_understood(struct err *err, const char *key)
{
	return err_set(err, ERR_FORBIDDEN,
		       "policy error: `%s` of the policy is not understood",
		       key);
}

/* An unknown call allows nothing. */
static unsigned call_of(const char *text)
{
	char name[NAME_MAX_BYTES];
	if (!plain_name(text, name))
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(calls); i++)
		if (strcmp(name, calls[i].name) == 0)
			return calls[i].call;
	return 0;
}

static int read_calls(json_t *value, struct policy *out, struct err *err)
{
	size_t i;
	json_t *call;
	out->calls = 0;
	if (json_is_string(value)) {
		out->calls = call_of(json_string_value(value));
		return 0;
	}
	if (!json_is_array(value))
		return not_understood(err, "call");
	json_array_foreach (value, i, call) {
		if (!json_is_string(call))
			return not_understood(err, "call");
		out->calls |= call_of(json_string_value(call));
	}
	return 0;
}

/* 1, 1.5, "1", "1.5"; whole, rounded down. */
static bool read_number(json_t *value, int64_t *out)
{
	double number = 0;
	if (json_is_number(value)) {
		number = json_number_value(value);
	} else {
		struct str text = json_text(value);
		char *end = NULL;
		if (text.n == 0 || strspn(text.p, "0123456789.") != text.n)
			return false;
		number = g_ascii_strtod(text.p, &end);
		if (end != text.p + text.n)
			return false;
	}
	if (!(number >= 0))
		return false;
	number = MIN(floor(number), (double)NUMBER_MAX);
	*out = (int64_t)number;
	return true;
}

static int read_expiry(json_t *value, struct policy *out, struct err *err)
{
	return read_number(value, &out->expires_s)
		       ? 0
		       : not_understood(err, "expiry");
}

static int read_size(json_t *value, const char *name, uint64_t *out,
		     struct err *err)
{
	int64_t size;
	if (!read_number(value, &size))
		return not_understood(err, name);
	*out = (uint64_t)size;
	return 0;
}

static int read_max(json_t *value, struct policy *out, struct err *err)
{
	return read_size(value, "maxSize", &out->max_size, err);
}

static int read_min(json_t *value, struct policy *out, struct err *err)
{
	return read_size(value, "minSize", &out->min_size, err);
}

static int read_handle(json_t *value, struct policy *out, struct err *err)
{
	out->handle = json_text(value);
	return out->handle.p ? 0 : not_understood(err, "handle");
}

static int read_pattern(json_t *value, struct pattern **out, const char *key,
			struct err *err)
{
	*out = pattern_new(json_text(value));
	return *out ? 0 : not_understood(err, key);
}

static int read_url(json_t *value, struct policy *out, struct err *err)
{
	return read_pattern(value, &out->url, "url", err);
}

/* Behind what a group begins with: "(", "(?:", "(?!", "(?<name>", also one that
 * is nothing else: "(?i)", "(?#text)", "(*UTF)". */
static struct str skip_group(struct str text)
{
	struct str inside = str_skip(text, 1);
	if (str_starts(inside, STR("*")) || str_starts(inside, STR("?#"))) {
		str_split(&inside, ')');
		return inside;
	}
	if (!str_starts(inside, STR("?")))
		return inside;
	do
		inside = str_skip(inside, 1);
	while (inside.n &&
	       (g_ascii_isalnum(inside.p[0]) || strchr("_-^<'", inside.p[0])));
	bool ends = inside.n && strchr(":)=!>|", inside.p[0]);
	return ends ? str_skip(inside, 1) : inside;
}

/* What may stand before the first that is about a character: "^", "(?:", and
 * ".*", as paths have a slash wherever that ends. */
static struct str skip_nothing(struct str text)
{
	static const char *const nothing[] = {"^",  ")",   "?",
					      ".*", "\\A", "\\E"};
	if (str_starts(text, STR("(")))
		return skip_group(text);
	for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++)
		if (str_starts(text, str_of(nothing[i])))
			return str_skip(text, strlen(nothing[i]));
	return text;
}

static bool is_slash(struct str text)
{
	static const char *const slashes[] = {
		"/",       "\\/",     "\\Q/",  "\\x2f",   "\\x2F",
		"\\x{2f}", "\\x{2F}", "\\057", "\\o{57}",
	};
	if (str_starts(text, STR("[")))
		text = str_skip(text, 1);
	for (size_t i = 0; i < G_N_ELEMENTS(slashes); i++)
		if (str_starts(text, str_of(slashes[i])))
			return true;
	return false;
}

/* "^/", "/", "\/", "(?:/", "[/", ".*" and then one. */
static bool begins_with_slash(struct str text)
{
	for (;;) {
		struct str rest = skip_nothing(text);
		if (rest.n == text.n)
			return is_slash(text);
		text = rest;
	}
}

/* What is forbidden, and what is in its place where nothing is. */
static const struct {
	const char *forbids, *allows;
} lookarounds[] = {
	{"(?!", "(?=|"},
	{"(*nla:", "(?=|"},
	{"(*negative_lookahead:", "(?=|"},
	{"(?<!", "(?<=|"},
	{"(*nlb:", "(?<=|"},
	{"(*negative_lookbehind:", "(?<=|"},
};

/* The expression without what it forbids; STR_NONE: it forbids nothing. */
static struct str at_most(struct arena *arena, struct str text)
{
	struct buf out;
	bool any = false;
	buf_init(&out, arena, 2 * PATTERN_MAX);
	while (text.n) {
		size_t n = str_starts(text, STR("\\")) ? MIN(text.n, 2) : 1;
		struct str add = str_sub(text, 0, n);
		for (size_t i = 0; i < G_N_ELEMENTS(lookarounds); i++) {
			if (!str_starts(text, str_of(lookarounds[i].forbids)))
				continue;
			n = strlen(lookarounds[i].forbids);
			add = str_of(lookarounds[i].allows);
			any = true;
		}
		buf_add(&out, add);
		text = str_skip(text, n);
	}
	return any ? buf_str(&out) : STR_NONE;
}

static int read_path(json_t *value, struct policy *out, struct err *err)
{
	struct str text = json_text(value);
	struct arena arena;
	if (read_pattern(value, &out->path, "path", err) < 0)
		return -1;
	out->rooted = begins_with_slash(text);
	arena_init(&arena);
	struct str rest = at_most(&arena, text);
	if (rest.p)
		out->path_at_most = pattern_new(rest);
	arena_release(&arena);
	return rest.p && out->path_at_most == NULL ? not_understood(err, "path")
						   : 0;
}

static int read_container(json_t *value, struct policy *out, struct err *err)
{
	return read_pattern(value, &out->container, "container", err);
}

static const struct {
	const char *name;
	const char *alias; /* another key for the same, or NULL */
	int (*read)(json_t *value, struct policy *out, struct err *err);
} keys[] = {
	{"expiry", NULL, read_expiry}, {"call", "calls", read_calls},
	{"handle", NULL, read_handle}, {"url", NULL, read_url},
	{"maxsize", NULL, read_max},   {"minsize", NULL, read_min},
	{"path", NULL, read_path},     {"container", NULL, read_container},
};

static bool is_key(size_t i, const char *name)
{
	return strcmp(name, keys[i].name) == 0 ||
	       (keys[i].alias && strcmp(name, keys[i].alias) == 0);
}

/* Other members are the signer's own. */
static int read_member(const char *key, json_t *value, struct policy *out,
		       unsigned *seen, struct err *err)
{
	char name[NAME_MAX_BYTES];
	if (!plain_name(key, name))
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		if (!is_key(i, name))
			continue;
		if (*seen & 1u << i)
			return err_set(err, ERR_FORBIDDEN,
				       "policy error: the policy says `%s` "
				       "twice",
				       keys[i].name);
		*seen |= 1u << i;
		return keys[i].read(value, out, err);
	}
	return 0;
}

int policy_read(struct str text, struct arena *arena, struct policy *out,
		struct err *err)
{
	const char *key;
	json_t *value;
	unsigned seen = 0;
	*out = (struct policy){
		.calls = POLICY_DEFAULT,
		.expires_s = -1,
		.max_size = UINT64_MAX,
	};
	struct str json = text.n % 4 ? STR_NONE : base64_decode(arena, text);
	if (text.n > POLICY_TEXT_MAX || json.p == NULL)
		return err_set(err, ERR_FORBIDDEN,
			       "policy error: policy was not properly url-safe "
			       "base64 encoded");
	json_t *object = json_parse_arena(arena, json, FLAGS);
	if (!json_is_object(object))
		return err_set(err, ERR_FORBIDDEN,
			       "policy error: the policy is no JSON object");
	json_object_foreach (object, key, value)
		if (read_member(key, value, out, &seen, err) < 0)
			return -1;
	return out->expires_s < 0 ? not_understood(err, "expiry") : 0;
}

void policy_release(struct policy *policy)
{
	pattern_free(policy->url);
	pattern_free(policy->path);
	pattern_free(policy->path_at_most);
	pattern_free(policy->container);
}

size_t policy_size(const struct policy *policy)
{
	const struct pattern *patterns[] = {policy->url, policy->path,
					    policy->path_at_most,
					    policy->container};
	size_t size = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
		size += patterns[i] ? pattern_size(patterns[i]) : 0;
	return size;
}
