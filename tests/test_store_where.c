/* What units hold, where a lot is, handovers: against views taken after every event of a random trade. */
#include "node/store.h"
#include "tests/fakes/trade.h"
#include "tests/t.h"

/* ---- what units hold ---- */

struct holding {
	uint64_t as_of, unit_sscc;
	bool told[TRADE_THINGS], packs_began, bad;
};

static enum err check_child(void *ctx, const struct store_child *c)
{
	struct holding *h = ctx;
	size_t i = 0;

	while (i < TRADE_THINGS && !(i < TRADE_PACKS ? c->sscc == 0 && c->gtin == world_gtin(MFR) &&
			       bytes_eq(bytes_of(c->serial, c->serial_n), trade_serial_of(i)) : c->sscc == trade_sscc_of(i)))
		i++;
	h->bad |= i == TRADE_THINGS || (i >= TRADE_PACKS && h->packs_began);
	h->packs_began |= i < TRADE_PACKS;
	if (i < TRADE_THINGS)
		h->told[i] = true;
	return ERR_OK;
}

static bool children_hold(size_t unit, uint64_t as_of)
{
	struct holding h = { .as_of = as_of };
	enum err e = store_children(trade.con.store, trade_sscc_of(unit), as_of, check_child, &h);

	if (!trade.seen_at[as_of][unit].there)
		return e == ERR_NOT_FOUND;
	for (size_t i = 0; i < TRADE_THINGS; i++) {
		const struct trade_seen *s = &trade.seen_at[as_of][i];

		h.bad |= h.told[i] != (s->v.above_n > 0 && s->sscc[0] == trade_sscc_of(unit));
	}
	return e == ERR_OK && !h.bad;
}

static void check_children(void)
{
	unsigned differ = 0;

	for (size_t i = TRADE_PACKS; i < TRADE_THINGS; i++)
		for (uint64_t ev = trade.first_ev; ev <= trade.last_ev; ev++)
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
		const struct trade_seen *s = &trade.seen_at[c->as_of][i];

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
	struct counting c = { .as_of = as_of, .last = TRADE_PACKS, .from = from, .to = to };
	uint64_t there = 0;
	enum err e = store_where(trade.con.store, world_gtin(MFR), lot, as_of, check_where, &c);

	for (size_t i = from; i < to; i++)
		there += trade.seen_at[as_of][i].there;
	return e == ERR_OK && !c.bad && c.packs == there;
}

static void check_wheres(void)
{
	unsigned differ = 0;

	for (uint64_t ev = trade.first_ev; ev <= trade.last_ev; ev++) {
		differ += !where_holds(BYTES_LIT(LOT_GOOD), 0, TRADE_OTHER_LOT_FROM, ev);
		differ += !where_holds(BYTES_LIT(TRADE_LOT_OTHER), TRADE_OTHER_LOT_FROM, TRADE_PACKS, ev);
		differ += !where_holds(bytes_of(NULL, 0), 0, TRADE_PACKS, ev);
	}
	CHECK_EQ(differ, 0, "whereabouts that differ");
}

/* ---- handovers ---- */

struct handing {
	uint64_t as_of;
	bool told[TRADE_THINGS], claims, bad;
};

static size_t thing_of(const struct store_child *c)
{
	size_t i = 0;

	while (i < TRADE_THINGS && !(c->sscc ? i >= TRADE_PACKS && c->sscc == trade_sscc_of(i) :
			       i < TRADE_PACKS && bytes_eq(bytes_of(c->serial, c->serial_n), trade_serial_of(i))))
		i++;
	return i;
}

static enum err check_handover(void *ctx, const struct handover_row *row)
{
	struct handing *h = ctx;
	size_t i = thing_of(&row->what);
	const struct trade_seen *s = &trade.seen_at[h->as_of][i < TRADE_THINGS ? i : 0];
	bool ships = row->event.type == EV_SHIP || row->event.type == EV_RETURN;

	h->bad |= i == TRADE_THINGS || row->event.signer != (row->claimed ? row->taker : row->giver) || row->ev > h->as_of;
	h->bad |= row->giver != s->v.custody.holder || (h->claims && !row->claimed);
	if (row->claimed)
		h->bad |= row->ev > s->v.flags.of[FLAG_CLAIMED].ev || row->taker != s->v.flags.of[FLAG_CLAIMED].by ||
			  row->event.type != EV_RECEIVE;
	else
		h->bad |= !ships || row->taker != s->v.custody.peer;
	h->claims |= row->claimed;
	if (i < TRADE_THINGS)
		h->told[i] = true;
	return ERR_OK;
}

static bool is_of(const struct trade_seen *s, uint64_t party)
{
	const struct custody_row *c = &s->v.custody;

	return party == 0 || c->holder == party || (c->state == PACK_IN_TRANSIT && s->v.above_n == 0 && c->peer == party) ||
	       s->v.flags.of[FLAG_CLAIMED].by == party;
}

/* party 0: everybody's. */
static bool handovers_of(uint64_t party, uint64_t as_of)
{
	struct handing h = { .as_of = as_of < trade.last_ev ? as_of : trade.last_ev };
	enum err e = store_handovers(trade.con.store, party, as_of, check_handover, &h);

	for (size_t i = 0; i < TRADE_THINGS; i++) {
		const struct trade_seen *s = &trade.seen_at[h.as_of][i];
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

	for (uint64_t ev = trade.first_ev; ev <= trade.last_ev; ev++)
		differ += !handovers_hold(ev);
	CHECK_EQ(differ, 0, "handovers that differ");
}

static void test_random_trade(void)
{
	trade_run();
	check_children();
	check_wheres();
	check_handovers();
	trade_end();
}

T_MAIN("store_where", T(test_random_trade))
