/* SPDX-License-Identifier: Apache-2.0 */
#include "recognition/training.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/str.h"

#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>

#define ENDING ".traineddata"
#define READ_BYTES (256u * 1024)
#define SCRIPTS "script"
#define LANGUAGE_CHARACTERS                                                    \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/"
#define LANGUAGES_MAX 500 /* characters; each makes reading slower */

static const char *const usual[] = {
	"/usr/local/share/tessdata",
	"/usr/share/tesseract-ocr/5/tessdata", /* Debian */
	"/usr/share/tessdata",                 /* Arch, Alpine, openSUSE */
	"/usr/share/tesseract/tessdata",       /* Fedora */
};

/* What is no language: orientations, formulas. */
static const char *const others[] = {"osd", "equ", NULL};

static void add_languages(GPtrArray *to, const char *dir, const char *prefix)
{
	GDir *folder = g_dir_open(dir, 0, NULL);
	const char *name;
	while (folder && (name = g_dir_read_name(folder))) {
		struct str text = str_of(name);
		if (text.n == strlen(ENDING) || !str_ends(text, STR(ENDING)))
			continue;
		g_autofree char *language =
			g_strndup(name, text.n - strlen(ENDING));
		if (!g_strv_contains(others, language))
			g_ptr_array_add(to,
					g_strconcat(prefix, language, NULL));
	}
	if (folder)
		g_dir_close(folder);
}

static int by_name(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;
	return strcmp(*left, *right);
}

/* Sorted; g_strfreev(). */
static char **list_languages(const char *dir)
{
	g_autofree char *scripts = g_build_filename(dir, SCRIPTS, NULL);
	GPtrArray *found = g_ptr_array_new();
	add_languages(found, dir, "");
	add_languages(found, scripts, SCRIPTS "/");
	if (found->len)
		qsort(found->pdata, found->len, sizeof(char *), by_name);
	g_ptr_array_add(found, NULL);
	return (char **)g_ptr_array_free(found, FALSE);
}

static int find_dir(const char *wanted, struct training *out, char ***languages,
		    struct err *err)
{
	const char *const one[] = {wanted};
	const char *const *dirs = *wanted ? one : usual;
	size_t n = *wanted ? 1 : G_N_ELEMENTS(usual);
	for (size_t i = 0; i < n; i++) {
		char **found = list_languages(dirs[i]);
		if (*found) {
			out->dir = g_strdup(dirs[i]);
			*languages = found;
			return 0;
		}
		g_strfreev(found);
	}
	return err_set(err, ERR_NOT_FOUND,
		       "no training data of Tesseract (*" ENDING ") in %s",
		       *wanted ? wanted : "the usual folders");
}

static void sum_up(const char *path, uint8_t out[CHECKSUM_BYTES])
{
	/* what is no file is not waited for */
	SCOPED_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct checksum *sum = checksum_new();
	char *piece = g_malloc(READ_BYTES);
	off_t at = 0;
	ssize_t n = 0;
	while (fd >= 0 && (n = fd_read(fd, piece, READ_BYTES, at)) > 0) {
		checksum_update(sum, piece, (size_t)n);
		at += n;
	}
	checksum_final(sum, out);
	checksum_free(sum);
	g_free(piece);
}

/* By what is in them: dates change when a system is set up anew, and stay when
 * one file takes another's place. The few that are used are read in some
 * milliseconds, and will be again by those who read texts with them. */
static char *mark_of(const char *dir, char *const *languages)
{
	struct checksum *sum = checksum_new();
	uint8_t mark[CHECKSUM_BYTES];
	uint64_t word;
	for (char *const *language = languages; *language; language++) {
		g_autofree char *path =
			g_strconcat(dir, "/", *language, ENDING, NULL);
		sum_up(path, mark);
		checksum_update(sum, *language, strlen(*language) + 1);
		checksum_update(sum, mark, sizeof(mark));
	}
	checksum_final(sum, mark);
	checksum_free(sum);
	memcpy(&word, mark, sizeof(word));
	return g_strdup_printf("%016" PRIx64, word);
}

/* Names in the form that Tesseract takes, each once, installed or not. */
static int check_names(char *const *names, const char *languages,
		       struct err *err)
{
	for (char *const *name = names; *name; name++) {
		if (**name == '\0')
			return err_set(err, ERR_INVALID,
				       "there is no language before or after "
				       "a `+` of `%s`",
				       languages);
		if ((*name)[strspn(*name, LANGUAGE_CHARACTERS)])
			return err_set(err, ERR_INVALID,
				       "`%s` is no name of a language; several "
				       "are written as `eng+deu`",
				       *name);
		for (char *const *other = names; other < name; other++)
			if (strcmp(*other, *name) == 0)
				return err_set(err, ERR_INVALID,
					       "the language `%s` is named "
					       "twice",
					       *name);
	}
	return 0;
}

static int check_installed(char *const *names, char *const *there,
			   const struct training *training, struct err *err)
{
	for (char *const *name = names; *name; name++)
		if (!g_strv_contains((const char *const *)there, *name))
			return err_set(err, ERR_INVALID,
				       "no training data for the language `%s` "
				       "in %s; there is: %s",
				       *name, training->dir,
				       training->installed);
	return 0;
}

int training_find(struct training *out, const char *dir, const char *languages,
		  struct err *err)
{
	g_auto(GStrv) there = NULL;
	g_auto(GStrv) wanted = g_strsplit(languages, "+", -1);
	*out = (struct training){0};
	if (*languages == '\0')
		return err_set(err, ERR_INVALID, "no language is named");
	if (strlen(languages) > LANGUAGES_MAX)
		return err_set(err, ERR_INVALID,
			       "languages may take %d characters together",
			       LANGUAGES_MAX);
	if (check_names(wanted, languages, err) < 0 ||
	    find_dir(dir, out, &there, err) < 0)
		return -1;
	out->installed = g_strjoinv(", ", there);
	if (check_installed(wanted, there, out, err) < 0) {
		training_release(out);
		return -1;
	}
	out->languages = g_strdup(languages);
	out->data = mark_of(out->dir, wanted);
	return 0;
}

void training_release(struct training *training)
{
	g_free(training->dir);
	g_free(training->installed);
	g_free(training->languages);
	g_free(training->data);
	*training = (struct training){0};
}
