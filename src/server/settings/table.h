/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of the settings table, for the files that work on it: settings.c
 * (sources), check.c and value.c (text to value), help.c. Everybody else uses
 * settings.h.
 */
#ifndef SERVER_SETTINGS_TABLE_H
#define SERVER_SETTINGS_TABLE_H

#include "server/settings/settings.h"

#include <stddef.h>

enum setting_kind {
	SETTING_TEXT,     /* const char * */
	SETTING_SIZE,     /* uint64_t; k, M and G are powers of 1024 */
	SETTING_COUNT,    /* unsigned; default "auto" also takes that word: 0 */
	SETTING_DURATION, /* unsigned milliseconds; 500ms 30s 5m 1h */
	SETTING_CHOICE,   /* unsigned, the position in `value`: "a|b|c" */
	SETTING_BOOL,     /* bool */
};

enum setting_flags {
	SETTING_SECRET = 1,  /* never shown */
	SETTING_RUNTIME = 2, /* SIGHUP takes it over; no text */
	SETTING_TOOL = 4,    /* also of SETTINGS_TOOL */
	SETTING_ADDRESS = 8, /* also of SETTINGS_ADDRESS */
};

struct setting {
	const char *name;
	enum setting_kind kind;
	size_t field; /* offset in struct settings */
	unsigned flags;
	const char *fallback; /* the default, as text */
	const char *value;    /* what it takes, as --help calls it; NULL: by
				 kind */
	uint64_t min, max;    /* sizes, counts, durations */
	/* Texts: -1 with the rest of a sentence, `is not HOST:PORT`. */
	int (*check)(const char *text, struct err *err);
	const char *help;
	const char *heading; /* first of a group */
};

extern const struct setting setting_table[];
extern const size_t setting_count;

bool setting_in_scope(const struct setting *setting, enum settings_scope scope);

/* What it takes, as help calls it: "HOST:PORT", "SIZE"; "" for a switch. */
const char *setting_value_word(const struct setting *setting);

/* Sets the field. Text is borrowed. -1: err->text is the rest of a sentence
 * that begins with the value. */
int setting_parse(const struct setting *setting, const char *text,
		  struct settings *out, struct err *err) MUST_CHECK;
/* The name in the table nearest to a mistyped one, else in extra (ends with a
 * NULL name); NULL when nothing is near. */
const char *setting_nearest(const char *name, enum settings_scope scope,
			    const GOptionEntry *extra);

int setting_check_pem_file(const char *text, struct err *err);
int setting_check_listen(const char *text, struct err *err);
int setting_check_public_url(const char *text, struct err *err);
int setting_check_command(const char *text, struct err *err);
int setting_check_account(const char *text, struct err *err);
int setting_check_cidrs(const char *text, struct err *err);
int setting_check_directory(const char *text, struct err *err);

#endif
