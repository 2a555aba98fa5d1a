/* SPDX-License-Identifier: Apache-2.0 */
#include "outbound/easy.h"
#include "outbound/guard.h"

int outbound_start(struct err *err)
{
	static gsize started;
	if (g_once_init_enter(&started)) {
		CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
		g_once_init_leave(&started, code == CURLE_OK ? 1 : 2);
	}
	if (started != 1)
		return err_set(err, ERR_INTERNAL, "libcurl does not start");
	return 0;
}

CURL *outbound_easy(void)
{
	static const char schemes[] = "http,https";
	CURL *easy = curl_easy_init();
	bool failed = easy == NULL;
#define SET(option, value)                                                     \
	(failed = failed || curl_easy_setopt(easy, option, value) != CURLE_OK)
	SET(CURLOPT_PROTOCOLS_STR, schemes);
	SET(CURLOPT_REDIR_PROTOCOLS_STR, schemes);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
#undef SET
	if (failed)
		g_clear_pointer(&easy, curl_easy_cleanup);
	return easy;
}

/* libcurl leaves the end of its line in a value that is empty. */
struct str outbound_field(CURL *easy, const char *name, size_t index)
{
	struct curl_header *field;
	if (curl_easy_header(easy, name, index, CURLH_HEADER, -1, &field) !=
	    CURLHE_OK)
		return STR_NONE;
	struct str value = str_of(field->value);
	while (value.n && g_ascii_isspace(value.p[value.n - 1]))
		value.n--;
	return value;
}

static curl_socket_t open_vetted(void *user, curlsocktype purpose,
				 struct curl_sockaddr *address)
{
	struct outbound_vet *vet = user;
	if (purpose != CURLSOCKTYPE_IPCXN ||
	    !guard_allows(vet->guard, &address->addr)) {
		vet->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
		      address->protocol);
}

bool outbound_vet(CURL *easy, struct outbound_vet *vet)
{
	return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
				open_vetted) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, vet) == CURLE_OK;
}
