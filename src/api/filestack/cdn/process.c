/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /process, as far as the SDKs' storeURL goes: one source URL and a
 * `store` task. SDKs differ in the case of the keys, so none is told apart.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"
#include "api/upload.h"

#define COMMAND_MAX (64u * 1024)

/* The body is a command, always: no form, no file. */
static const struct intake_plan command_plan = {.max_file = COMMAND_MAX};

int filestack_process_begin(struct request *rq, struct err *err)
{
	return request_expect_body(rq, &command_plan, err);
}

/* A URL, or {"source": URL, "headers": {}}. */
static int source_url(json_t *command, struct str *url, struct err *err)
{
	json_t *sources = json_member_nocase(command, "sources");
	json_t *source = json_array_get(sources, 0);
	if (json_array_size(sources) != 1)
		return err_set(err, ERR_INVALID,
			       "sources must have exactly one entry");
	if (json_is_object(source)) {
		if (json_object_size(json_member_nocase(source, "headers")) > 0)
			return err_set(err, ERR_UNSUPPORTED,
				       "headers for the source are not "
				       "supported");
		source = json_member_nocase(source, "source");
	}
	*url = json_text(source);
	if (url->n == 0)
		return err_set(err, ERR_INVALID, "sources must name a URL");
	return 0;
}

static void read_store(json_t *params, struct filestack_options *options)
{
	options->filename = json_text(json_member_nocase(params, "filename"));
	options->mimetype = json_text(json_member_nocase(params, "mimetype"));
	options->path = json_text(json_member_nocase(params, "path"));
	options->container = json_text(json_member_nocase(params, "container"));
	options->provider = json_text(json_member_nocase(params, "location"));
}

static void read_security(json_t *params, struct policy_claim *claim)
{
	claim->policy = json_text(json_member_nocase(params, "policy"));
	claim->signature = json_text(json_member_nocase(params, "signature"));
}

static int read_tasks(struct request *rq, json_t *command,
		      struct filestack_options *options, struct err *err)
{
	size_t i;
	json_t *task;
	bool stores = false;
	json_array_foreach (json_member_nocase(command, "tasks"), i, task) {
		struct str name = json_text(json_member_nocase(task, "name"));
		json_t *params = json_member_nocase(task, "params");
		if (str_eq(name, STR("store"))) {
			read_store(params, options);
			stores = true;
		} else if (str_eq(name, STR("security"))) {
			read_security(params, &rq->policy);
		} else {
			return err_set(err, ERR_UNSUPPORTED,
				       "Only the store task is supported");
		}
	}
	if (!stores)
		return err_set(err, ERR_INVALID,
			       "tasks must have a store task");
	if (options->provider.n == 0)
		options->provider = STR("S3");
	return filestack_known_provider(options->provider, err);
}

int filestack_process(struct request *rq, struct err *err)
{
	struct str body, url;
	struct filestack_options options = {0};
	struct fetch_result fetched;
	if (request_body(rq, COMMAND_MAX, &body, err) != 0)
		return -1;
	json_t *command = json_parse_arena(request_arena(rq), body, 0);
	if (!json_is_object(command))
		return err_set(err, ERR_INVALID,
			       "The body must be a JSON object");
	if (filestack_app(rq, json_text(json_member_nocase(command, "apikey")),
			  err) != 0 ||
	    upload_check_account(rq, err) != 0 ||
	    source_url(command, &url, err) != 0 ||
	    read_tasks(rq, command, &options, err) != 0 ||
	    filestack_allow_store(rq, NULL, err) != 0 ||
	    filestack_allow_url(rq, url, err) != 0 ||
	    upload_fetch(rq, url, &fetched, err) != 0)
		return -1;
	rq->intake->url = url;
	filestack_options_complete(&options, fetched.content_type,
				   fetched.name);
	return filestack_store_file(rq, &options, err);
}
