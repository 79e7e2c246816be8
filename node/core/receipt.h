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
MUST_CHECK enum err receipt_encode(const struct receipt *r, uint8_t *buf, size_t cap, struct bytes *out);
MUST_CHECK enum err receipt_decode(struct receipt *out, struct bytes in);
/* Path for event number index of the block with these ids. */
MUST_CHECK enum err receipt_path(struct receipt *r, const struct hash *ids, size_t n);
MUST_CHECK enum err receipt_verify(const struct receipt *r, const struct validator_set *set);

#endif
