/* The ledger on disk: one SQLite database (schemas/ledger.sql).  Only store_*.c sees SQLite.
 * A store handle belongs to one thread at a time; each thread opens its own. */
#ifndef RX_STORE_H
#define RX_STORE_H

#include "node/core/chain.h"
#include "node/core/receipt.h"

struct store;
enum store_mode { STORE_WRITE, STORE_READ };

#define STORE_NOW UINT64_MAX

/* Create a database in a new file and apply the genesis block; the file appears whole or not at all.
 * light: for a member that may not read all events (light.h).
 * ERR_EXISTS, ERR_DISK_FULL, ERR_IO, errors of genesis_apply(). */
MUST_CHECK enum err store_create(const char *path, struct bytes genesis, bool light);
/* Writing: WAL, synchronous=FULL; one writer at a time: ERR_IN_USE.
 * ERR_NOT_FOUND, ERR_NOT_LEDGER, ERR_OTHER_SCHEMA, ERR_CORRUPT, ERR_IO, ERR_DATABASE. */
MUST_CHECK enum err store_open(struct store **out, const char *path, enum store_mode mode);
void store_close(struct store *s); /* accepts NULL */
bool store_is_light(const struct store *s);
/* What SQLite said when a call failed last, for the log: never NULL. */
const char *store_error(const struct store *s);

/* ---- reading ---- */
/* Many reads under one snapshot: begin takes it, unless one is held already, and end lets it go.  Outside of them each call
 * sees the newest.  A snapshot held for long keeps the write-ahead log from beginning anew. */
MUST_CHECK enum err store_read_begin(struct store *s);
void store_read_end(struct store *s);

/* The logical state now, or as it was when the log had as_of events (STORE_NOW).  Valid while s is open; asking for an
 * earlier one moves the earlier one handed out before, and leaves the present one alone. */
struct state store_state(struct store *s, uint64_t as_of);

MUST_CHECK enum err store_head(struct store *s, struct chain_head *out);
MUST_CHECK enum err store_height(struct store *s, uint64_t *out);
MUST_CHECK enum err store_genesis(struct store *s, struct bytes *out); /* borrowed until the next call */
/* Header and certificate at height, borrowed until the next call.  ERR_NOT_FOUND. */
MUST_CHECK enum err store_block_head(struct store *s, uint64_t height, struct bytes *header, struct bytes *certificate,
				     uint64_t *first_ev, uint64_t *events);
/* The signed bytes of an event, borrowed until the next call.  ERR_NOT_FOUND: no such event, or hidden from a light copy. */
MUST_CHECK enum err store_event_cose(struct store *s, uint64_t ev, struct bytes *out);
/* Merkle source over all event ids, for proofs. */
struct merkle_source store_log(struct store *s);
/* Receipt of a final event into buf (views into it).  ERR_NOT_FOUND. */
MUST_CHECK enum err store_receipt(struct store *s, const struct hash *id, uint8_t *buf, size_t cap, struct bytes *out);

/* History of a pack or unit, oldest first: each event that moved it, or a unit around it, or raised or cleared a flag on
 * either; of a pack, too, what was said of it (sightings; alarms, also those raised before it was commissioned: state PACK_NONE)
 * and, since then, of its lot and product (release, recall, withdrawal).  The newest HISTORY_MOST by then, so that whoever makes
 * more of them hides nothing: what was before is told as of then. */
#define HISTORY_MOST 4096 /* far beyond what a pack lives through; bounds one answer */
struct history_row {
	uint64_t ev;
	struct event_row event;
	uint64_t earlier; /* how many events of it are before the first one told */
	uint64_t corrected; /* ev of the CORRECTION that declares it wrong, by then, or 0 */
	/* after it: */
	uint64_t holder, peer;
	enum pack_state state;
	uint64_t sscc; /* the outermost unit around it, or 0 */
	bool flags[FLAG_KINDS]; /* on it or a unit around it */
};
typedef enum err history_fn(void *ctx, const struct history_row *row);
/* ERR_NOT_FOUND: no such pack or unit by then. */
MUST_CHECK enum err store_history(struct store *s, uint64_t gtin, struct bytes serial, uint64_t as_of, history_fn *fn,
				  void *ctx);
MUST_CHECK enum err store_unit_history(struct store *s, uint64_t sscc, uint64_t as_of, history_fn *fn, void *ctx);
/* What a unit holds directly as of then: units (their SSCC) first, then packs.  Within fn nothing is asked of units. */
struct store_child {
	uint64_t sscc; /* 0: a pack, of: */
	uint64_t gtin;
	uint8_t serial[SERIAL_MAX], lot[LOT_MAX];
	size_t serial_n, lot_n;
};
typedef enum err child_fn(void *ctx, const struct store_child *c);
MUST_CHECK enum err store_children(struct store *s, uint64_t sscc, uint64_t as_of, child_fn *fn, void *ctx);

/* Where the packs of a lot (or of a product, lot.p NULL) are: one call for each holder, state and receiver, most packs first. */
struct where_row { uint64_t holder, peer; enum pack_state state; uint64_t packs; };
typedef enum err where_fn(void *ctx, const struct where_row *row);
MUST_CHECK enum err store_where(struct store *s, uint64_t gtin, struct bytes lot, uint64_t as_of, where_fn *fn, void *ctx);

/* Handovers that one side alone has signed, as of then, the oldest first: shipped and not received, then received and not
 * shipped. */
struct handover_row {
	struct store_child what;
	uint64_t giver, taker;
	bool claimed; /* the taker has signed, else the giver */
	uint64_t ev; /* of that */
	struct event_row event;
};
typedef enum err handover_fn(void *ctx, const struct handover_row *row);
/* party: those of this member alone; 0: all. */
MUST_CHECK enum err store_handovers(struct store *s, uint64_t party, uint64_t as_of, handover_fn *fn, void *ctx);

/* The last event of the blocks up to this time (Unix ms): what "as of" means for a time.  0: before the first block. */
MUST_CHECK enum err store_ev_at(struct store *s, uint64_t time_ms, uint64_t *ev);
/* Each member, label key etc.: facts whose key has this kind, now, ascending by key. */
typedef enum err fact_fn(void *ctx, struct bytes key, struct bytes value);
MUST_CHECK enum err store_facts(struct store *s, enum key_kind kind, fact_fn *fn, void *ctx);
/* Counts for status. */
struct store_counts { uint64_t packs, events, blocks, outbox; };
MUST_CHECK enum err store_counts(struct store *s, struct store_counts *out);

/* ---- writing (STORE_WRITE) ---- */
struct store_append {
	const struct header *header;
	struct bytes header_bytes, certificate;
	const struct bytes *events; /* cose; p NULL: hidden from this copy */
	const struct hash *ids;
	size_t events_n;
	struct bytes writes; /* CBOR sequence of [key, value / null], event rows [1, ev] leading each event's */
	const struct hash *outbox_done; /* ids to take from the outbox in the same transaction */
	size_t outbox_done_n;
};
/* One transaction: all or nothing, durable on return.  ERR_DISK_FULL, ERR_DATABASE: nothing changed, reads go on. */
MUST_CHECK enum err store_append(struct store *s, const struct store_append *a);

/* Outbox: own signed events that are not final yet. */
enum outbox_state { OUTBOX_WAITING = 0, OUTBOX_REFUSED = 1, OUTBOX_EXPIRED = 2 };
MUST_CHECK enum err store_outbox_add(struct store *s, const struct hash *id, struct bytes cose, uint64_t now_ms);
/* answer: the refusal as it came, kept. */
MUST_CHECK enum err store_outbox_settle(struct store *s, const struct hash *id, enum outbox_state state, struct bytes answer);
MUST_CHECK enum err store_outbox_remove(struct store *s, const struct hash *id);
typedef enum err outbox_fn(void *ctx, const struct hash *id, struct bytes cose, uint64_t added_ms, enum outbox_state st,
			   struct bytes answer);
MUST_CHECK enum err store_outbox_each(struct store *s, outbox_fn *fn, void *ctx);
MUST_CHECK enum err store_outbox_get(struct store *s, const struct hash *id, enum outbox_state *st, struct bytes *answer);

/* What a unit holds at any depth, as a full node told it to a light copy: packs, encoded [* [gtin, serial: tstr, lot: tstr]].
 * store_content(): the lot that was told of a pack, and the unit; ERR_NOT_FOUND. */
MUST_CHECK enum err store_content_put(struct store *s, uint64_t sscc, struct bytes packs);
MUST_CHECK enum err store_content(struct store *s, uint64_t gtin, struct bytes serial, uint8_t lot[static LOT_MAX], size_t *lot_n,
				  uint64_t *sscc);

/* Two certified headers at one height: keep the other one. */
MUST_CHECK enum err store_evidence_add(struct store *s, uint64_t height, struct bytes header, struct bytes certificate,
				       uint64_t now_ms);
MUST_CHECK enum err store_evidence_count(struct store *s, uint64_t *n);

/* A consistent copy in a new file while the node runs (SQLite backup API): the one file, without a log beside it.
 * ERR_EXISTS, ERR_DISK_FULL, ERR_IO. */
MUST_CHECK enum err store_backup(struct store *s, const char *path);

/* ---- audit ---- */
/* Walk all state rows on disk as (table, key, value, ev0, ev1), to compare with a replay (audit.h).  ev1 UINT64_MAX: the
 * row holds. */
struct state_row {
	const char *table;
	struct bytes key, value; /* logical, state.cddl */
	uint64_t ev0, ev1;
};
typedef enum err state_row_fn(void *ctx, const struct state_row *row);
MUST_CHECK enum err store_each_row(struct store *s, state_row_fn *fn, void *ctx);
/* The table where rows of this kind stand, and whose number a pack's is: for naming what is wrong.  ERR_NOT_FOUND. */
const char *store_table(enum key_kind kind);
MUST_CHECK enum err store_pack_of(struct store *s, uint64_t pid, uint64_t *gtin, uint8_t serial[static SERIAL_MAX], size_t *n);

/* What is kept on disk besides state rows and signed bytes, against a replay.  ERR_CORRUPT: *table names where it differs.
 * store_check_block(): columns of the block that tip is the end of, and of its n events.  store_check_log(): the log's
 * tree over the event rows, and that nothing stands beyond tip.  store_check_file(): the file's own structure, indexes;
 * store_error() then tells more. */
MUST_CHECK enum err store_check_block(struct store *s, const struct chain_head *tip, uint64_t n, const char **table);
MUST_CHECK enum err store_check_log(struct store *s, const struct chain_head *tip, const char **table);
MUST_CHECK enum err store_check_file(struct store *s);

#endif
