#include "node/core/crypto.h"
#include "node/core/sign1.h"
#include "node/port/mbedtls_api.h"

#include <assert.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/sha256.h>
#include <pthread.h>

_Static_assert(sizeof(mbedtls_sha256_context) <= sizeof(struct sha256), "struct sha256 holds mbedTLS's state");

/* ---- SHA-256 ---- */

static mbedtls_sha256_context *ctx_of(struct sha256 *s)
{
	return (mbedtls_sha256_context *)(void *)s->opaque;
}

/* The software implementation cannot fail; one that can must not go on with a wrong hash. */
static void must(int rc)
{
	assert(rc == 0);
	(void)rc;
}

void crypto_sha256_start(struct sha256 *s)
{
	mbedtls_sha256_init(ctx_of(s));
	must(SHA256_START(ctx_of(s)));
}

void crypto_sha256_add(struct sha256 *s, struct bytes in)
{
	if (in.n > 0)
		must(SHA256_ADD(ctx_of(s), in.p, in.n));
}

void crypto_sha256_end(struct sha256 *s, struct hash *out)
{
	must(SHA256_END(ctx_of(s), out->b));
	mbedtls_sha256_free(ctx_of(s));
}

void crypto_sha256(struct hash *out, struct bytes in)
{
	struct sha256 s;

	crypto_sha256_start(&s);
	crypto_sha256_add(&s, in);
	crypto_sha256_end(&s, out);
}

/* ---- ES256 ---- */

/* The curve with its precomputed multiples of G, one for each thread: loading it costs a tenth of a check, and
 * mbedTLS fills in the multiples on first use without a lock. */
static pthread_key_t group_key;
static pthread_once_t group_once = PTHREAD_ONCE_INIT;
static _Thread_local struct thread_group {
	mbedtls_ecp_group group;
	bool loaded;
} thread_group;

static void group_free(void *p)
{
	struct thread_group *g = p;

	mbedtls_ecp_group_free(&g->group);
	g->loaded = false;
}

static void group_key_make(void)
{
	must(pthread_key_create(&group_key, group_free));
}

static mbedtls_ecp_group *group_of_thread(void)
{
	if (!thread_group.loaded) {
		pthread_once(&group_once, group_key_make);
		mbedtls_ecp_group_init(&thread_group.group);
		if (mbedtls_ecp_group_load(&thread_group.group, MBEDTLS_ECP_DP_SECP256R1) != 0)
			return NULL;
		thread_group.loaded = true;
		pthread_setspecific(group_key, &thread_group);
	}
	return &thread_group.group;
}

static enum err load_point(mbedtls_ecp_group *g, mbedtls_ecp_point *q, const struct pubkey *key)
{
	if (mbedtls_ecp_point_read_binary(g, q, key->b, PUBKEY_LEN) != 0 || mbedtls_ecp_check_pubkey(g, q) != 0)
		return ERR_BAD_KEY;
	return ERR_OK;
}

enum err crypto_pubkey_check(const struct pubkey *key)
{
	mbedtls_ecp_group *g = group_of_thread();
	mbedtls_ecp_point q;
	enum err e;

	if (!g)
		return ERR_CRYPTO;
	mbedtls_ecp_point_init(&q);
	e = load_point(g, &q, key);
	mbedtls_ecp_point_free(&q);
	return e;
}

enum err crypto_verify(const struct pubkey *key, const struct hash *digest, const uint8_t sig[static SIG_LEN])
{
	mbedtls_ecp_group *g = group_of_thread();
	mbedtls_ecp_point q;
	mbedtls_mpi r, s;
	enum err e;

	if (!sign1_is_low_s(sig))
		return ERR_HIGH_S;
	if (!g)
		return ERR_CRYPTO;
	mbedtls_ecp_point_init(&q);
	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	e = load_point(g, &q, key);
	if (e == ERR_OK && (mbedtls_mpi_read_binary(&r, sig, 32) != 0 || mbedtls_mpi_read_binary(&s, sig + 32, 32) != 0))
		e = ERR_CRYPTO;
	if (e == ERR_OK && mbedtls_ecdsa_verify(g, digest->b, HASH_LEN, &q, &r, &s) != 0)
		e = ERR_BAD_SIGNATURE;
	mbedtls_mpi_free(&s);
	mbedtls_mpi_free(&r);
	mbedtls_ecp_point_free(&q);
	return e;
}
