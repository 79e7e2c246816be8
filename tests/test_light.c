/* A light copy beside the full one: what it takes, what it knows, and what it does not believe. */
#include "node/core/genesis.h"
#include "node/core/light.h"
#include "node/core/may_read.h"
#include "tests/fakes/consortium.h"
#include "tests/t.h"

#include <stdlib.h>

#define ITEMS_MAX 16

/* PHARM's copy in memory. */
struct copy {
	struct consortium full;
	struct memstate *mem;
	struct chain_overlay ov;
	struct chain_head head;
	uint8_t *writes, ids[ITEMS_MAX][HASH_LEN + 2];
	/* the block being taken */
	struct bytes items[ITEMS_MAX];
	struct light_event events[ITEMS_MAX];
	struct block block;
	size_t hidden;
};

static enum err put(void *ctx, struct bytes writes)
{
	memstate_apply(ctx, writes);
	return ERR_OK;
}

/* What a full node shows PHARM of the newest block. */
static void show(struct copy *c, size_t events_n)
{
	const struct reader reader = { world_gln(PHARM), false };

	c->hidden = 0;
	for (size_t i = 0; i < events_n; i++) {
		struct event_envelope env;
		struct parties parties;
		struct event_row row;
		struct event ev;
		struct wr w;

		world_must(event_open(&env, c->full.coses[i]));
		world_must(event_decode(&ev, env.sign1.payload_unverified));
		world_must(state_event(&c->full.now, c->full.head.log.size - events_n + i + 1, &row));
		parties_of_event(&parties, &ev, row.signer);
		c->items[i] = c->full.coses[i];
		if (may_read(&reader, ev.type, &parties))
			continue;
		wr_init(&w, c->ids[i], sizeof(c->ids[i]));
		wr_bstr(&w, hash_bytes(&env.id));
		world_must(wr_end(&w, &c->items[i]));
		c->hidden++;
	}
	c->block = (struct block){ .header_bytes = c->full.proposal.header_bytes, .header = c->full.proposal.header,
				   .events = c->items, .events_n = events_n };
}

static enum err open_all(struct copy *c)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < c->block.events_n && e == ERR_OK; i++)
		e = light_open(&c->ov.state, c->items[i], &c->events[i]);
	return e;
}

/* As shown; a block that does not hold leaves writes behind, so the state is then worth nothing. */
static enum err take(struct copy *c, size_t *bad)
{
	struct hash ids[ITEMS_MAX];
	struct writes ws;
	enum err e = open_all(c);

	if (e != ERR_OK)
		return e;
	writes_init(&ws, c->writes, CHAIN_WRITES_MAX);
	e = light_check(&c->head, &c->ov, &c->block, c->full.append.certificate, c->events, &ws, bad);
	for (size_t i = 0; i < c->block.events_n; i++)
		ids[i] = c->events[i].id;
	if (e == ERR_OK)
		chain_advance(&c->head, &c->block.header, c->block.header_bytes, ids);
	return e;
}

/* Make the block of what was added, and bring it to PHARM's copy. */
static void next(struct copy *c, size_t events_n)
{
	size_t bad;

	world_must(consortium_block(&c->full));
	show(c, events_n);
	CHECK(take(c, &bad) == ERR_OK);
	CHECK(hash_eq(&c->head.hash, &c->full.head.hash) && c->head.log.size == c->full.head.log.size);
}

/* The blocks made so far by consortium_init(). */
static void catch_up(struct copy *c)
{
	struct bytes genesis, writes, header;
	struct genesis g;
	struct writes ws;

	world_must(store_genesis(c->full.store, &genesis));
	writes_init(&ws, c->writes, CHAIN_WRITES_MAX);
	world_must(genesis_apply(genesis, &ws));
	world_must(wr_end(&ws.w, &writes));
	memstate_apply(c->mem, writes);
	world_must(genesis_read(&g, genesis));
	chain_head_init(&c->head, &g.chain_id, g.time_s);
	header = c->full.proposal.header_bytes;
	CHECK(header.n > 0 && c->full.head.height == 1);
	show(c, c->full.append.events_n);
	CHECK(c->hidden == 0); /* a product and lots: everybody's */
	CHECK(take(c, &(size_t){ 0 }) == ERR_OK);
}

static void begin(struct copy *c)
{
	memset(c, 0, sizeof(*c));
	c->writes = malloc(CHAIN_WRITES_MAX);
	if (!c->writes)
		abort();
	c->mem = memstate_new();
	c->ov = (struct chain_overlay){ memstate_state(c->mem), put };
	c->ov.state.ctx = c->ov.state.ctx ? c->ov.state.ctx : c->mem;
	consortium_init(&c->full, NULL);
	catch_up(c);
}

static void end(struct copy *c)
{
	consortium_free(&c->full);
	memstate_free(c->mem);
	free(c->writes);
}

static enum err view(struct copy *c, uint64_t n, struct pack_view *v)
{
	char serial[17];

	consortium_serial(serial, n);
	return state_pack_view(&c->ov.state, world_gtin(MFR), bytes_of(serial, 16), v);
}

/* Packs 1 to 4 commissioned; 1 and 2 shipped to PHARM, 3 to PHARM2, who both receive. */
static void deliver(struct copy *c)
{
	consortium_packs(&c->full, MFR, EV_COMMISSION, 1, 4, MFR);
	next(c, 1);
	CHECK(c->hidden == 1);
	consortium_packs(&c->full, MFR, EV_SHIP, 1, 2, PHARM);
	consortium_packs(&c->full, MFR, EV_SHIP, 3, 1, PHARM2);
	next(c, 2);
	CHECK(c->hidden == 1);
	consortium_packs(&c->full, PHARM, EV_RECEIVE, 1, 1, PHARM);
	consortium_packs(&c->full, PHARM2, EV_RECEIVE, 3, 1, PHARM2);
	next(c, 2);
	CHECK(c->hidden == 1);
}

static void test_own_stock(void)
{
	struct pack_view v;
	struct event_row row;
	struct copy c;

	begin(&c);
	deliver(&c);
	CHECK(view(&c, 1, &v) == ERR_OK && v.custody.state == PACK_ACTIVE && v.custody.holder == world_gln(PHARM));
	CHECK(bytes_eq(bytes_of(v.batch.lot, v.batch.lot_n), BYTES_LIT(LOT_GOOD)));
	CHECK(view(&c, 2, &v) == ERR_OK && v.custody.state == PACK_IN_TRANSIT && v.custody.peer == world_gln(PHARM));
	CHECK(view(&c, 3, &v) == ERR_NOT_FOUND && view(&c, 4, &v) == ERR_NOT_FOUND);
	/* a hidden event has its place in the log, and says nothing */
	CHECK(state_event(&c.ov.state, c.head.log.size, &row) == ERR_OK && row.type == 0 && row.signer == 0 && row.place == 0);
	CHECK(hash_eq(&row.id, &c.full.ids[1]));
	CHECK(state_event(&c.ov.state, c.head.log.size - 1, &row) == ERR_OK && row.type == EV_RECEIVE);
	end(&c);
}

/* Recalls are everybody's to know, and hold for what comes later too. */
static void test_recall(void)
{
	struct event ev = { .type = EV_RECALL }, confirm = { .type = EV_CONFIRM };
	struct lot_row lot;
	struct copy c;

	begin(&c);
	deliver(&c);
	ev.u.recall.gtin = world_gtin(MFR);
	ev.u.recall.lot = BYTES_LIT(LOT_GOOD);
	ev.u.recall.defect = 1;
	ev.u.recall.why = BYTES_LIT("glass in vials");
	confirm.u.hash = consortium_add(&c.full, MFR, &ev);
	next(&c, 1);
	CHECK(c.hidden == 0);
	CHECK(state_lot(&c.ov.state, world_gtin(MFR), BYTES_LIT(LOT_GOOD), &lot) == ERR_OK && lot.recalled == 0);
	consortium_add(&c.full, REG, &confirm);
	next(&c, 1);
	CHECK(state_lot(&c.ov.state, world_gtin(MFR), BYTES_LIT(LOT_GOOD), &lot) == ERR_OK && lot.recalled == c.head.log.size - 1);
	end(&c);
}

/* ---- what is not believed ---- */

static void other_id(struct copy *c)
{
	c->ids[1][5] ^= 1;
}

static void swapped(struct copy *c)
{
	struct bytes first = c->items[0];

	c->items[0] = c->items[1];
	c->items[1] = first;
}

static void one_less(struct copy *c)
{
	c->block.events_n--;
}

/* An id, where everybody may read the event. */
static void hide(struct copy *c, size_t i)
{
	struct wr w;

	wr_init(&w, c->ids[i], sizeof(c->ids[i]));
	wr_bstr(&w, hash_bytes(&c->full.ids[i]));
	world_must(wr_end(&w, &c->items[i]));
}

static void recall_hidden(struct copy *c)
{
	hide(c, 2);
}

static void own_hidden(struct copy *c)
{
	hide(c, 0);
}

static void signature_changed(struct copy *c)
{
	static uint8_t copy[1024];

	memcpy(copy, c->items[0].p, c->items[0].n);
	copy[c->items[0].n - 1] ^= 1;
	c->items[0].p = copy;
}

static void short_id(struct copy *c)
{
	static uint8_t id[2] = { 0x41, 0 };

	c->items[1] = bytes_of(id, sizeof(id));
}

static void no_certificate(struct copy *c)
{
	c->full.certificate[c->full.append.certificate.n - 1] ^= 1;
}

static void later_header(struct copy *c)
{
	c->block.header.height++;
}

static void other_log(struct copy *c)
{
	c->head.log.size++;
}

static const struct {
	const char *name;
	void (*spoil)(struct copy *c);
	enum err want;
} lies[] = {
	{ "another id in place of a hidden one", other_id, ERR_BAD_BLOCK },
	{ "events swapped", swapped, ERR_BAD_BLOCK },
	{ "an event left out", one_less, ERR_BAD_BLOCK },
	{ "a recall hidden", recall_hidden, ERR_BAD_BLOCK },
	{ "an event of its own hidden, which nobody can see", own_hidden, ERR_OK },
	{ "a shown event's signature changed", signature_changed, ERR_BAD_SIGNATURE },
	{ "an id of one byte", short_id, ERR_BAD_VALUE },
	{ "a vote changed", no_certificate, ERR_BAD_CERTIFICATE },
	{ "a block too far", later_header, ERR_NOT_LINKED },
	{ "another log before it", other_log, ERR_BAD_BLOCK },
};

static void test_lies(void)
{
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct event recall = { .type = EV_RECALL, .u.recall = { world_gtin(MFR), BYTES_LIT(LOT_GOOD), 1, BYTES_LIT("test"),
											 { "" } } };
		struct copy c;
		size_t bad = 0;
		enum err e;

		begin(&c);
		consortium_packs(&c.full, MFR, EV_COMMISSION, 1, 4, MFR);
		next(&c, 1);
		consortium_packs(&c.full, MFR, EV_SHIP, 1, 2, PHARM);
		consortium_packs(&c.full, MFR, EV_SHIP, 3, 1, PHARM2);
		consortium_add(&c.full, MFR, &recall);
		world_must(consortium_block(&c.full));
		show(&c, 3);
		lies[i].spoil(&c);
		e = take(&c, &bad);
		CHECK_EQ(e, lies[i].want, lies[i].name);
		end(&c);
	}
}

/* A pack seen first with the event that names it: one that its holder locks, sends back, destroys. */
static void test_believed(void)
{
	struct pack_view v;
	struct copy c;

	begin(&c);
	deliver(&c);
	consortium_packs(&c.full, PHARM, EV_LOCK, 1, 1, PHARM);
	next(&c, 1);
	CHECK(view(&c, 1, &v) == ERR_OK && pack_view_flag(&v, FLAG_LOCKED) != NULL);
	consortium_packs(&c.full, PHARM, EV_UNLOCK, 1, 1, PHARM);
	next(&c, 1);
	CHECK(view(&c, 1, &v) == ERR_OK && pack_view_flag(&v, FLAG_LOCKED) == NULL);
	consortium_packs(&c.full, PHARM, EV_DESTROY, 1, 1, PHARM);
	next(&c, 1);
	CHECK(view(&c, 1, &v) == ERR_OK && v.custody.state == PACK_DESTROYED);
	end(&c);
}

/* Of a pack that it only met nothing is known: it is not its own for that. */
static void test_met(void)
{
	static const enum event_type types[] = { EV_SURPLUS, EV_SIGHT, EV_RECEIVE };
	struct pack_view v;
	struct copy c;

	begin(&c);
	deliver(&c);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		consortium_packs(&c.full, PHARM, types[i], 4, 1, PHARM); /* which its maker holds */
		next(&c, 1);
		CHECK_ROW(view(&c, 4, &v) == ERR_NOT_FOUND, event_kind(types[i])->name);
	}
	/* known once its maker ships it: to one who has claimed it, at once */
	consortium_packs(&c.full, MFR, EV_SHIP, 4, 1, PHARM);
	next(&c, 1);
	CHECK(view(&c, 4, &v) == ERR_OK && v.custody.holder == world_gln(MFR) && v.custody.peer == world_gln(PHARM));
	end(&c);
}

T_MAIN("light", T(test_own_stock), T(test_recall), T(test_lies), T(test_believed), T(test_met))
