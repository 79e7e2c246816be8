#include "node/core/rules_parts.h"

/* A unit keeps every lot it ever had: so many one event may look at, or a member could make every node read for minutes. */
#define LOTS_LOOKED_MAX 32768

/* What a lot says of its packs. */
struct lot_facts {
	bool expired, recalled, withdrawn, unreleased;
	bool maker; /* of the signer's product */
};

/* One event on its way through its subject. */
struct custody {
	uint64_t target; /* of those that undo: number of the event they undo */
	enum err undo; /* why the target may not be undone now; said once it is known to be in force */
	struct lot_facts lot; /* of the group of packs looked at */
	uint64_t lots_looked; /* of units */
	int64_t parent; /* PACK, UNPACK: the unit named */
	struct pack_view parent_view; /* PACK */
	struct tally tally;
};

/* A pack or unit of the subject. */
struct thing {
	struct pack_view view;
	struct tally_unit *unit; /* NULL: a pack, of: */
	uint64_t gtin;
	struct bytes lot;
	struct lot_facts lots; /* of all that is in it */
};

/* ---- before the subject ---- */

static enum err check_receiver(const struct rules_run *run)
{
	struct member_row to;
	enum err e = rules_or(state_member(run->st, run->ev->u.gln, &to), ERR_UNKNOWN_MEMBER);

	if (e)
		return e;
	if (to.revoked)
		return ERR_MEMBER_REVOKED;
	if (run->ev->u.gln == run->signer || to.role == ROLE_REGULATOR)
		return ERR_BAD_RECEIVER;
	if (run->ev->type == EV_RETURN && to.role == ROLE_PHARMACY)
		return ERR_BAD_RECEIVER;
	return ERR_OK;
}

/* Delegated Regulation (EU) 2016/161 Art. 13: same premises, at most 10 days.  Up to the header's time, which the
 * one who undoes cannot backdate. */
static enum err check_undo(const struct rules_run *run, const struct event_row *target)
{
	if (target->place != run->ev->place)
		return ERR_UNDO_OTHER_SITE;
	if (run->at->header_ms > target->time_s * 1000 + UNDO_WITHIN_MS)
		return ERR_UNDO_TOO_LATE;
	return ERR_OK;
}

static enum err find_target(const struct rules_run *run, struct custody *c)
{
	struct event_row row;
	enum err e = rules_or(state_event_id(run->st, &run->ev->u.hash, &c->target), ERR_UNKNOWN_EVENT);

	if (e == ERR_OK)
		e = rules_or(state_event(run->st, c->target, &row), ERR_CORRUPT);
	if (e == ERR_OK && (run->ev->type == EV_UNDO_DISPENSE || run->ev->type == EV_UNDO_SAMPLE))
		c->undo = check_undo(run, &row);
	return e;
}

static bool is_flagged(const struct pack_view *v, enum flag_kind kind)
{
	return pack_view_flag(v, kind) != NULL;
}

static enum err check_parent(const struct rules_run *run, struct custody *c)
{
	const struct pack_view *v = &c->parent_view;
	enum err e = rules_or(state_unit_view(run->st, c->parent, &c->parent_view), ERR_CORRUPT);

	if (e)
		return e;
	if (v->custody.holder != run->signer)
		return ERR_NOT_HOLDER;
	if (v->custody.state != PACK_ACTIVE)
		return ERR_STATE_NOT_ALLOWED;
	if (is_flagged(v, FLAG_LOCKED))
		return ERR_PACK_LOCKED;
	return is_flagged(v, FLAG_STOLEN) ? ERR_PACK_STOLEN : ERR_OK;
}

static void put_custody(const struct rules_run *run, int64_t unit, const struct custody_row *row)
{
	uint8_t buf[STATE_KEY_MAX];

	custody_row_write(writes_put(run->ws, key_custody(buf, unit)), row);
}

/* A unit comes to be with what is packed into it first.  GenSpecs 3.2.1: whoever packs it numbers it, under its own prefix. */
static enum err make_parent(struct rules_run *run, struct custody *c)
{
	const struct custody_row custody = { run->signer, PACK_ACTIVE, 0, run->at->ev };
	struct tally_unit *unit;
	struct chain_row chain;
	struct prefix found;
	uint64_t owner, sscc = run->ev->u.sscc;
	uint8_t buf[STATE_KEY_MAX];
	enum err e = state_sscc_owner(run->st, sscc, &owner, &found);

	if (e == ERR_OK && owner != run->signer)
		return ERR_FOREIGN_PREFIX;
	e = rules_or(e, ERR_OK);
	if (e == ERR_OK)
		e = rules_or(state_chain(run->st, &chain), ERR_CORRUPT);
	if (e)
		return e;
	c->parent = -(int64_t)chain.next_unit++;
	c->parent_view = (struct pack_view){ .unit = c->parent, .outer = c->parent, .custody = custody };
	chain_row_write(writes_put(run->ws, key_chain(buf)), &chain);
	wr_int(writes_put(run->ws, key_unit(buf, sscc)), c->parent);
	put_custody(run, c->parent, &custody);
	return tally_unit_new(&c->tally, c->parent, sscc, &unit);
}

static enum err find_parent(struct rules_run *run, struct custody *c)
{
	enum err e = state_unit(run->st, run->ev->u.sscc, &c->parent);

	if (run->ev->type == EV_UNPACK)
		return rules_or(e, ERR_UNKNOWN_UNIT);
	if (e == ERR_NOT_FOUND)
		return make_parent(run, c);
	return e ? e : check_parent(run, c);
}

static enum err check_event(struct rules_run *run, struct custody *c)
{
	enum event_type type = run->ev->type;

	if (!rules_role_may(type, run->member.role))
		return ERR_ROLE_NOT_ALLOWED;
	if (type == EV_SHIP || type == EV_RETURN)
		return check_receiver(run);
	if (type == EV_VOID_SHIP || type == EV_UNDO_DISPENSE || type == EV_UNDO_SAMPLE || type == EV_UNDO_CHECK_OUT)
		return find_target(run, c);
	if (type == EV_PACK || type == EV_UNPACK)
		return find_parent(run, c);
	return ERR_OK;
}

/* ---- what is known of a thing ---- */

static enum err look_at_lot(const struct rules_run *run, uint64_t gtin, struct bytes lot, struct lot_facts *out)
{
	struct product_row product;
	struct lot_row row;
	enum err e = rules_or(state_lot(run->st, gtin, lot, &row), ERR_CORRUPT);

	if (e == ERR_OK)
		e = rules_or(state_product(run->st, gtin, &product), ERR_CORRUPT);
	if (e)
		return e;
	*out = (struct lot_facts){
		.expired = rules_expired(run->at->header_ms, row.expiry),
		.recalled = row.recalled != 0,
		.withdrawn = rules_withdrawn(&product, &run->member.country),
		.unreleased = row.released == 0,
		.maker = product.owner == run->signer,
	};
	return ERR_OK;
}

/* One thing in it is enough to stop the unit; all of it must be the maker's. */
static enum err look_at_lots(const struct rules_run *run, struct custody *c, struct thing *t)
{
	t->lots = (struct lot_facts){ .maker = t->unit->row.packs > 0 };
	if (t->unit->row.lots > LOTS_LOOKED_MAX - c->lots_looked)
		return ERR_TOO_MANY_UNITS;
	c->lots_looked += t->unit->row.lots;
	for (uint64_t i = 0; i < t->unit->row.lots; i++) {
		struct unit_lot_row row;
		struct lot_facts one;
		enum err e = tally_lot_of(&c->tally, t->unit, i, &row);

		if (e == ERR_OK && row.packs > 0)
			e = look_at_lot(run, row.gtin, bytes_of(row.lot, row.lot_n), &one);
		if (e)
			return e;
		if (row.packs == 0)
			continue;
		t->lots.expired |= one.expired;
		t->lots.recalled |= one.recalled;
		t->lots.withdrawn |= one.withdrawn;
		t->lots.unreleased |= one.unreleased;
		t->lots.maker &= one.maker;
	}
	return ERR_OK;
}

/* A flag is on the thing itself.  To move it, none may be on anything around it or in it; to take it out, around it. */
static bool stands_in_the_way(enum event_type type, const struct thing *t, enum flag_kind kind)
{
	bool own = t->view.flags.of[kind].by != 0, around = t->view.around.of[kind].by != 0;
	bool inside = t->unit && (kind == FLAG_LOCKED ? t->unit->row.locked : t->unit->row.stolen) > 0;

	if (type == EV_LOCK || type == EV_UNLOCK || type == EV_STOLEN)
		return own;
	return around || (type != EV_UNPACK && (own || inside));
}

static enum err decide(const struct rules_run *run, const struct thing *t, enum pack_state *to)
{
	const struct pack_view *v = &t->view;
	const struct rules_facts facts = {
		.state = v->custody.state,
		.holder = v->custody.holder == run->signer,
		.peer = v->custody.peer == run->signer,
		.locker = v->flags.of[FLAG_LOCKED].by == run->signer,
		.maker = t->lots.maker,
		.supplier = run->member.supplies,
		.locked = stands_in_the_way(run->ev->type, t, FLAG_LOCKED),
		.stolen = stands_in_the_way(run->ev->type, t, FLAG_STOLEN),
		.expired = t->lots.expired,
		.recalled = t->lots.recalled,
		.withdrawn = t->lots.withdrawn,
		.unreleased = t->lots.unreleased,
	};

	return rules_transition(run->ev->type, run->member.role, &facts, to);
}

/* ---- what is in what ---- */

/* Below zero goes no count of a whole copy; a light one has missed what was counted, and believes the event instead (light.c). */
static enum err count(uint64_t *n, uint64_t by, int sign)
{
	if (sign < 0 && by > *n)
		return ERR_CORRUPT;
	*n = sign < 0 ? *n - by : *n + by;
	return ERR_OK;
}

/* A thing's weight in one of the units around it. */
static enum err weigh(struct custody *c, const struct thing *t, int64_t around, int sign)
{
	uint64_t locked = t->view.flags.of[FLAG_LOCKED].by != 0, stolen = t->view.flags.of[FLAG_STOLEN].by != 0;
	struct tally_unit *u;
	enum err e = tally_unit(&c->tally, around, &u);

	if (e)
		return e;
	if (t->unit) {
		locked += t->unit->row.locked;
		stolen += t->unit->row.stolen;
	}
	u->changed = true;
	e = count(&u->row.locked, locked, sign);
	if (e == ERR_OK)
		e = count(&u->row.stolen, stolen, sign);
	if (e)
		return e;
	if (!t->unit)
		return tally_add(&c->tally, u, t->gtin, t->lot, sign);
	for (uint64_t i = 0; i < t->unit->row.lots && e == ERR_OK; i++) {
		struct unit_lot_row row;

		e = tally_lot_of(&c->tally, t->unit, i, &row);
		if (e == ERR_OK && row.packs > 0)
			e = tally_add(&c->tally, u, row.gtin, bytes_of(row.lot, row.lot_n), sign * (int64_t)row.packs);
	}
	return e;
}

static enum err count_child(struct custody *c, int64_t parent, int sign)
{
	struct tally_unit *u;
	enum err e = tally_unit(&c->tally, parent, &u);

	return e ? e : count(&u->row.children, 1, sign);
}

/* Out of all units around it. */
static enum err take_out(const struct rules_run *run, struct custody *c, struct thing *t)
{
	uint8_t buf[STATE_KEY_MAX];
	enum err e = ERR_OK;

	if (t->view.above_n == 0)
		return ERR_OK;
	for (size_t i = 0; i < t->view.above_n && e == ERR_OK; i++)
		e = weigh(c, t, t->view.above[i], -1);
	if (e == ERR_OK)
		e = count_child(c, t->view.above[0], -1);
	if (e == ERR_OK && run->ev->type != EV_PACK) /* which writes anew what it is inside */
		writes_null(run->ws, key_inside(buf, t->view.unit));
	t->view.above_n = 0;
	return e;
}

static enum err raise_levels(struct custody *c, int64_t unit, uint64_t levels)
{
	struct tally_unit *u;
	enum err e = tally_unit(&c->tally, unit, &u);

	if (e == ERR_OK && u->row.levels < levels)
		u->row.levels = levels;
	return e;
}

/* Into the parent, and so into all that is around that. */
static enum err put_in(const struct rules_run *run, struct custody *c, struct thing *t)
{
	const struct pack_view *p = &c->parent_view;
	uint64_t levels = t->unit ? t->unit->row.levels : 0;
	uint8_t buf[STATE_KEY_MAX];
	enum err e = count_child(c, c->parent, 1);

	for (size_t i = 0; i <= p->above_n && e == ERR_OK; i++) {
		int64_t unit = i == 0 ? c->parent : p->above[i - 1];

		e = weigh(c, t, unit, 1);
		if (e == ERR_OK)
			e = raise_levels(c, unit, levels + i + 1);
	}
	if (e == ERR_OK)
		wr_int(writes_put(run->ws, key_inside(buf, t->view.unit)), c->parent);
	return e;
}

static enum err check_packing(const struct custody *c, const struct thing *t)
{
	const struct pack_view *p = &c->parent_view;

	if (tally_is_named(&c->tally, c->parent))
		return ERR_NESTED;
	for (size_t i = 0; i < p->above_n; i++)
		if (tally_is_named(&c->tally, p->above[i]))
			return ERR_NESTED;
	if (t->view.above_n > 0 && t->view.above[0] == c->parent)
		return ERR_ALREADY_INSIDE;
	return p->above_n + 1 + (t->unit ? t->unit->row.levels : 0) > UNIT_LEVELS_MAX ? ERR_TOO_DEEP : ERR_OK;
}

/* ---- what becomes of it ---- */

/* Units around a thing count what is locked and stolen in them. */
static enum err count_flag(struct custody *c, const struct thing *t, enum flag_kind kind, int sign)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < t->view.above_n && e == ERR_OK; i++) {
		struct tally_unit *u;

		e = tally_unit(&c->tally, t->view.above[i], &u);
		if (e)
			break;
		e = count(kind == FLAG_LOCKED ? &u->row.locked : &u->row.stolen, 1, sign);
		u->changed = true;
	}
	return e;
}

/* by 0: clear it. */
static enum err set_flag(const struct rules_run *run, struct custody *c, struct thing *t, enum flag_kind kind, uint64_t by)
{
	struct flags_row flags = t->view.flags;
	bool counts = kind == FLAG_LOCKED || kind == FLAG_STOLEN;

	flags.of[kind] = (struct flag_row){ by, by ? run->at->ev : 0 };
	rules_put_flags(run->ws, t->view.unit, &flags);
	return counts ? count_flag(c, t, kind, by ? 1 : -1) : ERR_OK;
}

/* What one side said alone is settled once custody moves on.  Packing and unpacking move nothing: packed into a unit that moved
 * after it was said, it holds anew (state_units.c: drop_ended()). */
static void settle(const struct rules_run *run, const struct custody *c, const struct thing *t)
{
	enum event_type type = run->ev->type;
	struct flags_row flags = t->view.flags;
	bool changed = t->view.flags_ended;

	for (int i = FLAG_MISMATCH; type != EV_UNPACK && i <= FLAG_CLAIMED; i++) {
		struct flag_row *f = &flags.of[i];

		if (f->by == 0 || (type == EV_PACK && f->ev >= c->parent_view.custody.ev))
			continue;
		*f = type == EV_PACK ? (struct flag_row){ f->by, run->at->ev } : (struct flag_row){ 0, 0 };
		changed = true;
	}
	if (changed)
		rules_put_flags(run->ws, t->view.unit, &flags);
}

/* Giver and taker have both signed: when the taker did before, the shipment ends the handover. */
static struct custody_row custody_after(const struct rules_run *run, const struct thing *t, enum pack_state to)
{
	struct custody_row row = { t->view.custody.holder, to, 0, run->at->ev };
	bool ships = run->ev->type == EV_SHIP || run->ev->type == EV_RETURN;

	if (run->ev->type == EV_RECEIVE)
		row.holder = run->signer;
	else if (ships && t->view.flags.of[FLAG_CLAIMED].by == run->ev->u.gln)
		row = (struct custody_row){ run->ev->u.gln, PACK_ACTIVE, 0, run->at->ev };
	else if (ships)
		row.peer = run->ev->u.gln;
	else if (run->ev->type == EV_MISSING || run->ev->type == EV_UNPACK)
		row.peer = t->view.custody.peer;
	return row;
}

static enum err pack(const struct rules_run *run, struct custody *c, struct thing *t)
{
	uint8_t buf[STATE_KEY_MAX];
	enum err e = check_packing(c, t);

	if (e == ERR_OK)
		e = take_out(run, c, t);
	if (e == ERR_OK)
		e = put_in(run, c, t);
	if (e == ERR_OK && t->view.own_custody)
		writes_null(run->ws, key_custody(buf, t->view.unit));
	if (e == ERR_OK)
		settle(run, c, t);
	return e;
}

static enum err move_on(const struct rules_run *run, struct custody *c, struct thing *t, enum pack_state to)
{
	const struct custody_row row = custody_after(run, t, to);
	enum err e = take_out(run, c, t);

	if (e)
		return e;
	put_custody(run, t->view.unit, &row);
	if (run->ev->type == EV_MISSING)
		return set_flag(run, c, t, FLAG_MISMATCH, run->signer);
	settle(run, c, t);
	return ERR_OK;
}

/* One side's word, in force: the same again says nothing, and who traces a handover would walk through all of it. */
static bool is_said(const struct rules_run *run, const struct thing *t)
{
	enum event_type type = run->ev->type;
	const struct flag_row *f = t->view.flags.of;

	if (type == EV_MISSING || type == EV_SURPLUS)
		return f[FLAG_MISMATCH].by == run->signer;
	return type == EV_RECEIVE && t->view.custody.state == PACK_ACTIVE && f[FLAG_CLAIMED].by == run->signer;
}

static enum err take_effect(const struct rules_run *run, struct custody *c, struct thing *t, enum pack_state to)
{
	enum event_type type = run->ev->type;

	if (is_said(run, t))
		return ERR_EXISTS;
	if (type == EV_LOCK || type == EV_UNLOCK)
		return set_flag(run, c, t, FLAG_LOCKED, type == EV_LOCK ? run->signer : 0);
	if (type == EV_STOLEN)
		return set_flag(run, c, t, FLAG_STOLEN, run->signer);
	if (type == EV_SURPLUS)
		return set_flag(run, c, t, FLAG_MISMATCH, run->signer);
	if (type == EV_RECEIVE && t->view.custody.state == PACK_ACTIVE)
		return set_flag(run, c, t, FLAG_CLAIMED, run->signer);
	if (type == EV_PACK)
		return pack(run, c, t);
	return move_on(run, c, t, to);
}

/* ---- the subject ---- */

static enum err apply_thing(const struct rules_run *run, struct custody *c, struct thing *t)
{
	enum pack_state to;
	enum err e = ERR_OK;

	for (size_t i = 0; i < t->view.above_n; i++)
		if (tally_is_named(&c->tally, t->view.above[i]))
			return ERR_NESTED;
	if (t->unit && rules_asks_lots(run->ev->type, run->member.role, t->view.custody.state))
		e = look_at_lots(run, c, t);
	if (e == ERR_OK)
		e = decide(run, t, &to);
	if (e)
		return e;
	if (run->ev->type == EV_UNPACK && (t->view.above_n == 0 || t->view.above[0] != c->parent))
		return ERR_NOT_INSIDE;
	if (c->target && c->target != t->view.custody.ev)
		return ERR_UNDO_OTHER_EVENT;
	return c->undo ? c->undo : take_effect(run, c, t, to);
}

static enum err apply_pack(const struct rules_run *run, struct custody *c, const struct event_packs *it, struct bytes serial,
			   struct thing *t)
{
	enum err e = rules_or(state_pack_view_next(run->st, it->gtin, serial, &t->view), ERR_UNKNOWN_PACK);

	if (e)
		return e;
	if (!bytes_eq(it->lot, bytes_of(t->view.batch.lot, t->view.batch.lot_n)))
		return ERR_LOT_MISMATCH;
	if (it->first)
		e = look_at_lot(run, it->gtin, it->lot, &c->lot);
	if (e)
		return e;
	t->gtin = it->gtin;
	t->lot = it->lot;
	t->lots = c->lot;
	return apply_thing(run, c, t);
}

static enum err apply_unit(const struct rules_run *run, struct custody *c, uint64_t sscc)
{
	struct thing t = { .gtin = 0 };
	int64_t unit;
	enum err e = rules_or(state_unit(run->st, sscc, &unit), ERR_UNKNOWN_UNIT);

	if (e == ERR_OK)
		e = rules_or(state_unit_view(run->st, unit, &t.view), ERR_CORRUPT);
	if (e == ERR_OK)
		e = tally_unit(&c->tally, unit, &t.unit);
	return e ? e : apply_thing(run, c, &t);
}

/* Known before anything is looked at: what is named must not be in anything named. */
static enum err name_units(const struct rules_run *run, struct custody *c)
{
	struct event_ssccs it;
	uint64_t sscc;

	event_ssccs_init(&it, run->ev);
	for (size_t pos = run->ev->packs_n; event_ssccs_next(&it, &sscc); pos++) {
		struct tally_unit *u;
		int64_t unit;
		enum err e = rules_or(state_unit(run->st, sscc, &unit), ERR_UNKNOWN_UNIT);

		if (e == ERR_OK)
			e = tally_unit(&c->tally, unit, &u);
		if (e)
			return rules_at_pack(run, pos, e);
		u->named = true;
	}
	return ERR_OK;
}

static enum err apply_packs(const struct rules_run *run, struct custody *c)
{
	struct thing t = { .view.batch.lo = 0 };
	struct event_packs it;
	struct bytes serial;

	event_packs_init(&it, run->ev);
	for (size_t pos = 0; event_packs_next(&it, &serial); pos++) {
		enum err e = apply_pack(run, c, &it, serial, &t);

		if (e)
			return rules_at_pack(run, pos, e);
	}
	return ERR_OK;
}

static enum err apply_units(const struct rules_run *run, struct custody *c)
{
	struct event_ssccs it;
	uint64_t sscc;

	event_ssccs_init(&it, run->ev);
	for (size_t pos = run->ev->packs_n; event_ssccs_next(&it, &sscc); pos++) {
		enum err e = apply_unit(run, c, sscc);

		if (e)
			return rules_at_pack(run, pos, e);
	}
	return ERR_OK;
}

enum err rules_custody(struct rules_run *run)
{
	struct custody c;
	enum err e;

	c.target = 0;
	c.undo = ERR_OK;
	c.lots_looked = 0;
	tally_init(&c.tally, run->st);
	e = check_event(run, &c);
	if (e == ERR_OK)
		e = name_units(run, &c);
	if (e == ERR_OK)
		e = apply_packs(run, &c);
	if (e == ERR_OK)
		e = apply_units(run, &c);
	if (e == ERR_OK)
		tally_write(&c.tally, run->ws);
	return e;
}
