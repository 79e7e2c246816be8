/* The regulator's figures, each with hand-written SQL on the same rows as its reference, in the same run:
 * history of a pack, where a lot of 100,000 is, what a scan asks, now and at an old time; and what a pallet of 10,000 costs
 * to ship and receive against a loose pack. */
#include "node/core/verdict.h"
#include "tests/bench/bench.h"
#include "tests/fakes/pallets.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define SAMPLES 4000u
#define WHERES 40u
#define MOVES 600u

static struct pallets ledger;
static sqlite3 *db;

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_regulator: %s failed: %s\n", what, db ? sqlite3_errmsg(db) : "");
	exit(1);
}

/* As SQLite has it: a row that holds ends at the greatest number. */
static int64_t number_of(uint64_t as_of)
{
	return as_of == STORE_NOW ? INT64_MAX - 1 : (int64_t)as_of;
}

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *q = NULL;

	must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q, NULL) == SQLITE_OK, sql);
	return q;
}

static double p95(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), bench_cmp);
	return v[n * 95 / 100];
}

static unsigned random_pack(void)
{
	return (unsigned)rand() % PALLETS_PACKS;
}

/* ---- history ---- */

/* Where a thing was: itself and the units around it, each for its time. */
#define SPANS \
	"WITH RECURSIVE span (unit, a, b) AS (SELECT ?1, ?2, 9223372036854775807 UNION ALL " \
	"SELECT i.parent, max(i.ev0, s.a), min(i.ev1, s.b) FROM span s JOIN inside i " \
	"ON i.child = s.unit AND i.ev0 < s.b AND i.ev1 > s.a) "
#define CHANGES \
	"SELECT max(c.ev0, s.a) ev, c.holder, c.state, c.peer FROM span s JOIN custody c " \
	"ON c.unit = s.unit AND c.ev0 < s.b AND c.ev1 > s.a UNION ALL " \
	"SELECT max(i.ev0, s.a), 0, 0, 0 FROM span s JOIN inside i ON i.child = s.unit AND i.ev0 < s.b AND i.ev1 > s.a UNION ALL " \
	"SELECT max(f.ev0, s.a), 0, f.locked, f.stolen FROM span s JOIN flag f ON f.unit = s.unit AND f.ev0 < s.b AND f.ev1 > s.a"

static const char pack_sql[] = "SELECT p.pid, b.lo, b.ev, b.lot FROM pack p JOIN batch b ON b.lo = (SELECT max(lo) FROM batch "
			       "WHERE lo <= p.pid) WHERE p.gtin = ?1 AND p.serial = ?2";
static const char way_sql[] = SPANS "SELECT h.ev, h.holder, h.state, h.peer, e.id, e.type, e.t, e.place, e.signer, e.header_ms FROM ("
				    CHANGES ") h JOIN event e ON e.ev = h.ev ORDER BY h.ev";
static const char fact_sql[] = "SELECT ev0, value FROM fact WHERE key = ?1 ORDER BY ev0";

static sqlite3_stmt *pack_q, *way_q, *fact_q;

static size_t said_of(struct bytes key)
{
	size_t n = 0;

	sqlite3_bind_blob(fact_q, 1, key.p, (int)key.n, SQLITE_STATIC);
	while (sqlite3_step(fact_q) == SQLITE_ROW)
		n += sqlite3_column_bytes(fact_q, 1) > 0;
	sqlite3_reset(fact_q);
	return n;
}

/* What was said of a pack, its lot and product, and which of the steps were declared wrong, is in facts of their own. */
static size_t facts_by_sql(uint64_t gtin, struct bytes serial, struct bytes lot, int64_t pid)
{
	uint8_t buf[STATE_KEY_MAX];
	size_t n = said_of(key_sight(buf, pid)) + said_of(key_lot(buf, gtin, lot)) + said_of(key_product(buf, gtin));

	for (uint64_t i = 1; i <= REASON_NUMBER_MAX; i++) {
		struct hash id;

		if (!reason_row(i) || !reason_row(i)->alarm)
			continue;
		alarm_id(&id, gtin, serial, i);
		n += said_of(key_alarm(buf, &id));
	}
	return n;
}

static size_t history_by_sql(struct bytes serial)
{
	uint8_t buf[STATE_KEY_MAX];
	uint8_t lot_copy[LOT_MAX];
	int64_t pid, last = -1, ev;
	size_t n = 0, facts = 0;
	struct bytes lot;

	sqlite3_bind_int64(pack_q, 1, (int64_t)world_gtin(MFR));
	sqlite3_bind_text(pack_q, 2, (const char *)serial.p, (int)serial.n, SQLITE_STATIC);
	must(sqlite3_step(pack_q) == SQLITE_ROW, "the pack");
	pid = sqlite3_column_int64(pack_q, 0);
	lot = bytes_of(lot_copy, (size_t)sqlite3_column_bytes(pack_q, 3));
	memcpy(lot_copy, sqlite3_column_text(pack_q, 3), lot.n);
	sqlite3_bind_int64(way_q, 1, pid);
	sqlite3_bind_int64(way_q, 2, sqlite3_column_int64(pack_q, 2));
	sqlite3_reset(pack_q);
	while (sqlite3_step(way_q) == SQLITE_ROW) {
		ev = sqlite3_column_int64(way_q, 0);
		n += ev != last;
		if (ev != last)
			facts += said_of(key_correction(buf, (uint64_t)ev));
		last = ev;
	}
	sqlite3_reset(way_q);
	facts += facts_by_sql(world_gtin(MFR), serial, lot, pid);
	must(facts > 0, "facts");
	return n + 1; /* the commission */
}

static enum err count_step(void *ctx, const struct history_row *row)
{
	*(size_t *)ctx += row->ev > 0;
	return ERR_OK;
}

static void bench_history(void)
{
	static double ours[SAMPLES], reference[SAMPLES];
	double o, r;

	for (unsigned i = 0; i < SAMPLES; i++) {
		char text[13];
		struct bytes serial = pallets_serial(random_pack(), text);
		size_t steps = 0;
		double t = bench_s();

		must(store_history(ledger.store, world_gtin(MFR), serial, STORE_NOW, count_step, &steps) == ERR_OK, "history");
		ours[i] = (bench_s() - t) * 1e6;
		must(steps == 9, "nine steps: commission, case, pallet, three hops");
		t = bench_s();
		must(history_by_sql(serial) == steps, "the same steps by SQL");
		reference[i] = (bench_s() - t) * 1e6;
	}
	o = p95(ours, SAMPLES);
	r = p95(reference, SAMPLES);
	bench_tell("history of a pack, 1 M packs, p95", o, "us", r, o / r, 1.5, 1);
	bench_tell("same, against 10 ms", o, "us", 10000, o / 10000, 1, 1);
}

/* ---- where ---- */

static const char where_sql[] =
	"WITH RECURSIVE up (unit, n) AS (SELECT i.parent, count(*) FROM batch b JOIN inside i ON i.child BETWEEN b.lo AND b.hi "
	"AND i.ev0 <= ?3 AND i.ev1 > ?3 WHERE b.gtin = ?1 AND b.lot = ?2 AND b.ev <= ?3 GROUP BY i.parent UNION ALL "
	"SELECT i.parent, u.n FROM up u JOIN inside i ON i.child = u.unit AND i.ev0 <= ?3 AND i.ev1 > ?3) "
	"SELECT c.holder, c.state, c.peer, sum(u.n) FROM up u JOIN custody c ON c.unit = u.unit AND c.ev0 <= ?3 AND c.ev1 > ?3 "
	"GROUP BY c.holder, c.state, c.peer";
static const char loose_sql[] =
	"SELECT c.holder, c.state, c.peer, count(*) FROM batch b JOIN custody c ON c.unit BETWEEN b.lo AND b.hi AND c.ev0 <= ?3 AND "
	"c.ev1 > ?3 WHERE b.gtin = ?1 AND b.lot = ?2 AND b.ev <= ?3 GROUP BY c.holder, c.state, c.peer";
static sqlite3_stmt *where_q[2];

static uint64_t where_by_sql(struct bytes lot, uint64_t as_of)
{
	uint64_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		sqlite3_bind_int64(where_q[i], 1, (int64_t)world_gtin(MFR));
		sqlite3_bind_text(where_q[i], 2, (const char *)lot.p, (int)lot.n, SQLITE_STATIC);
		sqlite3_bind_int64(where_q[i], 3, number_of(as_of));
		while (sqlite3_step(where_q[i]) == SQLITE_ROW)
			n += (uint64_t)sqlite3_column_int64(where_q[i], 3);
		sqlite3_reset(where_q[i]);
	}
	return n;
}

static enum err count_packs(void *ctx, const struct where_row *row)
{
	*(uint64_t *)ctx += row->packs;
	return ERR_OK;
}

static void bench_where(const char *what, uint64_t as_of)
{
	static double ours[WHERES], reference[WHERES];
	double o, r;

	for (unsigned i = 0; i < WHERES; i++) {
		char text[8];
		struct bytes lot = pallets_lot(random_pack() % (PALLETS_PACKS - PALLETS_LOT), text);
		uint64_t packs = 0;
		double t = bench_s();

		must(store_where(ledger.store, world_gtin(MFR), lot, as_of, count_packs, &packs) == ERR_OK, "where");
		ours[i] = (bench_s() - t) * 1e3;
		must(packs == PALLETS_LOT, "all packs of the lot");
		t = bench_s();
		must(where_by_sql(lot, as_of) == packs, "the same by SQL");
		reference[i] = (bench_s() - t) * 1e3;
	}
	o = p95(ours, WHERES);
	r = p95(reference, WHERES);
	bench_tell(what, o, "ms", r, o / r, 1.5, 1);
	bench_tell("same, against 100 ms", o, "ms", 100, o / 100, 1, 1);
}

/* ---- verify ---- */

static const char around_sql[] = "SELECT parent FROM inside WHERE child = ?1 AND ev0 <= ?2 AND ev1 > ?2";
static const char custody_sql[] = "SELECT c.holder, c.state, c.peer, e.type, e.t, e.place, e.signer FROM custody c JOIN event e "
				  "ON e.ev = c.ev0 WHERE c.unit = ?1 AND c.ev0 <= ?2 AND c.ev1 > ?2";
static const char flag_sql[] = "SELECT locked, stolen, mismatch, claimed FROM flag WHERE unit = ?1 AND ev0 <= ?2 AND ev1 > ?2";
static const char value_sql[] = "SELECT value FROM fact WHERE key = ?1 AND ev0 <= ?2 AND ev1 > ?2";
static sqlite3_stmt *around_q, *custody_q, *flag_q, *value_q;

static bool step_at(sqlite3_stmt *q, int64_t unit, uint64_t as_of)
{
	sqlite3_bind_int64(q, 1, unit);
	sqlite3_bind_int64(q, 2, number_of(as_of));
	return sqlite3_step(q) == SQLITE_ROW;
}

static void value_at(struct bytes key, uint64_t as_of)
{
	sqlite3_bind_blob(value_q, 1, key.p, (int)key.n, SQLITE_STATIC);
	sqlite3_bind_int64(value_q, 2, number_of(as_of));
	must(sqlite3_step(value_q) == SQLITE_ROW && sqlite3_column_bytes(value_q, 0) > 0, "a fact");
	sqlite3_reset(value_q);
}

static int state_by_sql(struct bytes serial, struct bytes lot, uint64_t as_of)
{
	uint8_t buf[STATE_KEY_MAX];
	uint64_t holder, signer;
	int64_t unit;
	int state;

	value_at(key_member(buf, world_gln(REG)), as_of);
	value_at(key_product(buf, world_gtin(MFR)), as_of);
	value_at(key_member(buf, world_gln(MFR)), as_of);
	sqlite3_bind_int64(pack_q, 1, (int64_t)world_gtin(MFR));
	sqlite3_bind_text(pack_q, 2, (const char *)serial.p, (int)serial.n, SQLITE_STATIC);
	must(sqlite3_step(pack_q) == SQLITE_ROW, "the pack");
	unit = sqlite3_column_int64(pack_q, 0);
	sqlite3_reset(pack_q);
	for (;;) {
		step_at(flag_q, unit, as_of);
		sqlite3_reset(flag_q);
		if (!step_at(around_q, unit, as_of))
			break;
		unit = sqlite3_column_int64(around_q, 0);
		sqlite3_reset(around_q);
	}
	sqlite3_reset(around_q);
	must(step_at(custody_q, unit, as_of), "custody");
	holder = (uint64_t)sqlite3_column_int64(custody_q, 0);
	state = sqlite3_column_int(custody_q, 1);
	signer = (uint64_t)sqlite3_column_int64(custody_q, 6);
	if (sqlite3_column_int64(custody_q, 2))
		value_at(key_member(buf, (uint64_t)sqlite3_column_int64(custody_q, 2)), as_of);
	sqlite3_reset(custody_q);
	value_at(key_member(buf, holder), as_of);
	value_at(key_member(buf, signer), as_of);
	value_at(key_lot(buf, world_gtin(MFR), lot), as_of);
	return state;
}

static void bench_verify(const char *what, uint64_t as_of, enum pack_state state)
{
	static double ours[SAMPLES], reference[SAMPLES];
	double o, r;

	for (unsigned i = 0; i < SAMPLES; i++) {
		char text[13], lot[8];
		unsigned pack = random_pack();
		struct verdict_question q = { .gtin = world_gtin(MFR), .serial = pallets_serial(pack, text), .lot = pallets_lot(pack, lot) };
		struct state then = store_state(ledger.store, as_of);
		struct verdict_facts f;
		double t = bench_s();

		must(verdict_gather(&then, &q, world_gln(REG), &f) == ERR_OK && f.pack_known && f.state == state, "verify");
		ours[i] = (bench_s() - t) * 1e6;
		t = bench_s();
		must(state_by_sql(q.serial, q.lot, as_of) == (int)state, "the same by SQL");
		reference[i] = (bench_s() - t) * 1e6;
	}
	o = p95(ours, SAMPLES);
	r = p95(reference, SAMPLES);
	bench_tell(what, o, "us", r, o / r, 1.5, 1);
}

/* ---- moving a pallet ---- */

static double move(enum world_member who, enum event_type type, enum world_member to, bool pallet, unsigned n)
{
	uint8_t buf[64];
	char serial[13], lot[8];
	struct pack_id pack = { world_gtin(MFR), pallets_lot(PALLETS_PACKS + n, lot), pallets_serial(PALLETS_PACKS + n, serial) };
	struct event ev = { .type = type };
	struct wr w;
	double t;

	if (type == EV_SHIP)
		ev.u.gln = world_gln(to);
	if (pallet) {
		wr_init(&w, buf, sizeof(buf));
		wr_array(&w, 1);
		wr_uint(&w, pallets_pallet(n));
		must(wr_end(&w, &ev.ssccs) == ERR_OK, "SSCC");
	} else {
		must(event_groups_encode(&pack, 1, buf, sizeof(buf), &ev.groups) == ERR_OK, "pack");
	}
	t = bench_s();
	pallets_add(&ledger, who, &ev);
	pallets_block(&ledger);
	return (bench_s() - t) * 1e6;
}

/* Both go to DIST and back to where they came from, so that there are enough of them. */
static void bench_moves(void)
{
	static double ours[2][MOVES], reference[2][MOVES];
	double o, r;

	for (unsigned i = 0; i < MOVES; i++) {
		unsigned n = i / 2 % PALLETS_LOOSE;
		enum world_member pack_from = i % 2 ? DIST : MFR, pack_to = i % 2 ? MFR : DIST;
		enum world_member from = i % 2 ? DIST : PHARM, to = i % 2 ? PHARM : DIST;

		if (i / 2 % 2) /* each comes first as often */
			reference[0][i] = move(pack_from, EV_SHIP, pack_to, false, n);
		ours[0][i] = move(from, EV_SHIP, to, true, n);
		if (i / 2 % 2 == 0)
			reference[0][i] = move(pack_from, EV_SHIP, pack_to, false, n);
		if (i / 2 % 2)
			reference[1][i] = move(pack_to, EV_RECEIVE, pack_to, false, n);
		ours[1][i] = move(to, EV_RECEIVE, to, true, n);
		if (i / 2 % 2 == 0)
			reference[1][i] = move(pack_to, EV_RECEIVE, pack_to, false, n);
	}
	for (size_t i = 0; i < 2; i++) {
		o = bench_median(ours[i], MOVES);
		r = bench_median(reference[i], MOVES);
		bench_tell(i == 0 ? "ship a pallet of 10,000, durable, against a loose pack" :
				    "receive a pallet of 10,000, against a loose pack", o, "us", r, o / r, 1.2, 1);
	}
}

int main(void)
{
	char dir[] = "/tmp/rxbench-XXXXXX", cmd[64];
	double from = bench_s();

	must(mkdtemp(dir) != NULL, "mkdtemp");
	pallets_make(&ledger, dir);
	printf("ledger of %u packs on %u pallets after three hops: %.1f s to make\n", PALLETS_PACKS, PALLETS_PACKS / PALLETS_PALLET,
	       bench_s() - from);
	must(sqlite3_open_v2(ledger.path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	     sqlite3_exec(db, "PRAGMA cache_size = -6144; BEGIN; SELECT count(*) FROM block", NULL, NULL, NULL) == SQLITE_OK, "open");
	pack_q = prepare(pack_sql);
	way_q = prepare(way_sql);
	fact_q = prepare(fact_sql);
	where_q[0] = prepare(where_sql);
	where_q[1] = prepare(loose_sql);
	around_q = prepare(around_sql);
	custody_q = prepare(custody_sql);
	flag_q = prepare(flag_sql);
	value_q = prepare(value_sql);
	must(store_read_begin(ledger.store) == ERR_OK, "snapshot");
	bench_history();
	bench_where("where is a lot of 100,000, now, p95", STORE_NOW);
	bench_where("same, at an old time", ledger.old_ev);
	bench_verify("a scan asks of a pack on a pallet, now, p95", STORE_NOW, PACK_ACTIVE);
	bench_verify("same, at an old time", ledger.old_ev, PACK_IN_TRANSIT);
	store_read_end(ledger.store);
	bench_moves();
	pallets_free(&ledger);
	sqlite3_close_v2(db); /* statements go with the process */
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}
