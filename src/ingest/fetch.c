/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URL import. One easy handle a call, driven hop by hop: the URL is vetted as
 * text, the socket as an address, and each redirect starts over. Not here:
 * which addresses are fine (outbound/guard.c), what the file is called
 * (remote_name.c).
 */
#include "ingest/fetch.h"
#include "base/buf.h"
#include "base/version.h"
#include "ingest/coding.h"
#include "ingest/remote_name.h"
#include "http/syntax/head.h"
#include "outbound/easy.h"
#include "outbound/loop.h"
#include "store/store.h"

#include <locale.h>

#define RATE_WINDOW_MS 10000
#define MS_US 1000

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURLM, curl_multi_cleanup)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURLU, curl_url_cleanup)

struct fetcher {
	struct fetch_options options;
	const struct guard *guard;
	/* In which a thread fetches: the names of hosts are UTF-8, which
	 * libidn2 asks the locale about. (locale_t)0: there is none, and then
	 * those of other alphabets do not work. */
	locale_t utf8;
	_Atomic int64_t stop_at; /* monotonic microseconds */
};

/* One call of fetch_url(). Times are monotonic microseconds. */
struct transfer {
	const struct fetcher *fetcher;
	const struct fetch_target *target;
	struct err *err;
	CURL *easy;
	struct outbound_vet vet;
	int64_t deadline, head_deadline;
	bool moved;         /* for now, by a hop before */
	struct str fields;  /* the target's; STR_NONE from another origin on */
	int64_t window_end; /* of the rate being measured */
	uint64_t window_bytes;
	/* this hop */
	size_t head_bytes;
	long status;      /* of the response whose head is complete, else 0 */
	bool conditional; /* it says what we have already */
	bool sink_failed; /* *err is filled */
	struct decoder *decoder; /* NULL: the body is as it comes */
	const char *uncoded;     /* why its coding cannot be undone */
};

int fetcher_new(struct fetcher **out, const struct fetch_options *options,
		const struct guard *guard, struct err *err)
{
	if (outbound_start(err) < 0)
		return -1;
	struct fetcher *fetcher = g_new0(struct fetcher, 1);
	fetcher->options = *options;
	fetcher->guard = guard;
	fetcher->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	fetcher->stop_at = INT64_MAX;
	if (fetcher->options.rate_window_ms == 0)
		fetcher->options.rate_window_ms = RATE_WINDOW_MS;
	*out = fetcher;
	return 0;
}

void fetcher_stop(struct fetcher *fetcher, unsigned grace_ms)
{
	fetcher->stop_at = g_get_monotonic_time() + grace_ms * MS_US;
}

void fetcher_free(struct fetcher *fetcher)
{
	if (fetcher->utf8)
		freelocale(fetcher->utf8);
	g_free(fetcher);
}

static void start_window(struct transfer *t)
{
	t->window_end = g_get_monotonic_time() +
			(int64_t)t->fetcher->options.rate_window_ms * MS_US;
	t->window_bytes = 0;
}

static bool keep(void *user, const void *p, size_t n);

/* The value of the response's field with this index, STR_NONE without. */
static struct str response_field(const struct transfer *t, const char *name,
				 size_t index)
{
	return outbound_field(t->easy, name, index);
}

static bool is_gzip_file(struct str type)
{
	static const struct str types[] = {STR("application/gzip"),
					   STR("application/x-gzip"),
					   STR("application/x-gunzip")};
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (str_eq_nocase(http_media_type(type), types[i]))
			return true;
	return false;
}

/* Objects are stored coded, and come so whatever was asked for. False when what
 * they hold cannot be had. */
static bool begin_decoding(struct transfer *t)
{
	enum coding coding = CODING_IDENTITY;
	struct str value;
	for (size_t i = 0; (value = response_field(t, "Content-Encoding", i)).p;
	     i++)
		coding = coding_add(coding, value);
	/* servers that label .gz files like that, as browsers see it too */
	if (coding == CODING_GZIP &&
	    is_gzip_file(response_field(t, "Content-Type", 0)))
		coding = CODING_IDENTITY;
	if (coding == CODING_IDENTITY)
		return true;
	if (coding != CODING_UNKNOWN)
		t->decoder = decoder_new(coding, keep, t);
	if (t->decoder == NULL)
		t->uncoded = "its Content-Encoding is neither gzip nor deflate";
	return t->decoder != NULL;
}

/* Header lines come one by one, the empty one last. Stops the transfer there
 * when the body is not wanted. */
static size_t take_header(char *p, size_t size, size_t n, void *user)
{
	struct transfer *t = user;
	struct str line = {p, size * n};
	long status = 0;
	t->head_bytes += line.n;
	if (t->head_bytes > FETCH_HEAD_MAX)
		return 0;
	if (!str_eq(line, STR("\r\n")) && !str_eq(line, STR("\n")))
		return line.n;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (t->status != 0 || status < 200) /* a trailer, or 1xx */
		return line.n;
	t->status = status;
	start_window(t);
	return status == 200 && begin_decoding(t) ? line.n : 0;
}

static bool is_over(const struct transfer *t, int64_t now)
{
	return now >= t->deadline || now >= t->fetcher->stop_at;
}

/* What comes in can become a thousand times as much: the limit is on what is
 * kept, and the time is asked for as it grows. */
static bool keep(void *user, const void *p, size_t n)
{
	struct transfer *t = user;
	t->sink_failed = store_sink_write(t->target->sink, p, n, t->err) < 0;
	return !t->sink_failed && !is_over(t, g_get_monotonic_time());
}

static size_t take_body(char *p, size_t size, size_t n, void *user)
{
	struct transfer *t = user;
	size_t bytes = size * n;
	bool taken = t->decoder ? decoder_feed(t->decoder, p, bytes)
				: keep(t, p, bytes);
	if (!taken && t->decoder)
		t->uncoded = "its contents are not what its Content-Encoding "
			     "says";
	t->window_bytes += bytes;
	return taken ? bytes : 0;
}

/* What holds for every hop. */
static bool set_options(CURL *easy, struct transfer *t)
{
	const struct fetch_options *o = &t->fetcher->options;
	bool failed = !outbound_vet(easy, &t->vet);
#define SET(option, value)                                                     \
	failed |= curl_easy_setopt(easy, option, value) != CURLE_OK
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	SET(CURLOPT_USERAGENT, "Stowage/" STOWAGE_VERSION);
	SET(CURLOPT_ACCEPT_ENCODING, "identity");
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(CURLOPT_NOPROGRESS, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_timeout_ms);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, t);
#undef SET
	return !failed;
}

/* Past a deadline, or the body below its rate. */
static bool is_late(struct transfer *t)
{
	const struct fetch_options *o = &t->fetcher->options;
	int64_t now = g_get_monotonic_time();
	const struct fetch_target *target = t->target;
	if (is_over(t, now) ||
	    (target->is_wanted && !target->is_wanted(target->user)))
		return true;
	if (t->status == 0)
		return now >= t->head_deadline;
	if (now < t->window_end)
		return false;
	uint64_t least = (uint64_t)o->min_rate * o->rate_window_ms / 1000;
	bool slow = t->window_bytes < least;
	start_window(t);
	return slow;
}

/* Milliseconds until is_late() has something new to say. */
static int patience(const struct transfer *t)
{
	int64_t next = t->status == 0 ? t->head_deadline : t->window_end;
	int64_t left = MIN(next, t->deadline) - g_get_monotonic_time();
	return (int)CLAMP(left / MS_US + 1, 0, 1000);
}

static CURLcode drive(struct transfer *t, CURLM *multi)
{
	int running = 1, queued;
	for (;;) {
		if (curl_multi_perform(multi, &running) != CURLM_OK)
			return CURLE_FAILED_INIT;
		if (running == 0)
			break;
		if (is_late(t))
			return CURLE_OPERATION_TIMEDOUT;
		if (curl_multi_poll(multi, NULL, 0, patience(t), NULL) !=
		    CURLM_OK)
			return CURLE_FAILED_INIT;
	}
	CURLMsg *message = curl_multi_info_read(multi, &queued);
	return message ? message->data.result : CURLE_FAILED_INIT;
}

/* One sentence for names that do not exist and for those that are internal: a
 * client must not learn which. */
#define NOT_PUBLIC "its host has no public address"

static const struct {
	CURLcode code;
	const char *text;
} failures[] = {
	{CURLE_COULDNT_RESOLVE_HOST, NOT_PUBLIC},
	{CURLE_COULDNT_CONNECT, "its host cannot be reached"},
	{CURLE_OPERATION_TIMEDOUT, "its host takes too long"},
	{CURLE_GOT_NOTHING, "its host closed the connection early"},
	{CURLE_PARTIAL_FILE, "its host closed the connection early"},
	{CURLE_RECV_ERROR, "its host closed the connection early"},
	{CURLE_SEND_ERROR, "its host closed the connection early"},
	{CURLE_PEER_FAILED_VERIFICATION, "its certificate is not trusted"},
	{CURLE_SSL_CONNECT_ERROR, "its host does not speak TLS properly"},
	{CURLE_UNSUPPORTED_PROTOCOL, "its host does not speak HTTP properly"},
	{CURLE_WEIRD_SERVER_REPLY, "its host does not speak HTTP properly"},
	{CURLE_BAD_CONTENT_ENCODING, "its host does not speak HTTP properly"},
};

static int word_failure(const struct transfer *t, CURLcode code)
{
	const char *text = "the transfer failed";
	if (t->sink_failed)
		return -1;
	for (size_t i = 0; i < G_N_ELEMENTS(failures); i++)
		if (failures[i].code == code)
			text = failures[i].text;
	if (is_over(t, g_get_monotonic_time()))
		text = "its host takes too long";
	else if (t->uncoded)
		text = t->uncoded;
	else if (t->head_bytes > FETCH_HEAD_MAX)
		text = "its response head is too large";
	else if (code == CURLE_COULDNT_CONNECT && t->vet.refused)
		text = NOT_PUBLIC;
	return err_set(t->err, ERR_FETCH, "The URL could not be read: %s.",
		       text);
}

/* Copies what curl allocated. */
static struct str take_part(struct arena *arena, CURLU *url, CURLUPart part)
{
	char *text = NULL;
	if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
		return STR_NONE;
	struct str copy = arena_str(arena, str_of(text));
	curl_free(text);
	return copy;
}

static struct curl_slist *add_field(struct curl_slist *fields,
				    struct arena *arena, const char *name,
				    struct str value)
{
	if (value.n == 0 || str_has_control(value))
		return fields;
	struct str line = arena_printf(arena, "%s: %.*s", name, STR_ARG(value));
	return curl_slist_append(fields, line.p);
}

/* The condition, if it is about this URL: another's tag may be the same by
 * chance. */
static struct curl_slist *add_condition(struct curl_slist *fields,
					struct transfer *t, CURLU *url)
{
	const struct fetch_condition *c = t->target->condition;
	struct arena *arena = t->target->arena;
	if (c == NULL ||
	    !str_eq(take_part(arena, url, CURLUPART_URL), c->final_url))
		return fields;
	struct curl_slist *before = fields;
	fields = add_field(fields, arena, "If-None-Match", c->etag);
	fields =
		add_field(fields, arena, "If-Modified-Since", c->last_modified);
	t->conditional = before->next != NULL;
	return fields;
}

/* Of the target, which are for its own origin. */
static struct curl_slist *add_lines(struct curl_slist *fields,
				    const struct transfer *t)
{
	struct str lines = t->fields;
	while (lines.n) {
		struct str line = str_split(&lines, '\n');
		fields = curl_slist_append(fields,
					   arena_cstr(t->target->arena, line));
	}
	return fields;
}

static struct curl_slist *make_fields(struct transfer *t, CURLU *url)
{
	char loop[LOOP_LINE_MAX];
	loop_line(STR_NONE, loop);
	struct curl_slist *fields = curl_slist_append(NULL, loop);
	t->conditional = false;
	return fields ? add_lines(add_condition(fields, t, url), t) : NULL;
}

/* One request. 0 with t->status set; the body is in the sink if that is 200. */
static int run_hop(struct transfer *t, CURLM *multi, CURLU *url)
{
	int64_t left = (t->deadline - g_get_monotonic_time()) / MS_US;
	t->head_bytes = 0;
	t->status = 0;
	t->vet.refused = false;
	if (left <= 0)
		return word_failure(t, CURLE_OPERATION_TIMEDOUT);
	CURLcode code = CURLE_FAILED_INIT;
	struct curl_slist *fields = make_fields(t, url);
	bool ready =
		!curl_easy_setopt(t->easy, CURLOPT_CURLU, url) &&
		!curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, fields) &&
		!curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)left) &&
		!curl_multi_add_handle(multi, t->easy);
	if (ready) {
		code = drive(t, multi);
		curl_multi_remove_handle(multi, t->easy);
	}
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(fields);
	/* take_header() stopped a body that nobody wants */
	bool stopped =
		code == CURLE_WRITE_ERROR && t->status != 0 && t->status != 200;
	if (code == CURLE_OK && t->decoder && !decoder_is_complete(t->decoder))
		t->uncoded = "its contents end early";
	if (stopped || (code == CURLE_OK && t->status != 0 && !t->uncoded))
		return 0;
	return word_failure(t, code);
}

/* Puts text, absolute or relative to what is there, into *url. False unless
 * the result is http or https, without credentials. */
static bool set_url(struct arena *arena, CURLU *url, struct str text)
{
	const unsigned flags =
		CURLU_DISALLOW_USER | CURLU_URLENCODE | CURLU_ALLOW_SPACE;
	if (text.n > FETCH_URL_MAX || str_has_control(text) ||
	    curl_url_set(url, CURLUPART_URL, arena_cstr(arena, text), flags))
		return false;
	struct str scheme = take_part(arena, url, CURLUPART_SCHEME);
	if (!str_eq(scheme, STR("http")) && !str_eq(scheme, STR("https")))
		return false;
	return curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK;
}

/* "https://host:port", the port also where it is the usual one. */
static struct str origin_of(struct arena *arena, CURLU *url)
{
	char *port = NULL;
	struct str scheme = take_part(arena, url, CURLUPART_SCHEME);
	struct str host = take_part(arena, url, CURLUPART_HOST);
	if (curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) !=
	    CURLUE_OK)
		return STR_NONE;
	struct str out = arena_printf(arena, "%.*s://%.*s:%s", STR_ARG(scheme),
				      STR_ARG(host), port);
	curl_free(port);
	return out;
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 ||
	       status == 307 || status == 308;
}

/* Goes from hop to hop until one is no redirect; *url is then the last. */
static int follow(struct transfer *t, CURLM *multi, CURLU *url,
		  struct arena *arena)
{
	struct str first = origin_of(arena, url);
	for (unsigned hops = 0; hops <= FETCH_REDIRECTS_MAX; hops++) {
		/* for good: who was led away may be led back on purpose */
		if (!str_eq_nocase(first, origin_of(arena, url)))
			t->fields = STR_NONE;
		if (run_hop(t, multi, url) < 0)
			return -1;
		if (t->status == 200 || (t->status == 304 && t->conditional))
			return 0;
		if (!is_redirect(t->status))
			return err_set(t->err, ERR_FETCH,
				       "The URL could not be read: its host "
				       "answered with status %ld.",
				       t->status);
		t->moved |= t->status != 301 && t->status != 308;
		struct str location = response_field(t, "Location", 0);
		if (location.n == 0 || !set_url(arena, url, location))
			return err_set(t->err, ERR_FETCH,
				       "The URL could not be read: it "
				       "redirects to something that is no http "
				       "or https URL.");
	}
	return err_set(t->err, ERR_FETCH,
		       "The URL could not be read: it redirects more than %d "
		       "times.",
		       FETCH_REDIRECTS_MAX);
}

static int parse_url(struct arena *arena, CURLU *parsed, struct str url,
		     struct err *err)
{
	if (url.n && set_url(arena, parsed, url))
		return 0;
	return err_set(err, ERR_INVALID,
		       "The URL must be an absolute http or https URL of at "
		       "most %u bytes, without user name and password.",
		       FETCH_URL_MAX);
}

int fetch_url_text(struct arena *arena, struct str url, struct str *out,
		   struct err *err)
{
	g_autoptr(CURLU) parsed = curl_url();
	char *text = NULL;
	if (!parsed)
		return err_set(err, ERR_INTERNAL, "libcurl does not start");
	if (parse_url(arena, parsed, url, err) < 0)
		return -1;
	struct str host = take_part(arena, parsed, CURLUPART_HOST);
	g_autofree char *small = g_ascii_strdown(host.p, (gssize)host.n);
	if (curl_url_set(parsed, CURLUPART_HOST, small, 0) != CURLUE_OK ||
	    curl_url_get(parsed, CURLUPART_URL, &text, CURLU_NO_DEFAULT_PORT))
		return err_set(err, ERR_INVALID, "The URL has no proper host.");
	*out = arena_str(arena, str_of(text));
	curl_free(text);
	return 0;
}

/* Fields of one name are one list (RFC 9110 5.3), in one text that grows: there
 * may be thousands. */
static struct str whole_field(const struct transfer *t, const char *name)
{
	struct buf all;
	struct str value = response_field(t, name, 0);
	if (value.p == NULL)
		return STR_NONE;
	buf_init(&all, t->target->arena, 2 * FETCH_HEAD_MAX);
	buf_add(&all, value);
	for (size_t i = 1; (value = response_field(t, name, i)).p; i++) {
		buf_add(&all, STR(", "));
		buf_add(&all, value);
	}
	return all.n ? buf_str(&all) : STR("");
}

static struct str one_field(const struct transfer *t, const char *name)
{
	return arena_str(t->target->arena, response_field(t, name, 0));
}

static void tell(const struct transfer *t, CURLU *url, struct fetch_result *out)
{
	struct arena *arena = t->target->arena;
	out->unchanged = t->status == 304;
	out->moved = t->moved;
	out->content_type = one_field(t, "Content-Type");
	out->final_url = take_part(arena, url, CURLUPART_URL);
	out->name =
		remote_name(arena, response_field(t, "Content-Disposition", 0),
			    take_part(arena, url, CURLUPART_PATH));
	out->validity = (struct fetch_validity){
		.etag = one_field(t, "ETag"),
		.last_modified = one_field(t, "Last-Modified"),
		.cache_control = whole_field(t, "Cache-Control"),
		.expires = one_field(t, "Expires"),
		.date = one_field(t, "Date"),
		.age = one_field(t, "Age"),
		.vary = whole_field(t, "Vary"),
	};
}

int fetch_url(struct fetcher *fetcher, struct str url,
	      const struct fetch_target *target, struct fetch_result *out,
	      struct err *err)
{
	g_autoptr(CURLU) parsed = curl_url();
	g_autoptr(CURL) easy = outbound_easy();
	g_autoptr(CURLM) multi = curl_multi_init();
	int64_t now = g_get_monotonic_time();
	struct transfer t = {
		.fetcher = fetcher,
		.target = target,
		.err = err,
		.fields = target->fields,
		.easy = easy,
		.vet = {.guard = fetcher->guard},
		.deadline = now +
			    (int64_t)fetcher->options.total_timeout_ms * MS_US,
		.head_deadline =
			now + (int64_t)fetcher->options.head_timeout_ms * MS_US,
	};
	*out = (struct fetch_result){.status = 0};
	if (!parsed || !easy || !multi || !set_options(easy, &t))
		return err_set(err, ERR_INTERNAL, "libcurl does not start");
	if (parse_url(target->arena, parsed, url, err) < 0)
		return -1;
	locale_t before = uselocale(fetcher->utf8);
	int result = follow(&t, multi, parsed, target->arena);
	uselocale(before);
	decoder_free(t.decoder);
	out->status = (unsigned)t.status;
	if (result == 0)
		tell(&t, parsed, out);
	return result;
}

const char *fetch_library_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
