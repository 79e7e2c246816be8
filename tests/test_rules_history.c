/* Random histories of a few packs, accepted and refused events mixed: what must hold whatever happens. */
#include <stdlib.h>

#include "tests/fakes/world.h"
#include "tests/t.h"

#define PACKS 16
#define STEPS 3000
#define SEEDS 8

static const char *const serials[PACKS] = { "A", "B", "C", "D", "E", "F", "G", "H",
					    "I", "J", "K", "L", "M", "N", "O", "P" };
static const enum event_type types[] = { EV_COMMISSION, EV_SHIP, EV_SHIP, EV_VOID_SHIP, EV_RECEIVE, EV_RECEIVE,
					 EV_DISPENSE, EV_UNDO_DISPENSE, EV_DESTROY, EV_LOCK, EV_UNLOCK };

/* Every accepted event with what it wrote, to be replayed. */
struct step {
	enum world_member signer;
	struct event ev;
	uint64_t now_ms;
	uint8_t groups[128], writes[2048];
	size_t writes_n;
};
static struct step steps[STEPS];

static size_t accepted_of[256]; /* by type, over all seeds */

struct run {
	struct world w;
	struct hash last[PACKS]; /* the last event accepted on each pack */
	size_t accepted, refused;
};

static int pick(int n)
{
	return rand() % n;
}

/* One to three packs, mostly of neighbouring fate so that some events are accepted. */
static size_t pick_packs(const char **out, size_t *first)
{
	size_t n = pick(4) == 0 ? 2 : 1;

	*first = (size_t)pick(PACKS + 1 - (int)n);
	for (size_t i = 0; i < n; i++)
		out[i] = serials[*first + i];
	out[n] = NULL;
	return n;
}

static bool view_of(struct world *w, size_t pack, struct pack_view *v)
{
	return state_pack_view(&w->st, world_gtin(MFR), bytes_of_str(serials[pack]), v) == ERR_OK;
}

/* Somebody who may well do this to the pack, or anybody. */
static enum world_member pick_signer(struct world *w, enum event_type type, size_t pack)
{
	struct pack_view v;
	uint64_t gln;

	if (type == EV_COMMISSION)
		return MFR;
	if (pick(4) == 0 || !view_of(w, pack, &v))
		return (enum world_member)pick(WORLD_MEMBERS);
	gln = type == EV_RECEIVE ? v.custody.peer : v.custody.holder;
	for (int m = 0; m < WORLD_MEMBERS; m++)
		if (world_gln((enum world_member)m) == gln)
			return (enum world_member)m;
	return PHARM;
}

/* Keeps what it made in step, which a replay repeats. */
static void make_event(struct run *run, struct step *step)
{
	enum event_type type = types[pick(sizeof(types) / sizeof(types[0]))];
	const char *packs[4];
	size_t first;

	if (type == EV_DESTROY && pick(20)) /* seldom, for long histories */
		type = EV_SHIP;
	pick_packs(packs, &first);
	step->signer = pick_signer(&run->w, type, first);
	step->ev = world_pack_event(&run->w, step->signer, type, MFR, LOT_GOOD, packs);
	memcpy(step->groups, step->ev.groups.p, step->ev.groups.n);
	step->ev.groups.p = step->groups;
	step->now_ms = run->w.now_ms;
	if (type == EV_SHIP)
		step->ev.u.gln = world_gln((enum world_member)pick(WORLD_MEMBERS));
	else if (type == EV_VOID_SHIP || type == EV_UNDO_DISPENSE)
		step->ev.u.hash = run->last[first];
	else if (type == EV_DESTROY || type == EV_LOCK)
		step->ev.u.reason = BYTES_LIT("because");
}

static bool same(const struct pack_view *a, const struct pack_view *b)
{
	return a->custody.holder == b->custody.holder && a->custody.state == b->custody.state &&
	       a->custody.peer == b->custody.peer && a->custody.ev == b->custody.ev && a->locked == b->locked &&
	       a->unit == b->unit;
}

static void check_pack(const struct pack_view *before, bool was, const struct pack_view *after, bool is)
{
	CHECK(is || !was); /* what was commissioned stays */
	if (!is)
		return;
	CHECK(after->custody.holder != 0 && after->custody.ev != 0);
	CHECK((after->custody.state == PACK_IN_TRANSIT) == (after->custody.peer != 0));
	CHECK(after->custody.peer != after->custody.holder);
	if (was && before->custody.state == PACK_DESTROYED)
		CHECK(same(before, after));
	if (was && before->custody.holder != after->custody.holder)
		CHECK(before->custody.state == PACK_IN_TRANSIT && before->custody.peer == after->custody.holder);
}

static void one_step(struct run *run)
{
	struct step *step = &steps[run->accepted];
	struct pack_view before[PACKS], after[PACKS];
	bool was[PACKS], is[PACKS];
	enum err e;

	make_event(run, step);
	for (size_t i = 0; i < PACKS; i++)
		was[i] = view_of(&run->w, i, &before[i]);
	e = world_apply(&run->w, step->signer, &step->ev);
	for (size_t i = 0; i < PACKS; i++) {
		is[i] = view_of(&run->w, i, &after[i]);
		check_pack(&before[i], was[i], &after[i], is[i]);
		if (e)
			CHECK(was[i] == is[i] && (!is[i] || same(&before[i], &after[i])));
		else if (is[i] && after[i].custody.ev == run->w.ev - 1)
			run->last[i] = run->w.last_id;
	}
	run->refused += e != ERR_OK;
	if (e)
		return;
	step->writes_n = run->w.ws.w.n;
	if (t_check(step->writes_n <= sizeof(step->writes), __LINE__, "writes fit", __FILE__, ""))
		memcpy(step->writes, run->w.buf, step->writes_n);
	run->accepted++;
	accepted_of[step->ev.type]++;
	run->w.now_ms += (uint64_t)pick(100000);
}

/* The same events on a fresh state write the same bytes. */
static void replay(const struct run *run)
{
	struct world w;

	world_init(&w, 1);
	for (size_t i = 0; i < run->accepted; i++) {
		struct event ev = steps[i].ev;

		w.now_ms = steps[i].now_ms;
		CHECK(world_apply(&w, steps[i].signer, &ev) == ERR_OK);
		CHECK(bytes_eq(bytes_of(w.buf, w.ws.w.n), bytes_of(steps[i].writes, steps[i].writes_n)));
	}
	world_free(&w);
}

static void test_histories(void)
{
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct run run = { .accepted = 0 };

		srand(seed);
		world_init(&run.w, 1);
		for (size_t i = 0; i < STEPS; i++)
			one_step(&run);
		CHECK(run.accepted > 100 && run.refused > 100);
		replay(&run);
		world_free(&run.w);
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		CHECK_ROW(accepted_of[types[i]] > 10, event_kind(types[i])->name);
}

T_MAIN("rules_history", T(test_histories))
