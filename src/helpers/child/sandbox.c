/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads/thread.h"
#include "helpers/child/names.h"
#include "helpers/message.h"

#include <errno.h>
#include <stdlib.h>
#include <glib.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(scmp_filter_ctx, seccomp_release, NULL)

/* Descriptors from here on, or from a lower one when that is above what the
 * process may have, are of files that were opened by their names: these can
 * also be read from where one is in them. */
#define NAMED_FIRST 768
#define NAMED_MAX 16  /* of them at a time */
#define OTHERS_MAX 32 /* below: standard streams, what is passed, ... */

/* Argument tests of a rule. */
#define IS(argument, value) SCMP_CMP(argument, SCMP_CMP_EQ, value, 0)
#define BITS(argument, mask, value)                                            \
	SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value)

#define THREAD_FLAGS (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

struct rule {
	int call;
	unsigned n;
	struct scmp_arg_cmp args[3];
};

static const struct rule allowed[] = {
	/* memory: none that is executable, none that is shared with the
	 * server's file */
	{SCMP_SYS(mmap), 2, {BITS(2, PROT_EXEC, 0), BITS(3, MAP_SHARED, 0)}},
	{SCMP_SYS(mprotect), 1, {BITS(2, PROT_EXEC, 0)}},
	{SCMP_SYS(munmap), 0, {{0}}},
	{SCMP_SYS(mremap), 0, {{0}}},
	{SCMP_SYS(madvise), 0, {{0}}},
	{SCMP_SYS(brk), 0, {{0}}},
	/* threads of this process, none of others */
	{SCMP_SYS(clone), 1, {BITS(0, THREAD_FLAGS, THREAD_FLAGS)}},
	{SCMP_SYS(futex), 0, {{0}}},
	{SCMP_SYS(set_robust_list), 0, {{0}}},
	{SCMP_SYS(rseq), 0, {{0}}},
	{SCMP_SYS(sched_yield), 0, {{0}}},
	{SCMP_SYS(sched_getaffinity), 0, {{0}}},
	{SCMP_SYS(sched_getattr), 0, {{0}}},
	{SCMP_SYS(getpid), 0, {{0}}},
	{SCMP_SYS(gettid), 0, {{0}}},
	{SCMP_SYS(prctl), 1, {IS(0, PR_SET_NAME)}},
	{SCMP_SYS(prlimit64), 2, {IS(0, 0), IS(2, 0)}}, /* asking only */
	{SCMP_SYS(exit), 0, {{0}}},
	{SCMP_SYS(exit_group), 0, {{0}}},
	/* its own signals */
	{SCMP_SYS(rt_sigprocmask), 0, {{0}}},
	{SCMP_SYS(rt_sigaction), 0, {{0}}},
	{SCMP_SYS(rt_sigreturn), 0, {{0}}},
	{SCMP_SYS(sigaltstack), 0, {{0}}},
	{SCMP_SYS(restart_syscall), 0, {{0}}},
	/* time and chance */
	{SCMP_SYS(clock_gettime), 0, {{0}}},
	{SCMP_SYS(clock_getres), 0, {{0}}},
	{SCMP_SYS(gettimeofday), 0, {{0}}},
	{SCMP_SYS(clock_nanosleep), 0, {{0}}},
	{SCMP_SYS(nanosleep), 0, {{0}}},
	{SCMP_SYS(getrandom), 0, {{0}}},
	/* descriptors it was passed, all for reading only */
	{SCMP_SYS(close), 0, {{0}}},
	{SCMP_SYS(pread64), 0, {{0}}},
	{SCMP_SYS(fstat), 0, {{0}}},
	/* talking */
	{SCMP_SYS(recvmsg), 1, {IS(0, HELPER_CHANNEL)}},
	{SCMP_SYS(sendmsg), 1, {IS(0, HELPER_CHANNEL)}},
	{SCMP_SYS(write), 1, {IS(0, STDERR_FILENO)}},
	/* the memory file of an answer */
	{SCMP_SYS(memfd_create), 1, {IS(1, MFD_CLOEXEC | MFD_ALLOW_SEALING)}},
	{SCMP_SYS(write), 1, {IS(0, HELPER_OUTPUT)}},
	{SCMP_SYS(fcntl),
	 3,
	 {IS(0, HELPER_OUTPUT), IS(1, F_ADD_SEALS), IS(2, HELPER_SEALS)}},
	{SCMP_SYS(dup3),
	 3,
	 {IS(0, STDIN_FILENO), IS(1, HELPER_OUTPUT), IS(2, O_CLOEXEC)}},
};

/* What is answered by names.c. */
static const int trapped[] = {
	SCMP_SYS(open),      SCMP_SYS(openat),     SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(newfstatat),
};

#define FCNTL_COMMANDS 16 /* the old ones, that no number is missing of */

/* What libraries try without needing it. */
static const struct refusal {
	int call;
	int error;
} refused[] = {
	{SCMP_SYS(openat2), EACCES},
	{SCMP_SYS(stat), EACCES},
	{SCMP_SYS(lstat), EACCES},
	{SCMP_SYS(statx), EACCES},
	{SCMP_SYS(statfs), EACCES},
	{SCMP_SYS(readlink), EACCES},
	{SCMP_SYS(readlinkat), EACCES},
	{SCMP_SYS(getcwd), EACCES},
	{SCMP_SYS(uname), EPERM},
	{SCMP_SYS(sysinfo), EPERM},
	{SCMP_SYS(ioctl), EPERM},
	{SCMP_SYS(sched_setattr), EPERM},
	{SCMP_SYS(sched_setscheduler), EPERM},
	{SCMP_SYS(setpriority), EPERM},
	{SCMP_SYS(clone3), ENOSYS}, /* so that clone is tried */
};

static int set_limit(int resource, uint64_t value, struct err *err)
{
	struct rlimit limit = {value, value};
	if (prlimit(0, (enum __rlimit_resource)resource, &limit, NULL) != 0)
		return err_set_errno(err, errno, "sandbox: limits");
	return 0;
}

/* Of descriptors that the process may have open, now or ever. */
static rlim_t descriptors(bool ever)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	return ever ? limit.rlim_max : limit.rlim_cur;
}

unsigned sandbox_files_room(void)
{
	rlim_t most = MIN(descriptors(false), NAMED_FIRST + NAMED_MAX);
	const unsigned taken = OTHERS_MAX + NAMED_MAX;
	return most > taken ? MIN((unsigned)most - taken, SANDBOX_FILES_MAX)
			    : 0;
}

static unsigned first_named(void)
{
	rlim_t most = MIN(descriptors(true), NAMED_FIRST + NAMED_MAX);
	return MAX((unsigned)most, OTHERS_MAX + NAMED_MAX) - NAMED_MAX;
}

static int set_limits(const struct sandbox *sandbox, unsigned first,
		      struct err *err)
{
	if (set_limit(RLIMIT_CPU, sandbox->cpu_seconds, err) < 0 ||
	    set_limit(RLIMIT_NOFILE, first + NAMED_MAX, err) < 0 ||
	    set_limit(RLIMIT_CORE, 0, err) < 0)
		return -1;
	if (SANDBOX_SANITIZED)
		return 0;
	if (set_limit(RLIMIT_AS, sandbox->memory_max, err) < 0)
		return -1;
	return set_limit(RLIMIT_FSIZE, sandbox->output_max, err);
}

static int restrict_process(struct err *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set_errno(err, errno, "sandbox: prctl");
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* All above HELPER_OUTPUT but those to be kept. */
static int close_others(const struct sandbox *sandbox)
{
	int kept[SANDBOX_FILES_MAX];
	unsigned from = HELPER_OUTPUT + 1;
	int failed = 0;
	g_assert(sandbox->n_files <= SANDBOX_FILES_MAX);
	for (unsigned i = 0; i < sandbox->n_files; i++)
		kept[i] = sandbox->files[i].fd;
	qsort(kept, sandbox->n_files, sizeof(*kept), by_number);
	for (unsigned i = 0; i < sandbox->n_files; i++) {
		unsigned fd = (unsigned)kept[i];
		if (fd > from)
			failed |= close_range(from, fd - 1, 0);
		from = MAX(from, fd + 1);
	}
	return failed | close_range(from, ~0u, 0);
}

static int close_descriptors(const struct sandbox *sandbox, struct err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int last = SANDBOX_SANITIZED ? STDOUT_FILENO : STDERR_FILENO;
	bool failed = null < 0;
	for (int fd = STDIN_FILENO; fd <= last && !failed; fd++)
		failed = dup2(null, fd) < 0;
	if (!failed && null != HELPER_OUTPUT)
		failed = dup3(null, HELPER_OUTPUT, O_CLOEXEC) < 0;
	if (failed || close_others(sandbox) != 0)
		return err_set_errno(err, errno, "sandbox: descriptors");
	return 0;
}

static int add_rule(scmp_filter_ctx filter, const struct rule *rule)
{
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule->call,
				      rule->n, rule->args);
}

/* Another descriptor of a file, under a number that may not be written to. */
static int add_named(scmp_filter_ctx filter, unsigned first)
{
	const struct rule rules[] = {
		{SCMP_SYS(fcntl),
		 2,
		 {IS(1, F_DUPFD_CLOEXEC), SCMP_CMP(2, SCMP_CMP_GE, first, 0)}},
		{SCMP_SYS(read), 1, {SCMP_CMP(0, SCMP_CMP_GE, first, 0)}},
		{SCMP_SYS(lseek), 1, {SCMP_CMP(0, SCMP_CMP_GE, first, 0)}},
	};
	int failed = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
		failed |= add_rule(filter, &rules[i]);
	return failed;
}

static int fill_filter(scmp_filter_ctx filter, unsigned first)
{
	int failed = add_named(filter, first);
	for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++)
		failed |= add_rule(filter, &allowed[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
		failed |= seccomp_rule_add(
			filter, SCMP_ACT_ERRNO((uint16_t)refused[i].error),
			refused[i].call, 0);
	for (unsigned command = 0; command < FCNTL_COMMANDS; command++)
		failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
					   SCMP_SYS(fcntl), 1, IS(1, command));
	for (size_t i = 0; i < G_N_ELEMENTS(trapped); i++)
		failed |= seccomp_rule_add(filter,
					   NAMES_SUPPORTED
						   ? SCMP_ACT_TRAP
						   : SCMP_ACT_ERRNO(EACCES),
					   trapped[i], 0);
	return failed;
}

static int close_calls(unsigned first, struct err *err)
{
	g_auto(scmp_filter_ctx) filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ready = filter &&
		     !seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
				       SCMP_ACT_KILL_PROCESS) &&
		     !seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) &&
		     !fill_filter(filter, first) && !seccomp_load(filter);
	if (!ready)
		return err_set(err, ERR_INTERNAL,
			       "sandbox: the system call filter cannot be "
			       "loaded");
	return 0;
}

int sandbox_enter(const struct sandbox *sandbox, struct err *err)
{
	/* who waits for bytes that are there goes first; a process that may
	 * not say so works all the same */
	thread_take_rank(THREAD_LONG);
	unsigned first = first_named();
	if (close_descriptors(sandbox, err) < 0 || restrict_process(err) < 0 ||
	    set_limits(sandbox, first, err) < 0 ||
	    names_serve(sandbox->files, sandbox->n_files, (int)first, err) < 0)
		return -1;
	return close_calls(first, err);
}
