/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The --help of a command, from its rows.
 */
#include "cli/command.h"
#include "server/settings/help.h"

#include <string.h>

#define USAGE_INDENT "           "

/* "[--label TEXT]", "--kind secret|public", "[--origin URL]..." */
static char *option_usage(const struct option *option, bool must)
{
	return g_strconcat(must ? "--" : "[--", option->name,
			   option->value ? " " : "",
			   option->value ? option->value : "", must ? "" : "]",
			   option->kind == OPTION_TEXTS ? "..." : "", NULL);
}

/* A newline and an indentation go before what does not fit in the line. */
static void put_part(GString *out, size_t *line, const char *part)
{
	if (out->len - *line + 1 + strlen(part) > HELP_WIDTH) {
		g_string_append(out, "\n" USAGE_INDENT);
		*line = out->len - strlen(USAGE_INDENT);
	} else {
		g_string_append_c(out, ' ');
	}
	g_string_append(out, part);
}

void help_usage(GString *out, const struct command *command,
		const struct action *action)
{
	/* "usage: " or as many blanks stand before it */
	size_t line = out->len - MIN(out->len, strlen("usage: "));
	g_string_append_printf(out, "stowage %s", command->name);
	if (*action->word)
		put_part(out, &line, action->word);
	if (*action->operand)
		put_part(out, &line, action->operand);
	g_auto(GStrv) taken = g_strsplit(action->options, " ", -1);
	for (char **name = taken; *name; name++) {
		size_t n = strcspn(*name, "!");
		for (size_t i = 0; i < command->n_options; i++) {
			const struct option *option = &command->options[i];
			if (strncmp(option->name, *name, n) != 0 ||
			    option->name[n])
				continue;
			g_autofree char *part =
				option_usage(option, (*name)[n] == '!');
			put_part(out, &line, part);
		}
	}
	if (command->scope)
		put_part(out, &line, "[SETTING]...");
}

static void put_actions(GString *out, const struct command *command)
{
	if (*command->actions[0].word == '\0')
		return;
	g_string_append_c(out, '\n');
	for (size_t i = 0; i < command->n_actions; i++) {
		const struct action *action = &command->actions[i];
		g_autofree char *left =
			g_strconcat(action->word, *action->operand ? " " : "",
				    action->operand, NULL);
		help_put_row(out, left, action->help);
	}
}

static void put_options(GString *out, const struct command *command)
{
	if (command->n_options)
		g_string_append(out, "\nOptions\n");
	for (size_t i = 0; i < command->n_options; i++) {
		const struct option *option = &command->options[i];
		g_autofree char *left = g_strconcat("--", option->name,
						    option->value ? " " : "",
						    option->value, NULL);
		help_put_row(out, left, option->help);
	}
}

void help_command_alone(GString *out, const struct command *command)
{
	for (size_t i = 0; i < command->n_actions; i++) {
		g_string_append(out, i ? "       " : "usage: ");
		help_usage(out, command, &command->actions[i]);
		g_string_append_c(out, '\n');
	}
	if (*command->about)
		g_string_append_printf(out, "\n%s", command->about);
	put_actions(out, command);
	put_options(out, command);
}

void help_command(GString *out, const struct command *command)
{
	help_command_alone(out, command);
	if (command->scope)
		settings_help(out, command->scope);
}
