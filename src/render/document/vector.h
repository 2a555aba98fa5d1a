/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of a PDF as a PDF again, of which nothing becomes pixels that was none:
 * by poppler, onto cairo's surface. Without dates: the same pages are the same
 * file.
 */
#ifndef RENDER_DOCUMENT_VECTOR_H
#define RENDER_DOCUMENT_VECTOR_H

#include "render/picture/encode.h"

#define VECTOR_PAGES_MAX 500

/* Whether the plan only says which pages of the source, on which colour, and
 * that is a document. */
bool vector_is_wanted(const struct picture_job *job);

/* ERR_INVALID: cannot be read; ERR_NOT_FOUND: no such page; ERR_TOO_LARGE: too
 * many pages, or bytes; ERR_BUSY: takes more memory than the job may have.
 * out->bytes: encoded_release(). */
int vector_render(const struct picture_job *job, struct encoded *out,
		  struct err *err) MUST_CHECK;

#endif
