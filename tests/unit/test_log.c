/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: how entries look in each form, and that nobody waits for whoever
 * reads them. stderr is a file, a pipe or a socket of the test's own.
 */
#include "base/date.h"
#include "base/log/log.h"
#include "base/log/log_format.h"
#include "base/log/log_sink.h"
#include "base/log/log_thread.h"
#include "base/metrics.h"
#include "base/retry.h"
#include "unit.h"

#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOON_MS 60000 /* longer than anything here takes */

static int kept = -1; /* the real stderr */

static void catch_in(int fd)
{
	kept = dup(STDERR_FILENO);
	assert_true(kept >= 0 && dup2(fd, STDERR_FILENO) >= 0);
}

static void give_back(void)
{
	dup2(kept, STDERR_FILENO);
	close(kept);
	kept = -1;
}

static int put_right(void **state)
{
	(void)state;
	if (kept >= 0)
		give_back();
	return 0;
}

static void must_start(void)
{
	struct err err;
	if (log_start(&err) < 0)
		fail_msg("%s", err.text);
}

/* What is logged from here on goes into a pipe; returns where it is read. */
static int start_into_pipe(void)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	catch_in(ends[1]);
	close(ends[1]);
	log_init(LOG_INFO, false);
	must_start();
	return ends[0];
}

/* All that is there, up to the end; g_string_free() it. */
static GString *read_all(int fd)
{
	char piece[4096];
	ssize_t n;
	GString *all = g_string_new(NULL);
	while ((n = RETRY_EINTR(read(fd, piece, sizeof(piece)))) > 0)
		g_string_append_len(all, piece, n);
	return all;
}

static void *read_there(void *fd)
{
	return read_all(GPOINTER_TO_INT(fd));
}

/* Forms */

static const struct log_field fields[] = {
	{"path", {"/a\"\xff\n", 5}, 0},
	{"status", STR_NONE, 404},
	{"lowest", STR_NONE, INT64_MIN},
	{"empty", {"", 0}, 0},
};

static struct str formatted(enum log_form form, struct str message, size_t n)
{
	static char out[LOG_ENTRY_MAX];
	const struct log_entry entry = {
		.level = LOG_WARN,
		.at_ms = 1700000000007,
		.message = message,
		.fields = fields,
		.n_fields = n,
	};
	return (struct str){out, log_format(form, &entry, out)};
}

static void each_form_has_what_it_is_to_have(void **state)
{
	(void)state;
	struct str message = STR("GET /x");
	assert_str(formatted(LOG_FORM_TEXT, message, COUNT(fields)),
		   STR("2023-11-14T22:13:20.007Z warn GET /x\n"));
	assert_str(formatted(LOG_FORM_JSON, message, COUNT(fields)),
		   STR("{\"time\":\"2023-11-14T22:13:20.007Z\","
		       "\"level\":\"warn\",\"message\":\"GET /x\","
		       "\"path\":\"/a\\\"\xef\xbf\xbd\\u000a\",\"status\":404,"
		       "\"lowest\":-9223372036854775808,\"empty\":\"\"}\n"));
	assert_str(formatted(LOG_FORM_JOURNAL, message, COUNT(fields)),
		   STR("PRIORITY=4\nSYSLOG_IDENTIFIER=stowage\n"
		       "MESSAGE=GET /x\nSTOWAGE_PATH=/a\"\xef\xbf\xbd\\x0a\n"
		       "STOWAGE_STATUS=404\n"
		       "STOWAGE_LOWEST=-9223372036854775808\n"
		       "STOWAGE_EMPTY=\n\n"));
}

static void text_cannot_break_out_of_its_entry(void **state)
{
	(void)state;
	static const struct {
		struct str text;
		const char *plain, *json;
	} rows[] = {
		{{"ok", 2}, "ok", "ok"},
		{{"a\nb\x1b\x7f", 5},
		 "a\\x0ab\\x1b\\x7f",
		 "a\\u000ab\\u001b\\u007f"},
		{{"say \"\\\"", 7}, "say \"\\\"", "say \\\"\\\\\\\""},
		{{"bad \xff", 5}, "bad \xef\xbf\xbd", "bad \xef\xbf\xbd"},
		{{"cut \xc3", 5}, "cut \xef\xbf\xbd", "cut \xef\xbf\xbd"},
		{{"nul \0.", 6}, "nul \xef\xbf\xbd.", "nul \xef\xbf\xbd."},
		{{"c1 \xc2\x9b ls \xe2\x80\xa8.", 13},
		 "c1 ? ls ?.",
		 "c1 ? ls ?."},
		{{"\xc3\xa9", 2}, "\xc3\xa9", "\xc3\xa9"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *plain =
			g_strconcat(" warn ", rows[i].plain, "\n", NULL);
		g_autofree char *json = g_strconcat(
			"\"message\":\"", rows[i].json, "\"}\n", NULL);
		g_autofree char *journal =
			g_strconcat("\nMESSAGE=", rows[i].plain, "\n\n", NULL);
		assert_str(str_skip(formatted(LOG_FORM_TEXT, rows[i].text, 0),
				    ISO_DATE_MAX),
			   str_of(plain));
		assert_true(str_ends(formatted(LOG_FORM_JSON, rows[i].text, 0),
				     str_of(json)));
		assert_true(
			str_ends(formatted(LOG_FORM_JOURNAL, rows[i].text, 0),
				 str_of(journal)));
	}
}

/* What is too long is cut, and what ends an entry is there all the same. */
static void longest_entry_is_cut_not_overrun(void **state)
{
	(void)state;
	static const char *const units[] = {
		"a",  "\x01", "\xff",         "\xc3\xa9",
		"\"", "\x80", "\xe2\x82\xac", "\\"};
	enum {
		MANY = 20,
		LONG = 9000
	};
	for (size_t i = 0; i < COUNT(units); i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		struct log_field many[MANY];
		while (text->len < LONG)
			g_string_append(text, units[i]);
		struct str all = {text->str, text->len};
		for (size_t f = 0; f < MANY; f++)
			many[f] = (struct log_field){"field", all, 0};
		const struct log_entry entry = {
			.message = all, .fields = many, .n_fields = MANY};
		for (unsigned form = 0; form <= LOG_FORM_JOURNAL; form++) {
			char out[LOG_ENTRY_MAX];
			struct str got = {out, log_format(form, &entry, out)};
			assert_in_range(got.n, LOG_TEXT_MAX, LOG_ENTRY_MAX);
			assert_true(str_is_utf8(got));
			assert_true(str_ends(got, form == LOG_FORM_JSON
							  ? STR("\"}\n")
							  : STR("\n")));
		}
	}
}

static void without_a_thread_a_line_is_written_at_once(void **state)
{
	(void)state;
	FILE *caught = tmpfile();
	assert_non_null(caught);
	catch_in(fileno(caught));
	log_init(LOG_INFO, false);
	log_line(LOG_DEBUG, "not this");
	log_line(LOG_WARN, "%s", "but this");
	give_back();
	rewind(caught);
	g_autoptr(GString) got = read_all(fileno(caught));
	fclose(caught);
	assert_true(g_str_has_suffix(got->str, "Z warn but this\n"));
	assert_null(strstr(got->str, "not this"));
}

/* The thread */

#define WRITERS 4
#define LINES 2000

static void *write_lines(void *arg)
{
	for (unsigned i = 0; i < LINES; i++)
		log_info("writer %u line %u", GPOINTER_TO_UINT(arg), i);
	return NULL;
}

static void lines_of_a_thread_keep_their_order(void **state)
{
	(void)state;
	GThread *threads[WRITERS];
	unsigned next[WRITERS] = {0};
	char line[128];
	FILE *caught = tmpfile();
	assert_non_null(caught);
	catch_in(fileno(caught));
	log_init(LOG_INFO, false);
	must_start();
	for (unsigned i = 0; i < WRITERS; i++)
		threads[i] = g_thread_new("writer", write_lines,
					  GUINT_TO_POINTER(i));
	for (unsigned i = 0; i < WRITERS; i++)
		g_thread_join(threads[i]);
	log_stop(SOON_MS);
	give_back();
	rewind(caught);
	while (fgets(line, sizeof(line), caught)) {
		g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", -1);
		assert_int_equal(g_strv_length(words), 6);
		uint64_t writer = g_ascii_strtoull(words[3], NULL, 10);
		assert_in_range(writer, 0, WRITERS - 1);
		assert_int_equal(g_ascii_strtoull(words[5], NULL, 10),
				 next[writer]++);
	}
	for (unsigned i = 0; i < WRITERS; i++)
		assert_int_equal(next[i], LINES);
	fclose(caught);
}

/* More than pipe and buffers hold. */
static void flood(unsigned n)
{
	g_autofree char *text = g_strnfill(1000, 'x');
	for (unsigned i = 0; i < n; i++)
		log_info("%u %s", i, text);
}

#define MORE_THAN_FITS (4 * LOG_QUEUE_BYTES / 1000)

/* Each line as it was, in order, but for a gap of as many as are told. */
static void assert_gap_is_told(const char *text, unsigned n)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	uint64_t next = 0, told = 0;
	for (char **line = lines; **line; line++) {
		const char *said = strchr(strchr(*line, ' ') + 1, ' ') + 1;
		char *end;
		uint64_t number = g_ascii_strtoull(said, &end, 10);
		assert_ptr_not_equal(end, said);
		if (strcmp(end, " lines were dropped") == 0) {
			told += number;
			next += number;
			continue;
		}
		assert_int_equal(number, next++);
		assert_int_equal(strlen(end), 1001);
	}
	assert_int_equal(next, n);
	assert_true(told > 0);
}

static void who_does_not_read_holds_nobody_up(void **state)
{
	(void)state;
	int from = start_into_pipe();
	int64_t before = metric_get(METRIC_LOG_LOST);
	flood(MORE_THAN_FITS); /* would hang */
	assert_true(metric_get(METRIC_LOG_LOST) > before);
	/* now somebody reads, up to the end */
	GThread *reader =
		g_thread_new("reader", read_there, GINT_TO_POINTER(from));
	log_stop(SOON_MS);
	give_back();
	g_autoptr(GString) got = g_thread_join(reader);
	close(from);
	assert_gap_is_told(got->str, MORE_THAN_FITS);
}

static void warnings_have_room_when_other_lines_have_none(void **state)
{
	(void)state;
	int from = start_into_pipe();
	flood(MORE_THAN_FITS);
	log_warn("the disk is full");
	GThread *reader =
		g_thread_new("reader", read_there, GINT_TO_POINTER(from));
	log_stop(SOON_MS);
	give_back();
	g_autoptr(GString) got = g_thread_join(reader);
	close(from);
	assert_non_null(strstr(got->str, " warn the disk is full\n"));
}

static void a_stop_does_not_wait_for_who_does_not_read(void **state)
{
	(void)state;
	int from = start_into_pipe();
	struct pollfd begun = {.fd = from, .events = POLLIN};
	flood(MORE_THAN_FITS);
	assert_int_equal(poll(&begun, 1, SOON_MS), 1);
	log_stop(1);
	log_info("nor does what comes after it");
	give_back();
	g_autoptr(GString) got = read_all(from);
	close(from);
	assert_null(strstr(got->str, "comes after"));
	assert_true(g_str_has_suffix(got->str, "x\n")); /* whole lines */
}

static void a_reader_that_is_gone_costs_lines_only(void **state)
{
	(void)state;
	close(start_into_pipe());
	int64_t before = metric_get(METRIC_LOG_LOST);
	flood(10);
	log_stop(SOON_MS);
	give_back();
	assert_int_equal(metric_get(METRIC_LOG_LOST), before + 10);
}

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* As on a full disk, where a write is cut, later ones fail, and then there is
 * room again. */
static void a_line_that_a_full_disk_cuts_is_ended(void **state)
{
	(void)state;
	FILE *caught = tmpfile();
	assert_non_null(caught);
	int64_t before = metric_get(METRIC_LOG_LOST);
	catch_in(fileno(caught));
	log_init(LOG_INFO, false);
	set_file_limit(50);
	must_start();
	log_warn("a line that is cut somewhere here");
	log_stop(SOON_MS);
	assert_int_equal(metric_get(METRIC_LOG_LOST), before + 1);
	set_file_limit(RLIM_INFINITY);
	must_start();
	log_warn("there is room again");
	log_stop(SOON_MS);
	give_back();
	rewind(caught);
	g_autoptr(GString) got = read_all(fileno(caught));
	fclose(caught);
	g_auto(GStrv) lines = g_strsplit(got->str, "\n", -1);
	assert_int_equal(g_strv_length(lines), 3);
	assert_int_equal(strlen(lines[0]), 50);
	assert_true(g_str_has_suffix(lines[1], "Z warn there is room again"));
}

/* The journal */

struct journal {
	char *dir, *path;
	int fd;
	FILE *stream; /* what stderr is */
};

static void open_journal(struct journal *j)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat got;
	j->dir = g_dir_make_tmp("stowage-log-XXXXXX", NULL);
	j->path = g_build_filename(j->dir, "socket", NULL);
	g_strlcpy(address.sun_path, j->path, sizeof(address.sun_path));
	j->fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(
		bind(j->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	j->stream = tmpfile();
	assert_non_null(j->stream);
	fstat(fileno(j->stream), &got);
	g_autofree char *name =
		g_strdup_printf("%llu:%llu", (unsigned long long)got.st_dev,
				(unsigned long long)got.st_ino);
	g_setenv("JOURNAL_STREAM", name, TRUE);
	log_journal_path = j->path;
	catch_in(fileno(j->stream));
}

static void close_journal(struct journal *j)
{
	give_back();
	g_unsetenv("JOURNAL_STREAM");
	g_unlink(j->path);
	g_rmdir(j->dir);
	g_free(j->path);
	g_free(j->dir);
	if (j->fd >= 0)
		close(j->fd);
	fclose(j->stream);
	log_init(LOG_INFO, false); /* forgets the socket */
}

static void the_journal_gets_its_own_fields(void **state)
{
	struct journal j;
	char got[4096];
	(void)state;
	open_journal(&j);
	log_init(LOG_INFO, false);
	for (int threaded = 0; threaded < 2; threaded++) {
		if (threaded)
			must_start();
		log_event(LOG_INFO, STR("one"), &fields[1], 1);
		log_error("two\nlines");
		if (threaded)
			log_stop(SOON_MS);
		assert_str((struct str){got, (size_t)recv(j.fd, got,
							  sizeof(got), 0)},
			   STR("PRIORITY=6\nSYSLOG_IDENTIFIER=stowage\n"
			       "MESSAGE=one\nSTOWAGE_STATUS=404\n"));
		assert_str((struct str){got, (size_t)recv(j.fd, got,
							  sizeof(got), 0)},
			   STR("PRIORITY=3\nSYSLOG_IDENTIFIER=stowage\n"
			       "MESSAGE=two\\x0alines\n"));
	}
	close_journal(&j);
}

static void json_that_was_asked_for_goes_to_stderr(void **state)
{
	struct journal j;
	char got[4096];
	(void)state;
	open_journal(&j);
	log_init(LOG_INFO, true);
	log_info("one");
	assert_true(recv(j.fd, got, sizeof(got), MSG_DONTWAIT) < 0);
	assert_true(lseek(fileno(j.stream), 0, SEEK_END) > 0);
	close_journal(&j);
}

static void another_stderr_is_not_the_journal(void **state)
{
	struct journal j;
	(void)state;
	open_journal(&j);
	g_setenv("JOURNAL_STREAM", "1:1", TRUE);
	assert_false(log_sink_is_journal());
	g_unsetenv("JOURNAL_STREAM");
	assert_false(log_sink_is_journal());
	close_journal(&j);
}

/* It stops taking entries, and then it is gone. */
static void a_journal_that_hangs_holds_nobody_up(void **state)
{
	struct journal j;
	(void)state;
	open_journal(&j);
	log_init(LOG_INFO, false);
	must_start();
	int64_t before = metric_get(METRIC_LOG_LOST);
	flood(MORE_THAN_FITS);
	assert_true(metric_get(METRIC_LOG_LOST) > before);
	close(j.fd);
	j.fd = -1;
	log_stop(SOON_MS);
	close_journal(&j);
}

#define TEST(name) cmocka_unit_test_teardown(name, put_right)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_form_has_what_it_is_to_have),
		TEST(text_cannot_break_out_of_its_entry),
		TEST(longest_entry_is_cut_not_overrun),
		TEST(without_a_thread_a_line_is_written_at_once),
		TEST(lines_of_a_thread_keep_their_order),
		TEST(who_does_not_read_holds_nobody_up),
		TEST(warnings_have_room_when_other_lines_have_none),
		TEST(a_stop_does_not_wait_for_who_does_not_read),
		TEST(a_reader_that_is_gone_costs_lines_only),
		TEST(a_line_that_a_full_disk_cuts_is_ended),
		TEST(the_journal_gets_its_own_fields),
		TEST(json_that_was_asked_for_goes_to_stderr),
		TEST(another_stderr_is_not_the_journal),
		TEST(a_journal_that_hangs_holds_nobody_up),
	};
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
