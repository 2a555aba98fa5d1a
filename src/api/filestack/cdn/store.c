/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes out of a chain becomes a file: `store`, as the store call would
 * have it.
 */
#include "api/made/derive.h"
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"
#include "api/sources/remote.h"
#include "api/uploads/upload_made.h"
#include "base/encode.h"
#include "store/store.h"

/* A picture on its way to become a file. */
struct storing {
	struct hot_entry *entry;
	struct layers layers;
	struct image_content contents[1 + IMAGE_PLAN_INPUTS_MAX];
	struct upload_making making;
};

/* The handle that all comes from; NULL: there is none, or several. */
static const struct id *made_of(const struct request *rq)
{
	struct cdn_wish *wish = cdn_wish_of(rq);
	const struct chain_source *source = wish->chain.sources;
	bool is_one = wish->chain.n_sources == 1 &&
		      source->kind == CHAIN_HANDLE &&
		      id_from_handle(source->text, &wish->made_of);
	return is_one ? &wish->made_of : NULL;
}

/* Handles name the application as well as a key, but are known to whoever sees
 * the file: they take a policy, too. */
static int name_app(struct request *rq, struct str key, struct err *err)
{
	if (key.p || rq->proof == PROOF_SECRET_KEY)
		return filestack_app(rq, key, err);
	return filestack_app_of(rq, cdn_wish_of(rq)->owner, err);
}

/* From here on it is the application that asks; what is read was read before,
 * by what the request proves without its key. */
static int begin_storing(struct request *rq, struct err *err)
{
	const struct cdn_wish *wish = cdn_wish_of(rq);
	struct str provider = wish->wanted.store.location;
	struct str key = wish->chain.key;
	if (key.p == NULL) /* as of HANDLE/convert */
		key = form_get(request_arena(rq), wish->chain.query,
			       STR("key"));
	if (name_app(rq, key, err) != 0 || upload_check_account(rq, err) != 0 ||
	    filestack_allow_store(rq, made_of(rq), err) != 0 ||
	    filestack_known_provider(provider, err) != 0)
		return -1;
	return upload_expect_none(rq, err);
}

bool cdn_only_stores(const struct cdn_wish *wish)
{
	const struct cdn_wanted *wanted = &wish->wanted;
	const struct chain_source *source = wish->chain.sources;
	return wanted->store.wanted && wanted->answer == CDN_FILE &&
	       !wanted->screenshot.wanted && chain_is_remote(source);
}

static int reply_stored(struct request *rq, const struct file *file,
			struct err *err)
{
	json_t *tags = cdn_wish_of(rq)->tags;
	(void)err;
	if (file == NULL)
		return -1;
	GString *body = filestack_stored_shape(rq, file);
	json_add_new(body, "upload_tags", json_incref(tags));
	filestack_reply_stored(rq, body);
	return 0;
}

/* rq->intake->file is what is to be stored. It is no more open than what it
 * was made of. */
static int store_as(struct request *rq, struct str name, struct str type,
		    struct err *err)
{
	const struct cdn_wish *wish = cdn_wish_of(rq);
	const struct cdn_store *store = &wish->wanted.store;
	struct filestack_options options = {
		.filename = store->filename,
		.mimetype = store->mimetype,
		.path = store->path,
		.container = store->container,
		.provider = store->location,
		/* in the same account the same will be demanded of it */
		.access = wish->owner == rq->account->id ? wish->row_access
							 : wish->access,
		.made_of = made_of(rq),
		.made_by = cdn_only_stores(wish)
				   ? STR_NONE
				   : chain_text(&wish->chain, STR("security"),
						request_arena(rq)),
		.reply = reply_stored,
	};
	filestack_options_provider(&options);
	filestack_options_complete(&options, type, name);
	return filestack_store_file(rq, &options, err);
}

static int after_making(struct request *rq, void *user, struct err *err)
{
	const struct storing *s = user;
	struct str type = s->making.type;
	return store_as(
		rq,
		request_made_name(request_arena(rq), s->entry->file.name, type),
		type, err);
}

/* A renderer looks into what it is given, which for a file may take the disk.
 */
static bool is_file(const struct storing *s)
{
	for (unsigned i = 0; i <= s->layers.n; i++)
		if (s->contents[i].fd >= 0)
			return true;
	return false;
}

static int add_contents(struct request *rq, struct storing *s, struct err *err)
{
	int result = cdn_find_layers(rq, &s->layers, err);
	if (result != 0)
		return result;
	for (unsigned i = 0; i <= s->layers.n; i++) {
		struct hot_entry *entry =
			i ? s->layers.entries[i - 1] : s->entry;
		s->contents[i] = (struct image_content){entry->content.fd,
							entry->content.bytes};
		if (i)
			request_keep(rq, entry);
	}
	s->making.n_contents = 1 + s->layers.n;
	return rq->on_loop && is_file(s) ? HANDLE_LATER : 0;
}

static int make(struct request *rq, struct hot_entry *entry, struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct storing *s = arena_zalloc(arena, sizeof(*s));
	s->entry = entry;
	s->making.contents = s->contents;
	s->making.next = after_making;
	s->making.user = s;
	int result = cdn_check_source(&entry->file, err);
	if (result == 0)
		result = image_plan_text(&cdn_wish_of(rq)->wanted.plan, arena,
					 &s->making.plan, err);
	if (result == 0)
		result = add_contents(rq, s, err);
	if (result == 0)
		result = begin_storing(rq, err);
	return result ? result : upload_make(rq, &s->making, err);
}

static int check_method(const struct request *rq, struct err *err)
{
	return rq->x->head.method == HTTP_HEAD
		       ? err_set(err, ERR_METHOD,
				 "What is stored takes GET or POST")
		       : 0;
}

static int decode(struct request *rq, struct err *err)
{
	struct store_sink *sink = rq->intake->file;
	int fd = store_sink_fd(sink);
	const struct upload_bytes bytes = {
		.fd = fd,
		.bytes = fd < 0 ? store_sink_bytes(sink) : STR_NONE,
		.size = store_sink_size(sink),
		.base64 = true,
	};
	return upload_take(rq, &bytes, err);
}

int cdn_store_url(struct request *rq, struct err *err)
{
	const struct cdn_wish *wish = cdn_wish_of(rq);
	struct fetch_source from;
	struct fetch_result fetched;
	if (check_method(rq, err) < 0 || request_check_loop(rq, err) < 0 ||
	    cdn_fetch_source(rq, wish->chain.sources, &from, err) < 0)
		return -1;
	int result = begin_storing(rq, err);
	if (result == 0)
		result = filestack_allow_url(rq, from.url, err);
	if (result == 0)
		result = upload_fetch_source(rq, &from, &fetched, err);
	if (result == 0 && wish->wanted.store.base64decode)
		result = decode(rq, err);
	if (result != 0)
		return result;
	rq->intake->url = from.url;
	return store_as(rq, fetched.name, fetched.content_type, err);
}

static int copy(struct request *rq, struct hot_entry *entry, struct err *err)
{
	const struct upload_bytes bytes = {
		.fd = entry->content.fd,
		.bytes = entry->content.bytes,
		.size = entry->content.size,
		.base64 = cdn_wish_of(rq)->wanted.store.base64decode,
	};
	int result = begin_storing(rq, err);
	if (result == 0)
		result = upload_take(rq, &bytes, err);
	return result ? result
		      : store_as(rq, entry->file.name, entry->file.type, err);
}

/* Found by what the request proves without its key, as all else; so nothing is
 * in the archive that needs it, though its files are read with it. */
static int pack(struct request *rq, struct err *err)
{
	struct archive *archive;
	int result = cdn_find_archive(rq, &archive, err);
	if (result == 0)
		result = begin_storing(rq, err);
	if (result == 0)
		result = request_take_archive(rq, archive, err);
	return result ? result
		      : store_as(rq, CDN_ARCHIVE_NAME, STR("application/zip"),
				 err);
}

int cdn_store_result(struct request *rq, struct hot_entry *entry,
		     struct err *err)
{
	const struct cdn_wanted *wanted = &cdn_wish_of(rq)->wanted;
	request_keep(rq, entry);
	if (check_method(rq, err) < 0)
		return -1;
	switch (wanted->answer) {
	case CDN_FILE:
	case CDN_DOCUMENT:
		return rq->on_loop ? HANDLE_LATER : copy(rq, entry, err);
	case CDN_PICTURE:
		return make(rq, entry, err);
	case CDN_ZIP:
		return pack(rq, err);
	default:
		return err_set(
			err, ERR_UNSUPPORTED,
			"Only files, pictures and archives can be stored");
	}
}
