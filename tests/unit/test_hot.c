/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hot cache over a library that the test has in its hands:
 * src/deliver/hot.h. Over the real one: test_hot_library.c.
 */
#include "deliver/hot.h"
#include "fake_library.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/metrics.h"

static struct library library;
static struct hot *hot;
static struct err err;

static const struct hot_options large = {
	.max_bytes = 64u << 20,
	.max_entries = 4096,
};

static void begin_with(const struct hot_options *options)
{
	library = (struct library){.n = 0};
	g_mutex_init(&library.mutex);
	hot = hot_new(&library, options);
}

static int begin(void **state)
{
	(void)state;
	begin_with(&large);
	return 0;
}

static int end(void **state)
{
	(void)state;
	hot_free(hot);
	assert_null(library.on_change);
	return 0;
}

static bool has_id(const struct file *file)
{
	struct hot_entry *entry = hot_find_id(hot, &file->id);
	hot_unref(entry);
	return entry != NULL;
}

static bool has_path(const struct file *file)
{
	struct hot_entry *entry =
		hot_find_path(hot, file->account_id, file->path);
	hot_unref(entry);
	return entry != NULL;
}

static void load(const struct file *file)
{
	struct hot_entry *entry;
	assert_int_equal(hot_load_id(hot, &file->id, &entry, &err), 1);
	hot_unref(entry);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void what_was_loaded_is_found_by_id_and_by_path(void **state)
{
	(void)state;
	struct file *file = fake_add(&library, "a/b.txt", "hello");
	struct hot_entry *loaded, *by_id, *by_path;
	int64_t hits = metric_get(METRIC_HOT_HITS);
	int64_t misses = metric_get(METRIC_HOT_MISSES);
	assert_null(hot_find_id(hot, &file->id));
	assert_null(hot_find_path(hot, 1, file->path));
	assert_int_equal(hot_load_path(hot, 1, file->path, &loaded, &err), 1);
	by_id = hot_find_id(hot, &file->id);
	by_path = hot_find_path(hot, 1, file->path);
	assert_ptr_equal(by_id, loaded);
	assert_ptr_equal(by_path, loaded);
	hot_unref(by_path);
	assert_int_equal(hot_load_id(hot, &file->id, &by_path, &err), 1);
	assert_ptr_equal(by_path, loaded);
	assert_int_equal(library.reads, 1);
	assert_int_equal(metric_get(METRIC_HOT_HITS), hits + 3);
	assert_int_equal(metric_get(METRIC_HOT_MISSES), misses + 1);
	hot_unref(loaded);
	hot_unref(by_id);
	hot_unref(by_path);
}

static void an_entry_has_the_whole_row_and_ready_made_fields(void **state)
{
	(void)state;
	struct file *file = fake_add(&library, "a.txt", "hello");
	struct hot_entry *entry;
	file->tags = STR("[\"t\"]");
	file->width = 7;
	assert_int_equal(hot_load_id(hot, &file->id, &entry, &err), 1);
	assert_int_equal(entry->content.fd, -1);
	assert_int_equal(entry->file.width, 7);
	assert_str(entry->file.path, STR("a.txt"));
	assert_str(entry->file.folder, STR(""));
	assert_str(entry->file.tags, STR("[\"t\"]"));
	assert_str(entry->file.provider, STR_NONE);
	assert_str(entry->file.bytes, STR("hello"));
	assert_int_equal(entry->content.size, 5);
	assert_str(entry->content.bytes, STR("hello"));
	assert_int_equal(entry->content.modified_s, 1700000000);
	assert_str(entry->content.etag,
		   STR("\"b5e9c1ad071b3e7fc779cfaa5e523818\""));
	assert_str(entry->content.fields,
		   STR("ETag: \"b5e9c1ad071b3e7fc779cfaa5e523818\"\r\n"
		       "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
		       "Accept-Ranges: bytes\r\n"
		       "X-Content-Type-Options: nosniff\r\n"
		       "Content-Type: text/plain\r\n"));
	assert_true(str_starts(
		str_skip(entry->content.fields, entry->content.common),
		STR("Content-Type: ")));
	hot_unref(entry);
}

static void absent_files_and_failures_are_told_and_not_kept(void **state)
{
	(void)state;
	struct hot_entry *entry;
	struct id id = fake_id(1);
	assert_int_equal(hot_load_id(hot, &id, &entry, &err), 0);
	assert_int_equal(hot_load_path(hot, 1, STR("a"), &entry, &err), 0);
	library.fails = true;
	assert_int_equal(hot_load_id(hot, &id, &entry, &err), -1);
	assert_int_equal(err.code, ERR_INTERNAL);
	assert_int_equal(hot_load_path(hot, 1, STR("a"), &entry, &err), -1);
	library.fails = false;
	struct file *file = fake_add(&library, "a", "x");
	load(file);
	assert_true(has_path(file));
}

static void who_only_looks_reads_no_content_and_keeps_nothing(void **state)
{
	(void)state;
	const struct file *file = fake_add(&library, "a.txt", "hello");
	struct file *stored = fake_add(&library, "b.txt", "hello");
	struct hot_entry *entry;
	stored->is_inline = false;
	stored->bytes = STR_NONE;
	assert_int_equal(hot_look_id(hot, &file->id, &entry, &err), 1);
	assert_str(entry->file.path, STR("a.txt"));
	assert_int_equal(entry->content.size, 5);
	assert_null(entry->content.bytes.p);
	hot_unref(entry);
	assert_int_equal(hot_look_path(hot, 1, stored->path, &entry, &err), 1);
	assert_int_equal(entry->content.fd, -1);
	assert_null(entry->content.bytes.p);
	hot_unref(entry);
	assert_false(has_id(file) || has_path(stored));
	load(file);
	load(stored);
	assert_int_equal(hot_look_id(hot, &stored->id, &entry, &err), 1);
	assert_true(entry->content.fd >= 0);
	hot_unref(entry);
	assert_int_equal(library.reads, 4);
	assert_int_equal(hot_look_path(hot, 2, file->path, &entry, &err), 0);
	library.fails = true;
	assert_int_equal(hot_look_id(hot, &(struct id){{1}}, &entry, &err), -1);
}

static void a_path_belongs_to_its_account(void **state)
{
	(void)state;
	struct file *one = fake_add(&library, "a", "1");
	struct file *two = fake_add(&library, "a", "2");
	struct hot_entry *entry;
	two->account_id = 2;
	load(one);
	assert_null(hot_find_path(hot, 2, STR("a")));
	assert_null(hot_find_path(hot, 3, STR("a")));
	load(two);
	entry = hot_find_path(hot, 1, STR("a"));
	assert_str(entry->file.bytes, STR("1"));
	hot_unref(entry);
	entry = hot_find_path(hot, 2, STR("a"));
	assert_str(entry->file.bytes, STR("2"));
	hot_unref(entry);
}

static void an_expired_file_is_not_found(void **state)
{
	(void)state;
	struct file *later = fake_add(&library, "later", "");
	struct file *soon = fake_add(&library, "soon", "");
	later->expires_ms = now_ms() + 3600 * 1000;
	soon->expires_ms = now_ms() + 20;
	load(later);
	load(soon);
	while (now_ms() < soon->expires_ms)
		g_usleep(1000);
	assert_true(has_id(later));
	assert_true(has_path(later));
	assert_false(has_id(soon));
	assert_false(has_path(soon));
}

static void a_change_drops_the_entry_but_not_from_who_holds_it(void **state)
{
	(void)state;
	struct file *file = fake_add(&library, "a", "old");
	struct file *other = fake_add(&library, "b", "other");
	struct hot_entry *held, *fresh;
	load(other);
	assert_int_equal(hot_load_id(hot, &file->id, &held, &err), 1);
	file->bytes = STR("new");
	fake_change(&library, &file->id);
	assert_false(has_id(file));
	assert_false(has_path(file));
	assert_true(has_id(other));
	assert_str(held->file.bytes, STR("old"));
	assert_int_equal(hot_load_path(hot, 1, file->path, &fresh, &err), 1);
	assert_str(fresh->file.bytes, STR("new"));
	assert_true(has_id(file));
	hot_unref(held);
	hot_unref(fresh);
}

static void change_first(struct library *changed)
{
	changed->files[0].bytes = STR("new");
	fake_change(changed, &changed->files[0].id);
}

static void a_row_read_before_a_change_is_not_kept_after_it(void **state)
{
	(void)state;
	struct file *file = fake_add(&library, "a", "old");
	for (int by_path = 0; by_path < 2; by_path++) {
		struct hot_entry *entry;
		file->bytes = STR("old");
		library.after_read = change_first;
		int found = by_path ? hot_load_path(hot, 1, file->path, &entry,
						    &err)
				    : hot_load_id(hot, &file->id, &entry, &err);
		assert_int_equal(found, 1);
		assert_str(entry->file.bytes, STR("old"));
		hot_unref(entry);
		assert_false(has_id(file));
		assert_false(has_path(file));
	}
	load(file);
	assert_true(has_id(file));
}

static void a_change_of_another_file_does_not_keep_a_row_out(void **state)
{
	(void)state;
	fake_add(&library, "a", "");
	struct file *file = fake_add(&library, "b", "");
	library.after_read = change_first;
	load(file);
	assert_true(has_id(file));
}

static void load_first(struct library *loaded)
{
	load(&loaded->files[0]);
}

static void a_file_loaded_twice_at_once_is_kept_once(void **state)
{
	(void)state;
	static const struct hot_options options = {.max_bytes = 1 << 20,
						   .max_entries = 1};
	begin_with(&options);
	struct file *file = fake_add(&library, "a", "");
	library.after_read = load_first;
	load(file);
	assert_true(has_id(file));
	assert_true(has_path(file));
	fake_change(&library, &file->id);
	assert_false(has_id(file));
	assert_false(has_path(file));
	end(NULL);
}

static void a_file_too_large_to_keep_costs_no_other_its_place(void **state)
{
	(void)state;
	static const struct hot_options options = {.max_bytes = 8000,
						   .max_entries = 100};
	g_autofree char *much = g_strnfill(9000, 'x');
	begin_with(&options);
	struct file *small = fake_add(&library, "small", "");
	struct file *large_file = fake_add(&library, "large", much);
	load(small);
	load(large_file);
	assert_true(has_id(small));
	assert_false(has_id(large_file));
	end(NULL);
}

static void a_moved_file_leaves_its_old_path(void **state)
{
	(void)state;
	struct file *file = fake_add(&library, "from", "");
	load(file);
	file->path = STR("to");
	fake_change(&library, &file->id);
	assert_null(hot_find_path(hot, 1, STR("from")));
	load(file);
	assert_true(has_path(file));
	assert_null(hot_find_path(hot, 1, STR("from")));
}

static void a_path_that_was_taken_over_stays_with_the_new_file(void **state)
{
	(void)state;
	struct file *old = fake_add(&library, "a", "old");
	struct file *new = fake_add(&library, "a", "new");
	struct hot_entry *entry;
	load(old);
	load(new);
	entry = hot_find_path(hot, 1, STR("a"));
	assert_str(entry->file.bytes, STR("new"));
	hot_unref(entry);
	fake_change(&library, &old->id);
	assert_false(has_id(old));
	assert_true(has_path(new));
}

static size_t count_found(size_t from, size_t to)
{
	size_t n = 0;
	for (size_t i = from; i < to; i++) {
		assert_int_equal(has_id(&library.files[i]),
				 has_path(&library.files[i]));
		n += has_id(&library.files[i]);
	}
	return n;
}

/* Names and contents live until the group ends. */
static void add_many(size_t n, size_t bytes, GPtrArray *texts)
{
	for (size_t i = 0; i < n; i++) {
		char *text = g_strnfill(bytes, 'x');
		char *path = g_strdup_printf("file%zu", i);
		g_ptr_array_add(texts, text);
		g_ptr_array_add(texts, path);
		fake_add(&library, path, text);
	}
}

static void bounds_are_kept_and_what_is_used_stays(void **state)
{
	(void)state;
	static const struct {
		struct hot_options options;
		size_t bytes; /* of each file */
		size_t least, most;
	} rows[] = {
		{{.max_bytes = 1 << 20, .max_entries = 40}, 10, 24, 24},
		{{.max_bytes = 100 * 1000, .max_entries = 4096}, 4096, 18, 22},
		{{.max_bytes = 1 << 20, .max_entries = 1}, 10, 1, 1},
		{{.max_bytes = 5000, .max_entries = 100}, 6000, 0, 0},
		{{.max_bytes = 64u << 20, .max_entries = 4096}, 10, 500, 500},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GPtrArray) texts =
			g_ptr_array_new_with_free_func(g_free);
		begin_with(&rows[i].options);
		add_many(500, rows[i].bytes, texts);
		load(&library.files[0]);
		for (size_t k = 1; k < library.n; k++) {
			hot_unref(hot_find_path(hot, 1, STR("file0")));
			load(&library.files[k]);
		}
		size_t found = count_found(0, library.n);
		assert_in_range(found, rows[i].least, rows[i].most);
		if (rows[i].most > 1)
			assert_true(has_id(&library.files[0]));
		end(NULL);
	}
}

static void descriptors_are_bounded_and_closed_with_their_entry(void **state)
{
	(void)state;
	static const struct hot_options options = {.max_bytes = 1 << 20,
						   .max_entries = 80};
	struct hot_entry *entry, *held;
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	int fds[100];
	begin_with(&options);
	add_many(COUNT(fds), 3, texts);
	for (size_t i = 0; i < COUNT(fds); i++) {
		library.files[i].is_inline = false;
		library.files[i].bytes = STR_NONE;
		assert_int_equal(
			hot_load_id(hot, &library.files[i].id, &entry, &err),
			1);
		fds[i] = entry->content.fd;
		assert_true(is_open(fds[i]));
		assert_str(entry->file.bytes, STR_NONE);
		hot_unref(entry);
	}
	assert_int_equal(count_found(0, COUNT(fds)), 20);
	held = hot_find_id(hot, &library.files[99].id);
	assert_int_equal(held->content.fd, fds[99]);
	fake_change(&library, &held->file.id);
	assert_true(is_open(held->content.fd));
	int fd = held->content.fd;
	hot_unref(held);
	assert_false(is_open(fd));
	held = hot_find_id(hot, &library.files[98].id);
	end(NULL);
	assert_true(is_open(held->content.fd));
	fd = held->content.fd;
	hot_unref(held);
	assert_false(is_open(fd));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(what_was_loaded_is_found_by_id_and_by_path),
		TEST(an_entry_has_the_whole_row_and_ready_made_fields),
		TEST(absent_files_and_failures_are_told_and_not_kept),
		TEST(who_only_looks_reads_no_content_and_keeps_nothing),
		TEST(a_path_belongs_to_its_account),
		TEST(an_expired_file_is_not_found),
		TEST(a_change_drops_the_entry_but_not_from_who_holds_it),
		TEST(a_row_read_before_a_change_is_not_kept_after_it),
		TEST(a_change_of_another_file_does_not_keep_a_row_out),
		TEST(a_moved_file_leaves_its_old_path),
		TEST(a_path_that_was_taken_over_stays_with_the_new_file),
		cmocka_unit_test(a_file_loaded_twice_at_once_is_kept_once),
		cmocka_unit_test(
			a_file_too_large_to_keep_costs_no_other_its_place),
		cmocka_unit_test(bounds_are_kept_and_what_is_used_stays),
		cmocka_unit_test(
			descriptors_are_bounded_and_closed_with_their_entry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
