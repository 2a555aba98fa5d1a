/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage webhooks`: who is told of events, and what became of the events. A
 * running server sees the change by itself.
 */
#include "base/encode.h"
#include "cli/cli.h"
#include "library/accounts/account.h"
#include "library/files/event.h"
#include "library/background/webhook.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#define SHOWN 100 /* events, unless --limit says otherwise */

struct webhooks_options {
	gboolean show, json, dead;
	char *secret, *state;
	char **events;
	int limit;
};

typedef enum cli_status webhooks_fn(struct library *library,
				    const struct settings *settings,
				    const struct webhooks_options *options,
				    char **words);

static const char *const state_names[WEBHOOK_STATES] = {
	[EVENT_WAITING] = "waiting",
	[EVENT_DELIVERED] = "delivered",
	[EVENT_DEAD] = "dead",
};

static json_t *text_json(struct str text)
{
	return text.p ? json_stringn(text.p, text.n) : json_null();
}

static json_t *id_json(const struct id *id)
{
	char hex[ID_HEX_LEN + 1];
	id_to_hex(id, hex);
	return json_string(hex);
}

/* What a listing works with, and gives back at its end. */
struct listing {
	struct library *library;
	struct arena arena;
	struct keyring *keyring;
};

static void listing_begin(struct listing *listing, struct library *library)
{
	listing->library = library;
	arena_init(&listing->arena);
	listing->keyring = library_keyring(library);
}

static void listing_end(struct listing *listing)
{
	keyring_unref(listing->keyring);
	arena_release(&listing->arena);
}

static const char *account_name(const struct listing *listing, int64_t id)
{
	const struct account *account =
		keyring_account_by_id(listing->keyring, id);
	return account ? account->name : "?";
}

static json_t *webhook_json(struct listing *listing,
			    const struct webhook *webhook,
			    const int64_t counts[WEBHOOK_STATES], bool show)
{
	json_t *events = webhook->events.p
				 ? json_loadb(webhook->events.p,
					      webhook->events.n, 0, NULL)
				 : NULL;
	json_t *object = json_pack(
		"{s:o, s:s, s:o, s:o, s:s}", "id", id_json(&webhook->id),
		"account", account_name(listing, webhook->account_id), "url",
		text_json(webhook->url), "events",
		events ? events : json_null(), "created",
		iso_date(&listing->arena, webhook->created_ms, true).p);
	if (show)
		json_object_set_new(object, "secret",
				    text_json(webhook->secret));
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
	printf("%s  %-16s %8" PRId64 " %9" PRId64 " %5" PRId64 "  %.*s", hex,
	       account_name(listing, webhook->account_id),
	       counts[EVENT_WAITING], counts[EVENT_DELIVERED],
	       counts[EVENT_DEAD], STR_ARG(webhook->url));
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
	struct webhook *webhooks;
	size_t n;
	if (webhook_list(listing->library, &listing->arena, &webhooks, &n,
			 err) < 0)
		return -1;
	if (!options->json)
		printf("%-24s  %-16s %8s %9s %5s  %s\n", "ID", "ACCOUNT",
		       "WAITING", "DELIVERED", "DEAD", "URL");
	for (size_t i = 0; i < n; i++) {
		int64_t counts[WEBHOOK_STATES];
		if (webhook_counts(listing->library, &webhooks[i].id, counts,
				   err) < 0)
			return -1;
		if (options->json)
			json_array_append_new(
				list, webhook_json(listing, &webhooks[i],
						   counts, options->show));
		else
			print_webhook(listing, &webhooks[i], counts,
				      options->show);
	}
	return 0;
}

static enum cli_status webhooks_list(struct library *library,
				     const struct settings *settings,
				     const struct webhooks_options *options,
				     char **words)
{
	(void)settings, (void)words;
	struct listing listing;
	struct err err;
	json_t *list = json_array();
	listing_begin(&listing, library);
	int result = list_all(&listing, options, list, &err);
	if (result == 0 && options->json)
		print_list(list);
	json_decref(list);
	listing_end(&listing);
	return result < 0 ? cli_failed(&err) : CLI_DONE;
}

static enum cli_status webhooks_add(struct library *library,
				    const struct settings *settings,
				    const struct webhooks_options *options,
				    char **words)
{
	struct listing listing;
	struct err err;
	struct webhook webhook = {
		.url = str_of(words[1]),
		.secret = options->secret ? str_of(options->secret) : STR_NONE};
	listing_begin(&listing, library);
	const struct account *account =
		keyring_account(listing.keyring, str_of(settings->account));
	int result = -1;
	if (account == NULL) {
		err_set(&err, ERR_NOT_FOUND, "there is no account %s",
			settings->account);
	} else {
		webhook.account_id = account->id;
		result = webhook_create(library, &webhook,
					(const char *const *)options->events,
					&listing.arena, &err);
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

static enum cli_status webhooks_remove(struct library *library,
				       const struct settings *settings,
				       const struct webhooks_options *options,
				       char **words)
{
	(void)settings, (void)options;
	struct err err;
	struct id id;
	if (read_id("remove", words[1], &id, &err) < 0)
		return cli_usage_error(&err);
	int removed = webhook_delete(library, &id, &err);
	if (removed < 0)
		return cli_failed(&err);
	if (removed == 0)
		return no_such("webhook", words[1]);
	printf("removed webhook %s\n", words[1]);
	return CLI_DONE;
}

static json_t *event_json(struct listing *listing, const struct event *event)
{
	struct arena *arena = &listing->arena;
	return json_pack(
		"{s:o, s:o, s:s, s:s, s:o, s:s, s:s, s:I, s:o, s:o}", "id",
		id_json(&event->id), "webhook", id_json(&event->webhook_id),
		"account", account_name(listing, event->account_id), "type",
		event_name(event->kind), "file", id_json(&event->file.id),
		"state", state_names[event->state], "created",
		iso_date(arena, event->created_ms, true).p, "attempts",
		(json_int_t)event->attempts, "next",
		event->state == EVENT_WAITING
			? json_string(iso_date(arena, event->next_ms, true).p)
			: json_null(),
		"error", text_json(event->last_error));
}

static void print_event(struct listing *listing, const struct event *event)
{
	char hex[ID_HEX_LEN + 1];
	id_to_hex(&event->id, hex);
	printf("%s  %-16s %-20s %-20s %8" PRId64 "  %.*s\n", hex,
	       account_name(listing, event->account_id),
	       event_name(event->kind),
	       iso_date(&listing->arena, event->created_ms, false).p,
	       event->attempts, STR_ARG(event->last_error));
}

/* The state of that name; the dead ones without a name, -1 for another. */
static int state_of(const char *name)
{
	for (int i = 0; name && i < WEBHOOK_STATES; i++)
		if (strcmp(state_names[i], name) == 0)
			return i;
	return name ? -1 : EVENT_DEAD;
}

static enum cli_status webhooks_events(struct library *library,
				       const struct settings *settings,
				       const struct webhooks_options *options,
				       char **words)
{
	(void)settings, (void)words;
	struct listing listing;
	struct err err;
	struct event *events;
	size_t n = 0;
	json_t *list = json_array();
	listing_begin(&listing, library);
	int result = event_list(
		library, NULL, (enum event_state)state_of(options->state),
		(size_t)options->limit, &listing.arena, &events, &n, &err);
	if (result == 0 && !options->json)
		printf("%-24s  %-16s %-20s %-20s %8s  %s\n", "ID", "ACCOUNT",
		       "TYPE", "CREATED", "ATTEMPTS", "LAST ERROR");
	for (size_t i = 0; result == 0 && i < n; i++) {
		if (options->json)
			json_array_append_new(list,
					      event_json(&listing, &events[i]));
		else
			print_event(&listing, &events[i]);
	}
	if (result == 0 && options->json)
		print_list(list);
	json_decref(list);
	listing_end(&listing);
	return result < 0 ? cli_failed(&err) : CLI_DONE;
}

static enum cli_status replay_dead(struct library *library)
{
	struct err err;
	uint64_t n;
	if (event_replay_dead(library, NULL, &n, &err) < 0)
		return cli_failed(&err);
	printf("%" PRIu64 " events are sent again\n", n);
	return CLI_DONE;
}

static enum cli_status webhooks_replay(struct library *library,
				       const struct settings *settings,
				       const struct webhooks_options *options,
				       char **words)
{
	(void)settings;
	struct err err;
	struct id id;
	if (options->dead)
		return replay_dead(library);
	if (read_id("replay", words[1], &id, &err) < 0)
		return cli_usage_error(&err);
	int done = event_replay(library, &id, &err);
	if (done < 0)
		return cli_failed(&err);
	if (done == 0)
		return no_such("event that has ended,", words[1]);
	puts("1 events are sent again");
	return CLI_DONE;
}

static const struct {
	const char *word;
	webhooks_fn *run;
	unsigned n_words; /* its own included; one less with --dead */
} actions[] = {
	{"add", webhooks_add, 2},       {"list", webhooks_list, 1},
	{"remove", webhooks_remove, 2}, {"events", webhooks_events, 1},
	{"replay", webhooks_replay, 2},
};

/* The row for the words, or -1 with what is wrong with them. */
static int find_action(char **words, const struct webhooks_options *options,
		       struct err *err)
{
	if (state_of(options->state) < 0)
		return err_set(err, ERR_INVALID,
			       "webhooks: --state is waiting, delivered or "
			       "dead");
	if (options->limit < 1 || options->limit > EVENT_LIST_MAX)
		return err_set(err, ERR_INVALID, "webhooks: --limit is 1 to %d",
			       EVENT_LIST_MAX);
	for (size_t i = 0; words[0] && i < G_N_ELEMENTS(actions); i++) {
		unsigned wanted = actions[i].n_words;
		if (strcmp(actions[i].word, words[0]) != 0)
			continue;
		if (actions[i].run == webhooks_replay && options->dead)
			wanted--;
		if (g_strv_length(words) != wanted)
			break;
		return (int)i;
	}
	return err_set(err, ERR_INVALID,
		       "webhooks: add URL, list, remove ID, events or replay "
		       "ID; see stowage webhooks --help");
}

static enum cli_status run_action(const struct settings *settings,
				  const struct webhooks_options *options,
				  char **words)
{
	struct err err;
	struct library *library;
	int action = find_action(words, options, &err);
	if (action < 0)
		return cli_usage_error(&err);
	if (cli_open(&library, settings, &err) < 0)
		return cli_failed(&err);
	enum cli_status status =
		actions[action].run(library, settings, options, words);
	library_close(library);
	return status;
}

enum cli_status command_webhooks(char **args)
{
	struct settings settings;
	struct webhooks_options options = {.limit = SHOWN};
	g_auto(GStrv) words = NULL;
	const GOptionEntry entries[] = {
		{.long_name = "show",
		 .arg = G_OPTION_ARG_NONE,
		 .arg_data = &options.show},
		{.long_name = "json",
		 .arg = G_OPTION_ARG_NONE,
		 .arg_data = &options.json},
		{.long_name = "dead",
		 .arg = G_OPTION_ARG_NONE,
		 .arg_data = &options.dead},
		{.long_name = "event",
		 .arg = G_OPTION_ARG_FILENAME_ARRAY,
		 .arg_data = &options.events},
		{.long_name = "secret",
		 .arg = G_OPTION_ARG_FILENAME,
		 .arg_data = &options.secret},
		{.long_name = "state",
		 .arg = G_OPTION_ARG_FILENAME,
		 .arg_data = &options.state},
		{.long_name = "limit",
		 .arg = G_OPTION_ARG_INT,
		 .arg_data = &options.limit},
		{0},
	};
	enum cli_status status = cli_load(&settings, args, entries, &words);
	if (status == CLI_DONE) {
		status = run_action(&settings, &options, words);
		settings_release(&settings);
	}
	g_free(options.secret);
	g_free(options.state);
	g_strfreev(options.events);
	return status;
}
