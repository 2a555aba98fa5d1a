/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings from text to value, one parser a kind, and the names that a mistyped
 * one may have meant. Errors are the rest of a sentence that begins with the
 * value.
 */
#include "base/str.h"
#include "server/settings/table.h"

#include <inttypes.h>

#define NEAR_WORD_MAX 40

struct unit {
	const char *suffix;
	uint64_t factor;
};

/* Largest first; the last is what the values are kept in. */
static const struct unit size_units[] = {
	{"G", 1u << 30}, {"M", 1u << 20}, {"k", 1u << 10}, {"", 1}};
static const struct unit duration_units[] = {
	{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

static bool read_amount(const char *text, const struct unit *units, size_t n,
			uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	const char *suffix = text + digits;
	for (size_t i = 0; i < n; i++) {
		/* "0" needs no unit; K and g are as good as k and G */
		if (g_ascii_strcasecmp(suffix, units[i].suffix) != 0 &&
		    strcmp(text, "0") != 0)
			continue;
		uint64_t number;
		if (!str_to_u64((struct str){text, digits},
				UINT64_MAX / units[i].factor, &number))
			return false;
		*out = number * units[i].factor;
		return true;
	}
	return false;
}

bool settings_size(const char *text, uint64_t *out)
{
	return read_amount(text, size_units, G_N_ELEMENTS(size_units), out);
}

static int out_of_range(uint64_t min, uint64_t max, const struct unit *units,
			struct err *err)
{
	const struct unit *low = units, *high = units;
	while (low->factor > 1 && (min == 0 || min % low->factor))
		low++;
	while (high->factor > 1 && max % high->factor)
		high++;
	return err_set(err, ERR_INVALID,
		       "is not from %" PRIu64 "%s to %" PRIu64 "%s",
		       min / low->factor, low->suffix, max / high->factor,
		       high->suffix);
}

static int parse_size(const struct setting *setting, const char *text,
		      void *field, struct err *err)
{
	uint64_t value;
	if (!read_amount(text, size_units, G_N_ELEMENTS(size_units), &value))
		return err_set(err, ERR_INVALID,
			       "is not a size such as 500, 64k, 100M or 5G");
	if (value < setting->min || value > setting->max)
		return out_of_range(setting->min, setting->max, size_units,
				    err);
	*(uint64_t *)field = value;
	return 0;
}

static int parse_duration(const struct setting *setting, const char *text,
			  void *field, struct err *err)
{
	uint64_t value;
	if (!read_amount(text, duration_units, G_N_ELEMENTS(duration_units),
			 &value))
		return err_set(err, ERR_INVALID,
			       "is not a time such as 500ms, 30s, 5m or 1h");
	if (value < setting->min || value > setting->max)
		return out_of_range(setting->min, setting->max, duration_units,
				    err);
	*(unsigned *)field = (unsigned)value;
	return 0;
}

static int parse_count(const struct setting *setting, const char *text,
		       void *field, struct err *err)
{
	static const struct unit none = {"", 1};
	bool takes_auto = strcmp(setting->fallback, "auto") == 0;
	uint64_t value;
	if (takes_auto && strcmp(text, "auto") == 0) {
		*(unsigned *)field = 0;
		return 0;
	}
	if (!str_to_u64(str_of(text), UINT64_MAX, &value))
		return err_set(err, ERR_INVALID, "is not a number%s",
			       takes_auto ? " or auto" : "");
	if (value < setting->min || value > setting->max)
		return out_of_range(setting->min, setting->max, &none, err);
	*(unsigned *)field = (unsigned)value;
	return 0;
}

static int parse_choice(const struct setting *setting, const char *text,
			void *field, struct err *err)
{
	g_auto(GStrv) words = g_strsplit(setting->value, "|", -1);
	for (unsigned i = 0; words[i]; i++)
		if (strcmp(words[i], text) == 0) {
			*(unsigned *)field = i;
			return 0;
		}
	return err_set(err, ERR_INVALID, "is not one of %s", setting->value);
}

static int parse_bool(const char *text, void *field, struct err *err)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true}, {"false", false}, {"yes", true},
		     {"no", false},  {"on", true},     {"off", false},
		     {"1", true},    {"0", false}};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_ascii_strcasecmp(words[i].word, text) == 0) {
			*(bool *)field = words[i].value;
			return 0;
		}
	return err_set(err, ERR_INVALID, "is not true or false");
}

int setting_parse(const struct setting *setting, const char *text,
		  struct settings *out, struct err *err)
{
	void *field = (char *)out + setting->field;
	switch (setting->kind) {
	case SETTING_TEXT:
		if (setting->check && setting->check(text, err) < 0)
			return -1;
		*(const char **)field = text;
		return 0;
	case SETTING_SIZE:
		return parse_size(setting, text, field, err);
	case SETTING_COUNT:
		return parse_count(setting, text, field, err);
	case SETTING_DURATION:
		return parse_duration(setting, text, field, err);
	case SETTING_CHOICE:
		return parse_choice(setting, text, field, err);
	case SETTING_BOOL:
		return parse_bool(text, field, err);
	}
	g_assert_not_reached();
}

/* How many letters to add, drop or change from a to b (Levenshtein). */
static unsigned edits(const char *a, const char *b)
{
	unsigned row[NEAR_WORD_MAX + 1];
	size_t n = strlen(b);
	if (strlen(a) > NEAR_WORD_MAX || n > NEAR_WORD_MAX)
		return NEAR_WORD_MAX;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 0; a[i]; i++) {
		unsigned diagonal = row[0];
		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			unsigned change = diagonal + (a[i] != b[j]);
			diagonal = row[j + 1];
			row[j + 1] = MIN(change, MIN(row[j], diagonal) + 1);
		}
	}
	return row[n];
}

/* Keeps the nearer of *best and word. */
static void consider(const char *name, const char *word, const char **best,
		     unsigned *distance)
{
	unsigned d = edits(name, word);
	if (d < *distance) {
		*distance = d;
		*best = word;
	}
}

const char *setting_nearest(const char *name, enum settings_scope scope,
			    const GOptionEntry *extra)
{
	const char *best = NULL;
	unsigned distance = (unsigned)strlen(name) / 3 + 1;
	for (size_t i = 0; i < setting_count; i++)
		if (setting_in_scope(&setting_table[i], scope))
			consider(name, setting_table[i].name, &best, &distance);
	for (; extra && extra->long_name; extra++)
		consider(name, extra->long_name, &best, &distance);
	return best;
}
