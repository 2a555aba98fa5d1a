/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that does jobs (library/background/folder_job.h), step by step,
 * also those that an earlier run of the program has left.
 */
#ifndef SERVER_JOBS_H
#define SERVER_JOBS_H

struct library;
struct jobs;

struct jobs *jobs_start(struct library *library);
/* Ends and joins the thread, after the step it is in. NULL is fine. */
void jobs_stop(struct jobs *jobs);

#endif
