/* Text appended to a caller's buffer (what does not fit is counted and not written), and text cut into its parts. */
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

/* The part of rest up to sep, or all of it; rest moves behind that.  False when nothing is left. */
static inline bool text_part(struct bytes *rest, char sep, struct bytes *part)
{
	const uint8_t *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, sep, rest->n);
	*part = bytes_of(rest->p, end ? (size_t)(end - rest->p) : rest->n);
	rest->p += part->n + (end ? 1 : 0);
	rest->n -= part->n + (end ? 1 : 0);
	return true;
}

static inline bool text_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Value of a hexadecimal digit; -1: none. */
static inline int text_hex(uint8_t c)
{
	if (text_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
