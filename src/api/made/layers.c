/* SPDX-License-Identifier: Apache-2.0 */
#include "api/made/layers.h"
#include "image/geometry.h"

int request_find_layers(struct request *rq, const struct image_plan *plan,
			struct layers *layers, struct err *err)
{
	struct str paths[IMAGE_PLAN_INPUTS_MAX];
	unsigned n = image_plan_inputs(plan, paths);
	for (layers->n = 0; layers->n < n; layers->n++) {
		struct hot_entry **entry = &layers->entries[layers->n];
		int result = layers->find(rq, layers->user, paths[layers->n],
					  entry, err);
		if (result == 0)
			continue;
		while (layers->n)
			hot_unref(layers->entries[--layers->n]);
		return result;
	}
	return 0;
}

static bool is_of(const struct file *file, struct str kind)
{
	return str_starts_nocase(file->type, kind);
}

/* What is drawn has no pixels of its own. */
int request_check_source(const struct file *file, uint64_t most,
			 struct err *err)
{
	if (is_of(file, STR("video/")) || is_of(file, STR("audio/")))
		return err_set(err, ERR_UNSUPPORTED,
			       "Videos cannot be transformed");
	if (file->size > most)
		return err_set(err, ERR_TOO_LARGE,
			       "The image has more than %u MB",
			       (unsigned)(most >> 20));
	if (is_of(file, STR("image/svg")) || is_of(file, STR("application/")))
		return 0;
	return image_check_size(file->width, file->height, err);
}

int64_t request_shown_seconds(const struct request *rq, const struct file *file,
			      const struct layers *layers, int64_t most)
{
	unsigned n = layers ? layers->n : 0;
	for (unsigned i = 0; i <= n; i++) {
		if (i)
			file = &layers->entries[i - 1]->file;
		if (request_access(rq, file) != ACCESS_PUBLIC)
			return -1;
		most = request_cache_seconds(file, most);
	}
	return most;
}
