/* What is kept on disk besides state rows and signed bytes, checked against a replay. */
#include "node/store_internal.h"

#include <stdio.h>

static enum err differs(const char **where, const char *table)
{
	*where = table;
	return ERR_CORRUPT;
}

/* ---- blocks ---- */

static enum err check_columns(struct store *s, const struct chain_head *tip, uint64_t n, const char **table)
{
	sqlite3_stmt *q = s->stmts[S_BLOCK];
	struct hash hash;
	enum err e;

	store_bind_uint(q, 1, tip->height);
	e = store_row(s, q);
	if (e == ERR_OK)
		e = store_hash(q, 4, &hash);
	if (e == ERR_OK && (store_uint(q, 2) != tip->log.size - n + 1 || store_uint(q, 3) != n || !hash_eq(&hash, &tip->hash) ||
			    store_uint(q, 5) != tip->time_ms))
		e = ERR_CORRUPT;
	sqlite3_reset(q);
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? differs(table, "block") : e;
}

static enum err check_heights(struct store *s, const struct chain_head *tip, uint64_t n, const char **table)
{
	sqlite3_stmt *q = s->stmts[S_IDS];
	enum err e = ERR_OK;

	store_bind_uint(q, 1, tip->log.size - n + 1);
	store_bind_uint(q, 2, tip->log.size);
	while (store_next(s, q, &e))
		if (store_uint(q, 1) != tip->height)
			e = differs(table, "event");
	sqlite3_reset(q);
	return e;
}

enum err store_check_block(struct store *s, const struct chain_head *tip, uint64_t n, const char **table)
{
	enum err e = store_enter(s);

	*table = ""; /* when it is the file that cannot be read */
	if (e != ERR_OK)
		return e;
	e = check_columns(s, tip, n, table);
	if (e == ERR_OK && n > 0)
		e = check_heights(s, tip, n, table);
	store_leave(s);
	return e;
}

/* ---- the log's tree ---- */

#define LEVELS (64 / MERKLE_TILE)

struct growing {
	struct store *s;
	struct merkle_edge edge[LEVELS]; /* of the tile growing at each kept level, over nodes of the one below */
	uint64_t next[LEVELS]; /* its index */
	uint64_t whole; /* tiles grown */
};

/* A node of a kept level; when a tile above becomes whole, so does its node there. */
static enum err grow(struct growing *g, unsigned level, struct hash h)
{
	struct merkle_source log = store_log(g->s);
	struct hash kept;
	enum err e = ERR_OK;

	for (; level < LEVELS && e == ERR_OK; level++) {
		merkle_edge_add(&g->edge[level], &h);
		if (g->edge[level].size < 1u << MERKLE_TILE)
			return ERR_OK;
		merkle_edge_root(&g->edge[level], &h);
		merkle_edge_init(&g->edge[level]);
		e = log.get(log.ctx, (level + 1) * MERKLE_TILE, g->next[level]++, &kept);
		g->whole++;
		if (e == ERR_OK && !hash_eq(&kept, &h))
			e = ERR_CORRUPT;
	}
	return e;
}

static enum err grow_all(struct growing *g, uint64_t size)
{
	sqlite3_stmt *q = g->s->stmts[S_IDS];
	struct hash id, leaf;
	enum err e = ERR_OK;

	for (unsigned i = 0; i < LEVELS; i++)
		merkle_edge_init(&g->edge[i]);
	store_bind_uint(q, 1, 1);
	store_bind_uint(q, 2, size);
	while (store_next(g->s, q, &e)) {
		e = store_hash(q, 0, &id);
		if (e != ERR_OK)
			break;
		merkle_leaf(&leaf, hash_bytes(&id));
		e = grow(g, 0, leaf);
	}
	sqlite3_reset(q);
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

static enum err pair(struct store *s, const char *query, uint64_t *a, uint64_t *b)
{
	sqlite3_stmt *q = NULL;
	enum err e = store_err(s, sqlite3_prepare_v2(s->db, query, -1, &q, NULL));

	if (e == ERR_OK)
		e = store_row(s, q);
	if (e == ERR_OK) {
		*a = store_uint(q, 0);
		*b = store_uint(q, 1);
	}
	sqlite3_finalize(q);
	return e;
}

static enum err check_log(struct store *s, const struct chain_head *tip, const char **table)
{
	struct growing g = { .s = s };
	uint64_t n, max;
	enum err e = pair(s, "SELECT count(*), max(height) FROM block", &n, &max);

	if (e == ERR_OK && (n != tip->height + 1 || max != tip->height))
		return differs(table, "block");
	if (e == ERR_OK)
		e = pair(s, "SELECT (SELECT count(*) FROM body) + count(*) FILTER (WHERE type = 0), max(ev) FROM event", &n, &max);
	if (e == ERR_OK && (n != tip->log.size || max != tip->log.size))
		return differs(table, "body");
	if (e == ERR_OK)
		e = grow_all(&g, tip->log.size);
	if (e == ERR_CORRUPT)
		return differs(table, "tile");
	if (e == ERR_OK)
		e = pair(s, "SELECT count(*), 0 FROM tile", &n, &max);
	return e == ERR_OK && n != g.whole ? differs(table, "tile") : e;
}

enum err store_check_log(struct store *s, const struct chain_head *tip, const char **table)
{
	enum err e = store_enter(s);

	*table = ""; /* when it is the file that cannot be read */
	if (e != ERR_OK)
		return e;
	e = check_log(s, tip, table);
	store_leave(s);
	return e;
}

/* ---- the file ---- */

enum err store_check_file(struct store *s)
{
	sqlite3_stmt *q = NULL;
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = store_err(s, sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &q, NULL));
	if (e == ERR_OK)
		e = store_row(s, q);
	if (e == ERR_OK && !bytes_eq(store_bytes(q, 0), BYTES_LIT("ok"))) {
		snprintf(s->error, sizeof(s->error), "%s", (const char *)sqlite3_column_text(q, 0));
		e = ERR_CORRUPT;
	}
	sqlite3_finalize(q);
	store_leave(s);
	return e;
}
