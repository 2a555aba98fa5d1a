/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One helper process: started with nothing but a socket, ended, reaped. Not
 * here: what is said to it (pool.c, message.h). Helpers may die with the thread
 * that started them (PR_SET_PDEATHSIG), so that must be one that lasts.
 */
#ifndef HELPERS_PROCESS_H
#define HELPERS_PROCESS_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct process {
	const char *name; /* for the log; the caller's, before the start */
	pid_t pid;
	int pidfd;   /* readable when the process has ended */
	int channel; /* our end of the socket; -1 after process_kill() */
};

/* Runs the program with these arguments (besides its name; NULL: none) and an
 * empty environment, the channel as descriptor HELPER_CHANNEL, stderr,
 * /dev/null for the rest up to HELPER_OUTPUT, and in a process group of its
 * own. */
int process_start(const char *program, char *const *arguments,
		  struct process *out, struct err *err) MUST_CHECK;

/* Closes the channel and ends the process, whatever it is doing. Does not wait:
 * process_reap() is due when the pidfd is readable. */
void process_kill(struct process *process);

/* Bytes of memory that are its own, as far as they are in use; 0: unknown. */
uint64_t process_memory(const struct process *process);

/* Microseconds of processor time that it has had so far; 0: unknown. */
int64_t process_cpu_us(const struct process *process);

/* Takes the ended process out of the process table, and logs the signal that
 * ended it if that was not process_kill()'s. False: it has not ended yet. */
bool process_reap(struct process *process);

#endif
