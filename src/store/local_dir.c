/* SPDX-License-Identifier: Apache-2.0 */
/* Names and directories below DIR/blobs, and how failures are told. */
#include "store/local.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log/log.h"
#include "store/key.h"

static const char *const flat_places[] = {
	[STORE_PENDING] = "staging",
	[STORE_ASIDE] = "quarantine",
	[STORE_STAGED] = "uploads",
};

void local_name(enum store_place place, int64_t id,
		char out[LOCAL_NAME_LEN + 1])
{
	if (place == STORE_BLOBS)
		store_key(id, out);
	else
		snprintf(out, LOCAL_NAME_LEN + 1, "%s/%016" PRIx64,
			 flat_places[place], (uint64_t)id);
}

const char *local_folder(enum store_place place)
{
	return flat_places[place];
}

/* Made by the first that misses it. */
int local_make_place(struct local *local, enum store_place place)
{
	if (mkdirat(local->blobs_fd, flat_places[place], 0700) &&
	    errno != EEXIST)
		return -1;
	return fsync(local->blobs_fd);
}

int local_fail(const struct local *local, int64_t id, const char *step,
	       const char *done, struct err *err)
{
	int reason = errno;
	char key[STORE_KEY_LEN + 1];
	store_key(id, key);
	log_error("store: %s/%s: %s: %s", local->path, key, step,
		  g_strerror(reason));
	if (reason == EFBIG)
		return err_set(err, ERR_TOO_LARGE,
			       "The file is larger than the disk can hold");
	return err_set_errno(err, reason, "The content could not be %s", done);
}
