/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/engine.h"

#include <allheaders.h>
#include <tesseract/capi.h>

#define DENSITY 300 /* dots an inch, of pictures as they are prepared */

/* Of how sure it is of letters, by which its words lose more. */
#define WORD_SCALE 7

/* OpenMP's. The header is each compiler's own, and not there for all; the
 * library is that which Tesseract is linked to. */
void omp_set_max_active_levels(int levels);

struct engine {
	TessBaseAPI *api;
};

static int by_name(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;
	return strcmp(*left, *right);
}

/* Of an interface that was told where its data is. */
static char **languages_of(TessBaseAPI *api)
{
	char **names = TessBaseAPIGetAvailableLanguagesAsVector(api);
	GPtrArray *out = g_ptr_array_new();
	for (char **name = names; name && *name; name++)
		if (strcmp(*name, "osd") != 0)
			g_ptr_array_add(out, g_strdup(*name));
	TessDeleteTextArray(names);
	g_ptr_array_sort(out, by_name);
	g_ptr_array_add(out, NULL);
	return (char **)g_ptr_array_free(out, FALSE);
}

char **engine_languages(const char *tessdata)
{
	TessBaseAPI *api = TessBaseAPICreate();
	/* it complains of what it does not find, and knows where it looked */
	TessBaseAPISetVariable(api, "debug_file", "/dev/null");
	(void)TessBaseAPIInit3(api, tessdata, "osd");
	char **out = languages_of(api);
	TessBaseAPIDelete(api);
	return out;
}

static int check_languages(const char *tessdata, const char *languages,
			   struct err *err)
{
	g_auto(GStrv) there = engine_languages(tessdata);
	g_auto(GStrv) wanted = g_strsplit(languages, "+", -1);
	g_autofree char *list = g_strjoinv(", ", there);
	if (*wanted == NULL)
		return err_set(err, ERR_INVALID, "no language is named");
	for (char **name = wanted; *name; name++)
		if (!g_strv_contains((const char *const *)there, *name))
			return err_set(err, ERR_INVALID,
				       "no training data for the language "
				       "'%s'; installed: %s",
				       *name, *list ? list : "none");
	return 0;
}

int engine_open(const char *tessdata, const char *languages,
		struct engine **out, struct err *err)
{
	if (check_languages(tessdata, languages, err) < 0)
		return -1;
	/* a helper is one of as many as there are cores */
	omp_set_max_active_levels(0);
	struct engine *engine = g_new0(struct engine, 1);
	engine->api = TessBaseAPICreate();
	if (TessBaseAPIInit3(engine->api, tessdata, languages) != 0)
		return err_set(err, ERR_INVALID,
			       "the training data for '%s' cannot be read",
			       languages);
	setMsgSeverity(L_SEVERITY_NONE);
	/* what it takes for tables costs minutes when letters are strewn about;
	 * words/order.h has ours */
	TessBaseAPISetVariable(engine->api, "textord_tabfind_find_tables", "0");
	*out = engine;
	return 0;
}

/*
 * Of a word, 0..1: by its least sure letter, on the scale that Tesseract has
 * for words. Its own number for a word counts the gap to the next one as well,
 * so that a right word beside a doubtful gap may have 0.
 */
static double confidence_of(const TessResultIterator *word)
{
	TessResultIterator *it = TessResultIteratorCopy(word);
	TessPageIterator *at = TessResultIteratorGetPageIterator(it);
	double least = 100;
	do
		least = MIN(least, (double)TessResultIteratorConfidence(
					   it, RIL_SYMBOL));
	while (!TessPageIteratorIsAtFinalElement(at, RIL_WORD, RIL_SYMBOL) &&
	       TessResultIteratorNext(it, RIL_SYMBOL));
	TessResultIteratorDelete(it);
	return MAX(100 - WORD_SCALE * (100 - least), 0) / 100;
}

static void add_word(TessResultIterator *it, struct found *found)
{
	const TessPageIterator *at = TessResultIteratorGetPageIteratorConst(it);
	char *text = TessResultIteratorGetUTF8Text(it, RIL_WORD);
	struct found_word word = {
		.text = text,
		.confidence = text ? confidence_of(it) : 0,
	};
	struct box *box = &word.box;
	if (text &&
	    TessPageIteratorBoundingBox(at, RIL_WORD, &box->left, &box->top,
					&box->right, &box->bottom))
		found_add(found, &word,
			  TessPageIteratorIsAtBeginningOf(at, RIL_TEXTLINE),
			  TessPageIteratorIsAtBeginningOf(at, RIL_BLOCK));
	TessDeleteText(text);
}

int engine_read(struct engine *engine, const struct picture *picture,
		enum engine_layout layout, struct found *found)
{
	TessBaseAPI *api = engine->api;
	TessBaseAPISetPageSegMode(api, layout == ENGINE_BLOCK ? PSM_SINGLE_BLOCK
							      : PSM_AUTO);
	TessBaseAPISetImage(api, picture->pixels, (int)picture->width,
			    (int)picture->height, 1, (int)picture->stride);
	TessBaseAPISetSourceResolution(api, DENSITY);
	int result = TessBaseAPIRecognize(api, NULL);
	TessResultIterator *it =
		result == 0 ? TessBaseAPIGetIterator(api) : NULL;
	if (it) {
		do
			add_word(it, found);
		while (TessResultIteratorNext(it, RIL_WORD));
		TessResultIteratorDelete(it);
	}
	TessBaseAPIClear(api);
	return result == 0 ? 0 : -1;
}
