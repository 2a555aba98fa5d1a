/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's tasks: what each of them wants, what is refused and in which
 * words, and the sizes that the vendor states.
 */
#include "api/filestack/cdn/grammar/tasks.h"
#include "filestack_plans.h"
#include "filestack_wanted.h"
#include "image/geometry.h"

static int want_tasks(struct arena *arena, const char *tasks,
		      struct cdn_wanted *out, struct err *err)
{
	struct chain chain;
	const struct cdn_transformation in = {
		.chain = &chain,
		.accept = STR("text/html, image/webp;q=0.8, */*"),
	};
	struct str url = arena_printf(arena, "/%s/HANDLE", tasks);
	if (read_chain(arena, url.p, &chain, err) < 0)
		return -1;
	return cdn_grammar(&in, arena, out, err);
}

static void each_task_has_its_plan(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(golden); i++) {
		struct arena arena;
		struct err err;
		struct cdn_wanted wanted;
		arena_init(&arena);
		if (want_tasks(&arena, golden[i].tasks, &wanted, &err) < 0)
			fail_msg("%s: %s", golden[i].tasks, err.text);
		struct str text = describe(&arena, &wanted);
		if (!str_eq(text, str_of(golden[i].wanted)))
			fail_msg("%s: got %.*s, want %s", golden[i].tasks,
				 STR_ARG(text), golden[i].wanted);
		arena_release(&arena);
	}
}

/* A task of the table that nothing makes would be a call through NULL. */
static void each_task_of_the_table_is_made_or_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CDN_TASK_COUNT; i++) {
		struct arena arena;
		struct err err = {.code = ERR_NONE};
		struct cdn_wanted wanted;
		arena_init(&arena);
		int result =
			want_tasks(&arena, cdn_tasks[i].name, &wanted, &err);
		if (cdn_tasks[i].group == CDN_REFUSED)
			assert_int_equal(err.code, ERR_UNSUPPORTED);
		else if (result < 0)
			assert_int_equal(err.code, ERR_INVALID);
		arena_release(&arena);
	}
}

static void what_is_wrong_is_said_in_the_vendors_words(void **state)
{
	(void)state;
	static const struct {
		const char *tasks;
		enum err_code code;
		const char *text;
	} rows[] = {
		{"flip/foo=a:1/tags", ERR_INVALID, "unknown task `foo`"},
		{"resize=width:501,heigt:501", ERR_INVALID,
		 "invalid parameter `heigt` for `resize` task"},
		{"resize=w:1,q:1", ERR_INVALID,
		 "invalid parameter `q` for `resize` task"},
		{"flip=a:1", ERR_INVALID,
		 "invalid parameter `a` for `flip` task"},
		{"resize=", ERR_INVALID,
		 "no parameters for `resize` task behind its `=`"},
		{"flip=", ERR_INVALID,
		 "no parameters for `flip` task behind its `=`"},
		{"resize=width:", ERR_INVALID,
		 "invalid value `` of `width` for `resize` task"},
		{"resize=width", ERR_INVALID,
		 "invalid value `` of `width` for `resize` task"},
		{"resize=w:a", ERR_INVALID,
		 "invalid value `a` of `width` for `resize` task"},
		{"resize=w:NaN", ERR_INVALID,
		 "invalid value `NaN` of `width` for `resize` task"},
		{"resize=w:inf", ERR_INVALID,
		 "invalid value `inf` of `width` for `resize` task"},
		{"resize=w:1e3", ERR_INVALID,
		 "invalid value `1e3` of `width` for `resize` task"},
		{"resize=w:0x10", ERR_INVALID,
		 "invalid value `0x10` of `width` for `resize` task"},
		{"resize=w:-5", ERR_INVALID,
		 "invalid value `-5` of `width` for `resize` task"},
		{"resize=w:5,fit:cover", ERR_INVALID,
		 "invalid value `cover` of `fit` for `resize` task"},
		{"resize=w:5,align:[top,bottom]", ERR_INVALID,
		 "invalid value `[top,bottom]` of `align` for `resize` task"},
		{"resize=w:5,align:[top,left,top]", ERR_INVALID,
		 "invalid value `[top,left,top]` of `align` for `resize` task"},
		{"crop=dim:[1,2,3]", ERR_INVALID,
		 "invalid value `[1,2,3]` of `dim` for `crop` task"},
		{"crop=dim:[1,2,3,4,5]", ERR_INVALID,
		 "invalid value `[1,2,3,4,5]` of `dim` for `crop` task"},
		{"crop=dim:[1,2,0,4]", ERR_INVALID,
		 "invalid value `[1,2,0,4]` of `dim` for `crop` task"},
		{"crop=dim:[-1,2,3,4]", ERR_INVALID,
		 "invalid value `[-1,2,3,4]` of `dim` for `crop` task"},
		{"crop=dim:[1,2,[3],4]", ERR_INVALID,
		 "invalid value `[1,2,[3],4]` of `dim` for `crop` task"},
		{"rotate=deg:30,b:nocolor", ERR_INVALID,
		 "invalid value `nocolor` of `background` for `rotate` task"},
		{"rotate=deg:30,b:12345", ERR_INVALID,
		 "invalid value `12345` of `background` for `rotate` task"},
		{"rotate=deg:30,b:gray101", ERR_INVALID,
		 "invalid value `gray101` of `background` for `rotate` task"},
		{"shadow=vector:[1]", ERR_INVALID,
		 "invalid value `[1]` of `vector` for `shadow` task"},
		{"shadow=vector:4", ERR_INVALID,
		 "invalid value `4` of `vector` for `shadow` task"},
		{"torn_edges=spread:[1,x]", ERR_INVALID,
		 "invalid value `[1,x]` of `spread` for `torn_edges` task"},
		{"partial_blur", ERR_INVALID,
		 "`partial_blur` task needs parameter `objects`"},
		{"partial_blur=objects:[1,2,3,4]", ERR_INVALID,
		 "invalid value `[1,2,3,4]` of `objects` for `partial_blur` "
		 "task"},
		{"partial_blur=objects:[[1,2,3]]", ERR_INVALID,
		 "invalid value `[[1,2,3]]` of `objects` for `partial_blur` "
		 "task"},
		{"partial_pixelate=objects:[]", ERR_INVALID,
		 "invalid value `[]` of `objects` for `partial_pixelate` task"},
		{"watermark=size:5", ERR_INVALID,
		 "`watermark` task needs parameter `file`"},
		{"watermark", ERR_INVALID,
		 "`watermark` task needs parameter `file`"},
		{"collage=width:5,height:5", ERR_INVALID,
		 "`collage` task needs parameter `files`"},
		{"collage=files:[A],width:5", ERR_INVALID,
		 "`collage` task needs parameter `height`"},
		{"collage=files:[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,"
		 "19,20,21,22,23,24,25,26,27,28,29,30,31,32],w:9,h:9",
		 ERR_LIMIT, "`collage` task takes at most 31 files"},
		{"fallback=cache:5", ERR_INVALID,
		 "`fallback` task needs parameter `handle`"},
		{"output=format:bmp3", ERR_INVALID,
		 "invalid value `bmp3` of `format` for `output` task"},
		{"output=format:pgm", ERR_INVALID,
		 "invalid value `pgm` of `format` for `output` task"},
		{"tags", ERR_UNSUPPORTED,
		 "`tags` task takes a model, which is not offered here"},
		{"resize=w:5/CAPTION", ERR_UNSUPPORTED,
		 "`caption` task takes a model, which is not offered here"},
		{"resize=w:5/ocr", ERR_UNSUPPORTED,
		 "`ocr` task with others that make a picture is not offered "
		 "here: it reads the source"},
		{"ocr/output=page:2", ERR_UNSUPPORTED,
		 "`ocr` task with others that make a picture is not offered "
		 "here: it reads the source"},
		{"video_convert=preset:mp4", ERR_UNSUPPORTED,
		 "`video_convert` task takes a converter of videos, which is "
		 "not offered here"},
		{"run_workflow=id:10", ERR_UNSUPPORTED,
		 "`run_workflow` task needs workflows, which are not offered "
		 "here"},
		{"qr=version:2", ERR_UNSUPPORTED,
		 "`qr` task is not offered here"},
		{"slide", ERR_UNSUPPORTED,
		 "`slide` task needs a viewer of documents, which is not "
		 "offered here"},
		{"smart_crop=w:5,coords:true", ERR_UNSUPPORTED,
		 "`coords` of `smart_crop` task is not offered here"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct err err;
		struct cdn_wanted wanted;
		arena_init(&arena);
		if (want_tasks(&arena, rows[i].tasks, &wanted, &err) == 0)
			fail_msg("%s is accepted", rows[i].tasks);
		if (err.code != rows[i].code)
			fail_msg("%s: %s", rows[i].tasks,
				 err_code_name(err.code));
		assert_str(str_of(err.text), str_of(rows[i].text));
		arena_release(&arena);
	}
}

static void a_failure_knows_whether_it_was_asked_about(void **state)
{
	(void)state;
	struct arena arena;
	struct err err;
	struct cdn_wanted wanted;
	arena_init(&arena);
	assert_int_equal(want_tasks(&arena, "flip/foo/security=p:P,s:S/debug",
				    &wanted, &err),
			 -1);
	assert_true(wanted.is_debug);
	assert_str(wanted.policy, STR("P"));
	assert_str(wanted.signature, STR("S"));
	arena_release(&arena);
}

/* What the vendor's pages say of sizes, and what follows from it. */
static void sizes_are_the_vendors(void **state)
{
	(void)state;
	static const struct {
		unsigned width, height;
		const char *tasks;
		unsigned becomes_width, becomes_height;
	} rows[] = {
		{640, 865, "resize=w:300,h:300", 222, 300},
		{640, 865, "resize=w:300,h:200,f:clip", 148, 200},
		{640, 865, "resize=w:1280,h:2000,f:clip", 1280, 1730},
		{640, 865, "resize=w:300,h:200,f:crop", 300, 200},
		{640, 865, "resize=w:1300,h:1200,f:crop", 1300, 1200},
		{640, 865, "resize=w:300,h:200,f:scale", 300, 200},
		{640, 865, "resize=w:1300,h:1200,f:scale", 1300, 1200},
		{640, 865, "resize=w:300,h:200,f:max", 148, 200},
		{640, 865, "resize=w:1280,h:2000,f:max", 640, 865},
		{640, 865, "resize=w:320", 320, 433},
		{640, 865, "resize=h:173", 128, 173},
		{640, 865, "resize=w:320,f:crop", 320, 433},
		{640, 865, "resize=w:320,f:scale", 320, 433},
		{640, 865, "resize=w:1280,f:max", 640, 865},
		{640, 865, "resize=w:1280", 1280, 1730},
		{640, 865, "crop=dim:[10,20,200,250]", 200, 250},
		{640, 865, "crop=dim:[600,800,200,250]", 40, 65},
		{640, 865, "rotate=deg:90", 865, 640},
		{640, 865, "rotate=deg:180", 640, 865},
		{640, 865, "rotate=deg:exif", 640, 865},
		{100, 100, "rotate=deg:45", 141, 141},
		{640, 865, "flip/flop", 640, 865},
		{640, 865, "rounded_corners=radius:50", 640, 865},
		{640, 865, "rounded_corners=radius:max", 640, 865},
		{640, 865, "circle", 640, 640},
		{865, 640, "circle", 640, 640},
		{640, 865, "border", 644, 869},
		{640, 865, "border=width:50", 740, 965},
		{640, 865, "border=width:5000", 2640, 2865},
		{640, 865, "upscale", 1280, 1730},
		{640, 865, "upscale=upscale:false", 640, 865},
		{640, 865, "smart_crop=width:30,height:20", 30, 20},
		{640, 865, "crop_faces=w:200,h:200,mode:thumb", 200, 200},
		{640, 865, "crop_faces=w:200,h:200,mode:crop", 200, 200},
		{640, 865, "crop_faces", 320, 320},
		{640, 865, "resize=w:200/rotate=deg:90/crop=dim:[20,20,150,90]",
		 150, 90},
		{640, 865, "border=w:10/resize=w:66", 66, 89},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct err err;
		struct cdn_wanted wanted;
		struct image_extent extent;
		arena_init(&arena);
		if (want_tasks(&arena, rows[i].tasks, &wanted, &err) < 0 ||
		    image_plan_extent(&wanted.plan, rows[i].width,
				      rows[i].height, &extent, &err) < 0)
			fail_msg("%s: %s", rows[i].tasks, err.text);
		if (extent.width != rows[i].becomes_width ||
		    extent.height != rows[i].becomes_height)
			fail_msg("%s: %ux%u", rows[i].tasks, extent.width,
				 extent.height);
		arena_release(&arena);
	}
}

/* The first is the picture itself. */
static void sources_of_a_list_follow_each_other(void **state)
{
	(void)state;
	struct arena arena;
	struct err err;
	struct chain chain;
	struct cdn_wanted wanted;
	const struct cdn_transformation in = {.chain = &chain};
	arena_init(&arena);
	assert_int_equal(
		read_chain(&arena,
			   "/KEY/animate/[A,src://b/c,\"https://e.com/d.png\"]",
			   &chain, &err),
		0);
	assert_int_equal(cdn_grammar(&in, &arena, &wanted, &err), 0);
	assert_str(describe(&arena, &wanted),
		   STR("with(plan={image(path=\"src://b/c\")})|"
		       "with(plan={image(path=\"https://e.com/d.png\")})|"
		       "animate(background=#00000000)|encode(format=gif)"));
	arena_release(&arena);
}

/* Fifty regions, and not one more. */
static void many_regions_are_several_operations(void **state)
{
	(void)state;
	struct arena arena;
	struct err err;
	struct cdn_wanted wanted;
	unsigned n = 0;
	arena_init(&arena);
	struct str list = STR("[9,9,9,9]");
	for (unsigned i = 1; i < 50; i++)
		list = arena_join(&arena, list, STR(",[1,2,3,4]"));
	struct str tasks =
		arena_printf(&arena, "partial_blur=o:[%.*s]", STR_ARG(list));
	if (want_tasks(&arena, tasks.p, &wanted, &err) < 0)
		fail_msg("%s", err.text);
	for (const struct image_op *op = wanted.plan.first; op; op = op->next)
		if (op->kind == IMAGE_REDACT)
			n += op->values[IMAGE_REDACT_REGION].list->n;
	assert_int_equal(n, 4 * 50);
	tasks = arena_printf(&arena, "partial_blur=o:[%.*s,[1,2,3,4]]",
			     STR_ARG(list));
	assert_int_equal(want_tasks(&arena, tasks.p, &wanted, &err), -1);
	arena_release(&arena);
}

/* As many tasks as a chain can have are a plan, and none of more than a plan
 * holds. */
static void chains_are_bounded(void **state)
{
	(void)state;
	struct arena arena;
	struct err err;
	struct cdn_wanted wanted;
	arena_init(&arena);
	struct str tasks = STR("flip"), rounds = STR("circle");
	for (unsigned i = 1; i < CHAIN_TASKS_MAX; i++) {
		tasks = arena_join(&arena, tasks, STR("/flip"));
		rounds = arena_join(&arena, rounds, STR("/circle"));
	}
	if (want_tasks(&arena, arena_cstr(&arena, tasks), &wanted, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(
		want_tasks(&arena, arena_cstr(&arena, rounds), &wanted, &err),
		-1);
	assert_int_equal(err.code, ERR_LIMIT);
	tasks = arena_join(&arena, tasks, STR("/flip"));
	assert_int_equal(
		want_tasks(&arena, arena_cstr(&arena, tasks), &wanted, &err),
		-1);
	assert_int_equal(err.code, ERR_LIMIT);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_task_has_its_plan),
		cmocka_unit_test(each_task_of_the_table_is_made_or_refused),
		cmocka_unit_test(what_is_wrong_is_said_in_the_vendors_words),
		cmocka_unit_test(a_failure_knows_whether_it_was_asked_about),
		cmocka_unit_test(sizes_are_the_vendors),
		cmocka_unit_test(sources_of_a_list_follow_each_other),
		cmocka_unit_test(many_regions_are_several_operations),
		cmocka_unit_test(chains_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
