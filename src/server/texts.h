/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether this server reads texts, by its settings and by what is installed.
 */
#ifndef SERVER_TEXTS_H
#define SERVER_TEXTS_H

#include "recognition/recogniser.h"
#include "server/settings/settings.h"

struct texts {
	struct recogniser *recogniser; /* NULL: it does not, */
	char *why_not;                 /* and a sentence about what it lacks */
};

/* How many pages at once, if any. */
unsigned texts_helpers(const struct settings *settings);

/* renderers: NULL: none; else they outlive it. ERR_INVALID: settings that
 * cannot be followed. To be closed in any case. */
int texts_open(struct texts *texts, const struct settings *settings,
	       struct renderers *renderers, struct err *err) MUST_CHECK;
void texts_close(struct texts *texts);

#endif
