/* Rows of recalls, alarms, sightings, corrections and queries, and of what a member has said on a day. */
#include "node/core/event_parts.h"
#include "node/core/state_parts.h"

void alarm_id(struct hash *out, uint64_t gtin, struct bytes serial, uint64_t reason)
{
	uint8_t buf[64];
	struct wr w;

	/* state.cddl: alarm = hash                           ; SHA-256 of [gtin, serial: tstr, reason: uint] */
	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, 3);
	wr_uint(&w, gtin);
	wr_tstr(&w, serial);
	wr_uint(&w, reason);
	crypto_sha256(out, bytes_of(buf, w.n));
}

static void read_lot(struct rd *r, struct recall_row *out)
{
	out->lot_n = event_copy(rd_tstr_max(r, LOT_MAX), out->lot);
	if (out->lot_n == 0)
		rd_fail(r, ERR_BAD_VALUE);
}

/* state.cddl: recall-row = [ gtin, lot / null, class, why: name, market: country / null, recall-state, proposer: gln, second: gln / 0, ev, */
enum err recall_row_decode(struct bytes value, struct recall_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 11);
	out->gtin = rd_uint(&r);
	out->lot_n = 0;
	if (!rd_null(&r))
		read_lot(&r, out);
	out->defect = rd_uint(&r);
	out->why_n = event_copy(rd_tstr_max(&r, NAME_MAX_BYTES), out->why);
	state_read_maybe_country(&r, &out->market);
	out->state = (enum recall_state)event_read_choice(&r, RECALL_OVER);
	out->proposer = rd_uint(&r);
	out->second = rd_uint(&r);
	out->force_ev = rd_uint(&r);
	out->retracting = rd_uint(&r);
	out->retract_ev = rd_uint(&r);
	return state_finish(&r);
}

enum err state_recall(const struct state *st, uint64_t ev, struct recall_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_recall(buf, ev), &value);

	return e ? e : recall_row_decode(value, out);
}

void recall_row_write(struct wr *w, const struct recall_row *row)
{
	wr_array(w, 11);
	wr_uint(w, row->gtin);
	if (row->lot_n)
		wr_tstr(w, bytes_of(row->lot, row->lot_n));
	else
		wr_null(w);
	wr_uint(w, row->defect);
	wr_tstr(w, bytes_of(row->why, row->why_n));
	state_write_maybe_country(w, &row->market);
	wr_uint(w, row->state);
	wr_uint(w, row->proposer);
	wr_uint(w, row->second);
	wr_uint(w, row->force_ev);
	wr_uint(w, row->retracting);
	wr_uint(w, row->retract_ev);
}

/* state.cddl: alarm-row = [ gtin, serial: tstr, reason: uint, alarm-state, by: gln, place: gln, time: seconds, first: ev, raised: ev, */
enum err alarm_row_decode(struct bytes value, struct alarm_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 13);
	out->gtin = rd_uint(&r);
	out->serial_n = event_copy(rd_tstr_max(&r, SERIAL_MAX), out->serial);
	out->reason = rd_uint(&r);
	out->state = (enum alarm_state)event_read_choice(&r, ALARM_CLOSED);
	out->by = rd_uint(&r);
	out->place = rd_uint(&r);
	out->time_s = rd_uint(&r);
	out->first_ev = rd_uint(&r);
	out->raised_ev = rd_uint(&r);
	out->seen = rd_uint(&r);
	out->again_ev = rd_uint(&r);
	out->cause_n = event_copy(rd_tstr_max(&r, NAME_MAX_BYTES), out->cause);
	out->changed_ev = rd_uint(&r);
	return state_finish(&r);
}

enum err state_alarm(const struct state *st, const struct hash *id, struct alarm_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_alarm(buf, id), &value);

	return e ? e : alarm_row_decode(value, out);
}

void alarm_row_write(struct wr *w, const struct alarm_row *row)
{
	wr_array(w, 13);
	wr_uint(w, row->gtin);
	wr_tstr(w, bytes_of(row->serial, row->serial_n));
	wr_uint(w, row->reason);
	wr_uint(w, row->state);
	wr_uint(w, row->by);
	wr_uint(w, row->place);
	wr_uint(w, row->time_s);
	wr_uint(w, row->first_ev);
	wr_uint(w, row->raised_ev);
	wr_uint(w, row->seen);
	wr_uint(w, row->again_ev);
	wr_tstr(w, bytes_of(row->cause, row->cause_n));
	wr_uint(w, row->changed_ev);
}

/* state.cddl: sight-row = [ by: gln, place: gln, time: seconds ] */
enum err sight_row_decode(struct bytes value, struct sight_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 3);
	out->by = rd_uint(&r);
	out->place = rd_uint(&r);
	out->time_s = rd_uint(&r);
	return state_finish(&r);
}

enum err state_sight(const struct state *st, int64_t unit, struct sight_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_sight(buf, unit), &value);

	return e ? e : sight_row_decode(value, out);
}

void sight_row_write(struct wr *w, const struct sight_row *row)
{
	wr_array(w, 3);
	wr_uint(w, row->by);
	wr_uint(w, row->place);
	wr_uint(w, row->time_s);
}

/* state.cddl: correction-row = [ ev, why: name ] */
enum err correction_row_decode(struct bytes value, struct correction_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 2);
	out->ev = rd_uint(&r);
	out->why_n = event_copy(rd_tstr_max(&r, NAME_MAX_BYTES), out->why);
	return state_finish(&r);
}

enum err state_correction(const struct state *st, uint64_t ev, struct correction_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_correction(buf, ev), &value);

	return e ? e : correction_row_decode(value, out);
}

enum err state_queried(const struct state *st, uint64_t gln, struct bytes what, uint64_t *ev)
{
	uint8_t buf[STATE_KEY_MAX];

	return state_read_number(st, key_queried(buf, gln, what), ev);
}

void correction_row_write(struct wr *w, const struct correction_row *row)
{
	wr_array(w, 2);
	wr_uint(w, row->ev);
	wr_tstr(w, bytes_of(row->why, row->why_n));
}

/* state.cddl: spent-row = [ day: uint, alarms: uint, proposals: uint, surplus: uint ] */
enum err spent_row_decode(struct bytes value, struct spent_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 4);
	out->day = rd_uint(&r);
	out->alarms = rd_uint(&r);
	out->proposals = rd_uint(&r);
	out->surplus = rd_uint(&r);
	return state_finish(&r);
}

enum err state_spent(const struct state *st, uint64_t gln, struct spent_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_spent(buf, gln), &value);

	return e ? e : spent_row_decode(value, out);
}

void spent_row_write(struct wr *w, const struct spent_row *row)
{
	wr_array(w, 4);
	wr_uint(w, row->day);
	wr_uint(w, row->alarms);
	wr_uint(w, row->proposals);
	wr_uint(w, row->surplus);
}
