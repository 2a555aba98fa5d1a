/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters, gauges and histograms: one table here, Prometheus text out. What is
 * told in seconds is added in microseconds. Updates are relaxed atomics, any
 * thread.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "base/buf.h"

/* clang-format off */
#define METRICS(X)                                                              \
	X(CONNECTIONS_OPEN,     GAUGE,   "stowage_connections_open",             \
	  "Client connections now open")                                         \
	X(CONNECTIONS_TOTAL,    COUNTER, "stowage_connections_total",            \
	  "Client connections accepted")                                         \
	X(CONNECTIONS_REFUSED,  COUNTER, "stowage_connections_refused_total",    \
	  "Client connections closed at once because a cap was reached")         \
	X(BYTES_IN,             COUNTER, "stowage_http_received_bytes_total",    \
	  "Bytes read from clients")                                             \
	X(BYTES_OUT,            COUNTER, "stowage_http_sent_bytes_total",        \
	  "Bytes written to clients")                                            \
	X(REQUESTS_2XX,         COUNTER, "stowage_http_responses_2xx_total",     \
	  "Responses with status 2xx")                                           \
	X(REQUESTS_3XX,         COUNTER, "stowage_http_responses_3xx_total",     \
	  "Responses with status 3xx")                                           \
	X(REQUESTS_4XX,         COUNTER, "stowage_http_responses_4xx_total",     \
	  "Responses with status 4xx")                                           \
	X(REQUESTS_5XX,         COUNTER, "stowage_http_responses_5xx_total",     \
	  "Responses with status 5xx")                                           \
	X(UPLOADS,              COUNTER, "stowage_uploads_total",                \
	  "Files stored")                                                        \
	X(UPLOAD_BYTES,         COUNTER, "stowage_upload_bytes_total",           \
	  "Bytes of files stored")                                               \
	X(UPLOADS_EXPIRED,      COUNTER, "stowage_uploads_expired_total",        \
	  "Uploads in parts that nobody went on with, and were removed")         \
	X(UPLOADS_OPEN,         GAUGE,   "stowage_uploads_open",                 \
	  "Uploads in parts whose files are open")                               \
	X(UPLOAD_PARTS,         COUNTER, "stowage_upload_parts_total",           \
	  "Parts of such uploads that have come")                                \
	X(UPLOAD_PART_BYTES,    COUNTER, "stowage_upload_part_bytes_total",      \
	  "Bytes of them")                                                       \
	X(HOT_HITS,             COUNTER, "stowage_hot_cache_hits_total",         \
	  "Reads answered from the hot cache")                                   \
	X(HOT_MISSES,           COUNTER, "stowage_hot_cache_misses_total",       \
	  "Reads that went to the database")                                     \
	X(DERIVED_HITS,         COUNTER, "stowage_derived_hits_total",           \
	  "Derived pictures answered from memory or disk")                       \
	X(DERIVED_MISSES,       COUNTER, "stowage_derived_misses_total",         \
	  "Derived pictures that were not there and had to be made")             \
	X(DERIVED_MADE,         COUNTER, "stowage_derived_made_total",           \
	  "Derived pictures made")                                               \
	X(DERIVED_FAILED,       COUNTER, "stowage_derived_failed_total",         \
	  "Derived pictures that could not be made, or not at the moment")       \
	X(DERIVED_FILES,        GAUGE,   "stowage_derived_files",                \
	  "Derived pictures on the disk")                                        \
	X(DERIVED_BYTES,        GAUGE,   "stowage_derived_bytes",                \
	  "Bytes of disk that they take")                                        \
	X(DERIVED_EVICTIONS,    COUNTER, "stowage_derived_evictions_total",      \
	  "Of them, those removed to make room for others")                      \
	X(DERIVED_UNSAVED,      COUNTER, "stowage_derived_unsaved_total",        \
	  "Derived pictures that could not be kept on the disk")                 \
	X(DERIVED_DAMAGED,      COUNTER, "stowage_derived_damaged_total",        \
	  "Derived pictures that had changed on the disk, and are made again")   \
	X(REMOTE_HITS,          COUNTER, "stowage_remote_hits_total",            \
	  "Files of other hosts answered from a fresh copy")                     \
	X(REMOTE_FETCHES,       COUNTER, "stowage_remote_fetches_total",         \
	  "Times that another host was asked for such a file")                   \
	X(REMOTE_UNCHANGED,     COUNTER, "stowage_remote_unchanged_total",       \
	  "Of them, those that it answered with 304")                            \
	X(REMOTE_FAILED,        COUNTER, "stowage_remote_failed_total",          \
	  "Of them, those that failed, whether or not an old copy was at hand")  \
	X(REMOTE_FETCHED_BYTES, COUNTER, "stowage_remote_fetched_bytes_total",   \
	  "Bytes of files that came of them")                                    \
	X(REMOTE_COPIES,        GAUGE,   "stowage_remote_copies",                \
	  "Copies of files of other hosts that are kept")                        \
	X(REMOTE_COPY_BYTES,    GAUGE,   "stowage_remote_copy_bytes",            \
	  "Bytes of disk and memory that they take")                             \
	X(UPSTREAM_CALLS,       COUNTER, "stowage_upstream_calls_total",         \
	  "Calls of --vision-url and --jigsawstack-upstream")                    \
	X(UPSTREAM_FAILED,      COUNTER, "stowage_upstream_failed_total",        \
	  "Of them, those without an answer, or without one in time")            \
	X(VISION_FAILED,        COUNTER, "stowage_vision_failed_total",          \
	  "Prompts that rules have answered as --vision-url could not")          \
	X(DAMAGED_READS,        COUNTER, "stowage_damaged_reads_total",          \
	  "Reads refused because stored bytes are missing or have changed")      \
	X(SCRUB_BLOBS,          COUNTER, "stowage_scrub_blobs_total",            \
	  "Stored contents that the scrub has read")                             \
	X(SCRUB_BYTES,          COUNTER, "stowage_scrub_bytes_total",            \
	  "Bytes of them")                                                       \
	X(SCRUB_DAMAGED,        COUNTER, "stowage_scrub_damaged_total",          \
	  "Of them, those that were missing or had changed")                     \
	X(DB_COMMITS,           COUNTER, "stowage_db_commits_total",             \
	  "Database transactions committed by the writer")                       \
	X(DB_WRITES,            COUNTER, "stowage_db_writes_total",              \
	  "Writes grouped into those transactions")                              \
	X(WORKERS_BUSY,         GAUGE,   "stowage_workers_busy",                 \
	  "Worker threads now running a handler")                                \
	X(RENDER_STARTS,        COUNTER, "stowage_render_children_started_total",\
	  "Renderer processes started")                                          \
	X(RENDER_DEATHS,        COUNTER, "stowage_render_children_died_total",   \
	  "Renderer processes that died, or were killed for cause")              \
	X(RENDER_QUEUED,        GAUGE,   "stowage_render_jobs_queued",           \
	  "Images that wait for a renderer process")                             \
	X(RENDER_REFUSED,       COUNTER, "stowage_render_jobs_refused_total",    \
	  "Images for which no renderer process was free in time")               \
	X(OCR_STARTS,           COUNTER, "stowage_ocr_children_started_total",   \
	  "Processes that read texts started")                                   \
	X(OCR_DEATHS,           COUNTER, "stowage_ocr_children_died_total",      \
	  "Of them, those that died, or were killed for cause")                  \
	X(OCR_QUEUED,           GAUGE,   "stowage_ocr_pages_queued",             \
	  "Pages that wait to be read")                                          \
	X(OCR_REFUSED,          COUNTER, "stowage_ocr_pages_refused_total",      \
	  "Pages that were not read, as too many waited or for too long")        \
	X(OCR_PAGES,            COUNTER, "stowage_ocr_pages_total",              \
	  "Pages that were read")                                                \
	X(OCR_SECONDS,          SECONDS, "stowage_ocr_seconds_total",            \
	  "Time that it took, from the pixels to the text")                      \
	X(WEBHOOK_DELIVERIES,   COUNTER, "stowage_webhook_deliveries_total",     \
	  "Events that a webhook took")                                          \
	X(WEBHOOK_FAILURES,     COUNTER, "stowage_webhook_failures_total",       \
	  "Attempts to deliver an event that failed")                            \
	X(WEBHOOK_DROPPED,      COUNTER, "stowage_webhook_dropped_total",        \
	  "Events that a webhook was not told, as too many waited")              \
	X(LOG_LOST,             COUNTER, "stowage_log_dropped_lines_total",      \
	  "Log lines dropped: nobody read them, or they could not be written")
/* clang-format on */

enum metric {
#define X(id, kind, name, help) METRIC_##id,
	METRICS(X)
#undef X
	METRIC_COUNT
};

void metric_add(enum metric metric, int64_t n);
int64_t metric_get(enum metric metric);

/* One observation of http_request_duration_seconds. */
void metric_request_duration(int64_t microseconds);

/* Everything in the Prometheus text format, version 0.0.4. */
void metrics_write(struct buf *out);

#endif
