#include <stdlib.h>

#include "node/port/signer.h"
#include "tests/fakes/tsv.h"
#include "tests/fakes/world.h"
#include "tests/t.h"

#define BUF_BYTES (1024 * 1024)

static uint8_t groups_buf[BUF_BYTES], payload_buf[BUF_BYTES], again_buf[BUF_BYTES];

/* ---- every type, whole and byte for byte ---- */

static struct bytes some_groups(void)
{
	const struct pack_id packs[] = {
		{ world_gtin(MFR), BYTES_LIT("L1"), BYTES_LIT("A") },
		{ world_gtin(MFR), BYTES_LIT("L1"), BYTES_LIT("AB") },
		{ world_gtin(MFR2), BYTES_LIT("L1"), BYTES_LIT("A") },
	};
	struct bytes out = { 0 };

	CHECK(event_groups_encode(packs, 3, groups_buf, BUF_BYTES, &out) == ERR_OK);
	return out;
}

/* One SSCC, GS1's own example. */
static struct bytes some_ssccs(void)
{
	static uint8_t buf[16];
	struct wr w;

	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, 1);
	wr_uint(&w, 106141412345678908);
	return bytes_of(buf, w.n);
}

/* An event with everything its type may have. */
static struct event full_event(const struct event_kind *kind)
{
	struct event ev = { .chain_id = { { 1 } }, .type = kind->type, .nonce = { 2 }, .time_s = 1700000000,
			    .not_after_s = 1700864000, .zone_min = -840, .place = world_gln(MFR) };

	if (kind->subject != SUBJECT_NONE)
		ev.groups = some_groups();
	if (kind->subject == SUBJECT_UNITS)
		ev.ssccs = some_ssccs();
	switch (kind->type) {
	case EV_MEMBER:
		ev.u.member = world_member(MFR);
		ev.u.member.located = true;
		ev.u.member.lat_udeg = 50846700;
		ev.u.member.lon_udeg = -4352500;
		ev.u.member.country = (struct country){ "BE" };
		ev.u.member.supplies = true;
		break;
	case EV_MEMBER_REVOKE:
	case EV_SHIP:
	case EV_RETURN:
		ev.u.gln = world_gln(DIST);
		break;
	case EV_KEY_ROTATE:
	case EV_RELEASE_KEY:
		ev.u.key = world_key(12);
		break;
	case EV_KEY_REVOKE:
		ev.u.kid = (struct kid){ { 5 } };
		break;
	case EV_DEVICE_REVOKE:
	case EV_VOID_SHIP:
	case EV_UNDO_DISPENSE:
	case EV_UNDO_SAMPLE:
	case EV_UNDO_CHECK_OUT:
	case EV_CONFIRM:
		ev.u.hash = (struct hash){ { 6 } };
		break;
	case EV_LABEL_KEY:
		ev.u.label_key.key = world_key(13);
		ev.u.label_key.prefixes = (struct prefixes){ .n = 2, .v = { { "9521", 4 }, { "9522", 4 } } };
		break;
	case EV_LABEL_KEY_STATE:
		ev.u.label_key.state = LABEL_KEY_COMPROMISED;
		break;
	case EV_PRODUCT:
		ev.u.product.gtin = world_gtin(MFR);
		ev.u.product.name = BYTES_LIT("Paracétamol 500 mg");
		ev.u.product.markets = (struct markets){ .n = 2, .v = { { "BE" }, { "LU" } } };
		ev.u.product.storage = (struct storage){ true, -20, 8 };
		break;
	case EV_LOT:
	case EV_LOT_RELEASE:
	case EV_LOT_NOTICE:
		ev.u.lot.gtin = world_gtin(MFR);
		ev.u.lot.lot = BYTES_LIT("12345678901234567890");
		ev.u.lot.expiry = 20280229;
		ev.u.lot.packs = 100000;
		ev.u.lot.until_s = 1700864000;
		break;
	case EV_PACK:
	case EV_UNPACK:
		ev.u.sscc = 106141412345678908;
		break;
	case EV_EXPORT:
		ev.u.country = (struct country){ "CH" };
		break;
	case EV_CORRECTION:
	case EV_RETRACT:
	case EV_ALARM_CASE:
		ev.u.about.hash = (struct hash){ { 7 } };
		ev.u.about.text = BYTES_LIT("named the wrong lot");
		ev.u.about.state = ALARM_CONFIRMED;
		break;
	case EV_RECALL:
	case EV_WITHDRAW:
		ev.u.recall.gtin = world_gtin(MFR);
		ev.u.recall.lot = BYTES_LIT("L");
		ev.u.recall.defect = 2;
		ev.u.recall.why = BYTES_LIT("glass in vials");
		if (kind->type == EV_WITHDRAW)
			ev.u.recall.market = (struct country){ "FR" };
		break;
	case EV_ALARM:
		ev.u.alarm.gtin = world_gtin(MFR);
		ev.u.alarm.serial = BYTES_LIT("A/1");
		ev.u.alarm.reason = 255;
		ev.u.alarm.lot = BYTES_LIT("L");
		ev.u.alarm.expiry = 20280229;
		break;
	case EV_QUERY:
		ev.u.query.what = BYTES_LIT("history of one pack");
		ev.u.query.why = BYTES_LIT("complaint 17");
		break;
	case EV_DESTROY:
	case EV_LOCK:
	case EV_STOLEN:
	case EV_CHECK_OUT:
		ev.u.reason = BYTES_LIT("damaged");
		break;
	case EV_VALIDATORS:
		ev.u.validators.n = 4;
		for (size_t i = 0; i < 4; i++)
			ev.u.validators.gln[i] = world_gln((enum world_member)(3 - i));
		break;
	case EV_RULES_VERSION:
		ev.u.version = 2;
		break;
	case EV_COMMISSION:
	case EV_RECEIVE:
	case EV_DISPENSE:
	case EV_UNLOCK:
	case EV_MISSING:
	case EV_SURPLUS:
	case EV_SAMPLE:
	case EV_FREE_SAMPLE:
	case EV_SIGHT:
		break;
	}
	return ev;
}

static const struct event_kind *next_kind(unsigned *number)
{
	const struct event_kind *kind = NULL;

	while (kind == NULL && ++*number < 256)
		kind = event_kind(*number);
	return kind;
}

static void test_every_type(void)
{
	const struct event_kind *kind;
	unsigned number = 0, n = 0;

	for (; (kind = next_kind(&number)); n++) {
		struct event ev = full_event(kind), got;
		struct bytes payload, again;

		CHECK_ROW(event_encode(&ev, payload_buf, BUF_BYTES, &payload) == ERR_OK, kind->name);
		CHECK_ROW(rd_check(payload, false) == ERR_OK, kind->name);
		CHECK_ROW(event_decode(&got, payload) == ERR_OK, kind->name);
		CHECK_ROW(got.type == kind->type && got.time_s == ev.time_s && got.zone_min == -840, kind->name);
		CHECK_ROW(got.place == ev.place && got.not_after_s == ev.not_after_s, kind->name);
		CHECK_ROW(hash_eq(&got.chain_id, &ev.chain_id) && memcmp(got.nonce, ev.nonce, 8) == 0, kind->name);
		CHECK_ROW(got.packs_n == (kind->subject == SUBJECT_NONE ? 0 : 3), kind->name);
		CHECK_ROW(got.ssccs_n == (kind->subject == SUBJECT_UNITS), kind->name);
		CHECK_ROW(event_encode(&got, again_buf, BUF_BYTES, &again) == ERR_OK, kind->name);
		CHECK_ROW(bytes_eq(payload, again), kind->name);
		/* every cut is refused, and every buffer that is too small */
		for (size_t cut = 0; cut < payload.n; cut++) {
			CHECK_ROW(event_decode(&got, bytes_of(payload.p, cut)) != ERR_OK, kind->name);
			CHECK_ROW(event_encode(&ev, again_buf, cut, &again) == ERR_NO_SPACE, kind->name);
		}
	}
	CHECK(n == 44);
}

/* ---- payloads written by hand, one thing wrong at a time ---- */

static void check_payload(const char *name, const char *want, struct bytes payload)
{
	struct event ev = { .time_s = 4711 };
	struct bytes again;
	enum err e = event_decode(&ev, payload);

	if (!t_check(strcmp(err_name(e), want) == 0, __LINE__, want, __FILE__, name))
		printf("\n%s: %s", name, err_name(e));
	if (e) {
		CHECK_ROW(ev.time_s == 4711, name); /* nothing is handed out */
		return;
	}
	CHECK_ROW(event_encode(&ev, again_buf, BUF_BYTES, &again) == ERR_OK, name);
	CHECK_ROW(bytes_eq(payload, again), name);
}

static void test_payloads(void)
{
	struct tsv tsv;
	unsigned rows = 0;

	NEED(tsv_open(&tsv, "tests/vectors/event_payloads.tsv", 4));
	for (; tsv_next(&tsv); rows++) {
		size_t n = from_hex(tsv.field[2], payload_buf, BUF_BYTES);

		check_payload(tsv.field[0], tsv.field[1], bytes_of(payload_buf, n));
	}
	tsv_close(&tsv);
	CHECK(rows == 289);
}

/* ---- packs ---- */

static void test_packs(void)
{
	struct event ev = { .groups = some_groups(), .ssccs = some_ssccs() }, none = { .type = EV_PRODUCT };
	struct event_packs it;
	struct event_ssccs units;
	struct bytes serial;
	uint64_t sscc;

	event_packs_init(&it, &ev);
	CHECK(event_packs_next(&it, &serial) && it.first && it.serials_left == 1 && it.gtin == world_gtin(MFR));
	CHECK(bytes_eq(serial, BYTES_LIT("A")) && bytes_eq(it.lot, BYTES_LIT("L1")));
	CHECK(event_packs_next(&it, &serial) && !it.first && it.serials_left == 0);
	CHECK(bytes_eq(serial, BYTES_LIT("AB")));
	CHECK(event_packs_next(&it, &serial) && it.first && it.gtin == world_gtin(MFR2));
	CHECK(!event_packs_next(&it, &serial) && !event_packs_next(&it, &serial));
	event_packs_init(&it, &none);
	CHECK(!event_packs_next(&it, &serial));

	event_ssccs_init(&units, &ev);
	CHECK(event_ssccs_next(&units, &sscc) && sscc == 106141412345678908);
	CHECK(!event_ssccs_next(&units, &sscc));
	event_ssccs_init(&units, &none);
	CHECK(!event_ssccs_next(&units, &sscc));
}

static void test_groups_encode(void)
{
	struct pack_id packs[] = {
		{ 2, BYTES_LIT("L"), BYTES_LIT("B") }, { 1, BYTES_LIT("M"), BYTES_LIT("A") },
		{ 1, BYTES_LIT("L"), BYTES_LIT("AB") }, { 1, BYTES_LIT("L"), BYTES_LIT("A") },
	};
	const size_t n = sizeof(packs) / sizeof(packs[0]);
	/* [[1, "L", ["A", "AB"]], [1, "M", ["A"]], [2, "L", ["B"]]] */
	const struct bytes want = BYTES_LIT("\x83\x83\x01\x61L\x82\x61" "A\x62" "AB"
					    "\x83\x01\x61M\x81\x61" "A\x83\x02\x61L\x81\x61" "B");
	struct bytes out;

	CHECK(event_groups_encode(packs, n, groups_buf, BUF_BYTES, &out) == ERR_NOT_SORTED);
	qsort(packs, n, sizeof(packs[0]), pack_id_cmp);
	CHECK(event_groups_encode(packs, n, groups_buf, BUF_BYTES, &out) == ERR_OK);
	CHECK(bytes_eq(out, want));
	CHECK(event_groups_encode(packs, n, groups_buf, want.n - 1, &out) == ERR_NO_SPACE);
	packs[1] = packs[0];
	CHECK(event_groups_encode(packs, n, groups_buf, BUF_BYTES, &out) == ERR_NOT_SORTED);
	CHECK(event_groups_encode(packs, EVENT_PACKS_MAX + 1, groups_buf, BUF_BYTES, &out) == ERR_TOO_MANY_PACKS);
}

/* n packs of one lot with 20-character serials. */
static struct event big_event(size_t n)
{
	static char serials[EVENT_PACKS_MAX][SERIAL_MAX + 1];
	static struct pack_id packs[EVENT_PACKS_MAX];
	struct event ev = { .type = EV_COMMISSION, .time_s = 1700000000, .not_after_s = 1700864000,
			    .place = world_gln(MFR) };

	for (size_t i = 0; i < n; i++) {
		snprintf(serials[i], sizeof(serials[i]), "%020zu", i * 7919);
		packs[i] = (struct pack_id){ world_gtin(MFR), BYTES_LIT("LOT1"), bytes_of(serials[i], SERIAL_MAX) };
	}
	CHECK(event_groups_encode(packs, n, groups_buf, BUF_BYTES, &ev.groups) == ERR_OK);
	return ev;
}

static void test_most_packs(void)
{
	struct event ev = big_event(EVENT_PACKS_MAX), got;
	struct event_packs it;
	struct bytes payload, serial;
	size_t n = 0;

	CHECK(event_encode(&ev, payload_buf, BUF_BYTES, &payload) == ERR_OK);
	CHECK(payload.n + SIGN1_OVERHEAD < EVENT_BYTES_MAX);
	CHECK(event_decode(&got, payload) == ERR_OK && got.packs_n == EVENT_PACKS_MAX);
	event_packs_init(&it, &got);
	while (event_packs_next(&it, &serial))
		n++;
	CHECK(n == EVENT_PACKS_MAX);
}

/* [+ item] of n times the same item. */
static struct bytes repeated(uint8_t *buf, size_t n, void (*write)(struct wr *w))
{
	struct wr w;

	wr_init(&w, buf, BUF_BYTES);
	wr_array(&w, n);
	for (size_t i = 0; i < n; i++)
		write(&w);
	return bytes_of(buf, w.n);
}

static void write_sscc(struct wr *w)
{
	wr_uint(w, 106141412345678908);
}

static void write_serial(struct wr *w)
{
	wr_tstr(w, BYTES_LIT("A"));
}

static enum err decode_receive(struct bytes groups, struct bytes ssccs)
{
	struct event ev = { .type = EV_RECEIVE, .place = world_gln(MFR), .groups = groups, .ssccs = ssccs };
	struct bytes payload;

	CHECK(event_encode(&ev, payload_buf, BUF_BYTES, &payload) == ERR_OK);
	return event_decode(&ev, payload);
}

static void test_too_many_packs(void)
{
	const struct bytes none = { 0 };
	struct bytes full = big_event(EVENT_PACKS_MAX).groups;
	struct wr w;

	CHECK(decode_receive(full, none) == ERR_OK);
	/* one more in a second group */
	wr_init(&w, again_buf, BUF_BYTES);
	wr_array(&w, 2);
	wr_raw(&w, bytes_of(full.p + 1, full.n - 1));
	wr_array(&w, 3);
	wr_uint(&w, world_gtin(MFR2));
	wr_tstr(&w, BYTES_LIT("L"));
	wr_array(&w, 1);
	wr_tstr(&w, BYTES_LIT("A"));
	CHECK(decode_receive(bytes_of(again_buf, w.n), none) == ERR_TOO_MANY_PACKS);
	/* one more in the first: the count is looked at before the order */
	wr_init(&w, again_buf, BUF_BYTES);
	wr_array(&w, 1);
	wr_array(&w, 3);
	wr_uint(&w, world_gtin(MFR));
	wr_tstr(&w, BYTES_LIT("L"));
	wr_raw(&w, repeated(groups_buf, EVENT_PACKS_MAX + 1, write_serial));
	CHECK(decode_receive(bytes_of(again_buf, w.n), none) == ERR_TOO_MANY_PACKS);
	CHECK(decode_receive(none, repeated(groups_buf, EVENT_UNITS_MAX + 1, write_sscc)) == ERR_TOO_MANY_UNITS);
	CHECK(decode_receive(none, repeated(groups_buf, EVENT_UNITS_MAX, write_sscc)) == ERR_NOT_SORTED);
}

/* ---- signed ---- */

static void test_open_verify(void)
{
	char dir[] = "/tmp/rx-event-XXXXXX", path[64];
	struct event ev = big_event(3), got = { .time_s = 4711 };
	const struct pubkey other = world_key(0);
	struct event_envelope env;
	struct signer *signer = NULL;
	struct bytes payload, cose, cose2;
	struct hash id;

	NEED(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/key", dir);
	NEED(signer_create(path) == ERR_OK && signer_load(&signer, path) == ERR_OK);
	CHECK(event_encode(&ev, payload_buf, BUF_BYTES, &payload) == ERR_OK);
	CHECK(signer_sign1(signer, CT_EVENT, payload, false, again_buf, BUF_BYTES, &cose) == ERR_OK);
	CHECK(event_open(&env, cose) == ERR_OK);
	CHECK(kid_eq(&env.sign1.kid, signer_kid(signer)));
	CHECK(event_verify(&env, &other, &got) == ERR_BAD_SIGNATURE && got.time_s == 4711);
	CHECK(event_verify(&env, signer_pubkey(signer), &got) == ERR_OK);
	sign1_digest_for(signer_kid(signer), CT_EVENT, payload, &id);
	CHECK(hash_eq(&got.id, &id) && kid_eq(&got.kid, signer_kid(signer)) && got.packs_n == 3);
	again_buf[cose.n - SIG_LEN - 5] ^= 1; /* the payload's last byte but a few */
	CHECK(event_open(&env, cose) == ERR_OK);
	CHECK(event_verify(&env, signer_pubkey(signer), &got) == ERR_BAD_SIGNATURE);
	CHECK(event_open(&env, bytes_of(again_buf, EVENT_BYTES_MAX + 1)) == ERR_TOO_LARGE);
	/* a payload that its signature covers and event.cddl does not allow */
	CHECK(signer_sign1(signer, CT_EVENT, BYTES_LIT("\xa0"), false, groups_buf, BUF_BYTES, &cose2) == ERR_OK);
	CHECK(event_open(&env, cose2) == ERR_OK);
	CHECK(event_verify(&env, signer_pubkey(signer), &got) == ERR_MISSING_FIELD);
	/* a refusal is not an event, whoever signed it */
	CHECK(signer_sign1(signer, CT_REFUSAL, payload, false, groups_buf, BUF_BYTES, &cose2) == ERR_OK);
	CHECK(event_open(&env, cose2) == ERR_BAD_CONTENT_FORMAT);
	signer_free(signer);
	remove(path);
	remove(dir);
}

static void test_kinds(void)
{
	CHECK(event_kind(0) == NULL && event_kind(29) == NULL && event_kind(UINT64_MAX) == NULL);
	NEED(event_kind(EV_SHIP) != NULL);
	CHECK(strcmp(event_kind(EV_SHIP)->name, "SHIP") == 0 && strcmp(event_kind(EV_SHIP)->bizstep, "shipping") == 0);
	CHECK(event_kind(EV_MEMBER)->governance && !event_kind(EV_SHIP)->governance);
	CHECK(event_kind(EV_COMMISSION)->subject == SUBJECT_PACKS && event_kind(EV_SHIP)->subject == SUBJECT_UNITS);
}

T_MAIN("event", T(test_every_type), T(test_payloads), T(test_packs), T(test_groups_encode), T(test_most_packs),
       T(test_too_many_packs), T(test_open_verify), T(test_kinds))
