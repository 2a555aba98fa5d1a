/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An expression becomes a tree, the tree a program with jumps, and that a table
 * of states without them: one state for each place where a byte is read, with
 * the states that can follow. A text is read once, byte by byte, with a list of
 * the states that it can be in.
 */
#include "ingest/magic/magic_regex.h"

#include <glib.h>

#define NODES_MAX 512u /* an expression has up to 127 characters */
#define DEPTH_MAX 16u
#define STEPS_MAX 2048u
#define STATES_MAX 640u
#define EDGES_MAX 8192u
#define TIMES_MAX 255u
#define NO_END UINT32_MAX

struct bytes {
	uint32_t bits[8];
};

/* What the place between two bytes must be. */
enum need {
	LINE_BEGINS = 1,
	LINE_ENDS = 2,
	NEEDS = 4, /* combinations */
};

enum node_kind {
	NODE_SET,
	NODE_NEED,
	NODE_CHAIN,  /* left, then right */
	NODE_EITHER, /* left or right */
	NODE_REPEAT, /* left */
};

struct node {
	enum node_kind kind;
	unsigned left, right;
	unsigned min, max; /* max: NO_END for no limit */
	unsigned need;
	bool anchored; /* an anchor is in it */
	struct bytes set;
};

enum step_kind {
	STEP_SET,
	STEP_NEED,
	STEP_JUMP, /* to a */
	STEP_FORK, /* to a and to b */
	STEP_END,
};

struct step {
	enum step_kind kind;
	unsigned a, b;
};

struct edge {
	uint16_t to; /* n_states: a match */
	uint8_t needs;
};

struct state {
	struct bytes set;
	uint16_t n_edges;
	uint32_t first_edge;
};

struct magic_regex {
	struct state *states; /* behind the last one where it all begins */
	struct edge *edges;
	unsigned n_states;
	bool begins_lines; /* nothing matches but from the start of a line */
	bool may_be_empty;
	bool any_case;
	struct bytes first; /* that can begin a match */
};

static void put_byte(struct bytes *set, unsigned byte)
{
	set->bits[byte / 32] |= 1u << byte % 32;
}

static inline bool has_byte(const struct bytes *set, unsigned char byte)
{
	return set->bits[byte / 32] >> byte % 32 & 1;
}

/* Parsing */

struct parse {
	struct str rest;
	bool any_case;
	unsigned depth;
	unsigned n;
	struct node nodes[NODES_MAX];
};

#define FAILED NODES_MAX

static bool at(const struct parse *p, char c)
{
	return p->rest.n && p->rest.p[0] == c;
}

static bool take(struct parse *p, char c)
{
	if (!at(p, c))
		return false;
	p->rest = str_skip(p->rest, 1);
	return true;
}

static unsigned add_node(struct parse *p, const struct node *node)
{
	if (p->n == NODES_MAX)
		return FAILED;
	p->nodes[p->n] = *node;
	return p->n++;
}

static unsigned add_set(struct parse *p, const struct bytes *set)
{
	const struct node node = {.kind = NODE_SET, .set = *set};
	return add_node(p, &node);
}

static unsigned add_pair(struct parse *p, enum node_kind kind, unsigned left,
			 unsigned right)
{
	if (left == FAILED || right == FAILED)
		return FAILED;
	const struct node node = {
		.kind = kind,
		.left = left,
		.right = right,
		.anchored = p->nodes[left].anchored || p->nodes[right].anchored,
	};
	return add_node(p, &node);
}

static unsigned add_need(struct parse *p, enum need need)
{
	const struct node node = {
		.kind = NODE_NEED, .need = need, .anchored = true};
	return add_node(p, &node);
}

/* Letters in both cases where they are in one. */
static void fold(struct bytes *set)
{
	for (unsigned c = 'a'; c <= 'z'; c++) {
		unsigned upper = c - 'a' + 'A';
		if (has_byte(set, (unsigned char)c))
			put_byte(set, upper);
		else if (has_byte(set, (unsigned char)upper))
			put_byte(set, c);
	}
}

static unsigned add_byte(struct parse *p, char c)
{
	struct bytes set = {{0}};
	put_byte(&set, (unsigned char)c);
	if (p->any_case)
		fold(&set);
	return add_set(p, &set);
}

/* All that are not in the set, but for line ends. */
static void invert(struct bytes *set)
{
	for (size_t i = 0; i < G_N_ELEMENTS(set->bits); i++)
		set->bits[i] = ~set->bits[i];
	set->bits['\n' / 32] &= ~(1u << '\n' % 32);
}

static bool is_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

#define CLASS(name, test)                                                      \
	static bool name(unsigned char c)                                      \
	{                                                                      \
		return g_ascii_is##test((char)c);                              \
	}
CLASS(is_alnum, alnum)
CLASS(is_alpha, alpha)
CLASS(is_cntrl, cntrl)
CLASS(is_digit, digit)
CLASS(is_graph, graph)
CLASS(is_lower, lower)
CLASS(is_print, print)
CLASS(is_punct, punct)
CLASS(is_upper, upper)
CLASS(is_xdigit, xdigit)
#undef CLASS

static const struct {
	struct str name;
	bool (*has)(unsigned char c);
} classes[] = {
	{STR("[:alnum:]"), is_alnum}, {STR("[:alpha:]"), is_alpha},
	{STR("[:blank:]"), is_blank}, {STR("[:cntrl:]"), is_cntrl},
	{STR("[:digit:]"), is_digit}, {STR("[:graph:]"), is_graph},
	{STR("[:lower:]"), is_lower}, {STR("[:print:]"), is_print},
	{STR("[:punct:]"), is_punct}, {STR("[:space:]"), is_space},
	{STR("[:upper:]"), is_upper}, {STR("[:xdigit:]"), is_xdigit},
};

static bool take_class(struct parse *p, struct bytes *set)
{
	for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
		if (!str_starts(p->rest, classes[i].name))
			continue;
		for (unsigned c = 0; c < 256; c++)
			if (classes[i].has((unsigned char)c))
				put_byte(set, c);
		p->rest = str_skip(p->rest, classes[i].name.n);
		return true;
	}
	return false;
}

/* One byte of a bracket expression, or from one to another. */
static bool take_range(struct parse *p, struct bytes *set)
{
	unsigned from = (unsigned char)p->rest.p[0], to = from;
	p->rest = str_skip(p->rest, 1);
	if (p->rest.n > 1 && at(p, '-') && p->rest.p[1] != ']') {
		to = (unsigned char)p->rest.p[1];
		p->rest = str_skip(p->rest, 2);
		if (to == '[' || to < from || to > 127)
			return false;
	}
	for (unsigned c = from; c <= to; c++)
		put_byte(set, c);
	return true;
}

static unsigned take_bracket(struct parse *p)
{
	struct bytes set = {{0}};
	bool inverted = take(p, '^'), first = true;
	while (p->rest.n && (first || !at(p, ']'))) {
		bool named = p->rest.n > 1 && at(p, '[') &&
			     strchr(":.=", p->rest.p[1]);
		if (!(named ? take_class(p, &set) : take_range(p, &set)))
			return FAILED;
		first = false;
	}
	if (!take(p, ']'))
		return FAILED;
	if (p->any_case)
		fold(&set);
	if (inverted)
		invert(&set);
	return add_set(p, &set);
}

static unsigned take_either(struct parse *p);

static unsigned take_group(struct parse *p)
{
	if (++p->depth > DEPTH_MAX)
		return FAILED;
	unsigned node = take_either(p);
	p->depth--;
	return take(p, ')') ? node : FAILED;
}

static unsigned take_atom(struct parse *p)
{
	static const struct bytes none;
	struct bytes any = none;
	char c = p->rest.p[0];
	p->rest = str_skip(p->rest, 1);
	switch (c) {
	case '(':
		return take_group(p);
	case '[':
		return take_bracket(p);
	case '.':
		invert(&any);
		return add_set(p, &any);
	case '^':
		return add_need(p, LINE_BEGINS);
	case '$':
		return add_need(p, LINE_ENDS);
	case '\\':
		if (p->rest.n == 0 || !g_ascii_ispunct(p->rest.p[0]) ||
		    strchr("<>`'", p->rest.p[0]))
			return FAILED;
		c = p->rest.p[0];
		p->rest = str_skip(p->rest, 1);
		return add_byte(p, c);
	case '*':
	case '+':
	case '?':
	case '{':
	case ')':
		return FAILED;
	default:
		return add_byte(p, c);
	}
}

/* A number of a bound; false when there is none, or it is too large. */
static bool take_number(struct parse *p, unsigned *out)
{
	size_t digits = 0;
	*out = 0;
	for (; p->rest.n && g_ascii_isdigit(p->rest.p[0]); digits++) {
		*out = *out * 10 + (unsigned)(p->rest.p[0] - '0');
		p->rest = str_skip(p->rest, 1);
		if (*out > TIMES_MAX)
			return false;
	}
	return digits > 0;
}

/* Behind a '{'. */
static bool take_bound(struct parse *p, struct node *repeat)
{
	if (!take_number(p, &repeat->min))
		return false;
	repeat->max = repeat->min;
	if (take(p, ',')) {
		repeat->max = NO_END;
		if (!at(p, '}') && !take_number(p, &repeat->max))
			return false;
	}
	return take(p, '}') && repeat->max >= repeat->min && repeat->max > 0;
}

static unsigned take_piece(struct parse *p)
{
	unsigned atom = take_atom(p);
	while (atom != FAILED && p->rest.n && strchr("*+?{", p->rest.p[0])) {
		struct node repeat = {
			.kind = NODE_REPEAT, .left = atom, .max = NO_END};
		if (p->nodes[atom].anchored)
			return FAILED;
		if (take(p, '+'))
			repeat.min = 1;
		else if (take(p, '?'))
			repeat.max = 1;
		else if (!take(p, '*') &&
			 !(take(p, '{') && take_bound(p, &repeat)))
			return FAILED;
		atom = add_node(p, &repeat);
	}
	return atom;
}

static unsigned take_chain(struct parse *p)
{
	unsigned chain = FAILED;
	for (bool first = true; p->rest.n && !at(p, '|') && !at(p, ')');
	     first = false) {
		unsigned piece = take_piece(p);
		chain = first ? piece : add_pair(p, NODE_CHAIN, chain, piece);
		if (chain == FAILED)
			break;
	}
	return chain;
}

static unsigned take_either(struct parse *p)
{
	unsigned either = take_chain(p);
	while (either != FAILED && take(p, '|'))
		either = add_pair(p, NODE_EITHER, either, take_chain(p));
	return either;
}

/* The program */

struct program {
	const struct node *nodes;
	unsigned n; /* steps; more than there may be: it failed */
	struct step steps[STEPS_MAX];
};

static unsigned add_step(struct program *program, enum step_kind kind,
			 unsigned a, unsigned b)
{
	if (program->n < STEPS_MAX)
		program->steps[program->n] = (struct step){kind, a, b};
	return program->n < STEPS_MAX ? program->n++ : (program->n = STEPS_MAX);
}

static void set_target(struct program *program, unsigned step, unsigned a,
		       unsigned b)
{
	if (step < STEPS_MAX) {
		program->steps[step].a = a;
		program->steps[step].b = b;
	}
}

static void write_node(struct program *program, unsigned i);

static void write_repeat(struct program *program, const struct node *node)
{
	unsigned at = program->n;
	for (unsigned i = 0; i < node->min && program->n < STEPS_MAX; i++) {
		at = program->n;
		write_node(program, node->left);
	}
	if (node->max == NO_END && node->min) {
		unsigned fork = add_step(program, STEP_FORK, 0, 0);
		set_target(program, fork, at, fork + 1);
	} else if (node->max == NO_END) {
		unsigned fork = add_step(program, STEP_FORK, 0, 0);
		write_node(program, node->left);
		add_step(program, STEP_JUMP, fork, 0);
		set_target(program, fork, fork + 1, program->n);
	} else {
		unsigned forks[TIMES_MAX], n = 0;
		for (unsigned i = node->min; i < node->max; i++) {
			if (program->n >= STEPS_MAX)
				break;
			forks[n++] = add_step(program, STEP_FORK, 0, 0);
			write_node(program, node->left);
		}
		while (n--)
			set_target(program, forks[n], forks[n] + 1, program->n);
	}
}

static void write_node(struct program *program, unsigned i)
{
	const struct node *node = &program->nodes[i];
	unsigned fork, jump;
	switch (node->kind) {
	case NODE_SET:
		add_step(program, STEP_SET, i, 0);
		break;
	case NODE_NEED:
		add_step(program, STEP_NEED, node->need, 0);
		break;
	case NODE_CHAIN:
		write_node(program, node->left);
		write_node(program, node->right);
		break;
	case NODE_EITHER:
		fork = add_step(program, STEP_FORK, 0, 0);
		write_node(program, node->left);
		jump = add_step(program, STEP_JUMP, 0, 0);
		set_target(program, fork, fork + 1, program->n);
		write_node(program, node->right);
		set_target(program, jump, program->n, 0);
		break;
	case NODE_REPEAT:
		write_repeat(program, node);
		break;
	}
}

/* The table of states */

struct table {
	const struct program *program;
	GArray *states, *edges;
	uint16_t state_of[STEPS_MAX]; /* that reads at this step */
	uint8_t visited[STEPS_MAX];   /* a bit for each combination of needs */
};

/* Adds an edge to every state that can be reached from a step without reading;
 * as deep as there are steps at most. */
static void add_edges(struct table *table, unsigned at, unsigned needs)
{
	const struct step *step = &table->program->steps[at];
	if (table->visited[at] & 1u << needs)
		return;
	table->visited[at] |= (uint8_t)(1u << needs);
	struct edge edge = {table->state_of[at], (uint8_t)needs};
	switch (step->kind) {
	case STEP_SET:
	case STEP_END:
		g_array_append_val(table->edges, edge);
		break;
	case STEP_NEED:
		add_edges(table, at + 1, needs | step->a);
		break;
	case STEP_FORK:
		add_edges(table, step->b, needs);
		add_edges(table, step->a, needs);
		break;
	case STEP_JUMP:
		add_edges(table, step->a, needs);
		break;
	}
}

static void add_state(struct table *table, unsigned next,
		      const struct bytes *set)
{
	struct state state = {.set = *set, .first_edge = table->edges->len};
	memset(table->visited, 0, sizeof(table->visited));
	if (table->edges->len <= EDGES_MAX)
		add_edges(table, next, 0);
	state.n_edges = (uint16_t)(table->edges->len - state.first_edge);
	g_array_append_val(table->states, state);
}

static void describe_start(struct magic_regex *regex)
{
	const struct state *start = &regex->states[regex->n_states];
	regex->begins_lines = true;
	for (unsigned i = 0; i < start->n_edges; i++) {
		const struct edge *edge = &regex->edges[start->first_edge + i];
		if (!(edge->needs & LINE_BEGINS))
			regex->begins_lines = false;
		if (edge->to == regex->n_states)
			regex->may_be_empty = true;
		else
			for (unsigned w = 0; w < 8; w++)
				regex->first.bits[w] |=
					regex->states[edge->to].set.bits[w];
	}
}

static struct magic_regex *tabulate(const struct program *program)
{
	static const struct bytes none;
	struct table table = {
		.program = program,
		.states = g_array_new(FALSE, FALSE, sizeof(struct state)),
		.edges = g_array_new(FALSE, FALSE, sizeof(struct edge)),
	};
	struct magic_regex *regex = g_new0(struct magic_regex, 1);
	for (unsigned i = 0; i < program->n; i++) {
		table.state_of[i] = (uint16_t)regex->n_states;
		regex->n_states += program->steps[i].kind == STEP_SET;
	}
	for (unsigned i = 0; i < program->n; i++)
		if (program->steps[i].kind == STEP_SET)
			add_state(&table, i + 1,
				  &program->nodes[program->steps[i].a].set);
	add_state(&table, 0, &none);
	bool fits =
		regex->n_states <= STATES_MAX && table.edges->len <= EDGES_MAX;
	regex->states =
		(struct state *)(void *)g_array_free(table.states, FALSE);
	regex->edges = (struct edge *)(void *)g_array_free(table.edges, FALSE);
	if (!fits) {
		magic_regex_free(regex);
		return NULL;
	}
	describe_start(regex);
	return regex;
}

struct magic_regex *magic_regex_new(struct str expression, bool any_case)
{
	g_autofree struct parse *p = g_new(struct parse, 1);
	g_autofree struct program *program = g_new(struct program, 1);
	p->rest = expression;
	p->any_case = any_case;
	p->depth = p->n = 0;
	unsigned root = take_either(p);
	if (root == FAILED || p->rest.n)
		return NULL;
	program->nodes = p->nodes;
	program->n = 0;
	write_node(program, root);
	add_step(program, STEP_END, 0, 0);
	return program->n < STEPS_MAX ? tabulate(program) : NULL;
}

void magic_regex_free(struct magic_regex *regex)
{
	if (regex == NULL)
		return;
	g_free(regex->states);
	g_free(regex->edges);
	g_free(regex);
}

/* Matching */

/* A state that reads the next byte, and where the match began. Those that began
 * first stand first. */
struct thread {
	uint32_t state, from;
};

struct threads {
	unsigned n;
	struct thread of[STATES_MAX];
};

struct run {
	const struct magic_regex *regex;
	struct str text;
	bool found;
	struct magic_match best;
	uint32_t seen[STATES_MAX]; /* the place where it was added, plus one */
};

/* Which of some needs a place meets. */
static inline unsigned place_at(struct str text, size_t at, unsigned needs)
{
	unsigned place = 0;
	if (needs & LINE_BEGINS && (at == 0 || text.p[at - 1] == '\n'))
		place |= LINE_BEGINS;
	if (needs & LINE_ENDS && (at == text.n || text.p[at] == '\n'))
		place |= LINE_ENDS;
	return place;
}

static void note_match(struct run *run, size_t from, size_t to)
{
	if (run->found && from > run->best.from)
		return;
	run->found = true;
	run->best = (struct magic_match){from, to};
}

/* Adds the states behind one that read the byte at `at`. */
static inline void follow(struct run *run, const struct state *state,
			  size_t from, size_t at, struct threads *out)
{
	const struct magic_regex *regex = run->regex;
	const struct edge *edges = regex->edges + state->first_edge;
	unsigned char byte =
		at < run->text.n ? (unsigned char)run->text.p[at] : 0;
	for (unsigned i = 0; i < state->n_edges; i++) {
		unsigned to = edges[i].to;
		if (to < regex->n_states &&
		    (!has_byte(&regex->states[to].set, byte) ||
		     run->seen[to] == at + 1))
			continue;
		if (edges[i].needs & ~place_at(run->text, at, edges[i].needs))
			continue;
		if (to == regex->n_states) {
			note_match(run, from, at);
			continue;
		}
		run->seen[to] = (uint32_t)at + 1;
		out->of[out->n++] = (struct thread){to, (uint32_t)from};
	}
}

/* Whether a match could begin there. */
static inline bool is_start(const struct magic_regex *regex, struct str text,
			    size_t at)
{
	if (regex->begins_lines && at && text.p[at - 1] != '\n')
		return false;
	return regex->may_be_empty ||
	       (at < text.n &&
		has_byte(&regex->first, (unsigned char)text.p[at]));
}

/* The next place from `at` on where a match could begin; behind the end when
 * there is none. */
static size_t next_start(const struct magic_regex *regex, struct str text,
			 size_t at)
{
	while (at <= text.n && !is_start(regex, text, at)) {
		const char *end = NULL;
		if (regex->begins_lines && at < text.n) {
			end = memchr(text.p + at, '\n', text.n - at);
			at = end ? (size_t)(end - text.p) : text.n;
		}
		at++;
	}
	return at;
}

static void step(struct run *run, const struct threads *now, size_t at,
		 struct threads *next)
{
	for (unsigned i = 0; i < now->n; i++) {
		const struct thread *thread = &now->of[i];
		if (run->found && thread->from > run->best.from)
			break;
		follow(run, &run->regex->states[thread->state], thread->from,
		       at + 1, next);
	}
}

bool magic_regex_find(const struct magic_regex *regex, struct str text,
		      struct magic_match *out)
{
	struct threads lists[2];
	struct threads *now = &lists[0], *next = &lists[1];
	struct run run;
	run.regex = regex;
	run.text = text;
	run.found = false;
	memset(run.seen, 0, regex->n_states * sizeof(run.seen[0]));
	now->n = 0;
	for (size_t at = 0; at <= text.n; at++) {
		if (now->n == 0 && !run.found)
			at = next_start(regex, text, at);
		if (at > text.n || (now->n == 0 && run.found))
			break;
		if (!run.found && is_start(regex, text, at))
			follow(&run, &regex->states[regex->n_states], at, at,
			       now);
		if (at == text.n || (run.found && !out))
			break;
		next->n = 0;
		step(&run, now, at, next);
		struct threads *swap = now;
		now = next;
		next = swap;
	}
	if (run.found && out)
		*out = run.best;
	return run.found;
}
