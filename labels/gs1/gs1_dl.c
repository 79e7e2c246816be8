/* GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax). */
#include "labels/gs1/gs1_elements.h"
#include "labels/gs1/text.h"

#define SEGMENTS_MAX 64

static enum err fail(struct fault *f, size_t pos, size_t len, const char *rule)
{
	*f = (struct fault){ pos, len, rule };
	return ERR_GS1_DL;
}

/* ---- reading ---- */

struct link {
	struct gs1_data *d;
	const uint8_t *start; /* of the URI */
	size_t base; /* where that is in the original input */
	unsigned flags;
	struct fault *f;
};

static size_t pos_of(const struct link *l, const uint8_t *p)
{
	return l->base + (size_t)(p - l->start);
}

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding (RFC 3986 2.1); in a query '+' is a blank. */
static size_t decode(struct bytes in, bool query, uint8_t *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n && n < cap; i++) {
		if (in.p[i] == '%' && in.n - i > 2 && hex(in.p[i + 1]) >= 0 && hex(in.p[i + 2]) >= 0) {
			out[n++] = (uint8_t)(hex(in.p[i + 1]) << 4 | hex(in.p[i + 2]));
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
		at += raw.p[at] == '%' && raw.n - at > 2 && hex(raw.p[at + 1]) >= 0 && hex(raw.p[at + 2]) >= 0 ? 3 : 1;
	return at < raw.n ? at : raw.n;
}

static enum err put_value(struct link *l, const struct gs1_ai *ai, struct bytes raw, bool query)
{
	uint8_t value[GS1_INPUT_MAX];
	size_t n = decode(raw, query, value, sizeof(value));
	bool gtin = strcmp(ai->digits, "01") == 0;
	size_t padded = 0;
	enum err e;

	if (gtin && l->flags & GS1_PAD_GTIN && (n == 8 || n == 12 || n == 13)) {
		memmove(value + GTIN_DIGITS - n, value, n);
		padded = GTIN_DIGITS - n;
		memset(value, '0', padded);
		n = GTIN_DIGITS;
	}
	for (size_t i = 0; i < l->d->n; i++)
		if (l->d->e[i].ai == ai)
			return fail(l->f, pos_of(l, raw.p), raw.n, "the same application identifier twice");
	e = gs1_put(l->d, ai, bytes_of(value, n), 0, l->f);
	if (e == ERR_OK)
		l->d->e[l->d->n - 1].pos = pos_of(l, raw.p);
	else
		l->f->pos = pos_of(l, raw.p) + raw_index(raw, l->f->pos > padded ? l->f->pos - padded : 0);
	return e;
}

/* Qualifiers must be some of the key's, in its order, of one alternative ("22,10,21|235"). */
static bool order_fits(struct bytes alternative, const struct gs1_ai *const *quals, size_t n)
{
	size_t k = 0;

	while (alternative.n > 0 && k < n) {
		const uint8_t *comma = memchr(alternative.p, ',', alternative.n);
		size_t len = comma ? (size_t)(comma - alternative.p) : alternative.n;

		if (gs1_ai_matches(quals[k], bytes_of(alternative.p, len)))
			k++;
		alternative.p += len + (comma ? 1 : 0);
		alternative.n -= len + (comma ? 1 : 0);
	}
	return k == n;
}

static bool qualifiers_fit(const struct gs1_ai *key, const struct gs1_ai *const *quals, size_t n)
{
	const char *s = key->dlpkey;

	if (n == 0)
		return true;
	for (;;) {
		const char *bar = strchr(s, '|');
		size_t len = bar ? (size_t)(bar - s) : strlen(s);

		if (order_fits(bytes_of(s, len), quals, n))
			return true;
		if (!bar)
			return false;
		s = bar + 1;
	}
}

/* Segments of the path; the last SEGMENTS_MAX of them are enough for any key with its qualifiers. */
static size_t cut(struct bytes path, struct bytes *seg)
{
	size_t n = 0;

	while (path.n > 0) {
		const uint8_t *slash = memchr(path.p, '/', path.n);
		size_t len = slash ? (size_t)(slash - path.p) : path.n;

		if (n == SEGMENTS_MAX) {
			memmove(seg, seg + 1, (SEGMENTS_MAX - 1) * sizeof(*seg));
			n--;
		}
		seg[n++] = bytes_of(path.p, len);
		path.p += len + (slash ? 1 : 0);
		path.n -= len + (slash ? 1 : 0);
	}
	return n;
}

/* Pairs of AI and value from the end of the path back to the primary key; what stands before is the stem. */
static enum err parse_path(struct link *l, struct bytes path)
{
	struct bytes seg[SEGMENTS_MAX];
	const struct gs1_ai *quals[SEGMENTS_MAX / 2], *key = NULL;
	size_t n = cut(path, seg), at = n, quals_n = 0;
	enum err e;

	while (!key) {
		const struct gs1_ai *ai;

		if (at < 2 || !(ai = gs1_ai_find(seg[at - 2])))
			return fail(l->f, pos_of(l, path.p), path.n, "no GS1 key in the path");
		at -= 2;
		if (ai->dlpkey)
			key = ai;
		else
			quals[quals_n++] = ai;
	}
	for (size_t i = 0; i < quals_n / 2; i++) {
		const struct gs1_ai *q = quals[i];

		quals[i] = quals[quals_n - 1 - i];
		quals[quals_n - 1 - i] = q;
	}
	if (!qualifiers_fit(key, quals, quals_n))
		return fail(l->f, pos_of(l, seg[at + 2].p), (size_t)(path.p + path.n - seg[at + 2].p),
			    "qualifiers that do not belong to this key, or in the wrong order");
	e = put_value(l, key, seg[at + 1], false);
	for (size_t i = 0; i < quals_n && e == ERR_OK; i++)
		e = put_value(l, quals[i], seg[at + 3 + 2 * i], false);
	return e;
}

static bool all_digits(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < '0' || b.p[i] > '9')
			return false;
	return b.n > 0;
}

/* Keys that are not numbers belong to somebody else: passed over. */
static enum err parse_query(struct link *l, struct bytes query)
{
	enum err e = ERR_OK;

	while (query.n > 0 && e == ERR_OK) {
		const uint8_t *amp = memchr(query.p, '&', query.n), *eq;
		size_t len = amp ? (size_t)(amp - query.p) : query.n;
		struct bytes key = bytes_of(query.p, len), value = { 0 };
		const struct gs1_ai *ai;

		eq = memchr(query.p, '=', len);
		if (eq) {
			key.n = (size_t)(eq - query.p);
			value = bytes_of(eq + 1, len - key.n - 1);
		}
		query.p += len + (amp ? 1 : 0);
		query.n -= len + (amp ? 1 : 0);
		if (!eq || !all_digits(key))
			continue;
		ai = gs1_ai_find(key);
		if (!ai || !strchr(ai->flags, '?'))
			return fail(l->f, pos_of(l, key.p), key.n, "not an application identifier for a link's query");
		e = put_value(l, ai, value, true);
	}
	return e;
}

/* RFC 3986 2: what may stand in a URI at all. */
static bool uri_char(uint8_t c)
{
	return c > 0x20 && c < 0x7f && !strchr("<>{}|\\^`\"", c);
}

static bool host_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr(".-:[]", c);
}

static size_t span_until(struct bytes in, char stop)
{
	const uint8_t *p = memchr(in.p, stop, in.n);

	return p ? (size_t)(p - in.p) : in.n;
}

enum err gs1_parse_dl(struct gs1_data *out, struct bytes in, size_t base, unsigned flags, struct fault *f)
{
	struct link l = { .d = out, .start = in.p, .base = base, .flags = flags, .f = f };
	struct bytes rest, path, query = { in.p, 0 };
	size_t host, q;
	enum err e;

	for (size_t i = 0; i < in.n; i++)
		if (!uri_char(in.p[i]))
			return fail(f, base + i, 1, "not a character of a URI");
	rest = bytes_of(in.p, span_until(in, '#'));
	host = span_until(rest, '/') + 2;
	rest = bytes_of(rest.p + host, rest.n - host);
	path = rest;
	q = span_until(rest, '?');
	if (q < rest.n) {
		path.n = q;
		query = bytes_of(rest.p + q + 1, rest.n - q - 1);
	}
	host = span_until(path, '/');
	for (size_t i = 0; i < host; i++)
		if (!host_char(path.p[i]))
			return fail(f, pos_of(&l, path.p + i), 1, "not a character of a host name");
	if (host == 0 || host + 1 >= path.n)
		return fail(f, pos_of(&l, path.p), path.n, "a host and a path are wanted");
	e = parse_path(&l, bytes_of(path.p + host + 1, path.n - host - 1));
	return e == ERR_OK ? parse_query(&l, query) : e;
}

/* ---- writing ---- */

/* RFC 3986 2.3: everything but unreserved characters is percent-encoded. */
static void put_escaped(struct text *t, struct bytes v)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < v.n; i++) {
		uint8_t c = v.p[i];
		char esc[3] = { '%', digits[c >> 4], digits[c & 15] };
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~", c);

		text_put(t, plain ? (const void *)&c : esc, plain ? 1 : 3);
	}
}

static const struct gs1_element *element(const struct gs1_data *d, struct bytes ai)
{
	for (size_t i = 0; i < d->n; i++)
		if (gs1_ai_matches(d->e[i].ai, ai))
			return &d->e[i];
	return NULL;
}

struct chosen {
	const struct gs1_element *path[8];
	size_t n;
};

/* Qualifiers of one alternative that are there, in its order. */
static size_t choose(const struct gs1_data *d, struct bytes alternative, struct chosen *c)
{
	size_t n = 0;

	while (alternative.n > 0 && c->n < 8) {
		size_t len = span_until(alternative, ',');
		const struct gs1_element *e = element(d, bytes_of(alternative.p, len));

		if (e) {
			c->path[c->n++] = e;
			n++;
		}
		len += len < alternative.n ? 1 : 0;
		alternative.p += len;
		alternative.n -= len;
	}
	return n;
}

/* The first key among the elements, and the first of its alternatives that has a qualifier there. */
static bool choose_path(const struct gs1_data *d, struct chosen *c)
{
	struct bytes list;

	c->n = 0;
	for (size_t i = 0; i < d->n && c->n == 0; i++)
		if (d->e[i].ai->dlpkey)
			c->path[c->n++] = &d->e[i];
	if (c->n == 0)
		return false;
	list = bytes_of_str(c->path[0]->ai->dlpkey);
	while (list.n > 0) {
		size_t len = span_until(list, '|');

		if (choose(d, bytes_of(list.p, len), c) > 0)
			break;
		len += len < list.n ? 1 : 0;
		list.p += len;
		list.n -= len;
	}
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
