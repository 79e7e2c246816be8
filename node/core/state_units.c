/* Rows of logistic units, and where a pack or unit stands. */
#include "node/core/event_parts.h"
#include "node/core/state_parts.h"

enum err state_unit(const struct state *st, uint64_t sscc, int64_t *unit)
{
	uint8_t buf[STATE_KEY_MAX];

	return state_read_int(st, key_unit(buf, sscc), unit);
}

enum err state_parent(const struct state *st, int64_t child, int64_t *parent)
{
	uint8_t buf[STATE_KEY_MAX];

	return state_read_int(st, key_inside(buf, child), parent);
}

/* state.cddl: unit-row = [ sscc, packs: uint, locked: uint, stolen: uint, lots: uint, children: uint, levels: 1..5 ] */
enum err unit_row_decode(struct bytes value, struct unit_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 7);
	out->sscc = rd_uint(&r);
	out->packs = rd_uint(&r);
	out->locked = rd_uint(&r);
	out->stolen = rd_uint(&r);
	out->lots = rd_uint(&r);
	out->children = rd_uint(&r);
	out->levels = event_read_choice(&r, UNIT_LEVELS_MAX);
	return state_finish(&r);
}

enum err state_unit_row(const struct state *st, int64_t unit, struct unit_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_unit_row(buf, unit), &value);

	return e ? e : unit_row_decode(value, out);
}

void unit_row_write(struct wr *w, const struct unit_row *row)
{
	wr_array(w, 7);
	wr_uint(w, row->sscc);
	wr_uint(w, row->packs);
	wr_uint(w, row->locked);
	wr_uint(w, row->stolen);
	wr_uint(w, row->lots);
	wr_uint(w, row->children);
	wr_uint(w, row->levels);
}

/* state.cddl: unit-lot-row = [ gtin, lot, packs: uint ] */
enum err unit_lot_row_decode(struct bytes value, struct unit_lot_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 3);
	out->gtin = rd_uint(&r);
	out->lot_n = event_copy(rd_tstr_max(&r, LOT_MAX), out->lot);
	out->packs = rd_uint(&r);
	return state_finish(&r);
}

enum err state_unit_lot(const struct state *st, int64_t unit, uint64_t i, struct unit_lot_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_unit_lot(buf, unit, i), &value);

	return e ? e : unit_lot_row_decode(value, out);
}

void unit_lot_row_write(struct wr *w, const struct unit_lot_row *row)
{
	wr_array(w, 3);
	wr_uint(w, row->gtin);
	wr_tstr(w, bytes_of(row->lot, row->lot_n));
	wr_uint(w, row->packs);
}

enum err state_unit_lot_at(const struct state *st, int64_t unit, uint64_t gtin, struct bytes lot, uint64_t *i)
{
	uint8_t buf[STATE_KEY_MAX];

	return state_read_number(st, key_unit_lot_at(buf, unit, gtin, lot), i);
}

/* ---- where a pack or unit stands ---- */

const struct flag_row *pack_view_flag(const struct pack_view *v, enum flag_kind kind)
{
	return v->flags.of[kind].by ? &v->flags.of[kind] : v->around.of[kind].by ? &v->around.of[kind] : NULL;
}

/* The units around it. */
static enum err view_around(const struct state *st, struct pack_view *v)
{
	int64_t parent;
	enum err e;

	v->above_n = 0;
	v->outer = v->unit;
	while ((e = state_parent(st, v->outer, &parent)) == ERR_OK) {
		if (v->above_n == UNIT_LEVELS_MAX)
			return ERR_CORRUPT;
		v->above[v->above_n++] = v->outer = parent;
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err view_custody(const struct state *st, struct pack_view *v)
{
	enum err e = state_custody(st, v->outer, &v->custody);

	v->own_custody = e == ERR_OK && v->outer == v->unit;
	if (e != ERR_NOT_FOUND)
		return e;
	if (v->outer < 0)
		return ERR_CORRUPT; /* a unit has no batch to fall back on */
	v->custody = (struct custody_row){ v->batch.holder, PACK_ACTIVE, 0, v->batch.ev };
	return ERR_OK;
}

/* A mismatch or a claim ends when custody moves on.  A unit moves on without what is in it being looked at: in there those
 * that are older than its custody have ended. */
static bool drop_ended(const struct pack_view *v, int64_t unit, struct flags_row *flags)
{
	bool ended = false;

	for (int i = FLAG_MISMATCH; unit != v->outer && i <= FLAG_CLAIMED; i++) {
		if (flags->of[i].by == 0 || flags->of[i].ev >= v->custody.ev)
			continue;
		flags->of[i] = (struct flag_row){ 0, 0 };
		ended = true;
	}
	return ended;
}

static enum err read_flags(const struct state *st, const struct pack_view *v, int64_t unit, struct flags_row *out, bool *ended)
{
	enum err e = state_flags(st, unit, out);

	*ended = false;
	if (e == ERR_NOT_FOUND) {
		*out = (struct flags_row){ 0 };
		return ERR_OK;
	}
	if (e == ERR_OK)
		*ended = drop_ended(v, unit, out);
	return e;
}

static enum err view_flags(const struct state *st, struct pack_view *v)
{
	enum err e = read_flags(st, v, v->unit, &v->flags, &v->flags_ended);

	v->around = (struct flags_row){ 0 };
	for (size_t i = 0; i < v->above_n && e == ERR_OK; i++) {
		struct flags_row flags;
		bool ended;

		e = read_flags(st, v, v->above[i], &flags, &ended);
		for (size_t k = 0; e == ERR_OK && k < FLAG_KINDS; k++)
			if (v->around.of[k].by == 0)
				v->around.of[k] = flags.of[k];
	}
	return e;
}

static enum err view(const struct state *st, struct pack_view *v)
{
	enum err e = view_around(st, v);

	if (e == ERR_OK)
		e = view_custody(st, v);
	return e ? e : view_flags(st, v);
}

enum err state_pack_view_next(const struct state *st, uint64_t gtin, struct bytes serial, struct pack_view *out)
{
	struct pack_row row;
	enum err e = state_pack(st, gtin, serial, &row);

	if (e)
		return e;
	out->unit = (int64_t)(row.lo + row.offset);
	if (out->batch.lo != row.lo) {
		e = state_batch(st, row.lo, &out->batch);
		if (e)
			return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	}
	return view(st, out);
}

enum err state_pack_view(const struct state *st, uint64_t gtin, struct bytes serial, struct pack_view *out)
{
	out->batch.lo = 0; /* no pack has number 0 */
	return state_pack_view_next(st, gtin, serial, out);
}

enum err state_unit_view(const struct state *st, int64_t unit, struct pack_view *out)
{
	*out = (struct pack_view){ .unit = unit };
	return view(st, out);
}
