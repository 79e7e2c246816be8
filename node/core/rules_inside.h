/* Custody events on their way: what rules_custody.c and rules_inside.c share. */
#ifndef RX_RULES_INSIDE_H
#define RX_RULES_INSIDE_H

#include "node/core/rules_parts.h"

/* What a lot says of its packs. */
struct lot_facts {
	bool expired, recalled, withdrawn, unreleased;
	bool maker; /* of the signer's product */
};

/* One event on its way through its subject. */
struct custody {
	uint64_t target; /* of those that undo: number of the event they undo */
	enum err undo; /* why the target may not be undone now; said once it is known to be in force */
	struct country to; /* the receiver's, where it is known */
	struct lot_facts lot; /* of the group of packs looked at */
	uint64_t lots_looked; /* of units */
	uint64_t surplus; /* packs */
	int64_t parent; /* PACK, UNPACK: the unit named */
	struct pack_view parent_view; /* PACK */
	struct tally tally;
};

/* A pack or unit of the subject. */
struct thing {
	struct pack_view view;
	struct tally_unit *unit; /* NULL: a pack, of: */
	uint64_t gtin;
	struct bytes lot;
	struct lot_facts lots; /* of all that is in it */
};

void rules_put_custody(const struct rules_run *run, int64_t unit, const struct custody_row *row);

/* ---- what is in what (rules_inside.c) ---- */
/* PACK: the unit named, which comes to be if nobody made it before; ERR_FOREIGN_PREFIX, ERR_NOT_HOLDER, ERR_STATE_NOT_ALLOWED,
 * ERR_PACK_LOCKED, ERR_PACK_STOLEN.  UNPACK: ERR_UNKNOWN_UNIT. */
enum err inside_find_parent(struct rules_run *run, struct custody *c);
/* Whether the thing may go into the parent: ERR_NESTED, ERR_ALREADY_INSIDE, ERR_TOO_DEEP. */
enum err inside_check(const struct custody *c, const struct thing *t);
/* Out of all units around it. */
enum err inside_take_out(const struct rules_run *run, struct custody *c, struct thing *t);
/* Into the parent, and so into all that is around that. */
enum err inside_put_in(const struct rules_run *run, struct custody *c, struct thing *t);
/* Units around a thing count what is locked and stolen in them. */
enum err inside_count_flag(struct custody *c, const struct thing *t, enum flag_kind kind, int sign);

#endif
