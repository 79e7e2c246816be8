#include "node/core/rules_parts.h"

struct believing {
	const struct state *st;
	const struct event *ev;
	const struct rules_at *at;
	struct writes *ws;
	uint64_t signer;
	struct chain_row chain;
};

static enum err put_event(struct believing *b)
{
	struct event_row row = { b->ev->id, b->ev->type, b->ev->time_s, b->ev->place, 0, b->at->header_ms };
	uint8_t buf[STATE_KEY_MAX];
	struct key_row key;
	enum err e = rules_or(state_key(b->st, &b->ev->kid, &key), ERR_UNKNOWN_KEY);

	if (e)
		return e;
	row.signer = b->signer = key.owner;
	event_row_write(writes_put(b->ws, key_event(buf, b->at->ev)), &row);
	return ERR_OK;
}

/* Where goods are after a step; false: it does not say. */
static bool custody_said(const struct believing *b, struct custody_row *out)
{
	*out = (struct custody_row){ b->signer, PACK_ACTIVE, 0, b->at->ev };
	switch ((int)b->ev->type) {
	case EV_COMMISSION:
	case EV_RECEIVE:
	case EV_VOID_SHIP:
	case EV_UNDO_DISPENSE:
	case EV_UNDO_SAMPLE:
	case EV_UNDO_CHECK_OUT:
		return true;
	case EV_SHIP:
	case EV_RETURN:
		out->state = PACK_IN_TRANSIT;
		out->peer = b->ev->u.gln;
		return true;
	case EV_DISPENSE:
		out->state = PACK_DISPENSED;
		return true;
	case EV_DESTROY:
		out->state = PACK_DESTROYED;
		return true;
	case EV_SAMPLE:
		out->state = PACK_SAMPLE;
		return true;
	case EV_FREE_SAMPLE:
		out->state = PACK_FREE_SAMPLE;
		return true;
	case EV_EXPORT:
		out->state = PACK_EXPORTED;
		return true;
	case EV_CHECK_OUT:
		out->state = PACK_CHECKED_OUT;
		return true;
	default:
		return false;
	}
}

/* The flag that the event raises or clears. */
static bool flag_said(const struct believing *b, enum flag_kind *kind)
{
	switch ((int)b->ev->type) {
	case EV_LOCK:
	case EV_UNLOCK:
		*kind = FLAG_LOCKED;
		return true;
	case EV_STOLEN:
		*kind = FLAG_STOLEN;
		return true;
	case EV_MISSING:
	case EV_SURPLUS:
		*kind = FLAG_MISMATCH;
		return true;
	default:
		return false;
	}
}

/* The others stay: a theft outlives a lock. */
static enum err put_flags(const struct believing *b, int64_t unit)
{
	struct flags_row flags = { 0 };
	enum flag_kind kind;
	enum err e;

	if (!flag_said(b, &kind))
		return ERR_OK;
	e = rules_or(state_flags(b->st, unit, &flags), ERR_OK);
	if (e)
		return e;
	flags.of[kind] = b->ev->type == EV_UNLOCK ? (struct flag_row){ 0, 0 } : (struct flag_row){ b->signer, b->at->ev };
	rules_put_flags(b->ws, unit, &flags);
	return ERR_OK;
}

/* It is by itself now, whatever it was in. */
static enum err put_thing(const struct believing *b, int64_t unit)
{
	struct custody_row custody;
	uint8_t buf[STATE_KEY_MAX];

	if (custody_said(b, &custody)) {
		writes_null(b->ws, key_inside(buf, unit));
		custody_row_write(writes_put(b->ws, key_custody(buf, unit)), &custody);
	}
	return put_flags(b, unit);
}

/* Whether a thing not known here is its signer's, or was, by this event alone.  What is received may be a claim, and what is
 * seen, surplus or stolen may be anybody's: of those nothing is known here. */
static bool makes_known(const struct believing *b)
{
	struct custody_row custody;

	return b->ev->type == EV_LOCK || (b->ev->type != EV_RECEIVE && custody_said(b, &custody));
}

/* A pack seen first comes to be with the event that names it, in a batch of its own. */
static void make_pack(struct believing *b, const struct event_packs *it, struct bytes serial, int64_t *unit)
{
	const struct pack_row pack = { b->chain.next_pack, 0 };
	struct batch_row batch = { .hi = b->chain.next_pack, .gtin = it->gtin, .lot_n = it->lot.n, .ev = b->at->ev,
				   .holder = b->signer };
	uint8_t buf[STATE_KEY_MAX];

	memcpy(batch.lot, it->lot.p, it->lot.n);
	batch_row_write(writes_put(b->ws, key_batch(buf, pack.lo)), &batch);
	pack_row_write(writes_put(b->ws, key_pack(buf, it->gtin, serial)), &pack);
	*unit = (int64_t)b->chain.next_pack++;
}

static enum err believe_packs(struct believing *b)
{
	struct event_packs it;
	struct bytes serial;

	event_packs_init(&it, b->ev);
	while (event_packs_next(&it, &serial)) {
		struct pack_row row;
		int64_t unit;
		enum err e = state_pack(b->st, it.gtin, serial, &row);

		if (e == ERR_NOT_FOUND && !makes_known(b))
			continue;
		if (e == ERR_NOT_FOUND)
			make_pack(b, &it, serial, &unit);
		else if (e == ERR_OK)
			unit = (int64_t)(row.lo + row.offset);
		else
			return e;
		e = put_thing(b, unit);
		if (e)
			return e;
	}
	return ERR_OK;
}

static void make_unit(struct believing *b, uint64_t sscc, int64_t *unit)
{
	const struct unit_row row = { .sscc = sscc, .levels = 1 };
	const struct custody_row custody = { b->signer, PACK_ACTIVE, 0, b->at->ev };
	uint8_t buf[STATE_KEY_MAX];

	*unit = -(int64_t)b->chain.next_unit++;
	wr_int(writes_put(b->ws, key_unit(buf, sscc)), *unit);
	unit_row_write(writes_put(b->ws, key_unit_row(buf, *unit)), &row);
	custody_row_write(writes_put(b->ws, key_custody(buf, *unit)), &custody);
}

static enum err believe_units(struct believing *b)
{
	struct event_ssccs it;
	uint64_t sscc;

	event_ssccs_init(&it, b->ev);
	while (event_ssccs_next(&it, &sscc)) {
		int64_t unit;
		enum err e = state_unit(b->st, sscc, &unit);

		if (e == ERR_NOT_FOUND && !makes_known(b))
			continue;
		if (e == ERR_NOT_FOUND)
			make_unit(b, sscc, &unit);
		else if (e)
			return e;
		e = put_thing(b, unit);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err rules_believe(const struct state *st, const struct event *ev, const struct rules_at *at, struct writes *ws)
{
	struct believing b = { .st = st, .ev = ev, .at = at, .ws = ws };
	uint8_t buf[STATE_KEY_MAX];
	enum err e = put_event(&b);

	if (e == ERR_OK)
		e = rules_or(state_chain(st, &b.chain), ERR_CORRUPT);
	if (e == ERR_OK)
		e = believe_packs(&b);
	if (e == ERR_OK)
		e = believe_units(&b);
	if (e == ERR_OK)
		chain_row_write(writes_put(ws, key_chain(buf)), &b.chain);
	return e;
}
