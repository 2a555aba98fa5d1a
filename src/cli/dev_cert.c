/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage dev-cert`: a certificate for the vendors' host names, and what to do
 * with it.
 */
#include "base/certificate.h"
#include "base/fd.h"
#include "cli/commands.h"
#include "server/router.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct dev_cert_options {
	gboolean force;
	char **hosts;
};

struct out_file {
	const char *name;
	mode_t mode;
	const char *text;
};

static int check_hosts(char **hosts, struct err *err)
{
	for (; hosts && *hosts; hosts++)
		if (!certificate_name_valid(*hosts))
			return err_set(err, ERR_INVALID,
				       "dev-cert: --host \"%.80s\" is not a "
				       "host name or an address",
				       *hosts);
	return 0;
}

static void add_name(GPtrArray *names, const char *name)
{
	for (guint i = 0; i < names->len; i++)
		if (g_ascii_strcasecmp(names->pdata[i], name) == 0)
			return;
	g_ptr_array_add(names, (gpointer)(uintptr_t)name);
}

/* Borrowed, with a NULL at the end. */
static GPtrArray *all_names(char **hosts)
{
	GPtrArray *names = g_ptr_array_new();
	const char *host;
	for (size_t i = 0; (host = router_vendor_host(i)) != NULL; i++)
		add_name(names, host);
	add_name(names, "localhost");
	add_name(names, "127.0.0.1");
	add_name(names, "::1");
	for (; hosts && *hosts; hosts++)
		add_name(names, *hosts);
	g_ptr_array_add(names, NULL);
	return names;
}

static int check_absent(const char *dir, const struct out_file *files, size_t n,
			struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct stat got;
		g_autofree char *path =
			g_build_filename(dir, files[i].name, NULL);
		if (lstat(path, &got) == 0)
			return err_set(err, ERR_EXISTS,
				       "%.200s exists; --force replaces it",
				       path);
	}
	return 0;
}

/* Under a name of its own first, so that what was there is whole until it is
 * replaced. */
static int write_file(const char *dir, const struct out_file *file,
		      struct err *err)
{
	g_autofree char *path = g_build_filename(dir, file->name, NULL);
	g_autofree char *new = g_strconcat(path, ".new", NULL);
	(void)unlink(new);
	SCOPED_FD fd =
		open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file->mode);
	if (fd >= 0 && fchmod(fd, file->mode) == 0 &&
	    fd_write(fd, file->text, strlen(file->text)) == 0 &&
	    fsync(fd) == 0 && rename(new, path) == 0)
		return 0;
	err_set_errno(err, errno, "%.150s cannot be written", path);
	(void)unlink(new);
	return -1;
}

static int write_files(const char *dir, const struct certificate *made,
		       bool force, struct err *err)
{
	const struct out_file files[] = {
		{"key.pem", 0600, made->key},
		{"cert.pem", 0644, made->server},
		{"ca.pem", 0644, made->authority},
	};
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return err_set_errno(err, errno, "%.150s cannot be made", dir);
	if (!force && check_absent(dir, files, G_N_ELEMENTS(files), err) < 0)
		return -1;
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
		if (write_file(dir, &files[i], err) < 0)
			return -1;
	return 0;
}

/* "/a/b", as the programs need it that are started elsewhere */
static char *whole_path(const char *dir, const char *name)
{
	g_autofree char *whole = g_canonicalize_filename(dir, NULL);
	g_autofree char *path = g_build_filename(whole, name, NULL);
	return g_shell_quote(path);
}

static void print_next(const char *dir, const GPtrArray *names)
{
	g_autofree char *ca = whole_path(dir, "ca.pem");
	g_autofree char *cert = whole_path(dir, "cert.pem");
	g_autofree char *key = whole_path(dir, "key.pem");
	printf("Made a certificate for %d days, and an authority that may "
	       "sign these\nnames only and whose key is forgotten. Names:\n",
	       CERTIFICATE_DAYS);
	for (guint i = 0; i + 1 < names->len; i++)
		printf("  %s\n", (const char *)names->pdata[i]);
	printf("\nServe with it:\n"
	       "  stowage serve --listen 127.0.0.1:443 --tls-cert %s "
	       "--tls-key %s\n"
	       "\nHave programs trust it, each in its way:\n"
	       "  export NODE_EXTRA_CA_CERTS=%s     # Node\n"
	       "  export SSL_CERT_FILE=%s           # Python, Ruby, Go, PHP: "
	       "this one only\n"
	       "  export REQUESTS_CA_BUNDLE=%s      # Python's requests\n"
	       "  curl --cacert %s ...\n",
	       cert, key, ca, ca, ca, ca);
	printf("\nHave the vendors' names lead here, by a line in /etc/hosts "
	       "where they run:\n  127.0.0.1");
	const char *host;
	for (size_t i = 0; (host = router_vendor_host(i)) != NULL; i++)
		printf(" %s", host);
	putchar('\n');
}

static enum cli_status dev_cert(const struct cli_call *call)
{
	const struct dev_cert_options *options = call->options;
	const char *dir = call->words[0];
	struct certificate made;
	struct err err;
	if (check_hosts(options->hosts, &err) < 0)
		return cli_usage_error(&err);
	g_autoptr(GPtrArray) names = all_names(options->hosts);
	if (names->len > CERTIFICATE_NAMES_MAX) {
		err_set(&err, ERR_INVALID,
			"dev-cert: more than %d names are too many",
			CERTIFICATE_NAMES_MAX);
		return cli_usage_error(&err);
	}
	if (certificate_make(&made, (const char *const *)names->pdata, &err) <
	    0)
		return cli_failed(&err);
	int written = write_files(dir, &made, options->force, &err);
	certificate_release(&made);
	if (written < 0)
		return cli_failed(&err);
	print_next(dir, names);
	return CLI_DONE;
}

#define FIELD(name) offsetof(struct dev_cert_options, name)

static const struct option options[] = {
	{"host", OPTION_TEXTS, FIELD(hosts), "NAME",
	 "One more host name (*.example.test for all in it) or address"},
	{"force", OPTION_FLAG, FIELD(force), NULL,
	 "Replaces the files that are there"},
};

static const struct action actions[] = {
	{"", "DIR", "host force", dev_cert, ""}};

const struct command command_dev_cert = {
	.name = "dev-cert",
	.summary = "make a certificate for the vendors' host names",
	.about = "For development: unmodified clients that reach the vendors' "
		 "names by HTTPS\nreach the server. Writes ca.pem, which they "
		 "are to trust, cert.pem and key.pem\nfor --tls-cert and "
		 "--tls-key, into DIR, and says what to do next.\n",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.options = options,
	.n_options = G_N_ELEMENTS(options),
	.options_size = sizeof(struct dev_cert_options),
};
