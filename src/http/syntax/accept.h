/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Accept field (RFC 9110, section 12.5.1), as servers of pictures read it.
 */
#ifndef HTTP_SYNTAX_ACCEPT_H
#define HTTP_SYNTAX_ACCEPT_H

#include "base/str.h"

/* Whether the field (absent: it was not sent) names the type itself, not only
 * by a star, and its weight is not zero. A weight that is none counts as 1. */
bool accept_names(struct str field, struct str type);

#endif
