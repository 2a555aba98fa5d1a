/* SPDX-License-Identifier: Apache-2.0 */
#include "webhooks/sender.h"
#include "base/clock.h"
#include "base/log/log.h"
#include "base/metrics.h"
#include "base/threads/ticker.h"
#include "base/threads/turns.h"
#include "http/syntax/url.h"
#include "library/accounts/account.h"
#include "library/background/outbox.h"
#include "library/background/webhook.h"
#include "webhooks/post.h"

#include <glib.h>

#define LOOK_EVERY_MS 200
#define AT_ONCE 64u     /* an account leaves as many free as it has */
#define AT_ONCE_OWN 16u /* of one account; then one of each webhook */
#define AT_ONCE_HOST 8u /* of one account to one host */
#define AT_ONCE_EACH 4u /* of one webhook; one while it fails */

/* Pauses after each failure, in retry_ms; with its default of 5 s: 5 s, 30 s,
 * 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, 8 h, 8 h. After the last the event is
 * dead. */
static const unsigned pauses[] = {1,   6,    24,   120,  360,
				  720, 1440, 2880, 5760, 5760};

struct sender {
	struct library *library;
	struct sender_options options;
	char *base_url;
	struct poster *poster;
	struct ticker *ticker;
	bool complained;    /* of a look that failed */
	size_t damaged;     /* webhooks, as of the last look */
	GQueue under_way;   /* of struct sending */
	struct turns turns; /* how many of them an account may have */
	size_t first;       /* whose turn it is, among the webhooks */
	/* struct id of a webhook that has failed and not taken anything since →
	 * until when it rests */
	GHashTable *rest;
	GHashTable *dropped; /* struct id of a webhook → events, as was told */
};

struct sending {
	GList link;
	struct sender *sender;
	struct id event, webhook;
	int64_t account_id;
	char *host; /* with its port */
	struct turns_place place;
	int64_t attempts; /* before this one */
};

static void note(struct sender *s, const struct id *event,
		 enum event_state state, int64_t next, struct str why)
{
	struct err err;
	const struct outbox_outcome outcome = {state, next, why};
	if (outbox_note(s->library, event, &outcome, &err) < 0)
		log_error("webhooks: %s", err.text);
}

/* No other event goes to the webhook before this one is due again. */
static void let_rest(struct sender *s, const struct id *webhook, int64_t until)
{
	g_hash_table_replace(s->rest, g_memdup2(webhook, sizeof(*webhook)),
			     g_memdup2(&until, sizeof(until)));
}

static void failed(struct sender *s, const struct sending *sending, long status,
		   const char *why)
{
	char hex[ID_HEX_LEN + 1];
	g_autofree char *text =
		status ? g_strdup_printf("status %ld", status) : g_strdup(why);
	id_to_hex(&sending->event, hex);
	metric_add(METRIC_WEBHOOK_FAILURES, 1);
	if (sending->attempts >= (int64_t)G_N_ELEMENTS(pauses)) {
		log_warn("webhooks: event %s is given up: %s", hex, text);
		note(s, &sending->event, EVENT_DEAD, 0, str_of(text));
		return;
	}
	int64_t now = now_ms();
	int64_t pause =
		(int64_t)pauses[sending->attempts] * s->options.retry_ms;
	log_debug("webhooks: event %s: %s", hex, text);
	note(s, &sending->event, EVENT_WAITING, now + pause, str_of(text));
	let_rest(s, &sending->webhook,
		 now + MIN(pause, (int64_t)s->options.retry_ms));
}

static void sending_free(struct sending *sending)
{
	g_free(sending->host);
	g_free(sending);
}

static void ended(void *user, long status, const char *why)
{
	struct sending *sending = user;
	struct sender *s = sending->sender;
	if (status >= 200 && status < 300) {
		metric_add(METRIC_WEBHOOK_DELIVERIES, 1);
		g_hash_table_remove(s->rest, &sending->webhook);
		note(s, &sending->event, EVENT_DELIVERED, 0, STR_NONE);
	} else {
		failed(s, sending, status, why);
	}
	g_queue_unlink(&s->under_way, &sending->link);
	turns_end(&s->turns, sending->place);
	sending_free(sending);
}

/* HOST:PORT as it stands in the URL; of one that is none, as could be added
 * once, all of it. */
static struct str host_of(struct str text)
{
	struct http_url url;
	return http_url_read(text, &url) ? url.authority : text;
}

static void begin(struct sender *s, const struct webhook *webhook,
		  struct turns_place place, const struct account *account,
		  const struct outbox_entry *entry)
{
	struct err err;
	struct str host = host_of(webhook->url);
	struct arena arena;
	arena_init(&arena);
	struct sending *sending = g_new0(struct sending, 1);
	*sending = (struct sending){
		.sender = s,
		.event = entry->event.id,
		.webhook = webhook->id,
		.account_id = webhook->account_id,
		.host = g_strndup(host.p, host.n),
		.place = place,
		.attempts = entry->attempts,
	};
	sending->link.data = sending;
	g_queue_push_tail_link(&s->under_way, &sending->link);
	const struct webhook_telling telling = {
		.base_url = str_of(s->base_url),
		.account = account,
		.secret = webhook->secret,
		.event = &entry->event,
		.now_ms = now_ms(),
	};
	const struct webhook_wording *wording =
		s->options.wording(webhook->dialect);
	struct post_message message = {
		.url = webhook->url, .done = ended, .user = sending};
	const char *action =
		wording ? webhook_action_name(wording, entry->event.kind)
			: NULL;
	if (action) {
		message.body = wording->body(&arena, &telling);
		wording->sign(&arena, &telling, message.body, message.fields);
	}
	if (wording == NULL)
		ended(sending, 0, "there is no API of that name with events");
	else if (action == NULL)
		ended(sending, 0, "the API has no event of that kind");
	else if (poster_send(s->poster, &message, &err) < 0)
		ended(sending, 0, err.text);
	arena_release(&arena);
}

static bool is_under_way(const struct sender *s, const struct id *event)
{
	for (GList *l = s->under_way.head; l; l = l->next)
		if (id_eq(&((struct sending *)l->data)->event, event))
			return true;
	return false;
}

/* Whether one more may be sent to the webhook now: then it has a place. */
static bool enter(struct sender *s, const struct webhook *webhook,
		  struct turns_place *place)
{
	unsigned each = 0, own = 0, same_host = 0;
	bool fails = g_hash_table_contains(s->rest, &webhook->id);
	const struct turns_wish wish = {.owner = webhook->account_id};
	for (const GList *l = s->under_way.head; l; l = l->next) {
		const struct sending *sending = l->data;
		if (sending->account_id != webhook->account_id)
			continue;
		own++;
		each += id_eq(&sending->webhook, &webhook->id);
		same_host += str_eq_nocase(str_of(sending->host),
					   host_of(webhook->url));
	}
	return each < (fails ? 1 : AT_ONCE_EACH) &&
	       (each == 0 || own < AT_ONCE_OWN) && same_host < AT_ONCE_HOST &&
	       turns_enter(&s->turns, &wish, place);
}

static bool rests(const struct sender *s, const struct id *webhook, int64_t now)
{
	const int64_t *until = g_hash_table_lookup(s->rest, webhook);
	return until && now < *until;
}

/* Begins what is due of one webhook, as far as there is room. */
static int serve(struct sender *s, const struct webhook *webhook,
		 const struct account *account, struct view *view,
		 struct err *err)
{
	struct outbox_list list;
	struct turns_place place;
	view->now = now_ms();
	if (rests(s, &webhook->id, view->now) || !enter(s, webhook, &place))
		return 0;
	const struct outbox_due due = {&webhook->id, AT_ONCE_EACH};
	int result = outbox_due(view, &due, &list, err);
	bool has_place = true;
	for (size_t i = 0; result == 0 && has_place && i < list.n; i++) {
		if (is_under_way(s, &list.items[i].event.id))
			continue;
		begin(s, webhook, place, account, &list.items[i]);
		has_place = enter(s, webhook, &place);
	}
	if (has_place)
		turns_end(&s->turns, place);
	return result;
}

/* The first look only learns what was told by the run before. */
static void tell_dropped(struct sender *s, const struct webhook *webhook)
{
	char hex[ID_HEX_LEN + 1];
	const int64_t *told = g_hash_table_lookup(s->dropped, &webhook->id);
	int64_t more = webhook->dropped - (told ? *told : webhook->dropped);
	if (told && more == 0)
		return;
	if (more > 0) {
		id_to_hex(&webhook->id, hex);
		metric_add(METRIC_WEBHOOK_DROPPED, more);
		log_warn("webhooks: %s will not be told of %lld events: too "
			 "many wait",
			 hex, (long long)more);
	}
	g_hash_table_replace(
		s->dropped, g_memdup2(&webhook->id, sizeof(webhook->id)),
		g_memdup2(&webhook->dropped, sizeof(webhook->dropped)));
}

static void tell_damaged(struct sender *s, size_t n)
{
	if (n > s->damaged)
		log_error("webhooks: %zu rows are damaged and passed over", n);
	s->damaged = n;
}

static int look(struct sender *s, struct err *err)
{
	struct arena arena;
	struct view view = {.library = s->library, .arena = &arena};
	struct webhook_list list = {0};
	arena_init(&arena);
	struct keyring *keyring = library_keyring(s->library);
	int result = webhook_list(&view, &list, err);
	tell_damaged(s, list.damaged);
	s->first++;
	/* one that fails keeps no other from its turn */
	for (size_t i = 0; i < list.n; i++) {
		const struct webhook *webhook =
			&list.items[(s->first + i) % list.n];
		const struct account *account =
			keyring_account_by_id(keyring, webhook->account_id);
		tell_dropped(s, webhook);
		if (account && serve(s, webhook, account, &view, err) < 0)
			result = -1;
	}
	keyring_unref(keyring);
	arena_release(&arena);
	return result;
}

static unsigned sender_round(void *user)
{
	struct sender *s = user;
	struct err err;
	bool fails = look(s, &err) < 0;
	if (fails && !s->complained)
		log_error("webhooks: %s", err.text);
	s->complained = fails;
	poster_run(s->poster, LOOK_EVERY_MS);
	return 0;
}

static void release(struct sender *s)
{
	poster_free(s->poster);
	while (s->under_way.head) {
		GList *link = g_queue_pop_head_link(&s->under_way);
		sending_free(link->data);
	}
	turns_release(&s->turns);
	g_hash_table_unref(s->rest);
	g_hash_table_unref(s->dropped);
	g_free(s->base_url);
	g_free(s);
}

int sender_start(struct sender **out, struct library *library,
		 const struct sender_options *options, struct err *err)
{
	struct poster *poster;
	if (poster_new(&poster, options->timeout_ms, err) < 0)
		return -1;
	struct sender *s = g_new0(struct sender, 1);
	s->library = library;
	s->options = *options;
	s->base_url = g_strdup(options->base_url);
	s->poster = poster;
	s->rest = g_hash_table_new_full(id_hash, id_equal, g_free, g_free);
	s->dropped = g_hash_table_new_full(id_hash, id_equal, g_free, g_free);
	g_queue_init(&s->under_way);
	const struct turns_options turns = {
		.rules[0] = {.places = AT_ONCE, .part = 1},
	};
	turns_init(&s->turns, &turns);
	if (ticker_new(&s->ticker,
		       &(struct thread_kind){"webhooks", THREAD_LONG},
		       sender_round, s, err) < 0) {
		release(s);
		return -1;
	}
	*out = s;
	return 0;
}

void sender_stop(struct sender *s)
{
	if (s == NULL)
		return;
	ticker_stop(s->ticker);
	poster_wake(s->poster);
	ticker_free(s->ticker);
	release(s);
}
