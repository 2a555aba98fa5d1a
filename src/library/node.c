/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file `node` says which directory this is and how many servers were
 * started and stopped on it; so does a row of the database. The file is written
 * before the row, as a claim, and again after it. So a start that was cut off
 * in between is told from a database that has seen fewer of them than the
 * directory, which is an old copy, and from one that has seen more: then the
 * directory is one.
 */
#include "library/node.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "library/library_internal.h"
#include "library/row.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* "<id> <starts> claim\n" or "<id> <starts> start\n": always as long, so that
 * it is written over in place, on a full disk too, and within a sector. */
#define STARTS_LEN 18
#define STARTS_MAX 999999999999999999
#define LINE_LEN (ID_HEX_LEN + 1 + STARTS_LEN + 1 + 5 + 1)

struct identity {
	struct id directory;
	int64_t starts; /* and stops; 0: none was noted */
	bool is_claim;  /* the last one may not be in the database */
};

struct claim {
	struct identity noted, next;
	struct node *node;
	bool has_row;
	int64_t row_starts;
};

static int open_file(const struct library *library)
{
	g_autofree char *path = g_build_filename(library->dir, "node", NULL);
	return fd_open_file(AT_FDCWD, path, O_RDWR | O_CREAT);
}

static bool parse(struct str line, struct identity *out)
{
	uint64_t starts;
	struct str id = str_split(&line, ' ');
	struct str number = str_split(&line, ' ');
	out->is_claim = str_eq(line, STR("claim\n"));
	if (!id_from_hex(id, &out->directory) || number.n != STARTS_LEN ||
	    !str_to_u64(number, STARTS_MAX, &starts) || starts == 0)
		return false;
	out->starts = (int64_t)starts;
	return out->is_claim || str_eq(line, STR("start\n"));
}

/* A new identity when there is none. */
static int read_noted(int fd, struct identity *out, struct err *err)
{
	char line[LINE_LEN + 1];
	ssize_t n = fd_read(fd, line, sizeof(line), 0);
	if (n < 0)
		return err_set_errno(err, errno, "cannot read the file node");
	if (parse((struct str){line, (size_t)n}, out))
		return 0;
	if (n > 0)
		log_warn("the file node of the data directory is damaged");
	*out = (struct identity){.directory = id_new()};
	return 0;
}

static int note(int fd, const struct identity *identity, struct err *err)
{
	char id[ID_HEX_LEN + 1], line[LINE_LEN + 1];
	id_to_hex(&identity->directory, id);
	snprintf(line, sizeof(line), "%s %0*" PRId64 " %s\n", id, STARTS_LEN,
		 identity->starts, identity->is_claim ? "claim" : "start");
	if (pwrite(fd, line, LINE_LEN, 0) != LINE_LEN || fdatasync(fd) < 0)
		return err_set_errno(err, errno, "cannot write the file node");
	return 0;
}

/* The directory's own row, and whose the other numbers are. */
static int read_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct claim *claim = arg;
	struct node *node = claim->node;
	int more;
	struct db_stmt *stmt = db_query(
		tx, "SELECT number, directory, starts FROM node", DB_NO_ARGS);
	memset(node->others, 0, sizeof(node->others));
	claim->has_row = false;
	while ((more = db_step(stmt, err)) > 0) {
		struct id directory;
		uint64_t number = (uint64_t)db_int(stmt, 0);
		if (row_id(stmt, 1, &directory, err) < 0)
			return -1;
		if (number >= STORE_NODES)
			return err_set(err, ERR_CORRUPT,
				       "The number of a node is not valid.");
		if (!id_eq(&directory, &claim->next.directory)) {
			node->others[number] = true;
			continue;
		}
		claim->has_row = true;
		claim->row_starts = db_int(stmt, 2);
		node->number = (unsigned)number;
	}
	db_done(stmt);
	return more;
}

static int insert_row(struct db_tx *tx, struct claim *claim, struct err *err)
{
	struct node *node = claim->node;
	node->number = 0;
	while (node->number < STORE_NODES && node->others[node->number])
		node->number++;
	if (node->number == STORE_NODES)
		return err_set(err, ERR_LIMIT,
			       "The database has %d nodes already.",
			       STORE_NODES);
	return db_exec(tx,
		       "INSERT INTO node (number, directory, starts,"
		       " started_at) VALUES ($1, $2, $3, $4)",
		       DB_ARGS(DB_INT(node->number),
			       DB_ID(&claim->next.directory),
			       DB_INT(claim->next.starts), DB_INT(now_ms())),
		       err);
}

static int claim_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct claim *claim = arg;
	bool had_row = claim->has_row;
	int64_t seen = claim->row_starts;
	if (read_rows(tx, claim, err) < 0)
		return -1;
	if (claim->has_row != had_row || (had_row && claim->row_starts != seen))
		return err_set(err, ERR_BUSY,
			       "another server is starting with a copy of this "
			       "data directory");
	if (!had_row)
		return insert_row(tx, claim, err);
	return db_exec(tx,
		       "UPDATE node SET starts = $2, started_at = $3"
		       " WHERE directory = $1",
		       DB_ARGS(DB_ID(&claim->next.directory),
			       DB_INT(claim->next.starts), DB_INT(now_ms())),
		       err);
}

/* How the file and the row fit together. */
static void judge(struct claim *claim)
{
	const struct identity *noted = &claim->noted;
	struct node *node = claim->node;
	int64_t least = noted->starts - noted->is_claim;
	int64_t seen = claim->has_row ? claim->row_starts : 0;
	node->is_new = noted->starts == 0;
	node->is_strange = seen < least || seen > noted->starts;
	claim->next = (struct identity){
		.directory = noted->directory,
		.starts = MAX(seen, noted->starts) + 1,
		.is_claim = true,
	};
	if (seen < least)
		log_warn("the database has seen %" PRId64
			 " starts and stops of "
			 "this data directory and not %" PRId64 ": it is new, "
			 "another one or an old copy, and does not know the "
			 "files that were stored since. They stay where they "
			 "are; `stowage fsck` lists them",
			 seen, noted->starts);
	if (seen <= noted->starts)
		return;
	log_warn("the database has seen %" PRId64 " starts and stops of this "
		 "data directory and not %" PRId64
		 ": the directory is a copy, and "
		 "gets a number of its own",
		 seen, noted->starts);
	/* the old one's number is somebody else's */
	node->others[node->number] = true;
	claim->has_row = false;
	claim->next.directory = id_new();
	claim->next.starts = 1;
}

static int store_claim(struct library *library, int fd, struct claim *claim,
		       struct err *err)
{
	if (note(fd, &claim->next, err) < 0 ||
	    db_write(library->db, claim_rows, claim, err) < 0)
		return -1;
	claim->next.is_claim = false;
	return note(fd, &claim->next, err);
}

/* What the file and the row say. */
static int read_both(struct library *library, int fd, struct claim *claim,
		     struct err *err)
{
	if (fd < 0)
		return err_set_errno(err, errno, "cannot open the file node");
	if (read_noted(fd, &claim->noted, err) < 0)
		return -1;
	claim->next.directory = claim->noted.directory;
	return db_read(library->db, read_rows, claim, err);
}

int node_claim(struct library *library, struct node *out, struct err *err)
{
	struct err why = {0};
	struct claim claim = {.node = out};
	SCOPED_FD fd = open_file(library);
	if (read_both(library, fd, &claim, err) < 0)
		return -1;
	judge(&claim);
	bool has_number = claim.has_row;
	if (store_claim(library, fd, &claim, &why) == 0)
		return 0;
	if (why.code != ERR_NO_SPACE || !has_number)
		return err_set(err, why.code, "%s", why.text);
	log_warn("this start or stop is not counted: %s", why.text);
	return 0;
}

void node_note_stop(struct library *library)
{
	struct node node;
	struct claim claim = {.node = &node};
	struct err err = {0};
	SCOPED_FD fd = open_file(library);
	int result = read_both(library, fd, &claim, &err);
	/* else somebody has exchanged one of them, which a start judges */
	if (result == 0 && claim.has_row &&
	    claim.row_starts == claim.noted.starts) {
		claim.next.starts = claim.row_starts + 1;
		claim.next.is_claim = true;
		result = store_claim(library, fd, &claim, &err);
	}
	if (result < 0)
		log_warn("this stop is not counted: %s", err.text);
}

static int highest_row(struct db_tx *tx, void *arg, struct err *err)
{
	int64_t *highest = arg, upload = 0;
	if (db_query_int(tx, "SELECT COALESCE(MAX(id), 0) FROM blob",
			 DB_NO_ARGS, highest, err) < 0 ||
	    db_query_int(tx, "SELECT COALESCE(MAX(id), 0) FROM upload",
			 DB_NO_ARGS, &upload, err) < 0)
		return -1;
	*highest = MAX(*highest, upload);
	return 0;
}

static int reserve(void *user, int64_t id, uint64_t size)
{
	(void)size;
	store_ids_above(user, id);
	return 0;
}

int node_reserve_ids(struct library *library, struct err *err)
{
	const struct stores *stores = &library->stores;
	int64_t highest = 0;
	if (db_read(library->db, highest_row, &highest, err) < 0)
		return -1;
	for (size_t i = 0; i < stores->n; i++) {
		struct store *store = stores->list[i];
		if (store_each(store, STORE_PENDING, reserve, store, err) < 0 ||
		    store_each(store, STORE_ASIDE, reserve, store, err) < 0 ||
		    store_each(store, STORE_STAGED, reserve, store, err) < 0)
			return -1;
		store_ids_above(store, highest);
	}
	return 0;
}
