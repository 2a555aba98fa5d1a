/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures of two programs: which one is asked, and what of its answer is
 * believed. This program is both, by its name, and does what the source says.
 * How helpers live and die is in test_pool.c.
 */
#include "helpers/message.h"
#include "image/protocol.h"
#include "image/renderers.h"
#include "unit.h"

#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define JPEG "\xff\xd8\xff"
#define PLAIN "resize(width=3,height=2)"
#define BLUR "blur(sigma=3)"

/* The server's side. */

static struct {
	char *dir, *render, *scale;
} programs;

static int make_programs(void **state)
{
	(void)state;
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	programs.dir = g_dir_make_tmp("stowage-render-XXXXXX", NULL);
	programs.render = g_build_filename(programs.dir, "render", NULL);
	programs.scale = g_build_filename(programs.dir, "scale", NULL);
	return symlink(self, programs.render) || symlink(self, programs.scale);
}

static int remove_programs(void **state)
{
	(void)state;
	unlink(programs.render);
	unlink(programs.scale);
	int failed = rmdir(programs.dir);
	g_free(programs.render);
	g_free(programs.scale);
	g_free(programs.dir);
	return failed;
}

static struct renderers *open_renderers(bool scaler)
{
	const struct renderers_options options = {
		.program = programs.render,
		.helpers = 1,
		.scaler = scaler ? programs.scale : NULL,
		.scalers = 2,
		.timeout_ms = 2000,
		.queue_max = 100,
	};
	struct renderers *r = NULL;
	struct err err;
	if (renderers_new(&r, &options, &err) < 0)
		fail_msg("%s", err.text);
	return r;
}

struct wait {
	GMutex lock;
	GCond changed;
	bool done;
	enum err_code code;
	struct image_picture picture;
	char text[64]; /* of the picture */
};

static void take(void *user, struct image_picture *picture,
		 const struct err *err)
{
	struct wait *wait = user;
	g_mutex_lock(&wait->lock);
	wait->code = err ? err->code : ERR_NONE;
	if (picture) {
		wait->picture = *picture;
		(void)!pread(picture->fd, wait->text, sizeof(wait->text) - 1,
			     0);
	}
	wait->done = true;
	g_cond_signal(&wait->changed);
	g_mutex_unlock(&wait->lock);
}

static enum err_code ask(struct renderers *r, const char *plan,
			 const struct image_content *contents, unsigned n,
			 struct wait *wait)
{
	struct arena arena;
	struct err err;
	arena_init(&arena);
	const struct image_render what = {
		.plan = str_of(plan),
		.contents = contents,
		.n_contents = n,
		.arena = &arena,
	};
	*wait = (struct wait){.done = false};
	if (renderers_render(r, &what, take, wait, &err) < 0) {
		wait->code = err.code;
	} else {
		g_mutex_lock(&wait->lock);
		while (!wait->done)
			g_cond_wait(&wait->changed, &wait->lock);
		g_mutex_unlock(&wait->lock);
	}
	arena_release(&arena);
	return wait->code;
}

static enum err_code ask_for(struct renderers *r, const char *plan,
			     const char *source, struct wait *wait)
{
	const struct image_content content = {-1, str_of(source)};
	return ask(r, plan, &content, 1, wait);
}

static void answers_are_checked_and_passed_on(void **state)
{
	(void)state;
	static const struct row {
		const char *plan, *source;
		enum err_code code;
		const char *text;
	} rows[] = {
		{PLAIN, JPEG "answer", ERR_NONE, "scale " PLAIN},
		{PLAIN, "\x89PNG\r\n\x1a\nanswer", ERR_NONE, "scale " PLAIN},
		{PLAIN, "RIFF....WEBPanswer", ERR_NONE, "scale " PLAIN},
		/* not for the scaler by the source, by the plan */
		{PLAIN, "GIF89answer", ERR_NONE, "render " PLAIN},
		{PLAIN, "RIFFanswer", ERR_NONE, "render " PLAIN},
		{BLUR, JPEG "answer", ERR_NONE, "render " BLUR},
		/* nor by what it finds in the source */
		{PLAIN, JPEG "scale: elsewhere", ERR_NONE, "render " PLAIN},
		{PLAIN, JPEG "scale: crowded", ERR_NONE, "scale alone " PLAIN},
		{BLUR, JPEG "crowded", ERR_NONE, "render alone " BLUR},
		{PLAIN, JPEG "scale: crash", ERR_NONE, "render " PLAIN},
		{PLAIN, JPEG "elsewhere", ERR_UNSUPPORTED, ""},
		{PLAIN, JPEG "always crowded", ERR_TOO_LARGE, ""},
		{PLAIN, JPEG "unreadable", ERR_INVALID, ""},
		{PLAIN, JPEG "impossible", ERR_INVALID, ""},
		{PLAIN, JPEG "too large", ERR_TOO_LARGE, ""},
		{PLAIN, JPEG "unsupported", ERR_UNSUPPORTED, ""},
		/* lies */
		{PLAIN, JPEG "refused", ERR_INTERNAL, ""},
		{PLAIN, JPEG "of no status", ERR_INTERNAL, ""},
		{PLAIN, JPEG "no picture", ERR_INTERNAL, ""},
		{PLAIN, JPEG "empty picture", ERR_INTERNAL, ""},
		{PLAIN, JPEG "huge picture", ERR_INTERNAL, ""},
		{PLAIN, JPEG "of no format", ERR_INTERNAL, ""},
		{PLAIN, JPEG "of no type", ERR_INTERNAL, ""},
		{PLAIN, JPEG "of no size", ERR_INTERNAL, ""},
		{PLAIN, JPEG "of no pages", ERR_INTERNAL, ""},
		{PLAIN, JPEG "says little", ERR_INTERNAL, ""},
		{PLAIN, JPEG "says much", ERR_INTERNAL, ""},
		{PLAIN, JPEG "crash", ERR_INTERNAL, ""},
		{PLAIN, JPEG "quit", ERR_INTERNAL, ""},
		{BLUR, JPEG "crash", ERR_INTERNAL, ""},
		{PLAIN, JPEG "hang", ERR_TOO_LARGE, ""},
		/* asked for wrongly */
		{"resize(", JPEG "answer", ERR_INVALID, ""},
		{PLAIN, "", ERR_INVALID, ""},
	};
	struct renderers *r = open_renderers(true);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct wait wait;
		ask_for(r, row->plan, row->source, &wait);
		if (wait.code != row->code || strcmp(wait.text, row->text))
			fail_msg("%s of %s: code %d, \"%s\"", row->plan,
				 row->source, (int)wait.code, wait.text);
		if (wait.code)
			continue;
		assert_string_equal(wait.picture.type, "image/jpeg");
		assert_int_equal(wait.picture.width, 3);
		assert_int_equal(wait.picture.height, 2);
		assert_int_equal(wait.picture.size, strlen(row->text));
	}
	renderers_free(r);
}

static void without_a_scaler_the_renderer_makes_all(void **state)
{
	(void)state;
	struct renderers *r = open_renderers(false);
	struct wait wait;
	assert_int_equal(ask_for(r, PLAIN, JPEG "answer", &wait), ERR_NONE);
	assert_string_equal(wait.text, "render " PLAIN);
	renderers_free(r);
}

static void images_go_with_the_plan_that_names_them(void **state)
{
	(void)state;
	static const char plan[] = "overlay(plan={image(path=\"a\")})|"
				   "overlay(plan={image(path=\"b\")})";
	struct renderers *r = open_renderers(true);
	struct image_content contents[RENDER_INPUTS_MAX + 1] = {
		{-1, STR(JPEG "list")},
		{-1, STR("first")},
		{-1, STR("second")}};
	for (size_t i = 3; i < COUNT(contents); i++)
		contents[i] = (struct image_content){-1, STR("x")};
	struct wait wait;
	assert_int_equal(ask(r, plan, contents, 3, &wait), ERR_NONE);
	assert_string_equal(wait.text, "7 5 6 ");
	assert_int_equal(ask(r, plan, contents, 2, &wait), ERR_INVALID);
	assert_int_equal(ask(r, plan, contents, 4, &wait), ERR_INVALID);
	assert_int_equal(ask(r, plan, contents, COUNT(contents), &wait),
			 ERR_LIMIT);
	assert_int_equal(ask(r, plan, contents, 0, &wait), ERR_LIMIT);
	renderers_free(r);
}

static void renderers_that_stop_are_busy(void **state)
{
	(void)state;
	struct renderers *r = open_renderers(true);
	struct wait wait;
	renderers_stop(r, 0);
	assert_int_equal(ask_for(r, PLAIN, JPEG "answer", &wait), ERR_BUSY);
	assert_int_equal(ask_for(r, BLUR, JPEG "answer", &wait), ERR_BUSY);
	renderers_free(r);
}

/* The helpers' side. */

static const struct {
	const char *text;
	uint32_t status;
} statuses[] = {
	{"unreadable", RENDER_UNREADABLE},
	{"impossible", RENDER_IMPOSSIBLE},
	{"too large", RENDER_TOO_LARGE},
	{"unsupported", RENDER_UNSUPPORTED},
	{"refused", RENDER_REFUSED},
	{"of no status", 1000},
	{"elsewhere", RENDER_ELSEWHERE},
	{"scale: elsewhere", RENDER_ELSEWHERE},
	{"crowded", RENDER_CROWDED},
	{"scale: crowded", RENDER_CROWDED},
	{"always crowded", RENDER_CROWDED},
};

static void spoil(const char *told, struct render_reply *reply)
{
	struct render_picture *picture = &reply->picture;
	if (!strcmp(told, "of no format"))
		picture->format = 1000;
	else if (!strcmp(told, "of no type"))
		picture->format = RENDER_TIFF;
	else if (!strcmp(told, "of no size"))
		picture->width = 0;
	else if (!strcmp(told, "of no pages"))
		picture->pages = 0;
}

static void misbehave(const char *told, bool scaler)
{
	if (!strcmp(told, "crash") || (scaler && !strcmp(told, "scale: crash")))
		raise(SIGXCPU);
	else if (!strcmp(told, "quit"))
		_exit(0);
	else if (!strcmp(told, "hang"))
		for (;;)
			pause();
}

static int memory_file(const char *told, const GString *text)
{
	int fd = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	bool huge = !strcmp(told, "huge picture");
	bool empty = !strcmp(told, "empty picture");
	if (ftruncate(fd, huge ? RENDER_OUTPUT_MAX + 1 : 0) != 0 ||
	    (!empty && write(fd, text->str, text->len) != (ssize_t)text->len) ||
	    fcntl(fd, F_ADD_SEALS, HELPER_SEALS) != 0)
		_exit(1);
	return fd;
}

static uint32_t status_of(const char *told, bool scaler, bool alone)
{
	for (size_t i = 0; i < COUNT(statuses); i++) {
		bool theirs = scaler || !g_str_has_prefix(told, "scale:");
		bool now = !alone || !g_str_has_suffix(told, "crowded") ||
			   g_str_has_prefix(told, "always");
		if (!strcmp(told, statuses[i].text) && theirs && now)
			return statuses[i].status;
	}
	return RENDER_OK;
}

static void answer(const struct message *job, bool scaler)
{
	struct render_request request;
	struct render_reply reply = {.picture = {RENDER_JPG, 3, 2, 1}};
	char source[64] = "";
	g_autoptr(GString) text = g_string_new(scaler ? "scale " : "render ");
	g_autoptr(GString) packet = g_string_new("");
	memcpy(&request, job->text.p, sizeof(request));
	if (request.kind != RENDER_PICTURE ||
	    pread(job->fds[0], source, sizeof(source) - 1, 0) !=
		    (ssize_t)request.sizes[0])
		_exit(1);
	/* what it is told stands behind what looks like a file's head */
	static const char *const heads[] = {JPEG, "\x89PNG\r\n\x1a\n",
					    "RIFF....WEBP", "RIFF", "GIF89"};
	const char *told = source;
	for (size_t i = 0; i < COUNT(heads) && told == source; i++)
		if (g_str_has_prefix(source, heads[i]))
			told += strlen(heads[i]);
	bool alone = request.flags & RENDER_ALONE;
	misbehave(told, scaler);
	reply.status = status_of(told, scaler, alone);
	spoil(told, &reply);
	if (alone)
		g_string_append(text, "alone ");
	struct str plan = str_skip(job->text, sizeof(request));
	g_string_append_len(text, plan.p, (gssize)plan.n);
	if (!strcmp(told, "list")) {
		g_string_truncate(text, 0);
		for (unsigned i = 0; i < job->n_fds; i++)
			g_string_append_printf(text, "%d ",
					       (int)request.sizes[i]);
	}
	g_string_append_len(packet, (const char *)&reply, sizeof(reply));
	if (!strcmp(told, "says little"))
		g_string_truncate(packet, 7);
	if (!strcmp(told, "says much"))
		g_string_append(packet, "{}");
	struct message message = {.kind = MESSAGE_ANSWER,
				  .number = job->number,
				  .text = {packet->str, packet->len}};
	if (reply.status == RENDER_OK && strcmp(told, "no picture"))
		message.fds[message.n_fds++] = memory_file(told, text);
	message_send(HELPER_CHANNEL, &message);
	message_close_fds(&message);
}

static int help(bool scaler)
{
	static char text[HELPER_TEXT_MAX];
	const struct message greeting = {
		.kind = MESSAGE_GREETING,
		.text = scaler ? STR(SCALE_GREETING) : STR(RENDER_GREETING),
	};
	struct message job;
	message_send(HELPER_CHANNEL, &greeting);
	while (message_receive(HELPER_CHANNEL, 0, text, &job) > 0) {
		answer(&job, scaler);
		message_close_fds(&job);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_checked_and_passed_on),
		cmocka_unit_test(without_a_scaler_the_renderer_makes_all),
		cmocka_unit_test(images_go_with_the_plan_that_names_them),
		cmocka_unit_test(renderers_that_stop_are_busy),
	};
	if (argc == 1 && !strcmp(argv[0], "scale"))
		return help(true);
	if (argc == 1 && !strcmp(argv[0], "render"))
		return help(false);
	return cmocka_run_group_tests_name("pictures", tests, make_programs,
					   remove_programs);
}
