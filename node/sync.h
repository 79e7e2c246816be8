/* Following: hear of newer blocks from the peers, fetch them in chunks, offer them to the ledger thread. */
#ifndef RX_SYNC_H
#define RX_SYNC_H

#include "node/node.h"

struct sync;
#define SYNC_CHUNKS_IN_FLIGHT 64 /* 2.5 MB/s at 20 ms; twice as many collapse at 1 % loss (measured) */
#define SYNC_BLOCKS_AHEAD 16
#define SYNC_POLL_MS 1000 /* Observe is a hint: the head is read as well, and finds a block within 2 s by itself */

/* A client session to each peer of the configuration that is a member.  certificates of peers: each organisation's own CA. */
MUST_CHECK enum err sync_new(struct sync **out, struct node *n);
void sync_free(struct sync *s); /* accepts NULL */

/* Look for newer blocks at once. */
void sync_poke(struct sync *s);
void sync_on_news(struct sync *s, const struct ledger_news *news);

/* The session to a peer that is a validator now, for forwarding; NULL when none is configured. */
struct net_client *sync_validator(struct sync *s);

/* The session to a peer that holds all events and answered last time: a validator first; NULL when none is configured or
 * all are silent. */
struct net_client *sync_full_node(struct sync *s);

#endif
