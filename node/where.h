/* Where the packs of a lot or product are, as a node tells it (node.cddl "where"). */
#ifndef RX_WHERE_H
#define RX_WHERE_H

#include "node/client.h"

#define WHERE_ROWS_MAX 8192 /* holders, states and receivers of one product */

struct whereabouts {
	uint64_t holder, state, peer, packs;
	struct bytes name, peer_name;
};
struct where {
	uint64_t height, time_ms, gtin;
	struct bytes lot; /* views into the client's buffer, until its next call; names too */
	struct whereabouts rows[WHERE_ROWS_MAX]; /* most packs first */
	size_t rows_n;
};

/* What is asked: lot.p NULL: the whole product; market none: everywhere; time_ms: as it was then, or NULL for now. */
struct where_query {
	uint64_t gtin;
	struct bytes lot;
	struct country market;
	const uint64_t *time_ms;
};
/* why: text for people. */
MUST_CHECK enum err where_fetch(struct client *c, const struct where_query *q, struct where *out, struct config_fault *why);

#endif
