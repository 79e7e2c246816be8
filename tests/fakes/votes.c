#include "tests/fakes/votes.h"

#include "tests/fakes/keys.h"

#include <stdio.h>
#include <stdlib.h>

static void must(enum err e)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "tests/fakes/votes: %s\n", err_name(e));
	exit(1);
}

void votes_set(struct validator_set *set, size_t n)
{
	*set = (struct validator_set){ .n = n };
	for (size_t i = 0; i < n; i++) {
		set->v[i].gln = 1000 + i;
		set->v[i].key = *signer_pubkey(test_signer((unsigned)i));
		set->v[i].kid = *signer_kid(test_signer((unsigned)i));
	}
}

struct vote votes_sign(const struct validator_set *set, const struct final *f, size_t index, unsigned signer)
{
	struct vote v = { .index = index };
	struct hash digest;

	must(final_digest(f, &set->v[index].kid, &digest));
	must(signer_sign(test_signer(signer), &digest, v.sig));
	return v;
}

struct bytes votes_certify(const struct validator_set *set, const struct header *h, struct bytes header_bytes, uint8_t *buf, size_t cap)
{
	struct final f = { .chain_id = h->chain_id, .height = h->height };
	struct vote votes[VALIDATORS_MAX];
	struct bytes out;
	size_t q = quorum(set->n);

	header_hash(&f.header_hash, header_bytes);
	for (size_t i = 0; i < q; i++)
		votes[i] = votes_sign(set, &f, i, (unsigned)i);
	must(certificate_build(set, f.view, votes, q, buf, cap, &out));
	return out;
}
