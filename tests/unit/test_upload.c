/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that uploads of all dialects share, with stand-ins for the remote
 * host, the renderer and the library: src/api/uploads/upload.h, upload_made.h.
 */
#include "api/uploads/upload.h"
#include "api/uploads/upload_made.h"
#include "store_fixture.h"
#include "unit.h"

#include "image/renderers.h"
#include "ingest/sniff.h"

#include <sys/mman.h>
#include <unistd.h>

#define ODD "\x01\x02 nothing known"
#define PNG "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"

static struct fixture fixture;
static bool slow_full, slow_inside;
static bool fetch_fails;
static enum err_code inspect_fails, cannot_ask; /* ERR_NONE: no */
static unsigned inspected;
static struct file_put last_put;

struct store *library_store(struct library *library)
{
	(void)library;
	return fixture.store;
}

bool http_slow_begin(struct http_exchange *x)
{
	(void)x;
	slow_inside = !slow_full;
	return !slow_full;
}

void http_slow_end(struct http_exchange *x)
{
	(void)x;
	slow_inside = false;
}

int fetch_url(struct fetcher *fetcher, struct str url,
	      const struct fetch_target *target, struct fetch_result *out,
	      struct err *err)
{
	(void)fetcher;
	assert_true(slow_inside);
	if (store_sink_write(target->sink, "remote", 6, err) < 0)
		return -1;
	if (fetch_fails)
		return err_set(err, ERR_FETCH, "It is gone.");
	*out = (struct fetch_result){.name = STR("r"), .final_url = url};
	return 0;
}

/* Answers at once, as it may. */
int renderers_inspect(struct renderers *renderers,
		      const struct image_source *source, image_info_done *done,
		      void *user, struct err *err)
{
	static const struct image_info info = {
		.width = 3, .height = 4, .orientation = 6};
	struct err why;
	(void)renderers;
	assert_true((source->fd < 0) == (source->bytes.p != NULL));
	assert_true(source->embedded);
	inspected++;
	if (cannot_ask)
		return err_set(err, cannot_ask, "Not now.");
	err_set(&why, inspect_fails, "No image.");
	if (inspect_fails)
		done(user, NULL, &why);
	else
		done(user, &info, NULL);
	return 0;
}

static enum err_code render_fails; /* ERR_NONE: no */

/* The picture is of six bytes. */
int renderers_render(struct renderers *renderers,
		     const struct image_render *what, image_picture_done *done,
		     void *user, struct err *err)
{
	struct image_picture picture = {.type = "image/webp", .size = 6};
	struct err why;
	(void)renderers, (void)err;
	assert_str(what->plan, STR("a plan"));
	assert_int_equal(what->n_contents, 1);
	err_set(&why, render_fails, "No picture.");
	if (render_fails) {
		done(user, NULL, &why);
		return 0;
	}
	picture.fd = memfd_create("picture", MFD_CLOEXEC);
	assert_int_equal(write(picture.fd, "pixels", 6), 6);
	done(user, &picture, NULL);
	assert_int_equal(picture.fd, -1); /* taken */
	return 0;
}

int file_put_submit(const struct view *view, const struct file_put *put,
		    file_put_done *done, void *user, struct err *err)
{
	static struct file file;
	struct err refused;
	(void)view, (void)err;
	last_put = *put;
	file = (struct file){.size = store_sink_size(put->sink)};
	if (put->if_exists == FILE_REFUSE) {
		err_set(&refused, ERR_EXISTS, "exists");
		done(user, NULL, &refused);
	} else {
		done(user, &file, NULL);
	}
	return 0;
}

/* The transport and the application, in one. */
static unsigned resumed;

void request_resume(struct request *rq)
{
	(void)rq;
	resumed++;
}

void request_resume_told(struct request *rq)
{
	request_resume(rq);
}

int64_t request_guest(const struct request *rq, int64_t account_id)
{
	(void)rq;
	return -account_id;
}

int request_recheck_key(struct request *rq, struct err *err)
{
	(void)rq, (void)err;
	return 0;
}

static int reply(struct request *rq, const struct file *file, struct err *err)
{
	(void)rq, (void)err;
	return file ? 0 : -1;
}

/* What comes of an upload that does not have to wait for a worker. */
static int store(struct request *rq, const struct file_put *put,
		 struct err *err)
{
	bool on_loop = rq->on_loop;
	resumed = 0;
	int result = upload_store(rq, put, reply, err);
	for (unsigned waits = 1; result == HANDLE_PENDING; waits++) {
		assert_int_equal(resumed, waits);
		rq->on_loop = true;
		result = rq->resume(rq, err);
	}
	rq->on_loop = on_loop;
	return result;
}

/* Of a dialect this has all that an upload asks. */
static const struct dialect dialect = {.kind = DIALECT_STASHFYLE};

struct world {
	struct http_exchange x;
	struct services services;
	struct intake intake;
	struct request rq;
	struct err err;
};

static void set_limit(struct world *w, uint64_t bytes)
{
	w->services.limits[dialect.kind].max_bytes = bytes;
}

static int begin(void **state)
{
	static struct world world;
	struct world *w = &world;
	memset(w, 0, sizeof(*w));
	slow_full = fetch_fails = false;
	inspect_fails = cannot_ask = render_fails = ERR_NONE;
	inspected = 0;
	arena_init(&w->x.arena);
	w->services.renderers = (struct renderers *)w; /* only passed on */
	w->rq.x = &w->x;
	w->rq.services = &w->services;
	w->rq.dialect = &dialect;
	set_limit(w, 6);
	w->rq.intake = &w->intake;
	*state = w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;
	store_sink_free(w->intake.file);
	arena_release(&w->x.arena);
	return 0;
}

static struct store_sink *sink_of(struct str bytes)
{
	struct err err;
	struct store_sink *sink = store_sink_new(fixture.store, 1 << 20);
	assert_int_equal(store_sink_write(sink, bytes.p, bytes.n, &err), 0);
	return sink;
}

static void a_fetched_file_takes_the_place_of_the_body(void **state)
{
	struct world *w = *state;
	struct fetch_result result;
	w->intake.file = sink_of(STR("url=..."));
	assert_int_equal(
		upload_fetch(&w->rq, STR("http://a/r"), &result, &w->err), 0);
	assert_str(store_sink_bytes(w->intake.file), STR("remote"));
	assert_str(result.name, STR("r"));
	assert_false(slow_inside);
}

static void a_failed_fetch_leaves_the_body_and_the_slow_part(void **state)
{
	struct world *w = *state;
	static const struct {
		bool full, fails;
		uint64_t limit;
		enum err_code code;
	} rows[] = {
		{true, false, 6, ERR_BUSY},
		{false, true, 6, ERR_FETCH},
		{false, false, 5, ERR_TOO_LARGE},
	};
	w->intake.file = sink_of(STR("body"));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fetch_result result;
		slow_full = rows[i].full;
		fetch_fails = rows[i].fails;
		set_limit(w, rows[i].limit);
		assert_int_equal(upload_fetch(&w->rq, STR("http://a/r"),
					      &result, &w->err),
				 -1);
		assert_int_equal(w->err.code, rows[i].code);
		assert_str(store_sink_bytes(w->intake.file), STR("body"));
		assert_false(slow_inside);
	}
}

static void types_are_trusted_in_the_order_of_the_dialect(void **state)
{
	struct world *w = *state;
	char longest[FILE_TYPE_MAX + 2] = "text/";
	memset(longest + 5, 'x', FILE_TYPE_MAX - 4);
	const struct {
		struct str bytes;
		const char *declared, *name;
		bool trust;
		const char *type;
	} rows[] = {
		{STR(PNG), "text/plain", "a.gif", false, "image/png"},
		{STR(PNG), "text/plain", "a.gif", true, "text/plain"},
		{STR(PNG), "application/octet-stream", "a.gif", true,
		 "image/png"},
		{STR(PNG), NULL, "a.gif", true, "image/png"},
		{STR(ODD), "text/x", "a.gif", false, "text/x"},
		{STR(ODD), NULL, "a.gif", false, "image/gif"},
		{STR(ODD), "bad", "a.gif", true, "image/gif"},
		{STR(ODD), longest, "a.gif", true, "image/gif"},
		{STR("hello, world\n"), NULL, "a", false, "text/plain"},
		{STR(""), NULL, NULL, false, NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str type;
		w->intake.file = sink_of(rows[i].bytes);
		const struct upload_hints hints = {str_of(rows[i].declared),
						   str_of(rows[i].name),
						   rows[i].trust};
		assert_int_equal(upload_type(&w->rq, &hints, &type), 0);
		store_sink_free(w->intake.file);
		w->intake.file = NULL;
		if (rows[i].type)
			assert_str(type, str_of(rows[i].type));
		else
			assert_true(type.n > 0);
	}
}

static void only_images_of_unknown_size_are_measured(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *type;
		uint32_t known;
		enum err_code fails;
		unsigned inspected;
		uint32_t width, height;
	} rows[] = {
		{"image/png", 0, ERR_NONE, 1, 3, 4},
		{"image/png", 0, ERR_INVALID, 1, 0, 0},
		{"image/png", 0, ERR_TIMEOUT, 1, 0, 0},
		{"image/png", 0, ERR_INTERNAL, 1, 0, 0},
		{"image/png", 9, ERR_NONE, 0, 9, 9},
		{"text/plain", 0, ERR_NONE, 0, 0, 0},
	};
	w->intake.file = sink_of(STR(PNG));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct file_put put = {
			.type = str_of(rows[i].type),
			.if_exists = FILE_REPLACE,
			.width = rows[i].known,
			.height = rows[i].known,
		};
		inspected = 0;
		inspect_fails = rows[i].fails;
		assert_int_equal(store(&w->rq, &put, &w->err), 0);
		assert_int_equal(inspected, rows[i].inspected);
		assert_ptr_equal(last_put.sink, w->intake.file);
		assert_int_equal(last_put.width, rows[i].width);
		assert_int_equal(last_put.height, rows[i].height);
	}
	w->services.renderers = NULL;
	inspected = 0;
	struct file_put put = {.type = STR("image/png"),
			       .if_exists = FILE_REFUSE};
	assert_int_equal(store(&w->rq, &put, &w->err), -1);
	assert_int_equal(w->err.code, ERR_EXISTS);
	assert_int_equal(inspected, 0);
}

static void image_that_nobody_has_time_for_is_refused(void **state)
{
	struct world *w = *state;
	const struct file_put put = {.type = STR("image/png"),
				     .if_exists = FILE_REPLACE};
	w->intake.file = sink_of(STR(PNG));
	last_put = (struct file_put){0};
	inspect_fails = ERR_BUSY;
	assert_int_equal(store(&w->rq, &put, &w->err), -1);
	assert_int_equal(w->err.code, ERR_BUSY);
	inspect_fails = ERR_NONE;
	cannot_ask = ERR_BUSY;
	assert_int_equal(store(&w->rq, &put, &w->err), -1);
	assert_int_equal(w->err.code, ERR_BUSY);
	assert_null(last_put.sink);
	/* not for other reasons: those do not pass */
	cannot_ask = ERR_INTERNAL;
	assert_int_equal(store(&w->rq, &put, &w->err), 0);
	assert_ptr_equal(last_put.sink, w->intake.file);
}

static void what_would_block_the_loop_is_left_to_a_worker(void **state)
{
	struct world *w = *state;
	struct str type;
	struct fetch_result fetched;
	struct file_put image = {.type = STR("image/png"),
				 .if_exists = FILE_REPLACE};
	struct file_put text = {.type = STR("text/plain"),
				.if_exists = FILE_REPLACE};
	w->intake.file = sink_of(STR("just text"));
	w->rq.on_loop = true;
	assert_int_equal(store(&w->rq, &text, &w->err), 0);
	/* what waits for a renderer does so without blocking */
	assert_int_equal(store(&w->rq, &image, &w->err), 0);
	const struct upload_hints hints = {.name = STR("noextension")};
	assert_int_equal(upload_type(&w->rq, &hints, &type), 0);
	assert_str(type, STR("text/plain"));
	store_sink_free(w->intake.file);
	/* libmagic has to be asked, with expressions */
	w->intake.file = sink_of(STR("P2\n2 2\n255\n0 1\n2 3\n"));
	assert_int_equal(upload_type(&w->rq, &hints, &type), HANDLE_LATER);
	assert_int_equal(
		upload_fetch(&w->rq, STR("http://x/"), &fetched, &w->err),
		HANDLE_LATER);
	/* a file is made durable first, before or after it is looked at */
	store_sink_free(w->intake.file);
	w->intake.file = sink_of(STR(PNG));
	g_autofree char *more = g_malloc0(100 * KIB);
	assert_int_equal(
		store_sink_write(w->intake.file, more, 100 * KIB, &w->err), 0);
	assert_int_equal(store(&w->rq, &text, &w->err), HANDLE_LATER);
	inspected = 0;
	assert_int_equal(store(&w->rq, &image, &w->err), HANDLE_LATER);
	assert_int_equal(inspected, 1);
	/* and then goes on where it was */
	w->rq.on_loop = false;
	assert_int_equal(w->rq.resume(&w->rq, &w->err), HANDLE_PENDING);
	assert_int_equal(w->rq.resume(&w->rq, &w->err), 0);
	assert_int_equal(inspected, 1);
	assert_int_equal(last_put.width, 3);
}

static void unique_paths_carry_folder_and_id(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *folder;
		const char *before;
	} rows[] = {{NULL, ""}, {"", ""}, {"/", ""}, {"/a/b/", "a/b/"}};
	struct id id = id_new();
	char handle[ID_HANDLE_LEN + 1];
	id_to_handle(&id, handle);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str got = upload_unique_path(
			&w->rq, &id, str_of(rows[i].folder), STR("x y.png"));
		assert_str(got, arena_printf(&w->x.arena, "%s%s_x y.png",
					     rows[i].before, handle));
	}
}

static void base_names_are_the_last_segment_or_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *name, *base;
	} rows[] = {
		{"a.txt", "a.txt"},
		{"b/a.txt", "a.txt"},
		{"C:\\b\\a.txt", "a.txt"},
		{"a\\b/c", "c"},
		{"a/b\\c", "c"},
		{"", ""},
		{NULL, ""},
		{".", ""},
		{"..", ""},
		{"a/..", ""},
		{"a/", ""},
		{"/", ""},
		{"...", "..."},
		{".hidden", ".hidden"},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_str(upload_base_name(str_of(rows[i].name)),
			   str_of(rows[i].base));
}

/* What is stored though nobody has sent it. */

static int take(struct world *w, struct str text, bool base64)
{
	const struct upload_bytes bytes = {
		.fd = -1, .bytes = text, .size = text.n, .base64 = base64};
	return upload_take(&w->rq, &bytes, &w->err);
}

static void bytes_take_the_place_of_a_body(void **state)
{
	struct world *w = *state;
	assert_int_equal(take(w, STR("123456"), false), 0);
	assert_str(store_sink_bytes(w->intake.file), STR("123456"));
	assert_int_equal(take(w, STR("MTIz"), true), 0);
	assert_str(store_sink_bytes(w->intake.file), STR("123"));
	assert_int_equal(take(w, STR(""), true), 0);
	assert_int_equal(store_sink_size(w->intake.file), 0);
	w->rq.on_loop = true;
	assert_int_equal(take(w, STR("1"), false), HANDLE_LATER);
}

static void bytes_that_cannot_be_taken_leave_the_body(void **state)
{
	static const struct {
		struct str text;
		bool base64;
		enum err_code code;
	} rows[] = {
		{{"1234567", 7}, false, ERR_TOO_LARGE},
		{{"MTIzNDU2Nzg=", 12}, true, ERR_TOO_LARGE},
		{{"a b!", 4}, true, ERR_INVALID},
		{{"MTIzN", 5}, true, ERR_INVALID},
	};
	struct world *w = *state;
	struct store_sink *body = sink_of(STR("body"));
	w->intake.file = body;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(take(w, rows[i].text, rows[i].base64), -1);
		assert_int_equal(w->err.code, rows[i].code);
		assert_ptr_equal(w->intake.file, body);
	}
}

/* Much of it is as slow as what comes from another host. */
static void much_is_copied_among_what_is_slow(void **state)
{
	struct world *w = *state;
	g_autofree char *much = g_malloc0(17u << 20);
	const struct str text = {much, 17u << 20};
	slow_full = true;
	assert_int_equal(take(w, text, false), -1);
	assert_int_equal(w->err.code, ERR_BUSY);
	assert_int_equal(take(w, STR("12"), false), 0);
	slow_full = false;
	assert_int_equal(take(w, text, false), -1);
	assert_int_equal(w->err.code, ERR_TOO_LARGE);
	assert_false(slow_inside);
}

static void who_has_gone_has_nothing_copied(void **state)
{
	struct world *w = *state;
	w->x.left_us = 1;
	assert_int_equal(take(w, STR("123"), false), -1);
	assert_int_equal(w->err.code, ERR_BUSY);
	w->x.left_us = INT64_MAX;
	assert_int_equal(take(w, STR("123"), false), 0);
}

static unsigned went_on;

static int go_on(struct request *rq, void *user, struct err *err)
{
	(void)err;
	assert_ptr_equal(user, &went_on);
	assert_str(store_sink_bytes(rq->intake->file), STR("pixels"));
	went_on++;
	return 0;
}

static int make_picture(struct world *w, struct upload_making *making)
{
	static const struct image_content content = {-1, {"x", 1}};
	static const struct account account;
	w->rq.account = &account;
	*making = (struct upload_making){
		.plan = STR("a plan"),
		.contents = &content,
		.n_contents = 1,
		.next = go_on,
		.user = &went_on,
	};
	resumed = went_on = 0;
	assert_int_equal(upload_make(&w->rq, making, &w->err), HANDLE_PENDING);
	assert_int_equal(resumed, 1);
	return w->rq.resume(&w->rq, &w->err);
}

static void a_picture_is_made_to_be_stored(void **state)
{
	struct world *w = *state;
	struct upload_making making;
	w->rq.on_loop = true;
	assert_int_equal(make_picture(w, &making), HANDLE_LATER);
	w->rq.on_loop = false;
	assert_int_equal(w->rq.resume(&w->rq, &w->err), 0);
	assert_int_equal(went_on, 1);
	assert_str(making.type, STR("image/webp"));
}

static void a_picture_that_takes_too_long_is_told(void **state)
{
	struct world *w = *state;
	struct upload_making making;
	render_fails = ERR_TIMEOUT;
	assert_int_equal(make_picture(w, &making), -1);
	assert_int_equal(w->err.code, ERR_TIMEOUT);
	render_fails = ERR_INVALID;
	assert_int_equal(make_picture(w, &making), -1);
	assert_int_equal(w->err.code, ERR_INVALID);
	assert_int_equal(went_on, 0);
}

static int open_store(void **state)
{
	struct err err;
	(void)state;
	int result = sniff_init(&err);
	start(&fixture, LOCAL, 64 * KIB);
	return result;
}

static int close_store(void **state)
{
	(void)state;
	stop(&fixture);
	sniff_release();
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_fetched_file_takes_the_place_of_the_body),
		TEST(a_failed_fetch_leaves_the_body_and_the_slow_part),
		TEST(types_are_trusted_in_the_order_of_the_dialect),
		TEST(what_would_block_the_loop_is_left_to_a_worker),
		TEST(only_images_of_unknown_size_are_measured),
		TEST(image_that_nobody_has_time_for_is_refused),
		TEST(unique_paths_carry_folder_and_id),
		TEST(base_names_are_the_last_segment_or_nothing),
		TEST(bytes_take_the_place_of_a_body),
		TEST(bytes_that_cannot_be_taken_leave_the_body),
		TEST(much_is_copied_among_what_is_slow),
		TEST(who_has_gone_has_nothing_copied),
		TEST(a_picture_is_made_to_be_stored),
		TEST(a_picture_that_takes_too_long_is_told),
	};
	return cmocka_run_group_tests(tests, open_store, close_store);
}
