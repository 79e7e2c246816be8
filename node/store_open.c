#include "node/store_internal.h"

#include "gen/ledger_sql.h"
#include "node/core/genesis.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define BUSY_MS 2000

static const char *const sql[STMT_COUNT] = {
	[S_BEGIN] = "BEGIN",
	[S_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[S_COMMIT] = "COMMIT",
	[S_ROLLBACK] = "ROLLBACK",
	[S_FACT] = "SELECT value, ev1 FROM fact WHERE key = ?1 AND ev0 <= ?2 ORDER BY ev0 DESC LIMIT 1",
	[S_CUSTODY] = "SELECT ev0, holder, state, peer, ev1 FROM custody WHERE unit = ?1 AND ev0 <= ?2 ORDER BY ev0 DESC LIMIT 1",
	[S_INSIDE] = "SELECT parent, ev1 FROM inside WHERE child = ?1 AND ev0 <= ?2 ORDER BY ev0 DESC LIMIT 1",
	[S_FLAG] = "SELECT ev0, by, ev1 FROM flag WHERE kind = ?1 AND unit = ?2 AND ev0 <= ?3 ORDER BY ev0 DESC LIMIT 1",
	[S_PACK] = "SELECT pid FROM pack WHERE gtin = ?1 AND serial = ?2",
	[S_UNIT] = "SELECT uid FROM unit WHERE sscc = ?1",
	[S_BATCH_FLOOR] = "SELECT lo, hi, gtin, lot, ev, holder FROM batch WHERE lo <= ?1 ORDER BY lo DESC LIMIT 1",
	[S_EVENT] = "SELECT id, type, t, place, signer, header_ms, height FROM event WHERE ev = ?1",
	[S_EVENT_ID] = "SELECT ev FROM event WHERE id = ?1",
	[S_FACT_CLOSE] = "UPDATE fact SET ev1 = ?2 WHERE key = ?1 AND ev0 < ?2 AND ev1 = 9223372036854775807",
	[S_FACT_PUT] = "INSERT OR REPLACE INTO fact VALUES (?1, ?2, 9223372036854775807, ?3)",
	[S_CUSTODY_CLOSE] = "UPDATE custody SET ev1 = ?2 WHERE unit = ?1 AND ev0 < ?2 AND ev1 = 9223372036854775807",
	[S_CUSTODY_PUT] = "INSERT OR REPLACE INTO custody VALUES (?1, ?2, 9223372036854775807, ?3, ?4, ?5)",
	[S_INSIDE_CLOSE] = "UPDATE inside SET ev1 = ?2 WHERE child = ?1 AND ev0 < ?2 AND ev1 = 9223372036854775807",
	[S_INSIDE_PUT] = "INSERT OR REPLACE INTO inside VALUES (?1, ?2, 9223372036854775807, ?3)",
	[S_FLAG_CLOSE] = "UPDATE flag SET ev1 = ?3 WHERE kind = ?1 AND unit = ?2 AND ev0 < ?3 AND ev1 = 9223372036854775807",
	[S_FLAG_PUT] = "INSERT OR REPLACE INTO flag VALUES (?1, ?2, ?3, 9223372036854775807, ?4)",
	[S_BATCH_PUT] = "INSERT INTO batch VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[S_PACK_PUT] = "INSERT INTO pack VALUES (?1, ?2, ?3)",
	[S_UNIT_PUT] = "INSERT INTO unit VALUES (?1, ?2)",
	[S_EVENT_PUT] = "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[S_BODY_PUT] = "INSERT INTO body VALUES (?1, ?2)",
	[S_BLOCK_PUT] = "INSERT INTO block VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[S_TILE_PUT] = "INSERT INTO tile VALUES (?1, ?2, ?3)",
	[S_TIP] = "SELECT header, first_ev, events, hash FROM block ORDER BY height DESC LIMIT 1",
	[S_BLOCK] = "SELECT header, certificate, first_ev, events FROM block WHERE height = ?1",
	[S_BODY] = "SELECT cose FROM body WHERE ev = ?1",
	[S_TILE] = "SELECT hash FROM tile WHERE level = ?1 AND idx = ?2",
	[S_IDS] = "SELECT id FROM event WHERE ev >= ?1 AND ev < ?2 ORDER BY ev",
	[S_HISTORY] = "SELECT ev0, holder, state, peer, 0 FROM custody WHERE unit = ?1 AND ev0 <= ?2 "
		      "UNION ALL SELECT ev0, 0, 0, 0, 1 FROM flag WHERE kind = 1 AND unit = ?1 AND ev0 <= ?2 "
		      "UNION ALL SELECT ev1, 0, 0, 0, 2 FROM flag WHERE kind = 1 AND unit = ?1 AND ev1 <= ?2 "
		      "AND ev1 < 9223372036854775807 ORDER BY 1, 5",
	[S_FACTS] = "SELECT key, value FROM fact WHERE key >= ?1 AND key < ?2 AND ev1 = 9223372036854775807 ORDER BY key",
	[S_COUNTS] = "SELECT (SELECT max(pid) FROM pack), (SELECT max(ev) FROM event), (SELECT max(height) FROM block), "
		     "(SELECT count(*) FROM outbox WHERE state = 0)",
	[S_OUTBOX_ADD] = "INSERT OR IGNORE INTO outbox VALUES (?1, ?2, ?3, 0, NULL)",
	[S_OUTBOX_SETTLE] = "UPDATE outbox SET state = ?2, answer = ?3 WHERE id = ?1",
	[S_OUTBOX_REMOVE] = "DELETE FROM outbox WHERE id = ?1",
	[S_OUTBOX_EACH] = "SELECT id, cose, added_ms, state, answer FROM outbox ORDER BY added_ms, rowid",
	[S_OUTBOX_GET] = "SELECT state, answer FROM outbox WHERE id = ?1",
	[S_EVIDENCE_ADD] = "INSERT OR IGNORE INTO evidence VALUES (?1, ?2, ?3, ?4)",
	[S_EVIDENCE_COUNT] = "SELECT count(*) FROM evidence",
	[S_LOCAL_GET] = "SELECT value FROM local WHERE name = ?1",
	[S_LOCAL_SET] = "INSERT OR REPLACE INTO local VALUES (?1, ?2)",
};

int64_t store_i64(uint64_t v)
{
	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

void store_bind_bytes(sqlite3_stmt *q, int at, struct bytes b)
{
	/* a NULL pointer would bind NULL where an empty value is meant */
	sqlite3_bind_blob64(q, at, b.n ? (const void *)b.p : "", b.n, SQLITE_STATIC);
}

struct bytes store_column_bytes(sqlite3_stmt *q, int at)
{
	const void *p = sqlite3_column_blob(q, at);

	return bytes_of(p, (size_t)sqlite3_column_bytes(q, at));
}

static bool is_full(int rc, int sys)
{
	return (rc & 0xff) == SQLITE_FULL || ((rc & 0xff) == SQLITE_IOERR && (sys == ENOSPC || sys == EFBIG || sys == EDQUOT));
}

enum err store_err(struct store *s, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return ERR_OK;
	if (is_full(sqlite3_extended_errcode(s->db), sqlite3_system_errno(s->db)))
		return ERR_DISK_FULL;
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_CORRUPT;
	case SQLITE_NOMEM:
		return ERR_NO_MEMORY;
	case SQLITE_IOERR:
		return ERR_IO;
	default:
		return ERR_DATABASE;
	}
}

const char *store_error(const struct store *s)
{
	return s ? sqlite3_errmsg(s->db) : "no database is open";
}

sqlite3_stmt *store_stmt(struct store *s, enum stmt which)
{
	sqlite3_stmt *q = s->stmts[which];

	if (q) {
		sqlite3_reset(q);
		return q;
	}
	if (sqlite3_prepare_v3(s->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, &s->stmts[which], NULL) != SQLITE_OK)
		return NULL;
	return s->stmts[which];
}

enum err store_run(struct store *s, sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);
	enum err e = store_err(s, rc);

	sqlite3_reset(q);
	return e;
}

enum err store_exec(struct store *s, enum stmt which)
{
	sqlite3_stmt *q = store_stmt(s, which);

	return q ? store_run(s, q) : store_err(s, sqlite3_errcode(s->db));
}

void store_forget(struct store *s)
{
	for (size_t i = 0; i < FACTS_CACHED; i++)
		s->facts[i].key_n = 0;
	s->batches_n = 0;
	s->head_known = false;
}

static enum err pragmas(struct store *s, bool fresh)
{
	char text[320];

	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_snprintf(sizeof(text), text,
			 "PRAGMA cache_size = -%d; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
			 "PRAGMA journal_size_limit = 4194304;%s%s", CACHE_KIB,
			 s->mode == STORE_WRITE ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" :
						  "PRAGMA query_only = 1;",
			 fresh ? "PRAGMA page_size = 4096;" : "");
	return store_err(s, sqlite3_exec(s->db, text, NULL, NULL, NULL));
}

static enum err pragma_int(struct store *s, const char *query, int64_t *out)
{
	sqlite3_stmt *q;
	int rc = sqlite3_prepare_v2(s->db, query, -1, &q, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return rc == SQLITE_ROW ? ERR_OK : store_err(s, rc);
}

/* One of ours, of this layout. */
static enum err check_ours(struct store *s)
{
	int64_t id, version;
	enum err e = pragma_int(s, "PRAGMA application_id", &id);

	if (e == ERR_OK)
		e = pragma_int(s, "PRAGMA user_version", &version);
	if (e == ERR_OK && (id != APPLICATION_ID || version != SCHEMA_VERSION))
		e = ERR_CORRUPT;
	return e;
}

static enum err open_handle(struct store **out, const char *path, enum store_mode mode, bool fresh)
{
	struct store *s = calloc(1, sizeof(*s));
	int flags = mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | (fresh ? SQLITE_OPEN_CREATE : 0);
	enum err e;

	if (!s)
		return ERR_NO_MEMORY;
	s->mode = mode;
	s->may_cache = mode == STORE_WRITE;
	s->as_of = STORE_NOW;
	s->facts = calloc(FACTS_CACHED, sizeof(*s->facts));
	s->batches = malloc(BATCHES_CACHED * sizeof(*s->batches));
	e = s->facts && s->batches ? ERR_OK : ERR_NO_MEMORY;
	if (e == ERR_OK && sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		e = errno == ENOENT && access(path, F_OK) != 0 ? ERR_NOT_FOUND : ERR_DATABASE;
	if (e == ERR_OK)
		e = pragmas(s, fresh);
	if (e == ERR_OK && !fresh)
		e = check_ours(s);
	if (e != ERR_OK) {
		store_close(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

enum err store_open(struct store **out, const char *path, enum store_mode mode)
{
	if (strcmp(path, ":memory:") != 0 && access(path, F_OK) != 0)
		return ERR_NOT_FOUND;
	return open_handle(out, path, mode, false);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(s->stmts[i]);
	sqlite3_close(s->db);
	free(s->facts);
	free(s->batches);
	free(s);
}

static enum err make_tables(struct store *s, struct bytes genesis, const struct writes *ws)
{
	char ids[96];
	struct bytes writes;
	enum err e = wr_end(&ws->w, &writes);

	sqlite3_snprintf(sizeof(ids), ids, "PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION_ID, SCHEMA_VERSION);
	if (e == ERR_OK)
		e = store_exec(s, S_BEGIN_WRITE);
	if (e == ERR_OK)
		e = store_err(s, sqlite3_exec(s->db, LEDGER_SQL, NULL, NULL, NULL));
	if (e == ERR_OK)
		e = store_err(s, sqlite3_exec(s->db, ids, NULL, NULL, NULL));
	if (e == ERR_OK)
		e = store_apply(s, writes);
	if (e == ERR_OK)
		e = store_local_set(s, "genesis", genesis);
	return e == ERR_OK ? store_exec(s, S_COMMIT) : e;
}

enum err store_create(const char *path, struct bytes genesis)
{
	struct writes ws;
	struct store *s;
	uint8_t *buf;
	enum err e;

	if (access(path, F_OK) == 0)
		return ERR_EXISTS;
	buf = malloc(GENESIS_WRITES_MAX);
	if (!buf)
		return ERR_NO_MEMORY;
	writes_init(&ws, buf, GENESIS_WRITES_MAX);
	e = genesis_apply(genesis, &ws);
	if (e == ERR_OK) {
		e = open_handle(&s, path, STORE_WRITE, true);
		if (e == ERR_OK) {
			e = make_tables(s, genesis, &ws);
			store_close(s);
		}
		if (e != ERR_OK)
			unlink(path);
	}
	free(buf);
	return e;
}

enum err store_read_begin(struct store *s)
{
	enum err e;

	if (!sqlite3_get_autocommit(s->db))
		return ERR_OK;
	store_forget(s);
	e = store_exec(s, S_BEGIN);
	s->may_cache = e == ERR_OK;
	return e;
}

void store_read_end(struct store *s)
{
	if (s->mode == STORE_WRITE || sqlite3_get_autocommit(s->db))
		return;
	for (size_t i = 0; i < STMT_COUNT; i++)
		if (s->stmts[i])
			sqlite3_reset(s->stmts[i]);
	if (store_exec(s, S_COMMIT) != ERR_OK && store_exec(s, S_ROLLBACK) != ERR_OK)
		return; /* the next begin tells */
	s->may_cache = false;
}

enum err store_backup(struct store *s, const char *path)
{
	sqlite3 *to = NULL;
	sqlite3_backup *b;
	enum err e = ERR_DATABASE;

	if (access(path, F_OK) == 0)
		return ERR_EXISTS;
	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK &&
	    (b = sqlite3_backup_init(to, "main", s->db, "main")) != NULL) {
		int rc = sqlite3_backup_step(b, -1);

		sqlite3_backup_finish(b);
		if (rc == SQLITE_DONE)
			rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
		e = rc == SQLITE_OK ? ERR_OK : is_full(rc, errno) ? ERR_DISK_FULL : ERR_IO;
	}
	sqlite3_close(to);
	if (e != ERR_OK)
		unlink(path);
	return e;
}
