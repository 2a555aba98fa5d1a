/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors: one closed list of codes and one sentence.
 *
 * Functions that can fail take `struct err *err` last and return -1 with *err
 * filled. Whoever detects an error words it, once; whoever receives one just
 * returns. The library names no HTTP status: each dialect maps the codes to
 * its own statuses and bodies in a table. Not here: logging (log/log.h).
 *
 * Whatever an error is worded with, its text is whole UTF-8 on one line: bytes
 * that are no UTF-8 and control characters become U+FFFD, and a text that is
 * too long ends with a whole character. It can go into JSON, a header field or
 * a terminal as it is.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

/* clang-format off */
#define ERR_CODES(X)                                                           \
	X(NONE)            /* no error */                                       \
	X(INVALID)         /* the caller's input is malformed or missing */     \
	X(UNAUTHORIZED)    /* no credential, or one that proves nothing */      \
	X(FORBIDDEN)       /* a valid credential that does not reach this far */\
	X(NOT_FOUND)       /* no such file, key, route */                       \
	X(METHOD)          /* the path exists, the method does not */           \
	X(EXISTS)          /* would replace something it must not replace */    \
	X(TOO_LARGE)       /* one file or body over its limit */                \
	X(HEAD_TOO_LARGE)  /* request head over its limit */                    \
	X(QUOTA)           /* the account's storage or upload quota */          \
	X(LIMIT)           /* one thing has as many parts as it may have */    \
	X(SUSPENDED)       /* the account may not upload (grace period) */      \
	X(RATE)            /* too many requests */                              \
	X(TIMEOUT)         /* the client was too slow */                        \
	X(FETCH)           /* a remote URL could not be read */                 \
	X(UNSUPPORTED)     /* understood, but not offered here */               \
	X(LOCKED)          /* another job works on it; try again */             \
	X(BUSY)            /* out of some bounded resource; try again */        \
	X(NO_SPACE)        /* the disk is full */                               \
	X(CORRUPT)         /* stored bytes do not match their checksum */       \
	X(UNCERTAIN)       /* failed, and may have happened all the same */     \
	X(INTERNAL)        /* everything else that is our fault */
/* clang-format on */

enum err_code {
#define X(name) ERR_##name,
	ERR_CODES(X)
#undef X
	ERR_COUNT
};

#define ERR_TEXT_MAX 256

struct json_t;

struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX]; /* one sentence for the client; no secrets;
				  * set by err_set() alone */
	/* For dialects whose answers say more; both NULL after err_set(). */
	const char *reason;  /* a word for programs; static */
	struct json_t *more; /* an object of the request's */
};

/* Fills *err (which may be NULL) and returns -1. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with a reason. */
int err_set_reason(struct err *err, enum err_code code, const char *reason,
		   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Another code and reason (NULL: none) for the sentence that is there. Returns
 * -1. */
int err_recode(struct err *err, enum err_code code, const char *reason);

/* err_set() with strerror(errno_value) appended; ENOSPC and EDQUOT become
 * ERR_NO_SPACE, everything else ERR_INTERNAL. Returns -1. */
int err_set_errno(struct err *err, int errno_value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "NOT_FOUND"; static text. */
const char *err_code_name(enum err_code code);

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
