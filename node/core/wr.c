#include "node/core/wr.h"

void wr_init(struct wr *w, uint8_t *buf, size_t cap)
{
	w->p = buf;
	w->n = 0;
	w->cap = cap;
}

static void put(struct wr *w, const uint8_t *p, size_t n)
{
	if (n > 0 && w->n <= w->cap && n <= w->cap - w->n)
		memcpy(w->p + w->n, p, n);
	w->n += n; /* beyond cap once something did not fit: nothing after it is written */
}

/* The shortest head (RFC 8949 4.2.1). */
static void head(struct wr *w, unsigned major, uint64_t arg)
{
	uint8_t b[9];
	unsigned n = arg < 24 ? 0 : arg <= 0xff ? 1 : arg <= 0xffff ? 2 : arg <= 0xffffffff ? 4 : 8;
	unsigned info = n == 0 ? (unsigned)arg : n == 1 ? 24 : n == 2 ? 25 : n == 4 ? 26 : 27;

	b[0] = (uint8_t)(major << 5 | info);
	for (unsigned i = 0; i < n; i++)
		b[1 + i] = (uint8_t)(arg >> (8 * (n - 1 - i)));
	put(w, b, 1 + n);
}

void wr_uint(struct wr *w, uint64_t v)
{
	head(w, 0, v);
}

void wr_int(struct wr *w, int64_t v)
{
	if (v >= 0)
		head(w, 0, (uint64_t)v);
	else
		head(w, 1, (uint64_t)(-1 - v));
}

void wr_bool(struct wr *w, bool v)
{
	put(w, (const uint8_t *)(v ? "\xf5" : "\xf4"), 1);
}

void wr_null(struct wr *w)
{
	put(w, (const uint8_t *)"\xf6", 1);
}

void wr_bstr_head(struct wr *w, size_t len)
{
	head(w, 2, len);
}

void wr_bstr(struct wr *w, struct bytes b)
{
	head(w, 2, b.n);
	put(w, b.p, b.n);
}

void wr_tstr(struct wr *w, struct bytes s)
{
	head(w, 3, s.n);
	put(w, s.p, s.n);
}

void wr_array(struct wr *w, size_t count)
{
	head(w, 4, count);
}

void wr_map(struct wr *w, size_t pairs)
{
	head(w, 5, pairs);
}

void wr_raw(struct wr *w, struct bytes item)
{
	put(w, item.p, item.n);
}

enum err wr_end(const struct wr *w, struct bytes *out)
{
	if (w->n > w->cap)
		return ERR_NO_SPACE;
	*out = bytes_of(w->p, w->n);
	return ERR_OK;
}
