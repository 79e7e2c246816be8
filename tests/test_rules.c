/* The rules of custody, run whole: every event x state x role x relation x locked x expired against a golden list. */
#include "tests/fakes/tsv.h"
#include "tests/fakes/world.h"
#include "tests/t.h"

#define ROWS_MAX 128
#define TARGET_EV 900000 /* number of the event that undoing events name */
#define FIRST_UNIT 1000000 /* beyond what is commissioned here */

static const enum event_type events[] = { EV_COMMISSION, EV_SHIP, EV_VOID_SHIP, EV_RECEIVE, EV_DISPENSE,
					  EV_UNDO_DISPENSE, EV_DESTROY, EV_LOCK, EV_UNLOCK };
static const char *const states[] = { "NONE", "ACTIVE", "IN_TRANSIT", "DISPENSED", "DESTROYED" };
static const char *const roles[] = { "MANUFACTURER", "DISTRIBUTOR", "PHARMACY", "REGULATOR" };
static const enum world_member signers[] = { MFR, DIST, PHARM, REG };
static const char *const relations[] = { "OWNER", "HOLDER", "OWN_LOCK", "PEER", "LOCKER", "STRANGER" };
enum relation { R_OWNER, R_HOLDER, R_OWN_LOCK, R_PEER, R_LOCKER, R_STRANGER };
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct combo {
	enum event_type event;
	enum pack_state state;
	size_t role;
	enum relation relation;
	bool locked, expired;
};

struct golden {
	char event[16], states[48], roles[48], relations[48], locked[4], expired[4], result[24];
	unsigned used;
};
static struct golden golden[ROWS_MAX];
static size_t golden_n;

/* ---- the golden list ---- */

static bool load_golden(void)
{
	struct tsv t;

	if (!tsv_open(&t, "tests/vectors/golden_rules.tsv", 7))
		return false;
	for (golden_n = 0; tsv_next(&t) && golden_n < ROWS_MAX; golden_n++) {
		struct golden *g = &golden[golden_n];

		*g = (struct golden){ .used = 0 };
		snprintf(g->event, sizeof(g->event), "%s", t.field[0]);
		snprintf(g->states, sizeof(g->states), "%s", t.field[1]);
		snprintf(g->roles, sizeof(g->roles), "%s", t.field[2]);
		snprintf(g->relations, sizeof(g->relations), "%s", t.field[3]);
		snprintf(g->locked, sizeof(g->locked), "%s", t.field[4]);
		snprintf(g->expired, sizeof(g->expired), "%s", t.field[5]);
		snprintf(g->result, sizeof(g->result), "%s", t.field[6]);
	}
	tsv_close(&t);
	return true;
}

/* Whether word is one of list's, between commas, or list is "*". */
static bool listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	if (strcmp(list, "*") == 0)
		return true;
	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strncmp(at, word, n) == 0 && (at[n] == ',' || at[n] == 0))
			return true;
	return false;
}

static bool matches(const struct golden *g, const struct combo *c)
{
	return strcmp(g->event, event_kind(c->event)->name) == 0 && listed(g->states, states[c->state]) &&
	       listed(g->roles, roles[c->role]) && listed(g->relations, relations[c->relation]) &&
	       listed(g->locked, c->locked ? "yes" : "no") && listed(g->expired, c->expired ? "yes" : "no");
}

/* The one line for this combination. */
static const char *wanted(const struct combo *c, const char *name)
{
	const char *result = "";
	unsigned n = 0;

	for (size_t i = 0; i < golden_n; i++) {
		if (!matches(&golden[i], c))
			continue;
		golden[i].used++;
		result = golden[i].result;
		n++;
	}
	CHECK_ROW(n == 1, name);
	return result;
}

/* ---- making it so ---- */

/* Whether such a pack can be at all. */
static bool possible(const struct combo *c)
{
	if (c->state == PACK_NONE)
		return !c->locked && (c->relation == R_OWNER || c->relation == R_STRANGER);
	if (c->relation == R_OWNER)
		return false;
	if (c->relation == R_PEER)
		return c->state == PACK_IN_TRANSIT;
	return c->locked || (c->relation != R_OWN_LOCK && c->relation != R_LOCKER);
}

/* Whose product the pack is: a manufacturer's own when it holds it, else the other's. */
static enum world_member maker_of(const struct combo *c)
{
	bool own = c->relation == R_OWNER || c->relation == R_HOLDER || c->relation == R_OWN_LOCK;

	return own || signers[c->role] != MFR ? MFR : MFR2;
}

/* A write that the test makes by hand. */
static struct wr *put(struct writes *ws, struct bytes key)
{
	return writes_put(ws, key);
}

static void put_pack(struct world *w, const struct combo *c, uint64_t unit, struct bytes serial)
{
	uint64_t self = world_gln(signers[c->role]), other = world_gln(DIST2);
	bool holds = c->relation == R_HOLDER || c->relation == R_OWN_LOCK;
	bool own_lock = c->relation == R_OWN_LOCK || c->relation == R_LOCKER;
	struct batch_row batch = { .hi = unit, .gtin = world_gtin(maker_of(c)), .ev = 1, .holder = world_gln(MFR2) };
	const struct custody_row custody = {
		.holder = holds ? self : other,
		.state = c->state,
		.peer = c->state != PACK_IN_TRANSIT ? 0 : c->relation == R_PEER ? self : world_gln(PHARM2),
		.ev = TARGET_EV,
	};
	const struct flag_row lock = { own_lock ? self : world_gln(REG2), 2 };
	uint8_t buf[4096], key[STATE_KEY_MAX];
	struct writes ws;
	struct bytes out;

	batch.lot_n = strlen(c->expired ? LOT_OLD : LOT_GOOD);
	memcpy(batch.lot, c->expired ? LOT_OLD : LOT_GOOD, batch.lot_n);
	writes_init(&ws, buf, sizeof(buf));
	batch_row_write(put(&ws, key_batch(key, unit)), &batch);
	pack_row_write(put(&ws, key_pack(key, batch.gtin, serial)), &(struct pack_row){ unit, 0 });
	custody_row_write(put(&ws, key_custody(key, (int64_t)unit)), &custody);
	if (c->locked)
		flag_row_write(put(&ws, key_flag(key, FLAG_LOCKED, (int64_t)unit)), &lock);
	world_must(wr_end(&ws.w, &out));
	memstate_apply(w->mem, out);
}

/* The event that made the custody which undoing events name. */
static struct hash put_target(struct world *w)
{
	const struct event_row row = { .id = { { 0xEE } }, .type = EV_SHIP, .time_s = w->now_ms / 1000,
				       .place = world_gln(REG2) };
	uint8_t buf[256], key[STATE_KEY_MAX];
	struct writes ws;
	struct bytes out;

	writes_init(&ws, buf, sizeof(buf));
	event_row_write(put(&ws, key_event(key, TARGET_EV)), &row);
	world_must(wr_end(&ws.w, &out));
	memstate_apply(w->mem, out);
	return row.id;
}

static enum err try_combo(struct world *w, const struct combo *c, const char *serial, const struct hash *target)
{
	const char *const serials[] = { serial, NULL };
	struct event ev = world_pack_event(w, signers[c->role], c->event, maker_of(c), c->expired ? LOT_OLD : LOT_GOOD, serials);

	ev.place = world_gln(REG2); /* the target's */
	if (c->event == EV_SHIP)
		ev.u.gln = world_gln(PHARM2);
	else if (c->event == EV_VOID_SHIP || c->event == EV_UNDO_DISPENSE)
		ev.u.hash = *target;
	else if (c->event == EV_DESTROY || c->event == EV_LOCK)
		ev.u.reason = BYTES_LIT("because");
	return world_apply(w, signers[c->role], &ev);
}

/* Who holds it, whom it goes to and whether it is locked, after an event that was allowed. */
static void check_after(struct world *w, const struct combo *c, const struct pack_view *before, const struct pack_view *after,
			const char *name)
{
	bool takes = c->event == EV_RECEIVE || c->event == EV_COMMISSION;
	bool locks = c->event == EV_LOCK || c->event == EV_UNLOCK;
	uint64_t self = world_gln(signers[c->role]);

	CHECK_ROW(after->custody.holder == (takes ? self : before->custody.holder), name);
	CHECK_ROW(after->custody.peer == (c->event == EV_SHIP ? world_gln(PHARM2) : locks ? before->custody.peer : 0), name);
	CHECK_ROW(after->custody.ev == (locks ? before->custody.ev : w->ev - 1), name);
	CHECK_ROW(after->locked == (locks ? c->event == EV_LOCK : before->locked), name);
	if (c->event == EV_LOCK)
		CHECK_ROW(after->lock.by == self && after->lock.ev == w->ev - 1, name);
}

static void run_combo(struct world *w, const struct combo *c, uint64_t unit, const struct hash *target)
{
	char name[128], serial[SERIAL_MAX + 1];
	struct pack_view before = { .unit = 0 }, after;
	struct bytes s;
	const char *want;
	enum err e;

	snprintf(serial, sizeof(serial), "S%llu", (unsigned long long)unit);
	snprintf(name, sizeof(name), "%s %s %s %s %s %s", event_kind(c->event)->name, states[c->state], roles[c->role],
		 relations[c->relation], c->locked ? "locked" : "not locked", c->expired ? "expired" : "not expired");
	s = bytes_of_str(serial);
	want = wanted(c, name);
	if (c->state != PACK_NONE) {
		put_pack(w, c, unit, s);
		world_must(state_pack_view(&w->st, world_gtin(maker_of(c)), s, &before));
	}
	e = try_combo(w, c, serial, target);
	if (e) {
		CHECK_ROW(strcmp(err_name(e), want) == 0, name);
		/* the pack is named, but for what no pack has to do with */
		CHECK_ROW(w->why.at_pack == (e != ERR_ROLE_NOT_ALLOWED) && w->why.pack_pos == 0, name);
		return;
	}
	world_must(state_pack_view(&w->st, world_gtin(maker_of(c)), s, &after));
	CHECK_ROW(strcmp(states[after.custody.state], want) == 0, name);
	check_after(w, c, &before, &after, name);
}

static void each_combo(void (*run)(struct world *w, const struct combo *c, uint64_t unit, const struct hash *target),
		       struct world *w, const struct hash *target)
{
	uint64_t unit = FIRST_UNIT;

	for (size_t i = 0; i < COUNT(events) * COUNT(states) * COUNT(roles) * COUNT(relations) * 4; i++) {
		size_t n = i;
		struct combo c;

		c.expired = n % 2, n /= 2;
		c.locked = n % 2, n /= 2;
		c.relation = (enum relation)(n % COUNT(relations)), n /= COUNT(relations);
		c.role = n % COUNT(roles), n /= COUNT(roles);
		c.state = (enum pack_state)(n % COUNT(states)), n /= COUNT(states);
		c.event = events[n];
		if (possible(&c))
			run(w, &c, unit++, target);
	}
	CHECK(unit - FIRST_UNIT == 2016);
}

static void test_golden(void)
{
	struct world w;
	struct hash target;

	NEED(load_golden());
	world_init(&w, 1);
	target = put_target(&w);
	each_combo(run_combo, &w, &target);
	for (size_t i = 0; i < golden_n; i++)
		CHECK_ROW(golden[i].used > 0, golden[i].event);
	world_free(&w);
}

/* One batch for each group, its packs' numbers contiguous, from the chain's next. */
static void test_commission_numbers(void)
{
	static const struct { const char *serial; size_t batch; uint64_t offset; } want[] = {
		{ "A", 0, 0 }, { "B", 0, 1 }, { "C", 0, 2 }, { "A", 1, 0 }, { "B", 1, 1 },
	};
	const uint64_t gtins[] = { world_gtin(MFR), world_check(1952100010001) };
	struct pack_id packs[COUNT(want)];
	struct chain_row before, after;
	struct batch_row batch;
	struct pack_row pack;
	struct event ev;
	struct world w;

	world_init(&w, 1);
	ev = world_event(&w, MFR, EV_PRODUCT);
	ev.u.product.gtin = gtins[1];
	ev.u.product.name = BYTES_LIT("Examplin, ten boxes");
	CHECK(world_apply(&w, MFR, &ev) == ERR_OK);
	ev = world_event(&w, MFR, EV_LOT);
	ev.u.lot.gtin = gtins[1];
	ev.u.lot.lot = BYTES_LIT("L2");
	ev.u.lot.expiry = 20991231;
	CHECK(world_apply(&w, MFR, &ev) == ERR_OK);
	world_must(world_commission(&w, "Z"));

	for (size_t i = 0; i < COUNT(want); i++)
		packs[i] = (struct pack_id){ gtins[want[i].batch], want[i].batch ? BYTES_LIT("L2") : BYTES_LIT(LOT_GOOD),
					     bytes_of_str(want[i].serial) };
	CHECK(state_chain(&w.st, &before) == ERR_OK);
	ev = world_event(&w, MFR, EV_COMMISSION);
	CHECK(event_groups_encode(packs, COUNT(packs), w.groups, 4096, &ev.groups) == ERR_OK);
	CHECK(world_apply(&w, MFR, &ev) == ERR_OK);
	CHECK(state_chain(&w.st, &after) == ERR_OK && after.next_pack == before.next_pack + COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		uint64_t lo = before.next_pack + (want[i].batch ? 3 : 0);

		CHECK(state_pack(&w.st, packs[i].gtin, packs[i].serial, &pack) == ERR_OK);
		CHECK(pack.lo == lo && pack.offset == want[i].offset);
		CHECK(state_batch(&w.st, lo, &batch) == ERR_OK && batch.hi == lo + (want[i].batch ? 1 : 2));
		CHECK(batch.gtin == packs[i].gtin && bytes_eq(bytes_of(batch.lot, batch.lot_n), packs[i].lot));
		CHECK(batch.ev == w.ev - 1 && batch.holder == world_gln(MFR));
	}
	world_free(&w);
}

T_MAIN("rules", T(test_golden), T(test_commission_numbers))
