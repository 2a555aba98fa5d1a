/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal and not a thread: there may be none left to start, and nothing that
 * another thread holds is needed.
 */
#include "server/watchdog.h"
#include "base/log/log.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

static void give_up(int signal)
{
	(void)signal;
	log_in_signal("the stop takes too long and is cut off; what has been "
		      "acknowledged is kept");
	_exit(EXIT_FAILURE);
}

void watchdog_start(unsigned ms)
{
	const struct sigaction action = {.sa_handler = give_up};
	const struct itimerval in = {
		.it_value = {.tv_sec = ms / 1000,
			     .tv_usec = (suseconds_t)(ms % 1000) * 1000}};
	sigset_t set;
	sigaction(SIGALRM, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	setitimer(ITIMER_REAL, &in, NULL);
}

void watchdog_stop(void)
{
	const struct itimerval never = {0};
	setitimer(ITIMER_REAL, &never, NULL);
}
