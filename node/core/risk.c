#include "node/core/risk.h"

static const struct risk_row rows[] = {
#define X(name, number, weight, text, next) { (enum risk_kind)(number), weight, #name, text, next },
	RISKS(X)
#undef X
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

_Static_assert(ROWS <= RISK_REASONS_MAX, "a reason of each kind has room");

const struct risk_row *risk_row(uint64_t number)
{
	for (size_t i = 0; i < ROWS; i++)
		if ((uint64_t)rows[i].kind == number)
			return &rows[i];
	return NULL;
}

/* One question being judged: what the pack's way told so far. */
struct way {
	const struct risk_question *q;
	struct risk_reason found[ROWS]; /* kind 0: not found */
	/* custody, as far as the events tell */
	uint64_t holder, peer; /* peer 0: not in transit */
	bool in_hand; /* the holder or the peer showed that the pack is there, not only that it should be */
	struct risk_seen hand; /* when */
	struct risk_seen stray; /* a scan that no handover explains yet; party 0: none */
	/* where it stood last, for travel and dwell */
	struct risk_seen stood; /* party 0: nowhere yet */
	struct risk_seen arrived; /* at the holder; party 0: left again */
};

/* In place of one of its kind that was found before. */
static void find(struct way *w, const struct risk_reason *r)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].kind == r->kind)
			w->found[i] = *r;
}

static struct risk_reason *found(struct way *w, enum risk_kind kind)
{
	size_t i = 0;

	while (rows[i].kind != kind)
		i++;
	return w->found[i].kind ? &w->found[i] : NULL;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* ---- travel ---- */

/* The pack itself was there: papers are written elsewhere and at other times, and receiving is booked from the delivery note.
 * Regulators carry scanners about. */
static bool in_person(const struct risk_seen *s)
{
	return s->role != ROLE_REGULATOR && (s->act == SEEN_DISPENSE || s->act == SEEN_SCAN);
}

static bool too_fast(uint64_t m, uint64_t s)
{
	uint64_t kmh = m < RISK_FLY_M ? RISK_ROAD_KMH : RISK_AIR_KMH;

	return m >= RISK_NEAR_M && m * 3600 > kmh * 1000 * (s + RISK_SKEW_S);
}

static void look_at_travel(struct way *w, const struct risk_seen *s)
{
	const struct risk_seen *from = &w->stood;
	struct risk_reason r = { .kind = RISK_IMPOSSIBLE_TRAVEL, .gln = from->place, .gln2 = s->place };
	const struct risk_reason *before = found(w, RISK_IMPOSSIBLE_TRAVEL);

	if (!in_person(s) || !s->located)
		return;
	if (from->party && from->place != s->place) {
		r.apart_m = risk_distance_m(from->lat_udeg, from->lon_udeg, s->lat_udeg, s->lon_udeg);
		r.apart_s = apart(s->time_s, from->time_s);
		r.kmh = r.apart_m * 3600 / 1000 / (r.apart_s < 60 ? 60 : r.apart_s);
		if (too_fast(r.apart_m, r.apart_s) && (!before || r.kmh > before->kmh))
			find(w, &r);
	}
	w->stood = *s;
}

/* ---- custody ---- */

/* Somebody had it in hand.  With a pharmacy a pack is at the end of its way; one that was locked or destroyed was looked at.  A manufacturer's or
 * distributor's may be on its way again, before the paper says so. */
static void take(struct way *w, const struct risk_seen *s)
{
	if (s->role != ROLE_PHARMACY && s->act != SEEN_LOCK && s->act != SEEN_DESTROY)
		return;
	w->in_hand = true;
	w->hand = *s;
}

/* The present one alone is judged: what was found out about earlier ones was said then, what still stands shows again. */
static void claim(struct way *w, const struct risk_seen *a, const struct risk_seen *b)
{
	const struct risk_reason r = { .kind = RISK_DUPLICATE_CLAIM, .gln = a->party, .gln2 = b->party,
				       .apart_s = apart(a->time_s, b->time_s) };

	if (b == &w->q->now)
		find(w, &r);
}

/* Where the ledger has it.  A stray is told of once. */
static void at_its_place(struct way *w, const struct risk_seen *s)
{
	if (w->stray.party && w->stray.party != s->party)
		claim(w, &w->stray, s);
	w->stray.party = 0;
	take(w, s);
}

/* Goods come before data: from who passes packs on, and back to a supplier from a pharmacy that can still return it. */
static bool may_be_late(const struct way *w, const struct risk_seen *s)
{
	bool done = w->hand.act == SEEN_DISPENSE || w->hand.act == SEEN_LOCK || w->hand.act == SEEN_DESTROY;

	return !w->in_hand || (!done && s->role != ROLE_PHARMACY);
}

static void out_of_place(struct way *w, const struct risk_seen *s)
{
	const struct risk_reason r = { .kind = RISK_SKIPPED_HOP, .gln = w->holder, .gln2 = s->party };

	if (s == &w->q->now)
		find(w, &r);
	if (!may_be_late(w, s))
		claim(w, &w->hand, s);
	else if (w->stray.party && w->stray.party != s->party)
		claim(w, &w->stray, s);
	w->stray = *s;
}

static void scanned(struct way *w, const struct risk_seen *s)
{
	if (s->role == ROLE_REGULATOR || w->holder == 0)
		return;
	if (s->party == w->peer || (s->party == w->holder && w->peer == 0))
		at_its_place(w, s);
	else if (s->party != w->holder)
		out_of_place(w, s);
}

static void explain_stray(struct way *w, uint64_t party)
{
	if (w->stray.party == party)
		w->stray = (struct risk_seen){ .party = 0 };
}

static void shipped(struct way *w, const struct risk_seen *s)
{
	if (s->peer == w->holder) /* received already, by a clock that runs behind */
		return;
	w->holder = s->party;
	w->peer = s->peer;
	w->in_hand = false;
	if (w->stray.party == s->peer) /* seen there before the paper said so */
		take(w, &w->stray);
	explain_stray(w, s->peer);
}

/* A pharmacy's receipt is its word that it has the pack.  Others book pallets: they have it in hand when they scanned it. */
static void received(struct way *w, const struct risk_seen *s)
{
	bool scanned = w->in_hand && w->hand.party == s->party;

	explain_stray(w, s->party);
	w->holder = s->party;
	w->peer = 0;
	w->in_hand = w->in_hand && scanned;
	take(w, s);
}

static void move(struct way *w, const struct risk_seen *s)
{
	switch (s->act) {
	case SEEN_COMMISSION:
		w->holder = s->party;
		return;
	case SEEN_SHIP:
		shipped(w, s);
		return;
	case SEEN_VOID: /* taken back from wherever it strayed to */
		w->peer = 0;
		w->in_hand = false;
		w->stray.party = 0;
		return;
	case SEEN_RECEIVE:
		received(w, s);
		return;
	case SEEN_DISPENSE:
		at_its_place(w, s);
		return;
	case SEEN_UNDO:
	case SEEN_LOCK: /* a regulator locks from afar */
	case SEEN_DESTROY:
		if (s->party == w->holder)
			take(w, s);
		return;
	case SEEN_STOLEN:
		w->in_hand = false;
		return;
	case SEEN_SCAN:
		scanned(w, s);
		return;
	}
}

/* ---- dwell ---- */

/* log2(v) in 1/65536, v at least 1: the place of the top bit, then a bit of the fraction for each squaring. */
static int64_t log2_q16(uint64_t v)
{
	int64_t log = 0;
	uint64_t m = v;

	while (m >> 32) { /* no dwell is that long, and squares fit */
		m >>= 1;
		log += 65536;
	}
	while (m >= 2) {
		m >>= 1;
		log += 65536;
	}
	m = (v << 16) >> (log >> 16); /* 1 to 2, in 1/65536; v is below 2^48 */
	for (int64_t bit = 32768; bit; bit >>= 1) {
		m = m * m >> 16;
		if (m >= 2 * 65536) {
			m >>= 1;
			log += bit;
		}
	}
	return log;
}

#define DWELL_MAX_S ((uint64_t)1 << 40) /* no pack is that old; log2_q16() shifts by 16 */

static int64_t log_dwell(uint64_t s)
{
	return log2_q16(s == 0 ? 1 : s < DWELL_MAX_S ? s : DWELL_MAX_S);
}

/* Welford's running mean and sum of squares. */
void risk_habit_learn(struct risk_habit *h, uint64_t dwell_s)
{
	int64_t x = log_dwell(dwell_s), off = x - h->mean;

	if (h->n == RISK_DWELLS_MAX)
		return;
	h->n++;
	h->mean += off / h->n;
	h->spread += off * (x - h->mean);
}

/* 2 to the power of log, which log_dwell() made, to be told to people: 1 + 0.6565 f + 0.3435 f^2 is within 0.3 % of 2^f. */
static uint64_t unlog(int64_t log)
{
	uint64_t v = (uint64_t)1 << (log >> 16), f = (uint64_t)(log & 65535);

	return v + (v * (f * (43024 + (22512 * f >> 16)) >> 16) >> 16);
}

static bool out_of_habit(const struct risk_habit *h, int64_t log)
{
	int64_t off = (int64_t)apart((uint64_t)log, (uint64_t)h->mean);

	if (h->n < RISK_DWELLS_MIN || off < RISK_DWELL_FACTOR_LOG2 * 65536)
		return false;
	return off * off > RISK_DWELL_SIGMAS * RISK_DWELL_SIGMAS * (h->spread / (h->n - 1));
}

static void compare_dwell(struct way *w, const struct risk_seen *from, const struct risk_seen *to, bool over)
{
	uint64_t dwell_s = to->time_s > from->time_s ? to->time_s - from->time_s : 0;
	int64_t log = log_dwell(dwell_s);

	for (size_t i = 0; i < w->q->habits_n; i++) {
		const struct risk_habit *h = &w->q->habits[i];
		const struct risk_reason r = { .kind = RISK_DWELL_UNUSUAL, .gln = from->party, .dwell_s = dwell_s,
					       .usual_s = unlog(h->mean) };

		if (h->party == from->party && (over || log > h->mean) && out_of_habit(h, log))
			find(w, &r);
	}
}

/* From the event that brought it to the one that took it away; a stay that still lasts can only be too long. */
static void look_at_dwell(struct way *w, const struct risk_seen *s)
{
	bool came = s->act == SEEN_COMMISSION || s->act == SEEN_RECEIVE;
	bool left = s->act == SEEN_SHIP || s->act == SEEN_DISPENSE;

	if (came) {
		w->arrived = *s;
	} else if (left && w->arrived.party == s->party) {
		compare_dwell(w, &w->arrived, s, true);
		w->arrived.party = 0;
	} else if (s == &w->q->now && s->party == w->arrived.party) {
		compare_dwell(w, &w->arrived, s, false);
	}
}

/* ---- all of it ---- */

static void look(struct way *w, const struct risk_seen *s)
{
	look_at_travel(w, s);
	move(w, s);
	look_at_dwell(w, s);
}

void risk_judge(const struct risk_question *q, struct risk *out)
{
	struct way w = { .q = q };
	unsigned doubt = 100 * 100; /* chance, in 1/10,000, that all witnesses are wrong */

	*out = (struct risk){ .score = 0 };
	for (size_t i = 0; i < q->seen_n; i++)
		look(&w, &q->seen[i]);
	look(&w, &q->now);
	for (size_t i = 0; i < ROWS; i++) {
		if (!w.found[i].kind)
			continue;
		out->all[out->all_n++] = w.found[i];
		doubt = doubt * (100 - rows[i].weight) / 100;
	}
	out->score = RISK_SCORE_MAX - doubt / 100;
}
