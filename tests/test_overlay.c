#include "node/overlay.h"
#include "tests/fakes/memstate.h"
#include "tests/t.h"

#include <stdlib.h>

#define FOREVER UINT64_MAX

static struct overlay *fresh(const struct state *base, bool history)
{
	struct overlay *o;

	if (overlay_new(&o, base, history) != ERR_OK)
		abort();
	return o;
}

/* value 0: null */
static void write_number(struct writes *ws, struct bytes key, uint64_t value)
{
	if (value)
		wr_uint(writes_put(ws, key), value);
	else
		writes_null(ws, key);
}

static enum err put_number(struct overlay *o, struct bytes key, uint64_t value)
{
	uint8_t buf[256];
	struct bytes bytes;
	struct writes ws;

	writes_init(&ws, buf, sizeof(buf));
	write_number(&ws, key, value);
	return wr_end(&ws.w, &bytes) == ERR_OK ? overlay_put(o, bytes) : ERR_NO_SPACE;
}

/* The row that leads an event's writes; its id is the number in every byte. */
static enum err put_event(struct overlay *o, uint64_t ev)
{
	struct event_row row = { .type = EV_LOT };
	uint8_t buf[256], key[STATE_KEY_MAX];
	struct bytes bytes;
	struct writes ws;

	memset(row.id.b, (int)ev, HASH_LEN);
	writes_init(&ws, buf, sizeof(buf));
	event_row_write(writes_put(&ws, key_event(key, ev)), &row);
	return wr_end(&ws.w, &bytes) == ERR_OK ? overlay_put(o, bytes) : ERR_NO_SPACE;
}

/* What st holds under key as a number; 0: absent, UINT64_MAX: not a number or an error. */
static uint64_t number(const struct state *st, struct bytes key)
{
	struct bytes val;
	struct rd r;
	uint64_t n;

	if (st->get(st->ctx, key, &val) != ERR_OK)
		return UINT64_MAX;
	if (!val.p)
		return 0;
	rd_init(&r, val);
	n = rd_uint(&r);
	return rd_end(&r) == ERR_OK ? n : UINT64_MAX;
}

static void test_base(void)
{
	struct memstate *mem = memstate_new();
	struct state base = memstate_state(mem);
	struct overlay *o = fresh(&base, false);
	struct state st = overlay_chain(o).state;
	uint8_t a[STATE_KEY_MAX], b[STATE_KEY_MAX], buf[8];
	struct bytes below = key_unit(a, 1), above = key_unit(b, 2), val;
	struct wr w;

	wr_init(&w, buf, sizeof(buf));
	wr_uint(&w, 7);
	memstate_set(mem, below, bytes_of(buf, w.n));
	CHECK(number(&st, below) == 7);
	CHECK(!overlay_find(o, below, &val));
	CHECK(put_number(o, below, 8) == ERR_OK && number(&st, below) == 8);
	CHECK(put_number(o, below, 0) == ERR_OK && number(&st, below) == 0);
	CHECK(overlay_find(o, below, &val) && !val.p);
	CHECK(put_number(o, above, 9) == ERR_OK && number(&st, above) == 9);
	CHECK(number(&base, above) == 0);
	overlay_clear(o);
	CHECK(number(&st, below) == 7 && number(&st, above) == 0 && overlay_bytes(o) == 0);
	memstate_fail(mem, ERR_DATABASE);
	CHECK(st.get(st.ctx, below, &val) == ERR_DATABASE);
	overlay_free(o);
	memstate_free(mem);
}

static void test_event_ids(void)
{
	struct overlay *o = fresh(NULL, false);
	struct state st = overlay_chain(o).state;
	struct hash id;
	uint64_t ev;

	memset(id.b, 3, HASH_LEN);
	CHECK(state_event_id(&st, &id, &ev) == ERR_NOT_FOUND);
	CHECK(put_event(o, 3) == ERR_OK);
	CHECK(state_event_id(&st, &id, &ev) == ERR_OK && ev == 3);
	overlay_free(o);
}

static void test_bad_writes(void)
{
	static const struct {
		const char *name;
		uint8_t bytes[8];
		size_t n;
	} rows[] = {
		{ "not an array", { 0x01 }, 1 },
		{ "one part", { 0x81, 0x81, 0x00 }, 3 },
		{ "cut off", { 0x82, 0x82, 0x0c }, 3 },
		{ "no event row", { 0x82, 0x82, 0x01, 0x05, 0x01 }, 5 },
		{ "event key that is none", { 0x82, 0x83, 0x01, 0x05, 0x05, 0x01 }, 6 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct overlay *o = fresh(NULL, false);

		CHECK_ROW(overlay_put(o, bytes_of(rows[i].bytes, rows[i].n)) == ERR_CORRUPT, rows[i].name);
		overlay_free(o);
	}
}

struct version_row {
	const char *name;
	uint64_t ev0; /* asked for */
	uint64_t value, ev1; /* value 0: not found */
};

static void test_versions(void)
{
	static const struct version_row rows[] = {
		{ "of the genesis", 0, 10, 2 },
		{ "between versions", 1, 0, 0 },
		{ "written twice by one event: the last word", 2, 12, 4 },
		{ "null is no row", 4, 0, 0 },
		{ "after null", 5, 13, FOREVER },
		{ "later", 6, 0, 0 },
	};
	struct overlay *o = fresh(NULL, true);
	uint8_t a[STATE_KEY_MAX], b[STATE_KEY_MAX];
	struct bytes key = key_unit(a, 1), other = key_unit(b, 2), val, missing;
	uint64_t ev1 = 0, ev0;

	CHECK(put_number(o, key, 10) == ERR_OK);
	CHECK(put_event(o, 2) == ERR_OK && put_number(o, key, 11) == ERR_OK && put_number(o, key, 12) == ERR_OK);
	CHECK(put_event(o, 4) == ERR_OK && put_number(o, key, 0) == ERR_OK && put_number(o, other, 1) == ERR_OK);
	CHECK(put_number(o, other, 0) == ERR_OK);
	CHECK(put_event(o, 5) == ERR_OK && put_number(o, key, 13) == ERR_OK);
	CHECK(overlay_version(o, other, 4, &val, &ev1) == ERR_NOT_FOUND);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct version_row *r = &rows[i];
		enum err e = overlay_version(o, key, r->ev0, &val, &ev1);

		CHECK_ROW(e == (r->value ? ERR_OK : ERR_NOT_FOUND), r->name);
		if (r->value)
			CHECK_ROW(val.n == 1 && val.p[0] == r->value && ev1 == r->ev1, r->name);
	}
	/* seen are the versions of key; the event rows are not, and come one after the other */
	for (uint64_t ev = 2; ev <= 5; ev += ev == 2 ? 2 : 1) {
		CHECK(overlay_unseen(o, &missing, &ev0) && ev0 == ev);
		CHECK(bytes_eq(missing, key_event(a, ev)));
		CHECK(overlay_version(o, missing, ev0, &val, &ev1) == ERR_OK);
	}
	CHECK(!overlay_unseen(o, &missing, &ev0));
	overlay_clear(o);
	CHECK(put_number(o, other, 14) == ERR_OK); /* the genesis block's again */
	CHECK(overlay_version(o, other, 0, &val, &ev1) == ERR_OK && ev1 == FOREVER);
	overlay_free(o);
}

/* Against a plain state, through growth, clearing and reuse. */
static void test_many(void)
{
	struct memstate *mem = memstate_new();
	struct state want = memstate_state(mem);
	struct overlay *o = fresh(NULL, false);
	struct state st = overlay_chain(o).state;
	uint8_t key[STATE_KEY_MAX], buf[128];
	unsigned bad = 0;

	for (unsigned round = 0; round < 3; round++) {
		for (uint64_t i = 0; i < 20000; i++) {
			uint64_t n = i * 2654435761u % 15000;
			struct bytes bytes;
			struct writes ws;

			writes_init(&ws, buf, sizeof(buf));
			write_number(&ws, n % 2 ? key_pack(key, n, BYTES_LIT("12345678901234567890")) : key_custody(key, (int64_t)n),
				     i % 7 ? i : 0);
			if (wr_end(&ws.w, &bytes) != ERR_OK || overlay_put(o, bytes) != ERR_OK)
				abort();
			memstate_apply(mem, bytes);
		}
		for (uint64_t n = 0; n < 15000; n++) {
			struct bytes k = n % 2 ? key_pack(key, n, BYTES_LIT("12345678901234567890")) : key_custody(key, (int64_t)n);

			bad += number(&st, k) != number(&want, k);
		}
		CHECK(bad == 0);
		overlay_clear(o);
		bad += number(&st, key_custody(key, 2)) != 0;
		memstate_free(mem);
		mem = memstate_new();
		want = memstate_state(mem);
	}
	CHECK(bad == 0);
	overlay_free(o);
	memstate_free(mem);
}

T_MAIN("overlay", T(test_base), T(test_event_ids), T(test_bad_writes), T(test_versions), T(test_many))
