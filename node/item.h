/* The history of a pack or logistic unit as a node tells it (node.cddl "history"). */
#ifndef RX_ITEM_H
#define RX_ITEM_H

#include "node/client.h"

#define ITEM_STEPS_MAX 4096
#define ITEM_NAMES_MAX 64

struct item_step {
	uint64_t ev, type, time_s, place, signer, header_ms, state, holder, peer, sscc, flags, corrected;
	struct hash id;
	struct bytes signer_name;
};
struct item_name { uint64_t gln; struct bytes name; };
/* What a pack or unit went through. */
struct item_way {
	struct item_step steps[ITEM_STEPS_MAX];
	size_t steps_n;
	uint64_t withheld; /* steps that are not for the asker, or before those told */
	struct item_name names[ITEM_NAMES_MAX]; /* of those that the steps name */
	size_t names_n;
	bool cut_off; /* a light copy's own word: no full node answered */
};
/* A pack.  Views into the client's buffer, until its next call. */
struct item {
	uint64_t height, time_ms, gtin;
	struct bytes serial, lot, product;
	uint32_t expiry;
	struct item_way way;
};
/* A logistic unit, with what it holds directly. */
struct item_unit {
	uint64_t height, time_ms, sscc;
	uint64_t packs; /* in it at any depth */
	struct bytes children; /* encoded; p NULL: not for the asker to know */
	struct item_way way;
};

/* As of when to ask; NULL in its place, or AS_OF_NOW: now. */
struct as_of {
	enum { AS_OF_NOW, AS_OF_EVENT, AS_OF_TIME } kind;
	uint64_t n; /* number of an event in the log, or Unix ms */
};

/* Ask the node.  at: as it was after that many events of the log, or NULL for now.  why: text for people. */
MUST_CHECK enum err item_fetch(struct client *c, uint64_t gtin, struct bytes serial, const uint64_t *at, struct item *out,
			       struct config_fault *why);
MUST_CHECK enum err item_fetch_unit(struct client *c, uint64_t sscc, const uint64_t *at, struct item_unit *out,
				    struct config_fault *why);
MUST_CHECK enum err item_fetch_then(struct client *c, uint64_t gtin, struct bytes serial, const struct as_of *then,
				    struct item *out, struct config_fault *why);
MUST_CHECK enum err item_fetch_unit_then(struct client *c, uint64_t sscc, const struct as_of *then, struct item_unit *out,
					 struct config_fault *why);
/* From an answer's bytes: views into body.  ERR_BAD_VALUE, and those of rd.h. */
MUST_CHECK enum err item_read(struct item *out, struct bytes body);
MUST_CHECK enum err item_unit_read(struct item_unit *out, struct bytes body);

struct item_child {
	uint64_t sscc; /* 0: a pack, of: */
	uint64_t gtin;
	struct bytes serial, lot;
};
struct item_children { struct rd r; size_t left; };
void item_children_init(struct item_children *it, const struct item_unit *u);
bool item_children_next(struct item_children *it, struct item_child *out);

/* The last step that changed who holds it, or its state: what an undo or a void names.  NULL: none is told. */
const struct item_step *item_in_force(const struct item_step *steps, size_t n);

/* The lot of a pack, by FETCH /verify: whoever may scan it may know.  ERR_UNKNOWN_PACK.  n: of lot. */
MUST_CHECK enum err item_lot(struct client *c, uint64_t gtin, struct bytes serial, uint8_t lot[static LOT_MAX], size_t *n,
			     struct config_fault *why);

/* "in transit" */
const char *item_state_name(uint64_t state);

#endif
