/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS: the server's certificate, and the server's side of one connection. The
 * only place that knows OpenSSL's ssl part. It moves bytes; what they mean,
 * and when to try again, is for the connection to know.
 *
 * Nobody may be ended by SIGPIPE: OpenSSL writes to sockets without
 * MSG_NOSIGNAL.
 */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "base/err.h"
#include "base/str.h"

/* A certificate with its key; connections of several loops share it. */
struct tls_context;

/* Reads PEM files: the certificate followed by its chain, and the key, which
 * has no password. ERR_INVALID names the file that will not do. */
int tls_context_new(struct tls_context **out, const char *certificate_file,
		    const char *key_file, struct err *err) MUST_CHECK;
/* Reads the same files again, for connections to come. On -1 nothing has
 * changed. Any thread. */
int tls_context_reload(struct tls_context *context, struct err *err) MUST_CHECK;
/* NULL is fine. No connection may be made of it any more. */
void tls_context_free(struct tls_context *context);

/* One connection's side. One thread at a time. */
struct tls;

enum tls_status {
	TLS_DONE,
	TLS_WANT_READ,  /* again when the socket is readable */
	TLS_WANT_WRITE, /* again when it is writable */
	TLS_PLAIN,      /* handshake: the client speaks HTTP without TLS */
	TLS_OVER,       /* the client's end, or a failure */
};

/* The socket, non-blocking, stays the caller's. NULL: out of memory. */
struct tls *tls_new(struct tls_context *context, int fd);
/* Sends nothing. NULL is fine. */
void tls_free(struct tls *tls);

/* Until TLS_DONE, before anything else. *err says why when it is TLS_OVER. */
enum tls_status tls_handshake(struct tls *tls, struct err *err);
/* TLS_DONE: *got > 0 bytes are there, and more may be, although the socket
 * has none: only TLS_WANT_READ says that all has been read. */
enum tls_status tls_read(struct tls *tls, char *p, size_t n, size_t *got);
/* TLS_DONE: *sent > 0 bytes are out. After any other result the next call
 * must begin with the same bytes, and have as many of them or more. */
enum tls_status tls_write(struct tls *tls, const char *p, size_t n,
			  size_t *sent);
/* Sends a few bytes that stay where they are: now, or before what is written
 * next. */
void tls_note(struct tls *tls, struct str bytes);
/* Says that no more will be sent, without waiting for anything. */
void tls_end(struct tls *tls);

#endif
