/* A light copy: all headers and certificates, and of the events those its member may read.  The others are ids, and what
 * follows from them is not known here: public facts are executed as everybody does, of goods only what is read is kept.
 * That the hidden events followed the rules is the validators' word (the certificate), not this copy's. */
#ifndef RX_LIGHT_H
#define RX_LIGHT_H

#include "node/core/chain.h"

struct light_event {
	bool hidden;
	struct hash id;
	struct signed_event shown; /* unless hidden */
};

/* Whether an item of a light-block is an id alone. */
bool light_is_id(struct bytes item);
/* One event of a light-block: an id, or an event opened and verified with the key that st holds for its kid. */
MUST_CHECK enum err light_open(const struct state *st, struct bytes item, struct light_event *out);

/* As chain_check(), but for effects, which nobody without all events can know: link, proposer, certificate, roots, log,
 * validator set, that no event is hidden that everybody may read, and that those shown follow from the public facts.  ws: the writes to store.
 * In ws a hidden event's row [1, ev] has type 0 and no signer; pack and unit numbers are this copy's own. */
MUST_CHECK enum err light_check(const struct chain_head *head, const struct chain_overlay *ov, const struct block *b,
				struct bytes certificate, const struct light_event *events, struct writes *ws, size_t *bad);

#endif
