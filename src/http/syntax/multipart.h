/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart/form-data, streaming: RFC 7578 and RFC 2046 section 5.1, and what
 * browsers, curl, undici, Python and old SDKs really send.
 *
 * Fed with pieces of any size; hands out part heads and runs of part bytes as
 * they come. Holds back at most a boundary's length. Memory does not depend on
 * part sizes, time does not depend on adversarial contents (linear scan).
 */
#ifndef HTTP_SYNTAX_MULTIPART_H
#define HTTP_SYNTAX_MULTIPART_H

#include "base/arena.h"
#include "base/err.h"

#define MULTIPART_BOUNDARY_MAX 200 /* RFC 2046 says 70; be liberal */
#define MULTIPART_PARTS_MAX 256
#define MULTIPART_HEAD_MAX (8u * 1024) /* header bytes of one part */

struct multipart_part {
	struct str name;         /* decoded; STR_NONE when absent */
	struct str filename;     /* decoded; STR_NONE when absent; may be "" */
	struct str content_type; /* as sent; STR_NONE when absent */
	bool is_base64;          /* its bytes are, in these (RFC 2045 6.8) */
	unsigned index;          /* 0 for the first part */
};

/*
 * Each returns 0, or -1 with *err filled, which stops the parse and is
 * returned from multipart_feed(). `part` is valid until its part_end.
 * Quoted names: `\"` and `\\` are unescaped, browsers' %22, %0D and %0A are
 * decoded, other backslashes and percent signs are kept. `filename*`,
 * `filename*0` and so on (http/syntax/filename.h) win over `filename`, unless
 * they cannot be read; so for `name`. Names with a NUL byte, or bytes that are
 * not UTF-8 (what they are nobody says), are ERR_INVALID. Folded header lines
 * are unfolded. Of the Content-Transfer-Encodings quoted-printable is
 * ERR_INVALID, and all but base64 mean the bytes themselves.
 */
struct multipart_events {
	void *user;
	int (*part_begin)(void *user, const struct multipart_part *part,
			  struct err *err);
	int (*part_data)(void *user, const struct multipart_part *part,
			 const char *p, size_t n, struct err *err);
	int (*part_end)(void *user, const struct multipart_part *part,
			struct err *err);
};

struct multipart;

/*
 * content_type is the request's whole Content-Type value. NULL with *err
 * (ERR_INVALID) when it is not multipart/form-data or its boundary is missing,
 * empty, too long or has characters outside RFC 2046's set plus those real
 * clients use. Lives in the arena; the events are copied.
 */
struct multipart *multipart_new(struct arena *arena, struct str content_type,
				const struct multipart_events *events,
				struct err *err);
/* Consumes all of p[0..n). Bytes before the first and after the last boundary
 * are ignored (64 KiB each at most). */
int multipart_feed(struct multipart *m, const char *p, size_t n,
		   struct err *err) MUST_CHECK;
/* The body has ended: ERR_INVALID unless the closing boundary was seen. */
int multipart_end(struct multipart *m, struct err *err) MUST_CHECK;

#endif
