#include "tests/fakes/trade.h"

#include "node/core/verdict.h"
#include "tests/fakes/memstate.h"

#include <stdlib.h>

struct trade trade;

static struct memstate *mem;
static struct state st; /* of mem */
static uint64_t seed = 6; /* with which every step happens */

static uint64_t roll(uint64_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

uint64_t trade_sscc_of(size_t thing)
{
	return world_check(9521000100000000 + thing);
}

struct bytes trade_serial_of(size_t thing)
{
	static char all[TRADE_PACKS][17];

	consortium_serial(all[thing], thing);
	return bytes_of(all[thing], 16);
}

struct bytes trade_lot_of(size_t pack)
{
	return pack < TRADE_OTHER_LOT_FROM ? BYTES_LIT(LOT_GOOD) : BYTES_LIT(TRADE_LOT_OTHER);
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

static void see_pack(size_t pack, struct trade_seen *s)
{
	struct product_row product;
	struct lot_row lot;
	struct hash id;

	alarm_id(&id, world_gtin(MFR), trade_serial_of(pack), REASON_SERIAL_UNKNOWN);
	may_be_missing(state_alarm(&st, &id, &s->alarm));
	if (!s->there)
		return;
	may_be_missing(state_sight(&st, s->v.unit, &s->sight));
	world_must(state_lot(&st, world_gtin(MFR), trade_lot_of(pack), &lot));
	world_must(state_product(&st, world_gtin(MFR), &product));
	s->released = lot.released;
	s->recalled = lot.recalled;
	s->withdrawn = product.withdrawn_n;
}

enum err trade_view_of(const struct state *state, size_t thing, struct pack_view *out)
{
	int64_t unit;
	enum err e;

	if (thing < TRADE_PACKS)
		return state_pack_view(state, world_gtin(MFR), trade_serial_of(thing), out);
	e = state_unit(state, trade_sscc_of(thing), &unit);
	return e == ERR_OK ? state_unit_view(state, unit, out) : e;
}

static void see(size_t thing, struct trade_seen *s)
{
	enum err e;

	memset(s, 0, sizeof(*s));
	e = trade_view_of(&st, thing, &s->v);
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
	if (thing < TRADE_PACKS)
		see_pack(thing, s);
}

/* What is in a view beyond its number, by what history tells. */
bool trade_same_custody(const struct custody_row *a, const struct custody_row *b)
{
	return a->holder == b->holder && a->state == b->state && a->peer == b->peer && a->ev == b->ev;
}

bool trade_same(const struct trade_seen *a, const struct trade_seen *b)
{
	return a->there == b->there && a->v.above_n == b->v.above_n && memcmp(a->sscc, b->sscc, sizeof(a->sscc)) == 0 &&
	       trade_same_custody(&a->v.custody, &b->v.custody) &&
	       memcmp(&a->v.flags, &b->v.flags, sizeof(a->v.flags)) == 0 && memcmp(a->above, b->above, sizeof(a->above)) == 0 &&
	       memcmp(&a->sight, &b->sight, sizeof(a->sight)) == 0 && a->alarm.changed_ev == b->alarm.changed_ev &&
	       a->alarm.seen == b->alarm.seen && a->released == b->released && a->recalled == b->recalled &&
	       a->withdrawn == b->withdrawn;
}

/* ---- a random trade ---- */

enum err trade_try(enum world_member who, struct event *ev)
{
	enum err e;

	consortium_add(&trade.con, who, ev);
	e = consortium_block(&trade.con);
	if (e != ERR_OK)
		return e;
	memstate_apply(mem, trade.con.append.writes);
	trade.last_ev = trade.con.head.log.size;
	if (trade.last_ev >= TRADE_EVENTS_MAX)
		abort();
	for (size_t i = 0; i < TRADE_THINGS; i++)
		see(i, &trade.seen_at[trade.last_ev][i]);
	return ERR_OK;
}

static void subject(struct event *ev, const bool named[TRADE_THINGS])
{
	struct pack_id packs[TRADE_PACKS];
	static uint8_t ssccs[TRADE_UNITS * 10];
	size_t packs_n = 0, units_n = 0;
	struct wr w;

	for (size_t i = 0; i < TRADE_PACKS; i++)
		if (named[i])
			packs[packs_n++] = (struct pack_id){ world_gtin(MFR), trade_lot_of(i), trade_serial_of(i) };
	qsort(packs, packs_n, sizeof(packs[0]), pack_id_cmp);
	if (packs_n)
		world_must(event_groups_encode(packs, packs_n, trade.con.groups, EVENT_BYTES_MAX, &ev->groups));
	for (size_t i = TRADE_PACKS; i < TRADE_THINGS; i++)
		units_n += named[i];
	if (units_n == 0)
		return;
	wr_init(&w, ssccs, sizeof(ssccs));
	wr_array(&w, units_n);
	for (size_t i = TRADE_PACKS; i < TRADE_THINGS; i++)
		if (named[i])
			wr_uint(&w, trade_sscc_of(i));
	world_must(wr_end(&w, &ev->ssccs));
}

static enum world_member member_of(uint64_t gln)
{
	for (size_t m = 0; m < WORLD_MEMBERS; m++)
		if (world_gln((enum world_member)m) == gln)
			return (enum world_member)m;
	return MFR;
}

static void fill_fields(struct event *ev, const struct trade_seen *s)
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
		ev->u.sscc = trade_sscc_of(TRADE_PACKS + roll(TRADE_UNITS));
		break;
	case EV_UNPACK:
		ev->u.sscc = s->v.above_n ? s->sscc[0] : trade_sscc_of(TRADE_PACKS);
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
	size_t thing = roll(TRADE_THINGS);
	const struct trade_seen *s = &trade.seen_at[trade.last_ev][thing];
	bool named[TRADE_THINGS] = { false };
	bool by_peer = ev.type == EV_RECEIVE || ev.type == EV_MISSING || (ev.type == EV_UNPACK && s->v.custody.peer);
	enum world_member who = member_of(by_peer && s->v.custody.peer ? s->v.custody.peer : s->v.custody.holder);

	if (!s->there || (ev.type == EV_STOLEN && roll(8)))
		return;
	if (ev.type == EV_SURPLUS || (ev.type == EV_RECEIVE && !s->v.custody.peer))
		who = roll(2) ? DIST : PHARM;
	named[thing] = true;
	for (size_t i = 0; i < TRADE_THINGS && roll(3); i++) {
		size_t more = roll(TRADE_THINGS);

		named[more] |= trade.seen_at[trade.last_ev][more].there && trade.seen_at[trade.last_ev][more].v.outer == trade.seen_at[trade.last_ev][more].v.unit &&
			       trade.seen_at[trade.last_ev][more].v.custody.holder == s->v.custody.holder &&
			       trade.seen_at[trade.last_ev][more].v.custody.state == s->v.custody.state;
	}
	subject(&ev, named);
	fill_fields(&ev, s);
	if (trade_try(who, &ev) == ERR_OK && roll(12) == 0) {
		struct event wrong = { .type = EV_CORRECTION, .u.about = { .hash = trade.con.ids[0], .text = BYTES_LIT("test") } };

		trade.corrected[trade.last_ev] = trade.last_ev + 1;
		world_must(trade_try(who, &wrong));
	}
}

static void commission(size_t from, size_t to)
{
	struct event ev = { .type = EV_COMMISSION };
	bool named[TRADE_THINGS] = { false };

	for (size_t i = from; i < to; i++)
		named[i] = true;
	subject(&ev, named);
	world_must(trade_try(MFR, &ev));
}

void trade_begin(void)
{
	struct event lot = { .type = EV_LOT, .u.lot = { .gtin = world_gtin(MFR), .lot = BYTES_LIT(TRADE_LOT_OTHER), .expiry = 20991231 } };
	struct event product = { .type = EV_PRODUCT, .u.product = { .gtin = world_gtin(MFR), .name = BYTES_LIT("Examplin") } };

	consortium_init(&trade.con, NULL);
	trade.seen_at = calloc(TRADE_EVENTS_MAX, sizeof(*trade.seen_at));
	trade.corrected = calloc(TRADE_EVENTS_MAX, sizeof(*trade.corrected));
	mem = memstate_new();
	st = memstate_state(mem);
	if (!trade.seen_at || !trade.corrected)
		abort();
	consortium_release(&trade.con);
	memstate_apply(mem, trade.con.append.writes); /* the lot's row, where the release begins */
	trade.first_ev = trade.con.head.log.size + 1;
	world_must(trade_try(MFR, &lot));
	world_must(trade_try(MFR, &product));
	commission(0, 8);
	commission(8, TRADE_OTHER_LOT_FROM);
	commission(TRADE_OTHER_LOT_FROM, TRADE_PACKS);
}

void trade_end(void)
{
	consortium_free(&trade.con);
	memstate_free(mem);
	free(trade.seen_at);
	free(trade.corrected);
}

static void sight_and_alarm(size_t pack, enum world_member who)
{
	struct event sight = { .type = EV_SIGHT };
	struct event alarm = { .type = EV_ALARM, .u.alarm = { .gtin = world_gtin(MFR), .serial = trade_serial_of(pack),
							      .reason = REASON_SERIAL_UNKNOWN } };
	bool named[TRADE_THINGS] = { false };

	named[pack] = true;
	subject(&sight, named);
	if (trade_try(who, &sight) != ERR_HAS_CUSTODY && roll(2))
		(void)!trade_try(who, &alarm);
}

void trade_run(void)
{
	trade_begin();
	for (unsigned i = 0; i < 900 && trade.last_ev < TRADE_EVENTS_MAX - 4; i++) {
		random_step();
		if (roll(25) == 0)
			sight_and_alarm(roll(TRADE_PACKS), roll(2) ? PHARM : DIST2);
	}
}
