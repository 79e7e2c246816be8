#include "scanner/report.h"

#include <stdio.h>

#define CF_REPORT 65009
#define REPORT_BYTES_MAX 160

/* The verdict's first cause for alarm, the risk's when it has none, that it was seen here. */
static const struct reason_row *worth_telling(const struct verdict *v, const struct risk *risk)
{
	const struct reason_row *seen = NULL;

	for (size_t i = 0; i < v->all_n; i++) {
		const struct reason_row *r = reason_row((uint64_t)v->all[i]);

		if (r && r->alarm)
			return r;
		if (r && r->reason == REASON_NOT_YOURS)
			seen = r;
	}
	return risk->score >= RISK_ALARM ? reason_row(REASON_RISK) : seen;
}

/* node.cddl: report = [ question, reason: uint, confirmed: bool ] */
static enum err encode(const struct checked *c, const struct reason_row *r, bool confirmed, uint8_t *buf, size_t cap,
		       struct bytes *out)
{
	struct verdict_question scanned = c->question;
	uint8_t question_buf[REPORT_BYTES_MAX];
	struct bytes question;
	struct wr w;
	enum err e;

	scanned.risk_wanted = false; /* it was told already */
	e = question_encode(&scanned, question_buf, sizeof(question_buf), &question);
	if (e != ERR_OK)
		return e;
	wr_init(&w, buf, cap);
	wr_array(&w, 3);
	wr_raw(&w, question);
	wr_uint(&w, (uint64_t)r->reason);
	wr_bool(&w, confirmed);
	return wr_end(&w, out);
}

/* node.cddl: reported = [ 0..3, hash / null ] */
static enum err decode(struct bytes in, struct checked *c)
{
	static const enum reported states[] = { REPORTED_NOTED, REPORTED_RAISED, REPORTED_KNOWN, REPORTED_SEEN };
	struct bytes alarm = bytes_of(NULL, 0);
	uint64_t what;
	struct rd r;
	enum err e;

	rd_init(&r, in);
	rd_array_n(&r, 2);
	what = rd_uint_max(&r, 3);
	if (!rd_null(&r))
		alarm = rd_bstr_n(&r, HASH_LEN);
	e = rd_end(&r);
	if (e != ERR_OK)
		return e;
	c->reported = states[what];
	if (alarm.p)
		memcpy(c->alarm.b, alarm.p, HASH_LEN);
	return ERR_OK;
}

void report_scan(struct client *client, struct checked *c, bool decoded)
{
	const struct reason_row *r = c->asked ? worth_telling(&c->verdict, &c->facts.risk) : NULL;
	uint8_t buf[REPORT_BYTES_MAX];
	struct net_result result;
	struct bytes body;
	enum err e;

	c->reported = REPORTED_NOTHING;
	if (!r || c->verdict.primary == REASON_MISREAD)
		return;
	e = encode(c, r, decoded || c->repeated, buf, sizeof(buf), &body);
	if (e == ERR_OK)
		e = client_post(client, "alerts", CF_REPORT, body, &result, &c->why);
	if (e == ERR_OK)
		e = decode(result.body, c);
	if (e != ERR_OK)
		c->reported = REPORTED_FAILED;
}
