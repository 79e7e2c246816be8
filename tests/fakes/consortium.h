/* A small consortium whose members sign: events and certified blocks as a validator makes them, in a store in a folder of
 * its own.  MFR is the one validator.  What must not fail here ends the program. */
#ifndef RX_CONSORTIUM_H
#define RX_CONSORTIUM_H

#include "node/overlay.h"
#include "node/port/signer.h"
#include "node/store.h"
#include "tests/fakes/world.h"

struct consortium {
	char dir[64], path[128];
	struct signer *signers[WORLD_MEMBERS];
	struct store *store; /* NULL while closed */
	struct state now;
	struct overlay *overlay;
	struct chain_head head;
	uint64_t now_ms, nonce;
	/* the block being made; the newest one after consortium_block() */
	struct signed_event *events;
	size_t events_n;
	struct bytes *coses;
	struct hash *ids;
	uint8_t *bytes, *groups, *writes;
	size_t bytes_n;
	struct chain_proposal proposal;
	uint8_t header[HEADER_BYTES_MAX], certificate[CERTIFICATE_BYTES_MAX];
	struct store_append append;
	struct refusal refused; /* the first of the block */
};

/* Keys, and a ledger with the genesis block and a block with MFR's product and lots; open.  All in a new folder under
 * where (NULL: /tmp). */
void consortium_init(struct consortium *c, const char *where);
/* MFR's lot is released for sale, in two blocks of an event each; once. */
void consortium_release(struct consortium *c);
void consortium_free(struct consortium *c); /* the folder goes too */
void consortium_open(struct consortium *c);
void consortium_close(struct consortium *c);

/* The n-th serial: 16 characters that look random. */
void consortium_serial(char out[static 17], uint64_t n);

/* Sign ev and add it to the block being made.  Its id. */
struct hash consortium_add(struct consortium *c, enum world_member who, struct event *ev);
/* Events on serials first .. first + n - 1 of MFR's product, lot LOT_GOOD.  peer: of SHIP and RETURN. */
struct hash consortium_packs(struct consortium *c, enum world_member who, enum event_type type, uint64_t first, size_t n,
			     enum world_member peer);
/* Make the block of what was added, certify it, fill append; then with consortium_block() append it.
 * ERR_OK, an event's refusal (no block is made then), or the store's error (the block can be tried again). */
enum err consortium_make(struct consortium *c);
enum err consortium_block(struct consortium *c);
/* Append what consortium_make() made. */
enum err consortium_append(struct consortium *c);

#endif
