/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands, each in a file of its own name.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct command command_serve;
extern const struct command command_accounts;
extern const struct command command_keys;
extern const struct command command_transformations;
extern const struct command command_webhooks;
extern const struct command command_uploads;
extern const struct command command_render;
extern const struct command command_inspect;
extern const struct command command_fsck;
extern const struct command command_gc;
extern const struct command command_dev_cert;
extern const struct command command_clients;
extern const struct command command_version;

#endif
