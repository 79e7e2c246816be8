/* A run: steps in order of time, and what came of them. */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

#define ITEMS_PER_PACK 2 /* copies and invented packs are few */
#define LOTS_EVERY_S 7200 /* lots are made so far apart */

/* ---- steps ---- */

static bool before(const struct sim_step *a, const struct sim_step *b)
{
	return a->t_s != b->t_s ? a->t_s < b->t_s : a->order < b->order;
}

void sim_step(struct sim *s, const struct sim_step *step)
{
	struct sim_step new = *step;
	size_t i = s->steps_n++;

	new.order = ++s->order;
	if (s->steps_n > s->steps_cap) {
		s->steps_cap = s->steps_cap ? 2 * s->steps_cap : 4096;
		s->steps = realloc(s->steps, s->steps_cap * sizeof(*s->steps));
		if (s->steps == NULL)
			abort();
	}
	for (; i > 0 && before(&new, &s->steps[(i - 1) / 2]); i = (i - 1) / 2)
		s->steps[i] = s->steps[(i - 1) / 2];
	s->steps[i] = new;
}

static struct sim_step next_step(struct sim *s)
{
	struct sim_step first = s->steps[0], last = s->steps[--s->steps_n];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < s->steps_n) {
		if (child + 1 < s->steps_n && before(&s->steps[child + 1], &s->steps[child]))
			child++;
		if (!before(&s->steps[child], &last))
			break;
		s->steps[i] = s->steps[child];
		i = child;
	}
	s->steps[i] = last;
	return first;
}

void sim_scan(struct sim *s, int item, int party, uint64_t t_s)
{
	sim_step(s, &(struct sim_step){ .t_s = t_s, .kind = STEP_SCAN, .item = item, .party = party });
}

void sim_event(struct sim *s, int item, int party, enum event_type type, int peer, uint64_t t_s, uint64_t at_s)
{
	sim_step(s, &(struct sim_step){ .t_s = t_s, .kind = STEP_EVENT, .item = item, .party = party, .peer = peer,
					.type = type, .at_s = at_s });
}

void sim_gone(struct sim *s, int item)
{
	s->items[item].gone = s->order;
}

/* ---- doing them ---- */

void sim_appear(struct sim *s, int pack, int party, enum event_type type, int peer, uint64_t at_s)
{
	struct risk_seen seen;
	enum risk_act act;

	if (!risk_act_of(type, &act))
		return;
	seen = sim_seen(&s->ledger, party, act, at_s, peer);
	risk_way_add(&s->packs[pack].way, &seen);
}

static void appear(struct sim *s, int pack, const struct sim_step *step, enum event_type type, uint64_t at_s)
{
	struct sim_pack *p = &s->packs[pack];

	sim_appear(s, pack, step->party, type, step->peer, at_s);
	p->sent_on |= type == EV_SHIP && step->party >= sim_pharmacy(0) && !p->appeared_twice;
	if (type == EV_SHIP)
		p->shipped = s->ledger.w.last_id;
	else if (type == EV_DISPENSE)
		p->dispensed = s->ledger.w.last_id;
}

/* As a node learns it: the first pack that an event names stands for all of them. */
static void learn(struct sim *s, const struct risk_way *way, const struct sim_step *step, enum event_type type, uint64_t at_s)
{
	struct risk_seen left;
	enum risk_act act;

	if (!risk_act_of(type, &act))
		return;
	left = sim_seen(&s->ledger, step->party, act, at_s, step->peer);
	sim_habits_learn(s->habits, way, &left);
}

/* An event on n packs from the first on, of one lot. */
static void do_event(struct sim *s, const struct sim_step *step, int first, int n, enum event_type type, uint64_t said_s)
{
	const struct sim_pack *p = &s->packs[first];
	uint64_t at_s = said_s + (uint64_t)s->ledger.skew_s[step->party];
	struct bytes serials[SIM_LOT_PACKS];
	struct sim_event e = { .type = type, .party = step->party, .peer = step->peer, .maker = p->maker, .lot = p->lot,
			       .serials = serials, .serials_n = (size_t)n, .now_s = step->t_s, .at_s = at_s,
			       .target = type == EV_VOID_SHIP ? p->shipped : p->dispensed };

	for (int i = 0; i < n; i++)
		serials[i] = bytes_of_str(s->packs[first + i].serial);
	s->figures->events++;
	if (sim_ledger_event(&s->ledger, &e) != ERR_OK) {
		s->figures->refused++;
		return;
	}
	learn(s, &p->way, step, type, at_s);
	for (int i = 0; i < n; i++)
		appear(s, first + i, step, type, at_s);
}

/* Told that the pack is somebody else's, a pharmacist may ask whoever that is. */
static void do_scan(struct sim *s, const struct sim_step *step)
{
	struct sim_item *item = &s->items[step->item];
	enum reason reason = sim_counter(s, step->item, step->party, step->t_s);
	bool honest = item->genuine && !item->gone;

	if (reason != REASON_NOT_YOURS || honest || item->asked)
		return;
	item->asked = true;
	if (sim_rate_hits(s, RATE_follow_up))
		sim_step(s, &(struct sim_step){ .t_s = step->t_s + sim_hours(&s->random, 1, 48), .kind = STEP_ASK_HOLDER,
						.item = step->item, .party = step->party });
}

static void do_lot(struct sim *s, const struct sim_step *step)
{
	const struct sim_pack *p = &s->packs[s->items[step->item].pack];

	sim_ledger_lot(&s->ledger, step->kind == STEP_NOTICE ? EV_LOT_NOTICE : EV_LOT_RELEASE, p->maker, p->lot, step->t_s,
		       SIM_LOT_PACKS, step->at_s);
	s->figures->events++;
}

static void do_step(struct sim *s, const struct sim_step *step)
{
	const struct sim_item *item = &s->items[step->item];

	switch (step->kind) {
	case STEP_RELEASE:
	case STEP_NOTICE:
		do_lot(s, step);
		return;
	case STEP_MAKE:
		do_event(s, step, item->pack, SIM_LOT_PACKS, EV_COMMISSION, step->t_s);
		return;
	case STEP_SHIP_LOT:
		do_event(s, step, item->pack, SIM_LOT_PACKS, EV_SHIP, step->t_s);
		return;
	case STEP_RECEIVE_LOT:
		do_event(s, step, item->pack, SIM_LOT_PACKS, EV_RECEIVE, step->t_s);
		return;
	case STEP_EVENT:
		if (step->order > item->gone)
			do_event(s, step, item->pack, 1, step->type, step->at_s);
		return;
	case STEP_SCAN:
		if (step->order > item->gone)
			do_scan(s, step);
		return;
	case STEP_ASK_HOLDER:
		sim_ask_holder(s, step);
		return;
	case STEP_STEAL:
		sim_steal(s, step);
		return;
	}
}

/* ---- a run ---- */

static void make_pack(struct sim *s, int i)
{
	struct sim_pack *p = &s->packs[i];
	int lot = i / SIM_LOT_PACKS;

	if (i % SIM_LOT_PACKS == 0)
		p->maker = !sim_rate_hits(s, RATE_signed_product);
	else
		p->maker = s->packs[i - 1].maker;
	snprintf(p->lot, sizeof(p->lot), "LT%04d", lot);
	for (int k = 0; k < 12; k++)
		p->serial[k] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"[sim_pick(&s->random, 32)];
	p->first_item = -1;
	s->items[i] = (struct sim_item){ .pack = i, .genuine = true, .expiry = SIM_EXPIRY, .sound_label = true };
}

static void begin(struct sim *s, int packs)
{
	packs -= packs % SIM_LOT_PACKS;
	s->packs = calloc((size_t)packs * ITEMS_PER_PACK, sizeof(*s->packs));
	s->items = calloc((size_t)packs * ITEMS_PER_PACK, sizeof(*s->items));
	if (s->packs == NULL || s->items == NULL)
		abort();
	sim_ledger_init(&s->ledger, &s->random, sim_rate(s, RATE_unlocated_pharmacy), sim_rate(s, RATE_clock_skew_s));
	for (int i = 0; i < SIM_PARTIES; i++)
		s->habits[i].party = s->ledger.gln[i];
	s->packs_n = s->items_n = packs;
	for (int i = 0; i < packs; i++)
		make_pack(s, i);
	for (int i = 0; i < packs; i += SIM_LOT_PACKS) {
		sim_ledger_lot(&s->ledger, EV_LOT, s->packs[i].maker, s->packs[i].lot, WORLD_T0 + 60, 0, 0);
		sim_plan_lot(s, i, WORLD_T0 + 86400 + (uint64_t)(i / SIM_LOT_PACKS) * LOTS_EVERY_S);
	}
	sim_inject(s);
}

static void count_packs(const struct sim *s, struct sim_figures *f)
{
	for (int i = 0; i < s->packs_n; i++) {
		const struct sim_pack *p = &s->packs[i];
		bool twice = p->class == SIM_CLONE && p->appeared_twice;

		f->injected[p->class]++;
		f->caught[p->class] += p->flagged;
		f->honest_flagged += p->class == SIM_HONEST && p->flagged;
		f->clones_twice += twice;
		f->clones_caught_twice += twice && p->caught_by_then;
		f->clones_sent_on += twice && !p->caught_by_then && p->sent_on;
		f->clones_accepted += twice && !p->caught_by_then && p->accepted_then;
	}
	f->packs += (uint64_t)s->packs_n;
	f->seeds++;
}

void sim_run(const struct sim_rates *rates, uint64_t seed, int packs, struct sim_figures *figures)
{
	struct sim s = { .random = { seed }, .rates = rates, .figures = figures };

	begin(&s, packs);
	while (s.steps_n > 0) {
		struct sim_step step = next_step(&s);

		do_step(&s, &step);
	}
	count_packs(&s, figures);
	sim_ledger_free(&s.ledger);
	free(s.packs);
	free(s.items);
	free(s.steps);
}

/* ---- figures ---- */

static uint64_t fakes(const uint64_t of[SIM_CLASSES])
{
	return of[SIM_CLONE] + of[SIM_MADE_UP] + of[SIM_ALTERED] + of[SIM_STOLEN];
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

double sim_precision(const struct sim_figures *f)
{
	return share(fakes(f->caught), fakes(f->caught) + f->honest_flagged);
}

double sim_recall(const struct sim_figures *f)
{
	return share(fakes(f->caught), fakes(f->injected));
}

double sim_f1(const struct sim_figures *f)
{
	double p = sim_precision(f), r = sim_recall(f);

	return p + r > 0 ? 2 * p * r / (p + r) : 0;
}

double sim_alarm_rate(const struct sim_figures *f)
{
	return share(f->honest_alarms, f->honest_scans);
}
