#include "node/port/cert.h"

#include "node/port/file.h"
#include "node/port/mbedtls_api.h"
#include "node/port/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mbedtls/asn1write.h>
#include <mbedtls/error.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PEM_MAX 2048
#define SERIAL_BYTES 16
#define DEVICE_NAME_MAX 64
#define GLN_DIGITS 13
#define START_SLACK_S 86400 /* a device whose clock is a little behind must not find its certificate in the future */

/* ---- making ---- */

struct making {
	mbedtls_x509write_cert crt;
	mbedtls_pk_context subject, issuer;
	mbedtls_mpi serial;
};

static void making_init(struct making *m)
{
	mbedtls_x509write_crt_init(&m->crt);
	mbedtls_pk_init(&m->subject);
	mbedtls_pk_init(&m->issuer);
	mbedtls_mpi_init(&m->serial);
}

static void making_free(struct making *m)
{
	mbedtls_x509write_crt_free(&m->crt);
	mbedtls_pk_free(&m->subject);
	mbedtls_pk_free(&m->issuer);
	mbedtls_mpi_free(&m->serial);
}

static int set_validity(struct making *m, int64_t now_s, int days)
{
	char from[16], to[16];
	time_t a = (time_t)(now_s - START_SLACK_S), b = (time_t)(now_s + (int64_t)days * 86400);
	struct tm tm;

	gmtime_r(&a, &tm);
	strftime(from, sizeof(from), "%Y%m%d%H%M%S", &tm);
	gmtime_r(&b, &tm);
	strftime(to, sizeof(to), "%Y%m%d%H%M%S", &tm);
	return mbedtls_x509write_crt_set_validity(&m->crt, from, to);
}

static int set_serial(struct making *m)
{
	unsigned char b[SERIAL_BYTES];

	if (signer_random(b, sizeof(b)) != ERR_OK)
		return -1;
	b[0] &= 0x7f; /* a positive number of at most 20 bytes (RFC 5280 4.1.2.2) */
	b[0] |= 0x40;
	if (mbedtls_mpi_read_binary(&m->serial, b, sizeof(b)) != 0)
		return -1;
	return mbedtls_x509write_crt_set_serial(&m->crt, &m->serial);
}

/* subjectAltName: one DNS name (RFC 5280 4.2.1.6). */
static int set_dns(struct making *m, uint64_t gln)
{
	unsigned char buf[64], *p = buf + sizeof(buf);
	char name[32];
	int len, n = snprintf(name, sizeof(name), CERT_DNS_FORMAT, gln);

	len = mbedtls_asn1_write_raw_buffer(&p, buf, (const unsigned char *)name, (size_t)n);
	len += mbedtls_asn1_write_len(&p, buf, (size_t)n);
	len += mbedtls_asn1_write_tag(&p, buf, MBEDTLS_ASN1_CONTEXT_SPECIFIC | 2);
	n = len;
	len += mbedtls_asn1_write_len(&p, buf, (size_t)n);
	len += mbedtls_asn1_write_tag(&p, buf, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
	return mbedtls_x509write_crt_set_extension(&m->crt, MBEDTLS_OID_SUBJECT_ALT_NAME,
						   MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0, p, (size_t)len);
}

static int set_common(struct making *m, const char *subject, const char *issuer, int64_t now_s, int days, bool ca)
{
	mbedtls_x509write_crt_set_version(&m->crt, MBEDTLS_X509_CRT_VERSION_3);
	mbedtls_x509write_crt_set_md_alg(&m->crt, MBEDTLS_MD_SHA256);
	mbedtls_x509write_crt_set_subject_key(&m->crt, &m->subject);
	mbedtls_x509write_crt_set_issuer_key(&m->crt, ca ? &m->subject : &m->issuer);
	if (mbedtls_x509write_crt_set_subject_name(&m->crt, subject) != 0 ||
	    mbedtls_x509write_crt_set_issuer_name(&m->crt, issuer) != 0 || set_serial(m) != 0 ||
	    set_validity(m, now_s, days) != 0)
		return -1;
	if (mbedtls_x509write_crt_set_basic_constraints(&m->crt, ca, ca ? 0 : -1) != 0 ||
	    mbedtls_x509write_crt_set_subject_key_identifier(&m->crt) != 0 ||
	    mbedtls_x509write_crt_set_authority_key_identifier(&m->crt) != 0)
		return -1;
	return mbedtls_x509write_crt_set_key_usage(&m->crt, ca ? MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN :
								 MBEDTLS_X509_KU_DIGITAL_SIGNATURE);
}

static enum err write_certificate(struct making *m, const char *path)
{
	unsigned char pem[PEM_MAX];

	if (mbedtls_x509write_crt_pem(&m->crt, pem, sizeof(pem), signer_rng, NULL) != 0)
		return ERR_CRYPTO;
	return file_write_new(path, 0644, bytes_of_str((const char *)pem));
}

/* The certificate written, or nothing left of it. */
static enum err end_making(struct making *m, bool made, const char *key_path, const char *cert_path)
{
	enum err e = made ? write_certificate(m, cert_path) : ERR_CRYPTO;

	making_free(m);
	if (e != ERR_OK)
		unlink(key_path);
	return e;
}

enum err cert_ca_create(const char *key_path, const char *cert_path, uint64_t gln, int64_t now_s, int days)
{
	struct making m;
	char name[96];
	bool made;
	enum err e = signer_create(key_path);

	if (e != ERR_OK)
		return e;
	making_init(&m);
	snprintf(name, sizeof(name), "CN=rxchain device CA %013" PRIu64 ",O=%013" PRIu64, gln, gln);
	made = PARSE_KEYFILE(&m.subject, key_path, signer_rng, NULL) == 0 && set_common(&m, name, name, now_s, days, true) == 0;
	return end_making(&m, made, key_path, cert_path);
}

static bool is_device_name(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

	return n > 0 && n <= DEVICE_NAME_MAX && name[n] == 0;
}

/* The CA's own name, to stand as the issuer. */
static int issuer_name(const char *ca_cert_path, char *buf, size_t cap)
{
	mbedtls_x509_crt ca;
	int n = -1;

	mbedtls_x509_crt_init(&ca);
	if (mbedtls_x509_crt_parse_file(&ca, ca_cert_path) == 0)
		n = mbedtls_x509_dn_gets(buf, cap, &ca.subject);
	mbedtls_x509_crt_free(&ca);
	return n;
}

enum err cert_device_create(const char *ca_key_path, const char *ca_cert_path, const char *key_path, const char *cert_path,
			    uint64_t gln, const char *name, int64_t now_s, int days)
{
	char subject[128], issuer[128];
	struct making m;
	bool made;
	enum err e;

	if (!is_device_name(name))
		return ERR_BAD_VALUE;
	if (issuer_name(ca_cert_path, issuer, sizeof(issuer)) < 0)
		return ERR_NOT_FOUND;
	e = signer_create(key_path);
	if (e != ERR_OK)
		return e;
	making_init(&m);
	snprintf(subject, sizeof(subject), "CN=%s,O=%013" PRIu64, name, gln);
	made = PARSE_KEYFILE(&m.subject, key_path, signer_rng, NULL) == 0 &&
	       PARSE_KEYFILE(&m.issuer, ca_key_path, signer_rng, NULL) == 0 &&
	       set_common(&m, subject, issuer, now_s, days, false) == 0 && set_dns(&m, gln) == 0;
	return end_making(&m, made, key_path, cert_path);
}

/* ---- reading ---- */

enum err cert_der_read(const char *path, uint8_t *buf, size_t cap, struct bytes *out)
{
	mbedtls_x509_crt crt;
	enum err e = ERR_OK;

	if (access(path, R_OK) != 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	mbedtls_x509_crt_init(&crt);
	if (mbedtls_x509_crt_parse_file(&crt, path) != 0)
		e = ERR_BAD_VALUE;
	else if (crt.raw.len > cap)
		e = ERR_NO_SPACE;
	if (e == ERR_OK) {
		memcpy(buf, crt.raw.p, crt.raw.len);
		*out = bytes_of(buf, crt.raw.len);
	}
	mbedtls_x509_crt_free(&crt);
	return e;
}

enum err cert_pem_append(int fd, struct bytes der)
{
	unsigned char pem[PEM_MAX];
	size_t n;

	if (mbedtls_pem_write_buffer("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", der.p, der.n, pem,
				     sizeof(pem), &n) != 0)
		return ERR_NO_SPACE;
	n = strlen((const char *)pem);
	return write(fd, pem, n) == (ssize_t)n ? ERR_OK : ERR_IO;
}

/* Exactly one O, of 13 digits. */
static bool names_gln(const mbedtls_x509_name *dn, uint64_t *gln)
{
	const mbedtls_x509_buf *o = NULL;
	uint64_t v = 0;

	for (; dn; dn = dn->next) {
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_ORGANIZATION, &dn->oid) != 0)
			continue;
		if (o)
			return false;
		o = &dn->val;
	}
	if (!o || o->len != GLN_DIGITS)
		return false;
	for (size_t i = 0; i < o->len; i++) {
		if (o->p[i] < '0' || o->p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(o->p[i] - '0');
	}
	*gln = v;
	return true;
}

static enum err parse(mbedtls_x509_crt *crt, struct bytes der)
{
	mbedtls_x509_crt_init(crt);
	return mbedtls_x509_crt_parse_der(crt, der.p, der.n) == 0 ? ERR_OK : ERR_BAD_VALUE;
}

enum err cert_gln(struct bytes der, uint64_t *gln)
{
	mbedtls_x509_crt crt;
	enum err e = parse(&crt, der);

	if (e == ERR_OK && !names_gln(&crt.subject, gln))
		e = ERR_BAD_VALUE;
	mbedtls_x509_crt_free(&crt);
	return e;
}

/* Validity is checked against now_s and not the machine's clock. */
static int64_t seconds_of(const mbedtls_x509_time *t)
{
	struct tm tm = { .tm_year = t->year - 1900, .tm_mon = t->mon - 1, .tm_mday = t->day, .tm_hour = t->hour,
			 .tm_min = t->min, .tm_sec = t->sec };

	return timegm(&tm);
}

static bool is_valid_at(const mbedtls_x509_crt *crt, int64_t now_s)
{
	return seconds_of(&crt->valid_from) <= now_s && now_s <= seconds_of(&crt->valid_to);
}

static bool certifies(mbedtls_x509_crt *ca, mbedtls_x509_crt *dev)
{
	const uint32_t times = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
	uint32_t flags = 0;

	return mbedtls_x509_crt_verify(dev, ca, NULL, NULL, &flags, NULL, NULL) == 0 || (flags & ~times) == 0;
}

enum err cert_device_check(struct bytes dev_der, struct bytes ca_der, uint64_t gln, int64_t now_s, struct hash *fingerprint)
{
	mbedtls_x509_crt dev, ca;
	uint64_t dev_gln, ca_gln;
	enum err dev_e = parse(&dev, dev_der), ca_e = parse(&ca, ca_der), e = ERR_UNAUTHORIZED;

	if (dev_e == ERR_OK && ca_e == ERR_OK && names_gln(&dev.subject, &dev_gln) && names_gln(&ca.subject, &ca_gln) &&
	    dev_gln == gln && ca_gln == gln && !dev.MBEDTLS_PRIVATE(ca_istrue) && is_valid_at(&dev, now_s) &&
	    is_valid_at(&ca, now_s) && certifies(&ca, &dev))
		e = ERR_OK;
	mbedtls_x509_crt_free(&ca);
	mbedtls_x509_crt_free(&dev);
	if (e == ERR_OK)
		crypto_sha256(fingerprint, dev_der);
	return e;
}

enum err cert_ca_check(struct bytes der, uint64_t gln)
{
	mbedtls_x509_crt ca;
	uint64_t named;
	enum err e = parse(&ca, der);

	if (e == ERR_OK && (!names_gln(&ca.subject, &named) || named != gln || !ca.MBEDTLS_PRIVATE(ca_istrue) ||
			    !mbedtls_pk_can_do(&ca.pk, MBEDTLS_PK_ECKEY) || !certifies(&ca, &ca)))
		e = ERR_BAD_VALUE;
	mbedtls_x509_crt_free(&ca);
	return e;
}
