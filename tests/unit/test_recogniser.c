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

#include <errno.h>
#include <sys/wait.h>

#define PATIENCE_US (60 * INT64_C(1000000))
#define TIMEOUT_MS 60000

static struct text_programs programs;
static char *gate, *gate_open; /* pass_gate() */

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
	gate = g_build_filename(programs.folder, "gate", NULL);
	gate_open = g_strconcat(gate, "-open", NULL);
	return 0;
}

static int remove_programs(void **state)
{
	(void)state;
	text_programs_remove(&programs);
	g_free(gate);
	g_free(gate_open);
	return 0;
}

/* One that asks. */
struct call {
	struct arena arena;
	struct derive_input input;
	struct derive_job job;
	unsigned times, place;
	enum err_code code;
	char *text; /* NULL: none */
};

/* What a test has open. It is closed behind it, also where it failed; until
 * then calls stay, for they may still be answered. */
static struct {
	struct renderers *renderers;
	struct recogniser *recogniser;
	GPtrArray *calls;
} readers;

static void call_free(void *p)
{
	struct call *call = p;
	arena_release(&call->arena);
	g_free(call->text);
	g_free(call);
}

/* For the lists of calls, and what answers change. */
static GMutex lock;
static GCond changed;
static unsigned answered;

static void open_both(unsigned render_ms, unsigned helpers, unsigned timeout_ms,
		      unsigned queue_max)
{
	const struct renderers_options renderers = {
		.program = programs.render,
		.helpers = 2,
		.timeout_ms = render_ms,
		.queue_max = 1000,
	};
	struct err err;
	answered = 0;
	readers.calls = g_ptr_array_new_with_free_func(call_free);
	if (renderers_new(&readers.renderers, &renderers, &err) < 0)
		fail_msg("%s", err.text);
	const struct recogniser_options options = {
		.renderers = readers.renderers,
		.program = programs.read,
		.training = &training,
		.helpers = helpers,
		.timeout_ms = timeout_ms,
		.queue_max = queue_max,
	};
	if (recogniser_new(&readers.recogniser, &options, &err) < 0)
		fail_msg("%s", err.text);
}

static void open_readers(unsigned helpers, unsigned timeout_ms,
			 unsigned queue_max)
{
	open_both(TIMEOUT_MS, helpers, timeout_ms, queue_max);
}

/* Nothing waits, and no process is left. */
static int close_readers(void **state)
{
	(void)state;
	recogniser_free(readers.recogniser);
	renderers_free(readers.renderers);
	readers.recogniser = NULL;
	readers.renderers = NULL;
	g_clear_pointer(&readers.calls, g_ptr_array_unref);
	unlink(gate);
	unlink(gate_open);
	assert_int_equal(metric_get(METRIC_OCR_QUEUED), 0);
	assert_int_equal(metric_get(METRIC_RENDER_QUEUED), 0);
	if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
		fail_msg("a process is left");
	return 0;
}

static void on_answer(void *user, struct derive_output *out,
		      const struct err *err)
{
	struct call *call = user;
	g_mutex_lock(&lock);
	call->times++;
	call->place = ++answered;
	call->code = err ? err->code : ERR_NONE;
	if (out) {
		call->text = g_malloc0(out->size + 1);
		(void)!fd_read(out->fd, call->text, out->size, 0);
		close(out->fd);
		out->fd = -1;
	}
	g_cond_broadcast(&changed);
	g_mutex_unlock(&lock);
}

static struct call *ask_as(int64_t owner, const char *content, unsigned page)
{
	struct call *call = g_new0(struct call, 1);
	struct err err;
	arena_init(&call->arena);
	g_ptr_array_add(readers.calls, call);
	call->input = (struct derive_input){
		.fd = -1, .bytes = arena_str(&call->arena, str_of(content))};
	call->job = (struct derive_job){
		.owner = owner,
		.plan = recogniser_plan(readers.recogniser, &call->arena, page,
					false),
		.inputs = &call->input,
		.n_inputs = 1,
		.arena = &call->arena,
		.done = on_answer,
		.user = call,
	};
	if (recogniser_read(readers.recogniser, &call->job, &err) < 0) {
		call->times = 1;
		call->code = err.code;
	}
	return call;
}

static struct call *ask(const char *content, unsigned page)
{
	return ask_as(0, content, page);
}

static enum err_code await(const struct call *call)
{
	int64_t until = g_get_monotonic_time() + PATIENCE_US;
	bool in_time = true;
	g_mutex_lock(&lock);
	while (call->times == 0 && in_time)
		in_time = g_cond_wait_until(&changed, &lock, until);
	unsigned times = call->times;
	g_mutex_unlock(&lock);
	if (!in_time)
		fail_msg("nothing was answered");
	assert_int_equal(times, 1);
	return call->code;
}

/* What is said of the page. */
static const char *read_text(const char *content, unsigned page)
{
	const struct call *call = ask(content, page);
	assert_int_equal(await(call), ERR_NONE);
	assert_non_null(call->text);
	return call->text;
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
	(void)state;
	open_readers(1, TIMEOUT_MS, 10);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(read_text(rows[i].content, 0),
				    rows[i].want);
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
		 "90x80 fine=0 m=1,0,0,0,1,0", 90, 80},
		{"width=90;height=80;density=150;", 1,
		 "image|encode(format=pgm)", "90x80 fine=0 m=1,0,0,0,1,0", 90,
		 80},
		/* 400 x 100 points at 300 dots an inch */
		{"width=400;height=100;document=1;pages=3;", 2,
		 "image(page=2,density=300)|encode(format=pgm)",
		 "1667x417 fine=0 m=1,0,0,0,1,0", 1667, 417},
		/* ten metres: as many pixels as there may be */
		{"width=28346;height=28346;document=1;", 1,
		 "image(page=1,density=16)|encode(format=pgm)",
		 "6300x6300 fine=0 m=1,0,0,0,1,0", 6300, 6300},
		/* 80 megapixels, on their side: at most 40, read as stored */
		{"width=10000;height=8000;orientation=6;", 1,
		 "image|resize(width=5656,height=7071,fit=stretch)|"
		 "encode(format=pgm)",
		 "5656x7071 fine=0 "
		 "m=0,1.41423,0,-1.41443,0,8000",
		 10000, 8000},
	};
	(void)state;
	open_readers(1, TIMEOUT_MS, 10);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct recognised_page page;
		struct arena arena;
		struct err err;
		const char *text = read_text(rows[i].content, rows[i].page);
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
	}
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
		{"render=crash;", 1, ERR_INVALID},
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
		{"text=crash;", 1, ERR_INVALID},
		{"text=ok;", 1, ERR_NONE},
	};
	(void)state;
	open_readers(1, TIMEOUT_MS, 10);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct call *call = ask(rows[i].content, rows[i].page);
		enum err_code code = await(call);
		if (code != rows[i].code)
			fail_msg("%s: %s", rows[i].content,
				 err_code_name(code));
		assert_int_equal(call->text != NULL, code == ERR_NONE);
	}
}

static void a_reader_that_is_killed_is_replaced(void **state)
{
	int64_t died = metric_get(METRIC_OCR_DEATHS);
	g_autofree char *flag = g_build_filename(programs.folder, "once", NULL);
	g_autofree char *content =
		g_strdup_printf("width=200;text=crash-once;once=%s;", flag);
	(void)state;
	open_readers(1, TIMEOUT_MS, 10);
	assert_true(g_file_set_contents(flag, "", 0, NULL));
	read_text(content, 1);
	assert_int_equal(metric_get(METRIC_OCR_DEATHS), died + 1);
}

/* Whoever asks again on a busy machine has, at some time, another answer. */
static enum err_code await_other(const char *content, enum err_code other)
{
	int64_t until = g_get_monotonic_time() + PATIENCE_US;
	enum err_code code;
	do
		code = await(ask(content, 1));
	while ((code == ERR_BUSY || code == other) &&
	       g_get_monotonic_time() < until);
	return code;
}

static void a_page_that_takes_too_long_has_an_end(void **state)
{
	(void)state;
	open_readers(1, 300, 10);
	/* which is not its own fault, as long as nobody works on it */
	assert_int_equal(await(ask("text=hang;", 1)), ERR_BUSY);
	assert_int_equal(await_other("text=spin;", ERR_BUSY), ERR_TIMEOUT);
	/* and costs the next one nothing, which has no longer itself */
	assert_int_equal(await_other("text=ok;", ERR_TIMEOUT), ERR_NONE);
}

static void a_page_that_is_rendered_too_long_has_an_end(void **state)
{
	(void)state;
	open_both(300, 1, TIMEOUT_MS, 10);
	assert_int_equal(await(ask("inspect=hang;", 1)), ERR_BUSY);
	assert_int_equal(await(ask("render=hang;", 1)), ERR_BUSY);
	assert_int_equal(await_other("inspect=spin;", ERR_BUSY), ERR_TIMEOUT);
	assert_int_equal(await_other("render=spin;", ERR_BUSY), ERR_TIMEOUT);
	assert_int_equal(await_other("text=ok;", ERR_TIMEOUT), ERR_NONE);
}

/* A page whose reader waits at the gate, so that others wait behind it. */
static char *at_gate(const char *size)
{
	return g_strdup_printf("%stext=wait;gate=%s;", size, gate);
}

/* The first of those who come. */
static void let_through(off_t n)
{
	int fd = open(gate_open, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, n), 0);
	close(fd);
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

/* Until so many have come to the gate since the test began, and `queued` wait
 * besides. Who stands there holds a place and is not queued, and nothing ends
 * meanwhile: it stays so. Of what is counted the last may be a moment from its
 * line, and the others are in theirs. */
static void wait_until_stuck(off_t come, int64_t queued)
{
	int64_t until = g_get_monotonic_time() + PATIENCE_US;
	struct stat is = {.st_size = 0};
	while ((stat(gate, &is) != 0 || is.st_size < come) &&
	       g_get_monotonic_time() < until)
		g_usleep(1000);
	assert_int_equal(is.st_size, come);
	wait_for(METRIC_OCR_QUEUED, queued);
}

/*
 * Who comes later goes before what another has waiting. Two have places: one is
 * read, and one is ready to be. So the place of the first one to end is given
 * away, and whoever has got it is ready to be read before another place is.
 */
static void accounts_take_turns(void **state)
{
	enum {
		MANY = 12
	};
	const struct call *greedy[MANY], *modest;
	g_autofree char *slow = at_gate("width=200;");
	(void)state;
	open_readers(1, TIMEOUT_MS, 100);
	for (unsigned i = 0; i < MANY - 1; i++)
		greedy[i] = ask_as(1, slow, 1);
	wait_until_stuck(1, MANY - 2);
	modest = ask_as(2, slow, 1);
	wait_until_stuck(1, MANY - 1);
	greedy[MANY - 1] = ask_as(1, slow, 1);
	wait_until_stuck(1, MANY);
	let_through(1);
	wait_until_stuck(2, MANY - 1);
	let_through(MANY + 1);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(await(greedy[i]), ERR_NONE);
	assert_int_equal(await(modest), ERR_NONE);
	assert_int_equal(modest->place, 3);
}

/* Of one account: for whom it is asked, too. */
static void guests_take_turns(void **state)
{
	enum {
		MANY = 12
	};
	struct call *calls[MANY];
	g_autofree char *slow = at_gate("width=200;");
	(void)state;
	open_readers(1, TIMEOUT_MS, 100);
	const struct derive_renderer renderer =
		recogniser_renderer(readers.recogniser);
	for (unsigned i = 0; i < MANY; i++) {
		calls[i] = ask(slow, 1);
		wait_until_stuck(1, i);
	}
	renderer.share(renderer.user, &calls[MANY - 2]->job, 7);
	let_through(1);
	wait_until_stuck(2, MANY - 2);
	let_through(MANY);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(await(calls[i]), ERR_NONE);
	assert_int_equal(calls[MANY - 2]->place, 3);
}

/* Also one that comes while its header is looked into, when it waits for no
 * place yet. */
static void guests_that_come_early_take_turns(void **state)
{
	enum {
		MANY = 12
	};
	struct call *calls[MANY], *early;
	g_autofree char *slow = at_gate("width=200;");
	g_autofree char *seen = g_build_filename(programs.folder, "seen", NULL);
	g_autofree char *seen_open = g_strconcat(seen, "-open", NULL);
	g_autofree char *unseen =
		g_strdup_printf("width=200;inspect=wait;gate=%s;", seen);
	(void)state;
	open_readers(1, TIMEOUT_MS, 100);
	const struct derive_renderer renderer =
		recogniser_renderer(readers.recogniser);
	for (unsigned i = 0; i < MANY - 1; i++) {
		calls[i] = ask(slow, 1);
		wait_until_stuck(1, i);
	}
	early = ask(unseen, 1);
	renderer.share(renderer.user, &early->job, 7);
	assert_true(g_file_set_contents(seen_open, "x", 1, NULL));
	wait_until_stuck(1, MANY - 1);
	calls[MANY - 1] = ask(slow, 1);
	wait_until_stuck(1, MANY);
	let_through(1);
	wait_until_stuck(2, MANY - 1);
	let_through(MANY);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(await(calls[i]), ERR_NONE);
	assert_int_equal(await(early), ERR_NONE);
	assert_int_equal(early->place, 3);
	unlink(seen);
	unlink(seen_open);
}

/* What readers die of is its own fault: who asks for something else meanwhile
 * has it. */
static void pages_that_readers_die_of_hurt_no_other(void **state)
{
	enum {
		BAD = 6,
		GOOD = 12
	};
	const struct call *bad[BAD], *good[GOOD];
	int64_t died = metric_get(METRIC_OCR_DEATHS);
	(void)state;
	open_readers(2, TIMEOUT_MS, 100);
	for (unsigned i = 0; i < BAD; i++)
		bad[i] = ask_as(1, "text=crash;", 1);
	for (unsigned i = 0; i < GOOD; i++)
		good[i] = ask_as(2, "width=90;", 1);
	for (unsigned i = 0; i < GOOD; i++)
		assert_int_equal(await(good[i]), ERR_NONE);
	for (unsigned i = 0; i < BAD; i++)
		assert_int_equal(await(bad[i]), ERR_INVALID);
	assert_int_equal(metric_get(METRIC_OCR_DEATHS), died + 2 * BAD);
}

/* What has no place in the line is refused, and what is in it is not. */
static void what_waits_has_a_bound(void **state)
{
	enum {
		MANY = 40,
		QUEUE = 8, /* half of them of one account */
		SERVED = 2 + QUEUE / 2
	};
	const struct call *calls[MANY];
	int64_t refused = metric_get(METRIC_OCR_REFUSED);
	unsigned busy = 0;
	g_autofree char *slow = at_gate("width=200;");
	(void)state;
	open_readers(1, TIMEOUT_MS, QUEUE);
	for (unsigned i = 0; i < MANY; i++)
		calls[i] = ask_as(1, slow, 1);
	wait_for(METRIC_OCR_REFUSED, refused + MANY - SERVED);
	let_through(MANY);
	for (unsigned i = 0; i < MANY; i++) {
		enum err_code code = await(calls[i]);
		if (code != ERR_BUSY)
			assert_int_equal(code, ERR_NONE);
		busy += code == ERR_BUSY;
	}
	assert_int_equal(busy, MANY - SERVED);
}

/* And what is not goes by them. */
static void large_pages_are_read_one_at_a_time(void **state)
{
	const struct call *large[3];
	g_autofree char *slow = at_gate("width=5000;height=4000;");
	(void)state;
	open_readers(2, TIMEOUT_MS, 100);
	for (size_t i = 0; i < COUNT(large); i++)
		large[i] = ask(slow, 1);
	wait_until_stuck(1, COUNT(large) - 1);
	read_text("text=ok;", 1);
	wait_until_stuck(1, COUNT(large) - 1);
	let_through(COUNT(large));
	for (size_t i = 0; i < COUNT(large); i++)
		assert_int_equal(await(large[i]), ERR_NONE);
}

static void a_stop_ends_what_waits_and_what_runs(void **state)
{
	const struct call *calls[9];
	(void)state;
	open_readers(1, TIMEOUT_MS, 100);
	for (unsigned i = 0; i < COUNT(calls); i++)
		calls[i] = ask("text=hang;", 1);
	recogniser_stop(readers.recogniser, 200);
	for (unsigned i = 0; i < COUNT(calls); i++)
		assert_int_equal(await(calls[i]), ERR_BUSY);
	assert_int_equal(await(ask("text=ok;", 1)), ERR_BUSY);
}

/* Wherever each of them is just then. */
static void an_end_ends_all(void **state)
{
	const struct call *calls[20];
	for (unsigned delay = 0; delay < 5; delay++) {
		open_readers(2, TIMEOUT_MS, 100);
		for (unsigned i = 0; i < COUNT(calls); i++)
			calls[i] = ask(i % 3 ? "width=70;" : "text=hang;",
				       i % 4 != 0);
		g_usleep(delay * 3000);
		g_clear_pointer(&readers.recogniser, recogniser_free);
		for (unsigned i = 0; i < COUNT(calls); i++)
			assert_int_equal(calls[i]->times, 1);
		close_readers(state);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, close_readers)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_has_one_text),
		cmocka_unit_test(what_is_told_of_all_pages_is_read_again),
		TEST(contents_tell_of_their_pages),
		TEST(pages_are_rendered_and_read_at_their_size),
		TEST(what_goes_wrong_has_its_error),
		TEST(a_reader_that_is_killed_is_replaced),
		TEST(a_page_that_takes_too_long_has_an_end),
		TEST(a_page_that_is_rendered_too_long_has_an_end),
		TEST(accounts_take_turns),
		TEST(guests_take_turns),
		TEST(guests_that_come_early_take_turns),
		TEST(pages_that_readers_die_of_hurt_no_other),
		TEST(what_waits_has_a_bound),
		TEST(large_pages_are_read_one_at_a_time),
		TEST(a_stop_ends_what_waits_and_what_runs),
		TEST(an_end_ends_all),
	};
	(void)argc;
	if (text_helped(argv[0]))
		return 0;
	return cmocka_run_group_tests_name("recogniser", tests, make_programs,
					   remove_programs);
}
