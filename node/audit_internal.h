/* Inside the audit: the replay (audit.c) and the comparison with what is on disk (audit_rows.c). */
#ifndef RX_AUDIT_INTERNAL_H
#define RX_AUDIT_INTERNAL_H

#include "node/audit.h"
#include "node/core/light.h"
#include "node/overlay.h"

/* A block read from disk, waiting for its turn. */
struct audit_block {
	struct bytes header_bytes, certificate;
	struct header header;
	size_t first; /* of its events, in audit.events */
};

struct audit {
	struct store *s;
	struct pool *pool;
	struct overlay *overlay; /* every version of every key that the chain makes */
	struct chain_overlay ov;
	struct audit_report *out;
	uint64_t last; /* height to replay up to */
	uint8_t *writes;
	/* what was read ahead */
	struct audit_block *blocks;
	size_t blocks_n, events_n;
	uint64_t read_height, read_ev;
	struct signed_event *events;
	struct light_event *light; /* of a light copy, else NULL */
	uint8_t hidden[HASH_LEN + 2];
	enum err *errs; /* what opening each gave */
	struct bytes *coses;
	struct hash *ids;
	uint8_t *bytes;
	size_t bytes_n, bytes_cap;
};

/* Note what is wrong and where; gives e back.  One noted later takes its place. */
enum err audit_fault(struct audit *a, enum err e, uint64_t height, uint64_t ev, const char *what);
/* The same for a table, its rows seen as a whole. */
enum err audit_fault_table(struct audit *a, uint64_t height, const char *table, const char *what);

/* Rows on disk against those of the replay, then everything else on disk. */
MUST_CHECK enum err audit_compare(struct audit *a);

#endif
