/* The interval tables against a plain state for every event: whatever is written, the store gives it back as of any event. */
#include "node/store.h"
#include "tests/fakes/consortium.h"
#include "tests/t.h"

#include <stdio.h>
#include <stdlib.h>

#define STEPS 120
#define KEYS_MAX 400
#define WRITES_BYTES 4096

static struct consortium con;
static uint64_t seed = 1;

static uint64_t roll(uint64_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

struct history {
	uint64_t first_ev; /* of writes[0] */
	struct bytes writes[STEPS]; /* of each event */
	uint8_t *bytes;
	struct bytes keys[KEYS_MAX]; /* every key written, once */
	size_t keys_n;
};

static struct hash id_of(uint64_t ev)
{
	struct hash id;

	crypto_sha256(&id, bytes_of(&ev, sizeof(ev)));
	return id;
}

static void note_key(struct history *h, struct bytes key)
{
	for (size_t i = 0; i < h->keys_n; i++)
		if (bytes_eq(h->keys[i], key))
			return;
	if (h->keys_n == KEYS_MAX)
		abort();
	h->keys[h->keys_n++] = key;
}

/* Any of the flags, of any event so far. */
static struct flags_row some_flags(uint64_t ev)
{
	struct flags_row row = { .of = { { 0 } } };

	for (int i = 0; i < FLAG_KINDS; i++)
		if (roll(2))
			row.of[i] = (struct flag_row){ 1 + roll(99), ev - roll(3) };
	return row;
}

/* A fact, custody, flags or parent of one of few keys, set or ended; some twice in one event. */
static void write_interval(struct writes *ws, uint64_t ev)
{
	uint8_t buf[STATE_KEY_MAX];
	const struct custody_row custody = { .holder = roll(99), .state = PACK_IN_TRANSIT, .peer = roll(99), .ev = ev };
	const struct flags_row flags = some_flags(ev);
	bool ends = roll(4) == 0;
	struct bytes key;
	struct wr *w = NULL;
	uint64_t kind = roll(7), n = roll(6);

	key = kind == 0	  ? key_custody(buf, (int64_t)n - 3) :
	      kind == 1	  ? key_flags(buf, (int64_t)n - 3) :
	      kind == 2	  ? key_inside(buf, (int64_t)n) :
	      kind == 3	  ? key_lot(buf, n, BYTES_LIT("L")) :
	      kind == 4	  ? key_unit_lot(buf, -1, n) :
	      kind == 5	  ? key_unit_lot_at(buf, -1, n, BYTES_LIT("L")) :
			    key_label_keys(buf, n);
	if (ends) {
		writes_null(ws, key);
		return;
	}
	w = writes_put(ws, key);
	if (kind == 0)
		custody_row_write(w, &custody);
	else if (kind == 1)
		flags_row_write(w, &flags);
	else if (kind == 2)
		wr_int(w, -1 - (int64_t)roll(9));
	else
		wr_uint(w, roll(99));
}

/* Rows that are written once: a batch with its packs, a unit. */
static void write_once(struct writes *ws, uint64_t ev, uint64_t *next_pack)
{
	struct batch_row batch = { .gtin = roll(5), .lot = "LOT", .lot_n = 3, .ev = ev, .holder = roll(99) };
	struct pack_row pack = { *next_pack, 0 };
	uint8_t buf[STATE_KEY_MAX];
	char serial[17];

	if (roll(2)) {
		wr_int(writes_put(ws, key_unit(buf, ev)), -(int64_t)ev);
		return;
	}
	batch.lo = *next_pack;
	*next_pack += 1 + roll(3);
	batch.hi = *next_pack - 1;
	batch_row_write(writes_put(ws, key_batch(buf, batch.lo)), &batch);
	for (; pack.lo + pack.offset < *next_pack; pack.offset++) {
		consortium_serial(serial, pack.lo + pack.offset);
		pack_row_write(writes_put(ws, key_pack(buf, batch.gtin, bytes_of(serial, 16))), &pack);
	}
}

static void make_event(struct history *h, size_t i, uint64_t *next_pack)
{
	const struct event_row row = { .id = id_of(h->first_ev + i), .type = EV_LOT, .time_s = roll(1000), .place = roll(1000),
				       .signer = roll(1000), .header_ms = roll(1000) };
	uint64_t ev = h->first_ev + i, n = roll(8);
	uint8_t buf[STATE_KEY_MAX];
	struct bytes key, val;
	struct writes_it it;
	struct writes ws;

	writes_init(&ws, h->bytes + i * WRITES_BYTES, WRITES_BYTES);
	event_row_write(writes_put(&ws, key_event(buf, ev)), &row);
	for (uint64_t k = 0; k < n; k++)
		write_interval(&ws, ev);
	if (roll(3) == 0)
		write_once(&ws, ev, next_pack);
	if (wr_end(&ws.w, &h->writes[i]) != ERR_OK)
		abort();
	writes_it_init(&it, h->writes[i]);
	while (writes_it_next(&it, &key, &val))
		note_key(h, key);
}

/* Events from .. to - 1 as one block; the store looks into neither header bytes nor events. */
static enum err append(const struct history *h, size_t from, size_t to)
{
	struct header header = { .height = con.head.height + 1, .time_ms = con.head.time_ms + 1, .count = to - from,
				 .log_size = con.head.log.size + to - from };
	struct hash ids[STEPS];
	struct bytes events[STEPS];
	struct store_append a = { .header = &header, .header_bytes = BYTES_LIT("header"), .certificate = BYTES_LIT("certificate"),
				  .events = events, .ids = ids, .events_n = to - from };
	uint8_t *all = malloc(STEPS * WRITES_BYTES);
	enum err e;

	for (size_t i = from; i < to; i++) {
		ids[i - from] = id_of(h->first_ev + i);
		events[i - from] = BYTES_LIT("event");
		memcpy(all + a.writes.n, h->writes[i].p, h->writes[i].n);
		a.writes.n += h->writes[i].n;
	}
	a.writes.p = all;
	e = store_append(con.store, &a);
	if (e == ERR_OK)
		chain_advance(&con.head, &header, a.header_bytes, ids);
	free(all);
	return e;
}

static bool same(const struct state *a, const struct state *b, struct bytes key)
{
	struct bytes va, vb;

	return a->get(a->ctx, key, &va) == ERR_OK && b->get(b->ctx, key, &vb) == ERR_OK && !va.p == !vb.p &&
	       (!va.p || bytes_eq(va, vb));
}

static unsigned differences(const struct history *h, const struct state *st, const struct state *want, uint64_t ev)
{
	uint8_t buf[STATE_KEY_MAX];
	unsigned bad = 0;

	for (size_t i = 0; i < h->keys_n; i++)
		bad += !same(st, want, h->keys[i]);
	for (size_t i = 0; i < STEPS; i++) {
		struct hash id = id_of(h->first_ev + i);

		bad += !same(st, want, key_event_id(buf, &id));
	}
	if (bad)
		printf("\nas of %llu: %u differ", (unsigned long long)ev, bad);
	return bad;
}

/* Every row on disk is told once, with the value and the range that reading it gives. */
struct rows {
	struct store *s;
	size_t n, bad;
};

static enum err check_row(void *ctx, const struct state_row *row)
{
	struct rows *r = ctx;
	struct state before = store_state(r->s, row->ev0 - 1);
	struct bytes val;
	bool was = row->ev0 > 0 && before.get(before.ctx, row->key, &val) == ERR_OK && val.p && bytes_eq(val, row->value);
	struct state at = store_state(r->s, row->ev0);
	struct key_parts k;

	r->n++;
	if (key_parse(row->key, &k) != ERR_OK || strcmp(store_table(k.kind), row->table) != 0)
		r->bad++;
	if (at.get(at.ctx, row->key, &val) != ERR_OK || !val.p || !bytes_eq(val, row->value))
		r->bad++;
	if (was && (k.kind == KEY_PACK || k.kind == KEY_BATCH || k.kind == KEY_UNIT || k.kind == KEY_EVENT))
		r->bad++; /* began later */
	if (row->ev1 != UINT64_MAX) {
		at = store_state(r->s, row->ev1 - 1);
		if (at.get(at.ctx, row->key, &val) != ERR_OK || !val.p || !bytes_eq(val, row->value))
			r->bad++;
	}
	return ERR_OK;
}

static void test_history(void)
{
	static struct history h;
	struct memstate *mem = memstate_new();
	struct state want = memstate_state(mem), st;
	struct store *reader;
	struct rows rows = { 0 };
	uint64_t next_pack = 1;
	unsigned bad = 0;

	consortium_init(&con, NULL);
	h.first_ev = con.head.log.size + 1;
	h.bytes = malloc(STEPS * WRITES_BYTES);
	for (size_t i = 0; i < STEPS; i++)
		make_event(&h, i, &next_pack);
	for (size_t from = 0, to; from < STEPS; from = to) {
		to = from + 1 + roll(6);
		if (to > STEPS)
			to = STEPS;
		CHECK(append(&h, from, to) == ERR_OK);
	}
	NEED(store_open(&reader, con.path, STORE_READ) == ERR_OK);
	CHECK(store_read_begin(reader) == ERR_OK);
	for (size_t i = 0; i < STEPS; i++) {
		st = store_state(reader, h.first_ev + i - 1);
		bad += differences(&h, &st, &want, h.first_ev + i - 1);
		memstate_apply(mem, h.writes[i]);
	}
	CHECK(bad == 0);
	st = store_state(reader, STORE_NOW);
	CHECK(differences(&h, &st, &want, STORE_NOW) == 0);
	CHECK(differences(&h, &st, &want, STORE_NOW) == 0); /* out of what is kept */
	CHECK(differences(&h, &con.now, &want, STORE_NOW) == 0); /* the writer, who kept what it wrote */
	rows.s = reader;
	CHECK(store_each_row(reader, check_row, &rows) == ERR_OK && rows.bad == 0 && rows.n > STEPS);
	store_close(reader);
	memstate_free(mem);
	free(h.bytes);
	consortium_free(&con);
}

/* Writes that cannot be meant leave nothing behind, whatever came before them. */
static void test_bad_writes(void)
{
	static const struct {
		const char *name;
		bool leads; /* behind the event's own row and a fact */
		uint8_t bytes[24];
		size_t n;
		enum err err;
	} rows[] = {
		{ "none for the event", false, { 0 }, 0, ERR_CORRUPT },
		{ "a fact before the event", false, { 0x82, 0x82, 0x12, 0x07, 0x01 }, 5, ERR_CORRUPT },
		{ "no sequence", true, { 0x82, 0x82, 0x0c }, 3, ERR_CORRUPT },
		{ "an unknown kind", true, { 0x82, 0x82, 0x18, 0x63, 0x00, 0x01 }, 6, ERR_BAD_VALUE },
		{ "an event's id", true, { 0x82, 0x82, 0x02, 0x41, 0x00, 0x01 }, 6, ERR_BAD_VALUE },
		{ "a second event", true, { 0x82, 0x82, 0x01, 0x04, 0x01 }, 5, ERR_CORRUPT },
		{ "a custody row that is none", true, { 0x82, 0x82, 0x0a, 0x07, 0x01 }, 5, ERR_CORRUPT },
		{ "custody of another event", true, { 0x82, 0x82, 0x0a, 0x07, 0x84, 0x01, 0x01, 0x00, 0x18, 0x63 }, 10, ERR_CORRUPT },
		{ "flags that are none", true, { 0x82, 0x82, 0x0d, 0x07, 0x01 }, 5, ERR_CORRUPT },
		{ "flags of three kinds", true, { 0x82, 0x82, 0x0d, 0x07, 0x83, 0xf6, 0xf6, 0xf6 }, 8, ERR_CORRUPT },
		{ "a flag alone", true, { 0x82, 0x83, 0x0d, 0x01, 0x07, 0x82, 0x01, 0x01 }, 8, ERR_BAD_VALUE },
		{ "a parent that is none", true, { 0x82, 0x82, 0x0b, 0x07, 0xf4 }, 5, ERR_CORRUPT },
		{ "a unit that is none", true, { 0x82, 0x82, 0x0c, 0x07, 0xf4 }, 5, ERR_CORRUPT },
		{ "a unit with a pack's number", true, { 0x82, 0x82, 0x0c, 0x07, 0x07 }, 5, ERR_DATABASE },
		{ "a batch that is none", true, { 0x82, 0x82, 0x08, 0x07, 0x01 }, 5, ERR_CORRUPT },
		{ "a pack that is none", true, { 0x82, 0x83, 0x09, 0x07, 0x61, 0x41, 0x01 }, 7, ERR_CORRUPT },
	};
	static struct history h;
	uint8_t bytes[256], key[STATE_KEY_MAX];
	struct chain_head head;
	struct bytes val;
	struct store *reader;

	consortium_init(&con, NULL);
	h.first_ev = con.head.log.size + 1;
	NEED(store_open(&reader, con.path, STORE_READ) == ERR_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct event_row row = { .id = id_of(h.first_ev), .type = EV_LOT };
		struct writes ws;

		writes_init(&ws, bytes, sizeof(bytes));
		if (rows[i].leads) {
			event_row_write(writes_put(&ws, key_event(key, h.first_ev)), &row);
			wr_uint(writes_put(&ws, key_label_keys(key, 7)), 1);
		}
		wr_raw(&ws.w, bytes_of(rows[i].bytes, rows[i].n));
		CHECK_ROW(wr_end(&ws.w, &h.writes[0]) == ERR_OK, rows[i].name);
		CHECK_ROW(append(&h, 0, 1) == rows[i].err, rows[i].name);
		CHECK_ROW(store_head(con.store, &head) == ERR_OK && head.height == 1, rows[i].name);
		CHECK_ROW(con.now.get(con.now.ctx, key_label_keys(key, 7), &val) == ERR_OK && !val.p, rows[i].name);
		CHECK_ROW(store_head(reader, &head) == ERR_OK && head.height == 1, rows[i].name);
	}
	store_close(reader);
	consortium_free(&con);
}

/* The row that leads the writes is the event's own: its number, its id. */
static void test_event_rows(void)
{
	static const struct {
		const char *name;
		uint64_t ev_off, id_off;
		enum err err;
	} rows[] = {
		{ "a number too high", 1, 0, ERR_CORRUPT },
		{ "a number too low", UINT64_MAX, 0, ERR_CORRUPT },
		{ "another id", 0, 1, ERR_CORRUPT },
		{ "as it must be", 0, 0, ERR_OK },
	};
	static struct history h;
	uint8_t buf[256], key[STATE_KEY_MAX];
	struct writes ws;

	consortium_init(&con, NULL);
	h.first_ev = con.head.log.size + 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct event_row row = { .id = id_of(h.first_ev + rows[i].id_off), .type = EV_LOT };

		writes_init(&ws, buf, sizeof(buf));
		event_row_write(writes_put(&ws, key_event(key, h.first_ev + rows[i].ev_off)), &row);
		CHECK(wr_end(&ws.w, &h.writes[0]) == ERR_OK);
		CHECK_ROW(append(&h, 0, 1) == rows[i].err, rows[i].name);
	}
	consortium_free(&con);
}

/* Blocks come one after the other, and say truly how many events they hold. */
static void test_linked(void)
{
	static const struct {
		const char *name;
		uint64_t height_off, count_off, size_off;
	} rows[] = {
		{ "the height it has already", UINT64_MAX, 0, 0 },
		{ "a height too far", 1, 0, 0 },
		{ "another count", 0, 1, 0 },
		{ "another size of the log", 0, 0, 1 },
	};

	consortium_init(&con, NULL);
	consortium_packs(&con, MFR, EV_COMMISSION, 0, 3, 0);
	world_must(consortium_make(&con));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct header wrong = con.proposal.header;
		struct store_append a = con.append;

		wrong.height += rows[i].height_off;
		wrong.count += rows[i].count_off;
		wrong.log_size += rows[i].size_off;
		a.header = &wrong;
		CHECK_ROW(store_append(con.store, &a) == ERR_NOT_LINKED, rows[i].name);
	}
	CHECK(consortium_append(&con) == ERR_OK);
	consortium_free(&con);
}

T_MAIN("store_state", T(test_event_rows), T(test_linked), T(test_history), T(test_bad_writes))
