#include "node/core/event_parts.h"

/* A kind of item: how it is read into and written from its C type; where it may be missing, whether it is there. */
struct item {
	void (*read)(struct rd *r, void *out);
	void (*write)(struct wr *w, const void *in);
	bool (*there)(const void *in);
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

static void read_sscc(struct rd *r, void *out)
{
	*(uint64_t *)out = event_read_sscc(r);
}

static void read_seconds(struct rd *r, void *out)
{
	*(uint64_t *)out = rd_uint_max(r, SECONDS_MAX);
}

static void read_number(struct rd *r, void *out, uint64_t lo, uint64_t hi)
{
	uint64_t v = rd_uint_max(r, hi);

	if (v < lo)
		rd_fail(r, ERR_BAD_VALUE);
	*(uint64_t *)out = v;
}

static void read_label_key_state(struct rd *r, void *out)
{
	read_number(r, out, 2, 3);
}

static void read_class(struct rd *r, void *out)
{
	read_number(r, out, 1, 3);
}

static void read_reason(struct rd *r, void *out)
{
	read_number(r, out, 1, 255);
}

static void read_alarm_state(struct rd *r, void *out)
{
	read_number(r, out, 2, 4);
}

static void read_packs(struct rd *r, void *out)
{
	read_number(r, out, 1, 1000000000);
}

static void read_day(struct rd *r, void *out)
{
	*(uint32_t *)out = event_read_day(r);
}

static bool is_day(const void *in)
{
	return *(const uint32_t *)in != 0;
}

static bool is_text(const void *in)
{
	return ((const struct bytes *)in)->p != NULL;
}

static void read_country(struct rd *r, void *out)
{
	event_read_country(r, out);
}

static void write_country(struct wr *w, const void *in)
{
	event_write_country(w, in);
}

static bool is_country(const void *in)
{
	return ((const struct country *)in)->c[0] != 0;
}

static void read_markets(struct rd *r, void *out)
{
	event_read_markets(r, out);
}

static void write_markets(struct wr *w, const void *in)
{
	event_write_markets(w, in);
}

static bool is_markets(const void *in)
{
	return ((const struct markets *)in)->n > 0;
}

static void read_storage(struct rd *r, void *out)
{
	event_read_storage(r, out);
}

static void write_storage(struct wr *w, const void *in)
{
	event_write_storage(w, in);
}

static bool is_storage(const void *in)
{
	return ((const struct storage *)in)->set;
}

/* Stands there only to say yes. */
static void read_yes(struct rd *r, void *out)
{
	read_true(r, out);
	*(bool *)out = true;
}

static bool is_yes(const void *in)
{
	return *(const bool *)in;
}

static void read_location(struct rd *r, void *out)
{
	struct member_fields *m = out;

	rd_array_n(r, 2);
	m->located = true;
	m->lat_udeg = event_read_udeg(r, LAT_MAX);
	m->lon_udeg = event_read_udeg(r, LON_MAX);
}

static void write_location(struct wr *w, const void *in)
{
	const struct member_fields *m = in;

	wr_array(w, 2);
	wr_int(w, m->lat_udeg);
	wr_int(w, m->lon_udeg);
}

static bool is_located(const void *in)
{
	return ((const struct member_fields *)in)->located;
}

static const struct item gln = { read_gln, write_uint, NULL };
static const struct item gtin = { read_gtin, write_uint, NULL };
static const struct item uint = { read_uint, write_uint, NULL };
static const struct item label_key_state = { read_label_key_state, write_uint, NULL };
static const struct item date = { read_date, write_date, NULL };
static const struct item role = { read_role, write_role, NULL };
static const struct item boolean = { read_bool, write_bool, NULL };
static const struct item declared = { read_true, write_true, NULL };
static const struct item name = { read_name, write_text, NULL };
static const struct item cset82 = { read_cset82, write_text, NULL };
static const struct item ca = { read_ca, write_ca, NULL };
static const struct item label_key_id = { read_label_key_id, write_label_key_id, NULL };
static const struct item kid = { read_kid, write_kid, NULL };
static const struct item hash = { read_hash, write_hash, NULL };
static const struct item pubkey = { read_pubkey, write_pubkey, NULL };
static const struct item prefixes = { read_prefixes, write_prefixes, NULL };
static const struct item some_prefixes = { read_some_prefixes, write_prefixes, NULL };
static const struct item validators = { read_validators, write_validators, NULL };
static const struct item sscc = { read_sscc, write_uint, NULL };
static const struct item seconds = { read_seconds, write_uint, NULL };
static const struct item class = { read_class, write_uint, NULL };
static const struct item reason = { read_reason, write_uint, NULL };
static const struct item alarm_state = { read_alarm_state, write_uint, NULL };
static const struct item packs = { read_packs, write_uint, NULL };
static const struct item country = { read_country, write_country, NULL };
/* those that may be missing */
static const struct item maybe_location = { read_location, write_location, is_located };
static const struct item maybe_country = { read_country, write_country, is_country };
static const struct item maybe_yes = { read_yes, write_true, is_yes };
static const struct item maybe_markets = { read_markets, write_markets, is_markets };
static const struct item maybe_storage = { read_storage, write_storage, is_storage };
static const struct item maybe_cset82 = { read_cset82, write_text, is_text };
static const struct item maybe_day = { read_day, write_date, is_day };

/* The fields of each type, keys 1, 2, .. in this order, those that may be missing last; offset: into the union event.u. */
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
	/* event.cddl: ? 8: [ latitude: -90000000..90000000, longitude: -180000000..180000000 ], ; microdegrees */
	{ EV_MEMBER, &maybe_location, AT(member) },
	/* event.cddl: ? 9: country, */
	{ EV_MEMBER, &maybe_country, AT(member.country) },
	/* event.cddl: ? 10: true, */
	{ EV_MEMBER, &maybe_yes, AT(member.supplies) },
	/* event.cddl: ? 11: true, */
	{ EV_MEMBER, &maybe_yes, AT(member.full) },
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
	/* event.cddl: 1: gtin, 2: name, 3: bool, */
	{ EV_PRODUCT, &gtin, AT(product.gtin) },
	{ EV_PRODUCT, &name, AT(product.name) },
	{ EV_PRODUCT, &boolean, AT(product.always_signed) },
	{ EV_PRODUCT, &maybe_markets, AT(product.markets) },
	{ EV_PRODUCT, &maybe_storage, AT(product.storage) },
	/* event.cddl: lot = { 1: gtin, 2: cset82, 3: date } */
	{ EV_LOT, &gtin, AT(lot.gtin) },
	{ EV_LOT, &cset82, AT(lot.lot) },
	{ EV_LOT, &date, AT(lot.expiry) },
	/* event.cddl: lot-release = { 1: gtin, 2: cset82 } */
	{ EV_LOT_RELEASE, &gtin, AT(lot.gtin) },
	{ EV_LOT_RELEASE, &cset82, AT(lot.lot) },
	/* event.cddl: lot-notice = { 1: gtin, 2: cset82, 3: 1..1000000000, 4: seconds } */
	{ EV_LOT_NOTICE, &gtin, AT(lot.gtin) },
	{ EV_LOT_NOTICE, &cset82, AT(lot.lot) },
	{ EV_LOT_NOTICE, &packs, AT(lot.packs) },
	{ EV_LOT_NOTICE, &seconds, AT(lot.until_s) },
	/* event.cddl: release-key = { 1: pubkey } */
	{ EV_RELEASE_KEY, &pubkey, AT(key) },
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
	/* event.cddl: pack = { 1: sscc } */
	{ EV_PACK, &sscc, AT(sscc) },
	{ EV_UNPACK, &sscc, AT(sscc) },
	/* event.cddl: return = { 1: gln } */
	{ EV_RETURN, &gln, AT(gln) },
	/* event.cddl: undo-sample = { 1: hash } */
	{ EV_UNDO_SAMPLE, &hash, AT(hash) },
	/* event.cddl: export = { 1: country } */
	{ EV_EXPORT, &country, AT(country) },
	/* event.cddl: stolen = { 1: name } */
	{ EV_STOLEN, &name, AT(reason) },
	/* event.cddl: check-out = { 1: name } */
	{ EV_CHECK_OUT, &name, AT(reason) },
	/* event.cddl: undo-check-out = { 1: hash } */
	{ EV_UNDO_CHECK_OUT, &hash, AT(hash) },
	/* event.cddl: correction = { 1: hash, 2: name } */
	{ EV_CORRECTION, &hash, AT(about.hash) },
	{ EV_CORRECTION, &name, AT(about.text) },
	/* event.cddl: recall = { 1: gtin, 2: cset82, 3: class, 4: name } */
	{ EV_RECALL, &gtin, AT(recall.gtin) },
	{ EV_RECALL, &cset82, AT(recall.lot) },
	{ EV_RECALL, &class, AT(recall.defect) },
	{ EV_RECALL, &name, AT(recall.why) },
	/* event.cddl: withdraw = { 1: gtin, 2: class, 3: name, ? 4: country } */
	{ EV_WITHDRAW, &gtin, AT(recall.gtin) },
	{ EV_WITHDRAW, &class, AT(recall.defect) },
	{ EV_WITHDRAW, &name, AT(recall.why) },
	{ EV_WITHDRAW, &maybe_country, AT(recall.market) },
	/* event.cddl: retract = { 1: hash, 2: name } */
	{ EV_RETRACT, &hash, AT(about.hash) },
	{ EV_RETRACT, &name, AT(about.text) },
	/* event.cddl: confirm = { 1: hash } */
	{ EV_CONFIRM, &hash, AT(hash) },
	/* event.cddl: alarm = { 1: gtin, 2: cset82, 3: 1..255, ? 4: cset82, ? 5: day } */
	{ EV_ALARM, &gtin, AT(alarm.gtin) },
	{ EV_ALARM, &cset82, AT(alarm.serial) },
	{ EV_ALARM, &reason, AT(alarm.reason) },
	{ EV_ALARM, &maybe_cset82, AT(alarm.lot) },
	{ EV_ALARM, &maybe_day, AT(alarm.expiry) },
	/* event.cddl: alarm-case = { 1: hash, 2: 2..4, 3: name } */
	{ EV_ALARM_CASE, &hash, AT(about.hash) },
	{ EV_ALARM_CASE, &alarm_state, AT(about.state) },
	{ EV_ALARM_CASE, &name, AT(about.text) },
	/* event.cddl: query = { 1: name, 2: name } */
	{ EV_QUERY, &name, AT(query.what) },
	{ EV_QUERY, &name, AT(query.why) },
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

/* How many of them are always there. */
static size_t required(const struct field *f, size_t n)
{
	size_t i = 0;

	while (i < n && !f[i].item->there)
		i++;
	return i;
}

static void read_fields(struct rd *r, enum event_type type, void *u)
{
	struct event_map m;
	size_t n, pairs, first;
	const struct field *f = fields_of(type, &n);

	first = required(f, n);
	pairs = event_map_begin(&m, r, first, n);
	for (size_t i = 0; i < pairs && r->err == ERR_OK; i++) {
		uint64_t key = i + 1;

		if (i < first)
			event_map_key(&m, key);
		else
			key = rd_key(r, &m.last);
		if (key > n)
			rd_fail(r, ERR_UNKNOWN_FIELD);
		else if (r->err == ERR_OK)
			f[key - 1].item->read(r, (uint8_t *)u + f[key - 1].offset);
	}
}

static bool is_there(const struct field *f, const void *u)
{
	return !f->item->there || f->item->there((const uint8_t *)u + f->offset);
}

static void write_fields(struct wr *w, enum event_type type, const void *u)
{
	size_t n, pairs = 0;
	const struct field *f = fields_of(type, &n);

	for (size_t i = 0; i < n; i++)
		pairs += is_there(&f[i], u);
	wr_map(w, pairs);
	for (size_t i = 0; i < n; i++) {
		if (!is_there(&f[i], u))
			continue;
		wr_uint(w, i + 1);
		f[i].item->write(w, (const uint8_t *)u + f[i].offset);
	}
}

void member_read(struct rd *r, struct member_fields *out)
{
	memset(out, 0, sizeof(*out));
	read_fields(r, EV_MEMBER, out);
}

void member_write(struct wr *w, const struct member_fields *m)
{
	write_fields(w, EV_MEMBER, m);
}

void event_read_fields(struct rd *r, struct event *ev)
{
	read_fields(r, ev->type, &ev->u);
}

void event_write_fields(struct wr *w, const struct event *ev)
{
	write_fields(w, ev->type, &ev->u);
}
