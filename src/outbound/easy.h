/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handle of libcurl as everything here wants it that makes requests: it goes
 * where it is sent and nowhere else, and says nothing that it was not told to
 * say. Not here: times, bodies, and what is done with an answer.
 */
#ifndef OUTBOUND_EASY_H
#define OUTBOUND_EASY_H

#include "base/err.h"
#include "base/str.h"

#include <curl/curl.h>
#include <glib.h>
#include <stdbool.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURL, curl_easy_cleanup)

/* Before the first handle; any thread, any number of times. ERR_INTERNAL. */
int outbound_start(struct err *err) MUST_CHECK;

/* http and https alone, HTTP/1.1, no redirects, no proxies whatever the
 * environment says, no .netrc, no signals. curl_easy_cleanup() it; NULL:
 * libcurl does not start. */
CURL *outbound_easy(void);

/* A field of the last answer's head, the index-th of that name; STR_NONE when
 * there are fewer. Good until the handle is used again. */
struct str outbound_field(CURL *easy, const char *name, size_t index);

struct guard;

/* The address of each socket that a handle is about to connect is judged,
 * whatever name it had. */
struct outbound_vet {
	const struct guard *guard;
	bool refused; /* one was; reset by the caller */
};

/* The vet stays as long as the handle connects. */
bool outbound_vet(CURL *easy, struct outbound_vet *vet);

#endif
