#include "tests/fakes/script.h"

#include <stdio.h>

#define UNITS_MAX 64
#define LOTS_MAX 64

/* What a walk finds in a unit. */
struct found {
	int64_t unit;
	struct unit_row row;
	struct unit_lot_row lots[LOTS_MAX];
	size_t lots_n;
};
struct walk {
	const struct state *st;
	const char *name;
	struct found units[UNITS_MAX];
	size_t n;
	bool ok;
};

static void differs(struct walk *w, const char *what, int64_t unit, uint64_t is, uint64_t found)
{
	if (is == found)
		return;
	printf("\nrecount: %s: unit %lld: %s %llu, found %llu", w->name, (long long)unit, what, (unsigned long long)is,
	       (unsigned long long)found);
	w->ok = false;
}

static struct found *unit_of(struct walk *w, int64_t unit)
{
	static struct found none;

	for (size_t i = 0; i < w->n; i++)
		if (w->units[i].unit == unit)
			return &w->units[i];
	differs(w, "a parent that is no unit", unit, 1, 0);
	return &none;
}

static void add_lot(struct walk *w, struct found *f, const struct batch_row *batch)
{
	for (size_t i = 0; i < f->lots_n; i++) {
		if (f->lots[i].gtin != batch->gtin || f->lots[i].lot_n != batch->lot_n ||
		    memcmp(f->lots[i].lot, batch->lot, batch->lot_n))
			continue;
		f->lots[i].packs++;
		return;
	}
	if (f->lots_n == LOTS_MAX) {
		differs(w, "lots", f->unit, 0, f->lots_n);
		return;
	}
	f->lots[f->lots_n] = (struct unit_lot_row){ .gtin = batch->gtin, .lot_n = batch->lot_n, .packs = 1 };
	memcpy(f->lots[f->lots_n++].lot, batch->lot, batch->lot_n);
}

/* A pack (levels 0) or unit, counted in all units around it; custody hangs on the outermost alone. */
static void count(struct walk *w, const struct pack_view *v)
{
	struct custody_row row;

	for (size_t i = 0; i < v->above_n; i++) {
		struct found *f = unit_of(w, v->above[i]);

		f->row.children += i == 0;
		f->row.locked += v->flags.of[FLAG_LOCKED].by != 0;
		f->row.stolen += v->flags.of[FLAG_STOLEN].by != 0;
		f->row.packs += v->unit > 0;
		if (v->unit > 0)
			add_lot(w, f, &v->batch);
		else if (f->row.levels < i + 2)
			f->row.levels = i + 2;
	}
	if (v->above_n)
		differs(w, "custody of its own inside", v->unit, state_custody(w->st, v->unit, &row) == ERR_OK, 0);
}

/* Each of the lots that it ever had is what was found, or empty. */
static void compare_lots(struct walk *w, const struct found *f, uint64_t n)
{
	uint64_t sum = 0, at;

	for (uint64_t i = 0; i < n; i++) {
		struct unit_lot_row row = { 0 };
		uint64_t packs = 0;

		differs(w, "a lot not there", f->unit, state_unit_lot(w->st, f->unit, i, &row), ERR_OK);
		for (size_t k = 0; k < f->lots_n; k++)
			if (f->lots[k].gtin == row.gtin && f->lots[k].lot_n == row.lot_n &&
			    memcmp(f->lots[k].lot, row.lot, row.lot_n) == 0)
				packs = f->lots[k].packs;
		differs(w, "packs of a lot", f->unit, row.packs, packs);
		at = n;
		if (state_unit_lot_at(w->st, f->unit, row.gtin, bytes_of(row.lot, row.lot_n), &at) || at != i)
			differs(w, "number of a lot", f->unit, at, i);
		sum += row.packs;
	}
	differs(w, "packs of its lots", f->unit, sum, f->row.packs);
}

static void compare(struct walk *w, const struct found *f, uint64_t sscc)
{
	struct unit_row row = { 0 };

	differs(w, "a row not there", f->unit, state_unit_row(w->st, f->unit, &row), ERR_OK);
	differs(w, "SSCC", f->unit, row.sscc, sscc);
	differs(w, "packs", f->unit, row.packs, f->row.packs);
	differs(w, "locked", f->unit, row.locked, f->row.locked);
	differs(w, "stolen", f->unit, row.stolen, f->row.stolen);
	differs(w, "children", f->unit, row.children, f->row.children);
	if (row.levels < f->row.levels || (row.children == 0 && row.levels != 1)) /* the most since it was empty */
		differs(w, "levels", f->unit, row.levels, f->row.levels);
	compare_lots(w, f, row.lots);
}

bool recount(const struct state *st, const struct pack_id *packs, size_t packs_n, const uint64_t *ssccs, size_t ssccs_n,
	     const char *name)
{
	static struct walk w;
	uint64_t sscc_of[UNITS_MAX];
	struct pack_view v;
	int64_t unit;

	w = (struct walk){ .st = st, .name = name, .ok = true };
	for (size_t i = 0; i < ssccs_n && w.n < UNITS_MAX; i++) {
		if (state_unit(st, ssccs[i], &unit))
			continue;
		sscc_of[w.n] = ssccs[i];
		w.units[w.n++] = (struct found){ .unit = unit, .row = { .levels = 1 } };
	}
	for (size_t i = 0; i < packs_n; i++)
		if (state_pack_view(st, packs[i].gtin, packs[i].serial, &v) == ERR_OK)
			count(&w, &v);
	for (size_t i = 0; i < w.n; i++) {
		world_must(state_unit_view(st, w.units[i].unit, &v));
		count(&w, &v);
	}
	for (size_t i = 0; i < w.n; i++)
		compare(&w, &w.units[i], sscc_of[i]);
	return w.ok;
}
