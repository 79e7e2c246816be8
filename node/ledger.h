/* The thread that owns the chain: orders or follows, writes the one database, tells the loop what became final.
 * Everything here is called on the loop's thread; results come back there through one callback. */
#ifndef RX_LEDGER_H
#define RX_LEDGER_H

#include "node/pool.h"
#include "node/port/signer.h"
#include "node/store.h"

struct uv_loop_s;
struct ledger;

struct ledger_config {
	const char *db_path, *guard_path;
	uint64_t gln; /* own */
	struct signer *signer; /* event key, borrowed: certifies when own gln is a validator; NULL: never */
	bool alone; /* the operator says --i-am-alone */
};

enum ledger_change {
	CHANGES_MEMBERS = 1, /* members or devices admitted, changed or revoked */
	CHANGES_RECALLS = 2, /* recalls, withdrawals and their ends, proposed or confirmed */
	CHANGES_ALARMS = 4 /* alarms and their cases */
};
enum ledger_news_kind {
	LEDGER_APPENDED, /* a block is durable: height, ids */
	LEDGER_REFUSED, /* event id is not ordered: refusal.err, signed_refusal when it is a validator's final word */
	LEDGER_STORED, /* event id is durable in the outbox */
	LEDGER_BLOCK_BAD, /* a block offered does not follow: err, height, text names the event */
	LEDGER_TROUBLE, /* fork, restored guard, database: err and text for the log and the status */
	LEDGER_READY /* a restored validator has heard that its tip is the newest */
};
struct ledger_news {
	enum ledger_news_kind kind;
	enum err err;
	uint64_t height;
	const struct hash *ids;
	size_t ids_n;
	unsigned changes; /* ledger_change, added up: what the block changes besides custody */
	struct hash id;
	struct refusal refusal;
	struct bytes signed_refusal; /* COSE_Sign1, by this validator; p NULL: not a final word */
	const char *text;
};
typedef void ledger_news_fn(void *ctx, const struct ledger_news *news); /* views borrowed for the call */

MUST_CHECK enum err ledger_start(struct ledger **out, struct uv_loop_s *loop, struct pool *pool,
				 const struct ledger_config *cfg, ledger_news_fn *news, void *ctx);
/* Finish what is queued, close the database, join. */
void ledger_stop(struct ledger *l); /* accepts NULL */

/* True when own gln is among the validators of the next block. */
bool ledger_is_validator(const struct ledger *l);
/* Height of the newest durable block, readable from any thread. */
uint64_t ledger_height(const struct ledger *l);

/* Check the event's signature on the pool, then order it (validators) or keep it in the outbox (others).
 * cose: copied.  key: what the state holds for its kid.  News tells the outcome, by id.  ERR_BUSY when too much waits. */
MUST_CHECK enum err ledger_submit(struct ledger *l, struct bytes cose, const struct pubkey *key);

/* A certified block from a peer: certified-block bytes (node.cddl), copied.  In any order; those that do not follow yet
 * are refused with news. */
MUST_CHECK enum err ledger_offer(struct ledger *l, struct bytes certified_block);

/* The validator's answer to a forwarded event: refused for good.  It stays in the outbox, marked, for a human to see. */
MUST_CHECK enum err ledger_settle(struct ledger *l, const struct hash *id, const struct refusal *why, struct bytes signed_refusal);

/* What a unit holds, told by a full node: kept for a light copy (store_content_put()), copied. */
MUST_CHECK enum err ledger_keep_content(struct ledger *l, uint64_t sscc, struct bytes packs);

/* A peer's certified head (node.cddl "head"): compared with ours at that height; a different one is a fork: kept as
 * evidence, the node stops following and certifying.  A restored validator whose tip it is may certify again (guard.h). */
MUST_CHECK enum err ledger_peer_head(struct ledger *l, struct bytes head);

#endif
