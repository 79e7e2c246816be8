/* What a pack's way tells beside the verdict: a score with its reasons (schemas/risk.csv).  Advice to people: no rule and no
 * state depends on it, so it may use floating point and may differ between versions. */
#ifndef RX_RISK_H
#define RX_RISK_H

#include "gen/risk.h"
#include "node/core/event.h"

enum risk_kind {
#define X(name, number, weight, text, next) RISK_##name = (number),
	RISKS(X)
#undef X
};
#define RISK_REASONS_MAX 4 /* one of each: the strongest of its kind */
#define RISK_SCORE_MAX 100
#define RISK_ALARM 60 /* a score that is cause for an alarm: one strong witness, never the two weak ones together */
#define RISK_TEXT_MAX 256

struct risk_row {
	enum risk_kind kind;
	unsigned weight;
	const char *name, *text, *next;
};
const struct risk_row *risk_row(uint64_t number); /* NULL: unknown */

#define RISK_SKEW_S EVENT_AHEAD_S /* two clocks may differ by what the rules let them */
#define RISK_NEAR_M 25000 /* a GLN may be registered at the office and not at the counter: one conurbation is one place */
#define RISK_ROAD_KMH 130 /* a van on a motorway that never stops */
#define RISK_FLY_M 300000 /* nobody flies a parcel less far, door to door */
#define RISK_AIR_KMH 1000 /* cargo aircraft cruise at 900; the rest is tail wind */

#define RISK_DWELLS_MIN 30 /* a habit of fewer is none */
#define RISK_DWELLS_MAX 1000000 /* it stays as it is then: sums of squares fit 64 bits */
#define RISK_DWELL_SIGMAS 4 /* of log dwell; with the next one, under 1 in 10,000 of a log-normal habit */
#define RISK_DWELL_FACTOR_LOG2 2 /* and four times as long or as short: people do not mind less */

/* One appearance of the pack: an event of the ledger that names it, or a scan. */
enum risk_act {
	SEEN_COMMISSION, SEEN_SHIP, SEEN_VOID, SEEN_RECEIVE, SEEN_DISPENSE, SEEN_UNDO, SEEN_LOCK, SEEN_DESTROY,
	SEEN_STOLEN, /* its party misses it */
	SEEN_SCAN /* at a counter: a sighting, an alarm, or the scan being judged */
};
/* The appearance that an event of this type makes; false: none. */
bool risk_act_of(enum event_type type, enum risk_act *act);

struct risk_seen {
	enum risk_act act;
	uint64_t time_s; /* when it happened, as its party says; Unix seconds UTC */
	uint64_t party, place; /* GLNs: the organisation, and where it was */
	enum role role; /* of the party */
	uint64_t peer; /* SEEN_SHIP: to whom; else 0 */
	bool located; /* of the place; else it says nothing about travel */
	int32_t lat_udeg, lon_udeg; /* millionths of a degree */
};

/* Appearances by time, those of one second in the order they were added.  When it is full the oldest scan makes room. */
#define RISK_WAY_MAX 64 /* a pack that comes back twice makes 20 */
struct risk_way {
	struct risk_seen seen[RISK_WAY_MAX];
	size_t n;
};
void risk_way_add(struct risk_way *way, const struct risk_seen *s);

/* How long packs usually stay with a party: a running mean and spread of log2(seconds), in 1/65536. */
struct risk_habit {
	uint64_t party;
	uint32_t n;
	int64_t mean, spread; /* spread: sum of squared distances */
};
/* A pack stayed so long with h's party.  Less than a second counts as one. */
void risk_habit_learn(struct risk_habit *h, uint64_t dwell_s);

struct risk_question {
	const struct risk_seen *seen; /* by time, oldest first; events of one second in the order of the ledger */
	size_t seen_n;
	struct risk_seen now; /* what is judged; not in seen */
	const struct risk_habit *habits; /* in any order; a party without one has none yet */
	size_t habits_n;
};

/* What was found, by its kind; numbers that say nothing are 0. */
struct risk_reason {
	enum risk_kind kind;
	uint64_t gln, gln2; /* whom the ledger names, who has it now; or the two places; 0: withheld */
	uint64_t apart_m, apart_s; /* distance, time between the two */
	uint64_t kmh;
	uint64_t dwell_s, usual_s;
};

struct risk {
	unsigned score; /* 0: nothing was found */
	struct risk_reason all[RISK_REASONS_MAX]; /* in the order of risk.csv */
	size_t all_n;
};
void risk_judge(const struct risk_question *q, struct risk *out);

/* The text of a reason with its numbers in it, NUL at the end; cut at cap, which is not 0.  RISK_TEXT_MAX is enough. */
void risk_explain(const struct risk_reason *r, char *buf, size_t cap);

/* Great-circle distance in metres, on a sphere: within 0.6 % of the Earth's. */
uint64_t risk_distance_m(int32_t lat1_udeg, int32_t lon1_udeg, int32_t lat2_udeg, int32_t lon2_udeg);

#endif
