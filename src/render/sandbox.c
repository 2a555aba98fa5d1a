/* SPDX-License-Identifier: Apache-2.0 */
#include "render/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(scmp_filter_ctx, seccomp_release, NULL)

static const struct limit {
	int resource; /* the C library's type for it differs by language */
	rlim_t value;
	bool sanitized; /* holds under AddressSanitizer too */
} limits[] = {
	{RLIMIT_AS, SANDBOX_MEMORY_MAX, false},
	{RLIMIT_CPU, SANDBOX_CPU_SECONDS, true},
	{RLIMIT_NOFILE, 16, true},
	{RLIMIT_CORE, 0, true},
	{RLIMIT_FSIZE, 0, false},
};

/* Argument tests of a rule. */
#define IS(argument, value) SCMP_CMP(argument, SCMP_CMP_EQ, value, 0)
#define BITS(argument, mask, value)                                            \
	SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value)

#define THREAD_FLAGS (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

struct rule {
	int call;
	unsigned n;
	struct scmp_arg_cmp args[2];
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
	/* descriptors it was passed */
	{SCMP_SYS(close), 0, {{0}}},
};

/* What libraries try without needing it. */
static const struct refusal {
	int call;
	int error;
} refused[] = {
	{SCMP_SYS(open), EACCES},
	{SCMP_SYS(openat), EACCES},
	{SCMP_SYS(openat2), EACCES},
	{SCMP_SYS(access), EACCES},
	{SCMP_SYS(faccessat), EACCES},
	{SCMP_SYS(faccessat2), EACCES},
	{SCMP_SYS(stat), EACCES},
	{SCMP_SYS(lstat), EACCES},
	{SCMP_SYS(fstat), EACCES},
	{SCMP_SYS(newfstatat), EACCES},
	{SCMP_SYS(statx), EACCES},
	{SCMP_SYS(statfs), EACCES},
	{SCMP_SYS(readlink), EACCES},
	{SCMP_SYS(readlinkat), EACCES},
	{SCMP_SYS(getcwd), EACCES},
	{SCMP_SYS(uname), EPERM},
	{SCMP_SYS(sysinfo), EPERM},
	{SCMP_SYS(ioctl), EPERM},
	{SCMP_SYS(fcntl), EPERM},
	{SCMP_SYS(sched_setattr), EPERM},
	{SCMP_SYS(sched_setscheduler), EPERM},
	{SCMP_SYS(setpriority), EPERM},
	{SCMP_SYS(clone3), ENOSYS}, /* so that clone is tried */
};

static int restrict_process(struct err *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set_errno(err, errno, "sandbox: prctl");
	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
		struct rlimit limit = {limits[i].value, limits[i].value};
		if (SANDBOX_SANITIZED && !limits[i].sanitized)
			continue;
		if (prlimit(0, (enum __rlimit_resource)limits[i].resource,
			    &limit, NULL) != 0)
			return err_set_errno(err, errno, "sandbox: limits");
	}
	return 0;
}

static int close_descriptors(int channel, struct err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int last = SANDBOX_SANITIZED ? STDOUT_FILENO : STDERR_FILENO;
	bool failed = null < 0;
	for (int fd = STDIN_FILENO; fd <= last && !failed; fd++)
		failed = dup2(null, fd) < 0;
	unsigned from = STDERR_FILENO + 1, keep = (unsigned)channel;
	if (!failed && keep > from)
		failed = close_range(from, keep - 1, 0) != 0;
	if (failed || close_range(keep + 1, ~0u, 0) != 0)
		return err_set_errno(err, errno, "sandbox: descriptors");
	return 0;
}

static int add_rule(scmp_filter_ctx filter, const struct rule *rule)
{
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule->call,
				      rule->n, rule->args);
}

static int fill_filter(scmp_filter_ctx filter, int channel)
{
	const struct rule talk[] = {
		{SCMP_SYS(recvmsg), 1, {IS(0, (scmp_datum_t)channel)}},
		{SCMP_SYS(sendmsg), 1, {IS(0, (scmp_datum_t)channel)}},
		{SCMP_SYS(write), 1, {IS(0, STDERR_FILENO)}},
	};
	int failed = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(talk); i++)
		failed |= add_rule(filter, &talk[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++)
		failed |= add_rule(filter, &allowed[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
		failed |= seccomp_rule_add(
			filter, SCMP_ACT_ERRNO((uint16_t)refused[i].error),
			refused[i].call, 0);
	return failed;
}

static int close_calls(int channel, struct err *err)
{
	g_auto(scmp_filter_ctx) filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ready = filter &&
		     !seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
				       SCMP_ACT_KILL_PROCESS) &&
		     !seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) &&
		     !fill_filter(filter, channel) && !seccomp_load(filter);
	if (!ready)
		return err_set(err, ERR_INTERNAL,
			       "sandbox: the system call filter cannot be "
			       "loaded");
	return 0;
}

int sandbox_enter(int channel, struct err *err)
{
	if (close_descriptors(channel, err) < 0 || restrict_process(err) < 0)
		return -1;
	return close_calls(channel, err);
}
