/* The answer at the counter: accept, quarantine or reject, with a reason (schemas/reasons.csv, verdict.cddl).
 * Facts come from the ledger, the decision from facts, question and the label's signature: both pure. */
#ifndef RX_VERDICT_H
#define RX_VERDICT_H

#include "gen/reasons.h"
#include "node/core/label.h"
#include "node/core/risk.h"
#include "node/core/state.h"

#define VERDICT_BYTES_MAX 1472 /* question or answer: with all parties' names at their longest; mostly fits one datagram */
#define PARTY_TEXT_MAX NAME_MAX_BYTES

enum verdict_kind { VERDICT_ACCEPT, VERDICT_REJECT, VERDICT_QUARANTINE, VERDICT_NONE };
enum verdict_layer { LAYER_NONE, LAYER_DATA, LAYER_SIGNATURE, LAYER_LEDGER, LAYER_STEP, LAYER_RISK };

enum reason {
#define X(name, number, verdict, alarm, layer, refusal, emvs, us, text, next) REASON_##name = (number),
	REASONS(X)
#undef X
};
#define REASON_NUMBER_MAX 255
#define REASONS_AT_ONCE 16 /* more than can hold of one pack */

struct reason_row {
	enum reason reason;
	enum verdict_kind verdict;
	bool alarm;
	enum verdict_layer layer;
	enum err refusal; /* of an event; ERR_OK: none */
	const char *name, *emvs, *us, *text, *next;
};
const struct reason_row *reason_row(uint64_t number); /* NULL: unknown */
/* What an event was refused for, in words for the one who sent it; NULL: the error's own text says it. */
const struct reason_row *reason_of_refusal(enum err e);

struct verdict_question {
	uint64_t gtin;
	struct bytes serial;
	struct bytes lot; /* p NULL: not on the label */
	uint32_t expiry; /* YYYYMMDD; 0: not on the label */
	bool signed_; /* the label has a signature, by the key named: */
	uint8_t key_id[LABEL_KEY_ID_LEN];
	bool risk_wanted; /* it takes the pack's history: longer than the rest */
};

struct party {
	uint64_t gln; /* 0: nobody */
	uint8_t name[PARTY_TEXT_MAX], contact[PARTY_TEXT_MAX];
	size_t name_n, contact_n;
};

struct verdict_facts {
	uint64_t height, head_ms, now_ms;
	uint64_t asker;
	enum role asker_role;
	bool product_known, always_signed;
	struct party maker; /* whose product it is */
	uint8_t product[NAME_MAX_BYTES];
	size_t product_n;
	bool lot_known;
	uint64_t pending_until_s; /* of a lot announced whose packs are not all here yet; 0: none */
	bool cut_off; /* a light copy's own word: no full node answered */
	bool other_market; /* the product is for others than the asker's */
	bool unreleased, recalled, withdrawn; /* the pack's lot and product; of an unknown pack, the lot it names */
	bool stolen, mismatch, claimed, locked;
	bool pack_known;
	uint8_t lot[LOT_MAX];
	size_t lot_n;
	uint32_t expiry;
	enum pack_state state;
	struct party holder, peer, signer, locker; /* withheld, gln 0, from those who may not know */
	uint64_t event_type, event_time_s, event_place; /* the last one; type 0: withheld */
	bool key_known, key_covers;
	struct pubkey key;
	uint64_t key_owner;
	enum label_key_state key_state;
	bool pack_older; /* the pack was commissioned before the key came to this state */
	bool risk_told; /* it was wanted, and the whole history is here: */
	struct risk risk; /* beside the verdict, which never depends on it */
};

/* Whether asker may know who is on the custody path: a regulator, the holder, whom it is on its way to. */
bool verdict_may_know(const struct custody_row *custody, uint64_t asker, enum role asker_role);

/* What st knows about the question's pack, asked by a device of asker.  height, head_ms, now_ms and the risk are the caller's to set.
 * Errors of the state alone (ERR_CORRUPT when it contradicts itself): not knowing the pack is a fact. */
MUST_CHECK enum err verdict_gather(const struct state *st, const struct verdict_question *q, uint64_t asker,
				   struct verdict_facts *out);

/* The same of a pack that st does not know but the caller does: it stands as pv says, its lot in pv->batch. */
MUST_CHECK enum err verdict_gather_as(const struct state *st, const struct verdict_question *q, uint64_t asker,
				      const struct pack_view *pv, struct verdict_facts *out);

enum label_check {
	LABEL_UNCHECKED, /* nobody looked yet */
	LABEL_ABSENT, /* no signature on the label */
	LABEL_GOOD, /* verifies with the key that facts name */
	LABEL_BAD /* does not */
};

struct verdict {
	enum verdict_kind kind; /* the primary reason's */
	enum reason primary; /* the first that holds, in the order of reasons.csv */
	enum reason all[REASONS_AT_ONCE];
	size_t all_n;
	bool alarm; /* one of them is cause for one */
};
/* All that speaks against the pack; what speaks for it only when nothing does. */
void verdict_decide(const struct verdict_facts *f, const struct verdict_question *q, enum label_check label, struct verdict *out);
/* The verdict on input that is not GS1 data. */
void verdict_unreadable(struct verdict *out);
/* No verdict and no alarm in place of v: a scanner's slip explains it.  v's own reasons stay behind that one. */
void verdict_misread(struct verdict *v);

/* Wire forms (verdict.cddl).  Encoding: ERR_NO_SPACE; VERDICT_BYTES_MAX is always enough.  Decoding: ERR_MISSING_FIELD,
 * ERR_UNKNOWN_FIELD, ERR_GS1_CHECK_DIGIT, ERR_GS1_CHARSET, ERR_GS1_DATE, and those of rd.h. */
MUST_CHECK enum err question_encode(const struct verdict_question *q, uint8_t *buf, size_t cap, struct bytes *out);
MUST_CHECK enum err question_decode(struct verdict_question *out, struct bytes in); /* views into in */
MUST_CHECK enum err answer_encode(const struct verdict *v, const struct verdict_facts *f, uint8_t *buf, size_t cap, struct bytes *out);
/* Nothing is a view.  A reason that this program does not know, of a newer node's, passes and raises no alarm here. */
MUST_CHECK enum err answer_decode(struct verdict *v, struct verdict_facts *f, struct bytes in);

#endif
