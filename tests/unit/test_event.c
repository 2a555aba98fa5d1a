/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes into the outbox: which change makes which event, who gets it, and
 * that a snapshot comes back as it was. Taking events out of it again is tested
 * with the webhooks.
 */
#include "base/clock.h"
#include "library_world.h"

#include "library/files/edit.h"
#include "library/files/version.h"
#include "library/background/outbox.h"
#include "library/background/webhook.h"

#define ALL_KINDS ~0u

static struct id hook(struct world *world, int64_t account, unsigned kinds)
{
	struct err err;
	struct webhook webhook = {.account_id = account,
				  .url = STR("http://127.0.0.1/"),
				  .dialect = STR("imagekit"),
				  .kinds = kinds};
	if (webhook_create(WORLD_VIEW(world, account), &webhook, &err) < 0)
		fail_msg("%s", err.text);
	return webhook.id;
}

/* All that wait, in their order, and they are gone then. */
static size_t take(struct world *world, const struct id *webhook,
		   struct outbox_entry **out)
{
	struct err err;
	struct outbox_list list;
	struct view view = *WORLD_VIEW(world, ACCOUNT);
	const struct outbox_due due = {webhook, OUTBOX_LIST_MAX};
	view.now = INT64_MAX;
	if (outbox_due(&view, &due, &list, &err) < 0)
		fail_msg("%s", err.text);
	world_change(world, "DELETE FROM event");
	*out = list.items;
	return list.n;
}

static int by_id(const void *a, const void *b)
{
	const struct outbox_entry *x = a, *y = b;
	return memcmp(x->event.id.b, y->event.id.b, ID_BYTES);
}

/* kinds: as many as there must be, ends with 0. */
static struct event *assert_events(struct world *world, const char *what,
				   const struct id *webhook,
				   const enum event_kind *kinds)
{
	struct outbox_entry *entries;
	size_t n = take(world, webhook, &entries), want = 0;
	struct event *events =
		arena_alloc(&world->arena, (n + 1) * sizeof(*events));
	qsort(entries, n, sizeof(*entries), by_id);
	while (kinds[want])
		want++;
	if (n != want)
		fail_msg("%s: %zu events", what, n);
	for (size_t i = 0; i < n; i++) {
		events[i] = entries[i].event;
		if (events[i].kind != kinds[i])
			fail_msg("%s: kind %d", what, events[i].kind);
		assert_int_equal(events[i].account_id, ACCOUNT);
		assert_int_equal(events[i].file.account_id, ACCOUNT);
		assert_int_equal(entries[i].state, EVENT_WAITING);
		assert_int_equal(entries[i].attempts, 0);
	}
	return events;
}

#define KINDS(...) ((const enum event_kind[]){__VA_ARGS__, 0})

static struct file put(struct world *world, const char *path,
		       enum file_if_exists if_exists)
{
	struct err err;
	struct file file;
	struct file_put how = world_put_of(path);
	how.if_exists = if_exists;
	if (world_put(world, &how, STR("x"), &file, &err) < 0)
		fail_msg("%s", err.text);
	return file;
}

static void move(struct world *world, const char *source, const char *target,
		 bool copy)
{
	struct err err;
	const struct file_relocation how = {
		.account_id = ACCOUNT,
		.source = str_of(source),
		.target = str_of(target),
		.copy = copy,
	};
	assert_int_equal(file_relocate(world->library, &how, &err), 1);
}

static void every_change_makes_its_event(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file out;
	struct event *events;
	enum tag_outcome outcome;
	const struct id id = hook(world, ACCOUNT, ALL_KINDS);
	const struct id *to = &id;

	struct file file = put(world, "a", FILE_REFUSE);
	events = assert_events(world, "new", to, KINDS(EVENT_FILE_CREATED));
	assert_true(id_eq(&events->file.id, &file.id));
	assert_str(events->file.path, STR("a"));
	put(world, "a", FILE_REPLACE);
	assert_events(world, "replaced", to, KINDS(EVENT_VERSION_CREATED));
	struct file second = put(world, "a", FILE_ADD_VERSION);
	events = assert_events(world, "version", to,
			       KINDS(EVENT_VERSION_CREATED));
	assert_int_equal(events->file.version_number, 2);
	assert_true(id_eq(&events->file.version_id, &second.version_id));

	const struct file_edit edit = {.columns = EDIT_DESCRIPTION,
				       .description = STR("new")};
	assert_int_equal(file_edit(WORLD_VIEW(world, ACCOUNT), &file.id, &edit,
				   &out, &err),
			 1);
	events = assert_events(world, "edited", to, KINDS(EVENT_FILE_UPDATED));
	assert_str(events->file.description, STR("new"));
	const struct str tag = STR("t");
	const struct tag_edit tags = {.ids = &file.id,
				      .n_ids = 1,
				      .tags = &tag,
				      .n_tags = 1,
				      .max_characters = 9};
	assert_int_equal(file_edit_tags(WORLD_VIEW(world, ACCOUNT), &tags,
					&outcome, &err),
			 0);
	events = assert_events(world, "tagged", to, KINDS(EVENT_FILE_UPDATED));
	assert_str(events->file.tags, STR("[\"t\"]"));
	assert_int_equal(
		version_restore(WORLD_VIEW(world, ACCOUNT),
				&(struct version_ref){file.id, file.id}, &out,
				&err),
		1);
	assert_events(world, "restored", to, KINDS(EVENT_VERSION_RESTORED));
	assert_int_equal(version_delete(WORLD_VIEW(world, ACCOUNT),
					&(struct version_ref){
						file.id, second.version_id},
					&err),
			 1);
	events = assert_events(world, "version deleted", to,
			       KINDS(EVENT_VERSION_DELETED));
	assert_true(id_eq(&events->file.id, &file.id));
	assert_true(id_eq(&events->file.version_id, &second.version_id));

	move(world, "a", "d/b", false);
	events = assert_events(world, "moved", to, KINDS(EVENT_FILE_UPDATED));
	assert_str(events->file.path, STR("d/b"));
	move(world, "d/b", "copy", true);
	events = assert_events(world, "copied", to, KINDS(EVENT_FILE_CREATED));
	assert_false(id_eq(&events->file.id, &file.id));
	move(world, "d/b", "copy", true);
	assert_events(world, "copied over", to, KINDS(EVENT_VERSION_CREATED));
	move(world, "copy", "d/b", false);
	events =
		assert_events(world, "moved over", to,
			      KINDS(EVENT_FILE_DELETED, EVENT_VERSION_CREATED));
	assert_true(id_eq(&events[1].file.id, &file.id));
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err), 1);
	events = assert_events(world, "deleted", to, KINDS(EVENT_FILE_DELETED));
	assert_true(id_eq(&events->file.id, &file.id));
}

static void what_is_made_or_named_is_told_as_that(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file out;
	struct file_put how = world_put_of("a");
	const struct id id = hook(world, ACCOUNT, ALL_KINDS);
	how.if_exists = FILE_REPLACE;
	how.made_by = STR("/flip/\"\xc3\xa4");
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(world_put(world, &how, STR("x"), &out, &err),
				 0);
		struct event *events = assert_events(
			world, "made", &id,
			KINDS(i ? EVENT_VERSION_MADE : EVENT_FILE_MADE));
		assert_str(events->made_by, how.made_by);
		assert_true(id_eq(&events->file.id, &out.id));
	}
	const struct id made = out.id;
	how.only = &made;
	how.made_by = STR_NONE;
	assert_int_equal(world_put(world, &how, STR("other"), &out, &err), 0);
	struct event *named =
		assert_events(world, "named", &id, KINDS(EVENT_OVERWRITTEN));
	assert_int_equal(named->file.size, 5);
	put(world, "a", FILE_REPLACE);
	assert_null(
		assert_events(world, "sent", &id, KINDS(EVENT_VERSION_CREATED))
			->made_by.p);
}

static void expiry_is_told_as_a_delete(void **state)
{
	struct world *world = *state;
	struct err err;
	uint64_t removed;
	const struct id id = hook(world, ACCOUNT, ALL_KINDS);
	put(world, "a", FILE_REFUSE);
	put(world, "b", FILE_REFUSE);
	world_change(world, "UPDATE file SET expires_at = 1");
	world_change(world, "DELETE FROM event");
	put(world, "a", FILE_REFUSE);
	assert_events(world, "put over an expired one", &id,
		      KINDS(EVENT_FILE_DELETED, EVENT_FILE_CREATED));
	assert_int_equal(library_sweep(world->library, 0, &removed, &err), 0);
	assert_events(world, "swept", &id, KINDS(EVENT_FILE_DELETED));
}

static void webhooks_get_what_they_want_of_their_account(void **state)
{
	struct world *world = *state;
	struct err err;
	const unsigned deletes = EVENT_BIT(EVENT_FILE_DELETED) |
				 EVENT_BIT(EVENT_VERSION_DELETED),
		       creates = EVENT_BIT(EVENT_FILE_CREATED);
	world_account(world, 2);
	struct id wanting[] = {
		hook(world, 2, ALL_KINDS), hook(world, ACCOUNT, deletes),
		hook(world, ACCOUNT, creates), hook(world, ACCOUNT, ALL_KINDS)};
	struct file file = put(world, "a", FILE_REFUSE);
	assert_int_equal(
		file_delete(WORLD_VIEW(world, ACCOUNT), &file.id, &err), 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM event"), 4);
	static const size_t want[] = {0, 1, 1, 2};
	struct view view = *WORLD_VIEW(world, ACCOUNT);
	view.now = INT64_MAX;
	for (size_t i = 0; i < COUNT(wanting); i++) {
		struct outbox_list list;
		const struct outbox_due due = {&wanting[i], 10};
		assert_int_equal(outbox_due(&view, &due, &list, &err), 0);
		assert_int_equal(list.n, want[i]);
	}
}

static void event_is_kept_once_however_many_are_told(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id ids[3];
	for (size_t i = 0; i < COUNT(ids); i++)
		ids[i] = hook(world, ACCOUNT, ALL_KINDS);
	put(world, "a", FILE_REFUSE);
	put(world, "b", FILE_REFUSE);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM event"), 6);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM event_body"),
			 2);
	assert_int_equal(webhook_delete(world->library, &ids[0], &err), 1);
	assert_int_equal(webhook_delete(world->library, &ids[1], &err), 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM event_body"),
			 2);
	assert_int_equal(webhook_delete(world->library, &ids[2], &err), 1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM event_body"),
			 0);
}

static int64_t dropped(struct world *world)
{
	return world_ask(world, "SELECT SUM(dropped) FROM webhook");
}

static void oldest_events_make_room_and_are_counted(void **state)
{
	struct world *world = *state;
	struct outbox_entry *entries;
	world_account(world, 2);
	hook(world, ACCOUNT, ALL_KINDS);
	const struct id id = hook(world, ACCOUNT, ALL_KINDS);
	for (unsigned i = 0; i < 4; i++)
		put(world, arena_printf(&world->arena, "%u", i).p, FILE_REFUSE);
	assert_int_equal(dropped(world), 0);
	/* as if there were much between the second and the third */
	world_change(world, "UPDATE event_body SET begins = begins + 67107000"
			    " WHERE begins > (SELECT MIN(begins)"
			    " FROM event_body WHERE begins > 0)");
	world_change(world, "UPDATE event SET state = 1 WHERE webhook_id ="
			    " (SELECT MIN(webhook_id) FROM event)");
	put(world, "last", FILE_REFUSE);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM event_body"),
			 3);
	assert_int_equal(dropped(world), 2);
	assert_int_equal(take(world, &id, &entries), 3);
	assert_str(entries[0].event.file.path, STR("2"));
}

static void ended_events_are_kept_for_a_time(void **state)
{
	struct world *world = *state;
	struct err err;
	hook(world, ACCOUNT, ALL_KINDS);
	hook(world, ACCOUNT, ALL_KINDS);
	for (unsigned i = 0; i < 120; i++)
		put(world, arena_printf(&world->arena, "%u", i).p, FILE_REFUSE);
	int64_t now = now_ms();
	static const char count[] = "SELECT COUNT(*) FROM event";
	static const char bodies[] = "SELECT COUNT(*) FROM event_body";
	assert_int_equal(
		outbox_sweep(world->library, now + 2 * OUTBOX_DEAD_MS, &err),
		0);
	assert_int_equal(world_ask(world, count), 240);
	world_change(world, "UPDATE event SET state = 1 WHERE webhook_id ="
			    " (SELECT MIN(webhook_id) FROM event)");
	assert_int_equal(outbox_sweep(world->library, now, &err), 0);
	assert_int_equal(world_ask(world, count), 240);
	now = now_ms() + 1000;
	assert_int_equal(
		outbox_sweep(world->library, now + OUTBOX_DELIVERED_MS, &err),
		0);
	assert_int_equal(world_ask(world, count), 120);
	assert_int_equal(world_ask(world, bodies), 120);
	world_change(world, "UPDATE event SET state = 2");
	assert_int_equal(
		outbox_sweep(world->library, now + OUTBOX_DELIVERED_MS, &err),
		0);
	assert_int_equal(world_ask(world, count), 120);
	assert_int_equal(
		outbox_sweep(world->library, now + OUTBOX_DEAD_MS, &err), 0);
	assert_int_equal(world_ask(world, count), 0);
	assert_int_equal(world_ask(world, bodies), 0);
}

static void change_that_fails_makes_no_event(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file file;
	hook(world, ACCOUNT, ALL_KINDS);
	put(world, "a", FILE_REFUSE);
	world_change(world, "DELETE FROM event");
	struct file_put how = world_put_of("a");
	assert_int_equal(world_put(world, &how, STR("x"), &file, &err), -1);
	how = world_put_of("b");
	how.max_storage_bytes = 1;
	assert_int_equal(world_put(world, &how, STR("x"), &file, &err), -1);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM event"), 0);
}

static void assert_text(struct str got, struct str want, const char *field)
{
	if (!str_eq(got, want) || (got.p == NULL) != (want.p == NULL))
		fail_msg("%s: \"%.*s\"", field, STR_ARG(got));
}

/* Everything but the bytes and where they are. */
static void assert_same(const struct file *got, const struct file *want)
{
#define SAME_ID(field) assert_true(id_eq(&got->field, &want->field))
#define SAME_TEXT(field) assert_text(got->field, want->field, #field)
#define SAME_OPT(field) SAME_TEXT(field)
#define SAME_INT(field) assert_int_equal(got->field, want->field)
#define SAME_NONZERO(field) SAME_INT(field)
#define SAME_NOT(field) SAME_INT(field)
#define SAME_ALPHA(field) SAME_INT(field)
#define SAME_BLOB(field)
#define SAME(column, old, kind, field, key) SAME_##kind(field);
	FILE_COLUMNS(SAME)
	SAME_INT(is_old);
}

static void snapshot_brings_every_field_back(void **state)
{
	struct world *world = *state;
	struct err err;
	struct file made;
	const struct id id = hook(world, ACCOUNT, ALL_KINDS);
	struct event *events;
	struct file_put how = world_put_of("f/\xc3\xa4\"\\/x.jpg");
	how.origin = ORIGIN_FILESTACK;
	how.access = ACCESS_PRIVATE;
	how.public_key = how.draft = true;
	how.expires_ms = now_ms() + 3600 * 1000;
	how.width = UINT32_MAX;
	how.height = 2;
	how.alpha = ALPHA_YES;
	how.tags = STR("[\"\xf0\x9f\x90\xab\"]");
	how.custom_coordinates = STR("1,2,3,4");
	how.custom_metadata = STR("{\"k\":\"\\\"\"}");
	how.embedded_metadata = STR("{\"Make\":\"x\"}");
	how.description = STR("");
	how.provider = STR("S3");
	how.container = STR("bucket");
	assert_int_equal(world_put(world, &how, STR("12345"), &made, &err), 0);
	events = assert_events(world, "full", &id, KINDS(EVENT_FILE_CREATED));
	assert_same(&events->file, &made);
	made = world_file(world, "plain", 3);
	events = assert_events(world, "plain", &id, KINDS(EVENT_FILE_CREATED));
	assert_same(&events->file, &made);
	assert_null(events->file.description.p);
}

static void damaged_snapshot_is_refused(void **state)
{
	struct world *world = *state;
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"id\":\"000000010000000000000001\"}",
		"{\"id\":\"000000010000000000000001\",\"version\":1}",
		"{\"id\":\"00\",\"version\":\"000000010000000000000001\"}",
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct err err = {0};
		struct event event;
		assert_int_equal(event_snapshot_read(str_of(texts[i]),
						     &world->arena, &event,
						     &err),
				 -1);
		assert_int_equal(err.code, ERR_CORRUPT);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_change_makes_its_event),
		TEST(what_is_made_or_named_is_told_as_that),
		TEST(expiry_is_told_as_a_delete),
		TEST(webhooks_get_what_they_want_of_their_account),
		TEST(event_is_kept_once_however_many_are_told),
		TEST(oldest_events_make_room_and_are_counted),
		TEST(ended_events_are_kept_for_a_time),
		TEST(change_that_fails_makes_no_event),
		TEST(snapshot_brings_every_field_back),
		TEST(damaged_snapshot_is_refused),
	};
	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
