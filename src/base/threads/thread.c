/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads/thread.h"

#include <linux/ioprio.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define US_NS UINT64_C(1000)

/* As sched_setattr(2) has it; libc's and the kernel's own are in headers that
 * cannot always be had together. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

/* Nice values give shares, and mostly tell who is let in at once. Since Linux
 * 6.12 that is rather who asks for a shorter slice (0: the kernel's own). A
 * long one for the others would do as well, but makes them owe and be owed
 * more, for which whoever is above then waits. */
static const struct {
	int nice; /* more than the process has */
	uint64_t slice_us;
} ranks[] = {
	[THREAD_PROMPT] = {0, 100},
	[THREAD_WORK] = {5, 0},
	[THREAD_LONG] = {10, 0},
	[THREAD_LAST] = {PRIO_MAX, 0},
};

/* 0 is the calling thread alone, whatever POSIX says, and a process's id its
 * first thread: setpriority(2), BUGS. Whoever may not, or has no such kernel,
 * works all the same. */
void thread_take_rank(enum thread_rank rank)
{
	int of_process = getpriority(PRIO_PROCESS, (id_t)getpid());
	int nice = MIN(of_process + ranks[rank].nice, PRIO_MAX - 1);
	int now = getpriority(PRIO_PROCESS, 0);
	struct attributes attributes = {
		.size = sizeof(attributes),
		.flags = SCHED_FLAG_KEEP_POLICY,
		.nice = MAX(nice, now),
		.runtime_ns = ranks[rank].slice_us * US_NS,
	};
	(void)setpriority(PRIO_PROCESS, 0, attributes.nice);
	(void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

struct start {
	enum thread_rank rank;
	GThreadFunc run;
	void *user;
};

static void *run_ranked(void *user)
{
	struct start start = *(struct start *)user;
	g_free(user);
	thread_take_rank(start.rank);
	return start.run(start.user);
}

int thread_start(GThread **out, const struct thread_kind *kind, GThreadFunc run,
		 void *user, struct err *err)
{
	sigset_t all, before;
	g_autoptr(GError) why = NULL;
	struct start *start = g_new(struct start, 1);
	*start = (struct start){kind->rank, run, user};
	/* the thread inherits it */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	*out = g_thread_try_new(kind->name, run_ranked, start, &why);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (*out)
		return 0;
	g_free(start);
	return err_set(err, ERR_INTERNAL,
		       "The thread \"%s\" cannot be started: %s", kind->name,
		       why->message);
}

void thread_join_all(GPtrArray *threads)
{
	for (guint i = 0; i < threads->len; i++)
		g_thread_join(g_ptr_array_index(threads, i));
	g_ptr_array_free(threads, TRUE);
}

/* Not the idle class, which may never have its turn. */
void thread_yield_disk(void)
{
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, IOPRIO_BE_NR - 1));
}
