/* POST /alerts: a device of this organisation tells what a scan found; the node signs the alarm or the sighting. */
#include "node/core/verdict.h"
#include "node/own_event.h"
#include "node/server.h"

#include <stdlib.h>

/* A garbled keyboard makes most alarms of a first reading; the second one then says something else (measured: tests/sim). */
#define SECOND_READING_MS (10 * 60 * 1000)
#define NOTED_MAX 256

enum reported { REPORTED_NOTED, REPORTED_RAISED, REPORTED_KNOWN, REPORTED_SEEN };

struct reports {
	struct { struct hash alarm; uint64_t until_ms; } noted[NOTED_MAX]; /* oldest overwritten first */
	size_t next;
};

struct report {
	struct verdict_question q;
	const struct reason_row *reason;
	bool confirmed;
	struct hash alarm;
};

/* node.cddl: report = [ question, reason: uint, confirmed: bool ] */
static enum err report_decode(struct report *out, struct bytes in)
{
	struct rd r;
	struct bytes question;
	uint64_t reason;
	enum err e;

	rd_init(&r, in);
	rd_array_n(&r, 3);
	question = rd_skip(&r);
	reason = rd_uint(&r);
	out->confirmed = rd_bool(&r);
	e = rd_end(&r);
	if (e == ERR_OK)
		e = question_decode(&out->q, question);
	if (e != ERR_OK)
		return e;
	out->reason = reason_row(reason);
	if (!out->reason || !(out->reason->alarm || out->reason->reason == REASON_NOT_YOURS))
		return ERR_BAD_VALUE;
	alarm_id(&out->alarm, out->q.gtin, out->q.serial, reason);
	return ERR_OK;
}

static void answer(struct net_exchange *x, enum reported what, const struct hash *alarm)
{
	uint8_t buf[HASH_LEN + 8];
	struct wr w;

	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, 2);
	wr_uint(&w, (uint64_t)what);
	if (alarm)
		wr_bstr(&w, hash_bytes(alarm));
	else
		wr_null(&w);
	answer_bytes(x, NET_CHANGED, CF_REPORT, bytes_of(buf, w.n));
}

/* Whether it was noted before, not long ago; notes it otherwise. */
static bool was_noted(struct node *n, const struct hash *alarm)
{
	uint64_t now = uv_now(n->loop);
	struct reports *r = n->reports;

	for (size_t i = 0; i < NOTED_MAX; i++)
		if (r->noted[i].until_ms > now && hash_eq(&r->noted[i].alarm, alarm))
			return true;
	r->noted[r->next].alarm = *alarm;
	r->noted[r->next].until_ms = now + SECOND_READING_MS;
	r->next = (r->next + 1) % NOTED_MAX;
	return false;
}

/* A case that is open with this site's word in it: nothing is added to it. */
static enum err is_known(struct node *n, const struct report *r, bool *known)
{
	struct event_row again = { .place = 0 };
	struct alarm_row row;
	enum err e = state_alarm(&n->state, &r->alarm, &row);

	*known = false;
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (row.again_ev)
		e = state_event(&n->state, row.again_ev, &again);
	*known = row.state != ALARM_CLOSED && (row.place == n->cfg.gln || again.place == n->cfg.gln);
	return e;
}

/* Signed and safe in the ledger's queue or the outbox; what becomes of it the chain tells. */
static enum err submit(struct node *n, struct event *ev)
{
	uint8_t buf[1024];
	struct bytes cose;
	enum err e = own_event_sign(n->signer, &n->chain_id, ev, buf, sizeof(buf), &cose);

	return e == ERR_OK ? ledger_submit(n->ledger, cose, signer_pubkey(n->signer)) : e;
}

static enum err raise_alarm(struct node *n, const struct report *r)
{
	struct event ev = { .type = EV_ALARM, .place = n->cfg.gln };

	ev.u.alarm.gtin = r->q.gtin;
	ev.u.alarm.serial = r->q.serial;
	ev.u.alarm.reason = (uint64_t)r->reason->reason;
	ev.u.alarm.lot = r->q.lot;
	ev.u.alarm.expiry = r->q.expiry;
	return submit(n, &ev);
}

/* The same pack at the same site is told of once. */
static enum err record_sight(struct node *n, const struct report *r)
{
	struct event ev = { .type = EV_SIGHT, .place = n->cfg.gln };
	struct pack_id pack = { r->q.gtin, r->q.lot, r->q.serial };
	struct sight_row last = { .place = 0 };
	struct pack_view v;
	uint8_t groups[128];
	enum err e = state_pack_view(&n->state, r->q.gtin, r->q.serial, &v);

	if (e == ERR_OK)
		e = state_sight(&n->state, v.unit, &last);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (!pack.lot.p || last.place == n->cfg.gln || was_noted(n, &r->alarm))
		return ERR_OK;
	e = event_groups_encode(&pack, 1, groups, sizeof(groups), &ev.groups);
	return e == ERR_OK ? submit(n, &ev) : e;
}

static enum err take_report(struct node *n, const struct report *r, enum reported *what)
{
	bool known;
	enum err e;

	*what = REPORTED_SEEN;
	if (!r->reason->alarm)
		return record_sight(n, r);
	e = is_known(n, r, &known);
	if (e != ERR_OK)
		return e;
	*what = known ? REPORTED_KNOWN : REPORTED_RAISED;
	if (known)
		return ERR_OK;
	if (!r->confirmed && !was_noted(n, &r->alarm)) {
		*what = REPORTED_NOTED;
		return ERR_OK;
	}
	return raise_alarm(n, r);
}

void alerts_post(struct node *n, struct net_exchange *x, const struct net_request *req, struct bytes rest)
{
	enum reported what;
	struct report r;
	enum err e;

	(void)rest;
	if (req->peer->gln != n->cfg.gln) {
		answer_error(x, ERR_FORBIDDEN, "scans are told to the own organisation's node");
		return;
	}
	if (req->content_format != CF_REPORT) {
		answer_error(x, ERR_BAD_CONTENT_FORMAT, "content-format 65009 is wanted");
		return;
	}
	if (!n->reports)
		n->reports = calloc(1, sizeof(*n->reports));
	e = n->reports ? report_decode(&r, req->body) : ERR_NO_MEMORY;
	if (e == ERR_OK)
		e = take_report(n, &r, &what);
	if (e != ERR_OK)
		answer_error(x, e, NULL);
	else
		answer(x, what, what == REPORTED_RAISED || what == REPORTED_KNOWN ? &r.alarm : NULL);
}
