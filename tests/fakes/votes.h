/* Validators that are the test's signers, and certificates with their real signatures. */
#ifndef RX_VOTES_H
#define RX_VOTES_H

#include "node/core/certificate.h"

/* n validators: signers 0 .. n - 1 (keys.h) with GLNs from 1000. */
void votes_set(struct validator_set *set, size_t n);

/* Validator index of set votes for f with the key of signer number signer. */
struct vote votes_sign(const struct validator_set *set, const struct final *f, size_t index, unsigned signer);

/* A certificate in view 0 by the first quorum of set, whose validators sign with the signers of their index. */
struct bytes votes_certify(const struct validator_set *set, const struct header *h, struct bytes header_bytes, uint8_t *buf, size_t cap);

#endif
