/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/post.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "base/version.h"
#include "outbound/easy.h"
#include "outbound/loop.h"
#include "store/store.h"
#include "upstream/echo.h"

#define CONNECT_MS 10000L
#define HEAD_MAX (64u * 1024) /* of the answer, bytes */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(curl_mime, curl_mime_free)

/* A file on its way out. */
struct reading {
	int fd;
	off_t at;
};

struct posting {
	struct endpoint *endpoint;
	const struct endpoint_call *call;
	struct err *err;
	CURL *easy;
	struct outbound_vet vet;
	struct curl_slist *fields;
	char *key_line;      /* that one of them is; NULL: none */
	struct echo echo;    /* of the key */
	struct reading body; /* that is JSON in a file */
	size_t head_bytes;
	bool failed;  /* *err is filled */
	bool gave_up; /* goes_on() said no */
	bool coded;   /* the answer is */
	bool shown;   /* the key is, in it */
	bool unwanted;
};

static long status_of(const struct posting *posting)
{
	long status = 0;
	curl_easy_getinfo(posting->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static bool has_other(CURL *easy, const char *name, struct str usual)
{
	struct str value;
	for (size_t i = 0; (value = outbound_field(easy, name, i)).p; i++)
		if (value.n && !str_eq_nocase(str_trim(value), usual))
			return true;
	return false;
}

static bool is_coded(CURL *easy)
{
	return has_other(easy, "Content-Encoding", STR("identity")) ||
	       has_other(easy, "Transfer-Encoding", STR("chunked"));
}

/* Lines come one by one, those of interim answers and trailers too. */
static size_t take_head(char *p, size_t size, size_t n, void *user)
{
	struct posting *posting = user;
	(void)p;
	posting->head_bytes += size * n;
	return posting->head_bytes > HEAD_MAX ? 0 : size * n;
}

static int keep(struct posting *posting, const char *p, size_t n)
{
	struct buf *text = posting->call->text;
	if (text == NULL)
		return store_sink_write(posting->call->sink, p, n,
					posting->err);
	buf_add(text, (struct str){p, n});
	if (text->overflow)
		return err_set(posting->err, ERR_TOO_LARGE,
			       "The answer is too long.");
	return 0;
}

static size_t take_body(char *p, size_t size, size_t n, void *user)
{
	struct posting *posting = user;
	unsigned wanted = posting->call->wanted;
	posting->unwanted = wanted && status_of(posting) != (long)wanted;
	posting->coded = !posting->unwanted && is_coded(posting->easy);
	posting->shown = echo_has(&posting->echo, (struct str){p, size * n});
	if (posting->unwanted || posting->coded || posting->shown)
		return 0;
	posting->failed = keep(posting, p, size * n) < 0;
	return posting->failed ? 0 : size * n;
}

static size_t give_file(char *p, size_t size, size_t n, void *user)
{
	struct reading *reading = user;
	ssize_t got = fd_read(reading->fd, p, size * n, reading->at);
	if (got < 0)
		return CURL_READFUNC_ABORT;
	reading->at += got;
	return (size_t)got;
}

static int look(void *user, curl_off_t total, curl_off_t now,
		curl_off_t up_total, curl_off_t up)
{
	struct posting *posting = user;
	(void)total, (void)now, (void)up_total, (void)up;
	posting->gave_up = !posting->call->goes_on(posting->call->user);
	return posting->gave_up;
}

static bool add_part(curl_mime *form, const struct endpoint_part *part)
{
	curl_mimepart *made = curl_mime_addpart(form);
	if (made == NULL || curl_mime_name(made, part->name) != CURLE_OK ||
	    (part->filename &&
	     curl_mime_filename(made, part->filename) != CURLE_OK) ||
	    (part->type && curl_mime_type(made, part->type) != CURLE_OK))
		return false;
	if (part->fd < 0)
		return curl_mime_data(made, part->bytes.p, part->bytes.n) ==
		       CURLE_OK;
	struct reading *reading = g_new0(struct reading, 1);
	reading->fd = part->fd;
	if (curl_mime_data_cb(made, (curl_off_t)part->size, give_file, NULL,
			      g_free, reading) == CURLE_OK)
		return true;
	g_free(reading);
	return false;
}

static bool set_form(struct posting *posting, curl_mime *form)
{
	const struct endpoint_call *call = posting->call;
	for (size_t i = 0; i < call->n_parts; i++)
		if (!add_part(form, &call->parts[i]))
			return false;
	return curl_easy_setopt(posting->easy, CURLOPT_MIMEPOST, form) ==
	       CURLE_OK;
}

static bool set_json(struct posting *posting)
{
	const struct endpoint_part *json = posting->call->json;
	uint64_t size = json->fd < 0 ? json->bytes.n : json->size;
	bool failed = false;
#define SET(option, value)                                                     \
	(failed = failed ||                                                    \
		  curl_easy_setopt(posting->easy, option, value) != CURLE_OK)
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	if (json->fd < 0) {
		SET(CURLOPT_POSTFIELDS, json->bytes.p);
		return !failed;
	}
	posting->body.fd = json->fd;
	SET(CURLOPT_READFUNCTION, give_file);
	SET(CURLOPT_READDATA, &posting->body);
#undef SET
	return !failed;
}

static bool add_field(struct posting *posting, const char *line)
{
	struct curl_slist *longer = curl_slist_append(posting->fields, line);
	if (longer)
		posting->fields = longer;
	return longer != NULL;
}

static bool add_fields(struct posting *posting)
{
	const struct endpoint_call *call = posting->call;
	const char *key_line = posting->key_line;
	char loop[LOOP_LINE_MAX];
	loop_line(call->loop, loop);
	for (size_t i = 0; i < call->n_fields; i++)
		if (!add_field(posting, call->fields[i]))
			return false;
	return add_field(posting, loop) &&
	       add_field(posting, "Expect:") && /* a round trip less */
	       (call->json == NULL ||
		add_field(posting, "Content-Type: application/json")) &&
	       (key_line == NULL || add_field(posting, key_line));
}

static void take_key(struct posting *posting)
{
	struct str key;
	posting->key_line = endpoint_key_line(posting->endpoint, &key);
	echo_init(&posting->echo, key);
}

/* All that has the key. */
static void drop_key(struct posting *posting)
{
	struct curl_slist *fields = posting->fields;
	for (struct curl_slist *field = fields; field; field = field->next)
		secret_wipe(field->data, strlen(field->data));
	curl_slist_free_all(fields);
	echo_release(&posting->echo);
	if (posting->key_line)
		secret_wipe(posting->key_line, strlen(posting->key_line));
	g_free(posting->key_line);
}

static bool set_options(struct posting *posting)
{
	CURL *easy = posting->easy;
	const struct str root = endpoint_url(posting->endpoint);
	const struct str path = posting->call->path;
	g_autofree char *url =
		g_strdup_printf("%.*s%.*s", STR_ARG(root), STR_ARG(path));
	bool failed = !add_fields(posting);
	if (posting->vet.guard)
		failed = failed || !outbound_vet(easy, &posting->vet);
#define SET(option, value)                                                     \
	(failed = failed || curl_easy_setopt(easy, option, value) != CURLE_OK)
	SET(CURLOPT_URL, url);
	SET(CURLOPT_USERAGENT, "stowage/" STOWAGE_VERSION);
	SET(CURLOPT_HTTPHEADER, posting->fields);
	SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, (long)endpoint_timeout_ms(posting->endpoint));
	SET(CURLOPT_HEADERFUNCTION, take_head);
	SET(CURLOPT_HEADERDATA, posting);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, posting);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, look);
	SET(CURLOPT_XFERINFODATA, posting);
	/* who ends a call does not wait for a resolver */
	SET(CURLOPT_QUICK_EXIT, 1L);
#undef SET
	return !failed;
}

static int cannot_be_used(const struct posting *posting, CURLcode code)
{
	const char *why = curl_easy_strerror(code);
	if (posting->vet.refused && code == CURLE_COULDNT_CONNECT)
		why = "its name stands for an address that is not public, nor "
		      "allowed";
	else if (posting->coded)
		why = "it answers with a coding, which it was not asked for";
	else if (posting->shown)
		why = "its answer shows the key";
	else if (posting->head_bytes > HEAD_MAX)
		why = "the head of its answer is too long";
	log_warn("--%s cannot be used: %s", endpoint_name(posting->endpoint),
		 why);
	return err_set(posting->err, ERR_FETCH,
		       "The service that this call needs cannot be reached.");
}

static int judge(const struct posting *posting, CURLcode code)
{
	if (posting->failed)
		return -1;
	if (posting->gave_up)
		return err_set(posting->err, ERR_BUSY,
			       "Nobody waits for the answer any more.");
	if (code == CURLE_OPERATION_TIMEDOUT) {
		log_warn("--%s takes too long",
			 endpoint_name(posting->endpoint));
		return err_set(
			posting->err, ERR_TIMEOUT,
			"The service that this call needs takes too long.");
	}
	long status = status_of(posting);
	if ((code == CURLE_OK || posting->unwanted) && status >= 200 &&
	    status <= 599)
		return 0;
	return cannot_be_used(posting, code);
}

static void tell(const struct posting *posting, struct endpoint_answer *out)
{
	const char *type = NULL;
	*out = (struct endpoint_answer){.status = (unsigned)status_of(posting)};
	curl_easy_getinfo(posting->easy, CURLINFO_CONTENT_TYPE, &type);
	const struct str text = str_trim(str_of(type));
	bool shown = posting->echo.secret.n &&
		     str_contains(text, posting->echo.secret);
	if (text.n <= ENDPOINT_TYPE_MAX && !str_has_control(text) && !shown)
		g_snprintf(out->type, sizeof(out->type), "%.*s", STR_ARG(text));
}

int endpoint_post(struct endpoint *endpoint, const struct endpoint_call *call,
		  struct endpoint_answer *out, struct err *err)
{
	if (outbound_start(err) < 0)
		return -1;
	g_autoptr(CURL) easy = outbound_easy();
	g_autoptr(curl_mime) form = easy ? curl_mime_init(easy) : NULL;
	struct posting posting = {
		.endpoint = endpoint,
		.call = call,
		.err = err,
		.easy = easy,
		.vet = {.guard = endpoint_guard(endpoint)},
	};
	take_key(&posting);
	bool ready =
		form &&
		(call->json ? set_json(&posting) : set_form(&posting, form)) &&
		set_options(&posting);
	int result = -1;
	if (ready)
		result = judge(&posting, curl_easy_perform(easy));
	else
		err_set(err, ERR_INTERNAL, "libcurl does not start");
	if (result == 0)
		tell(&posting, out);
	drop_key(&posting);
	return result;
}
