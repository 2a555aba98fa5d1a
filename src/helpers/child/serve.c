/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/child/serve.h"
#include "base/fd.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

bool serve_is_wanted(void)
{
	int type = 0;
	socklen_t size = sizeof(type);
	return getsockopt(HELPER_CHANNEL, SOL_SOCKET, SO_TYPE, &type, &size) ==
		       0 &&
	       type == SOCK_SEQPACKET;
}

/* The number is taken again, by /dev/null. */
static void close_output(struct serve_answer *answer)
{
	dup3(STDIN_FILENO, HELPER_OUTPUT, O_CLOEXEC);
	answer->output = -1;
}

/* The memory file gets the one number that may be written to: the lowest that
 * is free. */
static bool open_output(struct serve_answer *answer)
{
	if (answer->output >= 0)
		return true;
	close(HELPER_OUTPUT);
	answer->output =
		memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return answer->output == HELPER_OUTPUT;
}

int serve_output(struct serve_answer *answer, const void *p, size_t n)
{
	if (open_output(answer) && fd_write(answer->output, p, n) == 0)
		return 0;
	close_output(answer);
	return -1;
}

static bool send_answer(struct serve_answer *answer, struct message *message)
{
	message->text = (struct str){answer->text, answer->n};
	if (answer->output < 0)
		return message_send(HELPER_CHANNEL, message);
	message->n_fds = 1;
	message->fds[0] = answer->output;
	bool sent = fcntl(answer->output, F_ADD_SEALS, HELPER_SEALS) == 0 &&
		    message_send(HELPER_CHANNEL, message);
	close_output(answer);
	return sent;
}

static bool serve_one(const struct serve_program *program, struct message *job)
{
	static char text[HELPER_TEXT_MAX];
	const struct serve_job given = {job->text, job->n_fds, job->fds};
	struct serve_answer answer = {.text = text, .output = -1};
	struct message message = {
		.kind = MESSAGE_ANSWER,
		.number = job->number,
	};
	program->answer(&given, &answer);
	message_close_fds(job);
	message.is_last = clock() / CLOCKS_PER_SEC >= program->cpu_seconds;
	return send_answer(&answer, &message) && !message.is_last;
}

int serve(const struct serve_program *program)
{
	static char text[HELPER_TEXT_MAX];
	struct message greeting = {
		.kind = MESSAGE_GREETING,
		.text = str_of(program->greeting),
	};
	struct message job;
	int got = 0;
	if (!message_send(HELPER_CHANNEL, &greeting))
		return EXIT_FAILURE;
	while ((got = message_receive(HELPER_CHANNEL, 0, text, &job)) > 0)
		if (!serve_one(program, &job))
			break;
	return got < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
