/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of helper processes, with this program itself as the helper
 * (pool_helper.h). src/helpers/.
 */
#include "pool_fixture.h"

/*
 * Tests.
 */

static void texts_and_files_reach_the_helper(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	int file = memfd_create("file", MFD_CLOEXEC);
	assert_int_equal(write(file, "a file", 6), 6);
	const struct pool_input inputs[] = {
		{.fd = file},
		{.fd = -1, .bytes = STR("bytes")},
		{.fd = -1, .bytes = STR("")},
		{.fd = file},
	};
	for (unsigned n = 0; n <= COUNT(inputs); n++) {
		static const char *const want[] = {
			"echo", "echo|a file", "echo|a file|bytes",
			"echo|a file|bytes|", "echo|a file|bytes||a file"};
		const struct pool_job job = {
			.text = STR("echo"), .inputs = inputs, .n_inputs = n};
		struct call call;
		assert_int_equal(submit(pool, &job, &call), ERR_NONE);
		await(&call);
		assert_int_equal(call.code, ERR_NONE);
		assert_string_equal(call.text, want[n]);
		assert_int_equal(call.output, -1);
	}
	assert_int_equal(lseek(file, 0, SEEK_CUR), 6);
	close(file);
	pool_free(pool);
}

static void long_texts_are_whole(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	g_autofree char *text = g_strnfill(HELPER_TEXT_MAX, 'x');
	memcpy(text, "echo", 4);
	const struct pool_job job = {.text = {text, HELPER_TEXT_MAX}};
	struct call call;
	assert_int_equal(submit(pool, &job, &call), ERR_NONE);
	await(&call);
	assert_int_equal(call.code, ERR_NONE);
	assert_int_equal(strncmp(call.text, text, sizeof(call.text) - 1), 0);
	pool_free(pool);
}

static void helper_cannot_change_what_it_is_passed(void **state)
{
	(void)state;
	char path[] = "/tmp/stowage-pool-XXXXXX", got[4];
	struct pool *pool = make_pool(usual);
	int disk = mkostemp(path, O_CLOEXEC);
	int unnamed = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int memory = memfd_create("file", MFD_CLOEXEC);
	const int files[] = {disk, unnamed, memory};
	for (size_t i = 0; i < COUNT(files); i++)
		assert_int_equal(write(files[i], "abcd", 4), 4);
	const struct pool_input inputs[] = {{.fd = disk},
					    {.fd = unnamed},
					    {.fd = memory},
					    {.fd = -1, .bytes = STR("abcd")}};
	const struct pool_job job = {.text = STR("meddle"),
				     .inputs = inputs,
				     .n_inputs = COUNT(inputs)};
	struct call call;
	assert_int_equal(submit(pool, &job, &call), ERR_NONE);
	await(&call);
	assert_int_equal(call.code, ERR_NONE);
	assert_string_equal(call.text, "");
	for (size_t i = 0; i < COUNT(files); i++) {
		assert_int_equal(pread(files[i], got, 4, 0), 4);
		assert_memory_equal(got, "abcd", 4);
		close(files[i]);
	}
	unlink(path);
	pool_free(pool);
}

static void input_that_cannot_be_passed_ends_the_job_alone(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	int closed = memfd_create("file", MFD_CLOEXEC);
	close(closed);
	const struct pool_input inputs[] = {{.fd = -1, .bytes = STR("x")},
					    {.fd = closed}};
	const struct pool_job job = {
		.text = STR("echo"), .inputs = inputs, .n_inputs = 2};
	int64_t started = metric_get(METRIC_RENDER_STARTS);
	struct call call;
	assert_int_equal(submit(pool, &job, &call), ERR_NONE);
	await(&call);
	assert_int_equal(call.code, ERR_INTERNAL);
	assert_int_equal(ask(pool, "echo").code, ERR_NONE);
	assert_int_equal(metric_get(METRIC_RENDER_STARTS), started + 1);
	pool_free(pool);
}

static void sealed_file_comes_back(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	char bytes[10];
	for (int i = 0; i < 3; i++) {
		struct call call = ask(pool, "file");
		assert_int_equal(call.code, ERR_NONE);
		assert_int_equal(call.output_size, 6);
		assert_int_equal(pread(call.output, bytes, 10, 0), 6);
		assert_memory_equal(bytes, "pixels", 6);
		assert_int_equal(fcntl(call.output, F_GETFD), FD_CLOEXEC);
		assert_int_equal(pwrite(call.output, "x", 1, 0), -1);
		close(call.output);
	}
	pool_free(pool);
}

static void file_that_nobody_takes_is_closed(void *user,
					     struct pool_answer *answer,
					     const struct err *err)
{
	struct call *call = user;
	g_mutex_lock(&lock);
	call->output = answer ? answer->output : -1;
	call->code = err ? err->code : ERR_NONE;
	call->done = true;
	g_cond_broadcast(&changed);
	g_mutex_unlock(&lock);
}

static void files_need_not_be_taken(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	struct call call = {0};
	const struct pool_job job = {.text = STR("file"),
				     .output_max = OUTPUT_MAX,
				     .done = file_that_nobody_takes_is_closed,
				     .user = &call};
	struct err err;
	assert_int_equal(pool_submit(pool, &job, &err), 0);
	await(&call);
	assert_int_equal(call.code, ERR_NONE);
	assert_true(call.output >= 0);
	pool_free(pool);
	assert_int_equal(fcntl(call.output, F_GETFD), -1);
}

/* Each costs two helpers their lives, and nobody else anything. */
static void helper_that_misbehaves_is_killed(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"crash",          "quit",
		"mistake number", "greet",
		"one byte",       "nothing",
		"part",           "more than said",
		"too much",       "many descriptors",
		"open file",      "writable file",
		"two files",      "large file",
		"socket",         "disk file",
		"folder",
	};
	struct pool *pool = make_pool(usual);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t died = metric_get(METRIC_RENDER_DEATHS);
		struct call call = ask(pool, rows[i]);
		if (call.code != ERR_INVALID || call.times != 1)
			fail_msg("%s: code %d", rows[i], (int)call.code);
		assert_int_equal(metric_get(METRIC_RENDER_DEATHS), died + 2);
		call = ask(pool, "echo");
		assert_int_equal(call.code, ERR_NONE);
		assert_string_equal(call.text, "echo");
	}
	pool_free(pool);
}

static void file_that_was_not_asked_for_kills(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	const struct pool_job job = {.text = STR("file")};
	struct call call;
	assert_int_equal(submit(pool, &job, &call), ERR_NONE);
	await(&call);
	assert_int_equal(call.code, ERR_INVALID);
	pool_free(pool);
}

static void helper_that_speaks_unasked_is_killed(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	int64_t died = metric_get(METRIC_RENDER_DEATHS);
	struct call first = ask(pool, "pid");
	assert_int_equal(ask(pool, "speak on").code, ERR_NONE);
	wait_for_metric(METRIC_RENDER_DEATHS, died + 1);
	struct call other = ask(pool, "pid");
	assert_string_not_equal(first.text, other.text);
	pool_free(pool);
}

static void job_that_hangs_has_an_end(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.timeout_ms = 200;
	struct pool *pool = make_pool(options);
	int64_t started = metric_get(METRIC_RENDER_STARTS);
	assert_int_equal(ask(pool, "hang").code, ERR_TIMEOUT);
	/* and is not tried again */
	assert_int_equal(metric_get(METRIC_RENDER_STARTS), started + 1);
	/* the next job goes on, unless it is not done in that time itself */
	int64_t until = deadline();
	enum err_code code;
	do
		code = ask(pool, "echo").code;
	while (code == ERR_TIMEOUT && g_get_monotonic_time() < until);
	assert_int_equal(code, ERR_NONE);
	pool_free(pool);
}

static void helper_that_wants_to_is_replaced(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	struct call first = ask(pool, "pid");
	assert_int_equal(ask(pool, "retire").code, ERR_NONE);
	struct call other = ask(pool, "pid");
	assert_int_equal(other.code, ERR_NONE);
	assert_string_not_equal(first.text, other.text);
	pool_free(pool);
}

static void helper_has_only_so_many_jobs(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.jobs_max = 2;
	struct pool *pool = make_pool(options);
	struct call calls[4];
	for (size_t i = 0; i < COUNT(calls); i++)
		calls[i] = ask(pool, "pid");
	assert_string_equal(calls[0].text, calls[1].text);
	assert_string_not_equal(calls[1].text, calls[2].text);
	assert_string_equal(calls[2].text, calls[3].text);
	pool_free(pool);
}

static void helper_that_has_grown_or_aged_is_replaced(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.memory_max = 64 * 1024 * 1024;
	struct pool *pool = make_pool(options);
	struct call calls[4];
	static const char *const texts[] = {"pid", "grow", "pid", "pid"};
	for (size_t i = 0; i < COUNT(calls); i++)
		calls[i] = ask(pool, texts[i]);
	assert_string_equal(calls[0].text, calls[1].text);
	assert_string_not_equal(calls[1].text, calls[2].text);
	assert_string_equal(calls[2].text, calls[3].text);
	pool_free(pool);

	options = usual;
	options.age_ms = 1;
	pool = make_pool(options);
	calls[0] = ask(pool, "pid");
	g_usleep(2000);
	calls[1] = ask(pool, "pid");
	calls[2] = ask(pool, "pid");
	assert_string_not_equal(calls[0].text, calls[2].text);
	pool_free(pool);
}

static bool lives(const struct call *call)
{
	return kill((pid_t)g_ascii_strtoll(call->text, NULL, 10), 0) == 0;
}

static void helper_without_a_job_ends(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.idle_ms = 50;
	struct pool *pool = make_pool(options);
	int64_t died = metric_get(METRIC_RENDER_DEATHS);
	int64_t until = deadline();
	struct call call = ask(pool, "pid");
	while (lives(&call) && g_get_monotonic_time() < until)
		g_usleep(1000);
	assert_false(lives(&call));
	assert_int_equal(metric_get(METRIC_RENDER_DEATHS), died);
	assert_int_equal(ask(pool, "echo").code, ERR_NONE);
	pool_free(pool);
}

static void helper_killed_between_jobs_is_replaced(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	for (int i = 0; i < 5; i++) {
		struct call call = ask(pool, "pid");
		assert_int_equal(call.code, ERR_NONE);
		kill((pid_t)g_ascii_strtoll(call.text, NULL, 10), SIGKILL);
	}
	pool_free(pool);
}

static void helper_has_no_surroundings(void **state)
{
	(void)state;
	int fd = open("/dev/null", O_RDONLY); /* without close-on-exec */
	struct pool *pool = make_pool(usual);
	struct call call = ask(pool, "list");
	assert_string_equal(call.text, "0 1 2 3 4 ");
	pool_free(pool);
	close(fd);
}

static void done_may_submit_the_next(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	struct call first = {0}, next = {0};
	const struct pool_job job = {
		.text = STR("echo"), .done = take_answer, .user = &first};
	struct err err;
	first.then_to = pool;
	first.then = &next;
	assert_int_equal(pool_submit(pool, &job, &err), 0);
	await(&next);
	assert_int_equal(next.code, ERR_NONE);
	pool_free(pool);
}

static void *submit_often(void *user)
{
	struct pool *pool = user;
	for (int i = 0; i < 40; i++) {
		struct call call = ask(pool, "echo");
		if (call.code != ERR_NONE || call.times != 1)
			return user;
	}
	return NULL;
}

static void many_threads_share_few_helpers(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.helpers = 3;
	int64_t started = metric_get(METRIC_RENDER_STARTS);
	struct pool *pool = make_pool(options);
	GThread *threads[8];
	for (size_t i = 0; i < COUNT(threads); i++)
		threads[i] = g_thread_new("crowd", submit_often, pool);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_null(g_thread_join(threads[i]));
	assert_in_range(metric_get(METRIC_RENDER_STARTS) - started, 1, 3);
	pool_free(pool);
}

static void stopping_ends_what_is_not_done_in_time(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	const struct pool_job job = {.text = STR("echo")};
	struct call waiting, late;
	struct held held;
	hold(pool, job, &held);
	wait_for_metric(METRIC_RENDER_QUEUED, 0);
	assert_int_equal(submit(pool, &job, &waiting), ERR_NONE);
	pool_stop(pool, 100);
	await(&held.call);
	await(&waiting);
	assert_int_equal(held.call.code, ERR_BUSY);
	assert_int_equal(waiting.code, ERR_BUSY);
	assert_int_equal(submit(pool, &job, &late), ERR_BUSY);
	close(held.pipe[0]);
	close(held.pipe[1]);
	pool_free(pool);
}

static void what_is_done_in_time_is_not_stopped(void **state)
{
	(void)state;
	struct pool *pool = make_pool(usual);
	const struct pool_job job = {.text = STR("echo")};
	struct held held;
	struct call waiting;
	hold(pool, job, &held);
	assert_int_equal(submit(pool, &job, &waiting), ERR_NONE);
	pool_stop(pool, PATIENCE_MS);
	let_go(&held);
	await(&waiting);
	assert_int_equal(waiting.code, ERR_NONE);
	pool_free(pool);
}

static void free_ends_every_job_once(void **state)
{
	(void)state;
	struct pool_options options = usual;
	options.helpers = 2;
	struct pool *pool = make_pool(options);
	struct call calls[30];
	for (size_t i = 0; i < COUNT(calls); i++) {
		const struct pool_job job = {
			.owner = (int64_t)i % 4,
			.sort = i % 3 == 0 ? POOL_HEAVY : POOL_LIGHT,
			.text = i % 2 ? STR("echo") : STR("hang")};
		assert_int_equal(submit(pool, &job, &calls[i]), ERR_NONE);
	}
	pool_free(pool);
	for (size_t i = 0; i < COUNT(calls); i++) {
		assert_int_equal(calls[i].times, 1);
		assert_true(calls[i].code == ERR_BUSY ||
			    calls[i].code == ERR_NONE);
	}
	pool_free(NULL);
}

static void pool_without_jobs_starts_nothing(void **state)
{
	(void)state;
	int64_t started = metric_get(METRIC_RENDER_STARTS);
	struct pool *pool = make_pool(usual);
	pool_free(pool);
	assert_int_equal(metric_get(METRIC_RENDER_STARTS), started);
}

static void program_that_is_no_helper_is_an_internal_error(void **state)
{
	(void)state;
	static const char *const names[] = {
		"dies", "dies-greeting", "greets-wrongly", "greets-and-dies"};
	for (size_t i = 0; i < COUNT(names); i++) {
		struct alias alias;
		struct pool *pool = make_pool(named(&alias, names[i]));
		for (int k = 0; k < 3; k++)
			if (ask(pool, "echo").code != ERR_INTERNAL)
				fail_msg("%s", names[i]);
		pool_free(pool);
		forget(&alias);
	}
	struct pool_options options = usual;
	struct pool *pool = NULL;
	struct err err = {0};
	options.program = "/nonexistent/helper";
	assert_int_equal(pool_new(&pool, &options, &err), -1);
	assert_int_equal(err.code, ERR_INTERNAL);
}

/* Each failed start doubles the time to the next. */
static void starts_that_fail_are_spaced(void **state)
{
	(void)state;
	struct alias alias;
	struct pool *pool = make_pool(named(&alias, "dies"));
	int64_t died = metric_get(METRIC_RENDER_DEATHS);
	int64_t begin = g_get_monotonic_time(), spent;
	do {
		assert_int_equal(ask(pool, "echo").code, ERR_INTERNAL);
		spent = (g_get_monotonic_time() - begin) / 1000;
		g_usleep(100);
	} while (spent < 1000);
	/* after 0, 100, 300, 700 ms; of time, more may have passed */
	assert_in_range(metric_get(METRIC_RENDER_DEATHS) - died, 1,
			1 + g_bit_storage((gulong)(spent / 100 + 1)));
	pool_free(pool);
	forget(&alias);
}

static void program_that_is_mended_is_used_again(void **state)
{
	(void)state;
	struct alias alias;
	struct pool *pool = make_pool(named(&alias, "helper"));
	int64_t until = deadline();
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	unlink(alias.path);
	assert_int_equal(ask(pool, "echo").code, ERR_INTERNAL);
	assert_int_equal(symlink(self, alias.path), 0);
	while (ask(pool, "echo").code != ERR_NONE)
		if (g_get_monotonic_time() > until)
			fail_msg("it is not");
	pool_free(pool);
	forget(&alias);
}

static void helper_that_never_greets_does_not_hold_up_the_end(void **state)
{
	(void)state;
	struct alias alias;
	struct pool_options options = named(&alias, "never-greets");
	options.wait_ms = 50;
	struct pool *pool = make_pool(options);
	assert_int_equal(ask(pool, "echo").code, ERR_BUSY);
	pool_free(pool);
	forget(&alias);
}

/* They are the pool's from then on, and the next helper's as well. */
static void helpers_get_their_arguments(void **state)
{
	(void)state;
	struct pool_options options = usual;
	char *arguments[] = {g_strdup("--languages"), g_strdup("a b|c"), NULL};
	options.arguments = arguments;
	options.jobs_max = 1;
	struct pool *pool = make_pool(options);
	memset(arguments[1], 'x', 5);
	for (unsigned i = 0; i < 2; i++)
		assert_string_equal(ask(pool, "arguments").text,
				    "exe|--languages|a b|c|");
	pool_free(pool);
	g_free(arguments[0]);
	g_free(arguments[1]);
}

int main(int argc, char **argv)
{
	(void)argc;
	static const struct CMUnitTest tests[] = {
		CLEAN(texts_and_files_reach_the_helper),
		CLEAN(helpers_get_their_arguments),
		CLEAN(long_texts_are_whole),
		CLEAN(helper_cannot_change_what_it_is_passed),
		CLEAN(input_that_cannot_be_passed_ends_the_job_alone),
		CLEAN(sealed_file_comes_back),
		CLEAN(files_need_not_be_taken),
		CLEAN(helper_that_misbehaves_is_killed),
		CLEAN(file_that_was_not_asked_for_kills),
		CLEAN(helper_that_speaks_unasked_is_killed),
		CLEAN(job_that_hangs_has_an_end),
		CLEAN(helper_that_wants_to_is_replaced),
		CLEAN(helper_has_only_so_many_jobs),
		CLEAN(helper_killed_between_jobs_is_replaced),
		CLEAN(helper_has_no_surroundings),
		CLEAN(helper_that_has_grown_or_aged_is_replaced),
		CLEAN(helper_without_a_job_ends),
		CLEAN(done_may_submit_the_next),
		CLEAN(many_threads_share_few_helpers),
		CLEAN(stopping_ends_what_is_not_done_in_time),
		CLEAN(what_is_done_in_time_is_not_stopped),
		CLEAN(free_ends_every_job_once),
		CLEAN(pool_without_jobs_starts_nothing),
		CLEAN(program_that_is_no_helper_is_an_internal_error),
		CLEAN(starts_that_fail_are_spaced),
		CLEAN(program_that_is_mended_is_used_again),
		CLEAN(helper_that_never_greets_does_not_hold_up_the_end),
	};
	g_autofree char *name = g_path_get_basename(argv[0]);
	if (!g_str_has_prefix(name, "test_"))
		return begin_to_help(name);
	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
