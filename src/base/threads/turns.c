/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads/turns.h"

#define PASSED_MAX 8 /* then the next sort of an owner has its turn */

struct turns_owner {
	int64_t key;
	GQueue next[TURN_SORTS]; /* guests that wait, in their order */
	struct turns_ranks ranks[TURN_SORTS]; /* the same guests */
	unsigned waiting[TURN_SORTS], held[TURN_SORTS];
	unsigned passed; /* times that a later sort was */
	unsigned guests;
	GList link; /* in turns.next, while something waits */
	GList by_rank;
};

struct guest_key {
	int64_t owner, guest;
};

struct turns_guest {
	struct guest_key key;
	struct turns_owner *owner;
	GQueue waiting[TURN_SORTS];
	unsigned held[TURN_SORTS];
	GList link[TURN_SORTS]; /* in owner->next, while something waits */
	GList by_rank[TURN_SORTS];
};

static guint guest_hash(gconstpointer key)
{
	const struct guest_key *guest = key;
	return g_int64_hash(&guest->owner) * 31 + g_int64_hash(&guest->guest);
}

static gboolean guest_equal(gconstpointer a, gconstpointer b)
{
	const struct guest_key *x = a, *y = b;
	return x->owner == y->owner && x->guest == y->guest;
}

void turns_init(struct turns *turns, const struct turns_options *options)
{
	/* all zeros are empty queues, too */
	*turns = (struct turns){
		.options = *options,
		.owners = g_hash_table_new_full(g_int64_hash, g_int64_equal,
						NULL, g_free),
		.guests = g_hash_table_new_full(guest_hash, guest_equal, NULL,
						g_free),
	};
}

void turns_release(struct turns *turns)
{
	g_hash_table_unref(turns->guests);
	g_hash_table_unref(turns->owners);
}

static struct turns_owner *find_owner(struct turns *turns, int64_t key)
{
	struct turns_owner *owner = g_hash_table_lookup(turns->owners, &key);
	if (owner)
		return owner;
	owner = g_new0(struct turns_owner, 1);
	owner->key = key;
	owner->link.data = owner->by_rank.data = owner;
	g_hash_table_insert(turns->owners, &owner->key, owner);
	return owner;
}

static struct turns_guest *find_guest(struct turns *turns, int64_t owner,
				      int64_t guest_key)
{
	const struct guest_key key = {owner, guest_key};
	struct turns_guest *guest = g_hash_table_lookup(turns->guests, &key);
	if (guest)
		return guest;
	guest = g_new0(struct turns_guest, 1);
	guest->key = key;
	guest->owner = find_owner(turns, owner);
	guest->owner->guests++;
	for (unsigned sort = 0; sort < TURN_SORTS; sort++)
		guest->link[sort].data = guest->by_rank[sort].data = guest;
	g_hash_table_insert(turns->guests, &guest->key, guest);
	return guest;
}

static unsigned waiting_of(const struct turns_owner *owner)
{
	unsigned n = 0;
	for (unsigned sort = 0; sort < TURN_SORTS; sort++)
		n += owner->waiting[sort];
	return n;
}

static void forget_idle(struct turns *turns, struct turns_guest *guest)
{
	struct turns_owner *owner = guest->owner;
	for (unsigned sort = 0; sort < TURN_SORTS; sort++)
		if (guest->waiting[sort].length || guest->held[sort])
			return;
	g_hash_table_remove(turns->guests, &guest->key);
	if (--owner->guests == 0)
		g_hash_table_remove(turns->owners, &owner->key);
}

/* How much waits. */

static GQueue *rank_of(struct turns_ranks *ranks, unsigned n)
{
	return &ranks->by_bits[n ? g_bit_storage(n) : 0];
}

/* Who had `before` waiting has `now`, one of them not 0. */
static void set_rank(struct turns_ranks *ranks, GList *link, unsigned before,
		     unsigned now)
{
	GQueue *from = rank_of(ranks, before), *to = rank_of(ranks, now);
	if (from == to)
		return;
	if (before)
		g_queue_unlink(from, link);
	if (now)
		g_queue_push_tail_link(to, link);
}

/* One with the most, as far as the number of bits tells; NULL: none. */
static void *first_in_rank(const struct turns_ranks *ranks)
{
	for (unsigned bits = TURN_RANKS; bits-- > 1;)
		if (ranks->by_bits[bits].length)
			return ranks->by_bits[bits].head->data;
	return NULL;
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
	return owner->waiting[sort] > 0 && may_hold(turns, owner, sort);
}

/* Who has nothing else waiting joins those who take turns. */
static void link_to_guest(struct turn *turn, bool first)
{
	struct turns_guest *guest = turn->place.guest;
	unsigned sort = turn->place.sort;
	GQueue *own = &guest->waiting[sort];
	turn->by_guest = (GList){.data = turn};
	if (first)
		g_queue_push_head_link(own, &turn->by_guest);
	else
		g_queue_push_tail_link(own, &turn->by_guest);
	if (own->length == 1)
		g_queue_push_tail_link(&guest->owner->next[sort],
				       &guest->link[sort]);
	set_rank(&guest->owner->ranks[sort], &guest->by_rank[sort],
		 own->length - 1, own->length);
}

static void unlink_from_guest(struct turn *turn)
{
	struct turns_guest *guest = turn->place.guest;
	unsigned sort = turn->place.sort;
	GQueue *own = &guest->waiting[sort];
	g_queue_unlink(own, &turn->by_guest);
	if (own->length == 0)
		g_queue_unlink(&guest->owner->next[sort], &guest->link[sort]);
	set_rank(&guest->owner->ranks[sort], &guest->by_rank[sort],
		 own->length + 1, own->length);
}

static void link_turn(struct turns *turns, struct turn *turn, bool first)
{
	struct turns_owner *owner = turn->place.guest->owner;
	GQueue *all = &turns->by_time[turn->place.sort];
	unsigned n = waiting_of(owner);
	if (n == 0)
		g_queue_push_tail_link(&turns->next, &owner->link);
	set_rank(&turns->ranks, &owner->by_rank, n, n + 1);
	owner->waiting[turn->place.sort]++;
	turns->waiting++;
	turn->waits = true;
	turn->by_time = (GList){.data = turn};
	if (first)
		g_queue_push_head_link(all, &turn->by_time);
	else
		g_queue_push_tail_link(all, &turn->by_time);
	link_to_guest(turn, first);
}

static void unlink_turn(struct turns *turns, struct turn *turn)
{
	struct turns_owner *owner = turn->place.guest->owner;
	unsigned n = waiting_of(owner);
	unlink_from_guest(turn);
	g_queue_unlink(&turns->by_time[turn->place.sort], &turn->by_time);
	turn->waits = false;
	turns->waiting--;
	owner->waiting[turn->place.sort]--;
	set_rank(&turns->ranks, &owner->by_rank, n, n - 1);
	if (n == 1)
		g_queue_unlink(&turns->next, &owner->link);
}

/* Room for what comes. */

struct span {
	unsigned first, last;
};

/* What goes first of the owner's, of those sorts: the last thing of the guest
 * with the most waiting, if that is at least so much. NULL: none. */
static struct turn *find_last(const struct turns_owner *owner,
			      struct span sorts, unsigned least)
{
	const GQueue *most = NULL;
	for (unsigned sort = sorts.first; sort <= sorts.last; sort++) {
		const struct turns_guest *guest =
			first_in_rank(&owner->ranks[sort]);
		const GQueue *own = guest ? &guest->waiting[sort] : NULL;
		if (own && (most == NULL || own->length >= most->length))
			most = own;
	}
	return most && most->length >= least ? most->tail->data : NULL;
}

static unsigned waiting_of_guest(const struct turns_guest *guest)
{
	unsigned n = 0;
	for (unsigned sort = 0; sort < TURN_SORTS; sort++)
		n += guest->waiting[sort].length;
	return n;
}

static bool has_room(const struct turns *turns, struct turns_place place,
		     unsigned weight)
{
	const struct turns_options *options = &turns->options;
	const struct turns_owner *owner = place.guest->owner;
	return below(turns->waiting * weight, options->waiting) &&
	       below(waiting_of(owner) * weight, options->own_waiting) &&
	       below(owner->waiting[place.sort] * weight,
		     options->rules[place.sort].own_waiting);
}

/* What has to go for what comes; NULL: nothing may. */
static struct turn *find_other(const struct turns *turns,
			       struct turns_place place)
{
	const struct turns_options *options = &turns->options;
	const struct turns_owner *owner = place.guest->owner, *fattest;
	const struct span one = {place.sort, place.sort};
	const struct span all = {0, TURN_SORTS - 1};
	unsigned own = waiting_of(owner);
	struct turn *found = NULL;
	if (!below(owner->waiting[place.sort],
		   options->rules[place.sort].own_waiting))
		return find_last(owner, one,
				 place.guest->waiting[place.sort].length + 2);
	fattest = first_in_rank(&turns->ranks);
	if (below(own, options->own_waiting) && waiting_of(fattest) >= own + 2)
		found = find_last(fattest, all, 1);
	return found ? found
		     : find_last(owner, all, waiting_of_guest(place.guest) + 2);
}

static void displace(struct turns *turns, struct turn *turn)
{
	struct turns_guest *guest = turn->place.guest;
	unlink_turn(turns, turn);
	turn->place.guest = NULL;
	g_queue_push_tail_link(&turns->displaced, &turn->by_time);
	forget_idle(turns, guest);
}

int turns_add(struct turns *turns, struct turn *turn,
	      const struct turns_wish *wish, struct err *err)
{
	struct turns_guest *guest = find_guest(turns, wish->owner, wish->guest);
	unsigned weight = MAX(wish->weight, 1);
	struct turn *other = NULL;
	turn->place = (struct turns_place){guest, wish->sort};
	turn->deadline = wish->deadline;
	bool fits = has_room(turns, turn->place, weight);
	if (!fits && weight == 1)
		other = find_other(turns, turn->place);
	if (!fits && other == NULL) {
		forget_idle(turns, guest);
		return err_set(err, ERR_BUSY,
			       "Too many jobs are waiting. Try again later.");
	}
	link_turn(turns, turn, false);
	if (other)
		displace(turns, other);
	return 0;
}

static unsigned lowest_of(unsigned sorts)
{
	return sorts ? (unsigned)__builtin_ctz(sorts) : TURN_SORTS;
}

/* The lowest that is ready, unless another has been passed over too often;
 * TURN_SORTS: none. */
static unsigned choose_sort(const struct turns *turns,
			    struct turns_owner *owner, unsigned sorts)
{
	unsigned ready = 0;
	for (unsigned sort = 0; sort < TURN_SORTS; sort++)
		if ((sorts & (1u << sort)) && is_ready(turns, owner, sort))
			ready |= 1u << sort;
	unsigned first = lowest_of(ready);
	unsigned second = lowest_of(ready & (ready - 1));
	if (second >= TURN_SORTS)
		return first;
	if (owner->passed++ < PASSED_MAX)
		return first;
	owner->passed = 0;
	return second;
}

static void to_the_end(GQueue *queue, GList *link)
{
	g_queue_unlink(queue, link);
	g_queue_push_tail_link(queue, link);
}

/* Who has had a place is behind the others, if something of it waits. */
static void pass_turn(struct turns *turns, struct turns_place place)
{
	struct turns_guest *guest = place.guest;
	struct turns_owner *owner = guest->owner;
	if (guest->waiting[place.sort].length)
		to_the_end(&owner->next[place.sort], &guest->link[place.sort]);
	if (waiting_of(owner))
		to_the_end(&turns->next, &owner->link);
}

void turns_hold(struct turns *turns, struct turns_place place)
{
	place.guest->held[place.sort]++;
	place.guest->owner->held[place.sort]++;
	turns->held[place.sort]++;
}

struct turn *turns_take(struct turns *turns, unsigned sorts)
{
	for (GList *at = turns->next.head; at; at = at->next) {
		struct turns_owner *owner = at->data;
		unsigned sort = choose_sort(turns, owner, sorts);
		if (sort == TURN_SORTS)
			continue;
		const struct turns_guest *guest = owner->next[sort].head->data;
		struct turn *turn = guest->waiting[sort].head->data;
		unlink_turn(turns, turn);
		turns_hold(turns, turn->place);
		pass_turn(turns, turn->place);
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
					owner->waiting[sort]);
	}
	for (unsigned sort = 0; sort < TURN_SORTS; sort++)
		all += room(turns->held[sort],
			    turns->options.rules[sort].places, n[sort]);
	return all;
}

static void leave(struct turns *turns, struct turns_place place)
{
	place.guest->held[place.sort]--;
	place.guest->owner->held[place.sort]--;
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

void turns_share(struct turns *turns, struct turn *turn, int64_t guest)
{
	struct turns_guest *from = turn->place.guest;
	if (from == NULL) /* displaced */
		return;
	struct turns_guest *to = find_guest(turns, from->key.owner, guest);
	unsigned sort = turn->place.sort;
	if (to->waiting[sort].length + 1 < from->waiting[sort].length) {
		bool waits = turn->waits;
		if (waits)
			unlink_from_guest(turn);
		else
			leave(turns, turn->place);
		turn->place.guest = to;
		if (waits)
			link_to_guest(turn, false);
		else
			turns_hold(turns, turn->place);
		forget_idle(turns, from);
	}
	forget_idle(turns, to);
}

int64_t turns_guest(const struct turn *turn)
{
	return turn->place.guest->key.guest;
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
	forget_idle(turns, turn->place.guest);
}

struct turn *turns_expire(struct turns *turns, int64_t now)
{
	if (turns->displaced.length)
		return g_queue_pop_head_link(&turns->displaced)->data;
	struct turn *turn = first_to_expire(turns);
	if (turn == NULL || turn->deadline > now)
		return NULL;
	turns_drop(turns, turn);
	return turn;
}

int64_t turns_deadline(const struct turns *turns)
{
	const struct turn *turn = first_to_expire(turns);
	if (turns->displaced.length)
		return 0;
	return turn ? turn->deadline : INT64_MAX;
}

bool turns_enter(struct turns *turns, const struct turns_wish *wish,
		 struct turns_place *out)
{
	struct turns_guest *guest = find_guest(turns, wish->owner, wish->guest);
	if (!may_hold(turns, guest->owner, wish->sort)) {
		forget_idle(turns, guest);
		return false;
	}
	*out = (struct turns_place){guest, wish->sort};
	turns_hold(turns, *out);
	return true;
}

void turns_end(struct turns *turns, struct turns_place place)
{
	leave(turns, place);
	pass_turn(turns, place);
	forget_idle(turns, place.guest);
}
