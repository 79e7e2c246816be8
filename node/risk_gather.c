#include "node/risk_gather.h"

struct gathering {
	struct state now;
	struct risk_way way;
};

/* Where it was: at a member's, or at a place that nobody told the coordinates of. */
static enum err locate(const struct state *st, struct risk_seen *s)
{
	struct member_row m;
	enum err e = state_member(st, s->place, &m);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	s->located = m.located;
	s->lat_udeg = m.lat_udeg;
	s->lon_udeg = m.lon_udeg;
	return ERR_OK;
}

static enum err name_party(const struct state *st, struct risk_seen *s)
{
	struct member_row m;
	enum err e = state_member(st, s->party, &m);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	s->role = m.role;
	return locate(st, s);
}

static enum err take_row(void *ctx, const struct history_row *row)
{
	struct gathering *g = ctx;
	struct risk_seen s = {.time_s = row->event.time_s, .party = row->event.signer, .place = row->event.place};
	enum err e;

	if (!risk_act_of((enum event_type)row->event.type, &s.act))
		return ERR_OK;
	if (s.act == SEEN_SHIP)
		s.peer = row->peer;
	e = name_party(&g->now, &s);
	if (e == ERR_OK)
		risk_way_add(&g->way, &s);
	return e;
}

/* Habits of those on the way: a reason is found for no other. */
static size_t pick_habits(const struct habits *habits, const struct risk_way *way, struct risk_habit out[RISK_WAY_MAX])
{
	size_t n = 0;

	for (size_t i = 0; habits && i < way->n; i++) {
		bool came = way->seen[i].act == SEEN_COMMISSION || way->seen[i].act == SEEN_RECEIVE;

		if (came && habits_of(habits, way->seen[i].party, &out[n]))
			n++;
	}
	return n;
}

static void withhold(struct risk *risk, uint64_t asker)
{
	for (size_t i = 0; i < risk->all_n; i++) {
		struct risk_reason *r = &risk->all[i];

		r->gln = r->gln == asker ? asker : 0;
		r->gln2 = r->gln2 == asker ? asker : 0;
	}
}

static void judge(const struct gathering *g, const struct habits *habits, const struct risk_seen *scan, struct risk *out)
{
	struct risk_habit known[RISK_WAY_MAX];
	const struct risk_question rq = {.seen = g->way.seen,
					 .seen_n = g->way.n,
					 .now = *scan,
					 .habits = known,
					 .habits_n = pick_habits(habits, &g->way, known)};

	risk_judge(&rq, out);
}

enum err risk_gather(struct store *s, const struct habits *habits, const struct verdict_question *q, uint64_t asker,
		     uint64_t now_s, struct risk *out)
{
	struct gathering g = {.now = store_state(s, STORE_NOW)};
	struct risk_seen scan = {.act = SEEN_SCAN, .time_s = now_s, .party = asker, .place = asker};
	struct pack_view v;
	enum err e = store_history(s, q->gtin, q->serial, STORE_NOW, take_row, &g);

	*out = (struct risk){.score = 0};
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	e = name_party(&g.now, &scan);
	if (e == ERR_OK)
		e = state_pack_view(&g.now, q->gtin, q->serial, &v);
	if (e != ERR_OK)
		return e;
	judge(&g, habits, &scan, out);
	if (!verdict_may_know(&v.custody, asker, scan.role))
		withhold(out, asker);
	return ERR_OK;
}
