/* Proof that events are in the log whose root a certified header names: each asked from the node and checked here. */
#ifndef RX_PROVER_H
#define RX_PROVER_H

#include "node/client.h"

struct prover;
/* Ask for the newest certified header and check its certificate with the validators that the ledger.db of cfg's directory
 * knows ("rxnode audit" says whether that is to be believed).  why: text for people.  ERR_BAD_CERTIFICATE; ERR_NOT_FOUND: that
 * ledger does not reach so far. */
MUST_CHECK enum err prover_open(struct prover **out, struct client *c, const struct node_config *cfg, struct config_fault *why);
void prover_close(struct prover *p); /* accepts NULL */
uint64_t prover_height(const struct prover *p); /* of the header */

/* Whether event number ev of the log is the one with this id.  ERR_BAD_PROOF, and errors of the connection. */
MUST_CHECK enum err prover_check(struct prover *p, uint64_t ev, const struct hash *id, struct config_fault *why);

#endif
