/* The false-alarm firewall: before a text that came over a keyboard or cable becomes an alarm, ask whether a known confusion
 * makes a pack of it that the ledger knows. */
#ifndef RX_REPAIR_CHECK_H
#define RX_REPAIR_CHECK_H

#include "scanner/check.h"

#define REPAIR_QUESTIONS_MAX 24 /* to the ledger, for one text */
#define REPAIR_REMEMBERED 256 /* texts held back */

/* What was held back in this run; begin with zeros. */
struct repair_memory {
	struct hash text[REPAIR_REMEMBERED];
	size_t n;
};

/* Explain c, as check_text() left it for text, by a misreading: c->repair.
 *   - separators alone are put back, where that can be done in one way only, before anything else: the verdict is then that of
 *     the text as it should have come.  So it is when a label's good signature says that Caps Lock was on, and when the expiry's
 *     two digits stand for another century.
 *   - else, when the text cannot be read, or the ledger says what it says of misread packs, and one of the readings is a known
 *     pack whose data agree and which is no cause for alarm: REASON_MISREAD, scan again.
 *   - what was held back so and comes again the same stays what it is: c->repeated.
 * source, key: check_text()'s. */
void repair_check(struct repair_memory *memory, const struct check_source *source, const struct pubkey *key, struct bytes text,
		  struct checked *c);

#endif
