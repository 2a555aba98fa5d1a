/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a content to its text, with helpers that say what they are told to
 * (text_helpers.h): what goes to them, what is believed of what they say, and
 * who is next.
 */
#include "recognition/recogniser.h"
#include "base/fd.h"
#include "base/metrics.h"
#include "recognition/page.h"
#include "recognition/plan.h"
#include "text_helpers.h"

#include <dirent.h>
#include <errno.h>
#include <sys/wait.h>

#define PATIENCE_US (30 * INT64_C(1000000))
#define TIMEOUT_MS 20000

static struct text_programs programs;

static const struct training training = {
	.dir = (char *)(uintptr_t) "/nowhere",
	.installed = (char *)(uintptr_t) "eng",
	.languages = (char *)(uintptr_t) "eng+deu",
	.data = (char *)(uintptr_t) "5f",
};

static int make_programs(void **state)
{
	(void)state;
	text_programs_make(&programs);
	return 0;
}

static int remove_programs(void **state)
{
	(void)state;
	text_programs_remove(&programs);
	return 0;
}

/* Renderers and a recogniser of them. */
struct readers {
	struct renderers *renderers;
	struct recogniser *recogniser;
};

static struct readers make_readers(unsigned helpers, unsigned timeout_ms,
				   unsigned queue_max)
{
	const struct renderers_options renderers = {
		.program = programs.render,
		.helpers = 2,
		.timeout_ms = TIMEOUT_MS,
		.queue_max = 1000,
	};
	struct readers out;
	struct err err;
	if (renderers_new(&out.renderers, &renderers, &err) < 0)
		fail_msg("%s", err.text);
	const struct recogniser_options options = {
		.renderers = out.renderers,
		.program = programs.read,
		.training = &training,
		.helpers = helpers,
		.timeout_ms = timeout_ms,
		.queue_max = queue_max,
	};
	if (recogniser_new(&out.recogniser, &options, &err) < 0)
		fail_msg("%s", err.text);
	return out;
}

static void free_readers(const struct readers *readers)
{
	recogniser_free(readers->recogniser);
	renderers_free(readers->renderers);
	assert_int_equal(metric_get(METRIC_OCR_QUEUED), 0);
	assert_int_equal(metric_get(METRIC_RENDER_QUEUED), 0);
	if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
		fail_msg("a process is left");
}

/* One that asks. */
static GMutex lock;
static GCond changed;
static unsigned answered;

struct call {
	struct arena arena;
	struct derive_input input;
	struct derive_job job;
	unsigned times, place;
	enum err_code code;
	char why[ERR_TEXT_MAX];
	char *text;
};

static void on_answer(void *user, struct derive_output *out,
		      const struct err *err)
{
	struct call *call = user;
	g_mutex_lock(&lock);
	call->times++;
	call->place = ++answered;
	call->code = err ? err->code : ERR_NONE;
	if (err)
		g_strlcpy(call->why, err->text, sizeof(call->why));
	if (out) {
		call->text = g_malloc0(out->size + 1);
		(void)!fd_read(out->fd, call->text, out->size, 0);
		close(out->fd);
		out->fd = -1;
	}
	g_cond_broadcast(&changed);
	g_mutex_unlock(&lock);
}

static void ask(struct recogniser *recogniser, struct call *call,
		const char *content, unsigned page)
{
	struct err err;
	int64_t owner = call->job.owner, guest = call->job.guest;
	*call = (struct call){
		.input = {.fd = -1, .bytes = str_of(content)},
	};
	arena_init(&call->arena);
	call->job = (struct derive_job){
		.owner = owner,
		.guest = guest,
		.plan = recogniser_plan(recogniser, &call->arena, page, false),
		.inputs = &call->input,
		.n_inputs = 1,
		.arena = &call->arena,
		.done = on_answer,
		.user = call,
	};
	if (recogniser_read(recogniser, &call->job, &err) < 0) {
		call->times = 1;
		call->code = err.code;
	}
}

static void await(struct call *call)
{
	int64_t until = g_get_monotonic_time() + PATIENCE_US;
	bool in_time = true;
	g_mutex_lock(&lock);
	while (call->times == 0 && in_time)
		in_time = g_cond_wait_until(&changed, &lock, until);
	g_mutex_unlock(&lock);
	if (!in_time)
		fail_msg("nothing was answered");
	assert_int_equal(call->times, 1);
	arena_release(&call->arena);
}

static enum err_code read_one(struct recogniser *recogniser,
			      const char *content, unsigned page, char **text)
{
	struct call call = {.times = 0};
	ask(recogniser, &call, content, page);
	await(&call);
	*text = call.text;
	return call.code;
}

static void what_is_asked_has_one_text(void **state)
{
	static const struct {
		const char *text;
		struct recognition_plan want; /* page 0 but for the first: no */
		bool is_one;
	} rows[] = {
		{"recognise info", {0}, true},
		{"recognise page=3 fine=1 languages=eng+deu data=5f",
		 {3, true, {"eng+deu", 7}, {"5f", 2}},
		 true},
		{"recognise page=1 fine=0 languages=eng data=0",
		 {1, false, {"eng", 3}, {"0", 1}},
		 true},
		{"recognise page=0 fine=0 languages=eng data=0", {0}, false},
		{"recognise page=4294967296 fine=0 languages=eng data=0",
		 {0},
		 false},
		{"recognise page=1 fine=2 languages=eng data=0", {0}, false},
		{"recognise page=1 fine=0 languages= data=0", {0}, false},
		{"recognise page=1 fine=0 languages=eng data=0 ", {0}, false},
		{"recognise page=1 fine=0 languages=eng", {0}, false},
		{"recognise infos", {0}, false},
		{"recognise", {0}, false},
		{"", {0}, false},
		{"resize(width=3)|encode(format=png)", {0}, false},
	};
	struct arena arena;
	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct recognition_plan got;
		const struct recognition_plan *want = &rows[i].want;
		assert_int_equal(
			recognition_plan_read(str_of(rows[i].text), &got),
			rows[i].is_one);
		if (!rows[i].is_one)
			continue;
		assert_int_equal(got.page, want->page);
		assert_int_equal(got.fine, want->fine);
		assert_true(str_eq(got.languages, want->languages));
		assert_true(str_eq(got.data, want->data));
		assert_str(recognition_plan_write(&arena, &got),
			   str_of(rows[i].text));
	}
	arena_release(&arena);
}

static void what_is_told_of_all_pages_is_read_again(void **state)
{
	static const char *const wrong[] = {
		"",
		"{}",
		"{\"pages\":0,\"document\":true}",
		"{\"pages\":-1,\"document\":true}",
		"{\"pages\":1,\"document\":1}",
		"{\"pages\":1.5,\"document\":true}",
		"{\"pages\":4294967296,\"document\":true}",
		"[1,true]",
	};
	const struct recognition_info info = {.pages = 12, .is_document = true};
	struct recognition_info got;
	struct arena arena;
	struct err err;
	(void)state;
	arena_init(&arena);
	struct str json = recognition_info_write(&arena, &info);
	assert_int_equal(recognition_info_read(&arena, json, &got, &err), 0);
	assert_int_equal(got.pages, 12);
	assert_true(got.is_document);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_int_equal(recognition_info_read(&arena, str_of(wrong[i]),
						       &got, &err),
				 -1);
		assert_int_equal(err.code, ERR_INTERNAL);
	}
	arena_release(&arena);
}

static void contents_tell_of_their_pages(void **state)
{
	static const struct {
		const char *content, *want;
	} rows[] = {
		{"width=9;", "{\"pages\":1,\"document\":false}"},
		/* frames are no pages */
		{"pages=7;", "{\"pages\":1,\"document\":false}"},
		{"pages=7;document=1;", "{\"pages\":7,\"document\":true}"},
	};
	struct readers readers = make_readers(1, TIMEOUT_MS, 10);
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text;
		assert_int_equal(
			read_one(readers.recogniser, rows[i].content, 0, &text),
			ERR_NONE);
		assert_string_equal(text, rows[i].want);
		g_free(text);
	}
	free_readers(&readers);
}

/* What the line and the word of the page say (text_helpers.h). */
static void pages_are_rendered_and_read_at_their_size(void **state)
{
	static const struct {
		const char *content;
		unsigned page;
		const char *plan, *asked;
		unsigned width, height;
	} rows[] = {
		{"width=90;height=80;", 1, "image|encode(format=pgm)",
		 "90x80 dpi=0 fine=0 m=1,0,0,0,1,0", 90, 80},
		{"width=90;height=80;density=150;", 1,
		 "image|encode(format=pgm)",
		 "90x80 dpi=150 fine=0 m=1,0,0,0,1,0", 90, 80},
		/* 400 x 100 points at 300 dots an inch */
		{"width=400;height=100;document=1;pages=3;", 2,
		 "image(page=2,density=300)|encode(format=pgm)",
		 "1667x417 dpi=300 fine=0 m=1,0,0,0,1,0", 1667, 417},
		/* ten metres: as many pixels as there may be */
		{"width=28346;height=28346;document=1;", 1,
		 "image(page=1,density=16)|encode(format=pgm)",
		 "6300x6300 dpi=16 fine=0 m=1,0,0,0,1,0", 6300, 6300},
		/* 80 megapixels, on their side: at most 40, read as stored */
		{"width=10000;height=8000;orientation=6;", 1,
		 "image|resize(width=5656,height=7071,fit=stretch)|"
		 "encode(format=pgm)",
		 "5656x7071 dpi=0 fine=0 "
		 "m=0,1.41423,0,-1.41443,0,8000",
		 10000, 8000},
	};
	struct readers readers = make_readers(1, TIMEOUT_MS, 10);
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct recognised_page page;
		struct arena arena;
		struct err err;
		char *text;
		assert_int_equal(read_one(readers.recogniser, rows[i].content,
					  rows[i].page, &text),
				 ERR_NONE);
		arena_init(&arena);
		assert_int_equal(
			recognised_page_read(&arena, str_of(text), &page, &err),
			0);
		assert_int_equal(page.width, rows[i].width);
		assert_int_equal(page.height, rows[i].height);
		const struct recognised_line *line = page.sections[0].lines;
		assert_str(line->text, str_of(rows[i].plan));
		assert_str(line->words[0].text, str_of(rows[i].asked));
		arena_release(&arena);
		g_free(text);
	}
	free_readers(&readers);
}

static void what_goes_wrong_has_its_error(void **state)
{
	static const struct {
		const char *content;
		unsigned page;
		enum err_code code;
	} rows[] = {
		{"", 0, ERR_INVALID},
		{"", 1, ERR_INVALID},
		{"inspect=unreadable;", 0, ERR_INVALID},
		{"inspect=unreadable;", 1, ERR_INVALID},
		{"inspect=crash;", 1, ERR_INVALID},
		{"document=1;pages=3;", 4, ERR_INVALID},
		{"pages=3;", 2, ERR_INVALID},
		{"render=large;", 1, ERR_TOO_LARGE},
		{"render=crash;", 1, ERR_INTERNAL},
		{"render=jpeg;", 1, ERR_INTERNAL},
		{"render=head;", 1, ERR_INTERNAL},
		{"render=short;", 1, ERR_INTERNAL},
		{"render=other;", 1, ERR_INTERNAL},
		{"width=60000;height=600;render=wide;", 1, ERR_NONE},
		{"text=failed;", 1, ERR_TOO_LARGE},
		{"text=refused;", 1, ERR_INTERNAL},
		{"text=no-file;", 1, ERR_INTERNAL},
		{"text=little;", 1, ERR_INTERNAL},
		{"text=json;", 1, ERR_INTERNAL},
		{"text=other-page;", 1, ERR_INTERNAL},
		{"text=crash;", 1, ERR_INTERNAL},
		{"text=ok;", 1, ERR_NONE},
	};
	struct readers readers = make_readers(1, TIMEOUT_MS, 10);
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text;
		enum err_code code =
			read_one(readers.recogniser, rows[i].content,
				 rows[i].page, &text);
		if (code != rows[i].code)
			fail_msg("%s: %s", rows[i].content,
				 err_code_name(code));
		assert_int_equal(text != NULL, code == ERR_NONE);
		g_free(text);
	}
	free_readers(&readers);
}

static void a_reader_that_is_killed_is_replaced(void **state)
{
	struct readers readers = make_readers(1, TIMEOUT_MS, 10);
	int64_t died = metric_get(METRIC_OCR_DEATHS);
	g_autofree char *flag = g_build_filename(programs.folder, "once", NULL);
	g_autofree char *content =
		g_strdup_printf("width=200;text=crash-once;once=%s;", flag);
	char *text;
	(void)state;
	assert_true(g_file_set_contents(flag, "", 0, NULL));
	assert_int_equal(read_one(readers.recogniser, content, 1, &text),
			 ERR_NONE);
	assert_int_equal(metric_get(METRIC_OCR_DEATHS), died + 1);
	g_free(text);
	free_readers(&readers);
}

static void a_page_that_takes_too_long_has_an_end(void **state)
{
	struct readers readers = make_readers(1, 300, 10);
	char *text;
	(void)state;
	assert_int_equal(read_one(readers.recogniser, "text=hang;", 1, &text),
			 ERR_TIMEOUT);
	assert_int_equal(read_one(readers.recogniser, "text=ok;", 1, &text),
			 ERR_NONE);
	g_free(text);
	free_readers(&readers);
}

/* A page whose reader waits for the gate to open, so that others wait behind
 * it. */
static char *gate_path;

static char *shut_gate(const char *size)
{
	g_free(gate_path);
	gate_path = g_build_filename(programs.folder, "gate", NULL);
	return g_strdup_printf("%stext=wait;until=%s;", size, gate_path);
}

static void open_gate(void)
{
	assert_true(g_file_set_contents(gate_path, "", 0, NULL));
}

static void remove_gate(void)
{
	unlink(gate_path);
	g_clear_pointer(&gate_path, g_free);
}

static void wait_for(enum metric metric, int64_t value)
{
	int64_t until = g_get_monotonic_time() + PATIENCE_US;
	while (metric_get(metric) != value) {
		if (g_get_monotonic_time() > until)
			fail_msg("metric %d is %d, not %d", (int)metric,
				 (int)metric_get(metric), (int)value);
		g_usleep(1000);
	}
}

static void expect(struct call *call, enum err_code code)
{
	await(call);
	assert_int_equal(call->code, code);
	g_free(call->text);
}

/* Who comes later goes before what another has waiting. Two have places: one
 * is read, and one is ready to be. */
static void accounts_take_turns(void **state)
{
	enum {
		MANY = 12
	};
	struct readers readers = make_readers(1, TIMEOUT_MS, 100);
	struct call greedy[MANY] = {0}, modest = {.job.owner = 2};
	g_autofree char *slow = shut_gate("width=200;");
	(void)state;
	answered = 0;
	for (unsigned i = 0; i < MANY; i++) {
		greedy[i].job.owner = 1;
		ask(readers.recogniser, &greedy[i], slow, 1);
	}
	wait_for(METRIC_OCR_QUEUED, MANY - 1);
	ask(readers.recogniser, &modest, slow, 1);
	wait_for(METRIC_OCR_QUEUED, MANY);
	open_gate();
	for (unsigned i = 0; i < MANY; i++)
		expect(&greedy[i], ERR_NONE);
	expect(&modest, ERR_NONE);
	assert_int_equal(modest.place, 3);
	remove_gate();
	free_readers(&readers);
}

/* Of one account: for whom it is asked, too. */
static void guests_take_turns(void **state)
{
	enum {
		MANY = 12
	};
	struct readers readers = make_readers(1, TIMEOUT_MS, 100);
	const struct derive_renderer renderer =
		recogniser_renderer(readers.recogniser);
	struct call calls[MANY] = {0};
	g_autofree char *slow = shut_gate("width=200;");
	(void)state;
	answered = 0;
	for (unsigned i = 0; i < MANY; i++) {
		ask(readers.recogniser, &calls[i], slow, 1);
		wait_for(METRIC_OCR_QUEUED, i);
	}
	renderer.share(renderer.user, &calls[MANY - 1].job, 7);
	open_gate();
	for (unsigned i = 0; i < MANY; i++)
		expect(&calls[i], ERR_NONE);
	assert_int_equal(calls[MANY - 1].place, 3);
	remove_gate();
	free_readers(&readers);
}

/* What has no place in the line is refused, and what is in it is not. */
static void what_waits_has_a_bound(void **state)
{
	enum {
		MANY = 40,
		QUEUE = 8, /* half of them of one account */
		SERVED = 2 + QUEUE / 2
	};
	struct readers readers = make_readers(1, TIMEOUT_MS, QUEUE);
	struct call calls[MANY] = {0};
	int64_t refused = metric_get(METRIC_OCR_REFUSED);
	unsigned busy = 0;
	g_autofree char *slow = shut_gate("width=200;");
	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		calls[i].job.owner = 1;
		ask(readers.recogniser, &calls[i], slow, 1);
	}
	wait_for(METRIC_OCR_REFUSED, refused + MANY - SERVED);
	open_gate();
	for (unsigned i = 0; i < MANY; i++) {
		await(&calls[i]);
		if (calls[i].code != ERR_BUSY)
			assert_int_equal(calls[i].code, ERR_NONE);
		busy += calls[i].code == ERR_BUSY;
		g_free(calls[i].text);
	}
	assert_int_equal(busy, MANY - SERVED);
	remove_gate();
	free_readers(&readers);
}

/* And what is not goes by them. */
static void large_pages_are_read_one_at_a_time(void **state)
{
	struct readers readers = make_readers(2, TIMEOUT_MS, 100);
	struct call large[3] = {0}, usual = {.times = 0};
	g_autofree char *slow = shut_gate("width=5000;height=4000;");
	(void)state;
	for (size_t i = 0; i < COUNT(large); i++)
		ask(readers.recogniser, &large[i], slow, 1);
	wait_for(METRIC_OCR_QUEUED, COUNT(large) - 1);
	ask(readers.recogniser, &usual, "text=ok;", 1);
	expect(&usual, ERR_NONE);
	assert_int_equal(metric_get(METRIC_OCR_QUEUED), COUNT(large) - 1);
	open_gate();
	for (size_t i = 0; i < COUNT(large); i++)
		expect(&large[i], ERR_NONE);
	remove_gate();
	free_readers(&readers);
}

static void a_stop_ends_what_waits_and_what_runs(void **state)
{
	enum {
		MANY = 9
	};
	struct readers readers = make_readers(1, TIMEOUT_MS, 100);
	struct call calls[MANY] = {0};
	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		ask(readers.recogniser, &calls[i], "text=hang;", 1);
	recogniser_stop(readers.recogniser, 200);
	for (unsigned i = 0; i < MANY; i++) {
		await(&calls[i]);
		assert_int_equal(calls[i].code, ERR_BUSY);
	}
	char *text;
	assert_int_equal(read_one(readers.recogniser, "text=ok;", 1, &text),
			 ERR_BUSY);
	free_readers(&readers);
}

/* Wherever each of them is just then. */
static void an_end_ends_all(void **state)
{
	enum {
		MANY = 20
	};
	(void)state;
	for (unsigned delay = 0; delay < 5; delay++) {
		struct readers readers = make_readers(2, TIMEOUT_MS, 100);
		struct call calls[MANY] = {0};
		for (unsigned i = 0; i < MANY; i++)
			ask(readers.recogniser, &calls[i],
			    i % 3 ? "width=70;" : "text=hang;", i % 4 != 0);
		g_usleep(delay * 3000);
		recogniser_free(readers.recogniser);
		for (unsigned i = 0; i < MANY; i++) {
			assert_int_equal(calls[i].times, 1);
			await(&calls[i]);
			g_free(calls[i].text);
		}
		readers.recogniser = NULL;
		free_readers(&readers);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_has_one_text),
		cmocka_unit_test(what_is_told_of_all_pages_is_read_again),
		cmocka_unit_test(contents_tell_of_their_pages),
		cmocka_unit_test(pages_are_rendered_and_read_at_their_size),
		cmocka_unit_test(what_goes_wrong_has_its_error),
		cmocka_unit_test(a_reader_that_is_killed_is_replaced),
		cmocka_unit_test(a_page_that_takes_too_long_has_an_end),
		cmocka_unit_test(accounts_take_turns),
		cmocka_unit_test(guests_take_turns),
		cmocka_unit_test(what_waits_has_a_bound),
		cmocka_unit_test(large_pages_are_read_one_at_a_time),
		cmocka_unit_test(a_stop_ends_what_waits_and_what_runs),
		cmocka_unit_test(an_end_ends_all),
	};
	(void)argc;
	if (text_helped(argv[0]))
		return 0;
	return cmocka_run_group_tests_name("recogniser", tests, make_programs,
					   remove_programs);
}
