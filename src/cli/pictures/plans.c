/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pictures/plans.h"
#include "api/filestack/cdn/grammar/tasks.h"
#include "api/filestack/cdn/grammar/wanted.h"
#include "api/imagekit/delivery/grammar/grammar.h"
#include "api/imagekit/delivery/grammar/parameters.h"
#include "api/imagekit/delivery/named.h"
#include "cli/pictures/ignored.h"
#include "ingest/sniff.h"

#include <glib.h>

#define KEY "-" /* stands where a URL has the application's */

/* The end of a name, in small letters. */
static struct str format_of(struct arena *arena, const char *path)
{
	g_autofree char *small = g_ascii_strdown(path, -1);
	return arena_str(arena, str_after_last(str_of(small), '.'));
}

/* A name that promises another format than it would get. */
static int check_name(const struct cli_plan *plan, const struct cli_wish *wish,
		      const char *formats, struct err *err)
{
	g_autofree char *name = g_path_get_basename(wish->out);
	struct str type = sniff_extension(str_of(name));
	if (plan->is_original ||
	    image_has(plan->plan.last, IMAGE_ENCODE_FORMAT) ||
	    !str_starts(type, STR("image/")))
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		       "%s: no picture can be %.*s; formats are %s", wish->out,
		       STR_ARG(type), formats);
}

/* Of a repeated parameter the last counts: what is asked for goes before what
 * the file's name says. */
static int read_imagekit(const struct cli_wish *wish, struct arena *arena,
			 struct cli_plan *out, struct err *err)
{
	static const struct account nobody = {.name = ""};
	struct str format = format_of(arena, wish->out);
	bool is_format = tr_parameter_takes(TR_F, format, TR_OF_PICTURE);
	struct imagekit_wanted wanted;
	const struct imagekit_transformation from = {
		.path = is_format ? arena_join(arena, STR("f-"), format)
				  : STR_NONE,
		.query = str_starts(wish->text, STR("tr:"))
				 ? str_skip(wish->text, 3)
				 : wish->text,
		.resolve = imagekit_named_resolve,
		.user = &nobody,
	};
	if (imagekit_grammar(&from, arena, &wanted, err) < 0)
		return -1;
	*out = (struct cli_plan){wanted.plan, wanted.is_original};
	if (check_name(out, wish, tr_parameters[TR_F].values, err) < 0)
		return -1;
	note_ignored(arena, from.query);
	return 0;
}

static bool is_key(const void *user, struct str text)
{
	(void)user;
	return str_eq(text, STR(KEY));
}

static bool is_own(const void *user, struct str authority, struct str *path)
{
	(void)user, (void)authority, (void)path;
	return false;
}

static int read_filestack(const struct cli_wish *wish, struct arena *arena,
			  struct cli_plan *out, struct err *err)
{
	const char *formats =
		cdn_tasks[CDN_TASK_OUTPUT].params[CDN_OUTPUT_FORMAT].words;
	struct str format = format_of(arena, wish->out);
	bool is_format = cdn_word_of(formats, format) >= 0;
	struct chain chain;
	struct cdn_wanted wanted;
	const struct chain_reading reading = {
		.path = arena_printf(arena, "/" KEY "/%s%.*s/%.*s/file",
				     is_format ? "output=format:" : "",
				     STR_ARG(is_format ? format : STR_NONE),
				     STR_ARG(str_trim_char(wish->text, '/'))),
		.is_key = is_key,
		.is_task = cdn_is_task,
		.is_own = is_own,
	};
	const struct cdn_transformation in = {.chain = &chain};
	if (chain_read(&reading, arena, &chain, err) < 0 ||
	    cdn_grammar(&in, arena, &wanted, err) < 0)
		return -1;
	if (wanted.answer != CDN_FILE && wanted.answer != CDN_PICTURE)
		return err_set(err, ERR_UNSUPPORTED, "No picture is asked for");
	*out = (struct cli_plan){wanted.plan, wanted.answer == CDN_FILE};
	return check_name(out, wish, formats, err);
}

int cli_plan_read(const struct cli_wish *wish, struct arena *arena,
		  struct cli_plan *out, struct err *err)
{
	static const struct {
		const char *name;
		int (*read)(const struct cli_wish *wish, struct arena *arena,
			    struct cli_plan *out, struct err *err);
	} grammars[] = {
		{"imagekit", read_imagekit},
		{"filestack", read_filestack},
	};
	const char *name = wish->grammar ? wish->grammar : grammars[0].name;
	for (size_t i = 0; i < G_N_ELEMENTS(grammars); i++)
		if (strcmp(grammars[i].name, name) == 0)
			return grammars[i].read(wish, arena, out, err);
	return err_set(err, ERR_INVALID,
		       "There is no grammar \"%s\": imagekit, filestack", name);
}
