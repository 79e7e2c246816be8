#include "tests/fakes/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "labels/gs1/gs1_id.h"
#include "tests/fakes/tsv.h"

#define BUF_BYTES (4 * 1024 * 1024)
#define SUBJECT_MAX 64 /* packs, or SSCCs, in lists that tests write out */

/* Public keys: 1..24 times the base point of P-256 (SEC 2 2.4.2), x and y. */
static const char *const points[WORLD_KEYS] = {
	"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
	"7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978"
	"07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1",
	"5ecbe4d1a6330a44c8f7ef951d4bf165e6c6b721efada985fb41661bc6e7fd6c"
	"8734640c4998ff7e374b06ce1a64a2ecd82ab036384fb83d9a79b127a27d5032",
	"e2534a3532d08fbba02dde659ee62bd0031fe2db785596ef509302446b030852"
	"e0f1575a4c633cc719dfee5fda862d764efc96c3f30ee0055c42c23f184ed8c6",
	"51590b7a515140d2d784c85608668fdfef8c82fd1f5be52421554a0dc3d033ed"
	"e0c17da8904a727d8ae1bf36bf8a79260d012f00d4d80888d1d0bb44fda16da4",
	"b01a172a76a4602c92d3242cb897dde3024c740debb215b4c6b0aae93c2291a9"
	"e85c10743237dad56fec0e2dfba703791c00f7701c7e16bdfd7c48538fc77fe2",
	"8e533b6fa0bf7b4625bb30667c01fb607ef9f8b8a80fef5b300628703187b2a3"
	"73eb1dbde03318366d069f83a6f5900053c73633cb041b21c55e1a86c1f400b4",
	"62d9779dbee9b0534042742d3ab54cadc1d238980fce97dbb4dd9dc1db6fb393"
	"ad5accbd91e9d8244ff15d771167cee0a2ed51f6bbe76a78da540a6a0f09957e",
	"ea68d7b6fedf0b71878938d51d71f8729e0acb8c2c6df8b3d79e8a4b90949ee0"
	"2a2744c972c9fce787014a964a8ea0c84d714feaa4de823fe85a224a4dd048fa",
	"cef66d6b2a3a993e591214d1ea223fb545ca6c471c48306e4c36069404c5723f"
	"878662a229aaae906e123cdd9d3b4c10590ded29fe751eeeca34bbaa44af0773",
	"3ed113b7883b4c590638379db0c21cda16742ed0255048bf433391d374bc21d1"
	"9099209accc4c8a224c843afa4f4c68a090d04da5e9889dae2f8eefce82a3740",
	"741dd5bda817d95e4626537320e5d55179983028b2f82c99d500c5ee8624e3c4"
	"0770b46a9c385fdc567383554887b1548eeb912c35ba5ca71995ff22cd4481d3",
	"177c837ae0ac495a61805df2d85ee2fc792e284b65ead58a98e15d9d46072c01"
	"63bb58cd4ebea558a24091adb40f4e7226ee14c3a1fb4df39c43bbe2efc7bfd8",
	"54e77a001c3862b97a76647f4336df3cf126acbe7a069c5e5709277324d2920b"
	"f599f1bb29f4317542121f8c05a2e7c37171ea77735090081ba7c82f60d0b375",
	"f0454dc6971abae7adfb378999888265ae03af92de3a0ef163668c63e59b9d5f"
	"b5b93ee3592e2d1f4e6594e51f9643e62a3b21ce75b5fa3f47e59cde0d034f36",
	"76a94d138a6b41858b821c629836315fcd28392eff6ca038a5eb4787e1277c6e"
	"a985fe61341f260e6cb0a1b5e11e87208599a0040fc78baa0e9ddd724b8c5110",
	"47776904c0f1cc3a9c0984b66f75301a5fa68678f0d64af8ba1abce34738a73e"
	"aa005ee6b5b957286231856577648e8381b2804428d5733f32f787ff71f1fcdc",
	"1057e0ab5780f470defc9378d1c7c87437bb4c6f9ea55c63d936266dbd781fda"
	"f6f1645a15cbe5dc9fa9b7dfd96ee5a7dcc11b5c5ef4f1f78d83b3393c6a45a2",
	"cb6d2861102c0c25ce39b7c17108c507782c452257884895c1fc7b74ab03ed83"
	"58d7614b24d9ef515c35e7100d6d6ce4a496716e30fa3e03e39150752bcecdaa",
	"83a01a9378395bab9bcd6a0ad03cc56d56e6b19250465a94a234dc4c6b28da9a"
	"76e49b6de2f73234ae6a5eb9d612b75c9f2202bb6923f54ff8240aaa86f640b8",
	"3250fcf686637c7b2e4ac86eb473bca53a582139f42b1523fd76364e67399e83"
	"42e7c342667d359397b3090d1d7eb88c897cd3c33b566a8215de24a071d48c09",
	"c0dd241a50d48f99fcc7a186a6d44e0763ec90478e1def8e36f5c4e950d67afb"
	"8286732ea96548b841a7cdc6eac062d8da78e57ce03ea2d60cbcd16bd8caec6c",
	"0e91c7239c2640d7d28a3e39d4583fa63c0bc0a5df64a4fe672e573045ca7896"
	"5df65c3b550dba221a22733bb8e0bd6d7e68833575e7a5ae138046543140ad55",
	"db474918ec62ad7eb652b8b0af585aba9b2f394723ab103776e27d7d8c2aa4cb"
	"85811d39bb743f28439794607b06d52b8a249c47830a37d221db656c94a7ab55",
};

static const struct {
	const char *name, *prefix;
	enum role role;
} members[] = {
	[MFR] = { "Exemplar Pharma", "95210001", ROLE_MANUFACTURER },
	[MFR2] = { "Other Pharma", "9521002", ROLE_MANUFACTURER },
	[DIST] = { "North Wholesale", NULL, ROLE_DISTRIBUTOR },
	[DIST2] = { "South Wholesale", NULL, ROLE_DISTRIBUTOR },
	[PHARM] = { "Station Pharmacy", NULL, ROLE_PHARMACY },
	[PHARM2] = { "Market Pharmacy", NULL, ROLE_PHARMACY },
	[REG] = { "Medicines Agency", NULL, ROLE_REGULATOR },
	[REG2] = { "Second Agency", NULL, ROLE_REGULATOR },
	[NEWCOMER] = { "Newcomer", NULL, ROLE_PHARMACY },
};

static void die(const char *what, enum err e)
{
	fprintf(stderr, "world: %s: %s\n", what, err_name(e));
	abort();
}

void world_must(enum err e)
{
	if (e)
		die("must be accepted", e);
}

uint64_t world_check(uint64_t body)
{
	char digits[SSCC_DIGITS - 1];

	gs1_digits(digits, sizeof(digits), body);
	return body * 10 + (uint64_t)(gs1_check_digit(digits, sizeof(digits)) - '0');
}

uint64_t world_gln(enum world_member m)
{
	return world_check(952199900000 + (uint64_t)m);
}

uint64_t world_gtin(enum world_member m)
{
	return world_check(m == MFR ? 952100010001 : 952100200001);
}

struct pubkey world_key(size_t i)
{
	struct pubkey key = { { 4 } };

	from_hex(points[i], key.b + 1, PUBKEY_LEN - 1);
	return key;
}

struct member_fields world_member(enum world_member m)
{
	struct member_fields f = {
		.gln = world_gln(m), .role = members[m].role, .name = bytes_of_str(members[m].name),
		.contact = BYTES_LIT("+32 2 555 0100"), .ca = BYTES_LIT("not looked into here"), .key = world_key(m),
	};

	if (members[m].prefix) {
		f.prefixes.n = 1;
		f.prefixes.v[0].n = (uint8_t)strlen(members[m].prefix);
		memcpy(f.prefixes.v[0].digits, members[m].prefix, f.prefixes.v[0].n);
	}
	return f;
}

static void make_genesis(struct world *w, size_t validators)
{
	struct member_fields all[WORLD_MEMBERS];
	struct genesis_draft draft = { .time_s = WORLD_T0, .name = BYTES_LIT("Test"), .members = all,
				       .members_n = WORLD_MEMBERS };
	struct genesis genesis;
	struct bytes bytes, written;

	for (size_t i = 0; i < WORLD_MEMBERS; i++) {
		all[i] = world_member((enum world_member)i);
		kid_of(&w->kid[i], &all[i].key);
	}
	draft.validators.n = validators;
	for (size_t i = 0; i < validators; i++)
		draft.validators.gln[i] = all[i].gln;
	world_must(genesis_encode(&draft, w->groups, BUF_BYTES, &bytes));
	writes_init(&w->ws, w->buf, BUF_BYTES);
	world_must(genesis_apply(bytes, &w->ws));
	world_must(genesis_read(&genesis, bytes));
	world_must(wr_end(&w->ws.w, &written));
	memstate_apply(w->mem, written);
	w->chain_id = genesis.chain_id;
}

static void add_product(struct world *w, enum world_member m)
{
	struct event ev = world_event(w, m, EV_PRODUCT);

	ev.u.product.gtin = world_gtin(m);
	ev.u.product.name = BYTES_LIT("Examplin 20 mg, 30 tablets");
	world_must(world_apply(w, m, &ev));
	world_must(world_lot(w, m, world_gtin(m), LOT_GOOD, 20991231));
	world_must(world_lot(w, m, world_gtin(m), LOT_OLD, 20200131));
	ev = world_event(w, m, EV_RELEASE_KEY);
	ev.u.key = world_key(WORLD_RELEASE_KEY(m));
	world_must(world_apply(w, m, &ev));
	world_must(world_release(w, m, LOT_GOOD));
	world_must(world_release(w, m, LOT_OLD));
}

enum err world_release(struct world *w, enum world_member m, const char *lot)
{
	struct event ev = world_event(w, m, EV_LOT_RELEASE);
	const struct pubkey key = world_key(WORLD_RELEASE_KEY(m));
	struct kid events = w->kid[m];
	enum err e;

	ev.u.lot.gtin = world_gtin(m);
	ev.u.lot.lot = bytes_of_str(lot);
	kid_of(&w->kid[m], &key);
	e = world_apply(w, m, &ev);
	w->kid[m] = events;
	return e;
}

enum err world_lot(struct world *w, enum world_member who, uint64_t gtin, const char *lot, uint32_t expiry)
{
	struct event ev = world_event(w, who, EV_LOT);

	ev.u.lot.gtin = gtin;
	ev.u.lot.lot = bytes_of_str(lot);
	ev.u.lot.expiry = expiry;
	return world_apply(w, who, &ev);
}

enum err world_revoke(struct world *w, enum world_member whom)
{
	struct event ev = world_event(w, MFR, EV_MEMBER_REVOKE);

	ev.u.gln = world_gln(whom);
	return world_apply(w, MFR, &ev);
}

void world_init(struct world *w, size_t validators)
{
	*w = (struct world){ .ev = 1, .now_ms = (WORLD_T0 + 1) * 1000 };
	w->buf = malloc(BUF_BYTES);
	w->groups = malloc(BUF_BYTES);
	if (w->buf == NULL || w->groups == NULL)
		die("world_init", ERR_NO_MEMORY);
	w->mem = memstate_new();
	w->st = memstate_state(w->mem);
	make_genesis(w, validators);
	add_product(w, MFR);
	add_product(w, MFR2);
}

void world_free(struct world *w)
{
	memstate_free(w->mem);
	free(w->buf);
	free(w->groups);
}

void world_use_key(struct world *w, enum world_member m, size_t key)
{
	const struct pubkey k = world_key(key);

	kid_of(&w->kid[m], &k);
}

enum err world_rotate(struct world *w, enum world_member m, size_t key)
{
	struct event ev = world_event(w, m, EV_KEY_ROTATE);

	ev.u.key = world_key(key);
	return world_apply(w, m, &ev);
}

struct event world_event(struct world *w, enum world_member signer, enum event_type type)
{
	struct event ev = { .chain_id = w->chain_id, .type = type, .time_s = w->now_ms / 1000,
			    .not_after_s = w->now_ms / 1000 + EVENT_VALID_S, .place = world_gln(signer) };

	memcpy(ev.nonce, &w->ev, sizeof(ev.nonce));
	return ev;
}

static int sscc_cmp(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void world_subject(struct world *w, struct event *ev, struct pack_id *packs, size_t n, uint64_t *ssccs, size_t ssccs_n)
{
	struct wr out;

	ev->groups = ev->ssccs = (struct bytes){ 0 };
	if (n) {
		qsort(packs, n, sizeof(packs[0]), pack_id_cmp);
		world_must(event_groups_encode(packs, n, w->groups, BUF_BYTES / 2, &ev->groups));
	}
	if (ssccs_n == 0)
		return;
	qsort(ssccs, ssccs_n, sizeof(ssccs[0]), sscc_cmp);
	wr_init(&out, w->groups + BUF_BYTES / 2, BUF_BYTES / 2);
	wr_array(&out, ssccs_n);
	for (size_t i = 0; i < ssccs_n; i++)
		wr_uint(&out, ssccs[i]);
	world_must(wr_end(&out, &ev->ssccs));
}

struct event world_pack_event(struct world *w, enum world_member signer, enum event_type type, enum world_member m,
			      const char *lot, const char *const *serials)
{
	struct event ev = world_event(w, signer, type);
	struct pack_id packs[SUBJECT_MAX];
	size_t n = 0;

	for (; serials[n]; n++)
		packs[n] = (struct pack_id){ world_gtin(m), bytes_of_str(lot), bytes_of_str(serials[n]) };
	world_subject(w, &ev, packs, n, NULL, 0);
	return ev;
}

struct event world_unit_event(struct world *w, enum world_member signer, enum event_type type, const uint64_t *ssccs,
			      const char *const *serials)
{
	struct event ev = world_event(w, signer, type);
	struct pack_id packs[SUBJECT_MAX];
	uint64_t units[SUBJECT_MAX];
	size_t n = 0, units_n = 0;

	for (; serials && serials[n]; n++)
		packs[n] = (struct pack_id){ world_gtin(MFR), BYTES_LIT(LOT_GOOD), bytes_of_str(serials[n]) };
	for (; ssccs && ssccs[units_n]; units_n++)
		units[units_n] = ssccs[units_n];
	world_subject(w, &ev, packs, n, units, units_n);
	return ev;
}

uint64_t world_sscc(enum world_member m, uint64_t n)
{
	return world_check((m == MFR ? 9521000100000000 : 9521002000000000) + n);
}

uint64_t world_sscc_of_nobody(uint64_t n)
{
	return world_check(9999000000000000 + n);
}

void world_set_member(struct world *w, enum world_member m, bool supplies, const char *country)
{
	uint8_t key[STATE_KEY_MAX], val[STATE_VALUE_MAX];
	struct member_row row;
	struct bytes value;
	struct wr out;

	world_must(state_member(&w->st, world_gln(m), &row));
	row.supplies = supplies;
	row.country = (struct country){ { 0 } };
	if (country)
		memcpy(row.country.c, country, sizeof(row.country.c));
	wr_init(&out, val, sizeof(val));
	member_row_write(&out, &row);
	world_must(wr_end(&out, &value));
	memstate_set(w->mem, key_member(key, world_gln(m)), value);
}

enum err world_apply_signed(struct world *w, const struct event *ev)
{
	const struct rules_at at = { w->ev, w->now_ms, w->chain_id };
	struct bytes written;
	enum err e;

	writes_init(&w->ws, w->buf, BUF_BYTES / 2);
	e = rules_apply(&w->st, ev, &at, &w->ws, &w->why);
	if (e != w->why.err)
		die("error and refusal differ", e);
	if (e) {
		if (w->ws.n || w->ws.w.n)
			die("a refusal left writes", e);
		return e;
	}
	world_must(wr_end(&w->ws.w, &written));
	memstate_apply(w->mem, written);
	w->ev++;
	return ERR_OK;
}

enum err world_apply(struct world *w, enum world_member signer, struct event *ev)
{
	struct event decoded;
	struct bytes payload;

	world_must(event_encode(ev, w->buf + BUF_BYTES / 2, BUF_BYTES / 2, &payload));
	world_must(event_decode(&decoded, payload));
	crypto_sha256(&decoded.id, payload); /* stands in for the Sig_structure's */
	decoded.kid = w->kid[signer];
	w->last_id = decoded.id;
	return world_apply_signed(w, &decoded);
}

/* ---- one pack of MFR's good lot ---- */

static struct event one_pack(struct world *w, enum world_member who, enum event_type type, const char *serial)
{
	const char *const serials[] = { serial, NULL };

	return world_pack_event(w, who, type, MFR, LOT_GOOD, serials);
}

enum err world_do(struct world *w, enum world_member who, enum event_type type, const char *serial)
{
	struct event ev = one_pack(w, who, type, serial);

	if (type == EV_LOCK || type == EV_DESTROY || type == EV_STOLEN || type == EV_CHECK_OUT)
		ev.u.reason = BYTES_LIT("damaged");
	if (type == EV_EXPORT)
		ev.u.country = (struct country){ "CH" };
	return world_apply(w, who, &ev);
}

enum err world_commission(struct world *w, const char *serial)
{
	return world_do(w, MFR, EV_COMMISSION, serial);
}

enum err world_ship(struct world *w, enum world_member from, enum world_member to, const char *serial)
{
	struct event ev = one_pack(w, from, EV_SHIP, serial);

	ev.u.gln = world_gln(to);
	return world_apply(w, from, &ev);
}

enum err world_undo(struct world *w, enum world_member who, enum event_type type, const char *serial,
		    const struct hash *target)
{
	struct event ev = one_pack(w, who, type, serial);

	ev.u.hash = *target;
	return world_apply(w, who, &ev);
}

void world_bring(struct world *w, enum world_member who, const char *serial)
{
	world_must(world_commission(w, serial));
	if (who == MFR)
		return;
	world_must(world_ship(w, MFR, who, serial));
	world_must(world_do(w, who, EV_RECEIVE, serial));
}

struct pack_view world_view(struct world *w, const char *serial)
{
	struct pack_view v;

	world_must(state_pack_view(&w->st, world_gtin(MFR), bytes_of_str(serial), &v));
	return v;
}
