/* A random trade of packs, cases and pallets in a store, with what stands of each thing after every event: for tests of the
 * past.  One at a time. */
#ifndef RX_TRADE_H
#define RX_TRADE_H

#include "tests/fakes/consortium.h"

#define TRADE_PACKS 24 /* the last third of another lot */
#define TRADE_OTHER_LOT_FROM 16
#define TRADE_UNITS 8
#define TRADE_THINGS (TRADE_PACKS + TRADE_UNITS) /* packs first */
#define TRADE_EVENTS_MAX 600
#define TRADE_LOT_OTHER "L9"

/* A thing as it is after an event: all that its history speaks of. */
struct trade_seen {
	bool there;
	struct pack_view v;
	uint64_t sscc[UNIT_LEVELS_MAX]; /* of v.above */
	struct flags_row above[UNIT_LEVELS_MAX];
	struct sight_row sight;
	struct alarm_row alarm;
	uint64_t released, recalled, withdrawn;
};

struct trade {
	struct consortium con;
	struct trade_seen (*seen_at)[TRADE_THINGS]; /* after event number i */
	uint64_t *corrected; /* by which event, or 0 */
	uint64_t first_ev, last_ev;
};
extern struct trade trade;

/* The lots registered and their packs commissioned; trade_run(): and much traded. */
void trade_begin(void);
void trade_run(void);
void trade_end(void);
/* A block of this event alone, and what stands after it. */
enum err trade_try(enum world_member who, struct event *ev);

uint64_t trade_sscc_of(size_t thing);
struct bytes trade_serial_of(size_t thing);
struct bytes trade_lot_of(size_t pack);
enum err trade_view_of(const struct state *state, size_t thing, struct pack_view *out);
bool trade_same_custody(const struct custody_row *a, const struct custody_row *b);
bool trade_same(const struct trade_seen *a, const struct trade_seen *b);

#endif
