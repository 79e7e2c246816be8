/* What a state knows about a pack, gathered for a verdict: along a pack's way, and when the state is not whole. */
#include "node/core/verdict.h"
#include "tests/fakes/world.h"
#include "tests/t.h"

#include <stdlib.h>

#define SERIAL "S1"
#define LABEL_KEY 20 /* index of the test's label key */

static struct world w;

static struct verdict_question question(void)
{
	return (struct verdict_question){ .gtin = world_gtin(MFR), .serial = BYTES_LIT(SERIAL), .lot = BYTES_LIT(LOT_GOOD),
					  .expiry = 20991231, .signed_ = true, .key_id = { 0, 0, 1 } };
}

static struct verdict_facts gather(enum world_member asker)
{
	struct verdict_question q = question();
	struct verdict_facts f;

	CHECK(verdict_gather(&w.st, &q, world_gln(asker), &f) == ERR_OK);
	f.now_ms = w.now_ms;
	return f;
}

static enum reason reason_for(enum world_member asker)
{
	struct verdict_question q = question();
	struct verdict_facts f = gather(asker);
	struct verdict v;

	verdict_decide(&f, &q, LABEL_GOOD, &v);
	return v.primary;
}

static bool is_party(const struct party *p, enum world_member m)
{
	struct member_fields f = world_member(m);

	return p->gln == f.gln && bytes_eq(bytes_of(p->name, p->name_n), f.name) &&
	       bytes_eq(bytes_of(p->contact, p->contact_n), f.contact);
}

static enum err label_key(enum event_type type, enum label_key_state state)
{
	struct event ev = world_event(&w, MFR, type);

	ev.u.label_key.id[2] = 1;
	ev.u.label_key.key = world_key(LABEL_KEY);
	ev.u.label_key.prefixes = world_member(MFR).prefixes;
	ev.u.label_key.state = state;
	return world_apply(&w, MFR, &ev);
}

static void begin(void)
{
	world_free(&w);
	world_init(&w, 1);
	world_must(label_key(EV_LABEL_KEY, LABEL_KEY_ACTIVE));
}

/* ---- along a pack's way ---- */

static void step_nothing(void) { }
static void step_commission(void) { world_must(world_commission(&w, SERIAL)); }
static void step_ship(void) { world_must(world_ship(&w, MFR, PHARM, SERIAL)); }
static void step_receive(void) { world_must(world_do(&w, PHARM, EV_RECEIVE, SERIAL)); }
static void step_lock(void) { world_must(world_do(&w, REG, EV_LOCK, SERIAL)); }
static void step_unlock(void) { world_must(world_do(&w, REG, EV_UNLOCK, SERIAL)); }
static void step_dispense(void) { world_must(world_do(&w, PHARM, EV_DISPENSE, SERIAL)); }

#define NOBODY -1
static const struct {
	const char *name;
	void (*step)(void);
	enum pack_state state;
	int holder, peer, signer, locker;
	enum event_type last;
	enum reason maker, pharmacy, other, regulator; /* what each of them is told */
} steps[] = {
	{ "printed", step_nothing, PACK_NONE, NOBODY, NOBODY, NOBODY, NOBODY, (enum event_type)0, REASON_SERIAL_UNKNOWN,
	  REASON_SERIAL_UNKNOWN, REASON_SERIAL_UNKNOWN, REASON_SERIAL_UNKNOWN },
	{ "commissioned", step_commission, PACK_ACTIVE, MFR, NOBODY, MFR, NOBODY, EV_COMMISSION, REASON_GENUINE, REASON_NOT_YOURS,
	  REASON_NOT_YOURS, REASON_GENUINE_ELSEWHERE },
	{ "shipped", step_ship, PACK_IN_TRANSIT, MFR, PHARM, MFR, NOBODY, EV_SHIP, REASON_NOT_YOURS, REASON_NOT_RECEIVED,
	  REASON_NOT_YOURS, REASON_GENUINE_ELSEWHERE },
	{ "received", step_receive, PACK_ACTIVE, PHARM, NOBODY, PHARM, NOBODY, EV_RECEIVE, REASON_NOT_YOURS, REASON_GENUINE,
	  REASON_NOT_YOURS, REASON_GENUINE_ELSEWHERE },
	{ "locked", step_lock, PACK_ACTIVE, PHARM, NOBODY, PHARM, REG, EV_RECEIVE, REASON_LOCKED, REASON_LOCKED, REASON_LOCKED,
	  REASON_LOCKED },
	{ "unlocked", step_unlock, PACK_ACTIVE, PHARM, NOBODY, PHARM, NOBODY, EV_RECEIVE, REASON_NOT_YOURS, REASON_GENUINE,
	  REASON_NOT_YOURS, REASON_GENUINE_ELSEWHERE },
	{ "dispensed", step_dispense, PACK_DISPENSED, PHARM, NOBODY, PHARM, NOBODY, EV_DISPENSE, REASON_DISPENSED_ELSEWHERE,
	  REASON_DISPENSED_HERE, REASON_DISPENSED_ELSEWHERE, REASON_DISPENSED_ELSEWHERE },
};

static bool is_who(const struct party *p, int who)
{
	return who == NOBODY ? p->gln == 0 : is_party(p, (enum world_member)who);
}

/* Whoever is not on the pack's way at this step learns neither who holds it nor who moved it, where and when. */
static void check_withheld(const struct verdict_facts *all, const char *const *name, int holder, int peer)
{
	for (int m = MFR; m < REG; m++) {
		struct verdict_facts f = gather((enum world_member)m);
		bool knows = m == holder || m == peer;

		CHECK_ROW(f.state == all->state && f.locked == all->locked && f.locker.gln == all->locker.gln, *name);
		CHECK_ROW(f.holder.gln == (knows ? all->holder.gln : 0) && f.peer.gln == (knows ? all->peer.gln : 0), *name);
		CHECK_ROW(f.event_type == (knows ? all->event_type : 0) && f.event_place == (knows ? all->event_place : 0), *name);
		CHECK_ROW(f.signer.gln == (knows ? all->signer.gln : 0) && f.event_time_s == (knows ? all->event_time_s : 0), *name);
		CHECK_ROW(is_party(&f.maker, MFR), *name);
	}
}

static void test_along_its_way(void)
{
	begin();
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct verdict_facts f;

		w.now_ms += 60000;
		steps[i].step();
		f = gather(REG);
		CHECK_EQ(f.state, steps[i].state, steps[i].name);
		CHECK_EQ(f.event_type, steps[i].last, steps[i].name);
		check_withheld(&f, &steps[i].name, steps[i].holder, steps[i].peer);
		CHECK_ROW(is_who(&f.holder, steps[i].holder) && is_who(&f.peer, steps[i].peer), steps[i].name);
		CHECK_ROW(is_who(&f.signer, steps[i].signer) && is_who(&f.locker, steps[i].locker), steps[i].name);
		CHECK_ROW(f.locked == (steps[i].locker != NOBODY), steps[i].name);
		if (steps[i].signer != NOBODY && steps[i].step != step_lock && steps[i].step != step_unlock)
			CHECK_ROW(f.event_time_s == w.now_ms / 1000 &&
				  f.event_place == world_gln((enum world_member)steps[i].signer), steps[i].name);
		CHECK_EQ(reason_for(MFR), steps[i].maker, steps[i].name);
		CHECK_EQ(reason_for(PHARM), steps[i].pharmacy, steps[i].name);
		CHECK_EQ(reason_for(PHARM2), steps[i].other, steps[i].name);
		CHECK_EQ(reason_for(REG), steps[i].regulator, steps[i].name);
	}
}

static void test_what_is_known_of_product_lot_and_asker(void)
{
	struct verdict_question q = question();
	struct verdict_facts f;

	begin();
	f = gather(DIST);
	CHECK(f.product_known && !f.always_signed && is_party(&f.maker, MFR) && f.product_n == strlen("Examplin 20 mg, 30 tablets"));
	CHECK(!f.pack_known && f.lot_known && f.asker == world_gln(DIST) && f.asker_role == ROLE_DISTRIBUTOR);
	q.lot = BYTES_LIT("NO SUCH");
	CHECK(verdict_gather(&w.st, &q, world_gln(DIST), &f) == ERR_OK && !f.lot_known);
	q.lot = bytes_of(NULL, 0);
	CHECK(verdict_gather(&w.st, &q, world_gln(DIST), &f) == ERR_OK && !f.lot_known && !f.pack_known);
	step_commission();
	f = gather(DIST);
	CHECK(f.pack_known && f.expiry == 20991231 && bytes_eq(bytes_of(f.lot, f.lot_n), BYTES_LIT(LOT_GOOD)));
	q.gtin = world_check(952100010999);
	CHECK(verdict_gather(&w.st, &q, world_gln(DIST), &f) == ERR_OK && !f.product_known && !f.pack_known && f.maker.gln == 0);
	CHECK(verdict_gather(&w.st, &q, world_gln(NEWCOMER), &f) == ERR_OK && f.asker == world_gln(NEWCOMER) && f.asker_role == 0);
}

/* A product for some markets, asked about from one of them, from another, and from nobody knows where. */
static void test_markets(void)
{
	static const struct { const char *name; struct country country; bool other; } rows[] = {
		{ "its market", { "BE" }, false }, { "its other market", { "LU" }, false }, { "another", { "FR" }, true },
		{ "nobody knows", { "" }, false },
	};
	struct event ev;

	begin();
	CHECK(!gather(PHARM).other_market); /* for any */
	ev = world_event(&w, MFR, EV_PRODUCT);
	ev.u.product.gtin = world_gtin(MFR);
	ev.u.product.name = BYTES_LIT("Examplin");
	ev.u.product.markets = (struct markets){ .n = 2, .v = { { "BE" }, { "LU" } } };
	world_must(world_apply(&w, MFR, &ev));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t buf[4096], key[STATE_KEY_MAX];
		struct member_row m;
		struct writes ws;
		struct bytes out;

		world_must(state_member(&w.st, world_gln(PHARM), &m));
		m.country = rows[i].country;
		writes_init(&ws, buf, sizeof(buf));
		member_row_write(writes_put(&ws, key_member(key, world_gln(PHARM))), &m);
		world_must(wr_end(&ws.w, &out));
		memstate_apply(w.mem, out);
		CHECK_ROW(gather(PHARM).other_market == rows[i].other, rows[i].name);
	}
}

/* ---- label keys ---- */

static void test_the_key_that_signed(void)
{
	struct verdict_question q = question();
	struct verdict_facts f;
	struct pubkey key = world_key(LABEL_KEY);

	begin();
	step_commission();
	f = gather(MFR);
	CHECK(f.key_known && f.key_covers && f.key_owner == world_gln(MFR) && f.key_state == LABEL_KEY_ACTIVE && !f.pack_older &&
	      memcmp(f.key.b, key.b, PUBKEY_LEN) == 0);
	q.gtin = world_gtin(MFR2);
	CHECK(verdict_gather(&w.st, &q, world_gln(MFR), &f) == ERR_OK && f.key_known && !f.key_covers && f.maker.gln == world_gln(MFR2));
	q.key_id[0] = 9;
	CHECK(verdict_gather(&w.st, &q, world_gln(MFR), &f) == ERR_OK && !f.key_known);
	q = question();
	q.signed_ = false;
	CHECK(verdict_gather(&w.st, &q, world_gln(MFR), &f) == ERR_OK && !f.key_known);
}

/* A pack from before the key was compromised stays good by the ledger, a later one does not come from its owner. */
static void test_packs_before_and_after_a_compromise(void)
{
	struct verdict_question q = question();
	struct verdict_facts f;

	begin();
	step_commission();
	world_must(label_key(EV_LABEL_KEY_STATE, LABEL_KEY_COMPROMISED));
	world_must(world_commission(&w, "S2"));
	f = gather(MFR);
	CHECK(f.key_state == LABEL_KEY_COMPROMISED && f.pack_older);
	q.serial = BYTES_LIT("S2");
	CHECK(verdict_gather(&w.st, &q, world_gln(MFR), &f) == ERR_OK && f.pack_known && !f.pack_older);
	q.serial = BYTES_LIT("S3");
	CHECK(verdict_gather(&w.st, &q, world_gln(MFR), &f) == ERR_OK && !f.pack_known && !f.pack_older);
}

/* ---- a state that is not whole ---- */

static void forget(struct bytes key)
{
	memstate_set(w.mem, key, bytes_of(NULL, 0));
}

static void test_a_state_that_contradicts_itself(void)
{
	static const char *const names[] = { "the lot", "the last event", "the holder", "the peer", "the locker", "the batch" };

	for (int what = 0; what < 6; what++) {
		struct verdict_question q = question();
		uint8_t buf[STATE_KEY_MAX];
		struct verdict_facts f;
		struct pack_view v;

		begin();
		step_commission();
		world_must(world_ship(&w, MFR, DIST, SERIAL));
		step_lock();
		v = world_view(&w, SERIAL);
		CHECK_ROW(verdict_gather(&w.st, &q, world_gln(REG2), &f) == ERR_OK, names[what]);
		switch (what) {
		case 0: forget(key_lot(buf, q.gtin, q.lot)); break;
		case 1: forget(key_event(buf, v.custody.ev)); break;
		case 2: forget(key_member(buf, world_gln(MFR))); break;
		case 3: forget(key_member(buf, world_gln(DIST))); break;
		case 4: forget(key_member(buf, world_gln(REG))); break;
		default: forget(key_batch(buf, v.batch.lo)); break;
		}
		CHECK_EQ(verdict_gather(&w.st, &q, world_gln(REG2), &f), ERR_CORRUPT, names[what]);
	}
}

/* A state whose reads fail after so many. */
struct failing {
	struct state st;
	int left;
};

static enum err failing_get(void *ctx, struct bytes key, struct bytes *val)
{
	struct failing *f = ctx;

	return f->left-- > 0 ? f->st.get(f->st.ctx, key, val) : ERR_DATABASE;
}

/* The error of any read comes back; and how many reads an answer takes. */
static int reads_for(enum world_member asker)
{
	struct verdict_question q = question();
	struct verdict_facts f;

	for (int n = 0;; n++) {
		struct failing failing = { w.st, n };
		struct state st = { &failing, failing_get };
		enum err e = verdict_gather(&st, &q, world_gln(asker), &f);

		if (e == ERR_OK)
			return n;
		CHECK_EQ(e, ERR_DATABASE, "a read that fails");
	}
}

static void test_reads(void)
{
	begin();
	world_bring(&w, PHARM, SERIAL);
	CHECK_EQ(reads_for(PHARM), 11, "the holder: asker, product, maker, pack, batch, around, flags, custody, event, lot, key");
	CHECK_EQ(reads_for(DIST), 10, "somebody else learns of no event");
	CHECK_EQ(reads_for(REG), 13, "a regulator: holder and signer too");
}

static void test_end(void)
{
	world_free(&w);
}

T_MAIN("verdict_gather", T(test_along_its_way), T(test_what_is_known_of_product_lot_and_asker), T(test_markets), T(test_the_key_that_signed),
       T(test_packs_before_and_after_a_compromise), T(test_a_state_that_contradicts_itself), T(test_reads), T(test_end))
