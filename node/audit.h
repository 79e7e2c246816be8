/* Audit: replay the chain from its genesis, trusting nothing, and compare every state row. */
#ifndef RX_AUDIT_H
#define RX_AUDIT_H

#include "node/store.h"

struct audit_fault {
	enum err err;
	uint64_t height; /* 0: not in a block */
	uint64_t ev; /* number of the event, 0: none */
	struct hash id; /* of that event as found, when ev is set */
	char table[16]; /* a state row that differs: its table, "" otherwise */
	char key[160]; /* and its key, for people: "(01)0951..(21)A7", "GLN 950..." */
	char what[160]; /* what differs */
};
struct audit_report {
	uint64_t blocks, events, packs, rows;
	struct chain_head head;
	struct audit_fault fault; /* err ERR_OK: green */
};
typedef void audit_progress_fn(void *ctx, uint64_t done, uint64_t all);

/* ERR_OK: it ran to its end or to the first fault (see out->fault); else it could not run.
 * threads: signature checks run on that many.  progress may be NULL. */
MUST_CHECK enum err audit_run(struct store *s, unsigned threads, audit_progress_fn *progress, void *ctx,
			      struct audit_report *out);

#endif
