#include "node/core/state.h"

size_t quorum(size_t n)
{
	size_t f = (n - 1) / 3;

	return (n + f) / 2 + 1;
}

enum err state_gtin_owner(const struct state *st, uint64_t gtin, uint64_t *gln, struct prefix *prefix)
{
	struct prefix p;
	struct prefix_row row;

	prefix_of_gtin(&p, gtin);
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

/* Custody hangs on the pack itself as long as no event packs it into a logistic unit. */
static enum err view_custody(const struct state *st, struct pack_view *v)
{
	enum err e = state_custody(st, v->outer, &v->custody);

	if (e == ERR_NOT_FOUND) {
		v->custody = (struct custody_row){ v->batch.holder, PACK_ACTIVE, 0, v->batch.ev };
		e = ERR_OK;
	}
	return e;
}

static enum err view_lock(const struct state *st, struct pack_view *v)
{
	enum err e = state_flag(st, FLAG_LOCKED, v->unit, &v->lock);

	v->locked = e == ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err state_pack_view_next(const struct state *st, uint64_t gtin, struct bytes serial, struct pack_view *out)
{
	struct pack_row row;
	enum err e = state_pack(st, gtin, serial, &row);

	if (e)
		return e;
	out->unit = out->outer = (int64_t)(row.lo + row.offset);
	if (out->batch.lo != row.lo) {
		e = state_batch(st, row.lo, &out->batch);
		if (e)
			return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	}
	e = view_custody(st, out);
	if (e)
		return e;
	return view_lock(st, out);
}

enum err state_pack_view(const struct state *st, uint64_t gtin, struct bytes serial, struct pack_view *out)
{
	out->batch.lo = 0; /* no pack has number 0 */
	return state_pack_view_next(st, gtin, serial, out);
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
