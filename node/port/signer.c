#include "node/port/signer.h"

#include "node/port/file.h"
#include "node/port/mbedtls_api.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_MAX 1024

struct signer {
	mbedtls_pk_context pk;
	struct pubkey pub;
	struct kid kid;
};

enum err signer_random(uint8_t *buf, size_t n)
{
	while (n > 0) {
		ssize_t got = getrandom(buf, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_CRYPTO;
		buf += got;
		n -= (size_t)got;
	}
	return ERR_OK;
}

int signer_rng(void *ctx, unsigned char *buf, size_t n)
{
	(void)ctx;
	return signer_random(buf, n) == ERR_OK ? 0 : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}

enum err signer_create(const char *path)
{
	unsigned char pem[PEM_MAX];
	mbedtls_pk_context pk;
	enum err e = ERR_CRYPTO;

	mbedtls_pk_init(&pk);
	if (mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) == 0 &&
	    mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(pk), signer_rng, NULL) == 0 &&
	    mbedtls_pk_write_key_pem(&pk, pem, sizeof(pem)) == 0)
		e = file_write_new(path, 0600, bytes_of_str((const char *)pem));
	mbedtls_platform_zeroize(pem, sizeof(pem));
	mbedtls_pk_free(&pk);
	return e;
}

static enum err check_mode(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	return st.st_mode & (S_IRWXG | S_IRWXO) ? ERR_KEY_PERMISSIONS : ERR_OK;
}

static enum err take_public(struct signer *s)
{
	mbedtls_ecp_keypair *ec;
	size_t n;

	if (!mbedtls_pk_can_do(&s->pk, MBEDTLS_PK_ECKEY))
		return ERR_BAD_KEY;
	ec = mbedtls_pk_ec(s->pk);
	if (ec->MBEDTLS_PRIVATE(grp).id != MBEDTLS_ECP_DP_SECP256R1 ||
	    mbedtls_ecp_point_write_binary(&ec->MBEDTLS_PRIVATE(grp), &ec->MBEDTLS_PRIVATE(Q), MBEDTLS_ECP_PF_UNCOMPRESSED, &n,
					   s->pub.b, PUBKEY_LEN) != 0 || n != PUBKEY_LEN)
		return ERR_BAD_KEY;
	kid_of(&s->kid, &s->pub);
	return ERR_OK;
}

enum err signer_load(struct signer **out, const char *path)
{
	struct signer *s;
	enum err e = check_mode(path);

	if (e != ERR_OK)
		return e;
	s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_NO_MEMORY;
	mbedtls_pk_init(&s->pk);
	e = PARSE_KEYFILE(&s->pk, path, signer_rng, NULL) == 0 ? take_public(s) : ERR_BAD_KEY;
	if (e != ERR_OK) {
		signer_free(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

void signer_free(struct signer *s)
{
	if (!s)
		return;
	mbedtls_pk_free(&s->pk); /* wipes the numbers it holds */
	mbedtls_platform_zeroize(s, sizeof(*s));
	free(s);
}

const struct pubkey *signer_pubkey(const struct signer *s)
{
	return &s->pub;
}

const struct kid *signer_kid(const struct signer *s)
{
	return &s->kid;
}

enum err signer_sign(struct signer *s, const struct hash *digest, uint8_t sig[static SIG_LEN])
{
	mbedtls_ecp_keypair *ec = mbedtls_pk_ec(s->pk);
	mbedtls_ecp_group *g = &ec->MBEDTLS_PRIVATE(grp);
	mbedtls_mpi r, t;
	enum err e = ERR_CRYPTO;

	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&t);
	if (mbedtls_ecdsa_sign_det_ext(g, &r, &t, &ec->MBEDTLS_PRIVATE(d), digest->b, HASH_LEN, MBEDTLS_MD_SHA256, signer_rng,
				       NULL) == 0 &&
	    mbedtls_mpi_write_binary(&r, sig, 32) == 0 && mbedtls_mpi_write_binary(&t, sig + 32, 32) == 0)
		e = ERR_OK;
	if (e == ERR_OK && !sign1_is_low_s(sig) &&
	    (mbedtls_mpi_sub_mpi(&t, &g->N, &t) != 0 || mbedtls_mpi_write_binary(&t, sig + 32, 32) != 0))
		e = ERR_CRYPTO;
	mbedtls_mpi_free(&t);
	mbedtls_mpi_free(&r);
	return e;
}

enum err signer_sign1(struct signer *s, uint64_t content_type, struct bytes payload, bool detached, uint8_t *buf, size_t cap,
		      struct bytes *out)
{
	uint8_t sig[SIG_LEN];
	struct hash digest;
	enum err e;

	sign1_digest_for(&s->kid, content_type, payload, &digest);
	e = signer_sign(s, &digest, sig);
	return e == ERR_OK ? sign1_build(&s->kid, content_type, payload, detached, sig, buf, cap, out) : e;
}

enum err signer_public_pem(const struct signer *s, char *buf, size_t cap)
{
	/* mbedTLS takes a context it may write to, but does not */
	mbedtls_pk_context *pk = (mbedtls_pk_context *)(uintptr_t)&s->pk;

	return mbedtls_pk_write_pubkey_pem(pk, (unsigned char *)buf, cap) == 0 ? ERR_OK : ERR_NO_SPACE;
}

enum err pubkey_load(struct pubkey *out, const char *path)
{
	struct signer s = { 0 };
	enum err e = ERR_BAD_KEY;

	if (access(path, R_OK) != 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	mbedtls_pk_init(&s.pk);
	if (mbedtls_pk_parse_public_keyfile(&s.pk, path) == 0)
		e = take_public(&s);
	mbedtls_pk_free(&s.pk);
	if (e == ERR_OK)
		*out = s.pub;
	return e;
}
