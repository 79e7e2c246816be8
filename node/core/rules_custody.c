#include "node/core/rules_inside.h"

/* A unit keeps every lot it ever had: so many one event may look at, or a member could make every node read for minutes. */
#define LOTS_LOOKED_MAX 32768

/* ---- before the subject ---- */

static enum err check_receiver(const struct rules_run *run, struct custody *c)
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
	c->to = to.country;
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

static enum err check_event(struct rules_run *run, struct custody *c)
{
	enum event_type type = run->ev->type;

	if (!rules_role_may(type, run->member.role))
		return ERR_ROLE_NOT_ALLOWED;
	if (type == EV_SHIP || type == EV_RETURN)
		return check_receiver(run, c);
	if (type == EV_VOID_SHIP || type == EV_UNDO_DISPENSE || type == EV_UNDO_SAMPLE || type == EV_UNDO_CHECK_OUT)
		return find_target(run, c);
	if (type == EV_PACK || type == EV_UNPACK)
		return inside_find_parent(run, c);
	return ERR_OK;
}

/* ---- what is known of a thing ---- */

/* What is withdrawn where the signer is goes nowhere, and nothing goes where it is withdrawn. */
static enum err look_at_lot(const struct rules_run *run, const struct custody *c, uint64_t gtin, struct bytes lot,
			    struct lot_facts *out)
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
		.withdrawn = rules_withdrawn(&product, &run->member.country) || (c->to.c[0] && rules_withdrawn(&product, &c->to)),
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
			e = look_at_lot(run, c, row.gtin, bytes_of(row.lot, row.lot_n), &one);
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

/* ---- what becomes of it ---- */

void rules_put_custody(const struct rules_run *run, int64_t unit, const struct custody_row *row)
{
	uint8_t buf[STATE_KEY_MAX];

	custody_row_write(writes_put(run->ws, key_custody(buf, unit)), row);
}

/* by 0: clear it. */
static enum err set_flag(const struct rules_run *run, struct custody *c, struct thing *t, enum flag_kind kind, uint64_t by)
{
	struct flags_row flags = t->view.flags;
	bool counts = kind == FLAG_LOCKED || kind == FLAG_STOLEN;

	flags.of[kind] = (struct flag_row){ by, by ? run->at->ev : 0 };
	rules_put_flags(run->ws, t->view.unit, &flags);
	return counts ? inside_count_flag(c, t, kind, by ? 1 : -1) : ERR_OK;
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
	enum err e = inside_check(c, t);

	if (e == ERR_OK)
		e = inside_take_out(run, c, t);
	if (e == ERR_OK)
		e = inside_put_in(run, c, t);
	if (e == ERR_OK && t->view.own_custody)
		writes_null(run->ws, key_custody(buf, t->view.unit));
	if (e == ERR_OK)
		settle(run, c, t);
	return e;
}

static enum err move_on(const struct rules_run *run, struct custody *c, struct thing *t, enum pack_state to)
{
	const struct custody_row row = custody_after(run, t, to);
	enum err e = inside_take_out(run, c, t);

	if (e)
		return e;
	rules_put_custody(run, t->view.unit, &row);
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

/* Anybody may say so of what others hold, whose scans it troubles. */
static enum err call_surplus(const struct rules_run *run, struct custody *c, struct thing *t)
{
	c->surplus += t->unit ? t->unit->row.packs : 1;
	return set_flag(run, c, t, FLAG_MISMATCH, run->signer);
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
		return call_surplus(run, c, t);
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
		e = look_at_lot(run, c, it->gtin, it->lot, &c->lot);
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
	c.to = (struct country){ { 0 } };
	c.undo = ERR_OK;
	c.lots_looked = c.surplus = 0;
	tally_init(&c.tally, run->st);
	e = check_event(run, &c);
	if (e == ERR_OK)
		e = name_units(run, &c);
	if (e == ERR_OK)
		e = apply_packs(run, &c);
	if (e == ERR_OK)
		e = apply_units(run, &c);
	if (e == ERR_OK && c.surplus > 0)
		e = rules_spend(run, &(struct spent_row){ .surplus = c.surplus });
	if (e == ERR_OK)
		tally_write(&c.tally, run->ws);
	return e;
}
