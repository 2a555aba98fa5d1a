/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/converter.h"
#include "convert/service.h"
#include "ingest/fetch.h"
#include "store/store.h"

#include <glib.h>

#define PAGE_MAX (16u * 1024 * 1024)
/* A document stays what it is, a page does not. */
#define DOCUMENT_LASTS STR("max-age=86400")
#define PAGE_LASTS STR("max-age=3600")

struct converter {
	struct program *programs[2]; /* by enum convert_kind; NULL: none */
	struct service *service;     /* NULL: none */
	struct store *store;
	struct fetcher *fetcher;
	_Atomic int64_t stop_at; /* monotonic microseconds */
};

static int add_command(struct converter *converter, enum convert_kind kind,
		       const char *line,
		       const struct converter_options *options, struct err *err)
{
	const struct program_options command = {
		.line = line,
		.dir = options->dir,
		.timeout_ms = options->timeout_ms,
		.memory = options->memory,
	};
	if (*line == '\0')
		return 0;
	return program_new(&converter->programs[kind], &command, err);
}

static int add_service(struct converter *converter,
		       const struct converter_options *options, struct err *err)
{
	if (*options->url == '\0')
		return 0;
	return service_new(&converter->service, options->url,
			   options->timeout_ms, err);
}

int converter_new(struct converter **out,
		  const struct converter_options *options, struct err *err)
{
	*out = NULL;
	program_sweep(options->dir);
	if (!*options->document_command && !*options->screenshot_command &&
	    !*options->url)
		return 0;
	struct converter *converter = g_new0(struct converter, 1);
	converter->store = options->store;
	converter->fetcher = options->fetcher;
	converter->stop_at = INT64_MAX;
	*out = converter;
	if (add_service(converter, options, err) == 0 &&
	    add_command(converter, CONVERT_DOCUMENT, options->document_command,
			options, err) == 0 &&
	    add_command(converter, CONVERT_SCREENSHOT,
			options->screenshot_command, options, err) == 0)
		return 0;
	converter_free(converter);
	*out = NULL;
	return -1;
}

void converter_stop(struct converter *converter, unsigned grace_ms)
{
	if (converter)
		converter->stop_at =
			g_get_monotonic_time() + (int64_t)grace_ms * 1000;
}

void converter_free(struct converter *converter)
{
	if (converter == NULL)
		return;
	program_free(converter->programs[CONVERT_DOCUMENT]);
	program_free(converter->programs[CONVERT_SCREENSHOT]);
	service_free(converter->service);
	g_free(converter);
}

struct job {
	const struct converter *converter;
	const struct fetch_target *target;
};

static bool goes_on(void *user)
{
	const struct job *job = user;
	const struct fetch_target *target = job->target;
	return g_get_monotonic_time() < job->converter->stop_at &&
	       target->is_wanted(target->user);
}

/* Whoever shows the page connects by itself, where our guard is not: what can
 * be judged before is that the page, and what it redirects to, is where we
 * may go. */
static int look_at_page(const struct converter *converter,
			const struct fetch_target *target,
			struct convert_wish *wish, struct err *err)
{
	struct store_sink *sink = store_sink_new(converter->store, PAGE_MAX);
	struct fetch_target look = *target;
	struct fetch_result got;
	look.sink = sink;
	look.condition = NULL;
	int result = fetch_url(converter->fetcher, wish->url, &look, &got, err);
	store_sink_free(sink);
	if (result == 0)
		wish->url = got.final_url;
	return result;
}

/* "Report.docx" as PDF is "Report.pdf". */
static struct str name_for(struct arena *arena, const struct remote_item *item,
			   const struct convert_wish *wish)
{
	struct str name = item->source ? item->source->file.name : STR_NONE;
	ptrdiff_t dot = str_rfind(name, '.');
	if (dot > 0)
		name.n = (size_t)dot;
	if (name.n == 0)
		name = wish->kind == CONVERT_DOCUMENT ? STR("document")
						      : STR("screenshot");
	return arena_printf(arena, "%.*s.%.*s", STR_ARG(name),
			    STR_ARG(wish->format));
}

static int make(const struct converter *converter,
		const struct program_run *run, struct err *err)
{
	const struct program *program = converter->programs[run->wish->kind];
	if (program)
		return program_run(program, run, err);
	if (converter->service)
		return service_run(converter->service, run, err);
	return err_set(err, ERR_UNSUPPORTED,
		       run->wish->kind == CONVERT_DOCUMENT
			       ? "Conversions of documents need "
				 "--convert-command or --convert-url"
			       : "Pictures of web pages need "
				 "--screenshot-command or --convert-url");
}

static int get(void *user, const struct remote_item *item,
	       const struct fetch_target *target, struct fetch_result *out,
	       struct err *err)
{
	const struct converter *converter = user;
	struct convert_wish wish;
	struct job job = {converter, target};
	if (!convert_parse(item->text, &wish))
		return err_set(err, ERR_INTERNAL, "No such conversion");
	if (wish.kind == CONVERT_SCREENSHOT &&
	    look_at_page(converter, target, &wish, err) < 0)
		return -1;
	struct program_run what = {
		.wish = &wish,
		.fd = -1,
		.bytes = STR(""),
		.limit = store_sink_limit(target->sink),
		.sink = target->sink,
		.goes_on = goes_on,
		.user = &job,
	};
	if (item->source) {
		what.fd = item->source->content.fd;
		what.bytes = item->source->content.bytes;
	}
	if (make(converter, &what, err) < 0)
		return -1;
	bool page = wish.kind == CONVERT_SCREENSHOT;
	*out = (struct fetch_result){
		.name = name_for(target->arena, item, &wish),
		.final_url = STR(""),
		.validity.cache_control = page ? PAGE_LASTS : DOCUMENT_LASTS,
		.status = 200,
	};
	return 0;
}

struct remote_origin converter_origin(struct converter *converter)
{
	return (struct remote_origin){get, remote_now, converter};
}
