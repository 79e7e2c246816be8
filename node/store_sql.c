/* Every statement of the store, and the few ways to run one. */
#include "node/store_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* As of event ?3 the row with the greatest ev0 up to it counts, if its ev1 lies beyond. */
#define AS_OF " AND ev0 <= ?3 ORDER BY ev0 DESC LIMIT 1"
/* Only the newest row of a key can be open: looking for it by its ev0 keeps this one step however long the history. */
#define CLOSE(table, key) \
	"UPDATE " table " SET ev1 = ?3 WHERE " key " AND ev0 = (SELECT max(ev0) FROM " table " WHERE " key ")" \
	" AND ev1 = " STILL_SQL
#define DROP(table, key) "DELETE FROM " table " WHERE " key " AND ev0 = ?3"
#define UNIT "unit = ?1"
#define CHILD "child = ?1"
#define FLAGS "locked, locked_ev, stolen, stolen_ev, mismatch, mismatch_ev, claimed, claimed_ev"
#define KEY "key = ?1"

static const char *const sql[STMT_COUNT] = {
	[S_BEGIN] = "BEGIN",
	[S_COMMIT] = "COMMIT",
	[S_ROLLBACK] = "ROLLBACK",

	[S_FACT] = "SELECT ev1, value FROM fact WHERE " KEY AS_OF,
	[S_CUSTODY] = "SELECT ev1, holder, state, peer, ev0 FROM custody WHERE " UNIT AS_OF,
	[S_INSIDE] = "SELECT ev1, parent FROM inside WHERE " CHILD AS_OF,
	[S_FLAG] = "SELECT ev1, " FLAGS " FROM flag WHERE " UNIT AS_OF,
	[S_PACK] = "SELECT p.pid, b.lo, b.ev FROM pack p JOIN batch b ON b.lo = (SELECT max(lo) FROM batch WHERE lo <= p.pid) "
		   "WHERE p.gtin = ?1 AND p.serial = ?2",
	[S_UNIT] = "SELECT uid, ev FROM unit WHERE sscc = ?1",
	[S_BATCH] = "SELECT hi, gtin, lot, ev, holder FROM batch WHERE lo = ?1",
	[S_EVENT] = "SELECT id, type, t, place, signer, header_ms, ev FROM event WHERE ev = ?1",
	[S_EVENT_ID] = "SELECT ev, height FROM event WHERE id = ?1",

	[S_FACT_CLOSE] = CLOSE("fact", KEY),
	[S_FACT_DROP] = DROP("fact", KEY),
	[S_FACT_PUT] = "INSERT OR REPLACE INTO fact (key, ev0, ev1, value) VALUES (?1, ?3, " STILL_SQL ", ?4)",
	[S_CUSTODY_CLOSE] = CLOSE("custody", UNIT),
	[S_CUSTODY_DROP] = DROP("custody", UNIT),
	[S_CUSTODY_PUT] = "INSERT OR REPLACE INTO custody (unit, ev0, ev1, holder, state, peer) "
			  "VALUES (?1, ?3, " STILL_SQL ", ?4, ?5, ?6)",
	[S_INSIDE_CLOSE] = CLOSE("inside", CHILD),
	[S_INSIDE_DROP] = DROP("inside", CHILD),
	[S_INSIDE_PUT] = "INSERT OR REPLACE INTO inside (child, ev0, ev1, parent) VALUES (?1, ?3, " STILL_SQL ", ?4)",
	[S_FLAG_CLOSE] = CLOSE("flag", UNIT),
	[S_FLAG_DROP] = DROP("flag", UNIT),
	[S_FLAG_PUT] = "INSERT OR REPLACE INTO flag (unit, ev0, ev1, " FLAGS ") "
		       "VALUES (?1, ?3, " STILL_SQL ", ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[S_BATCH_PUT] = "INSERT INTO batch (lo, hi, gtin, lot, ev, holder) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[S_PACK_PUT] = "INSERT INTO pack (pid, gtin, serial) VALUES (?1, ?2, ?3)",
	[S_UNIT_PUT] = "INSERT INTO unit (uid, sscc, ev) VALUES (?1, ?2, ?3)",
	[S_EVENT_PUT] = "INSERT INTO event (ev, height, id, type, t, place, signer, header_ms) "
			"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",

	[S_BODY_PUT] = "INSERT INTO body (ev, cose) VALUES (?1, ?2)",
	[S_BLOCK_PUT] = "INSERT INTO block (height, time_ms, header, certificate, hash, first_ev, events) "
			"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[S_TILE_PUT] = "INSERT INTO tile (level, idx, hash) VALUES (?1, ?2, ?3)",
	[S_TIP] = "SELECT height, time_ms, hash, first_ev + events - 1 FROM block ORDER BY height DESC LIMIT 1",
	[S_BLOCK] = "SELECT header, certificate, first_ev, events, hash, time_ms FROM block WHERE height = ?1",
	[S_BODY] = "SELECT cose FROM body WHERE ev = ?1",
	[S_TILE] = "SELECT hash FROM tile WHERE level = ?1 AND idx = ?2",
	[S_IDS] = "SELECT id, height FROM event WHERE ev BETWEEN ?1 AND ?2 ORDER BY ev",
	/* rows that overlap the events from ?2 up to ?3 */
	[S_PAST_CUSTODY] = "SELECT ev0, ev1, holder, state, peer FROM custody WHERE unit = ?1 AND ev0 < ?3 AND ev1 > ?2",
	[S_PAST_FLAG] = "SELECT ev0, ev1, " FLAGS " FROM flag WHERE unit = ?1 AND ev0 < ?3 AND ev1 > ?2",
	[S_PAST_INSIDE] = "SELECT ev0, ev1, parent FROM inside WHERE child = ?1 AND ev0 < ?3 AND ev1 > ?2 ORDER BY ev0",
	[S_PAST_FACT] = "SELECT ev0, value FROM fact WHERE key = ?1 AND ev0 < ?2 ORDER BY ev0",
	[S_CHILDREN] = "SELECT child FROM inside WHERE parent = ?1 AND ev0 <= ?2 AND ev1 > ?2 ORDER BY child > 0, abs(child)",
	/* a lot's packs as of ?3: those in units, those with a row of their own; the others are where their batch began */
	[S_LOT_BATCHES] = "SELECT lo, hi, holder FROM batch WHERE gtin = ?1 AND lot = ?2 AND ev <= ?3",
	[S_GTIN_BATCHES] = "SELECT lo, hi, holder FROM batch WHERE gtin = ?1 AND ev <= ?3",
	[S_PACKED] = "SELECT parent FROM inside WHERE child BETWEEN ?1 AND ?2 AND ev0 <= ?3 AND ev1 > ?3",
	[S_MOVED] = "SELECT holder, state, peer, count(*) FROM custody WHERE unit BETWEEN ?1 AND ?2 AND ev0 <= ?3 AND ev1 > ?3 "
		    "GROUP BY holder, state, peer",
	/* handovers that one side has signed, now (by the indexes of what stands open) and as of ?3 */
	[S_SHIPPED_NOW] = "SELECT unit, ev0, holder, peer FROM custody WHERE state = 2 AND ev1 = " STILL_SQL " ORDER BY ev0",
	[S_CLAIMED_NOW] = "SELECT unit, claimed_ev, claimed FROM flag WHERE ev1 = " STILL_SQL " AND claimed > 0 ORDER BY claimed_ev",
	[S_SHIPPED] = "SELECT unit, ev0, holder, peer FROM custody WHERE state = 2 AND ev0 <= ?3 AND ev1 > ?3 ORDER BY ev0",
	[S_CLAIMED] = "SELECT unit, claimed_ev, claimed FROM flag WHERE claimed > 0 AND ev0 <= ?3 AND ev1 > ?3 ORDER BY claimed_ev",
	[S_BATCH_OF] = "SELECT holder FROM batch WHERE lo <= ?1 ORDER BY lo DESC LIMIT 1",
	[S_EV_AT] = "SELECT first_ev + events - 1 FROM block WHERE time_ms <= ?1 ORDER BY time_ms DESC LIMIT 1",
	[S_SSCC] = "SELECT sscc FROM unit WHERE uid = ?1",
	[S_FACTS] = "SELECT key, value FROM fact WHERE key >= ?1 AND key < ?2 AND ev1 = " STILL_SQL " ORDER BY key",
	[S_PACK_OF] = "SELECT p.gtin, p.serial, b.lot FROM pack p JOIN batch b ON b.lo = (SELECT max(lo) FROM batch WHERE lo <= p.pid) "
		      "WHERE p.pid = ?1",
	[S_WAITING] = "SELECT count(*) FROM outbox WHERE state = ?1",

	[S_OUTBOX_ADD] = "INSERT OR IGNORE INTO outbox (id, cose, added_ms, state) VALUES (?1, ?2, ?3, ?4)",
	[S_OUTBOX_SETTLE] = "UPDATE outbox SET state = ?2, answer = ?3 WHERE id = ?1",
	[S_OUTBOX_REMOVE] = "DELETE FROM outbox WHERE id = ?1",
	[S_OUTBOX_EACH] = "SELECT id, cose, added_ms, state, answer FROM outbox ORDER BY rowid",
	[S_OUTBOX_GET] = "SELECT state, answer FROM outbox WHERE id = ?1",
	[S_CONTENT_PUT] = "INSERT OR REPLACE INTO content (gtin, serial, lot, sscc) VALUES (?1, ?2, ?3, ?4)",
	[S_CONTENT] = "SELECT lot, sscc FROM content WHERE gtin = ?1 AND serial = ?2",
	[S_EVIDENCE_ADD] = "INSERT OR IGNORE INTO evidence (height, header, certificate, seen_ms) VALUES (?1, ?2, ?3, ?4)",
	[S_EVIDENCE_COUNT] = "SELECT count(*) FROM evidence",
};

enum err store_prepare(struct store *s)
{
	for (size_t i = 0; i < STMT_COUNT; i++) {
		int rc = sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->stmts[i], NULL);

		if (rc != SQLITE_OK)
			return store_err(s, rc);
	}
	return ERR_OK;
}

/* ---- errors ---- */

/* What the operating system said last of the files: SQLite passes it on for some calls only, not for a commit. */
static int os_error(sqlite3 *db)
{
	sqlite3_file *journal = NULL;
	int os = 0;

	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal) == SQLITE_OK && journal && journal->pMethods)
		journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &os);
	if (!os)
		sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &os);
	return os ? os : sqlite3_system_errno(db);
}

/* No room for the file to grow: the disk, the quota, the process's limit. */
static bool is_full(int rc, int os)
{
	return rc == SQLITE_FULL || (rc == SQLITE_IOERR && (os == ENOSPC || os == EDQUOT || os == EFBIG));
}

enum err store_err(struct store *s, int rc)
{
	int os = 0;

	rc &= 0xff;
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return ERR_OK;
	if (rc == SQLITE_IOERR)
		os = os_error(s->db);
	snprintf(s->error, sizeof(s->error), "%s%s%s", sqlite3_errmsg(s->db), os ? ": " : "", os ? strerror(os) : "");
	if (is_full(rc, os))
		return ERR_DISK_FULL;
	switch (rc) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_CORRUPT:
		return ERR_CORRUPT;
	case SQLITE_NOTADB:
		return ERR_NOT_LEDGER;
	case SQLITE_NOMEM:
		return ERR_NO_MEMORY;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return ERR_IO;
	default:
		return ERR_DATABASE;
	}
}

const char *store_error(const struct store *s)
{
	return s ? s->error : "";
}

/* ---- running ---- */

enum err store_run(struct store *s, enum stmt which)
{
	enum err e = store_err(s, sqlite3_step(s->stmts[which]));

	sqlite3_reset(s->stmts[which]);
	return e;
}

enum err store_row(struct store *s, sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);

	return rc == SQLITE_DONE ? ERR_NOT_FOUND : store_err(s, rc);
}

bool store_next(struct store *s, sqlite3_stmt *q, enum err *e)
{
	if (*e != ERR_OK)
		return false;
	*e = store_row(s, q);
	if (*e == ERR_OK)
		return true;
	if (*e == ERR_NOT_FOUND)
		*e = ERR_OK;
	return false;
}

void store_bind_uint(sqlite3_stmt *q, int at, uint64_t v)
{
	sqlite3_bind_int64(q, at, (sqlite3_int64)v);
}

void store_bind_bytes(sqlite3_stmt *q, int at, struct bytes b)
{
	/* a NULL pointer would bind NULL where an empty value is meant */
	sqlite3_bind_blob64(q, at, b.n ? (const void *)b.p : "", b.n, SQLITE_STATIC);
}

void store_bind_text(sqlite3_stmt *q, int at, struct bytes b)
{
	sqlite3_bind_text64(q, at, b.n ? (const char *)b.p : "", b.n, SQLITE_STATIC, SQLITE_UTF8);
}

uint64_t store_uint(sqlite3_stmt *q, int at)
{
	return (uint64_t)sqlite3_column_int64(q, at);
}

struct bytes store_bytes(sqlite3_stmt *q, int at)
{
	const void *p = sqlite3_column_blob(q, at);

	return bytes_of(p, (size_t)sqlite3_column_bytes(q, at));
}

enum err store_hash(sqlite3_stmt *q, int at, struct hash *out)
{
	struct bytes b = store_bytes(q, at);

	if (b.n != HASH_LEN)
		return ERR_CORRUPT;
	memcpy(out->b, b.p, HASH_LEN);
	return ERR_OK;
}

enum err store_lend(struct store *s, struct bytes *parts, size_t n)
{
	size_t all = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		all += parts[i].n;
	if (all > s->lent_cap) {
		uint8_t *p = realloc(s->lent, all);

		if (!p)
			return ERR_NO_MEMORY;
		s->lent = p;
		s->lent_cap = all;
	}
	for (size_t i = 0; i < n; i++) {
		if (parts[i].n)
			memcpy(s->lent + at, parts[i].p, parts[i].n);
		parts[i].p = s->lent ? s->lent + at : NULL;
		at += parts[i].n;
	}
	return ERR_OK;
}
