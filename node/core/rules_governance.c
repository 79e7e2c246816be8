#include "node/core/rules_parts.h"

bool rules_is_validator(const struct validator_list *list, uint64_t gln)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->gln[i] == gln)
			return true;
	return false;
}

/* ---- what a proposal does once the quorum has signed it ---- */

static struct member_row member_row_of(const struct member_fields *m)
{
	struct member_row row = {
		.role = m->role, .prefixes = m->prefixes, .located = m->located, .lat_udeg = m->lat_udeg,
		.lon_udeg = m->lon_udeg, .country = m->country, .supplies = m->supplies, .full = m->full, .name_n = m->name.n,
		.contact_n = m->contact.n, .ca_n = m->ca.n,
	};

	kid_of(&row.kid, &m->key);
	memcpy(row.name, m->name.p, m->name.n);
	memcpy(row.contact, m->contact.p, m->contact.n);
	memcpy(row.ca, m->ca.p, m->ca.n);
	return row;
}

/* A member may keep its key, but not one that was revoked. */
static enum err keep_key(const struct state *st, const struct kid *kid)
{
	struct key_row key;
	enum err e = rules_or(state_key(st, kid, &key), ERR_CORRUPT);

	return e ? e : key.revoked ? ERR_EXISTS : ERR_OK;
}

enum err rules_put_member(const struct state *st, const struct member_fields *m, uint64_t ev, struct writes *ws)
{
	const struct key_row key = { .owner = m->gln, .key = m->key, .purpose = KEY_FOR_EVENTS };
	const struct member_row row = member_row_of(m);
	struct member_row old = { 0 };
	uint8_t buf[STATE_KEY_MAX];
	enum err e = state_member(st, m->gln, &old);

	if (e == ERR_NOT_FOUND)
		e = rules_claim_key(st, &key, ws);
	else if (e == ERR_OK && kid_eq(&old.kid, &row.kid))
		e = keep_key(st, &old.kid);
	else if (e == ERR_OK)
		e = rules_replace_key(st, &old.kid, &key, ev, ws);
	if (e == ERR_OK)
		e = rules_put_prefixes(st, m->gln, &old.prefixes, &m->prefixes, ws);
	if (e == ERR_OK)
		member_row_write(writes_put(ws, key_member(buf, m->gln)), &row);
	return e;
}

/* The key goes with its member, so that who is admitted again brings a new one. */
static enum err revoke_member(struct rules_run *run, const struct validator_list *validators)
{
	uint64_t gln = run->ev->u.gln;
	struct member_row member;
	uint8_t buf[STATE_KEY_MAX];
	enum err e = rules_or(state_member(run->st, gln, &member), ERR_UNKNOWN_MEMBER);

	if (e)
		return e;
	if (member.revoked)
		return ERR_MEMBER_REVOKED;
	if (rules_is_validator(validators, gln))
		return ERR_STILL_VALIDATOR;
	e = rules_revoke_key(run->st, &member.kid, run->at->ev, run->ws);
	if (e)
		return e;
	member.revoked = run->at->ev;
	member_row_write(writes_put(run->ws, key_member(buf, gln)), &member);
	return ERR_OK;
}

static enum err check_validator(const struct state *st, uint64_t gln)
{
	struct member_row member;
	struct key_row key;
	enum err e = rules_or(state_member(st, gln, &member), ERR_UNKNOWN_MEMBER);

	if (e)
		return e;
	if (member.revoked)
		return ERR_MEMBER_REVOKED;
	e = rules_or(state_key(st, &member.kid, &key), ERR_CORRUPT);
	if (e)
		return e;
	return key.revoked ? ERR_REVOKED_KEY : ERR_OK;
}

static void put_list(struct writes *ws, struct bytes key, const struct validator_list *list)
{
	event_write_validators(writes_put(ws, key), list);
}

enum err rules_put_validators(const struct state *st, const struct validator_list *list, struct writes *ws)
{
	uint8_t buf[STATE_KEY_MAX];

	for (size_t i = 0; i < list->n; i++) {
		enum err e = check_validator(st, list->gln[i]);

		if (e)
			return e;
	}
	put_list(ws, key_validators(buf), list);
	return ERR_OK;
}

static enum err raise_version(struct rules_run *run)
{
	struct chain_row chain;
	uint8_t buf[STATE_KEY_MAX];
	enum err e = rules_or(state_chain(run->st, &chain), ERR_CORRUPT);

	if (e)
		return e;
	if (run->ev->u.version <= chain.rules_version || run->ev->u.version > RULES_VERSION)
		return ERR_BAD_VERSION;
	chain.rules_version = run->ev->u.version;
	chain_row_write(writes_put(run->ws, key_chain(buf)), &chain);
	return ERR_OK;
}

static enum err take_effect(struct rules_run *run, const struct validator_list *validators)
{
	const struct event *ev = run->ev;

	if (ev->type == EV_MEMBER)
		return rules_put_member(run->st, &ev->u.member, run->at->ev, run->ws);
	if (ev->type == EV_MEMBER_REVOKE)
		return revoke_member(run, validators);
	if (ev->type == EV_VALIDATORS)
		return rules_put_validators(run->st, &ev->u.validators, run->ws);
	return raise_version(run);
}

/* ---- counting signatures under a proposal ---- */

/* state.cddl: proposal = hash                        ; SHA-256 of [event-type, fields] */
static void proposal_of(const struct event *ev, struct hash *out)
{
	uint8_t head[16];
	struct sha256 s;
	struct wr w;

	wr_init(&w, head, sizeof(head));
	wr_array(&w, 2);
	wr_uint(&w, ev->type);
	crypto_sha256_start(&s);
	crypto_sha256_add(&s, bytes_of(head, w.n));
	crypto_sha256_add(&s, ev->fields);
	crypto_sha256_end(&s, out);
}

/* Only who is a validator now counts. */
static void keep_validators(struct validator_list *votes, const struct validator_list *validators)
{
	size_t n = 0;

	for (size_t i = 0; i < votes->n; i++)
		if (rules_is_validator(validators, votes->gln[i]))
			votes->gln[n++] = votes->gln[i];
	votes->n = n;
}

/* votes: fewer than VALIDATORS_MAX, ascending. */
static void insert(struct validator_list *votes, uint64_t gln)
{
	size_t i = votes->n++;

	for (; i > 0 && votes->gln[i - 1] > gln; i--)
		votes->gln[i] = votes->gln[i - 1];
	votes->gln[i] = gln;
}

/* Every signature must be for something that could take effect at once; the quorum's last makes it so. */
enum err rules_governance(struct rules_run *run)
{
	struct validator_list validators, votes = { .n = 0 };
	struct writes before = *run->ws;
	uint8_t buf[STATE_KEY_MAX];
	struct hash proposal;
	bool pending;
	enum err e = rules_or(state_validators(run->st, &validators), ERR_CORRUPT);

	if (e)
		return e;
	if (!rules_is_validator(&validators, run->signer))
		return ERR_NOT_VALIDATOR;
	proposal_of(run->ev, &proposal);
	e = state_proposal(run->st, &proposal, &votes);
	pending = e == ERR_OK;
	e = rules_or(e, ERR_OK);
	if (e)
		return e;
	keep_validators(&votes, &validators);
	if (rules_is_validator(&votes, run->signer))
		return ERR_EXISTS;
	insert(&votes, run->signer);
	e = take_effect(run, &validators);
	if (e)
		return e;
	if (votes.n < quorum(validators.n)) {
		*run->ws = before;
		put_list(run->ws, key_proposal(buf, &proposal), &votes);
	} else if (pending) {
		writes_null(run->ws, key_proposal(buf, &proposal));
	}
	return ERR_OK;
}
