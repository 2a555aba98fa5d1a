/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stderr may be a pipe, a terminal or a socket that others have too, so it is
 * not made non-blocking: poll() says when there is room, and no more than
 * PIPE_BUF bytes, which a pipe with room takes whole, are written at once.
 */
#include "base/log/log_sink.h"
#include "base/retry.h"

#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LOOK_EVERY_MS 100 /* whether to give up */

const char *log_journal_path = "/run/systemd/journal/socket";

static int journal = -1;  /* its socket */
static bool line_is_open; /* the last line was cut */

static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat got;
	if (stream == NULL || fstat(STDERR_FILENO, &got) != 0)
		return false;
	g_autofree char *own =
		g_strdup_printf("%llu:%llu", (unsigned long long)got.st_dev,
				(unsigned long long)got.st_ino);
	return strcmp(stream, own) == 0;
}

/* Without a connection: the journal may be started again. */
static struct sockaddr_un journal_address(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	g_strlcpy(address.sun_path, log_journal_path, sizeof(address.sun_path));
	return address;
}

bool log_sink_is_journal(void)
{
	const struct timeval slice = {.tv_usec = LOOK_EVERY_MS * 1000};
	if (journal >= 0)
		close(journal);
	journal = -1;
	if (!stderr_is_journal() || access(log_journal_path, W_OK) != 0)
		return false;
	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (journal >= 0)
		setsockopt(journal, SOL_SOCKET, SO_SNDTIMEO, &slice,
			   sizeof(slice));
	return journal >= 0;
}

/* Takes the first entry off *rest: up to the empty line, which is no part of
 * what is sent. The longest is far below what a datagram may have. */
static struct str take_entry(struct str *rest)
{
	const char *end = memmem(rest->p, rest->n, "\n\n", 2);
	size_t n = end ? (size_t)(end - rest->p) + 1 : rest->n;
	struct str entry = str_sub(*rest, 0, n);
	*rest = str_skip(*rest, MIN(n + 1, rest->n));
	return entry;
}

static ssize_t send_entry(struct str entry)
{
	const struct sockaddr_un address = journal_address();
	return RETRY_EINTR(sendto(journal, entry.p, entry.n, MSG_NOSIGNAL,
				  (const struct sockaddr *)&address,
				  sizeof(address)));
}

void log_sink_put(struct str entries)
{
	if (journal < 0) {
		(void)RETRY_EINTR(write(STDERR_FILENO, entries.p, entries.n));
		return;
	}
	while (entries.n)
		(void)send_entry(take_entry(&entries));
}

static uint64_t write_journal(struct str entries, const atomic_bool *give_up)
{
	uint64_t lost = 0;
	while (entries.n) {
		struct str entry = take_entry(&entries);
		ssize_t sent;
		do {
			sent = send_entry(entry);
		} while (sent < 0 && errno == EAGAIN && !atomic_load(give_up));
		lost += sent < 0;
	}
	return lost;
}

static bool wait_for_room(const atomic_bool *give_up)
{
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	while (!atomic_load(give_up))
		if (poll(&out, 1, LOOK_EVERY_MS) > 0)
			return true;
	return false;
}

/* How much of it to write at once: as many whole lines as are certain to go
 * through, or a part of one that is longer. */
static size_t piece_of(struct str lines)
{
	struct stat got;
	if (fstat(STDERR_FILENO, &got) == 0 && S_ISREG(got.st_mode))
		return lines.n;
	struct str piece = str_sub(lines, 0, MIN(lines.n, PIPE_BUF));
	ptrdiff_t end = str_rfind(piece, '\n');
	return end < 0 ? piece.n : (size_t)end + 1;
}

/* False: no more can be written. *rest is what was not. */
static bool write_some(struct str *rest, const atomic_bool *give_up)
{
	if (!wait_for_room(give_up))
		return false;
	ssize_t n = RETRY_EINTR(write(STDERR_FILENO, rest->p, piece_of(*rest)));
	if (n < 0)
		return errno == EAGAIN;
	*rest = str_skip(*rest, (size_t)n);
	return true;
}

static uint64_t count_lines(struct str lines)
{
	uint64_t n = 0;
	for (size_t i = 0; i < lines.n; i++)
		n += lines.p[i] == '\n';
	return n;
}

/* Ends a line that was cut. */
static bool end_line(const atomic_bool *give_up)
{
	struct str end = STR("\n");
	while (line_is_open && end.n)
		if (!write_some(&end, give_up))
			return false;
	line_is_open = false;
	return true;
}

uint64_t log_sink_write(struct str entries, const atomic_bool *give_up)
{
	struct str rest = entries;
	if (journal >= 0)
		return write_journal(entries, give_up);
	if (!end_line(give_up))
		return count_lines(entries);
	while (rest.n)
		if (!write_some(&rest, give_up))
			break;
	line_is_open = rest.n && rest.p > entries.p && rest.p[-1] != '\n';
	return count_lines(rest);
}
