/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage uploads`: those that come in parts and are not complete. A running
 * server sees by itself that one has been removed.
 */
#include "base/date.h"
#include "cli/commands.h"
#include "json/json.h"
#include "library/accounts/account.h"
#include "library/uploads/open.h"

#include <inttypes.h>
#include <stdio.h>

struct uploads_options {
	gboolean json;
};

struct listing {
	struct arena arena; /* of a page */
	struct view view;
	struct keyring *keyring;
	json_t *list; /* NULL: as a table */
};

/* Its token is as good as a key, and not shown. */
static void print_row(struct listing *listing, const struct upload *row)
{
	struct arena *arena = &listing->arena;
	uint64_t received = upload_received(listing->view.library, row);
	bool known = row->size != UPLOAD_SIZE_UNKNOWN;
	if (listing->list == NULL) {
		printf("%-19" PRId64 " %-16s %-20s %-20s %14" PRIu64, row->id,
		       keyring_account_name(listing->keyring, row->account_id),
		       iso_date(arena, row->created_ms, false).p,
		       iso_date(arena, row->touched_ms, false).p, received);
		if (known)
			printf(" %14" PRIu64 "\n", row->size);
		else
			printf(" %14s\n", "-");
		return;
	}
	json_array_append_new(
		listing->list,
		json_pack(
			"{s:s, s:s, s:s, s:s, s:I, s:o}", "id",
			arena_printf(arena, "%" PRId64, row->id).p, "account",
			keyring_account_name(listing->keyring, row->account_id),
			"created", iso_date(arena, row->created_ms, true).p,
			"touched", iso_date(arena, row->touched_ms, true).p,
			"received", (json_int_t)received, "size",
			known ? json_integer((json_int_t)row->size)
			      : json_null()));
}

static int print_all(struct listing *listing, struct err *err)
{
	struct upload_list page;
	int64_t after = 0;
	do {
		if (upload_list(&listing->view, after, &page, err) < 0)
			return -1;
		for (size_t i = 0; i < page.n; i++)
			print_row(listing, &page.items[i]);
		after = page.last;
		arena_release(&listing->arena);
	} while (page.more);
	return 0;
}

static void listing_init(struct listing *listing, const struct cli_call *call)
{
	*listing = (struct listing){
		.view = {.library = call->library, .arena = &listing->arena},
		.keyring = library_keyring(call->library),
	};
	arena_init(&listing->arena);
}

static void listing_release(struct listing *listing)
{
	arena_release(&listing->arena);
	keyring_unref(listing->keyring);
}

static enum cli_status uploads_list(const struct cli_call *call)
{
	const struct uploads_options *options = call->options;
	struct listing listing;
	struct err err;
	listing_init(&listing, call);
	if (options->json)
		listing.list = json_array();
	else
		printf("%-19s %-16s %-20s %-20s %14s %14s\n", "ID", "ACCOUNT",
		       "CREATED", "TOUCHED", "RECEIVED", "SIZE");
	int result = print_all(&listing, &err);
	if (result == 0 && listing.list) {
		json_dumpf(listing.list, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(listing.list);
	listing_release(&listing);
	return result < 0 ? cli_failed(&err) : CLI_DONE;
}

/* By the id that list shows, or by the token that a client has. */
static int remove_named(const struct view *view, const char *name,
			struct err *err)
{
	char *end;
	struct upload upload;
	int64_t id = g_ascii_strtoll(name, &end, 10);
	int found = *end || id <= 0
			    ? upload_find(view, str_of(name), &upload, err)
			    : upload_find_id(view, id, &upload, err);
	if (found <= 0)
		return found;
	return upload_remove(view, str_of(upload.token), err);
}

static enum cli_status uploads_remove(const struct cli_call *call)
{
	struct listing listing;
	struct err err;
	listing_init(&listing, call);
	int removed = remove_named(&listing.view, call->words[0], &err);
	listing_release(&listing);
	if (removed == 0)
		err_set(&err, ERR_NOT_FOUND,
			"there is no upload of that id that is not complete");
	if (removed <= 0)
		return cli_failed(&err);
	printf("removed upload\n");
	return CLI_DONE;
}

static const struct option options[] = {
	{"json", OPTION_FLAG, offsetof(struct uploads_options, json), NULL,
	 "As a JSON array"},
};

static const struct action actions[] = {
	{"list", "", "json", uploads_list,
	 "Those that are not complete, oldest first: when somebody last went "
	 "on with one (to about a minute), and how many of its bytes have "
	 "come"},
	{"remove", "ID", "", uploads_remove,
	 "Removes one with its bytes, by the ID of the list or the token that "
	 "its client has (upload_id); a client's next part is refused"},
};

const struct command command_uploads = {
	.name = "uploads",
	.summary = "list and remove uploads in parts that are not complete",
	.about = "A running server removes them after upload-expiry.\n",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.options = options,
	.n_options = G_N_ELEMENTS(options),
	.options_size = sizeof(struct uploads_options),
	.scope = SETTINGS_TOOL,
	.opens_library = true,
};
