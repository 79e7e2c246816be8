/* mbedTLS 2.28 (Debian 12) and 3.6 (Debian 13): the differences we meet. */
#ifndef RX_MBEDTLS_API_H
#define RX_MBEDTLS_API_H

#include <mbedtls/version.h>

#if MBEDTLS_VERSION_MAJOR >= 3
#include <mbedtls/private_access.h>
#define SHA256_START(c) mbedtls_sha256_starts((c), 0)
#define SHA256_ADD(c, p, n) mbedtls_sha256_update((c), (p), (n))
#define SHA256_END(c, out) mbedtls_sha256_finish((c), (out))
#define PARSE_KEYFILE(pk, path, rng, ctx) mbedtls_pk_parse_keyfile((pk), (path), NULL, (rng), (ctx))
#else
#define MBEDTLS_PRIVATE(member) member
#define SHA256_START(c) mbedtls_sha256_starts_ret((c), 0)
#define SHA256_ADD(c, p, n) mbedtls_sha256_update_ret((c), (p), (n))
#define SHA256_END(c, out) mbedtls_sha256_finish_ret((c), (out))
#define PARSE_KEYFILE(pk, path, rng, ctx) mbedtls_pk_parse_keyfile((pk), (path), NULL)
#endif

#endif
