#include "node/core/rules_parts.h"

/* ERR_FOREIGN_PREFIX unless gtin is under a prefix of the signer's.  known: such a prefix found before, to look no
 * further; n 0 at first. */
static enum err check_owner(const struct rules_run *run, uint64_t gtin, struct prefix *known)
{
	struct prefix found;
	uint64_t owner;
	enum err e;

	if (known->n > 0 && prefix_covers(known, gtin))
		return ERR_OK;
	e = rules_or(state_gtin_owner(run->st, gtin, &owner, &found), ERR_FOREIGN_PREFIX);
	if (e)
		return e;
	if (owner != run->signer)
		return ERR_FOREIGN_PREFIX;
	*known = found;
	return ERR_OK;
}

static enum err check_product(const struct rules_run *run, uint64_t gtin, struct prefix *known)
{
	struct product_row product;
	enum err e = check_owner(run, gtin, known);

	return e ? e : rules_or(state_product(run->st, gtin, &product), ERR_UNKNOWN_PRODUCT);
}

enum err rules_own_product(const struct rules_run *run, uint64_t gtin)
{
	struct prefix known = { .n = 0 };

	return check_product(run, gtin, &known);
}

/* Registered again: described anew by whom the prefix belongs to.  What is withdrawn stays so. */
enum err rules_product(struct rules_run *run)
{
	const struct event *ev = run->ev;
	struct product_row row = { .withdrawn_n = 0 };
	struct prefix known = { .n = 0 };
	uint8_t buf[STATE_KEY_MAX];
	enum err e;

	if (run->member.role != ROLE_MANUFACTURER)
		return ERR_ROLE_NOT_ALLOWED;
	e = check_owner(run, ev->u.product.gtin, &known);
	if (e == ERR_OK)
		e = rules_or(state_product(run->st, ev->u.product.gtin, &row), ERR_OK);
	if (e)
		return e;
	row.owner = run->signer;
	row.always_signed = ev->u.product.always_signed;
	row.markets = ev->u.product.markets;
	row.storage = ev->u.product.storage;
	row.name_n = ev->u.product.name.n;
	memcpy(row.name, ev->u.product.name.p, row.name_n);
	product_row_write(writes_put(run->ws, key_product(buf, ev->u.product.gtin)), &row);
	return ERR_OK;
}

static void put_lot(const struct rules_run *run, uint64_t gtin, struct bytes lot, const struct lot_row *row)
{
	uint8_t buf[STATE_KEY_MAX];

	lot_row_write(writes_put(run->ws, key_lot(buf, gtin, lot)), row);
}

/* A lot's expiry is printed on its packs: it never changes. */
enum err rules_lot(struct rules_run *run)
{
	uint64_t gtin = run->ev->u.lot.gtin;
	struct bytes lot = run->ev->u.lot.lot;
	struct lot_row row = { .expiry = run->ev->u.lot.expiry }, taken;
	enum err e;

	if (run->member.role != ROLE_MANUFACTURER)
		return ERR_ROLE_NOT_ALLOWED;
	e = rules_own_product(run, gtin);
	if (e)
		return e;
	e = state_lot(run->st, gtin, lot, &taken);
	if (e != ERR_NOT_FOUND)
		return e ? e : ERR_EXISTS;
	put_lot(run, gtin, lot, &row);
	return ERR_OK;
}

static enum err own_lot(const struct rules_run *run, struct lot_row *row)
{
	enum err e;

	if (run->member.role != ROLE_MANUFACTURER)
		return ERR_ROLE_NOT_ALLOWED;
	e = rules_own_product(run, run->ev->u.lot.gtin);
	return e ? e : rules_or(state_lot(run->st, run->ev->u.lot.gtin, run->ev->u.lot.lot, row), ERR_UNKNOWN_LOT);
}

/* Once and for all: what was released wrongly is recalled. */
enum err rules_lot_release(struct rules_run *run)
{
	struct lot_row row;
	enum err e = own_lot(run, &row);

	if (e)
		return e;
	if (row.released)
		return ERR_EXISTS;
	row.released = run->at->ev;
	put_lot(run, run->ev->u.lot.gtin, run->ev->u.lot.lot, &row);
	return ERR_OK;
}

/* A later notice takes the place of an earlier one. */
enum err rules_lot_notice(struct rules_run *run)
{
	uint64_t now_s = run->at->header_ms / 1000;
	struct lot_row row;
	enum err e = own_lot(run, &row);

	if (e)
		return e;
	if (run->ev->u.lot.until_s < now_s || run->ev->u.lot.until_s > now_s + NOTICE_WITHIN_S)
		return ERR_BAD_VALUE;
	row.announced = run->ev->u.lot.packs;
	row.until_s = run->ev->u.lot.until_s;
	put_lot(run, run->ev->u.lot.gtin, run->ev->u.lot.lot, &row);
	return ERR_OK;
}

/* ---- COMMISSION ---- */

struct commission {
	struct chain_row chain;
	struct prefix known;
	struct pack_row next; /* in its group's batch */
};

/* What the table asks about a group.  Of another's product nothing more is looked up. */
static enum err look_up(const struct rules_run *run, struct commission *c, const struct event_packs *it, struct lot_row *lot,
			struct rules_facts *facts)
{
	struct product_row product;
	enum err e = check_product(run, it->gtin, &c->known);

	if (e == ERR_FOREIGN_PREFIX)
		return ERR_OK;
	if (e == ERR_OK)
		e = state_product(run->st, it->gtin, &product);
	if (e == ERR_OK)
		e = rules_or(state_lot(run->st, it->gtin, it->lot, lot), ERR_UNKNOWN_LOT);
	if (e)
		return e;
	facts->owner = true;
	facts->expired = rules_expired(run->at->header_ms, lot->expiry);
	facts->recalled = lot->recalled != 0;
	facts->withdrawn = rules_withdrawn(&product, &run->member.country);
	return ERR_OK;
}

/* All packs of a group come to be at once: one batch, active at the signer. */
static enum err begin_batch(struct rules_run *run, struct commission *c, const struct event_packs *it)
{
	struct rules_facts facts = { .state = PACK_NONE };
	struct batch_row batch = { .gtin = it->gtin, .lot_n = it->lot.n, .ev = run->at->ev, .holder = run->signer };
	struct lot_row lot = { .packs = 0 };
	enum pack_state to;
	uint8_t buf[STATE_KEY_MAX];
	enum err e = look_up(run, c, it, &lot, &facts);

	if (e == ERR_OK)
		e = rules_transition(EV_COMMISSION, run->member.role, &facts, &to);
	if (e)
		return e;
	c->next = (struct pack_row){ c->chain.next_pack, 0 };
	c->chain.next_pack += it->serials_left + 1;
	batch.hi = c->chain.next_pack - 1;
	memcpy(batch.lot, it->lot.p, it->lot.n);
	batch_row_write(writes_put(run->ws, key_batch(buf, c->next.lo)), &batch);
	lot.packs += it->serials_left + 1;
	put_lot(run, it->gtin, it->lot, &lot);
	return ERR_OK;
}

static enum err commission_pack(struct rules_run *run, struct commission *c, const struct event_packs *it,
				struct bytes serial)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes key = key_pack(buf, it->gtin, serial), taken;
	enum err e = it->first ? begin_batch(run, c, it) : ERR_OK;

	if (e == ERR_OK)
		e = run->st->get(run->st->ctx, key, &taken);
	if (e)
		return e;
	if (taken.p)
		return ERR_PACK_EXISTS;
	pack_row_write(writes_put(run->ws, key), &c->next);
	c->next.offset++;
	return ERR_OK;
}

enum err rules_commission(struct rules_run *run)
{
	struct commission c = { .known.n = 0 };
	struct event_packs it;
	struct bytes serial;
	uint8_t buf[STATE_KEY_MAX];
	enum err e;

	if (!rules_role_may(EV_COMMISSION, run->member.role))
		return ERR_ROLE_NOT_ALLOWED;
	e = rules_or(state_chain(run->st, &c.chain), ERR_CORRUPT);
	if (e)
		return e;
	event_packs_init(&it, run->ev);
	for (size_t pos = 0; event_packs_next(&it, &serial); pos++) {
		e = commission_pack(run, &c, &it, serial);
		if (e)
			return rules_at_pack(run, pos, e);
	}
	chain_row_write(writes_put(run->ws, key_chain(buf)), &c.chain);
	return ERR_OK;
}
