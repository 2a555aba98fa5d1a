/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling the service manager how we are: sd_notify(3)'s protocol, a datagram
 * to $NOTIFY_SOCKET.
 */
#ifndef SERVER_NOTIFY_H
#define SERVER_NOTIFY_H

/* state: "READY=1", "STOPPING=1". Does nothing when nobody asked. */
void notify_manager(const char *state);

#endif
