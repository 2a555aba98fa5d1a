/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "base/str.h"

#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>

#define UNICHAR_MAX 0x10ffff
#define RAW_MAX (ERR_TEXT_MAX + 4) /* a character more than is kept */

static const char *const code_names[] = {
#define X(name) #name,
	ERR_CODES(X)
#undef X
};

const char *err_code_name(enum err_code code)
{
	return code < ERR_COUNT ? code_names[code] : "UNKNOWN";
}

/*
 * Raw text as the client may see it. What is written is never shorter than what
 * it stands for, so that the end of a longer raw text, where a character may be
 * cut, is never reached.
 */
static void set_text(struct err *err, const char *raw)
{
	size_t left = strlen(raw), n = 0;
	while (left) {
		gunichar c = g_utf8_get_char_validated(raw, (gssize)left);
		bool bad = c > UNICHAR_MAX;
		size_t length = bad ? 1 : g_utf8_skip[(guchar)*raw];
		struct str out = bad || g_unichar_iscntrl(c)
					 ? STR("\xef\xbf\xbd") /* U+FFFD */
					 : (struct str){raw, length};
		if (n + out.n >= sizeof(err->text))
			break;
		memcpy(err->text + n, out.p, out.n);
		n += out.n;
		raw += length;
		left -= length;
	}
	err->text[n] = '\0';
}

static void set(struct err *err, enum err_code code, const char *raw)
{
	*err = (struct err){.code = code};
	set_text(err, raw);
}

__attribute__((format(printf, 3, 0))) static void
set_printf(struct err *err, enum err_code code, const char *fmt, va_list args)
{
	char raw[RAW_MAX] = "";
	vsnprintf(raw, sizeof(raw), fmt, args);
	set(err, code, raw);
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	if (err == NULL)
		return -1;
	va_list args;
	va_start(args, fmt);
	set_printf(err, code, fmt, args);
	va_end(args);
	return -1;
}

int err_set_reason(struct err *err, enum err_code code, const char *reason,
		   const char *fmt, ...)
{
	if (err == NULL)
		return -1;
	va_list args;
	va_start(args, fmt);
	set_printf(err, code, fmt, args);
	va_end(args);
	err->reason = reason;
	return -1;
}

int err_recode(struct err *err, enum err_code code, const char *reason)
{
	if (err) {
		err->code = code;
		err->reason = reason;
	}
	return -1;
}

int err_set_errno(struct err *err, int errno_value, const char *fmt, ...)
{
	if (err == NULL)
		return -1;
	bool full = errno_value == ENOSPC || errno_value == EDQUOT;
	char raw[RAW_MAX] = "", reason[128];
	va_list args;
	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	size_t used = strlen(raw);
	snprintf(raw + used, sizeof(raw) - used, ": %s",
		 strerror_r(errno_value, reason, sizeof(reason)));
	set(err, full ? ERR_NO_SPACE : ERR_INTERNAL, raw);
	return -1;
}
