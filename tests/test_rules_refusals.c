/* Refusals about signers, keys, products and lots. */
#include "tests/fakes/refused.h"
#include "tests/t.h"


/* ---- signer, chain, time ---- */

/* What world_apply() would sign, to be changed before it is applied. */
static struct event signed_device_revoke(struct world *w, enum world_member who)
{
	struct event ev = world_event(w, who, EV_DEVICE_REVOKE);

	ev.u.hash.b[0] = (uint8_t)w->ev;
	ev.id.b[0] = (uint8_t)w->ev;
	ev.kid = w->kid[who];
	return ev;
}

static enum err unknown_key(struct world *w)
{
	struct event ev = signed_device_revoke(w, DIST);

	ev.kid.b[0] ^= 1;
	return world_apply_signed(w, &ev);
}

static struct event label_key_event(struct world *w, enum world_member who, uint8_t id, size_t key)
{
	struct event ev = world_event(w, who, EV_LABEL_KEY);

	ev.u.label_key.id[2] = id;
	ev.u.label_key.key = world_key(key);
	ev.u.label_key.prefixes = world_member(who).prefixes;
	return ev;
}

static enum err label_key(struct world *w, enum world_member who, uint8_t id, size_t key)
{
	struct event ev = label_key_event(w, who, id, key);

	return world_apply(w, who, &ev);
}

static enum err label_key_signs(struct world *w)
{
	struct event ev = signed_device_revoke(w, MFR);
	const struct pubkey key = world_key(10);

	world_must(label_key(w, MFR, 1, 10));
	kid_of(&ev.kid, &key);
	return world_apply_signed(w, &ev);
}

static enum err old_key_signs(struct world *w)
{
	struct event ev = signed_device_revoke(w, DIST);

	world_must(world_rotate(w, DIST, 10));
	return world_apply_signed(w, &ev);
}

static enum err revoke_key(struct world *w, enum world_member who, const struct kid *kid)
{
	struct event ev = world_event(w, who, EV_KEY_REVOKE);

	ev.u.kid = *kid;
	return world_apply(w, who, &ev);
}

static enum err revoked_key_signs(struct world *w)
{
	world_must(revoke_key(w, DIST, &w->kid[DIST]));
	return world_ship(w, DIST, PHARM, "A");
}

static enum err revoked_member_signs(struct world *w)
{
	world_must(world_revoke(w, DIST));
	return world_ship(w, DIST, PHARM, "A");
}

static enum err other_chain(struct world *w)
{
	struct event ev = signed_device_revoke(w, DIST);

	ev.chain_id.b[31] ^= 1;
	return world_apply_signed(w, &ev);
}

static enum err at_time(struct world *w, int64_t ahead_s, int64_t valid_s, uint64_t header_ms)
{
	struct event ev = signed_device_revoke(w, DIST);

	ev.time_s = (uint64_t)((int64_t)(w->now_ms / 1000) + ahead_s);
	ev.not_after_s = (uint64_t)((int64_t)(w->now_ms / 1000) + valid_s);
	w->now_ms += header_ms;
	return world_apply_signed(w, &ev);
}

static enum err ahead_by_5_min(struct world *w) { return at_time(w, 300, 400, 0); }
static enum err ahead_by_more(struct world *w) { return at_time(w, 301, 400, 0); }
static enum err at_not_after(struct world *w) { return at_time(w, 0, 7, 7000); }
static enum err past_not_after(struct world *w) { return at_time(w, 0, 7, 7001); }
static enum err not_after_before_1970(struct world *w) { return at_time(w, 0, -(int64_t)(w->now_ms / 1000), 0); }

static enum err same_twice(struct world *w)
{
	struct event ev = signed_device_revoke(w, DIST);

	world_must(world_apply_signed(w, &ev));
	ev.u.hash.b[5] = 1; /* the id tells, nothing else */
	return world_apply_signed(w, &ev);
}

/* ---- keys, devices, labels ---- */

static enum err rotate_to_own(struct world *w) { return world_rotate(w, DIST, DIST); }
static enum err rotate_to_anothers(struct world *w) { return world_rotate(w, DIST, PHARM); }

static enum err rotate_back(struct world *w)
{
	world_must(world_rotate(w, DIST, 10));
	world_use_key(w, DIST, 10);
	return world_rotate(w, DIST, DIST);
}

static enum err rotate_to_label_key(struct world *w)
{
	world_must(label_key(w, MFR, 1, 10));
	return world_rotate(w, DIST, 10);
}

static enum err revoke_unknown_key(struct world *w) { return revoke_key(w, DIST, &(struct kid){ { 1 } }); }
static enum err revoke_anothers_key(struct world *w) { return revoke_key(w, DIST, &w->kid[PHARM]); }
static enum err revoke_validators_key(struct world *w) { return revoke_key(w, MFR, &w->kid[MFR]); }

static enum err revoke_label_key_as_event_key(struct world *w)
{
	const struct pubkey key = world_key(10);
	struct kid kid;

	world_must(label_key(w, MFR2, 1, 10));
	kid_of(&kid, &key);
	return revoke_key(w, MFR2, &kid);
}

static enum err revoke_old_key(struct world *w)
{
	const struct kid old = w->kid[DIST];

	world_must(world_rotate(w, DIST, 10));
	world_use_key(w, DIST, 10);
	return revoke_key(w, DIST, &old);
}

static enum err device_revoke(struct world *w, enum world_member who)
{
	struct event ev = world_event(w, who, EV_DEVICE_REVOKE);

	ev.u.hash.b[0] = 9;
	return world_apply(w, who, &ev);
}

static enum err device_twice(struct world *w)
{
	world_must(device_revoke(w, DIST));
	return device_revoke(w, DIST);
}

static enum err device_of_another_too(struct world *w)
{
	world_must(device_revoke(w, DIST)); /* says nothing about PHARM's device of the same hash */
	return device_revoke(w, PHARM);
}

static enum err label_key_of_distributor(struct world *w)
{
	struct event ev = label_key_event(w, MFR, 1, 10);

	return world_apply(w, DIST, &ev);
}

static enum err label_key_for_anothers_prefix(struct world *w)
{
	struct event ev = label_key_event(w, MFR2, 1, 10);

	return world_apply(w, MFR, &ev);
}

static enum err label_key_for_part_of_prefix(struct world *w)
{
	struct event ev = label_key_event(w, MFR, 1, 10);

	ev.u.label_key.prefixes.v[0].n--;
	return world_apply(w, MFR, &ev);
}

static enum err label_key_id_taken(struct world *w)
{
	world_must(label_key(w, MFR, 1, 10));
	return label_key(w, MFR2, 1, 11);
}

static enum err label_key_key_taken(struct world *w)
{
	world_must(label_key(w, MFR, 1, 10));
	return label_key(w, MFR, 2, 10);
}

static enum err label_key_is_event_key(struct world *w) { return label_key(w, MFR, 1, DIST); }

/* As if n label keys were registered. */
static void set_label_keys(struct world *w, uint64_t n)
{
	uint8_t key[STATE_KEY_MAX], val[16];
	struct wr out;

	wr_init(&out, val, sizeof(val));
	wr_uint(&out, n);
	memstate_set(w->mem, key_label_keys(key, world_gln(MFR)), bytes_of(val, out.n));
}

static enum err label_key_last_of_quota(struct world *w)
{
	set_label_keys(w, LABEL_KEYS_PER_MEMBER - 1);
	return label_key(w, MFR, 1, 10);
}

static enum err label_key_over_quota(struct world *w)
{
	world_must(label_key_last_of_quota(w));
	return label_key(w, MFR, 2, 11);
}

static enum err label_key_state(struct world *w, enum world_member who, enum label_key_state state)
{
	struct event ev = world_event(w, who, EV_LABEL_KEY_STATE);

	ev.u.label_key.id[2] = 1;
	ev.u.label_key.state = state;
	return world_apply(w, who, &ev);
}

static enum err label_key_state_unknown(struct world *w) { return label_key_state(w, MFR, LABEL_KEY_RETIRED); }

static enum err label_key_state_anothers(struct world *w)
{
	world_must(label_key(w, MFR, 1, 10));
	return label_key_state(w, MFR2, LABEL_KEY_RETIRED);
}

static enum err label_key_states(struct world *w, enum label_key_state first, enum label_key_state then)
{
	world_must(label_key(w, MFR, 1, 10));
	world_must(label_key_state(w, MFR, first));
	return label_key_state(w, MFR, then);
}

static enum err retired_twice(struct world *w) { return label_key_states(w, LABEL_KEY_RETIRED, LABEL_KEY_RETIRED); }
static enum err back_to_retired(struct world *w) { return label_key_states(w, LABEL_KEY_COMPROMISED, LABEL_KEY_RETIRED); }
static enum err then_compromised(struct world *w) { return label_key_states(w, LABEL_KEY_RETIRED, LABEL_KEY_COMPROMISED); }

/* ---- products, lots ---- */

static enum err product(struct world *w, enum world_member who, uint64_t gtin)
{
	struct event ev = world_event(w, who, EV_PRODUCT);

	ev.u.product.gtin = gtin;
	ev.u.product.name = BYTES_LIT("Renamed");
	return world_apply(w, who, &ev);
}

static enum err product_renamed(struct world *w) { return product(w, MFR, world_gtin(MFR)); }
static enum err product_of_another(struct world *w) { return product(w, MFR, world_gtin(MFR2)); }
static enum err product_of_nobody(struct world *w) { return product(w, MFR, world_check(400000000000)); }
static enum err product_of_distributor(struct world *w) { return product(w, DIST, world_gtin(MFR)); }

static enum err lot_new(struct world *w) { return world_lot(w, MFR, world_gtin(MFR), "L2", 20271231); }
static enum err lot_of_distributor(struct world *w) { return world_lot(w, DIST, world_gtin(MFR), "L2", 20271231); }
static enum err lot_of_another(struct world *w) { return world_lot(w, MFR, world_gtin(MFR2), "L2", 20271231); }
static enum err lot_without_product(struct world *w) { return world_lot(w, MFR, world_check(1952100010001), "L2", 20271231); }
static enum err lot_again(struct world *w) { return world_lot(w, MFR, world_gtin(MFR), LOT_GOOD, 20991231); }
static enum err lot_other_expiry(struct world *w) { return world_lot(w, MFR, world_gtin(MFR), LOT_GOOD, 20991230); }

/* ---- the state itself ---- */

static enum err database_fails(struct world *w)
{
	struct event ev = world_event(w, MFR, EV_PRODUCT);
	enum err e;

	ev.u.product.gtin = world_gtin(MFR);
	ev.u.product.name = BYTES_LIT("Renamed");
	memstate_fail(w->mem, ERR_DATABASE);
	e = world_apply(w, MFR, &ev);
	memstate_fail(w->mem, ERR_OK);
	return e;
}

static enum err member_row_broken(struct world *w)
{
	uint8_t key[STATE_KEY_MAX];

	memstate_set(w->mem, key_member(key, world_gln(DIST)), BYTES_LIT("\x80"));
	return device_revoke(w, DIST);
}

static const struct refused rows[] = {
	{ "key not on the chain", ERR_UNKNOWN_KEY, unknown_key, 0 },
	{ "label key signs an event", ERR_WRONG_PURPOSE, label_key_signs, 0 },
	{ "key rotated away", ERR_REVOKED_KEY, old_key_signs, 0 },
	{ "key revoked", ERR_REVOKED_KEY, revoked_key_signs, 0 },
	{ "member revoked", ERR_MEMBER_REVOKED, revoked_member_signs, 0 },
	{ "another chain", ERR_WRONG_CHAIN, other_chain, 0 },
	{ "300 s ahead", ERR_OK, ahead_by_5_min, 0 },
	{ "301 s ahead", ERR_EVENT_IN_FUTURE, ahead_by_more, 0 },
	{ "at not_after", ERR_OK, at_not_after, 0 },
	{ "1 ms past not_after", ERR_EVENT_TOO_LATE, past_not_after, 0 },
	{ "not_after 1970", ERR_EVENT_TOO_LATE, not_after_before_1970, 0 },
	{ "same event twice", ERR_DUPLICATE_EVENT, same_twice, 0 },

	{ "rotate to the own key", ERR_EXISTS, rotate_to_own, 0 },
	{ "rotate to another's key", ERR_EXISTS, rotate_to_anothers, 0 },
	{ "rotate back to a used key", ERR_EXISTS, rotate_back, 0 },
	{ "rotate to a label key", ERR_EXISTS, rotate_to_label_key, 0 },
	{ "revoke an unknown key", ERR_UNKNOWN_KEY, revoke_unknown_key, 0 },
	{ "revoke another's key", ERR_FORBIDDEN, revoke_anothers_key, 0 },
	{ "revoke a label key as an event key", ERR_WRONG_PURPOSE, revoke_label_key_as_event_key, 0 },
	{ "revoke a revoked key", ERR_EXISTS, revoke_old_key, 0 },
	{ "validator revokes its key", ERR_STILL_VALIDATOR, revoke_validators_key, 0 },
	{ "device revoked twice", ERR_EXISTS, device_twice, 0 },
	{ "device of the same hash at another member", ERR_OK, device_of_another_too, 0 },
	{ "label key of a distributor", ERR_ROLE_NOT_ALLOWED, label_key_of_distributor, 0 },
	{ "label key for another's prefix", ERR_FOREIGN_PREFIX, label_key_for_anothers_prefix, 0 },
	{ "label key for a shorter prefix", ERR_FOREIGN_PREFIX, label_key_for_part_of_prefix, 0 },
	{ "label key id taken", ERR_EXISTS, label_key_id_taken, 0 },
	{ "label key under two ids", ERR_EXISTS, label_key_key_taken, 0 },
	{ "label key is an event key", ERR_EXISTS, label_key_is_event_key, 0 },
	{ "label key, last of the quota", ERR_OK, label_key_last_of_quota, 0 },
	{ "label key over the quota", ERR_QUOTA, label_key_over_quota, 0 },
	{ "state of an unknown label key", ERR_UNKNOWN_KEY, label_key_state_unknown, 0 },
	{ "state of another's label key", ERR_FORBIDDEN, label_key_state_anothers, 0 },
	{ "label key retired twice", ERR_EXISTS, retired_twice, 0 },
	{ "label key from compromised to retired", ERR_EXISTS, back_to_retired, 0 },
	{ "label key from retired to compromised", ERR_OK, then_compromised, 0 },

	{ "product renamed", ERR_OK, product_renamed, 0 },
	{ "product of another", ERR_FOREIGN_PREFIX, product_of_another, 0 },
	{ "product of nobody's prefix", ERR_FOREIGN_PREFIX, product_of_nobody, 0 },
	{ "product by a distributor", ERR_ROLE_NOT_ALLOWED, product_of_distributor, 0 },
	{ "lot", ERR_OK, lot_new, 0 },
	{ "lot by a distributor", ERR_ROLE_NOT_ALLOWED, lot_of_distributor, 0 },
	{ "lot of another's product", ERR_FOREIGN_PREFIX, lot_of_another, 0 },
	{ "lot of no product", ERR_UNKNOWN_PRODUCT, lot_without_product, 0 },
	{ "lot again", ERR_EXISTS, lot_again, 0 },
	{ "lot with another expiry", ERR_EXISTS, lot_other_expiry, 0 },

	{ "database fails", ERR_DATABASE, database_fails, 0 },
	{ "member row does not decode", ERR_CORRUPT, member_row_broken, 0 },
};

static void test_refusals(void)
{
	check_refusals(rows, sizeof(rows) / sizeof(rows[0]));
}

/* What an accepted event writes does not fit: at every size below, nothing is left and the state is untouched. */
static void test_no_space(void)
{
	static uint8_t buf[4096];
	struct world w;
	struct event ev;
	struct rules_at at;
	struct refusal why;
	struct writes ws;
	size_t need;

	world_init(&w, 1);
	ev = world_pack_event(&w, MFR, EV_COMMISSION, MFR, LOT_GOOD, (const char *const[]){ "A", "B", NULL });
	ev.kid = w.kid[MFR];
	at = (struct rules_at){ w.ev, w.now_ms, w.chain_id };
	writes_init(&ws, buf, sizeof(buf));
	NEED(rules_apply(&w.st, &ev, &at, &ws, &why) == ERR_OK);
	need = ws.w.n;
	CHECK(ws.n == 6); /* event, batch, lot, two packs, chain */
	for (size_t cap = 0; cap < need; cap++) {
		writes_init(&ws, buf, cap);
		CHECK(rules_apply(&w.st, &ev, &at, &ws, &why) == ERR_NO_SPACE && ws.n == 0 && ws.w.n == 0);
	}
	world_free(&w);
}

T_MAIN("rules_refusals", T(test_refusals), T(test_no_space))
