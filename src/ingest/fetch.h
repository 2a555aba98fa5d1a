/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URL import: one GET of somebody else's URL into a sink, through libcurl,
 * behind the address guard (outbound/guard.h). Blocks; call between
 * http_slow_begin() and http_slow_end().
 */
#ifndef INGEST_FETCH_H
#define INGEST_FETCH_H

#include "base/arena.h"
#include "base/err.h"

/* The version of the libcurl that runs: "7.88.1". Static. */
const char *fetch_library_version(void);

struct fetcher;
struct guard;
struct store_sink;

#define FETCH_URL_MAX (8u * 1024)
#define FETCH_REDIRECTS_MAX 5
#define FETCH_HEAD_MAX (64u * 1024) /* response header bytes of one hop */

/* All times above 0. */
struct fetch_options {
	unsigned connect_timeout_ms; /* name look-up and connect, each hop */
	unsigned head_timeout_ms;    /* until the last response head is there */
	unsigned total_timeout_ms;
	unsigned min_rate;       /* of the body, bytes/s; 0: any */
	unsigned rate_window_ms; /* averaged over this long; 0: 10 s */
};

/* The guard must outlive the fetcher. */
int fetcher_new(struct fetcher **out, const struct fetch_options *options,
		const struct guard *guard, struct err *err) MUST_CHECK;
void fetcher_free(struct fetcher *fetcher);
/* Any thread: transfers that are still running after grace_ms fail then. */
void fetcher_stop(struct fetcher *fetcher, unsigned grace_ms);

/* Fields of the last response that say how long it is good for, as sent;
 * STR_NONE without. */
struct fetch_validity {
	struct str etag, last_modified;
	struct str cache_control; /* all of them, ", " between */
	struct str expires, date, age, vary;
};

struct fetch_result {
	struct str content_type; /* as sent, STR_NONE without */
	struct str name; /* Content-Disposition file name, else the last path
			    segment of the final URL, decoded; may be "" */
	struct str final_url;
	struct fetch_validity validity;
	bool unchanged; /* 304: it is still what fetch_condition says */
	bool moved;     /* a redirect on the way may be another one tomorrow */
	/* Also after a failure: of the last response, 0 without one. */
	unsigned status;
};

/* What the caller has already. */
struct fetch_condition {
	struct str final_url;           /* that it came from */
	struct str etag, last_modified; /* as they came; STR_NONE: not sent */
};

/* What a client names as a source, and has its origin told. */
struct fetch_source {
	struct str url;
	struct str fields; /* fetch_fields_text(); STR_NONE: nothing */
};

/* Where what is fetched goes, and where the strings of its result. */
struct fetch_target {
	struct store_sink *sink;
	struct arena *arena;
	const struct fetch_condition *condition; /* NULL: none */
	/* fetch_fields_text(), sent to the URL's origin (scheme, host and port)
	 * until a redirect leads elsewhere; STR_NONE: none. */
	struct str fields;
	/* Asked about once a second: false ends the transfer. NULL: wanted. */
	bool (*is_wanted)(void *user);
	void *user;
};

/* The URL as fetch_url() reads it, in one spelling: without fragment, the host
 * in small letters, no port that says nothing. ERR_INVALID as there. */
int fetch_url_text(struct arena *arena, struct str url, struct str *out,
		   struct err *err) MUST_CHECK;

/*
 * http and https only; redirects are followed by us, each hop vetted anew;
 * proxy environment variables ignored; credentials in the URL and .netrc never
 * sent, cookies only by target->fields. Anything but a 200 at the end (or a 304
 * to the condition, which is sent to the URL that it holds of), refused
 * addresses, time-outs, name errors are ERR_FETCH (ERR_INVALID for what is no
 * http URL), worded without the addresses of internal machines; too many bytes
 * for the sink ERR_TOO_LARGE. No content coding is asked for; gzip and deflate
 * are undone (coding.h), so that the sink counts what they hold; others, and
 * what is damaged or ends early, are ERR_FETCH.
 */
int fetch_url(struct fetcher *fetcher, struct str url,
	      const struct fetch_target *target, struct fetch_result *out,
	      struct err *err) MUST_CHECK;

#endif
