/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/message.h"
#include "base/retry.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

struct head {
	uint32_t kind;
	uint32_t number;
	uint32_t is_last; /* 0 or 1 */
	uint32_t n_fds;
	uint32_t text_size; /* bytes that follow */
};

union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int) * HELPER_FDS_MAX)];
};

bool message_send(int channel, const struct message *message)
{
	union control control = {.bytes = {0}};
	struct head head = {
		.kind = message->kind,
		.number = message->number,
		.is_last = message->is_last,
		.n_fds = message->n_fds,
		.text_size = (uint32_t)message->text.n,
	};
	struct iovec data[] = {
		{&head, sizeof(head)},
		{(void *)(uintptr_t)message->text.p, message->text.n}};
	struct msghdr packet = {.msg_iov = data, .msg_iovlen = 2};
	size_t fds = sizeof(int) * message->n_fds;
	if (fds) {
		packet.msg_control = &control;
		packet.msg_controllen = CMSG_SPACE(fds);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(fds);
		memcpy(CMSG_DATA(&control.head), message->fds, fds);
	}
	ssize_t sent = RETRY_EINTR(
		sendmsg(channel, &packet, MSG_NOSIGNAL | MSG_DONTWAIT));
	return sent == (ssize_t)(sizeof(head) + message->text.n);
}

static void take_fds(struct msghdr *packet, struct message *out)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(packet);
	out->n_fds = 0;
	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS)
		return;
	out->n_fds = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(out->fds, CMSG_DATA(c), out->n_fds * sizeof(int));
}

void message_close_fds(struct message *message)
{
	for (unsigned i = 0; i < message->n_fds; i++)
		close(message->fds[i]);
	message->n_fds = 0;
}

/* All of it came, and no more than it says. */
static bool is_whole(const struct msghdr *packet, const struct head *head,
		     size_t got, unsigned n_fds)
{
	return !(packet->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
	       got >= sizeof(*head) && head->text_size <= HELPER_TEXT_MAX &&
	       got == sizeof(*head) + head->text_size && head->n_fds == n_fds;
}

int message_receive(int channel, int flags, char text[HELPER_TEXT_MAX],
		    struct message *out)
{
	union control control;
	struct head head = {0};
	struct iovec data[] = {{&head, sizeof(head)}, {text, HELPER_TEXT_MAX}};
	struct msghdr packet = {
		.msg_iov = data,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = RETRY_EINTR(
		recvmsg(channel, &packet, flags | MSG_CMSG_CLOEXEC));
	if (got < 0)
		return -1;
	take_fds(&packet, out);
	if (got == 0 && out->n_fds == 0)
		return 0;
	if (!is_whole(&packet, &head, (size_t)got, out->n_fds)) {
		message_close_fds(out);
		errno = EBADMSG;
		return -1;
	}
	out->kind = head.kind;
	out->number = head.number;
	out->is_last = head.is_last != 0;
	out->text = (struct str){text, head.text_size};
	return 1;
}
