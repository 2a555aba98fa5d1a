/* SPDX-License-Identifier: Apache-2.0 */
#include "render/text/fonts.h"
#include "base/fd.h"
#include "helpers/message.h"

#include <fcntl.h>
#include <fontconfig/fontconfig.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of these the first are opened when there are too many. */
static const char *const common[] = {
	"Open Sans",       "Noto Sans",        "DejaVu Sans",
	"Liberation Sans", "Liberation Serif", "Noto Serif",
};

static struct sandbox_file files[SANDBOX_FILES_MAX];
static unsigned n_files;

struct candidate {
	FcPattern *font;
	const char *path;
	unsigned rank; /* the lower, the more it is wanted */
};

static unsigned family_rank(FcPattern *font)
{
	FcChar8 *family = NULL;
	FcPatternGetString(font, FC_FAMILY, 0, &family);
	for (unsigned i = 0; i < G_N_ELEMENTS(common); i++)
		if (g_strcmp0((const char *)family, common[i]) == 0)
			return i;
	return G_N_ELEMENTS(common);
}

/* Faces that a regular one of the family stands in for come last. */
static unsigned face_rank(FcPattern *font)
{
	int weight = FC_WEIGHT_REGULAR, width = FC_WIDTH_NORMAL, slant = 0;
	FcPatternGetInteger(font, FC_WEIGHT, 0, &weight);
	FcPatternGetInteger(font, FC_WIDTH, 0, &width);
	FcPatternGetInteger(font, FC_SLANT, 0, &slant);
	bool usual = width == FC_WIDTH_NORMAL &&
		     (weight == FC_WEIGHT_REGULAR || weight == FC_WEIGHT_BOLD);
	bool regular = weight == FC_WEIGHT_REGULAR && slant == FC_SLANT_ROMAN;
	if (!usual)
		return 2;
	return regular ? 0 : 1;
}

static unsigned rank_of(FcPattern *font)
{
	unsigned family = family_rank(font), face = face_rank(font);
	if (family < G_N_ELEMENTS(common) && face < 2)
		return family;
	return G_N_ELEMENTS(common) + face;
}

static int by_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* Not of a number that the sandbox has a use for. */
static int open_high(const char *path)
{
	SCOPED_FD low = open(path, O_RDONLY | O_CLOEXEC);
	return low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, HELPER_OUTPUT + 1);
}

/* Files of collections are there once for each of their fonts, one after the
 * other but for rank. */
static bool keep_file(GHashTable *kept, const char *path)
{
	if (g_hash_table_contains(kept, path))
		return true;
	if (n_files == sandbox_files_room())
		return false;
	int fd = open_high(path);
	if (fd < 0)
		return false;
	char *name = g_strdup(path);
	files[n_files++] = (struct sandbox_file){fd, name};
	g_hash_table_add(kept, name);
	return true;
}

static bool is_candidate(FcPattern *font, struct candidate *out)
{
	FcBool scalable = FcFalse;
	FcChar8 *path = NULL;
	FcPatternGetBool(font, FC_SCALABLE, 0, &scalable);
	if (!scalable ||
	    FcPatternGetString(font, FC_FILE, 0, &path) != FcResultMatch)
		return false;
	*out = (struct candidate){font, (const char *)path, rank_of(font)};
	return true;
}

/* Afterwards the set has only fonts whose files are open, so that nothing that
 * is looked for in it ends at a file that is not. */
static void open_set(FcFontSet *set)
{
	g_autofree struct candidate *all =
		g_new(struct candidate, (gsize)set->nfont + 1);
	g_autoptr(GHashTable) kept = g_hash_table_new(g_str_hash, g_str_equal);
	size_t n = 0;
	for (int i = 0; i < set->nfont; i++) {
		if (is_candidate(set->fonts[i], &all[n]))
			n++;
		else
			FcPatternDestroy(set->fonts[i]);
	}
	qsort(all, n, sizeof(*all), by_rank);
	set->nfont = 0;
	for (size_t i = 0; i < n; i++) {
		if (keep_file(kept, all[i].path))
			set->fonts[set->nfont++] = all[i].font;
		else
			FcPatternDestroy(all[i].font);
	}
}

int fonts_open(struct err *err)
{
	FcConfig *config = FcInitLoadConfigAndFonts();
	if (config == NULL || !FcConfigSetCurrent(config))
		return err_set(err, ERR_INTERNAL, "fontconfig does not start");
	FcConfigSetRescanInterval(config, 0);
	FcFontSet *set = FcConfigGetFonts(config, FcSetSystem);
	if (set)
		open_set(set);
	return 0;
}

const struct sandbox_file *fonts_files(unsigned *n)
{
	*n = n_files;
	return files;
}

/*
 * A font that a job brings. What libraries keep of a font they keep under its
 * path, so that is another one each time.
 */

static char borrowed_path[FONTS_NAME_MAX];
static struct sandbox_file borrowed = {-1, borrowed_path};

static void rename_family(FcFontSet *set, const char *name)
{
	for (int i = 0; i < set->nfont; i++) {
		FcPatternDel(set->fonts[i], FC_FAMILY);
		FcPatternAddString(set->fonts[i], FC_FAMILY,
				   (const FcChar8 *)name);
	}
}

int fonts_borrow(int fd, char name[FONTS_NAME_MAX], struct err *err)
{
	static unsigned number;
	g_snprintf(name, FONTS_NAME_MAX, "borrowed %u", ++number);
	g_snprintf(borrowed_path, sizeof(borrowed_path), "/%s", name);
	borrowed.fd = fd;
	sandbox_lend(&borrowed);
	FcConfig *config = FcConfigGetCurrent();
	bool added =
		FcConfigAppFontAddFile(config, (const FcChar8 *)borrowed_path);
	FcFontSet *set = FcConfigGetFonts(config, FcSetApplication);
	if (added && set && set->nfont > 0) {
		rename_family(set, name);
		return 0;
	}
	fonts_give_back();
	return err_set(err, ERR_INVALID, "not a font that can be read");
}

void fonts_give_back(void)
{
	FcConfigAppFontClear(FcConfigGetCurrent());
	sandbox_lend(NULL);
}
