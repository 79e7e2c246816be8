/* One scanned string to its verdict: label data, label signature, ledger state. */
#ifndef RX_CHECK_H
#define RX_CHECK_H

#include "node/client.h"
#include "node/core/verdict.h"
#include "scanner/repair.h"

/* What became of the cause for alarm: the node noted it and waits for a second reading, signed an alarm, knew one already,
 * recorded that the pack was seen here. */
enum reported { REPORTED_NOTHING, REPORTED_NOTED, REPORTED_RAISED, REPORTED_KNOWN, REPORTED_SEEN, REPORTED_FAILED };

/* How a misread text was explained (repair_check.h). */
struct check_repair {
	enum confusion confusion; /* CONFUSION_NONE: it was not, and the rest says nothing */
	bool applied; /* the verdict is that of the reading in to; else the label must be scanned again */
	bool ambiguous; /* several packs explain it */
	size_t from_n, to_n;
	uint8_t from[REPAIR_TEXT_MAX], to[REPAIR_TEXT_MAX];
};

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
	struct check_repair repair;
	bool repeated; /* held back as misread before, and came again the same */
	enum reported reported;
	struct hash alarm; /* raised or known: its id */
};

/* Who knows the packs.  ask: facts about q's pack; why: text for people, when it fails. */
struct check_source {
	enum err (*ask)(void *ctx, const struct verdict_question *q, struct verdict_facts *out, struct config_fault *why);
	void *ctx;
};
/* A node; client: borrowed. */
struct check_source check_node(struct client *client);

/* The two halves of check_text(): what the text says, asking nobody (years are added to the expiry's), false when that is no
 * pack; then what is known of it.  Answers that are in c->facts already: check_decide() alone. */
bool check_read(struct checked *c, struct bytes text, unsigned years);
void check_ask(struct checked *c, const struct check_source *source, const struct pubkey *key);
void check_decide(struct checked *c);

/* source NULL: the label alone.  key: verifies the label's signature when there is no ledger to name one; may be NULL. */
void check_text(const struct check_source *source, const struct pubkey *key, struct bytes text, struct checked *out);

/* design.md 5: 0 accept, 1 reject, 2 quarantine, 3 no verdict, 4 label signature only; or sysexits. */
int check_status(const struct checked *c);
/* The worse of two statuses, for several inputs. */
int check_worse(int a, int b);

/* For people, and for programs (one JSON object). */
void check_print(const struct checked *c, const char *name, bool colour);
void check_print_json(const struct checked *c, const char *name);

#endif
