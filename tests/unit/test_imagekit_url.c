/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery URLs: which files they may mean, and which transformations.
 */
#include "api/imagekit/delivery/grammar/url.h"
#include "unit.h"

/* Readings as "PATH", "PATH <STEPS>", "PATH (thumbnail)", joined by " | ". */
static struct str describe(struct arena *arena, const struct imagekit_url *url)
{
	static const char *const suffixes[] = {"", " (thumbnail)", " (video)"};
	struct str all = STR("");
	for (unsigned i = 0; i < url->n; i++) {
		const struct imagekit_reading *one = &url->readings[i];
		all = arena_printf(arena, "%.*s%s%.*s%s%.*s%s%s", STR_ARG(all),
				   i ? " | " : "", STR_ARG(one->path),
				   one->steps.p ? " <" : "",
				   STR_ARG(one->steps), one->steps.p ? ">" : "",
				   suffixes[one->suffix]);
	}
	return all;
}

static const struct {
	const char *path, *readings;
} paths[] = {
	{"a.jpg", "a.jpg"},
	{"/folder/a.jpg/", "folder/a.jpg"},
	{"folder//a.jpg", "folder//a.jpg"},
	{"my%20file%2Fa.jpg", "my file/a.jpg"},
	{"%zz", "%zz"},
	{"", ""},
	/* any segment */
	{"tr:w-300/a.jpg", "a.jpg <w-300>"},
	{"tr:w-300/folder/a.jpg", "folder/a.jpg <w-300>"},
	{"folder/tr:w-300/a.jpg", "folder/a.jpg <w-300>"},
	{"folder/a.jpg/tr:w-300",
	 "folder/a.jpg <w-300> | folder/a.jpg/tr:w-300"},
	{"tr%3Aw-300%2Ch-5/a.jpg", "a.jpg <w-300%2Ch-5>"},
	{"folder/tr%3aw-300/a.jpg", "folder/a.jpg <w-300>"},
	{"folder/tr:f-auto//folder/a.jpg", "folder/folder/a.jpg <f-auto>"},
	{"folder//tr:f-auto/a.jpg", "folder/a.jpg <f-auto>"},
	{"tr:/a.jpg", "a.jpg <>"},
	{"tr:w-1/tr:h-1/a.jpg", "tr:h-1/a.jpg <w-1> | a.jpg <w-1:h-1>"},
	{"tr:w-1/f/tr:h-1/tr:bl-3/a.jpg",
	 "f/tr:h-1/tr:bl-3/a.jpg <w-1> | f/a.jpg <w-1:h-1:bl-3>"},
	{"tr:w-1/a.jpg/tr:h-1", "a.jpg/tr:h-1 <w-1> | a.jpg <w-1:h-1>"},
	{"tr:w-1/tr:h-1", "tr:h-1 <w-1>"},
	{"tr:w-1/2021-07-06T19:28:15.962Z-a.jpg",
	 "2021-07-06T19:28:15.962Z-a.jpg <w-1>"},
	{"tr:w-1/https://example.com/a.jpg", "https://example.com/a.jpg <w-1>"},
	/* names that look like it */
	{"tr:w-10.txt", "tr:w-10.txt"},
	{"TR:w-300/a.jpg", "TR:w-300/a.jpg"},
	{"xtr:w-300/a.jpg", "xtr:w-300/a.jpg"},
	/* slashes of a layer's path */
	{"tr:h-300,l-image,i-/path/to/o.jpg,w-1,l-end/a.jpg",
	 "a.jpg <h-300,l-image,i-/path/to/o.jpg,w-1,l-end>"},
	{"tr:l-image,i-p/o.jpg,l-text,i-x,l-end,l-end:w-1/a.jpg",
	 "a.jpg <l-image,i-p/o.jpg,l-text,i-x,l-end,l-end:w-1>"},
	{"tr:l-image%2Ci-p/o.jpg%2Cl-end/f/a.jpg",
	 "f/a.jpg <l-image%2Ci-p/o.jpg%2Cl-end>"},
	{"tr:w-6:l-text,i-x/a.jpg", "a.jpg <w-6:l-text,i-x>"},
	{"f/tr:l-image,i-p/o.jpg,l-end/a.jpg",
	 "f/a.jpg <l-image,i-p/o.jpg,l-end>"},
	/* names for search engines */
	{"ik-seo/folder/photo/name.jpg",
	 "folder/photo.jpg | folder/photo | folder/photo/name.jpg |"
	 " ik-seo/folder/photo/name.jpg"},
	{"tr:h-3/ik-seo/photo/name.jpg",
	 "photo.jpg <h-3> | photo <h-3> | photo/name.jpg <h-3> |"
	 " ik-seo/photo/name.jpg <h-3>"},
	{"ik-seo/tr:h-3/photo/name.jpeg",
	 "photo.jpeg <h-3> | photo <h-3> | photo/name.jpeg <h-3> |"
	 " ik-seo/photo/name.jpeg <h-3>"},
	{"ik-seo/folder/tr:n-x/ID/title.jpg",
	 "folder/ID.jpg <n-x> | folder/ID <n-x> | folder/ID/title.jpg <n-x> |"
	 " ik-seo/folder/ID/title.jpg <n-x>"},
	{"ik-seo/photo/name", "photo | photo/name | ik-seo/photo/name"},
	{"ik-seo/name.jpg", "name.jpg | ik-seo/name.jpg"},
	{"ik-seo", "ik-seo"},
	/* suffixes */
	{"a.pdf/ik-thumbnail.jpg",
	 "a.pdf (thumbnail) | a.pdf/ik-thumbnail.jpg"},
	{"tr:w-1/a.mp4/ik-thumbnail.jpg",
	 "a.mp4 <w-1> (thumbnail) | a.mp4/ik-thumbnail.jpg <w-1>"},
	{"a.mp4/tr:w-1/ik-thumbnail.jpg",
	 "a.mp4 <w-1> (thumbnail) | a.mp4/ik-thumbnail.jpg <w-1>"},
	{"a.mp4/ik-master.m3u8", "a.mp4 (video) | a.mp4/ik-master.m3u8"},
	{"a.mp4/ik-master.mpd", "a.mp4 (video) | a.mp4/ik-master.mpd"},
	{"a.mp4/ik-gif-video.mp4", "a.mp4 (video) | a.mp4/ik-gif-video.mp4"},
	{"a.mp4/ik-video.mp4", "a.mp4 (video) | a.mp4/ik-video.mp4"},
	{"a.mp4/ik-gensubtitle.vtt",
	 "a.mp4 (video) | a.mp4/ik-gensubtitle.vtt"},
	{"a.mp4/ik-gensubtitle.transcript",
	 "a.mp4 (video) | a.mp4/ik-gensubtitle.transcript"},
	{"a.mp4/ik-genchapter.vtt", "a.mp4 (video) | a.mp4/ik-genchapter.vtt"},
	{"ik-thumbnail.jpg", "ik-thumbnail.jpg"},
};

static void a_path_has_its_readings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct arena arena;
		struct imagekit_url url;
		arena_init(&arena);
		imagekit_url_read(&arena, str_of(paths[i].path), STR_NONE,
				  &url);
		assert_str(describe(&arena, &url), str_of(paths[i].readings));
		arena_release(&arena);
	}
}

/* Each of which costs a look at all of the path. */
static void few_chained_transformations_are_looked_for(void **state)
{
	(void)state;
	static const char *const segments[] = {"tr:w-1/", "tr:l-text/"};
	for (size_t i = 0; i < COUNT(segments); i++) {
		struct arena arena;
		struct imagekit_url url;
		GString *path = g_string_new(NULL);
		while (path->len < 7000)
			g_string_append(path, segments[i]);
		g_string_append(path, "a.jpg");
		arena_init(&arena);
		imagekit_url_read(&arena, str_of(path->str), STR_NONE, &url);
		assert_int_equal(url.n, 2);
		assert_true(str_starts(url.readings[1].path, STR("tr:")));
		assert_true(url.readings[1].steps.n < 200);
		arena_release(&arena);
		g_string_free(path, TRUE);
	}
}

static void the_last_transformation_of_a_query_counts(void **state)
{
	(void)state;
	static const struct {
		const char *query, *steps;
	} rows[] = {
		{NULL, NULL},
		{"", NULL},
		{"v=1&updatedAt=2", NULL},
		{"tr=w-1", "w-1"},
		{"tr=", ""},
		{"tr", NULL},
		{"v=1&tr=w-1&x=y", "w-1"},
		{"tr=w-1&tr=e-bgremove", "e-bgremove"},
		{"v=1?tr=w-1", "w-1"},
		{"v=1?tr=w-1&v=2", "w-1"},
		{"tr=w-1?tr=w-2", "w-2"},
		{"v=1&amp;tr=w-1", "w-1"},
		{"amp;tr=w-1", "w-1"},
		{"tr=l-text,i-Why?,l-end", "l-text,i-Why?,l-end"},
		{"tr=h-3%2Cw-4%3Art-90", "h-3%2Cw-4%3Art-90"},
		{"extr=w-1", NULL},
		{"tr=tr:n-a", "n-a"},
		{"tr=tr%3Aw-1,h-1", "w-1,h-1"},
		{"tr=tr", "tr"},
		{"token=a/ik-master.m3u8?tr=sr-240", "sr-240"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct imagekit_url url;
		arena_init(&arena);
		imagekit_url_read(&arena, STR("a.jpg"), str_of(rows[i].query),
				  &url);
		assert_str(url.query, str_of(rows[i].steps));
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_has_its_readings),
		cmocka_unit_test(few_chained_transformations_are_looked_for),
		cmocka_unit_test(the_last_transformation_of_a_query_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
