/* Scripts of custody events: things and members by name, and what must be so after each step. */
#ifndef RX_SCRIPT_H
#define RX_SCRIPT_H

#include "tests/fakes/world.h"

/* Packs: a letter and a number from 1 to 9: A of MFR's LOT_GOOD, B of MFR's lot L2, C of MFR2's LOT_GOOD, U of MFR's lot L3,
 * which is not released.  Units: # under no registered prefix, @ under MFR's, % under MFR2's, and a number from 1 to 9. */
#define SCRIPT_LOT_B "L2"
#define SCRIPT_LOT_U "L3"
#define SCRIPT_STEPS_MAX 64

struct script_step {
	const char *name;
	enum world_member who;
	enum event_type type;
	const char *things; /* names between blanks */
	const char *arg; /* the unit; the receiver; of those that undo, the step undone */
	enum err want;
	const char *after; /* a thing, its state, its holder, its flags as letters (l s m c) or -; NULL: not asked */
};

struct script {
	struct world w;
	size_t n;
	const char *names[SCRIPT_STEPS_MAX];
	struct hash ids[SCRIPT_STEPS_MAX];
};

/* A world with all packs commissioned, A, B and U at MFR, C at MFR2. */
void script_init(struct script *s);
void script_free(struct script *s);

/* Each step, with a recount of all units after it. */
void script_run(struct script *s, const struct script_step *steps, size_t n);
#define SCRIPT_RUN(s, steps) script_run(s, steps, sizeof(steps) / sizeof((steps)[0]))

/* The event that a step signs. */
struct event script_event(struct script *s, const struct script_step *step);
struct pack_view script_view(struct script *s, const char *thing);
uint64_t script_sscc(const char *unit);
struct pack_id script_pack(const char *pack);

/* Whether what unit rows say is what a walk over these packs and units finds; says what differs.  ssccs that are no units
 * (yet) are passed over. */
bool recount(const struct state *st, const struct pack_id *packs, size_t packs_n, const uint64_t *ssccs, size_t ssccs_n,
	     const char *name);

#endif
