/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/child/names.h"
#include "helpers/message.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static const struct sandbox_file *named;
static unsigned n_named;
static int first_number;
static const struct sandbox_file *lent;

void sandbox_lend(const struct sandbox_file *file)
{
	lent = file;
}

/* A call's arguments, and where its result goes. */
struct trapped {
	int call;
	const long long *arguments[4];
	long long *result;
};

#if defined(__x86_64__)
static struct trapped trapped_call(int call, ucontext_t *context)
{
	greg_t *registers = context->uc_mcontext.gregs;
	return (struct trapped){
		call,
		{&registers[REG_RDI], &registers[REG_RSI], &registers[REG_RDX],
		 &registers[REG_R10]},
		&registers[REG_RAX],
	};
}
#elif defined(__aarch64__)
static struct trapped trapped_call(int call, ucontext_t *context)
{
	long long *registers = (long long *)context->uc_mcontext.regs;
	return (struct trapped){
		call,
		{&registers[0], &registers[1], &registers[2], &registers[3]},
		&registers[0],
	};
}
#endif

#if NAMES_SUPPORTED
static const struct sandbox_file *find(const char *path)
{
	if (lent && strcmp(lent->path, path) == 0)
		return lent;
	for (unsigned i = 0; i < n_named; i++)
		if (named[i].path && strcmp(named[i].path, path) == 0)
			return &named[i];
	return NULL;
}

static long open_by_name(const char *path, long long flags)
{
	const int changing = O_CREAT | O_TRUNC | O_DIRECTORY | O_PATH;
	const struct sandbox_file *file = find(path);
	if (file == NULL || (flags & O_ACCMODE) != O_RDONLY || flags & changing)
		return -EACCES;
	long fd = syscall(SYS_fcntl, file->fd, F_DUPFD_CLOEXEC, first_number);
	if (fd < 0)
		return -errno;
	/* the offset is one of all descriptors of the file; of one that is
	 * lent the server has some too */
	if (file != lent)
		(void)syscall(SYS_lseek, fd, 0, SEEK_SET);
	return fd;
}

static long access_by_name(const char *path, long long mode)
{
	return find(path) && !(mode & (W_OK | X_OK)) ? 0 : -EACCES;
}

/* What newer libraries make of fstat(). */
static long state_of(const struct trapped *call)
{
	const char *path = (const char *)*call->arguments[1];
	if (!(*call->arguments[3] & AT_EMPTY_PATH) || path == NULL || *path)
		return -EACCES;
	long result =
		syscall(SYS_fstat, *call->arguments[0], *call->arguments[2]);
	return result < 0 ? -errno : result;
}

static long result_of(const struct trapped *call)
{
	switch (call->call) {
#ifdef SYS_open
	case SYS_open:
		return open_by_name((const char *)*call->arguments[0],
				    *call->arguments[1]);
#endif
#ifdef SYS_access
	case SYS_access:
		return access_by_name((const char *)*call->arguments[0],
				      *call->arguments[1]);
#endif
	case SYS_faccessat:
	case SYS_faccessat2:
		return access_by_name((const char *)*call->arguments[1],
				      *call->arguments[2]);
	case SYS_openat:
		return open_by_name((const char *)*call->arguments[1],
				    *call->arguments[2]);
	case SYS_newfstatat:
		return state_of(call);
	default:
		return -EACCES;
	}
}

static void on_trap(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	int saved = errno;
	struct trapped call = trapped_call(info->si_syscall, context);
	*call.result = result_of(&call);
	errno = saved;
}

int names_serve(const struct sandbox_file *files, unsigned n, int first,
		struct err *err)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART};
	sigset_t trap;
	named = files;
	n_named = n;
	first_number = first;
	action.sa_sigaction = on_trap;
	sigemptyset(&action.sa_mask);
	sigemptyset(&trap);
	sigaddset(&trap, SIGSYS);
	if (sigaction(SIGSYS, &action, NULL) != 0 ||
	    sigprocmask(SIG_UNBLOCK, &trap, NULL) != 0)
		return err_set_errno(err, errno, "sandbox: names of files");
	return 0;
}
#else
int names_serve(const struct sandbox_file *files, unsigned n, int first,
		struct err *err)
{
	(void)files, (void)n, (void)first, (void)err;
	return 0;
}
#endif
