#include "node/core/rd.h"
#include "node/core/sign1.h"
#include "node/core/wr.h"
#include "node/port/signer.h"
#include "tests/fakes/tsv.h"
#include "tests/t.h"

#include <stdlib.h>
#include <unistd.h>

/* Rows of tests/vectors/cose_sign1_es256.tsv (COSE WG examples, gluecose).  Our profile refuses all of them: they are tagged, or
 * name no content type, or hold their kid unprotected.  Which error, and whether the bare ES256 signature holds: */
static const struct {
	const char *name;
	enum err profile;
	bool signature;
	const char *why;
} rows[] = {
	{ "cose-examples/CWT/A_3.json", ERR_TAGGED, true, "tagged" },
	{ "cose-examples/RFC8152/Appendix_C_2_1.json", ERR_TAGGED, true, "tagged" },
	{ "cose-examples/ecdsa-examples/ecdsa-sig-01.json", ERR_TAGGED, true, "tagged" },
	{ "cose-examples/ecdsa-examples/ecdsa-sig-04.json", ERR_TAGGED, false, "ES512" },
	{ "cose-examples/sign1-tests/sign-fail-01.json", ERR_TAGGED, true, "its tag alone is wrong" },
	{ "cose-examples/sign1-tests/sign-fail-02.json", ERR_TAGGED, false, "changed payload or signature" },
	{ "cose-examples/sign1-tests/sign-fail-03.json", ERR_TAGGED, false, "changed algorithm" },
	{ "cose-examples/sign1-tests/sign-fail-04.json", ERR_TAGGED, false, "changed algorithm" },
	{ "cose-examples/sign1-tests/sign-fail-06.json", ERR_TAGGED, false, "added attribute" },
	{ "cose-examples/sign1-tests/sign-fail-07.json", ERR_TAGGED, false, "removed attribute" },
	{ "cose-examples/sign1-tests/sign-pass-01.json", ERR_TAGGED, true, "tagged" },
	{ "cose-examples/sign1-tests/sign-pass-02.json", ERR_TAGGED, true, "tagged" },
	{ "cose-examples/sign1-tests/sign-pass-03.json", ERR_UNPROTECTED_HEADER, true, "kid unprotected" },
	{ "gluecose/sign1-sign-0000.json", ERR_TAGGED, true, "tagged" },
	{ "gluecose/sign1-sign-0001.json", ERR_TAGGED, true, "tagged" },
	{ "gluecose/sign1-verify-0000.json", ERR_TAGGED, true, "tagged" },
	{ "gluecose/sign1-verify-0001.json", ERR_TAGGED, true, "tagged" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* s > n/2: the other form of the same signature. */
static void make_low(uint8_t sig[static SIG_LEN])
{
	static const uint8_t n[32] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				       0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
	int borrow = 0;

	for (int i = 31; i >= 0; i--) {
		int d = n[i] - sig[32 + i] - borrow;

		borrow = d < 0;
		sig[32 + i] = (uint8_t)(d + (borrow ? 256 : 0));
	}
}

/* The bare signature of any COSE_Sign1, tag or not. */
static bool signature_holds(struct bytes cose, const struct pubkey *key, struct bytes aad)
{
	uint8_t buf[1024], sig[SIG_LEN];
	struct bytes protected_, payload, s, tbs;
	struct hash digest;
	struct rd r;
	struct wr w;

	while (cose.n > 0 && cose.p[0] >> 5 == 6) { /* tags 18, 998, 61(18) */
		size_t n = (cose.p[0] & 31) < 24 ? 1 : (cose.p[0] & 31) == 24 ? 2 : 3;

		cose = bytes_of(cose.p + n, cose.n - n);
	}
	rd_init(&r, cose);
	rd_array(&r);
	protected_ = rd_bstr(&r);
	rd_skip(&r);
	payload = rd_bstr(&r);
	s = rd_bstr(&r);
	if (r.err != ERR_OK || s.n != SIG_LEN)
		return false;
	if (bytes_eq(protected_, BYTES_LIT("\xa0")))
		protected_.n = 0; /* an empty map is signed as nothing (RFC 9052 4.4) */
	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, 4);
	wr_tstr(&w, BYTES_LIT("Signature1"));
	wr_bstr(&w, protected_);
	wr_bstr(&w, aad);
	wr_bstr(&w, payload);
	if (wr_end(&w, &tbs) != ERR_OK)
		return false;
	crypto_sha256(&digest, tbs);
	memcpy(sig, s.p, SIG_LEN);
	if (!sign1_is_low_s(sig))
		make_low(sig);
	return crypto_verify(key, &digest, sig) == ERR_OK;
}

static void test_vectors(void)
{
	struct tsv t;
	size_t n = 0;

	NEED(tsv_open(&t, "tests/vectors/cose_sign1_es256.tsv", 7));
	while (tsv_next(&t)) {
		uint8_t cose[1024], aad[64];
		struct pubkey key;
		struct sign1 s;
		struct bytes in;

		if (strcmp(t.field[0], "name") == 0)
			continue;
		NEED(n < ROWS && strcmp(t.field[0], rows[n].name) == 0);
		CHECK_ROW(from_hex(t.field[2], key.b, PUBKEY_LEN) == PUBKEY_LEN, rows[n].name);
		in = bytes_of(cose, from_hex(t.field[3], cose, sizeof(cose)));
		CHECK_ROW(sign1_open(&s, in, CT_EVENT, false) == rows[n].profile, rows[n].name);
		CHECK_ROW(signature_holds(in, &key, bytes_of(aad, from_hex(t.field[4], aad, sizeof(aad)))) == rows[n].signature,
			  rows[n].name);
		n++;
	}
	tsv_close(&t);
	CHECK(n == ROWS);
}

static struct signer *signer;
static char key_path[] = "/tmp/rxsign1-XXXXXX";

static void make_signer(void)
{
	int fd = mkstemp(key_path);

	NEED(fd >= 0);
	close(fd);
	unlink(key_path);
	NEED(signer_create(key_path) == ERR_OK && signer_load(&signer, key_path) == ERR_OK);
	unlink(key_path);
}

static void test_round_trip(void)
{
	uint8_t buf[256];
	struct bytes cose, payload;
	struct hash digest;
	struct sign1 s;

	make_signer();
	NEED(signer != NULL);
	for (int i = 0; i < 64; i++) { /* low s every time */
		uint8_t text[2] = { 'a', (uint8_t)i };

		CHECK(signer_sign1(signer, CT_EVENT, bytes_of(text, 2), false, buf, sizeof(buf), &cose) == ERR_OK);
		CHECK(cose.n <= 2 + SIGN1_OVERHEAD);
		CHECK(sign1_open(&s, cose, CT_EVENT, false) == ERR_OK && kid_eq(&s.kid, signer_kid(signer)));
		sign1_digest(&s, bytes_of(NULL, 0), &digest);
		CHECK(sign1_verify(&s, signer_pubkey(signer), &digest, bytes_of(NULL, 0), &payload) == ERR_OK);
		CHECK(bytes_eq(payload, bytes_of(text, 2)));
	}
	CHECK(sign1_open(&s, cose, CT_FINAL, false) == ERR_BAD_CONTENT_FORMAT);
	CHECK(sign1_open(&s, cose, CT_EVENT, true) == ERR_BAD_COSE);
	CHECK(signer_sign1(signer, CT_FINAL, BYTES_LIT("x"), true, buf, sizeof(buf), &cose) == ERR_OK);
	CHECK(sign1_open(&s, cose, CT_FINAL, true) == ERR_OK);
	sign1_digest(&s, BYTES_LIT("x"), &digest);
	CHECK(sign1_verify(&s, signer_pubkey(signer), &digest, BYTES_LIT("x"), &payload) == ERR_OK);
	sign1_digest(&s, BYTES_LIT("y"), &digest);
	CHECK(sign1_verify(&s, signer_pubkey(signer), &digest, BYTES_LIT("y"), &payload) == ERR_BAD_SIGNATURE);
}

/* Every byte of an envelope counts: changed, it is refused or the signature fails. */
static void test_no_byte_may_change(void)
{
	uint8_t buf[256], copy[256];
	struct bytes cose, payload;

	NEED(signer != NULL);
	NEED(signer_sign1(signer, CT_EVENT, BYTES_LIT("payload"), false, buf, sizeof(buf), &cose) == ERR_OK);
	for (size_t i = 0; i < cose.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			struct hash digest;
			struct sign1 s;
			enum err e;

			memcpy(copy, cose.p, cose.n);
			copy[i] ^= (uint8_t)(1 << bit);
			e = sign1_open(&s, bytes_of(copy, cose.n), CT_EVENT, false);
			if (e == ERR_OK) {
				sign1_digest(&s, bytes_of(NULL, 0), &digest);
				e = sign1_verify(&s, signer_pubkey(signer), &digest, bytes_of(NULL, 0), &payload);
			}
			CHECK(e != ERR_OK);
		}
	signer_free(signer);
}

T_MAIN("sign1", T(test_vectors), T(test_round_trip), T(test_no_byte_may_change))
