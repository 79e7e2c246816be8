/* Writes into the tables, and the transaction that makes a block durable. */
#include "node/store_internal.h"

/* What a block's writes are applied with. */
struct applying {
	struct store *s;
	uint64_t ev; /* of the event whose writes these are */
	uint64_t height;
};

static enum err no_stmt(struct store *s)
{
	return store_err(s, sqlite3_errcode(s->db));
}

/* Close what held until now under a one-column key. */
static enum err close_row(struct applying *a, enum stmt which, int64_t unit)
{
	sqlite3_stmt *q = store_stmt(a->s, which);

	if (!q)
		return no_stmt(a->s);
	sqlite3_bind_int64(q, 1, unit);
	sqlite3_bind_int64(q, 2, store_i64(a->ev));
	return store_run(a->s, q);
}

static enum err apply_fact(struct applying *a, struct bytes key, struct bytes val)
{
	sqlite3_stmt *q = store_stmt(a->s, S_FACT_CLOSE);
	enum err e;

	if (!q)
		return no_stmt(a->s);
	store_bind_bytes(q, 1, key);
	sqlite3_bind_int64(q, 2, store_i64(a->ev));
	e = store_run(a->s, q);
	if (e != ERR_OK || !val.p)
		return e;
	q = store_stmt(a->s, S_FACT_PUT);
	if (!q)
		return no_stmt(a->s);
	store_bind_bytes(q, 1, key);
	sqlite3_bind_int64(q, 2, store_i64(a->ev));
	store_bind_bytes(q, 3, val);
	return store_run(a->s, q);
}

static enum err apply_custody(struct applying *a, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q;
	struct rd r;
	enum err e = close_row(a, S_CUSTODY_CLOSE, k->unit);

	if (e != ERR_OK || !val.p)
		return e;
	q = store_stmt(a->s, S_CUSTODY_PUT);
	if (!q)
		return no_stmt(a->s);
	rd_init(&r, val);
	rd_array_n(&r, 4);
	sqlite3_bind_int64(q, 1, k->unit);
	sqlite3_bind_int64(q, 2, store_i64(a->ev));
	sqlite3_bind_int64(q, 3, store_i64(rd_uint(&r)));
	sqlite3_bind_int64(q, 4, store_i64(rd_uint(&r)));
	sqlite3_bind_int64(q, 5, store_i64(rd_uint(&r)));
	if (rd_uint(&r) != a->ev || rd_end(&r) != ERR_OK)
		return ERR_CORRUPT;
	return store_run(a->s, q);
}

static enum err apply_flag(struct applying *a, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q = store_stmt(a->s, S_FLAG_CLOSE);
	struct rd r;
	enum err e;

	if (!q)
		return no_stmt(a->s);
	sqlite3_bind_int64(q, 1, store_i64(k->n));
	sqlite3_bind_int64(q, 2, k->unit);
	sqlite3_bind_int64(q, 3, store_i64(a->ev));
	e = store_run(a->s, q);
	if (e != ERR_OK || !val.p)
		return e;
	q = store_stmt(a->s, S_FLAG_PUT);
	if (!q)
		return no_stmt(a->s);
	rd_init(&r, val);
	rd_array_n(&r, 2);
	sqlite3_bind_int64(q, 1, store_i64(k->n));
	sqlite3_bind_int64(q, 2, k->unit);
	sqlite3_bind_int64(q, 3, store_i64(a->ev));
	sqlite3_bind_int64(q, 4, store_i64(rd_uint(&r)));
	if (rd_uint(&r) != a->ev || rd_end(&r) != ERR_OK)
		return ERR_CORRUPT;
	return store_run(a->s, q);
}

static enum err apply_inside(struct applying *a, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q;
	struct rd r;
	enum err e = close_row(a, S_INSIDE_CLOSE, k->unit);

	if (e != ERR_OK || !val.p)
		return e;
	q = store_stmt(a->s, S_INSIDE_PUT);
	if (!q)
		return no_stmt(a->s);
	rd_init(&r, val);
	sqlite3_bind_int64(q, 1, k->unit);
	sqlite3_bind_int64(q, 2, store_i64(a->ev));
	sqlite3_bind_int64(q, 3, rd_int(&r));
	return rd_end(&r) == ERR_OK ? store_run(a->s, q) : ERR_CORRUPT;
}

static enum err apply_unit(struct applying *a, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q = store_stmt(a->s, S_UNIT_PUT);
	struct rd r;

	if (!q)
		return no_stmt(a->s);
	rd_init(&r, val);
	sqlite3_bind_int64(q, 1, rd_int(&r));
	sqlite3_bind_int64(q, 2, store_i64(k->n));
	return rd_end(&r) == ERR_OK ? store_run(a->s, q) : ERR_CORRUPT;
}

static enum err apply_batch(struct applying *a, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q = store_stmt(a->s, S_BATCH_PUT);
	struct bytes lot;
	struct rd r;

	if (!q)
		return no_stmt(a->s);
	rd_init(&r, val);
	rd_array_n(&r, 5);
	sqlite3_bind_int64(q, 1, store_i64(k->n));
	sqlite3_bind_int64(q, 2, store_i64(rd_uint(&r)));
	sqlite3_bind_int64(q, 3, store_i64(rd_uint(&r)));
	lot = rd_tstr_max(&r, LOT_MAX);
	sqlite3_bind_text(q, 4, (const char *)lot.p, (int)lot.n, SQLITE_STATIC);
	sqlite3_bind_int64(q, 5, store_i64(rd_uint(&r)));
	sqlite3_bind_int64(q, 6, store_i64(rd_uint(&r)));
	return rd_end(&r) == ERR_OK ? store_run(a->s, q) : ERR_CORRUPT;
}

static enum err apply_pack(struct applying *a, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q = store_stmt(a->s, S_PACK_PUT);
	uint64_t lo, offset;
	struct rd r;

	if (!q)
		return no_stmt(a->s);
	rd_init(&r, val);
	rd_array_n(&r, 2);
	lo = rd_uint(&r);
	offset = rd_uint(&r);
	if (rd_end(&r) != ERR_OK)
		return ERR_CORRUPT;
	sqlite3_bind_int64(q, 1, store_i64(lo + offset));
	sqlite3_bind_int64(q, 2, store_i64(k->n));
	sqlite3_bind_text(q, 3, (const char *)k->b.p, (int)k->b.n, SQLITE_STATIC);
	return store_run(a->s, q);
}

/* [1, ev] leads its event's writes. */
static enum err apply_event(struct applying *a, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q = store_stmt(a->s, S_EVENT_PUT);
	struct rd r;

	if (!q)
		return no_stmt(a->s);
	a->ev = k->n;
	rd_init(&r, val);
	rd_array_n(&r, 6);
	sqlite3_bind_int64(q, 1, store_i64(k->n));
	sqlite3_bind_int64(q, 2, store_i64(a->height));
	store_bind_bytes(q, 3, rd_bstr_n(&r, HASH_LEN));
	for (int i = 4; i <= 8; i++)
		sqlite3_bind_int64(q, i, store_i64(rd_uint(&r)));
	return rd_end(&r) == ERR_OK ? store_run(a->s, q) : ERR_CORRUPT;
}

static enum err apply_one(struct applying *a, struct bytes key, struct bytes val)
{
	struct key_parts k;
	enum err e = key_parse(key, &k);

	if (e != ERR_OK)
		return e;
	switch ((int)k.kind) {
	case KEY_PACK:
		return apply_pack(a, &k, val);
	case KEY_CUSTODY:
		return apply_custody(a, &k, val);
	case KEY_FLAG:
		return apply_flag(a, &k, val);
	case KEY_BATCH:
		return apply_batch(a, &k, val);
	case KEY_EVENT:
		return apply_event(a, &k, val);
	case KEY_INSIDE:
		return apply_inside(a, &k, val);
	case KEY_UNIT:
		return apply_unit(a, &k, val);
	case KEY_EVENT_ID:
		return ERR_CORRUPT; /* follows from [1, ev]: nobody writes it */
	default:
		return apply_fact(a, key, val);
	}
}

static enum err apply_all(struct applying *a, struct bytes writes)
{
	struct bytes key, val;
	struct writes_it it;
	enum err e = ERR_OK;

	writes_it_init(&it, writes);
	while (e == ERR_OK && writes_it_next(&it, &key, &val))
		e = apply_one(a, key, val);
	return e == ERR_OK && rd_end(&it.r) != ERR_OK ? ERR_CORRUPT : e;
}

enum err store_apply(struct store *s, struct bytes writes)
{
	struct applying a = { .s = s };

	return apply_all(&a, writes);
}

/* ---- a block ---- */

static enum err put_bodies(struct store *s, const struct store_append *a, uint64_t first_ev)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < a->events_n && e == ERR_OK; i++) {
		sqlite3_stmt *q = store_stmt(s, S_BODY_PUT);

		if (!q)
			return no_stmt(s);
		sqlite3_bind_int64(q, 1, store_i64(first_ev + i));
		store_bind_bytes(q, 2, a->events[i]);
		e = store_run(s, q);
	}
	return e;
}

static enum err put_block(struct store *s, const struct store_append *a, uint64_t first_ev)
{
	sqlite3_stmt *q = store_stmt(s, S_BLOCK_PUT);
	struct hash h;

	if (!q)
		return no_stmt(s);
	header_hash(&h, a->header_bytes);
	sqlite3_bind_int64(q, 1, store_i64(a->header->height));
	store_bind_bytes(q, 2, a->header_bytes);
	store_bind_bytes(q, 3, a->certificate);
	store_bind_bytes(q, 4, hash_bytes(&h));
	sqlite3_bind_int64(q, 5, store_i64(first_ev));
	sqlite3_bind_int64(q, 6, store_i64(a->events_n));
	return store_run(s, q);
}

static enum err put_tile(struct store *s, unsigned level, uint64_t index, const struct hash *h)
{
	sqlite3_stmt *q = store_stmt(s, S_TILE_PUT);

	if (!q)
		return no_stmt(s);
	sqlite3_bind_int64(q, 1, (int64_t)level);
	sqlite3_bind_int64(q, 2, store_i64(index));
	store_bind_bytes(q, 3, hash_bytes(h));
	return store_run(s, q);
}

/* A kept node of the log's tree out of the 256 one kept level below. */
static enum err make_tile(struct store *s, unsigned level, uint64_t index)
{
	struct merkle_source log = store_log(s);
	struct merkle_edge edge;
	struct hash h;
	enum err e = ERR_OK;

	merkle_edge_init(&edge);
	for (uint64_t i = 0; i < 1u << MERKLE_TILE && e == ERR_OK; i++) {
		e = log.get(log.ctx, level - MERKLE_TILE, (index << MERKLE_TILE) + i, &h);
		if (e == ERR_OK)
			merkle_edge_add(&edge, &h);
	}
	if (e != ERR_OK)
		return e;
	merkle_edge_root(&edge, &h);
	return put_tile(s, level, index, &h);
}

/* Tiles that became whole between two sizes of the log, lower levels first. */
static enum err put_tiles(struct store *s, uint64_t before, uint64_t after)
{
	enum err e = ERR_OK;

	for (unsigned level = MERKLE_TILE; level < 64 && after >> level > 0 && e == ERR_OK; level += MERKLE_TILE)
		for (uint64_t i = before >> level; i < after >> level && e == ERR_OK; i++)
			e = make_tile(s, level, i);
	return e;
}

static enum err take_from_outbox(struct store *s, const struct store_append *a)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < a->outbox_done_n && e == ERR_OK; i++)
		e = store_outbox_remove(s, &a->outbox_done[i]);
	return e;
}

static enum err append_all(struct store *s, const struct store_append *a)
{
	uint64_t first_ev = a->header->log_size - a->events_n + 1;
	struct applying ap = { .s = s, .height = a->header->height };
	enum err e = put_block(s, a, first_ev);

	if (e == ERR_OK)
		e = apply_all(&ap, a->writes);
	if (e == ERR_OK)
		e = put_bodies(s, a, first_ev);
	if (e == ERR_OK)
		e = put_tiles(s, first_ev - 1, a->header->log_size);
	return e == ERR_OK ? take_from_outbox(s, a) : e;
}

/* Begin the write-ahead log anew once it has grown; a reader that stands in the way only makes it later. */
static void keep_wal_small(struct store *s)
{
	int pages = 0, done = 0;

	if (sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &done) == SQLITE_OK &&
	    pages > WAL_RESTART_PAGES)
		sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
}

enum err store_append(struct store *s, const struct store_append *a)
{
	enum err e = store_exec(s, S_BEGIN_WRITE);

	if (e == ERR_OK) {
		e = append_all(s, a);
		if (e == ERR_OK)
			e = store_exec(s, S_COMMIT);
		if (e != ERR_OK && !sqlite3_get_autocommit(s->db) && store_exec(s, S_ROLLBACK) != ERR_OK)
			e = ERR_DATABASE;
	}
	store_forget(s);
	if (e == ERR_OK && a->header->height % 64 == 0)
		keep_wal_small(s);
	return e;
}
