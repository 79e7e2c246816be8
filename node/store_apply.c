/* Blocks into the tables. */
#include "node/store_internal.h"

#include "node/core/genesis.h"

#include <stdlib.h>

/* What a block's writes are applied with. */
struct applying {
	struct store *s;
	uint64_t height;
	uint64_t ev; /* of the event whose writes these are */
	const struct hash *ids; /* of the events still to come */
	size_t ids_n;
};

/* ---- intervals: a write ends the row that held, and begins a new one ---- */

struct interval {
	enum stmt close, drop, put;
};

static void bind_key(sqlite3_stmt *q, struct bytes key, const struct key_parts *k, uint64_t ev)
{
	if (k->kind == KEY_CUSTODY || k->kind == KEY_INSIDE || k->kind == KEY_FLAG)
		sqlite3_bind_int64(q, 1, k->unit);
	else
		store_bind_bytes(q, 1, key);
	store_bind_uint(q, 3, ev);
}

/* Ready to put the new row, its value still to be bound; a row that the same event put before goes. */
static enum err turn(struct applying *a, const struct interval *t, struct bytes key, const struct key_parts *k, bool absent)
{
	sqlite3_stmt **stmts = a->s->stmts;
	enum err e;

	bind_key(stmts[t->close], key, k, a->ev);
	e = store_run(a->s, t->close);
	if (e == ERR_OK && absent) {
		bind_key(stmts[t->drop], key, k, a->ev);
		return store_run(a->s, t->drop);
	}
	bind_key(stmts[t->put], key, k, a->ev);
	return e;
}

static enum err apply_fact(struct applying *a, struct bytes key, const struct key_parts *k, struct bytes val)
{
	static const struct interval fact = { S_FACT_CLOSE, S_FACT_DROP, S_FACT_PUT };
	enum err e = turn(a, &fact, key, k, val.p == NULL);

	if (e != ERR_OK || !val.p)
		return e;
	store_bind_bytes(a->s->stmts[S_FACT_PUT], 4, val);
	return store_run(a->s, S_FACT_PUT);
}

static enum err apply_custody(struct applying *a, struct bytes key, const struct key_parts *k, struct bytes val)
{
	static const struct interval custody = { S_CUSTODY_CLOSE, S_CUSTODY_DROP, S_CUSTODY_PUT };
	sqlite3_stmt *q = a->s->stmts[S_CUSTODY_PUT];
	struct custody_row row;
	enum err e = turn(a, &custody, key, k, val.p == NULL);

	if (e != ERR_OK || !val.p)
		return e;
	if (custody_row_decode(val, &row) != ERR_OK || row.ev != a->ev)
		return ERR_CORRUPT;
	store_bind_uint(q, 4, row.holder);
	store_bind_uint(q, 5, row.state);
	store_bind_uint(q, 6, row.peer);
	return store_run(a->s, S_CUSTODY_PUT);
}

static enum err apply_flag(struct applying *a, struct bytes key, const struct key_parts *k, struct bytes val)
{
	static const struct interval flag = { S_FLAG_CLOSE, S_FLAG_DROP, S_FLAG_PUT };
	sqlite3_stmt *q = a->s->stmts[S_FLAG_PUT];
	struct flags_row row;
	enum err e = turn(a, &flag, key, k, val.p == NULL);

	if (e != ERR_OK || !val.p)
		return e;
	if (flags_row_decode(val, &row) != ERR_OK)
		return ERR_CORRUPT;
	for (int i = 0; i < FLAG_KINDS; i++) {
		store_bind_uint(q, 4 + 2 * i, row.of[i].by);
		store_bind_uint(q, 5 + 2 * i, row.of[i].ev);
	}
	return store_run(a->s, S_FLAG_PUT);
}

static enum err read_unit(struct bytes val, int64_t *unit)
{
	struct rd r;

	rd_init(&r, val);
	*unit = rd_int(&r);
	return rd_end(&r) == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

static enum err apply_inside(struct applying *a, struct bytes key, const struct key_parts *k, struct bytes val)
{
	static const struct interval inside = { S_INSIDE_CLOSE, S_INSIDE_DROP, S_INSIDE_PUT };
	int64_t parent;
	enum err e = turn(a, &inside, key, k, val.p == NULL);

	if (e != ERR_OK || !val.p)
		return e;
	e = read_unit(val, &parent);
	if (e != ERR_OK)
		return e;
	sqlite3_bind_int64(a->s->stmts[S_INSIDE_PUT], 4, parent);
	return store_run(a->s, S_INSIDE_PUT);
}

/* ---- rows written once ---- */

static enum err apply_unit(struct applying *a, struct bytes key, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q = a->s->stmts[S_UNIT_PUT];
	int64_t uid;
	enum err e = read_unit(val, &uid);

	(void)key;
	if (e != ERR_OK)
		return e;
	sqlite3_bind_int64(q, 1, uid);
	store_bind_uint(q, 2, k->n);
	store_bind_uint(q, 3, a->ev);
	return store_run(a->s, S_UNIT_PUT);
}

static enum err apply_batch(struct applying *a, struct bytes key, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q = a->s->stmts[S_BATCH_PUT];
	struct batch_row row;

	(void)key;
	if (batch_row_decode(val, &row) != ERR_OK || row.ev != a->ev)
		return ERR_CORRUPT;
	store_bind_uint(q, 1, k->n);
	store_bind_uint(q, 2, row.hi);
	store_bind_uint(q, 3, row.gtin);
	store_bind_text(q, 4, bytes_of(row.lot, row.lot_n));
	store_bind_uint(q, 5, row.ev);
	store_bind_uint(q, 6, row.holder);
	return store_run(a->s, S_BATCH_PUT);
}

static enum err apply_pack(struct applying *a, struct bytes key, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q = a->s->stmts[S_PACK_PUT];
	struct pack_row row;

	(void)key;
	if (pack_row_decode(val, &row) != ERR_OK)
		return ERR_CORRUPT;
	store_bind_uint(q, 1, row.lo + row.offset);
	store_bind_uint(q, 2, k->n);
	store_bind_text(q, 3, k->b);
	return store_run(a->s, S_PACK_PUT);
}

/* [1, ev] leads the writes of its event; events come one after the other. */
static enum err apply_event(struct applying *a, struct bytes key, const struct key_parts *k, struct bytes val)
{
	sqlite3_stmt *q = a->s->stmts[S_EVENT_PUT];
	struct event_row row;

	(void)key;
	if (k->n != a->ev + 1 || a->ids_n == 0 || event_row_decode(val, &row) != ERR_OK || !hash_eq(&row.id, a->ids))
		return ERR_CORRUPT;
	a->ev++;
	a->ids++;
	a->ids_n--;
	store_bind_uint(q, 1, k->n);
	store_bind_uint(q, 2, a->height);
	store_bind_bytes(q, 3, hash_bytes(&row.id));
	store_bind_uint(q, 4, row.type);
	store_bind_uint(q, 5, row.time_s);
	store_bind_uint(q, 6, row.place);
	store_bind_uint(q, 7, row.signer);
	store_bind_uint(q, 8, row.header_ms);
	return store_run(a->s, S_EVENT_PUT);
}

/* [2, id] follows from [1, ev]: nobody writes it. */
static enum err apply_event_id(struct applying *a, struct bytes key, const struct key_parts *k, struct bytes val)
{
	(void)a, (void)key, (void)k, (void)val;
	return ERR_CORRUPT;
}

typedef enum err apply_fn(struct applying *a, struct bytes key, const struct key_parts *k, struct bytes val);
static apply_fn *const appliers[KEY_KINDS] = {
	[KEY_EVENT] = apply_event, [KEY_EVENT_ID] = apply_event_id, [KEY_BATCH] = apply_batch,	   [KEY_PACK] = apply_pack,
	[KEY_UNIT] = apply_unit,   [KEY_INSIDE] = apply_inside,	    [KEY_CUSTODY] = apply_custody, [KEY_FLAG] = apply_flag,
};

static enum err apply_one(struct applying *a, struct bytes key, struct bytes val)
{
	struct key_parts k;
	enum err e = key_parse(key, &k);

	if (e == ERR_OK && store_keeps(k.kind))
		e = store_keep(a->s, key, val);
	if (e != ERR_OK)
		return e;
	return appliers[k.kind] ? appliers[k.kind](a, key, &k, val) : apply_fact(a, key, &k, val);
}

static enum err apply_all(struct applying *a, struct bytes writes)
{
	struct bytes key, val;
	struct writes_it it;
	enum err e = ERR_OK;

	writes_it_init(&it, writes);
	while (e == ERR_OK && writes_it_next(&it, &key, &val))
		e = apply_one(a, key, val);
	if (e == ERR_OK && (rd_end(&it.r) != ERR_OK || a->ids_n > 0))
		e = ERR_CORRUPT;
	return e;
}

/* ---- a block ---- */

struct block_columns {
	uint64_t height, time_ms;
	struct bytes header, certificate;
	struct hash hash;
	uint64_t first_ev, events;
};

static enum err put_block(struct store *s, const struct block_columns *b)
{
	sqlite3_stmt *q = s->stmts[S_BLOCK_PUT];

	store_bind_uint(q, 1, b->height);
	store_bind_uint(q, 2, b->time_ms);
	store_bind_bytes(q, 3, b->header);
	store_bind_bytes(q, 4, b->certificate);
	store_bind_bytes(q, 5, hash_bytes(&b->hash));
	store_bind_uint(q, 6, b->first_ev);
	store_bind_uint(q, 7, b->events);
	return store_run(s, S_BLOCK_PUT);
}

static enum err put_bodies(struct store *s, const struct store_append *a, uint64_t first_ev)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < a->events_n && e == ERR_OK; i++) {
		if (!a->events[i].p)
			continue;
		store_bind_uint(s->stmts[S_BODY_PUT], 1, first_ev + i);
		store_bind_bytes(s->stmts[S_BODY_PUT], 2, a->events[i]);
		e = store_run(s, S_BODY_PUT);
	}
	return e;
}

/* A kept node of the log's tree out of the 256 one kept level below. */
static enum err put_tile(struct store *s, unsigned level, uint64_t index)
{
	struct merkle_source log = store_log(s);
	sqlite3_stmt *q = s->stmts[S_TILE_PUT];
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
	store_bind_uint(q, 1, level);
	store_bind_uint(q, 2, index);
	store_bind_bytes(q, 3, hash_bytes(&h));
	return store_run(s, S_TILE_PUT);
}

/* Tiles that became whole between two sizes of the log, lower levels first. */
static enum err put_tiles(struct store *s, uint64_t before, uint64_t after)
{
	enum err e = ERR_OK;

	for (unsigned level = MERKLE_TILE; level < 64 && after >> level > 0; level += MERKLE_TILE)
		for (uint64_t i = before >> level; i < after >> level && e == ERR_OK; i++)
			e = put_tile(s, level, i);
	return e;
}

static enum err take_from_outbox(struct store *s, const struct store_append *a)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < a->outbox_done_n && e == ERR_OK; i++) {
		store_bind_bytes(s->stmts[S_OUTBOX_REMOVE], 1, hash_bytes(&a->outbox_done[i]));
		e = store_run(s, S_OUTBOX_REMOVE);
	}
	return e;
}

static enum err append(struct store *s, const struct store_append *a)
{
	const struct header *h = a->header;
	uint64_t before = s->log_size;
	struct applying ap = { .s = s, .height = h->height, .ev = before, .ids = a->ids, .ids_n = a->events_n };
	struct block_columns b = { h->height, h->time_ms, a->header_bytes, a->certificate, { { 0 } }, before + 1, a->events_n };
	enum err e;

	if (h->height != s->head.height + 1 || h->count != a->events_n || h->log_size != before + a->events_n)
		return ERR_NOT_LINKED;
	header_hash(&b.hash, a->header_bytes);
	e = put_block(s, &b);
	if (e == ERR_OK)
		e = apply_all(&ap, a->writes);
	if (e == ERR_OK)
		e = put_bodies(s, a, before + 1);
	if (e == ERR_OK)
		e = put_tiles(s, before, h->log_size);
	return e == ERR_OK ? take_from_outbox(s, a) : e;
}

enum err store_append(struct store *s, const struct store_append *a)
{
	enum err e = store_write_begin(s);

	if (e != ERR_OK)
		return e;
	e = store_write_end(s, append(s, a));
	if (e != ERR_OK)
		return e;
	s->log_size = a->header->log_size;
	s->head.height = a->header->height; /* so that what is kept of the writes stays; the next read sees to the rest */
	header_hash(&s->head.hash, a->header_bytes);
	s->head.time_ms = a->header->time_ms;
	return ERR_OK;
}

/* ---- the genesis block ---- */

static enum err put_genesis(struct store *s, struct bytes genesis, struct bytes writes)
{
	struct applying ap = { .s = s };
	struct block_columns b = { .header = genesis, .certificate = bytes_of("", 0), .first_ev = 1 };
	struct genesis g;
	enum err e = genesis_read(&g, genesis);

	if (e != ERR_OK)
		return e;
	b.time_ms = g.time_s * 1000;
	b.hash = g.chain_id;
	e = store_run(s, S_BEGIN);
	if (e == ERR_OK)
		e = put_block(s, &b);
	if (e == ERR_OK)
		e = apply_all(&ap, writes);
	return e == ERR_OK ? store_run(s, S_COMMIT) : e;
}

enum err store_put_genesis(struct store *s, struct bytes genesis)
{
	uint8_t *buf = malloc(GENESIS_WRITES_MAX);
	struct bytes writes;
	struct writes ws;
	enum err e;

	if (!buf)
		return ERR_NO_MEMORY;
	writes_init(&ws, buf, GENESIS_WRITES_MAX);
	e = genesis_apply(genesis, &ws);
	if (e == ERR_OK)
		e = wr_end(&ws.w, &writes);
	if (e == ERR_OK)
		e = put_genesis(s, genesis, writes);
	free(buf);
	return e;
}
