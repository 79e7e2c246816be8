/* X.509 for DTLS: an organisation's own device CA and the devices it names.
 * Subject of a CA: CN "rxchain device CA <GLN>", O "<GLN>"; of a device: CN "<device name>", O "<GLN>",
 * SAN DNS "g<GLN>.rxchain" so that a client can check which organisation answers. */
#ifndef RX_CERT_H
#define RX_CERT_H

#include "node/core/crypto.h"

#include <inttypes.h>

#define CERT_DNS_FORMAT "g%013" PRIu64 ".rxchain" /* a device's SAN DNS name, from its GLN */
#define CERT_DER_MAX 1024 /* P-256 certificates of ours take about 500 bytes */

/* Self-signed CA for gln: key (0600) and certificate files, PEM.  Never overwrites.  days: validity. */
MUST_CHECK enum err cert_ca_create(const char *key_path, const char *cert_path, uint64_t gln, int64_t now_s, int days);

/* A device of gln under that CA.  name: 1-64 of letters, digits, '-', '_', '.'. */
MUST_CHECK enum err cert_device_create(const char *ca_key_path, const char *ca_cert_path, const char *key_path,
				       const char *cert_path, uint64_t gln, const char *name, int64_t now_s, int days);

/* DER of the first certificate of a PEM file, into buf. */
MUST_CHECK enum err cert_der_read(const char *path, uint8_t *buf, size_t cap, struct bytes *out);

/* The GLN that a certificate names in its subject's O, not yet checked.  ERR_BAD_VALUE. */
MUST_CHECK enum err cert_gln(struct bytes der, uint64_t *gln);

/* Append a DER certificate to a PEM file being written (fd), for CA bundles. */
MUST_CHECK enum err cert_pem_append(int fd, struct bytes der);

/* Does ca (DER) certify dev (DER) at now_s, and do both name gln in O?  fingerprint: SHA-256 of dev.
 * ERR_UNAUTHORIZED when not: wrong CA, another organisation named, expired, a CA used as a device. */
MUST_CHECK enum err cert_device_check(struct bytes dev, struct bytes ca, uint64_t gln, int64_t now_s,
				      struct hash *fingerprint);

/* Is der a usable device CA certificate naming gln (self-signed, P-256, CA:TRUE)?  ERR_BAD_VALUE. */
MUST_CHECK enum err cert_ca_check(struct bytes der, uint64_t gln);

#endif
