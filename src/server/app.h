/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The application behind the HTTP server: the life of a request from its head
 * to its log line.
 */
#ifndef SERVER_APP_H
#define SERVER_APP_H

#include "api/request.h"

/* `services` must outlive the server that runs *out. */
void app_functions(struct http_app *out, struct services *services);

#endif
