#include "node/core/rules_inside.h"

/* ---- the unit that is packed into ---- */

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
	rules_put_custody(run, c->parent, &custody);
	return tally_unit_new(&c->tally, c->parent, sscc, &unit);
}

enum err inside_find_parent(struct rules_run *run, struct custody *c)
{
	enum err e = state_unit(run->st, run->ev->u.sscc, &c->parent);

	if (run->ev->type == EV_UNPACK)
		return rules_or(e, ERR_UNKNOWN_UNIT);
	if (e == ERR_NOT_FOUND)
		return make_parent(run, c);
	return e ? e : check_parent(run, c);
}

/* ---- what is in it ---- */

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

enum err inside_take_out(const struct rules_run *run, struct custody *c, struct thing *t)
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

enum err inside_put_in(const struct rules_run *run, struct custody *c, struct thing *t)
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

enum err inside_check(const struct custody *c, const struct thing *t)
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

enum err inside_count_flag(struct custody *c, const struct thing *t, enum flag_kind kind, int sign)
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
