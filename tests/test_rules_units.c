/* Logistic units: what is in them, what moves with them, what stops them. */
#include <stdlib.h>

#include "tests/fakes/script.h"
#include "tests/t.h"

static void test_packing(void)
{
	static const struct script_step steps[] = {
		{ "into a new unit", MFR, EV_PACK, "A1 A2 B1", "@1", ERR_OK, "B1 ACTIVE MFR -" },
		{ "under a prefix of nobody", MFR, EV_PACK, "A3", "#1", ERR_OK, "#1 ACTIVE MFR -" },
		{ "under another's prefix", MFR, EV_PACK, "A4", "%1", ERR_FOREIGN_PREFIX, NULL },
		{ "packs that another holds", DIST, EV_PACK, "A4", "#2", ERR_NOT_HOLDER, NULL },
		{ "into what another holds", MFR2, EV_PACK, "C1", "@1", ERR_NOT_HOLDER, NULL },
		{ "what is there", MFR, EV_PACK, "A1", "@1", ERR_ALREADY_INSIDE, NULL },
		{ "into an existing one", MFR, EV_PACK, "A4", "@1", ERR_OK, NULL },
		{ "from one into another", MFR, EV_PACK, "A1 B1", "#1", ERR_OK, NULL },
		{ "out of a unit that is none", MFR, EV_UNPACK, "A1", "#9", ERR_UNKNOWN_UNIT, NULL },
		{ "a unit that is none", MFR, EV_PACK, "#9", "@1", ERR_UNKNOWN_UNIT, NULL },
		{ "out of the wrong one", MFR, EV_UNPACK, "A1", "@1", ERR_NOT_INSIDE, NULL },
		{ "out", MFR, EV_UNPACK, "A1", "#1", ERR_OK, "A1 ACTIVE MFR -" },
		{ "out again", MFR, EV_UNPACK, "A1", "#1", ERR_NOT_INSIDE, NULL },
		{ "by a stranger", DIST, EV_UNPACK, "A3", "#1", ERR_NOT_HOLDER, NULL },
		{ "by a regulator", REG, EV_UNPACK, "A3", "#1", ERR_ROLE_NOT_ALLOWED, NULL },
		{ "of another lot, to none", MFR, EV_UNPACK, "A3 B1", "#1", ERR_OK, NULL },
		{ "the lot again", MFR, EV_PACK, "B2", "#1", ERR_OK, NULL },
		{ "pack and unit at once", MFR, EV_PACK, "A5 #1", "@1", ERR_OK, NULL },
	};
	struct script s;

	script_init(&s);
	SCRIPT_RUN(&s, steps);
	script_free(&s);
}

static void test_nesting(void)
{
	static const struct script_step steps[] = {
		{ "case 1", MFR, EV_PACK, "A1 A2", "@1", ERR_OK, NULL },
		{ "case 2", MFR, EV_PACK, "A3 B3", "@2", ERR_OK, NULL },
		{ "pallet", MFR, EV_PACK, "@1 @2 A4", "@3", ERR_OK, "A1 ACTIVE MFR -" },
		{ "into itself", MFR, EV_PACK, "@3", "@3", ERR_NESTED, NULL },
		{ "into what is in it", MFR, EV_PACK, "@3", "@1", ERR_NESTED, NULL },
		{ "with the unit it is in", MFR, EV_PACK, "@1 A1", "@4", ERR_NESTED, NULL },
		{ "with one further out", MFR, EV_SHIP, "@3 A1", "DIST", ERR_NESTED, NULL },
		{ "unit in a unit", MFR, EV_SHIP, "@1 @3", "DIST", ERR_NESTED, NULL },
		{ "not directly inside", MFR, EV_UNPACK, "A1", "@3", ERR_NOT_INSIDE, NULL },
		{ "case into case", MFR, EV_PACK, "@1", "@2", ERR_OK, NULL },
		{ "from deep to the pallet", MFR, EV_PACK, "A1", "@3", ERR_OK, NULL },
		{ "out of all", MFR, EV_UNPACK, "A2", "@1", ERR_OK, "A2 ACTIVE MFR -" },
		{ "an empty case out", MFR, EV_UNPACK, "@1", "@2", ERR_OK, "@1 ACTIVE MFR -" },
		{ "a full case out", MFR, EV_UNPACK, "@2", "@3", ERR_OK, "B3 ACTIVE MFR -" },
		{ "and in", MFR, EV_PACK, "@2", "@3", ERR_OK, NULL },
		{ "destroyed out of all", MFR, EV_DESTROY, "B3", NULL, ERR_OK, "B3 DESTROYED MFR -" },
		{ "which takes nothing along", MFR, EV_LOCK, "A3", NULL, ERR_OK, "A3 ACTIVE MFR l" },
		{ "a case shipped out of a pallet", MFR, EV_UNLOCK, "A3", NULL, ERR_OK, NULL },
		{ "to", MFR, EV_SHIP, "@2", "DIST", ERR_OK, "A3 IN_TRANSIT MFR -" },
		{ "packing what is on its way", MFR, EV_PACK, "A3", "@3", ERR_STATE_NOT_ALLOWED, NULL },
		{ "packing into what is on its way", MFR, EV_PACK, "A5", "@2", ERR_STATE_NOT_ALLOWED, NULL },
		{ "the rest stays", MFR, EV_LOCK, "@3", NULL, ERR_OK, "A1 ACTIVE MFR l" },
	};
	struct script s;

	script_init(&s);
	SCRIPT_RUN(&s, steps);
	script_free(&s);
}

static void test_depth(void)
{
	static const struct script_step steps[] = {
		{ "1", MFR, EV_PACK, "A1", "#1", ERR_OK, NULL },
		{ "2", MFR, EV_PACK, "#1", "#2", ERR_OK, NULL },
		{ "3", MFR, EV_PACK, "#2", "#3", ERR_OK, NULL },
		{ "4", MFR, EV_PACK, "#3", "#4", ERR_OK, NULL },
		{ "5", MFR, EV_PACK, "#4", "#5", ERR_OK, NULL },
		{ "6 around", MFR, EV_PACK, "#5", "#6", ERR_TOO_DEEP, NULL },
		{ "a pack into the innermost", MFR, EV_PACK, "A2", "#1", ERR_OK, NULL },
		{ "another case", MFR, EV_PACK, "A3", "#7", ERR_OK, NULL },
		{ "6 inside", MFR, EV_PACK, "#7", "#1", ERR_TOO_DEEP, NULL },
		{ "5 inside", MFR, EV_PACK, "#7", "#2", ERR_OK, NULL },
		{ "the four out", MFR, EV_UNPACK, "#4", "#5", ERR_OK, NULL },
		{ "the empty one anew", MFR, EV_PACK, "A4", "#5", ERR_OK, NULL },
		{ "around that", MFR, EV_PACK, "#5", "#6", ERR_OK, NULL },
		{ "the four in", MFR, EV_PACK, "#4", "#5", ERR_TOO_DEEP, NULL },
		{ "the three in", MFR, EV_PACK, "#3", "#5", ERR_OK, NULL },
		{ "from the innermost", MFR, EV_DESTROY, "A1", NULL, ERR_OK, "A1 DESTROYED MFR -" },
	};
	struct script s;

	script_init(&s);
	SCRIPT_RUN(&s, steps);
	script_free(&s);
}

static void test_on_the_way(void)
{
	static const struct script_step steps[] = {
		{ "case", MFR, EV_PACK, "A1 A2", "@1", ERR_OK, NULL },
		{ "ship", MFR, EV_SHIP, "@1", "DIST", ERR_OK, "A1 IN_TRANSIT MFR -" },
		{ "opened by the shipper", MFR, EV_UNPACK, "A1", "@1", ERR_WRONG_PEER, NULL },
		{ "opened by the receiver", DIST, EV_UNPACK, "A1", "@1", ERR_OK, "A1 IN_TRANSIT MFR -" },
		{ "received by itself", DIST, EV_RECEIVE, "A1", NULL, ERR_OK, "A1 ACTIVE DIST -" },
		{ "the case", DIST, EV_RECEIVE, "@1", NULL, ERR_OK, "A2 ACTIVE DIST -" },
		{ "case 2", MFR, EV_PACK, "A3 A4", "@2", ERR_OK, NULL },
		{ "ship 2", MFR, EV_SHIP, "@2", "DIST", ERR_OK, NULL },
		{ "one of it received", DIST, EV_RECEIVE, "A3", NULL, ERR_OK, "A3 ACTIVE DIST -" },
		{ "one of it not by others", DIST2, EV_RECEIVE, "A4", NULL, ERR_WRONG_PEER, NULL },
		{ "the rest voided", MFR, EV_VOID_SHIP, "@2", "ship 2", ERR_OK, "A4 ACTIVE MFR -" },
		{ "case 3", MFR, EV_PACK, "A5 A6", "@3", ERR_OK, NULL },
		{ "ship 3", MFR, EV_SHIP, "@3", "DIST", ERR_OK, NULL },
		{ "one of it voided", MFR, EV_VOID_SHIP, "A5", "ship 3", ERR_OK, "A5 ACTIVE MFR -" },
		{ "a received case is the receiver's to use", DIST, EV_PACK, "A3", "@1", ERR_OK, NULL },
	};
	struct script s;

	script_init(&s);
	SCRIPT_RUN(&s, steps);
	script_free(&s);
}

/* What one side says is missing or surplus, either side sets right. */
static void test_missing_and_surplus(void)
{
	static const struct script_step steps[] = {
		{ "case", MFR, EV_PACK, "A1 A2 A3", "@1", ERR_OK, NULL },
		{ "ship", MFR, EV_SHIP, "@1", "DIST", ERR_OK, NULL },
		{ "missing, says the shipper", MFR, EV_MISSING, "A1", NULL, ERR_WRONG_PEER, NULL },
		{ "missing", DIST, EV_MISSING, "A1 A2", NULL, ERR_OK, "A1 IN_TRANSIT MFR m" },
		{ "the rest", DIST, EV_RECEIVE, "@1", NULL, ERR_OK, "A3 ACTIVE DIST -" },
		{ "still missing", DIST, EV_MISSING, "A1", NULL, ERR_EXISTS, "A2 IN_TRANSIT MFR m" },
		{ "found by the receiver", DIST, EV_RECEIVE, "A1", NULL, ERR_OK, "A1 ACTIVE DIST -" },
		{ "never shipped, naming the shipment", MFR, EV_VOID_SHIP, "A2", "ship", ERR_UNDO_OTHER_EVENT, NULL },
		{ "never shipped", MFR, EV_VOID_SHIP, "A2", "missing", ERR_OK, "A2 ACTIVE MFR -" },
		{ "surplus", DIST, EV_SURPLUS, "A5", NULL, ERR_OK, "A5 ACTIVE MFR m" },
		{ "surplus of one's own", DIST, EV_SURPLUS, "A1", NULL, ERR_HAS_CUSTODY, NULL },
		{ "surplus by the regulator", REG, EV_SURPLUS, "A1", NULL, ERR_ROLE_NOT_ALLOWED, NULL },
		{ "surplus still", DIST, EV_SURPLUS, "A5", NULL, ERR_EXISTS, "A5 ACTIVE MFR m" },
		{ "shipped then", MFR, EV_SHIP, "A5", "DIST", ERR_OK, "A5 IN_TRANSIT MFR -" },
		{ "surplus of what comes", DIST, EV_SURPLUS, "A5", NULL, ERR_HAS_CUSTODY, NULL },
		{ "surplus of what goes elsewhere", DIST2, EV_SURPLUS, "A5", NULL, ERR_OK, "A5 IN_TRANSIT MFR m" },
		{ "void", MFR, EV_VOID_SHIP, "A5", "shipped then", ERR_OK, "A5 ACTIVE MFR -" },
		{ "a unit", MFR, EV_PACK, "A5", "@2", ERR_OK, NULL },
		{ "surplus unit", PHARM, EV_SURPLUS, "@2", NULL, ERR_OK, "A5 ACTIVE MFR m" },
		{ "out of it", MFR, EV_UNPACK, "A5", "@2", ERR_OK, "A5 ACTIVE MFR -" },
		{ "destroyed", MFR, EV_DESTROY, "A6", NULL, ERR_OK, NULL },
		{ "surplus of the destroyed", PHARM, EV_SURPLUS, "A6", NULL, ERR_OK, "A6 DESTROYED MFR m" },
	};
	struct script s;

	script_init(&s);
	SCRIPT_RUN(&s, steps);
	script_free(&s);
}

/* Goods came before the data of their shipment. */
static void test_claims(void)
{
	static const struct script_step steps[] = {
		{ "claim", DIST, EV_RECEIVE, "A1 A2", NULL, ERR_OK, "A1 ACTIVE MFR c" },
		{ "claimed already", DIST, EV_RECEIVE, "A1", NULL, ERR_EXISTS, "A1 ACTIVE MFR c" },
		{ "shipped to the claimant", MFR, EV_SHIP, "A1", "DIST", ERR_OK, "A1 ACTIVE DIST -" },
		{ "a later claim", DIST2, EV_RECEIVE, "A2", NULL, ERR_OK, "A2 ACTIVE MFR c" },
		{ "shipped to the earlier", MFR, EV_SHIP, "A2", "DIST", ERR_OK, "A2 IN_TRANSIT MFR -" },
		{ "of one's own", MFR, EV_RECEIVE, "A3", NULL, ERR_HAS_CUSTODY, NULL },
		{ "returned to the claimant", DIST, EV_RECEIVE, "A2", NULL, ERR_OK, "A2 ACTIVE DIST -" },
		{ "claim it back", MFR, EV_RECEIVE, "A2", NULL, ERR_OK, "A2 ACTIVE DIST c" },
		{ "return", DIST, EV_RETURN, "A2", "MFR", ERR_OK, "A2 ACTIVE MFR -" },
		{ "unit", MFR, EV_PACK, "A4 A5", "@1", ERR_OK, NULL },
		{ "claim of a unit", PHARM, EV_RECEIVE, "@1", NULL, ERR_OK, "A4 ACTIVE MFR c" },
		{ "unit shipped", MFR, EV_SHIP, "@1", "PHARM", ERR_OK, "A4 ACTIVE PHARM -" },
		{ "unit 2", MFR, EV_PACK, "A6 A7", "@2", ERR_OK, NULL },
		{ "claim in a unit", DIST2, EV_RECEIVE, "A6 A7", NULL, ERR_OK, "A6 ACTIVE MFR c" },
		{ "unit 2 shipped elsewhere", MFR, EV_SHIP, "@2", "DIST", ERR_OK, "A6 IN_TRANSIT MFR -" },
		{ "and received", DIST, EV_RECEIVE, "@2", NULL, ERR_OK, "A6 ACTIVE DIST -" },
		{ "which ended the claim", DIST, EV_SHIP, "A6", "DIST2", ERR_OK, "A6 IN_TRANSIT DIST -" },
		{ "taken out, too", DIST, EV_UNPACK, "A7", "@2", ERR_OK, "A7 ACTIVE DIST -" },
		{ "and shipped", DIST, EV_SHIP, "A7", "DIST2", ERR_OK, "A7 IN_TRANSIT DIST -" },
		{ "unit 3", MFR, EV_PACK, "A8", "@3", ERR_OK, NULL },
		{ "claim in unit 3", DIST2, EV_RECEIVE, "A8", NULL, ERR_OK, "A8 ACTIVE MFR c" },
		{ "taking out ends no claim", MFR, EV_UNPACK, "A8", "@3", ERR_OK, "A8 ACTIVE MFR c" },
		{ "packing neither", MFR, EV_PACK, "A8", "@4", ERR_OK, "A8 ACTIVE MFR c" },
		{ "shipped out of there", MFR, EV_SHIP, "A8", "DIST2", ERR_OK, "A8 ACTIVE DIST2 -" },
		{ "claim of the locked", DIST, EV_LOCK, "A1", NULL, ERR_OK, NULL },
		{ "goes", PHARM, EV_RECEIVE, "A1", NULL, ERR_OK, "A1 ACTIVE DIST lc" },
		{ "of the stolen not", DIST, EV_STOLEN, "A1", NULL, ERR_OK, NULL },
		{ "stolen", DIST2, EV_RECEIVE, "A1", NULL, ERR_PACK_STOLEN, "A1 ACTIVE DIST lsc" },
		{ "nothing moves by force", DIST, EV_SHIP, "A1", "PHARM", ERR_PACK_LOCKED, NULL },
	};
	struct script s;

	script_init(&s);
	SCRIPT_RUN(&s, steps);
	script_free(&s);
}

static void test_flags_inside(void)
{
	static const struct script_step steps[] = {
		{ "case", MFR, EV_PACK, "A1 A2 A3 A4", "@1", ERR_OK, NULL },
		{ "pallet", MFR, EV_PACK, "@1 B1 B2", "@2", ERR_OK, NULL },
		{ "lock one", MFR, EV_LOCK, "A1", NULL, ERR_OK, "A2 ACTIVE MFR -" },
		{ "pallet with a locked pack", MFR, EV_SHIP, "@2", "DIST", ERR_PACK_LOCKED, NULL },
		{ "destroyed with it", MFR, EV_DESTROY, "@2", NULL, ERR_PACK_LOCKED, NULL },
		{ "packed with it", MFR, EV_PACK, "@1", "@3", ERR_PACK_LOCKED, NULL },
		{ "the case taken out with it", MFR, EV_UNPACK, "@1", "@2", ERR_OK, "A1 ACTIVE MFR l" },
		{ "its neighbour", MFR, EV_SHIP, "A2", "DIST", ERR_OK, NULL },
		{ "the locked one out", MFR, EV_UNPACK, "A1", "@1", ERR_OK, "A1 ACTIVE MFR l" },
		{ "and not in", MFR, EV_PACK, "A1", "@1", ERR_PACK_LOCKED, NULL },
		{ "the case in again", MFR, EV_PACK, "@1", "@2", ERR_OK, NULL },
		{ "pallet without it", MFR, EV_SHIP, "@2", "DIST", ERR_OK, NULL },
		{ "stolen on its way", MFR, EV_STOLEN, "A3", NULL, ERR_OK, "A3 IN_TRANSIT MFR s" },
		{ "pallet with a stolen pack", DIST, EV_RECEIVE, "@2", NULL, ERR_PACK_STOLEN, NULL },
		{ "void with it", MFR, EV_VOID_SHIP, "@2", "pallet without it", ERR_PACK_STOLEN, NULL },
		{ "the case taken out with the stolen", DIST, EV_UNPACK, "@1", "@2", ERR_OK, "A3 IN_TRANSIT MFR s" },
		{ "the stolen one out", DIST, EV_UNPACK, "A3", "@1", ERR_OK, "A3 IN_TRANSIT MFR s" },
		{ "received without it", DIST, EV_RECEIVE, "@1 @2", NULL, ERR_OK, "A4 ACTIVE DIST -" },
		{ "the case in once more", DIST, EV_PACK, "@1", "@2", ERR_OK, NULL },
		{ "lock the case", DIST, EV_LOCK, "@1", NULL, ERR_OK, "A4 ACTIVE DIST l" },
		{ "out of the locked", DIST, EV_UNPACK, "A4", "@1", ERR_PACK_LOCKED, NULL },
		{ "into the locked", DIST, EV_PACK, "B1", "@1", ERR_PACK_LOCKED, NULL },
		{ "moved out of the locked", DIST, EV_SHIP, "A4", "PHARM", ERR_PACK_LOCKED, NULL },
		{ "around the locked", DIST, EV_SHIP, "@2", "PHARM", ERR_PACK_LOCKED, NULL },
		{ "beside the locked", DIST, EV_SHIP, "B1", "PHARM", ERR_OK, NULL },
		{ "the locked out", DIST, EV_UNPACK, "@1", "@2", ERR_OK, "@1 ACTIVE DIST l" },
		{ "one in it locked too", DIST, EV_LOCK, "A4", NULL, ERR_OK, NULL },
		{ "the case unlocked", DIST, EV_UNLOCK, "@1", NULL, ERR_OK, "A4 ACTIVE DIST l" },
		{ "the pack unlocked", REG, EV_UNLOCK, "A4", NULL, ERR_OK, "A4 ACTIVE DIST -" },
		{ "in again", DIST, EV_PACK, "@1", "@2", ERR_OK, NULL },
		{ "the pallet stolen, says the maker", MFR, EV_STOLEN, "@2", NULL, ERR_OK, "A4 ACTIVE DIST s" },
		{ "not two levels out of the stolen", DIST, EV_UNPACK, "A4", "@1", ERR_PACK_STOLEN, NULL },
		{ "nor one", DIST, EV_UNPACK, "@1", "@2", ERR_PACK_STOLEN, NULL },
		{ "locked yet", REG, EV_LOCK, "@2", NULL, ERR_OK, "A4 ACTIVE DIST ls" },
		{ "twice stolen", DIST, EV_STOLEN, "@2", NULL, ERR_PACK_STOLEN, NULL },
	};
	static const struct script_step others[] = {
		{ "mixed", MFR2, EV_PACK, "C1 C2", "%1", ERR_OK, NULL },
		{ "to", MFR2, EV_SHIP, "%1", "DIST", ERR_OK, NULL },
		{ "in", DIST, EV_RECEIVE, "%1", NULL, ERR_OK, NULL },
		{ "a pack of MFR's", DIST2, EV_RECEIVE, "A6", NULL, ERR_OK, NULL },
		{ "comes", MFR, EV_SHIP, "A6", "DIST", ERR_OK, NULL },
		{ "and is in", DIST, EV_RECEIVE, "A6", NULL, ERR_OK, NULL },
		{ "together", DIST, EV_PACK, "A6", "%1", ERR_OK, NULL },
		{ "of two makers, says one", MFR2, EV_STOLEN, "%1", NULL, ERR_NOT_MAKER, NULL },
		{ "its own in there", MFR2, EV_STOLEN, "C1", NULL, ERR_OK, "C1 ACTIVE DIST s" },
		{ "an empty unit is nobody's", DIST, EV_PACK, "A6", "#1", ERR_OK, NULL },
		{ "emptied", DIST, EV_UNPACK, "A6", "#1", ERR_OK, NULL },
		{ "says the maker of nothing", MFR, EV_STOLEN, "#1", NULL, ERR_NOT_MAKER, NULL },
	};
	struct script s;

	script_init(&s);
	SCRIPT_RUN(&s, steps);
	script_free(&s);
	script_init(&s);
	SCRIPT_RUN(&s, others);
	script_free(&s);
}

static void put_recalled(struct script *s, const char *lot, uint64_t ev)
{
	uint8_t key[STATE_KEY_MAX], val[STATE_VALUE_MAX];
	struct lot_row row;
	struct wr w;

	world_must(state_lot(&s->w.st, world_gtin(MFR), bytes_of_str(lot), &row));
	row.recalled = ev;
	wr_init(&w, val, sizeof(val));
	lot_row_write(&w, &row);
	memstate_set(s->w.mem, key_lot(key, world_gtin(MFR), bytes_of_str(lot)), bytes_of(val, w.n));
}

/* A lot counts for a unit as long as packs of it are in there. */
static void test_lots_inside(void)
{
	static const struct script_step before[] = {
		{ "case", MFR, EV_PACK, "A1 B1", "@1", ERR_OK, NULL },
		{ "pallet", MFR, EV_PACK, "@1 A2", "@2", ERR_OK, NULL },
		{ "to the pharmacy", MFR, EV_SHIP, "@2", "PHARM", ERR_OK, NULL },
		{ "received", PHARM, EV_RECEIVE, "@2", NULL, ERR_OK, NULL },
		{ "unreleased", MFR, EV_PACK, "U1 A4", "@3", ERR_OK, NULL },
		{ "may move", MFR, EV_SHIP, "@3", "PHARM", ERR_OK, NULL },
		{ "there", PHARM, EV_RECEIVE, "@3", NULL, ERR_OK, NULL },
		{ "but not be sold", PHARM, EV_DISPENSE, "@3", NULL, ERR_LOT_NOT_RELEASED, NULL },
		{ "its neighbour", PHARM, EV_DISPENSE, "A4", NULL, ERR_OK, NULL },
	};
	static const struct script_step recalled[] = {
		{ "a recalled lot two levels in", PHARM, EV_SHIP, "@2", "DIST", ERR_PACK_RECALLED, NULL },
		{ "one level in", PHARM, EV_SHIP, "@1", "DIST", ERR_PACK_RECALLED, NULL },
		{ "sold", PHARM, EV_DISPENSE, "@2", NULL, ERR_PACK_RECALLED, NULL },
		{ "its neighbour", PHARM, EV_SHIP, "A1", "DIST", ERR_OK, NULL },
		{ "packed all the same", PHARM, EV_PACK, "@2", "#1", ERR_OK, NULL },
		{ "and returned", PHARM, EV_RETURN, "#1", "DIST", ERR_OK, NULL },
		{ "received", DIST, EV_RECEIVE, "#1", NULL, ERR_OK, NULL },
		{ "the recalled one out", DIST, EV_UNPACK, "B1", "@1", ERR_OK, NULL },
		{ "the rest goes", DIST, EV_SHIP, "#1", "PHARM", ERR_OK, NULL },
	};
	struct script s;

	script_init(&s);
	SCRIPT_RUN(&s, before);
	put_recalled(&s, SCRIPT_LOT_B, 9);
	SCRIPT_RUN(&s, recalled);
	script_free(&s);
}

/* A hospital dispenses a whole delivery at once, and takes one pack back. */
static void test_hospital(void)
{
	static const struct script_step steps[] = {
		{ "case", MFR, EV_PACK, "A1 A2 A3", "@1", ERR_OK, NULL },
		{ "pallet", MFR, EV_PACK, "@1 A4", "@2", ERR_OK, NULL },
		{ "ship", MFR, EV_SHIP, "@2", "PHARM", ERR_OK, NULL },
		{ "receive", PHARM, EV_RECEIVE, "@2", NULL, ERR_OK, NULL },
		{ "dispense", PHARM, EV_DISPENSE, "@2", NULL, ERR_OK, "A1 DISPENSED PHARM -" },
		{ "again, one of it", PHARM, EV_DISPENSE, "A1", NULL, ERR_STATE_NOT_ALLOWED, NULL },
		{ "unpacked", PHARM, EV_UNPACK, "A1", "@1", ERR_STATE_NOT_ALLOWED, NULL },
		{ "one undone", PHARM, EV_UNDO_DISPENSE, "A1", "dispense", ERR_OK, "A1 ACTIVE PHARM -" },
		{ "twice", PHARM, EV_UNDO_DISPENSE, "A1", "dispense", ERR_STATE_NOT_ALLOWED, NULL },
		{ "locked there", REG, EV_LOCK, "A2", NULL, ERR_OK, "A2 DISPENSED PHARM l" },
		{ "all undone, with a locked one", PHARM, EV_UNDO_DISPENSE, "@2", "dispense", ERR_PACK_LOCKED, NULL },
		{ "unlocked", REG2, EV_UNLOCK, "A2", NULL, ERR_OK, NULL },
		{ "the case undone", PHARM, EV_UNDO_DISPENSE, "@1", "dispense", ERR_OK, "A3 ACTIVE PHARM -" },
		{ "the rest not", PHARM, EV_DISPENSE, "A4", NULL, ERR_STATE_NOT_ALLOWED, "A4 DISPENSED PHARM -" },
		{ "by another event", PHARM, EV_UNDO_DISPENSE, "@2", "receive", ERR_UNDO_OTHER_EVENT, NULL },
	};
	struct script s;

	script_init(&s);
	SCRIPT_RUN(&s, steps);
	script_free(&s);
}

/* ---- many ---- */

#define MANY 10000

struct counting {
	struct state inner;
	size_t reads;
};

static enum err count_get(void *ctx, struct bytes key, struct bytes *val)
{
	struct counting *c = ctx;

	c->reads++;
	return c->inner.get(c->inner.ctx, key, val);
}

static char (*many_serials(size_t n))[8]
{
	char (*serials)[8] = calloc(n, sizeof(*serials));

	for (size_t i = 0; serials && i < n; i++)
		snprintf(serials[i], sizeof(serials[i]), "P%05zu", i);
	return serials;
}

static enum err on_many(struct world *w, enum world_member who, enum event_type type, struct pack_id *packs, size_t n,
			uint64_t sscc)
{
	struct event ev = world_event(w, who, type);

	if (type == EV_PACK || type == EV_UNPACK)
		ev.u.sscc = sscc;
	else if (type == EV_DESTROY)
		ev.u.reason = BYTES_LIT("because");
	world_subject(w, &ev, packs, n, NULL, 0);
	return world_apply(w, who, &ev);
}

/* Reads of the state when a unit is shipped. */
static size_t reads_of_ship(struct world *w, uint64_t sscc)
{
	struct event ev = world_unit_event(w, MFR, EV_SHIP, (const uint64_t[]){ sscc, 0 }, NULL);
	struct counting c = { w->st, 0 };
	enum err e;

	ev.u.gln = world_gln(DIST);
	w->st = (struct state){ &c, count_get };
	e = world_apply(w, MFR, &ev);
	w->st = c.inner;
	CHECK(e == ERR_OK);
	return c.reads;
}

/* Anybody may call surplus what others hold, but only so much on a day: SURPLUS_A_DAY.  packs[0] is in small, all others in big. */
static void check_surplus_quota(struct world *w, struct pack_id *packs, uint64_t big, uint64_t small)
{
	struct event ev = world_unit_event(w, PHARM, EV_SURPLUS, (const uint64_t[]){ big, 0 }, NULL);

	CHECK(world_apply(w, PHARM, &ev) == ERR_OK);
	CHECK(on_many(w, PHARM, EV_SURPLUS, packs + 1, MANY - 1, 0) == ERR_OK);
	ev = world_unit_event(w, PHARM, EV_SURPLUS, (const uint64_t[]){ small, 0 }, NULL);
	CHECK(world_apply(w, PHARM, &ev) == ERR_OK);
	CHECK(on_many(w, PHARM, EV_SURPLUS, packs, 1, 0) == ERR_QUOTA);
	CHECK(on_many(w, PHARM2, EV_SURPLUS, packs, 1, 0) == ERR_OK);
	w->now_ms += 86400000;
	CHECK(on_many(w, PHARM, EV_SURPLUS, packs, 1, 0) == ERR_OK);
}

static void test_pallet_of_10000(void)
{
	char (*serials)[8] = many_serials(MANY);
	struct pack_id *packs = calloc(MANY, sizeof(*packs));
	uint64_t big = world_sscc(MFR, 1), small = world_sscc(MFR, 2);
	struct unit_row row;
	size_t reads;
	int64_t unit;
	struct world w;

	NEED(serials && packs);
	world_init(&w, 1);
	for (size_t i = 0; i < MANY; i++)
		packs[i] = (struct pack_id){ world_gtin(MFR), BYTES_LIT(LOT_GOOD), bytes_of_str(serials[i]) };
	CHECK(on_many(&w, MFR, EV_COMMISSION, packs, MANY, 0) == ERR_OK);
	CHECK(on_many(&w, MFR, EV_PACK, packs, MANY, big) == ERR_OK);
	CHECK(state_unit(&w.st, big, &unit) == ERR_OK && state_unit_row(&w.st, unit, &row) == ERR_OK);
	CHECK(row.packs == MANY && row.children == MANY && row.lots == 1);
	world_must(world_commission(&w, "one"));
	packs[0].serial = BYTES_LIT("one");
	CHECK(on_many(&w, MFR, EV_PACK, packs, 1, small) == ERR_OK);
	reads = reads_of_ship(&w, big);
	CHECK_EQ(reads, reads_of_ship(&w, small), "");
	CHECK(reads < 20);
	check_surplus_quota(&w, packs, big, small);
	world_free(&w);
	free(serials);
	free(packs);
}

/* As many units as one event may touch, and one more: TALLY_UNITS_MAX of rules_parts.h. */
static void test_most_units(void)
{
	const size_t most = 2048;
	char (*serials)[8] = many_serials(most + 1);
	struct pack_id *packs = calloc(most + 1, sizeof(*packs));
	struct world w;

	NEED(serials && packs);
	world_init(&w, 1);
	for (size_t i = 0; i <= most; i++)
		packs[i] = (struct pack_id){ world_gtin(MFR), BYTES_LIT(LOT_GOOD), bytes_of_str(serials[i]) };
	CHECK(on_many(&w, MFR, EV_COMMISSION, packs, most + 1, 0) == ERR_OK);
	for (size_t i = 0; i <= most; i++)
		world_must(on_many(&w, MFR, EV_PACK, &packs[i], 1, world_sscc(MFR, i + 1)));
	CHECK(on_many(&w, MFR, EV_DESTROY, packs, most + 1, 0) == ERR_TOO_MANY_UNITS); /* which left nothing: world_apply() */
	CHECK(w.why.at_pack && w.why.pack_pos == most);
	CHECK(on_many(&w, MFR, EV_DESTROY, packs, most, 0) == ERR_OK);
	world_free(&w);
	free(serials);
	free(packs);
}

/* LOTS_LOOKED_MAX of rules_custody.c: packs that went through one unit after the other have left their lots in each. */
static void check_lots_looked_at(struct world *w, struct pack_id *packs, size_t most)
{
	uint64_t ssccs[10] = { world_sscc(MFR, 1) };
	struct event ship = world_unit_event(w, MFR, EV_SHIP, ssccs, NULL);

	for (size_t i = 1; i < 9; i++) {
		ssccs[i] = world_sscc(MFR, i + 1);
		world_must(on_many(w, MFR, EV_UNPACK, packs, most, ssccs[i - 1]));
		world_must(on_many(w, MFR, EV_PACK, packs, most, ssccs[i]));
	}
	ship = world_unit_event(w, MFR, EV_SHIP, ssccs, NULL);
	ship.u.gln = world_gln(DIST);
	CHECK(world_apply(w, MFR, &ship) == ERR_TOO_MANY_UNITS && w->why.at_pack);
	ssccs[7] = 0;
	ship = world_unit_event(w, MFR, EV_SHIP, ssccs, NULL);
	ship.u.gln = world_gln(DIST);
	CHECK(world_apply(w, MFR, &ship) == ERR_OK);
}

/* The same of lots: TALLY_LOTS_MAX. */
static void test_most_lots(void)
{
	const size_t most = 4096;
	char (*serials)[8] = many_serials(most + 1);
	struct pack_id *packs = calloc(most + 1, sizeof(*packs));
	struct world w;

	NEED(serials && packs);
	world_init(&w, 1);
	for (size_t i = 0; i <= most; i++) {
		struct event ev = world_event(&w, MFR, EV_LOT);

		packs[i] = (struct pack_id){ world_gtin(MFR), bytes_of_str(serials[i]), bytes_of_str(serials[i]) };
		ev.u.lot.gtin = packs[i].gtin;
		ev.u.lot.lot = packs[i].lot;
		ev.u.lot.expiry = 20991231;
		world_must(world_apply(&w, MFR, &ev));
		world_must(on_many(&w, MFR, EV_COMMISSION, &packs[i], 1, 0));
	}
	CHECK(on_many(&w, MFR, EV_PACK, packs, most + 1, world_sscc(MFR, 1)) == ERR_TOO_MANY_UNITS);
	CHECK(on_many(&w, MFR, EV_PACK, packs, most, world_sscc(MFR, 1)) == ERR_OK);
	CHECK(on_many(&w, MFR, EV_PACK, packs + most, 1, world_sscc(MFR, 1)) == ERR_OK);
	CHECK(on_many(&w, MFR, EV_UNPACK, packs + most, 1, world_sscc(MFR, 1)) == ERR_OK);
	check_lots_looked_at(&w, packs, most);
	world_free(&w);
	free(serials);
	free(packs);
}

T_MAIN("rules_units", T(test_packing), T(test_nesting), T(test_depth), T(test_on_the_way), T(test_missing_and_surplus),
       T(test_claims), T(test_flags_inside), T(test_lots_inside), T(test_hospital), T(test_pallet_of_10000), T(test_most_units),
       T(test_most_lots))
