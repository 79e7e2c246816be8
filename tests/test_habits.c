/* Habits learnt from a ledger's events: what makes a sample, how many, and in a thread beside the writer. */
#include "node/habits.h"
#include "node/risk_gather.h"
#include "tests/fakes/consortium.h"
#include "tests/t.h"

#include <time.h>

#define DAY 86400
#define STAYS 40

static struct consortium con;

static void step(enum world_member who, enum event_type type, uint64_t n, size_t packs, enum world_member peer)
{
	consortium_packs(&con, who, type, n, packs, peer);
	world_must(consortium_block(&con));
}

static void wait_s(uint64_t s)
{
	con.now_ms += s * 1000 - 1000; /* a block took one */
}

/* Each pack stays a day with MFR, two with DIST, four with PHARM. */
static void trade(uint64_t n)
{
	step(MFR, EV_COMMISSION, n, 2, MFR);
	wait_s(DAY);
	step(MFR, EV_SHIP, n, 2, DIST);
	step(DIST, EV_RECEIVE, n, 2, DIST);
	wait_s(2 * DAY);
	step(DIST, EV_SHIP, n, 2, PHARM);
	step(PHARM, EV_RECEIVE, n, 2, PHARM);
	step(PHARM, EV_LOCK, n, 1, PHARM);
	step(PHARM, EV_UNLOCK, n, 1, PHARM);
	wait_s(4 * DAY - 2);
	step(PHARM, EV_DISPENSE, n, 1, PHARM);
	step(PHARM, EV_RETURN, n + 1, 1, DIST);
}

static struct habits *learn_all(void)
{
	struct habits *h = habits_new();

	for (uint64_t ev = 1; ev <= con.head.log.size; ev++)
		world_must(habits_learn(h, con.store, ev));
	return h;
}

static uint64_t hours_of(const struct risk_habit *h)
{
	return (((uint64_t)1 << (h->mean >> 16)) + ((uint64_t)(h->mean & 65535) << (h->mean >> 16) >> 16)) / 3600;
}

static void begin(void)
{
	consortium_init(&con, NULL);
	consortium_release(&con);
	for (uint64_t i = 0; i < STAYS; i++)
		trade(2 * i);
}

static void test_one_sample_an_event(void)
{
	static const struct {
		const char *name;
		enum world_member who;
		uint32_t n;
		uint64_t hours_lo, hours_hi; /* log2 drawn straight between its powers of two: 9 % off at most */
	} rows[] = {{"ships what it made", MFR, STAYS, 24, 26},
		    {"ships what it received", DIST, STAYS, 48, 52},
		    {"dispenses, and sends back", PHARM, 2 * STAYS, 96, 104}};
	struct habits *h = learn_all();
	struct risk_habit habit;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_ROW(habits_of(h, world_gln(rows[i].who), &habit), rows[i].name);
		CHECK_EQ(habit.n, rows[i].n, rows[i].name);
		CHECK_ROW(hours_of(&habit) >= rows[i].hours_lo && hours_of(&habit) <= rows[i].hours_hi, rows[i].name);
	}
	CHECK(!habits_of(h, world_gln(PHARM2), &habit));
	habits_stop(h);
}

static struct risk risk_at(const struct habits *h, enum world_member who, uint64_t n, uint64_t now_s)
{
	char serial[17];
	struct verdict_question q = {.gtin = world_gtin(MFR)};
	struct risk out;

	consortium_serial(serial, n);
	q.serial = bytes_of(serial, 16);
	world_must(risk_gather(con.store, h, &q, world_gln(who), now_s, &out));
	return out;
}

static void test_they_are_asked(void)
{
	struct habits *h = learn_all();
	struct risk r;
	uint64_t now_s;

	step(MFR, EV_COMMISSION, 1000, 1, MFR);
	now_s = con.now_ms / 1000;
	CHECK_EQ(risk_at(h, MFR, 1000, now_s + 3 * DAY).score, 0, "three days are not four times as long");
	r = risk_at(h, MFR, 1000, now_s + 5 * DAY);
	CHECK(r.all_n == 1 && r.all[0].kind == RISK_DWELL_UNUSUAL && r.all[0].gln == world_gln(MFR) &&
	      (r.all[0].usual_s + 1800) / 3600 == 24);
	CHECK_EQ(risk_at(NULL, MFR, 1000, now_s + 5 * DAY).score, 0, "without habits");
	habits_stop(h);
}

/* A case that is shipped: the stay of a pack in it. */
static void test_units(void)
{
	struct habits *h = habits_new();
	struct event ev = {.type = EV_PACK};
	uint64_t sscc = world_sscc(MFR, 1);
	struct risk_habit habit;
	char serial[17];
	struct pack_id pack = {world_gtin(MFR), BYTES_LIT(LOT_GOOD), {0}};
	uint8_t groups[128], ssccs[16];
	struct wr w;

	step(MFR, EV_COMMISSION, 2000, 1, MFR);
	wait_s(DAY);
	consortium_serial(serial, 2000);
	pack.serial = bytes_of(serial, 16);
	world_must(event_groups_encode(&pack, 1, groups, sizeof(groups), &ev.groups));
	ev.u.sscc = sscc;
	consortium_add(&con, MFR, &ev);
	world_must(consortium_block(&con));
	wait_s(DAY);
	wr_init(&w, ssccs, sizeof(ssccs));
	wr_array(&w, 1);
	wr_uint(&w, sscc);
	ev = (struct event){.type = EV_SHIP, .u.gln = world_gln(DIST)};
	world_must(wr_end(&w, &ev.ssccs));
	consortium_add(&con, MFR, &ev);
	world_must(consortium_block(&con));
	world_must(habits_learn(h, con.store, con.head.log.size));
	NEED(habits_of(h, world_gln(MFR), &habit));
	CHECK(habit.n == 1 && hours_of(&habit) >= 48 && hours_of(&habit) <= 52);
	habits_stop(h);
}

/* Taken away by somebody whom nothing was brought to on the ledger: no sample, no failure. */
static void test_no_sample(void)
{
	struct habits *h = habits_new();
	struct risk_habit habit;
	struct store_counts counts;

	world_must(store_counts(con.store, &counts));
	world_must(habits_learn(h, con.store, 1));
	CHECK_EQ(habits_learn(h, con.store, counts.events + 1), ERR_NOT_FOUND, "no such event");
	for (int m = 0; m < WORLD_MEMBERS; m++)
		CHECK(!habits_of(h, world_gln((enum world_member)m), &habit));
	habits_stop(h);
}

static bool comes_to(const struct habits *h, uint32_t n)
{
	const struct timespec wait = {.tv_nsec = 10000000};
	struct risk_habit habit = {.n = 0};

	for (int i = 0; i < 1000 && habit.n != n; i++) {
		nanosleep(&wait, NULL);
		if (!habits_of(h, world_gln(DIST), &habit))
			habit.n = 0;
	}
	return habit.n == n;
}

static void test_the_thread(void)
{
	struct habits *h;

	NEED(habits_start(&h, con.path) == ERR_OK);
	CHECK(comes_to(h, STAYS));
	trade(3000);
	habits_follow(h);
	CHECK(comes_to(h, STAYS + 1));
	habits_follow(h); /* stopped while there may be something to do */
	habits_stop(h);
	CHECK(habits_start(&h, "/nowhere/at/all") != ERR_OK);
	habits_stop(NULL);
}

static void end(void)
{
	consortium_free(&con);
}

T_MAIN("habits", T(begin), T(test_one_sample_an_event), T(test_they_are_asked), T(test_units), T(test_no_sample),
       T(test_the_thread), T(end))
