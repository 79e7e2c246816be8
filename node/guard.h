/* The signing guard: a validator restored from a backup must not certify a second block at an old height.
 * The file "guard" beside the database names the highest height signed, a random generation that also stands in the
 * database, and its own inode and birth time, so that neither a restored database nor a restored guard passes. */
#ifndef RX_GUARD_H
#define RX_GUARD_H

#include "node/store.h"

struct guard;
enum guard_state { GUARD_INTACT, GUARD_RESTORED };

/* Open or make the guard of a database with this tip.  A database with no blocks and no guard is new: intact.
 * *state GUARD_RESTORED: sign nothing until guard_accept(). */
MUST_CHECK enum err guard_open(struct guard **out, struct store *s, const char *path, uint64_t height, enum guard_state *state);
void guard_close(struct guard *g);
/* Durable promise to sign at height and never again at or below; ERR_NOT_READY for a height at or below the last. */
MUST_CHECK enum err guard_promise(struct guard *g, uint64_t height);
/* The tip is known to be the newest (followers said so, or the operator). */
MUST_CHECK enum err guard_accept(struct guard *g, struct store *s, uint64_t height);

#endif
