#include "node/core/event_parts.h"

#define MEMBER_FIELDS ((size_t)7) /* without the location */

/* A kind of item: how it is read into and written from its C type. */
struct item {
	void (*read)(struct rd *r, void *out);
	void (*write)(struct wr *w, const void *in);
};

static void read_gln(struct rd *r, void *out)
{
	*(uint64_t *)out = event_read_gln(r);
}

static void read_gtin(struct rd *r, void *out)
{
	*(uint64_t *)out = event_read_gtin(r);
}

static void read_uint(struct rd *r, void *out)
{
	*(uint64_t *)out = rd_uint(r);
}

static void read_label_key_state(struct rd *r, void *out)
{
	uint64_t v = rd_uint_max(r, 3);

	if (v < 2)
		rd_fail(r, ERR_BAD_VALUE);
	*(uint64_t *)out = v;
}

static void write_uint(struct wr *w, const void *in)
{
	wr_uint(w, *(const uint64_t *)in);
}

static void read_date(struct rd *r, void *out)
{
	*(uint32_t *)out = event_read_date(r);
}

static void write_date(struct wr *w, const void *in)
{
	wr_uint(w, *(const uint32_t *)in);
}

static void read_role(struct rd *r, void *out)
{
	*(enum role *)out = (enum role)event_read_choice(r, ROLE_REGULATOR);
}

static void write_role(struct wr *w, const void *in)
{
	wr_uint(w, *(const enum role *)in);
}

static void read_bool(struct rd *r, void *out)
{
	*(bool *)out = rd_bool(r);
}

static void write_bool(struct wr *w, const void *in)
{
	wr_bool(w, *(const bool *)in);
}

/* A declaration: nothing but true can be said. */
static void read_true(struct rd *r, void *out)
{
	(void)out;
	if (!rd_bool(r))
		rd_fail(r, ERR_BAD_VALUE);
}

static void write_true(struct wr *w, const void *in)
{
	(void)in;
	wr_bool(w, true);
}

static void read_name(struct rd *r, void *out)
{
	*(struct bytes *)out = event_read_name(r);
}

static void read_cset82(struct rd *r, void *out)
{
	*(struct bytes *)out = event_read_cset82(r);
}

static void write_text(struct wr *w, const void *in)
{
	wr_tstr(w, *(const struct bytes *)in);
}

static void read_ca(struct rd *r, void *out)
{
	struct bytes ca = rd_bstr_max(r, CA_MAX);

	if (ca.n == 0)
		rd_fail(r, ERR_BAD_VALUE);
	*(struct bytes *)out = ca;
}

static void write_ca(struct wr *w, const void *in)
{
	wr_bstr(w, *(const struct bytes *)in);
}

static void read_label_key_id(struct rd *r, void *out)
{
	event_read_bstr(r, out, LABEL_KEY_ID_LEN);
}

static void write_label_key_id(struct wr *w, const void *in)
{
	wr_bstr(w, bytes_of(in, LABEL_KEY_ID_LEN));
}

static void read_kid(struct rd *r, void *out)
{
	event_read_bstr(r, out, KID_LEN);
}

static void write_kid(struct wr *w, const void *in)
{
	wr_bstr(w, bytes_of(in, KID_LEN));
}

static void read_hash(struct rd *r, void *out)
{
	event_read_bstr(r, out, HASH_LEN);
}

static void write_hash(struct wr *w, const void *in)
{
	wr_bstr(w, bytes_of(in, HASH_LEN));
}

static void read_pubkey(struct rd *r, void *out)
{
	event_read_pubkey(r, out);
}

static void write_pubkey(struct wr *w, const void *in)
{
	wr_bstr(w, bytes_of(in, PUBKEY_LEN));
}

static void read_prefixes(struct rd *r, void *out)
{
	event_read_prefixes(r, out);
}

static void read_some_prefixes(struct rd *r, void *out)
{
	struct prefixes *prefixes = out;

	event_read_prefixes(r, prefixes);
	if (prefixes->n == 0)
		rd_fail(r, ERR_BAD_VALUE);
}

static void write_prefixes(struct wr *w, const void *in)
{
	event_write_prefixes(w, in);
}

static void read_validators(struct rd *r, void *out)
{
	event_read_validators(r, out);
}

static void write_validators(struct wr *w, const void *in)
{
	event_write_validators(w, in);
}

static const struct item gln = { read_gln, write_uint };
static const struct item gtin = { read_gtin, write_uint };
static const struct item uint = { read_uint, write_uint };
static const struct item label_key_state = { read_label_key_state, write_uint };
static const struct item date = { read_date, write_date };
static const struct item role = { read_role, write_role };
static const struct item boolean = { read_bool, write_bool };
static const struct item declared = { read_true, write_true };
static const struct item name = { read_name, write_text };
static const struct item cset82 = { read_cset82, write_text };
static const struct item ca = { read_ca, write_ca };
static const struct item label_key_id = { read_label_key_id, write_label_key_id };
static const struct item kid = { read_kid, write_kid };
static const struct item hash = { read_hash, write_hash };
static const struct item pubkey = { read_pubkey, write_pubkey };
static const struct item prefixes = { read_prefixes, write_prefixes };
static const struct item some_prefixes = { read_some_prefixes, write_prefixes };
static const struct item validators = { read_validators, write_validators };

/* The fields of each type, keys 1, 2, .. in this order; offset: into the union event.u. */
struct field {
	enum event_type type;
	const struct item *item;
	size_t offset;
};
#define AT(member) (offsetof(struct event, u.member) - offsetof(struct event, u))

static const struct field fields[] = {
	/* event.cddl: 1: gln, 2: role, 3: name, 4: pubkey, ; event key */
	{ EV_MEMBER, &gln, AT(member.gln) },
	{ EV_MEMBER, &role, AT(member.role) },
	{ EV_MEMBER, &name, AT(member.name) },
	{ EV_MEMBER, &pubkey, AT(member.key) },
	/* event.cddl: 5: bstr .size (1..1024),             ; device CA certificate, DER */
	{ EV_MEMBER, &ca, AT(member.ca) },
	/* event.cddl: 6: prefixes,                         ; owned */
	{ EV_MEMBER, &prefixes, AT(member.prefixes) },
	/* event.cddl: 7: name,                             ; contact: whom to call */
	{ EV_MEMBER, &name, AT(member.contact) },
	/* event.cddl: member-revoke = { 1: gln } */
	{ EV_MEMBER_REVOKE, &gln, AT(gln) },
	/* event.cddl: key-rotate = { 1: pubkey } */
	{ EV_KEY_ROTATE, &pubkey, AT(key) },
	/* event.cddl: key-revoke = { 1: kid } */
	{ EV_KEY_REVOKE, &kid, AT(kid) },
	/* event.cddl: device-revoke = { 1: hash } */
	{ EV_DEVICE_REVOKE, &hash, AT(hash) },
	/* event.cddl: label-key = { 1: bstr .size 3, 2: pubkey, 3: prefixes } */
	{ EV_LABEL_KEY, &label_key_id, AT(label_key.id) },
	{ EV_LABEL_KEY, &pubkey, AT(label_key.key) },
	{ EV_LABEL_KEY, &some_prefixes, AT(label_key.prefixes) },
	/* event.cddl: label-key-state = { 1: bstr .size 3, 2: 2..3 } */
	{ EV_LABEL_KEY_STATE, &label_key_id, AT(label_key.id) },
	{ EV_LABEL_KEY_STATE, &label_key_state, AT(label_key.state) },
	/* event.cddl: product = { 1: gtin, 2: name, 3: bool } */
	{ EV_PRODUCT, &gtin, AT(product.gtin) },
	{ EV_PRODUCT, &name, AT(product.name) },
	{ EV_PRODUCT, &boolean, AT(product.always_signed) },
	/* event.cddl: lot = { 1: gtin, 2: cset82, 3: date } */
	{ EV_LOT, &gtin, AT(lot.gtin) },
	{ EV_LOT, &cset82, AT(lot.lot) },
	{ EV_LOT, &date, AT(lot.expiry) },
	/* event.cddl: ship = { 1: gln } */
	{ EV_SHIP, &gln, AT(gln) },
	/* event.cddl: void-ship = { 1: hash } */
	{ EV_VOID_SHIP, &hash, AT(hash) },
	/* event.cddl: undo-dispense = { 1: hash, 2: true } */
	{ EV_UNDO_DISPENSE, &hash, AT(hash) },
	{ EV_UNDO_DISPENSE, &declared, 0 },
	/* event.cddl: destroy = { 1: name } */
	{ EV_DESTROY, &name, AT(reason) },
	/* event.cddl: lock = { 1: name } */
	{ EV_LOCK, &name, AT(reason) },
	/* event.cddl: validators = { 1: [1*13 gln] } */
	{ EV_VALIDATORS, &validators, AT(validators) },
	/* event.cddl: rules-version = { 1: uint } */
	{ EV_RULES_VERSION, &uint, AT(version) },
};

/* The rows of a type stand together: the first of them, and how many. */
static const struct field *fields_of(enum event_type type, size_t *n)
{
	const struct field *first = NULL;

	*n = 0;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].type != type)
			continue;
		if (first == NULL)
			first = &fields[i];
		(*n)++;
	}
	return first;
}

bool event_has_fields(enum event_type type)
{
	size_t n;

	return fields_of(type, &n) != NULL;
}

static void read_fields(struct event_map *m, enum event_type type, void *u)
{
	size_t n;
	const struct field *f = fields_of(type, &n);

	for (size_t i = 0; i < n && m->r->err == ERR_OK; i++) {
		event_map_key(m, i + 1);
		f[i].item->read(m->r, (uint8_t *)u + f[i].offset);
	}
}

static void write_fields(struct wr *w, enum event_type type, const void *u)
{
	size_t n;
	const struct field *f = fields_of(type, &n);

	for (size_t i = 0; i < n; i++) {
		wr_uint(w, i + 1);
		f[i].item->write(w, (const uint8_t *)u + f[i].offset);
	}
}

void member_read(struct rd *r, struct member_fields *out)
{
	struct event_map m;
	size_t n = event_map_begin(&m, r, MEMBER_FIELDS, MEMBER_FIELDS + 1);

	memset(out, 0, sizeof(*out));
	read_fields(&m, EV_MEMBER, out);
	if (n == MEMBER_FIELDS)
		return;
	/* event.cddl: ? 8: [ latitude: -90000000..90000000, longitude: -180000000..180000000 ], ; microdegrees */
	if (rd_key(r, &m.last) != MEMBER_FIELDS + 1)
		rd_fail(r, ERR_UNKNOWN_FIELD);
	rd_array_n(r, 2);
	out->located = true;
	out->lat_udeg = event_read_udeg(r, LAT_MAX);
	out->lon_udeg = event_read_udeg(r, LON_MAX);
}

void member_write(struct wr *w, const struct member_fields *m)
{
	wr_map(w, MEMBER_FIELDS + m->located);
	write_fields(w, EV_MEMBER, m);
	if (!m->located)
		return;
	wr_uint(w, MEMBER_FIELDS + 1);
	wr_array(w, 2);
	wr_int(w, m->lat_udeg);
	wr_int(w, m->lon_udeg);
}

void event_read_fields(struct rd *r, struct event *ev)
{
	struct event_map m;
	size_t n;

	if (ev->type == EV_MEMBER) {
		member_read(r, &ev->u.member);
		return;
	}
	fields_of(ev->type, &n);
	event_map_begin(&m, r, n, n);
	read_fields(&m, ev->type, &ev->u);
}

void event_write_fields(struct wr *w, const struct event *ev)
{
	size_t n;

	if (ev->type == EV_MEMBER) {
		member_write(w, &ev->u.member);
		return;
	}
	fields_of(ev->type, &n);
	wr_map(w, n);
	write_fields(w, ev->type, &ev->u);
}
