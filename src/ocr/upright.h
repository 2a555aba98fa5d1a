/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which way up a page is: by how lines lie, and where that leaves a doubt by
 * reading a part of it each way. An upright page stays as it is unless another
 * way reads clearly better.
 */
#ifndef OCR_UPRIGHT_H
#define OCR_UPRIGHT_H

#include "ocr/engine.h"
#include "ocr/picture/prepare.h"

/* Turns the picture. Where many letters make no sense, has_text becomes false.
 * ERR_TOO_LARGE: no memory. */
int upright_turn(struct engine *engine, struct prepared *prepared,
		 struct err *err) MUST_CHECK;

#endif
