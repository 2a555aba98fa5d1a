/* SPDX-License-Identifier: Apache-2.0 */
#include "webhooks/post.h"
#include "base/version.h"
#include "outbound/easy.h"
#include "outbound/loop.h"

#define CONNECT_TIMEOUT_MS 10000

struct poster {
	CURLM *multi;
	unsigned timeout_ms;
	GQueue posts; /* under way */
};

struct post {
	GList link;
	CURL *easy;
	struct curl_slist *fields;
	struct arena arena;
	post_done *done;
	void *user;
};

int poster_new(struct poster **out, unsigned timeout_ms, struct err *err)
{
	CURLM *multi = outbound_start(err) < 0 ? NULL : curl_multi_init();
	if (multi == NULL)
		return err_set(err, ERR_INTERNAL, "libcurl does not start");
	*out = g_new0(struct poster, 1);
	(*out)->multi = multi;
	(*out)->timeout_ms = timeout_ms;
	g_queue_init(&(*out)->posts);
	return 0;
}

static void post_free(struct post *post)
{
	curl_easy_cleanup(post->easy);
	curl_slist_free_all(post->fields);
	arena_release(&post->arena);
	g_free(post);
}

static void post_end(struct poster *poster, struct post *post)
{
	curl_multi_remove_handle(poster->multi, post->easy);
	g_queue_unlink(&poster->posts, &post->link);
	post_free(post);
}

void poster_free(struct poster *poster)
{
	if (poster == NULL)
		return;
	while (poster->posts.head)
		post_end(poster, poster->posts.head->data);
	curl_multi_cleanup(poster->multi);
	g_free(poster);
}

/* Nobody reads the answer; a long one is not waited for either. */
static size_t discard(char *p, size_t size, size_t n, void *user)
{
	(void)p, (void)user;
	return size * n;
}

static bool add_fields(struct post *post, const struct post_message *message)
{
	char loop[LOOP_LINE_MAX];
	const char *all[POST_FIELDS_MAX + 4] = {
		"Content-Type: application/json; charset=utf-8",
		"Expect:", /* one round trip less */
		loop,
	};
	loop_line(STR_NONE, loop);
	memcpy(all + 3, message->fields, sizeof(message->fields));
	for (const char **field = all; *field; field++) {
		struct curl_slist *longer =
			curl_slist_append(post->fields, *field);
		if (longer == NULL)
			return false;
		post->fields = longer;
	}
	return true;
}

static bool set_options(struct post *post, const struct post_message *message,
			unsigned timeout_ms)
{
	CURL *easy = post->easy;
	bool failed = false;
#define SET(option, value)                                                     \
	(failed = failed || curl_easy_setopt(easy, option, value) != CURLE_OK)
	SET(CURLOPT_URL, arena_cstr(&post->arena, message->url));
	SET(CURLOPT_USERAGENT, "stowage/" STOWAGE_VERSION);
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)message->body.n);
	SET(CURLOPT_COPYPOSTFIELDS, message->body.p);
	SET(CURLOPT_HTTPHEADER, post->fields);
	SET(CURLOPT_WRITEFUNCTION, discard);
	SET(CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS,
	    (long)MIN(timeout_ms, CONNECT_TIMEOUT_MS));
	SET(CURLOPT_PRIVATE, post);
#undef SET
	return !failed;
}

int poster_send(struct poster *poster, const struct post_message *message,
		struct err *err)
{
	struct post *post = g_new0(struct post, 1);
	arena_init(&post->arena);
	post->link.data = post;
	post->done = message->done;
	post->user = message->user;
	post->easy = outbound_easy();
	if (post->easy == NULL || !add_fields(post, message) ||
	    !set_options(post, message, poster->timeout_ms) ||
	    curl_multi_add_handle(poster->multi, post->easy) != CURLM_OK) {
		post_free(post);
		return err_set(err, ERR_INTERNAL, "libcurl refuses the URL");
	}
	g_queue_push_tail_link(&poster->posts, &post->link);
	return 0;
}

static void take_ended(struct poster *poster)
{
	CURLMsg *message;
	int queued;
	while ((message = curl_multi_info_read(poster->multi, &queued))) {
		struct post *post = NULL;
		long status = 0;
		CURLcode code = message->data.result;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
				  &post);
		curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE,
				  &status);
		post->done(post->user, code == CURLE_OK ? status : 0,
			   code == CURLE_OK ? "" : curl_easy_strerror(code));
		post_end(poster, post);
	}
}

void poster_run(struct poster *poster, int wait_ms)
{
	int running;
	curl_multi_perform(poster->multi, &running);
	take_ended(poster);
	curl_multi_poll(poster->multi, NULL, 0, wait_ms, NULL);
}

void poster_wake(struct poster *poster)
{
	curl_multi_wakeup(poster->multi);
}
