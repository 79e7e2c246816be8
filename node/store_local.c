/* What is this node's alone: outbox, evidence of forks, small values by name. */
#include "node/store_internal.h"

static enum err no_stmt(struct store *s)
{
	return store_err(s, sqlite3_errcode(s->db));
}

enum err store_outbox_add(struct store *s, const struct hash *id, struct bytes cose, uint64_t now_ms)
{
	sqlite3_stmt *q = store_stmt(s, S_OUTBOX_ADD);

	if (!q)
		return no_stmt(s);
	store_bind_bytes(q, 1, hash_bytes(id));
	store_bind_bytes(q, 2, cose);
	sqlite3_bind_int64(q, 3, store_i64(now_ms));
	return store_run(s, q);
}

enum err store_outbox_settle(struct store *s, const struct hash *id, enum outbox_state state, struct bytes answer)
{
	sqlite3_stmt *q = store_stmt(s, S_OUTBOX_SETTLE);

	if (!q)
		return no_stmt(s);
	store_bind_bytes(q, 1, hash_bytes(id));
	sqlite3_bind_int64(q, 2, (int64_t)state);
	store_bind_bytes(q, 3, answer);
	return store_run(s, q);
}

enum err store_outbox_remove(struct store *s, const struct hash *id)
{
	sqlite3_stmt *q = store_stmt(s, S_OUTBOX_REMOVE);

	if (!q)
		return no_stmt(s);
	store_bind_bytes(q, 1, hash_bytes(id));
	return store_run(s, q);
}

enum err store_outbox_each(struct store *s, outbox_fn *fn, void *ctx)
{
	sqlite3_stmt *q = store_stmt(s, S_OUTBOX_EACH);
	enum err e = ERR_OK;
	int rc = SQLITE_DONE;

	if (!q)
		return no_stmt(s);
	while (e == ERR_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct bytes id = store_column_bytes(q, 0);
		struct hash h;

		if (id.n != HASH_LEN) {
			e = ERR_CORRUPT;
			break;
		}
		memcpy(h.b, id.p, HASH_LEN);
		e = fn(ctx, &h, store_column_bytes(q, 1), (uint64_t)sqlite3_column_int64(q, 2),
		       (enum outbox_state)sqlite3_column_int(q, 3), store_column_bytes(q, 4));
	}
	sqlite3_reset(q);
	return e == ERR_OK ? store_err(s, rc) : e;
}

enum err store_outbox_get(struct store *s, const struct hash *id, enum outbox_state *st, struct bytes *answer)
{
	sqlite3_stmt *q = store_stmt(s, S_OUTBOX_GET);
	int rc;

	if (!q)
		return no_stmt(s);
	store_bind_bytes(q, 1, hash_bytes(id));
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? ERR_NOT_FOUND : store_err(s, rc);
	*st = (enum outbox_state)sqlite3_column_int(q, 0);
	*answer = store_column_bytes(q, 1);
	return ERR_OK;
}

enum err store_evidence_add(struct store *s, uint64_t height, struct bytes header, struct bytes certificate, uint64_t now_ms)
{
	sqlite3_stmt *q = store_stmt(s, S_EVIDENCE_ADD);

	if (!q)
		return no_stmt(s);
	sqlite3_bind_int64(q, 1, store_i64(height));
	store_bind_bytes(q, 2, header);
	store_bind_bytes(q, 3, certificate);
	sqlite3_bind_int64(q, 4, store_i64(now_ms));
	return store_run(s, q);
}

enum err store_evidence_count(struct store *s, uint64_t *n)
{
	sqlite3_stmt *q = store_stmt(s, S_EVIDENCE_COUNT);
	int rc;

	if (!q)
		return no_stmt(s);
	rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*n = (uint64_t)sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return store_err(s, rc);
}

enum err store_local_set(struct store *s, const char *name, struct bytes value)
{
	sqlite3_stmt *q = store_stmt(s, S_LOCAL_SET);

	if (!q)
		return no_stmt(s);
	sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
	store_bind_bytes(q, 2, value);
	return store_run(s, q);
}
