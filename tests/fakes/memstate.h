/* A state in memory: the newest value of each key. */
#ifndef RX_MEMSTATE_H
#define RX_MEMSTATE_H

#include "node/core/rules.h"

struct memstate;

struct memstate *memstate_new(void); /* never NULL: ends the program without memory */
void memstate_free(struct memstate *m); /* accepts NULL */
struct state memstate_state(struct memstate *m);

/* Writes in order.  [1, ev] makes [2, id] too, as the store does. */
void memstate_apply(struct memstate *m, struct bytes writes);
void memstate_set(struct memstate *m, struct bytes key, struct bytes val); /* val.p NULL: absent */

/* Every read fails with e from now on; ERR_OK: reads go well again. */
void memstate_fail(struct memstate *m, enum err e);

#endif
