/* The ledger of a run: the real rules on a state in memory, members with coordinates, lots, events on packs. */
#ifndef RX_SIM_LEDGER_H
#define RX_SIM_LEDGER_H

#include "node/core/verdict.h"
#include "tests/fakes/world.h"
#include "tests/sim/sim_random.h"

#define SIM_MAKERS 2
#define SIM_DISTRIBUTORS 4
#define SIM_PHARMACIES 60
#define SIM_AGENCY (SIM_MAKERS + SIM_DISTRIBUTORS + SIM_PHARMACIES)
#define SIM_PARTIES (SIM_AGENCY + 1)
#define SIM_EXPIRY 20291231 /* of every lot */
#define SIM_LABEL_KEY { 0, 0, 1 } /* key id of the first maker's labels */

/* Parties by number: makers, distributors, pharmacies, the agency.  The first maker signs all its labels, the other none. */
static inline int sim_distributor(int i)
{
	return SIM_MAKERS + i;
}
static inline int sim_pharmacy(int i)
{
	return SIM_MAKERS + SIM_DISTRIBUTORS + i;
}

struct sim_ledger {
	struct world w;
	uint64_t gln[SIM_PARTIES];
	struct kid kid[SIM_PARTIES];
	int64_t skew_s[SIM_PARTIES]; /* of its clock */
	uint64_t refused;
};

void sim_ledger_init(struct sim_ledger *l, struct sim_random *r, double unlocated, double skew_s);
void sim_ledger_free(struct sim_ledger *l);

uint64_t sim_gtin(int maker);
/* LOT, LOT_RELEASE, LOT_NOTICE (of packs until until_s) of a maker's lot, at now_s. */
void sim_ledger_lot(struct sim_ledger *l, enum event_type type, int maker, const char *lot, uint64_t now_s, uint64_t packs,
		    uint64_t until_s);
struct member_row sim_member(struct sim_ledger *l, int party);

/* ALARM by party, said to be of at_s, ordered at now_s.  lot as printed.  Errors of the rules. */
MUST_CHECK enum err sim_ledger_alarm(struct sim_ledger *l, int party, const struct verdict_question *q, enum reason reason,
				     uint64_t now_s, uint64_t at_s);

/* An event of type by party on packs of one lot, ordered at now_s and said to be of at_s.  peer: of SHIP.
 * target: of VOID_SHIP and UNDO_DISPENSE.  Its id: l->w.last_id.  Errors of the rules. */
struct sim_event {
	enum event_type type;
	int party, peer, maker;
	const char *lot;
	const struct bytes *serials;
	size_t serials_n;
	uint64_t now_s, at_s;
	struct hash target;
};
MUST_CHECK enum err sim_ledger_event(struct sim_ledger *l, const struct sim_event *e);

#endif
