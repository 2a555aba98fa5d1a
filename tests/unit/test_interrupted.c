/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that are interrupted again and again: nobody waits for them for ever.
 */
#include "base/fd.h"
#include "helpers/message.h"
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOR_GOOD INT_MAX

static int interruptions; /* of the calls that come */

static bool interrupt(void)
{
	if (interruptions == 0)
		return false;
	if (interruptions != FOR_GOOD)
		interruptions--;
	errno = EINTR;
	return true;
}

/* In the place of libc's. */

ssize_t write(int fd, const void *from, size_t n)
{
	return interrupt() ? -1 : syscall(SYS_write, fd, from, n);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return interrupt() ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	return interrupt() ? -1 : syscall(SYS_recvmsg, fd, message, flags);
}

static void writing_goes_on_or_ends(void **state)
{
	(void)state;
	int ends[2];
	char got[8] = "";
	assert_int_equal(pipe(ends), 0);
	interruptions = 3;
	assert_int_equal(fd_write(ends[1], "abc", 3), 0);
	interruptions = FOR_GOOD;
	assert_int_equal(fd_write(ends[1], "abc", 3), -1);
	assert_int_equal(errno, EINTR);
	interruptions = 0;
	assert_int_equal(read(ends[0], got, sizeof(got)), 3);
	assert_string_equal(got, "abc");
	close(ends[0]);
	close(ends[1]);
}

static void messages_go_on_or_end(void **state)
{
	(void)state;
	static char text[HELPER_TEXT_MAX];
	const struct message job = {.kind = MESSAGE_JOB, .text = STR("a job")};
	struct message got;
	int ends[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	interruptions = FOR_GOOD;
	assert_false(message_send(ends[0], &job));
	interruptions = 3;
	assert_true(message_send(ends[0], &job));
	interruptions = FOR_GOOD;
	assert_int_equal(message_receive(ends[1], 0, text, &got), -1);
	assert_int_equal(errno, EINTR);
	interruptions = 3;
	assert_int_equal(message_receive(ends[1], 0, text, &got), 1);
	assert_str(got.text, STR("a job"));
	interruptions = 0;
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writing_goes_on_or_ends),
		cmocka_unit_test(messages_go_on_or_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
