/* Refusals about packs and units, beside what golden_rules.tsv says of state, who and flags. */
#include "tests/fakes/refused.h"
#include "tests/t.h"

/* ---- commission ---- */

static enum err commission(struct world *w, enum world_member who, enum world_member maker, const char *lot_number,
			   const char *const *serials)
{
	struct event ev = world_pack_event(w, who, EV_COMMISSION, maker, lot_number, serials);

	return world_apply(w, who, &ev);
}

static enum err commission_anothers(struct world *w)
{
	return commission(w, MFR, MFR2, LOT_GOOD, (const char *const[]){ "A", NULL });
}

static enum err commission_unknown_lot(struct world *w)
{
	return commission(w, MFR, MFR, "L9", (const char *const[]){ "A", NULL });
}

static enum err commission_expired(struct world *w)
{
	return commission(w, MFR, MFR, LOT_OLD, (const char *const[]){ "A", NULL });
}

static enum err commission_third_exists(struct world *w)
{
	world_must(world_commission(w, "C"));
	return commission(w, MFR, MFR, LOT_GOOD, (const char *const[]){ "A", "B", "C", "D", NULL });
}

/* Two GTINs in one event, the first all right. */
static enum err commission_second(struct world *w, uint64_t gtin)
{
	const struct pack_id packs[] = {
		{ world_gtin(MFR), BYTES_LIT(LOT_GOOD), BYTES_LIT("A") },
		{ gtin, BYTES_LIT(LOT_GOOD), BYTES_LIT("A") },
	};
	struct event ev = world_event(w, MFR, EV_COMMISSION);

	world_must(event_groups_encode(packs, 2, w->groups, 4096, &ev.groups));
	return world_apply(w, MFR, &ev);
}

static enum err commission_unregistered_product(struct world *w) { return commission_second(w, world_check(1952100010001)); }
static enum err commission_second_anothers(struct world *w) { return commission_second(w, world_gtin(MFR2)); }

/* ---- custody (which state, who and when: golden_rules.tsv) ---- */

static enum err ship_to_unknown(struct world *w)
{
	world_bring(w, DIST, "A");
	return world_ship(w, DIST, NEWCOMER, "A");
}

static enum err ship_to_revoked(struct world *w)
{
	world_bring(w, DIST, "A");
	world_must(world_revoke(w, PHARM));
	return world_ship(w, DIST, PHARM, "A");
}

static enum err ship_to_oneself(struct world *w)
{
	world_bring(w, DIST, "A");
	return world_ship(w, DIST, DIST, "A");
}

static enum err ship_to_regulator(struct world *w)
{
	world_bring(w, DIST, "A");
	return world_ship(w, DIST, REG, "A");
}

static struct event third_is_elsewhere(struct world *w, enum event_type type)
{
	world_bring(w, DIST, "A");
	world_bring(w, DIST, "B");
	world_bring(w, PHARM, "C");
	return world_pack_event(w, DIST, type, MFR, LOT_GOOD, (const char *const[]){ "A", "B", "C", NULL });
}

static enum err destroy_third_elsewhere(struct world *w)
{
	struct event ev = third_is_elsewhere(w, EV_DESTROY);

	ev.u.reason = BYTES_LIT("wet");
	return world_apply(w, DIST, &ev);
}

static enum err receive_unknown_pack(struct world *w) { return world_do(w, DIST, EV_RECEIVE, "A"); }

static enum err receive_other_lot(struct world *w)
{
	struct event ev;

	world_must(world_commission(w, "A"));
	world_must(world_ship(w, MFR, DIST, "A"));
	ev = world_pack_event(w, DIST, EV_RECEIVE, MFR, "L2", (const char *const[]){ "A", NULL });
	return world_apply(w, DIST, &ev);
}

static enum err receive_sscc(struct world *w)
{
	struct event ev = world_event(w, DIST, EV_RECEIVE);
	uint8_t buf[16];
	struct wr out;

	wr_init(&out, buf, sizeof(buf));
	wr_array(&out, 1);
	wr_uint(&out, 106141412345678908);
	ev.ssccs = bytes_of(buf, out.n);
	return world_apply(w, DIST, &ev);
}

static enum err return_to(struct world *w, enum world_member to)
{
	struct event ev;

	world_bring(w, DIST, "A");
	ev = world_unit_event(w, DIST, EV_RETURN, NULL, (const char *const[]){ "A", NULL });
	ev.u.gln = world_gln(to);
	return world_apply(w, DIST, &ev);
}

static enum err return_to_maker(struct world *w) { return return_to(w, MFR); }
static enum err return_to_distributor(struct world *w) { return return_to(w, DIST2); }
static enum err return_to_pharmacy(struct world *w) { return return_to(w, PHARM); }
static enum err return_to_regulator(struct world *w) { return return_to(w, REG); }
static enum err return_to_oneself(struct world *w) { return return_to(w, DIST); }
static enum err return_to_unknown(struct world *w) { return return_to(w, NEWCOMER); }

static enum err pack_into(struct world *w, enum world_member who, uint64_t sscc, const char *serial)
{
	struct event ev = world_unit_event(w, who, EV_PACK, NULL, (const char *const[]){ serial, NULL });

	ev.u.sscc = sscc;
	return world_apply(w, who, &ev);
}

static enum err pack_third_locked(struct world *w)
{
	struct event ev;

	world_must(world_commission(w, "A"));
	world_must(world_commission(w, "B"));
	world_must(world_commission(w, "C"));
	world_must(world_do(w, MFR, EV_LOCK, "C"));
	ev = world_unit_event(w, MFR, EV_PACK, NULL, (const char *const[]){ "A", "B", "C", NULL });
	ev.u.sscc = world_sscc(MFR, 1);
	return world_apply(w, MFR, &ev);
}

static enum err pack_under_foreign_prefix(struct world *w)
{
	world_bring(w, DIST, "A");
	return pack_into(w, DIST, world_sscc(MFR, 1), "A");
}

/* A unit's place in the subject counts on from the packs'. */
static enum err second_unit_unknown(struct world *w)
{
	struct event ev;

	world_must(world_commission(w, "A"));
	world_must(world_commission(w, "B"));
	world_must(pack_into(w, MFR, world_sscc(MFR, 1), "B"));
	ev = world_unit_event(w, MFR, EV_DESTROY, (const uint64_t[]){ world_sscc(MFR, 1), world_sscc(MFR, 2), 0 },
			      (const char *const[]){ "A", NULL });
	ev.u.reason = BYTES_LIT("wet");
	return world_apply(w, MFR, &ev);
}

static enum err void_unknown_event(struct world *w)
{
	world_must(world_commission(w, "A"));
	world_must(world_ship(w, MFR, DIST, "A"));
	return world_undo(w, MFR, EV_VOID_SHIP, "A", &(struct hash){ { 1 } });
}

/* The first shipment was voided, the second is in force. */
static enum err void_of_old_ship(struct world *w, bool old)
{
	struct hash first, second;

	world_must(world_commission(w, "A"));
	world_must(world_ship(w, MFR, DIST, "A"));
	first = w->last_id;
	world_must(world_undo(w, MFR, EV_VOID_SHIP, "A", &first));
	world_must(world_ship(w, MFR, DIST, "A"));
	second = w->last_id;
	return world_undo(w, MFR, EV_VOID_SHIP, "A", old ? &first : &second);
}

static enum err void_old(struct world *w) { return void_of_old_ship(w, true); }
static enum err void_new(struct world *w) { return void_of_old_ship(w, false); }

/* Undo a dispensing after so long; the event claims to be of the time of dispensing. */
static enum err undo_dispense(struct world *w, uint64_t later_ms, enum world_member place, bool other_event)
{
	struct hash other, dispense;
	struct event ev;
	uint64_t dispensed_s;

	world_bring(w, PHARM, "A");
	other = w->last_id;
	world_must(world_do(w, PHARM, EV_DISPENSE, "A"));
	dispense = w->last_id;
	dispensed_s = w->now_ms / 1000;
	ev = world_pack_event(w, PHARM, EV_UNDO_DISPENSE, MFR, LOT_GOOD, (const char *const[]){ "A", NULL });
	w->now_ms = dispensed_s * 1000 + later_ms;
	ev.not_after_s = dispensed_s + 30 * 86400;
	ev.place = world_gln(place);
	ev.u.hash = other_event ? other : dispense;
	return world_apply(w, PHARM, &ev);
}

#define UNDO_MS (240ULL * 3600 * 1000)
static enum err undo_at_240_h(struct world *w) { return undo_dispense(w, UNDO_MS, PHARM, false); }
static enum err undo_past_240_h(struct world *w) { return undo_dispense(w, UNDO_MS + 1, PHARM, false); }
static enum err undo_elsewhere(struct world *w) { return undo_dispense(w, 1000, PHARM2, false); }
static enum err undo_other_event(struct world *w) { return undo_dispense(w, 1000, PHARM, true); }

/* Undo what DIST did to a pack, after so long, at a place. */
static enum err undo_of(struct world *w, enum event_type done, enum event_type undo, uint64_t later_ms, enum world_member place)
{
	struct event ev;
	uint64_t done_s;

	world_bring(w, DIST, "A");
	world_must(world_do(w, DIST, done, "A"));
	done_s = w->now_ms / 1000;
	ev = world_unit_event(w, DIST, undo, NULL, (const char *const[]){ "A", NULL });
	w->now_ms = done_s * 1000 + later_ms;
	ev.not_after_s = done_s + 4000 * 86400ULL;
	ev.place = world_gln(place);
	ev.u.hash = w->last_id;
	return world_apply(w, DIST, &ev);
}

#define OF_SAMPLE EV_SAMPLE, EV_UNDO_SAMPLE
#define OF_FREE_SAMPLE EV_FREE_SAMPLE, EV_UNDO_SAMPLE
#define OF_CHECK_OUT EV_CHECK_OUT, EV_UNDO_CHECK_OUT
static enum err sample_at_240_h(struct world *w) { return undo_of(w, OF_SAMPLE, UNDO_MS, DIST); }
static enum err sample_past_240_h(struct world *w) { return undo_of(w, OF_SAMPLE, UNDO_MS + 1, DIST); }
static enum err sample_elsewhere(struct world *w) { return undo_of(w, OF_SAMPLE, 1000, DIST2); }
static enum err free_at_240_h(struct world *w) { return undo_of(w, OF_FREE_SAMPLE, UNDO_MS, DIST); }
static enum err free_past_240_h(struct world *w) { return undo_of(w, OF_FREE_SAMPLE, UNDO_MS + 1, DIST); }
static enum err check_out_years_later(struct world *w) { return undo_of(w, OF_CHECK_OUT, 1000 * 86400000ULL, DIST2); }

/* Dispense pack B of a lot that expires on the last day of 2023, after pack A of a good lot. */
static enum err dispense_at(struct world *w, uint64_t header_ms)
{
	const struct pack_id packs[] = {
		{ world_gtin(MFR), BYTES_LIT(LOT_GOOD), BYTES_LIT("A") },
		{ world_gtin(MFR), BYTES_LIT("L2"), BYTES_LIT("B") },
	};
	struct event ev;

	world_bring(w, PHARM, "A");
	world_must(world_lot(w, MFR, world_gtin(MFR), "L2", 20231231));
	world_must(world_release(w, MFR, "L2"));
	world_must(commission(w, MFR, MFR, "L2", (const char *const[]){ "B", NULL }));
	ev = world_pack_event(w, MFR, EV_SHIP, MFR, "L2", (const char *const[]){ "B", NULL });
	ev.u.gln = world_gln(PHARM);
	world_must(world_apply(w, MFR, &ev));
	ev = world_pack_event(w, PHARM, EV_RECEIVE, MFR, "L2", (const char *const[]){ "B", NULL });
	world_must(world_apply(w, PHARM, &ev));
	w->now_ms = header_ms;
	ev = world_event(w, PHARM, EV_DISPENSE);
	world_must(event_groups_encode(packs, 2, w->groups, 4096, &ev.groups));
	return world_apply(w, PHARM, &ev);
}

/* The last millisecond of the day (UTC), the first of the next. */

static enum err dispense_on_last_day(struct world *w) { return dispense_at(w, 1704067199999); }
static enum err dispense_on_next_day(struct world *w) { return dispense_at(w, 1704067200000); }

static const struct refused rows[] = {
	{ "commission another's product", ERR_FOREIGN_PREFIX, commission_anothers, 1 },
	{ "commission an unregistered lot", ERR_UNKNOWN_LOT, commission_unknown_lot, 1 },
	{ "commission an expired lot", ERR_PACK_EXPIRED, commission_expired, 1 },
	{ "commission, the third exists", ERR_PACK_EXISTS, commission_third_exists, 3 },
	{ "commission, the second product another's", ERR_FOREIGN_PREFIX, commission_second_anothers, 2 },
	{ "commission an unregistered product", ERR_UNKNOWN_PRODUCT, commission_unregistered_product, 2 },

	{ "ship to nobody known", ERR_UNKNOWN_MEMBER, ship_to_unknown, 0 },
	{ "ship to a revoked member", ERR_MEMBER_REVOKED, ship_to_revoked, 0 },
	{ "ship to oneself", ERR_BAD_RECEIVER, ship_to_oneself, 0 },
	{ "ship to a regulator", ERR_BAD_RECEIVER, ship_to_regulator, 0 },
	{ "return to the maker", ERR_OK, return_to_maker, 0 },
	{ "return to a distributor", ERR_OK, return_to_distributor, 0 },
	{ "return to a pharmacy", ERR_BAD_RECEIVER, return_to_pharmacy, 0 },
	{ "return to a regulator", ERR_BAD_RECEIVER, return_to_regulator, 0 },
	{ "return to oneself", ERR_BAD_RECEIVER, return_to_oneself, 0 },
	{ "return to nobody known", ERR_UNKNOWN_MEMBER, return_to_unknown, 0 },
	{ "pack, the third locked", ERR_PACK_LOCKED, pack_third_locked, 3 },
	{ "pack under a foreign prefix", ERR_FOREIGN_PREFIX, pack_under_foreign_prefix, 0 },
	{ "the second unit is none", ERR_UNKNOWN_UNIT, second_unit_unknown, 3 },
	{ "destroy, the third elsewhere", ERR_NOT_HOLDER, destroy_third_elsewhere, 3 },
	{ "receive what is not commissioned", ERR_UNKNOWN_PACK, receive_unknown_pack, 1 },
	{ "receive with another lot", ERR_LOT_MISMATCH, receive_other_lot, 1 },
	{ "receive a logistic unit that is none", ERR_UNKNOWN_UNIT, receive_sscc, 1 },
	{ "void an unknown event", ERR_UNKNOWN_EVENT, void_unknown_event, 0 },
	{ "void a voided shipment", ERR_UNDO_OTHER_EVENT, void_old, 1 },
	{ "void the shipment in force", ERR_OK, void_new, 0 },
	{ "undo at 240 h", ERR_OK, undo_at_240_h, 0 },
	{ "undo 1 ms past 240 h", ERR_UNDO_TOO_LATE, undo_past_240_h, 1 },
	{ "undo at another site", ERR_UNDO_OTHER_SITE, undo_elsewhere, 1 },
	{ "undo a sample at 240 h", ERR_OK, sample_at_240_h, 0 },
	{ "undo a sample 1 ms past 240 h", ERR_UNDO_TOO_LATE, sample_past_240_h, 1 },
	{ "undo a sample at another site", ERR_UNDO_OTHER_SITE, sample_elsewhere, 1 },
	{ "undo a free sample at 240 h", ERR_OK, free_at_240_h, 0 },
	{ "undo a free sample 1 ms past 240 h", ERR_UNDO_TOO_LATE, free_past_240_h, 1 },
	{ "undo checking out, years later and elsewhere", ERR_OK, check_out_years_later, 0 },
	{ "undo naming another event", ERR_UNDO_OTHER_EVENT, undo_other_event, 1 },
	{ "dispense on the last day", ERR_OK, dispense_on_last_day, 0 },
	{ "dispense on the day after", ERR_PACK_EXPIRED, dispense_on_next_day, 2 },
};

static void test_refusals(void)
{
	check_refusals(rows, sizeof(rows) / sizeof(rows[0]));
}

T_MAIN("rules_custody", T(test_refusals))
