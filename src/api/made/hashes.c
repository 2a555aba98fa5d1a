/* SPDX-License-Identifier: Apache-2.0 */
#include "api/made/hashes.h"
#include "hashing/hasher.h"

/* What a request has been given, or waits for; in its arena. */
struct hashes_hold {
	struct request *rq;
	struct hot_entry *entry; /* they are of this one's content */
	struct hashes hashes;
	struct err err; /* no code: there they are */
	struct flight_waiter waiter;
};

static int give(const struct hashes_hold *hold, const struct hashes **out,
		struct err *err)
{
	if (hold->err.code != ERR_NONE) {
		*err = hold->err;
		return -1;
	}
	*out = &hold->hashes;
	return 0;
}

/* While it waited the file may have got other bytes, and would have others when
 * those were hashed: it is answered of what it has asked for. */
static int give_held(struct hashes_hold *hold, struct hot_entry **entry,
		     const struct hashes **out, struct err *err)
{
	if (!id_eq(&hold->entry->file.id, &(*entry)->file.id))
		return err_set(err, ERR_BUSY,
			       "The file was replaced while it was read. Try "
			       "again.");
	hot_unref(*entry);
	*entry = hot_entry_ref(hold->entry);
	return give(hold, out, err);
}

/* A thread that hashes: leave at once. */
static void on_made(void *user, void *made, const struct err *err)
{
	struct hashes_hold *hold = user;
	if (made)
		hold->hashes = *(const struct hashes *)made;
	else
		hold->err = *err;
	request_resume(hold->rq);
}

static int wait_for(struct request *rq, struct hashes_hold *hold,
		    struct hot_entry *entry, struct err *err)
{
	hold->waiter = (struct flight_waiter){
		.guest = request_guest(rq, entry->file.account_id),
		.left_us = &rq->x->left_us,
		.done = on_made,
		.user = hold,
	};
	if (rq->resume == NULL)
		rq->resume = rq->route->handle;
	if (hasher_ask(rq->services->hasher, entry, &hold->waiter, err) < 0)
		return -1;
	return HANDLE_PENDING;
}

static int find(struct request *rq, struct hashes_hold *hold,
		const struct hashes **out, struct err *err)
{
	const struct file *file = &hold->entry->file;
	int found = 0;
	if (hold->entry->content.size <= HASHER_AT_ONCE)
		return hasher_now(&hold->entry->content, &hold->hashes, err) < 0
			       ? -1
			       : give(hold, out, err);
	if (file->store != HOT_NO_STORE)
		found = hashes_find(request_view(rq), file->blob_id,
				    &hold->hashes, err);
	if (found != 0)
		return found < 0 ? -1 : give(hold, out, err);
	return wait_for(rq, hold, hold->entry, err);
}

int request_find_hashes(struct request *rq, struct hot_entry **entry,
			const struct hashes **out, struct err *err)
{
	if (rq->hashes)
		return give_held(rq->hashes, entry, out, err);
	if (rq->on_loop)
		return HANDLE_LATER;
	rq->hashes = arena_zalloc(request_arena(rq), sizeof(*rq->hashes));
	rq->hashes->rq = rq;
	rq->hashes->entry = hot_entry_ref(*entry);
	request_keep(rq, rq->hashes->entry);
	return find(rq, rq->hashes, out, err);
}
