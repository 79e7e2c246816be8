/* The seam between ledger and risk: a pack's appearances out of the events that the rules accepted, as risk_gather() reads
 * them out of a store, and the parties' habits. */
#ifndef RX_SIM_HISTORY_H
#define RX_SIM_HISTORY_H

#include "node/core/risk.h"
#include "tests/sim/sim_ledger.h"

/* An appearance at party's own place.  peer: of SEEN_SHIP. */
struct risk_seen sim_seen(struct sim_ledger *l, int party, enum risk_act act, uint64_t time_s, int peer);

/* The stay that ends with this appearance, the newest of way, teaches its party's habit. */
void sim_habits_learn(struct risk_habit habits[SIM_PARTIES], const struct risk_way *way, const struct risk_seen *s);

#endif
