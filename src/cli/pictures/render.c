/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `stowage render`: a transformation of a file, without a server; by the
 * grammars of its URLs and the processes that it has.
 */
#include "base/fd.h"
#include "cli/commands.h"
#include "cli/pictures/images.h"
#include "cli/pictures/plans.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct render_options {
	gboolean explain;
	char *grammar;
};

/* One picture. */
struct rendering {
	struct arena arena;
	struct cli_plan wanted;
	struct str plan;
	struct image_content contents[1 + IMAGE_PLAN_INPUTS_MAX];
	unsigned n_contents;
	struct image_picture picture; /* the answer */
	struct cli_images images;
};

static int read_plan(const struct cli_call *call, struct rendering *r,
		     struct err *err)
{
	const struct render_options *options = call->options;
	const struct cli_wish wish = {
		.grammar = options->grammar,
		.text = str_of(call->words[2]),
		.out = call->words[1],
	};
	if (cli_plan_read(&wish, &r->arena, &r->wanted, err) < 0)
		return -1;
	return image_plan_text(&r->wanted.plan, &r->arena, &r->plan, err);
}

static int add_content(struct rendering *r, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set_errno(err, errno, "%s", path);
	r->contents[r->n_contents++] = (struct image_content){.fd = fd};
	return 0;
}

/* What is laid over the picture lies where the picture does. */
static int open_contents(const struct cli_call *call, struct rendering *r,
			 struct err *err)
{
	struct str paths[IMAGE_PLAN_INPUTS_MAX];
	unsigned n = image_plan_inputs(&r->wanted.plan, paths);
	g_autofree char *folder = g_path_get_dirname(call->words[0]);
	if (add_content(r, call->words[0], err) < 0)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		g_autofree char *path = g_build_filename(
			folder, arena_cstr(&r->arena, paths[i]), NULL);
		if (add_content(r, path, err) < 0)
			return -1;
	}
	return 0;
}

/* The renderers' thread. */
static void take(void *user, struct image_picture *picture,
		 const struct err *err)
{
	struct rendering *r = user;
	if (picture) {
		r->picture = *picture;
		picture->fd = -1;
	}
	cli_images_answer(&r->images, err);
}

static int make(struct rendering *r, struct err *err)
{
	const struct image_render what = {
		.plan = r->plan,
		.contents = r->contents,
		.n_contents = r->n_contents,
		.arena = &r->arena,
	};
	int result = cli_images_open(&r->images, err);
	if (result == 0)
		result = renderers_render(r->images.renderers, &what, take, r,
					  err);
	if (result == 0)
		result = cli_images_wait(&r->images, err);
	cli_images_close(&r->images);
	return result;
}

static int save(const struct rendering *r, const char *path, struct err *err)
{
	g_autofree char *bytes = g_malloc(r->picture.size);
	g_autoptr(GError) why = NULL;
	if (fd_read(r->picture.fd, bytes, r->picture.size, 0) !=
	    (ssize_t)r->picture.size)
		return err_set(err, ERR_INTERNAL,
			       "The picture cannot be read.");
	if (!g_file_set_contents(path, bytes, (gssize)r->picture.size, &why))
		return err_set(err, ERR_INTERNAL, "%s", why->message);
	printf("%s: %u x %u, %s, %" G_GUINT64_FORMAT " bytes\n", path,
	       r->picture.width, r->picture.height, r->picture.type,
	       r->picture.size);
	return 0;
}

static int copy(const struct cli_call *call, struct err *err)
{
	g_autofree char *bytes = NULL;
	g_autoptr(GError) why = NULL;
	gsize n;
	if (!g_file_get_contents(call->words[0], &bytes, &n, &why) ||
	    !g_file_set_contents(call->words[1], bytes, (gssize)n, &why))
		return err_set(err, ERR_INTERNAL, "%s", why->message);
	printf("%s: as it was, %" G_GSIZE_FORMAT " bytes\n", call->words[1], n);
	return 0;
}

static int render(const struct cli_call *call, struct rendering *r,
		  struct err *err)
{
	const struct render_options *options = call->options;
	if (r->wanted.is_original)
		return copy(call, err);
	if (options->explain)
		printf("%.*s\n", STR_ARG(r->plan));
	if (open_contents(call, r, err) < 0 || make(r, err) < 0)
		return -1;
	return save(r, call->words[1], err);
}

static enum cli_status render_file(const struct cli_call *call)
{
	struct rendering r = {.picture.fd = -1};
	struct err err;
	arena_init(&r.arena);
	int read = read_plan(call, &r, &err);
	int result = read == 0 ? render(call, &r, &err) : -1;
	for (unsigned i = 0; i < r.n_contents; i++)
		close(r.contents[i].fd);
	if (r.picture.fd >= 0)
		close(r.picture.fd);
	arena_release(&r.arena);
	if (read < 0)
		return cli_usage_error(&err);
	return result < 0 ? cli_failed(&err) : CLI_DONE;
}

static const struct option options[] = {
	{"explain", OPTION_FLAG, offsetof(struct render_options, explain), NULL,
	 "Print what the transformation means, operation by operation"},
	{"grammar", OPTION_TEXT, offsetof(struct render_options, grammar),
	 "NAME", "Whose words the transformation is in: imagekit, filestack"},
};

static const struct action actions[] = {
	{"", "IN OUT TRANSFORMATION", "explain grammar", render_file, ""}};

const struct command command_render = {
	.name = "render",
	.summary = "make a picture of a file as a URL's transformation would",
	.about = "IN is an image, OUT the file to be written, whose name says "
		 "the format where the\ntransformation does not (f-...). "
		 "TRANSFORMATION is what follows tr: in a URL of\nImageKit: "
		 "stowage render in.jpg out.webp 'w-300,h-200:rt-90'. With\n"
		 "--grammar filestack it is what stands between key and "
		 "handle:\n'resize=width:300/rotate=deg:90'. Images that it "
		 "lays over are files in the\nfolder of IN. What a URL ignores "
		 "is ignored, and said.\n",
	.actions = actions,
	.n_actions = G_N_ELEMENTS(actions),
	.options = options,
	.n_options = G_N_ELEMENTS(options),
	.options_size = sizeof(struct render_options),
};
