/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A helper process for the tests of pools: it does what the job's text says,
 * good or bad, or what its own name says at the start.
 */
#ifndef UNIT_POOL_HELPER_H
#define UNIT_POOL_HELPER_H

#include "helpers/message.h"
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREETING "test helper 1"
#define OUTPUT_MAX 1000

static char received[HELPER_TEXT_MAX];
static GString *reply;
static struct message message; /* the answer being made */

static int memory_file(const char *text, int seals)
{
	int fd = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    fcntl(fd, F_ADD_SEALS, seals) != 0)
		_exit(1);
	return fd;
}

static void add_fd(int fd)
{
	message.fds[message.n_fds++] = fd;
}

static void echo(const struct message *job)
{
	char bytes[100];
	g_string_append_len(reply, job->text.p, (gssize)job->text.n);
	for (unsigned i = 0; i < job->n_fds; i++) {
		ssize_t n = pread(job->fds[i], bytes, sizeof(bytes), 0);
		g_string_append_c(reply, '|');
		g_string_append_len(reply, bytes, n);
	}
}

/* Whatever changes a file, on each that came. */
static void meddle(const struct message *job)
{
	for (unsigned i = 0; i < job->n_fds; i++)
		if (write(job->fds[i], "x", 1) >= 0 ||
		    pwrite(job->fds[i], "x", 1, 0) >= 0 ||
		    ftruncate(job->fds[i], 0) == 0 ||
		    mmap(NULL, 1, PROT_WRITE, MAP_SHARED, job->fds[i], 0) !=
			    MAP_FAILED)
			g_string_append(reply, "changed ");
}

/* Until the pipe's other end is closed. */
static void wait_for_end(const struct message *job)
{
	char byte;
	while (read(job->fds[0], &byte, 1) > 0)
		;
}

static void list_surroundings(const struct message *job)
{
	(void)job;
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	extern char **environ;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' &&
		    g_ascii_strtoll(entry->d_name, NULL, 10) != dirfd(dir))
			g_string_append_printf(reply, "%s ", entry->d_name);
	closedir(dir);
	for (char **variable = environ; *variable; variable++)
		g_string_append(reply, *variable);
}

static void tell_pid(const struct message *job)
{
	(void)job;
	g_string_append_printf(reply, "%d", (int)getpid());
}

/* Of this process, as it was started. */
static void tell_arguments(const struct message *job)
{
	g_autofree char *text = NULL;
	gsize n = 0;
	(void)job;
	if (!g_file_get_contents("/proc/self/cmdline", &text, &n, NULL))
		_exit(1);
	for (gsize i = 0; i < n; i++)
		g_string_append_c(reply, text[i] ? text[i] : '|');
}

static void write_file(const struct message *job)
{
	(void)job;
	add_fd(memory_file("pixels", HELPER_SEALS));
}

static void leave_file_open(const struct message *job)
{
	(void)job;
	add_fd(memory_file("pixels", 0));
}

static void leave_file_writable(const struct message *job)
{
	(void)job;
	add_fd(memory_file("pixels", HELPER_SEALS & ~F_SEAL_WRITE));
}

static void write_two_files(const struct message *job)
{
	write_file(job);
	write_file(job);
}

static void write_large_file(const struct message *job)
{
	(void)job;
	int fd = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (ftruncate(fd, OUTPUT_MAX + 1) != 0 ||
	    fcntl(fd, F_ADD_SEALS, HELPER_SEALS) != 0)
		_exit(1);
	add_fd(fd);
}

static void send_socket(const struct message *job)
{
	(void)job;
	add_fd(HELPER_CHANNEL);
}

static void send_disk_file(const struct message *job)
{
	(void)job;
	add_fd(open("/proc/self/exe", O_RDONLY));
}

static void send_folder(const struct message *job)
{
	(void)job;
	add_fd(open("/", O_RDONLY | O_DIRECTORY));
}

static void crash(const struct message *job)
{
	(void)job;
	raise(SIGXCPU);
}

static void quit(const struct message *job)
{
	(void)job;
	_exit(0);
}

static void hang(const struct message *job)
{
	(void)job;
	for (;;)
		pause();
}

static void mistake_number(const struct message *job)
{
	(void)job;
	message.number += 7;
}

static void answer_as_greeting(const struct message *job)
{
	(void)job;
	message.kind = MESSAGE_GREETING;
}

static void retire(const struct message *job)
{
	(void)job;
	message.is_last = true;
}

/* Memory that it keeps. */
static void grow(const struct message *job)
{
	static char kept[96 * 1024 * 1024];
	(void)job;
	memset(kept, 1, sizeof(kept));
	g_string_append_printf(reply, "%d", (int)getpid() + kept[7] - 1);
}

static void send_one_byte(const struct message *job)
{
	(void)job;
	send(HELPER_CHANNEL, "x", 1, MSG_NOSIGNAL);
}

static void send_nothing(const struct message *job)
{
	(void)job;
	send(HELPER_CHANNEL, "", 0, MSG_NOSIGNAL);
}

/* The head says so; what follows it is short, or too long. */
static void send_text_of(uint32_t size, uint32_t claimed)
{
	g_autofree char *packet = g_malloc0(20 + size);
	const uint32_t head[] = {MESSAGE_ANSWER, message.number, 0, 0, claimed};
	memcpy(packet, head, sizeof(head));
	send(HELPER_CHANNEL, packet, 20 + size, MSG_NOSIGNAL);
}

static void send_part(const struct message *job)
{
	(void)job;
	send_text_of(10, 1000);
}

static void send_more_than_said(const struct message *job)
{
	(void)job;
	send_text_of(1000, 10);
}

static void send_too_much(const struct message *job)
{
	(void)job;
	send_text_of(HELPER_TEXT_MAX + 1, HELPER_TEXT_MAX + 1);
}

/* More descriptors than any message has. */
static void send_many_fds(const struct message *job)
{
	enum {
		MANY = 40
	};
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int) * MANY)];
	} control = {.head = {.cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS,
			      .cmsg_len = CMSG_LEN(sizeof(int) * MANY)}};
	const uint32_t head[] = {MESSAGE_ANSWER, message.number, 0, MANY, 0};
	struct iovec data = {(void *)(uintptr_t)head, sizeof(head)};
	struct msghdr packet = {.msg_iov = &data,
				.msg_iovlen = 1,
				.msg_control = &control,
				.msg_controllen = sizeof(control)};
	(void)job;
	for (int i = 0; i < MANY; i++)
		((int *)(void *)CMSG_DATA(&control.head))[i] = STDERR_FILENO;
	sendmsg(HELPER_CHANNEL, &packet, MSG_NOSIGNAL);
}

/* The answer, and once more what nobody asked for. */
static void speak_on(const struct message *job)
{
	(void)job;
	message_send(HELPER_CHANNEL, &message);
	add_fd(STDERR_FILENO);
}

static const struct {
	const char *text;
	void (*act)(const struct message *job);
} acts[] = {
	{"echo", echo},
	{"meddle", meddle},
	{"wait", wait_for_end},
	{"list", list_surroundings},
	{"pid", tell_pid},
	{"arguments", tell_arguments},
	{"file", write_file},
	{"open file", leave_file_open},
	{"writable file", leave_file_writable},
	{"two files", write_two_files},
	{"large file", write_large_file},
	{"socket", send_socket},
	{"disk file", send_disk_file},
	{"folder", send_folder},
	{"crash", crash},
	{"quit", quit},
	{"hang", hang},
	{"mistake number", mistake_number},
	{"greet", answer_as_greeting},
	{"retire", retire},
	{"grow", grow},
	{"one byte", send_one_byte},
	{"nothing", send_nothing},
	{"part", send_part},
	{"more than said", send_more_than_said},
	{"too much", send_too_much},
	{"many descriptors", send_many_fds},
	{"speak on", speak_on},
};

static void act(const struct message *job)
{
	for (size_t i = 0; i < COUNT(acts); i++)
		if (str_starts(job->text, str_of(acts[i].text)))
			acts[i].act(job);
}

static int help(void)
{
	struct message job;
	reply = g_string_new("");
	while (message_receive(HELPER_CHANNEL, 0, received, &job) > 0) {
		message = (struct message){.kind = MESSAGE_ANSWER,
					   .number = job.number};
		g_string_truncate(reply, 0);
		act(&job);
		message.text = (struct str){reply->str, reply->len};
		message_send(HELPER_CHANNEL, &message);
		message_close_fds(&job);
		message_close_fds(&message);
	}
	return 0;
}

static void greet(const char *text)
{
	const struct message greeting = {.kind = MESSAGE_GREETING,
					 .text = str_of(text)};
	message_send(HELPER_CHANNEL, &greeting);
}

/* This program, started by a pool: its name says how it begins. */
static int begin_to_help(const char *name)
{
	if (g_str_equal(name, "dies"))
		return 1;
	if (g_str_equal(name, "dies-greeting")) {
		send(HELPER_CHANNEL, "\1\0\0\0", 4, MSG_NOSIGNAL);
		return 1;
	}
	if (g_str_equal(name, "greets-and-dies")) {
		greet(GREETING);
		return 1;
	}
	if (g_str_equal(name, "never-greets"))
		hang(NULL);
	greet(g_str_equal(name, "greets-wrongly") ? "test helper 2" : GREETING);
	return help();
}

#endif
