/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fonts that texts and SVG are drawn with: those that fontconfig finds when
 * the program starts, opened then, as the sandbox lets nothing be opened later
 * that was not before. Fonts that are installed while a program runs are found
 * by the next one.
 */
#ifndef RENDER_TEXT_FONTS_H
#define RENDER_TEXT_FONTS_H

#include "base/err.h"
#include "helpers/child/sandbox.h"

/*
 * Loads fontconfig's configuration and opens the files of fonts, as many
 * as the sandbox has room for: regular, bold and italic faces of common
 * families first. Fonts that cannot be opened are then not there. Once, before
 * the sandbox closes, in a program of one thread. No fonts at all is no error.
 */
int fonts_open(struct err *err) MUST_CHECK;

/* For struct sandbox; for as long as the process lives. */
const struct sandbox_file *fonts_files(unsigned *n);

#define FONTS_NAME_MAX 32

/*
 * Inside the sandbox: a font of strangers, beside the others until it is given
 * back; at most one at a time. fd: the file, open until then. Its family has a
 * name that no other font has or had. ERR_INVALID: not a font.
 */
int fonts_borrow(int fd, char name[FONTS_NAME_MAX], struct err *err) MUST_CHECK;
void fonts_give_back(void);

#endif
