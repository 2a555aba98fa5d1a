/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step is a page of rows, or a piece of one blob, so that a stop waits for
 * no more than that. The pace follows from what is left of the round and of its
 * period; a blob counts as its bytes and a little more, for its row.
 */
#include "library/check/scrub.h"
#include "base/clock.h"
#include "base/log/log.h"
#include "base/metrics.h"
#include "library/check/blob_page.h"
#include "library/files/blob.h"
#include "library/library_internal.h"

#include <inttypes.h>

#define PAGE 16
#define ROW_WORK 4096                /* bytes that a row counts as */
#define RATE_MIN (1024 * 1024)       /* bytes/s; more is no burden */
#define SAVE_EVERY_MS (60 * 1000)    /* how far it has come */
#define PAUSE_MAX_MS (60u * 1000)    /* the clock may be set meanwhile */
#define FAILED_PAUSE_MS (60u * 1000) /* after what is no finding */
#define NAMED_MAX 100                /* findings whose file is looked for */

/* Of the table scrub. */
struct round {
	int64_t began_ms;
	int64_t until, after;
	int64_t work, done;
};

struct scrub {
	struct library *library;
	struct scrub_pace pace;
	struct round round;
	bool is_loaded, is_new;
	int64_t saved_ms;
	unsigned found, named; /* in this round, by this process */
	int64_t owed;          /* bytes that were not paused for yet */

	struct blob_page page;
	unsigned at;               /* the row that is next */
	struct store_audit *audit; /* of that row, once it is begun */
};

struct scrub *scrub_new(struct library *library, const struct scrub_pace *pace)
{
	struct scrub *scrub = g_new0(struct scrub, 1);
	scrub->library = library;
	scrub->pace = *pace;
	scrub->page.max = PAGE;
	arena_init(&scrub->page.arena);
	return scrub;
}

/* Rounds. */

static int load_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct scrub *scrub = arg;
	struct round *round = &scrub->round;
	struct db_stmt *stmt =
		db_prepare(tx, "SELECT began_at, until_blob, after_blob, work,"
			       " done FROM scrub WHERE number = 0");
	int found = db_step(stmt, err);
	scrub->is_new = found == 0;
	if (found <= 0)
		return found;
	*round = (struct round){
		.began_ms = db_int(stmt, 0),
		.until = db_int(stmt, 1),
		.after = db_int(stmt, 2),
		.work = db_int(stmt, 3),
		.done = db_int(stmt, 4),
	};
	db_done(stmt);
	return 0;
}

static int save_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct round *round = arg;
	return db_exec(
		tx,
		"INSERT INTO scrub (number, began_at, until_blob,"
		" after_blob, work, done) VALUES (0, $1, $2, $3, $4, $5)"
		" ON CONFLICT (number) DO UPDATE SET began_at = $1,"
		" until_blob = $2, after_blob = $3, work = $4, done = $5",
		DB_ARGS(DB_INT(round->began_ms), DB_INT(round->until),
			DB_INT(round->after), DB_INT(round->work),
			DB_INT(round->done)),
		err);
}

static int save(struct scrub *scrub, struct err *err)
{
	scrub->saved_ms = now_ms();
	return db_write(scrub->library->db, save_row, &scrub->round, err);
}

static int measure(struct db_tx *tx, void *arg, struct err *err)
{
	struct round *round = arg;
	int64_t bytes = 0, files = 0;
	if (db_query_int(tx, "SELECT COALESCE(MAX(id), 0) FROM blob",
			 DB_NO_ARGS, &round->until, err) < 0 ||
	    db_query_int(tx,
			 "SELECT CAST(COALESCE(SUM(storage_bytes), 0)"
			 " AS BIGINT) FROM usage",
			 DB_NO_ARGS, &bytes, err) < 0 ||
	    db_query_int(tx, "SELECT COUNT(*) FROM file", DB_NO_ARGS, &files,
			 err) < 0)
		return -1;
	round->work = bytes + files * ROW_WORK;
	return 0;
}

static int begin_round(struct scrub *scrub, struct err *err)
{
	struct round *round = &scrub->round;
	*round = (struct round){.began_ms = now_ms()};
	if (db_read(scrub->library->db, measure, round, err) < 0)
		return -1;
	scrub->is_new = false;
	scrub->found = scrub->named = 0;
	scrub->page.after = 0;
	return round->until ? save(scrub, err) : 0;
}

static bool round_is_over(const struct scrub *scrub)
{
	return scrub->round.after >= scrub->round.until;
}

static int end_round(struct scrub *scrub, struct err *err)
{
	scrub->round.after = scrub->round.until;
	if (scrub->found)
		log_warn("scrub: all stored bytes have been read; %u blobs are "
			 "damaged or missing",
			 scrub->found);
	else
		log_info("scrub: all stored bytes have been read");
	if (now_ms() - scrub->round.began_ms > scrub->pace.period_ms)
		log_warn("scrub: that took longer than --scrub-period; "
			 "--scrub-rate allows no more");
	return save(scrub, err);
}

/* Milliseconds until the next round; of an empty library there is none. */
static int64_t until_round(const struct scrub *scrub)
{
	const struct round *round = &scrub->round;
	int64_t passed = now_ms() - round->began_ms;
	if (scrub->is_new)
		return 0;
	if (round->until == 0)
		return MAX(PAUSE_MAX_MS - MAX(passed, 0), 0);
	return passed < 0 ? 0 : MAX(scrub->pace.period_ms - passed, 0);
}

/* What the last calls have read, as time at the pace that the round needs to be
 * over some days before its period is. */
static unsigned pause_for(struct scrub *scrub)
{
	const struct round *round = &scrub->round;
	int64_t most = (int64_t)MIN(scrub->pace.bytes_per_s, INT64_MAX / 1000);
	int64_t left = MAX(round->work - round->done, 0);
	int64_t rest =
		round->began_ms + scrub->pace.period_ms / 10 * 9 - now_ms();
	int64_t rate = rest > 0 ? left / rest * 1000 : most;
	rate = CLAMP(rate, MIN(RATE_MIN, most), most);
	int64_t pause = scrub->owed * 1000 / rate;
	scrub->owed -= pause * rate / 1000;
	return (unsigned)MIN(pause, PAUSE_MAX_MS);
}

/* Findings. */

struct name_call {
	int64_t blob;
	char *text; /* NULL: no file has it */
};

/* There is no index for it, so it reads all rows of files. */
static int read_name(struct db_tx *tx, void *arg, struct err *err)
{
	struct name_call *call = arg;
	struct db_stmt *stmt = db_query(
		tx,
		"SELECT f.account_id, f.path FROM file f WHERE f.blob_id = $1"
		" UNION ALL SELECT f.account_id, f.path FROM version v"
		" JOIN file f ON f.id = v.file_id WHERE v.blob_id = $1",
		DB_ARGS(DB_INT(call->blob)));
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	call->text =
		g_strdup_printf("file %.*s of account %" PRId64 ": ",
				STR_ARG(db_text(stmt, 1)), db_int(stmt, 0));
	db_done(stmt);
	return 0;
}

static int found(struct scrub *scrub, int64_t blob, const char *why,
		 struct err *err)
{
	struct name_call call = {.blob = blob};
	scrub->found++;
	metric_add(METRIC_SCRUB_DAMAGED, 1);
	if (scrub->named < NAMED_MAX) {
		scrub->named++;
		if (db_read(scrub->library->db, read_name, &call, err) < 0)
			return -1;
	}
	log_error("scrub: %sblob %" PRId64 ": %s", call.text ? call.text : "",
		  blob, why);
	g_free(call.text);
	return 0;
}

/* A blob that was deleted since its row was read is no finding. */
static int found_in_store(struct scrub *scrub, int64_t blob, const char *why,
			  struct err *err)
{
	int in_use = blob_in_use(scrub->library, blob, err);
	return in_use > 0 ? found(scrub, blob, why, err) : in_use;
}

/* Steps. */

static void count(struct scrub *scrub, size_t bytes, size_t more)
{
	metric_add(METRIC_SCRUB_BYTES, (int64_t)bytes);
	scrub->round.done += (int64_t)(bytes + more);
	scrub->owed += (int64_t)(bytes + more);
}

static int end_row(struct scrub *scrub, const struct blob_row *row,
		   struct err *err)
{
	store_audit_free(g_steal_pointer(&scrub->audit));
	metric_add(METRIC_SCRUB_BLOBS, 1);
	count(scrub, 0, ROW_WORK);
	scrub->round.after = row->blob.id;
	scrub->at++;
	if (round_is_over(scrub))
		return end_round(scrub, err);
	if (now_ms() - scrub->saved_ms >= SAVE_EVERY_MS)
		return save(scrub, err);
	return 0;
}

static int begin_blob(struct scrub *scrub, const struct blob_row *row,
		      struct err *err)
{
	struct store_blob blob = row->blob;
	if (blob_find_extents(scrub->library, &scrub->page.arena, row->extents,
			      &blob, err) < 0)
		return -1;
	return blob_audit(scrub->library, &blob, &scrub->audit, err) < 0 ? -1
									 : 1;
}

/* Reads on in the blob of a row. */
static int step_blob(struct scrub *scrub, const struct blob_row *row,
		     struct err *err)
{
	struct err why;
	size_t read = 0;
	int more = 1;
	if (scrub->audit == NULL)
		more = begin_blob(scrub, row, &why);
	if (more >= 0)
		more = store_audit_step(scrub->audit, &read, &why);
	count(scrub, read, 0);
	if (more < 0 &&
	    found_in_store(scrub, row->blob.id, why.text, err) < 0) {
		/* it is read again */
		store_audit_free(g_steal_pointer(&scrub->audit));
		return -1;
	}
	return more > 0 ? 0 : end_row(scrub, row, err);
}

static int step_row(struct scrub *scrub, const struct blob_row *row,
		    struct err *err)
{
	if (row->problem == NULL && !row->is_inline)
		return step_blob(scrub, row, err);
	if (row->is_inline)
		count(scrub, row->blob.size, 0);
	if (row->problem && found(scrub, row->blob.id, row->problem, err) < 0)
		return -1;
	return end_row(scrub, row, err);
}

static int step_page(struct scrub *scrub, struct err *err)
{
	struct blob_page *page = &scrub->page;
	page->after = scrub->round.after;
	page->until = scrub->round.until;
	arena_release(&page->arena);
	scrub->at = 0;
	page->n = 0;
	if (blob_page_read(scrub->library, page, err) < 0)
		return -1;
	return page->n ? 0 : end_round(scrub, err);
}

static int step(struct scrub *scrub, struct err *err)
{
	if (!scrub->is_loaded &&
	    db_read(scrub->library->db, load_row, scrub, err) < 0)
		return -1;
	scrub->is_loaded = true;
	if (round_is_over(scrub))
		return until_round(scrub) ? 0 : begin_round(scrub, err);
	if (scrub->at < scrub->page.n)
		return step_row(scrub, &scrub->page.rows[scrub->at], err);
	return step_page(scrub, err);
}

unsigned scrub_step(struct scrub *scrub)
{
	struct err err;
	if (step(scrub, &err) < 0) {
		log_warn("scrub: %s", err.text);
		return FAILED_PAUSE_MS;
	}
	if (round_is_over(scrub))
		return (unsigned)MIN(until_round(scrub), PAUSE_MAX_MS);
	return pause_for(scrub);
}

void scrub_free(struct scrub *scrub)
{
	struct err err;
	if (scrub == NULL)
		return;
	if (scrub->is_loaded && !round_is_over(scrub) && save(scrub, &err) < 0)
		log_warn("scrub: how far it has come is not noted: %s",
			 err.text);
	store_audit_free(scrub->audit);
	arena_release(&scrub->page.arena);
	g_free(scrub);
}
