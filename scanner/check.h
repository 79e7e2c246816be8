/* One scanned string to its verdict: label data, label signature, ledger state. */
#ifndef RX_CHECK_H
#define RX_CHECK_H

#include "node/client.h"
#include "node/core/verdict.h"

/* What became of the cause for alarm: the node noted it and waits for a second reading, signed an alarm, knew one already,
 * recorded that the pack was seen here. */
enum reported { REPORTED_NOTHING, REPORTED_NOTED, REPORTED_RAISED, REPORTED_KNOWN, REPORTED_SEEN, REPORTED_FAILED };

struct checked {
	struct gs1_data data;
	struct fault fault; /* when the string is not GS1 data */
	bool readable;
	bool month_only; /* the label's expiry names no day */
	struct verdict_question question;
	struct verdict_facts facts;
	enum label_check label;
	bool asked; /* the ledger answered */
	enum err err; /* why not */
	struct config_fault why;
	struct verdict verdict;
	enum reported reported;
	struct hash alarm; /* raised or known: its id */
};

/* client NULL: the label alone.  key: verifies the label's signature when there is no ledger to name one; may be NULL. */
void check_text(struct client *client, const struct pubkey *key, struct bytes text, struct checked *out);

/* design.md 5: 0 accept, 1 reject, 2 quarantine, 3 no verdict, 4 label signature only; or sysexits. */
int check_status(const struct checked *c);
/* The worse of two statuses, for several inputs. */
int check_worse(int a, int b);

/* For people, and for programs (one JSON object). */
void check_print(const struct checked *c, const char *name, bool colour);
void check_print_json(const struct checked *c, const char *name);

#endif
