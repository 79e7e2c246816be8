/* The risk out of a real store: a pack's events and sightings, where its parties are, and what the asker may know. */
#include "node/risk_gather.h"
#include "tests/fakes/consortium.h"
#include "tests/t.h"

#define FAR_M 612130 /* between the two pharmacies, by another program */
#define DAY 86400

static struct consortium con;

static struct verdict_question question(uint64_t n)
{
	static char serial[17];

	consortium_serial(serial, n);
	return (struct verdict_question){.gtin = world_gtin(MFR), .serial = bytes_of(serial, 16), .risk_wanted = true};
}

static struct risk risk_for(enum world_member asker, uint64_t n, uint64_t after_s)
{
	struct verdict_question q = question(n);
	struct risk out;

	CHECK(risk_gather(con.store, NULL, &q, world_gln(asker), con.now_ms / 1000 + after_s, &out) == ERR_OK);
	return out;
}

static const struct risk_reason *reason_of(const struct risk *r, enum risk_kind kind)
{
	for (size_t i = 0; i < r->all_n; i++)
		if (r->all[i].kind == kind)
			return &r->all[i];
	return NULL;
}

static void step(enum world_member who, enum event_type type, uint64_t n, enum world_member peer)
{
	consortium_packs(&con, who, type, n, 1, peer);
	world_must(consortium_block(&con));
}

static void put_at(enum world_member m, int32_t lat_udeg, int32_t lon_udeg)
{
	struct event ev = {.type = EV_MEMBER};

	ev.u.member = world_member(m);
	ev.u.member.key = *signer_pubkey(con.signers[m]);
	ev.u.member.located = true;
	ev.u.member.lat_udeg = lat_udeg;
	ev.u.member.lon_udeg = lon_udeg;
	consortium_add(&con, MFR, &ev);
	world_must(consortium_block(&con));
}

/* Packs 0 to 9 at PHARM, 10 to 19 at MFR still.  PHARM in Hamburg, PHARM2 in Munich. */
static void begin(void)
{
	consortium_init(&con, NULL);
	consortium_release(&con);
	put_at(PHARM, 53551000, 9994000);
	put_at(PHARM2, 48137000, 11576000);
	consortium_packs(&con, MFR, EV_COMMISSION, 0, 20, MFR);
	world_must(consortium_block(&con));
	consortium_packs(&con, MFR, EV_SHIP, 0, 10, PHARM);
	world_must(consortium_block(&con));
	consortium_packs(&con, PHARM, EV_RECEIVE, 0, 10, PHARM);
	world_must(consortium_block(&con));
}

static void test_nothing_to_find(void)
{
	CHECK_EQ(risk_for(PHARM, 0, DAY).score, 0, "at its holder");
	CHECK_EQ(risk_for(PHARM2, 4711, DAY).score, 0, "a pack that nobody commissioned");
	CHECK_EQ(risk_for(REG, 0, DAY).score, 0, "an inspection");
	CHECK_EQ(risk_for(MFR, 10, DAY).score, 0, "at its maker");
}

/* Who has it is for the holder to know, not for whoever scans a copy. */
static void test_a_claim_and_who_may_know_whose(void)
{
	struct risk r = risk_for(PHARM2, 0, DAY);
	const struct risk_reason *claim = reason_of(&r, RISK_DUPLICATE_CLAIM);

	NEED(claim != NULL && r.score >= RISK_ALARM);
	CHECK(claim->gln == 0 && claim->gln2 == world_gln(PHARM2));
	step(PHARM2, EV_SIGHT, 0, PHARM2);
	r = risk_for(PHARM, 0, DAY);
	claim = reason_of(&r, RISK_DUPLICATE_CLAIM);
	NEED(claim != NULL);
	CHECK(claim->gln == world_gln(PHARM2) && claim->gln2 == world_gln(PHARM));
	step(REG, EV_SIGHT, 1, REG);
	CHECK_EQ(risk_for(PHARM, 1, DAY).score, 0, "the agency had a look");
}

static void test_travel(void)
{
	const struct risk_reason *travel;
	struct risk r;

	step(PHARM, EV_DISPENSE, 2, PHARM);
	r = risk_for(PHARM2, 2, 14 * 60);
	travel = reason_of(&r, RISK_IMPOSSIBLE_TRAVEL);
	NEED(travel != NULL);
	CHECK(travel->apart_m > FAR_M - 100 && travel->apart_m < FAR_M + 100);
	CHECK_EQ(travel->apart_s, 14 * 60 + 1, "from the event's time, a second before the head's");
	CHECK(travel->gln == 0 && travel->gln2 == world_gln(PHARM2));
	CHECK(r.all_n == 3 && reason_of(&r, RISK_SKIPPED_HOP)->gln == 0);
	r = risk_for(PHARM2, 2, 2 * DAY);
	CHECK(!reason_of(&r, RISK_IMPOSSIBLE_TRAVEL));
}

/* Two copies of a pack that is at its maker's still: sighted once, scanned once. */
static void test_sightings_count(void)
{
	struct risk r = risk_for(PHARM2, 10, 600);

	CHECK_EQ(r.score, 30, "the first one is a stray");
	step(PHARM, EV_SIGHT, 10, PHARM);
	r = risk_for(PHARM2, 10, 600);
	CHECK(reason_of(&r, RISK_DUPLICATE_CLAIM) && reason_of(&r, RISK_IMPOSSIBLE_TRAVEL) && r.score >= 90);
	CHECK_EQ(risk_for(PHARM, 10, 600).score, 30, "again where it was seen");
}

/* An alarm was a scan too. */
static void test_alarms_count(void)
{
	struct verdict_question q = question(11);
	struct event ev = {.type = EV_ALARM};
	struct risk r;

	ev.u.alarm.gtin = q.gtin;
	ev.u.alarm.serial = q.serial;
	ev.u.alarm.reason = REASON_RISK;
	consortium_add(&con, PHARM, &ev);
	world_must(consortium_block(&con));
	r = risk_for(PHARM2, 11, 600);
	CHECK(reason_of(&r, RISK_DUPLICATE_CLAIM) && reason_of(&r, RISK_IMPOSSIBLE_TRAVEL));
}

static void test_errors(void)
{
	struct verdict_question q = question(0);
	struct risk out;

	CHECK_EQ(risk_gather(con.store, NULL, &q, world_gln(NEWCOMER), 0, &out), ERR_CORRUPT, "an asker that is no member");
}

static void end(void)
{
	consortium_free(&con);
}

T_MAIN("risk_gather", T(begin), T(test_nothing_to_find), T(test_a_claim_and_who_may_know_whose), T(test_travel),
       T(test_sightings_count), T(test_alarms_count), T(test_errors), T(end))
