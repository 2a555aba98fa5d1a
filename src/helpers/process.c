/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/process.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "base/retry.h"
#include "helpers/message.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Until the copies of our descriptors are closed in the child, a connection
 * that we close is not closed for its client: that goes first. */
static int add_files(posix_spawn_file_actions_t *files, int channel)
{
	int failed = posix_spawn_file_actions_adddup2(files, channel,
						      HELPER_CHANNEL);
	failed |= posix_spawn_file_actions_addclosefrom_np(files,
							   HELPER_CHANNEL + 1);
	failed |= posix_spawn_file_actions_addopen(files, STDIN_FILENO,
						   "/dev/null", O_RDONLY, 0);
	failed |= posix_spawn_file_actions_addopen(files, STDOUT_FILENO,
						   "/dev/null", O_WRONLY, 0);
	failed |= posix_spawn_file_actions_addopen(files, HELPER_OUTPUT,
						   "/dev/null", O_RDONLY, 0);
	return failed;
}

/* The name, then what follows it; g_free() the list. */
static char **list_arguments(char *name, char *const *others)
{
	size_t n = 0;
	while (others && others[n])
		n++;
	char **all = g_new0(char *, n + 2);
	all[0] = name;
	for (size_t i = 0; i < n; i++)
		all[1 + i] = others[i];
	return all;
}

static int spawn(const char *program, char *const *others, int channel,
		 pid_t *pid)
{
	g_autofree char *name = g_path_get_basename(program);
	g_autofree char **arguments = list_arguments(name, others);
	char *environment[] = {NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	/* a terminal's interrupt is for the server, which may be draining */
	posix_spawnattr_setpgroup(&attributes, 0);
	int failed = posix_spawnattr_setflags(
		&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
				     POSIX_SPAWN_SETPGROUP);
	failed |= add_files(&files, channel);
	if (failed == 0)
		failed = posix_spawn(pid, program, &files, &attributes,
				     arguments, environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return failed;
}

static pid_t wait_for(pid_t pid, int *status, int flags)
{
	return (pid_t)RETRY_EINTR(waitpid(pid, status, flags));
}

int process_start(const char *program, char *const *arguments,
		  struct process *out, struct err *err)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set_errno(err, errno, "%s cannot be started",
				     program);
	int failed = spawn(program, arguments, pair[1], &out->pid);
	close(pair[1]);
	out->channel = pair[0];
	if (failed) {
		close(pair[0]);
		return err_set_errno(err, failed, "%s cannot be started",
				     program);
	}
	out->pidfd = pidfd_open(out->pid, 0);
	if (out->pidfd >= 0)
		return 0;
	err_set_errno(err, errno, "%s cannot be watched", program);
	process_kill(out);
	wait_for(out->pid, NULL, 0);
	return -1;
}

void process_kill(struct process *process)
{
	close(process->channel);
	process->channel = -1;
	kill(process->pid, SIGKILL);
}

/* "size resident shared ...", in pages. */
uint64_t process_memory(const struct process *process)
{
	char path[sizeof("/proc//statm") + 20], text[128];
	uint64_t resident = 0, shared = 0;
	g_snprintf(path, sizeof(path), "/proc/%d/statm", (int)process->pid);
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : RETRY_EINTR(read(fd, text, sizeof(text)));
	struct str left = {text, n > 0 ? (size_t)n : 0};
	str_split(&left, ' ');
	bool known = str_to_u64(str_split(&left, ' '), SIZE_MAX, &resident) &&
		     str_to_u64(str_split(&left, ' '), resident, &shared);
	return known ? (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE)
		     : 0;
}

int64_t process_cpu_us(const struct process *process)
{
	clockid_t clock;
	struct timespec used;
	if (clock_getcpuclockid(process->pid, &clock) != 0 ||
	    clock_gettime(clock, &used) != 0)
		return 0;
	return used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

bool process_reap(struct process *process)
{
	int status = 0;
	pid_t got = wait_for(process->pid, &status, WNOHANG);
	if (got == 0)
		return false;
	close(process->pidfd);
	/* SIGKILL is ours, or tells nothing */
	if (got > 0 && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		log_warn("%s %d was ended by signal %d (%s)", process->name,
			 (int)process->pid, WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	return true;
}
