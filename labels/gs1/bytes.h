/* Views of bytes, places of faults: what every module shares. */
#ifndef RX_BYTES_H
#define RX_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))

/* A borrowed view; who owns the bytes stands where the view is declared.  p NULL: absent. */
struct bytes {
	const uint8_t *p;
	size_t n;
};

/* Where input broke a rule, and which.  pos, len: bytes, from the start of the input.
 * rule: a constant text for people, never NULL once set. */
struct fault {
	size_t pos, len;
	const char *rule;
};

/* The bytes of a constant text without its NUL. */
#define BYTES_LIT(s) ((struct bytes){ (const uint8_t *)(s), sizeof(s) - 1 })

static inline struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){ (const uint8_t *)p, n };
}

static inline struct bytes bytes_of_str(const char *s)
{
	return bytes_of(s, strlen(s));
}

static inline bool bytes_eq(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* memcmp order, a shorter prefix first. */
static inline int bytes_cmp(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

#endif
