/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/service.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "outbound/easy.h"
#include "store/store.h"

#include <stdio.h>
#include <sys/stat.h>

#define CONNECT_MS 10000L

G_DEFINE_AUTOPTR_CLEANUP_FUNC(curl_mime, curl_mime_free)

struct service {
	char *url;
	unsigned timeout_ms;
};

struct posting {
	const struct program_run *run;
	CURL *easy;
	struct err *err;
	off_t at;         /* of the document */
	bool sink_failed; /* *err is filled */
	bool gave_up;
};

struct service *service_new(const char *url, unsigned timeout_ms)
{
	struct service *service = g_new0(struct service, 1);
	service->url = g_strdup(url);
	for (size_t n = strlen(url); n && service->url[n - 1] == '/'; n--)
		service->url[n - 1] = '\0';
	service->timeout_ms = timeout_ms;
	return service;
}

void service_free(struct service *service)
{
	if (service == NULL)
		return;
	g_free(service->url);
	g_free(service);
}

static size_t take_body(char *p, size_t size, size_t n, void *user)
{
	struct posting *posting = user;
	long status = 0;
	curl_easy_getinfo(posting->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return 0;
	posting->sink_failed = store_sink_write(posting->run->sink, p, size * n,
						posting->err) < 0;
	return posting->sink_failed ? 0 : size * n;
}

static size_t give_document(char *p, size_t size, size_t n, void *user)
{
	struct posting *posting = user;
	ssize_t got = fd_read(posting->run->fd, p, size * n, posting->at);
	if (got < 0)
		return CURL_READFUNC_ABORT;
	posting->at += got;
	return (size_t)got;
}

static int look(void *user, curl_off_t total, curl_off_t now,
		curl_off_t up_total, curl_off_t up)
{
	struct posting *posting = user;
	(void)total, (void)now, (void)up_total, (void)up;
	posting->gave_up = !posting->run->goes_on(posting->run->user);
	return posting->gave_up;
}

static bool add_text(curl_mime *form, const char *name, const char *value)
{
	curl_mimepart *part = curl_mime_addpart(form);
	return part && curl_mime_name(part, name) == CURLE_OK &&
	       curl_mime_data(part, value, CURL_ZERO_TERMINATED) == CURLE_OK;
}

static bool add_number(curl_mime *form, const char *name, unsigned value,
		       const char *unit)
{
	char text[32];
	snprintf(text, sizeof(text), "%u%s", value, unit);
	return add_text(form, name, text);
}

static bool add_document(curl_mime *form, struct posting *posting)
{
	const struct program_run *run = posting->run;
	const struct convert_wish *wish = run->wish;
	curl_mimepart *part = curl_mime_addpart(form);
	char name[sizeof("document.") + CONVERT_WORD_MAX];
	struct stat info;
	snprintf(name, sizeof(name), "document.%.*s", STR_ARG(wish->extension));
	if (part == NULL || curl_mime_name(part, "files") != CURLE_OK ||
	    curl_mime_filename(part, name) != CURLE_OK)
		return false;
	if (str_eq(wish->orientation, STR("landscape")) &&
	    !add_text(form, "landscape", "true"))
		return false;
	if (run->fd < 0)
		return curl_mime_data(part, run->bytes.p, run->bytes.n) ==
		       CURLE_OK;
	return fstat(run->fd, &info) == 0 &&
	       curl_mime_data_cb(part, info.st_size, give_document, NULL, NULL,
				 posting) == CURLE_OK;
}

static bool add_page(curl_mime *form, const struct convert_wish *wish)
{
	g_autofree char *url = g_strndup(wish->url.p, wish->url.n);
	return add_text(form, "url", url) && add_text(form, "format", "png") &&
	       add_text(form, "clip", wish->whole_page ? "false" : "true") &&
	       add_number(form, "width", wish->width, "") &&
	       add_number(form, "height", wish->height, "") &&
	       add_number(form, "waitDelay", wish->delay_ms, "ms");
}

static bool set_options(const struct service *service, struct posting *posting,
			curl_mime *form)
{
	bool page = posting->run->wish->kind == CONVERT_SCREENSHOT;
	g_autofree char *url =
		g_strconcat(service->url,
			    page ? "/forms/chromium/screenshot/url"
				 : "/forms/libreoffice/convert",
			    NULL);
	CURL *easy = posting->easy;
	bool failed = false;
#define SET(option, value)                                                     \
	failed |= curl_easy_setopt(easy, option, value) != CURLE_OK
	SET(CURLOPT_URL, url);
	SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, (long)service->timeout_ms);
	SET(CURLOPT_MIMEPOST, form);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, posting);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, look);
	SET(CURLOPT_XFERINFODATA, posting);
#undef SET
	return !failed;
}

/* What it makes nothing of is the document's fault with 4xx alone. */
static int judge(const struct posting *posting, CURLcode code)
{
	long status = 0;
	curl_easy_getinfo(posting->easy, CURLINFO_RESPONSE_CODE, &status);
	if (posting->sink_failed)
		return -1;
	if (posting->gave_up)
		return err_set(posting->err, ERR_BUSY, "Nobody waits for it.");
	if (code == CURLE_OK && status == 200)
		return 0;
	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_set(posting->err, ERR_TIMEOUT,
			       "The conversion takes too long.");
	if (status >= 400 && status < 500 && status != 429 && status != 404)
		return err_set(posting->err, ERR_INVALID,
			       "The file cannot be converted.");
	if (status)
		log_warn("the converter answers with status %ld", status);
	else
		log_warn("the converter is not there: %s",
			 curl_easy_strerror(code));
	return err_set(posting->err, ERR_BUSY,
		       "The converter cannot be reached. Try again later.");
}

int service_run(const struct service *service, const struct program_run *run,
		struct err *err)
{
	const struct convert_wish *wish = run->wish;
	bool page = wish->kind == CONVERT_SCREENSHOT;
	if (!page && !str_eq(wish->format, STR("pdf")))
		return err_set(err, ERR_UNSUPPORTED,
			       "Documents are converted to pdf only; "
			       "--convert-command could do more");
	g_autoptr(CURL) easy = outbound_easy();
	g_autoptr(curl_mime) form = easy ? curl_mime_init(easy) : NULL;
	struct posting posting = {.run = run, .easy = easy, .err = err};
	bool ready = form && (page ? add_page(form, wish)
				   : add_document(form, &posting));
	if (!ready || !set_options(service, &posting, form))
		return err_set(err, ERR_INTERNAL, "libcurl does not start");
	return judge(&posting, curl_easy_perform(easy));
}
