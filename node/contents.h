/* A light copy learns what the units hold that its member received: it asks a full node, so that it knows its own stock when
 * it is cut off later. */
#ifndef RX_CONTENTS_H
#define RX_CONTENTS_H

#include "node/node.h"

struct contents;
MUST_CHECK enum err contents_new(struct contents **out, struct node *n);
void contents_free(struct contents *c); /* accepts NULL; after sync_free(): no answer comes any more */

/* A block became final: its receipts of units by this member. */
void contents_on_appended(struct contents *c, const struct ledger_news *news);
/* Ask again what no full node has answered yet. */
void contents_on_tick(struct contents *c, uint64_t now_ms);

#endif
