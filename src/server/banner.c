/* SPDX-License-Identifier: Apache-2.0 */
#include "server/banner.h"

#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* A word the shell leaves alone. */
static char *quoted(const char *before, const char *text, const char *after)
{
	g_autofree char *plain = g_strconcat(before, text, after, NULL);
	return g_shell_quote(plain);
}

/* It is longer than a line and shorter than what a pipe takes at once. */
static bool can_print(void)
{
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	return poll(&out, 1, 0) > 0;
}

void banner_print(const char *base, const struct account *account)
{
	if (!can_print())
		return;
	const char *secret = account->secret_key, *public = account->public_key;
	g_autofree char *basic = quoted("", secret, ":");
	g_autofree char *bearer = quoted("Authorization: Bearer ", secret, "");
	g_autofree char *api_key = quoted("x-api-key: ", secret, "");
	g_autofree char *imagekit = quoted("", base, "/api/v1/files/upload");
	g_autofree char *key = g_uri_escape_string(public, NULL, false);
	g_autofree char *store = g_strconcat("/api/store/S3?key=", key, NULL);
	g_autofree char *filestack = quoted("", base, store);
	g_autofree char *stashfyle = quoted("", base, "/v1/upload");
	g_autofree char *jigsawstack =
		quoted("", base, "/v1/store/file?key=hello.txt&overwrite=true");
	fprintf(stderr,
		"\nStowage at %s\n"
		"  account     %s\n"
		"  secret key  %s\n"
		"  public key  %s\n"
		"\nImageKit:\n"
		"  echo hello | curl -u %s -F 'file=@-;filename=hello.txt' -F "
		"fileName=hello.txt %s\n"
		"Filestack:\n"
		"  echo hello | curl -F 'fileUpload=@-;filename=hello.txt' "
		"%s\n"
		"StashFyle:\n"
		"  echo hello | curl -H %s -F 'file=@-;filename=hello.txt' "
		"%s\n"
		"JigsawStack:\n"
		"  echo hello | curl -H %s -H 'Content-Type: text/plain' "
		"--data-binary @- %s\n\n",
		base, account->name, secret, public, basic, imagekit, filestack,
		bearer, stashfyle, api_key, jigsawstack);
}
