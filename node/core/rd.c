#include "node/core/rd.h"

#include <limits.h>

/* Heads are decoded here and not by libcbor's callbacks: they stand on the path of every pack of every event.
 * tests/fuzz/fuzz_cbor.c holds this decoder against libcbor's. */

enum major { M_UINT, M_NINT, M_BSTR, M_TSTR, M_ARRAY, M_MAP, M_TAG, M_SIMPLE };

struct head {
	enum major major;
	unsigned info; /* low five bits */
	uint64_t arg;
};

void rd_init(struct rd *r, struct bytes in)
{
	static const uint8_t none[1];

	r->start = r->p = in.n ? in.p : none;
	r->end = r->start + in.n;
	r->err = ERR_OK;
	r->err_pos = 0;
}

static void fail_at(struct rd *r, enum err e, const uint8_t *at)
{
	if (r->err == ERR_OK) {
		r->err = e;
		r->err_pos = (size_t)(at - r->start);
	}
}

void rd_fail(struct rd *r, enum err e)
{
	fail_at(r, e, r->p);
}

size_t rd_pos(const struct rd *r)
{
	return (size_t)(r->p - r->start);
}

int rd_peek(const struct rd *r)
{
	return r->err == ERR_OK && r->p < r->end ? *r->p : -1;
}

static uint64_t big_endian(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* The head at r->p (RFC 8949 3); false with the error latched.  Floats keep their bits in arg. */
static bool read_head(struct rd *r, struct head *h)
{
	const uint8_t *at = r->p;
	unsigned n;

	if (r->err != ERR_OK)
		return false;
	if (at == r->end) {
		fail_at(r, ERR_BAD_CBOR, at);
		return false;
	}
	h->major = (enum major)(*at >> 5);
	h->info = *at & 31;
	if (h->info < 24) {
		h->arg = h->info;
		r->p = at + 1;
		return true;
	}
	if (h->info > 27) {
		/* 31 is an indefinite length or a break; 28..30 are not well-formed */
		fail_at(r, h->info == 31 && h->major >= M_BSTR && h->major <= M_MAP ? ERR_NOT_DETERMINISTIC : ERR_BAD_CBOR, at);
		return false;
	}
	n = 1u << (h->info - 24);
	if ((size_t)(r->end - at) < 1 + n) {
		fail_at(r, ERR_BAD_CBOR, at);
		return false;
	}
	h->arg = big_endian(at + 1, n);
	r->p = at + 1 + n;
	/* the shortest head: 24 is the least for one byte, then 2^8, 2^16, 2^32 */
	if (h->major != M_SIMPLE && (n == 1 ? h->arg < 24 : h->arg >> (n * 4) == 0)) {
		fail_at(r, ERR_NOT_DETERMINISTIC, at);
		return false;
	}
	return true;
}

/* The argument of an item of this major type. */
static bool expect(struct rd *r, enum major major, uint64_t *arg)
{
	const uint8_t *at = r->p;
	struct head h;

	if (!read_head(r, &h))
		return false;
	if (h.major != major) {
		fail_at(r, h.major == M_TAG ? ERR_TAGGED : ERR_BAD_TYPE, at);
		return false;
	}
	*arg = h.arg;
	return true;
}

uint64_t rd_uint(struct rd *r)
{
	uint64_t v;

	return expect(r, M_UINT, &v) ? v : 0;
}

uint64_t rd_uint_max(struct rd *r, uint64_t max)
{
	const uint8_t *at = r->p;
	uint64_t v = rd_uint(r);

	if (v <= max)
		return v;
	fail_at(r, ERR_BAD_VALUE, at);
	return 0;
}

int64_t rd_int(struct rd *r)
{
	const uint8_t *at = r->p;
	struct head h;

	if (!read_head(r, &h))
		return 0;
	if (h.major != M_UINT && h.major != M_NINT) {
		fail_at(r, ERR_BAD_TYPE, at);
		return 0;
	}
	if (h.arg > INT64_MAX) {
		fail_at(r, ERR_BAD_VALUE, at);
		return 0;
	}
	return h.major == M_UINT ? (int64_t)h.arg : -1 - (int64_t)h.arg;
}

bool rd_bool(struct rd *r)
{
	int head = rd_peek(r);

	if (head != 0xf4 && head != 0xf5) {
		rd_fail(r, head < 0 ? ERR_BAD_CBOR : ERR_BAD_TYPE);
		return false;
	}
	r->p++;
	return head == 0xf5;
}

bool rd_null(struct rd *r)
{
	if (rd_peek(r) != 0xf6)
		return false;
	r->p++;
	return true;
}

/* Well-formed UTF-8 (RFC 3629): no surrogates, no overlong forms, nothing beyond U+10FFFF. */
static bool is_utf8(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint8_t c = p[i++];
		size_t more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : SIZE_MAX;
		uint32_t v = c & (0x7fu >> (more + (more > 0)));
		static const uint32_t least[4] = { 0, 0x80, 0x800, 0x10000 };

		if (more > n - i)
			return false;
		for (size_t k = 0; k < more; k++, i++) {
			if (p[i] >> 6 != 2)
				return false;
			v = v << 6 | (p[i] & 0x3f);
		}
		if (v < least[more] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
			return false;
	}
	return true;
}

static struct bytes string_of(struct rd *r, enum major major)
{
	const uint8_t *at = r->p;
	struct bytes b = { r->p, 0 };
	uint64_t n;

	if (!expect(r, major, &n))
		return b;
	if (n > (uint64_t)(r->end - r->p)) {
		fail_at(r, ERR_BAD_CBOR, at);
		return b;
	}
	if (major == M_TSTR && !is_utf8(r->p, (size_t)n)) {
		fail_at(r, ERR_BAD_UTF8, at);
		return b;
	}
	b = bytes_of(r->p, (size_t)n);
	r->p += n;
	return b;
}

struct bytes rd_bstr(struct rd *r)
{
	return string_of(r, M_BSTR);
}

struct bytes rd_tstr(struct rd *r)
{
	return string_of(r, M_TSTR);
}

static struct bytes at_most(struct rd *r, struct bytes b, size_t max, const uint8_t *at)
{
	if (b.n <= max)
		return b;
	fail_at(r, ERR_BAD_VALUE, at);
	return bytes_of(r->start, 0);
}

struct bytes rd_bstr_max(struct rd *r, size_t max)
{
	const uint8_t *at = r->p;

	return at_most(r, rd_bstr(r), max, at);
}

struct bytes rd_tstr_max(struct rd *r, size_t max)
{
	const uint8_t *at = r->p;

	return at_most(r, rd_tstr(r), max, at);
}

struct bytes rd_bstr_n(struct rd *r, size_t n)
{
	const uint8_t *at = r->p;
	struct bytes b = rd_bstr(r);

	if (r->err == ERR_OK && b.n != n)
		fail_at(r, ERR_BAD_VALUE, at);
	return r->err == ERR_OK ? b : bytes_of(r->start, 0);
}

/* Each item takes a byte at least, so a count beyond what is left is a lie. */
static size_t count_of(struct rd *r, enum major major, unsigned items_each)
{
	const uint8_t *at = r->p;
	uint64_t n;

	if (!expect(r, major, &n))
		return 0;
	if (n > (uint64_t)(r->end - r->p) / items_each) {
		fail_at(r, ERR_BAD_CBOR, at);
		return 0;
	}
	return (size_t)n;
}

size_t rd_array(struct rd *r)
{
	return count_of(r, M_ARRAY, 1);
}

size_t rd_map(struct rd *r)
{
	return count_of(r, M_MAP, 2);
}

size_t rd_array_n(struct rd *r, size_t n)
{
	const uint8_t *at = r->p;
	size_t got = rd_array(r);

	if (r->err == ERR_OK && got != n)
		fail_at(r, ERR_BAD_VALUE, at);
	return r->err == ERR_OK ? got : 0;
}

uint64_t rd_key(struct rd *r, int64_t *last)
{
	const uint8_t *at = r->p;
	uint64_t key = rd_uint_max(r, INT64_MAX);

	if (r->err != ERR_OK)
		return 0;
	if ((int64_t)key <= *last) {
		fail_at(r, ERR_NOT_SORTED, at);
		return 0;
	}
	*last = (int64_t)key;
	return key;
}

/* ---- whole items ---- */

struct level {
	uint64_t left; /* items still to come here */
	bool map;
	struct bytes last_key;
	const uint8_t *key_at; /* start of the key being read; NULL: a value comes next */
};

/* Floats in their shortest form that keeps the value (RFC 8949 4.2.1), NaN as f97e00. */
static bool float_is_shortest(const struct head *h)
{
	uint64_t bits = h->arg;

	if (h->info == 25) /* half */
		return (bits & 0x7c00) != 0x7c00 || (bits & 0x3ff) == 0 || bits == 0x7e00;
	if (h->info == 26) { /* single: not when a half holds it */
		unsigned exp = (unsigned)(bits >> 23) & 0xff;
		uint32_t frac = (uint32_t)bits & 0x7fffff;

		if (exp == 0xff || (exp == 0 && frac == 0))
			return false;
		if (exp >= 113 && exp <= 142)
			return (frac & 0x1fff) != 0;
		if (exp >= 103 && exp < 113) /* subnormal half: the bits that fall off must be set */
			return ((frac | 0x800000) & ((1u << (126 - exp)) - 1)) != 0;
		return true;
	}
	/* double: not when a single holds it */
	unsigned exp = (unsigned)(bits >> 52) & 0x7ff;
	uint64_t frac = bits & 0xfffffffffffffULL;

	if (exp == 0x7ff || (exp == 0 && frac == 0))
		return false;
	if (exp >= 897 && exp <= 1150)
		return (frac & 0x1fffffff) != 0;
	if (exp >= 874 && exp < 897)
		return ((frac | 1ULL << 52) & ((1ULL << (926 - exp)) - 1)) != 0;
	return true;
}

/* Simple values and floats: true, false and null; all of them for the outside vectors. */
static void check_simple(struct rd *r, const struct head *h, bool any, const uint8_t *at)
{
	if (h->info >= 20 && h->info <= 22)
		return;
	if (h->info == 24 && h->arg < 32)
		fail_at(r, ERR_BAD_CBOR, at);
	else if (!any)
		fail_at(r, ERR_BAD_TYPE, at);
	else if (h->info >= 25 && !float_is_shortest(h))
		fail_at(r, ERR_NOT_DETERMINISTIC, at);
}

static void step_string(struct rd *r, const struct head *h, const uint8_t *at)
{
	if (h->arg > (uint64_t)(r->end - r->p))
		fail_at(r, ERR_BAD_CBOR, at);
	else if (h->major == M_TSTR && !is_utf8(r->p, (size_t)h->arg))
		fail_at(r, ERR_BAD_UTF8, at);
	else
		r->p += h->arg;
}

/* Keys ascend in bytewise order of their encodings and do not repeat. */
static void end_key(struct rd *r, struct level *l)
{
	struct bytes key = bytes_of(l->key_at, (size_t)(r->p - l->key_at));

	if (l->last_key.p && bytes_cmp(key, l->last_key) <= 0)
		fail_at(r, ERR_NOT_SORTED, l->key_at);
	l->last_key = key;
	l->key_at = NULL;
}

/* One item has ended at depth: end what ends with it.  Gives the new depth. */
static size_t close_levels(struct rd *r, struct level *levels, size_t depth)
{
	while (depth > 0) {
		struct level *l = &levels[depth - 1];

		if (l->map && l->key_at)
			end_key(r, l);
		else if (l->map)
			l->key_at = r->p;
		if (--l->left > 0)
			break;
		depth--;
	}
	return depth;
}

static struct bytes skip(struct rd *r, bool any)
{
	struct level levels[RD_DEPTH_MAX];
	const uint8_t *from = r->p;
	size_t depth = 0;

	do {
		const uint8_t *at = r->p;
		struct head h;
		uint64_t items = 0;

		if (!read_head(r, &h))
			break;
		if (h.major == M_BSTR || h.major == M_TSTR)
			step_string(r, &h, at);
		else if (h.major == M_SIMPLE)
			check_simple(r, &h, any, at);
		else if (h.major == M_TAG && !any)
			fail_at(r, ERR_TAGGED, at);
		else if (h.major >= M_ARRAY)
			items = h.major == M_TAG ? 1 : h.arg;
		if (h.major == M_MAP && items > (uint64_t)(r->end - r->p) / 2)
			fail_at(r, ERR_BAD_CBOR, at);
		else if (items > (uint64_t)(r->end - r->p))
			fail_at(r, ERR_BAD_CBOR, at);
		else if (items > 0 && depth == RD_DEPTH_MAX)
			fail_at(r, ERR_TOO_LARGE, at);
		if (r->err != ERR_OK)
			break;
		if (items > 0)
			levels[depth++] = (struct level){ .left = h.major == M_MAP ? 2 * items : items, .map = h.major == M_MAP,
							  .key_at = h.major == M_MAP ? r->p : NULL };
		else
			depth = close_levels(r, levels, depth);
	} while (depth > 0 && r->err == ERR_OK);
	return r->err == ERR_OK ? bytes_of(from, (size_t)(r->p - from)) : bytes_of(r->start, 0);
}

struct bytes rd_skip(struct rd *r)
{
	return skip(r, false);
}

enum err rd_end(struct rd *r)
{
	if (r->err == ERR_OK && r->p != r->end)
		rd_fail(r, ERR_TRAILING);
	return r->err;
}

enum err rd_check(struct bytes in, bool any)
{
	struct rd r;

	rd_init(&r, in);
	skip(&r, any);
	return rd_end(&r);
}
