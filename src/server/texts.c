/* SPDX-License-Identifier: Apache-2.0 */
#include "server/texts.h"
#include "base/log/log.h"
#include "helpers/program.h"

#define INSTALL                                                                \
	"install Tesseract's training data (Debian: tesseract-ocr-eng), or "   \
	"name its folder by --ocr-tessdata"

unsigned texts_helpers(const struct settings *settings)
{
	if (settings->ocr == OCR_OFF || settings->renderers == 0)
		return 0;
	return settings->ocr_helpers ? settings->ocr_helpers
				     : g_get_num_processors();
}

/* What is not demanded may be missing. Clients are told why, so no path of this
 * machine is in it. */
static int do_without(struct texts *texts, const struct settings *s,
		      const char *why, struct err *err)
{
	if (s->ocr == OCR_ON)
		return err_set(err, ERR_INVALID, "--ocr on: %s", why);
	if (s->ocr == OCR_AUTO)
		log_info("texts are not read: %s", why);
	texts->why_not =
		g_strdup_printf("This server does not read texts: %s.", why);
	return 0;
}

static int open_recogniser(struct texts *texts,
			   const struct recogniser_options *options,
			   struct err *err)
{
	const struct training *training = options->training;
	if (recogniser_new(&texts->recogniser, options, err) < 0)
		return -1;
	log_info("texts are read as %s, by %u processes; there is training "
		 "data in %s for %s",
		 training->languages, options->helpers, training->dir,
		 training->installed);
	return 0;
}

/* A language that nobody has asked for need not be there. */
static int do_without_data(struct texts *texts, const struct settings *s,
			   const struct err *why, struct err *err)
{
	if (why->code == ERR_INVALID &&
	    !str_eq(str_of(s->ocr_languages), STR(OCR_LANGUAGES_DEFAULT)))
		return err_set(err, ERR_INVALID, "--ocr-languages: %s",
			       why->text);
	g_autofree char *text = g_strdup_printf(
		"there is no training data for %s; " INSTALL, s->ocr_languages);
	log_info("%s", why->text);
	return do_without(texts, s, text, err);
}

int texts_open(struct texts *texts, const struct settings *settings,
	       struct renderers *renderers, struct err *err)
{
	const struct settings *s = settings;
	struct training training;
	struct err why;
	g_autofree char *program = program_beside("stowage-ocr");
	if (s->ocr == OCR_OFF)
		return do_without(texts, s, "it was started with --ocr off",
				  err);
	if (renderers == NULL)
		return do_without(texts, s,
				  "there is no stowage-render, or --renderers "
				  "is 0",
				  err);
	if (program == NULL)
		return do_without(texts, s,
				  "there is no stowage-ocr beside stowage",
				  err);
	if (training_find(&training, s->ocr_tessdata, s->ocr_languages, &why) <
	    0)
		return do_without_data(texts, s, &why, err);
	const struct recogniser_options options = {
		.renderers = renderers,
		.program = program,
		.training = &training,
		.helpers = texts_helpers(s),
		.timeout_ms = s->ocr_timeout,
		.queue_max = s->ocr_queue,
	};
	int result = open_recogniser(texts, &options, err);
	training_release(&training);
	return result;
}

void texts_close(struct texts *texts)
{
	recogniser_free(texts->recogniser);
	g_free(texts->why_not);
}
