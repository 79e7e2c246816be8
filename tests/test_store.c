#include "node/store.h"
#include "tests/fakes/consortium.h"
#include "tests/t.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct consortium con;

static const char *path_of(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", con.dir, name);
	return path;
}

/* ---- opening ---- */

/* A database of our own making at path; sql: run on it. */
static void damage_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		abort();
	sqlite3_close(db);
}

static void damage_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static void damage_size(const char *path, const char *size)
{
	if (truncate(path, atol(size)) != 0)
		abort();
}

/* Every page but the first, which holds header and schema, of one byte. */
static void damage_pages(const char *path, const char *byte)
{
	FILE *f = fopen(path, "r+");
	long end;

	if (!f || fseek(f, 0, SEEK_END) != 0)
		abort();
	end = ftell(f);
	fseek(f, 4096, SEEK_SET);
	for (long i = 4096; i < end; i++)
		fputc(*byte, f);
	fclose(f);
}

static void damage_none(const char *path, const char *nothing)
{
	(void)path, (void)nothing;
}

static void damage_remove(const char *path, const char *nothing)
{
	(void)nothing;
	unlink(path);
}

struct open_row {
	const char *name;
	void (*damage)(const char *path, const char *how);
	const char *how;
	enum err err; /* of opening */
};

static void test_open(void)
{
	static const struct open_row rows[] = {
		{ "a ledger", damage_none, "", ERR_OK },
		{ "no file", damage_remove, "", ERR_NOT_FOUND },
		{ "an empty file", damage_size, "0", ERR_NOT_LEDGER },
		{ "cut off", damage_size, "6000", ERR_CORRUPT },
		{ "a text", damage_text, "This is not a database, and long enough to be sure that it is none.", ERR_NOT_LEDGER },
		{ "no longer marked as ours", damage_sql, "PRAGMA application_id = 1", ERR_NOT_LEDGER },
		{ "a later version's", damage_sql, "PRAGMA user_version = 1000", ERR_OTHER_SCHEMA },
		{ "without an index", damage_sql, "DROP INDEX batch_lot", ERR_OTHER_SCHEMA },
		{ "with a table more", damage_sql, "CREATE TABLE more (x)", ERR_OTHER_SCHEMA },
		{ "with a trigger", damage_sql, "CREATE TRIGGER t AFTER INSERT ON pack BEGIN DELETE FROM pack; END", ERR_OTHER_SCHEMA },
		{ "a view in a table's place", damage_sql, "DROP TABLE evidence; CREATE VIEW evidence AS SELECT 1", ERR_OTHER_SCHEMA },
		{ "pages overwritten", damage_pages, "\xff", ERR_CORRUPT },
	};

	consortium_init(&con, NULL);
	consortium_close(&con);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = path_of("copy.db");
		struct chain_head head;
		struct store *s = NULL, *writer = NULL;
		char command[400];

		snprintf(command, sizeof(command), "cp '%s' '%s'", con.path, path);
		if (system(command) != 0)
			abort();
		rows[i].damage(path, rows[i].how);
		CHECK_ROW(store_open(&s, path, STORE_READ) == rows[i].err, rows[i].name);
		CHECK_ROW(store_open(&writer, path, STORE_WRITE) == rows[i].err, rows[i].name);
		if (s)
			CHECK_ROW(store_head(s, &head) == ERR_OK && head.height == 1, rows[i].name);
		store_close(s);
		store_close(writer);
		unlink(path);
	}
	CHECK(*store_error(NULL) == 0);
	consortium_free(&con);
}

static void test_create(void)
{
	struct bytes genesis;
	uint8_t *copy;
	struct store *s;
	struct chain_head head;
	size_t n;

	consortium_init(&con, NULL);
	NEED(store_genesis(con.store, &genesis) == ERR_OK);
	n = genesis.n;
	copy = malloc(n);
	memcpy(copy, genesis.p, n);
	genesis.p = copy;
	CHECK(store_create(con.path, genesis, false) == ERR_EXISTS);
	CHECK(store_create(path_of("no/such/folder.db"), genesis, false) == ERR_NOT_FOUND);
	CHECK(store_create(path_of("new.db"), bytes_of(copy, n - 1), false) == ERR_BAD_CBOR);
	CHECK(access(path_of("new.db"), F_OK) != 0);
	CHECK(store_create(path_of("new.db"), genesis, false) == ERR_OK);
	NEED(store_open(&s, path_of("new.db"), STORE_READ) == ERR_OK);
	CHECK(store_head(s, &head) == ERR_OK && head.height == 0 && head.log.size == 0);
	CHECK(head.time_ms == WORLD_T0 * 1000 && hash_eq(&head.chain_id, &con.head.chain_id));
	CHECK(hash_eq(&head.hash, &head.chain_id));
	CHECK(store_genesis(s, &genesis) == ERR_OK && bytes_eq(genesis, bytes_of(copy, n)));
	store_close(s);
	free(copy);
	/* the ledger, its log, the lock, the keys: nothing half-made is left */
	CHECK(system("test -z \"$(ls /tmp/rxchain-test-*/new.db.* 2>/dev/null)\"") == 0);
	consortium_free(&con);
}

static void test_one_writer(void)
{
	struct store *second, *reader;

	consortium_init(&con, NULL);
	CHECK(store_open(&second, con.path, STORE_WRITE) == ERR_IN_USE);
	CHECK(store_open(&reader, con.path, STORE_READ) == ERR_OK);
	store_close(con.store);
	con.store = NULL;
	CHECK(store_open(&second, con.path, STORE_WRITE) == ERR_OK);
	store_close(second);
	store_close(reader);
	consortium_free(&con);
}

/* ---- snapshots ---- */

static uint64_t height_of(struct store *s)
{
	struct chain_head head;

	return store_head(s, &head) == ERR_OK ? head.height : UINT64_MAX;
}

static void rename_product(const char *name)
{
	struct event ev = { .type = EV_PRODUCT };

	ev.u.product.gtin = world_gtin(MFR);
	ev.u.product.name = bytes_of_str(name);
	consortium_add(&con, MFR, &ev);
	world_must(consortium_block(&con));
}

static bool product_is(struct store *s, const char *name)
{
	struct state now = store_state(s, STORE_NOW);
	struct product_row row;

	return state_product(&now, world_gtin(MFR), &row) == ERR_OK &&
	       bytes_eq(bytes_of(row.name, row.name_n), bytes_of_str(name));
}

static void test_snapshots(void)
{
	struct store *reader;
	struct chain_head head;

	consortium_init(&con, NULL);
	rename_product("one");
	NEED(store_open(&reader, con.path, STORE_READ) == ERR_OK);
	CHECK(height_of(reader) == 2 && product_is(reader, "one"));
	rename_product("two");
	CHECK(height_of(reader) == 3 && product_is(reader, "two"));
	CHECK(store_read_begin(reader) == ERR_OK);
	rename_product("three");
	CHECK(height_of(reader) == 3 && product_is(reader, "two"));
	CHECK(store_read_begin(reader) == ERR_OK); /* held already */
	CHECK(height_of(reader) == 3 && product_is(reader, "two"));
	store_read_end(reader);
	CHECK(store_read_begin(reader) == ERR_OK);
	CHECK(height_of(reader) == 4 && product_is(reader, "three"));
	rename_product("four");
	CHECK(product_is(reader, "three"));
	store_read_end(reader);
	CHECK(product_is(reader, "four") && product_is(con.store, "four"));
	CHECK(store_head(reader, &head) == ERR_OK && memcmp(&head.log, &con.head.log, sizeof(head.log.size)) == 0);
	store_close(reader);
	consortium_free(&con);
}

/* Events of the largest size in and out of the outbox: the quickest way to a long log. */
static void write_much(unsigned times)
{
	static uint8_t cose[EVENT_BYTES_MAX];

	for (unsigned i = 0; i < times; i++) {
		world_must(store_outbox_add(con.store, &con.head.hash, bytes_of(cose, sizeof(cose)), 1));
		world_must(store_outbox_remove(con.store, &con.head.hash));
	}
}

static long wal_mib(void)
{
	struct stat st;

	return stat(path_of("ledger.db-wal"), &st) == 0 ? (long)(st.st_size >> 20) : -1;
}

/* The log is begun anew, but for readers that hold on to what is in it; writing goes on all the same. */
static void test_log(void)
{
	struct store *reader;
	long held;

	consortium_init(&con, NULL);
	NEED(store_open(&reader, con.path, STORE_READ) == ERR_OK);
	CHECK(store_read_begin(reader) == ERR_OK);
	rename_product("two");
	write_much(350); /* of 0.47 MiB each */
	held = wal_mib();
	CHECK(held > 150 && product_is(reader, "Examplin 20 mg, 30 tablets"));
	store_read_end(reader);
	write_much(350);
	CHECK(wal_mib() < held + 40 && product_is(reader, "two"));
	store_close(reader);
	consortium_free(&con);
}

/* A reader's tip, moved on from block to block, is the one that a fresh look gives. */
static void test_heads(void)
{
	struct store *reader, *fresh;
	struct chain_head a, b;
	struct hash root_a, root_b;

	consortium_init(&con, NULL);
	NEED(store_open(&reader, con.path, STORE_READ) == ERR_OK);
	for (unsigned i = 0; i < 20; i++) {
		for (unsigned k = 0; k < i * 2; k++)
			consortium_packs(&con, MFR, EV_COMMISSION, i * 100 + k, 1, 0);
		if (i > 0)
			world_must(consortium_block(&con));
		if (i % 3)
			continue;
		NEED(store_open(&fresh, con.path, STORE_READ) == ERR_OK);
		CHECK(store_head(reader, &a) == ERR_OK && store_head(fresh, &b) == ERR_OK);
		merkle_edge_root(&a.log, &root_a);
		merkle_edge_root(&b.log, &root_b);
		CHECK(a.height == i + 1 && b.height == i + 1 && hash_eq(&a.hash, &b.hash) && a.time_ms == b.time_ms);
		CHECK(a.log.size == b.log.size && hash_eq(&root_a, &root_b));
		CHECK(hash_eq(&root_a, &con.proposal.header.log_root) || i == 0);
		store_close(fresh);
	}
	store_close(reader);
	consortium_free(&con);
}

/* ---- blocks, receipts, proofs ---- */

static void test_blocks(void)
{
	struct bytes header, certificate, cose;
	uint64_t first_ev, n;

	consortium_init(&con, NULL);
	consortium_packs(&con, MFR, EV_COMMISSION, 0, 5, 0);
	consortium_packs(&con, MFR, EV_COMMISSION, 5, 5, 0);
	world_must(consortium_block(&con));
	NEED(store_block_head(con.store, 2, &header, &certificate, &first_ev, &n) == ERR_OK);
	CHECK(bytes_eq(header, con.append.header_bytes) && bytes_eq(certificate, con.append.certificate));
	CHECK(first_ev == 3 && n == 2);
	for (uint64_t i = 0; i < n; i++)
		CHECK(store_event_cose(con.store, first_ev + i, &cose) == ERR_OK && bytes_eq(cose, con.append.events[i]));
	CHECK(store_block_head(con.store, 0, &header, &certificate, &first_ev, &n) == ERR_NOT_FOUND);
	CHECK(store_block_head(con.store, 3, &header, &certificate, &first_ev, &n) == ERR_NOT_FOUND);
	CHECK(store_event_cose(con.store, 0, &cose) == ERR_NOT_FOUND);
	CHECK(store_event_cose(con.store, 5, &cose) == ERR_NOT_FOUND);
	consortium_free(&con);
}

static bool receipt_holds(const struct hash *id)
{
	uint8_t buf[RECEIPT_BYTES_MAX];
	struct validator_set set;
	struct receipt r;
	struct bytes bytes;

	return store_receipt(con.store, id, buf, sizeof(buf), &bytes) == ERR_OK && receipt_decode(&r, bytes) == ERR_OK &&
	       hash_eq(&r.id, id) && state_validator_set(&con.now, &set) == ERR_OK && receipt_verify(&r, &set) == ERR_OK;
}

static void check_proofs(const struct hash *leaves, uint64_t size)
{
	static const uint64_t from[] = { 1, 2, 255, 256, 257, 300 };
	struct merkle_source log = store_log(con.store);
	struct hash path[MERKLE_PATH_MAX], roots[2];
	struct merkle_edge edge;
	size_t n;
	unsigned bad = 0;

	CHECK(merkle_edge_load(&log, size, &edge) == ERR_OK);
	merkle_edge_root(&edge, &roots[1]);
	CHECK(hash_eq(&roots[1], &con.proposal.header.log_root));
	for (uint64_t i = 2; i < size; i += 29)
		bad += merkle_inclusion(&log, i, size, path, &n) != ERR_OK ||
		       merkle_verify_inclusion(&leaves[i], i, size, path, n, &roots[1]) != ERR_OK;
	CHECK(bad == 0);
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		CHECK(merkle_edge_load(&log, from[i], &edge) == ERR_OK);
		merkle_edge_root(&edge, &roots[0]);
		CHECK(merkle_consistency(&log, from[i], size, path, &n) == ERR_OK &&
		      merkle_verify_consistency(from[i], size, &roots[0], &roots[1], path, n) == ERR_OK);
	}
}

/* Blocks of many sizes, enough of them for the log's tree to have kept nodes. */
static void test_proofs(void)
{
	static const unsigned sizes[] = { 1, 2, 3, 5, 7, 8, 40, 100, 1, 150 };
	static struct hash ids[400], leaves[400];
	uint64_t n = 2, pack = 0;
	uint8_t buf[RECEIPT_BYTES_MAX];
	struct bytes bytes;

	consortium_init(&con, NULL);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (unsigned k = 0; k < sizes[i]; k++) {
			ids[n] = consortium_packs(&con, MFR, EV_COMMISSION, pack++, 1, 0);
			merkle_leaf(&leaves[n], hash_bytes(&ids[n]));
			n++;
		}
		world_must(consortium_block(&con));
		CHECK(receipt_holds(&ids[n - 1]) && receipt_holds(&ids[n - sizes[i]]));
	}
	for (uint64_t i = 2; i < n; i += 13) /* of older blocks, in any order */
		CHECK(receipt_holds(&ids[2 + (i * 7919) % (n - 2)]));
	CHECK(store_receipt(con.store, &con.head.chain_id, buf, sizeof(buf), &bytes) == ERR_NOT_FOUND);
	CHECK(store_receipt(con.store, &ids[2], buf, 100, &bytes) == ERR_NO_SPACE);
	check_proofs(leaves, n);
	consortium_free(&con);
}

/* ---- history, lists, counts ---- */

struct step {
	const char *name;
	enum world_member who;
	enum event_type type;
	/* what history then says */
	enum pack_state state;
	enum world_member holder;
	bool locked;
};

static const struct step life[] = {
	{ "commission", MFR, EV_COMMISSION, PACK_ACTIVE, MFR, false },
	{ "lock", MFR, EV_LOCK, PACK_ACTIVE, MFR, true },
	{ "unlock", MFR, EV_UNLOCK, PACK_ACTIVE, MFR, false },
	{ "ship", MFR, EV_SHIP, PACK_IN_TRANSIT, MFR, false },
	{ "receive", PHARM, EV_RECEIVE, PACK_ACTIVE, PHARM, false },
	{ "lock again", REG, EV_LOCK, PACK_ACTIVE, PHARM, true },
	{ "unlock again", REG, EV_UNLOCK, PACK_ACTIVE, PHARM, false },
	{ "dispense", PHARM, EV_DISPENSE, PACK_DISPENSED, PHARM, false },
};
#define LIFE (sizeof(life) / sizeof(life[0]))

struct told {
	size_t n;
	uint64_t first_ev;
	enum err stop; /* what the callback returns at its third row */
};

static enum err tell(void *ctx, const struct history_row *row)
{
	struct told *t = ctx;
	const struct step *s = &life[t->n++];
	uint64_t peer = s->type == EV_SHIP ? world_gln(PHARM) : 0;

	if (t->n > LIFE)
		return ERR_TOO_LARGE;
	CHECK_ROW(row->ev == t->first_ev + t->n - 1, s->name);
	CHECK_ROW(row->event.type == s->type && row->event.signer == world_gln(s->who), s->name);
	CHECK_ROW(row->state == s->state && row->holder == world_gln(s->holder) && row->peer == peer, s->name);
	CHECK_ROW(row->flags[FLAG_LOCKED] == s->locked && row->sscc == 0 && row->corrected == 0, s->name);
	return t->n == 3 ? t->stop : ERR_OK;
}

static void test_life(void)
{
	struct told t = { .n = 0 };
	char serial[17];
	struct bytes b = bytes_of(serial, 16);

	consortium_init(&con, NULL);
	consortium_release(&con);
	consortium_serial(serial, 7);
	t.first_ev = con.head.log.size + 1;
	for (size_t i = 0; i < LIFE; i++) {
		consortium_packs(&con, life[i].who, life[i].type, 7, 1, PHARM);
		CHECK_ROW(consortium_block(&con) == ERR_OK, life[i].name);
	}
	CHECK(store_history(con.store, world_gtin(MFR), b, STORE_NOW, tell, &t) == ERR_OK && t.n == LIFE);
	for (size_t i = 0; i < LIFE; i++) {
		t.n = 0;
		CHECK_ROW(store_history(con.store, world_gtin(MFR), b, t.first_ev + i, tell, &t) == ERR_OK && t.n == i + 1,
			  life[i].name);
	}
	t = (struct told){ .first_ev = t.first_ev, .stop = ERR_NOT_FOUND };
	CHECK(store_history(con.store, world_gtin(MFR), b, STORE_NOW, tell, &t) == ERR_NOT_FOUND && t.n == 3);
	CHECK(store_history(con.store, world_gtin(MFR), b, t.first_ev - 1, tell, &t) == ERR_NOT_FOUND);
	CHECK(store_history(con.store, world_gtin(MFR2), b, STORE_NOW, tell, &t) == ERR_NOT_FOUND);
	consortium_free(&con);
}

static enum err count_member(void *ctx, struct bytes key, struct bytes value)
{
	struct member_row row;
	struct key_parts k;
	uint64_t *last = ctx;

	CHECK(key_parse(key, &k) == ERR_OK && k.kind == KEY_MEMBER && k.n > *last);
	CHECK(member_row_decode(value, &row) == ERR_OK);
	*last = k.n;
	return k.n == world_gln(REG2) ? ERR_QUOTA : ERR_OK;
}

static enum err count_fact(void *ctx, struct bytes key, struct bytes value)
{
	unsigned *n = ctx;

	(void)key, (void)value;
	++*n;
	return ERR_OK;
}

static void test_lists(void)
{
	static const struct {
		const char *name;
		enum key_kind kind;
		unsigned n;
	} rows[] = {
		{ "counters", KEY_CHAIN, 1 },	   { "members", KEY_MEMBER, WORLD_MEMBERS }, { "keys", KEY_KEY, WORLD_MEMBERS },
		{ "label keys", KEY_LABEL_KEY, 0 }, { "lots", KEY_LOT, 1 },		    { "validators", KEY_VALIDATORS, 1 },
		{ "corrections", KEY_CORRECTION, 1 }, { "queries", KEY_QUERIED, 2 }, /* whose numbers take two bytes */
	};
	struct event wrong = { .type = EV_CORRECTION }, query = { .type = EV_QUERY, .u.query = { BYTES_LIT("a"), BYTES_LIT("why") } };
	struct store_counts counts;
	uint64_t last = 0;

	consortium_init(&con, NULL);
	CHECK(store_facts(con.store, KEY_MEMBER, count_member, &last) == ERR_QUOTA && last == world_gln(REG2));
	wrong.u.about.hash = consortium_packs(&con, MFR, EV_COMMISSION, 0, 12, 0); /* the counters' old row is history */
	wrong.u.about.text = BYTES_LIT("test");
	consortium_add(&con, MFR, &wrong);
	consortium_add(&con, REG, &query);
	consortium_add(&con, REG, &query);
	consortium_add(&con, REG2, &query);
	world_must(consortium_block(&con));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned n = 0;

		CHECK_ROW(store_facts(con.store, rows[i].kind, count_fact, &n) == ERR_OK && n == rows[i].n, rows[i].name);
	}
	CHECK(store_outbox_add(con.store, &con.head.hash, BYTES_LIT("event"), 5) == ERR_OK);
	CHECK(store_counts(con.store, &counts) == ERR_OK);
	CHECK(counts.packs == 12 && counts.events == 7 && counts.blocks == 2 && counts.outbox == 1);
	consortium_free(&con);
}

/* ---- local ---- */

struct waiting {
	size_t n;
	struct hash ids[4];
	uint64_t added_ms[4];
	enum outbox_state st[4];
};

static enum err note_waiting(void *ctx, const struct hash *id, struct bytes cose, uint64_t added_ms, enum outbox_state st,
			     struct bytes answer)
{
	struct waiting *w = ctx;
	struct chain_head head;

	CHECK(store_head(con.store, &head) == ERR_OK); /* reading while it is told */
	CHECK(bytes_eq(cose, con.coses[w->n]));
	CHECK(st == OUTBOX_WAITING || bytes_eq(answer, BYTES_LIT("no")));
	w->ids[w->n] = *id;
	w->st[w->n] = st;
	w->added_ms[w->n++] = added_ms;
	return ERR_OK;
}

static void test_outbox(void)
{
	struct waiting w = { .n = 0 };
	struct hash ids[3];
	enum outbox_state st;
	struct bytes answer;

	consortium_init(&con, NULL);
	for (unsigned i = 0; i < 3; i++) {
		ids[i] = consortium_packs(&con, MFR, EV_COMMISSION, i, 1, 0);
		con.coses[i] = con.events[i].cose;
		CHECK(store_outbox_add(con.store, &ids[i], con.events[i].cose, 100 - i) == ERR_OK);
	}
	CHECK(store_outbox_add(con.store, &ids[0], BYTES_LIT("again"), 1) == ERR_OK); /* changes nothing */
	CHECK(store_outbox_settle(con.store, &ids[1], OUTBOX_REFUSED, BYTES_LIT("no")) == ERR_OK);
	CHECK(store_outbox_each(con.store, note_waiting, &w) == ERR_OK && w.n == 3);
	for (unsigned i = 0; i < 3; i++)
		CHECK(hash_eq(&w.ids[i], &ids[i]) && w.added_ms[i] == 100 - i && w.st[i] == (i == 1 ? OUTBOX_REFUSED : OUTBOX_WAITING));
	CHECK(store_outbox_get(con.store, &ids[1], &st, &answer) == ERR_OK && st == OUTBOX_REFUSED);
	CHECK(bytes_eq(answer, BYTES_LIT("no")));
	CHECK(store_outbox_remove(con.store, &ids[1]) == ERR_OK);
	CHECK(store_outbox_get(con.store, &ids[1], &st, &answer) == ERR_NOT_FOUND);
	world_must(consortium_block(&con)); /* takes those that it orders */
	CHECK(store_outbox_get(con.store, &ids[0], &st, &answer) == ERR_NOT_FOUND);
	w.n = 0;
	CHECK(store_outbox_each(con.store, note_waiting, &w) == ERR_OK && w.n == 0);
	consortium_free(&con);
}

static void test_evidence(void)
{
	uint64_t n;

	consortium_init(&con, NULL);
	CHECK(store_evidence_count(con.store, &n) == ERR_OK && n == 0);
	CHECK(store_evidence_add(con.store, 1, BYTES_LIT("a"), BYTES_LIT("c"), 5) == ERR_OK);
	CHECK(store_evidence_add(con.store, 1, BYTES_LIT("a"), BYTES_LIT("c"), 6) == ERR_OK);
	CHECK(store_evidence_add(con.store, 1, BYTES_LIT("b"), BYTES_LIT("c"), 7) == ERR_OK);
	CHECK(store_evidence_count(con.store, &n) == ERR_OK && n == 2);
	consortium_free(&con);
}

/* ---- copies ---- */

static void test_backup(void)
{
	struct store *copy, *reader;
	struct chain_head head;
	struct stat st;
	char wal[200];

	consortium_init(&con, NULL);
	consortium_packs(&con, MFR, EV_COMMISSION, 0, 100, 0);
	world_must(consortium_block(&con));
	CHECK(store_backup(con.store, path_of("copy.db")) == ERR_OK);
	consortium_packs(&con, MFR, EV_COMMISSION, 100, 100, 0);
	world_must(consortium_block(&con)); /* the writer goes on */
	CHECK(store_backup(con.store, path_of("copy.db")) == ERR_EXISTS);
	snprintf(wal, sizeof(wal), "%s-wal", path_of("copy.db"));
	CHECK(access(wal, F_OK) != 0);
	NEED(store_open(&copy, path_of("copy.db"), STORE_READ) == ERR_OK);
	CHECK(store_head(copy, &head) == ERR_OK && head.height == 2 && store_check_file(copy) == ERR_OK);
	CHECK(stat(path_of("copy.db"), &st) == 0 && (st.st_mode & 0777) == 0600);
	store_close(copy);
	CHECK(access(wal, F_OK) != 0);
	NEED(store_open(&reader, con.path, STORE_READ) == ERR_OK); /* a reader may copy, too */
	CHECK(store_backup(reader, path_of("second.db")) == ERR_OK);
	CHECK(store_backup(reader, path_of("no/such/folder.db")) == ERR_NOT_FOUND);
	store_close(reader);
	NEED(store_open(&copy, path_of("second.db"), STORE_WRITE) == ERR_OK); /* and the copy serves as a ledger */
	CHECK(store_head(copy, &head) == ERR_OK && head.height == 3);
	store_close(copy);
	consortium_free(&con);
}

T_MAIN("store", T(test_open), T(test_create), T(test_one_writer), T(test_snapshots), T(test_log), T(test_heads), T(test_blocks), T(test_proofs),
       T(test_life), T(test_lists), T(test_outbox), T(test_evidence), T(test_backup))
