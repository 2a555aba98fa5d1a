/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lexer, and a parser by recursive descent: its depth is bounded.
 */
#include "api/imagekit/values/expression.h"
#include "api/imagekit/values/literals.h"
#include "base/buf.h"

#include <glib.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* a bare name, AND, NOT, true, a number */
	TOKEN_STRING, /* quoted */
	TOKEN_MARK,   /* ( ) [ ] , = : < <= > >= != */
};

struct token {
	enum token_kind kind;
	struct str text; /* of a string: without quotes and escapes */
};

struct parser {
	struct arena *arena;
	struct str rest;
	struct token token; /* the one that is looked at */
	unsigned depth, terms, values;
	struct err *err;
};

static int refuse(struct parser *p, const char *what)
{
	return err_set(p->err, ERR_INVALID, "%s", what);
}

static bool is_word_char(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '.' || c == '-' ||
	       c == '+' || (c & 0x80);
}

static int lex_string(struct parser *p)
{
	char quote = p->rest.p[0];
	struct buf text;
	size_t i = 1;
	buf_init(&text, p->arena, p->rest.n);
	for (; i < p->rest.n && p->rest.p[i] != quote; i++) {
		bool escape = p->rest.p[i] == '\\' && i + 1 < p->rest.n &&
			      strchr("\\\"'", p->rest.p[i + 1]);
		i += escape;
		buf_add_char(&text, p->rest.p[i]);
	}
	if (i >= p->rest.n)
		return refuse(p, "a string has no end");
	p->token = (struct token){TOKEN_STRING, buf_str(&text)};
	if (p->token.text.p == NULL)
		p->token.text = STR("");
	p->rest = str_skip(p->rest, i + 1);
	return 0;
}

static void take(struct parser *p, enum token_kind kind, size_t n)
{
	p->token = (struct token){kind, str_sub(p->rest, 0, n)};
	p->rest = str_skip(p->rest, n);
}

static int lex(struct parser *p)
{
	while (p->rest.n && g_ascii_isspace(p->rest.p[0]))
		p->rest = str_skip(p->rest, 1);
	if (p->rest.n == 0) {
		p->token = (struct token){TOKEN_END, STR("")};
		return 0;
	}
	char c = p->rest.p[0];
	bool equals = p->rest.n > 1 && p->rest.p[1] == '=';
	if (c == '"' || c == '\'')
		return lex_string(p);
	if (strchr("<>!", c) && equals) {
		take(p, TOKEN_MARK, 2);
		return 0;
	}
	if (strchr("()[],=:<>", c)) {
		take(p, TOKEN_MARK, 1);
		return 0;
	}
	size_t n = 0;
	while (n < p->rest.n && is_word_char(p->rest.p[n]))
		n++;
	if (n == 0)
		return refuse(p, "there is a character that means nothing");
	take(p, TOKEN_WORD, n);
	return 0;
}

static bool at_mark(const struct parser *p, const char *mark)
{
	return p->token.kind == TOKEN_MARK &&
	       str_eq(p->token.text, str_of(mark));
}

static bool at_word(const struct parser *p, const char *word)
{
	return p->token.kind == TOKEN_WORD &&
	       str_eq_nocase(p->token.text, str_of(word));
}

/* 1 it was there and is passed, 0 it was not, -1. */
static int accept_mark(struct parser *p, const char *mark)
{
	if (!at_mark(p, mark))
		return 0;
	return lex(p) < 0 ? -1 : 1;
}

static int parse_value(struct parser *p, struct expr_value **out)
{
	struct expr_value *value = arena_zalloc(p->arena, sizeof(*value));
	struct str text = p->token.text;
	*out = value;
	if (++p->values > EXPRESSION_VALUES_MAX)
		return refuse(p, "there are too many values");
	if (p->token.kind == TOKEN_STRING) {
		value->kind = EXPR_TEXT;
		value->text = text;
	} else if (at_word(p, "true") || at_word(p, "false")) {
		value->kind = EXPR_BOOLEAN;
		value->boolean = at_word(p, "true");
	} else if (p->token.kind == TOKEN_WORD &&
		   (g_ascii_isdigit(text.p[0]) || text.p[0] == '-')) {
		value->kind = EXPR_NUMBER;
		if (!imagekit_literal_number(text, &value->number))
			return refuse(p, "a number is malformed");
	} else {
		return refuse(p, "a value is missing, or has no quotes");
	}
	return lex(p);
}

static int parse_array(struct parser *p, struct expr *term)
{
	struct expr_value **next = &term->values;
	term->is_array = true;
	while (!at_mark(p, "]")) {
		if (parse_value(p, next) < 0)
			return -1;
		next = &(*next)->next;
		int comma = accept_mark(p, ",");
		if (comma < 0)
			return -1;
		if (comma == 0 && !at_mark(p, "]"))
			return refuse(p, "an array has no end");
	}
	return lex(p);
}

static int parse_mark_op(struct parser *p, enum expr_op *out)
{
	static const struct {
		const char *mark;
		enum expr_op op;
	} marks[] = {
		{"=", EXPR_EQ},  {"!=", EXPR_NE}, {":", EXPR_PREFIX},
		{"<", EXPR_LT},  {"<=", EXPR_LE}, {">", EXPR_GT},
		{">=", EXPR_GE},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
		if (!at_mark(p, marks[i].mark))
			continue;
		*out = marks[i].op;
		return lex(p);
	}
	return refuse(p, "an operator is missing");
}

static int parse_op(struct parser *p, enum expr_op *out)
{
	bool negated = at_word(p, "NOT");
	if (negated && lex(p) < 0)
		return -1;
	if (at_word(p, "IN")) {
		*out = negated ? EXPR_NOT_IN : EXPR_IN;
		return lex(p);
	}
	if (parse_mark_op(p, out) < 0)
		return -1;
	if (negated && *out != EXPR_EQ)
		return refuse(p, "NOT stands before = or IN only");
	if (negated)
		*out = EXPR_NE;
	return 0;
}

static int parse_term(struct parser *p, struct expr **out)
{
	struct expr *term = arena_zalloc(p->arena, sizeof(*term));
	term->kind = EXPR_TERM;
	*out = term;
	if (++p->terms > EXPRESSION_TERMS_MAX)
		return refuse(p, "there are too many conditions");
	if ((p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_STRING) ||
	    p->token.text.n == 0)
		return refuse(p, "the name of a field is missing");
	term->field = p->token.text;
	if (lex(p) < 0 || parse_op(p, &term->op) < 0)
		return -1;
	int array = accept_mark(p, "[");
	if (array < 0)
		return -1;
	return array ? parse_array(p, term) : parse_value(p, &term->values);
}

static int parse_or(struct parser *p, struct expr **out);

static int parse_primary(struct parser *p, struct expr **out)
{
	int open = accept_mark(p, "(");
	if (open <= 0)
		return open < 0 ? -1 : parse_term(p, out);
	if (++p->depth > EXPRESSION_DEPTH_MAX)
		return refuse(p, "the parentheses are nested too deeply");
	if (parse_or(p, out) < 0)
		return -1;
	p->depth--;
	int closed = accept_mark(p, ")");
	if (closed == 0)
		return refuse(p, "a parenthesis is not closed");
	return closed < 0 ? -1 : 0;
}

/* One or more of what `part` parses, with the word between them. */
static int parse_list(struct parser *p, const char *word, enum expr_kind kind,
		      int (*part)(struct parser *p, struct expr **out),
		      struct expr **out)
{
	struct expr *first;
	if (part(p, &first) < 0)
		return -1;
	*out = first;
	if (!at_word(p, word))
		return 0;
	struct expr *list = arena_zalloc(p->arena, sizeof(*list));
	struct expr **next = &first->next;
	list->kind = kind;
	list->first = first;
	while (at_word(p, word)) {
		if (lex(p) < 0 || part(p, next) < 0)
			return -1;
		next = &(*next)->next;
	}
	*out = list;
	return 0;
}

static int parse_and(struct parser *p, struct expr **out)
{
	return parse_list(p, "AND", EXPR_AND, parse_primary, out);
}

static int parse_or(struct parser *p, struct expr **out)
{
	return parse_list(p, "OR", EXPR_OR, parse_and, out);
}

int imagekit_expression_parse(struct arena *arena, struct str text,
			      struct expr **out, struct err *err)
{
	struct parser p = {.arena = arena, .rest = text, .err = err};
	if (text.n > EXPRESSION_BYTES_MAX)
		return refuse(&p, "it is too long");
	if (!str_is_utf8(text))
		return refuse(&p, "it is not valid UTF-8");
	if (lex(&p) < 0 || parse_or(&p, out) < 0)
		return -1;
	if (p.token.kind != TOKEN_END)
		return refuse(&p, "something follows its end");
	return 0;
}

static const char *const op_names[] = {
#define X(name, text) [EXPR_##name] = text,
	EXPR_OPS(X)
#undef X
};

const char *imagekit_expression_op_name(enum expr_op op)
{
	return op_names[op];
}
