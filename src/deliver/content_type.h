/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stored media type may do in a browser that opens the file directly:
 * stored files share an origin with the API, so one that a browser runs could
 * act for whoever looks at it.
 */
#ifndef DELIVER_CONTENT_TYPE_H
#define DELIVER_CONTENT_TYPE_H

#include "base/str.h"

/* The type as it may stand in a header: itself if it is a media type of
 * at most 255 bytes of printable ASCII, else "application/octet-stream". */
struct str content_type_safe(struct str type);

/* True for types that browsers are known to show, play or save without running
 * anything; false for HTML, SVG, XML and whatever is unknown. */
bool content_type_inert(struct str type);

#endif
