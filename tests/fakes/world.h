/* A small consortium on a memstate, for tests of the rules: members, a product, lots, and events applied to them. */
#ifndef RX_WORLD_H
#define RX_WORLD_H

#include "node/core/genesis.h"
#include "tests/fakes/memstate.h"

/* Indexes of members; the first of each role owns what its name says. */
enum world_member { MFR, MFR2, DIST, DIST2, PHARM, PHARM2, REG, REG2, WORLD_MEMBERS, NEWCOMER = WORLD_MEMBERS };

#define WORLD_T0 1700000000ULL /* time of the genesis: 2023-11-14 */
#define WORLD_KEYS 24 /* of them the first WORLD_MEMBERS are the members' event keys */
#define WORLD_RELEASE_KEY(m) (WORLD_KEYS - 2 + (size_t)(m)) /* of MFR and MFR2: index of the key that releases lots */
#define LOT_GOOD "L1" /* of MFR's and of MFR2's product: expires 2099-12-31 */
#define LOT_OLD "OLD" /* expired on 2020-01-31 */

struct world {
	struct memstate *mem;
	struct state st;
	struct hash chain_id;
	uint64_t ev; /* of the next event */
	uint64_t now_ms; /* time of the block that orders it */
	struct kid kid[WORLD_MEMBERS + 1]; /* each member's event key now */
	struct refusal why; /* of the last event */
	struct hash last_id; /* of the last event tried */
	struct writes ws; /* of the last event */
	uint8_t *buf, *groups;
};

/* The first n members (1, or 4 and more) are the validators; MFR and MFR2 have prefix, product and lots registered. */
void world_init(struct world *w, size_t validators);
void world_free(struct world *w);

uint64_t world_check(uint64_t body); /* any GS1 key: body with its check digit */
uint64_t world_gln(enum world_member m);
struct pubkey world_key(size_t i);
struct member_fields world_member(enum world_member m);
uint64_t world_gtin(enum world_member m); /* of MFR or MFR2 */

/* Release a lot of m's product with m's release key; LOT_GOOD and LOT_OLD are released already. */
enum err world_release(struct world *w, enum world_member m, const char *lot);
/* LOT, and MEMBER_REVOKE by MFR. */
enum err world_lot(struct world *w, enum world_member who, uint64_t gtin, const char *lot, uint32_t expiry);
enum err world_revoke(struct world *w, enum world_member whom);
/* Sign as m with the key of this index from now on; KEY_ROTATE to it. */
void world_use_key(struct world *w, enum world_member m, size_t key);
enum err world_rotate(struct world *w, enum world_member m, size_t key);

/* An event of this type: chain, nonce, time now, place of the signer; the caller adds what the type needs. */
struct event world_event(struct world *w, enum world_member signer, enum event_type type);
/* The same on packs of m's product: serials, a NULL last. */
struct event world_pack_event(struct world *w, enum world_member signer, enum event_type type, enum world_member m,
			      const char *lot, const char *const *serials);

/* Give ev its subject: n packs in any order (NULL: none) and SSCCs in any order; both lists are sorted in place. */
void world_subject(struct world *w, struct event *ev, struct pack_id *packs, size_t n, uint64_t *ssccs, size_t ssccs_n);
/* An event on logistic units and packs of MFR's LOT_GOOD; lists that end with 0 and NULL, or NULL. */
struct event world_unit_event(struct world *w, enum world_member signer, enum event_type type, const uint64_t *ssccs,
			      const char *const *serials);
/* Number n under m's prefix, or one that nobody registered. */
uint64_t world_sscc(enum world_member m, uint64_t n);
uint64_t world_sscc_of_nobody(uint64_t n);
/* Change what the state says of a member. */
void world_set_member(struct world *w, enum world_member m, bool supplies, const char *country);

/* Encode, decode and apply it; what is accepted is in the state and moves ev on, what is refused leaves no trace
 * (or the program ends).  world_apply_signed(): id, kid and all as they stand in ev. */
enum err world_apply(struct world *w, enum world_member signer, struct event *ev);
enum err world_apply_signed(struct world *w, const struct event *ev);

/* Commission, ship to .. receive and so on of one pack of MFR's LOT_GOOD; must be accepted or the program ends. */
void world_must(enum err e);
enum err world_commission(struct world *w, const char *serial);
enum err world_ship(struct world *w, enum world_member from, enum world_member to, const char *serial);
enum err world_do(struct world *w, enum world_member who, enum event_type type, const char *serial);
/* VOID_SHIP, UNDO_DISPENSE of the event with this id. */
enum err world_undo(struct world *w, enum world_member who, enum event_type type, const char *serial,
		    const struct hash *target);
/* A pack commissioned and moved to who's custody. */
void world_bring(struct world *w, enum world_member who, const char *serial);
struct pack_view world_view(struct world *w, const char *serial);

#endif
