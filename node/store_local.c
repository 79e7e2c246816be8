/* What is this node's alone: outbox, what received units hold, evidence of forks. */
#include "node/store_internal.h"

/* One statement, bound already, as a transaction of its own. */
static enum err commit_one(struct store *s, enum stmt which)
{
	enum err e = store_write_begin(s);

	return e == ERR_OK ? store_write_end(s, store_run(s, which)) : e;
}

enum err store_outbox_add(struct store *s, const struct hash *id, struct bytes cose, uint64_t now_ms)
{
	sqlite3_stmt *q = s->stmts[S_OUTBOX_ADD];

	store_bind_bytes(q, 1, hash_bytes(id));
	store_bind_bytes(q, 2, cose);
	store_bind_uint(q, 3, now_ms);
	store_bind_uint(q, 4, OUTBOX_WAITING);
	return commit_one(s, S_OUTBOX_ADD);
}

enum err store_outbox_settle(struct store *s, const struct hash *id, enum outbox_state state, struct bytes answer)
{
	sqlite3_stmt *q = s->stmts[S_OUTBOX_SETTLE];

	store_bind_bytes(q, 1, hash_bytes(id));
	store_bind_uint(q, 2, state);
	store_bind_bytes(q, 3, answer);
	return commit_one(s, S_OUTBOX_SETTLE);
}

enum err store_outbox_remove(struct store *s, const struct hash *id)
{
	store_bind_bytes(s->stmts[S_OUTBOX_REMOVE], 1, hash_bytes(id));
	return commit_one(s, S_OUTBOX_REMOVE);
}

static enum err tell_waiting(sqlite3_stmt *q, outbox_fn *fn, void *ctx)
{
	struct hash id;
	enum err e = store_hash(q, 0, &id);

	if (e != ERR_OK)
		return e;
	return fn(ctx, &id, store_bytes(q, 1), store_uint(q, 2), (enum outbox_state)store_uint(q, 3), store_bytes(q, 4));
}

enum err store_outbox_each(struct store *s, outbox_fn *fn, void *ctx)
{
	sqlite3_stmt *q = s->stmts[S_OUTBOX_EACH];
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	while (store_next(s, q, &e))
		e = tell_waiting(q, fn, ctx);
	sqlite3_reset(q);
	store_leave(s);
	return e;
}

enum err store_outbox_get(struct store *s, const struct hash *id, enum outbox_state *st, struct bytes *answer)
{
	sqlite3_stmt *q = s->stmts[S_OUTBOX_GET];
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	store_bind_bytes(q, 1, hash_bytes(id));
	e = store_row(s, q);
	if (e == ERR_OK) {
		*st = (enum outbox_state)store_uint(q, 0);
		*answer = store_bytes(q, 1);
		e = store_lend(s, answer, 1);
	}
	sqlite3_reset(q);
	store_leave(s);
	return e;
}

static enum err put_contents(struct store *s, uint64_t sscc, struct bytes packs)
{
	sqlite3_stmt *q = s->stmts[S_CONTENT_PUT];
	struct rd r;
	enum err e = ERR_OK;

	rd_init(&r, packs);
	for (size_t n = rd_array(&r); n > 0 && e == ERR_OK && r.err == ERR_OK; n--) {
		rd_array_n(&r, 3);
		store_bind_uint(q, 1, rd_uint(&r));
		store_bind_text(q, 2, rd_tstr_max(&r, SERIAL_MAX));
		store_bind_text(q, 3, rd_tstr_max(&r, LOT_MAX));
		store_bind_uint(q, 4, sscc);
		if (r.err == ERR_OK)
			e = store_run(s, S_CONTENT_PUT);
	}
	return e == ERR_OK ? rd_end(&r) : e;
}

enum err store_content_put(struct store *s, uint64_t sscc, struct bytes packs)
{
	enum err e = store_write_begin(s);

	return e == ERR_OK ? store_write_end(s, put_contents(s, sscc, packs)) : e;
}

enum err store_content(struct store *s, uint64_t gtin, struct bytes serial, uint8_t lot[static LOT_MAX], size_t *lot_n, uint64_t *sscc)
{
	sqlite3_stmt *q = s->stmts[S_CONTENT];
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	store_bind_uint(q, 1, gtin);
	store_bind_text(q, 2, serial);
	e = store_row(s, q);
	if (e == ERR_OK) {
		struct bytes b = store_bytes(q, 0);

		*lot_n = b.n < LOT_MAX ? b.n : LOT_MAX;
		memcpy(lot, b.p, *lot_n);
		*sscc = store_uint(q, 1);
	}
	sqlite3_reset(q);
	store_leave(s);
	return e;
}

enum err store_evidence_add(struct store *s, uint64_t height, struct bytes header, struct bytes certificate, uint64_t now_ms)
{
	sqlite3_stmt *q = s->stmts[S_EVIDENCE_ADD];

	store_bind_uint(q, 1, height);
	store_bind_bytes(q, 2, header);
	store_bind_bytes(q, 3, certificate);
	store_bind_uint(q, 4, now_ms);
	return commit_one(s, S_EVIDENCE_ADD);
}

enum err store_evidence_count(struct store *s, uint64_t *n)
{
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = store_row(s, s->stmts[S_EVIDENCE_COUNT]);
	if (e == ERR_OK)
		*n = store_uint(s->stmts[S_EVIDENCE_COUNT], 0);
	sqlite3_reset(s->stmts[S_EVIDENCE_COUNT]);
	store_leave(s);
	return e;
}
