/* A light copy's questions about others' goods: asked on at a full node, its answer handed through. */
#ifndef RX_RELAY_H
#define RX_RELAY_H

#include "node/node.h"

#define RELAY_MS 1500 /* a full node that does not answer by then is taken for cut off */

/* failed: answers x when no full node did; called at once or later. */
typedef void relay_failed_fn(struct node *n, struct net_exchange *x, const struct net_request *req);
void relay_request(struct node *n, struct net_exchange *x, const struct net_request *req, relay_failed_fn *failed);

#endif
