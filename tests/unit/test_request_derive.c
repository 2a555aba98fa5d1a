/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What deliveries call for pictures made of a file, with stand-ins for the hot
 * cache and the transport: src/api/made/derive.h.
 */
#include "api/made/derive.h"
#include "derive/derive.h"
#include "derive_fixture.h"

#include "http/response.h"

#define SIZE ((size_t)3000)
#define LARGE ((size_t)100000)

/* The transport, the hot cache. */
static unsigned resumed;
static int references; /* to entries, given less taken */

void request_resume(struct request *rq)
{
	(void)rq;
	resumed++;
}

void hot_unref(struct hot_entry *entry)
{
	references -= entry != NULL;
}

static void drop(void *entry)
{
	hot_unref(entry);
}

int64_t request_guest(const struct request *rq, int64_t account_id)
{
	(void)rq;
	return -account_id;
}

void request_keep(struct request *rq, struct hot_entry *entry)
{
	arena_defer(request_arena(rq), drop, entry);
}

void request_deliver_as(struct request *rq, struct hot_entry *entry,
			const struct content *content,
			const struct delivery *how)
{
	request_keep(rq, entry);
	deliver(rq->x, content, how);
}

/* The renderer: what it was asked last, and has not answered. */
static const struct derive_job *asked;
static enum err_code refuses;

static int take_job(void *user, struct derive_job *job, struct err *err)
{
	(void)user;
	if (refuses)
		return err_set(err, refuses, "Not now.");
	asked = job;
	return 0;
}

static void answer(size_t size)
{
	struct derive_output out = {picture_fd(7, size), size, STR(TYPE)};
	asked->done(asked->user, &out, NULL);
}

static struct derive *derive;
static struct services services;

/* Until then a worker has to look. */
static void wait_for_the_start(void)
{
	struct derive_key key = key_of(99, 99);
	struct derivative *none;
	while (derive_find(derive, &key, &none) != DERIVE_NOWHERE)
		g_usleep(100);
}

static int begin(void **state)
{
	make_dir(state);
	const struct derive_options options = {
		.cache = {.dir = dir,
			  .limits = {.max_bytes = 1u << 20,
				     .max_files = 100,
				     .memory = 1u << 20,
				     .descriptors = 4}},
		.renderer.render = take_job,
		.flights = {.per_owner = 1,
			    .total = 4,
			    .failures = 4,
			    .failed_ms = 100000},
	};
	struct err err;
	assert_int_equal(derive_new(&derive, &options, &err), 0);
	wait_for_the_start();
	services.derive = derive;
	asked = NULL;
	refuses = ERR_NONE;
	return 0;
}

static int end(void **state)
{
	derive_free(derive);
	assert_int_equal(references, 0);
	return remove_dir(state);
}

/* One request for what is made of a source. */
struct get {
	struct http_exchange x;
	struct request rq;
	struct hot_entry source, layer;
	struct hot_entry *layers[1];
	struct derivation what;
	struct err err;
};

static void fill_entry(struct hot_entry *entry, int64_t blob_id)
{
	*entry = (struct hot_entry){
		.file = {.account_id = 1, .store = 1, .blob_id = blob_id},
		.content = {.fd = -1,
			    .bytes = STR("source"),
			    .modified_s = MODIFIED_S},
	};
	references++;
}

static void get_begin(struct get *get, int64_t blob_id)
{
	*get = (struct get){
		.rq = {.services = &services, .on_loop = true},
		.what = {.plan = STR("resize(width=300)"), .vary = "Accept"}};
	get->rq.x = &get->x;
	get->x.head.method = HTTP_GET;
	arena_init(&get->x.arena);
	response_reset(&get->x);
	fill_entry(&get->source, blob_id);
}

static int ask(struct get *get)
{
	resumed = 0;
	return request_derive(&get->rq, &get->source, &get->what, &get->err);
}

static int go_on(struct get *get)
{
	assert_int_equal(resumed, 1);
	resumed = 0;
	return get->rq.resume(&get->rq, &get->err);
}

static void assert_sent(struct get *get, size_t size)
{
	struct str fields = buf_str(&get->x.response.fields);
	assert_int_equal(get->x.response.status, 200);
	assert_int_equal(get->x.response.length, size);
	assert_true(str_contains(fields, STR("Vary: Accept\r\n")));
	assert_true(str_contains(fields, STR("Content-Type: " TYPE "\r\n")));
	assert_true(str_contains(fields, STR("ETag: \"")));
	assert_true(str_contains(fields, STR("22:13:20 GMT\r\n")));
}

static void get_end(struct get *get)
{
	arena_release(&get->x.arena);
}

static void get_made(int64_t blob_id, size_t size)
{
	struct get get;
	get_begin(&get, blob_id);
	assert_int_equal(ask(&get), HANDLE_PENDING);
	answer(size);
	assert_int_equal(go_on(&get), 0);
	assert_sent(&get, size);
	get_end(&get);
}

static void it_waits_and_then_sends(void **state)
{
	(void)state;
	struct get get;
	get_begin(&get, 1);
	assert_int_equal(ask(&get), HANDLE_PENDING);
	assert_int_equal(resumed, 0);
	assert_int_equal(asked->n_inputs, 1);
	assert_str(asked->inputs[0].bytes, STR("source"));
	assert_str(asked->plan, STR("resize(width=300)"));
	answer(SIZE);
	assert_int_equal(go_on(&get), 0);
	assert_sent(&get, SIZE);
	get_end(&get);
}

static void what_is_in_memory_is_sent_at_once(void **state)
{
	(void)state;
	struct get get;
	get_made(1, SIZE);
	get_begin(&get, 1);
	assert_int_equal(ask(&get), 0);
	assert_sent(&get, SIZE);
	get_end(&get);
}

static void the_disk_is_read_by_a_worker(void **state)
{
	(void)state;
	struct get get;
	get_made(1, LARGE);
	/* until it is written it is in memory */
	for (int result = 0; result == 0; get_end(&get)) {
		get_begin(&get, 1);
		result = ask(&get);
		assert_in_range(result, 0, HANDLE_LATER);
	}
	get_begin(&get, 1);
	get.rq.on_loop = false;
	assert_int_equal(ask(&get), 0);
	assert_sent(&get, LARGE);
	assert_int_equal(get.x.response.kind, HTTP_BODY_FILE);
	get_end(&get);
	get_begin(&get, 1);
	assert_int_equal(ask(&get), 0);
	get_end(&get);
}

static void a_file_is_handed_over_by_a_worker(void **state)
{
	(void)state;
	struct get get;
	get_begin(&get, 1);
	get.source.content.fd = picture_fd(1, SIZE);
	int fd = get.source.content.fd;
	assert_int_equal(ask(&get), HANDLE_LATER);
	assert_null(asked);
	references++; /* it is found again */
	get.rq.on_loop = false;
	assert_int_equal(ask(&get), HANDLE_PENDING);
	assert_int_equal(asked->inputs[0].fd, fd);
	answer(SIZE);
	assert_int_equal(go_on(&get), 0);
	assert_sent(&get, SIZE);
	get_end(&get);
	close(fd);
}

static void new_content_is_another_picture(void **state)
{
	(void)state;
	struct get get;
	get_made(1, SIZE);
	get_begin(&get, 2);
	assert_int_equal(ask(&get), HANDLE_PENDING);
	answer(SIZE);
	assert_int_equal(go_on(&get), 0);
	get_end(&get);
}

static void a_layer_with_new_content_is_another_picture(void **state)
{
	(void)state;
	for (int64_t blob_id = 2; blob_id < 5; blob_id++) {
		struct get get;
		get_begin(&get, 1);
		fill_entry(&get.layer, MIN(blob_id, 3));
		get.layers[0] = &get.layer;
		get.what.layers = get.layers;
		get.what.n_layers = 1;
		int result = ask(&get);
		assert_int_equal(result, blob_id < 4 ? HANDLE_PENDING : 0);
		if (result == HANDLE_PENDING) {
			assert_int_equal(asked->n_inputs, 2);
			answer(SIZE);
			assert_int_equal(go_on(&get), 0);
		}
		assert_sent(&get, SIZE);
		get_end(&get);
	}
}

static void the_renderers_refusal_is_the_answer(void **state)
{
	(void)state;
	struct get get;
	refuses = ERR_BUSY;
	get_begin(&get, 1);
	assert_int_equal(ask(&get), HANDLE_PENDING);
	assert_int_equal(go_on(&get), -1);
	assert_int_equal(get.err.code, ERR_BUSY);
	get_end(&get);
}

static void a_picture_that_takes_too_long_is_told(void **state)
{
	(void)state;
	struct get get;
	struct err err;
	get_begin(&get, 1);
	assert_int_equal(ask(&get), HANDLE_PENDING);
	err_set(&err, ERR_TIMEOUT, "It takes too long.");
	asked->done(asked->user, NULL, &err);
	assert_int_equal(go_on(&get), -1);
	assert_int_equal(get.err.code, ERR_TIMEOUT);
	get_end(&get);
	/* and is told to who asks soon after */
	asked = NULL;
	get_begin(&get, 1);
	assert_int_equal(ask(&get), -1);
	assert_int_equal(get.err.code, ERR_TIMEOUT);
	assert_null(asked);
	get_end(&get);
}

/* What a dialect has for the case. */
static unsigned stood_in;

static int stand_in(struct request *rq, struct err *err)
{
	stood_in++;
	if (err->code == ERR_BUSY)
		return -1;
	if (rq->on_loop)
		return HANDLE_LATER;
	http_reply(rq->x, 200, "text/plain", STR("instead"));
	return 0;
}

static void something_may_stand_in_for_what_cannot_be_made(void **state)
{
	(void)state;
	struct get get;
	struct err err;
	stood_in = 0;
	get_begin(&get, 1);
	get.what.failed = stand_in;
	assert_int_equal(ask(&get), HANDLE_PENDING);
	err_set(&err, ERR_INVALID, "It is no picture.");
	asked->done(asked->user, NULL, &err);
	assert_int_equal(go_on(&get), HANDLE_LATER);
	get.rq.on_loop = false;
	assert_int_equal(get.rq.resume(&get.rq, &get.err), 0);
	assert_int_equal(get.x.response.status, 200);
	assert_int_equal(stood_in, 2);
	get_end(&get);
	/* of a failure that is remembered, too */
	get_begin(&get, 1);
	get.what.failed = stand_in;
	get.rq.on_loop = false;
	assert_int_equal(ask(&get), 0);
	get_end(&get);
	refuses = ERR_BUSY;
	get_begin(&get, 2);
	get.what.failed = stand_in;
	assert_int_equal(ask(&get), HANDLE_PENDING);
	assert_int_equal(go_on(&get), -1);
	assert_int_equal(get.err.code, ERR_BUSY);
	get_end(&get);
}

static void too_many_are_refused_at_once(void **state)
{
	(void)state;
	struct get gets[3];
	for (unsigned i = 0; i < COUNT(gets); i++) {
		get_begin(&gets[i], 1);
		assert_int_equal(ask(&gets[i]), i < 2 ? HANDLE_PENDING : -1);
	}
	assert_int_equal(gets[2].err.code, ERR_BUSY);
	answer(SIZE);
	assert_int_equal(resumed, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(gets[i].rq.resume(&gets[i].rq, &gets[i].err),
				 0);
	for (unsigned i = 0; i < COUNT(gets); i++)
		get_end(&gets[i]);
}

static bool ask_again(struct get *get, struct str recipe)
{
	struct derive_again again;
	if (!request_recall(&get->rq, &get->source, recipe, &again))
		return false;
	assert_int_equal(again.note, 7);
	request_send_again(&get->rq, &get->source, &again, &get->what.how);
	return true;
}

static void a_known_recipe_needs_no_plan(void **state)
{
	(void)state;
	struct get get;
	get_begin(&get, 1);
	get.what.recipe = STR("w-300 accept=webp");
	get.what.note = 7;
	assert_false(ask_again(&get, get.what.recipe));
	assert_int_equal(ask(&get), HANDLE_PENDING);
	answer(SIZE);
	assert_int_equal(go_on(&get), 0);
	get_end(&get);
	get_begin(&get, 1);
	assert_true(ask_again(&get, STR("w-300 accept=webp")));
	assert_sent(&get, SIZE);
	get_end(&get);
	get_begin(&get, 1);
	assert_false(ask_again(&get, STR("w-300 accept=")));
	hot_unref(&get.source);
	get_end(&get);
	get_begin(&get, 2);
	assert_false(ask_again(&get, STR("w-300 accept=webp")));
	hot_unref(&get.source);
	get_end(&get);
}

static void a_recipe_says_nothing_about_layers(void **state)
{
	(void)state;
	struct get get;
	get_begin(&get, 1);
	fill_entry(&get.layer, 3);
	get.layers[0] = &get.layer;
	get.what.layers = get.layers;
	get.what.n_layers = 1;
	get.what.recipe = STR("l-image");
	assert_int_equal(ask(&get), HANDLE_PENDING);
	answer(SIZE);
	assert_int_equal(go_on(&get), 0);
	get_end(&get);
	get_begin(&get, 1);
	assert_false(ask_again(&get, STR("l-image")));
	hot_unref(&get.source);
	get_end(&get);
}

static void a_purge_forgets_what_was_made(void **state)
{
	(void)state;
	struct get get;
	get_made(1, SIZE);
	get_begin(&get, 1);
	request_purge_derived(&get.rq, &get.source.file);
	assert_int_equal(ask(&get), HANDLE_PENDING);
	answer(SIZE);
	assert_int_equal(go_on(&get), 0);
	get_end(&get);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_waits_and_then_sends),
		TEST(what_is_in_memory_is_sent_at_once),
		TEST(the_disk_is_read_by_a_worker),
		TEST(a_file_is_handed_over_by_a_worker),
		TEST(new_content_is_another_picture),
		TEST(a_layer_with_new_content_is_another_picture),
		TEST(the_renderers_refusal_is_the_answer),
		TEST(a_picture_that_takes_too_long_is_told),
		TEST(something_may_stand_in_for_what_cannot_be_made),
		TEST(too_many_are_refused_at_once),
		TEST(a_known_recipe_needs_no_plan),
		TEST(a_recipe_says_nothing_about_layers),
		TEST(a_purge_forgets_what_was_made),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
