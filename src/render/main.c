/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stowage-render: the program that meets image decoders, so that the server
 * does not. Started by the server only (image/renderers.c), with a socket as
 * descriptor 3 and an empty environment; loads libvips, shuts itself in, then
 * answers requests (protocol.h) one by one until the socket ends.
 * Not here: retries and time limits, which are the server's.
 */
#include "image/protocol.h"
#include "render/inspect.h"
#include "render/metadata.h"
#include "render/sandbox.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A child is replaced before leaks of decoders add up, and long before its CPU
 * limit would kill it in the middle of a request. */
#define REQUESTS_MAX 20000u
#define CPU_SECONDS_MAX (SANDBOX_CPU_SECONDS / 2)

/* 1 and *fd owned by the caller, 0 at the end, -1 when it is no request. */
static int receive(struct render_request *request, int *fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {request, sizeof(*request)};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(RENDER_FD, &message, MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return (int)n;
	const struct cmsghdr *passed = CMSG_FIRSTHDR(&message);
	if (n != sizeof(*request) || passed == NULL ||
	    passed->cmsg_type != SCM_RIGHTS ||
	    passed->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(fd, CMSG_DATA(passed), sizeof(*fd));
	return 1;
}

static bool send_reply(const struct render_reply *reply, char *text)
{
	struct render_reply copy = *reply;
	struct iovec data[] = {{&copy, sizeof(copy)}, {text, copy.text_size}};
	struct msghdr message = {.msg_iov = data, .msg_iovlen = 2};
	return sendmsg(RENDER_FD, &message, MSG_NOSIGNAL) ==
	       (ssize_t)(sizeof(copy) + copy.text_size);
}

/* Fill the reply from an image that is open, the info already there. */

static int inspect(struct source *source, struct render_reply *reply,
		   char *text, struct err *err)
{
	(void)source, (void)reply, (void)text, (void)err;
	return 0;
}

static int embedded(struct source *source, struct render_reply *reply,
		    char *text, struct err *err)
{
	(void)err;
	reply->text_size = (uint32_t)inspect_embedded(source, text);
	return 0;
}

static int metadata(struct source *source, struct render_reply *reply,
		    char *text, struct err *err)
{
	size_t n = 0;
	if (metadata_read(source, &reply->metadata, text, &n, err) < 0)
		return -1;
	reply->text_size = (uint32_t)n;
	return 0;
}

static const struct kind {
	uint32_t kind;
	int (*answer)(struct source *source, struct render_reply *reply,
		      char *text, struct err *err);
} kinds[] = {
	{RENDER_INSPECT, inspect},
	{RENDER_EMBEDDED, embedded},
	{RENDER_METADATA, metadata},
};

static uint32_t read_image(const struct kind *kind, int fd, uint64_t size,
			   struct render_reply *reply, char *text)
{
	struct source source;
	struct err err;
	if (source_open(&source, fd, size, &err) < 0)
		return RENDER_UNREADABLE;
	int result = inspect_image(&source, &reply->info, &err);
	if (result == 0)
		result = kind->answer(&source, reply, text, &err);
	source_close(&source);
	if (result == 0)
		return RENDER_OK;
	return err.code == ERR_TOO_LARGE ? RENDER_TOO_LARGE : RENDER_UNREADABLE;
}

static void answer(const struct render_request *request, int fd,
		   struct render_reply *reply, char *text)
{
	reply->status = RENDER_REFUSED;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].kind == request->kind)
			reply->status = read_image(&kinds[i], fd, request->size,
						   reply, text);
}

static bool is_spent(uint32_t requests)
{
	return requests >= REQUESTS_MAX ||
	       clock() / CLOCKS_PER_SEC >= CPU_SECONDS_MAX;
}

static int serve(void)
{
	static char text[RENDER_TEXT_MAX];
	struct render_reply hello = {.kind = RENDER_HELLO};
	struct render_request request;
	int fd = -1, received;
	if (!send_reply(&hello, text))
		return EXIT_FAILURE;
	for (uint32_t n = 1; (received = receive(&request, &fd)) > 0; n++) {
		struct render_reply reply = {
			.kind = request.kind,
			.number = request.number,
		};
		answer(&request, fd, &reply, text);
		close(fd);
		reply.is_last = is_spent(n);
		if (!send_reply(&reply, text))
			return EXIT_FAILURE;
		if (reply.is_last)
			break;
	}
	return received < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool has_channel(void)
{
	int type = 0;
	socklen_t size = sizeof(type);
	return getsockopt(RENDER_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
	       type == SOCK_SEQPACKET;
}

int main(int argc, char **argv)
{
	struct err err;
	if (argc != 1 || !has_channel()) {
		fputs("stowage-render: to be started by stowage only\n",
		      stderr);
		return 2;
	}
	clearenv();
	json_object_seed(0); /* from a file, while there are files */
	if (decode_init(argv[0], &err) < 0 ||
	    sandbox_enter(RENDER_FD, &err) < 0) {
		fprintf(stderr, "stowage-render: %s\n", err.text);
		return EXIT_FAILURE;
	}
	/* libraries would like to tidy up with calls that are closed now */
	_exit(serve());
}
