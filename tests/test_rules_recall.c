/* Recalls of a lot and withdrawals of a product: who may, that it takes two, that it ends the same way, and what it stops. */
#include "tests/fakes/script.h"
#include "tests/t.h"

#include <stdio.h>

#define ACTS_MAX 24

/* RECALL: arg is the lot; WITHDRAW: the market, "" everywhere; RETRACT and CONFIRM: the act that proposed. */
struct act {
	const char *name;
	enum world_member who;
	enum event_type type;
	const char *arg;
	enum err want;
	int in_force; /* recalls of MFR's LOT_GOOD and withdrawals of its product, after it */
};

struct acting {
	struct world *w;
	const struct act *acts;
	struct hash ids[ACTS_MAX];
	uint64_t evs[ACTS_MAX];
};

static size_t act_of(const struct acting *a, size_t before, const char *name)
{
	for (size_t i = 0; i < before; i++)
		if (strcmp(a->acts[i].name, name) == 0)
			return i;
	fprintf(stderr, "no act %s\n", name);
	return 0;
}

static struct event event_of(const struct acting *a, size_t i)
{
	const struct act *act = &a->acts[i];
	struct event ev = world_event(a->w, act->who, act->type);

	if (act->type == EV_RECALL || act->type == EV_WITHDRAW) {
		ev.u.recall.gtin = world_gtin(MFR);
		ev.u.recall.defect = 2;
		ev.u.recall.why = BYTES_LIT("glass in vials");
	}
	if (act->type == EV_RECALL)
		ev.u.recall.lot = bytes_of_str(act->arg);
	else if (act->type == EV_WITHDRAW)
		memcpy(ev.u.recall.market.c, act->arg, strlen(act->arg));
	else if (act->type == EV_CONFIRM)
		ev.u.hash = a->ids[act_of(a, i, act->arg)];
	else if (act->type == EV_RETRACT) {
		ev.u.about.hash = a->ids[act_of(a, i, act->arg)];
		ev.u.about.text = BYTES_LIT("no glass");
	}
	return ev;
}

static struct lot_row lot_of(struct world *w)
{
	struct lot_row row;

	world_must(state_lot(&w->st, world_gtin(MFR), BYTES_LIT(LOT_GOOD), &row));
	return row;
}

static struct product_row product_of(struct world *w)
{
	struct product_row row;

	world_must(state_product(&w->st, world_gtin(MFR), &row));
	return row;
}

static void run_acts(struct acting *a, struct world *w, const struct act *acts, size_t n)
{
	*a = (struct acting){ .w = w, .acts = acts };
	for (size_t i = 0; i < n; i++) {
		struct event ev = event_of(a, i);
		enum err e;

		a->evs[i] = w->ev;
		e = world_apply(w, acts[i].who, &ev);
		a->ids[i] = w->last_id;
		if (e != acts[i].want)
			t_check_eq(e, acts[i].want, __LINE__, err_name(e), __FILE__, acts[i].name);
		CHECK_EQ((lot_of(w).recalled != 0) + (int)product_of(w).withdrawn_n, acts[i].in_force, acts[i].name);
	}
}
#define RUN_ACTS(a, w, acts) run_acts(a, w, acts, sizeof(acts) / sizeof((acts)[0]))

static struct recall_row recall_of(const struct acting *a, const char *name)
{
	struct recall_row row;

	world_must(state_recall(&a->w->st, a->evs[act_of(a, ACTS_MAX, name)], &row));
	return row;
}

static void test_two_parties(void)
{
	static const struct act acts[] = {
		{ "by a distributor", DIST, EV_RECALL, LOT_GOOD, ERR_ROLE_NOT_ALLOWED, 0 },
		{ "by a pharmacy", PHARM, EV_RECALL, LOT_GOOD, ERR_ROLE_NOT_ALLOWED, 0 },
		{ "by another maker", MFR2, EV_RECALL, LOT_GOOD, ERR_FOREIGN_PREFIX, 0 },
		{ "of no lot", REG, EV_RECALL, "L9", ERR_UNKNOWN_LOT, 0 },
		{ "recall", MFR, EV_RECALL, LOT_GOOD, ERR_OK, 0 },
		{ "confirmed by the same", MFR, EV_CONFIRM, "recall", ERR_SAME_PARTY, 0 },
		{ "confirmed by a distributor", DIST, EV_CONFIRM, "recall", ERR_ROLE_NOT_ALLOWED, 0 },
		{ "confirmed by another maker", MFR2, EV_CONFIRM, "recall", ERR_FOREIGN_PREFIX, 0 },
		{ "confirmation of what was refused", REG, EV_CONFIRM, "of no lot", ERR_UNKNOWN_RECALL, 0 },
		{ "confirm", REG, EV_CONFIRM, "recall", ERR_OK, 1 },
		{ "confirmation of a confirmation", REG2, EV_CONFIRM, "confirm", ERR_UNKNOWN_RECALL, 1 },
		{ "confirmed twice", REG2, EV_CONFIRM, "recall", ERR_EXISTS, 1 },
		{ "recalled twice", REG2, EV_RECALL, LOT_GOOD, ERR_EXISTS, 1 },
	};
	struct acting a;
	struct recall_row r;
	struct world w;

	world_init(&w, 1);
	RUN_ACTS(&a, &w, acts);
	r = recall_of(&a, "recall");
	CHECK(r.gtin == world_gtin(MFR) && r.lot_n == 2 && memcmp(r.lot, LOT_GOOD, 2) == 0 && r.defect == 2);
	CHECK(r.why_n == 14 && memcmp(r.why, "glass in vials", 14) == 0 && r.market.c[0] == 0 && r.state == RECALL_IN_FORCE);
	CHECK(r.proposer == world_gln(MFR) && r.second == world_gln(REG) && r.force_ev == a.evs[9] && r.retracting == 0);
	CHECK(lot_of(&w).recalled == a.evs[4]);
	world_free(&w);
}

static void test_retraction(void)
{
	static const struct act acts[] = {
		{ "recall", REG, EV_RECALL, LOT_GOOD, ERR_OK, 0 },
		{ "confirm", REG2, EV_CONFIRM, "recall", ERR_OK, 1 },
		{ "retracted by a pharmacy", PHARM, EV_RETRACT, "recall", ERR_ROLE_NOT_ALLOWED, 1 },
		{ "retracted by another maker", MFR2, EV_RETRACT, "recall", ERR_FOREIGN_PREFIX, 1 },
		{ "retraction of a confirmation", MFR, EV_RETRACT, "confirm", ERR_UNKNOWN_RECALL, 1 },
		{ "retract", MFR, EV_RETRACT, "recall", ERR_OK, 1 },
		{ "retracted twice", REG, EV_RETRACT, "recall", ERR_EXISTS, 1 },
		{ "recalled meanwhile", REG, EV_RECALL, LOT_GOOD, ERR_EXISTS, 1 },
		{ "confirmed by the same", MFR, EV_CONFIRM, "recall", ERR_SAME_PARTY, 1 },
		{ "confirmed by a distributor", DIST, EV_CONFIRM, "recall", ERR_ROLE_NOT_ALLOWED, 1 },
		{ "over", REG, EV_CONFIRM, "recall", ERR_OK, 0 },
		{ "confirmed when over", REG2, EV_CONFIRM, "recall", ERR_UNKNOWN_RECALL, 0 },
		{ "retracted when over", REG2, EV_RETRACT, "recall", ERR_UNKNOWN_RECALL, 0 },
		{ "anew", REG, EV_RECALL, LOT_GOOD, ERR_OK, 0 },
		{ "confirmed anew", MFR, EV_CONFIRM, "anew", ERR_OK, 1 },
	};
	struct acting a;
	struct recall_row r;
	struct world w;

	world_init(&w, 1);
	RUN_ACTS(&a, &w, acts);
	r = recall_of(&a, "recall");
	CHECK(r.state == RECALL_OVER && r.proposer == world_gln(REG) && r.second == world_gln(REG2));
	CHECK(r.retracting == world_gln(MFR) && r.retract_ev == a.evs[5] && r.force_ev == a.evs[1]);
	CHECK(lot_of(&w).recalled == a.evs[13]);
	world_free(&w);
}

static void test_taken_back_alone(void)
{
	static const struct act acts[] = {
		{ "recall", MFR, EV_RECALL, LOT_GOOD, ERR_OK, 0 },
		{ "taken back by another", REG, EV_RETRACT, "recall", ERR_FORBIDDEN, 0 },
		{ "taken back", MFR, EV_RETRACT, "recall", ERR_OK, 0 },
		{ "confirmed after that", REG, EV_CONFIRM, "recall", ERR_UNKNOWN_RECALL, 0 },
		{ "one", MFR, EV_RECALL, LOT_GOOD, ERR_OK, 0 },
		{ "beside it", REG, EV_RECALL, LOT_GOOD, ERR_OK, 0 },
		{ "confirm", REG2, EV_CONFIRM, "one", ERR_OK, 1 },
		{ "confirm the other too", REG2, EV_CONFIRM, "beside it", ERR_EXISTS, 1 },
		{ "retract", REG, EV_RETRACT, "one", ERR_OK, 1 },
		{ "over", REG2, EV_CONFIRM, "one", ERR_OK, 0 },
		{ "confirm the other", MFR, EV_CONFIRM, "beside it", ERR_OK, 1 },
	};
	struct acting a;
	struct world w;

	world_init(&w, 1);
	RUN_ACTS(&a, &w, acts);
	CHECK(recall_of(&a, "recall").state == RECALL_OVER);
	CHECK(lot_of(&w).recalled == a.evs[5]);
	world_free(&w);
}

static void test_withdrawal(void)
{
	static const struct act acts[] = {
		{ "by a distributor", DIST, EV_WITHDRAW, "", ERR_ROLE_NOT_ALLOWED, 0 },
		{ "by another maker", MFR2, EV_WITHDRAW, "", ERR_FOREIGN_PREFIX, 0 },
		{ "from France", MFR, EV_WITHDRAW, "FR", ERR_OK, 0 },
		{ "confirmed by the same", MFR, EV_CONFIRM, "from France", ERR_SAME_PARTY, 0 },
		{ "France", REG, EV_CONFIRM, "from France", ERR_OK, 1 },
		{ "from France twice", REG, EV_WITHDRAW, "FR", ERR_EXISTS, 1 },
		{ "from Germany", REG, EV_WITHDRAW, "DE", ERR_OK, 1 },
		{ "Germany", REG2, EV_CONFIRM, "from Germany", ERR_OK, 2 },
		{ "from everywhere", REG, EV_WITHDRAW, "", ERR_OK, 2 },
		{ "everywhere", MFR, EV_CONFIRM, "from everywhere", ERR_OK, 3 },
		{ "a recall beside it", REG, EV_RECALL, LOT_GOOD, ERR_OK, 3 },
		{ "in force", MFR, EV_CONFIRM, "a recall beside it", ERR_OK, 4 },
		{ "retract France", REG, EV_RETRACT, "from France", ERR_OK, 4 },
		{ "France over", MFR, EV_CONFIRM, "from France", ERR_OK, 3 },
	};
	struct acting a;
	struct product_row p;
	struct recall_row r;
	struct event ev;
	struct world w;

	world_init(&w, 1);
	RUN_ACTS(&a, &w, acts);
	p = product_of(&w);
	NEED(p.withdrawn_n == 2);
	CHECK(p.withdrawn[0].ev == a.evs[6] && memcmp(&p.withdrawn[0].market, "DE", 2) == 0);
	CHECK(p.withdrawn[1].ev == a.evs[8] && p.withdrawn[1].market.c[0] == 0);
	r = recall_of(&a, "from Germany");
	CHECK(memcmp(&r.market, "DE", 2) == 0 && r.lot_n == 0 && r.state == RECALL_IN_FORCE);
	/* described anew, it stays withdrawn */
	ev = world_event(&w, MFR, EV_PRODUCT);
	ev.u.product.gtin = world_gtin(MFR);
	ev.u.product.name = BYTES_LIT("Renamed");
	CHECK(world_apply(&w, MFR, &ev) == ERR_OK && product_of(&w).withdrawn_n == 2);
	/* nobody's product */
	ev = world_event(&w, REG, EV_WITHDRAW);
	ev.u.recall.gtin = world_check(400000000000);
	ev.u.recall.defect = 1;
	ev.u.recall.why = BYTES_LIT("why");
	CHECK(world_apply(&w, REG, &ev) == ERR_UNKNOWN_PRODUCT);
	world_free(&w);
}

/* One withdrawal a market, and no more than a product's row has room for. */
static void test_most_markets(void)
{
	struct world w;

	world_init(&w, 1);
	for (int i = 0; i <= WITHDRAWALS_MAX; i++) {
		const char market[] = { (char)('A' + i / 26), (char)('A' + i % 26), 0 };
		const struct act acts[] = {
			{ "withdraw", MFR, EV_WITHDRAW, market, i < WITHDRAWALS_MAX ? ERR_OK : ERR_QUOTA, i },
			{ "confirm", REG, EV_CONFIRM, "withdraw", i < WITHDRAWALS_MAX ? ERR_OK : ERR_UNKNOWN_RECALL,
			  i < WITHDRAWALS_MAX ? i + 1 : i },
		};
		struct acting a;

		RUN_ACTS(&a, &w, acts);
	}
	world_free(&w);
}

/* ---- what is stopped ---- */

/* At PHARM: A1 dispensed, A2 and A4 active, A3 on its way; B1, of another lot, active. */
static void bring_to_pharmacy(struct script *s)
{
	static const struct script_step steps[] = {
		{ "ship", MFR, EV_SHIP, "A1 A2 A3 A4 B1", "PHARM", ERR_OK, NULL },
		{ "receive", PHARM, EV_RECEIVE, "A1 A2 A4 B1", NULL, ERR_OK, NULL },
		{ "dispense", PHARM, EV_DISPENSE, "A1", NULL, ERR_OK, NULL },
	};

	script_init(s);
	SCRIPT_RUN(s, steps);
}

static void test_recalled(void)
{
	static const struct act recall[] = {
		{ "recall", MFR, EV_RECALL, LOT_GOOD, ERR_OK, 0 },
		{ "confirm", REG, EV_CONFIRM, "recall", ERR_OK, 1 },
		{ "retract", REG, EV_RETRACT, "recall", ERR_OK, 1 },
	};
	static const struct script_step steps[] = {
		{ "on its way", PHARM, EV_RECEIVE, "A3", NULL, ERR_OK, NULL },
		{ "dispensing", PHARM, EV_DISPENSE, "A2", NULL, ERR_PACK_RECALLED, NULL },
		{ "shipping", PHARM, EV_SHIP, "A2", "DIST", ERR_PACK_RECALLED, NULL },
		{ "undoing", PHARM, EV_UNDO_DISPENSE, "A1", "dispense", ERR_PACK_RECALLED, NULL },
		{ "another lot", PHARM, EV_DISPENSE, "B1", NULL, ERR_OK, NULL },
		{ "with another lot", MFR, EV_SHIP, "A5 B2", "DIST", ERR_PACK_RECALLED, NULL },
		{ "returning", PHARM, EV_RETURN, "A2", "DIST", ERR_OK, NULL },
		{ "received", DIST, EV_RECEIVE, "A2", NULL, ERR_OK, NULL },
		{ "further", DIST, EV_RETURN, "A2", "MFR", ERR_OK, NULL },
		{ "home", MFR, EV_RECEIVE, "A2", NULL, ERR_OK, NULL },
		{ "to its end", MFR, EV_DESTROY, "A2", NULL, ERR_OK, NULL },
		{ "as evidence", PHARM, EV_SAMPLE, "A3", NULL, ERR_OK, NULL },
		{ "and not back", PHARM, EV_UNDO_SAMPLE, "A3", "as evidence", ERR_PACK_RECALLED, NULL },
	};
	static const struct script_step after[] = {
		{ "dispensing after", PHARM, EV_DISPENSE, "A4", NULL, ERR_OK, NULL },
		{ "undoing after", PHARM, EV_UNDO_DISPENSE, "A1", "dispense", ERR_OK, NULL },
		{ "the sample back", PHARM, EV_UNDO_SAMPLE, "A3", "as evidence", ERR_OK, NULL },
	};
	struct event ev;
	struct acting a;
	struct script s;

	bring_to_pharmacy(&s);
	RUN_ACTS(&a, &s.w, recall); /* a retraction alone ends nothing */
	SCRIPT_RUN(&s, steps);
	ev = world_event(&s.w, MFR, EV_CONFIRM);
	ev.u.hash = a.ids[0];
	CHECK(world_apply(&s.w, MFR, &ev) == ERR_OK);
	SCRIPT_RUN(&s, after);
	script_free(&s);
}

/* In its country alone, and where the country is not known. */
static void test_withdrawn(void)
{
	static const struct act withdraw[] = {
		{ "from France", MFR, EV_WITHDRAW, "FR", ERR_OK, 0 },
		{ "confirm", REG, EV_CONFIRM, "from France", ERR_OK, 1 },
	};
	static const struct { const char *name, *country; enum err want; } rows[] = {
		{ "elsewhere", "DE", ERR_OK },
		{ "there", "FR", ERR_PACK_WITHDRAWN },
		{ "nobody knows", NULL, ERR_PACK_WITHDRAWN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct script_step steps[] = {
			{ rows[i].name, PHARM, EV_DISPENSE, "A2", NULL, rows[i].want, NULL },
			{ rows[i].name, PHARM, EV_SHIP, "A4", "DIST", rows[i].want, NULL },
			{ rows[i].name, PHARM, EV_UNDO_DISPENSE, "A1", "dispense", rows[i].want, NULL },
			{ rows[i].name, PHARM, EV_RETURN, "B1", "DIST", ERR_OK, NULL },
		};
		struct acting a;
		struct script s;

		bring_to_pharmacy(&s);
		RUN_ACTS(&a, &s.w, withdraw);
		world_set_member(&s.w, PHARM, false, rows[i].country);
		world_set_member(&s.w, MFR, false, rows[i].country);
		CHECK_ROW(world_commission(&s.w, "late") == ERR_OK, rows[i].name); /* for any market */
		SCRIPT_RUN(&s, steps);
		script_free(&s);
	}
}

/* Nor is it brought there from where it is not. */
static void test_shipped_where_it_is_withdrawn(void)
{
	static const struct act withdraw[] = {
		{ "from France", MFR, EV_WITHDRAW, "FR", ERR_OK, 0 },
		{ "confirm", REG, EV_CONFIRM, "from France", ERR_OK, 1 },
	};
	static const struct { const char *name, *country; enum err want; } rows[] = {
		{ "to Germany", "DE", ERR_OK }, { "to France", "FR", ERR_PACK_WITHDRAWN }, { "nobody knows where", NULL, ERR_OK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct script_step ship = { rows[i].name, PHARM, EV_SHIP, "A4", "DIST", rows[i].want, NULL };
		struct acting a;
		struct script s;

		bring_to_pharmacy(&s);
		RUN_ACTS(&a, &s.w, withdraw);
		world_set_member(&s.w, PHARM, false, "DE");
		world_set_member(&s.w, DIST, false, rows[i].country);
		script_run(&s, &ship, 1);
		script_free(&s);
	}
}

T_MAIN("rules_recall", T(test_two_parties), T(test_retraction), T(test_taken_back_alone), T(test_withdrawal),
       T(test_most_markets), T(test_recalled), T(test_withdrawn),
       T(test_shipped_where_it_is_withdrawn))
