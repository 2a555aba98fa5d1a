/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads/thread.h"

#include <linux/ioprio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int thread_start(GThread **out, const char *name, GThreadFunc run, void *user,
		 struct err *err)
{
	sigset_t all, before;
	g_autoptr(GError) why = NULL;
	/* the thread inherits it */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	*out = g_thread_try_new(name, run, user, &why);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (*out == NULL)
		return err_set(err, ERR_INTERNAL,
			       "The thread \"%s\" cannot be started: %s", name,
			       why->message);
	return 0;
}

/* Not the idle class, which may never have its turn. */
void thread_yield_disk(void)
{
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, IOPRIO_BE_NR - 1));
}

/* 0 is the calling thread alone, whatever POSIX says: setpriority(2), BUGS. */
void thread_yield_processor(void)
{
	(void)setpriority(PRIO_PROCESS, 0, PRIO_MAX - 1);
}
