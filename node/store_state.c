/* The logical state out of the tables. */
#include "node/store_internal.h"

static int64_t moment(const struct store *s)
{
	return s->as_of >= INT64_MAX ? INT64_MAX - 1 : (int64_t)s->as_of;
}

/* The row found holds at the moment asked for: its ev1 (column at) is later. */
static bool holds(const struct store *s, sqlite3_stmt *q, int at)
{
	return sqlite3_column_int64(q, at) > moment(s);
}

static enum err value_out(struct store *s, const struct wr *w, struct bytes *val)
{
	(void)s;
	return wr_end(w, val);
}

/* ---- facts, kept in memory within a snapshot ---- */

static struct cached_fact *slot_of(struct store *s, struct bytes key)
{
	uint32_t h = 2166136261u; /* FNV-1a: spreads, nothing more is asked */

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ key.p[i]) * 16777619u;
	return &s->facts[(h ^ h >> 15) % FACTS_CACHED];
}

static void keep_fact(struct store *s, struct cached_fact *c, struct bytes key, struct bytes value)
{
	if (!s->may_cache || s->as_of != STORE_NOW || key.n > STATE_KEY_MAX || value.n > STATE_VALUE_MAX)
		return;
	memcpy(c->key, key.p, key.n);
	c->key_n = key.n;
	c->present = value.p != NULL;
	c->value_n = value.n;
	if (value.n)
		memcpy(c->value, value.p, value.n);
}

static enum err get_fact(struct store *s, struct bytes key, struct bytes *val)
{
	struct cached_fact *c = slot_of(s, key);
	sqlite3_stmt *q;
	enum err e;
	int rc;

	if (s->as_of == STORE_NOW && s->may_cache && bytes_eq(key, bytes_of(c->key, c->key_n))) {
		*val = c->present ? bytes_of(c->value, c->value_n) : bytes_of(NULL, 0);
		return ERR_OK;
	}
	q = store_stmt(s, S_FACT);
	if (!q)
		return store_err(s, sqlite3_errcode(s->db));
	store_bind_bytes(q, 1, key);
	sqlite3_bind_int64(q, 2, moment(s));
	rc = sqlite3_step(q);
	*val = bytes_of(NULL, 0);
	e = store_err(s, rc);
	if (rc == SQLITE_ROW && holds(s, q, 1)) {
		struct bytes b = store_column_bytes(q, 0);

		if (b.n > sizeof(s->value)) {
			e = ERR_CORRUPT;
		} else {
			memcpy(s->value, b.p, b.n);
			*val = bytes_of(s->value, b.n);
		}
	}
	if (e == ERR_OK)
		keep_fact(s, c, key, *val);
	sqlite3_reset(q);
	return e;
}

/* ---- batches, kept in memory within a snapshot: they never change ---- */

/* Place of the last batch whose lo is at most lo, plus one. */
static size_t place_of(const struct store *s, uint64_t lo)
{
	size_t a = 0, b = s->batches_n;

	while (a < b) {
		size_t m = (a + b) / 2;

		if (s->batches[m].lo <= lo)
			a = m + 1;
		else
			b = m;
	}
	return a;
}

static struct batch_row *keep_batch(struct store *s, const struct batch_row *row)
{
	size_t at;

	if (s->batches_n == BATCHES_CACHED)
		s->batches_n = 0;
	at = place_of(s, row->lo);
	memmove(&s->batches[at + 1], &s->batches[at], (s->batches_n - at) * sizeof(*row));
	s->batches[at] = *row;
	s->batches_n++;
	return &s->batches[at];
}

/* The batch that pack pid is of. */
static enum err batch_of(struct store *s, uint64_t pid, const struct batch_row **out)
{
	struct batch_row row = { 0 };
	size_t at = place_of(s, pid);
	sqlite3_stmt *q;
	struct bytes lot;
	int rc;

	*out = NULL;
	if (at > 0 && s->batches[at - 1].hi >= pid) {
		*out = &s->batches[at - 1];
		return ERR_OK;
	}
	q = store_stmt(s, S_BATCH_FLOOR);
	if (!q)
		return store_err(s, sqlite3_errcode(s->db));
	sqlite3_bind_int64(q, 1, store_i64(pid));
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW) {
		row.lo = (uint64_t)sqlite3_column_int64(q, 0);
		row.hi = (uint64_t)sqlite3_column_int64(q, 1);
		row.gtin = (uint64_t)sqlite3_column_int64(q, 2);
		lot = bytes_of(sqlite3_column_text(q, 3), (size_t)sqlite3_column_bytes(q, 3));
		row.ev = (uint64_t)sqlite3_column_int64(q, 4);
		row.holder = (uint64_t)sqlite3_column_int64(q, 5);
		if (lot.n > LOT_MAX)
			rc = SQLITE_CORRUPT;
		else if (lot.n > 0)
			memcpy(row.lot, lot.p, row.lot_n = lot.n);
		if (rc == SQLITE_ROW && row.hi >= pid)
			*out = keep_batch(s, &row);
	}
	sqlite3_reset(q);
	return rc == SQLITE_CORRUPT ? ERR_CORRUPT : store_err(s, rc);
}

static enum err get_batch(struct store *s, const struct key_parts *k, struct bytes *val)
{
	const struct batch_row *b;
	struct wr w;
	enum err e = batch_of(s, k->n, &b);

	if (e != ERR_OK || !b || b->lo != k->n || store_i64(b->ev) > moment(s))
		return e;
	wr_init(&w, s->value, sizeof(s->value));
	wr_array(&w, 5);
	wr_uint(&w, b->hi);
	wr_uint(&w, b->gtin);
	wr_tstr(&w, bytes_of(b->lot, b->lot_n));
	wr_uint(&w, b->ev);
	wr_uint(&w, b->holder);
	return value_out(s, &w, val);
}

/* ---- one row by its key ---- */

static enum err get_pack(struct store *s, const struct key_parts *k, struct bytes *val)
{
	sqlite3_stmt *q = store_stmt(s, S_PACK);
	const struct batch_row *b = NULL;
	uint64_t pid = 0;
	struct wr w;
	enum err e;
	int rc;

	if (!q)
		return store_err(s, sqlite3_errcode(s->db));
	sqlite3_bind_int64(q, 1, store_i64(k->n));
	sqlite3_bind_text(q, 2, (const char *)k->b.p, (int)k->b.n, SQLITE_STATIC);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		pid = (uint64_t)sqlite3_column_int64(q, 0);
	e = store_err(s, rc);
	sqlite3_reset(q);
	if (rc != SQLITE_ROW || e != ERR_OK)
		return e;
	e = batch_of(s, pid, &b);
	if (e != ERR_OK || !b)
		return e == ERR_OK ? ERR_CORRUPT : e;
	if (store_i64(b->ev) > moment(s))
		return ERR_OK;
	wr_init(&w, s->value, sizeof(s->value));
	wr_array(&w, 2);
	wr_uint(&w, b->lo);
	wr_uint(&w, pid - b->lo);
	return value_out(s, &w, val);
}

static enum err get_custody(struct store *s, const struct key_parts *k, struct bytes *val)
{
	sqlite3_stmt *q = store_stmt(s, S_CUSTODY);
	enum err e;
	int rc;

	if (!q)
		return store_err(s, sqlite3_errcode(s->db));
	sqlite3_bind_int64(q, 1, k->unit);
	sqlite3_bind_int64(q, 2, moment(s));
	rc = sqlite3_step(q);
	e = store_err(s, rc);
	if (rc == SQLITE_ROW && holds(s, q, 4)) {
		struct wr w;

		wr_init(&w, s->value, sizeof(s->value));
		wr_array(&w, 4);
		wr_uint(&w, (uint64_t)sqlite3_column_int64(q, 1));
		wr_uint(&w, (uint64_t)sqlite3_column_int64(q, 2));
		wr_uint(&w, (uint64_t)sqlite3_column_int64(q, 3));
		wr_uint(&w, (uint64_t)sqlite3_column_int64(q, 0));
		e = value_out(s, &w, val);
	}
	sqlite3_reset(q);
	return e;
}

static enum err get_flag(struct store *s, const struct key_parts *k, struct bytes *val)
{
	sqlite3_stmt *q = store_stmt(s, S_FLAG);
	enum err e;
	int rc;

	if (!q)
		return store_err(s, sqlite3_errcode(s->db));
	sqlite3_bind_int64(q, 1, store_i64(k->n));
	sqlite3_bind_int64(q, 2, k->unit);
	sqlite3_bind_int64(q, 3, moment(s));
	rc = sqlite3_step(q);
	e = store_err(s, rc);
	if (rc == SQLITE_ROW && holds(s, q, 2)) {
		struct wr w;

		wr_init(&w, s->value, sizeof(s->value));
		wr_array(&w, 2);
		wr_uint(&w, (uint64_t)sqlite3_column_int64(q, 1));
		wr_uint(&w, (uint64_t)sqlite3_column_int64(q, 0));
		e = value_out(s, &w, val);
	}
	sqlite3_reset(q);
	return e;
}

static enum err get_inside(struct store *s, const struct key_parts *k, struct bytes *val)
{
	sqlite3_stmt *q = store_stmt(s, S_INSIDE);
	enum err e;
	int rc;

	if (!q)
		return store_err(s, sqlite3_errcode(s->db));
	sqlite3_bind_int64(q, 1, k->unit);
	sqlite3_bind_int64(q, 2, moment(s));
	rc = sqlite3_step(q);
	e = store_err(s, rc);
	if (rc == SQLITE_ROW && holds(s, q, 1)) {
		struct wr w;

		wr_init(&w, s->value, sizeof(s->value));
		wr_int(&w, sqlite3_column_int64(q, 0));
		e = value_out(s, &w, val);
	}
	sqlite3_reset(q);
	return e;
}

static enum err get_unit(struct store *s, const struct key_parts *k, struct bytes *val)
{
	sqlite3_stmt *q = store_stmt(s, S_UNIT);
	enum err e;
	int rc;

	if (!q)
		return store_err(s, sqlite3_errcode(s->db));
	sqlite3_bind_int64(q, 1, store_i64(k->n));
	rc = sqlite3_step(q);
	e = store_err(s, rc);
	if (rc == SQLITE_ROW) {
		struct wr w;

		wr_init(&w, s->value, sizeof(s->value));
		wr_int(&w, sqlite3_column_int64(q, 0));
		e = value_out(s, &w, val);
	}
	sqlite3_reset(q);
	return e;
}

static enum err get_event(struct store *s, const struct key_parts *k, struct bytes *val)
{
	sqlite3_stmt *q = store_stmt(s, S_EVENT);
	enum err e;
	int rc;

	if (!q)
		return store_err(s, sqlite3_errcode(s->db));
	sqlite3_bind_int64(q, 1, store_i64(k->n));
	rc = sqlite3_step(q);
	e = store_err(s, rc);
	if (rc == SQLITE_ROW && store_i64(k->n) <= moment(s)) {
		struct wr w;

		wr_init(&w, s->value, sizeof(s->value));
		wr_array(&w, 6);
		wr_bstr(&w, store_column_bytes(q, 0));
		for (int i = 1; i <= 5; i++)
			wr_uint(&w, (uint64_t)sqlite3_column_int64(q, i));
		e = value_out(s, &w, val);
	}
	sqlite3_reset(q);
	return e;
}

static enum err get_event_id(struct store *s, const struct key_parts *k, struct bytes *val)
{
	sqlite3_stmt *q = store_stmt(s, S_EVENT_ID);
	enum err e;
	int rc;

	if (!q)
		return store_err(s, sqlite3_errcode(s->db));
	store_bind_bytes(q, 1, k->b);
	rc = sqlite3_step(q);
	e = store_err(s, rc);
	if (rc == SQLITE_ROW && sqlite3_column_int64(q, 0) <= moment(s)) {
		struct wr w;

		wr_init(&w, s->value, sizeof(s->value));
		wr_uint(&w, (uint64_t)sqlite3_column_int64(q, 0));
		e = value_out(s, &w, val);
	}
	sqlite3_reset(q);
	return e;
}

static enum err get(void *ctx, struct bytes key, struct bytes *val)
{
	struct store *s = ctx;
	struct key_parts k;
	enum err e = key_parse(key, &k);

	*val = bytes_of(NULL, 0);
	if (e != ERR_OK)
		return e;
	switch ((int)k.kind) {
	case KEY_PACK:
		return get_pack(s, &k, val);
	case KEY_CUSTODY:
		return get_custody(s, &k, val);
	case KEY_FLAG:
		return get_flag(s, &k, val);
	case KEY_BATCH:
		return get_batch(s, &k, val);
	case KEY_EVENT:
		return get_event(s, &k, val);
	case KEY_EVENT_ID:
		return get_event_id(s, &k, val);
	case KEY_INSIDE:
		return get_inside(s, &k, val);
	case KEY_UNIT:
		return get_unit(s, &k, val);
	default: /* every other kind is small and changes seldom */
		return get_fact(s, key, val);
	}
}

struct state store_state(struct store *s, uint64_t as_of)
{
	s->as_of = as_of;
	return (struct state){ .ctx = s, .get = get };
}
