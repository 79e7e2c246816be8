/* The risk of a pack at a counter, out of a copy that holds its whole history (risk.h). */
#ifndef RX_RISK_GATHER_H
#define RX_RISK_GATHER_H

#include "node/core/verdict.h"
#include "node/habits.h"
#include "node/store.h"

/* Judge q's pack, scanned by asker at now_s (Unix seconds).  habits NULL: none are known.  GLNs that are not for asker to
 * know are withheld.  A pack that nobody commissioned has no way, so nothing is found.  Errors of the store. */
MUST_CHECK enum err risk_gather(struct store *s, const struct habits *habits, const struct verdict_question *q,
				uint64_t asker, uint64_t now_s, struct risk *out);

#endif
