/* Blocks and their headers (schemas/block.cddl). */
#ifndef RX_BLOCK_H
#define RX_BLOCK_H

#include "node/core/event.h"
#include "node/core/merkle.h"

#define BLOCK_EVENTS_MAX 1024
#define BLOCK_PACKS_MAX 40000 /* packs and units named by all events of a block: bounds writes and overlay, of light copies too */
#define BLOCK_BYTES_MAX (2 * 1024 * 1024) /* four of the largest events fit */
#define HEADER_BYTES_MAX 352

struct header {
	uint64_t rules_version;
	struct hash chain_id;
	uint64_t height;
	struct hash prev;
	uint64_t time_ms, proposer, count;
	struct hash events_root, log_root;
	uint64_t log_size;
	struct hash effects, next_validators, public_root;
	bool has_state_root;
	struct hash state_root;
};

/* ERR_NO_SPACE.  HEADER_BYTES_MAX is always enough. */
MUST_CHECK enum err header_encode(const struct header *h, uint8_t *buf, size_t cap, struct bytes *out);
/* ERR_BAD_VERSION, ERR_MISSING_FIELD, ERR_UNKNOWN_FIELD, ERR_BAD_BLOCK (height or count out of range), those of rd.h. */
MUST_CHECK enum err header_decode(struct header *out, struct bytes in);
/* Of the header's bytes: what validators sign and the next header names. */
void header_hash(struct hash *out, struct bytes header);

/* A block taken apart: views into the input.  events: BLOCK_EVENTS_MAX places, the caller's. */
struct block {
	struct bytes header_bytes;
	struct header header;
	struct bytes *events;
	size_t events_n;
};
/* ERR_TOO_LARGE, ERR_BAD_BLOCK (count differs), those of rd.h.  Events are not looked into. */
MUST_CHECK enum err block_decode(struct block *out, struct bytes *events, size_t cap, struct bytes in);
/* Bytes of a block from its header and events; n: bytes it takes. */
size_t block_size(struct bytes header, const struct bytes *events, size_t n);
/* ERR_NO_SPACE. */
MUST_CHECK enum err block_encode(struct bytes header, const struct bytes *events, size_t n, uint8_t *buf, size_t cap,
				 struct bytes *out);

#endif
