/* SPDX-License-Identifier: Apache-2.0 */
#include "base/turns.h"

#define PASSED_MAX 8 /* then the next sort of an owner has its turn */

struct turns_owner {
	int64_t key;
	GQueue waiting[TURN_SORTS];
	unsigned held[TURN_SORTS];
	unsigned passed; /* times that a later sort was */
	GList link;      /* in turns.next, while something waits */
};

void turns_init(struct turns *turns, const struct turns_options *options)
{
	*turns = (struct turns){
		.options = *options,
		.owners = g_hash_table_new_full(g_int64_hash, g_int64_equal,
						NULL, g_free),
	};
	g_queue_init(&turns->next);
	for (unsigned sort = 0; sort < TURN_SORTS; sort++)
		g_queue_init(&turns->by_time[sort]);
}

void turns_release(struct turns *turns)
{
	g_hash_table_unref(turns->owners);
}

static struct turns_owner *find_owner(struct turns *turns, int64_t key)
{
	struct turns_owner *owner = g_hash_table_lookup(turns->owners, &key);
	if (owner)
		return owner;
	owner = g_new0(struct turns_owner, 1);
	owner->key = key;
	owner->link.data = owner;
	g_hash_table_insert(turns->owners, &owner->key, owner);
	return owner;
}

static unsigned waiting_of(const struct turns_owner *owner)
{
	unsigned n = 0;
	for (unsigned sort = 0; sort < TURN_SORTS; sort++)
		n += owner->waiting[sort].length;
	return n;
}

static void forget_idle(struct turns *turns, struct turns_owner *owner)
{
	unsigned n = waiting_of(owner);
	for (unsigned sort = 0; sort < TURN_SORTS; sort++)
		n += owner->held[sort];
	if (n == 0)
		g_hash_table_remove(turns->owners, &owner->key);
}

static bool below(unsigned n, unsigned limit)
{
	return limit == 0 || n < limit;
}

static bool may_hold(const struct turns *turns, const struct turns_owner *owner,
		     unsigned sort)
{
	const struct turns_rule *rule = &turns->options.rules[sort];
	unsigned mine = owner->held[sort], all = turns->held[sort];
	if (!below(all, rule->places) || !below(mine, rule->own))
		return false;
	return mine == 0 || rule->part == 0 ||
	       mine < (uint64_t)rule->part * (rule->places - all);
}

static bool is_ready(const struct turns *turns, const struct turns_owner *owner,
		     unsigned sort)
{
	return owner->waiting[sort].length > 0 && may_hold(turns, owner, sort);
}

/* An owner's first thing that waits joins those who take turns. */
static void link_turn(struct turns *turns, struct turn *turn, bool first)
{
	struct turns_owner *owner = turn->place.owner;
	GQueue *own = &owner->waiting[turn->place.sort];
	GQueue *all = &turns->by_time[turn->place.sort];
	if (waiting_of(owner) == 0)
		g_queue_push_tail_link(&turns->next, &owner->link);
	turn->by_owner = (GList){.data = turn};
	turn->by_time = (GList){.data = turn};
	turns->waiting++;
	if (first) {
		g_queue_push_head_link(own, &turn->by_owner);
		g_queue_push_head_link(all, &turn->by_time);
	} else {
		g_queue_push_tail_link(own, &turn->by_owner);
		g_queue_push_tail_link(all, &turn->by_time);
	}
}

static void unlink_turn(struct turns *turns, struct turn *turn)
{
	struct turns_owner *owner = turn->place.owner;
	g_queue_unlink(&owner->waiting[turn->place.sort], &turn->by_owner);
	g_queue_unlink(&turns->by_time[turn->place.sort], &turn->by_time);
	turns->waiting--;
	if (waiting_of(owner) == 0)
		g_queue_unlink(&turns->next, &owner->link);
}

int turns_add(struct turns *turns, struct turn *turn,
	      const struct turns_wish *wish, struct err *err)
{
	const struct turns_options *options = &turns->options;
	struct turns_owner *owner = find_owner(turns, wish->owner);
	unsigned weight = MAX(wish->weight, 1);
	if (!below(turns->waiting * weight, options->waiting) ||
	    !below(waiting_of(owner) * weight, options->own_waiting) ||
	    !below(owner->waiting[wish->sort].length * weight,
		   options->rules[wish->sort].own_waiting)) {
		forget_idle(turns, owner);
		return err_set(err, ERR_BUSY,
			       "Too many jobs are waiting. Try again later.");
	}
	turn->place = (struct turns_place){owner, wish->sort};
	turn->deadline = wish->deadline;
	link_turn(turns, turn, false);
	return 0;
}

/* The lowest that is ready, unless another has been passed over too often;
 * TURN_SORTS: none. */
static unsigned choose_sort(const struct turns *turns,
			    struct turns_owner *owner)
{
	unsigned first = 0, second;
	while (first < TURN_SORTS && !is_ready(turns, owner, first))
		first++;
	second = first + 1;
	while (second < TURN_SORTS && !is_ready(turns, owner, second))
		second++;
	if (second >= TURN_SORTS)
		return first;
	if (owner->passed++ < PASSED_MAX)
		return first;
	owner->passed = 0;
	return second;
}

void turns_hold(struct turns *turns, struct turns_place place)
{
	place.owner->held[place.sort]++;
	turns->held[place.sort]++;
}

struct turn *turns_take(struct turns *turns)
{
	for (GList *at = turns->next.head; at; at = at->next) {
		struct turns_owner *owner = at->data;
		unsigned sort = choose_sort(turns, owner);
		if (sort == TURN_SORTS)
			continue;
		struct turn *turn = owner->waiting[sort].head->data;
		unlink_turn(turns, turn);
		turns_hold(turns, turn->place);
		if (waiting_of(owner)) {
			g_queue_unlink(&turns->next, &owner->link);
			g_queue_push_tail_link(&turns->next, &owner->link);
		}
		return turn;
	}
	return NULL;
}

static unsigned room(unsigned held, unsigned limit, unsigned wanted)
{
	if (limit == 0)
		return wanted;
	return held < limit ? MIN(limit - held, wanted) : 0;
}

unsigned turns_ready(const struct turns *turns)
{
	unsigned n[TURN_SORTS] = {0}, all = 0;
	for (const GList *at = turns->next.head; at; at = at->next) {
		const struct turns_owner *owner = at->data;
		for (unsigned sort = 0; sort < TURN_SORTS; sort++)
			n[sort] += room(owner->held[sort],
					turns->options.rules[sort].own,
					owner->waiting[sort].length);
	}
	for (unsigned sort = 0; sort < TURN_SORTS; sort++)
		all += room(turns->held[sort],
			    turns->options.rules[sort].places, n[sort]);
	return all;
}

static void leave(struct turns *turns, struct turns_place place)
{
	place.owner->held[place.sort]--;
	turns->held[place.sort]--;
}

void turns_return(struct turns *turns, struct turn *turn, int64_t deadline)
{
	const GQueue *all = &turns->by_time[turn->place.sort];
	const struct turn *next = all->head ? all->head->data : NULL;
	turn->deadline = next ? MIN(next->deadline, deadline) : deadline;
	leave(turns, turn->place);
	link_turn(turns, turn, true);
}

/* The lists are in the order of deadlines. */
static struct turn *first_to_expire(const struct turns *turns)
{
	struct turn *first = NULL;
	for (unsigned sort = 0; sort < TURN_SORTS; sort++) {
		const GList *head = turns->by_time[sort].head;
		struct turn *turn = head ? head->data : NULL;
		if (turn && (!first || turn->deadline < first->deadline))
			first = turn;
	}
	return first;
}

void turns_drop(struct turns *turns, struct turn *turn)
{
	unlink_turn(turns, turn);
	forget_idle(turns, turn->place.owner);
}

struct turn *turns_expire(struct turns *turns, int64_t now)
{
	struct turn *turn = first_to_expire(turns);
	if (turn == NULL || turn->deadline > now)
		return NULL;
	turns_drop(turns, turn);
	return turn;
}

int64_t turns_deadline(const struct turns *turns)
{
	const struct turn *turn = first_to_expire(turns);
	return turn ? turn->deadline : INT64_MAX;
}

bool turns_enter(struct turns *turns, const struct turns_wish *wish,
		 struct turns_place *out)
{
	struct turns_owner *owner = find_owner(turns, wish->owner);
	if (!may_hold(turns, owner, wish->sort)) {
		forget_idle(turns, owner);
		return false;
	}
	*out = (struct turns_place){owner, wish->sort};
	turns_hold(turns, *out);
	return true;
}

void turns_end(struct turns *turns, struct turns_place place)
{
	leave(turns, place);
	forget_idle(turns, place.owner);
}
