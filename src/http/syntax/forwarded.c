/* SPDX-License-Identifier: Apache-2.0 */
#include "http/syntax/forwarded.h"

#include <glib.h>

#include "http/syntax/bytes.h"

/* What one proxy has added. */
struct hop {
	struct str node, host, proto;
};

/* The last FORWARDED_HOPS_MAX of them. */
struct hops {
	struct hop hop[FORWARDED_HOPS_MAX];
	size_t n; /* in all */
	bool malformed;
};

static struct hop *add(struct hops *hops)
{
	struct hop *hop = &hops->hop[hops->n++ % FORWARDED_HOPS_MAX];
	*hop = (struct hop){STR_NONE, STR_NONE, STR_NONE};
	return hop;
}

static size_t kept(const struct hops *hops)
{
	return MIN(hops->n, FORWARDED_HOPS_MAX);
}

/* i: from the right, 0 first */
static const struct hop *hop_at(const struct hops *hops, size_t i)
{
	return &hops->hop[(hops->n - 1 - i) % FORWARDED_HOPS_MAX];
}

/* The comma-separated values of all fields of that name, in order (RFC 9110
 * section 5.3). */
static void read_list(const struct http_head *head, struct str name,
		      struct hops *hops)
{
	hops->n = 0;
	hops->malformed = false;
	for (size_t i = 0; i < head->n_headers; i++) {
		if (!str_eq_nocase(head->headers[i].name, name))
			continue;
		struct str rest = head->headers[i].value;
		while (rest.p) {
			struct str value = str_trim(str_split(&rest, ','));
			if (value.n)
				add(hops)->node = value;
		}
	}
}

static void skip_blanks(struct str *rest)
{
	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		*rest = str_skip(*rest, 1);
}

/* Of a node also what should stand in quotes and seldom does. */
static bool is_value(char c)
{
	return byte_is(c, BYTE_TOKEN) || c == ':' || c == '[' || c == ']';
}

/* token or quoted-string; nothing that is of use has a backslash. */
static bool take_value(struct str *rest, struct str *out)
{
	size_t n = 0;
	if (rest->n && rest->p[0] == '"') {
		*rest = str_skip(*rest, 1);
		ptrdiff_t end = str_find(*rest, '"');
		if (end < 0)
			return false;
		*out = str_sub(*rest, 0, (size_t)end);
		*rest = str_skip(*rest, (size_t)end + 1);
		return str_find(*out, '\\') < 0;
	}
	while (n < rest->n && is_value(rest->p[n]))
		n++;
	*out = str_sub(*rest, 0, n);
	*rest = str_skip(*rest, n);
	return n > 0;
}

/* name=value; false: malformed. */
static bool take_pair(struct str *rest, struct hop *hop)
{
	ptrdiff_t equals = str_find(*rest, '=');
	struct str value;
	if (equals < 0)
		return false;
	struct str name = str_sub(*rest, 0, (size_t)equals);
	*rest = str_skip(*rest, (size_t)equals + 1);
	if (!http_is_token(name) || !take_value(rest, &value))
		return false;
	struct str *member = str_eq_nocase(name, STR("for"))     ? &hop->node
			     : str_eq_nocase(name, STR("host"))  ? &hop->host
			     : str_eq_nocase(name, STR("proto")) ? &hop->proto
								 : NULL;
	if (member && member->p)
		return false; /* at most once, RFC 7239 section 4 */
	if (member)
		*member = value;
	return true;
}

/* forwarded-element up to its comma or the end; false: malformed. */
static bool take_element(struct str *rest, struct hops *hops)
{
	struct hop *hop = NULL;
	for (;;) {
		skip_blanks(rest);
		bool ends = rest->n == 0 || rest->p[0] == ',';
		if (!ends && rest->p[0] != ';') {
			hop = hop ? hop : add(hops);
			if (!take_pair(rest, hop))
				return false;
			skip_blanks(rest);
			ends = rest->n == 0 || rest->p[0] == ',';
			if (!ends && rest->p[0] != ';')
				return false;
		}
		if (rest->n)
			*rest = str_skip(*rest, 1);
		if (ends)
			return true;
	}
}

static void read_forwarded(const struct http_head *head, struct hops *hops)
{
	hops->n = 0;
	hops->malformed = false;
	for (size_t i = 0; i < head->n_headers; i++) {
		if (!str_eq_nocase(head->headers[i].name, STR("Forwarded")))
			continue;
		struct str rest = head->headers[i].value;
		while (rest.n && !hops->malformed)
			hops->malformed = !take_element(&rest, hops);
	}
}

/* Behind a node's address: nothing, or ":port", which may be a word too. */
static bool is_port(struct str s)
{
	if (s.n == 0)
		return true;
	if (s.p[0] != ':' || s.n == 1)
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!g_ascii_isalnum(s.p[i]) && !strchr("._-", s.p[i]))
			return false;
	return true;
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80" */
static bool parse_node(struct str node, struct address *out)
{
	if (node.n && node.p[0] == '[') {
		ptrdiff_t end = str_find(node, ']');
		return end > 0 && is_port(str_skip(node, (size_t)end + 1)) &&
		       address_parse(str_sub(node, 1, (size_t)end), out) &&
		       str_find(node, ':') >= 0;
	}
	ptrdiff_t colon = str_find(node, ':');
	if (colon >= 0 && colon == str_rfind(node, ':')) {
		if (!is_port(str_skip(node, (size_t)colon)))
			return false;
		node.n = (size_t)colon;
	}
	return address_parse(node, out);
}

/* The proxy does not say, and says so. */
static bool is_hidden(struct str node)
{
	return node.n == 0 || node.p[0] == '_' ||
	       str_eq_nocase(node, STR("unknown"));
}

/* Sets *client, which is the peer's, unless there is no hop or it hides it, and
 * which hop that is. False: nobody knows. */
static bool find_client(const struct hops *hops,
			const struct address_list *trusted,
			struct address *client, size_t *at)
{
	const struct address peer = *client;
	*at = 0;
	if (hops->malformed)
		return false;
	for (size_t i = 0; i < kept(hops); i++) {
		*at = i;
		if (is_hidden(hop_at(hops, i)->node)) {
			*client = peer;
			return true;
		}
		if (!parse_node(hop_at(hops, i)->node, client))
			return false;
		if (!address_list_has(trusted, client))
			return true;
	}
	return hops->n <= FORWARDED_HOPS_MAX;
}

/* What the proxy that names the client says in a list of its own. Proxies that
 * pass such a list on and add nothing to it make it shorter. */
static struct str value_at(const struct http_head *head, struct str name,
			   size_t at)
{
	struct hops hops;
	read_list(head, name, &hops);
	if (hops.n == 0)
		return STR_NONE;
	return hop_at(&hops, MIN(at, kept(&hops) - 1))->node;
}

static void set_host(struct forwarded *out, struct str host)
{
	if (http_authority_valid(host))
		out->host = host;
}

static void set_scheme(struct forwarded *out, struct str scheme)
{
	if (str_eq_nocase(scheme, STR("https")))
		out->scheme = STR("https");
	else if (str_eq_nocase(scheme, STR("http")))
		out->scheme = STR("http");
}

void forwarded_read(const struct http_head *head,
		    const struct address_list *trusted,
		    const struct address *peer, struct forwarded *out)
{
	struct hops list, forwarded;
	struct address client = *peer, other = *peer;
	size_t at, other_at;
	*out = (struct forwarded){*peer, STR_NONE, STR_NONE};
	read_list(head, STR("X-Forwarded-For"), &list);
	read_forwarded(head, &forwarded);
	bool known = find_client(&list, trusted, &client, &at);
	bool other_known = find_client(&forwarded, trusted, &other, &other_at);
	bool has_other = forwarded.n || forwarded.malformed;
	if (has_other && list.n)
		known = known && other_known && address_eq(&client, &other);
	else if (has_other)
		known = other_known;
	if (!known)
		return;
	if (has_other && list.n == 0) {
		const struct hop *hop = hop_at(&forwarded, other_at);
		out->client = other;
		set_host(out, hop->host);
		set_scheme(out, hop->proto);
		return;
	}
	out->client = client;
	set_host(out, value_at(head, STR("X-Forwarded-Host"), at));
	set_scheme(out, value_at(head, STR("X-Forwarded-Proto"), at));
}
