/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the head, byte classes from a table, targets and values many
 * bytes at a time. A line that breaks the grammar refuses at once; what the
 * fields mean together is judged at the end of the head, so that a refusal
 * knows as much of the request as it can.
 */
#include "http/syntax/head.h"

#include <endian.h>
#include <glib.h>

#include "http/syntax/bytes.h"

#define EMPTY_LINES_MAX 2
#define PORT_DIGITS_MAX 5

enum {
	REFUSED = -1,
	MORE = 0, /* bytes needed */
	DONE = 1,
};

struct parser {
	struct http_head *head;
	const char *p, *end;
	enum http_fault fault;
	unsigned hosts, lengths, codings; /* fields of that name */
	bool absolute;                    /* the target named the authority */
	bool wrong;                       /* some field's value cannot be */
	bool unknown_coding;
	bool close, persist; /* Connection's tokens */
};

static int refuse(struct parser *s, enum http_fault fault)
{
	s->fault = fault;
	return REFUSED;
}

static enum http_method method_of(struct str s)
{
#define X(name)                                                                \
	if (s.n == sizeof(#name) - 1 &&                                        \
	    memcmp(s.p, #name, sizeof(#name) - 1) == 0)                        \
		return HTTP_##name;
	HTTP_METHODS(X)
#undef X
	return HTTP_OTHER;
}

/* The length of an IP-literal "[...]" that a begins with; 0: malformed. */
static size_t literal_length(struct str a)
{
	size_t i = 1;
	while (i < a.n &&
	       (g_ascii_isxdigit(a.p[i]) || a.p[i] == ':' || a.p[i] == '.'))
		i++;
	return i >= 3 && i < a.n && a.p[i] == ']' ? i + 1 : 0;
}

static size_t host_length(struct str a)
{
	size_t i = 0;
	if (a.n && a.p[0] == '[')
		return literal_length(a);
	while (i < a.n && byte_is(a.p[i], BYTE_HOST))
		i++;
	return i;
}

/* uri-host [ ":" port ] of RFC 3986 */
bool http_authority_valid(struct str a)
{
	size_t i = host_length(a);
	uint64_t number = 0;
	if (i == 0 || i == a.n)
		return i > 0;
	struct str port = str_skip(a, i + 1);
	if (a.p[i] != ':' || port.n > PORT_DIGITS_MAX)
		return false;
	return port.n == 0 ||
	       (str_to_u64(port, UINT16_MAX, &number) && number > 0);
}

/* Takes scheme and authority off an absolute-form target. */
static bool take_authority(struct parser *s, struct str *target)
{
	struct str rest = *target;
	if (str_starts_nocase(rest, STR("http://")))
		rest = str_skip(rest, 7);
	else if (str_starts_nocase(rest, STR("https://")))
		rest = str_skip(rest, 8);
	else
		return false;
	size_t n = 0;
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
		n++;
	struct str authority = str_sub(rest, 0, n);
	if (!http_authority_valid(authority))
		return false;
	s->head->authority = authority;
	s->absolute = true;
	*target = str_skip(rest, n);
	return true;
}

/* Fills path, query and, of absolute-form, authority. */
static bool split_target(struct parser *s)
{
	struct http_head *head = s->head;
	struct str path = head->target;
	if (str_eq(path, STR("*"))) {
		head->path = head->raw_path = path;
		return head->method == HTTP_OPTIONS;
	}
	if (path.n == 0 || (path.p[0] != '/' && !take_authority(s, &path)))
		return false;
	ptrdiff_t mark = str_find(path, '?');
	if (mark >= 0) {
		head->query = str_skip(path, (size_t)mark + 1);
		path.n = (size_t)mark;
	}
	/* An absolute-form target may lack a path, which then is "/": the
	 * slash before the authority serves, as strings must point into p. */
	if (path.n == 0)
		path = (struct str){head->authority.p - 1, 1};
	head->raw_path = path;
	while (path.n > 1 && path.p[1] == '/')
		path = str_skip(path, 1);
	head->path = path;
	return true;
}

static int parse_empty_lines(struct parser *s)
{
	for (int i = 0; i < EMPTY_LINES_MAX; i++) {
		if (s->p == s->end)
			return MORE;
		if (*s->p != '\r')
			return DONE;
		if (s->end - s->p < 2)
			return MORE;
		if (s->p[1] != '\n')
			return refuse(s, HTTP_FAULT_MALFORMED);
		s->p += 2;
	}
	return DONE;
}

static int parse_method(struct parser *s)
{
	const char *p = s->p;
	while (p < s->end && byte_is(*p, BYTE_TOKEN))
		p++;
	if (p == s->end)
		return MORE;
	if (p == s->p || *p != ' ')
		return refuse(s, HTTP_FAULT_MALFORMED);
	struct str text = {s->p, (size_t)(p - s->p)};
	s->head->method_text = text;
	s->head->method = method_of(text);
	s->p = p + 1;
	return DONE;
}

static inline uint64_t repeat(uint8_t byte)
{
	return byte * UINT64_C(0x0101010101010101);
}

/* The first of eight bytes is the lowest. */
static inline uint64_t eight_bytes(const char *p)
{
	uint64_t w;
	memcpy(&w, p, sizeof(w));
	return le64toh(w);
}

/* The high bits of those that are below a byte of ASCII, or are that byte.
 * Borrows may raise false bits, but only above a true one. */
static inline uint64_t bytes_below(uint64_t w, uint8_t byte)
{
	return (w - repeat(byte)) & ~w & repeat(0x80);
}

static inline uint64_t bytes_equal(uint64_t w, uint8_t byte)
{
	return bytes_below(w ^ repeat(byte), 1);
}

typedef uint8_t sixteen __attribute__((vector_size(16)));

static inline bool are_of_target(const char *p)
{
	sixteen bytes;
	uint64_t halves[2];
	memcpy(&bytes, p, sizeof(bytes));
	sixteen hits =
		(sixteen)((bytes < 0x21) | (bytes == '#') | (bytes == 0x7f));
	memcpy(halves, &hits, sizeof(halves));
	return (halves[0] | halves[1]) == 0;
}

/* The first byte that may not stand in a target. */
static const char *target_end(const char *p, const char *end)
{
	while (end - p >= 16 && are_of_target(p))
		p += 16;
	for (; end - p >= 8; p += 8) {
		uint64_t w = eight_bytes(p);
		uint64_t hit = bytes_below(w, 0x21) | bytes_equal(w, '#') |
			       bytes_equal(w, 0x7f);
		if (hit)
			return p + __builtin_ctzll(hit) / 8;
	}
	while (p < end && byte_is(*p, BYTE_TARGET))
		p++;
	return p;
}

static int parse_target(struct parser *s)
{
	size_t most = MIN((size_t)(s->end - s->p), HTTP_TARGET_MAX + 1);
	const char *p = target_end(s->p, s->p + most);
	size_t n = (size_t)(p - s->p);
	s->head->target = (struct str){s->p, MIN(n, HTTP_TARGET_MAX)};
	if (p == s->end && n <= HTTP_TARGET_MAX)
		return MORE;
	bool understood = split_target(s);
	if (n > HTTP_TARGET_MAX)
		return refuse(s, HTTP_FAULT_TARGET_TOO_LONG);
	if (!understood || *p != ' ')
		return refuse(s, HTTP_FAULT_MALFORMED);
	s->p = p + 1;
	return DONE;
}

static int parse_version(struct parser *s)
{
	static const char form[] = "HTTP/9.9\r\n"; /* 9: any digit */
	const char *p = s->p;
	size_t left = MIN((size_t)(s->end - p), sizeof(form) - 1);
	if (left == sizeof(form) - 1 && memcmp(p, "HTTP/1.1\r\n", left) == 0) {
		s->head->minor = 1;
		s->p = p + sizeof(form) - 1;
		return DONE;
	}
	for (size_t i = 0; i < left; i++) {
		char c = g_ascii_isdigit(p[i]) ? '9' : p[i];
		if (c != form[i])
			return refuse(s, HTTP_FAULT_MALFORMED);
	}
	if (left < sizeof(form) - 1)
		return MORE;
	if (p[5] != '1' || (p[7] != '0' && p[7] != '1'))
		return refuse(s, HTTP_FAULT_VERSION);
	s->head->minor = p[7] == '1';
	s->p = p + left;
	return DONE;
}

/* The first byte that may not stand in a field value. */
static inline const char *value_end(const char *p, const char *end)
{
	while (end - p >= 8) {
		uint64_t w = eight_bytes(p);
		uint64_t hit = bytes_below(w, 0x20) | bytes_equal(w, 0x7f);
		if (hit == 0) {
			p += 8;
			continue;
		}
		p += __builtin_ctzll(hit) / 8;
		if (*p != '\t')
			return p;
		p++;
	}
	while (p < end && byte_is(*p, BYTE_VALUE))
		p++;
	return p;
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline int parse_field(struct parser *s, struct http_header *field)
{
	const char *p = s->p, *end = s->end;
	while (p < end && byte_is(*p, BYTE_TOKEN))
		p++;
	if (p == end)
		return MORE;
	if (p == s->p || *p != ':')
		return refuse(s, HTTP_FAULT_MALFORMED);
	field->name = (struct str){s->p, (size_t)(p - s->p)};
	for (p++; p < end && is_blank(*p);)
		p++;
	const char *from = p;
	p = value_end(p, end);
	if (p == end)
		return MORE;
	if (*p != '\r')
		return refuse(s, HTTP_FAULT_MALFORMED);
	if (end - p < 2)
		return MORE;
	if (p[1] != '\n')
		return refuse(s, HTTP_FAULT_MALFORMED);
	s->p = p + 2;
	while (p > from && is_blank(p[-1]))
		p--;
	field->value = (struct str){from, (size_t)(p - from)};
	return DONE;
}

static void note_host(struct parser *s, struct str value)
{
	s->hosts++;
	if (value.n == 0 && s->head->minor == 0)
		return;
	if (!http_authority_valid(value))
		s->wrong = true;
	else if (!s->absolute)
		s->head->authority = value;
}

static void note_length(struct parser *s, struct str value)
{
	uint64_t length = 0;
	s->lengths++;
	if (!str_to_u64(value, INT64_MAX, &length))
		s->wrong = true;
	s->head->content_length = (int64_t)length;
}

static void note_coding(struct parser *s, struct str value)
{
	s->codings++;
	if (!str_eq_nocase(value, STR("chunked")))
		s->unknown_coding = true;
}

static void note_connection(struct parser *s, struct str value)
{
	while (value.p) {
		struct str token = str_trim(str_split(&value, ','));
		if (str_eq_nocase(token, STR("close")))
			s->close = true;
		else if (str_eq_nocase(token, STR("keep-alive")))
			s->persist = true;
	}
}

static void note_expect(struct parser *s, struct str value)
{
	if (s->head->minor == 1 && str_eq_nocase(value, STR("100-continue")))
		s->head->expect_continue = true;
}

/* `lower` has letters and '-' only, for which setting bit 5 of a token's byte
 * is exactly the change to lower case. */
static inline bool named(struct str name, const char *lower)
{
	for (size_t i = 0; i < name.n; i++)
		if ((name.p[i] | 0x20) != lower[i])
			return false;
	return true;
}

/* The fields that framing depends on. */
static inline void note_field(struct parser *s, const struct http_header *field)
{
	struct str name = field->name;
	switch (name.n) {
	case sizeof("host") - 1:
		if (named(name, "host"))
			note_host(s, field->value);
		break;
	case sizeof("expect") - 1:
		if (named(name, "expect"))
			note_expect(s, field->value);
		break;
	case sizeof("connection") - 1:
		if (named(name, "connection"))
			note_connection(s, field->value);
		break;
	case sizeof("content-length") - 1:
		if (named(name, "content-length"))
			note_length(s, field->value);
		break;
	case sizeof("transfer-encoding") - 1:
		if (named(name, "transfer-encoding"))
			note_coding(s, field->value);
		break;
	}
}

static int parse_fields(struct parser *s)
{
	struct http_head *head = s->head;
	for (;;) {
		if (s->p < s->end && *s->p == '\r') {
			if (s->end - s->p < 2)
				return MORE;
			if (s->p[1] != '\n')
				return refuse(s, HTTP_FAULT_MALFORMED);
			s->p += 2;
			return DONE;
		}
		struct http_header field;
		int got = parse_field(s, &field);
		if (got != DONE)
			return got;
		if (head->n_headers == HTTP_HEADERS_MAX)
			return refuse(s, HTTP_FAULT_HEAD_TOO_LARGE);
		note_field(s, &field);
		head->headers[head->n_headers++] = field;
	}
}

/* What the fields say together: RFC 9112 sections 3.2, 6.1 to 6.3, 9.3. */
static int judge(struct parser *s)
{
	struct http_head *head = s->head;
	if (s->wrong || s->hosts > 1 || s->lengths > 1 || s->codings > 1)
		return refuse(s, HTTP_FAULT_MALFORMED);
	if (s->hosts == 0 && head->minor == 1)
		return refuse(s, HTTP_FAULT_MALFORMED);
	if (s->codings && (s->lengths || head->minor == 0))
		return refuse(s, HTTP_FAULT_MALFORMED);
	if (s->unknown_coding)
		return refuse(s, HTTP_FAULT_CODING);
	head->chunked = s->codings;
	head->keep_alive = !s->close && (head->minor == 1 || s->persist);
	return DONE;
}

static int parse_head(struct parser *s)
{
	int got = parse_empty_lines(s);
	if (got == DONE)
		got = parse_method(s);
	if (got == DONE)
		got = parse_target(s);
	if (got == DONE)
		got = parse_version(s);
	if (got == DONE)
		got = parse_fields(s);
	return got == DONE ? judge(s) : got;
}

/* All but the header array, which n_headers makes empty. */
void http_head_init(struct http_head *head)
{
	memset(head, 0, offsetof(struct http_head, headers));
	head->content_length = -1;
}

/* Keeps what the request line and Host said. */
static void head_reduce(struct http_head *head)
{
	head->keep_alive = false;
	head->expect_continue = false;
	head->chunked = false;
	head->content_length = -1;
	head->n_headers = 0;
}

/* Whether what was undecided up to `scanned` could now be decided: it has an
 * empty line, or a line feed that must be refused. */
static bool worth_parsing(struct str come, size_t scanned)
{
	const char *lf = come.p + scanned, *end = come.p + come.n;
	while ((lf = memchr(lf, '\n', (size_t)(end - lf)))) {
		if (lf == come.p || lf[-1] != '\r')
			return true;
		if (lf - come.p >= 3 && lf[-2] == '\n')
			return true;
		lf++;
	}
	return false;
}

ptrdiff_t http_head_parse(struct http_head *head, struct str come,
			  size_t *scanned, enum http_fault *fault)
{
	*fault = HTTP_FAULT_NONE;
	come.n = MIN(come.n, HTTP_HEAD_MAX);
	bool full = come.n == HTTP_HEAD_MAX;
	if (*scanned > 0 && !full && !worth_parsing(come, *scanned)) {
		*scanned = come.n;
		return 0;
	}
	struct parser s = {.head = head, .p = come.p, .end = come.p + come.n};
	http_head_init(head);
	int got = parse_head(&s);
	if (got == MORE && !full) {
		*scanned = come.n;
		return 0;
	}
	*scanned = 0;
	if (got == DONE)
		return s.p - come.p;
	*fault = got == MORE ? HTTP_FAULT_HEAD_TOO_LARGE : s.fault;
	head_reduce(head);
	return -1;
}

void http_head_partial(struct http_head *head, struct str come)
{
	struct parser s = {.head = head,
			   .p = come.p,
			   .end = come.p + MIN(come.n, HTTP_HEAD_MAX)};
	http_head_init(head);
	parse_head(&s);
	head_reduce(head);
}

struct str http_head_get(const struct http_head *head, struct str name)
{
	for (size_t i = 0; i < head->n_headers; i++)
		if (str_eq_nocase(head->headers[i].name, name))
			return head->headers[i].value;
	return STR_NONE;
}

struct str http_media_type(struct str content_type)
{
	return str_trim(str_split(&content_type, ';'));
}

bool http_is_media_type(struct str essence)
{
	struct str subtype = essence;
	struct str type = str_split(&subtype, '/');
	return http_is_token(type) && http_is_token(subtype) &&
	       str_find(essence, '*') < 0;
}

static bool escapes(char c, char next)
{
	return c == '\\' && (next == '"' || next == '\\');
}

/* Takes a quoted-string, opening quote first, off *rest. */
static struct str take_quoted(struct str *rest)
{
	const char *p = rest->p;
	size_t i = 1, n = rest->n;
	while (i < n && p[i] != '"')
		i += i + 1 < n && escapes(p[i], p[i + 1]) ? 2 : 1;
	/* Browsers do not escape backslashes: in "a\" the last one is plain. */
	if (i == n && i > 1 && p[i - 1] == '"')
		i--;
	struct str inside = str_sub(*rest, 1, i);
	*rest = str_skip(*rest, i);
	return inside;
}

bool http_next_param(struct str *rest, struct str *name, struct str *value)
{
	while (rest->p) {
		size_t n = 0;
		while (n < rest->n && rest->p[n] != '=' && rest->p[n] != ';')
			n++;
		struct str text = STR_NONE;
		bool valued = n < rest->n && rest->p[n] == '=';
		*name = str_trim(str_sub(*rest, 0, n));
		*rest = str_skip(*rest, n);
		if (valued) {
			*rest = str_trim(str_skip(*rest, 1));
			if (rest->n && rest->p[0] == '"')
				text = take_quoted(rest);
		}
		struct str before = str_split(rest, ';');
		*value = text.p ? text : str_trim(before);
		if (valued)
			return true;
	}
	return false;
}

struct str http_param(struct str value, struct str name)
{
	struct str rest = value, found, text;
	str_split(&rest, ';');
	while (http_next_param(&rest, &found, &text))
		if (str_eq_nocase(found, name))
			return text;
	return STR_NONE;
}
