/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What calls that bring a file are told beside it: in the query, in the form
 * that has the file, or in a form or JSON object whose `url` has it. Calls that
 * bring none are told in the query, or in a body that is nothing else.
 */
#ifndef API_FILESTACK_SAID_H
#define API_FILESTACK_SAID_H

#include "api/request.h"

struct filestack_said {
	struct request *rq;
	struct str form; /* urlencoded body, STR_NONE when it is none */
	json_t *json;    /* JSON body, NULL when it is none */
};

/* In begin: whether the body can have more than the file in it, credentials
 * among it. */
bool filestack_body_says(const struct request *rq);
/* In begin: a plan for a file of up to so many bytes. What is refused as
 * request_expect_body() has it. */
int filestack_expect_file(struct request *rq, uint64_t max_file,
			  struct err *err) MUST_CHECK;

/* With the body: reads what it says, and where the query has no policy takes
 * the one that is said here. 0, HANDLE_LATER or -1. */
int filestack_read_said(struct request *rq, struct filestack_said *out,
			struct err *err) MUST_CHECK;
/* In the `begin` of a call that brings no file, and whose sender is named in
 * the body: a form that may be long takes a place (unproven_enter()), as its
 * fields are in memory while they come. */
int filestack_enter_form(struct request *rq, struct err *err) MUST_CHECK;

/* In begin: a plan for the body of a call that brings no file. */
int filestack_expect_words(struct request *rq, struct err *err) MUST_CHECK;
/* The same as filestack_read_said() with such a body: a form or a JSON object;
 * what is neither says nothing. */
int filestack_read_words(struct request *rq, struct filestack_said *out,
			 struct err *err) MUST_CHECK;
/* A form's part that says something, in a form in which files say nothing. */
enum part_use filestack_word(const struct multipart_part *part, bool have_file);

/* The query first, then whatever the body is; empty when it is so wherever it
 * is, STR_NONE when it is nowhere. */
struct str filestack_told(const struct filestack_said *said, const char *name);
/* All that query and body say, as a query: its own first. In the arena. */
struct str filestack_all_told(const struct filestack_said *said);
/* Whether it is a "true" of clients, or JSON's. */
bool filestack_is_told(const struct filestack_said *said, const char *name);

/* What came with the file. */
struct filestack_came {
	struct str type, name; /* STR_NONE: nothing */
	bool raw;              /* a body that says nothing of itself */
};

/* Has the file in rq->intake->file: fetched, or as it came, out of base64 if
 * that was asked for. Whether the URL may be read is asked here, what was
 * allowed last (filestack_allow()). 0, HANDLE_LATER or -1. */
int filestack_take_file(const struct filestack_said *said,
			struct filestack_came *out, struct err *err) MUST_CHECK;

#endif
