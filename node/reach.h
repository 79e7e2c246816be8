/* Where the packs of a lot or product are, asked and printed: the answer of "rxnode where", and what a recall would reach. */
#ifndef RX_REACH_H
#define RX_REACH_H

#include "node/asking.h"
#include "node/core/event.h"

/* Connects a->client; a regulator's query is declared first.  lot.p NULL: the whole product; market none: everywhere.
 * The exit status. */
int reach_show(struct asking *a, uint64_t gtin, struct bytes lot, const struct country *market);

#endif
