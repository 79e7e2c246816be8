/* Reading deterministic CBOR (RFC 8949 4.2.1): a cursor with a latched error.
 * Read everything, then ask rd_end() once; after the first error every read returns zero
 * or an empty view.  Only canonical bytes pass: shortest heads, definite lengths, map keys
 * strictly ascending in bytewise order, UTF-8 text, nothing trailing. */
#ifndef RX_RD_H
#define RX_RD_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#define RD_DEPTH_MAX 16 /* deepest nesting any of our schemas has, with room */

struct rd {
	const uint8_t *start, *p, *end;
	enum err err;
	size_t err_pos; /* offset of the item that broke the rule */
};

/* in: borrowed; views handed out point into it. */
void rd_init(struct rd *r, struct bytes in);

/* Latch e at the present place unless an error is latched already. */
void rd_fail(struct rd *r, enum err e);

/* One item of the named type each.  ERR_BAD_TYPE when another type stands there. */
uint64_t rd_uint(struct rd *r);
int64_t rd_int(struct rd *r); /* ERR_BAD_VALUE beyond int64 */
bool rd_bool(struct rd *r);
struct bytes rd_bstr(struct rd *r);
struct bytes rd_tstr(struct rd *r);
size_t rd_array(struct rd *r); /* count of items */
size_t rd_map(struct rd *r); /* count of pairs */

/* With a rule beside: ERR_BAD_VALUE when it does not hold. */
uint64_t rd_uint_max(struct rd *r, uint64_t max);
struct bytes rd_bstr_n(struct rd *r, size_t n);
struct bytes rd_bstr_max(struct rd *r, size_t max);
struct bytes rd_tstr_max(struct rd *r, size_t max);
size_t rd_array_n(struct rd *r, size_t n);

/* The next item is null: eat it and say true. */
bool rd_null(struct rd *r);

/* Next map key; keys must ascend: *last holds the previous one, start it at -1.
 * ERR_NOT_SORTED, ERR_BAD_TYPE for keys that are not unsigned. */
uint64_t rd_key(struct rd *r, int64_t *last);

/* Check and step over one whole item of any shape; its bytes.  Tags, floats, undefined
 * and indefinite lengths are refused. */
struct bytes rd_skip(struct rd *r);

/* Bytes read so far, from the start. */
size_t rd_pos(const struct rd *r);

/* First byte of the next item, or -1 at the end or after an error. */
int rd_peek(const struct rd *r);

/* The latched error, or ERR_TRAILING when bytes are left, or ERR_OK. */
MUST_CHECK enum err rd_end(struct rd *r);

/* Whether in is exactly one deterministic item (RFC 8949 4.2.1) of our subset, or of all
 * simple and float values when any is true (for the outside vectors). */
MUST_CHECK enum err rd_check(struct bytes in, bool any);

#endif
