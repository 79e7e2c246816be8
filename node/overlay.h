/* State in memory over a base: blocks being made or checked, replays for audits, what a store keeps of a snapshot. */
#ifndef RX_OVERLAY_H
#define RX_OVERLAY_H

#include "node/core/chain.h"

struct overlay;

/* base: read when a key is not in the overlay; NULL: nothing below.  history: keep every version of a key with the ev
 * range it held (for audits), else the last.  Memory grows with what is put and is kept for reuse over clear.
 * Reading changes nothing: many threads may read while none writes, if base allows it too.  Values handed out stay
 * until the next clear.  ERR_NO_MEMORY, ERR_CRYPTO. */
MUST_CHECK enum err overlay_new(struct overlay **out, const struct state *base, bool history);
void overlay_free(struct overlay *o); /* accepts NULL */
void overlay_clear(struct overlay *o);

/* put: ERR_CORRUPT for what is no sequence of writes; after an error some of them may be in. */
struct chain_overlay overlay_chain(struct overlay *o);
/* The same put; before any event it takes the genesis block's writes, of ev 0. */
MUST_CHECK enum err overlay_put(struct overlay *o, struct bytes writes);

/* One key's value by itself, the base left alone.  overlay_find(): false when it was not put; val->p NULL: put as absent. */
MUST_CHECK enum err overlay_set(struct overlay *o, struct bytes key, struct bytes val);
bool overlay_find(const struct overlay *o, struct bytes key, struct bytes *val);
size_t overlay_bytes(const struct overlay *o); /* of what was put since the last clear */

/* With history: the version of key that began at ev0, its value and the ev that ended it (UINT64_MAX: still so).
 * Marks it as seen.  ERR_NOT_FOUND. */
MUST_CHECK enum err overlay_version(struct overlay *o, struct bytes key, uint64_t ev0, struct bytes *val, uint64_t *ev1);
/* With history: of the versions that nobody has seen yet the first by ev0, then key; false when all were.
 * Event ids do not count: they follow from the event rows. */
bool overlay_unseen(const struct overlay *o, struct bytes *key, uint64_t *ev0);

#endif
