/* Audit: replay the chain from its genesis, trusting nothing, and compare every state row. */
#ifndef RX_AUDIT_H
#define RX_AUDIT_H

#include "node/pool.h"
#include "node/store.h"

struct audit_fault {
	enum err err; /* ERR_OK: none */
	uint64_t height; /* 0: not in a block */
	uint64_t ev; /* number of the event, 0: none */
	char table[16]; /* a state row that differs: its table, "" otherwise */
	char key[160]; /* and its key, for people: "(01)09506000134352(21)A7" */
	char what[160]; /* what differs */
};

struct audit_report {
	uint64_t blocks, events, packs, rows;
	struct chain_head head;
	struct audit_fault fault;
};
typedef void audit_progress_fn(void *ctx, uint64_t done, uint64_t all);

/* ERR_OK: it ran to its end or to the first fault (out->fault); else it could not run.  s: reading, within no snapshot.
 * Signatures are checked on pool.  progress may be NULL. */
MUST_CHECK enum err audit_run(struct store *s, struct pool *pool, audit_progress_fn *progress, void *ctx,
			      struct audit_report *out);

#endif
