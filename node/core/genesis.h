/* The genesis block (schemas/event.cddl "genesis"): its bytes are block 0, their SHA-256 is the chain id. */
#ifndef RX_GENESIS_H
#define RX_GENESIS_H

#include "node/core/rules.h"

#define GENESIS_MEMBERS_MAX 64 /* who founds a chain; later ones are admitted by events */
#define GENESIS_BYTES_MAX (GENESIS_MEMBERS_MAX * 2048)
#define GENESIS_WRITES_MAX (GENESIS_MEMBERS_MAX * 8192) /* a member: 1.4 KB, 16 prefixes of 9 rows each 5 KB */

struct genesis {
	struct hash chain_id;
	uint64_t time_s, rules_version;
	struct bytes name; /* of the consortium; a view into the genesis */
};

/* Check a genesis block whole (schema, members ascending, validators among them, keys distinct, no prefix twice) and
 * append the writes of ev 0: the state it makes.  On error ws is as before.
 * ERR_NO_SPACE, ERR_EXISTS, ERR_UNKNOWN_MEMBER, ERR_BAD_VERSION, and those of rd.h. */
MUST_CHECK enum err genesis_apply(struct bytes genesis, struct writes *ws);

/* What stands at the head of a genesis block; what follows is not looked at.  out: unchanged on error. */
MUST_CHECK enum err genesis_read(struct genesis *out, struct bytes genesis);

struct genesis_draft {
	uint64_t time_s;
	struct bytes name;
	const struct member_fields *members; /* ascending by GLN */
	size_t members_n;
	struct validator_list validators;
};
/* ERR_NO_SPACE.  What was drafted is checked by genesis_apply(). */
MUST_CHECK enum err genesis_encode(const struct genesis_draft *g, uint8_t *buf, size_t cap, struct bytes *out);

#endif
