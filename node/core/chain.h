/* Linking blocks: what a proposer makes and what everybody checks is one execution. */
#ifndef RX_CHAIN_H
#define RX_CHAIN_H

#include "node/core/certificate.h"
#include "node/core/rules.h"

/* The tip. */
struct chain_head {
	struct hash chain_id;
	uint64_t height; /* 0: only the genesis */
	struct hash hash; /* of the header at height; at 0 the chain id */
	uint64_t time_ms;
	struct merkle_edge log; /* log.size: events so far */
};
/* Tip after the genesis block alone. */
void chain_head_init(struct chain_head *out, const struct hash *chain_id, uint64_t genesis_time_s);

/* Bytes that the writes of one block may take: packs with 20-character serials, member rows.  A block that makes more is
 * valid nowhere (ERR_NO_SPACE), so everybody gives ws this much room; a proposer stops before. */
#define CHAIN_WRITES_MAX ((size_t)BLOCK_PACKS_MAX * 160 + (size_t)BLOCK_EVENTS_MAX * 4096)

/* A state that takes writes, so that each event of a block sees those before it. */
struct chain_overlay {
	struct state state; /* reads see what was put */
	enum err (*put)(void *ctx, struct bytes writes); /* a CBOR sequence of [key, value / null]; ctx is state.ctx */
};

/* An event whose signature was checked with key (maybe on another thread). */
struct signed_event {
	struct bytes cose;
	struct event event; /* views into cose */
	struct pubkey key; /* the key it was checked with: execution checks that it is still the kid's */
};

/* Propose: execute events in order on ov, leaving out those refused.  refused[i].err says why, ERR_OK: taken; the indexes
 * of those taken stand in order[].  Stops at the first for which the block has no room: it and all behind it get ERR_BUSY.
 * header_bytes: in buf.  ws: all writes.  taken 0: nothing to propose (ERR_OK).  ov and ws hold the writes of the taken
 * ones only.  head unchanged.  refused, order: n places.  An error returned is the state's, and ov is worth nothing. */
struct chain_proposal {
	struct header header;
	struct bytes header_bytes;
	size_t taken;
};
MUST_CHECK enum err chain_propose(const struct chain_head *head, const struct chain_overlay *ov, uint64_t now_ms,
				  uint64_t proposer, const struct signed_event *events, size_t n, struct refusal *refused,
				  size_t *order, struct writes *ws, uint8_t *buf, size_t cap, struct chain_proposal *out);

/* Check a block against the tip: links, proposer, caps, certificate (p NULL: not yet certified), every event's rules,
 * roots, log, effects, validator set.  events: the block's, opened and verified in order (n of them; see
 * chain_open_event).  ws: the writes to store.  bad: which event broke, when one did (SIZE_MAX: none).
 * ERR_WRONG_CHAIN, ERR_NOT_LINKED, ERR_BAD_BLOCK, ERR_BAD_BLOCK_TIME, ERR_BAD_CERTIFICATE, ERR_EFFECTS_DIFFER, the event's
 * own error, or the state's. */
MUST_CHECK enum err chain_check(const struct chain_head *head, const struct chain_overlay *ov, const struct block *b,
				struct bytes certificate, const struct signed_event *events, struct writes *ws, size_t *bad);

/* Link, proposer and certificate (p NULL: not yet certified) alone, before any event is looked at. */
MUST_CHECK enum err chain_check_head(const struct chain_head *head, const struct state *st, const struct header *h,
				     struct bytes header_bytes, struct bytes certificate);

/* What a header says of its events, and of the chain with them, gathered event by event. */
struct chain_roots {
	struct merkle_edge block, log, public;
};
void chain_roots_init(struct chain_roots *r, const struct chain_head *head);
void chain_roots_add(struct chain_roots *r, const struct hash *id, bool is_public);
/* Into h: roots, sizes, and of st, the state after the block, rules version and next_validators. */
MUST_CHECK enum err chain_roots_end(const struct chain_roots *r, const struct state *st, struct header *h);

/* Whether what an execution gave is what the header says, effects aside: ERR_BAD_BLOCK. */
MUST_CHECK enum err chain_compare(const struct header *h, const struct header *ours);

/* Whether e says that this node cannot tell, not that the event is refused. */
bool chain_is_trouble(enum err e);

/* Open and verify one event of a block with the key that st, the state before the block, holds for its kid: a key that
 * the same block registers signs nothing in it (ERR_UNKNOWN_KEY).  Views into cose.  The shell may run these on many
 * threads, or read keys on one with chain_open_key() and run event_verify() on many. */
MUST_CHECK enum err chain_open_event(const struct state *st, struct bytes cose, struct signed_event *out);
MUST_CHECK enum err chain_open_key(const struct state *st, struct bytes cose, struct event_envelope *env, struct pubkey *key);

/* Move the tip over a checked block. */
void chain_advance(struct chain_head *head, const struct header *h, struct bytes header_bytes, const struct hash *ids);

#endif
