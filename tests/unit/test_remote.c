/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of other hosts' files: src/remote/remote.h and copies.h, with an
 * origin and a clock that the test has in its hands.
 */
#include "base/fd.h"
#include "base/metrics.h"
#include "remote/remote.h"
#include "store/local/local_store.h"
#include "remove_tree.h"
#include "unit.h"

#include <ftw.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define INLINE 1000
#define LARGE 20000
#define LIMIT 100000
#define URL "http://a.example/x.png"
#define START_MS INT64_C(1700000000000)

/* What the origin says, whatever it is asked for. */
static struct {
	GMutex mutex;
	GCond changed;
	unsigned status; /* 0: it is not reached */
	char body;       /* repeated */
	size_t size;
	struct fetch_validity validity;
	unsigned asked, inside;
	char etag[32]; /* that it was asked with last */
	bool held;     /* it does not answer, to what has "slow" in it */
	bool lingers;  /* it does not come back when it is given up */
	bool given_up;
	int64_t now_ms;
} origin;

static char dir[64];
static struct store *store;
static struct remote *remote;

static bool is_held(struct str url, const struct fetch_target *target)
{
	return origin.held && str_contains(url, STR("slow")) &&
	       target->is_wanted(target->user);
}

static int send_body(const struct fetch_target *target, struct err *err)
{
	g_autofree char *bytes = g_malloc(origin.size + 1);
	memset(bytes, origin.body, origin.size);
	return store_sink_write(target->sink, bytes, origin.size, err);
}

static int get(void *user, const struct remote_item *item,
	       const struct fetch_target *target, struct fetch_result *out,
	       struct err *err)
{
	struct str url = item->text;
	const struct fetch_condition *condition = target->condition;
	(void)user;
	g_mutex_lock(&origin.mutex);
	origin.asked++;
	origin.inside++;
	g_cond_broadcast(&origin.changed);
	snprintf(origin.etag, sizeof(origin.etag), "%.*s",
		 STR_ARG(condition ? condition->etag : STR("none")));
	while (is_held(url, target))
		g_cond_wait_until(&origin.changed, &origin.mutex,
				  g_get_monotonic_time() + 5000);
	origin.given_up = !target->is_wanted(target->user);
	g_cond_broadcast(&origin.changed);
	while (origin.given_up && origin.lingers)
		g_cond_wait(&origin.changed, &origin.mutex);
	int result = 0;
	out->status = origin.status;
	out->final_url = url;
	out->name = STR("x.png");
	out->validity = origin.validity;
	out->unchanged = condition && origin.validity.etag.p &&
			 str_eq(condition->etag, origin.validity.etag);
	if (!target->is_wanted(target->user) || origin.status != 200)
		result = err_set(err, ERR_FETCH, "It could not be read.");
	else if (!out->unchanged)
		result = send_body(target, err);
	origin.inside--;
	g_cond_broadcast(&origin.changed);
	g_mutex_unlock(&origin.mutex);
	return result;
}

static int64_t origin_now(void *user)
{
	(void)user;
	g_mutex_lock(&origin.mutex);
	int64_t ms = origin.now_ms;
	g_mutex_unlock(&origin.mutex);
	return ms;
}

static void pass(int64_t seconds)
{
	g_mutex_lock(&origin.mutex);
	origin.now_ms += seconds * 1000;
	g_mutex_unlock(&origin.mutex);
}

static const struct remote_options standard = {
	.origin = {get, origin_now, NULL},
	.copies = {.max_bytes = 1 << 20, .max_files = 8},
	.fetches = 4,
	.wait_ms = 60000,
	.flights = {.per_owner = 400,
		    .total = 500,
		    .failures = 8,
		    .failed_ms = 100000},
	.pins = {.holds = 2, .file_bytes = 1 << 20, .memory_bytes = 1 << 20},
};

static void open_with(const struct remote_options *options)
{
	struct remote_options with_store = *options;
	with_store.store = store;
	remote_free(remote);
	remote = remote_new(&with_store);
}

static int begin(void **state)
{
	(void)state;
	struct err err;
	g_strlcpy(dir, "/tmp/stowage-remote-XXXXXX", sizeof(dir));
	if (!mkdtemp(dir))
		return -1;
	const struct store_options options = {.dir = dir,
					      .inline_limit = INLINE};
	if (store_open_local(&store, &options, &err) < 0)
		return -1;
	origin.status = 200;
	origin.body = 'a';
	origin.size = 100;
	origin.validity = (struct fetch_validity){.etag = STR("\"1\"")};
	origin.asked = 0;
	origin.held = false;
	origin.now_ms = START_MS;
	open_with(&standard);
	return 0;
}

static int end(void **state)
{
	(void)state;
	remote_free(remote);
	remote = NULL;
	assert_int_equal(metric_get(METRIC_REMOTE_COPIES), 0);
	assert_int_equal(metric_get(METRIC_REMOTE_COPY_BYTES), 0);
	store_close(store);
	return remove_tree(dir);
}

/* Whoever asks, and what came of it. */
struct client {
	struct remote_request ask;
	struct hot_entry *entry;
	struct err err;
	bool told;
	_Atomic int64_t left_us;
};

static void tell(void *user, void *made, const struct err *err)
{
	struct client *client = user;
	g_mutex_lock(&origin.mutex);
	if (made)
		client->entry = hot_entry_ref(made);
	else
		client->err = *err;
	client->told = true;
	g_cond_broadcast(&origin.changed);
	g_mutex_unlock(&origin.mutex);
}

static int ask(struct client *client, int64_t account, const char *url)
{
	*client = (struct client){
		.ask = {.item = {account, str_of(url), NULL},
			.limit = LIMIT,
			.waiter = {.done = tell,
				   .user = client,
				   .left_us = &client->left_us}},
	};
	return remote_fetch(remote, &client->ask, &client->err);
}

static void wait_told(struct client *client)
{
	g_mutex_lock(&origin.mutex);
	while (!client->told)
		g_cond_wait(&origin.changed, &origin.mutex);
	g_mutex_unlock(&origin.mutex);
}

/* As a request does it; a reference, or NULL with *code. */
static struct hot_entry *read_as(int64_t account, const char *url,
				 enum err_code *code)
{
	struct client client;
	const struct remote_item key = {.account = account,
					.text = str_of(url)};
	struct hot_entry *entry = remote_find(remote, &key);
	*code = ERR_NONE;
	if (entry)
		return entry;
	if (ask(&client, account, url) == 0)
		wait_told(&client);
	if (client.entry == NULL)
		*code = client.err.code;
	return client.entry;
}

/* The first byte; 0: refused. */
static char read_url(const char *url)
{
	enum err_code code;
	struct hot_entry *entry = read_as(1, url, &code);
	char first = 0;
	if (entry && entry->content.fd < 0)
		first = entry->content.bytes.p[0];
	else if (entry)
		assert_int_equal(fd_read(entry->content.fd, &first, 1, 0), 1);
	hot_unref(entry);
	return first;
}

static enum err_code refused(const char *url)
{
	enum err_code code;
	assert_null(read_as(1, url, &code));
	return code;
}

static void it_is_like_a_file(void **state)
{
	(void)state;
	enum err_code code;
	struct hot_entry *entry = read_as(7, URL, &code);
	const struct file *file = &entry->file;
	assert_int_equal(file->account_id, 7);
	assert_int_equal(file->store, HOT_NO_STORE);
	assert_int_equal(file->access, ACCESS_PUBLIC);
	assert_str(file->name, STR("x.png"));
	assert_str(file->type, STR("image/png"));
	assert_int_equal(file->size, 100);
	assert_true(file->blob_id > 0);
	assert_int_equal(entry->content.size, 100);
	assert_int_equal(entry->content.modified_s, START_MS / 1000);
	assert_true(str_contains(entry->content.fields, STR("image/png")));
	hot_unref(entry);
}

static void contents_have_keys_of_their_own(void **state)
{
	(void)state;
	enum err_code code;
	origin.validity =
		(struct fetch_validity){.cache_control = STR("no-store")};
	struct hot_entry *a = read_as(1, URL, &code);
	struct hot_entry *same = read_as(1, URL "?other", &code);
	struct hot_entry *others = read_as(2, URL, &code);
	origin.body = 'b';
	struct hot_entry *b = read_as(1, URL, &code);
	origin.body = 'a';
	origin.size = LARGE;
	struct hot_entry *longer = read_as(1, URL, &code);
	assert_int_equal(a->file.blob_id, same->file.blob_id);
	assert_memory_equal(a->file.checksum, same->file.checksum,
			    CHECKSUM_BYTES);
	assert_true(a->file.blob_id != others->file.blob_id);
	assert_true(memcmp(a->file.checksum, others->file.checksum,
			   CHECKSUM_BYTES) != 0);
	assert_true(a->file.blob_id != b->file.blob_id);
	assert_true(a->file.blob_id != longer->file.blob_id);
	assert_true(memcmp(a->file.checksum, b->file.checksum,
			   CHECKSUM_BYTES) != 0);
	/* SHA-256 of 1 in eight bytes and SHA-256 of a hundred times "a" */
	assert_int_equal(a->file.checksum[0], 0xff);
	assert_int_equal(a->file.checksum[1], 0x3c);
	hot_unref(a);
	hot_unref(same);
	hot_unref(others);
	hot_unref(b);
	hot_unref(longer);
}

static void a_fresh_copy_is_not_asked_for(void **state)
{
	(void)state;
	origin.validity.cache_control = STR("max-age=10");
	assert_int_equal(read_url(URL), 'a');
	origin.body = 'b';
	pass(9);
	assert_int_equal(read_url(URL), 'a');
	assert_int_equal(origin.asked, 1);
}

static void a_stale_copy_is_asked_for_by_its_validator(void **state)
{
	(void)state;
	int64_t unchanged = metric_get(METRIC_REMOTE_UNCHANGED);
	origin.validity.cache_control = STR("max-age=10");
	assert_int_equal(read_url(URL), 'a');
	assert_string_equal(origin.etag, "none");
	for (unsigned i = 0; i < 2; i++) {
		pass(10);
		assert_int_equal(read_url(URL), 'a');
		assert_string_equal(origin.etag, "\"1\"");
		assert_int_equal(read_url(URL), 'a');
		assert_int_equal(origin.asked, 2 + i);
	}
	assert_int_equal(metric_get(METRIC_REMOTE_UNCHANGED), unchanged + 2);
	origin.body = 'b';
	origin.validity.etag = STR("\"2\"");
	pass(10);
	assert_int_equal(read_url(URL), 'b');
	pass(10);
	assert_int_equal(read_url(URL), 'b');
	assert_string_equal(origin.etag, "\"2\"");
}

static void what_may_not_be_kept_is_given_once(void **state)
{
	(void)state;
	static const char *const words[] = {"no-store", "private"};
	for (size_t i = 0; i < COUNT(words); i++) {
		origin.validity.cache_control = str_of(words[i]);
		unsigned before = origin.asked;
		assert_int_equal(read_url(URL), 'a');
		assert_int_equal(read_url(URL), 'a');
		assert_int_equal(origin.asked, before + 2);
		assert_int_equal(metric_get(METRIC_REMOTE_COPIES), 0);
	}
}

static void who_asks_meanwhile_gets_the_same(void **state)
{
	(void)state;
	struct client *clients = g_new0(struct client, 100);
	origin.held = true;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(ask(&clients[i], 1, URL "?slow"), 0);
	g_mutex_lock(&origin.mutex);
	origin.held = false;
	g_cond_broadcast(&origin.changed);
	g_mutex_unlock(&origin.mutex);
	for (unsigned i = 0; i < 100; i++) {
		wait_told(&clients[i]);
		assert_ptr_equal(clients[i].entry, clients[0].entry);
	}
	assert_int_equal(origin.asked, 1);
	for (unsigned i = 0; i < 100; i++)
		hot_unref(clients[i].entry);
	g_free(clients);
}

static void accounts_share_nothing(void **state)
{
	(void)state;
	enum err_code code;
	hot_unref(read_as(1, URL, &code));
	struct hot_entry *entry = read_as(2, URL, &code);
	assert_int_equal(origin.asked, 2);
	assert_int_equal(entry->file.account_id, 2);
	hot_unref(entry);
}

static void a_failure_is_remembered(void **state)
{
	(void)state;
	origin.status = 404;
	assert_int_equal(refused(URL), ERR_FETCH);
	origin.status = 200;
	assert_int_equal(refused(URL), ERR_FETCH);
	assert_int_equal(origin.asked, 1);
	assert_int_equal(read_url(URL "?other"), 'a');
}

static void over_the_limit_is_too_large(void **state)
{
	(void)state;
	origin.size = LIMIT + 1;
	assert_int_equal(refused(URL), ERR_TOO_LARGE);
	origin.size = LIMIT;
	assert_int_equal(read_url(URL "?fits"), 'a');
}

static void while_the_origin_is_broken_a_stale_copy_will_do(void **state)
{
	(void)state;
	static const unsigned broken[] = {0, 203, 500, 503, 429};
	origin.validity.cache_control = STR("max-age=10");
	for (size_t i = 0; i < COUNT(broken); i++) {
		g_autofree char *url = g_strdup_printf(URL "?%zu", i);
		origin.status = 200;
		origin.size = 100;
		assert_int_equal(read_url(url), 'a');
		unsigned before = origin.asked;
		pass(11);
		origin.status = broken[i];
		assert_int_equal(read_url(url), 'a');
		/* and is not asked each time */
		assert_int_equal(read_url(url), 'a');
		assert_int_equal(origin.asked, before + 1);
		pass(31);
		assert_int_equal(read_url(url), 'a');
		assert_int_equal(origin.asked, before + 2);
		pass(FRESHNESS_STALE_S);
		assert_int_equal(refused(url), ERR_FETCH);
	}
}

static void what_the_origin_takes_back_is_gone(void **state)
{
	(void)state;
	static const unsigned gone[] = {404, 410, 403, 302};
	origin.validity.cache_control = STR("max-age=10");
	for (size_t i = 0; i < COUNT(gone); i++) {
		g_autofree char *url = g_strdup_printf(URL "?%zu", i);
		origin.status = 200;
		assert_int_equal(read_url(url), 'a');
		pass(11);
		origin.status = gone[i];
		assert_int_equal(refused(url), ERR_FETCH);
		assert_int_equal(metric_get(METRIC_REMOTE_COPIES), 0);
	}
}

static void who_must_ask_asks(void **state)
{
	(void)state;
	origin.validity.cache_control = STR("max-age=10, must-revalidate");
	assert_int_equal(read_url(URL), 'a');
	pass(11);
	origin.status = 500;
	assert_int_equal(refused(URL), ERR_FETCH);
}

static int count_one(const char *path, const struct stat *info, int type,
		     struct FTW *walk)
{
	(void)path, (void)info, (void)walk;
	return type == FTW_F ? 1 : 0;
}

static void large_ones_are_files_without_a_name(void **state)
{
	(void)state;
	enum err_code code;
	char byte;
	origin.size = LARGE;
	struct hot_entry *entry = read_as(1, URL, &code);
	assert_true(entry->content.fd >= 0);
	assert_int_equal(fd_read(entry->content.fd, &byte, 1, LARGE - 1), 1);
	assert_int_equal(byte, 'a');
	assert_int_equal(fd_read(entry->content.fd, &byte, 1, LARGE), 0);
	assert_int_equal(nftw(dir, count_one, 8, FTW_PHYS), 0);
	hot_unref(entry);
}

/* Of eight the first has six. */
static void one_accounts_open_files_leave_some_to_others(void **state)
{
	(void)state;
	enum err_code code;
	struct remote_options options = standard;
	struct turns_place pins[8], other;
	unsigned n = 0;
	options.pins.holds = COUNT(pins);
	open_with(&options);
	origin.size = LARGE;
	struct hot_entry *one = read_as(1, URL, &code);
	struct hot_entry *two = read_as(2, URL, &code);
	while (n < COUNT(pins) && remote_pin(remote, one, &pins[n]))
		n++;
	assert_int_equal(n, 6);
	assert_true(remote_pin(remote, two, &other));
	assert_false(remote_pin(remote, one, &pins[n]));
	remote_unpin(remote, two, other);
	while (n)
		remote_unpin(remote, one, pins[--n]);
	assert_true(remote_pin(remote, one, &other));
	remote_unpin(remote, one, other);
	hot_unref(one);
	hot_unref(two);
}

/* Of `most` bytes the first account may hold those of three copies, and each
 * of them as often as it likes. */
static void check_held_bytes(size_t size, const struct pins_options *most)
{
	enum err_code code;
	struct remote_options options = standard;
	struct hot_entry *copies[5], *other;
	struct turns_place pins[5], again, others;
	options.pins = *most;
	open_with(&options);
	origin.size = size;
	for (size_t i = 0; i < COUNT(copies); i++) {
		g_autofree char *url = g_strdup_printf(URL "?%zu", i);
		copies[i] = read_as(1, url, &code);
		assert_int_equal(remote_pin(remote, copies[i], &pins[i]),
				 i < 3);
	}
	assert_true(remote_pin(remote, copies[0], &again));
	other = read_as(2, URL, &code);
	assert_true(remote_pin(remote, other, &others));
	remote_unpin(remote, copies[0], again);
	assert_false(remote_pin(remote, copies[4], &pins[4]));
	remote_unpin(remote, other, others);
	remote_unpin(remote, copies[0], pins[0]);
	assert_true(remote_pin(remote, copies[4], &pins[4]));
	remote_unpin(remote, copies[4], pins[4]);
	remote_unpin(remote, copies[1], pins[1]);
	remote_unpin(remote, copies[2], pins[2]);
	for (size_t i = 0; i < COUNT(copies); i++)
		hot_unref(copies[i]);
	hot_unref(other);
}

static void what_is_held_is_bounded_in_bytes(void **state)
{
	(void)state;
	const struct pins_options files = {.holds = 100,
					   .file_bytes = 4 * LARGE};
	const struct pins_options memory = {.holds = 1, .memory_bytes = 400};
	check_held_bytes(LARGE, &files);
	check_held_bytes(100, &memory);
}

static void who_has_most_makes_room(void **state)
{
	(void)state;
	enum err_code code;
	origin.size = LARGE;
	hot_unref(read_as(2, URL, &code));
	for (unsigned i = 0; i < 20; i++) {
		g_autofree char *url = g_strdup_printf(URL "?%u", i);
		assert_int_equal(read_url(url), 'a');
		/* what was used last stays */
		assert_int_equal(read_url(URL "?0"), 'a');
	}
	assert_int_equal(metric_get(METRIC_REMOTE_COPIES), 8);
	assert_int_equal(origin.asked, 21);
	hot_unref(read_as(2, URL, &code));
	assert_int_equal(origin.asked, 21);
}

static void bytes_are_bounded_too(void **state)
{
	(void)state;
	struct remote_options narrow = standard;
	narrow.copies = (struct copies_options){8 * 4000, 100};
	open_with(&narrow);
	for (unsigned i = 0; i < 20; i++) {
		g_autofree char *url = g_strdup_printf(URL "?%u", i);
		assert_int_equal(read_url(url), 'a');
		origin.size = i % 2 ? 100 : 5000;
	}
	assert_in_range(metric_get(METRIC_REMOTE_COPY_BYTES), 1, 8 * 4000);
	assert_true(metric_get(METRIC_REMOTE_COPIES) > 4);
	/* one that never fits pushes nothing out */
	int64_t before = metric_get(METRIC_REMOTE_COPIES);
	origin.size = 50000;
	assert_int_equal(read_url(URL "?huge"), 'a');
	assert_int_equal(metric_get(METRIC_REMOTE_COPIES), before);
	narrow.copies.max_bytes = 0;
	open_with(&narrow);
	origin.size = 100;
	assert_int_equal(read_url(URL), 'a');
	assert_int_equal(metric_get(METRIC_REMOTE_COPIES), 0);
}

static void what_leaves_no_room_is_given_once(void **state)
{
	(void)state;
	struct remote_options full = standard;
	full.reserve = INT64_MAX;
	open_with(&full);
	origin.size = LARGE;
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(read_url(URL "?large"), 'a');
		assert_int_equal(origin.asked, i);
		assert_int_equal(metric_get(METRIC_REMOTE_COPIES), 0);
	}
	/* memory is another matter */
	origin.size = 100;
	assert_int_equal(read_url(URL), 'a');
	assert_int_equal(metric_get(METRIC_REMOTE_COPIES), 1);
}

static void wait_inside(unsigned n)
{
	g_mutex_lock(&origin.mutex);
	while (origin.inside < n)
		g_cond_wait(&origin.changed, &origin.mutex);
	g_mutex_unlock(&origin.mutex);
}

static void let_go(struct client *clients, unsigned n)
{
	g_mutex_lock(&origin.mutex);
	origin.held = false;
	g_cond_broadcast(&origin.changed);
	g_mutex_unlock(&origin.mutex);
	for (unsigned i = 0; i < n; i++) {
		wait_told(&clients[i]);
		hot_unref(clients[i].entry);
	}
}

static void one_accounts_slow_origins_leave_places_to_others(void **state)
{
	(void)state;
	struct client clients[8];
	enum err_code code;
	origin.held = true;
	for (unsigned i = 0; i < COUNT(clients); i++) {
		g_autofree char *url = g_strdup_printf(URL "?slow%u", i);
		assert_int_equal(ask(&clients[i], 1, url), 0);
	}
	wait_inside(3);
	for (unsigned i = 0; i < 5; i++) {
		g_autofree char *url = g_strdup_printf(URL "?quick%u", i);
		struct hot_entry *entry = read_as(2, url, &code);
		assert_non_null(entry);
		hot_unref(entry);
	}
	assert_int_equal(origin.inside, 3);
	let_go(clients, COUNT(clients));
	assert_int_equal(origin.asked, 13);
}

/* Until it is the nth one inside, and has not been late for its place. */
static void ask_until_inside(struct client *client, const char *url, unsigned n)
{
	bool is_inside = false;
	while (!is_inside) {
		assert_int_equal(ask(client, 1, url), 0);
		g_mutex_lock(&origin.mutex);
		while (origin.inside < n && !client->told)
			g_cond_wait(&origin.changed, &origin.mutex);
		is_inside = origin.inside == n;
		g_mutex_unlock(&origin.mutex);
	}
}

static void who_waits_too_long_is_told(void **state)
{
	(void)state;
	struct remote_options impatient = standard;
	struct client clients[4];
	impatient.wait_ms = 100;
	open_with(&impatient);
	origin.held = true;
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *url = g_strdup_printf(URL "?slow%u", i);
		ask_until_inside(&clients[i], url, i + 1);
	}
	assert_int_equal(ask(&clients[3], 1, URL "?slow9"), 0);
	wait_told(&clients[3]);
	assert_int_equal(clients[3].err.code, ERR_BUSY);
	let_go(clients, 3);
}

static void a_fetch_that_nobody_waits_for_ends(void **state)
{
	(void)state;
	struct client clients[2];
	origin.held = true;
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ask(&clients[i], 1, URL "?slow"), 0);
	wait_inside(1);
	clients[0].left_us = 1;
	g_usleep(20000);
	assert_int_equal(origin.inside, 1);
	clients[1].left_us = 1;
	for (unsigned i = 0; i < 2; i++) {
		wait_told(&clients[i]);
		assert_int_equal(clients[i].err.code, ERR_BUSY);
	}
	origin.held = false;
	/* and is tried again */
	assert_int_equal(read_url(URL "?slow"), 'a');
}

/* Before the one that was given up has ended. */
static void who_comes_when_a_fetch_is_given_up_gets_another(void **state)
{
	(void)state;
	struct client clients[2];
	origin.held = origin.lingers = true;
	assert_int_equal(ask(&clients[0], 1, URL "?slow"), 0);
	wait_inside(1);
	clients[0].left_us = 1;
	g_mutex_lock(&origin.mutex);
	while (!origin.given_up)
		g_cond_wait(&origin.changed, &origin.mutex);
	g_mutex_unlock(&origin.mutex);
	assert_int_equal(ask(&clients[1], 1, URL "?slow"), 0);
	g_mutex_lock(&origin.mutex);
	origin.held = origin.lingers = false;
	g_cond_broadcast(&origin.changed);
	g_mutex_unlock(&origin.mutex);
	for (unsigned i = 0; i < 2; i++)
		wait_told(&clients[i]);
	assert_non_null(clients[1].entry);
	for (unsigned i = 0; i < 2; i++)
		hot_unref(clients[i].entry);
	assert_int_equal(origin.asked, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_like_a_file),
		TEST(contents_have_keys_of_their_own),
		TEST(a_fresh_copy_is_not_asked_for),
		TEST(a_stale_copy_is_asked_for_by_its_validator),
		TEST(what_may_not_be_kept_is_given_once),
		TEST(who_asks_meanwhile_gets_the_same),
		TEST(accounts_share_nothing),
		TEST(a_failure_is_remembered),
		TEST(over_the_limit_is_too_large),
		TEST(while_the_origin_is_broken_a_stale_copy_will_do),
		TEST(what_the_origin_takes_back_is_gone),
		TEST(who_must_ask_asks),
		TEST(large_ones_are_files_without_a_name),
		TEST(who_has_most_makes_room),
		TEST(bytes_are_bounded_too),
		TEST(what_leaves_no_room_is_given_once),
		TEST(one_accounts_open_files_leave_some_to_others),
		TEST(what_is_held_is_bounded_in_bytes),
		TEST(one_accounts_slow_origins_leave_places_to_others),
		TEST(who_waits_too_long_is_told),
		TEST(a_fetch_that_nobody_waits_for_ends),
		TEST(who_comes_when_a_fetch_is_given_up_gets_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
