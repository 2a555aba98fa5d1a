/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[] = {
#define X(name) #name,
	ERR_CODES(X)
#undef X
};

const char *err_code_name(enum err_code code)
{
	return code < ERR_COUNT ? code_names[code] : "UNKNOWN";
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	if (err == NULL)
		return -1;
	va_list args;
	va_start(args, fmt);
	err->code = code;
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return -1;
}

int err_set_errno(struct err *err, int errno_value, const char *fmt, ...)
{
	if (err == NULL)
		return -1;
	bool full = errno_value == ENOSPC || errno_value == EDQUOT;
	char reason[128];
	va_list args;
	va_start(args, fmt);
	err->code = full ? ERR_NO_SPACE : ERR_INTERNAL;
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	size_t used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s",
		 strerror_r(errno_value, reason, sizeof(reason)));
	return -1;
}
