#include "node/core/state.h"

size_t quorum(size_t n)
{
	size_t f = (n - 1) / 3;

	return (n + f) / 2 + 1;
}

/* The registered prefix among the beginnings of longest. */
static enum err owner_of(const struct state *st, const struct prefix *longest, uint64_t *gln, struct prefix *prefix)
{
	struct prefix p = *longest;
	struct prefix_row row;

	for (p.n = PREFIX_DIGITS_MIN; p.n <= PREFIX_DIGITS_MAX; p.n++) {
		enum err e = state_prefix(st, bytes_of(p.digits, p.n), &row);

		if (e) /* a missing beginning: nothing registered goes on from it */
			return e;
		if (row.owner) {
			*gln = row.owner;
			*prefix = p;
			return ERR_OK;
		}
	}
	return ERR_NOT_FOUND;
}

enum err state_gtin_owner(const struct state *st, uint64_t gtin, uint64_t *gln, struct prefix *prefix)
{
	struct prefix longest;

	prefix_of_gtin(&longest, gtin);
	return owner_of(st, &longest, gln, prefix);
}

enum err state_sscc_owner(const struct state *st, uint64_t sscc, uint64_t *gln, struct prefix *prefix)
{
	struct prefix longest;

	prefix_of_sscc(&longest, sscc);
	return owner_of(st, &longest, gln, prefix);
}

static enum err set_hash(struct validator_set *set)
{
	uint8_t buf[16 + VALIDATORS_MAX * (PUBKEY_LEN + 16)];
	struct bytes out;
	struct wr w;
	enum err e;

	/* block.cddl: validator-set = [ + [ gln, pubkey ] ] */
	wr_init(&w, buf, sizeof(buf));
	wr_array(&w, set->n);
	for (size_t i = 0; i < set->n; i++) {
		wr_array(&w, 2);
		wr_uint(&w, set->v[i].gln);
		wr_bstr(&w, bytes_of(set->v[i].key.b, PUBKEY_LEN));
	}
	e = wr_end(&w, &out);
	if (e == ERR_OK)
		crypto_sha256(&set->hash, out);
	return e;
}

static enum err read_validator(const struct state *st, uint64_t gln, struct validator *out)
{
	struct member_row member;
	struct key_row key;
	enum err e = state_member(st, gln, &member);

	if (e == ERR_OK)
		e = state_key(st, &member.kid, &key);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	out->gln = gln;
	out->kid = member.kid;
	out->key = key.key;
	return ERR_OK;
}

enum err state_validator_set(const struct state *st, struct validator_set *out)
{
	struct validator_list list;
	enum err e = state_validators(st, &list);

	for (size_t i = 0; e == ERR_OK && i < list.n; i++)
		e = read_validator(st, list.gln[i], &out->v[i]);
	if (e)
		return e;
	out->n = list.n;
	return set_hash(out);
}
