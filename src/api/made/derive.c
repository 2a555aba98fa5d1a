/* SPDX-License-Identifier: Apache-2.0 */
#include "api/made/derive.h"
#include "base/log/log.h"
#include "derive/derive.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A request that waits for its picture. */
struct deriving {
	struct request *rq;
	struct hot_entry *entry;
	struct derivation what;
	struct derive_request job;
	struct derivative *made; /* NULL: refused */
	struct err err;
};

static struct derive_content content_of(const struct file *file)
{
	struct derive_content content = {.store = file->store,
					 .blob_id = file->blob_id};
	memcpy(content.checksum, file->checksum, CHECKSUM_BYTES);
	return content;
}

static void drop_made(void *made)
{
	derivative_unref(made);
}

static const struct extension {
	const char *type, *extension;
} extensions[] = {
	{"image/jpeg", "jpg"},  {"image/png", "png"},
	{"image/webp", "webp"}, {"image/gif", "gif"},
	{"image/avif", "avif"}, {"image/jxl", "jxl"},
	{"image/jpeg", "jpeg"}, {"application/pdf", "pdf"},
	{"text/html", "html"},
};

struct str request_made_name(struct arena *arena, struct str name,
			     struct str type)
{
	ptrdiff_t dot = str_rfind(name, '.');
	struct str end = dot > 0 ? str_skip(name, (size_t)dot + 1) : STR_NONE;
	const char *wanted = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(extensions); i++) {
		const struct extension *row = &extensions[i];
		if (!str_eq(type, str_of(row->type)))
			continue;
		if (str_eq_nocase(end, str_of(row->extension)))
			return name;
		if (wanted == NULL)
			wanted = row->extension;
	}
	if (wanted == NULL)
		return name;
	if (dot > 0)
		name.n = (size_t)dot;
	return arena_printf(arena, "%.*s.%s", STR_ARG(name), wanted);
}

/* When what is shown was changed: the source, or what lies over it. */
static int64_t modified_of(const struct hot_entry *entry,
			   struct hot_entry *const *layers, size_t n_layers)
{
	int64_t latest_s = entry->content.modified_s;
	for (size_t i = 0; i < n_layers; i++)
		latest_s = MAX(latest_s, layers[i]->content.modified_s);
	return latest_s;
}

/* Takes over the reference to the entry. */
static void send_made(struct request *rq, struct hot_entry *entry,
		      const struct derivative *made,
		      const struct derivation *what)
{
	int64_t modified_s = modified_of(entry, what->layers, what->n_layers);
	struct arena *arena = request_arena(rq);
	struct delivery how = what->how;
	if (how.disposition != DISPOSITION_NONE)
		how.name = request_made_name(arena, how.name, made->type);
	if (what->vary)
		http_set(rq->x, "Vary", str_of(what->vary));
	if (what->content_dpr.p)
		http_set(rq->x, "Content-DPR", what->content_dpr);
	request_deliver_as(rq, entry,
			   derivative_content(made, modified_s, arena), &how);
}

/* Takes over both references. */
static int answer_made(struct request *rq, struct hot_entry *entry,
		       struct derivative *made, const struct derivation *what,
		       struct err *err)
{
	arena_defer(request_arena(rq), drop_made, made);
	if (what->use) {
		hot_unref(entry);
		return what->use(rq, &made->content, err);
	}
	send_made(rq, entry, made, what);
	return 0;
}

static void remember(struct request *rq, const struct derive_content *source,
		     const struct derivation *what,
		     const struct derive_key *key)
{
	struct shortcut shortcut = {
		.key = *key, .vary = what->vary, .note = what->note};
	if (what->recipe.p == NULL || what->n_layers || what->content_dpr.p)
		return;
	shortcut_tag(source, what->recipe, shortcut.tag);
	derive_recall_later(rq->services->derive, &shortcut);
}

static void add_input(struct derive_input *input, const struct hot_entry *entry)
{
	*input = (struct derive_input){
		.content = content_of(&entry->file),
		.fd = entry->content.fd,
		.bytes = entry->content.bytes,
	};
}

/* The source, then the layers, as renderers get them. */
static struct derive_input *inputs_of(const struct derive_of *of)
{
	struct derive_input *inputs = arena_alloc(
		of->arena, (1 + of->n_layers) * sizeof(struct derive_input));
	add_input(&inputs[0], of->entry);
	for (size_t i = 0; i < of->n_layers; i++)
		add_input(&inputs[1 + i], of->layers[i]);
	return inputs;
}

static void fill_key(const struct derive_of *of, struct derive_request *request)
{
	size_t n = request->job.n_inputs;
	struct derive_content *contents =
		arena_alloc(of->arena, n * sizeof(*contents));
	for (size_t i = 0; i < n; i++)
		contents[i] = request->job.inputs[i].content;
	derive_key(contents, n, of->plan, &request->key);
}

void request_derivation(const struct request *rq, const struct derive_of *of,
			struct derive_request *out)
{
	int64_t owner = of->entry->file.account_id;
	int64_t guest = request_guest(rq, owner);
	*out = (struct derive_request){
		.waiter = {.owner = owner, .guest = guest},
		.job = {.owner = owner,
			.guest = guest,
			.plan = of->plan,
			.inputs = inputs_of(of),
			.n_inputs = 1 + of->n_layers,
			.arena = of->arena},
		.modified_s = modified_of(of->entry, of->layers, of->n_layers),
	};
	fill_key(of, out);
}

bool request_derives_file(const struct derive_request *request)
{
	for (size_t i = 0; i < request->job.n_inputs; i++)
		if (request->job.inputs[i].fd >= 0)
			return true;
	return false;
}

/* Or what the dialect has for the case. */
static int fail(struct request *rq, const struct derivation *what,
		struct err *err)
{
	return what->failed ? what->failed(rq, err) : -1;
}

static int after_making(struct request *rq, struct err *err)
{
	struct deriving *d = rq->pending;
	if (d->made)
		return answer_made(rq, d->entry, d->made, &d->what, err);
	hot_unref(d->entry);
	d->entry = NULL; /* it may run again */
	*err = d->err;
	return fail(rq, &d->what, err);
}

/* The renderers' thread, or that of whoever made it: leave at once. */
static void on_made(void *user, void *made, const struct err *err)
{
	struct deriving *d = user;
	if (made)
		d->made = derivative_ref(made);
	else
		d->err = *err;
	request_resume(d->rq);
}

static int make(struct request *rq, struct hot_entry *entry, struct deriving *d,
		struct err *err)
{
	rq->pending = d;
	rq->resume = after_making;
	if (derive_make(rq->services->derive, &d->job, err) == 0)
		return HANDLE_PENDING;
	hot_unref(entry);
	return fail(rq, &d->what, err);
}

static const struct err *find_lost(const struct hot_entry *entry,
				   const struct derivation *what)
{
	const struct err *lost = entry->lost;
	for (size_t i = 0; i < what->n_layers && lost == NULL; i++)
		lost = what->layers[i]->lost;
	return lost;
}

int request_derive(struct request *rq, struct hot_entry *entry,
		   const struct derivation *what, struct err *err)
{
	struct derive *derive = rq->services->derive;
	struct arena *arena = request_arena(rq);
	struct derivative *made;
	for (size_t i = 0; i < what->n_layers; i++)
		request_keep(rq, what->layers[i]);
	const struct err *lost = find_lost(entry, what);
	if (lost) {
		*err = *lost;
		hot_unref(entry);
		return -1;
	}
	struct deriving *d = arena_alloc(arena, sizeof(*d));
	const struct derive_of of = {entry, what->layers, what->n_layers,
				     what->plan, arena};
	*d = (struct deriving){.rq = rq, .entry = entry, .what = *what};
	request_derivation(rq, &of, &d->job);
	d->job.waiter.done = on_made;
	d->job.waiter.user = d;
	remember(rq, &d->job.job.inputs[0].content, what, &d->job.key);
	enum derive_place place = derive_find(derive, &d->job.key, &made);
	if (place == DERIVE_ON_DISK) {
		if (rq->on_loop) {
			hot_unref(entry);
			return HANDLE_LATER;
		}
		made = derive_read(derive, &d->job.key, d->job.modified_s);
	}
	if (made)
		return answer_made(rq, entry, made, what, err);
	if (rq->on_loop && request_derives_file(&d->job)) {
		hot_unref(entry);
		return HANDLE_LATER;
	}
	return make(rq, entry, d, err);
}

bool request_recall(struct request *rq, const struct hot_entry *entry,
		    struct str recipe, struct derive_again *out)
{
	struct derive *derive = rq->services->derive;
	const struct derive_content source = content_of(&entry->file);
	struct shortcut shortcut;
	shortcut_tag(&source, recipe, shortcut.tag);
	if (!derive_recall(derive, &shortcut) ||
	    derive_find(derive, &shortcut.key, &out->made) != DERIVE_IN_MEMORY)
		return false;
	out->vary = shortcut.vary;
	out->note = shortcut.note;
	return true;
}

void request_send_again(struct request *rq, struct hot_entry *entry,
			const struct derive_again *again,
			const struct delivery *how)
{
	arena_defer(request_arena(rq), drop_made, again->made);
	send_made(rq, entry, again->made,
		  &(struct derivation){.vary = again->vary, .how = *how});
}

void request_drop_again(const struct derive_again *again)
{
	derivative_unref(again->made);
}

/* A picture that is made without anybody waiting for it. */
struct ahead {
	struct arena arena;
	struct derive_input input;
	struct derive_request job;
};

static void end_ahead(struct ahead *ahead)
{
	if (ahead->input.fd >= 0)
		close(ahead->input.fd);
	arena_release(&ahead->arena);
	g_free(ahead);
}

static void on_made_ahead(void *user, void *made, const struct err *err)
{
	if (made == NULL)
		log_debug("a picture is not made in advance: %s", err->text);
	end_ahead(user);
}

int request_hold_sent(const struct request *rq, struct arena *arena,
		      struct derive_input *out, struct err *err)
{
	int fd = store_sink_fd(rq->intake->file);
	*out = (struct derive_input){.fd = -1};
	if (fd < 0) {
		out->bytes =
			arena_str(arena, store_sink_bytes(rq->intake->file));
		return 0;
	}
	out->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return out->fd >= 0
		       ? 0
		       : err_set_errno(err, errno, "the file cannot be held");
}

void request_derive_ahead(const struct request *rq, const struct file *file,
			  struct str plan)
{
	struct derive *derive = rq->services->derive;
	struct ahead *ahead = g_new0(struct ahead, 1);
	struct err err;
	arena_init(&ahead->arena);
	if (request_hold_sent(rq, &ahead->arena, &ahead->input, &err) < 0) {
		log_debug("a picture is not made in advance: %s", err.text);
		end_ahead(ahead);
		return;
	}
	ahead->input.content = content_of(file);
	ahead->job = (struct derive_request){
		.waiter = {.owner = file->account_id,
			   .done = on_made_ahead,
			   .user = ahead},
		.job = {.owner = file->account_id,
			.plan = arena_str(&ahead->arena, plan),
			.inputs = &ahead->input,
			.n_inputs = 1,
			.arena = &ahead->arena},
		.modified_s = file_modified_s(file),
	};
	derive_key(&ahead->input.content, 1, plan, &ahead->job.key);
	if (derive_make(derive, &ahead->job, &err) == 0)
		return;
	log_debug("a picture is not made in advance: %s", err.text);
	end_ahead(ahead);
}

void request_purge_derived(const struct request *rq, const struct file *file)
{
	const struct derive_content source = content_of(file);
	derive_purge(rq->services->derive, &source);
}
