/* The outbox on its way: own members' events, durable here, sent to a validator until it has ordered or refused them. */
#ifndef RX_FORWARD_H
#define RX_FORWARD_H

#include "node/node.h"

struct forward;
#define FORWARD_IN_FLIGHT 16
#define FORWARD_RETRY_MS 1000

MUST_CHECK enum err forward_new(struct forward **out, struct node *n);
void forward_free(struct forward *f); /* accepts NULL */

/* Something new is in the outbox, or a validator may be back: send what waits. */
void forward_kick(struct forward *f);

#endif
