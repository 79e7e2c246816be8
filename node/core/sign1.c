#include "node/core/sign1.h"

#include "node/core/rd.h"
#include "node/core/wr.h"

#define PROTECTED_MAX 24 /* {1: -7, 3: uint, 4: 8 bytes}: 3 + 2 + 6 + 10 */
#define SIG_HEAD_MAX 64 /* Sig_structure up to the payload's bytes */

/* Half the order of P-256 (SEC 2 2.4.2), rounded down: the largest s that is low. */
static const uint8_t half_n[32] = {
	0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
};

void kid_of(struct kid *out, const struct pubkey *key)
{
	struct hash h;

	crypto_sha256(&h, bytes_of(key->b, PUBKEY_LEN));
	memcpy(out->b, h.b, KID_LEN);
}

bool sign1_is_low_s(const uint8_t sig[static SIG_LEN])
{
	return memcmp(sig + 32, half_n, 32) <= 0;
}

/* event.cddl: event-header = { 1: -7, 3: 65000, 4: kid } */
static size_t protected_encode(const struct kid *kid, uint64_t content_type, uint8_t buf[static PROTECTED_MAX])
{
	struct wr w;

	wr_init(&w, buf, PROTECTED_MAX);
	wr_map(&w, 3);
	wr_uint(&w, 1);
	wr_int(&w, -7);
	wr_uint(&w, 3);
	wr_uint(&w, content_type);
	wr_uint(&w, 4);
	wr_bstr(&w, bytes_of(kid->b, KID_LEN));
	return w.n;
}

static enum err read_protected(struct sign1 *s, uint64_t content_type)
{
	struct bytes kid = { 0 };
	int64_t alg = 0, last = -1;
	struct rd r;
	size_t n;
	enum err e;

	rd_init(&r, s->protected_);
	n = rd_map(&r);
	for (size_t i = 0; i < n && r.err == ERR_OK; i++) {
		switch (rd_key(&r, &last)) {
		case 1:
			alg = rd_int(&r);
			break;
		case 3:
			s->content_type = rd_uint(&r);
			break;
		case 4:
			kid = rd_bstr_n(&r, KID_LEN);
			break;
		default:
			rd_fail(&r, ERR_BAD_COSE);
		}
	}
	e = rd_end(&r);
	if (e != ERR_OK)
		return e;
	if (alg != -7)
		return ERR_BAD_ALG;
	if (n != 3)
		return ERR_BAD_COSE;
	if (s->content_type != content_type)
		return ERR_BAD_CONTENT_FORMAT;
	memcpy(s->kid.b, kid.p, KID_LEN);
	return ERR_OK;
}

static enum err read_envelope(struct sign1 *s, struct bytes in, bool detached)
{
	struct bytes sig;
	struct rd r;
	enum err e;

	if (in.n > 0 && in.p[0] >> 5 == 6)
		return ERR_TAGGED;
	if (in.n == 0 || in.p[0] != 0x84)
		return ERR_BAD_COSE;
	rd_init(&r, in);
	rd_array_n(&r, 4);
	s->protected_ = rd_bstr(&r);
	if (rd_map(&r) != 0)
		return ERR_UNPROTECTED_HEADER;
	if (rd_null(&r))
		s->payload_unverified = bytes_of(NULL, 0);
	else
		s->payload_unverified = rd_bstr(&r);
	sig = rd_bstr(&r);
	e = rd_end(&r);
	if (e != ERR_OK)
		return e;
	if (sig.n != SIG_LEN || (s->payload_unverified.p == NULL) != detached)
		return ERR_BAD_COSE;
	s->sig = sig.p;
	return ERR_OK;
}

enum err sign1_open(struct sign1 *out, struct bytes in, uint64_t content_type, bool detached)
{
	struct sign1 s = { 0 };
	enum err e = read_envelope(&s, in, detached);

	if (e == ERR_OK)
		e = read_protected(&s, content_type);
	if (e != ERR_OK)
		return e;
	if (!sign1_is_low_s(s.sig))
		return ERR_HIGH_S;
	*out = s;
	return ERR_OK;
}

/* SHA-256 of ["Signature1", protected, h'', payload] without putting it together. */
static void digest(struct bytes protected_, struct bytes payload, struct hash *out)
{
	uint8_t buf[SIG_HEAD_MAX];
	struct sha256 h;
	struct wr w;

	crypto_sha256_start(&h);
	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, 4);
	wr_tstr(&w, BYTES_LIT("Signature1"));
	wr_bstr_head(&w, protected_.n);
	crypto_sha256_add(&h, bytes_of(buf, w.n));
	crypto_sha256_add(&h, protected_);
	wr_init(&w, buf, sizeof(buf));
	wr_bstr_head(&w, 0);
	wr_bstr_head(&w, payload.n);
	crypto_sha256_add(&h, bytes_of(buf, w.n));
	crypto_sha256_add(&h, payload);
	crypto_sha256_end(&h, out);
}

void sign1_digest(const struct sign1 *s, struct bytes payload, struct hash *out)
{
	digest(s->protected_, payload.p ? payload : s->payload_unverified, out);
}

enum err sign1_verify(const struct sign1 *s, const struct pubkey *key, const struct hash *d, struct bytes detached,
		      struct bytes *payload)
{
	enum err e = crypto_verify(key, d, s->sig);

	if (e == ERR_OK)
		*payload = detached.p ? detached : s->payload_unverified;
	return e;
}

void sign1_digest_for(const struct kid *kid, uint64_t content_type, struct bytes payload, struct hash *out)
{
	uint8_t protected_[PROTECTED_MAX];
	size_t n = protected_encode(kid, content_type, protected_);

	digest(bytes_of(protected_, n), payload, out);
}

enum err sign1_build(const struct kid *kid, uint64_t content_type, struct bytes payload, bool detached,
		     const uint8_t sig[static SIG_LEN], uint8_t *buf, size_t cap, struct bytes *out)
{
	uint8_t protected_[PROTECTED_MAX];
	size_t n = protected_encode(kid, content_type, protected_);
	struct wr w;

	wr_init(&w, buf, cap);
	wr_array(&w, 4);
	wr_bstr(&w, bytes_of(protected_, n));
	wr_map(&w, 0);
	if (detached)
		wr_null(&w);
	else
		wr_bstr(&w, payload);
	wr_bstr(&w, bytes_of(sig, SIG_LEN));
	return wr_end(&w, out);
}
