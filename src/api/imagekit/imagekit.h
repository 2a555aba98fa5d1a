/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the ImageKit dialect: what its rooms (upload/, media/, delivery/)
 * share. Wire facts: docs/dialects/imagekit.md.
 */
#ifndef API_IMAGEKIT_IMAGEKIT_H
#define API_IMAGEKIT_IMAGEKIT_H

#include "api/request.h"
#include "library/files/folder.h"

#define IMAGEKIT_TAGS_MAX 500 /* characters of all tags */
#define IMAGEKIT_FOLDER_LEVELS 50

/* auth.c: Basic with the private key as user name, password ignored. */
int imagekit_private_key(struct request *rq, struct err *err) MUST_CHECK;

/* input.c: what the calls of the media library take. */
#define IMAGEKIT_BODY_MAX (1024u * 1024) /* bytes of a request body */
/* begin of a call with a body: private key, then the body. */
int imagekit_body_begin(struct request *rq, struct err *err) MUST_CHECK;
/* The body, a JSON object or a form, released with the request: an object (an
 * empty one when there is no body), whose members are of the types that they
 * have in JSON, as far as a form's texts can be read so. An empty list where an
 * object is meant has become one. 0, HANDLE_LATER, or -1 with ERR_INVALID. */
int imagekit_body(struct request *rq, json_t **out, struct err *err) MUST_CHECK;
/* The same for a GET whose options may stand in a JSON body: any other body
 * says nothing (RFC 9110 9.3.1), and the object is empty. */
int imagekit_query_begin(struct request *rq, struct err *err) MUST_CHECK;
int imagekit_query_body(struct request *rq, json_t **out,
			struct err *err) MUST_CHECK;
/* Whether the body is a form: values of custom metadata are then texts, which
 * only their fields can tell from what they stand for. */
bool imagekit_sent_form(const struct request *rq);
/* An object, or the empty list that PHP makes of one without members. */
bool imagekit_is_object(const json_t *value);
/* A member of the body that must be a text and not empty. ERR_INVALID with
 * MISSING_PARAMETER or INVALID_PARAMETER. */
int imagekit_text_member(const json_t *body, const char *name, struct str *out,
			 struct err *err) MUST_CHECK;
/* Sets *out when the body turns it on; null is as good as absent. ERR_INVALID
 * with INVALID_PARAMETER. */
int imagekit_flag_member(const json_t *body, const char *name, bool *out,
			 struct err *err) MUST_CHECK;
/* A file, version or other id of the path, which the API's documentation calls
 * `name`. ERR_INVALID: "Your request contains invalid <name> parameter." */
int imagekit_id_param(struct str param, const char *name, struct id *out,
		      struct err *err) MUST_CHECK;

/* names.c */

/* Letters, marks, numerals, '.', '_' and '-' stay, everything else becomes
 * '_'. name is valid UTF-8. */
struct str imagekit_clean_name(struct arena *arena, struct str name);
/* The same of a folder's path: slashes stay, dots do not. */
struct str imagekit_clean_folder(struct arena *arena, struct str path);
/* "_" and nine characters of random_token_at() before the last extension; the
 * name is cut in front of them to fit into FILE_NAME_MAX. */
struct str imagekit_unique_name(struct arena *arena, struct str name);
/* "/a//b/" becomes "a/b". */
struct str imagekit_path(struct arena *arena, struct str text);
/* The same of a folder to be. ERR_INVALID for "." and ".." segments, ERR_LIMIT
 * for over 50 levels. */
int imagekit_folder_path(struct arena *arena, struct str text, struct str *out,
			 struct err *err) MUST_CHECK;
/* "a, b,c" as the text of a JSON array, STR_NONE when there is no tag.
 * ERR_INVALID for '%' and for more than IMAGEKIT_TAGS_MAX characters. */
int imagekit_tags(struct arena *arena, struct str csv, struct str *out,
		  struct err *err) MUST_CHECK;

/* The same of a JSON array of strings; null is none. */
int imagekit_tag_list(struct arena *arena, const json_t *list, struct str *out,
		      struct err *err) MUST_CHECK;
/* "x,y,width,height", whole numbers; empty is none. */
int imagekit_coordinates(struct str text, struct str *out,
			 struct err *err) MUST_CHECK;
/* At most 8 KiB; empty is none. */
int imagekit_description(struct str text, struct str *out,
			 struct err *err) MUST_CHECK;

/*
 * spelling.c: names as the versions of the API have them. Version 1 makes '_'
 * of what a name cannot have, version 2 keeps it. What version 1 is asked to
 * find is looked for as it was asked, and then as version 1 would have stored
 * it; version 2 means what it says. Those that say where something is block.
 */
bool imagekit_keeps_names(const struct request *rq);
/* A file, and a folder, to be. ERR_INVALID for what cannot be a name, ERR_LIMIT
 * for too many levels. */
int imagekit_file_named(struct request *rq, struct str name, struct str *out,
			struct err *err) MUST_CHECK;
int imagekit_folder_named(struct request *rq, struct str path, struct str *out,
			  struct err *err) MUST_CHECK;
/* The same of a folder that may be there, wholly or in part: what is there
 * keeps its spelling. */
int imagekit_folder_at(struct request *rq, struct str path, struct str *out,
		       struct err *err) MUST_CHECK;
/* A file that is there, as it is spelled; the path as asked when none is. */
int imagekit_file_at(struct request *rq, struct str path, struct str *out,
		     struct err *err) MUST_CHECK;

/* extensions.c: an array of extensions, none of which has an engine here.
 * *status: a new reference to {"remove-bg": "failed", ...}. ERR_INVALID. */
int imagekit_extensions(const json_t *extensions, json_t **status,
			struct err *err) MUST_CHECK;

/* custom_values.c: the values of custom metadata against the account's fields.
 * *text: a JSON object's text. When values are wrong: ERR_INVALID with
 * `errors`, {key: reason}. Blocks: HANDLE_LATER on the loop. */
int imagekit_custom_metadata(struct request *rq, const json_t *values,
			     struct str *text, struct err *err) MUST_CHECK;
/* The same of values that are laid over what a file has: null takes one away.
 */
int imagekit_custom_metadata_patch(struct request *rq, const json_t *values,
				   struct str *text,
				   struct err *err) MUST_CHECK;

struct image_source;
/* image_metadata.c: returns -1, ERR_INVALID: what cannot be read as one. */
int imagekit_no_image(struct err *err);
/* Takes the object that the calls answer, a new reference; or
 * NULL and *err filled. Returns what a handler returns. */
typedef int imagekit_metadata_step(struct request *rq, json_t *metadata,
				   struct err *err);
/* Reads all there is to say about an image of `size` bytes, then goes on with
 * `next`, on the loop if that took a wait. ERR_INVALID: no image that can be
 * read; ERR_UNSUPPORTED: no renderers. */
int imagekit_read_metadata(struct request *rq, const struct image_source *image,
			   uint64_t size, imagekit_metadata_step *next,
			   struct err *err) MUST_CHECK;

/* own_url.c: whether a URL is one of the account's deliveries here, by the
 * request's host, the public URL or the vendor's delivery host. *path: raw,
 * what follows the account's name, without slashes around it, query or
 * fragment. */
bool imagekit_own_url(struct request *rq, struct str url, struct str *path);

/* urls.c */

/* Whose URLs, and with what in front. */
struct imagekit_place {
	struct arena *arena;
	struct str base; /* "https://host", without trailing slash */
	const struct account *account;
};
struct imagekit_place imagekit_place(struct request *rq);
/* base/account[/tr:...]/path[?query]; transformation has its slash, "": none */
struct str imagekit_url(const struct imagekit_place *place,
			const struct file *file, const char *transformation,
			struct str query);
/* The 32 characters that name a version in `ik-obj-version`. */
struct str imagekit_object_version(struct arena *arena, const struct id *id);
bool imagekit_object_version_parse(struct arena *arena, struct str text,
				   struct id *out);

/* file_shapes.c: the objects of the media library. */
bool imagekit_is_private(const struct imagekit_place *place,
			 const struct file *file);
json_t *imagekit_file_object(const struct imagekit_place *place,
			     const struct file *file);
json_t *imagekit_file_shape(struct request *rq, const struct file *file);
json_t *imagekit_folder_shape(struct request *rq, const struct folder *folder);
json_t *imagekit_version_info(const struct file *file);

/* shapes.c */
void imagekit_error(struct request *rq, const struct err *err);
void imagekit_finish(struct request *rq);
void imagekit_reply(struct request *rq, int status, json_t *body);
/* 200 with an array. Its values are made (new references), written and dropped
 * one by one: a long list takes little more memory than its text. NULL is left
 * out. */
typedef json_t *imagekit_item(struct request *rq, const void *items, size_t i);
void imagekit_reply_list(struct request *rq, imagekit_item *item,
			 const void *items, size_t n);
/* Lets the answer to *err have one more member (takes over the reference).
 * Returns -1. */
int imagekit_err_more(struct request *rq, struct err *err, const char *name,
		      json_t *value);

#endif
