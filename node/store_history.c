/* What a pack or unit went through. */
#include "node/store_internal.h"

#include "node/core/verdict.h"

#include <stdlib.h>

/* In this order within one event. */
enum change { LEAVES, ENTERS, CUSTODY, FLAGS_OFF, FLAGS_ON, MENTIONED };
struct change_row {
	uint64_t ev;
	enum change change;
	size_t level; /* how far out it is: LEAVES, ENTERS: the unit; FLAGS: what has them, 0: the thing itself */
	int64_t unit;
	uint64_t holder, peer, since; /* CUSTODY; since: ev of its row */
	enum pack_state state;
	struct flags_row flags;
};

struct past {
	struct store *s;
	int64_t as_of;
	struct change_row *rows;
	size_t n, cap;
};

static enum err note(struct past *p, const struct change_row *row)
{
	if (row->ev > (uint64_t)p->as_of)
		return ERR_OK;
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 64;
		struct change_row *rows = realloc(p->rows, cap * sizeof(*rows));

		if (!rows)
			return ERR_NO_MEMORY;
		p->rows = rows;
		p->cap = cap;
	}
	p->rows[p->n++] = *row;
	return ERR_OK;
}

/* ---- gathering ---- */

/* The time that a thing spent in a unit, or all time for itself: events from .. up to before. */
struct span {
	int64_t unit, from, before;
	size_t level;
};

static sqlite3_stmt *bind_span(struct past *p, enum stmt which, const struct span *in)
{
	sqlite3_stmt *q = p->s->stmts[which];

	sqlite3_bind_int64(q, 1, in->unit);
	sqlite3_bind_int64(q, 2, in->from);
	sqlite3_bind_int64(q, 3, in->before);
	return q;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What held when the span began counts from there. */
static enum err gather_custody(struct past *p, const struct span *in)
{
	sqlite3_stmt *q = bind_span(p, S_PAST_CUSTODY, in);
	enum err e = ERR_OK;

	while (store_next(p->s, q, &e)) {
		const struct change_row row = { .ev = (uint64_t)later(sqlite3_column_int64(q, 0), in->from), .change = CUSTODY,
						.since = store_uint(q, 0), .holder = store_uint(q, 2),
						.state = (enum pack_state)store_uint(q, 3), .peer = store_uint(q, 4) };

		e = note(p, &row);
	}
	sqlite3_reset(q);
	return e;
}

static enum err gather_flags(struct past *p, const struct span *in)
{
	sqlite3_stmt *q = bind_span(p, S_PAST_FLAG, in);
	enum err e = ERR_OK;

	while (store_next(p->s, q, &e)) {
		struct change_row row = { .ev = (uint64_t)later(sqlite3_column_int64(q, 0), in->from), .change = FLAGS_ON,
					  .level = in->level };

		store_flags_row(q, 2, &row.flags);
		e = note(p, &row);
		row.change = FLAGS_OFF;
		row.ev = (uint64_t)earlier(sqlite3_column_int64(q, 1), in->before);
		if (e == ERR_OK)
			e = note(p, &row);
	}
	sqlite3_reset(q);
	return e;
}

static enum err gather(struct past *p, const struct span *in);

/* One unit around it after the other: the statement is not free while its rows' own spans are gathered. */
static enum err gather_around(struct past *p, const struct span *in)
{
	struct span around = { .from = in->from, .level = in->level + 1 };
	enum err e = in->level > UNIT_LEVELS_MAX ? ERR_CORRUPT : ERR_OK;

	while (e == ERR_OK && around.from < in->before) {
		const struct span rest = { in->unit, around.from, in->before, in->level };
		sqlite3_stmt *q = bind_span(p, S_PAST_INSIDE, &rest);
		struct change_row row = { .change = ENTERS, .level = in->level };

		e = store_row(p->s, q);
		if (e == ERR_OK) {
			around.from = later(sqlite3_column_int64(q, 0), around.from);
			around.before = earlier(sqlite3_column_int64(q, 1), in->before);
			around.unit = row.unit = sqlite3_column_int64(q, 2);
		}
		sqlite3_reset(q);
		if (e != ERR_OK)
			break;
		row.ev = (uint64_t)around.from;
		e = note(p, &row);
		row.change = LEAVES;
		row.ev = (uint64_t)around.before;
		if (e == ERR_OK)
			e = note(p, &row);
		if (e == ERR_OK)
			e = gather(p, &around);
		around.from = around.before;
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err gather(struct past *p, const struct span *in)
{
	enum err e = gather_custody(p, in);

	if (e == ERR_OK)
		e = gather_flags(p, in);
	return e == ERR_OK ? gather_around(p, in) : e;
}

/* Events that set a fact, from one on: each, or those that which() says so of. */
typedef bool which_fn(void *ctx, struct bytes value);

static enum err gather_mentions(struct past *p, struct bytes key, uint64_t from, which_fn *which, void *ctx)
{
	sqlite3_stmt *q = p->s->stmts[S_PAST_FACT];
	enum err e = ERR_OK;

	store_bind_bytes(q, 1, key);
	sqlite3_bind_int64(q, 2, p->as_of + 1);
	while (store_next(p->s, q, &e)) {
		const struct change_row row = { .ev = store_uint(q, 0), .change = MENTIONED };

		if ((!which || which(ctx, store_bytes(q, 1))) && row.ev >= from)
			e = note(p, &row);
	}
	sqlite3_reset(q);
	return e;
}

/* Of a lot's events those that release, recall or clear it. */
static bool lot_turned(void *ctx, struct bytes value)
{
	struct lot_row *was = ctx, row;
	bool turned;

	if (lot_row_decode(value, &row) != ERR_OK)
		return false;
	turned = row.released != was->released || row.recalled != was->recalled;
	*was = row;
	return turned;
}

/* Of a product's events those that withdraw it or let it back. */
static bool product_turned(void *ctx, struct bytes value)
{
	struct product_row *was = ctx, row;
	bool turned;

	if (product_row_decode(value, &row) != ERR_OK)
		return false;
	turned = row.withdrawn_n != was->withdrawn_n;
	*was = row;
	return turned;
}

static enum err gather_alarms(struct past *p, uint64_t gtin, struct bytes serial)
{
	uint8_t buf[STATE_KEY_MAX];
	enum err e = ERR_OK;

	for (uint64_t i = 1; i <= REASON_NUMBER_MAX && e == ERR_OK; i++) {
		const struct reason_row *r = reason_row(i);
		struct hash id;

		if (!r || !r->alarm)
			continue;
		alarm_id(&id, gtin, serial, i);
		e = gather_mentions(p, key_alarm(buf, &id), 0, NULL, NULL);
	}
	return e;
}

/* ---- telling ---- */

static int by_event(const void *a, const void *b)
{
	const struct change_row *x = a, *y = b;

	if (x->ev != y->ev)
		return x->ev < y->ev ? -1 : 1;
	return (int)x->change - (int)y->change;
}

struct telling {
	struct past *past;
	struct history_row row;
	int64_t around[UNIT_LEVELS_MAX + 1]; /* the units around it by level; 0: none */
	struct flags_row flags[UNIT_LEVELS_MAX + 2]; /* on the thing itself, on the units around it */
	uint64_t since; /* ev of the custody row in force */
	history_fn *fn;
	void *ctx;
};

static void turn(struct telling *t, const struct change_row *c)
{
	switch (c->change) {
	case LEAVES:
		if (t->around[c->level] == c->unit)
			t->around[c->level] = 0;
		break;
	case ENTERS:
		t->around[c->level] = c->unit;
		break;
	case CUSTODY:
		t->row.holder = c->holder;
		t->row.state = c->state;
		t->row.peer = c->peer;
		t->since = c->since;
		break;
	case FLAGS_OFF:
		t->flags[c->level] = (struct flags_row){ 0 };
		break;
	case FLAGS_ON:
		t->flags[c->level] = c->flags;
		break;
	case MENTIONED:
		break;
	}
}

static enum err sscc_of(struct store *s, int64_t unit, uint64_t *sscc)
{
	sqlite3_stmt *q = s->stmts[S_SSCC];
	enum err e;

	sqlite3_bind_int64(q, 1, unit);
	e = store_row(s, q);
	*sscc = store_uint(q, 0);
	sqlite3_reset(q);
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

static enum err find_correction(struct past *p, uint64_t ev, uint64_t *by)
{
	struct state then = store_state(p->s, (uint64_t)p->as_of);
	struct correction_row row = { .ev = 0 };
	enum err e = state_correction(&then, ev, &row);

	*by = row.ev;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* As pack_view has it: inside a unit a mismatch or a claim ends when custody moves on. */
static bool is_flagged(const struct telling *t, size_t outer, size_t kind)
{
	for (size_t level = 0; level <= outer; level++) {
		const struct flag_row *f = &t->flags[level].of[kind];
		bool ends = kind == FLAG_MISMATCH || kind == FLAG_CLAIMED;

		if (f->by && (!ends || level == outer || f->ev >= t->since))
			return true;
	}
	return false;
}

static enum err tell(struct telling *t, uint64_t ev)
{
	struct store *s = t->past->s;
	size_t outer = 0; /* how many units are around it */
	enum err e = store_event_row(s, ev, &t->row.event);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	t->row.ev = ev;
	while (outer < UNIT_LEVELS_MAX + 1 && t->around[outer])
		outer++;
	for (size_t i = 0; i < FLAG_KINDS; i++)
		t->row.flags[i] = is_flagged(t, outer, i);
	t->row.sscc = 0;
	if (outer)
		e = sscc_of(s, t->around[outer - 1], &t->row.sscc);
	if (e == ERR_OK)
		e = find_correction(t->past, ev, &t->row.corrected);
	return e == ERR_OK ? t->fn(t->ctx, &t->row) : e;
}

/* The last of its event's rows. */
static bool ends_event(const struct past *p, size_t i)
{
	return i + 1 == p->n || p->rows[i + 1].ev != p->rows[i].ev;
}

static enum err tell_all(struct telling *t)
{
	struct past *p = t->past;
	size_t events = 0, at = 0;
	enum err e = ERR_OK;

	if (p->n > 0)
		qsort(p->rows, p->n, sizeof(*p->rows), by_event);
	for (size_t i = 0; i < p->n; i++)
		events += ends_event(p, i);
	t->row.earlier = events > HISTORY_MOST ? events - HISTORY_MOST : 0;
	for (size_t i = 0; i < p->n && e == ERR_OK; i++) {
		turn(t, &p->rows[i]);
		if (ends_event(p, i) && at++ >= t->row.earlier)
			e = tell(t, p->rows[i].ev);
	}
	return e;
}

/* ---- the two of them ---- */

/* What was said of its lot and product since it is there. */
static enum err gather_lot(struct past *p, const struct batch_row *batch)
{
	struct product_row product = { .withdrawn_n = 0 };
	struct lot_row lot = { .packs = 0 };
	uint8_t buf[STATE_KEY_MAX];
	enum err e = gather_mentions(p, key_lot(buf, batch->gtin, bytes_of(batch->lot, batch->lot_n)), batch->ev, lot_turned, &lot);

	return e == ERR_OK ? gather_mentions(p, key_product(buf, batch->gtin), batch->ev, product_turned, &product) : e;
}

static enum err gather_pack(struct past *p, uint64_t gtin, struct bytes serial)
{
	struct state now = store_state(p->s, STORE_NOW);
	struct change_row begins = { .change = CUSTODY, .state = PACK_ACTIVE };
	uint8_t buf[STATE_KEY_MAX];
	struct batch_row batch;
	struct span all;
	struct pack_row row;
	enum err e = state_pack(&now, gtin, serial, &row);

	if (e == ERR_OK)
		e = state_batch(&now, row.lo, &batch);
	if (e == ERR_OK && batch.ev > (uint64_t)p->as_of)
		e = ERR_NOT_FOUND;
	if (e != ERR_OK)
		return e;
	begins.ev = batch.ev;
	begins.holder = batch.holder;
	begins.since = batch.ev;
	all = (struct span){ (int64_t)(row.lo + row.offset), (int64_t)batch.ev, STILL, 0 };
	e = note(p, &begins);
	if (e == ERR_OK)
		e = gather(p, &all);
	if (e == ERR_OK)
		e = gather_mentions(p, key_sight(buf, all.unit), batch.ev, NULL, NULL);
	if (e == ERR_OK)
		e = gather_lot(p, &batch);
	return e == ERR_OK ? gather_alarms(p, gtin, serial) : e;
}

static enum err gather_unit(struct past *p, uint64_t sscc)
{
	struct state then = store_state(p->s, (uint64_t)p->as_of);
	struct span all = { .before = STILL };
	enum err e = state_unit(&then, sscc, &all.unit);

	return e == ERR_OK ? gather(p, &all) : e;
}

enum err store_history(struct store *s, uint64_t gtin, struct bytes serial, uint64_t as_of, history_fn *fn, void *ctx)
{
	struct past p = { .s = s, .as_of = store_as_of(as_of) };
	struct telling t = { .past = &p, .fn = fn, .ctx = ctx };
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = gather_pack(&p, gtin, serial);
	if (e == ERR_OK)
		e = tell_all(&t);
	store_leave(s);
	free(p.rows);
	return e;
}

enum err store_unit_history(struct store *s, uint64_t sscc, uint64_t as_of, history_fn *fn, void *ctx)
{
	struct past p = { .s = s, .as_of = store_as_of(as_of) };
	struct telling t = { .past = &p, .fn = fn, .ctx = ctx };
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = gather_unit(&p, sscc);
	if (e == ERR_OK)
		e = tell_all(&t);
	store_leave(s);
	free(p.rows);
	return e;
}
