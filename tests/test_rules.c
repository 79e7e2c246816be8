/* The rules of custody, run whole: every event x state x role x relation x flags against a golden list; all of them through
 * the table, and those that can be, with at most one flag and a sample of the rest, through a state. */
#include <stdlib.h>

#include "node/core/rules_parts.h"
#include "tests/fakes/tsv.h"
#include "tests/fakes/world.h"
#include "tests/t.h"

#define ROWS_MAX 400
#define TARGET_EV 900000 /* number of the event that undoing events name */
#define FIRST_UNIT 1000000 /* beyond what is commissioned here */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const enum event_type events[] = {
	EV_COMMISSION, EV_SHIP, EV_VOID_SHIP, EV_RECEIVE, EV_DISPENSE, EV_UNDO_DISPENSE, EV_DESTROY, EV_LOCK, EV_UNLOCK, EV_PACK,
	EV_UNPACK, EV_MISSING, EV_SURPLUS, EV_RETURN, EV_SAMPLE, EV_FREE_SAMPLE, EV_UNDO_SAMPLE, EV_EXPORT, EV_STOLEN,
	EV_CHECK_OUT, EV_UNDO_CHECK_OUT,
};
static const char *const states[] = {
	"NONE", "ACTIVE", "IN_TRANSIT", "DISPENSED", "DESTROYED", "SAMPLE", "FREE_SAMPLE", "EXPORTED", "CHECKED_OUT",
};
static const char *const roles[] = { "MANUFACTURER", "DISTRIBUTOR", "PHARMACY", "REGULATOR" };
static const char *const relations[] = { "OWNER", "HOLDER", "PEER", "STRANGER" };
static const char *const traits[] = { "MAKER", "LOCKER", "SUPPLIER" };
static const char flag_letters[] = "LSERWU";
enum relation { R_OWNER, R_HOLDER, R_PEER, R_STRANGER };
enum { MAKER = 1, LOCKER = 2, SUPPLIER = 4 };
enum { LOCKED = 1, STOLEN = 2, EXPIRED = 4, RECALLED = 8, WITHDRAWN = 16, UNRELEASED = 32, ALL_FLAGS = 63 };

struct combo {
	enum event_type event;
	enum pack_state state;
	size_t role;
	enum relation relation;
	unsigned traits, flags;
};

struct golden {
	enum event_type event;
	unsigned states, roles, relations; /* bit for each */
	unsigned traits_care, traits, flags_care, flags;
	enum err err; /* or: */
	enum pack_state to; /* PACK_NONE: the same as before */
	unsigned used;
};
static struct golden golden[ROWS_MAX];
static size_t golden_n, first_of[256]; /* by event: its lines stand together */

/* ---- the golden list ---- */

static void bad(const struct tsv *t, const char *word)
{
	fprintf(stderr, "%s:%u: %s\n", t->path, t->line_no, word);
	abort();
}

static unsigned index_of(const struct tsv *t, const char *const *names, size_t n, const char *word, size_t len)
{
	for (unsigned i = 0; i < n; i++)
		if (strlen(names[i]) == len && strncmp(names[i], word, len) == 0)
			return i;
	bad(t, word);
	return 0;
}

/* Bits of the names listed between commas; "*": all; after "!": all others. */
static unsigned read_set(const struct tsv *t, const char *list, const char *const *names, size_t n)
{
	unsigned all = (1U << n) - 1, set = 0;
	bool others = *list == '!';

	if (strcmp(list, "*") == 0)
		return all;
	for (const char *at = list + others; *at;) {
		size_t len = strcspn(at, ",");

		set |= 1U << index_of(t, names, n, at, len);
		at += len + (at[len] == ',');
	}
	return others ? all & ~set : set;
}

static void read_flags(const struct tsv *t, const char *pattern, struct golden *g)
{
	if (strlen(pattern) != strlen(flag_letters))
		bad(t, pattern);
	for (unsigned i = 0; flag_letters[i]; i++) {
		if (pattern[i] == '*')
			continue;
		if (pattern[i] != '-' && pattern[i] != flag_letters[i])
			bad(t, pattern);
		g->flags_care |= 1U << i;
		g->flags |= (unsigned)(pattern[i] != '-') << i;
	}
}

static void read_result(const struct tsv *t, const char *word, struct golden *g)
{
	if (strcmp(word, "SAME") == 0)
		return;
	for (size_t i = 1; i < COUNT(states); i++)
		if (strcmp(word, states[i]) == 0)
			g->to = (enum pack_state)i;
	for (int e = 1; e < 256 && g->to == PACK_NONE && g->err == ERR_OK; e++)
		if (strcmp(err_name((enum err)e), word) == 0)
			g->err = (enum err)e;
	if (g->to == PACK_NONE && g->err == ERR_OK)
		bad(t, word);
}

static void read_line(const struct tsv *t, struct golden *g)
{
	*g = (struct golden){ .to = PACK_NONE };
	for (size_t i = 0; i < COUNT(events); i++)
		if (strcmp(event_kind(events[i])->name, t->field[0]) == 0)
			g->event = events[i];
	if (g->event == 0)
		bad(t, t->field[0]);
	g->states = read_set(t, t->field[1], states, COUNT(states));
	g->roles = read_set(t, t->field[2], roles, COUNT(roles));
	g->relations = read_set(t, t->field[3], relations, COUNT(relations));
	if (strcmp(t->field[4], "*")) {
		bool not = *t->field[4] == '!';

		g->traits_care = read_set(t, t->field[4] + not, traits, COUNT(traits));
		g->traits = not ? 0 : g->traits_care;
	}
	read_flags(t, t->field[5], g);
	read_result(t, t->field[6], g);
}

static bool load_golden(void)
{
	struct tsv t;

	if (!tsv_open(&t, "tests/vectors/golden_rules.tsv", 7))
		return false;
	for (golden_n = 0; tsv_next(&t); golden_n++) {
		if (golden_n == ROWS_MAX)
			bad(&t, "too many lines");
		read_line(&t, &golden[golden_n]);
		if (golden_n == 0 || golden[golden_n].event != golden[golden_n - 1].event)
			first_of[golden[golden_n].event] = golden_n;
	}
	tsv_close(&t);
	return true;
}

static bool matches(const struct golden *g, const struct combo *c)
{
	return g->states >> c->state & 1 && g->roles >> c->role & 1 && g->relations >> c->relation & 1 &&
	       (c->traits & g->traits_care) == g->traits && (c->flags & g->flags_care) == g->flags;
}

static const char *name_of(const struct combo *c)
{
	static char name[160];
	char flags[8] = "------", who[32] = "";

	for (unsigned i = 0; flag_letters[i]; i++)
		if (c->flags >> i & 1)
			flags[i] = flag_letters[i];
	for (unsigned i = 0; i < COUNT(traits); i++)
		if (c->traits >> i & 1)
			snprintf(who + strlen(who), sizeof(who) - strlen(who), " %s", traits[i]);
	snprintf(name, sizeof(name), "%s %s %s %s%s %s", event_kind(c->event)->name, states[c->state], roles[c->role],
		 relations[c->relation], who, flags);
	return name;
}

/* The one line for this combination. */
static const struct golden *wanted(const struct combo *c)
{
	struct golden *found = NULL;
	unsigned n = 0;

	for (size_t i = first_of[c->event]; i < golden_n && golden[i].event == c->event; i++) {
		if (!matches(&golden[i], c))
			continue;
		found = &golden[i];
		n++;
	}
	if (n != 1)
		CHECK_EQ(n, 1, name_of(c));
	else
		found->used++;
	return n == 1 ? found : NULL;
}

static enum pack_state state_after(const struct golden *g, const struct combo *c)
{
	return g->to == PACK_NONE ? c->state : g->to;
}

/* ---- all that could be asked ---- */

static size_t each_combo(void (*run)(const struct combo *c))
{
	size_t n = 0, all = COUNT(events) * COUNT(states) * COUNT(roles) * COUNT(relations) * 8 * 64;

	for (size_t i = 0; i < all; i++) {
		size_t rest = i;
		struct combo c;

		c.flags = rest % 64, rest /= 64;
		c.traits = rest % 8, rest /= 8;
		c.relation = (enum relation)(rest % COUNT(relations)), rest /= COUNT(relations);
		c.role = rest % COUNT(roles), rest /= COUNT(roles);
		c.state = (enum pack_state)(rest % COUNT(states)), rest /= COUNT(states);
		c.event = events[rest];
		if (c.state == PACK_NONE ? c.relation == R_HOLDER || c.relation == R_PEER : c.relation == R_OWNER)
			continue;
		run(&c);
		n++;
	}
	return n;
}

/* The table knows no packs that are not there, and a COMMISSION as of such alone. */
static void ask_table(const struct combo *c)
{
	const struct golden *g = wanted(c);
	const struct rules_facts facts = {
		.state = c->state, .owner = c->relation == R_OWNER, .holder = c->relation == R_HOLDER,
		.peer = c->relation == R_PEER, .locker = c->traits & LOCKER, .maker = c->traits & MAKER,
		.supplier = c->traits & SUPPLIER, .locked = c->flags & LOCKED, .stolen = c->flags & STOLEN,
		.expired = c->flags & EXPIRED, .recalled = c->flags & RECALLED, .withdrawn = c->flags & WITHDRAWN,
		.unreleased = c->flags & UNRELEASED,
	};
	enum pack_state to = PACK_NONE;
	enum err e, want = g ? g->err : ERR_OK;

	if (!g || (c->event == EV_COMMISSION && c->state != PACK_NONE))
		return;
	e = rules_transition(c->event, (enum role)(c->role + 1), &facts, &to);
	if (want == ERR_UNKNOWN_PACK)
		want = ERR_STATE_NOT_ALLOWED;
	if (e != want)
		t_check_eq(e, want, __LINE__, err_name(e), __FILE__, name_of(c));
	else if (e == ERR_OK && to != state_after(g, c))
		t_check_eq(to, state_after(g, c), __LINE__, "to", __FILE__, name_of(c));
}

static void test_table(void)
{
	NEED(load_golden());
	CHECK_EQ(each_combo(ask_table), 1118208, "");
	for (size_t i = 0; i < golden_n; i++)
		CHECK_ROW(golden[i].used > 0, event_kind(golden[i].event)->name);
}

/* ---- through a state ---- */

static struct world w;
static struct hash target;
static uint64_t unit; /* number of the combination's pack; its negative, of the unit around it */

/* Whether such a pack can be at all. */
static bool possible(const struct combo *c)
{
	bool mfr = c->role == 0;

	if ((c->traits & MAKER && !mfr) || (c->traits & LOCKER && !(c->flags & LOCKED)) || (c->traits & SUPPLIER && c->role != 1))
		return false;
	if (c->state == PACK_NONE)
		return !(c->flags & (LOCKED | STOLEN)) && (c->relation == R_OWNER) == (mfr && c->traits & MAKER);
	return c->relation != R_PEER || c->state == PACK_IN_TRANSIT;
}

static enum world_member signer_of(const struct combo *c)
{
	static const enum world_member of_role[] = { MFR, DIST, PHARM, REG };

	return c->traits & SUPPLIER ? DIST2 : of_role[c->role];
}

static enum world_member maker_of(const struct combo *c) { return c->traits & MAKER ? MFR : MFR2; }

static uint64_t gtin_of(const struct combo *c)
{
	uint64_t gtin = world_gtin(maker_of(c));

	return c->flags & WITHDRAWN ? world_check(gtin / 10 + 1) : gtin;
}

/* Lots are named after their flags. */
static struct bytes lot_of(const struct combo *c, char buf[static 2])
{
	buf[0] = 'X';
	buf[1] = (char)('a' + (c->flags & (EXPIRED | RECALLED)) / EXPIRED + (c->flags & UNRELEASED ? 4 : 0));
	return bytes_of(buf, 2);
}

static void apply(struct writes *ws)
{
	struct bytes out;

	world_must(wr_end(&ws->w, &out));
	memstate_apply(w.mem, out);
}

static void put_lots(enum world_member m, unsigned withdrawn)
{
	const struct combo of = { .traits = m == MFR ? MAKER : 0, .flags = withdrawn };
	struct product_row product = { .owner = world_gln(m), .name = "X", .name_n = 1, .withdrawn_n = withdrawn > 0,
				       .withdrawn = { { .ev = 2 } } };
	uint8_t buf[4096], key[STATE_KEY_MAX];
	struct writes ws;
	char name[2];

	writes_init(&ws, buf, sizeof(buf));
	product_row_write(writes_put(&ws, key_product(key, gtin_of(&of))), &product);
	for (unsigned flags = 0; flags < ALL_FLAGS; flags++) {
		const struct combo c = { .flags = flags };
		const struct lot_row lot = { .expiry = flags & EXPIRED ? 20200131 : 20991231, .released = flags & UNRELEASED ? 0 : 2,
					     .recalled = flags & RECALLED ? 2 : 0 };

		if (flags & (LOCKED | STOLEN | WITHDRAWN))
			continue;
		lot_row_write(writes_put(&ws, key_lot(key, gtin_of(&of), lot_of(&c, name))), &lot);
	}
	apply(&ws);
}

/* The event that made the custody which undoing events name. */
static void put_target(void)
{
	const struct event_row row = { .id = { { 0xEE } }, .type = EV_SHIP, .time_s = w.now_ms / 1000, .place = world_gln(REG2) };
	uint8_t buf[256], key[STATE_KEY_MAX];
	struct writes ws;

	writes_init(&ws, buf, sizeof(buf));
	event_row_write(writes_put(&ws, key_event(key, TARGET_EV)), &row);
	apply(&ws);
	target = row.id;
}

/* For UNPACK: around the pack, or around nothing. */
static void put_unit(const struct combo *c, struct writes *ws, const struct batch_row *batch)
{
	const bool full = c->state != PACK_NONE;
	const struct unit_row row = { .sscc = world_sscc_of_nobody(unit), .packs = full, .lots = full, .children = full, .levels = 1 };
	struct unit_lot_row lot = { .gtin = batch->gtin, .lot_n = batch->lot_n, .packs = 1 };
	uint8_t key[STATE_KEY_MAX];

	memcpy(lot.lot, batch->lot, batch->lot_n);
	wr_int(writes_put(ws, key_unit(key, row.sscc)), -(int64_t)unit);
	unit_row_write(writes_put(ws, key_unit_row(key, -(int64_t)unit)), &row);
	if (!full)
		return;
	wr_int(writes_put(ws, key_inside(key, (int64_t)unit)), -(int64_t)unit);
	unit_lot_row_write(writes_put(ws, key_unit_lot(key, -(int64_t)unit, 0)), &lot);
	wr_uint(writes_put(ws, key_unit_lot_at(key, -(int64_t)unit, lot.gtin, bytes_of(lot.lot, lot.lot_n))), 0);
}

static void put_pack(const struct combo *c, struct bytes serial)
{
	uint64_t self = world_gln(signer_of(c)), other = world_gln(PHARM2);
	int64_t outer = c->event == EV_UNPACK ? -(int64_t)unit : (int64_t)unit;
	struct batch_row batch = { .hi = unit, .gtin = gtin_of(c), .ev = 1, .holder = world_gln(MFR2), .lot_n = 2 };
	const struct custody_row custody = {
		.holder = c->relation == R_HOLDER ? self : other,
		.state = c->state,
		.peer = c->state != PACK_IN_TRANSIT ? 0 : c->relation == R_PEER ? self : world_gln(NEWCOMER),
		.ev = TARGET_EV,
	};
	struct flags_row flags = { .of = { [FLAG_MISMATCH] = { world_gln(REG2), TARGET_EV + 1 } } };
	uint8_t buf[4096], key[STATE_KEY_MAX];
	struct writes ws;

	if (c->flags & LOCKED)
		flags.of[FLAG_LOCKED] = (struct flag_row){ c->traits & LOCKER ? self : world_gln(REG2), 2 };
	if (c->flags & STOLEN)
		flags.of[FLAG_STOLEN] = (struct flag_row){ world_gln(MFR2), 2 };
	lot_of(c, (char *)batch.lot);
	writes_init(&ws, buf, sizeof(buf));
	if (c->event == EV_UNPACK)
		put_unit(c, &ws, &batch);
	if (c->state != PACK_NONE) {
		batch_row_write(writes_put(&ws, key_batch(key, unit)), &batch);
		pack_row_write(writes_put(&ws, key_pack(key, batch.gtin, serial)), &(struct pack_row){ unit, 0 });
		custody_row_write(writes_put(&ws, key_custody(key, outer)), &custody);
		flags_row_write(writes_put(&ws, key_flags(key, outer)), &flags);
	}
	apply(&ws);
}

static uint64_t receiver_of(const struct combo *c) { return world_gln(c->event == EV_SHIP ? PHARM2 : MFR2); }

static enum err try_combo(const struct combo *c, struct bytes serial)
{
	char lot[2];
	struct pack_id pack = { gtin_of(c), lot_of(c, lot), serial };
	struct event ev = world_event(&w, signer_of(c), c->event);

	world_subject(&w, &ev, &pack, 1, NULL, 0);
	ev.place = world_gln(REG2); /* the target's */
	if (c->event == EV_SHIP || c->event == EV_RETURN)
		ev.u.gln = receiver_of(c);
	else if (c->event == EV_VOID_SHIP || c->event == EV_UNDO_DISPENSE || c->event == EV_UNDO_SAMPLE ||
		 c->event == EV_UNDO_CHECK_OUT)
		ev.u.hash = target;
	else if (c->event == EV_DESTROY || c->event == EV_LOCK || c->event == EV_STOLEN || c->event == EV_CHECK_OUT)
		ev.u.reason = BYTES_LIT("because");
	else if (c->event == EV_PACK || c->event == EV_UNPACK)
		ev.u.sscc = world_sscc_of_nobody(unit);
	else if (c->event == EV_EXPORT)
		ev.u.country = (struct country){ "CH" };
	return world_apply(&w, signer_of(c), &ev);
}

/* What an event does to flags and custody. */
struct effect {
	enum event_type event;
	enum pack_state from; /* PACK_NONE: any */
	int flag; /* -1: none */
	bool set, moves; /* moves: has a row of its own written, and so ends a mismatch */
};
static const struct effect effects[] = {
	{ EV_LOCK, PACK_NONE, FLAG_LOCKED, true, false }, { EV_UNLOCK, PACK_NONE, FLAG_LOCKED, false, false },
	{ EV_STOLEN, PACK_NONE, FLAG_STOLEN, true, false }, { EV_SURPLUS, PACK_NONE, FLAG_MISMATCH, true, false },
	{ EV_MISSING, PACK_NONE, FLAG_MISMATCH, true, true }, { EV_RECEIVE, PACK_ACTIVE, FLAG_CLAIMED, true, false },
	{ EV_PACK, PACK_NONE, -1, false, false }, { EV_UNPACK, PACK_NONE, -1, false, true },
};
static const struct effect moved = { EV_SHIP, PACK_NONE, FLAG_MISMATCH, false, true };

static const struct effect *effect_of(const struct combo *c)
{
	for (size_t i = 0; i < COUNT(effects); i++)
		if (effects[i].event == c->event && (effects[i].from == PACK_NONE || effects[i].from == c->state))
			return &effects[i];
	return &moved;
}

static void check_flags(const struct combo *c, const struct effect *x, const struct pack_view *before,
			const struct pack_view *after)
{
	for (int i = 0; i < FLAG_KINDS; i++) {
		const struct flag_row *is = &after->flags.of[i], *was = &before->flags.of[i];
		bool renewed = c->event == EV_PACK && i == FLAG_MISMATCH; /* by being packed into a unit younger than it */

		if (i == x->flag)
			CHECK_ROW(x->set ? is->by == world_gln(signer_of(c)) && is->ev == w.ev - 1 : is->by == 0, name_of(c));
		else
			CHECK_ROW(is->by == was->by && is->ev == (renewed ? w.ev - 1 : was->ev), name_of(c));
	}
}

/* Who holds it, whom it goes to and what its flags are, after an event that was allowed. */
static void check_after(const struct combo *c, const struct pack_view *before, const struct pack_view *after)
{
	const struct effect *x = effect_of(c);
	uint64_t self = world_gln(signer_of(c)), peer = x->moves ? 0 : before->custody.peer;

	if (c->event == EV_SHIP || c->event == EV_RETURN)
		peer = receiver_of(c);
	else if (c->event == EV_UNPACK || c->event == EV_MISSING)
		peer = before->custody.peer;
	CHECK_ROW(after->custody.holder == (c->event == EV_RECEIVE && x->moves ? self : before->custody.holder), name_of(c));
	CHECK_ROW(after->custody.peer == peer, name_of(c));
	CHECK_ROW(after->custody.ev == (x->moves || c->event == EV_PACK ? w.ev - 1 : before->custody.ev), name_of(c));
	CHECK_ROW(after->above_n == (c->event == EV_PACK), name_of(c));
	check_flags(c, x, before, after);
}

static void run_real(const struct combo *c)
{
	const struct golden *g = wanted(c);
	struct pack_view before = { .unit = 0 }, after;
	char serial[SERIAL_MAX + 1];
	struct bytes s;
	enum err e;

	unit++;
	snprintf(serial, sizeof(serial), "S%llu", (unsigned long long)unit);
	s = bytes_of_str(serial);
	if (!g)
		return;
	put_pack(c, s);
	if (c->state != PACK_NONE)
		world_must(state_pack_view(&w.st, gtin_of(c), s, &before));
	e = try_combo(c, s);
	if (e != g->err)
		t_check_eq(e, g->err, __LINE__, err_name(e), __FILE__, name_of(c));
	if (e) {
		/* the pack is named, but for what no pack has to do with */
		CHECK_ROW(w.why.at_pack == (e != ERR_ROLE_NOT_ALLOWED) && w.why.pack_pos == 0, name_of(c));
		return;
	}
	world_must(state_pack_view(&w.st, gtin_of(c), s, &after));
	CHECK_ROW(after.custody.state == state_after(g, c), name_of(c));
	if (c->state != PACK_NONE)
		check_after(c, &before, &after);
	else
		CHECK_ROW(after.custody.holder == world_gln(signer_of(c)) && after.custody.ev == w.ev - 1, name_of(c));
}

static size_t real_n;

static void maybe_real(const struct combo *c)
{
	bool one_flag = (c->flags & (c->flags - 1)) == 0;

	if (!possible(c) || (!one_flag && rand() % 16))
		return;
	real_n++;
	run_real(c);
}

static void test_state(void)
{
	NEED(load_golden());
	srand(6);
	world_init(&w, 1);
	w.ev = 2 * TARGET_EV;
	world_set_member(&w, DIST2, true, NULL);
	for (unsigned i = 0; i < 4; i++)
		put_lots(i & 1 ? MFR : MFR2, i & 2 ? WITHDRAWN : 0);
	put_target();
	unit = FIRST_UNIT;
	each_combo(maybe_real);
	CHECK(real_n > 20000);
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

T_MAIN("rules", T(test_table), T(test_state), T(test_commission_numbers))
