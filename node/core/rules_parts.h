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
enum err rules_lot_release(struct rules_run *run);
enum err rules_lot_notice(struct rules_run *run);
enum err rules_release_key(struct rules_run *run);
enum err rules_commission(struct rules_run *run);
enum err rules_custody(struct rules_run *run); /* whatever transitions.csv lets happen to packs and units that are there */
enum err rules_recall(struct rules_run *run); /* RECALL, WITHDRAW */
enum err rules_retract(struct rules_run *run);
enum err rules_confirm(struct rules_run *run);
enum err rules_alarm(struct rules_run *run);
enum err rules_alarm_case(struct rules_run *run);
enum err rules_sight(struct rules_run *run);
enum err rules_query(struct rules_run *run);
enum err rules_correction(struct rules_run *run);

/* Write them, or that there are none. */
void rules_put_flags(struct writes *ws, int64_t unit, const struct flags_row *flags);
/* Whether the signer may speak for the product: ERR_FOREIGN_PREFIX, ERR_UNKNOWN_PRODUCT. */
enum err rules_own_product(const struct rules_run *run, uint64_t gtin);
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

/* So much more (but for day) of the signer's on this day of chain time: ERR_QUOTA. */
enum err rules_spend(const struct rules_run *run, const struct spent_row *more);

bool rules_is_validator(const struct validator_list *list, uint64_t gln);

/* ---- the table of transitions (rules_table.c) ---- */
/* What stands between a member and a transition. */
struct rules_facts {
	enum pack_state state;
	bool owner, holder, peer, locker, maker, supplier; /* what the signer is to the pack; to a unit: to all that is in it */
	bool locked, stolen;
	bool expired, recalled, withdrawn, unreleased; /* for a unit: something in it is */
};
bool rules_role_may(enum event_type type, enum role role);
/* Whether the transition depends on the lot: expired and what follows, and maker. */
bool rules_asks_lots(enum event_type type, enum role role, enum pack_state state);
/* The state that follows, or the first that stands in the way: ERR_ROLE_NOT_ALLOWED, ERR_STATE_NOT_ALLOWED, who
 * (ERR_FOREIGN_PREFIX, ERR_NOT_HOLDER, ERR_WRONG_PEER, ERR_NOT_LOCKER, ERR_HAS_CUSTODY, ERR_NOT_SUPPLIER, ERR_NOT_MAKER), then
 * ERR_PACK_LOCKED, ERR_NOT_LOCKED, ERR_PACK_STOLEN, ERR_PACK_EXPIRED, ERR_PACK_RECALLED, ERR_PACK_WITHDRAWN,
 * ERR_LOT_NOT_RELEASED. */
enum err rules_transition(enum event_type type, enum role role, const struct rules_facts *facts, enum pack_state *to);
/* Whether the day of header_ms (UTC) is past expiry (YYYYMMDD). */
bool rules_expired(uint64_t header_ms, uint32_t expiry);
/* Whether the product is withdrawn where country is; none: nobody knows, so anywhere counts. */
bool rules_withdrawn(const struct product_row *p, const struct country *country);

/* ---- what units hold, while one event changes it (rules_tally.c) ---- */
/* Rules read the state before the event: units that one event touches more than once add up here. */
#define TALLY_UNITS_MAX 2048
#define TALLY_LOTS_MAX 4096
struct tally_unit {
	int64_t unit;
	struct unit_row row; /* as it will be */
	bool named; /* in the event's subject */
	bool fresh; /* comes to be with this event */
	bool changed;
};
struct tally_lot {
	int64_t unit;
	struct unit_lot_row row;
	uint64_t number; /* in its unit */
	bool fresh;
};
struct tally {
	const struct state *st;
	size_t units_n, lots_n;
	uint16_t unit_slots[2 * TALLY_UNITS_MAX], lot_slots[2 * TALLY_LOTS_MAX]; /* open addressing: index + 1 */
	struct tally_unit units[TALLY_UNITS_MAX];
	struct tally_lot lots[TALLY_LOTS_MAX];
};
void tally_init(struct tally *t, const struct state *st);
/* The unit, read from the state when it is touched first.  ERR_TOO_MANY_UNITS; ERR_CORRUPT when the state has no such unit. */
MUST_CHECK enum err tally_unit(struct tally *t, int64_t unit, struct tally_unit **out);
/* A unit that comes to be. */
MUST_CHECK enum err tally_unit_new(struct tally *t, int64_t unit, uint64_t sscc, struct tally_unit **out);
bool tally_is_named(const struct tally *t, int64_t unit);
/* Its i-th lot (i < row.lots), as it will be. */
MUST_CHECK enum err tally_lot_of(struct tally *t, const struct tally_unit *u, uint64_t i, struct unit_lot_row *out);
/* So many packs of the lot more in it (less, when negative). */
MUST_CHECK enum err tally_add(struct tally *t, struct tally_unit *u, uint64_t gtin, struct bytes lot, int64_t packs);
/* Write what changed. */
void tally_write(const struct tally *t, struct writes *ws);

#endif
