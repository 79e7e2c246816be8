/* A counter: the label is read, rightly or not, and answered as the product answers it. */
#include "tests/sim/sim.h"

#include <stdio.h>

#include "labels/gs1/gs1_elements.h"
#include "labels/gs1/gs1_id.h"

#define TEXT_MAX 128
#define GS "\x1d"

#define READINGS_MAX 4 /* of one label, until the answer stays */

struct answer {
	struct gs1_data d; /* what was read */
	struct verdict_question q; /* views into d */
	struct verdict v;
	struct risk risk;
	const struct reason_row *told; /* what the scanner tells its node; NULL: nothing */
};

static size_t label_text(const struct sim_pack *p, const struct sim_item *item, char text[TEXT_MAX])
{
	return (size_t)snprintf(text, TEXT_MAX, "01%014llu21%s" GS "17%06u10%s", (unsigned long long)sim_gtin(p->maker), p->serial,
				item->expiry % 1000000, p->lot);
}

/* What keyboards and tired eyes make of it: a look-alike, another case, or a lost GS. */
static void misread(struct sim_random *r, char *text, size_t *n)
{
	static const char pairs[] = "O0D03EE3lIIlYZZY8BB82ZZ25SS56GG6VUUV";
	size_t at = 16 + (size_t)sim_pick(r, (int)*n - 16); /* the check digit guards the GTIN */
	const char *gs = memchr(text, GS[0], *n);

	if (gs && sim_pick(r, 4) == 0) {
		memmove((char *)gs, gs + 1, (size_t)(text + *n - gs - 1));
		(*n)--;
		return;
	}
	for (size_t tries = 0; tries < *n; tries++, at = at + 1 < *n ? at + 1 : 18) {
		for (size_t i = 0; i + 1 < sizeof(pairs); i += 2) {
			if (pairs[i] == text[at]) {
				text[at] = pairs[i + 1];
				return;
			}
		}
	}
}

/* As the scanner makes it; false: "scan again", no question. */
static bool question_of(const struct gs1_data *d, const struct sim_pack *p, struct verdict_question *q)
{
	static const uint8_t key_id[LABEL_KEY_ID_LEN] = SIM_LABEL_KEY;
	struct bytes expiry = gs1_value(d, "17");
	bool month_only;

	*q = (struct verdict_question){ .serial = gs1_value(d, "21"), .lot = gs1_value(d, "10"), .signed_ = p->maker == 0 };
	memcpy(q->key_id, key_id, sizeof(key_id));
	if (gs1_gtin_parse(gs1_value(d, "01"), &q->gtin) != ERR_OK || !q->serial.p)
		return false;
	return !expiry.p || gs1_expiry_parse(expiry, 2024, &q->expiry, &month_only) == ERR_OK;
}

static void judge_risk(struct sim *s, const struct sim_pack *p, int party, uint64_t at_s, struct risk *out)
{
	const struct risk_question q = {
		.seen = p->way.seen, .seen_n = p->way.n, .now = sim_seen(&s->ledger, party, SEEN_SCAN, at_s, party),
		.habits = s->habits, .habits_n = SIM_PARTIES,
	};

	risk_judge(&q, out);
}

/* As scanner/report.c has it: the verdict's alarm, then the risk's, then a sighting. */
static const struct reason_row *worth_telling(const struct answer *a)
{
	const struct reason_row *seen = NULL;

	for (size_t i = 0; i < a->v.all_n; i++) {
		const struct reason_row *r = reason_row((uint64_t)a->v.all[i]);

		if (r->alarm)
			return r;
		if (r->reason == REASON_NOT_YOURS)
			seen = r;
	}
	return a->risk.score >= RISK_ALARM ? reason_row(REASON_RISK) : seen;
}

/* text is read.  as_printed: it is what stands on the label. */
static void ask(struct sim *s, const struct sim_item *item, struct answer *a, struct bytes text, bool as_printed, int party,
		uint64_t now_s)
{
	const struct sim_pack *p = &s->packs[item->pack];
	enum label_check label = p->maker != 0 ? LABEL_ABSENT : as_printed && item->sound_label ? LABEL_GOOD : LABEL_BAD;
	struct verdict_facts f;
	struct fault fault;

	verdict_unreadable(&a->v);
	a->risk.score = 0;
	a->told = NULL;
	if (gs1_parse(&a->d, text, GS1_LENIENT, &fault) != ERR_OK || !question_of(&a->d, p, &a->q))
		return;
	world_must(verdict_gather(&s->ledger.w.st, &a->q, s->ledger.gln[party], &f));
	f.now_ms = now_s * 1000;
	verdict_decide(&f, &a->q, label, &a->v);
	if (f.pack_known && bytes_eq(a->q.serial, bytes_of_str(p->serial)))
		judge_risk(s, p, party, now_s + (uint64_t)s->ledger.skew_s[party], &a->risk);
	a->told = worth_telling(a);
}

/* ---- what the node makes of it (resource_reports.c) ---- */

static uint64_t said_at(const struct sim *s, int party, uint64_t now_s)
{
	return now_s + (uint64_t)s->ledger.skew_s[party];
}

/* Of the pack itself, and not of what a label was misread as. */
static bool is_of(const struct answer *a, const struct sim_pack *p)
{
	return bytes_eq(a->q.serial, bytes_of_str(p->serial));
}

/* A case that is open with this site's word in it. */
static bool is_known(struct sim *s, const struct hash *alarm, uint64_t gln)
{
	struct event_row again = { .place = 0 };
	struct alarm_row row;

	if (state_alarm(&s->ledger.w.st, alarm, &row) != ERR_OK || row.state == ALARM_CLOSED)
		return false;
	if (row.again_ev)
		world_must(state_event(&s->ledger.w.st, row.again_ev, &again));
	return row.place == gln || again.place == gln;
}

static void raise_alarm(struct sim *s, int pack, const struct answer *a, int party, uint64_t now_s)
{
	uint64_t at_s = said_at(s, party, now_s);

	s->figures->alarms++;
	world_must(sim_ledger_alarm(&s->ledger, party, &a->q, a->told->reason, now_s, at_s));
	if (is_of(a, &s->packs[pack]))
		sim_appear(s, pack, party, EV_ALARM, party, at_s);
}

static void record_sight(struct sim *s, int pack, const struct answer *a, int party, uint64_t now_s)
{
	const struct sim_pack *p = &s->packs[pack];
	const struct sim_event e = { .type = EV_SIGHT, .party = party, .maker = p->maker, .lot = p->lot, .serials = &a->q.serial,
				     .serials_n = 1, .now_s = now_s, .at_s = said_at(s, party, now_s) };
	struct sight_row last;
	struct pack_view v;

	world_must(state_pack_view(&s->ledger.w.st, a->q.gtin, a->q.serial, &v));
	if (!a->q.lot.p || (state_sight(&s->ledger.w.st, v.unit, &last) == ERR_OK && last.place == s->ledger.gln[party]))
		return;
	s->figures->sightings++;
	world_must(sim_ledger_event(&s->ledger, &e));
	if (is_of(a, p))
		sim_appear(s, pack, party, EV_SIGHT, party, e.at_s);
}

/* Read until no alarm is left, or the same one twice.  What the last reading was answered stays in a; true: an alarm. */
static bool read_and_tell(struct sim *s, int i, int party, uint64_t now_s, struct answer *a, bool *alarm_at_first)
{
	const struct sim_item *item = &s->items[i];
	char right[TEXT_MAX], wrong[TEXT_MAX];
	size_t right_n = label_text(&s->packs[item->pack], item, right), wrong_n = right_n;
	bool misreads = sim_rate_hits(s, RATE_misread);
	struct hash noted = { { 0 } }, alarm;

	memcpy(wrong, right, right_n);
	if (misreads)
		misread(&s->random, wrong, &wrong_n);
	for (int reading = 0; reading < READINGS_MAX; reading++) {
		ask(s, item, a, misreads ? bytes_of(wrong, wrong_n) : bytes_of(right, right_n), !misreads, party, now_s);
		if (reading == 0)
			*alarm_at_first = a->told && a->told->alarm;
		misreads = misreads && sim_rate_hits(s, RATE_misread_stays);
		if (a->v.primary == REASON_UNREADABLE)
			continue;
		if (!a->told || !a->told->alarm)
			break;
		alarm_id(&alarm, a->q.gtin, a->q.serial, (uint64_t)a->told->reason);
		if (is_known(s, &alarm, s->ledger.gln[party]))
			return true;
		if (hash_eq(&alarm, &noted)) {
			raise_alarm(s, item->pack, a, party, now_s);
			return true;
		}
		noted = alarm;
	}
	if (a->told && !a->told->alarm)
		record_sight(s, item->pack, a, party, now_s);
	return false;
}

static void count_honest(struct sim_figures *f, const struct answer *a, bool alarm, bool alarm_at_first)
{
	f->honest_scans++;
	f->honest_alarms_at_first += alarm_at_first;
	f->risk_of_honest[a->risk.score]++;
	if (!alarm)
		return;
	f->honest_alarms++;
	if (a->told->reason == REASON_RISK)
		f->risk_alarms[a->risk.all[0].kind]++;
	else
		f->verdict_alarms[a->told->reason]++;
}

/* Which copy a pharmacy saw first, and whether there was an alarm by the first scan of another. */
static void count_copies(struct sim_pack *p, int item, const struct answer *a)
{
	if (p->first_item < 0)
		p->first_item = item;
	if (p->first_item == item || p->appeared_twice)
		return;
	p->appeared_twice = true;
	p->caught_by_then = p->flagged;
	p->accepted_then = a->v.kind == VERDICT_ACCEPT;
}

enum reason sim_counter(struct sim *s, int item, int party, uint64_t now_s)
{
	struct sim_pack *p = &s->packs[s->items[item].pack];
	bool alarm_at_first, alarm;
	struct answer a;

	alarm = read_and_tell(s, item, party, now_s, &a, &alarm_at_first);
	s->figures->scans++;
	p->flagged |= alarm;
	if (p->class == SIM_HONEST)
		count_honest(s->figures, &a, alarm, alarm_at_first);
	if (sim_member(&s->ledger, party).role == ROLE_PHARMACY)
		count_copies(p, item, &a);
	return a.v.primary;
}
