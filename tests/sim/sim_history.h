/* The seam between ledger and risk: what is known of a pack's appearances, and of the parties' habits.
 * Events come as the ledger accepts them, sightings as counters report them: a scan by a party that is not the holder.  They
 * are kept here per pack until they are read from the ledger. */
#ifndef RX_SIM_HISTORY_H
#define RX_SIM_HISTORY_H

#include "node/core/risk.h"
#include "tests/sim/sim_ledger.h"

#define SIM_SEEN_MAX 48 /* further ones push out the oldest sighting */

struct sim_history {
	struct risk_seen seen[SIM_SEEN_MAX]; /* by time */
	size_t n;
};

/* An appearance at party's own place. */
struct risk_seen sim_seen(struct sim_ledger *l, int party, enum risk_act act, uint64_t time_s, int peer);
void sim_history_add(struct sim_history *h, const struct risk_seen *s);

/* The stay that ends with this appearance, the newest of h, teaches its party's habit. */
void sim_habits_learn(struct risk_habit habits[SIM_PARTIES], const struct sim_history *h, const struct risk_seen *s);

/* The appearance that an event of this type makes; false: none. */
bool sim_act_of(enum event_type type, enum risk_act *act);

#endif
