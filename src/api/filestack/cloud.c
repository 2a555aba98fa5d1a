/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pickers ask besides files: what the application may do, and drives of
 * other providers, of which there are none here.
 */
#include "api/filestack/filestack.h"

#include <glib.h>

#define NAMES_MAX 64       /* of one question */
#define NAME_BYTES_MAX 128 /* of one of them */

/* What there is here of all that clients ask for. */
static const char *const offered[] = {"intelligent_ingestion"};

static bool is_offered(struct str name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(offered); i++)
		if (str_eq(name, str_of(offered[i])))
			return true;
	return false;
}

/* Each name that is asked for gets its answer; first: in any case. */
static int answer_names(json_t *out, json_t *asked, const char *first,
			struct err *err)
{
	size_t i;
	json_t *value;
	json_object_set_new(out, first,
			    json_boolean(is_offered(str_of(first))));
	if (json_array_size(asked) > NAMES_MAX)
		return err_set(err, ERR_INVALID,
			       "At most %d names may be asked for at once",
			       NAMES_MAX);
	json_array_foreach (asked, i, value) {
		struct str name = json_text(value);
		if (name.n == 0 || name.n > NAME_BYTES_MAX)
			return err_set(err, ERR_INVALID,
				       "What is asked for must be names");
		json_object_set_new(out, json_string_value(value),
				    json_boolean(is_offered(name)));
	}
	return 0;
}

static int name_app(struct request *rq, json_t *asked, struct err *err)
{
	return filestack_known_app(
		rq, json_text(json_member_nocase(asked, "apikey")), err);
}

/* A policy need not be there; one that is has to be good. */
static int check_policy(struct request *rq, json_t *security, struct err *err)
{
	const struct policy *ignored;
	rq->policy = (struct policy_claim){
		.policy = json_text(json_member_nocase(security, "policy")),
		.signature =
			json_text(json_member_nocase(security, "signature")),
	};
	return rq->policy.policy.n
		       ? request_policy(rq, rq->account->id, &ignored, err)
		       : 0;
}

/* asked: a JSON object, or NULL. */
static int answer(struct request *rq, json_t *asked, struct err *err)
{
	json_t *settings = json_object(), *permissions = json_object();
	json_t *body =
		json_pack("{s:b,s:b,s:o,s:o}", "blocked",
			  rq->account->limits.grace, "inapp_browser", 0,
			  "settings", settings, "permissions", permissions);
	if (answer_names(settings, json_member_nocase(asked, "settings"),
			 "inapp_browser", err) < 0 ||
	    answer_names(permissions, json_member_nocase(asked, "permissions"),
			 "intelligent_ingestion", err) < 0) {
		json_decref(body);
		return -1;
	}
	http_set(rq->x, "Cache-Control", STR("no-store"));
	reply_json(rq, 200, "application/json", body);
	return 0;
}

int filestack_prefetch(struct request *rq, struct err *err)
{
	json_t *asked;
	int result = filestack_command(rq, &asked, err);
	if (result != 0)
		return result;
	if (name_app(rq, asked, err) < 0 ||
	    check_policy(rq, json_member_nocase(asked, "security"), err) < 0)
		return -1;
	return answer(rq, asked, err);
}

/* As clients of before 3.12 ask. */
int filestack_prefetch_get(struct request *rq, struct err *err)
{
	if (filestack_known_app(rq, request_query(rq, "apikey"), err) < 0)
		return -1;
	return answer(rq, NULL, err);
}

/* Nobody is signed in. */
int filestack_logout(struct request *rq, struct err *err)
{
	json_t *asked;
	int result = filestack_command(rq, &asked, err);
	if (result != 0)
		return result;
	if (name_app(rq, asked, err) < 0)
		return -1;
	reply_json(rq, 200, "application/json", json_object());
	return 0;
}

/* The same, as filepicker-js asks: without a key. */
int filestack_logout_get(struct request *rq, struct err *err)
{
	(void)err;
	reply_json(rq, 200, "application/json", json_object());
	return 0;
}

int filestack_no_cloud(struct request *rq, struct err *err)
{
	(void)rq;
	return err_set(err, ERR_NOT_FOUND,
		       "No cloud storage is connected to this server, and "
		       "nothing is recorded");
}
