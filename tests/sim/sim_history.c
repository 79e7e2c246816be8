#include "tests/sim/sim_history.h"

struct risk_seen sim_seen(struct sim_ledger *l, int party, enum risk_act act, uint64_t time_s, int peer)
{
	const struct member_row row = sim_member(l, party);

	return (struct risk_seen){ .act = act, .time_s = time_s, .party = l->gln[party], .place = l->gln[party],
				   .role = row.role, .peer = act == SEEN_SHIP ? l->gln[peer] : 0, .located = row.located,
				   .lat_udeg = row.lat_udeg, .lon_udeg = row.lon_udeg };
}

void sim_habits_learn(struct risk_habit habits[SIM_PARTIES], const struct risk_way *way, const struct risk_seen *s)
{
	if (s->act != SEEN_SHIP && s->act != SEEN_DISPENSE)
		return;
	for (size_t i = way->n; i-- > 0;) {
		const struct risk_seen *came = &way->seen[i];

		if (came->party != s->party || (came->act != SEEN_RECEIVE && came->act != SEEN_COMMISSION))
			continue;
		for (int p = 0; p < SIM_PARTIES; p++)
			if (habits[p].party == s->party && s->time_s > came->time_s)
				risk_habit_learn(&habits[p], s->time_s - came->time_s);
		return;
	}
}
