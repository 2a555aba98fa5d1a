/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints a page of the reference, made from the tables that the program runs
 * on. Development only; scripts/reference writes all pages.
 *
 * usage: reference commands|settings|metrics|routes|imagekit-transformations|
 *        filestack-tasks|stowage.1|stowage.conf.5|stowage.conf
 */
#include "api/dialect.h"
#include "api/filestack/cdn/grammar/tasks.h"
#include "api/imagekit/delivery/grammar/parameters.h"
#include "base/metrics.h"
#include "base/version.h"
#include "cli/command.h"
#include "server/settings/table.h"

#include <stdio.h>

#define MADE "<!-- Made by `make reference` from the program's tables. -->\n\n"

/* In a cell of a Markdown table a bar ends the cell. */
static void cell(const char *text)
{
	for (; *text; text++)
		fputs(*text == '|'    ? "\\|"
		      : *text == '\n' ? " "
				      : (char[]){*text, '\0'},
		      stdout);
}

static const char *fallback_of(const struct setting *setting)
{
	bool none = setting->kind == SETTING_BOOL || !*setting->fallback;
	return none ? "" : setting->fallback;
}

/* Markdown */

static void print_settings(void)
{
	puts("# Settings\n\n" MADE
	     "Each has one name in three spellings: the flag `--public-url`, "
	     "the environment\nvariable `STOWAGE_PUBLIC_URL` (or "
	     "`STOWAGE_PUBLIC_URL_FILE`, which names a file that\nholds the "
	     "value), and the key `public-url` in the file that `--config` "
	     "names. Flags beat\nthe environment, the environment beats the "
	     "file. Sizes take k, M and G (powers of 1024),\ntimes ms, s, m "
	     "and h.");
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];
		if (row->heading)
			printf("\n## %s\n\n| setting | default | |\n|---|---|"
			       "---|\n",
			       row->heading);
		fputs("| `--", stdout);
		cell(row->name);
		fputs(*setting_value_word(row) ? " " : "", stdout);
		cell(setting_value_word(row));
		fputs("` | ", stdout);
		if (*fallback_of(row))
			printf("`%s`", fallback_of(row));
		fputs(" | ", stdout);
		cell(row->help);
		if (row->flags & SETTING_RUNTIME)
			fputs(". SIGHUP takes a change over", stdout);
		puts(" |");
	}
}

static void print_commands(void)
{
	puts("# Commands\n\n" MADE "Exit status: 0 done, 1 failed, 2 wrong "
	     "usage. Each takes the settings of\n[settings.md](settings.md) "
	     "that concern it, `--data` above all.");
	for (const struct command *const *row = commands; *row; row++) {
		g_autoptr(GString) help = g_string_new(NULL);
		help_command_alone(help, *row);
		printf("\n## stowage %s\n\n%s%s.\n\n```\n%s```\n", (*row)->name,
		       (char[]){g_ascii_toupper((*row)->summary[0]), '\0'},
		       (*row)->summary + 1, help->str);
	}
}

static void print_metrics(void)
{
	static const struct {
		const char *name, *kind, *help;
	} rows[] = {
#define X(id, kind, name, help) {name, #kind, help},
		METRICS(X)
#undef X
	};
	puts("# Metrics\n\n" MADE "`GET /metrics` answers these as Prometheus "
	     "text, and `http_request_duration_seconds`, a\nhistogram of the "
	     "time from a request's head to the end of its answer.\n\n"
	     "| metric | kind | |\n|---|---|---|");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *kind = g_ascii_strdown(rows[i].kind, -1);
		printf("| `%s` | %s | %s |\n", rows[i].name, kind,
		       rows[i].help);
	}
}

static void print_methods(unsigned methods)
{
	static const struct {
		unsigned method;
		const char *name;
	} rows[] = {
#define X(name) {METHOD_##name, #name},
		HTTP_METHODS(X)
#undef X
	};
	const char *before = "";
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (!(methods & rows[i].method))
			continue;
		printf("%s`%s`", before, rows[i].name);
		before = " ";
	}
}

static void print_routes(void)
{
	static const struct {
		const char *title;
		const struct dialect *dialect;
	} rows[] = {
		{"ImageKit", &imagekit_dialect},
		{"Filestack", &filestack_dialect},
		{"StashFyle", &stashfyle_dialect},
		{"JigsawStack", &jigsawstack_dialect},
	};
	puts("# Routes\n\n" MADE
	     "What each API answers, in the order in which it looks. `{}` is "
	     "one segment, `{*}` all that\nfollows, `{account}` the name of an "
	     "account. GET includes HEAD; a slash at the end changes\nnothing "
	     "but for deliveries of files. [How a request finds its API]"
	     "(../dialects/README.md#how-a-request-finds-its-dialect).");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct dialect *dialect = rows[i].dialect;
		printf("\n## %s\n\n| method | path | |\n|---|---|---|\n",
		       rows[i].title);
		for (size_t j = 0; j < dialect->n_routes; j++) {
			const struct route *route = &dialect->routes[j];
			fputs("| ", stdout);
			print_methods(route->methods);
			printf(" | `%s` | %s |\n", route->pattern,
			       route->summary);
		}
	}
}

static void print_transformations(void)
{
	static const struct {
		enum tr_group group;
		const char *title, *about;
	} groups[] = {
		{TR_STEP, "Of a step",
		 "They count together, in whatever order they stand, and also "
		 "in image layers."},
		{TR_OUTPUT, "Of the answer",
		 "They count wherever they stand outside of layers, the last "
		 "of each."},
		{TR_FILE, "Of the file",
		 "Which file and what of it, wherever they stand."},
		{TR_LAYER, "Of layers",
		 "Between `l-image` or `l-text` and "
		 "`l-end`."},
		{TR_OLD, "Overlays before layers",
		 "One block, one image and one text a step."},
		{TR_VIDEO, "Of videos", "Ignored."},
		{TR_MODEL, "What takes a model",
		 "Refused with a 501, as is `bg-genfill`."},
	};
	puts("# ImageKit's transformations\n\n" MADE
	     "What `tr:` and `tr=` take: steps that follow each other, joined "
	     "by `:`, of parameters\nthat are joined by `,`. In the values: N "
	     "a number, NN one that an N in front turns\nbelow zero, E a "
	     "number "
	     "or arithmetic, C a colour (RRGGBB, RRGGBBAA with AA in percent,\n"
	     "or a name of CSS), \"on\" also without a value. How they work "
	     "together is in\n[the dialect's page](../dialects/imagekit.md#"
	     "transformations).");
	for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
		printf("\n## %s\n\n%s\n\n| key | values | default | |\n"
		       "|---|---|---|---|\n",
		       groups[i].title, groups[i].about);
		for (size_t j = 0; j < TR_PARAMETER_COUNT; j++) {
			const struct tr_parameter_info *row = &tr_parameters[j];
			if (row->group != groups[i].group)
				continue;
			printf("| `%s`%s%s%s | ", row->key,
			       *row->alias ? ", `" : "", row->alias,
			       *row->alias ? "`" : "");
			cell(row->values);
			printf(" | %s | ", row->fallback);
			cell(row->help);
			puts(" |");
		}
	}
}

/* "x y" as "`x`, `y`" */
static void print_words(const char *before, const char *words)
{
	g_auto(GStrv) each = g_strsplit(words, " ", -1);
	for (size_t i = 0; each[i] && *words; i++)
		printf("%s`%s`", i ? ", " : before, each[i]);
}

static void print_values(const struct cdn_param_info *row)
{
	static const char *const types[] = {
		[CDN_NUMBER] = "number",
		[CDN_WHOLE] = "whole number",
		[CDN_ANGLE] = "degrees",
		[CDN_FLAG] = "`true`, `false`, on",
		[CDN_WORD] = "",
		[CDN_COLOR] = "colour",
		[CDN_PLACE] = "place: ",
		[CDN_TEXT] = "text",
		[CDN_TEXTS] = "list of texts",
		[CDN_NUMBERS] = "list: ",
		[CDN_REGIONS] = "list of lists: ",
	};
	bool has_range = row->least < row->most && row->type != CDN_FLAG &&
			 row->type != CDN_ANGLE;
	printf("| %s", types[row->type]);
	if (has_range)
		printf("%s%.0f to %.0f",
		       g_str_has_suffix(types[row->type], " ") ? "" : ", ",
		       row->least, row->most);
	print_words(has_range || row->type == CDN_ANGLE ? ", " : "",
		    row->words);
	fputs(" | ", stdout);
	print_words("", row->fallback);
	fputs(" | ", stdout);
	cell(row->help);
	puts(" |");
}

static void print_task(const struct cdn_task_info *task)
{
	printf("| **`%s`**", task->name);
	print_words(", ", task->aliases);
	fputs(" | | | ", stdout);
	cell(task->help);
	puts(" |");
	for (unsigned i = 0; i < task->n_params; i++) {
		printf("| `%s`", task->params[i].name);
		print_words(", ", task->params[i].aliases);
		putchar(' ');
		print_values(&task->params[i]);
	}
}

static void print_tasks(void)
{
	static const struct {
		enum cdn_group group;
		const char *title, *about;
	} groups[] = {
		{CDN_SHAPE, "Shape",
		 "They run from left to right, as do those of the next three "
		 "sections."},
		{CDN_EFFECT, "Effects", "Of the pixels where they are."},
		{CDN_FRAME, "Frames", "Edges, and what is around."},
		{CDN_SEVERAL, "Several files",
		 "Each is one that the request must be allowed to read."},
		{CDN_OUTPUT, "Output",
		 "They count wherever they stand; of what is said twice the "
		 "last does."},
		{CDN_JSON, "Other answers", "Wherever they stand."},
		{CDN_CONTROL, "Of the request", "Wherever they stand."},
	};
	puts("# Filestack's tasks\n\n" MADE
	     "What stands between the key and the source of a processing URL, "
	     "`/resize=width:300/HANDLE`.\nNames, aliases and words in any "
	     "case, parameters in any order. A number that is too large\nis as "
	     "large as it can be; \"accepted\" says that a value changes "
	     "nothing. A colour is RGB,\nRRGGBB, RRGGBBAA, a name of CSS, "
	     "`none`, or `gray0` to `gray100`; a place is one word, or\n"
	     "`[vertical,horizontal]`. [The rules and their reasons]"
	     "(../decisions/0034-reading-tasks.md).");
	for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
		printf("\n## %s\n\n%s\n\n| task, parameter | values | "
		       "default | |\n|---|---|---|---|\n",
		       groups[i].title, groups[i].about);
		for (size_t j = 0; j < CDN_TASK_COUNT; j++)
			if (cdn_tasks[j].group == groups[i].group)
				print_task(&cdn_tasks[j]);
	}
	puts("\n## Not offered\n\nRefused with a 501 by name, never answered "
	     "with the untouched picture.\n\n| task | |\n|---|---|");
	for (size_t j = 0; j < CDN_TASK_COUNT; j++)
		if (cdn_tasks[j].group == CDN_REFUSED)
			printf("| `%s` | %s |\n", cdn_tasks[j].name,
			       cdn_tasks[j].help);
}

/* roff */

/* A dash stays one, a backslash is not a command, nor a dot at the start. */
static void roff(const char *text)
{
	bool start = true;
	for (; *text; text++) {
		if (start && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		if (*text == '-' || *text == '\\')
			putchar('\\');
		putchar(*text);
		if (*text == '\\')
			putchar('e');
		start = *text == '\n';
	}
}

static void roff_line(const char *macro, const char *text)
{
	fputs(macro, stdout);
	putchar(' ');
	roff(text);
	putchar('\n');
}

static void man_settings(unsigned scope)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];
		if (!setting_in_scope(row, scope))
			continue;
		g_autofree char *name = g_strconcat(
			row->name, *setting_value_word(row) ? " = " : "",
			setting_value_word(row), NULL);
		if (row->heading)
			roff_line(".SS", row->heading);
		puts(".TP");
		roff_line(".B", name);
		roff(row->help);
		putchar('.');
		if (*fallback_of(row)) {
			fputs(" Default: ", stdout);
			roff(fallback_of(row));
			putchar('.');
		}
		putchar('\n');
	}
}

static void man_command(const struct command *command)
{
	g_autofree char *name = g_strconcat("stowage ", command->name, NULL);
	roff_line(".SS", name);
	printf("%c", g_ascii_toupper(command->summary[0]));
	roff(command->summary + 1);
	puts(".");
	roff(command->about);
	for (size_t i = 0; i < command->n_actions; i++) {
		const struct action *action = &command->actions[i];
		g_autoptr(GString) usage = g_string_new(NULL);
		help_usage(usage, command, action);
		puts(".TP");
		/* roff breaks lines itself */
		g_strdelimit(usage->str, "\n", ' ');
		roff_line(".B", usage->str);
		if (*action->help) {
			roff(action->help);
			puts(".");
		}
	}
	for (size_t i = 0; i < command->n_options; i++) {
		const struct option *option = &command->options[i];
		g_autofree char *flag = g_strconcat("--", option->name,
						    option->value ? " " : "",
						    option->value, NULL);
		puts(".TP");
		roff_line(".B", flag);
		roff(option->help);
		puts(".");
	}
}

static void print_manual(void)
{
	puts(".\\\" Made by `make reference` from the program's tables.\n"
	     ".TH STOWAGE 1 \"\" \"stowage " STOWAGE_VERSION "\"\n"
	     ".SH NAME\n"
	     "stowage \\- one server for the upload APIs of ImageKit, "
	     "Filestack, StashFyle and JigsawStack\n"
	     ".SH SYNOPSIS\n"
	     ".B stowage serve\n.RI [ SETTING ]...\n.br\n"
	     ".B stowage\n.I COMMAND\n.RI [ ARGUMENT ]...\n"
	     ".SH DESCRIPTION\n"
	     "Takes files in over the wire formats of four hosted services and "
	     "hands them out again, so that programs written for those work "
	     "by changing a base URL. Settings are in\n"
	     ".BR stowage.conf (5).\n"
	     ".SH COMMANDS");
	for (const struct command *const *row = commands; *row; row++)
		man_command(*row);
	puts(".SH EXIT STATUS\n0 done, 1 failed, 2 wrong usage.\n"
	     ".SH SIGNALS\n"
	     "SIGTERM and SIGINT end the server when requests in flight are "
	     "done, a second one at once. SIGHUP makes it read its settings "
	     "and certificate again, SIGUSR1 log what it is doing.\n"
	     ".SH SEE ALSO\n.BR stowage.conf (5)");
}

static void print_config_manual(void)
{
	puts(".\\\" Made by `make reference` from the program's tables.\n"
	     ".TH STOWAGE.CONF 5 \"\" \"stowage " STOWAGE_VERSION "\"\n"
	     ".SH NAME\nstowage.conf \\- settings of stowage\n"
	     ".SH DESCRIPTION\n"
	     "The file that\n.B \\-\\-config\nnames: lines of\n"
	     ".IR \"name = value\" ,\nand comments that begin with #. The same "
	     "names are flags\n(\\fB\\-\\-public\\-url\\fR) and environment "
	     "variables (\\fBSTOWAGE_PUBLIC_URL\\fR, or "
	     "\\fBSTOWAGE_PUBLIC_URL_FILE\\fR for a file that holds the "
	     "value). Flags beat the environment, the environment beats the "
	     "file. Sizes take k, M and G (powers of 1024), times ms, s, m and "
	     "h.\n.SH SETTINGS");
	man_settings(SETTINGS_SERVER);
	puts(".SH SEE ALSO\n.BR stowage (1)");
}

/* A sample file: everything at its default, as comments. */
static void print_sample(void)
{
	puts("# Settings of stowage; stowage serve --config FILE. Every line "
	     "shows the default.\n# Made by `make reference` from the "
	     "program's tables.");
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];
		if (strcmp(row->name, "config") == 0)
			continue;
		if (row->heading ||
		    strcmp(setting_table[i - 1].name, "config") == 0)
			printf("\n## %s\n",
			       row->heading ? row->heading : "Files");
		printf("\n# %s.\n#%s =%s%s\n", row->help, row->name,
		       *row->fallback ? " " : "", row->fallback);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} pages[] = {
		{"commands", print_commands},
		{"settings", print_settings},
		{"metrics", print_metrics},
		{"routes", print_routes},
		{"imagekit-transformations", print_transformations},
		{"filestack-tasks", print_tasks},
		{"stowage.1", print_manual},
		{"stowage.conf.5", print_config_manual},
		{"stowage.conf", print_sample},
	};
	for (size_t i = 0; argc == 2 && i < G_N_ELEMENTS(pages); i++)
		if (strcmp(pages[i].name, argv[1]) == 0) {
			pages[i].print();
			return 0;
		}
	fputs("reference: no page of that name\n", stderr);
	return 2;
}
