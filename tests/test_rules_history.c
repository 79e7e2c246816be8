/* Random histories of some packs and units, accepted and refused events mixed: what must hold whatever happens. */
#define run light_run /* a name of light.c that is one of ours too */
#include "node/core/light.c"
#undef run

#include "node/core/may_read.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/fakes/script.h"
#include "tests/t.h"

#define PACKS 36
#define UNITS 27
#define THINGS (PACKS + UNITS)
#define STEPS 3000
#define SEEDS 24
#define SUBJECT_BYTES 256

static const enum event_type types[] = {
	EV_SHIP, EV_SHIP, EV_SHIP, EV_VOID_SHIP, EV_RECEIVE, EV_RECEIVE, EV_RECEIVE, EV_DISPENSE, EV_UNDO_DISPENSE, EV_LOCK, EV_UNLOCK,
	EV_UNLOCK, EV_PACK, EV_PACK, EV_PACK, EV_UNPACK, EV_MISSING, EV_SURPLUS, EV_RETURN, EV_SAMPLE, EV_FREE_SAMPLE, EV_UNDO_SAMPLE,
	EV_UNDO_SAMPLE, EV_CHECK_OUT, EV_UNDO_CHECK_OUT, EV_UNDO_CHECK_OUT, EV_SIGHT, EV_ALARM, EV_RECALL, EV_CONFIRM, EV_RETRACT,
	EV_CORRECTION, EV_QUERY, EV_COMMISSION,
};
/* What a thing in a state mostly meets. */
static const enum event_type next_types[][4] = {
	[PACK_IN_TRANSIT] = { EV_RECEIVE, EV_RECEIVE, EV_VOID_SHIP, EV_MISSING },
	[PACK_DISPENSED] = { EV_UNDO_DISPENSE, EV_UNDO_DISPENSE, EV_SURPLUS, EV_LOCK },
	[PACK_SAMPLE] = { EV_UNDO_SAMPLE, EV_UNDO_SAMPLE, EV_SURPLUS, EV_UNDO_SAMPLE },
	[PACK_FREE_SAMPLE] = { EV_UNDO_SAMPLE, EV_UNDO_SAMPLE, EV_SURPLUS, EV_UNDO_SAMPLE },
	[PACK_CHECKED_OUT] = { EV_UNDO_CHECK_OUT, EV_UNDO_CHECK_OUT, EV_SURPLUS, EV_UNDO_CHECK_OUT },
};
/* Seldom, for long histories. */
static const enum event_type last_types[] = { EV_DESTROY, EV_EXPORT, EV_STOLEN };
static const char *const packs[PACKS] = {
	"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9",
	"C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "U1", "U2", "U3", "U4", "U5", "U6", "U7", "U8", "U9",
};
static const char *const units[UNITS] = {
	"#1", "#2", "#3", "#4", "#5", "#6", "#7", "#8", "#9", "@1", "@2", "@3", "@4", "@5", "@6", "@7", "@8", "@9",
	"%1", "%2", "%3", "%4", "%5", "%6", "%7", "%8", "%9",
};

/* Every accepted event and the hash of what it wrote, to be replayed. */
struct step {
	enum world_member signer;
	struct event ev;
	uint64_t now_ms;
	uint8_t groups[SUBJECT_BYTES], ssccs[SUBJECT_BYTES], fields[16];
	struct hash id, writes;
};
static struct step steps[STEPS];

static size_t accepted_of[256], refused_of[256]; /* by type, over all seeds */

struct run {
	struct script s;
	struct pack_view before[THINGS], after[THINGS];
	bool was[THINGS], is[THINGS];
	struct hash recall; /* the last RECALL */
	size_t accepted, refused;
	uint64_t first_ev;
};

static int pick(int n)
{
	return rand() % n;
}

/* ---- making events ---- */

static enum err view_err(struct world *w, size_t thing, struct pack_view *v)
{
	struct pack_id pack;
	int64_t unit;
	enum err e;

	if (thing < PACKS) {
		pack = script_pack(packs[thing]);
		return state_pack_view(&w->st, pack.gtin, pack.serial, v);
	}
	e = state_unit(&w->st, script_sscc(units[thing - PACKS]), &unit);
	return e ? e : state_unit_view(&w->st, unit, v);
}

static bool view_of(struct world *w, size_t thing, struct pack_view *v)
{
	return view_err(w, thing, v) == ERR_OK;
}

static enum world_member anybody(void)
{
	return (enum world_member)pick(WORLD_MEMBERS);
}

static enum world_member member_of(uint64_t gln)
{
	for (int m = 0; m < WORLD_MEMBERS; m++)
		if (world_gln((enum world_member)m) == gln)
			return (enum world_member)m;
	return anybody();
}

/* Somebody who may well do this, or anybody. */
static enum world_member pick_signer(const struct run *run, enum event_type type, size_t thing)
{
	const struct pack_view *v = &run->before[thing];

	if (type == EV_RECALL || type == EV_CONFIRM || type == EV_RETRACT || type == EV_QUERY)
		return pick(2) ? MFR : REG;
	if (pick(4) == 0 || !run->was[thing])
		return anybody();
	if (v->custody.peer && (type == EV_RECEIVE || type == EV_MISSING || (type == EV_UNPACK && pick(2))))
		return member_of(v->custody.peer);
	if (type == EV_UNLOCK && v->flags.of[FLAG_LOCKED].by)
		return member_of(v->flags.of[FLAG_LOCKED].by);
	return member_of(v->custody.holder);
}

static uint64_t pick_sscc(const struct run *run, size_t thing)
{
	struct unit_row row;
	const struct pack_view *v = &run->before[thing];

	if (run->was[thing] && v->above_n && pick(4) && state_unit_row(&run->s.w.st, v->above[0], &row) == ERR_OK)
		return row.sscc;
	return script_sscc(units[pick(UNITS)]);
}

static uint64_t pick_receiver(const struct run *run, size_t thing)
{
	uint64_t claimant = run->was[thing] ? run->before[thing].flags.of[FLAG_CLAIMED].by : 0;

	return claimant && pick(2) ? claimant : world_gln(anybody());
}

/* The event that put a thing where it is. */
static struct hash pick_event(const struct run *run, size_t thing)
{
	uint64_t ev = run->was[thing] && pick(8) ? run->before[thing].custody.ev : (uint64_t)pick((int)run->s.w.ev - 1) + 1;
	struct event_row row = { .id = { { 1 } } };

	world_must(state_event(&run->s.w.st, ev, &row));
	return row.id;
}

static void set_fields(const struct run *run, struct event *ev, size_t thing, struct step *step)
{
	switch ((int)ev->type) {
	case EV_SHIP:
	case EV_RETURN:
		ev->u.gln = pick_receiver(run, thing);
		break;
	case EV_VOID_SHIP:
	case EV_UNDO_DISPENSE:
	case EV_UNDO_SAMPLE:
	case EV_UNDO_CHECK_OUT:
		ev->u.hash = pick_event(run, thing);
		break;
	case EV_PACK:
	case EV_UNPACK:
		ev->u.sscc = ev->type == EV_PACK ? script_sscc(units[pick(UNITS)]) : pick_sscc(run, thing);
		break;
	case EV_DESTROY:
	case EV_LOCK:
	case EV_STOLEN:
	case EV_CHECK_OUT:
		ev->u.reason = BYTES_LIT("because");
		break;
	case EV_EXPORT:
		ev->u.country = (struct country){ "CH" };
		break;
	case EV_ALARM:
		ev->u.alarm.gtin = world_gtin(MFR);
		snprintf((char *)step->fields, sizeof(step->fields), "A%d", pick(9));
		ev->u.alarm.serial = bytes_of(step->fields, 2);
		ev->u.alarm.reason = 1;
		break;
	case EV_RECALL:
		ev->u.recall.gtin = world_gtin(MFR);
		ev->u.recall.lot = BYTES_LIT(SCRIPT_LOT_B);
		ev->u.recall.defect = 2;
		ev->u.recall.why = BYTES_LIT("because");
		break;
	case EV_CONFIRM:
		ev->u.hash = run->recall;
		break;
	case EV_RETRACT:
	case EV_CORRECTION:
		ev->u.about.hash = ev->type == EV_RETRACT ? run->recall : pick_event(run, thing);
		ev->u.about.text = BYTES_LIT("because");
		break;
	case EV_QUERY:
		ev->u.query.what = ev->u.query.why = BYTES_LIT("because");
		break;
	default:
		break;
	}
}

/* One to three things, mostly of neighbouring fate so that some events are accepted. */
static void set_subject(struct run *run, struct event *ev, size_t thing)
{
	enum subject_kind kind = event_kind(ev->type)->subject;
	size_t n = pick(3) || ev->type == EV_COMMISSION ? 1 : 1 + (size_t)pick(3), packs_n = 0, units_n = 0;
	struct pack_id ids[3];
	uint64_t ssccs[3];

	if (kind == SUBJECT_NONE)
		return;
	for (size_t i = 0; i < n && thing + i < THINGS; i++) {
		if (thing + i < PACKS)
			ids[packs_n++] = script_pack(packs[thing + i]);
		else if (kind == SUBJECT_UNITS)
			ssccs[units_n++] = script_sscc(units[thing + i - PACKS]);
	}
	if (packs_n + units_n == 0)
		ids[packs_n++] = script_pack(packs[0]);
	world_subject(&run->s.w, ev, ids, packs_n, ssccs, units_n);
}

static struct bytes keep(uint8_t *to, struct bytes b)
{
	if (b.p == NULL)
		return b;
	if (b.n > SUBJECT_BYTES)
		abort();
	memcpy(to, b.p, b.n);
	return bytes_of(to, b.n);
}

static enum event_type pick_type(const struct run *run, size_t thing)
{
	const struct pack_view *v = &run->before[thing];
	enum pack_state state = run->was[thing] ? v->custody.state : PACK_NONE;

	if (pick(150) == 0)
		return last_types[pick(3)];
	if (state != PACK_NONE && v->flags.of[FLAG_LOCKED].by && pick(2))
		return EV_UNLOCK;
	if (state < sizeof(next_types) / sizeof(next_types[0]) && next_types[state][0] && pick(4))
		return next_types[state][pick(4)];
	return types[pick(sizeof(types) / sizeof(types[0]))];
}

/* Keeps what it made in step, which a replay repeats. */
static void make_event(struct run *run, struct step *step)
{
	size_t thing = (size_t)pick(THINGS);
	enum event_type type;

	while (!run->was[thing] && pick(8))
		thing = (size_t)pick(THINGS);
	type = pick_type(run, thing);
	step->signer = pick_signer(run, type, thing);
	step->ev = world_event(&run->s.w, step->signer, type);
	step->now_ms = run->s.w.now_ms;
	set_subject(run, &step->ev, thing);
	step->ev.groups = keep(step->groups, step->ev.groups);
	step->ev.ssccs = keep(step->ssccs, step->ev.ssccs);
	set_fields(run, &step->ev, thing, step);
}

/* ---- what must hold ---- */

static bool same_custody(const struct pack_view *a, const struct pack_view *b)
{
	return a->custody.holder == b->custody.holder && a->custody.state == b->custody.state &&
	       a->custody.peer == b->custody.peer;
}

static bool same_flags(const struct flags_row *a, const struct flags_row *b)
{
	for (int i = 0; i < FLAG_KINDS; i++)
		if (a->of[i].by != b->of[i].by || a->of[i].ev != b->of[i].ev)
			return false;
	return true;
}

static bool same(const struct pack_view *a, const struct pack_view *b)
{
	return same_custody(a, b) && a->custody.ev == b->custody.ev && a->unit == b->unit && same_flags(&a->flags, &b->flags) &&
	       same_flags(&a->around, &b->around) && a->above_n == b->above_n &&
	       memcmp(a->above, b->above, a->above_n * sizeof(a->above[0])) == 0;
}

/* Whether gln had claimed it or a unit around it. */
static bool claimed(const struct run *run, size_t thing, uint64_t gln)
{
	const struct pack_view *v = &run->before[thing];

	if (v->flags.of[FLAG_CLAIMED].by == gln)
		return true;
	for (size_t i = PACKS; i < THINGS; i++)
		for (size_t k = 0; run->was[i] && k < v->above_n; k++)
			if (run->before[i].unit == v->above[k] && run->before[i].flags.of[FLAG_CLAIMED].by == gln)
				return true;
	return false;
}

/* Custody passes by a receipt of what was sent, or by a shipment of what was received. */
static bool rightly_passed(const struct run *run, size_t thing, const struct event *ev)
{
	const struct pack_view *before = &run->before[thing], *after = &run->after[thing];

	if (before->custody.state == PACK_IN_TRANSIT)
		return ev->type == EV_RECEIVE && before->custody.peer == after->custody.holder;
	return (ev->type == EV_SHIP || ev->type == EV_RETURN) && before->custody.state == PACK_ACTIVE &&
	       after->custody.holder == ev->u.gln && claimed(run, thing, ev->u.gln);
}

static bool may_move_locked(enum event_type type)
{
	return type == EV_RECEIVE || type == EV_VOID_SHIP || type == EV_SAMPLE;
}

static void check_thing(const struct run *run, size_t i, const struct event *ev, const char *name)
{
	const struct pack_view *before = &run->before[i], *after = &run->after[i];
	enum pack_state from = before->custody.state;

	CHECK_ROW(run->is[i] || !run->was[i], name); /* what was made stays */
	if (!run->is[i])
		return;
	CHECK_ROW(after->custody.holder != 0 && after->custody.ev != 0, name);
	CHECK_ROW((after->custody.state == PACK_IN_TRANSIT) == (after->custody.peer != 0), name);
	CHECK_ROW(after->custody.peer != after->custody.holder, name);
	if (!run->was[i])
		return;
	if (event_kind(ev->type)->subject != SUBJECT_UNITS)
		CHECK_ROW(same(before, after), name);
	if (from == PACK_DESTROYED || from == PACK_EXPORTED)
		CHECK_ROW(same_custody(before, after) && before->custody.ev == after->custody.ev, name);
	if (before->flags.of[FLAG_STOLEN].by)
		CHECK_ROW(after->flags.of[FLAG_STOLEN].ev == before->flags.of[FLAG_STOLEN].ev, name);
	if (pack_view_flag(before, FLAG_STOLEN))
		CHECK_ROW(same_custody(before, after), name);
	if (pack_view_flag(before, FLAG_LOCKED) && !may_move_locked(ev->type))
		CHECK_ROW(same_custody(before, after), name);
	if (before->custody.holder != after->custody.holder)
		CHECK_ROW(rightly_passed(run, i, ev), name);
}

static bool recount_all(struct run *run, const char *name)
{
	struct pack_id ids[PACKS];
	uint64_t ssccs[UNITS];

	for (size_t i = 0; i < PACKS; i++)
		ids[i] = script_pack(packs[i]);
	for (size_t i = 0; i < UNITS; i++)
		ssccs[i] = script_sscc(units[i]);
	return recount(&run->s.w.st, ids, PACKS, ssccs, UNITS, name);
}

static void look(struct run *run, struct pack_view *views, bool *there)
{
	for (size_t i = 0; i < THINGS; i++)
		there[i] = view_of(&run->s.w, i, &views[i]);
}

static struct hash writes_of(const struct world *w)
{
	struct hash h;

	crypto_sha256(&h, bytes_of(w->buf, w->ws.w.n));
	return h;
}

static void one_step(struct run *run)
{
	struct step *step = &steps[run->accepted];
	const char *name;
	enum err e;

	look(run, run->before, run->was);
	make_event(run, step);
	name = event_kind(step->ev.type)->name;
	e = world_apply(&run->s.w, step->signer, &step->ev);
	look(run, run->after, run->is);
	for (size_t i = 0; i < THINGS; i++) {
		check_thing(run, i, &step->ev, name);
		if (e)
			CHECK_ROW(run->was[i] == run->is[i] && (!run->is[i] || same(&run->before[i], &run->after[i])), name);
	}
	(e ? refused_of : accepted_of)[step->ev.type]++;
	run->refused += e != ERR_OK;
	if (e)
		return;
	CHECK_ROW(recount_all(run, name), name);
	if (step->ev.type == EV_RECALL)
		run->recall = run->s.w.last_id;
	step->id = run->s.w.last_id;
	step->writes = writes_of(&run->s.w);
	run->accepted++;
	run->s.w.now_ms += (uint64_t)pick(100000);
}

static void begin(struct script *s)
{
	script_init(s);
	world_set_member(&s->w, DIST2, true, NULL);
}

/* The same events on a fresh state write the same bytes. */
static void replay(const struct run *run)
{
	struct script s;

	begin(&s);
	for (size_t i = 0; i < run->accepted; i++) {
		struct event ev = steps[i].ev;
		struct hash h;

		s.w.now_ms = steps[i].now_ms;
		CHECK(world_apply(&s.w, steps[i].signer, &ev) == ERR_OK);
		h = writes_of(&s.w);
		CHECK(hash_eq(&h, &steps[i].writes));
	}
	script_free(&s);
}

/* ---- a light copy beside it ---- */

static enum err on_light(struct world *w, const struct event *ev, const struct reader *reader, uint64_t signer)
{
	static uint8_t buf[64 * 1024];
	const struct chain_overlay ov = { .state = w->st };
	struct signed_event se = { .event = *ev };
	struct parties parties;
	struct bytes written;
	struct writes ws;
	struct light_run r = { .ov = &ov, .ws = &ws, .at = { w->ev, w->now_ms, w->chain_id } };
	enum err e = ERR_OK;

	writes_init(&ws, buf, sizeof(buf));
	parties_of_event(&parties, ev, signer);
	if (may_read(reader, ev->type, &parties))
		e = put_shown(&r, &se);
	else
		put_hidden(&r, &ev->id);
	if (e == ERR_OK)
		e = wr_end(&ws.w, &written);
	if (e != ERR_OK)
		return e;
	memstate_apply(w->mem, written);
	w->ev++;
	return ERR_OK;
}

/* What it counted never went below zero. */
static bool counts_hold(struct world *w, const struct pack_view *v)
{
	const uint64_t most = 1 << 20;
	struct unit_row row;

	for (size_t i = v->unit < 0 ? 0 : 1; i <= v->above_n; i++)
		if (state_unit_row(&w->st, i ? v->above[i - 1] : v->unit, &row) != ERR_OK || row.packs > most || row.locked > most ||
		    row.stolen > most || row.children > most)
			return false;
	return true;
}

/* Whatever it missed: it takes every event, and everything it knows can be read. */
static void follow(const struct run *run, enum world_member who)
{
	const struct reader reader = { world_gln(who), false };
	bool stolen[THINGS] = { false };
	struct world w;

	world_init(&w, 1);
	for (size_t i = 0; i < 2; i++)
		world_must(world_lot(&w, MFR, world_gtin(MFR), i ? SCRIPT_LOT_U : SCRIPT_LOT_B, 20991231));
	world_must(world_release(&w, MFR, SCRIPT_LOT_B));
	w.ev = run->first_ev;
	for (size_t i = 0; i < run->accepted; i++) {
		const char *name = event_kind(steps[i].ev.type)->name;
		struct event ev = steps[i].ev;
		struct pack_view v;

		ev.id = steps[i].id;
		ev.kid = w.kid[steps[i].signer];
		w.now_ms = steps[i].now_ms;
		CHECK_EQ(on_light(&w, &ev, &reader, world_gln(steps[i].signer)), ERR_OK, name);
		for (size_t t = 0; t < THINGS; t++) {
			enum err e = view_err(&w, t, &v);

			CHECK_ROW(e == ERR_NOT_FOUND || (e == ERR_OK && counts_hold(&w, &v)), name);
			CHECK_ROW(!stolen[t] || (e == ERR_OK && v.flags.of[FLAG_STOLEN].by), name);
			stolen[t] = e == ERR_OK && v.flags.of[FLAG_STOLEN].by;
		}
	}
	world_free(&w);
}

static void test_histories(void)
{
	static struct run run;

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		run = (struct run){ .accepted = 0 };
		srand(seed);
		begin(&run.s);
		run.first_ev = run.s.w.ev;
		for (size_t i = 0; i < STEPS; i++)
			one_step(&run);
		CHECK(run.accepted > 500 && run.refused > 500);
		replay(&run);
		for (int m = 0; m < WORLD_MEMBERS; m++)
			follow(&run, (enum world_member)m);
		script_free(&run.s);
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] != EV_COMMISSION) /* of serials that are there: always refused */
			CHECK_ROW(accepted_of[types[i]] > 10 && refused_of[types[i]] > 10, event_kind(types[i])->name);
	for (size_t i = 0; i < sizeof(last_types) / sizeof(last_types[0]); i++)
		CHECK_ROW(accepted_of[last_types[i]] > 10, event_kind(last_types[i])->name);
}

T_MAIN("rules_history", T(test_histories))
