/* Lots before they are for sale: their release and the keys for it, and notices of packs whose serials come later. */
#include "tests/fakes/refused.h"
#include "tests/t.h"

#define LOT_NEW "L2"

static enum err new_lot(struct world *w) { return world_lot(w, MFR, world_gtin(MFR), LOT_NEW, 20991231); }

/* Whatever event, signed with the key of this index. */
static enum err signed_with(struct world *w, enum world_member who, size_t key, struct event *ev)
{
	const struct kid own = w->kid[who];
	enum err e;

	world_use_key(w, who, key);
	e = world_apply(w, who, ev);
	w->kid[who] = own;
	return e;
}

static enum err release_with(struct world *w, enum world_member who, size_t key, const char *lot)
{
	struct event ev = world_event(w, who, EV_LOT_RELEASE);

	ev.u.lot.gtin = world_gtin(MFR);
	ev.u.lot.lot = bytes_of_str(lot);
	return signed_with(w, who, key, &ev);
}

static enum err release(struct world *w)
{
	world_must(new_lot(w));
	return world_release(w, MFR, LOT_NEW);
}

static enum err release_twice(struct world *w)
{
	world_must(release(w));
	return world_release(w, MFR, LOT_NEW);
}

static enum err release_of_no_lot(struct world *w) { return world_release(w, MFR, "L9"); }

static enum err release_of_anothers(struct world *w)
{
	world_must(new_lot(w));
	return release_with(w, MFR2, WORLD_RELEASE_KEY(MFR2), LOT_NEW);
}

static enum err release_with_event_key(struct world *w)
{
	world_must(new_lot(w));
	return release_with(w, MFR, MFR, LOT_NEW);
}

static enum err release_key(struct world *w, enum world_member who, size_t key)
{
	struct event ev = world_event(w, who, EV_RELEASE_KEY);

	ev.u.key = world_key(key);
	return world_apply(w, who, &ev);
}

static enum err release_key_of_distributor(struct world *w) { return release_key(w, DIST, 10); }
static enum err release_key_is_event_key(struct world *w) { return release_key(w, MFR, DIST); }
static enum err release_key_twice(struct world *w) { return release_key(w, MFR, WORLD_RELEASE_KEY(MFR)); }
static enum err rotate_to_release_key(struct world *w) { return world_rotate(w, MFR, WORLD_RELEASE_KEY(MFR)); }

static enum err release_with_second_key(struct world *w)
{
	world_must(new_lot(w));
	world_must(release_key(w, MFR, 10));
	return release_with(w, MFR, 10, LOT_NEW);
}

static enum err revoke_key(struct world *w, enum world_member who, size_t key, size_t with)
{
	struct event ev = world_event(w, who, EV_KEY_REVOKE);
	const struct pubkey k = world_key(key);

	kid_of(&ev.u.kid, &k);
	return signed_with(w, who, with, &ev);
}

static enum err revoke_release_key(struct world *w) { return revoke_key(w, MFR, WORLD_RELEASE_KEY(MFR), MFR); }
static enum err revoke_anothers(struct world *w) { return revoke_key(w, MFR2, WORLD_RELEASE_KEY(MFR), MFR2); }
static enum err release_key_revokes(struct world *w) { return revoke_key(w, MFR, 10, WORLD_RELEASE_KEY(MFR)); }

static enum err revoke_twice(struct world *w)
{
	world_must(revoke_release_key(w));
	return revoke_release_key(w);
}

static enum err release_with_revoked_key(struct world *w)
{
	world_must(new_lot(w));
	world_must(revoke_release_key(w));
	return world_release(w, MFR, LOT_NEW);
}

static enum err release_by_revoked_member(struct world *w)
{
	world_must(world_revoke(w, MFR2));
	return world_release(w, MFR2, LOT_GOOD);
}

static enum err release_key_ships(struct world *w)
{
	struct event ev;

	world_must(world_commission(w, "A"));
	ev = world_pack_event(w, MFR, EV_SHIP, MFR, LOT_GOOD, (const char *const[]){ "A", NULL });
	ev.u.gln = world_gln(DIST);
	return signed_with(w, MFR, WORLD_RELEASE_KEY(MFR), &ev);
}

static enum err release_key_registers_another(struct world *w)
{
	struct event ev = world_event(w, MFR, EV_RELEASE_KEY);

	ev.u.key = world_key(10);
	return signed_with(w, MFR, WORLD_RELEASE_KEY(MFR), &ev);
}

/* ---- notices ---- */

static enum err notice(struct world *w, enum world_member who, const char *lot, uint64_t packs, int64_t within_s)
{
	struct event ev = world_event(w, who, EV_LOT_NOTICE);

	ev.u.lot.gtin = world_gtin(MFR);
	ev.u.lot.lot = bytes_of_str(lot);
	ev.u.lot.packs = packs;
	ev.u.lot.until_s = (uint64_t)((int64_t)(w->now_ms / 1000) + within_s);
	return world_apply(w, who, &ev);
}

static enum err notice_till_now(struct world *w) { return notice(w, MFR, LOT_GOOD, 5, 0); }
static enum err notice_of_the_past(struct world *w) { return notice(w, MFR, LOT_GOOD, 5, -1); }
static enum err notice_for_30_days(struct world *w) { return notice(w, MFR, LOT_GOOD, 5, NOTICE_WITHIN_S); }
static enum err notice_for_longer(struct world *w) { return notice(w, MFR, LOT_GOOD, 5, NOTICE_WITHIN_S + 1); }
static enum err notice_by_distributor(struct world *w) { return notice(w, DIST, LOT_GOOD, 5, 60); }
static enum err notice_by_another(struct world *w) { return notice(w, MFR2, LOT_GOOD, 5, 60); }
static enum err notice_of_no_lot(struct world *w) { return notice(w, MFR, "L9", 5, 60); }

static const struct refused rows[] = {
	{ "release", ERR_OK, release, 0 },
	{ "released twice", ERR_EXISTS, release_twice, 0 },
	{ "release of no lot", ERR_UNKNOWN_LOT, release_of_no_lot, 0 },
	{ "release of another's lot", ERR_FOREIGN_PREFIX, release_of_anothers, 0 },
	{ "release with an event key", ERR_WRONG_PURPOSE, release_with_event_key, 0 },
	{ "release with a second key", ERR_OK, release_with_second_key, 0 },
	{ "release with a revoked key", ERR_REVOKED_KEY, release_with_revoked_key, 0 },
	{ "release by a revoked member", ERR_MEMBER_REVOKED, release_by_revoked_member, 0 },
	{ "release key of a distributor", ERR_ROLE_NOT_ALLOWED, release_key_of_distributor, 0 },
	{ "release key is an event key", ERR_EXISTS, release_key_is_event_key, 0 },
	{ "release key registered twice", ERR_EXISTS, release_key_twice, 0 },
	{ "rotate to a release key", ERR_EXISTS, rotate_to_release_key, 0 },
	{ "release key ships", ERR_WRONG_PURPOSE, release_key_ships, 0 },
	{ "release key revokes a key", ERR_WRONG_PURPOSE, release_key_revokes, 0 },
	{ "release key registers another", ERR_WRONG_PURPOSE, release_key_registers_another, 0 },
	{ "a validator revokes its release key", ERR_OK, revoke_release_key, 0 },
	{ "release key revoked twice", ERR_EXISTS, revoke_twice, 0 },
	{ "another's release key revoked", ERR_FORBIDDEN, revoke_anothers, 0 },

	{ "notice until now", ERR_OK, notice_till_now, 0 },
	{ "notice until a second ago", ERR_BAD_VALUE, notice_of_the_past, 0 },
	{ "notice for 30 days", ERR_OK, notice_for_30_days, 0 },
	{ "notice for a second longer", ERR_BAD_VALUE, notice_for_longer, 0 },
	{ "notice by a distributor", ERR_ROLE_NOT_ALLOWED, notice_by_distributor, 0 },
	{ "notice by another maker", ERR_FOREIGN_PREFIX, notice_by_another, 0 },
	{ "notice of no lot", ERR_UNKNOWN_LOT, notice_of_no_lot, 0 },
};

static void test_refusals(void)
{
	check_refusals(rows, sizeof(rows) / sizeof(rows[0]));
}

static struct lot_row lot_of(struct world *w, const char *lot)
{
	struct lot_row row;

	world_must(state_lot(&w->st, world_gtin(MFR), bytes_of_str(lot), &row));
	return row;
}

static void test_release(void)
{
	struct world w;

	world_init(&w, 1);
	world_must(new_lot(&w));
	CHECK(lot_of(&w, LOT_NEW).released == 0);
	CHECK(world_release(&w, MFR, LOT_NEW) == ERR_OK);
	CHECK(lot_of(&w, LOT_NEW).released == w.ev - 1 && lot_of(&w, LOT_NEW).expiry == 20991231);
	world_free(&w);
}

/* A later notice takes the place of an earlier one; the packs that came are counted, and neither changes the other. */
static void test_notice(void)
{
	struct lot_row row;
	struct event ev;
	struct world w;
	uint64_t released;

	world_init(&w, 1);
	released = lot_of(&w, LOT_GOOD).released;
	CHECK(notice(&w, MFR, LOT_GOOD, 5, 60) == ERR_OK);
	CHECK(world_commission(&w, "A") == ERR_OK);
	ev = world_pack_event(&w, MFR, EV_COMMISSION, MFR, LOT_GOOD, (const char *const[]){ "B", "C", NULL });
	CHECK(world_apply(&w, MFR, &ev) == ERR_OK);
	row = lot_of(&w, LOT_GOOD);
	CHECK(row.announced == 5 && row.until_s == w.now_ms / 1000 + 60 && row.packs == 3 && row.released == released);
	CHECK(notice(&w, MFR, LOT_GOOD, 2, 30) == ERR_OK);
	row = lot_of(&w, LOT_GOOD);
	CHECK(row.announced == 2 && row.until_s == w.now_ms / 1000 + 30 && row.packs == 3 && row.released == released);
	world_free(&w);
}

T_MAIN("rules_release", T(test_refusals), T(test_release), T(test_notice))
