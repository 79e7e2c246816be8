/* A pack's or a logistic unit's history as a node tells it (node.cddl "history"). */
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
	size_t steps_n;
	uint64_t withheld; /* steps that are not for the asker */
};

/* Ask the node.  at: as it was after that many events of the log, or NULL for now.  why: text for people. */
MUST_CHECK enum err item_fetch(struct client *c, uint64_t gtin, struct bytes serial, const uint64_t *at, struct item *out,
			       struct config_fault *why);

/* Of a logistic unit, with what it holds directly. */
struct item_unit {
	uint64_t height, time_ms, sscc;
	uint64_t packs; /* in it at any depth */
	struct bytes children; /* encoded; a view, as in struct item; p NULL: not for the asker to know */
	struct item_step steps[ITEM_STEPS_MAX];
	size_t steps_n;
	uint64_t withheld; /* steps that are not for the asker */
};
MUST_CHECK enum err item_fetch_unit(struct client *c, uint64_t sscc, const uint64_t *at, struct item_unit *out,
				    struct config_fault *why);
/* From the answer's bytes: views into body.  ERR_BAD_VALUE, and those of rd.h. */
MUST_CHECK enum err item_unit_read(struct item_unit *out, struct bytes body);

struct item_child {
	uint64_t sscc; /* 0: a pack, of: */
	uint64_t gtin;
	struct bytes serial;
};
struct item_children { struct rd r; size_t left; };
void item_children_init(struct item_children *it, const struct item_unit *u);
bool item_children_next(struct item_children *it, struct item_child *out);

/* The last step that changed who holds it, or its state: what an undo or a void names.  NULL: none. */
const struct item_step *item_in_force(const struct item_step *steps, size_t n);

/* "in transit" */
const char *item_state_name(uint64_t state);

#endif
