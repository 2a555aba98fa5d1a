/* SPDX-License-Identifier: Apache-2.0 */
#include "base/certificate.h"
#include "base/address.h"
#include "base/digest.h"
#include "base/id.h"

#include <glib.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DAY_S (24 * 3600L)
#define SERIAL_BYTES 16
#define DNS_MAX 253
#define LABEL_MAX 63

/* One of the two, while it is made. */
struct draft {
	X509 *x509;
	EVP_PKEY *key;
};

bool certificate_name_valid(const char *name)
{
	struct address address;
	struct str rest = str_of(name);
	if (address_parse(rest, &address))
		return true;
	if (rest.n > DNS_MAX)
		return false;
	if (str_starts(rest, STR("*.")))
		rest = str_skip(rest, 2);
	do {
		struct str label = str_split(&rest, '.');
		if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' ||
		    label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!g_ascii_isalnum(label.p[i]) && label.p[i] != '-')
				return false;
	} while (rest.p);
	return true;
}

static int fail(struct err *err)
{
	char why[160];
	ERR_error_string_n(ERR_get_error(), why, sizeof(why));
	ERR_clear_error();
	return err_set(err, ERR_INTERNAL, "The certificate cannot be made: %s",
		       why);
}

static void draft_release(struct draft *draft)
{
	X509_free(draft->x509);
	EVP_PKEY_free(draft->key);
}

static bool set_serial(X509 *x509)
{
	uint8_t bytes[SERIAL_BYTES];
	random_bytes(bytes, sizeof(bytes));
	bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive, as long */
	BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	bool done = number &&
		    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
	BN_free(number);
	return done;
}

/* Names, dates and key; the clock of a client may be behind. */
static bool begin(struct draft *draft, const char *name, const X509 *issuer)
{
	draft->key = EVP_EC_gen("P-256");
	draft->x509 = X509_new();
	if (draft->key == NULL || draft->x509 == NULL)
		return false;
	X509 *x509 = draft->x509;
	X509_NAME *subject = X509_get_subject_name(x509);
	return X509_set_version(x509, X509_VERSION_3) && set_serial(x509) &&
	       X509_gmtime_adj(X509_getm_notBefore(x509), -DAY_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(x509),
			       (CERTIFICATE_DAYS - 1) * DAY_S) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
					  (const unsigned char *)name, -1, -1,
					  0) &&
	       X509_set_issuer_name(x509, issuer ? X509_get_subject_name(issuer)
						 : subject) &&
	       X509_set_pubkey(x509, draft->key);
}

/* value: in the words of x509v3_config(5) */
static bool add(X509 *x509, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
	X509_EXTENSION *extension =
		X509V3_EXT_conf_nid(NULL, &context, nid, value);
	bool done = extension && X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
	return done;
}

/* "DNS:a,IP:127.0.0.1" */
static char *alternative_names(const char *const *names)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (; *names; names++) {
		struct address address;
		bool numeric = address_parse(str_of(*names), &address);
		g_string_append_printf(out, "%s%s:%s", out->len ? "," : "",
				       numeric ? "IP" : "DNS", *names);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "critical,permitted;DNS:a,permitted;IP:127.0.0.1/255.255.255.255" */
static char *constraints(const char *const *names)
{
	g_autoptr(GString) out = g_string_new("critical");
	for (; *names; names++) {
		struct address address;
		const char *name = *names;
		bool numeric = address_parse(str_of(name), &address);
		if (!numeric && g_str_has_prefix(name, "*."))
			name += 2;
		g_string_append_printf(
			out, ",permitted;%s:%s%s", numeric ? "IP" : "DNS", name,
			!numeric ? ""
			: strchr(name, ':')
				? "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
				: "/255.255.255.255");
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool make_authority(struct draft *ca, const char *const *names)
{
	g_autofree char *allowed = constraints(names);
	char name[64];
	uint8_t number[4];
	/* two of them are told apart where they are trusted */
	random_bytes(number, sizeof(number));
	g_snprintf(name, sizeof(name),
		   "Stowage development CA %02x%02x%02x%02x", number[0],
		   number[1], number[2], number[3]);
	return begin(ca, name, NULL) &&
	       add(ca->x509, ca->x509, NID_subject_key_identifier, "hash") &&
	       add(ca->x509, ca->x509, NID_basic_constraints,
		   "critical,CA:TRUE,pathlen:0") &&
	       add(ca->x509, ca->x509, NID_key_usage,
		   "critical,keyCertSign,cRLSign") &&
	       add(ca->x509, ca->x509, NID_name_constraints, allowed) &&
	       X509_sign(ca->x509, ca->key, EVP_sha256());
}

static bool make_server(struct draft *server, const struct draft *ca,
			const char *const *names)
{
	g_autofree char *alternatives = alternative_names(names);
	return begin(server, "Stowage development server", ca->x509) &&
	       add(server->x509, ca->x509, NID_subject_key_identifier,
		   "hash") &&
	       add(server->x509, ca->x509, NID_authority_key_identifier,
		   "keyid") &&
	       add(server->x509, ca->x509, NID_basic_constraints,
		   "critical,CA:FALSE") &&
	       add(server->x509, ca->x509, NID_key_usage,
		   "critical,digitalSignature") &&
	       add(server->x509, ca->x509, NID_ext_key_usage, "serverAuth") &&
	       add(server->x509, ca->x509, NID_subject_alt_name,
		   alternatives) &&
	       X509_sign(server->x509, ca->key, EVP_sha256());
}

/* What was written into memory; frees it. */
static char *text_of(BIO *bio, bool written)
{
	char *p;
	long n = written ? BIO_get_mem_data(bio, &p) : 0;
	char *text = n > 0 ? g_strndup(p, (size_t)n) : NULL;
	BIO_free(bio);
	return text;
}

static char *certificate_text(X509 *x509)
{
	BIO *bio = BIO_new(BIO_s_mem());
	return text_of(bio, bio && PEM_write_bio_X509(bio, x509));
}

static char *key_text(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	return text_of(bio,
		       bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0,
						       NULL, NULL));
}

int certificate_make(struct certificate *out, const char *const *names,
		     struct err *err)
{
	struct draft ca = {NULL, NULL}, server = {NULL, NULL};
	*out = (struct certificate){NULL, NULL, NULL};
	bool made =
		make_authority(&ca, names) && make_server(&server, &ca, names);
	if (made) {
		out->authority = certificate_text(ca.x509);
		out->server = certificate_text(server.x509);
		out->key = key_text(server.key);
	}
	draft_release(&ca);
	draft_release(&server);
	if (out->authority && out->server && out->key)
		return 0;
	certificate_release(out);
	return fail(err);
}

void certificate_release(struct certificate *certificate)
{
	if (certificate->key)
		secret_wipe(certificate->key, strlen(certificate->key));
	g_free(certificate->key);
	g_free(certificate->server);
	g_free(certificate->authority);
	*certificate = (struct certificate){NULL, NULL, NULL};
}
