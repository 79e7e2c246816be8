#include "tests/sim/sim_history.h"

bool sim_act_of(enum event_type type, enum risk_act *act)
{
	static const struct {
		enum event_type type;
		enum risk_act act;
	} acts[] = {
		{ EV_COMMISSION, SEEN_COMMISSION }, { EV_SHIP, SEEN_SHIP },	    { EV_VOID_SHIP, SEEN_VOID },
		{ EV_RECEIVE, SEEN_RECEIVE },	    { EV_DISPENSE, SEEN_DISPENSE }, { EV_UNDO_DISPENSE, SEEN_UNDO },
		{ EV_DESTROY, SEEN_DESTROY },	    { EV_LOCK, SEEN_LOCK },
	};

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (acts[i].type == type) {
			*act = acts[i].act;
			return true;
		}
	}
	return false;
}

struct risk_seen sim_seen(struct sim_ledger *l, int party, enum risk_act act, uint64_t time_s, int peer)
{
	const struct member_row row = sim_member(l, party);

	return (struct risk_seen){ .act = act, .time_s = time_s, .party = l->gln[party], .place = l->gln[party],
				   .role = row.role, .peer = act == SEEN_SHIP ? l->gln[peer] : 0, .located = row.located,
				   .lat_udeg = row.lat_udeg, .lon_udeg = row.lon_udeg };
}

static void push_out(struct sim_history *h)
{
	size_t i = 0;

	while (i + 1 < h->n && h->seen[i].act != SEEN_SCAN)
		i++;
	memmove(&h->seen[i], &h->seen[i + 1], (h->n - i - 1) * sizeof(h->seen[0]));
	h->n--;
}

void sim_history_add(struct sim_history *h, const struct risk_seen *s)
{
	size_t i;

	if (h->n == SIM_SEEN_MAX)
		push_out(h);
	i = h->n;
	for (; i > 0 && h->seen[i - 1].time_s > s->time_s; i--)
		h->seen[i] = h->seen[i - 1];
	h->seen[i] = *s;
	h->n++;
}

void sim_habits_learn(struct risk_habit habits[SIM_PARTIES], const struct sim_history *h, const struct risk_seen *s)
{
	if (s->act != SEEN_SHIP && s->act != SEEN_DISPENSE)
		return;
	for (size_t i = h->n; i-- > 0;) {
		const struct risk_seen *came = &h->seen[i];

		if (came->party != s->party || (came->act != SEEN_RECEIVE && came->act != SEEN_COMMISSION))
			continue;
		for (int p = 0; p < SIM_PARTIES; p++)
			if (habits[p].party == s->party && s->time_s > came->time_s)
				risk_habit_learn(&habits[p], s->time_s - came->time_s);
		return;
	}
}
