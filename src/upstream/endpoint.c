/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/endpoint.h"
#include "base/address.h"
#include "base/digest.h"
#include "base/fd.h"
#include "http/syntax/url.h"
#include "outbound/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>

struct endpoint {
	struct endpoint_options options;
	char *url, *key_file;
	struct guard *guard;
	GMutex mutex; /* of the key */
	char *key;    /* NULL: none */
};

static int choose_guard(struct endpoint *endpoint, struct str host,
			struct err *err)
{
	const char *allow = endpoint->options.allow;
	struct address ignored;
	if (allow == NULL || address_parse(host, &ignored))
		return 0;
	/* a resolver is not asked about it (RFC 6761 6.3) */
	if (str_eq_nocase(host, STR("localhost")))
		allow = "127.0.0.0/8,::1/128";
	return guard_new(&endpoint->guard, str_of(allow), err);
}

static int take_url(struct endpoint *endpoint, struct err *err)
{
	const struct endpoint_options *o = &endpoint->options;
	struct http_url url;
	if (!http_url_read(str_of(o->url), &url))
		return err_set(err, ERR_INVALID, "--%s: is no URL with a host",
			       o->name);
	endpoint->url = g_strdup(o->url);
	for (size_t n = strlen(o->url); n && o->url[n - 1] == '/'; n--)
		endpoint->url[n - 1] = '\0';
	return choose_guard(endpoint, url.host, err);
}

/* Into the endpoint's memory alone, and never into a message. */
static int read_key(struct endpoint *endpoint, char out[ENDPOINT_KEY_MAX + 2],
		    struct err *err)
{
	const char *name = endpoint->options.key_name;
	SCOPED_FD fd = open(endpoint->key_file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set_errno(err, errno, "--%s %.120s", name,
				     endpoint->key_file);
	ssize_t n = fd_read(fd, out, ENDPOINT_KEY_MAX + 2, FD_STANDS);
	if (n < 0)
		return err_set_errno(err, errno, "--%s %.120s", name,
				     endpoint->key_file);
	while (n && (out[n - 1] == '\n' || out[n - 1] == '\r'))
		n--;
	const struct str key = {out, (size_t)n};
	if (n == 0 || n > ENDPOINT_KEY_MAX || str_has_control(key))
		return err_set(err, ERR_INVALID,
			       "--%s %.120s: is not one line with a "
			       "key of at most %d bytes",
			       name, endpoint->key_file, ENDPOINT_KEY_MAX);
	out[n] = '\0';
	return 0;
}

int endpoint_reload(struct endpoint *endpoint, struct err *err)
{
	char text[ENDPOINT_KEY_MAX + 2];
	if (endpoint->key_file == NULL)
		return 0;
	int result = read_key(endpoint, text, err);
	if (result == 0) {
		char *fresh = g_strdup(text);
		g_mutex_lock(&endpoint->mutex);
		char *old = endpoint->key;
		endpoint->key = fresh;
		g_mutex_unlock(&endpoint->mutex);
		secret_free(old);
	}
	secret_wipe(text, sizeof(text));
	return result;
}

int endpoint_new(struct endpoint **out, const struct endpoint_options *options,
		 struct err *err)
{
	struct endpoint *endpoint = g_new0(struct endpoint, 1);
	endpoint->options = *options;
	g_mutex_init(&endpoint->mutex);
	if (options->key_file && *options->key_file)
		endpoint->key_file = g_strdup(options->key_file);
	*out = endpoint;
	if (take_url(endpoint, err) == 0 && endpoint_reload(endpoint, err) == 0)
		return 0;
	endpoint_free(endpoint);
	*out = NULL;
	return -1;
}

void endpoint_free(struct endpoint *endpoint)
{
	if (endpoint == NULL)
		return;
	if (endpoint->guard)
		guard_free(endpoint->guard);
	secret_free(endpoint->key);
	g_mutex_clear(&endpoint->mutex);
	g_free(endpoint->url);
	g_free(endpoint->key_file);
	g_free(endpoint);
}

struct str endpoint_url(const struct endpoint *endpoint)
{
	return str_of(endpoint->url);
}

const char *endpoint_name(const struct endpoint *endpoint)
{
	return endpoint->options.name;
}

unsigned endpoint_timeout_ms(const struct endpoint *endpoint)
{
	return endpoint->options.timeout_ms;
}

const struct guard *endpoint_guard(const struct endpoint *endpoint)
{
	return endpoint->guard;
}

char *endpoint_key_line(struct endpoint *endpoint, struct str *key)
{
	char *line = NULL;
	*key = STR_NONE;
	g_mutex_lock(&endpoint->mutex);
	if (endpoint->key)
		line = g_strconcat(endpoint->options.key_field, endpoint->key,
				   NULL);
	g_mutex_unlock(&endpoint->mutex);
	if (line)
		*key = str_of(line + strlen(endpoint->options.key_field));
	return line;
}
