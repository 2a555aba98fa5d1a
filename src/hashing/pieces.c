/* SPDX-License-Identifier: Apache-2.0 */
#include "hashing/pieces.h"

static struct piece *piece_at(const struct pieces *pieces, guint i)
{
	return &g_array_index(pieces->list, struct piece, pieces->first + i);
}

static guint count(const struct pieces *pieces)
{
	return pieces->list ? pieces->list->len - pieces->first : 0;
}

void pieces_add(struct pieces *pieces, struct block *block, uint64_t n)
{
	const struct piece piece = {block ? block_ref(block) : NULL, 0, n};
	guint have = count(pieces);
	if (pieces->list == NULL)
		pieces->list = g_array_new(FALSE, FALSE, sizeof(struct piece));
	if (have && block == NULL && piece_at(pieces, have - 1)->block == NULL)
		piece_at(pieces, have - 1)->n += n;
	else
		g_array_append_val(pieces->list, piece);
}

uint64_t pieces_together(const struct pieces *pieces)
{
	return count(pieces) ? piece_at(pieces, 0)->n : 0;
}

size_t pieces_find(const struct pieces *pieces, size_t n, struct piece *out)
{
	size_t found = 0;
	for (guint i = 0; n && i < count(pieces); i++) {
		struct piece *piece = &out[found++];
		*piece = *piece_at(pieces, i);
		piece->n = MIN(piece->n, n);
		n -= (size_t)piece->n;
	}
	return found;
}

/* What is dropped stays in the list until nothing else is in it, or it is as
 * long as what is. */
static void drop_first(struct pieces *pieces)
{
	block_unref(piece_at(pieces, 0)->block);
	pieces->first++;
	if (pieces->first * 2 < pieces->list->len)
		return;
	g_array_remove_range(pieces->list, 0, pieces->first);
	pieces->first = 0;
}

void pieces_drop(struct pieces *pieces, uint64_t n)
{
	while (n) {
		struct piece *piece = piece_at(pieces, 0);
		uint64_t some = MIN(n, piece->n);
		piece->at += (size_t)some;
		piece->n -= some;
		n -= some;
		if (piece->n == 0)
			drop_first(pieces);
	}
}

void pieces_release(struct pieces *pieces)
{
	while (count(pieces))
		drop_first(pieces);
	if (pieces->list)
		g_array_free(pieces->list, TRUE);
	pieces->list = NULL;
}
