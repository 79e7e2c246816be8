/* Ordering: events in, agreed blocks with certificates out.  A pure step: what happened goes in, what to do comes out.
 * n = 1 is here.  Several validators (Simplex, Chan and Pass 2023) will stand behind the same seam; until then a set of
 * several is kept but orders nothing. */
#ifndef RX_ORDER_H
#define RX_ORDER_H

#include "node/core/certificate.h"

struct order {
	struct validator_set set; /* certifies the next block */
	size_t self; /* own index, or ORDER_FOLLOWER */
	uint64_t height, view; /* being decided */
	enum { ORDER_IDLE, ORDER_BUILDING, ORDER_SIGNING } phase;
	struct final final;
};
#define ORDER_FOLLOWER SIZE_MAX

enum order_input_kind {
	ORDER_IN_WAITING, /* events wait to be ordered */
	ORDER_IN_BUILT, /* the block asked for: final.header_hash (chain id, height set); */
	ORDER_IN_EMPTY, /* nothing of it applied: no block */
	ORDER_IN_SIGNED /* the vote asked for */
};
struct order_input {
	enum order_input_kind kind;
	struct hash header_hash;
	uint8_t sig[SIG_LEN];
};
enum order_action_kind {
	ORDER_DO_BUILD, /* propose a block at height */
	ORDER_DO_SIGN, /* sign digest as a vote */
	ORDER_DO_COMMIT /* store the block with the certificate built from votes */
};
struct order_action {
	enum order_action_kind kind;
	uint64_t height, view;
	struct hash digest;
	struct vote votes[VALIDATORS_MAX];
	size_t votes_n;
};
#define ORDER_ACTIONS_MAX 4

/* Begin at the block after height under set. */
void order_init(struct order *o, const struct hash *chain_id, uint64_t height, const struct validator_set *set, uint64_t self_gln);
/* One step; actions: ORDER_ACTIONS_MAX places.  Nothing changes on ERR_NOT_VALIDATOR (a follower, or one of several
 * validators, is asked to order) and ERR_BAD_VALUE (an input that does not fit the phase). */
MUST_CHECK enum err order_step(struct order *o, const struct order_input *in, struct order_action *actions, size_t *n);

#endif
