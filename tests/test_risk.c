/* Risk: every reason provoked, and near misses on both sides of each bound. */
#include "node/core/risk.h"
#include "tests/t.h"

#define T0 1700000000ULL
#define HOUR 3600ULL
#define DAY (24 * HOUR)
#define WAY_MAX 10

/* Parties: maker, wholesalers, pharmacies, agency.  Places are in a line north of 50 N 10 E: a degree is 111,195 m. */
enum who { M, D, E, P, Q, R, AGENCY, WHOS };
static const struct {
	enum role role;
	int32_t north_m; /* of 50 N */
} who[WHOS] = {
	[M] = { ROLE_MANUFACTURER, 0 },	  [D] = { ROLE_DISTRIBUTOR, 100000 }, [E] = { ROLE_DISTRIBUTOR, 110000 },
	[P] = { ROLE_PHARMACY, 120000 },  [Q] = { ROLE_PHARMACY, 140000 },    [R] = { ROLE_PHARMACY, 160000 },
	[AGENCY] = { ROLE_REGULATOR, 900000 },
};

static uint64_t gln(enum who w)
{
	return 9521999000000 + (uint64_t)w;
}

static struct risk_seen seen(enum who w, enum risk_act act, uint64_t after_s, enum who peer)
{
	return (struct risk_seen){ .act = act, .time_s = T0 + after_s, .party = gln(w), .place = gln(w), .role = who[w].role,
				   .peer = act == SEEN_SHIP ? gln(peer) : 0, .located = true, .lon_udeg = 10000000,
				   .lat_udeg = 50000000 + (int32_t)((double)who[w].north_m / 111195.08 * 1e6) };
}

static const struct risk_reason *reason_of(const struct risk *r, enum risk_kind kind)
{
	for (size_t i = 0; i < r->all_n; i++)
		if (r->all[i].kind == kind)
			return &r->all[i];
	return NULL;
}

/* ---- custody ---- */

struct act {
	enum who who;
	enum risk_act act;
	uint64_t day;
	enum who peer;
};
#define MADE { M, SEEN_COMMISSION, 0, M }
#define TO_D MADE, { M, SEEN_SHIP, 1, D }, { D, SEEN_RECEIVE, 2, D }
#define SENT_P TO_D, { D, SEEN_SHIP, 10, P }
#define AT_P SENT_P, { P, SEEN_RECEIVE, 11, P }

/* The last act is judged. */
static const struct {
	const char *name;
	unsigned score;
	enum who had, has; /* of the strongest reason */
	struct act way[WAY_MAX];
} ways[] = {
	{ "nothing known yet", 0, M, M, { { P, SEEN_SCAN, 1, P } } },
	{ "its holder scans it", 0, M, M, { AT_P, { P, SEEN_SCAN, 12, P } } },
	{ "its receiver scans it before receiving", 0, M, M, { SENT_P, { P, SEEN_SCAN, 11, P } } },
	{ "its shipper scans it on the way", 0, M, M, { SENT_P, { D, SEEN_SCAN, 11, D } } },
	{ "the agency scans it anywhere", 0, M, M, { AT_P, { AGENCY, SEEN_SCAN, 12, P } } },
	{ "and its scan is no stray", 0, M, M, { AT_P, { AGENCY, SEEN_SCAN, 12, P }, { P, SEEN_SCAN, 13, P } } },
	{ "dispensed and scanned again", 0, M, M, { AT_P, { P, SEEN_DISPENSE, 12, P }, { P, SEEN_SCAN, 13, P } } },
	{ "undone and dispensed", 0, M, M,
	  { AT_P, { P, SEEN_DISPENSE, 12, P }, { P, SEEN_UNDO, 13, P }, { P, SEEN_DISPENSE, 14, P } } },
	/* goods before data */
	{ "scanned by nobody's peer while with a wholesaler", 30, D, P, { TO_D, { P, SEEN_SCAN, 9, P } } },
	{ "the same though the wholesaler scanned it", 30, D, P, { TO_D, { D, SEEN_SCAN, 8, D }, { P, SEEN_SCAN, 9, P } } },
	{ "and shipped there later", 0, M, M,
	  { TO_D, { P, SEEN_SCAN, 9, P }, { D, SEEN_SHIP, 10, P }, { P, SEEN_RECEIVE, 10, P }, { P, SEEN_SCAN, 11, P } } },
	{ "and in hand from then on", 80, P, Q,
	  { TO_D, { P, SEEN_SCAN, 9, P }, { D, SEEN_SHIP, 10, P }, { Q, SEEN_SCAN, 11, P } } },
	{ "scanned while on its way to another", 30, D, Q, { SENT_P, { Q, SEEN_SCAN, 11, P } } },
	{ "taken back then, and sent again", 0, M, M,
	  { SENT_P, { Q, SEEN_SCAN, 11, P }, { D, SEEN_VOID, 12, D }, { D, SEEN_SHIP, 13, P }, { P, SEEN_SCAN, 14, P } } },
	{ "received by a clock that runs behind", 0, M, M,
	  { TO_D, { P, SEEN_RECEIVE, 9, P }, { D, SEEN_SHIP, 10, P }, { P, SEEN_SCAN, 11, P } } },
	{ "and sent on", 0, M, M,
	  { TO_D, { P, SEEN_SCAN, 9, P }, { P, SEEN_RECEIVE, 9, P }, { P, SEEN_SHIP, 10, R }, { R, SEEN_SCAN, 11, P } } },
	/* returns */
	{ "back at a wholesaler before the paper", 30, P, D, { AT_P, { D, SEEN_SCAN, 12, P } } },
	{ "the same though the pharmacy scanned it", 30, P, D,
	  { SENT_P, { P, SEEN_SCAN, 11, P }, { P, SEEN_RECEIVE, 11, P }, { D, SEEN_SCAN, 12, P } } },
	{ "and the paper comes", 0, M, M,
	  { AT_P, { D, SEEN_SCAN, 12, P }, { P, SEEN_SHIP, 13, D }, { D, SEEN_RECEIVE, 13, D }, { D, SEEN_SCAN, 14, D } } },
	{ "and the paper never comes", 80, D, P, { AT_P, { D, SEEN_SCAN, 12, P }, { P, SEEN_SCAN, 13, P } } },
	{ "dispensed, undone, then at a wholesaler", 30, P, D,
	  { AT_P, { P, SEEN_DISPENSE, 12, P }, { P, SEEN_UNDO, 13, P }, { D, SEEN_SCAN, 14, P } } },
	{ "dispensed, then at a wholesaler", 80, P, D, { AT_P, { P, SEEN_DISPENSE, 12, P }, { D, SEEN_SCAN, 13, P } } },
	/* two claims */
	{ "received by a pharmacy, scanned by another", 80, P, Q, { AT_P, { Q, SEEN_SCAN, 12, P } } },
	{ "booked by a wholesaler, scanned by another", 30, D, E, { TO_D, { E, SEEN_SCAN, 9, P } } },
	{ "missed by its pharmacy, scanned by another", 30, P, Q, { AT_P, { P, SEEN_STOLEN, 12, P }, { Q, SEEN_SCAN, 13, P } } },
	{ "scanned and booked by one, scanned by another", 80, P, Q,
	  { SENT_P, { P, SEEN_SCAN, 11, P }, { P, SEEN_RECEIVE, 11, P }, { Q, SEEN_SCAN, 12, P } } },
	{ "the same, before the paper", 80, P, Q,
	  { TO_D, { P, SEEN_SCAN, 9, P }, { D, SEEN_SHIP, 10, P }, { P, SEEN_RECEIVE, 10, P }, { Q, SEEN_SCAN, 11, P } } },
	{ "the same, received by a clock that runs behind", 80, P, Q,
	  { TO_D, { P, SEEN_SCAN, 9, P }, { P, SEEN_RECEIVE, 9, P }, { D, SEEN_SHIP, 10, P }, { Q, SEEN_SCAN, 11, P } } },
	{ "scanned by the receiver, then by another", 80, P, Q, { SENT_P, { P, SEEN_SCAN, 11, P }, { Q, SEEN_SCAN, 12, P } } },
	{ "dispensed by one, scanned by another", 80, P, Q, { AT_P, { P, SEEN_DISPENSE, 12, P }, { Q, SEEN_SCAN, 13, P } } },
	{ "undone by one, scanned by another", 80, P, Q,
	  { AT_P, { P, SEEN_DISPENSE, 12, P }, { P, SEEN_UNDO, 13, P }, { Q, SEEN_SCAN, 14, P } } },
	{ "scanned astray, then booked elsewhere", 0, M, M, { SENT_P, { Q, SEEN_SCAN, 10, P }, { P, SEEN_RECEIVE, 11, P } } },
	{ "scanned astray, then by its holder", 80, Q, P,
	  { SENT_P, { Q, SEEN_SCAN, 10, P }, { P, SEEN_RECEIVE, 11, P }, { P, SEEN_SCAN, 12, P } } },
	{ "which was told of when it came", 0, M, M,
	  { SENT_P, { Q, SEEN_SCAN, 10, P }, { P, SEEN_SCAN, 11, P }, { P, SEEN_RECEIVE, 11, P }, { P, SEEN_SCAN, 12, P } } },
	{ "scanned astray, then dispensed elsewhere", 80, Q, P,
	  { SENT_P, { Q, SEEN_SCAN, 10, P }, { P, SEEN_RECEIVE, 11, P }, { P, SEEN_DISPENSE, 12, P } } },
	{ "scanned astray by two", 80, Q, R, { TO_D, { Q, SEEN_SCAN, 9, P }, { R, SEEN_SCAN, 10, P } } },
	{ "scanned astray twice by one", 30, D, Q, { TO_D, { Q, SEEN_SCAN, 9, P }, { Q, SEEN_SCAN, 10, P } } },
	{ "locked by its holder, scanned by another", 80, D, Q, { TO_D, { D, SEEN_LOCK, 8, D }, { Q, SEEN_SCAN, 9, P } } },
	{ "the same by a wholesaler", 80, D, E, { TO_D, { D, SEEN_LOCK, 8, D }, { E, SEEN_SCAN, 9, P } } },
	{ "locked by the agency, scanned by another", 30, D, Q, { TO_D, { AGENCY, SEEN_LOCK, 8, D }, { Q, SEEN_SCAN, 9, P } } },
	{ "destroyed, scanned by another", 80, D, Q, { TO_D, { D, SEEN_DESTROY, 8, D }, { Q, SEEN_SCAN, 9, P } } },
	{ "shipped on by one, scanned by a third", 30, P, R, { AT_P, { P, SEEN_SHIP, 12, Q }, { R, SEEN_SCAN, 13, P } } },
};

static size_t judge_way(const struct act *way, struct risk *out)
{
	struct risk_seen all[WAY_MAX];
	struct risk_question q = { .seen = all };
	size_t n = 0;

	/* an entry that is all zero ends a way; the first is never looked at so */
	while (n < WAY_MAX && (n == 0 || way[n].day)) {
		all[n] = seen(way[n].who, way[n].act, way[n].day * DAY, way[n].peer);
		n++;
	}
	q.seen_n = n - 1;
	q.now = all[n - 1];
	risk_judge(&q, out);
	return n;
}

static void test_custody(void)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct risk_reason *r;
		struct risk out;

		judge_way(ways[i].way, &out);
		CHECK_EQ(out.score < 80 ? out.score : 80, ways[i].score, ways[i].name);
		r = reason_of(&out, ways[i].score >= 80 ? RISK_DUPLICATE_CLAIM : RISK_SKIPPED_HOP);
		CHECK_ROW((r != NULL) == (ways[i].score > 0), ways[i].name);
		if (r)
			CHECK_ROW(r->gln == gln(ways[i].had) && r->gln2 == gln(ways[i].has), ways[i].name);
	}
}

/* ---- travel ---- */

/* Two appearances so far apart, after an hour at least or all the same. */
static const struct {
	const char *name;
	uint64_t m, after_s;
	bool said;
} trips[] = {
	{ "one conurbation at once", RISK_NEAR_M - 100, 0, false },
	{ "just beyond it at once", RISK_NEAR_M + 100, 0, true },
	{ "road, a minute too fast", 130000, HOUR - RISK_SKEW_S - 60, true },
	{ "road, as fast as allowed", 130000, HOUR - RISK_SKEW_S + 60, false },
	{ "just too near to fly", RISK_FLY_M - 1000, HOUR, true },
	{ "far enough to fly", RISK_FLY_M + 1000, HOUR, false },
	{ "air, a minute too fast", 1000000, HOUR - RISK_SKEW_S - 60, true },
	{ "air, as fast as allowed", 1000000, HOUR - RISK_SKEW_S + 60, false },
	{ "across the world at once", 15000000, 0, true },
	{ "across the world in a day", 15000000, DAY, false },
};

static struct risk_question trip(struct risk_seen from[static 1], uint64_t m, uint64_t after_s)
{
	struct risk_question q = { .seen = from, .seen_n = 1, .now = seen(Q, SEEN_SCAN, after_s, Q) };

	from[0] = seen(P, SEEN_SCAN, 0, P);
	from[0].lat_udeg = -70000000;
	q.now.lat_udeg = from[0].lat_udeg + (int32_t)((double)m / 111195.08 * 1e6);
	return q;
}

static bool said(const struct risk_question *q, struct risk_reason *why)
{
	const struct risk_reason *r;
	struct risk out;

	risk_judge(q, &out);
	r = reason_of(&out, RISK_IMPOSSIBLE_TRAVEL);
	CHECK(out.score == (r ? 80 : 0));
	if (r && why)
		*why = *r;
	return r != NULL;
}

static void test_travel(void)
{
	for (size_t i = 0; i < sizeof(trips) / sizeof(trips[0]); i++) {
		struct risk_seen from[1];
		struct risk_question q = trip(from, trips[i].m, trips[i].after_s);

		CHECK_ROW(said(&q, NULL) == trips[i].said, trips[i].name);
		q.now.time_s = T0;
		from[0].time_s = T0 + trips[i].after_s; /* a clock that runs behind: time apart counts */
		CHECK_ROW(said(&q, NULL) == trips[i].said, trips[i].name);
	}
}

static void test_travel_says_nothing_about(void)
{
	static const struct {
		const char *name;
		enum risk_act act;
		enum role role;
		bool located, same_place, said;
	} rows[] = {
		{ "a scan", SEEN_SCAN, ROLE_PHARMACY, true, false, true },
		{ "receiving, which is booked", SEEN_RECEIVE, ROLE_PHARMACY, true, false, false },
		{ "dispensing", SEEN_DISPENSE, ROLE_PHARMACY, true, false, true },
		{ "a place without coordinates", SEEN_SCAN, ROLE_PHARMACY, false, false, false },
		{ "one place with new coordinates", SEEN_SCAN, ROLE_PHARMACY, true, true, false },
		{ "the paper of shipping", SEEN_SHIP, ROLE_DISTRIBUTOR, true, false, false },
		{ "a lock", SEEN_LOCK, ROLE_PHARMACY, true, false, false },
		{ "the agency's scanner", SEEN_SCAN, ROLE_REGULATOR, true, false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct risk_seen from[1];
		struct risk_question q = trip(from, 800000, 600);
		struct risk out;

		from[0].act = rows[i].act;
		from[0].role = rows[i].role;
		from[0].located = rows[i].located;
		if (rows[i].same_place)
			from[0].place = q.now.place;
		risk_judge(&q, &out);
		CHECK_ROW((reason_of(&out, RISK_IMPOSSIBLE_TRAVEL) != NULL) == rows[i].said, rows[i].name);
	}
}

/* It is remembered, the fastest; a place without coordinates between hides nothing. */
static void test_travel_before(void)
{
	struct risk_seen all[3];
	struct risk_question q = { .seen = all, .seen_n = 3 };
	struct risk_reason why = { 0 };

	trip(all, 0, 0);
	all[1] = seen(R, SEEN_SCAN, 60, R);
	all[1].located = false;
	all[2] = trip(&(struct risk_seen){ 0 }, 800000, 600).now;
	q.now = trip(&(struct risk_seen){ 0 }, 700000, 1200).now; /* too fast too */
	q.now.place = gln(R);
	CHECK(said(&q, &why) && why.apart_m / 1000 == 800 && why.kmh == why.apart_m * 6 / 1000);
	CHECK(why.gln == gln(P) && why.gln2 == gln(Q) && why.apart_s == 600);
	all[2].time_s = T0 + DAY;
	q.now.time_s = T0 + 2 * DAY;
	CHECK(!said(&q, NULL));
}

static void test_distance(void)
{
	static const struct {
		const char *name;
		double lat1, lon1, lat2, lon2;
		uint64_t km; /* on a sphere of 6371.0088 km */
	} rows[] = {
		{ "nowhere", 50, 10, 50, 10, 0 },
		{ "a degree north", 50, 10, 51, 10, 111 },
		{ "a degree along the equator", 0, 10, 0, 11, 111 },
		{ "Berlin to Munich", 52.520008, 13.404954, 48.137154, 11.576124, 504 },
		{ "Lisbon to Helsinki", 38.7223, -9.1393, 60.1699, 24.9384, 3360 },
		{ "New York to London", 40.712776, -74.005974, 51.507351, -0.127758, 5570 },
		{ "across the date line", 0, 179.5, 0, -179.5, 111 },
		{ "pole to pole", 90, 0, -90, 0, 20015 },
		{ "antipodes", 0, 0, 0, 180, 20015 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int32_t a = (int32_t)(rows[i].lat1 * 1e6), b = (int32_t)(rows[i].lon1 * 1e6);
		int32_t c = (int32_t)(rows[i].lat2 * 1e6), d = (int32_t)(rows[i].lon2 * 1e6);

		CHECK_EQ((risk_distance_m(a, b, c, d) + 500) / 1000, rows[i].km, rows[i].name);
		CHECK_EQ(risk_distance_m(c, d, a, b), risk_distance_m(a, b, c, d), rows[i].name);
	}
	CHECK(risk_distance_m(50000000, 10000000, 50000000, 10000000) == 0);
	CHECK(risk_distance_m(50000000, 10000000, 50000090, 10000000) == 10);
	CHECK_EQ(risk_distance_m(0, 179500000, 0, -179500000), 111195, "to the metre across the date line");
}

/* ---- dwell ---- */

/* n packs: half of them stay half, half of them twice as long as a day. */
static struct risk_habit habit_of(enum who w, uint32_t n)
{
	struct risk_habit h = { .party = gln(w) };

	for (uint32_t i = 0; i < n; i++)
		risk_habit_learn(&h, i % 2 ? 2 * DAY : DAY / 2);
	return h;
}

static const struct risk_reason *dwell_at_d(const struct risk_habit *h, uint64_t dwell_s, bool gone, struct risk *out)
{
	struct risk_seen all[2] = { seen(D, SEEN_RECEIVE, 0, D), seen(D, SEEN_SHIP, dwell_s, P) };
	struct risk_question q = { .seen = all, .seen_n = gone ? 2 : 1, .now = seen(gone ? P : D, SEEN_SCAN, dwell_s, D),
				   .habits = h, .habits_n = 1 };

	risk_judge(&q, out);
	return reason_of(out, RISK_DWELL_UNUSUAL);
}

static void test_dwell(void)
{
	/* mean a day, one octave of spread: four sigmas are a factor of 16 (a little more, by n - 1) */
	const struct {
		const char *name;
		uint32_t n;
		enum who party;
		uint64_t dwell_s;
		bool gone, said;
	} rows[] = {
		{ "as usual", 100, D, DAY, true, false },
		{ "long", 100, D, 15 * DAY, true, false },
		{ "too long", 100, D, 18 * DAY, true, true },
		{ "short", 100, D, DAY / 15, true, false },
		{ "too short", 100, D, DAY / 18, true, true },
		{ "no time at all", 100, D, 0, true, true },
		{ "still there, too long", 100, D, 18 * DAY, false, true },
		{ "still there, not yet too short", 100, D, DAY / 18, false, false },
		{ "another's habit", 100, E, 18 * DAY, true, false },
		{ "too few to be a habit", RISK_DWELLS_MIN - 1, D, 400 * DAY, true, false },
		{ "enough to be one", RISK_DWELLS_MIN, D, 400 * DAY, true, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct risk_habit h = habit_of(rows[i].party, rows[i].n);
		const struct risk_reason *r;
		struct risk out;

		r = dwell_at_d(&h, rows[i].dwell_s, rows[i].gone, &out);
		CHECK_ROW((r != NULL) == rows[i].said, rows[i].name);
		CHECK_ROW(out.score == (rows[i].said ? 15 : 0), rows[i].name);
		if (r)
			CHECK_ROW(r->gln == gln(D) && r->dwell_s == rows[i].dwell_s && (r->usual_s + HOUR / 2) / HOUR == 24, rows[i].name);
	}
}

/* A stay is told of when the pack is seen there, not when somebody else has a copy. */
static void test_dwell_of_another(void)
{
	struct risk_seen came = seen(D, SEEN_RECEIVE, 0, D);
	struct risk_habit h = habit_of(D, 100);
	struct risk_question q = { .seen = &came, .seen_n = 1, .now = seen(P, SEEN_SCAN, 40 * DAY, P), .habits = &h, .habits_n = 1 };
	struct risk out;

	risk_judge(&q, &out);
	CHECK(!reason_of(&out, RISK_DWELL_UNUSUAL));
}

/* A party that is as punctual as a clock is not blamed for an hour. */
static void test_dwell_of_a_punctual_party(void)
{
	struct risk_habit h = { .party = gln(D) };
	struct risk out;

	for (int i = 0; i < 100; i++)
		risk_habit_learn(&h, DAY);
	CHECK(h.spread == 0);
	CHECK(!dwell_at_d(&h, 4 * DAY - HOUR, true, &out));
	CHECK(dwell_at_d(&h, 4 * DAY + HOUR, true, &out) != NULL);
}

static void test_habit(void)
{
	struct risk_habit h = { .party = gln(D) };

	risk_habit_learn(&h, 0);
	CHECK(h.n == 1 && h.mean == 0);
	h = (struct risk_habit){ 0 };
	risk_habit_learn(&h, 3);
	CHECK(h.mean > 103871 - 8 && h.mean < 103871 + 8); /* log2 3 = 1.584963 */
	h = (struct risk_habit){ 0 };
	risk_habit_learn(&h, UINT64_MAX);
	CHECK_EQ(h.mean, 40 * 65536, "no overflow");
	h = habit_of(D, 1000);
	CHECK(h.spread / 999 > 65536LL * 65536 * 99 / 100 && h.spread / 999 < 65536LL * 65536 * 101 / 100);
	h.n = RISK_DWELLS_MAX;
	risk_habit_learn(&h, 1);
	CHECK(h.n == RISK_DWELLS_MAX);
}

/* ---- the way ---- */

static void test_way(void)
{
	struct risk_seen s = { .act = SEEN_COMMISSION, .time_s = 100 };
	struct risk_way way = { .n = 0 };

	risk_way_add(&way, &s);
	for (uint64_t i = 1; i < RISK_WAY_MAX; i++) {
		s = (struct risk_seen){ .act = i % 2 ? SEEN_SCAN : SEEN_RECEIVE, .time_s = 200 + i, .party = i };
		risk_way_add(&way, &s);
	}
	s = (struct risk_seen){ .act = SEEN_SHIP, .time_s = 202, .party = 1000 };
	risk_way_add(&way, &s);
	CHECK(way.n == RISK_WAY_MAX && way.seen[0].act == SEEN_COMMISSION);
	CHECK_EQ(way.seen[1].party, 2, "the oldest scan made room");
	CHECK_EQ(way.seen[2].party, 1000, "in its place by time, after what came before it in that second");
	for (int i = 0; i < RISK_WAY_MAX; i++)
		risk_way_add(&way, &(struct risk_seen){ .act = SEEN_RECEIVE, .time_s = 1000 });
	CHECK(way.n == RISK_WAY_MAX && way.seen[0].time_s == 1000);
}

static void test_acts(void)
{
	static const struct {
		enum event_type type;
		enum risk_act act;
	} rows[] = { { EV_RETURN, SEEN_SHIP }, { EV_STOLEN, SEEN_STOLEN }, { EV_SIGHT, SEEN_SCAN }, { EV_ALARM, SEEN_SCAN },
		     { EV_EXPORT, SEEN_DESTROY }, { EV_UNDO_SAMPLE, SEEN_UNDO } };
	static const enum event_type none[] = { EV_PACK, EV_UNPACK, EV_UNLOCK, EV_MISSING, EV_SURPLUS, EV_ALARM_CASE, EV_RECALL,
						EV_QUERY, EV_CORRECTION };
	enum risk_act act;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_ROW(risk_act_of(rows[i].type, &act) && act == rows[i].act, event_kind(rows[i].type)->name);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK_ROW(!risk_act_of(none[i], &act), event_kind(none[i])->name);
}

/* ---- score and text ---- */

static void test_score(void)
{
	const struct risk_row *dup = risk_row(RISK_DUPLICATE_CLAIM), *dwell = risk_row(RISK_DWELL_UNUSUAL);
	struct risk_habit h = habit_of(D, 100);
	struct risk_seen all[3] = { seen(D, SEEN_RECEIVE, 0, D), seen(D, SEEN_SHIP, 40 * DAY, P), seen(P, SEEN_SCAN, 41 * DAY, P) };
	struct risk_question q = { .seen = all, .seen_n = 3, .now = seen(Q, SEEN_SCAN, 41 * DAY, Q), .habits = &h, .habits_n = 1 };
	struct risk out;

	q.now.lat_udeg += 9000000;
	risk_judge(&q, &out);
	CHECK(out.all_n == RISK_REASONS_MAX && out.all[0].kind == RISK_DUPLICATE_CLAIM && out.all[3].kind == RISK_DWELL_UNUSUAL);
	CHECK_EQ(out.score, 98, "1 - 0.2 x 0.2 x 0.7 x 0.85"); /* 97.62, chances cut to whole percents */
	CHECK(risk_row(0) == NULL && risk_row(5) == NULL);
	if (!t_check(dup && dwell, __LINE__, "rows are there", __FILE__, ""))
		return;
	CHECK(dup->weight >= RISK_ALARM && risk_row(RISK_IMPOSSIBLE_TRAVEL)->weight >= RISK_ALARM);
	CHECK(100 - (100 - risk_row(RISK_SKIPPED_HOP)->weight) * (100 - dwell->weight) / 100 < RISK_ALARM);
}

static void test_text(void)
{
	static const struct {
		const char *name, *text;
		struct risk_reason r;
	} rows[] = {
		{ "travel", "Seen 812 km apart within 14 minutes: 3480 km/h between 9521999000003 and 0000000000017",
		  { .kind = RISK_IMPOSSIBLE_TRAVEL, .gln = 9521999000003, .gln2 = 17, .apart_m = 811500, .apart_s = 840, .kmh = 3480 } },
		{ "dwell", "It stayed 433 hours with 9521999000001 where 24 are usual",
		  { .kind = RISK_DWELL_UNUSUAL, .gln = 9521999000001, .dwell_s = 433 * 3600 + 1799, .usual_s = 86400 } },
		{ "hop", "Nobody handed this pack over to 9521999000004: the ledger has it with 9521999000003",
		  { .kind = RISK_SKIPPED_HOP, .gln = 9521999000003, .gln2 = 9521999000004 } },
		{ "of what the asker may not know", "Two parties claim this pack: another party had it and it was seen at 9521999000004 "
		  "14 minutes later or earlier with no handover between them",
		  { .kind = RISK_DUPLICATE_CLAIM, .gln2 = 9521999000004, .apart_s = 840 } },
		{ "a kind of a newer program", "", { .kind = (enum risk_kind)99 } },
	};
	char buf[RISK_TEXT_MAX], small[10];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		risk_explain(&rows[i].r, buf, sizeof(buf));
		if (!t_check(strcmp(buf, rows[i].text) == 0, __LINE__, "text", __FILE__, rows[i].name))
			printf(": %s", buf);
	}
	risk_explain(&rows[0].r, small, sizeof(small));
	CHECK(strcmp(small, "Seen 812 ") == 0);
	risk_explain(&rows[0].r, small, 1);
	CHECK(small[0] == '\0');
}

/* The longest numbers there are fit, and no brace is left. */
static void test_longest_text(void)
{
	char buf[RISK_TEXT_MAX];

	for (uint64_t kind = 1; risk_row(kind); kind++) {
		const struct risk_reason r = { (enum risk_kind)kind, 9999999999999, 9999999999999, 20015000, UINT32_MAX, 1200900,
					       UINT32_MAX, UINT32_MAX };

		risk_explain(&r, buf, sizeof(buf));
		CHECK_ROW(strlen(buf) < sizeof(buf) - 1 && !strchr(buf, '{'), risk_row(kind)->name);
	}
}

T_MAIN("risk", T(test_custody), T(test_travel), T(test_travel_says_nothing_about), T(test_travel_before), T(test_distance),
       T(test_dwell), T(test_dwell_of_another), T(test_dwell_of_a_punctual_party), T(test_habit), T(test_way), T(test_acts), T(test_score), T(test_text), T(test_longest_text))
