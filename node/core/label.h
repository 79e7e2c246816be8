/* The signed label: AI 8030 = base64url(3-byte key id || 64-byte ES256 r||s).  A profile of our own, not ISO/IEC 20248.
 * Signed bytes: "rxchain-label-1" NUL, key id, then every AI of the label but 8030 in ascending order, each as
 * 2-byte big-endian length of (AI || value), AI digits, value.  (Plain concatenation would be forgeable.) */
#ifndef RX_LABEL_H
#define RX_LABEL_H

#include "labels/gs1/gs1_elements.h"
#include "node/core/crypto.h"

#define LABEL_SIG_TEXT_LEN 90 /* base64url of 67 bytes, no padding (RFC 4648 5) */

struct label_sig {
	uint8_t key_id[LABEL_KEY_ID_LEN];
	uint8_t sig[SIG_LEN];
};

/* SHA-256 of the signed bytes.  d: a label's elements; 8030 among them is passed over. */
void label_digest(const struct gs1_data *d, const uint8_t key_id[static LABEL_KEY_ID_LEN], struct hash *out);

/* The value of AI 8030; text: LABEL_SIG_TEXT_LEN characters, no NUL. */
void label_sig_format(const struct label_sig *s, char text[static LABEL_SIG_TEXT_LEN]);
/* ERR_BAD_VALUE: not 90 characters of canonical base64url. */
MUST_CHECK enum err label_sig_parse(struct label_sig *out, struct bytes text);

/* The label's signature, if it has one: ERR_NOT_FOUND without AI 8030. */
MUST_CHECK enum err label_sig_of(const struct gs1_data *d, struct label_sig *out);

/* ERR_BAD_SIGNATURE, ERR_HIGH_S, ERR_BAD_KEY. */
MUST_CHECK enum err label_verify(const struct gs1_data *d, const struct label_sig *s, const struct pubkey *key);

#endif
