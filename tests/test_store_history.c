/* The past out of the ranges, against views taken after every event of a random trade of packs, cases and pallets: histories,
 * and the state as of an event. */
#include "node/core/verdict.h"
#include "node/store.h"
#include "tests/fakes/trade.h"
#include "tests/t.h"

/* ---- histories ---- */

struct reading {
	size_t thing, n;
	uint64_t as_of, last;
	bool bad;
};

static uint64_t outer_sscc(const struct trade_seen *s)
{
	return s->v.above_n ? s->sscc[s->v.above_n - 1] : 0;
}

/* A row says what was seen after its event; every event in between changed nothing. */
static enum err check_row(void *ctx, const struct history_row *row)
{
	struct reading *r = ctx;
	const struct trade_seen *s = &trade.seen_at[row->ev][r->thing];
	bool bad = row->ev <= r->last || row->ev > r->as_of || trade_same(s, &trade.seen_at[row->ev - 1][r->thing]);

	for (uint64_t ev = r->last + 1; ev < row->ev; ev++)
		bad |= ev > trade.first_ev && !trade_same(&trade.seen_at[ev][r->thing], &trade.seen_at[ev - 1][r->thing]);
	bad |= row->holder != s->v.custody.holder || row->peer != s->v.custody.peer || row->state != s->v.custody.state;
	bad |= row->sscc != outer_sscc(s);
	for (size_t i = 0; i < FLAG_KINDS; i++)
		bad |= s->there && row->flags[i] != (pack_view_flag(&s->v, (enum flag_kind)i) != NULL);
	bad |= row->corrected != (trade.corrected[row->ev] <= r->as_of ? trade.corrected[row->ev] : 0);
	r->last = row->ev;
	r->n++;
	r->bad |= bad;
	return ERR_OK;
}

static bool history_holds(size_t thing, uint64_t as_of)
{
	struct reading r = { .thing = thing, .as_of = as_of < trade.last_ev ? as_of : trade.last_ev, .last = trade.first_ev };
	enum err e = thing < TRADE_PACKS ? store_history(trade.con.store, world_gtin(MFR), trade_serial_of(thing), as_of, check_row, &r) :
				     store_unit_history(trade.con.store, trade_sscc_of(thing), as_of, check_row, &r);

	if (!trade.seen_at[r.as_of][thing].there)
		return e == ERR_NOT_FOUND && r.n == 0;
	for (uint64_t ev = r.last + 1; ev <= r.as_of; ev++)
		r.bad |= !trade_same(&trade.seen_at[ev][thing], &trade.seen_at[ev - 1][thing]);
	return e == ERR_OK && !r.bad && r.n > 0;
}

/* The store's state as of an event is the one seen then. */
static bool state_holds(size_t thing, uint64_t as_of)
{
	struct state then = store_state(trade.con.store, as_of);
	const struct trade_seen *s = &trade.seen_at[as_of][thing];
	struct pack_view v;
	enum err e = trade_view_of(&then, thing, &v);

	if (!s->there)
		return e == ERR_NOT_FOUND;
	return e == ERR_OK && v.unit == s->v.unit && v.outer == s->v.outer && v.above_n == s->v.above_n &&
	       trade_same_custody(&v.custody, &s->v.custody) && memcmp(&v.flags, &s->v.flags, sizeof(v.flags)) == 0;
}

static void check_histories(void)
{
	unsigned histories = 0, states = 0;

	for (size_t i = 0; i < TRADE_THINGS; i++) {
		histories += !history_holds(i, STORE_NOW);
		for (uint64_t ev = trade.first_ev; ev <= trade.last_ev; ev++) {
			histories += !history_holds(i, ev);
			states += !state_holds(i, ev);
		}
	}
	CHECK_EQ(histories, 0, "histories that differ");
	CHECK_EQ(states, 0, "states that differ");
}

/* ---- tests ---- */

static bool happened(enum event_type type)
{
	struct event_row row;

	for (uint64_t ev = trade.first_ev; ev <= trade.last_ev; ev++)
		if (state_event(&trade.con.now, ev, &row) == ERR_OK && row.type == type)
			return true;
	return false;
}

static void test_random_trade(void)
{
	static const enum event_type all[] = { EV_SHIP, EV_VOID_SHIP, EV_RECEIVE, EV_DISPENSE, EV_UNDO_DISPENSE, EV_LOCK, EV_UNLOCK,
					       EV_PACK, EV_UNPACK, EV_MISSING, EV_SURPLUS, EV_RETURN, EV_STOLEN, EV_CORRECTION,
					       EV_SIGHT, EV_ALARM };
	size_t deepest = 0;

	trade_run();
	for (uint64_t ev = trade.first_ev; ev <= trade.last_ev; ev++)
		for (size_t i = 0; i < TRADE_THINGS; i++)
			deepest = trade.seen_at[ev][i].v.above_n > deepest ? trade.seen_at[ev][i].v.above_n : deepest;
	CHECK(trade.last_ev > 200 && deepest >= 3);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		CHECK_ROW(happened(all[i]), event_kind(all[i])->name);
	check_histories();
	trade_end();
}

static void two_signed(struct event *ev, enum event_type end_type)
{
	struct event confirm = { .type = EV_CONFIRM }, retract = { .type = end_type };
	struct hash id;

	world_must(trade_try(MFR, ev));
	id = confirm.u.hash = trade.con.ids[0];
	world_must(trade_try(REG, &confirm));
	retract.u.about.hash = id;
	retract.u.about.text = BYTES_LIT("test");
	world_must(trade_try(REG, &retract));
	world_must(trade_try(MFR, &confirm));
}

/* What is said of a lot and its product is in the history of each pack, and of those of no other lot. */
static void test_said_of_the_lot(void)
{
	struct event recall = { .type = EV_RECALL, .u.recall = { .gtin = world_gtin(MFR), .lot = BYTES_LIT(TRADE_LOT_OTHER), .defect = 1,
								 .why = BYTES_LIT("test") } };
	struct event withdraw = { .type = EV_WITHDRAW, .u.recall = { .gtin = world_gtin(MFR), .defect = 2, .why = BYTES_LIT("test") } };

	trade_begin();
	two_signed(&recall, EV_RETRACT);
	two_signed(&withdraw, EV_RETRACT);
	CHECK(trade.seen_at[trade.last_ev - 6][TRADE_OTHER_LOT_FROM].recalled == trade.last_ev - 7 && trade.seen_at[trade.last_ev - 6][0].recalled == 0);
	check_histories();
	trade_end();
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

	trade_begin();
	world_must(trade_try(PHARM, &alarm));
	CHECK(store_history(trade.con.store, late.gtin, late.serial, STORE_NOW, first_row, &row) == ERR_NOT_FOUND);
	world_must(event_groups_encode(&late, 1, trade.con.groups, EVENT_BYTES_MAX, &come.groups));
	world_must(trade_try(MFR, &come));
	CHECK(store_history(trade.con.store, late.gtin, late.serial, STORE_NOW, first_row, &row) == ERR_OK);
	CHECK(row.ev == trade.last_ev - 1 && row.event.type == EV_ALARM && row.state == PACK_NONE && row.holder == 0);
	trade_end();
}

static void test_times(void)
{
	struct header h;
	struct bytes header, certificate;
	uint64_t ev, first, n;

	trade_begin();
	for (uint64_t height = 1; store_block_head(trade.con.store, height, &header, &certificate, &first, &n) == ERR_OK; height++) {
		NEED(header_decode(&h, header) == ERR_OK);
		CHECK(store_ev_at(trade.con.store, h.time_ms, &ev) == ERR_OK && ev == first + n - 1);
		CHECK(store_ev_at(trade.con.store, h.time_ms - 1, &ev) == ERR_OK && ev == first - 1);
	}
	CHECK(store_ev_at(trade.con.store, UINT64_MAX >> 1, &ev) == ERR_OK && ev == trade.last_ev);
	CHECK(store_ev_at(trade.con.store, 0, &ev) == ERR_OK && ev == 0);
	trade_end();
}

T_MAIN("store_history", T(test_random_trade), T(test_said_of_the_lot), T(test_alarm_before_the_pack), T(test_times))
