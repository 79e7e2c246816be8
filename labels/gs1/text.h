/* Text appended to a caller's buffer; what does not fit is counted and not written. */
#ifndef RX_TEXT_H
#define RX_TEXT_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

struct text {
	char *p;
	size_t n, cap; /* n: beyond cap once something did not fit */
};

static inline void text_put(struct text *t, const void *p, size_t n)
{
	if (n <= t->cap && t->n <= t->cap - n)
		memcpy(t->p + t->n, p, n);
	t->n += n;
}

/* ERR_NO_SPACE when it did not fit, else the view of it. */
MUST_CHECK static inline enum err text_end(const struct text *t, struct bytes *out)
{
	if (t->n > t->cap)
		return ERR_NO_SPACE;
	*out = bytes_of(t->p, t->n);
	return ERR_OK;
}

#endif
