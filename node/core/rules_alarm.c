/* What people saw and said: alarms and their cases, sightings, queries, corrections. */
#include "node/core/rules_parts.h"

#define DAY_MS 86400000ULL

/* What everybody must look at, nobody may say without end. */
enum err rules_spend(const struct rules_run *run, const struct spent_row *more)
{
	uint64_t day = run->at->header_ms / DAY_MS;
	struct spent_row row = { .day = day };
	uint8_t buf[STATE_KEY_MAX];
	enum err e = rules_or(state_spent(run->st, run->signer, &row), ERR_OK);

	if (e)
		return e;
	if (row.day != day)
		row = (struct spent_row){ .day = day };
	row.alarms += more->alarms;
	row.proposals += more->proposals;
	row.surplus += more->surplus;
	if (row.alarms > ALARMS_A_DAY || row.proposals > PROPOSALS_A_DAY || row.surplus > SURPLUS_A_DAY)
		return ERR_QUOTA;
	spent_row_write(writes_put(run->ws, key_spent(buf, run->signer)), &row);
	return ERR_OK;
}

/* The event that the alarm contradicts: the last one that changed the pack, when there is such a pack. */
static enum err find_first(const struct rules_run *run, uint64_t *ev)
{
	struct pack_view v;
	enum err e = state_pack_view(run->st, run->ev->u.alarm.gtin, run->ev->u.alarm.serial, &v);

	*ev = e == ERR_OK ? v.custody.ev : 0;
	return rules_or(e, ERR_OK);
}

static enum err open_case(const struct rules_run *run, struct alarm_row *row)
{
	const struct event *ev = run->ev;

	*row = (struct alarm_row){ .gtin = ev->u.alarm.gtin, .serial_n = ev->u.alarm.serial.n, .reason = ev->u.alarm.reason,
				   .state = ALARM_OPEN, .by = run->signer, .place = ev->place, .time_s = ev->time_s,
				   .raised_ev = run->at->ev, .seen = 1, .changed_ev = run->at->ev };
	memcpy(row->serial, ev->u.alarm.serial.p, row->serial_n);
	return find_first(run, &row->first_ev);
}

/* The same from the same site says nothing new; from another it adds to the case. */
static enum err add_to_case(const struct rules_run *run, struct alarm_row *row)
{
	struct event_row again = { .place = row->place };
	enum err e = row->again_ev ? rules_or(state_event(run->st, row->again_ev, &again), ERR_CORRUPT) : ERR_OK;

	if (e)
		return e;
	if (run->ev->place == row->place || run->ev->place == again.place)
		return ERR_EXISTS;
	row->seen++;
	row->again_ev = run->at->ev;
	return ERR_OK;
}

static void put_alarm(const struct rules_run *run, const struct hash *id, const struct alarm_row *row)
{
	uint8_t buf[STATE_KEY_MAX];

	alarm_row_write(writes_put(run->ws, key_alarm(buf, id)), row);
}

enum err rules_alarm(struct rules_run *run)
{
	const struct event *ev = run->ev;
	struct alarm_row row = { .state = ALARM_CLOSED };
	struct hash id;
	enum err e;

	alarm_id(&id, ev->u.alarm.gtin, ev->u.alarm.serial, ev->u.alarm.reason);
	e = rules_or(state_alarm(run->st, &id, &row), ERR_OK);
	if (e)
		return e;
	e = row.state == ALARM_CLOSED ? open_case(run, &row) : add_to_case(run, &row);
	if (e == ERR_OK)
		e = rules_spend(run, &(struct spent_row){ .alarms = 1 });
	if (e == ERR_OK)
		put_alarm(run, &id, &row);
	return e;
}

/* Who raised it may explain it; whose product it is and the regulators may do that, confirm and close. */
static enum err check_case_party(const struct rules_run *run, const struct alarm_row *row)
{
	if (run->member.role == ROLE_REGULATOR)
		return ERR_OK;
	if (row->by == run->signer && run->ev->u.about.state == ALARM_EXPLAINED)
		return ERR_OK;
	if (run->member.role != ROLE_MANUFACTURER)
		return ERR_ROLE_NOT_ALLOWED;
	return rules_own_product(run, row->gtin);
}

/* Forward only: open, explained, confirmed, closed. */
enum err rules_alarm_case(struct rules_run *run)
{
	const struct event *ev = run->ev;
	struct alarm_row row;
	enum err e = rules_or(state_alarm(run->st, &ev->u.about.hash, &row), ERR_UNKNOWN_ALARM);

	if (e == ERR_OK)
		e = check_case_party(run, &row);
	if (e)
		return e;
	if (ev->u.about.state <= (uint64_t)row.state)
		return ERR_EXISTS;
	row.state = (enum alarm_state)ev->u.about.state;
	row.changed_ev = run->at->ev;
	row.cause_n = ev->u.about.text.n;
	memcpy(row.cause, ev->u.about.text.p, row.cause_n);
	put_alarm(run, &ev->u.about.hash, &row);
	return ERR_OK;
}

static enum err sight_pack(const struct rules_run *run, const struct event_packs *it, struct bytes serial, struct pack_view *v)
{
	const struct sight_row row = { run->signer, run->ev->place, run->ev->time_s };
	uint8_t buf[STATE_KEY_MAX];
	enum err e = rules_or(state_pack_view_next(run->st, it->gtin, serial, v), ERR_UNKNOWN_PACK);

	if (e)
		return e;
	if (!bytes_eq(it->lot, bytes_of(v->batch.lot, v->batch.lot_n)))
		return ERR_LOT_MISMATCH;
	if (v->custody.holder == run->signer || v->custody.peer == run->signer)
		return ERR_HAS_CUSTODY;
	sight_row_write(writes_put(run->ws, key_sight(buf, v->unit)), &row);
	return ERR_OK;
}

enum err rules_sight(struct rules_run *run)
{
	struct pack_view v = { .batch.lo = 0 };
	struct event_packs it;
	struct bytes serial;

	event_packs_init(&it, run->ev);
	for (size_t pos = 0; event_packs_next(&it, &serial); pos++) {
		enum err e = sight_pack(run, &it, serial, &v);

		if (e)
			return rules_at_pack(run, pos, e);
	}
	return ERR_OK;
}

/* Who asked what, and last when: it opens the full history for a while (reading.h). */
enum err rules_query(struct rules_run *run)
{
	uint8_t buf[STATE_KEY_MAX];

	if (run->member.role != ROLE_REGULATOR)
		return ERR_ROLE_NOT_ALLOWED;
	wr_uint(writes_put(run->ws, key_queried(buf, run->signer, run->ev->u.query.what)), run->at->ev);
	return ERR_OK;
}

/* Nothing is taken back by it: what follows from the error is set right by events of their own. */
enum err rules_correction(struct rules_run *run)
{
	struct correction_row row = { .ev = run->at->ev, .why_n = run->ev->u.about.text.n }, taken;
	struct event_row wrong;
	uint8_t buf[STATE_KEY_MAX];
	uint64_t ev;
	enum err e = rules_or(state_event_id(run->st, &run->ev->u.about.hash, &ev), ERR_UNKNOWN_EVENT);

	if (e == ERR_OK)
		e = rules_or(state_event(run->st, ev, &wrong), ERR_CORRUPT);
	if (e)
		return e;
	if (wrong.signer != run->signer)
		return ERR_FORBIDDEN;
	e = state_correction(run->st, ev, &taken);
	if (e != ERR_NOT_FOUND)
		return e ? e : ERR_EXISTS;
	memcpy(row.why, run->ev->u.about.text.p, row.why_n);
	correction_row_write(writes_put(run->ws, key_correction(buf, ev)), &row);
	return ERR_OK;
}
