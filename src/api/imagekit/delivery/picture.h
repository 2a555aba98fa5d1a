/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures that a delivery URL wants made of a file, and who may see the files
 * that they are made of.
 */
#ifndef API_IMAGEKIT_DELIVERY_PICTURE_H
#define API_IMAGEKIT_DELIVERY_PICTURE_H

#include "api/imagekit/delivery/delivery.h"
#include "api/imagekit/delivery/grammar/grammar.h"
#include "api/imagekit/delivery/grammar/url.h"
#include "api/made/derive.h"
#include "api/made/layers.h"

/* What a delivery URL asks for. */
struct imagekit_wish {
	struct imagekit_url url;
	const struct imagekit_reading *reading; /* whose file is there */
	enum imagekit_signature signature;
	bool stands_in; /* the file is another, for one missing */
	bool is_named;  /* nothing but names */
	struct imagekit_wanted wanted; /* imagekit_want()'s */
	/* As in struct derivation. */
	int (*use)(struct request *rq, const struct content *made,
		   struct err *err);
	int (*failed)(struct request *rq, struct err *err);
};

/* Reads what is wanted of the file (NULL: of none). As imagekit_grammar(), and
 * ERR_INVALID where the account allows names alone; is_named is read in any
 * case. */
int imagekit_want(struct request *rq, struct imagekit_wish *wish,
		  const struct file *file, struct err *err) MUST_CHECK;

/* Of what imagekit_want() read: the file as it is. */
bool imagekit_wants_original(const struct imagekit_wish *wish);

/* Whether the client may see what is wanted of the file; what it may see by a
 * name alone is not the file as it is. ERR_NOT_FOUND, ERR_UNAUTHORIZED. */
int imagekit_check_viewer(struct request *rq, const struct imagekit_wish *wish,
			  const struct file *file, struct err *err) MUST_CHECK;
/* Whether it may have the file as it is. */
int imagekit_check_reader(struct request *rq, const struct imagekit_wish *wish,
			  const struct file *file, struct err *err) MUST_CHECK;

/* Header names that what is wanted was read from; static; NULL: none. */
const char *imagekit_vary(const struct imagekit_wish *wish);

/* Cache-Control of an answer that shows the file and the layers (NULL: none).
 */
const char *imagekit_cache_control(struct request *rq,
				   const struct imagekit_wish *wish,
				   const struct file *file,
				   const struct layers *layers);

/* How a file goes out, for which imagekit_cache_control() was asked. */
struct delivery imagekit_delivery(struct request *rq, const struct file *file,
				  const char *cache_control);

/* Sends (or uses) what is wanted of the entry, whose reference it takes over,
 * if this client may see all that is laid over it. 0, HANDLE_LATER,
 * HANDLE_PENDING, or -1: as request_derive(), and as imagekit_check_reader().
 */
int imagekit_send_picture(struct request *rq, struct imagekit_wish *wish,
			  struct hot_entry *entry, struct err *err) MUST_CHECK;

/* The same for what was sent before and is still in memory; only for who may
 * read the file. False: the reference stays the caller's. */
bool imagekit_send_again(struct request *rq, const struct imagekit_wish *wish,
			 struct hot_entry *entry);

#endif
