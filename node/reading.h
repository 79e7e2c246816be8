/* Who may read what.  The custody path of a thing is for those on it, each its own hops and its neighbours', and whole for
 * regulators, who first say on the chain what they ask and why (QUERY). */
#ifndef RX_READING_H
#define RX_READING_H

#include "node/core/may_read.h"
#include "node/store.h"

#define READ_QUERY_HOLDS_MS (10 * 60 * 1000) /* of chain time: long enough to read on, too short to forget why */
#define READ_WHAT_MAX NAME_MAX_BYTES

/* What a QUERY must name, as its text: "history (01)09506000134352(21)X7", "history (00)...", "where (01)...(10)AB1";
 * lot.p NULL: the whole product. */
struct bytes read_what_pack(char buf[static READ_WHAT_MAX], uint64_t gtin, struct bytes serial);
struct bytes read_what_unit(char buf[static READ_WHAT_MAX], uint64_t sscc);
struct bytes read_what_lot(char buf[static READ_WHAT_MAX], uint64_t gtin, struct bytes lot);

/* One asking: now is the state now, chain_ms the time of its newest block. */
struct asker {
	const struct state *now;
	uint64_t gln, chain_ms;
};

/* The history of the thing that v shows as of then, named so in a QUERY.  all: every step; else those that may_read() leaves
 * to read_step_parties().  A query of a unit holds for what is in it.
 * ERR_NOT_QUERIED: a regulator without one.  ERR_FORBIDDEN: no member. */
MUST_CHECK enum err read_may_history(const struct asker *r, const struct state *then, const struct pack_view *v,
				     struct bytes what, bool *all);
/* Whom a step concerns: who signed it, who had the goods or was to get them, after it and before (holder, peer; 0: nobody). */
void read_step_parties(struct parties *out, const struct history_row *step, uint64_t holder, uint64_t peer);

/* Where a product's packs are: regulators, and whose product it is.
 * ERR_NOT_QUERIED, ERR_FORBIDDEN, ERR_UNKNOWN_PRODUCT. */
MUST_CHECK enum err read_may_where(const struct asker *r, uint64_t gtin, struct bytes what);

/* An alarm's case: regulators, whose product it is, who raised it, who signed what it contradicts. */
MUST_CHECK enum err read_may_alarm(const struct asker *r, const struct alarm_row *alarm, bool *may);
/* What it contradicts, when there is such an event: all of them but who raised it, for whom the pack is somewhere else. */
MUST_CHECK enum err read_may_first(const struct asker *r, const struct alarm_row *alarm, bool *may);

#endif
