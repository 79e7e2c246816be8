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

void store_flags_row(sqlite3_stmt *q, int at, struct flags_row *out)
{
	for (int i = 0; i < FLAG_KINDS; i++)
		out->of[i] = (struct flag_row){ store_uint(q, at + 2 * i), store_uint(q, at + 2 * i + 1) };
}

static enum err read_flags(struct view *v, sqlite3_stmt *q, struct wr *w)
{
	struct flags_row row;

	store_flags_row(q, 1, &row);
	flags_row_write(w, &row);
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

static enum err event_of(sqlite3_stmt *q, struct event_row *out)
{
	*out = (struct event_row){ .type = store_uint(q, 1), .time_s = store_uint(q, 2), .place = store_uint(q, 3),
				   .signer = store_uint(q, 4), .header_ms = store_uint(q, 5) };
	return store_hash(q, 0, &out->id);
}

static enum err read_event(struct view *v, sqlite3_stmt *q, struct wr *w)
{
	struct event_row row;
	enum err e = event_of(q, &row);

	if (e != ERR_OK)
		return e;
	event_row_write(w, &row);
	return since(v, q, 6);
}

enum err store_event_row(struct store *s, uint64_t ev, struct event_row *out)
{
	sqlite3_stmt *q = s->stmts[S_EVENT];
	enum err e;

	store_bind_uint(q, 1, ev);
	e = store_row(s, q);
	if (e == ERR_OK)
		e = event_of(q, out);
	sqlite3_reset(q);
	return e;
}

/* How a kind is found: its statement, what of the key is bound to ?1 and ?2, and whether ?3 is the view's event. */
enum bound { BY_NUMBER, BY_UNIT, BY_NUMBER_AND_TEXT, BY_BYTES, BY_KEY };
struct finding {
	read_fn *read;
	enum stmt stmt;
	enum bound by;
	bool as_of;
};
static const struct finding fact = { read_fact, S_FACT, BY_KEY, true };
static const struct finding findings[KEY_KINDS] = {
	[KEY_EVENT] = { read_event, S_EVENT, BY_NUMBER, false },
	[KEY_EVENT_ID] = { read_event_id, S_EVENT_ID, BY_BYTES, false },
	[KEY_BATCH] = { read_batch, S_BATCH, BY_NUMBER, false },
	[KEY_PACK] = { read_pack, S_PACK, BY_NUMBER_AND_TEXT, false },
	[KEY_UNIT] = { read_unit, S_UNIT, BY_NUMBER, false },
	[KEY_INSIDE] = { read_inside, S_INSIDE, BY_UNIT, true },
	[KEY_CUSTODY] = { read_custody, S_CUSTODY, BY_UNIT, true },
	[KEY_FLAG] = { read_flags, S_FLAG, BY_UNIT, true },
};

static void bind_key(sqlite3_stmt *q, enum bound by, struct bytes key, const struct key_parts *k)
{
	switch (by) {
	case BY_NUMBER:
		store_bind_uint(q, 1, k->n);
		break;
	case BY_UNIT:
		sqlite3_bind_int64(q, 1, k->unit);
		break;
	case BY_NUMBER_AND_TEXT:
		store_bind_uint(q, 1, k->n);
		store_bind_text(q, 2, k->b);
		break;
	case BY_BYTES:
		store_bind_bytes(q, 1, k->b);
		break;
	case BY_KEY:
		store_bind_bytes(q, 1, key);
		break;
	}
}

/* What holds under the key as of the view's event, into w. */
static enum err find(struct view *v, struct bytes key, const struct key_parts *k, struct wr *w)
{
	const struct finding *f = findings[k->kind].read ? &findings[k->kind] : &fact;
	sqlite3_stmt *q = v->s->stmts[f->stmt];
	enum err e;

	bind_key(q, f->by, key, k);
	if (f->as_of)
		sqlite3_bind_int64(q, 3, v->as_of);
	e = store_row(v->s, q);
	if (e == ERR_OK)
		e = f->read(v, q, w);
	sqlite3_reset(q);
	return e;
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
	e = find(v, key, &k, &w);
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

int64_t store_as_of(uint64_t as_of)
{
	return as_of < STILL ? (int64_t)as_of : STILL - 1;
}

struct state store_state(struct store *s, uint64_t as_of)
{
	if (as_of == STORE_NOW)
		return (struct state){ .ctx = &s->now, .get = get };
	s->past.as_of = store_as_of(as_of);
	return (struct state){ .ctx = &s->past, .get = get };
}
