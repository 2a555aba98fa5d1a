/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each tag has its place in one set of WAYS; a new one takes that of the set
 * whose turn it is.
 */
#include "derive/shortcut.h"

#include <pthread.h>

#define WAYS 4u
#define LOCKS 16u

struct set {
	struct shortcut ways[WAYS];
	unsigned next;
};

struct lock {
	_Alignas(64) pthread_mutex_t mutex;
};

struct shortcuts {
	struct lock locks[LOCKS];
	size_t n_sets; /* a power of two */
	struct set *sets;
};

void shortcut_tag(const struct derive_content *source, struct str recipe,
		  uint8_t out[SHORTCUT_TAG_BYTES])
{
	uint8_t few[512];
	size_t n = DERIVE_SOURCE_BYTES + recipe.n;
	uint8_t *text = n <= sizeof(few) ? few : g_malloc(n);
	derive_source(source, text);
	if (recipe.n)
		memcpy(text + DERIVE_SOURCE_BYTES, recipe.p, recipe.n);
	sha256_of((struct str){(const char *)text, n}, out);
	if (text != few)
		g_free(text);
}

struct shortcuts *shortcuts_new(size_t n)
{
	struct shortcuts *shortcuts =
		g_aligned_alloc0(1, sizeof(*shortcuts), _Alignof(struct lock));
	g_assert(n >= WAYS && (n & (n - 1)) == 0);
	for (unsigned i = 0; i < LOCKS; i++)
		pthread_mutex_init(&shortcuts->locks[i].mutex, NULL);
	shortcuts->n_sets = n / WAYS;
	shortcuts->sets = g_new0(struct set, shortcuts->n_sets);
	return shortcuts;
}

void shortcuts_free(struct shortcuts *shortcuts)
{
	if (shortcuts == NULL)
		return;
	for (unsigned i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&shortcuts->locks[i].mutex);
	g_free(shortcuts->sets);
	g_aligned_free(shortcuts);
}

static struct set *lock_set(struct shortcuts *shortcuts,
			    const uint8_t tag[SHORTCUT_TAG_BYTES],
			    pthread_mutex_t **mutex)
{
	uint64_t number;
	memcpy(&number, tag, sizeof(number));
	size_t at = number & (shortcuts->n_sets - 1);
	*mutex = &shortcuts->locks[at % LOCKS].mutex;
	pthread_mutex_lock(*mutex);
	return &shortcuts->sets[at];
}

/* NULL: not in the set. An empty way has a tag of zeros, which is nobody's. */
static struct shortcut *find_way(struct set *set,
				 const uint8_t tag[SHORTCUT_TAG_BYTES])
{
	for (unsigned i = 0; i < WAYS; i++)
		if (memcmp(set->ways[i].tag, tag, SHORTCUT_TAG_BYTES) == 0)
			return &set->ways[i];
	return NULL;
}

bool shortcut_find(struct shortcuts *shortcuts, struct shortcut *out)
{
	pthread_mutex_t *mutex;
	struct set *set = lock_set(shortcuts, out->tag, &mutex);
	const struct shortcut *found = find_way(set, out->tag);
	if (found)
		*out = *found;
	pthread_mutex_unlock(mutex);
	return found != NULL;
}

void shortcut_add(struct shortcuts *shortcuts, const struct shortcut *shortcut)
{
	pthread_mutex_t *mutex;
	struct set *set = lock_set(shortcuts, shortcut->tag, &mutex);
	struct shortcut *way = find_way(set, shortcut->tag);
	if (way == NULL)
		way = &set->ways[set->next++ % WAYS];
	*way = *shortcut;
	pthread_mutex_unlock(mutex);
}
