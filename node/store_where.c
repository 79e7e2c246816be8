/* Where things are: what units hold, a lot's packs by holder, handovers under way. */
#include "node/store_internal.h"

#include <stdlib.h>

static enum err name_child(struct store *s, int64_t unit, struct store_child *out)
{
	sqlite3_stmt *q = s->stmts[unit < 0 ? S_SSCC : S_PACK_OF];
	enum err e;

	*out = (struct store_child){ .sscc = 0 };
	sqlite3_bind_int64(q, 1, unit);
	e = store_row(s, q);
	if (e == ERR_OK && unit < 0) {
		out->sscc = store_uint(q, 0);
	} else if (e == ERR_OK) {
		struct bytes serial = store_bytes(q, 1), lot = store_bytes(q, 2);

		out->gtin = store_uint(q, 0);
		out->serial_n = serial.n < SERIAL_MAX ? serial.n : SERIAL_MAX;
		memcpy(out->serial, serial.p, out->serial_n);
		out->lot_n = lot.n < LOT_MAX ? lot.n : LOT_MAX;
		memcpy(out->lot, lot.p, out->lot_n);
	}
	sqlite3_reset(q);
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

/* What it is directly inside as of then.  ERR_NOT_FOUND: nothing. */
static enum err find_parent(struct store *s, int64_t as_of, int64_t unit, int64_t *parent)
{
	sqlite3_stmt *q = s->stmts[S_INSIDE];
	enum err e;

	sqlite3_bind_int64(q, 1, unit);
	sqlite3_bind_int64(q, 3, as_of);
	e = store_row(s, q);
	if (e == ERR_OK && sqlite3_column_int64(q, 0) <= as_of)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		*parent = sqlite3_column_int64(q, 1);
	sqlite3_reset(q);
	return e;
}

/* The unit that custody hangs on: the outermost around it, or itself. */
static enum err outermost(struct store *s, uint64_t as_of, int64_t unit, int64_t *out)
{
	int64_t then = store_as_of(as_of);
	enum err e;

	*out = unit;
	for (size_t levels = 0; (e = find_parent(s, then, *out, out)) == ERR_OK; levels++)
		if (levels == UNIT_LEVELS_MAX)
			return ERR_CORRUPT;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- what a unit holds ---- */

static enum err tell_children(struct store *s, uint64_t sscc, uint64_t as_of, child_fn *fn, void *ctx)
{
	struct state then = store_state(s, as_of);
	sqlite3_stmt *q = s->stmts[S_CHILDREN];
	int64_t unit;
	enum err e = state_unit(&then, sscc, &unit);

	if (e != ERR_OK)
		return e;
	sqlite3_bind_int64(q, 1, unit);
	sqlite3_bind_int64(q, 2, store_as_of(as_of));
	while (store_next(s, q, &e)) {
		struct store_child c;

		e = name_child(s, sqlite3_column_int64(q, 0), &c);
		if (e == ERR_OK)
			e = fn(ctx, &c);
	}
	sqlite3_reset(q);
	return e;
}

enum err store_children(struct store *s, uint64_t sscc, uint64_t as_of, child_fn *fn, void *ctx)
{
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = tell_children(s, sscc, as_of, fn, ctx);
	store_leave(s);
	return e;
}

/* ---- a lot's packs ---- */

struct where {
	struct store *s;
	struct state then;
	int64_t as_of;
	struct where_row *rows;
	size_t n, cap;
};

static enum err count(struct where *w, const struct where_row *row)
{
	for (size_t i = 0; i < w->n; i++) {
		struct where_row *r = &w->rows[i];

		if (r->holder == row->holder && r->state == row->state && r->peer == row->peer) {
			r->packs += row->packs;
			return ERR_OK;
		}
	}
	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;
		struct where_row *rows = realloc(w->rows, cap * sizeof(*rows));

		if (!rows)
			return ERR_NO_MEMORY;
		w->rows = rows;
		w->cap = cap;
	}
	w->rows[w->n++] = *row;
	return ERR_OK;
}

/* How many packs are in each of many units: open addressing, unit 0: free. */
struct unit_packs { int64_t unit; uint64_t packs; };
struct unit_counts {
	struct unit_packs *v;
	size_t n, cap; /* a power of two */
};

static struct unit_packs *place(const struct unit_counts *c, int64_t unit)
{
	size_t i = (size_t)((uint64_t)unit * 0x9e3779b97f4a7c15ULL >> 32) & (c->cap - 1);

	while (c->v[i].unit && c->v[i].unit != unit)
		i = (i + 1) & (c->cap - 1);
	return &c->v[i];
}

static enum err grow(struct unit_counts *c)
{
	struct unit_counts more = { .n = c->n, .cap = c->cap ? c->cap * 2 : 256 };

	more.v = calloc(more.cap, sizeof(*more.v));
	if (!more.v)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < c->cap; i++)
		if (c->v[i].unit)
			*place(&more, c->v[i].unit) = c->v[i];
	free(c->v);
	*c = more;
	return ERR_OK;
}

static enum err add_packs(struct unit_counts *c, int64_t unit, uint64_t packs)
{
	struct unit_packs *p;
	enum err e = 2 * (c->n + 1) > c->cap ? grow(c) : ERR_OK;

	if (e != ERR_OK)
		return e;
	p = place(c, unit);
	c->n += p->unit == 0;
	p->unit = unit;
	p->packs += packs;
	return ERR_OK;
}

/* Packs in an outermost unit are where that is. */
static enum err count_unit(struct where *w, const struct unit_packs *p)
{
	struct custody_row custody;
	struct where_row row = { .packs = p->packs };
	enum err e = state_custody(&w->then, p->unit, &custody);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	row.holder = custody.holder;
	row.peer = custody.peer;
	row.state = custody.state;
	return count(w, &row);
}

/* One level further out: what each unit holds counts for what is around it. */
static enum err climb(struct where *w, const struct unit_counts *from, struct unit_counts *out)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < from->cap && e == ERR_OK; i++) {
		const struct unit_packs *p = &from->v[i];
		int64_t parent;

		if (p->unit == 0)
			continue;
		e = find_parent(w->s, w->as_of, p->unit, &parent);
		if (e == ERR_OK)
			e = add_packs(out, parent, p->packs);
		else if (e == ERR_NOT_FOUND)
			e = count_unit(w, p);
	}
	return e;
}

static sqlite3_stmt *bind_batch(struct where *w, enum stmt which, int64_t lo, int64_t hi)
{
	sqlite3_stmt *q = w->s->stmts[which];

	sqlite3_bind_int64(q, 1, lo);
	sqlite3_bind_int64(q, 2, hi);
	sqlite3_bind_int64(q, 3, w->as_of);
	return q;
}

static enum err count_packed(struct where *w, int64_t lo, int64_t hi, uint64_t *left)
{
	sqlite3_stmt *q = bind_batch(w, S_PACKED, lo, hi);
	struct unit_counts level = { .n = 0 };
	enum err e = ERR_OK;

	while (store_next(w->s, q, &e)) {
		e = add_packs(&level, sqlite3_column_int64(q, 0), 1);
		--*left;
	}
	sqlite3_reset(q);
	for (size_t levels = 0; e == ERR_OK && level.n > 0; levels++) {
		struct unit_counts next = { .n = 0 };

		e = levels > UNIT_LEVELS_MAX ? ERR_CORRUPT : climb(w, &level, &next);
		free(level.v);
		level = next;
	}
	free(level.v);
	return e;
}

static enum err count_moved(struct where *w, int64_t lo, int64_t hi, uint64_t *left)
{
	sqlite3_stmt *q = bind_batch(w, S_MOVED, lo, hi);
	enum err e = ERR_OK;

	while (store_next(w->s, q, &e)) {
		const struct where_row row = { .holder = store_uint(q, 0), .state = (enum pack_state)store_uint(q, 1),
					       .peer = store_uint(q, 2), .packs = store_uint(q, 3) };

		*left -= row.packs;
		e = count(w, &row);
	}
	sqlite3_reset(q);
	return e;
}

static enum err count_batches(struct where *w, uint64_t gtin, struct bytes lot)
{
	sqlite3_stmt *q = w->s->stmts[lot.p ? S_LOT_BATCHES : S_GTIN_BATCHES];
	enum err e = ERR_OK;

	store_bind_uint(q, 1, gtin);
	if (lot.p)
		store_bind_text(q, 2, lot);
	sqlite3_bind_int64(q, 3, w->as_of);
	while (store_next(w->s, q, &e)) {
		int64_t lo = sqlite3_column_int64(q, 0), hi = sqlite3_column_int64(q, 1);
		struct where_row rest = { .holder = store_uint(q, 2), .state = PACK_ACTIVE, .packs = (uint64_t)(hi - lo) + 1 };

		e = count_packed(w, lo, hi, &rest.packs);
		if (e == ERR_OK)
			e = count_moved(w, lo, hi, &rest.packs);
		if (e == ERR_OK && rest.packs > 0)
			e = count(w, &rest);
	}
	sqlite3_reset(q);
	return e;
}

static int most_first(const void *a, const void *b)
{
	const struct where_row *x = a, *y = b;

	if (x->packs != y->packs)
		return x->packs > y->packs ? -1 : 1;
	if (x->holder != y->holder)
		return x->holder < y->holder ? -1 : 1;
	if (x->state != y->state)
		return (int)x->state - (int)y->state;
	return x->peer < y->peer ? -1 : x->peer > y->peer;
}

enum err store_where(struct store *s, uint64_t gtin, struct bytes lot, uint64_t as_of, where_fn *fn, void *ctx)
{
	struct where w = { .s = s, .then = store_state(s, as_of), .as_of = store_as_of(as_of) };
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = count_batches(&w, gtin, lot);
	if (e == ERR_OK && w.n > 0)
		qsort(w.rows, w.n, sizeof(*w.rows), most_first);
	for (size_t i = 0; i < w.n && e == ERR_OK; i++)
		e = fn(ctx, &w.rows[i]);
	store_leave(s);
	free(w.rows);
	return e;
}

/* ---- handovers ---- */

/* So many words of one side are gone behind to find the signature they are about; who makes more of them is told by the last. */
#define TRACE_MAX 64

struct handing {
	struct store *s;
	uint64_t party;
	uint64_t as_of;
	handover_fn *fn;
	void *ctx;
};

static bool is_for(const struct handing *h, const struct handover_row *row)
{
	return h->party == 0 || row->giver == h->party || row->taker == h->party;
}

static enum err tell_handover(struct handing *h, int64_t unit, struct handover_row *row)
{
	enum err e = name_child(h->s, unit, &row->what);

	return e == ERR_OK ? h->fn(h->ctx, row) : e;
}

/* The event that shipped it: one in transit may have been reported missing since, or taken out of what it came in. */
static enum err find_shipment(struct handing *h, int64_t unit, struct handover_row *row)
{
	enum err e = store_event_row(h->s, row->ev, &row->event);

	for (unsigned i = 0; i < TRACE_MAX && e == ERR_OK && row->event.type != EV_SHIP && row->event.type != EV_RETURN; i++) {
		struct state before = store_state(h->s, row->ev - 1);
		struct custody_row custody;
		int64_t outer;

		e = outermost(h->s, row->ev - 1, unit, &outer);
		if (e == ERR_OK)
			e = state_custody(&before, outer, &custody);
		if (e == ERR_OK && custody.ev >= row->ev)
			e = ERR_CORRUPT;
		if (e == ERR_OK) {
			row->ev = custody.ev;
			e = store_event_row(h->s, row->ev, &row->event);
		}
	}
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

static enum err tell_shipped(struct handing *h, sqlite3_stmt *q)
{
	struct handover_row row = { .ev = store_uint(q, 1), .giver = store_uint(q, 2), .taker = store_uint(q, 3) };
	int64_t unit = sqlite3_column_int64(q, 0);
	enum err e;

	if (!is_for(h, &row))
		return ERR_OK;
	e = find_shipment(h, unit, &row);
	return e == ERR_OK ? tell_handover(h, unit, &row) : e;
}

/* Who commissioned a pack holds it until a row says otherwise. */
static enum err batch_holder(struct store *s, int64_t pack, uint64_t *holder)
{
	sqlite3_stmt *q = s->stmts[S_BATCH_OF];
	enum err e;

	sqlite3_bind_int64(q, 1, pack);
	e = store_row(s, q);
	*holder = store_uint(q, 0);
	sqlite3_reset(q);
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

/* The event that claimed it: a claim that is packed into a unit holds anew from there. */
static enum err find_claim(struct handing *h, int64_t unit, struct handover_row *row)
{
	enum err e = store_event_row(h->s, row->ev, &row->event);

	for (unsigned i = 0; i < TRACE_MAX && e == ERR_OK && row->event.type != EV_RECEIVE; i++) {
		struct state before = store_state(h->s, row->ev - 1);
		struct flags_row flags;

		e = state_flags(&before, unit, &flags);
		if (e == ERR_OK && (flags.of[FLAG_CLAIMED].by != row->taker || flags.of[FLAG_CLAIMED].ev >= row->ev))
			e = ERR_CORRUPT;
		if (e == ERR_OK) {
			row->ev = flags.of[FLAG_CLAIMED].ev;
			e = store_event_row(h->s, row->ev, &row->event);
		}
	}
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

/* Whom it is claimed from: its holder, by the unit around it if there is one. */
static enum err tell_claimed(struct handing *h, sqlite3_stmt *q)
{
	struct handover_row row = { .ev = store_uint(q, 1), .taker = store_uint(q, 2), .claimed = true };
	int64_t unit = sqlite3_column_int64(q, 0), outer;
	struct state then = store_state(h->s, h->as_of);
	struct custody_row custody;
	enum err e = outermost(h->s, h->as_of, unit, &outer);

	if (e == ERR_OK)
		e = state_custody(&then, outer, &custody);
	if (e == ERR_NOT_FOUND) { /* as commissioned */
		e = batch_holder(h->s, outer, &custody.holder);
		custody.ev = 0;
	}
	if (e == ERR_OK && unit != outer && row.ev < custody.ev)
		return ERR_OK; /* it ended when the unit around it moved on (state_units.c) */
	row.giver = custody.holder;
	if (e == ERR_OK && !is_for(h, &row))
		return ERR_OK;
	if (e == ERR_OK)
		e = find_claim(h, unit, &row);
	return e == ERR_OK ? tell_handover(h, unit, &row) : e;
}

static enum err tell_each(struct handing *h, enum stmt now, enum stmt then, uint64_t as_of,
			  enum err (*tell)(struct handing *h, sqlite3_stmt *q))
{
	sqlite3_stmt *q = h->s->stmts[as_of == STORE_NOW ? now : then];
	enum err e = ERR_OK;

	if (as_of != STORE_NOW)
		sqlite3_bind_int64(q, 3, store_as_of(as_of));
	while (store_next(h->s, q, &e))
		e = tell(h, q);
	sqlite3_reset(q);
	return e;
}

enum err store_handovers(struct store *s, uint64_t party, uint64_t as_of, handover_fn *fn, void *ctx)
{
	struct handing h = { s, party, as_of, fn, ctx };
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = tell_each(&h, S_SHIPPED_NOW, S_SHIPPED, as_of, tell_shipped);
	if (e == ERR_OK)
		e = tell_each(&h, S_CLAIMED_NOW, S_CLAIMED, as_of, tell_claimed);
	store_leave(s);
	return e;
}

/* ---- times ---- */

enum err store_ev_at(struct store *s, uint64_t time_ms, uint64_t *ev)
{
	sqlite3_stmt *q = s->stmts[S_EV_AT];
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	store_bind_uint(q, 1, time_ms);
	e = store_row(s, q);
	*ev = e == ERR_OK ? store_uint(q, 0) : 0;
	sqlite3_reset(q);
	store_leave(s);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
