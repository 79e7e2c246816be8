#include "node/core/certificate.h"

#include "node/core/rd.h"
#include "node/core/wr.h"

/* block.cddl: final = [ "rxchain final", hash, height: uint, view: uint, header-hash ] */
enum err final_encode(const struct final *f, uint8_t *buf, size_t cap, struct bytes *out)
{
	struct wr w;

	wr_init(&w, buf, cap);
	wr_array(&w, 5);
	wr_tstr(&w, BYTES_LIT("rxchain final"));
	wr_bstr(&w, hash_bytes(&f->chain_id));
	wr_uint(&w, f->height);
	wr_uint(&w, f->view);
	wr_bstr(&w, hash_bytes(&f->header_hash));
	return wr_end(&w, out);
}

enum err final_digest(const struct final *f, const struct kid *kid, struct hash *out)
{
	uint8_t buf[FINAL_BYTES_MAX];
	struct bytes payload;
	enum err e = final_encode(f, buf, sizeof(buf), &payload);

	if (e == ERR_OK)
		sign1_digest_for(kid, CT_FINAL, payload, out);
	return e;
}

static enum err write_vote(struct wr *w, const struct validator_set *set, const struct vote *v)
{
	uint8_t buf[VOTE_BYTES_MAX];
	struct bytes vote;
	enum err e;

	if (v->index >= set->n)
		return ERR_BAD_VALUE;
	e = sign1_build(&set->v[v->index].kid, CT_FINAL, bytes_of(NULL, 0), true, v->sig, buf, sizeof(buf), &vote);
	if (e == ERR_OK)
		wr_raw(w, vote);
	return e;
}

enum err certificate_build(const struct validator_set *set, uint64_t view, const struct vote *votes, size_t n, uint8_t *buf,
			   size_t cap, struct bytes *out)
{
	struct wr w;
	enum err e = ERR_OK;

	if (n != quorum(set->n))
		return ERR_BAD_CERTIFICATE;
	wr_init(&w, buf, cap);
	wr_array(&w, 2);
	wr_uint(&w, view);
	wr_array(&w, n);
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = i > 0 && votes[i].index <= votes[i - 1].index ? ERR_NOT_SORTED : write_vote(&w, set, &votes[i]);
	return e == ERR_OK ? wr_end(&w, out) : e;
}

static size_t index_of(const struct validator_set *set, const struct kid *kid)
{
	size_t i = 0;

	while (i < set->n && !kid_eq(&set->v[i].kid, kid))
		i++;
	return i;
}

/* One vote: by a validator after the one before, signed over payload. */
static enum err check_vote(const struct validator_set *set, struct bytes vote, struct bytes payload, size_t *next)
{
	struct bytes unused;
	struct sign1 s;
	struct hash digest;
	size_t i;
	enum err e = sign1_open(&s, vote, CT_FINAL, true);

	if (e != ERR_OK)
		return e;
	i = index_of(set, &s.kid);
	if (i < *next || i == set->n)
		return ERR_BAD_CERTIFICATE;
	*next = i + 1;
	sign1_digest(&s, payload, &digest);
	return sign1_verify(&s, &set->v[i].key, &digest, payload, &unused);
}

enum err certificate_verify(const struct validator_set *set, const struct header *h, struct bytes header_bytes,
			    struct bytes certificate)
{
	struct final f = { .chain_id = h->chain_id, .height = h->height };
	struct bytes votes[VALIDATORS_MAX], payload;
	uint8_t buf[FINAL_BYTES_MAX];
	size_t n, next = 0;
	struct rd r;
	enum err e;

	rd_init(&r, certificate);
	rd_array_n(&r, 2);
	f.view = rd_uint(&r);
	n = rd_array(&r);
	if (r.err == ERR_OK && n != quorum(set->n))
		return ERR_BAD_CERTIFICATE;
	for (size_t i = 0; i < n; i++)
		votes[i] = rd_skip(&r);
	e = rd_end(&r);
	if (e != ERR_OK)
		return e;
	header_hash(&f.header_hash, header_bytes);
	e = final_encode(&f, buf, sizeof(buf), &payload);
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		if (check_vote(set, votes[i], payload, &next) != ERR_OK)
			e = ERR_BAD_CERTIFICATE;
	return e;
}
