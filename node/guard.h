/* The signing guard: a validator restored from a backup must not certify a second block at an old height.
 * The file names the highest height shown to anybody, and its own inode, birth time and time of writing.  In honest
 * use its height is never above the database's: a block is stored, then guarded, then shown.  So a restored database is
 * behind its guard; a guard restored with it has another inode, birth time or change time than it says.
 * A snapshot of a whole disk keeps all of these: then only the followers can tell. */
#ifndef RX_GUARD_H
#define RX_GUARD_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

struct guard;
enum guard_state { GUARD_INTACT, GUARD_RESTORED };

/* Open the guard at path of a database whose tip is at height; made when there is none and height is 0.
 * *state GUARD_RESTORED: certify nothing until guard_accept().  ERR_IO, ERR_NO_MEMORY. */
MUST_CHECK enum err guard_open(struct guard **out, const char *path, uint64_t height, enum guard_state *state);
void guard_close(struct guard *g); /* accepts NULL */

/* Durable before the block at height, already stored, is shown to anybody. */
MUST_CHECK enum err guard_raise(struct guard *g, uint64_t height);

/* The tip at height is known to be the newest (the followers said so, or the operator): begin a new guard file. */
MUST_CHECK enum err guard_accept(struct guard *g, uint64_t height);

#endif
