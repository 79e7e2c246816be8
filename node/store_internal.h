/* Inside the store: the database handle, its prepared statements and what it keeps in memory within one snapshot. */
#ifndef RX_STORE_INTERNAL_H
#define RX_STORE_INTERNAL_H

#include "node/store.h"

#include <sqlite3.h>

#define STILL INT64_MAX /* ev1 of a row that holds */
#define APPLICATION_ID 0x52584c31 /* "RXL1" */
#define SCHEMA_VERSION 1
#define CACHE_KIB 6144 /* page cache of a connection: the node keeps two within 64 MiB */
#define FACTS_CACHED 128
#define BATCHES_CACHED 512
#define WAL_RESTART_PAGES 8192 /* 32 MiB: then the log is begun anew, waiting for readers if need be */

enum stmt {
	S_BEGIN, S_BEGIN_WRITE, S_COMMIT, S_ROLLBACK,
	S_FACT, S_CUSTODY, S_INSIDE, S_FLAG, S_PACK, S_UNIT, S_BATCH_FLOOR, S_EVENT, S_EVENT_ID,
	S_FACT_CLOSE, S_FACT_PUT, S_CUSTODY_CLOSE, S_CUSTODY_PUT, S_INSIDE_CLOSE, S_INSIDE_PUT, S_FLAG_CLOSE, S_FLAG_PUT,
	S_BATCH_PUT, S_PACK_PUT, S_UNIT_PUT, S_EVENT_PUT, S_BODY_PUT, S_BLOCK_PUT, S_TILE_PUT,
	S_TIP, S_BLOCK, S_BODY, S_TILE, S_IDS, S_HISTORY, S_FACTS, S_COUNTS,
	S_OUTBOX_ADD, S_OUTBOX_SETTLE, S_OUTBOX_REMOVE, S_OUTBOX_EACH, S_OUTBOX_GET, S_EVIDENCE_ADD, S_EVIDENCE_COUNT,
	S_LOCAL_GET, S_LOCAL_SET,
	STMT_COUNT
};

struct cached_fact {
	uint8_t key[STATE_KEY_MAX];
	size_t key_n; /* 0: nothing here */
	bool present;
	uint8_t value[STATE_VALUE_MAX];
	size_t value_n;
};

struct store {
	sqlite3 *db;
	enum store_mode mode;
	sqlite3_stmt *stmts[STMT_COUNT];
	uint64_t as_of;
	uint8_t value[STATE_VALUE_MAX]; /* of the last get */
	bool may_cache; /* within a snapshot, or the one writer */
	struct cached_fact *facts; /* FACTS_CACHED, by hash of the key */
	struct batch_row *batches; /* ascending by lo */
	size_t batches_n;
	bool head_known;
	struct chain_head head;
};

/* The statement, prepared once, reset and without bindings; NULL after an error that store_error() tells. */
sqlite3_stmt *store_stmt(struct store *s, enum stmt which);
/* Step once and reset: for statements without rows. */
MUST_CHECK enum err store_run(struct store *s, sqlite3_stmt *q);
/* SQLite's result as ours: ERR_OK for SQLITE_OK, ROW and DONE. */
enum err store_err(struct store *s, int rc);
MUST_CHECK enum err store_exec(struct store *s, enum stmt which);
void store_forget(struct store *s); /* what is kept in memory is no longer true */

int64_t store_i64(uint64_t v); /* beyond what SQLite holds: INT64_MAX */
void store_bind_bytes(sqlite3_stmt *q, int at, struct bytes b);
struct bytes store_column_bytes(sqlite3_stmt *q, int at); /* borrowed until the statement moves */

/* Apply one block's writes, or the genesis block's with ev 0 (store_apply.c). */
MUST_CHECK enum err store_apply(struct store *s, struct bytes writes);

#endif
