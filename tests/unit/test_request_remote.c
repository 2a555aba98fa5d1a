/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of other hosts, for requests: src/api/sources/remote.h, over an origin
 * that the test has in its hands.
 */
#include "api/sources/remote.h"
#include "api/uploads/upload.h"
#include "base/fd.h"
#include "remote/remote.h"
#include "store/local/local_store.h"
#include "remove_tree.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define URL "http://a.example/x.png"
#define LARGE 5000
#define LIMIT 10000

static GMutex mutex;
static GCond changed;
static unsigned resumed, asked; /* under the mutex */
static uint64_t limit;
static int64_t clock_ms;

void request_resume(struct request *rq)
{
	(void)rq;
	g_mutex_lock(&mutex);
	resumed++;
	g_cond_broadcast(&changed);
	g_mutex_unlock(&mutex);
}

uint64_t upload_limit(const struct request *rq)
{
	(void)rq;
	return limit;
}

int64_t request_guest(const struct request *request, int64_t account_id)
{
	(void)request, (void)account_id;
	return 0;
}

struct str request_header_list(struct request *request, const char *name)
{
	(void)request, (void)name;
	return STR_NONE;
}

/* What may not be kept; large where the URL says so. */
static int get(void *user, const struct remote_item *item,
	       const struct fetch_target *target, struct fetch_result *out,
	       struct err *err)
{
	struct str url = item->text;
	static const char bytes[LARGE] = "x";
	bool large = str_contains(url, STR("large"));
	(void)user;
	g_mutex_lock(&mutex);
	asked++;
	g_mutex_unlock(&mutex);
	*out = (struct fetch_result){.status = 200,
				     .final_url = url,
				     .name = STR("x.png"),
				     .validity.cache_control = STR("no-store")};
	if (str_contains(url, STR("kept")))
		out->validity.cache_control = STR("max-age=10");
	if (str_contains(url, STR("broken")))
		return err_set(err, ERR_FETCH, "It is broken.");
	return store_sink_write(target->sink, bytes, large ? LARGE : 10, err);
}

static int64_t get_time(void *user)
{
	(void)user;
	return clock_ms;
}

static char dir[64];
static struct store *store;
static struct services services;
static struct account account = {.id = 5};
static struct http_exchange x;
static struct request rq;
static struct err err;

static int (*ran)(struct request *, struct err *);
static bool revoked;

static int handle(struct request *request, struct err *why)
{
	(void)request, (void)why;
	ran = handle;
	return 0;
}

static int go_on(struct request *request, struct err *why)
{
	(void)request, (void)why;
	ran = go_on;
	return 0;
}

int request_recheck_key(struct request *request, struct err *why)
{
	(void)request;
	return revoked ? err_set(why, ERR_UNAUTHORIZED, "It is revoked.") : 0;
}

static const struct route route = {.handle = handle};

static void request_begin(void)
{
	x = (struct http_exchange){.peer = "192.0.2.1"};
	arena_init(&x.arena);
	rq = (struct request){.x = &x,
			      .services = &services,
			      .account = &account,
			      .route = &route,
			      .on_loop = true};
	resumed = asked = 0;
	ran = NULL;
	revoked = false;
}

static int begin(void **state)
{
	(void)state;
	g_strlcpy(dir, "/tmp/stowage-remote-XXXXXX", sizeof(dir));
	if (!mkdtemp(dir))
		return -1;
	const struct store_options stored = {.dir = dir, .inline_limit = 1000};
	if (store_open_local(&store, &stored, &err) < 0)
		return -1;
	const struct remote_options options = {
		.origin = {get, get_time, NULL},
		.store = store,
		.copies = {.max_bytes = 1 << 20, .max_files = 8},
		.fetches = 2,
		.wait_ms = 60000,
		.flights = {.per_owner = 100,
			    .total = 100,
			    .failures = 8,
			    .failed_ms = 100000},
		.pins = {.holds = 2,
			 .file_bytes = 1 << 20,
			 .memory_bytes = 1 << 20},
	};
	services.remote = remote_new(&options);
	clock_ms = 1000;
	limit = LIMIT;
	request_begin();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_release(&x.arena);
	remote_free(services.remote);
	store_close(store);
	return remove_tree(dir);
}

static void wait_resumed(unsigned n)
{
	g_mutex_lock(&mutex);
	while (resumed < n)
		g_cond_wait(&changed, &mutex);
	g_mutex_unlock(&mutex);
}

static int find_remote(struct str url, struct hot_entry **out, struct err *why)
{
	const struct fetch_source source = {.url = url};
	return request_find_remote(&rq, &source, out, why);
}

/* As a handler that runs again; a reference, or NULL with err. */
static struct hot_entry *find(const char *url)
{
	struct hot_entry *entry = NULL;
	unsigned before = resumed;
	int result = find_remote(str_of(url), &entry, &err);
	if (result == HANDLE_PENDING) {
		wait_resumed(before + 1);
		result = find_remote(str_of(url), &entry, &err);
	}
	assert_true(result == 0 || result == -1);
	return result == 0 ? entry : NULL;
}

static void what_was_running_runs_again(void **state)
{
	(void)state;
	struct hot_entry *entry;
	assert_int_equal(find_remote(STR(URL), &entry, &err), HANDLE_PENDING);
	wait_resumed(1);
	assert_int_equal(rq.resume(&rq, &err), 0);
	assert_ptr_equal(ran, handle);
	assert_int_equal(find_remote(STR(URL), &entry, &err), 0);
	assert_int_equal(entry->file.account_id, 5);
	hot_unref(entry);
	/* in a later step that one */
	rq.resume = go_on;
	hot_unref(find(URL "?2"));
	assert_int_equal(rq.resume(&rq, &err), 0);
	assert_ptr_equal(ran, go_on);
	assert_ptr_equal(rq.resume, go_on);
}

static void nothing_runs_again_for_a_key_that_has_been_revoked(void **state)
{
	(void)state;
	struct hot_entry *entry;
	assert_int_equal(find_remote(STR(URL), &entry, &err), HANDLE_PENDING);
	wait_resumed(1);
	revoked = true;
	assert_int_equal(rq.resume(&rq, &err), -1);
	assert_int_equal(err.code, ERR_UNAUTHORIZED);
	assert_null(ran);
}

static void a_request_sees_one_copy(void **state)
{
	(void)state;
	struct hot_entry *first = find(URL);
	struct hot_entry *same = find(URL "#fragment");
	struct hot_entry *spelled = find("HTTP://A.example:80/x.png");
	assert_ptr_equal(first, same);
	assert_ptr_equal(first, spelled);
	assert_int_equal(asked, 1);
	hot_unref(first);
	hot_unref(same);
	hot_unref(spelled);
	arena_release(&x.arena);
	request_begin();
	hot_unref(find(URL));
	assert_int_equal(asked, 1);
}

static void a_failure_is_the_same_each_time(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_null(find(URL "?broken"));
		assert_int_equal(err.code, ERR_FETCH);
		assert_string_equal(err.text, "It is broken.");
	}
	assert_int_equal(asked, 1);
}

static void a_kept_copy_needs_no_wait(void **state)
{
	(void)state;
	struct hot_entry *entry;
	hot_unref(find(URL "?kept"));
	arena_release(&x.arena);
	request_begin();
	assert_int_equal(find_remote(STR(URL "?kept"), &entry, &err), 0);
	assert_int_equal(asked, 0);
	hot_unref(entry);
}

static void limits_are_the_accounts(void **state)
{
	(void)state;
	limit = 9;
	assert_null(find(URL));
	assert_int_equal(err.code, ERR_TOO_LARGE);
	limit = 10;
	hot_unref(find(URL "?2"));
}

static void urls_of_a_request_are_bounded(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= REQUEST_REMOTE_URLS; i++) {
		g_autofree char *url = g_strdup_printf(URL "?%u", i);
		struct hot_entry *entry = find(url);
		assert_int_equal(entry != NULL, i < REQUEST_REMOTE_URLS);
		hot_unref(entry);
	}
	assert_int_equal(err.code, ERR_LIMIT);
	hot_unref(find(URL "?0"));
}

static void open_files_that_are_held_are_bounded(void **state)
{
	(void)state;
	hot_unref(find(URL "?large1"));
	hot_unref(find(URL "?large2"));
	assert_null(find(URL "?large3"));
	assert_int_equal(err.code, ERR_BUSY);
	hot_unref(find(URL "?small"));
	arena_release(&x.arena);
	request_begin();
	hot_unref(find(URL "?large3"));
}

static void what_is_no_url_is_invalid(void **state)
{
	(void)state;
	static const char *const urls[] = {"", "x", "ftp://a.example/",
					   "http://u:p@a.example/", "https://"};
	for (size_t i = 0; i < COUNT(urls); i++) {
		assert_null(find(urls[i]));
		assert_int_equal(err.code, ERR_INVALID);
	}
	assert_int_equal(asked, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_running_runs_again),
		TEST(nothing_runs_again_for_a_key_that_has_been_revoked),
		TEST(a_request_sees_one_copy),
		TEST(a_failure_is_the_same_each_time),
		TEST(a_kept_copy_needs_no_wait),
		TEST(limits_are_the_accounts),
		TEST(urls_of_a_request_are_bounded),
		TEST(open_files_that_are_held_are_bounded),
		TEST(what_is_no_url_is_invalid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
