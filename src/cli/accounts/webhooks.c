/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage webhooks`: who is told of events, and what became of the events. A
 * running server sees the change by itself.
 */
#include "base/date.h"
#include "cli/commands.h"
#include "json/json.h"
#include "library/accounts/account.h"
#include "library/background/outbox.h"
#include "library/background/webhook.h"
#include "server/router.h"
#include "webhooks/wording.h"

#include <inttypes.h>
#include <stdio.h>

#define SHOWN 100 /* events, unless --limit says otherwise */

struct webhooks_options {
	gboolean show, json, dead;
	char *secret, *state, *limit, *api;
	char **events;
};

static const char *const state_names[WEBHOOK_STATES] = {
	[EVENT_WAITING] = "waiting",
	[EVENT_DELIVERED] = "delivered",
	[EVENT_DEAD] = "dead",
};

/* What a listing works with, and gives back at its end. */
struct listing {
	struct view view;
	struct arena arena;
	struct keyring *keyring;
	struct webhook_list webhooks; /* where events are listed */
};

static void listing_begin(struct listing *listing, struct library *library)
{
	arena_init(&listing->arena);
	listing->view =
		(struct view){.library = library, .arena = &listing->arena};
	listing->webhooks = (struct webhook_list){0};
	listing->keyring = library_keyring(library);
}

static void listing_end(struct listing *listing)
{
	keyring_unref(listing->keyring);
	arena_release(&listing->arena);
}

static json_t *webhook_json(struct listing *listing,
			    const struct webhook *webhook,
			    const int64_t counts[WEBHOOK_STATES], bool show)
{
	json_t *events = json_parse(webhook->events, 0);
	json_t *object = json_pack(
		"{s:o, s:s, s:o, s:o, s:o, s:s, s:I}", "id",
		json_id(&webhook->id), "account",
		keyring_account_name(listing->keyring, webhook->account_id),
		"url", json_str(webhook->url), "api",
		json_str(webhook->dialect), "events",
		events ? events : json_null(), "created",
		iso_date(&listing->arena, webhook->created_ms, true).p,
		"dropped", (json_int_t)webhook->dropped);
	if (show)
		json_object_set_new(object, "secret",
				    json_str(webhook->secret));
	for (size_t i = 0; i < WEBHOOK_STATES; i++)
		json_object_set_new(object, state_names[i],
				    json_integer(counts[i]));
	return object;
}

static void print_webhook(struct listing *listing,
			  const struct webhook *webhook,
			  const int64_t counts[WEBHOOK_STATES], bool show)
{
	char hex[ID_HEX_LEN + 1];
	id_to_hex(&webhook->id, hex);
	printf("%s  %-16s %8" PRId64 " %9" PRId64 " %5" PRId64 " %7" PRId64
	       "  %-10.*s %.*s",
	       hex, keyring_account_name(listing->keyring, webhook->account_id),
	       counts[EVENT_WAITING], counts[EVENT_DELIVERED],
	       counts[EVENT_DEAD], webhook->dropped, STR_ARG(webhook->dialect),
	       STR_ARG(webhook->url));
	if (webhook->events.p)
		printf(" %.*s", STR_ARG(webhook->events));
	if (show)
		printf(" %.*s", STR_ARG(webhook->secret));
	putchar('\n');
}

static void print_list(json_t *list)
{
	json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
}

static int list_all(struct listing *listing,
		    const struct webhooks_options *options, json_t *list,
		    struct err *err)
{
	struct webhook_list webhooks;
	if (webhook_list(&listing->view, &webhooks, err) < 0)
		return -1;
	if (webhooks.damaged)
		fprintf(stderr, "stowage: %zu damaged rows are left out\n",
			webhooks.damaged);
	if (!options->json)
		printf("%-24s  %-16s %8s %9s %5s %7s  %-10s %s\n", "ID",
		       "ACCOUNT", "WAITING", "DELIVERED", "DEAD", "DROPPED",
		       "API", "URL");
	for (size_t i = 0; i < webhooks.n; i++) {
		const struct webhook *webhook = &webhooks.items[i];
		int64_t counts[WEBHOOK_STATES];
		if (webhook_counts(listing->view.library, &webhook->id, counts,
				   err) < 0)
			return -1;
		if (options->json)
			json_array_append_new(
				list, webhook_json(listing, webhook, counts,
						   options->show));
		else
			print_webhook(listing, webhook, counts, options->show);
	}
	return 0;
}

static enum cli_status webhooks_list(const struct cli_call *call)
{
	const struct webhooks_options *options = call->options;
	struct listing listing;
	struct err err;
	json_t *list = json_array();
	listing_begin(&listing, call->library);
	int result = list_all(&listing, options, list, &err);
	if (result == 0 && options->json)
		print_list(list);
	json_decref(list);
	listing_end(&listing);
	return result < 0 ? cli_failed(&err) : CLI_DONE;
}

/* --api and --event */
static int read_events(const struct webhooks_options *options,
		       struct arena *arena, struct webhook *webhook,
		       struct err *err)
{
	const char *const *names = (const char *const *)options->events;
	webhook->dialect =
		options->api ? str_of(options->api) : STR("imagekit");
	const struct webhook_wording *wording = router_events(webhook->dialect);
	if (wording == NULL)
		return err_set(err, ERR_INVALID,
			       "webhooks: --api is imagekit or filestack");
	webhook->events = STR_NONE;
	if (names) {
		json_t *list = json_array();
		for (size_t i = 0; names[i]; i++)
			json_array_append_new(list, json_string(names[i]));
		webhook->events = json_write(arena, list);
		json_decref(list);
	}
	return webhook_kinds(wording, names, &webhook->kinds, err);
}

static enum cli_status webhooks_add(const struct cli_call *call)
{
	const struct webhooks_options *options = call->options;
	struct listing listing;
	struct err err;
	struct webhook webhook = {
		.url = str_of(call->words[0]),
		.secret = options->secret ? str_of(options->secret) : STR_NONE};
	listing_begin(&listing, call->library);
	const struct account *account = keyring_account(
		listing.keyring, str_of(call->settings->account));
	int result = -1;
	if (account == NULL) {
		err_set(&err, ERR_NOT_FOUND, "there is no account %s",
			call->settings->account);
	} else {
		webhook.account_id = account->id;
		result = read_events(options, &listing.arena, &webhook, &err);
		if (result == 0)
			result = webhook_create(&listing.view, &webhook, &err);
	}
	if (result == 0) {
		char hex[ID_HEX_LEN + 1];
		id_to_hex(&webhook.id, hex);
		printf("id %s\nsecret %.*s\n", hex, STR_ARG(webhook.secret));
	}
	listing_end(&listing);
	return result < 0 ? cli_failed(&err) : CLI_DONE;
}

static int read_id(const char *action, const char *text, struct id *id,
		   struct err *err)
{
	if (id_from_hex(str_of(text), id))
		return 0;
	return err_set(err, ERR_INVALID, "webhooks %s: \"%.80s\" is not an ID",
		       action, text);
}

static enum cli_status no_such(const char *what, const char *id)
{
	struct err err;
	err_set(&err, ERR_NOT_FOUND, "there is no %s %s", what, id);
	return cli_failed(&err);
}

static enum cli_status webhooks_rotate(const struct cli_call *call)
{
	const struct webhooks_options *options = call->options;
	struct str secret =
		options->secret ? str_of(options->secret) : STR_NONE;
	struct listing listing;
	struct err err;
	struct id id;
	if (read_id("rotate", call->words[0], &id, &err) < 0)
		return cli_usage_error(&err);
	listing_begin(&listing, call->library);
	int done = webhook_set_secret(&listing.view, &id, &secret, &err);
	if (done > 0)
		printf("secret %.*s\n", STR_ARG(secret));
	listing_end(&listing);
	if (done < 0)
		return cli_failed(&err);
	return done ? CLI_DONE : no_such("webhook", call->words[0]);
}

static enum cli_status webhooks_remove(const struct cli_call *call)
{
	struct err err;
	struct id id;
	if (read_id("remove", call->words[0], &id, &err) < 0)
		return cli_usage_error(&err);
	int removed = webhook_delete(call->library, &id, &err);
	if (removed < 0)
		return cli_failed(&err);
	if (removed == 0)
		return no_such("webhook", call->words[0]);
	printf("removed webhook %s\n", call->words[0]);
	return CLI_DONE;
}

/* As its receiver knows it. */
static const char *action_name(const struct listing *listing,
			       const struct outbox_entry *entry)
{
	const struct webhook_list *list = &listing->webhooks;
	const char *name = NULL;
	for (size_t i = 0; i < list->n; i++) {
		const struct webhook_wording *wording =
			id_eq(&list->items[i].id, &entry->webhook_id)
				? router_events(list->items[i].dialect)
				: NULL;
		if (wording)
			name = webhook_action_name(wording, entry->event.kind);
	}
	return name ? name : "?";
}

static json_t *entry_json(struct listing *listing,
			  const struct outbox_entry *entry)
{
	const struct event *event = &entry->event;
	struct arena *arena = &listing->arena;
	return json_pack(
		"{s:o, s:o, s:s, s:s, s:o, s:s, s:s, s:I, s:o, s:o}", "id",
		json_id(&event->id), "webhook", json_id(&entry->webhook_id),
		"account",
		keyring_account_name(listing->keyring, event->account_id),
		"type", action_name(listing, entry), "file",
		json_id(&event->file.id), "state", state_names[entry->state],
		"created", iso_date(arena, event->created_ms, true).p,
		"attempts", (json_int_t)entry->attempts, "next",
		entry->state == EVENT_WAITING
			? json_string(iso_date(arena, entry->next_ms, true).p)
			: json_null(),
		"error", json_str(entry->last_error));
}

static void print_entry(struct listing *listing,
			const struct outbox_entry *entry)
{
	const struct event *event = &entry->event;
	char hex[ID_HEX_LEN + 1];
	id_to_hex(&event->id, hex);
	printf("%s  %-16s %-20s %-20s %8" PRId64 "  %.*s\n", hex,
	       keyring_account_name(listing->keyring, event->account_id),
	       action_name(listing, entry),
	       iso_date(&listing->arena, event->created_ms, false).p,
	       entry->attempts, STR_ARG(entry->last_error));
}

/* The state of that name; the dead ones without a name, -1 for another. */
static int state_of(const char *name)
{
	for (int i = 0; name && i < WEBHOOK_STATES; i++)
		if (strcmp(state_names[i], name) == 0)
			return i;
	return name ? -1 : EVENT_DEAD;
}

/* --state and --limit */
static int read_choice(const struct webhooks_options *options,
		       struct outbox_query *query, struct err *err)
{
	uint64_t number = SHOWN;
	int found = state_of(options->state);
	if (found < 0)
		return err_set(err, ERR_INVALID,
			       "webhooks: --state is waiting, delivered or "
			       "dead");
	if (options->limit &&
	    (!str_to_u64(str_of(options->limit), OUTBOX_LIST_MAX, &number) ||
	     number == 0))
		return err_set(err, ERR_INVALID, "webhooks: --limit is 1 to %d",
			       OUTBOX_LIST_MAX);
	*query = (struct outbox_query){(enum event_state)found, number};
	return 0;
}

static void print_events(struct listing *listing,
			 const struct outbox_list *events, bool json)
{
	if (!json)
		printf("%-24s  %-16s %-20s %-20s %8s  %s\n", "ID", "ACCOUNT",
		       "TYPE", "CREATED", "ATTEMPTS", "LAST ERROR");
	for (size_t i = 0; !json && i < events->n; i++)
		print_entry(listing, &events->items[i]);
	if (!json)
		return;
	json_t *list = json_array();
	for (size_t i = 0; i < events->n; i++)
		json_array_append_new(list,
				      entry_json(listing, &events->items[i]));
	print_list(list);
	json_decref(list);
}

static enum cli_status webhooks_events(const struct cli_call *call)
{
	const struct webhooks_options *options = call->options;
	struct listing listing;
	struct err err;
	struct outbox_list events;
	struct outbox_query query;
	if (read_choice(options, &query, &err) < 0)
		return cli_usage_error(&err);
	listing_begin(&listing, call->library);
	int result = webhook_list(&listing.view, &listing.webhooks, &err);
	if (result == 0)
		result = outbox_list(&listing.view, &query, &events, &err);
	if (result == 0)
		print_events(&listing, &events, options->json);
	listing_end(&listing);
	return result < 0 ? cli_failed(&err) : CLI_DONE;
}

static enum cli_status replay_dead(struct library *library)
{
	struct err err;
	uint64_t n;
	if (outbox_replay_dead(library, &n, &err) < 0)
		return cli_failed(&err);
	printf("%" PRIu64 " events are sent again\n", n);
	return CLI_DONE;
}

static enum cli_status webhooks_replay(const struct cli_call *call)
{
	const struct webhooks_options *options = call->options;
	struct err err;
	struct id id;
	bool one = call->words[0];
	if (one == options->dead) {
		err_set(&err, ERR_INVALID,
			"webhooks replay: either ID or --dead");
		return cli_usage_error(&err);
	}
	if (options->dead)
		return replay_dead(call->library);
	if (read_id("replay", call->words[0], &id, &err) < 0)
		return cli_usage_error(&err);
	int done = outbox_replay(call->library, &id, &err);
	if (done < 0)
		return cli_failed(&err);
	if (done == 0)
		return no_such("event that has ended,", call->words[0]);
	puts("1 events are sent again");
	return CLI_DONE;
}

#define FIELD(name) offsetof(struct webhooks_options, name)

static const struct option options[] = {
	{"show", OPTION_FLAG, FIELD(show), NULL, "With the secrets"},
	{"json", OPTION_FLAG, FIELD(json), NULL, "As a JSON array"},
	{"api", OPTION_TEXT, FIELD(api), "NAME",
	 "In whose words, and signed as there: imagekit or filestack "
	 "[imagekit]"},
	{"event", OPTION_TEXTS, FIELD(events), "NAME",
	 "What to send; without: everything. imagekit: file.created, "
	 "file.updated, file.deleted, file-version.created, "
	 "file-version.deleted. filestack: fp.upload, fp.overwrite, fp.delete, "
	 "fp.converse"},
	{"secret", OPTION_TEXT, FIELD(secret), "TEXT",
	 "What signs the events, 16 to 255 visible characters; without: "
	 "generated"},
	{"state", OPTION_TEXT, FIELD(state), "STATE",
	 "dead (given up after about a day), waiting or delivered [dead]"},
	{"limit", OPTION_TEXT, FIELD(limit), "N",
	 "Events to show, 1 to 1000 [100]"},
	{"dead", OPTION_FLAG, FIELD(dead), NULL, "All that were given up"},
};

static const struct action actions[] = {
	{"add", "URL", "api event secret", webhooks_add,
	 "Sends the events of the --account to URL, from now on; prints the id "
	 "and the secret that signs them"},
	{"list", "", "show json", webhooks_list,
	 "All webhooks with their numbers of events"},
	{"rotate", "ID", "secret", webhooks_rotate,
	 "Signs with another secret from now on, also what waits; prints it"},
	{"remove", "ID", "", webhooks_remove,
	 "Ends a webhook and drops its events"},
	{"events", "", "state limit json", webhooks_events,
	 "The newest events of a state"},
	{"replay", "[ID]", "dead", webhooks_replay,
	 "Sends an event again that was delivered or given up"},
};

const struct command command_webhooks = {
	.name = "webhooks",
	.summary = "say who is told of changed files, and see what became of "
		   "it",
	.about = "",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.options = options,
	.n_options = G_N_ELEMENTS(options),
	.options_size = sizeof(struct webhooks_options),
	.scope = SETTINGS_TOOL,
	.opens_library = true,
};
