/* A pack's history as a node tells it (node.cddl "history"). */
#ifndef RX_ITEM_H
#define RX_ITEM_H

#include "node/client.h"

#define ITEM_STEPS_MAX 4096

struct item_step {
	uint64_t ev, type, time_s, place, signer, header_ms, state, holder, peer, sscc, flags, corrected;
	struct hash id;
	struct bytes signer_name;
};
struct item {
	uint64_t height, time_ms, gtin;
	struct bytes serial, lot, product; /* views into the client's buffer, until its next call; steps too */
	uint32_t expiry;
	struct item_step steps[ITEM_STEPS_MAX];
	size_t steps_n; /* at least 1 */
};

/* Ask the node.  at: as it was after that many events of the log, or NULL for now.  why: text for people. */
MUST_CHECK enum err item_fetch(struct client *c, uint64_t gtin, struct bytes serial, const uint64_t *at, struct item *out,
			       struct config_fault *why);

/* "in transit" */
const char *item_state_name(uint64_t state);

#endif
