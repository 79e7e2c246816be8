/* State in memory over a base: blocks being made or checked, and replays for audits. */
#ifndef RX_OVERLAY_H
#define RX_OVERLAY_H

#include "node/core/chain.h"

struct overlay;

/* base: read when a key is not in the overlay; NULL: nothing below.  history: keep every version of a key with the ev
 * range it held (for audits), else the last.  Memory grows with what is put and is kept for reuse over clear. */
MUST_CHECK enum err overlay_new(struct overlay **out, const struct state *base, bool history);
void overlay_free(struct overlay *o); /* accepts NULL */
void overlay_clear(struct overlay *o);
struct chain_overlay overlay_chain(struct overlay *o);

/* Put writes of ev 0, the genesis block's. */
MUST_CHECK enum err overlay_put(struct overlay *o, struct bytes writes);

/* With history: the version of key that began at ev0, its value and the ev that ended it (UINT64_MAX: still so).
 * Marks it as seen.  ERR_NOT_FOUND. */
MUST_CHECK enum err overlay_version(struct overlay *o, struct bytes key, uint64_t ev0, struct bytes *val, uint64_t *ev1);
/* With history: a version that nobody has seen yet; false when all were. */
bool overlay_unseen(const struct overlay *o, struct bytes *key, uint64_t *ev0);

#endif
