/* A counter: the label is read, rightly or not, and answered as the product answers it. */
#include "tests/sim/sim.h"

#include <stdio.h>

#include "labels/gs1/gs1_elements.h"
#include "labels/gs1/gs1_id.h"

#define TEXT_MAX 128
#define GS "\x1d"

struct answer {
	bool alarm;
	enum reason reason;
	struct risk risk;
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
		.seen = p->history.seen, .seen_n = p->history.n, .now = sim_seen(&s->ledger, party, SEEN_SCAN, at_s, party),
		.habits = s->habits, .habits_n = SIM_PARTIES,
	};

	risk_judge(&q, out);
}

/* A reading.  as_printed: what was read is what stands on the label. */
static struct answer ask(struct sim *s, const struct sim_item *item, struct bytes text, bool as_printed, int party, uint64_t now_s)
{
	const struct sim_pack *p = &s->packs[item->pack];
	enum label_check label = p->maker != 0 ? LABEL_ABSENT : as_printed && item->sound_label ? LABEL_GOOD : LABEL_BAD;
	struct answer a = { .reason = REASON_UNREADABLE };
	struct verdict_question q;
	struct verdict_facts f;
	struct gs1_data d;
	struct fault fault;
	struct verdict v;

	if (gs1_parse(&d, text, GS1_LENIENT, &fault) != ERR_OK || !question_of(&d, p, &q))
		return a;
	world_must(verdict_gather(&s->ledger.w.st, &q, s->ledger.gln[party], &f));
	f.now_ms = now_s * 1000;
	verdict_decide(&f, &q, label, &v);
	a.reason = v.primary;
	if (f.pack_known && bytes_eq(q.serial, bytes_of_str(p->serial)))
		judge_risk(s, p, party, now_s + (uint64_t)s->ledger.skew_s[party], &a.risk);
	a.alarm = v.alarm || a.risk.score >= RISK_ALARM;
	return a;
}

/* The label is read again where an answer asks for it (unreadable) or is an alarm: the second answer counts. */
static struct answer read_and_ask(struct sim *s, const struct sim_item *item, int party, uint64_t now_s, bool *alarm_at_first)
{
	char right[TEXT_MAX], text[TEXT_MAX];
	size_t right_n = label_text(&s->packs[item->pack], item, right), n = right_n;
	bool wrong = sim_rate_hits(s, RATE_misread);
	struct answer a;

	memcpy(text, right, n);
	if (wrong)
		misread(&s->random, text, &n);
	a = ask(s, item, bytes_of(text, n), !wrong, party, now_s);
	*alarm_at_first = a.alarm;
	if (wrong && (a.alarm || a.reason == REASON_UNREADABLE) && !sim_rate_hits(s, RATE_misread_stays))
		a = ask(s, item, bytes_of(right, right_n), true, party, now_s);
	return a;
}

static void count_honest(struct sim_figures *f, const struct answer *a, bool alarm_at_first)
{
	f->honest_scans++;
	f->honest_alarms_at_first += alarm_at_first;
	f->risk_of_honest[a->risk.score]++;
	if (!a->alarm)
		return;
	f->honest_alarms++;
	if (a->risk.score >= RISK_ALARM)
		f->risk_alarms[a->risk.all[0].kind]++;
	else
		f->verdict_alarms[a->reason]++;
}

/* Which copy a pharmacy saw first, and whether there was an alarm by the first scan of another. */
static void count_copies(struct sim_pack *p, int item)
{
	if (p->first_item < 0)
		p->first_item = item;
	if (p->first_item == item || p->appeared_twice)
		return;
	p->appeared_twice = true;
	p->caught_by_then = p->flagged;
}

enum reason sim_counter(struct sim *s, int item, int party, uint64_t now_s)
{
	const struct sim_item *it = &s->items[item];
	struct sim_pack *p = &s->packs[it->pack];
	const struct member_row m = sim_member(&s->ledger, party);
	struct risk_seen sighting = sim_seen(&s->ledger, party, SEEN_SCAN, now_s + (uint64_t)s->ledger.skew_s[party], party);
	bool alarm_at_first;
	struct answer a = read_and_ask(s, it, party, now_s, &alarm_at_first);
	struct pack_view v;

	s->figures->scans++;
	p->flagged |= a.alarm;
	if (p->class == SIM_HONEST)
		count_honest(s->figures, &a, alarm_at_first);
	if (m.role == ROLE_PHARMACY)
		count_copies(p, item);
	if (a.reason == REASON_UNREADABLE || state_pack_view(&s->ledger.w.st, sim_gtin(p->maker), bytes_of_str(p->serial), &v) != ERR_OK)
		return a.reason;
	if (v.custody.holder != s->ledger.gln[party])
		sim_history_add(&p->history, &sighting);
	return a.reason;
}
