#include "node/core/event_parts.h"
#include "node/core/state_parts.h"

enum err state_fetch(const struct state *st, struct bytes key, struct bytes *value)
{
	enum err e = st->get(st->ctx, key, value);

	return e ? e : value->p ? ERR_OK : ERR_NOT_FOUND;
}

enum err state_finish(struct rd *r)
{
	return rd_end(r) ? ERR_CORRUPT : ERR_OK;
}

enum err state_read_number(const struct state *st, struct bytes key, uint64_t *out)
{
	struct bytes value;
	struct rd r;
	enum err e = state_fetch(st, key, &value);

	if (e)
		return e;
	rd_init(&r, value);
	*out = rd_uint(&r);
	return state_finish(&r);
}

enum err state_read_int(const struct state *st, struct bytes key, int64_t *out)
{
	struct bytes value;
	struct rd r;
	enum err e = state_fetch(st, key, &value);

	if (e)
		return e;
	rd_init(&r, value);
	*out = rd_int(&r);
	return state_finish(&r);
}

/* state.cddl: chain = [ rules-version: uint, next-pack: uint, next-unit: uint ] */
enum err chain_row_decode(struct bytes value, struct chain_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 3);
	out->rules_version = rd_uint(&r);
	out->next_pack = rd_uint(&r);
	out->next_unit = rd_uint(&r);
	return state_finish(&r);
}

enum err state_chain(const struct state *st, struct chain_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_chain(buf), &value);

	return e ? e : chain_row_decode(value, out);
}

void chain_row_write(struct wr *w, const struct chain_row *row)
{
	wr_array(w, 3);
	wr_uint(w, row->rules_version);
	wr_uint(w, row->next_pack);
	wr_uint(w, row->next_unit);
}

/* state.cddl: event-row = [ id: hash, type: uint, time: uint, place: gln, signer: gln, header-time-ms: uint ] */
enum err event_row_decode(struct bytes value, struct event_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 6);
	event_read_bstr(&r, out->id.b, HASH_LEN);
	out->type = rd_uint(&r);
	out->time_s = rd_uint(&r);
	out->place = rd_uint(&r);
	out->signer = rd_uint(&r);
	out->header_ms = rd_uint(&r);
	return state_finish(&r);
}

enum err state_event(const struct state *st, uint64_t ev, struct event_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_event(buf, ev), &value);

	return e ? e : event_row_decode(value, out);
}

void event_row_write(struct wr *w, const struct event_row *row)
{
	wr_array(w, 6);
	wr_bstr(w, hash_bytes(&row->id));
	wr_uint(w, row->type);
	wr_uint(w, row->time_s);
	wr_uint(w, row->place);
	wr_uint(w, row->signer);
	wr_uint(w, row->header_ms);
}

enum err state_event_id(const struct state *st, const struct hash *id, uint64_t *ev)
{
	uint8_t buf[STATE_KEY_MAX];

	return state_read_number(st, key_event_id(buf, id), ev);
}

static void read_location(struct rd *r, struct member_row *out)
{
	out->located = !rd_null(r);
	if (!out->located) {
		if (!rd_null(r))
			rd_fail(r, ERR_BAD_TYPE);
		return;
	}
	out->lat_udeg = event_read_udeg(r, LAT_MAX);
	out->lon_udeg = event_read_udeg(r, LON_MAX);
}

void state_read_maybe_country(struct rd *r, struct country *out)
{
	*out = (struct country){ { 0 } };
	if (!rd_null(r))
		event_read_country(r, out);
}

void state_write_maybe_country(struct wr *w, const struct country *c)
{
	if (c->c[0])
		event_write_country(w, c);
	else
		wr_null(w);
}

/* state.cddl: member-row = [ role, name, kid, ca: bstr, [* prefix], contact, latitude: int / null, longitude: int / null, country / null, */
enum err member_row_decode(struct bytes value, struct member_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 12);
	out->role = (enum role)event_read_choice(&r, ROLE_REGULATOR);
	out->name_n = event_copy(rd_tstr_max(&r, NAME_MAX_BYTES), out->name);
	event_read_bstr(&r, out->kid.b, KID_LEN);
	out->ca_n = event_copy(rd_bstr_max(&r, CA_MAX), out->ca);
	event_read_prefixes(&r, &out->prefixes);
	out->contact_n = event_copy(rd_tstr_max(&r, NAME_MAX_BYTES), out->contact);
	read_location(&r, out);
	state_read_maybe_country(&r, &out->country);
	out->supplies = rd_bool(&r);
	out->full = rd_bool(&r);
	out->revoked = rd_uint(&r);
	return state_finish(&r);
}

enum err state_member(const struct state *st, uint64_t gln, struct member_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_member(buf, gln), &value);

	return e ? e : member_row_decode(value, out);
}

void member_row_write(struct wr *w, const struct member_row *row)
{
	wr_array(w, 12);
	wr_uint(w, row->role);
	wr_tstr(w, bytes_of(row->name, row->name_n));
	wr_bstr(w, bytes_of(row->kid.b, KID_LEN));
	wr_bstr(w, bytes_of(row->ca, row->ca_n));
	event_write_prefixes(w, &row->prefixes);
	wr_tstr(w, bytes_of(row->contact, row->contact_n));
	if (row->located) {
		wr_int(w, row->lat_udeg);
		wr_int(w, row->lon_udeg);
	} else {
		wr_null(w);
		wr_null(w);
	}
	state_write_maybe_country(w, &row->country);
	wr_bool(w, row->supplies);
	wr_bool(w, row->full);
	wr_uint(w, row->revoked);
}

/* state.cddl: key-row = [ owner: gln, pubkey, purpose: 1..3, revoked: ev ] */
enum err key_row_decode(struct bytes value, struct key_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 4);
	out->owner = rd_uint(&r);
	event_read_bstr(&r, out->key.b, PUBKEY_LEN);
	out->purpose = (enum key_purpose)event_read_choice(&r, KEY_FOR_RELEASE);
	out->revoked = rd_uint(&r);
	return state_finish(&r);
}

enum err state_key(const struct state *st, const struct kid *kid, struct key_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_key(buf, kid), &value);

	return e ? e : key_row_decode(value, out);
}

void key_row_write(struct wr *w, const struct key_row *row)
{
	wr_array(w, 4);
	wr_uint(w, row->owner);
	wr_bstr(w, bytes_of(row->key.b, PUBKEY_LEN));
	wr_uint(w, row->purpose);
	wr_uint(w, row->revoked);
}

/* state.cddl: label-key-row = [ owner: gln, pubkey, [+ prefix], state: 1..3, ev ] */
enum err label_key_row_decode(struct bytes value, struct label_key_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 5);
	out->owner = rd_uint(&r);
	event_read_bstr(&r, out->key.b, PUBKEY_LEN);
	event_read_prefixes(&r, &out->prefixes);
	out->state = (enum label_key_state)event_read_choice(&r, LABEL_KEY_COMPROMISED);
	out->ev = rd_uint(&r);
	return state_finish(&r);
}

enum err state_label_key(const struct state *st, const uint8_t id[static LABEL_KEY_ID_LEN], struct label_key_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_label_key(buf, id), &value);

	return e ? e : label_key_row_decode(value, out);
}

void label_key_row_write(struct wr *w, const struct label_key_row *row)
{
	wr_array(w, 5);
	wr_uint(w, row->owner);
	wr_bstr(w, bytes_of(row->key.b, PUBKEY_LEN));
	event_write_prefixes(w, &row->prefixes);
	wr_uint(w, row->state);
	wr_uint(w, row->ev);
}

static void read_markets(struct rd *r, struct markets *out)
{
	out->n = rd_array(r);
	if (out->n > MARKETS_MAX)
		rd_fail(r, ERR_BAD_VALUE);
	for (size_t i = 0; i < out->n && r->err == ERR_OK; i++)
		event_read_country(r, &out->v[i]);
}

/* state.cddl: withdrawal = [ ev, country / null ] */
static void read_withdrawals(struct rd *r, struct product_row *out)
{
	out->withdrawn_n = rd_array(r);
	if (out->withdrawn_n > WITHDRAWALS_MAX)
		rd_fail(r, ERR_BAD_VALUE);
	for (size_t i = 0; i < out->withdrawn_n && r->err == ERR_OK; i++) {
		rd_array_n(r, 2);
		out->withdrawn[i].ev = rd_uint(r);
		state_read_maybe_country(r, &out->withdrawn[i].market);
	}
}

/* state.cddl: product-row = [ owner: gln, name, always-signed: bool, [* country], storage / null, [* withdrawal] ] */
enum err product_row_decode(struct bytes value, struct product_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 6);
	out->owner = rd_uint(&r);
	out->name_n = event_copy(rd_tstr_max(&r, NAME_MAX_BYTES), out->name);
	out->always_signed = rd_bool(&r);
	read_markets(&r, &out->markets);
	out->storage = (struct storage){ false, 0, 0 };
	if (!rd_null(&r))
		event_read_storage(&r, &out->storage);
	read_withdrawals(&r, out);
	return state_finish(&r);
}

enum err state_product(const struct state *st, uint64_t gtin, struct product_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_product(buf, gtin), &value);

	return e ? e : product_row_decode(value, out);
}

void product_row_write(struct wr *w, const struct product_row *row)
{
	wr_array(w, 6);
	wr_uint(w, row->owner);
	wr_tstr(w, bytes_of(row->name, row->name_n));
	wr_bool(w, row->always_signed);
	event_write_markets(w, &row->markets);
	if (row->storage.set)
		event_write_storage(w, &row->storage);
	else
		wr_null(w);
	wr_array(w, row->withdrawn_n);
	for (size_t i = 0; i < row->withdrawn_n; i++) {
		wr_array(w, 2);
		wr_uint(w, row->withdrawn[i].ev);
		state_write_maybe_country(w, &row->withdrawn[i].market);
	}
}

/* state.cddl: lot-row = [ expiry: date, released: ev, recalled: ev, announced: uint, until: seconds, packs: uint ] */
enum err lot_row_decode(struct bytes value, struct lot_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 6);
	out->expiry = (uint32_t)rd_uint_max(&r, UINT32_MAX);
	out->released = rd_uint(&r);
	out->recalled = rd_uint(&r);
	out->announced = rd_uint(&r);
	out->until_s = rd_uint(&r);
	out->packs = rd_uint(&r);
	return state_finish(&r);
}

enum err state_lot(const struct state *st, uint64_t gtin, struct bytes lot, struct lot_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e;

	if (lot.n > LOT_MAX)
		return ERR_NOT_FOUND;
	e = state_fetch(st, key_lot(buf, gtin, lot), &value);
	return e ? e : lot_row_decode(value, out);
}

void lot_row_write(struct wr *w, const struct lot_row *row)
{
	wr_array(w, 6);
	wr_uint(w, row->expiry);
	wr_uint(w, row->released);
	wr_uint(w, row->recalled);
	wr_uint(w, row->announced);
	wr_uint(w, row->until_s);
	wr_uint(w, row->packs);
}

/* state.cddl: batch-row = [ hi: uint, gtin, lot, ev, holder: gln ] */
enum err batch_row_decode(struct bytes value, struct batch_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 5);
	out->hi = rd_uint(&r);
	out->gtin = rd_uint(&r);
	out->lot_n = event_copy(rd_tstr_max(&r, LOT_MAX), out->lot);
	out->ev = rd_uint(&r);
	out->holder = rd_uint(&r);
	return state_finish(&r);
}

enum err state_batch(const struct state *st, uint64_t lo, struct batch_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_batch(buf, lo), &value);

	out->lo = lo;
	return e ? e : batch_row_decode(value, out);
}

void batch_row_write(struct wr *w, const struct batch_row *row)
{
	wr_array(w, 5);
	wr_uint(w, row->hi);
	wr_uint(w, row->gtin);
	wr_tstr(w, bytes_of(row->lot, row->lot_n));
	wr_uint(w, row->ev);
	wr_uint(w, row->holder);
}

/* state.cddl: pack-row = [ lo: uint, offset: uint ]                ; unit = lo + offset */
enum err pack_row_decode(struct bytes value, struct pack_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 2);
	out->lo = rd_uint_max(&r, INT64_MAX / 2);
	out->offset = rd_uint_max(&r, INT64_MAX / 2);
	return state_finish(&r);
}

enum err state_pack(const struct state *st, uint64_t gtin, struct bytes serial, struct pack_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e;

	if (serial.n > SERIAL_MAX)
		return ERR_NOT_FOUND;
	e = state_fetch(st, key_pack(buf, gtin, serial), &value);
	return e ? e : pack_row_decode(value, out);
}

void pack_row_write(struct wr *w, const struct pack_row *row)
{
	wr_array(w, 2);
	wr_uint(w, row->lo);
	wr_uint(w, row->offset);
}

/* state.cddl: custody-row = [ holder: gln, state, peer: gln / 0, ev ] */
enum err custody_row_decode(struct bytes value, struct custody_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 4);
	out->holder = rd_uint(&r);
	out->state = (enum pack_state)event_read_choice(&r, PACK_STATE_MAX);
	out->peer = rd_uint(&r);
	out->ev = rd_uint(&r);
	return state_finish(&r);
}

enum err state_custody(const struct state *st, int64_t unit, struct custody_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_custody(buf, unit), &value);

	return e ? e : custody_row_decode(value, out);
}

void custody_row_write(struct wr *w, const struct custody_row *row)
{
	wr_array(w, 4);
	wr_uint(w, row->holder);
	wr_uint(w, row->state);
	wr_uint(w, row->peer);
	wr_uint(w, row->ev);
}

/* state.cddl: flag = [ by: gln, ev ] / null */
static void read_flag(struct rd *r, struct flag_row *out)
{
	*out = (struct flag_row){ 0, 0 };
	if (rd_null(r))
		return;
	rd_array_n(r, 2);
	out->by = rd_uint(r);
	out->ev = rd_uint(r);
	if (out->by == 0)
		rd_fail(r, ERR_BAD_VALUE);
}

/* state.cddl: flags-row = [ locked: flag, stolen: flag, mismatch: flag, claimed: flag ] */
enum err flags_row_decode(struct bytes value, struct flags_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, FLAG_KINDS);
	for (size_t i = 0; i < FLAG_KINDS; i++)
		read_flag(&r, &out->of[i]);
	return state_finish(&r);
}

enum err state_flags(const struct state *st, int64_t unit, struct flags_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_flags(buf, unit), &value);

	return e ? e : flags_row_decode(value, out);
}

void flags_row_write(struct wr *w, const struct flags_row *row)
{
	wr_array(w, FLAG_KINDS);
	for (size_t i = 0; i < FLAG_KINDS; i++) {
		if (row->of[i].by == 0) {
			wr_null(w);
			continue;
		}
		wr_array(w, 2);
		wr_uint(w, row->of[i].by);
		wr_uint(w, row->of[i].ev);
	}
}

enum err state_device_revoked(const struct state *st, uint64_t gln, const struct hash *device, uint64_t *ev)
{
	uint8_t buf[STATE_KEY_MAX];

	return state_read_number(st, key_device(buf, gln, device), ev);
}

static enum err read_list(const struct state *st, struct bytes key, struct validator_list *out)
{
	struct bytes value;
	struct rd r;
	enum err e = state_fetch(st, key, &value);

	if (e)
		return e;
	rd_init(&r, value);
	out->n = rd_array(&r);
	if (out->n > VALIDATORS_MAX)
		return ERR_CORRUPT;
	for (size_t i = 0; i < out->n; i++)
		out->gln[i] = rd_uint(&r);
	return state_finish(&r);
}

/* state.cddl: [15, proposal: hash]             ; -> [+ gln] validators that signed it so far, ascending */
enum err state_proposal(const struct state *st, const struct hash *proposal, struct validator_list *out)
{
	uint8_t buf[STATE_KEY_MAX];

	return read_list(st, key_proposal(buf, proposal), out);
}

/* state.cddl: [16]                             ; -> [+ gln] validators in order of their index */
enum err state_validators(const struct state *st, struct validator_list *out)
{
	uint8_t buf[STATE_KEY_MAX];

	return read_list(st, key_validators(buf), out);
}

/* state.cddl: prefix-row = [ owner: gln / 0, below: uint ] */
enum err prefix_row_decode(struct bytes value, struct prefix_row *out)
{
	struct rd r;

	rd_init(&r, value);
	rd_array_n(&r, 2);
	out->owner = rd_uint(&r);
	out->below = rd_uint(&r);
	return state_finish(&r);
}

enum err state_prefix(const struct state *st, struct bytes digits, struct prefix_row *out)
{
	uint8_t buf[STATE_KEY_MAX];
	struct bytes value;
	enum err e = state_fetch(st, key_prefix(buf, digits), &value);

	return e ? e : prefix_row_decode(value, out);
}

void prefix_row_write(struct wr *w, const struct prefix_row *row)
{
	wr_array(w, 2);
	wr_uint(w, row->owner);
	wr_uint(w, row->below);
}

enum err state_label_keys(const struct state *st, uint64_t gln, uint64_t *n)
{
	uint8_t buf[STATE_KEY_MAX];

	return state_read_number(st, key_label_keys(buf, gln), n);
}
