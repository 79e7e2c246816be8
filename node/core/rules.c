#include "node/core/rules_parts.h"

void writes_init(struct writes *ws, uint8_t *buf, size_t cap)
{
	wr_init(&ws->w, buf, cap);
	ws->n = 0;
}

struct wr *writes_put(struct writes *ws, struct bytes key)
{
	/* state.cddl: write = [ key, value / null ] */
	wr_array(&ws->w, 2);
	wr_raw(&ws->w, key);
	ws->n++;
	return &ws->w;
}

void writes_null(struct writes *ws, struct bytes key)
{
	wr_null(writes_put(ws, key));
}

void writes_it_init(struct writes_it *it, struct bytes sequence)
{
	rd_init(&it->r, sequence);
}

bool writes_it_next(struct writes_it *it, struct bytes *key, struct bytes *val)
{
	if (rd_peek(&it->r) < 0)
		return false;
	rd_array_n(&it->r, 2);
	*key = rd_skip(&it->r);
	*val = (struct bytes){ 0 };
	if (!rd_null(&it->r))
		*val = rd_skip(&it->r);
	return it->r.err == ERR_OK;
}

void rules_put_flags(struct writes *ws, int64_t unit, const struct flags_row *flags)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes key = key_flags(buf, unit);

	for (size_t i = 0; i < FLAG_KINDS; i++)
		if (flags->of[i].by) {
			flags_row_write(writes_put(ws, key), flags);
			return;
		}
	writes_null(ws, key);
}

static enum err check_signer(struct rules_run *run)
{
	struct key_row key;
	enum err e = rules_or(state_key(run->st, &run->ev->kid, &key), ERR_UNKNOWN_KEY);

	if (e)
		return e;
	if (key.purpose != (run->ev->type == EV_LOT_RELEASE ? KEY_FOR_RELEASE : KEY_FOR_EVENTS))
		return ERR_WRONG_PURPOSE;
	run->signer = key.owner;
	e = rules_or(state_member(run->st, key.owner, &run->member), ERR_CORRUPT);
	if (e)
		return e;
	if (run->member.revoked)
		return ERR_MEMBER_REVOKED;
	return key.revoked ? ERR_REVOKED_KEY : ERR_OK;
}

static enum err check_chain_and_time(const struct rules_run *run)
{
	const struct event *ev = run->ev;
	uint64_t known;
	enum err e;

	if (!hash_eq(&ev->chain_id, &run->at->chain_id))
		return ERR_WRONG_CHAIN;
	if (ev->time_s * 1000 > run->at->header_ms + EVENT_AHEAD_S * 1000)
		return ERR_EVENT_IN_FUTURE;
	if (run->at->header_ms > ev->not_after_s * 1000)
		return ERR_EVENT_TOO_LATE;
	e = state_event_id(run->st, &ev->id, &known);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	return e ? e : ERR_DUPLICATE_EVENT;
}

static void put_event(struct rules_run *run)
{
	const struct event *ev = run->ev;
	const struct event_row row = { ev->id, ev->type, ev->time_s, ev->place, run->signer, run->at->header_ms };
	uint8_t buf[STATE_KEY_MAX];

	event_row_write(writes_put(run->ws, key_event(buf, run->at->ev)), &row);
}

static enum err apply_type(struct rules_run *run)
{
	switch (run->ev->type) {
	case EV_MEMBER:
	case EV_MEMBER_REVOKE:
	case EV_VALIDATORS:
	case EV_RULES_VERSION:
		return rules_governance(run);
	case EV_KEY_ROTATE:
		return rules_key_rotate(run);
	case EV_KEY_REVOKE:
		return rules_key_revoke(run);
	case EV_DEVICE_REVOKE:
		return rules_device_revoke(run);
	case EV_LABEL_KEY:
		return rules_label_key(run);
	case EV_LABEL_KEY_STATE:
		return rules_label_key_state(run);
	case EV_PRODUCT:
		return rules_product(run);
	case EV_LOT:
		return rules_lot(run);
	case EV_LOT_RELEASE:
		return rules_lot_release(run);
	case EV_LOT_NOTICE:
		return rules_lot_notice(run);
	case EV_RELEASE_KEY:
		return rules_release_key(run);
	case EV_COMMISSION:
		return rules_commission(run);
	case EV_SHIP:
	case EV_VOID_SHIP:
	case EV_RECEIVE:
	case EV_DISPENSE:
	case EV_UNDO_DISPENSE:
	case EV_DESTROY:
	case EV_LOCK:
	case EV_UNLOCK:
	case EV_PACK:
	case EV_UNPACK:
	case EV_MISSING:
	case EV_SURPLUS:
	case EV_RETURN:
	case EV_SAMPLE:
	case EV_FREE_SAMPLE:
	case EV_UNDO_SAMPLE:
	case EV_EXPORT:
	case EV_STOLEN:
	case EV_CHECK_OUT:
	case EV_UNDO_CHECK_OUT:
		return rules_custody(run);
	case EV_CORRECTION:
		return rules_correction(run);
	case EV_RECALL:
	case EV_WITHDRAW:
		return rules_recall(run);
	case EV_RETRACT:
		return rules_retract(run);
	case EV_CONFIRM:
		return rules_confirm(run);
	case EV_ALARM:
		return rules_alarm(run);
	case EV_ALARM_CASE:
		return rules_alarm_case(run);
	case EV_SIGHT:
		return rules_sight(run);
	case EV_QUERY:
		return rules_query(run);
	}
	return ERR_UNKNOWN_EVENT_TYPE;
}

enum err rules_apply(const struct state *st, const struct event *ev, const struct rules_at *at, struct writes *ws,
		     struct refusal *why)
{
	struct rules_run run = { .st = st, .ev = ev, .at = at, .ws = ws, .why = why };
	struct writes before = *ws;
	struct bytes written;
	enum err e;

	*why = (struct refusal){ 0 };
	e = check_signer(&run);
	if (e == ERR_OK)
		e = check_chain_and_time(&run);
	if (e == ERR_OK) {
		put_event(&run);
		e = apply_type(&run);
	}
	if (e == ERR_OK)
		e = wr_end(&ws->w, &written);
	if (e)
		*ws = before;
	why->err = e;
	return e;
}
