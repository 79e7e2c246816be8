#include "node/core/label.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The element with the lowest AI above last, 8030 aside; NULL: no more. */
static const struct gs1_element *next_element(const struct gs1_data *d, int last)
{
	const struct gs1_element *best = NULL;

	for (size_t i = 0; i < d->n; i++) {
		int n = (int)gs1_ai_number(d->e[i].ai);

		if (n != 8030 && n > last && (!best || n < (int)gs1_ai_number(best->ai)))
			best = &d->e[i];
	}
	return best;
}

void label_digest(const struct gs1_data *d, const uint8_t key_id[static LABEL_KEY_ID_LEN], struct hash *out)
{
	const struct gs1_element *e;
	struct sha256 s;

	crypto_sha256_start(&s);
	crypto_sha256_add(&s, bytes_of("rxchain-label-1", 16)); /* its NUL included */
	crypto_sha256_add(&s, bytes_of(key_id, LABEL_KEY_ID_LEN));
	for (int last = -1; (e = next_element(d, last)) != NULL; last = (int)gs1_ai_number(e->ai)) {
		size_t ai_n = strlen(e->ai->digits), n = ai_n + e->value.n;
		uint8_t len[2] = { (uint8_t)(n >> 8), (uint8_t)n };

		crypto_sha256_add(&s, bytes_of(len, 2));
		crypto_sha256_add(&s, bytes_of(e->ai->digits, ai_n));
		crypto_sha256_add(&s, e->value);
	}
	crypto_sha256_end(&s, out);
}

/* 67 bytes are 22 whole groups of three and one of one byte: 90 characters (RFC 4648 5, no padding). */
void label_sig_format(const struct label_sig *s, char text[static LABEL_SIG_TEXT_LEN])
{
	uint8_t b[69] = { 0 };

	memcpy(b, s->key_id, LABEL_KEY_ID_LEN);
	memcpy(b + LABEL_KEY_ID_LEN, s->sig, SIG_LEN);
	for (size_t i = 0, t = 0; t < LABEL_SIG_TEXT_LEN; i += 3) {
		uint32_t v = (uint32_t)b[i] << 16 | (uint32_t)b[i + 1] << 8 | b[i + 2];

		for (unsigned k = 0; k < 4 && t < LABEL_SIG_TEXT_LEN; k++)
			text[t++] = alphabet[v >> (18 - 6 * k) & 63];
	}
}

enum err label_sig_parse(struct label_sig *out, struct bytes text)
{
	uint8_t b[69] = { 0 };
	uint32_t v = 0;
	size_t n = 0;

	if (text.n != LABEL_SIG_TEXT_LEN)
		return ERR_BAD_VALUE;
	for (size_t i = 0; i < 92; i++) {
		const char *at = i < text.n ? memchr(alphabet, text.p[i], 64) : alphabet;

		if (!at)
			return ERR_BAD_VALUE;
		v = v << 6 | (uint32_t)(at - alphabet);
		if (i % 4 == 3) {
			b[n++] = (uint8_t)(v >> 16);
			b[n++] = (uint8_t)(v >> 8);
			b[n++] = (uint8_t)v;
			v = 0;
		}
	}
	if (b[67] || b[68]) /* bits beyond the last byte: another text of the same bytes */
		return ERR_BAD_VALUE;
	memcpy(out->key_id, b, LABEL_KEY_ID_LEN);
	memcpy(out->sig, b + LABEL_KEY_ID_LEN, SIG_LEN);
	return ERR_OK;
}

enum err label_sig_of(const struct gs1_data *d, struct label_sig *out)
{
	struct bytes v = gs1_value(d, "8030");

	return v.p ? label_sig_parse(out, v) : ERR_NOT_FOUND;
}

enum err label_verify(const struct gs1_data *d, const struct label_sig *s, const struct pubkey *key)
{
	struct hash digest;

	label_digest(d, s->key_id, &digest);
	return crypto_verify(key, &digest, s->sig);
}
