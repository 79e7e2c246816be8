/* A chain with a bit of everything is green; whatever is changed on disk is named. */
#include "node/audit.h"
#include "tests/fakes/consortium.h"
#include "tests/t.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCKS 7
#define EVENTS_N 10
#define BULK 250 /* events of the last block of the large chain: its log's tree has a kept node */

static struct consortium con;
static struct pool *pool;
static char small[160], copy[160]; /* con's own database is the large chain */

static void run_sql(const char *path, const char *sql)
{
	char *error = NULL;
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, error ? error : "cannot open");
		abort();
	}
	sqlite3_close(db);
}

static void make_copy(const char *of)
{
	char command[400];

	snprintf(command, sizeof(command), "cp '%s' '%s'", of, copy);
	if (system(command) != 0)
		abort();
}

static enum err audit_copy(struct audit_report *out)
{
	struct store *s;
	enum err e;

	world_must(store_open(&s, copy, STORE_READ));
	e = audit_run(s, pool, NULL, NULL, out);
	store_close(s);
	return e;
}

/* DIST gets a new key, and uses it in the next block. */
static void rotate_key(void)
{
	struct event ev = { .type = EV_KEY_ROTATE };
	struct signer *fresh;
	char path[160];

	snprintf(path, sizeof(path), "%s/rotated.key", con.dir);
	world_must(signer_create(path));
	world_must(signer_load(&fresh, path));
	ev.u.key = *signer_pubkey(fresh);
	consortium_add(&con, DIST, &ev);
	world_must(consortium_block(&con));
	signer_free(con.signers[DIST]);
	con.signers[DIST] = fresh;
}

/* Blocks 2 to 7, and 8 of the large chain; block 1 registered product and lot. */
static void make_chain(void)
{
	consortium_init(&con, NULL);
	snprintf(copy, sizeof(copy), "%s/copy.db", con.dir);
	snprintf(small, sizeof(small), "%s/small.db", con.dir);
	consortium_packs(&con, MFR, EV_COMMISSION, 0, 10, 0); /* event 3 */
	world_must(consortium_block(&con));
	consortium_packs(&con, MFR, EV_SHIP, 0, 3, DIST); /* 4 */
	consortium_packs(&con, REG, EV_LOCK, 5, 2, 0); /* 5 */
	world_must(consortium_block(&con));
	rotate_key(); /* 6 */
	consortium_packs(&con, DIST, EV_RECEIVE, 0, 3, 0); /* 7, with the new key */
	consortium_packs(&con, REG, EV_UNLOCK, 5, 1, 0); /* 8 */
	world_must(consortium_block(&con));
	consortium_packs(&con, MFR, EV_COMMISSION, 10, 5, 0); /* 9 */
	world_must(consortium_block(&con));
	consortium_packs(&con, DIST, EV_SHIP, 0, 1, PHARM); /* 10 */
	world_must(consortium_block(&con));
	world_must(store_backup(con.store, small));
	for (uint64_t i = 0; i < BULK; i++)
		consortium_packs(&con, MFR, EV_COMMISSION, 100 + i, 1, 0); /* 11 .. 260 */
	world_must(consortium_block(&con));
	consortium_close(&con);
}

static unsigned steps;

static void count_progress(void *ctx, uint64_t done, uint64_t all)
{
	CHECK(ctx == &steps && done <= all && all == BLOCKS + 1);
	steps++;
}

static void test_green(void)
{
	struct audit_report r;
	struct store *s;

	NEED(store_open(&s, con.path, STORE_READ) == ERR_OK);
	CHECK(audit_run(s, pool, count_progress, &steps, &r) == ERR_OK);
	CHECK_ROW(r.fault.err == ERR_OK, r.fault.what);
	CHECK(r.blocks == BLOCKS + 1 && r.events == EVENTS_N + BULK && r.packs == 15 + BULK && r.rows > 2 * BULK && steps > 0);
	CHECK(r.head.height == con.head.height && hash_eq(&r.head.hash, &con.head.hash));
	store_close(s);
	make_copy(small);
	CHECK(audit_copy(&r) == ERR_OK && r.fault.err == ERR_OK && r.blocks == BLOCKS && r.events == EVENTS_N);
}

struct damage {
	const char *name, *sql;
	uint64_t height, ev;
	const char *table, *key; /* key "*": any */
	bool large; /* done to the large chain */
};

#define GTIN "(01)09521000100015"

static const struct damage damages[] = {
	{ "event: signed bytes gone", "DELETE FROM body WHERE ev = 7", 5, 7, "", "", false },
	{ "event: signed bytes of another", "UPDATE body SET cose = (SELECT cose FROM body WHERE ev = 8) WHERE ev = 9", 6, 9, "", "", false },
	{ "event: signed bytes too many", "INSERT INTO body SELECT 11, cose FROM body WHERE ev = 7", 0, 0, "body", "", false },
	{ "two events: the first is named",
	  "UPDATE body SET cose = x'00' WHERE ev = 9; UPDATE body SET cose = x'00' WHERE ev = 4", 3, 4, "", "", false },
	{ "block gone", "DELETE FROM block WHERE height = 4", 4, 0, "", "", false },
	{ "last block gone", "DELETE FROM block WHERE height = 7", 0, 10, "event", "event 10", false },
	{ "blocks changed round",
	  "UPDATE block SET height = -1 WHERE height = 5; UPDATE block SET height = 5 WHERE height = 6;"
	  "UPDATE block SET height = 6 WHERE height = -1", 5, 0, "", "", false },
	{ "block: certificate of another", "UPDATE block SET certificate = (SELECT certificate FROM block WHERE height = 2) "
	  "WHERE height = 3", 3, 0, "", "", false },
	{ "block: hash", "UPDATE block SET hash = zeroblob(32) WHERE height = 3", 3, 0, "block", "", false },
	{ "block: time", "UPDATE block SET time_ms = time_ms + 1 WHERE height = 3", 3, 0, "block", "", false },
	{ "block: first event", "UPDATE block SET first_ev = 1 WHERE height = 3", 3, 0, "block", "", false },
	{ "block: count of events", "UPDATE block SET events = 9 WHERE height = 3", 3, 0, "block", "", false },
	{ "genesis: its hash", "UPDATE block SET hash = zeroblob(32) WHERE height = 0", 0, 0, "block", "", false },
	{ "genesis: unreadable", "UPDATE block SET header = x'00' WHERE height = 0", 0, 0, "", "", false },
	{ "event row: height", "UPDATE event SET height = 9 WHERE ev = 7", 5, 0, "event", "", false },
	{ "event row: time", "UPDATE event SET t = t + 1 WHERE ev = 7", 0, 7, "event", "event 7", false },
	{ "event row: id", "UPDATE event SET id = zeroblob(32) WHERE ev = 7", 0, 7, "event", "event 7", false },
	{ "event row gone", "DELETE FROM event WHERE ev = 7", 0, 7, "event", "event 7", false },
	{ "event row more", "INSERT INTO event SELECT 999, height, zeroblob(32), type, t, place, signer, header_ms FROM event "
	  "WHERE ev = 7", 0, 999, "event", "event 999", false },
	{ "fact: value", "UPDATE fact SET value = x'811A0133F8C5' WHERE key >= x'8307' AND key < x'8308'", 0, 2, "fact",
	  GTIN "(10)L1", false },
	{ "fact gone", "DELETE FROM fact WHERE key >= x'8307' AND key < x'8308'", 0, 2, "fact", GTIN "(10)L1", false },
	{ "fact more", "INSERT INTO fact SELECT x'821207', ev0, ev1, x'01' FROM fact WHERE key >= x'8307' AND key < x'8308'", 0, 2,
	  "fact", "label keys of GLN 0000000000007", false },
	{ "fact: no key of any kind", "INSERT INTO fact VALUES (x'FF', 1, 2, x'01')", 0, 1, "fact", "no key of any kind: ff", false },
	{ "fact: history rewritten", "UPDATE fact SET ev1 = ev1 + 1 WHERE key = x'8100' AND ev0 = 0", 0, 0, "fact",
	  "the chain's counters", false },
	{ "batch: holder", "UPDATE batch SET holder = 1 WHERE lo = 1", 0, 3, "batch", "packs from number 1", false },
	{ "batch: lot", "UPDATE batch SET lot = 'L2' WHERE lo = 11", 0, 9, "batch", "packs from number 11", false },
	{ "batch gone", "DELETE FROM batch WHERE lo = 11", 0, 3, "pack", "*", false },
	{ "pack: serial", "UPDATE pack SET serial = 'AB' WHERE pid = 4", 0, 3, "pack", GTIN "(21)AB", false },
	{ "pack: number", "UPDATE pack SET pid = 99999 WHERE pid = 4", 0, 9, "pack", "*", false },
	{ "pack gone", "DELETE FROM pack WHERE pid = 4", 0, 3, "pack", "*", false },
	{ "pack more", "INSERT INTO pack SELECT 99999, gtin, 'FORGED' FROM pack WHERE pid = 4", 0, 9, "pack", GTIN "(21)FORGED", false },
	{ "custody: holder", "UPDATE custody SET holder = 9 WHERE ev0 = 10", 0, 10, "custody", "*", false },
	{ "custody: state", "UPDATE custody SET state = 3 WHERE ev0 = 10", 0, 10, "custody", "*", false },
	{ "custody: peer", "UPDATE custody SET peer = 9 WHERE ev0 = 10", 0, 10, "custody", "*", false },
	{ "custody: ended early", "UPDATE custody SET ev1 = 9 WHERE ev0 = 7 AND ev1 = 10", 0, 7, "custody", "*", false },
	{ "custody gone", "DELETE FROM custody WHERE ev0 = 10", 0, 10, "custody", "*", false },
	{ "custody more", "INSERT INTO custody SELECT 9, 3, ev1, holder, state, peer FROM custody WHERE ev0 = 10", 0, 3, "custody", "*", false },
	{ "custody of no pack", "INSERT INTO custody VALUES (-5, 3, 4, 1, 1, 0)", 0, 3, "custody", "unit -5", false },
	{ "flag: by", "UPDATE flag SET locked = 9 WHERE ev1 > 8", 0, 5, "flag", "*", false },
	{ "flag: when", "UPDATE flag SET locked_ev = 4 WHERE ev1 > 8", 0, 5, "flag", "*", false },
	{ "flag: another kind", "UPDATE flag SET stolen = 9, stolen_ev = 5 WHERE ev1 > 8", 0, 5, "flag", "*", false },
	{ "flag lifted", "UPDATE flag SET ev1 = 8 WHERE ev1 > 8", 0, 5, "flag", "*", false },
	{ "flag more", "INSERT INTO flag VALUES (-5, 3, 4, 1, 3, 0, 0, 0, 0, 0, 0)", 0, 3, "flag", "unit -5", false },
	{ "unit more", "INSERT INTO unit VALUES (-1, 106141411234567897, 3)", 0, 3, "unit", "(00)106141411234567897", false },
	{ "inside more", "INSERT INTO inside VALUES (-5, 3, 4, -1)", 0, 3, "inside", "unit -5", false },
	{ "tile: hash", "UPDATE tile SET hash = zeroblob(32)", 0, 0, "tile", "", true },
	{ "tile gone", "DELETE FROM tile", 0, 0, "tile", "", true },
	{ "tile more", "INSERT INTO tile VALUES (8, 5, zeroblob(32))", 0, 0, "tile", "", true },
};

static void test_damages(void)
{
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const struct damage *d = &damages[i];
		struct audit_report r;
		struct audit_fault *f = &r.fault;

		make_copy(d->large ? con.path : small);
		run_sql(copy, d->sql);
		CHECK_ROW(audit_copy(&r) == ERR_OK, d->name);
		CHECK_ROW(f->err != ERR_OK && f->what[0], d->name);
		CHECK_ROW(f->height == d->height && f->ev == d->ev && strcmp(f->table, d->table) == 0, d->name);
		CHECK_ROW(strcmp(d->key, "*") == 0 ? f->key[0] : strcmp(f->key, d->key) == 0, d->name);
		if (f->err == ERR_OK || f->height != d->height || f->ev != d->ev || strcmp(f->table, d->table) != 0 ||
		    (strcmp(d->key, "*") != 0 && strcmp(f->key, d->key) != 0))
			printf("\n  said: block %d event %d table \"%s\" key \"%s\": %s", (int)f->height, (int)f->ev, f->table, f->key, f->what);
	}
}

/* A pack's state is named by what is printed on the pack. */
static void test_names(void)
{
	struct audit_report r;
	char want[64], serial[17];

	make_copy(small);
	run_sql(copy, "UPDATE custody SET holder = 9 WHERE ev0 = 10");
	consortium_serial(serial, 0);
	snprintf(want, sizeof(want), GTIN "(21)%s", serial);
	CHECK(audit_copy(&r) == ERR_OK && strcmp(r.fault.key, want) == 0);
}

/* ---- one flipped byte ---- */

static void flip(const char *table, const char *column, const char *where, size_t at)
{
	char sql[200];
	sqlite3 *db;
	sqlite3_stmt *q;
	uint8_t *bytes;
	int n;

	if (sqlite3_open(copy, &db) != SQLITE_OK)
		abort();
	snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE %s", column, table, where);
	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW)
		abort();
	n = sqlite3_column_bytes(q, 0);
	bytes = malloc((size_t)n);
	memcpy(bytes, sqlite3_column_blob(q, 0), (size_t)n);
	sqlite3_finalize(q);
	bytes[at % (size_t)n] ^= 1;
	snprintf(sql, sizeof(sql), "UPDATE %s SET %s = ?1 WHERE %s", table, column, where);
	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK || sqlite3_bind_blob(q, 1, bytes, n, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(q) != SQLITE_DONE)
		abort();
	sqlite3_finalize(q);
	sqlite3_close(db);
	free(bytes);
}

static void test_flips(void)
{
	static const struct {
		const char *name, *table, *column, *where;
		uint64_t height, ev;
	} rows[] = {
		{ "event", "body", "cose", "ev = 7", 5, 7 },
		{ "header", "block", "header", "height = 3", 3, 0 },
		{ "certificate", "block", "certificate", "height = 3", 3, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t at = 0; at < 400; at += 13) {
			struct audit_report r;

			make_copy(small);
			flip(rows[i].table, rows[i].column, rows[i].where, at);
			CHECK_ROW(audit_copy(&r) == ERR_OK, rows[i].name);
			CHECK_ROW(r.fault.err != ERR_OK && r.fault.height == rows[i].height && r.fault.ev == rows[i].ev, rows[i].name);
			CHECK_ROW(r.fault.table[0] == 0, rows[i].name);
		}
	}
	/* a genesis block that is as good as another, but not this chain's */
	for (size_t at = 0; at < 400; at += 31) {
		struct audit_report r;

		make_copy(small);
		flip("block", "header", "height = 0", at);
		CHECK(audit_copy(&r) == ERR_OK && r.fault.err != ERR_OK && r.fault.height == 0);
	}
}

/* ---- below the tables ---- */

/* The index says otherwise than its table: the schema forgets the index for a while. */
static void test_index(void)
{
	struct audit_report r;

	make_copy(small);
	run_sql(copy, "UPDATE batch SET lot = 'L2' WHERE lo = 1");
	run_sql(copy, "CREATE TEMP TABLE t AS SELECT * FROM sqlite_schema WHERE name = 'batch_lot'; PRAGMA writable_schema = RESET;"
		      "PRAGMA writable_schema = ON; CREATE TABLE hidden AS SELECT * FROM t; "
		      "DELETE FROM sqlite_schema WHERE name = 'batch_lot'");
	run_sql(copy, "UPDATE batch SET lot = 'L1' WHERE lo = 1");
	run_sql(copy, "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM hidden");
	run_sql(copy, "DROP TABLE hidden");
	CHECK(audit_copy(&r) == ERR_OK && r.fault.err == ERR_CORRUPT && strstr(r.fault.what, "batch_lot"));
}

static void test_pages(void)
{
	struct audit_report r;
	struct store *s;
	long size;
	FILE *f;

	make_copy(small);
	f = fopen(copy, "r+");
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	fclose(f);
	for (long page = 1; page < size / 4096; page += 5) {
		enum err e;

		make_copy(small);
		f = fopen(copy, "r+");
		fseek(f, page * 4096, SEEK_SET);
		for (unsigned i = 0; i < 4096; i++)
			fputc(0x55, f);
		fclose(f);
		e = store_open(&s, copy, STORE_READ);
		if (e == ERR_OK) {
			e = audit_run(s, pool, NULL, NULL, &r);
			store_close(s);
		}
		CHECK(e == ERR_CORRUPT || (e == ERR_OK && r.fault.err != ERR_OK));
	}
}

static void test_begin(void)
{
	NEED(pool_new(&pool, 2) == ERR_OK);
	make_chain();
	CHECK(con.head.height == BLOCKS + 1);
}

static void test_end(void)
{
	pool_free(pool);
	consortium_free(&con);
}

T_MAIN("audit", T(test_begin), T(test_green), T(test_damages), T(test_names), T(test_flips), T(test_index), T(test_pages), T(test_end))
