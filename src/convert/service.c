/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/service.h"
#include "base/log/log.h"
#include "store/store.h"
#include "upstream/post.h"

#include <errno.h>
#include <glib.h>
#include <sys/stat.h>

#define PARTS_MAX 6

struct service {
	struct endpoint *endpoint;
};

int service_new(struct service **out, const char *url, unsigned timeout_ms,
		struct err *err)
{
	const struct endpoint_options options = {
		.name = "convert-url",
		.url = url,
		.timeout_ms = timeout_ms,
	};
	struct endpoint *endpoint;
	*out = NULL;
	if (endpoint_new(&endpoint, &options, err) < 0)
		return -1;
	*out = g_new0(struct service, 1);
	(*out)->endpoint = endpoint;
	return 0;
}

void service_free(struct service *service)
{
	if (service == NULL)
		return;
	endpoint_free(service->endpoint);
	g_free(service);
}

struct form {
	struct endpoint_part parts[PARTS_MAX];
	size_t n;
	struct arena arena;
};

static struct endpoint_part *add_text(struct form *form, const char *name,
				      struct str value)
{
	struct endpoint_part *part = &form->parts[form->n++];
	*part = (struct endpoint_part){.name = name, .bytes = value, .fd = -1};
	return part;
}

static void add_number(struct form *form, const char *name, unsigned value,
		       const char *unit)
{
	add_text(form, name, arena_printf(&form->arena, "%u%s", value, unit));
}

static int add_document(struct form *form, const struct program_run *run,
			struct err *err)
{
	const struct convert_wish *wish = run->wish;
	struct stat info;
	struct endpoint_part *part = add_text(form, "files", run->bytes);
	part->filename = arena_printf(&form->arena, "document.%.*s",
				      STR_ARG(wish->extension))
				 .p;
	part->fd = run->fd;
	if (run->fd >= 0 && fstat(run->fd, &info) < 0)
		return err_set_errno(err, errno, "fstat");
	if (run->fd >= 0)
		part->size = (uint64_t)info.st_size;
	if (str_eq(wish->orientation, STR("landscape")))
		add_text(form, "landscape", STR("true"));
	return 0;
}

static void add_page(struct form *form, const struct convert_wish *wish)
{
	add_text(form, "url", wish->url);
	add_text(form, "format", STR("png"));
	add_text(form, "clip", wish->whole_page ? STR("false") : STR("true"));
	add_number(form, "width", wish->width, "");
	add_number(form, "height", wish->height, "");
	add_number(form, "waitDelay", wish->delay_ms, "ms");
}

/* What it makes nothing of is the document's fault with 4xx alone. */
static int judge(unsigned status, struct err *err)
{
	if (status == 200)
		return 0;
	if (status >= 400 && status < 500 && status != 429 && status != 404)
		return err_set(err, ERR_INVALID,
			       "The file cannot be converted.");
	log_warn("the converter answers with status %u", status);
	return err_set(err, ERR_BUSY,
		       "The converter cannot be reached. Try again later.");
}

static int send_form(const struct service *service,
		     const struct program_run *run, const struct form *form,
		     struct err *err)
{
	bool page = run->wish->kind == CONVERT_SCREENSHOT;
	struct endpoint_answer answer;
	const struct endpoint_call call = {
		.path = page ? STR("/forms/chromium/screenshot/url")
			     : STR("/forms/libreoffice/convert"),
		.parts = form->parts,
		.n_parts = form->n,
		.sink = run->sink,
		.wanted = 200,
		.goes_on = run->goes_on,
		.user = run->user,
	};
	if (endpoint_post(service->endpoint, &call, &answer, err) == 0)
		return judge(answer.status, err);
	if (err->code == ERR_TIMEOUT)
		return err_set(err, ERR_TIMEOUT,
			       "The conversion takes too long.");
	if (err->code == ERR_FETCH)
		return err_set(err, ERR_BUSY,
			       "The converter cannot be reached. Try again "
			       "later.");
	return -1;
}

int service_run(const struct service *service, const struct program_run *run,
		struct err *err)
{
	const struct convert_wish *wish = run->wish;
	bool page = wish->kind == CONVERT_SCREENSHOT;
	struct form form = {.n = 0};
	if (!page && !str_eq(wish->format, STR("pdf")))
		return err_set(err, ERR_UNSUPPORTED,
			       "Documents are converted to pdf only; "
			       "--convert-command could do more");
	arena_init(&form.arena);
	int result = 0;
	if (page)
		add_page(&form, wish);
	else
		result = add_document(&form, run, err);
	if (result == 0)
		result = send_form(service, run, &form, err);
	arena_release(&form.arena);
	return result;
}
