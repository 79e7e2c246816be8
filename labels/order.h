/* What is to be printed, as people and files say it: checked before anything is made of it. */
#ifndef RX_ORDER_H
#define RX_ORDER_H

#include "labels/job.h"

#include <stdio.h>

/* One order in words.  NULL: not given; only market may be missing. */
struct order_text {
	const char *gtin; /* 8, 12, 13 or 14 digits */
	const char *lot;
	const char *expiry; /* YYMMDD or YYYY-MM-DD; with a day (GenSpecs 3.4.7: no DD = 00 for regulated healthcare) */
	const char *quantity;
	const char *market; /* ISO 3166 alpha-2 */
};

/* What is wrong with an order, for people. */
struct order_fault { char text[200]; };

/* Into gtin, lot, expiry, count and market of out; the rest is left alone.  now_s: expiry must not be before.
 * ERR_BAD_VALUE with *why. */
MUST_CHECK enum err order_take(struct job_product *out, const struct order_text *t, uint64_t now_s, struct order_fault *why);

enum order_form { ORDER_CSV, ORDER_JSON };
/* place: "line 3", or "entry 3" of a JSON array. */
typedef void order_bad_fn(void *ctx, const char *place, const char *why);

/* All orders of a file: CSV (RFC 4180) whose first line names the columns gtin, lot, expiry, quantity and perhaps market; or JSON,
 * objects with these keys in an array or one a line.  Each bad one is told; then, or when there is none at all, ERR_BAD_INPUT and
 * nothing is given.  *out: *n products like base, the caller's to free. */
MUST_CHECK enum err orders_read(FILE *f, enum order_form form, const struct job_product *base, uint64_t now_s,
				struct job_product **out, size_t *n, order_bad_fn *bad, void *ctx);

#endif
