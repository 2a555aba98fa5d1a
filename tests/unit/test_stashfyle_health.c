/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StashFyle's health, with a database and a store that fail when told to:
 * src/api/stashfyle/service.c.
 */
#include "api/stashfyle/stashfyle.h"
#include "library/accounts/usage.h"
#include "store/store.h"
#include "unit.h"

#include <glib.h>

static int64_t clock_ms = 1700000000000;

int64_t now_ms(void)
{
	return clock_ms;
}

static bool database_fails, store_fails;
static unsigned checks;
static int status;
static json_t *answer;

int library_check_database(struct library *library, struct err *err)
{
	(void)library;
	checks++;
	return database_fails ? err_set(err, ERR_INTERNAL, "/secret/path") : 0;
}

struct store *library_store(struct library *library)
{
	(void)library;
	return NULL;
}

int store_check(struct store *store, struct err *err)
{
	(void)store;
	return store_fails ? err_set(err, ERR_NO_SPACE, "/secret/path") : 0;
}

int usage_read(struct library *library, int64_t account_id, struct usage *out,
	       struct err *err)
{
	(void)library, (void)account_id, (void)err;
	*out = (struct usage){
		.storage_bytes = 1,
		.bandwidth_bytes = UINT64_C(1) << 40,
		.upload_count = 3,
		.year = 2024,
		.month = 2,
	};
	return 0;
}

/* The real ones bring the real library with them. */
void reply_json(struct request *rq, int with_status, const char *content_type,
		json_t *value)
{
	(void)rq;
	assert_string_equal(content_type, "application/json");
	json_decref(answer);
	status = with_status;
	answer = value;
}

json_t *json_str(struct str s)
{
	return json_stringn(s.p, s.n);
}

struct world {
	struct http_exchange x;
	struct services services;
	struct account account;
	struct request rq;
};

static int make(void **state)
{
	static struct world world;
	world = (struct world){0};
	arena_init(&world.x.arena);
	buf_init(&world.x.response.fields, &world.x.arena, 4096);
	world.rq.x = &world.x;
	world.rq.services = &world.services;
	world.rq.account = &world.account;
	*state = &world;
	return 0;
}

static int drop(void **state)
{
	struct world *w = *state;
	arena_release(&w->x.arena);
	json_decref(answer);
	answer = NULL;
	return 0;
}

static const char *check_of(const char *name)
{
	json_t *check =
		json_object_get(json_object_get(answer, "checks"), name);
	assert_true(json_is_integer(json_object_get(check, "latency_ms")));
	const char *text = json_string_value(json_object_get(check, "status"));
	const char *why = json_string_value(json_object_get(check, "error"));
	assert_true((strcmp(text, "ok") == 0) == (why == NULL));
	assert_true(why == NULL || strstr(why, "secret") == NULL);
	return text;
}

static void health_tells_what_answers(void **state)
{
	static const struct {
		bool database_fails, store_fails;
		int status;
		const char *text, *database, *storage;
	} rows[] = {
		{true, true, 503, "error", "error", "error"},
		{true, false, 200, "degraded", "error", "ok"},
		{false, true, 200, "degraded", "ok", "error"},
		{false, false, 200, "ok", "ok", "ok"},
	};
	struct world *w = *state;
	struct err err;
	for (size_t i = 0; i < COUNT(rows); i++) {
		database_fails = rows[i].database_fails;
		store_fails = rows[i].store_fails;
		unsigned before = checks;
		assert_int_equal(stashfyle_health(&w->rq, &err), 0);
		clock_ms += 499; /* as long as an answer is kept */
		assert_int_equal(stashfyle_health(&w->rq, &err), 0);
		assert_int_equal(checks, before + 1);
		assert_int_equal(status, rows[i].status);
		assert_string_equal(
			json_string_value(json_object_get(answer, "status")),
			rows[i].text);
		assert_string_equal(check_of("database"), rows[i].database);
		assert_string_equal(check_of("storage"), rows[i].storage);
		clock_ms++;
	}
}

static void usage_has_four_fields(void **state)
{
	struct world *w = *state;
	struct err err;
	assert_int_equal(stashfyle_usage(&w->rq, &err), 0);
	json_t *want =
		json_pack("{s:i, s:I, s:i, s:s}", "storage_bytes", 1,
			  "bandwidth_bytes", (json_int_t)1 << 40,
			  "upload_count", 3, "period_start", "2024-02-01");
	assert_true(json_equal(answer, want));
	json_decref(want);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(health_tells_what_answers),
		TEST(usage_has_four_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
