/* Keys, signatures, certificates: what mbedTLS is asked to do. */
#include "node/port/cert.h"
#include "node/port/file.h"
#include "tests/fakes/keys.h"
#include "tests/t.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define A 9506000134307ULL
#define B 9506000134314ULL

/* FIPS 180-4 examples. */
static void test_sha256(void)
{
	static const struct { const char *in, *hex; } rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes in = bytes_of_str(rows[i].in);
		struct sha256 s;
		struct hash h, parts;
		char hex[65];

		crypto_sha256(&h, in);
		for (size_t k = 0; k < HASH_LEN; k++)
			snprintf(hex + 2 * k, 3, "%02x", h.b[k]);
		CHECK_ROW(strcmp(hex, rows[i].hex) == 0, rows[i].in);
		crypto_sha256_start(&s);
		for (size_t k = 0; k < in.n; k++)
			crypto_sha256_add(&s, bytes_of(in.p + k, 1));
		crypto_sha256_end(&s, &parts);
		CHECK_ROW(hash_eq(&h, &parts), rows[i].in);
	}
}

static void test_signatures(void)
{
	struct signer *s = test_signer(0);
	struct hash h = { { 7 } };
	struct pubkey off = *signer_pubkey(s);
	uint8_t sig[SIG_LEN], again[SIG_LEN];

	CHECK(signer_sign(s, &h, sig) == ERR_OK && signer_sign(s, &h, again) == ERR_OK);
	CHECK(memcmp(sig, again, SIG_LEN) == 0); /* RFC 6979 */
	CHECK(crypto_verify(signer_pubkey(s), &h, sig) == ERR_OK);
	CHECK(crypto_verify(signer_pubkey(test_signer(1)), &h, sig) == ERR_BAD_SIGNATURE);
	h.b[1] = 1;
	CHECK(crypto_verify(signer_pubkey(s), &h, sig) == ERR_BAD_SIGNATURE);
	off.b[64] ^= 1;
	CHECK(crypto_pubkey_check(signer_pubkey(s)) == ERR_OK && crypto_pubkey_check(&off) == ERR_BAD_KEY);
	CHECK(crypto_verify(&off, &h, sig) == ERR_BAD_KEY);
	for (uint8_t i = 0; i < 64; i++) { /* half of them would be high-S */
		h.b[2] = i;
		CHECK(signer_sign(s, &h, sig) == ERR_OK && sign1_is_low_s(sig));
		CHECK(crypto_verify(signer_pubkey(s), &h, sig) == ERR_OK);
	}
	memset(sig, 0, SIG_LEN);
	CHECK(crypto_verify(signer_pubkey(s), &h, sig) == ERR_BAD_SIGNATURE);
	memset(sig + 32, 0xff, 32);
	CHECK(crypto_verify(signer_pubkey(s), &h, sig) == ERR_HIGH_S);
}

/* No more than so many bytes a file, as a full disk has no room; 0: no limit. */
static void limit_files(rlim_t most)
{
	struct rlimit r;

	CHECK(getrlimit(RLIMIT_FSIZE, &r) == 0);
	r.rlim_cur = most ? most : r.rlim_max;
	CHECK(setrlimit(RLIMIT_FSIZE, &r) == 0);
}

static void test_files_are_whole_or_not_there(void)
{
	const char *path = test_path("whole");
	struct bytes text = BYTES_LIT("twelve bytes");
	struct stat st;

	signal(SIGXFSZ, SIG_IGN);
	limit_files(5);
	CHECK(file_write_new(path, 0600, text) == ERR_DISK_FULL && access(path, F_OK) != 0);
	CHECK(signer_create(path) == ERR_DISK_FULL && access(path, F_OK) != 0);
	limit_files(0);
	CHECK(file_write_new(path, 0600, text) == ERR_OK && stat(path, &st) == 0);
	CHECK(st.st_size == 12 && (st.st_mode & 0777) == 0600);
	CHECK(file_write_new(path, 0600, bytes_of(NULL, 0)) == ERR_EXISTS && stat(path, &st) == 0 && st.st_size == 12);
	CHECK(file_write_new(test_path("nowhere/whole"), 0600, text) == ERR_NOT_FOUND);
}

static void test_key_files(void)
{
	const char *path = test_path("k.key");
	struct signer *s = NULL;
	struct pubkey pub;
	struct stat st;
	char pem[512];
	FILE *f;

	CHECK(signer_create(path) == ERR_OK);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(signer_create(path) == ERR_EXISTS);
	CHECK(signer_load(&s, path) == ERR_OK);
	CHECK(signer_public_pem(s, pem, sizeof(pem)) == ERR_OK);
	f = fopen(test_path("k.pub"), "w");
	NEED(f != NULL);
	fputs(pem, f);
	fclose(f);
	CHECK(pubkey_load(&pub, test_path("k.pub")) == ERR_OK && memcmp(pub.b, signer_pubkey(s)->b, PUBKEY_LEN) == 0);
	CHECK(signer_public_pem(s, pem, 20) == ERR_NO_SPACE);
	signer_free(s);
	CHECK(chmod(path, 0640) == 0 && signer_load(&s, path) == ERR_KEY_PERMISSIONS);
	CHECK(signer_load(&s, test_path("none.key")) == ERR_NOT_FOUND);
	CHECK(chmod(test_path("k.pub"), 0600) == 0 && signer_load(&s, test_path("k.pub")) == ERR_BAD_KEY);
	CHECK(pubkey_load(&pub, test_path("none.pub")) == ERR_NOT_FOUND);
	signer_free(NULL);
}

/* ---- certificates ---- */

static uint8_t a_ca[CERT_DER_MAX], b_ca[CERT_DER_MAX], dev[CERT_DER_MAX];

static bool make_ca(const char *name, uint64_t gln, uint8_t *der, struct bytes *out)
{
	char key[16], crt[16];

	snprintf(key, sizeof(key), "%s.key", name);
	snprintf(crt, sizeof(crt), "%s.crt", name);
	return cert_ca_create(test_path(key), test_path(crt), gln, time(NULL), 10) == ERR_OK &&
	       cert_der_read(test_path(crt), der, CERT_DER_MAX, out) == ERR_OK;
}

static bool make_device(const char *ca, const char *name, uint64_t gln, struct bytes *out)
{
	char ca_key[16], ca_crt[16], key[16], crt[16];

	snprintf(ca_key, sizeof(ca_key), "%s.key", ca);
	snprintf(ca_crt, sizeof(ca_crt), "%s.crt", ca);
	snprintf(key, sizeof(key), "%s.key", name);
	snprintf(crt, sizeof(crt), "%s.crt", name);
	return cert_device_create(test_path(ca_key), test_path(ca_crt), test_path(key), test_path(crt), gln, name, time(NULL), 10) ==
		       ERR_OK && cert_der_read(test_path(crt), dev, sizeof(dev), out) == ERR_OK;
}

static void test_certificates(void)
{
	struct bytes ca, other, d;
	int64_t now = time(NULL);
	struct hash fp;
	uint64_t gln;
	char cmd[400];

	NEED(make_ca("aca", A, a_ca, &ca) && make_ca("bca", B, b_ca, &other));
	CHECK(cert_ca_check(ca, A) == ERR_OK && cert_ca_check(ca, B) == ERR_BAD_VALUE);
	NEED(make_device("aca", "good", A, &d));
	CHECK(cert_gln(d, &gln) == ERR_OK && gln == A);
	CHECK(cert_device_check(d, ca, A, now, &fp) == ERR_OK);
	CHECK(cert_device_check(d, other, A, now, &fp) == ERR_UNAUTHORIZED); /* another CA */
	CHECK(cert_device_check(d, ca, B, now, &fp) == ERR_UNAUTHORIZED); /* another organisation */
	CHECK(cert_device_check(d, ca, A, now + 11 * 86400, &fp) == ERR_UNAUTHORIZED); /* expired */
	CHECK(cert_device_check(d, ca, A, now - 3 * 86400, &fp) == ERR_UNAUTHORIZED); /* not yet */
	CHECK(cert_device_check(ca, ca, A, now, &fp) == ERR_UNAUTHORIZED); /* a CA is no device */
	CHECK(cert_ca_check(d, A) == ERR_BAD_VALUE); /* nor a device a CA */
	CHECK(cert_device_check(bytes_of(d.p, d.n - 1), ca, A, now, &fp) == ERR_UNAUTHORIZED);
	NEED(make_device("aca", "forged", B, &d)); /* A's CA names B */
	CHECK(cert_device_check(d, ca, B, now, &fp) == ERR_UNAUTHORIZED);
	CHECK(cert_device_check(d, other, B, now, &fp) == ERR_UNAUTHORIZED);
	CHECK(cert_device_create(test_path("aca.key"), test_path("aca.crt"), test_path("x.key"), test_path("x.crt"), A, "a,CN=b", now,
				 10) == ERR_BAD_VALUE);
	snprintf(cmd, sizeof(cmd), "openssl verify -CAfile %s %s >/dev/null", test_path("aca.crt"), test_path("good.crt"));
	CHECK(system(cmd) == 0);
	snprintf(cmd, sizeof(cmd), "openssl x509 -in %s -noout -text | grep -q 'DNS:g9506000134307.rxchain'", test_path("good.crt"));
	CHECK(system(cmd) == 0);
}

T_MAIN("port", T(test_sha256), T(test_signatures), T(test_files_are_whole_or_not_there), T(test_key_files), T(test_certificates))
