/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service of the operator's that makes PDF of documents and pictures of pages
 * of the web, as Gotenberg (version 8) does: one POST of a form. Its address is
 * the operator's choice, so any will do; redirects are not followed.
 */
#ifndef CONVERT_SERVICE_H
#define CONVERT_SERVICE_H

#include "convert/program.h"

struct service;

/* url: of its root. As endpoint_new(). */
int service_new(struct service **out, const char *url, unsigned timeout_ms,
		struct err *err) MUST_CHECK;
/* NULL is fine. */
void service_free(struct service *service);

/* As program_run(); ERR_UNSUPPORTED: it cannot make that. */
int service_run(const struct service *service, const struct program_run *run,
		struct err *err) MUST_CHECK;

#endif
