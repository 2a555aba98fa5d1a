/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /process: a chain as JSON, of which storing a URL is what the SDKs'
 * storeURL sends.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/cdn/own.h"
#include "api/filestack/filestack.h"

static int read_command(struct request *rq, struct cdn_wish *wish,
			struct err *err)
{
	json_t *command;
	const struct chain_reading reading =
		cdn_reading(rq, STR_NONE, rq->x->head.query);
	if (filestack_command(rq, &command, err) != 0 ||
	    chain_read_command(&reading, command, request_arena(rq),
			       &wish->chain, err) < 0 ||
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
