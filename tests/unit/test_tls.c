/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's side of TLS when the socket takes no more, against OpenSSL's
 * client over a socket pair. Everything else about it is tested in tests/wire.
 */
#include "http/tls.h"
#include "http_client.h"
#include "unit.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define BULK (1u << 20)
#define NOTE "just a note"

struct pair {
	char *folder, *certificate, *key;
	struct tls_context *context;
	SSL_CTX *client_ctx;
	int fds[2]; /* the server's, the client's */
	struct tls *server;
	SSL *client;
	char *bulk;
};

static void save_pair(const struct pair *pair)
{
	save_certificate(pair->certificate, pair->key);
}

static void shake_hands(struct pair *pair)
{
	struct err err;
	enum tls_status status = TLS_WANT_READ;
	int client = 0;
	for (int i = 0; i < 20 && (status != TLS_DONE || client != 1); i++) {
		if (client != 1)
			client = SSL_connect(pair->client);
		if (status != TLS_DONE)
			status = tls_handshake(pair->server, &err);
	}
	assert_int_equal(status, TLS_DONE);
	assert_int_equal(client, 1);
	char none; /* but tickets, which are not to be among what tests send */
	assert_int_equal(SSL_read(pair->client, &none, 1), -1);
}

static int set_up(void **state)
{
	struct pair *pair = g_new0(struct pair, 1);
	struct err err;
	signal(SIGPIPE, SIG_IGN);
	pair->folder = g_dir_make_tmp("test_tls.XXXXXX", NULL);
	pair->certificate = g_build_filename(pair->folder, "cert", NULL);
	pair->key = g_build_filename(pair->folder, "key", NULL);
	save_pair(pair);
	if (tls_context_new(&pair->context, pair->certificate, pair->key,
			    &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair->fds),
		0);
	pair->server = tls_new(pair->context, pair->fds[0]);
	pair->client_ctx = SSL_CTX_new(TLS_client_method());
	pair->client = SSL_new(pair->client_ctx);
	SSL_set_fd(pair->client, pair->fds[1]);
	shake_hands(pair);
	pair->bulk = g_malloc(BULK);
	for (size_t i = 0; i < BULK; i++)
		pair->bulk[i] = (char)(i * 7 + i / 251);
	*state = pair;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *pair = *state;
	SSL_free(pair->client);
	SSL_CTX_free(pair->client_ctx);
	tls_free(pair->server);
	tls_context_free(pair->context);
	close(pair->fds[0]);
	close(pair->fds[1]);
	g_unlink(pair->certificate);
	g_unlink(pair->key);
	g_rmdir(pair->folder);
	g_free(pair->folder);
	g_free(pair->certificate);
	g_free(pair->key);
	g_free(pair->bulk);
	g_free(pair);
	return 0;
}

/* Sends bulk from *sent on, out of a buffer that is gone afterwards, until
 * nothing more fits or all is out. */
static void send_bulk(struct pair *pair, size_t *sent)
{
	enum tls_status status = TLS_DONE;
	while (status == TLS_DONE && *sent < BULK) {
		size_t n = 0;
		g_autofree char *copy =
			g_memdup2(pair->bulk + *sent, BULK - *sent);
		status = tls_write(pair->server, copy, BULK - *sent, &n);
		*sent += n;
	}
	if (*sent < BULK)
		assert_int_equal(status, TLS_WANT_WRITE);
}

/* What the client can read now. */
static void take(struct pair *pair, GString *got)
{
	char piece[16384];
	int n;
	while ((n = SSL_read(pair->client, piece, sizeof(piece))) > 0)
		g_string_append_len(got, piece, n);
}

static void a_blocked_write_goes_on_from_another_buffer(void **state)
{
	struct pair *pair = *state;
	size_t sent = 0;
	g_autoptr(GString) got = g_string_new(NULL);
	send_bulk(pair, &sent);
	assert_in_range(sent, 1, BULK - 1);
	for (int i = 0; i < 1000 && got->len < BULK; i++) {
		take(pair, got);
		send_bulk(pair, &sent);
	}
	assert_int_equal(got->len, BULK);
	assert_memory_equal(got->str, pair->bulk, BULK);
}

/* Fills the socket to the last byte, so that not even a part of a record
 * fits. */
static size_t fill(struct pair *pair)
{
	size_t n = 0;
	for (size_t size = 4096; size > 0; size /= 4096)
		while (send(pair->fds[0], pair->bulk, size, 0) == (ssize_t)size)
			n += size;
	return n;
}

static void a_note_without_room_comes_before_what_follows(void **state)
{
	struct pair *pair = *state;
	size_t sent = 0;
	char skipped;
	g_autoptr(GString) got = g_string_new(NULL);
	size_t filled = fill(pair);
	tls_note(pair->server, STR(NOTE));
	send_bulk(pair, &sent);
	assert_int_equal(sent, 0);
	while (filled-- > 0)
		assert_int_equal(read(pair->fds[1], &skipped, 1), 1);
	for (int i = 0; i < 1000 && got->len < strlen(NOTE) + BULK; i++) {
		send_bulk(pair, &sent);
		take(pair, got);
	}
	assert_int_equal(got->len, strlen(NOTE) + BULK);
	assert_memory_equal(got->str, NOTE, strlen(NOTE));
	assert_memory_equal(got->str + strlen(NOTE), pair->bulk, BULK);
}

static void the_end_is_said_once(void **state)
{
	struct pair *pair = *state;
	char byte;
	tls_end(pair->server);
	tls_end(pair->server);
	int n = SSL_read(pair->client, &byte, 1);
	assert_int_equal(SSL_get_error(pair->client, n), SSL_ERROR_ZERO_RETURN);
	assert_int_equal(read(pair->fds[1], &byte, 1), -1);
}

static void a_failed_reload_changes_nothing(void **state)
{
	struct pair *pair = *state;
	struct err err;
	g_unlink(pair->key);
	assert_int_equal(tls_context_reload(pair->context, &err), -1);
	assert_non_null(strstr(err.text, pair->key));
	struct tls *another = tls_new(pair->context, pair->fds[0]);
	assert_non_null(another);
	tls_free(another);
	save_pair(pair);
	assert_int_equal(tls_context_reload(pair->context, &err), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define PAIRED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		PAIRED(a_blocked_write_goes_on_from_another_buffer),
		PAIRED(a_note_without_room_comes_before_what_follows),
		PAIRED(the_end_is_said_once),
		PAIRED(a_failed_reload_changes_nothing),
	};
	return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
