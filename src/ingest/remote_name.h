/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to call a file that came from a URL. Pure functions over text.
 */
#ifndef INGEST_REMOTE_NAME_H
#define INGEST_REMOTE_NAME_H

#include "base/arena.h"

#define REMOTE_NAME_MAX 255 /* bytes of UTF-8 */

/*
 * The file name of a Content-Disposition value (RFC 6266: filename* before
 * filename), else the last segment of the URL's path, percent-decoded. Always
 * valid UTF-8 without controls or slashes, never "." or ".."; "" when there is
 * none.
 */
struct str remote_name(struct arena *arena, struct str disposition,
		       struct str path);

#endif
