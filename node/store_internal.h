/* Inside the store: the database handle, its statements, and what it keeps in memory of the snapshot it reads. */
#ifndef RX_STORE_INTERNAL_H
#define RX_STORE_INTERNAL_H

#include "node/overlay.h"
#include "node/store.h"

#include <sqlite3.h>

#define STILL INT64_MAX /* ev1 of a row that holds */
#define STILL_SQL "9223372036854775807"

enum stmt {
	S_BEGIN, S_COMMIT, S_ROLLBACK,
	/* the state as of an event */
	S_FACT, S_CUSTODY, S_INSIDE, S_FLAG, S_PACK, S_UNIT, S_BATCH, S_EVENT, S_EVENT_ID,
	/* a change of it: close the open row, drop the one of the same event, put the new one */
	S_FACT_CLOSE, S_FACT_DROP, S_FACT_PUT, S_CUSTODY_CLOSE, S_CUSTODY_DROP, S_CUSTODY_PUT,
	S_INSIDE_CLOSE, S_INSIDE_DROP, S_INSIDE_PUT, S_FLAG_CLOSE, S_FLAG_DROP, S_FLAG_PUT,
	S_BATCH_PUT, S_PACK_PUT, S_UNIT_PUT, S_EVENT_PUT,
	/* the chain */
	S_BODY_PUT, S_BLOCK_PUT, S_TILE_PUT, S_TIP, S_BLOCK, S_BODY, S_TILE, S_IDS, S_FACTS, S_PACK_OF, S_WAITING,
	/* the past, and where things are */
	S_PAST_CUSTODY, S_PAST_FLAG, S_PAST_INSIDE, S_PAST_FACT, S_CHILDREN, S_LOT_BATCHES, S_GTIN_BATCHES, S_PACKED, S_MOVED,
	S_SHIPPED_NOW, S_CLAIMED_NOW, S_SHIPPED, S_CLAIMED, S_SSCC, S_BATCH_OF, S_EV_AT,
	/* local */
	S_OUTBOX_ADD, S_OUTBOX_SETTLE, S_OUTBOX_REMOVE, S_OUTBOX_EACH, S_OUTBOX_GET, S_CONTENT_PUT, S_CONTENT, S_EVIDENCE_ADD,
	S_EVIDENCE_COUNT,
	STMT_COUNT
};

/* A state handed out: what get() needs, and the value it lends. */
struct view {
	struct store *s;
	int64_t as_of; /* STILL - 1: now */
	uint8_t value[STATE_VALUE_MAX];
};

struct store {
	sqlite3 *db;
	enum store_mode mode;
	bool light;
	int lock_fd; /* STORE_WRITE: held as long as it is open */
	sqlite3_stmt *stmts[STMT_COUNT];
	struct view now, past;
	struct overlay *kept; /* facts and batches of the snapshot by key, absent ones too */
	unsigned reading; /* calls that read, under way */
	bool held; /* store_read_begin(): the snapshot stays from one call to the next */
	bool fresh; /* head and kept are the snapshot's */
	bool head_known;
	struct chain_head head; /* its log may lag behind */
	uint64_t log_size;
	struct receipt_tree *tree; /* of the events of block tree_height */
	uint64_t tree_height;
	uint8_t *lent; /* what was lent last */
	size_t lent_cap;
	int wal_pages, wal_next; /* pages in the write-ahead log; how many it takes to look after it again */
	char error[200];
};

/* SQLite's result as ours: ERR_OK for SQLITE_OK, ROW and DONE.  Keeps the text for store_error(). */
MUST_CHECK enum err store_err(struct store *s, int rc);
/* Step once and reset: for statements without rows. */
MUST_CHECK enum err store_run(struct store *s, enum stmt which);
/* The first row; the caller resets the statement when done with its columns.  ERR_NOT_FOUND without one. */
MUST_CHECK enum err store_row(struct store *s, sqlite3_stmt *q);
/* For loops over rows: false at their end, or when *e is or becomes an error. */
bool store_next(struct store *s, sqlite3_stmt *q, enum err *e);

/* Every call that reads stands between these: within a snapshot, its head and kept values known to be its own.
 * After an error of store_enter() there is nothing to leave. */
MUST_CHECK enum err store_enter(struct store *s);
void store_leave(struct store *s);

/* One transaction, durable when it ends well.  store_write_end(): e is what came of it so far, and tells whether to
 * commit; after an error nothing of it stays. */
MUST_CHECK enum err store_write_begin(struct store *s);
MUST_CHECK enum err store_write_end(struct store *s, enum err e);

/* Numbers beyond what SQLite holds wrap on the way in and back on the way out. */
void store_bind_uint(sqlite3_stmt *q, int at, uint64_t v);
void store_bind_bytes(sqlite3_stmt *q, int at, struct bytes b);
void store_bind_text(sqlite3_stmt *q, int at, struct bytes b);
uint64_t store_uint(sqlite3_stmt *q, int at);
struct bytes store_bytes(sqlite3_stmt *q, int at); /* blob or text; borrowed until the statement moves */
MUST_CHECK enum err store_hash(sqlite3_stmt *q, int at, struct hash *out); /* ERR_CORRUPT */

/* Copies of parts that stay until the next call that lends; out: where each then is. */
MUST_CHECK enum err store_lend(struct store *s, struct bytes *parts, size_t n);

/* Whether values of this kind are kept in memory (those that change seldom), and keeping one. */
bool store_keeps(enum key_kind kind);
MUST_CHECK enum err store_keep(struct store *s, struct bytes key, struct bytes val);

/* The last event that as_of stands for, as SQLite has it. */
int64_t store_as_of(uint64_t as_of);
MUST_CHECK enum err store_event_row(struct store *s, uint64_t ev, struct event_row *out); /* ERR_NOT_FOUND */
void store_batch_row(sqlite3_stmt *q, struct wr *w); /* from columns hi, gtin, lot, ev, holder */
void store_flags_row(sqlite3_stmt *q, int at, struct flags_row *out); /* from its eight columns, the first at this one */

MUST_CHECK enum err store_prepare(struct store *s); /* every statement */
/* Open a database file; fresh: an empty one, that gets its tables. */
MUST_CHECK enum err store_open_file(struct store **out, const char *path, enum store_mode mode, bool fresh);
MUST_CHECK enum err store_set_light(struct store *s, bool light);
/* Block 0 (store_apply.c). */
MUST_CHECK enum err store_put_genesis(struct store *s, struct bytes genesis);

#endif
