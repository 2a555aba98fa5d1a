/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the parts together: library, account, guard and fetcher, renderers, hot
 * cache, housekeeping, HTTP. server_open() is the list, server_close() the same
 * list backwards.
 */
#include "server/server.h"
#include "api/dialect.h"
#include "api/policy/policy_cache.h"
#include "api/ratelimit.h"
#include "api/room.h"
#include "api/uploads/unproven.h"
#include "base/threads/thread.h"
#include "base/version.h"
#include "convert/converter.h"
#include "derive/render.h"
#include "hashing/hasher.h"
#include "hashing/md5_files.h"
#include "http/tls.h"
#include "image/programs.h"
#include "image/renderers.h"
#include "ingest/fetch.h"
#include "outbound/guard.h"
#include "ingest/sniff.h"
#include "library/background/folder_job.h"
#include "library/check/scrub.h"
#include "remote/remote.h"
#include "server/app.h"
#include "server/banner.h"
#include "server/jobs.h"
#include "server/notify.h"
#include "server/router.h"
#include "server/sweeps.h"
#include "server/texts.h"
#include "server/watchdog.h"
#include "upstream/upstream.h"
#include "webhooks/sender.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define STOP_GRACE_MS 500
#define ANSWER_ROOM (256u * 1024 * 1024) /* bytes of long answers */
#define APP_TIMEOUT_MS 120000 /* for one pause, or a source without bytes */
/* For what a stop has to do when the drain is over: answers, the log of the
 * database into its file. */
#define STOP_LIMIT_MS 5000
#define LOG_FLUSH_MS 1000 /* at the end, for who reads the log */
#define READERS_PER_LOOP 4
#define READERS_MAX 64
#define HEAVY_WAIT_TIMES 3 /* of what it may take once it has its turn */
#define HOT_ENTRIES_MIN 64
#define HOT_ENTRIES_MAX 16384
#define DERIVED_OPEN_MAX 1024
#define UPLOADS_OPEN_MAX 512 /* in parts */
/* Requests for pictures that are being made, and how long it is known that one
 * cannot be. */
#define DERIVED_WAITING 4096
#define DERIVED_FAILURES 1024
#define DERIVED_FAILED_MS 30000
#define IMAGES_WAITING_MIN 32
#define IMAGES_WAITING_MAX 4096
/* database, listeners, log, blobs and pictures being written, contents being
 * hashed */
#define OTHER_DESCRIPTORS 384
/* Requests for files of other hosts that others fetch already. */
#define REMOTE_WAITING 4096
#define REMOTE_OPEN_MAX 1024
#define REMOTE_HELD_BYTES (UINT64_C(4) << 30)
#define REMOTE_HELD_MEMORY (UINT64_C(64) << 20)
#define REMOTE_FAILED_MS 5000
#define REMOTE_WAIT_MS 10000
#define CONVERT_WAIT_MS 30000
#define REMOTE_DESCRIPTORS 4   /* sockets, a wake-up, a file */
#define RENDERER_DESCRIPTORS 4 /* socket, pidfd, an image, an answer */

struct server {
	struct settings *settings;
	unsigned loops;
	unsigned hot_entries;
	unsigned images_waiting; /* for a renderer, at most */
	unsigned max_connections;
	char *public_url;
	bool sniffs;
	struct library *library;
	struct guard *guard;
	struct fetcher *fetcher;
	struct remote *remote;
	struct converter *converter;           /* NULL: none */
	struct remote *documents;              /* likewise */
	struct upstream *jigsawstack, *vision; /* likewise */
	struct renderers *renderers;
	struct texts texts;
	struct hot *hot;
	struct derive *derive;
	struct sums *sums;
	struct hasher *hasher;
	struct md5_files *md5_files;
	struct ratelimit *ratelimit;
	struct policy_cache *policy_cache;
	struct unproven *unproven;
	struct room *room;
	struct services services;
	struct sweeps *sweeps;
	struct ticker *jobs;
	struct scrub *scrub; /* NULL: none */
	struct ticker *scrubbing;
	struct sender *sender;   /* of webhooks */
	struct tls_context *tls; /* NULL: plain HTTP */
	struct address_list *proxies;
	struct http_server *http;
	bool started;
};

/* One for each core, and one that is left for what is quick. */
static unsigned scalers_of(const struct server *server)
{
	unsigned n = server->settings->scalers;
	return n ? n : g_get_num_processors() + 1;
}

/* Shares out the descriptors the process may have: connections first, each
 * busy worker two, each image that waits one, a quarter of what is left for the
 * hot cache. */
static void fit_descriptors(struct server *server)
{
	const struct settings *settings = server->settings;
	struct rlimit limit = {0};
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	uint64_t all = MIN(limit.rlim_cur, 1u << 30);
	server->images_waiting = (unsigned)CLAMP(all / 16, IMAGES_WAITING_MIN,
						 IMAGES_WAITING_MAX);
	uint64_t used = OTHER_DESCRIPTORS + HOT_ENTRIES_MIN +
			2 * (settings->workers + settings->slow_workers) +
			RENDERER_DESCRIPTORS *
				(settings->renderers + scalers_of(server) +
				 2 * texts_helpers(settings)) +
			REMOTE_DESCRIPTORS * (settings->remote_fetches +
					      2 * settings->upstream_calls) +
			server->images_waiting;
	uint64_t most = all > used + 16 ? all - used : 16;
	server->max_connections =
		(unsigned)MIN(settings->max_connections, most);
	if (server->max_connections < settings->max_connections)
		log_warn("--max-connections: only %u of %u, because the "
			 "process may have no more than %lu open files "
			 "(ulimit -n, LimitNOFILE=)",
			 server->max_connections, settings->max_connections,
			 (unsigned long)all);
	uint64_t entries = (most - server->max_connections) / 4;
	server->hot_entries =
		(unsigned)CLAMP(entries, HOT_ENTRIES_MIN, HOT_ENTRIES_MAX);
}

static unsigned readers_of(const struct server *server)
{
	return MIN(READERS_PER_LOOP * server->loops, READERS_MAX);
}

static int open_library(struct server *server, struct err *err)
{
	const struct settings *s = server->settings;
	const struct library_options options = {
		.dir = s->data,
		.inline_limit = s->inline_limit,
		.reserve = s->disk_reserve,
		.check_max = s->verify_limit,
		.readers = readers_of(server),
		.open_uploads = MIN(server->hot_entries / 4, UPLOADS_OPEN_MAX),
		.exclusive = true,
	};
	if (library_open(&server->library, &options, err) < 0)
		return -1;
	const struct account_preset preset = {
		s->account, *s->secret_key ? s->secret_key : NULL,
		*s->public_key ? s->public_key : NULL};
	return account_ensure(server->library, &preset, err);
}

static int open_fetcher(struct server *server, struct err *err)
{
	const struct settings *s = server->settings;
	const struct fetch_options options = {
		.connect_timeout_ms = s->fetch_connect_timeout,
		.head_timeout_ms = s->fetch_head_timeout,
		.total_timeout_ms = s->fetch_timeout,
		.min_rate = (unsigned)s->fetch_min_rate,
	};
	if (guard_new(&server->guard, str_of(s->fetch_allow), err) < 0)
		return -1;
	return fetcher_new(&server->fetcher, &options, server->guard, err);
}

static struct remote_options remote_options_of(const struct server *server)
{
	const struct settings *s = server->settings;
	return (struct remote_options){
		.origin = remote_origin_of(server->fetcher),
		.store = library_store(server->library),
		.copies =
			{
				.max_bytes = s->remote_cache_size,
				.max_files = MIN(server->hot_entries / 4,
						 REMOTE_OPEN_MAX),
			},
		/* uploads come first */
		.reserve = 2 * s->disk_reserve,
		.fetches = s->remote_fetches,
		/* as much again as copies take, or what a few take */
		.pins =
			{
				.holds = MIN(server->hot_entries / 4,
					     REMOTE_OPEN_MAX),
				.file_bytes = MAX(s->remote_cache_size,
						  REMOTE_HELD_BYTES),
				.memory_bytes = MAX(s->remote_cache_size / 8,
						    REMOTE_HELD_MEMORY),
			},
		.wait_ms = REMOTE_WAIT_MS,
		.flights =
			{
				.per_owner = REMOTE_WAITING / 2,
				.total = REMOTE_WAITING,
				.failures = REMOTE_WAITING / 4,
				.failed_ms = REMOTE_FAILED_MS,
			},
	};
}

static void open_remote(struct server *server)
{
	const struct remote_options options = remote_options_of(server);
	server->remote = remote_new(&options);
}

static int open_converter(struct server *server, struct err *err)
{
	const struct settings *s = server->settings;
	const struct converter_options options = {
		.document_command = s->convert_command,
		.screenshot_command = s->screenshot_command,
		.url = s->convert_url,
		.dir = s->data,
		.timeout_ms = s->convert_timeout,
		.memory = s->convert_memory,
		.store = library_store(server->library),
		.fetcher = server->fetcher,
	};
	if (converter_new(&server->converter, &options, err) < 0)
		return -1;
	if (server->converter == NULL)
		return 0;
	struct remote_options made = remote_options_of(server);
	made.origin = converter_origin(server->converter);
	made.fetches = s->converters;
	made.wait_ms = CONVERT_WAIT_MS;
	made.copies.max_bytes /= 4;
	server->documents = remote_new(&made);
	return 0;
}

static int open_upstream(struct server *server, struct upstream **out,
			 struct endpoint_options endpoint, struct err *err)
{
	const struct settings *s = server->settings;
	endpoint.allow = s->upstream_allow;
	const struct upstream_options options = {.endpoint = endpoint,
						 .calls = s->upstream_calls};
	if (*endpoint.url == '\0')
		return 0;
	return upstream_new(out, &options, err);
}

static int open_upstreams(struct server *server, struct err *err)
{
	const struct settings *s = server->settings;
	const struct endpoint_options jigsawstack = {
		.name = "jigsawstack-upstream",
		.key_name = "jigsawstack-upstream-key-file",
		.url = s->jigsawstack_upstream,
		.key_file = s->jigsawstack_upstream_key_file,
		.key_field = "x-api-key: ",
		.timeout_ms = s->jigsawstack_upstream_timeout,
	};
	const struct endpoint_options vision = {
		.name = "vision-url",
		.key_name = "vision-key-file",
		.url = s->vision_url,
		.key_file = s->vision_key_file,
		.key_field = "Authorization: Bearer ",
		.timeout_ms = s->vision_timeout,
	};
	return open_upstream(server, &server->jigsawstack, jigsawstack, err) <
				       0 ||
			       open_upstream(server, &server->vision, vision,
					     err) < 0
		       ? -1
		       : 0;
}

/* Without their programs everything works but what is about images. */
static int open_renderers(struct server *server, struct err *err)
{
	if (server->settings->renderers == 0)
		return 0;
	struct image_programs programs;
	image_programs_find(&programs);
	const struct renderers_options options = {
		.program = programs.render,
		.helpers = server->settings->renderers,
		.scaler = programs.scale,
		.scalers = scalers_of(server),
		.timeout_ms = RENDERERS_TIMEOUT_MS,
		.queue_max = server->images_waiting,
	};
	int result = 0;
	if (programs.render)
		result = renderers_new(&server->renderers, &options, err);
	else
		log_warn("no stowage-render beside stowage: sizes of images "
			 "stay unknown");
	image_programs_release(&programs);
	return result;
}

static int open_images(struct server *server, struct err *err)
{
	if (open_renderers(server, err) < 0)
		return -1;
	return texts_open(&server->texts, server->settings, server->renderers,
			  err);
}

static void forget_derived(void *derive, int64_t store, int64_t blob_id)
{
	derive_purge(derive, &(struct derive_content){.store = store,
						      .blob_id = blob_id});
}

static int open_derived(struct server *server, struct err *err)
{
	const struct settings *s = server->settings;
	struct recogniser *texts = server->texts.recogniser;
	const struct derive_options options = {
		.cache =
			{
				.dir = s->data,
				.limits =
					{
						.max_bytes = s->derived_max,
						.max_files = s->derived_files,
						.memory = s->derived_memory,
						.descriptors = MIN(
							server->hot_entries / 4,
							DERIVED_OPEN_MAX),
					},
				/* uploads come first */
				.reserve = 2 * s->disk_reserve,
			},
		.renderer = texts ? recogniser_renderer(texts)
				  : derive_renderer_of(server->renderers),
		.flights =
			{
				.per_owner = DERIVED_WAITING / 2,
				.total = DERIVED_WAITING,
				.failures = DERIVED_FAILURES,
				.failed_ms = DERIVED_FAILED_MS,
			},
	};
	if (derive_new(&server->derive, &options, err) < 0)
		return -1;
	library_on_gone(server->library, forget_derived, server->derive);
	return 0;
}

static void fill_services(struct server *server)
{
	const struct settings *s = server->settings;
	struct str url = str_of(server->public_url);
	server->services = (struct services){
		.library = server->library,
		.fetcher = server->fetcher,
		.hasher = server->hasher,
		.md5_files = server->md5_files,
		.remote = server->remote,
		.documents = server->documents,
		.jigsawstack = server->jigsawstack,
		.vision = server->vision,
		.vision_model = str_of(s->vision_model),
		.jigsawstack_links =
			s->jigsawstack_upstream_files == UPSTREAM_FILES_URL,
		.renderers = server->renderers,
		.recogniser = server->texts.recogniser,
		.no_recogniser = server->texts.why_not,
		.query_timeout_ms = s->query_timeout,
		.hot = server->hot,
		.derive = server->derive,
		.sums = server->sums,
		.ratelimit = server->ratelimit,
		.policy_cache = server->policy_cache,
		.unproven = server->unproven,
		.room = server->room,
		.public_url = url.n ? url : STR_NONE,
		.limits =
			{
				[DIALECT_IMAGEKIT].max_bytes =
					s->imagekit_max_file_size,
				[DIALECT_FILESTACK].max_bytes =
					s->filestack_max_file_size,
				[DIALECT_STASHFYLE].max_bytes =
					s->stashfyle_max_file_size,
				[DIALECT_JIGSAWSTACK].max_bytes =
					s->jigsawstack_max_file_size,
				[DIALECT_JIGSAWSTACK].temp_url_ms =
					s->jigsawstack_temp_url_ttl,
			},
	};
	for (size_t i = 0; i < DIALECT_COUNT; i++) {
		struct dialect_limits *limits = &server->services.limits[i];
		limits->max_bytes = MIN(limits->max_bytes, s->max_file_size);
	}
}

static int open_tls(struct server *server, struct err *err)
{
	const struct settings *s = server->settings;
	if (*s->tls_cert == '\0')
		return 0;
	return tls_context_new(&server->tls, s->tls_cert, s->tls_key, err);
}

static int open_http(struct server *server, struct err *err)
{
	const struct settings *s = server->settings;
	if (address_list_new(&server->proxies, str_of(s->trusted_proxies),
			     err) < 0)
		return -1;
	const struct http_limits limits = {
		.loops = server->loops,
		.workers = s->workers,
		.slow_workers = s->slow_workers,
		/* the other readers are for what is quick */
		.heavy_workers = readers_of(server) / 2,
		.heavy_wait_ms = HEAVY_WAIT_TIMES * s->query_timeout,
		.max_connections = server->max_connections,
		.max_connections_per_address =
			MIN(s->max_connections_per_address,
			    server->max_connections),
		.proxies = server->proxies,
		.head_timeout_ms = s->head_timeout,
		.idle_timeout_ms = s->idle_timeout,
		.body_timeout_ms = s->body_timeout,
		.min_body_rate = (unsigned)s->min_body_rate,
		.send_timeout_ms = s->send_timeout,
		.stop_grace_ms = STOP_GRACE_MS,
		.app_timeout_ms = APP_TIMEOUT_MS,
		.drain_timeout_ms = s->drain_timeout,
	};
	struct http_app app;
	app_functions(&app, &server->services);
	const struct http_server_options options = {s->listen, &limits,
						    server->tls};
	return http_server_new(&server->http, &options, &app, err);
}

/* The address as clients on this machine reach it; g_free() it. */
static char *own_url(const struct server *server)
{
	return g_strconcat(server->tls ? "https://" : "http://",
			   http_server_address(server->http), NULL);
}

static struct sweeps_times times_of(const struct settings *s)
{
	return (struct sweeps_times){s->sweep_interval, s->trash_grace,
				     s->upload_expiry};
}

static unsigned scrub_tick(void *user)
{
	thread_yield_disk();
	return scrub_step(user);
}

static int start_scrub(struct server *server, struct err *err)
{
	const struct scrub_pace pace = {
		.period_ms = server->settings->scrub_period,
		.bytes_per_s = server->settings->scrub_rate,
	};
	if (pace.period_ms == 0)
		return 0;
	server->scrub = scrub_new(server->library, &pace);
	return ticker_new(&server->scrubbing,
			  &(struct thread_kind){"scrub", THREAD_LAST},
			  scrub_tick, server->scrub, err);
}

static int start_background(struct server *server, struct err *err)
{
	const struct settings *s = server->settings;
	g_autofree char *own = own_url(server);
	const struct sender_options options = {
		.wording = router_events,
		.base_url = *server->public_url ? server->public_url : own,
		.timeout_ms = s->webhook_timeout,
		.retry_ms = s->webhook_retry,
	};
	if (sweeps_start(&server->sweeps, server->library, times_of(s), err) <
		    0 ||
	    jobs_start(&server->jobs, server->library, err) < 0 ||
	    start_scrub(server, err) < 0)
		return -1;
	return sender_start(&server->sender, server->library, &options, err);
}

/* Without the slashes at its end. */
static void take_public_url(struct server *server)
{
	server->public_url = g_strdup(server->settings->public_url);
	for (size_t n = strlen(server->public_url);
	     n && server->public_url[n - 1] == '/'; n--)
		server->public_url[n - 1] = '\0';
}

static void wake_loops(void *http)
{
	http_wake(http);
}

static int server_open(struct server *server, struct err *err)
{
	const struct settings *s = server->settings;
	server->loops = s->loops ? s->loops : g_get_num_processors();
	take_public_url(server);
	fit_descriptors(server);
	/* the port before the directory: a start that fails at the one leaves
	 * nothing in the other. Who connects waits until the loops run. */
	if (open_tls(server, err) < 0 || open_http(server, err) < 0 ||
	    sniff_init(err) < 0)
		return -1;
	server->sniffs = true;
	if (open_library(server, err) < 0 || open_fetcher(server, err) < 0 ||
	    open_images(server, err) < 0 || open_derived(server, err) < 0)
		return -1;
	open_remote(server);
	if (open_converter(server, err) < 0 || open_upstreams(server, err) < 0)
		return -1;
	const struct hot_options hot = {
		.max_bytes = s->hot_cache_size,
		.max_entries = server->hot_entries,
	};
	server->hot = hot_new(server->library, &hot);
	server->sums = sums_new();
	server->hasher = hasher_new(server->library);
	if (md5_files_new(&server->md5_files, err) < 0)
		return -1;
	server->ratelimit = ratelimit_new();
	server->policy_cache = policy_cache_new();
	server->room = room_new(ANSWER_ROOM);
	server->unproven = unproven_new(s->client_uploads,
					(unsigned)s->client_upload_rate);
	fill_services(server);
	library_on_told(server->library, wake_loops, server->http);
	if (start_background(server, err) < 0 ||
	    http_server_start(server->http, err) < 0)
		return -1;
	server->started = true;
	return 0;
}

/* Whoever waits for somebody else waits no longer than that. */
static void finish_within(struct server *server, unsigned ms)
{
	if (server->fetcher)
		fetcher_stop(server->fetcher, ms);
	converter_stop(server->converter, ms);
	upstream_stop(server->jigsawstack, ms);
	upstream_stop(server->vision, ms);
	hasher_stop(server->hasher);
	if (server->library) {
		folder_job_finish_within(server->library, ms);
		library_finish_within(server->library, ms);
	}
	if (server->renderers)
		renderers_stop(server->renderers, ms);
	if (server->texts.recogniser)
		recogniser_stop(server->texts.recogniser, ms);
}

static void server_close(struct server *server)
{
	finish_within(server, server->settings->drain_timeout);
	if (server->started)
		http_server_stop(server->http);
	sender_stop(server->sender);
	ticker_free(server->jobs);
	ticker_free(server->scrubbing);
	scrub_free(server->scrub);
	sweeps_stop(server->sweeps);
	if (server->library)
		library_on_told(server->library, NULL, NULL);
	if (server->http)
		http_server_free(server->http);
	texts_close(&server->texts);
	renderers_free(server->renderers);
	derive_free(server->derive);
	hasher_free(server->hasher);
	upstream_free(server->jigsawstack);
	upstream_free(server->vision);
	md5_files_free(server->md5_files);
	remote_free(server->documents);
	converter_free(server->converter);
	remote_free(server->remote);
	if (server->fetcher)
		fetcher_free(server->fetcher);
	if (server->guard)
		guard_free(server->guard);
	unproven_free(server->unproven);
	room_free(server->room);
	policy_cache_free(server->policy_cache);
	ratelimit_free(server->ratelimit);
	sums_free(server->sums);
	hot_free(server->hot);
	if (server->library)
		library_close(server->library);
	if (server->sniffs)
		sniff_release();
	tls_context_free(server->tls);
	address_list_free(server->proxies);
	g_free(server->public_url);
}

static void announce(const struct server *server)
{
	g_autofree char *base = own_url(server);
	printf("stowage: ready at %s\n", base);
	if (fflush(stdout) != 0)
		log_warn("cannot write to stdout");
	log_info("stowage %s; `stowage keys list --show --data %s` shows the "
		 "keys",
		 STOWAGE_VERSION, server->settings->data);
	notify_manager("READY=1");
	if (!server->settings->banner)
		return;
	struct keyring *keyring = library_keyring(server->library);
	const struct account *account =
		keyring_account(keyring, str_of(server->settings->account));
	if (account)
		banner_print(*server->public_url ? server->public_url : base,
			     account);
	keyring_unref(keyring);
}

static void tell_changed(const char *name)
{
	log_warn("--%s has changed; it takes effect at the next start", name);
}

static void reload_certificate(struct server *server)
{
	struct err err;
	if (server->tls == NULL)
		return;
	if (tls_context_reload(server->tls, &err) < 0)
		log_error("reload: %s; the certificate stays as it was",
			  err.text);
	else
		log_info("certificate reloaded");
}

static void reload_key(struct upstream *upstream)
{
	struct err err;
	if (upstream_reload(upstream, &err) < 0)
		log_error("reload: %s; the key stays as it was", err.text);
}

static void reload_settings(struct server *server)
{
	struct err err;
	if (settings_reload(server->settings, tell_changed, &err) < 0) {
		log_error("reload: %s; settings stay as they were", err.text);
		return;
	}
	log_set_level(server->settings->log_level);
	sweeps_set(server->sweeps, times_of(server->settings));
	log_info("settings reloaded");
}

/* All threads inherit the blocked set; this one waits for what is in it. */
static void block_signals(sigset_t *set)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction ends = {.sa_handler = SIG_DFL};
	/* a shell has what it starts in the background ignore it */
	sigaction(SIGINT, &ends, NULL);
	sigaction(SIGTERM, &ends, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, set, NULL);
}

static void wait_for_stop(struct server *server, const sigset_t *set)
{
	for (;;) {
		int signal = 0;
		if (sigwait(set, &signal) != 0)
			continue;
		if (signal == SIGUSR1) {
			http_server_report(server->http);
		} else if (signal == SIGHUP) {
			reload_certificate(server);
			reload_key(server->jigsawstack);
			reload_key(server->vision);
			reload_settings(server);
		} else {
			watchdog_start(server->settings->drain_timeout +
				       STOP_LIMIT_MS);
			log_info("stopping: %s", strsignal(signal));
			return;
		}
	}
}

int server_run(struct settings *settings, struct err *err)
{
	struct server server = {.settings = settings};
	sigset_t set;
	block_signals(&set);
	if (log_start(err) < 0)
		return -1;
	int result = server_open(&server, err);
	if (result == 0) {
		announce(&server);
		wait_for_stop(&server, &set);
		notify_manager("STOPPING=1");
		/* a second one does what it does by default: end us */
		sigdelset(&set, SIGHUP);
		sigdelset(&set, SIGUSR1);
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	}
	server_close(&server);
	log_stop(LOG_FLUSH_MS);
	watchdog_stop();
	return result;
}
