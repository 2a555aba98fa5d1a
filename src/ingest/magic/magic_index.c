/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group is a test and those that wait for it. For its first one there is, by
 * what kind it is:
 *
 *  - a comparison of up to eight bytes at a fixed place, found by the byte
 *    there when that is the first of all;
 *  - a text that must stand somewhere (of searches and regular expressions);
 *    for there are hundreds for what is text, all of these are looked for in
 *    one pass over pairs of bytes;
 *  - another comparison, or nothing.
 *
 * When the first one may match, the rest of the group is looked at in the same
 * way: what can say nothing is left out.
 */
#include "ingest/magic/magic_index.h"
#include "ingest/magic/magic_compare.h"

#include <glib.h>

#define PAIRS 4096u
#define NONE UINT32_MAX
#define LOOKS_MAX 240u /* files need 40 to 80, scripts up to 170 */

/* Of what is looked at once as bytes, once as text. */
enum pass {
	BYTES,
	TEXT,
	PASSES
};

/* A test, or what tests refer to by name. */
struct group {
	uint32_t first, n; /* records */
	bool refers;       /* to names */
	bool may_restart;  /* runs the whole table anew at some other place */
	bool slow;         /* has an expression */
};

struct spot {
	struct magic_spot at;
	uint32_t group;
};

/* A text that a group needs: the i-th of its texts. */
struct pattern {
	uint32_t mask, value; /* of its first four bytes, as in memory */
	uint32_t texts, i, group;
	uint32_t next; /* with the same pair */
};

struct tests {
	GArray *at_start[256]; /* struct spot, offset 0, by its byte; or NULL */
	GArray *elsewhere;     /* struct spot */
	GArray *others;        /* uint32_t: groups */
	GArray *patterns;      /* struct pattern */
	uint32_t pairs[PAIRS]; /* the first of the patterns, or NONE */
};

struct magic_index {
	const struct magic_table *table;
	GArray *groups; /* struct group: tests, then names */
	uint32_t n_tests;
	/* For each record: */
	uint32_t *targets; /* the group that it refers to, or NONE */
	uint32_t *texts;   /* what it needs, in all_texts, or NONE */
	GArray *all_texts; /* struct magic_texts */
	struct tests tests[PASSES];
};

/* Inline, for every byte of a text passes here. */
static inline unsigned lower(char c)
{
	unsigned byte = (unsigned char)c;
	return byte | (unsigned)(byte - 'A' < 26) << 5;
}

static inline unsigned pair_of(unsigned a, unsigned b)
{
	return (a * 61 + b) % PAIRS;
}

static struct group *group_of(const struct magic_index *index, uint32_t i)
{
	return &g_array_index(index->groups, struct group, i);
}

static const struct magic_record *first_of(const struct magic_index *index,
					   uint32_t i)
{
	return index->table->records + group_of(index, i)->first;
}

/* Building */

static void add_at_start(struct tests *tests, const struct spot *spot)
{
	unsigned char mask, value;
	memcpy(&mask, &spot->at.mask, 1);
	memcpy(&value, &spot->at.value, 1);
	for (unsigned byte = 0; byte < 256; byte++) {
		if ((byte & mask) != value)
			continue;
		GArray **list = &tests->at_start[byte];
		if (*list == NULL)
			*list = g_array_new(FALSE, FALSE, sizeof(*spot));
		g_array_append_vals(*list, spot, 1);
	}
}

static const struct magic_texts *texts_at(const struct magic_index *index,
					  uint32_t record)
{
	if (index->texts[record] == NONE)
		return NULL;
	return &g_array_index(index->all_texts, struct magic_texts,
			      index->texts[record]);
}

static void find_texts(struct magic_index *index)
{
	index->all_texts =
		g_array_new(FALSE, FALSE, sizeof(struct magic_texts));
	index->texts = g_new(uint32_t, index->table->n);
	for (uint32_t r = 0; r < index->table->n; r++) {
		struct magic_texts texts;
		magic_texts_of(&texts, index->table->records + r);
		index->texts[r] = NONE;
		if (texts.literals.n == 0)
			continue;
		index->texts[r] = index->all_texts->len;
		g_array_append_val(index->all_texts, texts);
	}
}

/* Whether all of the texts can be found by their first two bytes. */
static bool have_pairs(const struct magic_texts *texts)
{
	for (unsigned i = 0; i < texts->literals.n; i++)
		if (texts->literals.of[i].n < 2 ||
		    texts->literals.of[i].text[1] == LITERAL_DIGIT)
			return false;
	return true;
}

static struct pattern pattern_of(const struct magic_texts *texts, uint32_t i)
{
	const struct literal *text = &texts->literals.of[i];
	uint32_t mask = 0, value = 0;
	for (unsigned at = 0; at < MIN(text->n, sizeof(mask)); at++) {
		bool folds = texts->any_case && g_ascii_isalpha(text->text[at]);
		uint32_t bits = folds ? 0xdf : 0xff;
		if (text->text[at] == LITERAL_DIGIT)
			continue;
		mask |= bits << at * 8;
		value |= ((unsigned char)text->text[at] & bits) << at * 8;
	}
	return (struct pattern){.mask = GUINT32_TO_LE(mask),
				.value = GUINT32_TO_LE(value),
				.i = i};
}

static void add_patterns(const struct magic_index *index, struct tests *tests,
			 uint32_t group)
{
	uint32_t first = group_of(index, group)->first;
	const struct magic_texts *texts = texts_at(index, first);
	for (uint32_t i = 0; i < texts->literals.n; i++) {
		const char *text = texts->literals.of[i].text;
		struct pattern pattern = pattern_of(texts, i);
		uint32_t *pair =
			&tests->pairs[pair_of(lower(text[0]), lower(text[1]))];
		pattern.texts = index->texts[first];
		pattern.group = group;
		pattern.next = *pair;
		*pair = tests->patterns->len;
		g_array_append_val(tests->patterns, pattern);
	}
}

static void add_test(struct magic_index *index, enum pass pass, uint32_t group)
{
	struct tests *tests = &index->tests[pass];
	struct spot spot = {magic_spot_of(first_of(index, group)), group};
	const struct magic_texts *texts =
		texts_at(index, group_of(index, group)->first);
	if (spot.at.mask && spot.at.offset == 0)
		add_at_start(tests, &spot);
	else if (spot.at.mask)
		g_array_append_val(tests->elsewhere, spot);
	else if (pass == TEXT && texts && have_pairs(texts))
		add_patterns(index, tests, group);
	else
		g_array_append_val(tests->others, group);
}

/* Cuts n records, from `first` on, into groups. */
static void add_groups(struct magic_index *index, uint32_t first, uint32_t n)
{
	const struct magic_record *records = index->table->records;
	for (uint32_t i = first; i < first + n; i++) {
		if (records[i].level == 0 || i == first) {
			const struct group group = {.first = i};
			g_array_append_val(index->groups, group);
		}
		struct group *group = group_of(index, index->groups->len - 1);
		group->n++;
		group->slow = group->slow || records[i].type == MAGIC_REGEX;
		group->may_restart =
			group->may_restart || records[i].type == MAGIC_INDIRECT;
	}
}

/* A name as it is referred to: '^' before it turns the byte order. */
static const char *name_of(const struct magic_record *record)
{
	const char *name = record->value.text;
	return name[0] == '^' ? name + 1 : name;
}

static bool has_name(const struct magic_record *record)
{
	return (record->type == MAGIC_NAME || record->type == MAGIC_USE) &&
	       memchr(record->value.text, '\0', sizeof(record->value.text));
}

/* Fills in the targets. A reference to what is not there matches nothing. */
static void find_targets(struct magic_index *index)
{
	const struct magic_record *records = index->table->records;
	uint32_t n = index->table->n + index->table->n_names;
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
	for (uint32_t i = index->n_tests; i < index->groups->len; i++)
		if (has_name(first_of(index, i)))
			g_hash_table_insert(
				names,
				(void *)(uintptr_t)name_of(first_of(index, i)),
				GUINT_TO_POINTER(i));
	index->targets = g_new(uint32_t, n);
	for (uint32_t i = 0; i < n; i++) {
		void *target = NULL;
		if (records[i].type == MAGIC_USE && has_name(&records[i]))
			target = g_hash_table_lookup(names,
						     name_of(&records[i]));
		index->targets[i] = target ? GPOINTER_TO_UINT(target) : NONE;
	}
}

/* One pass over the groups; true when one has turned out to lead to a
 * restart. */
static bool spread_restarts(struct magic_index *index)
{
	bool changed = false;
	for (uint32_t i = 0; i < index->groups->len; i++) {
		struct group *group = group_of(index, i);
		for (uint32_t r = group->first; r < group->first + group->n;
		     r++) {
			uint32_t target = index->targets[r];
			if (target == NONE)
				continue;
			group->refers = true;
			if (group->may_restart ||
			    !group_of(index, target)->may_restart)
				continue;
			group->may_restart = changed = true;
		}
	}
	return changed;
}

static void add_tests(struct magic_index *index)
{
	for (enum pass pass = 0; pass < PASSES; pass++) {
		struct tests *tests = &index->tests[pass];
		unsigned wanted =
			pass == TEXT ? MAGIC_TEXT_TEST : MAGIC_BINARY_TEST;
		tests->elsewhere =
			g_array_new(FALSE, FALSE, sizeof(struct spot));
		tests->others = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		tests->patterns =
			g_array_new(FALSE, FALSE, sizeof(struct pattern));
		memset(tests->pairs, 0xff, sizeof(tests->pairs));
		for (uint32_t i = 0; i < index->n_tests; i++)
			if (first_of(index, i)->flags & wanted)
				add_test(index, pass, i);
	}
}

struct magic_index *magic_index_new(const struct magic_table *table)
{
	if (table->records == NULL)
		return NULL;
	struct magic_index *index = g_new0(struct magic_index, 1);
	index->table = table;
	index->groups = g_array_new(FALSE, FALSE, sizeof(struct group));
	add_groups(index, 0, table->n);
	index->n_tests = index->groups->len;
	add_groups(index, table->n, table->n_names);
	find_targets(index);
	find_texts(index);
	while (spread_restarts(index))
		;
	add_tests(index);
	return index;
}

void magic_index_free(struct magic_index *index)
{
	if (index == NULL)
		return;
	for (enum pass pass = 0; pass < PASSES; pass++) {
		struct tests *tests = &index->tests[pass];
		for (unsigned byte = 0; byte < 256; byte++)
			if (tests->at_start[byte])
				g_array_free(tests->at_start[byte], TRUE);
		g_array_free(tests->elsewhere, TRUE);
		g_array_free(tests->others, TRUE);
		g_array_free(tests->patterns, TRUE);
	}
	g_array_free(index->groups, TRUE);
	g_array_free(index->all_texts, TRUE);
	g_free(index->targets);
	g_free(index->texts);
	g_free(index);
}

/* Picking */

static size_t bitset_size(const struct magic_index *index)
{
	return (index->groups->len / 64 + 1) * sizeof(uint64_t);
}

struct choice {
	const struct magic_index *index;
	uint64_t *seen, *chosen; /* bits, one for each group */
	uint32_t records;        /* of the chosen */
	unsigned looks;          /* at groups, so far */
	bool slow;
};

static bool take_bit(uint64_t *bits, uint32_t i)
{
	uint64_t bit = UINT64_C(1) << i % 64;
	bool was = bits[i / 64] & bit;
	bits[i / 64] |= bit;
	return !was;
}

static void choose(struct choice *choice, uint32_t i)
{
	const struct magic_index *index = choice->index;
	const struct group *group = group_of(index, i);
	if (!take_bit(choice->chosen, i))
		return;
	choice->records += group->n;
	choice->slow = choice->slow || group->slow;
	if (!group->refers)
		return;
	/* as deep as there are names at most */
	for (uint32_t r = group->first; r < group->first + group->n; r++)
		if (index->targets[r] != NONE)
			choose(choice, index->targets[r]);
}

/* Whether a record says something, or may when it is run. */
static bool is_outspoken(const struct magic_record *record)
{
	return record->description[0] || record->mime[0] ||
	       record->type == MAGIC_USE || record->type == MAGIC_INDIRECT;
}

/* Whether one of the group's records with such a property is within reach: it
 * may match, and so may those that it waits for. */
static bool reaches(const struct magic_index *index, const struct group *group,
		    struct str bytes,
		    bool (*has)(const struct magic_index *index, uint32_t r))
{
	const struct magic_record *records = index->table->records;
	uint32_t open = 0; /* the level up to which tests may match */
	for (uint32_t r = group->first; r < group->first + group->n; r++) {
		const struct magic_texts *texts = texts_at(index, r);
		if (records[r].level > open)
			continue;
		open = records[r].level;
		if (!magic_may_match(&records[r], bytes) ||
		    (texts && !magic_texts_are_in(texts, bytes)))
			continue;
		if (has(index, r))
			return true;
		open++;
	}
	return false;
}

static bool speaks(const struct magic_index *index, uint32_t r)
{
	return is_outspoken(index->table->records + r);
}

static bool restarts(const struct magic_index *index, uint32_t r)
{
	uint32_t target = index->targets[r];
	return index->table->records[r].type == MAGIC_INDIRECT ||
	       (target != NONE && group_of(index, target)->may_restart);
}

/* Chooses a group whose first test seems to match, unless all that could speak
 * in it cannot. */
static void consider(struct choice *choice, uint32_t i, struct str bytes)
{
	if (!take_bit(choice->seen, i))
		return;
	/* a text of all the words that there are is to cost a worker's time */
	if (++choice->looks > LOOKS_MAX)
		choice->slow = true;
	else if (!reaches(choice->index, group_of(choice->index, i), bytes,
			  speaks))
		return;
	choose(choice, i);
}

/* A word in the order of memory, zeros for what is behind the end. */
static inline void load(struct str bytes, size_t at, void *word, size_t size)
{
	memset(word, 0, size);
	if (bytes.n - at >= size)
		memcpy(word, bytes.p + at, size);
	else
		memcpy(word, bytes.p + at, bytes.n - at);
}

static void consider_spots(struct choice *choice, const GArray *spots,
			   struct str bytes)
{
	for (guint i = 0; spots && i < spots->len; i++) {
		const struct spot *spot = &g_array_index(spots, struct spot, i);
		uint64_t word;
		if (spot->at.offset >= bytes.n)
			continue;
		load(bytes, spot->at.offset, &word, sizeof(word));
		if ((word & spot->at.mask) == spot->at.value)
			consider(choice, spot->group, bytes);
	}
}

static void consider_patterns(struct choice *choice, const struct tests *tests,
			      struct str bytes)
{
	const struct magic_index *index = choice->index;
	const struct pattern *patterns =
		(const struct pattern *)(void *)tests->patterns->data;
	unsigned last = bytes.n ? lower(bytes.p[0]) : 0;
	for (size_t at = 0; patterns && at + 1 < bytes.n; at++) {
		unsigned next = lower(bytes.p[at + 1]);
		uint32_t i = tests->pairs[pair_of(last, next)];
		last = next;
		for (; i != NONE; i = patterns[i].next) {
			const struct pattern *pattern = &patterns[i];
			uint32_t word;
			load(bytes, at, &word, sizeof(word));
			if ((word & pattern->mask) == pattern->value &&
			    magic_text_is_at(&g_array_index(index->all_texts,
							    struct magic_texts,
							    pattern->texts),
					     pattern->i, bytes, at))
				consider(choice, pattern->group, bytes);
		}
	}
}

/* A group may have both kinds of tests: what was no match as bytes may be one
 * as text. */
static void consider_tests(struct choice *choice, const struct tests *tests,
			   struct str bytes)
{
	memset(choice->seen, 0, bitset_size(choice->index));
	for (guint i = 0; i < tests->others->len; i++)
		consider(choice, g_array_index(tests->others, uint32_t, i),
			 bytes);
	if (bytes.n)
		consider_spots(choice,
			       tests->at_start[(unsigned char)bytes.p[0]],
			       bytes);
	consider_spots(choice, tests->elsewhere, bytes);
	consider_patterns(choice, tests, bytes);
}

static void choose_all_text(struct choice *choice)
{
	for (uint32_t i = 0; i < choice->index->n_tests; i++)
		if (first_of(choice->index, i)->flags & MAGIC_TEXT_TEST)
			choose(choice, i);
}

/* Whether the group may run the whole table at some other place. */
static bool group_restarts(const struct magic_index *index, uint32_t i,
			   struct str bytes)
{
	const struct group *group = group_of(index, i);
	/* in a text, places may be others than in the bytes */
	if (!group->may_restart || first_of(index, i)->flags & MAGIC_TEXT_TEST)
		return group->may_restart;
	return reaches(index, group, bytes, restarts);
}

/* The next group that was chosen, from i on; the number of all when there is
 * none. */
static uint32_t next_chosen(const struct choice *choice, uint32_t i)
{
	uint32_t n = choice->index->groups->len;
	while (i < n) {
		uint64_t word = choice->chosen[i / 64] >> i % 64;
		if (word)
			return i + (uint32_t)__builtin_ctzll(word);
		i = (i / 64 + 1) * 64;
	}
	return n;
}

/* The records of what was chosen, in their order, behind the head of an
 * image. */
static struct str copy_chosen(const struct choice *choice, struct arena *arena)
{
	const struct magic_index *index = choice->index;
	const struct magic_record *records = index->table->records;
	size_t size = (choice->records + 1) * sizeof(*records);
	struct magic_record *image = arena_alloc(arena, size), *to = image + 1;
	uint32_t n_names = 0;
	for (uint32_t i = next_chosen(choice, 0); i < index->groups->len;
	     i = next_chosen(choice, i + 1)) {
		const struct group *group = group_of(index, i);
		memcpy(to, records + group->first, group->n * sizeof(*to));
		to += group->n;
		n_names += i >= index->n_tests ? group->n : 0;
	}
	magic_image_begin(image, choice->records - n_names, n_names);
	return (struct str){(const char *)image, size};
}

struct magic_pick magic_index_pick(const struct magic_index *index,
				   struct arena *arena, struct str bytes,
				   struct str text, bool all_text)
{
	const struct magic_table *table = index->table;
	struct choice choice = {
		.index = index,
		.seen = arena_alloc(arena, bitset_size(index)),
		.chosen = arena_zalloc(arena, bitset_size(index)),
	};
	consider_tests(&choice, &index->tests[BYTES], bytes);
	if (all_text)
		choose_all_text(&choice);
	else if (text.p)
		consider_tests(&choice, &index->tests[TEXT], text);
	for (uint32_t i = next_chosen(&choice, 0); i < index->n_tests;
	     i = next_chosen(&choice, i + 1))
		if (group_restarts(index, i, bytes))
			return (struct magic_pick){{table->map, table->size},
						   true};
	if (choice.records == 0)
		return (struct magic_pick){0};
	return (struct magic_pick){copy_chosen(&choice, arena), choice.slow};
}
