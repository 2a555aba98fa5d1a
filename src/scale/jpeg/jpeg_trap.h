/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of libjpeg, which it reports by never coming back: they end where
 * jpeg_trap_set() stands, as an error of ours. What only warns (a file that is
 * cut off, bits that are wrong) is decoded as far as it goes.
 */
#ifndef SCALE_JPEG_JPEG_TRAP_H
#define SCALE_JPEG_JPEG_TRAP_H

#include "base/err.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

struct jpeg_trap {
	struct jpeg_error_mgr manager; /* first: libjpeg knows only this one */
	jmp_buf jump;
	struct err *err;
};

struct jpeg_error_mgr *jpeg_trap_init(struct jpeg_trap *trap);

/*
 * 0 at first; again, with -1 and *err filled, when libjpeg fails while the
 * caller's function runs. ERR_TOO_LARGE: no memory, or more than the limit;
 * ERR_INVALID: everything else.
 */
#define jpeg_trap_set(trap, to) ((trap)->err = (to), setjmp((trap)->jump))

#endif
