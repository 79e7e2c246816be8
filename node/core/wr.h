/* Writing deterministic CBOR (RFC 8949 4.2.1) into a caller's buffer, error latched.
 * The caller writes map keys in ascending order; tests check by reading back. */
#ifndef RX_WR_H
#define RX_WR_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

struct wr {
	uint8_t *p;
	size_t n, cap; /* n: bytes written so far, counted on even when cap is passed */
};

void wr_init(struct wr *w, uint8_t *buf, size_t cap);
void wr_uint(struct wr *w, uint64_t v);
void wr_int(struct wr *w, int64_t v);
void wr_bool(struct wr *w, bool v);
void wr_null(struct wr *w);
void wr_bstr(struct wr *w, struct bytes b);
void wr_tstr(struct wr *w, struct bytes s);
void wr_array(struct wr *w, size_t count);
void wr_map(struct wr *w, size_t pairs);
void wr_bstr_head(struct wr *w, size_t len); /* the caller then writes len bytes of content */
void wr_raw(struct wr *w, struct bytes item); /* one or more finished items */

/* ERR_NO_SPACE when it did not fit (n then says how much it takes), else the written view. */
MUST_CHECK enum err wr_end(const struct wr *w, struct bytes *out);

#endif
