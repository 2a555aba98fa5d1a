/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StashFyle's upload call. The order of checks is the vendor's: key, grace
 * period, rate, origin (auth.c), form, file, expires, size, quota (the
 * library). A private file by a public key is refused with the form.
 */
#include "api/stashfyle/stashfyle.h"
#include "api/uploads/upload.h"
#include "base/clock.h"
#include "store/store.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

/* A file that is over its limit by no more than this is read to its end, so
 * that what is wrong with the form is said first. */
#define EXCESS_READ (64u * 1024)

/* Python's requests names every part of its `files` after itself, so a file
 * name makes no option a file: `private` passed over would open what is to be
 * closed. */
static bool is_option(struct str name)
{
	return str_eq(name, STR("private")) || str_eq(name, STR("folder")) ||
	       str_eq(name, STR("expires"));
}

static enum part_use classify(const struct multipart_part *part, bool have_file)
{
	(void)have_file;
	if (part->filename.p == NULL || is_option(part->name))
		return PART_FIELD;
	return str_eq(part->name, STR("file")) ? PART_FILE : PART_SKIP;
}

static const char *too_large_text(struct request *rq)
{
	return arena_printf(request_arena(rq),
			    "File exceeds maximum size of %.6g MB",
			    (double)upload_limit(rq) / (1024 * 1024))
		.p;
}

int stashfyle_upload_begin(struct request *rq, struct err *err)
{
	if (stashfyle_upload_key(rq, err) != 0)
		return -1;
	struct intake_plan *plan =
		arena_zalloc(request_arena(rq), sizeof(*plan));
	plan->max_file = upload_limit(rq) + EXCESS_READ;
	plan->classify = classify;
	plan->form_only = true;
	plan->not_multipart = "file is required, as multipart/form-data";
	plan->too_large = too_large_text(rq);
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

int stashfyle_check_folder(struct str folder, struct err *err)
{
	return folder.n ? path_check(folder, "folder", err) : 0;
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
	put->path = upload_unique_path(rq, &put->id, put->folder, put->name);
	put->is_fresh = true;
	return stashfyle_check_folder(put->folder, err);
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

/* Everything that the form says, in the order of checks. */
static int read_form(struct request *rq, struct file_put *put, struct err *err)
{
	const struct intake *intake = rq->intake;
	bool private = str_eq(intake_get(intake, STR("private")), STR("true"));
	put->access = private ? ACCESS_PRIVATE : ACCESS_PUBLIC;
	if (private && put->public_key)
		return err_set(err, ERR_FORBIDDEN,
			       "Private files require a secret key");
	if (intake->file == NULL)
		return err_set(err, ERR_INVALID, "file is required");
	if (place(rq, put, err) != 0 || expires(rq, &put->expires_ms, err) != 0)
		return -1;
	if (store_sink_size(intake->file) > upload_limit(rq))
		return err_set(err, ERR_TOO_LARGE, "%s", too_large_text(rq));
	return 0;
}

int stashfyle_upload(struct request *rq, struct err *err)
{
	struct file_put put = {
		.id = id_new(),
		.account_id = rq->account->id,
		.origin = ORIGIN_STASHFYLE,
		.public_key = rq->proof != PROOF_SECRET_KEY,
		.if_exists = FILE_REFUSE,
	};
	if (read_form(rq, &put, err) != 0)
		return -1;
	const struct upload_hints hints = {
		.declared = rq->intake->file_type,
		.name = put.name,
		.trust_declared = true,
	};
	int later = upload_type(rq, &hints, &put.type);
	if (later)
		return later;
	return upload_store(rq, &put, reply_uploaded, err);
}
