/* Every state row on disk as a logical key and value, for audits. */
#include "node/store_internal.h"

struct walk {
	struct store *s;
	state_row_fn *fn;
	void *ctx;
	uint8_t key[STATE_KEY_MAX], value[STATE_VALUE_MAX];
};

static uint64_t col(sqlite3_stmt *q, int at)
{
	return (uint64_t)sqlite3_column_int64(q, at);
}

static uint64_t ev1_of(sqlite3_stmt *q, int at)
{
	return sqlite3_column_int64(q, at) == STILL ? UINT64_MAX : col(q, at);
}

/* Columns of a row as what the rules wrote. */
typedef enum err row_fn(struct walk *w, sqlite3_stmt *q, struct state_row *row, struct wr *v);

static enum err fact_row(struct walk *w, sqlite3_stmt *q, struct state_row *row, struct wr *v)
{
	(void)w;
	row->key = store_column_bytes(q, 0);
	row->ev0 = col(q, 1);
	row->ev1 = ev1_of(q, 2);
	wr_raw(v, store_column_bytes(q, 3));
	return ERR_OK;
}

static enum err batch_row(struct walk *w, sqlite3_stmt *q, struct state_row *row, struct wr *v)
{
	row->key = key_batch(w->key, col(q, 0));
	row->ev0 = col(q, 4);
	wr_array(v, 5);
	wr_uint(v, col(q, 1));
	wr_uint(v, col(q, 2));
	wr_tstr(v, bytes_of(sqlite3_column_text(q, 3), (size_t)sqlite3_column_bytes(q, 3)));
	wr_uint(v, col(q, 4));
	wr_uint(v, col(q, 5));
	return ERR_OK;
}

static enum err pack_row(struct walk *w, sqlite3_stmt *q, struct state_row *row, struct wr *v)
{
	struct bytes serial = bytes_of(sqlite3_column_text(q, 2), (size_t)sqlite3_column_bytes(q, 2));
	uint64_t pid = col(q, 0), lo = col(q, 3);

	if (serial.n > SERIAL_MAX)
		serial.n = SERIAL_MAX;
	row->key = key_pack(w->key, col(q, 1), serial);
	row->ev0 = col(q, 4);
	wr_array(v, 2);
	wr_uint(v, lo);
	wr_uint(v, pid - lo);
	return ERR_OK;
}

static enum err custody_row(struct walk *w, sqlite3_stmt *q, struct state_row *row, struct wr *v)
{
	row->key = key_custody(w->key, sqlite3_column_int64(q, 0));
	row->ev0 = col(q, 1);
	row->ev1 = ev1_of(q, 2);
	wr_array(v, 4);
	wr_uint(v, col(q, 3));
	wr_uint(v, col(q, 4));
	wr_uint(v, col(q, 5));
	wr_uint(v, row->ev0);
	return ERR_OK;
}

static enum err flag_row(struct walk *w, sqlite3_stmt *q, struct state_row *row, struct wr *v)
{
	row->key = key_flag(w->key, (enum flag_kind)col(q, 0), sqlite3_column_int64(q, 1));
	row->ev0 = col(q, 2);
	row->ev1 = ev1_of(q, 3);
	wr_array(v, 2);
	wr_uint(v, col(q, 4));
	wr_uint(v, row->ev0);
	return ERR_OK;
}

static enum err inside_row(struct walk *w, sqlite3_stmt *q, struct state_row *row, struct wr *v)
{
	row->key = key_inside(w->key, sqlite3_column_int64(q, 0));
	row->ev0 = col(q, 1);
	row->ev1 = ev1_of(q, 2);
	wr_int(v, sqlite3_column_int64(q, 3));
	return ERR_OK;
}

static enum err event_row(struct walk *w, sqlite3_stmt *q, struct state_row *row, struct wr *v)
{
	row->key = key_event(w->key, col(q, 0));
	row->ev0 = col(q, 0);
	wr_array(v, 6);
	wr_bstr(v, store_column_bytes(q, 1));
	for (int i = 2; i <= 6; i++)
		wr_uint(v, col(q, i));
	return ERR_OK;
}

static const struct {
	const char *table, *query;
	row_fn *fn;
} tables[] = {
	{ "event", "SELECT ev, id, type, t, place, signer, header_ms FROM event", event_row },
	{ "fact", "SELECT key, ev0, ev1, value FROM fact", fact_row },
	{ "batch", "SELECT lo, hi, gtin, lot, ev, holder FROM batch", batch_row },
	{ "pack", "SELECT p.pid, p.gtin, p.serial, b.lo, b.ev FROM batch b JOIN pack p ON p.pid BETWEEN b.lo AND b.hi", pack_row },
	{ "custody", "SELECT unit, ev0, ev1, holder, state, peer FROM custody", custody_row },
	{ "flag", "SELECT kind, unit, ev0, ev1, by FROM flag", flag_row },
	{ "inside", "SELECT child, ev0, ev1, parent FROM inside", inside_row },
};

static enum err walk_table(struct walk *w, size_t t)
{
	struct state_row row = { .table = tables[t].table };
	sqlite3_stmt *q;
	struct wr v;
	int rc = sqlite3_prepare_v2(w->s->db, tables[t].query, -1, &q, NULL);
	enum err e = rc == SQLITE_OK ? ERR_OK : store_err(w->s, rc);

	while (e == ERR_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		row.ev1 = UINT64_MAX;
		wr_init(&v, w->value, sizeof(w->value));
		e = tables[t].fn(w, q, &row, &v);
		if (e == ERR_OK)
			e = wr_end(&v, &row.value);
		if (e == ERR_OK)
			e = w->fn(w->ctx, &row);
	}
	if (e == ERR_OK)
		e = store_err(w->s, rc);
	sqlite3_finalize(q);
	return e;
}

enum err store_each_row(struct store *s, state_row_fn *fn, void *ctx)
{
	struct walk w = { .s = s, .fn = fn, .ctx = ctx };
	enum err e = ERR_OK;

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]) && e == ERR_OK; t++)
		e = walk_table(&w, t);
	return e;
}
