/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage clients`: how clients whose addresses are the vendor's come to ask
 * this server, whose address the settings say. docs/clients.md has recipes of
 * all clients; here is what needs the server's own names and port.
 */
#include "cli/commands.h"
#include "json/json.h"
#include "server/router.h"

#include <stdio.h>

struct clients_options {
	char **hosts;
};

/* As programs on this machine reach it. */
struct target {
	char *base;    /* without trailing slash */
	char *name;    /* without brackets */
	char *host;    /* in a URL: an IPv6 address in brackets */
	char *address; /* in a hosts file; of a name what stands for it */
	int port;
	bool is_tls, has_path;
	char *certs; /* folder of the certificate, for a shell */
};

static void target_release(struct target *target)
{
	g_free(target->base);
	g_free(target->name);
	g_free(target->host);
	g_free(target->address);
	g_free(target->certs);
}

static bool is_every(const char *host)
{
	return *host == '\0' || strcmp(host, "0.0.0.0") == 0 ||
	       strcmp(host, "::") == 0;
}

static const char *base_of(const struct settings *settings, char **made)
{
	const char *listen = settings->listen;
	if (*settings->public_url)
		return settings->public_url;
	*made = g_strconcat(*settings->tls_cert ? "https://" : "http://",
			    *listen == ':' ? "0.0.0.0" : "", listen, NULL);
	return *made;
}

/* As it is where a shell leaves it so. */
static char *shell_word(const char *text)
{
	bool is_plain =
		*text &&
		text[strspn(text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS
			    "/._-")] == 0;
	return is_plain ? g_strdup(text) : g_shell_quote(text);
}

static void name_host(const char *host, struct target *out)
{
	const char *asked = is_every(host) ? "127.0.0.1" : host;
	bool is_v6 = strchr(asked, ':') != NULL;
	out->name = g_strdup(asked);
	out->host =
		g_strconcat(is_v6 ? "[" : "", asked, is_v6 ? "]" : "", NULL);
	out->address = g_hostname_is_ip_address(asked)
			       ? g_strdup(asked)
			       : g_strdup_printf("ADDRESS-OF-%s", asked);
}

static int find_target(const struct settings *settings, struct target *out,
		       struct err *err)
{
	g_autofree char *made = NULL;
	g_autoptr(GUri) uri =
		g_uri_parse(base_of(settings, &made), G_URI_FLAGS_NONE, NULL);
	if (uri == NULL || g_uri_get_host(uri) == NULL)
		return err_set(err, ERR_INVALID,
			       "clients: --listen or --public-url is no "
			       "address that clients can ask");
	const char *host = g_uri_get_host(uri), *scheme = g_uri_get_scheme(uri);
	bool is_tls = strcmp(scheme, "https") == 0;
	int usual = is_tls ? 443 : 80, port = g_uri_get_port(uri);
	if (port == 0)
		return err_set(err, ERR_INVALID,
			       "clients: a port that is chosen at the start "
			       "is not known here; --listen says which");
	*out = (struct target){
		.port = port < 0 ? usual : port,
		.is_tls = is_tls,
		.has_path = g_uri_get_path(
				    uri)[strspn(g_uri_get_path(uri), "/")] != 0,
	};
	g_autofree char *behind = out->port == usual
					  ? g_strdup("")
					  : g_strdup_printf(":%d", out->port);
	name_host(host, out);
	g_autofree char *path = g_strdup(g_uri_get_path(uri));
	while (g_str_has_suffix(path, "/"))
		path[strlen(path) - 1] = '\0';
	out->base = g_strconcat(scheme, "://", out->host, behind, path, NULL);
	g_autofree char *folder =
		*settings->tls_cert ? g_path_get_dirname(settings->tls_cert)
				    : g_strdup("certs");
	out->certs = shell_word(folder);
	return 0;
}

static void print_names(const char *api, const char *before, const char *after)
{
	const char *host;
	for (size_t i = 0; (host = router_vendor_host(i)) != NULL; i++)
		if (strcmp(router_vendor_api(i), api) == 0)
			printf("%s%s%s", before, host, after);
}

/* clang-format off */
static void print_versions(const struct target *to)
{
	bool usual = to->port == (to->is_tls ? 443 : 80);
	printf("filestack-js, and this server at %s\n"
	       "\n"
	       "  version         in Node.js    in browsers\n"
	       "  1.x, 2.x        A B C D       A C D\n"
	       "  3.0 to 3.11     A B C D       A C D\n"
	       "  3.12 to 3.51    %sB C D       A C D\n"
	       "  4.x             %sB C D       A C D\n",
	       to->base, usual ? "A " : "  ", usual ? "A " : "  ");
}

static void print_addresses(const struct target *to)
{
	printf("\nA. The addresses in code, before the first call:\n"
	       "\n"
	       "     const client = filestack.init(KEY);\n"
	       "     const base = '%s';\n"
	       "     Object.assign(client.session.urls, {fileApiUrl: base + "
	       "'/api/file',\n"
	       "         uploadApiUrl: base, cdnUrl: base, processUrl: base, "
	       "cloudApiUrl: base});\n"
	       "\n"
	       "   In Node.js from 3.12 on with the ports 80 and 443 only: those "
	       "versions look\n"
	       "   \"host:port\" up as a name (ENOTFOUND).\n"
	       "   upload() of 1.x and 2.x goes on by https:// whatever the "
	       "address says.\n",
	       to->base);
	if (to->is_tls)
		printf("   Node.js trusts the certificate by "
		       "NODE_EXTRA_CA_CERTS=%s/ca.pem.\n", to->certs);
}

static void print_preload(const struct target *to)
{
	printf("\nB. Node.js, with any port and no change of code: a script "
	       "that is loaded first\n"
	       "   and leads the vendors' names here.\n"
	       "\n"
	       "     stowage clients preload --public-url %s >stowage.cjs\n"
	       "     export NODE_OPTIONS=\"--require $PWD/stowage.cjs\"\n",
	       to->base);
	if (to->is_tls)
		printf("     export NODE_EXTRA_CA_CERTS=%s/ca.pem\n", to->certs);
}

static void print_vendor_names(const struct target *to)
{
	int port = to->is_tls ? to->port : 443;
	printf("\nC. The vendor's names, with no change of code: they lead here, "
	       "to port 443, and\n"
	       "   the server has a certificate for them.\n"
	       "\n"
	       "     stowage dev-cert %s\n"
	       "     stowage serve --listen %s:443 --tls-cert %s/cert.pem "
	       "--tls-key %s/key.pem\n"
	       "     export NODE_EXTRA_CA_CERTS=%s/ca.pem\n",
	       to->certs, to->host, to->certs, to->certs, to->certs);
	printf("\n   by /etc/hosts:\n     %s", to->address);
	print_names("filestack", " ", "");
	printf("\n   or where a container is started:\n     docker run");
	print_names("filestack", " --add-host ", ":host-gateway");
	printf(" ...\n"
	       "   or by the name server of a network:\n"
	       "     dnsmasq --address=/filestackapi.com/%s "
	       "--address=/filestackcontent.com/%s "
	       "--address=/filepicker.io/%s\n"
	       "   or in Chromium, which takes another port than 443, too (and "
	       "in tests\n"
	       "   --ignore-certificate-errors; else import ca.pem):\n"
	       "     chromium --host-resolver-rules='MAP *.filestackapi.com "
	       "%s:%d, MAP *.filestackcontent.com %s:%d, "
	       "MAP *.filepicker.io %s:%d'\n",
	       to->address, to->address, to->address, to->host, port,
	       to->host, port, to->host, port);
}

static void print_cname(const struct target *to)
{
	printf("\nD. A name of your own, which has all five sub-domains. The "
	       "rest is as in C.\n"
	       "\n"
	       "     filestack.init(KEY, {cname: 'files.test'});\n"
	       "     stowage dev-cert %s --host '*.files.test'\n"
	       "     %s www.files.test upload.files.test process.files.test "
	       "cloud.files.test cdn.files.test\n",
	       to->certs, to->address);
}

static void print_others(const struct target *to)
{
	printf("\nOther SDKs, whose addresses are https and fixed: C, and they "
	       "trust %s/ca.pem by\n"
	       "(as their makers say; tried was curl)\n"
	       "\n"
	       "     Python        REQUESTS_CA_BUNDLE\n"
	       "     Ruby, Go      SSL_CERT_FILE\n"
	       "     PHP           php -d curl.cainfo=ca.pem "
	       "-d openssl.cafile=ca.pem\n"
	       "     Java          keytool -importcert, "
	       "-Djavax.net.ssl.trustStore\n"
	       "     curl          --cacert\n",
	       to->certs);
}

static const char script_head[] =
	"// Leads what Node.js asks of the vendors' hosts to a Stowage server. "
	"For\n"
	"// development: NODE_OPTIONS=\"--require /path/of/this.cjs\" node "
	"app.js\n"
	"// Made by `stowage clients preload`.\n"
	"'use strict';\n"
	"const http = require('http');\n"
	"const https = require('https');\n"
	"const url = require('url');\n"
	"\n";

static const char script_rest[] =
	"const plain = {'http:': http.request, 'https:': https.request};\n"
	"\n"
	"function read(input, options) {\n"
	"\tif (typeof input === 'string')\n"
	"\t\tinput = new url.URL(input);\n"
	"\tif (!(input instanceof url.URL))\n"
	"\t\treturn {...input};\n"
	"\treturn {...url.urlToHttpOptions(input),\n"
	"\t\t...(typeof options === 'object' ? options : {})};\n"
	"}\n"
	"\n"
	"function lead(request) {\n"
	"\treturn function (...args) {\n"
	"\t\tconst asked = read(args[0], args[1]);\n"
	"\t\tconst name = String(asked.hostname || asked.host)\n"
	"\t\t\t.toLowerCase().replace(/:443$/, '');\n"
	"\t\tif (!names.has(name))\n"
	"\t\t\treturn request.apply(this, args);\n"
	"\t\tconst headers = Array.isArray(asked.headers)\n"
	"\t\t\t? [...asked.headers, 'Host', name]\n"
	"\t\t\t: {...asked.headers, Host: name};\n"
	"\t\treturn plain[server.protocol]({...asked, ...server, headers,\n"
	"\t\t\thost: server.hostname, servername: name, agent: undefined},\n"
	"\t\targs.find((arg) => typeof arg === 'function'));\n"
	"\t};\n"
	"}\n"
	"\n"
	"for (const [of, protocol] of [[http, 'http:'], [https, 'https:']]) {\n"
	"\tof.request = lead(plain[protocol]);\n"
	"\tof.get = (...args) => of.request(...args).end();\n"
	"}\n"
	"require('module').syncBuiltinESMExports();\n";
/* clang-format on */

static void print_constant(const char *name, const char *before, json_t *value,
			   const char *after)
{
	printf("const %s = %s", name, before);
	json_dumpf(value, stdout, 0);
	printf("%s;\n", after);
	json_decref(value);
}

static json_t *names_of(char **more)
{
	json_t *names = json_array();
	const char *host;
	for (size_t i = 0; (host = router_vendor_host(i)) != NULL; i++)
		json_array_append_new(names, json_string(host));
	for (; more && *more; more++)
		json_array_append_new(names, json_string(*more));
	return names;
}

static enum cli_status print_script(const struct cli_call *call)
{
	const struct clients_options *options = call->options;
	struct target to;
	struct err err;
	if (find_target(call->settings, &to, &err) < 0)
		return cli_usage_error(&err);
	if (to.has_path) {
		target_release(&to);
		err_set(&err, ERR_INVALID,
			"clients preload: the vendors' hosts have no path in "
			"front; name the server's own address");
		return cli_usage_error(&err);
	}
	fputs(script_head, stdout);
	print_constant("server", "",
		       json_pack("{s:s, s:s, s:i}", "protocol",
				 to.is_tls ? "https:" : "http:", "hostname",
				 to.name, "port", to.port),
		       "");
	print_constant("names", "new Set(", names_of(options->hosts), ")");
	fputs(script_rest, stdout);
	target_release(&to);
	return CLI_DONE;
}

static enum cli_status print_filestack(const struct cli_call *call)
{
	struct target to;
	struct err err;
	if (find_target(call->settings, &to, &err) < 0)
		return cli_usage_error(&err);
	print_versions(&to);
	print_addresses(&to);
	print_preload(&to);
	print_vendor_names(&to);
	print_cname(&to);
	print_others(&to);
	target_release(&to);
	return CLI_DONE;
}

#define FIELD(name) offsetof(struct clients_options, name)

static const struct option options[] = {
	{"host", OPTION_TEXTS, FIELD(hosts), "NAME",
	 "One more host name that leads here, as upload.files.test of a cname"},
};

static const struct action actions[] = {
	{"filestack", "", "", print_filestack,
	 "What each version of filestack-js, and the other SDKs, need"},
	{"preload", "", "host", print_script,
	 "A script for Node.js, to be loaded before a program that asks "
	 "vendors' hosts"},
};

const struct command command_clients = {
	.name = "clients",
	.summary = "say how clients with fixed addresses come to ask the "
		   "server",
	.about = "With the settings that the server has: they say where it is. "
		 "What is printed is\nfor clients on the same machine, or "
		 "wherever --public-url leads here.\n",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.options = options,
	.n_options = G_N_ELEMENTS(options),
	.options_size = sizeof(struct clients_options),
	.scope = SETTINGS_ADDRESS,
};
