/* The one place that sees a private key: makes, loads, signs, wipes. */
#ifndef RX_SIGNER_H
#define RX_SIGNER_H

#include "node/core/sign1.h"

struct signer; /* a loaded private key; wiped by signer_free() */

/* Make a P-256 key in a new file, mode 0600, PEM; never overwrites.  ERR_EXISTS, ERR_IO, ERR_CRYPTO. */
MUST_CHECK enum err signer_create(const char *path);

/* Load a key; refused when group or others can read it.  ERR_KEY_PERMISSIONS, ERR_NOT_FOUND, ERR_BAD_KEY.
 * *out: the caller's, signer_free(). */
MUST_CHECK enum err signer_load(struct signer **out, const char *path);
void signer_free(struct signer *s); /* accepts NULL */

const struct pubkey *signer_pubkey(const struct signer *s);
const struct kid *signer_kid(const struct signer *s);

/* ES256 over a digest, low-S, deterministic nonce (RFC 6979).  Not for two threads at once on one signer. */
MUST_CHECK enum err signer_sign(struct signer *s, const struct hash *digest, uint8_t sig[static SIG_LEN]);

/* COSE_Sign1 over payload into buf (RFC 9052 4.4). */
MUST_CHECK enum err signer_sign1(struct signer *s, uint64_t content_type, struct bytes payload, bool detached,
				 uint8_t *buf, size_t cap, struct bytes *out);

/* The public half as PEM text with NUL, for files that others may read.  ERR_NO_SPACE: 256 bytes are enough. */
MUST_CHECK enum err signer_public_pem(const struct signer *s, char *buf, size_t cap);
/* A public key from a PEM file.  ERR_NOT_FOUND, ERR_BAD_KEY: not one of P-256. */
MUST_CHECK enum err pubkey_load(struct pubkey *out, const char *path);

/* mbedTLS's random callback over signer_random(), for cert.c. */
int signer_rng(void *ctx, unsigned char *buf, size_t n);

/* Random bytes from the system's generator.  ERR_CRYPTO. */
MUST_CHECK enum err signer_random(uint8_t *buf, size_t n);

#endif
