/* A seeded country of packs: honest trade with its noise, and fakes put in.  What is measured is the product: the rules keep
 * the ledger, verdict_gather() and verdict_decide() answer each scan, risk_judge() advises.
 *
 * Caught: a scan of the identity (GTIN and serial) raised an alarm.  Alarm: of the verdict (reasons.csv), or a risk score of
 * RISK_ALARM and more; and a second reading of the label says the same, which the node waits for (resource_reports.c) as no
 * reading here is of a picture.  What it signs then, alarms and sightings, goes through the rules and is part of the pack's way. */
#ifndef RX_SIM_H
#define RX_SIM_H

#include "node/core/verdict.h"
#include "tests/sim/sim_history.h"
#include "tests/sim/sim_rates.h"

#define SIM_TUNING_SEED 1 /* this and the following SIM_SEEDS - 1 were looked at while weights and limits were chosen */
#define SIM_REPORTED_SEED 6001 /* these were not, nor when one of several weights and rules was preferred */
#define SIM_SEEDS 10
#define SIM_RATES_PATH "tests/sim/rates.csv"

#define SIM_REACH_ALARMS 0.0005 /* alarms for each honest scan: the EU's own target */
#define SIM_REACH_F1 0.86

#define SIM_LOT_PACKS 50

enum sim_class { SIM_HONEST, SIM_CLONE, SIM_MADE_UP, SIM_ALTERED, SIM_STOLEN, SIM_CLASSES };

/* An identity: what a label says. */
struct sim_pack {
	char serial[SERIAL_MAX + 1], lot[LOT_MAX + 1];
	int maker;
	enum sim_class class; /* of what was put in under this identity */
	struct risk_way way;
	struct hash shipped, dispensed; /* ids of its last such events */
	int pharmacy; /* where it is to go first */
	uint64_t arrives_s, ends_s; /* at the distributor; when its plan ends */
	/* found */
	bool flagged;
	int first_item; /* the first that a pharmacy scanned; -1: none yet */
	bool appeared_twice, caught_by_then, accepted_then; /* by the first scan of a second copy; what that scan was answered */
	bool sent_on; /* shipped by a pharmacy, as the ledger knows, before it appeared twice */
};

/* A thing with a label on it: the pack itself, or a copy. */
struct sim_item {
	int pack;
	bool genuine;
	bool asked; /* its holder was asked about it */
	uint64_t gone; /* stolen or set aside: steps planned before this one are not for it any more */
	uint32_t expiry; /* on the label */
	bool sound_label; /* says what the maker signed */
};

enum sim_step_kind {
	STEP_RELEASE, STEP_NOTICE, STEP_MAKE, STEP_SHIP_LOT, STEP_RECEIVE_LOT, STEP_EVENT, STEP_SCAN, STEP_ASK_HOLDER, STEP_STEAL
};
struct sim_step {
	uint64_t t_s, order;
	enum sim_step_kind kind;
	int item; /* of a lot: its first */
	int party, peer;
	enum event_type type;
	uint64_t at_s; /* what an event says of its time; until when a notice holds */
};

struct sim {
	struct sim_random random;
	const struct sim_rates *rates;
	struct sim_ledger ledger;
	struct risk_habit habits[SIM_PARTIES];
	struct sim_pack *packs;
	struct sim_item *items;
	int packs_n, items_n; /* the first packs_n items are the packs themselves */
	struct sim_step *steps; /* a heap */
	size_t steps_n, steps_cap;
	uint64_t order;
	struct sim_figures *figures;
};

struct sim_figures {
	uint64_t seeds, packs, events, refused;
	uint64_t scans, honest_scans, honest_alarms;
	uint64_t alarms, sightings; /* events of scans */
	uint64_t honest_alarms_at_first; /* had there been no second reading */
	uint64_t risk_of_honest[RISK_SCORE_MAX + 1]; /* honest scans by score */
	uint64_t verdict_alarms[REASON_NUMBER_MAX + 1], risk_alarms[RISK_REASONS_MAX + 1]; /* of honest scans, by the first reason */
	uint64_t injected[SIM_CLASSES], caught[SIM_CLASSES]; /* identities */
	uint64_t honest_flagged; /* identities */
	/* seen by pharmacies in two copies; caught by the second one's first scan; not caught by then, of packs that the first
	 * pharmacy had returned: for the ledger they may well appear elsewhere */
	uint64_t clones_twice, clones_caught_twice, clones_sent_on, clones_accepted;
};

/* One seed with so many packs (whole lots), added to figures. */
void sim_run(const struct sim_rates *rates, uint64_t seed, int packs, struct sim_figures *figures);

double sim_precision(const struct sim_figures *f);
double sim_recall(const struct sim_figures *f);
double sim_f1(const struct sim_figures *f);
double sim_alarm_rate(const struct sim_figures *f);

/* ---- between the parts ---- */

static inline double sim_rate(const struct sim *s, enum sim_rate rate)
{
	return s->rates->v[rate];
}

static inline bool sim_rate_hits(struct sim *s, enum sim_rate rate)
{
	return sim_chance(&s->random, sim_rate(s, rate));
}

/* sim_run.c: steps to come. */
void sim_step(struct sim *s, const struct sim_step *step);
void sim_gone(struct sim *s, int item);
/* An event that the rules accepted is part of the pack's way from now on. */
void sim_appear(struct sim *s, int pack, int party, enum event_type type, int peer, uint64_t at_s);
void sim_scan(struct sim *s, int item, int party, uint64_t t_s);
void sim_event(struct sim *s, int item, int party, enum event_type type, int peer, uint64_t t_s, uint64_t at_s);

/* sim_plan.c: what is to happen to lots and packs. */
void sim_plan_lot(struct sim *s, int first_item, uint64_t t_s);
int sim_other_pharmacy(struct sim *s, int pharmacy);

/* sim_fakes.c: what is put in; who asks the holder. */
void sim_inject(struct sim *s);
void sim_ask_holder(struct sim *s, const struct sim_step *step);
void sim_steal(struct sim *s, const struct sim_step *step);

/* sim_counter.c: a label is read and judged, the figures kept.  The verdict's reason comes back. */
enum reason sim_counter(struct sim *s, int item, int party, uint64_t now_s);

#endif
