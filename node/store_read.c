/* Blocks, events, receipts, history: everything read that is not the logical state. */
#include "node/core/genesis.h"
#include "node/store_internal.h"

static enum err no_stmt(struct store *s)
{
	return store_err(s, sqlite3_errcode(s->db));
}

/* One row of a statement that is bound; ERR_NOT_FOUND without one.  The caller resets it when done with its columns. */
static enum err first_row(struct store *s, sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);

	if (rc == SQLITE_ROW)
		return ERR_OK;
	return rc == SQLITE_DONE ? ERR_NOT_FOUND : store_err(s, rc);
}

/* ---- the log's tree ---- */

static enum err log_get(void *ctx, unsigned level, uint64_t index, struct hash *out)
{
	struct store *s = ctx;
	sqlite3_stmt *q = store_stmt(s, level == 0 ? S_EVENT : S_TILE);
	struct bytes b;
	enum err e;

	if (!q)
		return no_stmt(s);
	if (level > 0)
		sqlite3_bind_int64(q, 1, (int64_t)level);
	sqlite3_bind_int64(q, level == 0 ? 1 : 2, store_i64(level == 0 ? index + 1 : index));
	e = first_row(s, q);
	if (e == ERR_OK) {
		b = store_column_bytes(q, 0);
		if (b.n != HASH_LEN)
			e = ERR_CORRUPT;
		else if (level == 0)
			merkle_leaf(out, b);
		else
			memcpy(out->b, b.p, HASH_LEN);
	}
	sqlite3_reset(q);
	return e;
}

struct merkle_source store_log(struct store *s)
{
	return (struct merkle_source){ .ctx = s, .get = log_get };
}

/* ---- the tip ---- */

static enum err genesis_head(struct store *s, struct chain_head *out)
{
	struct bytes bytes;
	struct genesis genesis;
	enum err e = store_genesis(s, &bytes);

	if (e != ERR_OK)
		return e;
	if (genesis_read(&genesis, bytes) != ERR_OK)
		return ERR_CORRUPT;
	chain_head_init(out, &genesis.chain_id, genesis.time_s);
	return ERR_OK;
}

static enum err read_head(struct store *s, struct chain_head *out)
{
	struct merkle_source log = store_log(s);
	sqlite3_stmt *q = store_stmt(s, S_TIP);
	struct header h;
	struct bytes header;
	enum err e;

	if (!q)
		return no_stmt(s);
	e = first_row(s, q);
	if (e == ERR_NOT_FOUND) {
		sqlite3_reset(q);
		return genesis_head(s, out);
	}
	if (e == ERR_OK) {
		header = store_column_bytes(q, 0);
		e = header_decode(&h, header) == ERR_OK ? ERR_OK : ERR_CORRUPT;
	}
	if (e == ERR_OK) {
		*out = (struct chain_head){ .chain_id = h.chain_id, .height = h.height, .time_ms = h.time_ms };
		header_hash(&out->hash, header);
	}
	sqlite3_reset(q);
	return e == ERR_OK ? merkle_edge_load(&log, h.log_size, &out->log) : e;
}

enum err store_head(struct store *s, struct chain_head *out)
{
	enum err e = ERR_OK;

	if (!s->head_known || !s->may_cache)
		e = read_head(s, &s->head);
	s->head_known = e == ERR_OK;
	if (e == ERR_OK)
		*out = s->head;
	return e;
}

enum err store_genesis(struct store *s, struct bytes *out)
{
	sqlite3_stmt *q = store_stmt(s, S_LOCAL_GET);
	enum err e;

	if (!q)
		return no_stmt(s);
	sqlite3_bind_text(q, 1, "genesis", -1, SQLITE_STATIC);
	e = first_row(s, q);
	if (e == ERR_OK)
		*out = store_column_bytes(q, 0); /* the statement stays where it is: the view lives until its next use */
	return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
}

enum err store_block_head(struct store *s, uint64_t height, struct bytes *header, struct bytes *certificate, uint64_t *first_ev,
			  uint64_t *events)
{
	sqlite3_stmt *q = store_stmt(s, S_BLOCK);
	enum err e;

	if (!q)
		return no_stmt(s);
	sqlite3_bind_int64(q, 1, store_i64(height));
	e = first_row(s, q);
	if (e != ERR_OK)
		return e;
	*header = store_column_bytes(q, 0);
	*certificate = store_column_bytes(q, 1);
	*first_ev = (uint64_t)sqlite3_column_int64(q, 2);
	*events = (uint64_t)sqlite3_column_int64(q, 3);
	return ERR_OK;
}

enum err store_event_cose(struct store *s, uint64_t ev, struct bytes *out)
{
	sqlite3_stmt *q = store_stmt(s, S_BODY);
	enum err e;

	if (!q)
		return no_stmt(s);
	sqlite3_bind_int64(q, 1, store_i64(ev));
	e = first_row(s, q);
	if (e == ERR_OK)
		*out = store_column_bytes(q, 0);
	return e;
}

/* ---- receipts ---- */

/* Ids of a block's events, for the path. */
static enum err ids_of(struct store *s, uint64_t first_ev, uint64_t n, struct hash *ids)
{
	sqlite3_stmt *q = store_stmt(s, S_IDS);
	uint64_t got = 0;
	int rc;

	if (!q)
		return no_stmt(s);
	sqlite3_bind_int64(q, 1, store_i64(first_ev));
	sqlite3_bind_int64(q, 2, store_i64(first_ev + n));
	while ((rc = sqlite3_step(q)) == SQLITE_ROW && got < n) {
		struct bytes b = store_column_bytes(q, 0);

		if (b.n != HASH_LEN)
			break;
		memcpy(ids[got++].b, b.p, HASH_LEN);
	}
	sqlite3_reset(q);
	return got == n ? ERR_OK : rc == SQLITE_DONE || rc == SQLITE_ROW ? ERR_CORRUPT : store_err(s, rc);
}

static enum err find_event(struct store *s, const struct hash *id, uint64_t *ev, uint64_t *height)
{
	sqlite3_stmt *q = store_stmt(s, S_EVENT_ID);
	enum err e;

	if (!q)
		return no_stmt(s);
	store_bind_bytes(q, 1, hash_bytes(id));
	e = first_row(s, q);
	if (e == ERR_OK)
		*ev = (uint64_t)sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	if (e != ERR_OK)
		return e;
	q = store_stmt(s, S_EVENT);
	if (!q)
		return no_stmt(s);
	sqlite3_bind_int64(q, 1, store_i64(*ev));
	e = first_row(s, q);
	if (e == ERR_OK)
		*height = (uint64_t)sqlite3_column_int64(q, 6);
	sqlite3_reset(q);
	return e;
}

enum err store_receipt(struct store *s, const struct hash *id, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct hash ids[BLOCK_EVENTS_MAX];
	struct receipt r = { .id = *id };
	uint64_t ev = 0, height = 0, first_ev = 0, events = 0;
	enum err e = find_event(s, id, &ev, &height);

	if (e == ERR_OK)
		e = store_block_head(s, height, &r.header_bytes, &r.certificate, &first_ev, &events);
	if (e == ERR_OK && (events > BLOCK_EVENTS_MAX || ev < first_ev || ev - first_ev >= events))
		e = ERR_CORRUPT;
	if (e == ERR_OK)
		e = ids_of(s, first_ev, events, ids);
	if (e != ERR_OK)
		return e;
	r.index = ev - first_ev;
	e = receipt_path(&r, ids, (size_t)events);
	return e == ERR_OK ? receipt_encode(&r, buf, cap, out) : e;
}

/* ---- history ---- */

/* What a pack was until the next row. */
struct telling {
	struct store *s;
	struct state st;
	struct history_row row;
	history_fn *fn;
	void *ctx;
};

static enum err tell(struct telling *t, uint64_t ev)
{
	enum err e = state_event(&t->st, ev, &t->row.event);

	t->row.ev = ev;
	return e == ERR_OK ? t->fn(t->ctx, &t->row) : e;
}

static enum err tell_row(struct telling *t, sqlite3_stmt *q)
{
	uint64_t ev = (uint64_t)sqlite3_column_int64(q, 0);
	int flag = sqlite3_column_int(q, 4);

	if (flag == 0) {
		t->row.holder = (uint64_t)sqlite3_column_int64(q, 1);
		t->row.state = (enum pack_state)sqlite3_column_int(q, 2);
		t->row.peer = (uint64_t)sqlite3_column_int64(q, 3);
	}
	t->row.lock_set = flag == 1;
	t->row.lock_cleared = flag == 2;
	return tell(t, ev);
}

enum err store_history(struct store *s, uint64_t gtin, struct bytes serial, uint64_t as_of, history_fn *fn, void *ctx)
{
	struct telling t = { .s = s, .fn = fn, .ctx = ctx, .st = store_state(s, STORE_NOW) };
	struct pack_view pv;
	sqlite3_stmt *q;
	enum err e = state_pack_view(&t.st, gtin, serial, &pv);
	int rc = SQLITE_DONE;

	if (e != ERR_OK)
		return e;
	if (pv.batch.ev > as_of)
		return ERR_NOT_FOUND;
	t.row.holder = pv.batch.holder;
	t.row.state = PACK_ACTIVE;
	e = tell(&t, pv.batch.ev);
	q = store_stmt(s, S_HISTORY);
	if (!q)
		return no_stmt(s);
	sqlite3_bind_int64(q, 1, pv.unit);
	sqlite3_bind_int64(q, 2, store_i64(as_of));
	while (e == ERR_OK && (rc = sqlite3_step(q)) == SQLITE_ROW)
		e = tell_row(&t, q);
	sqlite3_reset(q);
	return e == ERR_OK ? store_err(s, rc) : e;
}

/* ---- lists and counts ---- */

enum err store_facts(struct store *s, enum key_kind kind, fact_fn *fn, void *ctx)
{
	uint8_t from[4], to[4];
	sqlite3_stmt *q = store_stmt(s, S_FACTS);
	struct wr w;
	enum err e = ERR_OK;
	int rc = SQLITE_DONE;

	if (!q)
		return no_stmt(s);
	/* keys of a kind begin with [array of 2, kind]; those of the next kind come right after */
	wr_init(&w, from, sizeof(from));
	wr_array(&w, 2);
	wr_uint(&w, (uint64_t)kind);
	store_bind_bytes(q, 1, bytes_of(from, w.n));
	wr_init(&w, to, sizeof(to));
	wr_array(&w, 2);
	wr_uint(&w, (uint64_t)kind + 1);
	store_bind_bytes(q, 2, bytes_of(to, w.n));
	while (e == ERR_OK && (rc = sqlite3_step(q)) == SQLITE_ROW)
		e = fn(ctx, store_column_bytes(q, 0), store_column_bytes(q, 1));
	sqlite3_reset(q);
	return e == ERR_OK ? store_err(s, rc) : e;
}

enum err store_counts(struct store *s, struct store_counts *out)
{
	sqlite3_stmt *q = store_stmt(s, S_COUNTS);
	enum err e;

	if (!q)
		return no_stmt(s);
	e = first_row(s, q);
	if (e == ERR_OK)
		*out = (struct store_counts){ .packs = (uint64_t)sqlite3_column_int64(q, 0),
					      .events = (uint64_t)sqlite3_column_int64(q, 1),
					      .blocks = (uint64_t)sqlite3_column_int64(q, 2),
					      .outbox = (uint64_t)sqlite3_column_int64(q, 3) };
	sqlite3_reset(q);
	return e;
}
