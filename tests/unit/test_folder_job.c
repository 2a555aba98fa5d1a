/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folder jobs, step by step: what they take along, what they refuse, what they
 * pass over, and that they go on after whatever interrupts them.
 */
#include "base/clock.h"
#include "library/files/folder.h"
#include "library/background/folder_job.h"
#include "library/files/edit.h"
#include "library/library_internal.h"
#include "library_world.h"

#include <semaphore.h>

#define STEPS_MAX 2000 /* no job here needs as many */

/* Where it is not 0 it is the clock, which goes on whenever somebody looks. */
static _Atomic gint64 clock_us;
#define LOOK_US 90

/* A write that comes when somebody looks next; NULL: none. */
static struct db *_Atomic arrives_at;
static sem_t arrived;

static int write_nothing(struct db_tx *tx, void *arg, struct err *err)
{
	(void)tx;
	(void)arg;
	(void)err;
	return 0;
}

static void has_arrived(struct db_job *job)
{
	(void)job;
	sem_post(&arrived);
}

/* In place of GLib's. */
gint64 g_get_monotonic_time(void)
{
	static struct db_job job = {.fn = write_nothing, .done = has_arrived};
	struct timespec now;
	struct err err;
	struct db *db = atomic_exchange(&arrives_at, NULL);
	if (db && db_submit(db, &job, &err) < 0)
		fail_msg("%s", err.text);
	if (atomic_load(&clock_us))
		return atomic_fetch_add(&clock_us, LOOK_US);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

struct texts_call {
	const char *sql;
	GString *out;
};

static int read_texts(struct db_tx *tx, void *arg, struct err *err)
{
	struct texts_call *call = arg;
	struct db_stmt *stmt = db_prepare(tx, call->sql);
	int more;
	while ((more = db_step(stmt, err)) > 0)
		g_string_append_printf(call->out, "%s%.*s",
				       call->out->len ? " " : "",
				       STR_ARG(db_text(stmt, 0)));
	return more;
}

/* The first column of all rows, with blanks between them. */
static void assert_texts(struct world *world, const char *sql, const char *want)
{
	struct err err;
	g_autoptr(GString) out = g_string_new(NULL);
	struct texts_call call = {sql, out};
	if (db_read(library_db(world->library), read_texts, &call, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
	assert_string_equal(out->str, want);
}

static void assert_files(struct world *world, const char *want)
{
	assert_texts(world, "SELECT path FROM file ORDER BY path", want);
}

static void assert_folders(struct world *world, const char *want)
{
	assert_texts(world, "SELECT path FROM folder ORDER BY path", want);
}

static void files(struct world *world, const char *paths)
{
	g_auto(GStrv) all = g_strsplit(paths, " ", 0);
	for (char **path = all; *path; path++)
		world_file(world, *path, 10);
}

static void folder(struct world *world, const char *path)
{
	struct err err;
	if (folder_create(WORLD_VIEW(world, ACCOUNT), str_of(path), &err) < 0)
		fail_msg("%s: %s", path, err.text);
}

/* More than a step's worth of files: a/f, a/f1 to a/f250. */
static void many(struct world *world)
{
	files(world, "a/f");
	world_copy(world);
}

static struct folder_job_new job_of(enum folder_job_kind kind,
				    const char *source, const char *target)
{
	return (struct folder_job_new){
		.account_id = ACCOUNT,
		.kind = kind,
		.source = str_of(source),
		.target = str_of(target),
	};
}

static struct id start(struct world *world, const struct folder_job_new *job)
{
	struct err err;
	struct id id;
	if (folder_job_create(world->library, job, &id, &err) < 0)
		fail_msg("refused: %s", err.text);
	return id;
}

static struct folder_job look(struct world *world, const struct id *id)
{
	struct err err;
	struct folder_job job;
	assert_int_equal(
		folder_job_find(WORLD_VIEW(world, ACCOUNT), id, &job, &err), 1);
	return job;
}

static int step(struct world *world)
{
	struct err err;
	int more = folder_job_step(world->library, &err);
	if (more < 0)
		fail_msg("%s", err.text);
	return more;
}

static void step_to_the_end(struct world *world)
{
	for (unsigned i = 0; step(world); i++)
		if (i > STEPS_MAX)
			fail_msg("the jobs do not end");
}

/* The job as it has ended. */
static struct folder_job run(struct world *world, enum folder_job_kind kind,
			     const char *source, const char *target)
{
	const struct folder_job_new job = job_of(kind, source, target);
	struct id id = start(world, &job);
	step_to_the_end(world);
	return look(world, &id);
}

static void assert_ended(struct folder_job job, enum folder_job_state state,
			 int64_t done, int64_t failed)
{
	assert_int_equal(job.state, state);
	assert_int_equal(job.done, done);
	assert_int_equal(job.failed, failed);
}

static void move_takes_everything_along(void **state)
{
	struct world *world = *state;
	files(world, "a/f a/b/g a0 a-/h ab/i");
	folder(world, "a/empty/deep");
	int64_t bytes = world_ask(world, "SELECT storage_bytes FROM usage");
	assert_ended(run(world, FOLDER_JOB_MOVE, "a", "x/a"), FOLDER_JOB_DONE,
		     2, 0);
	assert_files(world, "a-/h a0 ab/i x/a/b/g x/a/f");
	assert_folders(world, "a- ab x x/a x/a/b x/a/empty x/a/empty/deep");
	assert_int_equal(world_ask(world, "SELECT storage_bytes FROM usage"),
			 bytes);
	world_assert_sound(world);
}

static void copy_leaves_the_source_and_shares_bytes(void **state)
{
	struct world *world = *state;
	world_file(world, "a/f", LARGE);
	world_file(world, "a/b/g", 10);
	folder(world, "a/empty");
	assert_ended(run(world, FOLDER_JOB_COPY, "a", "x/a"), FOLDER_JOB_DONE,
		     2, 0);
	assert_files(world, "a/b/g a/f x/a/b/g x/a/f");
	assert_folders(world, "a a/b a/empty x x/a x/a/b x/a/empty");
	assert_int_equal(world_stored(world), 1);
	assert_int_equal(world_ask(world, "SELECT storage_bytes FROM usage"),
			 2 * (LARGE + 10));
	world_assert_sound(world);
}

static void old_versions_are_copied_on_demand(void **state)
{
	struct world *world = *state;
	struct err err;
	for (unsigned i = 0; i < 3; i++) {
		struct file file;
		struct file_put put = world_put_of("a/f");
		put.if_exists = FILE_ADD_VERSION;
		assert_int_equal(world_put(world, &put,
					   world_content(&world->arena, i, 10),
					   &file, &err),
				 0);
	}
	struct folder_job_new job = job_of(FOLDER_JOB_COPY, "a", "without/a");
	start(world, &job);
	step_to_the_end(world);
	job = job_of(FOLDER_JOB_COPY, "a", "with/a");
	job.with_versions = true;
	struct id id = start(world, &job);
	step_to_the_end(world);
	assert_true(look(world, &id).with_versions);
	assert_texts(world,
		     "SELECT older_versions FROM file ORDER BY path DESC",
		     "0 2 2");
	world_assert_sound(world);
}

static void rename_and_delete_leave_no_folder(void **state)
{
	struct world *world = *state;
	files(world, "p/a/f p/a/b/g p/other");
	folder(world, "p/a/empty");
	assert_ended(run(world, FOLDER_JOB_RENAME, "p/a", "p/n"),
		     FOLDER_JOB_DONE, 2, 0);
	assert_files(world, "p/n/b/g p/n/f p/other");
	assert_folders(world, "p p/n p/n/b p/n/empty");
	assert_ended(run(world, FOLDER_JOB_DELETE, "p/n", ""), FOLDER_JOB_DONE,
		     2, 0);
	assert_files(world, "p/other");
	assert_folders(world, "p");
	assert_int_equal(world_ask(world, "SELECT storage_bytes FROM usage"),
			 10);
	world_assert_sound(world);
}

static void a_name_that_is_taken_gets_versions(void **state)
{
	struct world *world = *state;
	struct file old = world_file(world, "x/a/f", 20), now;
	files(world, "a/f");
	assert_ended(run(world, FOLDER_JOB_MOVE, "a", "x/a"), FOLDER_JOB_DONE,
		     1, 0);
	assert_true(world_has(world, "x/a/f", &now));
	assert_memory_equal(&now.id, &old.id, sizeof(now.id));
	assert_int_equal(now.size, 10);
	assert_int_equal(now.older_versions, 1);
	world_assert_sound(world);
}

/* a/a onto a: what is in it stands where its folder stood. */
static void folder_may_come_down_on_one_above_it(void **state)
{
	struct world *world = *state;
	files(world, "a/a/f a/a/b/g a/h");
	assert_ended(run(world, FOLDER_JOB_MOVE, "a/a", "a"), FOLDER_JOB_DONE,
		     2, 0);
	assert_files(world, "a/b/g a/f a/h");
	assert_folders(world, "a a/b");
	world_assert_sound(world);
}

static const struct {
	enum folder_job_kind kind;
	const char *source, *target;
	enum err_code code;
} refusals[] = {
	{FOLDER_JOB_MOVE, "none", "x/none", ERR_NOT_FOUND},
	{FOLDER_JOB_COPY, "A", "x/A", ERR_NOT_FOUND},
	{FOLDER_JOB_DELETE, "none", "", ERR_NOT_FOUND},
	{FOLDER_JOB_DELETE, "a/file", "", ERR_NOT_FOUND},
	{FOLDER_JOB_DELETE, "a/", "", ERR_NOT_FOUND},
	{FOLDER_JOB_MOVE, "a", "a", ERR_INVALID},
	{FOLDER_JOB_COPY, "a", "a/a", ERR_INVALID},
	{FOLDER_JOB_COPY, "a", "a/b/a", ERR_INVALID},
	{FOLDER_JOB_MOVE, "a", "a/new/a", ERR_INVALID},
	{FOLDER_JOB_MOVE, "a", "", ERR_INVALID},
	{FOLDER_JOB_MOVE, "a", "x/../a", ERR_INVALID},
	{FOLDER_JOB_MOVE, "a", "/x", ERR_INVALID},
	{FOLDER_JOB_COPY, "n/n", "n", ERR_INVALID},
	{FOLDER_JOB_MOVE, "d/e/d/e", "d/e", ERR_INVALID},
	{FOLDER_JOB_RENAME, "a", "b", ERR_EXISTS},
};

static void what_cannot_be_is_refused(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id id;
	files(world, "a/file a/b/f b/f n/n/n/f d/e/d/e/d/e/f");
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct folder_job_new job =
			job_of(refusals[i].kind, refusals[i].source,
			       refusals[i].target);
		job.purge_url = STR("https://x/*");
		if (folder_job_create(world->library, &job, &id, &err) == 0)
			fail_msg("%s to %s was taken", refusals[i].source,
				 refusals[i].target);
		if (err.code != refusals[i].code)
			fail_msg("%s to %s: %d", refusals[i].source,
				 refusals[i].target, err.code);
	}
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM job"), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM purge_request"),
			 0);
}

static void too_much_for_a_job_is_refused(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id id;
	files(world, "a/f");
	world_change(world, "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL"
			    " SELECT i + 1 FROM n WHERE i < 100000)"
			    " INSERT INTO folder (account_id, path,"
			    " created_at) SELECT 1, 'a/' || i, 1 FROM n");
	const struct folder_job_new job = job_of(FOLDER_JOB_DELETE, "a", "");
	assert_int_equal(folder_job_create(world->library, &job, &id, &err),
			 -1);
	assert_int_equal(err.code, ERR_LIMIT);
	world_change(world, "DELETE FROM folder WHERE path = 'a/1'");
	start(world, &job);
}

static const struct {
	const char *source, *target;
	bool busy;
} beside[] = {
	{"a/s", "x/s", true},     {"a", "x/a", true},
	{"a/s/in", "x/in", true}, {"other", "a/s/other", true},
	{"other", "t/s", true},   {"other", "t/s/other", true},
	{"t", "x/t", true},       {"other", "x/other", false},
	{"a/s2", "x/s2", false},
};

static void two_jobs_never_share_a_folder(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id id;
	files(world, "a/s/in/f a/s2/f other/f t/f");
	const struct folder_job_new first =
		job_of(FOLDER_JOB_MOVE, "a/s", "t/s");
	start(world, &first);
	for (size_t i = 0; i < COUNT(beside); i++) {
		const struct folder_job_new job = job_of(
			FOLDER_JOB_MOVE, beside[i].source, beside[i].target);
		int result = folder_job_create(world->library, &job, &id, &err);
		if ((result < 0) != beside[i].busy)
			fail_msg("%s to %s: %d", beside[i].source,
				 beside[i].target, result);
		if (result < 0)
			assert_int_equal(err.code, ERR_LOCKED);
		else
			world_change(world,
				     "DELETE FROM job WHERE source <> 'a/s'");
	}
	step_to_the_end(world);
	const struct folder_job_new again =
		job_of(FOLDER_JOB_MOVE, "t/s", "a/s");
	start(world, &again);
}

static void accounts_are_apart(void **state)
{
	struct world *world = *state;
	struct err err;
	struct folder_job job;
	world_account(world, 2);
	files(world, "a/f");
	world_change(world, "INSERT INTO folder (account_id, path, created_at)"
			    " VALUES (2, 'a', 1)");
	const struct folder_job_new mine = job_of(FOLDER_JOB_MOVE, "a", "x/a");
	struct folder_job_new theirs = job_of(FOLDER_JOB_DELETE, "a", "");
	theirs.account_id = 2;
	struct id id = start(world, &mine);
	start(world, &theirs);
	assert_int_equal(folder_job_find(WORLD_VIEW(world, 2), &id, &job, &err),
			 0);
	step_to_the_end(world);
	assert_files(world, "x/a/f");
	assert_folders(world, "x x/a");
}

static void a_step_is_a_bounded_part(void **state)
{
	struct world *world = *state;
	many(world);
	const struct folder_job_new job = job_of(FOLDER_JOB_DELETE, "a", "");
	struct id id = start(world, &job);
	int64_t before = 0;
	unsigned steps = 0;
	for (; step(world); steps++) {
		int64_t done = look(world, &id).done;
		assert_in_range(done - before, 0, 50);
		before = done;
	}
	assert_int_equal(before, COPIES + 1);
	assert_true(steps > COPIES / 50);
	world_assert_sound(world);
}

static void a_step_is_shorter_when_somebody_waits(void **state)
{
	struct world *world = *state;
	many(world);
	const struct folder_job_new job = job_of(FOLDER_JOB_MOVE, "a", "x/a");
	struct id id = start(world, &job);
	sem_init(&arrived, 0, 0);
	atomic_store(&clock_us, g_get_monotonic_time());
	atomic_store(&arrives_at, world->library->db);
	step(world);
	while (sem_wait(&arrived) != 0)
		;
	int64_t awaited = look(world, &id).done;
	step(world);
	atomic_store(&clock_us, 0);
	assert_in_range(awaited, 1, 1000 / LOOK_US + 1);
	assert_int_equal(look(world, &id).done - awaited, 50);
	sem_destroy(&arrived);
	step_to_the_end(world);
	world_assert_sound(world);
}

static void jobs_take_turns(void **state)
{
	struct world *world = *state;
	many(world);
	files(world, "b/f");
	const struct folder_job_new large = job_of(FOLDER_JOB_MOVE, "a", "x/a");
	const struct folder_job_new small = job_of(FOLDER_JOB_MOVE, "b", "x/b");
	struct id first = start(world, &large), second = start(world, &small);
	while (look(world, &second).state == FOLDER_JOB_OPEN)
		step(world);
	assert_int_equal(look(world, &first).state, FOLDER_JOB_OPEN);
	step_to_the_end(world);
	assert_ended(look(world, &first), FOLDER_JOB_DONE, COPIES + 1, 0);
}

/* Three large ones of account 1 and one of account 2, turn by turn. */
static void accounts_take_turns(void **state)
{
	struct world *world = *state;
	struct err err;
	struct folder_job job;
	many(world);
	world_account(world, 2);
	world_change(world, "INSERT INTO folder (account_id, path, created_at)"
			    " SELECT 2, path, 1 FROM folder");
	world_change(world, "UPDATE file SET account_id = 2");
	files(world, "b/f c/f d/f");
	struct folder_job_new theirs = job_of(FOLDER_JOB_MOVE, "a", "x/a");
	theirs.account_id = 2;
	static const char *const mine[] = {"b", "c", "d"};
	for (unsigned i = 0; i < COUNT(mine); i++) {
		const struct folder_job_new one =
			job_of(FOLDER_JOB_DELETE, mine[i], "");
		start(world, &one);
	}
	struct id id = start(world, &theirs);
	for (unsigned i = 0; i < 6; i++)
		step(world);
	assert_int_equal(folder_job_find(WORLD_VIEW(world, 2), &id, &job, &err),
			 1);
	assert_in_range(job.done, 2, 3 * 50);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM job WHERE"
					  " account_id = 1 AND state = 0"),
			 3); /* each takes more than a step, and had one */
	step_to_the_end(world);
}

static void an_account_has_a_bounded_number_of_jobs(void **state)
{
	struct world *world = *state;
	struct err err = {0};
	struct id id;
	files(world, "a/f b/f");
	world_change(world, "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL"
			    " SELECT i + 1 FROM n WHERE i < 1500)"
			    " INSERT INTO job (id, account_id, kind, state,"
			    " source, target, with_versions, cursor, done,"
			    " failed, created_at, updated_at) SELECT"
			    " CAST(100000000000 + i AS BLOB), 1, 4,"
			    " CASE WHEN i > 1401 THEN 0 ELSE 1 END,"
			    " 's' || i, '', 0, '', 0, 0, 1, 1 FROM n");
	const struct folder_job_new first = job_of(FOLDER_JOB_DELETE, "a", "");
	start(world, &first);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM job"
					  " WHERE state <> 0"),
			 FOLDER_JOBS_KEPT_MAX - 1);
	const struct folder_job_new more = job_of(FOLDER_JOB_DELETE, "b", "");
	assert_int_equal(folder_job_create(world->library, &more, &id, &err),
			 -1);
	assert_int_equal(err.code, ERR_LIMIT);
	world_change(world, "UPDATE job SET state = 1 WHERE source = 's1500'");
	start(world, &more);
}

static void a_job_goes_on_after_a_restart(void **state)
{
	struct world *world = *state;
	static const enum folder_job_kind kinds[] = {
		FOLDER_JOB_COPY, FOLDER_JOB_MOVE, FOLDER_JOB_RENAME};
	static const char *const names[] = {"a", "b", "b2", "b3"};
	many(world);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct folder_job_new job =
			job_of(kinds[i], names[i], names[i + 1]);
		struct id id = start(world, &job);
		for (unsigned k = 0; k < 3; k++)
			step(world);
		assert_int_equal(look(world, &id).state, FOLDER_JOB_OPEN);
		assert_in_range(look(world, &id).done, 1, COPIES);
		library_close(world->library);
		world->library = world_open(world, true);
		step_to_the_end(world);
		assert_ended(look(world, &id), FOLDER_JOB_DONE, COPIES + 1, 0);
	}
	assert_folders(world, "a b3");
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file WHERE"
					  " path LIKE 'a/f%'"),
			 COPIES + 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file WHERE"
					  " path LIKE 'b3/f%'"),
			 COPIES + 1);
	world_assert_sound(world);
}

static void version(struct world *world, const char *path)
{
	struct err err;
	struct file file;
	struct file_put put = world_put_of(path);
	put.if_exists = FILE_ADD_VERSION;
	if (world_put(world, &put, STR("newer"), &file, &err) < 0)
		fail_msg("%s: %s", path, err.text);
}

static void move_file(struct world *world, const char *source,
		      const char *target)
{
	struct err err;
	const struct file_relocation how = {.account_id = ACCOUNT,
					    .source = str_of(source),
					    .target = str_of(target)};
	assert_int_equal(file_relocate(world->library, &how, &err), 1);
}

static void restore_first(struct world *world, const struct file *file)
{
	struct err err;
	struct file out;
	const struct version_ref which = {file->id, file->id};
	assert_int_equal(
		version_restore(WORLD_VIEW(world, ACCOUNT), &which, &out, &err),
		1);
}

/* Behind the job and ahead of it: new files and folders, new content of a file
 * that was there, an old one that comes back, and one from elsewhere. */
static void what_comes_later_stays_where_it_is(void **state)
{
	struct world *world = *state;
	static const enum folder_job_kind kinds[] = {
		FOLDER_JOB_MOVE, FOLDER_JOB_RENAME, FOLDER_JOB_DELETE};
	static const char *const targets[] = {"x/a", "b", ""};
	for (size_t i = 0; i < COUNT(kinds); i++) {
		many(world);
		files(world, "a/z1 from/old");
		folder(world, "a/empty");
		folder(world, "a/again");
		struct file back = world_file(world, "a/z2", 10);
		version(world, "a/z2");
		const struct folder_job_new job =
			job_of(kinds[i], "a", targets[i]);
		struct id id = start(world, &job);
		files(world, "a/a-first a/new/f a/zz");
		version(world, "a/z1");
		restore_first(world, &back);
		move_file(world, "from/old", "a/old");
		folder(world, "a/again");
		folder(world, "a/made");
		step(world);
		files(world, "a/a-second");
		step_to_the_end(world);
		assert_ended(look(world, &id), FOLDER_JOB_DONE, COPIES + 1, 0);
		assert_texts(world,
			     "SELECT path FROM file WHERE path LIKE 'a/%'"
			     " ORDER BY path",
			     "a/a-first a/a-second a/new/f a/old a/z1 a/z2"
			     " a/zz");
		assert_texts(world,
			     "SELECT path FROM folder WHERE path LIKE 'a%'"
			     " ORDER BY path",
			     "a a/again a/made a/new");
		world_assert_sound(world);
		world_change(world, "DELETE FROM file");
		world_change(world, "DELETE FROM version");
		world_change(world, "DELETE FROM folder");
		world_change(world, "DELETE FROM blob");
		world_change(world, "DELETE FROM trash");
		world_change(world, "UPDATE usage SET storage_bytes = 0,"
				    " item_count = 0");
	}
}

/* Times that are ahead of the clock are those of what is there, too. */
static void a_clock_that_was_set_back_hides_nothing(void **state)
{
	struct world *world = *state;
	files(world, "a/f a/g");
	folder(world, "a/empty");
	world_change(world, "UPDATE file SET updated_at = 4102444800000,"
			    " content_at = 4102444800000");
	world_change(world, "UPDATE folder SET updated_at = 4102444900000,"
			    " created_at = 4102444900000");
	assert_ended(run(world, FOLDER_JOB_DELETE, "a", ""), FOLDER_JOB_DONE, 2,
		     0);
	assert_files(world, "");
	assert_folders(world, "");
}

/* "a/A" comes before all that is there, "a/z" behind: each step has one more
 * on either side. */
static void arrivals_do_not_keep_a_job_going(void **state)
{
	struct world *world = *state;
	many(world);
	const struct folder_job_new job = job_of(FOLDER_JOB_DELETE, "a", "");
	struct id id = start(world, &job);
	for (unsigned i = 0; step(world); i++) {
		files(world,
		      arena_printf(&world->arena, "a/A%u a/z%u", 1000 - i, i)
			      .p);
		if (i > 100)
			fail_msg("the job does not end");
	}
	assert_int_equal(look(world, &id).state, FOLDER_JOB_DONE);
	assert_folders(world, "a");
	world_assert_sound(world);
}

static void a_copy_has_what_was_ahead_of_it(void **state)
{
	struct world *world = *state;
	struct file file;
	many(world);
	const struct folder_job_new job = job_of(FOLDER_JOB_COPY, "a", "x/a");
	struct id id = start(world, &job);
	step(world);
	files(world, "a/a-first");
	step_to_the_end(world);
	assert_ended(look(world, &id), FOLDER_JOB_DONE, COPIES + 1, 0);
	assert_false(world_has(world, "x/a/a-first", &file));
}

/* A file, and the folder it is in. */
static void what_cannot_be_done_is_left_where_it_is(void **state)
{
	struct world *world = *state;
	char name[FILE_NAME_MAX + 1];
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	g_autofree char *deep =
		g_strjoin("/", "a", name, name, name, "f", NULL);
	g_autofree char *target = g_strjoin("/", name, "a", NULL);
	files(world, "a/short");
	files(world, deep);
	assert_ended(run(world, FOLDER_JOB_MOVE, "a", target),
		     FOLDER_JOB_PARTIAL, 1, 2);
	struct file file;
	assert_true(world_has(world, deep, &file));
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM file WHERE"
					  " path LIKE 'n%/a/short'"),
			 1);
	world_assert_sound(world);
}

/* With 48 levels on top the third is one too many. */
static void empty_folder_that_would_be_too_deep_stays(void **state)
{
	struct world *world = *state;
	char levels[2 * 48];
	memset(levels, 'l', sizeof(levels));
	for (size_t i = 1; i < sizeof(levels); i += 2)
		levels[i] = '/';
	levels[sizeof(levels) - 1] = '\0';
	g_autofree char *target = g_strconcat(levels, "/a", NULL);
	folder(world, "a/b/c");
	assert_ended(run(world, FOLDER_JOB_MOVE, "a", target),
		     FOLDER_JOB_PARTIAL, 0, 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM folder WHERE"
					  " path IN ('a', 'a/b', 'a/b/c')"),
			 3);
	assert_int_equal(world_ask(world, "SELECT MAX(length(path)) FROM"
					  " folder"),
			 2 * FILE_LEVELS_MAX - 1);
}

static void a_copy_keeps_to_the_quota(void **state)
{
	struct world *world = *state;
	files(world, "a/f1 a/f2 a/f3");
	world_change(world, "UPDATE account SET max_storage_bytes = 50");
	assert_ended(run(world, FOLDER_JOB_COPY, "a", "x/a"),
		     FOLDER_JOB_PARTIAL, 2, 1);
	assert_int_equal(world_ask(world, "SELECT storage_bytes FROM usage"),
			 50);
	world_assert_sound(world);
}

static void version_limit_is_passed_over(void **state)
{
	struct world *world = *state;
	files(world, "a/f a/g x/a/f");
	world_change(world, "UPDATE file SET older_versions = 99, last_number ="
			    " 100 WHERE path = 'x/a/f'");
	assert_ended(run(world, FOLDER_JOB_MOVE, "a", "x/a"),
		     FOLDER_JOB_PARTIAL, 1, 1);
	assert_files(world, "a/f x/a/f x/a/g");
	assert_folders(world, "a x x/a");
}

static void what_has_expired_does_not_hold_a_job(void **state)
{
	struct world *world = *state;
	files(world, "a/f a/g");
	world_change(world, "UPDATE file SET expires_at = 1 WHERE path ="
			    " 'a/f'");
	assert_ended(run(world, FOLDER_JOB_MOVE, "a", "x/a"), FOLDER_JOB_DONE,
		     1, 0);
	assert_files(world, "x/a/g");
	assert_folders(world, "x x/a");
	world_assert_sound(world);
}

static void a_damaged_file_is_passed_over(void **state)
{
	struct world *world = *state;
	static const enum folder_job_kind kinds[] = {
		FOLDER_JOB_COPY, FOLDER_JOB_MOVE, FOLDER_JOB_DELETE};
	static const char *const left[] = {"a/1 a/2 a/3 a/4 b/1 b/3",
					   "a/2 a/4 b/1 b/3", "a/2 a/4"};
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const char *target = kinds[i] == FOLDER_JOB_DELETE ? "" : "b";
		files(world, "a/1 a/2 a/3 a/4");
		world_change(world, "UPDATE blob SET checksum = X'00'"
				    " WHERE id IN (SELECT blob_id FROM file"
				    " WHERE path IN ('a/2', 'a/4'))");
		assert_ended(run(world, kinds[i], "a", target),
			     FOLDER_JOB_PARTIAL, 2, 2);
		assert_files(world, left[i]);
		world_change(world, "DELETE FROM file");
		world_change(world, "DELETE FROM folder");
	}
}

static void a_job_that_fails_lets_others_go_first(void **state)
{
	struct world *world = *state;
	struct err err;
	files(world, "a/f b/f");
	world_change(world, "CREATE TRIGGER trap BEFORE UPDATE ON file"
			    " WHEN old.path = 'a/f'"
			    " BEGIN SELECT RAISE(ABORT, 'trap'); END");
	const struct folder_job_new trapped =
		job_of(FOLDER_JOB_MOVE, "a", "x/a");
	const struct folder_job_new free = job_of(FOLDER_JOB_MOVE, "b", "x/b");
	struct id first = start(world, &trapped), second = start(world, &free);
	assert_int_equal(folder_job_step(world->library, &err), -1);
	/* turns are by the millisecond, and it takes many steps */
	while (look(world, &second).state == FOLDER_JOB_OPEN)
		assert_true(folder_job_step(world->library, &err) != 0);
	assert_int_equal(look(world, &first).state, FOLDER_JOB_OPEN);
	assert_int_equal(look(world, &second).state, FOLDER_JOB_DONE);
	world_change(world, "DROP TRIGGER trap");
	step_to_the_end(world);
	assert_ended(look(world, &first), FOLDER_JOB_DONE, 1, 0);
	assert_files(world, "x/a/f x/b/f");
}

static void who_waits_gives_up_when_the_server_stops(void **state)
{
	struct world *world = *state;
	struct err err;
	many(world);
	const struct folder_job_new job = job_of(FOLDER_JOB_DELETE, "a", "");
	struct id id = start(world, &job);
	folder_job_finish_within(world->library, 0);
	assert_int_equal(folder_job_finish(world->library, &id, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	assert_int_equal(look(world, &id).state, FOLDER_JOB_OPEN);
	library_close(world->library);
	world->library = world_open(world, true);
	assert_int_equal(folder_job_finish(world->library, &id, &err), 0);
	assert_ended(look(world, &id), FOLDER_JOB_DONE, COPIES + 1, 0);
	assert_int_equal(step(world), 0);
}

static void a_purge_is_noted_with_its_job(void **state)
{
	struct world *world = *state;
	files(world, "a/f");
	struct folder_job_new job = job_of(FOLDER_JOB_RENAME, "a", "b");
	job.purge_url = STR("https://x/a/*");
	struct id id = start(world, &job);
	assert_true(look(world, &id).has_purge);
	assert_texts(world,
		     "SELECT p.url FROM purge_request p, job j"
		     " WHERE p.id = j.purge_id AND p.account_id = 1",
		     "https://x/a/*");
}

static void sweep_forgets_what_ended_long_ago(void **state)
{
	struct world *world = *state;
	struct err err;
	files(world, "a/f b/f");
	struct id ended =
		start(world, &(struct folder_job_new){.account_id = ACCOUNT,
						      .kind = FOLDER_JOB_DELETE,
						      .source = STR("a")});
	step_to_the_end(world);
	const struct folder_job_new job = job_of(FOLDER_JOB_DELETE, "b", "");
	struct id open = start(world, &job);
	assert_int_equal(
		folder_job_sweep(world->library, now_ms() - 60000, &err), 0);
	assert_int_equal(look(world, &ended).state, FOLDER_JOB_DONE);
	assert_int_equal(
		folder_job_sweep(world->library, now_ms() + 60000, &err), 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM job"), 1);
	assert_int_equal(look(world, &open).state, FOLDER_JOB_OPEN);
}

#define JOB_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		JOB_TEST(move_takes_everything_along),
		JOB_TEST(copy_leaves_the_source_and_shares_bytes),
		JOB_TEST(old_versions_are_copied_on_demand),
		JOB_TEST(rename_and_delete_leave_no_folder),
		JOB_TEST(a_name_that_is_taken_gets_versions),
		JOB_TEST(folder_may_come_down_on_one_above_it),
		JOB_TEST(what_cannot_be_is_refused),
		JOB_TEST(too_much_for_a_job_is_refused),
		JOB_TEST(two_jobs_never_share_a_folder),
		JOB_TEST(accounts_are_apart),
		JOB_TEST(a_step_is_a_bounded_part),
		JOB_TEST(a_step_is_shorter_when_somebody_waits),
		JOB_TEST(jobs_take_turns),
		JOB_TEST(accounts_take_turns),
		JOB_TEST(an_account_has_a_bounded_number_of_jobs),
		JOB_TEST(a_job_goes_on_after_a_restart),
		JOB_TEST(what_comes_later_stays_where_it_is),
		JOB_TEST(a_clock_that_was_set_back_hides_nothing),
		JOB_TEST(arrivals_do_not_keep_a_job_going),
		JOB_TEST(a_copy_has_what_was_ahead_of_it),
		JOB_TEST(what_cannot_be_done_is_left_where_it_is),
		JOB_TEST(empty_folder_that_would_be_too_deep_stays),
		JOB_TEST(a_copy_keeps_to_the_quota),
		JOB_TEST(version_limit_is_passed_over),
		JOB_TEST(what_has_expired_does_not_hold_a_job),
		JOB_TEST(a_damaged_file_is_passed_over),
		JOB_TEST(a_job_that_fails_lets_others_go_first),
		JOB_TEST(who_waits_gives_up_when_the_server_stops),
		JOB_TEST(a_purge_is_noted_with_its_job),
		JOB_TEST(sweep_forgets_what_ended_long_ago),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
