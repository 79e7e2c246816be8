#include "node/core/rules_parts.h"

/* Multiplied by the golden ratio: neighbours part. */
static size_t spread(uint64_t h)
{
	return (size_t)((h * 0x9e3779b97f4a7c15ULL) >> 40);
}

static size_t lot_hash(int64_t unit, uint64_t gtin, struct bytes lot)
{
	uint64_t h = (uint64_t)unit * 31 + gtin;

	for (size_t i = 0; i < lot.n; i++)
		h = h * 1099511628211ULL ^ lot.p[i];
	return spread(h);
}

void tally_init(struct tally *t, const struct state *st)
{
	t->st = st;
	t->units_n = t->lots_n = 0;
	memset(t->unit_slots, 0, sizeof(t->unit_slots));
	memset(t->lot_slots, 0, sizeof(t->lot_slots));
}

/* ---- units ---- */

/* The slot of the unit, or the empty one where it would be. */
static size_t unit_slot(const struct tally *t, int64_t unit)
{
	size_t at = spread((uint64_t)unit) % (2 * TALLY_UNITS_MAX);

	while (t->unit_slots[at] && t->units[t->unit_slots[at] - 1].unit != unit)
		at = (at + 1) % (2 * TALLY_UNITS_MAX);
	return at;
}

static enum err add_unit(struct tally *t, size_t slot, int64_t unit, struct tally_unit **out)
{
	if (t->units_n == TALLY_UNITS_MAX)
		return ERR_TOO_MANY_UNITS;
	*out = &t->units[t->units_n++];
	**out = (struct tally_unit){ .unit = unit };
	t->unit_slots[slot] = (uint16_t)t->units_n;
	return ERR_OK;
}

enum err tally_unit(struct tally *t, int64_t unit, struct tally_unit **out)
{
	size_t slot = unit_slot(t, unit);
	enum err e;

	if (t->unit_slots[slot]) {
		*out = &t->units[t->unit_slots[slot] - 1];
		return ERR_OK;
	}
	e = add_unit(t, slot, unit, out);
	return e ? e : rules_or(state_unit_row(t->st, unit, &(*out)->row), ERR_CORRUPT);
}

enum err tally_unit_new(struct tally *t, int64_t unit, uint64_t sscc, struct tally_unit **out)
{
	enum err e = add_unit(t, unit_slot(t, unit), unit, out);

	if (e)
		return e;
	(*out)->row = (struct unit_row){ .sscc = sscc, .levels = 1 };
	(*out)->fresh = (*out)->changed = true;
	return ERR_OK;
}

bool tally_is_named(const struct tally *t, int64_t unit)
{
	size_t at = t->unit_slots[unit_slot(t, unit)];

	return at && t->units[at - 1].named;
}

/* ---- their lots ---- */

static size_t lot_slot(const struct tally *t, int64_t unit, uint64_t gtin, struct bytes lot)
{
	size_t at = lot_hash(unit, gtin, lot) % (2 * TALLY_LOTS_MAX);

	for (; t->lot_slots[at]; at = (at + 1) % (2 * TALLY_LOTS_MAX)) {
		const struct tally_lot *l = &t->lots[t->lot_slots[at] - 1];

		if (l->unit == unit && l->row.gtin == gtin && bytes_eq(bytes_of(l->row.lot, l->row.lot_n), lot))
			break;
	}
	return at;
}

/* A lot touched first: as the state has it, or the unit's next. */
static enum err load_lot(struct tally *t, struct tally_unit *u, struct tally_lot *l)
{
	enum err e = u->fresh ? ERR_NOT_FOUND :
				state_unit_lot_at(t->st, u->unit, l->row.gtin, bytes_of(l->row.lot, l->row.lot_n), &l->number);

	if (e == ERR_NOT_FOUND) {
		l->number = u->row.lots++;
		l->fresh = true;
		return ERR_OK;
	}
	return e ? e : rules_or(state_unit_lot(t->st, u->unit, l->number, &l->row), ERR_CORRUPT);
}

enum err tally_add(struct tally *t, struct tally_unit *u, uint64_t gtin, struct bytes lot, int64_t packs)
{
	size_t slot = lot_slot(t, u->unit, gtin, lot);
	struct tally_lot *l;

	if (!t->lot_slots[slot]) {
		enum err e;

		if (t->lots_n == TALLY_LOTS_MAX)
			return ERR_TOO_MANY_UNITS;
		l = &t->lots[t->lots_n++];
		*l = (struct tally_lot){ .unit = u->unit, .row = { .gtin = gtin, .lot_n = lot.n } };
		memcpy(l->row.lot, lot.p, lot.n);
		t->lot_slots[slot] = (uint16_t)t->lots_n;
		e = load_lot(t, u, l);
		if (e)
			return e;
	}
	l = &t->lots[t->lot_slots[slot] - 1];
	if (packs < 0 && (uint64_t)-packs > l->row.packs)
		return ERR_CORRUPT; /* a light copy has missed some */
	l->row.packs += (uint64_t)packs;
	u->row.packs += (uint64_t)packs;
	u->changed = true;
	return ERR_OK;
}

enum err tally_lot_of(struct tally *t, const struct tally_unit *u, uint64_t i, struct unit_lot_row *out)
{
	enum err e = rules_or(state_unit_lot(t->st, u->unit, i, out), ERR_CORRUPT);
	size_t slot;

	if (e)
		return e;
	slot = lot_slot(t, u->unit, out->gtin, bytes_of(out->lot, out->lot_n));
	if (t->lot_slots[slot])
		*out = t->lots[t->lot_slots[slot] - 1].row;
	return ERR_OK;
}

/* ---- the end ---- */

static void write_lot(const struct tally_lot *l, struct writes *ws)
{
	uint8_t buf[STATE_KEY_MAX];

	if (l->fresh)
		wr_uint(writes_put(ws, key_unit_lot_at(buf, l->unit, l->row.gtin, bytes_of(l->row.lot, l->row.lot_n))), l->number);
	unit_lot_row_write(writes_put(ws, key_unit_lot(buf, l->unit, l->number)), &l->row);
}

void tally_write(const struct tally *t, struct writes *ws)
{
	uint8_t buf[STATE_KEY_MAX];

	for (size_t i = 0; i < t->lots_n; i++)
		write_lot(&t->lots[i], ws);
	for (size_t i = 0; i < t->units_n; i++) {
		struct unit_row row = t->units[i].row;

		if (!t->units[i].changed)
			continue;
		if (row.children == 0)
			row.levels = 1;
		unit_row_write(writes_put(ws, key_unit_row(buf, t->units[i].unit)), &row);
	}
}
