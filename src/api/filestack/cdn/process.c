/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /process: a chain as JSON, of which storing a URL is what the SDKs'
 * storeURL sends.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/cdn/own.h"
#include "api/filestack/filestack.h"

#define COMMAND_MAX (64u * 1024)

/* The body is a command, always: no form, no file. */
static const struct intake_plan command_plan = {.max_file = COMMAND_MAX};

int filestack_process_begin(struct request *rq, struct err *err)
{
	if (filestack_basic(rq, err) < 0)
		return -1;
	return request_expect_body(rq, &command_plan, err);
}

static int read_command(struct request *rq, struct cdn_wish *wish,
			struct err *err)
{
	struct str body;
	struct arena *arena = request_arena(rq);
	const struct chain_reading reading =
		cdn_reading(rq, STR_NONE, rq->x->head.query);
	if (request_body(rq, COMMAND_MAX, &body, err) != 0)
		return -1;
	json_t *command = json_parse_arena(arena, body, JSON_REJECT_DUPLICATES);
	if (chain_read_command(&reading, command, arena, &wish->chain, err) <
		    0 ||
	    filestack_take_tags(json_member_nocase(command, "upload_tags"),
				&wish->tags, err) < 0)
		return -1;
	if (wish->chain.n_tasks == 0)
		return err_set(err, ERR_INVALID, "There are no tasks");
	return 0;
}

/* What is waited for runs it again, and a body may take a worker to read. */
int filestack_process(struct request *rq, struct err *err)
{
	if (rq->on_loop)
		return HANDLE_LATER;
	struct cdn_wish *wish = arena_zalloc(request_arena(rq), sizeof(*wish));
	wish->is_command = true;
	if (read_command(rq, wish, err) < 0)
		return -1;
	rq->dialect_data = wish;
	return cdn_answer(rq, err);
}
