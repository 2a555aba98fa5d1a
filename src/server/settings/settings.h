/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings: one table of names, kinds, defaults and help texts; one struct with
 * the values.
 *
 * Each has three spellings: flag `--public-url URL`, environment
 * STOWAGE_PUBLIC_URL, key `public-url = URL` in the file named by --config.
 * STOWAGE_PUBLIC_URL_FILE names a file that holds the value (one trailing
 * newline is cut off). Flag beats environment beats file beats default. An
 * empty variable counts as not set. Main thread only.
 */
#ifndef SERVER_SETTINGS_SETTINGS_H
#define SERVER_SETTINGS_SETTINGS_H

#include "base/err.h"
#include "base/log/log.h"

#include <glib.h>
#include <stdint.h>

enum log_format {
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON,
};

/* Whether texts of pictures are read. */
enum ocr {
	OCR_AUTO, /* if what it takes is there */
	OCR_ON,
	OCR_OFF,
};
#define OCR_LANGUAGES_DEFAULT "eng"

/* How a service gets a stored file. */
enum upstream_files {
	UPSTREAM_FILES_SEND,
	UPSTREAM_FILES_URL,
};

/* Strings are "" when there is no value; durations are milliseconds. */
struct settings {
	const char *config, *listen, *public_url, *data;
	const char *tls_cert, *tls_key; /* both or neither */
	const char *account, *secret_key, *public_key;
	const char *fetch_allow, *trusted_proxies;
	unsigned log_level;  /* enum log_level */
	unsigned log_format; /* enum log_format */
	bool banner;
	unsigned max_connections, max_connections_per_address;
	uint64_t max_file_size;
	uint64_t imagekit_max_file_size, filestack_max_file_size;
	uint64_t stashfyle_max_file_size, jigsawstack_max_file_size;
	unsigned jigsawstack_temp_url_ttl;
	unsigned head_timeout, idle_timeout, body_timeout, send_timeout;
	unsigned drain_timeout, query_timeout;
	uint64_t min_body_rate; /* bytes/s */
	unsigned fetch_timeout, fetch_connect_timeout, fetch_head_timeout;
	uint64_t fetch_min_rate; /* bytes/s */
	unsigned remote_fetches;
	uint64_t remote_cache_size;
	const char *convert_command, *screenshot_command, *convert_url;
	unsigned convert_timeout, converters;
	uint64_t convert_memory;
	const char *vision_url, *vision_model, *vision_key_file;
	unsigned vision_timeout;
	const char *jigsawstack_upstream, *jigsawstack_upstream_key_file;
	unsigned jigsawstack_upstream_files; /* enum upstream_files */
	unsigned jigsawstack_upstream_timeout;
	const char *upstream_allow;
	unsigned upstream_calls;
	unsigned ocr;         /* enum ocr */
	unsigned ocr_helpers; /* 0: one for each core */
	const char *ocr_languages, *ocr_tessdata;
	unsigned ocr_timeout, ocr_queue;
	unsigned loops; /* 0: one for each core */
	unsigned workers, slow_workers;
	unsigned renderers; /* 0: none */
	unsigned scalers;   /* 0: auto */
	uint64_t hot_cache_size, inline_limit, disk_reserve, verify_limit;
	uint64_t derived_max; /* bytes; 0: none on the disk */
	unsigned derived_files;
	uint64_t derived_memory;
	unsigned trash_grace, sweep_interval, upload_expiry;
	unsigned scrub_period; /* 0: no scrub */
	uint64_t scrub_rate;   /* bytes/s */
	unsigned webhook_timeout, webhook_retry;
	unsigned client_uploads;
	uint64_t client_upload_rate; /* bytes/s */

	char **text;     /* the value of each table row, as it was given */
	char **warnings; /* for the log: unknown STOWAGE_ variables */
	/* what they came from, for settings_reload() */
	char **args, **env;
	enum settings_scope {
		SETTINGS_NONE = 0,
		SETTINGS_SERVER = 1,  /* all of them */
		SETTINGS_TOOL = 2,    /* those about a data directory */
		SETTINGS_ADDRESS = 3, /* those about where clients reach it */
	} scope;
};

/* Where settings come from, besides the file that they name. Borrowed. */
struct settings_input {
	enum settings_scope scope;
	char **args; /* without the program's and the command's name */
	char **env;  /* "NAME=value" */
	const GOptionEntry *extra; /* what args may hold besides; NULL: none */
};

/*
 * *rest receives what is no flag (g_strfreev()); NULL: such words are an
 * error. On -1 (ERR_INVALID, naming setting, source and value; no secrets)
 * nothing is left to release.
 */
int settings_load(struct settings *out, const struct settings_input *in,
		  char ***rest, struct err *err) MUST_CHECK;
void settings_release(struct settings *settings);

/*
 * Reads the same sources again, as they are now, and takes over the settings
 * that may change at run time. Calls changed for each of the others that would
 * differ after a restart. On -1 nothing has changed.
 */
int settings_reload(struct settings *settings,
		    void (*changed)(const char *name),
		    struct err *err) MUST_CHECK;

/* Reads a size as settings take it: 500, 64k, 100M, 5G. */
bool settings_size(const char *text, uint64_t *out);

/* The help text of the scope: grouped, aligned, with defaults. */
void settings_help(GString *out, enum settings_scope scope);

#endif
