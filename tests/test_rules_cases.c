/* What people saw and said: alarms and their cases, sightings, queries, corrections. */
#include "tests/fakes/world.h"
#include "tests/t.h"

#include <stdio.h>

#define REASON 7

/* ---- alarms ---- */

/* place: of one of who's sites. */
static enum err alarm_at(struct world *w, enum world_member who, uint64_t place, const char *serial)
{
	struct event ev = world_event(w, who, EV_ALARM);

	ev.place = place;
	ev.u.alarm.gtin = world_gtin(MFR);
	ev.u.alarm.serial = bytes_of_str(serial);
	ev.u.alarm.reason = REASON;
	return world_apply(w, who, &ev);
}

static enum err alarm(struct world *w, enum world_member who, const char *serial)
{
	return alarm_at(w, who, world_gln(who), serial);
}

static struct hash id_of(const char *serial)
{
	struct hash id;

	alarm_id(&id, world_gtin(MFR), bytes_of_str(serial), REASON);
	return id;
}

static struct alarm_row alarm_of(struct world *w, const char *serial)
{
	const struct hash id = id_of(serial);
	struct alarm_row row;

	world_must(state_alarm(&w->st, &id, &row));
	return row;
}

static void test_alarm(void)
{
	struct alarm_row row;
	struct event ev;
	struct world w;

	world_init(&w, 1);
	world_must(world_commission(&w, "A"));
	CHECK(alarm(&w, PHARM, "A") == ERR_OK);
	row = alarm_of(&w, "A");
	CHECK(row.gtin == world_gtin(MFR) && row.serial_n == 1 && row.serial[0] == 'A' && row.reason == REASON);
	CHECK(row.state == ALARM_OPEN && row.by == world_gln(PHARM) && row.place == world_gln(PHARM));
	CHECK(row.time_s == w.now_ms / 1000 && row.seen == 1 && row.again_ev == 0 && row.cause_n == 0);
	CHECK(row.first_ev == w.ev - 2 && row.raised_ev == w.ev - 1 && row.changed_ev == w.ev - 1);
	CHECK(alarm(&w, REG, "NONE") == ERR_OK && alarm_of(&w, "NONE").first_ev == 0);
	/* of another reason: a case of its own */
	ev = world_event(&w, PHARM, EV_ALARM);
	ev.u.alarm.gtin = world_gtin(MFR);
	ev.u.alarm.serial = BYTES_LIT("A");
	ev.u.alarm.reason = REASON + 1;
	CHECK(world_apply(&w, PHARM, &ev) == ERR_OK && alarm_of(&w, "A").seen == 1);
	world_free(&w);
}

static enum err propose(struct world *w, enum world_member who)
{
	struct event ev = world_event(w, who, EV_RECALL);

	ev.u.recall.gtin = world_gtin(MFR);
	ev.u.recall.lot = BYTES_LIT(LOT_GOOD);
	ev.u.recall.defect = 1;
	ev.u.recall.why = BYTES_LIT("test");
	return world_apply(w, who, &ev);
}

/* What lists show to others a member can add to only so often on a day. */
static void test_quota(void)
{
	char serial[16];
	struct world w;

	world_init(&w, 1);
	for (int i = 0; i <= ALARMS_A_DAY; i++) {
		snprintf(serial, sizeof(serial), "%d", i);
		CHECK_EQ(alarm(&w, PHARM, serial), i < ALARMS_A_DAY ? ERR_OK : ERR_QUOTA, serial);
	}
	CHECK(alarm(&w, PHARM2, "1") == ERR_OK && alarm(&w, PHARM2, "2") == ERR_OK);
	for (int i = 0; i <= PROPOSALS_A_DAY; i++)
		CHECK_EQ(propose(&w, MFR), i < PROPOSALS_A_DAY ? ERR_OK : ERR_QUOTA, "a proposal");
	CHECK(propose(&w, REG) == ERR_OK && alarm(&w, MFR, "MAKER") == ERR_OK);
	w.now_ms += 86400000;
	CHECK(alarm(&w, PHARM, "TOMORROW") == ERR_OK && propose(&w, MFR) == ERR_OK);
	world_free(&w);
}

/* The same from one site is one alarm, from another it weighs more. */
static void test_alarm_again(void)
{
	struct alarm_row row;
	struct world w;
	uint64_t first;

	world_init(&w, 1);
	CHECK(alarm(&w, PHARM, "A") == ERR_OK);
	first = w.ev - 1;
	CHECK(alarm(&w, PHARM, "A") == ERR_EXISTS);
	CHECK(alarm_at(&w, DIST, world_gln(PHARM), "A") == ERR_EXISTS); /* whoever says so */
	CHECK(alarm_at(&w, PHARM, world_gln(PHARM2), "A") == ERR_OK);
	row = alarm_of(&w, "A");
	CHECK(row.seen == 2 && row.again_ev == w.ev - 1 && row.raised_ev == first && row.by == world_gln(PHARM));
	CHECK(row.place == world_gln(PHARM) && row.state == ALARM_OPEN);
	CHECK(alarm(&w, PHARM2, "A") == ERR_EXISTS);
	CHECK(alarm(&w, PHARM, "A") == ERR_EXISTS);
	CHECK(alarm(&w, DIST, "A") == ERR_OK && alarm_of(&w, "A").seen == 3 && alarm_of(&w, "A").again_ev == w.ev - 1);
	world_free(&w);
}

static enum err move_case(struct world *w, enum world_member who, const struct hash *id, enum alarm_state to)
{
	struct event ev = world_event(w, who, EV_ALARM_CASE);

	ev.u.about.hash = *id;
	ev.u.about.state = to;
	ev.u.about.text = BYTES_LIT("keyboard layout");
	return world_apply(w, who, &ev);
}

static void test_alarm_case(void)
{
	static const struct {
		const char *name;
		enum alarm_state from;
		enum world_member who;
		enum alarm_state to;
		enum err want;
	} rows[] = {
		{ "explained by whom it came from", ALARM_OPEN, PHARM, ALARM_EXPLAINED, ERR_OK },
		{ "explained by another pharmacy", ALARM_OPEN, PHARM2, ALARM_EXPLAINED, ERR_ROLE_NOT_ALLOWED },
		{ "explained by a distributor", ALARM_OPEN, DIST, ALARM_EXPLAINED, ERR_ROLE_NOT_ALLOWED },
		{ "explained by the maker", ALARM_OPEN, MFR, ALARM_EXPLAINED, ERR_OK },
		{ "explained by another maker", ALARM_OPEN, MFR2, ALARM_EXPLAINED, ERR_FOREIGN_PREFIX },
		{ "explained by a regulator", ALARM_OPEN, REG, ALARM_EXPLAINED, ERR_OK },
		{ "confirmed by whom it came from", ALARM_OPEN, PHARM, ALARM_CONFIRMED, ERR_ROLE_NOT_ALLOWED },
		{ "confirmed by the maker", ALARM_OPEN, MFR, ALARM_CONFIRMED, ERR_OK },
		{ "confirmed by a regulator", ALARM_EXPLAINED, REG, ALARM_CONFIRMED, ERR_OK },
		{ "closed by whom it came from", ALARM_EXPLAINED, PHARM, ALARM_CLOSED, ERR_ROLE_NOT_ALLOWED },
		{ "closed by the maker", ALARM_EXPLAINED, MFR, ALARM_CLOSED, ERR_OK },
		{ "closed by a regulator", ALARM_CONFIRMED, REG2, ALARM_CLOSED, ERR_OK },
		{ "explained again", ALARM_EXPLAINED, MFR, ALARM_EXPLAINED, ERR_EXISTS },
		{ "back to explained", ALARM_CONFIRMED, MFR, ALARM_EXPLAINED, ERR_EXISTS },
		{ "closed twice", ALARM_CLOSED, REG, ALARM_CLOSED, ERR_EXISTS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct hash id = id_of("A");
		struct alarm_row row;
		struct world w;
		uint64_t ev;

		world_init(&w, 1);
		world_must(alarm(&w, PHARM, "A"));
		if (rows[i].from != ALARM_OPEN)
			world_must(move_case(&w, REG, &id, rows[i].from));
		ev = w.ev;
		CHECK_EQ(move_case(&w, rows[i].who, &id, rows[i].to), rows[i].want, rows[i].name);
		row = alarm_of(&w, "A");
		CHECK_ROW(row.state == (rows[i].want ? rows[i].from : rows[i].to), rows[i].name);
		if (rows[i].want == ERR_OK)
			CHECK_ROW(row.changed_ev == ev && row.cause_n == 15 && memcmp(row.cause, "keyboard layout", 15) == 0,
				  rows[i].name);
		world_free(&w);
	}
}

static void test_reopened(void)
{
	const struct hash id = id_of("A"), none = id_of("B");
	struct alarm_row row;
	struct world w;

	world_init(&w, 1);
	CHECK(move_case(&w, REG, &none, ALARM_CLOSED) == ERR_UNKNOWN_ALARM);
	world_must(alarm(&w, PHARM, "A"));
	world_must(alarm(&w, PHARM2, "A"));
	world_must(move_case(&w, MFR, &id, ALARM_EXPLAINED));
	CHECK(alarm(&w, PHARM, "A") == ERR_EXISTS); /* explained is not closed */
	world_must(move_case(&w, REG, &id, ALARM_CONFIRMED));
	CHECK(alarm(&w, PHARM, "A") == ERR_EXISTS); /* confirmed neither */
	world_must(move_case(&w, MFR, &id, ALARM_CLOSED));
	CHECK(alarm(&w, PHARM, "A") == ERR_OK);
	row = alarm_of(&w, "A");
	CHECK(row.state == ALARM_OPEN && row.seen == 1 && row.again_ev == 0 && row.cause_n == 0 && row.raised_ev == w.ev - 1);
	world_free(&w);
}

/* ---- sightings ---- */

static enum err sight(struct world *w, enum world_member who, const char *lot, const char *const *serials)
{
	struct event ev = world_pack_event(w, who, EV_SIGHT, MFR, lot, serials);

	return world_apply(w, who, &ev);
}

static void test_sight(void)
{
	static const char *const a[] = { "A", NULL }, *const b[] = { "B", NULL }, *const ab[] = { "A", "B", NULL };
	struct sight_row row;
	struct pack_view v;
	struct world w;

	world_init(&w, 1);
	world_bring(&w, DIST, "A");
	v = world_view(&w, "A");
	CHECK(sight(&w, PHARM, LOT_GOOD, a) == ERR_OK);
	CHECK(state_sight(&w.st, v.unit, &row) == ERR_OK && row.by == world_gln(PHARM) && row.place == world_gln(PHARM));
	w.now_ms += 60000;
	CHECK(sight(&w, REG, LOT_GOOD, a) == ERR_OK); /* the last one stands */
	CHECK(state_sight(&w.st, v.unit, &row) == ERR_OK && row.by == world_gln(REG) && row.time_s == w.now_ms / 1000);
	CHECK(sight(&w, DIST, LOT_GOOD, a) == ERR_HAS_CUSTODY);
	CHECK(sight(&w, PHARM, LOT_GOOD, b) == ERR_UNKNOWN_PACK && w.why.at_pack && w.why.pack_pos == 0);
	CHECK(sight(&w, PHARM, LOT_GOOD, ab) == ERR_UNKNOWN_PACK && w.why.at_pack && w.why.pack_pos == 1);
	CHECK(sight(&w, PHARM, "L2", a) == ERR_LOT_MISMATCH);
	world_must(world_ship(&w, DIST, PHARM, "A"));
	CHECK(sight(&w, PHARM, LOT_GOOD, a) == ERR_HAS_CUSTODY); /* on its way there */
	CHECK(sight(&w, PHARM2, LOT_GOOD, a) == ERR_OK);
	v = world_view(&w, "A");
	CHECK(v.custody.holder == world_gln(DIST) && v.custody.state == PACK_IN_TRANSIT && v.custody.ev == w.ev - 2);
	world_free(&w);
}

/* ---- queries, corrections ---- */

static void test_query(void)
{
	struct world w;

	world_init(&w, 1);
	for (int m = 0; m < WORLD_MEMBERS; m++) {
		struct event ev = world_event(&w, (enum world_member)m, EV_QUERY);

		ev.u.query.what = BYTES_LIT("history of one pack");
		ev.u.query.why = BYTES_LIT("complaint 17");
		CHECK(world_apply(&w, (enum world_member)m, &ev) == (m == REG || m == REG2 ? ERR_OK : ERR_ROLE_NOT_ALLOWED));
	}
	world_free(&w);
}

static enum err correct(struct world *w, enum world_member who, const struct hash *id)
{
	struct event ev = world_event(w, who, EV_CORRECTION);

	ev.u.about.hash = *id;
	ev.u.about.text = BYTES_LIT("scanned twice");
	return world_apply(w, who, &ev);
}

static void test_correction(void)
{
	struct correction_row row;
	struct hash id, correction;
	struct pack_view v;
	struct world w;
	uint64_t ev;

	world_init(&w, 1);
	world_bring(&w, PHARM, "A");
	ev = w.ev;
	world_must(world_do(&w, PHARM, EV_DISPENSE, "A"));
	id = w.last_id;
	CHECK(correct(&w, PHARM, &(struct hash){ { 1 } }) == ERR_UNKNOWN_EVENT);
	CHECK(correct(&w, REG, &id) == ERR_FORBIDDEN); /* another's */
	CHECK(correct(&w, PHARM, &id) == ERR_OK);
	correction = w.last_id;
	CHECK(state_correction(&w.st, ev, &row) == ERR_OK && row.ev == w.ev - 1 && row.why_n == 13);
	CHECK(memcmp(row.why, "scanned twice", 13) == 0);
	CHECK(correct(&w, PHARM, &id) == ERR_EXISTS);
	CHECK(correct(&w, PHARM, &correction) == ERR_OK); /* that was wrong, too */
	v = world_view(&w, "A");
	CHECK(v.custody.state == PACK_DISPENSED && v.custody.ev == ev); /* nothing is taken back by it */
	world_free(&w);
}

T_MAIN("rules_cases", T(test_alarm), T(test_quota), T(test_alarm_again), T(test_alarm_case), T(test_reopened), T(test_sight),
       T(test_query), T(test_correction))
