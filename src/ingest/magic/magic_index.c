/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group is a test and those that wait for it. For its first one there is, by
 * what kind it is:
 *
 *  - a comparison of up to eight bytes at a fixed place, found by the byte
 *    there when that is the first of all;
 *  - a text that must stand somewhere (of searches and regular expressions);
 *    for there are hundreds for what is text, all of these are looked for in
 *    one pass, by four bytes of each;
 *  - another comparison, or nothing.
 *
 * When the first one may match, the rest of the group is looked at in the same
 * way: one in which what could say something cannot match is left out. The
 * others are run, in the table's order, up to the first that says something;
 * those that are not understood are for libmagic.
 */
#include "ingest/magic/magic_index.h"
#include "ingest/magic/magic_compare.h"
#include "ingest/magic/magic_group.h"

#include <glib.h>

#define QUADS 4096u
#define QUAD 4u
#define NONE UINT32_MAX
#define LOOKS_MAX 64u /* groups run on a loop; files need up to 40 */
#define NAMES_DEEP 8u

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
	uint32_t mask, value; /* of its first bytes, as in memory */
	uint32_t texts, i, group;
	uint32_t next; /* that begins alike */
};

struct tests {
	GArray *at_start[256]; /* struct spot, offset 0, by its byte; or NULL */
	GArray *elsewhere;     /* struct spot */
	GArray *others;        /* uint32_t: groups */
	GArray *patterns;      /* struct pattern */
	/* By their first four bytes: */
	bool begun[QUADS];     /* whether there are some */
	uint32_t quads[QUADS]; /* the first one, or NONE */
};

struct magic_index {
	const struct magic_table *table;
	GArray *groups; /* struct group: tests, then names */
	uint32_t n_tests;
	/* For each record: */
	uint32_t *targets; /* the group that it refers to, or NONE */
	uint32_t *texts;   /* what it needs, in all_texts, or NONE */
	GArray *all_texts; /* struct magic_texts */
	/* For each test, NULL but for expressions that are known: */
	struct magic_regex **regexes;
	struct tests tests[PASSES];
};

/* Of four bytes, without their case. Inline, for all of a text pass here. */
static inline unsigned quad_of(uint32_t bytes)
{
	return (bytes | 0x20202020u) * 2654435761u / (UINT32_MAX / QUADS + 1);
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

/* Of what is referred to by name it is not known where it looks. */
static void free_places(struct magic_texts *texts)
{
	texts->from = 0;
	texts->to = UINT32_MAX;
	for (unsigned i = 0; i < texts->literals.n; i++)
		texts->literals.of[i].place = ANYWHERE;
}

static void find_texts(struct magic_index *index)
{
	uint32_t n = index->table->n + index->table->n_names;
	index->all_texts =
		g_array_new(FALSE, FALSE, sizeof(struct magic_texts));
	index->texts = g_new(uint32_t, n);
	for (uint32_t r = 0; r < n; r++) {
		struct magic_texts texts;
		magic_texts_of(&texts, index->table->records + r);
		index->texts[r] = NONE;
		if (texts.literals.n == 0)
			continue;
		if (r >= index->table->n)
			free_places(&texts);
		index->texts[r] = index->all_texts->len;
		g_array_append_val(index->all_texts, texts);
	}
}

static struct magic_regex *regex_of(const struct magic_record *record)
{
	size_t n = strnlen(record->value.text, sizeof(record->value.text));
	bool any_case = record->text.flags & MAGIC_ANY_CASE;
	if (record->type != MAGIC_REGEX || n == sizeof(record->value.text))
		return NULL;
	return magic_regex_new((struct str){record->value.text, n}, any_case);
}

static void compile_regexes(struct magic_index *index)
{
	index->regexes = g_new0(struct magic_regex *, index->table->n);
	for (uint32_t r = 0; r < index->table->n; r++)
		index->regexes[r] = regex_of(index->table->records + r);
}

/* Whether all of the texts can be found by their first four bytes. */
static bool have_quads(const struct magic_texts *texts)
{
	for (unsigned i = 0; i < texts->literals.n; i++)
		if (texts->literals.of[i].n < QUAD ||
		    memchr(texts->literals.of[i].text, LITERAL_DIGIT, QUAD))
			return false;
	return true;
}

static struct pattern pattern_of(const struct magic_texts *texts, uint32_t i)
{
	const struct literal *text = &texts->literals.of[i];
	uint32_t mask = 0, value = 0;
	for (unsigned at = 0; at < QUAD; at++) {
		bool folds = texts->any_case && g_ascii_isalpha(text->text[at]);
		uint32_t bits = folds ? 0xdf : 0xff;
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
		struct pattern pattern = pattern_of(texts, i);
		unsigned quad = quad_of(pattern.value);
		pattern.texts = index->texts[first];
		pattern.group = group;
		pattern.next = tests->quads[quad];
		tests->quads[quad] = tests->patterns->len;
		tests->begun[quad] = true;
		g_array_append_val(tests->patterns, pattern);
	}
}

/* At one fixed place, or two; false when it is no such test. */
static bool add_spots(struct tests *tests, const struct magic_record *record,
		      uint32_t group)
{
	struct spot spot = {magic_spot_of(record), group};
	if (!spot.at.mask)
		return false;
	for (unsigned i = 0; i < spot.at.places; i++, spot.at.offset++)
		if (spot.at.offset == 0)
			add_at_start(tests, &spot);
		else
			g_array_append_val(tests->elsewhere, spot);
	return true;
}

static void add_test(struct magic_index *index, enum pass pass, uint32_t group)
{
	struct tests *tests = &index->tests[pass];
	const struct magic_texts *texts =
		texts_at(index, group_of(index, group)->first);
	if (add_spots(tests, first_of(index, group), group))
		return;
	if (pass == TEXT && texts && have_quads(texts))
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
		memset(tests->quads, 0xff, sizeof(tests->quads));
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
	compile_regexes(index);
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
	for (uint32_t r = 0; r < index->table->n; r++)
		magic_regex_free(index->regexes[r]);
	g_free(index->regexes);
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
	uint64_t *for_bytes;     /* those that were chosen in the first pass */
	bool mixed;              /* one was in both */
	uint32_t records;        /* of the chosen */
	unsigned looks;          /* at groups, so far */
	bool slow;
	/* For each pass the group that ends it, or NONE, and what it says. */
	struct end {
		uint32_t group;
		struct magic_record record;
	} ends[PASSES];
};

static bool take_bit(uint64_t *bits, uint32_t i)
{
	uint64_t bit = UINT64_C(1) << i % 64;
	bool was = bits[i / 64] & bit;
	bits[i / 64] |= bit;
	return !was;
}

static bool has_bit(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> i % 64 & 1;
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

/* Whether what is referred to by name may say something, wherever it looks. */
static bool target_speaks(const struct magic_index *index, uint32_t i,
			  struct str bytes, unsigned depth)
{
	const struct magic_record *records = index->table->records;
	const struct group *group = group_of(index, i);
	uint32_t open = 0;
	for (uint32_t r = group->first; r < group->first + group->n; r++) {
		const struct magic_texts *texts = texts_at(index, r);
		if (records[r].level > open)
			continue;
		open = records[r].level;
		if (texts && !magic_texts_are_in(texts, bytes))
			continue;
		bool speaks = records[r].description[0] || records[r].mime[0] ||
			      records[r].type == MAGIC_INDIRECT;
		if (records[r].type == MAGIC_USE)
			speaks = speaks || index->targets[r] == NONE ||
				 depth == NAMES_DEEP ||
				 target_speaks(index, index->targets[r], bytes,
					       depth + 1);
		if (speaks)
			return true;
		open++;
	}
	return false;
}

/* Whether one of the group's records with such a property is within reach: it
 * may match, and so may those that it waits for. */
static bool reaches(const struct magic_index *index, const struct group *group,
		    struct str bytes,
		    bool (*has)(const struct magic_index *index, uint32_t r,
				struct str bytes))
{
	const struct magic_record *records = index->table->records;
	uint32_t open = 0; /* the level up to which tests may match */
	/* None has matched yet inside of what the first one matched. */
	bool fresh = records[group->first].type == MAGIC_DER;
	for (uint32_t r = group->first; r < group->first + group->n; r++) {
		const struct magic_texts *texts = texts_at(index, r);
		if (records[r].level > open)
			continue;
		open = records[r].level;
		if (!magic_may_match(&records[r], bytes) ||
		    (texts && !magic_texts_are_in(texts, bytes)) ||
		    (fresh && open && !magic_may_be_inside(&records[r], bytes)))
			continue;
		fresh = fresh && open == 0;
		if (has(index, r, bytes))
			return true;
		open++;
	}
	return false;
}

/* Whether a record says something, or may when it is run. */
static bool speaks(const struct magic_index *index, uint32_t r,
		   struct str bytes)
{
	const struct magic_record *record = index->table->records + r;
	if (record->description[0] || record->mime[0] ||
	    record->type == MAGIC_INDIRECT)
		return true;
	return record->type == MAGIC_USE &&
	       (index->targets[r] == NONE ||
		target_speaks(index, index->targets[r], bytes, 0));
}

static bool restarts(const struct magic_index *index, uint32_t r,
		     struct str bytes)
{
	uint32_t target = index->targets[r];
	(void)bytes;
	return index->table->records[r].type == MAGIC_INDIRECT ||
	       (target != NONE && group_of(index, target)->may_restart);
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
			take_bit(choice->seen, spot->group);
	}
}

/* Whatever begins with the four bytes at `at`. */
static void consider_quad(struct choice *choice, const struct tests *tests,
			  struct str bytes, size_t at)
{
	const struct magic_index *index = choice->index;
	uint32_t word, i;
	memcpy(&word, bytes.p + at, sizeof(word));
	for (i = tests->quads[quad_of(word)]; i != NONE;) {
		const struct pattern *pattern =
			&g_array_index(tests->patterns, struct pattern, i);
		if ((word & pattern->mask) == pattern->value &&
		    magic_text_is_at(&g_array_index(index->all_texts,
						    struct magic_texts,
						    pattern->texts),
				     pattern->i, bytes, at))
			take_bit(choice->seen, pattern->group);
		i = pattern->next;
	}
}

static void consider_patterns(struct choice *choice, const struct tests *tests,
			      struct str bytes)
{
	for (size_t at = 0; at + QUAD <= bytes.n; at++) {
		uint32_t word;
		memcpy(&word, bytes.p + at, sizeof(word));
		if (tests->begun[quad_of(word)])
			consider_quad(choice, tests, bytes, at);
	}
}

/* Marks as seen what seems to match. A group may have both kinds of tests: what
 * was no match as bytes may be one as text. */
static void consider_tests(struct choice *choice, const struct tests *tests,
			   struct str bytes)
{
	memset(choice->seen, 0, bitset_size(choice->index));
	for (guint i = 0; i < tests->others->len; i++)
		take_bit(choice->seen,
			 g_array_index(tests->others, uint32_t, i));
	if (bytes.n)
		consider_spots(choice,
			       tests->at_start[(unsigned char)bytes.p[0]],
			       bytes);
	consider_spots(choice, tests->elsewhere, bytes);
	if (tests->patterns->len)
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

/* The next group that is marked, from i on; the number of all when there is
 * none. */
static uint32_t next_bit(const struct magic_index *index, const uint64_t *bits,
			 uint32_t i)
{
	uint32_t n = index->groups->len;
	while (i < n) {
		uint64_t word = bits[i / 64] >> i % 64;
		if (word)
			return i + (uint32_t)__builtin_ctzll(word);
		i = (i / 64 + 1) * 64;
	}
	return n;
}

/* Ends a pass: everything passes a test that says what the group has said. */
static void end_pass(struct choice *choice, enum pass pass, uint32_t group,
		     struct str type)
{
	struct end *end = &choice->ends[pass];
	end->group = group;
	end->record = (struct magic_record){
		.flags = pass == TEXT ? MAGIC_TEXT_TEST : MAGIC_BINARY_TEST,
		.relation = 'x',
		.type = MAGIC_DEFAULT,
		.description = "something",
	};
	memcpy(end->record.mime, type.p, type.n);
}

/* Runs a group; chooses it when libmagic has to be asked. */
static void run_group(struct choice *choice, enum pass pass, uint32_t i,
		      struct str bytes)
{
	const struct magic_index *index = choice->index;
	uint32_t first = group_of(index, i)->first;
	const struct magic_group group = {
		index->table->records + first,
		index->regexes + first,
		group_of(index, i)->n,
	};
	struct str type = STR("");
	switch (magic_group_run(&group, bytes, &type)) {
	case MAGIC_SILENT:
		break;
	case MAGIC_SAYS:
	case MAGIC_ENDS:
		end_pass(choice, pass, i, type);
		break;
	case MAGIC_UNSURE:
		choice->mixed = choice->mixed || has_bit(choice->chosen, i);
		choose(choice, i);
		break;
	}
}

/* Looks for what seems to match and runs it in the table's order, up to what
 * ends the search. False when that would take too long. */
static bool run_pass(struct choice *choice, enum pass pass,
		     const struct magic_content *content)
{
	const struct magic_index *index = choice->index;
	struct str bytes = pass == TEXT ? content->text : content->bytes;
	consider_tests(choice, &index->tests[pass], bytes);
	for (uint32_t i = next_bit(index, choice->seen, 0);
	     i < index->n_tests && choice->ends[pass].group == NONE;
	     i = next_bit(index, choice->seen, i + 1)) {
		if (magic_group_is_passed_over(first_of(index, i),
					       content->is_text) ||
		    !reaches(index, group_of(index, i), bytes, speaks))
			continue;
		if (++choice->looks > LOOKS_MAX && !content->patient)
			return false;
		run_group(choice, pass, i, bytes);
	}
	return true;
}

static struct magic_record *put_group(struct magic_record *to,
				      const struct choice *choice, uint32_t i)
{
	const struct magic_index *index = choice->index;
	const struct group *group = group_of(index, i);
	memcpy(to, index->table->records + group->first,
	       group->n * sizeof(*to));
	return to + group->n;
}

/* The records of what was chosen, from one pass on, in their order, behind the
 * head of an image; the end of a pass stands for the group that has ended it.
 */
static struct str copy_chosen(const struct choice *choice, struct arena *arena,
			      enum pass first)
{
	const struct magic_index *index = choice->index;
	size_t size =
		(choice->records + 1 + PASSES) * sizeof(struct magic_record);
	struct magic_record *image = arena_alloc(arena, size), *to = image + 1;
	uint32_t n_names = 0, from = 0;
	for (uint32_t i = next_bit(index, choice->chosen, 0);;
	     i = next_bit(index, choice->chosen, i + 1)) {
		for (enum pass pass = first; pass < PASSES; pass++)
			if (choice->ends[pass].group >= from &&
			    choice->ends[pass].group < MIN(i, index->n_tests))
				*to++ = choice->ends[pass].record;
		if (i == index->groups->len)
			break;
		from = i;
		if (first == TEXT && i < index->n_tests &&
		    has_bit(choice->for_bytes, i))
			continue;
		to = put_group(to, choice, i);
		n_names += i >= index->n_tests ? group_of(index, i)->n : 0;
	}
	uint32_t n = (uint32_t)(to - image) - 1;
	magic_image_begin(image, n - n_names, n_names);
	return (struct str){(const char *)image, (n + 1) * sizeof(*image)};
}

/* Whether one of the chosen may run the whole table at some other place. */
static bool chosen_restart(const struct choice *choice, struct str bytes)
{
	const struct magic_index *index = choice->index;
	for (uint32_t i = next_bit(index, choice->chosen, 0);
	     i < index->n_tests; i = next_bit(index, choice->chosen, i + 1))
		if (group_restarts(index, i, bytes))
			return true;
	return false;
}

/* The whole table; before it what ends the tests for texts, which were run, so
 * that libmagic does not run them for as long as its expressions take. */
static struct magic_pick take_table(struct choice *choice, struct arena *arena,
				    const struct magic_content *content)
{
	const struct magic_index *index = choice->index;
	struct magic_pick pick = {
		.table = {index->table->map, index->table->size},
		.slow = true,
	};
	if (!content->text.p || choice->mixed)
		return pick;
	if (choice->ends[TEXT].group == NONE)
		end_pass(choice, TEXT, index->n_tests - 1, STR(""));
	pick.image = copy_chosen(choice, arena, TEXT);
	return pick;
}

/* What the passes have come to. */
static struct magic_pick conclude(struct choice *choice, struct arena *arena,
				  const struct magic_content *content)
{
	const char *type = NULL;
	if (chosen_restart(choice, content->bytes))
		return take_table(choice, arena, content);
	if (choice->records)
		return (struct magic_pick){
			.image = copy_chosen(choice, arena, BYTES),
			.slow = choice->slow,
		};
	for (enum pass pass = PASSES; pass-- > 0;)
		if (choice->ends[pass].record.mime[0])
			type = choice->ends[pass].record.mime;
	return (struct magic_pick){.type = arena_str(arena, str_of(type))};
}

struct magic_pick magic_index_pick(const struct magic_index *index,
				   struct arena *arena,
				   const struct magic_content *content)
{
	struct choice choice = {
		.index = index,
		.seen = arena_alloc(arena, bitset_size(index)),
		.chosen = arena_zalloc(arena, bitset_size(index)),
		.for_bytes = arena_alloc(arena, bitset_size(index)),
		.ends = {{.group = NONE}, {.group = NONE}},
	};
	bool done = run_pass(&choice, BYTES, content);
	bool said = choice.ends[BYTES].record.mime[0];
	memcpy(choice.for_bytes, choice.chosen, bitset_size(index));
	if (content->all_text)
		choose_all_text(&choice);
	else if (done && !said && content->text.p)
		done = run_pass(&choice, TEXT, content);
	if (!done)
		return (struct magic_pick){.undone = true};
	return conclude(&choice, arena, content);
}
