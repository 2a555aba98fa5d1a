/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What single settings of text demand; the table names its check in the row.
 */
#include "base/address.h"
#include "http/syntax/url.h"
#include "library/accounts/account.h"
#include "server/settings/table.h"

int setting_check_listen(const char *text, struct err *err)
{
	struct str address = str_of(text);
	ptrdiff_t colon = str_rfind(address, ':');
	uint64_t port;
	if (colon < 0 ||
	    !str_to_u64(str_skip(address, (size_t)colon + 1), 65535, &port))
		return err_set(err, ERR_INVALID, "is not HOST:PORT");
	struct str host = str_sub(address, 0, (size_t)colon);
	bool brackets = str_starts(host, STR("[")) && str_ends(host, STR("]"));
	if (!brackets && str_find(host, ':') >= 0)
		return err_set(err, ERR_INVALID,
			       "is not HOST:PORT; IPv6 is [HOST]:PORT");
	return 0;
}

/* STOWAGE_TLS_KEY_FILE and the like: a value file that is the thing itself. */
int setting_check_pem_file(const char *text, struct err *err)
{
	if (!g_str_has_prefix(text, "-----BEGIN"))
		return 0;
	return err_set(err, ERR_INVALID,
		       "is the contents of a PEM file, not its name");
}

int setting_check_public_url(const char *text, struct err *err)
{
	if (*text == '\0')
		return 0;
	struct http_url url;
	if (!http_url_read(str_of(text), &url) || url.has_query)
		return err_set(err, ERR_INVALID,
			       "is not http(s)://HOST[:PORT][/PATH], and no "
			       "more than that");
	return 0;
}

int setting_check_account(const char *text, struct err *err)
{
	if (account_name_valid(str_of(text)))
		return 0;
	return err_set(err, ERR_INVALID,
		       "is not an account name: 1 to %d of A-Z a-z 0-9 _ -, "
		       "and no word of the APIs' own paths",
		       ACCOUNT_NAME_MAX);
}

int setting_check_cidrs(const char *text, struct err *err)
{
	struct address_list *list;
	struct err why;
	if (address_list_new(&list, str_of(text), &why) < 0)
		return err_set(err, ERR_INVALID, "is not CIDR[,CIDR]: %.150s",
			       why.text);
	address_list_free(list);
	return 0;
}

int setting_check_directory(const char *text, struct err *err)
{
	if (*text)
		return 0;
	return err_set(err, ERR_INVALID, "is not a directory name");
}

int setting_check_command(const char *text, struct err *err)
{
	g_auto(GStrv) words = NULL;
	if (*text == '\0' || g_shell_parse_argv(text, NULL, &words, NULL))
		return 0;
	return err_set(err, ERR_INVALID,
		       "is not a command: its quotes do not fit");
}
