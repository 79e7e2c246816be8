/* The logical ledger state as keys and values (schemas/state.cddl), and typed reading of it. */
#ifndef RX_STATE_H
#define RX_STATE_H

#include "node/core/event.h"

#define STATE_KEY_MAX 64
#define STATE_VALUE_MAX 2048 /* a member row: 1 KB certificate, 16 prefixes, texts */

enum key_kind {
	KEY_CHAIN, KEY_EVENT, KEY_EVENT_ID, KEY_MEMBER, KEY_KEY, KEY_LABEL_KEY, KEY_PRODUCT, KEY_LOT, KEY_BATCH,
	KEY_PACK, KEY_CUSTODY, KEY_INSIDE, KEY_UNIT, KEY_FLAG, KEY_DEVICE, KEY_PROPOSAL, KEY_VALIDATORS,
	KEY_PREFIX, KEY_LABEL_KEYS, KEY_RECALL, KEY_ALARM, KEY_SIGHT, KEY_UNIT_ROW, KEY_UNIT_LOT, KEY_UNIT_LOT_AT,
	KEY_CORRECTION, KEY_QUERIED, KEY_SPENT
};
#define KEY_KINDS (KEY_SPENT + 1) /* the last one's */

/* A state to read: the store now, the store at an earlier event, or an overlay on either. */
struct state {
	void *ctx;
	/* val->p NULL: absent.  val: borrowed until the next get on the same state. */
	enum err (*get)(void *ctx, struct bytes key, struct bytes *val);
};

enum pack_state {
	PACK_NONE, PACK_ACTIVE, PACK_IN_TRANSIT, PACK_DISPENSED, PACK_DESTROYED, PACK_SAMPLE, PACK_FREE_SAMPLE, PACK_EXPORTED,
	PACK_CHECKED_OUT
};
#define PACK_STATE_MAX PACK_CHECKED_OUT
/* Beside the state, outliving steps. */
enum flag_kind { FLAG_LOCKED, FLAG_STOLEN, FLAG_MISMATCH, FLAG_CLAIMED, FLAG_KINDS };
enum key_purpose { KEY_FOR_EVENTS = 1, KEY_FOR_LABELS, KEY_FOR_RELEASE };
enum recall_state { RECALL_PROPOSED = 1, RECALL_IN_FORCE, RECALL_RETRACTING, RECALL_OVER };
enum alarm_state { ALARM_OPEN = 1, ALARM_EXPLAINED, ALARM_CONFIRMED, ALARM_CLOSED };
#define UNIT_LEVELS_MAX 5 /* logistic units around a pack */
#define WITHDRAWALS_MAX MARKETS_MAX /* of one product, one a market */
enum label_key_state { LABEL_KEY_ACTIVE = 1, LABEL_KEY_RETIRED, LABEL_KEY_COMPROMISED };

struct chain_row { uint64_t rules_version, next_pack, next_unit; };
struct event_row { struct hash id; uint64_t type, time_s, place, signer, header_ms; };
struct member_row {
	enum role role;
	struct kid kid;
	struct prefixes prefixes;
	bool located;
	int32_t lat_udeg, lon_udeg;
	struct country country;
	bool supplies, full;
	uint64_t revoked; /* ev, or 0 */
	uint8_t name[NAME_MAX_BYTES], contact[NAME_MAX_BYTES], ca[CA_MAX]; /* copies */
	size_t name_n, contact_n, ca_n;
};
struct key_row { uint64_t owner; struct pubkey key; enum key_purpose purpose; uint64_t revoked; };
struct label_key_row {
	uint64_t owner;
	struct pubkey key;
	struct prefixes prefixes;
	enum label_key_state state;
	uint64_t ev;
};
struct withdrawal { uint64_t ev; struct country market; /* none: everywhere */ };
struct product_row {
	uint64_t owner;
	bool always_signed;
	uint8_t name[NAME_MAX_BYTES];
	size_t name_n;
	struct markets markets;
	struct storage storage;
	struct withdrawal withdrawn[WITHDRAWALS_MAX];
	size_t withdrawn_n;
};
struct lot_row { uint32_t expiry; uint64_t released, recalled, announced, until_s, packs; };
struct batch_row { uint64_t lo, hi, gtin; uint8_t lot[LOT_MAX]; size_t lot_n; uint64_t ev, holder; };
struct pack_row { uint64_t lo, offset; };
struct custody_row { uint64_t holder; enum pack_state state; uint64_t peer, ev; };
struct flag_row { uint64_t by, ev; }; /* by 0: not set */
struct flags_row { struct flag_row of[FLAG_KINDS]; };
struct unit_row { uint64_t sscc, packs, locked, stolen, lots, children, levels; };
struct unit_lot_row { uint64_t gtin; uint8_t lot[LOT_MAX]; size_t lot_n; uint64_t packs; };
struct recall_row {
	uint64_t gtin;
	uint8_t lot[LOT_MAX];
	size_t lot_n; /* 0: a withdrawal */
	uint64_t defect;
	uint8_t why[NAME_MAX_BYTES];
	size_t why_n;
	struct country market;
	enum recall_state state;
	uint64_t proposer, second, force_ev, retracting, retract_ev;
};
struct alarm_row {
	uint64_t gtin;
	uint8_t serial[SERIAL_MAX];
	size_t serial_n;
	uint64_t reason;
	enum alarm_state state;
	uint64_t by, place, time_s, first_ev, raised_ev, seen, again_ev;
	uint8_t cause[NAME_MAX_BYTES];
	size_t cause_n;
	uint64_t changed_ev;
};
struct sight_row { uint64_t by, place, time_s; };
struct correction_row { uint64_t ev; uint8_t why[NAME_MAX_BYTES]; size_t why_n; };
struct spent_row { uint64_t day, alarms, proposals, surplus; };
struct prefix_row { uint64_t owner, below; };

/* Each: ERR_NOT_FOUND when absent, ERR_CORRUPT when a stored value does not decode, or the state's own error. */
MUST_CHECK enum err state_chain(const struct state *st, struct chain_row *out);
MUST_CHECK enum err state_event(const struct state *st, uint64_t ev, struct event_row *out);
MUST_CHECK enum err state_event_id(const struct state *st, const struct hash *id, uint64_t *ev);
MUST_CHECK enum err state_member(const struct state *st, uint64_t gln, struct member_row *out);
MUST_CHECK enum err state_key(const struct state *st, const struct kid *kid, struct key_row *out);
MUST_CHECK enum err state_label_key(const struct state *st, const uint8_t id[static LABEL_KEY_ID_LEN], struct label_key_row *out);
MUST_CHECK enum err state_product(const struct state *st, uint64_t gtin, struct product_row *out);
MUST_CHECK enum err state_lot(const struct state *st, uint64_t gtin, struct bytes lot, struct lot_row *out);
MUST_CHECK enum err state_batch(const struct state *st, uint64_t lo, struct batch_row *out);
MUST_CHECK enum err state_pack(const struct state *st, uint64_t gtin, struct bytes serial, struct pack_row *out);
MUST_CHECK enum err state_custody(const struct state *st, int64_t unit, struct custody_row *out);
MUST_CHECK enum err state_flags(const struct state *st, int64_t unit, struct flags_row *out);
MUST_CHECK enum err state_unit(const struct state *st, uint64_t sscc, int64_t *unit);
MUST_CHECK enum err state_parent(const struct state *st, int64_t child, int64_t *parent);
MUST_CHECK enum err state_unit_row(const struct state *st, int64_t unit, struct unit_row *out);
MUST_CHECK enum err state_unit_lot(const struct state *st, int64_t unit, uint64_t i, struct unit_lot_row *out);
MUST_CHECK enum err state_unit_lot_at(const struct state *st, int64_t unit, uint64_t gtin, struct bytes lot, uint64_t *i);
MUST_CHECK enum err state_recall(const struct state *st, uint64_t ev, struct recall_row *out);
MUST_CHECK enum err state_alarm(const struct state *st, const struct hash *id, struct alarm_row *out);
MUST_CHECK enum err state_sight(const struct state *st, int64_t unit, struct sight_row *out);
MUST_CHECK enum err state_correction(const struct state *st, uint64_t ev, struct correction_row *out);
/* The last QUERY of this regulator with this text. */
MUST_CHECK enum err state_spent(const struct state *st, uint64_t gln, struct spent_row *out);
MUST_CHECK enum err state_queried(const struct state *st, uint64_t gln, struct bytes what, uint64_t *ev);
MUST_CHECK enum err state_device_revoked(const struct state *st, uint64_t gln, const struct hash *device, uint64_t *ev);
/* Validators that signed a proposal so far, ascending by GLN (a list of any length up to the most). */
MUST_CHECK enum err state_proposal(const struct state *st, const struct hash *proposal, struct validator_list *out);
MUST_CHECK enum err state_validators(const struct state *st, struct validator_list *out);
MUST_CHECK enum err state_prefix(const struct state *st, struct bytes digits, struct prefix_row *out);
MUST_CHECK enum err state_label_keys(const struct state *st, uint64_t gln, uint64_t *n);

/* The member whose company prefix gtin begins with (after its indicator digit), and that prefix. */
MUST_CHECK enum err state_gtin_owner(const struct state *st, uint64_t gtin, uint64_t *gln, struct prefix *prefix);
/* The same of an SSCC. */
MUST_CHECK enum err state_sscc_owner(const struct state *st, uint64_t sscc, uint64_t *gln, struct prefix *prefix);

/* The alarm that stands for this reason at this pack (state.cddl "alarm"). */
void alarm_id(struct hash *out, uint64_t gtin, struct bytes serial, uint64_t reason);

/* Where a pack or a logistic unit stands: custody hangs on the outermost unit around it, its own row or, of a loose pack
 * without one, its batch's default. */
struct pack_view {
	int64_t unit; /* itself: > 0 a pack, < 0 a logistic unit */
	int64_t above[UNIT_LEVELS_MAX]; /* the units around it, the nearest first */
	size_t above_n;
	int64_t outer; /* the unit custody hangs on */
	bool own_custody; /* it is loose and has a row of its own */
	struct batch_row batch; /* of a pack */
	struct custody_row custody;
	struct flags_row flags; /* its own */
	bool flags_ended; /* its row has others, which ended when the unit it is in moved on */
	struct flags_row around; /* those of the units around it, the nearest that has each */
};
MUST_CHECK enum err state_pack_view(const struct state *st, uint64_t gtin, struct bytes serial, struct pack_view *out);
/* The same, keeping out->batch of the pack viewed before (of the same state) when it is this pack's too. */
MUST_CHECK enum err state_pack_view_next(const struct state *st, uint64_t gtin, struct bytes serial, struct pack_view *out);
/* A logistic unit by its number. */
MUST_CHECK enum err state_unit_view(const struct state *st, int64_t unit, struct pack_view *out);
/* The flag on it or on a unit around it; NULL: neither has it. */
const struct flag_row *pack_view_flag(const struct pack_view *v, enum flag_kind kind);

/* SHA-256 over the validator set as certificates need it: deterministic CBOR [+ [gln, pubkey]] in index order. */
struct validator { uint64_t gln; struct pubkey key; struct kid kid; };
struct validator_set { struct validator v[VALIDATORS_MAX]; size_t n; struct hash hash; };
MUST_CHECK enum err state_validator_set(const struct state *st, struct validator_set *out);

/* Smallest number of validators whose word makes a block final: floor((n + f) / 2) + 1, f = floor((n - 1) / 3). */
size_t quorum(size_t n);

/* Encode the key of each kind into buf. */
struct bytes key_chain(uint8_t buf[static STATE_KEY_MAX]);
struct bytes key_event(uint8_t buf[static STATE_KEY_MAX], uint64_t ev);
struct bytes key_event_id(uint8_t buf[static STATE_KEY_MAX], const struct hash *id);
struct bytes key_member(uint8_t buf[static STATE_KEY_MAX], uint64_t gln);
struct bytes key_key(uint8_t buf[static STATE_KEY_MAX], const struct kid *kid);
struct bytes key_label_key(uint8_t buf[static STATE_KEY_MAX], const uint8_t id[static LABEL_KEY_ID_LEN]);
struct bytes key_product(uint8_t buf[static STATE_KEY_MAX], uint64_t gtin);
struct bytes key_lot(uint8_t buf[static STATE_KEY_MAX], uint64_t gtin, struct bytes lot);
struct bytes key_batch(uint8_t buf[static STATE_KEY_MAX], uint64_t lo);
struct bytes key_pack(uint8_t buf[static STATE_KEY_MAX], uint64_t gtin, struct bytes serial);
struct bytes key_custody(uint8_t buf[static STATE_KEY_MAX], int64_t unit);
struct bytes key_inside(uint8_t buf[static STATE_KEY_MAX], int64_t child);
struct bytes key_unit(uint8_t buf[static STATE_KEY_MAX], uint64_t sscc);
struct bytes key_flags(uint8_t buf[static STATE_KEY_MAX], int64_t unit);
struct bytes key_device(uint8_t buf[static STATE_KEY_MAX], uint64_t gln, const struct hash *device);
struct bytes key_proposal(uint8_t buf[static STATE_KEY_MAX], const struct hash *proposal);
struct bytes key_validators(uint8_t buf[static STATE_KEY_MAX]);
struct bytes key_prefix(uint8_t buf[static STATE_KEY_MAX], struct bytes digits);
struct bytes key_label_keys(uint8_t buf[static STATE_KEY_MAX], uint64_t gln);
struct bytes key_recall(uint8_t buf[static STATE_KEY_MAX], uint64_t ev);
struct bytes key_alarm(uint8_t buf[static STATE_KEY_MAX], const struct hash *id);
struct bytes key_sight(uint8_t buf[static STATE_KEY_MAX], int64_t unit);
struct bytes key_unit_row(uint8_t buf[static STATE_KEY_MAX], int64_t unit);
struct bytes key_unit_lot(uint8_t buf[static STATE_KEY_MAX], int64_t unit, uint64_t i);
struct bytes key_unit_lot_at(uint8_t buf[static STATE_KEY_MAX], int64_t unit, uint64_t gtin, struct bytes lot);
struct bytes key_correction(uint8_t buf[static STATE_KEY_MAX], uint64_t ev);
struct bytes key_queried(uint8_t buf[static STATE_KEY_MAX], uint64_t gln, struct bytes what);
struct bytes key_spent(uint8_t buf[static STATE_KEY_MAX], uint64_t gln);

/* The value of each kind, written and taken apart; a plain number or list needs none of its own.
 * ERR_CORRUPT.  batch_row_decode() leaves lo, which is in the key. */
void chain_row_write(struct wr *w, const struct chain_row *row);
void event_row_write(struct wr *w, const struct event_row *row);
void member_row_write(struct wr *w, const struct member_row *row);
void key_row_write(struct wr *w, const struct key_row *row);
void label_key_row_write(struct wr *w, const struct label_key_row *row);
void product_row_write(struct wr *w, const struct product_row *row);
void lot_row_write(struct wr *w, const struct lot_row *row);
void batch_row_write(struct wr *w, const struct batch_row *row);
void pack_row_write(struct wr *w, const struct pack_row *row);
void custody_row_write(struct wr *w, const struct custody_row *row);
void flags_row_write(struct wr *w, const struct flags_row *row);
void unit_row_write(struct wr *w, const struct unit_row *row);
void unit_lot_row_write(struct wr *w, const struct unit_lot_row *row);
void recall_row_write(struct wr *w, const struct recall_row *row);
void alarm_row_write(struct wr *w, const struct alarm_row *row);
void sight_row_write(struct wr *w, const struct sight_row *row);
void correction_row_write(struct wr *w, const struct correction_row *row);
void spent_row_write(struct wr *w, const struct spent_row *row);
void prefix_row_write(struct wr *w, const struct prefix_row *row);
MUST_CHECK enum err chain_row_decode(struct bytes value, struct chain_row *out);
MUST_CHECK enum err event_row_decode(struct bytes value, struct event_row *out);
MUST_CHECK enum err member_row_decode(struct bytes value, struct member_row *out);
MUST_CHECK enum err key_row_decode(struct bytes value, struct key_row *out);
MUST_CHECK enum err label_key_row_decode(struct bytes value, struct label_key_row *out);
MUST_CHECK enum err product_row_decode(struct bytes value, struct product_row *out);
MUST_CHECK enum err lot_row_decode(struct bytes value, struct lot_row *out);
MUST_CHECK enum err batch_row_decode(struct bytes value, struct batch_row *out);
MUST_CHECK enum err pack_row_decode(struct bytes value, struct pack_row *out);
MUST_CHECK enum err custody_row_decode(struct bytes value, struct custody_row *out);
MUST_CHECK enum err flags_row_decode(struct bytes value, struct flags_row *out);
MUST_CHECK enum err unit_row_decode(struct bytes value, struct unit_row *out);
MUST_CHECK enum err unit_lot_row_decode(struct bytes value, struct unit_lot_row *out);
MUST_CHECK enum err recall_row_decode(struct bytes value, struct recall_row *out);
MUST_CHECK enum err alarm_row_decode(struct bytes value, struct alarm_row *out);
MUST_CHECK enum err sight_row_decode(struct bytes value, struct sight_row *out);
MUST_CHECK enum err correction_row_decode(struct bytes value, struct correction_row *out);
MUST_CHECK enum err spent_row_decode(struct bytes value, struct spent_row *out);
MUST_CHECK enum err prefix_row_decode(struct bytes value, struct prefix_row *out);

/* A key taken apart, for the stores. */
struct key_parts {
	enum key_kind kind;
	uint64_t n; /* ev, gln, gtin, lo, sscc, number of a lot in a unit */
	int64_t unit;
	struct bytes b; /* id, kid, label key id, lot, serial, device, proposal, prefix; a view into the key */
};
/* ERR_BAD_VALUE for an unknown kind, and those of rd.h. */
MUST_CHECK enum err key_parse(struct bytes key, struct key_parts *out);

#endif
