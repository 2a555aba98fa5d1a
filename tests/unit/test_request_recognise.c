/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request that waits for the text of several pages at once, with stand-ins
 * for the hot cache, the transport and whoever reads: src/api/made/recognise.h.
 */
#include "api/made/recognise.h"
#include "derive/derive.h"
#include "derive_fixture.h"
#include "recognition/recogniser.h"
#include "recognition/plan.h"
#include "store/local/local_store.h"

#define HELPERS 3u
#define JOBS_MAX 64

/* The transport, the hot cache. */
static gint resumed;    /* atomic */
static gint references; /* to entries, given less taken; atomic */

void request_resume(struct request *rq)
{
	(void)rq;
	g_atomic_int_inc(&resumed);
}

void hot_unref(struct hot_entry *entry)
{
	g_atomic_int_add(&references, entry ? -1 : 0);
}

struct hot_entry *hot_entry_ref(struct hot_entry *entry)
{
	g_atomic_int_inc(&references);
	return entry;
}

int64_t request_guest(const struct request *rq, int64_t account_id)
{
	(void)rq;
	return -account_id;
}

/* Of deliveries, which there are none of. */
void request_keep(struct request *rq, struct hot_entry *entry)
{
	(void)rq, (void)entry;
	fail();
}

void request_deliver_as(struct request *rq, struct hot_entry *entry,
			const struct content *content,
			const struct delivery *how)
{
	(void)rq, (void)entry, (void)content, (void)how;
	fail();
}

/* Who reads: what was asked and has no answer yet, in order. */
static GMutex mutex;
static struct derive_job *jobs[JOBS_MAX];
static unsigned n_jobs, n_asked;
static enum err_code refuses;
static void (*at_once)(struct derive_job *job);

static int take_job(void *user, struct derive_job *job, struct err *err)
{
	(void)user;
	if (refuses)
		return err_set(err, refuses, "Not now.");
	g_mutex_lock(&mutex);
	n_asked++;
	if (at_once == NULL)
		jobs[n_jobs++] = job;
	g_mutex_unlock(&mutex);
	if (at_once)
		at_once(job);
	return 0;
}

unsigned recogniser_helpers(const struct recogniser *recogniser)
{
	(void)recogniser;
	return HELPERS;
}

struct str recogniser_plan(const struct recogniser *recogniser,
			   struct arena *arena, unsigned page, bool fine)
{
	const struct recognition_plan plan = {
		.page = page,
		.fine = fine,
		.languages = STR("eng"),
		.data = STR("5f"),
	};
	(void)recogniser;
	return recognition_plan_write(arena, &plan);
}

int recogniser_read(struct recogniser *recogniser, struct derive_job *job,
		    struct err *err)
{
	(void)recogniser;
	return take_job(NULL, job, err);
}

/* What files are about: pages, and bytes of text of each. */
static struct recognition_info about;
static size_t words;

static char *write_answer(const struct derive_job *job)
{
	struct recognition_plan plan;
	assert_true(recognition_plan_read(job->plan, &plan));
	if (plan.page == 0)
		return g_strdup_printf("{\"pages\":%u,\"document\":%s}",
				       about.pages,
				       about.is_document ? "true" : "false");
	GString *out = g_string_new(NULL);
	g_string_printf(out,
			"{\"width\":%u,\"height\":%u,\"sections\":[{\"lines\":"
			"[{\"text\":\"page %u\",\"confidence\":1,\"box\":"
			"[0,0,0,0,0,0,0,0],\"words\":[",
			100 + plan.page, 200 + plan.page, plan.page);
	for (size_t i = 0; i <= words; i++)
		g_string_append_printf(out,
				       "%s{\"text\":\"w\",\"confidence\":1,"
				       "\"box\":[0,0,0,0,0,0,0,0]}",
				       i ? "," : "");
	g_string_append(out, "]}]}]}");
	return g_string_free(out, FALSE);
}

static void answer_job(struct derive_job *job)
{
	g_autofree char *text = write_answer(job);
	struct derive_output out = {
		.fd = memfd_create("text", MFD_CLOEXEC),
		.size = strlen(text),
		.type = STR("application/json"),
	};
	assert_int_equal(write(out.fd, text, out.size), out.size);
	job->done(job->user, &out, NULL);
	assert_int_equal(out.fd, -1);
}

static struct derive_job *take_out(unsigned at)
{
	g_mutex_lock(&mutex);
	struct derive_job *job = at < n_jobs ? jobs[at] : NULL;
	if (job)
		memmove(jobs + at, jobs + at + 1,
			(--n_jobs - at) * sizeof(*jobs));
	g_mutex_unlock(&mutex);
	return job;
}

static void answer(unsigned at)
{
	struct derive_job *job = take_out(at);
	assert_non_null(job);
	answer_job(job);
}

static void answer_error(unsigned at, enum err_code code)
{
	struct derive_job *job = take_out(at);
	struct err err;
	assert_non_null(job);
	err_set(&err, code, "It failed.");
	job->done(job->user, NULL, &err);
}

static struct derive *derive;
static struct services services;

static int begin(void **state)
{
	make_dir(state);
	const struct derive_options options = {
		.cache = {.dir = dir,
			  .limits = {.max_bytes = 1u << 26,
				     .max_files = 100,
				     .memory = 1u << 26,
				     .descriptors = 40}},
		.renderer.render = take_job,
		.flights = {.per_owner = 20, .total = 40},
	};
	struct err err;
	struct derivative *none;
	struct derive_key key = key_of(99, 99);
	assert_int_equal(derive_new(&derive, &options, &err), 0);
	/* until then a worker has to look */
	while (derive_find(derive, &key, &none) != DERIVE_NOWHERE)
		g_usleep(100);
	services = (struct services){.derive = derive,
				     .recogniser = (void *)&services};
	about = (struct recognition_info){.pages = 1};
	words = n_jobs = n_asked = 0;
	refuses = ERR_NONE;
	at_once = NULL;
	return 0;
}

static int end(void **state)
{
	derive_free(derive);
	assert_int_equal(g_atomic_int_get(&references), 0);
	return remove_dir(state);
}

static int handle(struct request *rq, struct err *err)
{
	(void)rq, (void)err;
	return 0;
}

/* One request. */
struct post {
	struct http_exchange x;
	struct request rq;
	struct account account;
	struct route route;
	struct hot_entry source;
	struct recognise_ask ask;
	struct recognised_document out;
	struct err err;
};

static void post_begin(struct post *post, int64_t blob_id)
{
	*post = (struct post){
		.rq = {.services = &services, .on_loop = true},
		.account = {.id = 1},
		.source = {.file = {.account_id = 1,
				    .store = 1,
				    .blob_id = blob_id},
			   .content = {.fd = -1,
				       .bytes = STR("source"),
				       .modified_s = MODIFIED_S}},
	};
	post->route.handle = handle;
	post->rq.x = &post->x;
	post->rq.route = &post->route;
	post->rq.account = &post->account;
	arena_init(&post->x.arena);
	g_atomic_int_set(&resumed, 0);
}

static int ask(struct post *post)
{
	struct hot_entry *entry = post->rq.intake ? NULL : &post->source;
	return request_recognise(&post->rq, entry, &post->ask, &post->out,
				 &post->err);
}

/* Woken, on its loop. */
static int go_on(struct post *post)
{
	assert_int_equal(g_atomic_int_get(&resumed), 1);
	g_atomic_int_set(&resumed, 0);
	assert_true(post->rq.resume == handle);
	return ask(post);
}

static void post_end(struct post *post)
{
	arena_release(&post->x.arena);
}

static void assert_pages(const struct post *post, unsigned first, unsigned last)
{
	const struct recognised_document *got = &post->out;
	assert_int_equal(got->first, first);
	assert_int_equal(got->last, last);
	assert_int_equal(got->n_pages, last - first + 1);
	assert_int_equal(got->total_pages, about.pages);
	assert_int_equal(got->is_document, about.is_document);
	assert_int_equal(got->width, 100 + first);
	assert_int_equal(got->height, 200 + first);
	for (unsigned page = first; page <= last; page++) {
		const struct recognised_page *one = &got->pages[page - first];
		g_autofree char *text = g_strdup_printf("page %u", page);
		assert_int_equal(one->width, 100 + page);
		assert_str(one->sections[0].lines[0].text, str_of(text));
	}
}

static void a_few_pages_are_read_at_once(void **state)
{
	struct post post;
	(void)state;
	about = (struct recognition_info){.pages = 12, .is_document = true};
	post_begin(&post, 1);
	assert_int_equal(ask(&post), HANDLE_PENDING);
	assert_int_equal(n_jobs, 1);
	answer(0);
	assert_int_equal(go_on(&post), HANDLE_PENDING);
	assert_int_equal(n_jobs, HELPERS);
	/* the last one first */
	for (unsigned page = 1; page <= RECOGNISE_PAGES_MAX; page++) {
		assert_int_equal(n_asked, 1 + MIN(page + HELPERS - 1,
						  RECOGNISE_PAGES_MAX));
		answer(n_jobs - 1);
		if (page < RECOGNISE_PAGES_MAX)
			assert_int_equal(go_on(&post), HANDLE_PENDING);
	}
	assert_int_equal(go_on(&post), 0);
	assert_pages(&post, 1, 10);
	assert_int_equal(n_asked, 11);
	/* again: nothing is asked, nothing is read again */
	const struct recognised_page *pages = post.out.pages;
	assert_int_equal(ask(&post), 0);
	assert_ptr_equal(post.out.pages, pages);
	post_end(&post);
}

static void what_is_kept_is_there_at_once(void **state)
{
	(void)state;
	at_once = answer_job;
	about = (struct recognition_info){.pages = 3, .is_document = true};
	for (unsigned i = 0; i < 3; i++) {
		struct post post;
		post_begin(&post, 1);
		assert_int_equal(ask(&post), 0);
		assert_pages(&post, 1, 3);
		assert_int_equal(g_atomic_int_get(&resumed), 0);
		assert_int_equal(n_asked, 4);
		post_end(&post);
	}
}

static void pages_are_those_that_are_asked_for(void **state)
{
	static const struct {
		unsigned total, first, last;
		enum err_code code;
		unsigned got_first, got_last;
	} rows[] = {
		{1, 0, 0, ERR_NONE, 1, 1},
		{3, 0, 0, ERR_NONE, 1, 3},
		{10, 0, 0, ERR_NONE, 1, 10},
		{10000, 0, 0, ERR_NONE, 1, 10},
		{3, 1, 9, ERR_NONE, 1, 3},
		{3, 3, 3, ERR_NONE, 3, 3},
		{3, 2, 0, ERR_NONE, 2, 3},
		{30, 15, 0, ERR_NONE, 15, 24},
		{30, 21, 30, ERR_NONE, 21, 30},
		{30, 25, 34, ERR_NONE, 25, 30},
		{3, 4, 4, ERR_INVALID, 0, 0},
		{3, 4, 0, ERR_INVALID, 0, 0},
		{30, 1, 11, ERR_LIMIT, 0, 0},
		{30, 0, 11, ERR_LIMIT, 0, 0},
		{30, 3, 1, ERR_LIMIT, 0, 0},
		{30, 0, 2, ERR_NONE, 1, 2},
		{30, 4294967295, 4294967295, ERR_INVALID, 0, 0},
		{30, 1, 4294967295, ERR_LIMIT, 0, 0},
	};
	(void)state;
	at_once = answer_job;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct post post;
		about = (struct recognition_info){.pages = rows[i].total,
						  .is_document = true};
		post_begin(&post, (int64_t)i + 1);
		post.ask.first = rows[i].first;
		post.ask.last = rows[i].last;
		int result = ask(&post);
		if (result != (rows[i].code ? -1 : 0))
			fail_msg("row %zu: %d", i, result);
		if (result < 0)
			assert_int_equal(post.err.code, rows[i].code);
		else
			assert_pages(&post, rows[i].got_first,
				     rows[i].got_last);
		post_end(&post);
	}
}

static void a_picture_has_one_page(void **state)
{
	struct post post;
	(void)state;
	at_once = answer_job;
	post_begin(&post, 1);
	post.ask.first = post.ask.last = 2;
	assert_int_equal(ask(&post), -1);
	assert_int_equal(post.err.code, ERR_INVALID);
	assert_non_null(strstr(post.err.text, "picture"));
	post_end(&post);
}

/* When what had been begun has ended, and nothing more is. */
static void a_page_that_fails_fails_the_request(void **state)
{
	struct post post;
	(void)state;
	about = (struct recognition_info){.pages = 9, .is_document = true};
	post_begin(&post, 1);
	assert_int_equal(ask(&post), HANDLE_PENDING);
	answer(0);
	assert_int_equal(go_on(&post), HANDLE_PENDING);
	answer_error(1, ERR_TIMEOUT);
	assert_int_equal(go_on(&post), HANDLE_PENDING);
	answer(0);
	assert_int_equal(go_on(&post), HANDLE_PENDING);
	answer(0);
	assert_int_equal(go_on(&post), -1);
	assert_int_equal(post.err.code, ERR_TIMEOUT);
	assert_int_equal(n_asked, 1 + HELPERS);
	post_end(&post);
	/* what was refused at once */
	refuses = ERR_BUSY;
	post_begin(&post, 2);
	assert_int_equal(ask(&post), -1);
	assert_int_equal(post.err.code, ERR_BUSY);
	post_end(&post);
}

static void nothing_more_is_begun_for_a_client_that_has_gone(void **state)
{
	struct post post;
	(void)state;
	about = (struct recognition_info){.pages = 9, .is_document = true};
	post_begin(&post, 1);
	assert_int_equal(ask(&post), HANDLE_PENDING);
	answer(0);
	assert_int_equal(go_on(&post), HANDLE_PENDING);
	atomic_store(&post.x.left_us, 1);
	while (n_jobs) {
		answer(0);
		assert_int_equal(go_on(&post), n_jobs ? HANDLE_PENDING : -1);
	}
	assert_int_equal(n_asked, 1 + HELPERS);
	post_end(&post);
	/* what was read is there for who comes next */
	at_once = answer_job;
	post_begin(&post, 1);
	post.ask.last = HELPERS;
	assert_int_equal(ask(&post), 0);
	assert_int_equal(n_asked, 1 + HELPERS);
	post_end(&post);
}

/* Whoever asks may end for another reason: nothing is resumed, and what was
 * begun is kept. */
static void a_request_may_end_before_what_it_began(void **state)
{
	struct post post;
	(void)state;
	about = (struct recognition_info){.pages = 2, .is_document = true};
	post_begin(&post, 1);
	assert_int_equal(ask(&post), HANDLE_PENDING);
	answer(0);
	assert_int_equal(go_on(&post), HANDLE_PENDING);
	answer(0);
	/* woken for the first one, it does not go on */
	assert_int_equal(g_atomic_int_get(&resumed), 1);
	post_end(&post);
	memset(&post, 0xee, sizeof(post));
	assert_int_equal(g_atomic_int_get(&references), 1);
	answer(0);
	assert_int_equal(g_atomic_int_get(&references), 0);
	post_begin(&post, 1);
	assert_int_equal(ask(&post), 0);
	assert_pages(&post, 1, 2);
	post_end(&post);
}

static void files_and_much_text_are_for_a_worker(void **state)
{
	struct post post;
	int fd = picture_fd(1, 100);
	(void)state;
	words = 3000; /* 150 kB */
	post_begin(&post, 1);
	post.source.content.fd = fd;
	assert_int_equal(ask(&post), HANDLE_LATER);
	assert_int_equal(n_asked, 0);
	post.rq.on_loop = false;
	assert_int_equal(ask(&post), HANDLE_PENDING);
	answer(0);
	post.rq.on_loop = true;
	assert_int_equal(go_on(&post), HANDLE_LATER);
	post.rq.on_loop = false;
	assert_int_equal(ask(&post), HANDLE_PENDING);
	answer(0);
	post.rq.on_loop = true;
	assert_int_equal(go_on(&post), HANDLE_LATER);
	post.rq.on_loop = false;
	assert_int_equal(ask(&post), 0);
	assert_int_equal(post.out.pages[0].sections[0].lines[0].n_words, 3001);
	post_end(&post);
	close(fd);
}

static void too_much_text_is_refused(void **state)
{
	struct post post;
	(void)state;
	at_once = answer_job;
	about = (struct recognition_info){.pages = 10, .is_document = true};
	words = 10000; /* 0.5 MB a page */
	post_begin(&post, 1);
	post.rq.on_loop = false;
	assert_int_equal(ask(&post), -1);
	assert_int_equal(post.err.code, ERR_TOO_LARGE);
	post_end(&post);
	post_begin(&post, 1);
	post.rq.on_loop = false;
	post.ask.last = 5;
	assert_int_equal(ask(&post), 0);
	assert_pages(&post, 1, 5);
	post_end(&post);
}

static struct store *store;

static void send_file(struct post *post, struct intake *intake, size_t size)
{
	g_autofree char *bytes = g_malloc0(size);
	struct err err;
	intake->file = store_sink_new(store, size);
	assert_int_equal(store_sink_write(intake->file, bytes, size, &err), 0);
	post->rq.intake = intake;
}

/* It is held until then, in memory or open, and read each time. */
static void a_file_that_came_along_is_not_kept(void **state)
{
	static const size_t sizes[] = {1000, 100000};
	const struct store_options options = {.dir = dir, .inline_limit = 4096};
	struct err err;
	(void)state;
	assert_int_equal(store_open_local(&store, &options, &err), 0);
	for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
		struct post post;
		struct intake intake = {0};
		bool is_large = sizes[i / 2] > options.inline_limit;
		n_asked = 0;
		post_begin(&post, 1);
		send_file(&post, &intake, sizes[i / 2]);
		if (is_large) {
			assert_int_equal(ask(&post), HANDLE_LATER);
			post.rq.on_loop = false;
		}
		assert_int_equal(ask(&post), HANDLE_PENDING);
		assert_int_equal(jobs[0]->inputs[0].fd >= 0, is_large);
		answer(0);
		assert_int_equal(go_on(&post), HANDLE_PENDING);
		answer(0);
		if (i % 2) { /* the request ends before it looks */
			store_sink_free(intake.file);
			post_end(&post);
			continue;
		}
		post.rq.on_loop = false;
		assert_int_equal(go_on(&post), 0);
		assert_pages(&post, 1, 1);
		assert_int_equal(n_asked, 2);
		store_sink_free(intake.file);
		post_end(&post);
	}
	store_close(store);
}

static void without_a_recogniser_it_says_why(void **state)
{
	struct post post;
	(void)state;
	services.recogniser = NULL;
	services.no_recogniser = "No --ocr.";
	post_begin(&post, 1);
	assert_int_equal(ask(&post), -1);
	assert_int_equal(post.err.code, ERR_UNSUPPORTED);
	assert_string_equal(post.err.text, "No --ocr.");
	post_end(&post);
}

static void lost_content_is_an_error(void **state)
{
	static const struct err lost = {.code = ERR_CORRUPT, .text = "Lost."};
	struct post post;
	(void)state;
	post_begin(&post, 1);
	post.source.lost = &lost;
	assert_int_equal(ask(&post), -1);
	assert_int_equal(post.err.code, ERR_CORRUPT);
	post_end(&post);
}

/* Answers by threads of others, at any moment. */
static void *answer_late(void *user)
{
	g_usleep((gulong)g_random_int_range(0, 300));
	answer_job(user);
	return NULL;
}

static void answer_by_thread(struct derive_job *job)
{
	g_thread_unref(g_thread_new("answer", answer_late, job));
}

static void answers_may_come_at_any_moment(void **state)
{
	(void)state;
	at_once = answer_by_thread;
	about = (struct recognition_info){.pages = 10, .is_document = true};
	for (int64_t blob_id = 1; blob_id < 40; blob_id++) {
		struct post post;
		post_begin(&post, blob_id);
		int result = ask(&post);
		while (result == HANDLE_PENDING) {
			while (!g_atomic_int_get(&resumed))
				g_usleep(10);
			result = go_on(&post);
		}
		assert_int_equal(result, 0);
		assert_pages(&post, 1, 10);
		post_end(&post);
	}
	/* the last ones may still be leaving */
	while (g_atomic_int_get(&references))
		g_usleep(100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_few_pages_are_read_at_once),
		TEST(what_is_kept_is_there_at_once),
		TEST(pages_are_those_that_are_asked_for),
		TEST(a_picture_has_one_page),
		TEST(a_page_that_fails_fails_the_request),
		TEST(nothing_more_is_begun_for_a_client_that_has_gone),
		TEST(a_request_may_end_before_what_it_began),
		TEST(files_and_much_text_are_for_a_worker),
		TEST(too_much_text_is_refused),
		TEST(a_file_that_came_along_is_not_kept),
		TEST(without_a_recogniser_it_says_why),
		TEST(lost_content_is_an_error),
		TEST(answers_may_come_at_any_moment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
