/* COSE_Sign1 (RFC 9052 4.2), the one profile of rxchain: untagged, ES256, low-S, protected header
 * exactly {1: -7, 3: content type (uint), 4: kid (8 bytes)}, empty unprotected map.
 * The payload is handed out only by sign1_verify(). */
#ifndef RX_SIGN1_H
#define RX_SIGN1_H

#include "node/core/crypto.h"

/* CoAP content-formats from the experimental range, also COSE content types (schemas/coap.csv). */
#define CT_EVENT 65000
#define CT_FINAL 65001
#define CT_REFUSAL 65002

#define SIGN1_OVERHEAD 96 /* most bytes the envelope adds to a payload: heads, header, signature */

/* Key id: first 8 bytes of SHA-256 over the public key's 65 bytes. */
struct kid {
	uint8_t b[KID_LEN];
};

void kid_of(struct kid *out, const struct pubkey *key);

static inline bool kid_eq(const struct kid *a, const struct kid *b)
{
	return memcmp(a->b, b->b, KID_LEN) == 0;
}

/* s <= n/2: the one of a signature's two forms that we take. */
bool sign1_is_low_s(const uint8_t sig[static SIG_LEN]);

/* An opened, not yet verified envelope: views into the input. */
struct sign1 {
	struct bytes protected_;
	struct bytes payload_unverified; /* for sign1.c alone; p NULL when detached */
	struct kid kid;
	uint64_t content_type;
	const uint8_t *sig;
};

/* Take the envelope apart.  content_type: what the caller expects.  detached: payload must be null.
 * ERR_TAGGED, ERR_BAD_COSE, ERR_UNPROTECTED_HEADER, ERR_BAD_ALG, ERR_BAD_CONTENT_FORMAT,
 * ERR_HIGH_S (s > n/2), and those of rd.h. */
MUST_CHECK enum err sign1_open(struct sign1 *out, struct bytes in, uint64_t content_type, bool detached);

/* SHA-256 of the Sig_structure ["Signature1", protected, h'', payload] (RFC 9052 4.4): both what is
 * signed and, for events, the event id.  payload: the detached one, or p NULL to use the enclosed. */
void sign1_digest(const struct sign1 *s, struct bytes payload, struct hash *out);

/* Check the signature and, only then, hand out the payload (for detached: the one given).
 * digest: from sign1_digest(), so that an id computed once is not computed again. */
MUST_CHECK enum err sign1_verify(const struct sign1 *s, const struct pubkey *key, const struct hash *digest,
				 struct bytes detached, struct bytes *payload);

/* Building, in two steps since the private key lives elsewhere: digest to sign, then the envelope.
 * detached: null stands in the payload's place.  ERR_NO_SPACE. */
void sign1_digest_for(const struct kid *kid, uint64_t content_type, struct bytes payload, struct hash *out);
MUST_CHECK enum err sign1_build(const struct kid *kid, uint64_t content_type, struct bytes payload, bool detached,
				const uint8_t sig[static SIG_LEN], uint8_t *buf, size_t cap, struct bytes *out);

#endif
