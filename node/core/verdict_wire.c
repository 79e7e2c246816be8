#include "node/core/event_parts.h"
#include "node/core/verdict.h"

/* ---- question ---- */

enum err question_encode(const struct verdict_question *q, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_map(&w, 2u + (q->lot.p ? 1 : 0) + (q->expiry ? 1 : 0) + (q->signed_ ? 1 : 0) + (q->risk_wanted ? 1 : 0));
	wr_uint(&w, 1);
	wr_uint(&w, q->gtin);
	wr_uint(&w, 2);
	wr_tstr(&w, q->serial);
	if (q->lot.p) {
		wr_uint(&w, 3);
		wr_tstr(&w, q->lot);
	}
	if (q->expiry) {
		wr_uint(&w, 4);
		wr_uint(&w, q->expiry);
	}
	if (q->signed_) {
		wr_uint(&w, 5);
		wr_bstr(&w, bytes_of(q->key_id, LABEL_KEY_ID_LEN));
	}
	if (q->risk_wanted) {
		wr_uint(&w, 6);
		wr_bool(&w, true);
	}
	return wr_end(&w, out);
}

/* verdict.cddl: ? 3: cset82,               ; lot, as printed */
static void read_what_may_be_missing(struct rd *r, uint64_t key, struct verdict_question *q)
{
	switch (key) {
	case 3:
		q->lot = event_read_cset82(r);
		break;
	case 4:
		q->expiry = event_read_day(r);
		break;
	case 5:
		q->signed_ = true;
		event_read_bstr(r, q->key_id, LABEL_KEY_ID_LEN);
		break;
	case 6:
		q->risk_wanted = rd_bool(r);
		if (!q->risk_wanted)
			rd_fail(r, ERR_BAD_VALUE);
		break;
	default:
		rd_fail(r, ERR_UNKNOWN_FIELD);
	}
}

enum err question_decode(struct verdict_question *out, struct bytes in)
{
	struct verdict_question q = { 0 };
	struct event_map m;
	struct rd r;
	size_t n;
	enum err e;

	rd_init(&r, in);
	n = event_map_begin(&m, &r, 2, 6);
	event_map_key(&m, 1);
	q.gtin = event_read_gtin(&r);
	event_map_key(&m, 2);
	q.serial = event_read_cset82(&r);
	for (size_t i = 2; i < n && r.err == ERR_OK; i++)
		read_what_may_be_missing(&r, rd_key(&r, &m.last), &q);
	e = rd_end(&r);
	if (e == ERR_OK)
		*out = q;
	return e;
}

/* ---- answer ---- */

static void write_party(struct wr *w, const struct party *p)
{
	if (p->gln == 0) {
		wr_null(w);
		return;
	}
	wr_array(w, 3);
	wr_uint(w, p->gln);
	wr_tstr(w, bytes_of(p->name, p->name_n));
	wr_tstr(w, bytes_of(p->contact, p->contact_n));
}

static void write_last_event(struct wr *w, const struct verdict_facts *f)
{
	if (f->event_type == 0) {
		wr_null(w);
		return;
	}
	wr_array(w, 4);
	wr_uint(w, f->event_type);
	wr_uint(w, f->event_time_s);
	wr_uint(w, f->event_place);
	write_party(w, &f->signer);
}

/* verdict.cddl: marks, added up: 1 lot not released, 2 lot recalled, 4 product withdrawn where the asker is, 8 stolen, 16 mismatch, */
static uint64_t marks_of(const struct verdict_facts *f)
{
	return (uint64_t)f->unreleased | (uint64_t)f->recalled << 1 | (uint64_t)f->withdrawn << 2 | (uint64_t)f->stolen << 3 |
	       (uint64_t)f->mismatch << 4 | (uint64_t)f->claimed << 5 | (uint64_t)f->locked << 6 |
	       (uint64_t)f->cut_off << 7 | (uint64_t)f->other_market << 8;
}

static void read_marks(struct rd *r, struct verdict_facts *f)
{
	uint64_t marks = rd_uint_max(r, 511);

	f->unreleased = marks & 1;
	f->recalled = marks >> 1 & 1;
	f->withdrawn = marks >> 2 & 1;
	f->stolen = marks >> 3 & 1;
	f->mismatch = marks >> 4 & 1;
	f->claimed = marks >> 5 & 1;
	f->locked = marks >> 6 & 1;
	f->cut_off = marks >> 7 & 1;
	f->other_market = marks >> 8 & 1;
}

static void write_pack(struct wr *w, const struct verdict_facts *f)
{
	if (!f->pack_known) {
		wr_null(w);
		return;
	}
	wr_array(w, 7);
	wr_tstr(w, bytes_of(f->lot, f->lot_n));
	wr_uint(w, f->expiry);
	wr_uint(w, (uint64_t)f->state);
	write_party(w, &f->holder);
	write_party(w, &f->peer);
	write_last_event(w, f);
	write_party(w, &f->locker);
}

static void write_key(struct wr *w, const struct verdict_facts *f)
{
	if (!f->key_known) {
		wr_null(w);
		return;
	}
	wr_array(w, 5);
	wr_bstr(w, bytes_of(f->key.b, PUBKEY_LEN));
	wr_uint(w, f->key_owner);
	wr_uint(w, (uint64_t)f->key_state);
	wr_bool(w, f->key_covers);
	wr_bool(w, f->pack_older);
}

static void write_facts(struct wr *w, const struct verdict_facts *f)
{
	wr_array(w, 11);
	wr_uint(w, f->height);
	wr_uint(w, f->head_ms);
	wr_uint(w, f->now_ms);
	wr_uint(w, f->asker);
	wr_uint(w, (uint64_t)f->asker_role);
	if (f->product_known) {
		wr_array(w, 3);
		wr_tstr(w, bytes_of(f->product, f->product_n));
		wr_bool(w, f->always_signed);
		write_party(w, &f->maker);
	} else {
		wr_null(w);
	}
	wr_bool(w, f->lot_known);
	wr_uint(w, f->pending_until_s);
	write_pack(w, f);
	wr_uint(w, marks_of(f));
	write_key(w, f);
}

static void write_risk(struct wr *w, const struct risk *risk)
{
	wr_array(w, 2);
	wr_uint(w, risk->score);
	wr_array(w, risk->all_n);
	for (size_t i = 0; i < risk->all_n; i++) {
		const struct risk_reason *r = &risk->all[i];

		wr_array(w, 8);
		wr_uint(w, (uint64_t)r->kind);
		wr_uint(w, r->gln);
		wr_uint(w, r->gln2);
		wr_uint(w, r->apart_m);
		wr_uint(w, r->apart_s);
		wr_uint(w, r->kmh);
		wr_uint(w, r->dwell_s);
		wr_uint(w, r->usual_s);
	}
}

enum err answer_encode(const struct verdict *v, const struct verdict_facts *f, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_map(&w, f->risk_told ? 5 : 4);
	wr_uint(&w, 1);
	wr_uint(&w, (uint64_t)v->kind);
	wr_uint(&w, 2);
	wr_uint(&w, (uint64_t)v->primary);
	wr_uint(&w, 3);
	wr_array(&w, v->all_n);
	for (size_t i = 0; i < v->all_n; i++)
		wr_uint(&w, (uint64_t)v->all[i]);
	wr_uint(&w, 4);
	write_facts(&w, f);
	if (f->risk_told) {
		wr_uint(&w, 5);
		write_risk(&w, &f->risk);
	}
	return wr_end(&w, out);
}

/* verdict.cddl: party = [ gln, name, contact: name ] */
static void read_party(struct rd *r, struct party *p)
{
	if (rd_null(r))
		return;
	rd_array_n(r, 3);
	p->gln = event_read_gln(r);
	p->name_n = event_copy(event_read_name(r), p->name);
	p->contact_n = event_copy(event_read_name(r), p->contact);
}

static void read_product(struct rd *r, struct verdict_facts *f)
{
	if (rd_null(r))
		return;
	f->product_known = true;
	rd_array_n(r, 3);
	f->product_n = event_copy(event_read_name(r), f->product);
	f->always_signed = rd_bool(r);
	read_party(r, &f->maker);
}

static void read_last_event(struct rd *r, struct verdict_facts *f)
{
	if (rd_null(r))
		return;
	rd_array_n(r, 4);
	f->event_type = event_read_choice(r, 255);
	f->event_time_s = rd_uint(r);
	f->event_place = event_read_gln(r);
	read_party(r, &f->signer);
}

static void read_pack(struct rd *r, struct verdict_facts *f)
{
	if (rd_null(r))
		return;
	f->pack_known = true;
	rd_array_n(r, 7);
	f->lot_n = event_copy(event_read_cset82(r), f->lot);
	f->expiry = event_read_day(r);
	f->state = (enum pack_state)event_read_choice(r, PACK_STATE_MAX);
	read_party(r, &f->holder);
	read_party(r, &f->peer);
	read_last_event(r, f);
	read_party(r, &f->locker);
}

static void read_key(struct rd *r, struct verdict_facts *f)
{
	if (rd_null(r))
		return;
	f->key_known = true;
	rd_array_n(r, 5);
	event_read_pubkey(r, &f->key);
	f->key_owner = event_read_gln(r);
	f->key_state = (enum label_key_state)event_read_choice(r, LABEL_KEY_COMPROMISED);
	f->key_covers = rd_bool(r);
	f->pack_older = rd_bool(r);
}

static void read_facts(struct rd *r, struct verdict_facts *f)
{
	rd_array_n(r, 11);
	f->height = rd_uint(r);
	f->head_ms = rd_uint(r);
	f->now_ms = rd_uint(r);
	f->asker = event_read_gln(r);
	f->asker_role = (enum role)rd_uint_max(r, ROLE_REGULATOR);
	read_product(r, f);
	f->lot_known = rd_bool(r);
	f->pending_until_s = rd_uint(r);
	read_pack(r, f);
	read_marks(r, f);
	read_key(r, f);
}

static uint64_t read_gln_or_withheld(struct rd *r)
{
	return rd_peek(r) == 0 ? rd_uint(r) : event_read_gln(r);
}

/* verdict.cddl: risk-reason = [ kind: 0..255, gln / 0, gln / 0, apart-m: uint, apart-s: uint, kmh: uint, dwell-s: uint, usual-s: uint ] */
static void read_risk_reason(struct rd *r, struct risk_reason *out)
{
	rd_array_n(r, 8);
	out->kind = (enum risk_kind)rd_uint_max(r, 255);
	out->gln = read_gln_or_withheld(r);
	out->gln2 = read_gln_or_withheld(r);
	out->apart_m = rd_uint(r);
	out->apart_s = rd_uint(r);
	out->kmh = rd_uint(r);
	out->dwell_s = rd_uint(r);
	out->usual_s = rd_uint(r);
}

/* verdict.cddl: risk = [ score: 0..100, [*4 risk-reason] ] */
static void read_risk(struct rd *r, struct verdict_facts *f)
{
	size_t n;

	f->risk_told = true;
	rd_array_n(r, 2);
	f->risk.score = (unsigned)rd_uint_max(r, RISK_SCORE_MAX);
	n = rd_array(r);
	if (n > RISK_REASONS_MAX)
		rd_fail(r, ERR_BAD_VALUE);
	while (f->risk.all_n < n && r->err == ERR_OK)
		read_risk_reason(r, &f->risk.all[f->risk.all_n++]);
}

static enum reason read_reason(struct rd *r)
{
	return (enum reason)rd_uint_max(r, REASON_NUMBER_MAX);
}

static void read_reasons(struct rd *r, struct verdict *v)
{
	size_t n = rd_array(r);

	if (n == 0 || n > REASONS_AT_ONCE)
		rd_fail(r, ERR_BAD_VALUE);
	for (size_t i = 0; i < n && r->err == ERR_OK; i++) {
		const struct reason_row *row;

		v->all[v->all_n] = read_reason(r);
		row = reason_row((uint64_t)v->all[v->all_n++]);
		v->alarm |= row && row->alarm;
	}
	if (v->all[0] != v->primary)
		rd_fail(r, ERR_BAD_VALUE);
}

enum err answer_decode(struct verdict *v, struct verdict_facts *f, struct bytes in)
{
	struct verdict_facts facts = { 0 };
	struct verdict verdict = { 0 };
	struct event_map m;
	struct rd r;
	size_t n;
	enum err e;

	rd_init(&r, in);
	n = event_map_begin(&m, &r, 4, 5);
	event_map_key(&m, 1);
	verdict.kind = (enum verdict_kind)rd_uint_max(&r, VERDICT_NONE);
	event_map_key(&m, 2);
	verdict.primary = read_reason(&r);
	event_map_key(&m, 3);
	read_reasons(&r, &verdict);
	event_map_key(&m, 4);
	read_facts(&r, &facts);
	if (n > 4) {
		event_map_key(&m, 5);
		read_risk(&r, &facts);
	}
	e = rd_end(&r);
	if (e != ERR_OK)
		return e;
	*v = verdict;
	*f = facts;
	return ERR_OK;
}
