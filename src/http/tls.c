/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.2 and 1.3 by OpenSSL. A context holds an SSL_CTX; each connection's
 * SSL has its own reference to the one it was made of, so that a reload only
 * exchanges a pointer.
 */
#include "http/tls.h"

#include <glib.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

/* TLS 1.2: forward secrecy and authenticated encryption only, which is what
 * all of TLS 1.3 is. */
#define CIPHERS_1_2 "ECDHE+AESGCM:ECDHE+CHACHA20"
#define KEY_UPDATES_MAX 32 /* with no data between them */

struct tls_context {
	char *certificate_file, *key_file;
	GMutex mutex; /* for the pointer */
	SSL_CTX *ssl_ctx;
};

struct tls {
	SSL *ssl;
	struct str owed;      /* by tls_note() */
	unsigned key_updates; /* since the last data */
	bool mute;            /* nothing more can be said */
};

/* The first error in OpenSSL's queue is the cause of the others. */
static const char *reason(void)
{
	unsigned long first = ERR_peek_error();
	if (ERR_SYSTEM_ERROR(first))
		return g_strerror(ERR_GET_REASON(first));
	const char *text = ERR_reason_error_string(first);
	return text ? text : "the connection was cut";
}

/* Else OpenSSL would ask at the terminal. */
static int no_password(char *out, int size, int writing, void *user)
{
	(void)out, (void)size, (void)writing, (void)user;
	return -1;
}

static int use_certificate(SSL_CTX *ctx, const char *file, struct err *err)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, file) == 1)
		return 0;
	return err_set(err, ERR_INVALID,
		       "cannot read a PEM certificate from %.150s: %s", file,
		       reason());
}

static EVP_PKEY *read_key(const char *file)
{
	BIO *bio = BIO_new_file(file, "r");
	if (bio == NULL)
		return NULL;
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	return key;
}

static int use_key(SSL_CTX *ctx, const struct tls_context *context,
		   struct err *err)
{
	EVP_PKEY *key = read_key(context->key_file);
	if (key == NULL)
		return err_set(err, ERR_INVALID,
			       "cannot read a PEM private key (without "
			       "password) from %.150s: %s",
			       context->key_file, reason());
	int result = 0;
	if (X509_check_private_key(SSL_CTX_get0_certificate(ctx), key) != 1)
		result = err_set(err, ERR_INVALID,
				 "the private key in %.100s does not belong to "
				 "the certificate in %.100s",
				 context->key_file, context->certificate_file);
	else if (SSL_CTX_use_PrivateKey(ctx, key) != 1)
		result = err_set(err, ERR_INVALID,
				 "cannot use the private key in %.150s: %s",
				 context->key_file, reason());
	EVP_PKEY_free(key);
	return result;
}

static int choose_protocol(SSL *ssl, const unsigned char **out,
			   unsigned char *n, const unsigned char *offered,
			   unsigned n_offered, void *user)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;
	(void)ssl, (void)user;
	if (SSL_select_next_proto(&chosen, n, ours, sizeof(ours) - 1, offered,
				  n_offered) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static void see_message(int sent, int version, int type, const void *bytes,
			size_t n, SSL *ssl, void *user)
{
	const unsigned char *message = bytes;
	struct tls *tls = user;
	(void)version, (void)ssl;
	if (!sent && type == SSL3_RT_HANDSHAKE && n > 0 &&
	    message[0] == SSL3_MT_KEY_UPDATE)
		tls->key_updates++;
}

static void set_up(SSL_CTX *ctx)
{
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(ctx, CIPHERS_1_2);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA);
	/* without AUTO_RETRY SSL_read() comes back after each key update */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
				      SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1); /* one system call a record, not two */
	/* clients keep their sessions themselves, as tickets */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	SSL_CTX_set_msg_callback(ctx, see_message);
}

static int load(const struct tls_context *context, SSL_CTX **out,
		struct err *err)
{
	ERR_clear_error();
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int result = 0;
	if (ctx == NULL) {
		result = err_set(err, ERR_INTERNAL, "cannot start TLS: %s",
				 reason());
	} else {
		set_up(ctx);
		result = use_certificate(ctx, context->certificate_file, err);
		if (result == 0)
			result = use_key(ctx, context, err);
	}
	ERR_clear_error();
	if (result == 0)
		*out = ctx;
	else
		SSL_CTX_free(ctx);
	return result;
}

int tls_context_new(struct tls_context **out, const char *certificate_file,
		    const char *key_file, struct err *err)
{
	struct tls_context *context = g_new0(struct tls_context, 1);
	g_mutex_init(&context->mutex);
	context->certificate_file = g_strdup(certificate_file);
	context->key_file = g_strdup(key_file);
	if (load(context, &context->ssl_ctx, err) < 0) {
		tls_context_free(context);
		return -1;
	}
	*out = context;
	return 0;
}

int tls_context_reload(struct tls_context *context, struct err *err)
{
	SSL_CTX *fresh = NULL;
	if (load(context, &fresh, err) < 0)
		return -1;
	g_mutex_lock(&context->mutex);
	SSL_CTX *old = context->ssl_ctx;
	context->ssl_ctx = fresh;
	g_mutex_unlock(&context->mutex);
	SSL_CTX_free(old);
	return 0;
}

void tls_context_free(struct tls_context *context)
{
	if (context == NULL)
		return;
	SSL_CTX_free(context->ssl_ctx);
	g_mutex_clear(&context->mutex);
	g_free(context->certificate_file);
	g_free(context->key_file);
	g_free(context);
}

struct tls *tls_new(struct tls_context *context, int fd)
{
	g_mutex_lock(&context->mutex);
	SSL_CTX *ctx = context->ssl_ctx;
	SSL_CTX_up_ref(ctx);
	g_mutex_unlock(&context->mutex);
	SSL *ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_accept_state(ssl);
	struct tls *tls = g_new0(struct tls, 1);
	tls->ssl = ssl;
	SSL_set_msg_callback_arg(ssl, tls);
	return tls;
}

void tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	g_free(tls);
}

/* What a call that returned no more than 0 meant. OpenSSL looks at its error
 * queue for that, so each caller has cleared it before. */
static enum tls_status judge(struct tls *tls, int returned)
{
	switch (SSL_get_error(tls->ssl, returned)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_OVER;
	default:
		tls->mute = true;
		return TLS_OVER;
	}
}

enum tls_status tls_handshake(struct tls *tls, struct err *err)
{
	ERR_clear_error();
	int returned = SSL_do_handshake(tls->ssl);
	if (returned == 1)
		return TLS_DONE;
	enum tls_status status = judge(tls, returned);
	if (status != TLS_OVER)
		return status;
	unsigned long why = ERR_peek_error();
	if (ERR_GET_LIB(why) == ERR_LIB_SSL &&
	    ERR_GET_REASON(why) == SSL_R_HTTP_REQUEST)
		return TLS_PLAIN;
	err_set(err, ERR_INVALID, "%s", reason());
	return TLS_OVER;
}

enum tls_status tls_read(struct tls *tls, char *p, size_t n, size_t *got)
{
	for (;;) {
		unsigned before = tls->key_updates;
		ERR_clear_error();
		int returned = SSL_read_ex(tls->ssl, p, n, got);
		if (returned == 1) {
			tls->key_updates = 0;
			return TLS_DONE;
		}
		enum tls_status status = judge(tls, returned);
		if (status != TLS_WANT_READ || tls->key_updates == before)
			return status;
		/* not for want of bytes, but who does only this is hostile */
		if (tls->key_updates > KEY_UPDATES_MAX)
			return TLS_OVER;
	}
}

static enum tls_status write_some(struct tls *tls, const char *p, size_t n,
				  size_t *sent)
{
	ERR_clear_error();
	int returned = SSL_write_ex(tls->ssl, p, n, sent);
	return returned == 1 ? TLS_DONE : judge(tls, returned);
}

static enum tls_status write_owed(struct tls *tls)
{
	while (tls->owed.n > 0) {
		size_t sent;
		enum tls_status status =
			write_some(tls, tls->owed.p, tls->owed.n, &sent);
		if (status != TLS_DONE)
			return status;
		tls->owed = str_skip(tls->owed, sent);
	}
	return TLS_DONE;
}

enum tls_status tls_write(struct tls *tls, const char *p, size_t n,
			  size_t *sent)
{
	enum tls_status status = write_owed(tls);
	return status == TLS_DONE ? write_some(tls, p, n, sent) : status;
}

void tls_note(struct tls *tls, struct str bytes)
{
	tls->owed = bytes;
	(void)write_owed(tls);
}

void tls_end(struct tls *tls)
{
	if (tls->mute || !SSL_is_init_finished(tls->ssl))
		return;
	tls->mute = true;
	ERR_clear_error();
	(void)SSL_shutdown(tls->ssl);
}
