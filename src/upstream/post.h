/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One POST to an endpoint. Blocks, for as long as the endpoint's time: on a
 * thread that may (upstream.h has some).
 *
 * No redirect is followed, no proxy used, nothing of ours is sent but what the
 * call has and the endpoint's key. An answer counts with its bytes as they
 * come: no coding is asked for, and one that has some is refused, so that
 * nothing grows here. So is one that shows the key, which is nobody else's.
 */
#ifndef UPSTREAM_POST_H
#define UPSTREAM_POST_H

#include "base/buf.h"
#include "upstream/endpoint.h"

struct store_sink;

/* Of a form: a field, or with a filename a file. Of a body its bytes count. */
struct endpoint_part {
	const char *name, *filename; /* filename NULL: a field */
	const char *type;            /* NULL: none is said */
	struct str bytes;            /* if fd is -1 */
	int fd;        /* positioned reads only, from 0; stays the caller's */
	uint64_t size; /* of the file */
};

/* What is sent and where the answer goes. Stays until it is over. */
struct endpoint_call {
	struct str path; /* behind the endpoint's URL, as it goes out */
	const struct endpoint_part
		*json; /* the body; NULL: a form of `parts` */
	const struct endpoint_part *parts;
	size_t n_parts;
	/* Lines of the head besides, without their ends. */
	const char *const *fields;
	size_t n_fields;
	struct str loop; /* as in loop_line(), outbound/loop.h */
	/* Where the body of the answer goes; with `text`, which has its
	 * ceiling, not to the sink. */
	struct store_sink *sink;
	struct buf *text;
	/* The only status whose body is wanted; 0: any. */
	unsigned wanted;
	/* Asked once a second or more: false ends it. */
	bool (*goes_on)(void *user);
	void *user;
};

#define ENDPOINT_TYPE_MAX 255

struct endpoint_answer {
	unsigned status; /* 200 to 599; also a redirect's */
	char type[ENDPOINT_TYPE_MAX +
		  1]; /* Content-Type; "" when none, or nonsense
		       */
};

/*
 * 0: it has answered. -1: ERR_TIMEOUT: it has not in its time; ERR_FETCH: it
 * cannot be reached, or speaks no HTTP, or its answer is cut off, coded, or
 * shows the key (the log has more); ERR_TOO_LARGE: the answer is longer than
 * may be; ERR_BUSY: goes_on() said no; ERR_NO_SPACE, ERR_INTERNAL.
 */
int endpoint_post(struct endpoint *endpoint, const struct endpoint_call *call,
		  struct endpoint_answer *out, struct err *err) MUST_CHECK;

#endif
