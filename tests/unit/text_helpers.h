/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This program as the two helpers that text is read with: what it renders and
 * reads says what they are to say of it, "width=30;height=20;text=crash;". What
 * is read of a page is how it was rendered and what the reader was asked.
 */
#ifndef UNIT_TEXT_HELPERS_H
#define UNIT_TEXT_HELPERS_H

#include "helpers/message.h"
#include "image/pgm.h"
#include "image/plan.h"
#include "image/protocol.h"
#include "recognition/protocol.h"
#include "unit.h"

#include <fcntl.h>
#include <glib.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOLD_MAX 1000

static char told[TOLD_MAX + 1];

/* Of a key, or what it is otherwise; g_free(). */
static inline char *told_text(const char *key, const char *otherwise)
{
	g_autofree char *name = g_strconcat(";", key, "=", NULL);
	g_autofree char *all = g_strconcat(";", told, NULL);
	const char *at = strstr(all, name);
	if (at == NULL)
		return g_strdup(otherwise);
	at += strlen(name);
	return g_strndup(at, strcspn(at, ";"));
}

static inline unsigned told_number(const char *key, unsigned otherwise)
{
	g_autofree char *text = told_text(key, "");
	return *text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static inline bool told_is(const char *key, const char *value)
{
	g_autofree char *text = told_text(key, "");
	return strcmp(text, value) == 0;
}

/* Who comes adds a byte to the gate's file, and is let through once that of
 * who opens it is as long. */
static inline void pass_gate(const char *gate)
{
	g_autofree char *open_path = g_strconcat(gate, "-open", NULL);
	struct stat let = {.st_size = 0};
	int fd = open(gate, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (write(fd, "x", 1) != 1)
		_exit(1);
	off_t number = lseek(fd, 0, SEEK_CUR);
	close(fd);
	while (stat(open_path, &let) != 0 || let.st_size < number)
		usleep(1000);
}

/* A crash once, if the file is there that is named. */
static inline void misbehave(const char *key)
{
	g_autofree char *flag = told_text("once", "");
	if (told_is(key, "crash") ||
	    (told_is(key, "crash-once") && *flag && unlink(flag) == 0))
		raise(SIGXCPU);
	if (told_is(key, "hang"))
		sleep(60);
	while (told_is(key, "spin"))
		;
	g_autofree char *gate = told_text("gate", "");
	if (told_is(key, "wait"))
		pass_gate(gate);
}

static inline int sealed_file(const GString *bytes)
{
	int fd = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (write(fd, bytes->str, bytes->len) != (ssize_t)bytes->len ||
	    fcntl(fd, F_ADD_SEALS, HELPER_SEALS) != 0)
		_exit(1);
	return fd;
}

static inline void send_answer(const struct message *job, struct str text,
			       int fd)
{
	struct message message = {
		.kind = MESSAGE_ANSWER, .number = job->number, .text = text};
	if (fd >= 0)
		message.fds[message.n_fds++] = fd;
	message_send(HELPER_CHANNEL, &message);
	message_close_fds(&message);
}

static inline void inspect_told(const struct render_request *request,
				struct render_reply *reply)
{
	reply->info = (struct render_info){
		.width = told_number("width", 30),
		.height = told_number("height", 20),
		.orientation = told_number("orientation", 1),
		.pages = told_number("pages", 1),
		.density = told_number("density", 0),
		.is_document = told_number("document", 0),
	};
	if (request->page > 1 &&
	    (request->page > reply->info.pages || !reply->info.is_document))
		reply->status = RENDER_UNREADABLE;
}

/* As stowage-render would make it, by the plan. */
static inline void measure_told(struct str text, struct render_picture *out)
{
	struct arena arena;
	struct image_plan plan;
	struct err err;
	double width = told_number("width", 30);
	double height = told_number("height", 20);
	bool is_turned = told_number("orientation", 1) >= 5;
	arena_init(&arena);
	if (image_plan_parse(text, &arena, &plan, &err) < 0)
		_exit(1);
	*out = (struct render_picture){
		RENDER_PGM, (uint32_t)(is_turned ? height : width),
		(uint32_t)(is_turned ? width : height), 1};
	const struct image_op *op = plan.first;
	if (op->kind == IMAGE_IMAGE && image_has(op, IMAGE_IMAGE_DENSITY)) {
		double density = image_number(op, IMAGE_IMAGE_DENSITY, NULL);
		out->width = (uint32_t)ceil(width * density / 72);
		out->height = (uint32_t)ceil(height * density / 72);
	}
	if (op->next && op->next->kind == IMAGE_RESIZE) {
		op = op->next;
		out->width =
			(uint32_t)image_number(op, IMAGE_RESIZE_WIDTH, NULL);
		out->height =
			(uint32_t)image_number(op, IMAGE_RESIZE_HEIGHT, NULL);
	}
	arena_release(&arena);
}

/* Grey pixels that begin with what the reader is told. */
static inline GString *draw_told(struct str plan,
				 const struct render_picture *picture)
{
	char head[IMAGE_PGM_HEAD_MAX];
	size_t pixels = (size_t)picture->width * picture->height;
	struct str begin =
		image_pgm_head(picture->width, picture->height, head);
	g_autofree char *text =
		g_strdup_printf("%splan=%.*s;", told, STR_ARG(plan));
	GString *out = g_string_new_len(begin.p, (gssize)begin.n);
	g_string_append_len(out, text, (gssize)MIN(strlen(text), pixels));
	size_t from = out->len;
	g_string_set_size(out, begin.n + pixels);
	memset(out->str + from, 0xff, out->len - from);
	if (told_is("render", "head"))
		out->str[1] = '6';
	if (told_is("render", "short"))
		g_string_truncate(out, out->len - 1);
	return out;
}

static inline void render_told(const struct message *job)
{
	struct render_request request;
	struct render_reply reply = {.status = RENDER_OK};
	struct str plan = str_skip(job->text, sizeof(request));
	int fd = -1;
	memcpy(&request, job->text.p, sizeof(request));
	ssize_t n = pread(job->fds[0], told, TOLD_MAX, 0);
	told[n > 0 ? n : 0] = '\0';
	if (request.kind == RENDER_PICTURE) {
		misbehave("render");
		measure_told(plan, &reply.picture);
		if (told_is("render", "large"))
			reply.status = RENDER_TOO_LARGE;
		if (told_is("render", "jpeg"))
			reply.picture.format = RENDER_JPG;
		if (told_is("render", "wide"))
			reply.picture.width++;
		if (reply.status == RENDER_OK) {
			g_autoptr(GString) bytes =
				draw_told(plan, &reply.picture);
			fd = sealed_file(bytes);
		}
		if (told_is("render", "other"))
			reply.picture.height--;
	} else {
		misbehave("inspect");
		inspect_told(&request, &reply);
		if (told_is("inspect", "unreadable"))
			reply.status = RENDER_UNREADABLE;
	}
	send_answer(job, (struct str){(const char *)&reply, sizeof(reply)}, fd);
}

static inline GString *describe_told(const struct ocr_request *request)
{
	const double *m = request->to_source;
	g_autofree char *plan = told_text("plan", "");
	GString *out = g_string_new(NULL);
	g_string_printf(out,
			"{\"width\":%u,\"height\":%u,\"sections\":[{\"lines\":"
			"[{\"text\":\"%s\",\"confidence\":0.5,\"box\":"
			"[0,0,1,0,1,1,0,1],\"words\":[{\"text\":\"%ux%u "
			"fine=%u m=%g,%g,%g,%g,%g,%g\",\"confidence\":1,"
			"\"box\":[0,0,1,0,1,1,0,1]}]}]}]}",
			request->source_width, request->source_height,
			*plan ? plan : "none", request->width, request->height,
			(unsigned)request->flags, m[0], m[1], m[2], m[3], m[4],
			m[5]);
	if (told_is("text", "other-page"))
		out->str[strlen("{\"width\":")] = '9';
	if (told_is("text", "json"))
		g_string_assign(out, "{}");
	return out;
}

static inline void read_told(const struct message *job)
{
	struct ocr_request request;
	struct ocr_reply reply = {.status = OCR_OK};
	if (job->text.n != sizeof(request) || job->n_fds != 1)
		_exit(1);
	memcpy(&request, job->text.p, sizeof(request));
	ssize_t n = pread(job->fds[0], told, TOLD_MAX, (off_t)request.offset);
	told[n > 0 ? n : 0] = '\0';
	char *end = strchr(told, 0xff);
	if (end)
		*end = '\0';
	misbehave("text");
	if (told_is("text", "failed"))
		reply.status = OCR_FAILED;
	if (told_is("text", "refused"))
		reply.status = OCR_REFUSED;
	g_autoptr(GString) page = describe_told(&request);
	bool has_file = reply.status == OCR_OK && !told_is("text", "no-file");
	struct str text = {(const char *)&reply, sizeof(reply)};
	if (told_is("text", "little"))
		text.n--;
	send_answer(job, text, has_file ? sealed_file(page) : -1);
}

static inline int text_help(const char *greeting,
			    void (*act)(const struct message *job))
{
	static char text[HELPER_TEXT_MAX];
	const struct message hello = {.kind = MESSAGE_GREETING,
				      .text = str_of(greeting)};
	struct message job;
	message_send(HELPER_CHANNEL, &hello);
	while (message_receive(HELPER_CHANNEL, 0, text, &job) > 0) {
		act(&job);
		message_close_fds(&job);
	}
	return 0;
}

/* This program under the names of the two. */
struct text_programs {
	char folder[32];
	char *render, *read;
};

static inline void text_programs_make(struct text_programs *out)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_strlcpy(out->folder, "/tmp/stowage-text-XXXXXX", sizeof(out->folder));
	assert_non_null(mkdtemp(out->folder));
	out->render = g_build_filename(out->folder, "render", NULL);
	out->read = g_build_filename(out->folder, "read", NULL);
	assert_int_equal(symlink(self, out->render), 0);
	assert_int_equal(symlink(self, out->read), 0);
}

static inline void text_programs_remove(struct text_programs *programs)
{
	unlink(programs->render);
	unlink(programs->read);
	rmdir(programs->folder);
	g_free(programs->render);
	g_free(programs->read);
}

/* Whether it was started as one; then it has helped. */
static inline bool text_helped(const char *name)
{
	if (strcmp(name, "render") == 0)
		return text_help(RENDER_GREETING, render_told) == 0;
	return strcmp(name, "read") == 0 &&
	       text_help(OCR_GREETING, read_told) == 0;
}

#endif
