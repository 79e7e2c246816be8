/* What is put in: copies, invented serials, altered labels, stolen packs; and what their buyers do. */
#include "tests/sim/sim.h"

static int new_item(struct sim *s, int pack)
{
	s->items[s->items_n] = (struct sim_item){ .pack = pack, .expiry = SIM_EXPIRY, .sound_label = true };
	return s->items_n++;
}

/* Bought, looked at when it comes and when it is to be sold. */
static void offer(struct sim *s, int item, int pharmacy, uint64_t t_s)
{
	sim_scan(s, item, pharmacy, t_s);
	sim_scan(s, item, pharmacy, t_s + sim_dwell(&s->random, 200, 0.9));
}

/* One to three copies, to other pharmacies than the pack's and each its own, from when it can be photographed until after it
 * is sold. */
static void copy_label(struct sim *s, int pack)
{
	const struct sim_pack *p = &s->packs[pack];
	int copies = 1 + sim_pick(&s->random, 3), start = sim_pick(&s->random, SIM_PHARMACIES);

	s->packs[pack].class = SIM_CLONE;
	for (int i = 0; i < copies; start++) {
		int to = sim_pharmacy(start % SIM_PHARMACIES);
		uint64_t span_s = p->ends_s - p->arrives_s + 20 * 86400;

		if (to == p->pharmacy)
			continue;
		offer(s, new_item(s, pack), to, p->arrives_s + (uint64_t)((double)span_s * sim_unit(&s->random)));
		i++;
	}
}

static void alter_label(struct sim *s, int pack)
{
	s->packs[pack].class = SIM_ALTERED;
	s->items[pack].expiry = SIM_EXPIRY + 20000;
	s->items[pack].sound_label = false;
}

static void plan_theft(struct sim *s, int pack)
{
	const struct sim_pack *p = &s->packs[pack];

	s->packs[pack].class = SIM_STOLEN;
	sim_step(s, &(struct sim_step){ .t_s = p->arrives_s + sim_hours(&s->random, 1, 200), .kind = STEP_STEAL, .item = pack,
					.party = sim_other_pharmacy(s, p->pharmacy) });
}

/* The first packs_n packs are honest so far; those from there on have no goods behind them yet. */
static void make_up(struct sim *s, int like)
{
	int pack = s->packs_n++, item = new_item(s, pack);
	struct sim_pack *p = &s->packs[pack];

	*p = s->packs[like];
	p->way.n = 0;
	p->class = SIM_MADE_UP;
	p->first_item = -1;
	for (size_t i = 0; p->serial[i]; i++)
		p->serial[i] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"[sim_pick(&s->random, 32)];
	s->items[item].sound_label = false;
	offer(s, item, p->pharmacy, p->arrives_s + sim_hours(&s->random, 1, 1000));
}

void sim_inject(struct sim *s)
{
	int honest = s->packs_n;

	for (int i = 0; i < honest; i++) {
		if (sim_rate_hits(s, RATE_clone))
			copy_label(s, i);
		else if (sim_rate_hits(s, RATE_altered))
			alter_label(s, i);
		else if (sim_rate_hits(s, RATE_stolen))
			plan_theft(s, i);
		if (sim_rate_hits(s, RATE_made_up))
			make_up(s, i);
	}
}

/* ---- the holder ---- */

static int party_of(const struct sim *s, uint64_t gln)
{
	int i = 0;

	while (s->ledger.gln[i] != gln)
		i++;
	return i;
}

static bool view_of(struct sim *s, int pack, struct pack_view *v)
{
	const struct sim_pack *p = &s->packs[pack];

	return state_pack_view(&s->ledger.w.st, sim_gtin(p->maker), bytes_of_str(p->serial), v) == ERR_OK;
}

/* By whom the ledger names as its holder, on its way too. */
static void report(struct sim *s, int pack, enum event_type type, enum flag_kind flag, uint64_t t_s)
{
	struct pack_view v;
	int holder;

	if (!view_of(s, pack, &v) || pack_view_flag(&v, flag))
		return;
	holder = party_of(s, v.custody.holder);
	sim_event(s, pack, holder, type, holder, t_s, t_s);
}

static bool with_pharmacy(const struct sim *s, const struct pack_view *v)
{
	return party_of(s, v->custody.holder) >= sim_pharmacy(0);
}

/* "Set it aside and ask the holder": who looks whether the pack is there.  The asker scans once more when told. */
void sim_ask_holder(struct sim *s, const struct sim_step *step)
{
	const struct sim_item *item = &s->items[step->item];
	struct pack_view v;

	if (!view_of(s, item->pack, &v))
		return;
	if (!item->genuine && with_pharmacy(s, &v)) {
		if (v.custody.state == PACK_ACTIVE)
			sim_scan(s, item->pack, party_of(s, v.custody.holder), step->t_s + 3600);
	} else if (item->genuine) {
		report(s, item->pack, EV_STOLEN, FLAG_STOLEN, step->t_s + 3600);
	} else if (v.custody.state == PACK_ACTIVE) { /* set aside by who has it */
		sim_gone(s, item->pack);
		report(s, item->pack, EV_LOCK, FLAG_LOCKED, step->t_s + 3600);
	}
	if (step->party >= 0)
		sim_scan(s, step->item, step->party, step->t_s + 3 * 3600);
}

/* Off a shelf or a van, unless it is in a pharmacy by now. */
void sim_steal(struct sim *s, const struct sim_step *step)
{
	const struct sim_item *item = &s->items[step->item];
	struct pack_view v;

	if (!view_of(s, item->pack, &v) || with_pharmacy(s, &v)) {
		s->packs[item->pack].class = SIM_HONEST;
		return;
	}
	sim_gone(s, step->item);
	if (sim_rate_hits(s, RATE_stolen_reported))
		sim_step(s, &(struct sim_step){ .t_s = step->t_s + sim_hours(&s->random, 1, sim_rate(s, RATE_stolen_report_h)),
						.kind = STEP_ASK_HOLDER, .item = step->item, .party = -1 });
	offer(s, step->item, step->party, step->t_s + sim_hours(&s->random, 24, 480));
}
