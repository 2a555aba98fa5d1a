/* SPDX-License-Identifier: Apache-2.0 */
#include "api/jigsawstack/forward.h"
#include "api/jigsawstack/ask.h"
#include "api/jigsawstack/jigsawstack.h"
#include "api/sources/remote.h"
#include "api/room.h"
#include "base/encode.h"
#include "http/syntax/conditional.h"
#include "http/syntax/head.h"
#include "ingest/fetch.h"
#include "store/store.h"

#define TEXT_MAX (2u * 1024 * 1024) /* of options; a summary's may be long */
#define OPTIONS_COST 4              /* bytes of memory for one of them */
#define LINK_MS 3600000u            /* that a link to a file opens at most */
#define KEY "file_store_key"
#define DECODED_MAX 3u /* times that a URL is encoded */

/* What the vendor takes a file for, and what for a text; others are passed on
 * as they are. Source: the vendor's SDKs. */
/* clang-format off */
static const struct forwarded {
	struct str path;
	struct call_kind kind;
} calls[] = {
	{STR("/v1/object_detection"),   {"ai", KEY, TEXT_MAX, true}},
	{STR("/v1/ai/object_detection"), {"ai", KEY, TEXT_MAX, true}},
	{STR("/v1/ai/transcribe"),      {"ai", KEY, TEXT_MAX, true}},
	{STR("/v1/ai/translate/image"), {"ai", KEY, TEXT_MAX, true}},
	{STR("/v1/validate/nsfw"),      {"ai", KEY, TEXT_MAX, true}},
	{STR("/v1/ai/tts"), {"ai", "speaker_clone_file_store_key", TEXT_MAX,
			     false}},
};
/* clang-format on */

static const struct call_kind any_call = {"ai", KEY, TEXT_MAX, false};

/* What a client says to the vendor in its head, and nothing else of that: its
 * key, cookies and addresses are for this server. Source: the vendor's SDKs. */
static const char *const passed[] = {"x-jigsaw-skip-cache",
				     "x-jigsaw-no-request-log"};
#define PASSED_MAX 64 /* bytes of a value */

struct forwarding {
	struct upstream_ask ask;
	struct endpoint_part parts[2];
	const char *fields[G_N_ELEMENTS(passed)];
};

/* The words below a prefix that is passed on: such as lead nowhere else there,
 * whatever its server makes of a path. */
static bool are_words(struct str rest)
{
	for (size_t i = 0; i < rest.n; i++)
		if (!g_ascii_isalnum(rest.p[i]) && rest.p[i] != '_' &&
		    rest.p[i] != '-' && rest.p[i] != '/')
			return false;
	return !str_contains(rest, STR("//"));
}

/* STR_NONE: there can be no such call. */
static struct str path_of(struct request *rq)
{
	struct str pattern = str_of(rq->route->pattern);
	if (!str_ends(pattern, STR("{*}")))
		return pattern;
	struct str rest = request_param(rq, 0);
	if (str_ends(rest, STR("/")))
		rest.n--;
	pattern.n -= strlen("{*}");
	return are_words(rest) ? arena_join(request_arena(rq), pattern, rest)
			       : STR_NONE;
}

static const struct call_kind *kind_of(struct str path)
{
	for (size_t i = 0; i < G_N_ELEMENTS(calls); i++)
		if (str_eq(calls[i].path, path))
			return &calls[i].kind;
	return &any_call;
}

int jigsawstack_other_begin(struct request *rq, struct err *err)
{
	return jigsawstack_call_begin(rq, kind_of(path_of(rq)), err);
}

/* Whose URL is not of ours is the service's to read. */
static int find_and_forward(struct request *rq, struct forward *what,
			    struct err *err)
{
	int result =
		jigsawstack_call_find_here(rq, &what->file, &what->entry, err);
	if (result != 0)
		return result;
	if (what->entry)
		request_keep(rq, what->entry);
	return jigsawstack_forward(rq, what, err);
}

int jigsawstack_other(struct request *rq, struct err *err)
{
	struct forward what = {.path = path_of(rq)};
	if (what.path.p == NULL)
		return err_set(err, ERR_NOT_FOUND, "There is no such call");
	const struct call_kind *kind = kind_of(what.path);
	json_auto_t *options = NULL;
	int result = jigsawstack_call_read(rq, kind, &options, &what.file, err);
	if (result != 0)
		return result;
	what.key = kind->key;
	what.options = options;
	return find_and_forward(rq, &what, err);
}

static bool names_key(const char *member)
{
	g_autofree char *small = g_ascii_strdown(member, -1);
	return strstr(small, KEY) != NULL;
}

/* A key that is not looked up here would be looked up there, where it names a
 * file of the operator's. As deep as json_parse() lets values be. */
static bool has_other_key(const json_t *value, const char *own)
{
	const char *member;
	json_t *inner;
	size_t i;
	json_object_foreach ((json_t *)(uintptr_t)value, member, inner) {
		bool is_own = own && strcmp(member, own) == 0;
		if ((!is_own && names_key(member)) ||
		    has_other_key(inner, NULL))
			return true;
	}
	json_array_foreach (value, i, inner)
		if (has_other_key(inner, NULL))
			return true;
	return false;
}

/* Of whichever account: in what is passed on a secret opens nothing here, and
 * whoever reads it there has it. A public key is in every browser. */
static bool is_secret(const struct request *rq, struct str text)
{
	const struct api_key *key =
		text.n ? keyring_find(rq->keyring, text) : NULL;
	return key && key->kind == KEY_SECRET;
}

/* Whole values, as keys may have what divides words. */
static bool has_secret_value(const struct request *rq, struct arena *arena,
			     struct str query)
{
	while (query.p) {
		struct str text = str_split(&query, '&');
		str_split(&text, '=');
		if (is_secret(rq, percent_decode(arena, text)))
			return true;
	}
	return false;
}

/* Of a URL, and of what people write. */
static bool divides_url(char c)
{
	return g_ascii_isspace(c) || (c && strchr("/?&=;#@:,", c));
}

static bool divides_prose(char c)
{
	return !g_ascii_isalnum(c) && c != '_' && c != '-';
}

static bool has_secret_word(const struct request *rq, struct str text,
			    bool (*divides)(char c))
{
	size_t from = 0;
	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && !divides(text.p[i]))
			continue;
		if (is_secret(rq, (struct str){text.p + from, i - from}))
			return true;
		from = i + 1;
	}
	return false;
}

/* A URL may stand in another one, encoded once more. */
static bool tells_secret_in(const struct request *rq, struct arena *arena,
			    struct str text)
{
	struct str query = text;
	str_split(&query, '?');
	if (has_secret_value(rq, arena, query))
		return true;
	for (unsigned i = 0; i < DECODED_MAX; i++) {
		if (has_secret_word(rq, text, divides_url) ||
		    has_secret_word(rq, text, divides_prose))
			return true;
		if (str_find(text, '%') < 0)
			return false;
		text = percent_decode(arena, text);
	}
	return false;
}

/* A text may be long, and the call waits for its answer. */
static bool tells_secret(const struct request *rq, struct str text)
{
	struct arena scratch;
	arena_init(&scratch);
	bool tells = tells_secret_in(rq, &scratch, text);
	arena_release(&scratch);
	return tells;
}

static bool has_secrets(const struct request *rq, const json_t *value)
{
	const char *member;
	json_t *inner;
	size_t i;
	if (json_is_string(value))
		return tells_secret(rq, json_text(value));
	json_object_foreach ((json_t *)(uintptr_t)value, member, inner)
		if (tells_secret(rq, str_of(member)) || has_secrets(rq, inner))
			return true;
	json_array_foreach (value, i, inner)
		if (has_secrets(rq, inner))
			return true;
	return false;
}

static int check_secrets(const struct request *rq, const json_t *options,
			 struct err *err)
{
	if (!has_secrets(rq, options))
		return 0;
	return err_set(err, ERR_INVALID,
		       "The options have a secret key of this server in them, "
		       "where others would read it");
}

/* What is here is not asked for there by its URL. */
static int check_urls(struct request *rq, const struct forward *what,
		      struct err *err)
{
	struct str ignored;
	if (what->entry == NULL && what->file.from == CALL_URL &&
	    fetch_url_text(request_arena(rq), what->file.name, &ignored, err) <
		    0)
		return -1;
	if (what->entry == NULL)
		return check_secrets(rq, what->options, err);
	json_auto_t *rest = json_copy((json_t *)(uintptr_t)what->options);
	json_object_del(rest, "url");
	return check_secrets(rq, rest, err);
}

static int check_options(struct request *rq, const struct forward *what,
			 struct err *err)
{
	if (has_other_key(what->options, what->key))
		return err_set(err, ERR_INVALID,
			       "This call names a file by %s and by nothing "
			       "else of that kind",
			       what->key);
	return check_urls(rq, what, err);
}

static int no_service(struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED,
		       "This server does not do this call itself; with "
		       "--jigsawstack-upstream it asks a server that does");
}

/* Takes all that is to be read of the file itself. */
static void add_file(struct request *rq, struct forwarding *f,
		     const struct forward *what)
{
	struct arena *arena = request_arena(rq);
	const struct intake *intake = rq->intake;
	struct endpoint_part *part = &f->parts[f->ask.call.n_parts++];
	struct str name = STR_NONE, type = STR_NONE;
	*part = (struct endpoint_part){.name = "file", .bytes = STR("")};
	if (what->entry) {
		const struct content *content = &what->entry->content;
		name = what->entry->file.name;
		type = what->entry->file.type;
		part->fd = content->fd;
		part->size = content->size;
		if (content->fd < 0)
			part->bytes = content->bytes;
	} else {
		name = intake->file_name;
		type = intake->file_type;
		part->fd = store_sink_fd(intake->file);
		part->size = store_sink_size(intake->file);
		if (part->fd < 0)
			part->bytes = store_sink_bytes(intake->file);
	}
	part->filename = name.n ? arena_cstr(arena, name) : "file";
	if (http_media_type(type).n && !str_has_control(type))
		part->type = arena_cstr(arena, type);
}

/* Bytes that the options were read from: blanks and escapes may be most. */
static uint64_t heard(const struct request *rq, const struct forward *what)
{
	const struct intake *intake = rq->intake;
	uint64_t bytes = 0;
	for (size_t i = 0; i < intake->n_fields; i++)
		bytes += intake->fields[i].value.n;
	if (intake->file && what->file.from != CALL_SENT)
		bytes += store_sink_size(intake->file);
	return bytes;
}

/* As a part, or alone. Their text stays, as does what they were read from,
 * while the call waits for its turn; as values they would be a hundred times
 * that. */
static int add_options(struct request *rq, struct forwarding *f,
		       const struct forward *what, const json_t *options,
		       struct err *err)
{
	struct endpoint_part *part = &f->parts[f->ask.call.n_parts++];
	*part = (struct endpoint_part){
		.name = "body",
		.type = "application/json",
		.bytes = json_write(request_arena(rq), options),
		.fd = -1,
	};
	uint64_t bytes = MAX(part->bytes.n, heard(rq, what));
	return request_take_room(rq, rq->account->id, OPTIONS_COST * bytes,
				 err);
}

static int add_link(struct request *rq, const struct forward *what,
		    json_t *options, struct err *err)
{
	unsigned ms = MIN(LINK_MS, request_limits(rq)->temp_url_ms);
	struct str link = jigsawstack_temp_url(rq, &what->entry->file, ms);
	if (link.p == NULL)
		return err_set(err, ERR_INVALID,
			       "A link to the file takes an account with a "
			       "secret key, to sign it");
	json_object_set_new(options, "url", json_str(link));
	return 0;
}

static void add_fields(struct request *rq, struct forwarding *f)
{
	struct endpoint_call *call = &f->ask.call;
	call->fields = f->fields;
	call->loop = request_loop(rq);
	for (size_t i = 0; i < G_N_ELEMENTS(passed); i++) {
		struct str value = request_header(rq, passed[i]);
		if (value.n && value.n <= PASSED_MAX && !str_has_control(value))
			f->fields[call->n_fields++] =
				arena_printf(request_arena(rq), "%s: %.*s",
					     passed[i], STR_ARG(value))
					.p;
	}
}

/* What the call is there: a form with the file, or an object alone. */
static int fill_call(struct request *rq, struct forwarding *f,
		     const struct forward *what, struct err *err)
{
	json_auto_t *options = json_copy(what->options);
	struct endpoint_call *call = &f->ask.call;
	/* of what was fetched there is no link */
	bool is_link = what->entry && what->entry->file.store != HOT_NO_STORE &&
		       rq->services->jigsawstack_links;
	bool has_file = what->entry || what->file.from == CALL_SENT;
	call->path = what->path;
	call->parts = f->parts;
	add_fields(rq, f);
	if (what->entry) {
		json_object_del(options, what->key);
		json_object_del(options, "url");
	}
	if (is_link && add_link(rq, what, options, err) < 0)
		return -1;
	if (has_file && !is_link)
		add_file(rq, f, what);
	else
		call->json = f->parts;
	return add_options(rq, f, what, options, err);
}

static void free_sink(void *sink)
{
	store_sink_free(sink);
}

/* An answer of ours in the place of one of the service's. */
static int stand_in(struct request *rq, int status, const char *message)
{
	jigsawstack_refusal(rq, status, "upstream_failed", message);
	return 0;
}

/* By its type or, where that says JSON or nothing, by its start. */
static bool is_page(const struct forwarding *f)
{
	struct str type = http_media_type(str_of(f->ask.answer.type));
	struct str head = store_sink_head(f->ask.call.sink);
	if (str_starts_nocase(type, STR("text/html")) ||
	    str_starts_nocase(type, STR("application/xhtml")))
		return true;
	while (head.n && g_ascii_isspace(head.p[0]))
		head = str_skip(head, 1);
	return str_starts(head, STR("<")) &&
	       (type.n == 0 || str_eq_nocase(type, STR("application/json")));
}

static bool is_object(struct request *rq, struct str text)
{
	json_t *value = json_parse_arena(request_arena(rq), text, 0);
	return json_is_object(value);
}

/* As it came, whatever it is: for programs, not for browsers to run. */
static void pass_on(struct request *rq, const struct forwarding *f)
{
	struct http_exchange *x = rq->x;
	struct store_sink *sink = f->ask.call.sink;
	const char *type = *f->ask.answer.type ? f->ask.answer.type
					       : "application/octet-stream";
	int status = (int)f->ask.answer.status;
	if (status >= 400) /* it is an object, see judge_answer() */
		type = "application/json";
	int fd = store_sink_fd(sink);
	http_set(x, "Cache-Control", STR("no-store"));
	http_set(x, "X-Content-Type-Options", STR("nosniff"));
	http_set(x, "Content-Security-Policy", STR("sandbox"));
	if (status == 204 || status == 205) {
		http_reply_empty(x, status);
	} else if (fd < 0) {
		http_reply(x, status, type, store_sink_bytes(sink));
	} else {
		const struct http_range all = {0, store_sink_size(sink)};
		http_set(x, "Content-Type", str_of(type));
		http_reply_file(x, status, fd, &all);
	}
}

static int judge_answer(struct request *rq, const struct forwarding *f)
{
	unsigned status = f->ask.answer.status;
	struct str text = store_sink_bytes(f->ask.call.sink);
	/* the key is the operator's, and the client's was fine */
	if (status == 401 || status == 407)
		return stand_in(rq, 502,
				"The service that does this call refuses this "
				"server");
	if ((status >= 300 && status < 400) || (status < 300 && is_page(f)))
		return stand_in(rq, 502,
				"The service that does this call answers with "
				"something else");
	if (status >= 400 && (text.p == NULL || !is_object(rq, text)))
		return stand_in(rq, (int)status,
				"The service that does this call refuses it");
	pass_on(rq, f);
	return 0;
}

static int after_asking(struct request *rq, struct err *err)
{
	const struct forwarding *f = rq->pending;
	if (request_recheck_key(rq, err) < 0)
		return -1;
	if (f->ask.result == 0)
		return judge_answer(rq, f);
	*err = f->ask.err;
	switch (err->code) {
	case ERR_TIMEOUT:
		return stand_in(rq, 504, err->text);
	case ERR_FETCH:
		return stand_in(rq, 502, err->text);
	case ERR_TOO_LARGE:
		return stand_in(rq, 502,
				"The service that does this call answers with "
				"too much");
	default:
		return -1;
	}
}

int jigsawstack_forward(struct request *rq, const struct forward *what,
			struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct store *store = library_store(rq->services->library);
	if (check_options(rq, what, err) < 0)
		return -1;
	if (rq->services->jigsawstack == NULL)
		return no_service(err);
	struct forwarding *f = arena_zalloc(arena, sizeof(*f));
	f->ask.call.sink = store_sink_new(store, request_limits(rq)->max_bytes);
	arena_defer(arena, free_sink, f->ask.call.sink);
	if (fill_call(rq, f, what, err) < 0)
		return -1;
	rq->pending = f;
	return jigsawstack_ask(rq, rq->services->jigsawstack, &f->ask,
			       after_asking, err);
}
