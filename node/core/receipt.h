/* Receipts (schemas/block.cddl): proof that an event is final, checked offline with the validator set. */
#ifndef RX_RECEIPT_H
#define RX_RECEIPT_H

#include "node/core/certificate.h"

#define RECEIPT_PATH_MAX 10 /* 2^10 events a block: BLOCK_EVENTS_MAX */
#define RECEIPT_BYTES_MAX (64 + HEADER_BYTES_MAX + CERTIFICATE_BYTES_MAX + RECEIPT_PATH_MAX * 34)

struct receipt {
	struct hash id;
	struct bytes header_bytes, certificate;
	struct header header;
	uint64_t index;
	struct hash path[RECEIPT_PATH_MAX];
	size_t path_n;
};
/* ERR_NO_SPACE. */
MUST_CHECK enum err receipt_encode(const struct receipt *r, uint8_t *buf, size_t cap, struct bytes *out);
/* Views into in.  The certificate is not looked into.  ERR_TOO_LARGE (path), those of rd.h and header_decode(). */
MUST_CHECK enum err receipt_decode(struct receipt *out, struct bytes in);
/* The tree over the ids of one block's events, hashed once for the paths of all of them.
 * n: 1 to BLOCK_EVENTS_MAX.  receipt_tree_path(): sets the path of event number r->index, which is below n. */
struct receipt_tree {
	size_t n;
	struct hash nodes[2 * BLOCK_EVENTS_MAX + RECEIPT_PATH_MAX]; /* level by level, leaves first */
};
void receipt_tree_make(struct receipt_tree *t, const struct hash *ids, size_t n);
void receipt_tree_path(const struct receipt_tree *t, struct receipt *r);
/* Is event r->id final?  set: the validators in force at the header's height, whom the caller trusts; no ledger is needed.
 * ERR_BAD_CERTIFICATE, ERR_BAD_PROOF, those of rd.h. */
MUST_CHECK enum err receipt_verify(const struct receipt *r, const struct validator_set *set);

#endif
