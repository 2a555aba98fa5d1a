/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/picture.h"
#include "api/imagekit/delivery/named.h"
#include "image/plan.h"

#include <glib.h>
#include <math.h>

#define CACHE_SECONDS 15552000 /* 180 days */
#define CACHE_TEXT G_STRINGIFY(CACHE_SECONDS)
/* What stands in for a file goes when that is there. */
#define STAND_IN_SECONDS 60
#define SOURCE_MAX (40u * 1024 * 1024) /* bytes; the vendor's limit */
#define CONTENT_DPR_DIGITS 100         /* two after the point */

/* No transformation, nor anything else that a plan is made of. */
static bool is_plain(const struct imagekit_wish *wish)
{
	return wish->reading->steps.n == 0 && wish->url.query.n == 0 &&
	       wish->reading->suffix == IMAGEKIT_SUFFIX_NONE;
}

/* The plan. */

static struct str hint(const struct request *rq, const char *name,
		       const char *older)
{
	struct str value = request_header(rq, name);
	return value.p ? value : request_header(rq, older);
}

static struct imagekit_transformation
transformation_of(const struct request *rq, const struct imagekit_wish *wish,
		  const struct file *file)
{
	return (struct imagekit_transformation){
		.path = wish->reading->steps,
		.query = wish->url.query,
		.resolve = imagekit_named_resolve,
		.user = rq->account,
		.hints =
			{
				.accept = request_header(rq, "Accept"),
				.width = hint(rq, "Sec-CH-Width", "Width"),
				.dpr = hint(rq, "Sec-CH-DPR", "DPR"),
			},
		.custom_coordinates =
			file ? file->custom_coordinates : STR_NONE,
		.is_thumbnail =
			wish->reading->suffix == IMAGEKIT_SUFFIX_THUMBNAIL,
	};
}

bool imagekit_wants_original(const struct imagekit_wish *wish)
{
	return wish->wanted.is_original &&
	       wish->reading->suffix != IMAGEKIT_SUFFIX_VIDEO;
}

int imagekit_want(struct request *rq, struct imagekit_wish *wish,
		  const struct file *file, struct err *err)
{
	struct arena *arena = request_arena(rq);
	wish->wanted = (struct imagekit_wanted){.is_original = true};
	wish->is_named = false;
	rq->calls = POLICY_READ;
	if (is_plain(wish))
		return 0;
	const struct imagekit_transformation from =
		transformation_of(rq, wish, file);
	wish->is_named = imagekit_grammar_is_named(&from, arena);
	int result = imagekit_grammar(&from, arena, &wish->wanted, err);
	bool is_original = result == 0 && imagekit_wants_original(wish);
	if (!is_original)
		rq->calls = POLICY_CONVERT;
	if (!is_original && !wish->is_named &&
	    rq->account->limits.restrict_unnamed)
		return err_set(err, ERR_INVALID,
			       "Bad Image Transformation Request");
	return result;
}

/* Everything that the plan is made of. */
static struct str recipe_of(struct request *rq,
			    const struct imagekit_wish *wish,
			    const struct file *file)
{
	const struct imagekit_transformation from =
		transformation_of(rq, wish, file);
	const struct str parts[] = {
		from.path,        from.query,     from.hints.accept,
		from.hints.width, from.hints.dpr, from.custom_coordinates,
	};
	const uint64_t numbers[] = {
		(uint64_t)rq->account->id,
		(uint64_t)rq->account->transformations_revision,
		wish->reading->suffix,
	};
	struct buf out;
	size_t n = 128;
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		n += parts[i].n + 24;
	buf_init(&out, request_arena(rq), n);
	buf_reserve(&out, n);
	buf_add(&out, STR("imagekit"));
	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
		buf_add_char(&out, ' ');
		buf_add_u64(&out, numbers[i]);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		buf_add_char(&out, ' ');
		buf_add_u64(&out, parts[i].n);
		buf_add_char(&out, ':');
		buf_add(&out, parts[i]);
	}
	return out.overflow ? STR_NONE : buf_str(&out);
}

/* Who may see it. */

int imagekit_check_reader(struct request *rq, const struct imagekit_wish *wish,
			  const struct file *file, struct err *err)
{
	if (file->draft && wish->signature != IMAGEKIT_SIGNED)
		return err_set(err, ERR_NOT_FOUND, "Not Found");
	if (!request_may_read(rq, file))
		return err_set(err, ERR_UNAUTHORIZED,
			       "This file takes a signed URL");
	return 0;
}

/* Named transformations were made by the account's owner: they show of a
 * private file what they were made to show. What else guards it, they do not
 * open; nor what was made private where nothing opens but a signature. */
int imagekit_check_viewer(struct request *rq, const struct imagekit_wish *wish,
			  const struct file *file, struct err *err)
{
	if (wish->is_named && file->origin == ORIGIN_IMAGEKIT && !file->draft &&
	    file->access == ACCESS_PRIVATE && !request_is_guarded(rq, file))
		return 0;
	return imagekit_check_reader(rq, wish, file, err);
}

/* The answer. */

const char *imagekit_cache_control(struct request *rq,
				   const struct imagekit_wish *wish,
				   const struct file *file,
				   const struct layers *layers)
{
	int64_t seconds = request_shown_seconds(
		rq, file, layers,
		wish->stands_in ? STAND_IN_SECONDS : CACHE_SECONDS);
	if (seconds < 0)
		return "private, no-store";
	if (seconds == CACHE_SECONDS) /* nearly always */
		return "public, s-maxage=" CACHE_TEXT ", max-age=" CACHE_TEXT
		       ", must-revalidate";
	struct buf out; /* in each answer: printf() costs too much */
	buf_init(&out, request_arena(rq), 128);
	buf_add(&out, STR("public, s-maxage="));
	buf_add_u64(&out, (uint64_t)seconds);
	buf_add(&out, STR(", max-age="));
	buf_add_u64(&out, (uint64_t)seconds);
	buf_add(&out, STR(", must-revalidate"));
	buf_add_char(&out, '\0');
	return out.p;
}

static bool is_attachment(struct request *rq)
{
	return rq->x->head.query.n &&
	       str_eq(request_query(rq, "ik-attachment"), STR("true"));
}

struct delivery imagekit_delivery(struct request *rq, const struct file *file,
				  const char *cache_control)
{
	return (struct delivery){
		.cache_control = cache_control,
		.disposition = is_attachment(rq) ? DISPOSITION_ATTACHMENT
						 : DISPOSITION_NONE,
		.name = file->name,
	};
}

/* "2", "2.83" */
static struct str content_dpr(struct arena *arena, double dpr)
{
	struct buf out;
	buf_init(&out, arena, 64);
	if (dpr <= 0)
		return STR_NONE;
	image_number_write(round(dpr * CONTENT_DPR_DIGITS) / CONTENT_DPR_DIGITS,
			   &out);
	return buf_str(&out);
}

static const char *const varies[] = {
	[IMAGEKIT_VARY_ACCEPT] = "Accept",
	[IMAGEKIT_VARY_WIDTH] = "Sec-CH-Width, Width",
	[IMAGEKIT_VARY_WIDTH | IMAGEKIT_VARY_ACCEPT] =
		"Accept, Sec-CH-Width, Width",
	[IMAGEKIT_VARY_DPR] = "Sec-CH-DPR, DPR",
	[IMAGEKIT_VARY_DPR | IMAGEKIT_VARY_ACCEPT] = "Accept, Sec-CH-DPR, DPR",
	[IMAGEKIT_VARY_DPR | IMAGEKIT_VARY_WIDTH] =
		"Sec-CH-Width, Width, Sec-CH-DPR, DPR",
	[IMAGEKIT_VARY_DPR | IMAGEKIT_VARY_WIDTH | IMAGEKIT_VARY_ACCEPT] =
		"Accept, Sec-CH-Width, Width, Sec-CH-DPR, DPR",
};

const char *imagekit_vary(const struct imagekit_wish *wish)
{
	return varies[wish->wanted.vary];
}

static int find_layer(struct request *rq, void *user, struct str path,
		      struct hot_entry **out, struct err *err)
{
	const struct imagekit_wish *wish = user;
	int result = request_find_path(rq, path, out, err);
	if (result < 0 && err->code == ERR_NOT_FOUND)
		return err_set(err, ERR_NOT_FOUND, "Not Found");
	if (result != 0)
		return result;
	/* a name opens the file that its owner wrote it for, not others */
	const struct file *file = &(*out)->file;
	if (imagekit_check_reader(rq, wish, file, err) == 0 &&
	    request_check_source(file, SOURCE_MAX, err) == 0)
		return 0;
	hot_unref(*out);
	return -1;
}

int imagekit_send_picture(struct request *rq, struct imagekit_wish *wish,
			  struct hot_entry *entry, struct err *err)
{
	struct arena *arena = request_arena(rq);
	const struct file *file = &entry->file;
	struct layers *layers = arena_zalloc(arena, sizeof(*layers));
	struct derivation what = {.layers = layers->entries,
				  .use = wish->use,
				  .failed = wish->failed};
	int result = 0;
	layers->find = find_layer;
	layers->user = wish;
	if (wish->reading->suffix == IMAGEKIT_SUFFIX_VIDEO)
		result = err_set(err, ERR_UNSUPPORTED,
				 "Videos cannot be transformed");
	if (result == 0)
		result = request_check_source(file, SOURCE_MAX, err);
	if (result == 0)
		result = image_plan_text(&wish->wanted.plan, arena, &what.plan,
					 err);
	if (result == 0)
		result = request_find_layers(rq, &wish->wanted.plan, layers,
					     err);
	if (result != 0) {
		hot_unref(entry);
		return result;
	}
	what.n_layers = layers->n;
	what.vary = imagekit_vary(wish);
	what.content_dpr = content_dpr(arena, wish->wanted.content_dpr);
	if (!wish->stands_in)
		what.recipe = recipe_of(rq, wish, file);
	what.how = imagekit_delivery(
		rq, file, imagekit_cache_control(rq, wish, file, layers));
	return request_derive(rq, entry, &what, err);
}

bool imagekit_send_again(struct request *rq, const struct imagekit_wish *wish,
			 struct hot_entry *entry)
{
	const struct file *file = &entry->file;
	if (is_plain(wish) || wish->stands_in ||
	    rq->account->limits.restrict_unnamed)
		return false;
	struct derive_again again;
	struct str recipe = recipe_of(rq, wish, file);
	if (recipe.p == NULL || !request_recall(rq, entry, recipe, &again))
		return false;
	const struct delivery how = imagekit_delivery(
		rq, file, imagekit_cache_control(rq, wish, file, NULL));
	request_send_again(rq, entry, &again, &how);
	return true;
}
