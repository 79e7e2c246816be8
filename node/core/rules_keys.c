#include "node/core/rules_parts.h"

static void put_key(struct writes *ws, const struct kid *kid, const struct key_row *row)
{
	uint8_t buf[STATE_KEY_MAX];

	key_row_write(writes_put(ws, key_key(buf, kid)), row);
}

enum err rules_claim_key(const struct state *st, const struct key_row *row, struct writes *ws)
{
	struct key_row taken;
	struct kid kid;
	enum err e;

	kid_of(&kid, &row->key);
	e = state_key(st, &kid, &taken);
	if (e == ERR_OK)
		return ERR_EXISTS;
	if (e == ERR_NOT_FOUND) {
		put_key(ws, &kid, row);
		return ERR_OK;
	}
	return e;
}

enum err rules_revoke_key(const struct state *st, const struct kid *kid, uint64_t ev, struct writes *ws)
{
	struct key_row row;
	enum err e = rules_or(state_key(st, kid, &row), ERR_CORRUPT);

	if (e || row.revoked)
		return e;
	row.revoked = ev;
	put_key(ws, kid, &row);
	return ERR_OK;
}

enum err rules_replace_key(const struct state *st, const struct kid *old, const struct key_row *row, uint64_t ev,
			   struct writes *ws)
{
	enum err e = rules_claim_key(st, row, ws);

	return e ? e : rules_revoke_key(st, old, ev, ws);
}

enum err rules_key_rotate(struct rules_run *run)
{
	const struct key_row key = { .owner = run->signer, .key = run->ev->u.key, .purpose = KEY_FOR_EVENTS };
	struct member_row member = run->member;
	uint8_t buf[STATE_KEY_MAX];
	enum err e = rules_replace_key(run->st, &member.kid, &key, run->at->ev, run->ws);

	if (e)
		return e;
	kid_of(&member.kid, &key.key);
	member_row_write(writes_put(run->ws, key_member(buf, run->signer)), &member);
	return ERR_OK;
}

enum err rules_release_key(struct rules_run *run)
{
	const struct key_row key = { .owner = run->signer, .key = run->ev->u.key, .purpose = KEY_FOR_RELEASE };

	if (run->member.role != ROLE_MANUFACTURER)
		return ERR_ROLE_NOT_ALLOWED;
	return rules_claim_key(run->st, &key, run->ws);
}

/* Of the event keys only the one in force is left to revoke, so this silences its member until a MEMBER event brings a new
 * one; a validator would silence the chain and must rotate instead. */
static enum err check_silence(const struct rules_run *run)
{
	struct validator_list validators;
	enum err e = rules_or(state_validators(run->st, &validators), ERR_CORRUPT);

	if (e)
		return e;
	return rules_is_validator(&validators, run->signer) ? ERR_STILL_VALIDATOR : ERR_OK;
}

enum err rules_key_revoke(struct rules_run *run)
{
	struct key_row key;
	enum err e = rules_or(state_key(run->st, &run->ev->u.kid, &key), ERR_UNKNOWN_KEY);

	if (e)
		return e;
	if (key.owner != run->signer)
		return ERR_FORBIDDEN;
	if (key.purpose == KEY_FOR_LABELS) /* LABEL_KEY_STATE */
		return ERR_WRONG_PURPOSE;
	if (key.revoked)
		return ERR_EXISTS;
	e = key.purpose == KEY_FOR_EVENTS ? check_silence(run) : ERR_OK;
	return e ? e : rules_revoke_key(run->st, &run->ev->u.kid, run->at->ev, run->ws);
}

enum err rules_device_revoke(struct rules_run *run)
{
	uint8_t buf[STATE_KEY_MAX];
	uint64_t ev;
	enum err e = state_device_revoked(run->st, run->signer, &run->ev->u.hash, &ev);

	if (e == ERR_OK)
		return ERR_EXISTS;
	if (e != ERR_NOT_FOUND)
		return e;
	wr_uint(writes_put(run->ws, key_device(buf, run->signer, &run->ev->u.hash)), run->at->ev);
	return ERR_OK;
}

static enum err count_label_key(struct rules_run *run)
{
	uint8_t buf[STATE_KEY_MAX];
	uint64_t n = 0;
	enum err e = rules_or(state_label_keys(run->st, run->signer, &n), ERR_OK);

	if (e)
		return e;
	if (n >= LABEL_KEYS_PER_MEMBER)
		return ERR_QUOTA;
	wr_uint(writes_put(run->ws, key_label_keys(buf, run->signer)), n + 1);
	return ERR_OK;
}

enum err rules_label_key(struct rules_run *run)
{
	const struct event *ev = run->ev;
	const struct key_row key = { .owner = run->signer, .key = ev->u.label_key.key, .purpose = KEY_FOR_LABELS };
	struct label_key_row row;
	uint8_t buf[STATE_KEY_MAX];
	enum err e;

	if (run->member.role != ROLE_MANUFACTURER)
		return ERR_ROLE_NOT_ALLOWED;
	if (!rules_prefixes_within(&ev->u.label_key.prefixes, &run->member.prefixes))
		return ERR_FOREIGN_PREFIX;
	e = state_label_key(run->st, ev->u.label_key.id, &row);
	if (e != ERR_NOT_FOUND)
		return e ? e : ERR_EXISTS;
	e = count_label_key(run);
	if (e == ERR_OK)
		e = rules_claim_key(run->st, &key, run->ws);
	if (e)
		return e;
	row = (struct label_key_row){ run->signer, key.key, ev->u.label_key.prefixes, LABEL_KEY_ACTIVE, run->at->ev };
	label_key_row_write(writes_put(run->ws, key_label_key(buf, ev->u.label_key.id)), &row);
	return ERR_OK;
}

/* Forward only: active, retired, compromised. */
enum err rules_label_key_state(struct rules_run *run)
{
	const struct event *ev = run->ev;
	struct label_key_row row;
	uint8_t buf[STATE_KEY_MAX];
	enum err e = rules_or(state_label_key(run->st, ev->u.label_key.id, &row), ERR_UNKNOWN_KEY);

	if (e)
		return e;
	if (row.owner != run->signer)
		return ERR_FORBIDDEN;
	if (ev->u.label_key.state <= row.state)
		return ERR_EXISTS;
	row.state = (enum label_key_state)ev->u.label_key.state;
	row.ev = run->at->ev;
	label_key_row_write(writes_put(run->ws, key_label_key(buf, ev->u.label_key.id)), &row);
	return ERR_OK;
}
