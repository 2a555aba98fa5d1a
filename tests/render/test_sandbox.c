/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox of helpers: children of this test enter it and then try what it
 * is there to prevent.
 */
#include "helpers/child/sandbox.h"
#include "helpers/message.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEPT 11
#define KEPT_PATH "/usr/share/kept"
#define STRAY 12        /* open when the sandbox is entered */
#define NAMED_FIRST 768 /* where limits allow it */
#define MEMORY_MAX (1024u * 1024 * 1024)
#define OUTPUT_MAX 100000u
#define CPU_SECONDS 600
#define KILLED (-SIGSYS)

/* A file with a few bytes that is received like an image. */
static int passed = -1;
static pid_t parent; /* asking for it inside would kill already */

/* What is tried: 0 when it worked, else errno. */
typedef int attempt_fn(void);

static int result_of(long result)
{
	return result < 0 ? errno : 0;
}

static int open_to_read(void)
{
	return result_of(open("/etc/passwd", O_RDONLY));
}

static int open_to_write(void)
{
	return result_of(
		open("/tmp/stowage-sandbox", O_CREAT | O_WRONLY, 0600));
}

static int open_below(void)
{
	return result_of(
		syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0));
}

static int open_proc(void)
{
	return result_of(open("/proc/self/mem", O_RDWR));
}

static int look_at_a_path(void)
{
	return result_of(access("/etc/passwd", R_OK));
}

static int make_file_name(void)
{
	return result_of(link("/etc/passwd", "/tmp/stowage-sandbox"));
}

static int remove_file(void)
{
	return result_of(unlink("/tmp/stowage-sandbox"));
}

static int make_inet_socket(void)
{
	return result_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int make_unix_socket(void)
{
	return result_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int make_pair(void)
{
	int pair[2];
	return result_of(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static int connect_the_channel(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	return result_of(
		connect(HELPER_CHANNEL, (struct sockaddr *)&in, sizeof(in)));
}

static int run_program(void)
{
	char name[] = "/bin/true";
	char *arguments[] = {name, NULL};
	return result_of(execve(name, arguments, NULL));
}

static int run_program_by_descriptor(void)
{
	return result_of(
		syscall(SYS_execveat, passed, "", NULL, NULL, AT_EMPTY_PATH));
}

static int signal_parent(void)
{
	return result_of(kill(parent, 0));
}

static int signal_group(void)
{
	return result_of(kill(0, SIGCONT));
}

static int signal_thread(void)
{
	return result_of(syscall(SYS_tgkill, getpid(), getpid(), SIGCONT));
}

static int trace_parent(void)
{
	return result_of(ptrace(PTRACE_SEIZE, parent, NULL, NULL));
}

static int read_memory_of_parent(void)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {&byte, 1};
	return result_of(process_vm_readv(parent, &here, 1, &there, 1, 0));
}

static int start_process(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return result_of(pid);
}

static int unshare_namespaces(void)
{
	return result_of(unshare(CLONE_NEWUSER));
}

static int map_executable(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		       ? errno
		       : 0;
}

static int make_executable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return result_of(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int map_shared(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, passed,
		    0) == MAP_FAILED
		       ? errno
		       : 0;
}

static int write_to_passed_file(void)
{
	return result_of(write(passed, "x", 1));
}

static int write_into_passed_file(void)
{
	return result_of(pwrite(passed, "x", 1, 0));
}

static int cut_passed_file(void)
{
	return result_of(ftruncate(passed, 0));
}

static int move_offset_of_passed_file(void)
{
	return result_of(lseek(passed, 1, SEEK_SET));
}

static int read_passed_file(void)
{
	char byte;
	return result_of(read(passed, &byte, 1));
}

static int own_the_channels_signals(void)
{
	return result_of(fcntl(HELPER_CHANNEL, F_SETOWN, parent));
}

static int send_elsewhere(void)
{
	struct iovec data = {NULL, 0};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	return result_of(sendmsg(STRAY, &message, 0));
}

static int limit_parent(void)
{
	struct rlimit limit = {1, 1};
	return result_of(prlimit(parent, RLIMIT_CORE, &limit, NULL));
}

static int limit_itself_anew(void)
{
	struct rlimit limit = {1, 1};
	return result_of(prlimit(0, RLIMIT_CPU, &limit, NULL));
}

static int let_itself_be_dumped(void)
{
	return result_of(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int make_ring(void)
{
	return result_of(syscall(SYS_io_uring_setup, 1, NULL));
}

static int make_memory_file(void)
{
	return result_of(memfd_create("x", 0));
}

static int seal_passed_file(void)
{
	return result_of(fcntl(passed, F_ADD_SEALS, HELPER_SEALS));
}

static int pass_off_passed_file(void)
{
	return result_of(dup3(passed, HELPER_OUTPUT, O_CLOEXEC));
}

/* Its number is another, as that of outputs is taken. */
static int write_to_other_memory_file(void)
{
	int fd = memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? errno : result_of(write(fd, "x", 1));
}

static int open_output(void)
{
	close(HELPER_OUTPUT);
	return memfd_create("x", MFD_CLOEXEC | MFD_ALLOW_SEALING) ==
			       HELPER_OUTPUT
		       ? 0
		       : -1;
}

static int seal_output_in_part(void)
{
	return open_output() == 0 ? result_of(fcntl(HELPER_OUTPUT, F_ADD_SEALS,
						    F_SEAL_WRITE))
				  : -1;
}

static int use_stray_descriptor(void)
{
	return result_of(close(STRAY));
}

static int write_to_stdout(void)
{
	return result_of(write(STDOUT_FILENO, "x", 1));
}

/* What must go on working. */

static int map_passed_file(void)
{
	const char *p = mmap(NULL, 4, PROT_READ, MAP_PRIVATE, passed, 0);
	if (p == MAP_FAILED)
		return errno;
	return memcmp(p, "abcd", 4) == 0 ? 0 : -1;
}

static int send_over_channel(void)
{
	char byte = 'x';
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	return result_of(sendmsg(HELPER_CHANNEL, &message, MSG_NOSIGNAL));
}

static int read_passed_file_at_a_place(void)
{
	char bytes[2];
	return pread(passed, bytes, 2, 1) == 2 && !memcmp(bytes, "bc", 2) ? 0
									  : -1;
}

static int read_kept_file(void)
{
	char byte;
	return pread(KEPT, &byte, 1, 0) == 1 && byte == 'k' ? 0 : -1;
}

/* As libraries do it, that map what they open. */
static int open_kept_file_by_name(void)
{
	struct stat state;
	for (int i = 0; i < 100; i++) {
		int fd = i % 2 ? open(KEPT_PATH, O_RDONLY | O_CLOEXEC)
			       : openat(AT_FDCWD, KEPT_PATH, O_RDONLY);
		if (fd < 0 || access(KEPT_PATH, R_OK) != 0)
			return errno;
		if (fd <= HELPER_OUTPUT || fd == KEPT)
			return -1;
		if (fstat(fd, &state) != 0)
			return errno;
		const char *p = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);
		if (state.st_size != 1 || p == MAP_FAILED || *p != 'k')
			return -1;
		munmap((void *)(uintptr_t)p, 1);
		close(fd);
	}
	return 0;
}

static int open_lent_file(void)
{
	const struct sandbox_file file = {passed, "/lent"};
	sandbox_lend(&file);
	int fd = open("/lent", O_RDONLY);
	const char *p = mmap(NULL, 4, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd < 0 || p == MAP_FAILED || memcmp(p, "abcd", 4) != 0)
		return -1;
	/* where others are in it is left alone */
	if (lseek(fd, 2, SEEK_SET) != 2 || open("/lent", O_RDONLY) < 0 ||
	    lseek(fd, 0, SEEK_CUR) != 2)
		return -1;
	sandbox_lend(NULL);
	return open("/lent", O_RDONLY) < 0 && errno == EACCES &&
			       open_kept_file_by_name() == 0
		       ? 0
		       : -1;
}

static void *open_in_thread(void *user)
{
	int *result = user;
	*result = open_kept_file_by_name();
	return NULL;
}

static int open_kept_file_in_a_thread(void)
{
	pthread_t thread;
	int result = -1;
	if (pthread_create(&thread, NULL, open_in_thread, &result) != 0)
		return -1;
	pthread_join(thread, NULL);
	return result;
}

/* As libraries do it, that read: each from its start. */
static int read_kept_file_by_name(void)
{
	for (int i = 0; i < 3; i++) {
		char byte = 0;
		int fd = open(KEPT_PATH, O_RDONLY | O_CLOEXEC);
		if (fd < NAMED_FIRST || read(fd, &byte, 1) != 1 ||
		    byte != 'k' || read(fd, &byte, 1) != 0 ||
		    lseek(fd, 0, SEEK_SET) != 0 || read(fd, &byte, 1) != 1)
			return -1;
		close(fd);
	}
	return 0;
}

static int open_kept_file_to_write(void)
{
	return result_of(open(KEPT_PATH, O_RDWR));
}

static int ask_to_write_kept_file(void)
{
	return result_of(access(KEPT_PATH, W_OK));
}

static int cut_kept_file(void)
{
	return result_of(open(KEPT_PATH, O_RDONLY | O_TRUNC));
}

static int open_beside_kept_file(void)
{
	return result_of(open(KEPT_PATH "s", O_RDONLY));
}

static int look_at_kept_file(void)
{
	struct stat state;
	return result_of(fstatat(AT_FDCWD, KEPT_PATH, &state, 0));
}

static int look_at_a_path_through_a_descriptor(void)
{
	struct stat state;
	return result_of(fstatat(passed, "/etc", &state, AT_EMPTY_PATH));
}

/* It would have the one number that may be written to. */
static int double_passed_file_as_output(void)
{
	close(HELPER_OUTPUT);
	return result_of(fcntl(passed, F_DUPFD_CLOEXEC, HELPER_OUTPUT));
}

static int double_passed_file(void)
{
	return result_of(fcntl(passed, F_DUPFD, 0));
}

/* Twice, as for two answers. */
static int write_outputs(void)
{
	for (int i = 0; i < 2; i++) {
		if (open_output() != 0)
			return -1;
		if (write(HELPER_OUTPUT, "pixels", 6) != 6 ||
		    fcntl(HELPER_OUTPUT, F_ADD_SEALS, HELPER_SEALS) != 0)
			return errno;
		if (write(HELPER_OUTPUT, "x", 1) >= 0)
			return -1;
		if (dup3(STDIN_FILENO, HELPER_OUTPUT, O_CLOEXEC) < 0)
			return errno;
	}
	return 0;
}

static void *do_nothing(void *user)
{
	return malloc(1000) == NULL ? NULL : user;
}

static int start_thread(void)
{
	pthread_t thread;
	void *result = NULL;
	int mark, failed = pthread_create(&thread, NULL, do_nothing, &mark);
	if (failed)
		return failed;
	pthread_join(thread, &result);
	return result == &mark ? 0 : -1;
}

static int sleep_a_moment(void)
{
	struct timespec moment = {0, 1000};
	return result_of(nanosleep(&moment, NULL));
}

static int take_memory(void)
{
	void *p = mmap(NULL, 100 << 20, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return errno;
	return result_of(munmap(p, 100 << 20));
}

static int check_limits(void)
{
	static const struct {
		__rlimit_resource_t resource;
		rlim_t most;
	} rows[] = {
		{RLIMIT_CPU, CPU_SECONDS},
		{RLIMIT_NOFILE, NAMED_FIRST + 16},
		{RLIMIT_CORE, 0},
	};
	struct rlimit limit;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (getrlimit(rows[i].resource, &limit) != 0 ||
		    limit.rlim_max != rows[i].most)
			return -1;
	return 0;
}

#define TRY(name) name, #name

static const struct {
	attempt_fn *attempt;
	const char *name;
	int outcome;
} attempts[] = {
	{TRY(open_to_read), EACCES},
	{TRY(open_to_write), EACCES},
	{TRY(open_below), EACCES},
	{TRY(open_proc), EACCES},
	{TRY(look_at_a_path), EACCES},
	{TRY(make_file_name), KILLED},
	{TRY(remove_file), KILLED},
	{TRY(make_inet_socket), KILLED},
	{TRY(make_unix_socket), KILLED},
	{TRY(make_pair), KILLED},
	{TRY(connect_the_channel), KILLED},
	{TRY(run_program), KILLED},
	{TRY(run_program_by_descriptor), KILLED},
	{TRY(signal_parent), KILLED},
	{TRY(signal_group), KILLED},
	{TRY(signal_thread), KILLED},
	{TRY(trace_parent), KILLED},
	{TRY(read_memory_of_parent), KILLED},
	{TRY(start_process), KILLED},
	{TRY(unshare_namespaces), KILLED},
	{TRY(map_executable), KILLED},
	{TRY(make_executable), KILLED},
	{TRY(map_shared), KILLED},
	{TRY(write_to_passed_file), KILLED},
	{TRY(write_into_passed_file), KILLED},
	{TRY(cut_passed_file), KILLED},
	{TRY(move_offset_of_passed_file), KILLED},
	{TRY(read_passed_file), KILLED},
	{TRY(own_the_channels_signals), EPERM},
	{TRY(send_elsewhere), KILLED},
	{TRY(limit_parent), KILLED},
	{TRY(limit_itself_anew), KILLED},
	{TRY(let_itself_be_dumped), KILLED},
	{TRY(make_ring), KILLED},
	{TRY(make_memory_file), KILLED},
	{TRY(seal_passed_file), KILLED},
	{TRY(pass_off_passed_file), KILLED},
	{TRY(write_to_other_memory_file), KILLED},
	{TRY(seal_output_in_part), KILLED},
	{TRY(write_to_stdout), KILLED},
	{TRY(use_stray_descriptor), EBADF},
	{TRY(open_kept_file_to_write), EACCES},
	{TRY(ask_to_write_kept_file), EACCES},
	{TRY(cut_kept_file), EACCES},
	{TRY(open_beside_kept_file), EACCES},
	{TRY(look_at_kept_file), EACCES},
	{TRY(look_at_a_path_through_a_descriptor), EACCES},
	{TRY(double_passed_file_as_output), KILLED},
	{TRY(double_passed_file), EPERM},
	{TRY(map_passed_file), 0},
	{TRY(read_passed_file_at_a_place), 0},
	{TRY(read_kept_file), 0},
	{TRY(open_kept_file_by_name), 0},
	{TRY(read_kept_file_by_name), 0},
	{TRY(open_kept_file_in_a_thread), 0},
	{TRY(open_lent_file), 0},
	{TRY(write_outputs), 0},
	{TRY(send_over_channel), 0},
	{TRY(start_thread), 0},
	{TRY(sleep_a_moment), 0},
	{TRY(take_memory), 0},
	{TRY(check_limits), 0},
};

/* The file comes over the channel, as images do. */
static int receive_file(void)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int fd = -1;
	if (recvmsg(HELPER_CHANNEL, &message, MSG_CMSG_CLOEXEC) == 1)
		memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

static void send_file(int channel)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS,
			      .cmsg_len = CMSG_LEN(sizeof(int))}};
	char byte = 'x';
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int fd = memfd_create("file", MFD_CLOEXEC);
	assert_int_equal(write(fd, "abcd", 4), 4);
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	assert_int_equal(sendmsg(channel, &message, 0), 1);
	close(fd);
}

static _Noreturn void try_inside(int channel, attempt_fn *attempt)
{
	static const struct sandbox_file kept = {KEPT, KEPT_PATH};
	static const struct sandbox sandbox = {
		.memory_max = MEMORY_MAX,
		.output_max = OUTPUT_MAX,
		.cpu_seconds = CPU_SECONDS,
		.files = &kept,
		.n_files = 1,
	};
	struct err err;
	int file = memfd_create("kept", MFD_CLOEXEC);
	if (write(file, "k", 1) != 1)
		_exit(254);
	dup2(channel, HELPER_CHANNEL);
	dup2(channel, STRAY);
	dup2(file, KEPT);
	if (sandbox_enter(&sandbox, &err) != 0)
		_exit(254);
	passed = receive_file();
	if (passed < 0)
		_exit(253);
	int outcome = attempt();
	_exit(outcome < 0 ? 252 : outcome);
}

/* The exit status, negative for a signal. */
static int outcome_of(attempt_fn *attempt)
{
	int pair[2], status;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	send_file(pair[0]);
	pid_t pid = fork();
	if (pid == 0)
		try_inside(pair[1], attempt);
	close(pair[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(pair[0]);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void only_computing_and_answering_work_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(attempts); i++) {
		int outcome = outcome_of(attempts[i].attempt);
		if (outcome != attempts[i].outcome)
			fail_msg("%s: %d, not %d", attempts[i].name, outcome,
				 attempts[i].outcome);
	}
	assert_int_equal(access("/tmp/stowage-sandbox", F_OK), -1);
}

static int take_too_much_memory(void)
{
	return mmap(NULL, MEMORY_MAX, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		    0) == MAP_FAILED
		       ? errno
		       : 0;
}

static void memory_is_limited(void **state)
{
	(void)state;
	if (SANDBOX_SANITIZED)
		skip();
	assert_int_equal(outcome_of(take_too_much_memory), ENOMEM);
}

static int write_too_large_output(void)
{
	static const char bytes[OUTPUT_MAX + 1];
	if (open_output() != 0)
		return -1;
	/* as much as may be, then none */
	if (write(HELPER_OUTPUT, bytes, sizeof(bytes)) != OUTPUT_MAX)
		return -1;
	return result_of(write(HELPER_OUTPUT, bytes, 1));
}

static void output_is_limited(void **state)
{
	(void)state;
	if (SANDBOX_SANITIZED)
		skip();
	assert_int_equal(outcome_of(write_too_large_output), -SIGXFSZ);
}

static int linger(void)
{
	struct timespec lengthy = {100, 0};
	return result_of(nanosleep(&lengthy, NULL));
}

static void nobody_outlives_the_parent(void **state)
{
	(void)state;
	int pair[2];
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	send_file(pair[0]);
	pid_t middle = fork();
	if (middle == 0) {
		if (fork() == 0)
			try_inside(pair[1], linger);
		/* once the file is taken, the child is inside */
		struct pollfd taken = {.fd = pair[1], .events = POLLIN};
		while (poll(&taken, 1, 0) > 0)
			sched_yield();
		_exit(0);
	}
	close(pair[1]);
	assert_int_equal(waitpid(middle, NULL, 0), middle);
	struct pollfd ended = {.fd = pair[0], .events = POLLIN};
	assert_int_equal(poll(&ended, 1, 60000), 1);
	assert_true(ended.revents & POLLHUP);
	close(pair[0]);
}

int main(void)
{
	parent = getpid();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_computing_and_answering_work_inside),
		cmocka_unit_test(memory_is_limited),
		cmocka_unit_test(output_is_limited),
		cmocka_unit_test(nobody_outlives_the_parent),
	};
	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
