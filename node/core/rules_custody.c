#include "node/core/rules_parts.h"

/* What is the same for all packs of one event. */
struct custody {
	uint64_t target; /* VOID_SHIP, UNDO_DISPENSE: number of the event they undo */
	enum err undo; /* why the target may not be undone now; said once it is known to be in force */
	bool expired; /* the group's lot */
	struct pack_view view; /* of the pack looked at */
};

static enum err check_receiver(const struct rules_run *run)
{
	struct member_row to;
	enum err e = rules_or(state_member(run->st, run->ev->u.gln, &to), ERR_UNKNOWN_MEMBER);

	if (e)
		return e;
	if (to.revoked)
		return ERR_MEMBER_REVOKED;
	if (run->ev->u.gln == run->signer || to.role == ROLE_REGULATOR)
		return ERR_BAD_RECEIVER;
	return ERR_OK;
}

/* Delegated Regulation (EU) 2016/161 Art. 13: same premises, at most 10 days.  Up to the header's time, which the
 * one who undoes cannot backdate. */
static enum err check_undo_dispense(const struct rules_run *run, const struct event_row *target)
{
	if (target->place != run->ev->place)
		return ERR_UNDO_OTHER_SITE;
	if (run->at->header_ms > target->time_s * 1000 + UNDO_WITHIN_MS)
		return ERR_UNDO_TOO_LATE;
	return ERR_OK;
}

static enum err find_target(const struct rules_run *run, struct custody *c)
{
	struct event_row row;
	enum err e = rules_or(state_event_id(run->st, &run->ev->u.hash, &c->target), ERR_UNKNOWN_EVENT);

	if (e == ERR_OK)
		e = rules_or(state_event(run->st, c->target, &row), ERR_CORRUPT);
	if (e == ERR_OK && run->ev->type == EV_UNDO_DISPENSE)
		c->undo = check_undo_dispense(run, &row);
	return e;
}

static enum err check_event(const struct rules_run *run, struct custody *c)
{
	enum event_type type = run->ev->type;

	if (!rules_role_may(type, run->member.role))
		return ERR_ROLE_NOT_ALLOWED;
	if (type == EV_SHIP)
		return check_receiver(run);
	if (type == EV_VOID_SHIP || type == EV_UNDO_DISPENSE)
		return find_target(run, c);
	return ERR_OK;
}

static void put_lock(const struct rules_run *run, int64_t unit)
{
	const struct flag_row lock = { run->signer, run->at->ev };
	uint8_t buf[STATE_KEY_MAX];
	struct bytes key = key_flag(buf, FLAG_LOCKED, unit);

	if (run->ev->type == EV_LOCK)
		flag_row_write(writes_put(run->ws, key), &lock);
	else
		writes_null(run->ws, key);
}

static void put_custody(const struct rules_run *run, const struct pack_view *v, enum pack_state to)
{
	const struct custody_row row = {
		.holder = run->ev->type == EV_RECEIVE ? run->signer : v->custody.holder,
		.state = to,
		.peer = run->ev->type == EV_SHIP ? run->ev->u.gln : 0,
		.ev = run->at->ev,
	};
	uint8_t buf[STATE_KEY_MAX];

	custody_row_write(writes_put(run->ws, key_custody(buf, v->outer)), &row);
}

static enum err read_pack(const struct rules_run *run, struct custody *c, const struct event_packs *it, struct bytes serial)
{
	struct lot_row lot;
	enum err e = rules_or(state_pack_view_next(run->st, it->gtin, serial, &c->view), ERR_UNKNOWN_PACK);

	if (e)
		return e;
	if (!bytes_eq(it->lot, bytes_of(c->view.batch.lot, c->view.batch.lot_n)))
		return ERR_LOT_MISMATCH;
	if (!it->first)
		return ERR_OK;
	e = rules_or(state_lot(run->st, it->gtin, it->lot, &lot), ERR_CORRUPT);
	if (e == ERR_OK)
		c->expired = rules_expired(run->at->header_ms, lot.expiry);
	return e;
}

static enum err apply_pack(const struct rules_run *run, struct custody *c, const struct event_packs *it, struct bytes serial)
{
	const struct pack_view *v = &c->view;
	struct rules_facts facts;
	enum pack_state to;
	enum err e = read_pack(run, c, it, serial);

	if (e)
		return e;
	facts = (struct rules_facts){
		.state = v->custody.state,
		.holder = v->custody.holder == run->signer,
		.peer = v->custody.peer == run->signer,
		.locker = v->locked && v->lock.by == run->signer,
		.locked = v->locked,
		.expired = c->expired,
	};
	e = rules_transition(run->ev->type, run->member.role, &facts, &to);
	if (e)
		return e;
	if (c->target && c->target != v->custody.ev)
		return ERR_UNDO_OTHER_EVENT;
	if (c->undo)
		return c->undo;
	if (run->ev->type == EV_LOCK || run->ev->type == EV_UNLOCK)
		put_lock(run, v->unit);
	else
		put_custody(run, v, to);
	return ERR_OK;
}

enum err rules_custody(struct rules_run *run)
{
	struct custody c = { .target = 0 };
	struct event_packs it;
	struct bytes serial;
	enum err e = check_event(run, &c);

	if (e)
		return e;
	if (run->ev->ssccs.p) /* nothing packs units yet */
		return ERR_UNKNOWN_UNIT;
	event_packs_init(&it, run->ev);
	for (size_t pos = 0; event_packs_next(&it, &serial); pos++) {
		e = apply_pack(run, &c, &it, serial);
		if (e)
			return rules_at_pack(run, pos, e);
	}
	return ERR_OK;
}
