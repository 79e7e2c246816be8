/* The logical state out of the tables. */
#include "node/store_internal.h"

/* What a kind's row gives: its value into w.  ERR_NOT_FOUND when it does not hold as of the view's event. */
typedef enum err read_fn(struct view *v, sqlite3_stmt *q, struct wr *w);

static enum err since(const struct view *v, sqlite3_stmt *q, int at)
{
	return sqlite3_column_int64(q, at) <= v->as_of ? ERR_OK : ERR_NOT_FOUND;
}

static enum err until(const struct view *v, sqlite3_stmt *q, int at)
{
	return sqlite3_column_int64(q, at) > v->as_of ? ERR_OK : ERR_NOT_FOUND;
}

static enum err read_fact(struct view *v, sqlite3_stmt *q, struct wr *w)
{
	wr_raw(w, store_bytes(q, 1));
	return until(v, q, 0);
}

static enum err read_custody(struct view *v, sqlite3_stmt *q, struct wr *w)
{
	const struct custody_row row = { .holder = store_uint(q, 1), .state = (enum pack_state)store_uint(q, 2),
					 .peer = store_uint(q, 3), .ev = store_uint(q, 4) };

	custody_row_write(w, &row);
	return until(v, q, 0);
}

static enum err read_inside(struct view *v, sqlite3_stmt *q, struct wr *w)
{
	wr_int(w, sqlite3_column_int64(q, 1));
	return until(v, q, 0);
}

static enum err read_flag(struct view *v, sqlite3_stmt *q, struct wr *w)
{
	const struct flag_row row = { .by = store_uint(q, 1), .ev = store_uint(q, 2) };

	flag_row_write(w, &row);
	return until(v, q, 0);
}

static enum err read_pack(struct view *v, sqlite3_stmt *q, struct wr *w)
{
	const struct pack_row row = { .lo = store_uint(q, 1), .offset = store_uint(q, 0) - store_uint(q, 1) };

	pack_row_write(w, &row);
	return since(v, q, 2);
}

static enum err read_unit(struct view *v, sqlite3_stmt *q, struct wr *w)
{
	wr_int(w, sqlite3_column_int64(q, 0));
	return since(v, q, 1);
}

void store_batch_row(sqlite3_stmt *q, struct wr *w)
{
	struct bytes lot = store_bytes(q, 2);
	struct batch_row row = { .hi = store_uint(q, 0), .gtin = store_uint(q, 1), .ev = store_uint(q, 3),
				 .holder = store_uint(q, 4) };

	row.lot_n = lot.n < LOT_MAX ? lot.n : LOT_MAX;
	if (lot.n)
		memcpy(row.lot, lot.p, row.lot_n);
	batch_row_write(w, &row);
}

static enum err read_batch(struct view *v, sqlite3_stmt *q, struct wr *w)
{
	store_batch_row(q, w);
	return since(v, q, 3);
}

static enum err read_event_id(struct view *v, sqlite3_stmt *q, struct wr *w)
{
	wr_uint(w, store_uint(q, 0));
	return since(v, q, 0);
}

enum err store_event_row(struct store *s, uint64_t ev, struct event_row *out)
{
	sqlite3_stmt *q = s->stmts[S_EVENT];
	enum err e;

	store_bind_uint(q, 1, ev);
	e = store_row(s, q);
	if (e == ERR_OK)
		e = store_hash(q, 0, &out->id);
	out->type = store_uint(q, 1);
	out->time_s = store_uint(q, 2);
	out->place = store_uint(q, 3);
	out->signer = store_uint(q, 4);
	out->header_ms = store_uint(q, 5);
	sqlite3_reset(q);
	return e;
}

static enum err get_event(struct view *v, uint64_t ev, struct wr *w)
{
	struct event_row row;
	enum err e = ev > (uint64_t)v->as_of ? ERR_NOT_FOUND : store_event_row(v->s, ev, &row);

	if (e == ERR_OK)
		event_row_write(w, &row);
	return e;
}

/* Step the statement whose key is bound. */
static enum err get_row(struct view *v, sqlite3_stmt *q, read_fn *read, struct wr *w)
{
	enum err e = store_row(v->s, q);

	if (e == ERR_OK)
		e = read(v, q, w);
	sqlite3_reset(q);
	return e;
}

/* What holds under k as of the view's event, into w. */
static enum err get_kind(struct view *v, struct bytes key, const struct key_parts *k, struct wr *w)
{
	sqlite3_stmt **stmts = v->s->stmts;

	switch (k->kind) {
	case KEY_PACK:
		store_bind_uint(stmts[S_PACK], 1, k->n);
		store_bind_text(stmts[S_PACK], 2, k->b);
		return get_row(v, stmts[S_PACK], read_pack, w);
	case KEY_CUSTODY:
		sqlite3_bind_int64(stmts[S_CUSTODY], 1, k->unit);
		sqlite3_bind_int64(stmts[S_CUSTODY], 3, v->as_of);
		return get_row(v, stmts[S_CUSTODY], read_custody, w);
	case KEY_INSIDE:
		sqlite3_bind_int64(stmts[S_INSIDE], 1, k->unit);
		sqlite3_bind_int64(stmts[S_INSIDE], 3, v->as_of);
		return get_row(v, stmts[S_INSIDE], read_inside, w);
	case KEY_FLAG:
		store_bind_uint(stmts[S_FLAG], 1, k->n);
		sqlite3_bind_int64(stmts[S_FLAG], 2, k->unit);
		sqlite3_bind_int64(stmts[S_FLAG], 3, v->as_of);
		return get_row(v, stmts[S_FLAG], read_flag, w);
	case KEY_BATCH:
		store_bind_uint(stmts[S_BATCH], 1, k->n);
		return get_row(v, stmts[S_BATCH], read_batch, w);
	case KEY_UNIT:
		store_bind_uint(stmts[S_UNIT], 1, k->n);
		return get_row(v, stmts[S_UNIT], read_unit, w);
	case KEY_EVENT:
		return get_event(v, k->n, w);
	case KEY_EVENT_ID:
		store_bind_bytes(stmts[S_EVENT_ID], 1, k->b);
		return get_row(v, stmts[S_EVENT_ID], read_event_id, w);
	case KEY_CHAIN:
	case KEY_MEMBER:
	case KEY_KEY:
	case KEY_LABEL_KEY:
	case KEY_PRODUCT:
	case KEY_LOT:
	case KEY_DEVICE:
	case KEY_PROPOSAL:
	case KEY_VALIDATORS:
	case KEY_PREFIX:
	case KEY_LABEL_KEYS:
		break;
	}
	store_bind_bytes(stmts[S_FACT], 1, key);
	sqlite3_bind_int64(stmts[S_FACT], 3, v->as_of);
	return get_row(v, stmts[S_FACT], read_fact, w);
}

static enum err look_up(struct view *v, struct bytes key, struct bytes *val)
{
	bool keeps = v == &v->s->now;
	struct key_parts k;
	struct wr w;
	enum err e;

	if (keeps && overlay_find(v->s->kept, key, val))
		return ERR_OK;
	*val = bytes_of(NULL, 0);
	e = key_parse(key, &k);
	if (e != ERR_OK)
		return e;
	wr_init(&w, v->value, sizeof(v->value));
	e = get_kind(v, key, &k, &w);
	if (e == ERR_OK && wr_end(&w, val) != ERR_OK)
		e = ERR_CORRUPT;
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e == ERR_OK && keeps && store_keeps(k.kind))
		e = store_keep(v->s, key, *val);
	return e;
}

static enum err get(void *ctx, struct bytes key, struct bytes *val)
{
	struct view *v = ctx;
	enum err e = store_enter(v->s);

	if (e != ERR_OK)
		return e;
	e = look_up(v, key, val);
	store_leave(v->s);
	return e;
}

struct state store_state(struct store *s, uint64_t as_of)
{
	if (as_of == STORE_NOW)
		return (struct state){ .ctx = &s->now, .get = get };
	s->past.as_of = as_of < STILL ? (int64_t)as_of : STILL - 1;
	return (struct state){ .ctx = &s->past, .get = get };
}
