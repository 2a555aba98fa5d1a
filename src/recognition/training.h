/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The training data of Tesseract that is installed: files LANGUAGE.traineddata
 * in one folder, and in its folder `script`. Nothing of what is in them.
 */
#ifndef RECOGNITION_TRAINING_H
#define RECOGNITION_TRAINING_H

#include "base/err.h"

struct training {
	char *dir;
	char *installed; /* "deu, eng"; never empty */
	char *languages; /* those that are used: "eng+deu" */
	char *data;      /* another word for other contents of them */
};

/*
 * dir: "", the first of the folders where systems have it. languages: as
 * "eng+deu". ERR_NOT_FOUND: there is no training data for any language;
 * ERR_INVALID: they are not written like that, or there is none for one of
 * them, and which there are. After an error there is nothing to release.
 */
int training_find(struct training *out, const char *dir, const char *languages,
		  struct err *err) MUST_CHECK;
void training_release(struct training *training);

#endif
