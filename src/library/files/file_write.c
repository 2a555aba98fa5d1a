/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the row of a file: whole, inside somebody's transaction.
 */
#include "library/files/file_columns.h"
#include "library/files/file_tx.h"
#include "library/files/folder_row.h"
#include "library/files/tags.h"
#include "library/row.h"

#include <glib.h>
#include <stdarg.h>

/* The statements, and the values of their parameters, in the order of the
 * table. A version has the columns that are its own. */

#define NAMES(column, old, kind, field, key) {column, old},

static const struct column {
	const char *file, *old;
} columns[] = {FILE_COLUMNS(NAMES)};

#define COLUMNS_MAX G_N_ELEMENTS(columns)

static const char *version_name(const struct column *column)
{
	return *column->old == 'v' ? column->old + strlen("v.") : NULL;
}

static void add(GString *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void add(GString *list, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (list->len)
		g_string_append(list, ", ");
	g_string_append_vprintf(list, format, args);
	va_end(args);
}

static struct texts {
	char *insert, *update, *insert_version, *keep_version;
} texts;

static void texts_make(void)
{
	g_autoptr(GString) names = g_string_new(NULL);
	g_autoptr(GString) values = g_string_new(NULL);
	g_autoptr(GString) set = g_string_new(NULL);
	g_autoptr(GString) kept = g_string_new(NULL);
	g_autoptr(GString) version_names = g_string_new(NULL);
	g_autoptr(GString) version_values = g_string_new(NULL);
	unsigned n = 0;
	for (unsigned i = 0; i < COLUMNS_MAX; i++) {
		const struct column *column = &columns[i];
		add(names, "%s", column->file);
		add(values, "$%u", i + 1);
		if (i >= 2)
			add(set, "%s = $%u", column->file, i + 1);
		if (version_name(column) == NULL)
			continue;
		add(kept, "%s", column->file);
		add(version_names, "%s", version_name(column));
		add(version_values, "$%u", ++n);
	}
	texts.insert = g_strdup_printf("INSERT INTO file (%s) VALUES (%s)",
				       names->str, values->str);
	texts.update = g_strdup_printf(
		"UPDATE file SET %s WHERE id = $1 AND account_id = $2",
		set->str);
	texts.insert_version =
		g_strdup_printf("INSERT INTO version (%s) VALUES (%s)",
				version_names->str, version_values->str);
	texts.keep_version = g_strdup_printf(
		"INSERT INTO version (%s) SELECT %s FROM file WHERE id = $1",
		version_names->str, kept->str);
}

/* Made once and for all: a statement is found again by where its text is. */
static const struct texts *texts_get(void)
{
	static gsize made;
	if (g_once_init_enter(&made)) {
		texts_make();
		g_once_init_leave(&made, 1);
	}
	return &texts;
}

#define VALUE_ID(value) DB_ID(&value)
#define VALUE_TEXT(value) DB_TEXT(value)
#define VALUE_OPT(value) DB_OPT(value)
#define VALUE_INT(value) DB_INT((int64_t)value)
#define VALUE_NONZERO(value) (value ? VALUE_INT(value) : DB_NULL)
#define VALUE_BLOB(value) VALUE_INT(value)
#define VALUE_NOT(value) DB_INT(!value)
#define VALUE_ALPHA(value)                                                     \
	(value == ALPHA_UNKNOWN ? DB_NULL : DB_INT(value == ALPHA_YES))
#define VALUE(column, old, kind, field, key)                                   \
	if (!version || *old == 'v')                                           \
		out[n++] = VALUE_##kind(file->field);

static struct db_args values_of(const struct file *file, bool version,
				struct db_value out[COLUMNS_MAX])
{
	size_t n = 0;
	FILE_COLUMNS(VALUE)
	return (struct db_args){out, n};
}

void file_described(struct file *file)
{
	file->described =
		(int64_t)(file->tags.n + file->custom_coordinates.n +
			  file->custom_metadata.n + file->embedded_metadata.n +
			  file->description.n);
}

int64_t file_counted(const struct file *file)
{
	return MAX((int64_t)file->size, file->described);
}

int file_insert_tx(struct db_tx *tx, const struct file *file, struct err *err)
{
	struct db_value values[COLUMNS_MAX];
	const struct folder folder = {.account_id = file->account_id,
				      .path = file->folder,
				      .created_ms = file->created_ms};
	if (db_exec(tx, texts_get()->insert, values_of(file, false, values),
		    err) < 0 ||
	    tags_replace(tx, file, false, err) < 0)
		return -1;
	return folder_make_all(tx, &folder, err);
}

int file_update_tx(struct db_tx *tx, const struct file *file, struct err *err)
{
	struct db_value values[COLUMNS_MAX];
	int changed = db_change(tx, texts_get()->update,
				values_of(file, false, values), err);
	/* possible where a database runs transactions side by side */
	if (changed == 0)
		return err_set(err, ERR_BUSY,
			       "The file was deleted at the same time.");
	return changed < 0 ? -1 : 0;
}

int version_insert_tx(struct db_tx *tx, const struct file *file,
		      struct err *err)
{
	struct db_value values[COLUMNS_MAX];
	return db_exec(tx, texts_get()->insert_version,
		       values_of(file, true, values), err);
}

int version_keep_tx(struct db_tx *tx, const struct id *file, struct err *err)
{
	return db_exec(tx, texts_get()->keep_version, DB_ARGS(DB_ID(file)),
		       err);
}

void file_changed(struct db_tx *tx, const struct id *id)
{
	db_tx_notify(tx, id->b, sizeof(id->b));
}
