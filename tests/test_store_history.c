/* The past out of the ranges, against views taken after every event of a random trade of packs, cases and pallets:
 * histories, what units hold, where a lot is, handovers. */
#include "node/core/verdict.h"
#include "node/store.h"
#include "tests/fakes/consortium.h"
#include "tests/fakes/memstate.h"
#include "tests/t.h"

#include <stdlib.h>

#define PACKS 24 /* the last third of another lot */
#define OTHER_LOT_FROM 16
#define UNITS 8
#define THINGS (PACKS + UNITS)
#define EVENTS_MAX 600
#define LOT_OTHER "L9"

static struct consortium con;
static struct memstate *mem;
static struct state st; /* of mem */
static uint64_t seed = 6;

/* A thing as it is after an event: all that its history speaks of. */
struct seen {
	bool there;
	struct pack_view v;
	uint64_t sscc[UNIT_LEVELS_MAX]; /* of v.above */
	struct flags_row above[UNIT_LEVELS_MAX];
	struct sight_row sight;
	struct alarm_row alarm;
	uint64_t released, recalled, withdrawn;
};
static struct seen (*seen_at)[THINGS]; /* after event number i */
static uint64_t *corrected; /* by which event, or 0 */
static uint64_t first_ev, last_ev;

static uint64_t roll(uint64_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

static uint64_t sscc_of(size_t thing)
{
	return world_check(9521000100000000 + thing);
}

static struct bytes serial_of(size_t thing)
{
	static char all[PACKS][17];

	consortium_serial(all[thing], thing);
	return bytes_of(all[thing], 16);
}

static struct bytes lot_of(size_t pack)
{
	return pack < OTHER_LOT_FROM ? BYTES_LIT(LOT_GOOD) : BYTES_LIT(LOT_OTHER);
}

/* ---- the views ---- */

static enum err flags_of(int64_t unit, struct flags_row *out)
{
	enum err e = state_flags(&st, unit, out);

	if (e == ERR_NOT_FOUND)
		*out = (struct flags_row){ 0 };
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static void may_be_missing(enum err e)
{
	if (e != ERR_NOT_FOUND)
		world_must(e);
}

static void see_pack(size_t pack, struct seen *s)
{
	struct product_row product;
	struct lot_row lot;
	struct hash id;

	alarm_id(&id, world_gtin(MFR), serial_of(pack), REASON_SERIAL_UNKNOWN);
	may_be_missing(state_alarm(&st, &id, &s->alarm));
	if (!s->there)
		return;
	may_be_missing(state_sight(&st, s->v.unit, &s->sight));
	world_must(state_lot(&st, world_gtin(MFR), lot_of(pack), &lot));
	world_must(state_product(&st, world_gtin(MFR), &product));
	s->released = lot.released;
	s->recalled = lot.recalled;
	s->withdrawn = product.withdrawn_n;
}

static enum err view_of(const struct state *state, size_t thing, struct pack_view *out)
{
	int64_t unit;
	enum err e;

	if (thing < PACKS)
		return state_pack_view(state, world_gtin(MFR), serial_of(thing), out);
	e = state_unit(state, sscc_of(thing), &unit);
	return e == ERR_OK ? state_unit_view(state, unit, out) : e;
}

static void see(size_t thing, struct seen *s)
{
	enum err e;

	memset(s, 0, sizeof(*s));
	e = view_of(&st, thing, &s->v);
	may_be_missing(e);
	s->there = e == ERR_OK;
	if (!s->there)
		memset(&s->v, 0, sizeof(s->v));
	for (size_t i = 0; i < s->v.above_n; i++) {
		struct unit_row row;

		world_must(state_unit_row(&st, s->v.above[i], &row));
		world_must(flags_of(s->v.above[i], &s->above[i]));
		s->sscc[i] = row.sscc;
	}
	if (thing < PACKS)
		see_pack(thing, s);
}

/* What is in a view beyond its number, by what history tells. */
static bool same_custody(const struct custody_row *a, const struct custody_row *b)
{
	return a->holder == b->holder && a->state == b->state && a->peer == b->peer && a->ev == b->ev;
}

static bool same(const struct seen *a, const struct seen *b)
{
	return a->there == b->there && a->v.above_n == b->v.above_n && memcmp(a->sscc, b->sscc, sizeof(a->sscc)) == 0 &&
	       same_custody(&a->v.custody, &b->v.custody) &&
	       memcmp(&a->v.flags, &b->v.flags, sizeof(a->v.flags)) == 0 && memcmp(a->above, b->above, sizeof(a->above)) == 0 &&
	       memcmp(&a->sight, &b->sight, sizeof(a->sight)) == 0 && a->alarm.changed_ev == b->alarm.changed_ev &&
	       a->alarm.seen == b->alarm.seen && a->released == b->released && a->recalled == b->recalled &&
	       a->withdrawn == b->withdrawn;
}

/* ---- a random trade ---- */

static enum err try_event(enum world_member who, struct event *ev)
{
	enum err e;

	consortium_add(&con, who, ev);
	e = consortium_block(&con);
	if (e != ERR_OK)
		return e;
	memstate_apply(mem, con.append.writes);
	last_ev = con.head.log.size;
	if (last_ev >= EVENTS_MAX)
		abort();
	for (size_t i = 0; i < THINGS; i++)
		see(i, &seen_at[last_ev][i]);
	return ERR_OK;
}

static void subject(struct event *ev, const bool named[THINGS])
{
	struct pack_id packs[PACKS];
	static uint8_t ssccs[UNITS * 10];
	size_t packs_n = 0, units_n = 0;
	struct wr w;

	for (size_t i = 0; i < PACKS; i++)
		if (named[i])
			packs[packs_n++] = (struct pack_id){ world_gtin(MFR), lot_of(i), serial_of(i) };
	qsort(packs, packs_n, sizeof(packs[0]), pack_id_cmp);
	if (packs_n)
		world_must(event_groups_encode(packs, packs_n, con.groups, EVENT_BYTES_MAX, &ev->groups));
	for (size_t i = PACKS; i < THINGS; i++)
		units_n += named[i];
	if (units_n == 0)
		return;
	wr_init(&w, ssccs, sizeof(ssccs));
	wr_array(&w, units_n);
	for (size_t i = PACKS; i < THINGS; i++)
		if (named[i])
			wr_uint(&w, sscc_of(i));
	world_must(wr_end(&w, &ev->ssccs));
}

static enum world_member member_of(uint64_t gln)
{
	for (size_t m = 0; m < WORLD_MEMBERS; m++)
		if (world_gln((enum world_member)m) == gln)
			return (enum world_member)m;
	return MFR;
}

static void fill_fields(struct event *ev, const struct seen *s)
{
	static const enum world_member to[] = { DIST, DIST2, PHARM, MFR };
	struct event_row last;

	switch ((int)ev->type) {
	case EV_SHIP:
	case EV_RETURN:
		ev->u.gln = world_gln(to[roll(4)]);
		break;
	case EV_LOCK:
	case EV_STOLEN:
		ev->u.reason = BYTES_LIT("test");
		break;
	case EV_PACK:
		ev->u.sscc = sscc_of(PACKS + roll(UNITS));
		break;
	case EV_UNPACK:
		ev->u.sscc = s->v.above_n ? s->sscc[0] : sscc_of(PACKS);
		break;
	case EV_VOID_SHIP:
	case EV_UNDO_DISPENSE:
		if (state_event(&st, s->v.custody.ev, &last) == ERR_OK)
			ev->u.hash = last.id;
		break;
	default:
		break;
	}
}

/* A step of one thing and a few of the same standing, by one who might make it; the rules refuse many. */
static void random_step(void)
{
	static const enum event_type types[] = { EV_SHIP, EV_SHIP, EV_RECEIVE, EV_RECEIVE, EV_RECEIVE, EV_PACK, EV_PACK, EV_PACK,
						 EV_PACK, EV_UNPACK, EV_LOCK, EV_UNLOCK, EV_UNLOCK, EV_MISSING, EV_SURPLUS,
						 EV_RETURN, EV_VOID_SHIP, EV_DISPENSE, EV_UNDO_DISPENSE, EV_STOLEN };
	struct event ev = { .type = types[roll(sizeof(types) / sizeof(types[0]))] };
	size_t thing = roll(THINGS);
	const struct seen *s = &seen_at[last_ev][thing];
	bool named[THINGS] = { false };
	bool by_peer = ev.type == EV_RECEIVE || ev.type == EV_MISSING || (ev.type == EV_UNPACK && s->v.custody.peer);
	enum world_member who = member_of(by_peer && s->v.custody.peer ? s->v.custody.peer : s->v.custody.holder);

	if (!s->there || (ev.type == EV_STOLEN && roll(8)))
		return;
	if (ev.type == EV_SURPLUS || (ev.type == EV_RECEIVE && !s->v.custody.peer))
		who = roll(2) ? DIST : PHARM;
	named[thing] = true;
	for (size_t i = 0; i < THINGS && roll(3); i++) {
		size_t more = roll(THINGS);

		named[more] |= seen_at[last_ev][more].there && seen_at[last_ev][more].v.outer == seen_at[last_ev][more].v.unit &&
			       seen_at[last_ev][more].v.custody.holder == s->v.custody.holder &&
			       seen_at[last_ev][more].v.custody.state == s->v.custody.state;
	}
	subject(&ev, named);
	fill_fields(&ev, s);
	if (try_event(who, &ev) == ERR_OK && roll(12) == 0) {
		struct event wrong = { .type = EV_CORRECTION, .u.about = { .hash = con.ids[0], .text = BYTES_LIT("test") } };

		corrected[last_ev] = last_ev + 1;
		world_must(try_event(who, &wrong));
	}
}

static void commission(size_t from, size_t to)
{
	struct event ev = { .type = EV_COMMISSION };
	bool named[THINGS] = { false };

	for (size_t i = from; i < to; i++)
		named[i] = true;
	subject(&ev, named);
	world_must(try_event(MFR, &ev));
}

static void begin(void)
{
	struct event lot = { .type = EV_LOT, .u.lot = { .gtin = world_gtin(MFR), .lot = BYTES_LIT(LOT_OTHER), .expiry = 20991231 } };
	struct event product = { .type = EV_PRODUCT, .u.product = { .gtin = world_gtin(MFR), .name = BYTES_LIT("Examplin") } };

	consortium_init(&con, NULL);
	seen_at = calloc(EVENTS_MAX, sizeof(*seen_at));
	corrected = calloc(EVENTS_MAX, sizeof(*corrected));
	mem = memstate_new();
	st = memstate_state(mem);
	if (!seen_at || !corrected)
		abort();
	consortium_release(&con);
	memstate_apply(mem, con.append.writes); /* the lot's row, where the release begins */
	first_ev = con.head.log.size + 1;
	world_must(try_event(MFR, &lot));
	world_must(try_event(MFR, &product));
	commission(0, 8);
	commission(8, OTHER_LOT_FROM);
	commission(OTHER_LOT_FROM, PACKS);
}

static void end(void)
{
	consortium_free(&con);
	memstate_free(mem);
	free(seen_at);
	free(corrected);
}

static void sight_and_alarm(size_t pack, enum world_member who)
{
	struct event sight = { .type = EV_SIGHT };
	struct event alarm = { .type = EV_ALARM, .u.alarm = { .gtin = world_gtin(MFR), .serial = serial_of(pack),
							      .reason = REASON_SERIAL_UNKNOWN } };
	bool named[THINGS] = { false };

	named[pack] = true;
	subject(&sight, named);
	if (try_event(who, &sight) != ERR_HAS_CUSTODY && roll(2))
		(void)!try_event(who, &alarm);
}

/* ---- histories ---- */

struct reading {
	size_t thing, n;
	uint64_t as_of, last;
	bool bad;
};

static uint64_t outer_sscc(const struct seen *s)
{
	return s->v.above_n ? s->sscc[s->v.above_n - 1] : 0;
}

/* A row says what was seen after its event; every event in between changed nothing. */
static enum err check_row(void *ctx, const struct history_row *row)
{
	struct reading *r = ctx;
	const struct seen *s = &seen_at[row->ev][r->thing];
	bool bad = row->ev <= r->last || row->ev > r->as_of || same(s, &seen_at[row->ev - 1][r->thing]);

	for (uint64_t ev = r->last + 1; ev < row->ev; ev++)
		bad |= ev > first_ev && !same(&seen_at[ev][r->thing], &seen_at[ev - 1][r->thing]);
	bad |= row->holder != s->v.custody.holder || row->peer != s->v.custody.peer || row->state != s->v.custody.state;
	bad |= row->sscc != outer_sscc(s);
	for (size_t i = 0; i < FLAG_KINDS; i++)
		bad |= s->there && row->flags[i] != (pack_view_flag(&s->v, (enum flag_kind)i) != NULL);
	bad |= row->corrected != (corrected[row->ev] <= r->as_of ? corrected[row->ev] : 0);
	r->last = row->ev;
	r->n++;
	r->bad |= bad;
	return ERR_OK;
}

static bool history_holds(size_t thing, uint64_t as_of)
{
	struct reading r = { .thing = thing, .as_of = as_of < last_ev ? as_of : last_ev, .last = first_ev };
	enum err e = thing < PACKS ? store_history(con.store, world_gtin(MFR), serial_of(thing), as_of, check_row, &r) :
				     store_unit_history(con.store, sscc_of(thing), as_of, check_row, &r);

	if (!seen_at[r.as_of][thing].there)
		return e == ERR_NOT_FOUND && r.n == 0;
	for (uint64_t ev = r.last + 1; ev <= r.as_of; ev++)
		r.bad |= !same(&seen_at[ev][thing], &seen_at[ev - 1][thing]);
	return e == ERR_OK && !r.bad && r.n > 0;
}

/* The store's state as of an event is the one seen then. */
static bool state_holds(size_t thing, uint64_t as_of)
{
	struct state then = store_state(con.store, as_of);
	const struct seen *s = &seen_at[as_of][thing];
	struct pack_view v;
	enum err e = view_of(&then, thing, &v);

	if (!s->there)
		return e == ERR_NOT_FOUND;
	return e == ERR_OK && v.unit == s->v.unit && v.outer == s->v.outer && v.above_n == s->v.above_n &&
	       same_custody(&v.custody, &s->v.custody) && memcmp(&v.flags, &s->v.flags, sizeof(v.flags)) == 0;
}

static void check_histories(void)
{
	unsigned histories = 0, states = 0;

	for (size_t i = 0; i < THINGS; i++) {
		histories += !history_holds(i, STORE_NOW);
		for (uint64_t ev = first_ev; ev <= last_ev; ev++) {
			histories += !history_holds(i, ev);
			states += !state_holds(i, ev);
		}
	}
	CHECK_EQ(histories, 0, "histories that differ");
	CHECK_EQ(states, 0, "states that differ");
}

/* ---- what units hold ---- */

struct holding {
	uint64_t as_of, unit_sscc;
	bool told[THINGS], packs_began, bad;
};

static enum err check_child(void *ctx, const struct store_child *c)
{
	struct holding *h = ctx;
	size_t i = 0;

	while (i < THINGS && !(i < PACKS ? c->sscc == 0 && c->gtin == world_gtin(MFR) &&
			       bytes_eq(bytes_of(c->serial, c->serial_n), serial_of(i)) : c->sscc == sscc_of(i)))
		i++;
	h->bad |= i == THINGS || (i >= PACKS && h->packs_began);
	h->packs_began |= i < PACKS;
	if (i < THINGS)
		h->told[i] = true;
	return ERR_OK;
}

static bool children_hold(size_t unit, uint64_t as_of)
{
	struct holding h = { .as_of = as_of };
	enum err e = store_children(con.store, sscc_of(unit), as_of, check_child, &h);

	if (!seen_at[as_of][unit].there)
		return e == ERR_NOT_FOUND;
	for (size_t i = 0; i < THINGS; i++) {
		const struct seen *s = &seen_at[as_of][i];

		h.bad |= h.told[i] != (s->v.above_n > 0 && s->sscc[0] == sscc_of(unit));
	}
	return e == ERR_OK && !h.bad;
}

static void check_children(void)
{
	unsigned differ = 0;

	for (size_t i = PACKS; i < THINGS; i++)
		for (uint64_t ev = first_ev; ev <= last_ev; ev++)
			differ += !children_hold(i, ev);
	CHECK_EQ(differ, 0, "contents that differ");
}

/* ---- where a lot is ---- */

struct counting {
	uint64_t as_of, packs, last;
	size_t from, to;
	bool bad;
};

static enum err check_where(void *ctx, const struct where_row *row)
{
	struct counting *c = ctx;
	uint64_t n = 0;

	for (size_t i = c->from; i < c->to; i++) {
		const struct seen *s = &seen_at[c->as_of][i];

		n += s->there && s->v.custody.holder == row->holder && s->v.custody.peer == row->peer &&
		     s->v.custody.state == row->state;
	}
	c->bad |= n != row->packs || n == 0 || n > c->last;
	c->last = n;
	c->packs += n;
	return ERR_OK;
}

static bool where_holds(struct bytes lot, size_t from, size_t to, uint64_t as_of)
{
	struct counting c = { .as_of = as_of, .last = PACKS, .from = from, .to = to };
	uint64_t there = 0;
	enum err e = store_where(con.store, world_gtin(MFR), lot, as_of, check_where, &c);

	for (size_t i = from; i < to; i++)
		there += seen_at[as_of][i].there;
	return e == ERR_OK && !c.bad && c.packs == there;
}

static void check_wheres(void)
{
	unsigned differ = 0;

	for (uint64_t ev = first_ev; ev <= last_ev; ev++) {
		differ += !where_holds(BYTES_LIT(LOT_GOOD), 0, OTHER_LOT_FROM, ev);
		differ += !where_holds(BYTES_LIT(LOT_OTHER), OTHER_LOT_FROM, PACKS, ev);
		differ += !where_holds(bytes_of(NULL, 0), 0, PACKS, ev);
	}
	CHECK_EQ(differ, 0, "whereabouts that differ");
}

/* ---- handovers ---- */

struct handing {
	uint64_t as_of, last_ev;
	bool told[THINGS], claims, bad;
};

static size_t thing_of(const struct store_child *c)
{
	size_t i = 0;

	while (i < THINGS && !(c->sscc ? i >= PACKS && c->sscc == sscc_of(i) :
			       i < PACKS && bytes_eq(bytes_of(c->serial, c->serial_n), serial_of(i))))
		i++;
	return i;
}

static enum err check_handover(void *ctx, const struct handover_row *row)
{
	struct handing *h = ctx;
	size_t i = thing_of(&row->what);
	const struct seen *s = &seen_at[h->as_of][i < THINGS ? i : 0];
	bool ships = row->event.type == EV_SHIP || row->event.type == EV_RETURN;

	h->bad |= i == THINGS || row->event.signer != (row->claimed ? row->taker : row->giver) || row->ev > h->as_of;
	h->bad |= row->giver != s->v.custody.holder || (h->claims && !row->claimed);
	if (row->claimed)
		h->bad |= row->ev > s->v.flags.of[FLAG_CLAIMED].ev || row->taker != s->v.flags.of[FLAG_CLAIMED].by ||
			  row->event.type != EV_RECEIVE;
	else
		h->bad |= !ships || row->taker != s->v.custody.peer;
	h->claims |= row->claimed;
	if (i < THINGS)
		h->told[i] = true;
	return ERR_OK;
}

static bool is_of(const struct seen *s, uint64_t party)
{
	const struct custody_row *c = &s->v.custody;

	return party == 0 || c->holder == party || (c->state == PACK_IN_TRANSIT && s->v.above_n == 0 ? c->peer == party : false) ||
	       s->v.flags.of[FLAG_CLAIMED].by == party;
}

/* party 0: everybody's. */
static bool handovers_of(uint64_t party, uint64_t as_of)
{
	struct handing h = { .as_of = as_of < last_ev ? as_of : last_ev };
	enum err e = store_handovers(con.store, party, as_of, check_handover, &h);

	for (size_t i = 0; i < THINGS; i++) {
		const struct seen *s = &seen_at[h.as_of][i];
		bool shipped = s->v.custody.state == PACK_IN_TRANSIT && s->v.above_n == 0;

		h.bad |= h.told[i] != (s->there && (shipped || s->v.flags.of[FLAG_CLAIMED].by) && is_of(s, party));
	}
	return e == ERR_OK && !h.bad;
}

static bool handovers_hold(uint64_t as_of)
{
	bool hold = handovers_of(0, as_of);

	for (int m = 0; m < WORLD_MEMBERS; m++)
		hold = hold && handovers_of(world_gln((enum world_member)m), as_of);
	return hold;
}

static void check_handovers(void)
{
	unsigned differ = !handovers_hold(STORE_NOW);

	for (uint64_t ev = first_ev; ev <= last_ev; ev++)
		differ += !handovers_hold(ev);
	CHECK_EQ(differ, 0, "handovers that differ");
}

/* ---- tests ---- */

static void check_all(void)
{
	check_histories();
	check_children();
	check_wheres();
	check_handovers();
}

static bool happened(enum event_type type)
{
	struct event_row row;

	for (uint64_t ev = first_ev; ev <= last_ev; ev++)
		if (state_event(&con.now, ev, &row) == ERR_OK && row.type == type)
			return true;
	return false;
}

static void test_random_trade(void)
{
	static const enum event_type all[] = { EV_SHIP, EV_VOID_SHIP, EV_RECEIVE, EV_DISPENSE, EV_UNDO_DISPENSE, EV_LOCK, EV_UNLOCK,
					       EV_PACK, EV_UNPACK, EV_MISSING, EV_SURPLUS, EV_RETURN, EV_STOLEN, EV_CORRECTION,
					       EV_SIGHT, EV_ALARM };
	size_t deepest = 0;

	begin();
	for (unsigned i = 0; i < 900 && last_ev < EVENTS_MAX - 4; i++) {
		random_step();
		if (roll(25) == 0)
			sight_and_alarm(roll(PACKS), roll(2) ? PHARM : DIST2);
	}
	for (uint64_t ev = first_ev; ev <= last_ev; ev++)
		for (size_t i = 0; i < THINGS; i++)
			deepest = seen_at[ev][i].v.above_n > deepest ? seen_at[ev][i].v.above_n : deepest;
	CHECK(last_ev > 200 && deepest >= 3);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		CHECK_ROW(happened(all[i]), event_kind(all[i])->name);
	check_all();
	end();
}

static void two_signed(struct event *ev, enum event_type end_type)
{
	struct event confirm = { .type = EV_CONFIRM }, retract = { .type = end_type };
	struct hash id;

	world_must(try_event(MFR, ev));
	id = confirm.u.hash = con.ids[0];
	world_must(try_event(REG, &confirm));
	retract.u.about.hash = id;
	retract.u.about.text = BYTES_LIT("test");
	world_must(try_event(REG, &retract));
	world_must(try_event(MFR, &confirm));
}

/* What is said of a lot and its product is in the history of each pack, and of those of no other lot. */
static void test_said_of_the_lot(void)
{
	struct event recall = { .type = EV_RECALL, .u.recall = { .gtin = world_gtin(MFR), .lot = BYTES_LIT(LOT_OTHER), .defect = 1,
								 .why = BYTES_LIT("test") } };
	struct event withdraw = { .type = EV_WITHDRAW, .u.recall = { .gtin = world_gtin(MFR), .defect = 2, .why = BYTES_LIT("test") } };

	begin();
	two_signed(&recall, EV_RETRACT);
	two_signed(&withdraw, EV_RETRACT);
	CHECK(seen_at[last_ev - 6][OTHER_LOT_FROM].recalled == last_ev - 7 && seen_at[last_ev - 6][0].recalled == 0);
	check_all();
	end();
}

/* An alarm before the serial came: told first, of a pack that is not there yet. */
static enum err first_row(void *ctx, const struct history_row *row)
{
	struct history_row *out = ctx;

	if (out->ev == 0)
		*out = *row;
	return ERR_OK;
}

static void test_alarm_before_the_pack(void)
{
	struct event alarm = { .type = EV_ALARM, .u.alarm = { .gtin = world_gtin(MFR), .serial = BYTES_LIT("LATE"),
							      .reason = REASON_SERIAL_UNKNOWN } };
	struct pack_id late = { world_gtin(MFR), BYTES_LIT(LOT_GOOD), BYTES_LIT("LATE") };
	struct history_row row = { .ev = 0 };
	struct event come = { .type = EV_COMMISSION };

	begin();
	world_must(try_event(PHARM, &alarm));
	CHECK(store_history(con.store, late.gtin, late.serial, STORE_NOW, first_row, &row) == ERR_NOT_FOUND);
	world_must(event_groups_encode(&late, 1, con.groups, EVENT_BYTES_MAX, &come.groups));
	world_must(try_event(MFR, &come));
	CHECK(store_history(con.store, late.gtin, late.serial, STORE_NOW, first_row, &row) == ERR_OK);
	CHECK(row.ev == last_ev - 1 && row.event.type == EV_ALARM && row.state == PACK_NONE && row.holder == 0);
	end();
}

static void test_times(void)
{
	struct header h;
	struct bytes header, certificate;
	uint64_t ev, first, n;

	begin();
	for (uint64_t height = 1; store_block_head(con.store, height, &header, &certificate, &first, &n) == ERR_OK; height++) {
		NEED(header_decode(&h, header) == ERR_OK);
		CHECK(store_ev_at(con.store, h.time_ms, &ev) == ERR_OK && ev == first + n - 1);
		CHECK(store_ev_at(con.store, h.time_ms - 1, &ev) == ERR_OK && ev == first - 1);
	}
	CHECK(store_ev_at(con.store, UINT64_MAX >> 1, &ev) == ERR_OK && ev == last_ev);
	CHECK(store_ev_at(con.store, 0, &ev) == ERR_OK && ev == 0);
	end();
}

T_MAIN("store_history", T(test_random_trade), T(test_said_of_the_lot), T(test_alarm_before_the_pack), T(test_times))
