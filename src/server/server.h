/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server as one call: puts all parts together, runs until a signal, takes
 * them apart again.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "server/settings/settings.h"

/*
 * Returns 0 after SIGTERM or SIGINT and a graceful stop (a second one ends the
 * process at once), -1 when it cannot start. Prints "stowage: ready at
 * http://HOST:PORT" (https with a certificate) on stdout when it accepts.
 * SIGHUP: settings_reload(), the certificate, and keys of services. SIGUSR1:
 * http_server_report().
 * Main thread, before any other exists. Leaves the process's signal set-up
 * changed.
 */
int server_run(struct settings *settings, struct err *err) MUST_CHECK;

#endif
