/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures that are asked for: made once for all who ask at the same time,
 * kept, and refused in bounds. src/derive/derive.h, shortcut.h,
 * and src/base/threads/flight.h,
 * with a renderer that the test has in its hands.
 */
#include "derive/derive.h"
#include "base/metrics.h"
#include "derive_fixture.h"

#include <pthread.h>

#define SIZE ((size_t)3000)
#define WAITERS 200

static struct derive *derive;

/* What the renderer was asked and has not answered. */
static pthread_mutex_t jobs_mutex = PTHREAD_MUTEX_INITIALIZER;
static const struct derive_job *jobs[WAITERS];
static unsigned n_jobs, n_asked;
static enum err_code refuses; /* ERR_NONE: takes everything */

static int take_job(void *user, struct derive_job *job, struct err *err)
{
	(void)user;
	if (refuses)
		return err_set(err, refuses, "Not now.");
	pthread_mutex_lock(&jobs_mutex);
	jobs[n_jobs++] = job;
	n_asked++;
	pthread_mutex_unlock(&jobs_mutex);
	return 0;
}

/* Answers the oldest. */
static bool answer_one(enum err_code code)
{
	struct err err;
	pthread_mutex_lock(&jobs_mutex);
	const struct derive_job *job = n_jobs ? jobs[0] : NULL;
	if (job)
		memmove(jobs, jobs + 1, --n_jobs * sizeof(jobs[0]));
	pthread_mutex_unlock(&jobs_mutex);
	if (job == NULL)
		return false;
	if (code) {
		err_set(&err, code, "It failed.");
		job->done(job->user, NULL, &err);
		return true;
	}
	/* pictures of one plan are alike */
	unsigned n = (unsigned)job->plan.n;
	struct derive_output out = {picture_fd(n, SIZE), SIZE, STR(TYPE)};
	job->done(job->user, &out, NULL);
	assert_int_equal(out.fd, -1);
	return true;
}

/* Whoever asks, and what came of it. */
struct client {
	struct derive_request request;
	struct derive_input input;
	unsigned told;
	struct derivative *got;
	struct err err;
};

static void tell(void *user, void *made, const struct err *err)
{
	struct client *client = user;
	client->told++;
	if (made)
		client->got = derivative_ref(made);
	else
		client->err = *err;
}

static void fill_in(struct client *client, int64_t owner, const char *plan)
{
	*client = (struct client){
		.input = {.content = {.store = 1, .blob_id = 5},
			  .fd = -1,
			  .bytes = STR("source")},
	};
	client->request = (struct derive_request){
		.waiter = {.owner = owner, .done = tell, .user = client},
		.job = {.owner = owner,
			.plan = str_of(plan),
			.inputs = &client->input,
			.n_inputs = 1},
		.modified_s = MODIFIED_S,
	};
	derive_key(&client->input.content, 1, client->request.job.plan,
		   &client->request.key);
}

static int ask(struct client *client, int64_t owner, const char *plan)
{
	fill_in(client, owner, plan);
	return derive_make(derive, &client->request, &client->err);
}

static void assert_got(struct client *client)
{
	assert_int_equal(client->told, 1);
	assert_non_null(client->got);
	assert_picture(client->got, (unsigned)client->request.job.plan.n, SIZE);
	derivative_unref(client->got);
	client->got = NULL;
}

static void assert_refused(const struct client *client, enum err_code code)
{
	assert_int_equal(client->told, 1);
	assert_null(client->got);
	assert_int_equal(client->err.code, code);
}

static const struct derive_options standard = {
	.cache.limits =
		{
			.max_bytes = 1u << 20,
			.max_files = 100,
			.memory = 1u << 20,
			.descriptors = 4,
		},
	.renderer.render = take_job,
	.flights =
		{
			.per_owner = 16,
			.total = 24,
			.failures = 4,
			.failed_ms = 100000,
		},
};

static void open_with(const struct derive_options *options)
{
	struct derive_options with_dir = *options;
	struct err err;
	with_dir.cache.dir = dir;
	derive_free(derive);
	assert_int_equal(derive_new(&derive, &with_dir, &err), 0);
}

static int begin(void **state)
{
	make_dir(state);
	open_with(&standard);
	n_jobs = n_asked = 0;
	refuses = ERR_NONE;
	return 0;
}

static int end(void **state)
{
	while (answer_one(ERR_BUSY))
		continue;
	derive_free(derive);
	derive = NULL;
	return remove_dir(state);
}

static void who_asks_meanwhile_gets_the_same_picture(void **state)
{
	(void)state;
	struct client clients[8];
	for (unsigned i = 0; i < COUNT(clients); i++)
		assert_int_equal(ask(&clients[i], i, "a"), 0);
	assert_int_equal(n_asked, 1);
	assert_int_equal(clients[0].told, 0);
	answer_one(ERR_NONE);
	for (unsigned i = 0; i < COUNT(clients); i++)
		assert_got(&clients[i]);
}

static void other_plans_are_made_beside_it(void **state)
{
	(void)state;
	struct client one, other;
	assert_int_equal(ask(&one, 1, "a"), 0);
	assert_int_equal(ask(&other, 1, "bb"), 0);
	assert_int_equal(n_asked, 2);
	answer_one(ERR_NONE);
	assert_got(&one);
	assert_int_equal(other.told, 0);
	answer_one(ERR_NONE);
	assert_got(&other);
}

static void what_was_made_is_there(void **state)
{
	(void)state;
	struct client client, late;
	struct derivative *found;
	assert_int_equal(ask(&client, 1, "a"), 0);
	answer_one(ERR_NONE);
	assert_got(&client);
	assert_int_equal(derive_find(derive, &client.request.key, &found),
			 DERIVE_IN_MEMORY);
	derivative_unref(found);
	/* one that had looked before it was there */
	assert_int_equal(ask(&late, 1, "a"), 0);
	assert_got(&late);
	assert_int_equal(n_asked, 1);
}

static void a_failure_is_everybodys(void **state)
{
	(void)state;
	struct client clients[5], again;
	for (unsigned i = 0; i < COUNT(clients); i++)
		assert_int_equal(ask(&clients[i], 1, "a"), 0);
	answer_one(ERR_BUSY);
	for (unsigned i = 0; i < COUNT(clients); i++)
		assert_refused(&clients[i], ERR_BUSY);
	/* of the moment: it is tried again */
	assert_int_equal(ask(&again, 1, "a"), 0);
	assert_int_equal(n_asked, 2);
	answer_one(ERR_NONE);
	assert_got(&again);
}

static void a_renderer_that_takes_nothing_is_everybodys_too(void **state)
{
	(void)state;
	struct client client;
	refuses = ERR_BUSY;
	assert_int_equal(ask(&client, 1, "a"), 0);
	assert_refused(&client, ERR_BUSY);
	refuses = ERR_NONE;
	assert_int_equal(ask(&client, 1, "a"), 0);
	answer_one(ERR_NONE);
	assert_got(&client);
}

static void what_cannot_be_made_is_not_tried_again_at_once(void **state)
{
	(void)state;
	static const enum err_code lasting[] = {ERR_INVALID, ERR_TOO_LARGE,
						ERR_UNSUPPORTED, ERR_TIMEOUT};
	static const char *const plans[] = {"a", "b", "c", "d"};
	for (unsigned i = 0; i < COUNT(lasting); i++) {
		struct client client;
		assert_int_equal(ask(&client, 1, plans[i]), 0);
		answer_one(lasting[i]);
		assert_refused(&client, lasting[i]);
		assert_int_equal(ask(&client, 2, plans[i]), -1);
		assert_int_equal(client.err.code, lasting[i]);
		assert_int_equal(client.told, 0);
		assert_int_equal(n_asked, i + 1);
	}
}

static void few_failures_are_remembered(void **state)
{
	(void)state;
	static const char *const plans[] = {"a", "b", "c", "d", "e"};
	struct client client;
	for (unsigned i = 0; i < COUNT(plans); i++) {
		assert_int_equal(ask(&client, 1, plans[i]), 0);
		answer_one(ERR_INVALID);
	}
	assert_int_equal(ask(&client, 1, "b"), -1);
	assert_int_equal(ask(&client, 1, "a"), 0);
	answer_one(ERR_NONE);
	assert_got(&client);
}

static void a_failure_is_forgotten_in_time(void **state)
{
	(void)state;
	struct derive_options brief = standard;
	struct client client;
	brief.flights.failed_ms = 0;
	open_with(&brief);
	assert_int_equal(ask(&client, 1, "a"), 0);
	answer_one(ERR_INVALID);
	assert_refused(&client, ERR_INVALID);
	assert_int_equal(ask(&client, 1, "a"), 0);
	answer_one(ERR_NONE);
	assert_got(&client);
}

/* Not for as long as what is the picture's own fault. */
static void a_fault_of_ours_is_tried_again_sooner(void **state)
{
	(void)state;
	struct derive_options brief = standard;
	struct client clients[3];
	brief.flights.failed_ms = 60000;
	open_with(&brief);
	assert_int_equal(ask(&clients[0], 1, "a"), 0);
	answer_one(ERR_INTERNAL);
	assert_refused(&clients[0], ERR_INTERNAL);
	assert_int_equal(ask(&clients[1], 1, "a"), -1);
	assert_int_equal(clients[1].err.code, ERR_INTERNAL);
	brief.flights.failed_ms = 10;
	open_with(&brief);
	assert_int_equal(ask(&clients[0], 1, "a"), 0);
	answer_one(ERR_INTERNAL);
	g_usleep(1500);
	assert_int_equal(ask(&clients[2], 1, "a"), 0);
	answer_one(ERR_NONE);
	assert_got(&clients[2]);
}

static void those_who_wait_have_a_bound(void **state)
{
	(void)state;
	struct client clients[27], one_more;
	/* those who begin one are not counted */
	for (unsigned i = 0; i < 17; i++)
		assert_int_equal(ask(&clients[i], 1, "a"), 0);
	assert_int_equal(ask(&one_more, 1, "a"), -1); /* of one account */
	assert_int_equal(one_more.err.code, ERR_BUSY);
	for (unsigned i = 17; i < 26; i++)
		assert_int_equal(ask(&clients[i], 2, "b"), 0);
	assert_int_equal(one_more.told, 0);
	assert_int_equal(ask(&one_more, 1, "b"), -1);
	/* in all: who has the most makes room for who has little */
	assert_int_equal(ask(&clients[26], 3, "b"), 0);
	assert_refused(&clients[16], ERR_BUSY);
	while (answer_one(ERR_NONE))
		continue;
	for (unsigned i = 0; i < COUNT(clients); i++)
		if (i != 16)
			assert_got(&clients[i]);
	assert_int_equal(ask(&one_more, 1, "c"), 0);
	answer_one(ERR_NONE);
	assert_got(&one_more);
}

static int ask_as(struct client *client, int64_t guest, const char *plan)
{
	fill_in(client, 1, plan);
	client->request.waiter.guest = client->request.job.guest = guest;
	return derive_make(derive, &client->request, &client->err);
}

static void nobody_has_all_places_of_an_account(void **state)
{
	(void)state;
	struct client clients[19];
	for (unsigned i = 0; i < 17; i++)
		assert_int_equal(ask_as(&clients[i], -5, "a"), 0);
	assert_int_equal(ask_as(&clients[18], -5, "a"), -1);
	assert_int_equal(ask_as(&clients[17], -6, "a"), 0);
	assert_refused(&clients[16], ERR_BUSY);
	assert_int_equal(ask_as(&clients[18], -7, "a"), 0);
	assert_refused(&clients[15], ERR_BUSY);
	answer_one(ERR_NONE);
	for (unsigned i = 0; i < COUNT(clients); i++)
		if (i != 15 && i != 16)
			assert_got(&clients[i]);
}

/* What the renderer is told of others who want the same. */
static const struct derive_job *shared;
static int64_t shared_with;

static void take_share(void *user, const struct derive_job *job, int64_t guest)
{
	(void)user;
	shared = job;
	shared_with = guest;
}

static void the_renderer_knows_who_else_wants_it(void **state)
{
	(void)state;
	struct derive_options options = standard;
	struct client clients[4];
	options.renderer.share = take_share;
	open_with(&options);
	shared = NULL;
	assert_int_equal(ask_as(&clients[0], -5, "a"), 0);
	assert_int_equal(ask_as(&clients[1], -5, "a"), 0);
	assert_null(shared);
	assert_int_equal(ask_as(&clients[2], -6, "a"), 0);
	assert_ptr_equal(shared, &clients[0].request.job);
	assert_int_equal(shared_with, -6);
	shared = NULL;
	/* another account has nothing to give to it */
	assert_int_equal(ask(&clients[3], 2, "a"), 0);
	assert_null(shared);
	answer_one(ERR_NONE);
	for (unsigned i = 0; i < COUNT(clients); i++)
		assert_got(&clients[i]);
}

static void without_a_renderer_nothing_is_made(void **state)
{
	(void)state;
	struct derive_options none = standard;
	struct client client;
	none.renderer.render = NULL;
	open_with(&none);
	assert_int_equal(ask(&client, 1, "a"), -1);
	assert_int_equal(client.err.code, ERR_UNSUPPORTED);
	assert_int_equal(client.told, 0);
}

/* The memory of who has been told is gone. */
static void tell_and_go(void *user, void *made, const struct err *err)
{
	struct client *client = user;
	(void)err;
	assert_non_null(made);
	memset(client, 0xff, sizeof(*client));
	g_free(client);
}

static void whoever_was_told_may_be_gone(void **state)
{
	(void)state;
	struct client *clients[5];
	struct err err;
	for (unsigned i = 0; i < COUNT(clients); i++) {
		clients[i] = g_new(struct client, 1);
		fill_in(clients[i], 1, "a");
		clients[i]->request.waiter.done = tell_and_go;
		assert_int_equal(
			derive_make(derive, &clients[i]->request, &err), 0);
	}
	answer_one(ERR_NONE);
}

static void what_is_purged_is_made_again(void **state)
{
	(void)state;
	struct client client;
	struct derivative *found;
	assert_int_equal(ask(&client, 1, "a"), 0);
	answer_one(ERR_NONE);
	assert_got(&client);
	derive_purge(derive, &client.input.content);
	derive_find(derive, &client.request.key, &found);
	assert_null(found);
	open_with(&standard);
	assert_null(derive_read(derive, &client.request.key, MODIFIED_S));
}

static void what_is_purged_while_it_is_made_is_not_kept(void **state)
{
	(void)state;
	struct client clients[4];
	const struct derive_content source = {.store = 1, .blob_id = 5};
	assert_int_equal(ask(&clients[0], 1, "a"), 0);
	derive_purge(derive, &source);
	/* of what comes behind it nothing is lost */
	assert_int_equal(ask(&clients[1], 1, "b"), 0);
	while (answer_one(ERR_NONE))
		continue;
	assert_got(&clients[0]);
	assert_got(&clients[1]);
	assert_int_equal(n_asked, 2);
	assert_int_equal(ask(&clients[2], 1, "a"), 0);
	answer_one(ERR_NONE);
	assert_got(&clients[2]);
	assert_int_equal(n_asked, 3);
	assert_int_equal(ask(&clients[3], 1, "b"), 0);
	assert_got(&clients[3]);
	assert_int_equal(n_asked, 3);
}

static void a_url_that_is_known_needs_no_plan(void **state)
{
	(void)state;
	const struct derive_content source = {.store = 1, .blob_id = 1};
	const struct derive_content other = {.store = 1, .blob_id = 2};
	struct shortcut known = {.key = key_of(1, 1), .vary = "Accept"};
	struct shortcut found = {0};
	shortcut_tag(&source, STR("w-300"), known.tag);
	memcpy(found.tag, known.tag, sizeof(found.tag));
	assert_false(derive_recall(derive, &found));
	derive_recall_later(derive, &known);
	assert_true(derive_recall(derive, &found));
	assert_memory_equal(&found.key, &known.key, sizeof(known.key));
	assert_string_equal(found.vary, "Accept");
	shortcut_tag(&other, STR("w-300"), found.tag);
	assert_false(derive_recall(derive, &found));
	shortcut_tag(&source, STR("w-301"), found.tag);
	assert_false(derive_recall(derive, &found));
}

static void shortcuts_have_a_bound(void **state)
{
	(void)state;
	struct shortcuts *shortcuts = shortcuts_new(64);
	struct shortcut one = {.key = key_of(1, 1)};
	const struct derive_content source = {.store = 1};
	unsigned known = 0;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 1000; i++) {
			g_autofree char *text = g_strdup_printf("w-%u", i);
			shortcut_tag(&source, str_of(text), one.tag);
			if (round == 0)
				shortcut_add(shortcuts, &one);
			else
				known += shortcut_find(shortcuts, &one);
		}
	assert_in_range(known, 32, 64);
	shortcuts_free(shortcuts);
}

/* Many who ask at once, on threads of their own, while one answers. */
static unsigned told;

static void count_told(void *user, void *made, const struct err *err)
{
	(void)user, (void)err;
	assert_non_null(made);
	__atomic_fetch_add(&told, 1, __ATOMIC_SEQ_CST);
}

static gpointer ask_often(gpointer user)
{
	static const char *const plans[] = {"a", "bb", "ccc", "dddd"};
	struct client *clients = user;
	struct err err;
	for (unsigned i = 0; i < WAITERS; i++) {
		fill_in(&clients[i], 1, plans[i % COUNT(plans)]);
		clients[i].request.waiter.done = count_told;
		assert_int_equal(derive_make(derive, &clients[i].request, &err),
				 0);
	}
	return NULL;
}

static void many_threads_ask_at_once(void **state)
{
	(void)state;
	struct derive_options wide = standard;
	static struct client clients[4][WAITERS];
	GThread *threads[4];
	wide.flights.per_owner = wide.flights.total = 4 * WAITERS;
	open_with(&wide);
	told = 0;
	for (unsigned i = 0; i < COUNT(threads); i++)
		threads[i] = g_thread_new("client", ask_often, clients[i]);
	while (__atomic_load_n(&told, __ATOMIC_SEQ_CST) < 4 * WAITERS)
		answer_one(ERR_NONE);
	for (unsigned i = 0; i < COUNT(threads); i++)
		g_thread_join(threads[i]);
	assert_int_equal(n_asked, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_asks_meanwhile_gets_the_same_picture),
		TEST(other_plans_are_made_beside_it),
		TEST(what_was_made_is_there),
		TEST(a_failure_is_everybodys),
		TEST(a_renderer_that_takes_nothing_is_everybodys_too),
		TEST(what_cannot_be_made_is_not_tried_again_at_once),
		TEST(few_failures_are_remembered),
		TEST(a_failure_is_forgotten_in_time),
		TEST(a_fault_of_ours_is_tried_again_sooner),
		TEST(those_who_wait_have_a_bound),
		TEST(nobody_has_all_places_of_an_account),
		TEST(the_renderer_knows_who_else_wants_it),
		TEST(without_a_renderer_nothing_is_made),
		TEST(whoever_was_told_may_be_gone),
		TEST(what_is_purged_is_made_again),
		TEST(what_is_purged_while_it_is_made_is_not_kept),
		TEST(a_url_that_is_known_needs_no_plan),
		TEST(shortcuts_have_a_bound),
		TEST(many_threads_ask_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
