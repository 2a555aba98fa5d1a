/* SPDX-License-Identifier: Apache-2.0 */
#include "http/report.h"

#include <inttypes.h>

#include "base/log/log.h"
#include "http/conn.h"

#define LINE_MAX_BYTES 512 /* all states, each with two numbers */

struct tally {
	unsigned n[CONN_CLOSED];
	int64_t longest_ms[CONN_CLOSED];
};

/* Every state but CONN_WORK waits with a timer. */
static void count(const struct loop *loop, struct tally *tally)
{
	unsigned timed = 0;
	for (size_t i = 0; i < TIMER_COUNT; i++) {
		timed += loop->timers[i].length;
		for (const GList *link = loop->timers[i].head; link;
		     link = link->next) {
			const struct http_conn *conn = link->data;
			tally->n[conn->state]++;
			tally->longest_ms[conn->state] =
				MAX(tally->longest_ms[conn->state],
				    conn_waits_ms(conn));
		}
	}
	tally->n[CONN_WORK] = loop->n_conns - timed;
}

void report_loop(const struct loop *loop)
{
	static const char *const names[CONN_CLOSED] = {
		[CONN_HANDSHAKE] = "handshake", [CONN_IDLE] = "idle",
		[CONN_HEAD] = "head",           [CONN_BODY] = "body",
		[CONN_PAUSED] = "paused",       [CONN_WORK] = "work",
		[CONN_SEND] = "send",           [CONN_DRY] = "dry",
		[CONN_DISCARD] = "discard",     [CONN_LINGER] = "linger",
	};
	struct tally tally = {0};
	struct arena arena;
	struct buf line;
	count(loop, &tally);
	arena_init(&arena);
	buf_init(&line, &arena, LINE_MAX_BYTES);
	for (size_t i = 0; i < CONN_CLOSED; i++) {
		if (tally.n[i] == 0)
			continue;
		buf_printf(&line, ", %u %s", tally.n[i], names[i]);
		if (i != CONN_WORK)
			buf_printf(&line, " (%" PRId64 " s)",
				   tally.longest_ms[i] / 1000);
	}
	log_info("loop %u: %u connections%.*s", loop->number, loop->n_conns,
		 STR_ARG(buf_str(&line)));
	arena_release(&arena);
}

void report_workers(struct workers *workers)
{
	const struct workers_state state = workers_state(workers);
	log_info("workers: %u queued, %u busy (%u of them heavy, %u slow), "
		 "%u idle",
		 state.queued, state.busy, state.heavy, state.slow, state.idle);
}
