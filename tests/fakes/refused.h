/* Tables of refusals: each provoked once, beside its nearest neighbour that is allowed. */
#ifndef RX_REFUSED_H
#define RX_REFUSED_H

#include "tests/fakes/world.h"

struct refused {
	const char *name;
	enum err want;
	enum err (*try)(struct world *w); /* in a world of its own, one validator: MFR */
	size_t at_pack; /* 1 + place of the pack named, 0: none */
};
void check_refusals(const struct refused *rows, size_t n);

#endif
