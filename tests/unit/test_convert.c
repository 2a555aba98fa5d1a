/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator's converters, as scripts and as a service in this process:
 * src/convert.
 */
#include "base/fd.h"
#include "convert/converter.h"
#include "convert/service.h"
#include "convert/wish.h"
#include "ingest/fetch.h"
#include "outbound/guard.h"
#include "store/local/local_store.h"
#include "remove_tree.h"
#include "unit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIMIT 100000
#define PDF "%PDF-1.7 "

static char dir[64];
static struct store *store;
static struct arena arena;
static struct err err;

static int begin(void **state)
{
	(void)state;
	g_strlcpy(dir, "/tmp/stowage-convert-XXXXXX", sizeof(dir));
	if (!mkdtemp(dir))
		return -1;
	const struct store_options options = {.dir = dir,
					      .inline_limit = 65536};
	arena_init(&arena);
	return store_open_local(&store, &options, &err);
}

static int end(void **state)
{
	(void)state;
	arena_release(&arena);
	store_close(store);
	return remove_tree(dir);
}

static const struct convert_wish document = {
	.kind = CONVERT_DOCUMENT,
	.format = STR("pdf"),
	.extension = STR("docx"),
	.orientation = STR("landscape"),
	.identity = STR("1:2:ab"),
};

static const struct convert_wish page = {
	.kind = CONVERT_SCREENSHOT,
	.format = STR("png"),
	.width = 1024,
	.height = 768,
	.delay_ms = 10,
	.whole_page = true,
	.url = STR("http://a.example/?a b$(x)"),
};

static void a_wish_has_one_spelling(void **state)
{
	(void)state;
	struct convert_wish got;
	struct str text = convert_text(&arena, &document);
	assert_str(text, STR("document pdf docx - landscape 1:2:ab"));
	assert_true(convert_parse(text, &got));
	assert_str(got.format, document.format);
	assert_str(got.extension, document.extension);
	assert_null(got.pageformat.p);
	assert_str(got.orientation, document.orientation);
	assert_str(got.identity, document.identity);
	text = convert_text(&arena, &page);
	assert_true(convert_parse(text, &got));
	assert_int_equal(got.width, 1024);
	assert_int_equal(got.height, 768);
	assert_int_equal(got.delay_ms, 10);
	assert_true(got.whole_page);
	assert_false(got.is_mobile);
	assert_str(got.url, page.url);
	static const char *const others[] = {
		"",
		"document",
		"document PDF",
		"document ../a x",
		"screenshot png 1",
		"video mp4 a b c d",
	};
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(convert_parse(str_of(others[i]), &got));
}

/* A script in the data directory. */
static char *script(const char *text)
{
	char *path = g_build_filename(dir, "script", NULL);
	g_autofree char *whole = g_strdup_printf("#!/bin/sh\n%s\n", text);
	assert_true(g_file_set_contents(path, whole, -1, NULL));
	assert_int_equal(chmod(path, 0700), 0);
	return path;
}

static struct outcome {
	int result;
	struct str made;
} outcome;

static bool always(void *user)
{
	(void)user;
	return true;
}

static bool never(void *user)
{
	(void)user;
	return false;
}

static struct program_run run_of(const struct convert_wish *wish)
{
	return (struct program_run){
		.wish = wish,
		.fd = -1,
		.bytes = STR("words"),
		.limit = LIMIT,
		.goes_on = always,
	};
}

static unsigned left_over(void)
{
	g_autofree char *folder = g_build_filename(dir, "convert", NULL);
	g_autoptr(GDir) names = g_dir_open(folder, 0, NULL);
	unsigned n = 0;
	while (names && g_dir_read_name(names))
		n++;
	return n;
}

static void run_for(const char *text, const char *arguments,
		    struct program_run run, unsigned timeout_ms)
{
	struct program *program;
	g_autofree char *path = script(text);
	g_autofree char *line = g_strdup_printf("'%s' %s", path, arguments);
	const struct program_options options = {
		.line = line,
		.dir = dir,
		.timeout_ms = timeout_ms,
		.memory = UINT64_C(4) << 30,
	};
	assert_int_equal(program_new(&program, &options, &err), 0);
	run.sink = store_sink_new(store, LIMIT);
	outcome.result = program_run(program, &run, &err);
	outcome.made = arena_str(&arena, store_sink_bytes(run.sink));
	store_sink_free(run.sink);
	program_free(program);
	assert_int_equal(left_over(), 0);
}

static void make(const char *text, const char *arguments,
		 const struct convert_wish *wish)
{
	run_for(text, arguments, run_of(wish), 60000);
}

static void assert_failed(enum err_code code)
{
	assert_int_equal(outcome.result, -1);
	if (err.code != code)
		fail_msg("%s: %s", err_code_name(err.code), err.text);
}

static void a_document_is_made_by_a_program(void **state)
{
	(void)state;
	make("(cat \"$1\"; echo; basename \"$1\"; basename \"$2\"; echo $3 $4)"
	     " > \"$2\"",
	     "{in} {outdir}/document.{format} x{orientation}x {pageformat}{y}",
	     &document);
	assert_int_equal(outcome.result, 0);
	assert_str(
		outcome.made,
		STR("words\ndocument.docx\ndocument.pdf\nxlandscapex {y}\n"));
}

static void one_in_a_file_too(void **state)
{
	(void)state;
	g_autofree char *path = g_build_filename(dir, "large", NULL);
	g_autofree char *bytes = g_strnfill(90000, 'x');
	assert_true(g_file_set_contents(path, bytes, -1, NULL));
	struct program_run run = run_of(&document);
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	run.fd = fd;
	run_for("wc -c < $1 > $2", "{in} {out}", run, 60000);
	assert_int_equal(outcome.result, 0);
	assert_str(outcome.made, STR("90000\n"));
}

static void no_shell_reads_the_arguments(void **state)
{
	(void)state;
	make("printf '%s|' \"$@\" > \"$1\"",
	     "{out} {url} '{width} {height}' {mode} {delay} {agent} '$(x)'",
	     &page);
	assert_int_equal(outcome.result, 0);
	struct str made = outcome.made;
	str_split(&made, '|');
	assert_str(made, STR("http://a.example/?a b$(x)|1024 768|all|10|"
			     "desktop|$(x)|"));
}

static void it_sees_nothing_of_ours(void **state)
{
	(void)state;
	g_setenv("STOWAGE_SECRET_KEY", "secret", TRUE);
	SCOPED_FD fd = open(dir, O_RDONLY); /* without O_CLOEXEC */
	make("(env | sed 's/=.*//' | sort | tr '\\n' ' '; ls /proc/self/fd |"
	     " wc -l; echo $HOME | grep -c convert; ulimit -c) > $1",
	     "{out}", &document);
	g_unsetenv("STOWAGE_SECRET_KEY");
	assert_int_equal(outcome.result, 0);
	assert_false(str_contains(outcome.made, STR("STOWAGE")));
	assert_true(str_contains(outcome.made, STR("HOME LANG")));
	assert_true(str_ends(outcome.made, STR(" 4\n1\n0\n")));
}

static void what_makes_nothing_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"exit 3",
		"exit 0",
		"echo x > $1; exit 1",
		"ln -s /etc/passwd $1",
		"mkfifo $1",
		"mkdir $1",
		": > $1",
		"echo x > $1; kill -9 $$",
		"rm -rf $(dirname $1)",
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		make(texts[i], "{out}", &document);
		assert_failed(ERR_INVALID);
	}
}

static void what_is_too_large_is_refused(void **state)
{
	(void)state;
	make("head -c 100000 /dev/zero > $1", "{out}", &document);
	assert_int_equal(outcome.result, 0);
	make("head -c 100001 /dev/zero > $1", "{out}", &document);
	assert_failed(ERR_TOO_LARGE);
	make("cat /dev/zero > $1", "{out}", &document);
	assert_failed(ERR_TOO_LARGE);
}

static bool is_running(const char *pid_file)
{
	g_autofree char *text = NULL;
	g_autofree char *path = g_build_filename(dir, pid_file, NULL);
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	uint64_t pid = 0;
	if (*text == '\0') /* it did not come to it */
		return false;
	assert_true(str_to_u64(str_sub(str_of(text), 0, strlen(text) - 1),
			       INT32_MAX, &pid));
	g_autofree char *stat = g_strdup_printf("/proc/%d/stat", (int)pid);
	g_autofree char *status = NULL;
	/* a zombie of nobody's has ended as well */
	return g_file_get_contents(stat, &status, NULL, NULL) &&
	       !strstr(status, ") Z");
}

static void wait_ended(const char *pid_file)
{
	while (is_running(pid_file))
		g_usleep(1000);
}

static void it_ends_with_its_children(void **state)
{
	(void)state;
	g_autofree char *text = g_strdup_printf(
		"sleep 1000 & echo $! > %s/child; echo x > $1; [ -z \"$2\" ] ||"
		" sleep 1000",
		dir);
	/* what it leaves behind when it is done */
	make(text, "{out}", &document);
	assert_int_equal(outcome.result, 0);
	wait_ended("child");
	/* when it takes too long */
	run_for(text, "{out} wait", run_of(&document), 300);
	assert_failed(ERR_TIMEOUT);
	wait_ended("child");
	/* when nobody waits */
	struct program_run run = run_of(&document);
	run.goes_on = never;
	run_for(text, "{out} wait", run, 60000);
	assert_failed(ERR_BUSY);
}

static void what_a_crash_left_is_swept(void **state)
{
	(void)state;
	g_autofree char *old =
		g_build_filename(dir, "convert", "abcdef", "in", NULL);
	assert_int_equal(g_mkdir_with_parents(old, 0700), 0);
	assert_int_equal(left_over(), 1);
	program_sweep(dir);
	assert_int_equal(left_over(), 0);
}

/* Deeper than any path reaches, with files and links on the way, and names that
 * others are moved to. */
static void what_no_path_reaches_is_swept(void **state)
{
	(void)state;
	g_autofree char *old = g_build_filename(dir, "convert", "abcdef", NULL);
	g_autofree char *kept = g_build_filename(dir, "kept", NULL);
	char name[201];
	memset(name, 'd', 200);
	name[200] = 0;
	assert_int_equal(g_mkdir_with_parents(old, 0700), 0);
	assert_true(g_file_set_contents(kept, "x", 1, NULL));
	int at = open(old, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (unsigned i = 0; i < 100; i++) {
		const char *inner = i % 3 ? name : "0";
		assert_int_equal(symlinkat(kept, at, "link"), 0);
		assert_int_equal(symlinkat(dir, at, "1"), 0);
		assert_int_equal(mkdirat(at, inner, 0700), 0);
		assert_int_equal(mkdirat(at, "2", 0), 0);
		int next = openat(at, inner, O_RDONLY | O_CLOEXEC);
		assert_true(next >= 0);
		assert_int_equal(fchmod(at, i % 2 ? 0500 : 0700), 0);
		close(at);
		at = next;
	}
	close(at);
	program_sweep(dir);
	assert_int_equal(left_over(), 0);
	assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
	assert_int_equal(unlink(kept), 0);
}

static void what_is_no_program_is_said(void **state)
{
	(void)state;
	static const char *const lines[] = {"/nowhere/at-all {in}",
					    "'not closed", "  "};
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct program *program;
		const struct program_options options = {.line = lines[i],
							.dir = dir};
		assert_int_equal(program_new(&program, &options, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
	}
}

/* A service that takes one connection. */
static struct {
	int listener;
	unsigned port;
	const char *answer;
	GThread *thread;
	GString *request;
} peer;

static bool is_whole(const GString *request)
{
	const char *body = strstr(request->str, "\r\n\r\n");
	const char *length = strstr(request->str, "Content-Length: ");
	uint64_t n = 0;
	if (body == NULL)
		return false;
	if (length) {
		const char *from = length + strlen("Content-Length: ");
		str_to_u64((struct str){from, strcspn(from, "\r")}, UINT32_MAX,
			   &n);
	}
	return request->len >= (size_t)(body + 4 - request->str) + n;
}

static void *serve(void *user)
{
	char piece[4096];
	ssize_t got;
	int fd = accept(peer.listener, NULL, NULL);
	while (!is_whole(peer.request) &&
	       (got = read(fd, piece, sizeof(piece))) > 0)
		g_string_append_len(peer.request, piece, got);
	if (peer.answer)
		assert_true(write(fd, peer.answer, strlen(peer.answer)) > 0);
	close(fd);
	return user;
}

static void serve_with(const char *answer)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t size = sizeof(in);
	peer.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(peer.listener, (struct sockaddr *)&in, size), 0);
	assert_int_equal(
		getsockname(peer.listener, (struct sockaddr *)&in, &size), 0);
	assert_int_equal(listen(peer.listener, 4), 0);
	peer.port = ntohs(in.sin_port);
	peer.answer = answer;
	peer.request = g_string_new(NULL);
	peer.thread = g_thread_new("service", serve, NULL);
}

static void post(const struct convert_wish *wish)
{
	g_autofree char *url =
		g_strdup_printf("http://127.0.0.1:%u/", peer.port);
	struct service *service;
	assert_int_equal(service_new(&service, url, 60000, &err), 0);
	struct program_run run = run_of(wish);
	run.sink = store_sink_new(store, LIMIT);
	outcome.result = service_run(service, &run, &err);
	outcome.made = arena_str(&arena, store_sink_bytes(run.sink));
	store_sink_free(run.sink);
	service_free(service);
}

static void stop_serving(void)
{
	g_thread_join(peer.thread);
	close(peer.listener);
}

static bool was_sent(const char *text)
{
	return strstr(peer.request->str, text) != NULL;
}

static void a_service_makes_pdf_of_documents(void **state)
{
	(void)state;
	serve_with("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" PDF);
	post(&document);
	stop_serving();
	assert_int_equal(outcome.result, 0);
	assert_str(outcome.made, STR(PDF));
	assert_true(was_sent("POST /forms/libreoffice/convert HTTP/1.1\r\n"));
	assert_true(was_sent("name=\"files\"; filename=\"document.docx\""));
	assert_true(was_sent("\r\n\r\nwords\r\n--"));
	assert_true(was_sent("name=\"landscape\"\r\n\r\ntrue\r\n"));
	g_string_free(peer.request, TRUE);
	struct convert_wish other = document;
	other.format = STR("odt");
	post(&other);
	assert_failed(ERR_UNSUPPORTED);
	assert_non_null(strstr(err.text, "--convert-command"));
}

static void and_pictures_of_pages(void **state)
{
	(void)state;
	serve_with("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x89PNG");
	post(&page);
	stop_serving();
	assert_int_equal(outcome.result, 0);
	assert_str(outcome.made, STR("\x89PNG"));
	assert_true(was_sent("POST /forms/chromium/screenshot/url HTTP/1.1"));
	assert_true(
		was_sent("name=\"url\"\r\n\r\nhttp://a.example/?a b$(x)\r\n"));
	assert_true(was_sent("name=\"width\"\r\n\r\n1024\r\n"));
	assert_true(was_sent("name=\"waitDelay\"\r\n\r\n10ms\r\n"));
	g_string_free(peer.request, TRUE);
}

static void what_a_service_says_is_understood(void **state)
{
	(void)state;
	static const struct {
		const char *answer;
		enum err_code code;
	} rows[] = {
		{"HTTP/1.1 400 Bad Request\r\nContent-Length: 1\r\n\r\nx",
		 ERR_INVALID},
		{"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx",
		 ERR_BUSY},
		{"HTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\nx", ERR_BUSY},
		{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
		 "Content-Length: 0\r\n\r\n",
		 ERR_BUSY},
		{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", ERR_BUSY},
		{NULL, ERR_BUSY},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		serve_with(rows[i].answer);
		post(&document);
		stop_serving();
		g_string_free(peer.request, TRUE);
		assert_failed(rows[i].code);
	}
	post(&document); /* nobody is there */
	assert_failed(ERR_BUSY);
}

static void a_page_that_is_inside_is_not_shown(void **state)
{
	(void)state;
	struct guard *guard;
	struct fetcher *fetcher;
	struct converter *converter;
	struct fetch_result got;
	const struct fetch_options times = {1000, 1000, 1000, 0, 0};
	g_autofree char *path = script("touch $(dirname $0)/shown; echo x >$1");
	g_autofree char *line = g_strdup_printf("%s {out} {url}", path);
	g_autofree char *shown = g_build_filename(dir, "shown", NULL);
	assert_int_equal(guard_new(&guard, STR(""), &err), 0);
	assert_int_equal(fetcher_new(&fetcher, &times, guard, &err), 0);
	const struct converter_options options = {
		.document_command = "",
		.screenshot_command = line,
		.url = "",
		.dir = dir,
		.timeout_ms = 60000,
		.memory = UINT64_C(4) << 30,
		.store = store,
		.fetcher = fetcher,
	};
	assert_int_equal(converter_new(&converter, &options, &err), 0);
	struct convert_wish inside = page;
	static const char *const urls[] = {"http://127.0.0.1:1/",
					   "http://169.254.169.254/",
					   "http://[::1]/"};
	struct remote_origin origin = converter_origin(converter);
	struct store_sink *sink = store_sink_new(store, LIMIT);
	const struct fetch_target target = {
		.sink = sink, .arena = &arena, .is_wanted = always};
	for (size_t i = 0; i < COUNT(urls); i++) {
		inside.url = str_of(urls[i]);
		const struct remote_item item = {
			.account = 1, .text = convert_text(&arena, &inside)};
		assert_int_equal(
			origin.get(origin.user, &item, &target, &got, &err),
			-1);
		assert_int_equal(err.code, ERR_FETCH);
	}
	assert_false(g_file_test(shown, G_FILE_TEST_EXISTS));
	/* nor are documents converted, which it has no program for */
	const struct remote_item item = {
		.account = 1, .text = convert_text(&arena, &document)};
	assert_int_equal(origin.get(origin.user, &item, &target, &got, &err),
			 -1);
	assert_int_equal(err.code, ERR_UNSUPPORTED);
	store_sink_free(sink);
	converter_free(converter);
	fetcher_free(fetcher);
	guard_free(guard);
}

static void without_a_name_there_is_none(void **state)
{
	(void)state;
	struct converter *converter;
	const struct converter_options options = {
		.document_command = "",
		.screenshot_command = "",
		.url = "",
		.dir = dir,
	};
	assert_int_equal(converter_new(&converter, &options, &err), 0);
	assert_null(converter);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
		TEST(a_wish_has_one_spelling),
		TEST(a_document_is_made_by_a_program),
		TEST(one_in_a_file_too),
		TEST(no_shell_reads_the_arguments),
		TEST(it_sees_nothing_of_ours),
		TEST(what_makes_nothing_is_refused),
		TEST(what_is_too_large_is_refused),
		TEST(it_ends_with_its_children),
		TEST(what_a_crash_left_is_swept),
		TEST(what_no_path_reaches_is_swept),
		TEST(what_is_no_program_is_said),
		TEST(a_service_makes_pdf_of_documents),
		TEST(and_pictures_of_pages),
		TEST(what_a_service_says_is_understood),
		TEST(a_page_that_is_inside_is_not_shown),
		TEST(without_a_name_there_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
