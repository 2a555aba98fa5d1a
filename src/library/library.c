/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing the library: the data directory, its lock, the database,
 * the store, the keyring; and the clean-up after a stop that was none.
 */
#include "library/library.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "db/sqlite/db_sqlite.h"
#include "library/accounts/key_rows.h"
#include "library/accounts/usage.h"
#include "library/check/orphan.h"
#include "library/library_internal.h"
#include "library/node.h"
#include "library/uploads/registry.h"
#include "store/local/local_store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* What a client waits for may go on that long at a stop: it can ask again. */
#define READS_AT_STOP_MS INT64_C(1000)

static int sync_dir(const char *dir, struct err *err)
{
	SCOPED_FD fd = g_open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd < 0)
		return err_set_errno(err, errno, "cannot open %s", dir);
	if (fsync(fd) < 0)
		return err_set_errno(err, errno, "cannot sync %s", dir);
	return 0;
}

/* The directory itself must survive power loss, too. */
static int make_dir(const char *dir, struct err *err)
{
	if (g_mkdir(dir, 0700) == 0) {
		g_autofree char *parent = g_path_get_dirname(dir);
		return sync_dir(parent, err);
	}
	if (errno == ENOENT && g_mkdir_with_parents(dir, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return err_set_errno(err, errno, "cannot make %s", dir);
	return 0;
}

/* Before anything is written: so this start is counted in the log, and a
 * database without its log has not seen it. */
static void settle_database(struct library *library)
{
	struct err why = {0};
	if (db_settle(library->db, &why) < 0)
		log_warn("what the previous run wrote last may not be on the "
			 "disk yet: %s",
			 why.text);
}

static bool is_strange(struct library *library, const struct node *node,
		       struct err *err)
{
	bool all = false;
	if (node->is_new && orphans_are_all(library, &all, err) < 0)
		all = true;
	if (all)
		log_warn("the database is new, but there are files in the "
			 "store. They stay where they are; `stowage fsck` "
			 "lists them");
	return all || node->is_strange;
}

/* What a stop that was none has left, unless it may be files that the right
 * database knows. What fails is left to the next start: a full disk must not
 * keep the server from making room. */
static void clean_up(struct library *library, const struct node *node)
{
	struct err why = {0};
	if (!is_strange(library, node, &why) &&
	    orphans_settle(library, node, &why) < 0)
		log_warn("what the previous run did not finish stays as it "
			 "is: %s",
			 why.text);
}

/* The server alone changes the schema: it has the lock, so that no other goes
 * on with one that it does not know. */
static int open_database(struct library *library,
			 const struct library_options *options, struct err *err)
{
	g_autofree char *path =
		g_build_filename(options->dir, "stowage.db", NULL);
	const struct db_options db = {
		.path = path,
		.driver = &db_driver_sqlite,
		.readers = options->readers,
		.keep_schema = !options->exclusive,
	};
	return db_open(&library->db, &db, err);
}

/* Bytes: what may be asked for again soon, as pictures are. */
#define CACHED_MAX (16u * 1024 * 1024)

static int open_parts(struct library *library,
		      const struct library_options *options, struct err *err)
{
	struct store_options store = {
		.dir = options->dir,
		.inline_limit = options->inline_limit,
		.reserve = options->reserve,
		.cached_max = CACHED_MAX,
	};
	struct store *own;
	struct node node;
	if (make_dir(options->dir, err) < 0)
		return -1;
	if (options->exclusive &&
	    library_lock(options->dir, &library->lock_fd, err) < 0)
		return -1;
	if (open_database(library, options, err) < 0)
		return -1;
	if (options->exclusive) {
		settle_database(library);
		if (node_claim(library, &node, err) < 0)
			return -1;
		library->is_claimed = true;
		store.node = node.number;
	}
	store.spare = db_spare(library->db);
	if (store_open_local(&own, &store, err) < 0)
		return -1;
	stores_add(&library->stores, own);
	if (sync_dir(options->dir, err) < 0 ||
	    keyring_refresh(library, err) < 0)
		return -1;
	if (!options->exclusive)
		return 0;
	clean_up(library, &node);
	return node_reserve_ids(library, err);
}

int library_open(struct library **out, const struct library_options *options,
		 struct err *err)
{
	struct library *library = g_new0(struct library, 1);
	g_mutex_init(&library->mutex);
	usage_init(library);
	library->dir = g_strdup(options->dir);
	library->check_max = options->check_max;
	library->lock_fd = -1;
	library->uploads = uploads_new(options->open_uploads);
	if (open_parts(library, options, err) < 0) {
		library_close(library);
		return -1;
	}
	*out = library;
	return 0;
}

void library_close(struct library *library)
{
	if (library == NULL)
		return;
	if (library->is_claimed)
		node_note_stop(library);
	db_close(library->db);
	uploads_free(library->uploads);
	stores_close(&library->stores);
	keyring_unref(library->keyring);
	if (library->lock_fd >= 0)
		close(library->lock_fd);
	usage_release(library);
	g_mutex_clear(&library->mutex);
	g_free(library->dir);
	g_free(library);
}

void library_finish_within(struct library *library, unsigned ms)
{
	atomic_store(&library->reads_until_us,
		     g_get_monotonic_time() + MIN(ms, READS_AT_STOP_MS) * 1000);
	db_finish_within(library->db, ms);
}

int view_read(const struct view *view, db_fn *fn, void *arg, struct err *err)
{
	struct db_limit limit = {
		.until_us = view->until_us,
		.ends_us = {view->left_us, &view->library->reads_until_us},
	};
	int64_t stop = atomic_load(&view->library->reads_until_us);
	if (stop) { /* it has begun: what comes now has as long */
		int64_t end = g_get_monotonic_time() + READS_AT_STOP_MS * 1000;
		limit.until_us =
			limit.until_us ? MIN(limit.until_us, end) : end;
		limit.ends_us[1] = NULL;
	}
	return db_read_within(view->library->db, &limit, fn, arg, err);
}

struct db *library_db(struct library *library)
{
	return library->db;
}

struct store *library_store(struct library *library)
{
	return library->stores.list[0];
}

static void on_commit(void *user, const void *note, size_t n)
{
	const struct library *library = user;
	struct id id;
	if (n != sizeof(id.b))
		return;
	memcpy(id.b, note, sizeof(id.b));
	library->on_change(library->on_change_user, &id);
}

void library_on_change(struct library *library, library_change_fn *fn,
		       void *user)
{
	library->on_change = fn;
	library->on_change_user = user;
	db_on_commit(library->db, fn ? on_commit : NULL, library);
}

void library_on_told(struct library *library, void (*fn)(void *user),
		     void *user)
{
	db_on_told(library->db, fn, user);
}

void library_on_gone(struct library *library, library_gone_fn *fn, void *user)
{
	library->on_gone = fn;
	library->on_gone_user = user;
}

static int ask(struct db_tx *tx, void *arg, struct err *err)
{
	int64_t *revision = arg;
	return key_revision_tx(tx, revision, err);
}

int library_check_database(struct library *library, struct err *err)
{
	int64_t revision;
	return db_read(library->db, ask, &revision, err);
}

int library_check(struct library *library, struct err *err)
{
	const struct stores *stores = &library->stores;
	if (library_check_database(library, err) < 0)
		return -1;
	for (size_t i = 0; i < stores->n; i++)
		if (store_check(stores->list[i], err) < 0)
			return -1;
	return 0;
}
