/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is next when several want what there is little of, and how much of it one
 * of them may hold. What is shared (helper processes, threads, connections) has
 * places; who wants one is an owner, an account or an address; what it wants it
 * for has a sort, and each sort has its own rule. Rules are about owners.
 *
 * Owners with something waiting take turns, one thing each, and so do an
 * owner's guests (the addresses that ask for an account's pictures) with what
 * it has waiting of a sort. Whose work has just ended goes behind the others
 * again, so that who comes while it runs does not wait for more of the same.
 * Of one owner's the lower sorts go first, but not for ever: after eight of
 * them the next one has its turn. A place that is held is never taken away.
 *
 * Where no more may wait, the last thing of whoever has the most waiting goes
 * for what comes of somebody who has less: who wants little always finds room
 * beside who wants much.
 *
 * Not thread-safe.
 */
#ifndef BASE_THREADS_TURNS_H
#define BASE_THREADS_TURNS_H

#include "base/err.h"

#include <glib.h>
#include <stdint.h>

#define TURN_SORTS 3
#define TURN_RANKS 33

/* 0: no limit. */
struct turns_rule {
	unsigned places; /* held at once, by all */
	unsigned own;    /* by one owner */
	/* One owner holds at most so many times what it leaves free of
	 * `places`; its first one does not count. So whoever comes later finds
	 * something, and who is alone has most of it. */
	unsigned part;
	unsigned own_waiting; /* of one owner */
};

struct turns_options {
	struct turns_rule rules[TURN_SORTS];
	unsigned waiting, own_waiting; /* the same of all sorts together */
};

struct turns_guest;

/* What is held; a copy is as good. */
struct turns_place {
	struct turns_guest *guest;
	unsigned sort;
};

/* What waits; memory of its owner's until it is taken or has expired. */
struct turn {
	struct turns_place place; /* once it is taken */
	int64_t deadline;         /* any clock; INT64_MAX: it waits for ever */
	GList by_guest, by_time;
	bool waits;
};

/* Those with something waiting, by how much (its number of bits). */
struct turns_ranks {
	GQueue by_bits[TURN_RANKS];
};

struct turns {
	struct turns_options options;
	GHashTable *owners, *guests; /* who waits or holds */
	GQueue next;                 /* owners that wait, in their order */
	struct turns_ranks ranks;    /* the same owners */
	GQueue by_time[TURN_SORTS];  /* what waits */
	GQueue displaced;            /* what waited, until somebody is told */
	unsigned waiting;
	unsigned held[TURN_SORTS];
};

void turns_init(struct turns *turns, const struct turns_options *options);
void turns_release(struct turns *turns);

struct turns_wish {
	int64_t owner;
	int64_t guest; /* of the owner's; any number */
	unsigned sort;
	int64_t deadline; /* of one sort they do not go back */
	/* What holds so many times what others do may only wait where that many
	 * would find room; 0: as others. */
	unsigned weight;
};

/* ERR_BUSY: too much is waiting. 0: perhaps in another's place, which
 * turns_expire() gives. */
int turns_add(struct turns *turns, struct turn *turn,
	      const struct turns_wish *wish, struct err *err) MUST_CHECK;
#define TURNS_ALL ((1u << TURN_SORTS) - 1)
/* The next of those sorts, a bit each, that may have a place, which it holds
 * from now on; NULL: none. */
struct turn *turns_take(struct turns *turns, unsigned sorts);
/* How many turns_take() would give, one after the other, as far as `part` does
 * not matter. */
unsigned turns_ready(const struct turns *turns);
/* What held a place waits again, before all else of its guest and sort, until
 * the deadline or until that of the next one. */
void turns_return(struct turns *turns, struct turn *turn, int64_t deadline);
/* Another guest of its owner wants the same: what waits or holds a place counts
 * for that one from now on, if that has less waiting. */
void turns_share(struct turns *turns, struct turn *turn, int64_t guest);
/* Whom it counts for. */
int64_t turns_guest(const struct turn *turn);
/* Takes out what was displaced or has waited until its deadline; NULL: nothing.
 */
struct turn *turns_expire(struct turns *turns, int64_t now);
/* Takes it out. */
void turns_drop(struct turns *turns, struct turn *turn);
/* When turns_expire() will give something; 0: now; INT64_MAX: never. */
int64_t turns_deadline(const struct turns *turns);

/* A place without waiting for it; false: none for this owner. */
bool turns_enter(struct turns *turns, const struct turns_wish *wish,
		 struct turns_place *out) MUST_CHECK;
/* One more place like this one, whatever the rule says. */
void turns_hold(struct turns *turns, struct turns_place place);
void turns_end(struct turns *turns, struct turns_place place);

#endif
