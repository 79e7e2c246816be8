/* Every state row on disk as a logical key and value. */
#include "node/store_internal.h"

struct walk {
	struct store *s;
	state_row_fn *fn;
	void *ctx;
	struct state_row row; /* being made */
	struct wr value;
	uint8_t key_buf[STATE_KEY_MAX], value_buf[STATE_VALUE_MAX];
	/* packs: the batch that the pack is of, and where the next one begins */
	sqlite3_stmt *batches;
	uint64_t lo, batch_ev, next_lo;
};

static uint64_t ev1_of(sqlite3_stmt *q, int at)
{
	return sqlite3_column_int64(q, at) == STILL ? UINT64_MAX : store_uint(q, at);
}

/* Columns of a row as what the rules wrote. */
typedef enum err row_fn(struct walk *w, sqlite3_stmt *q);

static enum err event_row(struct walk *w, sqlite3_stmt *q)
{
	struct event_row row = { .type = store_uint(q, 2), .time_s = store_uint(q, 3), .place = store_uint(q, 4),
				 .signer = store_uint(q, 5), .header_ms = store_uint(q, 6) };

	w->row.key = key_event(w->key_buf, store_uint(q, 0));
	w->row.ev0 = store_uint(q, 0);
	if (store_hash(q, 1, &row.id) != ERR_OK)
		row.id = (struct hash){ { 0 } }; /* which is no event's */
	event_row_write(&w->value, &row);
	return ERR_OK;
}

static enum err fact_row(struct walk *w, sqlite3_stmt *q)
{
	w->row.key = store_bytes(q, 0);
	w->row.ev0 = store_uint(q, 1);
	w->row.ev1 = ev1_of(q, 2);
	wr_raw(&w->value, store_bytes(q, 3));
	return ERR_OK;
}

static enum err batch_row(struct walk *w, sqlite3_stmt *q)
{
	store_batch_row(q, &w->value);
	w->row.key = key_batch(w->key_buf, store_uint(q, 5));
	w->row.ev0 = store_uint(q, 3);
	return ERR_OK;
}

/* On to the batch that pid falls into: both tables are walked in order of pack numbers. */
static enum err find_batch(struct walk *w, uint64_t pid)
{
	enum err e = ERR_OK;

	while (pid >= w->next_lo) {
		w->lo = w->next_lo;
		w->batch_ev = store_uint(w->batches, 1);
		w->next_lo = UINT64_MAX;
		if (store_next(w->s, w->batches, &e))
			w->next_lo = store_uint(w->batches, 0);
	}
	return e;
}

static enum err pack_row(struct walk *w, sqlite3_stmt *q)
{
	struct bytes serial = store_bytes(q, 2);
	uint64_t pid = store_uint(q, 0);
	enum err e = find_batch(w, pid);
	const struct pack_row row = { .lo = w->lo, .offset = pid - w->lo };

	if (serial.n > SERIAL_MAX)
		serial.n = SERIAL_MAX;
	w->row.key = key_pack(w->key_buf, store_uint(q, 1), serial);
	w->row.ev0 = w->batch_ev;
	pack_row_write(&w->value, &row);
	return e;
}

static enum err unit_row(struct walk *w, sqlite3_stmt *q)
{
	w->row.key = key_unit(w->key_buf, store_uint(q, 1));
	w->row.ev0 = store_uint(q, 2);
	wr_int(&w->value, sqlite3_column_int64(q, 0));
	return ERR_OK;
}

static enum err inside_row(struct walk *w, sqlite3_stmt *q)
{
	w->row.key = key_inside(w->key_buf, sqlite3_column_int64(q, 0));
	w->row.ev0 = store_uint(q, 1);
	w->row.ev1 = ev1_of(q, 2);
	wr_int(&w->value, sqlite3_column_int64(q, 3));
	return ERR_OK;
}

static enum err custody_row(struct walk *w, sqlite3_stmt *q)
{
	const struct custody_row row = { .holder = store_uint(q, 3), .state = (enum pack_state)store_uint(q, 4),
					 .peer = store_uint(q, 5), .ev = store_uint(q, 1) };

	w->row.key = key_custody(w->key_buf, sqlite3_column_int64(q, 0));
	w->row.ev0 = row.ev;
	w->row.ev1 = ev1_of(q, 2);
	custody_row_write(&w->value, &row);
	return ERR_OK;
}

static enum err flag_row(struct walk *w, sqlite3_stmt *q)
{
	struct flags_row row;

	store_flags_row(q, 3, &row);
	w->row.key = key_flags(w->key_buf, sqlite3_column_int64(q, 0));
	w->row.ev0 = store_uint(q, 1);
	w->row.ev1 = ev1_of(q, 2);
	flags_row_write(&w->value, &row);
	return ERR_OK;
}

static const struct {
	const char *table, *query;
	row_fn *fn;
} tables[] = {
	{ "event", "SELECT ev, id, type, t, place, signer, header_ms FROM event ORDER BY ev", event_row },
	{ "fact", "SELECT key, ev0, ev1, value FROM fact ORDER BY key, ev0", fact_row },
	{ "batch", "SELECT hi, gtin, lot, ev, holder, lo FROM batch ORDER BY lo", batch_row },
	{ "pack", "SELECT pid, gtin, serial FROM pack ORDER BY pid", pack_row },
	{ "unit", "SELECT uid, sscc, ev FROM unit ORDER BY uid", unit_row },
	{ "inside", "SELECT child, ev0, ev1, parent FROM inside ORDER BY child, ev0", inside_row },
	{ "custody", "SELECT unit, ev0, ev1, holder, state, peer FROM custody ORDER BY unit, ev0", custody_row },
	{ "flag", "SELECT unit, ev0, ev1, locked, locked_ev, stolen, stolen_ev, mismatch, mismatch_ev, claimed, claimed_ev "
	  "FROM flag ORDER BY unit, ev0", flag_row },
};

/* Kinds with a table of their own. */
static const char *const own_tables[KEY_KINDS] = {
	[KEY_EVENT] = "event", [KEY_EVENT_ID] = "event", [KEY_BATCH] = "batch",	  [KEY_PACK] = "pack",
	[KEY_UNIT] = "unit",   [KEY_INSIDE] = "inside",	 [KEY_CUSTODY] = "custody", [KEY_FLAG] = "flag",
};

const char *store_table(enum key_kind kind)
{
	return own_tables[kind] ? own_tables[kind] : "fact";
}

bool store_keeps(enum key_kind kind)
{
	/* not what there is one of for each pack or unit */
	bool many = kind == KEY_SIGHT || kind == KEY_UNIT_ROW || kind == KEY_UNIT_LOT || kind == KEY_UNIT_LOT_AT ||
		    kind == KEY_ALARM || kind == KEY_CORRECTION || kind == KEY_QUERIED;

	return kind == KEY_BATCH || (!own_tables[kind] && !many);
}

static enum err tell_row(struct walk *w, sqlite3_stmt *q, row_fn *fn)
{
	enum err e;

	w->row.ev1 = UINT64_MAX;
	wr_init(&w->value, w->value_buf, sizeof(w->value_buf));
	e = fn(w, q);
	if (e == ERR_OK && wr_end(&w->value, &w->row.value) != ERR_OK)
		e = ERR_CORRUPT;
	return e == ERR_OK ? w->fn(w->ctx, &w->row) : e;
}

static enum err walk_table(struct walk *w, size_t t)
{
	sqlite3_stmt *q = NULL;
	enum err e = store_err(w->s, sqlite3_prepare_v2(w->s->db, tables[t].query, -1, &q, NULL));

	w->row.table = tables[t].table;
	while (store_next(w->s, q, &e))
		e = tell_row(w, q, tables[t].fn);
	sqlite3_finalize(q);
	return e;
}

static enum err walk_all(struct walk *w)
{
	enum err e = store_err(w->s, sqlite3_prepare_v2(w->s->db, "SELECT lo, ev FROM batch ORDER BY lo", -1, &w->batches, NULL));

	w->next_lo = UINT64_MAX;
	if (store_next(w->s, w->batches, &e))
		w->next_lo = store_uint(w->batches, 0);
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]) && e == ERR_OK; t++)
		e = walk_table(w, t);
	sqlite3_finalize(w->batches);
	return e;
}

enum err store_each_row(struct store *s, state_row_fn *fn, void *ctx)
{
	struct walk w = { .s = s, .fn = fn, .ctx = ctx };
	enum err e = store_enter(s);

	if (e != ERR_OK)
		return e;
	e = walk_all(&w);
	store_leave(s);
	return e;
}
