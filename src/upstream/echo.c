/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/echo.h"
#include "base/digest.h"

#include <glib.h>

void echo_init(struct echo *echo, struct str secret)
{
	*echo = (struct echo){0};
	if (secret.n < ECHO_SECRET_MIN)
		return;
	echo->secret = secret;
	echo->seam = g_malloc(2 * secret.n);
}

void echo_release(struct echo *echo)
{
	if (echo->seam)
		secret_wipe(echo->seam, 2 * echo->secret.n);
	g_free(echo->seam);
}

/* The last bytes of both, one less than the secret has. */
static void keep_end(struct echo *echo, struct str piece)
{
	size_t most = echo->secret.n - 1;
	if (piece.n >= most) {
		memcpy(echo->seam, piece.p + piece.n - most, most);
		echo->n = most;
		return;
	}
	size_t over = MAX(echo->n + piece.n, most) - most;
	memmove(echo->seam, echo->seam + over, echo->n - over);
	memcpy(echo->seam + echo->n - over, piece.p, piece.n);
	echo->n += piece.n - over;
}

bool echo_has(struct echo *echo, struct str piece)
{
	if (echo->seam == NULL || piece.n == 0)
		return false;
	size_t more = MIN(piece.n, echo->secret.n - 1);
	memcpy(echo->seam + echo->n, piece.p, more);
	const struct str seam = {echo->seam, echo->n + more};
	bool has = str_contains(seam, echo->secret) ||
		   str_contains(piece, echo->secret);
	keep_end(echo, piece);
	return has;
}
