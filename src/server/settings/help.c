/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The help text, from the table.
 */
#include "server/settings/help.h"
#include "server/settings/table.h"

#define HELP_COLUMN 30

const char *setting_value_word(const struct setting *setting)
{
	static const char *const by_kind[] = {
		[SETTING_TEXT] = "TEXT",     [SETTING_SIZE] = "SIZE",
		[SETTING_COUNT] = "N",       [SETTING_DURATION] = "TIME",
		[SETTING_CHOICE] = "CHOICE", [SETTING_BOOL] = "",
	};
	return setting->value ? setting->value : by_kind[setting->kind];
}

/* Wraps at blanks; *column is where the line stands. */
static void put_words(GString *out, const char *text, size_t *column)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	for (char **word = words; *word; word++) {
		size_t n = strlen(*word);
		if (*column > HELP_COLUMN && *column + 1 + n > HELP_WIDTH) {
			g_string_append_printf(out, "\n%*s", HELP_COLUMN, "");
			*column = HELP_COLUMN;
		} else if (*column > HELP_COLUMN) {
			g_string_append_c(out, ' ');
			(*column)++;
		}
		g_string_append(out, *word);
		*column += n;
	}
}

void help_put_row(GString *out, const char *left, const char *text)
{
	size_t start = out->len;
	g_string_append_printf(out, "  %s", left);
	size_t column = out->len - start;
	if (column + 2 > HELP_COLUMN) {
		g_string_append_c(out, '\n');
		column = 0;
	}
	g_string_append_printf(out, "%*s", (int)(HELP_COLUMN - column), "");
	column = HELP_COLUMN;
	put_words(out, text, &column);
	g_string_append_c(out, '\n');
}

static void put_setting(GString *out, const struct setting *setting)
{
	const char *value = setting_value_word(setting);
	bool fallback = *setting->fallback && setting->kind != SETTING_BOOL;
	g_autofree char *left = g_strconcat("--", setting->name,
					    *value ? " " : "", value, NULL);
	g_autofree char *text = g_strconcat(setting->help, fallback ? " [" : "",
					    fallback ? setting->fallback : "",
					    fallback ? "]" : "", NULL);
	help_put_row(out, left, text);
}

void settings_help(GString *out, enum settings_scope scope)
{
	const char *heading = NULL;
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *setting = &setting_table[i];
		if (setting->heading)
			heading = setting->heading;
		if (!setting_in_scope(setting, scope))
			continue;
		if (heading)
			g_string_append_printf(out, "\n%s\n", heading);
		heading = NULL;
		put_setting(out, setting);
	}
	g_string_append(
		out,
		"\nEach setting can also come from the environment "
		"(--public-url"
		" is\nSTOWAGE_PUBLIC_URL; STOWAGE_PUBLIC_URL_FILE names a file "
		"that holds the value)\nor from the --config file (public-url "
		"= "
		"...). Flags beat the environment, which\nbeats the file. "
		"Sizes "
		"take k, M, G (powers of 1024), times ms, s, m, h.\n");
}
