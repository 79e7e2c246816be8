/* Blocks, events, receipts, history: everything read that is not the logical state. */
#include "node/store_internal.h"

#include <stdlib.h>

/* ---- the log's tree ---- */

static enum err read_node(struct store *s, unsigned level, uint64_t index, struct hash *out)
{
	sqlite3_stmt *q = s->stmts[level == 0 ? S_EVENT : S_TILE];
	struct hash h;
	enum err e;

	if (level > 0) {
		store_bind_uint(q, 1, level);
		store_bind_uint(q, 2, index);
	} else {
		store_bind_uint(q, 1, index + 1);
	}
	e = store_row(s, q);
	if (e == ERR_OK)
		e = store_hash(q, 0, &h);
	sqlite3_reset(q);
	if (e == ERR_OK && level == 0)
		merkle_leaf(out, hash_bytes(&h));
	else if (e == ERR_OK)
		*out = h;
	return e;
}

static enum err log_get(void *ctx, unsigned level, uint64_t index, struct hash *out)
{
	enum err e = store_enter(ctx);

	if (e != ERR_OK)
		return e;
	e = read_node(ctx, level, index, out);
	store_leave(ctx);
	return e;
}

struct merkle_source store_log(struct store *s)
{
	return (struct merkle_source){ .ctx = s, .get = log_get };
}

/* ---- blocks and events ---- */

enum err store_height(struct store *s, uint64_t *out)
{
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	*out = s->head.height;
	store_leave(s);
	return ERR_OK;
}

/* The log's edge as of the snapshot: from the one known when few events came since. */
static enum err move_edge(struct store *s)
{
	struct merkle_source log = store_log(s);
	struct merkle_edge *edge = &s->head.log;
	struct hash leaf;
	enum err e = ERR_OK;

	if (s->log_size - edge->size > 1u << MERKLE_TILE)
		return merkle_edge_load(&log, s->log_size, edge);
	while (edge->size < s->log_size && e == ERR_OK) {
		e = read_node(s, 0, edge->size, &leaf);
		if (e == ERR_OK)
			merkle_edge_add(edge, &leaf);
	}
	return e;
}

enum err store_head(struct store *s, struct chain_head *out)
{
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = move_edge(s);
	if (e == ERR_OK)
		*out = s->head;
	else
		merkle_edge_init(&s->head.log);
	store_leave(s);
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

/* Columns of block; the views are lent. */
struct block_row {
	struct bytes parts[2]; /* header, certificate */
	uint64_t first_ev, events;
};

static enum err read_block(struct store *s, uint64_t height, struct block_row *out)
{
	sqlite3_stmt *q = s->stmts[S_BLOCK];
	enum err e;

	store_bind_uint(q, 1, height);
	e = store_row(s, q);
	if (e == ERR_OK) {
		out->parts[0] = store_bytes(q, 0);
		out->parts[1] = store_bytes(q, 1);
		out->first_ev = store_uint(q, 2);
		out->events = store_uint(q, 3);
		e = store_lend(s, out->parts, 2);
	}
	sqlite3_reset(q);
	return e;
}

static enum err find_block(struct store *s, uint64_t height, struct block_row *out)
{
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = read_block(s, height, out);
	store_leave(s);
	return e;
}

enum err store_genesis(struct store *s, struct bytes *out)
{
	struct block_row b;
	enum err e = find_block(s, 0, &b);

	if (e == ERR_OK)
		*out = b.parts[0];
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

enum err store_block_head(struct store *s, uint64_t height, struct bytes *header, struct bytes *certificate, uint64_t *first_ev,
			  uint64_t *events)
{
	struct block_row b;
	enum err e = height == 0 ? ERR_NOT_FOUND : find_block(s, height, &b);

	if (e != ERR_OK)
		return e;
	*header = b.parts[0];
	*certificate = b.parts[1];
	*first_ev = b.first_ev;
	*events = b.events;
	return ERR_OK;
}

enum err store_event_cose(struct store *s, uint64_t ev, struct bytes *out)
{
	sqlite3_stmt *q = s->stmts[S_BODY];
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	store_bind_uint(q, 1, ev);
	e = store_row(s, q);
	if (e == ERR_OK) {
		*out = store_bytes(q, 0);
		e = store_lend(s, out, 1);
	}
	sqlite3_reset(q);
	store_leave(s);
	return e;
}

/* ---- receipts ---- */

/* Ids of events first_ev .. first_ev + n - 1. */
static enum err read_ids(struct store *s, uint64_t first_ev, size_t n, struct hash *ids)
{
	sqlite3_stmt *q = s->stmts[S_IDS];
	enum err e = ERR_OK;

	store_bind_uint(q, 1, first_ev);
	store_bind_uint(q, 2, first_ev + n - 1);
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		e = store_row(s, q);
		if (e == ERR_OK)
			e = store_hash(q, 0, &ids[i]);
	}
	sqlite3_reset(q);
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

/* The tree over a block's events stays: the next receipt asked for is mostly of the same block. */
static enum err load_tree(struct store *s, uint64_t height, const struct block_row *b)
{
	struct hash ids[BLOCK_EVENTS_MAX];
	enum err e;

	if (s->tree && s->tree_height == height)
		return ERR_OK;
	if (b->events > BLOCK_EVENTS_MAX)
		return ERR_CORRUPT;
	if (!s->tree)
		s->tree = malloc(sizeof(*s->tree));
	if (!s->tree)
		return ERR_NO_MEMORY;
	s->tree_height = UINT64_MAX;
	e = read_ids(s, b->first_ev, (size_t)b->events, ids);
	if (e != ERR_OK)
		return e;
	receipt_tree_make(s->tree, ids, (size_t)b->events);
	s->tree_height = height;
	return ERR_OK;
}

static enum err find_event(struct store *s, const struct hash *id, uint64_t *ev, uint64_t *height)
{
	sqlite3_stmt *q = s->stmts[S_EVENT_ID];
	enum err e;

	store_bind_bytes(q, 1, hash_bytes(id));
	e = store_row(s, q);
	*ev = store_uint(q, 0);
	*height = store_uint(q, 1);
	sqlite3_reset(q);
	return e;
}

static enum err make_receipt(struct store *s, const struct hash *id, struct receipt *r)
{
	struct block_row b;
	uint64_t ev, height;
	enum err e = find_event(s, id, &ev, &height);

	if (e != ERR_OK)
		return e;
	e = read_block(s, height, &b);
	if (e == ERR_OK)
		e = load_tree(s, height, &b);
	if (e == ERR_OK && (ev < b.first_ev || ev - b.first_ev >= s->tree->n))
		e = ERR_CORRUPT;
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	*r = (struct receipt){ .id = *id, .header_bytes = b.parts[0], .certificate = b.parts[1], .index = ev - b.first_ev };
	receipt_tree_path(s->tree, r);
	return ERR_OK;
}

enum err store_receipt(struct store *s, const struct hash *id, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct receipt r;
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = make_receipt(s, id, &r);
	if (e == ERR_OK)
		e = receipt_encode(&r, buf, cap, out);
	store_leave(s);
	return e;
}

/* ---- lists and counts ---- */

enum err store_pack_of(struct store *s, uint64_t pid, uint64_t *gtin, uint8_t serial[static SERIAL_MAX], size_t *n)
{
	sqlite3_stmt *q = s->stmts[S_PACK_OF];
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	store_bind_uint(q, 1, pid);
	e = store_row(s, q);
	if (e == ERR_OK) {
		struct bytes b = store_bytes(q, 1);

		*gtin = store_uint(q, 0);
		*n = b.n < SERIAL_MAX ? b.n : SERIAL_MAX;
		if (b.n)
			memcpy(serial, b.p, *n);
	}
	sqlite3_reset(q);
	store_leave(s);
	return e;
}

/* How keys of so many parts begin, the kind first: they sort as their kinds do. */
static struct bytes key_begin(uint8_t buf[static 4], size_t parts, uint64_t kind)
{
	struct wr w;

	wr_init(&w, buf, 4);
	wr_array(&w, parts);
	wr_uint(&w, kind);
	return bytes_of(buf, w.n);
}

static enum err tell_facts(struct store *s, size_t parts, enum key_kind kind, fact_fn *fn, void *ctx)
{
	sqlite3_stmt *q = s->stmts[S_FACTS];
	uint8_t from[4], to[4];
	enum err e = ERR_OK;

	store_bind_bytes(q, 1, key_begin(from, parts, (uint64_t)kind));
	store_bind_bytes(q, 2, key_begin(to, parts, (uint64_t)kind + 1));
	while (store_next(s, q, &e))
		e = fn(ctx, store_bytes(q, 0), store_bytes(q, 1));
	sqlite3_reset(q);
	return e;
}

enum err store_facts(struct store *s, enum key_kind kind, fact_fn *fn, void *ctx)
{
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	/* keys are arrays of 1 to 4 parts, the kind first; one kind has one length */
	for (size_t parts = 1; parts <= 4 && e == ERR_OK; parts++)
		e = tell_facts(s, parts, kind, fn, ctx);
	store_leave(s);
	return e;
}

static enum err count_waiting(struct store *s, uint64_t *n)
{
	sqlite3_stmt *q = s->stmts[S_WAITING];
	enum err e;

	store_bind_uint(q, 1, OUTBOX_WAITING);
	e = store_row(s, q);
	*n = store_uint(q, 0);
	sqlite3_reset(q);
	return e;
}

enum err store_counts(struct store *s, struct store_counts *out)
{
	struct state now = store_state(s, STORE_NOW);
	struct chain_row chain;
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = state_chain(&now, &chain);
	if (e == ERR_OK)
		e = count_waiting(s, &out->outbox);
	if (e == ERR_OK) {
		out->packs = chain.next_pack - 1;
		out->events = s->log_size;
		out->blocks = s->head.height;
	}
	store_leave(s);
	return e;
}
