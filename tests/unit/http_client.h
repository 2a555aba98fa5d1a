/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server of src/http on a free port, plain or with TLS, and a client of it
 * that does one thing at a time. For tests that bring their own application.
 */
#ifndef UNIT_HTTP_CLIENT_H
#define UNIT_HTTP_CLIENT_H

#include "http/http.h"
#include "http/tls.h"
#include "unit.h"

#include <arpa/inet.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A test with a server, plain and with TLS; the initial state tells which. */
#define WITH_TLS ((void *)(uintptr_t) "tls")
#define PLAIN_AND_TLS(name, set_up, tear_down)                                 \
	{#name, name, set_up, tear_down, NULL},                                \
	{                                                                      \
#name "_with_tls", name, set_up, tear_down, WITH_TLS           \
	}

/* A new key, and a certificate that it has signed itself, as PEM files. */
static inline void save_certificate(const char *certificate_file,
				    const char *key_file)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x509 = X509_new();
	X509_gmtime_adj(X509_getm_notBefore(x509), -60);
	X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
	assert_true(X509_set_pubkey(x509, key) &&
		    X509_sign(x509, key, EVP_sha256()));
	FILE *file = fopen(certificate_file, "w");
	assert_true(PEM_write_X509(file, x509));
	fclose(file);
	file = fopen(key_file, "w");
	assert_true(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
	fclose(file);
	X509_free(x509);
	EVP_PKEY_free(key);
}

struct served {
	struct http_server *server;
	struct tls_context *tls; /* NULL: plain */
	SSL_CTX *client_ctx;
};

/* So much time that none is met. A test of a time-out shortens that one alone:
 * on a busy machine anything else may take as long. */
#define PATIENT_MS 60000
#define BRIEF_MS 300

static inline struct http_limits served_limits(void)
{
	return (struct http_limits){
		.loops = 2,
		.workers = 2,
		.slow_workers = 1,
		.heavy_workers = 1,
		.heavy_wait_ms = 60000,
		.max_connections = 64,
		.max_connections_per_address = 64,
		.head_timeout_ms = PATIENT_MS,
		.idle_timeout_ms = PATIENT_MS,
		.body_timeout_ms = PATIENT_MS,
		.min_body_rate = 1,
		.send_timeout_ms = PATIENT_MS,
		.app_timeout_ms = 4 * PATIENT_MS,
		.stop_grace_ms = 10,
		.drain_timeout_ms = 2000,
	};
}

static inline struct tls_context *served_tls(void)
{
	struct tls_context *tls = NULL;
	struct err err;
	g_autofree char *dir = g_dir_make_tmp("test_http.XXXXXX", NULL);
	g_autofree char *certificate = g_build_filename(dir, "cert", NULL);
	g_autofree char *key = g_build_filename(dir, "key", NULL);
	save_certificate(certificate, key);
	if (tls_context_new(&tls, certificate, key, &err) < 0)
		fail_msg("%s", err.text);
	g_unlink(certificate);
	g_unlink(key);
	g_rmdir(dir);
	return tls;
}

static inline void served_open(struct served *f, bool with_tls,
			       const struct http_limits *limits,
			       const struct http_app *app)
{
	struct err err;
	signal(SIGPIPE, SIG_IGN);
	*f = (struct served){0};
	if (with_tls) {
		f->tls = served_tls();
		f->client_ctx = SSL_CTX_new(TLS_client_method());
	}
	const struct http_server_options options = {"127.0.0.1:0", limits,
						    f->tls};
	if (http_server_new(&f->server, &options, app, &err) ||
	    http_server_start(f->server, &err))
		fail_msg("%s", err.text);
}

static inline void served_close(struct served *f)
{
	http_server_free(f->server);
	tls_context_free(f->tls);
	SSL_CTX_free(f->client_ctx);
}

struct client {
	int fd;
	SSL *ssl; /* NULL: plain */
};

/* receive_bytes bounds what it takes unread; 0: as the system does. */
static inline struct client client_open(const struct served *f,
					int receive_bytes)
{
	const char *address = http_server_address(f->server);
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(
			(uint16_t)strtoul(strchr(address, ':') + 1, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct timeval limit = {.tv_sec = PATIENT_MS / 1000};
	struct client c = {
		.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(c.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (receive_bytes)
		setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes,
			   sizeof(receive_bytes));
	assert_int_equal(connect(c.fd, (struct sockaddr *)&to, sizeof(to)), 0);
	if (f->tls) {
		c.ssl = SSL_new(f->client_ctx);
		SSL_set_fd(c.ssl, c.fd);
		assert_int_equal(SSL_connect(c.ssl), 1);
	}
	return c;
}

/* False: not all of it went out. */
static inline bool client_try_put(struct client *c, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = c->ssl ? SSL_write(c->ssl, p, (int)n)
				      : send(c->fd, p, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

static inline void client_put(struct client *c, const char *text)
{
	assert_true(client_try_put(c, text, strlen(text)));
}

/* > 0 bytes; 0: a proper end of what was said last; -1: cut off, or silence. */
static inline int client_read(struct client *c, char *p, size_t n)
{
	if (c->ssl == NULL)
		return (int)recv(c->fd, p, n, 0);
	int got = SSL_read(c->ssl, p, (int)n);
	if (got > 0)
		return got;
	return SSL_get_error(c->ssl, got) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

/* All that comes until the server ends, or `until` has come; *cut: the end was
 * not a proper one. May have NULs in it. */
static inline GString *client_take(struct client *c, const char *until,
				   bool *cut)
{
	GString *got = g_string_new(NULL);
	char piece[16384];
	int n = 1;
	while (!(until && g_strstr_len(got->str, (gssize)got->len, until)) &&
	       (n = client_read(c, piece, sizeof(piece))) > 0)
		g_string_append_len(got, piece, n);
	if (cut)
		*cut = n < 0;
	return got;
}

static inline void client_close(struct client *c)
{
	SSL_free(c->ssl);
	close(c->fd);
}

/* Without a word, and what is on its way is lost. */
static inline void client_reset(struct client *c)
{
	const struct linger linger = {.l_onoff = 1};
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	client_close(c);
}

#endif
