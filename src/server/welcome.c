/* SPDX-License-Identifier: Apache-2.0 */
#include "server/welcome.h"
#include "base/digest.h"
#include "base/encode.h"

#define STYLE                                                                  \
	"body{max-width:38em;margin:4em auto;padding:0 1em;"                   \
	"font:1em/1.5 sans-serif;color:#222;background:#fff}"                  \
	"code{background:#eee;padding:.1em .3em}"                              \
	"@media(prefers-color-scheme:dark){"                                   \
	"body{color:#ddd;background:#111}code{background:#333}}"

static const char page[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<meta name=\"robots\" content=\"noindex\">\n"
	"<title>Stowage</title>\n"
	"<style>" STYLE "</style>\n"
	"<h1>Stowage is running</h1>\n"
	"<p>This is a server for files. Programs upload to it and read from\n"
	"it through the upload APIs of ImageKit, Filestack, StashFyle and\n"
	"JigsawStack; their base URL is this address. There is nothing to\n"
	"click here.</p>\n"
	"<ul>\n"
	"<li>Keys: <code>stowage keys list --show</code>, on the machine that\n"
	"it runs on.</li>\n"
	"<li>How each API is used: <code>README.md</code> and\n"
	"<code>docs/dialects/</code> of the source.</li>\n"
	"<li>Running it: <code>docs/operation.md</code>, and\n"
	"<code>stowage serve --help</code>.</li>\n"
	"<li>Is it well? <a href=\"/healthz\"><code>/healthz</code></a> says\n"
	"that it lives, <a href=\"/readyz\"><code>/readyz</code></a> that its\n"
	"disk and database answer.</li>\n"
	"</ul>\n"
	"</html>\n";

static bool has_weight(struct str range)
{
	struct str q = http_param(range, STR("q"));
	/* all spellings of zero, RFC 9110 section 12.4.2 */
	for (size_t i = 0; i < q.n; i++)
		if (q.p[i] != '0' && q.p[i] != '.')
			return true;
	return q.n == 0;
}

static bool accepts_html(const struct request *rq)
{
	struct str rest = request_header(rq, "Accept");
	while (rest.p) {
		struct str range = str_split(&rest, ',');
		if (str_eq_nocase(http_media_type(range), STR("text/html")) &&
		    has_weight(range))
			return true;
	}
	return false;
}

bool welcome_is_for(const struct request *rq)
{
	const struct http_head *head = &rq->x->head;
	return str_eq(head->path, STR("/")) && !rq->vendor_host &&
	       (head->method == HTTP_GET || head->method == HTTP_HEAD) &&
	       accepts_html(rq);
}

/* The one thing that the page may load: its own style, by its hash. */
static struct str policy(struct arena *arena)
{
	uint8_t hash[SHA256_BYTES];
	sha256_of(STR(STYLE), hash);
	struct str text = base64_encode(arena, hash, sizeof(hash));
	return arena_printf(arena,
			    "default-src 'none'; style-src 'sha256-%.*s'; "
			    "base-uri 'none'; form-action 'none'; "
			    "frame-ancestors 'none'",
			    STR_ARG(text));
}

void welcome_answer(struct request *rq)
{
	struct http_exchange *x = rq->x;
	http_set(x, "Content-Security-Policy", policy(request_arena(rq)));
	http_set(x, "X-Content-Type-Options", STR("nosniff"));
	http_set(x, "Referrer-Policy", STR("no-referrer"));
	http_set(x, "Vary", STR("Accept"));
	http_reply(x, 200, "text/html; charset=utf-8",
		   (struct str){page, sizeof(page) - 1});
}
