/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where settings come from: flags, environment, file, default, in this order.
 * Each row of the table finds its text here; value.c makes a value of it.
 */
#include "server/settings/settings.h"
#include "base/digest.h"
#include "server/settings/table.h"

#define ENV_PREFIX "STOWAGE_"
#define FILE_SUFFIX "_FILE"
#define FILE_GROUP "settings"
#define VALUE_FILE_MAX (64u * 1024)

/* All that one run of settings_load() reads from. */
struct sources {
	enum settings_scope scope;
	char **flags; /* one a row, NULL: not given */
	char **env;
	const char *file_name; /* NULL: none */
	GKeyFile *file;
};

/* "public-url" to "STOWAGE_PUBLIC_URL" and suffix */
static char *env_name(const char *name, const char *suffix)
{
	g_autofree char *upper = g_ascii_strup(name, -1);
	return g_strdelimit(g_strconcat(ENV_PREFIX, upper, suffix, NULL), "-",
			    '_');
}

static ptrdiff_t row_of(const char *name)
{
	for (size_t i = 0; i < setting_count; i++)
		if (strcmp(setting_table[i].name, name) == 0)
			return (ptrdiff_t)i;
	return -1;
}

static const char *did_you_mean(char out[64], const char *near)
{
	out[0] = '\0';
	if (near)
		g_snprintf(out, 64, "; did you mean %s?", near);
	return out;
}

/* GOption's callback for every flag: keeps the text. */
static gboolean keep_flag(const char *flag, const char *value, gpointer data,
			  GError **error)
{
	struct sources *sources = data;
	ptrdiff_t row = row_of(flag + strlen("--"));
	(void)error;
	g_assert(row >= 0);
	g_free(sources->flags[row]);
	sources->flags[row] = g_strdup(value ? value : "true");
	return TRUE;
}

static GOptionContext *flag_parser(struct sources *sources,
				   const GOptionEntry *extra)
{
	g_autofree GOptionEntry *entries =
		g_new0(GOptionEntry, setting_count + 1);
	size_t n = 0;
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];
		if (!setting_in_scope(row, sources->scope))
			continue;
		/* FILENAME: bytes as they are, whatever the locale */
		int flags = row->kind == SETTING_BOOL
				    ? G_OPTION_FLAG_OPTIONAL_ARG
				    : G_OPTION_FLAG_FILENAME;
		entries[n++] = (GOptionEntry){
			.long_name = row->name,
			.flags = flags,
			.arg = G_OPTION_ARG_CALLBACK,
			.arg_data = (gpointer)keep_flag,
		};
	}
	GOptionContext *context = g_option_context_new(NULL);
	GOptionGroup *group = g_option_group_new("", "", "", sources, NULL);
	g_option_group_add_entries(group, entries);
	g_option_context_set_main_group(context, group);
	if (extra)
		g_option_context_add_main_entries(context, extra, NULL);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_set_ignore_unknown_options(context, TRUE);
	return context;
}

/* What the parser has left: words for *rest, or unknown flags. */
static int check_rest(char **words, const struct sources *sources,
		      const GOptionEntry *extra, char ***rest, struct err *err)
{
	char hint[64];
	for (char **word = words; *word; word++) {
		if (strcmp(*word, "--") == 0)
			break;
		if ((*word)[0] != '-' || (*word)[1] == '\0')
			continue;
		/* a value may be a secret behind a mistyped name */
		g_autofree char *flag = g_strndup(*word, strcspn(*word, "="));
		const char *near = setting_nearest(flag + strspn(flag, "-"),
						   sources->scope, extra);
		g_autofree char *dashed =
			near ? g_strconcat("--", near, NULL) : NULL;
		return err_set(err, ERR_INVALID, "unknown flag %.60s%s", flag,
			       did_you_mean(hint, dashed));
	}
	if (rest == NULL && *words)
		return err_set(err, ERR_INVALID,
			       "\"%.80s\" is one argument too many", *words);
	if (rest)
		*rest = g_strdupv(words);
	return 0;
}

static int read_flags(struct sources *sources, const struct settings_input *in,
		      char ***rest, struct err *err)
{
	g_autoptr(GOptionContext) context = flag_parser(sources, in->extra);
	g_autoptr(GError) error = NULL;
	guint n = g_strv_length(in->args);
	char **argv = g_new0(char *, n + 2);
	argv[0] = g_strdup("stowage");
	for (guint i = 0; i < n; i++)
		argv[i + 1] = g_strdup(in->args[i]);
	int result = 0;
	if (!g_option_context_parse_strv(context, &argv, &error))
		result = err_set(err, ERR_INVALID, "%s", error->message);
	else
		result = check_rest(argv + 1, sources, in->extra, rest, err);
	g_strfreev(argv);
	return result;
}

/* Keys of the file must be settings, and not what only makes sense outside. */
static int check_keys(const struct sources *sources, struct err *err)
{
	gsize n_groups;
	char hint[64];
	g_auto(GStrv) groups = g_key_file_get_groups(sources->file, &n_groups);
	if (n_groups != 1)
		return err_set(err, ERR_INVALID,
			       "%s: has a [%.60s] line; settings are in no "
			       "group",
			       sources->file_name, groups[1]);
	g_auto(GStrv) keys =
		g_key_file_get_keys(sources->file, FILE_GROUP, NULL, NULL);
	for (char **key = keys; *key; key++) {
		if (strcmp(*key, "config") == 0)
			return err_set(err, ERR_INVALID,
				       "%s: config cannot be set in the file",
				       sources->file_name);
		if (row_of(*key) < 0)
			return err_set(
				err, ERR_INVALID, "%s: unknown setting %.60s%s",
				sources->file_name, *key,
				did_you_mean(hint,
					     setting_nearest(*key,
							     SETTINGS_SERVER,
							     NULL)));
	}
	return 0;
}

/* The first line that is no comment, no group and has no '='. */
static int bad_line(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (int i = 0; lines[i]; i++) {
		const char *line = g_strstrip(lines[i]);
		if (*line && *line != '#' && *line != '[' &&
		    (*line == '=' || strchr(line, '=') == NULL))
			return i + 1;
	}
	return 0;
}

static int read_config(struct sources *sources, struct err *err)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	gsize n;
	if (!g_file_get_contents(sources->file_name, &text, &n, &error))
		return err_set(err, ERR_INVALID, "--config: %s",
			       error->message);
	g_autofree char *grouped =
		g_strconcat("[" FILE_GROUP "]\n", text, NULL);
	/* GLib's message would show the line, which may hold a secret */
	if (!g_key_file_load_from_data(sources->file, grouped, (gsize)-1,
				       G_KEY_FILE_NONE, NULL))
		return err_set(err, ERR_INVALID,
			       "%s: line %d is not `name = value`",
			       sources->file_name, bad_line(text));
	return check_keys(sources, err);
}

/* The text a STOWAGE_X_FILE variable points to. */
static int read_value_file(const char *variable, const char *path, char **out,
			   struct err *err)
{
	g_autoptr(GError) error = NULL;
	gsize n;
	if (!g_file_get_contents(path, out, &n, &error))
		return err_set(err, ERR_INVALID, "%s: %s", variable,
			       error->message);
	if (n > VALUE_FILE_MAX || strlen(*out) != n)
		return err_set(err, ERR_INVALID,
			       "%s: \"%.80s\" is not a text file with a value",
			       variable, path);
	if (n && (*out)[n - 1] == '\n')
		(*out)[n - 1] = '\0';
	return 0;
}

/* 1 set in the environment, 0 not, -1 failed. *where names the variable. */
static int find_in_env(const struct setting *row, const struct sources *sources,
		       char **out, char **where, struct err *err)
{
	g_autofree char *name = env_name(row->name, "");
	g_autofree char *file_name = env_name(row->name, FILE_SUFFIX);
	const char *value = g_environ_getenv(sources->env, name);
	const char *file = g_environ_getenv(sources->env, file_name);
	bool has_value = value && *value, has_file = file && *file;
	if (has_value && has_file)
		return err_set(err, ERR_INVALID,
			       "%s and %s are both set; one of them is enough",
			       name, file_name);
	if (!has_value && !has_file)
		return 0;
	*where = g_strdup(has_file ? file_name : name);
	if (has_file)
		return read_value_file(file_name, file, out, err) < 0 ? -1 : 1;
	*out = g_strdup(value);
	return 1;
}

static char *find_in_file(const struct setting *row,
			  const struct sources *sources)
{
	if (sources->file_name == NULL)
		return NULL;
	char *value = g_key_file_get_value(sources->file, FILE_GROUP, row->name,
					   NULL);
	return value ? g_strstrip(value) : NULL;
}

/* The text of one row and what to call the place it is from. */
static int find_text(size_t i, const struct sources *sources, char **out,
		     char **where, struct err *err)
{
	const struct setting *row = &setting_table[i];
	if (sources->flags[i]) {
		*out = g_strdup(sources->flags[i]);
		*where = g_strconcat("--", row->name, NULL);
		return 0;
	}
	int found = find_in_env(row, sources, out, where, err);
	if (found)
		return found < 0 ? -1 : 0;
	*out = find_in_file(row, sources);
	if (*out) {
		*where = g_strconcat(sources->file_name, ": ", row->name, NULL);
		return 0;
	}
	*out = g_strdup(row->fallback);
	*where = g_strconcat("--", row->name, NULL);
	return 0;
}

static int take_row(size_t i, const struct sources *sources,
		    struct settings *out, struct err *err)
{
	const struct setting *row = &setting_table[i];
	g_autofree char *where = NULL;
	struct err why;
	if (find_text(i, sources, &out->text[i], &where, err) < 0)
		return -1;
	if (setting_parse(row, out->text[i], out, &why) == 0)
		return 0;
	if (row->flags & SETTING_SECRET)
		return err_set(err, ERR_INVALID, "%s: what it is set to %s",
			       where, why.text);
	return err_set(err, ERR_INVALID, "%s: \"%.80s\" %s", where,
		       out->text[i], why.text);
}

/* Variables that look like settings and are none. */
static char **find_unknown(char **env)
{
	g_autoptr(GStrvBuilder) warnings = g_strv_builder_new();
	for (; env && *env; env++) {
		if (!g_str_has_prefix(*env, ENV_PREFIX))
			continue;
		g_autofree char *variable = g_strndup(*env, strcspn(*env, "="));
		g_autofree char *name = g_strdelimit(
			g_ascii_strdown(variable + strlen(ENV_PREFIX), -1), "_",
			'-');
		if (row_of(name) >= 0)
			continue;
		if (g_str_has_suffix(name, "-file")) {
			name[strlen(name) - strlen("-file")] = '\0';
			if (row_of(name) >= 0)
				continue;
		}
		g_autofree char *warning = g_strdup_printf(
			"environment: %s is no setting", variable);
		g_strv_builder_add(warnings, warning);
	}
	return g_strv_builder_end(warnings);
}

static int take_rows(struct sources *sources, struct settings *out,
		     struct err *err)
{
	/* first: the others may come from the file it names */
	size_t config = (size_t)row_of("config");
	if (sources->scope == SETTINGS_NONE)
		return 0;
	if (take_row(config, sources, out, err) < 0)
		return -1;
	if (*out->config) {
		sources->file_name = out->config;
		if (read_config(sources, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < setting_count; i++)
		if (i != config &&
		    setting_in_scope(&setting_table[i], sources->scope) &&
		    take_row(i, sources, out, err) < 0)
			return -1;
	return 0;
}

static int check_pairs(const struct settings *settings, struct err *err)
{
	if (settings->scope != SETTINGS_SERVER)
		return 0;
	if (settings->jigsawstack_upstream_files == UPSTREAM_FILES_URL &&
	    *settings->public_url == '\0')
		return err_set(err, ERR_INVALID,
			       "--jigsawstack-upstream-files: \"url\" needs "
			       "--public-url, which the links begin with");
	bool cert = *settings->tls_cert, key = *settings->tls_key;
	if (cert == key)
		return 0;
	return err_set(err, ERR_INVALID,
		       "--tls-%s is set and --tls-%s is not; TLS needs both",
		       cert ? "cert" : "key", cert ? "key" : "cert");
}

static void free_texts(char **texts)
{
	if (texts == NULL)
		return;
	for (size_t i = 0; i < setting_count; i++) {
		if (texts[i] && (setting_table[i].flags & SETTING_SECRET))
			secret_wipe(texts[i], strlen(texts[i]));
		g_free(texts[i]);
	}
	g_free(texts);
}

int settings_load(struct settings *out, const struct settings_input *in,
		  char ***rest, struct err *err)
{
	struct sources sources = {
		.scope = in->scope,
		.flags = g_new0(char *, setting_count),
		.env = in->env,
		.file = g_key_file_new(),
	};
	*out = (struct settings){
		.text = g_new0(char *, setting_count),
		.warnings = find_unknown(in->env),
		.args = g_strdupv(in->args),
		.env = g_strdupv(in->env),
		.scope = in->scope,
	};
	if (rest)
		*rest = NULL;
	int result = read_flags(&sources, in, rest, err);
	if (result == 0)
		result = take_rows(&sources, out, err);
	if (result == 0)
		result = check_pairs(out, err);
	free_texts(sources.flags);
	g_key_file_free(sources.file);
	if (result < 0) {
		settings_release(out);
		if (rest)
			g_clear_pointer(rest, g_strfreev);
	}
	return result;
}

void settings_release(struct settings *settings)
{
	free_texts(settings->text);
	g_strfreev(settings->warnings);
	g_strfreev(settings->args);
	g_strfreev(settings->env);
	*settings = (struct settings){0};
}

int settings_reload(struct settings *settings, void (*changed)(const char *),
		    struct err *err)
{
	struct settings fresh;
	const struct settings_input in = {
		.scope = settings->scope,
		.args = settings->args,
		.env = settings->env,
	};
	if (settings_load(&fresh, &in, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *row = &setting_table[i];
		if (g_strcmp0(settings->text[i], fresh.text[i]) == 0)
			continue;
		if (!(row->flags & SETTING_RUNTIME)) {
			changed(row->name);
			continue;
		}
		char *old = settings->text[i];
		settings->text[i] = fresh.text[i];
		fresh.text[i] = old;
		if (setting_parse(row, settings->text[i], settings, err) < 0)
			g_assert_not_reached(); /* it was parsed just now */
	}
	settings_release(&fresh);
	return 0;
}
