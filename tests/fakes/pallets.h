/* A large ledger for benches, made as a validator makes it but for the signatures: 1 M packs in cases of 100 on pallets of
 * 10,000, ten pallets a lot, that went from the manufacturer over two distributors to a pharmacy.  What fails ends the program. */
#ifndef RX_PALLETS_H
#define RX_PALLETS_H

#include "node/overlay.h"
#include "node/store.h"
#include "tests/fakes/world.h"

#define PALLETS_PACKS 1000000u
#define PALLETS_CASE 100u /* packs */
#define PALLETS_PALLET 10000u
#define PALLETS_LOT 100000u
#define PALLETS_LOOSE 100u /* more packs, in no unit, of the last lot, still at the manufacturer's */

struct pallets {
	char path[64];
	struct store *store;
	struct state now;
	struct overlay *overlay;
	struct chain_head head;
	uint64_t now_ms, nonce;
	uint64_t old_ev; /* when every pallet was on its way to the first distributor */
	/* the block being made */
	struct signed_event *events;
	uint8_t *bytes, *writes;
	size_t events_n, bytes_n, packs_n;
};

void pallets_make(struct pallets *l, const char *dir);
void pallets_free(struct pallets *l);

struct bytes pallets_serial(unsigned pack, char out[static 13]);
struct bytes pallets_lot(unsigned pack, char out[static 8]);
uint64_t pallets_case(unsigned n); /* SSCC of case n, that holds packs n * PALLETS_CASE on */
uint64_t pallets_pallet(unsigned n);

/* Add an event of m's; a block of what was added. */
void pallets_add(struct pallets *l, enum world_member m, struct event *ev);
void pallets_block(struct pallets *l);

#endif
