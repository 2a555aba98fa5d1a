/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state machine over the pieces of a body.
 *
 * The delimiter, CRLF "--" boundary, has its only CR in front. So a failed
 * match can never hide the start of another one, and the bytes held back
 * between two pieces are always the first `held` of the delimiter: none are
 * copied. Everything else is handed out from the caller's own memory.
 */
#include "http/syntax/multipart.h"

#include <endian.h>
#include <glib.h>

#include "base/buf.h"
#include "http/syntax/bytes.h"
#include "http/syntax/filename.h"
#include "http/syntax/head.h"

#define LEAD 4                        /* CRLF "--" */
#define IGNORED_MAX (64u * 1024)      /* preamble, padding, epilogue: each */
#define PREFIX_BYTES sizeof(uint64_t) /* compared at once */

enum state {
	SEARCH,     /* for the delimiter; in a part or before the first */
	AFTER,      /* all of the delimiter seen: is it one? */
	AFTER_CR,   /* then CR */
	AFTER_DASH, /* then '-' */
	PADDING,    /* blanks behind a delimiter */
	PADDING_CR,
	HEAD, /* a part's header lines */
	EPILOGUE,
	FAILED,
	STATES
};

struct multipart {
	struct arena *arena;
	struct multipart_events events;
	enum state state;
	bool in_part;
	unsigned parts;
	struct multipart_part part;
	size_t ignored;  /* bytes skipped in this place */
	size_t held;     /* bytes of the delimiter matched */
	struct buf head; /* of the part that begins */
	size_t line;     /* where its current line starts */
	size_t n;        /* length of the delimiter */
	/* and one more: the '-' that may stand behind it */
	char delimiter[LEAD + MULTIPART_BOUNDARY_MAX + 1];
};

/* The piece being fed. */
struct piece {
	const char *p, *end;
	const char *run;  /* content not handed out yet, up to mark or p */
	const char *mark; /* where the delimiter being matched began; NULL if in
			     an earlier piece, or if none is */
};

/* Compiled to the vector instructions of any machine; no case for one here. */
typedef char vector __attribute__((vector_size(16)));

static inline vector load(const char *p)
{
	vector v;
	memcpy(&v, p, sizeof(v));
	return v;
}

/* Lanes where CRLF "--" may begin are all ones: two of its bytes tell nearly as
 * much as four. Needs p[0..19). */
static inline vector leads(const char *p)
{
	return (vector)((load(p) == '\r') & (load(p + 3) == '-'));
}

/* Whether p begins the delimiter, as far as there are bytes. */
static inline bool begins(const struct multipart *m, const char *p,
			  const char *end)
{
	size_t n = MIN((size_t)(end - p), m->n);
	if (n >= PREFIX_BYTES && memcmp(p, m->delimiter, PREFIX_BYTES) != 0)
		return false;
	return memcmp(p, m->delimiter, n) == 0;
}

/* The first of the marked lanes at which the delimiter begins, or NULL. */
static const char *candidate(const struct multipart *m, const char *p,
			     vector marked, const char *end)
{
	uint64_t words[sizeof(marked) / sizeof(uint64_t)];
	memcpy(words, &marked, sizeof(words));
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++, p += 8) {
		uint64_t word = le64toh(words[i]);
		while (word) {
			int bit = __builtin_ctzll(word);
			if (begins(m, p + bit / 8, end))
				return p + bit / 8;
			word &= ~(UINT64_C(0xff) << bit);
		}
	}
	return NULL;
}

/*
 * Where the delimiter, or as much of it as fits, begins; `end` if nowhere.
 * Contents and boundary may both be chosen by an adversary: a candidate costs a
 * few instructions, or a comparison no longer than the distance to the next.
 */
static const char *find_delimiter(const struct multipart *m, const char *p,
				  const char *end)
{
	enum {
		LANES = sizeof(vector),
		BLOCK = 4 * LANES
	};
	for (; end - p >= BLOCK + LEAD - 1; p += BLOCK) {
		vector hits[4];
		for (int i = 0; i < 4; i++)
			hits[i] = leads(p + i * LANES);
		vector any = hits[0] | hits[1] | hits[2] | hits[3];
		uint64_t words[2];
		memcpy(words, &any, sizeof(words));
		if ((words[0] | words[1]) == 0)
			continue;
		for (int i = 0; i < 4; i++) {
			const char *at =
				candidate(m, p + i * LANES, hits[i], end);
			if (at)
				return at;
		}
	}
	for (; p < end; p++)
		if (*p == '\r' && begins(m, p, end))
			return p;
	return end;
}

static int emit(struct multipart *m, const char *p, size_t n, struct err *err)
{
	if (n == 0)
		return 0;
	if (m->in_part)
		return m->events.part_data(m->events.user, &m->part, p, n, err);
	m->ignored += n;
	if (m->ignored > IGNORED_MAX)
		return err_set(err, ERR_INVALID,
			       "The body does not begin with its multipart "
			       "boundary.");
	return 0;
}

/* Passes over a byte that belongs to the delimiter. */
static void take(struct piece *in)
{
	in->p++;
	if (in->mark == NULL)
		in->run = in->p;
}

/* What looked like a delimiter up to in->p is content. */
static int false_alarm(struct multipart *m, struct piece *in, struct err *err)
{
	size_t n = m->held;
	m->held = 0;
	m->state = SEARCH;
	if (in->mark) {
		in->mark = NULL;
		return 0;
	}
	in->run = in->p;
	return emit(m, m->delimiter, n, err);
}

/* It is a delimiter: the content before it is complete. */
static int confirm(struct multipart *m, struct piece *in, enum state state,
		   struct err *err)
{
	if (in->mark && emit(m, in->run, (size_t)(in->mark - in->run), err) < 0)
		return -1;
	in->mark = NULL;
	m->held = 0;
	m->ignored = 0;
	m->state = state;
	if (!m->in_part)
		return 0;
	m->in_part = false;
	return m->events.part_end(m->events.user, &m->part, err);
}

static int begin_head(struct multipart *m, struct err *err)
{
	if (m->parts == MULTIPART_PARTS_MAX)
		return err_set(err, ERR_INVALID,
			       "The body has more than %d parts.",
			       MULTIPART_PARTS_MAX);
	m->head.n = 0;
	m->line = 0;
	m->state = HEAD;
	return 0;
}

static int step_search(struct multipart *m, struct piece *in, struct err *err)
{
	if (m->held == 0) {
		in->mark = find_delimiter(m, in->p, in->end);
		m->held = MIN((size_t)(in->end - in->mark), m->n);
		in->p = in->mark + m->held;
	}
	while (in->p < in->end && m->held < m->n &&
	       *in->p == m->delimiter[m->held]) {
		take(in);
		m->held++;
	}
	if (m->held == m->n)
		m->state = AFTER;
	else if (in->p < in->end)
		return false_alarm(m, in, err);
	return 0;
}

static int step_after(struct multipart *m, struct piece *in, struct err *err)
{
	switch (*in->p) {
	case ' ':
	case '\t':
		return confirm(m, in, PADDING, err);
	case '\r':
		take(in);
		m->state = AFTER_CR;
		return 0;
	case '-':
		take(in);
		m->held++;
		m->state = AFTER_DASH;
		return 0;
	default:
		return false_alarm(m, in, err);
	}
}

static int step_after_cr(struct multipart *m, struct piece *in, struct err *err)
{
	if (*in->p == '\n') {
		take(in);
		return confirm(m, in, HEAD, err) < 0 ? -1 : begin_head(m, err);
	}
	/* The CR may begin the real delimiter. */
	const char *cr = in->mark ? in->p - 1 : NULL;
	if (false_alarm(m, in, err) < 0)
		return -1;
	m->held = 1;
	in->mark = cr;
	return 0;
}

static int step_after_dash(struct multipart *m, struct piece *in,
			   struct err *err)
{
	if (*in->p != '-')
		return false_alarm(m, in, err);
	take(in);
	return confirm(m, in, EPILOGUE, err);
}

static int step_padding(struct multipart *m, struct piece *in, struct err *err)
{
	char c = *in->p++;
	bool blank = c == ' ' || c == '\t';
	if (m->state == PADDING_CR && c == '\n')
		return begin_head(m, err);
	if (m->state == PADDING && c == '\r')
		m->state = PADDING_CR;
	else if (m->state == PADDING_CR || !blank || ++m->ignored > IGNORED_MAX)
		return err_set(err, ERR_INVALID,
			       "A multipart boundary is followed by something "
			       "other than a line end.");
	return 0;
}

static int step_epilogue(struct multipart *m, struct piece *in, struct err *err)
{
	m->ignored += (size_t)(in->end - in->p);
	in->p = in->end;
	if (m->ignored > IGNORED_MAX)
		return err_set(err, ERR_INVALID,
			       "The body goes on after its last multipart "
			       "boundary.");
	return 0;
}

static int step_failed(struct multipart *m, struct piece *in, struct err *err)
{
	(void)m;
	(void)in;
	return err_set(err, ERR_INVALID, "The multipart body is malformed.");
}

static int bad_head(struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "A part of the multipart body has a malformed header.");
}

static bool all_are(struct str s, unsigned class)
{
	for (size_t i = 0; i < s.n; i++)
		if (!byte_is(s.p[i], class))
			return false;
	return true;
}

/* The byte that browsers spell %22, %0D or %0A at the start of s; else 0. */
static char browser_escape(struct str s)
{
	static const struct {
		struct str spelt;
		char byte;
	} escapes[] = {
		{{"%22", 3}, '"'},
		{{"%0D", 3}, '\r'},
		{{"%0A", 3}, '\n'},
	};
	for (size_t i = 0; s.p[0] == '%' && i < G_N_ELEMENTS(escapes); i++)
		if (str_starts_nocase(s, escapes[i].spelt))
			return escapes[i].byte;
	return 0;
}

/* A copy of a parameter without curl's and browsers' escapes. */
static struct str unescape(struct arena *arena, struct str s)
{
	s = http_unquote(arena, s);
	char *out = arena_alloc(arena, s.n + 1);
	size_t n = 0;
	while (s.n) {
		char byte = browser_escape(s);
		out[n++] = byte ? byte : s.p[0];
		s = str_skip(s, byte ? 3 : 1);
	}
	return (struct str){out, n};
}

/* A parameter's text: its extended spellings win, unless nobody can read them
 * (RFC 8187 section 4.2). False when that was all there is, or it is not
 * UTF-8. */
static bool part_text(struct arena *arena, struct str disposition,
		      struct str name, struct str *out)
{
	bool is_extended = http_extended_param(arena, disposition, name, out);
	struct str plain = http_param(disposition, name);
	if (out->p == NULL && plain.p)
		*out = unescape(arena, plain);
	return str_is_utf8(*out) && (out->p || !is_extended);
}

static int name_part(struct multipart *m, struct str disposition,
		     struct err *err)
{
	struct multipart_part *part = &m->part;
	if (!part_text(m->arena, disposition, STR("name"), &part->name) ||
	    !part_text(m->arena, disposition, STR("filename"), &part->filename))
		return err_set(err, ERR_INVALID,
			       "A part's name or file name is not UTF-8.");
	return 0;
}

/* curl (encoder=base64) and mail libraries write it; who has another name for
 * bytes as they are means those. */
static int take_coding(struct multipart *m, struct str coding, struct err *err)
{
	m->part.is_base64 = str_eq_nocase(coding, STR("base64"));
	if (str_eq_nocase(coding, STR("quoted-printable")))
		return err_set(err, ERR_INVALID,
			       "A part's Content-Transfer-Encoding must be "
			       "binary or base64.");
	return 0;
}

/* Takes out the line breaks inside fields (RFC 5322 section 2.2.3): mail
 * libraries fold long ones. Of the message's own head nobody wants that any
 * more; here nothing in between could read it differently. */
static struct str unfold(struct buf *head)
{
	struct str rest = buf_str(head);
	size_t n = 0;
	while (rest.n) {
		struct str line = rest;
		ptrdiff_t lf = str_find(rest, '\n');
		if (lf >= 0)
			line.n = (size_t)lf + 1;
		rest = str_skip(rest, line.n);
		bool folds = str_ends(line, STR("\r\n")) && rest.n &&
			     (rest.p[0] == ' ' || rest.p[0] == '\t');
		if (folds)
			line.n -= 2;
		memmove(head->p + n, line.p, line.n);
		n += line.n;
	}
	head->n = n;
	return buf_str(head);
}

/* Takes one line off *text and its name and value apart. */
static bool next_field(struct str *text, struct str *name, struct str *value)
{
	struct str line = str_split(text, '\n');
	line.n--; /* CR */
	*value = line;
	*name = str_split(value, ':');
	*value = str_trim(*value);
	return value->p && name->n && all_are(*name, BYTE_TOKEN) &&
	       all_are(*value, BYTE_VALUE);
}

/* text: header lines, each with its CRLF */
static int read_head(struct multipart *m, struct str text, struct err *err)
{
	struct str disposition = STR_NONE, type = STR_NONE, coding = STR_NONE;
	struct str name, value;
	while (text.n) {
		if (!next_field(&text, &name, &value))
			return bad_head(err);
		struct str *kept = NULL;
		if (str_eq_nocase(name, STR("content-disposition")))
			kept = &disposition;
		else if (str_eq_nocase(name, STR("content-type")))
			kept = &type;
		else if (str_eq_nocase(name, STR("content-transfer-encoding")))
			kept = &coding;
		if (kept && kept->p)
			return bad_head(err);
		if (kept)
			*kept = value;
	}
	m->part.content_type = arena_str(m->arena, type);
	if (take_coding(m, coding, err) < 0)
		return -1;
	return name_part(m, disposition, err);
}

static int begin_part(struct multipart *m, struct piece *in, struct err *err)
{
	struct str head = unfold(&m->head);
	head.n -= 2;
	if (read_head(m, head, err) < 0)
		return -1;
	m->part.index = m->parts++;
	m->in_part = true;
	m->state = SEARCH;
	in->run = in->p;
	return m->events.part_begin(m->events.user, &m->part, err);
}

static int step_head(struct multipart *m, struct piece *in, struct err *err)
{
	const char *lf = memchr(in->p, '\n', (size_t)(in->end - in->p));
	const char *stop = lf ? lf + 1 : in->end;
	buf_add(&m->head, (struct str){in->p, (size_t)(stop - in->p)});
	in->p = stop;
	if (m->head.overflow)
		return err_set(err, ERR_INVALID,
			       "A part's headers are longer than %u bytes.",
			       MULTIPART_HEAD_MAX);
	if (lf == NULL)
		return 0;
	struct str line = str_skip(buf_str(&m->head), m->line);
	if (!str_ends(line, STR("\r\n")))
		return bad_head(err);
	if (line.n == 2)
		return begin_part(m, in, err);
	m->line = m->head.n;
	return 0;
}

static int (*const steps[STATES])(struct multipart *m, struct piece *in,
				  struct err *err) = {
	[SEARCH] = step_search,     [AFTER] = step_after,
	[AFTER_CR] = step_after_cr, [AFTER_DASH] = step_after_dash,
	[PADDING] = step_padding,   [PADDING_CR] = step_padding,
	[HEAD] = step_head,         [EPILOGUE] = step_epilogue,
	[FAILED] = step_failed,
};

/* Hands out what is surely content, at the end of a piece. */
static int flush(struct multipart *m, const struct piece *in, struct err *err)
{
	if (m->state > AFTER_DASH)
		return 0;
	const char *stop = in->mark ? in->mark : in->p;
	return emit(m, in->run, (size_t)(stop - in->run), err);
}

int multipart_feed(struct multipart *m, const char *p, size_t n,
		   struct err *err)
{
	if (n == 0)
		return 0;
	struct piece in = {.p = p, .end = p + n, .run = p};
	int done = 0;
	while (done == 0 && in.p < in.end)
		done = steps[m->state](m, &in, err);
	if (done == 0)
		done = flush(m, &in, err);
	if (done < 0)
		m->state = FAILED;
	return done;
}

int multipart_end(struct multipart *m, struct err *err)
{
	if (m->state == EPILOGUE)
		return 0;
	return err_set(err, ERR_INVALID,
		       "The body ends before its closing multipart boundary.");
}

static bool boundary_valid(struct str boundary)
{
	return boundary.n > 0 && boundary.n <= MULTIPART_BOUNDARY_MAX &&
	       all_are(boundary, BYTE_BOUNDARY) &&
	       boundary.p[boundary.n - 1] != ' ';
}

struct multipart *multipart_new(struct arena *arena, struct str content_type,
				const struct multipart_events *events,
				struct err *err)
{
	struct str boundary = http_param(content_type, STR("boundary"));
	if (!str_eq_nocase(http_media_type(content_type),
			   STR("multipart/form-data"))) {
		err_set(err, ERR_INVALID,
			"The Content-Type is not multipart/form-data.");
		return NULL;
	}
	if (boundary.p == NULL || !boundary_valid(boundary)) {
		err_set(err, ERR_INVALID,
			"The Content-Type has no usable multipart boundary.");
		return NULL;
	}
	struct multipart *m = arena_zalloc(arena, sizeof(*m));
	m->arena = arena;
	m->events = *events;
	m->state = SEARCH;
	m->held = 2; /* as if a CRLF stood before the body */
	m->n = LEAD + boundary.n;
	memcpy(m->delimiter, "\r\n--", LEAD);
	memcpy(m->delimiter + LEAD, boundary.p, boundary.n);
	m->delimiter[m->n] = '-';
	buf_init(&m->head, arena, MULTIPART_HEAD_MAX);
	return m;
}
