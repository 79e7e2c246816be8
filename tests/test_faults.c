/* Bad input against a running node, over real DTLS: each kind has its own CoAP code and problem, changes nothing, and the node
 * goes on. */
#include "node/client.h"
#include "node/port/mbedtls_api.h"
#include "tests/fakes/keys.h"
#include "tests/fakes/served.h"
#include "tests/t.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/pk.h>
#include <stdlib.h>
#include <time.h>

#define MAKER SERVED_MAKER
#define SHOP SERVED_SHOP
#define GTIN 9506000134352ULL

static struct served node;
static struct client *client;
static struct signer *maker, *shop;
static struct hash chain_id;
static uint8_t payload_buf[EVENT_BYTES_MAX], cose_buf[EVENT_BYTES_MAX + 1024];

static bool answers(uint64_t *height)
{
	return served_status(&node, &chain_id, height);
}

static void test_a_node_starts(void)
{
	uint64_t height = 1;

	NEED(served_start(&node));
	client = node.client;
	maker = node.maker;
	shop = node.shop;
	CHECK(answers(&height) && height == 0);
}

/* ---- events, good and bad ---- */

static struct event good(struct signer *s, enum event_type type)
{
	struct event ev = { .type = type, .kid = *signer_kid(s), .chain_id = chain_id, .time_s = (uint64_t)time(NULL),
			    .place = s == maker ? MAKER : SHOP };
	static uint8_t nonce;

	ev.not_after_s = ev.time_s + EVENT_VALID_S;
	ev.nonce[0] = ++nonce;
	return ev;
}

static struct event product(struct signer *s)
{
	struct event ev = good(s, EV_PRODUCT);

	ev.u.product.gtin = GTIN;
	ev.u.product.name = BYTES_LIT("Test");
	return ev;
}

static struct bytes encoded(const struct event *ev)
{
	struct bytes p = { 0 };

	CHECK(event_encode(ev, payload_buf, sizeof(payload_buf), &p) == ERR_OK);
	return p;
}

static struct bytes signed_payload(struct signer *s, struct bytes payload)
{
	struct bytes out = { 0 };

	CHECK(signer_sign1(s, CT_EVENT, payload, false, cose_buf, sizeof(cose_buf), &out) == ERR_OK);
	return out;
}

static struct bytes signed_event(struct signer *s, const struct event *ev)
{
	return signed_payload(s, encoded(ev));
}

static struct bytes wrong_signature(void)
{
	struct event ev = product(maker);
	struct bytes b = signed_event(maker, &ev);

	cose_buf[b.n - 40] ^= 1;
	return b;
}

/* n - s verifies as well as s does. */
static void negate(uint8_t s[static 32])
{
	static const uint8_t n[32] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				       0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
	int borrow = 0;

	for (int i = 31; i >= 0; i--) {
		int d = n[i] - s[i] - borrow;

		borrow = d < 0;
		s[i] = (uint8_t)(d + (borrow ? 256 : 0));
	}
}

static struct bytes high_s(void)
{
	struct event ev = product(maker);
	struct bytes b = signed_event(maker, &ev);

	negate(cose_buf + b.n - 32);
	return b;
}

/* {} in the third byte's place grows into {1: 0}. */
static struct bytes unprotected_entry(void)
{
	struct event ev = product(maker);
	struct bytes b = signed_event(maker, &ev);
	size_t at = 2u + cose_buf[1] - 0x40u;

	memmove(cose_buf + at + 3, cose_buf + at + 1, b.n - at - 1);
	memcpy(cose_buf + at, "\xa1\x01\x00", 3);
	return bytes_of(cose_buf, b.n + 2);
}

static struct bytes tagged(void)
{
	struct event ev = product(maker);
	struct bytes b = signed_event(maker, &ev);

	memmove(cose_buf + 1, cose_buf, b.n);
	cose_buf[0] = 0xd2;
	return bytes_of(cose_buf, b.n + 1);
}

static struct bytes trailing_byte(void)
{
	struct event ev = product(maker);
	struct bytes b = signed_event(maker, &ev);

	cose_buf[b.n] = 0;
	return bytes_of(cose_buf, b.n + 1);
}

static struct bytes unknown_key(void)
{
	struct signer *nobody = test_signer(0);
	struct event ev = product(nobody);

	return signed_event(nobody, &ev);
}

static struct bytes other_chain(void)
{
	struct event ev = product(maker);

	ev.chain_id.b[0] ^= 1;
	return signed_event(maker, &ev);
}

/* Version 1 in two bytes. */
static struct bytes not_deterministic(void)
{
	struct event ev = product(maker);
	struct bytes p = encoded(&ev);

	memmove(payload_buf + 3, payload_buf + 2, p.n - 2);
	payload_buf[2] = 0x18;
	payload_buf[3] = 0x01;
	return signed_payload(maker, bytes_of(payload_buf, p.n + 1));
}

static struct bytes unknown_type(void)
{
	struct event ev = product(maker);
	struct bytes p = encoded(&ev);

	CHECK(payload_buf[38] == 2 && payload_buf[39] == EV_PRODUCT); /* after the version and the chain id */
	payload_buf[39] = 13; /* a number nobody has */
	return signed_payload(maker, p);
}

static struct bytes in_future(void)
{
	struct event ev = product(maker);

	ev.time_s += EVENT_AHEAD_S + 60;
	ev.not_after_s = ev.time_s + EVENT_VALID_S;
	return signed_event(maker, &ev);
}

static struct bytes too_late(void)
{
	struct event ev = product(maker);

	ev.time_s -= 20 * 86400;
	ev.not_after_s = ev.time_s + EVENT_VALID_S;
	return signed_event(maker, &ev);
}

static struct bytes too_many_packs(void)
{
	static uint8_t buf[EVENT_BYTES_MAX];
	struct event ev = good(maker, EV_COMMISSION);
	struct wr w;

	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, 1);
	wr_array(&w, 3);
	wr_uint(&w, GTIN);
	wr_tstr(&w, BYTES_LIT("L1"));
	wr_array(&w, EVENT_PACKS_MAX + 1);
	for (unsigned i = 0; i <= EVENT_PACKS_MAX; i++) {
		char text[8];

		snprintf(text, sizeof(text), "%05u", i);
		wr_tstr(&w, bytes_of(text, 5));
	}
	CHECK(wr_end(&w, &ev.groups) == ERR_OK);
	return signed_event(maker, &ev);
}

static struct bytes too_long(void)
{
	static uint8_t big[NET_BODY_MAX];

	memset(big, 0x84, sizeof(big));
	return bytes_of(big, EVENT_BYTES_MAX + 1);
}

static struct bytes wrong_role(void)
{
	struct event ev = product(shop);

	return signed_event(shop, &ev);
}

static struct bytes foreign_prefix(void)
{
	struct event ev = product(maker);

	ev.u.product.gtin = 4006381333931ULL;
	return signed_event(maker, &ev);
}

static struct bytes unknown_pack(void)
{
	static uint8_t buf[128];
	struct pack_id p = { GTIN, BYTES_LIT("L1"), BYTES_LIT("NOBODY") };
	struct event ev = good(shop, EV_DISPENSE);

	CHECK(event_groups_encode(&p, 1, buf, sizeof(buf), &ev.groups) == ERR_OK);
	return signed_event(shop, &ev);
}

static struct bytes nothing(void)
{
	return bytes_of(cose_buf, 0);
}

static struct bytes fine(void)
{
	struct event ev = product(maker);

	return signed_event(maker, &ev);
}

static const struct {
	const char *name;
	struct bytes (*make)(void);
	int format, code;
	enum err err;
} bad[] = {
	{ "wrong signature", wrong_signature, CT_EVENT, 401, ERR_BAD_SIGNATURE },
	{ "high s", high_s, CT_EVENT, 400, ERR_HIGH_S },
	{ "unprotected entry", unprotected_entry, CT_EVENT, 400, ERR_UNPROTECTED_HEADER },
	{ "tag", tagged, CT_EVENT, 400, ERR_TAGGED },
	{ "trailing byte", trailing_byte, CT_EVENT, 400, ERR_TRAILING },
	{ "unknown key", unknown_key, CT_EVENT, 401, ERR_UNKNOWN_KEY },
	{ "other chain", other_chain, CT_EVENT, 409, ERR_WRONG_CHAIN },
	{ "not deterministic", not_deterministic, CT_EVENT, 400, ERR_NOT_DETERMINISTIC },
	{ "unknown type", unknown_type, CT_EVENT, 400, ERR_UNKNOWN_EVENT_TYPE },
	{ "in the future", in_future, CT_EVENT, 400, ERR_EVENT_IN_FUTURE },
	{ "too late", too_late, CT_EVENT, 409, ERR_EVENT_TOO_LATE },
	{ "too many packs", too_many_packs, CT_EVENT, 413, ERR_TOO_MANY_PACKS },
	{ "too long", too_long, CT_EVENT, 413, ERR_TOO_LARGE },
	{ "wrong content-format", fine, 60, 415, ERR_BAD_CONTENT_FORMAT },
	{ "wrong role", wrong_role, CT_EVENT, 403, ERR_ROLE_NOT_ALLOWED },
	{ "foreign prefix", foreign_prefix, CT_EVENT, 403, ERR_FOREIGN_PREFIX },
	{ "unknown pack", unknown_pack, CT_EVENT, 404, ERR_UNKNOWN_PACK },
	{ "nothing at all", nothing, CT_EVENT, 415, ERR_BAD_CONTENT_FORMAT }, /* an empty body carries no content-format */
};

static uint8_t answer_buf[8192];

static enum err post(struct bytes body, int format, struct net_result *r)
{
	struct net_call call = { .method = NET_POST, .path = "events", .content_format = format, .body = body, .timeout_ms = 20000 };

	return net_client_call(client_net(client), &call, r, answer_buf, sizeof(answer_buf));
}

static void test_each_fault_has_its_answer(void)
{
	uint64_t before = 0, after = 1;

	NEED(client && answers(&before));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes body = bad[i].make();
		struct net_result r = { 0 };
		struct problem p = { 0 };
		enum err e = post(body, bad[i].format, &r);

		CHECK_ROW(e == ERR_OK, bad[i].name);
		CHECK_ROW(r.code == bad[i].code, bad[i].name);
		CHECK_ROW(r.content_format == CF_PROBLEM, bad[i].name);
		CHECK_ROW(problem_decode(&p, r.body) == ERR_OK, bad[i].name);
		if (p.err != bad[i].err)
			printf("\n%s: %s", bad[i].name, err_name(p.err));
		CHECK_ROW(p.err == bad[i].err, bad[i].name);
		CHECK_ROW(answers(&after) && after == before, bad[i].name);
	}
}

/* A second signature over what b states: the maker's key with a nonce by chance, which signer.h does not do. */
static struct bytes signed_anew(struct bytes b)
{
	struct hash digest;
	struct sign1 opened;
	char path[64];
	uint8_t *sig = cose_buf + b.n - SIG_LEN;
	mbedtls_pk_context pk;
	mbedtls_ecp_keypair *ec;
	mbedtls_mpi r, t;

	CHECK(sign1_open(&opened, b, CT_EVENT, false) == ERR_OK);
	sign1_digest(&opened, bytes_of(NULL, 0), &digest);
	snprintf(path, sizeof(path), "%s/m/event.key", node.dir);
	mbedtls_pk_init(&pk);
	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&t);
	CHECK(PARSE_KEYFILE(&pk, path, signer_rng, NULL) == 0);
	ec = mbedtls_pk_ec(pk);
	CHECK(mbedtls_ecdsa_sign(&ec->MBEDTLS_PRIVATE(grp), &r, &t, &ec->MBEDTLS_PRIVATE(d), digest.b, HASH_LEN, signer_rng,
				 NULL) == 0);
	CHECK(mbedtls_mpi_write_binary(&r, sig, 32) == 0 && mbedtls_mpi_write_binary(&t, sig + 32, 32) == 0);
	if (!sign1_is_low_s(sig))
		negate(sig + 32);
	mbedtls_mpi_free(&t);
	mbedtls_mpi_free(&r);
	mbedtls_pk_free(&pk);
	return b;
}

/* The same statement again, and signed anew: one id, the first receipt. */
static void test_a_statement_counts_once(void)
{
	static uint8_t first[2048], once[1024];
	struct event ev;
	struct bytes cose;
	struct net_result r = { 0 };
	struct receipt a, b;
	uint64_t before = 0, after = 0;

	NEED(client && answers(&before));
	ev = product(maker);
	cose = signed_event(maker, &ev);
	NEED(post(cose, CT_EVENT, &r) == ERR_OK && r.code == 201 && r.body.n <= sizeof(first));
	memcpy(first, r.body.p, r.body.n);
	CHECK(receipt_decode(&a, bytes_of(first, r.body.n)) == ERR_OK);
	CHECK(post(cose, CT_EVENT, &r) == ERR_OK && r.code == 201);
	CHECK(receipt_decode(&b, r.body) == ERR_OK && hash_eq(&a.id, &b.id) && a.header.height == b.header.height);
	NEED(cose.n <= sizeof(once));
	memcpy(once, cose.p, cose.n);
	cose = signed_anew(cose);
	CHECK(memcmp(once, cose.p, cose.n) != 0);
	CHECK(post(cose, CT_EVENT, &r) == ERR_OK && r.code == 201);
	CHECK(receipt_decode(&b, r.body) == ERR_OK && hash_eq(&a.id, &b.id) && a.header.height == b.header.height);
	CHECK(answers(&after) && after == before + 1);
}

static struct bytes about_pack(struct signer *s, enum event_type type)
{
	static uint8_t buf[128];
	struct pack_id p = { GTIN, BYTES_LIT("L1"), BYTES_LIT("SOMEBODY") };
	struct event ev = good(s, type);

	if (type == EV_SHIP)
		ev.u.gln = SHOP;
	CHECK(event_groups_encode(&p, 1, buf, sizeof(buf), &ev.groups) == ERR_OK);
	return signed_event(s, &ev);
}

/* A pack that the maker holds: what its state or its place does not allow. */
static void test_a_state_may_not_allow_it(void)
{
	static const struct { const char *name; bool by_shop; enum event_type type; int code; enum err err; } rows[] = {
		{ "commissioned twice", false, EV_COMMISSION, 409, ERR_PACK_EXISTS },
		{ "void of no shipment", false, EV_VOID_SHIP, 404, ERR_UNKNOWN_EVENT },
		{ "received by its holder", false, EV_RECEIVE, 409, ERR_HAS_CUSTODY },
		{ "dispensed elsewhere", true, EV_DISPENSE, 403, ERR_NOT_HOLDER },
	};
	struct net_result r = { 0 };
	struct problem p = { 0 };
	struct event ev;
	uint64_t before = 0, after = 1;

	NEED(client != NULL);
	ev = good(maker, EV_LOT);
	ev.u.lot.gtin = GTIN;
	ev.u.lot.lot = BYTES_LIT("L1");
	ev.u.lot.expiry = 20761231;
	CHECK(post(signed_event(maker, &ev), CT_EVENT, &r) == ERR_OK && r.code == 201);
	CHECK(post(about_pack(maker, EV_COMMISSION), CT_EVENT, &r) == ERR_OK && r.code == 201);
	NEED(answers(&before));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_ROW(post(about_pack(rows[i].by_shop ? shop : maker, rows[i].type), CT_EVENT, &r) == ERR_OK, rows[i].name);
		CHECK_ROW(r.code == rows[i].code, rows[i].name);
		CHECK_ROW(problem_decode(&p, r.body) == ERR_OK && p.err == rows[i].err, rows[i].name);
		CHECK_ROW(answers(&after) && after == before, rows[i].name);
	}
}

/* A key that was rotated out signs nothing more. */
static void test_a_revoked_key_is_refused(void)
{
	struct event ev;
	struct net_result r = { 0 };
	struct problem p = { 0 };

	NEED(client != NULL);
	ev = good(shop, EV_KEY_ROTATE);
	ev.u.key = *signer_pubkey(test_signer(1));
	CHECK(post(signed_event(shop, &ev), CT_EVENT, &r) == ERR_OK && r.code == 201);
	ev = product(shop);
	CHECK(post(signed_event(shop, &ev), CT_EVENT, &r) == ERR_OK && r.code == 401);
	CHECK(problem_decode(&p, r.body) == ERR_OK && p.err == ERR_REVOKED_KEY);
	ev = product(shop);
	ev.kid = *signer_kid(test_signer(1));
	CHECK(post(signed_event(test_signer(1), &ev), CT_EVENT, &r) == ERR_OK && r.code == 403); /* a pharmacy has no products */
}

static void test_other_bad_requests(void)
{
	static const struct { const char *path; enum net_method method; int code; } rows[] = {
		{ "nowhere", NET_GET, 404 }, { "events", NET_GET, 400 }, { "events/xyz", NET_GET, 400 },
		{ "events/0000000000000000000000000000000000000000000000000000000000000000", NET_GET, 404 },
		{ "status", NET_POST, 405 }, { "verify", NET_GET, 405 }, { "verify", NET_FETCH, 415 }, { "items", NET_GET, 400 },
		{ "items/01/09506000134353/21/A", NET_GET, 400 }, { "items/01/09506000134352/21/A", NET_GET, 404 },
		{ "blocks/99999", NET_GET, 404 }, { "blocks/x", NET_GET, 400 }, { "proof", NET_GET, 400 }, { "order", NET_POST, 403 },
		{ "recalls", NET_GET, 205 }, { "alerts", NET_GET, 205 }, { ".well-known/core", NET_GET, 205 }, { "head", NET_GET, 205 },
	};
	uint64_t height;

	NEED(client != NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_call call = { .method = rows[i].method, .path = rows[i].path, .content_format = NET_FORMAT_NONE,
					 .timeout_ms = 20000 };
		struct net_result r = { 0 };

		CHECK_ROW(net_client_call(client_net(client), &call, &r, answer_buf, sizeof(answer_buf)) == ERR_OK, rows[i].path);
		CHECK_ROW(r.code == rows[i].code, rows[i].path);
	}
	CHECK(answers(&height));
}

static void test_the_node_ends_cleanly(void)
{
	NEED(client != NULL);
	CHECK(served_stop(&node) == 0);
}

T_MAIN("faults", T(test_a_node_starts), T(test_each_fault_has_its_answer), T(test_a_statement_counts_once),
       T(test_a_state_may_not_allow_it), T(test_a_revoked_key_is_refused),
       T(test_other_bad_requests), T(test_the_node_ends_cleanly))
