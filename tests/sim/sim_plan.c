/* What is to happen to an honest pack, with the noise of honest people. */
#include "tests/sim/sim.h"

#define NOTICE_DAYS 14 /* as rxnode lot-notice has it */

/* One handover being planned. */
struct handover {
	int item, from, to;
	uint64_t t_s; /* it leaves */
};

int sim_other_pharmacy(struct sim *s, int pharmacy)
{
	int other;

	do
		other = sim_pharmacy(sim_pick(&s->random, SIM_PHARMACIES));
	while (other == pharmacy);
	return other;
}

/* Scanned at a counter, sometimes twice. */
static void scan(struct sim *s, int item, int party, uint64_t t_s)
{
	sim_scan(s, item, party, t_s);
	if (sim_rate_hits(s, RATE_double_scan))
		sim_scan(s, item, party, t_s + 10 + (uint64_t)sim_pick(&s->random, 50));
}

/* When the paper of a shipment is there, and what it says of its time. */
static uint64_t paper(struct sim *s, const struct handover *h, uint64_t arrives_s, uint64_t *at_s)
{
	uint64_t t_s = h->t_s;

	*at_s = t_s;
	if (!sim_rate_hits(s, RATE_late_ship))
		return t_s;
	t_s = arrives_s + sim_hours(&s->random, 0.1, sim_rate(s, RATE_late_ship_h));
	if (sim_rate_hits(s, RATE_dated_at_upload))
		*at_s = t_s;
	return t_s;
}

/* Goods in: some are scanned, before or after the paper is there; received once it is.  Returns when the pack is on the shelf. */
static uint64_t goods_in(struct sim *s, const struct handover *h, uint64_t arrives_s, uint64_t paper_s, bool scanned)
{
	uint64_t t_s = arrives_s + sim_hours(&s->random, 0.1, 2);

	if (scanned)
		scan(s, h->item, h->to, t_s);
	if (paper_s >= t_s) {
		t_s = paper_s + sim_hours(&s->random, 0.1, 4);
		if (scanned)
			scan(s, h->item, h->to, t_s);
	}
	t_s += 120;
	sim_event(s, h->item, h->to, EV_RECEIVE, h->to, t_s, t_s);
	return t_s;
}

/* The van brings it to another pharmacy.  Returns where it ends up, and when. */
static uint64_t go_wrong(struct sim *s, const struct handover *h, uint64_t arrives_s, int *to)
{
	int wrong = sim_other_pharmacy(s, h->to);
	uint64_t seen_s = arrives_s + sim_hours(&s->random, 0.1, 4), t_s = seen_s + sim_hours(&s->random, 4, 48);
	struct handover again = *h;

	sim_event(s, h->item, h->from, EV_SHIP, h->to, h->t_s, h->t_s);
	if (sim_rate_hits(s, RATE_wrong_booked)) { /* booked from the list; made good by a shipment between the two */
		sim_event(s, h->item, h->to, EV_RECEIVE, h->to, arrives_s, arrives_s);
		scan(s, h->item, wrong, seen_s);
		sim_event(s, h->item, h->to, EV_SHIP, wrong, t_s, t_s);
		again.to = *to = wrong;
		return goods_in(s, &again, t_s, t_s, true);
	}
	scan(s, h->item, wrong, seen_s);
	if (sim_rate_hits(s, RATE_wrong_off_ledger))
		return goods_in(s, h, t_s, h->t_s, true);
	sim_event(s, h->item, h->from, EV_VOID_SHIP, h->to, t_s, t_s);
	t_s += 1800;
	again.to = *to = sim_pick(&s->random, 2) ? wrong : h->to;
	sim_event(s, h->item, h->from, EV_SHIP, again.to, t_s, t_s);
	return goods_in(s, &again, t_s + (again.to == wrong ? 600 : sim_hours(&s->random, 6, 30)), t_s, true);
}

/* From one to another: the goods by van, the paper with them or later. */
static uint64_t hand_over(struct sim *s, const struct handover *h, bool scanned, int *to)
{
	uint64_t arrives_s = h->t_s + sim_hours(&s->random, 7, 30), at_s, paper_s;

	*to = h->to;
	if (h->to >= sim_pharmacy(0) && sim_rate_hits(s, RATE_wrong_delivery))
		return go_wrong(s, h, arrives_s, to);
	paper_s = paper(s, h, arrives_s, &at_s);
	sim_event(s, h->item, h->from, EV_SHIP, h->to, paper_s, at_s);
	return goods_in(s, h, arrives_s, paper_s, scanned);
}

static uint64_t dispense(struct sim *s, int item, int party, uint64_t t_s)
{
	scan(s, item, party, t_s);
	sim_event(s, item, party, EV_DISPENSE, party, t_s + 90, t_s + 90);
	if (sim_rate_hits(s, RATE_double_scan))
		sim_scan(s, item, party, t_s + 150);
	return t_s + 90;
}

/* Sold, and what may come after. */
static uint64_t sell(struct sim *s, int item, int party, uint64_t t_s)
{
	t_s = dispense(s, item, party, t_s);
	if (sim_rate_hits(s, RATE_undo)) {
		t_s += sim_hours(&s->random, 1, 230);
		sim_event(s, item, party, EV_UNDO_DISPENSE, party, t_s, t_s);
		t_s = dispense(s, item, party, t_s + sim_hours(&s->random, 1, 400));
	}
	if (sim_rate_hits(s, RATE_seen_after))
		sim_scan(s, item, sim_other_pharmacy(s, party), t_s + sim_hours(&s->random, 1, 700));
	return t_s;
}

/* A neighbour needs it now; the paper comes later. */
static uint64_t lend(struct sim *s, int item, int *party, uint64_t t_s)
{
	struct handover h = { item, *party, sim_other_pharmacy(s, *party), t_s };
	uint64_t there_s = t_s + sim_hours(&s->random, 0.5, 3);
	uint64_t paper_s = there_s + sim_hours(&s->random, 0.5, sim_rate(s, RATE_loan_paper_h));

	sim_event(s, item, h.from, EV_SHIP, h.to, paper_s, paper_s);
	*party = h.to;
	return goods_in(s, &h, there_s, paper_s, true);
}

static uint64_t on_the_shelf(const struct sim *s, struct sim_random *r)
{
	return sim_dwell(r, sim_rate(s, RATE_pharmacy_dwell_h), sim_rate(s, RATE_pharmacy_dwell_spread)) + 7200;
}

/* there_s: at the distributor, which keeps it at least until it is received on the ledger, at t_s. */
static void plan_pack(struct sim *s, int item, int distributor, uint64_t there_s, uint64_t t_s)
{
	struct sim_pack *p = &s->packs[s->items[item].pack];
	struct handover h = { item, distributor, p->pharmacy, t_s };
	int at;

	if (sim_rate_hits(s, RATE_distributor_scan))
		scan(s, item, distributor, there_s + sim_hours(&s->random, 0.1, 5));
	for (int round = 0;; round++) {
		h.t_s = t_s + 6 * 3600 +
			sim_dwell(&s->random, sim_rate(s, RATE_distributor_dwell_h), sim_rate(s, RATE_distributor_dwell_spread));
		t_s = hand_over(s, &h, sim_rate_hits(s, RATE_goods_in_scan), &at);
		if (sim_rate_hits(s, RATE_inspection))
			sim_scan(s, item, SIM_AGENCY, t_s + 3600);
		t_s += on_the_shelf(s, &s->random);
		if (round > 1 || !sim_rate_hits(s, RATE_return))
			break;
		t_s = hand_over(s, &(struct handover){ item, at, distributor, t_s }, true, &at);
		h.to = sim_other_pharmacy(s, at);
	}
	if (sim_rate_hits(s, RATE_loan))
		t_s = lend(s, item, &at, t_s) + on_the_shelf(s, &s->random);
	p->ends_s = sell(s, item, at, t_s);
}

/* Made, shipped whole to a distributor, then pack by pack. */
void sim_plan_lot(struct sim *s, int first_item, uint64_t t_s)
{
	int distributor = sim_distributor(sim_pick(&s->random, SIM_DISTRIBUTORS)), maker = s->packs[first_item].maker;
	uint64_t made_s = t_s, ship_s = t_s + sim_hours(&s->random, 48, 240), there_s = ship_s + sim_hours(&s->random, 8, 48);
	uint64_t received_s = there_s + 3600, paper_s = ship_s;

	if (sim_rate_hits(s, RATE_late_commission)) {
		made_s = there_s + sim_hours(&s->random, 0.1, sim_rate(s, RATE_late_commission_h));
		paper_s = made_s + 60;
		received_s = paper_s + 3600;
		if (sim_rate_hits(s, RATE_late_announced))
			sim_step(s, &(struct sim_step){ .t_s = ship_s, .kind = STEP_NOTICE, .item = first_item,
							.at_s = ship_s + NOTICE_DAYS * 86400 });
	}
	sim_step(s, &(struct sim_step){ .t_s = ship_s, .kind = STEP_RELEASE, .item = first_item });
	sim_step(s, &(struct sim_step){ .t_s = made_s, .kind = STEP_MAKE, .item = first_item, .party = maker });
	sim_step(s, &(struct sim_step){ .t_s = paper_s, .kind = STEP_SHIP_LOT, .item = first_item, .party = maker, .peer = distributor });
	sim_step(s, &(struct sim_step){ .t_s = received_s, .kind = STEP_RECEIVE_LOT, .item = first_item, .party = distributor });
	for (int i = first_item; i < first_item + SIM_LOT_PACKS; i++) {
		s->packs[i].pharmacy = sim_pharmacy(sim_pick(&s->random, SIM_PHARMACIES));
		s->packs[i].arrives_s = received_s;
		plan_pack(s, i, distributor, there_s, received_s);
	}
}
