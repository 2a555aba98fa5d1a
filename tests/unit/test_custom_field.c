/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Custom metadata fields and purge notes as the library keeps them.
 */
#include "base/clock.h"
#include "library/search/custom_field.h"
#include "library/background/purge.h"
#include "library_world.h"

static int try_create(struct world *world, int64_t account_id, struct str name,
		      struct str definition, struct id *id, struct err *err)
{
	struct custom_field field = {
		.name = name,
		.label = STR("label"),
		.definition = definition,
	};
	int result =
		custom_field_create(WORLD_VIEW(world, account_id), &field, err);
	*id = field.id;
	return result;
}

static struct id create(struct world *world, int64_t account_id,
			const char *name)
{
	struct err err;
	struct id id;
	if (try_create(world, account_id, str_of(name), STR("{}"), &id, &err) <
	    0)
		fail_msg("%s: %s", name, err.text);
	return id;
}

static void remove_field(struct world *world, const struct id *id)
{
	struct err err;
	assert_int_equal(
		custom_field_delete(WORLD_VIEW(world, ACCOUNT), id, &err), 1);
}

/* The names in their order, with blanks between them. */
static void assert_listed(struct world *world, bool with_deleted,
			  const char *names)
{
	struct err err;
	struct custom_field_list fields;
	g_autoptr(GString) text = g_string_new(NULL);
	assert_int_equal(custom_field_list(WORLD_VIEW(world, ACCOUNT),
					   with_deleted, &fields, &err),
			 0);
	for (size_t i = 0; i < fields.n; i++)
		g_string_append_printf(text, "%s%.*s", i ? " " : "",
				       STR_ARG(fields.items[i].name));
	assert_string_equal(text->str, names);
}

static void fields_are_listed_by_age(void **state)
{
	struct world *world = *state;
	world_account(world, 2);
	create(world, ACCOUNT, "z");
	struct id deleted = create(world, ACCOUNT, "y");
	create(world, ACCOUNT, "x");
	create(world, 2, "w");
	remove_field(world, &deleted);
	assert_listed(world, false, "z x");
	assert_listed(world, true, "z y x");
	library_close(world->library);
	world->library = world_open(world, true);
	assert_listed(world, true, "z y x");
}

static void name_is_free_again_once_its_field_is_deleted(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id first = create(world, ACCOUNT, "name"), other;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(try_create(world, ACCOUNT, STR("name"),
					    STR("{}"), &other, &err),
				 -1);
		assert_int_equal(err.code, ERR_EXISTS);
	}
	remove_field(world, &first);
	create(world, ACCOUNT, "name");
	assert_listed(world, true, "name name");
}

static struct custom_field field_of(struct world *world, const struct id *id)
{
	struct err err;
	struct custom_field field;
	assert_int_equal(
		custom_field_find(WORLD_VIEW(world, ACCOUNT), id, &field, &err),
		1);
	return field;
}

/* The field as it was read, with another label. */
static int relabel(struct world *world, int64_t account,
		   const struct custom_field *was, struct str label,
		   struct err *err)
{
	struct custom_field field = *was;
	field.label = label;
	return custom_field_update(WORLD_VIEW(world, account), was, &field,
				   err);
}

static void field_that_changed_since_it_was_read_stays(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id id = create(world, ACCOUNT, "name");
	struct custom_field was = field_of(world, &id), field = was;
	field.definition = STR("{\"a\":1}");
	assert_int_equal(relabel(world, ACCOUNT, &was, STR("new"), &err), 1);
	assert_int_equal(custom_field_update(WORLD_VIEW(world, ACCOUNT), &was,
					     &field, &err),
			 0);
	was = field_of(world, &id);
	assert_str(was.label, STR("new"));
	assert_str(was.definition, STR("{}"));
}

static void update_changes_what_it_names(void **state)
{
	struct world *world = *state;
	struct err err;
	struct custom_field field;
	struct id id = create(world, ACCOUNT, "name");
	struct custom_field was = field_of(world, &id);
	field = was;
	field.label = STR("new");
	field.definition = STR("{\"a\":1}");
	assert_int_equal(custom_field_update(WORLD_VIEW(world, ACCOUNT), &was,
					     &field, &err),
			 1);
	field = field_of(world, &id);
	assert_str(field.name, STR("name"));
	assert_str(field.label, STR("new"));
	assert_str(field.definition, STR("{\"a\":1}"));
	assert_true(field.updated_ms >= field.created_ms);
	assert_int_equal(field.deleted_ms, 0);
}

static void deleted_field_is_found_but_not_changed(void **state)
{
	struct world *world = *state;
	struct err err;
	struct custom_field field;
	struct id id = create(world, ACCOUNT, "name");
	remove_field(world, &id);
	assert_int_equal(custom_field_find(WORLD_VIEW(world, ACCOUNT), &id,
					   &field, &err),
			 1);
	assert_true(field.deleted_ms > 0);
	assert_int_equal(relabel(world, ACCOUNT, &field, STR("new"), &err), 0);
	assert_int_equal(
		custom_field_delete(WORLD_VIEW(world, ACCOUNT), &id, &err), 0);
}

static void field_of_another_account_is_not_there(void **state)
{
	struct world *world = *state;
	struct err err;
	struct custom_field field;
	world_account(world, 2);
	struct id id = create(world, ACCOUNT, "name");
	assert_int_equal(
		custom_field_find(WORLD_VIEW(world, 2), &id, &field, &err), 0);
	field = field_of(world, &id);
	assert_int_equal(relabel(world, 2, &field, STR("new"), &err), 0);
	assert_int_equal(custom_field_delete(WORLD_VIEW(world, 2), &id, &err),
			 0);
	assert_listed(world, false, "name");
}

static const struct {
	size_t name, definition;
	bool valid;
} lengths[] = {
	{CUSTOM_FIELD_TEXT_MAX, CUSTOM_FIELD_DEFINITION_MAX, true},
	{CUSTOM_FIELD_TEXT_MAX + 1, 2, false},
	{1, CUSTOM_FIELD_DEFINITION_MAX + 1, false},
};

static void texts_have_their_limits(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id id;
	char *bytes = arena_alloc(&world->arena, 100000);
	memset(bytes, 'x', 100000);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct str name = {bytes, lengths[i].name};
		struct str definition = {bytes, lengths[i].definition};
		int result =
			try_create(world, ACCOUNT, name, definition, &id, &err);
		assert_int_equal(result, lengths[i].valid ? 0 : -1);
		if (result < 0)
			assert_int_equal(err.code, ERR_INVALID);
	}
	id = create(world, ACCOUNT, "y");
	struct str label = {bytes, CUSTOM_FIELD_TEXT_MAX + 1};
	struct custom_field was = field_of(world, &id);
	assert_int_equal(relabel(world, ACCOUNT, &was, label, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
}

static void account_has_so_many_fields_and_no_more(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id id;
	world_account(world, 2);
	world_change(world,
		     "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL"
		     " SELECT i + 1 FROM n WHERE i < 499) INSERT INTO"
		     " custom_field (id, account_id, name, label, definition,"
		     " created_at, updated_at) SELECT"
		     " CAST(100000000000 + i AS BLOB), 1, i, '', '{}', 1, 1"
		     " FROM n");
	struct id last = create(world, ACCOUNT, "last");
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(try_create(world, ACCOUNT, STR("more"),
					    STR("{}"), &id, &err),
				 -1);
		assert_int_equal(err.code, ERR_LIMIT);
	}
	create(world, 2, "more");
	for (unsigned i = 0; i < 3; i++) {
		remove_field(world, &last);
		last = create(world, ACCOUNT, "last");
	}
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM custom_field"
					  " WHERE account_id = 1"),
			 CUSTOM_FIELDS_MAX);
}

static void definitions_together_have_a_limit(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id id, first = {0};
	const unsigned most =
		CUSTOM_FIELDS_BYTES_MAX / CUSTOM_FIELD_DEFINITION_MAX;
	g_autofree char *text = g_strnfill(CUSTOM_FIELD_DEFINITION_MAX, 'x');
	for (unsigned i = 0; i < most; i++) {
		char name[16];
		g_snprintf(name, sizeof(name), "f%u", i);
		assert_int_equal(try_create(world, ACCOUNT, str_of(name),
					    str_of(text), &id, &err),
				 0);
		if (i == 0)
			first = id;
	}
	assert_int_equal(
		try_create(world, ACCOUNT, STR("m"), STR("{}"), &id, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	remove_field(world, &first);
	create(world, ACCOUNT, "n");
	id = create(world, ACCOUNT, "m");
	struct custom_field was = field_of(world, &id), field = was;
	field.definition = str_of(text);
	assert_int_equal(custom_field_update(WORLD_VIEW(world, ACCOUNT), &was,
					     &field, &err),
			 -1);
	assert_int_equal(err.code, ERR_LIMIT);
	field.definition.n -= 2; /* of the other one */
	assert_int_equal(custom_field_update(WORLD_VIEW(world, ACCOUNT), &was,
					     &field, &err),
			 1);
}

static void purges_are_noted_for_a_time(void **state)
{
	struct world *world = *state;
	struct err err;
	struct id id;
	world_account(world, 2);
	assert_int_equal(purge_create(WORLD_VIEW(world, ACCOUNT),
				      STR("https://x/a"), &id, &err),
			 0);
	assert_int_equal(purge_find(WORLD_VIEW(world, ACCOUNT), &id, &err), 1);
	assert_int_equal(purge_find(WORLD_VIEW(world, 2), &id, &err), 0);
	world_change(world, "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL"
			    " SELECT i + 1 FROM n WHERE i < 1200)"
			    " INSERT INTO purge_request (id, account_id, url,"
			    " created_at) SELECT CAST('0000' || (10000000 + i)"
			    " AS BLOB), 1, '', 1 FROM n");
	assert_int_equal(purge_sweep(world->library, now_ms() - 60000, &err),
			 0);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM purge_request"),
			 1);
	assert_int_equal(purge_find(WORLD_VIEW(world, ACCOUNT), &id, &err), 1);
	assert_int_equal(purge_sweep(world->library, now_ms() + 60000, &err),
			 0);
	assert_int_equal(purge_find(WORLD_VIEW(world, ACCOUNT), &id, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			definitions_together_have_a_limit, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(fields_are_listed_by_age,
						world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(
			name_is_free_again_once_its_field_is_deleted,
			world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(update_changes_what_it_names,
						world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(
			field_that_changed_since_it_was_read_stays, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(
			deleted_field_is_found_but_not_changed, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(
			field_of_another_account_is_not_there, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(texts_have_their_limits,
						world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(
			account_has_so_many_fields_and_no_more, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(purges_are_noted_for_a_time,
						world_setup, world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
