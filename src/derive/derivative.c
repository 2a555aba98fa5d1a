/* SPDX-License-Identifier: Apache-2.0 */
#include "derive/derivative.h"
#include "base/encode.h"
#include "base/fd.h"

#include <glib.h>
#include <unistd.h>

#define READ_BYTES (64u * 1024)

/* Reads size bytes of fd and their checksum; keep: room for all of them, or
 * NULL. */
static int read_all(const struct derivative_facts *facts, char *keep,
		    uint8_t checksum[CHECKSUM_BYTES], struct err *err)
{
	char piece[READ_BYTES];
	struct checksum *sum = checksum_new();
	uint64_t have = 0;
	while (have < facts->size) {
		size_t want = (size_t)MIN(sizeof(piece), facts->size - have);
		char *to = keep ? keep + have : piece;
		ssize_t got = fd_read(facts->fd, to, want, (off_t)have);
		if (got <= 0)
			break;
		checksum_update(sum, to, (size_t)got);
		have += (uint64_t)got;
	}
	checksum_final(sum, checksum);
	checksum_free(sum);
	if (have == facts->size)
		return 0;
	return err_set(err, ERR_INTERNAL, "A derived picture cannot be read.");
}

/* The fields of a derivative of that date, in the arena. */
static void describe(const struct derivative *derivative, int64_t modified_s,
		     struct arena *arena, struct content *out)
{
	*out = derivative->content;
	out->modified_s = modified_s;
	content_describe(
		out, hex_encode(arena, derivative->checksum, CHECKSUM_BYTES),
		derivative->type, arena);
}

/* Bytes and type stand behind it already; the fields come last. */
static struct derivative *finish(struct derivative *derivative, size_t used)
{
	struct arena arena;
	struct content described;
	arena_init(&arena);
	describe(derivative, derivative->content.modified_s, &arena,
		 &described);
	size_t memory = sizeof(*derivative) + used + described.fields.n;
	derivative = g_realloc(derivative, memory);
	/* what points into it may have moved */
	derivative->type.p = derivative->data;
	described.bytes = derivative->content.bytes;
	if (described.bytes.p)
		described.bytes.p = derivative->data + derivative->type.n;
	derivative->content = described;
	content_move(&derivative->content, derivative->data + used);
	derivative->memory = memory;
	arena_release(&arena);
	return derivative;
}

struct derivative *derivative_new(const struct derivative_facts *facts,
				  struct err *err)
{
	bool small = facts->size <= DERIVATIVE_SMALL;
	size_t type = MIN(facts->type.n, DERIVATIVE_TYPE_MAX);
	size_t used = type + (small ? (size_t)facts->size : 0);
	struct derivative *derivative = g_malloc(sizeof(*derivative) + used);
	*derivative = (struct derivative){
		.content = {.fd = small ? -1 : facts->fd,
			    .size = facts->size,
			    .modified_s = facts->modified_s},
		.type = {derivative->data, type},
	};
	atomic_init(&derivative->refs, 1);
	if (type)
		memcpy(derivative->data, facts->type.p, type);
	char *bytes = derivative->data + type;
	int result = read_all(facts, small ? bytes : NULL, derivative->checksum,
			      err);
	if (small)
		derivative->content.bytes =
			(struct str){bytes, (size_t)facts->size};
	if (small || result < 0)
		close(facts->fd);
	if (result < 0) {
		g_free(derivative);
		return NULL;
	}
	return finish(derivative, used);
}

struct derivative *derivative_ref(struct derivative *derivative)
{
	atomic_fetch_add_explicit(&derivative->refs, 1, memory_order_relaxed);
	return derivative;
}

void derivative_unref(struct derivative *derivative)
{
	if (derivative == NULL || atomic_fetch_sub(&derivative->refs, 1) != 1)
		return;
	if (derivative->content.fd >= 0)
		close(derivative->content.fd);
	g_free(derivative);
}

const struct content *derivative_content(const struct derivative *derivative,
					 int64_t modified_s,
					 struct arena *arena)
{
	if (modified_s == derivative->content.modified_s)
		return &derivative->content;
	struct content *content = arena_alloc(arena, sizeof(*content));
	describe(derivative, modified_s, arena, content);
	return content;
}
