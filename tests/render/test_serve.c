/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A helper as programs are meant to make one, in its sandbox, and a pool that
 * asks it: this program is both. src/helpers/child/serve.h.
 */
#include "helpers/child/sandbox.h"
#include "helpers/child/serve.h"
#include "helpers/pool.h"
#include "unit.h"

#include <glib.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define GREETING "serve 1"
#define OUTPUT_MAX 1000000u

/*
 * The helper.
 */

static int kept;

/* The bytes of each file `times` times, and how many they were. */
static void answer(const struct serve_job *job, struct serve_answer *out)
{
	char bytes[4096];
	uint64_t times = 0, written = 0;
	if (!str_to_u64(job->text, 1000000, &times))
		times = 1;
	for (unsigned i = 0; i < job->n_fds; i++) {
		ssize_t n = pread(job->fds[i], bytes, sizeof(bytes), 0);
		for (uint64_t k = 0; n > 0 && k < times; k++) {
			if (serve_output(out, bytes, (size_t)n) < 0)
				break;
			written += (uint64_t)n;
		}
	}
	if (str_eq(job->text, STR("kept")))
		out->n = (size_t)pread(kept, out->text, 4, 0);
	else
		out->n = (size_t)g_snprintf(out->text, 40, "%" G_GUINT64_FORMAT,
					    written);
}

static int help(void)
{
	static const struct serve_program program = {
		.greeting = GREETING,
		.cpu_seconds = 300,
		.answer = answer,
	};
	struct err err;
	kept = memfd_create("font", MFD_CLOEXEC);
	if (write(kept, "font", 4) != 4)
		return EXIT_FAILURE;
	const struct sandbox_file file = {kept, NULL};
	const struct sandbox sandbox = {
		.memory_max = 1u << 30,
		.output_max = OUTPUT_MAX,
		.cpu_seconds = 600,
		.files = &file,
		.n_files = 1,
	};
	if (sandbox_enter(&sandbox, &err) < 0)
		return EXIT_FAILURE;
	_exit(serve(&program));
}

/*
 * The server's side.
 */

static struct pool *pool;
static GMutex lock;
static GCond changed;

struct call {
	bool done;
	enum err_code code;
	char text[100];
	int output;
	uint64_t size;
};

static void take_answer(void *user, struct pool_answer *given,
			const struct err *err)
{
	struct call *call = user;
	g_mutex_lock(&lock);
	call->code = err ? err->code : ERR_NONE;
	call->output = -1;
	if (given) {
		g_snprintf(call->text, sizeof(call->text), "%.*s",
			   STR_ARG(given->text));
		call->output = given->output;
		call->size = given->output_size;
		given->output = -1;
	}
	call->done = true;
	g_cond_signal(&changed);
	g_mutex_unlock(&lock);
}

static struct call ask(const char *text, struct str bytes, unsigned n_inputs)
{
	const struct pool_input inputs[HELPER_FDS_MAX] = {
		{.fd = -1, .bytes = bytes},    {.fd = -1, .bytes = STR("2")},
		{.fd = -1, .bytes = STR("3")}, {.fd = -1, .bytes = STR("4")},
		{.fd = -1, .bytes = STR("5")}, {.fd = -1, .bytes = STR("6")},
		{.fd = -1, .bytes = STR("7")}, {.fd = -1, .bytes = STR("8")}};
	struct call call = {.done = false};
	const struct pool_job job = {
		.text = str_of(text),
		.inputs = inputs,
		.n_inputs = n_inputs,
		.output_max = OUTPUT_MAX,
		.done = take_answer,
		.user = &call,
	};
	struct err err;
	if (pool_submit(pool, &job, &err) != 0)
		fail_msg("%s", err.text);
	g_mutex_lock(&lock);
	while (!call.done)
		g_cond_wait(&changed, &lock);
	g_mutex_unlock(&lock);
	return call;
}

static int start(void **state)
{
	static const struct pool_options options = {
		.name = "helper",
		.program = "/proc/self/exe",
		.greeting = GREETING,
		.helpers = 1,
		.share = 1,
		.queue_max = 10,
		.owner_max = 10,
		.wait_ms = 600000,
		.timeout_ms = 600000,
		.jobs_max = 1000,
		.metrics = {METRIC_RENDER_STARTS, METRIC_RENDER_DEATHS,
			    METRIC_RENDER_QUEUED, METRIC_RENDER_REFUSED},
	};
	struct err err;
	(void)state;
	return pool_new(&pool, &options, &err);
}

static int stop(void **state)
{
	(void)state;
	pool_free(pool);
	return 0;
}

static void pixels_come_back(void **state)
{
	static const struct {
		const char *times;
		unsigned files;
		const char *written, *bytes;
	} rows[] = {
		{"1", 1, "4", "ABCD"}, {"3", 1, "12", "ABCDABCDABCD"},
		{"0", 1, "0", NULL},   {"2", 2, "10", "ABCDABCD22"},
		{"1", 0, "0", NULL},   {"1", 8, "11", "ABCD2345678"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct call call =
			ask(rows[i].times, STR("ABCD"), rows[i].files);
		char bytes[100] = "";
		assert_int_equal(call.code, ERR_NONE);
		assert_string_equal(call.text, rows[i].written);
		assert_int_equal(call.output >= 0, rows[i].bytes != NULL);
		if (call.output < 0)
			continue;
		assert_int_equal(pread(call.output, bytes, 99, 0), call.size);
		assert_string_equal(bytes, rows[i].bytes);
		close(call.output);
	}
	/* one helper did it all */
	assert_int_equal(metric_get(METRIC_RENDER_STARTS), 1);
}

static void large_pixels_are_whole(void **state)
{
	static char bytes[1000];
	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	struct call call = ask("1000", (struct str){bytes, sizeof(bytes)}, 1);
	assert_int_equal(call.code, ERR_NONE);
	assert_int_equal(call.size, OUTPUT_MAX);
	close(call.output);
}

static void too_many_pixels_are_refused(void **state)
{
	(void)state;
	assert_int_equal(ask("1000000", STR("xx"), 1).code, ERR_INVALID);
	assert_int_equal(ask("0", STR("x"), 1).code, ERR_NONE);
}

static void what_was_opened_before_can_be_read(void **state)
{
	(void)state;
	struct call call = ask("kept", STR(""), 0);
	assert_int_equal(call.code, ERR_NONE);
	assert_string_equal(call.text, "font");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pixels_come_back),
		cmocka_unit_test(large_pixels_are_whole),
		cmocka_unit_test(too_many_pixels_are_refused),
		cmocka_unit_test(what_was_opened_before_can_be_read),
	};
	if (serve_is_wanted())
		return help();
	return cmocka_run_group_tests_name("serve", tests, start, stop);
}
