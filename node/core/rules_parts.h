/* What the files of rules.h and genesis.h share. */
#ifndef RX_RULES_PARTS_H
#define RX_RULES_PARTS_H

#include "node/core/event_parts.h"
#include "node/core/rules.h"

/* One event being applied. */
struct rules_run {
	const struct state *st;
	const struct event *ev;
	const struct rules_at *at;
	struct writes *ws;
	struct refusal *why;
	uint64_t signer;
	struct member_row member; /* the signer's */
};

/* e, but for what is not there: absent. */
static inline enum err rules_or(enum err e, enum err absent)
{
	return e == ERR_NOT_FOUND ? absent : e;
}

/* e, naming the pack that it came from. */
static inline enum err rules_at_pack(const struct rules_run *run, size_t pos, enum err e)
{
	run->why->at_pack = true;
	run->why->pack_pos = pos;
	return e;
}

enum err rules_governance(struct rules_run *run); /* MEMBER, MEMBER_REVOKE, VALIDATORS, RULES_VERSION */
enum err rules_key_rotate(struct rules_run *run);
enum err rules_key_revoke(struct rules_run *run);
enum err rules_device_revoke(struct rules_run *run);
enum err rules_label_key(struct rules_run *run);
enum err rules_label_key_state(struct rules_run *run);
enum err rules_product(struct rules_run *run);
enum err rules_lot(struct rules_run *run);
enum err rules_commission(struct rules_run *run);
enum err rules_custody(struct rules_run *run); /* SHIP .. UNLOCK */

/* Register a key that nobody registered before, for whatever purpose: else ERR_EXISTS. */
enum err rules_claim_key(const struct state *st, const struct key_row *row, struct writes *ws);
enum err rules_revoke_key(const struct state *st, const struct kid *kid, uint64_t ev, struct writes *ws);
/* Claim row for the event key of its owner in place of old, which is revoked at ev. */
enum err rules_replace_key(const struct state *st, const struct kid *old, const struct key_row *row, uint64_t ev,
			   struct writes *ws);
/* Admit m, or replace the member with its GLN. */
enum err rules_put_member(const struct state *st, const struct member_fields *m, uint64_t ev, struct writes *ws);
/* Change a member's prefixes from old to new.  ERR_EXISTS: one is, begins or goes on from another member's. */
enum err rules_put_prefixes(const struct state *st, uint64_t gln, const struct prefixes *old, const struct prefixes *new,
			    struct writes *ws);
/* Whether each of some is one of all. */
bool rules_prefixes_within(const struct prefixes *some, const struct prefixes *all);
/* Write the validators; each must be a member in force: ERR_UNKNOWN_MEMBER, ERR_MEMBER_REVOKED, ERR_REVOKED_KEY. */
enum err rules_put_validators(const struct state *st, const struct validator_list *list, struct writes *ws);

bool rules_is_validator(const struct validator_list *list, uint64_t gln);

/* ---- the table of transitions (rules_table.c) ---- */
/* What stands between a member and a transition. */
struct rules_facts {
	enum pack_state state;
	bool owner, holder, peer, locker; /* what the signer is to the pack */
	bool locked, expired;
};
bool rules_role_may(enum event_type type, enum role role);
/* The state that follows, or the first that stands in the way: ERR_ROLE_NOT_ALLOWED, ERR_STATE_NOT_ALLOWED, who
 * (ERR_FOREIGN_PREFIX, ERR_NOT_HOLDER, ERR_WRONG_PEER, ERR_NOT_LOCKER), ERR_PACK_LOCKED, ERR_NOT_LOCKED, ERR_PACK_EXPIRED. */
enum err rules_transition(enum event_type type, enum role role, const struct rules_facts *facts, enum pack_state *to);
/* Whether the day of header_ms (UTC) is past expiry (YYYYMMDD). */
bool rules_expired(uint64_t header_ms, uint32_t expiry);

#endif
