#include "tests/fakes/tsv.h"
#include "tests/fakes/world.h"
#include "tests/t.h"

/* ---- keys ---- */

static const struct hash h1 = { { 1 } };

struct key_case {
	const char *name;
	struct bytes (*make)(uint8_t *buf);
	struct key_parts parts;
	const char *hex;
};

static struct bytes mk_chain(uint8_t *b) { return key_chain(b); }
static struct bytes mk_event(uint8_t *b) { return key_event(b, 24); }
static struct bytes mk_event_id(uint8_t *b) { return key_event_id(b, &h1); }
static struct bytes mk_member(uint8_t *b) { return key_member(b, 9521001); }
static struct bytes mk_key(uint8_t *b) { return key_key(b, &(struct kid){ { 7, 8 } }); }
static struct bytes mk_label_key(uint8_t *b) { return key_label_key(b, (const uint8_t[]){ 1, 2, 3 }); }
static struct bytes mk_product(uint8_t *b) { return key_product(b, 9521001); }
static struct bytes mk_lot(uint8_t *b) { return key_lot(b, 5, BYTES_LIT("L1")); }
static struct bytes mk_batch(uint8_t *b) { return key_batch(b, 5); }
static struct bytes mk_pack(uint8_t *b) { return key_pack(b, 5, BYTES_LIT("S")); }
static struct bytes mk_custody(uint8_t *b) { return key_custody(b, -3); }
static struct bytes mk_inside(uint8_t *b) { return key_inside(b, 3); }
static struct bytes mk_unit(uint8_t *b) { return key_unit(b, 18); }
static struct bytes mk_flags(uint8_t *b) { return key_flags(b, -1); }
static struct bytes mk_device(uint8_t *b) { return key_device(b, 5, &h1); }
static struct bytes mk_proposal(uint8_t *b) { return key_proposal(b, &h1); }
static struct bytes mk_validators(uint8_t *b) { return key_validators(b); }
static struct bytes mk_prefix(uint8_t *b) { return key_prefix(b, BYTES_LIT("9521")); }
static struct bytes mk_label_keys(uint8_t *b) { return key_label_keys(b, 5); }
static struct bytes mk_recall(uint8_t *b) { return key_recall(b, 256); }
static struct bytes mk_alarm(uint8_t *b) { return key_alarm(b, &h1); }
static struct bytes mk_sight(uint8_t *b) { return key_sight(b, 7); }
static struct bytes mk_unit_row(uint8_t *b) { return key_unit_row(b, -25); }
static struct bytes mk_unit_lot(uint8_t *b) { return key_unit_lot(b, -1, 24); }
static struct bytes mk_unit_lot_at(uint8_t *b) { return key_unit_lot_at(b, -1, 5, BYTES_LIT("L1")); }
static struct bytes mk_correction(uint8_t *b) { return key_correction(b, 3); }
static struct bytes mk_spent(uint8_t *b) { return key_spent(b, 3); }
static struct bytes mk_queried(uint8_t *b) { return key_queried(b, 5, BYTES_LIT("history (01)1")); }

/* SHA-256 of the text, by sha256sum */
#define ASKED "31b787dd8b5b62a95f90fb080a0ace5b71b33e08f223e04ea662125843fdfca6"
static const uint8_t asked[] = { 0x31, 0xb7, 0x87, 0xdd, 0x8b, 0x5b, 0x62, 0xa9, 0x5f, 0x90, 0xfb, 0x08, 0x0a, 0x0a, 0xce, 0x5b,
				 0x71, 0xb3, 0x3e, 0x08, 0xf2, 0x23, 0xe0, 0x4e, 0xa6, 0x62, 0x12, 0x58, 0x43, 0xfd, 0xfc, 0xa6 };
#define H1 "0100000000000000000000000000000000000000000000000000000000000000"

/* By hand from state.cddl and RFC 8949 3. */
static const struct key_case keys[] = {
	{ "chain", mk_chain, { KEY_CHAIN, 0, 0, { 0 } }, "8100" },
	{ "event", mk_event, { KEY_EVENT, 24, 0, { 0 } }, "82011818" },
	{ "event id", mk_event_id, { KEY_EVENT_ID, 0, 0, { h1.b, 32 } }, "82025820" H1 },
	{ "member", mk_member, { KEY_MEMBER, 9521001, 0, { 0 } }, "82031a00914769" },
	{ "key", mk_key, { KEY_KEY, 0, 0, { (const uint8_t *)"\7\10\0\0\0\0\0\0", 8 } }, "8204480708000000000000" },
	{ "label key", mk_label_key, { KEY_LABEL_KEY, 0, 0, { (const uint8_t *)"\1\2\3", 3 } }, "820543010203" },
	{ "product", mk_product, { KEY_PRODUCT, 9521001, 0, { 0 } }, "82061a00914769" },
	{ "lot", mk_lot, { KEY_LOT, 5, 0, { (const uint8_t *)"L1", 2 } }, "830705624c31" },
	{ "batch", mk_batch, { KEY_BATCH, 5, 0, { 0 } }, "820805" },
	{ "pack", mk_pack, { KEY_PACK, 5, 0, { (const uint8_t *)"S", 1 } }, "8309056153" },
	{ "custody", mk_custody, { KEY_CUSTODY, 0, -3, { 0 } }, "820a22" },
	{ "inside", mk_inside, { KEY_INSIDE, 0, 3, { 0 } }, "820b03" },
	{ "unit", mk_unit, { KEY_UNIT, 18, 0, { 0 } }, "820c12" },
	{ "flags", mk_flags, { KEY_FLAG, 0, -1, { 0 } }, "820d20" },
	{ "device", mk_device, { KEY_DEVICE, 5, 0, { h1.b, 32 } }, "830e055820" H1 },
	{ "proposal", mk_proposal, { KEY_PROPOSAL, 0, 0, { h1.b, 32 } }, "820f5820" H1 },
	{ "validators", mk_validators, { KEY_VALIDATORS, 0, 0, { 0 } }, "8110" },
	{ "prefix", mk_prefix, { KEY_PREFIX, 0, 0, { (const uint8_t *)"9521", 4 } }, "82116439353231" },
	{ "label keys", mk_label_keys, { KEY_LABEL_KEYS, 5, 0, { 0 } }, "821205" },
	{ "recall", mk_recall, { KEY_RECALL, 256, 0, { 0 } }, "8213190100" },
	{ "alarm", mk_alarm, { KEY_ALARM, 0, 0, { h1.b, 32 } }, "82145820" H1 },
	{ "sight", mk_sight, { KEY_SIGHT, 0, 7, { 0 } }, "821507" },
	{ "unit row", mk_unit_row, { KEY_UNIT_ROW, 0, -25, { 0 } }, "82163818" },
	{ "unit lot", mk_unit_lot, { KEY_UNIT_LOT, 24, -1, { 0 } }, "8317201818" },
	{ "number of a lot in a unit", mk_unit_lot_at, { KEY_UNIT_LOT_AT, 5, -1, { (const uint8_t *)"L1", 2 } },
	  "8418182005624c31" },
	{ "correction", mk_correction, { KEY_CORRECTION, 3, 0, { 0 } }, "82181903" },
	{ "queried", mk_queried, { KEY_QUERIED, 5, 0, { asked, 32 } }, "83181a055820" ASKED },
	{ "spent", mk_spent, { KEY_SPENT, 3, 0, { 0 } }, "82181b03" },
};

static void test_keys(void)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct key_case *c = &keys[i];
		uint8_t buf[STATE_KEY_MAX], want[STATE_KEY_MAX];
		struct bytes key = c->make(buf);
		struct key_parts p;

		CHECK_ROW(bytes_eq(key, bytes_of(want, from_hex(c->hex, want, sizeof(want)))), c->name);
		CHECK_ROW(key_parse(key, &p) == ERR_OK, c->name);
		CHECK_ROW(p.kind == c->parts.kind && p.n == c->parts.n && p.unit == c->parts.unit, c->name);
		CHECK_ROW(bytes_eq(p.b, c->parts.b), c->name);
	}
	CHECK(sizeof(keys) / sizeof(keys[0]) == KEY_KINDS);
}

static void test_longest_key(void)
{
	uint8_t buf[STATE_KEY_MAX];
	struct hash h = { { 0 } };

	CHECK(key_device(buf, UINT64_MAX, &h).n <= STATE_KEY_MAX);
	CHECK(key_pack(buf, UINT64_MAX, BYTES_LIT("12345678901234567890")).n <= STATE_KEY_MAX);
	CHECK(key_unit_lot_at(buf, INT64_MIN, UINT64_MAX, BYTES_LIT("12345678901234567890")).n <= STATE_KEY_MAX);
}

static void test_bad_keys(void)
{
	static const struct { const char *name, *hex; enum err want; } rows[] = {
		{ "unknown kind", "82181a01", ERR_BAD_VALUE },
		{ "too few parts", "8101", ERR_BAD_VALUE },
		{ "too many parts", "820000", ERR_BAD_VALUE },
		{ "wrong type", "820341aa", ERR_BAD_TYPE },
		{ "short id", "82054101", ERR_BAD_VALUE },
		{ "a flag of one kind", "830d0101", ERR_BAD_VALUE },
		{ "number of a lot below 0", "83172020", ERR_BAD_TYPE },
		{ "lot of 21", "8418182005753132333435363738393031323334353637383930" "31", ERR_BAD_VALUE },
		{ "long head", "82031801", ERR_NOT_DETERMINISTIC },
		{ "trailing", "810000", ERR_TRAILING },
		{ "nothing", "", ERR_BAD_CBOR },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t key[STATE_KEY_MAX];
		struct key_parts p;

		CHECK_ROW(key_parse(bytes_of(key, from_hex(rows[i].hex, key, sizeof(key))), &p) == rows[i].want, rows[i].name);
	}
}

/* ---- rows: what is written is read, and is read as it was ---- */

static struct memstate *mem;
static struct state st;
static uint8_t key_buf[STATE_KEY_MAX], val_buf[STATE_VALUE_MAX];

static struct wr begin(void)
{
	struct wr w;

	wr_init(&w, val_buf, sizeof(val_buf));
	return w;
}

static void set(struct bytes key, const struct wr *w)
{
	struct bytes val;

	CHECK(wr_end(w, &val) == ERR_OK);
	memstate_set(mem, key, val);
}

static void setup(void)
{
	mem = memstate_new();
	st = memstate_state(mem);
}

static void test_small_rows(void)
{
	const struct chain_row chain = { 1, 10001, 1 };
	const struct event_row event = { h1, EV_SHIP, 1700000000, 9521, 9522, 1700000000123 };
	const struct flags_row flags = { .of = { [FLAG_STOLEN] = { 9521, 4 }, [FLAG_CLAIMED] = { 9522, 5 } } };
	const struct custody_row custody = { 9521, PACK_IN_TRANSIT, 9522, 77 };
	const struct prefix_row prefix = { 9521, 0 };
	struct chain_row chain2;
	struct event_row event2;
	struct flags_row flags2;
	struct custody_row custody2;
	struct prefix_row prefix2;
	struct wr w;

	setup();
	w = begin();
	chain_row_write(&w, &chain);
	set(key_chain(key_buf), &w);
	CHECK(state_chain(&st, &chain2) == ERR_OK && memcmp(&chain, &chain2, sizeof(chain)) == 0);
	w = begin();
	event_row_write(&w, &event);
	set(key_event(key_buf, 3), &w);
	CHECK(state_event(&st, 3, &event2) == ERR_OK && memcmp(&event, &event2, sizeof(event)) == 0);
	w = begin();
	flags_row_write(&w, &flags);
	set(key_flags(key_buf, 9), &w);
	CHECK(bytes_eq(bytes_of(w.p, w.n), BYTES_LIT("\x84\xf6\x82\x19\x25\x31\x04\xf6\x82\x19\x25\x32\x05")));
	CHECK(state_flags(&st, 9, &flags2) == ERR_OK && memcmp(&flags, &flags2, sizeof(flags)) == 0);
	w = begin();
	custody_row_write(&w, &custody);
	set(key_custody(key_buf, 9), &w);
	CHECK(state_custody(&st, 9, &custody2) == ERR_OK);
	CHECK(custody2.holder == 9521 && custody2.state == PACK_IN_TRANSIT && custody2.peer == 9522 && custody2.ev == 77);
	w = begin();
	prefix_row_write(&w, &prefix);
	set(key_prefix(key_buf, BYTES_LIT("9521")), &w);
	CHECK(state_prefix(&st, BYTES_LIT("9521"), &prefix2) == ERR_OK && prefix2.owner == 9521 && prefix2.below == 0);
	memstate_free(mem);
}

static struct prefixes two_prefixes(void)
{
	return (struct prefixes){ .n = 2, .v = { { "9521", 4 }, { "952200000000", 12 } } };
}

static bool prefixes_eq(const struct prefixes *a, const struct prefixes *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++)
		if (!bytes_eq(bytes_of(a->v[i].digits, a->v[i].n), bytes_of(b->v[i].digits, b->v[i].n)))
			return false;
	return a->n == b->n;
}

static void test_member_row(void)
{
	struct member_row row = { .role = ROLE_PHARMACY, .kid = { { 9 } }, .prefixes = two_prefixes(), .revoked = 7,
				  .supplies = true,
				  .name_n = NAME_MAX_BYTES, .contact_n = NAME_MAX_BYTES, .ca_n = CA_MAX };
	struct member_row got;

	setup();
	memset(row.name, 'n', sizeof(row.name));
	memset(row.contact, 'c', sizeof(row.contact));
	memset(row.ca, 0xCA, sizeof(row.ca));
	for (int located = 0; located < 2; located++) {
		struct wr w = begin();

		row.located = located;
		row.lat_udeg = located ? -90000000 : 0;
		row.lon_udeg = located ? 180000000 : 0;
		memcpy(row.country.c, located ? "BE" : "\0\0", sizeof(row.country.c));
		member_row_write(&w, &row);
		set(key_member(key_buf, 5), &w);
		CHECK(state_member(&st, 5, &got) == ERR_OK);
		CHECK(got.supplies && memcmp(&got.country, &row.country, sizeof(row.country)) == 0);
		CHECK(got.role == row.role && kid_eq(&got.kid, &row.kid) && got.revoked == 7);
		CHECK(prefixes_eq(&got.prefixes, &row.prefixes));
		CHECK(got.located == row.located);
		CHECK(!located || (got.lat_udeg == row.lat_udeg && got.lon_udeg == row.lon_udeg));
		CHECK(got.name_n == row.name_n && memcmp(got.name, row.name, row.name_n) == 0);
		CHECK(got.contact_n == row.contact_n && memcmp(got.contact, row.contact, row.contact_n) == 0);
		CHECK(got.ca_n == row.ca_n && memcmp(got.ca, row.ca, row.ca_n) == 0);
	}
	memstate_free(mem);
}

static void test_key_rows(void)
{
	const struct key_row key = { 9521, world_key(3), KEY_FOR_LABELS, 12 };
	const struct label_key_row label = { 9521, world_key(4), two_prefixes(), LABEL_KEY_RETIRED, 13 };
	const uint8_t id[] = { 1, 2, 3 };
	struct key_row key2;
	struct label_key_row label2;
	struct kid kid;
	struct wr w;

	setup();
	kid_of(&kid, &key.key);
	w = begin();
	key_row_write(&w, &key);
	set(key_key(key_buf, &kid), &w);
	CHECK(state_key(&st, &kid, &key2) == ERR_OK);
	CHECK(key2.owner == 9521 && key2.purpose == KEY_FOR_LABELS && key2.revoked == 12);
	CHECK(memcmp(&key2.key, &key.key, sizeof(key.key)) == 0);
	w = begin();
	label_key_row_write(&w, &label);
	set(key_label_key(key_buf, id), &w);
	CHECK(state_label_key(&st, id, &label2) == ERR_OK);
	CHECK(label2.owner == 9521 && label2.state == LABEL_KEY_RETIRED && label2.ev == 13);
	CHECK(memcmp(&label2.key, &label.key, sizeof(label.key)) == 0);
	CHECK(prefixes_eq(&label2.prefixes, &label.prefixes));
	memstate_free(mem);
}

static void test_master_rows(void)
{
	const struct product_row product = {
		.owner = 9521, .always_signed = true, .name = "Examplin", .name_n = 8, .markets = { .n = 2, .v = { { "BE" }, { "DE" } } },
		.storage = { true, -20, 8 }, .withdrawn_n = 2, .withdrawn = { { 7, { "BE" } }, { .ev = 8 } },
	};
	struct product_row product2;
	struct batch_row batch = { .lo = 4, .hi = 9, .gtin = 11, .lot = "L1", .lot_n = 2, .ev = 5, .holder = 9521 }, batch2;
	const struct lot_row lot = { 20991231, 4, 5, 100, 1700000000, 6 };
	struct lot_row lot2;
	struct pack_row pack;
	struct wr w;

	setup();
	w = begin();
	product_row_write(&w, &product);
	set(key_product(key_buf, 11), &w);
	CHECK(state_product(&st, 11, &product2) == ERR_OK && product2.owner == 9521 && product2.always_signed);
	CHECK(product2.name_n == 8 && memcmp(product2.name, "Examplin", 8) == 0);
	CHECK(product2.markets.n == 2 && memcmp(product2.markets.v, product.markets.v, 4) == 0);
	CHECK(product2.storage.set && product2.storage.from_c == -20 && product2.storage.to_c == 8);
	CHECK(product2.withdrawn_n == 2 && product2.withdrawn[0].ev == 7 && memcmp(&product2.withdrawn[0].market, "BE", 2) == 0);
	CHECK(product2.withdrawn[1].ev == 8 && product2.withdrawn[1].market.c[0] == 0);
	w = begin();
	lot_row_write(&w, &lot);
	set(key_lot(key_buf, 11, BYTES_LIT("L1")), &w);
	CHECK(state_lot(&st, 11, BYTES_LIT("L1"), &lot2) == ERR_OK && lot.expiry == lot2.expiry && lot.released == lot2.released && lot.recalled == lot2.recalled &&
	      lot.announced == lot2.announced && lot.until_s == lot2.until_s && lot.packs == lot2.packs);
	CHECK(state_lot(&st, 11, bytes_of(w.p, 200), &lot2) == ERR_NOT_FOUND);
	w = begin();
	batch_row_write(&w, &batch);
	set(key_batch(key_buf, 4), &w);
	CHECK(state_batch(&st, 4, &batch2) == ERR_OK && batch2.lo == 4 && batch2.hi == 9 && batch2.gtin == 11);
	CHECK(batch2.lot_n == 2 && memcmp(batch2.lot, "L1", 2) == 0 && batch2.ev == 5 && batch2.holder == 9521);
	w = begin();
	pack_row_write(&w, &(struct pack_row){ 4, 2 });
	set(key_pack(key_buf, 11, BYTES_LIT("S")), &w);
	CHECK(state_pack(&st, 11, BYTES_LIT("S"), &pack) == ERR_OK && pack.lo == 4 && pack.offset == 2);
	/* what no key has room for is not there */
	CHECK(state_pack(&st, 11, bytes_of(w.p, 200), &pack) == ERR_NOT_FOUND);
	memstate_free(mem);
}

static struct unit_lot_row some_lot(void)
{
	return (struct unit_lot_row){ .gtin = 11, .lot = "L1", .lot_n = 2, .packs = 9 };
}

static void test_unit_rows(void)
{
	const struct unit_row unit = { 18, 100, 1, 2, 3, 4, UNIT_LEVELS_MAX };
	const struct unit_lot_row lot = some_lot();
	struct unit_row unit2;
	struct unit_lot_row lot2;
	uint64_t i = 0;
	struct wr w;

	setup();
	w = begin();
	unit_row_write(&w, &unit);
	set(key_unit_row(key_buf, -1), &w);
	CHECK(state_unit_row(&st, -1, &unit2) == ERR_OK && memcmp(&unit, &unit2, sizeof(unit)) == 0);
	w = begin();
	unit_lot_row_write(&w, &lot);
	set(key_unit_lot(key_buf, -1, 2), &w);
	CHECK(state_unit_lot(&st, -1, 2, &lot2) == ERR_OK && lot2.gtin == 11 && lot2.lot_n == 2 && lot2.packs == 9);
	CHECK(memcmp(lot2.lot, "L1", 2) == 0 && state_unit_lot(&st, -1, 1, &lot2) == ERR_NOT_FOUND);
	w = begin();
	wr_uint(&w, 2);
	set(key_unit_lot_at(key_buf, -1, 11, BYTES_LIT("L1")), &w);
	CHECK(state_unit_lot_at(&st, -1, 11, BYTES_LIT("L1"), &i) == ERR_OK && i == 2);
	CHECK(state_unit_lot_at(&st, -1, 11, BYTES_LIT("L2"), &i) == ERR_NOT_FOUND);
	memstate_free(mem);
}

static void test_case_rows(void)
{
	struct recall_row recall = { .gtin = 11, .lot = "L1", .lot_n = 2, .defect = 3, .why_n = NAME_MAX_BYTES, .market = { "FR" },
				     .state = RECALL_OVER, .proposer = 1, .second = 2, .force_ev = 3, .retracting = 4,
				     .retract_ev = 5 }, recall2;
	const struct alarm_row alarm = { .gtin = 11, .serial = "S", .serial_n = 1, .reason = 255, .state = ALARM_CLOSED, .by = 1,
					 .place = 2, .time_s = 3, .first_ev = 4, .raised_ev = 5, .seen = 6, .again_ev = 7,
					 .cause = "c", .cause_n = 1, .changed_ev = 8 };
	const struct sight_row sight = { 1, 2, 3 };
	const struct correction_row correction = { 4, "why", 3 };
	const struct spent_row spent = { 19000, 2, 1, 7 };
	struct alarm_row alarm2;
	struct sight_row sight2;
	struct correction_row correction2;
	struct spent_row spent2;
	struct wr w;

	setup();
	memset(recall.why, 'y', sizeof(recall.why));
	for (recall.lot_n = 0; recall.lot_n <= 2; recall.lot_n += 2) { /* 0: a withdrawal */
		w = begin();
		recall_row_write(&w, &recall);
		set(key_recall(key_buf, 9), &w);
		CHECK(state_recall(&st, 9, &recall2) == ERR_OK && recall2.gtin == 11 && recall2.lot_n == recall.lot_n);
		CHECK(memcmp(recall2.lot, "L1", recall.lot_n) == 0 && memcmp(&recall2.market, "FR", 2) == 0);
		CHECK(recall2.why_n == NAME_MAX_BYTES && memcmp(recall2.why, recall.why, NAME_MAX_BYTES) == 0);
		CHECK(recall2.state == RECALL_OVER && recall2.defect == 3 && recall2.proposer == 1 && recall2.second == 2);
		CHECK(recall2.force_ev == 3 && recall2.retracting == 4 && recall2.retract_ev == 5);
	}
	w = begin();
	alarm_row_write(&w, &alarm);
	set(key_alarm(key_buf, &h1), &w);
	CHECK(state_alarm(&st, &h1, &alarm2) == ERR_OK && alarm2.gtin == 11 && alarm2.serial_n == 1 && alarm2.serial[0] == 'S');
	CHECK(alarm2.reason == 255 && alarm2.state == ALARM_CLOSED && alarm2.by == 1 && alarm2.place == 2 && alarm2.time_s == 3);
	CHECK(alarm2.first_ev == 4 && alarm2.raised_ev == 5 && alarm2.seen == 6 && alarm2.again_ev == 7 && alarm2.changed_ev == 8);
	CHECK(alarm2.cause_n == 1 && alarm2.cause[0] == 'c');
	w = begin();
	sight_row_write(&w, &sight);
	set(key_sight(key_buf, 7), &w);
	CHECK(state_sight(&st, 7, &sight2) == ERR_OK && memcmp(&sight, &sight2, sizeof(sight)) == 0);
	w = begin();
	correction_row_write(&w, &correction);
	set(key_correction(key_buf, 3), &w);
	CHECK(state_correction(&st, 3, &correction2) == ERR_OK && correction2.ev == 4 && correction2.why_n == 3);
	w = begin();
	spent_row_write(&w, &spent);
	set(key_spent(key_buf, 3), &w);
	CHECK(state_spent(&st, 3, &spent2) == ERR_OK && spent2.day == 19000 && spent2.alarms == 2 && spent2.proposals == 1 && spent2.surplus == 7);
	CHECK(memcmp(correction2.why, "why", 3) == 0 && state_correction(&st, 4, &correction2) == ERR_NOT_FOUND);
	memstate_free(mem);
}

/* SHA-256 of 83 0b 61 53 18 ff, by sha256sum. */
static void test_alarm_id(void)
{
	uint8_t want[HASH_LEN];
	struct hash id;

	from_hex("3858db479107ed4520b842d0bbdb8262ed0662dccda19160e907c46ce5479161", want, sizeof(want));
	alarm_id(&id, 11, BYTES_LIT("S"), 255);
	CHECK(memcmp(id.b, want, HASH_LEN) == 0);
}

static void test_absent_corrupt_failing(void)
{
	struct chain_row chain;
	struct pack_view v;
	struct wr w;

	setup();
	CHECK(state_chain(&st, &chain) == ERR_NOT_FOUND);
	memstate_set(mem, key_chain(key_buf), BYTES_LIT("\x82\x01\x01"));
	CHECK(state_chain(&st, &chain) == ERR_CORRUPT);
	memstate_set(mem, key_chain(key_buf), BYTES_LIT("\x83\x01\x01\x01\x01"));
	CHECK(state_chain(&st, &chain) == ERR_CORRUPT);
	w = begin();
	pack_row_write(&w, &(struct pack_row){ 4, 2 });
	set(key_pack(key_buf, 11, BYTES_LIT("S")), &w);
	CHECK(state_pack_view(&st, 11, BYTES_LIT("S"), &v) == ERR_CORRUPT); /* a pack without its batch */
	CHECK(state_pack_view(&st, 11, BYTES_LIT("T"), &v) == ERR_NOT_FOUND);
	/* each in itself: further out without end; then a unit that has no custody */
	w = begin();
	wr_int(&w, -1);
	set(key_inside(key_buf, -1), &w);
	CHECK(state_unit_view(&st, -1, &v) == ERR_CORRUPT);
	memstate_set(mem, key_inside(key_buf, -1), (struct bytes){ 0 });
	CHECK(state_unit_view(&st, -1, &v) == ERR_CORRUPT);
	memstate_fail(mem, ERR_DATABASE);
	CHECK(state_chain(&st, &chain) == ERR_DATABASE);
	memstate_free(mem);
}

/* ---- what is derived ---- */

static void test_pack_view(void)
{
	struct world w;
	struct pack_view v;

	world_init(&w, 1);
	world_bring(&w, MFR, "A");
	v = world_view(&w, "A");
	CHECK(v.custody.holder == world_gln(MFR) && v.custody.state == PACK_ACTIVE && v.custody.peer == 0);
	CHECK(v.custody.ev == w.ev - 1 && v.batch.ev == w.ev - 1 && v.unit == v.outer && v.above_n == 0);
	CHECK(!pack_view_flag(&v, FLAG_LOCKED));
	world_must(world_do(&w, MFR, EV_LOCK, "A"));
	v = world_view(&w, "A");
	CHECK(v.flags.of[FLAG_LOCKED].by == world_gln(MFR) && v.flags.of[FLAG_LOCKED].ev == w.ev - 1);
	CHECK(pack_view_flag(&v, FLAG_LOCKED) == &v.flags.of[FLAG_LOCKED] && !pack_view_flag(&v, FLAG_STOLEN));
	CHECK(v.custody.ev == w.ev - 2);
	world_must(world_do(&w, MFR, EV_UNLOCK, "A"));
	world_must(world_ship(&w, MFR, DIST, "A"));
	v = world_view(&w, "A");
	CHECK(v.custody.holder == world_gln(MFR) && v.custody.state == PACK_IN_TRANSIT);
	CHECK(v.custody.peer == world_gln(DIST) && v.custody.ev == w.ev - 1 && !pack_view_flag(&v, FLAG_LOCKED));
	/* the next pack may be of another batch */
	world_bring(&w, DIST2, "B");
	CHECK(state_pack_view_next(&w.st, world_gtin(MFR), BYTES_LIT("B"), &v) == ERR_OK);
	CHECK(v.batch.ev > 9 && v.custody.holder == world_gln(DIST2));
	CHECK(v.batch.lo == (uint64_t)v.unit);
	world_free(&w);
}

/* Custody and flags of a pack two units deep. */
static void test_view_inside(void)
{
	const uint64_t inner = world_sscc(MFR, 1), outer = world_sscc(MFR, 2);
	int64_t inner_unit, outer_unit;
	struct pack_view v, u;
	struct event ev;
	struct world w;

	world_init(&w, 1);
	world_must(world_commission(&w, "A"));
	ev = world_unit_event(&w, MFR, EV_PACK, NULL, (const char *const[]){ "A", NULL });
	ev.u.sscc = inner;
	world_must(world_apply(&w, MFR, &ev));
	ev = world_unit_event(&w, MFR, EV_PACK, (const uint64_t[]){ inner, 0 }, NULL);
	ev.u.sscc = outer;
	world_must(world_apply(&w, MFR, &ev));
	ev = world_unit_event(&w, REG, EV_LOCK, (const uint64_t[]){ inner, 0 }, NULL);
	ev.u.reason = BYTES_LIT("why");
	world_must(world_apply(&w, REG, &ev));
	ev = world_unit_event(&w, REG2, EV_LOCK, (const uint64_t[]){ outer, 0 }, NULL);
	ev.u.reason = BYTES_LIT("why");
	world_must(world_apply(&w, REG2, &ev));
	NEED(state_unit(&w.st, inner, &inner_unit) == ERR_OK && state_unit(&w.st, outer, &outer_unit) == ERR_OK);
	v = world_view(&w, "A");
	CHECK(v.above_n == 2 && v.above[0] == inner_unit && v.above[1] == outer_unit && v.outer == outer_unit && !v.own_custody);
	CHECK(v.custody.holder == world_gln(MFR) && v.custody.ev == w.ev - 3);
	CHECK(v.flags.of[FLAG_LOCKED].by == 0 && v.around.of[FLAG_LOCKED].by == world_gln(REG)); /* the nearest */
	CHECK(pack_view_flag(&v, FLAG_LOCKED) == &v.around.of[FLAG_LOCKED]);
	CHECK(state_unit_view(&w.st, outer_unit, &u) == ERR_OK && u.above_n == 0 && u.own_custody);
	CHECK(u.flags.of[FLAG_LOCKED].by == world_gln(REG2));
	world_free(&w);
}

static void test_gtin_owner(void)
{
	const struct { const char *name; uint64_t gtin; int owner; size_t digits; } rows[] = {
		{ "own", world_check(952100010001), MFR, 8 },
		{ "any indicator digit", world_check(5952100019999), MFR, 8 },
		{ "another's", world_check(952100200001), MFR2, 7 },
		{ "between the two", world_check(952100100001), -1, 0 },
		{ "nobody's", world_check(400000000000), -1, 0 },
	};
	struct world w;

	world_init(&w, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prefix prefix = { .n = 0 };
		uint64_t gln = 0;
		enum err e = state_gtin_owner(&w.st, rows[i].gtin, &gln, &prefix);

		CHECK_ROW(e == (rows[i].owner < 0 ? ERR_NOT_FOUND : ERR_OK), rows[i].name);
		if (rows[i].owner < 0)
			continue;
		CHECK_ROW(gln == world_gln((enum world_member)rows[i].owner) && prefix.n == rows[i].digits, rows[i].name);
		CHECK_ROW(prefix_covers(&prefix, rows[i].gtin), rows[i].name);
	}
	world_free(&w);
}

/* design.md: 1; 3, 4, 4, 5, 6, 6, 7, 8, 8, 9 for n = 1; 4..13 */
static void test_quorum(void)
{
	static const size_t want[] = { 3, 4, 4, 5, 6, 6, 7, 8, 8, 9 };

	CHECK(quorum(1) == 1);
	for (size_t n = 4; n <= VALIDATORS_MAX; n++)
		CHECK(quorum(n) == want[n - 4]);
}

static void test_validator_set(void)
{
	uint8_t buf[512];
	struct validator_set set;
	struct pubkey key;
	struct hash want;
	struct world w;
	struct wr out;

	world_init(&w, 4);
	CHECK(state_validator_set(&w.st, &set) == ERR_OK && set.n == 4);
	wr_init(&out, buf, sizeof(buf));
	wr_array(&out, 4);
	for (size_t i = 0; i < 4; i++) {
		key = world_key(i);
		CHECK(set.v[i].gln == world_gln((enum world_member)i) && kid_eq(&set.v[i].kid, &w.kid[i]));
		CHECK(memcmp(&set.v[i].key, &key, sizeof(key)) == 0);
		wr_array(&out, 2);
		wr_uint(&out, set.v[i].gln);
		wr_bstr(&out, bytes_of(key.b, PUBKEY_LEN));
	}
	crypto_sha256(&want, bytes_of(buf, out.n));
	CHECK(hash_eq(&set.hash, &want));
	world_free(&w);
}

T_MAIN("state", T(test_keys), T(test_longest_key), T(test_bad_keys), T(test_small_rows), T(test_member_row),
       T(test_key_rows), T(test_master_rows), T(test_unit_rows), T(test_case_rows), T(test_alarm_id),
       T(test_absent_corrupt_failing), T(test_pack_view), T(test_view_inside), T(test_gtin_owner),
       T(test_quorum), T(test_validator_set))
