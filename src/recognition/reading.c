/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One job, step by step: its header by a renderer, its pixels by a renderer,
 * its text by stowage-ocr. Nothing that a process says is believed: sizes and
 * texts are checked before they go on.
 */
#include "base/fd.h"
#include "base/log/log.h"
#include "helpers/input.h"
#include "image/pgm.h"
#include "image/plan.h"
#include "recognition/page.h"
#include "recognition/recogniser_own.h"

#include <unistd.h>

static void fail(struct reading *reading, const struct err *why)
{
	recogniser_end(reading, NULL, why);
}

static const struct derive_input *input_of(const struct reading *reading)
{
	return &reading->job->inputs[0];
}

static void unreadable(struct err *err)
{
	err_set(err, ERR_INVALID,
		"The file cannot be read as a picture or as a PDF: it is "
		"neither, or damaged, or encrypted.");
}

/* What processes die of is no better than what cannot be read. Whose fault it
 * was, the file's or that of whoever killed them, is for the log. */
static void deadly(const struct err *why, struct err *err)
{
	log_warn("a page cannot be read: %s", why->text);
	unreadable(err);
}

static bool has_reason(const struct err *why, const char *reason)
{
	return why->reason && strcmp(why->reason, reason) == 0;
}

/* What has taken its time by itself would take as much again. What others have
 * taken it from says nothing about the file, so nothing is remembered. */
static void late(bool is_starved, struct err *err)
{
	if (is_starved)
		err_set(err, ERR_BUSY,
			"The server is too busy to read the picture or page. "
			"Try again later.");
	else
		err_set(err, ERR_TIMEOUT,
			"The picture or page takes too long to be read.");
}

/* The renderers' errors, in words about files of any kind. */
static void word(const struct err *why, struct err *err)
{
	*err = *why;
	if (has_reason(why, IMAGE_DEADLY))
		deadly(why, err);
	else if (why->code == ERR_TIMEOUT)
		late(has_reason(why, IMAGE_STARVED), err);
	else if (why->code == ERR_INVALID)
		unreadable(err);
	else if (why->code == ERR_TOO_LARGE)
		err_set(err, ERR_TOO_LARGE,
			"The picture or page is too large to be read.");
}

/* The text. */

/* Read from the memory file, which is checked as a whole: what is wrong is
 * never kept. */
static int check_page(const struct reading *reading,
		      const struct pool_answer *answer, struct err *err)
{
	struct recognised_page page;
	struct arena arena;
	size_t n = (size_t)answer->output_size;
	g_autofree char *text = g_malloc(n + 1);
	if (fd_read(answer->output, text, n, 0) != (ssize_t)n)
		return err_set(err, ERR_INTERNAL, "A text cannot be read.");
	arena_init(&arena);
	int result =
		recognised_page_read(&arena, (struct str){text, n}, &page, err);
	arena_release(&arena);
	if (result == 0 && (page.width != reading->request.source_width ||
			    page.height != reading->request.source_height))
		result = err_set(err, ERR_INTERNAL,
				 "A text is of another page.");
	return result;
}

static int understand(const struct reading *reading,
		      const struct pool_answer *answer, struct err *err)
{
	struct ocr_reply reply = {.status = OCR_REFUSED};
	if (answer->text.n == sizeof(reply))
		memcpy(&reply, answer->text.p, sizeof(reply));
	if (reply.status == OCR_FAILED)
		return err_set(err, ERR_TOO_LARGE,
			       "The picture or page takes too much to be "
			       "read.");
	if (reply.status != OCR_OK || answer->output < 0)
		return err_set(err, ERR_INTERNAL,
			       "The program that reads texts answers "
			       "nonsense.");
	return check_page(reading, answer, err);
}

/* The pool's errors. */
static void word_pool(const struct err *why, struct err *err)
{
	*err = *why;
	switch (why->code) {
	case ERR_INVALID:
		deadly(why, err);
		break;
	case ERR_TIMEOUT:
		late(has_reason(why, POOL_STARVED), err);
		break;
	case ERR_BUSY:
		err_set(err, ERR_BUSY,
			"Too many pages wait to be read. Try again later.");
		break;
	default:
		err_set(err, ERR_INTERNAL,
			"The programs that read texts have failed: %s",
			why->text);
	}
}

/* The pool's thread. */
static void on_text(void *user, struct pool_answer *answer,
		    const struct err *why)
{
	struct reading *reading = user;
	struct err err;
	close(reading->pixels);
	reading->pixels = -1;
	metric_add(METRIC_OCR_SECONDS,
		   g_get_monotonic_time() - reading->began_us);
	if (answer == NULL) {
		word_pool(why, &err);
		fail(reading, &err);
		return;
	}
	if (understand(reading, answer, &err) < 0) {
		fail(reading, &err);
		return;
	}
	struct derive_output out = {
		.fd = answer->output,
		.size = answer->output_size,
		.type = STR(RECOGNITION_TYPE),
	};
	answer->output = -1;
	metric_add(METRIC_OCR_PAGES, 1);
	recogniser_end(reading, &out, NULL);
	if (out.fd >= 0)
		close(out.fd);
}

static int read_text(struct reading *reading, struct err *err)
{
	const struct derive_job *job = reading->job;
	const struct pool_input pixels = {.fd = reading->pixels};
	const struct pool_job what = {
		.owner = job->owner,
		.guest = turns_guest(&reading->turn),
		.name = reading,
		.text = {(const char *)&reading->request,
			 sizeof(reading->request)},
		.inputs = &pixels,
		.n_inputs = 1,
		.output_max = OCR_OUTPUT_MAX,
		.done = on_text,
		.user = reading,
	};
	struct err why;
	reading->began_us = g_get_monotonic_time();
	if (pool_submit(reading->recogniser->pool, &what, &why) == 0)
		return 0;
	close(reading->pixels);
	word_pool(&why, err);
	return -1;
}

/* The pixels. */

static int take_pixels(struct reading *reading, struct image_picture *picture,
		       struct err *err)
{
	char want[IMAGE_PGM_HEAD_MAX], got[IMAGE_PGM_HEAD_MAX];
	struct str head = image_pgm_head(picture->width, picture->height, want);
	uint64_t pixels = (uint64_t)picture->width * picture->height;
	if (strcmp(picture->type, IMAGE_PGM_TYPE) != 0 || picture->pages != 1 ||
	    picture->size != head.n + pixels ||
	    fd_read(picture->fd, got, head.n, 0) != (ssize_t)head.n ||
	    memcmp(got, head.p, head.n) != 0 ||
	    !layout_request(&reading->info, &reading->layout, picture,
			    &reading->request))
		return err_set(err, ERR_INTERNAL,
			       "The image process answers nonsense.");
	reading->request.offset = head.n;
	reading->request.flags = reading->plan.fine ? OCR_FINE : 0;
	reading->pixels = picture->fd;
	picture->fd = -1;
	return 0;
}

/* The renderers' thread. */
static void on_picture(void *user, struct image_picture *picture,
		       const struct err *why)
{
	struct reading *reading = user;
	struct err err;
	if (picture == NULL)
		word(why, &err);
	else if (take_pixels(reading, picture, &err) == 0 &&
		 read_text(reading, &err) == 0)
		return;
	fail(reading, &err);
}

static int write_plan(const struct reading *reading, struct str *out,
		      struct err *err)
{
	const struct layout *layout = &reading->layout;
	struct arena *arena = reading->job->arena;
	struct image_plan plan;
	image_plan_init(&plan, arena);
	struct image_op *image = image_plan_add(&plan, IMAGE_IMAGE);
	if (layout->density) {
		image_set_number(image, IMAGE_IMAGE_PAGE, reading->plan.page);
		image_set_number(image, IMAGE_IMAGE_DENSITY, layout->density);
	}
	if (layout->width) {
		struct image_op *resize = image_plan_add(&plan, IMAGE_RESIZE);
		image_set_number(resize, IMAGE_RESIZE_WIDTH, layout->width);
		image_set_number(resize, IMAGE_RESIZE_HEIGHT, layout->height);
		image_set_word(resize, IMAGE_RESIZE_FIT, IMAGE_FIT_STRETCH);
	}
	struct image_op *encode = image_plan_add(&plan, IMAGE_ENCODE);
	image_set_word(encode, IMAGE_ENCODE_FORMAT, IMAGE_FORMAT_PGM);
	return image_plan_finish(&plan, err) < 0
		       ? -1
		       : image_plan_text(&plan, arena, out, err);
}

static int render(struct reading *reading, struct err *err)
{
	const struct derive_job *job = reading->job;
	struct image_content *content =
		arena_alloc(job->arena, sizeof(*content));
	struct image_render *what = arena_alloc(job->arena, sizeof(*what));
	struct str plan;
	struct err why;
	if (write_plan(reading, &plan, err) < 0)
		return -1;
	*content = (struct image_content){input_of(reading)->fd,
					  input_of(reading)->bytes};
	*what = (struct image_render){
		.account = job->owner,
		.guest = turns_guest(&reading->turn),
		.plan = plan,
		.contents = content,
		.n_contents = 1,
		.arena = job->arena,
		.tells_late = true,
	};
	if (renderers_render(reading->recogniser->renderers, what, on_picture,
			     reading, &why) == 0)
		return 0;
	word(&why, err);
	return -1;
}

/* The header, which is all that is said of the whole. */

static int give_info(struct reading *reading, struct derive_output *out,
		     struct err *err)
{
	const struct image_info *image = &reading->info;
	const struct recognition_info info = {
		.pages = image->is_document ? image->pages : 1,
		.is_document = image->is_document,
	};
	const struct pool_input text = {
		-1, recognition_info_write(reading->job->arena, &info)};
	*out = (struct derive_output){
		.fd = input_open(&text, err),
		.size = text.bytes.n,
		.type = STR(RECOGNITION_TYPE),
	};
	return out->fd < 0 ? -1 : 0;
}

static void end_with_info(struct reading *reading)
{
	struct derive_output out;
	struct err err;
	if (give_info(reading, &out, &err) < 0) {
		fail(reading, &err);
		return;
	}
	recogniser_end(reading, &out, NULL);
}

static unsigned sort_of(const struct reading *reading)
{
	const struct image_info *info = &reading->info;
	double pixels = (double)info->width * info->height;
	double scale = reading->layout.density / 72.0;
	if (info->is_document)
		pixels *= scale * scale;
	return pixels > RECOGNISER_LARGE ? READING_LARGE : READING_USUAL;
}

/* The renderers' thread. */
static void on_info(void *user, const struct image_info *info,
		    const struct err *why)
{
	struct reading *reading = user;
	struct recogniser *r = reading->recogniser;
	struct err err;
	recogniser_use(r);
	if (info == NULL) {
		word(why, &err);
		fail(reading, &err);
	} else if (reading->plan.page == 0) {
		reading->info = *info;
		end_with_info(reading);
	} else {
		reading->info = *info;
		layout_choose(info, &reading->layout);
		reading->render = render;
		recogniser_enter(reading, sort_of(reading));
	}
	recogniser_unuse(r);
}

int reading_begin(struct reading *reading, struct err *err)
{
	const struct derive_job *job = reading->job;
	const struct image_source source = {
		.account = job->owner,
		.guest = job->guest,
		.fd = input_of(reading)->fd,
		.bytes = input_of(reading)->bytes,
		.arena = job->arena,
		.document = true,
		.page = reading->plan.page,
	};
	struct err why;
	if (renderers_inspect(reading->recogniser->renderers, &source, on_info,
			      reading, &why) == 0)
		return 0;
	word(&why, err);
	return -1;
}
