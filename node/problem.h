/* RFC 9290 concise problem details (node.cddl "problem"). */
#ifndef RX_PROBLEM_H
#define RX_PROBLEM_H

#include "node/core/rules.h"

#define CF_PROBLEM 257
#define PROBLEM_BYTES_MAX 512
#define REFUSAL_BYTES_MAX 256

struct problem {
	enum err err; /* unknown numbers: ERR_BAD_REQUEST */
	struct bytes detail; /* may be absent */
	struct bytes refusal; /* signed, may be absent */
	bool at_pack;
	uint64_t pack_pos;
};
MUST_CHECK enum err problem_encode(const struct problem *p, uint8_t *buf, size_t cap, struct bytes *out);
MUST_CHECK enum err problem_decode(struct problem *out, struct bytes in);

/* What a validator signs when it does not order an event (block.cddl "refusal"). */
struct refusal_statement { struct hash id; enum err reason; uint64_t height; bool at_pack; uint64_t pack_pos; };
MUST_CHECK enum err refusal_encode(const struct refusal_statement *r, uint8_t *buf, size_t cap, struct bytes *out);
MUST_CHECK enum err refusal_decode(struct refusal_statement *out, struct bytes in);

#endif
