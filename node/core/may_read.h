/* Who may know what: the one rule, for blocks, items, history and notifications alike. */
#ifndef RX_MAY_READ_H
#define RX_MAY_READ_H

#include "node/core/state.h"

struct reader {
	uint64_t gln;
	bool all; /* nothing is withheld from it */
};
/* Of blocks: who may hold a full copy - validators, regulators, whom the consortium allows (MEMBER). */
MUST_CHECK enum err reader_of_blocks(const struct state *st, uint64_t gln, struct reader *out);
/* Of answers about others' goods: regulators see all, whatever copy a member's node holds. */
MUST_CHECK enum err reader_of_answers(const struct state *st, uint64_t gln, struct reader *out);

/* Whom something concerns: who signed it, whom it names, who held the goods before and after; 0: nobody. */
#define PARTIES_MAX 6
struct parties { uint64_t gln[PARTIES_MAX]; size_t n; };
void parties_add(struct parties *p, uint64_t gln);
/* Those that an event itself names: its signer, and the receiver of a shipment. */
void parties_of_event(struct parties *out, const struct event *ev, uint64_t signer);

/* Types that readers ALL of events.csv names are everybody's to read, others their parties'. */
bool may_read(const struct reader *r, enum event_type type, const struct parties *parties);

#endif
