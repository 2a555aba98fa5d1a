/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metrics.h"
#include "base/version.h"

#include <inttypes.h>
#include <stdatomic.h>

/* Each on its own cache line: the loops count at the same time. */
struct cell {
	_Alignas(64) atomic_int_least64_t value;
};

static struct cell cells[METRIC_COUNT];

static const struct {
	const char *kind, *name, *help;
	bool is_time; /* microseconds */
} metric_table[METRIC_COUNT] = {
#define KIND_GAUGE "gauge"
#define KIND_COUNTER "counter"
#define KIND_SECONDS KIND_COUNTER
#define IS_GAUGE false
#define IS_COUNTER false
#define IS_SECONDS true
#define X(id, kind, name, help) {KIND_##kind, name, help, IS_##kind},
	METRICS(X)
#undef X
};

/* Upper bounds of the duration buckets. */
static const struct {
	int64_t microseconds;
	const char *label;
} buckets[] = {
	{100, "0.0001"},     {250, "0.00025"}, {500, "0.0005"},
	{1000, "0.001"},     {2500, "0.0025"}, {5000, "0.005"},
	{10000, "0.01"},     {25000, "0.025"}, {50000, "0.05"},
	{100000, "0.1"},     {250000, "0.25"}, {500000, "0.5"},
	{1000000, "1"},      {2500000, "2.5"}, {5000000, "5"},
	{10000000, "10"},    {30000000, "30"}, {60000000, "60"},
	{INT64_MAX, "+Inf"},
};

#define BUCKETS (sizeof(buckets) / sizeof(*buckets))

static atomic_int_least64_t bucket_counts[BUCKETS];
static atomic_int_least64_t duration_sum_us;

void metric_add(enum metric metric, int64_t n)
{
	atomic_fetch_add_explicit(&cells[metric].value, n,
				  memory_order_relaxed);
}

int64_t metric_get(enum metric metric)
{
	return atomic_load_explicit(&cells[metric].value, memory_order_relaxed);
}

void metric_request_duration(int64_t microseconds)
{
	size_t i = 0;
	while (microseconds > buckets[i].microseconds)
		i++;
	atomic_fetch_add_explicit(&bucket_counts[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&duration_sum_us, microseconds,
				  memory_order_relaxed);
}

static void write_head(struct buf *out, const char *name, const char *kind,
		       const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void write_seconds(struct buf *out, int64_t microseconds)
{
	buf_printf(out, "%" PRId64 ".%06" PRId64 "\n", microseconds / 1000000,
		   microseconds % 1000000);
}

static void write_durations(struct buf *out)
{
	const char *name = "http_request_duration_seconds";
	int64_t total = 0;
	write_head(out, name, "histogram",
		   "Time from the request head to the last byte of the "
		   "response");
	for (size_t i = 0; i < BUCKETS; i++) {
		total += atomic_load_explicit(&bucket_counts[i],
					      memory_order_relaxed);
		buf_printf(out, "%s_bucket{le=\"%s\"} %" PRId64 "\n", name,
			   buckets[i].label, total);
	}
	int64_t sum =
		atomic_load_explicit(&duration_sum_us, memory_order_relaxed);
	buf_printf(out, "%s_sum ", name);
	write_seconds(out, sum);
	buf_printf(out, "%s_count %" PRId64 "\n", name, total);
}

void metrics_write(struct buf *out)
{
	write_head(out, "stowage_build_info", "gauge",
		   "Always 1; the label tells the version");
	buf_printf(out, "stowage_build_info{version=\"%s\"} 1\n",
		   STOWAGE_VERSION);
	for (size_t i = 0; i < METRIC_COUNT; i++) {
		write_head(out, metric_table[i].name, metric_table[i].kind,
			   metric_table[i].help);
		buf_printf(out, "%s ", metric_table[i].name);
		if (metric_table[i].is_time)
			write_seconds(out, metric_get((enum metric)i));
		else
			buf_printf(out, "%" PRId64 "\n",
				   metric_get((enum metric)i));
	}
	write_durations(out);
}
