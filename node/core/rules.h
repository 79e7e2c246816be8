/* The rules: a pure function from state and event to writes or a refusal.  Table-driven from schemas/transitions.csv. */
#ifndef RX_RULES_H
#define RX_RULES_H

#include "node/core/state.h"

#define RULES_VERSION 1 /* the version this code executes */
#define UNDO_WITHIN_MS (240LL * 3600 * 1000) /* Delegated Regulation (EU) 2016/161 Art. 13: 10 days */
#define NOTICE_WITHIN_S (30 * 86400) /* a lot's notice holds at most so long: data that never comes must not excuse serials */
#define ALARMS_A_DAY 2000 /* quota of a member: at the EU target of 0.05 % of scans, of four million */
#define PROPOSALS_A_DAY 100 /* recalls and withdrawals */
#define SURPLUS_A_DAY 20000 /* packs of others that a member may call surplus: two of the largest pallets */
#define LABEL_KEYS_PER_MEMBER 64 /* quota; ids are only 24 bits wide */

/* Writes in order: a CBOR sequence of [key, value / null] (state.cddl "write"). */
struct writes {
	struct wr w;
	size_t n;
};
void writes_init(struct writes *ws, uint8_t *buf, size_t cap);
/* Begin one: the caller writes the value to what is returned. */
struct wr *writes_put(struct writes *ws, struct bytes key);
void writes_null(struct writes *ws, struct bytes key);

/* Walk them; val->p NULL: null.  False at the end, or where the sequence breaks off (it->r.err). */
struct writes_it { struct rd r; };
void writes_it_init(struct writes_it *it, struct bytes sequence);
bool writes_it_next(struct writes_it *it, struct bytes *key, struct bytes *val);

struct rules_at {
	uint64_t ev; /* number the event will have in the log, from 1 */
	uint64_t header_ms; /* time of the block that orders it */
	struct hash chain_id;
};

/* What stood in the way, for the submitter: which pack (pos counts packs of the event from 0). */
struct refusal {
	enum err err;
	bool at_pack;
	size_t pack_pos;
};

/* Apply ev to st: append its writes, the event row [1, ev] first.  On refusal ws is as before.
 * Signer, key state, membership, times, duplicate id, then the type's own rules.
 * The returned error is also in why->err; state errors (ERR_DATABASE, ERR_CORRUPT, ERR_NO_SPACE) are not refusals. */
MUST_CHECK enum err rules_apply(const struct state *st, const struct event *ev, const struct rules_at *at, struct writes *ws,
				struct refusal *why);

/* Whether what is withdrawn from market (none: everywhere) is so for a member of this country (none: of any). */
bool rules_in_market(const struct country *market, const struct country *country);

/* For copies that do not see all events (light.h): what an event of goods says, believed as certified.  Packs and units that
 * are not known yet come to be where the event says whose they are; custody, state and flags become what the event says they are.  Errors of the state alone. */
MUST_CHECK enum err rules_believe(const struct state *st, const struct event *ev, const struct rules_at *at, struct writes *ws);

#endif
