/* Certificates of finality (schemas/block.cddl): the quorum's votes for one header. */
#ifndef RX_CERTIFICATE_H
#define RX_CERTIFICATE_H

#include "node/core/block.h"
#include "node/core/state.h"

#define VOTE_BYTES_MAX 96
#define CERTIFICATE_BYTES_MAX (16 + VALIDATORS_MAX * VOTE_BYTES_MAX)

/* The bytes validators sign: ["rxchain final", chain id, height, view, header hash]. */
#define FINAL_BYTES_MAX 112
struct final {
	struct hash chain_id;
	uint64_t height, view;
	struct hash header_hash;
};
MUST_CHECK enum err final_encode(const struct final *f, uint8_t *buf, size_t cap, struct bytes *out);
/* Digest that a validator with this key signs. */
MUST_CHECK enum err final_digest(const struct final *f, const struct kid *kid, struct hash *out);

/* From exactly quorum(set->n) signatures, ascending by validator index.
 * ERR_BAD_CERTIFICATE (another number of them), ERR_NOT_SORTED, ERR_BAD_VALUE (no such index), ERR_NO_SPACE. */
struct vote { size_t index; uint8_t sig[SIG_LEN]; };
MUST_CHECK enum err certificate_build(const struct validator_set *set, uint64_t view, const struct vote *votes, size_t n,
				      uint8_t *buf, size_t cap, struct bytes *out);

/* Does certificate make header (of these bytes) final under set?  ERR_BAD_CERTIFICATE and decoding errors. */
MUST_CHECK enum err certificate_verify(const struct validator_set *set, const struct header *h, struct bytes header_bytes,
				       struct bytes certificate);

#endif
