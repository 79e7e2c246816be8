/* What the files of state.h share: reading values. */
#ifndef RX_STATE_PARTS_H
#define RX_STATE_PARTS_H

#include "node/core/state.h"

/* ERR_NOT_FOUND when absent. */
MUST_CHECK enum err state_fetch(const struct state *st, struct bytes key, struct bytes *value);
/* A value that is one number. */
MUST_CHECK enum err state_read_number(const struct state *st, struct bytes key, uint64_t *out);
MUST_CHECK enum err state_read_int(const struct state *st, struct bytes key, int64_t *out);
/* What does not decode was not written by the rules: ERR_CORRUPT. */
MUST_CHECK enum err state_finish(struct rd *r);

void state_read_maybe_country(struct rd *r, struct country *out);
void state_write_maybe_country(struct wr *w, const struct country *c);

#endif
