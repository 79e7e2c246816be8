#include "node/core/rd.h"
#include "node/core/verdict.h"
#include "node/core/wr.h"

/* ---- question ---- */

enum err question_encode(const struct verdict_question *q, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_map(&w, 2u + (q->lot.p ? 1 : 0) + (q->expiry ? 1 : 0) + (q->signed_ ? 1 : 0));
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
	return wr_end(&w, out);
}

static void read_key_id(struct rd *r, struct verdict_question *q)
{
	struct bytes b = rd_bstr_n(r, LABEL_KEY_ID_LEN);

	q->signed_ = b.n == LABEL_KEY_ID_LEN;
	if (q->signed_)
		memcpy(q->key_id, b.p, b.n);
}

enum err question_decode(struct verdict_question *out, struct bytes in)
{
	struct verdict_question q = { 0 };
	int64_t last = -1;
	struct rd r;
	enum err e;

	rd_init(&r, in);
	for (size_t n = rd_map(&r); n > 0 && r.err == ERR_OK; n--) {
		switch (rd_key(&r, &last)) {
		case 1:
			q.gtin = rd_uint(&r);
			break;
		case 2:
			q.serial = rd_tstr_max(&r, SERIAL_MAX);
			break;
		case 3:
			q.lot = rd_tstr_max(&r, LOT_MAX);
			break;
		case 4:
			q.expiry = (uint32_t)rd_uint_max(&r, 99991231);
			break;
		case 5:
			read_key_id(&r, &q);
			break;
		default:
			rd_fail(&r, ERR_UNKNOWN_FIELD);
		}
	}
	e = rd_end(&r);
	if (e != ERR_OK)
		return e;
	if (!gs1_gtin_ok(q.gtin) || q.serial.n == 0)
		return q.serial.n == 0 ? ERR_MISSING_FIELD : ERR_GS1_CHECK_DIGIT;
	*out = q;
	return ERR_OK;
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
	wr_array(w, 4);
	wr_uint(w, f->event_type);
	wr_uint(w, f->event_time_s);
	wr_uint(w, f->event_place);
	write_party(w, &f->signer);
	write_party(w, &f->locker);
}

static void write_key(struct wr *w, const struct verdict_facts *f)
{
	if (!f->key_known) {
		wr_null(w);
		return;
	}
	wr_array(w, 4);
	wr_bstr(w, bytes_of(f->key.b, PUBKEY_LEN));
	wr_uint(w, f->key_owner);
	wr_uint(w, (uint64_t)f->key_state);
	wr_bool(w, f->key_covers);
}

static void write_facts(struct wr *w, const struct verdict_facts *f)
{
	wr_array(w, 9);
	wr_uint(w, f->height);
	wr_uint(w, f->head_ms);
	wr_uint(w, f->now_ms);
	wr_uint(w, f->asker);
	wr_uint(w, (uint64_t)f->asker_role);
	if (f->product_known) {
		wr_array(w, 3);
		wr_tstr(w, bytes_of(f->product, f->product_n));
		wr_bool(w, f->always_signed);
		wr_uint(w, f->owner);
	} else {
		wr_null(w);
	}
	wr_bool(w, f->lot_known);
	write_pack(w, f);
	write_key(w, f);
}

enum err answer_encode(const struct verdict *v, const struct verdict_facts *f, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_map(&w, 4);
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
	return wr_end(&w, out);
}

static void read_text(struct rd *r, uint8_t *buf, size_t *n, size_t max)
{
	struct bytes b = rd_tstr_max(r, max);

	*n = b.n;
	if (b.n)
		memcpy(buf, b.p, b.n);
}

static void read_party(struct rd *r, struct party *p)
{
	if (rd_null(r))
		return;
	rd_array_n(r, 3);
	p->gln = rd_uint(r);
	read_text(r, p->name, &p->name_n, PARTY_TEXT_MAX);
	read_text(r, p->contact, &p->contact_n, PARTY_TEXT_MAX);
}

static void read_pack(struct rd *r, struct verdict_facts *f)
{
	if (rd_null(r))
		return;
	f->pack_known = true;
	rd_array_n(r, 7);
	read_text(r, f->lot, &f->lot_n, LOT_MAX);
	f->expiry = (uint32_t)rd_uint_max(r, 99991231);
	f->state = (enum pack_state)rd_uint_max(r, PACK_DESTROYED);
	read_party(r, &f->holder);
	read_party(r, &f->peer);
	rd_array_n(r, 4);
	f->event_type = rd_uint(r);
	f->event_time_s = rd_uint(r);
	f->event_place = rd_uint(r);
	read_party(r, &f->signer);
	read_party(r, &f->locker);
}

static void read_key(struct rd *r, struct verdict_facts *f)
{
	struct bytes b;

	if (rd_null(r))
		return;
	rd_array_n(r, 4);
	b = rd_bstr_n(r, PUBKEY_LEN);
	f->key_known = b.n == PUBKEY_LEN;
	if (f->key_known)
		memcpy(f->key.b, b.p, b.n);
	f->key_owner = rd_uint(r);
	f->key_state = (enum label_key_state)rd_uint_max(r, LABEL_KEY_COMPROMISED);
	f->key_covers = rd_bool(r);
}

static void read_facts(struct rd *r, struct verdict_facts *f)
{
	rd_array_n(r, 9);
	f->height = rd_uint(r);
	f->head_ms = rd_uint(r);
	f->now_ms = rd_uint(r);
	f->asker = rd_uint(r);
	f->asker_role = (enum role)rd_uint_max(r, ROLE_REGULATOR);
	if (!rd_null(r)) {
		f->product_known = true;
		rd_array_n(r, 3);
		read_text(r, f->product, &f->product_n, NAME_MAX_BYTES);
		f->always_signed = rd_bool(r);
		f->owner = rd_uint(r);
	}
	f->lot_known = rd_bool(r);
	read_pack(r, f);
	read_key(r, f);
}

static void read_verdict(struct rd *r, struct verdict *v)
{
	int64_t last = -1;
	size_t n;

	rd_key(r, &last);
	v->kind = (enum verdict_kind)rd_uint_max(r, VERDICT_NONE);
	rd_key(r, &last);
	v->primary = (enum reason)rd_uint_max(r, 255);
	rd_key(r, &last);
	n = rd_array(r);
	if (n > REASONS_AT_ONCE)
		rd_fail(r, ERR_TOO_LARGE);
	for (size_t i = 0; i < n && r->err == ERR_OK; i++)
		v->all[v->all_n++] = (enum reason)rd_uint_max(r, 255);
	if (rd_key(r, &last) != 4)
		rd_fail(r, ERR_UNKNOWN_FIELD);
}

enum err answer_decode(struct verdict *v, struct verdict_facts *f, struct bytes in)
{
	struct rd r;

	*v = (struct verdict){ 0 };
	*f = (struct verdict_facts){ 0 };
	rd_init(&r, in);
	if (rd_map(&r) != 4)
		rd_fail(&r, ERR_MISSING_FIELD);
	read_verdict(&r, v);
	read_facts(&r, f);
	return rd_end(&r);
}
