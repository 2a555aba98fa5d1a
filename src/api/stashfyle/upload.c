/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StashFyle's upload call. The order of checks is the vendor's: key, origin,
 * form, file, expires, size.
 */
#include "api/stashfyle/stashfyle.h"
#include "api/upload.h"
#include "base/encode.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

static enum part_use classify(const struct multipart_part *part, bool have_file)
{
	(void)have_file;
	if (part->filename.p == NULL)
		return PART_FIELD;
	return str_eq(part->name, STR("file")) ? PART_FILE : PART_SKIP;
}

int stashfyle_upload_begin(struct request *rq, struct err *err)
{
	if (stashfyle_upload_key(rq, err) != 0)
		return -1;
	struct arena *arena = request_arena(rq);
	uint64_t limit = rq->services->stashfyle_max_bytes;
	struct intake_plan *plan = arena_zalloc(arena, sizeof(*plan));
	plan->max_file = limit;
	plan->classify = classify;
	plan->multipart_only = true;
	plan->not_multipart = "file is required, as multipart/form-data";
	plan->too_large =
		arena_printf(arena, "File exceeds maximum size of %.6g MB",
			     (double)limit / (1024 * 1024))
			.p;
	return request_expect_body(rq, plan, err);
}

bool stashfyle_duration(struct str text, int64_t *ms)
{
	uint64_t count;
	if (text.n < 2)
		return false;
	char unit = text.p[text.n - 1];
	int64_t unit_ms = unit == 'h' ? HOUR_MS : unit == 'd' ? DAY_MS : 0;
	if (unit_ms == 0 ||
	    !str_to_u64(str_sub(text, 0, text.n - 1), 1000000, &count))
		return false;
	*ms = (int64_t)count * unit_ms;
	return count > 0 && *ms <= STASHFYLE_EXPIRES_MAX_DAYS * DAY_MS;
}

static int expires(struct request *rq, int64_t *expires_ms, struct err *err)
{
	int64_t duration;
	struct str text = intake_get(rq->intake, STR("expires"));
	*expires_ms = 0;
	if (text.n == 0)
		return 0;
	if (!stashfyle_duration(text, &duration))
		return err_set(err, ERR_INVALID,
			       "Invalid expires format. Use format like '1h', "
			       "'7d', '30d'");
	*expires_ms = now_ms() + duration;
	return 0;
}

/* The part's file name and the folder, as a place in the library. */
static int place(struct request *rq, struct file_put *put, struct err *err)
{
	put->name = upload_base_name(rq->intake->file_name);
	put->folder = str_trim_char(intake_get(rq->intake, STR("folder")), '/');
	if (put->name.n == 0 || put->name.n > FILE_NAME_MAX ||
	    !path_valid(put->name))
		return err_set(err, ERR_INVALID,
			       "The file's name must have 1 to %d bytes",
			       FILE_NAME_MAX);
	if (put->folder.n > 0 && !path_valid(put->folder))
		return err_set(err, ERR_INVALID,
			       "folder must not have empty, \".\" or \"..\" "
			       "segments or control characters");
	put->path = upload_unique_path(rq, &put->id, put->folder, put->name);
	return 0;
}

static int reply_uploaded(struct request *rq, const struct file *file,
			  struct err *err)
{
	(void)err;
	if (file == NULL)
		return -1;
	reply_json(rq, 200, "application/json", stashfyle_file_shape(rq, file));
	return 0;
}

int stashfyle_upload(struct request *rq, struct err *err)
{
	struct file_put put = {
		.id = id_new(),
		.account_id = rq->account->id,
		.origin = ORIGIN_STASHFYLE,
		.if_exists = FILE_REFUSE,
	};
	if (rq->intake->file == NULL)
		return err_set(err, ERR_INVALID, "file is required");
	if (place(rq, &put, err) != 0 || expires(rq, &put.expires_ms, err) != 0)
		return -1;
	bool private =
		str_eq(intake_get(rq->intake, STR("private")), STR("true"));
	put.access = private ? ACCESS_PRIVATE : ACCESS_PUBLIC;
	int later = upload_type(rq, rq->intake->file, rq->intake->file_type,
				put.name, true, &put.type);
	if (later)
		return later;
	return upload_store(rq, &put, reply_uploaded, err);
}
