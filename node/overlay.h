/* State in memory over a base: blocks being made or checked, and replays for audits. */
#ifndef RX_OVERLAY_H
#define RX_OVERLAY_H

#include "node/core/chain.h"

struct overlay;

/* base: read when a key is not in the overlay; NULL: nothing below.  history: keep every version of a key with the ev
 * range it held (for audits), else the last.  Memory grows with what is put; kept for reuse over clear. */
MUST_CHECK enum err overlay_new(struct overlay **out, const struct state *base, bool history);
void overlay_free(struct overlay *o); /* accepts NULL */
void overlay_clear(struct overlay *o);
struct chain_overlay overlay_chain(struct overlay *o);

/* Version of key that began at ev0: value (p NULL: absent) and ev1.  ERR_NOT_FOUND.  history only. */
MUST_CHECK enum err overlay_version(const struct overlay *o, struct bytes key, uint64_t ev0, struct bytes *val, uint64_t *ev1);
/* Count of versions with a value (rows a store must have), all kinds but those that the store derives. */
uint64_t overlay_rows(const struct overlay *o);
/* Count of rows not yet seen by overlay_version(), and one of them, to name what is missing on disk. */
bool overlay_unseen(const struct overlay *o, struct bytes *key, uint64_t *ev0);

#endif
