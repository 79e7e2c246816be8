/* A pack's way as the ledger tells it: what events say of where it was. */
#include "node/core/risk.h"

/* What ends a pack's way is like its destruction: who did it had it in hand.  An alarm is raised by whoever has scanned it.
 */
bool risk_act_of(enum event_type type, enum risk_act *act)
{
	static const struct {
		enum event_type type;
		enum risk_act act;
	} acts[] = {
		{EV_COMMISSION, SEEN_COMMISSION},
		{EV_SHIP, SEEN_SHIP},
		{EV_RETURN, SEEN_SHIP},
		{EV_VOID_SHIP, SEEN_VOID},
		{EV_RECEIVE, SEEN_RECEIVE},
		{EV_DISPENSE, SEEN_DISPENSE},
		{EV_UNDO_DISPENSE, SEEN_UNDO},
		{EV_UNDO_SAMPLE, SEEN_UNDO},
		{EV_UNDO_CHECK_OUT, SEEN_UNDO},
		{EV_LOCK, SEEN_LOCK},
		{EV_DESTROY, SEEN_DESTROY},
		{EV_SAMPLE, SEEN_DESTROY},
		{EV_FREE_SAMPLE, SEEN_DESTROY},
		{EV_EXPORT, SEEN_DESTROY},
		{EV_CHECK_OUT, SEEN_DESTROY},
		{EV_STOLEN, SEEN_STOLEN},
		{EV_SIGHT, SEEN_SCAN},
		{EV_ALARM, SEEN_SCAN},
	};

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (acts[i].type == type) {
			*act = acts[i].act;
			return true;
		}
	}
	return false;
}

static void make_room(struct risk_way *way)
{
	size_t i = 0;

	while (i < way->n && way->seen[i].act != SEEN_SCAN)
		i++;
	i = i < way->n ? i : 0;
	way->n--;
	memmove(&way->seen[i], &way->seen[i + 1], (way->n - i) * sizeof(way->seen[0]));
}

void risk_way_add(struct risk_way *way, const struct risk_seen *s)
{
	size_t i;

	if (way->n == RISK_WAY_MAX)
		make_room(way);
	for (i = way->n; i > 0 && way->seen[i - 1].time_s > s->time_s; i--)
		way->seen[i] = way->seen[i - 1];
	way->seen[i] = *s;
	way->n++;
}
