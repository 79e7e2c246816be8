/* Requests that wait until their event is final, refused, or the wait is over. */
#ifndef RX_WAITING_H
#define RX_WAITING_H

#include "node/port/net.h"

struct waiting;
#define WAITING_MAX 20000 /* held exchanges: about 100 bytes each */

MUST_CHECK enum err waiting_new(struct waiting **out);
/* Exchanges still held must have been taken before.  Accepts NULL. */
void waiting_free(struct waiting *w);

/* Hold x until id is decided or deadline_ms (monotonic) has passed.  ERR_BUSY: WAITING_MAX. */
MUST_CHECK enum err waiting_add(struct waiting *w, const struct hash *id, struct net_exchange *x, uint64_t deadline_ms);
bool waiting_has(const struct waiting *w, const struct hash *id);
/* One exchange that waits for id, no longer held; NULL when none is left. */
struct net_exchange *waiting_take(struct waiting *w, const struct hash *id);
/* One exchange whose deadline is not after now_ms, with its id; NULL when none. */
struct net_exchange *waiting_take_late(struct waiting *w, uint64_t now_ms, struct hash *id);

#endif
