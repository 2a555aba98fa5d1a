/* SPDX-License-Identifier: Apache-2.0 */
#include "http/lanes.h"

void lanes_init(struct lanes *lanes)
{
	*lanes = (struct lanes){.waiting = 0};
	for (unsigned i = 0; i < LANES; i++)
		g_queue_init(&lanes->of[i]);
}

GQueue *lanes_push(struct lanes *lanes, int64_t owner, GList *link)
{
	unsigned i = (unsigned)((uint64_t)owner % LANES);
	g_queue_push_tail_link(&lanes->of[i], link);
	lanes->waiting |= UINT64_C(1) << i;
	return &lanes->of[i];
}

/* The first lane from `next` on, around the end. */
static unsigned first_waiting(const struct lanes *lanes)
{
	uint64_t behind = lanes->waiting >> lanes->next << lanes->next;
	return (unsigned)__builtin_ctzll(behind ? behind : lanes->waiting);
}

GList *lanes_pop(struct lanes *lanes)
{
	GList *link = NULL;
	while (link == NULL && lanes->waiting) {
		unsigned i = first_waiting(lanes);
		link = g_queue_pop_head_link(&lanes->of[i]);
		if (lanes->of[i].length == 0)
			lanes->waiting &= ~(UINT64_C(1) << i);
		lanes->next = (i + 1) % LANES;
	}
	return link;
}
