/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about images: to the real program (its path is in STOWAGE_RENDER),
 * with images made here, and to this program itself as a helper that answers
 * what it is told to. How helpers live and die is in test_pool.c.
 */
#include "descriptors.h"
#include "image_wait.h"
#include "helpers/message.h"
#include "image/protocol.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000

/* Images */

static const char gif[] =
	"GIF89a\x05\0\x03\0\x80\0\0\0\0\0\xff\xff\xff"
	"!\xf9\4\0\0\0\0\0,\0\0\0\0\x05\0\x03\0\0\2\4\x84\x8f\x09\5\0"
	"!\xf9\4\0\0\0\0\0,\0\0\0\0\x05\0\x03\0\0\2\4\x84\x8f\x09\5\0;";

/* 20 x 10, turned (EXIF orientation 6); ends where the pixels would begin. */
static const char jpeg[] =
	"\xff\xd8\xff\xe1\0\x22"
	"Exif\0\0II*\0\x08\0\0\0\1\0"
	"\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
	"\xff\xc0\0\x11\x08\0\x0a\0\x14\3\1\x11\0\2\x11\0\3\x11\0"
	"\xff\xda\0\x0c\3\1\0\2\0\3\0\0\x3f\0\xff\xd9";

/* 1 x 1, lossless */
static const char webp[] =
	"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88"
	"\x88\xfe\7\0";

/* 2 x 1, one sample of 8 bits, no compression */
static const char tiff[] = "II*\0\x08\0\0\0\x08\0"
			   "\0\1\3\0\1\0\0\0\2\0\0\0"
			   "\1\1\3\0\1\0\0\0\1\0\0\0"
			   "\2\1\3\0\1\0\0\0\x08\0\0\0"
			   "\3\1\3\0\1\0\0\0\1\0\0\0"
			   "\6\1\3\0\1\0\0\0\1\0\0\0"
			   "\x11\1\4\0\1\0\0\0\x6e\0\0\0"
			   "\x16\1\3\0\1\0\0\0\1\0\0\0"
			   "\x17\1\4\0\1\0\0\0\2\0\0\0"
			   "\0\0\0\0\x55\xaa";

static const char bmp[] =
	"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0"
	"\0\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

static uint32_t crc32_of(const char *p, size_t n)
{
	uint32_t crc = ~0u;
	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void add_u32(GString *out, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		g_string_append_c(out, (char)(value >> shift));
}

static void add_chunk(GString *out, const char *type, const char *p, size_t n)
{
	add_u32(out, (uint32_t)n);
	size_t from = out->len;
	g_string_append(out, type);
	g_string_append_len(out, p, (gssize)n);
	add_u32(out, crc32_of(out->str + from, out->len - from));
}

/* 8 bits a sample; the pixels are an empty stored block, for nobody looks. */
static GString *make_png(uint32_t width, uint32_t height, bool alpha)
{
	static const char no_pixels[] = "\x78\x01\1\0\0\xff\xff\0\0\0\1";
	GString *out = g_string_new_len("\x89PNG\r\n\x1a\n", 8);
	g_autoptr(GString) head = g_string_new("");
	add_u32(head, width);
	add_u32(head, height);
	g_string_append_len(head, alpha ? "\x08\6\0\0\0" : "\x08\2\0\0\0", 5);
	add_chunk(out, "IHDR", head->str, head->len);
	add_chunk(out, "IDAT", no_pixels, sizeof(no_pixels) - 1);
	add_chunk(out, "IEND", "", 0);
	return out;
}

static struct str str_of_gstring(const GString *s)
{
	return (struct str){s->str, s->len};
}

/* The pool */

static struct renderers *make_pool(const char *program, unsigned helpers,
				   unsigned timeout_ms)
{
	const struct renderers_options options = {
		.program = program,
		.helpers = helpers,
		.timeout_ms = timeout_ms,
		.queue_max = 100,
	};
	struct renderers *r = NULL;
	struct err err = {0};
	if (renderers_new(&r, &options, &err) != 0)
		fail_msg("%s", err.text);
	return r;
}

static struct renderers *real_pool(unsigned helpers)
{
	const char *program = getenv("STOWAGE_RENDER");
	if (program == NULL)
		fail_msg("STOWAGE_RENDER must be the path of stowage-render");
	return make_pool(program, helpers, PATIENCE_MS);
}

static int inspect_file(struct renderers *r, int fd, struct image_info *out,
			struct err *err)
{
	struct arena arena;
	arena_init(&arena);
	const struct image_source source = {.fd = fd, .arena = &arena};
	*err = (struct err){0};
	int result = inspect_and_wait(r, &source, out, err);
	arena_release(&arena);
	return result;
}

static int inspect(struct renderers *r, struct str bytes,
		   struct image_info *out, struct err *err)
{
	struct arena arena;
	arena_init(&arena);
	const struct image_source source = {
		.fd = -1, .bytes = bytes, .arena = &arena};
	*err = (struct err){0};
	int result = inspect_and_wait(r, &source, out, err);
	arena_release(&arena);
	return result;
}

/* Fills pids with living children of this process, returns how many. */
static size_t find_children(pid_t *pids, size_t max)
{
	size_t n = 0;
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	while ((entry = readdir(proc)) != NULL) {
		g_autofree char *path =
			g_strdup_printf("/proc/%s/stat", entry->d_name);
		g_autofree char *text = NULL;
		if (!g_ascii_isdigit(entry->d_name[0]) ||
		    !g_file_get_contents(path, &text, NULL, NULL))
			continue;
		/* "pid (name) state parent" */
		const char *state = strrchr(text, ')') + 2;
		if (*state != 'Z' && n < max &&
		    g_ascii_strtoll(state + 2, NULL, 10) == getpid())
			pids[n++] =
				(pid_t)g_ascii_strtoll(entry->d_name, NULL, 10);
	}
	closedir(proc);
	return n;
}

/* The one that is left: of one that was killed the end may take a moment more
 * than another's beginning. */
static pid_t only_child(void)
{
	pid_t pids[2];
	size_t n;
	while ((n = find_children(pids, COUNT(pids))) > 1)
		g_usleep(1000);
	assert_int_equal(n, 1);
	return pids[0];
}

static void headers_are_read(void **state)
{
	(void)state;
	g_autoptr(GString) plain = make_png(3, 2, false);
	g_autoptr(GString) alpha = make_png(7, 9, true);
	g_autoptr(GString) vast = make_png(60000, 60000, false);
	const struct {
		struct str bytes;
		struct image_info want;
	} rows[] = {
		{str_of_gstring(plain),
		 {3, 2, 1, 1, 0, false, false, STR_NONE}},
		{str_of_gstring(alpha), {7, 9, 1, 1, 0, true, false, STR_NONE}},
		{str_of_gstring(vast),
		 {60000, 60000, 1, 1, 0, false, false, STR_NONE}},
		{{jpeg, sizeof(jpeg) - 1},
		 {20, 10, 6, 1, 0, false, false, STR_NONE}},
		{{gif, sizeof(gif) - 1},
		 {5, 3, 1, 2, 0, false, false, STR_NONE}},
		{{webp, sizeof(webp) - 1},
		 {1, 1, 1, 1, 0, true, false, STR_NONE}},
		{{tiff, sizeof(tiff) - 1},
		 {2, 1, 1, 1, 0, false, false, STR_NONE}},
		{{bmp, sizeof(bmp) - 1},
		 {1, 1, 1, 1, 0, false, false, STR_NONE}},
		{STR("<svg xmlns='http://www.w3.org/2000/svg' width='4' "
		     "height='6'/>"),
		 {4, 6, 1, 1, 0, true, false, STR_NONE}},
	};
	struct renderers *r = real_pool(1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct image_info got = {0};
		struct err err;
		if (inspect(r, rows[i].bytes, &got, &err) != 0)
			fail_msg("row %zu: %s", i, err.text);
		assert_int_equal(got.width, rows[i].want.width);
		assert_int_equal(got.height, rows[i].want.height);
		assert_int_equal(got.orientation, rows[i].want.orientation);
		assert_int_equal(got.pages, rows[i].want.pages);
		if (got.has_alpha != rows[i].want.has_alpha)
			fail_msg("row %zu: alpha %d", i, got.has_alpha);
	}
	renderers_free(r);
}

static void what_is_no_image_is_invalid(void **state)
{
	(void)state;
	g_autoptr(GString) png = make_png(3, 2, false);
	g_autoptr(GString) absurd = make_png(0x7fffffff, 0x7fffffff, false);
	g_autoptr(GString) beyond = make_png(0xffffffff, 1, false);
	g_autoptr(GString) empty = make_png(0, 5, false);
	g_autofree char *noise = g_malloc(5000);
	for (size_t i = 0; i < 5000; i++)
		noise[i] = (char)(i * 2654435761u >> 13);
	const struct str rows[] = {
		STR(""),
		STR_NONE,
		STR("x"),
		STR("plain words"),
		STR("2 2\n1 2\n3 4\n"),
		STR("P6 1 1 255 abc"),
		STR("<svg xmlns='http://www.w3.org/2000/svg' width='1'"),
		STR("%PDF-1.4\n"),
		{noise, 5000},
		{bmp, 40},
		{png->str, 8},
		{png->str, 20},
		{jpeg, 4},
		{jpeg, 30},
		{gif, 10},
		{webp, 20},
		{tiff, 9},
		str_of_gstring(absurd),
		str_of_gstring(beyond),
		str_of_gstring(empty),
	};
	struct renderers *r = real_pool(1);
	struct image_info got;
	struct err err;
	assert_int_equal(inspect(r, str_of_gstring(png), &got, &err), 0);
	pid_t first = only_child();
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (inspect(r, rows[i], &got, &err) == 0)
			fail_msg("row %zu: %ux%u", i, got.width, got.height);
		assert_int_equal(err.code, ERR_INVALID);
	}
	/* none of them cost the child its life */
	assert_int_equal(only_child(), first);
	renderers_free(r);
}

static void file_is_read_from_its_start_and_left_alone(void **state)
{
	(void)state;
	struct renderers *r = real_pool(1);
	g_autoptr(GString) png = make_png(3, 2, false);
	int fd = memfd_create("file", MFD_CLOEXEC);
	struct image_info got;
	struct err err = {0};
	assert_int_equal(write(fd, png->str, png->len), (ssize_t)png->len);
	for (off_t at = 0; at < 30; at += 7) {
		lseek(fd, at, SEEK_SET);
		assert_int_equal(inspect_file(r, fd, &got, &err), 0);
		assert_int_equal(got.width, 3);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), at);
	}
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(inspect_file(r, fd, &got, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	close(fd);
	assert_int_equal(inspect_file(r, fd, &got, &err), -1);
	assert_int_equal(err.code, ERR_INTERNAL);
	renderers_free(r);
}

struct crowd {
	struct renderers *r;
	struct str bytes;
	gint failed;
};

static void *inspect_often(void *user)
{
	struct crowd *crowd = user;
	for (int i = 0; i < 50; i++) {
		struct image_info got = {0};
		struct err err;
		if (inspect(crowd->r, crowd->bytes, &got, &err) != 0 ||
		    got.width != 3 || got.height != 2)
			g_atomic_int_inc(&crowd->failed);
	}
	return NULL;
}

static void many_threads_share_few_children(void **state)
{
	(void)state;
	size_t before = count_descriptors();
	g_autoptr(GString) png = make_png(3, 2, false);
	struct crowd crowd = {real_pool(2), str_of_gstring(png), 0};
	GThread *threads[8];
	pid_t pids[16];
	for (size_t i = 0; i < COUNT(threads); i++)
		threads[i] = g_thread_new("crowd", inspect_often, &crowd);
	for (size_t i = 0; i < COUNT(threads); i++)
		g_thread_join(threads[i]);
	assert_int_equal(crowd.failed, 0);
	/* they outlive the threads that asked for them */
	assert_in_range(find_children(pids, COUNT(pids)), 1, 2);
	/* an eventfd, the helpers' sockets and pidfds, and nothing else */
	assert_in_range(count_descriptors() - before, 3, 5);
	renderers_free(crowd.r);
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(find_children(pids, COUNT(pids)), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void child_killed_between_requests_is_replaced(void **state)
{
	(void)state;
	struct renderers *r = real_pool(1);
	g_autoptr(GString) png = make_png(3, 2, false);
	for (int i = 0; i < 3; i++) {
		struct image_info got;
		struct err err;
		if (inspect(r, str_of_gstring(png), &got, &err) != 0)
			fail_msg("%s", err.text);
		assert_int_equal(kill(only_child(), SIGKILL), 0);
	}
	renderers_free(r);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Beside the first few a renderer has the fonts that it found by itself. */
static void check_descriptor(const char *folder, const char *number)
{
	g_autofree char *path = g_build_filename(folder, number, NULL);
	g_autofree char *target = g_file_read_link(path, NULL);
	if (g_ascii_strtoll(number, NULL, 10) > HELPER_OUTPUT &&
	    (target == NULL || strstr(target, "/fonts/") == NULL))
		fail_msg("%s is %s", number, target);
}

static void
child_sees_no_environment_and_no_descriptors_of_the_server(void **state)
{
	(void)state;
	struct renderers *r = real_pool(1);
	g_autoptr(GString) png = make_png(3, 2, false);
	struct image_info got;
	struct err err;
	assert_int_equal(inspect(r, str_of_gstring(png), &got, &err), 0);
	pid_t pid = only_child();
	g_autofree char *path = g_strdup_printf("/proc/%d/fd", (int)pid);
	DIR *dir = opendir(path);
	struct dirent *entry;
	if (dir == NULL) { /* only root may look into it */
		renderers_free(r);
		skip();
	}
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			check_descriptor(path, entry->d_name);
	closedir(dir);
	g_autofree char *environ_path =
		g_strdup_printf("/proc/%d/environ", (int)pid);
	g_autofree char *text = NULL;
	gsize n = 1;
	assert_true(g_file_get_contents(environ_path, &text, &n, NULL));
	assert_int_equal(n, 0);
	renderers_free(r);
}

/* With this program as a helper; see help(). */

static void answers_of_helpers_are_checked(void **state)
{
	(void)state;
	static const struct {
		struct str bytes;
		int inspected; /* 0 with the text, or an error's code */
		int described;
		struct str text;
	} rows[] = {
		{STR("answers"), 0, ERR_INTERNAL, STR_NONE},
		{STR("writes"), 0, 0, STR("{}")},
		{STR("writes no text"), ERR_INTERNAL, ERR_INTERNAL, STR_NONE},
		{STR("writes of no format"), 0, ERR_INTERNAL, STR("{}")},
		{STR("sends little"), ERR_INTERNAL, ERR_INTERNAL, STR_NONE},
		{STR("refuses the size"), ERR_TOO_LARGE, ERR_TOO_LARGE,
		 STR_NONE},
		{STR("refuses the request"), ERR_INVALID, ERR_INVALID,
		 STR_NONE},
		{STR("crashes"), ERR_INVALID, ERR_INVALID, STR_NONE},
		{STR("hangs"), ERR_TIMEOUT, ERR_TIMEOUT, STR_NONE},
	};
	struct renderers *r = make_pool("/proc/self/exe", 1, PATIENCE_MS);
	struct renderers *hasty = make_pool("/proc/self/exe", 1, 300);
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct renderers *asked =
			rows[i].inspected == ERR_TIMEOUT ? hasty : r;
		const struct image_source source = {.fd = -1,
						    .bytes = rows[i].bytes,
						    .arena = &arena,
						    .embedded = true};
		struct image_info info = {0};
		struct image_metadata metadata = {0};
		struct err err = {0};
		(void)!inspect_and_wait(asked, &source, &info, &err);
		if ((int)err.code != rows[i].inspected)
			fail_msg("%s: %s", rows[i].bytes.p, err.text);
		assert_str(info.embedded, rows[i].text);
		err.code = ERR_NONE;
		(void)!metadata_and_wait(asked, &source, &metadata, &err);
		assert_int_equal(err.code, rows[i].described);
		if (rows[i].described == 0) {
			assert_str(metadata.exif, rows[i].text);
			assert_string_equal(metadata.phash, "00000000000000ff");
			assert_string_equal(metadata.format, "png");
		}
	}
	arena_release(&arena);
	renderers_free(hasty);
	renderers_free(r);
}

static void text_that_is_not_wanted_is_left(void **state)
{
	(void)state;
	struct renderers *r = make_pool("/proc/self/exe", 1, PATIENCE_MS);
	struct image_info info;
	struct err err;
	assert_int_equal(inspect(r, STR("writes"), &info, &err), 0);
	assert_null(info.embedded.p);
	renderers_free(r);
}

static void program_that_does_not_work_is_no_fault_of_the_image(void **state)
{
	(void)state;
	const struct renderers_options options = {
		.program = "/nonexistent/render",
		.helpers = 1,
		.timeout_ms = PATIENCE_MS,
		.queue_max = 100,
	};
	struct renderers *r = NULL;
	struct image_info got;
	struct err err = {0};
	assert_int_equal(renderers_new(&r, &options, &err), -1);
	assert_int_equal(err.code, ERR_INTERNAL);
	r = make_pool("/bin/true", 2, PATIENCE_MS);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(inspect(r, STR("x"), &got, &err), -1);
		assert_int_equal(err.code, ERR_BUSY);
		/* no path of this machine */
		assert_null(strchr(err.text, '/'));
	}
	renderers_free(r);
	renderers_free(NULL);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void renderers_that_stop_are_busy(void **state)
{
	(void)state;
	struct renderers *r = make_pool("/proc/self/exe", 1, PATIENCE_MS);
	struct image_info got;
	struct err err;
	renderers_stop(r, 0);
	assert_int_equal(inspect(r, STR("answers"), &got, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	renderers_free(r);
}

/* What follows a reply that is said to have text. */
static struct str write_text(const char *text, struct render_reply *reply)
{
	reply->metadata.format = RENDER_PNG;
	reply->metadata.phash = 0xff;
	if (!strcmp(text, "writes no text"))
		return STR("\"\xff");
	if (!strcmp(text, "writes of no format"))
		reply->metadata.format = 1000;
	return STR("{}");
}

static void answer(const struct message *job)
{
	struct render_reply reply = {
		.info = {
			.width = 1, .height = 1, .orientation = 1, .pages = 1}};
	struct render_request request;
	struct str written = STR("");
	char text[64] = "";
	g_autoptr(GString) packet = g_string_new("");
	memcpy(&request, job->text.p, sizeof(request));
	if (job->n_fds != 1 || pread(job->fds[0], text, sizeof(text) - 1, 0) !=
				       (ssize_t)request.sizes[0])
		_exit(1);
	if (g_str_has_prefix(text, "writes"))
		written = write_text(text, &reply);
	else if (!strcmp(text, "refuses the size"))
		reply.status = RENDER_TOO_LARGE;
	else if (!strcmp(text, "refuses the request"))
		reply.status = RENDER_REFUSED;
	else if (!strcmp(text, "crashes"))
		raise(SIGXCPU);
	else if (!strcmp(text, "hangs"))
		sleep(60);
	g_string_append_len(packet, (const char *)&reply, sizeof(reply));
	g_string_append_len(packet, written.p, (gssize)written.n);
	if (!strcmp(text, "sends little"))
		g_string_truncate(packet, 7);
	const struct message message = {.kind = MESSAGE_ANSWER,
					.number = job->number,
					.text = {packet->str, packet->len}};
	message_send(HELPER_CHANNEL, &message);
}

/* This program as a helper: does what the "image" says. */
static int help(void)
{
	static char text[HELPER_TEXT_MAX];
	const struct message greeting = {.kind = MESSAGE_GREETING,
					 .text = STR(RENDER_GREETING)};
	struct message job;
	message_send(HELPER_CHANNEL, &greeting);
	while (message_receive(HELPER_CHANNEL, 0, text, &job) > 0) {
		answer(&job);
		message_close_fds(&job);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(what_is_no_image_is_invalid),
		cmocka_unit_test(file_is_read_from_its_start_and_left_alone),
		cmocka_unit_test(many_threads_share_few_children),
		cmocka_unit_test(child_killed_between_requests_is_replaced),
		cmocka_unit_test(
			child_sees_no_environment_and_no_descriptors_of_the_server),
		cmocka_unit_test(answers_of_helpers_are_checked),
		cmocka_unit_test(text_that_is_not_wanted_is_left),
		cmocka_unit_test(
			program_that_does_not_work_is_no_fault_of_the_image),
		cmocka_unit_test(renderers_that_stop_are_busy),
	};
	if (argc == 1 && !strcmp(argv[0], "exe"))
		return help();
	return cmocka_run_group_tests_name("renderers", tests, NULL, NULL);
}
