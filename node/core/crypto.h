/* The seam to the crypto library, in our words.  Implemented once, in node/port/crypto_mbedtls.c.
 * Private keys are not here: node/port/signer.h. */
#ifndef RX_CRYPTO_H
#define RX_CRYPTO_H

#include "labels/gs1/bytes.h"
#include "labels/gs1/err.h"

#define HASH_LEN 32 /* SHA-256 (FIPS 180-4) */
#define PUBKEY_LEN 65 /* 04 || x || y (SEC 1 2.3.3) */
#define SIG_LEN 64 /* ES256: r || s (RFC 9053 2.1) */
#define KID_LEN 8
#define LABEL_KEY_ID_LEN 3 /* AI 8030 has room for this and a signature */

struct hash {
	uint8_t b[HASH_LEN];
};

struct pubkey {
	uint8_t b[PUBKEY_LEN];
};

/* A running SHA-256, on the caller's stack; big enough for any provider's state. */
struct sha256 {
	_Alignas(16) uint8_t opaque[256];
};

void crypto_sha256(struct hash *out, struct bytes in);
void crypto_sha256_start(struct sha256 *s);
void crypto_sha256_add(struct sha256 *s, struct bytes in);
void crypto_sha256_end(struct sha256 *s, struct hash *out);

/* ES256 over the SHA-256 digest.  Safe from many threads at once.
 * ERR_HIGH_S before anything else when s > n/2; ERR_BAD_SIGNATURE; ERR_BAD_KEY. */
MUST_CHECK enum err crypto_verify(const struct pubkey *key, const struct hash *digest,
				  const uint8_t sig[static SIG_LEN]);

/* Whether key is a point on P-256.  ERR_BAD_KEY. */
MUST_CHECK enum err crypto_pubkey_check(const struct pubkey *key);

static inline bool hash_eq(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, HASH_LEN) == 0;
}

static inline struct bytes hash_bytes(const struct hash *h)
{
	return bytes_of(h->b, HASH_LEN);
}

#endif
