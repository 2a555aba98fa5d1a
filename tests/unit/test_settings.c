/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources, precedence, kinds and error sentences of the settings.
 */
#include "server/settings/settings.h"
#include "server/settings/table.h"
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#define WORDS_MAX 6

/* One run over a file of the test's own; "" in `file`: none. */
struct source {
	const char *args[WORDS_MAX];
	const char *env[WORDS_MAX];
	const char *file;
};

static char *temporary(const char *text)
{
	char *path = g_strdup("/tmp/test_settings.XXXXXX");
	int fd = g_mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_true(g_file_set_contents(path, text, -1, NULL));
	return path;
}

static char **copy(const char *const *words)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	for (; *words; words++)
		g_strv_builder_add(builder, *words);
	return g_strv_builder_end(builder);
}

/* *path (to be unlinked) is the --config file when there is one. */
static int load(const struct source *source, struct settings *out, char **path,
		struct err *err)
{
	g_auto(GStrv) args = copy(source->args);
	g_auto(GStrv) env = copy(source->env);
	*path = NULL;
	if (source->file) {
		*path = temporary(source->file);
		env = g_environ_setenv(env, "STOWAGE_CONFIG", *path, TRUE);
	}
	const struct settings_input in = {SETTINGS_SERVER, args, env, NULL};
	return settings_load(out, &in, NULL, err);
}

static void forget(char *path)
{
	if (path)
		unlink(path);
	g_free(path);
}

static void defaults_are_all_valid(void **state)
{
	(void)state;
	struct settings settings = {0};
	struct err err;
	char *none[] = {NULL};
	const struct settings_input in = {SETTINGS_SERVER, none, none, NULL};
	int result = settings_load(&settings, &in, NULL, &err);
	if (result < 0)
		fail_msg("%s", err.text);
	assert_string_equal(settings.listen, "127.0.0.1:8080");
	assert_string_equal(settings.data, "./data");
	assert_string_equal(settings.account, "default");
	assert_string_equal(settings.secret_key, "");
	assert_int_equal(settings.log_level, LOG_INFO);
	assert_int_equal(settings.log_format, LOG_FORMAT_TEXT);
	assert_int_equal(settings.loops, 0);
	assert_int_equal(settings.head_timeout, 10000);
	assert_int_equal(settings.jigsawstack_max_file_size, 104857600);
	assert_int_equal(settings.inline_limit, 65536);
	assert_false(settings.banner);
	settings_release(&settings);
}

static void flag_beats_environment_beats_file_beats_default(void **state)
{
	(void)state;
	static const struct {
		struct source source;
		const char *want;
	} rows[] = {
		{{{NULL}, {NULL}, NULL}, "default"},
		{{{NULL}, {NULL}, "account = of-file\n"}, "of-file"},
		{{{NULL},
		  {"STOWAGE_ACCOUNT=of-env", NULL},
		  "account = of-file\n"},
		 "of-env"},
		{{{"--account", "of-flag", NULL},
		  {"STOWAGE_ACCOUNT=of-env", NULL},
		  "account = of-file\n"},
		 "of-flag"},
		{{{"--account=of-flag", NULL}, {NULL}, NULL}, "of-flag"},
		{{{"--account=a", "--account", "b", NULL}, {NULL}, NULL}, "b"},
		{{{NULL}, {"STOWAGE_ACCOUNT=", NULL}, "account=of-file\n"},
		 "of-file"},
		{{{NULL},
		  {NULL},
		  "# a comment\n\n  account =  spaced  \r\nworkers=3\n"},
		 "spaced"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct settings settings;
		struct err err;
		char *path;
		if (load(&rows[i].source, &settings, &path, &err) < 0)
			fail_msg("row %zu: %s", i, err.text);
		assert_string_equal(settings.account, rows[i].want);
		settings_release(&settings);
		forget(path);
	}
}

static void a_value_file_gives_the_value_without_its_newline(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"sk_live_1", "sk_live_1"},
		{"sk_live_1\n", "sk_live_1"},
		{"sk_live_1\n\n", "sk_live_1\n"},
		{" sk \n", " sk "},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct settings settings;
		struct err err;
		char *none[] = {NULL};
		char *path = temporary(rows[i].text);
		g_auto(GStrv) env = g_environ_setenv(
			NULL, "STOWAGE_SECRET_KEY_FILE", path, TRUE);
		const struct settings_input in = {SETTINGS_SERVER, none, env,
						  NULL};
		if (settings_load(&settings, &in, NULL, &err) < 0)
			fail_msg("row %zu: %s", i, err.text);
		assert_string_equal(settings.secret_key, rows[i].want);
		assert_null(settings.warnings[0]);
		settings_release(&settings);
		forget(path);
	}
}

static void amounts_have_units(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text;
		uint64_t want;
	} rows[] = {
		{"max-file-size", "1", 1},
		{"max-file-size", "64k", 65536},
		{"max-file-size", "64K", 65536},
		{"max-file-size", "100M", 104857600},
		{"max-file-size", "5G", 5368709120},
		{"hot-cache-size", "0", 0},
		{"idle-timeout", "500ms", 500},
		{"idle-timeout", "30s", 30000},
		{"idle-timeout", "5m", 300000},
		{"idle-timeout", "2h", 7200000},
		{"trash-grace", "0", 0},
		{"workers", "7", 7},
		{"loops", "auto", 0},
		{"loops", "3", 3},
		{"log-level", "debug", LOG_DEBUG},
		{"log-format", "json", LOG_FORMAT_JSON},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct settings settings;
		struct err err;
		const struct setting *row = setting_table;
		while (strcmp(row->name, rows[i].name) != 0)
			row++;
		if (setting_parse(row, rows[i].text, &settings, &err) < 0)
			fail_msg("%s %s: %s", rows[i].name, rows[i].text,
				 err.text);
		const char *field = (const char *)&settings + row->field;
		uint64_t got = row->kind == SETTING_SIZE
				       ? *(const uint64_t *)field
				       : *(const unsigned *)field;
		assert_int_equal(got, rows[i].want);
	}
}

static void errors_name_setting_source_and_value(void **state)
{
	(void)state;
	static const struct {
		struct source source;
		const char *want; /* '@' stands for the file's name */
	} rows[] = {
		{{{"--listen", "foo", NULL}, {NULL}, NULL},
		 "--listen: \"foo\" is not HOST:PORT"},
		{{{"--listen=::1:80", NULL}, {NULL}, NULL},
		 "--listen: \"::1:80\" is not HOST:PORT; IPv6 is [HOST]:PORT"},
		{{{"--listen=a:65536", NULL}, {NULL}, NULL},
		 "--listen: \"a:65536\" is not HOST:PORT"},
		{{{NULL}, {"STOWAGE_WORKERS=many", NULL}, NULL},
		 "STOWAGE_WORKERS: \"many\" is not a number"},
		{{{NULL}, {NULL}, "workers = 0\n"},
		 "@: workers: \"0\" is not from 1 to 4096"},
		{{{"--loops=x", NULL}, {NULL}, NULL},
		 "--loops: \"x\" is not a number or auto"},
		{{{"--inline-limit=1M", NULL}, {NULL}, NULL},
		 "--inline-limit: \"1M\" is not from 0 to 256k"},
		{{{"--head-timeout=10", NULL}, {NULL}, NULL},
		 "--head-timeout: \"10\" is not a time such as 500ms, 30s, 5m "
		 "or 1h"},
		{{{"--head-timeout=1ms", NULL}, {NULL}, NULL},
		 "--head-timeout: \"1ms\" is not from 100ms to 1h"},
		{{{"--max-file-size=5X", NULL}, {NULL}, NULL},
		 "--max-file-size: \"5X\" is not a size such as 500, 64k, 100M "
		 "or 5G"},
		{{{"--max-file-size=99999999999G", NULL}, {NULL}, NULL},
		 "--max-file-size: \"99999999999G\" is not a size such as 500, "
		 "64k, 100M or 5G"},
		{{{"--log-level=loud", NULL}, {NULL}, NULL},
		 "--log-level: \"loud\" is not one of error|warn|info|debug"},
		{{{"--banner=maybe", NULL}, {NULL}, NULL},
		 "--banner: \"maybe\" is not true or false"},
		{{{"--public-url=ftp://h", NULL}, {NULL}, NULL},
		 "--public-url: \"ftp://h\" is not "
		 "http(s)://HOST[:PORT][/PATH], and no more than that"},
		{{{"--public-url=https://h/?a", NULL}, {NULL}, NULL},
		 "--public-url: \"https://h/?a\" is not "
		 "http(s)://HOST[:PORT][/PATH], and no more than that"},
		{{{"--vision-url=http:///v1", NULL}, {NULL}, NULL},
		 "--vision-url: \"http:///v1\" is not "
		 "http(s)://HOST[:PORT][/PATH], and no more than that"},
		{{{"--jigsawstack-upstream=http://h:0", NULL}, {NULL}, NULL},
		 "--jigsawstack-upstream: \"http://h:0\" is not "
		 "http(s)://HOST[:PORT][/PATH], and no more than that"},
		{{{"--data=", NULL}, {NULL}, NULL},
		 "--data: \"\" is not a directory name"},
		{{{"--tls-cert=c", NULL}, {NULL}, NULL},
		 "--tls-cert is set and --tls-key is not; TLS needs both"},
		{{{NULL}, {NULL}, "tls-key = k\n"},
		 "--tls-key is set and --tls-cert is not; TLS needs both"},
		{{{"--tls-key=-----BEGIN PRIVATE KEY-----", NULL},
		  {NULL},
		  NULL},
		 "--tls-key: what it is set to is the contents of a PEM file, "
		 "not its name"},
		{{{"--lisen", "a:1", NULL}, {NULL}, NULL},
		 "unknown flag --lisen; did you mean --listen?"},
		{{{"--secret-kye=hush", NULL}, {NULL}, NULL},
		 "unknown flag --secret-kye; did you mean --secret-key?"},
		{{{"--xyzzy", NULL}, {NULL}, NULL}, "unknown flag --xyzzy"},
		{{{"-l", NULL}, {NULL}, NULL}, "unknown flag -l"},
		{{{"8080", NULL}, {NULL}, NULL},
		 "\"8080\" is one argument too many"},
		{{{"--listen", NULL}, {NULL}, NULL},
		 "Missing argument for --listen"},
		{{{NULL}, {NULL}, "lissten = a:1\n"},
		 "@: unknown setting lissten; did you mean listen?"},
		{{{NULL}, {NULL}, "workers = 2\n\nsk_live_secret\n"},
		 "@: line 3 is not `name = value`"},
		{{{NULL}, {NULL}, "[server]\nworkers = 2\n"},
		 "@: has a [server] line; settings are in no group"},
		{{{NULL}, {NULL}, "config = other\n"},
		 "@: config cannot be set in the file"},
		{{{"--config=/nonexistent", NULL}, {NULL}, NULL},
		 "--config: Failed to open file "
		 "\xe2\x80\x9c/nonexistent\xe2\x80"
		 "\x9d: No such file or directory"},
		{{{NULL},
		  {"STOWAGE_PUBLIC_KEY=a", "STOWAGE_PUBLIC_KEY_FILE=b", NULL},
		  NULL},
		 "STOWAGE_PUBLIC_KEY and STOWAGE_PUBLIC_KEY_FILE are both set; "
		 "one of them is enough"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct settings settings;
		struct err err;
		char *path;
		if (load(&rows[i].source, &settings, &path, &err) == 0)
			fail_msg("row %zu: no error", i);
		g_auto(GStrv) around = g_strsplit(rows[i].want, "@", 2);
		g_autofree char *want = g_strjoinv(path ? path : "@", around);
		assert_string_equal(err.text, want);
		assert_int_equal(err.code, ERR_INVALID);
		forget(path);
	}
}

static void bad_cidrs_and_account_names_are_refused(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"--fetch-allow=10.0.0.0/33",
		"--fetch-allow=localhost",
		"--account=",
		"--account=a/b",
		"--account=v1",
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct settings settings;
		struct err err;
		char *path;
		struct source source = {{rows[i], NULL}, {NULL}, NULL};
		if (load(&source, &settings, &path, &err) == 0)
			fail_msg("%s was taken", rows[i]);
	}
}

static void unknown_variables_are_warned_about(void **state)
{
	(void)state;
	struct settings settings;
	struct err err;
	char *path;
	struct source source = {{NULL},
				{"STOWAGE_LISTN=x", "STOWAGE_DATA_FILE=",
				 "STOWAGES=1", "PATH=/bin", NULL},
				NULL};
	if (load(&source, &settings, &path, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(g_strv_length(settings.warnings), 1);
	assert_string_equal(settings.warnings[0],
			    "environment: STOWAGE_LISTN is no setting");
	settings_release(&settings);
}

static void tools_ignore_what_concerns_the_server_only(void **state)
{
	(void)state;
	struct settings settings;
	struct err err;
	gboolean show = FALSE;
	char *label = NULL;
	const GOptionEntry extra[] = {
		{.long_name = "show",
		 .arg = G_OPTION_ARG_NONE,
		 .arg_data = &show},
		{.long_name = "label",
		 .arg = G_OPTION_ARG_FILENAME,
		 .arg_data = &label},
		{0},
	};
	g_auto(GStrv) args =
		g_strsplit("list --data d --show --label l x", " ", -1);
	g_auto(GStrv) env = g_strsplit("STOWAGE_LISTEN=bad", " ", -1);
	g_auto(GStrv) rest = NULL;
	const struct settings_input in = {SETTINGS_TOOL, args, env, extra};
	if (settings_load(&settings, &in, &rest, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(settings.data, "d");
	assert_true(show);
	assert_string_equal(label, "l");
	assert_string_equal(rest[0], "list");
	assert_string_equal(rest[1], "x");
	assert_null(rest[2]);
	settings_release(&settings);
	g_free(label);
}

static unsigned changes;

static void note_change(const char *name)
{
	assert_string_equal(name, "workers");
	changes++;
}

static void reload_takes_over_only_what_may_change(void **state)
{
	(void)state;
	struct settings settings;
	struct err err;
	char *path;
	struct source source = {
		{"--banner", NULL}, {NULL}, "workers = 2\nlog-level = info\n"};
	if (load(&source, &settings, &path, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(g_file_set_contents(
		path, "workers = 3\nlog-level = debug\n", -1, NULL));
	changes = 0;
	assert_int_equal(settings_reload(&settings, note_change, &err), 0);
	assert_int_equal(settings.log_level, LOG_DEBUG);
	assert_int_equal(settings.workers, 2);
	assert_int_equal(changes, 1);
	assert_true(g_file_set_contents(path, "log-level = x\n", -1, NULL));
	assert_int_equal(settings_reload(&settings, note_change, &err), -1);
	assert_int_equal(settings.log_level, LOG_DEBUG);
	settings_release(&settings);
	forget(path);
}

static void help_has_every_setting_within_80_columns(void **state)
{
	(void)state;
	g_autoptr(GString) help = g_string_new(NULL);
	settings_help(help, SETTINGS_SERVER);
	for (size_t i = 0; i < setting_count; i++) {
		g_autofree char *flag =
			g_strconcat("  --", setting_table[i].name, NULL);
		if (strstr(help->str, flag) == NULL)
			fail_msg("no %s", flag);
	}
	g_auto(GStrv) lines = g_strsplit(help->str, "\n", -1);
	for (char **line = lines; *line; line++)
		if (strlen(*line) > 80)
			fail_msg("too long: %s", *line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_all_valid),
		cmocka_unit_test(
			flag_beats_environment_beats_file_beats_default),
		cmocka_unit_test(
			a_value_file_gives_the_value_without_its_newline),
		cmocka_unit_test(amounts_have_units),
		cmocka_unit_test(errors_name_setting_source_and_value),
		cmocka_unit_test(bad_cidrs_and_account_names_are_refused),
		cmocka_unit_test(unknown_variables_are_warned_about),
		cmocka_unit_test(tools_ignore_what_concerns_the_server_only),
		cmocka_unit_test(reload_takes_over_only_what_may_change),
		cmocka_unit_test(help_has_every_setting_within_80_columns),
	};
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
