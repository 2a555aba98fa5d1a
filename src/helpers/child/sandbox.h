/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shuts the calling process in for the rest of its life: what it can still do
 * is compute, talk over the channel to its pool, read what it is passed, write
 * to a memory file that it makes as descriptor HELPER_OUTPUT, and start
 * threads. Opening files fails, but of those it had opened before; sockets,
 * signals to others, programs, executable memory and everything else unforeseen
 * kill it.
 * Not here: namespaces and control groups, which are for the service manager.
 */
#ifndef HELPERS_CHILD_SANDBOX_H
#define HELPERS_CHILD_SANDBOX_H

#include "base/err.h"

#include <stdint.h>

/* Sanitizers reserve terabytes of address space and report on stderr: with them
 * memory and file sizes are not limited and stderr stays. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_SANITIZED true
#else
#define SANDBOX_SANITIZED false
#endif

#define SANDBOX_FILES_MAX 512

/* What the program has opened for later (fonts, colour profiles): stays open,
 * for mmap() and pread(). With a path, open() of that path, to read, gives
 * another descriptor of it. */
struct sandbox_file {
	int fd;
	const char *path; /* as it will be asked for, or NULL */
};

struct sandbox {
	uint64_t memory_max;  /* address space, bytes */
	uint64_t output_max;  /* of one memory file, bytes */
	unsigned cpu_seconds; /* of a whole life; then it is killed */
	/* They last as long as the process; what it has mapped stays in any
	 * case. */
	unsigned n_files; /* at most sandbox_files_room() */
	const struct sandbox_file *files;
};

/* How many files a program can keep: SANDBOX_FILES_MAX, or fewer when the
 * process may not have many open. */
unsigned sandbox_files_room(void);

/*
 * Keeps HELPER_CHANNEL open and closes all other descriptors that are not among
 * the files; standard streams become /dev/null. The process then dies with its
 * parent thread. Call once, after everything is loaded; after an error the
 * process must end.
 */
int sandbox_enter(const struct sandbox *sandbox, struct err *err) MUST_CHECK;

/* Inside: one more file that has a name, as a job brings it, until the next
 * call; NULL: none any more. It is not copied, and is for mapping: where one is
 * in it, others are too. While no other thread opens files. */
void sandbox_lend(const struct sandbox_file *file);

#endif
