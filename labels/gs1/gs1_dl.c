/* GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax). */
#include "labels/gs1/gs1_elements.h"
#include "labels/gs1/text.h"

#define PATH_AIS_MAX 8 /* a key and its qualifiers, three at most; room for more, so that one too many is told as such */
#define SEGMENTS_MAX (2 * PATH_AIS_MAX) /* the path is read from its end: what comes before is stem */

static enum err fail(struct fault *f, size_t pos, size_t len, const char *rule)
{
	*f = (struct fault){ pos, len, rule };
	return ERR_GS1_DL;
}

/* Qualifiers are some of the alternative's ("22,10,21"), in its order. */
static bool order_fits(struct bytes alternative, const struct gs1_ai *const *quals, size_t n)
{
	struct bytes ai;
	size_t k = 0;

	while (k < n && text_part(&alternative, ',', &ai))
		k += gs1_ai_matches(quals[k], ai);
	return k == n;
}

/* ---- reading ---- */

struct link {
	struct gs1_data *d;
	const uint8_t *start; /* of the URI */
	size_t base; /* where that is in the original input */
	unsigned flags;
	struct fault *f;
	const struct gs1_ai *path[PATH_AIS_MAX]; /* the key, then its qualifiers */
	size_t path_n;
};

static size_t pos_of(const struct link *l, const uint8_t *p)
{
	return l->base + (size_t)(p - l->start);
}

static bool is_escape(struct bytes in, size_t i)
{
	return in.p[i] == '%' && in.n - i > 2 && text_hex(in.p[i + 1]) >= 0 && text_hex(in.p[i + 2]) >= 0;
}

/* Percent-decoding (RFC 3986 2.1); in a query '+' is a blank. */
static size_t decode(struct bytes in, bool query, uint8_t *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n && n < cap; i++) {
		if (is_escape(in, i)) {
			out[n++] = (uint8_t)(text_hex(in.p[i + 1]) << 4 | text_hex(in.p[i + 2]));
			i += 2;
		} else {
			out[n++] = query && in.p[i] == '+' ? ' ' : in.p[i];
		}
	}
	return n;
}

/* Where the decoded byte number i stands in the undecoded value. */
static size_t raw_index(struct bytes raw, size_t i)
{
	size_t at = 0;

	while (i-- > 0 && at < raw.n)
		at += is_escape(raw, at) ? 3 : 1;
	return at < raw.n ? at : raw.n;
}

static enum err put_value(struct link *l, const struct gs1_ai *ai, struct bytes raw, bool query)
{
	uint8_t value[GS1_TEXT_MAX + 1]; /* one more, so that what is too long does not look shorter */
	size_t n = decode(raw, query, value, sizeof(value));
	size_t padded = 0;
	enum err e;

	if (gs1_find(l->d, bytes_of_str(ai->digits)))
		return fail(l->f, pos_of(l, raw.p), raw.n, "the same application identifier twice");
	if (l->flags & GS1_PAD_GTIN && strcmp(ai->digits, "01") == 0 && (n == 8 || n == 12 || n == 13)) {
		padded = GTIN_DIGITS - n;
		memmove(value + padded, value, n);
		memset(value, '0', padded);
		n = GTIN_DIGITS;
	}
	e = gs1_put(l->d, ai, bytes_of(value, n), 0, l->f);
	if (e == ERR_OK)
		l->d->e[l->d->n - 1].pos = pos_of(l, raw.p);
	else
		l->f->pos = pos_of(l, raw.p) + raw_index(raw, l->f->pos > padded ? l->f->pos - padded : 0);
	return e;
}

/* One alternative of the key's qualifiers ("22,10,21|235") has those of the path in its order, and also, unless that is NULL. */
static bool qualifiers_fit(const struct link *l, const struct gs1_ai *also)
{
	struct bytes list = bytes_of_str(l->path[0]->dlpkey), alternative;

	if (l->path_n == 1 && !also)
		return true;
	while (text_part(&list, '|', &alternative))
		if (order_fits(alternative, l->path + 1, l->path_n - 1) && (!also || order_fits(alternative, &also, 1)))
			return true;
	return false;
}

/* The last SEGMENTS_MAX segments of the path. */
static size_t cut(struct bytes path, struct bytes *seg)
{
	struct bytes part;
	size_t n = 0;

	while (text_part(&path, '/', &part)) {
		if (n == SEGMENTS_MAX)
			memmove(seg, seg + 1, --n * sizeof(*seg));
		seg[n++] = part;
	}
	return n;
}

/* Pairs of AI and value from the end of the path back to the primary key; what stands before is the stem. */
static enum err parse_path(struct link *l, struct bytes path)
{
	struct bytes seg[SEGMENTS_MAX];
	size_t n = cut(path, seg), at = n;
	const struct gs1_ai *ai = NULL;
	enum err e = ERR_OK;

	while (!ai || !ai->dlpkey) {
		if (at < 2 || !(ai = gs1_ai_find(seg[at - 2])))
			return fail(l->f, pos_of(l, path.p), path.n, "no GS1 key in the path");
		at -= 2;
	}
	for (size_t i = at; i < n; i += 2)
		l->path[l->path_n++] = gs1_ai_find(seg[i]);
	if (!qualifiers_fit(l, NULL))
		return fail(l->f, pos_of(l, seg[at + 2].p), (size_t)(path.p + path.n - seg[at + 2].p),
			    "qualifiers that do not belong to this key, or in the wrong order");
	for (size_t i = at; i < n && e == ERR_OK; i += 2)
		e = put_value(l, l->path[(i - at) / 2], seg[i + 1], false);
	return e;
}

static bool all_digits(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (!text_is_digit(b.p[i]))
			return false;
	return b.n > 0;
}

/* One "key=value" of the query.  Keys that are not numbers belong to somebody else: passed over. */
static enum err parse_pair(struct link *l, struct bytes pair)
{
	struct bytes key = { 0 };
	const struct gs1_ai *ai;
	enum err e;

	if (!memchr(pair.p, '=', pair.n) || !text_part(&pair, '=', &key) || !all_digits(key))
		return ERR_OK;
	ai = gs1_ai_find(key);
	if (!ai || !strchr(ai->flags, '?'))
		return fail(l->f, pos_of(l, key.p), key.n, "not an application identifier for a link's query");
	e = put_value(l, ai, pair, true);
	if (e == ERR_OK && !(l->flags & GS1_LENIENT) && qualifiers_fit(l, ai))
		return fail(l->f, pos_of(l, key.p), key.n, "a qualifier of the key: it belongs into the path");
	return e;
}

/* RFC 3986 2: what may stand in a URI at all. */
static bool uri_char(uint8_t c)
{
	return c > 0x20 && c < 0x7f && !strchr("<>{}|\\^`\"", c);
}

static bool host_char(uint8_t c)
{
	return text_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr(".-:[]", c);
}

size_t gs1_dl_scheme(struct bytes in)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t s = 0; s < 2; s++) {
		size_t i = 0;

		while (schemes[s][i] && i < in.n && (in.p[i] | 0x20) == schemes[s][i])
			i++;
		if (!schemes[s][i])
			return i;
	}
	return 0;
}

/* What follows the scheme: host, path, query. */
static enum err parse_rest(struct link *l, struct bytes rest)
{
	struct bytes query = rest, path = { rest.p, 0 }, host = { rest.p, 0 }, pair;
	enum err e;

	text_part(&query, '?', &path);
	text_part(&path, '/', &host);
	for (size_t i = 0; i < host.n; i++)
		if (!host_char(host.p[i]))
			return fail(l->f, pos_of(l, host.p + i), 1, "not a character of a host name");
	if (host.n == 0 || path.n == 0)
		return fail(l->f, pos_of(l, host.p), host.n + path.n, "a host and a path are wanted");
	if (path.p[path.n - 1] == '/' && !(l->flags & GS1_LENIENT))
		return fail(l->f, pos_of(l, path.p) + path.n - 1, 1, "the path must not end in a slash");
	e = parse_path(l, path);
	while (e == ERR_OK && text_part(&query, '&', &pair))
		e = parse_pair(l, pair);
	return e;
}

enum err gs1_parse_dl(struct gs1_data *out, struct bytes in, size_t base, unsigned flags, struct fault *f)
{
	struct link l = { .d = out, .start = in.p, .base = base, .flags = flags, .f = f };
	size_t scheme = gs1_dl_scheme(in);
	struct bytes fragment = bytes_of(in.p + scheme, in.n - scheme), rest = { fragment.p, 0 };

	if (scheme == 0)
		return fail(f, base, 0, "http:// or https:// is wanted");
	for (size_t i = scheme; i < in.n; i++)
		if (!uri_char(in.p[i]))
			return fail(f, base + i, 1, "not a character of a URI");
	text_part(&fragment, '#', &rest); /* the fragment says nothing of the item */
	return parse_rest(&l, rest);
}

/* ---- writing ---- */

/* RFC 3986 2.3: everything but unreserved characters is percent-encoded. */
static void put_escaped(struct text *t, struct bytes v)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < v.n; i++) {
		uint8_t c = v.p[i];
		char esc[3] = { '%', digits[c >> 4], digits[c & 15] };
		bool plain = text_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~", c);

		text_put(t, plain ? (const void *)&c : esc, plain ? 1 : 3);
	}
}

struct chosen {
	const struct gs1_element *path[PATH_AIS_MAX]; /* the key, then its qualifiers */
	size_t n;
};

/* Qualifiers of one alternative that are there, in its order. */
static void choose(const struct gs1_data *d, struct bytes alternative, struct chosen *c)
{
	struct bytes ai;

	while (c->n < PATH_AIS_MAX && text_part(&alternative, ',', &ai)) {
		const struct gs1_element *e = gs1_find(d, ai);

		if (e)
			c->path[c->n++] = e;
	}
}

/* The first key among the elements, and the first of its alternatives that has a qualifier there. */
static bool choose_path(const struct gs1_data *d, struct chosen *c)
{
	struct bytes list, alternative;

	c->n = 0;
	for (size_t i = 0; i < d->n && c->n == 0; i++)
		if (d->e[i].ai->dlpkey)
			c->path[c->n++] = &d->e[i];
	if (c->n == 0)
		return false;
	list = bytes_of_str(c->path[0]->ai->dlpkey);
	while (c->n == 1 && text_part(&list, '|', &alternative))
		choose(d, alternative, c);
	return true;
}

static bool in_path(const struct chosen *c, const struct gs1_ai *ai)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->path[i]->ai == ai)
			return true;
	return false;
}

/* The element with the lowest AI above last that is not in the path; NULL: no more. */
static const struct gs1_element *next_query(const struct gs1_data *d, const struct chosen *c, int last)
{
	const struct gs1_element *best = NULL;

	for (size_t i = 0; i < d->n; i++) {
		const struct gs1_element *e = &d->e[i];

		if (!in_path(c, e->ai) && (int)gs1_ai_number(e->ai) > last &&
		    (!best || gs1_ai_number(e->ai) < gs1_ai_number(best->ai)))
			best = e;
	}
	return best;
}

static void put_element(struct text *t, char before, const struct gs1_element *e, char between)
{
	text_put(t, &before, 1);
	text_put(t, e->ai->digits, strlen(e->ai->digits));
	text_put(t, &between, 1);
	put_escaped(t, e->value);
}

enum err gs1_format_dl(const struct gs1_data *d, const char *stem, char *buf, size_t cap, struct bytes *out)
{
	struct text t = { buf, 0, cap };
	const struct gs1_element *e;
	struct chosen c;
	size_t stem_n = strlen(stem);
	char before = '?';

	if (!choose_path(d, &c))
		return ERR_GS1_DL;
	while (stem_n > 0 && stem[stem_n - 1] == '/')
		stem_n--;
	text_put(&t, stem, stem_n);
	for (size_t i = 0; i < c.n; i++)
		put_element(&t, '/', c.path[i], '/');
	for (int last = -1; (e = next_query(d, &c, last)) != NULL; last = (int)gs1_ai_number(e->ai)) {
		if (!strchr(e->ai->flags, '?'))
			return ERR_GS1_DL;
		put_element(&t, before, e, '=');
		before = '&';
	}
	return text_end(&t, out);
}
