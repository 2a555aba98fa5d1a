/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking a file away from whoever knows it by its id.
 */
#ifndef LIBRARY_FILES_DETACH_H
#define LIBRARY_FILES_DETACH_H

#include "library/files/file.h"

/*
 * The file stays at its path, with its versions and all that it says of itself,
 * under another id, which nobody has been told: who has the old one finds
 * nothing, as if it had been deleted, and webhooks are told so. Nothing is
 * copied, nor charged. 1 done, 0 no such file of the view's account, or an
 * expired one, -1.
 */
int file_detach(const struct view *view, const struct id *id,
		struct err *err) MUST_CHECK;

#endif
