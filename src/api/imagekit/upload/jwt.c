/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads of clients to the second version of the call: a JSON Web Token
 * (RFC 7519, HS256 alone) whose payload repeats the fields of the form.
 */
#include "api/imagekit/upload/upload.h"
#include "api/mac.h"
#include "base/clock.h"
#include "base/encode.h"

#include <stdlib.h>

#define LIFETIME_MAX_S 3600
#define SKEW_S 300 /* that the signer's clock may be ahead */
/* Anybody may send one, and it is judged on the loop. */
#define TOKEN_MAX (16u * 1024)
#define HEADER_MAX 1024u /* the one part that is read unproved, for the key */
#define SIGNATURE_LENGTH 43 /* SHA256_BYTES in base64 */

struct jwt {
	struct str header_text, payload_text, signature, signed_part;
	const json_t *payload; /* once the signature is known to be right */
};

static int invalid(struct err *err)
{
	return err_set(err, ERR_INVALID, "Your request has invalid token.");
}

/* URL-safe and without padding (RFC 7515): anything else has another
 * spelling. */
static struct str decode(struct arena *arena, struct str text)
{
	if (str_find(text, '+') >= 0 || str_find(text, '/') >= 0 ||
	    str_find(text, '=') >= 0)
		return STR_NONE;
	return base64_decode(arena, text);
}

static const json_t *read_part(struct request *rq, struct str text)
{
	struct str bytes = decode(request_arena(rq), text);
	const json_t *value = json_parse_arena(request_arena(rq), bytes,
					       JSON_REJECT_DUPLICATES);
	return json_is_object(value) ? value : NULL;
}

static bool split(struct str text, struct jwt *out)
{
	struct str rest = text;
	*out = (struct jwt){.payload = NULL};
	out->header_text = str_split(&rest, '.');
	out->payload_text = str_split(&rest, '.');
	out->signature = rest;
	out->signed_part =
		str_sub(text, 0, out->header_text.n + 1 + out->payload_text.n);
	return text.n <= TOKEN_MAX && out->header_text.n <= HEADER_MAX &&
	       out->signature.n == SIGNATURE_LENGTH;
}

/* RFC 7515 4.1.11: who does not know what `crit` names must refuse, and it
 * names nothing that is known here. */
static bool is_known_kind(const json_t *header)
{
	return str_eq(json_text(json_object_get(header, "alg")),
		      STR("HS256")) &&
	       json_object_get(header, "crit") == NULL;
}

static int check_times(const struct jwt *jwt, struct err *err)
{
	const json_t *issued = json_object_get(jwt->payload, "iat");
	const json_t *expires = json_object_get(jwt->payload, "exp");
	json_int_t now_s = now_ms() / 1000;
	if (!json_is_integer(issued) || !json_is_integer(expires))
		return invalid(err);
	json_int_t from = json_integer_value(issued);
	json_int_t until = json_integer_value(expires);
	if (from < 0 || from > now_s + SKEW_S || until < from ||
	    until - from > LIFETIME_MAX_S)
		return invalid(err);
	if (until <= now_s)
		return err_set(err, ERR_INVALID,
			       "Your request contains expired token.");
	return 0;
}

static bool is_repeated(const struct intake *intake, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (str_eq(intake->fields[i].name, intake->fields[at].name))
			return true;
	return false;
}

/* A member that is no text counts as it is written in JSON. */
static bool says(struct arena *arena, const json_t *value, struct str text)
{
	return str_eq(json_is_string(value) ? json_text(value)
					    : json_write(arena, value),
		      text);
}

/* Of what the token signs, beside the times, which are its own. */
static bool is_signed(struct arena *arena, const struct jwt *jwt,
		      const struct intake_field *field)
{
	if (str_eq(field->name, STR("iat")) || str_eq(field->name, STR("exp")))
		return false;
	const json_t *value =
		json_object_getn(jwt->payload, field->name.p, field->name.n);
	return value && says(arena, value, field->value);
}

/* The form has what the payload has, each once, and nothing else: different
 * fields that are all signed, and as many. */
static int check_fields(struct request *rq, const struct jwt *jwt,
			struct err *err)
{
	const struct intake *intake = rq->intake;
	size_t n = 0;
	bool same = true;
	for (size_t i = 0; same && i < intake->n_fields; i++) {
		const struct intake_field *field = &intake->fields[i];
		same = !is_repeated(intake, i);
		if (str_eq(field->name, STR("token")))
			continue;
		same = same && is_signed(request_arena(rq), jwt, field);
		n++;
	}
	if (same && n + 2 == json_object_size(jwt->payload))
		return 0;
	return err_set(err, ERR_INVALID,
		       "Your request contains invalid payload. It does not "
		       "match with the payload used to generate token.");
}

int imagekit_jwt_auth(struct request *rq, struct err *err)
{
	struct str text = intake_get(rq->intake, STR("token"));
	struct jwt jwt;
	if (text.n == 0)
		return err_set(err, ERR_INVALID,
			       "Your request is missing token parameter.");
	if (!split(text, &jwt))
		return invalid(err);
	const json_t *header = read_part(rq, jwt.header_text);
	struct str kid = json_text(json_object_get(header, "kid"));
	if (!is_known_kind(header) ||
	    imagekit_use_public_key(rq, kid, err) != 0)
		return invalid(err);
	const struct mac_claim claim = {
		MAC_SHA256_RAW, decode(request_arena(rq), jwt.signature),
		&jwt.signed_part, 1};
	if (!mac_proves(rq->keyring, rq->account->id, &claim))
		return invalid(err);
	jwt.payload = read_part(rq, jwt.payload_text);
	if (jwt.payload == NULL)
		return invalid(err);
	if (check_times(&jwt, err) != 0 || check_fields(rq, &jwt, err) != 0)
		return -1;
	rq->proof = PROOF_SIGNATURE;
	return 0;
}
