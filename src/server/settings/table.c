/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All settings: names, kinds, defaults, ranges, help. To add one, add a field
 * in settings.h and a row here.
 */
#include "server/settings/table.h"
#include "store/store.h"

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)
#define SECONDS 1000ull
#define HOURS (3600 * SECONDS)

#define FIELD(name) offsetof(struct settings, name)

/* clang-format off */
const struct setting setting_table[] = {
{"config", SETTING_TEXT, FIELD(config), SETTING_TOOL | SETTING_ADDRESS, "",
 .value = "FILE", .heading = "Files",
 .help = "Read settings from FILE: lines of `name = value`, # comments"},
{"data", SETTING_TEXT, FIELD(data), SETTING_TOOL, "./data",
 .value = "DIR", .check = setting_check_directory,
 .help = "Directory of the database and the stored files"},

{"listen", SETTING_TEXT, FIELD(listen), SETTING_ADDRESS, "127.0.0.1:8080",
 .value = "HOST:PORT", .check = setting_check_listen, .heading = "Addresses",
 .help = "Where to accept connections; [HOST]:PORT for IPv6, :PORT for all "
	 "addresses, port 0 for a free one"},
{"public-url", SETTING_TEXT, FIELD(public_url), SETTING_ADDRESS, "",
 .value = "URL", .check = setting_check_public_url,
 .help = "What clients reach this server as (scheme, host, path); goes into "
	 "the URLs in answers. Without: the Host of each request"},
{"trusted-proxies", SETTING_TEXT, FIELD(trusted_proxies), 0, "",
 .value = "CIDR[,CIDR]", .check = setting_check_cidrs,
 .help = "Addresses of proxies: what X-Forwarded-For, -Proto, -Host or "
	 "Forwarded say about clients counts when it comes from there"},
{"tls-cert", SETTING_TEXT, FIELD(tls_cert), SETTING_ADDRESS, "",
 .value = "FILE", .check = setting_check_pem_file,
 .help = "PEM certificate, then those that lead to its authority: --listen "
	 "speaks HTTPS (TLS 1.2 and 1.3). Read again at SIGHUP"},
{"tls-key", SETTING_TEXT, FIELD(tls_key), SETTING_SECRET | SETTING_ADDRESS, "",
 .value = "FILE", .check = setting_check_pem_file,
 .help = "Its private key, PEM without password; also read again at SIGHUP"},

{"account", SETTING_TEXT, FIELD(account), SETTING_TOOL, "default",
 .value = "NAME", .check = setting_check_account, .heading = "Account",
 .help = "Account that the first start makes, and that `keys create` and "
	 "`webhooks add` are for; also the ImageKit id in delivery URLs"},
{"secret-key", SETTING_TEXT, FIELD(secret_key), SETTING_SECRET, "",
 .value = "KEY",
 .help = "Secret key of that account. Without: generated"},
{"public-key", SETTING_TEXT, FIELD(public_key), SETTING_SECRET, "",
 .value = "KEY",
 .help = "Public key of that account. Without: generated"},

{"log-level", SETTING_CHOICE, FIELD(log_level), SETTING_RUNTIME | SETTING_TOOL,
 "info", .value = "error|warn|info|debug", .heading = "Logging",
 .help = "Least level to log; info has a line for each request"},
{"log-format", SETTING_CHOICE, FIELD(log_format), SETTING_TOOL, "text",
 .value = "text|json",
 .help = "How log lines look; text goes natively to systemd's journal when "
	 "stderr is that"},
{"banner", SETTING_BOOL, FIELD(banner), 0, "false",
 .help = "Print address, keys and curl examples on stderr at the start"},

{"max-connections", SETTING_COUNT, FIELD(max_connections), 0, "10000",
 .min = 1, .max = 1000000, .heading = "Limits",
 .help = "Client connections at once"},
{"max-connections-per-address", SETTING_COUNT,
 FIELD(max_connections_per_address), 0, "1024", .min = 1, .max = 1000000,
 .help = "The same for each address (of IPv6: each /64) that is no trusted "
	 "proxy's"},
{"client-uploads", SETTING_COUNT, FIELD(client_uploads), 0, "64",
 .min = 1, .max = 10000,
 .help = "Bodies at once from clients who prove themselves only at the end: "
	 "ImageKit uploads without a private key, Filestack's whose form has "
	 "key or policy, and parts of uploads of which nobody knows yet "
	 "whether they exist; a quarter of them from one address (of IPv6: "
	 "one /64). Beyond that the slowest gives way"},
{"client-upload-rate", SETTING_SIZE, FIELD(client_upload_rate), 0, "4k",
 .min = 0, .max = GIB,
 .help = "Bytes a second that such an upload must come with over all its "
	 "time, looked at each body-timeout"},
{"max-file-size", SETTING_SIZE, FIELD(max_file_size), 0, "5G",
 .min = 1, .max = 64 * TIB,
 .help = "Largest file, through whichever API"},
{"imagekit-max-file-size", SETTING_SIZE, FIELD(imagekit_max_file_size), 0,
 "300M", .min = 1, .max = 64 * TIB,
 .help = "The same through the ImageKit API; the default is what "
	 "its smaller paid plan takes as a video"},
{"filestack-max-file-size", SETTING_SIZE, FIELD(filestack_max_file_size), 0,
 "5G", .min = 1, .max = 64 * TIB,
 .help = "The same through the Filestack API, which names no limit of its "
	 "own"},
{"stashfyle-max-file-size", SETTING_SIZE, FIELD(stashfyle_max_file_size), 0,
 "500M", .min = 1, .max = 64 * TIB,
 .help = "The same through the StashFyle API; its largest plan's"},
{"jigsawstack-max-file-size", SETTING_SIZE, FIELD(jigsawstack_max_file_size),
 0, "100M", .min = 1, .max = 64 * TIB,
 .help = "The same through the JigsawStack API; the vendor's"},
{"jigsawstack-temp-url-ttl", SETTING_DURATION, FIELD(jigsawstack_temp_url_ttl),
 0, "168h", .min = SECONDS, .max = 1000 * HOURS,
 .help = "How long a JigsawStack temp_public_url opens its file; the vendor's"},

{"head-timeout", SETTING_DURATION, FIELD(head_timeout), 0, "10s",
 .min = 100, .max = HOURS, .heading = "Time-outs",
 .help = "For a whole request head"},
{"idle-timeout", SETTING_DURATION, FIELD(idle_timeout), 0, "75s",
 .min = 100, .max = 24 * HOURS,
 .help = "Between the requests of a connection"},
{"body-timeout", SETTING_DURATION, FIELD(body_timeout), 0, "20s",
 .min = 100, .max = HOURS,
 .help = "Window in which a body must keep up min-body-rate"},
{"min-body-rate", SETTING_SIZE, FIELD(min_body_rate), 0, "1k",
 .min = 1, .max = GIB,
 .help = "Bytes a second that a body must come with"},
{"send-timeout", SETTING_DURATION, FIELD(send_timeout), 0, "60s",
 .min = 100, .max = HOURS,
 .help = "For a client that takes nothing of its response"},
{"query-timeout", SETTING_DURATION, FIELD(query_timeout), 0, "10s",
 .min = 10, .max = HOURS,
 .help = "For one read of the database, such as a search; before it, three "
	 "times that for a place among the few that may be long; then 503"},
{"drain-timeout", SETTING_DURATION, FIELD(drain_timeout), 0, "10s",
 .min = 1, .max = HOURS,
 .help = "At the end, for requests in flight; the end comes at most 5 s later"},

{"fetch-allow", SETTING_TEXT, FIELD(fetch_allow), 0, "",
 .value = "CIDR[,CIDR]", .check = setting_check_cidrs, .heading = "Import by URL",
 .help = "Addresses that may be read although they are not public"},
{"fetch-timeout", SETTING_DURATION, FIELD(fetch_timeout), 0, "60s",
 .min = 100, .max = 24 * HOURS,
 .help = "For a whole import"},
{"fetch-connect-timeout", SETTING_DURATION, FIELD(fetch_connect_timeout), 0,
 "10s", .min = 100, .max = HOURS,
 .help = "For name look-up and connection, each hop"},
{"fetch-head-timeout", SETTING_DURATION, FIELD(fetch_head_timeout), 0, "8s",
 .min = 100, .max = HOURS,
 .help = "Until the remote server's response head is there"},
{"fetch-min-rate", SETTING_SIZE, FIELD(fetch_min_rate), 0, "1k",
 .min = 1, .max = GIB,
 .help = "Bytes a second, over ten seconds, that an import must come with"},

{"remote-fetches", SETTING_COUNT, FIELD(remote_fetches), 0, "16",
 .min = 1, .max = 1024, .heading = "Pictures of other hosts",
 .help = "Files of other hosts that are fetched at once to make pictures of; "
	 "one account has at most three quarters of them. What is said of "
	 "imports holds for each"},
{"remote-cache-size", SETTING_SIZE, FIELD(remote_cache_size), 0, "512M",
 .min = 0, .max = TIB,
 .help = "Disk space and, up to an eighth of it, memory for copies of them, "
	 "which are kept as long as their origin says and are gone after a "
	 "restart. 0: each is fetched anew"},

{"convert-command", SETTING_TEXT, FIELD(convert_command), 0, "",
 .value = "COMMAND", .check = setting_check_command,
 .heading = "Conversions",
 .help = "Program that makes one document of another, with its arguments; no "
	 "shell reads them. {in} and {out} become file names, {outdir} and {dir} "
	 "folders, {format}, {pageformat} and {orientation} what is wanted. "
	 "Without it, or convert-url, documents are not converted"},
{"screenshot-command", SETTING_TEXT, FIELD(screenshot_command), 0, "",
 .value = "COMMAND", .check = setting_check_command,
 .help = "The same for pictures of web pages: {url}, {out}, {width}, "
	 "{height}, {mode} (all, window), {delay} (ms), {agent}"},
{"convert-url", SETTING_TEXT, FIELD(convert_url), 0, "",
 .value = "URL", .check = setting_check_public_url,
 .help = "Service for both, as Gotenberg's API has them: makes pdf of "
	 "documents and png of pages, where no command is named"},
{"convert-timeout", SETTING_DURATION, FIELD(convert_timeout), 0, "60s",
 .min = 100, .max = HOURS,
 .help = "For one conversion"},
{"convert-memory", SETTING_SIZE, FIELD(convert_memory), 0, "4G",
 .min = MIB, .max = TIB,
 .help = "Addresses that a process of such a program may use"},
{"converters", SETTING_COUNT, FIELD(converters), 0, "2",
 .min = 1, .max = 256,
 .help = "Conversions at once; others wait up to 30 s. One account has at most "
	 "three quarters of them"},

{"vision-url", SETTING_TEXT, FIELD(vision_url), 0, "",
 .value = "URL", .check = setting_check_public_url,
 .heading = "Services of yours",
 .help = "Chat endpoint in OpenAI's form that takes pictures, with its /v1 at "
	 "the end: answers the prompts of vOCR. Without: rules do"},
{"vision-model", SETTING_TEXT, FIELD(vision_model), 0, "", .value = "NAME",
 .help = "Of its models the one that is asked. Without: it is not said"},
{"vision-key-file", SETTING_TEXT, FIELD(vision_key_file), 0, "",
 .value = "FILE",
 .help = "Holds the key that it wants (Bearer); read again at SIGHUP"},
{"vision-timeout", SETTING_DURATION, FIELD(vision_timeout), 0, "60s",
 .min = 100, .max = HOURS,
 .help = "For one answer of it; then rules have to do"},
{"jigsawstack-upstream", SETTING_TEXT, FIELD(jigsawstack_upstream), 0, "",
 .value = "URL", .check = setting_check_public_url,
 .help = "Service with JigsawStack's API, without the /v1 at the end, that "
	 "calls are passed on to which this server does not do itself. Without: "
	 "they are answered with 501"},
{"jigsawstack-upstream-key-file", SETTING_TEXT,
 FIELD(jigsawstack_upstream_key_file), 0, "", .value = "FILE",
 .help = "Holds the key that it wants (x-api-key); read again at SIGHUP"},
{"jigsawstack-upstream-files", SETTING_CHOICE,
 FIELD(jigsawstack_upstream_files), 0, "send", .value = "send|url",
 .help = "How it gets a stored file: in the call, or as a link that opens for "
	 "a while, which needs public-url"},
{"jigsawstack-upstream-timeout", SETTING_DURATION,
 FIELD(jigsawstack_upstream_timeout), 0, "5m", .min = 100, .max = HOURS,
 .help = "For one such call"},
{"upstream-allow", SETTING_TEXT, FIELD(upstream_allow), 0, "",
 .value = "CIDR[,CIDR]", .check = setting_check_cidrs,
 .help = "Addresses that the names in these URLs may stand for although they "
	 "are not public. localhost and numeric addresses need none of it"},
{"upstream-calls", SETTING_COUNT, FIELD(upstream_calls), 0, "8",
 .min = 1, .max = 1024,
 .help = "Calls of each of them at once; others wait up to 30 s. One account "
	 "has at most three quarters of them"},

{"ocr", SETTING_CHOICE, FIELD(ocr), 0, "auto", .value = "auto|on|off",
 .heading = "Texts in pictures",
 .help = "Whether texts are read; auto: if stowage-ocr and its training data "
	 "are installed; on: without them the server does not start"},
{"ocr-languages", SETTING_TEXT, FIELD(ocr_languages), 0, OCR_LANGUAGES_DEFAULT,
 .value = "LANGUAGE[+LANGUAGE]",
 .help = "Tesseract's names of the languages that texts are in, the likeliest "
	 "first; each makes reading slower"},
{"ocr-tessdata", SETTING_TEXT, FIELD(ocr_tessdata), 0, "",
 .value = "DIR",
 .help = "Folder of the training data, if it is not where systems have it"},
{"ocr-helpers", SETTING_COUNT, FIELD(ocr_helpers), 0, "auto",
 .min = 1, .max = 256, .value = "N|auto",
 .help = "Processes that read texts at most; auto: one for each core. Each "
	 "takes about 100 MB, a large page up to 1 GB"},
{"ocr-timeout", SETTING_DURATION, FIELD(ocr_timeout), 0, "30s",
 .min = 100, .max = HOURS,
 .help = "For one page"},
{"ocr-queue", SETTING_COUNT, FIELD(ocr_queue), 0, "256",
 .min = 1, .max = 65536,
 .help = "Pages that wait to be read, for a minute at most; half of them of "
	 "one account"},

{"loops", SETTING_COUNT, FIELD(loops), 0, "auto",
 .min = 1, .max = 256, .value = "N|auto", .heading = "Resources",
 .help = "Event loop threads; auto: one for each core"},
{"workers", SETTING_COUNT, FIELD(workers), 0, "64",
 .min = 1, .max = 4096,
 .help = "Worker threads at most; they start when needed, and one account has "
	 "at most three quarters of them"},
{"slow-workers", SETTING_COUNT, FIELD(slow_workers), 0, "16",
 .min = 1, .max = 4096,
 .help = "Imports by URL, copies of large files and deletions of folders at "
	 "once, beside the workers; one account has at most three quarters "
	 "of them"},
{"scalers", SETTING_COUNT, FIELD(scalers), 0, "auto",
 .min = 1, .max = 256, .value = "N|auto",
 .help = "Processes for plain pictures at most; auto: one for each core and one "
	 "more"},
{"renderers", SETTING_COUNT, FIELD(renderers), 0, "3",
 .min = 0, .max = 256,
 .help = "Image processes at most; 0: none of any kind, sizes of images stay unknown"},
{"hot-cache-size", SETTING_SIZE, FIELD(hot_cache_size), 0, "64M",
 .min = 0, .max = TIB,
 .help = "Memory for files that are being read"},
{"derived-max", SETTING_SIZE, FIELD(derived_max), 0, "1G",
 .min = 0, .max = TIB,
 .help = "Disk space for pictures that were made of stored ones and can be made "
	 "again; those that nobody has asked for for longest go first. 0: none"},
{"derived-files", SETTING_COUNT, FIELD(derived_files), 0, "65536",
 .min = 1, .max = 10000000,
 .help = "The same as a number of pictures; each takes 300 bytes of memory"},
{"derived-memory", SETTING_SIZE, FIELD(derived_memory), 0, "32M",
 .min = 0, .max = TIB,
 .help = "Memory for such pictures that are being read"},
{"inline-limit", SETTING_SIZE, FIELD(inline_limit), SETTING_TOOL, "64k",
 .min = 0, .max = STORE_INLINE_LIMIT_MAX,
 .help = "Files up to this size live in the database"},
{"disk-reserve", SETTING_SIZE, FIELD(disk_reserve), 0, "64M",
 .min = 0, .max = TIB,
 .help = "Disk space that uploads leave free, at most a tenth of the disk; "
	 "deletes and the database need some"},
{"verify-limit", SETTING_SIZE, FIELD(verify_limit), 0, "16M",
 .min = 0, .max = TIB,
 .help = "Files up to this size are compared with their checksum before they "
	 "are read from the disk; the scrub compares all"},
{"scrub-period", SETTING_DURATION, FIELD(scrub_period), 0, "720h",
 .min = 0, .max = 1000 * HOURS,
 .help = "In which every stored byte is read once and compared with its "
	 "checksum, in the background; 0: never"},
{"scrub-rate", SETTING_SIZE, FIELD(scrub_rate), 0, "16M",
 .min = 4 * KIB, .max = TIB,
 .help = "Bytes a second that this reads at most, even if it takes longer "
	 "then"},
{"trash-grace", SETTING_DURATION, FIELD(trash_grace),
 SETTING_RUNTIME | SETTING_TOOL, "60s", .min = 0, .max = 720 * HOURS,
 .help = "How long the bytes of deleted files stay, for readers in the "
	 "middle"},
{"upload-expiry", SETTING_DURATION, FIELD(upload_expiry),
 SETTING_RUNTIME | SETTING_TOOL, "24h", .min = 1000, .max = 720 * HOURS,
 .help = "After which an upload in parts that nobody goes on with is removed; "
	 "one without a byte after an hour at most"},
{"sweep-interval", SETTING_DURATION, FIELD(sweep_interval), SETTING_RUNTIME,
 "30s", .min = 100, .max = 24 * HOURS,
 .help = "Between removals of all these and of expired files"},

{"webhook-timeout", SETTING_DURATION, FIELD(webhook_timeout), 0, "30s",
 .min = 100, .max = 1 * HOURS, .heading = "Webhooks",
 .help = "For one event to be taken"},
{"webhook-retry", SETTING_DURATION, FIELD(webhook_retry), 0, "5s",
 .min = 1, .max = 1 * HOURS,
 .help = "Until an event that was not taken is sent again; the pauses grow up "
	 "to 5760 times that, and after ten of them (about a day) it is given "
	 "up"},
};
/* clang-format on */

const size_t setting_count = G_N_ELEMENTS(setting_table);

bool setting_in_scope(const struct setting *setting, enum settings_scope scope)
{
	static const unsigned flags[] = {
		[SETTINGS_NONE] = 0,
		[SETTINGS_TOOL] = SETTING_TOOL,
		[SETTINGS_ADDRESS] = SETTING_ADDRESS,
	};
	return scope == SETTINGS_SERVER || (setting->flags & flags[scope]);
}
