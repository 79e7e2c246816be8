/* How long goods usually stay with each party, learnt from the ledger's own events in a thread that has its own view of the
 * database: neither the ledger nor the answers wait for it.  In memory alone, of this node alone. */
#ifndef RX_HABITS_H
#define RX_HABITS_H

#include "node/core/risk.h"
#include "node/store.h"

#define HABITS_PARTIES_MAX 65536 /* 2.5 MB; parties beyond have no habit */
#define HABITS_AT_ONCE 4096	 /* events: of more at once, as after a start, the last ones stand for all */

struct habits;

/* From the newest events, then with each habits_follow() from those appended since.  ERR_NO_MEMORY; the thread says nothing
 * of what it cannot read: there are fewer habits then. */
MUST_CHECK enum err habits_start(struct habits **out, const char *db_path);
void habits_stop(struct habits *h); /* accepts NULL */
/* There are new events. */
void habits_follow(struct habits *h);
/* What is known of a party; false: nothing. */
bool habits_of(const struct habits *h, uint64_t party, struct risk_habit *out);

/* ---- the parts ---- */
struct habits *habits_new(void); /* empty, without a thread; NULL: no memory */
/* One sample of event number ev: how long the first pack it names had been with its signer, when it is one that takes packs
 * away from there and brought there by a receipt or made there.  ERR_NO_MEMORY, errors of the store. */
MUST_CHECK enum err habits_learn(struct habits *h, struct store *s, uint64_t ev);

#endif
