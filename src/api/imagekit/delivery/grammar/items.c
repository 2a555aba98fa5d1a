/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In two passes: the text is cut into tokens, and beginnings and ends are
 * matched; then the tokens become a tree.
 *
 * Separators may be percent-encoded, as SDKs do it. When some are not, an
 * encoded one inside of a text that is to be shown is a character of that text.
 */
#include "api/imagekit/delivery/grammar/items.h"
#include "base/encode.h"

#include <glib.h>

enum token_kind {
	PARAMETER,
	BEGIN_LAYER,
	END_LAYER,
	BEGIN_CONDITION,
	ELSE,
	END_CONDITION,
};

struct token {
	enum token_kind kind;
	enum tr_parameter parameter;
	struct str value;
	bool ends_step;
	unsigned end; /* of what it begins: the token that ends it; 0: none */
};

struct tokens {
	const struct tr_reading *reading;
	struct token *items; /* TR_ITEMS_MAX */
	unsigned n;
	bool in_text; /* behind l-text and before what ends or begins a layer */
	bool in_name; /* in what a name stands for */
	bool is_plain; /* separators are not encoded */
	bool plus_is_blank;
	struct str unknown;
	struct err *err;
};

/* How many bytes of s at i are the separator c, raw or encoded. */
static size_t separator_at(struct str s, size_t i, char c)
{
	static const char encoded[][4] = {"%2C", "%3A"};
	const char *code = encoded[c == ':'];
	if (s.p[i] == c)
		return 1;
	bool is_code = s.p[i] == '%' && s.n - i >= 3 &&
		       g_ascii_strncasecmp(s.p + i, code, 3) == 0;
	return is_code ? 3 : 0;
}

static bool starts_nocase(struct str s, const char *prefix)
{
	return str_starts_nocase(s, str_of(prefix));
}

/* Whether an item is a text to be shown, in which characters are its own. */
static bool is_shown(const struct tokens *tokens, struct str item)
{
	item = str_trim(item);
	return starts_nocase(item, "ot-") ||
	       (tokens->in_text && starts_nocase(item, "i-"));
}

/* "ar-4:3": a step of digits only belongs to the ratio in front of it. */
static bool is_ratio(struct str item, struct str rest)
{
	size_t n = 0;
	if (!starts_nocase(item, "ar-") && !starts_nocase(item, "oiar-"))
		return false;
	struct str before = str_after_last(item, '-');
	for (size_t i = 0; i < before.n; i++)
		if (!g_ascii_isdigit(before.p[i]) && before.p[i] != '.')
			return false;
	while (n < rest.n && (g_ascii_isdigit(rest.p[n]) || rest.p[n] == '.'))
		n++;
	return n && before.n &&
	       (n == rest.n || separator_at(rest, n, ',') ||
		separator_at(rest, n, ':'));
}

/* Takes the first item off *rest, raw, which becomes absent with the last. */
static struct str next_item(const struct tokens *tokens, struct str *rest,
			    bool *ends_step)
{
	struct str s = *rest;
	bool shown = is_shown(tokens, s) && tokens->is_plain;
	for (size_t i = 0; i < s.n; i++) {
		size_t comma = separator_at(s, i, ',');
		size_t colon = separator_at(s, i, ':');
		size_t n = comma + colon;
		if (n == 0 || (shown && n > 1) ||
		    (colon &&
		     is_ratio(str_sub(s, 0, i), str_skip(s, i + colon))))
			continue;
		*rest = str_skip(s, i + n);
		*ends_step = colon != 0;
		return str_sub(s, 0, i);
	}
	*rest = STR_NONE;
	*ends_step = true;
	return s;
}

static struct token token_of(struct str item)
{
	struct token token = {.kind = PARAMETER};
	if (str_eq(item, STR("l-end")))
		return (struct token){.kind = END_LAYER};
	if (str_eq(item, STR("if-end")))
		return (struct token){.kind = END_CONDITION};
	if (str_eq(item, STR("if-else")))
		return (struct token){.kind = ELSE};
	if (str_starts(item, STR("l-")))
		return (struct token){.kind = BEGIN_LAYER,
				      .value = str_skip(item, 2)};
	if (str_starts(item, STR("if-")))
		return (struct token){.kind = BEGIN_CONDITION,
				      .value = str_skip(item, 3)};
	token.parameter = tr_parameter_of(item, &token.value);
	return token;
}

static int add_token(struct tokens *tokens, const struct token *token)
{
	if (tokens->n == TR_ITEMS_MAX)
		return err_set(tokens->err, ERR_LIMIT,
			       "The transformation has more than %d parameters",
			       TR_ITEMS_MAX);
	if (token->kind == BEGIN_LAYER || token->kind == END_LAYER)
		tokens->in_text = str_eq(token->value, STR("text"));
	tokens->items[tokens->n++] = *token;
	return 0;
}

/* An item, once decoded. Old texts have blanks as plusses also in paths; base64
 * has plusses of its own. */
static struct str decode(const struct tokens *tokens, struct str raw)
{
	struct arena *arena = tokens->reading->arena;
	bool plus = tokens->plus_is_blank || starts_nocase(raw, "ot-");
	if (starts_nocase(raw, "ie-") || starts_nocase(raw, "ote-"))
		plus = false;
	bool shown = is_shown(tokens, raw);
	if (shown)
		raw = str_trim(raw);
	struct str item =
		plus ? form_decode(arena, raw) : percent_decode(arena, raw);
	return shown ? item : str_trim(item);
}

static int add_tokens(struct tokens *tokens, struct str rest);

/* A name is replaced by what it stands for; the step goes on behind it. */
static int add_named(struct tokens *tokens, struct str name)
{
	const struct tr_reading *reading = tokens->reading;
	struct str text = STR_NONE;
	bool is_plain = tokens->is_plain, plus = tokens->plus_is_blank;
	if (tokens->in_name || name.n == 0)
		return 0;
	if (reading->resolve)
		text = reading->resolve(reading->user, name);
	if (text.p == NULL) {
		tokens->unknown = name;
		return 0;
	}
	tokens->in_name = tokens->is_plain = true;
	tokens->plus_is_blank = false;
	int result = add_tokens(tokens, text);
	tokens->in_name = false;
	tokens->is_plain = is_plain;
	tokens->plus_is_blank = plus;
	return result;
}

/* Ends the step behind what is there, if anything is. */
static void end_step(struct tokens *tokens, bool ends, unsigned from)
{
	if (tokens->n > from || (tokens->n && ends))
		tokens->items[tokens->n - 1].ends_step = ends;
}

/* Of no parameter that pictures have, or with a value that it cannot have. */
static bool says_nothing(const struct token *token)
{
	return token->kind == PARAMETER &&
	       (token->parameter == TR_PARAMETER_COUNT ||
		tr_parameters[token->parameter].group == TR_VIDEO ||
		(token->value.p && token->value.n == 0) ||
		!tr_parameter_takes(token->parameter, token->value,
				    TR_OF_LAYER));
}

static void note_ignored(const struct tokens *tokens, struct str item,
			 const struct token *token)
{
	struct str *ignored = tokens->reading->ignored;
	if (ignored && ignored->p == NULL && item.n && says_nothing(token))
		*ignored = item;
}

static int add_tokens(struct tokens *tokens, struct str rest)
{
	while (rest.p) {
		bool ends_step;
		unsigned before = tokens->n;
		struct str item = next_item(tokens, &rest, &ends_step);
		struct str text = decode(tokens, item);
		/* "w-1,tr:h-1" of code that joins what it was given: one step
		 */
		if (ends_step && rest.p && str_eq(text, STR("tr")))
			continue;
		struct token token = token_of(text);
		note_ignored(tokens, text, &token);
		bool is_name =
			token.kind == PARAMETER && token.parameter == TR_N;
		if (is_name ? add_named(tokens, token.value) < 0
			    : item.n && add_token(tokens, &token) < 0)
			return -1;
		end_step(tokens, ends_step, before);
	}
	return 0;
}

/* Beginnings that wait for their ends, innermost last. */
struct open {
	unsigned tokens[TR_ITEMS_MAX], n;
	unsigned of_kind[2]; /* layers, conditions */
};

static bool begins(const struct token *token)
{
	return token->kind == BEGIN_LAYER || token->kind == BEGIN_CONDITION;
}

/* The innermost one of its kind ends; those inside of it have no end. */
static void match_end(struct open *open, struct token *items, unsigned at)
{
	bool condition = items[at].kind == END_CONDITION;
	enum token_kind wanted = condition ? BEGIN_CONDITION : BEGIN_LAYER;
	while (open->of_kind[condition] && open->n) {
		struct token *begin = &items[open->tokens[--open->n]];
		open->of_kind[begin->kind == BEGIN_CONDITION]--;
		if (begin->kind == wanted) {
			begin->end = at;
			return;
		}
	}
}

static void match_tokens(struct tokens *tokens)
{
	struct open *open = arena_zalloc(tokens->reading->arena, sizeof(*open));
	for (unsigned i = 0; i < tokens->n; i++) {
		struct token *token = &tokens->items[i];
		if (begins(token)) {
			open->of_kind[token->kind == BEGIN_CONDITION]++;
			open->tokens[open->n++] = i;
		} else if (token->kind == END_LAYER ||
			   token->kind == END_CONDITION) {
			match_end(open, tokens->items, i);
		}
	}
}

/* Where to go on behind a token, and what is inside when it begins something:
 * the tokens from its next one to *inner_end. */
static unsigned pass(const struct tokens *tokens, unsigned at, unsigned to,
		     unsigned *inner_end)
{
	const struct token *token = &tokens->items[at];
	if (!begins(token))
		return at + 1;
	if (token->end && token->end < to) {
		*inner_end = token->end;
		return token->end + 1;
	}
	while (at + 1 < to && !tokens->items[at].ends_step)
		at++;
	*inner_end = at + 1;
	return at + 1;
}

/* What a tree is made of: a run of tokens, at a depth. */
struct run {
	unsigned from, to;
	unsigned layers, depth;
};

static struct tr_step *make_steps(const struct tokens *tokens, struct run run);

static void make_condition(const struct tokens *tokens, struct run run,
			   struct tr_item *item)
{
	unsigned ignored, middle = run.from;
	while (middle < run.to && tokens->items[middle].kind != ELSE)
		middle = pass(tokens, middle, run.to, &ignored);
	struct run then = run, another = run;
	then.to = MIN(middle, run.to);
	another.from = MIN(middle + 1, run.to);
	item->inner = make_steps(tokens, then);
	item->another = make_steps(tokens, another);
}

/* False: there is nothing of that sort, or it is too deep. */
static bool make_item(const struct tokens *tokens, unsigned at, struct run run,
		      struct tr_item *item)
{
	const struct token *token = &tokens->items[at];
	*item = (struct tr_item){.parameter = token->parameter,
				 .value = token->value};
	if (token->kind == PARAMETER)
		return token->parameter < TR_PARAMETER_COUNT;
	if (!begins(token) || run.depth > TR_NESTED_MAX ||
	    run.layers > TR_LAYERS_MAX)
		return false;
	item->kind = TR_ITEM_CONDITION;
	if (token->kind == BEGIN_CONDITION) {
		make_condition(tokens, run, item);
		return true;
	}
	item->kind = TR_ITEM_LAYER;
	item->inner = make_steps(tokens, run);
	return true;
}

static struct tr_step *make_steps(const struct tokens *tokens, struct run run)
{
	struct arena *arena = tokens->reading->arena;
	struct tr_step *first = NULL, **end = &first;
	struct tr_item **last = NULL;
	for (unsigned i = run.from; i < run.to;) {
		struct tr_item item;
		struct run inner = {i + 1, i + 1, run.layers, run.depth + 1};
		inner.layers += tokens->items[i].kind == BEGIN_LAYER;
		unsigned next = pass(tokens, i, run.to, &inner.to);
		if (make_item(tokens, i, inner, &item)) {
			if (last == NULL) {
				*end = arena_zalloc(arena, sizeof(**end));
				last = &(*end)->first;
				end = &(*end)->next;
			}
			*last = arena_alloc(arena, sizeof(item));
			**last = item;
			last = &(*last)->next;
		}
		if (tokens->items[next - 1].ends_step)
			last = NULL;
		i = next;
	}
	return first;
}

int tr_read(const struct tr_reading *reading, struct tr_tree *out,
	    struct err *err)
{
	struct tokens tokens = {.reading = reading, .err = err};
	tokens.items = arena_alloc(reading->arena,
				   TR_ITEMS_MAX * sizeof(*tokens.items));
	for (unsigned i = 0; i < G_N_ELEMENTS(reading->texts); i++) {
		const struct tr_text *text = &reading->texts[i];
		tokens.is_plain = str_find(text->raw, ',') >= 0;
		tokens.plus_is_blank = text->plus_is_blank;
		tokens.in_text = false;
		if (add_tokens(&tokens, text->raw) < 0)
			return -1;
	}
	match_tokens(&tokens);
	*out = (struct tr_tree){
		.steps = make_steps(&tokens, (struct run){.to = tokens.n}),
		.unknown = tokens.unknown,
	};
	return 0;
}
